// SPDX-License-Identifier: Apache-2.0
//
// The bodies of the statements that a party's root key signs (record/log_reader.h has their form),
// and what the root key's holder needs to know of a log to sign for it.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"
#include "crypto/box.h"
#include "crypto/ed25519.h"
#include "record/log_reader.h"

namespace detente::app {

inline constexpr std::int64_t kOfficerKeyDays = 3650;

struct KeyGrant {
  std::string keyid;  // "north/duty-1"
  crypto::PublicKey key{};
  std::vector<std::string> roles;
  std::string name;  // "" for the keyid
  UtcMs expires;
};
std::string key_add_body(const KeyGrant& grant);
std::string key_revoke_body(const std::string& keyid, LeafIndex last, const std::string& reason);
std::string key_box_body(const crypto::BoxPublicKey& key);
std::string log_close_body(const std::string& reason);
// The epoch is the number that the origin ends in.
std::string log_open_body(const record::LogOwner& owner,
                          const std::optional<record::Head>& previous);

// "north.example/detente/3": 3. usage if the origin does not end in a number.
Result<std::int64_t> epoch_of(const std::string& origin);

}  // namespace detente::app
