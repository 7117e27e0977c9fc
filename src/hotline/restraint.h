// SPDX-License-Identifier: Apache-2.0
//
// Private to src/hotline: refuses every member, at any depth, that describes targeting, before
// anything else is looked at, so that the refusal says so. Errc::restraint with the place.
#pragma once

#include "base/json.h"

namespace detente::hotline {

Status refuse_targeting(const JsonReader& in);

}  // namespace detente::hotline
