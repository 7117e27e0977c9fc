// SPDX-License-Identifier: Apache-2.0
#include "detente-verify/agreement.h"

#include <set>

#include "base/json.h"
#include "base/limits.h"
#include "crypto/hash.h"

namespace detente::verify {
namespace {

constexpr std::size_t kPartiesMax = 1'000;

Result<record::VerifierKey> read_vkey(const JsonReader& keys, std::string_view name,
                                      record::KeyType type) {
  DETENTE_TRY(const std::string text, keys.string(name, limits::kNoteBytes));
  Result<record::VerifierKey> key = record::parse_vkey(text);
  if (!key) return fail(std::move(key.error()).at(keys.place_of(name)));
  if (key->type != type) {
    return fail(Errc::vkey_malformed, "a key of another type is needed", keys.place_of(name));
  }
  return key;
}

Result<record::LogOwner> read_party(const JsonReader& party, const std::string& hash) {
  record::LogOwner out;
  out.agreement = hash;
  DETENTE_TRY(out.party, party.string("id", limits::kIdBytes));
  if (!party.has("keys")) return fail(Errc::agreement_unkeyed, out.party, party.place());
  DETENTE_TRY(const JsonReader keys, party.object("keys"));
  DETENTE_TRY(const std::string root_text, keys.string("root", limits::kIdBytes));
  const Result<Hash> root = hash_from_base64(root_text);
  if (!root || !crypto::is_valid_public_key(*root)) {
    return fail(Errc::key_malformed, {}, keys.place_of("root"));
  }
  out.root = *root;
  DETENTE_TRY(out.log, read_vkey(keys, "log", record::KeyType::ed25519));
  DETENTE_TRY(out.witness, read_vkey(keys, "witness", record::KeyType::cosignature_v1));
  DETENTE_TRY(out.mirror, read_vkey(keys, "mirror", record::KeyType::cosignature_v1));
  return out;
}

}  // namespace

Result<Agreement> read_agreement(ByteView bytes) {
  DETENTE_TRY(const JsonDocument document,
              parse_json(as_text(bytes), {.bytes_max = limits::kAgreementBytes,
                                          .integers_only = true,
                                          .depth_max = limits::kJsonDepth}));
  Agreement out;
  out.hash = to_hex(crypto::sha256(bytes));
  DETENTE_TRY(const std::vector<JsonReader> parties, document.root().array("parties", kPartiesMax));
  std::set<std::string> names;
  std::set<crypto::PublicKey> keys;
  for (const JsonReader& party : parties) {
    DETENTE_TRY(record::LogOwner owner, read_party(party, out.hash));
    // A cosignature does not say whose it is or in which role: the key alone tells.
    for (const std::string& name : {owner.party, owner.log.name}) {
      if (!names.insert(name).second) return fail(Errc::agreement_repeated, name, party.place());
    }
    for (const auto& key : {owner.root, owner.log.key, owner.witness.key, owner.mirror.key}) {
      if (keys.insert(key).second) continue;
      return fail(Errc::agreement_repeated, "one key in two places", party.place_of("keys"));
    }
    out.owners.push_back(std::move(owner));
  }
  return out;
}

std::vector<record::VerifierKey> cosigners_of(const Agreement& agreement,
                                              const record::LogOwner& owner) {
  std::vector<record::VerifierKey> out;
  for (const record::LogOwner& other : agreement.owners) {
    if (other.party == owner.party) continue;
    out.push_back(other.witness);
    out.push_back(other.mirror);
  }
  return out;
}

}  // namespace detente::verify
