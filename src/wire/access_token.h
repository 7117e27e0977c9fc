// SPDX-License-Identifier: Apache-2.0
//
// Access tokens of the UTM interface: JSON Web Tokens (RFC 7519) in the compact form, signed with
// RS256 by an authority whose keys are configured here. Nothing is fetched.
//
// Refused:       every algorithm but "RS256" exactly; `crit`; base64 that is not the one form
//                without padding; a member twice; more than limits::kTokenBytes; an unknown kid
//                where the keys have kids; a missing sub, iss, exp or aud; an exp farther ahead
//                than life_max_ms; nbf or iat in the future. Each time is given skew_ms.
// Not looked at: typ, and every claim that is not named here. A token that is presented twice is
//                valid twice.
// Promised:      no error repeats the token or a part of it that was not signed by a trusted key.
// Pure; safe on every thread. A check takes about as long as one RSA verification.
//
//   DETENTE_TRY(const TokenClaims who, check_token(compact, trust, now));
//   if (!who.has_scope("utm.strategic_coordination")) return forbidden();
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "crypto/rs256.h"

namespace detente::wire {

struct TokenKey {
  std::string kid;  // empty: the key stands for every kid
  crypto::RsaPublicKey key;
};

struct TokenTrust {
  std::vector<TokenKey> keys;
  std::vector<std::string> audiences;  // host names of this server; without one nothing is taken
  std::int64_t life_max_ms = 3'600'000;
  std::int64_t skew_ms = 30'000;
};

struct TokenClaims {
  std::string subject;
  std::string issuer;
  std::string token_id;             // jti; empty where the token has none
  std::vector<std::string> scopes;  // in the token's order
  UtcMs expires;

  bool has_scope(std::string_view scope) const;
};

// token_malformed, token_signature, token_expired, token_audience, token_claims; the place is the
// claim or the header's member.
Result<TokenClaims> check_token(std::string_view compact, const TokenTrust& trust, UtcMs now);

}  // namespace detente::wire
