// SPDX-License-Identifier: Apache-2.0
// Method: an honest owner's opened entries pass; then one thing at a time is not as it should be:
// an entry that is no place's, one of another list, one that is a dummy and none, other entries
// than the drawn ones.
#include "checks/board_audit.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/limits.h"
#include "checks/cover_check.h"
#include "checks/testing_pair.h"
#include "geo/cells.h"

namespace detente::checks {
namespace {

using record::Ref;
using testing::counted;
using testing::origin_of;
using testing::Pair;

constexpr std::int64_t kLateral = 5'000'000;

geo::Area place_of(int number) {
  return geo::Area::make(geo::Circle{{350'000'000 + number * 1'000'000, 363'000'000}, 500'000})
      .value();
}
// A field's value is the place's number.
std::vector<geo::Area> read_places(const record::OpenedField& field) {
  return {place_of(std::stoi(field.value))};
}

// South owns a list of six places, in two contents.
struct Owned {
  Owned() : pair(record::PsiPurpose::sites) {
    std::vector<geo::Area> places;
    for (int content = 0; content < 2; ++content) {
      std::vector<record::ContentField> fields;
      for (int i = 0; i < 3; ++i) {
        fields.push_back({std::to_string(i), std::to_string(content * 3 + i)});
        places.push_back(place_of(content * 3 + i));
      }
      contents.push_back(record::Content::make(fields, "sites/v1").value());
      keys.push_back(crypto::Secret32::generate(counted("content" + std::to_string(content))));
      refs.push_back({origin_of("south"), LeafIndex{static_cast<std::uint64_t>(content)}, Hash{9}});
      logged.lists[refs.back()] = record::commit_content(contents.back(), keys.back());
    }
    CoverSettings settings;
    settings.space_finest = 11;
    cells = all_keys(cover_places(places, kLateral, Role::b, settings).value(), Role::b);
    logged.context = pair.context();
    logged.terms = testing::pair_terms();
    logged.terms.lateral_mm = kLateral;
    logged.key = key.public_key();
    post();
  }

  // Puts the cells on the board and draws.
  void post() {
    list.emplace(TokenList::make(logged.context, cells).value());
    const auto tags = list_tags(*list, key, {0, list->padded()}).value();
    board = board_file(*list, secret, tags);
    logged.post = {pair.head("south"), commit(*list, secret), file_head(board, 16),
                   record::psi_dummies_commitment(dummy_seed(secret))};
    // A draw with several tokens and dummies.
    const std::vector<std::uint32_t> order = board_order({*list, secret, key, board}).value();
    std::ptrdiff_t tokens = 0;
    for (std::uint8_t leaf = 0; tokens < 3 || tokens > 13; ++leaf) {
      logged.places = drawn_places(std::array{Hash{1}, Hash{2}}, Hash{leaf}, logged.post.tags.n);
      tokens = std::count_if(logged.places.begin(), logged.places.end(),
                             [&](std::uint32_t place) { return order[place] < list->size(); });
    }
  }
  OpenedBoard open() {
    const BoardOwner owner{*list, secret, key, board};
    const std::vector<std::uint32_t> order = board_order(owner).value();
    OpenedBoard out{dummy_seed(secret), {}};
    for (const std::uint32_t place : logged.places) {
      OpenedEntry& entry = out.entries.emplace_back();
      if (order[place] >= list->size()) {
        entry.dummy = open_dummy(owner, order[place]);
        continue;
      }
      entry.token = open_token(owner, order[place], crypto::VoprfScalar::generate(nonces)).value();
      add_place(*entry.token);
    }
    return out;
  }
  void add_place(OpenedToken& token) {
    for (int i = 0; i < 6; ++i) {
      if (!is_near(place_of(i), kLateral, Role::b, token.board.cell.space)) continue;
      const auto content = static_cast<std::size_t>(i / 3);
      token.list = refs[content];
      token.field =
          record::open_fields(contents[content], keys[content], {std::to_string(i % 3)}).value();
      return;
    }
  }
  BoardFault fault(const OpenedBoard& opened) const {
    return audit_board(opened, logged, read_places).fault;
  }

  Pair pair;
  std::vector<record::Content> contents;
  std::vector<crypto::Secret32> keys;
  std::vector<Ref> refs;
  std::vector<CellKey> cells;
  ListSecret secret = ListSecret::generate(counted("board"));
  crypto::VoprfKey key = crypto::VoprfKey::generate(counted("epoch"));
  crypto::Random nonces = counted("nonces");
  std::optional<TokenList> list;
  Bytes board;
  LoggedBoard logged;
};

template <class Pick>
OpenedEntry& first(OpenedBoard& opened, Pick pick) {
  return *std::find_if(opened.entries.begin(), opened.entries.end(), pick);
}
const auto is_token = [](const OpenedEntry& entry) { return entry.token.has_value(); };
const auto is_dummy = [](const OpenedEntry& entry) { return entry.dummy.has_value(); };

TEST(BoardAudit, LetsAnHonestBoardPass) {
  Owned owned;
  ASSERT_GT(owned.cells.size(), 40U);
  OpenedBoard opened = owned.open();
  ASSERT_GE(opened.entries.size(), limits::kCheckAuditTags - 3);
  ASSERT_TRUE(std::any_of(opened.entries.begin(), opened.entries.end(), is_token));
  ASSERT_TRUE(std::any_of(opened.entries.begin(), opened.entries.end(), is_dummy));
  EXPECT_EQ(owned.fault(opened), BoardFault::none);
}

TEST(BoardAudit, DrawsWhatNobodyChose) {
  const std::array seeds = {Hash{1}, Hash{2}};
  const std::vector<std::uint32_t> places = drawn_places(seeds, Hash{3}, 65'536);
  EXPECT_EQ(places.size(), limits::kCheckAuditTags);
  EXPECT_TRUE(std::is_sorted(places.begin(), places.end()));
  EXPECT_NE(places, drawn_places(seeds, Hash{4}, 65'536));
  EXPECT_NE(places, drawn_places(std::array{Hash{1}, Hash{5}}, Hash{3}, 65'536));
  for (const std::uint32_t place : drawn_places(seeds, Hash{3}, 5)) EXPECT_LT(place, 5U);
  EXPECT_TRUE(drawn_places(seeds, Hash{3}, 0).empty());
}

// A map of everything as a board: cells that no committed place has.
TEST(BoardAudit, FindsAnEntryThatIsOfNoPlace) {
  Owned owned;
  std::uint64_t far = geo::cell_parent(geo::leaf_cell({-100'000'000, 100'000'000}), 9);
  while (owned.cells.size() < 200) {
    owned.cells.push_back({far, 0, 0});
    far = geo::cell_parent(
        geo::leaf_cell(
            {-100'000'000 + 5'000'000 * static_cast<std::int32_t>(owned.cells.size() % 100),
             100'000'000 + 2'000'000 * static_cast<std::int32_t>(owned.cells.size())}),
        9);
  }
  std::sort(owned.cells.begin(), owned.cells.end());
  owned.cells.erase(std::unique(owned.cells.begin(), owned.cells.end()), owned.cells.end());
  owned.post();
  OpenedBoard opened = owned.open();
  EXPECT_EQ(owned.fault(opened), BoardFault::place);
}

TEST(BoardAudit, FindsATagOfAnotherTokenAndATokenOfAnotherList) {
  Owned owned;
  const OpenedBoard honest = owned.open();
  OpenedBoard opened = honest;
  // The first and the last opened token change places.
  OpenedEntry& one = first(opened, is_token);
  const auto last = std::find_if(opened.entries.rbegin(), opened.entries.rend(), is_token);
  ASSERT_NE(&one, &*last);
  std::swap(one, *last);
  EXPECT_EQ(owned.fault(opened), BoardFault::tag);
  opened = honest;
  first(opened, is_token).token->commit.salt[0] ^= 1;
  EXPECT_EQ(owned.fault(opened), BoardFault::committed);
  opened = honest;
  first(opened, is_token).token->commit = last->token->commit;
  EXPECT_EQ(owned.fault(opened), BoardFault::committed);
  opened = honest;
  owned.logged.key = crypto::VoprfKey::generate(counted("other")).public_key();
  EXPECT_EQ(owned.fault(opened), BoardFault::tag);
}

TEST(BoardAudit, FindsAPlaceThatWasNotCommittedTo) {
  Owned owned;
  const OpenedBoard honest = owned.open();
  OpenedBoard opened = honest;
  first(opened, is_token).token->field.front().value = "5";
  EXPECT_EQ(owned.fault(opened), BoardFault::place) << "the content has another place there";
  opened = honest;
  first(opened, is_token).token->list = {origin_of("south"), LeafIndex{77}, Hash{9}};
  EXPECT_EQ(owned.fault(opened), BoardFault::place) << "the post names no such list";
  opened = honest;
  first(opened, is_token).token->field.clear();
  EXPECT_EQ(owned.fault(opened), BoardFault::place);
}

TEST(BoardAudit, FindsADummyThatIsNoneAndOtherEntriesThanTheDrawnOnes) {
  Owned owned;
  const OpenedBoard honest = owned.open();
  OpenedBoard opened = honest;
  first(opened, is_dummy).dummy->number ^= 1;
  EXPECT_EQ(owned.fault(opened), BoardFault::dummy);
  opened = honest;
  first(opened, is_dummy).dummy->at.tag[3] ^= 1;
  EXPECT_EQ(owned.fault(opened), BoardFault::tag);
  opened = honest;
  opened.dummies[0] ^= 1;
  EXPECT_EQ(owned.fault(opened), BoardFault::dummy);
  opened = honest;
  opened.entries.pop_back();
  EXPECT_EQ(owned.fault(opened), BoardFault::entries);
  opened = honest;
  first(opened, is_dummy) = {};
  EXPECT_EQ(owned.fault(opened), BoardFault::entries);
}

// Tags that are neither the list's nor dummies: their owner can open nothing.
TEST(BoardAudit, AnOwnerCannotOpenABoardThatIsNotOfItsList) {
  Owned owned;
  owned.board[5] ^= 1;
  const BoardOwner owner{*owned.list, owned.secret, owned.key, owned.board};
  EXPECT_EQ(board_order(owner).error().code, Errc::checks_file);
}

}  // namespace
}  // namespace detente::checks
