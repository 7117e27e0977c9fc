// SPDX-License-Identifier: Apache-2.0
//
// Whether two areas come within a distance, as quickly as bounds allow. First the circles around
// and inside them; then those edges that can matter, on the sphere, with the least and the greatest
// stretch that the ellipsoid has at their latitudes; and for what lies between, the straight line
// through the earth, from which the length on the ellipsoid follows to millimetres.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <memory_resource>
#include <vector>

#include "geo/area_impl.h"
#include "geo/vec.h"

namespace detente::geo::detail {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kEquatorM = 6'378'137.0;
constexpr double kFlattening = 1 / 298.257223563;
constexpr double kE2 = kFlattening * (2 - kFlattening);
// Beyond this reach, and with more pairs of edges than this, S2's queries are the better way.
constexpr double kReachMax = 0.5;
constexpr std::size_t kPairsMax = 250'000;
// Rings with more edges than this have runs.
constexpr std::size_t kRingPlain = 64;
// The point of an edge that is nearest on the sphere is at most 2.3e-5 of the distance farther
// than the nearest one on the ellipsoid: at the equator a right angle of the one is off by 0.0067
// in the other.
constexpr double kFootRatio = 3e-5;
constexpr double kCloseM = 0.02;
// Below this a vertex counts as on the line of an edge: 6 micrometres.
constexpr double kOnLine = 1e-12;

struct Length {
  double low = 0;
  double high = 0;
};

Vec on_ellipsoid(const Vec& v) {
  const double normal = kEquatorM / std::sqrt(1 - kE2 * v.z * v.z);
  return {normal * v.x, normal * v.y, normal * (1 - kE2) * v.z};
}

// Bounds of the length on the ellipsoid. A geodesic is bent at least as a circle of 6,400 km and at
// most as one of 6,335 km; the chord tells the length between the two (Schur's theorem). The
// room below 6,450 km is for its small torsion.
Length length_m(const Vec& a, const Vec& b) {
  constexpr double kLoose = 6.45e6;
  constexpr double kTight = 6.335e6;
  constexpr double kRoundingM = 1e-6;
  const double square = chord2(on_ellipsoid(a), on_ellipsoid(b));
  const double chord = std::sqrt(square);
  if (chord > 80'000) {  // beyond it the bounds are more than 2 cm apart
    const double metres = ellipsoid_m(a, b);
    return {metres - kRoundingM, metres + kRoundingM};
  }
  const double x = square / (kTight * kTight);
  return {chord * (1 + square / (24 * kLoose * kLoose)) - kRoundingM,
          chord * (1 + x / 24 + x * x / 200) + kRoundingM};
}

// The length on the ellipsoid of one radian of the sphere, anywhere between two heights of the
// axis (absolute values of z).
Length stretch_m(double low_z, double high_z) {
  const double low = std::clamp(low_z, 0.0, 1.0);
  const double high = std::clamp(high_z, 0.0, 1.0);
  const double wide = 1 - kE2 * low * low;
  return {kEquatorM * (1 - kE2) / (wide * std::sqrt(wide)) * (1 - 1e-9),
          kEquatorM / std::sqrt(1 - kE2 * high * high) * (1 + 1e-9)};
}

struct Edge {
  Vec a, b;
  Vec n;       // of the plane of the great circle; not of length 1
  Vec from_a;  // in that plane: positive towards b
  Vec from_b;  // and towards a
  double n2 = 0;
};

Edge edge_of(const Vec& a, const Vec& b) {
  Edge e{a, b, 0.5 * cross(a - b, a + b), {}, {}, 0};
  e.from_a = cross(e.n, a);
  e.from_b = cross(b, e.n);
  e.n2 = dot(e.n, e.n);
  return e;
}

// Compares distances on the sphere with one angle, without roots.
struct Angle {
  explicit Angle(double radians)
      : chord2(chord2_of(radians)), sin2(chord2 * (1 - chord2 / 4)), obtuse(radians >= 0.5 * kPi) {}
  double chord2;
  double sin2;
  bool obtuse;
};

// Whether the distance from p to the edge is at most the angle; never no by a rounding.
bool reaches(const Vec& p, const Edge& e, const Angle& angle) {
  if (angle.obtuse) return true;
  const Vec ahead = p - e.a;
  const double across = dot(ahead, e.n);
  if (across * across > angle.sin2 * e.n2) return false;
  const Vec behind = p - e.b;
  if (dot(ahead, e.from_a) >= 0 && dot(behind, e.from_b) >= 0) return true;
  return std::min(dot(ahead, ahead), dot(behind, behind)) <= angle.chord2;
}

using Edges = std::pmr::vector<Edge>;

// Appends the edges that come within `radians` of the point.
void edges_near(const Area::Impl& polygon, const Vec& point, double radians, Edges& out) {
  const Angle angle(radians + kOnLine);
  const auto add = [&](std::size_t first, std::size_t last) {
    for (std::size_t i = first; i < last; ++i) {
      const Edge e = edge_of(polygon.ring[i], polygon.end_of(i));
      if (reaches(point, e, angle)) out.push_back(e);
    }
  };
  if (polygon.runs.empty()) return add(0, polygon.ring.size());
  for (std::size_t r = 0; r < polygon.runs.size(); ++r) {
    const Run& run = polygon.runs[r];
    const double room = run.radius + radians + kOnLine;
    if (chord2(point, run.center) > room * room) continue;  // a chord is shorter than its arc
    add(r * kRunEdges, std::min((r + 1) * kRunEdges, polygon.ring.size()));
  }
}

// Whether the polygon contains a point that is not on its boundary. Seen from the middle of the
// earth geodesics are straight lines in the plane that touches the sphere at the cap's centre.
bool holds(const Area::Impl& polygon, const Vec& p) {
  if (chord2(p, polygon.cap_center) > polygon.cap_chord2) return false;
  const Vec& center = polygon.cap_center;
  const Vec axis = std::fabs(center.z) < 0.8 ? Vec{0, 0, 1} : Vec{1, 0, 0};
  const Vec east = cross(axis, center);
  const Vec north = cross(center, east);
  const double scale = 1 / dot(p, center);
  const double x = scale * dot(p, east);
  const double y = scale * dot(p, north);
  const auto project = [&](const Vec& v) {
    const double k = 1 / dot(v, center);
    return std::array<double, 2>{k * dot(v, east), k * dot(v, north)};
  };
  bool inside = false;
  std::array<double, 2> a = project(polygon.ring.back());
  for (const Vec& v : polygon.ring) {
    const std::array<double, 2> b = project(v);
    if ((a[1] <= y) != (b[1] <= y)) {
      const double left = (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]);
      inside ^= (left > 0) == (b[1] > a[1]);
    }
    a = b;
  }
  return inside;
}

