// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>

#include "base/json.h"
#include "detente-verify/verify.h"

namespace detente::verify {
namespace {

std::string joined(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) out += (out.empty() ? "" : ", ") + item;
  return out;
}

const record::VerifiedLog::Cosignature* newest_cosignature(const LogReport& log) {
  const auto& all = log.log.cosignatures;
  const auto newest = std::max_element(
      all.begin(), all.end(), [](const auto& a, const auto& b) { return a.time < b.time; });
  return newest == all.end() ? nullptr : &*newest;
}

std::string first_lines(const Report& report) {
  std::uint64_t entries = 0;
  std::uint64_t signatures = 0;
  std::uint64_t cosignatures = 0;
  for (const LogReport& log : report.logs) {
    entries += log.log.entries;
    signatures += log.log.signatures;
    cosignatures += log.log.cosignatures.size();
  }
  std::string out = fmt::format(
      "verified      {} log{}: {} entries, {} officers' signatures, {} cosignatures\n",
      report.logs.size(), report.logs.size() == 1 ? "" : "s", entries, signatures, cosignatures);
  out += fmt::format("agreement     SHA-256 {}\n", report.agreement);
  return out;
}

std::string cross_check(const Report& report) {
  std::string out =
      fmt::format("cross-check   {} views of another log agree with it", report.heads_checked);
  if (report.notes_checked > 0) {
    out += fmt::format("; {} kept notes agree with their log", report.notes_checked);
  }
  return out + "\n";
}

std::string last_lines(const Report& report) {
  std::string out;
  for (const std::string& line : unchecked(report)) out += "not checked   " + line + "\n";
  for (const std::string& line : warnings(report)) out += "warning       " + line + "\n";
  return out;
}

void add_proofs(std::string& out, const char* label, const char* none,
                const std::vector<TimeProof>& proofs, bool all) {
  if (proofs.empty()) out += fmt::format("  {:<11} {}\n", label, none);
  for (const TimeProof& proof : proofs) {
    out += fmt::format("  {:<11} {} by the clock of {}: {}\n", label, format_rfc3339(proof.time),
                       proof.clock, proof.text);
    if (!all) return;
    label = "";
  }
}

std::string entry_text(const EntryReport& entry, bool all) {
  std::string out = fmt::format("\nentry         {}:{}  {}  {}\n", entry.party, entry.index.value,
                                entry.type, entry.id);
  out += fmt::format("  leaf hash   {}\n", to_base64(entry.leaf));
  out += fmt::format("  signed by   {}\n", joined(entry.signers));
  for (const std::string& key : entry.disowned) {
    out += fmt::format("  disowned    the owner no longer stands by {}\n", key);
  }
  out += fmt::format("  dated       {} by its own writer's clock, which proves nothing\n",
                     format_rfc3339(entry.node_time));
  add_proofs(out, "not before", "no proof: nobody else had signed a head without it", entry.after,
             all);
  add_proofs(out, "not after", "no proof: nobody else has signed a head with it", entry.before,
             all);
  if (entry.clocks_disagree) {
    out += "  clocks      these two times contradict each other: a clock is wrong, or lies\n";
  }
  for (const Holder& holder : entry.holders) {
    out += fmt::format("  {:<11} {} at {}: {}\n", holder.level, holder.by,
                       format_rfc3339(holder.time), holder.text);
  }
  if (entry.holders.empty()) out += "  held        by nobody, as far as these files show\n";
  return out;
}

void write_proofs(JsonWriter& out, const char* name, const std::vector<TimeProof>& proofs) {
  out.name(name).begin_array();
  for (const TimeProof& proof : proofs) {
    out.begin_object().member("time", proof.time).member("clock", proof.clock);
    out.member("proof", proof.text).end_object();
  }
  out.end_array();
}

void write_texts(JsonWriter& out, const char* name, const std::vector<std::string>& texts) {
  out.name(name).begin_array();
  for (const std::string& text : texts) out.value(text);
  out.end_array();
}

void write_entry(JsonWriter& out, const EntryReport& entry) {
  out.name("entry").begin_object().member("party", entry.party).member("origin", entry.origin);
  out.member("index", entry.index.value).member("type", entry.type).member("id", entry.id);
  out.member("leaf", to_base64(entry.leaf)).member("time_of_writer", entry.node_time);
  write_texts(out, "signers", entry.signers);
  write_texts(out, "disowned", entry.disowned);
  write_proofs(out, "not_before", entry.after);
  write_proofs(out, "not_after", entry.before);
  out.member("clocks_disagree", entry.clocks_disagree).name("holders").begin_array();
  for (const Holder& holder : entry.holders) {
    out.begin_object().member("by", holder.by).member("level", holder.level);
    out.member("time", holder.time).member("proof", holder.text).end_object();
  }
  out.end_array().end_object();
}

void write_log(JsonWriter& out, const LogReport& log) {
  const record::Checkpoint& checkpoint = log.log.checkpoint;
  out.begin_object().member("folder", log.folder).member("party", log.party);
  out.member("origin", checkpoint.origin.value).member("entries", log.log.entries);
  out.member("signatures", log.log.signatures);
  out.member("root", to_base64(checkpoint.root)).name("statements").begin_object();
  for (const auto& [type, count] : log.log.statements_by_type) out.member(type, count);
  out.end_object().name("cosignatures").begin_array();
  for (const auto& cosignature : log.log.cosignatures) {
    out.begin_object().member("key", cosignature.key_name);
    out.member("time", cosignature.time).end_object();
  }
  out.end_array().end_object();
}

}  // namespace

