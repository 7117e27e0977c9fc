// SPDX-License-Identifier: Apache-2.0
//
// SHA-256 (OpenSSL, with a fetched algorithm and a context per thread). Safe on every thread.
#pragma once

#include <initializer_list>

#include "base/bytes.h"

namespace detente::crypto {

Hash sha256(ByteView bytes);
// SHA-256 of the parts one after the other, without joining them first.
Hash sha256(std::initializer_list<ByteView> parts);

}  // namespace detente::crypto
