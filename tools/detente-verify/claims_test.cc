// SPDX-License-Identifier: Apache-2.0
// Method: a file of claims about one exchange over two real logs, under an agreement on disk; the
// program itself is run on it, then on files that are spoiled, and with other agreements and none.
#include "detente-verify/claims.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "record/testing_psi.h"

namespace detente::verify {
namespace {

namespace fs = std::filesystem;

std::string agreement_json(const std::string& more = "") {
  const record::testing::PsiExample example(std::string(64, '0'));
  JsonWriter out;
  out.begin_object().name("parties").begin_array();
  for (const record::LogOwner& owner : example.owners()) {
    out.begin_object().member("id", owner.party).member("kind", "party").name("keys");
    out.begin_object().member("root", to_base64(owner.root)).member("log", owner.log.text());
    out.member("witness", owner.witness.text()).member("mirror", owner.mirror.text());
    out.end_object().end_object();
  }
  out.end_array();
  if (!more.empty()) out.member("note", more);
  return out.end_object().take();
}

class ClaimsFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "detente-claims-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
    write("agreement.json", agreement_json());
    record::testing::PsiExample example(to_hex(crypto::sha256(as_bytes(agreement_json()))));
    file_ = example.file().encode();
    write("claims.json", file_);
  }
  void TearDown() override { fs::remove_all(root_); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(root_ / name, std::ios::binary) << text;
  }
  std::string path(const std::string& name) const { return (root_ / name).string(); }
  // The exit status; what it printed is in out_.
  int run(const std::string& options) {
    const std::string line = std::string(DETENTE_VERIFY_PROGRAM) + " " + options + " >" +
                             path("out") + " 2>" + path("err");
    const int status = std::system(line.c_str());
    std::ifstream out(root_ / "out", std::ios::binary);
    out_.assign(std::istreambuf_iterator<char>(out), {});
    std::ifstream err(root_ / "err", std::ios::binary);
    err_.assign(std::istreambuf_iterator<char>(err), {});
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  fs::path root_;
  std::string file_;
  std::string out_;
  std::string err_;
};

TEST_F(ClaimsFileTest, RefusesWhatIsMissingOrSpoiled) {
  EXPECT_EQ(run("--claims " + path("claims.json")), 2);
  EXPECT_EQ(run("--agreement " + path("agreement.json") + " --claims " + path("none")), 1);
  write("other.json", agreement_json("another agreement of the same parties"));
  EXPECT_EQ(run("--agreement " + path("other.json") + " --claims " + path("claims.json")), 1);
  EXPECT_NE(err_.find("claim_unproven"), std::string::npos) << err_;
  std::string spoiled = file_;
  const std::size_t claims = spoiled.find("\"claims\"") + 60;
  spoiled[claims] = spoiled[claims] == 'A' ? 'B' : 'A';
  write("claims.json", spoiled);
  EXPECT_EQ(run("--agreement " + path("agreement.json") + " --claims " + path("claims.json")), 1);
}

TEST_F(ClaimsFileTest, SaysWhatIsProven) {
  EXPECT_EQ(run("--agreement " + path("agreement.json") + " --claims " + path("claims.json")), 0);
  EXPECT_NE(out_.find("by that answer north learnt that cell"), std::string::npos) << out_;
  EXPECT_EQ(
      run("--json --agreement " + path("agreement.json") + " --claims " + path("claims.json")), 0);
  const auto parsed = parse_json(out_, {.bytes_max = 100'000});
  ASSERT_TRUE(parsed) << out_;
  EXPECT_EQ(parsed->root().array("findings", 10)->size(), 5U);
}

// A whole answer is judged by its two files; a right one convicts nobody.
TEST_F(ClaimsFileTest, ConvictsOfAWrongAnswer) {
  const std::string agreement = to_hex(crypto::sha256(as_bytes(agreement_json())));
  const std::string line = "--agreement " + path("agreement.json") + " --claims " +
                           path("claims.json") + " --question " + path("question");
  for (const auto cheat :
       {record::testing::PsiCheat::none, record::testing::PsiCheat::wrong_answer}) {
    record::testing::PsiExample example(agreement, cheat);
    record::PsiClaimFile file = example.file();
    file.claims.clear();
    write("claims.json", file.encode());
    write("question", std::string(as_text(example.question())));
    write("answer", std::string(as_text(example.answer())));
    const bool wrong = cheat == record::testing::PsiCheat::wrong_answer;
    EXPECT_EQ(run(line + " --answer " + path("answer")), wrong ? 0 : 1) << err_;
    EXPECT_EQ(out_.find("south did not make it with the key of its epoch") != out_.npos, wrong);
  }
  EXPECT_EQ(run(line), 2) << "both files or none";
  EXPECT_EQ(run(line + " --answer " + path("none")), 1);
}

}  // namespace
}  // namespace detente::verify
