// SPDX-License-Identifier: Apache-2.0
#include "net/tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace detente::net {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using boost::system::error_code;

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, Deleter<X509_free>>;
using BioPtr = std::unique_ptr<BIO, Deleter<BIO_free_all>>;
using NamePtr = std::unique_ptr<X509_NAME, Deleter<X509_NAME_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>>;

constexpr long kYears10Days = 3'653;
constexpr std::size_t kNameBytesMax = 200;
constexpr long kCertificateBytesMax = 16L << 10;

// OpenSSL's newest reason, for the detail; its queue is emptied.
std::string openssl_reason() {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return reason == nullptr ? "unknown" : reason;
}

tl::unexpected<Error> tls_failure(const std::string& doing) {
  return fail(Errc::net_tls, doing + ": " + openssl_reason());
}

// ---- certificates ----

Result<std::string> pem_text(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  if (size <= 0) return tls_failure("write PEM");
  return std::string(data, static_cast<std::size_t>(size));
}

bool add_extension(X509* certificate, int nid, const char* value) {
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, nullptr, nid, value));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

NamePtr make_name(const std::string& common_name) {
  NamePtr name(X509_NAME_new());
  const auto* text = reinterpret_cast<const unsigned char*>(common_name.data());
  // V_ASN1_UTF8STRING takes the text as it is; X.520's limit of 64 is too short for key ids.
  if (!name || X509_NAME_add_entry_by_NID(name.get(), NID_commonName, V_ASN1_UTF8STRING, text,
                                          static_cast<int>(common_name.size()), -1, 0) != 1) {
    return nullptr;
  }
  return name;
}

bool fill_certificate(X509* certificate, const std::string& common_name, EVP_PKEY* key,
                      const crypto::Random& random, std::int64_t not_before_s) {
  std::array<std::uint8_t, 16> serial{};
  random(serial);
  serial[0] = static_cast<std::uint8_t>((serial[0] & 0x3fU) | 0x40U);  // positive, 16 bytes
  const std::unique_ptr<BIGNUM, Deleter<BN_free>> number(
      BN_bin2bn(serial.data(), static_cast<int>(serial.size()), nullptr));
  const NamePtr subject = make_name(common_name);
  const NamePtr issuer = make_name(common_name.substr(0, common_name.find('/')) + " root");
  const auto begin = static_cast<time_t>(not_before_s);
  return number && subject && issuer && X509_set_version(certificate, X509_VERSION_3) == 1 &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr &&
         X509_set_subject_name(certificate, subject.get()) == 1 &&
         X509_set_issuer_name(certificate, issuer.get()) == 1 &&
         ASN1_TIME_set(X509_getm_notBefore(certificate), begin) != nullptr &&
         ASN1_TIME_adj(X509_getm_notAfter(certificate), begin, kYears10Days, 0) != nullptr &&
         X509_set_pubkey(certificate, key) == 1 &&
         add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
         add_extension(certificate, NID_key_usage, "critical,digitalSignature") &&
         add_extension(certificate, NID_ext_key_usage, "serverAuth,clientAuth");
}

// The one common name of a certificate; "" if there is none, or more than one.
std::string common_name_of(X509* certificate) {
  X509_NAME* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0) return {};
  unsigned char* text = nullptr;
  const int size =
      ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  if (size < 0) return {};
  std::string name(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
  OPENSSL_free(text);
  // A name with a NUL would look shorter to C code.
  if (name.size() > kNameBytesMax || name.find('\0') != std::string::npos) return {};
  return name;
}

struct Trust {
  TrustedRoots roots;
  std::string expected_peer;
};

