// SPDX-License-Identifier: Apache-2.0
// Method: claims that are spoiled in one place each, after those that are right; the bytes of every
// kind there and back; and the draw against its share. Whole exchanges are in src/checks.
#include "record/psi_claims.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>

#include "base/limits.h"
#include "crypto/hash.h"

namespace detente::record {
namespace {

using crypto::VoprfKey;
using crypto::VoprfScalar;

crypto::Random seeded(std::uint64_t seed) {
  return [engine = std::mt19937_64(seed)](std::span<std::uint8_t> out) mutable {
    for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(engine());
  };
}

constexpr PsiCell kCell{0x89c2590000000000, 10U << 24U | 17, 9ULL << 56U | 2'868'285};

// A board of `n` tags that holds the cell, or not.
struct Board {
  explicit Board(std::size_t n, bool holds) {
    std::vector<PsiTag> tags;
    for (std::size_t i = 0; tags.size() < n - (holds ? 1 : 0); ++i) {
      tags.push_back(psi_dummy_tag(Hash{}, i));
    }
    if (holds) tags.push_back(psi_tag(key.output(psi_token(prefix, kCell)).value()));
    std::sort(tags.begin(), tags.end());
    for (const PsiTag& tag : tags) file.insert(file.end(), tag.begin(), tag.end());
    head = {n, root_of(psi_leaves(file, sizeof(PsiTag)))};
  }
  PsiBoardClaim claim() {
    return open_board(prefix, kCell, key, VoprfScalar::generate(random), file).value();
  }
  Result<bool> judge(const PsiBoardClaim& claim) const {
    return judge_board_claim(prefix, key.public_key(), head, claim);
  }

