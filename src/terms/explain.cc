// SPDX-License-Identifier: Apache-2.0
#include "terms/explain.h"

#include <fmt/core.h>

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
}

void explain_rules(const Agreement& agreement, std::string_view language, std::string& out) {
  out += "\nRules (one broken rule forbids; the more restrictive wins)\n";
  for (const Rule& rule : agreement.rules()) {
    out +=
        fmt::format("  {}  {}\n", rule.clause.value, agreement.clause_text(rule.clause, language));
    std::vector<std::string> classes;
    for (const std::string& id : rule.classes) classes.push_back(agreement.class_name(id));
    std::vector<std::string> who;
    for (const PartyId& id : rule.who) who.push_back(id.value);
    out += fmt::format("    effect: {}\n    who: {}\n    purposes: {}\n    where: {}\n",
                       rule.effect == Effect::forbid ? "forbidden" : "an active activity is needed",
                       who.empty() ? "everyone" : list(who),
                       rule.purposes.empty() ? "all" : list(rule.purposes), list(classes));
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
    for (const Procedure::Keys& keys : procedure.concurrences) {
      out += fmt::format("    concurrence of {}: {} {}, unless it is its own activity\n",
                         keys.party.value, keys.officers,
                         keys.officers == 1 ? "officer" : "different officers");
    }
  }
}

void explain_rest(const Agreement& agreement, std::string_view language, std::string& out) {
  const geo::Separation& apart = agreement.separation();
  out += fmt::format("\nSeparation (clause {})\n  {} or {} or {} apart\n",
                     agreement.separation_clause().value, nautical_miles(apart.lateral_mm),
                     feet(apart.vertical_mm), duration_words(apart.time_ms));
  const Clocks& clocks = agreement.clocks();
  out += fmt::format(
      "\nClocks\n  heartbeat every {}\n  a link is stale after {}, cut after {}\n"
      "  STOP escalates when unacknowledged for {}\n  a track is lost after {} of silence\n",
      duration_words(clocks.heartbeat_ms), duration_words(clocks.fresh_ms),
      duration_words(clocks.cut_ms), duration_words(clocks.stop_ack_ms),
      duration_words(clocks.track_gap_ms));
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
    out += fmt::format("  {} ({}) SHA-256 {}\n", document.name, document.language, document.sha256);
  }
}

}  // namespace

std::string explain(const Agreement& agreement, std::string_view language) {
  std::string out = fmt::format("{}\n  id {}\n  in force {}\n  SHA-256 {}\n  languages {}\n",
                                agreement.title(language), agreement.id(), span(agreement.valid()),
                                agreement.sha256_hex(), list(agreement.languages()));
  explain_parties(agreement, out);
  out += "\nAreas\n";
  for (const AreaTerms& area : agreement.areas()) explain_area(agreement, area, out);
  explain_rules(agreement, language, out);
  explain_procedures(agreement, language, out);
  explain_rest(agreement, language, out);
  return out;
}

}  // namespace detente::terms