bool cross_each_other(const Edge& e, const Edge& f) {
  const double c = dot(e.n, f.a);
  const double d = dot(e.n, f.b);
  if ((c > 0) == (d > 0)) return false;
  const double a = dot(f.n, e.a);
  const double b = dot(f.n, e.b);
  if ((a > 0) == (b > 0)) return false;
  // Where a vertex lies on the other line, its distance from the other edge decides.
  const double on_e = kOnLine * kOnLine * e.n2;
  const double on_f = kOnLine * kOnLine * f.n2;
  if (c * c < on_e || d * d < on_e || a * a < on_f || b * b < on_f) return false;
  // The same side of the earth: going along e one leaves to the side to which f comes.
  return (d > 0) == (a > 0);
}

class Comparison {
 public:
  Comparison(double metres, Length stretch)
      : metres_(metres),
        reach_((metres * (1 + 1.5 * kFootRatio) + 2.5 * kCloseM) / stretch.low),
        farthest_(reach_),
        surely_(std::max(metres / stretch.high, kBoundaryRadians)) {}

  double reach() const { return reach_; }
  bool close() const { return close_; }

  // Whether the pair is surely within the distance.
  bool within(const Vec& p, const Edge& e) {
    const Vec ahead = p - e.a;
    const double across = dot(ahead, e.n);
    const double across2 = across * across;
    if (across2 > farthest_.sin2 * e.n2) return false;
    const Vec behind = p - e.b;
    if (dot(ahead, e.from_a) >= 0 && dot(behind, e.from_b) >= 0) {
      if (across2 <= surely_.sin2 * e.n2) return true;
      const Vec foot = p - (across / e.n2) * e.n;
      return compare(p, (1 / std::sqrt(dot(foot, foot))) * foot);
    }
    const double from_a = dot(ahead, ahead);
    const double from_b = dot(behind, behind);
    const double nearest = std::min(from_a, from_b);
    if (nearest > farthest_.chord2) return false;
    if (nearest <= surely_.chord2) return true;
    return compare(p, from_a <= from_b ? e.a : e.b);
  }

