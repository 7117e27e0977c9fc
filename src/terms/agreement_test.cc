// SPDX-License-Identifier: Apache-2.0
// Method: the worked example of the protocol page is edited at one place a time; each edit must be
// refused with one code at one place. Then what the agreement answers is read off the example.
#include "terms/agreement.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "crypto/hash.h"
#include "terms/explain.h"
#include "terms/testing_agreement.h"

namespace detente::terms {
namespace {

struct Refusal {
  const char* pointer;
  const char* value;  // empty: removed
  Errc code;
  const char* place;
};

void expect_refused(const Refusal& refusal) {
  const Result<Agreement> made = Agreement::make(edited(refusal.pointer, refusal.value));
  ASSERT_FALSE(made) << refusal.pointer << " = " << refusal.value;
  EXPECT_EQ(made.error().code, refusal.code) << refusal.pointer << ": " << made.error().text();
  EXPECT_EQ(made.error().place, refusal.place) << refusal.pointer << ": " << made.error().text();
}

Agreement example() {
  Result<Agreement> made = Agreement::make(worked_example());
  EXPECT_TRUE(made) << made.error().text();
  return std::move(*made);
}

TEST(Agreement, RefusesTextThatIsNotStrictJson) {
  const auto code = [](std::string_view text) { return Agreement::make(text).error().code; };
  EXPECT_EQ(code("{"), Errc::json_malformed);
  EXPECT_EQ(code(R"({"id":"a","id":"b"})"), Errc::json_duplicate_key);
  EXPECT_EQ(code(R"({"id":1.5})"), Errc::json_number);
  EXPECT_EQ(code(std::string(40, '[')), Errc::json_too_deep);
  EXPECT_EQ(code(std::string(limits::kAgreementBytes + 1, ' ')), Errc::json_too_large);
  EXPECT_EQ(code("[]"), Errc::json_member_type);
}

TEST(Agreement, RefusesMembersThatDescribeTargetingAtAnyDepthBeforeAllElse) {
  expect_refused({"/target", "1", Errc::restraint, "target"});
  expect_refused(
      {"/areas/1/area/circle/aimPoint", "1", Errc::restraint, "areas/1/area/circle/aimPoint"});
  expect_refused({"/rules/-", R"({"weapon_type":"x"})", Errc::restraint, "rules/3/weapon_type"});
  expect_refused({"/title/bda", R"("x")", Errc::restraint, "title/bda"});
}

TEST(Agreement, RefusesABadHead) {
  for (const Refusal& refusal : std::initializer_list<Refusal>{
           {"/detente", R"("agreement/v2")", Errc::agreement_malformed, "detente"},
           {"/id", R"("River")", Errc::agreement_malformed, "id"},
           {"/id", R"("..")", Errc::agreement_malformed, "id"},
           {"/id", R"("")", Errc::json_member_range, "id"},
           {"/id", "7", Errc::json_member_type, "id"},
           {"/title", "", Errc::json_member_missing, ""},
           {"/title/en", "", Errc::json_member_missing, "title"},
           {"/title/English", R"("x")", Errc::agreement_malformed, "title"},
           {"/title/en-", R"("x")", Errc::agreement_malformed, "title"},
           {"/title/e", R"("x")", Errc::agreement_malformed, "title"},
           {"/title/EN", R"("x")", Errc::agreement_malformed, "title"},
           {"/title/en-a b", R"("x")", Errc::agreement_malformed, "title"},
           {"/note", R"("x")", Errc::json_member_unknown, ""},
           {"/valid/start", R"("2016-07-01")", Errc::bad_time, "valid/start"},
           {"/valid/end", R"("2016-07-01T00:00:00Z")", Errc::geo_time_reversed, "valid"},
           {"/valid/end", R"("2026-07-03T00:00:00Z")", Errc::geo_time_range, "valid"},
           {"/valid/days", "1", Errc::json_member_unknown, "valid"}}) {
    expect_refused(refusal);
  }
}

TEST(Agreement, RefusesBadPartiesAndAdherents) {
  for (const Refusal& refusal : std::initializer_list<Refusal>{
           {"/parties/1/kind", R"("monitor")", Errc::agreement_malformed, "parties"},
           {"/parties/1/kind", R"("judge")", Errc::agreement_malformed, "parties/1/kind"},
           {"/parties/1/id", R"("north")", Errc::agreement_repeated, "parties/1/id"},
           {"/parties/1/id", R"("-south")", Errc::agreement_malformed, "parties/1/id"},
           {"/parties/0/flag", R"("x")", Errc::json_member_unknown, "parties/0"},
           {"/adherents/0/sponsor", R"("nobody")", Errc::agreement_unknown_party,
            "adherents/0/sponsor"},
           {"/adherents/0/sponsor", R"("monitor")", Errc::agreement_unknown_party,
            "adherents/0/sponsor"},
           {"/adherents/0/id", R"("south")", Errc::agreement_repeated, "adherents/0/id"},
           {"/adherents/-", R"({"id":"third-air","name":"x","sponsor":"north"})",
            Errc::agreement_repeated, "adherents/1/id"}}) {
    expect_refused(refusal);
  }
}

TEST(Agreement, RefusesBadKeys) {
  const std::string north_log =
      std::string(tree(worked_example()).at_pointer("/parties/0/keys/log").get_string());
  const std::string north_mirror =
      std::string(tree(worked_example()).at_pointer("/parties/0/keys/mirror").get_string());
  const std::string log = "\"" + north_log + "\"";
  const std::string mirror = "\"" + north_mirror + "\"";
  for (const Refusal& refusal : std::initializer_list<Refusal>{
           {"/parties/0/keys/root", R"("AAAA")", Errc::bad_encoding, "parties/0/keys/root"},
           {"/parties/0/keys/root", R"("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")",
            Errc::key_malformed, "parties/0/keys/root"},
           {"/parties/0/keys/log", R"("north")", Errc::vkey_malformed, "parties/0/keys/log"},
           {"/parties/0/keys/log", mirror.c_str(), Errc::vkey_malformed, "parties/0/keys/log"},
           {"/parties/0/keys/witness", log.c_str(), Errc::vkey_malformed, "parties/0/keys/witness"},
           {"/parties/0/keys/mirror", log.c_str(), Errc::vkey_malformed, "parties/0/keys/mirror"},
           {"/parties/1/keys/log", log.c_str(), Errc::agreement_repeated, "parties/1/keys/log"},
           {"/parties/0/keys/witness", mirror.c_str(), Errc::agreement_repeated,
            "parties/0/keys/mirror"},
           {"/parties/0/keys/mirror", "", Errc::json_member_missing, "parties/0/keys"},
           {"/parties/0/keys/spare", R"("x")", Errc::json_member_unknown, "parties/0/keys"}}) {
    expect_refused(refusal);
  }
}

TEST(Agreement, RefusesTwoLogsOfOneName) {
  const Agreement whole = example();
  record::VerifierKey twin = whole.party(PartyId("south"))->keys->log;
  twin.name = whole.party(PartyId("north"))->keys->log.name;
  const std::string text = "\"" + twin.text() + "\"";
  expect_refused(
      {"/parties/1/keys/log", text.c_str(), Errc::agreement_repeated, "parties/1/keys/log"});
}

TEST(Agreement, RefusesBadClassesAndAreas) {
  for (const Refusal& refusal : std::initializer_list<Refusal>{
           {"/area_classes/1/id", R"("designated")", Errc::agreement_repeated, "area_classes/1/id"},
           {"/area_classes/0/colour", "1", Errc::json_member_unknown, "area_classes/0"},
           {"/areas/0/class", R"("none")", Errc::agreement_unknown_class, "areas/0/class"},
           {"/areas/1/id", R"("a1")", Errc::agreement_repeated, "areas/1/id"},
           {"/areas/0/id", R"("A 1")", Errc::agreement_malformed, "areas/0/id"},
           {"/areas/0/area", "", Errc::json_member_missing, "areas/0"},
           {"/areas/0/area", "{}", Errc::json_member_missing, "areas/0/area"},
           {"/areas/1/altitude/lower_mm", "4000000", Errc::geo_altitude_reversed,
            "areas/1/altitude"},
           {"/areas/1/altitude/upper_mm", "900000000", Errc::geo_altitude_range,
            "areas/1/altitude/upper_mm"},
           {"/areas/1/time/end", R"("2017-01-01T00:00:01Z")", Errc::geo_time_range, "areas/1/time"},
           {"/areas/1/time/start", R"("2016-06-30T23:59:59Z")", Errc::geo_time_range,
            "areas/1/time"},
           {"/areas/1/time/start", R"("2016-07-20T00:00:00Z")", Errc::geo_time_reversed,
            "areas/1/time"},
           {"/areas/0/colour", "1", Errc::json_member_unknown, "areas/0"}}) {
    expect_refused(refusal);
  }
}

TEST(Agreement, NamesTheAreaWhoseShapeIsBad) {
  const auto error = [](const char* area) {
    return Agreement::make(edited("/areas/0/area", area)).error();
  };
  const Error crossing = error(R"({"polygon":[[360000000,365000000],[358000000,368000000],)"
                               R"([360000000,368000000],[358000000,365000000]]})");
  EXPECT_EQ(crossing.code, Errc::geo_self_crossing);
  EXPECT_TRUE(crossing.place.starts_with("areas/0/area")) << crossing.place;
  const Error range = error(R"({"circle":{"center":[999999999,0],"radius_mm":1000}})");
  EXPECT_EQ(range.code, Errc::geo_swapped);
  EXPECT_TRUE(range.place.starts_with("areas/0/area")) << range.place;
  EXPECT_EQ(error(R"({"polygon":[[0,0],[1,1]]})").code, Errc::geo_too_few_vertices);
}

TEST(Agreement, RefusesBadClausesAndRules) {
  for (const Refusal& refusal : std::initializer_list<Refusal>{
           {"/clauses/1/id", R"("3.1")", Errc::agreement_repeated, "clauses/1/id"},
           {"/clauses/0/text/ar", "", Errc::agreement_malformed, "clauses/0/text"},
           {"/clauses/0/text/ru", R"("x")", Errc::agreement_malformed, "clauses/0/text"},
           {"/clauses/0/text/en", "", Errc::json_member_missing, "clauses/0/text"},
           {"/clauses/0/text", R"({"en":"x","ru":"x"})", Errc::agreement_malformed,
            "clauses/0/text"},
           {"/clauses/0/note", "1", Errc::json_member_unknown, "clauses/0"},
           {"/rules/0/clause", R"("9.9")", Errc::agreement_unknown_clause, "rules/0/clause"},
           {"/rules/0/effect", R"("allow")", Errc::agreement_malformed, "rules/0/effect"},
           {"/rules/1/who/0", R"("nobody")", Errc::agreement_unknown_party, "rules/1/who/0"},
           {"/rules/1/who/-", R"("third-air")", Errc::agreement_repeated, "rules/1/who/1"},
           {"/rules/2/purposes/0", R"("bombing")", Errc::purpose_unknown, "rules/2/purposes/0"},
           {"/rules/0/classes/0", R"("none")", Errc::agreement_unknown_class, "rules/0/classes/0"},
           {"/rules/0/classes", "[]", Errc::agreement_malformed, "rules/0/classes"},
           {"/rules/0/classes", "", Errc::json_member_missing, "rules/0"},
           {"/rules/1/except_clause", R"("9.9")", Errc::agreement_unknown_clause,
            "rules/1/except_clause"},
           {"/rules/1/except_clause", "", Errc::agreement_malformed, "rules/1"},
           {"/rules/1/except_purposes", "", Errc::agreement_malformed, "rules/1"},
           {"/rules/1/except_purposes/0", "1", Errc::json_member_type, "rules/1/except_purposes/0"},
           {"/rules/1/priority", "1", Errc::json_member_unknown, "rules/1"}}) {
    expect_refused(refusal);
  }
}

TEST(Agreement, RefusesProceduresThatLeaveSomethingOpen) {
  for (const Refusal& refusal : std::initializer_list<Refusal>{
           {"/procedures/0/concurrences/1", "", Errc::agreement_consent,
            "procedures/0/concurrences"},
           {"/procedures/0/concurrences/1/party", R"("monitor")", Errc::agreement_consent,
            "procedures/0/concurrences"},
           {"/procedures/0/concurrences/1/party", R"("north")", Errc::agreement_repeated,
            "procedures/0/concurrences/1/party"},
           {"/procedures/0/concurrences/1/party", R"("third-air")", Errc::agreement_unknown_party,
            "procedures/0/concurrences/1/party"},
           {"/procedures/0/concurrences/0/officers", "0", Errc::json_member_range,
            "procedures/0/concurrences/0/officers"},
           {"/procedures/0/concurrences/0/officers", "5", Errc::json_member_range,
            "procedures/0/concurrences/0/officers"},
           {"/procedures/0/concurrences/0/vote", "1", Errc::json_member_unknown,
            "procedures/0/concurrences/0"},
           {"/procedures/0/clause", R"("9")", Errc::agreement_unknown_clause,
            "procedures/0/clause"},
           {"/procedures/0/lead_s", "-1", Errc::json_member_range, "procedures/0/lead_s"},
           {"/procedures/0/lag", "1", Errc::json_member_unknown, "procedures/0"},
           {"/procedures/0/purposes", R"(["armed"])", Errc::agreement_malformed, "procedures"},
           {"/procedures/0/purposes", R"(["medical_evacuation"])", Errc::agreement_repeated,
            "procedures/1/purposes"},
           {"/procedures/1/purposes", "", Errc::agreement_repeated, "procedures/1"}}) {
    expect_refused(refusal);
  }
}

TEST(Agreement, RefusesBadSeparationClocksAndDocuments) {
  for (const Refusal& refusal : std::initializer_list<Refusal>{
           {"/separation/clause", R"("9")", Errc::agreement_unknown_clause, "separation/clause"},
           {"/separation/lateral_mm", "-1", Errc::json_member_range, "separation/lateral_mm"},
           {"/separation/vertical_mm", "30000001", Errc::json_member_range,
            "separation/vertical_mm"},
           {"/separation/time_ms", "86400001", Errc::json_member_range, "separation/time_ms"},
           {"/separation/unit", "1", Errc::json_member_unknown, "separation"},
           {"/clocks/heartbeat_s", "90", Errc::agreement_malformed, "clocks/fresh_s"},
           {"/clocks/fresh_s", "300", Errc::agreement_malformed, "clocks/cut_s"},
           {"/clocks/stop_ack_s", "0", Errc::json_member_range, "clocks/stop_ack_s"},
           {"/clocks/grace_s", "1", Errc::json_member_unknown, "clocks"},
           {"/hotline", R"({"escalation_ms":[]})", Errc::agreement_malformed,
            "hotline/escalation_ms"},
           {"/hotline", R"({"escalation_ms":[0,0]})", Errc::json_member_range,
            "hotline/escalation_ms/1"},
           {"/hotline", R"({"test_every_ms":1})", Errc::json_member_range, "hotline/test_every_ms"},
           {"/hotline", R"({"test_answer_ms":0})", Errc::json_member_range,
            "hotline/test_answer_ms"},
           {"/hotline", R"({"who":"x"})", Errc::json_member_unknown, "hotline"},
           {"/documents/0/sha256", R"("ab")", Errc::bad_encoding, "documents/0/sha256"},
           {"/documents/0/sha256",
            R"("E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855")",
            Errc::bad_encoding, "documents/0/sha256"},
           {"/documents/0/sha256",
            R"("zzb0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")",
            Errc::bad_encoding, "documents/0/sha256"},
           {"/documents/0/language", R"("English")", Errc::agreement_malformed,
            "documents/0/language"},
           {"/documents/0/url", R"("x")", Errc::json_member_unknown, "documents/0"},
           {"/documents/-",
            R"({"name":"main text","language":"en",)"
            R"("sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"})",
            Errc::agreement_repeated, "documents/1/name"}}) {
    expect_refused(refusal);
  }
}

TEST(Agreement, RefusesBadTermsOfTheRecord) {
  const boost::json::value doc = tree(worked_example());
  const auto quoted = [&](const char* pointer) { return text_of(doc.at_pointer(pointer)); };
  const std::string log = quoted("/parties/0/keys/log");
  const std::string mirror = quoted("/parties/1/keys/mirror");
  const std::string witness = quoted("/record/witnesses/0");
  record::VerifierKey renamed = example().record_terms().witnesses[0];
  renamed.name = "other.example/witness";
  const std::string same_key = "\"" + renamed.text() + "\"";
  record::VerifierKey taken = example().record_terms().witnesses[0];
  taken.name = "north.example/detente";
  const std::string taken_name = "\"" + taken.text() + "\"";
  std::string many = "[";
  for (std::size_t i = 0; i <= kWitnessesMax; ++i) many += i > 0 ? ",1" : "1";
  many += "]";
  for (const Refusal& refusal : std::initializer_list<Refusal>{
           {"/record", "[]", Errc::json_member_type, "record"},
           {"/record/quorum", "1", Errc::json_member_unknown, "record"},
           {"/record/fence_quorum", "0", Errc::json_member_range, "record/fence_quorum"},
           {"/record/fence_quorum", "3", Errc::json_member_range, "record/fence_quorum"},
           {"/record/fence_quorum", "\"2\"", Errc::json_member_type, "record/fence_quorum"},
           {"/record/overdue_s", "0", Errc::json_member_range, "record/overdue_s"},
           {"/record/overdue_s", "86401", Errc::json_member_range, "record/overdue_s"},
           {"/record/deemed_s", "0", Errc::json_member_range, "record/deemed_s"},
           {"/record/deemed_s", "2592001", Errc::json_member_range, "record/deemed_s"},
           {"/record/deemed_quorum", "0", Errc::json_member_range, "record/deemed_quorum"},
           {"/record/deemed_quorum", "2", Errc::json_member_range, "record/deemed_quorum"},
           {"/record/witnesses", "{}", Errc::json_member_type, "record/witnesses"},
           {"/record/witnesses", many.c_str(), Errc::json_member_range, "record/witnesses"},
           {"/record/witnesses/-", "1", Errc::json_member_type, "record/witnesses/1"},
           {"/record/witnesses/-", "\"x\"", Errc::vkey_malformed, "record/witnesses/1"},
           {"/record/witnesses/-", log.c_str(), Errc::vkey_malformed, "record/witnesses/1"},
           {"/record/witnesses/-", mirror.c_str(), Errc::agreement_repeated, "record/witnesses/1"},
           {"/record/witnesses/-", witness.c_str(), Errc::agreement_repeated, "record/witnesses/1"},
           {"/record/witnesses/-", same_key.c_str(), Errc::agreement_repeated,
            "record/witnesses/1"},
           {"/record/witnesses/0", taken_name.c_str(), Errc::agreement_repeated,
            "record/witnesses/0"}}) {
    expect_refused(refusal);
  }
}

TEST(Agreement, RefusesAQuorumOfMonitorsWhereThereIsNone) {
  boost::json::value doc = tree(worked_example());
  doc.at_pointer("/parties").as_array().pop_back();
  doc.at_pointer("/record").as_object()["fence_quorum"] = 1;
  const Result<Agreement> refused = Agreement::make(text_of(doc));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::agreement_malformed);
  EXPECT_EQ(refused.error().place, "record/deemed_quorum");
  doc.at_pointer("/record").as_object().erase("deemed_quorum");
  EXPECT_TRUE(Agreement::make(text_of(doc)));
}

TEST(Agreement, HasTermsOfTheRecordAlsoWhereTheDocumentIsSilent) {
  const Agreement whole = example();
  EXPECT_EQ(whole.record_terms().fence_quorum, 2);
  EXPECT_EQ(whole.record_terms().overdue_ms, 300'000);
  EXPECT_EQ(whole.record_terms().deemed_ms, 7'200'000);
  EXPECT_EQ(whole.record_terms().deemed_quorum, 1);
  ASSERT_EQ(whole.record_terms().witnesses.size(), 1U);
  EXPECT_EQ(whole.record_terms().witnesses[0].name, "observatory.example/witness");

  boost::json::value doc = tree(worked_example());
  doc.as_object().erase("record");
  const Result<Agreement> silent = Agreement::make(text_of(doc));
  ASSERT_TRUE(silent);
  EXPECT_EQ(silent->record_terms().fence_quorum, 2);
  EXPECT_EQ(silent->record_terms().overdue_ms, 600'000);
  EXPECT_EQ(silent->record_terms().deemed_ms, 3'600'000);
  EXPECT_EQ(silent->record_terms().deemed_quorum, 1);
  EXPECT_TRUE(silent->record_terms().witnesses.empty());

  doc.at_pointer("/parties").as_array().pop_back();
  const Result<Agreement> pair = Agreement::make(text_of(doc));
  ASSERT_TRUE(pair);
  EXPECT_EQ(pair->record_terms().fence_quorum, 1);
}

TEST(Agreement, RefusesMoreThanItsBounds) {
  std::string parties = "[";
  for (std::size_t i = 0; i <= kPartiesMax; ++i) parties += i > 0 ? ",1" : "1";
  const std::string many = parties + "]";
  expect_refused({"/parties", many.c_str(), Errc::json_member_range, "parties"});
}

TEST(Agreement, IsBoundByTheHashOfItsExactBytes) {
  const std::string text = worked_example();
  const Agreement agreement = example();
  EXPECT_EQ(agreement.bytes(), text);
  EXPECT_EQ(agreement.sha256_hex(), to_hex(crypto::sha256(as_bytes(text))));
  const Result<Agreement> spaced = Agreement::make(text + " ");
  ASSERT_TRUE(spaced);
  EXPECT_NE(spaced->sha256_hex(), agreement.sha256_hex());
}

TEST(Agreement, AnswersWhatTheDocumentSays) {
  const Agreement agreement = example();
  EXPECT_EQ(agreement.id(), "river-2016");
  EXPECT_EQ(agreement.title("ar"), "السماء فوق النهر");
  EXPECT_EQ(agreement.title("fr"), "Sky over the river");
  EXPECT_EQ(agreement.languages(), (std::vector<std::string>{"ar", "en"}));
  EXPECT_EQ(format_rfc3339(agreement.valid().end), "2017-01-01T00:00:00Z");
  EXPECT_EQ(agreement.class_name("stand_off"), "Stand-off area");
  EXPECT_EQ(agreement.class_name("none"), "");
  EXPECT_EQ(agreement.clause_text(ClauseId("5.1"), "ar"), "الإجلاء الطبي المعلن استثناء.");
  EXPECT_EQ(agreement.clause_text(ClauseId("9.9"), "en"), "");
  EXPECT_EQ(agreement.clauses().size(), 7U);
  EXPECT_EQ(agreement.rules().size(), 3U);
  EXPECT_EQ(agreement.procedures().size(), 2U);
  EXPECT_EQ(agreement.documents().size(), 1U);
  EXPECT_EQ(agreement.separation().lateral_mm, 9'260'000);
  EXPECT_EQ(agreement.separation_clause(), ClauseId("7.1"));
  EXPECT_EQ(agreement.clocks().cut_ms, 300'000);
  EXPECT_EQ(agreement.clocks().track_gap_ms, 120'000);
  EXPECT_EQ(agreement.hotline_terms().escalation_ms,
            (std::vector<std::int64_t>{0, 20'000, 60'000}));
  EXPECT_EQ(agreement.hotline_terms().test_every_ms, 28'800'000);
  EXPECT_EQ(agreement.hotline_terms().test_answer_ms, 120'000);
  EXPECT_FALSE(agreement.areas()[0].altitude);
  EXPECT_EQ(agreement.areas()[1].altitude->upper_mm, 3'048'000);
}

TEST(Agreement, KnowsWhoIsBoundAndThroughWhom) {
  const Agreement agreement = example();
  EXPECT_EQ(agreement.party(PartyId("third-air")), nullptr);
  EXPECT_EQ(agreement.party(PartyId("monitor"))->kind, PartyKind::monitor);
  EXPECT_TRUE(agreement.is_adherent(PartyId("third-air")));
  EXPECT_TRUE(agreement.is_adherent(PartyId("monitor")));
  EXPECT_FALSE(agreement.is_adherent(PartyId("nobody")));
  EXPECT_EQ(agreement.sponsor_of(PartyId("third-air")), PartyId("south"));
  EXPECT_EQ(agreement.sponsor_of(PartyId("north")), PartyId("north"));
  EXPECT_FALSE(agreement.sponsor_of(PartyId("nobody")));
}

TEST(Agreement, HasOneProcedureForEveryPurposeAndSkipsTheOwnersOwnAnswer) {
  const Agreement agreement = example();
  for (const Purpose purpose : kPurposes) {
    const bool urgent = purpose == Purpose::medical_evacuation;
    EXPECT_EQ(agreement.procedure(purpose).clause, ClauseId(urgent ? "6.2" : "6.1"));
    EXPECT_EQ(agreement.procedure(purpose).lead_ms, urgent ? 3'600'000 : 86'400'000);
  }
  const auto needed = agreement.needed_concurrences(Purpose::armed, PartyId("south"));
  ASSERT_EQ(needed.size(), 1U);
  EXPECT_EQ(needed[0].party, PartyId("north"));
  EXPECT_EQ(needed[0].officers, 2);
  EXPECT_EQ(agreement.needed_concurrences(Purpose::armed, PartyId("monitor")).size(), 2U);
}

TEST(Agreement, NamesTheOwnersOfLogs) {
  const Agreement agreement = example();
  EXPECT_EQ(agreement.log_owner(PartyId("nobody")).error().code, Errc::agreement_unknown_party);
  EXPECT_EQ(agreement.log_owner(PartyId("third-air")).error().code, Errc::agreement_unknown_party);
  const Result<record::LogOwner> owner = agreement.log_owner(PartyId("north"));
  ASSERT_TRUE(owner);
  EXPECT_EQ(owner->party, "north");
  EXPECT_EQ(owner->agreement, agreement.sha256_hex());
  EXPECT_EQ(owner->log.name, "north.example/detente");
  EXPECT_EQ(owner->mirror, agreement.party(PartyId("north"))->keys->mirror);
  EXPECT_EQ(owner->root, agreement.party(PartyId("north"))->keys->root);
  EXPECT_TRUE(agreement.keyed());
  ASSERT_EQ(agreement.cosigners().size(), 7U);
  EXPECT_EQ(agreement.cosigners()[6], agreement.record_terms().witnesses[0]);
}

TEST(Template, IsReadButNamesThePartyWithoutKeys) {
  const Result<Agreement> agreement = Agreement::make(edited("/parties/1/keys", ""));
  ASSERT_TRUE(agreement);
  const Status keyed = agreement->keyed();
  ASSERT_FALSE(keyed);
  EXPECT_EQ(keyed.error().code, Errc::agreement_unkeyed);
  EXPECT_EQ(keyed.error().place, "parties/1");
  EXPECT_EQ(agreement->log_owner(PartyId("south")).error().code, Errc::agreement_unkeyed);
  EXPECT_EQ(agreement->cosigners().size(), 5U);
}

TEST(Template, RefusesKeysForStrangersAndForThoseWhoHaveSome) {
  const Agreement whole = example();
  const PartyKeys south = *whole.party(PartyId("south"))->keys;
  const std::string bare = edited("/parties/1/keys", "");
  const auto code = [&](const std::map<PartyId, PartyKeys>& keys) {
    return Agreement::with_keys(bare, keys).error().code;
  };
  EXPECT_EQ(code({{PartyId("third-air"), south}}), Errc::agreement_unknown_party);
  EXPECT_EQ(code({{PartyId("north"), south}}), Errc::agreement_repeated);
  const PartyKeys north = *whole.party(PartyId("north"))->keys;
  EXPECT_EQ(code({{PartyId("south"), north}}), Errc::agreement_repeated);
  EXPECT_EQ(Agreement::with_keys("{}", {}).error().code, Errc::json_member_missing);
}

TEST(Template, KeepsEverythingElseWhenKeysArePutIn) {
  const Agreement whole = example();
  std::map<PartyId, PartyKeys> keys;
  boost::json::value bare = tree(worked_example());
  for (std::size_t i = 0; i < 3; ++i) {
    keys[whole.parties()[i].id] = *whole.parties()[i].keys;
    bare.as_object().at("parties").as_array().at(i).as_object().erase("keys");
  }
  const Result<std::string> filled = Agreement::with_keys(text_of(bare), keys);
  ASSERT_TRUE(filled) << filled.error().text();
  EXPECT_EQ(tree(*filled), tree(worked_example()));
  EXPECT_EQ(*filled, text_of(tree(worked_example())));  // the order is kept too
  EXPECT_EQ(*filled, Agreement::with_keys(text_of(bare), keys).value());
  EXPECT_TRUE(Agreement::make(*filled)->keyed());
}

// The page says what these three questions are answered.
TEST(Judge, AnswersTheQuestionsOfTheWorkedExample) {
  const Agreement agreement = example();
  const Decision third = agreement.judge({.who = PartyId("third-air"), .purpose = {}}, 0);
  ASSERT_EQ(third.reasons.size(), 2U);
  EXPECT_FALSE(third.permitted);
  EXPECT_EQ(third.reasons[1].text,
            "Clause 3.2 forbids flights of Third air force in Designated area A1 (River bend).");
  EXPECT_FALSE(third.reasons[1].unclear);

  const Decision medical = agreement.judge({.who = PartyId("third-air"),
                                            .purpose = Purpose::medical_evacuation,
                                            .active_activity = true},
                                           0);
  EXPECT_TRUE(medical.permitted);
  ASSERT_EQ(medical.reasons.size(), 2U);
  EXPECT_EQ(medical.reasons[0].text,
            "Clause 3.1 asks that flights in Designated area A1 (River bend) belong to an active "
            "activity; this flight does.");
  EXPECT_EQ(medical.reasons[1].text,
            "Clause 3.2 forbids flights of Third air force in Designated area A1 (River bend); "
            "clause 5.1 lifts this for the declared purpose of medical evacuation.");

  const Decision unknown = agreement.judge({}, 0);
  EXPECT_FALSE(unknown.permitted);
  ASSERT_EQ(unknown.reasons.size(), 2U);
  EXPECT_TRUE(unknown.reasons[1].broken);
  EXPECT_TRUE(unknown.reasons[1].unclear);
  EXPECT_EQ(unknown.reasons[1].area, AreaId("A1"));
}

TEST(Judge, DoesNotLiftARuleForAnExceptionThatIsNotActive) {
  const Decision decision =
      example().judge({.who = PartyId("third-air"), .purpose = Purpose::medical_evacuation}, 0);
  EXPECT_FALSE(decision.permitted);
  EXPECT_TRUE(decision.reasons[1].broken);
}

TEST(Judge, TreatsAnOperatorWhomNobodyKnowsAsUnidentified) {
  const Decision decision = example().judge(
      {.who = PartyId("stranger"), .purpose = Purpose::transit, .active_activity = true}, 0);
  EXPECT_FALSE(decision.permitted);
  EXPECT_TRUE(decision.reasons[1].unclear);
}

TEST(Judge, AppliesARuleAboutPurposesWhereNoneIsDeclared) {
  const Decision decision = example().judge({.who = PartyId("north"), .purpose = {}}, 1);
  ASSERT_EQ(decision.reasons.size(), 2U);
  EXPECT_EQ(decision.reasons[1].text,
            "Clause 3.3 forbids armed flights in Stand-off area A2 (Old bridge). No purpose is "
            "declared, so the clause is applied.");
  EXPECT_TRUE(decision.reasons[1].unclear);
  EXPECT_EQ(
      example().judge({.who = PartyId("north"), .purpose = Purpose::patrol}, 1).reasons.size(), 1U);
}

geo::Volume4 volume(const char* json) {
  const Result<JsonDocument> doc = parse_json(json, {.bytes_max = 1000});
  return geo::read_volume(doc->root()).value();
}

TEST(AreasMet, LooksAtPlaceHeightAndTime) {
  const Agreement agreement = example();
  const auto met = [&](const char* json) { return agreement.areas_met(volume(json)); };
  using Numbers = std::vector<std::size_t>;
  // Inside both, and within the time of the second.
  EXPECT_EQ(met(R"({"area":{"circle":{"center":[359000000,366500000],"radius_mm":1000000}},
    "altitude":{"lower_mm":0,"upper_mm":1000000,"reference":"MSL"},
    "time":{"start":"2016-07-15T00:00:00Z","end":"2016-07-15T01:00:00Z"}})"),
            (Numbers{0, 1}));
  // Above the second.
  EXPECT_EQ(met(R"({"area":{"circle":{"center":[359000000,366500000],"radius_mm":1000000}},
    "altitude":{"lower_mm":3048001,"upper_mm":4000000,"reference":"MSL"},
    "time":{"start":"2016-07-15T00:00:00Z","end":"2016-07-15T01:00:00Z"}})"),
            (Numbers{0}));
  // Touching its ceiling counts.
  EXPECT_EQ(met(R"({"area":{"circle":{"center":[359000000,366500000],"radius_mm":1000000}},
    "altitude":{"lower_mm":3048000,"upper_mm":4000000,"reference":"MSL"},
    "time":{"start":"2016-07-15T00:00:00Z","end":"2016-07-15T01:00:00Z"}})"),
            (Numbers{0, 1}));
  // Its time ends where the second's begins.
  EXPECT_EQ(met(R"({"area":{"circle":{"center":[359000000,366500000],"radius_mm":1000000}},
    "altitude":{"lower_mm":0,"upper_mm":1000000,"reference":"MSL"},
    "time":{"start":"2016-07-09T00:00:00Z","end":"2016-07-10T00:00:00Z"}})"),
            (Numbers{0}));
  // After the agreement.
  EXPECT_EQ(met(R"({"area":{"circle":{"center":[359000000,366500000],"radius_mm":1000000}},
    "altitude":{"lower_mm":0,"upper_mm":1000000,"reference":"MSL"},
    "time":{"start":"2017-01-01T00:00:00Z","end":"2017-01-01T01:00:00Z"}})"),
            (Numbers{}));
  // A shared vertex counts as touching.
  EXPECT_EQ(met(R"({"area":{"polygon":[[360000000,368000000],[361000000,368000000],
      [361000000,369000000]]},
    "altitude":{"lower_mm":0,"upper_mm":1000000,"reference":"MSL"},
    "time":{"start":"2016-07-15T00:00:00Z","end":"2016-07-15T01:00:00Z"}})"),
            (Numbers{0}));
}

