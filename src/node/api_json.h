// SPDX-License-Identifier: Apache-2.0
//
// The API's JSON, one function per schema of docs/api/openapi.yaml. Private to src/node.
#pragma once

#include "node/api.h"

namespace detente::node {

void write_hello(JsonWriter& out, const Node& node, const Caller& caller,
                 const std::vector<ApiLink>& links, UtcMs now);
void write_state(JsonWriter& out, const Node& node, const Caller& caller, UtcMs now);
void write_agreement(JsonWriter& out, const Node& node, const std::string& language, UtcMs now);
void write_activity(JsonWriter& out, const Node& node, const Caller& caller,
                    const airspace::ActivityView& view, UtcMs now, bool regions = false);
void write_tracks(JsonWriter& out, const Node& node, std::int64_t trail_ms, UtcMs now);
void write_finding(JsonWriter& out, const Node& node, const FindingRecord& finding);
void write_stop(JsonWriter& out, const Node& node, const Caller& caller,
                const airspace::StopView& stop, UtcMs now);
void write_waiting(JsonWriter& out, const Node& node, const Caller& caller, UtcMs now,
                   bool stops_only);
void write_log_page(JsonWriter& out, const Node& node, const HeldLog& log, std::uint64_t from,
                    std::uint64_t count, UtcMs now);
void write_entry_proof(JsonWriter& out, const Node& node, const HeldLog& log,
                       const record::Entry& entry, UtcMs now);
void write_record(JsonWriter& out, const Node& node, UtcMs now);
void write_evidence(JsonWriter& out, const Node& node);

// The entry's proof against the published head, as a C2SP tlog-proof.
Result<std::string> proof_file(const HeldLog& log, LeafIndex index);
// A file of evidence by its SHA-256 in hex; nullptr if the node does not hold it.
const std::string* evidence_file(const Node& node, const std::string& sha256);
// How many entries of the log were logged before this time.
std::uint64_t entries_before(const HeldLog& log, UtcMs time);

record::Ref ref_of(const HeldLog& log, LeafIndex index);
// What every other party has done with one entry. `steps` are answers that decide it, if any.
void write_receipts(JsonWriter& out, const Node& node, const HeldLog& log, LeafIndex index,
                    const std::vector<airspace::Step>& steps);

// One plain line for an entry.
std::string summary(const Node& node, const HeldLog& log, const record::Entry& entry);
std::string address_text(std::uint32_t address, bool is_icao);

}  // namespace detente::node
