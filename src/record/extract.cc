// SPDX-License-Identifier: Apache-2.0
//
// The bytes of an extract: writing and reading the one form.
#include "record/extract.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "base/limits.h"
#include "crypto/hash.h"
#include "record/extract_impl.h"

namespace detente::record {
namespace {

constexpr std::string_view kTitle = "detente-extract/v1";
constexpr std::size_t kProofHashes = 64;

// Lines of text that may hold anything are marked, so they cannot be taken for lines of the form.
void write_marked(std::string& out, std::string_view text) {
  while (true) {
    const std::size_t end = text.find('\n');
    out += '>';
    out += text.substr(0, end);
    out += '\n';
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

void write_proof(std::string& out, const Proof& proof) {
  out += "proof";
  for (const Hash& hash : proof) out += " " + to_base64(hash);
  out += '\n';
}

void write_entry(std::string& out, const ExtractEntry& item) {
  const Entry& entry = item.entry;
  out += fmt::format("\nentry {} {}\n", entry.header.seq.value, entry_part_name(item.part));
  out += fmt::format("time {}\n", format_rfc3339(entry.header.time));
  for (const Head& head : entry.header.seen) {
    out += fmt::format("seen {} {} {}\n", head.origin.value, head.size.value, to_base64(head.root));
  }
  out += fmt::format("type {}\n", entry.statement.type);
  write_marked(out, entry.envelope.payload);
  for (const EnvelopeSignature& signature : entry.envelope.signatures) {
    out += fmt::format("signed {} {}\n", signature.keyid, to_base64(signature.signature));
  }
  write_proof(out, item.proof);
}

void write_log(std::string& out, const ExtractLog& log) {
  out += fmt::format("\nlog {}\n", log.origin.value);
  write_marked(out, log.checkpoint);
  out += fmt::format("left-out {}\n", ranges_text(left_out(log)));
  for (const ExtractEntry& entry : log.entries) write_entry(out, entry);
  for (const ExtractNote& note : log.notes) {
    out += "\nnote\n";
    write_marked(out, note.note);
    write_proof(out, note.proof);
  }
}

Result<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t out = 0;
  const std::from_chars_result read = std::from_chars(text.data(), text.data() + text.size(), out);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || out > INT64_MAX) {
    return fail(Errc::extract_malformed, "not a number");
  }
  return out;
}

class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {}

  std::string place() const { return fmt::format("line {}", number_ + 1); }
  std::string_view peek() const { return text_.substr(0, text_.find('\n')); }
  bool at_end() const { return text_.empty(); }
  void skip() {
    const std::size_t end = text_.find('\n');
    text_.remove_prefix(end == std::string_view::npos ? text_.size() : end + 1);
    ++number_;
  }
  auto fault(std::string why) const {
    return fail(Errc::extract_malformed, std::move(why), place());
  }
  // Whether the next line begins with `word` and a space.
  bool next_is(std::string_view word) const {
    const std::string_view line = peek();
    return line.starts_with(word) && line.size() > word.size() && line[word.size()] == ' ';
  }
  Status literal(std::string_view line) {
    if (at_end() || peek() != line) return fault(fmt::format("{} is expected", json_quote(line)));
    skip();
    return {};
  }
  // "<word> <value>": the value.
  Result<std::string_view> value(std::string_view word) {
    if (!next_is(word)) return fault(fmt::format("a line \"{} ..\" is expected", word));
    const std::string_view out = peek().substr(word.size() + 1);
    skip();
    return out;
  }
  // Values between single spaces.
  Result<std::vector<std::string_view>> values(std::string_view word, std::size_t count) {
    const Lines before = *this;
    DETENTE_TRY(std::string_view rest, value(word));
    std::vector<std::string_view> out;
    while (true) {
      const std::size_t space = rest.find(' ');
      out.push_back(rest.substr(0, space));
      if (space == std::string_view::npos) break;
      rest.remove_prefix(space + 1);
    }
    if (out.size() != count) return before.fault(fmt::format("{} values are expected", count));
    return out;
  }
  Result<std::string> marked(std::size_t bytes_max) {
    if (!peek().starts_with('>')) return fault("a line with '>' before it is expected");
    std::string out;
    for (bool first = true; peek().starts_with('>'); first = false) {
      if (!first) out += '\n';
      out += peek().substr(1);
      if (out.size() > bytes_max) return fault(fmt::format("more than {} bytes", bytes_max));
      skip();
    }
    return out;
  }

