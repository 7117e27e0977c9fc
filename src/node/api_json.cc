// SPDX-License-Identifier: Apache-2.0
#include "node/api_json.h"

#include <fmt/core.h>

#include <algorithm>
#include <tuple>

#include "base/limits.h"
#include "node/api_parts.h"

namespace detente::node {
namespace {

void write_fix(JsonWriter& out, const watch::Fix& fix) {
  out.begin_object().member("time", fix.time).name("point");
  write_lnglat(out, fix.point);
  if (fix.altitude_mm) {
    out.name("altitude_m").decimal(static_cast<double>(*fix.altitude_mm) / 1000);
    out.member("reference", geo::altitude_reference_name(fix.reference));
  }
  out.end_object();
}

}  // namespace

record::Ref ref_of(const HeldLog& log, LeafIndex index) {
  return log.ref(index);
}

// What every other party has done with one entry. `steps` are answers that decide it, if any.
void write_receipts(JsonWriter& out, const Node& node, const HeldLog& log, LeafIndex index,
                    const std::vector<airspace::Step>& steps) {
  const std::vector<ReadMark>* reads = node.reads(ref_of(log, index));
  out.name("receipts").begin_array();
  for (const terms::Party& party : node.agreement().parties()) {
    if (party.id == log.party) continue;
    out.begin_object().member("party", party.id.value);
    const auto level = [&](record::ReceiptLevel wanted, const char* name) {
      const record::Cosigned* found = log.receipts.receipt(party.id.value, wanted, index);
      if (found != nullptr) out.member(name, found->time);
    };
    level(record::ReceiptLevel::seen, "seen");
    level(record::ReceiptLevel::held, "held");
    if (reads != nullptr) {
      const auto read = std::find_if(reads->begin(), reads->end(),
                                     [&](const ReadMark& r) { return r.party == party.id; });
      if (read != reads->end()) out.member("read", read->time).member("read_by", read->officer);
    }
    const airspace::Step* decided = nullptr;
    for (const airspace::Step& step : steps) {
      const bool answer = step.type == "activity.concur" || step.type == "activity.object";
      if (answer && step.party == party.id && step.counts) decided = &step;
    }
    if (decided != nullptr) {
      out.member("decided", decided->time);
      out.member("decision", decided->type == "activity.concur" ? "concurred" : "objected");
    }
    out.end_object();
  }
  out.end_array();
}

std::string address_text(std::uint32_t address, bool is_icao) {
  return fmt::format("{}{:06x}", is_icao ? "" : "~", address);
}

void write_hello(JsonWriter& out, const Node& node, const Caller& caller,
                 const std::vector<ApiLink>& links, UtcMs now) {
  const terms::Agreement& agreement = node.agreement();
  const terms::Party& self = *agreement.party(node.self());
  out.begin_object().member("party", self.id.value).member("name", self.name);
  out.member("kind", self.kind == terms::PartyKind::party ? "party" : "monitor");
  out.member("role", role_name(caller.role));
  if (caller.officer) out.member("officer", caller.officer->keyid);
  out.member("now", now).name("agreement").begin_object();
  out.member("id", agreement.id()).member("title", agreement.title("en"));
  out.member("sha256", agreement.sha256_hex()).end_object();
  out.name("links").begin_array();
  for (const ApiLink& link : links) {
    out.begin_object().member("name", link.name).member("url", link.url).end_object();
  }
  out.end_array().end_object();
}

void write_state(JsonWriter& out, const Node& node, const Caller& caller, UtcMs now) {
  out.begin_object().member("now", now).member("fenced", node.fenced());
  if (node.halted()) out.member("halted", node.halted()->text());
  out.name("links").begin_array();
  for (const terms::Party& party : node.agreement().parties()) {
    if (party.id == node.self()) continue;
    const record::ReceiptBook& book = node.own().receipts;
    const record::Cosigned* seen = book.latest(party.id.value, record::ReceiptLevel::seen);
    const record::Cosigned* held = book.latest(party.id.value, record::ReceiptLevel::held);
    out.begin_object().member("party", party.id.value).member("name", party.name);
    out.member("state", link_state_name(node.link(party.id, now)));
    if (seen != nullptr) out.member("last_cosigned", seen->time);
    out.member("their_size", node.log(party.id)->head_size.value);
    out.member("seen_of_ours", seen == nullptr ? std::uint64_t{0} : seen->size.value);
    out.member("held_of_ours", held == nullptr ? std::uint64_t{0} : held->size.value);
    out.end_object();
  }
  out.end_array().name("logs").begin_array();
  for (const HeldLog* log : node.logs()) {
    out.begin_object().member("party", log->party.value);
    out.member("origin", log->reader.owner().log.name).member("size", log->reader.size().value);
    out.member("root", to_base64(log->reader.root())).end_object();
  }
  out.end_array();
  std::map<std::string, std::int64_t> by_state;
  for (const airspace::ActivityView& view : node.ledger().views(now)) {
    ++by_state[airspace::state_name(view.state)];
  }
  out.name("activities_by_state").begin_object();
  for (const auto& [state, count] : by_state) out.member(state, count);
  out.end_object();
  const std::vector<const FindingRecord*> findings = node.findings();
  out.member("findings_open", static_cast<std::int64_t>(std::count_if(
                                  findings.begin(), findings.end(),
                                  [](const FindingRecord* f) { return !f->finding.end; })));
  out.name("alarms").begin_array();
  write_waiting(out, node, caller, now, true);
  out.end_array().end_object();
}

void write_tracks(JsonWriter& out, const Node& node, std::int64_t trail_ms, UtcMs now) {
  out.begin_object().member("now", now).name("tracks").begin_array();
  for (const watch::Track& track : node.watcher().tracks()) {
    if (!track.last.position) continue;
    const geo::TrackPoint& last = track.last;
    out.begin_object().member("address", address_text(last.address, last.address_is_icao));
    if (!last.callsign.empty()) out.member("callsign", last.callsign);
    if (track.who) out.member("who", track.who->value);
    if (!track.activity.value.empty()) out.member("activity", track.activity.value);
    const bool friendly = track.who && node.agreement().sponsor_of(*track.who) == node.self();
    out.member("frame", friendly ? "friend" : (track.who ? "neutral" : "unknown")).name("last");
    write_fix(out, {last.time, *last.position, last.altitude_mm, last.altitude_reference});
    if (last.speed_mm_s) out.name("speed_m_s").decimal(*last.speed_mm_s / 1000.0);
    if (last.track_mdeg) out.name("track_deg").decimal(*last.track_mdeg / 1000.0);
    out.name("trail").begin_array();
    if (const std::deque<TrailPoint>* trail = node.trail(last.address)) {
      for (const TrailPoint& point : *trail) {
        if (now - point.fix.time <= trail_ms) write_fix(out, point.fix);
      }
    }
    out.end_array();
    write_texts(out, "areas", track.areas,
                [&](std::uint32_t area) { return node.agreement().areas()[area].id.value; });
    out.member("open_findings", static_cast<std::int64_t>(track.open_findings)).end_object();
  }
  out.end_array().end_object();
}

void write_finding(JsonWriter& out, const Node& node, const FindingRecord& record) {
  const watch::Finding& finding = record.finding;
  out.begin_object().member("id", record.id).member("party", record.party.value);
  out.member("index", record.index.value).member("kind", watch::finding_kind_name(finding.kind));
  out.member("clause", finding.clause.value);
  out.member("clause_text", node.agreement().clause_text(finding.clause, "en"));
  if (!finding.area.value.empty()) out.member("area", finding.area.value);
  if (!finding.activity.value.empty()) out.member("activity", finding.activity.value);
  if (finding.who) out.member("who", finding.who->value);
  out.member("confidence", watch::confidence_name(finding.confidence));
  out.member("aircraft", address_text(finding.aircraft, finding.aircraft_is_icao));
  if (!finding.callsign.empty()) out.member("callsign", finding.callsign);
  out.name("first");
  write_fix(out, finding.first);
  if (finding.end) {
    out.name("last");
    write_fix(out, finding.last);
    out.member("end", watch::finding_end_name(*finding.end));
    out.member("fixes", finding.fixes);
  }
  out.member("text", finding.text);
  write_receipts(out, node, *node.log(record.party), record.index, {});
  out.end_object();
}

void write_stop(JsonWriter& out, const Node& node, const Caller& caller,
                const airspace::StopView& stop, UtcMs now) {
  out.begin_object().member("id", stop.id.value).member("party", stop.from.value);
  out.member("index", stop.ref.index.value);
  if (stop.activity) out.member("activity", stop.activity->value);
  out.member("reason", stop.reason).member("sent", stop.sent).name("acks").begin_array();
  for (const airspace::StopView::Ack& ack : stop.acks) {
    out.begin_object().member("party", ack.party.value).member("officer", ack.officer);
    out.member("time", ack.time).end_object();
  }
  out.end_array();
  if (stop.lifted) out.member("lifted", *stop.lifted);
  const bool overdue =
      stop.acks.empty() && !stop.lifted && now - stop.sent > node.agreement().clocks().stop_ack_ms;
  out.member("overdue", overdue).name("can").begin_array();
  if (may_sign(caller, "stop.ack")) {
    const bool acked = std::any_of(stop.acks.begin(), stop.acks.end(),
                                   [&](const auto& ack) { return ack.party == node.self(); });
    if (stop.from != node.self() && !acked) out.value("ack");
    if (stop.from == node.self() && !stop.lifted) out.value("lift");
  }
  out.end_array().end_object();
}

namespace {

struct Waiting {
  const char* kind;
  std::string title;
  PartyId party;
  LeafIndex index;
  std::string id;
  UtcMs since;
  std::optional<UtcMs> due;
  bool urgent = false;
};

void add_waiting_activities(std::vector<Waiting>& items, const Node& node, const Caller& caller,
                            UtcMs now) {
  for (const airspace::ActivityView& view : node.ledger().views(now)) {
    for (const std::string& act : activity_acts(node, caller, view, now)) {
      const std::string name =
          fmt::format("{} of {} near {}", terms::purpose_name(view.plan.purpose),
                      party_name(node, view.plan.operator_id), view.plan.place.name);
      const UtcMs start = view.plan.span().start;
      const bool soon = start - now < 3'600'000;
      if (act == "concur") {
        items.push_back({"decide", "Answer: " + name, view.owner, view.proposal.index,
                         view.id.value, view.proposed_at, start, soon});
      } else if (act == "read_back" &&
                 std::find(view.read_back_needed.begin(), view.read_back_needed.end(),
                           node.self()) != view.read_back_needed.end()) {
        items.push_back({"decide", "Read back and answer: " + name, view.owner, view.proposal.index,
                         view.id.value, view.proposed_at, start, soon});
      } else if (act == "activate") {
        items.push_back({"activate", "May become active: " + name, view.owner, view.proposal.index,
                         view.id.value, view.proposed_at, start, soon});
      } else if (act == "read") {
        items.push_back({"read", "Not read yet: " + name, view.owner, view.proposal.index,
                         view.id.value, view.proposed_at, std::nullopt, false});
      }
    }
  }
}

}  // namespace

void write_waiting(JsonWriter& out, const Node& node, const Caller& caller, UtcMs now,
                   bool stops_only) {
  std::vector<Waiting> items;
  for (const airspace::StopView& stop : node.ledger().stops()) {
    const bool acked = std::any_of(stop.acks.begin(), stop.acks.end(),
                                   [&](const auto& ack) { return ack.party == node.self(); });
    if (stop.from == node.self() || acked || stop.lifted) continue;
    items.push_back({"stop", "STOP from " + party_name(node, stop.from) + ": " + stop.reason,
                     stop.from, stop.ref.index, stop.id.value, stop.sent,
                     stop.sent + node.agreement().clocks().stop_ack_ms, true});
  }
  if (!stops_only) {
    for (const auto& [party, refused] : node.refused_logs()) {
      items.push_back({"record", "Its log is not followed further: " + refused.error.text(), party,
                       LeafIndex{0}, party.value, refused.since, std::nullopt, true});
    }
  }
  if (!stops_only && caller.officer) {
    add_waiting_activities(items, node, caller, now);
    for (const FindingRecord* finding : node.findings()) {
      if (finding->party == node.self()) continue;
      const std::vector<ReadMark>* reads =
          node.reads(ref_of(*node.log(finding->party), finding->index));
      const bool read =
          reads != nullptr && std::any_of(reads->begin(), reads->end(),
                                          [&](const auto& r) { return r.party == node.self(); });
      if (!read) {
        items.push_back({"finding", finding->finding.text, finding->party, finding->index,
                         finding->id, finding->logged, std::nullopt, false});
      }
    }
  }
  std::sort(items.begin(), items.end(), [](const Waiting& a, const Waiting& b) {
    return std::tuple(!a.urgent, a.since, a.id) < std::tuple(!b.urgent, b.since, b.id);
  });
  for (const Waiting& item : items) {
    out.begin_object().member("kind", item.kind).member("title", item.title);
    out.member("party", item.party.value).member("index", item.index.value);
    out.member("id", item.id).member("since", item.since);
    if (item.due) out.member("due", *item.due);
    out.member("urgent", item.urgent).end_object();
  }
}

}  // namespace detente::node
