// SPDX-License-Identifier: Apache-2.0
#include "terms/agreement.h"

#include <fmt/core.h>

#include <algorithm>

#include "terms/agreement_impl.h"

namespace detente::terms {
namespace {

template <class T>
bool contains(const std::vector<T>& list, const T& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// Half-open spans: one that ends when the other starts does not meet it.
bool meet(const TimeSpan& a, const TimeSpan& b) {
  return a.start < b.end && b.start < a.end;
}

std::string_view text_in(const std::map<std::string, std::string, std::less<>>& texts,
                         std::string_view language) {
  auto found = texts.find(language);
  if (found == texts.end()) found = texts.find("en");
  return found == texts.end() ? std::string_view{} : std::string_view(found->second);
}

// Whether a rule applies to a question, and whether that is certain.
struct Applies {
  bool applies = true;
  bool who_unclear = false;
  bool purpose_unclear = false;
  bool unmanned_unclear = false;
  bool time_unclear = false;
  bool stage_unclear = false;

  bool unclear() const {
    return who_unclear || purpose_unclear || unmanned_unclear || time_unclear || stage_unclear;
  }
};

// Whether a window of each UTC day, [from, to) in milliseconds and less than two days long, has an
// instant in common with the span. A span of a day or more meets every window.
bool meets_daily(const DailyWindow& window, const TimeSpan& time) {
  constexpr std::int64_t kDayMs = kDayS * 1000LL;
  if (time.end - time.start >= kDayMs) return true;
  const std::int64_t from = window.from_s * 1000LL;
  const std::int64_t to = window.to_s * 1000LL + (window.to_s < window.from_s ? kDayMs : 0);
  const std::int64_t midnight = time.start.value / kDayMs * kDayMs;
  for (const std::int64_t day : {midnight - kDayMs, midnight, midnight + kDayMs}) {
    if (time.start.value < day + to && day + from < time.end.value) return true;
  }
  return false;
}

// The limits that came with stages and unmanned flights.
void apply_limits(const Rule& rule, const Question& question, std::span<const TimeSpan> times,
                  Applies& out) {
  if (rule.unmanned) {
    if (question.unmanned && *question.unmanned != *rule.unmanned) out.applies = false;
    out.unmanned_unclear = !question.unmanned;
  }
  if (!rule.daily.empty()) {
    out.time_unclear = times.empty();
    bool met = times.empty();
    for (const DailyWindow& window : rule.daily) {
      met = met || std::any_of(times.begin(), times.end(),
                               [&](const TimeSpan& time) { return meets_daily(window, time); });
    }
    if (!met) out.applies = false;
  }
  if (!rule.stages.empty()) {
    out.stage_unclear = !question.stage_known;
    const bool begun = question.stage && contains(rule.stages, *question.stage);
    if (question.stage_known && !begun) out.applies = false;
  }
}

Applies applies(const Agreement::Impl& agreement, const Rule& rule, const Question& question,
                std::span<const TimeSpan> times) {
  Applies out;
  if (!rule.who.empty()) {
    const bool known = question.who && (agreement.find_party(*question.who) != nullptr ||
                                        agreement.find_adherent(*question.who) != nullptr);
    if (known && !contains(rule.who, *question.who)) out.applies = false;
    out.who_unclear = !known;
  }
  if (!rule.purposes.empty()) {
    if (question.purpose && !contains(rule.purposes, *question.purpose)) out.applies = false;
    out.purpose_unclear = !question.purpose;
  }
  apply_limits(rule, question, times, out);
  return out;
}

// An exception lifts a rule only for a purpose that an active activity has declared.
bool lifted(const Rule& rule, const Question& question) {
  return question.active_activity && question.purpose &&
         contains(rule.except_purposes, *question.purpose);
}

std::string reason_text(const Agreement::Impl& agreement, const Rule& rule, const AreaTerms& area,
                        const Question& question, const Applies& how, bool broken) {
  const std::string& class_name =
      agreement.classes[agreement.class_number.at(area.area_class)].name;
  std::string out = rule_sentence(agreement, rule,
                                  fmt::format("{} {} ({})", class_name, area.id.value, area.name));
  if (rule.effect == Effect::declare) {
    out += broken ? "; this flight does not." : "; this flight does.";
  } else if (broken) {
    out += ".";
  } else {
    out += fmt::format("; clause {} lifts this for the declared purpose of {}.",
                       rule.except_clause->value, purpose_words(*question.purpose));
  }
  if (how.who_unclear) out += " Whose flight it is is not known, so the clause is applied.";
  if (how.purpose_unclear) out += " No purpose is declared, so the clause is applied.";
  if (how.unmanned_unclear) {
    out += " Whether it is unmanned is not known, so the clause is applied.";
  }
  if (how.time_unclear) out += " Its time is not known, so the clause is applied.";
  if (how.stage_unclear) out += " Which stage has begun is not known, so the clause is applied.";
  return out;
}

}  // namespace

const Party* Agreement::Impl::find_party(const PartyId& wanted) const {
  for (const Party& party : parties) {
    if (party.id == wanted) return &party;
  }
  return nullptr;
}

const Adherent* Agreement::Impl::find_adherent(const PartyId& wanted) const {
  for (const Adherent& adherent : adherents) {
    if (adherent.id == wanted) return &adherent;
  }
  return nullptr;
}

const std::string& Agreement::Impl::name_of(const PartyId& wanted) const {
  if (const Party* party = find_party(wanted)) return party->name;
  if (const Adherent* adherent = find_adherent(wanted)) return adherent->name;
  return wanted.value;
}

std::string purpose_words(Purpose purpose) {
  std::string out = purpose_name(purpose);
  std::replace(out.begin(), out.end(), '_', ' ');
  return out;
}

std::string join_words(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " and " : ", ";
    out += words[i];
  }
  return out;
}

std::string rule_sentence(const Agreement::Impl& agreement, const Rule& rule,
                          std::string_view where) {
  std::vector<std::string> purposes;
  purposes.reserve(rule.purposes.size());
  for (const Purpose purpose : rule.purposes) purposes.push_back(purpose_words(purpose));
  std::vector<std::string> who;
  who.reserve(rule.who.size());
  for (const PartyId& id : rule.who) who.push_back(agreement.name_of(id));
  std::string flights = purposes.empty() ? "flights" : join_words(purposes) + " flights";
  if (rule.unmanned) flights = (*rule.unmanned ? "unmanned " : "manned ") + flights;
  if (!who.empty()) flights += " of " + join_words(who);
  std::string when;
  std::vector<std::string> windows;
  windows.reserve(rule.daily.size());
  for (const DailyWindow& window : rule.daily) windows.push_back(window_words(window));
  if (!windows.empty()) when += " daily from " + join_words(windows);
  std::vector<std::string> stages;
  stages.reserve(rule.stages.size());
  for (const StageId& stage : rule.stages) stages.push_back(stage.value);
  if (!stages.empty()) {
    when += (stages.size() == 1 ? " in stage " : " in stages ") + join_words(stages);
  }
  if (rule.effect == Effect::forbid) {
    return fmt::format("Clause {} forbids {} in {}{}", rule.clause.value, flights, where, when);
  }
  return fmt::format("Clause {} asks that {} in {}{} belong to an active activity",
                     rule.clause.value, flights, where, when);
}

std::string duration_words(std::int64_t ms) {
  if (ms > 0 && ms % 3'600'000 == 0) return fmt::format("{} h", ms / 3'600'000);
  if (ms > 0 && ms % 60'000 == 0) return fmt::format("{} min", ms / 60'000);
  if (ms % 1'000 == 0) return fmt::format("{} s", ms / 1'000);
  return fmt::format("{} ms", ms);
}

std::string window_words(const DailyWindow& window) {
  const auto clock = [](std::int32_t s) {
    std::string out = fmt::format("{:02}:{:02}", s / 3600, s / 60 % 60);
    if (s % 60 != 0) out += fmt::format(":{:02}", s % 60);
    return out;
  };
  return fmt::format("{} to {} UTC", clock(window.from_s), clock(window.to_s));
}

const std::string& Agreement::sha256_hex() const {
  return impl_->sha256_hex;
}
const std::string& Agreement::bytes() const {
  return impl_->bytes;
}
const std::string& Agreement::id() const {
  return impl_->id;
}
std::string Agreement::title(std::string_view language) const {
  return std::string(text_in(impl_->title, language));
}
TimeSpan Agreement::valid() const {
  return impl_->valid;
}
const std::vector<Party>& Agreement::parties() const {
  return impl_->parties;
}
const std::vector<Adherent>& Agreement::adherents() const {
  return impl_->adherents;
}
const std::vector<AreaTerms>& Agreement::areas() const {
  return impl_->areas;
}
const std::vector<Rule>& Agreement::rules() const {
  return impl_->rules;
}
const std::vector<Procedure>& Agreement::procedures() const {
  return impl_->procedures;
}
const geo::Separation& Agreement::separation() const {
  return impl_->separation;
}
const ClauseId& Agreement::separation_clause() const {
  return impl_->separation_clause;
}
const Clocks& Agreement::clocks() const {
  return impl_->clocks;
}
const RecordTerms& Agreement::record_terms() const {
  return impl_->record;
}
const HotlineTerms& Agreement::hotline_terms() const {
  return impl_->hotline;
}
const std::optional<UtmTerms>& Agreement::utm_terms() const {
  return impl_->utm;
}
const std::vector<Document>& Agreement::documents() const {
  return impl_->documents;
}

std::int64_t Agreement::version() const {
  return impl_->version;
}
const std::string& Agreement::amends() const {
  return impl_->amends;
}
std::optional<UtcMs> Agreement::d_day() const {
  return impl_->d_day;
}
const std::vector<PairSeparation>& Agreement::pair_separations() const {
  return impl_->pair_separations;
}
const std::vector<StandOff>& Agreement::stand_offs() const {
  return impl_->stand_offs;
}
const std::vector<NamedPlace>& Agreement::places() const {
  return impl_->places;
}
std::int64_t Agreement::place_tolerance_mm() const {
  return impl_->place_tolerance_mm;
}
const std::vector<Stage>& Agreement::stages() const {
  return impl_->stages;
}
const std::vector<Obligation>& Agreement::obligations() const {
  return impl_->obligations;
}
const std::vector<NamedException>& Agreement::exceptions() const {
  return impl_->exceptions;
}

SeparationTerms Agreement::separation_between(const FlightKind& a, const FlightKind& b) const {
  if (impl_->pair_table.empty()) return {impl_->separation_clause, impl_->separation};
  const auto number = [](const FlightKind& kind) {
    const auto purpose = static_cast<std::size_t>(kind.purpose);
    check(purpose < kPurposes.size(), "a purpose outside its enumeration");
    return purpose * 2 + (kind.unmanned ? 1 : 0);
  };
  return impl_->pair_table[number(a) * kKinds + number(b)];
}

geo::Separation Agreement::separation_max() const {
  geo::Separation out = impl_->separation;
  for (const PairSeparation& pair : impl_->pair_separations) {
    out.lateral_mm = std::max(out.lateral_mm, pair.separation.lateral_mm);
    out.vertical_mm = std::max(out.vertical_mm, pair.separation.vertical_mm);
    out.time_ms = std::max(out.time_ms, pair.separation.time_ms);
  }
  return out;
}

std::vector<ProtectedSite> Agreement::sites() const {
  std::vector<ProtectedSite> out;
  for (const AreaTerms& area : impl_->areas) {
    if (area.category.empty()) continue;
    out.push_back({area.id.value, area.category, area.area, area.altitude, area.time});
  }
  return out;
}

std::vector<std::string> Agreement::languages() const {
  std::vector<std::string> out;
  for (const auto& pair : impl_->title) out.push_back(pair.first);
  return out;
}

std::string Agreement::clause_text(const ClauseId& clause, std::string_view language) const {
  const auto found = impl_->clause_number.find(clause);
  if (found == impl_->clause_number.end()) return {};
  return std::string(text_in(impl_->clauses[found->second].text, language));
}

std::vector<ClauseId> Agreement::clauses() const {
  std::vector<ClauseId> out;
  for (const ClauseTexts& clause : impl_->clauses) out.push_back(clause.id);
  return out;
}

std::string Agreement::class_name(const std::string& area_class) const {
  const auto found = impl_->class_number.find(area_class);
  return found == impl_->class_number.end() ? std::string{} : impl_->classes[found->second].name;
}

const Party* Agreement::party(const PartyId& id) const {
  return impl_->find_party(id);
}

bool Agreement::is_adherent(const PartyId& id) const {
  return sponsor_of(id).has_value();
}

std::optional<PartyId> Agreement::sponsor_of(const PartyId& id) const {
  if (impl_->find_party(id)) return id;
  if (const Adherent* adherent = impl_->find_adherent(id)) return adherent->sponsor;
  return std::nullopt;
}

Status Agreement::keyed() const {
  for (std::size_t i = 0; i < impl_->parties.size(); ++i) {
    const Party& party = impl_->parties[i];
    if (!party.keys) {
      return fail(Errc::agreement_unkeyed, party.id.value, fmt::format("parties/{}", i));
    }
  }
  return {};
}

Result<record::LogOwner> Agreement::log_owner(const PartyId& id) const {
  const Party* party = impl_->find_party(id);
  if (party == nullptr) return fail(Errc::agreement_unknown_party, id.value);
  if (!party->keys) return fail(Errc::agreement_unkeyed, id.value);
  return record::LogOwner{.party = id.value,
                          .agreement = impl_->sha256_hex,
                          .log = party->keys->log,
                          .witness = party->keys->witness,
                          .mirror = party->keys->mirror,
                          .root = party->keys->root};
}

std::vector<record::VerifierKey> Agreement::cosigners() const {
  std::vector<record::VerifierKey> out;
  for (const Party& party : impl_->parties) {
    if (!party.keys) continue;
    out.push_back(party.keys->witness);
    out.push_back(party.keys->mirror);
  }
  out.insert(out.end(), impl_->record.witnesses.begin(), impl_->record.witnesses.end());
  return out;
}

const Procedure& Agreement::procedure(Purpose purpose) const {
  const auto number = static_cast<std::size_t>(purpose);
  check(number < kPurposes.size(), "a purpose outside its enumeration");
  return impl_->procedures[impl_->procedure_of_purpose[number]];
}

std::vector<Procedure::Keys> Agreement::needed_concurrences(Purpose purpose,
                                                            const PartyId& owner) const {
  std::vector<Procedure::Keys> out;
  for (const Procedure::Keys& keys : procedure(purpose).concurrences) {
    if (keys.party != owner) out.push_back(keys);
  }
  return out;
}

Decision judge_area(const Agreement::Impl& agreement, const Question& question, std::size_t area,
                    std::span<const TimeSpan> times) {
  const AreaTerms& terms = agreement.areas[area];
  Decision out;
  for (const std::size_t number : agreement.rules_of_area[area]) {
    const Rule& rule = agreement.rules[number];
    const Applies how = applies(agreement, rule, question, times);
    if (!how.applies) continue;
    const bool kept =
        rule.effect == Effect::declare ? question.active_activity : lifted(rule, question);
    out.permitted = out.permitted && kept;
    out.reasons.push_back({.clause = rule.clause,
                           .area = terms.id,
                           .effect = rule.effect,
                           .broken = !kept,
                           .unclear = how.unclear(),
                           .text = reason_text(agreement, rule, terms, question, how, !kept)});
  }
  return out;
}

Decision Agreement::judge(const Question& question, std::size_t area) const {
  check(area < impl_->areas.size(), "a question about an area that is not in the agreement");
  if (!question.time) return judge_area(*impl_, question, area, {});
  return judge_area(*impl_, question, area, std::span(&*question.time, 1));
}

std::vector<std::size_t> Agreement::areas_met(const geo::Volume4& volume) const {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < impl_->areas.size(); ++i) {
    const AreaTerms& area = impl_->areas[i];
    if (!meet(area.time.value_or(impl_->valid), volume.time)) continue;
    if (area.altitude && geo::vertical_gap_mm(*area.altitude, volume.altitude) > 0) continue;
    if (area.area.within(volume.area, 0)) out.push_back(i);
  }
  return out;
}

}  // namespace detente::terms