 private:
  std::string_view text_;
  std::size_t number_ = 0;
};

Result<Hash> read_hash(const Lines& at, std::string_view text) {
  const Result<Hash> hash = hash_from_base64(text);
  if (!hash) return at.fault("not a hash in base64");
  return *hash;
}

Result<Proof> read_proof(Lines& in) {
  const Lines before = in;
  Proof out;
  if (in.peek() == "proof") {
    in.skip();
    return out;
  }
  DETENTE_TRY(std::string_view rest, in.value("proof"));
  while (true) {
    const std::size_t space = rest.find(' ');
    DETENTE_TRY(const Hash hash, read_hash(before, rest.substr(0, space)));
    out.push_back(hash);
    if (out.size() > kProofHashes) return before.fault("the proof is too long");
    if (space == std::string_view::npos) return out;
    rest.remove_prefix(space + 1);
  }
}

std::optional<EntryPart> parse_part(std::string_view text) {
  for (const EntryPart part :
       {EntryPart::asked, EntryPart::cited, EntryPart::about, EntryPart::keys}) {
    if (text == entry_part_name(part)) return part;
  }
  return std::nullopt;
}

Result<EntryHeader> read_header(Lines& in, std::string_view index) {
  EntryHeader out;
  const Result<std::uint64_t> seq = parse_number(index);
  if (!seq) return in.fault("the index is not a number");
  out.seq = LeafIndex{*seq};
  const Lines at_time = in;
  DETENTE_TRY(const std::string_view time_text, in.value("time"));
  const Result<UtcMs> time = parse_rfc3339(time_text);
  if (!time) return at_time.fault("not a time");
  out.time = *time;
  while (in.next_is("seen")) {
    const Lines at = in;
    DETENTE_TRY(const std::vector<std::string_view> words, in.values("seen", 3));
    const Result<std::uint64_t> size = parse_number(words[1]);
    if (!size) return at.fault("the size is not a number");
    DETENTE_TRY(const Hash root, read_hash(at, words[2]));
    out.seen.push_back({Origin{std::string(words[0])}, TreeSize{*size}, root});
  }
  return out;
}

Result<Envelope> read_envelope(Lines& in) {
  Envelope out;
  DETENTE_TRY(const std::string_view type, in.value("type"));
  out.payload_type = payload_type_of(type);
  DETENTE_TRY(out.payload, in.marked(limits::kStatementPayloadBytes));
  while (in.next_is("signed")) {
    const Lines at = in;
    DETENTE_TRY(const std::vector<std::string_view> words, in.values("signed", 2));
    const Result<Bytes> bytes = from_base64(words[1]);
    EnvelopeSignature signature;
    signature.keyid = words[0];
    if (!bytes || bytes->size() != signature.signature.size()) return at.fault("not a signature");
    std::copy(bytes->begin(), bytes->end(), signature.signature.begin());
    if (out.signatures.size() == limits::kStatementSigners) return at.fault("too many signatures");
    out.signatures.push_back(std::move(signature));
  }
  return out;
}

// The entry's exact bytes are built again from its lines: it has one form only.
Result<ExtractEntry> read_entry(Lines& in) {
  const Lines before = in;
  ExtractEntry out;
  DETENTE_TRY(const std::vector<std::string_view> words, in.values("entry", 2));
  const std::optional<EntryPart> part = parse_part(words[1]);
  if (!part) return before.fault("asked, cited, about or keys is expected");
  out.part = *part;
  DETENTE_TRY(const EntryHeader header, read_header(in, words[0]));
  DETENTE_TRY(const Envelope envelope, read_envelope(in));
  DETENTE_TRY(out.proof, read_proof(in));
  Result<Entry> entry = parse_entry(as_bytes(encode_entry(header, envelope)));
  if (!entry) return before.fault(entry.error().text());
  out.entry = std::move(*entry);
  return out;
}

struct Counts {
  std::size_t entries = 0;
  std::size_t notes = 0;
};

Result<ExtractLog> read_log(Lines& in, Counts& counts) {
  ExtractLog out;
  DETENTE_TRY(const std::string_view origin, in.value("log"));
  out.origin = Origin{std::string(origin)};
  const Lines at = in;
  DETENTE_TRY(out.checkpoint, in.marked(limits::kNoteBytes));
  if (!extract_checkpoint(out.checkpoint)) return at.fault("not a signed checkpoint");
  DETENTE_CHECK(in.value("left-out"));  // compared when the whole is written again
  while (in.peek().empty() && !in.at_end()) {
    Lines ahead = in;
    ahead.skip();
    const bool is_note = ahead.peek() == "note";
    if (!is_note && !ahead.next_is("entry")) break;
    in = ahead;
    if (is_note) {
      if (++counts.notes > kExtractNotes) return in.fault("too many notes");
      in.skip();
      ExtractNote note;
      DETENTE_TRY(note.note, in.marked(limits::kNoteBytes));
      DETENTE_TRY(note.proof, read_proof(in));
      out.notes.push_back(std::move(note));
    } else {
      if (++counts.entries > kExtractEntries) return in.fault("too many entries");
      if (!out.notes.empty()) return in.fault("an entry after a note");
      DETENTE_TRY(ExtractEntry entry, read_entry(in));
      const bool ascends =
          out.entries.empty() || out.entries.back().entry.header.seq < entry.entry.header.seq;
      if (!ascends) return in.fault("entries are not in ascending order");
      out.entries.push_back(std::move(entry));
    }
  }
  return out;
}

Result<Extract> read_head(Lines& in) {
  Extract out;
  DETENTE_CHECK(in.literal(kTitle));
  DETENTE_TRY(const std::string_view agreement, in.value("agreement"));
  out.agreement = agreement;
  const Result<Bytes> hash = from_hex(agreement);
  if (!hash || hash->size() != sizeof(Hash)) return in.fault("the agreement is not a SHA-256");
  DETENTE_TRY(const std::string_view made, in.value("made"));
  const Result<UtcMs> time = parse_rfc3339(made);
  if (!time) return in.fault("not a time");
  out.made = *time;
  DETENTE_TRY(const std::string_view by, in.value("by"));
  out.by = by;
  DETENTE_TRY(const std::string_view question, in.value("question"));
  out.question = question;
  if (!in.next_is("agreement-file")) return out;
  DETENTE_TRY(const std::string_view file, in.value("agreement-file"));
  if (file.size() > limits::kAgreementBytes / 3 * 4 + 4) return in.fault("a large agreement");
  const Result<Bytes> bytes = from_base64(file);
  if (!bytes) return in.fault("not base64");
  out.agreement_file = std::string(as_text(*bytes));
  return out;
}

std::string digest_line(std::string_view before) {
  return fmt::format("end {}\n", to_hex(crypto::sha256(as_bytes(before))));
}

bool is_one_line(std::string_view text, std::size_t bytes_max) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return !text.empty() && text.size() <= bytes_max && is_utf8(text) &&
         std::none_of(text.begin(), text.end(), control);
}

