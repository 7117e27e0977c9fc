// SPDX-License-Identifier: Apache-2.0
//
// What a party commits to when it has a plan checked privately, before anybody sees the plan
// (docs/protocol/activity.md, "Private checks"). When the activity is filed, the key opens it: the
// plan that was checked is the plan that is filed, volume by volume.
// Pure; safe on every thread.
#pragma once

#include <span>

#include "geo/geo.h"
#include "record/content.h"

namespace detente::airspace {

inline constexpr const char* kPlanSchema = "plan/v1";

// One field for each volume, named "1", "2", ..: the volume as a proposal has it.
// content_malformed: a volume has too many corners for one field (record::kContentFieldBytes).
Result<record::Content> plan_content(std::span<const geo::Volume4> volumes);
// The other way round, as the owner's node keeps it. content_malformed, geo_*.
Result<std::vector<geo::Volume4>> read_plan_content(const record::Content& content);

}  // namespace detente::airspace
