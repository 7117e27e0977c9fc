// SPDX-License-Identifier: Apache-2.0
//
// What is said of a site before it is registered: is the coordinate what its owner means? Each
// verdict is a sentence for a person; none of them decides anything. What could not be looked at is
// said too: "not checked" is no pass.
//
// Distances on the ellipsoid, in metres. Pure; safe on every thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "geo/coordinates.h"
#include "protection/cell_index.h"
#include "protection/site.h"

namespace detente::protection {

enum class CheckKind : std::uint8_t {
  readable,   // the coordinate and the members have a form that is known
  swapped,    // latitude and longitude exchanged would fit the place or the area
  precision,  // the digits written fix the site within its footprint
  duplicate,  // another entry lies at the same place, or very near
  place,      // it lies near the town or village that it names
  area,       // it lies within an area of the agreement
  water,      // it does not lie on water
};
inline constexpr std::size_t kCheckKinds = 7;
const char* check_kind_name(CheckKind kind);
enum class Verdict : std::uint8_t { ok, not_checked, doubt, fault };
const char* verdict_name(Verdict verdict);

struct SiteVerdict {
  CheckKind kind = CheckKind::readable;
  Verdict verdict = Verdict::ok;
  std::string text;  // one plain sentence; empty if there is nothing to say
};

// What coordinates are checked against. Everything may be missing.
struct NamedPoint {
  std::string name;
  geo::PointE7 point;
};
struct Surroundings {
  std::vector<NamedPoint> places;  // a gazetteer; names in any language, one entry each
  std::vector<geo::Area> areas;    // of the agreement
  std::vector<geo::Area> water;
  double place_m = 10'000;   // farther from the named place than this is a doubt
  double duplicate_m = 100;  // two entries nearer than this may be one
  double precision_m =
      100;  // a coordinate less exact than this, and than the footprint, is a doubt
  // Names are compared after this. airspace::fold_name is the usual one; nothing: as they are.
  std::function<std::string(std::string_view)> fold;
  // What stands in the list already within some metres of a point, each with the label that names
  // it in verdicts; some may lie farther. For lists too large to be given to SiteChecker::list().
  std::function<std::vector<std::pair<std::string, SiteDetails>>(geo::PointE7, double)> listed_near;
};

// Checks entries one after another, each also against those before it and those already listed.
class SiteChecker {
 public:
  explicit SiteChecker(Surroundings surroundings);
  // An entry that stands in the list already; no verdicts. `label` names it in others' verdicts.
  void list(const SiteDetails& site, std::string label);
  // All verdicts, one of each kind, in their order; then the entry counts as listed.
  std::vector<SiteVerdict> check(const SiteDetails& site, const std::string& label);

 private:
  struct Listed {
    std::string label;
    std::string name;  // folded
    geo::PointE7 point;
  };
  std::string folded(std::string_view name) const;
  std::optional<double> near_place(const std::string& name, geo::PointE7 point) const;
  bool within_areas(geo::PointE7 point) const;
  SiteVerdict check_swap(const SiteDetails& site, geo::PointE7 point) const;
  SiteVerdict check_precision(const SiteDetails& site) const;
  SiteVerdict check_duplicate(const SiteDetails& site, geo::PointE7 point) const;
  SiteVerdict check_place(const SiteDetails& site, geo::PointE7 point) const;
  SiteVerdict check_area(geo::PointE7 point) const;
  SiteVerdict check_water(geo::PointE7 point) const;

  Surroundings around_;
  std::multimap<std::string, geo::PointE7> places_;  // by folded name
  std::vector<Listed> listed_;
  CellIndex index_;
  std::optional<geo::AreaIndex> areas_;
  std::optional<geo::AreaIndex> water_;
};

// The worst of them.
Verdict worst(const std::vector<SiteVerdict>& verdicts);

}  // namespace detente::protection