// A damaged file is told from a wrong one: the last line is the digest of what stands before it.
Status check_digest(std::string_view text) {
  constexpr std::size_t kEndLine = 4 + 2 * sizeof(Hash) + 1;
  if (text.size() < kEndLine || text.back() != '\n') {
    return fail(Errc::extract_malformed, "the file is cut off", "the last line");
  }
  const std::string_view before = text.substr(0, text.size() - kEndLine);
  if (!text.substr(before.size()).starts_with("end ")) {
    return fail(Errc::extract_malformed, "a line \"end <SHA-256>\" is expected", "the last line");
  }
  if (text.substr(before.size()) != digest_line(before)) {
    return fail(Errc::extract_mismatch, "the file was damaged or changed", "the last line");
  }
  return {};
}

}  // namespace

const char* entry_part_name(EntryPart part) {
  switch (part) {
    case EntryPart::asked:
      return "asked";
    case EntryPart::cited:
      return "cited";
    case EntryPart::about:
      return "about";
    case EntryPart::keys:
      break;
  }
  return "keys";
}

Result<Checkpoint> extract_checkpoint(std::string_view note_text) {
  DETENTE_TRY(const Note note, parse_note(note_text));
  return parse_checkpoint(note.text);
}

Ranges left_out(const ExtractLog& log) {
  Ranges out;
  const Result<Checkpoint> checkpoint = extract_checkpoint(log.checkpoint);
  check(checkpoint.has_value(), "an extract's checkpoint is read before it is used");
  std::uint64_t next = 0;
  for (const ExtractEntry& item : log.entries) {
    const std::uint64_t index = item.entry.header.seq.value;
    if (index > next) out.emplace_back(next, index - 1);
    next = index + 1;
  }
  if (next < checkpoint->size.value) out.emplace_back(next, checkpoint->size.value - 1);
  return out;
}

