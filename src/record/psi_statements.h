// SPDX-License-Identifier: Apache-2.0
//
// The statements of private checks (private set intersection), as the logs have them, and the bytes
// that they name: tokens, tags, and the files that travel beside the logs.
// docs/protocol/private-checks.md has the protocol and a worked example.
//
//   psi.epoch   {"epoch":"..","with":"south","purpose":"plans","key":"<base64 32>",
//                "time":{"start":"..","end":".."},"terms":{..}}
//   psi.post    {"epoch":"..","with":"south","purpose":"plans","root":"<base64 32>","n":1024,
//                "tags":"<base64 32>","dummies":"<base64 32>"}      refs: content.commit of the
//                plans
//   psi.query   {..,"root":"..","n":1024,"file":"<base64 32>"}      refs: the psi.post, or the
//   plans psi.answer  {..,"file":"<base64 32>","proofs":["<base64 64>"]}  refs: the psi.query
//   psi.result  {..,"matches":[3],"touched":"<base64 32>"}          refs: own psi.query, their
//   posts
//   psi.seed    {"time":{"start":"..","end":".."},"commitment":"<base64 32>"}
//   psi.reveal  {"seed":"<base64 32>"}                              refs: own psi.seed
//
// `root` commits to the salted tokens, one leaf each; `tags` and `file` are roots of RFC 6962 trees
// whose leaves are the records of a file (16 or 32 bytes), so that one record can be shown alone.
// Errors: checks_malformed, voprf_element, json_*. Pure; safe on every thread.
#pragma once

#include <array>
#include <compare>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/strong.h"
#include "base/time.h"
#include "crypto/box.h"
#include "crypto/voprf.h"
#include "record/merkle.h"

