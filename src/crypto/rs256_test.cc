// SPDX-License-Identifier: Apache-2.0
// Method: what is no key first, then signatures that are nearly right, then the published vector
// of RFC 7515 appendix A.2.
#include "crypto/rs256.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "crypto/testing_rsa.h"

namespace detente::crypto {
namespace {

constexpr std::string_view kVectorKey =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAofgWCuLjybRlzo0tZWJj\n"
    "NiuSfb4p4fAkd/wWJcyQoTbji9k0l8W26mPddxHmfHQp+Vaw+4qPCJrcS2mJPMEz\n"
    "P1Pt0Bm4d4QlL+yRT+SFd2lZS+pCgNMsD1W/YpRPEwOWvG6b32690r2jZ47soMZo\n"
    "9wGzjb/7OMg0LOL+bSf63kpaSHSXndS5z5rexMdbBYUsLA9e+KXBdQOS+UTo7WTB\n"
    "EMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6/I5IhlJH7aGhyxX\n"
    "FvUK+DWNmoudF8NAco9/h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXp\n"
    "oQIDAQAB\n"
    "-----END PUBLIC KEY-----\n";
constexpr std::string_view kVectorInput =
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtc"
    "GxlLmNvbS9pc19yb290Ijp0cnVlfQ";
constexpr std::string_view kVectorSignature =
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O"
    "8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARN"
    "PvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ"
    "1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

const TestingRsaKey& key_2048() {
  static const TestingRsaKey key(2'048);
  return key;
}

TEST(Rs256, RefusesWhatIsNotOnePublicRsaKey) {
  const std::string good = key_2048().public_pem();
  const std::string cut = good.substr(0, good.size() / 2) + "\n-----END PUBLIC KEY-----\n";
  const std::vector<std::string> bad = {
      "",
      "no key",
      cut,
      good + good,
      key_2048().private_pem(),
      good + key_2048().private_pem(),
      good + key_2048().certificate_pem(),
      "-----BEGIN PUBLIC KEY-----",
      TestingRsaKey(EVP_EC_gen("P-256")).public_pem(),
      TestingRsaKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")).public_pem(),
      std::string(1U << 17, 'A')};
  for (const std::string& pem : bad) {
    const Result<RsaPublicKey> key = RsaPublicKey::from_pem(pem);
    ASSERT_FALSE(key) << pem;
    EXPECT_EQ(key.error().code, Errc::key_malformed) << pem;
  }
}

TEST(Rs256, RefusesAKeyThatIsTooShort) {
  for (const unsigned bits : {1'024U, 2'040U}) {
    const auto key = RsaPublicKey::from_pem(TestingRsaKey(bits).public_pem());
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().code, Errc::key_malformed);
  }
}

TEST(Rs256, RefusesToSayWhatAPrivateKeyHolds) {
  const auto key = RsaPublicKey::from_pem(key_2048().private_pem());
  ASSERT_FALSE(key);
  EXPECT_NE(key.error().detail.find("private key"), std::string::npos);
  EXPECT_EQ(key.error().detail.find("MII"), std::string::npos);
}

TEST(Rs256, RefusesOtherSignatures) {
  const RsaPublicKey key = RsaPublicKey::from_pem(key_2048().public_pem()).value();
  const Bytes message = to_bytes("header.payload");
  const Bytes good = key_2048().sign(message);
  ASSERT_TRUE(key.verify_rs256(message, good));
  for (std::size_t i = 0; i < good.size(); i += 17) {
    Bytes changed = good;
    changed[i] ^= 1;
    EXPECT_FALSE(key.verify_rs256(message, changed));
  }
  Bytes longer = good;
  longer.insert(longer.begin(), 0);
  EXPECT_FALSE(key.verify_rs256(message, longer));
  EXPECT_FALSE(key.verify_rs256(message, ByteView(good).first(good.size() - 1)));
  EXPECT_FALSE(key.verify_rs256(message, {}));
  EXPECT_FALSE(key.verify_rs256(as_bytes("header.payloae"), good));
  EXPECT_FALSE(key.verify_rs256(message, key_2048().sign(message, EVP_sha512())));
  EXPECT_FALSE(key.verify_rs256(message, TestingRsaKey(2'048).sign(message)));
}

TEST(Rs256, TakesAKeyAndACertificateAlike) {
  const Bytes signature = key_2048().sign(as_bytes("m"));
  for (const std::string& pem : {key_2048().public_pem(), key_2048().certificate_pem()}) {
    const Result<RsaPublicKey> key = RsaPublicKey::from_pem(pem);
    ASSERT_TRUE(key) << key.error().text();
    EXPECT_EQ(key->bits(), 2'048);
    EXPECT_TRUE(key->verify_rs256(as_bytes("m"), signature));
  }
}

TEST(Rs256, VerifiesThePublishedVector) {
  const Result<RsaPublicKey> key = RsaPublicKey::from_pem(kVectorKey);
  ASSERT_TRUE(key) << key.error().text();
  const Bytes signature = from_base64url(kVectorSignature).value();
  EXPECT_TRUE(key->verify_rs256(as_bytes(kVectorInput), signature));
  EXPECT_FALSE(key->verify_rs256(as_bytes(kVectorInput.substr(1)), signature));
}

TEST(Rs256, IsSharedByThreads) {
  const RsaPublicKey key = RsaPublicKey::from_pem(key_2048().public_pem()).value();
  const Bytes signature = key_2048().sign(as_bytes("m"));
  std::vector<std::thread> threads;
  std::vector<int> good(4, 0);
  for (int& count : good) {
    threads.emplace_back([&key, &signature, &count] {
      for (int i = 0; i < 50; ++i) count += key.verify_rs256(as_bytes("m"), signature) ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const int count : good) EXPECT_EQ(count, 50);
}

}  // namespace
}  // namespace detente::crypto
