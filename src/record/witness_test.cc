// SPDX-License-Identifier: Apache-2.0
// Method: everything that a witness must refuse, one row of the protocol at a time; a transcript of
// another implementation with its real signatures; and random submissions from two histories of
// one log, of which all that is cosigned must fit one history.
#include "record/witness.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "record/testing_log.h"

namespace detente::record {
namespace {

using testing::kTestStart;
using testing::test_key;

const Signer kLog = make_signer("log.example/one", KeyType::ed25519, test_key(1));
const Signer kNextLogKey = make_signer("log.example/one", KeyType::ed25519, test_key(2));
const Signer kOther = make_signer("log.example/two", KeyType::ed25519, test_key(3));
const Signer kWitness = make_signer("w.example/witness", KeyType::cosignature_v1, test_key(4));
const Signer kSecond = make_signer("w.example/second", KeyType::cosignature_v1, test_key(5));

// A log's leaves; two histories share the first `common`.
std::vector<Hash> leaves(std::size_t n, std::string_view branch = "a", std::size_t common = 3) {
  std::vector<Hash> out;
  for (std::size_t i = 0; i < n; ++i) {
    const std::string entry = fmt::format("{} {}", i < common ? "a" : branch, i);
    out.push_back(leaf_hash(as_bytes(entry)));
  }
  return out;
}

Checkpoint checkpoint_of(const std::vector<Hash>& tree, const Signer& log = kLog) {
  return {Origin{log.key.name}, TreeSize{tree.size()}, root_of(tree)};
}

std::string note_of(const Checkpoint& checkpoint, const Signer& log = kLog) {
  return Note{checkpoint.text(), {sign_note(log, checkpoint.text())}}.encode();
}

// A request that is in order: grows from `old_size` to the whole tree.
std::string growth(const std::vector<Hash>& tree, std::size_t old_size) {
  Proof proof;
  if (old_size > 0 && old_size < tree.size()) proof = consistency_proof(tree, TreeSize{old_size});
  return write_add_checkpoint(TreeSize{old_size}, proof, note_of(checkpoint_of(tree)));
}

// The shell in memory: one head for each log.
struct Memory {
  WitnessRules rules{{kWitness}, {kLog.key, kOther.key}};
  std::map<Origin, Checkpoint> heads;
  std::vector<std::string> notes;

