// SPDX-License-Identifier: Apache-2.0
//
// Sealed boxes (X25519, XSalsa20-Poly1305: libsodium's crypto_box_seal), keyed BLAKE2b-256 (RFC
// 7693), and secrets that are wiped. Pure functions; safe on every thread.
//
// A box is sealed with a one-time key that the caller gives. Whoever knows that key and the
// plaintext can make the same bytes again, and so show what a box held; with random 32 bytes the
// result is what crypto_box_seal gives. Any program that has crypto_box_seal_open opens it.
#pragma once

#include <initializer_list>

#include "base/bytes.h"
#include "crypto/ed25519.h"

namespace detente::crypto {

// Overwrites the bytes in a way that the compiler keeps.
void wipe(std::span<std::uint8_t> bytes);
void wipe(std::string& text);

// 32 secret bytes; wiped when they go out of scope, with no way into text but `bytes`.
class Secret32 {
 public:
  static Secret32 from_bytes(const std::array<std::uint8_t, 32>& bytes);
  static Secret32 generate(const Random& random);
  Secret32(const Secret32&);
  Secret32& operator=(const Secret32&);
  ~Secret32();

  ByteView bytes() const { return bytes_; }
  // In constant time.
  friend bool operator==(const Secret32& a, const Secret32& b);

 private:
  Secret32() = default;
  std::array<std::uint8_t, 32> bytes_{};
};

// BLAKE2b with a 32-byte key and a 32-byte result, over the parts one after the other.
Hash blake2b_256(const Secret32& key, std::initializer_list<ByteView> parts);

using BoxPublicKey = std::array<std::uint8_t, 32>;
inline constexpr std::size_t kSealBytes =
    48;  // a sealed box is this much longer than what it holds

// Whether boxes can be sealed to the key: not of small order, and in its one canonical form.
bool is_valid_box_key(const BoxPublicKey& key);

// A recipient's key pair.
class BoxKey {
 public:
  static BoxKey from_secret(const Secret32& secret);
  static BoxKey generate(const Random& random);

  const BoxPublicKey& public_key() const { return public_; }
  // For writing a key file and nothing else.
  const Secret32& secret() const { return secret_; }
  // content_sealed if the box was sealed to another key, or was changed.
  Result<Bytes> open(ByteView sealed) const;

 private:
  explicit BoxKey(const Secret32& secret) : secret_(secret) {}
  Secret32 secret_;
  BoxPublicKey public_{};
};

// key_malformed if `to` is not a key that can be sealed to. `once` must be used for one plaintext
// and one recipient only.
Result<Bytes> seal(ByteView plain, const BoxPublicKey& to, const Secret32& once);

}  // namespace detente::crypto
