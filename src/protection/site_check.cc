// SPDX-License-Identifier: Apache-2.0
#include "protection/site_check.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>

namespace detente::protection {
namespace {

constexpr double kSamePointM = 1;

// Latitude and longitude exchanged; nothing if that is off the earth.
std::optional<geo::PointE7> exchanged(geo::PointE7 point) {
  const Result<geo::PointE7> other =
      geo::point_from_degrees(geo::lng_degrees(point), geo::lat_degrees(point));
  return other ? std::optional(*other) : std::nullopt;
}

}  // namespace

const char* check_kind_name(CheckKind kind) {
  static constexpr std::array<const char*, kCheckKinds> kNames = {
      "readable", "swapped", "precision", "duplicate", "place", "area", "water"};
  return kNames.at(static_cast<std::size_t>(kind));
}

const char* verdict_name(Verdict verdict) {
  static constexpr std::array<const char*, 4> kNames = {"ok", "not_checked", "doubt", "fault"};
  return kNames.at(static_cast<std::size_t>(verdict));
}

Verdict worst(const std::vector<SiteVerdict>& verdicts) {
  Verdict out = Verdict::ok;
  for (const SiteVerdict& one : verdicts) out = std::max(out, one.verdict);
  return out;
}

SiteChecker::SiteChecker(Surroundings surroundings) : around_(std::move(surroundings)) {
  for (const NamedPoint& place : around_.places) places_.emplace(folded(place.name), place.point);
  if (!around_.areas.empty()) areas_.emplace(around_.areas);
  if (!around_.water.empty()) water_.emplace(around_.water);
}

std::string SiteChecker::folded(std::string_view name) const {
  return around_.fold ? around_.fold(name) : std::string(name);
}

void SiteChecker::list(const SiteDetails& site, std::string label) {
  const geo::PointE7 point = site_point(site);
  index_.insert(static_cast<CellIndex::Item>(listed_.size()), {point, 0});
  listed_.push_back({std::move(label), folded(site.name), point});
}

std::vector<SiteVerdict> SiteChecker::check(const SiteDetails& site, const std::string& label) {
  const geo::PointE7 point = site_point(site);
  std::vector<SiteVerdict> out = {{CheckKind::readable, Verdict::ok, {}},
                                  check_swap(site, point),
                                  check_precision(site),
                                  check_duplicate(site, point),
                                  check_place(site, point),
                                  check_area(point),
                                  check_water(point)};
  list(site, label);
  return out;
}

// From the point to the nearest place of that name; nothing if there is none.
std::optional<double> SiteChecker::near_place(const std::string& name, geo::PointE7 point) const {
  std::optional<double> least;
  const auto [from, to] = places_.equal_range(name);
  for (auto it = from; it != to; ++it) {
    const double metres = geo::distance_m(it->second, point);
    least = std::min(least.value_or(metres), metres);
  }
  return least;
}

bool SiteChecker::within_areas(geo::PointE7 point) const {
  std::vector<std::uint32_t> found;
  areas_->find(point, found);
  return !found.empty();
}

SiteVerdict SiteChecker::check_swap(const SiteDetails& site, geo::PointE7 point) const {
  const std::optional<geo::PointE7> other = exchanged(point);
  const std::string name = folded(site.place);
  const std::optional<double> here = near_place(name, point);
  if (!here && !areas_) {
    return {CheckKind::swapped, Verdict::not_checked,
            "no known place and no area to tell a swap of latitude and longitude by"};
  }
  if (!other) return {CheckKind::swapped, Verdict::ok, {}};
  const bool fits_place =
      here && *here > around_.place_m && *near_place(name, *other) <= around_.place_m;
  const bool fits_area = areas_ && !within_areas(point) && within_areas(*other);
  if (!fits_place && !fits_area) return {CheckKind::swapped, Verdict::ok, {}};
  return {CheckKind::swapped, Verdict::fault,
          fmt::format("latitude and longitude look swapped: {:.5f}, {:.5f} would lie {}",
                      geo::lat_degrees(*other), geo::lng_degrees(*other),
                      fits_place ? "at " + site.place : "in the area of the agreement")};
}

SiteVerdict SiteChecker::check_precision(const SiteDetails& site) const {
  if (std::holds_alternative<geo::Polygon>(site.shape)) {
    return {CheckKind::precision, Verdict::ok, {}};
  }
  if (site.given.empty()) {
    return {CheckKind::precision, Verdict::not_checked,
            "how the coordinate was written is not known, so neither is how exact it is"};
  }
  const auto& circle = std::get<geo::Circle>(site.shape);
  const std::int64_t enough = std::max<std::int64_t>(
      circle.radius_mm, static_cast<std::int64_t>(around_.precision_m * 1000));
  if (site.uncertainty_mm <= enough) return {CheckKind::precision, Verdict::ok, {}};
  return {CheckKind::precision, Verdict::doubt,
          fmt::format("the digits written leave {:.0f} m open; the site's footprint is {:.0f} m",
                      static_cast<double>(site.uncertainty_mm) / 1000,
                      static_cast<double>(circle.radius_mm) / 1000)};
}

SiteVerdict SiteChecker::check_duplicate(const SiteDetails& site, geo::PointE7 point) const {
  std::vector<CellIndex::Item> found;
  index_.find({point, 0}, around_.duplicate_m, found);
  std::optional<Listed> nearest;
  double least = around_.duplicate_m;
  const auto look = [&](const Listed& listed) {
    const double metres = geo::distance_m(listed.point, point);
    if (metres > least) return;
    least = metres;
    nearest = listed;
  };
  for (const CellIndex::Item item : found) look(listed_[item]);
  if (around_.listed_near) {
    for (const auto& [label, other] : around_.listed_near(point, around_.duplicate_m)) {
      look({label, folded(other.name), site_point(other)});
    }
  }
  if (!nearest) return {CheckKind::duplicate, Verdict::ok, {}};
  const bool same = least <= kSamePointM && nearest->name == folded(site.name);
  return {CheckKind::duplicate, same ? Verdict::fault : Verdict::doubt,
          same ? "the same entry stands in " + nearest->label
               : fmt::format("{} lies {:.0f} m away: is it the same site?", nearest->label, least)};
}

SiteVerdict SiteChecker::check_place(const SiteDetails& site, geo::PointE7 point) const {
  if (site.place.empty()) {
    return {CheckKind::place, Verdict::not_checked, "it names no town or village to check by"};
  }
  const std::optional<double> metres = near_place(folded(site.place), point);
  if (!metres) {
    return {CheckKind::place, Verdict::not_checked, "no known place is called " + site.place};
  }
  if (*metres <= around_.place_m) return {CheckKind::place, Verdict::ok, {}};
  return {CheckKind::place, Verdict::doubt,
          fmt::format("it lies {:.1f} km from {}", *metres / 1000, site.place)};
}

SiteVerdict SiteChecker::check_area(geo::PointE7 point) const {
  if (!areas_) {
    return {CheckKind::area, Verdict::not_checked, "no area of the agreement was given"};
  }
  if (within_areas(point)) return {CheckKind::area, Verdict::ok, {}};
  return {CheckKind::area, Verdict::doubt, "it lies outside every area of the agreement"};
}

SiteVerdict SiteChecker::check_water(geo::PointE7 point) const {
  if (!water_) {
    return {CheckKind::water, Verdict::not_checked, "no map of water was given"};
  }
  std::vector<std::uint32_t> found;
  water_->find(point, found);
  if (found.empty()) return {CheckKind::water, Verdict::ok, {}};
  return {CheckKind::water, Verdict::doubt, "it lies on water"};
}

}  // namespace detente::protection