  WitnessStep post(const std::string& body, UtcMs now = kTestStart) {
    const auto head_of = [this](const Origin& origin) -> Result<std::optional<Checkpoint>> {
      const auto found = heads.find(origin);
      if (found == heads.end()) return std::optional<Checkpoint>{};
      return std::optional<Checkpoint>{found->second};
    };
    Result<WitnessStep> step = rules.add_checkpoint(body, head_of, now);
    check(step.has_value(), "the store in memory does not fail");
    if (!step->note.empty()) notes.push_back(step->note);
    if (step->head) heads[step->origin] = *step->head;
    return std::move(*step);
  }
};

void expect_refused(const WitnessStep& step, int status) {
  EXPECT_EQ(step.answer.status, status) << step.answer.body;
  EXPECT_FALSE(step.head);
  EXPECT_EQ(step.cosigned, "");
  EXPECT_TRUE(step.answer.body.ends_with('\n'));
  EXPECT_EQ(step.answer.body.find("\xE2\x80\x94"), std::string::npos) << "a refusal signs nothing";
}

TEST(AddCheckpoint, RefusesEveryOtherForm) {
  const std::string note = note_of(checkpoint_of(leaves(5)));
  const std::string hash = to_base64(Hash{}) + "\n";
  std::string many = "old 1\n";
  for (std::size_t i = 0; i <= kWitnessProofLines; ++i) many += hash;
  const Checkpoint with_extension = checkpoint_of(leaves(5));
  const std::string extended = with_extension.text() + "extension\n";
  for (const std::string& body :
       {std::string(),
        std::string("old 0"),
        std::string("old 0\n"),
        std::string("old 0\n\n"),
        note,
        "\n" + note,
        "old\n\n" + note,
        "old \n\n" + note,
        "old -1\n\n" + note,
        "old 00\n\n" + note,
        "old 01\n\n" + note,
        "old +1\n\n" + note,
        "old 1 \n\n" + note,
        "old  1\n\n" + note,
        "old 9223372036854775808\n\n" + note,
        "Old 0\n\n" + note,
        "size 0\n\n" + note,
        "old 0\r\n\r\n" + note,
        "old 0\n" + note,
        "old 1\n" + hash.substr(0, 40) + "\n\n" + note,
        "old 1\n" + hash.substr(1) + "\n" + note,
        "old 1\n " + hash + "\n" + note,
        "old 1\nAAAA\n\n" + note,
        many + "\n" + note,
        "old 0\n\n" + note + "\n",
        "old 0\n\n" + note.substr(0, note.size() - 1),
        "old 0\n\n" + checkpoint_of(leaves(5)).text(),
        "old 0\n\n\n" + note,
        "old 0\n\n" + Note{extended, {sign_note(kLog, extended)}}.encode(),
        "old 0\n\n" + note + std::string(kAddCheckpointBytes, 'x')}) {
    Memory memory;
    EXPECT_FALSE(parse_add_checkpoint(body)) << body.substr(0, 120);
    const WitnessStep step = memory.post(body);
    expect_refused(step, 400);
    EXPECT_EQ(step.note, "");
  }
}

TEST(AddCheckpoint, TakesTheLargestProofThatTheFormatAllows) {
  std::string body = "old 1\n";
  for (std::size_t i = 0; i < kWitnessProofLines; ++i) body += to_base64(Hash{}) + "\n";
  body += "\n" + note_of(checkpoint_of(leaves(5)));
  const Result<AddCheckpoint> parsed = parse_add_checkpoint(body);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->proof.size(), kWitnessProofLines);
  EXPECT_EQ(write_add_checkpoint(parsed->old_size, parsed->proof, parsed->note.encode()), body);
}

TEST(Witness, AnswersAnUnknownLogWithNotFound) {
  Memory memory;
  const Signer stranger = make_signer("log.example/three", KeyType::ed25519, test_key(1));
  Checkpoint checkpoint = checkpoint_of(leaves(2), stranger);
  const WitnessStep step = memory.post("old 0\n\n" + note_of(checkpoint, stranger));
  expect_refused(step, 404);
  EXPECT_EQ(step.note, "") << "a stranger must not fill the store";
}

TEST(Witness, ForbidsWhatTheLogDidNotSign) {
  const std::vector<Hash> tree = leaves(5);
  const std::string text = checkpoint_of(tree).text();
  const NoteSignature good = sign_note(kLog, text);
  NoteSignature bad = good;
  bad.bytes[7] ^= 1;
  NoteSignature cut = good;
  cut.bytes.pop_back();
  NoteSignature others = sign_note(kOther, text);
  for (const std::vector<NoteSignature>& lines :
       std::vector<std::vector<NoteSignature>>{{bad},
                                               {cut},
                                               {others},
                                               {good, bad},
                                               {bad, good},
                                               {cosign(kWitness, text, kTestStart)},
                                               {sign_note(kNextLogKey, text)}}) {
    Memory memory;
    const WitnessStep step = memory.post("old 0\n\n" + Note{text, lines}.encode());
    expect_refused(step, 403);
    EXPECT_EQ(step.note, "");
  }
  // The key of another log that is served is not the key of this one.
  Memory memory;
  expect_refused(memory.post("old 0\n\n" + note_of(checkpoint_of(tree, kOther), kLog)), 403);
}

TEST(Witness, JudgesTheSignatureBeforeItTellsASize) {
  Memory memory;
  ASSERT_EQ(memory.post(growth(leaves(5), 0)).answer.status, 200);
  const std::string text = checkpoint_of(leaves(9)).text();
  expect_refused(memory.post("old 0\n\n" + Note{text, {sign_note(kOther, text)}}.encode()), 403);
  expect_refused(memory.post("old 12\n\n" + Note{text, {sign_note(kOther, text)}}.encode()), 403);
}

TEST(Witness, RefusesAnOldSizeAboveTheCheckpoint) {
  Memory memory;
  expect_refused(memory.post("old 6\n\n" + note_of(checkpoint_of(leaves(5)))), 400);
}

TEST(Witness, TellsTheSizeThatItCosignedLast) {
  Memory memory;
  const WitnessStep first = memory.post(growth(leaves(5), 3));
  expect_refused(first, 409);
  EXPECT_EQ(first.answer.body, "0\n");
  EXPECT_EQ(first.answer.content_type, "text/x.tlog.size");
  ASSERT_EQ(memory.post(growth(leaves(5), 0)).answer.status, 200);
  for (const std::size_t old_size : {std::size_t{0}, std::size_t{4}, std::size_t{6}}) {
    const WitnessStep step = memory.post(growth(leaves(9), old_size));
    expect_refused(step, 409);
    EXPECT_EQ(step.answer.body, "5\n");
    EXPECT_EQ(step.answer.content_type, "text/x.tlog.size");
    EXPECT_NE(step.note, "") << "every note that the log signed is kept";
  }
  // The log that went back.
  expect_refused(memory.post(growth(leaves(4), 4)), 409);
}

TEST(Witness, RefusesAProofThatDoesNotVerify) {
  const std::vector<Hash> tree = leaves(9);
  const Proof good = consistency_proof(tree, TreeSize{5});
  const std::string note = note_of(checkpoint_of(tree));
  std::vector<Proof> bad = {{}, good, good, good};
  bad[1].pop_back();
  bad[2].push_back(Hash{});
  bad[3][0][0] ^= 1;
  for (const Proof& proof : bad) {
    Memory memory;
    ASSERT_EQ(memory.post(growth(leaves(5), 0)).answer.status, 200);
    const WitnessStep step = memory.post(write_add_checkpoint(TreeSize{5}, proof, note));
    expect_refused(step, 422);
    EXPECT_EQ(step.note, note);
    EXPECT_FALSE(step.equivocation);
    EXPECT_EQ(memory.post(write_add_checkpoint(TreeSize{5}, good, note)).answer.status, 200);
  }
}

TEST(Witness, RefusesAProofWhereNoneBelongs) {
  Memory memory;
  const Proof one = {Hash{}};
  expect_refused(
      memory.post(write_add_checkpoint(TreeSize{0}, one, note_of(checkpoint_of(leaves(5))))), 422);
  ASSERT_EQ(memory.post(growth(leaves(5), 0)).answer.status, 200);
  expect_refused(
      memory.post(write_add_checkpoint(TreeSize{5}, one, note_of(checkpoint_of(leaves(5))))), 422);
}

TEST(Witness, RefusesAnotherRootOfTheSameSizeAndKeepsBothNotes) {
  Memory memory;
  ASSERT_EQ(memory.post(growth(leaves(5), 0)).answer.status, 200);
  const std::string fork = note_of(checkpoint_of(leaves(5, "b")));
  for (const TreeSize old_size : {TreeSize{5}, TreeSize{0}}) {
    const WitnessStep step = memory.post(write_add_checkpoint(old_size, {}, fork));
    expect_refused(step, old_size.value == 5 ? 422 : 409);
    EXPECT_TRUE(step.equivocation);
    EXPECT_EQ(step.note, fork);
  }
  EXPECT_EQ(memory.heads.at(Origin{kLog.key.name}), checkpoint_of(leaves(5)));
}

TEST(Witness, TakesTheEmptyTreeOnlyWithItsOwnRoot) {
  Memory memory;
  Checkpoint wrong = checkpoint_of({});
  wrong.root = Hash{};
  const WitnessStep refused = memory.post("old 0\n\n" + note_of(wrong));
  expect_refused(refused, 422);
  EXPECT_TRUE(refused.equivocation);
  EXPECT_EQ(memory.post("old 0\n\n" + note_of(checkpoint_of({}))).answer.status, 200);
  EXPECT_EQ(memory.post(growth(leaves(5), 0)).answer.status, 200);
}

TEST(Witness, CosignsTheSameCheckpointAgainWithANewTime) {
  Memory memory;
  const std::vector<Hash> tree = leaves(5);
  const std::string text = checkpoint_of(tree).text();
  ASSERT_EQ(memory.post(growth(tree, 0)).answer.status, 200);
  const WitnessStep again = memory.post(growth(tree, 5), kTestStart + 30'000);
  ASSERT_EQ(again.answer.status, 200);
  const Result<WitnessReply> reply = read_witness_answer(again.answer, text, {kWitness.key});
  ASSERT_TRUE(reply);
  ASSERT_EQ(reply->cosigned.size(), 1U);
  EXPECT_EQ(reply->cosigned[0].time, kTestStart + 30'000);
}

TEST(Witness, ShowsTheLogsAndItsOwnLinesAndVouchesForNoOther) {
  const std::string text = checkpoint_of(leaves(5)).text();
  Note note{text, {sign_note(kOther, text), sign_note(kLog, text), sign_note(kLog, text)}};
  note.signatures.push_back({"junk", 7, Bytes(100, 1)});
  Memory memory;
  memory.rules = WitnessRules({kWitness, kSecond}, {kLog.key, kNextLogKey.key});
  note.signatures.push_back(sign_note(kNextLogKey, text));
  const WitnessStep step = memory.post("old 0\n\n" + note.encode());
  ASSERT_EQ(step.answer.status, 200) << step.answer.body;
  EXPECT_EQ(step.note, note.encode()) << "kept as it came";
  const Result<Note> shown = parse_note(step.cosigned);
  ASSERT_TRUE(shown);
  EXPECT_TRUE(verify_all_lines(*shown, {kLog.key, kNextLogKey.key, kWitness.key, kSecond.key}));
  EXPECT_EQ(shown->signatures.size(), 4U);
  const Result<WitnessReply> reply =
      read_witness_answer(step.answer, text, {kSecond.key, kWitness.key});
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->cosigned.size(), 2U);
}

TEST(Witness, AnErrorOfTheStoreIsNoAnswer) {
  const WitnessRules rules({kWitness}, {kLog.key});
  const Result<WitnessStep> step = rules.add_checkpoint(
      growth(leaves(5), 0),
      [](const Origin&) -> Result<std::optional<Checkpoint>> { return fail(Errc::store_io); },
      kTestStart);
  ASSERT_FALSE(step);
  EXPECT_EQ(step.error().code, Errc::store_io);
}

TEST(WitnessAnswer, IsRefusedUnlessItSaysWhatItMust) {
  Memory memory;
  const std::string text = checkpoint_of(leaves(5)).text();
  const WitnessAnswer good = memory.post(growth(leaves(5), 0)).answer;
  ASSERT_TRUE(read_witness_answer(good, text, {kWitness.key}));
  const auto code = [&](int status, std::string type, std::string body) {
    const Result<WitnessReply> reply =
        read_witness_answer({status, std::move(type), std::move(body)}, text, {kWitness.key});
    return reply ? Errc{} : reply.error().code;
  };
  EXPECT_EQ(code(200, kPlainTextType, ""), Errc::note_malformed);
  EXPECT_EQ(code(200, kPlainTextType, "ok\n"), Errc::note_malformed);
  EXPECT_EQ(code(200, kPlainTextType, "x\n\n" + good.body), Errc::note_malformed);
  EXPECT_EQ(code(200, kPlainTextType, good.body + std::string(70'000, '\n')), Errc::note_malformed);
  const Note other{text, {cosign(kSecond, text, kTestStart)}};
  EXPECT_EQ(code(200, kPlainTextType, other.encode().substr(text.size() + 1)), Errc::note_unsigned);
  EXPECT_EQ(read_witness_answer(good, checkpoint_of(leaves(6)).text(), {kWitness.key}).error().code,
            Errc::note_bad_signature);
  EXPECT_EQ(code(409, "text/plain", "5\n"), Errc::witness_conflict);
  EXPECT_EQ(code(409, kTreeSizeType, "05\n"), Errc::http_status);
  EXPECT_EQ(code(409, kTreeSizeType, "5"), Errc::http_status);
  EXPECT_EQ(code(409, kTreeSizeType, "5\n5\n"), Errc::http_status);
  EXPECT_EQ(code(404, kPlainTextType, "unknown log\n"), Errc::witness_unknown_log);
  EXPECT_EQ(code(422, kPlainTextType, "no\n"), Errc::http_status);
  EXPECT_EQ(code(500, "text/html", ""), Errc::http_status);
  const auto shown = read_witness_answer({403, "text/plain", "\x1b[31mred\nmore"}, text, {});
  EXPECT_EQ(shown.error().detail, "403 ?[31mred");
}

TEST(WitnessAnswer, GivesTheSizeOfAConflict) {
  for (const char* type : {"text/x.tlog.size", "text/x.tlog.size; charset=utf-8"}) {
    const Result<WitnessReply> reply = read_witness_answer({409, type, "17\n"}, "x\n", {});
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->size, TreeSize{17});
    EXPECT_TRUE(reply->cosigned.empty());
  }
}

struct Exchange {
  std::string body;
  int status = 0;
  std::string assert_line;
};

std::vector<Exchange> read_transcript(std::string_view text) {
  std::vector<Exchange> out;
  while (true) {
    const std::size_t open = text.find("```\n");
    if (open == std::string_view::npos) return out;
    text.remove_prefix(open + 4);
    const std::size_t close = text.find("```\n");
    Exchange one;
    one.body = text.substr(0, close);
    text.remove_prefix(close + 4);
    one.status = std::stoi(std::string(text.substr(text.find("HTTP ") + 5, 3)));
    const std::size_t line = text.find("body ");
    one.assert_line = text.substr(line, text.find('\n', line) - line);
    text.remove_prefix(line);
    out.push_back(std::move(one));
  }
}

TEST(Transcript, OfAnotherWitnessIsAnsweredAsItAnswered) {
  const std::string path = DETENTE_SOURCE_DIR "/../shared/data/record/litewitness.txt";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no transcript beside the source";
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const Result<VerifierKey> log = parse_vkey(
      "sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562"
      "+5202289b+Af/cLU2Y5BJNP+r3iMDC+av9eWCD0fBJVDfzAux5zxAP");
  ASSERT_TRUE(log) << log.error().text();
  Memory memory;
  memory.rules = WitnessRules({kWitness}, {*log});
  const std::vector<Exchange> exchanges = read_transcript(text);
  ASSERT_GE(exchanges.size(), 9U);
  std::map<int, int> seen;
  for (const Exchange& one : exchanges) {
    std::string body = one.body;
    // Its false signature ends in base64 with unused bits set, which is no base64 here.
    const std::size_t loose = body.find("6gx=\n");
    if (loose != std::string::npos) {
      EXPECT_EQ(memory.post(body).answer.status, 400);
      body.replace(loose, 5, "6gw=\n");
    }
    const WitnessAnswer answer = memory.post(body).answer;
    // The older protocol answered an unknown log with 403, the newer one with 404.
    const bool unknown = one.assert_line == "body contains \"unknown log\"";
    EXPECT_EQ(answer.status, unknown ? 404 : one.status) << body << answer.body;
    if (one.status == 409) {
      EXPECT_EQ(one.assert_line,
                fmt::format("body == \"{}\\n\"", answer.body.substr(0, answer.body.size() - 1)));
    }
    ++seen[answer.status];
  }
  EXPECT_EQ(seen.size(), 5U) << "200, 403, 404, 409 and 422";
  EXPECT_EQ(memory.heads.at(Origin{log->name}).size, TreeSize{5});
}

RC_GTEST_PROP(Witness, NeverCosignsTwoHistories, ()) {
  const std::vector<std::vector<Hash>> whole = {leaves(24, "a"), leaves(24, "b")};
  Memory memory;
  std::vector<Checkpoint> cosigned;
  const auto steps = *rc::gen::inRange(1, 40);
  for (int i = 0; i < steps; ++i) {
    const auto branch = *rc::gen::inRange<std::size_t>(0, 2);
    const auto size = *rc::gen::inRange<std::size_t>(0, 25);
    const auto old_size = *rc::gen::oneOf(
        rc::gen::inRange<std::size_t>(0, 25),
        rc::gen::just(cosigned.empty() ? std::size_t{0} : cosigned.back().size.value));
    const std::vector<Hash> tree(whole[branch].begin(),
                                 whole[branch].begin() + static_cast<std::ptrdiff_t>(size));
    const WitnessStep step = memory.post(growth(tree, old_size));
    if (step.head) cosigned.push_back(*step.head);
    RC_ASSERT(step.head.has_value() == (step.answer.status == 200));
  }
  std::size_t fits = 0;
  for (const std::vector<Hash>& branch : whole) {
    bool all = true;
    std::uint64_t last = 0;
    for (const Checkpoint& checkpoint : cosigned) {
      const std::vector<Hash> tree(
          branch.begin(), branch.begin() + static_cast<std::ptrdiff_t>(checkpoint.size.value));
      all = all && root_of(tree) == checkpoint.root && checkpoint.size.value >= last;
      last = checkpoint.size.value;
    }
    if (all) ++fits;
  }
  RC_ASSERT(fits >= 1U);
}

}  // namespace
}  // namespace detente::record
