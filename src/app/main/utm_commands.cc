// SPDX-License-Identifier: Apache-2.0
#include "app/main/utm_commands.h"

#include <CLI/CLI.hpp>

#include "app/utm_command.h"

namespace detente::app {

void add_utm_options(CLI::App& command, UtmOptions& options) {
  command.add_option("--jwt-key", options.jwt_keys,
                     "PEM file of a key whose tokens are trusted; KID=FILE names it; repeat");
  command.add_option("--audience", options.audiences,
                     "Host name that tokens must be issued for; repeat");
  command.add_option("--utm-url", options.base_url,
                     "Where other services reach this node: base URL of what it shows");
  command
      .add_option_function<std::vector<std::string>>(
          "--utm-notify",
          [&options](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) {
              Result<UtmListener> read = parse_utm_listener(text);
              if (!read) throw CLI::ValidationError("--utm-notify", read.error().text());
              options.listeners.push_back(std::move(*read));
            }
          },
          "A subscriber to tell of what is shown: BASE_URL=HOST:PORT,TOKEN_FILE; repeat")
      ->allow_extra_args(false);
  wire::f3548::Limits& limits = options.desk.limits;
  utm::Rules& rules = options.desk.rules;
  command.add_option("--intent-km2", limits.intent_km2, "Largest area of an operational intent")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command.add_option("--constraint-km2", limits.constraint_km2, "Largest area of a constraint")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command.add_option("--search-km2", limits.search_km2, "Largest area of a search or subscription")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command.add_option("--results", rules.results, "Most that one search may find")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command
      .add_option("--requests-per-s", options.desk.requests_per_s,
                  "Most requests of one USS in a second; 0: no limit")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
}

CLI::Option* add_utm_side(CLI::App& command, UtmOptions& options) {
  add_utm_options(command, options);
  command.add_option("--utm-address", options.address, "Where the UTM interface listens")
      ->capture_default_str();
  return command.add_option("--utm-port", options.port,
                            "Port of the UTM interface; 0: any free one; absent: off");
}

void add_utm(CLI::App& app, int& code) {
  static UtmServeOptions options;
  static bool dev = false;
  CLI::App* utm = app.add_subcommand("utm", "The interface for drone operators' services");
  utm->require_subcommand(1);
  CLI::App* serve = utm->add_subcommand("serve", "A fresh node with its UTM interface, to try");
  serve->add_flag("--dev", dev, "Plain HTTP on loopback, one node without others")->required();
  serve->add_option("--port", options.utm.port, "0: any free one")->capture_default_str();
  serve->add_option("--data", options.data,
                    "Folder that is kept and opened again; absent: a new one, removed at the end");
  add_utm_options(*serve, options.utm);
  serve->footer(
      "Prints \"ready http://HOST:PORT\" when it answers; ends with Ctrl-C.\n"
      "For a node of an agreement: detente serve --utm-port ...\n"
      "Example: detente utm serve --dev --port 8082 --jwt-key auth.pem --audience localhost");
  serve->callback([&code] { code = utm_serve(options); });
}

}  // namespace detente::app
