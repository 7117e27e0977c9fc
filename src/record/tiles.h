// SPDX-License-Identifier: Apache-2.0
//
// The tlog-tiles layout: paths, tiles of 256 hashes, entry bundles of 256 entries; and a log laid
// out as named files. Source: C2SP tlog-tiles. On disk only the widest partial of a tile is kept:
// a narrower one is its prefix, and is cut from it when asked for. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/strong.h"
#include "record/merkle.h"

namespace detente::record {

inline constexpr std::uint64_t kTileWidth = 256;

struct TilePath {
  bool entries = false;  // an entry bundle; `level` is then 0
  int level = 0;         // 0..63
  std::uint64_t index = 0;
  int width = 256;           // 1..255 for a partial one
  std::string text() const;  // "tile/0/x001/x234/067.p/112", "tile/entries/000"
  friend bool operator==(const TilePath&, const TilePath&) = default;
};
Result<TilePath> parse_tile_path(std::string_view path);  // tile_malformed

// Width of the rightmost tile of a level in a tree of `size`; 0 if there is none.
int partial_width(int level, TreeSize size);
// Every tile and bundle that a tree of `size` has, with its width: bundles first, then level by
// level, each from left to right.
std::vector<TilePath> all_tiles(TreeSize size);
// The same one by one, until `visit` returns false; and how many there are. For sizes that
// somebody else claims.
void for_each_tile(TreeSize size, const std::function<bool(const TilePath&)>& visit);
std::uint64_t tile_count(TreeSize size);

Bytes encode_bundle(std::span<const Bytes> entries);
Result<std::vector<Bytes>> decode_bundle(ByteView bytes, int width);  // tile_malformed
// The same as views into `bytes`.
Result<std::vector<ByteView>> bundle_entries(ByteView bytes, int width);
Result<std::vector<Hash>> decode_tile(ByteView bytes, int width);  // tile_malformed
// The first `width` hashes or entries of a wider file.
Result<Bytes> cut_tile(const TilePath& wanted, ByteView wider);

// Gives a file of a log folder by its path; tile_missing if there is none.
using ReadFile = std::function<Result<Bytes>(const std::string&)>;
// `wanted` itself, or cut from the narrowest wider file that is there.
Result<Bytes> read_tile(const TilePath& wanted, const ReadFile& read);

// A named file of a log folder, to be written whole (temporary name, sync, rename).
struct LogFile {
  std::string path;
  Bytes bytes;
  std::vector<std::string> replaces;  // narrower partials, to be removed afterwards
};

// Grows a log's tiles: give it entries, take the files that changed. Keeps O(256 log n) memory.
class TileWriter {
 public:
  TileWriter() = default;
  // Continues a log of `size`; a wider partial than that (a crash before the head was stored) is
  // cut. The caller compares root() with its signed head, and removes files beyond it.
  // tile_missing, tile_malformed, tile_mismatch.
  static Result<TileWriter> resume(TreeSize size, const ReadFile& read);
  void append(Bytes entry);
  // The files that hold everything appended since the last call, bundles first.
  std::vector<LogFile> take_files();
  TreeSize size() const;
  Hash root() const;

 private:
  void finish(const TilePath& path, Bytes bytes);

  std::uint64_t written_ = 0;
  Frontier frontier_;
  std::vector<Bytes> bundle_;              // entries of the unfinished bundle
  std::vector<std::vector<Hash>> levels_;  // hashes of the unfinished tile of each level
  std::vector<LogFile> done_;              // full files not yet taken
};

}  // namespace detente::record
