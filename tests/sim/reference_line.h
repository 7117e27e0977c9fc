// SPDX-License-Identifier: Apache-2.0
//
// The hotline a second time, slow and plain, from the raw entries of the true logs: who warned of
// what and who acknowledged it, who read which message, who has the watch, which test call was
// answered, and what asks whom to acknowledge. Only for seeds without a hostile party.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "hotline/ledger.h"
#include "sim/deeds.h"

namespace detente::sim {

class LineReference {
 public:
  // The log's next entry, as its owner's.
  void take(const PartyId& party, const record::Entry& entry);
  // Where a ledger that was given the same logs says something else; empty if nowhere.
  std::string differs(const hotline::HotlineLedger& ledger, UtcMs now) const;
  const std::array<std::uint64_t, kDeeds>& deeds() const { return deeds_; }

 private:
  struct Call {  // a STOP, a warning, a message or a test call
    PartyId from;
    UtcMs sent;
    std::optional<UtcMs> until;
    bool over = false;
    bool alarms = false;
    std::string type;
  };
  struct Watch {
    std::string officer;
    UtcMs until;
    bool left = false;
  };
  bool asks(const std::string& id, const Call& call, const PartyId& viewer, UtcMs now) const;
  std::string watch_differs(const hotline::HotlineLedger& ledger, const PartyId& party,
                            UtcMs now) const;

  std::map<std::string, Call> calls_;                 // by id: random, so one is never given twice
  std::map<std::string, std::set<PartyId>> answers_;  // by the id that they answer
  std::map<record::Ref, std::string> ids_;
  std::map<record::Ref, std::set<PartyId>> reads_;
  std::map<PartyId, Watch> watches_;
  std::array<std::uint64_t, kDeeds> deeds_{};
};

}  // namespace detente::sim
