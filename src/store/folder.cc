// SPDX-License-Identifier: Apache-2.0
#include "store/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <set>
#include <string_view>
#include <system_error>

namespace detente::store {
namespace {

constexpr int kDirectoryFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr std::string_view kTemporary = ".tmp";
constexpr std::size_t kOpenFilesMax = 64;  // far below any limit on descriptors

tl::unexpected<Error> system_error(const char* doing, const std::string& place) {
  const int number = errno;
  return fail(errc_of_errno(number),
              fmt::format("{}: {}", doing, std::generic_category().message(number)), place);
}

// The parts of a relative path, or store_not_found.
Result<std::vector<std::string>> split(const std::string& path) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (begin <= path.size()) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    std::string part = path.substr(begin, end - begin);
    const bool plain = std::all_of(part.begin(), part.end(), [](char c) {
      const auto u = static_cast<unsigned char>(c);
      return u >= 0x20 && u != 0x7f && c != '\\';
    });
    if (part.empty() || part == "." || part == ".." || !plain || part.size() > 255) {
      return fail(Errc::store_not_found, "this path does not stay inside the folder", path);
    }
    parts.push_back(std::move(part));
    begin = end + 1;
  }
  return parts;
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

// The directory at `path` below `root`, in one call where the kernel has it (openat2, Linux 5.6):
// it follows no symbolic link and does not leave `root`. Not open with errno as it fails; ENOSYS or
// EPERM where the call is not there or not allowed.
Fd open_beneath(int root, const std::string& path) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(kDirectoryFlags);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  const char* const text = path.empty() ? "." : path.c_str();
  return Fd(static_cast<int>(::syscall(SYS_openat2, root, text, &how, sizeof how)));
}

Status write_whole(int fd, ByteView bytes, const std::string& place) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error("write", place);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return {};
}

// Makes one directory and, if asked, syncs the one that holds it, so that the name survives a power
// cut.
Status make_directory(int parent, const std::string& name, const FileToWrite& file) {
  const std::string& place = file.path;
  if (::mkdirat(parent, name.c_str(), file.secret ? 0700 : 0755) != 0) {
    if (errno == EEXIST) return {};
    return system_error("make directory", place);
  }
  if (file.synced && ::fsync(parent) != 0) return system_error("sync directory", place);
  return {};
}

}  // namespace

Errc errc_of_errno(int number) {
  switch (number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return Errc::store_full;
    case EROFS:
    case EACCES:
    case EPERM:
      return Errc::store_read_only;
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
    case ENAMETOOLONG:
    case EISDIR:
      return Errc::store_not_found;
    default:
      return Errc::store_io;
  }
}

