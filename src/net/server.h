// SPDX-License-Identifier: Apache-2.0
//
// An HTTP server on the loop: accepts, reads requests, calls the handler, keeps event streams.
// Inside net/ only; the loop's thread alone.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>
#include <vector>

#include "net/outbox.h"
#include "net/runtime.h"
#include "net/tls.h"

namespace detente::net {

// Listens at an address. net_port_busy, net_refused.
Result<boost::asio::ip::tcp::acceptor> listen_at(boost::asio::io_context& loop,
                                                 const std::string& address, std::uint16_t port);

class Server : public std::enable_shared_from_this<Server> {
 public:
  static Result<std::shared_ptr<Server>> start(boost::asio::io_context& loop,
                                               const ServerOptions& options, HttpHandler handler);
  std::uint16_t port() const { return port_; }
  void broadcast(const Outbox::Text& text);
  std::size_t event_streams() const;

  Server(boost::asio::ip::tcp::acceptor acceptor, const ServerOptions& options, HttpHandler handler,
         std::shared_ptr<TlsContext> tls);

 private:
  struct Connection;
  static boost::asio::awaitable<void> accept_loop(std::shared_ptr<Server> self);
  static boost::asio::awaitable<void> serve(std::shared_ptr<Server> self,
                                            std::shared_ptr<Stream> stream);
  static boost::asio::awaitable<void> serve_requests(std::shared_ptr<Connection> connection);
  static boost::asio::awaitable<bool> answer(std::shared_ptr<Connection> connection,
                                             ParsedRequest parsed);
  static boost::asio::awaitable<bool> refuse(std::shared_ptr<Connection> connection, Error error);
  static boost::asio::awaitable<bool> read_more(std::shared_ptr<Connection> connection);
  static boost::asio::awaitable<void> stream_events(std::shared_ptr<Connection> connection,
                                                    std::string head);
  HttpResponse call_handler(const HttpRequest& request) const;

  boost::asio::ip::tcp::acceptor acceptor_;
  ServerOptions options_;
  HttpHandler handler_;
  std::shared_ptr<TlsContext> tls_;
  std::uint16_t port_ = 0;
  std::size_t connections_ = 0;
  std::vector<std::shared_ptr<Outbox>> listeners_;
};

}  // namespace detente::net
