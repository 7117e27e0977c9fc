// SPDX-License-Identifier: Apache-2.0
// Method: agreements are drawn as JSON and questions as plain numbers. A second evaluation, written
// from docs/protocol/agreement.md and as slow as it likes, walks over the JSON document itself; it
// shares no code with terms or geo. Distances are those of a sphere, and a question that lies so
// near to an edge that the sphere and the ellipsoid could differ is drawn again. Both must give the
// same answer to every question. The counts at the end show that no kind of rule was left out.
// The seed is printed; DETENTE_SEED takes another one.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cmath>
#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include "terms/ask.h"
#include "terms/testing_agreement.h"

namespace detente::terms {
namespace {

namespace bj = boost::json;
using Names = std::vector<std::string>;

const Names kPurposeNames = {
    "transit",  "patrol", "reconnaissance",     "escort",       "refuelling",         "transport",
    "training", "survey", "medical_evacuation", "humanitarian", "personnel_recovery", "armed"};
const Names kWho = {"north", "south", "monitor", "third-air"};
const Names kClasses = {"red", "blue", "green"};
const Names kCategories = {"medical", "school", "water"};
const Names kStages = {"S1", "S2", "S3"};
constexpr double kDegree = 3.14159265358979323846 / 180.0;
constexpr double kEarthM = 6'371'008.8;
constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kDayMs = 24 * kHourMs;

// ---- drawing ----

struct Dice {
  std::mt19937_64 source;
  std::int64_t number(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(source() % static_cast<std::uint64_t>(high - low + 1));
  }
  bool chance(int percent) { return number(1, 100) <= percent; }
  const std::string& of(const Names& names) {
    return names[static_cast<std::size_t>(number(0, static_cast<std::int64_t>(names.size()) - 1))];
  }
  bj::array some(const Names& names, std::int64_t least, std::int64_t most) {
    std::set<std::string> chosen;
    const std::int64_t count = number(least, most);
    while (static_cast<std::int64_t>(chosen.size()) < count) chosen.insert(of(names));
    bj::array out;
    for (const std::string& one : chosen) out.emplace_back(one);
    return out;
  }
};

constexpr std::int64_t kStartMs = 1'467'331'200'000;  // 2016-07-01T00:00:00Z

std::string time_text(std::int64_t ms) {
  return format_rfc3339(UtcMs{ms});
}
bj::object span_json(std::int64_t start, std::int64_t end) {
  return {{"start", time_text(start)}, {"end", time_text(end)}};
}

bj::object draw_shape(Dice& dice) {
  const std::int64_t lat = dice.number(355'000'000, 362'000'000);
  const std::int64_t lng = dice.number(362'000'000, 370'000'000);
  if (dice.chance(60)) {
    return {{"circle", bj::object{{"center", bj::array{lat, lng}},
                                  {"radius_mm", dice.number(2'000'000, 30'000'000)}}}};
  }
  const std::int64_t north = lat + dice.number(500'000, 4'000'000);
  const std::int64_t east = lng + dice.number(500'000, 4'000'000);
  return {{"polygon", bj::array{bj::array{lat, lng}, bj::array{lat, east}, bj::array{north, east},
                                bj::array{north, lng}}}};
}

const Names kReferences = {"MSL", "WGS84", "STD"};

bj::object draw_altitude(Dice& dice) {
  const std::int64_t low = dice.number(0, 60) * 100'000;
  return {{"lower_mm", low},
          {"upper_mm", low + dice.number(0, 40) * 100'000},
          {"reference", dice.of(kReferences)}};
}

bj::object draw_area(Dice& dice, std::int64_t number) {
  bj::object area = {{"id", fmt::format("A{}", number)},
                     {"name", "somewhere"},
                     {"class", dice.of(kClasses)},
                     {"area", draw_shape(dice)}};
  if (dice.chance(50)) area["altitude"] = draw_altitude(dice);
  if (dice.chance(40)) {
    const std::int64_t start = kStartMs + dice.number(0, 60) * kHourMs;
    area["time"] = span_json(start, start + dice.number(1, 60) * kHourMs);
  }
  if (dice.chance(40)) area["category"] = dice.of(kCategories);
  return area;
}

bj::object draw_window(Dice& dice) {
  const std::int64_t from = dice.number(0, 23) * 3600;
  std::int64_t to = dice.number(0, 24) * 3600;
  if (to == from) to = from + 1800;
  return {{"from_s", from}, {"to_s", to}};
}

bj::object draw_rule(Dice& dice, std::int64_t number) {
  bj::object rule = {{"clause", fmt::format("3.{}", number)},
                     {"effect", dice.chance(60) ? "forbid" : "declare"},
                     {"classes", dice.some(kClasses, 1, 2)}};
  if (dice.chance(40)) rule["who"] = dice.some(kWho, 1, 2);
  if (dice.chance(50)) rule["purposes"] = dice.some(kPurposeNames, 1, 6);
  if (dice.chance(50)) {
    rule["except_purposes"] = dice.some(kPurposeNames, 2, 10);
    rule["except_clause"] = "5";
  }
  if (dice.chance(30)) rule["unmanned"] = dice.chance(50);
  if (dice.chance(30)) {
    rule["daily"] = bj::array{draw_window(dice)};
    if (dice.chance(30)) rule["daily"].as_array().push_back(bj::object{{"from_s", 7}, {"to_s", 8}});
  }
  if (dice.chance(30)) rule["stages"] = dice.some(kStages, 1, 2);
  return rule;
}

bj::array draw_procedures(Dice& dice) {
  bj::array out;
  Names left = kPurposeNames;
  std::shuffle(left.begin(), left.end(), dice.source);
  for (std::int64_t i = 0; i < 3; ++i) {
    bj::object one = {{"clause", fmt::format("6.{}", i)},
                      {"lead_s", dice.number(0, 100'000)},
                      {"concurrences",
                       bj::array{bj::object{{"party", "north"}, {"officers", dice.number(1, 4)}},
                                 bj::object{{"party", "south"}, {"officers", dice.number(1, 4)}}}}};
    if (dice.chance(30)) {
      one["concurrences"].as_array().push_back(bj::object{{"party", "monitor"}, {"officers", 1}});
    }
    if (i > 0) {
      bj::array purposes;
      for (std::int64_t n = dice.number(1, 4); n > 0; --n) {
        purposes.emplace_back(left.back());
        left.pop_back();
      }
      one["purposes"] = std::move(purposes);
    }
    out.push_back(std::move(one));
  }
  return out;
}

bj::object draw_kind(Dice& dice) {
  bj::object kind;
  if (dice.chance(60)) kind["purposes"] = dice.some(kPurposeNames, 1, 5);
  if (dice.chance(50)) kind["unmanned"] = dice.chance(50);
  return kind;
}

bj::object distances(Dice& dice, bj::object out) {
  out["lateral_mm"] = dice.number(0, 9) * 1'000'000;
  out["vertical_mm"] = dice.number(0, 9) * 100'000;
  out["time_ms"] = dice.number(0, 9) * 10'000;
  return out;
}

// Numbered clauses of one chapter.
void add_clauses(bj::array& out, const std::string& chapter, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    out.push_back(bj::object{{"id", fmt::format("{}.{}", chapter, i)},
                             {"text", bj::object{{"en", "words"}}}});
  }
}

bj::object frame() {
  bj::array clauses = {bj::object{{"id", "5"}, {"text", bj::object{{"en", "words"}}}}};
  for (const char* chapter : {"3", "4", "6", "7", "8"}) add_clauses(clauses, chapter, 8);
  const bj::object en = {{"en", "Drawn"}};
  const auto party = [](const char* id, const char* kind) {
    return bj::object{{"id", id}, {"name", id}, {"kind", kind}};
  };
  bj::array classes;
  for (const std::string& one : kClasses) classes.push_back(bj::object{{"id", one}, {"name", one}});
  bj::array stages;
  for (const std::string& one : kStages) {
    stages.push_back(bj::object{{"id", one}, {"clause", "8.0"}, {"name", en}});
  }
  return {{"detente", "agreement/v1"},
          {"id", "drawn"},
          {"title", en},
          {"valid", span_json(kStartMs, kStartMs + 30 * kDayMs)},
          {"parties", bj::array{party("north", "party"), party("south", "party"),
                                party("monitor", "monitor")}},
          {"adherents",
           bj::array{bj::object{{"id", "third-air"}, {"name", "T"}, {"sponsor", "south"}}}},
          {"area_classes", std::move(classes)},
          {"clauses", std::move(clauses)},
          {"clocks", bj::object{{"heartbeat_s", 30},
                                {"fresh_s", 90},
                                {"cut_s", 300},
                                {"stop_ack_s", 60},
                                {"track_gap_s", 120}}},
          {"stages", std::move(stages)}};
}

bj::value draw_agreement(Dice& dice) {
  bj::object doc = frame();
  bj::array areas, rules, pairs, stand_offs, exceptions;
  for (std::int64_t i = dice.number(1, 6); i > 0; --i) areas.push_back(draw_area(dice, i));
  for (std::int64_t i = dice.number(0, 7); i > 0; --i) rules.push_back(draw_rule(dice, i));
  for (std::int64_t i = dice.number(0, 4); i > 0; --i) {
    pairs.push_back(distances(dice, {{"clause", fmt::format("7.{}", i)},
                                     {"between", bj::array{draw_kind(dice), draw_kind(dice)}}}));
  }
  for (std::int64_t i = dice.number(0, 3); i > 0; --i) {
    bj::object one = {{"clause", fmt::format("4.{}", i)},
                      {"categories", dice.some(kCategories, 1, 2)},
                      {"lateral_mm", dice.number(0, 20) * 1'000'000}};
    if (dice.chance(50)) one["vertical_mm"] = dice.number(0, 10) * 100'000;
    if (dice.chance(60)) one["purposes"] = dice.some(kPurposeNames, 1, 6);
    stand_offs.push_back(std::move(one));
  }
  for (std::int64_t i = dice.number(0, 2); i > 0; --i) {
    exceptions.push_back(bj::object{{"id", fmt::format("E{}", i)},
                                    {"clause", "8.1"},
                                    {"name", bj::object{{"en", "x"}}},
                                    {"kind", "other"},
                                    {"purposes", dice.some(kPurposeNames, 1, 3)},
                                    {"declare_within_s", 60}});
  }
  doc["areas"] = std::move(areas);
  doc["rules"] = std::move(rules);
  doc["procedures"] = draw_procedures(dice);
  doc["separation"] = distances(dice, {{"clause", "7.0"}});
  doc["separations"] = std::move(pairs);
  doc["stand_offs"] = std::move(stand_offs);
  doc["exceptions"] = std::move(exceptions);
  return doc;
}

struct PlainVolume {
  double lat = 0, lng = 0;  // degrees, seven digits
  std::int64_t radius_m = 0, low_mm = 0, high_mm = 0, start_ms = 0, end_ms = 0;
  std::string reference;
};
struct PlainQuestion {
  std::string who, purpose;  // "": unknown
  int unmanned = -1;         // -1: unknown
  bool active = false;
  std::string stage;  // "?": unknown, "": before the first
  std::vector<PlainVolume> volumes;
  bj::array sites;  // registered ones, in the form of areas
};

// Most volumes lie about an area, the others anywhere.
PlainVolume draw_volume(Dice& dice, const bj::object& doc) {
  PlainVolume out;
  std::int64_t lat = dice.number(354'000'000, 366'000'000);
  std::int64_t lng = dice.number(361'000'000, 374'000'000);
  if (dice.chance(75)) {
    const bj::array& areas = doc.at("areas").get_array();
    const auto last = static_cast<std::int64_t>(areas.size()) - 1;
    const bj::object& shape =
        areas[static_cast<std::size_t>(dice.number(0, last))].at("area").get_object();
    const bj::array& point = shape.contains("circle")
                                 ? shape.at("circle").at("center").get_array()
                                 : shape.at("polygon").get_array()[0].get_array();
    lat = point[0].as_int64() + dice.number(-500'000, 1'500'000);
    lng = point[1].as_int64() + dice.number(-500'000, 1'500'000);
  }
  out.lat = static_cast<double>(lat) / 1e7;
  out.lng = static_cast<double>(lng) / 1e7;
  out.radius_m = dice.number(50, 8'000);
  out.low_mm = dice.number(0, 70) * 100'000;
  out.high_mm = out.low_mm + dice.number(0, 20) * 100'000;
  out.start_ms = kStartMs + dice.number(-6, 80) * kHourMs;
  out.end_ms =
      out.start_ms + (dice.chance(50) ? dice.number(1, 30) * kHourMs : dice.number(1, 2 * kHourMs));
  out.reference = dice.of(kReferences);
  return out;
}

PlainQuestion draw_question(Dice& dice, const bj::object& doc) {
  PlainQuestion out;
  out.who = dice.of({"north", "south", "monitor", "third-air", "stranger", ""});
  if (dice.chance(80)) out.purpose = dice.of(kPurposeNames);
  out.unmanned = static_cast<int>(dice.number(-1, 1));
  out.active = dice.chance(70);
  out.stage = dice.of({"", "S1", "S2", "S3", "?"});
  for (std::int64_t i = dice.number(1, 3); i > 0; --i)
    out.volumes.push_back(draw_volume(dice, doc));
  for (std::int64_t i = dice.number(0, 2); i > 0; --i) {
    bj::object site = draw_area(dice, 100 + i);
    site["category"] = dice.of(kCategories);
    out.sites.push_back(std::move(site));
  }
  return out;
}

// ---- the second evaluation ----

std::string text_at(const bj::object& object, const char* name) {
  const bj::value* value = object.if_contains(name);
  return value == nullptr ? std::string() : std::string(std::string_view(value->get_string()));
}
bool lists(const bj::object& object, const char* name, const std::string& one) {
  for (const bj::value& item : object.at(name).get_array()) {
    if (std::string_view(item.get_string()) == one) return true;
  }
  return false;
}
std::int64_t number_at(const bj::object& object, const char* name) {
  return object.at(name).as_int64();
}

double sphere_m(double lat1, double lng1, double lat2, double lng2) {
  const double a = std::pow(std::sin((lat2 - lat1) * kDegree / 2), 2) +
                   std::cos(lat1 * kDegree) * std::cos(lat2 * kDegree) *
                       std::pow(std::sin((lng2 - lng1) * kDegree / 2), 2);
  return 2 * kEarthM * std::asin(std::sqrt(a));
}

// Metres between a volume's circle and a shape. A polygon here is a box of meridians and
// parallels; the edges that are geodesics bulge by less than 100 m.
double apart_m(const PlainVolume& volume, const bj::object& shape) {
  const auto degrees = [](const bj::value& point, std::size_t i) {
    return static_cast<double>(point.get_array()[i].as_int64()) / 1e7;
  };
  double out = 0;
  if (shape.contains("circle")) {
    const bj::object& circle = shape.at("circle").get_object();
    out = sphere_m(volume.lat, volume.lng, degrees(circle.at("center"), 0),
                   degrees(circle.at("center"), 1)) -
          static_cast<double>(number_at(circle, "radius_mm")) / 1000.0;
  } else {
    const bj::array& corners = shape.at("polygon").get_array();
    const double lat = std::clamp(volume.lat, degrees(corners[0], 0), degrees(corners[2], 0));
    const double lng = std::clamp(volume.lng, degrees(corners[0], 1), degrees(corners[2], 1));
    out = sphere_m(volume.lat, volume.lng, lat, lng);
  }
  return std::max(0.0, out - static_cast<double>(volume.radius_m));
}

// Whether the sphere and the ellipsoid might answer differently.
bool doubtful(double apart, double limit) {
  if (apart <= 0) return false;
  return std::abs(apart - limit) < 300 + 0.01 * (apart + 40'000);
}

std::int64_t may_differ_mm(const std::string& a, const std::string& b) {
  if (a == b) return 0;
  return a == "STD" || b == "STD" ? 600'000 : 107'000;
}

std::int64_t ms_of(const bj::object& span, const char* name) {
  return parse_rfc3339(text_at(span, name)).value().value;
}

// The time that a volume shares with an area or site: [first, second); empty if first >= second.
std::pair<std::int64_t, std::int64_t> shared_time(const PlainVolume& volume, const bj::object& area,
                                                  const bj::object* valid) {
  std::int64_t start = volume.start_ms;
  std::int64_t end = volume.end_ms;
  const bj::object* span = area.contains("time") ? &area.at("time").get_object() : valid;
  if (span != nullptr) {
    start = std::max(start, ms_of(*span, "start"));
    end = std::min(end, ms_of(*span, "end"));
  }
  return {start, end};
}

bool heights_touch(const PlainVolume& volume, const bj::object& area) {
  if (!area.contains("altitude")) return true;
  const bj::object& band = area.at("altitude").get_object();
  const std::int64_t slack = may_differ_mm(volume.reference, text_at(band, "reference"));
  return volume.low_mm <= number_at(band, "upper_mm") + slack &&
         number_at(band, "lower_mm") <= volume.high_mm + slack;
}

// A span meets a window of the day if it begins in one, or if a window begins within it.
bool in_window(const bj::object& window, std::int64_t start, std::int64_t end) {
  const std::int64_t from = number_at(window, "from_s") * 1000;
  const std::int64_t to = number_at(window, "to_s") * 1000;
  const std::int64_t of_day = start % kDayMs;
  if (from < to ? from <= of_day && of_day < to : of_day >= from || of_day < to) return true;
  for (std::int64_t day = start - of_day; day < end; day += kDayMs) {
    if (start <= day + from && day + from < end) return true;
  }
  return false;
}

struct Slow {
  const bj::object& doc;
  const PlainQuestion& asked;
  std::map<std::string, std::int64_t>& counts;
  std::vector<std::string> reasons;
  std::vector<double> distances;
  std::vector<std::size_t> areas;
  bool permitted = true;

  void reason(const std::string& clause, const std::string& where, const std::string& kind,
              bool broken, bool unclear) {
    reasons.push_back(fmt::format("{} {} {} {}{}", clause, where, kind, broken ? "broken" : "kept",
                                  unclear ? " unclear" : ""));
    permitted = permitted && !broken;
    ++counts[kind + (broken ? " broken" : " kept")];
    if (unclear) ++counts["unclear"];
  }

  void rule(const bj::object& rule, const bj::object& area,
            const std::vector<std::pair<std::int64_t, std::int64_t>>& times) {
    if (!lists(rule, "classes", text_at(area, "class"))) return;
    bool unclear = false;
    if (rule.contains("who")) {
      const bool known = std::count(kWho.begin(), kWho.end(), asked.who) == 1;
      if (known && !lists(rule, "who", asked.who)) return;
      unclear = unclear || !known;
    }
    if (rule.contains("purposes")) {
      if (!asked.purpose.empty() && !lists(rule, "purposes", asked.purpose)) return;
      unclear = unclear || asked.purpose.empty();
    }
    if (rule.contains("unmanned")) {
      if (asked.unmanned != -1 && (asked.unmanned == 1) != rule.at("unmanned").as_bool()) return;
      unclear = unclear || asked.unmanned == -1;
    }
    if (rule.contains("stages")) {
      if (asked.stage != "?" && (asked.stage.empty() || !lists(rule, "stages", asked.stage))) {
        return;
      }
      unclear = unclear || asked.stage == "?";
    }
    if (rule.contains("daily")) {
      bool met = false;
      for (const bj::value& window : rule.at("daily").get_array()) {
        for (const auto& [start, end] : times) {
          met = met || in_window(window.get_object(), start, end);
        }
      }
      if (!met) ++counts["daily not met"];
      if (!met) return;
    }
    for (const char* limit : {"who", "purposes", "unmanned", "stages", "daily"}) {
      if (rule.contains(limit)) ++counts[std::string("rule with ") + limit];
    }
    const std::string effect = text_at(rule, "effect");
    bool broken = !asked.active;
    if (effect == "forbid") {
      const bool lifted = asked.active && !asked.purpose.empty() &&
                          rule.contains("except_purposes") &&
                          lists(rule, "except_purposes", asked.purpose);
      broken = !lifted;
    }
    reason(text_at(rule, "clause"), text_at(area, "id"), effect, broken, unclear);
  }

  void rules() {
    const bj::object& valid = doc.at("valid").get_object();
    const bj::array& all = doc.at("areas").get_array();
    for (std::size_t i = 0; i < all.size(); ++i) {
      const bj::object& area = all[i].get_object();
      std::vector<std::pair<std::int64_t, std::int64_t>> times;
      for (const PlainVolume& volume : asked.volumes) {
        const auto time = shared_time(volume, area, &valid);
        if (time.first >= time.second || !heights_touch(volume, area)) continue;
        if (apart_m(volume, area.at("area").get_object()) > 0) continue;
        times.push_back(time);
      }
      if (times.empty()) continue;
      areas.push_back(i);
      for (const bj::value& one : doc.at("rules").get_array()) rule(one.get_object(), area, times);
    }
  }

  bool breaks(const PlainVolume& volume, const bj::object& site, const bj::object& stand_off,
              const bj::object* valid) const {
    const auto time = shared_time(volume, site, valid);
    if (time.first >= time.second) return false;
    const std::int64_t vertical =
        stand_off.contains("vertical_mm") ? number_at(stand_off, "vertical_mm") : 0;
    if (vertical > 0 && site.contains("altitude")) {
      const bj::object& band = site.at("altitude").get_object();
      const std::int64_t slack = may_differ_mm(volume.reference, text_at(band, "reference"));
      if (volume.low_mm - number_at(band, "upper_mm") - slack > vertical) return false;
    }
    return apart_m(volume, site.at("area").get_object()) * 1000.0 <=
           static_cast<double>(number_at(stand_off, "lateral_mm"));
  }

  void site(const bj::object& site, const bj::object* valid) {
    for (const bj::value& one : doc.at("stand_offs").get_array()) {
      const bj::object& stand_off = one.get_object();
      if (!lists(stand_off, "categories", text_at(site, "category"))) continue;
      const bool of_some = stand_off.contains("purposes");
      if (of_some && !asked.purpose.empty() && !lists(stand_off, "purposes", asked.purpose)) {
        continue;
      }
      double nearest = -1;
      for (const PlainVolume& volume : asked.volumes) {
        if (!breaks(volume, site, stand_off, valid)) continue;
        const double apart = apart_m(volume, site.at("area").get_object());
        if (nearest < 0 || apart < nearest) nearest = apart;
      }
      if (nearest < 0) continue;
      distances.push_back(nearest);
      reason(text_at(stand_off, "clause"), text_at(site, "id"), "keep_away", true,
             of_some && asked.purpose.empty());
    }
  }

  void answer() {
    rules();
    const bj::object& valid = doc.at("valid").get_object();
    for (const bj::value& area : doc.at("areas").get_array()) {
      if (area.get_object().contains("category")) site(area.get_object(), &valid);
    }
    for (const bj::value& one : asked.sites) site(one.get_object(), nullptr);
    ++counts[permitted ? "permitted" : "forbidden"];
    if (permitted && !areas.empty()) ++counts["permitted in an area"];
  }

  // Whether any volume is so near to an edge that the answer depends on the earth's shape.
  bool is_doubtful() const {
    for (const PlainVolume& volume : asked.volumes) {
      for (const bj::array* list : {&doc.at("areas").get_array(), &asked.sites}) {
        for (const bj::value& one : *list) {
          const double apart = apart_m(volume, one.get_object().at("area").get_object());
          // Also just inside: the circles' difference is cut at 0 by apart_m.
          PlainVolume shrunk = volume;
          shrunk.radius_m -= 300 + 600;
          if (apart <= 0 && apart_m(shrunk, one.get_object().at("area").get_object()) > 0) {
            return true;
          }
          if (doubtful(apart, 0)) return true;
          for (const bj::value& stand_off : doc.at("stand_offs").get_array()) {
            const double limit =
                static_cast<double>(number_at(stand_off.get_object(), "lateral_mm")) / 1000.0;
            if (doubtful(apart, limit)) return true;
          }
        }
      }
    }
    return false;
  }
};

// ---- needs, by the page ----

std::string slow_procedure(const bj::object& doc, const std::string& purpose) {
  std::string others;
  for (const bj::value& one : doc.at("procedures").get_array()) {
    const bj::object& procedure = one.get_object();
    if (!procedure.contains("purposes")) others = text_at(procedure, "clause");
    if (procedure.contains("purposes") && lists(procedure, "purposes", purpose)) {
      return text_at(procedure, "clause");
    }
  }
  return others;
}

std::string slow_concurrences(const bj::object& doc, const PlainQuestion& asked) {
  const std::string owner = asked.who == "third-air" ? "south" : asked.who;
  std::string out;
  for (const bj::value& one : doc.at("procedures").get_array()) {
    const bj::object& procedure = one.get_object();
    if (text_at(procedure, "clause") != slow_procedure(doc, asked.purpose)) continue;
    for (const bj::value& keys : procedure.at("concurrences").get_array()) {
      const std::string party = text_at(keys.get_object(), "party");
      if (party != owner) {
        out += fmt::format("{}:{} ", party, number_at(keys.get_object(), "officers"));
      }
    }
  }
  return out;
}

struct Kind {
  std::string purpose;
  bool unmanned = false;
};

bool kind_fits(const bj::object& side, const Kind& kind) {
  if (side.contains("purposes") && !lists(side, "purposes", kind.purpose)) return false;
  return !side.contains("unmanned") || side.at("unmanned").as_bool() == kind.unmanned;
}

using Distances = std::array<std::int64_t, 3>;

Distances distances_of(const bj::object& object) {
  return {number_at(object, "lateral_mm"), number_at(object, "vertical_mm"),
          number_at(object, "time_ms")};
}

// Distances and the clause.
std::pair<Distances, std::string> slow_separation(const bj::object& doc, const Kind& a,
                                                  const Kind& b) {
  Distances most = {-1, -1, -1};
  Distances cited = {-1, -1, -1};
  std::string clause;
  for (const bj::value& one : doc.at("separations").get_array()) {
    const bj::object& pair = one.get_object();
    const bj::object& left = pair.at("between").get_array()[0].get_object();
    const bj::object& right = pair.at("between").get_array()[1].get_object();
    if (!(kind_fits(left, a) && kind_fits(right, b)) &&
        !(kind_fits(left, b) && kind_fits(right, a))) {
      continue;
    }
    const Distances these = distances_of(pair);
    for (std::size_t i = 0; i < 3; ++i) most[i] = std::max(most[i], these[i]);
    if (these > cited) {
      cited = these;
      clause = text_at(pair, "clause");
    }
  }
  if (!clause.empty()) return {most, clause};
  const bj::object& general = doc.at("separation").get_object();
  return {distances_of(general), text_at(general, "clause")};
}

// ---- both ----

geo::Area area_of(const bj::object& shape) {
  const std::string text = text_of(shape);
  const JsonDocument document = parse_json(text, {.bytes_max = 1'000'000}).value();
  return geo::read_area(document.root()).value();
}

geo::AltitudeReference reference_of(const std::string& name) {
  return geo::parse_altitude_reference(name).value();
}

PlanQuestion question_of(const PlainQuestion& plain, std::vector<ProtectedSite>& sites) {
  PlanQuestion out;
  if (!plain.who.empty()) out.who = PartyId(plain.who);
  if (!plain.purpose.empty()) out.purpose = parse_purpose(plain.purpose).value();
  if (plain.unmanned != -1) out.unmanned = plain.unmanned == 1;
  out.active = plain.active;
  out.stage_known = plain.stage != "?";
  if (!plain.stage.empty() && out.stage_known) out.stage = StageId(plain.stage);
  for (const PlainVolume& one : plain.volumes) {
    const geo::PointE7 center = geo::point_from_degrees(one.lat, one.lng).value();
    out.volumes.push_back({geo::Area::make(geo::Circle{center, one.radius_m * 1000}).value(),
                           {one.low_mm, one.high_mm, reference_of(one.reference)},
                           {UtcMs{one.start_ms}, UtcMs{one.end_ms}}});
  }
  for (const bj::value& value : plain.sites) {
    const bj::object& one = value.get_object();
    ProtectedSite site{text_at(one, "id"), text_at(one, "category"),
                       area_of(one.at("area").get_object()), std::nullopt, std::nullopt};
    if (one.contains("altitude")) {
      const bj::object& band = one.at("altitude").get_object();
      site.altitude = geo::AltitudeBand{number_at(band, "lower_mm"), number_at(band, "upper_mm"),
                                        reference_of(text_at(band, "reference"))};
    }
    if (one.contains("time")) {
      const bj::object& span = one.at("time").get_object();
      site.time = TimeSpan{UtcMs{ms_of(span, "start")}, UtcMs{ms_of(span, "end")}};
    }
    sites.push_back(std::move(site));
  }
  out.sites = sites;
  return out;
}

std::vector<std::string> fast_reasons(const PlanAnswer& answer) {
  std::vector<std::string> out;
  out.reserve(answer.reasons.size());
  for (const Reason& one : answer.reasons) {
    out.push_back(fmt::format("{} {} {} {}{}", one.clause.value,
                              one.site.empty() ? one.area.value : one.site, effect_name(one.effect),
                              one.broken ? "broken" : "kept", one.unclear ? " unclear" : ""));
  }
  return out;
}

void compare_needs(const bj::object& doc, const PlainQuestion& plain, const PlanAnswer& answer) {
  ASSERT_EQ(answer.needs != nullptr, !plain.purpose.empty());
  std::string concurrences;
  for (const Procedure::Keys& keys : answer.concurrences) {
    concurrences += fmt::format("{}:{} ", keys.party.value, keys.officers);
  }
  std::string exceptions;
  for (const NamedException* one : answer.exceptions) exceptions += one->id.value + " ";
  std::string expected;
  for (const bj::value& one : doc.at("exceptions").get_array()) {
    if (!plain.purpose.empty() && lists(one.get_object(), "purposes", plain.purpose)) {
      expected += text_at(one.get_object(), "id") + " ";
    }
  }
  EXPECT_EQ(exceptions, expected);
  if (plain.purpose.empty()) return;
  EXPECT_EQ(answer.needs->clause.value, slow_procedure(doc, plain.purpose));
  EXPECT_EQ(concurrences, slow_concurrences(doc, plain));
}

// The largest of each dimension over all flights that the other one could be.
void compare_most_separation(const bj::object& doc, const PlainQuestion& plain,
                             const PlanAnswer& answer) {
  Distances most = {0, 0, 0};
  for (const std::string& own : kPurposeNames) {
    if (!plain.purpose.empty() && own != plain.purpose) continue;
    for (const bool unmanned : {false, true}) {
      if (plain.unmanned != -1 && (plain.unmanned == 1) != unmanned) continue;
      for (const std::string& other : kPurposeNames) {
        for (const bool other_unmanned : {false, true}) {
          const auto [these, clause] =
              slow_separation(doc, {own, unmanned}, {other, other_unmanned});
          for (std::size_t i = 0; i < 3; ++i) most[i] = std::max(most[i], these[i]);
        }
      }
    }
  }
  const geo::Separation& got = answer.separation.separation;
  EXPECT_EQ((Distances{got.lateral_mm, got.vertical_mm, got.time_ms}), most);
}

void compare_pair(Dice& dice, const bj::object& doc, const Agreement& agreement) {
  const Kind a{dice.of(kPurposeNames), dice.chance(50)};
  const Kind b{dice.of(kPurposeNames), dice.chance(50)};
  const auto kind_of = [](const Kind& kind) {
    return FlightKind{parse_purpose(kind.purpose).value(), kind.unmanned};
  };
  const auto [distances, clause] = slow_separation(doc, a, b);
  const SeparationTerms got = agreement.separation_between(kind_of(a), kind_of(b));
  EXPECT_EQ(got.clause.value, clause);
  EXPECT_EQ(
      (Distances{got.separation.lateral_mm, got.separation.vertical_mm, got.separation.time_ms}),
      distances);
}

struct Comparison {
  Dice dice;
  std::map<std::string, std::int64_t> counts;

  void ask(const bj::object& doc, const Agreement& agreement) {
    const PlainQuestion plain = draw_question(dice, doc);
    Slow slow{
        .doc = doc, .asked = plain, .counts = counts, .reasons = {}, .distances = {}, .areas = {}};
    if (slow.is_doubtful()) {
      ++counts["drawn again"];
      return;
    }
    slow.answer();
    std::vector<ProtectedSite> sites;
    const PlanQuestion question = question_of(plain, sites);
    const PlanAnswer answer = judge_plan(agreement, question);
    ++counts["cases"];
    ASSERT_EQ(fast_reasons(answer), slow.reasons) << text_of(doc);
    ASSERT_EQ(answer.permitted, slow.permitted);
    ASSERT_EQ(answer.areas, slow.areas);
    std::size_t number = 0;
    for (const Reason& reason : answer.reasons) {
      if (reason.effect != Effect::keep_away) continue;
      const double expected = slow.distances[number++];
      ASSERT_NEAR(reason.distance_m, expected, 400 + 0.01 * (expected + 40'000));
    }
    ASSERT_FALSE(answer.text.empty());
    compare_needs(doc, plain, answer);
    compare_pair(dice, doc, agreement);
    if (dice.chance(2)) compare_most_separation(doc, plain, answer);
  }
};

TEST(PlanQuestion, IsAnsweredAsTheSlowEvaluationOfTheDocumentAnswersIt) {
  const char* given = std::getenv("DETENTE_SEED");
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : 20160715;
  Comparison run{.dice = {std::mt19937_64(seed)}, .counts = {}};
  constexpr std::int64_t kCases = 100'000;
  while (run.counts["cases"] < kCases && !testing::Test::HasFailure()) {
    const bj::value doc = draw_agreement(run.dice);
    const Result<Agreement> agreement = Agreement::make(text_of(doc));
    if (!agreement) {
      // Only what contradicts itself is drawn again, and it must not be many.
      ASSERT_TRUE(agreement.error().code == Errc::agreement_contradiction ||
                  agreement.error().code == Errc::agreement_repeated)
          << agreement.error().text();
      ++run.counts["contradictory agreements"];
      continue;
    }
    ++run.counts["agreements"];
    for (int i = 0; i < 100 && !testing::Test::HasFailure(); ++i) {
      run.ask(doc.get_object(), *agreement);
    }
  }
  fmt::print("seed {}\n", seed);
  for (const auto& [what, count] : run.counts) fmt::print("{:>9}  {}\n", count, what);
  for (const char* what :
       {"permitted", "forbidden", "permitted in an area", "unclear", "forbid broken", "forbid kept",
        "declare broken", "declare kept", "keep_away broken", "daily not met", "rule with who",
        "rule with purposes", "rule with unmanned", "rule with stages", "rule with daily"}) {
    EXPECT_GT(run.counts[what], kCases / 100) << what;
  }
  EXPECT_LT(run.counts["contradictory agreements"], run.counts["agreements"]);
}

}  // namespace
}  // namespace detente::terms
