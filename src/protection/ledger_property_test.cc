// SPDX-License-Identifier: Apache-2.0
//
// Method: four parties say whatever they like, also nonsense, about each other's statements. The
// logs are then told to a second ledger in another order, each log in its own, and private details
// come at other moments; everything that is shown must be the same, at several moments. And
// whatever is said, no entry is gone that its owner, or the proxy it named, did not remove.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <random>

#include "protection/testing_notices.h"

namespace detente::protection {
namespace {

using namespace testing;

std::string said(const Signed& sent) {
  return fmt::format("{}/{}/{}", sent.party.value, sent.ref.index.value, sent.time.value);
}
std::string said(const std::optional<Signed>& sent) {
  return sent ? said(*sent) : "-";
}
std::string said(const std::optional<UtcMs>& time) {
  return time ? std::to_string(time->value) : "-";
}

std::string describe_sites(const NoticeLedger& ledger, UtcMs now) {
  std::string out;
  for (const SiteView& v : ledger.sites(now)) {
    out += fmt::format("site {} {} {} {} {} {} {} {} {}\n", said(v.version.sent), v.number,
                       site_state_name(v.state), said(v.confirmed), v.expires.value, v.contested,
                       said(v.removed), v.owner_withdrew, v.site ? write_site(*v.site) : "-");
    for (const ReceiptChain& chain : ledger.receipts(v.version.sent.ref, {}, now)) {
      out += "  chain " + chain.party.value;
      for (const ReceiptStep& step : chain.steps) {
        out += fmt::format(" {}:{}:{}", said(step.time), step.missing_ms, step.overdue);
      }
      for (const UnitNote& unit : chain.units) out += " " + unit.unit;
      out += "\n";
    }
  }
  for (const char* owner : {"north", "south", "relief", "monitor"}) {
    const ListView list = ledger.list(PartyId{owner}, now);
    out += fmt::format("list {} {} {} {}\n", owner, list.standing, list.removed, list.expired);
  }
  return out;
}

// The tallies are what the views come to.
void check_lists(const NoticeLedger& ledger, UtcMs now) {
  constexpr std::int64_t kDay = 86'400'000;
  std::map<PartyId, ListView> slow;
  for (const SiteView& view : ledger.sites(now)) {
    ListView& list = slow[view.owner];
    if (view.removed) {
      ++list.removed;
      if (now - view.removed->time < kDay) ++list.removed_last_day;
    } else {
      ++list.standing;
      if (view.expires <= now) ++list.expired;
    }
  }
  const std::map<PartyId, ListView> lists = ledger.lists(now);
  RC_ASSERT(lists.size() == slow.size());
  for (const auto& [owner, list] : lists) {
    const ListView& other = slow.at(owner);
    RC_ASSERT(list.standing == other.standing && list.removed == other.removed);
    RC_ASSERT(list.expired == other.expired && list.removed_last_day == other.removed_last_day);
  }
}

// The short lines say what the views say, in the order of a list, and so do its parts.
void check_lines(const NoticeLedger& ledger, UtcMs now) {
  const std::vector<SiteLine> lines = ledger.site_lines(now);
  RC_ASSERT(lines.size() == ledger.sites(now).size());
  RC_ASSERT(lines.size() == ledger.site_count());
  std::vector<record::Ref> keys;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const SiteLine& line = lines[i];
    const SiteView view = ledger.site(*line.key, now).value();
    RC_ASSERT(line.state == view.state && line.contested == view.contested);
    RC_ASSERT(line.expires == view.expires && *line.owner == view.owner);
    RC_ASSERT((line.site != nullptr) == view.site.has_value());
    RC_ASSERT(line.version->sent.ref == view.version.sent.ref);
    RC_ASSERT(line.text->empty() == !view.site);
    const SiteLine& before = lines[i == 0 ? 0 : i - 1];
    RC_ASSERT(line.version->sent.time <= before.version->sent.time);
    keys.push_back(*line.key);
  }
  RC_ASSERT(ledger.newest_sites(0, keys.size()) == keys);
  if (keys.size() > 1) {
    RC_ASSERT(ledger.newest_sites(1, 1) == std::vector<record::Ref>{keys[1]});
  }
  RC_ASSERT(ledger.newest_sites(keys.size(), 5).empty());
}

std::string describe(const NoticeLedger& ledger, UtcMs now) {
  std::string out = describe_sites(ledger, now);
  for (const MovementView& v : ledger.movements(now)) {
    out += fmt::format("movement {} {} {} {} {} {} {} {} {}\n", said(v.sent),
                       movement_state_name(v.state), v.late, v.delay_ms, v.delay_why,
                       said(v.departed), said(v.ended), said(v.last_sign), v.emergencies.size());
  }
  for (const EmergencyView& v : ledger.emergencies()) {
    out += "emergency " + said(v.sent) + said(v.over) + v.over_why + "\n";
  }
  for (const ContestView& v : ledger.contests(now)) {
    out += fmt::format("contest {} {} {} {} {} {}\n", said(v.sent), said(v.answered), v.answer,
                       v.ended_how, said(v.ended), v.decision_overdue);
  }
  for (const CaseView& v : ledger.cases(now)) {
    out += fmt::format("case {} {} {} {} {} {} {:.3f}", v.id, said(v.event), v.expired, v.contested,
                       v.closed, v.version.index.value, v.distance_m);
    for (const CaseStepView& step : v.steps) {
      out += fmt::format(" {}:{}:{}", step.party.value, said(step.done), step.missing_ms);
    }
    const CaseFile file = ledger.case_file(v.id, now).value();
    for (const CaseRef& ref : file.refs) {
      out += fmt::format(" {}.{}.{}", ref.party.value, ref.ref.index.value, case_why_name(ref.why));
    }
    out += "\n";
  }
  return out;
}

std::string plan_at(geo::PointE7 point, UtcMs start) {
  return fmt::format(
      R"({{"volumes":[{{"area":{{"circle":{{"center":[{},{}],"radius_mm":2000000}}}},)"
      R"("altitude":{{"lower_mm":0,"upper_mm":3000000,"reference":"MSL"}},)"
      R"("time":{{"start":{},"end":{}}}}}]}})",
      point.lat_e7, point.lng_e7, json_time(start), json_time(start + kHour));
}

struct Talk {
  explicit Talk(std::uint64_t seed) : random(seed) {
    RegisterBody site = registration(desk.now);
    site.proxy = PartyId{"monitor"};
    refs.push_back(desk.say("relief", "site.register", write_register(site)));
    NotifyBody notice = notification(desk.now);
    notice.proxy = PartyId{"monitor"};
    refs.push_back(desk.say("relief", "movement.notify", write_notify(notice)));
    refs.push_back(desk.say("north", "contest.open", R"({"grounds":"use","text":"t"})", {refs[0]}));
  }
  Desk desk;
  std::mt19937_64 random;
  std::vector<record::Ref> refs;
  std::map<record::Ref, record::ContentPackage> packages;

