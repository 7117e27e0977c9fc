// SPDX-License-Identifier: Apache-2.0
// Method: real logs of three parties from published seeds. A cheat signs two histories, an officer
// signs one id twice, a mirror vouches for what it does not give. Then everything that is not a
// cheat is tried with every builder, and every valid file is mutated: nobody else is ever accused.
#include "record/evidence.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "crypto/hash.h"
#include "record/content.h"
#include "record/evidence_file.h"
#include "record/proof_file.h"
#include "record/testing_log.h"

namespace detente::record {
namespace {

using testing::kTestStart;
using testing::test_key;
using testing::TestParty;

const std::string& agreement() {
  static const std::string hash = to_hex(crypto::sha256(as_bytes("the agreement of this test\n")));
  return hash;
}

// Four parties: north and south fly, two monitors watch. `watch_keys` are in the monitors' logs.
struct World {
  TestParty north{"north", 10, agreement()};
  TestParty south{"south", 20, agreement()};
  TestParty mon_a{"mon-a", 30, agreement()};
  TestParty mon_b{"mon-b", 40, agreement()};

  EvidenceTrust trust() const {
    EvidenceTrust out;
    for (const TestParty* party : {&north, &south, &mon_a, &mon_b}) {
      out.owners.push_back(party->owner());
      out.cosigners.push_back(party->witness().key);
      out.cosigners.push_back(party->mirror().key);
    }
    out.neutral_quorum = 2;
    out.neutrals = {"mon-a", "mon-b"};
    return out;
  }
};

// A history of made-up leaves: entries beyond `same` have another content in branch `branch`.
std::vector<Hash> history(std::size_t size, std::size_t same, int branch) {
  std::vector<Hash> out;
  for (std::size_t i = 0; i < size; ++i) {
    const int which = i < same ? 0 : branch;
    out.push_back(leaf_hash(as_bytes(fmt::format("entry {} of branch {}", i, which))));
  }
  return out;
}

Note signed_head(const TestParty& party, std::span<const Hash> leaves,
                 const std::vector<Signer>& cosigners = {}, UtcMs time = kTestStart) {
  Note out{Checkpoint{party.origin(), TreeSize{leaves.size()}, root_of(leaves)}.text(), {}};
  out.signatures.push_back(sign_note(party.log(), out.text));
  for (const Signer& signer : cosigners) out.signatures.push_back(cosign(signer, out.text, time));
  return out;
}

using Names = std::vector<std::string>;

Errc error_of(const Result<Conviction>& result) {
  return result ? Errc{} : result.error().code;
}

// ---- forks

TEST(ForkEvidence, OfOneHonestLogCannotBeMade) {
  const World w;
  const std::vector<Hash> leaves = history(9, 9, 0);
  const Note small = signed_head(w.north, std::span(leaves).first(5));
  const Note large = signed_head(w.north, leaves);
  for (const Result<std::string>& made :
       {fork_evidence(small, leaves, large, leaves), fork_prefix_evidence(small, large, leaves),
        fork_same_size_evidence(small, large), fork_same_size_evidence(large, large),
        fork_evidence(large, leaves, large, leaves)}) {
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Errc::evidence_unproven);
  }
}

TEST(ForkEvidence, OfTwoDifferentLogsCannotBeMade) {
  const World w;
  const std::vector<Hash> one = history(5, 5, 0);
  const std::vector<Hash> other = history(5, 0, 1);
  EXPECT_FALSE(fork_evidence(signed_head(w.north, one), one, signed_head(w.south, other), other));
}

TEST(ForkEvidence, NeedsLeavesThatLeadToBothRoots) {
  const World w;
  const std::vector<Hash> one = history(5, 2, 1);
  const std::vector<Hash> other = history(8, 2, 2);
  const Note a = signed_head(w.north, one);
  const Note b = signed_head(w.north, other);
  EXPECT_FALSE(fork_evidence(a, other, b, other));
  EXPECT_FALSE(fork_evidence(a, std::span(one).first(4), b, other));
  EXPECT_FALSE(fork_prefix_evidence(a, b, one));
  EXPECT_TRUE(fork_evidence(a, one, b, other));
}

TEST(ForkEvidence, OfTheSameSizeConvictsTheParty) {
  const World w;
  const std::vector<Hash> one = history(7, 3, 1);
  const std::vector<Hash> other = history(7, 3, 2);
  const Note a = signed_head(w.north, one);
  const Note b = signed_head(w.north, other);
  const std::string file = fork_same_size_evidence(a, b).value();
  EXPECT_EQ(file, fork_same_size_evidence(b, a).value()) << "one form";
  EXPECT_EQ(file, fork_evidence(a, one, b, other).value());
  const Result<Conviction> found = verify_evidence(file, w.trust());
  ASSERT_TRUE(found) << found.error().text();
  EXPECT_EQ(found->kind, EvidenceKind::fork_same_size);
  EXPECT_FALSE(found->attested);
  EXPECT_EQ(found->accused, Names{"north"});
  EXPECT_EQ(found->sentence,
            "north signed two different logs of 7 entries under one name, "
            "north.example/detente/1f2e3d4c/1.");
}

TEST(ForkEvidence, OfOtherSizesNamesTheFirstEntryThatDiffers) {
  const World w;
  const std::vector<Hash> one = history(6, 4, 1);
  const std::vector<Hash> other = history(9, 4, 2);
  const Note a = signed_head(w.north, one);
  const Note b = signed_head(w.north, other);
  const std::string file = fork_evidence(b, other, a, one).value();
  EXPECT_EQ(file, fork_evidence(a, one, b, other).value()) << "one form";
  const Result<Conviction> found = verify_evidence(file, w.trust());
  ASSERT_TRUE(found) << found.error().text();
  EXPECT_EQ(found->kind, EvidenceKind::fork);
  EXPECT_EQ(found->accused, Names{"north"});
  EXPECT_NE(found->sentence.find("differ in entry 4"), std::string::npos) << found->sentence;
}

TEST(ForkEvidence, FromTheLargerTreeAloneConvictsToo) {
  const World w;
  for (const std::size_t size : {1U, 2U, 3U, 4U, 5U, 8U}) {
    const Note a = signed_head(w.north, history(size, size - 1, 1));
    const std::vector<Hash> other = history(9, size - 1, 2);
    const Note b = signed_head(w.north, other);
    const Result<std::string> file = fork_prefix_evidence(a, b, other);
    ASSERT_TRUE(file) << file.error().text();
    const Result<Conviction> found = verify_evidence(*file, w.trust());
    ASSERT_TRUE(found) << size << found.error().text();
    EXPECT_EQ(found->kind, EvidenceKind::fork_prefix);
    EXPECT_EQ(found->accused, Names{"north"});
  }
}

TEST(ForkEvidence, OfAnEmptyLogWithARootThatNoEmptyLogHasConvicts) {
  const World w;
  const std::vector<Hash> leaves = history(3, 3, 0);
  Note false_start{Checkpoint{w.north.origin(), TreeSize{0}, leaves[0]}.text(), {}};
  false_start.signatures.push_back(sign_note(w.north.log(), false_start.text));
  const std::string file =
      fork_prefix_evidence(false_start, signed_head(w.north, leaves), leaves).value();
  EXPECT_TRUE(verify_evidence(file, w.trust()));
  Note true_start = false_start;
  true_start.text = Checkpoint{w.north.origin(), TreeSize{0}, empty_root()}.text();
  true_start.signatures = {sign_note(w.north.log(), true_start.text)};
  EXPECT_FALSE(fork_prefix_evidence(true_start, signed_head(w.north, leaves), leaves));
}

TEST(ForkEvidence, NeedsTheLogKeyOnBothHeads) {
  const World w;
  const std::vector<Hash> one = history(6, 4, 1);
  const std::vector<Hash> other = history(9, 4, 2);
  const Note a = signed_head(w.north, one);
  Note forged = signed_head(w.north, other);
  const Signer thief = make_signer(w.north.log().key.name, KeyType::ed25519, test_key(99));
  forged.signatures = {sign_note(thief, forged.text)};
  const Result<Conviction> found =
      verify_evidence(fork_evidence(a, one, forged, other).value(), w.trust());
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::evidence_unproven);
  EXPECT_NE(found.error().text().find("log key of north did not sign"), std::string::npos);
}

