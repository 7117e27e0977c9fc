// SPDX-License-Identifier: Apache-2.0
//
// The JSON of sites, movements, contests and cases, one function per schema of
// docs/api/openapi.yaml. Private to src/node.
#pragma once

#include "node/api.h"

namespace detente::node {

// Private details are for this party's officers, not for whoever may only read.
bool may_see(const Caller& caller, const std::optional<record::Ref>& commit);

void write_standing(JsonWriter& out);    // the member "standing"
void write_vocabulary(JsonWriter& out);  // "standing", "categories", "purposes", ...
void write_statistics(JsonWriter& out, const protection::HitStatistics& statistics);
void write_site(JsonWriter& out, const Node& node, const Caller& caller,
                const protection::SiteView& site, UtcMs now);
void write_version(JsonWriter& out, const Node& node, const Caller& caller,
                   const protection::SiteVersion& version);
void write_chains(JsonWriter& out, const std::vector<protection::ReceiptChain>& chains);
void write_movement(JsonWriter& out, const Node& node, const Caller& caller,
                    const protection::MovementView& movement, UtcMs now);
void write_emergency(JsonWriter& out, const Node& node, const Caller& caller,
                     const protection::EmergencyView& emergency);
void write_contest(JsonWriter& out, const Node& node, const Caller& caller,
                   const protection::ContestView& contest);
void write_case(JsonWriter& out, const Node& node, const Caller& caller,
                const protection::CaseView& one, UtcMs now);
void write_case_ref(JsonWriter& out, const Node& node, const protection::CaseRef& one);

}  // namespace detente::node
