// SPDX-License-Identifier: Apache-2.0
#include "record/extract.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "crypto/hash.h"
#include "record/testing_log.h"

namespace detente::record {
namespace {

using testing::kTestStart;
using testing::TestParty;

const std::string kAgreement = to_hex(crypto::sha256(as_bytes("an agreement")));

ExtractSource source_of(const TestParty& party, const Note& checkpoint,
                        std::vector<std::string> notes) {
  ExtractSource out;
  out.owner = party.owner();
  out.checkpoint = checkpoint.encode();
  for (const Bytes& entry : party.entries()) out.leaves.push_back(leaf_hash(entry));
  out.entry = [&party](LeafIndex index) -> Result<Bytes> { return party.entries()[index.value]; };
  for (std::size_t i = 0; i < party.entries().size(); ++i) {
    const std::string type = parse_entry(party.entries()[i])->statement.type;
    if (type.starts_with("log.") || type.starts_with("key.")) out.keys.push_back(LeafIndex{i});
  }
  out.notes = std::move(notes);
  return out;
}

// North files, south concurs and says that it read; both logs hold other things too.
struct World {
  TestParty north{"north", 1, kAgreement};
  TestParty south{"south", 101, kAgreement};
  std::vector<std::string> north_notes;
  Ref proposal;
  Ref concurrence;
  Ref read;

