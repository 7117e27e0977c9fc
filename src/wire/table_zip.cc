// SPDX-License-Identifier: Apache-2.0
//
// Zip files in memory. What a zip says of its sizes is checked against the limits before anything
// is unpacked, and again against what comes out.
#include <zip.h>

#include <memory>

#include "base/limits.h"
#include "wire/table_impl.h"

namespace detente::wire {
namespace {

struct Discard {
  void operator()(zip_t* zip) const { zip_discard(zip); }
};
using Zip = std::unique_ptr<zip_t, Discard>;

Error malformed(std::string detail, std::string place = {}) {
  return {Errc::table_malformed, std::move(detail), std::move(place)};
}

Result<Zip> open_zip(zip_source_t* source, int flags) {
  zip_error_t error;
  zip_error_init(&error);
  zip_t* const zip = source == nullptr ? nullptr : zip_open_from_source(source, flags, &error);
  zip_error_fini(&error);
  if (zip == nullptr) {
    if (source != nullptr) zip_source_free(source);
    return fail(malformed("it is no zip that can be read"));
  }
  return Zip(zip);
}

Result<std::string> unpack(zip_t* zip, const zip_stat_t& stat) {
  std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> file(zip_fopen_index(zip, stat.index, 0),
                                                         zip_fclose);
  if (!file) return fail(malformed("it is encrypted or packed otherwise", stat.name));
  std::string out(stat.size, '\0');
  std::size_t done = 0;
  while (done < out.size()) {
    const zip_int64_t got = zip_fread(file.get(), out.data() + done, out.size() - done);
    if (got <= 0) return fail(malformed("it is damaged", stat.name));
    done += static_cast<std::size_t>(got);
  }
  // The end, where libzip compares the checksum; and nothing may follow what was said.
  char more = 0;
  if (zip_fread(file.get(), &more, 1) != 0) return fail(malformed("it is damaged", stat.name));
  return out;
}

}  // namespace

bool is_zip(ByteView bytes) {
  return as_text(bytes).starts_with("PK\x03\x04");
}

Result<ZipFiles> read_zip(ByteView bytes, bool (*wanted)(std::string_view path)) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* const source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  zip_error_fini(&error);
  DETENTE_TRY(const Zip zip, open_zip(source, ZIP_RDONLY | ZIP_CHECKCONS));
  const zip_int64_t count = zip_get_num_entries(zip.get(), 0);
  if (count > static_cast<zip_int64_t>(limits::kTableParts)) {
    return fail(Errc::table_too_large, "the zip holds too many files");
  }
  ZipFiles out;
  std::size_t left = limits::kTableBytes;
  for (zip_int64_t i = 0; i < count; ++i) {
    zip_stat_t stat;
    zip_stat_init(&stat);
    const bool known = zip_stat_index(zip.get(), static_cast<zip_uint64_t>(i), 0, &stat) == 0;
    if (!known || (stat.valid & ZIP_STAT_SIZE) == 0 || (stat.valid & ZIP_STAT_NAME) == 0) {
      return fail(malformed("a file of the zip has no size or name"));
    }
    if (!wanted(stat.name)) continue;
    if (stat.size > left) return fail(Errc::table_too_large, "what the zip unpacks to", stat.name);
    left -= stat.size;
    DETENTE_TRY(std::string text, unpack(zip.get(), stat));
    if (!out.emplace(stat.name, std::move(text)).second) {
      return fail(malformed("a file stands there twice", stat.name));
    }
  }
  return out;
}

Result<Bytes> write_zip(const std::vector<std::pair<std::string, std::string>>& files) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* const source = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_error_fini(&error);
  DETENTE_TRY(Zip zip, open_zip(source, ZIP_CREATE | ZIP_TRUNCATE));
  zip_source_keep(source);
  const std::unique_ptr<zip_source_t, void (*)(zip_source_t*)> kept(source, zip_source_free);
  for (const auto& [name, text] : files) {
    zip_source_t* const one = zip_source_buffer(zip.get(), text.data(), text.size(), 0);
    const zip_int64_t index = zip_file_add(zip.get(), name.c_str(), one, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
      zip_source_free(one);
      return fail(malformed("it cannot be packed", name));
    }
    // No clock: the same table gives the same bytes.
    zip_file_set_mtime(zip.get(), static_cast<zip_uint64_t>(index), 315'532'800, 0);
  }
  if (zip_close(zip.get()) != 0) return fail(malformed("it cannot be packed"));
  [[maybe_unused]] const zip_t* const closed = zip.release();
  zip_stat_t stat;
  zip_stat_init(&stat);
  if (zip_source_stat(source, &stat) != 0 || zip_source_open(source) != 0) {
    return fail(malformed("it cannot be packed"));
  }
  Bytes out(stat.size);
  const zip_int64_t got = zip_source_read(source, out.data(), out.size());
  zip_source_close(source);
  if (got != static_cast<zip_int64_t>(out.size())) return fail(malformed("it cannot be packed"));
  return out;
}

}  // namespace detente::wire
