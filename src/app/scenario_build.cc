// SPDX-License-Identifier: Apache-2.0
#include "app/scenario_build.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace detente::app {
namespace {

using terms::Purpose;

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kDayMs = std::int64_t{24} * 60 * kMinuteMs;
constexpr UtcMs kUsualDay{1'468'627'200'000};  // 2016-07-16T00:00:00Z
constexpr int kTriesMax = 600;

// The day's table. Every purpose has a layer of heights of its own, more than the separation away
// from the next, and two activities of one layer are never open at the same time, but for
// escort-1 and training-1, which conflict. The late one shares its layer with another, hours apart.
constexpr Layer kHelicopters{0, 6'000};
constexpr Layer kSurvey{10'000, 12'500};
constexpr Layer kTransport{14'000, 17'000};
constexpr Layer kTransit{18'500, 21'500};
constexpr Layer kReconnaissance{23'000, 26'000};
constexpr Layer kRefuelling{27'500, 30'500};
constexpr Layer kPatrol{32'000, 35'000};
constexpr Layer kEscort{36'500, 39'500};

constexpr std::array<Spec, 15> kDay = {{
    {"patrol-1", Side::north, Purpose::patrol, AircraftKind::fast, Pattern::racetrack, Where::over,
     kPatrol, 240, 95, 8},
    {"transport-1", Side::south, Purpose::transport, AircraftKind::transport, Pattern::corridor,
     Where::over, kTransport, 262, 75, 9},
    {"survey-1", Side::north, Purpose::survey, AircraftKind::transport, Pattern::lanes, Where::over,
     kSurvey, 300, 110, 8},
    {"escort-1", Side::north, Purpose::escort, AircraftKind::fast, Pattern::racetrack, Where::over,
     kEscort, 330, 75, 8},
    {"training-1", Side::south, Purpose::training, AircraftKind::fast, Pattern::racetrack,
     Where::same, kEscort, 336, 80, -1},
    {"transit-1", Side::south, Purpose::transit, AircraftKind::transport, Pattern::corridor,
     Where::over, kTransit, 368, 75, 8},
    {"patrol-2", Side::north, Purpose::patrol, AircraftKind::fast, Pattern::stray_racetrack,
     Where::beside, kPatrol, 400, 100, 8},
    {"refuelling-1", Side::north, Purpose::refuelling, AircraftKind::transport, Pattern::racetrack,
     Where::beside, kRefuelling, 552, 125, 26},
    {"survey-2", Side::south, Purpose::survey, AircraftKind::transport, Pattern::lanes, Where::over,
     kSurvey, 642, 165, 92},
    {"patrol-3", Side::south, Purpose::patrol, AircraftKind::fast, Pattern::racetrack,
     Where::beside, kPatrol, 738, 75, 8},
    {"reconnaissance-1", Side::south, Purpose::reconnaissance, AircraftKind::fast, Pattern::orbit,
     Where::over, kReconnaissance, 780, 85, 8},
    {"transit-2", Side::north, Purpose::transit, AircraftKind::transport, Pattern::corridor,
     Where::over, kTransit, 840, 80, 27},
    {"reconnaissance-2", Side::south, Purpose::reconnaissance, AircraftKind::fast, Pattern::orbit,
     Where::over, kReconnaissance, 965, 80, -1},
    {"transport-2", Side::north, Purpose::transport, AircraftKind::transport, Pattern::corridor,
     Where::over, kTransport, 545, 60, -1},
    {"reconnaissance-3", Side::north, Purpose::reconnaissance, AircraftKind::fast, Pattern::orbit,
     Where::town, kReconnaissance, 430, 85, 8},
}};
constexpr Spec kMedical = {"medical-1",
                           Side::third,
                           Purpose::medical_evacuation,
                           AircraftKind::helicopter,
                           Pattern::hop,
                           Where::over,
                           kHelicopters,
                           526,
                           75,
                           8};
constexpr Spec kMedicalAgain = {"medical-2",
                                Side::third,
                                Purpose::medical_evacuation,
                                AircraftKind::helicopter,
                                Pattern::hop,
                                Where::over,
                                kHelicopters,
                                768,
                                75,
                                8};

// The same shape, `metres` away.
Result<geo::Area> moved_area(const geo::Area& area, double bearing, double metres) {
  if (const auto* circle = std::get_if<geo::Circle>(&area.shape())) {
    return geo::Area::make(
        geo::Circle{geo::destination(circle->center, bearing, metres), circle->radius_mm});
  }
  geo::Polygon polygon = std::get<geo::Polygon>(area.shape());
  for (geo::PointE7& vertex : polygon.vertices) {
    vertex = geo::destination(vertex, bearing, metres);
  }
  return geo::Area::make(std::move(polygon));
}

bool contains(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace

Status ScenarioBuilder::find_parties() {
  std::vector<PartyId> sides;
  for (const terms::Party& party : agreement_.parties()) {
    if (party.kind == terms::PartyKind::party) sides.push_back(party.id);
    if (party.kind != terms::PartyKind::monitor) continue;
    if (party.id.value == kRelief) {
      relief_ = party.id;
    } else if (monitor_.value.empty()) {
      monitor_ = party.id;
    }
  }
  if (sides.size() != 2) {
    return fail(Errc::agreement_unknown_party, "the scenario is for two parties", "parties");
  }
  for (const terms::Rule& rule : agreement_.rules()) {
    if (rule.effect == terms::Effect::declare && rule.who.empty() && rule.purposes.empty()) {
      declare_ = rule.clause;
    }
    if (rule.effect != terms::Effect::forbid || rule.who.size() != 1 || !third_.value.empty()) {
      continue;
    }
    const bool medical = std::find(rule.except_purposes.begin(), rule.except_purposes.end(),
                                   Purpose::medical_evacuation) != rule.except_purposes.end();
    if (!medical || agreement_.party(rule.who.front()) != nullptr) continue;
    third_ = rule.who.front();
    for (std::size_t i = 0; i < agreement_.areas().size(); ++i) {
      const terms::AreaTerms& area = agreement_.areas()[i];
      if (contains(rule.classes, area.area_class) && !area.time) closed_.push_back(i);
    }
    exception_ = rule.except_clause.value_or(rule.clause);
  }
  if (third_.value.empty() || closed_.empty() || declare_.value.empty()) {
    return fail(Errc::agreement_malformed,
                "the scenario needs a rule that flights be declared, and one that keeps a "
                "sponsored air force out of areas except for medical evacuation",
                "rules");
  }
  south_ = *agreement_.sponsor_of(third_);
  north_ = sides[0] == south_ ? sides[1] : sides[0];
  return {};
}

Status ScenarioBuilder::find_day() {
  const TimeSpan valid = agreement_.valid();
  midnight_ = kUsualDay;
  if (!(valid.contains(kUsualDay - kDayMs) && valid.contains(kUsualDay + kDayMs))) {
    midnight_ = UtcMs{(valid.start.value / kDayMs + 2) * kDayMs};
  }
  if (!valid.contains(midnight_ + kDayMs)) {
    return fail(Errc::agreement_not_in_force, "the agreement is valid for less than three days");
  }
  out_.start = minute(std::int64_t{-22} * 60);
  out_.day_start = minute(std::int64_t{3} * 60 + 30);
  out_.end = minute(15 * 60 + 20);
  return {};
}

Spot ScenarioBuilder::pick_spot(const Planned& planned, ScenarioRandom& random) const {
  const std::int64_t bearing = random.between(0, 359);
  Spot spot{.origin = {}, .bearing_deg = static_cast<double>(bearing)};
  if (planned.spec.where == Where::same) {
    spot.origin = day_.back().plan.volumes.front().area.middle();
    return spot;
  }
  if (planned.spec.where == Where::town && !agreement_.places().empty()) {
    const auto last = static_cast<std::int64_t>(agreement_.places().size()) - 1;
    spot.origin = agreement_.places()[static_cast<std::size_t>(random.between(0, last))].point;
    return spot;
  }
  const std::int64_t pick = random.between(0, static_cast<std::int64_t>(closed_.size()) - 1);
  const geo::Area& area = agreement_.areas()[closed_[static_cast<std::size_t>(pick)]].area;
  const bool over = planned.spec.where == Where::over;
  const std::int64_t distance_m = over ? random.between(0, 6'000) : random.between(45'000, 110'000);
  const std::int64_t away = random.between(0, 359);
  spot.origin =
      Plane(area.middle()).point(along(static_cast<double>(away), static_cast<double>(distance_m)));
  return spot;
}

bool ScenarioBuilder::permitted(const Planned& planned) const {
  const terms::Question question{
      .who = planned.plan.operator_id, .purpose = planned.plan.purpose, .active_activity = true};
  for (const geo::Volume4& volume : planned.plan.volumes) {
    const std::vector<std::size_t> met = agreement_.areas_met(volume);
    if (planned.spec.where == Where::beside && !met.empty()) return false;
    for (const std::size_t area : met) {
      if (!agreement_.judge(question, area).permitted) return false;
    }
  }
  return true;
}

// From every other activity, but for the pair that is meant to conflict.
bool ScenarioBuilder::keeps_separation(const Planned& planned) const {
  const auto meets = [&](const Planned& other) {
    for (const geo::Volume4& a : planned.plan.volumes) {
      for (const geo::Volume4& b : other.plan.volumes) {
        if (geo::conflict(a, b, agreement_.separation())) return true;
      }
    }
    return false;
  };
  for (const Planned& other : day_) {
    const bool meant = planned.spec.where == Where::same && &other == &day_.back();
    if (meets(other) != meant) return false;
  }
  return true;
}

// The same volumes elsewhere, so that they lie well away from the place that the notice names.
bool ScenarioBuilder::misplace(const Planned& planned) {
  const double enough_m = static_cast<double>(agreement_.place_tolerance_mm()) / 1000 + 2'000;
  for (int away_m = 9'000; away_m <= 60'000; away_m += 3'000) {
    for (int bearing = 0; bearing < 360; bearing += 45) {
      Planned moved = planned;
      bool far = true;
      for (geo::Volume4& volume : moved.plan.volumes) {
        const Result<geo::Area> area = moved_area(volume.area, bearing, away_m);
        if (!area) return false;
        volume.area = *area;
        far = far && volume.area.distance_m(moved.plan.place.point) > enough_m;
      }
      if (!far || !permitted(moved) || !keeps_separation(moved)) continue;
      misplaced_ = std::move(moved.plan.volumes);
      return true;
    }
  }
  return false;
}

// The notice names the nearest place that the agreement knows; where that is far, it says how far.
void ScenarioBuilder::name_place(Planned& planned, const geo::PointE7& origin) const {
  if (!agreement_.places().empty()) {
    const geo::PointE7 middle = planned.plan.volumes.front().area.middle();
    const airspace::PlaceCheck place = airspace::check_place(planned.plan, agreement_);
    check(place.nearest.has_value(), "an agreement that names places has a nearest one");
    planned.area_name = place.nearest->name;
    planned.plan.place = {place.nearest->name, middle};
    if (place.nearest->distance_m * 1000 >
        static_cast<double>(agreement_.place_tolerance_mm()) / 2) {
      planned.plan.place.name =
          fmt::format("{:.0f} km from {}, {:03.0f} degrees", place.nearest->distance_m / 1000,
                      place.nearest->name, place.nearest->bearing_deg);
    }
    return;
  }
  double nearest = 1e12;
  for (const terms::AreaTerms& area : agreement_.areas()) {
    const geo::PointE7 middle = area.area.middle();
    const double distance = geo::distance_m(origin, middle);
    if (distance >= nearest) continue;
    nearest = distance;
    planned.plan.place = {area.name, middle};
    planned.area_name = area.name;
  }
}

void ScenarioBuilder::fly_it(Planned& planned, const Design& design, const Spec& spec,
                             ScenarioRandom& random) {
  const std::int64_t offset_s = random.between(0, 90);
  FlightPlan flight;
  flight.kind = spec.kind;
  flight.address = planned.plan.aircraft.front();
  flight.callsign = planned.plan.callsigns.front();
  flight.origin = design.origin;
  flight.route = design.route;
  flight.last_leg = design.last_leg;
  flight.start = minute(spec.begin_min + spec.flight_min) + offset_s * 1'000;
  flight.end = minute(spec.begin_min + spec.length_min - 12);
  if (!design.last_leg.empty()) flight.home = minute(stop_min_ + 2);
  planned.flight.points = fly(flight, random);
}

// One try: false if the place breaks a rule or comes too close to another activity.
Result<bool> ScenarioBuilder::try_place(Planned& planned, ScenarioRandom& random) {
  const Spec& spec = planned.spec;
  const Spot spot = pick_spot(planned, random);
  DETENTE_TRY(const Design design, make_design(spec.pattern, spot, spec.layer, random));
  const geo::AltitudeBand band{.lower_mm = geo::feet_to_mm(spec.layer.floor_ft),
                               .upper_mm = geo::feet_to_mm(spec.layer.ceiling_ft),
                               .reference = geo::AltitudeReference::standard_pressure};
  const TimeSpan span{minute(spec.begin_min), minute(spec.begin_min + spec.length_min)};
  planned.plan.volumes.clear();
  for (const geo::Area& area : design.areas) planned.plan.volumes.push_back({area, band, span});
  if (!permitted(planned) || !keeps_separation(planned)) return false;
  for (const geo::Area& area : design.beyond) {
    if (!agreement_.areas_met({area, band, span}).empty()) return false;
  }
  name_place(planned, spot.origin);
  for (const geo::Volume4& volume : planned.plan.volumes) {
    if (volume.area.distance_m(planned.plan.place.point) > airspace::kPlaceDistanceMaxM - 40'000) {
      return false;
    }
  }
  if (spec.where == Where::town && !misplace(planned)) return false;
  if (spec.flight_min >= 0) fly_it(planned, design, spec, random);
  return true;
}

Status ScenarioBuilder::plan_one(const Spec& spec) {
  ScenarioRandom random = random_.fork(spec.subject);
  Planned planned{spec, south_, north_, {}, {}, {}};
  if (spec.side == Side::north) std::swap(planned.owner, planned.counterpart);
  planned.plan.purpose = spec.purpose;
  planned.plan.operator_id = spec.side == Side::third ? third_ : planned.owner;
  planned.plan.callsigns = {new_callsign(spec.side)};
  planned.plan.aircraft = {new_address()};
  if (spec.side == Side::third) {
    planned.plan.exception = {exception_, "Two wounded people to be fetched; the crew is unarmed."};
  }
  bool placed = false;
  for (int i = 0; i < kTriesMax && !placed; ++i) {
    DETENTE_TRY(placed, try_place(planned, random));
  }
  if (!placed) {
    return fail(
        Errc::agreement_malformed,
        fmt::format("no place for {} among its areas in {} tries", spec.subject, kTriesMax));
  }
  planned.flight.subject = spec.subject;
  planned.flight.address = planned.plan.aircraft.front();
  planned.flight.callsign = planned.plan.callsigns.front();
  planned.flight.name = fmt::format("{}, {}", planned.flight.callsign, spec.subject);
  day_.push_back(std::move(planned));
  return {};
}

Status ScenarioBuilder::plan_day() {
  cut_min_ = 598 + random_.between(0, 4);
  stop_min_ = 808 + random_.between(0, 5);
  for (const Spec& spec : kDay) {
    Spec moved = spec;
    // Within the minutes that the table leaves between activities of one layer.
    moved.begin_min += random_.between(0, 2);
    DETENTE_CHECK(plan_one(moved));
  }
  DETENTE_CHECK(plan_one(kMedical));
  return plan_one(kMedicalAgain);
}

std::set<std::size_t> ScenarioBuilder::areas_at(const geo::TrackPoint& point) const {
  std::set<std::size_t> out;
  for (std::size_t i = 0; i < agreement_.areas().size(); ++i) {
    const terms::AreaTerms& area = agreement_.areas()[i];
    if (area.time && !area.time->contains(point.time)) continue;
    if (area.altitude && point.altitude_mm &&
        !geo::may_contain(*area.altitude, *point.altitude_mm, point.altitude_reference)) {
      continue;
    }
    if (area.area.contains(*point.position)) out.insert(i);
  }
  return out;
}

// Flies in, turns within the area and leaves. Good if it meets that one area and meets it once.
bool ScenarioBuilder::try_intruder(ScenarioRandom& random) {
  const std::int64_t pick = random.between(0, static_cast<std::int64_t>(closed_.size()) - 1);
  intruder_area_ = closed_[static_cast<std::size_t>(pick)];
  FlightPlan flight;
  flight.kind = AircraftKind::transport;
  flight.address = intruder_.address;
  flight.origin = agreement_.areas()[intruder_area_].area.middle();
  const auto from = static_cast<double>(random.between(0, 359));
  const auto turn = static_cast<double>(random.between(-70, 70));
  const auto altitude_ft = static_cast<double>(100 * random.between(70, 90));
  const std::int64_t start_s = random.between(0, 300);
  const double reach = agreement_.areas()[intruder_area_].area.bounding_cap().radius_m + 25'000;
  flight.route = {{along(from, reach), altitude_ft},
                  {along(from, 3'000), altitude_ft},
                  {along(from + turn, reach), altitude_ft + 600}};
  flight.start = minute(8 * 60 + 6) + start_s * 1'000;
  flight.end = flight.start + 40 * kMinuteMs;
  intruder_.points = fly(flight, random);
  int entered = 0;
  int inside = 0;
  bool was_in = false;
  for (const geo::TrackPoint& point : intruder_.points) {
    const std::set<std::size_t> areas = areas_at(point);
    if (areas.size() > 1 || (areas.size() == 1 && *areas.begin() != intruder_area_)) return false;
    const bool is_in = !areas.empty();
    entered += is_in && !was_in ? 1 : 0;
    inside += is_in ? 1 : 0;
    was_in = is_in;
  }
  return entered == 1 && inside >= 10 && !was_in;
}

Status ScenarioBuilder::plan_intruder() {
  ScenarioRandom random = random_.fork("intruder");
  intruder_.address = new_address();
  intruder_.name = "unidentified aircraft";
  for (int i = 0; i < kTriesMax; ++i) {
    if (try_intruder(random)) return {};
  }
  return fail(Errc::agreement_malformed,
              "no way into one area that leaves the others alone was found");
}

std::uint32_t ScenarioBuilder::new_address() {
  while (true) {
    const auto address = static_cast<std::uint32_t>(0xd00000 + random_.between(0, 0xfffff));
    if (addresses_.insert(address).second) return address;
  }
}

std::string ScenarioBuilder::new_callsign(Side side) {
  static constexpr std::array<const char*, 6> kNorth = {"HERON",  "CURLEW", "PLOVER",
                                                        "DUNLIN", "AVOCET", "PETREL"};
  static constexpr std::array<const char*, 6> kSouth = {"ROWAN", "LINDEN", "ALDER",
                                                        "HAZEL", "ASPEN",  "JUNIPR"};
  while (true) {
    const auto word = static_cast<std::size_t>(random_.between(0, 5));
    const std::int64_t number = random_.between(11, 89);
    const char* name = side == Side::north ? kNorth[word] : kSouth[word];
    if (side == Side::third) name = "LANTRN";
    std::string callsign = fmt::format("{}{}", name, number);
    if (callsigns_.insert(callsign).second) return callsign;
  }
}

Result<Scenario> ScenarioBuilder::build() {
  DETENTE_CHECK(find_parties());
  DETENTE_CHECK(find_day());
  DETENTE_CHECK(plan_day());
  DETENTE_CHECK(plan_intruder());
  tell();
  for (Planned& planned : day_) {
    if (!planned.flight.points.empty()) out_.flights.push_back(std::move(planned.flight));
  }
  out_.flights.push_back(std::move(intruder_));
  std::sort(out_.flights.begin(), out_.flights.end(), [](const Flight& a, const Flight& b) {
    return std::pair(a.points.front().time, a.address) <
           std::pair(b.points.front().time, b.address);
  });
  // Acts of one moment stay in the order in which the story tells them.
  std::multimap<UtcMs, Act> in_order;
  for (Act& act : out_.acts) in_order.emplace(act.at, std::move(act));
  out_.acts.clear();
  for (auto& pair : in_order) out_.acts.push_back(std::move(pair.second));
  return std::move(out_);
}

Result<Scenario> make_scenario(const terms::Agreement& agreement, std::uint64_t seed) {
  return ScenarioBuilder(agreement, seed).build();
}

}  // namespace detente::app
