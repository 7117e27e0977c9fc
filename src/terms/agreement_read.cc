// SPDX-License-Identifier: Apache-2.0
//
// Reads an agreement: shape first, then names that must exist, then sense. Every error carries the
// JSON path of the member that is wrong.
#include <fmt/core.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <set>

#include "base/limits.h"
#include "crypto/hash.h"
#include "terms/agreement_impl.h"
#include "terms/agreement_reading.h"

namespace detente::terms {
namespace {

using namespace reading;  // NOLINT(google-build-using-namespace): this folder's own readers

// The path of the first member that describes targeting; nothing if there is none.
std::optional<std::string> refused_member(const boost::json::value& value) {
  if (const boost::json::object* object = value.if_object()) {
    for (const auto& pair : *object) {
      const std::string_view name(pair.key().data(), pair.key().size());
      if (is_refused_member(name)) return std::string(name.substr(0, 80));
      if (const auto inner = refused_member(pair.value()))
        return fmt::format("{}/{}", name, *inner);
    }
  } else if (const boost::json::array* array = value.if_array()) {
    for (std::size_t i = 0; i < array->size(); ++i) {
      if (const auto inner = refused_member((*array)[i])) return fmt::format("{}/{}", i, *inner);
    }
  }
  return std::nullopt;
}

Status read_head(const JsonReader& in, Impl& out) {
  DETENTE_CHECK(in.only(members::kAgreement));
  DETENTE_TRY(const std::string kind, in.string("detente", limits::kIdBytes));
  if (kind != "agreement/v1") {
    return fail(Errc::agreement_malformed,
                fmt::format("{} is not \"agreement/v1\"", json_quote(kind)), "detente");
  }
  DETENTE_TRY(out.id, read_id(in, "id"));
  DETENTE_TRY(out.title, read_texts(in, "title"));
  DETENTE_TRY(out.valid, read_long_span(in, "valid"));
  if (in.has("version")) {
    DETENTE_TRY(out.version, in.integer("version", 1, kVersionMax));
  }
  if (in.has("amends")) {
    DETENTE_TRY(out.amends, read_hash(in, "amends"));
  }
  if ((out.version > 1) != in.has("amends")) {
    return fail(Errc::agreement_malformed,
                out.version > 1 ? "a later version says which one it \"amends\""
                                : "a first version amends nothing",
                out.version > 1 ? "version" : "amends");
  }
  if (in.has("d_day")) {
    DETENTE_TRY(out.d_day, read_time_within(in, "d_day", out));
  }
  return {};
}

Result<record::VerifierKey> read_vkey(const JsonReader& item, record::KeyType type) {
  DETENTE_TRY(const std::string text, item.as_string(limits::kOriginBytes + 100));
  Result<record::VerifierKey> parsed = record::parse_vkey(text);
  if (!parsed) return fail(std::move(parsed.error()).at(item.place()));
  if (parsed->type != type) {
    return fail(Errc::vkey_malformed,
                fmt::format("key type 0x{:02x} is expected", static_cast<unsigned>(type)),
                item.place());
  }
  if (!crypto::is_valid_public_key(parsed->key)) {
    return fail(Errc::key_malformed, {}, item.place());
  }
  return parsed;
}

Result<record::VerifierKey> read_vkey(const JsonReader& in, std::string_view name,
                                      record::KeyType type) {
  DETENTE_TRY(const JsonReader item, in.member(name));
  return read_vkey(item, type);
}

Result<PartyKeys> read_keys(const JsonReader& in) {
  DETENTE_CHECK(in.only(members::kKeys));
  PartyKeys keys;
  DETENTE_TRY(const std::string root, in.string("root", limits::kIdBytes));
  Result<Hash> bytes = hash_from_base64(root);
  if (!bytes) return fail(std::move(bytes.error()).at(in.place_of("root")));
  keys.root = *bytes;
  if (!crypto::is_valid_public_key(keys.root)) {
    return fail(Errc::key_malformed, {}, in.place_of("root"));
  }
  DETENTE_TRY(keys.log, read_vkey(in, "log", record::KeyType::ed25519));
  DETENTE_TRY(keys.witness, read_vkey(in, "witness", record::KeyType::cosignature_v1));
  DETENTE_TRY(keys.mirror, read_vkey(in, "mirror", record::KeyType::cosignature_v1));
  return keys;
}

Result<Party> read_party(const JsonReader& in) {
  DETENTE_CHECK(in.only(members::kParty));
  Party party;
  DETENTE_TRY(std::string id, read_id(in, "id"));
  party.id = PartyId(std::move(id));
  DETENTE_TRY(party.name, in.string("name", limits::kNameBytes));
  DETENTE_TRY(const std::string kind, in.string("kind", limits::kIdBytes));
  if (kind != "party" && kind != "monitor") {
    return fail(Errc::agreement_malformed,
                fmt::format("{} is not \"party\" or \"monitor\"", json_quote(kind)),
                in.place_of("kind"));
  }
  party.kind = kind == "party" ? PartyKind::party : PartyKind::monitor;
  if (in.has("keys")) {
    DETENTE_TRY(const JsonReader keys, in.object("keys"));
    DETENTE_TRY(party.keys, read_keys(keys));
  }
  return party;
}

// Every key stands for one thing only: a key used twice would let one act pass for another.
Status check_keys_differ(const Impl& out) {
  std::set<crypto::PublicKey> used;
  std::set<std::string> logs;
  for (std::size_t i = 0; i < out.parties.size(); ++i) {
    if (!out.parties[i].keys) continue;
    const PartyKeys& keys = *out.parties[i].keys;
    const std::array<std::pair<const char*, const crypto::PublicKey*>, 4> all = {
        {{"root", &keys.root},
         {"log", &keys.log.key},
         {"witness", &keys.witness.key},
         {"mirror", &keys.mirror.key}}};
    for (const auto& [name, key] : all) {
      if (!used.insert(*key).second) {
        return fail(Errc::agreement_repeated, "the same key is used for two things",
                    fmt::format("parties/{}/keys/{}", i, name));
      }
    }
    if (!logs.insert(keys.log.name).second) {
      return fail(repeated(keys.log.name, fmt::format("parties/{}/keys/log", i)));
    }
  }
  return {};
}

Status read_parties(const JsonReader& in, Impl& out) {
  DETENTE_TRY(const std::vector<JsonReader> items, in.array("parties", kPartiesMax));
  for (const JsonReader& item : items) {
    DETENTE_TRY(Party party, read_party(item));
    if (out.find_party(party.id)) return fail(repeated(party.id.value, item.place_of("id")));
    out.parties.push_back(std::move(party));
  }
  const auto count = std::count_if(out.parties.begin(), out.parties.end(),
                                   [](const Party& p) { return p.kind == PartyKind::party; });
  if (count < 2) {
    return fail(Errc::agreement_malformed, "at least two of kind \"party\" are needed", "parties");
  }
  return check_keys_differ(out);
}

Status read_adherents(const JsonReader& in, Impl& out) {
  DETENTE_TRY(const std::vector<JsonReader> items, in.array("adherents", kAdherentsMax));
  std::set<PartyId> seen;
  for (const JsonReader& item : items) {
    DETENTE_CHECK(item.only(members::kAdherent));
    DETENTE_TRY(std::string id, read_id(item, "id"));
    DETENTE_TRY(std::string name, item.string("name", limits::kNameBytes));
    DETENTE_TRY(std::string sponsor, item.string("sponsor", limits::kIdBytes));
    Adherent adherent{PartyId(std::move(id)), std::move(name), PartyId(std::move(sponsor))};
    if (out.find_party(adherent.id) || !seen.insert(adherent.id).second) {
      return fail(repeated(adherent.id.value, item.place_of("id")));
    }
    const Party* answers = out.find_party(adherent.sponsor);
    if (answers == nullptr || answers->kind != PartyKind::party) {
      return fail(Errc::agreement_unknown_party,
                  fmt::format("the sponsor {} is not one of kind \"party\"",
                              json_quote(adherent.sponsor.value)),
                  item.place_of("sponsor"));
    }
    out.adherents.push_back(std::move(adherent));
  }
  return {};
}

Result<std::string> read_class(const JsonReader& item, const Impl& out) {
  DETENTE_TRY(std::string id, item.as_string(limits::kIdBytes));
  if (!out.class_number.contains(id)) {
    return fail(Errc::agreement_unknown_class, json_quote(id), item.place());
  }
  return id;
}

Status read_classes(const JsonReader& in, Impl& out) {
  DETENTE_TRY(const std::vector<JsonReader> items, in.array("area_classes", kClassesMax));
  for (const JsonReader& item : items) {
    DETENTE_CHECK(item.only(members::kAreaClass));
    AreaClass made;
    DETENTE_TRY(made.id, read_id(item, "id"));
    DETENTE_TRY(made.name, item.string("name", limits::kNameBytes));
    if (!out.class_number.emplace(made.id, out.classes.size()).second) {
      return fail(repeated(made.id, item.place_of("id")));
    }
    out.classes.push_back(std::move(made));
  }
  return {};
}

Result<AreaTerms> read_area_terms(const JsonReader& in, const Impl& out) {
  DETENTE_CHECK(in.only(members::kArea));
  DETENTE_TRY(std::string id, read_id(in, "id", true));
  DETENTE_TRY(std::string name, in.string("name", limits::kNameBytes));
  DETENTE_TRY(const JsonReader class_member, in.member("class"));
  DETENTE_TRY(std::string area_class, read_class(class_member, out));
  DETENTE_TRY(const JsonReader shape, in.object("area"));
  DETENTE_TRY(geo::Area area, geo::read_area(shape));
  AreaTerms terms{.id = AreaId(std::move(id)),
                  .name = std::move(name),
                  .area_class = std::move(area_class),
                  .area = std::move(area),
                  .altitude = std::nullopt,
                  .time = std::nullopt,
                  .category = {}};
  if (in.has("altitude")) {
    DETENTE_TRY(const JsonReader band, in.object("altitude"));
    DETENTE_TRY(terms.altitude, geo::read_altitude(band));
  }
  if (in.has("time")) {
    DETENTE_TRY(terms.time, read_long_span(in, "time"));
    if (terms.time->start < out.valid.start || out.valid.end < terms.time->end) {
      return fail(Errc::geo_time_range, "reaches beyond the agreement's own time",
                  in.place_of("time"));
    }
  }
  if (in.has("category")) {
    DETENTE_TRY(terms.category, read_id(in, "category"));
  }
  return terms;
}

// Areas are read aloud: "A1" and "a1" must not be two.
std::string lower_case(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

Status read_areas(const JsonReader& in, Impl& out) {
  DETENTE_TRY(const std::vector<JsonReader> items, in.array("areas", limits::kAreasPerAgreement));
  std::set<std::string> seen;
  out.areas.reserve(items.size());
  for (const JsonReader& item : items) {
    DETENTE_TRY(AreaTerms area, read_area_terms(item, out));
    if (!seen.insert(lower_case(area.id.value)).second) {
      return fail(repeated(area.id.value, item.place_of("id")));
    }
    out.areas.push_back(std::move(area));
  }
  return {};
}

Status read_clauses(const JsonReader& in, Impl& out) {
  DETENTE_TRY(const std::vector<JsonReader> items, in.array("clauses", kClausesMax));
  for (const JsonReader& item : items) {
    DETENTE_CHECK(item.only(members::kClause));
    ClauseTexts clause;
    DETENTE_TRY(std::string id, read_id(item, "id"));
    clause.id = ClauseId(std::move(id));
    DETENTE_TRY(clause.text, read_all_texts(item, "text", out));
    if (!out.clause_number.emplace(clause.id, out.clauses.size()).second) {
      return fail(repeated(clause.id.value, item.place_of("id")));
    }
    out.clauses.push_back(std::move(clause));
  }
  return {};
}

Result<DailyWindow> read_window(const JsonReader& in) {
  DETENTE_CHECK(in.expect_object());
  DETENTE_CHECK(in.only(members::kDaily));
  DETENTE_TRY(const std::int64_t from, in.integer("from_s", 0, kDayS - 1));
  DETENTE_TRY(const std::int64_t to, in.integer("to_s", 0, kDayS));
  if (from == to) {
    return fail(Errc::agreement_malformed, "the window has no length", in.place());
  }
  return DailyWindow{static_cast<std::int32_t>(from), static_cast<std::int32_t>(to)};
}

// When a rule applies, and to which of manned and unmanned flights.
Status read_rule_limits(const JsonReader& in, Rule& rule) {
  if (in.has("unmanned")) {
    DETENTE_TRY(rule.unmanned, in.boolean("unmanned"));
  }
  DETENTE_TRY(rule.daily, read_set<DailyWindow>(in, "daily", kDailyWindowsMax, read_window));
  const auto read_stage = [](const JsonReader& item) -> Result<StageId> {
    DETENTE_TRY(std::string id, as_id(item, true));
    return StageId(std::move(id));
  };
  DETENTE_TRY(rule.stages, read_set<StageId>(in, "stages", kStagesMax, read_stage));
  for (const char* name : {"daily", "stages"}) {
    if (in.has(name) && (name[0] == 'd' ? rule.daily.empty() : rule.stages.empty())) {
      return fail(Errc::agreement_malformed, "an empty list would say that it never applies",
                  in.place_of(name));
    }
  }
  return {};
}

Result<Rule> read_rule(const JsonReader& in, const Impl& out) {
  DETENTE_CHECK(in.only(members::kRule));
  Rule rule;
  DETENTE_TRY(rule.clause, read_clause(in, "clause", out));
  DETENTE_TRY(const std::string effect, in.string("effect", limits::kIdBytes));
  if (effect != "forbid" && effect != "declare") {
    return fail(Errc::agreement_malformed,
                fmt::format("{} is not \"forbid\" or \"declare\"", json_quote(effect)),
                in.place_of("effect"));
  }
  rule.effect = effect == "forbid" ? Effect::forbid : Effect::declare;
  DETENTE_TRY(rule.who,
              read_set<PartyId>(in, "who", kPartiesMax + kAdherentsMax,
                                [&](const JsonReader& item) { return as_adherent(item, out); }));
  DETENTE_TRY(rule.purposes, read_purposes(in, "purposes"));
  DETENTE_TRY(const JsonReader classes, in.member("classes"));
  DETENTE_TRY(rule.classes,
              read_set<std::string>(in, "classes", kClassesMax,
                                    [&](const JsonReader& item) { return read_class(item, out); }));
  if (rule.classes.empty()) {
    return fail(Errc::agreement_malformed, "a rule without a class applies nowhere",
                classes.place());
  }
  DETENTE_TRY(rule.except_purposes, read_purposes(in, "except_purposes"));
  // An exception is a named rule: it has a clause of its own, and that clause lifts something.
  if (rule.except_purposes.empty() != !in.has("except_clause")) {
    return fail(Errc::agreement_malformed,
                "\"except_purposes\" and \"except_clause\" stand together or not at all",
                in.place());
  }
  if (in.has("except_clause")) {
    DETENTE_TRY(rule.except_clause, read_clause(in, "except_clause", out));
  }
  DETENTE_CHECK(read_rule_limits(in, rule));
  return rule;
}

Status read_rules(const JsonReader& in, Impl& out) {
  DETENTE_TRY(const std::vector<JsonReader> items, in.array("rules", kRulesMax));
  for (const JsonReader& item : items) {
    DETENTE_TRY(Rule rule, read_rule(item, out));
    out.rules.push_back(std::move(rule));
  }
  return {};
}

Status read_concurrences(const JsonReader& in, const Impl& out, Procedure& procedure) {
  DETENTE_TRY(const std::vector<JsonReader> items, in.array("concurrences", kPartiesMax));
  const auto asked = [&](const PartyId& id) {
    return std::any_of(procedure.concurrences.begin(), procedure.concurrences.end(),
                       [&](const Procedure::Keys& keys) { return keys.party == id; });
  };
  for (const JsonReader& item : items) {
    DETENTE_CHECK(item.only(members::kConcurrence));
    DETENTE_TRY(std::string id, item.string("party", limits::kIdBytes));
    DETENTE_TRY(const std::int64_t officers,
                item.integer("officers", 1, std::int64_t{limits::kStatementSigners}));
    PartyId party(std::move(id));
    if (!out.find_party(party)) {
      return fail(Errc::agreement_unknown_party, json_quote(party.value), item.place_of("party"));
    }
    if (asked(party)) return fail(repeated(party.value, item.place_of("party")));
    procedure.concurrences.push_back({std::move(party), static_cast<int>(officers)});
  }
  for (const Party& party : out.parties) {
    if (party.kind == PartyKind::party && !asked(party.id)) {
      return fail(Errc::agreement_consent,
                  fmt::format("no concurrence of {}", json_quote(party.id.value)),
                  in.place_of("concurrences"));
    }
  }
  return {};
}

Status read_procedures(const JsonReader& in, Impl& out) {
  DETENTE_TRY(const std::vector<JsonReader> items, in.array("procedures", kPurposes.size() + 1));
  std::map<Purpose, std::size_t> of_purpose;
  std::optional<std::size_t> of_others;
  for (const JsonReader& item : items) {
    DETENTE_CHECK(item.only(members::kProcedure));
    Procedure procedure;
    DETENTE_TRY(procedure.clause, read_clause(item, "clause", out));
    DETENTE_TRY(procedure.purposes, read_purposes(item, "purposes"));
    DETENTE_TRY(const std::int64_t lead_s, item.integer("lead_s", 0, limits::kSpanMsMax / 1000));
    procedure.lead_ms = lead_s * 1000;
    if (item.has("read_back")) {
      DETENTE_TRY(procedure.read_back, item.boolean("read_back"));
    }
    DETENTE_CHECK(read_concurrences(item, out, procedure));
    const std::size_t number = out.procedures.size();
    for (const Purpose purpose : procedure.purposes) {
      if (!of_purpose.emplace(purpose, number).second) {
        return fail(repeated(purpose_name(purpose), item.place_of("purposes")));
      }
    }
    if (procedure.purposes.empty()) {
      if (of_others) {
        return fail(Errc::agreement_repeated, "a second procedure for all other purposes",
                    item.place());
      }
      of_others = number;
    }
    out.procedures.push_back(std::move(procedure));
  }
  for (std::size_t i = 0; i < kPurposes.size(); ++i) {
    const auto found = of_purpose.find(kPurposes[i]);
    if (found == of_purpose.end() && !of_others) {
      return fail(Errc::agreement_malformed,
                  fmt::format("no procedure covers {}", json_quote(purpose_name(kPurposes[i]))),
                  "procedures");
    }
    out.procedure_of_purpose[i] = found == of_purpose.end() ? *of_others : found->second;
  }
  return {};
}

Status read_separation(const JsonReader& in, Impl& out) {
  DETENTE_TRY(const JsonReader item, in.object("separation"));
  DETENTE_CHECK(item.only(members::kSeparation));
  DETENTE_TRY(out.separation_clause, read_clause(item, "clause", out));
  DETENTE_TRY(out.separation, read_distances(item));
  return {};
}

Status read_clocks(const JsonReader& in, Impl& out) {
  DETENTE_TRY(const JsonReader item, in.object("clocks"));
  DETENTE_CHECK(item.only(members::kClocks));
  constexpr std::int64_t kHour = 3600;
  DETENTE_TRY(const std::int64_t heartbeat, item.integer("heartbeat_s", 1, kHour));
  DETENTE_TRY(const std::int64_t fresh, item.integer("fresh_s", 1, kHour));
  DETENTE_TRY(const std::int64_t cut, item.integer("cut_s", 1, 24 * kHour));
  DETENTE_TRY(const std::int64_t stop_ack, item.integer("stop_ack_s", 1, kHour));
  DETENTE_TRY(const std::int64_t track_gap, item.integer("track_gap_s", 1, kHour));
  if (heartbeat >= fresh) {
    return fail(Errc::agreement_malformed, "not longer than \"heartbeat_s\"",
                item.place_of("fresh_s"));
  }
  if (fresh >= cut) {
    return fail(Errc::agreement_malformed, "not longer than \"fresh_s\"", item.place_of("cut_s"));
  }
  out.clocks = {.heartbeat_ms = heartbeat * 1000,
                .fresh_ms = fresh * 1000,
                .cut_ms = cut * 1000,
                .stop_ack_ms = stop_ack * 1000,
                .track_gap_ms = track_gap * 1000};
  return {};
}

// The first step may come at once; each later one comes later.
Status read_hotline(const JsonReader& in, Impl& out) {
  if (!in.has("hotline")) return {};
  DETENTE_TRY(const JsonReader item, in.object("hotline"));
  DETENTE_CHECK(item.only(members::kHotline));
  if (item.has("escalation_ms")) {
    DETENTE_TRY(const auto steps, item.array("escalation_ms", limits::kEscalationSteps));
    out.hotline.escalation_ms.clear();
    for (const JsonReader& step : steps) {
      const bool first = out.hotline.escalation_ms.empty();
      const std::int64_t low = first ? 0 : out.hotline.escalation_ms.back() + 1;
      DETENTE_TRY(const std::int64_t ms, step.as_integer(low, 86'400'000));
      out.hotline.escalation_ms.push_back(ms);
    }
    if (steps.empty()) {
      return fail(Errc::agreement_malformed, "an alarm has at least one step",
                  item.place_of("escalation_ms"));
    }
  }
  if (item.has("test_every_ms")) {
    DETENTE_TRY(out.hotline.test_every_ms, item.integer("test_every_ms", 60'000, 604'800'000));
  }
  if (item.has("test_answer_ms")) {
    DETENTE_TRY(out.hotline.test_answer_ms, item.integer("test_answer_ms", 1'000, 3'600'000));
  }
  return {};
}

// A foreign witness vouches beside the parties, so it must be none of them.
Status read_witnesses(const JsonReader& in, Impl& out) {
  if (!in.has("witnesses")) return {};
  std::set<crypto::PublicKey> keys;
  std::set<std::string> names;
  for (const Party& party : out.parties) {
    if (!party.keys) continue;
    keys.insert(party.keys->root);
    for (const record::VerifierKey* key :
         {&party.keys->log, &party.keys->witness, &party.keys->mirror}) {
      keys.insert(key->key);
      names.insert(key->name);
    }
  }
  DETENTE_TRY(const std::vector<JsonReader> items, in.array("witnesses", kWitnessesMax));
  for (const JsonReader& item : items) {
    DETENTE_TRY(record::VerifierKey key, read_vkey(item, record::KeyType::cosignature_v1));
    if (!keys.insert(key.key).second) {
      return fail(Errc::agreement_repeated, "the same key is used for two things", item.place());
    }
    if (!names.insert(key.name).second) return fail(repeated(key.name, item.place()));
    out.record.witnesses.push_back(std::move(key));
  }
  return {};
}

Status read_utm(const JsonReader& in, Impl& out) {
  if (!in.has("utm")) return {};
  DETENTE_TRY(const JsonReader item, in.object("utm"));
  DETENTE_CHECK(item.only(members::kUtm));
  UtmTerms terms;
  DETENTE_TRY(terms.clause, read_clause(item, "clause", out));
  DETENTE_TRY(const std::string show, item.string("show", limits::kIdBytes));
  if (show != "constraints" && show != "intents") {
    return fail(Errc::agreement_malformed,
                fmt::format("{} is not \"constraints\" or \"intents\"", json_quote(show)),
                item.place_of("show"));
  }
  terms.as_intents = show == "intents";
  DETENTE_TRY(terms.grid_mm, item.integer("grid_mm", 100'000, 100'000'000));
  DETENTE_TRY(terms.altitude_mm, item.integer("altitude_mm", 1'000, 10'000'000));
  DETENTE_TRY(terms.time_ms, item.integer("time_ms", 1'000, 86'400'000));
  DETENTE_TRY(terms.purposes, read_purposes(item, "purposes"));
  out.utm = std::move(terms);
  return {};
}

Status read_record(const JsonReader& in, Impl& out) {
  const auto others = static_cast<std::int64_t>(out.parties.size()) - 1;
  const std::int64_t monitors = std::count_if(out.parties.begin(), out.parties.end(),
                                              [](auto& p) { return p.kind == PartyKind::monitor; });
  RecordTerms& terms = out.record;
  terms.fence_quorum = static_cast<int>(std::min(std::int64_t{2}, others));
  if (!in.has("record")) return {};
  DETENTE_TRY(const JsonReader item, in.object("record"));
  DETENTE_CHECK(item.only(members::kRecord));
  if (item.has("fence_quorum")) {
    DETENTE_TRY(const std::int64_t quorum, item.integer("fence_quorum", 1, others));
    terms.fence_quorum = static_cast<int>(quorum);
  }
  if (item.has("overdue_s")) {
    DETENTE_TRY(const std::int64_t overdue_s, item.integer("overdue_s", 1, kOverdueMsMax / 1000));
    terms.overdue_ms = overdue_s * 1000;
  }
  if (item.has("deemed_s")) {
    DETENTE_TRY(const std::int64_t deemed_s, item.integer("deemed_s", 1, kDeemedMsMax / 1000));
    terms.deemed_ms = deemed_s * 1000;
  }
  if (item.has("deemed_quorum")) {
    if (monitors == 0) {
      return fail(Errc::agreement_malformed, "no party is of kind \"monitor\"",
                  item.place_of("deemed_quorum"));
    }
    DETENTE_TRY(const std::int64_t quorum, item.integer("deemed_quorum", 1, monitors));
    terms.deemed_quorum = static_cast<int>(quorum);
  }
  return read_witnesses(item, out);
}

// What binds a paper: its hash, or a commitment to its hash while it is secret.
Status read_binding(const JsonReader& in, Document& document) {
  if (in.has("sha256") == in.has("commitment")) {
    return fail(Errc::agreement_malformed, "one of \"sha256\" and \"commitment\" is needed",
                in.place());
  }
  if (in.has("sha256")) {
    DETENTE_TRY(document.sha256, read_hash(in, "sha256"));
  }
  if (in.has("commitment")) {
    DETENTE_TRY(document.commitment, read_hash(in, "commitment"));
  }
  if (!in.has("kind")) return {};
  DETENTE_TRY(const std::string kind, in.string("kind", limits::kIdBytes));
  for (const Document::Kind one : {Document::Kind::main_text, Document::Kind::annex,
                                   Document::Kind::map, Document::Kind::addendum}) {
    if (kind == document_kind_name(one)) {
      document.kind = one;
      return {};
    }
  }
  return fail(Errc::agreement_malformed, fmt::format("{} is no kind of paper", json_quote(kind)),
              in.place_of("kind"));
}

Status read_documents(const JsonReader& in, Impl& out) {
  if (!in.has("documents")) return {};
  DETENTE_TRY(const std::vector<JsonReader> items, in.array("documents", kDocumentsMax));
  std::set<std::pair<std::string, std::string>> seen;
  for (const JsonReader& item : items) {
    DETENTE_CHECK(item.only(members::kDocument));
    Document document;
    DETENTE_TRY(document.name, item.string("name", limits::kNameBytes));
    DETENTE_TRY(document.language, item.string("language", limits::kIdBytes));
    if (!is_language(document.language)) {
      return fail(Errc::agreement_malformed,
                  fmt::format("{} is not a language tag", json_quote(document.language)),
                  item.place_of("language"));
    }
    DETENTE_CHECK(read_binding(item, document));
    if (!seen.emplace(document.name, document.language).second) {
      return fail(repeated(document.name, item.place_of("name")));
    }
    out.documents.push_back(std::move(document));
  }
  return {};
}

void index_pairs(Impl& out) {
  if (out.pair_separations.empty()) return;
  out.pair_table = separation_table(out.pair_separations, {out.separation_clause, out.separation});
}

void index_rules(Impl& out) {
  out.rules_of_area.resize(out.areas.size());
  for (std::size_t a = 0; a < out.areas.size(); ++a) {
    for (std::size_t r = 0; r < out.rules.size(); ++r) {
      const std::vector<std::string>& classes = out.rules[r].classes;
      if (std::find(classes.begin(), classes.end(), out.areas[a].area_class) != classes.end()) {
        out.rules_of_area[a].push_back(r);
      }
    }
  }
}

}  // namespace

Result<Agreement> Agreement::make(std::string_view json) {
  DETENTE_TRY(const JsonDocument document, parse_json(json, {.bytes_max = limits::kAgreementBytes,
                                                             .depth_max = limits::kJsonDepth}));
  if (const auto place = refused_member(document.value())) {
    return fail(Errc::restraint, {}, *place);
  }
  const JsonReader in = document.root();
  auto impl = std::make_shared<Impl>();
  DETENTE_CHECK(read_head(in, *impl));
  DETENTE_CHECK(read_parties(in, *impl));
  DETENTE_CHECK(read_adherents(in, *impl));
  DETENTE_CHECK(read_classes(in, *impl));
  DETENTE_CHECK(read_areas(in, *impl));
  DETENTE_CHECK(read_clauses(in, *impl));
  DETENTE_CHECK(read_rules(in, *impl));
  DETENTE_CHECK(read_procedures(in, *impl));
  DETENTE_CHECK(read_separation(in, *impl));
  DETENTE_CHECK(read_clocks(in, *impl));
  DETENTE_CHECK(read_record(in, *impl));
  DETENTE_CHECK(read_hotline(in, *impl));
  DETENTE_CHECK(read_utm(in, *impl));
  DETENTE_CHECK(read_notices(in, *impl));
  DETENTE_CHECK(read_checks(in, *impl));
  DETENTE_CHECK(read_documents(in, *impl));
  DETENTE_CHECK(read_programme(in, *impl));
  DETENTE_CHECK(check_rule_stages(*impl));
  DETENTE_CHECK(check_together(*impl));
  index_rules(*impl);
  index_pairs(*impl);
  impl->bytes = std::string(json);
  impl->sha256_hex = to_hex(crypto::sha256(as_bytes(json)));
  return Agreement(std::move(impl));
}

}  // namespace detente::terms
