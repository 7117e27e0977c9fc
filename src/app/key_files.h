// SPDX-License-Identifier: Apache-2.0
//
// Files that hold secrets: mode 0600, in a folder that is made with mode 0700.
// Errors: store_*, key_malformed, already_exists; the place is the path.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "crypto/box.h"
#include "crypto/ed25519.h"

namespace detente::app {

// A key file: 32 bytes as 64 hex digits and a newline.
Result<crypto::SecretKey> load_secret_key(const std::string& path);
Result<crypto::BoxKey> load_box_key(const std::string& path);
// keys/box.key, then those that it replaced (keys/box-*.key): old copies still open.
// content_unknown if there is none.
Result<std::vector<crypto::BoxKey>> load_box_keys(const std::string& data);
std::string key_file_text(ByteView secret);

// Synced, with its folder, when it returns. already_exists unless `replace`; a file that replaces
// another does so whole or not at all.
Status write_private_file(const std::string& path, ByteView bytes, bool replace);

// Overwrites the file with random bytes, syncs it, removes it and syncs the folder. What the disk
// keeps beneath (wear levelling, snapshots, backups) is out of reach. A missing file is no error.
Status destroy_file(const std::string& path, const crypto::Random& random);

}  // namespace detente::app
