// SPDX-License-Identifier: Apache-2.0
#include "record/extract_page.h"

#include <fmt/core.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <map>

#include "base/json.h"
#include "record/extract_impl.h"

namespace detente::record {
namespace {

constexpr std::string_view kBlockBegin = "<pre id=\"detente-extract-v1\">\n";
constexpr std::string_view kBlockEnd = "</pre>";
constexpr std::size_t kBlockLine = 96;

// ---- words ----

using TypeWords = std::map<std::string, const char*, std::less<>>;

const TypeWords& protection_words() {
  static const TypeWords words = {
      {"site.register", "registers a protected site"},
      {"site.confirm", "confirms a protected site as a second person"},
      {"site.revise", "gives a new version of a protected site"},
      {"site.reconfirm", "says that a protected site is still one"},
      {"site.remove", "removes one protected site"},
      {"movement.notify", "gives notice of a humanitarian movement"},
      {"movement.depart", "says that a movement has departed"},
      {"movement.checkin", "says where a movement is"},
      {"movement.delay", "says that a movement is delayed"},
      {"movement.arrive", "says that a movement has arrived"},
      {"movement.cancel", "says that a movement does not take place"},
      {"movement.emergency", "passes on a movement's emergency call"},
      {"movement.emergency_over", "says that a movement's emergency is over"},
      {"notice.received", "says that notices were received"},
      {"notice.disseminated", "says to which units notices were disseminated"},
      {"contest.open", "contests one protected site, with grounds"},
      {"contest.answer", "answers a contest"},
      {"contest.close", "says how a contest ends for it"},
      {"case.step", "takes a step in a case"},
  };
  return words;
}

const TypeWords& check_words() {
  static const TypeWords words = {
      {"psi.epoch", "opens an epoch of private checks"},
      {"psi.post", "posts the tags of committed plans or places for private checks"},
      {"psi.query", "asks for a private check of committed plans"},
      {"psi.answer", "answers a private check"},
      {"psi.result", "says how many cells a private check found in common"},
  };
  return words;
}

const TypeWords& type_words() {
  static const TypeWords words = {
      {"log.open", "opens its log"},
      {"log.close", "closes its log"},
      {"log.rebuilt", "says that its log was rebuilt from a copy"},
      {"key.add", "gives an officer a key"},
      {"key.revoke", "takes an officer's key back"},
      {"key.box", "publishes the key for sealed copies"},
      {"agreement.sign", "signs the agreement"},
      {"agreement.state", "changes the state of the agreement"},
      {"agreement.amend", "signs an amendment of the agreement"},
      {"agreement.open", "opens the commitment to a secret annex"},
      {"agreement.publish", "agrees to publish papers of the agreement"},
      {"adherent.accept", "says that an adherent accepted the agreement"},
      {"stage.begin", "signs for the beginning of a stage"},
      {"stage.reset", "sends the stages back, with its evidence"},
      {"exception.declare", "declares the use of an exception"},
      {"obligation.report", "reports that an obligation was carried out"},
      {"obligation.verify", "says whether it could verify such a report"},
      {"activity.propose", "files an air activity"},
      {"activity.concur", "concurs with an activity"},
      {"activity.object", "objects to an activity"},
      {"activity.activate", "declares an activity active"},
      {"activity.withdraw", "withdraws an activity"},
      {"activity.end", "ends an activity"},
      {"activity.read_back", "reads an activity's notice back"},
      {"activity.release", "releases airspace that an activity holds"},
      {"activity.contingent", "says what an activity does if something fails"},
      {"activity.offer", "offers another form of an activity"},
      {"stop.send", "sends STOP"},
      {"stop.ack", "acknowledges STOP"},
      {"stop.lift", "lifts its STOP"},
      {"warning.send", "sends a safety warning"},
      {"warning.ack", "acknowledges a safety warning"},
      {"warning.over", "says that its warning is over"},
      {"message.send", "sends a message over the hotline"},
      {"watch.on", "takes the watch of the hotline"},
      {"watch.off", "leaves the watch of the hotline"},
      {"watch.roster", "publishes its roster of watches"},
      {"call.test", "tries the hotline"},
      {"call.answer", "answers a test of the hotline"},
      {"call.log", "gives its account of a voice call"},
      {"alarm.raised", "records that an alarm sounded"},
      {"finding.open", "records what its watch observed"},
      {"finding.close", "records the end of what its watch observed"},
      {"ack.read", "says that an officer read it"},
      {"note.text", "makes a remark"},
      {"incident.report", "reports an incident"},
      {"content.commit", "commits to content that stays private"},
      {"content.receipt", "says that it received private content"},
      {"content.open", "opens private content"},
      {"content.shred", "says that private content was destroyed"},
      {"evidence.found", "records evidence of a contradiction"},
      {"challenge.failed", "records that a copy was asked for and not given"},
      {"link.cut", "records that a link is cut"},
      {"link.restored", "records that a link works again"},
      {"utm.intent", "keeps a drone operator's operational intent"},
      {"utm.constraint", "keeps a constraint for drone operators"},
      {"utm.delete", "takes out what a drone operator's service deleted"},
      {"utm.subscribe", "keeps a drone operator's subscription"},
      {"utm.unsubscribe", "ends a drone operator's subscription"},
      {"utm.availability", "records whether a drone operator's service is available"},
      {"utm.report", "keeps a report of a drone operator's service"},
      {"utm.shown", "tells drone operators how an activity is shown to them"},
      {"utm.hidden", "tells drone operators that an activity is shown no more"},
  };
  return words;
}

std::string words_of(const std::string& type) {
  for (const TypeWords* const words : {&type_words(), &protection_words(), &check_words()}) {
    const auto found = words->find(type);
    if (found != words->end()) return found->second;
  }
  return "states: " + type;
}

// Whether a character would change how the text around it is shown, or is not shown at all.
bool is_unseen(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xAD || c == 0x061C ||
         (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) ||
         (c >= 0xE0000 && c <= 0xE007F);
}

// One character of valid UTF-8 from its first byte; its length.
std::size_t decode(std::string_view text, std::uint32_t& c) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(0);
  const std::size_t length = first < 0x80 ? 1U : first < 0xE0 ? 2U : first < 0xF0 ? 3U : 4U;
  if (length > text.size()) {
    c = 0xFFFD;
    return text.size();
  }
  c = length == 1 ? first : first & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) c = (c << 6U) | (byte(i) & 0x3FU);
  return length;
}