std::vector<std::string> unchecked(const Report& report) {
  std::vector<std::string> out;
  if (!report.absent.empty()) {
    out.push_back("logs that are not here: " + joined(report.absent));
  }
  if (report.heads_absent > 0) {
    out.push_back(fmt::format("{} views are of logs that are not here", report.heads_absent));
  }
  if (report.heads_beyond > 0) {
    out.push_back(
        fmt::format("{} views are of more entries than the copy here", report.heads_beyond));
  }
  if (report.notes_absent + report.notes_beyond > 0) {
    out.push_back(fmt::format("{} kept notes are of logs that are not here, {} of more entries",
                              report.notes_absent, report.notes_beyond));
  }
  std::uint64_t commitments = 0;
  for (const LogReport& log : report.logs) commitments += log.commitments;
  if (commitments > 0) {
    out.push_back(fmt::format(
        "{} commitments to private content: what they commit to is not in a log", commitments));
  }
  if (!report.everything_listed) {
    out.emplace_back("whether the server has more files than the log's: it gives no list");
  }
  const std::string who =
      report.signed_by.empty() ? std::string("nobody") : joined(report.signed_by);
  out.push_back("the agreement is taken as it was given; signed in these logs by " + who);
  return out;
}

std::vector<std::string> warnings(const Report& report) {
  std::vector<std::string> out;
  for (const LogReport& log : report.logs) {
    if (newest_cosignature(log) != nullptr) continue;
    out.push_back(
        fmt::format("{}: no other party has signed this head, so its owner could still "
                    "show another",
                    log.folder));
  }
  if (report.entry && report.entry->clocks_disagree) {
    out.emplace_back("the clocks that bound the entry's time contradict each other");
  }
  if (report.entry && !report.entry->disowned.empty()) {
    out.emplace_back("a key that signed the entry was revoked for a time before it");
  }
  return out;
}

std::string summary(const Report& report) {
  std::string out = first_lines(report);
  for (const LogReport& log : report.logs) {
    const auto* const newest = newest_cosignature(log);
    const std::string cosigned = newest == nullptr
                                     ? "cosigned by nobody"
                                     : fmt::format("cosigned up to {} by {}",
                                                   format_rfc3339(newest->time), newest->key_name);
    const std::string folder = log.folder.starts_with("mirror/") ? "mirror" : log.folder;
    out +=
        fmt::format("  {:<11} {}: {} entries, {}\n", folder, log.party, log.log.entries, cosigned);
  }
  out += cross_check(report) + last_lines(report);
  if (report.entry) out += entry_text(*report.entry, false);
  return out;
}

std::string text(const Report& report) {
  std::string out = first_lines(report);
  for (const LogReport& log : report.logs) {
    const record::Checkpoint& checkpoint = log.log.checkpoint;
    out += fmt::format("\n{}\n", log.folder);
    out += fmt::format("  party       {}\n", log.party);
    out += fmt::format("  origin      {}\n", checkpoint.origin.value);
    out += fmt::format("  entries     {}\n", log.log.entries);
    out += fmt::format("  root        {}\n", to_base64(checkpoint.root));
    for (const auto& [type, count] : log.log.statements_by_type) {
      out += fmt::format("  {:>9}   {}\n", count, type);
    }
    for (const auto& cosignature : log.log.cosignatures) {
      out += fmt::format("  cosigned    {} at {}\n", cosignature.key_name,
                         format_rfc3339(cosignature.time));
    }
    if (log.log.cosignatures.empty()) out += "  cosigned    by nobody\n";
  }
  out += "\n" + cross_check(report) + last_lines(report);
  if (report.entry) out += entry_text(*report.entry, true);
  return out;
}

std::string json(const Report& report) {
  JsonWriter out;
  out.begin_object().member("verified", true).member("agreement", report.agreement);
  out.name("logs").begin_array();
  for (const LogReport& log : report.logs) write_log(out, log);
  out.end_array().member("heads_checked", report.heads_checked);
  out.member("heads_beyond", report.heads_beyond).member("heads_absent", report.heads_absent);
  out.member("notes_checked", report.notes_checked).member("notes_beyond", report.notes_beyond);
  out.member("notes_absent", report.notes_absent);
  write_texts(out, "not_checked", unchecked(report));
  write_texts(out, "warnings", warnings(report));
  if (report.entry) write_entry(out, *report.entry);
  return out.end_object().take();
}

std::string json(const Error& error) {
  JsonWriter out;
  out.begin_object().member("verified", false).name("error").begin_object();
  out.member("code", errc_name(error.code)).member("number", static_cast<int>(error.code));
  out.member("sentence", errc_sentence(error.code)).member("detail", error.detail);
  out.member("place", error.place).end_object();
  return out.end_object().take();
}

}  // namespace detente::verify
