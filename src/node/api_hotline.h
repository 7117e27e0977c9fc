// SPDX-License-Identifier: Apache-2.0
//
// The hotline's part of the API. Private to src/node.
#pragma once

#include "node/api.h"

namespace detente::node {

// The lines, alarms, warnings, messages and calls, each list at most limits::kHotlineListed long.
void write_hotline(JsonWriter& out, const Node& node, const Caller& caller, UtcMs now);
// The forms and the kinds of warnings, in every language.
void write_hotline_forms(JsonWriter& out);

// A statement that the officer asks for.
struct HotlineAct {
  std::string type;
  std::string body;
};
// `path` after /api/hotline: {"warnings"}, {"warnings","<id>","ack"}, ... http_not_found,
// hotline_*, restraint, json_*, geo_*. What is not known or not allowed is judged when it is
// logged.
Result<HotlineAct> read_hotline_act(const std::vector<std::string>& path, const JsonReader& in);

}  // namespace detente::node
