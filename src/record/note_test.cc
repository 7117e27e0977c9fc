// SPDX-License-Identifier: Apache-2.0
// Method: the worked example of the signed-note format and a published log (transparency-dev
// Tessera's test data) must come out byte for byte; before that, everything that is almost right.
#include "record/note.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "record/testing_log.h"
#include "record/tiles.h"

namespace detente::record {
namespace {

using testing::test_key;

const std::string kData = DETENTE_SOURCE_DIR "/../shared/data/record/";

std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

const Signer kLog = make_signer("north.example/log", KeyType::ed25519, test_key(1));
const Signer kWitness = make_signer("south/witness", KeyType::cosignature_v1, test_key(2));
const Signer kMirror = make_signer("south/mirror", KeyType::cosignature_v1, test_key(3));
const std::string kText = Checkpoint{Origin{"north.example/log"}, TreeSize{7}, Hash{}}.text();

Note signed_note() {
  Note note{kText, {}};
  note.signatures = {sign_note(kLog, kText), cosign(kWitness, kText, UtcMs{1'468'562'400'999})};
  return note;
}

TEST(VerifierKey, RefusesAllButItsOneForm) {
  const std::string good = kLog.key.text();
  ASSERT_TRUE(parse_vkey(good));
  EXPECT_EQ(*parse_vkey(good), kLog.key);
  const std::string id = fmt::format("{:08x}", kLog.key.id());
  std::string upper = good;
  std::transform(upper.begin() + 18, upper.begin() + 26, upper.begin() + 18,
                 [](char c) { return static_cast<char>(std::toupper(c)); });
  VerifierKey small_order{"x", KeyType::ed25519, {}};
  small_order.key[0] = 1;
  for (const std::string& bad :
       {std::string(), std::string("a"), std::string("a+b"), "+" + good, good + "=", good + " ",
        good.substr(1), good.substr(0, good.size() - 4), upper, "a b" + good, "\xE3\x80\x80" + good,
        "\n" + good, std::string(300, 'n') + good, small_order.text()}) {
    const Result<VerifierKey> parsed = parse_vkey(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().code, Errc::vkey_malformed);
  }
  VerifierKey other_type = kLog.key;
  other_type.type = KeyType{0x02};
  EXPECT_FALSE(parse_vkey(other_type.text()));
}

TEST(Note, RefusesMalformedOnes) {
  const std::string good = signed_note().encode();
  ASSERT_TRUE(parse_note(good));
  const std::string line = good.substr(kText.size() + 1);
  std::string many = kText + "\n";
  for (int i = 0; i < 65; ++i) many += "\xE2\x80\x94 k AAAAAAA=\n";
  for (const std::string& bad : {std::string(),
                                 std::string("\n"),
                                 std::string("\n\n"),
                                 kText,
                                 kText + "\n",
                                 good.substr(0, good.size() - 1),
                                 good + "\n",
                                 good + "x\n",
                                 kText + line,
                                 kText + "\n- k AAAAAAA=\n",
                                 kText + "\n\xE2\x80\x94 k AAAAAA==\n",
                                 kText + "\n\xE2\x80\x94 k AAAAAAB=\n",
                                 kText + "\n\xE2\x80\x94 k+x AAAAAAA=\n",
                                 kText + "\n\xE2\x80\x94  AAAAAAA=\n",
                                 kText + "\n\xE2\x80\x94 k  AAAAAAA=\n",
                                 "\r" + good,
                                 "\xff" + good,
                                 std::string("\0", 1) + good,
                                 many,
                                 std::string(70'000, 'a') + good}) {
    const Result<Note> note = parse_note(bad);
    ASSERT_FALSE(note) << bad.substr(0, 200);
    EXPECT_EQ(note.error().code, Errc::note_malformed);
  }
}

TEST(Note, SplitsAtTheLastBlankLine) {
  const std::string text = "a\n\nb\n";
  const Note note{text, {sign_note(kLog, text)}};
  const Result<Note> parsed = parse_note(note.encode());
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->text, text);
  EXPECT_TRUE(verify_note(*parsed, kLog.key));
}

TEST(Note, RefusesOneBadLineOfAKnownKeyEvenBesideAGoodOne) {
  Note note = signed_note();
  EXPECT_EQ(verify_note(note, kMirror.key).error().code, Errc::note_unsigned);
  note.signatures.push_back(note.signatures[0]);
  note.signatures.back().bytes[5] ^= 1;
  EXPECT_EQ(verify_note(note, kLog.key).error().code, Errc::note_bad_signature);
  note.signatures.back().bytes.pop_back();
  EXPECT_EQ(verify_note(note, kLog.key).error().code, Errc::note_bad_signature);
  note.signatures.pop_back();
  EXPECT_TRUE(verify_note(note, kLog.key));
  note.text += "x\n";
  EXPECT_EQ(verify_note(note, kLog.key).error().code, Errc::note_bad_signature);
}

TEST(Note, IgnoresLinesOfUnknownKeysUnlessEveryLineIsOurs) {
  Note note = signed_note();
  note.signatures.push_back({"stranger", 1, Bytes(64)});
  EXPECT_TRUE(verify_note(note, kLog.key));
  EXPECT_EQ(verify_all_lines(note, {kLog.key, kWitness.key}).error().code, Errc::note_unknown_key);
  note.signatures.pop_back();
  EXPECT_TRUE(verify_all_lines(note, {kLog.key, kMirror.key, kWitness.key}));
  note.signatures.push_back(note.signatures[1]);
  EXPECT_EQ(verify_all_lines(note, {kLog.key, kWitness.key}).error().code, Errc::note_malformed);
  note.signatures.pop_back();
  note.signatures[1].bytes[0] ^= 1;  // the time
  EXPECT_EQ(verify_all_lines(note, {kLog.key, kWitness.key}).error().code,
            Errc::note_bad_signature);
}

TEST(Cosignature, CoversItsTimeAndItsKeyOnly) {
  Note note = signed_note();
  EXPECT_EQ(verify_cosignature(note, kWitness.key).value(), UtcMs{1'468'562'400'000});
  EXPECT_EQ(verify_cosignature(note, kMirror.key).error().code, Errc::note_unsigned);
  // The witness's bytes under the mirror's name: the signed message does not name the cosigner,
  // so only the key can tell them apart.
  note.signatures[1].name = kMirror.key.name;
  note.signatures[1].key_id = kMirror.key.id();
  EXPECT_EQ(verify_cosignature(note, kMirror.key).error().code, Errc::note_bad_signature);
  EXPECT_EQ(cosignature_time(note.signatures[0]), std::nullopt);
}

TEST(Cosignature, OfTheSameKeyTwiceCountsTheNewest) {
  Note note = signed_note();
  note.signatures.push_back(cosign(kWitness, kText, UtcMs{1'468'562'500'000}));
  EXPECT_EQ(verify_cosignature(note, kWitness.key).value(), UtcMs{1'468'562'500'000});
  note.signatures[2].bytes.assign(72, 0xff);  // a time that no calendar has
  EXPECT_EQ(verify_cosignature(note, kWitness.key).error().code, Errc::note_bad_signature);
}

TEST(Checkpoint, RefusesAllButItsOneForm) {
  ASSERT_TRUE(parse_checkpoint(kText));
  EXPECT_EQ(parse_checkpoint(kText)->text(), kText);
  const std::string root = to_base64(Hash{});
  for (const std::string& bad :
       {std::string(), std::string("\n"), std::string("\n\n\n"), "o\n7\n" + root,
        "o\n07\n" + root + "\n", "o\n+7\n" + root + "\n", "o\n-7\n" + root + "\n",
        "o\n7 \n" + root + "\n", "o\n\n" + root + "\n", "\n7\n" + root + "\n",
        "o o\n7\n" + root + "\n", "o+o\n7\n" + root + "\n", "o\n7\n" + root.substr(4) + "\n",
        "o\n7\n" + root + "\nextension\n", "o\n7\n" + root + "\n\n", std::string("o\n7\n\n"),
        std::string("o\n7\n"), "o\n9223372036854775808\n" + root + "\n",
        "o\n99999999999999999999999\n" + root + "\n"}) {
    const Result<Checkpoint> parsed = parse_checkpoint(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().code, Errc::checkpoint_malformed);
  }
}

RC_GTEST_PROP(Note, EveryFlippedBitIsRefusedByVerifyAllLines, ()) {
  std::string bytes = signed_note().encode();
  const auto bit = *rc::gen::inRange<std::size_t>(0, bytes.size() * 8);
  bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
  const Result<Note> note = parse_note(bytes);
  if (note) {
    RC_ASSERT(note->encode() == bytes);
    RC_ASSERT(!verify_all_lines(*note, {kLog.key, kWitness.key}));
  }
}

TEST(NoteVectors, TheExampleOfTheFormatVerifies) {
  const std::string path = kData + "signed-note-example.txt";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not there";
  const Result<Note> note = parse_note(read_text(path));
  ASSERT_TRUE(note);
  EXPECT_EQ(note->encode(), read_text(path));
  std::string vkey = read_text(kData + "signed-note-example.vkey.txt");
  while (!vkey.empty() && vkey.back() == '\n') vkey.pop_back();
  const Result<VerifierKey> key = parse_vkey(vkey);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->id(), 0x530d903aU);
  EXPECT_TRUE(verify_note(*note, *key));
}

// The field after `label` on its line.
std::string field(const std::string& text, const std::string& label) {
  const std::size_t at = text.find(label);
  check(at != std::string::npos, "the key file has another form");
  const std::size_t begin = at + label.size();
  return text.substr(begin, text.find('\n', begin) - begin);
}

TEST(NoteVectors, ThePublishedLogIsRebuiltByteForByte) {
  const std::string folder = kData + "tessera-log/";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << folder << " is not there";
  const std::string keys = read_text(kData + "tessera-log-key.txt");
  const std::string secret = field(keys, "private (signed-note form): ");
  const Result<VerifierKey> vkey = parse_vkey(field(keys, "public (vkey): "));
  ASSERT_TRUE(vkey);
  const std::string typed_text = secret.substr(secret.find('+', secret.find('+', 12) + 1) + 1);
  const Bytes typed = from_base64(typed_text).value();
  ASSERT_EQ(typed.size(), 33U);
  crypto::Seed seed{};
  std::copy(typed.begin() + 1, typed.end(), seed.begin());
  const Signer signer =
      make_signer(vkey->name, KeyType::ed25519, crypto::SecretKey::from_seed(seed));
  ASSERT_EQ(signer.key, *vkey);

  std::istringstream words(field(keys, "no trailing newline: "));
  TileWriter writer;
  for (int n = 0; n <= 15; ++n) {
    const Checkpoint checkpoint{Origin{vkey->name}, writer.size(), writer.root()};
    const std::string text = checkpoint.text();
    const std::string rebuilt = Note{text, {sign_note(signer, text)}}.encode();
    EXPECT_EQ(rebuilt, read_text(folder + fmt::format("checkpoint.{}", n)));
    for (const LogFile& file : writer.take_files()) {
      EXPECT_EQ(as_text(file.bytes), read_text(folder + file.path)) << file.path;
    }
    std::string word;
    if (words >> word) writer.append(to_bytes(word));
  }
}

}  // namespace
}  // namespace detente::record
