// SPDX-License-Identifier: Apache-2.0
//
// A folder whose files are replaced whole: written under a temporary name, synced (if asked),
// renamed, the directory synced, and read back. A reader sees the old file or the new one, never
// half of one.
//
// Paths are relative, parts joined by '/'. Every directory on the way is opened without following
// links, so no path and no planted link leads out of the folder (store_not_found).
// Errors: store_io, store_full, store_read_only, store_locked, store_corrupt, store_not_found.
// Threads: one at a time.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace detente::store {

// Tests set this to fail, to kill the process or to spoil a file at a named site; a site that
// answers with an error fails the operation with it. Nothing else ever sets it.
using FaultHook = std::function<Status(const char* site)>;

// What was done to a file, in order: a test plays a power cut from it. Nothing else ever looks.
struct FileEvent {
  enum class What { wrote, renamed, removed, synced, synced_directory };
  What what;
  std::string path;
  std::string to;  // of a renamed file
  ByteView bytes;  // of a written one
};
using FileWatch = std::function<void(const FileEvent&)>;

// The error code that fits an errno of a file operation.
Errc errc_of_errno(int number);

// Closes a file descriptor at the end of its scope.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept;
  ~Fd();
  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

struct FileToWrite {
  std::string path;
  ByteView bytes;
  bool secret = false;  // mode 0600, in a directory of mode 0700
  // False for a file that can be written again from the database after a power cut: it is still
  // replaced whole and read back, but nobody waits for the disk.
  bool synced = true;
};

class Folder {
 public:
  // Creates the folder if it is missing (its parent must exist or be creatable) and takes its
  // lock. store_locked: another process, or another object of this one, has it.
  static Result<Folder> open(const std::string& path, FaultHook hook, FileWatch watch = {});

  // All files, or an error; after a crash each file is the old or the new one.
  Status write(std::span<const FileToWrite> files);
  // Waits until a file that was written unsynced, or the names in a directory ("" is the folder
  // itself), are on the disk.
  Status sync(const std::string& path);
  Status sync_directory(const std::string& path) const;
  Result<Bytes> read(const std::string& path) const;
  bool has(const std::string& path) const;
  // Removes a file, and the directories above it that are then empty. A missing file is no error.
  Status remove(const std::string& path);
  // Paths of all regular files below `directory`, at most `depth` directories down, unsorted. A
  // missing directory has none.
  Result<std::vector<std::string>> list(const std::string& directory, int depth = 8) const;

  // Runs the hook, if one is set.
  Status at_site(const char* site) const;
  const std::string& path() const { return path_; }

 private:
  Folder() = default;
  Result<Fd> directory_of(const std::string& path, const FileToWrite* create,
                          std::string* leaf) const;
  Result<Fd> write_temporary(const FileToWrite& file) const;
  Status write_temporaries(std::span<const FileToWrite> files) const;
  Status rename_all(std::span<const FileToWrite> files) const;

  void tell(const FileEvent& event) const;

  std::string path_;
  Fd root_;
  Fd lock_;
  FaultHook hook_;
  FileWatch watch_;
};

}  // namespace detente::store