TEST(ForkEvidence, AccusesEveryCosignerOfBothHeadsAndNoOther) {
  const World w;
  const std::vector<Hash> one = history(6, 4, 1);
  for (const std::size_t size : {6U, 9U}) {
    const std::vector<Hash> other = history(size, 4, 2);
    const Note a = signed_head(w.north, one, {w.south.witness(), w.mon_a.mirror()});
    const Note b = signed_head(
        w.north, other, {w.south.witness(), w.mon_a.witness(), w.mon_b.mirror(), w.south.mirror()});
    for (const Result<std::string>& file :
         {fork_evidence(a, one, b, other), fork_prefix_evidence(a, b, other)}) {
      const Result<Conviction> found = verify_evidence(file.value(), w.trust());
      ASSERT_TRUE(found) << found.error().text();
      EXPECT_EQ(found->accused, (Names{"north", "south/witness"}));
      EXPECT_TRUE(
          std::any_of(found->details.begin(), found->details.end(), [](const std::string& detail) {
            return detail.starts_with("south/witness cosigned both heads");
          }));
    }
  }
}

TEST(ForkEvidence, DoesNotAccuseACosignerWhoseLineIsForged) {
  const World w;
  const std::vector<Hash> one = history(6, 4, 1);
  const std::vector<Hash> other = history(6, 4, 2);
  const Note a = signed_head(w.north, one, {w.south.witness()});
  Note b = signed_head(w.north, other);
  b.signatures.push_back(a.signatures[1]);  // south's line on the other head
  const Result<Conviction> found =
      verify_evidence(fork_same_size_evidence(a, b).value(), w.trust());
  ASSERT_TRUE(found) << found.error().text();
  EXPECT_EQ(found->accused, Names{"north"});
}

// ---- double entries

struct Double {
  World w;
  Envelope delegation;
  StatementDraft draft;
  Double() {
    delegation = sign_statement(
        w.north.draft("key.add",
                      w.north.add_body("north/duty-1", w.north.duty_1().secret.public_key(),
                                       {"duty_officer"})),
        {w.north.root()});
    draft = w.north.draft("note.text", R"({"text":"north of the river"})");
  }
  Envelope said(const std::string& text, const OfficerSigner& officer) const {
    StatementDraft out = draft;
    out.body = text;
    return sign_statement(out, {officer});
  }
};

constexpr const char* kOne = R"({"text":"north of the river"})";
constexpr const char* kOther = R"({"text":"south of the river"})";

