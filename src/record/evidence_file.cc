// SPDX-License-Identifier: Apache-2.0
#include "record/evidence_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "record/lines.h"

namespace detente::record {
namespace {

constexpr std::string_view kFirstLine = "detente evidence v1\n";
constexpr std::size_t kSectionsMax = 2 + 2 * kEvidenceChallengers;
constexpr std::size_t kSectionNameBytes = 32;
constexpr std::size_t kPathHashes = 66;  // a consistency proof of two trees below 2^63

constexpr std::array<std::pair<EvidenceKind, std::string_view>, 8> kKinds = {
    {{EvidenceKind::fork_same_size, "fork_same_size"},
     {EvidenceKind::fork, "fork"},
     {EvidenceKind::fork_prefix, "fork_prefix"},
     {EvidenceKind::double_entry, "double_entry"},
     {EvidenceKind::false_holding, "false_holding"},
     {EvidenceKind::bad_opening, "bad_opening"},
     {EvidenceKind::bad_copy, "bad_copy"},
     {EvidenceKind::double_field, "double_field"}}};

bool is_section_name(std::string_view name) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  return !name.empty() && name.size() <= kSectionNameBytes &&
         std::all_of(name.begin(), name.end(), allowed);
}

Result<EvidenceSection> take_section(std::string_view& rest) {
  const std::optional<std::string_view> line = take_line(rest);
  const std::size_t space = line ? line->find(' ') : std::string_view::npos;
  if (space == std::string_view::npos || !is_section_name(line->substr(0, space))) {
    return fail(Errc::evidence_malformed, "a section begins with its name and its length");
  }
  const std::optional<std::uint64_t> length = read_decimal(line->substr(space + 1));
  if (!length || *length >= rest.size() || rest[*length] != '\n') {
    return fail(Errc::evidence_malformed, "a section has not the length that it names",
                std::string(line->substr(0, space)));
  }
  EvidenceSection out{std::string(line->substr(0, space)), std::string(rest.substr(0, *length))};
  rest.remove_prefix(*length + 1);
  return out;
}

}  // namespace

std::string_view evidence_kind_name(EvidenceKind kind) {
  for (const auto& [known, name] : kKinds) {
    if (known == kind) return name;
  }
  return "";
}

std::optional<EvidenceKind> evidence_kind(std::string_view name) {
  for (const auto& [kind, known] : kKinds) {
    if (known == name) return kind;
  }
  return std::nullopt;
}

std::string EvidenceFile::encode() const {
  std::string out = fmt::format("{}{}\n", kFirstLine, evidence_kind_name(kind));
  for (const EvidenceSection& section : sections) {
    out += fmt::format("{} {}\n{}\n", section.name, section.bytes.size(), section.bytes);
  }
  return out;
}

Result<EvidenceFile> parse_evidence_file(std::string_view bytes) {
  if (bytes.size() > kEvidenceBytes) {
    return fail(Errc::evidence_malformed,
                fmt::format("{} bytes, at most {}", bytes.size(), kEvidenceBytes));
  }
  if (!bytes.starts_with(kFirstLine)) {
    return fail(Errc::evidence_malformed, "it does not begin with \"detente evidence v1\"");
  }
  std::string_view rest = bytes.substr(kFirstLine.size());
  const std::optional<std::string_view> line = take_line(rest);
  const std::optional<EvidenceKind> kind = line ? evidence_kind(*line) : std::nullopt;
  if (!kind) return fail(Errc::evidence_malformed, "the kind is not known", "line 2");
  EvidenceFile out{*kind, {}};
  while (!rest.empty()) {
    if (out.sections.size() == kSectionsMax) {
      return fail(Errc::evidence_malformed, fmt::format("more than {} sections", kSectionsMax));
    }
    Result<EvidenceSection> section = take_section(rest);
    if (!section) {
      return fail(std::move(section.error()).at(fmt::format("section {}", out.sections.size())));
    }
    out.sections.push_back(std::move(*section));
  }
  return out;
}

std::string encode_hashes(const Proof& hashes) {
  std::string out;
  for (const Hash& hash : hashes) out += to_base64(hash) + "\n";
  return out;
}

Result<Proof> parse_hashes(std::string_view text) {
  Proof out;
  while (!text.empty()) {
    const std::optional<std::string_view> line = take_line(text);
    const Result<Hash> hash =
        line ? hash_from_base64(*line) : Result<Hash>(fail(Errc::bad_encoding));
    if (!hash) return fail(Errc::evidence_malformed, "a line is not a hash");
    if (out.size() == kPathHashes) {
      return fail(Errc::evidence_malformed, fmt::format("more than {} hashes", kPathHashes));
    }
    out.push_back(*hash);
  }
  return out;
}

}  // namespace detente::record
