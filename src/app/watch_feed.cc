// SPDX-License-Identifier: Apache-2.0
#include "app/watch_feed.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "base/limits.h"

namespace detente::app {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kConnectMs = 5'000;
constexpr int kHttpMs = 5'000;
constexpr int kRetryMs = 1'000;
constexpr std::size_t kReadBytes = 256U << 10;

// A file descriptor that closes itself.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  ~Fd() { reset(); }
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  void reset(int fd = -1) {
    if (fd_ > 2) ::close(fd_);
    fd_ = fd;
  }
  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }

 private:
  int fd_;
};

std::string error_text(int number) {
  return std::strerror(number);
}

Error file_error(const std::string& path, int number) {
  const Errc code = number == ENOENT ? Errc::store_not_found : Errc::store_io;
  return Error{code, error_text(number), path};
}

// Waits until the descriptor can be read (or written), or the time is over.
bool ready(int fd, short events, int wait_ms) {
  pollfd waiting{fd, events, 0};
  return ::poll(&waiting, 1, wait_ms) > 0;
}

Result<Fd> connect_one(const addrinfo& address, const std::string& place) {
  Fd fd(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.open()) return fail(Errc::net_refused, error_text(errno), place);
  if (::connect(fd.get(), address.ai_addr, address.ai_addrlen) != 0) {
    if (errno != EINPROGRESS) return fail(Errc::net_refused, error_text(errno), place);
    if (!ready(fd.get(), POLLOUT, kConnectMs)) return fail(Errc::net_timeout, {}, place);
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return fail(Errc::net_refused, error_text(error), place);
  }
  return fd;
}

Result<Fd> connect_to(const std::string& host, const std::string& port) {
  const std::string place = fmt::format("{}:{}", host, port);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int status = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  if (status != 0) return fail(Errc::net_refused, ::gai_strerror(status), place);
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, ::freeaddrinfo);
  Result<Fd> fd = fail(Errc::net_refused, "no address", place);
  for (const addrinfo* one = found; one != nullptr && !fd; one = one->ai_next) {
    fd = connect_one(*one, place);
  }
  return fd;
}

class TcpSource : public FeedSource {
 public:
  TcpSource(FeedSpec spec, Fd fd) : spec_(std::move(spec)), fd_(std::move(fd)) {}

  Result<FeedPiece> next(int wait_ms) override {
    FeedPiece piece;
    if (!fd_.open()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(std::min(wait_ms, kRetryMs)));
      if (Clock::now() < retry_) return piece;
      Result<Fd> again = connect_to(spec_.host, spec_.port);
      if (again) {
        fd_ = std::move(*again);
      } else {
        retry_ = Clock::now() + std::chrono::milliseconds(kRetryMs);
      }
      return piece;
    }
    if (!ready(fd_.get(), POLLIN, wait_ms)) return piece;
    piece.bytes.resize(kReadBytes);
    const ssize_t got = ::recv(fd_.get(), piece.bytes.data(), piece.bytes.size(), 0);
    piece.bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
      ++failures_;
      fd_.reset();
      retry_ = Clock::now() + std::chrono::milliseconds(kRetryMs);
      piece.bytes = "\n";  // what was cut off is no line; it must not join the next one
    }
    return piece;
  }
  std::uint64_t failures() const override { return failures_; }

 private:
  FeedSpec spec_;
  Fd fd_;
  Clock::time_point retry_;
  std::uint64_t failures_ = 0;
};

class FileSource : public FeedSource {
 public:
  FileSource(std::string path, Fd fd, std::int64_t size)
      : path_(std::move(path)), fd_(std::move(fd)), size_(size) {}

  Result<FeedPiece> next(int wait_ms) override {
    FeedPiece piece;
    if (!ready(fd_.get(), POLLIN, wait_ms)) return piece;
    piece.bytes.resize(kReadBytes);
    const ssize_t got = ::read(fd_.get(), piece.bytes.data(), piece.bytes.size());
    if (got < 0 && errno != EINTR) return fail(file_error(path_, errno));
    piece.bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    piece.ended = got == 0;
    done_ += piece.bytes.size();
    return piece;
  }
  std::optional<double> progress() const override {
    if (size_ <= 0) return std::nullopt;
    return std::min(1.0, static_cast<double>(done_) / static_cast<double>(size_));
  }

 private:
  std::string path_;
  Fd fd_;
  std::int64_t size_;
  std::size_t done_ = 0;
};

