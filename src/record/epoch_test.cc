// SPDX-License-Identifier: Apache-2.0
// Method: a second log that names the end of a first one, and every way in which it may not.
#include "record/epoch.h"

#include <gtest/gtest.h>

#include "record/testing_log.h"

namespace detente::record {
namespace {

using testing::TestParty;

// North's next log: the same party and root key, its other keys counted on from another number.
struct NextEpoch {
  TestParty old{"north", 1, std::string(64, 'a')};
  LogOwner owner;
  std::optional<Statement> opening;

  NextEpoch() {
    old.open();
    owner = old.owner();
    owner.log =
        make_signer("north.example/detente/1f2e3d4c/2", KeyType::ed25519, testing::test_key(91))
            .key;
  }
  void opens_after(const std::optional<Head>& previous) {
    JsonWriter body;
    body.begin_object().member("party", "north").member("epoch", 2);
    body.member("log", owner.log.text()).member("witness", owner.witness.text());
    body.member("mirror", owner.mirror.text());
    if (previous) {
      body.name("previous").begin_object().member("origin", previous->origin.value);
      body.member("size", previous->size.value).member("root", to_base64(previous->root));
      body.end_object();
    }
    body.end_object();
    StatementDraft draft = old.draft("log.open", body.take());
    draft.log = Origin{owner.log.name};
    const Envelope envelope = sign_statement(draft, {old.root()});
    LogReader reader(owner);
    const std::string entry = encode_entry({LeafIndex{0}, old.now(), {}}, envelope);
    const Result<Entry> read = reader.append(as_bytes(entry));
    check(read.has_value(), "the next log opens");
    opening = read->statement;
  }
  Errc code() const {
    const Status status = check_next_epoch(*opening, owner, old.owner(), old.checkpoint());
    return status ? Errc{} : status.error().code;
  }
};

TEST(Epoch, ThatNamesNoLogOrAnotherOneFollowsNothing) {
  NextEpoch next;
  next.opens_after(std::nullopt);
  EXPECT_EQ(next.code(), Errc::checkpoint_origin);
  Head head = next.old.head();
  head.origin.value = "north.example/detente/1f2e3d4c/0";
  next.opens_after(head);
  EXPECT_EQ(next.code(), Errc::checkpoint_origin);
}

TEST(Epoch, ThatLeavesOutEntriesOrNamesAnotherRootIsAConflict) {
  NextEpoch next;
  const Head before = next.old.head();
  Head other = before;
  other.root[0] ^= 1;
  next.opens_after(other);
  EXPECT_EQ(next.code(), Errc::checkpoint_conflict);
  ASSERT_TRUE(next.old.append("note.text", R"({"text":"x"})", {next.old.duty_1()}));
  next.opens_after(before);
  EXPECT_EQ(next.code(), Errc::checkpoint_conflict);
}

TEST(Epoch, WhoseOldLogIsNotWholeAtHandIsSaidToBeSo) {
  NextEpoch next;
  Head longer = next.old.head();
  ++longer.size.value;
  next.opens_after(longer);
  EXPECT_EQ(next.code(), Errc::checkpoint_smaller);
}

TEST(Epoch, OfAnotherPartyOrRootKeyIsRefused) {
  NextEpoch next;
  next.opens_after(next.old.head());
  LogOwner other = next.owner;
  other.party = "south";
  EXPECT_EQ(
      check_next_epoch(*next.opening, other, next.old.owner(), next.old.checkpoint()).error().code,
      Errc::entry_wrong_log);
  other = next.owner;
  other.root = testing::test_key(77).public_key();
  EXPECT_EQ(
      check_next_epoch(*next.opening, other, next.old.owner(), next.old.checkpoint()).error().code,
      Errc::entry_wrong_log);
}

TEST(Epoch, ThatNamesTheLastHeadFollows) {
  NextEpoch next;
  ASSERT_TRUE(next.old.append("log.close", R"({"reason":"the disk was lost"})", {next.old.root()}));
  next.opens_after(next.old.head());
  EXPECT_EQ(next.code(), Errc{});
  EXPECT_EQ(previous_of(*next.opening)->value(), next.old.head());
}

}  // namespace
}  // namespace detente::record
