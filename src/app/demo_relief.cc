// SPDX-License-Identifier: Apache-2.0
#include "app/demo_relief.h"

#include <fmt/core.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "app/demo_acts.h"
#include "app/scenario.h"
#include "base/limits.h"

namespace detente::app {
namespace {

namespace bj = boost::json;

constexpr std::size_t kManyMax = 1'000;
constexpr const char* kAllSites = "/api/sites?count=500";

// The keys of what is listed under `name`, where `wanted` says so.
template <class Wanted>
Result<std::vector<std::string>> keys_of(const JsonReader& in, const char* name, Wanted wanted) {
  DETENTE_TRY(const std::vector<JsonReader> all, in.array(name, kManyMax));
  std::vector<std::string> out;
  for (const JsonReader& one : all) {
    if (!wanted(one)) continue;
    DETENTE_TRY(std::string key, one.string("key", limits::kIdBytes));
    out.push_back(std::move(key));
  }
  return out;
}

bool is_named(const JsonReader& one, const std::string& name) {
  return one.string("name", limits::kNameBytes, true).value_or("") == name;
}

// Patrols are compared with the other party's plans and with the list of the humanitarian body.
constexpr const char* kChecks = R"([
{"clause":"90.1","purpose":"plans","lists_of":["north","south"],"activities":["patrol"],
"epoch_ms":86400000,"keep_ms":604800000,"audit_per_mille":50,"terms":{"levels":1,
"lateral_mm":9260000,"vertical_mm":304800,"time_ms":60000,"reference":"MSL","epoch_tokens":65536,
"posts":100,"repeats":3,"answer_ms":600000,"footprint_km2":10,"footprint_ms":600000}},
{"clause":"90.2","purpose":"sites","lists_of":["relief"],"activities":["patrol"],
"epoch_ms":86400000,"keep_ms":604800000,"audit_per_mille":50,"terms":{"levels":1,
"lateral_mm":4000000,"vertical_mm":0,"time_ms":0,"reference":"MSL","epoch_tokens":65536,
"posts":100,"repeats":3,"answer_ms":600000,"footprint_km2":10,"footprint_ms":600000}}])";

struct ClauseWords {
  const char* id;
  const char* en;
  const char* ru;
  const char* ar;
};
constexpr ClauseWords kClauses[] = {
    {"90.1", "Before a patrol is flown, the two parties' plans are compared privately.",
     "До вылета патруля планы сторон сравниваются без раскрытия.",
     "قبل تسيير دورية تُقارَن خطط الطرفين مقارنة سرية."},
    {"90.2",
     "Before a patrol is flown, its plan is compared privately with the relief body's list.",
     "До вылета патруля его план без раскрытия сравнивается со списком гуманитарной организации.",
     "قبل تسيير دورية تُقارَن خطتها سرا بقائمة الهيئة الإنسانية."},
};

// In the languages of the title, as every clause has them.
void add_checks(bj::object& agreement) {
  const bj::value* const titles = agreement.if_contains("title");
  bj::value* const clauses = agreement.if_contains("clauses");
  bj::array sides;
  for (const bj::value& party : agreement.at("parties").get_array()) {
    const bj::object* const one = party.if_object();
    if (one == nullptr || !one->contains("id")) continue;
    if (!one->contains("kind") || one->at("kind") == "party") sides.push_back(one->at("id"));
  }
  const bool fits = sides.size() == 2 && titles != nullptr && titles->is_object() &&
                    clauses != nullptr && clauses->is_array() && !agreement.contains("checks");
  if (!fits) return;
  for (const ClauseWords& clause : kClauses) {
    bj::object text;
    for (const auto& title : titles->get_object()) {
      const std::string_view language(title.key().data(), title.key().size());
      const char* words = clause.en;
      if (language == "ru") words = clause.ru;
      if (language == "ar") words = clause.ar;
      text[title.key()] = words;
    }
    clauses->get_array().push_back(bj::object{{"id", clause.id}, {"text", std::move(text)}});
  }
  bj::value checks = bj::parse(kChecks);
  checks.at(0).as_object()["lists_of"] = std::move(sides);
  agreement["checks"] = std::move(checks);
}

Answered done() {
  Answered out;
  out.status = 200;
  return out;
}

}  // namespace

Result<std::string> with_relief(const std::string& text) {
  DETENTE_TRY(const JsonDocument document, parse_json(text, {.bytes_max = limits::kAgreementBytes,
                                                             .depth_max = limits::kJsonDepth}));
  bj::value whole = document.value();
  bj::object* const members = whole.if_object();
  bj::value* const parties = members == nullptr ? nullptr : members->if_contains("parties");
  if (parties == nullptr || !parties->is_array()) return text;  // its own reader says what is wrong
  for (const bj::value& party : parties->get_array()) {
    const bj::object* const one = party.if_object();
    const bj::value* const id = one == nullptr ? nullptr : one->if_contains("id");
    if (id != nullptr && id->is_string() && id->get_string() == kRelief) return text;
  }
  parties->get_array().push_back(
      bj::object{{"id", kRelief}, {"name", "Relief coordination"}, {"kind", "monitor"}});
  add_checks(*members);
  return bj::serialize(whole);
}

