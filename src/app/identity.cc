// SPDX-License-Identifier: Apache-2.0
#include "app/identity.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/limits.h"
#include "net/runtime.h"

namespace detente::app {
namespace {

constexpr std::size_t kKeyFileBytes = 200;
constexpr std::int64_t kOfficerKeyDays = 3650;

bool plain_name(const std::string& name) {
  return !name.empty() && name.size() <= 32 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

Result<crypto::SecretKey> load_key(const std::string& path) {
  DETENTE_TRY(std::string text, read_text_file(path, kKeyFileBytes));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  const Result<Bytes> bytes = from_hex(text);
  if (!bytes || bytes->size() != 32) return fail(Errc::key_malformed, "64 hex digits", path);
  crypto::Seed seed{};
  std::copy(bytes->begin(), bytes->end(), seed.begin());
  return crypto::SecretKey::from_seed(seed);
}

Status save_key(store::NodeStore& store, const std::string& name, const crypto::SecretKey& key) {
  const std::string text = to_hex(key.seed()) + "\n";
  return store.write_file("keys/" + name + ".key", as_bytes(text), true);
}

std::string origin_of(const std::string& party, const std::string& domain) {
  return fmt::format("{}.{}/detente/1", party, domain);
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

Status init_folder(const InitOptions& options) {
  if (!plain_name(options.party)) {
    return fail(Errc::usage, "a party's id has a-z, 0-9 and '-', at most 32", options.party);
  }
  if (std::filesystem::exists(options.data + "/card.json")) {
    return fail(Errc::already_exists, "card.json is there", options.data);
  }
  DETENTE_TRY(store::NodeStore store, store::NodeStore::open(options.data));
  const crypto::Random random = crypto::system_random();
  const std::string origin = origin_of(options.party, options.domain);
  JsonWriter card;
  card.begin_object().member("detente", "card/v1").member("party", options.party);
  card.name("keys").begin_object();
  const crypto::SecretKey root = crypto::SecretKey::generate(random);
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

  const std::int64_t now_s = std::chrono::duration_cast<std::chrono::seconds>(
                                 std::chrono::system_clock::now().time_since_epoch())
                                 .count();
  const auto certificate = [&](const std::string& common_name, const std::string& file) -> Status {
    DETENTE_TRY(const net::TlsIdentity tls,
                net::issue_certificate(common_name, root, random, now_s - 3600));
    DETENTE_CHECK(store.write_file("keys/" + file + ".pem", as_bytes(tls.certificate_pem), true));
    return store.write_file("keys/" + file + ".key.pem", as_bytes(tls.key_pem), true);
  };
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
  DETENTE_CHECK(store.write_file("officers.json", as_bytes(officers.text()), false));

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

std::string key_add_body(const std::string& keyid, const crypto::SecretKey& key,
                         const std::vector<std::string>& roles, UtcMs now) {
  JsonWriter body;
  body.begin_object().member("keyid", keyid).member("key", to_base64(key.public_key()));
  body.name("roles").begin_array();
  for (const std::string& role : roles) body.value(role);
  body.end_array().member("name", keyid);
  body.member("expires", now + kOfficerKeyDays * 86'400'000).end_object();
  return body.take();
}

Status carry_out(store::NodeStore& store, const node::Effects& effects) {
  for (const node::Effect& effect : effects) {
    if (const auto* e = std::get_if<node::StoreEntries>(&effect))
      DETENTE_CHECK(store.carry_out(*e));
    if (const auto* e = std::get_if<node::WriteFiles>(&effect)) DETENTE_CHECK(store.carry_out(*e));
    if (const auto* e = std::get_if<node::PublishHead>(&effect)) DETENTE_CHECK(store.carry_out(*e));
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
  DETENTE_TRY(const crypto::SecretKey root_key, load_key(data + "/keys/root.key"));
  const std::string party = identity.party.value;
  const record::OfficerSigner root{party + "/root", root_key};
  const crypto::SecretKey watch_key = identity.keys.watch->secret;
  node::NodeConfig config{identity.agreement, identity.party, identity.keys,
                          crypto::system_random()};
  DETENTE_TRY(node::Node::Started started, node::Node::start(std::move(config), {}, now));
  node::Node& node = started.node;

  std::vector<std::pair<std::string, std::string>> statements;
  const terms::PartyKeys& keys = *identity.agreement->party(identity.party)->keys;
  JsonWriter open;
  open.begin_object().member("party", party).member("epoch", 1).member("log", keys.log.text());
  open.member("witness", keys.witness.text()).member("mirror", keys.mirror.text()).end_object();
  statements.emplace_back("log.open", open.take());
  statements.emplace_back("key.add", key_add_body(party + "/watch", watch_key, {"watch"}, now));
  DETENTE_TRY(const std::string officers_text, read_text_file(data + "/officers.json", 65'536));
  DETENTE_TRY(const JsonDocument officers, parse_json(officers_text, {.bytes_max = 65'536}));
  for (const std::string& name : officers.root().names()) {
    DETENTE_TRY(const std::vector<std::string> roles, officers.root().strings(name, 8, 64));
    DETENTE_TRY(const crypto::SecretKey key, load_key(data + "/keys/" + name + ".key"));
    statements.emplace_back("key.add", key_add_body(party + "/" + name, key, roles, now));
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
    DETENTE_TRY(const crypto::SecretKey secret, load_key(data + "/keys/" + role + ".key"));
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

Result<record::OfficerSigner> load_officer(const std::string& data, const std::string& keyid) {
  const std::string name = keyid.substr(keyid.find('/') + 1);
  DETENTE_TRY(crypto::SecretKey key, load_key(data + "/keys/" + name + ".key"));
  return record::OfficerSigner{keyid, std::move(key)};
}

}  // namespace detente::app