TEST(DoubleEntryEvidence, OfOneStatementSignedTwiceCannotBeMade) {
  Double d;
  const Envelope once = d.said(kOne, d.w.north.duty_1());
  Envelope twice = once;
  add_signature(twice, d.w.north.duty_2());
  EXPECT_FALSE(double_entry_evidence(d.delegation, once, twice));
  d.draft.id = StatementId{std::string(32, 'a')};
  EXPECT_FALSE(double_entry_evidence(d.delegation, once, d.said(kOther, d.w.north.duty_1())));
}

TEST(DoubleEntryEvidence, ConvictsTheOfficerWhoSignedBoth) {
  const Double d;
  const Envelope a = d.said(kOne, d.w.north.duty_1());
  Envelope b = d.said(kOther, d.w.north.duty_2());
  add_signature(b, d.w.north.duty_1());
  const std::string file = double_entry_evidence(d.delegation, a, b).value();
  EXPECT_EQ(file, double_entry_evidence(d.delegation, b, a).value()) << "one form";
  const Result<Conviction> found = verify_evidence(file, d.w.trust());
  ASSERT_TRUE(found) << found.error().text();
  EXPECT_EQ(found->kind, EvidenceKind::double_entry);
  EXPECT_EQ(found->accused, Names{"north/duty-1"});
  EXPECT_EQ(found->details.size(), 2U);
}

TEST(DoubleEntryEvidence, CountsAlsoWhenTheTwoAreForDifferentLogs) {
  Double d;
  const Envelope a = d.said(kOne, d.w.north.duty_1());
  d.draft.log = Origin{"north.example/detente/1f2e3d4c/2"};
  const Envelope b = d.said(kOne, d.w.north.duty_1());
  EXPECT_TRUE(verify_evidence(double_entry_evidence(d.delegation, a, b).value(), d.w.trust()));
}

TEST(DoubleEntryEvidence, NeedsOneOfficerOnBothAndARootThatDelegated) {
  const Double d;
  const Envelope a = d.said(kOne, d.w.north.duty_1());
  const std::vector<std::pair<Envelope, Envelope>> innocent = {
      // Another officer signed the second one.
      {d.delegation, d.said(kOther, d.w.north.duty_2())},
      // Another key signed in the officer's name.
      {d.delegation, d.said(kOther, {"north/duty-1", d.w.south.duty_1().secret})},
      // Nobody signed the second one.
      {d.delegation, sign_statement({d.draft.id, d.draft.agreement, d.draft.log, d.draft.type,
                                     d.draft.expires, d.draft.refs, kOther},
                                    {})},
      // South's root delegates north's officer.
      {sign_statement(
           Double(d).w.north.draft(
               "key.add", d.w.north.add_body("north/duty-1", d.w.north.duty_1().secret.public_key(),
                                             {"duty_officer"})),
           {{"north/root", d.w.south.root().secret}}),
       d.said(kOther, d.w.north.duty_1())},
      // South delegates a key that it calls north's.
      {sign_statement(
           Double(d).w.south.draft(
               "key.add", d.w.north.add_body("north/duty-1", d.w.north.duty_1().secret.public_key(),
                                             {"duty_officer"})),
           {d.w.south.root()}),
       d.said(kOther, d.w.north.duty_1())},
  };
  for (const auto& [delegation, b] : innocent) {
    const Result<Conviction> found =
        verify_evidence(double_entry_evidence(delegation, a, b).value(), d.w.trust());
    ASSERT_FALSE(found) << found->sentence;
    EXPECT_EQ(found.error().code, Errc::evidence_unproven);
  }
}

TEST(DoubleEntryEvidence, UnderAnotherAgreementConvictsNobodyHere) {
  Double d;
  const Envelope a = d.said(kOne, d.w.north.duty_1());
  d.draft.agreement = std::string(64, '0');
  const Envelope b = d.said(kOther, d.w.north.duty_1());
  EXPECT_EQ(
      error_of(verify_evidence(double_entry_evidence(d.delegation, a, b).value(), d.w.trust())),
      Errc::evidence_unproven);
}

// ---- false holding

