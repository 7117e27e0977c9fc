// SPDX-License-Identifier: Apache-2.0
#include "crypto/hash.h"

#include <openssl/evp.h>

#include <memory>

namespace detente::crypto {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// Fetched once and kept until the process ends: a fetch costs more than hashing a tree node.
const EVP_MD* algorithm() {
  static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  check(fetched != nullptr, "OpenSSL has no SHA-256");
  return fetched;
}

EVP_MD_CTX* context() {
  thread_local const std::unique_ptr<EVP_MD_CTX, FreeContext> mine(EVP_MD_CTX_new());
  check(mine != nullptr, "no memory for a hash context");
  return mine.get();
}

}  // namespace

Hash sha256(ByteView bytes) {
  return sha256({bytes});
}

Hash sha256(std::initializer_list<ByteView> parts) {
  EVP_MD_CTX* const state = context();
  bool ok = EVP_DigestInit_ex2(state, algorithm(), nullptr) == 1;
  for (const ByteView part : parts) {
    ok = ok && EVP_DigestUpdate(state, part.data(), part.size()) == 1;
  }
  Hash out{};
  unsigned int length = 0;
  ok = ok && EVP_DigestFinal_ex(state, out.data(), &length) == 1;
  check(ok && length == out.size(), "SHA-256 failed");
  return out;
}

}  // namespace detente::crypto
