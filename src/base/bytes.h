// SPDX-License-Identifier: Apache-2.0
//
// Bytes, hex and strict base64. Pure functions, safe on every thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace detente {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;
using Hash = std::array<std::uint8_t, 32>;

// Views of the same memory; the caller keeps it alive.
ByteView as_bytes(std::string_view text);
std::string_view as_text(ByteView bytes);
inline Bytes to_bytes(std::string_view text) {
  const ByteView view = as_bytes(text);
  return Bytes(view.begin(), view.end());
}

std::string to_hex(ByteView bytes);  // lower case
// Errc::bad_encoding for an odd length or a character that is not hex.
Result<Bytes> from_hex(std::string_view text);

// Standard alphabet with padding (RFC 4648 section 4).
std::string to_base64(ByteView bytes);
// Refuses everything but the one canonical form: missing padding, white space, and non-zero
// unused bits are Errc::bad_encoding.
Result<Bytes> from_base64(std::string_view text);
// The alphabet of URLs without padding (RFC 4648 section 5, as RFC 7515 uses it); as strict.
Result<Bytes> from_base64url(std::string_view text);
// Of from_base64, and the length must be 32.
Result<Hash> hash_from_base64(std::string_view text);

// Whether `text` is well-formed UTF-8 (no surrogates, no overlong forms).
bool is_utf8(std::string_view text);

}  // namespace detente
