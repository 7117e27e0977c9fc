// SPDX-License-Identifier: Apache-2.0
//
// One activity in the API: the plan, what is left of its volumes, its path through the logs.
#include <algorithm>

#include "geo/overlap.h"

#include "node/api_checks.h"
#include "node/api_json.h"
#include "node/api_parts.h"

namespace detente::node {
namespace {

// Whether this officer has concurred already; one officer is one key.
bool has_concurred(const airspace::ActivityView& view, const Caller& caller, const PartyId& self) {
  return std::any_of(view.steps.begin(), view.steps.end(), [&](const airspace::Step& step) {
    return step.party == self && step.type == "activity.concur" && step.counts && caller.officer &&
           std::find(step.officers.begin(), step.officers.end(), caller.officer->keyid) !=
               step.officers.end();
  });
}

bool lives(airspace::ActivityState state) {
  return state != airspace::ActivityState::ended && state != airspace::ActivityState::withdrawn;
}
bool flies(airspace::ActivityState state) {
  return state == airspace::ActivityState::active ||
         state == airspace::ActivityState::nonconforming ||
         state == airspace::ActivityState::contingent;
}

}  // namespace

std::vector<std::string> activity_acts(const Node& node, const Caller& caller,
                                       const airspace::ActivityView& view, UtcMs now) {
  std::vector<std::string> out;
  if (!may_sign(caller, "activity.concur") || !lives(view.state)) return out;
  const PartyId& self = node.self();
  const bool needed = std::any_of(view.needed.begin(), view.needed.end(),
                                  [&](const auto& n) { return n.party == self; });
  if (view.owner != self) {
    if (needed && !flies(view.state)) {
      const auto& missing = view.read_back_needed;
      const bool read_back = std::find(missing.begin(), missing.end(), self) == missing.end();
      if (view.conflicts.empty() && read_back && !has_concurred(view, caller, self)) {
        out.emplace_back("concur");
      }
      out.emplace_back("object");
      out.emplace_back("read_back");
    }
    const std::vector<ReadMark>* reads = node.reads(view.proposal);
    const bool read =
        reads != nullptr &&
        std::any_of(reads->begin(), reads->end(), [&](const auto& r) { return r.party == self; });
    if (!read) out.emplace_back("read");
    return out;
  }
  if (!view.replaced_by) out.emplace_back("amend");
  out.emplace_back("offer");
  out.emplace_back("release");
  if (flies(view.state)) {
    out.emplace_back("contingent");
    out.emplace_back("end");
    return out;
  }
  const bool checked = std::all_of(view.checks.begin(), view.checks.end(), [](const auto& check) {
    return check.stage == airspace::CheckStage::done;
  });
  if (view.state == airspace::ActivityState::concurred && !view.late && checked &&
      now < view.plan.span().end) {
    out.emplace_back("activate");
  }
  out.emplace_back("withdraw");
  return out;
}

namespace {

void write_steps(JsonWriter& out, const std::vector<airspace::Step>& steps) {
  out.name("steps").begin_array();
  for (const airspace::Step& step : steps) {
    out.begin_object().member("party", step.party.value).member("type", step.type);
    write_texts(out, "officers", step.officers, [](const std::string& s) { return s; });
    out.member("time", step.time).member("index", step.ref.index.value);
    out.member("counts", step.counts);
    if (!step.why.empty()) out.member("why", step.why);
    out.end_object();
  }
  out.end_array();
}

void write_plan_members(JsonWriter& out, const Node& node, const airspace::ActivityPlan& plan) {
  out.member("operator", plan.operator_id.value);
  out.member("operator_name", party_name(node, plan.operator_id));
  out.member("purpose", terms::purpose_name(plan.purpose));
  out.name("place").begin_object().member("name", plan.place.name).name("point");
  write_lnglat(out, plan.place.point);
  out.end_object().name("span");
  write_span(out, plan.span());
  out.member("unmanned", plan.unmanned);
  if (plan.replaces) out.member("replaces", plan.replaces->value);
  write_texts(out, "callsigns", plan.callsigns, [](const std::string& s) { return s; });
  write_texts(out, "aircraft", plan.aircraft,
              [](std::uint32_t address) { return address_text(address, true); });
  if (plan.exception) {
    out.name("exception").begin_object().member("clause", plan.exception->clause.value);
    out.member("grounds", plan.exception->grounds).end_object();
  }
  if (!plan.remarks.empty()) out.member("remarks", plan.remarks);
}

void write_volume_members(JsonWriter& out, const geo::Volume4& volume) {
  out.name("shape");
  write_shape(out, volume.area);
  out.name("altitude");
  write_band(out, volume.altitude);
  out.name("time");
  write_span(out, volume.time);
}

// What the activity occupies: its volumes as far as they were not given back, and off-nominal ones.
void write_volumes(JsonWriter& out, const airspace::ActivityView& view) {
  out.name("volumes").begin_array();
  for (const airspace::Occupied& occupied : view.occupied) {
    out.begin_object().member("number", std::int64_t{occupied.number});
    write_volume_members(out, occupied.volume);
    out.member("off_nominal", occupied.off_nominal).end_object();
  }
  out.end_array();
}

// The act that a step stands for, as the course of the agreement shows acts.
void write_step_act(JsonWriter& out, const airspace::Step& step) {
  out.name("act").begin_object().member("party", step.party.value);
  write_texts(out, "officers", step.officers, [](const std::string& s) { return s; });
  out.member("time", step.time).member("index", step.ref.index.value);
  if (!step.why.empty()) out.member("reason", step.why);
  out.end_object();
}

// Amendments, releases, offers and what went otherwise than planned.
void write_changes(JsonWriter& out, const airspace::ActivityView& view) {
  if (view.replaced_by) out.member("replaced_by", view.replaced_by->value);
  if (!view.contingent_why.empty()) out.member("contingent_why", view.contingent_why);
  out.name("released").begin_array();
  for (const airspace::ReleaseView& release : view.releases) {
    out.begin_object();
    write_step_act(out, release.step);
    out.member("counts", release.step.counts).name("volumes").begin_array();
    for (const std::uint32_t number : release.volumes) out.value(std::int64_t{number});
    out.end_array();
    if (release.until) out.member("until", *release.until);
    out.end_object();
  }
  out.end_array().name("offers").begin_array();
  for (const airspace::OfferView& offer : view.offers) {
    out.begin_object();
    write_step_act(out, offer.step);
    out.name("volumes").begin_array();
    for (const geo::Volume4& volume : offer.volumes) {
      out.begin_object();
      write_volume_members(out, volume);
      out.end_object();
    }
    out.end_array().end_object();
  }
  out.end_array();
}

// What the notice says of its place, and what others read back.
void write_place(JsonWriter& out, const airspace::ActivityView& view) {
  const airspace::PlaceCheck& check = view.place_check;
  out.name("place_check").begin_object().member("question", check.question);
  out.member("confirmed", view.plan.place.confirmed);
  if (check.named) {
    out.name("named").begin_object().member("name", check.named->name).name("distance_m");
    out.decimal(check.named->distance_m).end_object();
  }
  if (check.nearest) {
    out.name("nearest").begin_object().member("name", check.nearest->name).name("distance_m");
    out.decimal(check.nearest->distance_m).name("bearing_deg");
    out.decimal(check.nearest->bearing_deg).end_object();
  }
  out.end_object().name("read_backs").begin_array();
  for (const airspace::ReadBackView& one : view.read_backs) {
    out.begin_object();
    write_step_act(out, one.step);
    out.member("place", one.read_back.place).member("distance_m", one.read_back.distance_m);
    out.member("bearing_deg", std::int64_t{one.read_back.bearing_deg});
    out.member("agrees", one.read_back.agrees).member("matches", one.matches);
    if (!one.step.why.empty()) out.member("why", one.step.why);
    out.end_object();
  }
  out.end_array();
  write_texts(out, "read_back_needed", view.read_back_needed,
              [](const PartyId& id) { return id.value; });
}

// Where, how high and when the activity is too close to each other one. Only in the answer about a
// single activity: a region costs geometry.
void write_meetings(JsonWriter& out, const Node& node, const airspace::ActivityView& view,
                    UtcMs now) {
  // A meeting counts volumes from 0, what is shown from 1.
  const auto volume_of = [](const airspace::ActivityView& of, std::uint32_t place) {
    const auto found =
        std::find_if(of.occupied.begin(), of.occupied.end(),
                     [place](const airspace::Occupied& o) { return o.number == place + 1; });
    return found == of.occupied.end() ? nullptr : &found->volume;
  };
  out.name("meetings").begin_array();
  for (const airspace::Meeting& meeting : view.meetings) {
    const auto other = node.ledger().view(meeting.other, now);
    if (!other) continue;
    const geo::Volume4* own_volume = volume_of(view, meeting.own_volume);
    const geo::Volume4* other_volume = volume_of(*other, meeting.other_volume);
    if (own_volume == nullptr || other_volume == nullptr) continue;
    const terms::SeparationTerms apart = node.terms_now().separation_between(
        {view.plan.purpose, view.plan.unmanned}, {other->plan.purpose, other->plan.unmanned});
    const auto overlap = geo::overlap(*own_volume, *other_volume, apart.separation);
    if (!overlap) continue;
    out.begin_object().member("other", meeting.other.value);
    out.member("own_volume", std::int64_t{meeting.own_volume} + 1);
    out.member("other_volume", std::int64_t{meeting.other_volume} + 1);
    out.member("clause", apart.clause.value).name("distance_m").decimal(overlap->distance_m);
    out.name("region").begin_object().name("shapes").begin_array();
    for (const std::vector<geo::PointE7>& outline : overlap->outlines) {
      out.begin_object().member("type", "Polygon").name("coordinates").begin_array().begin_array();
      for (const geo::PointE7& p : outline) write_lnglat(out, p);
      if (!outline.empty()) write_lnglat(out, outline.front());
      out.end_array().end_array().end_object();
    }
    out.end_array().name("altitude");
    write_band(out, overlap->altitude);
    out.name("time");
    write_span(out, overlap->time);
    out.end_object().end_object();
  }
  out.end_array();
}

}  // namespace

void write_activity(JsonWriter& out, const Node& node, const Caller& caller,
                    const airspace::ActivityView& view, UtcMs now, bool regions) {
  const HeldLog& log = *node.log(view.owner);
  out.begin_object().member("id", view.id.value).member("owner", view.owner.value);
  write_plan_members(out, node, view.plan);
  write_volumes(out, view);
  out.member("state", airspace::state_name(view.state)).member("late", view.late);
  if (!view.state_why.empty()) out.member("state_why", view.state_why);
  if (!view.forbidden.empty()) out.member("forbidden", view.forbidden);
  if (view.late) out.member("late_why", view.late_why);
  out.name("needed").begin_array();
  for (const airspace::ConcurrenceNeeded& needed : view.needed) {
    out.begin_object().member("party", needed.party.value);
    out.member("officers", needed.officers_needed).member("have", needed.officers_have);
    out.end_object();
  }
  out.end_array();
  write_texts(out, "conflicts", view.conflicts, [](const ActivityId& id) { return id.value; });
  write_steps(out, view.steps);
  write_receipts(out, node, log, view.proposal.index, view.steps);
  write_reasons(out, view.rules);
  out.member("proposed_at", view.proposed_at);
  write_changes(out, view);
  write_place(out, view);
  write_activity_checks(out, node, view);
  if (regions) write_meetings(out, node, view, now);
  if (view.active_since) out.member("active_since", *view.active_since);
  out.member("index", view.proposal.index.value);
  write_texts(out, "can", activity_acts(node, caller, view, now),
              [](const std::string& s) { return s; });
  out.end_object();
}

}  // namespace detente::node
