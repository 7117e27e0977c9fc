// SPDX-License-Identifier: Apache-2.0
#include "crypto/voprf.h"

#include <sodium.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace detente::crypto {
namespace {

using ScalarBytes = std::array<std::uint8_t, 32>;
using Wide = std::array<std::uint8_t, 64>;

constexpr std::string_view kContext{"OPRFV1-\x01-ristretto255-SHA512", 28};

void need_sodium() {
  static const bool ready = sodium_init() >= 0;
  check(ready, "libsodium could not be initialised");
}

// SHA-512 over parts; its state is wiped, because it may have seen a secret.
class Hasher {
 public:
  Hasher() { crypto_hash_sha512_init(&state_); }
  ~Hasher() { sodium_memzero(&state_, sizeof state_); }
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  Hasher& add(ByteView bytes) {
    crypto_hash_sha512_update(&state_, bytes.data(), bytes.size());
    return *this;
  }
  Hasher& add(std::string_view text) { return add(as_bytes(text)); }
  Hasher& add(std::uint8_t byte) { return add(ByteView(&byte, 1)); }
  Hasher& add_u16(std::size_t value) {
    return add(static_cast<std::uint8_t>(value >> 8U)).add(static_cast<std::uint8_t>(value));
  }
  // The length in two bytes, and the bytes.
  Hasher& add_sized(ByteView bytes) { return add_u16(bytes.size()).add(bytes); }
  Wide end() {
    Wide out{};
    crypto_hash_sha512_final(&state_, out.data());
    return out;
  }

 private:
  crypto_hash_sha512_state state_{};
};

// expand_message_xmd of RFC 9380 section 5.3.1 with SHA-512, for 64 bytes: one block. `purpose`
// and the suite's context are the domain separation tag. `fill` adds the message.
template <class Fill>
Wide expand(std::string_view purpose, const Fill& fill) {
  constexpr std::array<std::uint8_t, 128> kZeroBlock{};
  const auto tag_size = static_cast<std::uint8_t>(purpose.size() + kContext.size());
  Hasher first;
  first.add(ByteView(kZeroBlock));
  fill(first);
  first.add_u16(64).add(std::uint8_t{0}).add(purpose).add(kContext).add(tag_size);
  Wide seed = first.end();
  Hasher second;
  second.add(ByteView(seed)).add(std::uint8_t{1}).add(purpose).add(kContext).add(tag_size);
  sodium_memzero(seed.data(), seed.size());
  return second.end();
}

ScalarBytes reduced(Wide& wide) {
  ScalarBytes out{};
  crypto_core_ristretto255_scalar_reduce(out.data(), wide.data());
  sodium_memzero(wide.data(), wide.size());
  return out;
}

template <class Fill>
ScalarBytes hash_to_scalar(std::string_view purpose, const Fill& fill) {
  Wide wide = expand(purpose, fill);
  return reduced(wide);
}

bool is_zero(ByteView bytes) {
  return sodium_is_zero(bytes.data(), bytes.size()) == 1;
}

// Below the order: reducing changes nothing.
bool is_canonical_scalar(ByteView bytes) {
  Wide wide{};
  std::copy(bytes.begin(), bytes.end(), wide.begin());
  ScalarBytes same = reduced(wide);
  const bool canonical = sodium_memcmp(same.data(), bytes.data(), same.size()) == 0;
  sodium_memzero(same.data(), same.size());
  return canonical;
}

// False for an element that is malformed or the identity, and for a scalar of zero.
bool multiply(VoprfElement& out, ByteView scalar, const VoprfElement& element) {
  return crypto_scalarmult_ristretto255(out.data(), scalar.data(), element.data()) == 0;
}

bool add_to(VoprfElement& sum, const VoprfElement& element) {
  return crypto_core_ristretto255_add(sum.data(), sum.data(), element.data()) == 0;
}

std::string nth(std::size_t index) {
  return "element " + std::to_string(index);
}

Status check_batch(std::size_t blinded, std::size_t evaluated) {
  if (blinded == 0 || blinded > kVoprfBatch || blinded != evaluated) {
    return fail(Errc::voprf_input,
                std::to_string(blinded) + " and " + std::to_string(evaluated) + " elements");
  }
  return {};
}

// ComputeComposites of section 2.2.1: the batch's weights, one by one.
class Weights {
 public:
  explicit Weights(const VoprfElement& public_key) {
    constexpr std::string_view kSeed = "Seed-";
    Hasher hash;
    hash.add_sized(public_key).add_u16(kSeed.size() + kContext.size()).add(kSeed).add(kContext);
    seed_ = hash.end();
  }
  ScalarBytes at(std::size_t index, const VoprfElement& blinded,
                 const VoprfElement& evaluated) const {
    return hash_to_scalar("HashToScalar-", [&](Hasher& hash) {
      hash.add_sized(seed_).add_u16(index).add_sized(blinded).add_sized(evaluated);
      hash.add("Composite");
    });
  }

