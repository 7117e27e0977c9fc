// SPDX-License-Identifier: Apache-2.0
//
// For tests only: the watch a second time, slow and obvious, to be set against the fast one.
//
// It takes the whole feed at once, looks at every area for every fix, and reads the rules straight
// from the agreement's tables. It shares no code with src/watch/watcher.cc, and none with geo's
// geometry or terms' evaluation: inside a polygon is a winding number of bearings, inside a circle
// is Vincenty's distance on the WGS-84 ellipsoid.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "terms/agreement.h"
#include "watch/watcher.h"

namespace detente::watch::brute {

inline constexpr double kPi = 3.14159265358979323846;
inline constexpr double kEarthM = 6'371'010.0;

inline double radians(std::int32_t e7) {
  return e7 / 1e7 * kPi / 180.0;
}

// Metres on the ellipsoid (T. Vincenty, 1975, inverse formula).
inline double ellipsoid_m(geo::PointE7 from, geo::PointE7 to) {
  constexpr double a = 6'378'137.0;
  constexpr double f = 1 / 298.257223563;
  constexpr double b = a * (1 - f);
  const double u1 = std::atan((1 - f) * std::tan(radians(from.lat_e7)));
  const double u2 = std::atan((1 - f) * std::tan(radians(to.lat_e7)));
  const double l = radians(to.lng_e7) - radians(from.lng_e7);
  double lambda = l, sin_s = 0, cos_s = 1, sigma = 0, cos2_alpha = 0, cos_2m = 0;
  for (int i = 0; i < 100; ++i) {
    const double x = std::cos(u2) * std::sin(lambda);
    const double y = std::cos(u1) * std::sin(u2) - std::sin(u1) * std::cos(u2) * std::cos(lambda);
    sin_s = std::hypot(x, y);
    if (sin_s == 0) return 0;
    cos_s = std::sin(u1) * std::sin(u2) + std::cos(u1) * std::cos(u2) * std::cos(lambda);
    sigma = std::atan2(sin_s, cos_s);
    const double sin_alpha = std::cos(u1) * std::cos(u2) * std::sin(lambda) / sin_s;
    cos2_alpha = 1 - sin_alpha * sin_alpha;
    cos_2m = cos2_alpha == 0 ? 0 : cos_s - 2 * std::sin(u1) * std::sin(u2) / cos2_alpha;
    const double c = f / 16 * cos2_alpha * (4 + f * (4 - 3 * cos2_alpha));
    const double before = lambda;
    lambda = l + (1 - c) * f * sin_alpha *
                     (sigma + c * sin_s * (cos_2m + c * cos_s * (2 * cos_2m * cos_2m - 1)));
    if (std::abs(lambda - before) < 1e-13) break;
  }
  const double uu = cos2_alpha * (a * a - b * b) / (b * b);
  const double big_a = 1 + uu / 16384 * (4096 + uu * (-768 + uu * (320 - 175 * uu)));
  const double big_b = uu / 1024 * (256 + uu * (-128 + uu * (74 - 47 * uu)));
  const double delta =
      big_b * sin_s *
      (cos_2m + big_b / 4 *
                    (cos_s * (2 * cos_2m * cos_2m - 1) -
                     big_b / 6 * cos_2m * (4 * sin_s * sin_s - 3) * (4 * cos_2m * cos_2m - 3)));
  return b * big_a * (sigma - delta);
}

// Bearing of the great circle from one point to another, in radians.
inline double bearing(geo::PointE7 from, geo::PointE7 to) {
  const double lat1 = radians(from.lat_e7), lat2 = radians(to.lat_e7);
  const double dl = radians(to.lng_e7) - radians(from.lng_e7);
  return std::atan2(
      std::sin(dl) * std::cos(lat2),
      std::cos(lat1) * std::sin(lat2) - std::sin(lat1) * std::cos(lat2) * std::cos(dl));
}

// Radians between two points on the sphere (haversine).
inline double haversine(geo::PointE7 a, geo::PointE7 b) {
  const double s = std::sin((radians(b.lat_e7) - radians(a.lat_e7)) / 2);
  const double t = std::sin((radians(b.lng_e7) - radians(a.lng_e7)) / 2);
  return 2 * std::asin(std::sqrt(std::min(
                 1.0, s * s + std::cos(radians(a.lat_e7)) * std::cos(radians(b.lat_e7)) * t * t)));
}

// How often the polygon winds around the point, as seen from it. Polygons here are far smaller than
// half of the earth, so a point on the other side of the earth is seen as outside.
inline bool inside_polygon(const geo::Polygon& polygon, geo::PointE7 p) {
  if (haversine(p, polygon.vertices.front()) > kPi / 2) return false;
  double turned = 0;
  for (std::size_t i = 0; i < polygon.vertices.size(); ++i) {
    const geo::PointE7 next = polygon.vertices[(i + 1) % polygon.vertices.size()];
    double step = bearing(p, next) - bearing(p, polygon.vertices[i]);
    while (step > kPi) step -= 2 * kPi;
    while (step < -kPi) step += 2 * kPi;
    turned += step;
  }
  return std::abs(turned) > kPi;
}

inline bool inside(const geo::Shape& shape, geo::PointE7 p) {
  if (const auto* polygon = std::get_if<geo::Polygon>(&shape)) return inside_polygon(*polygon, p);
  const auto& circle = std::get<geo::Circle>(shape);
  return ellipsoid_m(circle.center, p) * 1'000 <= static_cast<double>(circle.radius_mm);
}

// Metres from the point to the boundary, on the sphere: good enough to keep clear of it.
inline double boundary_m(const geo::Shape& shape, geo::PointE7 p) {
  if (const auto* circle = std::get_if<geo::Circle>(&shape)) {
    return std::abs(ellipsoid_m(circle->center, p) - static_cast<double>(circle->radius_mm) / 1e3);
  }
  const auto& vertices = std::get<geo::Polygon>(shape).vertices;
  double nearest = kPi;
  for (std::size_t i = 0; i < vertices.size(); ++i) {
    const geo::PointE7 a = vertices[i], b = vertices[(i + 1) % vertices.size()];
    const double far = haversine(a, p);
    const double across = std::asin(std::sin(far) * std::sin(bearing(a, p) - bearing(a, b)));
    const double along =
        std::atan2(std::sin(far) * std::cos(bearing(a, p) - bearing(a, b)), std::cos(far));
    const bool beside = along >= 0 && along <= haversine(a, b);
    nearest = std::min(nearest, beside ? std::abs(across) : std::min(far, haversine(b, p)));
  }
  return nearest * kEarthM;
}

// Heights in references that differ may be apart by 600 m (pressure) or 107 m (geoid).
inline bool height_fits(const geo::AltitudeBand& band, const geo::TrackPoint& p) {
  if (!p.altitude_mm) return true;
  std::int64_t slack = 0;
  if (band.reference != p.altitude_reference) {
    const bool pressure = band.reference == geo::AltitudeReference::standard_pressure ||
                          p.altitude_reference == geo::AltitudeReference::standard_pressure;
    slack = pressure ? 600'000 : 107'000;
  }
  return *p.altitude_mm >= band.lower_mm - slack && *p.altitude_mm <= band.upper_mm + slack;
}

template <class T>
bool has(const std::vector<T>& list, const T& one) {
  return std::find(list.begin(), list.end(), one) != list.end();
}

// What a finding is keyed by, beside the aircraft: kind, clause, area, activity.
using Key = std::tuple<FindingKind, std::string, std::string, std::string>;
struct Grade {
  bool unclear = false;
  std::optional<PartyId> who;
};
using Broken = std::map<Key, Grade>;

struct Matched {
  const WatchedActivity* activity = nullptr;
  bool conforming = false;
};

inline Matched match(const std::vector<WatchedActivity>& activities, const geo::TrackPoint& p,
                     const std::string& callsign) {
  std::vector<const WatchedActivity*> mine;
  for (const WatchedActivity& a : activities) {
    const bool listed = (p.address_is_icao && has(a.aircraft, p.address)) ||
                        (!callsign.empty() && has(a.callsigns, callsign));
    bool before = false, after = false;
    for (const geo::Volume4& v : a.volumes) {
      before = before || v.time.start <= p.time;
      after = after || p.time < v.time.end;
    }
    if (listed && before && after) mine.push_back(&a);
  }
  std::sort(mine.begin(), mine.end(), [](auto* a, auto* b) { return a->id < b->id; });
  for (const WatchedActivity* a : mine) {
    for (const geo::Volume4& v : a->volumes) {
      if (v.time.start <= p.time && p.time < v.time.end && height_fits(v.altitude, p) &&
          inside(v.area.shape(), *p.position)) {
        return {a, true};
      }
    }
  }
  return {mine.empty() ? nullptr : mine.front(), false};
}

inline void judge(const terms::Agreement& agreement, const terms::AreaTerms& area,
                  const Matched& matched, Broken& out) {
  const WatchedActivity* a = matched.activity;
  bool known = false;
  if (a != nullptr) {
    for (const terms::Party& p : agreement.parties()) known = known || p.id == a->operator_id;
    for (const terms::Adherent& p : agreement.adherents()) known = known || p.id == a->operator_id;
  }
  for (const terms::Rule& rule : agreement.rules()) {
    if (!has(rule.classes, area.area_class)) continue;
    bool unclear = false;
    if (!rule.who.empty()) {
      if (known && !has(rule.who, a->operator_id)) continue;
      unclear = !known;
    }
    if (!rule.purposes.empty()) {
      if (a != nullptr && !has(rule.purposes, a->purpose)) continue;
      unclear = unclear || a == nullptr;
    }
    const bool forbids = rule.effect == terms::Effect::forbid;
    const bool kept = matched.conforming && (!forbids || has(rule.except_purposes, a->purpose));
    if (kept) continue;
    const Key key{forbids ? FindingKind::area_entered : FindingKind::undeclared, rule.clause.value,
                  area.id.value, a != nullptr ? a->id.value : ""};
    const auto [found, fresh] = out.try_emplace(key, Grade{unclear, {}});
    if (!fresh) found->second.unclear = found->second.unclear && unclear;
    if (a != nullptr) found->second.who = a->operator_id;
  }
}

inline Broken broken_by(const terms::Agreement& agreement,
                        const std::vector<WatchedActivity>& activities, const geo::TrackPoint& p,
                        const std::string& callsign) {
  Broken out;
  const Matched matched = match(activities, p, callsign);
  for (const terms::AreaTerms& area : agreement.areas()) {
    if (p.time < agreement.valid().start || !(p.time < agreement.valid().end)) continue;
    if (area.time && (p.time < area.time->start || !(p.time < area.time->end))) continue;
    if (area.altitude && !height_fits(*area.altitude, p)) continue;
    if (inside(area.area.shape(), *p.position)) judge(agreement, area, matched, out);
  }
  if (matched.activity != nullptr && !matched.conforming) {
    const WatchedActivity& a = *matched.activity;
    std::string clause;
    for (const terms::Procedure& procedure : agreement.procedures()) {
      if (procedure.purposes.empty() && clause.empty()) clause = procedure.clause.value;
      if (has(procedure.purposes, a.purpose)) clause = procedure.clause.value;
    }
    out[Key{FindingKind::outside_volume, clause, "", a.id.value}] = Grade{false, a.operator_id};
  }
  return out;
}

// What one accepted report says: a landing, or an airborne fix and what it breaks.
struct Moment {
  geo::TrackPoint point;
  bool landed = false;
  Broken broken;
};

// The lists of active activities, each with the number of the first report it holds for.
using Timeline = std::vector<std::pair<std::size_t, std::vector<WatchedActivity>>>;

inline std::vector<Moment> moments_of(const terms::Agreement& agreement, const Timeline& timeline,
                                      const std::vector<geo::TrackPoint>& feed,
                                      const std::vector<std::size_t>& mine) {
  std::vector<Moment> out;
  std::optional<UtcMs> heard;
  std::string callsign;
  for (const std::size_t number : mine) {
    const geo::TrackPoint& p = feed[number];
    if (heard && p.time < *heard) continue;
    if (heard && p.time - *heard > 10 * agreement.clocks().track_gap_ms) callsign.clear();
    heard = p.time;
    if (!p.callsign.empty()) callsign = p.callsign;
    if (p.on_ground) {
      out.push_back({p, true, {}});
    } else if (p.position) {
      static const std::vector<WatchedActivity> kNone;
      const std::vector<WatchedActivity>* activities = &kNone;
      for (const auto& [first, list] : timeline) {
        if (first <= number) activities = &list;
      }
      out.push_back({p, false, broken_by(agreement, *activities, p, callsign)});
    }
  }
  return out;
}

// The episodes of one key in the moments of one aircraft. `until` is the end of the watch.
inline void episodes(const std::vector<Moment>& moments, const Key& key, std::int64_t gap_ms,
                     std::optional<UtcMs> until, std::vector<Finding>& out) {
  std::optional<Finding> open;
  const auto close = [&](FindingEnd end) {
    open->end = end;
    out.push_back(*open);
    open.reset();
  };
  for (const Moment& moment : moments) {
    const geo::TrackPoint& p = moment.point;
    if (open && p.time - open->last.time > gap_ms) close(FindingEnd::lost);
    if (open && moment.landed) close(FindingEnd::ended);
    const auto found = moment.broken.find(key);
    if (found == moment.broken.end()) {
      if (open) close(FindingEnd::left);
      continue;
    }
    const Fix fix{p.time, *p.position, p.altitude_mm, p.altitude_reference};
    if (open) {
      open->last = fix;
      ++open->fixes;
      continue;
    }
    open.emplace();
    open->kind = std::get<0>(key);
    open->clause.value = std::get<1>(key);
    open->area.value = std::get<2>(key);
    open->activity.value = std::get<3>(key);
    open->who = found->second.who;
    open->confidence = found->second.unclear ? Confidence::plausible : Confidence::probable;
    open->aircraft = p.address;
    open->aircraft_is_icao = p.address_is_icao;
    open->first = open->last = fix;
  }
  if (open && until && *until - open->last.time > gap_ms) close(FindingEnd::lost);
  if (open) out.push_back(*open);
}

// One line per finding, of everything that must agree.
inline std::string line_of(const Finding& f) {
  std::string out = f.aircraft_is_icao ? "" : "~";
  out += std::to_string(f.aircraft) + " " + format_rfc3339(f.first.time) + ".." +
         format_rfc3339(f.last.time) + " x" + std::to_string(f.fixes) + " " +
         finding_kind_name(f.kind) + " " + f.clause.value + " area=" + f.area.value +
         " activity=" + f.activity.value + " who=" + (f.who ? f.who->value : "-") + " " +
         confidence_name(f.confidence) + " " + (f.end ? finding_end_name(*f.end) : "open");
  out += " at " + std::to_string(f.first.point.lat_e7) + "," + std::to_string(f.first.point.lng_e7);
  return out + " to " + std::to_string(f.last.point.lat_e7) + "," +
         std::to_string(f.last.point.lng_e7);
}

inline std::vector<std::string> lines_of(const std::vector<Finding>& findings) {
  std::vector<std::string> out;
  out.reserve(findings.size());
  for (const Finding& finding : findings) out.push_back(line_of(finding));
  std::sort(out.begin(), out.end());
  return out;
}

// Every finding of a whole feed, closed or still open.
inline std::vector<Finding> findings(const terms::Agreement& agreement, const Timeline& timeline,
                                     const std::vector<geo::TrackPoint>& feed,
                                     std::optional<UtcMs> until = std::nullopt) {
  std::map<std::pair<bool, std::uint32_t>, std::vector<std::size_t>> aircraft;
  for (std::size_t i = 0; i < feed.size(); ++i) {
    aircraft[{feed[i].address_is_icao, feed[i].address}].push_back(i);
  }
  std::vector<Finding> out;
  for (const auto& [address, mine] : aircraft) {
    const std::vector<Moment> moments = moments_of(agreement, timeline, feed, mine);
    std::map<Key, bool> keys;
    for (const Moment& moment : moments) {
      for (const auto& [key, grade] : moment.broken) keys[key] = true;
    }
    for (const auto& [key, seen] : keys) {
      episodes(moments, key, agreement.clocks().track_gap_ms, until, out);
    }
  }
  return out;
}

// What the watcher under test said: every closed finding, and those that never closed.
class Collector {
 public:
  void take(const std::vector<FindingEvent>& events) {
    for (const FindingEvent& event : events) {
      if (event.what == FindingEvent::What::opened) {
        check(open_.emplace(event.key, event.finding).second, "a key was used twice");
      } else {
        check(open_.erase(event.key) == 1, "closed without having been opened");
        closed_.push_back(event.finding);
      }
    }
  }
  const std::vector<Finding>& closed() const { return closed_; }
  std::size_t open_count() const { return open_.size(); }

 private:
  std::map<std::uint64_t, Finding> open_;
  std::vector<Finding> closed_;
};

}  // namespace detente::watch::brute
