// SPDX-License-Identifier: Apache-2.0
#include "detente-verify/folder.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "base/limits.h"
#include "record/tiles.h"

namespace detente::verify {
namespace {

namespace fs = std::filesystem;

// The largest file of a log: a full bundle of the largest entries.
constexpr std::size_t kLogFileBytes = record::kTileWidth * (2 + limits::kEntryBytes);
// tile/entries/x123/x456/../789.p/255 of the largest tree.
constexpr int kDepthMax = 10;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

Error unreadable(int number, const std::string& place) {
  const Errc code = number == ENOENT ? Errc::store_not_found : Errc::store_io;
  return Error{code, std::strerror(number), place};
}

Error not_regular(const std::string& place) {
  return Error{Errc::file_unexpected, "it is neither a regular file nor a directory", place};
}

Status list_files(const fs::path& directory, const std::string& below, int depth,
                  std::vector<std::string>& out) {
  const std::string here = below.empty() ? std::string(".") : below;
  if (depth > kDepthMax) return fail(Errc::file_unexpected, "nested too deep", here);
  std::error_code ec;
  fs::directory_iterator it(directory, ec);
  for (; !ec && it != fs::directory_iterator(); it.increment(ec)) {
    const std::string name = it->path().filename().string();
    const std::string path = below.empty() ? name : below + "/" + name;
    const fs::file_status status = it->symlink_status(ec);
    if (ec) break;
    if (fs::is_directory(status)) {
      DETENTE_CHECK(list_files(it->path(), path, depth + 1, out));
    } else if (fs::is_regular_file(status)) {
      out.push_back(path);
    } else {
      return fail(not_regular(path));
    }
  }
  if (ec) return fail(unreadable(ec.value(), here));
  return {};
}

}  // namespace

Result<Bytes> read_regular_file(const std::string& path, std::size_t bytes_max) {
  // O_NONBLOCK: opening a pipe must not wait for a writer.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (file.get() < 0) return fail(errno == ELOOP ? not_regular(path) : unreadable(errno, path));
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return fail(unreadable(errno, path));
  if (!S_ISREG(status.st_mode)) return fail(not_regular(path));
  const auto too_large = [&] {
    return fail(Errc::store_io, fmt::format("larger than {} bytes", bytes_max), path);
  };
  if (status.st_size < 0 || static_cast<std::uint64_t>(status.st_size) > bytes_max) {
    return too_large();
  }
  // One byte more than it has: a file that grows meanwhile is read as far as the limit.
  Bytes out(static_cast<std::size_t>(status.st_size) + 1);
  std::size_t used = 0;
  while (true) {
    const ssize_t n = ::read(file.get(), out.data() + used, out.size() - used);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(unreadable(errno, path));
    used += static_cast<std::size_t>(n);
    if (used > bytes_max) return too_large();
    if (n == 0) break;
    if (used == out.size()) out.resize(2 * out.size());
  }
  out.resize(used);
  return out;
}

Result<std::vector<std::string>> list_directories(const std::string& path) {
  std::vector<std::string> out;
  std::error_code ec;
  if (fs::symlink_status(path, ec).type() == fs::file_type::not_found) return out;
  if (fs::is_symlink(fs::symlink_status(path, ec))) return fail(not_regular(path));
  fs::directory_iterator it(path, ec);
  for (; !ec && it != fs::directory_iterator(); it.increment(ec)) {
    const fs::file_status status = it->symlink_status(ec);
    if (ec) break;
    const std::string name = it->path().filename().string();
    if (!fs::is_directory(status)) return fail(Errc::file_unexpected, {}, path + "/" + name);
    out.push_back(name);
  }
  if (ec) return fail(unreadable(ec.value(), path));
  std::sort(out.begin(), out.end());
  return out;
}

Result<record::LogFolder> open_log_folder(const std::string& path, const std::string& place) {
  record::LogFolder out;
  std::error_code ec;
  const fs::file_status status = fs::symlink_status(path, ec);
  if (fs::is_directory(status)) {
    Status listed = list_files(path, "", 0, out.files);
    if (!listed) return fail(std::move(listed.error()).at(place));
  } else if (status.type() != fs::file_type::not_found) {
    return fail(not_regular(place));
  }
  out.read = [path](const std::string& name) -> Result<Bytes> {
    Result<Bytes> bytes = read_regular_file(path + "/" + name, kLogFileBytes);
    if (bytes) return bytes;
    Error error = std::move(bytes.error());
    if (error.code == Errc::store_not_found) error.code = Errc::tile_missing;
    error.place = name;
    return fail(std::move(error));
  };
  return out;
}

}  // namespace detente::verify
