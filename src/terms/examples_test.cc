// SPDX-License-Identifier: Apache-2.0
// Method: what is shipped beside the code is read back from the source tree: the example
// agreements, the worked example, and the schema, which must list exactly the parser's members.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <set>

#include "crypto/hash.h"
#include "terms/agreement_impl.h"
#include "terms/explain.h"
#include "terms/testing_agreement.h"

namespace detente::terms {
namespace {

Result<Agreement> shipped(const std::string& name) {
  return Agreement::make(read_source("examples/" + name + "/agreement.json"));
}

TEST(WorkedExample, IsAValidAgreementWithTheHashThatThePageStates) {
  const Result<Agreement> agreement = Agreement::make(worked_example());
  ASSERT_TRUE(agreement) << agreement.error().text();
  const std::string page = read_source("docs/protocol/agreement.md");
  EXPECT_NE(page.find("`" + agreement->sha256_hex() + "`"), std::string::npos)
      << agreement->sha256_hex();
  EXPECT_EQ(agreement->documents()[0].sha256, to_hex(crypto::sha256(as_bytes("main text"))));
}

TEST(WorkedExample, OfALaterVersionAmendsTheFirst) {
  const Result<Agreement> first = Agreement::make(worked_example());
  const Result<Agreement> second = Agreement::make(amended_example());
  ASSERT_TRUE(first);
  ASSERT_TRUE(second) << second.error().text();
  EXPECT_EQ(first->version(), 1);
  EXPECT_EQ(first->amends(), "");
  EXPECT_EQ(second->version(), 2);
  EXPECT_EQ(second->amends(), first->sha256_hex());
}

TEST(WorkedExample, HasTheKeysThatThePageDescribes) {
  const Result<Agreement> agreement = Agreement::make(worked_example());
  ASSERT_TRUE(agreement);
  for (const Party& party : agreement->parties()) {
    const auto key = [&](const std::string& what) {
      const std::string text = "detente example " + party.id.value + " " + what;
      return crypto::SecretKey::from_seed(crypto::sha256(as_bytes(text))).public_key();
    };
    ASSERT_TRUE(party.keys);
    EXPECT_EQ(party.keys->root, key("root"));
    EXPECT_EQ(party.keys->log.key, key("log"));
    EXPECT_EQ(party.keys->witness.key, key("witness"));
    EXPECT_EQ(party.keys->mirror.key, key("mirror"));
  }
  const Hash seed = crypto::sha256(as_bytes("detente example observatory witness"));
  ASSERT_EQ(agreement->record_terms().witnesses.size(), 1U);
  EXPECT_EQ(agreement->record_terms().witnesses[0].key,
            crypto::SecretKey::from_seed(seed).public_key());
}

TEST(Shipped, NorthWestSyriaIsATemplateInThreeLanguages) {
  const Result<Agreement> agreement = shipped("north-west-syria");
  ASSERT_TRUE(agreement) << agreement.error().text();
  EXPECT_EQ(agreement->keyed().error().code, Errc::agreement_unkeyed);
  EXPECT_EQ(agreement->languages(), (std::vector<std::string>{"ar", "en", "ru"}));
  EXPECT_EQ(agreement->sponsor_of(PartyId("third-air")), PartyId("south"));
  EXPECT_EQ(agreement->separation().lateral_mm, 5 * geo::kNauticalMileMm);
  EXPECT_EQ(agreement->separation().vertical_mm, geo::feet_to_mm(1000));
  EXPECT_EQ(agreement->procedure(Purpose::armed).clause, ClauseId("6.3"));
  EXPECT_EQ(agreement->procedure(Purpose::humanitarian).lead_ms, 3'600'000);
  for (const ClauseId& clause : agreement->clauses()) {
    EXPECT_NE(agreement->clause_text(clause, "ar"), agreement->clause_text(clause, "en"));
    EXPECT_NE(agreement->clause_text(clause, "ru"), agreement->clause_text(clause, "en"));
  }
}

std::string areas_of(const Agreement& agreement, double lat, double lng) {
  std::string out;
  for (const AreaTerms& area : agreement.areas()) {
    if (area.area.contains(geo::point_from_degrees(lat, lng).value())) out += area.id.value + " ";
  }
  return out;
}

// Positions of towns from GeoNames, as in examples/north-west-syria/README.md.
TEST(Shipped, NorthWestSyriaHasItsTownsInTheRightAreas) {
  const Result<Agreement> agreement = shipped("north-west-syria");
  ASSERT_TRUE(agreement);
  EXPECT_EQ(areas_of(*agreement, 35.93062, 36.63393), "A1 H1 ");  // Idlib
  EXPECT_EQ(areas_of(*agreement, 35.64830, 36.67693), "A2 ");     // Ma'arrat an Nu'man
  EXPECT_EQ(areas_of(*agreement, 35.86447, 36.80591), "A1 S1 ");  // Saraqib
  EXPECT_EQ(areas_of(*agreement, 35.81418, 36.31983), "A3 ");     // Jisr ash Shughur
  EXPECT_EQ(areas_of(*agreement, 36.13907, 36.82504), "A4 ");     // Al Atarib
  EXPECT_EQ(areas_of(*agreement, 36.28247, 36.85216), "A4 ");     // Darat 'Izzah
  EXPECT_EQ(areas_of(*agreement, 35.44208, 36.65095), "A5 ");     // Khan Shaykhun
  EXPECT_EQ(areas_of(*agreement, 35.37425, 36.60330), "A5 ");     // Kafr Zayta
  EXPECT_EQ(areas_of(*agreement, 36.21254, 36.76998), "H1 ");     // Ad Dana
  EXPECT_EQ(areas_of(*agreement, 36.01152, 36.67183), "A1 H1 ");  // Ma'arratmisrin
  EXPECT_EQ(areas_of(*agreement, 35.13179, 36.75783), "");        // Hama
}

TEST(Shipped, NorthWestSyriaKeepsTheThirdAirForceOutExceptForItsNamedFlights) {
  const Result<Agreement> agreement = shipped("north-west-syria");
  ASSERT_TRUE(agreement);
  const std::set<Purpose> excepted = {Purpose::medical_evacuation, Purpose::humanitarian,
                                      Purpose::personnel_recovery};
  for (std::size_t a = 0; a < agreement->areas().size(); ++a) {
    const std::string& area_class = agreement->areas()[a].area_class;
    for (const Purpose purpose : kPurposes) {
      const Question third{PartyId("third-air"), purpose, true};
      const Question north{PartyId("north"), purpose, true};
      EXPECT_FALSE(agreement->judge({PartyId("north"), purpose, false}, a).permitted);
      if (area_class == "designated") {
        EXPECT_EQ(agreement->judge(third, a).permitted, excepted.contains(purpose));
        EXPECT_TRUE(agreement->judge(north, a).permitted);
      }
      if (area_class == "stand_off") {
        EXPECT_EQ(agreement->judge(north, a).permitted, purpose != Purpose::armed);
      }
    }
  }
}

TEST(Shipped, SouthWestFranceMixesShapesHeightsAndTimes) {
  const Result<Agreement> agreement = shipped("south-west-france");
  ASSERT_TRUE(agreement) << agreement.error().text();
  int circles = 0, polygons = 0, levels = 0, heights = 0, times = 0;
  for (const AreaTerms& area : agreement->areas()) {
    (std::holds_alternative<geo::Circle>(area.area.shape()) ? circles : polygons) += 1;
    if (area.time) ++times;
    if (!area.altitude) continue;
    (area.altitude->reference == geo::AltitudeReference::msl ? heights : levels) += 1;
  }
  EXPECT_GE(circles, 3);
  EXPECT_GE(polygons, 3);
  EXPECT_GE(levels, 3);
  EXPECT_GE(heights, 2);
  EXPECT_GE(times, 3);
  EXPECT_EQ(areas_of(*agreement, 50.3, -0.5), "M1 ");  // in the Channel
}

TEST(Shipped, AgreementsAreExplainedInEveryLanguageTheyHave) {
  for (const char* name : {"north-west-syria", "south-west-france"}) {
    const Result<Agreement> agreement = shipped(name);
    ASSERT_TRUE(agreement);
    for (const std::string& language : agreement->languages()) {
      EXPECT_TRUE(is_utf8(explain(*agreement, language)));
      EXPECT_TRUE(explain(*agreement, language).starts_with(agreement->title(language)));
    }
  }
}

// The schema's objects, by the name of their definition.
struct SchemaObject {
  const char* definition;  // empty: the document itself
  members::List parser;
  const char* in_example;  // JSON pointer of one in the amended example
};
const std::vector<SchemaObject> kObjects = {
    {"", members::kAgreement, ""},
    {"valid", members::kValid, "/valid"},
    {"party", members::kParty, "/parties/0"},
    {"keys", members::kKeys, "/parties/0/keys"},
    {"adherent", members::kAdherent, "/adherents/0"},
    {"area_class", members::kAreaClass, "/area_classes/0"},
    {"area", members::kArea, "/areas/2"},
    {"clause", members::kClause, "/clauses/0"},
    {"rule", members::kRule, "/rules/3"},
    {"daily", members::kDaily, "/rules/3/daily/0"},
    {"procedure", members::kProcedure, "/procedures/2"},
    {"concurrence", members::kConcurrence, "/procedures/0/concurrences/0"},
    {"separation", members::kSeparation, "/separation"},
    {"clocks", members::kClocks, "/clocks"},
    {"record", members::kRecord, "/record"},
    {"hotline", members::kHotline, "/hotline"},
    {"utm", members::kUtm, "/utm"},
    {"notices", members::kNotices, "/notices"},
    {"check", members::kCheck, "/checks/0"},
    {"check_terms", record::kPsiTermsMembers, "/checks/0/terms"},
    {"document", members::kDocument, "/documents/1"},
    {"pair_separation", members::kPairSeparation, "/separations/0"},
    {"flight_class", members::kFlightClass, "/separations/0/between/0"},
    {"stand_off", members::kStandOff, "/stand_offs/0"},
    {"place", members::kPlace, "/places/0"},
    {"stage", members::kStage, "/stages/1"},
    {"elapsed", members::kElapsed, "/stages/1/conditions/0"},
    {"clean_days", members::kCleanDays, "/stages/1/conditions/1"},
    {"reports", members::kReports, "/stages/1/conditions/2"},
    {"finding_reset", members::kFindingReset, "/stages/1/resets/0"},
    {"suspension_reset", members::kSuspensionReset, "/stages/1/resets/1"},
    {"obligation", members::kObligation, "/obligations/0"},
    {"exception", members::kException, "/exceptions/0"}};

const boost::json::object& definition(const boost::json::value& schema, const SchemaObject& one) {
  if (*one.definition == '\0') return schema.get_object();
  return schema.at_pointer(std::string("/$defs/") + one.definition).get_object();
}

boost::json::value schema() {
  return tree(read_source("docs/schema/agreement.v1.schema.json"));
}

TEST(Schema, ListsExactlyTheMembersThatTheParserKnows) {
  const boost::json::value whole = schema();
  for (const SchemaObject& one : kObjects) {
    const boost::json::object& object = definition(whole, one);
    std::set<std::string> listed;
    for (const auto& pair : object.at("properties").get_object()) {
      listed.insert(std::string(std::string_view(pair.key().data(), pair.key().size())));
    }
    const std::set<std::string> parsed(one.parser.begin(), one.parser.end());
    EXPECT_EQ(listed, parsed) << one.definition;
    EXPECT_EQ(object.at("additionalProperties"), boost::json::value(false)) << one.definition;
  }
}

TEST(Schema, DescribesNoOtherObjectOfTheAgreement) {
  std::set<std::string> known;
  for (const SchemaObject& one : kObjects) known.insert(one.definition);
  const boost::json::value whole = schema();
  for (const auto& pair : whole.at("$defs").get_object()) {
    const std::string name(std::string_view(pair.key().data(), pair.key().size()));
    // Of the geometry format, which has its own page and tests.
    if (name == "altitude" || name == "circle") continue;
    if (pair.value().get_object().contains("properties")) {
      EXPECT_TRUE(known.contains(name)) << name;
    }
  }
}

TEST(Schema, RequiresExactlyTheMembersThatTheParserMisses) {
  const boost::json::value whole = schema();
  const std::string text = amended_example();
  for (const SchemaObject& one : kObjects) {
    std::set<std::string> required;
    for (const boost::json::value& name : definition(whole, one).at("required").get_array()) {
      required.insert(std::string(std::string_view(name.get_string())));
    }
    for (const std::string_view name : one.parser) {
      const std::string member(name);
      const Result<Agreement> made =
          Agreement::make(edited_in(text, std::string(one.in_example) + "/" + member, ""));
      const bool missed = !made && made.error().code == Errc::json_member_missing;
      EXPECT_EQ(missed, required.contains(member)) << one.definition << " " << member;
    }
  }
}

TEST(Schema, NamesNoTargetAndTheSamePurposes) {
  const boost::json::value whole = schema();
  std::vector<std::string> purposes;
  for (const boost::json::value& name : whole.at_pointer("/$defs/purpose/enum").get_array()) {
    purposes.emplace_back(std::string_view(name.get_string()));
  }
  std::vector<std::string> known;
  known.reserve(std::size(kPurposes));
  for (const Purpose purpose : kPurposes) known.emplace_back(purpose_name(purpose));
  EXPECT_EQ(purposes, known);
  for (const SchemaObject& one : kObjects) {
    for (const std::string_view name : one.parser) EXPECT_FALSE(is_refused_member(name)) << name;
  }
}

}  // namespace
}  // namespace detente::terms
