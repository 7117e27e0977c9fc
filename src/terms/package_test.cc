// SPDX-License-Identifier: Apache-2.0
// Method: the papers of the page's example of a later version, whole, in part and altered.
#include "terms/package.h"

#include <gtest/gtest.h>

#include "crypto/hash.h"
#include "terms/testing_agreement.h"

namespace detente::terms {
namespace {

const Hash kSalt = crypto::sha256(as_bytes("detente example salt"));

Agreement amended() {
  Result<Agreement> made = Agreement::make(amended_example());
  EXPECT_TRUE(made) << made.error().text();
  return std::move(*made);
}

PackageFile file(const char* name, const char* text, const Hash* salt = nullptr) {
  PackageFile out{name, "en", crypto::sha256(as_bytes(text)), std::nullopt};
  if (salt != nullptr) out.salt = *salt;
  return out;
}

TEST(Annex, OpensWithItsSaltAndTextOnly) {
  const Agreement agreement = amended();
  const auto open = [&](const char* name, const Hash& salt, const char* text) {
    const Status status = open_annex(agreement, name, "en", salt, as_bytes(text));
    return status ? std::string() : std::string(errc_name(status.error().code));
  };
  EXPECT_EQ(open("annex 1", kSalt, "secret annex"), "");
  EXPECT_EQ(open("annex 1", kSalt, "secret annex "), "annex_mismatch");
  Hash other = kSalt;
  other[31] ^= 1;
  EXPECT_EQ(open("annex 1", other, "secret annex"), "annex_mismatch");
  EXPECT_EQ(open("annex 2", kSalt, "secret annex"), "annex_mismatch");
  EXPECT_EQ(open("main text", kSalt, "main text"), "annex_mismatch");
}

TEST(Annex, CommitmentIsTheHashThatThePageDescribes) {
  std::string text = "detente/annex/v1\n";
  const Hash inner = crypto::sha256(as_bytes("secret annex"));
  text.append(kSalt.begin(), kSalt.end());
  text.append(inner.begin(), inner.end());
  EXPECT_EQ(annex_commitment(kSalt, inner), to_hex(crypto::sha256(as_bytes(text))));
}

struct Case {
  std::vector<PackageFile> files;
  PackageState state;
  std::vector<PaperState> papers;
  const char* text;
};

TEST(Package, IsWholePartialOrAltered) {
  const Agreement agreement = amended();
  Hash wrong = kSalt;
  wrong[0] ^= 1;
  using Paper = PaperState;
  for (const Case& one : std::vector<Case>{
           {{file("main text", "main text")},
            PackageState::whole,
            {Paper::present, Paper::sealed},
            "The package is whole. Secret and not opened: 1."},
           {{file("annex 1", "secret annex", &kSalt), file("main text", "main text")},
            PackageState::whole,
            {Paper::present, Paper::present},
            "The package is whole."},
           {{file("annex 1", "anything"), file("main text", "main text")},
            PackageState::whole,
            {Paper::present, Paper::sealed},
            "The package is whole. Secret and not opened: 1."},
           {{},
            PackageState::partial,
            {Paper::missing, Paper::sealed},
            "The package is partial. Missing: main text (en). Secret and not opened: 1."},
           {{file("main text", "main text.")},
            PackageState::altered,
            {Paper::altered, Paper::sealed},
            "The package is altered. Altered: main text (en). Secret and not opened: 1."},
           {{file("annex 1", "secret annex", &wrong), file("main text", "main text")},
            PackageState::altered,
            {Paper::present, Paper::altered},
            "The package is altered. Altered: annex 1 (en)."},
           {{file("main text", "main text"), file("addendum 2", "x")},
            PackageState::altered,
            {Paper::present, Paper::sealed},
            "The package is altered. Not of this agreement: addendum 2 (en). Secret and not "
            "opened: 1."},
           {{file("main text", "main text"), file("main text", "another")},
            PackageState::altered,
            {Paper::present, Paper::sealed},
            "The package is altered. Not of this agreement: main text (en). Secret and not "
            "opened: 1."}}) {
    const PackageReport report = check_package(agreement, one.files);
    EXPECT_STREQ(package_state_name(report.state), package_state_name(one.state)) << one.text;
    ASSERT_EQ(report.papers.size(), one.papers.size());
    for (std::size_t i = 0; i < one.papers.size(); ++i) {
      EXPECT_STREQ(paper_state_name(report.papers[i].state), paper_state_name(one.papers[i]))
          << one.text;
    }
    EXPECT_EQ(report.text, one.text);
  }
}

TEST(Package, LeavesNobodysLanguageOut) {
  const Result<Agreement> agreement = Agreement::make(
      edited_in(amended_example(), "/documents/-",
                R"({"name":"main text","language":"ar","kind":"main_text",)"
                R"("sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"})"));
  ASSERT_TRUE(agreement);
  EXPECT_EQ(check_package(*agreement, {file("main text", "main text")}).state,
            PackageState::partial);
}

}  // namespace
}  // namespace detente::terms
