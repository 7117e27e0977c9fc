// SPDX-License-Identifier: Apache-2.0
//
// The API's JSON, one function per schema of docs/api/openapi.yaml. Private to src/node.
#pragma once

#include "node/api.h"

namespace detente::node {

void write_hello(JsonWriter& out, const Node& node, const Caller& caller,
                 const std::vector<ApiLink>& links, UtcMs now);
void write_state(JsonWriter& out, const Node& node, const Caller& caller, UtcMs now);
void write_agreement(JsonWriter& out, const Node& node, const std::string& language);
void write_activity(JsonWriter& out, const Node& node, const Caller& caller,
                    const airspace::ActivityView& view, UtcMs now);
void write_tracks(JsonWriter& out, const Node& node, std::int64_t trail_ms, UtcMs now);
void write_finding(JsonWriter& out, const Node& node, const FindingRecord& finding);
void write_stop(JsonWriter& out, const Node& node, const Caller& caller,
                const airspace::StopView& stop, UtcMs now);
void write_waiting(JsonWriter& out, const Node& node, const Caller& caller, UtcMs now,
                   bool stops_only);
void write_log_page(JsonWriter& out, const Node& node, const HeldLog& log, std::uint64_t from,
                    std::uint64_t count);
void write_entry_proof(JsonWriter& out, const Node& node, const HeldLog& log, LeafIndex index);

// One plain line for an entry.
std::string summary(const HeldLog& log, const record::Entry& entry);
std::string address_text(std::uint32_t address, bool is_icao);

}  // namespace detente::node
