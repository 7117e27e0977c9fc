// SPDX-License-Identifier: Apache-2.0
#include "app/evidence_command.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "app/identity.h"
#include "crypto/hash.h"
#include "detente-verify/folder.h"

namespace detente::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".evidence";
constexpr std::size_t kHashDigits = 64;
constexpr std::size_t kHashDigitsMin = 8;

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string folder_of(const std::string& data) {
  return data + "/evidence";
}

// SHA-256 of each file of the folder, from the names, sorted. Files that are still being written
// have another name and are passed over.
Result<std::vector<std::string>> names_in(const std::string& data) {
  std::vector<std::string> out;
  std::error_code ec;
  if (!fs::is_directory(data, ec)) return fail(Errc::store_not_found, {}, data);
  if (!fs::exists(folder_of(data), ec)) return out;
  fs::directory_iterator files(folder_of(data), ec);
  for (const fs::directory_iterator end; !ec && files != end; files.increment(ec)) {
    const std::string name = files->path().filename().string();
    const bool fits = name.size() == kHashDigits + kSuffix.size() && name.ends_with(kSuffix) &&
                      is_hex(std::string_view(name).substr(0, kHashDigits));
    if (fits) out.push_back(name.substr(0, kHashDigits));
  }
  if (ec) return fail(Errc::store_io, ec.message(), folder_of(data));
  std::sort(out.begin(), out.end());
  return out;
}

std::string path_of(const std::string& data, const std::string& hash) {
  return fmt::format("{}/{}{}", folder_of(data), hash, kSuffix);
}

std::string agreement_of(const EvidenceOptions& options) {
  return options.agreement.empty() ? options.data + "/agreement.json" : options.agreement;
}

// The verdict on one file of the folder. The name is what the log's evidence.found refers to, so
// the bytes must be the name's.
Result<verify::EvidenceVerdict> judge_kept(const std::string& data, const std::string& hash,
                                           const std::string& agreement) {
  const std::string path = path_of(data, hash);
  DETENTE_TRY(const Bytes bytes, verify::read_regular_file(path, record::kEvidenceBytes));
  if (to_hex(crypto::sha256(bytes)) != hash) {
    return fail(Errc::store_corrupt, "the bytes have another SHA-256 than the name", path);
  }
  return verify::verify_evidence_file(path, agreement);
}

// A verdict that could not be written is no proof for whoever reads it.
Status print(const std::string& text) {
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (!written) return fail(Errc::store_io, "it cannot be written", "standard output");
  return {};
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

std::string line_of(const KeptEvidence& kept, bool as_json) {
  if (!kept.verdict) {
    const std::string why = kept.verdict.error().text();
    JsonWriter out;
    out.begin_object().member("convicts", false).member("sha256", kept.sha256);
    out.member("error", why).end_object();
    return as_json ? out.take() + "\n" : fmt::format("{:.12}  {}\n", kept.sha256, why);
  }
  if (as_json) return verify::json(*kept.verdict) + "\n";
  const record::Conviction& conviction = kept.verdict->conviction;
  return fmt::format("{:.12}  {:<14}  {:<8}  {:<24}  {}\n", kept.sha256,
                     record::evidence_kind_name(conviction.kind),
                     conviction.attested ? "attested" : "proven", joined(conviction.accused),
                     conviction.sentence);
}

}  // namespace

Result<std::vector<KeptEvidence>> kept_evidence(const std::string& data) {
  DETENTE_TRY(const std::vector<std::string> names, names_in(data));
  std::vector<KeptEvidence> out;
  out.reserve(names.size());
  for (const std::string& hash : names) {
    out.push_back({hash, judge_kept(data, hash, data + "/agreement.json")});
  }
  return out;
}

Result<std::string> find_evidence(const std::string& data, const std::string& hash) {
  if (hash.size() < kHashDigitsMin || !is_hex(hash)) {
    return fail(Errc::usage,
                fmt::format("the first {} or more digits of the file's SHA-256", kHashDigitsMin));
  }
  DETENTE_TRY(const std::vector<std::string> names, names_in(data));
  std::string found;
  for (const std::string& name : names) {
    if (!name.starts_with(hash)) continue;
    if (!found.empty()) return fail(Errc::usage, "more than one file begins with " + hash);
    found = name;
  }
  if (found.empty()) return fail(Errc::store_not_found, hash, folder_of(data));
  return path_of(data, found);
}

Status evidence_verify(const EvidenceOptions& options) {
  if (options.agreement.empty() && options.data.empty()) {
    return fail(Errc::usage, "--agreement or --data is needed: whose keys?");
  }
  DETENTE_TRY(const verify::EvidenceVerdict verdict,
              verify::verify_evidence_file(options.file, agreement_of(options)));
  return print(options.json ? verify::json(verdict) + "\n" : verify::text(verdict));
}

Status evidence_list(const EvidenceOptions& options) {
  DETENTE_TRY(const std::vector<KeptEvidence> kept, kept_evidence(options.data));
  if (kept.empty() && !options.json) return print("no evidence is kept here\n");
  for (const KeptEvidence& one : kept) DETENTE_CHECK(print(line_of(one, options.json)));
  return {};
}

Status evidence_show(const EvidenceOptions& options) {
  DETENTE_TRY(const std::string path, find_evidence(options.data, options.file));
  const std::string hash = fs::path(path).stem().string();
  DETENTE_TRY(const verify::EvidenceVerdict verdict,
              judge_kept(options.data, hash, agreement_of(options)));
  if (options.json) return print(verify::json(verdict) + "\n");
  DETENTE_TRY(const std::string file, read_text_file(path, record::kEvidenceBytes));
  return print(verify::text(verdict) + "\n" + file);
}

Status evidence_export(const EvidenceOptions& options) {
  DETENTE_TRY(const std::string path, find_evidence(options.data, options.file));
  const std::string hash = fs::path(path).stem().string();
  DETENTE_TRY(const verify::EvidenceVerdict verdict,
              judge_kept(options.data, hash, agreement_of(options)));
  std::error_code ec;
  if (fs::exists(options.to, ec)) return fail(Errc::already_exists, {}, options.to);
  DETENTE_TRY(const std::string file, read_text_file(path, record::kEvidenceBytes));
  DETENTE_CHECK(write_text_file(options.to, file));
  return print(options.json ? verify::json(verdict) + "\n"
                            : fmt::format("{}: {} bytes, SHA-256 {}\n", options.to, verdict.bytes,
                                          verdict.sha256));
}

}  // namespace detente::app
