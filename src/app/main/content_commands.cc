// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>

#include "app/content_command.h"
#include "app/main/commands.h"

namespace detente::app {
namespace {

void with_data(CLI::App* command, ContentOptions& options) {
  command->add_option("--data", options.data, "The node's folder")->required();
}

void with_commit(CLI::App* command, ContentOptions& options) {
  command
      ->add_option("--commit", options.commit,
                   "The content.commit: INDEX in the own log, or PARTY:INDEX")
      ->required();
}

void with_signing(CLI::App* command, ContentOptions& options) {
  command->add_option("--officer", options.officers,
                      "Who signs: NAME with a key in the folder, or KEYID=FILE; repeat");
  CLI::Option* out =
      command->add_option("--out", options.deliver.out, "File for the signed envelope");
  command->add_option("--url", options.deliver.url, "Log it at this desk, http://HOST:PORT")
      ->excludes(out);
  command->add_option("--token-file", options.deliver.token_file,
                      "An officer's token at that desk, or the node's tokens.json");
}

void add_commit(CLI::App* content, int& code) {
  static CommitOptions options;
  CLI::App* command = content->add_subcommand(
      "commit", "Commit to content without showing it, and seal it for its recipients");
  with_data(command, options.common);
  command->add_option("FILE", options.file, "A JSON object of named fields")->required();
  command->add_option("--schema", options.schema, "What the fields mean, e.g. volume4d/v1")
      ->required();
  command->add_option("--to", options.to, "A recipient: a party of the agreement; repeat");
  with_signing(command, options.common);
  command->footer(
      "The content and its key stay in DATA/content, sealed copies in DATA/blobs.\n"
      "Example: detente content commit plan.json --schema volume4d/v1 --to south \\\n"
      "           --data ./north --officer duty-1 --out commit.json");
  command->callback([&code] { code = finish("content commit", content_commit(options)); });
}

void add_seal_and_receipt(CLI::App* content, int& code) {
  static ContentOptions options;
  static std::string to;
  static std::string file;
  CLI::App* seal =
      content->add_subcommand("seal", "Write the sealed copy for a recipient once more");
  with_data(seal, options);
  with_commit(seal, options);
  seal->add_option("--to", to, "The recipient")->required();
  seal->add_option("--out", file, "File for the sealed copy")->required();
  seal->callback([&code] { code = finish("content seal", content_seal(options, to, file)); });

  CLI::App* receipt = content->add_subcommand(
      "receipt", "Open a sealed copy, keep what it holds, and state whether it matches");
  with_data(receipt, options);
  with_commit(receipt, options);
  receipt->add_option("--blob", file, "The sealed copy")->required();
  with_signing(receipt, options);
  receipt->callback([&code] { code = finish("content receipt", content_receipt(options, file)); });
}

void add_open(CLI::App* content, int& code) {
  static OpenOptions options;
  CLI::App* command = content->add_subcommand("open", "Show single fields, with what proves them");
  with_data(command, options.common);
  with_commit(command, options.common);
  command->add_option("--field", options.fields, "A field's name; repeat");
  command->add_flag("--all", options.all, "Every field");
  command->add_flag("--package", options.package,
                    "The whole content with its key: opens everything, at once and for good");
  command->add_option("--opening", options.out, "File for the opening");
  command->add_flag("--statement", options.statement, "On the record: a content.open statement");
  with_signing(command, options.common);
  command->footer(
      "Example: detente content open --data ./north --commit 41 --field from --opening o.json");
  command->callback([&code] { code = finish("content open", content_open(options)); });
}

void add_verify_content(CLI::App* content, int& code) {
  static ContentOptions options;
  static std::string file;
  static std::string copy_of;
  CLI::App* command = content->add_subcommand("verify", "Check an opening or a package");
  command->add_option("FILE", file, "The opening or the package")->required();
  CLI::Option* data = command->add_option("--data", options.data, "A node's folder");
  CLI::Option* commit = command->add_option("--commit", options.commit,
                                            "The content.commit in a log there: PARTY:INDEX");
  data->needs(commit);
  commit->needs(data);
  command->add_option("--copy", copy_of, "Judge whether the sealed copy for this party held FILE")
      ->needs(commit);
  command->add_flag("--json", options.json, "The opened fields as JSON");
  command->footer("Exit code 0: it matches; 1: it does not, or it is malformed.");
  command->callback(
      [&code] { code = finish("content verify", content_verify(options, file, copy_of)); });
}

void add_shred_and_list(CLI::App* content, int& code) {
  static ContentOptions options;
  static std::string reason;
  CLI::App* shred = content->add_subcommand(
      "shred", "State that content is destroyed (two officers), and destroy it");
  with_data(shred, options);
  with_commit(shred, options);
  shred->add_option("--reason", reason, "Why, for the record")->required();
  with_signing(shred, options);
  shred->callback([&code] { code = finish("content shred", content_shred(options, reason)); });

  CLI::App* list =
      content->add_subcommand("list", "Commitments in the logs at hand, and what became of them");
  with_data(list, options);
  list->add_flag("--json", options.json, "One JSON object a line");
  list->callback([&code] { code = finish("content list", content_list(options)); });
}

}  // namespace

void add_content(CLI::App& app, int& code) {
  CLI::App* content =
      app.add_subcommand("content", "Private content: committed, sealed, opened, destroyed");
  content->require_subcommand(1);
  add_commit(content, code);
  add_seal_and_receipt(content, code);
  add_open(content, code);
  add_verify_content(content, code);
  add_shred_and_list(content, code);
}

}  // namespace detente::app
