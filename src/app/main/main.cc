// SPDX-License-Identifier: Apache-2.0
//
// The command line: the subcommands' options and help.
#include <signal.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "app/demo.h"
#include "app/identity.h"
#include "app/main/commands.h"
#include "app/main/neutral_commands.h"
#include "app/main/utm_commands.h"
#include "app/serve.h"
#include "app/statement_command.h"
#include "app/verify_command.h"
#include "app/watch_command.h"
#include "base/limits.h"

namespace detente::app {

int finish(const char* command, const Status& status) {
  if (status) return 0;
  static_cast<void>(
      std::fprintf(stderr, "detente %s: %s\n", command, status.error().text().c_str()));
  return status.error().code == Errc::usage ? 2 : 1;
}

UtcMs system_now() {
  return UtcMs{std::chrono::duration_cast<std::chrono::milliseconds>(
                   std::chrono::system_clock::now().time_since_epoch())
                   .count()};
}

namespace {

constexpr const char* kVersion = "0.1.0";

// The folder of this program, to find what stands beside it.
std::string program_folder() {
  std::error_code ec;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", ec);
  return ec ? "." : self.parent_path().string();
}

// The first of these that exists; the last one if none does.
std::string first_existing(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    if (std::filesystem::exists(path)) return path;
  }
  return paths.back();
}

void add_init(CLI::App& app, int& code) {
  static InitOptions options;
  static std::string officers;
  CLI::App* command = app.add_subcommand("init", "Create a party's keys, tokens and card");
  command->add_option("--data", options.data, "The node's folder; created if absent")->required();
  CLI::Option* after = command->add_option(
      "--after", options.after, "Folder of the party's last epoch, whose log this one follows");
  command->add_option("--party", options.party, "The party's id in the agreement")->excludes(after);
  command->add_option("--domain", options.domain, "Domain in the log's name")
      ->capture_default_str();
  command->add_option("--officers", officers,
                      "NAME:ROLE[+ROLE],... Roles: duty_officer, registrar, "
                      "disclosure_officer, monitor, signatory. Without it two duty officers, or "
                      "those of the last epoch with new keys");
  command->add_option("--root-key", options.root_key, "With --after: where the root key lies")
      ->needs(after);
  command
      ->add_option("--head", options.head,
                   "With --after: a checkpoint of the old log that another party holds")
      ->needs(after);
  command->footer(
      "Writes card.json, which the other parties need to bind the agreement.\n"
      "Example: detente init --data ./north --party north\n"
      "         detente init --data ./north-2 --after ./north");
  command->callback([&code] {
    if (officers.empty() && options.after.empty()) {
      officers = "duty-1:duty_officer,duty-2:duty_officer";
    }
    Result<std::vector<OfficerSpec>> parsed = parse_officers(officers);
    if (!parsed) {
      code = finish("init", fail(parsed.error()));
      return;
    }
    options.officers = std::move(*parsed);
    code = finish("init", init_folder(options));
    if (code == 0) std::printf("created %s/card.json\n", options.data.c_str());
  });
}

// Reads every text into `out`; false with the exit code if one is not understood.
template <class T>
bool parse_each(const std::vector<std::string>& texts, Result<T> (*parse)(const std::string&),
                std::vector<T>& out, int& code) {
  for (const std::string& text : texts) {
    Result<T> one = parse(text);
    if (!one) {
      code = finish("serve", fail(one.error()));
      return false;
    }
    out.push_back(std::move(*one));
  }
  return true;
}

void add_serve(CLI::App& app, int& code) {
  static ServeOptions options;
  static NeutralFlags neutral;
  static std::vector<std::string> peers;
  static std::vector<std::string> links;
  static std::vector<std::string> witnesses;
  static std::vector<std::string> sirens;
  static std::string role = "none";
  CLI::App* command =
      app.add_subcommand("serve", "Run a node, a witness or a mirror on its folder");
  add_neutral_options(*command, neutral);
  command->add_option("--data", options.data, "The node's folder")->required();
  command->add_option("--address", options.address, "Where the desk listens")
      ->capture_default_str();
  command->add_option("--port", options.port, "Port of the desk: page and API; 0: any free one")
      ->capture_default_str();
  command->add_option("--peer-address", options.peer_address, "Where the peer side listens (TLS)")
      ->capture_default_str();
  command->add_option("--peer-port", options.peer_port, "Port of the peer side; 0: any free one")
      ->capture_default_str();
  command->add_option("--peer", peers, "PARTY=HOST:PORT of another party's peer side; repeat");
  command->add_option("--witness", witnesses,
                      "NAME=http://HOST:PORT/PREFIX of a foreign witness of the agreement; repeat");
  command->add_option("--siren", sirens,
                      "[STEP=]http://HOST:PORT/PATH that is told of alarms nobody acknowledges, "
                      "from that step of the escalation list on; repeat");
  command->add_option("--page", options.page, "Folder of the page");
  command->add_option("--public-role", role, "Role of a caller without a token: none or reader")
      ->check(CLI::IsMember({"none", "reader"}))
      ->capture_default_str();
  command->add_option("--link", links, "NAME=URL shown on the page; repeat");
  command->add_option("--sbs", options.sbs, "HOST:PORT of an SBS feed to watch");
  CLI::Option* utm = add_utm_side(*command, options.utm);
  command->add_flag("--driven", options.driven,
                    "Take the time from POST /control/clock (for demonstrations)");
  command->footer(
      "Prints one line \"ready URL\" and runs until Ctrl-C. Log lines go to stderr.\n"
      "A neutral node prints its verifier keys first.\n"
      "Example: detente serve --role witness --data ./un1 --name un1.example --logs logs.txt");
  command->callback([&code, utm] {
    options.utm.enabled = utm->count() > 0;
    if (neutral.role != "node") {
      code = serve_neutral_role(neutral, options);
      return;
    }
    options.public_role = role == "reader" ? node::Role::reader : node::Role::none;
    const bool read = parse_each(peers, parse_peer, options.peers, code) &&
                      parse_each(witnesses, parse_witness, options.witnesses, code) &&
                      parse_each(sirens, parse_siren, options.sirens, code);
    if (!read) return;
    if (options.sirens.size() > limits::kSirens) {
      code = finish("serve", fail(Errc::usage, "a node has at most 32 sirens"));
      return;
    }
    for (const std::string& text : links) {
      const std::size_t equals = text.find('=');
      if (equals == std::string::npos) {
        code = finish("serve", fail(Errc::usage, "a link is NAME=URL", text));
        return;
      }
      options.links.push_back({text.substr(0, equals), text.substr(equals + 1)});
    }
    code = serve(options);
  });
}

void add_demo(CLI::App& app, int& code) {
  static DemoOptions options;
  const std::string here = program_folder();
  options.program = here + "/detente";
  options.verifier = here + "/detente-verify";
  options.agreement =
      first_existing({here + "/../share/detente/examples/north-west-syria/agreement.json",
                      "examples/north-west-syria/agreement.json"});
  options.web = first_existing({here + "/../share/detente/web", "web/dist"});
  CLI::App* command =
      app.add_subcommand("demo", "Two parties and a monitor play a day on this machine");
  command->add_option("--data", options.data, "Where the four nodes live")->capture_default_str();
  command->add_option("--port", options.port, "North's page; the others follow")
      ->capture_default_str();
  command->add_option("--seed", options.seed, "Of the scenario")->capture_default_str();
  command->add_option("--speed", options.speed, "Times real time")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--agreement", options.agreement, "The agreement's template")
      ->capture_default_str();
  command->add_option("--page", options.web, "Folder of the page")->capture_default_str();
  command->add_flag("--once", options.once,
                    "As fast as it can; then a summary, a verification, the end");
  command->add_flag("--json", options.json, "The summary as JSON");
  command->callback([&code] { code = demo(options); });
}

void add_watch(CLI::App& app, int& code) {
  static WatchOptions options;
  CLI::App* command =
      app.add_subcommand("watch", "Watch a feed against an agreement, without a node");
  command->add_option("--agreement", options.agreement, "The agreement (JSON)")->required();
  command
      ->add_option("--feed", options.feed,
                   "sbs://HOST:PORT, sbs:FILE, json:FILE or json:http://HOST:PORT/PATH")
      ->required();
  command->add_option("--activities", options.activities, "Active activities (GeoJSON)");
  command->add_option("--speed", options.speed, "The feed runs this many times faster than it was")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option(
      "--start", options.start,
      "RFC 3339: the true time of the feed's first line; absent: the feed's own times");
  command->add_option("--out", options.out, "Findings as JSON lines; -: standard output")
      ->capture_default_str();
  command
      ->add_option("--idle", options.idle_s, "End after this many seconds without input; 0: never")
      ->capture_default_str();
  command->add_flag("--json", options.json, "The closing summary as JSON");
  command->add_flag("--quiet", options.quiet, "No progress");
  command->callback([&code] { code = watch_command(options); });
}

void add_statement(CLI::App& app, int& code) {
  static StatementOptions options;
  static std::uint64_t index = 0;
  CLI::App* statement = app.add_subcommand("statement", "Read the statements in a node's folder");
  statement->require_subcommand(1);
  const auto common = [](CLI::App* command) {
    command->add_option("--data", options.data, "The node's folder")->required();
    command->add_option("--party", options.party, "Whose log; absent: the folder's own");
    command->add_flag("--json", options.json,
                      "JSON: one object a line, or the entry's exact bytes");
  };
  CLI::App* list = statement->add_subcommand("list", "List statements");
  common(list);
  list->add_option("--type", options.type, "Only this type, e.g. activity.propose");
  list->add_option("--from", options.from, "First index")->capture_default_str();
  list->add_option("--count", options.count, "How many")->capture_default_str();
  list->callback([&code] { code = statement_list(options); });
  CLI::App* show = statement->add_subcommand("show", "Show one statement whole");
  common(show);
  show->add_option("INDEX", index, "Its place in the log")->required();
  show->callback([&code] {
    options.index = index;
    code = statement_show(options);
  });
}

void add_verify(CLI::App& app, int& code) {
  static VerifyOptions options;
  CLI::App* command =
      app.add_subcommand("verify", "Verify a node's folder: every byte of every log");
  command->add_option("DIR", options.folder, "The node's folder, or with --origin a bare log")
      ->required();
  command->add_option("--agreement", options.agreement, "A copy of the agreement that you trust");
  command->add_option("--origin", options.origin, "DIR is one bare log of this origin");
  command->add_flag("--json", options.json, "JSON");
  command->footer(
      "Exit code 0: all is well; 1: a fault, with the place; 2: usage.\n"
      "The separate program detente-verify does the same with less code around it.");
  command->callback([&code] { code = verify_command(options); });
}

int run(int argc, char** argv) {
  static_cast<void>(signal(SIGPIPE, SIG_IGN));
  CLI::App app{
      "detente: a shared sky, a record neither side can forge, and consent that silence "
      "never gives",
      "detente"};
  app.set_version_flag("--version", kVersion);
  app.require_subcommand(1);
  app.footer("Start with: detente demo\nEvery command has its own --help.");
  int code = 0;
  add_init(app, code);
  add_agreement(app, code);
  add_serve(app, code);
  add_demo(app, code);
  add_watch(app, code);
  add_statement(app, code);
  add_verify(app, code);
  add_check(app, code);
  add_content(app, code);
  add_keys(app, code);
  add_checks(app, code);
  add_sites(app, code);
  add_evidence(app, code);
  add_extract(app, code);
  add_courier(app, code);
  add_utm(app, code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int shown = app.exit(error);
    return shown == 0 ? 0 : 2;
  }
  return code;
}

}  // namespace
}  // namespace detente::app

int main(int argc, char** argv) {
  return detente::app::run(argc, argv);
}
