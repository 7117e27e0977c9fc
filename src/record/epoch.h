// SPDX-License-Identifier: Apache-2.0
//
// The step from one log of a party to its next: after a lost disk, a stolen log key or a rollback
// the party closes its log, and the next one, with another origin and other keys, names the last
// head of the old one. Pure.
#pragma once

#include <optional>

#include "record/log_reader.h"

namespace detente::record {

// The head that a log.open names as the end of the epoch before; nothing for a first log.
// entry_malformed if it is no log.open.
Result<std::optional<Head>> previous_of(const Statement& opening);

// Whether the log of `owner`, opened by `opening`, follows the log of `old_owner` as verified up to
// `old_last`, with nothing between them lost.
//   entry_wrong_log      another party, or another root key
//   checkpoint_origin    it follows no log, or another one
//   checkpoint_smaller   the old log at hand ends before the head that is named
//   checkpoint_conflict  the head that is named has another root, or the old log goes on after it
Status check_next_epoch(const Statement& opening, const LogOwner& owner, const LogOwner& old_owner,
                        const Checkpoint& old_last);

}  // namespace detente::record
