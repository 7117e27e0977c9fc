// SPDX-License-Identifier: Apache-2.0
//
// The API's part about protected sites, movements, contests and cases (docs/api/openapi.yaml).
// An entry is named "<party>-<index>": the first version of a site, the notice of a movement, a
// contest, an emergency. The standing sentences go with every answer that lists sites.
// Private to src/node.
#pragma once

#include <map>

#include "node/api.h"

namespace detente::node {

// Whether the first part of the path after /api/ is one of these.
bool is_protection(const std::string& what);

// GET: `path` after /api/. http_not_found, protection_unknown, json_member_range.
Result<std::string> read_protection(const Node& node, const Caller& caller,
                                    const std::vector<std::string>& path,
                                    const std::map<std::string, std::string>& query, UtcMs now);

// What an officer asks for: a statement, or with an empty type an answer that changes nothing.
struct ProtectionAct {
  std::string type;
  std::vector<record::Ref> refs;
  std::string body;
};
// POST: `path` after /api/, `text` the body. Its members go into the statement as they came: the
// statement's own reader judges them when it is logged. http_not_found, protection_*, restraint,
// json_*, geo_*, coordinates_*.
Result<ProtectionAct> read_protection_act(const Node& node, const std::vector<std::string>& path,
                                          const std::string& text, UtcMs now);

// "<party>-<index>"
std::string entry_key(const Node& node, const record::Ref& ref);
Result<record::Ref> entry_at(const Node& node, const std::string& key);  // protection_unknown

}  // namespace detente::node
