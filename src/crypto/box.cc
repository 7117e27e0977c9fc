// SPDX-License-Identifier: Apache-2.0
#include "crypto/box.h"

#include <sodium.h>

#include <algorithm>

namespace detente::crypto {
namespace {

void need_sodium() {
  static const bool ready = sodium_init() >= 0;
  check(ready, "libsodium could not be initialised");
}

// The nonce of crypto_box_seal: BLAKE2b of both public keys.
std::array<std::uint8_t, crypto_box_NONCEBYTES> seal_nonce(const BoxPublicKey& once,
                                                           const BoxPublicKey& to) {
  std::array<std::uint8_t, crypto_box_NONCEBYTES> nonce{};
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, nonce.size());
  crypto_generichash_update(&state, once.data(), once.size());
  crypto_generichash_update(&state, to.data(), to.size());
  crypto_generichash_final(&state, nonce.data(), nonce.size());
  return nonce;
}

}  // namespace

void wipe(std::span<std::uint8_t> bytes) {
  sodium_memzero(bytes.data(), bytes.size());
}

void wipe(std::string& text) {
  sodium_memzero(text.data(), text.size());
  text.clear();
}

Secret32 Secret32::from_bytes(const std::array<std::uint8_t, 32>& bytes) {
  Secret32 out;
  out.bytes_ = bytes;
  return out;
}

Secret32 Secret32::generate(const Random& random) {
  Secret32 out;
  random(out.bytes_);
  return out;
}

Secret32::Secret32(const Secret32&) = default;
Secret32& Secret32::operator=(const Secret32&) = default;

Secret32::~Secret32() {
  sodium_memzero(bytes_.data(), bytes_.size());
}

bool operator==(const Secret32& a, const Secret32& b) {
  return sodium_memcmp(a.bytes_.data(), b.bytes_.data(), a.bytes_.size()) == 0;
}

Hash blake2b_256(const Secret32& key, std::initializer_list<ByteView> parts) {
  need_sodium();
  Hash out{};
  crypto_generichash_state state;
  crypto_generichash_init(&state, key.bytes().data(), key.bytes().size(), out.size());
  for (const ByteView part : parts) {
    crypto_generichash_update(&state, part.data(), part.size());
  }
  crypto_generichash_final(&state, out.data(), out.size());
  sodium_memzero(&state, sizeof state);
  return out;
}

bool is_valid_box_key(const BoxPublicKey& key) {
  need_sodium();
  // p is 2^255 - 19, little-endian ed ff .. ff 7f: at or above it a key has a second form.
  const bool middle_full =
      std::all_of(key.begin() + 1, key.end() - 1, [](std::uint8_t b) { return b == 0xff; });
  if (key.back() > 0x7f || (key.back() == 0x7f && middle_full && key.front() >= 0xed)) return false;
  // Any scalar shows a small order: the product is then zero, which libsodium refuses.
  std::array<std::uint8_t, 32> scalar{1};
  std::array<std::uint8_t, 32> product{};
  return crypto_scalarmult_curve25519(product.data(), scalar.data(), key.data()) == 0;
}

BoxKey BoxKey::from_secret(const Secret32& secret) {
  need_sodium();
  BoxKey key(secret);
  crypto_scalarmult_curve25519_base(key.public_.data(), secret.bytes().data());
  return key;
}

BoxKey BoxKey::generate(const Random& random) {
  return from_secret(Secret32::generate(random));
}

Result<Bytes> BoxKey::open(ByteView sealed) const {
  need_sodium();
  if (sealed.size() < kSealBytes) return fail(Errc::content_sealed, "shorter than an empty box");
  Bytes plain(sealed.size() - kSealBytes);
  const int opened = crypto_box_seal_open(plain.data(), sealed.data(), sealed.size(),
                                          public_.data(), secret_.bytes().data());
  if (opened != 0) return fail(Errc::content_sealed);
  return plain;
}

Result<Bytes> seal(ByteView plain, const BoxPublicKey& to, const Secret32& once) {
  if (!is_valid_box_key(to)) return fail(Errc::key_malformed, "not a box key");
  const BoxKey sender = BoxKey::from_secret(once);
  const auto nonce = seal_nonce(sender.public_key(), to);
  Bytes out(plain.size() + kSealBytes);
  std::copy(sender.public_key().begin(), sender.public_key().end(), out.begin());
  const int sealed = crypto_box_easy(out.data() + sender.public_key().size(), plain.data(),
                                     plain.size(), nonce.data(), to.data(), once.bytes().data());
  if (sealed != 0) return fail(Errc::key_malformed, "not a box key");
  return out;
}

}  // namespace detente::crypto
