// SPDX-License-Identifier: Apache-2.0
//
// Differences of areas: rules and stand-offs only forbid, so a larger area is the stricter one.
#include <fmt/core.h>

#include <cmath>
#include <set>

#include "terms/diff_impl.h"

namespace detente::terms {
namespace {

using Impl = Agreement::Impl;

std::string metres(double m) {
  return m >= 10'000 ? fmt::format("{:.1f} km", m / 1000) : fmt::format("{:.0f} m", m);
}

bool has_vertex(const geo::Polygon& polygon, geo::PointE7 point) {
  return std::find(polygon.vertices.begin(), polygon.vertices.end(), point) !=
         polygon.vertices.end();
}

// Whether `inner` surely lies within `outer`. Each corner of the inner one lies in the outer one,
// and no corner of the outer one lies inside of the inner one, so no edge can leave it.
bool surely_within(const geo::Area& inner, const geo::Area& outer) {
  const auto* a = std::get_if<geo::Polygon>(&inner.shape());
  const auto* b = std::get_if<geo::Polygon>(&outer.shape());
  if (a != nullptr && b != nullptr) {
    const std::vector<geo::PointE7> points = inner.outline();
    return std::all_of(points.begin(), points.end(),
                       [&](geo::PointE7 point) { return outer.contains(point); }) &&
           std::none_of(b->vertices.begin(), b->vertices.end(), [&](geo::PointE7 point) {
             return inner.contains(point) && !has_vertex(*a, point);
           });
  }
  const auto* c = std::get_if<geo::Circle>(&inner.shape());
  const auto* d = std::get_if<geo::Circle>(&outer.shape());
  if (c == nullptr || d == nullptr) return false;
  return geo::distance_m(c->center, d->center) + static_cast<double>(c->radius_mm) / 1000.0 <=
         static_cast<double>(d->radius_mm) / 1000.0;
}

Weight shape_weight(const geo::Area& before, const geo::Area& after) {
  if (surely_within(before, after)) return Weight::stricter;
  return surely_within(after, before) ? Weight::looser : Weight::undecided;
}

const char* grown(Weight weight) {
  if (weight == Weight::stricter) return "It has grown. ";
  return weight == Weight::looser ? "It has shrunk. " : "";
}

// Corners that stand in one polygon alone; in document order, so that moved ones can be paired.
std::vector<geo::PointE7> only_in(const geo::Polygon& one, const geo::Polygon& other) {
  std::vector<geo::PointE7> out;
  for (const geo::PointE7 point : one.vertices) {
    if (!has_vertex(other, point)) out.push_back(point);
  }
  return out;
}

std::string degrees(geo::PointE7 point) {
  return fmt::format("{:.7f}, {:.7f}", geo::lat_degrees(point), geo::lng_degrees(point));
}

std::string polygon_change(const geo::Polygon& before, const geo::Polygon& after) {
  constexpr std::size_t kShown = 20;
  const std::vector<geo::PointE7> gone = only_in(before, after);
  const std::vector<geo::PointE7> come = only_in(after, before);
  std::string out;
  if (gone.size() == come.size() && before.vertices.size() == after.vertices.size()) {
    for (std::size_t i = 0; i < gone.size() && i < kShown; ++i) {
      out += fmt::format("Corner {} moved by {} to {}. ", degrees(gone[i]),
                         metres(geo::distance_m(gone[i], come[i])), degrees(come[i]));
    }
    if (gone.size() > kShown)
      out += fmt::format("{} further corners moved. ", gone.size() - kShown);
    return out.empty() ? "The order of its corners changed. " : out;
  }
  for (std::size_t i = 0; i < come.size() && i < kShown; ++i) {
    out += fmt::format("Corner {} is new. ", degrees(come[i]));
  }
  for (std::size_t i = 0; i < gone.size() && i < kShown; ++i) {
    out += fmt::format("Corner {} is gone. ", degrees(gone[i]));
  }
  return fmt::format("{}{} corners instead of {}. ", out, after.vertices.size(),
                     before.vertices.size());
}

std::string shape_change(const geo::Shape& before, const geo::Shape& after) {
  const auto* a = std::get_if<geo::Polygon>(&before);
  const auto* b = std::get_if<geo::Polygon>(&after);
  if (a != nullptr && b != nullptr) return polygon_change(*a, *b);
  const auto* c = std::get_if<geo::Circle>(&before);
  const auto* d = std::get_if<geo::Circle>(&after);
  if (c == nullptr || d == nullptr) return "It is of another shape. ";
  std::string out;
  if (c->center != d->center) {
    out += fmt::format("Its centre moved by {} to {}. ",
                       metres(geo::distance_m(c->center, d->center)), degrees(d->center));
  }
  if (c->radius_mm != d->radius_mm) {
    out += fmt::format("Its radius is {} instead of {}. ",
                       metres(static_cast<double>(d->radius_mm) / 1000),
                       metres(static_cast<double>(c->radius_mm) / 1000));
  }
  return out;
}

std::string band_words(const std::optional<geo::AltitudeBand>& band) {
  if (!band) return "all heights";
  return fmt::format("{} to {} {}", metres(static_cast<double>(band->lower_mm) / 1000),
                     metres(static_cast<double>(band->upper_mm) / 1000),
                     geo::altitude_reference_name(band->reference));
}

Weight band_weight(const std::optional<geo::AltitudeBand>& a,
                   const std::optional<geo::AltitudeBand>& b) {
  if (!a || !b) return a ? Weight::stricter : Weight::looser;
  if (a->reference != b->reference) return Weight::undecided;
  if (b->lower_mm <= a->lower_mm && a->upper_mm <= b->upper_mm) return Weight::stricter;
  if (a->lower_mm <= b->lower_mm && b->upper_mm <= a->upper_mm) return Weight::looser;
  return Weight::undecided;
}

std::string span_words(const std::optional<TimeSpan>& span) {
  if (!span) return "as long as the agreement";
  return fmt::format("{} to {}", format_rfc3339(span->start), format_rfc3339(span->end));
}

Weight span_weight(const std::optional<TimeSpan>& a, const std::optional<TimeSpan>& b) {
  if (!a || !b) return a ? Weight::stricter : Weight::looser;
  if (b->start <= a->start && a->end <= b->end) return Weight::stricter;
  if (a->start <= b->start && b->end <= a->end) return Weight::looser;
  return Weight::undecided;
}

// The clauses of rules about a class.
std::vector<ClauseId> clauses_about(const Impl& terms, const std::string& area_class) {
  std::vector<ClauseId> out;
  for (const Rule& rule : terms.rules) {
    const bool about =
        std::find(rule.classes.begin(), rule.classes.end(), area_class) != rule.classes.end();
    if (about && std::find(out.begin(), out.end(), rule.clause) == out.end()) {
      out.push_back(rule.clause);
    }
  }
  return out;
}

struct AreaDiff {
  const Impl& terms;
  const AreaTerms& a;
  const AreaTerms& b;
  Differences& out;