struct Holding {
  World w;
  std::vector<Hash> leaves = history(5, 5, 0);
  Note held = signed_head(w.north, leaves, {w.south.mirror()}, kTestStart);
  FailedChallenge said{"south",   w.north.origin(),    LeafIndex{3},
                       leaves[3], kTestStart + 60'000, "absent"};

  static OfficerSigner watch_of(const TestParty& party) {
    return {party.name() + "/watch",
            test_key(static_cast<std::uint8_t>(party.name().back() + 100))};
  }
  Attestation by(TestParty& party, const std::vector<std::string>& roles = {"watch"}) const {
    const OfficerSigner watch = watch_of(party);
    const std::string body = party.add_body(watch.keyid, watch.secret.public_key(), roles);
    return {sign_statement(party.draft("key.add", body), {party.root()}),
            sign_statement(party.draft("challenge.failed", challenge_failed_body(said)), {watch})};
  }
  Result<Conviction> judge(const std::vector<Attestation>& by_whom) const {
    return verify_evidence(false_holding_evidence(held, leaves, said.index, by_whom).value(),
                           w.trust());
  }
};

TEST(FalseHoldingEvidence, IsAttestedByTheQuorumOfNeutrals) {
  Holding h;
  const Result<Conviction> found = h.judge({h.by(h.w.mon_b), h.by(h.w.mon_a)});
  ASSERT_TRUE(found) << found.error().text();
  EXPECT_EQ(found->kind, EvidenceKind::false_holding);
  EXPECT_TRUE(found->attested);
  EXPECT_EQ(found->accused, Names{"south/mirror"});
}

TEST(FalseHoldingEvidence, NeedsTwoDifferentNeutrals) {
  Holding h;
  for (const std::vector<Attestation>& few : {std::vector{h.by(h.w.mon_a)},
                                              {h.by(h.w.mon_a), h.by(h.w.mon_a)},
                                              {h.by(h.w.mon_a), h.by(h.w.north)},
                                              {h.by(h.w.mon_a), h.by(h.w.south)}}) {
    EXPECT_EQ(error_of(h.judge(few)), Errc::evidence_unproven);
  }
  EvidenceTrust mute = h.w.trust();
  mute.neutral_quorum = 0;
  const std::vector<Attestation> both = {h.by(h.w.mon_a), h.by(h.w.mon_b)};
  const std::string file = false_holding_evidence(h.held, h.leaves, h.said.index, both).value();
  EXPECT_EQ(error_of(verify_evidence(file, mute)), Errc::evidence_unproven);
  // Not even a trust that calls the log's owner neutral lets it judge its own case.
  EvidenceTrust partial = h.w.trust();
  partial.neutrals = {"mon-a", "north"};
  const std::vector<Attestation> own = {h.by(h.w.mon_a), h.by(h.w.north)};
  EXPECT_EQ(error_of(verify_evidence(
                false_holding_evidence(h.held, h.leaves, h.said.index, own).value(), partial)),
            Errc::evidence_unproven);
}

TEST(FalseHoldingEvidence, NeedsTheMirrorsCosignatureBeforeTheChallenge) {
  Holding h;
  h.held = signed_head(h.w.north, h.leaves, {h.w.south.witness()}, kTestStart);
  EXPECT_EQ(error_of(h.judge({h.by(h.w.mon_a), h.by(h.w.mon_b)})), Errc::evidence_unproven);
  h.held = signed_head(h.w.north, h.leaves, {h.w.south.mirror()}, h.said.asked);
  EXPECT_EQ(error_of(h.judge({h.by(h.w.mon_a), h.by(h.w.mon_b)})), Errc::evidence_unproven);
}

TEST(FalseHoldingEvidence, NeedsTheChallengeToBeOfTheProvenEntry) {
  const Holding good;
  const auto refused = [&good](const auto& change) {
    Holding h;
    change(h.said);
    const std::vector<Attestation> both = {h.by(h.w.mon_a), h.by(h.w.mon_b)};
    const std::string file =
        false_holding_evidence(h.held, h.leaves, good.said.index, both).value();
    return error_of(verify_evidence(file, h.w.trust())) == Errc::evidence_unproven;
  };
  EXPECT_TRUE(refused([](FailedChallenge& c) { c.index = LeafIndex{2}; }));
  EXPECT_TRUE(refused([](FailedChallenge& c) { c.leaf[0] ^= 1; }));
  EXPECT_TRUE(refused([](FailedChallenge& c) { c.party = "nobody"; }));
  EXPECT_TRUE(refused([](FailedChallenge& c) { c.origin.value += "2"; }));
  EXPECT_TRUE(refused([](FailedChallenge& c) { c.asked = kTestStart + 90'000'000; }))
      << "the watch key had expired";
}

TEST(FalseHoldingEvidence, NeedsWatchKeysAndOneMirror) {
  Holding h;
  EXPECT_EQ(error_of(h.judge({h.by(h.w.mon_a, {"monitor"}), h.by(h.w.mon_b)})),
            Errc::evidence_unproven);
  const Attestation of_south = h.by(h.w.mon_a);
  h.said.party = "mon-a";
  EXPECT_EQ(error_of(h.judge({of_south, h.by(h.w.mon_b)})), Errc::evidence_unproven);
}

// ---- bad openings

crypto::Secret32 content_key(std::uint8_t n) {
  std::array<std::uint8_t, 32> bytes{};
  bytes.fill(n);
  return crypto::Secret32::from_bytes(bytes);
}

struct Opened {
  World w;
  crypto::Secret32 key = content_key(7);
  Content content =
      Content::parse(R"({"lat":361234567,"lon":371234567,"site":"clinic"})", "place/v1").value();
  Bytes commitment;
  Ref ref;
  Envelope delegation;  // of north/duty-1

