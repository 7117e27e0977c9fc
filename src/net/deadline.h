// SPDX-License-Identifier: Apache-2.0
//
// Closes a stream when it takes too long: the read or write that waits on it then ends. One
// deadline at a time; arming again moves it. Inside net/ only.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>

#include "net/stream.h"

namespace detente::net {

class Deadline {
 public:
  Deadline(const boost::asio::any_io_executor& executor, const std::shared_ptr<Stream>& stream)
      : state_(std::make_shared<State>(executor, stream)) {}
  ~Deadline() { disarm(); }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  void arm(std::chrono::milliseconds after) {
    state_->armed = true;
    state_->timer.expires_after(after);
    state_->timer.async_wait([state = state_](const boost::system::error_code& failed) {
      // A wait that had already fired when the deadline moved must not count.
      const bool due = state->timer.expiry() <= std::chrono::steady_clock::now();
      if (failed || !state->armed || !due) return;
      state->passed = true;
      if (const std::shared_ptr<Stream> open = state->stream.lock()) open->close();
    });
  }
  void disarm() {
    state_->armed = false;
    state_->timer.cancel();
  }
  bool passed() const { return state_->passed; }

 private:
  struct State {
    State(const boost::asio::any_io_executor& executor, const std::shared_ptr<Stream>& watched)
        : timer(executor), stream(watched) {}
    boost::asio::steady_timer timer;
    std::weak_ptr<Stream> stream;
    bool armed = false;
    bool passed = false;
  };
  std::shared_ptr<State> state_;
};

}  // namespace detente::net
