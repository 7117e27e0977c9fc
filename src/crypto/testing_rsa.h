// SPDX-License-Identifier: Apache-2.0
//
// For tests only: an RSA key pair, made when it is asked for, and what can be written with it.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

#include "base/bytes.h"

namespace detente::crypto {

class TestingRsaKey {
 public:
  explicit TestingRsaKey(unsigned bits) : TestingRsaKey(EVP_RSA_gen(bits)) {}
  explicit TestingRsaKey(EVP_PKEY* key) : key_(key, EVP_PKEY_free) {
    check(key_ != nullptr, "OpenSSL made no key");
  }

  std::string public_pem() const {
    return written([&](BIO* out) { return PEM_write_bio_PUBKEY(out, key_.get()); });
  }
  std::string private_pem() const {
    return written([&](BIO* out) {
      return PEM_write_bio_PrivateKey(out, key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
  }
  std::string certificate_pem() const {
    const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), X509_free);
    X509_set_pubkey(made.get(), key_.get());
    X509_gmtime_adj(X509_getm_notBefore(made.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 3'600);
    check(X509_sign(made.get(), key_.get(), EVP_sha256()) > 0, "OpenSSL signed nothing");
    return written([&](BIO* out) { return PEM_write_bio_X509(out, made.get()); });
  }
  Bytes sign(ByteView message, const EVP_MD* digest = EVP_sha256()) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    std::size_t size = 2'048;
    Bytes out(size);
    const bool good =
        EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key_.get()) == 1 &&
        EVP_DigestSign(context.get(), out.data(), &size, message.data(), message.size()) == 1;
    check(good, "OpenSSL signed nothing");
    out.resize(size);
    return out;
  }

 private:
  template <class F>
  static std::string written(F&& write) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
    check(write(bio.get()) == 1, "OpenSSL wrote nothing");
    char* text = nullptr;
    const auto size = static_cast<std::size_t>(BIO_get_mem_data(bio.get(), &text));
    return std::string(text, size);
  }

  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
};

}  // namespace detente::crypto
