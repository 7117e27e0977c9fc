// SPDX-License-Identifier: Apache-2.0
#include "app/identity.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "app/key_files.h"
#include "app/root_statements.h"
#include "base/limits.h"
#include "crypto/hash.h"
#include "net/runtime.h"

namespace detente::app {
namespace {

bool plain_name(const std::string& name) {
  return !name.empty() && name.size() <= 32 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

Status save_key(store::NodeStore& store, const std::string& name, const crypto::SecretKey& key) {
  const std::string text = to_hex(key.seed()) + "\n";
  return store.write_file("keys/" + name + ".key", as_bytes(text), true);
}

std::string origin_of(const std::string& party, const std::string& domain, std::int64_t epoch) {
  return fmt::format("{}.{}/detente/{}", party, domain, epoch);
}

struct PartyCard {
  std::string party;
  terms::PartyKeys keys;
};

Result<PartyCard> read_card(const std::string& path) {
  DETENTE_TRY(const std::string text, read_text_file(path, 16'384));
  DETENTE_TRY(const JsonDocument document, parse_json(text, {.bytes_max = 16'384}));
  const JsonReader in = document.root();
  PartyCard card;
  DETENTE_TRY(card.party, in.string("party", limits::kIdBytes));
  DETENTE_TRY(const JsonReader keys, in.object("keys"));
  DETENTE_TRY(const std::string root, keys.string("root", 64));
  DETENTE_TRY(card.keys.root, hash_from_base64(root));
  const auto vkey = [&](const char* name) -> Result<record::VerifierKey> {
    DETENTE_TRY(const std::string key, keys.string(name, limits::kOriginBytes + 100));
    return record::parse_vkey(key);
  };
  DETENTE_TRY(card.keys.log, vkey("log"));
  DETENTE_TRY(card.keys.witness, vkey("witness"));
  DETENTE_TRY(card.keys.mirror, vkey("mirror"));
  return card;
}

// What a folder of the next epoch takes over from the old one.
struct OldEpoch {
  std::string party;
  std::string domain;
  std::int64_t epoch = 0;
  crypto::SecretKey root;
  record::Head last;
  std::vector<OfficerSpec> officers;
};

Result<record::Checkpoint> read_head(const std::string& path, const record::VerifierKey& log) {
  DETENTE_TRY(const std::string text, read_text_file(path, limits::kNoteBytes));
  DETENTE_TRY(const record::Note note, record::parse_note(text));
  Status signed_by_log = record::verify_note(note, log);
  if (!signed_by_log) return fail(std::move(signed_by_log.error()).at(path));
  DETENTE_TRY(record::Checkpoint head, record::parse_checkpoint(note.text));
  if (head.origin.value != log.name) return fail(Errc::checkpoint_origin, log.name, path);
  return head;
}

Result<OldEpoch> read_old_epoch(const InitOptions& options) {
  const std::string& old = options.after;
  DETENTE_TRY(const PartyCard card, read_card(old + "/card.json"));
  const std::string& origin = card.keys.log.name;
  DETENTE_TRY(const std::int64_t epoch, epoch_of(origin));
  const std::string key = options.root_key.empty() ? old + "/keys/root.key" : options.root_key;
  DETENTE_TRY(crypto::SecretKey root, load_secret_key(key));
  if (root.public_key() != card.keys.root) {
    return fail(Errc::key_malformed, "not the root key of the old epoch", key);
  }
  DETENTE_TRY(record::Checkpoint head, read_head(old + "/log/checkpoint", card.keys.log));
  if (!options.head.empty()) {
    DETENTE_TRY(record::Checkpoint newer, read_head(options.head, card.keys.log));
    if (newer.size == head.size && newer.root != head.root) {
      return fail(Errc::checkpoint_conflict, "two roots of one size", options.head);
    }
    if (head.size < newer.size) head = newer;
  }
  const std::string prefix = card.party + ".";
  const std::size_t slash = origin.find('/');
  const bool ours = origin.starts_with(prefix) && slash != std::string::npos &&
                    origin == origin.substr(0, slash) + fmt::format("/detente/{}", epoch);
  if (!ours) return fail(Errc::usage, "the old log has a name of another form", origin);
  OldEpoch out{card.party,
               origin.substr(prefix.size(), slash - prefix.size()),
               epoch,
               root,
               {head.origin, head.size, head.root},
               {}};
  DETENTE_TRY(const std::string text, read_text_file(old + "/officers.json", 65'536));
  DETENTE_TRY(const JsonDocument officers, parse_json(text, {.bytes_max = 65'536}));
  for (const std::string& name : officers.root().names()) {
    DETENTE_TRY(std::vector<std::string> roles, officers.root().strings(name, 8, 64));
    out.officers.push_back({name, std::move(roles)});
  }
  return out;
}

// The box keys too: what was sealed to the party opens in the next epoch as well.
Status take_over(store::NodeStore& store, const OldEpoch& old, const std::string& folder) {
  JsonWriter previous;
  previous.begin_object().member("origin", old.last.origin.value);
  previous.member("size", old.last.size.value).member("root", to_base64(old.last.root));
  previous.end_object();
  DETENTE_CHECK(store.write_file("previous.json", as_bytes(previous.text()), false));
  std::error_code ec;
  for (const auto& item : std::filesystem::directory_iterator(folder + "/keys", ec)) {
    const std::string name = item.path().filename().string();
    const bool box = name == "box.key" || (name.starts_with("box-") && name.ends_with(".key"));
    if (!box) continue;
    DETENTE_TRY(const crypto::BoxKey key, load_box_key(item.path().string()));
    const std::string text = key_file_text(key.secret().bytes());
    DETENTE_CHECK(store.write_file("keys/" + name, as_bytes(text), true));
  }
  return {};
}

Result<std::optional<record::Head>> read_previous(const store::NodeStore& store) {
  if (!store.has_file("previous.json")) return std::optional<record::Head>();
  DETENTE_TRY(const std::string text, read_text_file(store.folder() + "/previous.json", 4'096));
  DETENTE_TRY(const JsonDocument document, parse_json(text, {.bytes_max = 4'096}));
  const JsonReader in = document.root();
  record::Head head;
  DETENTE_TRY(head.origin.value, in.string("origin", limits::kOriginBytes));
  DETENTE_TRY(const std::int64_t size, in.integer("size", 0, INT64_MAX));
  head.size.value = static_cast<std::uint64_t>(size);
  DETENTE_TRY(const std::string root, in.string("root", limits::kIdBytes));
  DETENTE_TRY(head.root, hash_from_base64(root));
  return std::optional(head);
}

}  // namespace

Result<std::string> read_text_file(const std::string& path, std::size_t bytes_max) {
  std::error_code ec;
  if (!std::filesystem::is_regular_file(path, ec)) return fail(Errc::store_not_found, "", path);
  const std::uintmax_t size = std::filesystem::file_size(path, ec);
  if (ec || size > bytes_max) {
    return fail(Errc::json_too_large, fmt::format("at most {} bytes", bytes_max), path);
  }
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  if (!in) return fail(Errc::store_io, "cannot be read", path);
  return text.str();
}

Status write_text_file(const std::string& path, const std::string& text) {
  const std::string temporary = path + ".new";
  std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  std::error_code ec;
  if (out) std::filesystem::rename(temporary, path, ec);
  if (!out || ec) return fail(Errc::store_io, "cannot be written", path);
  return {};
}

Result<std::vector<OfficerSpec>> parse_officers(const std::string& text) {
  std::vector<OfficerSpec> officers;
  std::stringstream items(text);
  std::string item;
  while (std::getline(items, item, ',')) {
    const std::size_t colon = item.find(':');
    OfficerSpec officer{item.substr(0, colon), {}};
    if (colon == std::string::npos || !plain_name(officer.name)) {
      return fail(Errc::usage, "an officer is NAME:ROLE, e.g. duty-1:duty_officer", item);
    }
    std::stringstream roles(item.substr(colon + 1));
    std::string role;
    while (std::getline(roles, role, '+')) {
      if (!record::is_role(role) || role == "root" || role == "watch") {
        return fail(Errc::agreement_unknown_role, role, item);
      }
      officer.roles.push_back(role);
    }
    if (officer.roles.empty()) return fail(Errc::agreement_unknown_role, "none", item);
    officers.push_back(std::move(officer));
  }
  return officers;
}

namespace {

using Certify = std::function<Status(const std::string& common_name, const std::string& file)>;

// Keys, certificates and tokens of the officers, and their roles for `sign_agreement`.
Status write_officers(store::NodeStore& store, const InitOptions& options,
                      const Certify& certificate) {
  const crypto::Random random = crypto::system_random();
  JsonWriter tokens;
  tokens.begin_object();
  JsonWriter officers;
  officers.begin_object();
  for (const OfficerSpec& officer : options.officers) {
    DETENTE_CHECK(save_key(store, officer.name, crypto::SecretKey::generate(random)));
    const std::string keyid = options.party + "/" + officer.name;
    DETENTE_CHECK(certificate(keyid, officer.name + ".tls"));
    tokens.name(crypto::random_id(random)).begin_object().member("officer", keyid).end_object();
    officers.name(officer.name).begin_array();
    for (const std::string& role : officer.roles) officers.value(role);
    officers.end_array();
  }
  tokens.name(crypto::random_id(random)).begin_object().member("control", true).end_object();
  tokens.end_object();
  officers.end_object();
  DETENTE_CHECK(store.write_file("tokens.json", as_bytes(tokens.text()), true));
  return store.write_file("officers.json", as_bytes(officers.text()), false);
}

}  // namespace

Status init_folder(const InitOptions& given) {
  InitOptions options = given;
  std::optional<OldEpoch> old;
  if (!options.after.empty()) {
    DETENTE_TRY(old, read_old_epoch(options));
    if (!options.party.empty() && options.party != old->party) {
      return fail(Errc::usage, "the old folder is of " + old->party, options.party);
    }
    options.party = old->party;
    options.domain = old->domain;
    if (options.officers.empty()) options.officers = old->officers;
  }
  if (!plain_name(options.party)) {
    return fail(Errc::usage, "a party's id has a-z, 0-9 and '-', at most 32", options.party);
  }
  if (std::filesystem::exists(options.data + "/card.json")) {
    return fail(Errc::already_exists, "card.json is there", options.data);
  }
  DETENTE_TRY(store::NodeStore store, store::NodeStore::open(options.data));
  const crypto::Random random = crypto::system_random();
  const std::string origin = origin_of(options.party, options.domain, old ? old->epoch + 1 : 1);
  JsonWriter card;
  card.begin_object().member("detente", "card/v1").member("party", options.party);
  card.name("keys").begin_object();
  const crypto::SecretKey root = old ? old->root : crypto::SecretKey::generate(random);
  DETENTE_CHECK(save_key(store, "root", root));
  card.member("root", to_base64(root.public_key()));
  const auto role_key = [&](const char* role, const std::string& name,
                            record::KeyType type) -> Status {
    const crypto::SecretKey key = crypto::SecretKey::generate(random);
    DETENTE_CHECK(save_key(store, role, key));
    card.member(role, record::make_signer(name, type, key).key.text());
    return {};
  };
  DETENTE_CHECK(role_key("log", origin, record::KeyType::ed25519));
  const std::string node_name = fmt::format("{}.{}", options.party, options.domain);
  DETENTE_CHECK(role_key("witness", node_name + "/witness", record::KeyType::cosignature_v1));
  DETENTE_CHECK(role_key("mirror", node_name + "/mirror", record::KeyType::cosignature_v1));
  card.end_object().end_object();
  DETENTE_CHECK(save_key(store, "watch", crypto::SecretKey::generate(random)));
  if (old) DETENTE_CHECK(take_over(store, *old, options.after));
  if (!store.has_file("keys/box.key")) {
    const crypto::BoxKey box = crypto::BoxKey::generate(random);
    const std::string text = key_file_text(box.secret().bytes());
    DETENTE_CHECK(store.write_file("keys/box.key", as_bytes(text), true));
  }

  const std::int64_t now_s = std::chrono::duration_cast<std::chrono::seconds>(
                                 std::chrono::system_clock::now().time_since_epoch())
                                 .count();
  const auto certificate = [&](const std::string& common_name, const std::string& file) -> Status {
    DETENTE_TRY(const net::TlsIdentity tls,
                net::issue_certificate(common_name, root, random, now_s - 3600));
    DETENTE_CHECK(store.write_file("keys/" + file + ".pem", as_bytes(tls.certificate_pem), true));
    return store.write_file("keys/" + file + ".key.pem", as_bytes(tls.key_pem), true);
  };
  DETENTE_CHECK(write_officers(store, options, certificate));
  DETENTE_CHECK(certificate(options.party, "tls"));
  // Last: a folder with a card is complete.
  return store.write_file("card.json", as_bytes(card.text()), false);
}

Result<std::string> bind_agreement(const std::string& template_path,
                                   const std::vector<std::string>& cards) {
  DETENTE_TRY(const std::string text, read_text_file(template_path, limits::kAgreementBytes));
  std::map<PartyId, terms::PartyKeys> keys;
  for (const std::string& path : cards) {
    Result<PartyCard> card = read_card(path);
    if (!card) return fail(std::move(card.error()).at(path));
    keys[PartyId{card->party}] = card->keys;
  }
  DETENTE_TRY(std::string bound, terms::Agreement::with_keys(text, keys));
  DETENTE_TRY(const terms::Agreement agreement, terms::Agreement::make(bound));
  DETENTE_CHECK(agreement.keyed());
  return bound;
}

namespace {

record::Envelope root_statement(const node::Node& node, const record::OfficerSigner& root,
                                const std::string& type, std::string body, UtcMs now) {
  return node.draft(type, {}, std::move(body), {root}, now);
}

Status carry_out(store::NodeStore& store, const node::Effects& effects) {
  DETENTE_CHECK(store.carry_out(effects));
  for (const node::Effect& effect : effects) {
    if (const auto* e = std::get_if<node::Answer>(&effect)) {
      if (!e->result) return fail(e->result.error());
    }
  }
  return {};
}

}  // namespace

Status sign_agreement(const std::string& data, const std::string& agreement_path, UtcMs now) {
  DETENTE_TRY(store::NodeStore store, store::NodeStore::open(data));
  if (store.has_file("log/checkpoint")) return fail(Errc::already_exists, "the log is open", data);
  DETENTE_TRY(const std::string text, read_text_file(agreement_path, limits::kAgreementBytes));
  DETENTE_TRY(const terms::Agreement checked, terms::Agreement::make(text));
  DETENTE_CHECK(checked.keyed());
  DETENTE_CHECK(store.write_file("agreement.json", as_bytes(text), false));
  DETENTE_TRY(Identity identity, load_identity(store));
  DETENTE_TRY(const crypto::SecretKey root_key, load_secret_key(data + "/keys/root.key"));
  const std::string party = identity.party.value;
  const record::OfficerSigner root{party + "/root", root_key};
  const crypto::SecretKey watch_key = identity.keys.watch->secret;
  node::NodeConfig config{identity.agreement, identity.party, identity.keys,
                          crypto::system_random()};
  config.opening = true;
  DETENTE_TRY(node::Node node, node::Node::start(std::move(config), {}, now));

  std::vector<std::pair<std::string, std::string>> statements;
  DETENTE_TRY(const record::LogOwner owner, identity.agreement->log_owner(identity.party));
  DETENTE_TRY(const std::optional<record::Head> previous, read_previous(store));
  const UtcMs expires = now + kOfficerKeyDays * 86'400'000;
  statements.emplace_back("log.open", log_open_body(owner, previous));
  statements.emplace_back(
      "key.add", key_add_body({party + "/watch", watch_key.public_key(), {"watch"}, "", expires}));
  if (store.has_file("keys/box.key")) {
    DETENTE_TRY(const crypto::BoxKey box, load_box_key(data + "/keys/box.key"));
    statements.emplace_back("key.box", key_box_body(box.public_key()));
  }
  DETENTE_TRY(const std::string officers_text, read_text_file(data + "/officers.json", 65'536));
  DETENTE_TRY(const JsonDocument officers, parse_json(officers_text, {.bytes_max = 65'536}));
  for (const std::string& name : officers.root().names()) {
    DETENTE_TRY(const std::vector<std::string> roles, officers.root().strings(name, 8, 64));
    DETENTE_TRY(const crypto::SecretKey key,
                load_secret_key(fmt::format("{}/keys/{}.key", data, name)));
    statements.emplace_back("key.add", key_add_body({fmt::format("{}/{}", party, name),
                                                     key.public_key(), roles, "", expires}));
  }
  JsonWriter sign;
  sign.begin_object().member("sha256", identity.agreement->sha256_hex()).end_object();
  statements.emplace_back("agreement.sign", sign.take());
  for (auto& [type, body] : statements) {
    node::Submit submit{1, root_statement(node, root, type, std::move(body), now)};
    DETENTE_CHECK(carry_out(store, node.step(std::move(submit), now)));
  }
  return {};
}

Result<Identity> load_identity(const store::NodeStore& store) {
  const std::string& data = store.folder();
  DETENTE_TRY(const std::string agreement_text,
              read_text_file(data + "/agreement.json", limits::kAgreementBytes));
  DETENTE_TRY(terms::Agreement agreement, terms::Agreement::make(agreement_text));
  DETENTE_TRY(const PartyCard card, read_card(data + "/card.json"));
  const terms::Party* party = agreement.party(PartyId{card.party});
  if (party == nullptr) return fail(Errc::agreement_unknown_party, card.party, "card.json");
  if (!party->keys || party->keys->log != card.keys.log || party->keys->root != card.keys.root) {
    return fail(Errc::agreement_other, "the agreement names other keys for this party", card.party);
  }
  const auto signer = [&](const char* role,
                          const record::VerifierKey& key) -> Result<record::Signer> {
    DETENTE_TRY(const crypto::SecretKey secret, load_secret_key(data + "/keys/" + role + ".key"));
    record::Signer made = record::make_signer(key.name, key.type, secret);
    if (made.key != key) return fail(Errc::key_malformed, "not the key of the agreement", role);
    return made;
  };
  DETENTE_TRY(record::Signer log, signer("log", card.keys.log));
  DETENTE_TRY(record::Signer witness, signer("witness", card.keys.witness));
  DETENTE_TRY(record::Signer mirror, signer("mirror", card.keys.mirror));
  DETENTE_TRY(record::OfficerSigner watch, load_officer(data, card.party + "/watch"));
  Identity identity{std::make_shared<const terms::Agreement>(std::move(agreement)),
                    PartyId{card.party},
                    {std::move(log), std::move(witness), std::move(mirror), std::move(watch)},
                    {},
                    "",
                    "",
                    ""};
  DETENTE_TRY(identity.tls_certificate_pem, read_text_file(data + "/keys/tls.pem", 65'536));
  DETENTE_TRY(identity.tls_key_pem, read_text_file(data + "/keys/tls.key.pem", 65'536));
  DETENTE_TRY(const std::string tokens_text, read_text_file(data + "/tokens.json", 1U << 20));
  DETENTE_TRY(const JsonDocument tokens, parse_json(tokens_text, {.bytes_max = 1U << 20}));
  DETENTE_TRY(const std::string officers_text, read_text_file(data + "/officers.json", 65'536));
  DETENTE_TRY(const JsonDocument officers, parse_json(officers_text, {.bytes_max = 65'536}));
  for (const std::string& token : tokens.root().names()) {
    DETENTE_TRY(const JsonReader entry, tokens.root().object(token));
    if (entry.has("control")) {
      identity.control_token = token;
      continue;
    }
    DETENTE_TRY(const std::string keyid, entry.string("officer", limits::kIdBytes));
    const std::string name = keyid.substr(keyid.find('/') + 1);
    DETENTE_TRY(const std::vector<std::string> roles, officers.root().strings(name, 8, 64));
    DETENTE_TRY(record::OfficerSigner officer, load_officer(data, keyid));
    node::Caller caller{node::Role::reader, std::move(officer)};
    const Result<node::Role> role = node::parse_role(roles.empty() ? "" : roles.front());
    if (role) caller.role = *role;
    identity.tokens.emplace(token, std::move(caller));
  }
  return identity;
}

std::vector<std::string> load_documents(const store::NodeStore& store) {
  std::vector<std::string> out;
  std::error_code ec;
  const std::filesystem::path folder = store.folder() + "/agreements";
  for (const auto& file : std::filesystem::directory_iterator(folder, ec)) {
    if (file.path().extension() != ".json") continue;
    const Result<Bytes> text = store.read_file("agreements/" + file.path().filename().string());
    // One that was spoilt on this disk is no longer what its name says: it is asked for anew.
    if (!text || to_hex(crypto::sha256(*text)) != file.path().stem().string()) continue;
    out.emplace_back(as_text(*text));
  }
  return out;
}

Result<record::OfficerSigner> load_officer(const std::string& data, const std::string& keyid) {
  const std::string name = keyid.substr(keyid.find('/') + 1);
  DETENTE_TRY(const crypto::SecretKey key, load_secret_key(data + "/keys/" + name + ".key"));
  return record::OfficerSigner{keyid, key};
}

}  // namespace detente::app
