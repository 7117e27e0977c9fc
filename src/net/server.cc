// SPDX-License-Identifier: Apache-2.0
#include "net/server.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/limits.h"
#include "net/deadline.h"

namespace detente::net {

namespace asio = boost::asio;
using asio::awaitable;
using boost::system::error_code;

namespace {

// After a refusal the client may still be sending: what it sends is dropped for a while, so that
// it reads the answer before the connection is reset.
constexpr std::chrono::milliseconds kLinger{2'000};
constexpr std::size_t kLingerBytesMax = 8U << 20;
constexpr std::chrono::milliseconds kAcceptPause{100};

}  // namespace

struct Server::Connection {
  Connection(std::shared_ptr<Server> owner, std::shared_ptr<Stream> open)
      : server(std::move(owner)),
        stream(std::move(open)),
        deadline(server->acceptor_.get_executor(), stream),
        parser(server->options_.body_limit) {}
  std::shared_ptr<Server> server;
  std::shared_ptr<Stream> stream;
  Deadline deadline;
  RequestParser parser;
  bool request_begun = false;
};

Result<asio::ip::tcp::acceptor> listen_at(asio::io_context& loop, const std::string& address,
                                          std::uint16_t port) {
  const std::string place = fmt::format("{}:{}", address, port);
  error_code failed;
  const asio::ip::address ip = asio::ip::make_address(address, failed);
  if (failed) return fail(Errc::net_refused, "not an IP address: " + address, place);
  const asio::ip::tcp::endpoint endpoint(ip, port);
  asio::ip::tcp::acceptor acceptor(loop);
  acceptor.open(endpoint.protocol(), failed);
  if (!failed) acceptor.set_option(asio::socket_base::reuse_address(true), failed);
  if (!failed) acceptor.bind(endpoint, failed);
  if (!failed) acceptor.listen(asio::socket_base::max_listen_connections, failed);
  if (failed == asio::error::address_in_use) {
    return fail(Errc::net_port_busy, place, place);
  }
  if (failed) return fail(Errc::net_refused, place + ": " + failed.message(), place);
  return acceptor;
}

Server::Server(asio::ip::tcp::acceptor acceptor, const ServerOptions& options, HttpHandler handler,
               std::shared_ptr<TlsContext> tls)
    : acceptor_(std::move(acceptor)),
      options_(options),
      handler_(std::move(handler)),
      tls_(std::move(tls)) {
  error_code ignored;
  port_ = acceptor_.local_endpoint(ignored).port();
}

Result<std::shared_ptr<Server>> Server::start(asio::io_context& loop, const ServerOptions& options,
                                              HttpHandler handler) {
  std::shared_ptr<TlsContext> tls;
  if (options.tls) {
    DETENTE_TRY(tls, TlsContext::make(true, options.identity, options.roots, {}));
  }
  DETENTE_TRY(asio::ip::tcp::acceptor acceptor, listen_at(loop, options.address, options.port));
  auto server =
      std::make_shared<Server>(std::move(acceptor), options, std::move(handler), std::move(tls));
  asio::co_spawn(loop, accept_loop(server), asio::detached);
  return server;
}

void Server::broadcast(const Outbox::Text& text) {
  // A push may cut a listener; its coroutine takes it off the list later.
  for (const std::shared_ptr<Outbox>& listener : listeners_) listener->push(text);
}

std::size_t Server::event_streams() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      listeners_, [](const std::shared_ptr<Outbox>& listener) { return listener->is_open(); }));
}

awaitable<void> Server::accept_loop(std::shared_ptr<Server> self) {
  asio::steady_timer pause(self->acceptor_.get_executor());
  while (self->acceptor_.is_open()) {
    error_code failed;
    auto token = asio::redirect_error(asio::use_awaitable, failed);
    asio::ip::tcp::socket socket = co_await self->acceptor_.async_accept(token);
    if (failed) {
      // Out of file descriptors, or the client left already: try again, not at full speed.
      pause.expires_after(kAcceptPause);
      co_await pause.async_wait(token);
      continue;
    }
    if (self->connections_ >= self->options_.connections) {
      close_socket(socket);
      continue;
    }
    ++self->connections_;
    std::shared_ptr<Stream> stream =
        self->tls_ ? self->tls_->wrap(std::move(socket)) : make_tcp_stream(std::move(socket));
    asio::co_spawn(self->acceptor_.get_executor(), serve(self, std::move(stream)), asio::detached);
  }
}

awaitable<void> Server::serve(std::shared_ptr<Server> self, std::shared_ptr<Stream> stream) {
  const auto connection = std::make_shared<Connection>(self, stream);
  connection->deadline.arm(self->options_.request_timeout);
  const Status trusted = co_await stream->handshake();
  if (trusted) co_await serve_requests(connection);
  connection->deadline.disarm();
  stream->close();
  --self->connections_;
}

