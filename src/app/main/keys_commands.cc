// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>

#include "app/deliver.h"
#include "app/key_command.h"
#include "app/main/commands.h"

namespace detente::app {
namespace {

void with_delivery(CLI::App* command, DeliverOptions& deliver) {
  CLI::Option* out = command->add_option("--out", deliver.out, "File for the signed envelope");
  command->add_option("--url", deliver.url, "Log it at this desk, http://HOST:PORT")->excludes(out);
  command->add_option("--token-file", deliver.token_file,
                      "An officer's token at that desk, or the node's tokens.json");
}

void with_root(CLI::App* command, RootOptions& options) {
  command->add_option("--data", options.data, "The node's folder");
  command->add_option("--agreement", options.agreement,
                      "The signed agreement, where the folder is not at hand");
  command->add_option("--party", options.party, "The party, where the folder is not at hand");
  command->add_option("--root-key", options.root_key, "The root key; absent: DATA/keys/root.key");
  with_delivery(command, options.deliver);
}

void add_key_new(CLI::App* key, int& code) {
  static std::string out;
  static bool json = false;
  CLI::App* command = key->add_subcommand("new", "Make an officer's key");
  command->add_option("--out", out, "File for the secret key, mode 0600")->required();
  command->add_flag("--json", json, "JSON");
  command->footer(
      "Made on the officer's own machine, the secret never leaves it; the root key's holder\n"
      "needs the public key only.");
  command->callback([&code] { code = finish("key new", key_new(out, json)); });
}

void add_key_add(CLI::App* key, int& code) {
  static KeyAddOptions options;
  CLI::App* command = key->add_subcommand("add", "Delegate a key to an officer (root key)");
  command->add_option("KEYID", options.keyid, "duty-3 or north/duty-3; never used before")
      ->required();
  command->add_option("--key", options.key, "The officer's public key, base64")->required();
  command
      ->add_option("--role", options.roles,
                   "duty_officer, registrar, disclosure_officer, monitor or signatory; repeat")
      ->required();
  command->add_option("--name", options.name, "For people; absent: the key's id");
  command->add_option("--days", options.days, "Until it expires; absent: ten years")
      ->check(CLI::Range(1, 36'500));
  with_root(command, options.root);
  command->footer(
      "Example: detente key add duty-3 --key BASE64 --role duty_officer --data ./north \\\n"
      "           --url http://127.0.0.1:8080 --token-file ./north/tokens.json");
  command->callback([&code] { code = finish("key add", key_add(options)); });
}

void add_key_revoke(CLI::App* key, int& code) {
  static RootOptions options;
  static std::string keyid;
  static std::string reason;
  static std::uint64_t last = 0;
  CLI::App* command = key->add_subcommand("revoke", "Revoke an officer's key (root key)");
  command->add_option("KEYID", keyid, "Whose key")->required();
  CLI::Option* last_index = command->add_option(
      "--last-index", last,
      "The last entry that the party stands by; absent: the newest in the folder");
  command->add_option("--reason", reason, "Why, for the record")->required();
  with_root(command, options);
  command->callback([&code, last_index] {
    const bool given = last_index->count() > 0;
    code = finish("key revoke",
                  key_revoke(options, keyid, given ? std::optional(last) : std::nullopt, reason));
  });
}

void add_key_box_and_list(CLI::App* key, int& code) {
  static RootOptions options;
  CLI::App* box =
      key->add_subcommand("box", "Make a new key for sealed copies and publish it (root key)");
  with_root(box, options);
  box->callback([&code] { code = finish("key box", key_box(options)); });

  static std::string data;
  static std::string party;
  static bool json = false;
  CLI::App* list = key->add_subcommand("list", "The officers' keys of a log");
  list->add_option("--data", data, "The node's folder")->required();
  list->add_option("--party", party, "Whose log; absent: the folder's own");
  list->add_flag("--json", json, "One JSON object a line");
  list->callback([&code] { code = finish("key list", key_list(data, party, json)); });
}

void add_log_close(CLI::App& app, int& code) {
  static RootOptions options;
  static std::string reason;
  CLI::App* log = app.add_subcommand("log", "The party's log as a whole");
  log->require_subcommand(1);
  CLI::App* close = log->add_subcommand("close", "End the log for good (root key)");
  close->add_option("--reason", reason, "Why, for the record")->required();
  with_root(close, options);
  close->footer("Nothing can follow. The next epoch: detente init --after FOLDER");
  close->callback([&code] { code = finish("log close", log_close(options, reason)); });
}

void add_statement_post(CLI::App& app, int& code) {
  static DeliverOptions options;
  static std::string file;
  static std::string data;
  static std::string officer;
  CLI::App* statement = app.get_subcommand("statement");
  CLI::App* sign = statement->add_subcommand(
      "sign", "Add one more officer's signature to a signed envelope, after showing what it says");
  sign->add_option("FILE", file, "The envelope (DSSE, JSON)")->required();
  sign->add_option("--officer", officer, "NAME with a key in --data, or KEYID=FILE")->required();
  sign->add_option("--data", data, "The node's folder");
  sign->add_option("--out", options.out, "File for the envelope with both signatures")->required();
  sign->callback(
      [&code] { code = finish("statement sign", sign_file(file, data, officer, options.out)); });
  CLI::App* post = statement->add_subcommand("post", "Log a signed envelope at a node's desk");
  post->add_option("FILE", file, "The envelope (DSSE, JSON)")->required();
  post->add_option("--url", options.url, "The desk, http://HOST:PORT")->required();
  post->add_option("--token-file", options.token_file,
                   "An officer's token at that desk, or the node's tokens.json")
      ->required();
  post->callback([&code] { code = finish("statement post", deliver_file(file, options)); });
}

}  // namespace

void add_keys(CLI::App& app, int& code) {
  CLI::App* key = app.add_subcommand("key", "Officers' keys and the key for sealed copies");
  key->require_subcommand(1);
  add_key_new(key, code);
  add_key_add(key, code);
  add_key_revoke(key, code);
  add_key_box_and_list(key, code);
  add_log_close(app, code);
  add_statement_post(app, code);
}

}  // namespace detente::app
