// SPDX-License-Identifier: Apache-2.0
//
// The agreement in the API: the version that is in force, whole.
#include <fmt/core.h>

#include "node/api_json.h"
#include "node/api_parts.h"

namespace detente::node {
namespace {

// "06:00"
std::string clock_text(std::int32_t second_of_day) {
  return fmt::format("{:02}:{:02}", second_of_day / 3600, second_of_day / 60 % 60);
}

void write_separation(JsonWriter& out, const ClauseId& clause, const geo::Separation& separation) {
  out.member("clause", clause.value);
  out.name("lateral_m").decimal(static_cast<double>(separation.lateral_mm) / 1000);
  out.name("vertical_m").decimal(static_cast<double>(separation.vertical_mm) / 1000);
  out.name("time_s").decimal(static_cast<double>(separation.time_ms) / 1000);
}

void write_separations(JsonWriter& out, const terms::Agreement& agreement) {
  const auto purpose = [](terms::Purpose p) { return std::string(terms::purpose_name(p)); };
  out.name("separation").begin_object();
  write_separation(out, agreement.separation_clause(), agreement.separation());
  out.end_object().name("pair_separations").begin_array();
  for (const terms::PairSeparation& pair : agreement.pair_separations()) {
    out.begin_object();
    write_separation(out, pair.clause, pair.separation);
    out.name("between").begin_array();
    for (const terms::FlightClass& flights : pair.between) {
      out.begin_object();
      write_texts(out, "purposes", flights.purposes, purpose);
      if (flights.unmanned) out.member("unmanned", *flights.unmanned);
      out.end_object();
    }
    out.end_array().end_object();
  }
  out.end_array().name("stand_offs").begin_array();
  for (const terms::StandOff& stand_off : agreement.stand_offs()) {
    out.begin_object().member("clause", stand_off.clause.value);
    write_texts(out, "categories", stand_off.categories, [](const std::string& s) { return s; });
    write_texts(out, "purposes", stand_off.purposes, purpose);
    out.name("lateral_m").decimal(static_cast<double>(stand_off.lateral_mm) / 1000);
    out.name("vertical_m").decimal(static_cast<double>(stand_off.vertical_mm) / 1000).end_object();
  }
  out.end_array();
}

void write_documents(JsonWriter& out, const terms::Agreement& agreement) {
  out.name("documents").begin_array();
  for (const terms::Document& document : agreement.documents()) {
    out.begin_object().member("name", document.name).member("language", document.language);
    out.member("kind", terms::document_kind_name(document.kind));
    if (!document.sha256.empty()) out.member("sha256", document.sha256);
    if (!document.commitment.empty()) out.member("commitment", document.commitment);
    out.end_object();
  }
  out.end_array();
}

void write_places(JsonWriter& out, const terms::Agreement& agreement, const std::string& language) {
  out.name("places").begin_array();
  for (const terms::NamedPlace& place : agreement.places()) {
    auto name = place.name.find(language);
    if (name == place.name.end()) name = place.name.find("en");
    out.begin_object().member("name", name == place.name.end() ? std::string() : name->second);
    out.name("point");
    write_lnglat(out, place.point);
    out.end_object();
  }
  out.end_array();
  out.name("place_tolerance_m").decimal(static_cast<double>(agreement.place_tolerance_mm()) / 1000);
}

void write_rules(JsonWriter& out, const terms::Agreement& agreement) {
  const auto text = [](const auto& id) { return id.value; };
  const auto purpose = [](terms::Purpose p) { return std::string(terms::purpose_name(p)); };
  out.name("rules").begin_array();
  for (const terms::Rule& rule : agreement.rules()) {
    out.begin_object().member("clause", rule.clause.value);
    out.member("effect", terms::effect_name(rule.effect));
    write_texts(out, "who", rule.who, text);
    write_texts(out, "purposes", rule.purposes, purpose);
    write_texts(out, "classes", rule.classes, [](const std::string& s) { return s; });
    write_texts(out, "except_purposes", rule.except_purposes, purpose);
    if (rule.except_clause) out.member("except_clause", rule.except_clause->value);
    if (rule.unmanned) out.member("unmanned", *rule.unmanned);
    if (!rule.daily.empty()) {
      out.name("daily").begin_array();
      for (const terms::DailyWindow& window : rule.daily) {
        out.begin_object().member("from", clock_text(window.from_s));
        out.member("to", clock_text(window.to_s)).end_object();
      }
      out.end_array();
    }
    if (!rule.stages.empty()) write_texts(out, "stages", rule.stages, text);
    out.end_object();
  }
  out.end_array().name("procedures").begin_array();
  for (const terms::Procedure& procedure : agreement.procedures()) {
    out.begin_object().member("clause", procedure.clause.value);
    write_texts(out, "purposes", procedure.purposes, purpose);
    out.member("lead_s", procedure.lead_ms / 1000).member("read_back", procedure.read_back);
    out.name("concurrences").begin_array();
    for (const terms::Procedure::Keys& keys : procedure.concurrences) {
      out.begin_object().member("party", keys.party.value).member("officers", keys.officers);
      out.end_object();
    }
    out.end_array().end_object();
  }
  out.end_array();
}

void write_areas(JsonWriter& out, const terms::Agreement& agreement) {
  out.name("areas").begin_array();
  for (const terms::AreaTerms& area : agreement.areas()) {
    out.begin_object().member("id", area.id.value).member("name", area.name);
    out.member("area_class", area.area_class);
    if (!area.category.empty()) out.member("category", area.category);
    out.member("class_name", agreement.class_name(area.area_class)).name("shape");
    write_shape(out, area.area);
    out.name("label");
    write_lnglat(out, area.area.middle());
    if (area.altitude) {
      out.name("altitude");
      write_band(out, *area.altitude);
    }
    if (area.time) {
      out.name("time");
      write_span(out, *area.time);
    }
    out.end_object();
  }
  out.end_array();
}

}  // namespace

void write_agreement(JsonWriter& out, const Node& node, const std::string& language, UtcMs now) {
  const terms::Agreement& agreement = node.terms_now();
  out.begin_object().member("id", agreement.id()).member("title", agreement.title(language));
  out.member("sha256", agreement.sha256_hex()).member("version", agreement.version());
  if (!agreement.amends().empty()) out.member("amends", agreement.amends());
  if (agreement.d_day()) out.member("d_day", *agreement.d_day());
  out.name("valid");
  write_span(out, agreement.valid());
  out.member("in_force", node.flight_terms(now).state == terms::ForceState::in_force);
  write_texts(out, "signed_by", node.signed_by(), [](const PartyId& id) { return id.value; });
  out.name("parties").begin_array();
  for (const terms::Party& party : agreement.parties()) {
    out.begin_object().member("id", party.id.value).member("name", party.name);
    out.member("kind", party.kind == terms::PartyKind::party ? "party" : "monitor").end_object();
  }
  out.end_array().name("adherents").begin_array();
  for (const terms::Adherent& adherent : agreement.adherents()) {
    out.begin_object().member("id", adherent.id.value).member("name", adherent.name);
    out.member("sponsor", adherent.sponsor.value).end_object();
  }
  out.end_array();
  write_areas(out, agreement);
  out.name("clauses").begin_array();
  for (const ClauseId& clause : agreement.clauses()) {
    out.begin_object().member("id", clause.value);
    out.member("text", agreement.clause_text(clause, language)).end_object();
  }
  out.end_array();
  write_rules(out, agreement);
  write_separations(out, agreement);
  write_documents(out, agreement);
  write_places(out, agreement, language);
  write_texts(out, "languages", agreement.languages(), [](const std::string& s) { return s; });
  out.end_object();
}

}  // namespace detente::node
