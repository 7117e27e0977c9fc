// SPDX-License-Identifier: Apache-2.0
// Method: published vectors (FIPS 180-2 for SHA-256, RFC 8032 section 7.1 for Ed25519) after the
// refusals: changed bits, points of small order, encodings that are not canonical.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <thread>

#include "crypto/ed25519.h"
#include "crypto/hash.h"

namespace detente::crypto {
namespace {

template <std::size_t N>
std::array<std::uint8_t, N> fixed(std::string_view hex) {
  const Result<Bytes> bytes = from_hex(hex);
  check(bytes && bytes->size() == N, "the test's hex has another length");
  std::array<std::uint8_t, N> out{};
  std::copy(bytes->begin(), bytes->end(), out.begin());
  return out;
}

Seed seed_of(std::uint8_t n) {
  Seed seed{};
  seed.fill(n);
  return seed;
}

TEST(Ed25519, RefusesKeysThatAreNotPointsOrOfSmallOrder) {
  // The neutral element, and a point of order 8.
  EXPECT_FALSE(is_valid_public_key(
      fixed<32>("0100000000000000000000000000000000000000000000000000000000000000")));
  EXPECT_FALSE(is_valid_public_key(
      fixed<32>("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")));
  // p + 1: the neutral element in an encoding that is not canonical.
  EXPECT_FALSE(is_valid_public_key(
      fixed<32>("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")));
  PublicKey all_ones{};
  all_ones.fill(0xff);
  EXPECT_FALSE(is_valid_public_key(all_ones));
  EXPECT_FALSE(is_valid_public_key(PublicKey{}));
}

TEST(Ed25519, RefusesASignatureByAKeyOfSmallOrder) {
  // R = neutral element, S = 0 "verifies" everything under the neutral element as key.
  const PublicKey neutral =
      fixed<32>("0100000000000000000000000000000000000000000000000000000000000000");
  Signature forged{};
  forged[0] = 1;
  EXPECT_FALSE(verify(neutral, as_bytes("anything"), forged));
}

TEST(Ed25519, RefusesASignatureWhoseScalarIsNotReduced) {
  const SecretKey key = SecretKey::from_seed(seed_of(7));
  Signature signature = key.sign(as_bytes("m"));
  // S + L, where L is the order of the group: the classic malleability.
  const auto order = fixed<32>("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += static_cast<unsigned>(signature[32 + i]) + order[i];
    signature[32 + i] = static_cast<std::uint8_t>(carry & 0xffU);
    carry >>= 8;
  }
  EXPECT_FALSE(verify(key.public_key(), as_bytes("m"), signature));
}

RC_GTEST_PROP(Ed25519, RefusesEveryFlippedBit, (const std::string& text)) {
  const std::string message = text + "x";
  const SecretKey key = SecretKey::from_seed(seed_of(1));
  const Signature good = key.sign(as_bytes(message));
  RC_ASSERT(verify(key.public_key(), as_bytes(message), good));
  const auto bit = *rc::gen::inRange<std::size_t>(0, 512);
  Signature bad = good;
  bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ (1U << (bit % 8)));
  RC_ASSERT(!verify(key.public_key(), as_bytes(message), bad));
  std::string other = message;
  const auto at = *rc::gen::inRange<std::size_t>(0, other.size());
  other[at] = static_cast<char>(other[at] ^ 1);
  RC_ASSERT(!verify(key.public_key(), as_bytes(other), good));
}

struct Rfc8032Vector {
  const char* seed;
  const char* key;
  const char* message;
  const char* signature;
};

TEST(Ed25519, GivesTheSignaturesOfRfc8032) {
  const Rfc8032Vector vectors[] = {
      {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
       "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
       "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701c"
       "f9b46bd25bf5f0595bbe24655141438e7a100b"},
      {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
       "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
       "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0"
       "f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
      {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
       "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
       "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f76098"
       "4dc6594a7c15e9716ed28dc027beceea1ec40a"},
  };
  for (const Rfc8032Vector& v : vectors) {
    const SecretKey key = SecretKey::from_seed(fixed<32>(v.seed));
    EXPECT_EQ(to_hex(key.public_key()), v.key);
    EXPECT_EQ(to_hex(key.seed()), v.seed);
    const Bytes message = from_hex(v.message).value();
    EXPECT_EQ(to_hex(key.sign(message)), v.signature);
    EXPECT_TRUE(verify(key.public_key(), message, fixed<64>(v.signature)));
    EXPECT_TRUE(is_valid_public_key(key.public_key()));
  }
}

TEST(Ed25519, GeneratesFromTheRandomnessItIsGiven) {
  const Random sevens = [](std::span<std::uint8_t> out) { std::fill(out.begin(), out.end(), 7); };
  EXPECT_EQ(SecretKey::generate(sevens).seed(), seed_of(7));
  EXPECT_EQ(random_id(sevens), std::string("07070707070707070707070707070707"));
  const Random system = system_random();
  EXPECT_NE(random_id(system), random_id(system));
}

TEST(Sha256, GivesThePublishedDigests) {
  EXPECT_EQ(to_hex(sha256(as_bytes(""))),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256(as_bytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256({as_bytes("abcdbcdecdefdefgefghfghighijhijk"), as_bytes(""),
                           as_bytes("ijkljklmklmnlmnomnopnopq")})),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, IsTheSameOnEveryThread) {
  const Hash here = sha256(as_bytes("abc"));
  Hash there{};
  std::thread([&there] { there = sha256(as_bytes("abc")); }).join();
  EXPECT_EQ(here, there);
}

}  // namespace
}  // namespace detente::crypto
