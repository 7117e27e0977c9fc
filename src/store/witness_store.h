// SPDX-License-Identifier: Apache-2.0
//
// What a neutral node must never lose, in its folder:
//   witness.db            SQLite (WAL, synchronous FULL): whose store this is, the head cosigned
//                         last for each log and role, and every note that a log signed, verbatim
//   keys/<role>.key       0600: the seed in hex; made on the first start
//   mirror/<hex>/         a mirror's tlog-tiles copies
//   lock                  held while a process uses the folder
// A role is "witness" or "mirror": two cosigners with two keys.
//
// A key without the store that goes with it must never sign again: nobody could tell what it has
// cosigned. Such a folder is refused. A whole folder that was put back from an old copy cannot be
// told from a good one; never restore one (docs/operating/neutral.md).
// Errors: store_*, key_malformed. One thread at a time; one process at a time (enforced).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "record/note.h"
#include "store/folder.h"

namespace detente::store {

// Notes of one log that were refused and are kept: the first so many are proof enough, and a log
// that signs without end must not fill the disk.
inline constexpr std::int64_t kRefusedNotesMax = 10'000;

class WitnessStore {
 public:
  // Creates what is missing. store_locked, store_corrupt (a newer schema, not our database).
  static Result<WitnessStore> open(const std::string& folder, FaultHook hook = {});
  ~WitnessStore();
  WitnessStore(WitnessStore&&) noexcept;
  WitnessStore& operator=(WitnessStore&&) noexcept;

  // The role's signer; key type 0x04. On the first start of the folder the key is made.
  //   store_not_found  there is a key, and the store that went with it is gone; or the reverse
  //   store_corrupt    the store belongs to another key or name
  //   key_malformed    the key file
  Result<record::Signer> signer(const std::string& role, const std::string& name,
                                const crypto::Random& random);

  struct Head {
    record::Checkpoint checkpoint;
    std::string note;  // as shown: the log's lines and this node's cosignatures
  };
  // Nothing if nothing was cosigned. store_corrupt.
  Result<std::optional<Head>> head(const std::string& role, const Origin& origin) const;

  // A log's note that came in, and what was decided about it.
  struct Change {
    std::string role;
    Origin origin;
    std::string received;  // kept verbatim, once for each text; "" if there is nothing to keep
    UtcMs time;
    // The head that was judged against (nothing: none), and the one that replaces it.
    std::optional<record::Checkpoint> judged;
    std::optional<Head> next;
  };
  // One transaction, on disk when it returns. store_lost_race: another head than `judged` stands
  // there; nothing was changed.
  Status commit(const Change& change);
  // Several as one: `work` reads heads and applies changes, and sees what it has applied so far.
  // All of it is on disk when this returns, with one wait for the disk; after an error of `work`
  // or of the disk, nothing of it.
  Status together(const std::function<Status()>& work);
  // Inside of `together` alone. store_lost_race.
  Status apply(const Change& change);

  // Every note kept of a log, oldest first.
  struct KeptNote {
    std::string note;
    UtcMs received;
    bool cosigned = false;
  };
  Result<std::vector<KeptNote>> notes(const Origin& origin) const;

  // The folder, for a mirror's tiles.
  Folder& folder();
  const Folder& folder() const;

 private:
  struct Impl;
  explicit WitnessStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace detente::store
