// SPDX-License-Identifier: Apache-2.0
#include "crypto/rs256.h"

#include <fmt/core.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <utility>

namespace detente::crypto {
namespace {

template <auto kFree>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using BioPtr = std::unique_ptr<BIO, Freed<BIO_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, Freed<X509_free>>;
using NumberPtr = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using DigestPtr = std::unique_ptr<EVP_MD, Freed<EVP_MD_free>>;
using ContextPtr = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;

constexpr std::size_t kPemBytes = 64U << 10;

// OpenSSL would ask the terminal for a passphrase.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

std::size_t count_of(std::string_view text, std::string_view what) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string_view::npos;) {
    ++count;
    at += what.size();
  }
  return count;
}

tl::unexpected<Error> refused(std::string why) {
  return fail(Errc::key_malformed, std::move(why), "pem");
}

// The key of the one block that is there; null where OpenSSL cannot read it.
KeyPtr read_block(std::string_view text, bool certificate) {
  const BioPtr bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  if (!bio) return nullptr;
  if (!certificate) {
    return KeyPtr(PEM_read_bio_PUBKEY(bio.get(), nullptr, no_passphrase, nullptr));
  }
  const CertificatePtr read(PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr));
  return KeyPtr(read ? X509_get_pubkey(read.get()) : nullptr);
}

// With the exponent 1 every text is its own signature; an even one is no RSA key.
bool exponent_is_sound(const EVP_PKEY* key) {
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &raw) != 1) return false;
  const NumberPtr exponent(raw);
  return BN_is_odd(exponent.get()) == 1 && BN_is_one(exponent.get()) == 0;
}

}  // namespace

struct RsaPublicKey::Impl {
  KeyPtr key;
  DigestPtr sha256;  // looked up once: each look-up takes a lock of OpenSSL's
};

Result<RsaPublicKey> RsaPublicKey::from_pem(std::string_view text) {
  if (text.size() > kPemBytes) return refused(fmt::format("{} bytes", text.size()));
  if (text.find("PRIVATE KEY-----") != std::string_view::npos) {
    return refused("this holds a private key: give the public one only");
  }
  const std::size_t blocks = count_of(text, "-----BEGIN ");
  const bool certificate = text.find("-----BEGIN CERTIFICATE-----") != std::string_view::npos;
  const bool known =
      certificate || text.find("-----BEGIN PUBLIC KEY-----") != std::string_view::npos;
  if (blocks != 1 || !known) {
    return refused(
        fmt::format("{} PEM blocks; one is expected, PUBLIC KEY or CERTIFICATE", blocks));
  }
  auto impl = std::make_shared<Impl>();
  impl->key = read_block(text, certificate);
  ERR_clear_error();
  if (!impl->key) return refused("the PEM block cannot be read");
  if (EVP_PKEY_is_a(impl->key.get(), "RSA") != 1) return refused("the key is not an RSA key");
  const int bits = EVP_PKEY_get_bits(impl->key.get());
  if (bits < kBitsMin || bits > kBitsMax) {
    return refused(fmt::format("{} bits; {} to {} are allowed", bits, kBitsMin, kBitsMax));
  }
  if (!exponent_is_sound(impl->key.get())) return refused("the key's exponent is not sound");
  impl->sha256 = DigestPtr(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  check(impl->sha256 != nullptr, "OpenSSL has no SHA-256");
  return RsaPublicKey(std::move(impl));
}

bool RsaPublicKey::verify_rs256(ByteView message, ByteView signature) const {
  const ContextPtr context(EVP_MD_CTX_new());
  check(context != nullptr, "OpenSSL gave no memory");
  // PKCS #1 v1.5 is the padding that an RSA key has by default.
  const bool good = EVP_DigestVerifyInit(context.get(), nullptr, impl_->sha256.get(), nullptr,
                                         impl_->key.get()) == 1 &&
                    EVP_DigestVerify(context.get(), signature.data(), signature.size(),
                                     message.data(), message.size()) == 1;
  if (!good) ERR_clear_error();
  return good;
}

int RsaPublicKey::bits() const {
  return EVP_PKEY_get_bits(impl_->key.get());
}

}  // namespace detente::crypto