  explicit Opened(const std::string& type = "content.commit") {
    w.north.open();
    const std::string body = type == "content.commit"
                                 ? write_content_commit({commit_content(content, key), {}})
                                 : std::string(R"({"text":"no commitment"})");
    const Entry entry = w.north.append(type, body, {w.north.duty_1()}).value();
    commitment = entry.bytes;
    ref = {w.north.origin(), entry.header.seq, entry.leaf};
    delegation = parse_entry(w.north.entries()[1]).value().envelope;
  }
  Envelope says(const Opening& opening, const TestParty* by = nullptr) {
    TestParty party = by == nullptr ? w.north : *by;
    StatementDraft draft = party.draft("content.open", write_content_open(opening));
    draft.refs = {ref};
    return sign_statement(draft, {party.duty_1()});
  }
  Opening truth() const { return open_fields(content, key, {"lat", "site"}).value(); }
  Opening lie() const {
    Opening out = truth();
    out[0].value = "361234568";
    return out;
  }
  // The file that a liar would make, without the builder's checks.
  std::string file(const Envelope& opening) const {
    return EvidenceFile{EvidenceKind::bad_opening,
                        {{"commitment", std::string(as_text(commitment))},
                         {"delegation", delegation.encode()},
                         {"opening", opening.encode()}}}
        .encode();
  }
};

TEST(BadOpeningEvidence, OfATrueOpeningConvictsNobody) {
  Opened o;
  EXPECT_FALSE(bad_opening_evidence(o.commitment, o.delegation, o.says(o.truth())));
  EXPECT_EQ(error_of(verify_evidence(o.file(o.says(o.truth())), o.w.trust())),
            Errc::evidence_unproven);
}

TEST(BadOpeningEvidence, ConvictsTheOfficerWhoSignedTheOpening) {
  Opened o;
  const std::string file =
      bad_opening_evidence(o.commitment, o.delegation, o.says(o.lie())).value();
  const Result<Conviction> found = verify_evidence(file, o.w.trust());
  ASSERT_TRUE(found) << found.error().text();
  EXPECT_EQ(found->kind, EvidenceKind::bad_opening);
  EXPECT_FALSE(found->attested);
  EXPECT_EQ(found->accused, Names{"north/duty-1"});
}

TEST(BadOpeningEvidence, OfAnotherCommitmentConvictsNobody) {
  Opened o;
  Opened other;
  other.ref.leaf[0] ^= 1;
  EXPECT_FALSE(bad_opening_evidence(o.commitment, o.delegation, other.says(o.lie())));
  EXPECT_EQ(error_of(verify_evidence(o.file(other.says(o.lie())), o.w.trust())),
            Errc::evidence_unproven);
  other.ref = o.ref;
  other.ref.index = LeafIndex{9};
  EXPECT_EQ(error_of(verify_evidence(o.file(other.says(o.lie())), o.w.trust())),
            Errc::evidence_unproven);
}

TEST(BadOpeningEvidence, NeedsTheOfficersOwnSignatureAndRight) {
  Opened o;
  Envelope unsigned_lie = o.says(o.lie());
  unsigned_lie.signatures.clear();
  add_signature(unsigned_lie, {"north/duty-1", o.w.south.duty_1().secret});
  EXPECT_EQ(error_of(verify_evidence(o.file(unsigned_lie), o.w.trust())), Errc::evidence_unproven);
  // South is neither the owner nor a recipient: what it says of the content opens nothing.
  o.w.south.open();
  const Envelope of_south = o.says(o.lie(), &o.w.south);
  o.delegation = parse_entry(o.w.south.entries()[1]).value().envelope;
  const Result<Conviction> found = verify_evidence(o.file(of_south), o.w.trust());
  ASSERT_FALSE(found);
  EXPECT_NE(found.error().text().find("neither its owner nor a recipient"), std::string::npos)
      << found.error().text();
}

TEST(BadOpeningEvidence, NeedsACommitment) {
  Opened o("note.text");
  EXPECT_EQ(error_of(verify_evidence(o.file(o.says(o.lie())), o.w.trust())),
            Errc::evidence_malformed);
  EXPECT_FALSE(bad_opening_evidence(o.commitment, o.delegation, o.says(o.lie())));
}

// ---- what the committer itself did wrong

// North commits to one content and seals `sent` to south.
struct Sealed {
  World w;
  crypto::Secret32 key = content_key(7);
  crypto::BoxKey box = crypto::BoxKey::from_secret(content_key(8));
  Content content = Content::parse(R"({"lat":361234567,"site":"clinic"})", "place/v1").value();
  Content other = Content::parse(R"({"lat":351234567,"site":"clinic"})", "place/v1").value();
  Bytes commitment;
  Envelope delegation;

  explicit Sealed(bool honest) {
    w.north.open();
    const Bytes sent = seal_package(honest ? content : other, key, box.public_key()).value();
    const ContentCommit commit{commit_content(content, key),
                               {{"south", box.public_key(), crypto::sha256(sent), sent.size()}}};
    commitment = w.north.append("content.commit", write_content_commit(commit), {w.north.duty_1()})
                     .value()
                     .bytes;
    delegation = parse_entry(w.north.entries()[1]).value().envelope;
  }
  std::string file(const std::string& recipient, const std::string& package) const {
    return EvidenceFile{EvidenceKind::bad_copy,
                        {{"commitment", std::string(as_text(commitment))},
                         {"delegation", delegation.encode()},
                         {"recipient", recipient},
                         {"package", package}}}
        .encode();
  }
};

TEST(BadCopyEvidence, OfAnHonestSenderCannotBeMade) {
  const Sealed s(true);
  for (const Content& shown : {s.content, s.other}) {
    const std::string package = encode_package(shown, s.key);
    EXPECT_FALSE(bad_copy_evidence(s.commitment, s.delegation, "south", package));
    EXPECT_EQ(error_of(verify_evidence(s.file("south", package), s.w.trust())),
              Errc::evidence_unproven);
  }
}

TEST(BadCopyEvidence, ConvictsTheOfficerWhoSealedOtherContent) {
  const Sealed s(false);
  const std::string package = encode_package(s.other, s.key);
  const std::string file = bad_copy_evidence(s.commitment, s.delegation, "south", package).value();
  EXPECT_EQ(file, s.file("south", package));
  const Result<Conviction> found = verify_evidence(file, s.w.trust());
  ASSERT_TRUE(found) << found.error().text();
  EXPECT_EQ(found->kind, EvidenceKind::bad_copy);
  EXPECT_EQ(found->accused, Names{"north/duty-1"});
}

TEST(BadCopyEvidence, NeedsThePackageThatWasSealedAndTheOfficerWhoSigned) {
  Sealed s(false);
  const std::string package = encode_package(s.other, s.key);
  for (const std::string& file :
       {s.file("monitor", package), s.file("south", encode_package(s.content, s.key)),
        s.file("south", encode_package(s.other, content_key(9))), s.file("south", "nothing")}) {
    EXPECT_EQ(error_of(verify_evidence(file, s.w.trust())), Errc::evidence_unproven);
  }
  s.delegation = parse_entry(s.w.north.entries()[2]).value().envelope;  // of duty-2
  EXPECT_EQ(error_of(verify_evidence(s.file("south", package), s.w.trust())),
            Errc::evidence_unproven);
}

// North commits to {"lat":1} at 0 and to {"lat":2} at 1, which no content of ours can be.
struct Twice {
  World w;
  Content one = Content::parse(R"({"lat":1,"pad":0})", "place/v1").value();
  Content two = Content::parse(R"({"pad":0,"lat":2})", "place/v1").value();
  crypto::Secret32 key = content_key(7);
  std::vector<Hash> leaves = {content_leaves(one, key)[0], content_leaves(two, key)[1]};
  Opening a = open_fields(one, key, {"lat"}).value();
  Opening b = open_fields(two, key, {"lat"}).value();
  Bytes commitment;
  Envelope delegation;