 private:
  bool compare(const Vec& p, const Vec& q) {
    const Length length = length_m(p, q);
    if (length.high <= metres_) return true;
    close_ |= length.low * (1 - kFootRatio) - kCloseM <= metres_;
    return false;
  }

  double metres_;
  double reach_;  // radians; pairs beyond it are farther than metres_ and not close
  Angle farthest_;
  Angle surely_;  // pairs within it are within metres_
  bool close_ = false;
};

// Every vertex of one with every edge of the other, each vertex once.
bool any_within(const Edges& a, const Edges& b, Comparison& comparison) {
  const auto one = [&](const Vec& p) {
    return std::any_of(b.begin(), b.end(), [&](const Edge& e) { return comparison.within(p, e); });
  };
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (one(a[i].a)) return true;
    const Vec& end = a[i].b;
    const Vec& next = a[i + 1 == a.size() ? 0 : i + 1].a;
    const bool again = end.x == next.x && end.y == next.y && end.z == next.z;
    if (!again && one(end)) return true;
  }
  return false;
}

Nearness polygon_to_point(const Area::Impl& polygon, const Vec& point, Comparison& comparison) {
  std::array<std::byte, 8'192> room;  // NOLINT(*-member-init): only memory
  std::pmr::monotonic_buffer_resource memory(room.data(), room.size());
  Edges edges(&memory);
  edges_near(polygon, point, comparison.reach(), edges);
  for (const Edge& e : edges) {
    if (comparison.within(point, e)) return Nearness::within;
  }
  if (comparison.close()) return Nearness::close;
  return holds(polygon, point) ? Nearness::within : Nearness::apart;
}

Nearness polygon_to_polygon(const Area::Impl& a, const Area::Impl& b, Comparison& comparison) {
  std::array<std::byte, 24'576> room;  // NOLINT(*-member-init): only memory
  std::pmr::monotonic_buffer_resource memory(room.data(), room.size());
  Edges mine(&memory);
  Edges theirs(&memory);
  mine.reserve(std::min<std::size_t>(a.ring.size(), 64));
  theirs.reserve(std::min<std::size_t>(b.ring.size(), 64));
  edges_near(a, b.cap_center, b.cap_radius + comparison.reach(), mine);
  edges_near(b, a.cap_center, a.cap_radius + comparison.reach(), theirs);
  if (mine.size() * theirs.size() > kPairsMax) return Nearness::unknown;
  if (any_within(mine, theirs, comparison) || any_within(theirs, mine, comparison)) {
    return Nearness::within;
  }
  for (const Edge& e : mine) {
    for (const Edge& f : theirs) {
      if (cross_each_other(e, f)) return Nearness::within;
    }
  }
  if (comparison.close()) return Nearness::close;
  // The boundaries do not meet, so one lies within the other, or they are apart.
  const bool nested = holds(a, b.ring.front()) || holds(b, a.ring.front());
  return nested ? Nearness::within : Nearness::apart;
}

Nearness circle_to_circle(const Area::Impl& a, const Area::Impl& b, double metres) {
  const Length length = length_m(a.cap_center, b.cap_center);
  if (length.high <= metres) return Nearness::within;
  return length.low - kCloseM <= metres ? Nearness::close : Nearness::apart;
}

