// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>

#include "app/extract_command.h"
#include "app/main/commands.h"

namespace detente::app {

void add_extract(CLI::App& app, int& code) {
  static ExtractOptions options;
  CLI::App* command = app.add_subcommand(
      "extract", "A few entries of the record in one file that verifies by itself");
  command->add_option("--data", options.data, "The node's folder; it may be running")->required();
  command->add_option("--activity", options.activity, "All about this activity (32 hex digits)");
  command->add_option("--incident", options.incident, "All about this incident report");
  command->add_option("--stop", options.stop, "All about this STOP");
  command->add_option("--case", options.case_id,
                      "What the logs hold about this case of a hit (GET /api/cases gives its id)");
  command->add_option("--party", options.party, "Whose log the entries of --index stand in");
  command->add_option("--index", options.indexes, "Entries by number; more than one is fine");
  command->add_option("--from", options.from, "RFC 3339: what was logged or flown from then on");
  command->add_option("--to", options.to, "RFC 3339: and before this");
  command->add_option("--area", options.area, "Only activities and findings in this area");
  command->add_option("--circle", options.circle,
                      "LAT,LON,RADIUS_KM: only activities and findings in this circle");
  command->add_flag("--with-agreement", options.with_agreement,
                    "Put the agreement in, so that its SHA-256 is all a reader needs");
  command->add_option("--out", options.out, "Where the extract goes; absent: standard output");
  command->add_option("--html", options.html, "Write it as a page, with the extract inside");
  command->add_flag("--text", options.text, "Print in words what the extract proves");
  command->footer(
      "Whoever gets the file checks it with: detente-verify --agreement agreement.json FILE\n"
      "Example: detente extract --data ./north --activity 0f3c... --out case.extract --html "
      "case.html\n"
      "Example: detente extract --data ./north --circle 35.93,36.63,10 "
      "--from 2016-07-15T06:00:00Z --to 2016-07-15T12:00:00Z --text");
  command->callback([&code] {
    options.now = system_now();
    code = finish("extract", extract_command(options));
  });
}

}  // namespace detente::app