  World() {
    north.open();
    south.open();
    remark(north, "Watch taken over.");
    remark(south, "A secret of south.");
    keep_note({south.witness()});
    north.wait(5000);
    proposal =
        ref(north, *north.append("activity.propose", R"({"purpose":"transit"})", {north.duty_1()}));
    north.wait(2000);
    keep_note({south.witness(), south.mirror()});
    south.wait(20'000);
    StatementDraft concur =
        south.draft("activity.concur", fmt::format(R"({{"activity":"{}"}})", "x"));
    concur.refs = {proposal};
    concurrence = ref(south, *south.append(sign_statement(concur, {south.duty_1(), south.duty_2()}),
                                           {north.head()}));
    StatementDraft ack = south.draft("ack.read", "{}");
    ack.refs = {proposal};
    read = ref(south, *south.append(sign_statement(ack, {south.duty_1()})));
    for (int i = 0; i < 9; ++i) remark(north, fmt::format("Remark {}", i));
    keep_note({south.witness(), south.mirror()});
  }

  static Ref ref(const TestParty& party, const Entry& entry) {
    return {party.origin(), entry.header.seq, entry.leaf};
  }
  static void remark(TestParty& party, const std::string& text) {
    JsonWriter body;
    body.begin_object().member("text", text).end_object();
    check(party.append("note.text", body.take(), {party.duty_2()}).has_value(), "a remark is kept");
  }
  void keep_note(const std::vector<Signer>& cosigners) {
    north_notes.push_back(north.note(cosigners).encode());
  }
  ExtractTrust trust() const { return {kAgreement, {north.owner(), south.owner()}, {}}; }
  std::vector<ExtractSource> sources() const {
    return {source_of(north, north.note({south.witness()}), north_notes),
            source_of(south, south.note(), {south.note({north.mirror()}).encode()})};
  }
  ExtractRequest request() const {
    ExtractRequest out;
    out.question = "activity x";
    out.by = "north";
    out.made = kTestStart + 86'400'000;
    out.asked = {{concurrence.origin, concurrence.index}};
    out.about = {{read.origin, read.index}};
    return out;
  }
  Extract extract() const {
    const Result<MadeExtract> made = make_extract(request(), sources(), trust());
    check(made.has_value(), made ? "" : made.error().text().c_str());
    return made->extract;
  }
};

Signer testing_stranger() {
  return make_signer("stranger/witness", KeyType::cosignature_v1, testing::test_key(77));
}

// The digest put right, as somebody who means to deceive would do.
std::string resealed(std::string text) {
  text.resize(text.rfind("\nend ") + 1);
  return text + "end " + to_hex(crypto::sha256(as_bytes(text))) + "\n";
}

Result<ExtractReport> verify(const std::string& text, const ExtractTrust& trust) {
  DETENTE_TRY(const Extract extract, parse_extract(text));
  return verify_extract(extract, trust);
}

std::string parts(const Extract& extract) {
  std::string out;
  for (const ExtractLog& log : extract.logs) {
    out += log.origin.value.substr(0, 5) + ":";
    for (const ExtractEntry& item : log.entries) {
      out += fmt::format(" {}{}", item.entry.header.seq.value, entry_part_name(item.part)[0]);
    }
    out += "\n";
  }
  return out;
}

void expect_mismatch(const Extract& extract, const ExtractTrust& trust, const std::string& why) {
  const Result<ExtractReport> report = verify(encode_extract(extract), trust);
  ASSERT_FALSE(report.has_value()) << why;
  EXPECT_EQ(report.error().code, Errc::extract_mismatch) << report.error().text();
  EXPECT_NE(report.error().text().find(why), std::string::npos) << report.error().text();
}

TEST(Extract, HoldsWhatWasAskedForWhatItRestsOnAndTheKeysAndNothingElse) {
  const World world;
  // South: its opening, both signers' delegations, the concurrence, the acknowledgement.
  // North: its opening, one signer's delegation, the proposal. No remark of anybody.
  EXPECT_EQ(parts(world.extract()), "north: 0k 1k 4c\nsouth: 0k 1k 2k 4a 5a\n");
  const std::string text = encode_extract(world.extract());
  EXPECT_EQ(text.find("secret"), std::string::npos);
  EXPECT_EQ(text.find("Remark"), std::string::npos);
  EXPECT_NE(text.find("\nleft-out 2-3,5-13\n"), std::string::npos) << text;
}

TEST(Extract, IsReadBackAsItWasWritten) {
  const World world;
  const std::string text = encode_extract(world.extract());
  const Result<Extract> again = parse_extract(text);
  ASSERT_TRUE(again.has_value()) << again.error().text();
  EXPECT_EQ(encode_extract(*again), text);
  EXPECT_EQ(again->logs[0].entries[2].entry.bytes, world.north.entries()[4]);
}

TEST(Extract, ProvesSignersReceiptsAndLinks) {
  const World world;
  const Result<ExtractReport> report = verify_extract(world.extract(), world.trust());
  ASSERT_TRUE(report.has_value()) << report.error().text();
  ASSERT_EQ(report->logs.size(), 2U);
  EXPECT_EQ(report->logs[0].cosigned.size(), 1U);
  const auto is = [&](const Ref& ref) {
    return std::find_if(report->entries.begin(), report->entries.end(), [&](const EntryReport& e) {
      return e.origin == ref.origin && e.index == ref.index;
    });
  };
  const auto proposal = is(world.proposal);
  ASSERT_NE(proposal, report->entries.end());
  ASSERT_EQ(proposal->signers.size(), 1U);
  EXPECT_EQ(proposal->signers[0].keyid, "north/duty-1");
  EXPECT_EQ(proposal->signers[0].delegated, LeafIndex{1});
  EXPECT_TRUE(proposal->signers[0].counts);
  ASSERT_EQ(proposal->receipts.size(), 2U);
  // Seen and held since the second kept note; the first kept note has a witness's line and shows
  // when south had a log without it.
  const Result<Note> lacks = parse_note(world.north_notes[0]);
  const Result<Note> covers = parse_note(world.north_notes[1]);
  for (const ExtractReceipt& receipt : proposal->receipts) {
    const bool held = receipt.level == ReceiptLevel::held;
    const VerifierKey key = held ? world.south.mirror().key : world.south.witness().key;
    ASSERT_TRUE(receipt.first.has_value());
    EXPECT_EQ(receipt.party, "south");
    EXPECT_EQ(receipt.first->size, TreeSize{5});
    EXPECT_EQ(receipt.first->time, *verify_cosignature(*covers, key));
    EXPECT_EQ(receipt.lacked.has_value(), !held);
    if (!held) {
      EXPECT_EQ(*receipt.lacked, *verify_cosignature(*lacks, key));
    }
  }
  const auto concurrence = is(world.concurrence);
  ASSERT_EQ(concurrence->links.size(), 1U);
  EXPECT_EQ(concurrence->links[0].state, ExtractLink::State::here);
  EXPECT_EQ(concurrence->signers.size(), 2U);
  EXPECT_FALSE(concurrence->receipts[0].first.has_value()) << "north's witness never cosigned";
  EXPECT_TRUE(concurrence->receipts[1].first.has_value());
}

TEST(Extract, SaysWhatItDoesNotProve) {
  const World world;
  const Result<ExtractReport> report = verify_extract(world.extract(), world.trust());
  ASSERT_TRUE(report.has_value());
  std::string all;
  for (const std::string& line : report->limits) all += line + "\n";
  EXPECT_NE(all.find("11 of 14 entries are not part of this extract: 2-3,5-13"), std::string::npos)
      << all;
  EXPECT_NE(all.find("chosen by north"), std::string::npos);
  EXPECT_EQ(all.find("is here whole"), std::string::npos);
}

TEST(Extract, AWholeLogIsCalledWhole) {
  const World world;
  ExtractRequest request = world.request();
  for (std::size_t i = 0; i < world.south.entries().size(); ++i) {
    request.asked.insert({world.south.origin(), LeafIndex{i}});
  }
  const Result<MadeExtract> made = make_extract(request, world.sources(), world.trust());
  ASSERT_TRUE(made.has_value()) << made.error().text();
  const Result<ExtractReport> report = verify_extract(made->extract, world.trust());
  ASSERT_TRUE(report.has_value());
  EXPECT_TRUE(report->logs[1].whole());
  EXPECT_FALSE(report->logs[0].whole());
  EXPECT_NE(encode_extract(made->extract).find("\nleft-out none\n"), std::string::npos);
}

TEST(Extract, ARevocationGoesAlongAndTheKeyNoLongerCounts) {
  World world;
  ASSERT_TRUE(world.north
                  .append("key.revoke",
                          R"({"keyid":"north/duty-1","last_index":3,"reason":"stolen"})",
                          {world.north.root()})
                  .has_value());
  const Extract extract = world.extract();
  EXPECT_EQ(parts(extract), "north: 0k 1k 4c 14k\nsouth: 0k 1k 2k 4a 5a\n");
  Result<ExtractReport> report = verify_extract(extract, world.trust());
  ASSERT_TRUE(report.has_value()) << report.error().text();
  const auto proposal =
      std::find_if(report->entries.begin(), report->entries.end(),
                   [](const EntryReport& entry) { return entry.type == "activity.propose"; });
  EXPECT_FALSE(proposal->signers[0].counts);
  EXPECT_EQ(proposal->signers[0].stands_until, LeafIndex{3});
  // Left out by a liar, it is missed; but the entry then counts as left out, and the report says
  // that a revocation may be among those.
  Extract lie = extract;
  lie.logs[0].entries.pop_back();
  report = verify(encode_extract(lie), world.trust());
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->logs[0].left_out.back(), std::pair(std::uint64_t{5}, std::uint64_t{14}));
}

TEST(Extract, WithTheAgreementItMustBeTheOneThatIsNamed) {
  const World world;
  Extract extract = world.extract();
  extract.agreement_file = "an agreement";
  EXPECT_TRUE(verify(encode_extract(extract), world.trust()).has_value());
  extract.agreement_file = "another agreement";
  expect_mismatch(extract, world.trust(), "agreement-file");
  ExtractTrust other = world.trust();
  other.agreement = std::string(64, '0');
  expect_mismatch(world.extract(), other, "agreement");
}

TEST(Extract, AnEntryOfAnotherLogIsRefused) {
  const World world;
  Extract extract = world.extract();
  extract.logs[0].entries[2] = extract.logs[1].entries[3];
  expect_mismatch(extract, world.trust(), "entry 4");
}

TEST(Extract, AWrongOrMissingProofIsRefused) {
  const World world;
  Extract extract = world.extract();
  extract.logs[0].entries[2].proof[0][0] ^= 1;
  expect_mismatch(extract, world.trust(), "proof_invalid");
  extract = world.extract();
  extract.logs[0].entries[2].proof.pop_back();
  expect_mismatch(extract, world.trust(), "proof_malformed");
  extract = world.extract();
  std::swap(extract.logs[1].entries[3].proof, extract.logs[1].entries[4].proof);
  expect_mismatch(extract, world.trust(), "entry 4");
}

TEST(Extract, WithoutADelegationTheSignatureProvesNothing) {
  const World world;
  Extract extract = world.extract();
  extract.logs[0].entries.erase(extract.logs[0].entries.begin() + 1);
  expect_mismatch(extract, world.trust(), "no delegation of north/duty-1");
}

TEST(Extract, ReceiptsOfAnotherLogOrUnderAnotherProofAreRefused) {
  const World world;
  Extract extract = world.extract();
  ASSERT_EQ(extract.logs[0].notes.size(), 2U);
  ASSERT_EQ(extract.logs[1].notes.size(), 1U);
  std::swap(extract.logs[0].notes[0], extract.logs[1].notes[0]);
  expect_mismatch(extract, world.trust(), "checkpoint_origin");
  extract = world.extract();
  std::swap(extract.logs[0].notes[0].proof, extract.logs[0].notes[1].proof);
  expect_mismatch(extract, world.trust(), "note 0");
  // A note that north never published, in the name of its log.
  extract = world.extract();
  Note forged{Checkpoint{world.north.origin(), TreeSize{5}, Hash{}}.text(), {}};
  const Signer pretender{world.north.log().key, world.south.log().secret};
  forged.signatures = {sign_note(pretender, forged.text),
                       cosign(world.south.mirror(), forged.text, kTestStart)};
  extract.logs[0].notes[0].note = forged.encode();
  expect_mismatch(extract, world.trust(), "note_bad_signature");
}

TEST(Extract, NobodyVouchesForHimself) {
  World world;
  world.north_notes.push_back(world.north.note({world.north.mirror()}).encode());
  EXPECT_EQ(world.extract().logs[0].notes.size(), 2U);
  for (const auto& [note, why] : std::vector<std::pair<std::string, std::string>>{
           {world.north.note().encode(), "nobody that counts"},
           {world.north_notes.back(), "note_unknown_key"}}) {
    Extract extract = world.extract();
    extract.logs[0].notes.push_back({note, {}});
    std::sort(extract.logs[0].notes.begin(), extract.logs[0].notes.end(),
              [](const ExtractNote& a, const ExtractNote& b) { return a.note < b.note; });
    expect_mismatch(extract, world.trust(), why);
  }
}

TEST(Extract, LinesOfUnknownKeysAndASecondLineOfOneKeyAreLeftOff) {
  World world;
  Note note = world.north.note({world.south.witness()});
  note.signatures.push_back(cosign(world.south.witness(), note.text, kTestStart));
  note.signatures.push_back(cosign(testing_stranger(), note.text, kTestStart));
  world.north_notes = {note.encode()};
  const Extract extract = world.extract();
  ASSERT_EQ(extract.logs[0].notes.size(), 1U);
  const Result<Note> kept = parse_note(extract.logs[0].notes[0].note);
  ASSERT_EQ(kept->signatures.size(), 2U);
  EXPECT_EQ(cosignature_time(kept->signatures[1]), kTestStart) << "the earliest is the receipt";
}

TEST(Extract, ANoteWhoseCosignatureIsForgedIsNoReceiptAndHidesNone) {
  World world;
  // It claims that south had everything at the very start.
  Note forged = world.north.note({world.south.witness()});
  forged.signatures[1] =
      cosign({world.south.witness().key, world.south.log().secret}, forged.text, kTestStart);
  world.north_notes.push_back(forged.encode());
  const World honest;
  EXPECT_EQ(encode_extract(world.extract()), encode_extract(honest.extract()));
}

TEST(Extract, AContradictionBetweenLogsIsFound) {
  World world;
  // South says that it saw another north at a size whose root a note proves.
  const Head lie{world.north.origin(), TreeSize{14}, Hash{}};
  ASSERT_TRUE(world.south.append("note.text", R"({"text":"."})", {world.south.duty_1()}, {lie})
                  .has_value());
  ExtractRequest request = world.request();
  request.asked.insert({world.south.origin(), LeafIndex{6}});
  const Result<MadeExtract> made = make_extract(request, world.sources(), world.trust());
  ASSERT_FALSE(made.has_value());
  EXPECT_NE(made.error().text().find("contradict"), std::string::npos) << made.error().text();
}

TEST(Extract, AKeptNoteThatContradictsTheLogIsLeftOutWithAWarning) {
  World world;
  TestParty twin("north", 1, kAgreement);
  twin.open();
  World::remark(twin, "Another history.");
  world.north_notes.push_back(twin.note({world.south.mirror()}).encode());
  const Result<MadeExtract> made = make_extract(world.request(), world.sources(), world.trust());
  ASSERT_TRUE(made.has_value()) << made.error().text();
  ASSERT_EQ(made->warnings.size(), 1U);
  EXPECT_NE(made->warnings[0].find("evidence"), std::string::npos);
}

TEST(Extract, OtherSpellingsOfTheSameAreRefused) {
  const World world;
  const std::string text = encode_extract(world.extract());
  const std::vector<std::pair<std::string, std::string>> changes = {
      {"\nentry 4 cited", "\nentry 04 cited"},
      {"\nentry 4 cited", "\nentry 4  cited"},
      {"\nentry 4 cited", "\nentry 4 chosen"},
      {"\nmade 2016-07-16T06:00:00Z", "\nmade 2016-07-16T08:00:00+02:00"},
      {"\nleft-out 2-3,", "\nleft-out 2,3,"},
      {"\nleft-out 2-3,", "\nleft-out 3-3,"},
      {"\nby north", "\nby no rth"},
      {"\nby north", "\nby north\n"},
      {"\nquestion activity x", "\nquestion "},
      {"\nquestion activity x", "\nquestion \x1b[31mx"},
      {"\nlog south", "\nnote\n\nlog south"},
      {"detente-extract/v1", "detente-extract/v2"},
      {"\nend ", "\n\nend "},
  };
  for (const auto& [from, to] : changes) {
    std::string changed = text;
    const std::size_t at = changed.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    changed.replace(at, from.size(), to);
    const Result<Extract> read = parse_extract(resealed(changed));
    ASSERT_FALSE(read.has_value()) << to;
    EXPECT_EQ(read.error().code, Errc::extract_malformed) << to;
  }
  EXPECT_EQ(parse_extract("").error().code, Errc::extract_malformed);
  EXPECT_EQ(parse_extract(text + "\n").error().code, Errc::extract_malformed);
  EXPECT_EQ(parse_extract(text.substr(0, text.size() - 1)).error().code, Errc::extract_malformed);
}

TEST(Extract, EveryChangedByteIsFound) {
  const World world;
  const std::string text = encode_extract(world.extract());
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    ASSERT_FALSE(parse_extract(changed).has_value()) << i;
  }
}

// What the reader is told that the bytes prove; without the maker's own words.
std::string proven(const ExtractReport& report) {
  std::string out;
  for (const EntryReport& entry : report.entries) {
    out += fmt::format("{} {} {} {} {}", entry.origin.value, entry.index.value, entry.time.value,
                       entry.type, entry.id.value);
    for (const ExtractSigner& s : entry.signers) out += fmt::format(" {}{}", s.keyid, s.counts);
    for (const ExtractLink& link : entry.links) {
      out += fmt::format(" {}{}", link.ref.index.value, static_cast<int>(link.state));
    }
    for (const ExtractReceipt& receipt : entry.receipts) {
      out += fmt::format(" {}:{}:{}:{}", receipt.party, static_cast<int>(receipt.level),
                         receipt.first ? receipt.first->time.value : 0,
                         receipt.lacked ? receipt.lacked->value : 0);
    }
    out += "\n";
  }
  return out;
}

TEST(Extract, AByteChangedByALiarIsFoundOrChangesNothingThatIsClaimed) {
  const World world;
  const std::string text = encode_extract(world.extract());
  const ExtractTrust trust = world.trust();
  const std::string truth = proven(*verify(text, trust));
  const std::size_t body = text.rfind("\nend ");
  std::size_t accepted = 0;
  for (std::size_t i = 0; i < body; i += 3) {
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ (1 << (i % 7)));
    const Result<ExtractReport> report = verify(resealed(changed), trust);
    if (!report) continue;
    ++accepted;
    ASSERT_EQ(proven(*report), truth) << "byte " << i;
  }
  // Only the maker's words: the time, the name, the question, lines of keys that nobody knows.
  EXPECT_LT(accepted, 40U);
}

