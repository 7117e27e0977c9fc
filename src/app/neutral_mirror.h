// SPDX-License-Identifier: Apache-2.0
//
// One log that a mirror copies: asks for the newest checkpoint, checks the tree by its hashes
// first, then takes the entries, and only when all of it is on disk cosigns. Nothing is ever
// written that a signed tree does not hold, so a copy needs no cleaning after a crash.
// One thread: the loop's.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/runtime.h"
#include "record/tiles.h"
#include "record/witness.h"
#include "store/witness_store.h"

namespace detente::app {

// Bounds what one signed checkpoint can make a mirror hold in memory (32 bytes for each).
inline constexpr std::uint64_t kMirrorTilesPerRound = 1U << 20;  // 268 million entries

class MirroredLog {
 public:
  struct Setup {
    Origin origin;
    std::vector<record::VerifierKey> keys;
    record::Signer mirror;
    std::shared_ptr<net::Runtime::Client> client;
    std::string prefix;  // of every path at the log's server
    std::string token;   // "" if none is asked for
    std::function<UtcMs()> now;
  };
  // `store` outlives this. store_*, tile_*: what is on disk does not lead to the head.
  static Result<std::unique_ptr<MirroredLog>> open(Setup setup, store::WitnessStore& store);

  // Begins a round unless one is under way.
  void poll();

  // The newest head whose tree is on disk; nothing before the first.
  const std::optional<record::Checkpoint>& head() const { return head_; }
  // The root of the tree's first `size` entries; nothing if the copy is smaller.
  Result<std::optional<Hash>> root_at(TreeSize size) const;
  // A file of the copy: "tile/...", also a partial tile that has grown since. store_not_found.
  Result<Bytes> file(const std::string& path) const;

 private:
  // What a round has found out so far.
  struct Round {
    record::Note note;
    record::Checkpoint checkpoint;
    std::vector<record::NoteSignature> log_lines;
    record::Frontier frontier;     // of the hashes taken so far
    std::vector<Hash> tile_roots;  // of each tile's new leaves, from `first_tile` on
    std::uint64_t first_tile = 0;
    std::uint64_t next = 0;                       // the tile or bundle asked for
    std::optional<record::Checkpoint> witnessed;  // a size on the way that was cosigned
    std::optional<record::TileWriter> writer;
  };
  using OnBytes = void (MirroredLog::*)(const Bytes&);

  MirroredLog(Setup setup, store::WitnessStore& store);
  Result<Bytes> read(const std::string& path) const;
  Result<Hash> subtree(int level, std::uint64_t index, TreeSize size) const;
  // The root of the first `part` entries, from the tiles of a tree of `size`.
  Result<Hash> root_of_part(TreeSize part, TreeSize size) const;
  Result<record::Frontier> frontier() const;
  void get(const std::string& path, std::function<void(Result<net::HttpResponse>)> done);
  void get_tile(const record::TilePath& path, OnBytes then);
  record::TilePath tile_of_round(bool entries) const;
  void on_checkpoint(const Result<net::HttpResponse>& response);
  Status begin(const std::string& body);
  void next_hashes();
  void on_hashes(const Bytes& bytes);
  void next_entries();
  void on_entries(const Bytes& bytes);
  Status take_hashes(const Bytes& bytes);
  Status take_entries(const Bytes& bytes);
  Status write_files();
  Status check_witnessed() const;
  Status finish();
  // Brings the folder to exactly the files of the head: a round that was cut off leaves others.
  Status tidy();
  Status keep(const std::string& note);
  void end(const Status& status);

  Setup setup_;
  store::WitnessStore& store_;
  std::string folder_;  // "mirror/<hex>"
  std::optional<record::Checkpoint> head_;
  std::optional<Round> round_;
  bool busy_ = false;
};

}  // namespace detente::app
