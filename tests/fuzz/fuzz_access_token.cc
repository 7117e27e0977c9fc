// SPDX-License-Identifier: Apache-2.0
// Input: "raw\n" and a compact token, or "signed\n", a header, "\n" and claims, which are signed
// here, so that the claims of a token that a trusted key vouches for are read too.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "crypto/testing_rsa.h"
#include "wire/access_token.h"

namespace {

using detente::Bytes;
using detente::crypto::TestingRsaKey;

const TestingRsaKey& authority() {
  static const TestingRsaKey key(2'048);
  return key;
}

const detente::wire::TokenTrust& trust() {
  static const detente::wire::TokenTrust value = {
      .keys = {{"", detente::crypto::RsaPublicKey::from_pem(authority().public_pem()).value()}},
      .audiences = {"localhost"}};
  return value;
}

std::string url64(detente::ByteView bytes) {
  std::string text = detente::to_base64(bytes);
  while (text.ends_with('=')) text.pop_back();
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

std::string token_of(std::string_view input) {
  if (input.starts_with("raw\n")) return std::string(input.substr(4));
  if (input.starts_with("signed\n")) input.remove_prefix(7);
  const std::size_t line = std::min(input.find('\n'), input.size());
  const std::string_view claims = input.substr(std::min(line + 1, input.size()));
  const std::string text =
      url64(detente::as_bytes(input.substr(0, line))) + "." + url64(detente::as_bytes(claims));
  return text + "." + url64(authority().sign(detente::as_bytes(text)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string token = token_of({reinterpret_cast<const char*>(data), size});
  const detente::UtcMs now{1'800'000'000'000};
  const auto claims = detente::wire::check_token(token, trust(), now);
  if (claims) {
    const bool sound = !claims->subject.empty() && !claims->issuer.empty() &&
                       claims->expires > now - trust().skew_ms &&
                       claims->expires <= now + trust().life_max_ms + trust().skew_ms;
    detente::check(sound, "a token was taken against its own rules");
  } else {
    detente::check(token.size() < 40 || claims.error().text().find(token) == std::string::npos,
                   "an error repeats the token");
  }
  return 0;
}