TEST(Explain, SaysEverythingThatIsSigned) {
  const Agreement agreement = example();
  const std::string text = explain(agreement, "ar");
  for (const char* part :
       {"السماء فوق النهر", "35.9000000 N, 36.6500000 E", "10000 ft MSL", "third-air",
        "5.00 NM or 1000 ft or 1 min", "2 different officers", "1 officer", "clause 5.1",
        "main text (en)", "observatory.example/witness+01a20dc3+", "2 other parties have confirmed",
        "north.example/detente+ad0617f6+", "2016-07-10T00:00:00Z"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  EXPECT_NE(text.find(agreement.sha256_hex()), std::string::npos);
  for (const ClauseId& clause : agreement.clauses()) {
    EXPECT_NE(text.find(agreement.clause_text(clause, "ar")), std::string::npos) << clause.value;
  }
  EXPECT_EQ(explain(agreement, "xx"), explain(agreement, "en"));
}

// ---- notices and private checks ----

boost::json::value with_checks(const std::string& pointer, const std::string& value) {
  boost::json::value doc = tree(amended_example());
  doc.at_pointer(pointer) = tree(value);
  return doc;
}

TEST(PrivateChecks, SayWhichActivitiesNeedThem) {
  const Result<Agreement> made = Agreement::make(amended_example());
  ASSERT_TRUE(made) << made.error().text();
  const PartyId north{"north"};
  const std::vector<CheckNeeded> needed = {
      {ClauseId{"4.1"}, record::PsiPurpose::sites, PartyId{"monitor"}}};
  EXPECT_EQ(made->needed_checks(Purpose::armed, north), needed);
  EXPECT_TRUE(made->needed_checks(Purpose::transit, north).empty());
  EXPECT_TRUE(made->needed_checks(Purpose::armed, PartyId{"monitor"}).empty());
  ASSERT_EQ(made->checks().size(), 1U);
  EXPECT_EQ(made->checks()[0].terms.lateral_mm, 5'000'000);
  EXPECT_EQ(made->checks()[0].keep_ms, 604'800'000);
  EXPECT_EQ(made->notice_terms().lead_ms, 259'200'000);
  EXPECT_EQ(made->notice_terms().read_ms, NoticeTerms{}.read_ms);
  EXPECT_NE(explain(*made, "en").find("plans against the list of monitor, before"),
            std::string::npos);
}

TEST(PrivateChecks, OfPlansAreOfTwoParties) {
  boost::json::value doc = with_checks("/checks/0/purpose", R"("plans")");
  doc.at_pointer("/checks/0/lists_of") = tree(R"(["south","north"])");
  doc.at_pointer("/checks/0").as_object().erase("activities");
  const Result<Agreement> made = Agreement::make(text_of(doc));
  ASSERT_TRUE(made) << made.error().text();
  const std::vector<CheckNeeded> of_north = {
      {ClauseId{"4.1"}, record::PsiPurpose::plans, PartyId{"south"}}};
  const std::vector<CheckNeeded> of_south = {
      {ClauseId{"4.1"}, record::PsiPurpose::plans, PartyId{"north"}}};
  EXPECT_EQ(made->needed_checks(Purpose::transit, PartyId{"north"}), of_north);
  EXPECT_EQ(made->needed_checks(Purpose::armed, PartyId{"south"}), of_south);
  EXPECT_TRUE(made->needed_checks(Purpose::armed, PartyId{"monitor"}).empty());
}

TEST(PrivateChecks, AreRefusedWithTheirPlace) {
  struct Row {
    const char* pointer;
    const char* value;
    Errc code;
    const char* place;
  };
  for (const Row& row : {
           Row{"/checks/0/purpose", R"("dummy")", Errc::agreement_malformed, "checks/0/purpose"},
           Row{"/checks/0/purpose", R"("plans")", Errc::agreement_malformed, "checks/0/lists_of"},
           Row{"/checks/0/lists_of", R"(["north","south"])", Errc::agreement_malformed,
               "checks/0/lists_of"},
           Row{"/checks/0/lists_of", R"(["west"])", Errc::agreement_unknown_party,
               "checks/0/lists_of/0"},
           Row{"/checks/0/clause", R"("99.9")", Errc::agreement_unknown_clause, "checks/0/clause"},
           Row{"/checks/0/epoch_ms", "1000", Errc::json_member_range, "checks/0/epoch_ms"},
           Row{"/checks/0/terms/levels", "2", Errc::json_member_range, "checks/0/terms/levels"},
           Row{"/checks/0/terms/reference", R"("AGL")", Errc::checks_malformed,
               "checks/0/terms/reference"},
           Row{"/notices/lead_ms", "1", Errc::json_member_range, "notices/lead_ms"},
       }) {
    const Result<Agreement> made = Agreement::make(text_of(with_checks(row.pointer, row.value)));
    ASSERT_FALSE(made) << row.pointer;
    EXPECT_EQ(made.error().code, row.code) << made.error().text();
    EXPECT_EQ(made.error().place, row.place) << row.pointer;
  }
  boost::json::value twice = tree(amended_example());
  boost::json::array& checks = twice.as_object()["checks"].as_array();
  checks.push_back(boost::json::value(checks[0]));
  const Result<Agreement> made = Agreement::make(text_of(twice));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Errc::agreement_repeated);
}

}  // namespace
}  // namespace detente::terms