  crypto::Random random = seeded(1);
  VoprfKey key = VoprfKey::generate(random);
  PsiPrefix prefix =
      psi_prefix({std::string(64, 'a'), PsiPurpose::plans, "e", Origin{"a"}, Origin{"b"}});
  Bytes file;
  PsiFile head;
};

template <class T>
Errc code_of(const Result<T>& result) {
  return result ? Errc{} : result.error().code;
}

TEST(PsiClaims, ShowACellToBeOnABoardOrNot) {
  for (const std::size_t n : {1U, 2U, 3U, 255U, 256U}) {
    Board with(n, true);
    EXPECT_EQ(with.judge(with.claim()).value(), true) << n;
    Board without(n, false);
    EXPECT_EQ(without.judge(without.claim()).value(), false) << n;
  }
}

TEST(PsiClaims, RefuseATagOfAnotherKeyCellOrPlace) {
  Board board(256, true);
  const PsiBoardClaim good = board.claim();
  PsiBoardClaim bad = good;
  bad.cell.time ^= 1;
  EXPECT_EQ(code_of(board.judge(bad)), Errc::claim_unproven);
  bad = good;
  bad.proof[3] ^= 1;
  EXPECT_EQ(code_of(board.judge(bad)), Errc::claim_unproven);
  bad = good;
  bad.tags[0].path.index ^= 1;
  EXPECT_EQ(code_of(board.judge(bad)), Errc::claim_unproven);
  bad = good;
  bad.tags[0].tag[0] ^= 1;
  EXPECT_EQ(code_of(board.judge(bad)), Errc::claim_unproven);
  bad = good;
  bad.tags.clear();
  EXPECT_EQ(code_of(board.judge(bad)), Errc::claim_unproven);
  bad.tags = {good.tags[0], good.tags[0], good.tags[0]};
  EXPECT_EQ(code_of(board.judge(bad)), Errc::claim_unproven);
  const VoprfKey other = VoprfKey::generate(board.random);
  EXPECT_EQ(code_of(judge_board_claim(board.prefix, other.public_key(), board.head, good)),
            Errc::claim_unproven);
}

// What is on the board cannot be shown absent, whichever tags are shown.
TEST(PsiClaims, NoTwoTagsShowAbsentWhatIsThere) {
  Board board(16, true);
  const PsiBoardClaim good = board.claim();
  const auto leaves = psi_leaves(board.file, sizeof(PsiTag));
  const auto at = [&](std::uint32_t i) {
    PsiTagAt out;
    std::copy_n(board.file.begin() + 16 * static_cast<std::ptrdiff_t>(i), 16, out.tag.begin());
    out.path = {i, inclusion_proof(leaves, LeafIndex{i})};
    return out;
  };
  for (std::uint32_t i = 0; i < 16; ++i) {
    PsiBoardClaim bad = good;
    bad.tags = {at(i)};
    EXPECT_NE(board.judge(bad).value_or(true), false);
    for (std::uint32_t j = 0; j < 16; ++j) {
      bad.tags = {at(i), at(j)};
      EXPECT_EQ(code_of(board.judge(bad)), Errc::claim_unproven);
    }
  }
}

std::vector<PsiClaim> one_of_each() {
  Board board(256, false);
  const VoprfScalar blind = VoprfScalar::generate(board.random);
  const auto asked = crypto::voprf_blind(psi_token(board.prefix, kCell), blind).value();
  const auto given = board.key.evaluate(std::span(&asked, 1)).value();
  Bytes question(asked.begin(), asked.end());
  Bytes answer(given[0].begin(), given[0].end());
  const std::vector<Hash> leaves = {psi_commit_leaf({}, psi_token(board.prefix, kCell)), Hash{}};
  return {board.claim(), open_query(kCell, blind, question, 0),
          open_answer(board.key, blind, question, answer, 0).value(),
          open_commit(kCell, {}, leaves, 0)};
}

TEST(PsiClaims, HaveOneFormThereAndBack) {
  for (const PsiClaim& claim : one_of_each()) {
    const Bytes bytes = encode_psi_claim(claim);
    EXPECT_EQ(parse_psi_claim(bytes).value(), claim);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_EQ(code_of(parse_psi_claim(ByteView(bytes).first(size))), Errc::claim_malformed);
    }
    Bytes more = bytes;
    more.push_back(0);
    EXPECT_EQ(code_of(parse_psi_claim(more)), Errc::claim_malformed);
  }
  Bytes bytes = encode_psi_claim(one_of_each()[1]);
  bytes[4] = 9;
  EXPECT_EQ(code_of(parse_psi_claim(bytes)), Errc::claim_malformed);
  EXPECT_EQ(code_of(parse_psi_claim(Bytes(kPsiClaimBytes + 1))), Errc::claim_malformed);
}

// Whatever bytes come, they are refused or have the one form.
TEST(PsiClaims, RandomBytesAreRefusedOrHaveTheOneForm) {
  std::mt19937_64 engine(7);
  for (const PsiClaim& claim : one_of_each()) {
    const Bytes good = encode_psi_claim(claim);
    for (int i = 0; i < 3'000; ++i) {
      Bytes bytes = good;
      bytes[engine() % bytes.size()] = static_cast<std::uint8_t>(engine());
      if (engine() % 3 == 0) bytes.resize(engine() % (bytes.size() + 40));
      const auto parsed = parse_psi_claim(bytes);
      if (parsed) {
        EXPECT_EQ(encode_psi_claim(*parsed), bytes);
      }
    }
  }
}

TEST(PsiClaims, AnOpeningIsUnderAHundredBytes) {
  EXPECT_LT(sizeof(crypto::VoprfElement) + sizeof(crypto::VoprfProof), 100U);
}

TEST(PsiDraw, TakesItsShareAndNeitherSeedAloneDecides) {
  const Hash one = crypto::sha256(as_bytes("one"));
  const Hash two = crypto::sha256(as_bytes("two"));
  int drawn = 0;
  int same = 0;
  for (int i = 0; i < 20'000; ++i) {
    const Hash leaf = crypto::sha256(as_bytes(std::to_string(i)));
    const bool taken = is_drawn(std::array{one, two}, leaf, 50'000);
    drawn += taken ? 1 : 0;
    same += taken && is_drawn(std::array{two, one}, leaf, 50'000) ? 1 : 0;
    EXPECT_TRUE(is_drawn(std::array{one, two}, leaf, 1'000'000));
    EXPECT_FALSE(is_drawn(std::array{one, two}, leaf, 0));
  }
  EXPECT_NEAR(drawn, 1'000, 100);
  EXPECT_LT(same, 100);
}

TEST(PsiStatements, HavePaddingOfFiveSizes) {
  EXPECT_EQ(psi_padded(0), 256U);
  EXPECT_EQ(psi_padded(256), 256U);
  EXPECT_EQ(psi_padded(257), 1'024U);
  EXPECT_EQ(psi_padded(65'536), 65'536U);
  EXPECT_FALSE(psi_padded(65'537));
  EXPECT_FALSE(is_psi_padded(1'000));
  EXPECT_FALSE(is_psi_padded(64));
  EXPECT_TRUE(is_psi_padded(64, PsiUse::sites_question));
  EXPECT_EQ(psi_padded(65, PsiUse::sites_question), 256U);
}

// A body, read; `change` goes from the first text to the second.
Errc read_changed(std::string body, const std::string& from, const std::string& to,
                  Errc (*read)(const JsonReader&)) {
  if (!from.empty()) {
    const std::size_t at = body.find(from);
    check(at != std::string::npos, "the change fits the body");
    body.replace(at, from.size(), to);
  }
  const JsonDocument document = parse_json(body, {.bytes_max = 100'000}).value();
  return read(document.root());
}

TEST(PsiStatements, RefuseWhatTheyDoNotSay) {
  const auto epoch = [](const JsonReader& in) { return code_of(read_psi_epoch(in)); };
  PsiEpoch good{{"e1", "south", PsiPurpose::plans},
                VoprfKey::generate(seeded(3)).public_key(),
                {UtcMs{1'000}, UtcMs{2'000}},
                {}};
  good.terms.epoch_tokens = 256;
  good.terms.posts = 1;
  good.terms.answer_ms = 1'000;
  const std::string body = write_psi_epoch(good);
  EXPECT_EQ(read_changed(body, "", "", epoch), Errc{});
  EXPECT_EQ(read_changed(body, "\"e1\"", "\"e 1\"", epoch), Errc::checks_malformed);
  EXPECT_EQ(read_changed(body, "plans", "plan", epoch), Errc::checks_malformed);
  EXPECT_EQ(read_changed(body, to_base64(good.key), to_base64(Hash{}), epoch), Errc::voprf_element);
  EXPECT_EQ(read_changed(body, "00:00:02Z", "00:00:01Z", epoch), Errc::checks_malformed);
  EXPECT_EQ(read_changed(body, "\"levels\":1", "\"levels\":2", epoch), Errc::json_member_range);
  EXPECT_EQ(read_changed(body, "MSL", "AGL", epoch), Errc::checks_malformed);
  EXPECT_EQ(read_changed(body, "\"terms\"", "\"target\":1,\"terms\"", epoch),
            Errc::json_member_unknown);
  const auto post = [](const JsonReader& in) { return code_of(read_psi_post(in)); };
  const std::string posted = write_psi_post({good.head, {256, {}}, {256, {}}, {}});
  EXPECT_EQ(read_changed(posted, "", "", post), Errc{});
  EXPECT_EQ(read_changed(posted, "256", "257", post), Errc::checks_malformed);
  EXPECT_EQ(read_changed(posted, "256", "65537", post), Errc::json_member_range);
  const auto query = [](const JsonReader& in) { return code_of(read_psi_query(in)); };
  const std::string asked = write_psi_query({good.head, {256, {}}, {256, {}}});
  EXPECT_EQ(read_changed(asked, "", "", query), Errc{});
  EXPECT_EQ(read_changed(asked, "256", "64", query), Errc::checks_malformed);
  EXPECT_EQ(read_changed(write_psi_query({{"e1", "south", PsiPurpose::sites}, {64, {}}, {64, {}}}),
                         "", "", query),
            Errc{});
  const auto answer = [](const JsonReader& in) { return code_of(read_psi_answer(in)); };
  const std::string answered = write_psi_answer({good.head, {}, {crypto::VoprfProof{}}});
  EXPECT_EQ(read_changed(answered, "", "", answer), Errc{});
  EXPECT_EQ(read_changed(answered, "AAA==\"]", "\"]", answer), Errc::checks_malformed);
  const auto result = [](const JsonReader& in) { return code_of(read_psi_result(in)); };
  EXPECT_EQ(read_changed(write_psi_result({good.head, {3, 4}, {}}), "", "", result), Errc{});
}

}  // namespace
}  // namespace detente::record
