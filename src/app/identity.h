// SPDX-License-Identifier: Apache-2.0
//
// A party's keys and tokens on disk, and the first statements of its log.
//
//   keys/root.key, log.key, witness.key,   0600: the seed in hex
//        mirror.key, watch.key,
//        <officer>.key
//   keys/box.key                           0600: the X25519 secret of sealed copies, in hex
//   keys/tls.pem, tls.key.pem              0600: the node's certificate and its key
//   keys/<officer>.tls.pem, .tls.key.pem   0600: the officer's, for the API on the peer side
//   card.json                              what the others need: party, root key, verifier keys
//   tokens.json                            0600: bearer tokens of the officers at this desk
//   previous.json                          in a folder of a later epoch: the old log's last head
//
// The root key signs officers' keys, revocations and the agreement; keep it off the machine once
// the log is open. Errors: already_exists, store_*, key_malformed, agreement_*.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "node/api.h"
#include "node/node.h"
#include "store/node_store.h"
#include "terms/agreement.h"

namespace detente::app {

struct OfficerSpec {
  std::string name;                // "duty-1"; the key id is "<party>/<name>"
  std::vector<std::string> roles;  // of record::is_role
};
// "duty-1:duty_officer,monitor-1:monitor"; two roles of one officer are joined by '+'.
Result<std::vector<OfficerSpec>> parse_officers(const std::string& text);

struct InitOptions {
  std::string data;
  std::string party;
  std::string domain = "example";  // the log's origin is "<party>.<domain>/detente/1"
  std::vector<OfficerSpec> officers;

  // The next epoch of the party whose folder this is: its root key and box keys are taken over, all
  // others are new, and the log's name has the next number. `party` and `domain` follow from it;
  // without `officers`, the old ones' names and roles get new keys.
  std::string after;
  std::string root_key;  // where the root key lies; "" for keys/root.key of `after`
  std::string head;      // a newer checkpoint of the old log than the one in `after`; "" for none
};
Status init_folder(const InitOptions& options);

// The template with the cards' keys put in.
Result<std::string> bind_agreement(const std::string& template_path,
                                   const std::vector<std::string>& cards);

// Puts the agreement into the folder and opens the log at `now`: log.open, key.add for the watch,
// key.box, a key.add for every officer, agreement.sign; then the first checkpoint. already_exists
// if the log is open.
Status sign_agreement(const std::string& data, const std::string& agreement_path, UtcMs now);

// What `serve` needs of a folder.
struct Identity {
  std::shared_ptr<const terms::Agreement> agreement;
  PartyId party;
  node::NodeKeys keys;
  std::map<std::string, node::Caller> tokens;  // token -> who
  std::string control_token;                   // "" if there is none
  std::string tls_certificate_pem;
  std::string tls_key_pem;
};
Result<Identity> load_identity(const store::NodeStore& store);

// Texts of amended versions of the agreement that the folder keeps (agreements/<sha256>.json). One
// whose bytes are not what its name says is left out: the node asks its peers for it anew.
std::vector<std::string> load_documents(const store::NodeStore& store);

// The officer's signer from keys/<officer>.key; for the demonstration and for tests.
Result<record::OfficerSigner> load_officer(const std::string& data, const std::string& keyid);

Result<std::string> read_text_file(const std::string& path, std::size_t bytes_max);
Status write_text_file(const std::string& path, const std::string& text);

}  // namespace detente::app
