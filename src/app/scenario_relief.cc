// SPDX-License-Identifier: Apache-2.0
//
// The humanitarian body's day: two hundred invented sites, three convoys, and a hit near a site
// that a flight passed.
#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>

#include "app/scenario_build.h"
#include "protection/bodies.h"
#include "protection/words.h"

namespace detente::app {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kHourMs = 60 * kMinuteMs;
constexpr int kSites = 200;
constexpr double kApartM = 4'000;  // sites from what is found on the day
constexpr double kPassingM = 300;  // the first site from the track that passes it
constexpr std::int64_t kFootprintMm = 60'000;
constexpr std::int64_t kHalfWidthMm = 500'000;

protection::SiteCategory category_of(int number) {
  const auto& categories = protection::categories();
  return categories.at(static_cast<std::size_t>(number) % categories.size()).category;
}

std::string degrees(std::int32_t e7) {
  const std::int64_t whole = std::abs(std::int64_t{e7});
  return fmt::format("{}{}.{:07}", e7 < 0 ? "-" : "", whole / 10'000'000, whole % 10'000'000);
}

std::string at_body(UtcMs time) {
  return fmt::format(R"({{"at":"{}"}})", format_rfc3339(time));
}

}  // namespace

Act ScenarioBuilder::relief_act(ActKind kind, UtcMs at, const std::string& subject) {
  Act act;
  act.at = at;
  act.kind = kind;
  act.party = relief_;
  act.subject = subject;
  act.officers = {relief_.value + "/registrar-1"};
  return act;
}

// What a watch finds near a site opens a case too; the story tells of one that a report opens.
bool ScenarioBuilder::far_from_flights(geo::PointE7 point) const {
  const auto far = [&](const Flight& flight) {
    return std::all_of(flight.points.begin(), flight.points.end(), [&](const geo::TrackPoint& at) {
      return !at.position || geo::distance_m(*at.position, point) > kApartM;
    });
  };
  return far(intruder_) && far(named("patrol-2").flight) && far(named("patrol-1").flight);
}

std::string ScenarioBuilder::draw_site(int number, geo::PointE7 point) const {
  const auto& categories = protection::categories();
  const protection::CategoryEntry& entry =
      categories.at(static_cast<std::size_t>(number) % categories.size());
  protection::RegisterBody body;
  protection::SiteDetails& site = body.site.emplace();
  site.name = fmt::format("Site {:03}", number);
  site.category = entry.category;
  site.function = std::string(entry.title) + ", in use";
  site.shape = geo::Circle{point, kFootprintMm};
  body.to = {north_, south_, monitor_};
  body.expires = midnight_ + 90LL * 24 * kHourMs;
  return protection::write_register(body);
}

// The first lies beside the track; the others anywhere in the agreement's areas.
// `places` becomes the same list as a table.
std::vector<std::string> ScenarioBuilder::draw_sites(const geo::TrackPoint& near,
                                                     std::string& places) {
  ScenarioRandom random = random_.fork("sites");
  std::vector<std::string> out;
  places = "name,category,function,latitude,longitude\n";
  const auto take = [&](geo::PointE7 point) {
    const auto number = static_cast<int>(out.size()) + 1;
    out.push_back(draw_site(number, point));
    places += fmt::format("Site {:03},{},in use,{},{}\n", number,
                          protection::category_name(category_of(number)), degrees(point.lat_e7),
                          degrees(point.lng_e7));
  };
  take(geo::destination(*near.position, 90, kPassingM));
  while (out.size() < kSites) {
    const auto areas = static_cast<std::int64_t>(agreement_.areas().size());
    const auto which = static_cast<std::size_t>(random.between(0, areas - 1));
    const geo::BoundingCap cap = agreement_.areas()[which].area.bounding_cap();
    const double bearing = static_cast<double>(random.between(0, 359));
    const auto reach = static_cast<std::int64_t>(cap.radius_m);
    const double distance =
        static_cast<double>(random.between(0, std::max<std::int64_t>(reach, 1)));
    const geo::PointE7 point = geo::destination(cap.center, bearing, distance);
    if (!far_from_flights(point)) continue;
    take(point);
  }
  return out;
}

void ScenarioBuilder::tell_movement(const std::string& name, std::int64_t start_min,
                                    UtcMs notified) {
  const auto& places = agreement_.places();
  const UtcMs start = minute(start_min);
  protection::NotifyBody body;
  protection::MovementDetails& movement = body.movement.emplace();
  movement.name = name;
  for (std::size_t i = 0; i < std::min<std::size_t>(places.size(), 3); ++i) {
    const UtcMs from = start + static_cast<std::int64_t>(i) * kHourMs;
    movement.route.push_back({places[i].point, places[i].name.at("en"), {from, from + kHourMs}});
  }
  movement.half_width_mm = kHalfWidthMm;
  movement.vehicles = {
      {"truck", "white", "R-101", "blue letters on the roof and doors", "lit flag", "none"},
      {"truck", "white", "R-102", "blue letters on the roof and doors", "none", "none"}};
  movement.persons = 6;
  movement.contact = "satellite phone of the leading truck";
  body.time = protection::movement_time(movement);
  body.checkin_ms = 2 * kHourMs;
  body.emergency = notified < midnight_;
  body.to = {north_, south_, monitor_};
  Act notice = relief_act(ActKind::notify, notified, name);
  notice.bodies = {protection::write_notify(body)};
  notice.tells = fmt::format("{} gives notice of {}", relief_.value, name);
  add(std::move(notice));
}