// X509_V_OK, or why the certificate is not believed.
int judge(X509_STORE_CTX* context, const Trust& trust) {
  X509* leaf = X509_STORE_CTX_get0_cert(context);
  if (leaf == nullptr) return X509_V_ERR_UNSPECIFIED;
  if (sk_X509_num(X509_STORE_CTX_get0_untrusted(context)) != 1)
    return X509_V_ERR_CERT_CHAIN_TOO_LONG;
  const std::string name = common_name_of(leaf);
  const auto root = trust.roots.find(name.substr(0, name.find('/')));
  if (name.empty() || root == trust.roots.end()) {
    return X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
  }
  if (!trust.expected_peer.empty() && name != trust.expected_peer) {
    return X509_V_ERR_HOSTNAME_MISMATCH;
  }
  // Zero means that the field cannot be read.
  const int begins = X509_cmp_current_time(X509_get0_notBefore(leaf));
  const int ends = X509_cmp_current_time(X509_get0_notAfter(leaf));
  if (begins >= 0) return X509_V_ERR_CERT_NOT_YET_VALID;
  if (ends <= 0) return X509_V_ERR_CERT_HAS_EXPIRED;
  EVP_PKEY* key = X509_get0_pubkey(leaf);
  if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519) {
    return X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY;
  }
  const KeyPtr root_key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, root->second.data(),
                                                    root->second.size()));
  if (!root_key || X509_verify(leaf, root_key.get()) != 1) {
    return X509_V_ERR_CERT_SIGNATURE_FAILURE;
  }
  return X509_V_OK;
}

int verify_callback(X509_STORE_CTX* context, void* argument) {
  const int verdict = judge(context, *static_cast<const Trust*>(argument));
  X509_STORE_CTX_set_error(context, verdict);
  return verdict == X509_V_OK ? 1 : 0;
}

// ---- streams ----

class TlsContextImpl final : public TlsContext,
                             public std::enable_shared_from_this<TlsContextImpl> {
 public:
  explicit TlsContextImpl(bool server)
      : context_(server ? asio::ssl::context::tls_server : asio::ssl::context::tls_client),
        server_(server) {}

  Status set_up(const TlsIdentity& identity, const TrustedRoots& roots,
                const std::string& expected_peer);
  std::shared_ptr<Stream> wrap(asio::ip::tcp::socket socket) override;

  asio::ssl::context& context() { return context_; }
  bool is_server() const { return server_; }

 private:
  asio::ssl::context context_;
  bool server_;
  Trust trust_;
};

class TlsStream final : public Stream {
 public:
  TlsStream(asio::ip::tcp::socket socket, std::shared_ptr<TlsContextImpl> context)
      : context_(std::move(context)), stream_(std::move(socket), context_->context()) {
    prepare_socket(stream_.next_layer());
  }

  awaitable<Status> handshake() override {
    error_code failed;
    auto token = asio::redirect_error(asio::use_awaitable, failed);
    const auto side =
        context_->is_server() ? asio::ssl::stream_base::server : asio::ssl::stream_base::client;
    co_await stream_.async_handshake(side, token);
    if (failed) co_return handshake_error(failed);
    X509* leaf = SSL_get0_peer_certificate(stream_.native_handle());
    if (leaf == nullptr) co_return fail(Errc::net_tls, "the other side showed no certificate");
    peer_ = common_name_of(leaf);
    co_return Status{};
  }

  awaitable<std::size_t> read_some(std::span<char> into) override {
    error_code failed;
    auto token = asio::redirect_error(asio::use_awaitable, failed);
    const asio::mutable_buffer buffer(into.data(), into.size());
    const std::size_t n = co_await stream_.async_read_some(buffer, token);
    if (failed == asio::error::eof) ended_properly_ = true;
    if (failed.category() == asio::error::get_ssl_category()) rejected_ = failed.message();
    co_return failed ? 0 : n;
  }

  awaitable<bool> write_all(std::string_view bytes) override {
    error_code failed;
    auto token = asio::redirect_error(asio::use_awaitable, failed);
    const asio::const_buffer buffer(bytes.data(), bytes.size());
    co_await asio::async_write(stream_, buffer, token);
    co_return !failed;
  }

  awaitable<void> finish() override {
    error_code ignored;
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    co_await stream_.async_shutdown(token);
  }

  void close() override { close_socket(stream_.next_layer()); }
  bool is_quiet() override { return is_socket_quiet(stream_.next_layer()); }
  bool ended_properly() const override { return ended_properly_; }
  std::string peer_name() const override { return peer_; }
  std::string rejection() const override { return rejected_; }

