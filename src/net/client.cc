// SPDX-License-Identifier: Apache-2.0
#include "net/client.h"

#include <fmt/core.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/limits.h"

namespace detente::net {

namespace asio = boost::asio;
using asio::awaitable;
using boost::system::error_code;

// ---- Dialer ----

awaitable<Status> Dialer::connect(std::shared_ptr<Dialer> self, std::string host,
                                  std::uint16_t port) {
  const std::string place = fmt::format("{}:{}", host, port);
  error_code failed;
  auto token = asio::redirect_error(asio::use_awaitable, failed);
  const asio::ip::address ip = asio::ip::make_address(host, failed);
  if (!failed) {
    const asio::ip::tcp::endpoint endpoint(ip, port);
    co_await self->socket_.async_connect(endpoint, token);
  } else {
    const std::string service = fmt::format("{}", port);
    const auto found = co_await self->resolver_.async_resolve(host, service, token);
    if (!failed && !self->closed_) co_await asio::async_connect(self->socket_, found, token);
  }
  if (!failed && self->closed_) failed = asio::error::operation_aborted;
  if (failed) co_return fail(Errc::net_refused, place + ": " + failed.message(), place);
  co_return Status{};
}

void Dialer::close() {
  closed_ = true;
  resolver_.cancel();
  close_socket(socket_);
}

// ---- HttpClient ----

// Ends whatever the request is waiting for when its time is over.
struct HttpClient::Watch {
  explicit Watch(asio::io_context& loop) : timer(loop) {}
  asio::steady_timer timer;
  std::shared_ptr<Dialer> dialer;
  std::shared_ptr<Stream> stream;
  bool passed = false;

  static void start(const std::shared_ptr<Watch>& self, std::chrono::milliseconds after) {
    self->timer.expires_after(after);
    self->timer.async_wait([self](const error_code& failed) {
      if (failed) return;
      self->passed = true;
      if (self->dialer) self->dialer->close();
      if (self->stream) self->stream->close();
    });
  }
};

HttpClient::HttpClient(asio::io_context& loop, ClientOptions options)
    : loop_(loop), options_(std::move(options)), tls_(std::shared_ptr<TlsContext>{}) {
  if (!options_.tls) return;
  if (options_.expected_peer.empty()) {
    // A client that takes anybody's word is a mistake, never a wish.
    tls_ = fail(Errc::net_tls, "the client was not told which party must answer");
    return;
  }
  tls_ = TlsContext::make(false, options_.identity, options_.roots, options_.expected_peer);
}

void HttpClient::request(std::string method, std::string target, std::string body,
                         std::map<std::string, std::string> headers,
                         std::function<void(Result<HttpResponse>)> done) {
  auto job = std::make_shared<Job>();
  const std::string host = fmt::format("{}:{}", options_.host, options_.port);
  job->bytes = write_request(method, target, host, body, headers);
  job->method = std::move(method);
  job->done = std::move(done);
  add(std::move(job));
}

void HttpClient::get(std::string target, std::size_t body_max,
                     std::function<void(Result<HttpResponse>)> done) {
  auto job = std::make_shared<Job>();
  const std::string host = fmt::format("{}:{}", options_.host, options_.port);
  job->method = "GET";
  job->bytes = write_request(job->method, target, host, "", {});
  job->body_max = body_max;
  job->done = std::move(done);
  add(std::move(job));
}

void HttpClient::add(std::shared_ptr<Job> job) {
  if (queue_.size() >= limits::kClientQueue) {
    asio::post(loop_, [job] {
      job->done(fail(Errc::net_refused, "too many requests wait for this peer"));
    });
    return;
  }
  queue_.push_back(std::move(job));
  if (working_) return;
  working_ = true;
  asio::co_spawn(loop_, work(shared_from_this()), asio::detached);
}

void HttpClient::drop() {
  if (stream_) stream_->close();
  stream_.reset();
}

awaitable<void> HttpClient::work(std::shared_ptr<HttpClient> self) {
  // Through the loop once, so that no answer comes before request() has returned.
  co_await asio::post(self->loop_, asio::use_awaitable);
  while (!self->queue_.empty()) {
    const std::shared_ptr<Job> job = self->queue_.front();
    Result<HttpResponse> result = co_await carry_out(self, job);
    self->queue_.pop_front();
    job->done(std::move(result));
  }
  self->working_ = false;
}

awaitable<Result<HttpResponse>> HttpClient::carry_out(std::shared_ptr<HttpClient> self,
                                                      std::shared_ptr<Job> job) {
  const auto watch = std::make_shared<Watch>(self->loop_);
  Watch::start(watch, self->options_.timeout);
  Result<HttpResponse> result = fail(Errc::net_refused);
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (self->stream_ && !self->stream_->is_quiet()) self->drop();
    const bool kept = self->stream_ != nullptr;
    if (!kept) {
      Status connected = co_await connect(self, watch);
      if (!connected) {
        result = fail(std::move(connected).error());
        break;
      }
    }
    watch->stream = self->stream_;
    const auto answered = std::make_shared<bool>(false);
    result = co_await exchange(self, job, answered);
    // The other side may close a kept connection in the moment that we use it. A GET may be sent
    // twice; anything else may have been carried out, so it is for the caller to repeat.
    const bool again = kept && !result && !*answered && !watch->passed && job->method == "GET";
    if (!again) break;
  }
  watch->timer.cancel();
  watch->dialer.reset();
  watch->stream.reset();
  if (!result) self->drop();
  if (!result && watch->passed) {
    result =
        fail(Errc::net_timeout, fmt::format("{}:{}: no answer within {} ms", self->options_.host,
                                            self->options_.port, self->options_.timeout.count()));
  }
  co_return result;
}

