// SPDX-License-Identifier: Apache-2.0
//
// Whether a notice's geometry lies where its place name says, and whether somebody who reads it
// back means the same spot. A place name alone has sent aircraft to a wrong hill; so the name, the
// numbers and the map must agree, or somebody must have said that they need not.
//
// Places and the tolerance are the agreement's (Agreement::places). Names are compared whole, in
// every language that the agreement gives, after fold_name. Metres on the ellipsoid, degrees from
// true north. Pure; safe on every thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "airspace/activity.h"
#include "terms/agreement.h"

namespace detente::airspace {

// A name without what differs between keyboards: capitals, accents, Arabic vowel signs and the
// forms of alef, hyphens, apostrophes and doubled spaces. Latin, Greek, Cyrillic and Arabic.
std::string fold_name(std::string_view name);

struct PlaceCheck {
  struct Named {
    std::string name;             // as the agreement writes it, in English
    double distance_m = 0;        // from it to the nearest volume; 0 inside
    double point_distance_m = 0;  // from it to the point that the notice gives for the name
  };
  struct Nearest {
    std::string name;
    double distance_m = 0;   // from it to the middle of the first volume
    double bearing_deg = 0;  // the same way, 0 to 360
  };
  std::optional<Named> named;      // the agreement knows the place that the notice names
  std::optional<Nearest> nearest;  // nothing if the agreement names no places
  bool question = false;           // the notice lies too far from the place that it names
  std::string text() const;        // one sentence for a person; empty without a question
};
PlaceCheck check_place(const ActivityPlan& plan, const terms::Agreement& agreement);

// What a receiver read out: how far and in which direction the first volume's middle lies from a
// place by name.
struct ReadBack {
  std::string place;
  std::int64_t distance_m = 0;
  std::int32_t bearing_deg = 0;  // 0 to 359
  bool agrees = false;
  std::string reason;
};
inline constexpr double kReadBackM = 200;      // the least that may be off
inline constexpr double kReadBackPart = 0.02;  // or this part of the distance
inline constexpr double kReadBackDegrees = 5;  // off in direction
inline constexpr double kReadBackNearM = 500;  // nearer than this, every direction is right
inline constexpr std::int64_t kReadBackMaxM = 20'100'000;  // half way around the earth

// Empty if it matches, or why it does not. The place is one of the agreement's; where it names
// none, the plan's own.
std::string check_read_back(const ActivityPlan& plan, const ReadBack& read_back,
                            const terms::Agreement& agreement);

}  // namespace detente::airspace
