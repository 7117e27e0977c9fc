// SPDX-License-Identifier: Apache-2.0
//
// `detente key ...` and `detente log close`: officers' keys, the key for sealed copies, the end of
// a log. What the root key signs leaves as an envelope (app/deliver.h), so the root key can lie on
// another machine than the node: there, the agreement and the party's id are all that is needed.
// Everything takes effect by its place in the log, never by date (docs/operating/keys.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/deliver.h"
#include "base/result.h"

namespace detente::app {

// Whose log, and who signs.
struct RootOptions {
  std::string data;       // the node's folder; "" if agreement and party are given
  std::string agreement;  // the signed agreement
  std::string party;
  std::string root_key;  // "" for keys/root.key of the folder
  DeliverOptions deliver;
};

// Makes an officer's key, file mode 0600, and prints what `key add` needs. already_exists.
Status key_new(const std::string& out, bool json);

struct KeyAddOptions {
  RootOptions root;
  std::string keyid;               // "north/duty-3", or "duty-3"
  std::string key;                 // base64 of the public key
  std::vector<std::string> roles;  // of record::is_role, not root and not watch
  std::string name;                // for people; "" for the keyid
  std::int64_t days = 0;           // until it expires; 0 for ten years
};
Status key_add(const KeyAddOptions& options);
// `last`: the newest entry that the party stands by; absent, every entry up to the revocation.
Status key_revoke(const RootOptions& options, const std::string& keyid,
                  std::optional<std::uint64_t> last, const std::string& reason);
// Makes a new key for sealed copies and states it; the old one is kept and still opens what was
// sealed to it. Needs the folder.
Status key_box(const RootOptions& options);
// The officers' keys of a log at hand, as of its newest entry.
Status key_list(const std::string& data, const std::string& party, bool json);

Status log_close(const RootOptions& options, const std::string& reason);

}  // namespace detente::app
