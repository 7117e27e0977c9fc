// SPDX-License-Identifier: Apache-2.0
//
// `detente agreement`: options and help.
#include <CLI/CLI.hpp>

#include "app/agreement_command.h"
#include "app/identity.h"
#include "app/main/commands.h"

namespace detente::app {
namespace {

constexpr const char* kCodes = "Exit code 0: %s; 1: %s; 2: it could not be asked.";

std::string exit_codes(const std::string& yes, const std::string& no) {
  std::string out = kCodes;
  out.replace(out.find("%s"), 2, yes);
  return out.replace(out.find("%s"), 2, no);
}

void add_reading(CLI::App* agreement, int& code) {
  static std::string path;
  static std::string language = "en";
  static bool json = false;
  CLI::App* check = agreement->add_subcommand(
      "check", "Check an agreement, explain it in words, and warn of what is probably not meant");
  check->add_option("FILE", path, "The agreement (JSON)")->required();
  check->add_option("--language", language, "Language of the texts")->capture_default_str();
  check->add_flag("--json", json, "A short JSON object in place of the text");
  check->footer("Exit code 0: it is an agreement; 1: it is refused, with the place.");
  check->callback([&code] { code = agreement_check(path, language, json); });

  CLI::App* explain = agreement->add_subcommand("explain", "An agreement in plain words");
  explain->add_option("FILE", path, "The agreement (JSON)")->required();
  explain->add_option("--language", language, "Language of the texts: en, ru, ar, ...")
      ->capture_default_str();
  explain->callback([&code] { code = agreement_explain(path, language); });
}

void add_ask(CLI::App* agreement, int& code) {
  static AskOptions options;
  CLI::App* command =
      agreement->add_subcommand("ask", "May this operator fly this plan? With every clause");
  command->add_option("FILE", options.agreement, "The agreement (JSON)")->required();
  command->add_option("--who", options.who, "The operator; absent: unidentified");
  command->add_option("--purpose", options.purpose, "E.g. patrol; absent: none declared");
  CLI::Option* unmanned = command->add_flag("--unmanned", options.unmanned, "It is unmanned");
  command->add_flag("--manned", options.manned, "It is manned; neither flag: not known")
      ->excludes(unmanned);
  command->add_flag("--active", options.active, "It belongs to an active activity");
  CLI::Option* stage = command->add_option(
      "--stage", options.stage, "The stage that has begun; \"\": none yet; absent: not known");
  command->add_option("--area", options.areas, "In the whole of this area; repeat");
  command->add_option("--at", options.at, "LAT,LNG in degrees");
  command->add_option("--radius", options.radius_m, "Metres around --at")->capture_default_str();
  command->add_option("--altitude", options.altitude,
                      "Metres, M or LOW:HIGH; absent: every height");
  command->add_option("--reference", options.reference, "Of the altitude: MSL, STD or WGS84")
      ->capture_default_str();
  command->add_option("--time", options.time,
                      "RFC 3339, START or START/END; absent: as long as the agreement");
  command->add_option("--language", options.language, "Language of the clauses")
      ->capture_default_str();
  command->add_flag("--json", options.json, "JSON");
  command->footer(
      "What is not said is not known, and makes the answer stricter.\n"
      "Example: detente agreement ask agreement.json --who third-air --purpose patrol \\\n"
      "           --active --manned --at 35.93,36.63 --altitude 3000 \\\n"
      "           --time 2016-07-15T06:00:00Z\n" +
      exit_codes("permitted", "not permitted"));
  command->callback([&code, stage] {
    options.stage_given = stage->count() > 0;
    code = agreement_ask(options);
  });
}

void add_comparing(CLI::App* agreement, int& code) {
  static std::string first;
  static std::string second;
  static bool json = false;
  CLI::App* diff = agreement->add_subcommand(
      "diff", "What an amendment changes, in words: stricter, looser, neither or undecided");
  diff->add_option("BEFORE", first, "An agreement (JSON)")->required();
  diff->add_option("AFTER", second, "Its later version (JSON)")->required();
  diff->add_flag("--json", json, "JSON");
  diff->footer(exit_codes("the two mean the same", "they differ"));
  diff->callback([&code] { code = agreement_diff(first, second, json); });

  CLI::App* test =
      agreement->add_subcommand("test", "Ask an agreement a file of questions with their answers");
  test->add_option("AGREEMENT", first, "The agreement (JSON)")->required();
  test->add_option("ANSWERS", second, "Questions and expected answers (JSON)")->required();
  test->add_flag("--json", json, "JSON");
  test->footer(exit_codes("every answer is as expected", "one is not"));
  test->callback([&code] { code = agreement_test(first, second, json); });

  CLI::App* package = agreement->add_subcommand("package", "The papers that an agreement binds");
  package->require_subcommand(1);
  CLI::App* check = package->add_subcommand("check", "Is a folder of papers whole?");
  check->add_option("FILE", first, "The agreement (JSON)")->required();
  check->add_option("--folder", second, "Files NAME.LANGUAGE.EXTENSION, and NAME.LANGUAGE.salt")
      ->required();
  check->add_flag("--json", json, "JSON");
  check->footer("A file \"annex-1.en.pdf\" is the English paper \"annex 1\".\n" +
                exit_codes("whole", "partial or altered"));
  check->callback([&code] { code = agreement_package(first, second, json); });
}

void add_annexes(CLI::App* agreement, int& code) {
  static AnnexOptions options;
  CLI::App* commit = agreement->add_subcommand(
      "commit-annex", "Commit to a secret annex without showing it; prints its member");
  commit->add_option("FILE", options.file, "The annex")->required();
  commit->add_option("--name", options.name, "Its name in the agreement")->required();
  commit->add_option("--language", options.language, "Its language")->capture_default_str();
  commit->add_option("--salt", options.salt, "New file for the salt (mode 0600)")->required();
  commit->footer(
      "Both parties keep annex and salt. Whoever lacks either can never open it.\n"
      "Exit code 0, or 2.");
  commit->callback([&code] { code = agreement_commit_annex(options); });

  CLI::App* open = agreement->add_subcommand(
      "open-annex", "Does this text open the commitment? Prints the body of agreement.open");
  open->add_option("AGREEMENT", options.agreement, "The agreement (JSON)")->required();
  open->add_option("FILE", options.file, "The annex")->required();
  open->add_option("--name", options.name, "Its name in the agreement")->required();
  open->add_option("--language", options.language, "Its language")->capture_default_str();
  open->add_option("--salt", options.salt, "The file with its salt")->required();
  open->footer(exit_codes("it opens it", "it does not"));
  open->callback([&code] { code = agreement_open_annex(options); });
}

void add_signing(CLI::App* agreement, int& code) {
  static std::string path;
  static std::vector<std::string> cards;
  static std::string out;
  CLI::App* bind = agreement->add_subcommand("bind", "Put the parties' keys into a template");
  bind->add_option("TEMPLATE", path, "The agreement without keys")->required();
  bind->add_option("--card", cards, "A party's card.json; once for each party")->required();
  bind->add_option("--out", out, "Where the agreement to be signed is written")->required();
  bind->callback([&code] {
    const Result<std::string> bound = bind_agreement(path, cards);
    code = finish("agreement bind", bound ? write_text_file(out, *bound) : fail(bound.error()));
  });

  static std::string data;
  static std::string time;
  CLI::App* sign = agreement->add_subcommand("sign", "Sign the agreement and open the party's log");
  sign->add_option("--data", data, "The node's folder")->required();
  sign->add_option("--agreement", path, "The agreement with every party's keys")->required();
  sign->add_option("--time", time, "RFC 3339; the time now if absent (for demonstrations)");
  sign->callback([&code] {
    const Result<UtcMs> now = time.empty() ? Result<UtcMs>(system_now()) : parse_rfc3339(time);
    code = finish("agreement sign", now ? sign_agreement(data, path, *now) : fail(now.error()));
  });
}

}  // namespace

void add_agreement(CLI::App& app, int& code) {
  CLI::App* agreement =
      app.add_subcommand("agreement", "Check, ask, compare, test, bind and sign an agreement");
  agreement->require_subcommand(1);
  add_reading(agreement, code);
  add_ask(agreement, code);
  add_comparing(agreement, code);
  add_annexes(agreement, code);
  add_signing(agreement, code);
  add_agreement_acts(*agreement, code);
}

}  // namespace detente::app