 private:
  Wide seed_{};
};

ScalarBytes challenge(const VoprfElement& public_key, const std::array<VoprfElement, 4>& parts) {
  return hash_to_scalar("HashToScalar-", [&](Hasher& hash) {
    hash.add_sized(public_key);
    for (const VoprfElement& part : parts) hash.add_sized(part);
    hash.add("Challenge");
  });
}

VoprfOutput hash_output(ByteView input, const VoprfElement& element) {
  return Hasher().add_sized(input).add_sized(element).add("Finalize").end();
}

// The inverses of all scalars with one inversion (Montgomery): prefix products, the inverse of the
// last, and back.
class Inverses {
 public:
  explicit Inverses(std::span<const VoprfScalar> scalars) : out_(scalars.size()) {
    ScalarBytes product{1};
    for (std::size_t i = 0; i < scalars.size(); ++i) {
      out_[i] = product;
      crypto_core_ristretto255_scalar_mul(product.data(), product.data(),
                                          scalars[i].bytes().data());
    }
    ScalarBytes back{};
    const int inverted = crypto_core_ristretto255_scalar_invert(back.data(), product.data());
    check(inverted == 0, "a product of scalars that are not zero is not zero");
    for (std::size_t i = scalars.size(); i-- > 0;) {
      crypto_core_ristretto255_scalar_mul(out_[i].data(), out_[i].data(), back.data());
      crypto_core_ristretto255_scalar_mul(back.data(), back.data(), scalars[i].bytes().data());
    }
    sodium_memzero(product.data(), product.size());
    sodium_memzero(back.data(), back.size());
  }
  ~Inverses() { sodium_memzero(out_.data(), out_.size() * sizeof(ScalarBytes)); }
  Inverses(const Inverses&) = delete;
  Inverses& operator=(const Inverses&) = delete;
  const ScalarBytes& operator[](std::size_t i) const { return out_[i]; }

 private:
  std::vector<ScalarBytes> out_;
};

}  // namespace

// ---- scalars and keys ----

Result<VoprfScalar> VoprfScalar::from_bytes(ByteView bytes) {
  need_sodium();
  VoprfScalar out;
  if (bytes.size() != out.bytes_.size() || is_zero(bytes) || !is_canonical_scalar(bytes)) {
    return fail(Errc::key_malformed, "not a scalar between zero and the group's order");
  }
  std::copy(bytes.begin(), bytes.end(), out.bytes_.begin());
  return out;
}

VoprfScalar VoprfScalar::generate(const Random& random) {
  need_sodium();
  VoprfScalar out;
  for (int draws = 0; is_zero(out.bytes_); ++draws) {
    check(draws < 8, "the random source gives nothing but zero");
    Wide wide{};
    random(wide);
    out.bytes_ = reduced(wide);
  }
  return out;
}

VoprfScalar::VoprfScalar(const VoprfScalar&) = default;
VoprfScalar& VoprfScalar::operator=(const VoprfScalar&) = default;