namespace detente::record {

// plans: both have plans, and each learns which of its own cells are also the other's.
// sites: one has a list of places, the other's planner learns which of its own cells are on it.
enum class PsiPurpose : std::uint8_t { plans = 1, sites = 2, dummy = 0xff };
const char* psi_purpose_name(PsiPurpose purpose);  // "plans", "sites"

// What both sides of an epoch must have agreed on.
struct PsiTerms {
  std::int64_t lateral_mm = 0;  // the separation, of which each side adds half
  std::int64_t vertical_mm = 0;
  std::int64_t time_ms = 0;
  std::string reference = "MSL";   // of altitudes: "WGS84", "MSL", "STD"
  std::int64_t epoch_tokens = 0;   // that one side may post, padding included, and ask about
  std::int64_t posts = 0;          // and in how many posts, and queries
  std::int64_t repeats = 1;        // how often one plan may be posted
  std::int64_t answer_ms = 0;      // a query is overdue after this
  std::int64_t footprint_km2 = 0;  // the least that a plan covers
  std::int64_t footprint_ms = 0;   // and lasts
  friend bool operator==(const PsiTerms&, const PsiTerms&) = default;
};

struct PsiHead {
  std::string epoch;  // a name of 1 to 64 printable characters
  std::string with;   // the other party's id
  PsiPurpose purpose = PsiPurpose::plans;
  friend auto operator<=>(const PsiHead&, const PsiHead&) = default;
};
struct PsiEpoch {
  PsiHead head;
  crypto::VoprfElement key{};
  TimeSpan time;
  PsiTerms terms;
};
// A file beside the log: how many records it has, and their root.
struct PsiFile {
  std::uint64_t n = 0;
  Hash root{};
  friend bool operator==(const PsiFile&, const PsiFile&) = default;
};
struct PsiPost {
  PsiHead head;
  PsiFile commit;  // the salted tokens
  PsiFile tags;    // the same n
  Hash dummies{};  // SHA-256 of the seed of the dummies among the tags
};
struct PsiQuery {
  PsiHead head;
  PsiFile commit;
  PsiFile blinded;  // the same n
};
struct PsiAnswer {
  PsiHead head;
  Hash file{};                             // root of the evaluated elements; n is the query's
  std::vector<crypto::VoprfProof> proofs;  // one for each chunk of limits::kCheckChunk
};
struct PsiResult {
  PsiHead head;
  std::vector<std::uint64_t> matches;  // tokens in common, for each post that is referred to
  Hash touched{};                      // a commitment to which activities they belong to
};

// The terms alone, as an agreement gives them too.
inline const std::initializer_list<std::string_view> kPsiTermsMembers = {
    "levels", "lateral_mm", "vertical_mm", "time_ms",       "reference",   "epoch_tokens",
    "posts",  "repeats",    "answer_ms",   "footprint_km2", "footprint_ms"};
Result<PsiTerms> read_psi_terms(const JsonReader& in);
void write_psi_terms(JsonWriter& out, const PsiTerms& terms);

// A neutral party's part of the audit's draw: a commitment before the epochs of this time begin,
// the seed after they have ended.
struct PsiSeed {
  TimeSpan time;
  Hash commitment{};  // psi_seed_commitment
};
struct PsiReveal {
  Hash seed{};
};

Result<PsiEpoch> read_psi_epoch(const JsonReader& body);
Result<PsiPost> read_psi_post(const JsonReader& body);
Result<PsiQuery> read_psi_query(const JsonReader& body);
Result<PsiAnswer> read_psi_answer(const JsonReader& body);
Result<PsiResult> read_psi_result(const JsonReader& body);
Result<PsiSeed> read_psi_seed(const JsonReader& body);
Result<PsiReveal> read_psi_reveal(const JsonReader& body);
std::string write_psi_epoch(const PsiEpoch& epoch);
std::string write_psi_post(const PsiPost& post);
std::string write_psi_query(const PsiQuery& query);
std::string write_psi_answer(const PsiAnswer& answer);
std::string write_psi_result(const PsiResult& result);
std::string write_psi_seed(const PsiSeed& seed);
std::string write_psi_reveal(const PsiReveal& reveal);

// ---- tokens and tags ----

// A cell of each dimension; 0: of no dimension. What the numbers mean is checks/cover.h's.
struct PsiCell {
  std::uint64_t space = 0;     // S2 cell id
  std::uint32_t altitude = 0;  // shift << 24 | value
  std::uint64_t time = 0;      // shift << 56 | value
  friend auto operator<=>(const PsiCell&, const PsiCell&) = default;
};

// What makes a token worthless anywhere else. Of plans, A is the smaller origin, bytewise; of
// sites, A is the planner's and B the list owner's.
struct PsiContext {
  std::string agreement;  // 64 hex
  PsiPurpose purpose = PsiPurpose::plans;
  std::string epoch;
  Origin a;
  Origin b;
};
using PsiPrefix = std::array<std::uint8_t, 12>;
// "dtk1" and 8 bytes of a SHA-256 over the context; with another purpose than the context's for
// dummies.
PsiPrefix psi_prefix(const PsiContext& context, PsiPurpose purpose);
inline PsiPrefix psi_prefix(const PsiContext& context) {
  return psi_prefix(context, context.purpose);
}
using PsiToken = std::array<std::uint8_t, 32>;  // the RFC's PrivateInput
PsiToken psi_token(const PsiPrefix& prefix, const PsiCell& cell);
// The dummy at a place of the list, of a prefix with the purpose `dummy`.
PsiToken psi_dummy_token(const PsiPrefix& prefix, std::uint64_t index);

using PsiTag = std::array<std::uint8_t, 16>;
PsiTag psi_tag(const crypto::VoprfOutput& output);  // its first 16 bytes
PsiTag psi_dummy_tag(const Hash& seed, std::uint64_t index);
Hash psi_dummies_commitment(const Hash& seed);
Hash psi_seed_commitment(const Hash& seed);

// The next of 256, 1,024, 4,096, 16,384, 65,536; nothing beyond. The question of a planner about
// sites, which has no board beside it, may also have 64.
enum class PsiUse : std::uint8_t { board, sites_question };
std::optional<std::uint64_t> psi_padded(std::uint64_t n, PsiUse use = PsiUse::board);
bool is_psi_padded(std::uint64_t n, PsiUse use = PsiUse::board);

// The leaf of a salted token, and the root of a file whose records have `size` bytes each.
Hash psi_commit_leaf(const Hash& salt, const PsiToken& token);
std::vector<Hash> psi_leaves(ByteView file, std::size_t size);

}  // namespace detente::record
