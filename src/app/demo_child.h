// SPDX-License-Identifier: Apache-2.0
//
// A child process of the demonstration: started with its output in a file, watched, and ended by
// its own process id and by nothing else. If the demonstration dies, its children are told to end.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace detente::app {

class ChildProcess {
 public:
  // Appends standard output and standard error to `log_path`. store_io, store_not_found.
  static Result<ChildProcess> start(const std::vector<std::string>& command,
                                    const std::string& log_path);
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();  // ends it if it still runs

  // Its exit code once it has ended (128 + signal if a signal ended it); never waits.
  std::optional<int> ended();
  int wait();
  // SIGTERM, then SIGKILL after `patience_ms`; its exit code.
  int stop(int patience_ms = 10'000);
  // The end of what it wrote since it was started.
  std::string last_lines(std::size_t lines = 8) const;

 private:
  ChildProcess(pid_t pid, std::string log_path, std::size_t log_from);

  pid_t pid_ = -1;
  std::optional<int> code_;
  std::string log_path_;
  std::size_t log_from_ = 0;
};

// Runs a command to its end. Errc::child_failed with its last lines if its exit code is not 0.
Status run_command(const std::vector<std::string>& command, const std::string& log_path);

}  // namespace detente::app
