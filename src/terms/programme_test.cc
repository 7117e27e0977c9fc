// SPDX-License-Identifier: Apache-2.0
// Method: the page's example of a later version is edited at one place a time; each edit must be
// refused with one code at one place, and where two terms do not fit the detail names the clauses
// of both.
#include "terms/programme.h"

#include <gtest/gtest.h>

#include "crypto/hash.h"
#include "terms/agreement.h"
#include "terms/package.h"
#include "terms/testing_agreement.h"

namespace detente::terms {
namespace {

struct Refusal {
  const char* pointer = nullptr;
  const char* value = nullptr;  // empty: removed
  Errc code{};
  const char* place = nullptr;
  std::initializer_list<const char*> says = {};
};

void expect_refused(const Refusal& refusal) {
  const Result<Agreement> made =
      Agreement::make(edited_in(amended_example(), refusal.pointer, refusal.value));
  ASSERT_FALSE(made) << refusal.pointer << " = " << refusal.value;
  EXPECT_EQ(made.error().code, refusal.code) << refusal.pointer << ": " << made.error().text();
  EXPECT_EQ(made.error().place, refusal.place) << refusal.pointer << ": " << made.error().text();
  for (const char* word : refusal.says) {
    EXPECT_NE(made.error().detail.find(word), std::string::npos)
        << word << " in " << made.error().text();
  }
}

Agreement amended() {
  Result<Agreement> made = Agreement::make(amended_example());
  EXPECT_TRUE(made) << made.error().text();
  return std::move(*made);
}

TEST(Version, RefusesWhatAmendsNothingOrTwice) {
  for (const Refusal& refusal : std::initializer_list<Refusal>{
           {"/version", "0", Errc::json_member_range, "version"},
           {"/version", "10001", Errc::json_member_range, "version"},
           {"/version", "1", Errc::agreement_malformed, "amends"},
           {"/version", "", Errc::agreement_malformed, "amends"},
           {"/amends", "", Errc::agreement_malformed, "version"},
           {"/amends", R"("ab")", Errc::bad_encoding, "amends"},
           {"/d_day", R"("2016-06-30T23:59:59Z")", Errc::geo_time_range, "d_day"},
           {"/d_day", R"("2017-01-01T00:00:00Z")", Errc::geo_time_range, "d_day"},
           {"/d_day", "", Errc::agreement_malformed, "stages/0/conditions/0"}}) {
    expect_refused(refusal);
  }
}

TEST(RuleLimits, RefuseWhatNeverAppliesOrIsNotDefined) {
  for (const Refusal& refusal : std::initializer_list<Refusal>{
           {"/rules/3/unmanned", "1", Errc::json_member_type, "rules/3/unmanned"},
           {"/rules/3/daily", "[]", Errc::agreement_malformed, "rules/3/daily"},
           {"/rules/3/daily/0/from_s", "86400", Errc::json_member_range, "rules/3/daily/0/from_s"},
           {"/rules/3/daily/0/to_s", "86401", Errc::json_member_range, "rules/3/daily/0/to_s"},
           {"/rules/3/daily/0/to_s", "64800", Errc::agreement_malformed, "rules/3/daily/0"},
           {"/rules/3/daily/-", R"({"from_s":64800,"to_s":21600})", Errc::agreement_repeated,
            "rules/3/daily/1"},
           {"/rules/3/stages", "[]", Errc::agreement_malformed, "rules/3/stages"},
           {"/rules/3/stages/-", R"("S9")", Errc::agreement_unknown_stage, "rules/3/stages/1"},
           {"/rules/3/stages/-", R"("S1")", Errc::agreement_repeated, "rules/3/stages/1"},
           {"/areas/2/category", R"("Field hospital")", Errc::agreement_malformed,
            "areas/2/category"},
           {"/procedures/2/read_back", "1", Errc::json_member_type, "procedures/2/read_back"}}) {
    expect_refused(refusal);
  }
}

TEST(Distances, RefuseWhatIsMalformedOrSaidTwice) {
  for (const Refusal& refusal : std::initializer_list<Refusal>{
           {"/separations/0/between/-", "{}", Errc::json_member_range, "separations/0/between"},
           {"/separations/0/between/1", "", Errc::agreement_malformed, "separations/0/between"},
           {"/separations/0/between/0/who", R"("north")", Errc::json_member_unknown,
            "separations/0/between/0"},
           {"/separations/0/time_ms", "86400001", Errc::json_member_range, "separations/0/time_ms"},
           {"/separations/-",
            R"({"clause":"7.1","between":[{"unmanned":true},)"
            R"({"unmanned":true,"purposes":["reconnaissance","survey"]}],)"
            R"("lateral_mm":1852001,"vertical_mm":91440,"time_ms":60000})",
            Errc::agreement_contradiction,
            "separations/1",
            {"clause 7.2", "clause 7.1"}},
           {"/separations/-",
            R"({"clause":"7.1","between":[{"unmanned":true},)"
            R"({"unmanned":true,"purposes":["reconnaissance","survey"]}],)"
            R"("lateral_mm":1852000,"vertical_mm":91440,"time_ms":60000})",
            Errc::agreement_repeated,
            "separations/1",
            {"clause 7.2", "clause 7.1"}},
           {"/stand_offs/0/categories", "[]", Errc::agreement_malformed, "stand_offs/0/categories"},
           {"/stand_offs/0/lateral_mm", "200000001", Errc::json_member_range,
            "stand_offs/0/lateral_mm"},
           {"/stand_offs/-",
            R"({"clause":"3.3","categories":["school","medical"],"purposes":["armed"],)"
            R"("lateral_mm":1})",
            Errc::agreement_contradiction,
            "stand_offs/1",
            {"clause 4.1", "clause 3.3"}}}) {
    expect_refused(refusal);
  }
}

TEST(Places, RefuseOneNameAtTwoPoints) {
  for (const Refusal& refusal : std::initializer_list<Refusal>{
           {"/places/-",
            R"({"name":{"en":"Mill town"},"point":[0,0]})",
            Errc::agreement_contradiction,
            "places/2",
            {"places/1", "Mill town"}},
           {"/places/-", R"({"name":{"en":"Mill town"},"point":[361500000,367000000]})",
            Errc::agreement_repeated, "places/2/name"},
           {"/places/0/point", "[950000000,0]", Errc::geo_swapped, "places/0/point"},
           {"/places/0/name", R"({"ar":"x"})", Errc::json_member_missing, "places/0/name"},
           {"/place_tolerance_mm", "0", Errc::json_member_range, "place_tolerance_mm"}}) {
    expect_refused(refusal);
  }
}

TEST(Stages, RefuseWhatIsMalformedOrNotDefined) {
  for (const Refusal& refusal : std::initializer_list<Refusal>{
           {"/stages/1/id", R"("S1")", Errc::agreement_repeated, "stages/1/id"},
           {"/stages/1/name/ar", "", Errc::agreement_malformed, "stages/1/name"},
           {"/stages/1/after", R"("S9")", Errc::agreement_unknown_stage, "stages/1/after"},
           {"/stages/1/conditions/0/kind", R"("hope")", Errc::agreement_malformed,
            "stages/1/conditions/0/kind"},
           {"/stages/1/conditions/0/days", "1", Errc::json_member_unknown, "stages/1/conditions/0"},
           {"/stages/1/conditions/1/findings/0", R"("area_enterd")", Errc::agreement_malformed,
            "stages/1/conditions/1/findings/0"},
           {"/stages/1/conditions/1/findings", "[]", Errc::agreement_malformed,
            "stages/1/conditions/1/findings"},
           {"/stages/1/conditions/1/clause", R"("9.9")", Errc::agreement_unknown_clause,
            "stages/1/conditions/1/clause"},
           {"/stages/1/conditions/2/obligation", R"("O9")", Errc::agreement_unknown_obligation,
            "stages/1/conditions/2/obligation"},
           {"/stages/1/resets/0/to", R"("S9")", Errc::agreement_unknown_stage,
            "stages/1/resets/0/to"},
           {"/stages/1/resets/1/kind", R"("anger")", Errc::agreement_malformed,
            "stages/1/resets/1/kind"}}) {
    expect_refused(refusal);
  }
}

TEST(Stages, RefuseWhatContradictsItself) {
  for (const Refusal& refusal : std::initializer_list<Refusal>{
           {"/stages/1/conditions/2/count",
            "13",
            Errc::agreement_contradiction,
            "stages/1/conditions/2",
            {"clause 8.2", "clause 9.2", "13", "12"}},
           {"/stages/1/resets/0/to",
            R"("S2")",
            Errc::agreement_contradiction,
            "stages/1/resets/0",
            {"clause 8.3", "clause 8.2"}},
           {"/stages/0/resets/0/to",
            R"("S2")",
            Errc::agreement_contradiction,
            "stages/0/resets/0",
            {"clause 8.3", "clause 8.2", "clause 8.1"}},
           {"/stages/0/after", R"("S1")", Errc::agreement_circular, "stages/0", {"clause 8.1"}},
           {"/stages/0/after",
            R"("S2")",
            Errc::agreement_circular,
            "stages/0",
            {"stage S1 (clause 8.1)", "stage S2 (clause 8.2)"}},
           {"/stages/0/conditions/-",
            R"({"clause":"8.1","kind":"obligation","obligation":"O1","count":1})",
            Errc::agreement_circular,
            "stages/0",
            {"stage S1 (clause 8.1)", "obligation O1 (clause 9.1)"}},
           {"/stages/1/conditions/1/days",
            "184",
            Errc::agreement_unreachable,
            "stages/1",
            {"clause 8.2", "2017-01-01"}},
           {"/stages/1/conditions/0/seconds",
            "15379200",
            Errc::agreement_unreachable,
            "stages/1",
            {"clause 8.2"}}}) {
    expect_refused(refusal);
  }
}

TEST(Stages, WaitForWhatTheirObligationsMirrorsWaitFor) {
  std::string text = edited_in(amended_example(), "/obligations/1/due_after_stage", "");
  text = edited_in(text, "/obligations/1/due_after_s", "");
  text = edited_in(text, "/obligations/0/due_after_stage", R"("S2")");
  EXPECT_TRUE(Agreement::make(text));
  const Result<Agreement> made = Agreement::make(
      edited_in(text, "/stages/1/conditions/-",
                R"({"clause":"8.2","kind":"obligation","obligation":"O2","count":1})"));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Errc::agreement_circular) << made.error().text();
}

TEST(Obligations, RefuseWhatNobodyCouldShow) {
  for (const Refusal& refusal : std::initializer_list<Refusal>{
           {"/obligations/0/verified_by",
            R"("north")",
            Errc::agreement_contradiction,
            "obligations/0/verified_by",
            {"clause 9.1", "north"}},
           {"/obligations/0/verified_by", R"("nobody")", Errc::agreement_unknown_party,
            "obligations/0/verified_by"},
           {"/obligations/0/verified_by", R"("third-air")", Errc::agreement_unknown_party,
            "obligations/0/verified_by"},
           {"/obligations/0/who", R"("nobody")", Errc::agreement_unknown_party,
            "obligations/0/who"},
           {"/obligations/2/id", R"("O1")", Errc::agreement_repeated, "obligations/2/id"},
           {"/obligations/0/mirrors", R"("O9")", Errc::agreement_unknown_obligation,
            "obligations/0/mirrors"},
           {"/obligations/1/mirrors",
            R"("O2")",
            Errc::agreement_contradiction,
            "obligations/0/mirrors",
            {"clause 9.1"}},
           {"/obligations/2/mirrors",
            R"("O1")",
            Errc::agreement_contradiction,
            "obligations/2/mirrors",
            {"clause 9.1", "clause 9.2"}},
           {"/obligations/1/who",
            R"("north")",
            Errc::agreement_contradiction,
            "obligations/0/mirrors",
            {"clause 9.1"}},
           {"/obligations/0/due", R"("2016-08-01T00:00:00Z")", Errc::agreement_malformed,
            "obligations/0"},
           {"/obligations/0/due_after_s", "", Errc::agreement_malformed, "obligations/0"},
           {"/obligations/0/due_after_stage", R"("S9")", Errc::agreement_unknown_stage,
            "obligations/0/due_after_stage"},
           {"/obligations/2/due", R"("2017-02-01T00:00:00Z")", Errc::geo_time_range,
            "obligations/2/due"},
           {"/obligations/2/count", "0", Errc::json_member_range, "obligations/2/count"}}) {
    expect_refused(refusal);
  }
}

TEST(Obligations, RefuseAnAdherentsSponsorAsVerifier) {
  std::string text = edited_in(amended_example(), "/obligations/2/who", R"("third-air")");
  EXPECT_TRUE(Agreement::make(text));
  text = edited_in(text, "/obligations/2/verified_by", R"("south")");
  EXPECT_EQ(Agreement::make(text).error().code, Errc::agreement_contradiction);
}

TEST(Exceptions, RefuseWhatNobodyCouldUse) {
  for (const Refusal& refusal : std::initializer_list<Refusal>{
           {"/exceptions/0/kind", R"("convenience")", Errc::agreement_malformed,
            "exceptions/0/kind"},
           {"/exceptions/0/declare_within_s", "604801", Errc::json_member_range,
            "exceptions/0/declare_within_s"},
           {"/exceptions/-",
            R"({"id":"E1","clause":"5.2","name":{"en":"x","ar":"x"},"kind":"other",)"
            R"("declare_within_s":0})",
            Errc::agreement_repeated, "exceptions/1/id"},
           {"/rules/-",
            R"({"clause":"3.3","effect":"forbid","classes":["designated","stand_off"]})",
            Errc::agreement_contradiction,
            "exceptions/0",
            {"clause 5.2", "clause 3.3"}}}) {
    expect_refused(refusal);
  }
  // A rule that is narrower, or lifts, leaves the exception some use.
  for (const char* rule :
       {R"({"clause":"3.3","effect":"forbid","classes":["designated"]})",
        R"({"clause":"3.3","effect":"forbid","classes":["designated","stand_off"],)"
        R"("unmanned":true})",
        R"({"clause":"3.3","effect":"forbid","classes":["designated","stand_off"],)"
        R"("except_purposes":["medical_evacuation"],"except_clause":"5.1"})"}) {
    EXPECT_TRUE(Agreement::make(edited_in(amended_example(), "/rules/-", rule))) << rule;
  }
}

TEST(Papers, RefuseBothOrNoneOfHashAndCommitment) {
  for (const Refusal& refusal : std::initializer_list<Refusal>{
           {"/documents/1/commitment", "", Errc::agreement_malformed, "documents/1"},
           {"/documents/0/commitment",
            R"("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")",
            Errc::agreement_malformed, "documents/0"},
           {"/documents/1/commitment", R"("E3")", Errc::bad_encoding, "documents/1/commitment"},
           {"/documents/1/kind", R"("leak")", Errc::agreement_malformed, "documents/1/kind"}}) {
    expect_refused(refusal);
  }
}

TEST(Programme, IsReadAsThePageSays) {
  const Agreement agreement = amended();
  EXPECT_EQ(format_rfc3339(*agreement.d_day()), "2016-07-05T00:00:00Z");
  const Rule& rule = agreement.rules()[3];
  EXPECT_EQ(rule.unmanned, true);
  EXPECT_EQ(rule.daily, (std::vector<DailyWindow>{{64'800, 21'600}}));
  EXPECT_EQ(rule.stages, std::vector{StageId("S1")});
  EXPECT_FALSE(agreement.rules()[0].unmanned);
  EXPECT_TRUE(agreement.procedure(Purpose::armed).read_back);
  EXPECT_FALSE(agreement.procedure(Purpose::patrol).read_back);
  EXPECT_EQ(agreement.place_tolerance_mm(), 3'000'000);
  EXPECT_EQ(agreement.places()[0].name.at("ar"), "الجسر القديم");
  EXPECT_EQ(agreement.places()[1].point, (geo::PointE7{361'500'000, 367'000'000}));
  ASSERT_EQ(agreement.stages().size(), 2U);
  const Stage& joint = agreement.stages()[1];
  EXPECT_EQ(joint.after, StageId("S1"));
  EXPECT_EQ(joint.conditions[0].n, 604'800);
  EXPECT_EQ(joint.conditions[1].findings.size(), 2U);
  EXPECT_EQ(joint.conditions[2].obligation, ObligationId("O3"));
  EXPECT_EQ(joint.conditions[2].n, 10);
  EXPECT_EQ(joint.resets[0].to, StageId("S1"));
  EXPECT_FALSE(agreement.stages()[0].resets[0].to);
  EXPECT_EQ(agreement.obligations()[0].due_after_ms, 86'400'000);
  EXPECT_EQ(agreement.obligations()[1].count, 1);
  EXPECT_EQ(agreement.obligations()[2].count, 12);
  EXPECT_EQ(agreement.obligations()[0].mirrors, ObligationId("O2"));
  EXPECT_EQ(agreement.exceptions()[0].declare_within_ms, 3'600'000);
  ASSERT_EQ(agreement.sites().size(), 1U);
  EXPECT_EQ(agreement.sites()[0].id, "H1");
  EXPECT_EQ(agreement.sites()[0].category, "medical");
  EXPECT_EQ(agreement.documents()[0].kind, Document::Kind::annex);
  EXPECT_EQ(agreement.documents()[1].sha256, "");
  EXPECT_EQ(agreement.documents()[1].commitment,
            annex_commitment(crypto::sha256(as_bytes("detente example salt")),
                             crypto::sha256(as_bytes("secret annex"))));
}

TEST(Programme, IsEmptyWhereTheDocumentIsSilent) {
  const Result<Agreement> agreement = Agreement::make(worked_example());
  ASSERT_TRUE(agreement);
  EXPECT_FALSE(agreement->d_day());
  EXPECT_TRUE(agreement->stages().empty());
  EXPECT_TRUE(agreement->sites().empty());
  EXPECT_EQ(agreement->place_tolerance_mm(), 5'000'000);
  EXPECT_FALSE(agreement->rules()[0].unmanned);
  const SeparationTerms apart =
      agreement->separation_between({Purpose::armed, false}, {Purpose::survey, true});
  EXPECT_EQ(apart.clause, ClauseId("7.1"));
  EXPECT_EQ(apart.separation.lateral_mm, 9'260'000);
}

TEST(Separations, OfAPairTakeThePlaceOfTheGeneralOneInEitherOrder) {
  const std::string text =
      edited_in(amended_example(), "/separations/-",
                R"({"clause":"4.1","between":[{"purposes":["survey"]},{"purposes":["survey"]}],)"
                R"("lateral_mm":1000000,"vertical_mm":900000,"time_ms":1})");
  const Result<Agreement> agreement = Agreement::make(text);
  ASSERT_TRUE(agreement) << agreement.error().text();
  const auto apart = [&](Purpose a, bool a_unmanned, Purpose b, bool b_unmanned) {
    return agreement->separation_between({a, a_unmanned}, {b, b_unmanned});
  };
  // Neither fits.
  EXPECT_EQ(apart(Purpose::patrol, true, Purpose::armed, true).clause, ClauseId("7.1"));
  EXPECT_EQ(apart(Purpose::survey, true, Purpose::patrol, false).clause, ClauseId("7.1"));
  // The first fits, in both orders.
  EXPECT_EQ(apart(Purpose::survey, true, Purpose::armed, true).clause, ClauseId("7.2"));
  EXPECT_EQ(apart(Purpose::armed, true, Purpose::survey, true).separation.lateral_mm, 1'852'000);
  // The second alone.
  EXPECT_EQ(apart(Purpose::survey, false, Purpose::survey, true).clause, ClauseId("4.1"));
  EXPECT_EQ(apart(Purpose::survey, false, Purpose::survey, true).separation.time_ms, 1);
  // Both: each dimension is the larger, and the clause that of the larger lateral distance.
  const SeparationTerms both = apart(Purpose::survey, true, Purpose::survey, true);
  EXPECT_EQ(both.clause, ClauseId("7.2"));
  EXPECT_EQ(both.separation.lateral_mm, 1'852'000);
  EXPECT_EQ(both.separation.vertical_mm, 900'000);
  EXPECT_EQ(both.separation.time_ms, 60'000);
  EXPECT_EQ(agreement->separation_max().lateral_mm, 9'260'000);
  EXPECT_EQ(agreement->separation_max().vertical_mm, 900'000);
}

TEST(RuleLimits, NarrowARuleDownAndApplyWhereItIsNotKnown) {
  const Agreement agreement = amended();
  const TimeSpan night{parse_rfc3339("2016-07-10T20:00:00Z").value(),
                       parse_rfc3339("2016-07-10T20:00:01Z").value()};
  const TimeSpan day{parse_rfc3339("2016-07-10T06:00:00Z").value(),
                     parse_rfc3339("2016-07-10T18:00:00Z").value()};
  const TimeSpan early{parse_rfc3339("2016-07-10T05:59:59.999Z").value(),
                       parse_rfc3339("2016-07-10T06:30:00Z").value()};
  const Question known{.who = PartyId("north"),
                       .purpose = Purpose::survey,
                       .active_activity = true,
                       .unmanned = true,
                       .time = night,
                       .stage = StageId("S1")};
  const auto reason = [&](const Question& question) -> std::string {
    for (const Reason& one : agreement.judge(question, 0).reasons) {
      if (one.clause == ClauseId("3.4")) return one.unclear ? "unclear" : "applies";
    }
    return "no";
  };
  EXPECT_EQ(reason(known), "applies");
  EXPECT_FALSE(agreement.judge(known, 0).permitted);
  const auto with = [&](auto change) {
    Question question = known;
    change(question);
    return reason(question);
  };
  EXPECT_EQ(with([](Question& q) { q.unmanned = false; }), "no");
  EXPECT_EQ(with([](Question& q) { q.unmanned.reset(); }), "unclear");
  EXPECT_EQ(with([&](Question& q) { q.time = day; }), "no");
  EXPECT_EQ(with([&](Question& q) { q.time = early; }), "applies");
  EXPECT_EQ(with([](Question& q) { q.time.reset(); }), "unclear");
  EXPECT_EQ(with([](Question& q) { q.stage = StageId("S2"); }), "no");
  EXPECT_EQ(with([](Question& q) { q.stage.reset(); }), "no");
  EXPECT_EQ(with([](Question& q) { q.stage_known = false; }), "unclear");
  EXPECT_EQ(agreement.judge(known, 0).reasons.back().text,
            "Clause 3.4 forbids unmanned flights in Designated area A1 (River bend) daily from "
            "18:00 to 06:00 UTC in stage S1.");
}

}  // namespace
}  // namespace detente::terms
