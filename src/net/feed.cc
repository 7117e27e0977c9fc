// SPDX-License-Identifier: Apache-2.0
#include "net/feed.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "net/client.h"
#include "net/outbox.h"
#include "net/server.h"

namespace detente::net {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using boost::system::error_code;

// The pause before a feed is tried again: short at first, for a source that restarts; longer for
// one that is gone.
constexpr std::chrono::milliseconds kPauseMin{250};
constexpr std::chrono::milliseconds kPauseMax{5'000};
constexpr std::chrono::milliseconds kConnectTimeout{10'000};
// A listener of lines gets no pings; it only wakes up now and then.
constexpr std::chrono::milliseconds kLineInterval{60'000};

// ---- the reader ----

struct FeedState {
  FeedState(asio::io_context& loop, std::string from, std::uint16_t at)
      : timer(loop), host(std::move(from)), port(at) {}
  asio::steady_timer timer;
  std::string host;
  std::uint16_t port;
  std::function<void(std::string_view)> bytes;
  std::function<void(const Error&)> closed;
  std::shared_ptr<Dialer> dialer;
  std::shared_ptr<Stream> stream;
  bool stopped = false;

  void stop() {
    stopped = true;
    timer.cancel();
    if (dialer) dialer->close();
    if (stream) stream->close();
  }
};

// Reads one connection to its end; true if anything came.
awaitable<bool> read_feed(std::shared_ptr<FeedState> state) {
  std::array<char, 65'536> buffer{};
  bool any = false;
  while (!state->stopped) {
    const std::size_t n = co_await state->stream->read_some(buffer);
    if (n == 0) break;
    any = true;
    if (!state->stopped) state->bytes({buffer.data(), n});
  }
  state->stream->close();
  state->stream.reset();
  co_return any;
}

awaitable<Status> dial_feed(std::shared_ptr<FeedState> state) {
  const auto executor = state->timer.get_executor();
  const auto dialer = std::make_shared<Dialer>(executor);
  state->dialer = dialer;
  state->timer.expires_after(kConnectTimeout);
  state->timer.async_wait([dialer](const error_code& failed) {
    if (!failed) dialer->close();
  });
  const Status reached = co_await Dialer::connect(dialer, state->host, state->port);
  state->timer.cancel();
  state->dialer.reset();
  if (reached && !state->stopped) state->stream = make_tcp_stream(dialer->take());
  co_return reached;
}

awaitable<void> run_feed(std::shared_ptr<FeedState> state) {
  const std::string place = fmt::format("{}:{}", state->host, state->port);
  std::chrono::milliseconds pause = kPauseMin;
  while (!state->stopped) {
    Error why{Errc::net_refused, "the feed ended the connection", place};
    const Status reached = co_await dial_feed(state);
    if (state->stopped) break;
    if (reached) {
      const bool any = co_await read_feed(state);
      if (any) pause = kPauseMin;
    } else {
      why = reached.error();
    }
    if (state->stopped) break;
    state->closed(why);
    if (state->stopped) break;  // by the callback
    error_code ignored;
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    state->timer.expires_after(pause);
    co_await state->timer.async_wait(token);
    pause = std::min(pause * 2, kPauseMax);
  }
}

class FeedHandle final : public Runtime::Feed {
 public:
  explicit FeedHandle(std::shared_ptr<FeedState> state) : state_(std::move(state)) {}
  FeedHandle(const FeedHandle&) = delete;
  FeedHandle& operator=(const FeedHandle&) = delete;
  ~FeedHandle() override { state_->stop(); }

 private:
  std::shared_ptr<FeedState> state_;
};

// ---- the server ----

struct LineState {
  explicit LineState(asio::ip::tcp::acceptor open) : acceptor(std::move(open)) {}
  asio::ip::tcp::acceptor acceptor;
  std::vector<std::shared_ptr<Outbox>> listeners;
};

awaitable<void> serve_lines(std::shared_ptr<LineState> state, std::shared_ptr<Outbox> listener) {
  state->listeners.push_back(listener);
  const std::string no_ping;
  co_await Outbox::pump(listener, no_ping, kLineInterval);
  std::erase(state->listeners, listener);
}

awaitable<void> accept_lines(std::shared_ptr<LineState> state) {
  asio::steady_timer pause(state->acceptor.get_executor());
  while (state->acceptor.is_open()) {
    error_code failed;
    auto token = asio::redirect_error(asio::use_awaitable, failed);
    asio::ip::tcp::socket socket = co_await state->acceptor.async_accept(token);
    if (!state->acceptor.is_open()) break;
    if (failed) {
      pause.expires_after(kPauseMin);
      co_await pause.async_wait(token);
      continue;
    }
    if (state->listeners.size() >= limits::kSseClients) {
      close_socket(socket);
      continue;
    }
    const auto executor = state->acceptor.get_executor();
    const auto listener = std::make_shared<Outbox>(executor, make_tcp_stream(std::move(socket)),
                                                   limits::kOutboxBytes);
    asio::co_spawn(executor, serve_lines(state, listener), asio::detached);
  }
}

class LineServerHandle final : public Runtime::LineServer {
 public:
  explicit LineServerHandle(std::shared_ptr<LineState> state) : state_(std::move(state)) {
    error_code ignored;
    port_ = state_->acceptor.local_endpoint(ignored).port();
  }
  LineServerHandle(const LineServerHandle&) = delete;
  LineServerHandle& operator=(const LineServerHandle&) = delete;
  ~LineServerHandle() override {
    error_code ignored;
    state_->acceptor.close(ignored);
    for (const std::shared_ptr<Outbox>& listener : state_->listeners) listener->close();
  }

  void send(std::string_view lines) override {
    const Outbox::Text text = std::make_shared<const std::string>(lines);
    for (const std::shared_ptr<Outbox>& listener : state_->listeners) listener->push(text);
  }
  std::size_t clients() const override {
    return static_cast<std::size_t>(std::ranges::count_if(
        state_->listeners,
        [](const std::shared_ptr<Outbox>& listener) { return listener->is_open(); }));
  }
  std::uint16_t port() const override { return port_; }

 private:
  std::shared_ptr<LineState> state_;
  std::uint16_t port_ = 0;
};

}  // namespace

std::unique_ptr<Runtime::Feed> start_feed(asio::io_context& loop, const std::string& host,
                                          std::uint16_t port,
                                          std::function<void(std::string_view)> bytes,
                                          std::function<void(const Error&)> closed) {
  auto state = std::make_shared<FeedState>(loop, host, port);
  state->bytes = std::move(bytes);
  state->closed = std::move(closed);
  asio::co_spawn(loop, run_feed(state), asio::detached);
  return std::make_unique<FeedHandle>(state);
}

Result<std::unique_ptr<Runtime::LineServer>> start_line_server(asio::io_context& loop,
                                                               const std::string& address,
                                                               std::uint16_t port) {
  DETENTE_TRY(asio::ip::tcp::acceptor acceptor, listen_at(loop, address, port));
  auto state = std::make_shared<LineState>(std::move(acceptor));
  asio::co_spawn(loop, accept_lines(state), asio::detached);
  return std::unique_ptr<Runtime::LineServer>(std::make_unique<LineServerHandle>(state));
}

}  // namespace detente::net
