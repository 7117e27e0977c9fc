// SPDX-License-Identifier: Apache-2.0
#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "net/stream.h"

namespace detente::net {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using boost::system::error_code;

class TcpStream final : public Stream {
 public:
  explicit TcpStream(asio::ip::tcp::socket socket) : socket_(std::move(socket)) {
    prepare_socket(socket_);
  }

  awaitable<Status> handshake() override { co_return Status{}; }

  awaitable<std::size_t> read_some(std::span<char> into) override {
    error_code failed;
    auto token = asio::redirect_error(asio::use_awaitable, failed);
    const asio::mutable_buffer buffer(into.data(), into.size());
    const std::size_t n = co_await socket_.async_read_some(buffer, token);
    co_return failed ? 0 : n;
  }

  awaitable<bool> write_all(std::string_view bytes) override {
    error_code failed;
    auto token = asio::redirect_error(asio::use_awaitable, failed);
    const asio::const_buffer buffer(bytes.data(), bytes.size());
    co_await asio::async_write(socket_, buffer, token);
    co_return !failed;
  }

  awaitable<void> finish() override {
    error_code ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    co_return;
  }

  void close() override { close_socket(socket_); }
  bool is_quiet() override { return is_socket_quiet(socket_); }
  bool ended_properly() const override { return true; }
  std::string peer_name() const override { return {}; }

 private:
  asio::ip::tcp::socket socket_;
};

}  // namespace

std::shared_ptr<Stream> make_tcp_stream(asio::ip::tcp::socket socket) {
  return std::make_shared<TcpStream>(std::move(socket));
}

void prepare_socket(asio::ip::tcp::socket& socket) {
  error_code ignored;
  // Small answers must not wait for an acknowledgement; a peer that vanished must be noticed.
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
}

void close_socket(asio::ip::tcp::socket& socket) {
  error_code ignored;
  socket.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  socket.close(ignored);
}

bool is_socket_quiet(asio::ip::tcp::socket& socket) {
  if (!socket.is_open()) return false;
  char byte = 0;
  const ssize_t n = ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace detente::net
