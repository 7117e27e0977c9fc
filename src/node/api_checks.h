// SPDX-License-Identifier: Apache-2.0
//
// The API's overview of private checks, from the logs alone (docs/api/openapi.yaml, Checks): which
// ones the agreement asks for, epochs and budgets, who asked whom how often and about which
// activities, what is drawn for the audit, and what broke the rules. What a party knows beside the
// logs is not here. Private to src/node.
#pragma once

#include "node/api.h"

namespace detente::node {

// The newest questions first, at most so many.
inline constexpr std::size_t kChecksShown = 500;

void write_checks(JsonWriter& out, const Node& node, const Caller& caller, UtcMs now);
// The checks that an activity needs, as members of its answer.
void write_activity_checks(JsonWriter& out, const Node& node, const airspace::ActivityView& view);

}  // namespace detente::node