  Twice() {
    a[0].proof = inclusion_proof(leaves, LeafIndex{0});
    b[0].proof = inclusion_proof(leaves, LeafIndex{1});
    w.north.open();
    const ContentCommit commit{{root_of(leaves), 2, "place/v1"}, {}};
    commitment = w.north.append("content.commit", write_content_commit(commit), {w.north.duty_1()})
                     .value()
                     .bytes;
    delegation = parse_entry(w.north.entries()[1]).value().envelope;
  }
};

TEST(DoubleFieldEvidence, ConvictsTheOfficerWhoCommittedANameTwice) {
  const Twice t;
  const std::string file = double_field_evidence(t.commitment, t.delegation, t.b, t.a).value();
  EXPECT_EQ(file, double_field_evidence(t.commitment, t.delegation, t.a, t.b).value());
  const Result<Conviction> found = verify_evidence(file, t.w.trust());
  ASSERT_TRUE(found) << found.error().text();
  EXPECT_EQ(found->kind, EvidenceKind::double_field);
  EXPECT_EQ(found->accused, Names{"north/duty-1"});
}

TEST(DoubleFieldEvidence, NeedsTwoOpeningsThatLeadToTheCommitmentAndDisagree) {
  Twice t;
  EXPECT_FALSE(double_field_evidence(t.commitment, t.delegation, t.a, t.a));
  Opening lie = t.a;
  lie[0].value = "3";
  EXPECT_EQ(error_of(verify_evidence(
                double_field_evidence(t.commitment, t.delegation, t.a, lie).value(), t.w.trust())),
            Errc::evidence_unproven);
  const Envelope of_duty_2 = parse_entry(t.w.north.entries()[2]).value().envelope;
  EXPECT_EQ(error_of(verify_evidence(
                double_field_evidence(t.commitment, of_duty_2, t.a, t.b).value(), t.w.trust())),
            Errc::evidence_unproven);
}

// ---- one form, and nobody honest is ever convicted

std::vector<std::string> one_file_of_each_kind() {
  const World w;
  const std::vector<Hash> one = history(6, 4, 1);
  const std::vector<Hash> same = history(6, 4, 3);
  const std::vector<Hash> other = history(9, 4, 2);
  const std::vector<Signer> cosigners = {w.south.witness(), w.mon_a.mirror()};
  const Note a = signed_head(w.north, one, cosigners);
  const Note b = signed_head(w.north, other, cosigners);
  const Double d;
  Holding h;
  const std::vector<Attestation> both = {h.by(h.w.mon_a), h.by(h.w.mon_b)};
  Opened o;
  const Sealed s(false);
  const Twice t;
  return {fork_same_size_evidence(a, signed_head(w.north, same, cosigners)).value(),
          fork_evidence(a, one, b, other).value(),
          fork_prefix_evidence(a, b, other).value(),
          double_entry_evidence(d.delegation, d.said(kOne, d.w.north.duty_1()),
                                d.said(kOther, d.w.north.duty_1()))
              .value(),
          false_holding_evidence(h.held, h.leaves, h.said.index, both).value(),
          bad_opening_evidence(o.commitment, o.delegation, o.says(o.lie())).value(),
          bad_copy_evidence(s.commitment, s.delegation, "south", encode_package(s.other, s.key))
              .value(),
          double_field_evidence(t.commitment, t.delegation, t.a, t.b).value()};
}

TEST(EvidenceFile, HasOneForm) {
  for (const std::string& text : one_file_of_each_kind()) {
    const Result<EvidenceFile> file = parse_evidence_file(text);
    ASSERT_TRUE(file) << file.error().text();
    EXPECT_EQ(file->encode(), text);
    EXPECT_TRUE(verify_evidence(text, World().trust()));
    EXPECT_FALSE(parse_evidence_file(text + "\n"));
    EXPECT_FALSE(parse_evidence_file(text.substr(0, text.size() - 1)));
  }
}

TEST(EvidenceFile, RefusesWhatIsNoEvidence) {
  const EvidenceTrust trust = World().trust();
  const std::string head = "detente evidence v1\n";
  for (const std::string& text :
       {std::string(), std::string("detente evidence v2\nfork\n"), head, head + "fork",
        head + "fork\n", head + "murder\n", head + "fork\nleaf 01\nx\n", head + "fork\nleaf 2\nx\n",
        head + "fork\nleaf 99999999999999999999\nx\n", head + "fork\nLeaf 1\nx\n",
        head + std::string(kEvidenceBytes, 'x')}) {
    EXPECT_EQ(error_of(verify_evidence(text, trust)), Errc::evidence_malformed)
        << text.substr(0, 60);
  }
}

TEST(EvidenceFile, WithItsPartsInAnotherOrderIsRefused) {
  for (const std::string& text : one_file_of_each_kind()) {
    const EvidenceFile file = parse_evidence_file(text).value();
    for (std::size_t i = 0; i + 1 < file.sections.size(); ++i) {
      for (std::size_t j = i + 1; j < file.sections.size(); ++j) {
        EvidenceFile swapped = file;
        std::swap(swapped.sections[i], swapped.sections[j]);
        EXPECT_FALSE(verify_evidence(swapped.encode(), World().trust())) << i << " " << j;
      }
    }
  }
}

// The keys of four other parties under the same names: a valid file convicts none of them.
TEST(EvidenceFile, ConvictsNobodyUnderOtherKeys) {
  EvidenceTrust trust;
  for (const char* name : {"north", "south", "mon-a", "mon-b"}) {
    const auto seed = static_cast<std::uint8_t>(150 + 10 * trust.owners.size());
    const TestParty stranger(name, seed, agreement());
    trust.owners.push_back(stranger.owner());
    trust.cosigners.push_back(stranger.witness().key);
    trust.cosigners.push_back(stranger.mirror().key);
  }
  trust.neutral_quorum = 1;
  trust.neutrals = {"mon-a", "mon-b"};
  for (const std::string& text : one_file_of_each_kind()) {
    EXPECT_EQ(error_of(verify_evidence(text, trust)), Errc::evidence_unproven);
    EXPECT_EQ(error_of(verify_evidence(text, {})), Errc::evidence_unproven);
  }
}

// Whoever is accused after a mutation was accused before it: a mutation may drop a cosigner's
// line, and cannot add anybody.
RC_GTEST_PROP(EvidenceFile, MutatedAccusesNobodyNew, ()) {
  static const std::vector<std::string> files = one_file_of_each_kind();
  static const EvidenceTrust trust = World().trust();
  const std::string original = *rc::gen::elementOf(files);
  std::string text = original;
  const int changes = *rc::gen::inRange(1, 4);
  for (int i = 0; i < changes; ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
        text[at] = static_cast<char>(text[at] ^ (1 << *rc::gen::inRange(0, 7)));
        break;
      case 1:
        text.erase(at, *rc::gen::inRange<std::size_t>(1, 90));
        break;
      case 2:
        text.insert(at, text.substr(*rc::gen::inRange<std::size_t>(0, text.size()), 90));
        break;
      default:
        std::swap(text[at], text[*rc::gen::inRange<std::size_t>(0, text.size())]);
    }
    if (text.empty()) return;
  }
  const Result<Conviction> before = verify_evidence(original, trust);
  const Result<Conviction> after = verify_evidence(text, trust);
  if (!after) return;
  for (const std::string& name : after->accused) {
    RC_ASSERT(std::find(before->accused.begin(), before->accused.end(), name) !=
              before->accused.end());
  }
}

