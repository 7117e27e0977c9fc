// SPDX-License-Identifier: Apache-2.0
#include "wire/access_token.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "base/json.h"
#include "base/limits.h"

namespace detente::wire {
namespace {

constexpr double kSecondsMax = 253'402'300'799;  // the end of the year 9999
constexpr std::size_t kAudiences = 100;

struct Parts {
  std::string_view header;
  std::string_view claims;
  std::string_view signature;
  std::string_view signed_text;  // header and claims with the dot between them
};

tl::unexpected<Error> malformed(std::string why, std::string place) {
  return fail(Errc::token_malformed, std::move(why), std::move(place));
}
tl::unexpected<Error> bad_claim(std::string why, std::string claim) {
  return fail(Errc::token_claims, std::move(why), std::move(claim));
}

Result<Parts> split(std::string_view compact) {
  if (compact.size() > limits::kTokenBytes) {
    return malformed(fmt::format("{} bytes, at most {}", compact.size(), limits::kTokenBytes),
                     "token");
  }
  if (std::count(compact.begin(), compact.end(), '.') != 2) {
    return malformed("a signed JWT has three parts with dots between them", "token");
  }
  const std::size_t first = compact.find('.');
  const std::size_t second = compact.find('.', first + 1);
  return Parts{compact.substr(0, first), compact.substr(first + 1, second - first - 1),
               compact.substr(second + 1), compact.substr(0, second)};
}

// The reader's own errors would quote what nobody has vouched for.
Result<JsonDocument> read_part(std::string_view encoded, const char* part) {
  const Result<Bytes> text = from_base64url(encoded);
  if (!text) return malformed("this part is not base64url without padding", part);
  Result<JsonDocument> document =
      parse_json(as_text(*text), {.bytes_max = limits::kTokenBytes, .integers_only = false});
  if (!document) {
    return malformed(fmt::format("{}", errc_sentence(document.error().code)), part);
  }
  if (!document->root().is_object()) return malformed("this part is not a JSON object", part);
  return document;
}

// The kid, or nothing where the header has none.
Result<std::optional<std::string>> read_header(std::string_view encoded) {
  DETENTE_TRY(const JsonDocument document, read_part(encoded, "header"));
  const JsonReader header = document.root();
  const Result<std::string> algorithm = header.string("alg", limits::kNameBytes);
  if (!algorithm || *algorithm != "RS256") {
    return malformed("the algorithm must be \"RS256\"; no other is taken", "alg");
  }
  if (header.has("crit")) {
    return malformed("the header asks for extensions, and none is known here", "crit");
  }
  if (!header.has("kid")) return std::optional<std::string>();
  Result<std::string> kid = header.string("kid", limits::kNameBytes);
  if (!kid) return malformed("the key's id is not a text of 1 to 200 bytes", "kid");
  return std::optional(std::move(*kid));
}

Status check_signature(const Parts& parts, const std::optional<std::string>& kid,
                       const TokenTrust& trust) {
  const Result<Bytes> signature = from_base64url(parts.signature);
  if (!signature) return malformed("this part is not base64url without padding", "signature");
  bool any = false;
  for (const TokenKey& candidate : trust.keys) {
    if (kid && !candidate.kid.empty() && candidate.kid != *kid) continue;
    any = true;
    if (candidate.key.verify_rs256(as_bytes(parts.signed_text), *signature)) return {};
  }
  if (!any) {
    return fail(
        Errc::token_signature,
        kid ? "the token names a key that is not among the trusted ones" : "no key is trusted here",
        "kid");
  }
  return fail(Errc::token_signature, "the signature is not one of a trusted key", "signature");
}

// Names end up in references and in the log: no control characters.
Result<std::string> read_name(const JsonReader& claims, const char* name, std::size_t bytes_max) {
  Result<std::string> text = claims.string(name, bytes_max);
  if (!text) {
    return bad_claim(claims.has(name) ? fmt::format("not a text of 1 to {} bytes", bytes_max)
                                      : std::string("the claim must be there"),
                     name);
  }
  const bool control = std::any_of(text->begin(), text->end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
  });
  if (control) return bad_claim("the text holds control characters", name);
  return text;
}

enum class Rounding : std::uint8_t { down, up };

// NumericDate of RFC 7519: seconds since 1970, also with a fraction. Nothing where it is absent.
Result<std::optional<UtcMs>> read_date(const JsonReader& claims, const char* name,
                                       Rounding rounding) {
  if (!claims.has(name)) return std::optional<UtcMs>();
  const Result<double> seconds = claims.number(name);
  if (!seconds || !(*seconds >= 0 && *seconds <= kSecondsMax)) {
    return bad_claim("not a number of seconds since 1970", name);
  }
  const double ms = *seconds * 1'000;
  const double whole = rounding == Rounding::down ? std::floor(ms) : std::ceil(ms);
  return std::optional(UtcMs{static_cast<std::int64_t>(whole)});
}

Result<UtcMs> check_dates(const JsonReader& claims, const TokenTrust& trust, UtcMs now) {
  DETENTE_TRY(const std::optional<UtcMs> expires, read_date(claims, "exp", Rounding::down));
  if (!expires) return bad_claim("the claim must be there", "exp");
  if (*expires <= now - trust.skew_ms) {
    return fail(
        Errc::token_expired,
        fmt::format("it ended at {}; here it is {}", format_rfc3339(*expires), format_rfc3339(now)),
        "exp");
  }
  if (*expires > now + trust.life_max_ms + trust.skew_ms) {
    return bad_claim(
        fmt::format("it ends at {}, more than {} s ahead of {}", format_rfc3339(*expires),
                    trust.life_max_ms / 1'000, format_rfc3339(now)),
        "exp");
  }
  for (const char* name : {"nbf", "iat"}) {
    DETENTE_TRY(const std::optional<UtcMs> from, read_date(claims, name, Rounding::up));
    if (from && *from > now + trust.skew_ms) {
      return fail(
          Errc::token_expired,
          fmt::format("it begins at {}; here it is {}", format_rfc3339(*from), format_rfc3339(now)),
          name);
    }
  }
  return *expires;
}

Status check_audience(const JsonReader& claims, const TokenTrust& trust) {
  if (!claims.has("aud")) return fail(Errc::token_audience, "the claim must be there", "aud");
  std::vector<std::string> named;
  if (Result<std::string> one = claims.string("aud", limits::kTextBytes)) {
    named.push_back(std::move(*one));
  } else if (Result<std::vector<std::string>> many =
                 claims.strings("aud", kAudiences, limits::kTextBytes)) {
    named = std::move(*many);
  } else {
    return bad_claim("neither a text nor a list of texts", "aud");
  }
  for (const std::string& name : named) {
    if (std::find(trust.audiences.begin(), trust.audiences.end(), name) != trust.audiences.end()) {
      return {};
    }
  }
  return fail(Errc::token_audience,
              fmt::format("it is for {}; this server takes {}",
                          named.empty() ? "nobody" : json_quote(named.front().substr(0, 100)),
                          trust.audiences.empty() ? "no audience at all"
                                                  : json_quote(trust.audiences.front())),
              "aud");
}

// RFC 6749 section 3.3: words with spaces between them. Absent: no scope.
Result<std::vector<std::string>> read_scopes(const JsonReader& claims) {
  std::vector<std::string> scopes;
  if (!claims.has("scope")) return scopes;
  const Result<std::string> text = claims.string("scope", limits::kTokenBytes, true);
  if (!text) return bad_claim("not one text with spaces between the scopes", "scope");
  std::string word;
  for (const char c : *text + " ") {
    if (c != ' ') {
      const auto byte = static_cast<unsigned char>(c);
      if (byte < 0x21 || byte > 0x7E || c == '"' || c == '\\') {
        return bad_claim("a scope holds a character that RFC 6749 does not allow", "scope");
      }
      word.push_back(c);
    } else if (!word.empty()) {
      scopes.push_back(std::exchange(word, {}));
    }
  }
  return scopes;
}

}  // namespace

bool TokenClaims::has_scope(std::string_view scope) const {
  return std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
}

Result<TokenClaims> check_token(std::string_view compact, const TokenTrust& trust, UtcMs now) {
  DETENTE_TRY(const Parts parts, split(compact));
  DETENTE_TRY(const std::optional<std::string> kid, read_header(parts.header));
  DETENTE_CHECK(check_signature(parts, kid, trust));
  DETENTE_TRY(const JsonDocument document, read_part(parts.claims, "claims"));
  const JsonReader claims = document.root();
  TokenClaims out;
  DETENTE_TRY(out.expires, check_dates(claims, trust, now));
  DETENTE_CHECK(check_audience(claims, trust));
  DETENTE_TRY(out.subject, read_name(claims, "sub", limits::kNameBytes));
  DETENTE_TRY(out.issuer, read_name(claims, "iss", limits::kTextBytes));
  if (claims.has("jti")) {
    DETENTE_TRY(out.token_id, read_name(claims, "jti", limits::kTextBytes));
  }
  DETENTE_TRY(out.scopes, read_scopes(claims));
  return out;
}

}  // namespace detente::wire