VoprfScalar::~VoprfScalar() {
  sodium_memzero(bytes_.data(), bytes_.size());
}

VoprfKey::VoprfKey(const VoprfScalar& scalar) : scalar_(scalar) {
  const int made = crypto_scalarmult_ristretto255_base(public_.data(), scalar_.bytes_.data());
  check(made == 0, "a scalar that is not zero gives an element");
}

VoprfKey VoprfKey::from_scalar(const VoprfScalar& scalar) {
  need_sodium();
  return VoprfKey(scalar);
}

Result<VoprfKey> VoprfKey::derive(const std::array<std::uint8_t, 32>& seed, ByteView info) {
  need_sodium();
  if (info.size() > kVoprfInputBytes) return fail(Errc::key_malformed, "the info is too long");
  for (int counter = 0; counter < 256; ++counter) {
    VoprfScalar scalar;
    scalar.bytes_ = hash_to_scalar("DeriveKeyPair", [&](Hasher& hash) {
      hash.add(ByteView(seed)).add_sized(info).add(static_cast<std::uint8_t>(counter));
    });
    if (!is_zero(scalar.bytes_)) return VoprfKey(scalar);
  }
  return fail(Errc::key_malformed, "the seed gives no key");
}

VoprfKey VoprfKey::generate(const Random& random) {
  return VoprfKey(VoprfScalar::generate(random));
}

// ---- the key's owner ----

Result<std::vector<VoprfElement>> VoprfKey::evaluate(std::span<const VoprfElement> blinded) const {
  std::vector<VoprfElement> out(blinded.size());
  for (std::size_t i = 0; i < blinded.size(); ++i) {
    if (!multiply(out[i], scalar_.bytes_, blinded[i])) return fail(Errc::voprf_element, nth(i));
  }
  return out;
}

Result<VoprfProof> VoprfKey::prove(std::span<const VoprfElement> blinded,
                                   std::span<const VoprfElement> evaluated,
                                   const VoprfScalar& nonce) const {
  DETENTE_CHECK(check_batch(blinded.size(), evaluated.size()));
  const Weights weights(public_);
  // M is the weighted sum of what was asked, Z that of the answers; the key gives Z from M.
  std::array<VoprfElement, 4> parts{};
  auto& [m, z, t2, t3] = parts;
  for (std::size_t i = 0; i < blinded.size(); ++i) {
    VoprfElement weighted{};
    const bool good = multiply(weighted, weights.at(i, blinded[i], evaluated[i]), blinded[i]) &&
                      add_to(m, weighted);
    if (!good) return fail(Errc::voprf_element, nth(i));
  }
  const bool made = multiply(z, scalar_.bytes_, m) && multiply(t3, nonce.bytes(), m) &&
                    crypto_scalarmult_ristretto255_base(t2.data(), nonce.bytes().data()) == 0;
  if (!made) return fail(Errc::voprf_element, "the batch adds up to the identity");
  const ScalarBytes c = challenge(public_, parts);
  ScalarBytes s{};
  crypto_core_ristretto255_scalar_mul(s.data(), c.data(), scalar_.bytes_.data());
  crypto_core_ristretto255_scalar_sub(s.data(), nonce.bytes().data(), s.data());
  VoprfProof proof{};
  std::copy(c.begin(), c.end(), proof.begin());
  std::copy(s.begin(), s.end(), proof.begin() + c.size());
  return proof;
}

Result<VoprfOutput> VoprfKey::output(ByteView input) const {
  DETENTE_TRY(const VoprfElement element, voprf_element_of(input));
  VoprfElement evaluated{};
  if (!multiply(evaluated, scalar_.bytes_, element)) return fail(Errc::voprf_input);
  VoprfOutput out = hash_output(input, evaluated);
  sodium_memzero(evaluated.data(), evaluated.size());
  return out;
}

// ---- the other side ----

bool is_voprf_element(const VoprfElement& element) {
  need_sodium();
  return !is_zero(element) && crypto_core_ristretto255_is_valid_point(element.data()) == 1;
}