std::string ranges_text(const Ranges& ranges) {
  std::string out;
  for (const auto& [first, last] : ranges) {
    if (!out.empty()) out += ',';
    out += first == last ? fmt::format("{}", first) : fmt::format("{}-{}", first, last);
  }
  return out.empty() ? "none" : out;
}

std::string encode_extract(const Extract& extract) {
  std::string out =
      fmt::format("{}\nagreement {}\nmade {}\nby {}\nquestion {}\n", kTitle, extract.agreement,
                  format_rfc3339(extract.made), extract.by, extract.question);
  if (extract.agreement_file) {
    out += "agreement-file " + to_base64(as_bytes(*extract.agreement_file)) + "\n";
  }
  for (const ExtractLog& log : extract.logs) write_log(out, log);
  out += '\n';
  return out + digest_line(out);
}

Result<Extract> parse_extract(std::string_view text) {
  if (text.size() > kExtractBytes) {
    return fail(Errc::extract_malformed, fmt::format("more than {} bytes", kExtractBytes));
  }
  if (!text.starts_with(kTitle)) {
    return fail(Errc::extract_malformed, "it does not begin with " + std::string(kTitle), "line 1");
  }
  DETENTE_CHECK(check_digest(text));
  Lines in(text);
  DETENTE_TRY(Extract out, read_head(in));
  if (!is_key_name(out.by) || !is_one_line(out.question, kExtractQuestionBytes)) {
    return fail(Errc::extract_malformed, "the question, or who asked it, is not one line of text",
                "by, question");
  }
  Counts counts;
  DETENTE_CHECK(in.literal(""));
  while (in.next_is("log")) {
    if (out.logs.size() == kExtractLogs) return in.fault("too many logs");
    DETENTE_TRY(ExtractLog log, read_log(in, counts));
    if (!out.logs.empty() && !(out.logs.back().origin < log.origin)) {
      return in.fault("logs are not in ascending order");
    }
    out.logs.push_back(std::move(log));
    DETENTE_CHECK(in.literal(""));
  }
  DETENTE_CHECK(in.value("end"));
  if (!in.at_end()) return in.fault("text after the end");
  // What is left of other spellings (a leading zero, another zone, a space) shows here.
  if (encode_extract(out) != text) {
    return fail(Errc::extract_malformed, "it is not written in the one form");
  }
  return out;
}

}  // namespace detente::record
