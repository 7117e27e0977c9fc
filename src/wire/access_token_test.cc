// SPDX-License-Identifier: Apache-2.0
// Method: one good token, and each way of being bad made from it by one change. The keys are made
// when the tests start.
#include "wire/access_token.h"

#include <gtest/gtest.h>
#include <openssl/hmac.h>

#include <array>
#include <map>

#include "base/json.h"
#include "base/limits.h"
#include "crypto/testing_rsa.h"

namespace detente::wire {
namespace {

constexpr UtcMs kNow{1'800'000'000'000};
constexpr std::int64_t kNowS = 1'800'000'000;

const crypto::TestingRsaKey& authority() {
  static const crypto::TestingRsaKey key(2'048);
  return key;
}
const crypto::TestingRsaKey& stranger() {
  static const crypto::TestingRsaKey key(2'048);
  return key;
}
crypto::RsaPublicKey public_of(const crypto::TestingRsaKey& key) {
  return crypto::RsaPublicKey::from_pem(key.public_pem()).value();
}

TokenTrust trust_with(std::string kid = "") {
  return {.keys = {{std::move(kid), public_of(authority())}},
          .audiences = {"dss.example.org", "localhost"}};
}

std::string url64(ByteView bytes) {
  std::string text = to_base64(bytes);
  while (text.ends_with('=')) text.pop_back();
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

// The members of a header or of the claims, each with its JSON.
using Members = std::map<std::string, std::string>;
std::string object_of(const Members& members) {
  std::string text;
  for (const auto& [name, json] : members) {
    text += text.empty() ? "{" : ",";
    text += json_quote(name) + ":" + json;
  }
  return text.empty() ? "{}" : text + "}";
}

std::string signed_by(const crypto::TestingRsaKey& key, std::string_view header,
                      std::string_view claims) {
  const std::string text = url64(as_bytes(header)) + "." + url64(as_bytes(claims));
  return text + "." + url64(key.sign(as_bytes(text)));
}

const Members kHeader = {{"alg", R"("RS256")"}, {"typ", R"("JWT")"}};
Members good_claims() {
  return {{"sub", R"("uss1")"},
          {"iss", R"("https://authority.example.org/token")"},
          {"jti", R"("4711")"},
          {"aud", R"("localhost")"},
          {"scope", R"("utm.strategic_coordination utm.constraint_processing")"},
          {"nbf", std::to_string(kNowS - 1)},
          {"iat", std::to_string(kNowS)},
          {"exp", std::to_string(kNowS + 3'600)}};
}
// Good but for one claim; without it where `json` is empty.
std::string with_claim(const std::string& name, const std::string& json) {
  Members claims = good_claims();
  claims[name] = json;
  if (json.empty()) claims.erase(name);
  return signed_by(authority(), object_of(kHeader), object_of(claims));
}
std::string with_header(const std::string& name, const std::string& json) {
  Members header = kHeader;
  header[name] = json;
  if (json.empty()) header.erase(name);
  return signed_by(authority(), object_of(header), object_of(good_claims()));
}

void expect_refused(const std::string& token, Errc code, const std::string& place,
                    const TokenTrust& trust = trust_with()) {
  const Result<TokenClaims> claims = check_token(token, trust, kNow);
  ASSERT_FALSE(claims) << token;
  EXPECT_EQ(claims.error().code, code) << claims.error().text() << " of " << token;
  EXPECT_EQ(claims.error().place, place) << claims.error().text();
  // A dot ends every part, so the parts alone are looked for.
  for (std::size_t from = 0; from < token.size();) {
    const std::size_t to = std::min(token.find('.', from), token.size());
    if (to - from > 8) {
      EXPECT_EQ(claims.error().text().find(token.substr(from, to - from)), std::string::npos);
    }
    from = to + 1;
  }
}

TEST(AccessToken, RefusesEveryOtherAlgorithm) {
  for (const char* alg :
       {R"("none")", R"("None")", R"("HS256")", R"("RS512")", R"("RS384")", R"("PS256")",
        R"("ES256")", R"("rs256")", R"("RS256 ")", R"("")", "null", "256", R"(["RS256"])", ""}) {
    expect_refused(with_header("alg", alg), Errc::token_malformed, "alg");
  }
}

TEST(AccessToken, RefusesAnUnsignedToken) {
  const std::string text =
      url64(as_bytes(R"({"alg":"none"})")) + "." + url64(as_bytes(object_of(good_claims()))) + ".";
  expect_refused(text, Errc::token_malformed, "alg");
  const std::string cut = with_claim("sub", R"("uss1")");
  expect_refused(cut.substr(0, cut.rfind('.') + 1), Errc::token_signature, "signature");
}

// The known confusion: the public key, which everybody has, taken for the secret of an HMAC.
TEST(AccessToken, RefusesAnHmacWithThePublicKey) {
  const std::string secret = authority().public_pem();
  for (const char* alg : {"HS256", "RS256"}) {
    const std::string text = url64(as_bytes(std::string(R"({"alg":")") + alg + R"("})")) + "." +
                             url64(as_bytes(object_of(good_claims())));
    std::array<std::uint8_t, 32> mac{};
    unsigned size = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), as_bytes(text).data(),
         text.size(), mac.data(), &size);
    const bool named = std::string_view(alg) == "HS256";
    expect_refused(text + "." + url64(mac), named ? Errc::token_malformed : Errc::token_signature,
                   named ? "alg" : "signature");
  }
}

TEST(AccessToken, RefusesExtensionsThatItMustKnow) {
  expect_refused(with_header("crit", R"(["exp"])"), Errc::token_malformed, "crit");
  expect_refused(with_header("crit", "[]"), Errc::token_malformed, "crit");
  expect_refused(with_header("crit", "null"), Errc::token_malformed, "crit");
}

TEST(AccessToken, RefusesWhatHasNotThreeParts) {
  const std::string good = with_claim("sub", R"("uss1")");
  for (const std::string& bad :
       {std::string(), std::string("a"), std::string("a.b"), good + ".", good + ".x", "." + good,
        good.substr(0, good.rfind('.')), std::string(9'000, 'A'), std::string(8'190, 'A') + ".."}) {
    const Result<TokenClaims> claims = check_token(bad, trust_with(), kNow);
    ASSERT_FALSE(claims) << bad;
    EXPECT_EQ(claims.error().code, Errc::token_malformed) << bad;
  }
}

TEST(AccessToken, RefusesMoreBytesThanTheLimit) {
  const std::string pad(limits::kTokenBytes, 'x');
  expect_refused(with_claim("pad", "\"" + pad + "\""), Errc::token_malformed, "token");
}

TEST(AccessToken, RefusesBase64InAnotherForm) {
  const std::string good = with_claim("sub", R"("uss1")");
  const std::size_t first = good.find('.');
  const std::size_t last = good.rfind('.');
  const std::string header = good.substr(0, first);
  const std::string rest = good.substr(first);
  expect_refused(header + "=" + rest, Errc::token_malformed, "header");
  expect_refused(header + "\n" + rest, Errc::token_malformed, "header");
  expect_refused(" " + good, Errc::token_malformed, "header");
  expect_refused(good + "=", Errc::token_malformed, "signature");
  expect_refused(good + "==", Errc::token_malformed, "signature");
  expect_refused(good.substr(0, last + 1) + "+" + good.substr(last + 2), Errc::token_malformed,
                 "signature");
  // The same signature with other unused bits: 256 bytes leave four of them.
  std::string odd = good;
  odd.back() = static_cast<char>(odd.back() + 1);
  const Result<TokenClaims> claims = check_token(odd, trust_with(), kNow);
  ASSERT_FALSE(claims);
  EXPECT_EQ(claims.error().code, Errc::token_malformed);
}

TEST(AccessToken, RefusesAMemberTwice) {
  const std::string twice = R"({"alg":"RS256","alg":"RS256"})";
  expect_refused(signed_by(authority(), twice, object_of(good_claims())), Errc::token_malformed,
                 "header");
  std::string claims = object_of(good_claims());
  claims.back() = ',';
  expect_refused(signed_by(authority(), object_of(kHeader), claims + R"("sub":"uss2"})"),
                 Errc::token_malformed, "claims");
}

TEST(AccessToken, RefusesWhatIsNotAJsonObject) {
  for (const char* bad : {"", "[]", "\"RS256\"", "{", "{} {}", "\xff"}) {
    expect_refused(signed_by(authority(), bad, object_of(good_claims())), Errc::token_malformed,
                   "header");
    expect_refused(signed_by(authority(), object_of(kHeader), bad), Errc::token_malformed,
                   "claims");
  }
}

TEST(AccessToken, RefusesAnotherKey) {
  expect_refused(signed_by(stranger(), object_of(kHeader), object_of(good_claims())),
                 Errc::token_signature, "signature");
  TokenTrust nobody = trust_with();
  nobody.keys.clear();
  expect_refused(with_claim("sub", R"("uss1")"), Errc::token_signature, "kid", nobody);
}

TEST(AccessToken, RefusesClaimsThatWereChanged) {
  const std::string good = with_claim("sub", R"("uss1")");
  Members claims = good_claims();
  claims["sub"] = R"("uss2")";
  const std::string changed = good.substr(0, good.find('.') + 1) +
                              url64(as_bytes(object_of(claims))) + good.substr(good.rfind('.'));
  expect_refused(changed, Errc::token_signature, "signature");
}

TEST(AccessToken, RefusesAnUnknownKid) {
  const TokenTrust trust = trust_with("2026-a");
  expect_refused(with_header("kid", R"("2026-b")"), Errc::token_signature, "kid", trust);
  expect_refused(with_header("kid", "7"), Errc::token_malformed, "kid", trust);
  EXPECT_TRUE(check_token(with_header("kid", R"("2026-a")"), trust, kNow));
  EXPECT_TRUE(check_token(with_claim("sub", R"("uss1")"), trust, kNow));
  EXPECT_TRUE(check_token(with_header("kid", R"("any")"), trust_with(), kNow));
}

TEST(AccessToken, TriesTheKeyThatTheKidNames) {
  TokenTrust trust = trust_with("a");
  trust.keys.insert(trust.keys.begin(), {"b", public_of(stranger())});
  EXPECT_TRUE(check_token(with_header("kid", R"("a")"), trust, kNow));
  EXPECT_TRUE(check_token(with_header("kid", ""), trust, kNow));
  expect_refused(with_header("kid", R"("b")"), Errc::token_signature, "signature", trust);
}

TEST(AccessToken, RefusesMissingAndEmptyClaims) {
  for (const char* name : {"sub", "iss"}) {
    for (const char* json : {"", R"("")", "7", "null", R"(["uss1"])", R"("a\u0007b")"}) {
      expect_refused(with_claim(name, json), Errc::token_claims, name);
    }
  }
  expect_refused(with_claim("sub", "\"" + std::string(201, 'a') + "\""), Errc::token_claims, "sub");
  expect_refused(with_claim("exp", ""), Errc::token_claims, "exp");
  expect_refused(with_claim("jti", "7"), Errc::token_claims, "jti");
  EXPECT_EQ(check_token(with_claim("jti", ""), trust_with(), kNow)->token_id, "");
}

TEST(AccessToken, RefusesDatesThatAreNone) {
  for (const char* name : {"exp", "nbf", "iat"}) {
    for (const char* json : {R"("1800000000")", "-1", "null", "true", "1e300", "253402300800"}) {
      expect_refused(with_claim(name, json), Errc::token_claims, name);
    }
  }
}

TEST(AccessToken, RefusesWhatHasExpired) {
  expect_refused(with_claim("exp", "0"), Errc::token_expired, "exp");
  expect_refused(with_claim("exp", std::to_string(kNowS - 31)), Errc::token_expired, "exp");
  expect_refused(with_claim("exp", std::to_string(kNowS - 30)), Errc::token_expired, "exp");
  EXPECT_TRUE(check_token(with_claim("exp", std::to_string(kNowS - 29)), trust_with(), kNow));
}

TEST(AccessToken, RefusesALongLife) {
  expect_refused(with_claim("exp", std::to_string(kNowS + 3'631)), Errc::token_claims, "exp");
  expect_refused(with_claim("exp", "1800003630.002"), Errc::token_claims, "exp");
  EXPECT_TRUE(check_token(with_claim("exp", std::to_string(kNowS + 3'630)), trust_with(), kNow));
}

TEST(AccessToken, RefusesWhatHasNotBegun) {
  for (const char* name : {"nbf", "iat"}) {
    expect_refused(with_claim(name, std::to_string(kNowS + 31)), Errc::token_expired, name);
    expect_refused(with_claim(name, "1800000030.002"), Errc::token_expired, name);
    EXPECT_TRUE(check_token(with_claim(name, std::to_string(kNowS + 30)), trust_with(), kNow));
    EXPECT_TRUE(check_token(with_claim(name, ""), trust_with(), kNow));
  }
}

TEST(AccessToken, TakesDatesWithAFraction) {
  const auto claims = check_token(with_claim("exp", "1800000100.25"), trust_with(), kNow);
  ASSERT_TRUE(claims) << claims.error().text();
  EXPECT_EQ(claims->expires, (UtcMs{1'800'000'100'250}));
  EXPECT_TRUE(check_token(with_claim("exp", "1.8000001e9"), trust_with(), kNow));
}

TEST(AccessToken, RefusesAnotherAudience) {
  for (const char* json : {"", R"("example.org")", R"("localhost:8080")", R"("LOCALHOST")",
                           R"("https://localhost")", "[]", R"(["a","b"])"}) {
    expect_refused(with_claim("aud", json), Errc::token_audience, "aud");
  }
  for (const char* json : {"7", "null", R"([7])", R"("")", R"({"a":"localhost"})"}) {
    expect_refused(with_claim("aud", json), Errc::token_claims, "aud");
  }
  TokenTrust nobody = trust_with();
  nobody.audiences.clear();
  expect_refused(with_claim("aud", R"("localhost")"), Errc::token_audience, "aud", nobody);
  EXPECT_TRUE(check_token(with_claim("aud", R"(["a","dss.example.org"])"), trust_with(), kNow));
}

TEST(AccessToken, RefusesScopesThatAreNotOneText) {
  for (const char* json :
       {"7", "null", R"(["utm.strategic_coordination"])", R"("a\tb")", R"("a\"b")", R"("ä")"}) {
    expect_refused(with_claim("scope", json), Errc::token_claims, "scope");
  }
  EXPECT_TRUE(check_token(with_claim("scope", ""), trust_with(), kNow)->scopes.empty());
  EXPECT_TRUE(check_token(with_claim("scope", R"("")"), trust_with(), kNow)->scopes.empty());
  EXPECT_EQ(check_token(with_claim("scope", R"(" b  a ")"), trust_with(), kNow)->scopes,
            (std::vector<std::string>{"b", "a"}));
}

TEST(AccessToken, SaysWhoMayDoWhat) {
  const auto claims = check_token(with_claim("other", R"({"a":[1.5]})"), trust_with(), kNow);
  ASSERT_TRUE(claims) << claims.error().text();
  EXPECT_EQ(claims->subject, "uss1");
  EXPECT_EQ(claims->issuer, "https://authority.example.org/token");
  EXPECT_EQ(claims->token_id, "4711");
  EXPECT_EQ(claims->expires, kNow + 3'600'000);
  EXPECT_TRUE(claims->has_scope("utm.strategic_coordination"));
  EXPECT_TRUE(claims->has_scope("utm.constraint_processing"));
  EXPECT_FALSE(claims->has_scope("utm.constraint"));
  EXPECT_FALSE(claims->has_scope(""));
}

TEST(AccessToken, AnErrorTellsWhatToDo) {
  const auto wrong = check_token(with_claim("aud", R"("example.org")"), trust_with(), kNow);
  EXPECT_EQ(wrong.error().detail,
            R"(it is for "example.org"; this server takes "dss.example.org")");
  const auto late = check_token(with_claim("exp", std::to_string(kNowS - 60)), trust_with(), kNow);
  EXPECT_EQ(late.error().detail,
            "it ended at 2027-01-15T07:59:00Z; here it is 2027-01-15T08:00:00Z");
}

}  // namespace
}  // namespace detente::wire