Result<Answered> DemoOfficers::on_relief(const Act& act, const std::string& id) {
  switch (act.kind) {
    case ActKind::register_sites:
      return register_sites(act);
    case ActKind::confirm_sites:
      return confirm_sites(act);
    case ActKind::receive_sites:
      return receive_sites(act);
    case ActKind::notify:
      return submit(act, "movement.notify", id, {}, act.bodies.front());
    case ActKind::incident:
      return submit(act, "incident.report", id, {}, act.bodies.front());
    case ActKind::desk_act:
      return on_notice(act);
    case ActKind::check_list:
      return check_list(act);
    case ActKind::check_plan:
      return check_plan(act);
    default:
      return case_step(act);
  }
}

// Statements with ids of their own: what was registered before a restart is known again.
Result<Answered> DemoOfficers::register_sites(const Act& act) {
  for (std::size_t i = 0; i < act.bodies.size(); ++i) {
    DETENTE_TRY(Answered answer,
                submit(act, "site.register", own_id(fmt::format("site {}", i)), {}, act.bodies[i]));
    if (!answer.good() && answer.code() != errc_name(Errc::entry_repeated)) return answer;
  }
  return done();
}

Result<Answered> DemoOfficers::confirm_sites(const Act& act) {
  DETENTE_TRY(const JsonDocument known, nodes_.of(act.party).desk->get(kAllSites));
  DETENTE_TRY(const std::vector<std::string> keys,
              keys_of(known.root(), "sites", [](const JsonReader& site) {
                return site.string("state", limits::kIdBytes).value_or("") == "registered";
              }));
  for (const std::string& key : keys) {
    DETENTE_TRY(Answered answer, at_desk(act, "/api/sites/" + key + "/confirm", act.reason));
    if (!answer.good()) return answer;
  }
  return done();
}

Result<Answered> DemoOfficers::receive_sites(const Act& act) {
  DETENTE_TRY(const JsonDocument known, nodes_.of(act.party).desk->get(kAllSites));
  DETENTE_TRY(const std::vector<std::string> keys,
              keys_of(known.root(), "sites", [](const JsonReader&) { return true; }));
  JsonWriter body;
  body.begin_object().name("keys").begin_array();
  for (std::size_t i = 0; i < std::min(keys.size(), limits::kNoticeRefs); ++i) body.value(keys[i]);
  body.end_array().end_object();
  return at_desk(act, "/api/sites/received", body.text());
}

// The subject is the name of a movement or a site, or "emergency": the one that is not over.
Result<Answered> DemoOfficers::on_notice(const Act& act) {
  const DemoNode& node = nodes_.of(act.party);
  DETENTE_TRY(const JsonDocument moving, node.desk->get("/api/movements"));
  const auto named = [&](const JsonReader& one) { return is_named(one, act.subject); };
  std::string what = "movements";
  DETENTE_TRY(std::vector<std::string> keys, keys_of(moving.root(), "movements", named));
  if (act.subject == "emergency") {
    what = "emergencies";
    DETENTE_TRY(keys, keys_of(moving.root(), "emergencies",
                              [](const JsonReader& one) { return !one.has("over"); }));
  } else if (keys.empty()) {
    what = "sites";
    DETENTE_TRY(const JsonDocument known, node.desk->get(kAllSites));
    DETENTE_TRY(keys, keys_of(known.root(), "sites", named));
  }
  if (keys.empty()) {
    return fail(Errc::promise_broken, fmt::format("{} knows no {}", act.party.value, act.subject));
  }
  return at_desk(act, fmt::format("/api/{}/{}/{}", what, keys.front(), act.word), act.reason);
}

Result<Answered> DemoOfficers::case_step(const Act& act) {
  DETENTE_TRY(const JsonDocument known, nodes_.of(act.party).desk->get("/api/cases"));
  DETENTE_TRY(const std::vector<JsonReader> cases, known.root().array("cases", kManyMax));
  for (const JsonReader& one : cases) {
    DETENTE_TRY(const bool incident, one.boolean("incident"));
    if (!incident) continue;
    DETENTE_TRY(const std::string id, one.string("id", limits::kIdBytes));
    JsonWriter body;
    body.begin_object().member("step", act.word).member("text", act.reason).end_object();
    return at_desk(act, "/api/cases/" + id + "/steps", body.text());
  }
  return fail(Errc::promise_broken, act.party.value + " knows no case");
}

}  // namespace detente::app
