// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>

#include "app/courier_command.h"
#include "app/main/commands.h"

namespace detente::app {

void add_courier(CLI::App& app, int& code) {
  CLI::App* courier =
      app.add_subcommand("courier", "Carry the record by files where there is no network");
  courier->require_subcommand(1);
  static bool json = false;

  static CourierExport exported;
  CLI::App* out = courier->add_subcommand("export", "Write a file for another party's node");
  out->add_option("--data", exported.data, "The node's folder; it may be running")->required();
  out->add_option("--to", exported.to, "The party that it is for")->required();
  out->add_option("--out", exported.out, "The file (zip)")->required();
  out->add_option("--since", exported.since,
                  "Leave out full bundles of entries below this one; the receiver has them");
  out->add_flag("--mirrors", exported.mirrors,
                "With the whole copies of the other parties' logs, the receiver's included");
  out->add_flag("--json", json, "JSON");
  out->footer("Example: detente courier export --data ./north --to south --out /media/stick/n.zip");
  out->callback([&code] {
    exported.now = system_now();
    code = finish("courier export", courier_export(exported, json));
  });

  static CourierImport imported;
  CLI::App* in = courier->add_subcommand("import", "Take in files of other parties");
  in->add_option("--data", imported.data, "The node's folder")->required();
  in->add_option("FILES", imported.files, "Courier files, of all parties at once")->required();
  in->add_option("--answer", imported.answer, "Write the answers into this folder: <party>.zip");
  in->add_flag("--json", imported.json, "JSON");
  in->footer(
      "Every byte is verified before anything is used. A file may come twice, late, or after a "
      "newer one.\nExample: detente courier import --data ./south /media/stick/*.zip --answer "
      "/media/stick/back");
  static std::string file;
  static std::string agreement;
  CLI::App* verify = courier->add_subcommand("verify", "Verify a file and every log in it");
  verify->add_option("FILE", file, "The courier file")->required();
  verify->add_option("--agreement", agreement, "A copy of the agreement that you trust")
      ->required();
  verify->add_flag("--json", json, "JSON");
  verify->footer("A file of --since holds a part of a log, and is no whole log to verify.");
  verify->callback(
      [&code] { code = finish("courier verify", courier_verify(file, agreement, json)); });

  in->callback([&code] { code = finish("courier import", courier_import(imported)); });
}

}  // namespace detente::app
