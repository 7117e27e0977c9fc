// SPDX-License-Identifier: Apache-2.0
//
// The humanitarian body of the demonstration: a fourth node with two registrars. The shipped
// agreement is between two parties and a monitor; this one joins it for the day.
#pragma once

#include <string>

#include "base/result.h"

namespace detente::app {

// The agreement's text with the humanitarian body among its parties; as it is if it is there.
Result<std::string> with_relief(const std::string& text);

}  // namespace detente::app
