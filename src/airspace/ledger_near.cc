// SPDX-License-Identifier: Apache-2.0
//
// What lies around a plan that nobody has filed: for the filer's own eyes. It changes nothing.
#include <algorithm>

#include "airspace/ledger_core.h"

namespace detente::airspace {

Neighbours LedgerCore::near(std::span<const geo::Volume4> volumes, const Filer& filer, UtcMs now,
                            std::size_t limit) const {
  std::vector<Handle> replaced;
  const auto log = log_of_party_.find(filer.party);
  if (filer.replaces && log != log_of_party_.end()) {
    const auto& own = logs_[log->second].activities;
    const auto first = own.find(StatementId{filer.replaces->value});
    std::optional<Handle> at;
    if (first != own.end()) at = first->second;
    for (; at; at = activities_[*at].replaces) replaced.push_back(*at);
  }
  Neighbours out;
  for (const VolumeIndex::Hit& hit : index_.find(volumes)) {
    const Activity& other = activities_[hit.key];
    if (!live_now(other, now)) continue;
    if (std::find(replaced.begin(), replaced.end(), hit.key) != replaced.end()) continue;
    if (out.list.size() == limit) {
      out.more = true;
      break;
    }
    out.list.push_back({other.id,
                        owner_of(other),
                        {other.plan.purpose, other.plan.unmanned},
                        occupied_at(other, UINT64_MAX)});
  }
  return out;
}

std::vector<terms::Procedure::Keys> LedgerCore::needed_by(const ActivityPlan& plan,
                                                          const PartyId& owner,
                                                          const terms::Agreement& version) {
  Activity activity;
  activity.plan = plan;
  return needed(activity, owner, version);
}

}  // namespace detente::airspace
