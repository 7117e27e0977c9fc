// SPDX-License-Identifier: Apache-2.0
#include "net/outbox.h"

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace detente::net {

namespace asio = boost::asio;
using asio::awaitable;
using boost::system::error_code;

void Outbox::push(const Text& text) {
  if (!open_) return;
  if (bytes_ + text->size() > bytes_max_) {
    close();
    return;
  }
  bytes_ += text->size();
  queue_.push_back(text);
  wake_.cancel();
}

void Outbox::close() {
  open_ = false;
  stream_->close();
  wake_.cancel();
}

awaitable<void> Outbox::drain(std::shared_ptr<Outbox> self) {
  std::array<char, 1024> buffer{};
  while (self->open_) {
    const std::size_t n = co_await self->stream_->read_some(buffer);
    if (n == 0) break;
  }
  self->close();
}

awaitable<void> Outbox::pump(std::shared_ptr<Outbox> self, std::string ping,
                             std::chrono::milliseconds interval) {
  asio::co_spawn(self->wake_.get_executor(), drain(self), asio::detached);
  while (self->open_) {
    if (self->queue_.empty()) {
      error_code woken;
      auto token = asio::redirect_error(asio::use_awaitable, woken);
      self->wake_.expires_after(interval);
      co_await self->wake_.async_wait(token);
      if (!woken && self->queue_.empty() && !ping.empty()) {
        const Text text = std::make_shared<const std::string>(ping);
        self->push(text);
      }
      continue;
    }
    const Text text = self->queue_.front();
    self->queue_.pop_front();
    const bool sent = co_await self->stream_->write_all(*text);
    self->bytes_ -= text->size();
    if (!sent) break;
  }
  self->close();
}

}  // namespace detente::net