Fd& Fd::operator=(Fd&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

Result<Folder> Folder::open(const std::string& path, FaultHook hook, FileWatch watch) {
  Folder folder;
  folder.path_ = path;
  folder.hook_ = std::move(hook);
  folder.watch_ = std::move(watch);
  std::error_code failed;
  std::filesystem::create_directories(path, failed);
  if (failed && !std::filesystem::is_directory(path)) {
    return fail(errc_of_errno(failed.value()), "make folder: " + failed.message(), path);
  }
  folder.root_ = Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.root_.is_open()) return system_error("open folder", path);
  // The lock file may be writable in a folder that is not; ask about the folder itself.
  if (::faccessat(folder.root_.get(), ".", W_OK | X_OK, AT_EACCESS) != 0) {
    return system_error("the folder must be writable", path);
  }
  folder.lock_ =
      Fd(::openat(folder.root_.get(), "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (!folder.lock_.is_open()) return system_error("open lock", path + "/lock");
  if (::flock(folder.lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return fail(Errc::store_locked, fmt::format("{} is in use", path), path);
    }
    return system_error("lock", path + "/lock");
  }
  return folder;
}

Status Folder::at_site(const char* site) const {
  if (!hook_) return {};
  return hook_(site);
}

void Folder::tell(const FileEvent& event) const {
  if (watch_) watch_(event);
}

// Opens the directory that holds `path` and gives the last part: at once, or one part at a time
// where that cannot be or something is missing. Makes what is missing if it is given the file that
// shall go there.
Result<Fd> Folder::directory_of(const std::string& path, const FileToWrite* create,
                                std::string* leaf) const {
  DETENTE_TRY(const std::vector<std::string> parts, split(path));
  Fd at = open_beneath(root_.get(), parent_of(path));
  if (!at.is_open()) {
    at = Fd(::openat(root_.get(), ".", kDirectoryFlags));
    if (!at.is_open()) return system_error("open folder", path);
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
      if (create != nullptr) DETENTE_CHECK(make_directory(at.get(), parts[i], *create));
      Fd next(::openat(at.get(), parts[i].c_str(), kDirectoryFlags));
      if (!next.is_open()) return system_error("open directory", path);
      at = std::move(next);
    }
  }
  const bool secret = create != nullptr && create->secret;
  if (secret && parts.size() > 1 && ::fchmod(at.get(), 0700) != 0) {
    return system_error("close directory to others", path);
  }
  *leaf = parts.back();
  return at;
}

Result<Fd> Folder::write_temporary(const FileToWrite& file) const {
  std::string leaf;
  DETENTE_TRY(const Fd directory, directory_of(file.path, &file, &leaf));
  const std::string name = leaf + std::string(kTemporary);
  const mode_t mode = file.secret ? 0600 : 0644;
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  Fd out(::openat(directory.get(), name.c_str(), flags, mode));
  if (!out.is_open() && errno == EEXIST) {
    if (::unlinkat(directory.get(), name.c_str(), 0) != 0) {
      return system_error("remove an old temporary file", file.path);
    }
    out = Fd(::openat(directory.get(), name.c_str(), flags, mode));
  }
  if (!out.is_open()) return system_error("create", file.path);
  const Status written = write_whole(out.get(), file.bytes, file.path);
  const std::string temporary = file.path + std::string(kTemporary);
  if (written) tell({FileEvent::What::wrote, temporary, "", file.bytes});
  if (written) return out;
  // A full disk must not be filled further by what could not be finished.
  ::unlinkat(directory.get(), name.c_str(), 0);
  return fail(written.error());
}

// All are written before the first is synced: the file system then commits them together.
Status Folder::write_temporaries(std::span<const FileToWrite> files) const {
  std::vector<Fd> open;
  for (const FileToWrite& file : files) {
    DETENTE_CHECK(at_site("file.before_write"));
    DETENTE_TRY(Fd fd, write_temporary(file));
    open.push_back(std::move(fd));
  }
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (!files[i].synced) continue;
    if (::fsync(open[i].get()) != 0) return system_error("sync", files[i].path);
    tell({FileEvent::What::synced, files[i].path + std::string(kTemporary), "", {}});
  }
  return {};
}

Status Folder::rename_all(std::span<const FileToWrite> files) const {
  std::set<std::string> synced;
  for (const FileToWrite& file : files) {
    DETENTE_CHECK(at_site("file.before_rename"));
    std::string leaf;
    DETENTE_TRY(const Fd directory, directory_of(file.path, nullptr, &leaf));
    const std::string name = leaf + std::string(kTemporary);
    if (::renameat(directory.get(), name.c_str(), directory.get(), leaf.c_str()) != 0) {
      return system_error("rename", file.path);
    }
    tell({FileEvent::What::renamed, file.path + std::string(kTemporary), file.path, {}});
    if (file.synced) synced.insert(parent_of(file.path));
  }
  DETENTE_CHECK(at_site("file.after_rename"));
  for (const std::string& parent : synced) DETENTE_CHECK(sync_directory(parent));
  return {};
}

Status Folder::sync(const std::string& path) {
  std::string leaf;
  DETENTE_TRY(const Fd directory, directory_of(path, nullptr, &leaf));
  const int flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
  const Fd file(::openat(directory.get(), leaf.c_str(), flags));
  if (!file.is_open()) return system_error("open", path);
  if (::fsync(file.get()) != 0) return system_error("sync", path);
  tell({FileEvent::What::synced, path, "", {}});
  return {};
}

Status Folder::sync_directory(const std::string& path) const {
  std::string leaf;
  DETENTE_TRY(const Fd directory, directory_of(path.empty() ? "x" : path + "/x", nullptr, &leaf));
  if (::fsync(directory.get()) != 0) return system_error("sync directory", path);
  tell({FileEvent::What::synced_directory, path, "", {}});
  return {};
}

