// SPDX-License-Identifier: Apache-2.0
// Method: the choice of entries is tried on scans that are written here; the command on a folder
// that `init` and `agreement sign` made, whose extract the verifier then reads.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "app/extract_command.h"
#include "app/extract_scan.h"
#include "app/identity.h"
#include "base/limits.h"
#include "detente-verify/extract.h"

namespace detente::app {
namespace {

namespace fs = std::filesystem;

// One log per party; only what the choice looks at.
struct Sky {
  Scan scan;
  ScannedEntry& add(std::size_t log, const std::string& type, const std::string& id,
                    std::vector<std::string> names = {}) {
    while (scan.logs.size() <= log) {
      scan.logs.emplace_back();
      scan.logs.back().source.owner.log.name = scan.logs.size() == 1 ? "north" : "south";
    }
    std::vector<ScannedEntry>& entries = scan.logs[log].entries;
    ScannedEntry entry;
    entry.index = LeafIndex{entries.size()};
    entry.time = UtcMs{clock_ += 1000};
    entry.type = type;
    entry.id = id;
    entry.names = std::move(names);
    entries.push_back(std::move(entry));
    return entries.back();
  }
  record::Ref last(std::size_t log) const {
    return {Origin{scan.logs[log].source.owner.log.name}, scan.logs[log].entries.back().index, {}};
  }

