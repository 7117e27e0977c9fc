// SPDX-License-Identifier: Apache-2.0
//
// Questions that are POSTed because they are long: POST /api/plans/check and POST
// /api/agreement/ask. They sign nothing, log nothing and keep nothing
// (docs/protocol/plan-check.md). Private to src/node.
#pragma once

#include <string>
#include <vector>

#include "node/api.h"

namespace detente::node {

bool is_question(const std::vector<std::string>& path);
// `path` is one of those. Errors: json_*, geo_*, restraint, purpose_unknown,
// agreement_unknown_class; what is wrong with the plan itself is a part of the answer.
Result<ApiAnswer> answer_question(const Node& node, const std::vector<std::string>& path,
                                  const std::string& body, UtcMs now);

}  // namespace detente::node
