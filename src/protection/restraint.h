// SPDX-License-Identifier: Apache-2.0
//
// Private to src/protection: refuses every member, at any depth, that describes targeting, before
// anything else is looked at, so that the refusal says so. Errc::restraint with the place.
#pragma once

#include "base/json.h"
#include "base/limits.h"
#include "terms/restraint.h"

namespace detente::protection {

inline Status refuse_targeting(const JsonReader& in) {
  return terms::refuse_targeting(in, limits::kPolygonVertices);
}

}  // namespace detente::protection
