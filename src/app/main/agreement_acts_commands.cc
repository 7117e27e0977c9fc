// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>

#include "app/agreement_acts.h"
#include "app/main/commands.h"

namespace detente::app {
namespace {

void with_signatories(CLI::App* command, SignatoryOptions& options, bool reason) {
  command->add_option("--data", options.data, "The node's folder")->required();
  command
      ->add_option("--officer", options.officers,
                   "Who signs: a signatory's name in the folder, or KEYID=FILE; repeat")
      ->required();
  if (reason) {
    command->add_option("--reason", options.reason, "Why, for the record")->required();
  }
  CLI::Option* out =
      command->add_option("--out", options.deliver.out, "File for the signed envelope");
  command->add_option("--url", options.deliver.url, "Log it at this desk, http://HOST:PORT")
      ->excludes(out);
  command->add_option("--token-file", options.deliver.token_file,
                      "An officer's token at that desk, or the node's tokens.json");
}

void add_amend(CLI::App& agreement, int& code) {
  static SignatoryOptions options;
  static std::string document;
  static std::string effective;
  CLI::App* command =
      agreement.add_subcommand("amend", "Sign an amended agreement (two signatories)");
  command->add_option("DOCUMENT", document, "The whole agreement as amended, with the same keys")
      ->required();
  command->add_option("--effective", effective, "RFC 3339: from when it holds")->required();
  with_signatories(command, options, true);
  command->footer(
      "It holds when every party has signed the same words. With --url the text is brought to the\n"
      "desk, from where the other parties' nodes fetch it.");
  command->callback(
      [&code] { code = finish("agreement amend", agreement_amend(options, document, effective)); });
}

void add_state(CLI::App& agreement, int& code, const char* name, const char* state,
               const char* text) {
  struct Flags {
    SignatoryOptions options;
    std::string function;
  };
  auto flags = std::make_shared<Flags>();
  CLI::App* command = agreement.add_subcommand(name, text);
  command->add_option("--function", flags->function,
                      "Only this function: air_activities, protection, private_checks, watch or "
                      "exchange; absent: the whole agreement");
  with_signatories(command, flags->options, true);
  command->footer("STOP, warnings and safety of flight work in every state.");
  command->callback([&code, flags, name, state] {
    code = finish((std::string("agreement ") + name).c_str(),
                  agreement_state(flags->options, flags->function, state));
  });
}

void add_stage(CLI::App& agreement, int& code) {
  static SignatoryOptions begin_options;
  static SignatoryOptions reset_options;
  static std::string stage;
  static std::string version;
  static std::string clause;
  static std::vector<std::string> evidence;
  CLI::App* begin = agreement.add_subcommand("begin", "Sign that a stage begins");
  begin->add_option("STAGE", stage, "The stage's id")->required();
  begin->add_option("--version", version, "File of the version in force; absent: the first");
  with_signatories(begin, begin_options, false);
  begin->footer("It begins when every party has signed and its conditions hold on the record.");
  begin->callback([&code] {
    code = finish("agreement begin", agreement_begin_stage(begin_options, stage, version));
  });
  CLI::App* reset = agreement.add_subcommand("reset", "Send the course back, with the evidence");
  reset->add_option("STAGE", stage, "The stage that has begun")->required();
  reset->add_option("--clause", clause, "The clause that says so")->required();
  reset->add_option("--evidence", evidence, "PARTY:INDEX of an entry that shows it; repeat")
      ->required();
  with_signatories(reset, reset_options, true);
  reset->callback([&code] {
    code = finish("agreement reset", agreement_reset_stage(reset_options, stage, clause, evidence));
  });
}

}  // namespace

void add_agreement_acts(CLI::App& agreement, int& code) {
  add_amend(agreement, code);
  add_state(agreement, code, "suspend", "suspended", "Suspend it, or one function (at once)");
  add_state(agreement, code, "resume", "in_force", "Lift this party's own suspension");
  add_state(agreement, code, "withdraw", "withdrawn", "Withdraw from it, or from one function");
  add_stage(agreement, code);
}

}  // namespace detente::app
