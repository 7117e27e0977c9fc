// SPDX-License-Identifier: Apache-2.0
#include "app/demo_child.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <utility>

namespace detente::app {
namespace {

constexpr std::chrono::milliseconds kPause{10};

int code_of(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// In the child, between fork and exec: only calls that are safe there.
[[noreturn]] void become(char* const* arguments, int log, pid_t parent) {
  // Its own group: Ctrl-C at the terminal reaches the demonstration alone, which ends its children.
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(127);
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(log, STDOUT_FILENO) < 0 ||
      dup2(log, STDERR_FILENO) < 0) {
    _exit(127);
  }
  close_range(3, ~0U, 0);
  execv(arguments[0], arguments);
  _exit(127);
}

}  // namespace

Result<ChildProcess> ChildProcess::start(const std::vector<std::string>& command,
                                         const std::string& log_path) {
  check(!command.empty(), "a child process without a command");
  if (access(command.front().c_str(), X_OK) != 0) {
    return fail(Errc::store_not_found, "no such program", command.front());
  }
  const int log = open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0) return fail(Errc::store_io, std::strerror(errno), log_path);
  const off_t from = lseek(log, 0, SEEK_END);
  std::vector<std::string> words = command;
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) become(arguments.data(), log, parent);
  const int why = errno;
  close(log);
  if (pid < 0) return fail(Errc::store_io, std::strerror(why), command.front());
  return ChildProcess(pid, log_path, static_cast<std::size_t>(std::max<off_t>(from, 0)));
}

ChildProcess::ChildProcess(pid_t pid, std::string log_path, std::size_t log_from)
    : pid_(pid), log_path_(std::move(log_path)), log_from_(log_from) {}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      code_(other.code_),
      log_path_(std::move(other.log_path_)),
      log_from_(other.log_from_) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(code_, other.code_);
  std::swap(log_path_, other.log_path_);
  std::swap(log_from_, other.log_from_);
  return *this;
}

ChildProcess::~ChildProcess() {
  if (pid_ > 0 && !code_) stop();
}

std::optional<int> ChildProcess::ended() {
  if (pid_ <= 0 || code_) return code_;
  int status = 0;
  const pid_t done = waitpid(pid_, &status, WNOHANG);
  if (done == pid_) code_ = code_of(status);
  if (done < 0 && errno == ECHILD) code_ = 127;
  return code_;
}

int ChildProcess::wait() {
  while (!ended()) std::this_thread::sleep_for(kPause);
  return *code_;
}

int ChildProcess::stop(int patience_ms) {
  if (pid_ <= 0) return code_.value_or(0);
  if (!ended()) kill(pid_, SIGTERM);
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms);
  while (!ended() && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(kPause);
  }
  if (!ended()) kill(pid_, SIGKILL);
  return wait();
}

std::string ChildProcess::last_lines(std::size_t lines) const {
  std::ifstream in(log_path_, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(log_from_));
  std::vector<std::string> all;
  std::string line;
  while (std::getline(in, line)) {
    all.push_back(line);
    if (all.size() > lines) all.erase(all.begin());
  }
  std::string out;
  for (const std::string& kept : all) out += (out.empty() ? "" : "\n") + kept;
  return out;
}

Status run_command(const std::vector<std::string>& command, const std::string& log_path) {
  DETENTE_TRY(ChildProcess child, ChildProcess::start(command, log_path));
  const int code = child.wait();
  if (code == 0) return {};
  std::string words;
  for (const std::string& word : command) words += (words.empty() ? "" : " ") + word;
  return fail(Errc::child_failed, fmt::format("exit code {}: {}", code, child.last_lines()), words);
}

}  // namespace detente::app
