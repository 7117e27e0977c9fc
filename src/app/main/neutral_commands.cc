// SPDX-License-Identifier: Apache-2.0
#include "app/main/neutral_commands.h"

#include <CLI/CLI.hpp>
#include <chrono>

#include "app/identity.h"
#include "app/main/commands.h"

namespace detente::app {

void add_neutral_options(CLI::App& command, NeutralFlags& flags) {
  command
      .add_option("--role", flags.role,
                  "node: a party's node; witness or mirror: a neutral node, with --name and --logs")
      ->check(CLI::IsMember({"node", "witness", "mirror"}))
      ->capture_default_str();
  command.add_option("--name", flags.options.name,
                     "Neutral node: its keys are NAME/witness and NAME/mirror");
  command.add_option("--logs", flags.options.logs,
                     "Neutral node: file of lines \"log VKEY [URL]\"; a mirror copies those with "
                     "an http:// address");
  command.add_option("--poll", flags.poll_s, "Mirror: seconds between two looks at each log")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  command.add_option("--token", flags.tokens,
                     "Mirror: ORIGIN=FILE with the bearer token that the log's server asks for");
}

int serve_neutral_role(NeutralFlags& flags, const ServeOptions& shared) {
  NeutralOptions& options = flags.options;
  options.mirror = flags.role == "mirror";
  options.data = shared.data;
  options.address = shared.address;
  options.port = shared.port;
  options.poll = std::chrono::seconds(flags.poll_s);
  if (options.name.empty() || options.logs.empty()) {
    return finish("serve", fail(Errc::usage, "a neutral node needs --name and --logs"));
  }
  for (const std::string& text : flags.tokens) {
    const std::size_t equals = text.rfind('=');
    if (equals == std::string::npos) {
      return finish("serve", fail(Errc::usage, "--token is ORIGIN=FILE", text));
    }
    Result<std::string> token = read_text_file(text.substr(equals + 1), 4096);
    if (!token) return finish("serve", fail(token.error()));
    while (token->ends_with('\n')) token->pop_back();
    options.tokens[text.substr(0, equals)] = std::move(*token);
  }
  return serve_neutral(options);
}

}  // namespace detente::app
