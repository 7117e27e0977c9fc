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
  static SiteCopyOptions copy;
  CLI::App* made =
      sites->add_subcommand("copy", "Make a copy of the node's list for one recipient");
  made->add_option("--to", copy.to, "The party that it is for")->required();
  made->add_option("--coarse-m", copy.coarse_m, "How coarse its places are, metres; 1000 to 100000")
      ->required();
  made->add_option("--category", copy.categories, "Only these; may be given again");
  made->add_option("--url", copy.desk.url, "The desk of the owner's node, http://HOST:PORT")
      ->required();
  made->add_option("--token-file", copy.desk.token_file,
                   "A registrar's bearer token, or the node's tokens.json")
      ->required();
  made->add_option("--officer", copy.officer, "Whose token of tokens.json: PARTY/NAME");
  made->footer(
      "Every place is a circle that contains it; names, addresses and contacts are left out. The\n"
      "copy is sealed, its commitment is logged, and the recipient's node gets it by itself.\n"
      "Example: detente sites copy --to north --coarse-m 5000 --url http://127.0.0.1:8080 \\\n"
      "           --token-file ./relief/tokens.json --officer relief/registrar-1");
  made->callback([&code] { code = finish("sites copy", sites_copy(copy)); });
}

}  // namespace detente::app
