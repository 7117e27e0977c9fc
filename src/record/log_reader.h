// SPDX-License-Identifier: Apache-2.0
//
// Reads one party's log in order and judges every entry: form, index, time, id, other logs' heads,
// officers' keys and roles. The same code runs in a node (own log and replicas), in the simulator
// and in detente-verify, so all agree on what a log says.
//
// Keys: entry 0 is "log.open", signed by the party's root key; "key.add" and "key.revoke" are
// signed by the root key and take effect by log index, never by date.
//   log.open    {"party":"north","epoch":1,"log":"<vkey>","witness":"<vkey>","mirror":"<vkey>"}
//   key.add     {"keyid":"north/duty-1","key":"<base64 32 bytes>","roles":["duty_officer"],
//                "name":"..","expires":"<RFC 3339>"}
//   key.revoke  {"keyid":"north/duty-1","last_index":41,"reason":".."}
//   key.box     {"box":"<base64 32 bytes>"}   what sealed copies for the party are sealed to
// A log ends with "log.close" {"reason":".."}, also signed by the root key. The log of the next
// epoch has another origin, and its log.open names the old one's last head:
//   "previous":{"origin":"..","size":9,"root":"<base64>"}
// A key and its keyid are delegated once: after expiry or revocation the officer gets new ones.
// Pure; a LogReader is used by one thread at a time.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "record/id_set.h"
#include "record/merkle.h"
#include "record/note.h"
#include "record/statement.h"

namespace detente::record {

// Roles of officers' keys (design section 1). `watch` is the node's own key for findings.
// "root" is the party's root key.
//   root, duty_officer, registrar, disclosure_officer, monitor, signatory, watch
// Which roles may sign a type, and how many different officers it needs.
struct TypeRule {
  std::vector<std::string> roles;
  int signers_min = 1;
};
// The table of statement types. Nothing if the type is unknown (entry_malformed).
std::optional<TypeRule> type_rule(std::string_view type);
bool is_role(std::string_view name);

// Who owns a log, as the signed agreement says. Trust begins here.
struct LogOwner {
  std::string party;      // "north"
  std::string agreement;  // 64 hex
  VerifierKey log;        // name = origin
  VerifierKey witness;
  VerifierKey mirror;
  crypto::PublicKey root{};
};

struct OfficerKey {
  std::string keyid;
  crypto::PublicKey key{};
  std::vector<std::string> roles;
  std::string name;
  UtcMs expires;
  LeafIndex from;
  std::optional<LeafIndex> last;  // revoked after this index; at most the revoking entry's own
};

// Checks one Ed25519 signature. The shell may give a function that has the answer already, because
// it checked many signatures side by side; the answer must be crypto::verify's.
using VerifySignature =
    std::function<bool(const crypto::PublicKey&, ByteView message, const crypto::Signature&)>;

struct LogReaderOptions {
  VerifySignature verify = crypto::verify;
  bool keep_leaves = true;  // else leaves() is empty
  // Ids of entries are kept, 22 bytes each, so that a second one is refused. A verifier of a huge
  // log finds the first repeated one itself, and names the entry here.
  bool keep_ids = true;
  std::optional<LeafIndex> repeated;  // only without keep_ids
  std::size_t entries_expected = 0;   // room is made at once
};

class LogReader {
 public:
  explicit LogReader(LogOwner owner, VerifySignature verify = crypto::verify);
  LogReader(LogOwner owner, LogReaderOptions options);

  // Judges the next entry; on success the log is one longer, on error nothing changed.
  // Errors: entry_*, key_*, signature_invalid, signers_too_few, log_not_opened, log_reopened,
  // log_closed, and
  // json_* in the bodies named above; the place begins with "entry 17".
  Result<Entry> append(ByteView bytes);
  // The same for an entry that parse_entry gave, perhaps on another thread.
  Status append(const Entry& entry);
  // The same judgement for an envelope that would be logged at the next index at `now`.
  Status admit(const Envelope& envelope, UtcMs now) const;

  // Another way to check signatures, from the next entry on.
  void set_verify(VerifySignature verify) { options_.verify = std::move(verify); }

  TreeSize size() const;
  Hash root() const;
  const Frontier& frontier() const { return frontier_; }
  // Leaf hashes of all entries, by index; 32 bytes an entry. Empty without keep_leaves.
  const std::vector<Hash>& leaves() const { return leaves_; }
  const LogOwner& owner() const { return owner_; }
  UtcMs last_time() const { return last_time_; }
  const std::map<std::string, OfficerKey>& officers() const { return officers_; }
  // The keyids ("north/duty-1") whose signature on `entry`'s envelope is valid and in role. A key
  // revoked since with a last_index before the entry is left out, though the entry stands.
  std::vector<std::string> signers(const Entry& entry) const;
  // The newest head of another log that this log has seen; nothing if none.
  std::optional<Head> seen(const Origin& origin) const;
  bool has_statement(const StatementId& id) const;  // false without keep_ids
  bool closed() const { return closed_; }

 private:
  Status judge(const Envelope& envelope, const Statement& statement, UtcMs time) const;
  Status check_key(const OfficerKey& key, const TypeRule& rule, LeafIndex index, UtcMs time) const;
  Status check_signatures(const Envelope& envelope, const Statement& statement,
                          const TypeRule& rule, UtcMs time) const;
  Status check_body(const Statement& statement) const;
  Status check_seen(const std::vector<Head>& seen) const;
  const OfficerKey* find_key(const std::string& keyid) const;
  bool is_repeated(const StatementId& id) const;
  void take_in(const Entry& entry);

  LogOwner owner_;
  LogReaderOptions options_;
  bool closed_ = false;
  OfficerKey root_;
  Frontier frontier_;
  std::vector<Hash> leaves_;
  std::map<std::string, OfficerKey> officers_;
  std::map<Origin, Head> seen_;
  IdSet ids_;
  UtcMs last_time_;
};

}  // namespace detente::record