 private:
  std::int64_t clock_ = 0;
};

std::string places(const record::ExtractRequest::Places& places) {
  std::string out;
  for (const auto& [origin, index] : places) {
    out += origin.value.substr(0, 1) + std::to_string(index.value) + " ";
  }
  return out;
}

// An activity of north with an answer, a finding, STOPs and receipts, among other things.
Sky example() {
  Sky sky;
  sky.add(0, "log.open", "o");                                                  // n0
  sky.add(0, "activity.propose", "aa").all_spans = {{UtcMs{0}, UtcMs{8'500}}};  // n1, 2 s
  const record::Ref proposal = sky.last(0);
  sky.add(1, "activity.concur", "c", {"aa"});     // s0
  sky.add(1, "ack.read", "r").refs = {proposal};  // s1
  sky.add(0, "activity.propose", "bb");           // n2
  sky.add(1, "stop.send", "s").stops_all = true;  // s2, 6 s
  sky.add(0, "stop.ack", "k", {"s"});             // n3
  sky.add(1, "finding.open", "f", {"aa", "ff"});  // s3
  sky.add(1, "finding.close", "g", {"ff"});       // s4, 9 s
  sky.add(1, "stop.send", "t").stops_all = true;  // s5, after the activity's end
  sky.add(0, "activity.withdraw", "w", {"bb"});   // n4
  return sky;
}

TEST(ExtractChoice, AnActivityBringsItsAnswersFindingsStopsAndReceiptsAndNoOther) {
  const Sky sky = example();
  const Result<record::ExtractRequest> found = find_topic(sky.scan, "aa");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(places(found->asked), "n1 n3 s0 s2 s3 s4 ");
  EXPECT_EQ(places(found->about), "s1 ");
}

TEST(ExtractChoice, AStopBringsItsAcknowledgements) {
  const Sky sky = example();
  EXPECT_EQ(places(find_topic(sky.scan, "s")->asked), "n3 s2 ");
  EXPECT_EQ(places(find_topic(sky.scan, "bb")->asked), "n2 n4 ");
  EXPECT_EQ(find_topic(sky.scan, "zz").error().code, Errc::http_not_found);
}

TEST(ExtractChoice, AWindowHoldsWhatWasLoggedInIt) {
  const Sky sky = example();
  const Result<record::ExtractRequest> found =
      find_window(sky.scan, {UtcMs{5'000}, UtcMs{7'000}}, false);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(places(found->asked), "n2 s2 ");
  EXPECT_TRUE(found->about.empty());
  EXPECT_EQ(find_window(sky.scan, {UtcMs{50'000}, UtcMs{60'000}}, false).error().code,
            Errc::http_not_found);
}

TEST(ExtractChoice, APlaceHoldsTheActivitiesThatMeetItInTheWindow) {
  Sky sky = example();
  sky.scan.logs[0].entries[1].spans = {{UtcMs{4'000}, UtcMs{8'500}}};
  EXPECT_EQ(places(find_window(sky.scan, {UtcMs{8'000}, UtcMs{9'000}}, true)->asked),
            "n1 n3 s0 s2 s3 s4 ");
  EXPECT_FALSE(find_window(sky.scan, {UtcMs{0}, UtcMs{4'000}}, true).has_value());
  sky.scan.logs[0].entries[1].spans.clear();
  sky.scan.logs[1].entries[3].in_place = true;
  EXPECT_EQ(places(find_window(sky.scan, {UtcMs{0}, UtcMs{99'000}}, true)->asked),
            "n1 n3 s0 s2 s3 s4 ")
      << "the finding leads to its activity";
}

class ExtractCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "detente-extract-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
    std::vector<std::string> cards;
    for (const char* party : {"north", "south", "monitor"}) {
      InitOptions init;
      init.data = (root_ / party).string();
      init.party = party;
      init.officers = *parse_officers("duty-1:duty_officer,duty-2:duty_officer");
      ASSERT_TRUE(init_folder(init).has_value());
      cards.push_back(init.data + "/card.json");
    }
    const Result<std::string> bound =
        bind_agreement(DETENTE_SOURCE_DIR "/examples/north-west-syria/agreement.json", cards);
    ASSERT_TRUE(bound.has_value()) << bound.error().text();
    ASSERT_TRUE(write_text_file((root_ / "agreement.json").string(), *bound).has_value());
    ASSERT_TRUE(
        sign_agreement((root_ / "north").string(), (root_ / "agreement.json").string(), kDay)
            .has_value());
    options_.data = (root_ / "north").string();
    options_.out = (root_ / "out.extract").string();
    options_.html = (root_ / "out.html").string();
    options_.now = kDay;
  }
  void TearDown() override { fs::remove_all(root_); }

  static constexpr UtcMs kDay{1'468'540'800'000};  // 2016-07-15
  fs::path root_;
  ExtractOptions options_;
};

TEST_F(ExtractCommand, WritesWhatTheVerifierAccepts) {
  options_.party = "north";
  options_.indexes = {2};
  const Status made = extract_command(options_);
  ASSERT_TRUE(made.has_value()) << made.error().text();
  for (const std::string& file : {options_.out, options_.html}) {
    const Result<verify::ExtractFound> found =
        verify::verify_extract_file({file, (root_ / "agreement.json").string()});
    ASSERT_TRUE(found.has_value()) << found.error().text();
    ASSERT_EQ(found->report.entries.size(), 2U);
    EXPECT_EQ(found->extract.by, "north");
  }
  EXPECT_FALSE(verify::verify_extract_file({options_.out, ""}).has_value());
}

TEST_F(ExtractCommand, WithTheAgreementTheFileStandsAlone) {
  options_.from = "2016-07-15T00:00:00Z";
  options_.with_agreement = true;
  const Status made = extract_command(options_);
  ASSERT_TRUE(made.has_value()) << made.error().text();
  const Result<verify::ExtractFound> found = verify::verify_extract_file({options_.html, ""});
  ASSERT_TRUE(found.has_value()) << found.error().text();
  EXPECT_TRUE(found->agreement_inside);
  EXPECT_TRUE(found->page_as_written);
  EXPECT_TRUE(found->report.logs[0].whole());
}

TEST_F(ExtractCommand, AsksForExactlyOneThing) {
  const auto code = [](const ExtractOptions& options) {
    const Status made = extract_command(options);
    return made ? Errc{} : made.error().code;
  };
  EXPECT_EQ(code(options_), Errc::usage);
  ExtractOptions both = options_;
  both.activity = "a";
  both.stop = "b";
  EXPECT_EQ(code(both), Errc::usage);
  ExtractOptions circle = options_;
  for (const char* text : {"1,2", "1,2,x", "1,2,-3", "1,2,1e99", "91,0,1x"}) {
    circle.circle = text;
    EXPECT_EQ(code(circle), Errc::usage) << text;
  }
  ExtractOptions nobody = options_;
  nobody.party = "east";
  nobody.indexes = {0};
  EXPECT_EQ(code(nobody), Errc::agreement_unknown_party);
  nobody.party = "north";
  nobody.indexes = {999};
  EXPECT_EQ(code(nobody), Errc::http_not_found);
  EXPECT_FALSE(fs::exists(options_.out)) << "what fails writes nothing";
}

}  // namespace
}  // namespace detente::app
