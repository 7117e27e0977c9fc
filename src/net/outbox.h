// SPDX-License-Identifier: Apache-2.0
//
// What waits to be sent to one listener (an event stream, a client of a line server). The queue is
// bounded: a listener that does not keep up is cut, it never holds back the others.
// Inside net/ only; the loop's thread alone.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <string>

#include "net/stream.h"

namespace detente::net {

class Outbox : public std::enable_shared_from_this<Outbox> {
 public:
  using Text = std::shared_ptr<const std::string>;

  Outbox(const boost::asio::any_io_executor& executor, std::shared_ptr<Stream> stream,
         std::size_t bytes_max)
      : stream_(std::move(stream)), wake_(executor), bytes_max_(bytes_max) {}

  // Sends `text` after what waits already; cuts the listener if too much waits.
  void push(const Text& text);
  void close();
  bool is_open() const { return open_; }

  // Sends until the connection ends; after a pause of `interval` without traffic it sends `ping`
  // (nothing if that is empty). Reads and drops what the listener says, to see it leave.
  static boost::asio::awaitable<void> pump(std::shared_ptr<Outbox> self, std::string ping,
                                           std::chrono::milliseconds interval);

 private:
  static boost::asio::awaitable<void> drain(std::shared_ptr<Outbox> self);

  std::shared_ptr<Stream> stream_;
  boost::asio::steady_timer wake_;
  std::deque<Text> queue_;
  std::size_t bytes_ = 0;  // in queue_, and in the write under way
  std::size_t bytes_max_;
  bool open_ = true;
};

}  // namespace detente::net
