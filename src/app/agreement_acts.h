// SPDX-License-Identifier: Apache-2.0
//
// What signatories sign about an agreement in force: amendments, suspension and its end,
// withdrawal, the beginning and the reset of a stage. `detente agreement amend|suspend|resume|
// withdraw|begin|reset`. The keys are read where they lie; what goes to the desk is signed.
// docs/protocol/course.md says what counts.
#pragma once

#include <string>
#include <vector>

#include "app/deliver.h"

namespace detente::app {

struct SignatoryOptions {
  std::string data;                   // the node's folder
  std::vector<std::string> officers;  // as load_signers
  std::string reason;
  DeliverOptions deliver;
};

// `document` is the whole amended agreement, bound to the same keys. With a desk's URL its text is
// brought there first, so that the peers can fetch it. `effective`: RFC 3339. agreement_*.
Status agreement_amend(const SignatoryOptions& options, const std::string& document,
                       const std::string& effective);
// `state`: "suspended", "withdrawn" or "in_force"; `function` "" for the whole agreement.
Status agreement_state(const SignatoryOptions& options, const std::string& function,
                       const std::string& state);
// Signs for this party that a stage begins; it begins when every party has. `version` is the
// agreement in force, absent: the one in the folder.
Status agreement_begin_stage(const SignatoryOptions& options, const std::string& stage,
                             const std::string& version);
// `evidence`: PARTY:INDEX of the entries that are the reason.
Status agreement_reset_stage(const SignatoryOptions& options, const std::string& stage,
                             const std::string& clause, const std::vector<std::string>& evidence);

}  // namespace detente::app