  std::uint64_t below(std::uint64_t n) { return random() % n; }
  // Mostly one site, one movement and one contest, so that the logs meet.
  record::Ref any() { return refs[below(4) != 0 ? below(3) : below(refs.size())]; }
  std::string party() { return std::array{"north", "south", "relief", "monitor"}[below(4)]; }
  SiteDetails place() { return clinic(359'000'000 + static_cast<std::int32_t>(30'000 * below(6))); }

  void step() {
    desk.now = desk.now + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(3 * kHour)));
    const std::string who = below(2) == 0 ? "relief" : party();
    if (below(12) == 0) return private_entry(who);
    auto [type, body] = below(2) == 0 ? site_talk() : other_talk();
    std::vector<record::Ref> about;
    const std::size_t count = type == "case.step" ? 2 : below(20) == 0 ? below(3) : 1;
    const bool none = type == "site.register" || type == "movement.notify";
    for (std::size_t i = 0; i < count && !none; ++i) about.push_back(any());
    const char* officer = std::array{"desk-1", "desk-2"}[below(2)];
    refs.push_back(desk.say(who, type, body, about, officer));
  }

  void private_entry(const std::string& who) {
    const Private content = private_site(place(), {"north"});
    const record::Ref commit =
        desk.say(who, "content.commit", record::write_content_commit(content.commit));
    packages.emplace(commit, content.package);
    RegisterBody body = registration(desk.now);
    body.site.reset();
    refs.push_back(desk.say(who, "site.register", write_register(body), {commit}));
    if (below(2) == 0) check(desk.ledger.learn(commit, content.package).has_value(), "it is known");
  }

  std::pair<std::string, std::string> site_talk() {
    RegisterBody body = registration(desk.now + static_cast<std::int64_t>(below(5)) * kDay);
    body.expires = desk.now + static_cast<std::int64_t>(below(6)) * kDay;
    body.site = place();
    if (below(2) == 0) body.proxy = PartyId{party()};
    switch (below(9)) {
      case 0:
      case 1:
        return {"site.register", write_register(body)};
      case 2:
        return {"site.revise", write_register(body)};
      case 3:
        return {"site.confirm", R"({"means":"visit"})"};
      case 4:
        return {"site.reconfirm", R"({"expires":)" + json_time(body.expires) + "}"};
      case 5:
        return {"site.remove", R"({"reason":"r"})"};
      case 6:
        return {"contest.open", R"({"grounds":"use","text":"t"})"};
      case 7:
        return {"contest.answer", R"({"text":"t"})"};
      default:
        return {"contest.close", std::string(R"({"outcome":")") +
                                     std::array{"withdrawn", "stands", "corrected"}[below(3)] +
                                     R"(","text":"t"})"};
    }
  }

