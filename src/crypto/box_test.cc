// SPDX-License-Identifier: Apache-2.0
// Method: refusals first; then published vectors: RFC 7748 section 6.1 (X25519 key pairs), the
// self-test of RFC 7693 appendix E (BLAKE2b, of which the keyed 32-byte cases are computed by our
// function), and the sealed box of PyNaCl's tests/data/sealed_box_ref.txt, made by libsodium's
// own program for Alice's key of RFC 7748.
#include "crypto/box.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sodium.h>

#include <algorithm>

namespace detente::crypto {
namespace {

std::array<std::uint8_t, 32> fixed(std::string_view hex) {
  const Result<Bytes> bytes = from_hex(hex);
  check(bytes && bytes->size() == 32, "the test's hex has another length");
  std::array<std::uint8_t, 32> out{};
  std::copy(bytes->begin(), bytes->end(), out.begin());
  return out;
}

Secret32 secret(std::string_view hex) {
  return Secret32::from_bytes(fixed(hex));
}

Secret32 filled(std::uint8_t n) {
  std::array<std::uint8_t, 32> bytes{};
  bytes.fill(n);
  return Secret32::from_bytes(bytes);
}

constexpr std::string_view kAlice =
    "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
constexpr std::string_view kAlicePublic =
    "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
constexpr std::string_view kBob =
    "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb";
constexpr std::string_view kBobPublic =
    "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";

constexpr std::string_view kPlain =
    "be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffce5ecbaaf33bd751a1ac728d45e6c61"
    "296cdc3c01233561f41db66cce314adb310e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af"
    "1fde048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f937763848645e0705";
constexpr std::string_view kSealed =
    "199c808806a62c1be56951023ad3396b0ce0ef2c5b9ca688ac96d2d06ca43f65d314400cc9bbefb23dd26f824c9cb5"
    "53f81e8c894ea9a553f4d777c77b66d5a6925da3f5961c5f7147172db5597ac14210066ee3ee13e6230a9a9610e9cd"
    "dbf24094f54fbbf6694c08a436cec39ff5a373656d9584f4df9dd8c817e2e597540628d0ee21a6524a3fcf3eabdc09"
    "68390bd260a47366ead7f71cc2e774d411d96f3497c7e10291937bc16dc46a111686b85a8c86";

TEST(Box, RefusesKeysOfSmallOrderOrInASecondForm) {
  EXPECT_FALSE(is_valid_box_key(BoxPublicKey{}));
  // The points of order 1, 8 and 8, and p itself, which reads as zero.
  for (const std::string_view hex :
       {"0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"}) {
    EXPECT_FALSE(is_valid_box_key(fixed(hex))) << hex;
    EXPECT_EQ(seal(as_bytes("x"), fixed(hex), filled(1)).error().code, Errc::key_malformed);
  }
  // Alice's key with the bit set that X25519 ignores: the same key in another form.
  BoxPublicKey twin = fixed(kAlicePublic);
  twin.back() |= 0x80U;
  EXPECT_FALSE(is_valid_box_key(twin));
  EXPECT_TRUE(is_valid_box_key(fixed(kAlicePublic)));
}

TEST(Box, RefusesABoxForAnotherKeyAndOneThatIsTooShort) {
  const Bytes sealed = *from_hex(kSealed);
  EXPECT_EQ(BoxKey::from_secret(secret(kBob)).open(sealed).error().code, Errc::content_sealed);
  const BoxKey alice = BoxKey::from_secret(secret(kAlice));
  for (std::size_t size = 0; size < kSealBytes; ++size) {
    EXPECT_EQ(alice.open(ByteView(sealed).first(size)).error().code, Errc::content_sealed);
  }
}

RC_GTEST_PROP(Box, RefusesABoxWithAnyBitChanged, ()) {
  const auto text = *rc::gen::arbitrary<Bytes>();
  const BoxKey key = BoxKey::from_secret(secret(kAlice));
  Bytes sealed = *seal(text, key.public_key(), filled(7));
  const auto at = *rc::gen::inRange<std::size_t>(0, sealed.size());
  const auto bit = *rc::gen::inRange(0, 8);
  // The one bit that X25519 ignores is in the nonce too.
  sealed[at] = static_cast<std::uint8_t>(sealed[at] ^ (1U << bit));
  RC_ASSERT(key.open(sealed).error().code == Errc::content_sealed);
}

RC_GTEST_PROP(Box, OpensWhatWasSealedAndSealsTheSameBytesAgain, ()) {
  const auto text = *rc::gen::arbitrary<Bytes>();
  const auto seed = *rc::gen::arbitrary<std::uint8_t>();
  const BoxKey key = BoxKey::from_secret(filled(static_cast<std::uint8_t>(seed | 1U)));
  const Bytes sealed = *seal(text, key.public_key(), filled(9));
  RC_ASSERT(sealed.size() == text.size() + kSealBytes);
  RC_ASSERT(*key.open(sealed) == text);
  RC_ASSERT(*seal(text, key.public_key(), filled(9)) == sealed);
  RC_ASSERT(*seal(text, key.public_key(), filled(8)) != sealed);
}

TEST(Box, MakesTheKeyPairsOfRfc7748) {
  EXPECT_EQ(BoxKey::from_secret(secret(kAlice)).public_key(), fixed(kAlicePublic));
  EXPECT_EQ(BoxKey::from_secret(secret(kBob)).public_key(), fixed(kBobPublic));
}

TEST(Box, OpensThePublishedSealedBox) {
  const Result<Bytes> plain = BoxKey::from_secret(secret(kAlice)).open(*from_hex(kSealed));
  ASSERT_TRUE(plain);
  EXPECT_EQ(to_hex(*plain), kPlain);
}

TEST(Box, IsOpenedByLibsodiumItself) {
  const BoxKey bob = BoxKey::from_secret(secret(kBob));
  const Bytes sealed = *seal(as_bytes("to Bob"), bob.public_key(), filled(3));
  Bytes plain(6);
  ASSERT_EQ(crypto_box_seal_open(plain.data(), sealed.data(), sealed.size(),
                                 bob.public_key().data(), bob.secret().bytes().data()),
            0);
  EXPECT_EQ(as_text(plain), "to Bob");
}

// RFC 7693 appendix E: deterministic "random" bytes.
Bytes self_test_bytes(std::size_t length, std::uint32_t seed) {
  std::uint32_t a = 0xDEAD4BADU * seed;
  std::uint32_t b = 1;
  Bytes out;
  while (out.size() < length) {
    const std::uint32_t next = a + b;
    a = b;
    b = next;
    out.push_back(static_cast<std::uint8_t>(next >> 24));
  }
  return out;
}

Bytes plain_blake2b(std::size_t length, const Bytes& in, const Bytes& key) {
  Bytes out(length);
  crypto_generichash(out.data(), length, in.data(), in.size(), key.data(), key.size());
  return out;
}

TEST(Blake2b, PassesTheSelfTestOfRfc7693) {
  Bytes all;
  const auto add = [&all](const auto& bytes) { all.insert(all.end(), bytes.begin(), bytes.end()); };
  for (const std::size_t length : {20U, 32U, 48U, 64U}) {
    for (const std::size_t in_length : {0U, 3U, 128U, 129U, 255U, 1024U}) {
      const Bytes in = self_test_bytes(in_length, static_cast<std::uint32_t>(in_length));
      add(plain_blake2b(length, in, {}));
      const Bytes key = self_test_bytes(length, static_cast<std::uint32_t>(length));
      if (length != 32) {
        add(plain_blake2b(length, in, key));
        continue;
      }
      // In two parts, which must make no difference.
      const ByteView whole(in);
      const std::size_t half = in.size() / 2;
      add(blake2b_256(secret(to_hex(key)), {whole.first(half), whole.subspan(half)}));
    }
  }
  EXPECT_EQ(to_hex(plain_blake2b(32, all, {})),
            "c23a7800d98123bd10f506c61e29da5603d763b8bbad2e737f5e765a7bccd475");
}

TEST(Secret, IsWipedAndComparesByItsBytes) {
  EXPECT_TRUE(filled(1) == filled(1));
  EXPECT_FALSE(filled(1) == filled(2));
  std::array<std::uint8_t, 4> bytes{1, 2, 3, 4};
  wipe(bytes);
  EXPECT_EQ(bytes, (std::array<std::uint8_t, 4>{}));
  std::string text = "secret";
  const char* const memory = text.data();
  wipe(text);
  EXPECT_TRUE(text.empty());
  EXPECT_TRUE(std::all_of(memory, memory + 6, [](char c) { return c == 0; }));
}

}  // namespace
}  // namespace detente::crypto