awaitable<void> Server::serve_requests(std::shared_ptr<Connection> connection) {
  RequestParser& parser = connection->parser;
  connection->deadline.arm(connection->server->options_.idle_timeout);
  while (true) {
    Result<std::optional<ParsedRequest>> next = parser.next();
    if (!next) {
      Error error = std::move(next).error();
      co_await refuse(connection, std::move(error));
      co_return;
    }
    bool go_on = false;
    if (*next) {
      ParsedRequest parsed = std::move(**next);
      go_on = co_await answer(connection, std::move(parsed));
    } else {
      go_on = co_await read_more(connection);
    }
    if (!go_on) co_return;
  }
}

// Reads what comes next. A request must be whole within its time from its first byte on, however
// slowly its bytes drip in.
awaitable<bool> Server::read_more(std::shared_ptr<Connection> connection) {
  const std::shared_ptr<Stream> stream = connection->stream;
  if (connection->parser.take_expects_continue()) {
    const bool sent = co_await stream->write_all("HTTP/1.1 100 Continue\r\n\r\n");
    if (!sent) co_return false;
  }
  std::array<char, 16'384> buffer{};
  const std::size_t n = co_await stream->read_some(buffer);
  if (n == 0) co_return false;
  if (!connection->request_begun) {
    connection->request_begun = true;
    connection->deadline.arm(connection->server->options_.request_timeout);
  }
  connection->parser.feed({buffer.data(), n});
  co_return true;
}

HttpResponse Server::call_handler(const HttpRequest& request) const {
  try {
    return handler_(request);
  } catch (const std::exception& thrown) {
    // Nothing of ours throws; a library may, for want of memory. The text stays inside.
    static_cast<void>(thrown);
    return error_response(500, {Errc::http_internal, {}, {}});
  }
}

awaitable<bool> Server::answer(std::shared_ptr<Connection> connection, ParsedRequest parsed) {
  Server& server = *connection->server;
  parsed.request.peer = connection->stream->peer_name();
  parsed.request.tls = server.tls_ != nullptr;
  connection->deadline.arm(server.options_.idle_timeout);
  HttpResponse response = server.call_handler(parsed.request);
  if (response.later) {
    const std::shared_ptr<LaterResponse> later = response.later;
    const auto woken = std::make_shared<asio::steady_timer>(server.acceptor_.get_executor(),
                                                            asio::steady_timer::time_point::max());
    later->on_finish([woken] { woken->cancel(); });
    connection->deadline.arm(server.options_.request_timeout);
    error_code ignored;
    while (!later->response()) {
      co_await woken->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    response = std::move(*later->response());
  }
  const bool wants_events = response.event_stream && !parsed.head_only;
  if (wants_events && server.event_streams() >= limits::kSseClients) {
    response = error_response(503, {Errc::net_refused, "too many event streams", {}});
  }
  const bool events = response.event_stream && !parsed.head_only;
  const bool keep = parsed.keep_alive && !response.event_stream;
  std::string bytes = write_response(response, {keep, parsed.head_only});
  if (events) {
    co_await stream_events(connection, std::move(bytes));
    co_return false;
  }
  const bool sent = co_await connection->stream->write_all(bytes);
  connection->request_begun = connection->parser.in_progress();
  connection->deadline.arm(connection->request_begun ? server.options_.request_timeout
                                                     : server.options_.idle_timeout);
  if (sent && !keep) co_await connection->stream->finish();
  co_return sent&& keep;
}

awaitable<bool> Server::refuse(std::shared_ptr<Connection> connection, Error error) {
  const std::shared_ptr<Stream> stream = connection->stream;
  connection->deadline.arm(kLinger);
  const HttpResponse response = error_response(status_of(error), error);
  const std::string bytes = write_response(response, {false, false});
  const bool sent = co_await stream->write_all(bytes);
  if (!sent) co_return false;
  // TLS cannot read on after its goodbye; there the length tells the client where the answer ends.
  if (!connection->server->tls_) co_await stream->finish();
  std::array<char, 16'384> buffer{};
  std::size_t dropped = 0;
  while (dropped < kLingerBytesMax) {
    const std::size_t n = co_await stream->read_some(buffer);
    if (n == 0) break;
    dropped += n;
  }
  co_return false;
}

awaitable<void> Server::stream_events(std::shared_ptr<Connection> connection, std::string head) {
  const std::shared_ptr<Server> server = connection->server;
  const auto listener = std::make_shared<Outbox>(server->acceptor_.get_executor(),
                                                 connection->stream, limits::kOutboxBytes);
  // On the list first, so that no event between the head and the first wait is missed.
  server->listeners_.push_back(listener);
  const bool begun = co_await connection->stream->write_all(head);
  if (!begun) listener->close();
  connection->deadline.disarm();
  const std::string ping = ": still here\n\n";
  co_await Outbox::pump(listener, ping, server->options_.ping_interval);
  std::erase(server->listeners_, listener);
}

}  // namespace detente::net
