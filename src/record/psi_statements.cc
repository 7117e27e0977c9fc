// SPDX-License-Identifier: Apache-2.0
#include "record/psi_statements.h"

#include <algorithm>

#include "base/limits.h"
#include "crypto/hash.h"

namespace detente::record {
namespace {

constexpr std::int64_t kMonthMs = 31LL * 86'400'000;
constexpr std::int64_t kSeparationMax = 1'000'000'000;  // 1,000 km, or 11 days
constexpr std::uint64_t kSmallest = 64;
constexpr std::array<std::uint64_t, 5> kClasses = {256, 1'024, 4'096, 16'384,
                                                   limits::kCheckSetTokens};

Error malformed(std::string detail, std::string place) {
  return {Errc::checks_malformed, std::move(detail), std::move(place)};
}

bool is_plain(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

Result<PsiPurpose> parse_purpose(const std::string& name, std::string place) {
  if (name == "plans") return PsiPurpose::plans;
  if (name == "sites") return PsiPurpose::sites;
  return fail(malformed(json_quote(name) + " is not \"plans\" or \"sites\"", std::move(place)));
}

Result<PsiHead> read_head(const JsonReader& body) {
  PsiHead out;
  DETENTE_TRY(out.epoch, body.string("epoch", limits::kIdBytes));
  if (!is_plain(out.epoch)) {
    return fail(malformed("not printable characters without spaces", body.place_of("epoch")));
  }
  DETENTE_TRY(out.with, body.string("with", limits::kIdBytes));
  DETENTE_TRY(const std::string purpose, body.string("purpose", limits::kIdBytes));
  DETENTE_TRY(out.purpose, parse_purpose(purpose, body.place_of("purpose")));
  return out;
}

Result<Hash> read_hash(const JsonReader& body, std::string_view name) {
  DETENTE_TRY(const std::string text, body.string(name, limits::kIdBytes));
  const Result<Hash> hash = hash_from_base64(text);
  if (!hash) return fail(malformed("not 32 bytes in base64", body.place_of(name)));
  return *hash;
}

Result<std::uint64_t> read_padded(const JsonReader& body, PsiUse use) {
  DETENTE_TRY(const std::int64_t n, body.integer("n", 1, limits::kCheckSetTokens));
  const auto count = static_cast<std::uint64_t>(n);
  if (!is_psi_padded(count, use))
    return fail(malformed("not a size of padding", body.place_of("n")));
  return count;
}

void write_head(JsonWriter& out, const PsiHead& head) {
  out.member("epoch", head.epoch).member("with", head.with);
  out.member("purpose", psi_purpose_name(head.purpose));
}

template <class T>
std::uint8_t* put(std::uint8_t* at, T value) {
  for (std::size_t i = sizeof(T); i-- > 0;) *at++ = static_cast<std::uint8_t>(value >> (8 * i));
  return at;
}

Result<TimeSpan> read_epoch_time(const JsonReader& body) {
  DETENTE_TRY(const JsonReader time, body.object("time"));
  DETENTE_CHECK(time.only({"start", "end"}));
  TimeSpan out;
  DETENTE_TRY(out.start, time.time("start"));
  DETENTE_TRY(out.end, time.time("end"));
  if (out.end <= out.start || out.end - out.start > kMonthMs) {
    return fail(malformed("not a time of up to 31 days", time.place()));
  }
  return out;
}

}  // namespace

const char* psi_purpose_name(PsiPurpose purpose) {
  switch (purpose) {
    case PsiPurpose::plans:
      return "plans";
    case PsiPurpose::sites:
      return "sites";
    case PsiPurpose::dummy:
      break;
  }
  check(false, "no statement has this purpose");
  return "";
}

Result<PsiTerms> read_psi_terms(const JsonReader& in) {
  DETENTE_CHECK(in.only(kPsiTermsMembers));
  PsiTerms out;
  DETENTE_CHECK(in.integer("levels", 1, 1));  // the table of checks/cover.h
  DETENTE_TRY(out.lateral_mm, in.integer("lateral_mm", 0, kSeparationMax));
  DETENTE_TRY(out.vertical_mm, in.integer("vertical_mm", 0, kSeparationMax));
  DETENTE_TRY(out.time_ms, in.integer("time_ms", 0, kSeparationMax));
  DETENTE_TRY(out.reference, in.string("reference", limits::kIdBytes));
  if (out.reference != "MSL" && out.reference != "WGS84" && out.reference != "STD") {
    return fail(malformed("not an altitude reference", in.place_of("reference")));
  }
  DETENTE_TRY(out.epoch_tokens, in.integer("epoch_tokens", 256, limits::kCheckBoardTags));
  DETENTE_TRY(out.posts, in.integer("posts", 1, limits::kCheckPosts));
  DETENTE_TRY(out.repeats, in.integer("repeats", 1, limits::kCheckPosts));
  DETENTE_TRY(out.answer_ms, in.integer("answer_ms", 1'000, 86'400'000));
  DETENTE_TRY(out.footprint_km2, in.integer("footprint_km2", 0, 1'000'000));
  DETENTE_TRY(out.footprint_ms, in.integer("footprint_ms", 0, 86'400'000));
  return out;
}

void write_psi_terms(JsonWriter& out, const PsiTerms& terms) {
  out.begin_object().member("levels", 1).member("lateral_mm", terms.lateral_mm);
  out.member("vertical_mm", terms.vertical_mm).member("time_ms", terms.time_ms);
  out.member("reference", terms.reference).member("epoch_tokens", terms.epoch_tokens);
  out.member("posts", terms.posts).member("repeats", terms.repeats);
  out.member("answer_ms", terms.answer_ms).member("footprint_km2", terms.footprint_km2);
  out.member("footprint_ms", terms.footprint_ms).end_object();
}

Result<PsiEpoch> read_psi_epoch(const JsonReader& body) {
  DETENTE_CHECK(body.only({"epoch", "with", "purpose", "key", "time", "terms"}));
  PsiEpoch out;
  DETENTE_TRY(out.head, read_head(body));
  DETENTE_TRY(out.key, read_hash(body, "key"));
  if (!crypto::is_voprf_element(out.key)) {
    return fail(Errc::voprf_element, {}, body.place_of("key"));
  }
  DETENTE_TRY(out.time, read_epoch_time(body));
  DETENTE_TRY(const JsonReader terms, body.object("terms"));
  DETENTE_TRY(out.terms, read_psi_terms(terms));
  return out;
}

Result<PsiPost> read_psi_post(const JsonReader& body) {
  DETENTE_CHECK(body.only({"epoch", "with", "purpose", "root", "n", "tags", "dummies"}));
  PsiPost out;
  DETENTE_TRY(out.head, read_head(body));
  DETENTE_TRY(out.commit.root, read_hash(body, "root"));
  DETENTE_TRY(out.commit.n, read_padded(body, PsiUse::board));
  DETENTE_TRY(out.tags.root, read_hash(body, "tags"));
  out.tags.n = out.commit.n;
  DETENTE_TRY(out.dummies, read_hash(body, "dummies"));
  return out;
}

Result<PsiQuery> read_psi_query(const JsonReader& body) {
  DETENTE_CHECK(body.only({"epoch", "with", "purpose", "root", "n", "file"}));
  PsiQuery out;
  DETENTE_TRY(out.head, read_head(body));
  DETENTE_TRY(out.commit.root, read_hash(body, "root"));
  const bool sites = out.head.purpose == PsiPurpose::sites;
  DETENTE_TRY(out.commit.n, read_padded(body, sites ? PsiUse::sites_question : PsiUse::board));
  DETENTE_TRY(out.blinded.root, read_hash(body, "file"));
  out.blinded.n = out.commit.n;
  return out;
}

Result<PsiAnswer> read_psi_answer(const JsonReader& body) {
  DETENTE_CHECK(body.only({"epoch", "with", "purpose", "file", "proofs"}));
  PsiAnswer out;
  DETENTE_TRY(out.head, read_head(body));
  DETENTE_TRY(out.file, read_hash(body, "file"));
  constexpr std::size_t kProofs = limits::kCheckSetTokens / limits::kCheckChunk;
  DETENTE_TRY(const auto proofs, body.strings("proofs", kProofs, 2 * limits::kIdBytes));
  for (const std::string& text : proofs) {
    const Result<Bytes> bytes = from_base64(text);
    crypto::VoprfProof proof{};
    if (!bytes || bytes->size() != proof.size()) {
      return fail(malformed("not 64 bytes in base64", body.place_of("proofs")));
    }
    std::copy(bytes->begin(), bytes->end(), proof.begin());
    out.proofs.push_back(proof);
  }
  if (out.proofs.empty()) return fail(malformed("no proof", body.place_of("proofs")));
  return out;
}

Result<PsiResult> read_psi_result(const JsonReader& body) {
  DETENTE_CHECK(body.only({"epoch", "with", "purpose", "matches", "touched"}));
  PsiResult out;
  DETENTE_TRY(out.head, read_head(body));
  DETENTE_TRY(const auto matches, body.array("matches", limits::kCheckPosts));
  for (const JsonReader& match : matches) {
    DETENTE_TRY(const std::int64_t count, match.as_integer(0, limits::kCheckSetTokens));
    out.matches.push_back(static_cast<std::uint64_t>(count));
  }
  DETENTE_TRY(out.touched, read_hash(body, "touched"));
  return out;
}

Result<PsiSeed> read_psi_seed(const JsonReader& body) {
  DETENTE_CHECK(body.only({"time", "commitment"}));
  PsiSeed out;
  DETENTE_TRY(out.time, read_epoch_time(body));
  DETENTE_TRY(out.commitment, read_hash(body, "commitment"));
  return out;
}

Result<PsiReveal> read_psi_reveal(const JsonReader& body) {
  DETENTE_CHECK(body.only({"seed"}));
  PsiReveal out;
  DETENTE_TRY(out.seed, read_hash(body, "seed"));
  return out;
}

std::string write_psi_epoch(const PsiEpoch& epoch) {
  JsonWriter out;
  out.begin_object();
  write_head(out, epoch.head);
  out.member("key", to_base64(epoch.key)).name("time").begin_object();
  out.member("start", epoch.time.start).member("end", epoch.time.end).end_object();
  out.name("terms");
  write_psi_terms(out, epoch.terms);
  return out.end_object().take();
}

std::string write_psi_post(const PsiPost& post) {
  JsonWriter out;
  out.begin_object();
  write_head(out, post.head);
  out.member("root", to_base64(post.commit.root)).member("n", post.commit.n);
  out.member("tags", to_base64(post.tags.root)).member("dummies", to_base64(post.dummies));
  return out.end_object().take();
}

std::string write_psi_query(const PsiQuery& query) {
  JsonWriter out;
  out.begin_object();
  write_head(out, query.head);
  out.member("root", to_base64(query.commit.root)).member("n", query.commit.n);
  return out.member("file", to_base64(query.blinded.root)).end_object().take();
}

std::string write_psi_answer(const PsiAnswer& answer) {
  JsonWriter out;
  out.begin_object();
  write_head(out, answer.head);
  out.member("file", to_base64(answer.file)).name("proofs").begin_array();
  for (const crypto::VoprfProof& proof : answer.proofs) out.value(to_base64(proof));
  return out.end_array().end_object().take();
}

std::string write_psi_result(const PsiResult& result) {
  JsonWriter out;
  out.begin_object();
  write_head(out, result.head);
  out.name("matches").begin_array();
  for (const std::uint64_t count : result.matches) out.value(count);
  return out.end_array().member("touched", to_base64(result.touched)).end_object().take();
}

std::string write_psi_seed(const PsiSeed& seed) {
  JsonWriter out;
  out.begin_object().name("time").begin_object();
  out.member("start", seed.time.start).member("end", seed.time.end).end_object();
  return out.member("commitment", to_base64(seed.commitment)).end_object().take();
}

std::string write_psi_reveal(const PsiReveal& reveal) {
  JsonWriter out;
  return out.begin_object().member("seed", to_base64(reveal.seed)).end_object().take();
}

// ---- tokens and tags ----

PsiPrefix psi_prefix(const PsiContext& context, PsiPurpose purpose) {
  const std::string text = "detente/psi-context/v1\n" + context.agreement + "\n" +
                           std::to_string(static_cast<int>(purpose)) + "\n" + context.epoch + "\n" +
                           context.a.value + "\n" + context.b.value + "\n";
  const Hash hash = crypto::sha256(as_bytes(text));
  PsiPrefix out = {'d', 't', 'k', '1'};
  std::copy_n(hash.begin(), 8, out.begin() + 4);
  return out;
}

PsiToken psi_token(const PsiPrefix& prefix, const PsiCell& cell) {
  PsiToken out{};
  std::copy(prefix.begin(), prefix.end(), out.begin());
  put(put(put(out.data() + prefix.size(), cell.space), cell.altitude), cell.time);
  return out;
}

PsiToken psi_dummy_token(const PsiPrefix& prefix, std::uint64_t index) {
  return psi_token(prefix, {index, 0, 0});
}

PsiTag psi_tag(const crypto::VoprfOutput& output) {
  PsiTag out{};
  std::copy_n(output.begin(), out.size(), out.begin());
  return out;
}

PsiTag psi_dummy_tag(const Hash& seed, std::uint64_t index) {
  std::array<std::uint8_t, 8> number{};
  put(number.data(), index);
  const Hash hash = crypto::sha256({as_bytes("dummy"), seed, number});
  PsiTag out{};
  std::copy_n(hash.begin(), out.size(), out.begin());
  return out;
}

Hash psi_seed_commitment(const Hash& seed) {
  return crypto::sha256({as_bytes("detente/psi-seed/v1"), seed});
}

Hash psi_dummies_commitment(const Hash& seed) {
  return crypto::sha256({as_bytes("detente/psi-dummies/v1"), seed});
}

std::optional<std::uint64_t> psi_padded(std::uint64_t n, PsiUse use) {
  if (use == PsiUse::sites_question && n <= kSmallest) return kSmallest;
  const auto* const found = std::lower_bound(kClasses.begin(), kClasses.end(), n);
  return found == kClasses.end() ? std::nullopt : std::optional(*found);
}

bool is_psi_padded(std::uint64_t n, PsiUse use) {
  return psi_padded(n, use) == n;
}

Hash psi_commit_leaf(const Hash& salt, const PsiToken& token) {
  constexpr std::array<std::uint8_t, 1> kLeaf = {0};  // RFC 6962: the prefix of a leaf
  return crypto::sha256({kLeaf, salt, token});
}

std::vector<Hash> psi_leaves(ByteView file, std::size_t size) {
  check(size > 0 && file.size() % size == 0, "a file is whole records");
  std::vector<Hash> out;
  out.reserve(file.size() / size);
  for (std::size_t at = 0; at < file.size(); at += size) {
    out.push_back(leaf_hash(file.subspan(at, size)));
  }
  return out;
}

}  // namespace detente::record
