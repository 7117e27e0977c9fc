// SPDX-License-Identifier: Apache-2.0
// Method: the worked example of docs/protocol/private-checks.md is made here from its seeds and
// must be what the page has, byte for byte. DETENTE_PRINT_PAGE prints the blocks.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "base/limits.h"
#include "checks/exchange.h"
#include "record/psi_claims.h"
#include "record/testing_page.h"

namespace detente::checks {
namespace {

using record::testing::Blocks;
constexpr std::size_t kFold = 96;

std::string folded(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += kFold) out += text.substr(i, kFold) + "\n";
  return out;
}

std::array<std::uint8_t, 32> filled(std::uint8_t byte) {
  std::array<std::uint8_t, 32> out{};
  out.fill(byte);
  return out;
}

crypto::VoprfKey key_of(std::uint8_t byte) {
  return crypto::VoprfKey::derive(filled(byte), as_bytes("example")).value();
}
// A scalar for a proof: the example's nonces are keys that are used for nothing else.
crypto::VoprfScalar nonce_of(std::uint8_t byte) {
  return key_of(byte).scalar();
}

// North has one cell, south the same and another.
struct Example {
  record::PsiContext context{std::string(64, 'a'), record::PsiPurpose::plans, "2016-07-15",
                             Origin{"north.example/detente/1f2e3d4c/1"},
                             Origin{"south.example/detente/1f2e3d4c/1"}};
  CellKey cell;
  CellKey other;
  record::PsiPrefix prefix = record::psi_prefix(context);
  crypto::VoprfKey north = key_of(1);
  crypto::VoprfKey south = key_of(2);
  ListSecret north_secret = ListSecret::from_bytes(filled(3));
  ListSecret south_secret = ListSecret::from_bytes(filled(4));
  TokenList list{make_list()};
  TokenList their_list{make_their_list()};
  Bytes board;
  Bytes their_board;
  Bytes question;
  AnswerPart answer;

  Example() {
    const Part all{0, 256};
    board = board_file(list, north_secret, list_tags(list, north, all).value());
    their_board = board_file(their_list, south_secret, list_tags(their_list, south, all).value());
    const auto order = question_order(list, north_secret);
    const auto asked = blind(list, north_secret, order, all).value();
    question = elements_file(asked);
    answer = answer_part(south, asked, nonce_of(5)).value();
  }
  TokenList make_list() {
    const auto keys =
        keys_of_point({359'000'000, 366'000'000}, 3'000'000, UtcMs{1'468'562'400'000}, Role::a);
    cell = keys[0];
    other = keys[26];
    return TokenList::make(context, {cell}).value();
  }
  TokenList make_their_list() const {
    std::vector<CellKey> cells = {cell, other};
    std::sort(cells.begin(), cells.end());
    return TokenList::make(context, cells).value();
  }
};

std::string hex_of(std::uint64_t number) {
  return fmt::format("{:016x}", number);
}

Blocks wanted() {
  Example at;
  Blocks out;
  const record::PsiToken token = record::psi_token(at.prefix, at.cell);
  const crypto::VoprfScalar blinding = blind_of(at.north_secret, 0);
  const auto asked = crypto::voprf_blind(token, blinding).value();
  const auto given = at.south.evaluate(std::span(&asked, 1)).value();
  const ByteView input(token);
  const auto output =
      crypto::voprf_finalize(std::span(&input, 1), std::span(&blinding, 1), given).value()[0];
  out["token"] = "prefix    " + to_hex(at.prefix) + "\n" +      //
                 "space     " + hex_of(at.cell.space) + "\n" +  //
                 "altitude  " + fmt::format("{:08x}", at.cell.altitude) + "\n" + "time      " +
                 hex_of(at.cell.time) + "\n" + "token     " + to_hex(token) + "\n";
  out["voprf"] = "blind     " + to_hex(blinding.bytes()) + "\n" + "blinded   " + to_hex(asked) +
                 "\n" + "evaluated " + to_hex(given[0]) + "\n" + "tag       " +
                 to_hex(record::psi_tag(output)) + "\n";
  EXPECT_EQ(at.south.output(token).value(), output);

  const record::PsiHead head{"2016-07-15", "south", record::PsiPurpose::plans};
  record::PsiEpoch epoch{
      head, at.north.public_key(), {UtcMs{1'468'562'400'000}, UtcMs{1'468'584'000'000}}, {}};
  epoch.terms.lateral_mm = 9'260'000;
  epoch.terms.vertical_mm = 304'800;
  epoch.terms.time_ms = 60'000;
  epoch.terms.epoch_tokens = 100'000;
  epoch.terms.posts = 100;
  epoch.terms.repeats = 3;
  epoch.terms.answer_ms = 600'000;
  epoch.terms.footprint_km2 = 100;
  epoch.terms.footprint_ms = 600'000;
  out["epoch"] = folded(record::write_psi_epoch(epoch));
  out["post"] = folded(
      record::write_psi_post({head, commit(at.list, at.north_secret), file_head(at.board, 16),
                              record::psi_dummies_commitment(dummy_seed(at.north_secret))}));
  out["query"] = folded(record::write_psi_query(
      {head, commit(at.list, at.north_secret), file_head(at.question, 32)}));
  const record::PsiHead back{"2016-07-15", "north", record::PsiPurpose::plans};
  out["answer"] = folded(record::write_psi_answer(
      {back, file_head(elements_file(at.answer.evaluated), 32).root, {at.answer.proof}}));
  out["result"] = folded(record::write_psi_result(
      {head, {1}, touched_commitment(at.north_secret, std::vector<std::uint32_t>{0})}));
  const auto claim = record::open_board(at.prefix, at.cell, at.south, nonce_of(6), at.their_board);
  EXPECT_EQ(record::judge_board_claim(at.prefix, at.south.public_key(),
                                      file_head(at.their_board, 16), *claim)
                .value(),
            true);
  out["claim"] = folded(to_hex(record::encode_psi_claim(*claim)));
  return out;
}

TEST(PrivateChecksPage, HasWhatItsSeedsGive) {
  std::ifstream in(DETENTE_SOURCE_DIR "/docs/protocol/private-checks.md");
  ASSERT_TRUE(in.good());
  const Blocks page = record::testing::named_blocks(in);
  const Blocks blocks = wanted();
  for (const auto& [name, text] : blocks) {
    if (std::getenv("DETENTE_PRINT_PAGE") != nullptr) {
      std::cout << "```text " << name << "\n" << text << "```\n\n";
    }
    const auto found = page.find(name);
    EXPECT_TRUE(found != page.end() && found->second == text) << name;
  }
  EXPECT_EQ(page.size(), blocks.size());
}

// North learns its one cell, and nothing of south's other.
TEST(PrivateChecksPage, ItsExampleFindsTheCellInCommon) {
  Example at;
  const auto order = question_order(at.list, at.north_secret);
  auto learnt = learn(at.list, at.north_secret, order, at.answer.evaluated, {0, 256}).value();
  sort_learnt(learnt);
  EXPECT_EQ(compare(learnt, at.their_board), std::vector<std::uint32_t>{0});
}

}  // namespace
}  // namespace detente::checks
