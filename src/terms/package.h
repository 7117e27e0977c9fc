// SPDX-License-Identifier: Apache-2.0
//
// The package of papers that an agreement binds: main text, annexes and maps in every language,
// each by its SHA-256, a secret one by a commitment to its SHA-256. Says whether a set of files is
// the whole package, a part of it, or altered. All languages are equally authentic, so a package
// without one of them is a part.
// Pure; safe on every thread. The salt comes from the caller.
//
//   const PackageReport report = check_package(agreement, files);
//   if (report.state != PackageState::whole) show(report);
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "terms/agreement.h"

namespace detente::terms {

// What stands in the agreement for a secret annex: 64 hex digits of the SHA-256 of
// "detente/annex/v1\n", the 32 bytes of salt and the 32 bytes of the annex's own SHA-256. Without
// the salt nobody can try texts against it.
std::string annex_commitment(const Hash& salt, const Hash& sha256);

// The paper of this name and language opened: `bytes` with `salt` lead to its commitment.
//   annex_mismatch  the agreement has no such paper, it is not secret, or they do not lead to it
Status open_annex(const Agreement& agreement, std::string_view name, std::string_view language,
                  const Hash& salt, ByteView bytes);

struct PackageFile {
  std::string name;      // of the paper
  std::string language;  // "en"
  Hash sha256{};
  std::optional<Hash> salt;  // that opens a secret paper
};
enum class PaperState : std::uint8_t {
  present,  // the file is the paper
  sealed,   // secret, and no salt is given: the file cannot be judged, or there is none
  missing,
  altered,  // there is a file of this name and language, and it is another text
};
const char* paper_state_name(PaperState state);
struct PaperReport {
  const Document* document = nullptr;  // lives as long as the agreement
  PaperState state = PaperState::missing;
};
enum class PackageState : std::uint8_t {
  whole,    // every paper that is not secret is there, and nothing else
  partial,  // some are missing; those that are there are right
  altered,  // a file differs, or one does not belong to the package
};
const char* package_state_name(PackageState state);
struct PackageReport {
  PackageState state = PackageState::whole;
  std::vector<PaperReport> papers;   // in the order of the agreement
  std::vector<std::string> unknown;  // "name (language)" of files that the agreement does not bind
  std::string text;                  // one plain sentence
};
PackageReport check_package(const Agreement& agreement, const std::vector<PackageFile>& files);

}  // namespace detente::terms
