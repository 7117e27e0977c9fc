// SPDX-License-Identifier: Apache-2.0
// The VOPRF of crypto/voprf.h as a program: a request on each line of the input, words between
// spaces, lists between commas, everything in hex; one line of answer each, "refused" and the name
// of the error where it is one.
//   derive SEED INFO              blind INPUT SCALAR
//   evaluate KEY NONCE BLINDED    output KEY INPUT            verify PK BLINDED EVALUATED PROOF
//   finalize INPUTS SCALARS EVALUATED
#include <algorithm>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "crypto/voprf.h"

namespace detente {
namespace {

using crypto::VoprfElement;
using crypto::VoprfKey;
using crypto::VoprfScalar;

using Words = std::vector<std::string>;

Words split(const std::string& text, char between) {
  Words out;
  std::istringstream in(text);
  for (std::string word; std::getline(in, word, between);) out.push_back(word);
  return out;
}

std::string joined(const auto& list) {
  std::string out;
  for (const auto& item : list) out += (out.empty() ? "" : ",") + to_hex(item);
  return out;
}

template <std::size_t N>
Result<std::array<std::uint8_t, N>> fixed(const std::string& hex) {
  DETENTE_TRY(const Bytes bytes, from_hex(hex));
  if (bytes.size() != N) return fail(Errc::bad_encoding, "another length");
  std::array<std::uint8_t, N> out{};
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

Result<VoprfScalar> scalar(const std::string& hex) {
  DETENTE_TRY(const Bytes bytes, from_hex(hex));
  return VoprfScalar::from_bytes(bytes);
}

Result<std::vector<VoprfElement>> elements(const std::string& list) {
  std::vector<VoprfElement> out;
  for (const std::string& hex : split(list, ',')) {
    DETENTE_TRY(const auto element, fixed<32>(hex));
    out.push_back(element);
  }
  return out;
}

Result<std::string> finalize(const Words& words) {
  std::vector<Bytes> inputs;
  std::vector<VoprfScalar> blinds;
  for (const std::string& hex : split(words[1], ',')) {
    DETENTE_TRY(Bytes input, from_hex(hex));
    inputs.push_back(std::move(input));
  }
  for (const std::string& hex : split(words[2], ',')) {
    DETENTE_TRY(const VoprfScalar blind, scalar(hex));
    blinds.push_back(blind);
  }
  DETENTE_TRY(const auto evaluated, elements(words[3]));
  const std::vector<ByteView> views(inputs.begin(), inputs.end());
  DETENTE_TRY(const auto outputs, crypto::voprf_finalize(views, blinds, evaluated));
  return joined(outputs);
}

Result<std::string> with_key(const Words& words) {
  DETENTE_TRY(const VoprfScalar secret, scalar(words[1]));
  const VoprfKey key = VoprfKey::from_scalar(secret);
  if (words[0] == "output") {
    DETENTE_TRY(const Bytes input, from_hex(words[2]));
    DETENTE_TRY(const auto output, key.output(input));
    return to_hex(output);
  }
  DETENTE_TRY(const VoprfScalar nonce, scalar(words[2]));
  DETENTE_TRY(const auto blinded, elements(words[3]));
  DETENTE_TRY(const auto evaluated, key.evaluate(blinded));
  DETENTE_TRY(const auto proof, key.prove(blinded, evaluated, nonce));
  return joined(evaluated) + " " + to_hex(proof);
}

Result<std::string> verify(const Words& words) {
  DETENTE_TRY(const auto public_key, fixed<32>(words[1]));
  DETENTE_TRY(const auto blinded, elements(words[2]));
  DETENTE_TRY(const auto evaluated, elements(words[3]));
  DETENTE_TRY(const auto proof, fixed<64>(words[4]));
  DETENTE_CHECK(crypto::voprf_verify(public_key, blinded, evaluated, proof));
  return std::string("verified");
}

Result<std::string> answer(const Words& words) {
  const std::string& verb = words[0];
  const std::size_t count = words.size();
  if (verb == "verify" && count == 5) return verify(words);
  if (verb == "finalize" && count == 4) return finalize(words);
  if ((verb == "evaluate" && count == 4) || (verb == "output" && count == 3)) {
    return with_key(words);
  }
  if (verb == "derive" && count == 3) {
    DETENTE_TRY(const auto seed, fixed<32>(words[1]));
    DETENTE_TRY(const Bytes info, from_hex(words[2]));
    DETENTE_TRY(const VoprfKey key, VoprfKey::derive(seed, info));
    return to_hex(key.scalar().bytes()) + " " + to_hex(key.public_key());
  }
  if (verb == "blind" && count == 3) {
    DETENTE_TRY(const Bytes input, from_hex(words[1]));
    DETENTE_TRY(const VoprfScalar blind, scalar(words[2]));
    DETENTE_TRY(const auto element, crypto::voprf_blind(input, blind));
    return to_hex(element);
  }
  return fail(Errc::usage, "not a request");
}

}  // namespace
}  // namespace detente

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    const detente::Words words = detente::split(line, ' ');
    if (words.empty()) continue;
    const detente::Result<std::string> text = detente::answer(words);
    std::cout << (text ? *text : std::string("refused ") + errc_name(text.error().code)) << '\n'
              << std::flush;
  }
  return 0;
}
