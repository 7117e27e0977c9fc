// SPDX-License-Identifier: Apache-2.0
//
// The agreement's course in the API: GET /api/agreement/course, and the bodies of the acts that one
// officer signs at the desk. What two signatories sign comes as a finished envelope. Private to
// src/node.
#pragma once

#include <string>
#include <vector>

#include "node/api.h"

namespace detente::node {

// Texts in `language`, or in English where that is missing.
void write_course(JsonWriter& out, const Node& node, const Caller& caller,
                  const std::string& language, UtcMs now);

struct CourseAct {
  std::string type;
  std::vector<record::Ref> refs;
  std::string body;
};
// POST /api/agreement/<what>/<id>/<act>: stages begin, reset; obligations report, verify;
// exceptions declare; adherents accept. json_*, http_not_found, agreement_unknown_party. Whether
// the act counts is the ledger's to say.
Result<CourseAct> read_course_act(const Node& node, const std::string& what, const std::string& id,
                                  const std::string& act, const JsonReader& in);

}  // namespace detente::node