void ScenarioBuilder::tell_act(Act act, const std::string& words) {
  act.tells = words;
  add(std::move(act));
}

void ScenarioBuilder::tell_list(const Planned& flown, const geo::TrackPoint& passing) {
  Act list = relief_act(ActKind::register_sites, minute(-21 * 60), "");
  std::string places;
  list.bodies = draw_sites(passing, places);
  tell_act(std::move(list), fmt::format("{} registers {} protected sites", relief_.value, kSites));
  if (!agreement_.checks().empty()) {
    Act board = relief_act(ActKind::check_list, minute(-22 * 60 + 2), "");
    board.bodies = {std::move(places)};
    tell_act(std::move(board), fmt::format("{} puts the list up for private checks: tags without "
                                           "a place",
                                           relief_.value));
    out_.promises.near_site = flown.spec.subject;
  }
  Act second = relief_act(ActKind::confirm_sites, minute(-20 * 60 - 50), "");
  second.officers = {relief_.value + "/registrar-2"};
  second.reason = R"({"means":"imagery","text":"seen on imagery"})";
  tell_act(std::move(second), "a second registrar confirms each of them");
  for (const PartyId& party : {north_, south_}) {
    Act received = act(ActKind::receive_sites, party, minute(-20 * 60 - 40), "");
    tell_act(std::move(received), party.value + " says that it received the list");
  }
  Act passed = act(ActKind::desk_act, flown.owner, minute(-20 * 60 - 30), "Site 001");
  passed.word = "disseminated";
  passed.reason = fmt::format(
      R"({{"units":[{{"unit":"flight line","at":"{}","by":"briefing","confirmed":true}}]}})",
      format_rfc3339(passed.at));
  tell_act(std::move(passed), flown.owner.value + " passes Site 001 on to its flight line");
  out_.promises.sites = kSites;
}

void ScenarioBuilder::tell_convoys() {
  tell_movement("Convoy 1", 8 * 60, minute(-20 * 60 - 20));
  tell_movement("Convoy 2", 9 * 60, minute(-20 * 60 - 18));
  tell_movement("Convoy 3", 10 * 60 + 30, minute(2 * 60));
  const auto move = [&](const char* convoy, const char* word, std::int64_t at_min,
                        const std::string& body, const char* words) {
    Act moved = relief_act(ActKind::desk_act, minute(at_min), convoy);
    moved.word = word;
    moved.reason = body.empty() ? at_body(moved.at) : body;
    tell_act(std::move(moved), fmt::format("{} {}", convoy, words));
    out_.promises.movements[convoy] = "arrived";
  };
  move("Convoy 1", "depart", 482, "", "departs");
  move("Convoy 1", "checkin", 570, "", "says where it is");
  move("Convoy 1", "arrive", 645, "", "has arrived");
  move("Convoy 2", "depart", 545, "", "departs");
  move("Convoy 2", "delay", 600, R"({"delay_s":7200,"reason":"a broken bridge"})",
       "is two hours late");
  move("Convoy 2", "checkin", 661, "", "says where it is");
  move("Convoy 2", "arrive", 755, "", "has arrived");
  move("Convoy 3", "depart", 635, "", "departs");
  move("Convoy 3", "emergency", 680, R"({"kind":"stopped","text":"held at a barrier"})",
       "calls: it is held at a barrier");
  Act heard = act(ActKind::desk_act, south_, minute(682), "emergency");
  heard.word = "received";
  heard.reason = "{}";
  tell_act(std::move(heard), south_.value + " received the call");
  Act over = relief_act(ActKind::desk_act, minute(720), "emergency");
  over.word = "over";
  over.reason = R"({"reason":"the barrier was opened"})";
  tell_act(std::move(over), "Convoy 3 goes on");
  move("Convoy 3", "checkin", 722, "", "says where it is");
  move("Convoy 3", "arrive", 790, "", "has arrived");
}

// A flight passes the first site, and something happens beside it.
void ScenarioBuilder::tell_relief() {
  const Planned& flown = named("patrol-1");
  const geo::TrackPoint& passing = flown.flight.points[flown.flight.points.size() / 2];
  tell_list(flown, passing);
  tell_convoys();
  Act report = act(ActKind::incident, monitor_, passing.time + 12 * kMinuteMs, "");
  report.bodies = {fmt::format(R"({{"time":"{}","point":[{},{}],"text":"an explosion was heard"}})",
                               format_rfc3339(passing.time), passing.position->lat_e7,
                               passing.position->lng_e7)};
  tell_act(std::move(report),
           monitor_.value + " reports an explosion beside Site 001: a case opens");
  std::int64_t after = 30;
  for (const PartyId& party : {north_, south_}) {
    Act step = act(ActKind::case_step, party, passing.time + after * kMinuteMs, "");
    step.word = "acknowledge";
    step.reason = "We know of it and look into it.";
    tell_act(std::move(step), party.value + " acknowledges the case");
    after += 8;
  }
  out_.promises.cases = 1;
}

}  // namespace detente::app
