// SPDX-License-Identifier: Apache-2.0
#include "store/zip.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include "record/courier.h"
#include "store/folder.h"

namespace detente::store {
namespace {

struct Discard {
  void operator()(zip_t* zip) const { zip_discard(zip); }
};
using Handle = std::unique_ptr<zip_t, Discard>;

struct CloseFile {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};

auto malformed(std::string why, const std::string& place) {
  return fail(Errc::archive_malformed, std::move(why), place);
}

std::string text_of(int code) {
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  std::string out = zip_error_strerror(&error);
  zip_error_fini(&error);
  return out;
}

Status check_file(const std::string& path) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) {
    return fail(errc_of_errno(errno), std::strerror(errno), path);
  }
  if (!S_ISREG(status.st_mode)) return malformed("it is not a regular file", path);
  if (static_cast<std::uint64_t>(status.st_size) > record::kCourierBytes) {
    return malformed(fmt::format("larger than {} bytes", record::kCourierBytes), path);
  }
  return {};
}

}  // namespace

struct ZipReader::Impl {
  Handle zip;
  std::map<std::string, std::uint64_t> sizes;
  std::map<std::string, zip_uint64_t> places;

  Status take_entry(zip_uint64_t index, std::uint64_t& total);
};

Status ZipReader::Impl::take_entry(zip_uint64_t index, std::uint64_t& total) {
  zip_stat_t stat;
  zip_stat_init(&stat);
  const zip_uint64_t needed =
      ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
  const std::string place = fmt::format("file {} of the zip", index);
  if (zip_stat_index(zip.get(), index, ZIP_FL_ENC_RAW, &stat) != 0 ||
      (stat.valid & needed) != needed) {
    return malformed("its directory cannot be read", place);
  }
  const std::string name = stat.name;
  if (!record::is_courier_path(name)) return malformed("not a plain relative path", place);
  if (stat.encryption_method != ZIP_EM_NONE ||
      (stat.comp_method != ZIP_CM_STORE && stat.comp_method != ZIP_CM_DEFLATE)) {
    return malformed("encrypted, or packed in an unknown way", name);
  }
  const std::size_t most = name == "files" ? record::kCourierListBytes : record::kCourierFileBytes;
  if (stat.size > most) return malformed(fmt::format("larger than {} bytes", most), name);
  total += stat.size;
  if (total > record::kCourierBytes) return malformed("too much in all", name);
  if (!sizes.emplace(name, stat.size).second) return malformed("it is there twice", name);
  places.emplace(name, index);
  return {};
}

Result<ZipReader> ZipReader::open(const std::string& path) {
  DETENTE_CHECK(check_file(path));
  int code = 0;
  auto impl = std::make_unique<Impl>();
  impl->zip.reset(zip_open(path.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code));
  if (!impl->zip) return malformed(text_of(code), path);
  const zip_int64_t count = zip_get_num_entries(impl->zip.get(), 0);
  // The cover and the list stand beside what the list names.
  if (count < 0 || static_cast<std::uint64_t>(count) > record::kCourierFiles + 2) {
    return malformed("too many files", path);
  }
  std::uint64_t total = 0;
  for (zip_int64_t i = 0; i < count; ++i) {
    Status taken = impl->take_entry(static_cast<zip_uint64_t>(i), total);
    if (!taken) return fail(std::move(taken.error()).at(path));
  }
  return ZipReader(std::move(impl));
}

ZipReader::ZipReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ZipReader::~ZipReader() = default;
ZipReader::ZipReader(ZipReader&&) noexcept = default;
ZipReader& ZipReader::operator=(ZipReader&&) noexcept = default;

const std::map<std::string, std::uint64_t>& ZipReader::files() const {
  return impl_->sizes;
}

Result<Bytes> ZipReader::read(const std::string& path) const {
  const auto place = impl_->places.find(path);
  if (place == impl_->places.end()) return malformed("the file is missing", path);
  const std::unique_ptr<zip_file_t, CloseFile> file(
      zip_fopen_index(impl_->zip.get(), place->second, 0));
  if (!file) return malformed(zip_strerror(impl_->zip.get()), path);
  // One byte more than it says it has: the end must come there, and with it the check sum.
  Bytes out(impl_->sizes.at(path) + 1);
  std::size_t got = 0;
  while (got < out.size()) {
    const zip_int64_t n = zip_fread(file.get(), out.data() + got, out.size() - got);
    if (n < 0) return malformed(zip_file_strerror(file.get()), path);
    if (n == 0) break;
    got += static_cast<std::size_t>(n);
  }
  if (got + 1 != out.size()) return malformed("longer or shorter than it says", path);
  out.pop_back();
  return out;
}

struct ZipWriter::Impl {
  Handle zip;
  std::string path;
  std::string temporary;
  UtcMs made;
  std::vector<std::unique_ptr<Bytes>> kept;  // libzip reads them when it closes

  ~Impl() {
    zip.reset();
    if (!temporary.empty()) static_cast<void>(std::remove(temporary.c_str()));
  }
  Status take(const std::string& name, zip_source_t* source, bool compress);
};

Status ZipWriter::Impl::take(const std::string& name, zip_source_t* source, bool compress) {
  check(record::is_courier_path(name), "a courier file has plain paths");
  if (source == nullptr) return fail(Errc::store_io, zip_strerror(zip.get()), name);
  const zip_int64_t index = zip_file_add(zip.get(), name.c_str(), source, ZIP_FL_ENC_UTF_8);
  if (index < 0) {
    zip_source_free(source);
    return fail(Errc::store_io, zip_strerror(zip.get()), name);
  }
  const auto at = static_cast<zip_uint64_t>(index);
  zip_set_file_compression(zip.get(), at, compress ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0);
  zip_file_set_mtime(zip.get(), at, static_cast<time_t>(made.value / 1000), 0);
  return {};
}

Result<ZipWriter> ZipWriter::create(const std::string& path, UtcMs made) {
  auto impl = std::make_unique<Impl>();
  impl->path = path;
  impl->temporary = path + ".part";
  impl->made = made;
  int code = 0;
  impl->zip.reset(zip_open(impl->temporary.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code));
  if (!impl->zip) return fail(Errc::store_io, text_of(code), path);
  return ZipWriter(std::move(impl));
}

ZipWriter::ZipWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ZipWriter::~ZipWriter() = default;
ZipWriter::ZipWriter(ZipWriter&&) noexcept = default;
ZipWriter& ZipWriter::operator=(ZipWriter&&) noexcept = default;

Status ZipWriter::add(const std::string& path, Bytes bytes, bool compress) {
  impl_->kept.push_back(std::make_unique<Bytes>(std::move(bytes)));
  const Bytes& kept = *impl_->kept.back();
  return impl_->take(path, zip_source_buffer(impl_->zip.get(), kept.data(), kept.size(), 0),
                     compress);
}

Status ZipWriter::add_file(const std::string& path, const std::string& file, bool compress) {
  return impl_->take(path, zip_source_file(impl_->zip.get(), file.c_str(), 0, -1), compress);
}

Status ZipWriter::finish() {
  if (zip_close(impl_->zip.get()) != 0) {
    return fail(Errc::store_io, zip_strerror(impl_->zip.get()), impl_->path);
  }
  zip_t* const closed = impl_->zip.release();  // zip_close has freed it
  static_cast<void>(closed);
  const int fd = ::open(impl_->temporary.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  if (!synced || std::rename(impl_->temporary.c_str(), impl_->path.c_str()) != 0) {
    return fail(errc_of_errno(errno), std::strerror(errno), impl_->path);
  }
  impl_->temporary.clear();
  return {};
}

}  // namespace detente::store
