// SPDX-License-Identifier: Apache-2.0
#include "terms/package.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/json.h"
#include "crypto/hash.h"
#include "terms/agreement_impl.h"

namespace detente::terms {
namespace {

std::string paper_name(std::string_view name, std::string_view language) {
  return fmt::format("{} ({})", name, language);
}

const Document* find_document(const Agreement& agreement, std::string_view name,
                              std::string_view language) {
  for (const Document& document : agreement.documents()) {
    if (document.name == name && document.language == language) return &document;
  }
  return nullptr;
}

PaperState judge_paper(const Document& document, const PackageFile* file) {
  if (!document.commitment.empty()) {
    if (file == nullptr || !file->salt) return PaperState::sealed;
    return annex_commitment(*file->salt, file->sha256) == document.commitment ? PaperState::present
                                                                              : PaperState::altered;
  }
  if (file == nullptr) return PaperState::missing;
  return to_hex(file->sha256) == document.sha256 ? PaperState::present : PaperState::altered;
}

std::string report_text(const PackageReport& report) {
  std::vector<std::string> altered;
  std::vector<std::string> missing;
  std::size_t sealed = 0;
  for (const PaperReport& paper : report.papers) {
    const std::string name = paper_name(paper.document->name, paper.document->language);
    if (paper.state == PaperState::altered) altered.push_back(name);
    if (paper.state == PaperState::missing) missing.push_back(name);
    if (paper.state == PaperState::sealed) ++sealed;
  }
  std::string out = fmt::format("The package is {}.", package_state_name(report.state));
  if (!altered.empty()) out += fmt::format(" Altered: {}.", join_words(altered));
  if (!report.unknown.empty()) {
    out += fmt::format(" Not of this agreement: {}.", join_words(report.unknown));
  }
  if (!missing.empty()) out += fmt::format(" Missing: {}.", join_words(missing));
  if (sealed > 0) out += fmt::format(" Secret and not opened: {}.", sealed);
  return out;
}

}  // namespace

std::string annex_commitment(const Hash& salt, const Hash& sha256) {
  const std::string_view head = "detente/annex/v1\n";
  Bytes text(head.begin(), head.end());
  text.insert(text.end(), salt.begin(), salt.end());
  text.insert(text.end(), sha256.begin(), sha256.end());
  return to_hex(crypto::sha256(text));
}

Status open_annex(const Agreement& agreement, std::string_view name, std::string_view language,
                  const Hash& salt, ByteView bytes) {
  const Document* document = find_document(agreement, name, language);
  if (document == nullptr) {
    return fail(Errc::annex_mismatch, fmt::format("the agreement has no paper {}",
                                                  json_quote(paper_name(name, language))));
  }
  if (document->commitment.empty()) {
    return fail(Errc::annex_mismatch, "this paper is not secret: it stands there by its SHA-256");
  }
  if (annex_commitment(salt, crypto::sha256(bytes)) != document->commitment) {
    return fail(Errc::annex_mismatch, "the text or the salt is another one");
  }
  return {};
}

const char* paper_state_name(PaperState state) {
  switch (state) {
    case PaperState::present:
      return "present";
    case PaperState::sealed:
      return "sealed";
    case PaperState::missing:
      return "missing";
    case PaperState::altered:
      return "altered";
  }
  check(false, "a state of a paper outside its enumeration");
  return "";
}

const char* package_state_name(PackageState state) {
  switch (state) {
    case PackageState::whole:
      return "whole";
    case PackageState::partial:
      return "partial";
    case PackageState::altered:
      return "altered";
  }
  check(false, "a state of a package outside its enumeration");
  return "";
}

PackageReport check_package(const Agreement& agreement, const std::vector<PackageFile>& files) {
  PackageReport out;
  for (const Document& document : agreement.documents()) {
    const auto found = std::find_if(files.begin(), files.end(), [&](const PackageFile& file) {
      return file.name == document.name && file.language == document.language;
    });
    out.papers.push_back(
        {&document, judge_paper(document, found == files.end() ? nullptr : &*found)});
  }
  for (std::size_t i = 0; i < files.size(); ++i) {
    const PackageFile& file = files[i];
    // A second file of one paper is no part of the package either.
    const bool again =
        std::any_of(files.begin(), files.begin() + static_cast<std::ptrdiff_t>(i),
                    [&](const PackageFile& other) {
                      return other.name == file.name && other.language == file.language;
                    });
    if (again || find_document(agreement, file.name, file.language) == nullptr) {
      out.unknown.push_back(paper_name(file.name, file.language));
    }
  }
  const auto any = [&](PaperState state) {
    return std::any_of(out.papers.begin(), out.papers.end(),
                       [&](const PaperReport& paper) { return paper.state == state; });
  };
  if (any(PaperState::altered) || !out.unknown.empty()) {
    out.state = PackageState::altered;
  } else if (any(PaperState::missing)) {
    out.state = PackageState::partial;
  }
  out.text = report_text(out);
  return out;
}

}  // namespace detente::terms
