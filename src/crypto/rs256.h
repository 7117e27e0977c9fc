// SPDX-License-Identifier: Apache-2.0
//
// RS256 (RFC 7518 section 3.3): RSASSA-PKCS1-v1_5 with SHA-256, verifying only. For tokens of
// foreign authorities; nothing of our own is signed with it.
//
// Threads: the key is a shared, immutable value; every call is safe on every thread.
//
//   DETENTE_TRY(const RsaPublicKey key, RsaPublicKey::from_pem(file));
//   if (!key.verify_rs256(as_bytes(signing_input), signature)) ...
#pragma once

#include <memory>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace detente::crypto {

class RsaPublicKey {
 public:
  static constexpr int kBitsMin = 2'048;  // RFC 7518 asks for no less
  static constexpr int kBitsMax = 8'192;  // a longer one only costs time

  // One PEM block, "PUBLIC KEY" (SubjectPublicKeyInfo) or "CERTIFICATE" (X.509; only its key is
  // taken, neither its dates nor its issuer are looked at). key_malformed: anything else, also a
  // private key, a second block, a key that is not plain RSA, and one that is too short or long.
  static Result<RsaPublicKey> from_pem(std::string_view text);

  // False for every signature that is not exactly one of this key over this message.
  bool verify_rs256(ByteView message, ByteView signature) const;
  int bits() const;

 private:
  struct Impl;
  explicit RsaPublicKey(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

}  // namespace detente::crypto
