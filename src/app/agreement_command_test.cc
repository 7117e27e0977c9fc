// SPDX-License-Identifier: Apache-2.0
// Method: the commands on the shipped agreement and on copies of its papers in a folder of the
// test's own. Exit codes and files are checked; what is printed comes from functions that terms
// tests.
#include "app/agreement_command.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "app/identity.h"
#include "terms/testing_agreement.h"

namespace detente::app {
namespace {

namespace fs = std::filesystem;

const std::string kFolder = std::string(DETENTE_SOURCE_DIR) + "/examples/north-west-syria";
const std::string kAgreement = kFolder + "/agreement.json";

class AgreementCommand : public testing::Test {
 protected:
  AgreementCommand() {
    std::string form = (fs::temp_directory_path() / "detente-agreement-XXXXXX").string();
    folder_ = mkdtemp(form.data());
  }
  ~AgreementCommand() override {
    std::error_code ec;
    fs::remove_all(folder_, ec);
  }
  std::string write(const std::string& name, const std::string& text) const {
    const std::string path = folder_ + "/" + name;
    EXPECT_TRUE(write_text_file(path, text));
    return path;
  }
  std::string folder_;
};

AskOptions patrol(const char* who) {
  AskOptions options;
  options.agreement = kAgreement;
  options.who = who;
  options.purpose = "patrol";
  options.manned = true;
  options.active = true;
  options.stage_given = true;
  options.at = "35.90,36.55";
  options.altitude = "3000";
  options.time = "2016-07-15T06:00:00Z";
  return options;
}

TEST_F(AgreementCommand, AsksWithAnExitCode) {
  EXPECT_EQ(agreement_ask(patrol("north")), 0);
  EXPECT_EQ(agreement_ask(patrol("third-air")), 1);
  EXPECT_EQ(agreement_ask(patrol("stranger")), 1);
  AskOptions options = patrol("north");
  options.json = true;
  options.at.clear();
  options.areas = {"A2", "A5"};
  options.altitude = "1000:3000";
  options.time = "2016-07-15T06:00:00Z/2016-07-15T07:00:00Z";
  EXPECT_EQ(agreement_ask(options), 0);
}

TEST_F(AgreementCommand, RefusesAQuestionThatMakesNoSense) {
  const auto asked = [](auto change) {
    AskOptions options = patrol("north");
    change(options);
    return agreement_ask(options);
  };
  EXPECT_EQ(asked([](AskOptions& o) { o.agreement = "/nowhere"; }), 2);
  EXPECT_EQ(asked([](AskOptions& o) { o.at = "95,36"; }), 2);
  EXPECT_EQ(asked([](AskOptions& o) { o.at = "35.9"; }), 2);
  EXPECT_EQ(asked([](AskOptions& o) { o.at = "nan,36"; }), 2);
  EXPECT_EQ(asked([](AskOptions& o) { o.at.clear(); }), 2);
  EXPECT_EQ(asked([](AskOptions& o) { o.areas = {"Z9"}; }), 2);
  EXPECT_EQ(asked([](AskOptions& o) { o.altitude = "3000:1000"; }), 2);
  EXPECT_EQ(asked([](AskOptions& o) { o.altitude = "1e30"; }), 2);
  EXPECT_EQ(asked([](AskOptions& o) { o.reference = "AGL"; }), 2);
  EXPECT_EQ(asked([](AskOptions& o) { o.radius_m = 0; }), 2);
  EXPECT_EQ(asked([](AskOptions& o) { o.radius_m = 1e300; }), 2);
  EXPECT_EQ(asked([](AskOptions& o) { o.time = "yesterday"; }), 2);
  EXPECT_EQ(asked([](AskOptions& o) { o.time = "2016-07-15T06:00:00Z/2016-07-15T06:00:00Z"; }), 2);
  EXPECT_EQ(asked([](AskOptions& o) { o.purpose = "bombing"; }), 2);
  EXPECT_EQ(asked([](AskOptions& o) { o.stage = "S9"; }), 2);
}

TEST_F(AgreementCommand, ChecksComparesAndTests) {
  const std::string text = terms::read_source("examples/north-west-syria/agreement.json");
  const std::string other =
      write("other.json", terms::edited_in(text, "/separation/time_ms", "120000"));
  const std::string bad = write("bad.json", terms::edited_in(text, "/stages/0/after", "\"S3\""));
  EXPECT_EQ(agreement_check(kAgreement, "ru", false), 0);
  EXPECT_EQ(agreement_check(kAgreement, "en", true), 0);
  EXPECT_EQ(agreement_check(bad, "en", false), 1);
  EXPECT_EQ(agreement_explain(kAgreement, "ar"), 0);
  EXPECT_EQ(agreement_explain(bad, "ar"), 2);
  EXPECT_EQ(agreement_diff(kAgreement, kAgreement, false), 0);
  EXPECT_EQ(agreement_diff(kAgreement, other, true), 1);
  EXPECT_EQ(agreement_diff(kAgreement, bad, false), 2);
  const std::string answers = kFolder + "/answers.json";
  EXPECT_EQ(agreement_test(kAgreement, answers, true), 0);
  const std::string wrong = write(
      "wrong.json", terms::edited_in(terms::read_source("examples/north-west-syria/answers.json"),
                                     "/cases/0/expect/permitted", "true"));
  EXPECT_EQ(agreement_test(kAgreement, wrong, false), 1);
  EXPECT_EQ(agreement_test(kAgreement, kAgreement, false), 2);
}

TEST_F(AgreementCommand, SaysWhetherAFolderIsThePackage) {
  const std::string papers = folder_ + "/papers";
  fs::copy(kFolder + "/papers", papers);
  EXPECT_EQ(agreement_package(kAgreement, papers, false), 0);
  ASSERT_TRUE(write_text_file(papers + "/README", "no paper"));
  EXPECT_EQ(agreement_package(kAgreement, papers, true), 0);
  ASSERT_TRUE(write_text_file(papers + "/addendum.en.txt", "x"));
  EXPECT_EQ(agreement_package(kAgreement, papers, false), 1);
  fs::remove(papers + "/addendum.en.txt");
  fs::remove(papers + "/main-text.ar.txt");
  EXPECT_EQ(agreement_package(kAgreement, papers, false), 1);
  EXPECT_EQ(agreement_package(kAgreement, folder_ + "/none", false), 2);
}

TEST_F(AgreementCommand, CommitsToAnAnnexAndOpensItWithItsSaltOnly) {
  AnnexOptions options;
  options.file = write("annex-1.en.txt", "frequencies");
  options.name = "annex 1";
  options.salt = folder_ + "/annex-1.en.salt";
  testing::internal::CaptureStdout();
  EXPECT_EQ(agreement_commit_annex(options), 0);
  const std::string member = testing::internal::GetCapturedStdout();
  EXPECT_EQ(agreement_commit_annex(options), 2);  // the salt is there already
  struct stat status{};
  ASSERT_EQ(stat(options.salt.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);

  const std::string text = terms::read_source("examples/north-west-syria/agreement.json");
  options.agreement = write("agreement.json", terms::edited_in(text, "/documents/-", member));
  EXPECT_EQ(agreement_open_annex(options), 0);
  write("annex-1.en.txt", "other frequencies");
  EXPECT_EQ(agreement_open_annex(options), 1);
  write("annex-1.en.txt", "frequencies");
  EXPECT_EQ(agreement_open_annex(options), 0);
  options.name = "annex 2";
  EXPECT_EQ(agreement_open_annex(options), 1);
  options.salt = options.file;
  EXPECT_EQ(agreement_open_annex(options), 2);
}

}  // namespace
}  // namespace detente::app
