// SPDX-License-Identifier: Apache-2.0
#include "store/kept_notes.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "store/node_store.h"

namespace detente::store {
namespace {

namespace fs = std::filesystem;

class KeptNotesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "detente notes?%XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override { fs::remove_all(root_); }
  std::string folder() const { return (root_ / "north").string(); }

  fs::path root_;
};

TEST_F(KeptNotesTest, AreReadBesideTheProcessThatHasTheFolder) {
  Result<NodeStore> store = NodeStore::open(folder());
  ASSERT_TRUE(store.has_value()) << store.error().text();
  for (const char* note : {"first", "second"}) {
    ASSERT_TRUE(store->carry_out(node::Effect{node::KeepNote{Origin{"o"}, note}}).has_value());
  }
  const Result<std::vector<std::string>> notes = kept_notes(folder());
  ASSERT_TRUE(notes.has_value()) << notes.error().text();
  EXPECT_EQ(*notes, (std::vector<std::string>{"first", "second"}));
}

TEST_F(KeptNotesTest, OfAFolderAtRestAndNothingIsChanged) {
  {
    Result<NodeStore> store = NodeStore::open(folder());
    ASSERT_TRUE(store.has_value());
    ASSERT_TRUE(store->carry_out(node::Effect{node::KeepNote{Origin{"o"}, "kept"}}).has_value());
  }
  const auto before = fs::last_write_time(folder() + "/node.db");
  EXPECT_EQ(*kept_notes(folder()), std::vector<std::string>{"kept"});
  EXPECT_EQ(fs::last_write_time(folder() + "/node.db"), before);
}

TEST_F(KeptNotesTest, WithoutADatabaseAreReadFromTheirFiles) {
  fs::create_directories(folder() + "/notes");
  std::ofstream(folder() + "/notes/aa.note") << "a note";
  std::ofstream(folder() + "/notes/bb.txt") << "something else";
  EXPECT_EQ(*kept_notes(folder()), std::vector<std::string>{"a note"});
  EXPECT_TRUE(kept_notes((root_ / "nowhere").string())->empty());
}

TEST_F(KeptNotesTest, ADatabaseThatIsNoneIsAnError) {
  fs::create_directories(folder());
  std::ofstream(folder() + "/node.db") << std::string(5000, 'x');
  const Result<std::vector<std::string>> notes = kept_notes(folder());
  ASSERT_FALSE(notes.has_value());
  EXPECT_EQ(notes.error().code, Errc::store_corrupt);
}

}  // namespace
}  // namespace detente::store
