// SPDX-License-Identifier: Apache-2.0
//
// `detente checks`: options and help.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "app/checks_command.h"
#include "app/main/commands.h"

namespace detente::app {
namespace {

Status print_found(const ChecksOptions& options) {
  DETENTE_TRY(const FoundInCommon found, checks_found(options.data, options.to));
  std::printf("cell %s\nown psi.query %llu, the other's psi.post %llu and psi.answer %llu\n",
              found.cell.c_str(), static_cast<unsigned long long>(found.query),
              static_cast<unsigned long long>(found.post),
              static_cast<unsigned long long>(found.answer));
  return {};
}

}  // namespace

void add_checks(CLI::App& app, int& code) {
  static ChecksOptions options;
  CLI::App* checks = app.add_subcommand("checks", "Private checks: what is kept, claims, audits");
  checks->require_subcommand(1);
  const auto add = [&](const char* name, const char* text) {
    CLI::App* command = checks->add_subcommand(name, text);
    command->add_option("--data", options.data, "The node's folder")->required();
    return command;
  };
  CLI::App* show = add("show", "Epochs, lists and refusals of a folder; no secret is printed");
  show->add_flag("--cells", options.list_cells, "Also the cells of every list");
  show->callback([&code] { code = finish("checks show", checks_show(options)); });

  CLI::App* claim = add("claim", "Open single cells for an inquiry");
  claim->add_option("--index", options.index, "The own psi.post, psi.query or psi.answer")
      ->required();
  claim->add_option("--cell", options.cells, "40 hex digits; up to 8");
  claim->add_option("--place", options.place, "Of an answer: which element");
  claim->add_flag("--committed", options.committed, "Also that the list holds the cells");
  claim->add_flag(
      "--refused", options.refused,
      "Of a psi.query: that its answer is wrong; writes OUT.question and OUT.answer too");
  claim->add_option("--out", options.out, "The file")->required();
  claim->footer(
      "Of a post: the cell was on the board, or was not. Of a question: it was asked. Of an\n"
      "answer: it was right at this place. For an inquiry, never for the other side.\n"
      "Example: detente checks claim --data north --index 41 --cell 1525b0.. --out claim.json\n"
      "         detente-verify --claims claim.json --agreement agreement.json");
  claim->callback([&code] { code = finish("checks claim", checks_claim(options)); });

  CLI::App* found = add("found", "A cell in common with a list, and where all about it stands");
  found->add_option("--with", options.to, "The list's owner")->required();
  found->callback([&code] { code = finish("checks found", print_found(options)); });

  static std::vector<std::string> files;
  CLI::App* join = checks->add_subcommand("join", "Claims of both sides in one file");
  join->add_option("--out", options.out, "The file")->required();
  join->add_option("FILES", files, "Files of `checks claim`, of one epoch")->required();
  join->callback([&code] { code = finish("checks join", checks_join(files, options.out)); });

  CLI::App* drawn = add("drawn", "Which questions and boards of places were drawn for the audit");
  drawn->callback([&code] { code = finish("checks drawn", checks_drawn(options)); });

  CLI::App* open = add("open", "Open what was drawn, sealed to the auditor");
  open->add_option("--index", options.index, "The own psi.query, or psi.post of places")
      ->required();
  open->add_option("--to", options.to, "The auditor's party")->required();
  open->add_option("--out", options.out, "The file")->required();
  open->footer(
      "Only the auditor's node can read it. Of a question it holds the plans and the list's\n"
      "secret; of a board of places the drawn entries alone, with the places that they are of.");
  open->callback([&code] { code = finish("checks open", checks_open(options)); });

  CLI::App* audit = add("audit", "Whether what was opened is that of its plans or places");
  audit->add_option("FILE", options.file, "What was opened for this party")->required();
  audit->footer("Exit code 0: it is; 1: a fault is found, or the file cannot be read.");
  audit->callback([&code] {
    const Result<bool> sound = checks_audit(options);
    code = sound ? (*sound ? 0 : 1) : finish("checks audit", fail(sound.error()));
  });
}

}  // namespace detente::app
