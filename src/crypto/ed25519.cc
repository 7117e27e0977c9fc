// SPDX-License-Identifier: Apache-2.0
#include "crypto/ed25519.h"

#include <sodium.h>

#include <algorithm>

namespace detente::crypto {
namespace {

// libsodium picks its fast code paths in sodium_init, which may be called from any thread.
void need_sodium() {
  static const bool ready = sodium_init() >= 0;
  check(ready, "libsodium could not be initialised");
}

}  // namespace

Random system_random() {
  need_sodium();
  return [](std::span<std::uint8_t> out) { randombytes_buf(out.data(), out.size()); };
}

std::string random_id(const Random& random) {
  std::array<std::uint8_t, 16> bytes{};
  random(bytes);
  return to_hex(bytes);
}

SecretKey SecretKey::from_seed(const Seed& seed) {
  need_sodium();
  SecretKey key;
  crypto_sign_seed_keypair(key.public_.data(), key.secret_.data(), seed.data());
  return key;
}

SecretKey SecretKey::generate(const Random& random) {
  Seed seed{};
  random(seed);
  SecretKey key = from_seed(seed);
  sodium_memzero(seed.data(), seed.size());
  return key;
}

SecretKey::SecretKey(const SecretKey&) = default;
SecretKey& SecretKey::operator=(const SecretKey&) = default;

SecretKey::~SecretKey() {
  sodium_memzero(secret_.data(), secret_.size());
}

Signature SecretKey::sign(ByteView message) const {
  Signature out{};
  crypto_sign_detached(out.data(), nullptr, message.data(), message.size(), secret_.data());
  return out;
}

Seed SecretKey::seed() const {
  Seed out{};
  std::copy_n(secret_.begin(), out.size(), out.begin());  // libsodium keeps seed || public key
  return out;
}

bool verify(const PublicKey& key, ByteView message, const Signature& signature) {
  need_sodium();
  return crypto_sign_verify_detached(signature.data(), message.data(), message.size(),
                                     key.data()) == 0;
}

bool is_valid_public_key(const PublicKey& key) {
  need_sodium();
  return crypto_core_ed25519_is_valid_point(key.data()) == 1;
}

}  // namespace detente::crypto
