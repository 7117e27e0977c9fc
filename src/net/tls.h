// SPDX-License-Identifier: Apache-2.0
//
// TLS 1.3 with a certificate on both sides. A certificate is believed if it is the only one sent,
// is in its validity period by the system's clock, has an Ed25519 key and one common name, and is
// signed by the root key of the party that the name begins with. No authority file, no chain, no
// resumption: every connection proves both names anew.
// Inside net/ only.
#pragma once

#include <memory>

#include "net/runtime.h"
#include "net/stream.h"

namespace detente::net {

// Keys and trust of one server or client. Outlives its streams (they share it).
class TlsContext {
 public:
  // `expected_peer`: the one name that a client accepts; "" for a server, which takes any name of
  // a party in `roots`. net_tls: the identity cannot be used.
  static Result<std::shared_ptr<TlsContext>> make(bool server, const TlsIdentity& identity,
                                                  const TrustedRoots& roots,
                                                  const std::string& expected_peer);
  virtual ~TlsContext() = default;
  virtual std::shared_ptr<Stream> wrap(boost::asio::ip::tcp::socket socket) = 0;
};

}  // namespace detente::net
