// SPDX-License-Identifier: Apache-2.0
//
// The amendment of the demonstration: medical evacuation, humanitarian flights and personnel
// recovery are declared half an hour ahead in place of an hour. The same agreement gives the same
// bytes. Pure.
#pragma once

#include <string>

#include "terms/agreement.h"

namespace detente::app {

// Which procedure is changed: the one for medical evacuation. Half of its notice is left.
inline constexpr std::int64_t kAmendedLeadMs = 1'800'000;

// The whole amended document, version 2 of `agreement`. agreement_malformed if its procedure for
// medical evacuation asks for less than an hour already.
Result<std::string> amend_notice(const terms::Agreement& agreement);

}  // namespace detente::app
