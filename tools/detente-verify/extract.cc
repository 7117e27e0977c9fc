// SPDX-License-Identifier: Apache-2.0
#include "detente-verify/extract.h"

#include <fmt/core.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "base/json.h"
#include "base/limits.h"
#include "detente-verify/agreement.h"
#include "detente-verify/folder.h"
#include "record/extract_page.h"

namespace detente::verify {
namespace {

constexpr std::size_t kWitnessesMax = 16;

Result<std::vector<record::ExtractTrust::Cosigner>> read_neutral(ByteView agreement) {
  std::vector<record::ExtractTrust::Cosigner> out;
  DETENTE_TRY(const JsonDocument document,
              parse_json(as_text(agreement), {.bytes_max = limits::kAgreementBytes,
                                              .integers_only = true,
                                              .depth_max = limits::kJsonDepth}));
  if (!document.root().has("record")) return out;
  DETENTE_TRY(const JsonReader terms, document.root().object("record"));
  if (!terms.has("witnesses")) return out;
  DETENTE_TRY(const std::vector<std::string> texts,
              terms.strings("witnesses", kWitnessesMax, limits::kNoteBytes));
  for (const std::string& text : texts) {
    Result<record::VerifierKey> key = record::parse_vkey(text);
    if (!key || key->type != record::KeyType::cosignature_v1) {
      return fail(Errc::vkey_malformed, "a cosigner's key is needed", terms.place_of("witnesses"));
    }
    out.push_back({key->name, record::ReceiptLevel::seen, *key});
  }
  return out;
}

}  // namespace

Result<record::ExtractTrust> extract_trust(ByteView agreement) {
  DETENTE_TRY(Agreement read, read_agreement(agreement));
  record::ExtractTrust out{std::move(read.hash), std::move(read.owners), {}};
  DETENTE_TRY(out.neutral, read_neutral(agreement));
  return out;
}

Result<ExtractFound> verify_extract_file(const ExtractRequest& request) {
  DETENTE_TRY(const Bytes bytes, read_regular_file(request.file, record::kExtractPageBytes));
  ExtractFound out;
  out.page = record::is_extract_page(as_text(bytes));
  std::string text(as_text(bytes));
  if (out.page) {
    Result<std::string> inside = record::extract_of_page(as_text(bytes));
    if (!inside) return fail(std::move(inside.error()).at(request.file));
    text = std::move(*inside);
  }
  Result<record::Extract> extract = record::parse_extract(text);
  if (!extract) return fail(std::move(extract.error()).at(request.file));
  out.extract = std::move(*extract);
  out.agreement_inside = request.agreement.empty();
  Bytes agreement;
  if (!out.agreement_inside) {
    DETENTE_TRY(agreement, read_regular_file(request.agreement, limits::kAgreementBytes));
  } else if (out.extract.agreement_file) {
    agreement = to_bytes(*out.extract.agreement_file);
  } else {
    return fail(Errc::usage,
                "the agreement is not in this extract: name it with --agreement. Its SHA-256 is " +
                    out.extract.agreement,
                request.file);
  }
  Result<record::ExtractTrust> trust = extract_trust(agreement);
  if (!trust) return fail(std::move(trust.error()).at("agreement"));
  Result<record::ExtractReport> report = record::verify_extract(out.extract, *trust);
  if (!report) return fail(std::move(report.error()).at(request.file));
  out.report = std::move(*report);
  out.page_as_written = out.page && record::extract_page(out.extract, out.report) == as_text(bytes);
  return out;
}

std::string text(const ExtractFound& found) {
  std::string out = record::extract_text(found.extract, found.report);
  if (found.agreement_inside) {
    out += fmt::format(
        "\nattention     The agreement, and so every key, comes from the extract itself.\n"
        "              Compare {}\n"
        "              with the agreement's SHA-256 from somebody you trust.\n",
        found.extract.agreement);
  }
  if (found.page) {
    out += found.page_as_written
               ? "\npage          It shows what is above, word for word.\n"
               : "\npage          ATTENTION: it is not the page that this program writes for this "
                 "extract.\n              Another version wrote it, or it was altered: go by what "
                 "is above.\n";
  }
  return out;
}

std::string json(const ExtractFound& found) {
  JsonWriter out;
  out.begin_object().member("verified", true).member("agreement_inside", found.agreement_inside);
  out.member("page", found.page);
  if (found.page) out.member("page_as_written", found.page_as_written);
  out.name("extract").raw(record::extract_json(found.extract, found.report));
  return out.end_object().take();
}

namespace {

// The first bytes of a regular file; "" if it is none.
std::string begin_of(const std::string& path) {
  std::error_code ec;
  if (!std::filesystem::is_regular_file(path, ec)) return {};
  std::array<char, 15> begin{};
  std::ifstream in(path, std::ios::binary);
  in.read(begin.data(), begin.size());
  return {begin.data(), static_cast<std::size_t>(in.gcount())};
}

}  // namespace

bool is_extract_file(const std::string& path) {
  const std::string begin = begin_of(path);
  return begin == "detente-extract" || begin == "<!DOCTYPE html>";
}

bool is_zip_file(const std::string& path) {
  return begin_of(path).starts_with("PK\x03\x04");
}

}  // namespace detente::verify
