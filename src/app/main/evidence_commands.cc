// SPDX-License-Identifier: Apache-2.0
//
// `detente evidence`: options and help.
#include <CLI/CLI.hpp>

#include "app/evidence_command.h"
#include "app/main/commands.h"

namespace detente::app {
namespace {

CLI::App* add_kept(CLI::App& group, EvidenceOptions& options, const char* name, const char* what) {
  CLI::App* command = group.add_subcommand(name, what);
  command->add_option("HASH", options.file, "The file's SHA-256, or its first 8 digits or more")
      ->required();
  command->add_option("--data", options.data, "The node's folder")->required();
  command->add_flag("--json", options.json, "JSON");
  return command;
}

void add_verify_file(CLI::App& group, EvidenceOptions& options, int& code) {
  CLI::App* command =
      group.add_subcommand("verify", "Check a file: whom does it convict, of what?");
  command->add_option("FILE", options.file, "The evidence file")->required();
  command->add_option("--agreement", options.agreement, "The signed agreement, for the keys");
  command->add_option("--data", options.data, "Or a node's folder, for its agreement");
  command->add_flag("--json", options.json, "JSON");
  command->footer(
      "Exit code 0: it convicts; 1: it does not, with the reason; 2: usage.\n"
      "The separate program detente-verify --evidence does the same with less code around it.");
  command->callback(
      [&options, &code] { code = finish("evidence verify", evidence_verify(options)); });
}

void add_list(CLI::App& group, EvidenceOptions& options, int& code) {
  CLI::App* command = group.add_subcommand("list", "List what a node keeps, each file checked");
  command->add_option("--data", options.data, "The node's folder")->required();
  command->add_flag("--json", options.json, "JSON, one line a file");
  command->footer("Exit code 0: listed; 1: the folder cannot be read; 2: usage.");
  command->callback([&options, &code] { code = finish("evidence list", evidence_list(options)); });
}

}  // namespace

void add_evidence(CLI::App& app, int& code) {
  static EvidenceOptions options;
  CLI::App* group =
      app.add_subcommand("evidence", "Files that convict a cheat by themselves: check and export");
  group->require_subcommand(1);
  group->footer(
      "Examples:\n"
      "  detente evidence list --data ./north\n"
      "  detente evidence show 653ac0e2 --data ./north\n"
      "  detente evidence export 653ac0e2 --data ./north --to fork.evidence\n"
      "  detente evidence verify fork.evidence --agreement agreement.json");
  add_verify_file(*group, options, code);
  add_list(*group, options, code);
  CLI::App* show = add_kept(*group, options, "show", "Print one kept file, with what it proves");
  show->footer("Exit code 0: it convicts; 1: it does not, with the reason; 2: usage.");
  show->callback([&code] { code = finish("evidence show", evidence_show(options)); });
  CLI::App* copy = add_kept(*group, options, "export", "Copy one kept file, if it convicts");
  copy->add_option("--to", options.to, "The new file")->required();
  copy->footer("Exit code 0: written; 1: not, with the reason; 2: usage.");
  copy->callback([&code] { code = finish("evidence export", evidence_export(options)); });
}

}  // namespace detente::app
