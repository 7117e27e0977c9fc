// SPDX-License-Identifier: Apache-2.0
#include "node/api_protection_json.h"

#include <algorithm>

#include "node/api_json.h"
#include "node/api_parts.h"
#include "node/api_protection.h"
#include "protection/words.h"

namespace detente::node {
namespace {

using protection::MovementState;
using protection::Signed;
using protection::SiteState;

using Acts = std::vector<const char*>;

void write_acts(JsonWriter& out, const Acts& acts) {
  out.name("acts").begin_array();
  for (const char* act : acts) out.value(act);
  out.end_array();
}

void write_parties(JsonWriter& out, const std::vector<PartyId>& parties, const PartyId& proxy) {
  write_texts(out, "to", parties, [](const PartyId& party) { return party.value; });
  if (!proxy.value.empty()) out.member("proxy", proxy.value);
}

// The members of who said it and when, without the object around them.
void write_said(JsonWriter& out, const Signed& said) {
  out.member("party", said.party.value);
  out.member("officer", said.officers.empty() ? "" : said.officers.front());
  out.member("time", said.time).member("index", said.ref.index.value);
}

bool is_asked(const std::vector<PartyId>& to, const Node& node) {
  return std::find(to.begin(), to.end(), node.self()) != to.end();
}

// Steps that are missing in all chains of a notice.
std::uint64_t missing_steps(const std::vector<protection::ReceiptChain>& chains) {
  std::uint64_t count = 0;
  for (const protection::ReceiptChain& chain : chains) {
    count += static_cast<std::uint64_t>(std::count_if(chain.steps.begin(), chain.steps.end(),
                                                      [](const auto& step) { return !step.time; }));
  }
  return count;
}

// What a recipient can say to a notice and has not said yet.
void add_receipt_acts(Acts& acts, const Node& node, const Caller& caller,
                      const std::vector<protection::ReceiptChain>& chains) {
  for (const protection::ReceiptChain& chain : chains) {
    if (chain.party != node.self()) continue;
    const auto done = [&](protection::Receipt step) {
      return chain.steps.at(static_cast<std::size_t>(step)).time.has_value();
    };
    if (!done(protection::Receipt::read) && may_sign(caller, "ack.read")) acts.push_back("read");
    if (!done(protection::Receipt::received) && may_sign(caller, "notice.received")) {
      acts.push_back("received");
    }
    if (may_sign(caller, "notice.disseminated")) acts.push_back("disseminated");
  }
}

void write_details(JsonWriter& out, const protection::SiteDetails& site) {
  out.member("name", site.name).member("category", protection::category_name(site.category));
  out.member("function", site.function).member("run_by", site.owner);
  out.member("address", site.address).member("place", site.place).member("given", site.given);
  out.name("uncertainty_m").decimal(static_cast<double>(site.uncertainty_mm) / 1'000);
  out.member("contact", site.contact).name("point");
  write_lnglat(out, protection::site_point(site));
  const Result<geo::Area> area = protection::site_area(site);
  if (!area) return;
  out.name("shape");
  write_shape(out, *area);
}

Acts site_acts(const Node& node, const Caller& caller, const protection::SiteView& site,
               const std::vector<protection::ReceiptChain>& chains) {
  Acts acts;
  const bool own = site.owner == node.self() || site.version.body.proxy == node.self();
  if (site.state == SiteState::removed) return acts;
  if (own) {
    const auto& first = site.version.sent.officers;
    const bool second = caller.officer &&
                        std::find(first.begin(), first.end(), caller.officer->keyid) == first.end();
    if (!site.confirmed && second && may_sign(caller, "site.confirm")) acts.push_back("confirm");
    for (const char* act : {"revise", "reconfirm", "remove"}) {
      if (may_sign(caller, ("site." + std::string(act)).c_str())) acts.push_back(act);
    }
    return acts;
  }
  if (is_asked(site.version.body.to, node)) add_receipt_acts(acts, node, caller, chains);
  if (may_sign(caller, "contest.open")) acts.push_back("contest");
  return acts;
}

Acts movement_acts(const Node& node, const Caller& caller, const protection::MovementView& one,
                   const std::vector<protection::ReceiptChain>& chains) {
  Acts acts;
  const bool over = one.state == MovementState::arrived || one.state == MovementState::cancelled;
  const bool own = one.sent.party == node.self() || one.body.proxy == node.self();
  if (own && !over && may_sign(caller, "movement.checkin")) {
    acts = one.departed ? Acts{"checkin", "delay", "arrive", "cancel"}
                        : Acts{"depart", "delay", "cancel"};
  }
  if (!over && may_sign(caller, "movement.emergency")) acts.push_back("emergency");
  if (!own && is_asked(one.body.to, node)) add_receipt_acts(acts, node, caller, chains);
  return acts;
}

void write_route(JsonWriter& out, const protection::MovementDetails& movement) {
  out.member("name", movement.name);
  out.member("purpose", protection::movement_purpose_name(movement.purpose));
  out.member("persons", movement.persons).member("contact", movement.contact);
  out.member("half_width_m", movement.half_width_mm / 1'000).name("route").begin_array();
  for (const protection::RoutePoint& point : movement.route) {
    out.begin_object().name("point");
    write_lnglat(out, point.point);
    out.member("name", point.name).member("from", point.time.start).member("to", point.time.end);
    out.end_object();
  }
  out.end_array().name("corridor").begin_array();
  const Result<std::vector<protection::CorridorPart>> parts = protection::corridor(movement);
  if (parts) {
    for (const protection::CorridorPart& part : *parts) write_shape(out, part.area);
  }
  out.end_array().name("vehicles").begin_array();
  for (const protection::Vehicle& vehicle : movement.vehicles) {
    out.begin_object().member("kind", vehicle.kind).member("colour", vehicle.colour);
    out.member("plate", vehicle.plate).member("day", vehicle.day).member("night", vehicle.night);
    out.member("thermal", vehicle.thermal).end_object();
  }
  out.end_array();
}

void write_course(JsonWriter& out, const protection::MovementView& one) {
  out.member("delay_s", one.delay_ms / 1'000).member("delay_why", one.delay_why);
  if (one.departed) out.member("departed", *one.departed);
  if (one.ended) out.member("ended", *one.ended);
  if (one.last_sign) out.member("last_sign", *one.last_sign);
  if (one.last_point) {
    out.name("last_point");
    write_lnglat(out, *one.last_point);
  }
  if (one.next_sign) out.member("next_sign", *one.next_sign);
  out.member("overdue_s", one.overdue_ms / 1'000);
}

void write_words(JsonWriter& out, const protection::Words& words) {
  out.begin_object();
  for (std::size_t i = 0; i < words.size(); ++i) {
    out.member(protection::kWordLanguages.at(i), words.at(i));
  }
  out.end_object();
}

template <std::size_t N>
void write_codes(JsonWriter& out, const char* name, const std::array<const char*, N>& codes) {
  out.name(name).begin_array();
  for (const char* code : codes) out.value(code);
  out.end_array();
}

template <class Code>
void write_names(JsonWriter& out, const char* name, std::size_t count,
                 const char* (*name_of)(Code)) {
  out.name(name).begin_array();
  for (std::size_t i = 0; i < count; ++i) out.value(name_of(static_cast<Code>(i)));
  out.end_array();
}

}  // namespace

std::string entry_key(const Node& node, const record::Ref& ref) {
  for (const HeldLog* log : node.logs()) {
    if (log->origin() == ref.origin) {
      return log->party.value + "-" + std::to_string(ref.index.value);
    }
  }
  return {};
}

bool may_see(const Caller& caller, const std::optional<record::Ref>& commit) {
  return !commit || (caller.role != Role::none && caller.role != Role::reader);
}

void write_standing(JsonWriter& out) {
  out.name("standing").begin_array();
  for (const protection::Words& words : protection::standing_words()) write_words(out, words);
  out.end_array();
}

void write_vocabulary(JsonWriter& out) {
  write_standing(out);
  out.name("categories").begin_array();
  for (const protection::CategoryEntry& one : protection::categories()) {
    out.begin_object().member("name", one.name).name("title");
    write_words(out, protection::category_words(one.category));
    out.member("source", one.source).end_object();
  }
  out.end_array();
  write_names(out, "purposes", 5, protection::movement_purpose_name);
  write_names(out, "grounds", 5, protection::grounds_name);
  write_names(out, "outcomes", 3, protection::outcome_name);
  write_names(out, "case_steps", protection::kCaseSteps, protection::case_step_name);
  write_codes(out, "means", protection::kConfirmMeans);
  write_codes(out, "emergency_kinds", protection::kEmergencyKinds);
}

void write_statistics(JsonWriter& out, const protection::HitStatistics& statistics) {
  const auto number = [&](const char* name, std::size_t value) {
    out.member(name, std::uint64_t{value});
  };
  out.name("statistics").begin_object();
  number("incidents", statistics.incidents);
  number("findings", statistics.findings);
  number("sites", statistics.sites);
  number("movements", statistics.movements);
  number("open", statistics.open);
  number("steps_overdue", statistics.steps_overdue);
  out.name("by_category").begin_array();
  for (const auto& [category, incidents] : statistics.by_category) {
    out.begin_object().member("category", protection::category_name(category));
    number("incidents", incidents);
    out.end_object();
  }
  out.end_array().end_object();
}

void write_site(JsonWriter& out, const Node& node, const Caller& caller,
                const protection::SiteView& site, UtcMs now) {
  const std::vector<protection::ReceiptChain> chains =
      node.notice_receipts(site.version.sent.ref, now);
  out.begin_object().member("key", entry_key(node, site.key)).member("owner", site.owner.value);
  out.member("index", site.version.sent.ref.index.value);
  out.member("number", std::uint64_t{site.number});
  out.member("state", protection::site_state_name(site.state));
  out.member("contested", site.contested).member("expires", site.expires);
  out.member("sent", site.version.sent.time);
  out.member("private", site.version.commit.has_value());
  if (site.site && may_see(caller, site.version.commit)) write_details(out, *site.site);
  write_parties(out, site.version.body.to, site.version.body.proxy);
  if (site.confirmed) {
    out.name("confirmed").begin_object();
    write_said(out, *site.confirmed);
    out.member("means", site.confirmed_means).end_object();
  }
  if (site.removed) {
    out.name("removed").begin_object();
    write_said(out, *site.removed);
    out.member("reason", site.removed_why).end_object();
  }
  out.member("owner_withdrew", site.owner_withdrew).member("missing", missing_steps(chains));
  write_acts(out, site_acts(node, caller, site, chains));
  out.end_object();
}

void write_version(JsonWriter& out, const Node& node, const Caller& caller,
                   const protection::SiteVersion& version) {
  out.begin_object().member("index", version.sent.ref.index.value);
  out.member("time", version.sent.time);
  out.member("officer", version.sent.officers.empty() ? "" : version.sent.officers.front());
  const std::optional<protection::SiteDetails> site = node.notices().details(version);
  if (site && may_see(caller, version.commit)) {
    out.member("name", site->name).name("point");
    write_lnglat(out, protection::site_point(*site));
  }
  out.end_object();
}

void write_chains(JsonWriter& out, const std::vector<protection::ReceiptChain>& chains) {
  out.name("receipts").begin_array();
  for (const protection::ReceiptChain& chain : chains) {
    out.begin_object().member("party", chain.party.value).name("steps").begin_array();
    for (const protection::ReceiptStep& step : chain.steps) {
      out.begin_object().member("step", protection::receipt_name(step.step));
      if (step.time) {
        out.member("time", *step.time);
      } else {
        out.member("missing_s", step.missing_ms / 1'000);
      }
      if (!step.officer.empty()) out.member("officer", step.officer);
      out.member("overdue", step.overdue).end_object();
    }
    out.end_array().name("units").begin_array();
    for (const protection::UnitNote& unit : chain.units) {
      out.begin_object().member("unit", unit.unit).member("at", unit.at).member("by", unit.by);
      out.member("confirmed", unit.confirmed).end_object();
    }
    out.end_array().end_object();
  }
  out.end_array();
}

void write_movement(JsonWriter& out, const Node& node, const Caller& caller,
                    const protection::MovementView& one, UtcMs now) {
  const std::vector<protection::ReceiptChain> chains = node.notice_receipts(one.sent.ref, now);
  out.begin_object().member("key", entry_key(node, one.sent.ref));
  out.member("party", one.sent.party.value).member("index", one.sent.ref.index.value);
  out.member("officer", one.sent.officers.empty() ? "" : one.sent.officers.front());
  out.member("sent", one.sent.time).member("state", protection::movement_state_name(one.state));
  out.member("emergency", one.body.emergency).member("late", one.late);
  out.member("lead_s", one.lead_ms / 1'000);
  out.member("start", one.body.time.start).member("end", one.body.time.end);
  out.member("checkin_s", one.body.checkin_ms / 1'000);
  write_parties(out, one.body.to, one.body.proxy);
  out.member("private", one.commit.has_value());
  if (one.movement && may_see(caller, one.commit)) write_route(out, *one.movement);
  write_course(out, one);
  out.name("emergencies").begin_array();
  for (const record::Ref& ref : one.emergencies) out.value(entry_key(node, ref));
  out.end_array().member("missing", missing_steps(chains));
  write_acts(out, movement_acts(node, caller, one, chains));
  out.end_object();
}

void write_emergency(JsonWriter& out, const Node& node, const Caller& caller,
                     const protection::EmergencyView& emergency) {
  out.begin_object().member("key", entry_key(node, emergency.sent.ref));
  write_said(out, emergency.sent);
  out.member("kind", emergency.body.kind).member("text", emergency.body.text);
  if (emergency.body.point) {
    out.name("point");
    write_lnglat(out, *emergency.body.point);
  }
  if (emergency.movement) out.member("movement", entry_key(node, *emergency.movement));
  if (emergency.over) out.member("over", *emergency.over);
  out.member("over_why", emergency.over_why);
  Acts acts;
  const bool own = emergency.sent.party == node.self();
  if (own && !emergency.over && may_sign(caller, "movement.emergency_over")) {
    acts.push_back("over");
  }
  if (!own && may_sign(caller, "notice.received")) acts.push_back("received");
  write_acts(out, acts);
  out.end_object();
}

void write_contest(JsonWriter& out, const Node& node, const Caller& caller,
                   const protection::ContestView& contest) {
  out.begin_object().member("key", entry_key(node, contest.sent.ref));
  write_said(out, contest.sent);
  out.member("grounds", protection::grounds_name(contest.body.grounds));
  out.member("text", contest.body.text).member("site", entry_key(node, contest.site));
  if (contest.answered) {
    out.name("answered").begin_object();
    write_said(out, *contest.answered);
    out.end_object();
  }
  out.member("answer", contest.answer).member("answer_due", contest.answer_due);
  out.member("decision_due", contest.decision_due);
  out.member("answer_overdue", contest.answer_overdue);
  out.member("decision_overdue", contest.decision_overdue);
  if (contest.ended) out.member("ended", *contest.ended);
  out.member("ended_how", contest.ended_how);
  Acts acts;
  const std::optional<protection::SiteView> site =
      node.notices().site(contest.site, contest.sent.time);
  const bool owner = site && site->owner == node.self();
  if (!contest.ended) {
    if (owner && !contest.answered && may_sign(caller, "contest.answer")) acts.push_back("answer");
    const bool part = owner || contest.sent.party == node.self();
    if (part && may_sign(caller, "contest.close")) acts.push_back("close");
  }
  write_acts(out, acts);
  out.end_object();
}

void write_case(JsonWriter& out, const Node& node, const Caller& caller,
                const protection::CaseView& one, UtcMs now) {
  out.begin_object().member("id", one.id).member("time", one.time).name("point");
  write_lnglat(out, one.point);
  out.member("incident", one.incident).name("event").begin_object();
  out.member("party", one.event.party.value).member("index", one.event.ref.index.value);
  out.member("type", one.incident ? "incident.report" : "finding.open").end_object();
  out.member("subject", entry_key(node, one.subject)).member("movement", one.movement);
  if (one.movement) {
    const auto movement = node.notices().movement(one.subject, now);
    const bool seen = movement && movement->movement && may_see(caller, movement->commit);
    if (seen) out.member("name", movement->movement->name);
  } else {
    const auto site = node.notices().site(one.subject, now);
    const bool seen = site && site->site && may_see(caller, site->version.commit);
    if (seen) out.member("name", site->site->name);
    out.member("category", protection::category_name(one.category));
  }
  out.name("distance_m").decimal(one.distance_m);
  out.member("expired", one.expired).member("contested", one.contested);
  out.name("steps").begin_array();
  Acts acts;
  for (const protection::CaseStepView& step : one.steps) {
    out.begin_object().member("step", protection::case_step_name(step.step));
    out.member("party", step.party.value).member("due", step.due);
    if (step.done) {
      out.name("done").begin_object();
      write_said(out, *step.done);
      out.end_object();
    }
    out.member("text", step.text);
    if (step.missing_ms > 0) out.member("missing_s", step.missing_ms / 1'000);
    out.end_object();
    const bool own = step.party == node.self() && !step.done;
    if (own && may_sign(caller, "case.step")) acts.push_back(protection::case_step_name(step.step));
  }
  out.end_array().member("closed", one.closed);
  write_acts(out, acts);
  out.end_object();
}

void write_case_ref(JsonWriter& out, const Node& node, const protection::CaseRef& one) {
  out.begin_object().member("party", one.party.value).member("index", one.ref.index.value);
  out.member("type", one.type).member("time", one.time);
  out.member("why", protection::case_why_name(one.why));
  const HeldLog* const log = node.log(one.party);
  const Result<record::Entry> entry =
      log == nullptr ? fail(Errc::protection_unknown) : log->entry(one.ref.index);
  out.member("summary", entry ? summary(node, *log, *entry) : "");
  out.end_object();
}

}  // namespace detente::node
