// SPDX-License-Identifier: Apache-2.0
#include "app/log.h"

#include <chrono>
#include <cstdio>

#include "base/json.h"

namespace detente::app {

void log_event(std::string_view level, std::string_view event,
               std::initializer_list<std::pair<std::string_view, std::string_view>> members) {
  const UtcMs now{std::chrono::duration_cast<std::chrono::milliseconds>(
                      std::chrono::system_clock::now().time_since_epoch())
                      .count()};
  JsonWriter out;
  out.begin_object().member("time", now).member("level", level).member("event", event);
  for (const auto& [name, value] : members) out.member(name, value);
  out.end_object();
  std::fprintf(stderr, "%s\n", out.text().c_str());
}

}  // namespace detente::app
