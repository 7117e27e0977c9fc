// SPDX-License-Identifier: Apache-2.0
//
// Whom a reader of evidence trusts, as the signed agreement says. Pure; safe on every thread.
#pragma once

#include "record/evidence.h"
#include "terms/agreement.h"

namespace detente::terms {

// Every party's keys, the cosigners, and the monitors as neutrals with their quorum
// (record::evidence_quorum). agreement_unkeyed.
Result<record::EvidenceTrust> evidence_trust(const Agreement& agreement);

}  // namespace detente::terms
