// SPDX-License-Identifier: Apache-2.0
//
// The verifiable oblivious pseudorandom function of RFC 9497, mode 0x01, suite ristretto255-SHA512,
// on libsodium's ristretto255 (RFC 9496). One side has a key, the other has inputs; the other
// learns the function's value for its inputs and the key's owner learns nothing of them. A proof of
// 64 bytes shows that a whole batch was evaluated with the key that was announced.
//
// Promised:      bytes as in the RFC. Secret scalars are multiplied in constant time and wiped when
//                they go out of scope. What comes from outside is decoded strictly: one form for
//                each element and scalar, and never the identity.
// Not promised:  that an input is honest, or that it cannot be guessed by whoever has the key.
//                Safety against a quantum computer.
// Randomness:    comes in as scalars. A blind is for one input, a nonce for one proof: a nonce that
//                is used for two proofs gives the key away.
// Threads:       pure functions of their arguments; a large batch can be cut and shared by cores.
// Errors:        key_malformed, voprf_element, voprf_input, voprf_proof.
//
//   const VoprfScalar blind = VoprfScalar::generate(random);
//   DETENTE_TRY(const VoprfElement asked, voprf_blind(input, blind));               // sent
//   DETENTE_TRY(const auto answer, key.evaluate(std::span(&asked, 1)));             // there
//   DETENTE_TRY(const VoprfProof proof, key.prove(asked_list, answer, nonce));      // sent back
//   DETENTE_CHECK(voprf_verify(public_key, asked_list, answer, proof));             // here again
//   DETENTE_TRY(const auto values, voprf_finalize(inputs, blinds, answer));
#pragma once

#include <array>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/ed25519.h"

namespace detente::crypto {

using VoprfElement = std::array<std::uint8_t, 32>;  // ristretto255, in its one form
using VoprfProof = std::array<std::uint8_t, 64>;    // two scalars: challenge, response
using VoprfOutput = std::array<std::uint8_t, 64>;
inline constexpr std::size_t kVoprfBatch = 65'535;       // of one proof: its index has two bytes
inline constexpr std::size_t kVoprfInputBytes = 65'535;  // RFC 9497 section 1.2

// A secret scalar that is not zero: a blind, or the nonce of a proof. Wiped.
class VoprfScalar {
 public:
  // key_malformed: not 32 bytes, zero, or not below the group's order.
  static Result<VoprfScalar> from_bytes(ByteView bytes);
  static VoprfScalar generate(const Random& random);  // takes 64 bytes, again if they give zero
  VoprfScalar(const VoprfScalar&);
  VoprfScalar& operator=(const VoprfScalar&);
  ~VoprfScalar();
  // For a secret file, or an opening to an auditor, and nothing else.
  ByteView bytes() const { return bytes_; }

 private:
  VoprfScalar() = default;
  friend class VoprfKey;
  std::array<std::uint8_t, 32> bytes_{};
};

// The key of one side. Its scalar is wiped when the key goes out of scope.
class VoprfKey {
 public:
  static VoprfKey from_scalar(const VoprfScalar& scalar);
  // DeriveKeyPair of section 3.2.1. key_malformed: `info` is longer than 65,535 bytes, or no
  // counter gives a key (never seen).
  static Result<VoprfKey> derive(const std::array<std::uint8_t, 32>& seed, ByteView info);
  static VoprfKey generate(const Random& random);

  const VoprfElement& public_key() const { return public_; }
  const VoprfScalar& scalar() const { return scalar_; }  // for a key file and nothing else
  // BlindEvaluate without its proof, in the same order. voprf_element names the first that is bad.
  Result<std::vector<VoprfElement>> evaluate(std::span<const VoprfElement> blinded) const;
  // The proof for a batch that this key evaluated, 1 to kVoprfBatch elements. voprf_input,
  // voprf_element.
  Result<VoprfProof> prove(std::span<const VoprfElement> blinded,
                           std::span<const VoprfElement> evaluated, const VoprfScalar& nonce) const;
  // Evaluate: the function's value for an input of one's own. voprf_input.
  Result<VoprfOutput> output(ByteView input) const;

 private:
  explicit VoprfKey(const VoprfScalar& scalar);
  VoprfScalar scalar_;
  VoprfElement public_{};
};

// Whether the bytes are an element in its one form and not the identity.
bool is_voprf_element(const VoprfElement& element);
// HashToGroup of an input. voprf_input: too long, or it gives the identity.
Result<VoprfElement> voprf_element_of(ByteView input);
// Blind. voprf_input.
Result<VoprfElement> voprf_blind(ByteView input, const VoprfScalar& blind);
// Whether `evaluated` is `blinded` times the key behind `public_key`, element by element.
// voprf_input (sizes), voprf_element (also of the key), voprf_proof. All of it is public.
Status voprf_verify(const VoprfElement& public_key, std::span<const VoprfElement> blinded,
                    std::span<const VoprfElement> evaluated, const VoprfProof& proof);
// Unblinds and hashes; the blinds are inverted together. The proof must have been verified, or be
// verified before the result is relied on. voprf_input (sizes), voprf_element.
Result<std::vector<VoprfOutput>> voprf_finalize(std::span<const ByteView> inputs,
                                                std::span<const VoprfScalar> blinds,
                                                std::span<const VoprfElement> evaluated);
// The last step for an element that is not blinded: the value that key*HashToGroup(input) gives.
// voprf_input.
Result<VoprfOutput> voprf_output_of(ByteView input, const VoprfElement& evaluated);

}  // namespace detente::crypto
