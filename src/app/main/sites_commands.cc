// SPDX-License-Identifier: Apache-2.0
//
// `detente sites`: options and help.
#include <CLI/CLI.hpp>

#include "app/main/commands.h"
#include "app/sites_command.h"

namespace detente::app {
namespace {

void add_against(CLI::App& command, SitesOptions& options) {
  command.add_option("--agreement", options.agreement, "Check against its areas and places");
  command.add_option("--places", options.places,
                     "A table with name, latitude, longitude: check the place names against it");
  command.add_option("--water", options.water, "GeoJSON or KML with polygons of water");
}

}  // namespace

void add_sites(CLI::App& app, int& code) {
  static SitesOptions options;
  CLI::App* sites = app.add_subcommand("sites", "Lists of protected sites as files");
  sites->require_subcommand(1);
  CLI::App* check = sites->add_subcommand("check", "Say of each row what is doubtful; a dry run");
  check->add_option("FILE", options.file, "CSV, GeoJSON, KML, KMZ or XLSX")->required();
  add_against(*check, options);
  check->add_flag("--all", options.all, "Also the rows with nothing to say");
  check->add_flag("--json", options.json, "JSON");
  check->footer(
      "Nothing is changed. What could not be checked is said, and is no pass.\n"
      "Example: detente sites check clinics.xlsx --agreement agreement.json\n"
      "Exit code 0: no fault; 1: a row has a fault, or the file cannot be read; 2: usage.");
  check->callback([&code] { code = sites_check(options); });
  CLI::App* convert = sites->add_subcommand("convert", "Write a list in another format");
  convert->add_option("IN", options.file, "CSV, GeoJSON, KML, KMZ or XLSX")->required();
  convert->add_option("OUT", options.to, "A file that does not exist; its name says the format")
      ->required();
  convert->footer(
      "One row with a fault, and nothing is written. Every file carries the sentences that a list\n"
      "of sites needs. The file can be read by its owner alone (mode 0600).\n"
      "Example: detente sites convert clinics.xlsx clinics.geojson");
  convert->callback([&code] { code = finish("sites convert", sites_convert(options)); });
}

}  // namespace detente::app