// Every part of every file in every place of every kind.
RC_GTEST_PROP(EvidenceFile, RecombinedAccusesNobodyNew, ()) {
  static const std::vector<std::string> files = one_file_of_each_kind();
  static const EvidenceTrust trust = World().trust();
  static const std::vector<EvidenceSection> parts = [] {
    std::vector<EvidenceSection> out;
    for (const std::string& text : files) {
      const EvidenceFile file = parse_evidence_file(text).value();
      out.insert(out.end(), file.sections.begin(), file.sections.end());
    }
    return out;
  }();
  EvidenceFile file = parse_evidence_file(*rc::gen::elementOf(files)).value();
  const std::size_t at = *rc::gen::inRange<std::size_t>(0, file.sections.size());
  file.sections[at].bytes = parts[*rc::gen::inRange<std::size_t>(0, parts.size())].bytes;
  if (*rc::gen::arbitrary<bool>()) {
    const std::size_t second = *rc::gen::inRange<std::size_t>(0, file.sections.size());
    file.sections[second].bytes = parts[*rc::gen::inRange<std::size_t>(0, parts.size())].bytes;
  }
  const Result<Conviction> found = verify_evidence(file.encode(), trust);
  if (!found) return;
  static const Names guilty = {"north", "north/duty-1", "south/witness", "mon-a/mirror",
                               "south/mirror"};
  for (const std::string& name : found->accused) {
    RC_ASSERT(std::find(guilty.begin(), guilty.end(), name) != guilty.end());
  }
}

