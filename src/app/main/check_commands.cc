// SPDX-License-Identifier: Apache-2.0
//
// `detente check`: options and help.
#include <CLI/CLI.hpp>

#include "app/main/commands.h"
#include "app/self_check.h"

namespace detente::app {

void add_check(CLI::App& app, int& code) {
  static CheckOptions options;
  CLI::App* command = app.add_subcommand(
      "check", "Compare everything in a node's folder with what was signed, and mend it");
  command->add_option("--data", options.data, "The node's folder; its node must not run")
      ->required();
  command->add_flag("--json", options.json, "JSON, and no progress");
  command->add_flag("--quiet", options.quiet, "No progress");
  command->footer(
      "Every entry lies on the disk twice and its hash a third time. What is damaged is written\n"
      "again from the copy that leads to the signed head; what has no such copy is told, and the\n"
      "node takes it back from its peers when it starts. A running node does the same by itself,\n"
      "slowly, once a day.\n"
      "Example: detente check --data ./north\n"
      "Exit code 0: all is well, or was mended; 1: damage is left, or the folder cannot be read; "
      "2: usage.");
  command->callback([&code] { code = check_command(options); });
}

}  // namespace detente::app
