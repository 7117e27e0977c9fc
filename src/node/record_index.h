// SPDX-License-Identifier: Apache-2.0
//
// What people ask of the record as a whole, gathered as entries come, so that no answer walks a
// log: which officers acted on an entry, what a log says of itself and of its links, and which
// evidence the parties say they hold.
// A pure function of the logs. Threads: one at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "base/strong.h"
#include "record/delivery.h"
#include "record/evidence.h"
#include "record/statement.h"

namespace detente::node {

// A statement about the record itself: log.open, log.close, log.rebuilt, key.revoke, link.cut,
// link.restored, challenge.failed.
struct RecordMark {
  std::string type;
  LeafIndex index;
  UtcMs time;
  std::string about;          // the other party, or the key; "" if none
  std::string text;           // the reason that was given; "" if none
  std::int64_t epoch = 0;     // of log.open
  std::optional<UtcMs> last;  // of link.cut: the last contact before it
};

// One party's statement that it keeps a file of evidence. What the file proves is for who opens it.
struct EvidenceClaim {
  PartyId party;
  LeafIndex index;
  UtcMs time;
  record::EvidenceFound found;
};

class RecordIndex {
 public:
  static constexpr std::size_t kMarksKept = 1'000;  // of each log, the newest
  static constexpr std::size_t kEarlyKept = 1'000;  // STOPs and warnings acknowledged, but not sent
  static constexpr std::size_t kClaimsKept = 200;   // of each log, the first: they do not lapse

  // The next entry of a party's log, already judged; `officers` are its valid signers.
  void apply(const PartyId& party, const record::Entry& entry,
             const std::vector<std::string>& officers);

  // What officers of all parties did on an entry: the first act of each party and kind.
  const std::vector<record::PersonAct>* acts(const record::Ref& ref) const;
  // Marks of a party's log, ascending by index.
  const std::deque<RecordMark>& marks(const PartyId& party) const;
  std::size_t marks_dropped(const PartyId& party) const;
  const std::vector<EvidenceClaim>& claims() const { return claims_; }
  // What people call an activity: "PETREL84", or its purpose if it has no call sign; "" if unknown.
  std::string activity_name(const std::string& id) const;

 private:
  struct Marks {
    std::deque<RecordMark> kept;
    std::size_t dropped = 0;
    std::size_t claims = 0;
  };
  void add_act(const record::Ref& ref, record::PersonAct act);
  void add_stop_act(const StatementId& stop, record::PersonAct act);
  void add_activity_name(const record::Entry& entry);
  void add_mark(const PartyId& party, const record::Entry& entry);

  std::map<record::Ref, std::vector<record::PersonAct>> acts_;
  std::map<StatementId, record::Ref> stops_;
  // Logs come in any order: acknowledgements of a STOP or a warning that is not known yet.
  std::map<StatementId, std::vector<record::PersonAct>> early_;
  std::map<std::string, std::string> activity_names_;
  std::map<PartyId, Marks> marks_;
  std::vector<EvidenceClaim> claims_;
};

}  // namespace detente::node
