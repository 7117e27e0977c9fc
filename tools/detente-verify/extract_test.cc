// SPDX-License-Identifier: Apache-2.0
// Method: a real extract, as text and as a page, is given to the program itself, whole and altered.
#include "detente-verify/extract.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "crypto/hash.h"
#include "record/extract_page.h"
#include "record/testing_log.h"

namespace detente::verify {
namespace {

namespace fs = std::filesystem;
using record::testing::kTestStart;
using record::testing::test_key;
using record::testing::TestParty;

record::Signer observatory() {
  return record::make_signer("observatory/witness", record::KeyType::cosignature_v1, test_key(99));
}

std::string agreement_json() {
  JsonWriter out;
  out.begin_object().name("parties").begin_array();
  std::uint8_t seed = 1;
  for (const char* name : {"north", "south"}) {
    const record::LogOwner owner = TestParty(name, seed, std::string(64, '0')).owner();
    out.begin_object().member("id", name).name("keys").begin_object();
    out.member("root", to_base64(owner.root)).member("log", owner.log.text());
    out.member("witness", owner.witness.text()).member("mirror", owner.mirror.text());
    out.end_object().end_object();
    seed = static_cast<std::uint8_t>(seed + 20);
  }
  out.end_array().name("record").begin_object().name("witnesses").begin_array();
  out.value(observatory().key.text()).end_array().end_object();
  return out.end_object().take();
}

struct RunResult {
  int status = -1;
  std::string out;
  std::string err;
};

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class VerifyExtractTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "detente-extract-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
    write("agreement.json", agreement_json());
    const Result<record::ExtractTrust> trust = extract_trust(as_bytes(agreement_json()));
    ASSERT_TRUE(trust) << trust.error().text();
    TestParty north("north", 1, trust->agreement);
    const TestParty south("south", 21, trust->agreement);
    north.open();
    ASSERT_TRUE(north.append("note.text", R"({"text":"Nothing seen."})", {north.duty_2()}));
    record::ExtractSource source;
    source.owner = north.owner();
    source.checkpoint = north.note({south.mirror(), observatory()}).encode();
    for (const Bytes& entry : north.entries()) {
      source.leaves.push_back(record::leaf_hash(entry));
    }
    source.entry = [&north](LeafIndex i) -> Result<Bytes> { return north.entries()[i.value]; };
    source.keys = {LeafIndex{0}, LeafIndex{1}, LeafIndex{2}};
    source.notes = {source.checkpoint};
    record::ExtractRequest request;
    request.question = "a remark";
    request.by = "north";
    request.made = kTestStart;
    request.asked = {{north.origin(), LeafIndex{3}}};
    for (const bool inside : {false, true}) {
      if (inside) request.agreement_file = agreement_json();
      const Result<record::MadeExtract> made = record::make_extract(request, {source}, *trust);
      ASSERT_TRUE(made) << made.error().text();
      const Result<record::ExtractReport> report = record::verify_extract(made->extract, *trust);
      ASSERT_TRUE(report) << report.error().text();
      const std::string stem = inside ? "inside" : "bare";
      write(stem + ".extract", record::encode_extract(made->extract));
      write(stem + ".html", record::extract_page(made->extract, *report));
    }
  }
  void TearDown() override { fs::remove_all(root_); }

  void write(const std::string& name, std::string_view text) {
    std::ofstream(root_ / name, std::ios::binary) << text;
  }
  RunResult run(const std::string& arguments) {
    const std::string command = fmt::format("cd '{}' && '{}' {} >out.txt 2>err.txt", root_.string(),
                                            DETENTE_VERIFY_PROGRAM, arguments);
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_text(root_ / "out.txt"),
            read_text(root_ / "err.txt")};
  }
  static bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  }

  fs::path root_;
};

TEST_F(VerifyExtractTest, AnExtractAndItsPageVerifyAgainstTheAgreement) {
  for (const char* file : {"bare.extract", "bare.html", "--extract bare.extract"}) {
    const RunResult result = run(fmt::format("--agreement agreement.json {}", file));
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_TRUE(has(result.out, "text: Nothing seen.")) << result.out;
    EXPECT_TRUE(has(result.out, "signed by   north/duty-2")) << result.out;
    EXPECT_TRUE(has(result.out, "had         south: held")) << result.out;
    EXPECT_TRUE(has(result.out, "had         observatory/witness: seen")) << result.out;
    EXPECT_TRUE(has(result.out, "MISSING     south: not seen")) << result.out;
    EXPECT_TRUE(has(result.out, "1 of 4 entries are not part")) << result.out;
    EXPECT_FALSE(has(result.out, "attention")) << result.out;
  }
  EXPECT_TRUE(has(run("--agreement agreement.json bare.html").out, "word for word"));
  const RunResult json = run("--json --agreement agreement.json bare.html");
  EXPECT_TRUE(has(json.out, R"({"verified":true,"agreement_inside":false,"page":true,)"));
  EXPECT_TRUE(has(json.out, R"("page_as_written":true)"));
}

TEST_F(VerifyExtractTest, TheAgreementInsideIsSaidToBeNoReasonForTrust) {
  const RunResult result = run("inside.extract");
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_TRUE(has(result.out, "attention"));
  EXPECT_TRUE(has(result.out, to_hex(crypto::sha256(as_bytes(agreement_json())))));
}

TEST_F(VerifyExtractTest, WithoutAnyAgreementItAsksForOneByItsHash) {
  const RunResult result = run("bare.extract");
  EXPECT_EQ(result.status, 2);
  EXPECT_TRUE(has(result.err, to_hex(crypto::sha256(as_bytes(agreement_json()))))) << result.err;
}

TEST_F(VerifyExtractTest, AZipThatIsNoneIsRefused) {
  write("a.zip", "PK\x03\x04 and so on");
  const RunResult result = run("--agreement agreement.json a.zip");
  EXPECT_EQ(result.status, 1);
  EXPECT_TRUE(has(result.err, "archive_malformed")) << result.err;
}

TEST_F(VerifyExtractTest, AnAlteredPageIsTold) {
  std::string page = read_text(root_ / "bare.html");
  page.replace(page.find("Nothing seen."), 13, "All was seen.");
  write("altered.html", page);
  const RunResult result = run("--agreement agreement.json altered.html");
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_TRUE(has(result.out, "ATTENTION: it is not the page")) << result.out;
  EXPECT_TRUE(has(result.out, "Nothing seen.")) << "what is proven is printed";
  EXPECT_FALSE(has(result.out, "All was seen."));
}

TEST_F(VerifyExtractTest, AnAlteredExtractAndAnotherAgreementExitWithOne) {
  std::string text = read_text(root_ / "bare.extract");
  text.replace(text.find("Nothing seen."), 13, "All was seen.");
  write("altered.extract", text);
  EXPECT_EQ(run("--agreement agreement.json altered.extract").status, 1);
  text.resize(text.rfind("\nend ") + 1);
  write("resealed.extract", text + "end " + to_hex(crypto::sha256(as_bytes(text))) + "\n");
  const RunResult result = run("--agreement agreement.json resealed.extract");
  EXPECT_EQ(result.status, 1);
  EXPECT_TRUE(has(result.err, "extract_mismatch")) << result.err;
  EXPECT_TRUE(has(result.err, "entry 3")) << result.err;
  std::string other = agreement_json();
  other.insert(1, R"("valid":"longer",)");
  write("other.json", other);
  EXPECT_EQ(run("--agreement other.json bare.extract").status, 1);
  EXPECT_EQ(run("--agreement other.json inside.extract").status, 1);
}

}  // namespace
}  // namespace detente::verify
