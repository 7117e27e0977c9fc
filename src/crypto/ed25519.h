// SPDX-License-Identifier: Apache-2.0
//
// Ed25519 (RFC 8032, libsodium). Secret keys are wiped when they go out of scope and have no way
// into text. Pure functions; safe on every thread.
#pragma once

#include <array>
#include <functional>

#include "base/bytes.h"

namespace detente::crypto {

using PublicKey = std::array<std::uint8_t, 32>;
using Signature = std::array<std::uint8_t, 64>;
using Seed = std::array<std::uint8_t, 32>;

// Randomness comes in from outside: fills the span. The shell passes the system's source, the
// simulator a seeded one.
using Random = std::function<void(std::span<std::uint8_t>)>;
// The operating system's source (libsodium randombytes).
Random system_random();
// 16 random bytes as 32 hex digits: a statement's id.
std::string random_id(const Random& random);

class SecretKey {
 public:
  static SecretKey from_seed(const Seed& seed);
  static SecretKey generate(const Random& random);
  SecretKey(const SecretKey&);
  SecretKey& operator=(const SecretKey&);
  ~SecretKey();

  const PublicKey& public_key() const { return public_; }
  Signature sign(ByteView message) const;
  // The 32-byte seed, for writing a key file and nothing else.
  Seed seed() const;

 private:
  SecretKey() = default;
  std::array<std::uint8_t, 64> secret_{};
  PublicKey public_{};
};

// False for a wrong signature, a point of small order or a non-canonical encoding.
bool verify(const PublicKey& key, ByteView message, const Signature& signature);
// Whether the 32 bytes are a point on the curve, in the main subgroup and not of small order.
bool is_valid_public_key(const PublicKey& key);

}  // namespace detente::crypto
