// SPDX-License-Identifier: Apache-2.0
#include "net/runtime.h"

#include <sys/resource.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <utility>
#include <vector>

#include "net/client.h"
#include "net/feed.h"
#include "net/server.h"

namespace detente::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

struct Ticker {
  Ticker(asio::io_context& loop, std::chrono::milliseconds every, std::function<void()> call)
      : timer(loop), interval(every), f(std::move(call)) {}
  asio::steady_timer timer;
  std::chrono::milliseconds interval;
  std::function<void()> f;

  static void wait(const std::shared_ptr<Ticker>& self) {
    self->timer.async_wait([self](const error_code& failed) {
      if (failed) return;
      self->f();
      // From the planned instant, so that the beat does not drift; a loop that was held up does
      // not call many times to catch up.
      const auto now = std::chrono::steady_clock::now();
      self->timer.expires_at(std::max(self->timer.expiry() + self->interval, now));
      wait(self);
    });
  }
};

// One event as text/event-stream has it.
std::string event_text(const std::string& event, const std::string& data) {
  std::string out = "event: " + event + "\n";
  std::size_t begin = 0;
  while (begin <= data.size()) {
    const std::size_t end = std::min(data.find('\n', begin), data.size());
    out += "data: " + data.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  return out + "\n";
}

}  // namespace

struct Runtime::Impl {
  // First, so that it goes last: everything below refers to it.
  asio::io_context loop{1};
  asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(loop);
  asio::signal_set signals{loop};
  std::vector<std::shared_ptr<Server>> servers;
};

Runtime::Runtime() : impl_(std::make_unique<Impl>()) {
  // A peer that leaves while we write is an error value, not a signal.
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
}
Runtime::~Runtime() = default;

Result<std::uint16_t> Runtime::serve(const ServerOptions& options, HttpHandler handler) {
  DETENTE_TRY(std::shared_ptr<Server> server,
              Server::start(impl_->loop, options, std::move(handler)));
  impl_->servers.push_back(server);
  return server->port();
}

void Runtime::broadcast(const std::string& event, const std::string& data) {
  const Outbox::Text text = std::make_shared<const std::string>(event_text(event, data));
  for (const std::shared_ptr<Server>& server : impl_->servers) server->broadcast(text);
}

std::size_t Runtime::event_streams() const {
  std::size_t out = 0;
  for (const std::shared_ptr<Server>& server : impl_->servers) out += server->event_streams();
  return out;
}

std::shared_ptr<Runtime::Client> Runtime::client(const ClientOptions& options) {
  return std::make_shared<HttpClient>(impl_->loop, options);
}

std::unique_ptr<Runtime::Feed> Runtime::tcp_feed(const std::string& host, std::uint16_t port,
                                                 std::function<void(std::string_view)> bytes,
                                                 std::function<void(const Error&)> closed) {
  return start_feed(impl_->loop, host, port, std::move(bytes), std::move(closed));
}

Result<std::unique_ptr<Runtime::LineServer>> Runtime::line_server(const std::string& address,
                                                                  std::uint16_t port) {
  return start_line_server(impl_->loop, address, port);
}

void Runtime::every(std::chrono::milliseconds interval, std::function<void()> f) {
  const auto ticker = std::make_shared<Ticker>(impl_->loop, interval, std::move(f));
  ticker->timer.expires_after(interval);
  Ticker::wait(ticker);
}

void Runtime::after(std::chrono::milliseconds delay, std::function<void()> f) {
  const auto timer = std::make_shared<asio::steady_timer>(impl_->loop, delay);
  timer->async_wait([timer, f = std::move(f)](const error_code& failed) {
    if (!failed) f();
  });
}

void Runtime::post(std::function<void()> f) {
  asio::post(impl_->loop, std::move(f));
}

void Runtime::on_stop_signal(std::function<void()> f) {
  error_code ignored;
  impl_->signals.add(SIGINT, ignored);
  impl_->signals.add(SIGTERM, ignored);
  impl_->signals.async_wait([f = std::move(f)](const error_code& failed, int) {
    if (!failed) f();
  });
}

void Runtime::run() {
  impl_->loop.run();
}

void Runtime::run_for(std::chrono::milliseconds wait) {
  impl_->loop.run_one_for(wait);
  impl_->loop.poll();
}

void Runtime::stop() {
  impl_->loop.stop();
}

}  // namespace detente::net