awaitable<Status> HttpClient::connect(std::shared_ptr<HttpClient> self,
                                      std::shared_ptr<Watch> watch) {
  if (!self->tls_) co_return fail(self->tls_.error());
  const auto dialer = std::make_shared<Dialer>(self->loop_.get_executor());
  watch->dialer = dialer;
  const Status reached = co_await Dialer::connect(dialer, self->options_.host, self->options_.port);
  watch->dialer.reset();
  if (!reached) co_return reached;
  asio::ip::tcp::socket socket = dialer->take();
  const std::shared_ptr<Stream> stream =
      *self->tls_ ? (*self->tls_)->wrap(std::move(socket)) : make_tcp_stream(std::move(socket));
  watch->stream = stream;
  const Status trusted = co_await stream->handshake();
  if (!trusted) co_return trusted;
  self->stream_ = stream;
  co_return Status{};
}

awaitable<Result<HttpResponse>> HttpClient::exchange(std::shared_ptr<HttpClient> self,
                                                     std::shared_ptr<Job> job,
                                                     std::shared_ptr<bool> answered) {
  const std::shared_ptr<Stream> stream = self->stream_;
  // A server may answer, and refuse, before it has taken the whole request: read in any case.
  const bool sent = co_await stream->write_all(job->bytes);
  ResponseParser parser(job->method == "HEAD", job->body_max);
  std::array<char, 16'384> buffer{};
  while (true) {
    const std::size_t n = co_await stream->read_some(buffer);
    if (n == 0) break;
    *answered = true;
    const Result<bool> whole = parser.feed({buffer.data(), n});
    if (!whole) co_return fail(whole.error());
    if (!*whole) continue;
    HttpResponse response = parser.take();
    if (!sent || !parser.keep_alive()) self->drop();
    co_return response;
  }
  const std::string why = stream->rejection();
  if (!why.empty()) co_return fail(Errc::net_tls, "the other side ended the connection: " + why);
  if (*answered && stream->ended_properly() && parser.end()) {
    self->drop();
    co_return parser.take();
  }
  co_return fail(Errc::net_refused, *answered ? "the answer was cut" : "cut before the answer");
}

}  // namespace detente::net
