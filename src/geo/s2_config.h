// SPDX-License-Identifier: Apache-2.0
//
// Included before any S2 header. Under the address sanitizer abseil gives its containers another
// layout, and Debian's libs2 was built without it; the two would read each other's memory wrongly.
#pragma once

#include <absl/base/config.h>
#undef ABSL_HAVE_ADDRESS_SANITIZER