RC_GTEST_PROP(Extract, AnyChoiceOfEntriesMakesAnExtractThatVerifies, ()) {
  static const World world;
  ExtractRequest request = world.request();
  request.asked.clear();
  request.about.clear();
  for (const TestParty* party : {&world.north, &world.south}) {
    const auto chosen =
        *rc::gen::container<std::vector<bool>>(party->entries().size(), rc::gen::arbitrary<bool>());
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      if (chosen[i]) request.asked.insert({party->origin(), LeafIndex{i}});
    }
  }
  const Result<MadeExtract> made = make_extract(request, world.sources(), world.trust());
  RC_ASSERT(made.has_value());
  const Result<ExtractReport> report = verify(encode_extract(made->extract), world.trust());
  RC_ASSERT(report.has_value());
  for (const auto& [origin, index] : request.asked) {
    RC_ASSERT(std::any_of(report->entries.begin(), report->entries.end(), [&](const auto& e) {
      return e.origin == origin && e.index == index && e.part == EntryPart::asked;
    }));
  }
}

TEST(Extract, AsksForNoMoreThanThereIs) {
  const World world;
  ExtractRequest request = world.request();
  request.asked.insert({world.north.origin(), LeafIndex{14}});
  const Result<MadeExtract> made = make_extract(request, world.sources(), world.trust());
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code, Errc::extract_mismatch);
}

}  // namespace
}  // namespace detente::record
