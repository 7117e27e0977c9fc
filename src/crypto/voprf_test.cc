// SPDX-License-Identifier: Apache-2.0
// Method: the refusals first; then every vector of RFC 9497 for mode 0x01 and ristretto255-SHA512,
// where the file of all vectors is beside the repository (one of them is written out here, so that
// a checkout alone is tested too); then batches against the slow way, one element at a time.
#include "crypto/voprf.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <new>
#include <random>

#include "base/json.h"

namespace detente::crypto {
namespace {

const std::string kVectors =
    DETENTE_SOURCE_DIR "/../shared/data/private-checks/rfc9497-allVectors.json";

template <std::size_t N>
std::array<std::uint8_t, N> fixed(std::string_view hex) {
  const Result<Bytes> bytes = from_hex(hex);
  check(bytes && bytes->size() == N, "the test's hex has another length");
  std::array<std::uint8_t, N> out{};
  std::copy(bytes->begin(), bytes->end(), out.begin());
  return out;
}

VoprfScalar scalar(std::string_view hex) {
  return VoprfScalar::from_bytes(from_hex(hex).value()).value();
}

Random seeded(std::uint64_t seed) {
  return [engine = std::mt19937_64(seed)](std::span<std::uint8_t> out) mutable {
    for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(engine());
  };
}

// What one exchange of `size` elements left behind.
struct Exchange {
  explicit Exchange(std::size_t size, std::uint64_t seed = 1)
      : random(seeded(seed)), key(VoprfKey::generate(random)) {
    for (std::size_t i = 0; i < size; ++i) {
      inputs.push_back(to_bytes("input " + std::to_string(i)));
      blinds.push_back(VoprfScalar::generate(random));
      blinded.push_back(voprf_blind(inputs[i], blinds[i]).value());
    }
    views.assign(inputs.begin(), inputs.end());
    evaluated = key.evaluate(blinded).value();
    proof = key.prove(blinded, evaluated, VoprfScalar::generate(random)).value();
  }
  Status verify() const { return voprf_verify(key.public_key(), blinded, evaluated, proof); }

