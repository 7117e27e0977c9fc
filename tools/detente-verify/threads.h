// SPDX-License-Identifier: Apache-2.0
//
// Spreads the verification of a log over threads: reading, parsing and Ed25519 run side by side,
// the rules entry after entry. What comes out does not depend on the number of threads.
#pragma once

#include "record/log_verifier.h"

namespace detente::verify {

// `threads` at work, the calling one among them; 0: as many as there are processors.
record::Spread on_threads(unsigned threads);

}  // namespace detente::verify
