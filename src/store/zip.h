// SPDX-License-Identifier: Apache-2.0
//
// Zip files, as far as courier files need them: regular files with plain relative paths. Reading
// is bounded by the limits of record/courier.h before anything is unpacked, and nothing is ever
// written to a path that a zip names. libzip stays in the .cc file.
// Errors: archive_malformed (with the path inside), store_io, store_not_found.
// Threads: one at a time.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/time.h"

namespace detente::store {

class ZipReader {
 public:
  // Refuses more files or bytes than the limits, a path that is not plain or stands there twice,
  // encryption, links, and methods other than store and deflate.
  static Result<ZipReader> open(const std::string& path);
  ~ZipReader();
  ZipReader(ZipReader&&) noexcept;
  ZipReader& operator=(ZipReader&&) noexcept;

  const std::map<std::string, std::uint64_t>& files() const;  // path -> size
  bool has(const std::string& path) const { return files().contains(path); }
  // archive_malformed: absent, damaged, or longer or shorter than it says.
  Result<Bytes> read(const std::string& path) const;

 private:
  struct Impl;
  explicit ZipReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

class ZipWriter {
 public:
  // Writes beside `path` and renames at the end: there is a whole file or none.
  static Result<ZipWriter> create(const std::string& path, UtcMs made);
  ~ZipWriter();  // without finish(): leaves nothing behind
  ZipWriter(ZipWriter&&) noexcept;
  ZipWriter& operator=(ZipWriter&&) noexcept;

  Status add(const std::string& path, Bytes bytes, bool compress);
  // The bytes are read from the file when the zip is finished; it must not change until then.
  Status add_file(const std::string& path, const std::string& file, bool compress);
  Status finish();  // synced

 private:
  struct Impl;
  explicit ZipWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace detente::store
