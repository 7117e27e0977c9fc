// SPDX-License-Identifier: Apache-2.0
//
// The bodies of log.open, key.add, key.revoke and key.box, and what a delegated key may sign: the
// one reading that a log's reader and an extract's verifier share. Defined in log_reader.cc. Pure.
#pragma once

#include <map>
#include <string>

#include "crypto/box.h"
#include "record/log_reader.h"

namespace detente::record {

struct KeyRevocation {
  std::string keyid;
  LeafIndex last;
};

// Errors as LogReader::append. `officers` are the keys known before this statement.
Status check_opening(const JsonReader& body, const LogOwner& owner);
Result<OfficerKey> read_key_add(const JsonReader& body, const LogOwner& owner,
                                const std::map<std::string, OfficerKey>& officers);
Result<KeyRevocation> read_key_revoke(const JsonReader& body, LeafIndex here,
                                      const std::map<std::string, OfficerKey>& officers);
// The party's key for sealed copies; the newest by log index is the one in use. key_malformed.
Result<crypto::BoxPublicKey> read_key_box(const JsonReader& body);
// Whether the key may sign statements of this rule at this index and time: key_expired,
// key_undelegated, key_revoked, key_role.
Status check_key_use(const OfficerKey& key, const TypeRule& rule, LeafIndex index, UtcMs time);

}  // namespace detente::record