// Text that shows all that it holds. A newline stays if asked for.
std::string visible(std::string_view text, bool keep_newlines = false) {
  std::string out;
  while (!text.empty()) {
    std::uint32_t c = 0;
    const std::size_t length = decode(text, c);
    const bool stays = !is_unseen(c) || (c == '\n' && keep_newlines);
    if (stays) {
      out += text.substr(0, length);
    } else if (c < 0x10000) {
      out += fmt::format("\\u{:04x}", c);
    } else {
      out += fmt::format("\\U{:06x}", c);
    }
    text.remove_prefix(length);
  }
  return out;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// Text of others, for the page: visible, escaped, and of its own direction.
std::string theirs(std::string_view text) {
  return "<bdi>" + escaped(visible(text)) + "</bdi>";
}

// The beginning of a long value; the whole of it stands in the statement's exact text.
std::string shortened(const std::string& text) {
  constexpr std::size_t kShown = 600;
  if (text.size() <= kShown) return text;
  std::size_t end = kShown;
  while (end > 0 && (static_cast<std::uint8_t>(text[end]) & 0xC0U) == 0x80U) --end;
  return fmt::format("{} .. ({} bytes in all)", text.substr(0, end), text.size());
}

// The members of a statement's body, one after the other.
std::vector<std::pair<std::string, std::string>> members_of(const Entry& entry) {
  std::vector<std::pair<std::string, std::string>> out;
  const JsonReader body = entry.statement.body();
  for (const std::string& name : body.names()) {
    const Result<JsonReader> member = body.member(name);
    if (!member) continue;
    const Result<std::string> text = member->as_string(kExtractBytes, true);
    out.emplace_back(name, text ? *text : boost::json::serialize(member->value()));
  }
  return out;
}

// Cosignatures have whole seconds.
std::string after(UtcMs from, UtcMs to) {
  const std::int64_t s = to.value / 1000 - from.value / 1000;
  if (s == 0) return "in the same second";
  const std::int64_t n = s < 0 ? -s : s;
  const std::string much = n < 60     ? fmt::format("{} s", n)
                           : n < 3600 ? fmt::format("{} min {} s", n / 60, n % 60)
                                      : fmt::format("{} h {} min", n / 3600, n / 60 % 60);
  return much + (s < 0 ? " before the writer's clock" : " later");
}

std::string level_words(ReceiptLevel level) {
  return level == ReceiptLevel::held ? "held (every entry on its disk)" : "seen (consistent)";
}

struct Sentence {
  bool good = true;
  std::string text;
};

Sentence receipt_words(const EntryReport& entry, const ExtractReceipt& receipt,
                       const std::string& level) {
  if (!receipt.first) {
    return {false, fmt::format("{}: not {} by any proof in this extract", receipt.party,
                               receipt.level == ReceiptLevel::held ? "held" : "seen")};
  }
  std::string text = fmt::format("{}: {} at {}, {}; its cosignature covers {} entries",
                                 receipt.party, level, format_rfc3339(receipt.first->time),
                                 after(entry.time, receipt.first->time), receipt.first->size.value);
  if (receipt.lacked && *receipt.lacked <= receipt.first->time) {
    text +=
        fmt::format("; the last one without this entry is of {}", format_rfc3339(*receipt.lacked));
  }
  return {true, std::move(text)};
}

// One sentence for each receipt; one for both levels where both came with one note.
std::vector<Sentence> receipt_sentences(const EntryReport& entry) {
  std::vector<Sentence> out;
  for (std::size_t i = 0; i < entry.receipts.size(); ++i) {
    const ExtractReceipt& receipt = entry.receipts[i];
    const ExtractReceipt* const next =
        i + 1 < entry.receipts.size() ? &entry.receipts[i + 1] : nullptr;
    const bool both = next != nullptr && next->party == receipt.party && receipt.first &&
                      next->first && next->level != receipt.level &&
                      next->first->time == receipt.first->time &&
                      next->first->size == receipt.first->size && next->lacked == receipt.lacked;
    out.push_back(receipt_words(
        entry, receipt,
        both ? "seen and held (every entry on its disk)" : level_words(receipt.level)));
    if (both) ++i;
  }
  return out;
}

Sentence signer_words(const ExtractSigner& signer) {
  std::string text = signer.keyid;
  if (!signer.delegated) {
    text += ", the party's root key";
  } else {
    std::string roles;
    for (const std::string& role : signer.roles) roles += (roles.empty() ? "" : ", ") + role;
    text += fmt::format(" ({}; {}), delegated by entry {}", signer.name, roles,
                        signer.delegated->value);
  }
  if (signer.stands_until) {
    text += fmt::format("; the key was revoked later, its owner stands by entries up to {}",
                        signer.stands_until->value);
  }
  if (!signer.counts) text += ": this signature no longer counts";
  return {signer.counts, std::move(text)};
}

// ---- what report and extract say about one entry, side by side ----

struct Row {
  const EntryReport* report = nullptr;
  const ExtractEntry* item = nullptr;
  std::size_t log = 0;
};

std::vector<Row> rows_of(const Extract& extract, const ExtractReport& report) {
  std::map<std::pair<Origin, LeafIndex>, Row> places;
  for (std::size_t i = 0; i < extract.logs.size(); ++i) {
    for (const ExtractEntry& item : extract.logs[i].entries) {
      places[{extract.logs[i].origin, item.entry.header.seq}] = {nullptr, &item, i};
    }
  }
  std::vector<Row> out;
  for (const EntryReport& entry : report.entries) {
    const auto at = places.find({entry.origin, entry.index});
    check(at != places.end(), "the report is of this extract");
    out.push_back(at->second);
    out.back().report = &entry;
  }
  return out;
}

Sentence link_words(const ExtractLink& link, const ExtractReport& report) {
  std::string whose = link.ref.origin.value;
  for (const ExtractLogReport& log : report.logs) {
    if (log.checkpoint.origin == link.ref.origin) whose = log.party;
  }
  const std::string what = fmt::format("refers to entry {} of {}", link.ref.index.value, whose);
  if (link.state == ExtractLink::State::here) return {true, what + ", which is here"};
  if (link.state == ExtractLink::State::elsewhere) return {true, what + ", which is not here"};
  return {false, what + ", but by the hash of another entry than the one that stands there"};
}

// ---- text ----

std::string text_of_entry(const Row& row, const ExtractReport& report) {
  const EntryReport& entry = *row.report;
  std::string out =
      fmt::format("\n{}  {} {}\n", format_rfc3339(entry.time), entry.party, words_of(entry.type));
  out += fmt::format("  entry       {} of {}'s log, {} ({})\n", entry.index.value, entry.party,
                     entry.type, entry_part_name(entry.part));
  out += fmt::format("  id          {}\n", entry.id.value);
  for (const auto& [name, value] : members_of(row.item->entry)) {
    out += fmt::format("  says        {}: {}\n", visible(name), shortened(visible(value)));
  }
  for (const ExtractSigner& signer : entry.signers) {
    out += "  signed by   " + visible(signer_words(signer).text) + "\n";
  }
  for (const ExtractLink& link : entry.links) {
    out += "  link        " + link_words(link, report).text + "\n";
  }
  if (entry.part == EntryPart::keys) return out;
  for (const Sentence& words : receipt_sentences(entry)) {
    out += (words.good ? "  had         " : "  MISSING     ") + words.text + "\n";
  }
  return out;
}

// ---- page ----

constexpr const char* kStyle = R"(
:root{--paper:#f4f6f8;--card:#fff;--ink:#17212b;--soft:#4c5a67;--line:#d3dae1;--head:#12263a;
--head-ink:#f2f6fa;--good:#14633f;--bad:#9c1f17;--bad-back:#fce6e3;--warn-back:#fdf0d8}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
header{background:var(--head);color:var(--head-ink);padding:1.5rem 0}
.in{max-width:75rem;margin-inline:auto;padding-inline:1.25rem}
h1{font-size:1.5rem;margin:.25rem 0;overflow-wrap:anywhere}
h2{font-size:1.125rem;margin:2rem 0 .5rem}
p,ul{margin:.5rem 0}
.small{font-size:.875rem}
.soft{color:var(--soft)}
code,pre{font:.8125rem/1.45 ui-monospace,monospace;overflow-wrap:anywhere}
pre{white-space:pre-wrap;background:var(--paper);border:1px solid var(--line);padding:.625rem;margin:.5rem 0}
section.card{background:var(--card);border:1px solid var(--line);padding:.25rem 1rem .75rem;margin-block:1rem}
section.card h2{margin-top:.75rem}
section.limits{background:var(--warn-back)}
.wrap{overflow-x:auto}
table{border-collapse:collapse;width:100%;background:var(--card);border:1px solid var(--line)}
th,td{text-align:start;vertical-align:top;padding:.5rem .625rem;border-block-end:1px solid var(--line)}
th{font-size:.8125rem;color:var(--soft);font-weight:600}
.timeline th:nth-child(3){width:34%}
.timeline th:nth-child(4){width:20%}
.timeline th:nth-child(5){width:28%}
td.when{white-space:nowrap;font-variant-numeric:tabular-nums}
td ul{list-style:none;padding:0;margin:0}
td li+li{margin-block-start:.25rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.125rem .75rem;margin:.375rem 0;font-size:.875rem}
dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere}
.yes::before{content:"\2713\a0";color:var(--good)}
.no{background:var(--bad-back);color:var(--bad);padding:.0625rem .375rem}
.no::before{content:"\2717\a0"}
summary{cursor:pointer;font-size:.8125rem;color:var(--soft)}
tr:target td{background:#e8eef4}
details.block pre{max-block-size:20rem;overflow:auto}
@media print{body{background:#fff;font-size:10pt}header{background:none;color:inherit;padding:0}
section.card{break-inside:avoid}tr{break-inside:avoid}details.block{display:none}.wrap{overflow:visible}
th,td{padding:.25rem}}
)";

std::string item(const Sentence& sentence) {
  return fmt::format("<li class=\"{}\">{}</li>", sentence.good ? "yes" : "no",
                     theirs(sentence.text));
}

std::string anchor(std::size_t log, LeafIndex index) {
  return fmt::format("l{}e{}", log, index.value);
}

std::string link_item(const ExtractLink& link, const Extract& extract,
                      const ExtractReport& report) {
  const Sentence words = link_words(link, report);
  if (link.state != ExtractLink::State::here) return item(words);
  for (std::size_t i = 0; i < extract.logs.size(); ++i) {
    if (extract.logs[i].origin != link.ref.origin) continue;
    return fmt::format("<li class=\"yes\"><a href=\"#{}\">{}</a></li>", anchor(i, link.ref.index),
                       theirs(words.text));
  }
  return item(words);
}

std::string raw_details(const ExtractEntry& item) {
  const Entry& entry = item.entry;
  std::string out =
      "<details><summary>What was signed, word for word, and its proof</summary><pre>";
  out += escaped(visible(entry.envelope.payload, true)) + "</pre><dl>";
  for (const EnvelopeSignature& signature : entry.envelope.signatures) {
    out += fmt::format("<dt>signature</dt><dd><code>{} {}</code></dd>", theirs(signature.keyid),
                       to_base64(signature.signature));
  }
  for (const Head& head : entry.header.seen) {
    out += fmt::format("<dt>had seen</dt><dd><code>{} size {} root {}</code></dd>",
                       theirs(head.origin.value), head.size.value, to_base64(head.root));
  }
  out += fmt::format("<dt>leaf hash</dt><dd><code>{}</code></dd>", to_base64(entry.leaf));
  for (const Hash& hash : item.proof) {
    out += fmt::format("<dt>proof</dt><dd><code>{}</code></dd>", to_base64(hash));
  }
  return out + "</dl></details>";
}

std::string page_row(const Row& row, const Extract& extract, const ExtractReport& report) {
  const EntryReport& entry = *row.report;
  std::string out = fmt::format(
      "<tr id=\"{}\"><td class=\"when\"><time datetime=\"{}\">{}</time></td>"
      "<td>{}</td><td><strong>{}</strong><br><span class=\"small soft\">entry {}, "
      "<code>{}</code>, {}</span><dl>",
      anchor(row.log, entry.index), format_rfc3339(entry.time), format_rfc3339(entry.time),
      theirs(entry.party), escaped(words_of(entry.type)), entry.index.value, escaped(entry.type),
      entry_part_name(entry.part));
  for (const auto& [name, value] : members_of(row.item->entry)) {
    // Long values are at hand word for word in the details below.
    out += fmt::format("<dt>{}</dt><dd>{}</dd>", theirs(name), theirs(shortened(value)));
  }
  out += "</dl>" + raw_details(*row.item) + "</td><td><ul>";
  for (const ExtractSigner& signer : entry.signers) out += item(signer_words(signer));
  for (const ExtractLink& link : entry.links) out += link_item(link, extract, report);
  out += "</ul></td>";
  if (entry.part == EntryPart::keys) return out + "</tr>\n";
  out += "<td><ul>";
  for (const Sentence& words : receipt_sentences(entry)) out += item(words);
  return out + "</ul></td></tr>\n";
}

std::string page_tables(const Extract& extract, const ExtractReport& report) {
  const std::vector<Row> rows = rows_of(extract, report);
  std::string out =
      "<h2>What was stated, by whom, and who had it since when</h2><div class=\"wrap\">"
      "<table class=\"timeline\">"
      "<thead><tr><th>Time, by the writer&#39;s clock</th><th>Party</th><th>Statement</th>"
      "<th>Signed by</th><th>Who had it</th></tr></thead><tbody>\n";
  for (const Row& row : rows) {
    if (row.report->part != EntryPart::keys) out += page_row(row, extract, report);
  }
  out +=
      "</tbody></table></div><h2>The keys behind the signatures</h2><div class=\"wrap\"><table>"
      "<thead><tr><th>Time, by the writer&#39;s clock</th><th>Party</th><th>Statement</th>"
      "<th>Signed by</th></tr></thead><tbody>\n";
  for (const Row& row : rows) {
    if (row.report->part == EntryPart::keys) out += page_row(row, extract, report);
  }
  return out + "</tbody></table></div>\n";
}

std::string page_logs(const ExtractReport& report) {
  std::string out =
      "<h2>The logs that the entries stand in</h2><div class=\"wrap\"><table><thead><tr>"
      "<th>Log of</th><th>Signed checkpoint</th><th>Cosigned by</th><th>Shown here</th>"
      "</tr></thead><tbody>\n";
  for (const ExtractLogReport& log : report.logs) {
    out +=
        fmt::format("<tr><td>{}</td><td>{} entries<br><code>{}</code></td><td><ul>",
                    theirs(log.party), log.checkpoint.size.value, to_base64(log.checkpoint.root));
    for (const ExtractLogReport::Line& line : log.cosigned) {
      out += item({true, fmt::format("{}: {} at {}", line.name, level_words(line.level),
                                     format_rfc3339(line.time))});
    }
    if (log.cosigned.empty()) out += item({false, "nobody, as far as this extract shows"});
    out += fmt::format("</ul></td><td>{} of {}; left out: {}</td></tr>\n", log.shown,
                       log.checkpoint.size.value, ranges_text(log.left_out));
  }
  return out + "</tbody></table></div>\n";
}

std::string page_head(const Extract& extract, const ExtractReport& report) {
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\" dir=\"ltr\"><head><meta charset=\"utf-8\">"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src &#39;none&#39;; "
      "style-src &#39;unsafe-inline&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;\">"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
      "<title>Extract from the record</title><style>";
  out += kStyle;
  out += "</style></head><body>\n<header><div class=\"in\"><div>Extract from the record</div><h1>" +
         theirs(extract.question) + "</h1>";
  out += fmt::format(
      "<div class=\"small\">made by {} on {}; agreement SHA-256 <code>{}</code></div>"
      "</div></header>\n<main class=\"in\">",
      theirs(extract.by), format_rfc3339(extract.made), extract.agreement);
  out +=
      "<section class=\"card\"><h2>Do not believe this page: check it</h2>"
      "<p>A page can say anything. What is proven stands in the block at its end, and this "
      "command reads it, needs no network, and prints what it proves:</p><pre>";
  out += extract.agreement_file ? "detente-verify PAGE.html"
                                : "detente-verify --agreement agreement.json PAGE.html";
  out += "</pre><p class=\"small soft\">";
  out += extract.agreement_file
             ? "The agreement is inside. Compare the SHA-256 that the command prints with one that "
               "you have from somebody you trust."
             : "The agreement must be the one with the SHA-256 above, from somebody you trust.";
  out += "</p></section>\n<section class=\"card limits\"><h2>What this does not prove</h2><ul>";
  for (const std::string& line : report.limits) out += "<li>" + theirs(line) + "</li>";
  return out + "</ul></section>\n";
}

}  // namespace

std::string extract_text(const Extract& extract, const ExtractReport& report) {
  std::string out = fmt::format("extract       {}\n", visible(extract.question));
  out +=
      fmt::format("made          by {} on {}\n", visible(extract.by), format_rfc3339(extract.made));
  out += fmt::format("agreement     SHA-256 {}{}\n", extract.agreement,
                     extract.agreement_file ? ", inside" : "");
  for (const ExtractLogReport& log : report.logs) {
    out += fmt::format("\nlog           {}\n", log.checkpoint.origin.value);
    out += fmt::format("  party       {}\n", log.party);
    out += fmt::format("  checkpoint  {} entries, root {}\n", log.checkpoint.size.value,
                       to_base64(log.checkpoint.root));
    for (const ExtractLogReport::Line& line : log.cosigned) {
      out += fmt::format("  cosigned    {}: {} at {}\n", line.name, level_words(line.level),
                         format_rfc3339(line.time));
    }
    if (log.cosigned.empty()) out += "  cosigned    by nobody, as far as this extract shows\n";
    out += fmt::format("  shown       {}; left out {}\n", log.shown, ranges_text(log.left_out));
  }
  for (const Row& row : rows_of(extract, report)) out += text_of_entry(row, report);
  out += "\nnot proven\n";
  for (const std::string& line : report.limits) out += "  " + visible(line) + "\n";
  out += fmt::format("\nverified      {} entr{} of {} log{}\n", report.entries.size(),
                     report.entries.size() == 1 ? "y" : "ies", report.logs.size(),
                     report.logs.size() == 1 ? "" : "s");
  return out;
}

std::string extract_page(const Extract& extract, const ExtractReport& report) {
  std::string out = page_head(extract, report);
  out += page_tables(extract, report);
  out += page_logs(report);
  out +=
      "<h2>The extract itself</h2><details class=\"block\"><summary>base64 of the file</summary>";
  out += kBlockBegin;
  const std::string block = to_base64(as_bytes(encode_extract(extract)));
  for (std::size_t i = 0; i < block.size(); i += kBlockLine) {
    out += block.substr(i, kBlockLine);
    out += '\n';
  }
  out += kBlockEnd;
  return out + "</details>\n</main></body></html>\n";
}

bool is_extract_page(std::string_view bytes) {
  return bytes.starts_with("<!DOCTYPE html>");
}

Result<std::string> extract_of_page(std::string_view page) {
  constexpr const char* kPlace = "the block detente-extract-v1";
  if (page.size() > kExtractPageBytes) {
    return fail(Errc::extract_malformed, fmt::format("more than {} bytes", kExtractPageBytes));
  }
  const std::size_t begin = page.find(kBlockBegin);
  const std::size_t end = begin == std::string_view::npos ? begin : page.find(kBlockEnd, begin);
  if (end == std::string_view::npos) {
    return fail(Errc::extract_malformed, "the page holds no extract", kPlace);
  }
  if (page.find("id=\"detente-extract-v1\"", begin + kBlockBegin.size()) !=
      std::string_view::npos) {
    return fail(Errc::extract_malformed, "the page holds more than one extract", kPlace);
  }
  const std::size_t from = begin + kBlockBegin.size();
  std::string block(page.substr(from, end - from));
  std::erase(block, '\n');
  const Result<Bytes> bytes = from_base64(block);
  if (!bytes) return fail(Errc::extract_malformed, "not base64", kPlace);
  return std::string(as_text(*bytes));
}

}  // namespace detente::record
