// SPDX-License-Identifier: Apache-2.0
#include "base/bytes.h"

#include <algorithm>

namespace detente {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr std::array<std::int8_t, 256> base64_table() {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < kBase64.size(); ++i) {
    table[static_cast<unsigned char>(kBase64[i])] = static_cast<std::int8_t>(i);
  }
  return table;
}
constexpr std::array<std::int8_t, 256> kBase64Values = base64_table();

int base64_value(char c) {
  return kBase64Values[static_cast<unsigned char>(c)];
}

}  // namespace

ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string to_hex(ByteView bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const std::uint8_t b : bytes) {
    out.push_back(kHex[b >> 4]);
    out.push_back(kHex[b & 15]);
  }
  return out;
}

Result<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return fail(Errc::bad_encoding, "hex of odd length");
  Bytes out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) return fail(Errc::bad_encoding, "a character is not hex");
    out.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  return out;
}

std::string to_base64(ByteView bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = std::uint32_t{bytes[i]} << 16;
    if (left > 1) group |= std::uint32_t{bytes[i + 1]} << 8;
    if (left > 2) group |= bytes[i + 2];
    out.push_back(kBase64[group >> 18]);
    out.push_back(kBase64[(group >> 12) & 63]);
    out.push_back(left > 1 ? kBase64[(group >> 6) & 63] : '=');
    out.push_back(left > 2 ? kBase64[group & 63] : '=');
  }
  return out;
}

Result<Bytes> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return fail(Errc::bad_encoding, "base64 of wrong length");
  const std::size_t pad = text.ends_with("==") ? 2 : (text.ends_with('=') ? 1 : 0);
  const std::size_t whole = pad == 0 ? text.size() : text.size() - 4;
  Bytes out(text.size() / 4 * 3 - pad);
  std::size_t at = 0;
  int bad = 0;  // negative once a character had no value
  for (std::size_t i = 0; i < whole; i += 4) {
    const int a = base64_value(text[i]);
    const int b = base64_value(text[i + 1]);
    const int c = base64_value(text[i + 2]);
    const int d = base64_value(text[i + 3]);
    bad |= a | b | c | d;
    const auto group =
        static_cast<std::uint32_t>((a & 63) << 18 | (b & 63) << 12 | (c & 63) << 6 | (d & 63));
    out[at] = static_cast<std::uint8_t>(group >> 16);
    out[at + 1] = static_cast<std::uint8_t>(group >> 8);
    out[at + 2] = static_cast<std::uint8_t>(group);
    at += 3;
  }
  if (pad > 0) {
    const int a = base64_value(text[whole]);
    const int b = base64_value(text[whole + 1]);
    const int c = pad == 2 ? 0 : base64_value(text[whole + 2]);
    bad |= a | b | c;
    const auto group = static_cast<std::uint32_t>((a & 63) << 18 | (b & 63) << 12 | (c & 63) << 6);
    const std::uint32_t unused = pad == 2 ? 0xFFFFU : 0xFFU;
    if (bad >= 0 && (group & unused) != 0) {
      return fail(Errc::bad_encoding, "base64 has unused bits set");
    }
    out[at] = static_cast<std::uint8_t>(group >> 16);
    if (pad == 1) out[at + 1] = static_cast<std::uint8_t>(group >> 8);
  }
  if (bad < 0) return fail(Errc::bad_encoding, "a character is not base64");
  return out;
}

Result<Bytes> from_base64url(std::string_view text) {
  if (text.size() % 4 == 1) return fail(Errc::bad_encoding, "base64 of wrong length");
  std::string standard(text);
  for (char& c : standard) {
    if (c == '+' || c == '/' || c == '=') {
      return fail(Errc::bad_encoding, "base64 for URLs has '-' and '_' and no padding");
    }
    if (c == '-') c = '+';
    if (c == '_') c = '/';
  }
  standard.append((4 - text.size() % 4) % 4, '=');
  return from_base64(standard);
}

Result<Hash> hash_from_base64(std::string_view text) {
  DETENTE_TRY(const Bytes bytes, from_base64(text));
  if (bytes.size() != 32) return fail(Errc::bad_encoding, "a hash is 32 bytes");
  Hash hash{};
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

bool is_utf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x80) {
      ++i;
      continue;
    }
    const std::size_t more = c >= 0xF0 ? 3 : (c >= 0xE0 ? 2 : 1);
    if (c < 0xC2 || c > 0xF4 || i + more >= text.size()) return false;
    std::uint32_t code = c & (0x3FU >> more);
    for (std::size_t k = 1; k <= more; ++k) {
      const auto d = static_cast<unsigned char>(text[i + k]);
      if ((d & 0xC0U) != 0x80U) return false;
      code = (code << 6) | (d & 0x3FU);
    }
    const std::uint32_t least = more == 1 ? 0x80 : (more == 2 ? 0x800 : 0x10000);
    if (code < least || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return false;
    i += more + 1;
  }
  return true;
}

}  // namespace detente
