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

namespace detente::terms {
namespace {

using Impl = Agreement::Impl;

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

// Identifiers become folder names and parts of log names, so "." and ".." cannot be formed.
bool is_id(std::string_view text, bool capitals) {
  const auto letter_or_digit = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (capitals && c >= 'A' && c <= 'Z');
  };
  return !text.empty() && letter_or_digit(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return letter_or_digit(c) || c == '.' || c == '_' || c == '-';
         });
}

Result<std::string> read_id(const JsonReader& in, std::string_view name, bool capitals = false) {
  DETENTE_TRY(std::string id, in.string(name, limits::kIdBytes));
  if (!is_id(id, capitals)) {
    return fail(Errc::agreement_malformed,
                fmt::format("{} is not an identifier of {} and . _ -", json_quote(id),
                            capitals ? "a-z A-Z 0-9" : "a-z 0-9"),
                in.place_of(name));
  }
  return id;
}

Error repeated(std::string_view what, std::string place) {
  return {Errc::agreement_repeated, json_quote(what), std::move(place)};
}

// "en", "ar", "zh-Hant" (BCP 47, without its rarer forms).
bool is_language(std::string_view tag) {
  const std::size_t dash = tag.find('-');
  const std::string_view head = tag.substr(0, dash);
  const auto all = [](std::string_view part, auto good) {
    return std::all_of(part.begin(), part.end(), good);
  };
  if (head.size() < 2 || head.size() > 3) return false;
  if (!all(head, [](char c) { return c >= 'a' && c <= 'z'; })) return false;
  if (dash == std::string_view::npos) return true;
  const std::string_view tail = tag.substr(dash + 1);
  return tail.size() >= 2 && tail.size() <= 8 && all(tail, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
         });
}

Result<std::map<std::string, std::string, std::less<>>> read_texts(const JsonReader& in,
                                                                   std::string_view name) {
  DETENTE_TRY(const JsonReader texts, in.object(name));
  std::map<std::string, std::string, std::less<>> out;
  for (const std::string& language : texts.names()) {
    if (!is_language(language)) {
      return fail(Errc::agreement_malformed,
                  fmt::format("{} is not a language tag", json_quote(language.substr(0, 80))),
                  texts.place());
    }
    DETENTE_TRY(out[language], texts.string(language, limits::kTextBytes));
  }
  if (!out.contains("en")) return fail(Errc::json_member_missing, "\"en\"", texts.place());
  return out;
}

// Unlike geo::read_time_span this allows the years of an agreement.
Result<TimeSpan> read_long_span(const JsonReader& in, std::string_view name) {
  DETENTE_TRY(const JsonReader span, in.object(name));
  DETENTE_CHECK(span.only(members::kValid));
  DETENTE_TRY(const UtcMs start, span.time("start"));
  DETENTE_TRY(const UtcMs end, span.time("end"));
  if (end <= start) return fail(Errc::geo_time_reversed, {}, span.place());
  if (end - start > kValidMsMax) return fail(Errc::geo_time_range, "over ten years", span.place());
  return TimeSpan{start, end};
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
    DETENTE_TRY(clause.text, read_texts(item, "text"));
    // All languages are equally authentic, so none may be silent about a clause.
    const bool same = clause.text.size() == out.title.size() &&
                      std::all_of(out.title.begin(), out.title.end(), [&](const auto& pair) {
                        return clause.text.contains(pair.first);
                      });
    if (!same) {
      return fail(Errc::agreement_malformed, "the languages are not those of the title",
                  item.place_of("text"));
    }
    if (!out.clause_number.emplace(clause.id, out.clauses.size()).second) {
      return fail(repeated(clause.id.value, item.place_of("id")));
    }
    out.clauses.push_back(std::move(clause));
  }
  return {};
}

