// SPDX-License-Identifier: Apache-2.0
//
// Restraint at the door (design section 2, rule 1): input that describes targeting is refused
// before anything else of it is looked at, so that the refusal says so.
// Pure; safe on every thread.
#pragma once

#include <cstddef>

#include "base/json.h"

namespace detente::terms {

// Errc::restraint with the place of the first member, at any depth, that describes targeting
// (is_refused_member). An array with more than `items_max` items is json_member_range.
Status refuse_targeting(const JsonReader& in, std::size_t items_max);

}  // namespace detente::terms
