// SPDX-License-Identifier: Apache-2.0
// Method: the page's two examples and the shipped agreements are edited at one place a time; each
// edit must add exactly the warning that it is about.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "terms/agreement.h"
#include "terms/testing_agreement.h"

namespace detente::terms {
namespace {

using testing::HasSubstr;

std::vector<Warning> warnings_of(const std::string& text) {
  const Result<Agreement> made = Agreement::make(text);
  EXPECT_TRUE(made) << made.error().text();
  return made ? lint(*made) : std::vector<Warning>{};
}

TEST(Warnings, AreNoneForTheFirstExampleAndOneForTheSecond) {
  EXPECT_TRUE(warnings_of(worked_example()).empty());
  const std::vector<Warning> found = warnings_of(amended_example());
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].place, "stand_offs/0");
  EXPECT_EQ(found[0].clauses, std::vector{ClauseId("4.1")});
  EXPECT_THAT(found[0].text, HasSubstr("No area is of category school"));
}

struct Suspicion {
  const char* pointer;
  const char* value;
  const char* place;
  const char* says;
};

TEST(Warnings, SayWhatIsProbablyNotMeant) {
  for (const Suspicion& one : std::initializer_list<Suspicion>{
           {"/rules/2/classes", R"(["designated"])", "areas/2", ""},
           {"/rules/0/except_purposes", R"(["training"])", "rules/0", "cannot lift"},
           {"/rules/-",
            R"({"clause":"3.3","effect":"forbid","classes":["designated"],"stages":["S1"]})", "",
            ""},
           {"/rules/-", R"({"clause":"3.3","effect":"forbid","classes":["designated"]})",
            "rules/1/except_purposes", "clause 3.3 still forbids it"},
           {"/rules/1/purposes", R"(["patrol"])", "rules/1/except_purposes", "has no effect"},
           {"/area_classes/-", R"({"id":"spare","name":"Spare"})", "", ""},
           {"/areas/1/class", R"("designated")", "", ""},
           {"/places/1/point", "[359000000,366700000]", "places/0", "1.8 km apart"},
           {"/stages/0/conditions", "[]", "stages/0", "on signatures alone"},
           {"/stages/1/resets", "[]", "stages/1", "Nothing sends the course back"},
           {"/obligations/2/due", "", "obligations/2", "never overdue"},
           {"/obligations/1/mirrors", "", "obligations/0", "does not say so"},
           {"/obligations/1/due_after_s", "1", "obligations/0", "due at different times"},
           {"/exceptions/0/purposes", "[]", "exceptions/0", "no activity can use it"}}) {
    std::string text = amended_example();
    // These two edits need another one to be valid.
    if (std::string_view(one.pointer) == "/rules/0/except_purposes") {
      text = edited_in(text, "/rules/0/except_clause", R"("5.1")");
    }
    const std::vector<Warning> found = warnings_of(edited_in(text, one.pointer, one.value));
    std::string all;
    for (const Warning& warning : found) all += warning.place + ": " + warning.text + "\n";
    const std::string_view place = one.place;
    if (place.empty() || std::string_view(one.says).empty()) {
      EXPECT_EQ(found.size(), 1U) << one.pointer << "\n" << all;
      continue;
    }
    EXPECT_EQ(found.size(), 2U) << one.pointer << "\n" << all;
    EXPECT_THAT(all, HasSubstr(std::string(place) + ": "));
    EXPECT_THAT(all, HasSubstr(one.says));
  }
}

TEST(Warnings, SayThatTwoStagesMayBeginAtOnePoint) {
  const std::string text =
      edited_in(amended_example(), "/stages/-",
                R"({"id":"S3","clause":"8.2","name":{"en":"x","ar":"x"},"after":"S1",)"
                R"("conditions":[{"clause":"8.2","kind":"elapsed","seconds":1}],)"
                R"("resets":[{"clause":"8.3","kind":"suspension"}]})");
  const std::vector<Warning> found = warnings_of(text);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_THAT(found[1].text, HasSubstr("S2 and S3"));
}

}  // namespace
}  // namespace detente::terms