Result<ClauseId> read_clause(const JsonReader& in, std::string_view name, const Impl& out) {
  DETENTE_TRY(std::string id, in.string(name, limits::kIdBytes));
  ClauseId clause(std::move(id));
  if (!out.clause_number.contains(clause)) {
    return fail(Errc::agreement_unknown_clause, json_quote(clause.value), in.place_of(name));
  }
  return clause;
}

// A list without repetitions; absent means empty.
template <class T, class Read>
Result<std::vector<T>> read_set(const JsonReader& in, std::string_view name, std::size_t count_max,
                                Read read) {
  std::vector<T> out;
  if (!in.has(name)) return out;
  DETENTE_TRY(const std::vector<JsonReader> items, in.array(name, count_max));
  for (const JsonReader& item : items) {
    DETENTE_TRY(T value, read(item));
    if (std::find(out.begin(), out.end(), value) != out.end()) {
      return fail(Errc::agreement_repeated, {}, item.place());
    }
    out.push_back(std::move(value));
  }
  return out;
}

Result<std::vector<Purpose>> read_purposes(const JsonReader& in, std::string_view name) {
  return read_set<Purpose>(in, name, kPurposes.size(),
                           [](const JsonReader& item) -> Result<Purpose> {
                             DETENTE_TRY(const std::string text, item.as_string(limits::kIdBytes));
                             Result<Purpose> purpose = parse_purpose(text);
                             if (!purpose) {
                               return fail(std::move(purpose.error()).at(item.place()));
                             }
                             return purpose;
                           });
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
  const auto read_who = [&](const JsonReader& item) -> Result<PartyId> {
    DETENTE_TRY(std::string text, item.as_string(limits::kIdBytes));
    PartyId who(std::move(text));
    if (!out.find_party(who) && !out.find_adherent(who)) {
      return fail(Errc::agreement_unknown_party, json_quote(who.value), item.place());
    }
    return who;
  };
  DETENTE_TRY(rule.who, read_set<PartyId>(in, "who", kPartiesMax + kAdherentsMax, read_who));
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
  DETENTE_TRY(out.separation.lateral_mm, item.integer("lateral_mm", 0, kSeparationMax.lateral_mm));
  DETENTE_TRY(out.separation.vertical_mm,
              item.integer("vertical_mm", 0, kSeparationMax.vertical_mm));
  DETENTE_TRY(out.separation.time_ms, item.integer("time_ms", 0, kSeparationMax.time_ms));
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

Status read_documents(const JsonReader& in, Impl& out) {
  if (!in.has("documents")) return {};
  DETENTE_TRY(const std::vector<JsonReader> items, in.array("documents", kDocumentsMax));
  std::set<std::pair<std::string, std::string>> seen;
  for (const JsonReader& item : items) {
    DETENTE_CHECK(item.only(members::kDocument));
    Document document;
    DETENTE_TRY(document.name, item.string("name", limits::kNameBytes));
    DETENTE_TRY(document.language, item.string("language", limits::kIdBytes));
    DETENTE_TRY(document.sha256, item.string("sha256", 64));
    if (!is_language(document.language)) {
      return fail(Errc::agreement_malformed,
                  fmt::format("{} is not a language tag", json_quote(document.language)),
                  item.place_of("language"));
    }
    const Result<Bytes> hash = from_hex(document.sha256);
    if (!hash || hash->size() != sizeof(Hash) || to_hex(*hash) != document.sha256) {
      return fail(Errc::bad_encoding, "64 lower-case hex digits are expected",
                  item.place_of("sha256"));
    }
    if (!seen.emplace(document.name, document.language).second) {
      return fail(repeated(document.name, item.place_of("name")));
    }
    out.documents.push_back(std::move(document));
  }
  return {};
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
  DETENTE_CHECK(read_documents(in, *impl));
  index_rules(*impl);
  impl->bytes = std::string(json);
  impl->sha256_hex = to_hex(crypto::sha256(as_bytes(json)));
  return Agreement(std::move(impl));
}

}  // namespace detente::terms
