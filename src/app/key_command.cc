// SPDX-License-Identifier: Apache-2.0
#include "app/key_command.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>

#include "app/folder_log.h"
#include "app/identity.h"
#include "app/key_files.h"
#include "app/root_statements.h"
#include "base/limits.h"
#include "record/key_statements.h"

namespace detente::app {
namespace {

UtcMs now() {
  return UtcMs{std::chrono::duration_cast<std::chrono::milliseconds>(
                   std::chrono::system_clock::now().time_since_epoch())
                   .count()};
}

struct RootSigning {
  std::string agreement;  // 64 hex
  record::LogOwner owner;
  record::OfficerSigner root;
};

Result<RootSigning> prepare(const RootOptions& options) {
  DETENTE_CHECK(check_deliver(options.deliver));
  std::string party = options.party;
  std::string path = options.agreement;
  std::string key = options.root_key;
  if (!options.data.empty()) {
    DETENTE_TRY(const NodeFolder node, open_node_folder(options.data));
    if (!party.empty() && party != node.self) {
      return fail(Errc::usage, "the folder is of " + node.self, party);
    }
    party = node.self;
    if (path.empty()) path = options.data + "/agreement.json";
    if (key.empty()) key = options.data + "/keys/root.key";
  }
  if (party.empty() || path.empty() || key.empty()) {
    return fail(Errc::usage, "--data DIR, or --agreement, --party and --root-key");
  }
  DETENTE_TRY(const std::string text, read_text_file(path, limits::kAgreementBytes));
  DETENTE_TRY(const terms::Agreement agreement, terms::Agreement::make(text));
  DETENTE_TRY(record::LogOwner owner, agreement.log_owner(PartyId{party}));
  DETENTE_TRY(crypto::SecretKey secret, load_secret_key(key));
  if (secret.public_key() != owner.root) {
    return fail(Errc::key_malformed, "not the root key that the agreement names", key);
  }
  return RootSigning{agreement.sha256_hex(), std::move(owner), {party + "/root", secret}};
}

Status sign_and_deliver(const RootSigning& signing, const RootOptions& options,
                        const std::string& type, std::string body) {
  const record::StatementDraft draft{StatementId{crypto::random_id(crypto::system_random())},
                                     signing.agreement,
                                     Origin{signing.owner.log.name},
                                     type,
                                     now() + 86'400'000,
                                     {},
                                     std::move(body)};
  return deliver(record::sign_statement(draft, {signing.root}), options.deliver);
}

std::string full_keyid(const std::string& keyid, const std::string& party) {
  return keyid.find('/') == std::string::npos ? party + "/" + keyid : keyid;
}

}  // namespace

Status key_new(const std::string& out, bool json) {
  const crypto::SecretKey key = crypto::SecretKey::generate(crypto::system_random());
  crypto::Seed seed = key.seed();
  std::string text = key_file_text(seed);
  const Status written = write_private_file(out, as_bytes(text), false);
  crypto::wipe(seed);
  crypto::wipe(text);
  DETENTE_CHECK(written);
  const std::string public_key = to_base64(key.public_key());
  if (!json) {
    std::printf("%s\npublic key %s\n", out.c_str(), public_key.c_str());
    return {};
  }
  JsonWriter line;
  line.begin_object().member("file", out).member("key", public_key).end_object();
  std::printf("%s\n", line.text().c_str());
  return {};
}

Status key_add(const KeyAddOptions& options) {
  DETENTE_TRY(const RootSigning signing, prepare(options.root));
  KeyGrant grant;
  grant.keyid = full_keyid(options.keyid, signing.owner.party);
  const Result<Hash> key = hash_from_base64(options.key);
  if (!key) return fail(Errc::key_malformed, "32 bytes in base64", options.key);
  grant.key = *key;
  grant.roles = options.roles;
  grant.name = options.name;
  grant.expires = now() + (options.days > 0 ? options.days : kOfficerKeyDays) * 86'400'000;
  const std::string body = key_add_body(grant);
  // As the log's readers will judge it, but for the keys that the log already knows.
  DETENTE_TRY(const JsonDocument document,
              parse_json(body, {.bytes_max = limits::kStatementPayloadBytes}));
  DETENTE_CHECK(record::read_key_add(document.root(), signing.owner, {}));
  return sign_and_deliver(signing, options.root, "key.add", body);
}

Status key_revoke(const RootOptions& options, const std::string& keyid,
                  std::optional<std::uint64_t> last, const std::string& reason) {
  DETENTE_TRY(const RootSigning signing, prepare(options));
  if (!last) {
    // The newest entry that is known here: the revocation itself cannot have a lower index.
    if (options.data.empty()) return fail(Errc::usage, "--last-index is needed without --data");
    DETENTE_TRY(const NodeFolder node, open_node_folder(options.data));
    DETENTE_TRY(const FolderLog log, open_folder_log(node, ""));
    last = log.checkpoint.size.value - 1;
  }
  return sign_and_deliver(
      signing, options, "key.revoke",
      key_revoke_body(full_keyid(keyid, signing.owner.party), LeafIndex{*last}, reason));
}

Status key_box(const RootOptions& options) {
  if (options.data.empty()) return fail(Errc::usage, "the new key is kept in --data DIR");
  DETENTE_TRY(const RootSigning signing, prepare(options));
  const std::string current = options.data + "/keys/box.key";
  std::error_code ec;
  if (std::filesystem::exists(current, ec)) {
    DETENTE_TRY(const crypto::BoxKey old, load_box_key(current));
    const std::string id = to_hex(ByteView(old.public_key()).first(4));
    std::string text = key_file_text(old.secret().bytes());
    const Status kept =
        write_private_file(options.data + "/keys/box-" + id + ".key", as_bytes(text), true);
    crypto::wipe(text);
    DETENTE_CHECK(kept);
  }
  const crypto::BoxKey fresh = crypto::BoxKey::generate(crypto::system_random());
  std::string text = key_file_text(fresh.secret().bytes());
  const Status written = write_private_file(current, as_bytes(text), true);
  crypto::wipe(text);
  DETENTE_CHECK(written);
  return sign_and_deliver(signing, options, "key.box", key_box_body(fresh.public_key()));
}

namespace {

void print_key(const record::OfficerKey& key, UtcMs at, bool json) {
  std::string roles;
  for (const std::string& role : key.roles) roles += (roles.empty() ? "" : "+") + role;
  std::string state = "valid";
  if (key.expires < at) state = "expired";
  if (key.last) state = fmt::format("revoked after entry {}", key.last->value);
  if (!json) {
    std::printf("%-24s  %-28s  from entry %llu  until %s  %s\n", key.keyid.c_str(), roles.c_str(),
                static_cast<unsigned long long>(key.from.value),
                format_rfc3339(key.expires).c_str(), state.c_str());
    return;
  }
  JsonWriter out;
  out.begin_object().member("keyid", key.keyid).member("key", to_base64(key.key));
  out.name("roles").begin_array();
  for (const std::string& role : key.roles) out.value(role);
  out.end_array().member("name", key.name).member("from", key.from.value);
  out.member("expires", key.expires);
  if (key.last) out.member("last", key.last->value);
  out.member("state", state).end_object();
  std::printf("%s\n", out.text().c_str());
}

}  // namespace

Status key_list(const std::string& data, const std::string& party, bool json) {
  DETENTE_TRY(const NodeFolder node, open_node_folder(data));
  DETENTE_TRY(const FolderLog log, open_folder_log(node, party));
  std::map<std::string, record::OfficerKey> officers;
  std::vector<std::string> order;
  UtcMs last_time;
  const auto visit = [&](const record::Entry& entry) -> Status {
    last_time = entry.header.time;
    if (entry.statement.type == "key.add") {
      DETENTE_TRY(record::OfficerKey key,
                  record::read_key_add(entry.statement.body(), log.owner, officers));
      key.from = entry.header.seq;
      order.push_back(key.keyid);
      officers[key.keyid] = std::move(key);
    } else if (entry.statement.type == "key.revoke") {
      DETENTE_TRY(const record::KeyRevocation revoked,
                  record::read_key_revoke(entry.statement.body(), entry.header.seq, officers));
      officers[revoked.keyid].last = revoked.last;
    }
    return {};
  };
  DETENTE_CHECK(for_each_entry(log, visit));
  for (const std::string& keyid : order) {
    print_key(officers.at(keyid), std::max(last_time, now()), json);
  }
  return {};
}

Status log_close(const RootOptions& options, const std::string& reason) {
  DETENTE_TRY(const RootSigning signing, prepare(options));
  return sign_and_deliver(signing, options, "log.close", log_close_body(reason));
}

}  // namespace detente::app