Result<VoprfElement> voprf_element_of(ByteView input) {
  need_sodium();
  if (input.size() > kVoprfInputBytes) return fail(Errc::voprf_input, "longer than 65,535 bytes");
  Wide wide = expand("HashToGroup-", [&](Hasher& hash) { hash.add(input); });
  VoprfElement out{};
  crypto_core_ristretto255_from_hash(out.data(), wide.data());
  sodium_memzero(wide.data(), wide.size());
  if (is_zero(out)) return fail(Errc::voprf_input, "it gives the identity");
  return out;
}

Result<VoprfElement> voprf_blind(ByteView input, const VoprfScalar& blind) {
  DETENTE_TRY(VoprfElement element, voprf_element_of(input));
  VoprfElement out{};
  const bool good = multiply(out, blind.bytes(), element);
  sodium_memzero(element.data(), element.size());
  if (!good) return fail(Errc::voprf_input, "it gives the identity");
  return out;
}

Status voprf_verify(const VoprfElement& public_key, std::span<const VoprfElement> blinded,
                    std::span<const VoprfElement> evaluated, const VoprfProof& proof) {
  need_sodium();
  DETENTE_CHECK(check_batch(blinded.size(), evaluated.size()));
  if (!is_voprf_element(public_key)) return fail(Errc::voprf_element, "the public key");
  const ByteView c = ByteView(proof).first(32);
  const ByteView s = ByteView(proof).last(32);
  // An honest proof has a zero in it with probability 2^-252.
  if (is_zero(c) || is_zero(s) || !is_canonical_scalar(c) || !is_canonical_scalar(s)) {
    return fail(Errc::voprf_proof, "its scalars are malformed");
  }
  const Weights weights(public_key);
  std::array<VoprfElement, 4> parts{};
  auto& [m, z, t2, t3] = parts;
  VoprfElement term{};
  for (std::size_t i = 0; i < blinded.size(); ++i) {
    const ScalarBytes weight = weights.at(i, blinded[i], evaluated[i]);
    const bool good = multiply(term, weight, blinded[i]) && add_to(m, term) &&
                      multiply(term, weight, evaluated[i]) && add_to(z, term);
    if (!good) return fail(Errc::voprf_element, nth(i));
  }
  const bool made = crypto_scalarmult_ristretto255_base(t2.data(), s.data()) == 0 &&
                    multiply(term, c, public_key) && add_to(t2, term) && multiply(t3, s, m) &&
                    multiply(term, c, z) && add_to(t3, term);
  if (!made) return fail(Errc::voprf_proof, "the batch adds up to the identity");
  const ScalarBytes expected = challenge(public_key, parts);
  if (sodium_memcmp(expected.data(), c.data(), c.size()) != 0) return fail(Errc::voprf_proof);
  return {};
}

Result<std::vector<VoprfOutput>> voprf_finalize(std::span<const ByteView> inputs,
                                                std::span<const VoprfScalar> blinds,
                                                std::span<const VoprfElement> evaluated) {
  if (inputs.size() != blinds.size() || inputs.size() != evaluated.size()) {
    return fail(Errc::voprf_input, "inputs, blinds and answers differ in number");
  }
  const Inverses inverses(blinds);
  std::vector<VoprfOutput> out(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].size() > kVoprfInputBytes) return fail(Errc::voprf_input, nth(i));
    VoprfElement element{};
    if (!multiply(element, inverses[i], evaluated[i])) return fail(Errc::voprf_element, nth(i));
    out[i] = hash_output(inputs[i], element);
    sodium_memzero(element.data(), element.size());
  }
  return out;
}

Result<VoprfOutput> voprf_output_of(ByteView input, const VoprfElement& evaluated) {
  if (input.size() > kVoprfInputBytes) return fail(Errc::voprf_input, "longer than 65,535 bytes");
  return hash_output(input, evaluated);
}

}  // namespace detente::crypto
