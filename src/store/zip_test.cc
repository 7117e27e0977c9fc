// SPDX-License-Identifier: Apache-2.0
// Method: zips are written and read back; then every byte is changed, and zips that no writer of
// ours makes are put together by hand, byte by byte, from the format's description (APPNOTE).
#include "store/zip.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "record/courier.h"

namespace detente::store {
namespace {

namespace fs = std::filesystem;

class ZipTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "detente-zip-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override { fs::remove_all(root_); }

  std::string path() const { return (root_ / "a.zip").string(); }
  void write(std::string_view bytes) { std::ofstream(path(), std::ios::binary) << bytes; }
  std::string read() const {
    std::ifstream in(path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write_good() {
    Result<ZipWriter> zip = ZipWriter::create(path(), UtcMs{1'468'562'400'000});
    ASSERT_TRUE(zip.has_value());
    std::ofstream(root_ / "tile", std::ios::binary) << std::string(5000, 't');
    ASSERT_TRUE(zip->add("log/checkpoint", to_bytes("a checkpoint\n"), false).has_value());
    ASSERT_TRUE(zip->add("log/tile/entries/000.p/1", Bytes(3000, 'e'), true).has_value());
    ASSERT_TRUE(zip->add_file("log/tile/0/000", (root_ / "tile").string(), true).has_value());
    const Status done = zip->finish();
    ASSERT_TRUE(done.has_value()) << done.error().text();
  }

  fs::path root_;
};

TEST_F(ZipTest, WhatWasPackedIsReadBack) {
  write_good();
  const Result<ZipReader> zip = ZipReader::open(path());
  ASSERT_TRUE(zip.has_value()) << zip.error().text();
  EXPECT_EQ(zip->files().size(), 3U);
  EXPECT_EQ(*zip->read("log/checkpoint"), to_bytes("a checkpoint\n"));
  EXPECT_EQ(*zip->read("log/tile/0/000"), Bytes(5000, 't'));
  EXPECT_EQ(*zip->read("log/tile/entries/000.p/1"), Bytes(3000, 'e'));
  EXPECT_EQ(zip->read("log").error().code, Errc::archive_malformed);
  EXPECT_LT(read().size(), 1000U) << "long runs are packed";
}

TEST_F(ZipTest, WithoutAnEndNothingIsLeftBehind) {
  {
    Result<ZipWriter> zip = ZipWriter::create(path(), UtcMs{});
    ASSERT_TRUE(zip->add("a", to_bytes("a"), false).has_value());
  }
  EXPECT_TRUE(fs::is_empty(root_));
}

TEST_F(ZipTest, ChangedBytesNeverChangeWhatIsRead) {
  write_good();
  const std::string good = read();
  std::size_t refused = 0;
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ (1 << (i % 8)));
    write(bad);
    const Result<ZipReader> zip = ZipReader::open(path());
    if (!zip) {
      EXPECT_EQ(zip.error().code, Errc::archive_malformed) << zip.error().text();
      ++refused;
      continue;
    }
    for (const auto& [name, bytes] :
         std::map<std::string, Bytes>{{"log/checkpoint", to_bytes("a checkpoint\n")},
                                      {"log/tile/0/000", Bytes(5000, 't')}}) {
      const Result<Bytes> read = zip->read(name);
      if (read) {
        EXPECT_EQ(*read, bytes) << i;
      } else {
        EXPECT_EQ(read.error().code, Errc::archive_malformed);
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, good.size() / 4);
}

TEST_F(ZipTest, CutOffZipsAndOtherFilesAreRefused) {
  write_good();
  const std::string good = read();
  for (std::size_t size = 0; size < good.size(); size += 7) {
    write(good.substr(0, size));
    const Result<ZipReader> zip = ZipReader::open(path());
    ASSERT_FALSE(zip.has_value()) << size;
    EXPECT_EQ(zip.error().code, Errc::archive_malformed);
  }
  fs::remove(path());
  EXPECT_EQ(ZipReader::open(path()).error().code, Errc::store_not_found);
  fs::create_symlink("/dev/zero", path());
  EXPECT_EQ(ZipReader::open(path()).error().code, Errc::archive_malformed);
}

// A zip by hand: stored files of these names and contents, which claim to be `claimed` long.
std::string u16(std::size_t n) {
  return {static_cast<char>(n & 0xFF), static_cast<char>((n >> 8) & 0xFF)};
}
std::string u32(std::size_t n) {
  return u16(n & 0xFFFF) + u16(n >> 16);
}
struct Raw {
  std::string name;
  std::size_t claimed = 0;
  std::size_t method = 0;
  std::size_t flags = 0;
};
std::string zip_by_hand(const std::vector<Raw>& files) {
  std::string out;
  std::string directory;
  for (const Raw& file : files) {
    const std::string common = u16(20) + u16(file.flags) + u16(file.method) + u32(0) + u32(0) +
                               u32(0) + u32(file.claimed) + u16(file.name.size()) + u16(0);
    directory += std::string("PK\x01\x02", 4) + u16(20) + common + u16(0) + u16(0) + u16(0) +
                 u32(0) + u32(out.size()) + file.name;
    out += std::string("PK\x03\x04", 4) + common + file.name;
  }
  const std::size_t start = out.size();
  return out + directory + std::string("PK\x05\x06", 4) + u32(0) + u16(files.size()) +
         u16(files.size()) + u32(directory.size()) + u32(start) + u16(0);
}

TEST_F(ZipTest, ByHandItIsRightToo) {
  write(zip_by_hand({{.name = "a"}, {.name = "b/c"}}));
  const Result<ZipReader> zip = ZipReader::open(path());
  ASSERT_TRUE(zip.has_value()) << zip.error().text();
  EXPECT_EQ(zip->files().size(), 2U);
  EXPECT_TRUE(zip->read("a")->empty());
}

TEST_F(ZipTest, NamesThatLeadOutAreRefused) {
  for (const char* name : {"../a", "/etc/passwd", "a/../../b", "a\\b", "a/", "A", "C:a"}) {
    write(zip_by_hand({{.name = name}}));
    const Result<ZipReader> zip = ZipReader::open(path());
    ASSERT_FALSE(zip.has_value()) << name;
    EXPECT_EQ(zip.error().code, Errc::archive_malformed);
  }
}

TEST_F(ZipTest, OneNameTwiceIsRefused) {
  write(zip_by_hand({{.name = "a"}, {.name = "a"}}));
  EXPECT_EQ(ZipReader::open(path()).error().code, Errc::archive_malformed);
}

TEST_F(ZipTest, BombsAreRefusedBeforeTheyAreUnpacked) {
  write(zip_by_hand({{.name = "a", .claimed = record::kCourierFileBytes + 1, .method = 8}}));
  EXPECT_EQ(ZipReader::open(path()).error().code, Errc::archive_malformed);
  std::vector<Raw> many;
  for (std::size_t i = 0; i < 600; ++i) {
    many.push_back({"a" + std::to_string(i), record::kCourierFileBytes, 8, 0});
  }
  write(zip_by_hand(many));  // some 10 GB
  EXPECT_EQ(ZipReader::open(path()).error().code, Errc::archive_malformed);
  write(zip_by_hand({{.name = "a", .claimed = 1'000}}));  // says more than is there
  const Result<ZipReader> zip = ZipReader::open(path());
  if (zip) EXPECT_EQ(zip->read("a").error().code, Errc::archive_malformed);
}

TEST_F(ZipTest, OtherWaysOfPackingAndEncryptionAreRefused) {
  write(zip_by_hand({{.name = "a", .method = 12}}));
  EXPECT_EQ(ZipReader::open(path()).error().code, Errc::archive_malformed);
  write(zip_by_hand({{.name = "a", .flags = 1}}));
  EXPECT_EQ(ZipReader::open(path()).error().code, Errc::archive_malformed);
}

}  // namespace
}  // namespace detente::store