  void add(std::string text, Weight weight) {
    out.push_back({"areas " + b.id.value, clauses_about(terms, b.area_class),
                   fmt::format("Area {} ({}): {}", b.id.value, b.name, text), weight});
  }
  void run() {
    if (a.name != b.name) add(fmt::format("its name was {}.", a.name), Weight::neither);
    if (a.area_class != b.area_class) {
      add(fmt::format("it is of class {} instead of {}.", b.area_class, a.area_class),
          Weight::undecided);
    }
    if (a.area.shape() != b.area.shape()) {
      const Weight weight = shape_weight(a.area, b.area);
      std::string text = grown(weight) + shape_change(a.area.shape(), b.area.shape());
      if (!text.empty()) text.pop_back();
      add(std::move(text), weight);
    }
    if (a.altitude != b.altitude) {
      add(fmt::format("{} instead of {}.", band_words(b.altitude), band_words(a.altitude)),
          band_weight(a.altitude, b.altitude));
    }
    if (a.time != b.time) {
      add(fmt::format("{} instead of {}.", span_words(b.time), span_words(a.time)),
          span_weight(a.time, b.time));
    }
    if (a.category != b.category) {
      const auto words = [](const std::string& category) {
        return category.empty() ? std::string("no protected site")
                                : "a site of category " + category;
      };
      Weight weight = Weight::undecided;
      if (a.category.empty()) weight = Weight::stricter;
      if (b.category.empty()) weight = Weight::looser;
      add(fmt::format("it is {} instead of {}.", words(b.category), words(a.category)), weight);
    }
  }
};

}  // namespace

void diff_areas(const Impl& before, const Impl& after, Differences& out) {
  by_key(
      before.classes, after.classes, [](const AreaClass& one) { return one.id; },
      [&](const AreaClass& one) {
        out.push_back({"area_classes " + one.id,
                       {},
                       fmt::format("Class {} ({}) is new.", one.id, one.name),
                       Weight::neither});
      },
      [&](const AreaClass& one) {
        out.push_back({"area_classes " + one.id,
                       {},
                       fmt::format("Class {} ({}) is gone.", one.id, one.name),
                       Weight::neither});
      },
      [&](const AreaClass& a, const AreaClass& b) {
        if (a.name == b.name) return;
        out.push_back({"area_classes " + b.id,
                       {},
                       fmt::format("Class {} is named {} instead of {}.", b.id, b.name, a.name),
                       Weight::neither});
      });
  by_key(
      before.areas, after.areas, [](const AreaTerms& area) { return area.id; },
      [&](const AreaTerms& area) {
        out.push_back({"areas " + area.id.value, clauses_about(after, area.area_class),
                       fmt::format("Area {} ({}) of class {} is new.", area.id.value, area.name,
                                   area.area_class),
                       Weight::stricter});
      },
      [&](const AreaTerms& area) {
        out.push_back({"areas " + area.id.value, clauses_about(before, area.area_class),
                       fmt::format("Area {} ({}) of class {} is gone.", area.id.value, area.name,
                                   area.area_class),
                       Weight::looser});
      },
      [&](const AreaTerms& a, const AreaTerms& b) { AreaDiff{after, a, b, out}.run(); });
}

}  // namespace detente::terms
