// SPDX-License-Identifier: Apache-2.0
//
// Method: the parts of the demonstration that do not need nodes. Children are small programs of the
// system; what they write and how they end must come back as it was. The whole demonstration runs
// in tests/e2e.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>

#include "app/demo_child.h"
#include "app/demo_desk.h"
#include "app/demo_report.h"
#include "app/demo_state.h"
#include "app/identity.h"

namespace detente::app {
namespace {

class DemoTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = std::filesystem::temp_directory_path() / "detente-demo-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  std::string path(const char* name) const { return folder_ + "/" + name; }

 private:
  std::string folder_;
};

TEST_F(DemoTest, NamesAProgramThatIsNotThere) {
  const Result<ChildProcess> child = ChildProcess::start({path("none")}, path("log"));
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().code, Errc::store_not_found);
}

TEST_F(DemoTest, TellsTheExitCodeAndTheLastLinesOfACommandThatFails) {
  const Status before = run_command({"/bin/sh", "-c", "echo of an earlier run"}, path("log"));
  ASSERT_TRUE(before);
  const Status failed =
      run_command({"/bin/sh", "-c", "echo first; echo why >&2; exit 3"}, path("log"));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Errc::child_failed);
  EXPECT_NE(failed.error().detail.find("exit code 3"), std::string::npos);
  EXPECT_NE(failed.error().detail.find("first\nwhy"), std::string::npos);
  EXPECT_EQ(failed.error().detail.find("earlier"), std::string::npos);
}

TEST_F(DemoTest, KeepsOnlyTheLastLines) {
  Result<ChildProcess> child =
      ChildProcess::start({"/bin/sh", "-c", "for i in 1 2 3 4 5; do echo $i; done"}, path("log"));
  ASSERT_TRUE(child);
  EXPECT_EQ(child->wait(), 0);
  EXPECT_EQ(child->last_lines(2), "4\n5");
}

TEST_F(DemoTest, SaysThatASignalEndedAChild) {
  Result<ChildProcess> child = ChildProcess::start({"/bin/sh", "-c", "kill -9 $$"}, path("log"));
  ASSERT_TRUE(child);
  EXPECT_EQ(child->wait(), 128 + SIGKILL);
}

TEST_F(DemoTest, EndsAChildThatIgnoresTheFirstRequest) {
  Result<ChildProcess> child = ChildProcess::start(
      {"/bin/sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done"}, path("log"));
  ASSERT_TRUE(child);
  while (child->last_lines().empty()) ASSERT_FALSE(child->ended());
  EXPECT_EQ(child->stop(100), 128 + SIGKILL);
  EXPECT_EQ(child->stop(), 128 + SIGKILL);
}

TEST_F(DemoTest, RefusesAStateFileThatIsNotItsOwn) {
  for (const char* text : {"", "{}", "[1]", "{\"seed\":7}", "{\"seed\":\"1\",\"now\":\"never\"}"}) {
    ASSERT_TRUE(write_text_file(path("demo.json"), text));
    EXPECT_FALSE(load_demo_state(path("demo.json"))) << text;
  }
}

TEST_F(DemoTest, FindsItsStateAgain) {
  const auto none = load_demo_state(path("demo.json"));
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->has_value());
  DemoState state;
  state.seed = 18'446'744'073'709'551'615ULL;
  state.now = UtcMs{1'468'656'000'123};
  state.acts_done = 12;
  state.starts = 2;
  state.over = true;
  state.stops = {{"stop-1", "00112233445566778899aabbccddeeff"}};
  state.failures = {"a \"quoted\" line"};
  ASSERT_TRUE(save_demo_state(path("demo.json"), state));
  const auto again = load_demo_state(path("demo.json"));
  ASSERT_TRUE(again);
  ASSERT_TRUE(again->has_value());
  EXPECT_EQ((*again)->seed, state.seed);
  EXPECT_EQ((*again)->now, state.now);
  EXPECT_EQ((*again)->acts_done, 12U);
  EXPECT_EQ((*again)->starts, 2U);
  EXPECT_TRUE((*again)->over);
  EXPECT_EQ((*again)->stops, state.stops);
  EXPECT_EQ((*again)->failures, state.failures);
}

TEST(DemoReportOf, IsGoodOnlyIfThereArePromisesAndAllAreKept) {
  DemoReport report;
  EXPECT_FALSE(report.all_good());
  report.promises = {{"one", true, ""}};
  EXPECT_TRUE(report.all_good());
  report.verified = {{"two", false, "why"}};
  EXPECT_FALSE(report.all_good());
  report.verified = {{"two", true, ""}};
  report.promises.push_back({"three", false, ""});
  EXPECT_FALSE(report.all_good());
}

TEST(DemoQuiet, RefusesAnAnswerThatLacksAMember) {
  for (const char* text : {"{}", "{\"now\":\"2016-07-16T00:00:00Z\",\"busy\":1}",
                           "{\"now\":\"2016-07-16T00:00:00Z\",\"busy\":false,\"heads\":{},"
                           "\"link\":{}}"}) {
    const Result<JsonDocument> document = parse_json(text, {.bytes_max = 1'000});
    ASSERT_TRUE(document);
    EXPECT_FALSE(read_quiet(document->root())) << text;
  }
}

}  // namespace
}  // namespace detente::app
