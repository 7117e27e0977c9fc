// SPDX-License-Identifier: Apache-2.0
//
// A connection as the HTTP code sees it: bytes in, bytes out, a name. TCP and TLS are two of them.
// Inside net/ only: Asio is not seen by the rest of the program.
//
// Errors while reading or writing all mean the same to the caller, that the connection is over, so
// they are one value; only the handshake says why.
// Threads: the loop's thread alone. At most one read and one write at a time.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"

namespace detente::net {

class Stream {
 public:
  virtual ~Stream() = default;
  // TLS: proves both names. net_tls, net_refused.
  virtual boost::asio::awaitable<Status> handshake() = 0;
  virtual boost::asio::awaitable<std::size_t> read_some(std::span<char> into) = 0;  // 0 = closed
  virtual boost::asio::awaitable<bool> write_all(std::string_view bytes) = 0;
  // Tells the other side that no more will come.
  virtual boost::asio::awaitable<void> finish() = 0;
  // Ends both directions now; what waits in a read or write is woken.
  virtual void close() = 0;
  // Whether an idle connection can still be used: nothing arrived, and nobody closed it.
  virtual bool is_quiet() = 0;
  // Whether the other side said goodbye itself. A cut by a third party looks like the end of the
  // message on plain TCP, and must not on TLS.
  virtual bool ended_properly() const = 0;
  virtual std::string peer_name() const = 0;
  // Why TLS ended the connection, "" if it did not. In TLS 1.3 the client is done with its
  // handshake before the server has seen its certificate: a refusal comes with the first read.
  virtual std::string rejection() const { return {}; }
};

std::shared_ptr<Stream> make_tcp_stream(boost::asio::ip::tcp::socket socket);

// What both kinds of stream do with their socket.
void prepare_socket(boost::asio::ip::tcp::socket& socket);
void close_socket(boost::asio::ip::tcp::socket& socket);
bool is_socket_quiet(boost::asio::ip::tcp::socket& socket);

}  // namespace detente::net
