// SPDX-License-Identifier: Apache-2.0
//
// Method: three parties say whatever they like, also nonsense, about each other's statements, also
// under ids that others use. The logs are then told to a second ledger in another order, each log
// in its own; everything that is shown must be the same, at several moments.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <random>

#include "hotline/testing_line.h"

namespace detente::hotline {
namespace {

using namespace testing;

std::string said(const Sent& sent) {
  return fmt::format("{} {} {} {} {}", sent.id.value, sent.party.value, sent.officer,
                     sent.time.value, sent.ref.index.value);
}
std::string said(const std::vector<Ack>& acks) {
  std::string out;
  for (const Ack& ack : acks) {
    out += fmt::format(" {}/{}/{}", ack.party.value, ack.officer, ack.time.value);
  }
  return out;
}

std::string describe(const HotlineLedger& ledger, const terms::Agreement& agreement, UtcMs now) {
  std::string out;
  const terms::HotlineTerms& terms = agreement.hotline_terms();
  for (const terms::Party& party : agreement.parties()) {
    for (const Alarm& a : ledger.alarms(party.id, terms, {}, now)) {
      out += fmt::format("alarm {} {} {} {} {} {}", a.id.value, a.party.value, a.index->value,
                         a.escalation.level, a.acked, a.text) +
             said(a.acks);
      for (const Raised& r : a.raised) out += fmt::format(" {}:{}", r.party.value, r.level);
      out += "\n";
    }
    const LineView line = ledger.line(party.id, terms, now);
    out += fmt::format("line {} {} {} {} {}", party.id.value, watch_why_name(line.why),
                       line.officer, line.until ? line.until->value : 0, line.shifts.size());
    if (line.test) {
      out += said(line.test->sent) + (line.test->overdue ? " overdue" : "") +
             (line.test->answered ? line.test->answered->officer : "");
    }
    out += "\n";
  }
  for (const WarningView& w : ledger.warnings()) {
    const std::vector<geo::Area> place =
        w.body.volume ? std::vector<geo::Area>{w.body.volume->area} : std::vector<geo::Area>{};
    const Restrike r = ledger.restrike(w, place);
    out += "warning " + said(w.sent) + said(w.acks) + (w.over ? w.over_why : "") +
           fmt::format(" {} {}", r.read ? r.read->value : 0, r.elapsed_ms.value_or(-1));
    if (r.event) out += r.event->party.value + std::to_string(r.event->index.value);
    out += "\n";
  }
  for (const MessageView& m : ledger.messages()) out += "message " + said(m.sent) + said(m.reads);
  for (const CallView& c : ledger.calls()) out += "call " + said(c.sent) + c.body.about.value;
  return out;
}

struct Talk {
  explicit Talk(std::uint64_t seed) : random(seed) {}
  Line line;
  std::mt19937_64 random;
  std::vector<StatementId> ids = {StatementId{std::string(32, 'f')}};

  std::uint64_t below(std::uint64_t n) { return random() % n; }
  std::string id() { return ids[below(ids.size())].value; }
  std::string time(std::int64_t ms) {
    return json_time(line.now + ms - 1'000 * static_cast<std::int64_t>(below(120)));
  }

  void step() {
    line.now = line.now + static_cast<std::int64_t>(below(40'000));
    const std::string party = std::array{"north", "south", "monitor"}[below(3)];
    const std::string officer = std::array{"duty-1", "duty-2"}[below(2)];
    const auto [type, body] = anything();
    std::vector<record::Ref> refs;
    const auto& log = line.logs[PartyId{std::array{"north", "south", "monitor"}[below(3)]}];
    if (type == "ack.read" && !log.empty()) {
      const record::Entry& entry = log[below(log.size())].entry;
      refs.push_back({entry.statement.log, entry.header.seq, entry.leaf});
    }
    record::Statement statement = line.draft(party, type, body, refs);
    // Some other party's id, as only a hostile log would use it.
    if (below(10) == 0) statement.id = ids[below(ids.size())];
    ids.push_back(line.log(party, std::move(statement), officer));
  }

  std::pair<std::string, std::string> anything() {
    const auto place = [&] { return std::to_string(359'000'000 + 100'000 * below(20)); };
    switch (below(14)) {
      case 0:
        return {"stop.send", R"({"activity":"","reason":"r"})"};
      case 1:
        return {"stop.ack", R"({"stop":")" + id() + "\"}"};
      case 2:
        return {"stop.lift", R"({"stop":")" + id() + R"(","reason":"r"})"};
      case 3:
        return {"warning.send", warning_of(line.now + static_cast<std::int64_t>(below(200'000)))};
      case 4:
        return {"warning.ack", R"({"warning":")" + id() + "\"}"};
      case 5:
        return {"warning.over", R"({"warning":")" + id() + R"(","reason":"r"})"};
      case 6:
        return {"watch.on", R"({"until":)" + time(100'000) + "}"};
      case 7:
        return {"watch.off", "{}"};
      case 8:
        return {"call.test", R"({"to":"south"})"};
      case 9:
        return {"call.answer", R"({"call":")" + id() + "\"}"};
      case 10:
        return {"ack.read", "{}"};
      case 11:
        return {"alarm.raised", R"({"subject":")" + id() + R"(","level":1,"siren":"told"})"};
      case 12:
        return {"incident.report", R"({"point":[)" + place() + ",366000000]}"};
      default:
        return {"finding.open",
                R"({"first":{"time":)" + time(0) + R"(,"point":[)" + place() + ",366000000]}}"};
    }
  }
};

RC_GTEST_PROP(HotlineProperty, AnyOrderBetweenTheLogsGivesTheSameViews, ()) {
  Talk talk(*rc::gen::arbitrary<std::uint64_t>());
  const int steps = *rc::gen::inRange(0, 200);
  for (int i = 0; i < steps; ++i) talk.step();
  HotlineLedger other(talk.line.agreement);
  std::map<PartyId, std::size_t> next;
  std::vector<PartyId> open;
  for (const auto& [party, log] : talk.line.logs) {
    if (!log.empty()) open.push_back(party);
  }
  while (!open.empty()) {
    const std::size_t which = talk.below(open.size());
    const Said& said = talk.line.logs[open[which]][next[open[which]]++];
    other.apply(said.party, said.entry, said.officers);
    if (next[open[which]] == talk.line.logs[open[which]].size()) {
      open.erase(open.begin() + static_cast<std::ptrdiff_t>(which));
    }
  }
  for (const std::int64_t later : {0, 30'000, 3'600'000}) {
    const UtcMs now = talk.line.now + later;
    RC_ASSERT(describe(other, *talk.line.agreement, now) ==
              describe(talk.line.ledger, *talk.line.agreement, now));
  }
}

}  // namespace
}  // namespace detente::hotline