Status Folder::write(std::span<const FileToWrite> files) {
  for (std::size_t at = 0; at < files.size(); at += kOpenFilesMax) {
    DETENTE_CHECK(write_temporaries(files.subspan(at, std::min(kOpenFilesMax, files.size() - at))));
  }
  DETENTE_CHECK(at_site("file.after_write"));
  DETENTE_CHECK(rename_all(files));
  DETENTE_CHECK(at_site("file.before_read_back"));
  for (const FileToWrite& file : files) {
    const Result<Bytes> back = read(file.path);
    if (!back || !std::ranges::equal(*back, file.bytes)) {
      return fail(Errc::store_corrupt,
                  back ? std::string("the file differs from what was written")
                       : "the file cannot be read back: " + back.error().detail,
                  file.path);
    }
  }
  return {};
}

Result<Bytes> Folder::read(const std::string& path) const {
  std::string leaf;
  DETENTE_TRY(const Fd directory, directory_of(path, nullptr, &leaf));
  // O_NONBLOCK: opening a planted pipe must not hang.
  const int flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
  const Fd in(::openat(directory.get(), leaf.c_str(), flags));
  if (!in.is_open()) {
    if (errno == EACCES) return fail(Errc::store_io, "read: permission denied", path);
    return system_error("open", path);
  }
  struct stat info{};
  if (::fstat(in.get(), &info) != 0) return system_error("stat", path);
  if (!S_ISREG(info.st_mode)) return fail(Errc::store_not_found, "not a regular file", path);
  Bytes bytes(static_cast<std::size_t>(info.st_size));
  std::size_t got = 0;
  while (got < bytes.size()) {
    const ssize_t n = ::read(in.get(), bytes.data() + got, bytes.size() - got);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error("read", path);
    if (n == 0) break;  // somebody cut the file meanwhile
    got += static_cast<std::size_t>(n);
  }
  bytes.resize(got);
  return bytes;
}

bool Folder::has(const std::string& path) const {
  std::string leaf;
  const Result<Fd> directory = directory_of(path, nullptr, &leaf);
  if (!directory) return false;
  struct stat info{};
  return ::fstatat(directory->get(), leaf.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISREG(info.st_mode);
}

Status Folder::remove(const std::string& path) {
  std::string leaf;
  const Result<Fd> directory = directory_of(path, nullptr, &leaf);
  if (!directory && directory.error().code == Errc::store_not_found) return {};
  if (!directory) return fail(directory.error());
  if (::unlinkat(directory->get(), leaf.c_str(), 0) != 0 && errno != ENOENT) {
    return system_error("remove", path);
  }
  tell({FileEvent::What::removed, path, "", {}});
  for (std::string parent = parent_of(path); !parent.empty(); parent = parent_of(parent)) {
    DETENTE_TRY(const Fd above, directory_of(parent, nullptr, &leaf));
    if (::unlinkat(above.get(), leaf.c_str(), AT_REMOVEDIR) == 0) continue;
    if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOENT) return {};
    return system_error("remove directory", parent);
  }
  return {};
}

Result<std::vector<std::string>> Folder::list(const std::string& directory, int depth) const {
  std::vector<std::string> files;
  std::string leaf;
  Result<Fd> fd = directory_of(directory + "/x", nullptr, &leaf);
  if (!fd && fd.error().code == Errc::store_not_found) return files;
  if (!fd) return fail(fd.error());
  const int copy = ::dup(fd->get());
  DIR* raw = copy < 0 ? nullptr : ::fdopendir(copy);
  if (raw == nullptr) {
    if (copy >= 0) ::close(copy);
    return system_error("list", directory);
  }
  const auto close = [](DIR* d) { ::closedir(d); };
  const std::unique_ptr<DIR, decltype(close)> open(raw, close);
  while (const dirent* item = ::readdir(raw)) {
    const std::string name(item->d_name);
    if (name == "." || name == "..") continue;
    std::string path = directory;
    path.append("/").append(name);
    struct stat info{};
    if (::fstatat(fd->get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (S_ISREG(info.st_mode)) files.push_back(path);
    if (S_ISDIR(info.st_mode) && depth > 0) {
      DETENTE_TRY(std::vector<std::string> below, list(path, depth - 1));
      std::move(below.begin(), below.end(), std::back_inserter(files));
    }
  }
  return files;
}

}  // namespace detente::store