  std::pair<std::string, std::string> other_talk() {
    const std::string at = R"({"at":)" + json_time(desk.now) + "}";
    NotifyBody notice = notification(desk.now + static_cast<std::int64_t>(below(4)) * kHour);
    if (below(2) == 0) notice.proxy = PartyId{party()};
    switch (below(15)) {
      case 13:
        return {"psi.query", "{}"};
      case 14:
        return {"activity.propose", plan_at(site_point(place()), desk.now)};
      case 0:
        return {"movement.notify", write_notify(notice)};
      case 1:
        return {"movement.depart", at};
      case 2:
        return {"movement.checkin", at};
      case 3:
        return {"movement.arrive", at};
      case 4:
        return {"movement.cancel", R"({"reason":"r"})"};
      case 5:
        return {"movement.delay", fmt::format(R"({{"delay_s":{},"reason":"r"}})", below(9'000))};
      case 6:
        return {"movement.emergency", R"({"kind":"lost","text":""})"};
      case 7:
        return {"movement.emergency_over", R"({"reason":"r"})"};
      case 8:
        return {"notice.received", "{}"};
      case 9:
        return {
            "notice.disseminated",
            write_disseminated({{{"unit " + std::to_string(below(9)), desk.now, "data", true}}})};
      case 10:
        return {"case.step", R"({"step":"acknowledge","text":"t"})"};
      case 11:
        return {"ack.read", "{}"};
      default:
        return {"incident.report",
                incident_at(desk.now - static_cast<std::int64_t>(below(3)) * kHour,
                            site_point(place()))};
    }
  }
};

RC_GTEST_PROP(NoticeProperty, AnyOrderBetweenTheLogsGivesTheSameViews, ()) {
  Talk talk(*rc::gen::arbitrary<std::uint64_t>());
  const int steps = *rc::gen::inRange(0, 150);
  for (int i = 0; i < steps; ++i) talk.step();
  NoticeLedger other(talk.desk.agreement);
  std::map<PartyId, std::size_t> next;
  std::vector<PartyId> open;
  for (const auto& [party, log] : talk.desk.logs) {
    if (!log.empty()) open.push_back(party);
  }
  while (!open.empty()) {
    const std::size_t which = talk.below(open.size());
    const Said& said = talk.desk.logs[open[which]][next[open[which]]++];
    other.apply(said.party, said.entry, said.officers);
    if (next[open[which]] == talk.desk.logs[open[which]].size()) {
      open.erase(open.begin() + static_cast<std::ptrdiff_t>(which));
    }
  }
  for (const auto& [commit, package] : talk.packages) {
    RC_ASSERT(other.learn(commit, package).has_value());
    RC_ASSERT(talk.desk.ledger.learn(commit, package).has_value());
  }
  for (const std::int64_t later : {std::int64_t{0}, 2 * kDay, 40 * kDay}) {
    const UtcMs now = talk.desk.now + later;
    RC_ASSERT(describe(other, now) == describe(talk.desk.ledger, now));
    check_lines(other, now);
    check_lists(other, now);
    check_lines(talk.desk.ledger, now);
    check_lists(talk.desk.ledger, now);
  }
  // What is forgotten was as good as never known; and it can be learned again.
  const std::string known = describe(other, talk.desk.now);
  for (const auto& [commit, package] : talk.packages) other.forget(commit);
  NoticeLedger never(talk.desk.agreement);
  for (const auto& [party, log] : talk.desk.logs) {
    for (const Said& said : log) never.apply(said.party, said.entry, said.officers);
  }
  RC_ASSERT(describe(other, talk.desk.now) == describe(never, talk.desk.now));
  for (const auto& [commit, package] : talk.packages) {
    RC_ASSERT(other.learn(commit, package).has_value());
  }
  RC_ASSERT(describe(other, talk.desk.now) == known);
}

RC_GTEST_PROP(NoticeProperty, OnlyItsOwnerOrProxyTakesAnEntryAway, ()) {
  Talk talk(*rc::gen::arbitrary<std::uint64_t>());
  for (int i = 0; i < 120; ++i) talk.step();
  std::size_t registered = 0;
  for (const auto& [party, log] : talk.desk.logs) {
    for (const Said& said : log)
      registered += said.entry.statement.type == "site.register" ? 1U : 0U;
  }
  const std::vector<SiteView> sites = talk.desk.ledger.sites(talk.desk.now + 400 * kDay);
  RC_ASSERT(sites.size() == registered);
  for (const SiteView& site : sites) {
    if (!site.removed) continue;
    const record::Ref act = site.removed->ref;
    const auto& log = talk.desk.logs.at(site.removed->party);
    const record::Statement& statement = log[act.index.value].entry.statement;
    RC_ASSERT(statement.type == "site.remove" && statement.refs.size() == 1);
    RC_ASSERT(site.removed->party == site.owner || site.removed->party == site.version.body.proxy);
  }
}

}  // namespace
}  // namespace detente::protection
