// SPDX-License-Identifier: Apache-2.0
//
// Evidence: the builders, and the bodies of the statements that speak of it.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/limits.h"
#include "crypto/hash.h"
#include "record/content.h"
#include "record/evidence.h"
#include "record/evidence_file.h"
#include "record/proof_file.h"

namespace detente::record {
namespace {

constexpr std::array<std::string_view, 3> kAnswers = {"absent", "wrong", "none"};

tl::unexpected<Error> unproven(std::string why) {
  return fail(Errc::evidence_unproven, std::move(why));
}

struct SignedHead {
  Note note;
  Checkpoint checkpoint;
};

Result<SignedHead> head_of(const Note& note) {
  DETENTE_TRY(Checkpoint checkpoint, parse_checkpoint(note.text));
  return SignedHead{note, std::move(checkpoint)};
}

// Two heads of one log, the smaller first; of equal sizes by root.
Result<std::pair<SignedHead, SignedHead>> order_heads(const Note& a, const Note& b) {
  DETENTE_TRY(SignedHead first, head_of(a));
  DETENTE_TRY(SignedHead second, head_of(b));
  if (first.checkpoint.origin != second.checkpoint.origin) {
    return unproven("the two heads are of different logs");
  }
  const auto key = [](const SignedHead& head) {
    return std::pair(head.checkpoint.size, head.checkpoint.root);
  };
  if (key(second) < key(first)) std::swap(first, second);
  return std::pair(std::move(first), std::move(second));
}

// The leaves under the head, or evidence_unproven.
Result<std::span<const Hash>> leaves_under(const Checkpoint& head, std::span<const Hash> leaves) {
  if (leaves.size() < head.size.value) {
    return unproven(fmt::format("{} of {} leaves are at hand", leaves.size(), head.size.value));
  }
  const std::span<const Hash> out = leaves.first(static_cast<std::size_t>(head.size.value));
  if (root_of(out) != head.root) {
    return unproven(fmt::format("the leaves do not lead to the root at {}", head.size.value));
  }
  return out;
}

Result<std::string> finished(const EvidenceFile& file) {
  std::string out = file.encode();
  if (out.size() > kEvidenceBytes) {
    return fail(Errc::evidence_malformed,
                fmt::format("{} bytes, at most {}", out.size(), kEvidenceBytes));
  }
  return out;
}

Result<std::string> same_size_file(const SignedHead& a, const SignedHead& b) {
  if (a.checkpoint == b.checkpoint) return unproven("the two heads say the same");
  return finished(
      {EvidenceKind::fork_same_size, {{"note", a.note.encode()}, {"note", b.note.encode()}}});
}

void add_placed_leaf(EvidenceFile& file, const Note& note, std::span<const Hash> leaves,
                     LeafIndex index) {
  const ProofFile proof{{}, index, inclusion_proof(leaves, index), note};
  file.sections.push_back({"leaf", to_base64(leaves[static_cast<std::size_t>(index.value)])});
  file.sections.push_back({"proof", proof.encode()});
}

}  // namespace

std::string evidence_file_name(std::string_view file) {
  return to_hex(crypto::sha256(as_bytes(file))) + ".evidence";
}

Result<std::string> fork_same_size_evidence(const Note& a, const Note& b) {
  DETENTE_TRY(const auto heads, order_heads(a, b));
  if (heads.first.checkpoint.size != heads.second.checkpoint.size) {
    return unproven("the two sizes differ");
  }
  return same_size_file(heads.first, heads.second);
}

Result<std::string> fork_evidence(const Note& a, std::span<const Hash> leaves_a, const Note& b,
                                  std::span<const Hash> leaves_b) {
  DETENTE_TRY(const auto heads, order_heads(a, b));
  const Checkpoint& small = heads.first.checkpoint;
  const Checkpoint& large = heads.second.checkpoint;
  if (small.size == large.size) return same_size_file(heads.first, heads.second);
  const bool swapped = heads.first.note.text != a.text;
  DETENTE_TRY(const auto first, leaves_under(small, swapped ? leaves_b : leaves_a));
  DETENTE_TRY(const auto second, leaves_under(large, swapped ? leaves_a : leaves_b));
  const auto differs = std::mismatch(first.begin(), first.end(), second.begin());
  if (differs.first == first.end()) {
    return unproven("the smaller log is the beginning of the larger");
  }
  const LeafIndex index{static_cast<std::uint64_t>(differs.first - first.begin())};
  EvidenceFile file{EvidenceKind::fork, {}};
  add_placed_leaf(file, heads.first.note, first, index);
  add_placed_leaf(file, heads.second.note, second, index);
  return finished(file);
}

Result<std::string> fork_prefix_evidence(const Note& smaller, const Note& larger,
                                         std::span<const Hash> leaves_of_larger) {
  DETENTE_TRY(const auto heads, order_heads(smaller, larger));
  const Checkpoint& small = heads.first.checkpoint;
  const Checkpoint& large = heads.second.checkpoint;
  if (small.size == large.size) return same_size_file(heads.first, heads.second);
  DETENTE_TRY(const auto leaves, leaves_under(large, leaves_of_larger));
  const Hash prefix = root_of(leaves.first(static_cast<std::size_t>(small.size.value)));
  if (prefix == small.root) return unproven("the larger log grew from the smaller one");
  return finished({EvidenceKind::fork_prefix,
                   {{"note", heads.first.note.encode()},
                    {"note", heads.second.note.encode()},
                    {"prefix", to_base64(prefix)},
                    {"path", encode_hashes(consistency_proof(leaves, small.size))}}});
}

Result<std::string> double_entry_evidence(const Envelope& delegation, const Envelope& a,
                                          const Envelope& b) {
  DETENTE_TRY(const Statement first, parse_statement(a));
  DETENTE_TRY(const Statement second, parse_statement(b));
  if (first.id != second.id) return unproven("the two statements have different ids");
  if (a.payload == b.payload) return unproven("the two statements are one");
  const bool swapped = b.payload < a.payload;
  return finished({EvidenceKind::double_entry,
                   {{"delegation", delegation.encode()},
                    {"statement", (swapped ? b : a).encode()},
                    {"statement", (swapped ? a : b).encode()}}});
}

Result<std::string> false_holding_evidence(const Note& held, std::span<const Hash> leaves,
                                           LeafIndex index,
                                           std::span<const Attestation> attestations) {
  DETENTE_TRY(const SignedHead head, head_of(held));
  DETENTE_TRY(const auto under, leaves_under(head.checkpoint, leaves));
  if (index.value >= under.size()) return unproven("the entry is not under this head");
  // By the writer's party, which is the part of the keyid before the slash.
  std::map<std::string, const Attestation*> by_party;
  for (const Attestation& one : attestations) {
    if (one.challenge.signatures.empty()) return unproven("a challenge is not signed");
    const std::string& keyid = one.challenge.signatures.front().keyid;
    by_party.emplace(keyid.substr(0, keyid.find('/')), &one);
  }
  if (by_party.empty() || by_party.size() > kEvidenceChallengers) {
    return unproven(
        fmt::format("{} challengers, from 1 to {}", by_party.size(), kEvidenceChallengers));
  }
  EvidenceFile file{EvidenceKind::false_holding, {}};
  add_placed_leaf(file, held, under, index);
  for (const auto& [party, one] : by_party) {
    file.sections.push_back({"delegation", one->delegation.encode()});
    file.sections.push_back({"challenge", one->challenge.encode()});
  }
  return finished(file);
}

Result<std::string> bad_opening_evidence(ByteView commitment, const Envelope& delegation,
                                         const Envelope& opening) {
  DETENTE_TRY(const Entry entry, parse_entry(commitment));
  DETENTE_TRY(const Statement statement, parse_statement(opening));
  // The opener's party stands in its keyid; whether it may open at all is the verifier's question.
  DETENTE_TRY(const CommittedContent committed, read_committed(entry, ""));
  const bool answers = statement.refs.size() == 1 && statement.refs.front() == committed.ref;
  if (!answers) return unproven("the opening is of another commitment");
  DETENTE_TRY(const Opening opened, read_content_open(statement.body()));
  if (verify_opening(committed.commit.commitment, opened)) {
    return unproven("the opening leads to the commitment");
  }
  return finished({EvidenceKind::bad_opening,
                   {{"commitment", std::string(as_text(commitment))},
                    {"delegation", delegation.encode()},
                    {"opening", opening.encode()}}});
}

Result<std::string> bad_copy_evidence(ByteView commitment, const Envelope& delegation,
                                      const std::string& recipient, std::string_view package) {
  DETENTE_TRY(const Entry entry, parse_entry(commitment));
  DETENTE_TRY(const CommittedContent committed, read_committed(entry, ""));
  const std::vector<SealedCopy>& sealed = committed.commit.sealed;
  const auto copy = std::find_if(sealed.begin(), sealed.end(),
                                 [&](const SealedCopy& one) { return one.to == recipient; });
  if (copy == sealed.end()) return unproven("nothing was sealed to " + recipient);
  DETENTE_TRY(const SealedVerdict verdict, judge_sealed(committed.commit, *copy, package));
  if (verdict != SealedVerdict::differs) {
    return unproven(verdict == SealedVerdict::matches ? "the copy is what was committed"
                                                      : "the copy held something else");
  }
  return finished({EvidenceKind::bad_copy,
                   {{"commitment", std::string(as_text(commitment))},
                    {"delegation", delegation.encode()},
                    {"recipient", recipient},
                    {"package", std::string(package)}}});
}

Result<std::string> double_field_evidence(ByteView commitment, const Envelope& delegation,
                                          const Opening& a, const Opening& b) {
  if (check_openings_agree(a, b)) return unproven("the two openings agree");
  std::string first = write_content_open(a);
  std::string second = write_content_open(b);
  if (second < first) std::swap(first, second);
  return finished({EvidenceKind::double_field,
                   {{"commitment", std::string(as_text(commitment))},
                    {"delegation", delegation.encode()},
                    {"opening", std::move(first)},
                    {"opening", std::move(second)}}});
}

std::string challenge_failed_body(const FailedChallenge& challenge) {
  JsonWriter out;
  out.begin_object().member("party", challenge.party).member("origin", challenge.origin.value);
  out.member("index", challenge.index.value).member("leaf", to_base64(challenge.leaf));
  out.member("asked", challenge.asked).member("answer", challenge.answer).end_object();
  return out.take();
}

Result<FailedChallenge> read_challenge_failed(const JsonReader& body) {
  DETENTE_CHECK(body.only({"party", "origin", "index", "leaf", "asked", "answer"}));
  FailedChallenge out;
  DETENTE_TRY(out.party, body.string("party", limits::kIdBytes));
  DETENTE_TRY(out.origin.value, body.string("origin", limits::kOriginBytes));
  DETENTE_TRY(const std::int64_t index, body.integer("index", 0, INT64_MAX));
  out.index = LeafIndex{static_cast<std::uint64_t>(index)};
  DETENTE_TRY(const std::string leaf, body.string("leaf", limits::kIdBytes));
  const Result<Hash> hash = hash_from_base64(leaf);
  if (!hash) return fail(Errc::entry_malformed, "not a leaf hash", body.place_of("leaf"));
  out.leaf = *hash;
  DETENTE_TRY(out.asked, body.time("asked"));
  DETENTE_TRY(out.answer, body.string("answer", limits::kIdBytes));
  if (std::find(kAnswers.begin(), kAnswers.end(), out.answer) == kAnswers.end()) {
    return fail(Errc::entry_malformed, "absent, wrong or none", body.place_of("answer"));
  }
  return out;
}

EvidenceFound evidence_found(std::string_view file, const Conviction& conviction) {
  return {conviction.kind, conviction.accused, to_hex(crypto::sha256(as_bytes(file))), file.size(),
          conviction.sentence};
}

std::string evidence_found_body(const EvidenceFound& found) {
  JsonWriter out;
  out.begin_object().member("kind", evidence_kind_name(found.kind));
  out.name("accused").begin_array();
  for (const std::string& name : found.accused) out.value(name);
  out.end_array().member("sha256", found.sha256).member("bytes", found.bytes);
  out.member("sentence", found.sentence).end_object();
  return out.take();
}

Result<EvidenceFound> read_evidence_found(const JsonReader& body) {
  DETENTE_CHECK(body.only({"kind", "accused", "sha256", "bytes", "sentence"}));
  EvidenceFound out;
  DETENTE_TRY(const std::string kind, body.string("kind", limits::kIdBytes));
  const std::optional<EvidenceKind> known = evidence_kind(kind);
  if (!known) return fail(Errc::evidence_malformed, "unknown kind", body.place_of("kind"));
  out.kind = *known;
  DETENTE_TRY(out.accused, body.strings("accused", kEvidenceAccused, limits::kOriginBytes));
  if (out.accused.empty()) {
    return fail(Errc::evidence_malformed, "nobody is accused", body.place_of("accused"));
  }
  DETENTE_TRY(out.sha256, body.string("sha256", limits::kIdBytes));
  const Result<Bytes> hash = from_hex(out.sha256);
  if (!hash || hash->size() != Hash{}.size() || to_hex(*hash) != out.sha256) {
    return fail(Errc::evidence_malformed, "not a SHA-256", body.place_of("sha256"));
  }
  DETENTE_TRY(const std::int64_t bytes,
              body.integer("bytes", 1, static_cast<std::int64_t>(kEvidenceBytes)));
  out.bytes = static_cast<std::uint64_t>(bytes);
  DETENTE_TRY(out.sentence, body.string("sentence", limits::kTextBytes));
  return out;
}

}  // namespace detente::record