 private:
  Status handshake_error(const error_code& failed) {
    const long verdict = SSL_get_verify_result(stream_.native_handle());
    if (verdict != X509_V_OK) {
      return fail(Errc::net_tls, X509_verify_cert_error_string(verdict));
    }
    return fail(Errc::net_tls, failed.message());
  }

  std::shared_ptr<TlsContextImpl> context_;  // the stream refers to it until it is gone
  asio::ssl::stream<asio::ip::tcp::socket> stream_;
  std::string peer_;
  std::string rejected_;
  bool ended_properly_ = false;
};

Status TlsContextImpl::set_up(const TlsIdentity& identity, const TrustedRoots& roots,
                              const std::string& expected_peer) {
  trust_ = {roots, expected_peer};
  SSL_CTX* raw = context_.native_handle();
  ERR_clear_error();
  if (SSL_CTX_set_min_proto_version(raw, TLS1_3_VERSION) != 1 ||
      SSL_CTX_set_max_proto_version(raw, TLS1_3_VERSION) != 1) {
    return tls_failure("allow only TLS 1.3");
  }
  // A resumed session would skip the certificate.
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(raw, 0);
  SSL_CTX_set_max_cert_list(raw, kCertificateBytesMax);
  SSL_CTX_set_verify(raw, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(raw, &verify_callback, &trust_);
  error_code failed;
  context_.use_certificate(asio::buffer(identity.certificate_pem), asio::ssl::context::pem, failed);
  if (failed) return fail(Errc::net_tls, "read the certificate: " + failed.message());
  context_.use_private_key(asio::buffer(identity.key_pem), asio::ssl::context::pem, failed);
  if (failed) return fail(Errc::net_tls, "read the private key: " + failed.message());
  if (SSL_CTX_check_private_key(raw) != 1) return tls_failure("match key and certificate");
  return {};
}

std::shared_ptr<Stream> TlsContextImpl::wrap(asio::ip::tcp::socket socket) {
  return std::make_shared<TlsStream>(std::move(socket), shared_from_this());
}

}  // namespace

Result<std::shared_ptr<TlsContext>> TlsContext::make(bool server, const TlsIdentity& identity,
                                                     const TrustedRoots& roots,
                                                     const std::string& expected_peer) {
  try {
    const auto context = std::make_shared<TlsContextImpl>(server);
    DETENTE_CHECK(context->set_up(identity, roots, expected_peer));
    return std::shared_ptr<TlsContext>(context);
  } catch (const std::exception& thrown) {
    return fail(Errc::net_tls, thrown.what());
  }
}

Result<TlsIdentity> issue_certificate(const std::string& common_name, const crypto::SecretKey& root,
                                      const crypto::Random& random, std::int64_t not_before_s) {
  ERR_clear_error();
  if (common_name.empty() || common_name.size() > kNameBytesMax) {
    return fail(Errc::net_tls, "the name is empty or too long", common_name);
  }
  crypto::Seed seed{};
  random(seed);
  const KeyPtr key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
  OPENSSL_cleanse(seed.data(), seed.size());
  seed = root.seed();
  const KeyPtr root_key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
  OPENSSL_cleanse(seed.data(), seed.size());
  const CertificatePtr certificate(X509_new());
  if (!key || !root_key || !certificate) return tls_failure("make keys");
  // X509_sign gives the length of the signature.
  if (!fill_certificate(certificate.get(), common_name, key.get(), random, not_before_s) ||
      X509_sign(certificate.get(), root_key.get(), nullptr) <= 0) {
    return tls_failure("make the certificate of " + common_name);
  }
  const BioPtr certificate_pem(BIO_new(BIO_s_mem()));
  const BioPtr key_pem(BIO_new(BIO_s_secmem()));
  if (!certificate_pem || !key_pem ||
      PEM_write_bio_X509(certificate_pem.get(), certificate.get()) != 1 ||
      PEM_write_bio_PKCS8PrivateKey(key_pem.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                    nullptr) != 1) {
    return tls_failure("write PEM");
  }
  TlsIdentity identity;
  DETENTE_TRY(identity.certificate_pem, pem_text(certificate_pem.get()));
  DETENTE_TRY(identity.key_pem, pem_text(key_pem.get()));
  return identity;
}

}  // namespace detente::net
