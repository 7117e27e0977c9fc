// SPDX-License-Identifier: Apache-2.0
//
// One entry, and the bracket of its true time: between the last proof by another party of a time
// at which it was not there, and the first of one at which it was.
//
// The writer's own clock proves nothing. What counts is what other parties signed:
//   - a cosignature over a head of the log. If the head lacks the entry, the cosigner had not been
//     shown it at that time; if the head contains it, the entry existed.
//   - an entry of another log that names such a head: by its own time, and, as a later time that a
//     third party vouches for, by a cosignature over a head that contains that entry.
//   - a head of another log that the entry, or one before it, names: the entry came after the last
//     entry of that head, whose time is its writer's.
// Times are of different clocks; each bound says whose.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "detente-verify/agreement.h"

namespace detente::verify {

struct TimeProof {
  UtcMs time;
  std::string clock;  // the party whose clock it is
  std::string text;   // what was signed, by which key, and where it lies
};

struct Holder {
  std::string by;     // "south/mirror", or "south, entry 41"
  std::string level;  // "seen", "held", "named", "referred to"
  UtcMs time;
  std::string text;  // the proof, and where it lies
};

struct EntryReport {
  std::string party;
  std::string origin;
  LeafIndex index;
  std::string type;
  std::string id;
  UtcMs node_time;
  Hash leaf{};
  std::vector<std::string> signers;   // keyids; their signatures were verified
  std::vector<std::string> disowned;  // of these, by keys revoked with a last index before it
  std::vector<TimeProof> after;       // the latest first; empty: nothing bounds it
  std::vector<TimeProof> before;      // the earliest first
  std::vector<Holder> holders;
  bool clocks_disagree = false;  // the latest `after` is later than the earliest `before`
};

// Gathers the proofs about one entry while the logs are verified.
class EntryTracker {
 public:
  EntryTracker(const Agreement& agreement, const record::LogOwner& owner, LeafIndex index);

  // Every entry of every log, in order. `place` is the log's folder.
  void see(const record::LogOwner& by, const std::string& place, const record::Entry& entry);
  // Every verified cosignature of another party over a head that is part of its log's tree.
  void cosigned(const Origin& origin, TreeSize size, const std::string& key_name, UtcMs time,
                const std::string& place);

  // After all logs were seen, and before cosigned() is called: which entries of other logs matter.
  bool found() const { return found_; }
  // `time_of` gives the time of an entry of another log; nothing if it is not here.
  using TimeOf = std::function<std::optional<UtcMs>(const Origin&, LeafIndex)>;
  EntryReport finish(const TimeOf& time_of);

 private:
  struct Sighting {
    LeafIndex index;  // the entry that names a head
    UtcMs time;
    TreeSize size;
    std::string place;
  };
  struct Other {  // what another log says of the entry's log
    std::string party;
    std::optional<Sighting> lacking;     // the last that names a head without the entry
    std::optional<Sighting> containing;  // the first that names one with it
  };
  struct Named {  // the newest head of another log that the entry, or one before it, names
    TreeSize size;
    LeafIndex by;
  };
  struct Cosigned {
    UtcMs time;
    TreeSize size;
    std::string place;
  };

  struct Reference {
    Holder holder;
    Hash leaf{};  // what it says the entry's leaf hash is
  };

  void see_own(const std::string& place, const record::Entry& entry);
  void see_other(const record::LogOwner& by, const std::string& place, const record::Entry& entry);
  std::string party_of_key(const std::string& key_name) const;
  void add_cosignatures();
  void add_sightings();
  void add_named(const TimeOf& time_of);

  const Agreement& agreement_;
  const record::LogOwner& owner_;
  EntryReport out_;
  bool found_ = false;
  std::vector<Reference> references_;
  std::map<Origin, Other> others_;
  std::map<Origin, Named> named_;
  std::map<std::string, Cosigned> lacking_;                       // by key: the latest cosignature
  std::map<std::string, Cosigned> containing_;                    // by key: the earliest
  std::map<std::pair<Origin, std::string>, Cosigned> of_others_;  // over the naming entries
};

}  // namespace detente::verify
