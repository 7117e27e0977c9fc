// SPDX-License-Identifier: Apache-2.0
#include "terms/explain.h"

#include <fmt/core.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "terms/agreement_impl.h"

namespace detente::terms {
namespace {

std::string list(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

std::string list(const std::vector<Purpose>& purposes) {
  std::vector<std::string> words;
  words.reserve(purposes.size());
  for (const Purpose purpose : purposes) words.push_back(purpose_words(purpose));
  return list(words);
}

// All seven digits of E7, exactly, without a detour over floating point.
std::string degrees(std::int32_t e7, char positive, char negative) {
  const std::int64_t whole = std::llabs(std::int64_t{e7});
  return fmt::format("{}.{:07} {}", whole / 10'000'000, whole % 10'000'000,
                     e7 < 0 ? negative : positive);
}

std::string point(geo::PointE7 p) {
  return degrees(p.lat_e7, 'N', 'S') + ", " + degrees(p.lng_e7, 'E', 'W');
}

std::string feet(std::int64_t mm) {
  return fmt::format("{:.0f} ft", static_cast<double>(mm) / 304.8);
}

std::string nautical_miles(std::int64_t mm) {
  return fmt::format("{:.2f} NM",
                     static_cast<double>(mm) / static_cast<double>(geo::kNauticalMileMm));
}

std::string altitude_limit(std::int64_t mm, geo::AltitudeReference reference) {
  if (reference != geo::AltitudeReference::standard_pressure) {
    return fmt::format("{} {}", feet(mm), geo::altitude_reference_name(reference));
  }
  return fmt::format("FL{:03.0f} ({} STD)", static_cast<double>(mm) / 30'480.0, feet(mm));
}

std::string span(const TimeSpan& time) {
  return fmt::format("{} to {}", format_rfc3339(time.start), format_rfc3339(time.end));
}

void explain_parties(const Agreement& agreement, std::string& out) {
  out += "\nParties\n";
  for (const Party& party : agreement.parties()) {
    out += fmt::format("  {}: {}{}{}\n", party.id.value, party.name,
                       party.kind == PartyKind::monitor ? " (monitor)" : "",
                       party.keys ? "" : " - no keys yet");
    if (party.keys) {
      out += fmt::format("    root key {}\n    log      {}\n    witness  {}\n    mirror   {}\n",
                         to_base64(party.keys->root), party.keys->log.text(),
                         party.keys->witness.text(), party.keys->mirror.text());
    }
  }
  for (const Adherent& adherent : agreement.adherents()) {
    out += fmt::format("  {}: {}, bound through {}\n", adherent.id.value, adherent.name,
                       adherent.sponsor.value);
  }
}

void explain_area(const Agreement& agreement, const AreaTerms& area, std::string& out) {
  out += fmt::format("  {}: {} - {}\n", area.id.value, area.name,
                     agreement.class_name(area.area_class));
  if (const auto* circle = std::get_if<geo::Circle>(&area.area.shape())) {
    out += fmt::format("    circle of {} ({} m) around {}\n", nautical_miles(circle->radius_mm),
                       static_cast<double>(circle->radius_mm) / 1000.0, point(circle->center));
  } else if (const auto* polygon = std::get_if<geo::Polygon>(&area.area.shape())) {
    out += fmt::format("    polygon of {} corners\n", polygon->vertices.size());
    for (const geo::PointE7 vertex : polygon->vertices) out += "      " + point(vertex) + "\n";
  }
  if (area.altitude) {
    out += fmt::format("    from {} to {}\n",
                       altitude_limit(area.altitude->lower_mm, area.altitude->reference),
                       altitude_limit(area.altitude->upper_mm, area.altitude->reference));
  } else {
    out += "    all heights\n";
  }
  out += area.time ? "    " + span(*area.time) + "\n" : "    as long as the agreement\n";
  if (!area.category.empty()) out += "    a protected site of category " + area.category + "\n";
}

// The limits that narrow a rule down.
void explain_limits(const Rule& rule, std::string& out) {
  if (rule.unmanned) {
    out += fmt::format("    flights: {} only\n", *rule.unmanned ? "unmanned" : "manned");
  }
  std::vector<std::string> windows;
  windows.reserve(rule.daily.size());
  for (const DailyWindow& window : rule.daily) windows.push_back(window_words(window));
  if (!windows.empty()) out += fmt::format("    daily: {}\n", list(windows));
  std::vector<std::string> stages;
  stages.reserve(rule.stages.size());
  for (const StageId& stage : rule.stages) stages.push_back(stage.value);
  if (!stages.empty()) out += fmt::format("    in stages: {}\n", list(stages));
}

void explain_rules(const Agreement& agreement, std::string_view language, std::string& out) {
  out += "\nRules (one broken rule forbids; the more restrictive wins)\n";
  for (const Rule& rule : agreement.rules()) {
    out +=
        fmt::format("  {}  {}\n", rule.clause.value, agreement.clause_text(rule.clause, language));
    std::vector<std::string> classes;
    classes.reserve(rule.classes.size());
    for (const std::string& id : rule.classes) classes.push_back(agreement.class_name(id));
    std::vector<std::string> who;
    who.reserve(rule.who.size());
    for (const PartyId& id : rule.who) who.push_back(id.value);
    out += fmt::format("    effect: {}\n    who: {}\n    purposes: {}\n    where: {}\n",
                       rule.effect == Effect::forbid ? "forbidden" : "an active activity is needed",
                       who.empty() ? "everyone" : list(who),
                       rule.purposes.empty() ? "all" : list(rule.purposes), list(classes));
    explain_limits(rule, out);
    if (rule.except_clause) {
      out += fmt::format("    except, when declared and active: {} (clause {})\n",
                         list(rule.except_purposes), rule.except_clause->value);
    }
  }
}

void explain_procedures(const Agreement& agreement, std::string_view language, std::string& out) {
  out += "\nProcedures (what an activity needs before it may become active)\n";
  for (const Procedure& procedure : agreement.procedures()) {
    out += fmt::format("  {}  {}\n", procedure.clause.value,
                       agreement.clause_text(procedure.clause, language));
    out += fmt::format("    purposes: {}\n    notice: {}, counted from when the others hold it\n",
                       procedure.purposes.empty() ? "all others" : list(procedure.purposes),
                       duration_words(procedure.lead_ms));
    if (procedure.read_back) {
      out += "    a concurrence counts after the same party's read-back of the position\n";
    }
    for (const Procedure::Keys& keys : procedure.concurrences) {
      out += fmt::format("    concurrence of {}: {} {}, unless it is its own activity\n",
                         keys.party.value, keys.officers,
                         keys.officers == 1 ? "officer" : "different officers");
    }
  }
}

std::string side(const FlightClass& one) {
  std::string out = one.purposes.empty() ? "all" : list(one.purposes);
  if (one.unmanned) out += *one.unmanned ? " (unmanned)" : " (manned)";
  return out;
}

void explain_distances(const Agreement& agreement, std::string& out) {
  const geo::Separation& apart = agreement.separation();
  out += fmt::format("\nSeparation (clause {})\n  {} or {} or {} apart\n",
                     agreement.separation_clause().value, nautical_miles(apart.lateral_mm),
                     feet(apart.vertical_mm), duration_words(apart.time_ms));
  for (const PairSeparation& pair : agreement.pair_separations()) {
    out += fmt::format("  between {} and {}: {} or {} or {} (clause {})\n", side(pair.between[0]),
                       side(pair.between[1]), nautical_miles(pair.separation.lateral_mm),
                       feet(pair.separation.vertical_mm), duration_words(pair.separation.time_ms),
                       pair.clause.value);
  }
  if (!agreement.stand_offs().empty()) out += "\nStand-offs from protected sites\n";
  for (const StandOff& one : agreement.stand_offs()) {
    out += fmt::format("  {} flights keep {} from {}{} (clause {})\n",
                       one.purposes.empty() ? "all" : list(one.purposes),
                       nautical_miles(one.lateral_mm), list(one.categories),
                       one.vertical_mm > 0 ? ", or " + feet(one.vertical_mm) + " above them" : "",
                       one.clause.value);
  }
  if (agreement.places().empty()) return;
  out += fmt::format("\nPlaces (a notice may lie {} from the place that it names)\n",
                     nautical_miles(agreement.place_tolerance_mm()));
  for (const NamedPlace& place : agreement.places()) {
    std::vector<std::string> names;
    for (const auto& name : place.name) names.push_back(name.second);
    out += fmt::format("  {}: {}\n", list(names), point(place.point));
  }
}

// A text in a language, or in English.
const std::string& text_in(const Texts& texts, std::string_view language) {
  const auto found = texts.find(language);
  return found == texts.end() ? texts.at("en") : found->second;
}

std::string condition(const StageCondition& one) {
  if (one.kind == StageCondition::Kind::elapsed) {
    return fmt::format("{} have passed", duration_words(one.n * 1000));
  }
  if (one.kind == StageCondition::Kind::clean_days) {
    return fmt::format("{} times 24 h without a finding of {}", one.n, list(one.findings));
  }
  return fmt::format("{} verified reports of {}", one.n, one.obligation.value);
}

void explain_stages(const Agreement& agreement, std::string_view language, std::string& out) {
  if (agreement.d_day()) out += fmt::format("\nD is {}\n", format_rfc3339(*agreement.d_day()));
  if (!agreement.stages().empty()) {
    out += "\nStages (each begins when every party has signed it, never by itself)\n";
  }
  for (const Stage& stage : agreement.stages()) {
    out += fmt::format("  {}: {}, {} (clause {})\n", stage.id.value, text_in(stage.name, language),
                       stage.after ? "after " + stage.after->value : "a first one",
                       stage.clause.value);
    for (const StageCondition& one : stage.conditions) {
      out += fmt::format("    when {} (clause {})\n", condition(one), one.clause.value);
    }
    for (const StageReset& one : stage.resets) {
      out += fmt::format(
          "    back to {} after {} (clause {})\n", one.to ? one.to->value : "before the first",
          one.kind == StageReset::Kind::suspension ? std::string("a suspension")
                                                   : "a finding of " + list(one.findings),
          one.clause.value);
    }
  }
}

void explain_course(const Agreement& agreement, std::string_view language, std::string& out) {
  explain_stages(agreement, language, out);
  if (!agreement.obligations().empty()) out += "\nObligations\n";
  for (const Obligation& one : agreement.obligations()) {
    out += fmt::format("  {} of {}: {} (clause {})\n", one.id.value, one.who.value,
                       text_in(one.what, language), one.clause.value);
    std::string due = "no date";
    if (one.due) due = format_rfc3339(*one.due);
    if (one.due_after_stage) {
      due = fmt::format("{} after {} began", duration_words(one.due_after_ms),
                        one.due_after_stage->value);
    }
    out += fmt::format("    due: {}\n    shown by: {}\n    verified by: {}, {} {}\n", due,
                       one.evidence, one.verified_by.value, one.count,
                       one.count == 1 ? "time" : "times");
    if (one.mirrors) out += fmt::format("    at the same time as {}\n", one.mirrors->value);
  }
  if (!agreement.exceptions().empty()) {
    out += "\nExceptions (each use is declared with grounds, and counted)\n";
  }
  for (const NamedException& one : agreement.exceptions()) {
    out += fmt::format("  {}: {} (clause {})\n    for {}, declared within {}\n", one.id.value,
                       text_in(one.name, language), one.clause.value,
                       one.purposes.empty() ? "own forces" : list(one.purposes),
                       duration_words(one.declare_within_ms));
  }
}

std::string parties_words(const std::vector<PartyId>& parties) {
  std::vector<std::string> names;
  names.reserve(parties.size());
  for (const PartyId& party : parties) names.push_back(party.value);
  return join_words(names);
}

void explain_protection(const Agreement& agreement, std::string& out) {
  const NoticeTerms& notices = agreement.notice_terms();
  out += fmt::format(
      "\nNotices of protected sites and movements\n  a movement is notified {} before, {} in an "
      "emergency\n  received within {}, passed on within {}\n"
      "  a hit within {} m of a site opens a case; its account is due after {}\n",
      duration_words(notices.lead_ms), duration_words(notices.emergency_lead_ms),
      duration_words(notices.received_ms), duration_words(notices.disseminated_ms),
      notices.case_near_mm / 1'000, duration_words(notices.account_ms));
  if (!agreement.checks().empty()) {
    out += "\nPrivate checks (an activity without them cannot become active)\n";
  }
  for (const CheckTerms& check : agreement.checks()) {
    const bool plans = check.purpose == record::PsiPurpose::plans;
    out += fmt::format(
        "  {} {}, before {} (clause {})\n", plans ? "plans of" : "plans against the list of",
        parties_words(check.lists_of),
        check.activities.empty() ? "every activity" : list(check.activities), check.clause.value);
    const record::PsiTerms& terms = check.terms;
    out +=
        fmt::format("    closer than {} m, {} m of height ({}) and {}\n", terms.lateral_mm / 1'000,
                    terms.vertical_mm / 1'000, terms.reference, duration_words(terms.time_ms));
    out += fmt::format(
        "    a new key every {}, destroyed {} after; {} per mille are audited\n"
        "    at most {} lists and {} tokens, each plan {} times; answered within {}\n"
        "    a plan covers at least {} km2 and lasts {}\n",
        duration_words(check.epoch_ms), duration_words(check.keep_ms), check.audit_per_mille,
        terms.posts, terms.epoch_tokens, terms.repeats, duration_words(terms.answer_ms),
        terms.footprint_km2, duration_words(terms.footprint_ms));
  }
}

void explain_rest(const Agreement& agreement, std::string_view language, std::string& out) {
  explain_distances(agreement, out);
  explain_course(agreement, language, out);
  const Clocks& clocks = agreement.clocks();
  out += fmt::format(
      "\nClocks\n  heartbeat every {}\n  a link is stale after {}, cut after {}\n"
      "  STOP escalates when unacknowledged for {}\n  a track is lost after {} of silence\n",
      duration_words(clocks.heartbeat_ms), duration_words(clocks.fresh_ms),
      duration_words(clocks.cut_ms), duration_words(clocks.stop_ack_ms),
      duration_words(clocks.track_gap_ms));
  const HotlineTerms& hotline = agreement.hotline_terms();
  out +=
      fmt::format("\nHotline\n  an alarm that nobody acknowledges goes a step further at {} ms\n",
                  fmt::join(hotline.escalation_ms, ", "));
  out += fmt::format("  the line is tried every {}; an answer is overdue after {}\n",
                     duration_words(hotline.test_every_ms), duration_words(hotline.test_answer_ms));
  explain_protection(agreement, out);
  const RecordTerms& record = agreement.record_terms();
  out += fmt::format(
      "\nRecord\n  after a start a node signs when {} other {} its newest head\n"
      "  a statement that is not held after {} is overdue\n",
      record.fence_quorum,
      record.fence_quorum == 1 ? "party has confirmed" : "parties have confirmed",
      duration_words(record.overdue_ms));
  const bool monitored =
      std::any_of(agreement.parties().begin(), agreement.parties().end(),
                  [](const Party& party) { return party.kind == PartyKind::monitor; });
  if (monitored) {
    out += fmt::format("  held by {} {} for {} it counts as delivered\n", record.deemed_quorum,
                       record.deemed_quorum == 1 ? "monitor" : "monitors",
                       duration_words(record.deemed_ms));
  }
  for (const record::VerifierKey& witness : record.witnesses) {
    out += fmt::format("  foreign witness: {}\n", witness.text());
  }
  out += "\nClauses\n";
  for (const ClauseId& clause : agreement.clauses()) {
    out += fmt::format("  {}  {}\n", clause.value, agreement.clause_text(clause, language));
  }
  if (!agreement.documents().empty()) out += "\nDocuments of the package\n";
  for (const Document& document : agreement.documents()) {
    out += fmt::format("  {} ({}), {}: {} {}\n", document.name, document.language,
                       document_kind_name(document.kind),
                       document.commitment.empty() ? "SHA-256" : "secret, commitment",
                       document.commitment.empty() ? document.sha256 : document.commitment);
  }
}

}  // namespace

std::string explain(const Agreement& agreement, std::string_view language) {
  std::string out = fmt::format("{}\n  id {}\n  in force {}\n  SHA-256 {}\n  languages {}\n",
                                agreement.title(language), agreement.id(), span(agreement.valid()),
                                agreement.sha256_hex(), list(agreement.languages()));
  if (agreement.version() > 1) {
    out += fmt::format("  version {}, amends {}\n", agreement.version(), agreement.amends());
  }
  explain_parties(agreement, out);
  out += "\nAreas\n";
  for (const AreaTerms& area : agreement.areas()) explain_area(agreement, area, out);
  explain_rules(agreement, language, out);
  explain_procedures(agreement, language, out);
  explain_rest(agreement, language, out);
  return out;
}

}  // namespace detente::terms
