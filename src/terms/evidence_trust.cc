// SPDX-License-Identifier: Apache-2.0
#include "terms/evidence_trust.h"

namespace detente::terms {

Result<record::EvidenceTrust> evidence_trust(const Agreement& agreement) {
  record::EvidenceTrust out;
  for (const Party& party : agreement.parties()) {
    DETENTE_TRY(record::LogOwner owner, agreement.log_owner(party.id));
    out.owners.push_back(std::move(owner));
    if (party.kind == PartyKind::monitor) out.neutrals.push_back(party.id.value);
  }
  out.cosigners = agreement.cosigners();
  out.neutral_quorum =
      record::evidence_quorum(out.neutrals.size(), agreement.record_terms().deemed_quorum);
  return out;
}

}  // namespace detente::terms
