// SPDX-License-Identifier: Apache-2.0
//
// One function for each group of subcommands; each stands in its own file of this folder, the only
// files that include CLI11. A command's callback sets `code`, the process's exit code.
#pragma once

#include "base/result.h"
#include "base/time.h"

namespace CLI {
class App;
}

namespace detente::app {

// Prints an error as "detente <command>: ..." and returns the exit code: 0, 1, or 2 for usage.
int finish(const char* command, const Status& status);
UtcMs system_now();

void add_agreement(CLI::App& app, int& code);
void add_agreement_acts(CLI::App& agreement, int& code);  // below "agreement"
void add_check(CLI::App& app, int& code);
void add_checks(CLI::App& app, int& code);
void add_content(CLI::App& app, int& code);
void add_courier(CLI::App& app, int& code);
void add_evidence(CLI::App& app, int& code);
void add_extract(CLI::App& app, int& code);
void add_keys(CLI::App& app, int& code);
void add_sites(CLI::App& app, int& code);

}  // namespace detente::app