Result<std::string> read_document(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.open()) return fail(file_error(path, errno));
  std::string out;
  while (out.size() <= limits::kFeedJsonBytes) {
    const std::size_t before = out.size();
    out.resize(before + kReadBytes);
    const ssize_t got = ::read(fd.get(), out.data() + before, kReadBytes);
    if (got < 0) return fail(file_error(path, errno));
    out.resize(before + static_cast<std::size_t>(got));
    if (got == 0) return out;
  }
  return fail(Errc::json_too_large, fmt::format("more than {} bytes", limits::kFeedJsonBytes),
              path);
}

// One GET, in HTTP/1.0 so that the answer is neither chunked nor followed by another one.
Result<std::string> http_get(const FeedSpec& spec) {
  const std::string place = fmt::format("http://{}:{}{}", spec.host, spec.port, spec.path);
  DETENTE_TRY(const Fd fd, connect_to(spec.host, spec.port));
  const std::string request =
      fmt::format("GET {} HTTP/1.0\r\nHost: {}:{}\r\nAccept: application/json\r\n\r\n", spec.path,
                  spec.host, spec.port);
  if (::send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size())) {
    return fail(Errc::net_refused, "the request could not be sent", place);
  }
  const Clock::time_point until = Clock::now() + std::chrono::milliseconds(kHttpMs);
  std::string answer;
  while (answer.size() <= limits::kFeedJsonBytes) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    if (left <= 0 || !ready(fd.get(), POLLIN, static_cast<int>(left))) {
      return fail(Errc::net_timeout, {}, place);
    }
    const std::size_t before = answer.size();
    answer.resize(before + kReadBytes);
    const ssize_t got = ::recv(fd.get(), answer.data() + before, kReadBytes, 0);
    answer.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0) break;
    if (got < 0 && errno != EAGAIN && errno != EINTR) {
      return fail(Errc::net_refused, error_text(errno), place);
    }
  }
  Result<std::string> body = http_body(answer);
  if (!body) return fail(std::move(body.error()).at(place));
  return body;
}

class JsonSource : public FeedSource {
 public:
  JsonSource(FeedSpec spec, std::string first)
      : spec_(std::move(spec)), waiting_(std::move(first)), due_(Clock::now()) {}

  static Result<std::string> read(const FeedSpec& spec) {
    return spec.kind == FeedSpec::Kind::json_http ? http_get(spec) : read_document(spec.path);
  }

  Result<FeedPiece> next(int wait_ms) override {
    FeedPiece piece;
    if (!waiting_.empty()) {
      piece.bytes = std::exchange(waiting_, {});
      last_ = piece.bytes;
      due_ = Clock::now() + std::chrono::seconds(1);
      return piece;
    }
    const Clock::time_point now = Clock::now();
    const Clock::time_point until = std::min(due_, now + std::chrono::milliseconds(wait_ms));
    if (until > now) std::this_thread::sleep_for(until - now);
    if (Clock::now() < due_) return piece;
    due_ = Clock::now() + std::chrono::seconds(1);
    Result<std::string> document = read(spec_);
    if (!document) {
      // It may be in the middle of being replaced, or the decoder is starting again.
      ++failures_;
    } else if (*document != last_) {
      last_ = *document;
      piece.bytes = std::move(*document);
    }
    return piece;
  }
  std::uint64_t failures() const override { return failures_; }

 private:
  FeedSpec spec_;
  std::string waiting_;
  std::string last_;
  Clock::time_point due_;
  std::uint64_t failures_ = 0;
};

tl::unexpected<Error> usage(std::string_view text, const char* why) {
  return fail(Errc::usage,
              fmt::format("feed \"{}\": {}; expected sbs://HOST:PORT, sbs:FILE, json:FILE or "
                          "json:http://HOST/PATH",
                          text.substr(0, 200), why));
}

// "HOST:PORT" or "[ADDRESS]:PORT"; the port may be left out where there is a usual one.
bool split_authority(std::string_view text, std::string_view usual_port, FeedSpec& spec) {
  std::string_view port = usual_port;
  std::size_t colon = text.rfind(':');
  const std::size_t bracket = text.rfind(']');
  if (bracket != std::string_view::npos && colon != std::string_view::npos && colon < bracket) {
    colon = std::string_view::npos;
  }
  if (colon != std::string_view::npos) {
    port = text.substr(colon + 1);
    text = text.substr(0, colon);
  }
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
    text = text.substr(1, text.size() - 2);
  } else if (text.find_first_of("[]:") != std::string_view::npos) {
    return false;
  }
  unsigned number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  const bool good = error == std::errc() && end == port.data() + port.size() && number > 0 &&
                    number < 65'536 && !text.empty();
  spec.host = text;
  spec.port = port;
  return good && text.find_first_of(" \t\r\n/@") == std::string_view::npos;
}

}  // namespace

