// SPDX-License-Identifier: Apache-2.0
#include "record/evidence.h"

#include <fmt/format.h>

#include <algorithm>

#include "crypto/hash.h"
#include "record/content.h"
#include "record/evidence_file.h"
#include "record/key_statements.h"
#include "record/proof_file.h"

namespace detente::record {
namespace {

using Sections = std::vector<EvidenceSection>;

tl::unexpected<Error> unproven(std::string why, std::string place = {}) {
  return fail(Errc::evidence_unproven, std::move(why), std::move(place));
}
tl::unexpected<Error> malformed(std::string why, std::string place = {}) {
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

Result<SignedHead> read_head(const Note& note, const std::string& place) {
  Result<Checkpoint> checkpoint = parse_checkpoint(note.text);
  if (!checkpoint) return malformed(checkpoint.error().text(), place);
  return SignedHead{note, std::move(*checkpoint)};
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
  ProofFile proof;
  SignedHead head;
};

// A leaf that stands where the proof says. Whether the head is signed is asked later.
Result<PlacedLeaf> read_placed_leaf(const EvidenceSection& leaf, const EvidenceSection& proof,
                                    const std::string& place) {
  PlacedLeaf out;
  const Result<Hash> hash = hash_from_base64(leaf.bytes);
  if (!hash) return malformed("it is not the base64 of a leaf hash", place + " leaf");
  out.leaf = *hash;
  Result<ProofFile> placed = parse_proof_file(proof.bytes);
  if (!placed) return malformed(placed.error().text(), place + " proof");
  if (!placed->extra.empty()) return malformed("an extra line proves nothing", place + " proof");
  out.proof = std::move(*placed);
  DETENTE_TRY(out.head, read_head(out.proof.note, place + " proof"));
  const Checkpoint& checkpoint = out.head.checkpoint;
  const Status stands = verify_inclusion(out.leaf, out.proof.index, checkpoint.size,
                                         out.proof.proof, checkpoint.root);
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
  out.sentence = fmt::format("{} signed two logs under one name, {}, that differ in entry {}.",
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

// An officer's key, and the party whose root key gave it. Whether it was revoked since stands in
// the party's log and not in a file.
struct Delegation {
  const LogOwner* owner = nullptr;
  OfficerKey key;
  bool has_role(std::string_view role) const {
    return std::find(key.roles.begin(), key.roles.end(), role) != key.roles.end();
  }
};

Result<Delegation> read_delegation(const EvidenceSection& section, const EvidenceTrust& trust,
                                   const std::string& place) {
  DETENTE_TRY(const SignedStatement added, read_statement(section, place));
  if (added.statement.type != "key.add") return malformed("it is not a key.add", place);
  Delegation out;
  out.owner = owner_of_log(trust, added.statement.log);
  if (out.owner == nullptr || out.owner->agreement != added.statement.agreement) {
    return unproven("the key was not delegated in a log of this agreement", place);
  }
  Result<OfficerKey> key = read_key_add(added.statement.body(), *out.owner, {});
  if (!key) return unproven("the delegation is void: " + key.error().text(), place);
  out.key = std::move(*key);
  if (!signed_by(added.envelope, out.owner->party + "/root", out.owner->root)) {
    return unproven(
        fmt::format("the root key of {} did not delegate {}", out.owner->party, out.key.keyid),
        place);
  }
  return out;
}

// Whether the officer signed the statement, as one of the officer's own log unless `any_log`.
Status check_signed(const SignedStatement& one, const Delegation& officer, bool any_log,
                    const std::string& place) {
  const LogOwner& owner = *officer.owner;
  if (one.statement.agreement != owner.agreement) {
    return unproven("the statement is under another agreement", place);
  }
  if (!any_log && one.statement.log.value != owner.log.name) {
    return unproven("the statement is for another log than its writer's", place);
  }
  if (!signed_by(one.envelope, officer.key.keyid, officer.key.key)) {
    return unproven(officer.key.keyid + " did not sign it", place);
  }
  return {};
}

Result<Conviction> verify_double_entry(const Sections& sections, const EvidenceTrust& trust) {
  DETENTE_CHECK(expect_sections(sections, {"delegation", "statement", "statement"}));
  DETENTE_TRY(const Delegation officer, read_delegation(sections[0], trust, "section 0"));
  DETENTE_TRY(const SignedStatement a, read_statement(sections[1], "section 1"));
  DETENTE_TRY(const SignedStatement b, read_statement(sections[2], "section 2"));
  if (a.statement.id != b.statement.id) return unproven("the two statements have different ids");
  if (a.envelope.payload == b.envelope.payload) return unproven("the two statements are one");
  if (b.envelope.payload < a.envelope.payload) return malformed("the payloads are not in order");
  DETENTE_CHECK(check_signed(a, officer, true, "section 1"));
  DETENTE_CHECK(check_signed(b, officer, true, "section 2"));
  Conviction out;
  out.kind = EvidenceKind::double_entry;
  out.accused = {officer.key.keyid};
  out.sentence = fmt::format("{} signed two different statements under one id, {}.",
                             officer.key.keyid, a.statement.id.value);
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
  Delegation by;
  FailedChallenge said;
};

Result<Challenger> read_challenger(const EvidenceSection& delegation,
                                   const EvidenceSection& challenge, const EvidenceTrust& trust,
                                   const std::string& place) {
  Challenger out;
  DETENTE_TRY(out.by, read_delegation(delegation, trust, place + " delegation"));
  DETENTE_TRY(const SignedStatement one, read_statement(challenge, place));
  if (one.statement.type != "challenge.failed") return malformed("no challenge.failed", place);
  Result<FailedChallenge> said = read_challenge_failed(one.statement.body());
  if (!said) return malformed(said.error().text(), place);
  out.said = std::move(*said);
  DETENTE_CHECK(check_signed(one, out.by, false, place));
  if (!out.by.has_role("watch") || out.by.key.expires < out.said.asked) {
    return unproven(out.by.key.keyid + " was no watch key at that time", place);
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
    if (!out.empty() && next.by.owner->party <= out.back().by.owner->party) {
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
    const std::string& party = one.by.owner->party;
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
      "{} said that it holds entry {} of {}, and {} neutral {} could not "
      "get it from there.",
      mirror->name, held.proof.index.value, owner->log.name, neutral,
      neutral == 1 ? "party" : "parties");
  return out;
}

// ---- openings of private content

struct CommittedBy {
  Entry entry;
  CommittedContent committed;
  const LogOwner* owner = nullptr;
};

// A content.commit for a log of this agreement. Whose signature is on it is asked later.
Result<CommittedBy> read_commitment(const EvidenceSection& section, const EvidenceTrust& trust) {
  const std::string place = "section 0";
  Result<Entry> entry = parse_entry(as_bytes(section.bytes));
  if (!entry) return malformed(entry.error().text(), place);
  const LogOwner* const owner = owner_of_log(trust, entry->statement.log);
  if (owner == nullptr || owner->agreement != entry->statement.agreement) {
    return unproven("the commitment is for no log of this agreement", place);
  }
  Result<CommittedContent> committed = read_committed(*entry, owner->party);
  if (!committed) return malformed(committed.error().text(), place);
  return CommittedBy{std::move(*entry), std::move(*committed), owner};
}

// The same, signed by the officer whose delegation is in section 1.
Result<Conviction> against_committer(const CommittedBy& commitment, const Delegation& officer,
                                     EvidenceKind kind) {
  if (officer.owner != commitment.owner ||
      !signed_by(commitment.entry.envelope, officer.key.keyid, officer.key.key)) {
    return unproven(officer.key.keyid + " did not sign the commitment", "section 0");
  }
  Conviction out;
  out.kind = kind;
  out.accused = {officer.key.keyid};
  const Commitment& what = commitment.committed.commit.commitment;
  out.details = {fmt::format("{} signed the commitment {} over {} fields, for {}.",
                             officer.key.keyid, to_base64(what.root), what.n,
                             commitment.owner->log.name)};
  return out;
}

// Whose signature is on the commitment does not matter: who opens it names the entry by its hash.
Result<Conviction> verify_bad_opening(const Sections& sections, const EvidenceTrust& trust) {
  DETENTE_CHECK(expect_sections(sections, {"commitment", "delegation", "opening"}));
  DETENTE_TRY(const CommittedBy commitment, read_commitment(sections[0], trust));
  DETENTE_TRY(const Delegation officer, read_delegation(sections[1], trust, "section 1"));
  DETENTE_TRY(const SignedStatement opening, read_statement(sections[2], "section 2"));
  DETENTE_CHECK(check_signed(opening, officer, false, "section 2"));
  const Result<Opening> opened =
      check_open(commitment.committed, officer.owner->party, opening.statement);
  if (opened) return unproven("the opening leads to the commitment");
  if (opened.error().code != Errc::content_mismatch) {
    return unproven(opened.error().text(), "section 2");
  }
  const Commitment& what = commitment.committed.commit.commitment;
  Conviction out;
  out.kind = EvidenceKind::bad_opening;
  out.accused = {officer.key.keyid};
  out.sentence = fmt::format(
      "{} signed an opening of entry {} of {} that does not lead to what "
      "was committed there.",
      officer.key.keyid, commitment.committed.ref.index.value, commitment.owner->log.name);
  out.details = {fmt::format("The commitment is {} over {} fields.", to_base64(what.root), what.n),
                 "What is wrong: " + opened.error().text() + "."};
  return out;
}

Result<Conviction> verify_bad_copy(const Sections& sections, const EvidenceTrust& trust) {
  DETENTE_CHECK(expect_sections(sections, {"commitment", "delegation", "recipient", "package"}));
  DETENTE_TRY(const CommittedBy commitment, read_commitment(sections[0], trust));
  DETENTE_TRY(const Delegation officer, read_delegation(sections[1], trust, "section 1"));
  const ContentCommit& commit = commitment.committed.commit;
  const auto copy =
      std::find_if(commit.sealed.begin(), commit.sealed.end(),
                   [&](const SealedCopy& one) { return one.to == sections[2].bytes; });
  if (copy == commit.sealed.end()) return unproven("nothing was sealed to the one that it names");
  const Result<SealedVerdict> verdict = judge_sealed(commit, *copy, sections[3].bytes);
  if (!verdict) return unproven(verdict.error().text(), "section 3");
  if (*verdict == SealedVerdict::matches) return unproven("the copy is what was committed");
  if (*verdict != SealedVerdict::differs) return unproven("the copy held something else");
  DETENTE_TRY(Conviction out, against_committer(commitment, officer, EvidenceKind::bad_copy));
  out.sentence = fmt::format("{} committed to one content and sealed another to {}.",
                             officer.key.keyid, copy->to);
  out.details.push_back(
      "Sealing the content of this file gives the copy that the commitment "
      "names, and its fields do not lead to the root.");
  return out;
}

// The body of a content.open, in the one form in which it is written here.
Result<Opening> read_opening(const EvidenceSection& section, const std::string& place) {
  const Result<JsonDocument> document =
      parse_json(section.bytes, {.bytes_max = kEvidenceBytes, .integers_only = true});
  if (!document) return malformed(document.error().text(), place);
  Result<Opening> opening = read_content_open(document->root());
  if (!opening) return malformed(opening.error().text(), place);
  if (write_content_open(*opening) != section.bytes) return malformed("it has one form", place);
  return opening;
}

Result<Conviction> verify_double_field(const Sections& sections, const EvidenceTrust& trust) {
  DETENTE_CHECK(expect_sections(sections, {"commitment", "delegation", "opening", "opening"}));
  DETENTE_TRY(const CommittedBy commitment, read_commitment(sections[0], trust));
  DETENTE_TRY(const Delegation officer, read_delegation(sections[1], trust, "section 1"));
  DETENTE_TRY(const Opening a, read_opening(sections[2], "section 2"));
  DETENTE_TRY(const Opening b, read_opening(sections[3], "section 3"));
  if (sections[3].bytes < sections[2].bytes) return malformed("the openings are not in order");
  for (const Opening* one : {&a, &b}) {
    const Status leads = verify_opening(commitment.committed.commit.commitment, *one);
    if (!leads) return unproven(leads.error().text(), one == &a ? "section 2" : "section 3");
  }
  const Status agree = check_openings_agree(a, b);
  if (agree) return unproven("the two openings agree");
  DETENTE_TRY(Conviction out, against_committer(commitment, officer, EvidenceKind::double_field));
  out.sentence = fmt::format(
      "{} committed to two fields of one name, and can show whichever "
      "suits.",
      officer.key.keyid);
  out.details.push_back("What is wrong: " + agree.error().text() + ".");
  return out;
}

}  // namespace

bool is_attested(EvidenceKind kind) {
  return kind == EvidenceKind::false_holding;
}

int evidence_quorum(std::size_t neutrals, int deemed_quorum) {
  if (neutrals == 0) return 0;
  return std::max(static_cast<int>(neutrals / 2) + 1, deemed_quorum);
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
      return verify_bad_opening(parsed.sections, trust);
    case EvidenceKind::bad_copy:
      return verify_bad_copy(parsed.sections, trust);
    case EvidenceKind::double_field:
      return verify_double_field(parsed.sections, trust);
  }
  return malformed("the kind is not known", "line 2");
}

}  // namespace detente::record
