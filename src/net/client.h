// SPDX-License-Identifier: Apache-2.0
//
// An HTTP client for one peer: one kept connection, one request at a time. Inside net/ only; the
// loop's thread alone.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <deque>
#include <memory>
#include <string>

#include "base/limits.h"
#include "net/runtime.h"
#include "net/tls.h"

namespace detente::net {

// A connection that is being made; close() ends the attempt.
class Dialer {
 public:
  Dialer(const boost::asio::any_io_executor& executor) : resolver_(executor), socket_(executor) {}
  // An address, or a name that is looked up. net_refused.
  static boost::asio::awaitable<Status> connect(std::shared_ptr<Dialer> self, std::string host,
                                                std::uint16_t port);
  void close();
  boost::asio::ip::tcp::socket take() { return std::move(socket_); }

 private:
  boost::asio::ip::tcp::resolver resolver_;
  boost::asio::ip::tcp::socket socket_;
  bool closed_ = false;
};

class HttpClient final : public Runtime::Client, public std::enable_shared_from_this<HttpClient> {
 public:
  HttpClient(boost::asio::io_context& loop, ClientOptions options);
  void request(std::string method, std::string target, std::string body,
               std::map<std::string, std::string> headers,
               std::function<void(Result<HttpResponse>)> done) override;
  void get(std::string target, std::size_t body_max,
           std::function<void(Result<HttpResponse>)> done) override;

 private:
  struct Job {
    std::string method;
    std::string bytes;                                  // the whole request
    std::size_t body_max = limits::kHttpResponseBytes;  // of the answer
    std::function<void(Result<HttpResponse>)> done;
  };
  struct Watch;
  void add(std::shared_ptr<Job> job);
  static boost::asio::awaitable<void> work(std::shared_ptr<HttpClient> self);
  static boost::asio::awaitable<Result<HttpResponse>> carry_out(std::shared_ptr<HttpClient> self,
                                                                std::shared_ptr<Job> job);
  static boost::asio::awaitable<Status> connect(std::shared_ptr<HttpClient> self,
                                                std::shared_ptr<Watch> watch);
  static boost::asio::awaitable<Result<HttpResponse>> exchange(std::shared_ptr<HttpClient> self,
                                                               std::shared_ptr<Job> job,
                                                               std::shared_ptr<bool> answered);
  void drop();

  boost::asio::io_context& loop_;
  ClientOptions options_;
  Result<std::shared_ptr<TlsContext>> tls_;
  std::shared_ptr<Stream> stream_;
  std::deque<std::shared_ptr<Job>> queue_;
  bool working_ = false;
};

}  // namespace detente::net
