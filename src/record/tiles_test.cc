// SPDX-License-Identifier: Apache-2.0
// Method: paths and widths against the worked numbers of the tlog-tiles document; then a writer
// that stops and resumes anywhere must leave the same files as one that never stopped.
#include "record/tiles.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "record/testing_log.h"

namespace detente::record {
namespace {

using testing::Files;
using testing::write_into;

TEST(TilePath, RefusesAllButItsOneForm) {
  for (const char* bad : {"",
                          "tile",
                          "tile/",
                          "tile/0",
                          "tile/0/",
                          "tile/0/00",
                          "tile/0/0000",
                          "tile/0/1000",
                          "tile/0/x001/67",
                          "tile/0/001/067",
                          "tile/0/x000/067",
                          "tile/0/x001",
                          "tile/00/000",
                          "tile/64/000",
                          "tile/-1/000",
                          "tile/+1/000",
                          "tile/0/000.p/0",
                          "tile/0/000.p/256",
                          "tile/0/000.p/01",
                          "tile/0/000.p/",
                          "tile/0/000.p",
                          "tile/0/000.p/1/",
                          "tile/0/000/",
                          "/tile/0/000",
                          "tile/data/000",
                          "tile/entries/",
                          "tile/entries/../000",
                          "tile/0/-01",
                          "tile/0/x001x234/067",
                          "tile/0/x999/x999/x999/x999/x999/x999/x999/999"}) {
    const Result<TilePath> path = parse_tile_path(bad);
    ASSERT_FALSE(path) << bad;
    EXPECT_EQ(path.error().code, Errc::tile_malformed);
  }
}

TEST(TilePath, ReadsWhatItWrites) {
  const TilePath wide{false, 3, 1'234'067, 256};
  EXPECT_EQ(wide.text(), "tile/3/x001/x234/067");
  EXPECT_EQ(parse_tile_path(wide.text()).value(), wide);
  const TilePath partial{true, 0, 273, 112};
  EXPECT_EQ(partial.text(), "tile/entries/273.p/112");
  EXPECT_EQ(parse_tile_path(partial.text()).value(), partial);
  EXPECT_EQ(parse_tile_path("tile/63/000")->level, 63);
}

TEST(Tiles, OfATreeAreThoseOfTheDocument) {
  EXPECT_TRUE(all_tiles(TreeSize{0}).empty());
  EXPECT_EQ(partial_width(0, TreeSize{70'000}), 112);
  EXPECT_EQ(partial_width(1, TreeSize{70'000}), 17);
  EXPECT_EQ(partial_width(2, TreeSize{70'000}), 1);
  EXPECT_EQ(partial_width(3, TreeSize{70'000}), 0);
  EXPECT_EQ(partial_width(63, TreeSize{UINT64_MAX}), 0);
  const std::vector<TilePath> tiles = all_tiles(TreeSize{70'000});
  EXPECT_EQ(tiles.size(), 274U + 274U + 2U + 1U);
  EXPECT_EQ(tile_count(TreeSize{70'000}), tiles.size());
  EXPECT_EQ(tiles.back().text(), "tile/2/000.p/1");
  std::vector<std::string> names;
  for (const TilePath& path : all_tiles(TreeSize{256})) names.push_back(path.text());
  EXPECT_EQ(names, (std::vector<std::string>{"tile/entries/000", "tile/0/000", "tile/1/000.p/1"}));
}

TEST(Bundle, RefusesTruncatedAndTrailingBytes) {
  const std::vector<Bytes> entries = {to_bytes("abc"), {}, to_bytes("d")};
  const Bytes bytes = encode_bundle(entries);
  EXPECT_EQ(decode_bundle(bytes, 3).value(), entries);
  EXPECT_FALSE(decode_bundle(bytes, 2));
  EXPECT_FALSE(decode_bundle(bytes, 4));
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    EXPECT_FALSE(decode_bundle(ByteView(bytes).first(n), 3)) << n;
  }
  EXPECT_FALSE(decode_tile(Bytes(33), 1));
  EXPECT_FALSE(decode_tile(Bytes(32), 2));
  EXPECT_TRUE(decode_tile(Bytes(64), 2));
}

TEST(CutTile, GivesThePrefixAndRefusesToInvent) {
  const std::vector<Bytes> entries = {to_bytes("abc"), to_bytes("d")};
  const Bytes bytes = encode_bundle(entries);
  EXPECT_EQ(cut_tile({true, 0, 0, 1}, bytes).value(),
            encode_bundle(std::span<const Bytes>(entries).first(1)));
  EXPECT_EQ(cut_tile({true, 0, 0, 2}, bytes).value(), bytes);
  EXPECT_FALSE(cut_tile({true, 0, 0, 3}, bytes));
  EXPECT_EQ(cut_tile({false, 0, 0, 2}, Bytes(96))->size(), 64U);
  EXPECT_FALSE(cut_tile({false, 0, 0, 4}, Bytes(96)));
  EXPECT_FALSE(cut_tile({false, 0, 0, 2}, Bytes(97)));
}

ReadFile reader_of(const Files& files) {
  return testing::folder_of(files).read;
}

Bytes entry_number(std::size_t i) {
  return to_bytes(fmt::format("entry {}", i));
}

Files continuous(std::size_t n) {
  Files files;
  TileWriter writer;
  for (std::size_t i = 0; i < n; ++i) writer.append(entry_number(i));
  write_into(files, writer.take_files());
  return files;
}

TEST(TileWriter, WritesBundlesFirstAndReplacesNarrowerPartials) {
  TileWriter writer;
  EXPECT_TRUE(writer.take_files().empty());
  writer.append(entry_number(0));
  std::vector<LogFile> files = writer.take_files();
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[0].path, "tile/entries/000.p/1");
  EXPECT_EQ(files[1].path, "tile/0/000.p/1");
  EXPECT_TRUE(writer.take_files().empty());
  for (std::size_t i = 1; i < 300; ++i) writer.append(entry_number(i));
  files = writer.take_files();
  std::vector<std::string> names;
  for (const LogFile& file : files) names.push_back(file.path);
  EXPECT_EQ(names, (std::vector<std::string>{"tile/entries/000", "tile/entries/001.p/44",
                                             "tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1"}));
  EXPECT_EQ(files[0].replaces, std::vector<std::string>{"tile/entries/000.p/1"});
  EXPECT_EQ(files[2].replaces, std::vector<std::string>{"tile/0/000.p/1"});
  EXPECT_TRUE(files[1].replaces.empty());
}

TEST(TileWriter, LeavesExactlyTheFilesOfTheTree) {
  for (const std::size_t n : {0U, 1U, 255U, 256U, 257U, 511U, 512U, 70'000U}) {
    const Files files = continuous(n);
    std::vector<std::string> expected;
    for (const TilePath& path : all_tiles(TreeSize{n})) expected.push_back(path.text());
    std::sort(expected.begin(), expected.end());
    std::vector<std::string> found;
    for (const auto& [path, bytes] : files) found.push_back(path);
    EXPECT_EQ(found, expected) << n;
  }
}

RC_GTEST_PROP(TileWriter, ThatStopsAndResumesLeavesTheSameFiles, ()) {
  const auto n = *rc::gen::inRange<std::size_t>(1, 1200);
  const auto stops =
      *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, n));
  Files files;
  TileWriter writer;
  for (std::size_t i = 0; i < n; ++i) {
    writer.append(entry_number(i));
    if (std::find(stops.begin(), stops.end(), i) == stops.end()) continue;
    write_into(files, writer.take_files());
    Result<TileWriter> resumed = TileWriter::resume(writer.size(), reader_of(files));
    RC_ASSERT(resumed);
    RC_ASSERT(resumed->root() == writer.root());
    writer = std::move(*resumed);
  }
  write_into(files, writer.take_files());
  RC_ASSERT(files == continuous(n));
}

RC_GTEST_PROP(TileWriter, ResumesAtASmallerHeadAfterACrash, ()) {
  const auto n = *rc::gen::inRange<std::size_t>(1, 700);
  const auto m = *rc::gen::inRange<std::size_t>(n / 256 * 256, n + 1);
  const Files files = continuous(n);
  const Result<TileWriter> resumed = TileWriter::resume(TreeSize{m}, reader_of(files));
  RC_ASSERT(resumed);
  TileWriter fresh;
  for (std::size_t i = 0; i < m; ++i) fresh.append(entry_number(i));
  RC_ASSERT(resumed->root() == fresh.root());
}

TEST(TileWriter, RefusesToResumeFromMissingOrForeignFiles) {
  Files files = continuous(300);
  Files broken = files;
  broken.erase("tile/0/001.p/44");
  EXPECT_EQ(TileWriter::resume(TreeSize{300}, reader_of(broken)).error().code, Errc::tile_missing);
  broken = files;
  broken["tile/entries/001.p/44"][3] ^= 1;
  const Result<TileWriter> resumed = TileWriter::resume(TreeSize{300}, reader_of(broken));
  ASSERT_FALSE(resumed);
  EXPECT_EQ(resumed.error().code, Errc::tile_mismatch);
  EXPECT_EQ(resumed.error().place, "tile/entries/001.p/44");
  broken = files;
  broken["tile/0/001.p/44"].pop_back();
  EXPECT_EQ(TileWriter::resume(TreeSize{300}, reader_of(broken)).error().code,
            Errc::tile_malformed);
}

}  // namespace
}  // namespace detente::record
