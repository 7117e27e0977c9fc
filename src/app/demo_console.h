// SPDX-License-Identifier: Apache-2.0
//
// What the demonstration tells the person at the terminal: plain lines, and a progress bar while a
// long stretch passes (on a terminal only). With --json everything but the summary goes to stderr.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "base/time.h"

namespace detente::app {

class DemoConsole {
 public:
  explicit DemoConsole(bool json);
  ~DemoConsole();
  DemoConsole(const DemoConsole&) = delete;
  DemoConsole& operator=(const DemoConsole&) = delete;

  void line(std::string_view text);
  // "06:12:00Z north proposes ..", under a heading for each new day.
  void tell(UtcMs at, std::string_view text);
  void progress(double fraction, std::string_view text);
  void error(std::string_view text);

 private:
  void clear();
  std::FILE* out_;
  bool terminal_;
  bool bar_ = false;
  std::string day_;
};

}  // namespace detente::app
