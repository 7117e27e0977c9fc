// SPDX-License-Identifier: Apache-2.0
//
// What came of the day, judged from the nodes' own answers: the summary, and every promise of the
// scenario, one by one.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "app/demo_acts.h"
#include "app/demo_console.h"
#include "app/demo_nodes.h"
#include "app/demo_state.h"
#include "app/scenario.h"

namespace detente::app {

struct DemoReport {
  struct Check {
    std::string text;
    bool kept = false;
    std::string detail;  // why not
  };
  struct Log {
    std::string party;
    std::uint64_t entries = 0;
    std::uint64_t seen = 0;  // cosignatures of other parties' witnesses on its newest checkpoint
    std::uint64_t held = 0;  // and of their mirrors
  };
  std::uint64_t seed = 0;
  std::map<std::string, std::uint64_t> activities_by_state;
  // (clause, kind) -> party whose log -> how many
  std::map<std::pair<std::string, std::string>, std::map<std::string, std::uint64_t>> findings;
  std::string case_id;  // of the hit near a notified site
  std::vector<Log> logs;
  std::vector<Check> promises;
  std::vector<Check> verified;  // filled once the nodes have stopped
  bool all_good() const;
};

// net_*, http_status, json_*: the nodes could not be asked.
Result<DemoReport> make_report(DemoNodes& nodes, const DemoOfficers& officers,
                               const Scenario& scenario, const DemoState& state);
// Runs the separate verifier on every node's folder; the nodes must have stopped.
void verify_folders(const std::string& verifier, DemoNodes& nodes, const std::string& log_path,
                    DemoReport& report);

// Makes a file of claims of what the checked plan's owner knew, and has it verified.
void verify_knowledge(const std::string& program, const std::string& verifier,
                      const Scenario& scenario, DemoNodes& nodes, const std::string& log_path,
                      DemoReport& report);
// Makes an extract of the case from this node's folder, and has the verifier read it.
void verify_case(const std::string& program, const std::string& verifier, const DemoNode& node,
                 const std::string& log_path, DemoReport& report);

void print_summary(DemoConsole& console, const DemoReport& report);
void print_verified(DemoConsole& console, const DemoReport& report);
std::string report_json(const DemoReport& report);

}  // namespace detente::app