  Random random;
  VoprfKey key;
  std::vector<Bytes> inputs;
  std::vector<ByteView> views;
  std::vector<VoprfScalar> blinds;
  std::vector<VoprfElement> blinded;
  std::vector<VoprfElement> evaluated;
  VoprfProof proof{};
};

// Errc{} for success.
Errc code_of(const Status& status) {
  return status ? Errc{} : status.error().code;
}

constexpr std::string_view kOrder =
    "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

// ---- refusals ----

TEST(Voprf, RefusesScalarsThatAreZeroOrNotReducedOrOfAnotherLength) {
  std::array<std::uint8_t, 32> bytes{};
  EXPECT_EQ(VoprfScalar::from_bytes(bytes).error().code, Errc::key_malformed);
  bytes = fixed<32>(kOrder);
  EXPECT_FALSE(VoprfScalar::from_bytes(bytes));
  bytes[0] -= 1;
  EXPECT_TRUE(VoprfScalar::from_bytes(bytes)) << "the order less one";
  bytes.fill(0xff);
  EXPECT_FALSE(VoprfScalar::from_bytes(bytes));
  EXPECT_FALSE(VoprfScalar::from_bytes(ByteView(bytes).first(31)));
  EXPECT_FALSE(VoprfScalar::from_bytes({}));
}

TEST(Voprf, RefusesTheIdentityAndWhatIsNotCanonical) {
  const Exchange done(1);
  // RFC 9496 appendix A.3: the field element is not reduced, negative, not a square.
  const std::array<std::string_view, 5> bad = {
      "0000000000000000000000000000000000000000000000000000000000000000",
      "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
      "f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "0100000000000000000000000000000000000000000000000000000000000000",
      "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371"};
  for (const std::string_view hex : bad) {
    const std::vector<VoprfElement> list = {fixed<32>(hex)};
    EXPECT_FALSE(is_voprf_element(list[0])) << hex;
    EXPECT_EQ(done.key.evaluate(list).error().code, Errc::voprf_element) << hex;
    EXPECT_EQ(code_of(voprf_verify(done.key.public_key(), list, done.evaluated, done.proof)),
              Errc::voprf_element);
    EXPECT_EQ(code_of(voprf_verify(done.key.public_key(), done.blinded, list, done.proof)),
              Errc::voprf_element);
    EXPECT_EQ(code_of(voprf_verify(list[0], done.blinded, done.evaluated, done.proof)),
              Errc::voprf_element);
    EXPECT_EQ(voprf_finalize(done.views, done.blinds, list).error().code, Errc::voprf_element);
    EXPECT_FALSE(done.key.prove(list, done.evaluated, done.blinds[0]));
  }
  EXPECT_TRUE(is_voprf_element(done.blinded[0]));
}

TEST(Voprf, NamesTheElementThatIsBad) {
  Exchange done(5);
  done.blinded[3] = {};
  EXPECT_EQ(done.key.evaluate(done.blinded).error().detail, "element 3");
}

TEST(Voprf, RefusesBatchesThatAreEmptyUnevenOrTooLarge) {
  const Exchange done(2);
  const std::span<const VoprfElement> two(done.blinded);
  EXPECT_EQ(done.key.prove({}, {}, done.blinds[0]).error().code, Errc::voprf_input);
  EXPECT_EQ(done.key.prove(two, two.first(1), done.blinds[0]).error().code, Errc::voprf_input);
  EXPECT_EQ(code_of(voprf_verify(done.key.public_key(), {}, {}, done.proof)), Errc::voprf_input);
  const std::vector<VoprfElement> many(kVoprfBatch + 1, done.blinded[0]);
  EXPECT_EQ(done.key.prove(many, many, done.blinds[0]).error().code, Errc::voprf_input);
  EXPECT_EQ(code_of(voprf_verify(done.key.public_key(), many, many, done.proof)),
            Errc::voprf_input);
  EXPECT_EQ(voprf_finalize(done.views, std::span(done.blinds).first(1), two).error().code,
            Errc::voprf_input);
  const Bytes long_input(kVoprfInputBytes + 1);
  EXPECT_EQ(voprf_blind(long_input, done.blinds[0]).error().code, Errc::voprf_input);
  EXPECT_EQ(done.key.output(long_input).error().code, Errc::voprf_input);
}

TEST(Voprf, AProofWithAnyBitFlippedDoesNotVerify) {
  Exchange done(3);
  ASSERT_TRUE(done.verify());
  for (std::size_t bit = 0; bit < done.proof.size() * 8; bit += 5) {
    const auto mask = static_cast<std::uint8_t>(1U << (bit % 8));
    done.proof[bit / 8] = static_cast<std::uint8_t>(done.proof[bit / 8] ^ mask);
    EXPECT_EQ(code_of(done.verify()), Errc::voprf_proof) << bit;
    done.proof[bit / 8] = static_cast<std::uint8_t>(done.proof[bit / 8] ^ mask);
  }
  EXPECT_TRUE(done.verify());
}

TEST(Voprf, AProofInASecondFormDoesNotVerify) {
  Exchange done(1);
  const auto order = fixed<32>(kOrder);
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {  // the response plus the order
    carry += static_cast<unsigned>(done.proof[32 + i]) + order[i];
    done.proof[32 + i] = static_cast<std::uint8_t>(carry);
    carry >>= 8U;
  }
  EXPECT_EQ(code_of(done.verify()), Errc::voprf_proof);
}

TEST(Voprf, AnotherKeyForOneElementOfABatchDoesNotVerify) {
  Exchange done(9);
  const VoprfKey other = VoprfKey::generate(done.random);
  const std::span<const VoprfElement> asked(done.blinded);
  done.evaluated[4] = other.evaluate(asked.subspan(4, 1)).value()[0];
  // Neither with the honest proof, nor with one that the answerer makes for what it gives.
  EXPECT_EQ(code_of(done.verify()), Errc::voprf_proof);
  done.proof =
      done.key.prove(done.blinded, done.evaluated, VoprfScalar::generate(done.random)).value();
  EXPECT_EQ(code_of(done.verify()), Errc::voprf_proof);
}

TEST(Voprf, AnotherPublicKeyOrderOrBatchDoesNotVerify) {
  Exchange done(4);
  const VoprfKey other = VoprfKey::generate(done.random);
  EXPECT_EQ(code_of(voprf_verify(other.public_key(), done.blinded, done.evaluated, done.proof)),
            Errc::voprf_proof);
  const std::span<const VoprfElement> asked(done.blinded);
  const std::span<const VoprfElement> answered(done.evaluated);
  EXPECT_EQ(
      code_of(voprf_verify(done.key.public_key(), asked.first(3), answered.first(3), done.proof)),
      Errc::voprf_proof);
  std::swap(done.blinded[0], done.blinded[1]);
  EXPECT_EQ(code_of(done.verify()), Errc::voprf_proof);
  std::swap(done.evaluated[0], done.evaluated[1]);
  EXPECT_EQ(code_of(done.verify()), Errc::voprf_proof);
}

// ---- wiping ----

// The object's memory after its end, looked at as the plain bytes that it was made in.
template <class T>
bool ends_clean(const T& original, ByteView secret) {
  alignas(T) std::array<std::uint8_t, sizeof(T)> memory{};
  T* const object = new (memory.data()) T(original);
  const auto found = [&] {
    return std::search(memory.begin(), memory.end(), secret.begin(), secret.end()) != memory.end();
  };
  EXPECT_TRUE(found()) << "the secret should be there while the object lives";
  object->~T();
  return !found();
}

TEST(Voprf, KeysAndScalarsDestroyTheirSecret) {
  const Exchange done(1);
  const ByteView secret = done.key.scalar().bytes();
  EXPECT_TRUE(ends_clean(done.key, secret));
  EXPECT_TRUE(ends_clean(done.key.scalar(), secret));
}

// ---- vectors ----

TEST(Voprf, GivesTheFirstVectorOfTheRfc) {
  std::array<std::uint8_t, 32> seed{};
  seed.fill(0xa3);
  const VoprfKey key = VoprfKey::derive(seed, as_bytes("test key")).value();
  EXPECT_EQ(to_hex(key.scalar().bytes()),
            "e6f73f344b79b379f1a0dd37e07ff62e38d9f71345ce62ae3a9bc60b04ccd909");
  EXPECT_EQ(to_hex(key.public_key()),
            "c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e");
  const Bytes input = {0};
  EXPECT_EQ(to_hex(key.output(input).value()),
            "b58cfbe118e0cb94d79b5fd6a6dafb98764dff49c14e1770b566e42402da1a7d"
            "a4d8527693914139caee5bd03903af43a491351d23b430948dd50cde10d32b3c");
}

std::vector<std::string> parts_of(const std::string& list) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    out.push_back(list.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

std::string joined(const auto& list) {
  std::string out;
  for (const auto& item : list) out += (out.empty() ? "" : ",") + to_hex(item);
  return out;
}

std::string text_of(const JsonReader& in, std::string_view name) {
  return in.string(name, 10'000).value();
}

// One vector, as the key's owner and as the other side.
void run_vector(const VoprfKey& key, const JsonReader& vector) {
  std::vector<Bytes> inputs;
  std::vector<VoprfScalar> blinds;
  std::vector<VoprfElement> blinded;
  for (const std::string& hex : parts_of(text_of(vector, "Input"))) {
    inputs.push_back(from_hex(hex).value());
  }
  for (const std::string& hex : parts_of(text_of(vector, "Blind"))) {
    blinds.push_back(scalar(hex));
  }
  ASSERT_EQ(inputs.size(), blinds.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    blinded.push_back(voprf_blind(inputs[i], blinds[i]).value());
  }
  EXPECT_EQ(joined(blinded), text_of(vector, "BlindedElement"));
  const auto evaluated = key.evaluate(blinded).value();
  EXPECT_EQ(joined(evaluated), text_of(vector, "EvaluationElement"));
  const JsonReader proof = vector.object("Proof").value();
  const VoprfProof made = key.prove(blinded, evaluated, scalar(text_of(proof, "r"))).value();
  EXPECT_EQ(to_hex(made), text_of(proof, "proof"));
  EXPECT_TRUE(voprf_verify(key.public_key(), blinded, evaluated, made));
  const std::vector<ByteView> views(inputs.begin(), inputs.end());
  EXPECT_EQ(joined(voprf_finalize(views, blinds, evaluated).value()), text_of(vector, "Output"));
  std::vector<VoprfOutput> own;
  for (const Bytes& input : inputs) own.push_back(key.output(input).value());
  EXPECT_EQ(joined(own), text_of(vector, "Output"));
}

TEST(Voprf, GivesEveryVectorOfTheRfc) {
  if (!std::filesystem::exists(kVectors)) GTEST_SKIP() << kVectors << " is not there";
  std::ifstream in(kVectors);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const JsonDocument document = parse_json(text, {.bytes_max = 1U << 20}).value();
  int vectors = 0;
  const std::vector<JsonReader> suites = document.root().as_array(100).value();
  for (const JsonReader& suite : suites) {
    const bool ours = text_of(suite, "identifier") == "ristretto255-SHA512" &&
                      suite.integer("mode", 0, 2).value() == 1;
    if (!ours) continue;
    const Bytes info = from_hex(text_of(suite, "keyInfo")).value();
    const VoprfKey key = VoprfKey::derive(fixed<32>(text_of(suite, "seed")), info).value();
    EXPECT_EQ(to_hex(key.scalar().bytes()), text_of(suite, "skSm"));
    EXPECT_EQ(to_hex(key.public_key()), text_of(suite, "pkSm"));
    EXPECT_EQ(VoprfKey::from_scalar(key.scalar()).public_key(), key.public_key());
    const std::vector<JsonReader> list = suite.array("vectors", 100).value();
    for (const JsonReader& vector : list) {
      run_vector(key, vector);
      ++vectors;
    }
  }
  EXPECT_EQ(vectors, 3);
}

// ---- answers ----

TEST(Voprf, BatchesOfEverySizeVerifyAndGiveWhatTheKeyGives) {
  for (const std::size_t size : {1U, 2U, 3U, 7U, 64U, 301U}) {
    const Exchange done(size, size);
    EXPECT_TRUE(done.verify()) << size;
    const auto values = voprf_finalize(done.views, done.blinds, done.evaluated).value();
    for (std::size_t i = 0; i < size; ++i) {
      EXPECT_EQ(values[i], done.key.output(done.inputs[i]).value());
    }
  }
}

TEST(Voprf, ABlindHidesTheInputAndChangesNothingElse) {
  Exchange done(1);
  const VoprfScalar other = VoprfScalar::generate(done.random);
  const std::vector<VoprfElement> again = {voprf_blind(done.inputs[0], other).value()};
  EXPECT_NE(again[0], done.blinded[0]);
  const auto answer = done.key.evaluate(again).value();
  const std::vector<VoprfScalar> blinds = {other};
  EXPECT_EQ(voprf_finalize(done.views, blinds, answer).value()[0],
            done.key.output(done.inputs[0]).value());
}

TEST(Voprf, AnElementWithoutABlindIsShownToBeAnInputs) {
  Exchange done(1);
  const std::vector<VoprfElement> element = {voprf_element_of(done.inputs[0]).value()};
  const auto evaluated = done.key.evaluate(element).value();
  const auto proof = done.key.prove(element, evaluated, VoprfScalar::generate(done.random)).value();
  EXPECT_TRUE(voprf_verify(done.key.public_key(), element, evaluated, proof));
  EXPECT_EQ(voprf_output_of(done.inputs[0], evaluated[0]).value(),
            done.key.output(done.inputs[0]).value());
}

TEST(Voprf, NothingIsFinalizedOfNothing) {
  EXPECT_TRUE(voprf_finalize({}, {}, {}).value().empty());
  EXPECT_TRUE(Exchange(1).key.evaluate({}).value().empty());
}

}  // namespace
}  // namespace detente::crypto
