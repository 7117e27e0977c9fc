// SPDX-License-Identifier: Apache-2.0
#include "record/tiles.h"

#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <charconv>

#include "base/limits.h"

namespace detente::record {
namespace {

constexpr int kLevels = 8;  // 256^8 leaves: more than a 64-bit size can count

std::uint64_t hashes_at(int level, std::uint64_t size) {
  return level >= kLevels ? 0 : size >> (8U * static_cast<unsigned>(level));
}

std::string index_text(std::uint64_t index) {
  std::string out = fmt::format("{:03}", index % 1000);
  for (index /= 1000; index > 0; index /= 1000) {
    out = fmt::format("x{:03}/{}", index % 1000, out);
  }
  return out;
}

template <class T>
bool read_decimal(std::string_view text, T& out) {
  const std::from_chars_result read = std::from_chars(text.data(), text.data() + text.size(), out);
  return read.ec == std::errc{} && read.ptr == text.data() + text.size();
}

// "x001/x234/067" to 1234067. Form is judged by writing it again.
bool read_index(std::string_view text, std::uint64_t& out) {
  std::string digits;
  for (const char c : text) {
    if (c != 'x' && c != '/') digits.push_back(c);
  }
  return read_decimal(std::string_view(digits), out);
}

Status bad_path(std::string_view path) {
  return fail(Errc::tile_malformed, "not a path of a tile or bundle",
              std::string(path.substr(0, 80)));
}

// The end of the first `width` entries of a bundle; nothing if they are not all there.
std::optional<std::size_t> bundle_prefix(ByteView bytes, int width) {
  std::size_t at = 0;
  for (int i = 0; i < width; ++i) {
    if (bytes.size() - at < 2) return std::nullopt;
    const std::size_t length = std::size_t{bytes[at]} * 256 + bytes[at + 1];
    if (bytes.size() - at - 2 < length) return std::nullopt;
    at += 2 + length;
  }
  return at;
}

Bytes join(std::span<const Hash> hashes) {
  Bytes out;
  out.reserve(hashes.size() * 32);
  for (const Hash& hash : hashes) out.insert(out.end(), hash.begin(), hash.end());
  return out;
}

// The file that this one replaces: the partial of the same tile in the tree as last written.
std::vector<std::string> replaced_by(const TilePath& path, std::uint64_t written) {
  TilePath before = path;
  before.width = partial_width(path.level, TreeSize{written});
  const std::uint64_t full = hashes_at(path.level, written) / kTileWidth;
  if (before.width == 0 || full != path.index || before.width == path.width) return {};
  return {before.text()};
}

}  // namespace

std::string TilePath::text() const {
  const std::string kind = entries ? std::string("entries") : fmt::format("{}", level);
  const std::string base = fmt::format("tile/{}/{}", kind, index_text(index));
  return width == static_cast<int>(kTileWidth) ? base : fmt::format("{}.p/{}", base, width);
}

Result<TilePath> parse_tile_path(std::string_view path) {
  constexpr std::string_view kRoot = "tile/";
  TilePath out;
  std::string_view rest = path;
  if (path.size() > 80 || !rest.starts_with(kRoot)) return fail(bad_path(path).error());
  rest.remove_prefix(kRoot.size());
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return fail(bad_path(path).error());
  const std::string_view kind = rest.substr(0, slash);
  out.entries = kind == "entries";
  if (!out.entries && (!read_decimal(kind, out.level) || out.level < 0 || out.level > 63)) {
    return fail(bad_path(path).error());
  }
  rest.remove_prefix(slash + 1);
  const std::size_t partial = rest.find(".p/");
  if (partial != std::string_view::npos) {
    const bool read = read_decimal(rest.substr(partial + 3), out.width);
    if (!read || out.width < 1 || out.width > 255) return fail(bad_path(path).error());
    rest = rest.substr(0, partial);
  }
  if (!read_index(rest, out.index) || out.text() != path) return fail(bad_path(path).error());
  return out;
}

int partial_width(int level, TreeSize size) {
  return static_cast<int>(hashes_at(level, size.value) % kTileWidth);
}

std::uint64_t tile_count(TreeSize size) {
  std::uint64_t out = 0;
  for (int level = 0; level < kLevels; ++level) {
    const std::uint64_t n = hashes_at(level, size.value);
    const std::uint64_t tiles = n / kTileWidth + (n % kTileWidth != 0 ? 1 : 0);
    out += level == 0 ? 2 * tiles : tiles;
  }
  return out;
}

void for_each_tile(TreeSize size, const std::function<bool(const TilePath&)>& visit) {
  const auto visit_level = [&](bool entries, int level) {
    const std::uint64_t n = hashes_at(level, size.value);
    for (std::uint64_t i = 0; i * kTileWidth < n; ++i) {
      const std::uint64_t width = std::min(kTileWidth, n - i * kTileWidth);
      if (!visit(TilePath{entries, level, i, static_cast<int>(width)})) return false;
    }
    return true;
  };
  if (!visit_level(true, 0)) return;
  for (int level = 0; level < kLevels; ++level) {
    if (!visit_level(false, level)) return;
  }
}

std::vector<TilePath> all_tiles(TreeSize size) {
  std::vector<TilePath> out;
  for_each_tile(size, [&out](const TilePath& path) {
    out.push_back(path);
    return true;
  });
  return out;
}

Bytes encode_bundle(std::span<const Bytes> entries) {
  Bytes out;
  for (const Bytes& entry : entries) {
    check(entry.size() <= limits::kEntryBytes, "an entry is too large for a bundle");
    out.push_back(static_cast<std::uint8_t>(entry.size() / 256));
    out.push_back(static_cast<std::uint8_t>(entry.size() % 256));
    out.insert(out.end(), entry.begin(), entry.end());
  }
  return out;
}

Result<std::vector<ByteView>> bundle_entries(ByteView bytes, int width) {
  if (bundle_prefix(bytes, width) != bytes.size()) {
    return fail(Errc::tile_malformed, fmt::format("the bundle does not hold {} entries", width));
  }
  std::vector<ByteView> out;
  out.reserve(static_cast<std::size_t>(width));
  std::size_t at = 0;
  while (at < bytes.size()) {
    const std::size_t length = std::size_t{bytes[at]} * 256 + bytes[at + 1];
    out.push_back(bytes.subspan(at + 2, length));
    at += 2 + length;
  }
  return out;
}

Result<std::vector<Bytes>> decode_bundle(ByteView bytes, int width) {
  DETENTE_TRY(const std::vector<ByteView> entries, bundle_entries(bytes, width));
  std::vector<Bytes> out;
  out.reserve(entries.size());
  for (const ByteView entry : entries) out.emplace_back(entry.begin(), entry.end());
  return out;
}

Result<std::vector<Hash>> decode_tile(ByteView bytes, int width) {
  if (bytes.size() != static_cast<std::size_t>(width) * 32) {
    return fail(Errc::tile_malformed,
                fmt::format("{} bytes, expected {} hashes", bytes.size(), width));
  }
  std::vector<Hash> out(static_cast<std::size_t>(width));
  for (std::size_t i = 0; i < out.size(); ++i) {
    const ByteView hash = bytes.subspan(i * 32, 32);
    std::copy(hash.begin(), hash.end(), out[i].begin());
  }
  return out;
}

Result<Bytes> cut_tile(const TilePath& wanted, ByteView wider) {
  std::optional<std::size_t> end = static_cast<std::size_t>(wanted.width) * 32;
  if (wanted.entries) {
    end = bundle_prefix(wider, wanted.width);
  } else if (wider.size() < *end || wider.size() % 32 != 0) {
    end.reset();
  }
  if (!end) return fail(Errc::tile_malformed, "the file is narrower than asked", wanted.text());
  return Bytes(wider.begin(), wider.begin() + static_cast<std::ptrdiff_t>(*end));
}

Result<Bytes> read_tile(const TilePath& wanted, const ReadFile& read) {
  Result<Bytes> exact = read(wanted.text());
  if (exact || exact.error().code != Errc::tile_missing) return exact;
  for (TilePath wider = wanted; wider.width < static_cast<int>(kTileWidth);) {
    ++wider.width;
    const Result<Bytes> bytes = read(wider.text());
    if (bytes) return cut_tile(wanted, *bytes);
    if (bytes.error().code != Errc::tile_missing) return bytes;
  }
  return fail(Errc::tile_missing, {}, wanted.text());
}

Result<TileWriter> TileWriter::resume(TreeSize size, const ReadFile& read) {
  TileWriter out;
  out.written_ = size.value;
  std::vector<Hash> edge;
  for (int level = kLevels - 1; level >= 0; --level) {
    const int width = partial_width(level, size);
    if (out.levels_.empty() && hashes_at(level, size.value) == 0) continue;
    out.levels_.insert(out.levels_.begin(), std::vector<Hash>{});
    if (width == 0) continue;
    const TilePath path{false, level, hashes_at(level, size.value) / kTileWidth, width};
    DETENTE_TRY(const Bytes bytes, read_tile(path, read));
    Result<std::vector<Hash>> hashes = decode_tile(bytes, width);
    if (!hashes) return fail(std::move(hashes.error()).at(path.text()));
    std::size_t at = 0;
    for (auto bit = std::bit_floor(static_cast<unsigned>(width)); bit > 0; bit /= 2) {
      if ((static_cast<unsigned>(width) & bit) == 0) continue;
      edge.push_back(root_of(std::span<const Hash>(*hashes).subspan(at, bit)));
      at += bit;
    }
    out.levels_.front() = std::move(*hashes);
  }
  out.frontier_ = Frontier::from_edge(size, std::move(edge));
  const int width = partial_width(0, size);
  if (width == 0) return out;
  const TilePath path{true, 0, size.value / kTileWidth, width};
  DETENTE_TRY(const Bytes bytes, read_tile(path, read));
  Result<std::vector<Bytes>> entries = decode_bundle(bytes, width);
  if (!entries) return fail(std::move(entries.error()).at(path.text()));
  out.bundle_ = std::move(*entries);
  for (std::size_t i = 0; i < out.bundle_.size(); ++i) {
    if (leaf_hash(out.bundle_[i]) == out.levels_[0][i]) continue;
    return fail(Errc::tile_mismatch, fmt::format("entry {} does not match its tile", i),
                path.text());
  }
  return out;
}

void TileWriter::finish(const TilePath& path, Bytes bytes) {
  done_.push_back({path.text(), std::move(bytes), replaced_by(path, written_)});
}

void TileWriter::append(Bytes entry) {
  check(entry.size() <= limits::kEntryBytes, "an entry is too large for a log");
  const std::uint64_t index = frontier_.size().value;
  Hash carried = leaf_hash(entry);
  frontier_.append(carried);
  bundle_.push_back(std::move(entry));
  if (bundle_.size() == kTileWidth) {
    finish({true, 0, index / kTileWidth, static_cast<int>(kTileWidth)}, encode_bundle(bundle_));
    bundle_.clear();
  }
  for (int level = 0;; ++level) {
    const auto l = static_cast<std::size_t>(level);
    if (l == levels_.size()) levels_.emplace_back();
    levels_[l].push_back(carried);
    if (levels_[l].size() < kTileWidth) return;
    finish({false, level, hashes_at(level, index) / kTileWidth, static_cast<int>(kTileWidth)},
           join(levels_[l]));
    carried = root_of(levels_[l]);
    levels_[l].clear();
  }
}

std::vector<LogFile> TileWriter::take_files() {
  const std::uint64_t size = frontier_.size().value;
  if (!bundle_.empty() && size != written_) {
    finish({true, 0, size / kTileWidth, static_cast<int>(bundle_.size())}, encode_bundle(bundle_));
  }
  for (int level = 0; static_cast<std::size_t>(level) < levels_.size(); ++level) {
    const std::vector<Hash>& hashes = levels_[static_cast<std::size_t>(level)];
    const bool same = hashes_at(level, size) == hashes_at(level, written_);
    if (hashes.empty() || same) continue;
    finish({false, level, hashes_at(level, size) / kTileWidth, static_cast<int>(hashes.size())},
           join(hashes));
  }
  written_ = size;
  // Bundles first: whoever reads while files appear finds the entries of every hash he finds.
  std::vector<LogFile> out;
  std::vector<LogFile> tiles;
  for (LogFile& file : done_) {
    const bool bundle = file.path.starts_with("tile/entries/");
    (bundle ? out : tiles).push_back(std::move(file));
  }
  for (LogFile& file : tiles) out.push_back(std::move(file));
  done_.clear();
  return out;
}

TreeSize TileWriter::size() const {
  return frontier_.size();
}

Hash TileWriter::root() const {
  return frontier_.root();
}

}  // namespace detente::record
