// SPDX-License-Identifier: Apache-2.0
// Method: the page's example of a later version against itself with one edit. Each edit must give
// exactly the differences that it is about, with the clause and the weight; the other way round,
// the opposite weight.
#include "terms/diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "terms/testing_agreement.h"

namespace detente::terms {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

std::vector<Difference> between(const std::string& before, const std::string& after) {
  const Result<Agreement> a = Agreement::make(before);
  const Result<Agreement> b = Agreement::make(after);
  EXPECT_TRUE(a) << a.error().text();
  EXPECT_TRUE(b) << b.error().text();
  return a && b ? diff(*a, *b) : std::vector<Difference>{};
}

struct Edit {
  const char* pointer;
  const char* value;
  const char* place;
  const char* clause;  // one that is named; "" for none
  const char* says;
  Weight weight;
};

Weight turned(Weight weight) {
  if (weight == Weight::stricter) return Weight::looser;
  return weight == Weight::looser ? Weight::stricter : weight;
}

void expect_difference(const Edit& edit) {
  const std::string text = amended_example();
  const std::string after = edited_in(text, edit.pointer, edit.value);
  const std::vector<Difference> found = between(text, after);
  ASSERT_EQ(found.size(), 1U) << edit.pointer;
  EXPECT_EQ(found[0].place, edit.place);
  EXPECT_THAT(found[0].text, HasSubstr(edit.says)) << edit.pointer;
  EXPECT_STREQ(weight_name(found[0].weight), weight_name(edit.weight)) << found[0].text;
  if (*edit.clause != '\0') {
    EXPECT_THAT(found[0].clauses, testing::Contains(ClauseId(edit.clause))) << edit.pointer;
  }
  const std::vector<Difference> back = between(after, text);
  ASSERT_EQ(back.size(), 1U) << edit.pointer;
  EXPECT_STREQ(weight_name(back[0].weight), weight_name(turned(edit.weight))) << back[0].text;
}

TEST(Diff, OfOneAgreementWithItselfIsEmpty) {
  EXPECT_THAT(between(amended_example(), amended_example()), IsEmpty());
  EXPECT_THAT(between(worked_example(), worked_example() + "\n"), IsEmpty());
}

TEST(Diff, OfAreasSaysHowFarCornersMovedAndWhetherTheyGrew) {
  for (const Edit& edit : std::initializer_list<Edit>{
           {"/areas/0/area/polygon/0", "[361000000,364000000]", "areas A1", "3.1",
            "It has grown. Corner 36.0000000, 36.5000000 moved by 14.3 km to 36.1000000, "
            "36.4000000.",
            Weight::stricter},
           {"/areas/0/area/polygon/0", "[361000000,365500000]", "areas A1", "3.1",
            "moved by 12.0 km", Weight::undecided},
           {"/areas/0/area/polygon/-", "[359000000,364000000]", "areas A1", "3.1",
            "It has grown. Corner 35.9000000, 36.4000000 is new. 5 corners instead of 4.",
            Weight::stricter},
           {"/areas/0/area", R"({"circle":{"center":[359000000,366500000],"radius_mm":1}})",
            "areas A1", "3.1", "of another shape", Weight::undecided},
           {"/areas/1/area/circle/radius_mm", "7000000", "areas A2", "3.3",
            "It has grown. Its radius is 7000 m instead of 6000 m.", Weight::stricter},
           {"/areas/1/area/circle/center", "[359000000,366600000]", "areas A2", "3.3",
            "Its centre moved by 903 m", Weight::undecided},
           {"/areas/1/altitude", "", "areas A2", "3.3", "all heights instead of", Weight::stricter},
           {"/areas/1/altitude/lower_mm", "100000", "areas A2", "3.3", "100 m to 3048 m MSL",
            Weight::looser},
           {"/areas/1/time/end", R"("2016-07-21T00:00:00Z")", "areas A2", "3.3", "2016-07-21",
            Weight::stricter},
           {"/areas/1/category", R"("water")", "areas A2", "", "a site of category water",
            Weight::stricter},
           {"/areas/1/name", R"("New bridge")", "areas A2", "", "its name was Old bridge",
            Weight::neither},
           {"/areas/1/class", R"("designated")", "areas A2", "", "of class designated",
            Weight::undecided},
           {"/areas/1", "", "areas A2", "3.3", "is gone", Weight::looser}}) {
    expect_difference(edit);
  }
}

TEST(Diff, OfRulesSaysWhetherTheirScopeGrew) {
  for (const Edit& edit : std::initializer_list<Edit>{
           {"/rules/2", "", "rules 3.3", "3.3", "forbids armed flights", Weight::looser},
           {"/rules/2/purposes", "[]", "rules 3.3", "3.3",
            "purposes: all purposes instead of armed.", Weight::stricter},
           {"/rules/1/who/-", R"("north")", "rules 3.2", "3.2",
            "who: third-air and north instead of third-air.", Weight::stricter},
           {"/rules/1/classes", R"(["stand_off"])", "rules 3.2", "3.2", "classes: stand_off",
            Weight::undecided},
           {"/rules/1/except_purposes/-", R"("humanitarian")", "rules 3.2", "5.1",
            "lifted for: medical evacuation and humanitarian", Weight::looser},
           {"/rules/2/effect", R"("declare")", "rules 3.3", "3.3", "effect: declare",
            Weight::looser},
           {"/rules/3/daily", "", "rules 3.4", "3.4", "time of day: all day", Weight::stricter},
           {"/rules/3/daily/0/from_s", "68400", "rules 3.4", "3.4",
            "19:00 to 06:00 UTC instead of 18:00 to 06:00 UTC", Weight::looser},
           {"/rules/3/daily/0/from_s", "3600", "rules 3.4", "3.4", "01:00 to 06:00 UTC",
            Weight::looser},
           {"/rules/3/unmanned", "", "rules 3.4", "3.4", "manned and unmanned", Weight::stricter},
           {"/rules/3/stages/-", R"("S2")", "rules 3.4", "3.4", "stages: S1 and S2",
            Weight::stricter}}) {
    expect_difference(edit);
  }
}

TEST(Diff, OfOrderIsNone) {
  boost::json::value doc = tree(amended_example());
  boost::json::array& rules = doc.at_pointer("/rules").as_array();
  std::swap(rules[0], rules[3]);
  EXPECT_THAT(between(amended_example(), text_of(doc)), IsEmpty());
}

TEST(Diff, OfDistancesAndProcedures) {
  for (const Edit& edit : std::initializer_list<Edit>{
           {"/separation/lateral_mm", "10000000", "separation", "7.1", "10000 m", Weight::stricter},
           {"/separations/0/time_ms", "1000", "separations 7.2", "7.2", "1 s instead of",
            Weight::looser},
           {"/separations/0", "", "separations 7.2", "7.2", "No separation of its own any more",
            Weight::stricter},
           {"/stand_offs/0/vertical_mm", "0", "stand_offs 4.1", "4.1", "at every height instead",
            Weight::stricter},
           {"/stand_offs/0/lateral_mm", "5000000", "stand_offs 4.1", "4.1", "5000 m",
            Weight::looser},
           {"/procedures/0/lead_s", "3600", "procedures 6.1", "6.1",
            "1 h of notice instead of 24 h.", Weight::looser},
           {"/procedures/2/read_back", "", "procedures 6.3", "6.3",
            "For armed: without a read-back.", Weight::looser},
           {"/procedures/1/concurrences/0/officers", "2", "procedures 6.2", "6.2",
            "For medical evacuation: officers who concur: 2 of north and 1 of south",
            Weight::stricter}}) {
    expect_difference(edit);
  }
}

TEST(Diff, OfTwoPairsWeighsEachByItself) {
  boost::json::value doc = tree(amended_example());
  doc.at_pointer("/separations")
      .as_array()
      .push_back(tree(R"({"clause":"4.1","between":[{"purposes":["armed"]},{}],)"
                      R"("lateral_mm":18520000,"vertical_mm":609600,"time_ms":300000})"));
  std::string none = edited_in(amended_example(), "/separations", "");
  std::string all;
  for (const Difference& one : between(none, text_of(doc))) {
    all += one.place + " " + weight_name(one.weight) + "; ";
  }
  EXPECT_EQ(all, "separations 7.2 looser; separations 4.1 stricter; ");
}

TEST(Diff, OfTheCourse) {
  for (const Edit& edit : std::initializer_list<Edit>{
           {"/d_day", R"("2016-07-06T00:00:00Z")", "d_day", "", "2016-07-06", Weight::undecided},
           {"/places/1/point", "[361500000,367100000]", "places Mill town", "", "moved by 900 m",
            Weight::undecided},
           {"/place_tolerance_mm", "1000000", "place_tolerance_mm", "", "1000 m", Weight::stricter},
           {"/stages/1/conditions/1/days", "5", "stages S2", "8.2",
            "5 days without area_entered and outside_volume instead of 7", Weight::looser},
           {"/stages/1/conditions/2", "", "stages S2", "8.2", "no longer a condition",
            Weight::looser},
           {"/stages/1/resets/1", "", "stages S2", "8.3", "no longer a suspension", Weight::looser},
           {"/obligations/2/due", R"("2016-07-30T00:00:00Z")", "obligations O3", "9.2",
            "due 2016-07-30", Weight::stricter},
           {"/obligations/2/count", "20", "obligations O3", "9.2", "20 reports instead of 12",
            Weight::stricter},
           {"/exceptions/0/declare_within_s", "60", "exceptions E1", "5.2",
            "declared within 1 min instead of 1 h", Weight::stricter},
           {"/exceptions/0/purposes/-", R"("humanitarian")", "exceptions E1", "5.2",
            "for medical evacuation and humanitarian", Weight::undecided},
           {"/exceptions/0", "", "exceptions E1", "5.2", "is gone", Weight::undecided}}) {
    expect_difference(edit);
  }
}

TEST(Diff, OfWordsNamesTheLanguage) {
  for (const Edit& edit : std::initializer_list<Edit>{
           {"/title/ar", R"("x")", "title", "", "(ar)", Weight::neither},
           {"/clauses/2/text/ar", R"("x")", "clauses 3.3", "3.3",
            "The words of clause 3.3 changed (ar).", Weight::undecided},
           {"/clauses/2/text/en", R"("Everybody does.")", "clauses 3.3", "3.3",
            "It said: Nobody flies armed in a stand-off area. It says: Everybody does.",
            Weight::undecided},
           {"/parties/0/name", R"("North")", "parties north", "", "is named North",
            Weight::neither},
           {"/adherents/0/sponsor", R"("north")", "parties third-air", "", "through north",
            Weight::undecided},
           {"/clocks/cut_s", "400", "clocks", "", "A link is cut after: 400 s instead of 5 min.",
            Weight::undecided},
           {"/hotline/test_every_ms", "7200000", "hotline", "",
            "The line is tried every: 2 h instead of 8 h.", Weight::undecided},
           {"/hotline/escalation_ms", "[0,10000]", "hotline", "",
            "An alarm's steps: 0 s and 10 s instead of 0 s, 20 s and 1 min.", Weight::undecided},
           {"/documents/1", "", "documents annex 1 (en)", "", "is gone", Weight::undecided}}) {
    expect_difference(edit);
  }
}

TEST(Diff, OfTheExampleAndItsAmendmentNamesWhatIsNew) {
  std::string all;
  for (const Difference& one : between(worked_example(), amended_example())) {
    all += one.place + " [" + weight_name(one.weight) + "] " + one.text + "\n";
  }
  for (const char* line :
       {"version [neither] Version 2 instead of 1.\n",
        "areas H1 [stricter] Area H1 (River hospital) of class stand_off is new.\n",
        // NOLINTNEXTLINE(bugprone-suspicious-missing-comma): one sentence in two lines
        "rules 3.4 [stricter] Clause 3.4 forbids unmanned flights in areas of class designated "
        "daily from 18:00 to 06:00 UTC in stage S1. This is new.\n",
        "procedures 6.3 [stricter] For armed: each after a read-back; clause 6.3 instead of "
        "6.1.\n",
        "separations 7.2 [looser] ", "stand_offs 4.1 [stricter] ", "stages S1 [undecided] ",
        "obligations O1 [stricter] ", "exceptions E1 [undecided] ",
        "documents annex 1 (en) [undecided] The annex annex 1 (en) is new, and secret.\n"}) {
    EXPECT_THAT(all, HasSubstr(line));
  }
}

}  // namespace
}  // namespace detente::terms
