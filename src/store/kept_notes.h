// SPDX-License-Identifier: Apache-2.0
//
// The signed notes that a node kept, read from its database without its lock: beside a running
// node, or from a copy on a medium that cannot be written. Changes nothing.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"

namespace detente::store {

// All kept notes of all logs in <folder>/node.db, verbatim, oldest first for each log; where there
// is no database, those that lie in <folder>/notes/ as files. store_corrupt, store_io.
Result<std::vector<std::string>> kept_notes(const std::string& folder);

}  // namespace detente::store
