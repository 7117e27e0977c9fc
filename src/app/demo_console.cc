// SPDX-License-Identifier: Apache-2.0
#include "app/demo_console.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>

namespace detente::app {

DemoConsole::DemoConsole(bool json)
    : out_(json ? stderr : stdout), terminal_(isatty(fileno(out_)) == 1) {}

DemoConsole::~DemoConsole() {
  clear();
}

void DemoConsole::clear() {
  if (bar_) fmt::print(out_, "\r\x1b[K");
  bar_ = false;
}

void DemoConsole::line(std::string_view text) {
  clear();
  fmt::print(out_, "{}\n", text);
  std::fflush(out_);
}

void DemoConsole::tell(UtcMs at, std::string_view text) {
  const std::string when = format_rfc3339({at.value / 1000 * 1000});
  if (when.substr(0, 10) != day_) {
    day_ = when.substr(0, 10);
    line("");
    line(day_);
  }
  line(fmt::format("{} {}", when.substr(11), text));
}

void DemoConsole::progress(double fraction, std::string_view text) {
  if (!terminal_) return;
  constexpr std::size_t kWidth = 40;
  const auto full = static_cast<std::size_t>(std::clamp(fraction, 0.0, 1.0) * kWidth);
  fmt::print(out_, "\r\x1b[K[{}{}] {}", std::string(full, '#'), std::string(kWidth - full, '.'),
             text);
  std::fflush(out_);
  bar_ = true;
}

void DemoConsole::error(std::string_view text) {
  clear();
  std::fflush(out_);
  fmt::print(stderr, "detente demo: {}\n", text);
}

}  // namespace detente::app
