// SPDX-License-Identifier: Apache-2.0
#include "app/key_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "app/identity.h"
#include "store/folder.h"

namespace detente::app {
namespace {

constexpr std::size_t kKeyFileBytes = 200;
constexpr std::size_t kEraseBytes = 65'536;

tl::unexpected<Error> io_error(const std::string& path) {
  return fail(store::errc_of_errno(errno), std::generic_category().message(errno), path);
}

std::string folder_of(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

Status sync_folder(const std::string& path) {
  const store::Fd folder(::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open() || ::fsync(folder.get()) != 0) return io_error(path);
  return {};
}

Status write_all(int fd, ByteView bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(fd, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return io_error(path);
    bytes = bytes.subspan(static_cast<std::size_t>(wrote));
  }
  return {};
}

Result<crypto::Secret32> load_32(const std::string& path) {
  DETENTE_TRY(std::string text, read_text_file(path, kKeyFileBytes));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  Result<Bytes> bytes = from_hex(text);
  crypto::wipe(text);
  if (!bytes || bytes->size() != 32) return fail(Errc::key_malformed, "64 hex digits", path);
  Hash raw{};
  std::copy(bytes->begin(), bytes->end(), raw.begin());
  const crypto::Secret32 secret = crypto::Secret32::from_bytes(raw);
  crypto::wipe(raw);
  crypto::wipe(*bytes);
  return secret;
}

}  // namespace

Result<crypto::SecretKey> load_secret_key(const std::string& path) {
  DETENTE_TRY(const crypto::Secret32 secret, load_32(path));
  crypto::Seed seed{};
  std::copy(secret.bytes().begin(), secret.bytes().end(), seed.begin());
  crypto::SecretKey key = crypto::SecretKey::from_seed(seed);
  crypto::wipe(seed);
  return key;
}

Result<crypto::BoxKey> load_box_key(const std::string& path) {
  DETENTE_TRY(const crypto::Secret32 secret, load_32(path));
  return crypto::BoxKey::from_secret(secret);
}

Result<std::vector<crypto::BoxKey>> load_box_keys(const std::string& data) {
  std::vector<std::string> paths;
  std::error_code ec;
  for (const auto& item : std::filesystem::directory_iterator(data + "/keys", ec)) {
    const std::string name = item.path().filename().string();
    if (name.starts_with("box-") && name.ends_with(".key")) paths.push_back(item.path().string());
  }
  std::sort(paths.begin(), paths.end());
  const std::string current = data + "/keys/box.key";
  if (std::filesystem::exists(current, ec)) paths.insert(paths.begin(), current);
  if (paths.empty()) return fail(Errc::content_unknown, "no box key", current);
  std::vector<crypto::BoxKey> keys;
  for (const std::string& path : paths) {
    DETENTE_TRY(crypto::BoxKey key, load_box_key(path));
    keys.push_back(std::move(key));
  }
  return keys;
}

std::string key_file_text(ByteView secret) {
  return to_hex(secret) + "\n";
}

Status write_private_file(const std::string& path, ByteView bytes, bool replace) {
  std::error_code ec;
  const std::string folder = folder_of(path);
  if (!std::filesystem::exists(folder, ec)) {
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return io_error(folder);
  }
  // A file that must be new is written in its place, so that it also works on a stick without
  // links; one that replaces another is renamed into it.
  const std::string target = replace ? path + ".new" : path;
  if (replace) ::unlink(target.c_str());
  {
    const store::Fd file(
        ::open(target.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file.is_open() && errno == EEXIST) return fail(Errc::already_exists, "", path);
    if (!file.is_open()) return io_error(target);
    Status written = write_all(file.get(), bytes, target);
    if (written && ::fsync(file.get()) != 0) written = io_error(target);
    if (!written) {
      ::unlink(target.c_str());
      return written;
    }
  }
  if (replace && ::rename(target.c_str(), path.c_str()) != 0) return io_error(path);
  return sync_folder(path);
}

Status destroy_file(const std::string& path, const crypto::Random& random) {
  {
    const store::Fd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file.is_open()) {
      if (errno == ENOENT) return {};
      return io_error(path);
    }
    struct stat about{};
    if (::fstat(file.get(), &about) != 0) return io_error(path);
    Bytes noise(kEraseBytes);
    for (auto left = static_cast<std::size_t>(about.st_size); left > 0;) {
      const std::size_t part = std::min(left, noise.size());
      random(std::span(noise).first(part));
      DETENTE_CHECK(write_all(file.get(), ByteView(noise).first(part), path));
      left -= part;
    }
    if (::fsync(file.get()) != 0) return io_error(path);
  }
  if (::unlink(path.c_str()) != 0) return io_error(path);
  return sync_folder(path);
}

}  // namespace detente::app