// Discs inside both come within the distance: quick where the areas overlap.
bool inner_discs_within(const Area::Impl& a, const Area::Impl& b, double centers2, double radians) {
  if (a.inner_radius < 0 || b.inner_radius < 0 || centers2 > 0.25) return false;
  // The arc of a chord below one half is shorter than this.
  const double arc = std::sqrt(centers2) * (1 + centers2 / 23);
  return arc <= radians + (a.inner_radius + b.inner_radius);
}

}  // namespace

Nearness nearness(const Area::Impl& a, const Area::Impl& b, double metres) {
  const double discs_m = a.radius_m + b.radius_m;  // of the circles among them
  const double reach = (metres * 1.0001 + 0.1) / (kRadiusM * kStretchMin);
  if (reach + discs_m / kRadiusM > kReachMax) return Nearness::unknown;
  const double centers2 = chord2(a.cap_center, b.cap_center);
  const double farthest = reach + (a.cap_radius + b.cap_radius) + 1e-12;
  if (centers2 > farthest * farthest) return Nearness::apart;
  if (inner_discs_within(a, b, centers2, metres / (kRadiusM * kStretchMax))) {
    return Nearness::within;
  }
  if (a.is_circle() && b.is_circle()) return circle_to_circle(a, b, metres + discs_m);
  const double room_a = a.cap_radius + reach;
  const double room_b = b.cap_radius + reach;
  const double z_a = std::fabs(a.cap_center.z);
  const double z_b = std::fabs(b.cap_center.z);
  Comparison comparison(metres + discs_m, stretch_m(std::min(z_a - room_a, z_b - room_b),
                                                    std::max(z_a + room_a, z_b + room_b)));
  if (a.is_circle()) return polygon_to_point(b, a.cap_center, comparison);
  if (b.is_circle()) return polygon_to_point(a, b.cap_center, comparison);
  return polygon_to_polygon(a, b, comparison);
}

double inner_radius_of(const Area::Impl& polygon) {
  double nearest = kPi / 2;
  for (std::size_t i = 0; i < polygon.ring.size(); ++i) {
    const Edge e = edge_of(polygon.ring[i], polygon.end_of(i));
    const Vec ahead = polygon.cap_center - e.a;
    const Vec behind = polygon.cap_center - e.b;
    const bool beside = dot(ahead, e.from_a) >= 0 && dot(behind, e.from_b) >= 0;
    const double sine = beside ? std::fabs(dot(ahead, e.n)) / std::sqrt(e.n2) : 0;
    const double distance =
        beside ? std::asin(std::min(sine, 1.0))
               : std::min(angle(polygon.cap_center, e.a), angle(polygon.cap_center, e.b));
    nearest = std::min(nearest, distance);
  }
  constexpr double kRoom = 1e-9;
  return nearest > 2 * kRoom && holds(polygon, polygon.cap_center) ? nearest - kRoom : -1;
}

std::vector<Run> runs_of(const std::vector<Vec>& ring) {
  std::vector<Run> runs;
  if (ring.size() <= kRingPlain) return runs;
  for (std::size_t first = 0; first < ring.size(); first += kRunEdges) {
    const std::size_t last = std::min(first + kRunEdges, ring.size());  // its end belongs to it
    Vec sum;
    for (std::size_t i = first; i <= last; ++i) sum = sum + ring[i % ring.size()];
    const double length2 = dot(sum, sum);
    Run run{ring[first], kPi};  // the whole earth, if they have no middle
    if (length2 > 1) {
      run.center = (1 / std::sqrt(length2)) * sum;
      run.radius = 0;
      for (std::size_t i = first; i <= last; ++i) {
        run.radius = std::max(run.radius, angle(run.center, ring[i % ring.size()]) + kOnLine);
      }
      if (run.radius > 0.4 * kPi) run.radius = kPi;  // edges lie within circles that are small
    }
    runs.push_back(run);
  }
  return runs;
}

}  // namespace detente::geo::detail