// One honest log, all its heads, all its cosigners, and a builder that lies about the leaves.
RC_GTEST_PROP(EvidenceFile, FromOneHonestLogConvictsNobody, ()) {
  static const World w;
  static const std::vector<Hash> leaves = history(70, 70, 0);
  const auto small = *rc::gen::inRange<std::size_t>(0, 70);
  const auto large = *rc::gen::inRange<std::size_t>(small, 71);
  const std::vector<Signer> cosigners = {w.south.witness(), w.south.mirror()};
  const Note a = signed_head(w.north, std::span(leaves).first(small), cosigners);
  const Note b = signed_head(w.north, std::span(leaves).first(large), cosigners);
  RC_ASSERT(!fork_evidence(a, leaves, b, leaves));
  RC_ASSERT(!fork_prefix_evidence(a, b, leaves));
  RC_ASSERT(!fork_same_size_evidence(a, b));
  // A file made by hand: true heads, and proofs of any leaf, node or prefix that there is.
  const auto any_hash = [&]() -> Hash {
    const auto first = *rc::gen::inRange<std::size_t>(0, 70);
    const auto count = *rc::gen::inRange<std::size_t>(1, 71 - first);
    return root_of(std::span(leaves).subspan(first, count));
  };
  const Proof path =
      small == 0 ? Proof{} : consistency_proof(std::span(leaves).first(large), TreeSize{small});
  Proof bent = path;
  if (!bent.empty()) bent[*rc::gen::inRange<std::size_t>(0, bent.size())] = any_hash();
  for (const Proof& tried : {path, bent}) {
    const EvidenceFile prefix{EvidenceKind::fork_prefix,
                              {{"note", a.encode()},
                               {"note", b.encode()},
                               {"prefix", to_base64(any_hash())},
                               {"path", encode_hashes(tried)}}};
    RC_ASSERT(!verify_evidence(prefix.encode(), w.trust()));
  }
  if (small == 0) return;
  const LeafIndex index{*rc::gen::inRange<std::size_t>(0, small)};
  EvidenceFile fork{EvidenceKind::fork, {}};
  const LeafIndex claimed{*rc::gen::inRange<std::size_t>(0, 70)};
  const ProofFile one{{}, index, inclusion_proof(std::span(leaves).first(small), index), a};
  const ProofFile other{
      {},
      index,
      inclusion_proof(std::span(leaves).first(large), claimed.value < large ? claimed : index),
      b};
  fork.sections = {{"leaf", to_base64(leaves[index.value])},
                   {"proof", one.encode()},
                   {"leaf", to_base64(*rc::gen::element(any_hash(), leaves[claimed.value]))},
                   {"proof", other.encode()}};
  RC_ASSERT(!verify_evidence(fork.encode(), w.trust()));
}

// Two histories that part anywhere, heads of any sizes beyond that: always convicted.
RC_GTEST_PROP(EvidenceFile, OfAnyForkConvicts, ()) {
  static const World w;
  const auto same = *rc::gen::inRange<std::size_t>(0, 40);
  const std::vector<Hash> one = history(*rc::gen::inRange<std::size_t>(same + 1, 60), same, 1);
  const std::vector<Hash> other = history(*rc::gen::inRange<std::size_t>(same + 1, 60), same, 2);
  const Note a = signed_head(w.north, one);
  const Note b = signed_head(w.north, other);
  const Result<std::string> file = fork_evidence(a, one, b, other);
  RC_ASSERT(file.has_value());
  RC_ASSERT(verify_evidence(*file, w.trust())->accused == Names{"north"});
  const bool a_larger = one.size() > other.size();
  const Result<std::string> prefix = fork_prefix_evidence(a, b, a_larger ? one : other);
  RC_ASSERT(prefix.has_value());
  RC_ASSERT(verify_evidence(*prefix, w.trust())->accused == Names{"north"});
}

TEST(EvidenceQuorum, IsMoreThanHalfOfTheNeutralsAndNoLessThanTheAgreements) {
  EXPECT_EQ(evidence_quorum(0, 1), 0);
  EXPECT_EQ(evidence_quorum(1, 1), 1);
  EXPECT_EQ(evidence_quorum(2, 1), 2);
  EXPECT_EQ(evidence_quorum(4, 1), 3);
  EXPECT_EQ(evidence_quorum(4, 4), 4);
}

// ---- bodies of statements

TEST(EvidenceFound, SaysWhatTheFileSays) {
  const std::string file = one_file_of_each_kind().front();
  const Conviction conviction = verify_evidence(file, World().trust()).value();
  const std::string body = evidence_found_body(evidence_found(file, conviction));
  const JsonDocument document = parse_json(body, {.bytes_max = 10'000}).value();
  const Result<EvidenceFound> read = read_evidence_found(document.root());
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(evidence_found_body(*read), body);
  EXPECT_EQ(read->sha256 + ".evidence", evidence_file_name(file));
  EXPECT_EQ(read->bytes, file.size());
  EXPECT_EQ(read->accused, conviction.accused);
}

TEST(EvidenceFound, RefusesABodyThatNamesNobodyOrNoFile) {
  const std::string hash(64, 'a');
  const auto refused = [](const std::string& body) {
    const JsonDocument document = parse_json(body, {.bytes_max = 10'000}).value();
    return !read_evidence_found(document.root());
  };
  const std::string tail = R"("bytes":9,"sentence":"s"})";
  EXPECT_FALSE(refused(R"({"kind":"fork","accused":["north"],"sha256":")" + hash + "\"," + tail));
  EXPECT_TRUE(refused(R"({"kind":"fork","accused":[],"sha256":")" + hash + "\"," + tail));
  EXPECT_TRUE(refused(R"({"kind":"knife","accused":["north"],"sha256":")" + hash + "\"," + tail));
  EXPECT_TRUE(refused(R"({"kind":"fork","accused":["north"],"sha256":"AA",)" + tail));
}

TEST(ChallengeFailed, IsReadAsItWasWrittenAndRefusedOtherwise) {
  const Holding h;
  const std::string body = challenge_failed_body(h.said);
  const auto read = [](const std::string& text) {
    const JsonDocument document = parse_json(text, {.bytes_max = 10'000}).value();
    return read_challenge_failed(document.root());
  };
  EXPECT_EQ(challenge_failed_body(read(body).value()), body);
  std::string other = body;
  other.replace(other.find("absent"), 6, "denied");
  EXPECT_FALSE(read(other));
  EXPECT_FALSE(read("{}"));
}

}  // namespace
}  // namespace detente::record