Result<FeedSpec> parse_feed(std::string_view text) {
  FeedSpec spec;
  if (text.starts_with("sbs://")) {
    spec.kind = FeedSpec::Kind::sbs_tcp;
    if (!split_authority(text.substr(6), "", spec)) return usage(text, "no HOST:PORT");
  } else if (text.starts_with("sbs:")) {
    spec.kind = FeedSpec::Kind::sbs_file;
    spec.path = text.substr(4);
    if (spec.path.empty()) return usage(text, "no file");
  } else if (text.starts_with("json:http://")) {
    spec.kind = FeedSpec::Kind::json_http;
    const std::string_view rest = text.substr(12);
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    spec.path = slash == rest.size() ? "/" : std::string(rest.substr(slash));
    if (!split_authority(rest.substr(0, slash), "80", spec)) return usage(text, "no host");
    if (spec.path.find_first_of(" \t\r\n") != std::string::npos) return usage(text, "white space");
  } else if (text.starts_with("json:https://")) {
    return usage(text, "only plain HTTP is read; put a proxy or a tunnel before it");
  } else if (text.starts_with("json:")) {
    spec.kind = FeedSpec::Kind::json_file;
    spec.path = text.substr(5);
    if (spec.path.empty()) return usage(text, "no file");
  } else {
    return usage(text, "not a kind of feed");
  }
  return spec;
}

Result<std::string> http_body(std::string_view answer) {
  const std::size_t end = answer.substr(0, limits::kHttpHeaderBytes).find("\r\n\r\n");
  if (!answer.starts_with("HTTP/1.") || end == std::string_view::npos || answer.size() < 12) {
    return fail(Errc::http_malformed);
  }
  if (answer.substr(8, 5) != " 200 " && answer.substr(8, 6) != " 200\r\n") {
    return fail(Errc::http_status, std::string(answer.substr(0, answer.find("\r\n"))));
  }
  if (answer.size() > limits::kFeedJsonBytes) return fail(Errc::http_too_large);
  std::string head(answer.substr(0, end + 2));
  for (char& c : head) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (head.find("\r\ntransfer-encoding:") != std::string::npos ||
      head.find("\r\ncontent-encoding:") != std::string::npos) {
    return fail(Errc::http_malformed, "an encoding that was not asked for");
  }
  std::string body(answer.substr(end + 4));
  const std::string name = "\r\ncontent-length:";
  if (const std::size_t at = head.find(name); at != std::string::npos) {
    const std::size_t from = std::min(head.find_first_not_of(' ', at + name.size()), head.size());
    std::size_t length = 0;
    const auto [after, error] =
        std::from_chars(head.data() + from, head.data() + head.size(), length);
    if (error != std::errc() || *after != '\r') return fail(Errc::http_malformed, "content-length");
    if (body.size() != length) return fail(Errc::http_malformed, "the body was cut off");
  }
  return body;
}

Result<std::unique_ptr<FeedSource>> open_feed(const FeedSpec& spec) {
  std::unique_ptr<FeedSource> out;
  if (spec.kind == FeedSpec::Kind::sbs_tcp) {
    DETENTE_TRY(Fd fd, connect_to(spec.host, spec.port));
    out = std::make_unique<TcpSource>(spec, std::move(fd));
  } else if (spec.kind == FeedSpec::Kind::sbs_file) {
    const bool standard = spec.path == "-";
    Fd fd(standard ? STDIN_FILENO : ::open(spec.path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status{};
    if (!fd.open() || ::fstat(fd.get(), &status) != 0) return fail(file_error(spec.path, errno));
    if (S_ISDIR(status.st_mode)) return fail(file_error(spec.path, EISDIR));
    out = std::make_unique<FileSource>(spec.path, std::move(fd),
                                       S_ISREG(status.st_mode) ? status.st_size : 0);
  } else {
    DETENTE_TRY(std::string first, JsonSource::read(spec));
    out = std::make_unique<JsonSource>(spec, std::move(first));
  }
  return out;
}

}  // namespace detente::app
