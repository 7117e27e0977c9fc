// SPDX-License-Identifier: Apache-2.0
#include "record/evidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/value.hpp>
#include <set>

#include "base/limits.h"
#include "crypto/hash.h"
#include "record/evidence_file.h"

namespace detente::record {
namespace {

using Sections = std::vector<EvidenceSection>;

constexpr std::array<std::string_view, 3> kAnswers = {"absent", "wrong", "none"};

auto unproven(std::string why, std::string place = {}) {
  return fail(Errc::evidence_unproven, std::move(why), std::move(place));
}
auto malformed(std::string why, std::string place = {}) {
  return fail(Errc::evidence_malformed, std::move(why), std::move(place));
}

// The sections of a kind stand in one order.
Status expect_sections(const Sections& sections, const std::vector<std::string_view>& names) {
  bool fits = sections.size() == names.size();
  for (std::size_t i = 0; fits && i < names.size(); ++i) fits = sections[i].name == names[i];
  if (fits) return {};
  return malformed(fmt::format("the sections of this kind are {}", fmt::join(names, ", ")));
}

// ---- signed heads

struct SignedHead {
  Note note;
  Checkpoint checkpoint;
};

Result<SignedHead> head_of(const Note& note) {
  DETENTE_TRY(Checkpoint checkpoint, parse_checkpoint(note.text));
  return SignedHead{note, std::move(checkpoint)};
}

Result<SignedHead> read_head(const Note& note, const std::string& place) {
  Result<SignedHead> head = head_of(note);
  if (!head) return malformed(head.error().text(), place);
  return head;
}

Result<SignedHead> read_head(const EvidenceSection& section, const std::string& place) {
  const Result<Note> note = parse_note(section.bytes);
  if (!note) return malformed(note.error().text(), place);
  return read_head(*note, place);
}

const LogOwner* owner_of_log(const EvidenceTrust& trust, const Origin& origin) {
  const auto found =
      std::find_if(trust.owners.begin(), trust.owners.end(),
                   [&origin](const LogOwner& owner) { return owner.log.name == origin.value; });
  return found == trust.owners.end() ? nullptr : &*found;
}

// The owner of the log whose head this is, if its log key signed the head.
Result<const LogOwner*> signer_of(const SignedHead& head, const EvidenceTrust& trust,
                                  const std::string& place) {
  const LogOwner* const owner = owner_of_log(trust, head.checkpoint.origin);
  if (owner == nullptr) {
    return unproven("nobody's log is " + json_quote(head.checkpoint.origin.value), place);
  }
  const Status is_signed = verify_note(head.note, owner->log);
  if (!is_signed) {
    return unproven(fmt::format("the log key of {} did not sign this head: {}", owner->party,
                                is_signed.error().text()),
                    place);
  }
  return owner;
}

Result<const LogOwner*> signer_of_both(const SignedHead& a, const SignedHead& b,
                                       const EvidenceTrust& trust) {
  if (a.checkpoint.origin != b.checkpoint.origin) {
    return unproven("the two heads are of different logs");
  }
  DETENTE_TRY(const LogOwner* const owner, signer_of(a, trust, "the first head"));
  DETENTE_CHECK(signer_of(b, trust, "the second head"));
  return owner;
}

// A cosigner keeps one history of a log. Who cosigned both heads of a fork kept two.
void accuse_cosigners(const SignedHead& a, const SignedHead& b, const EvidenceTrust& trust,
                      Conviction& out) {
  for (const VerifierKey& key : trust.cosigners) {
    const bool known =
        std::find(out.accused.begin(), out.accused.end(), key.name) != out.accused.end();
    if (known || key.type != KeyType::cosignature_v1) continue;
    // A line of this key that does not verify proves nothing against anybody.
    const Result<UtcMs> first = verify_cosignature(a.note, key);
    const Result<UtcMs> second = verify_cosignature(b.note, key);
    if (!first || !second) continue;
    out.accused.push_back(key.name);
    out.details.push_back(fmt::format("{} cosigned both heads, the first at {}, the second at {}.",
                                      key.name, format_rfc3339(*first), format_rfc3339(*second)));
  }
}

std::string describe(const char* which, const SignedHead& head) {
  return fmt::format("The {} head has {} entries and the root {}.", which,
                     head.checkpoint.size.value, to_base64(head.checkpoint.root));
}

Conviction fork_conviction(EvidenceKind kind, const LogOwner& owner, const SignedHead& a,
                           const SignedHead& b, const EvidenceTrust& trust) {
  Conviction out;
  out.kind = kind;
  out.accused = {owner.party};
  out.details = {
      fmt::format("The log key of {} signed both heads of {}.", owner.party, owner.log.name),
      describe("first", a), describe("second", b)};
  accuse_cosigners(a, b, trust, out);
  return out;
}

// ---- forks

Result<Conviction> verify_fork_same_size(const Sections& sections, const EvidenceTrust& trust) {
  DETENTE_CHECK(expect_sections(sections, {"note", "note"}));
  DETENTE_TRY(const SignedHead a, read_head(sections[0], "section 0"));
  DETENTE_TRY(const SignedHead b, read_head(sections[1], "section 1"));
  if (a.checkpoint.size != b.checkpoint.size) return unproven("the two sizes differ");
  if (a.checkpoint.root == b.checkpoint.root) return unproven("the two roots are the same");
  if (b.checkpoint.root < a.checkpoint.root) return malformed("the roots are not in order");
  DETENTE_TRY(const LogOwner* const owner, signer_of_both(a, b, trust));
  Conviction out = fork_conviction(EvidenceKind::fork_same_size, *owner, a, b, trust);
  out.sentence = fmt::format("{} signed two different logs of {} entries under one name, {}.",
                             owner->party, a.checkpoint.size.value, owner->log.name);
  return out;
}

struct PlacedLeaf {
  Hash leaf{};
  PlacedProof proof;
  SignedHead head;
};

// A leaf that stands where the proof says. Whether the head is signed is asked later.
Result<PlacedLeaf> read_placed_leaf(const EvidenceSection& leaf, const EvidenceSection& proof,
                                    const std::string& place) {
  PlacedLeaf out;
  const Result<Hash> hash = hash_from_base64(leaf.bytes);
  if (!hash) return malformed("it is not the base64 of a leaf hash", place + " leaf");
  out.leaf = *hash;
  Result<PlacedProof> placed = parse_placed_proof(proof.bytes);
  if (!placed) return fail(std::move(placed.error()).at(place + " proof"));
  out.proof = std::move(*placed);
  DETENTE_TRY(out.head, read_head(out.proof.note, place + " proof"));
  const Checkpoint& checkpoint = out.head.checkpoint;
  const Status stands =
      verify_inclusion(out.leaf, out.proof.index, checkpoint.size, out.proof.path, checkpoint.root);
  if (!stands) return unproven(stands.error().text(), place + " proof");
  return out;
}

Result<Conviction> verify_fork(const Sections& sections, const EvidenceTrust& trust) {
  DETENTE_CHECK(expect_sections(sections, {"leaf", "proof", "leaf", "proof"}));
  DETENTE_TRY(const PlacedLeaf a, read_placed_leaf(sections[0], sections[1], "the first"));
  DETENTE_TRY(const PlacedLeaf b, read_placed_leaf(sections[2], sections[3], "the second"));
  if (a.proof.index != b.proof.index) return unproven("the two proofs are of different entries");
  if (a.leaf == b.leaf) return unproven("both logs have the same entry there");
  if (a.head.checkpoint.size >= b.head.checkpoint.size) {
    return malformed("the smaller head comes first, and sizes differ");
  }
  DETENTE_TRY(const LogOwner* const owner, signer_of_both(a.head, b.head, trust));
  Conviction out = fork_conviction(EvidenceKind::fork, *owner, a.head, b.head, trust);
  out.sentence = fmt::format("{} signed two logs under one name, {}, with different entries {}.",
                             owner->party, owner->log.name, a.proof.index.value);
  out.details.push_back(
      fmt::format("Under the first head entry {} has the leaf hash {}, under the "
                  "second {}.",
                  a.proof.index.value, to_base64(a.leaf), to_base64(b.leaf)));
  return out;
}

// Whether `prefix` is the root that the larger tree had at the smaller size. Every tree begins
// empty, and that needs no path.
Status check_prefix(const Hash& prefix, const Proof& path, const Checkpoint& smaller,
                    const Checkpoint& larger) {
  if (smaller.size.value == 0) {
    if (path.empty() && prefix == empty_root()) return {};
    return unproven("the empty tree has another root, and needs no path");
  }
  const Status grew = verify_consistency(smaller.size, prefix, larger.size, larger.root, path);
  if (!grew) return unproven(grew.error().text(), "path");
  return {};
}

Result<Conviction> verify_fork_prefix(const Sections& sections, const EvidenceTrust& trust) {
  DETENTE_CHECK(expect_sections(sections, {"note", "note", "prefix", "path"}));
  DETENTE_TRY(const SignedHead a, read_head(sections[0], "section 0"));
  DETENTE_TRY(const SignedHead b, read_head(sections[1], "section 1"));
  const Result<Hash> prefix = hash_from_base64(sections[2].bytes);
  if (!prefix) return malformed("it is not the base64 of a root", "section 2");
  Result<Proof> path = parse_hashes(sections[3].bytes);
  if (!path) return fail(std::move(path.error()).at("section 3"));
  if (a.checkpoint.size >= b.checkpoint.size) {
    return malformed("the smaller head comes first, and sizes differ");
  }
  if (*prefix == a.checkpoint.root) return unproven("the larger log grew from the smaller one");
  DETENTE_CHECK(check_prefix(*prefix, *path, a.checkpoint, b.checkpoint));
  DETENTE_TRY(const LogOwner* const owner, signer_of_both(a, b, trust));
  Conviction out = fork_conviction(EvidenceKind::fork_prefix, *owner, a, b, trust);
  out.sentence = fmt::format(
      "{} signed a log of {} entries under the name {} that did not grow from the {} "
      "entries it had signed.",
      owner->party, b.checkpoint.size.value, owner->log.name, a.checkpoint.size.value);
  out.details.push_back(fmt::format("The second log had the root {} when it had {} entries.",
                                    to_base64(*prefix), a.checkpoint.size.value));
  return out;
}

// ---- statements and the keys that signed them

struct SignedStatement {
  Envelope envelope;
  Statement statement;
};

Result<SignedStatement> read_statement(const EvidenceSection& section, const std::string& place) {
  Result<Envelope> envelope = parse_envelope(section.bytes);
  if (!envelope) return malformed(envelope.error().text(), place);
  Result<Statement> statement = parse_statement(*envelope);
  if (!statement) return malformed(statement.error().text(), place);
  return SignedStatement{std::move(*envelope), std::move(*statement)};
}

bool signed_by(const Envelope& envelope, const std::string& keyid, const crypto::PublicKey& key) {
  const std::string message = pae(envelope.payload_type, envelope.payload);
  return std::any_of(
      envelope.signatures.begin(), envelope.signatures.end(), [&](const EnvelopeSignature& line) {
        return line.keyid == keyid && crypto::verify(key, as_bytes(message), line.signature);
      });
}

// A key, and the party whose root key gave it to an officer.
struct Delegation {
  const LogOwner* owner = nullptr;
  std::string keyid;
  crypto::PublicKey key{};
  std::vector<std::string> roles;
  UtcMs expires;
  bool has_role(std::string_view role) const {
    return std::find(roles.begin(), roles.end(), role) != roles.end();
  }
};

Status read_delegation_body(const JsonReader& body, Delegation& out) {
  DETENTE_CHECK(body.only({"keyid", "key", "roles", "name", "expires"}));
  DETENTE_TRY(out.keyid, body.string("keyid", 2 * limits::kIdBytes + 1));
  DETENTE_TRY(const std::string text, body.string("key", limits::kIdBytes));
  DETENTE_TRY(out.key, hash_from_base64(text));
  if (!crypto::is_valid_public_key(out.key)) return fail(Errc::key_malformed, out.keyid);
  DETENTE_TRY(out.roles, body.strings("roles", limits::kIdBytes, limits::kIdBytes));
  DETENTE_TRY(out.expires, body.time("expires"));
  return {};
}

Result<Delegation> read_delegation(const EvidenceSection& section, const EvidenceTrust& trust,
                                   const std::string& place) {
  DETENTE_TRY(const SignedStatement added, read_statement(section, place));
  if (added.statement.type != "key.add") return malformed("it is not a key.add", place);
  Delegation out;
  const Status readable = read_delegation_body(added.statement.body(), out);
  if (!readable) return malformed(readable.error().text(), place);
  out.owner = owner_of_log(trust, added.statement.log);
  if (out.owner == nullptr || out.owner->agreement != added.statement.agreement) {
    return unproven("the key was not delegated in a log of this agreement", place);
  }
  if (!out.keyid.starts_with(out.owner->party + "/")) {
    return unproven(fmt::format("{} is no officer of {}", out.keyid, out.owner->party), place);
  }
  if (!signed_by(added.envelope, out.owner->party + "/root", out.owner->root)) {
    return unproven(
        fmt::format("the root key of {} did not delegate {}", out.owner->party, out.keyid), place);
  }
  return out;
}

Result<Conviction> verify_double_entry(const Sections& sections, const EvidenceTrust& trust) {
  DETENTE_CHECK(expect_sections(sections, {"delegation", "statement", "statement"}));
  DETENTE_TRY(const Delegation officer, read_delegation(sections[0], trust, "section 0"));
  DETENTE_TRY(const SignedStatement a, read_statement(sections[1], "section 1"));
  DETENTE_TRY(const SignedStatement b, read_statement(sections[2], "section 2"));
  if (a.statement.id != b.statement.id) return unproven("the two statements have different ids");
  if (a.envelope.payload == b.envelope.payload) return unproven("the two statements are one");
  if (b.envelope.payload < a.envelope.payload) return malformed("the payloads are not in order");
  for (const SignedStatement* one : {&a, &b}) {
    const std::string place = one == &a ? "section 1" : "section 2";
    if (one->statement.agreement != officer.owner->agreement) {
      return unproven("the statement is under another agreement", place);
    }
    if (!signed_by(one->envelope, officer.keyid, officer.key)) {
      return unproven(fmt::format("{} did not sign it", officer.keyid), place);
    }
  }
  Conviction out;
  out.kind = EvidenceKind::double_entry;
  out.accused = {officer.keyid};
  out.sentence = fmt::format("{} signed two different statements under one id, {}.", officer.keyid,
                             a.statement.id.value);
  for (const SignedStatement* one : {&a, &b}) {
    out.details.push_back(fmt::format("One is a {} for the log {}, its payload has the SHA-256 {}.",
                                      one->statement.type, one->statement.log.value,
                                      to_hex(crypto::sha256(as_bytes(one->envelope.payload)))));
  }
  return out;
}

// ---- false holding

// The key with which the party's mirror cosigns; nullptr if the reader knows none.
const VerifierKey* mirror_of(const EvidenceTrust& trust, const std::string& party) {
  for (const LogOwner& owner : trust.owners) {
    if (owner.party == party) return &owner.mirror;
  }
  const auto named = [&party](const VerifierKey& key) {
    return key.name == party + "/mirror" && key.type == KeyType::cosignature_v1;
  };
  const auto found = std::find_if(trust.cosigners.begin(), trust.cosigners.end(), named);
  return found == trust.cosigners.end() ? nullptr : &*found;
}

struct Challenger {
  Delegation key;
  FailedChallenge said;
};

Result<Challenger> read_challenger(const EvidenceSection& delegation,
                                   const EvidenceSection& challenge, const EvidenceTrust& trust,
                                   const std::string& place) {
  Challenger out;
  DETENTE_TRY(out.key, read_delegation(delegation, trust, place + " delegation"));
  DETENTE_TRY(const SignedStatement one, read_statement(challenge, place));
  if (one.statement.type != "challenge.failed") return malformed("no challenge.failed", place);
  Result<FailedChallenge> said = read_challenge_failed(one.statement.body());
  if (!said) return malformed(said.error().text(), place);
  out.said = std::move(*said);
  const LogOwner& owner = *out.key.owner;
  if (one.statement.log.value != owner.log.name || one.statement.agreement != owner.agreement) {
    return unproven("the statement is for another log than its writer's", place);
  }
  if (!out.key.has_role("watch") || out.key.expires < out.said.asked) {
    return unproven(out.key.keyid + " was no watch key at that time", place);
  }
  if (!signed_by(one.envelope, out.key.keyid, out.key.key)) {
    return unproven(out.key.keyid + " did not sign it", place);
  }
  return out;
}

// Sections after the first two: delegation and challenge in turn, ascending by party.
Result<std::vector<Challenger>> read_challengers(const Sections& sections,
                                                 const EvidenceTrust& trust) {
  std::vector<std::string_view> names = {"leaf", "proof"};
  for (std::size_t i = 2; i < sections.size(); i += 2) {
    names.insert(names.end(), {"delegation", "challenge"});
  }
  DETENTE_CHECK(expect_sections(sections, names));
  std::vector<Challenger> out;
  for (std::size_t i = 2; i < sections.size(); i += 2) {
    DETENTE_TRY(Challenger next, read_challenger(sections[i], sections[i + 1], trust,
                                                 fmt::format("section {}", i + 1)));
    if (!out.empty() && next.key.owner->party <= out.back().key.owner->party) {
      return malformed("the challengers are not in order, each party once");
    }
    out.push_back(std::move(next));
  }
  if (out.empty()) return malformed("nobody challenged the mirror");
  return out;
}

Status check_challenge(const FailedChallenge& said, const FailedChallenge& first,
                       const PlacedLeaf& held) {
  if (said.party != first.party) return unproven("the challenges are of different mirrors");
  const bool same_entry = said.origin == held.head.checkpoint.origin &&
                          said.index == held.proof.index && said.leaf == held.leaf;
  if (!same_entry) return unproven("a challenge is of another entry than the proof's");
  return {};
}

Result<Conviction> verify_false_holding(const Sections& sections, const EvidenceTrust& trust) {
  DETENTE_TRY(const std::vector<Challenger> challengers, read_challengers(sections, trust));
  DETENTE_TRY(const PlacedLeaf held, read_placed_leaf(sections[0], sections[1], "the held"));
  DETENTE_TRY(const LogOwner* const owner, signer_of(held.head, trust, "the held proof"));
  const FailedChallenge& first = challengers.front().said;
  const VerifierKey* const mirror = mirror_of(trust, first.party);
  if (mirror == nullptr) return unproven("no mirror of " + json_quote(first.party) + " is known");
  const Result<UtcMs> cosigned = verify_cosignature(held.head.note, *mirror);
  if (!cosigned) {
    return unproven(fmt::format("{} did not cosign: {}", mirror->name, cosigned.error().text()));
  }
  Conviction out;
  out.kind = EvidenceKind::false_holding;
  out.attested = true;
  out.accused = {mirror->name};
  out.details = {fmt::format("{} cosigned {} entries of {} at {}.", mirror->name,
                             held.head.checkpoint.size.value, owner->log.name,
                             format_rfc3339(*cosigned))};
  int neutral = 0;
  for (const Challenger& one : challengers) {
    DETENTE_CHECK(check_challenge(one.said, first, held));
    if (one.said.asked <= *cosigned) return unproven("a challenge is older than the cosignature");
    const std::string& party = one.key.owner->party;
    const bool counts =
        party != first.party && party != owner->party &&
        std::find(trust.neutrals.begin(), trust.neutrals.end(), party) != trust.neutrals.end();
    neutral += counts ? 1 : 0;
    out.details.push_back(fmt::format("{} asked for entry {} at {}: {}{}.", party,
                                      one.said.index.value, format_rfc3339(one.said.asked),
                                      one.said.answer, counts ? "" : " (not neutral here)"));
  }
  if (trust.neutral_quorum < 1) return unproven("the agreement gives neutrals no such voice");
  if (neutral < trust.neutral_quorum) {
    return unproven(fmt::format("{} of {} neutral parties", neutral, trust.neutral_quorum));
  }
  out.sentence = fmt::format(
      "{} said that it holds entry {} of {}, and {} neutral parties could "
      "not get it from there.",
      mirror->name, held.proof.index.value, owner->log.name, neutral);
  return out;
}

// ---- builders

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

Result<std::string> finished(EvidenceFile file) {
  std::string out = file.encode();
  if (out.size() > kEvidenceBytes) {
    return malformed(fmt::format("{} bytes, at most {}", out.size(), kEvidenceBytes));
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
  const PlacedProof proof{index, inclusion_proof(leaves, index), note};
  file.sections.push_back({"leaf", to_base64(leaves[static_cast<std::size_t>(index.value)])});
  file.sections.push_back({"proof", proof.encode()});
}

}  // namespace

bool is_attested(EvidenceKind kind) {
  return kind == EvidenceKind::false_holding;
}

Result<Conviction> verify_evidence(std::string_view file, const EvidenceTrust& trust) {
  DETENTE_TRY(const EvidenceFile parsed, parse_evidence_file(file));
  switch (parsed.kind) {
    case EvidenceKind::fork_same_size:
      return verify_fork_same_size(parsed.sections, trust);
    case EvidenceKind::fork:
      return verify_fork(parsed.sections, trust);
    case EvidenceKind::fork_prefix:
      return verify_fork_prefix(parsed.sections, trust);
    case EvidenceKind::double_entry:
      return verify_double_entry(parsed.sections, trust);
    case EvidenceKind::false_holding:
      return verify_false_holding(parsed.sections, trust);
    case EvidenceKind::bad_opening:
      break;
  }
  return malformed("the kind is not known", "line 2");
}

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
  return finished(std::move(file));
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
  return finished(std::move(file));
}

// ---- bodies of statements

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
