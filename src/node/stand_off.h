// SPDX-License-Identifier: Apache-2.0
//
// Registered sites, and movements on their way, that a plan may have to keep away from by the
// agreement's stand-offs (docs/protocol/agreement.md, Stand-offs). What is registered is in each
// party's log, and each node learns of it in its own time: so the consent machine does not judge by
// it, but a node does not file, concur with or activate what it knows to be too close.
// Private to src/node.
#pragma once

#include <span>
#include <vector>

#include "airspace/activity.h"
#include "protection/ledger.h"
#include "terms/agreement_ledger.h"
#include "terms/ask.h"

namespace detente::node {

// Within the largest stand-off of any volume. Ascending by id, each once.
std::vector<terms::ProtectedSite> stand_off_sites(const protection::NoticeLedger& notices,
                                                  const terms::Agreement& agreement,
                                                  std::span<const geo::Volume4> volumes, UtcMs now);
// activity_rule, with the clause's sentence: the plan comes too close to one of them.
Status keeps_stand_offs(const protection::NoticeLedger& notices, const terms::TermsAt& terms,
                        const airspace::ActivityPlan& plan, UtcMs now);

}  // namespace detente::node
