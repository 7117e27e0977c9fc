// SPDX-License-Identifier: Apache-2.0
//
// What a node's store does in a second: steps of one entry and of groups, opening and checking.
// The folder is in DETENTE_BENCH_FOLDER, or the system's temporary one: the disk is what counts.
#include <benchmark/benchmark.h>

#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "record/note.h"
#include "record/tiles.h"
#include "store/node_store.h"

namespace detente::store {
namespace {

namespace fs = std::filesystem;

const Origin kOrigin{"north.example/detente/bench"};
constexpr std::size_t kEntryBytes = 1000;

// A fresh folder, removed at the end.
class Folder {
 public:
  Folder() {
    const char* chosen = std::getenv("DETENTE_BENCH_FOLDER");
    const fs::path inside = chosen == nullptr ? fs::temp_directory_path() : fs::path(chosen);
    std::string pattern = (inside / "detente-bench-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class Author {
 public:
  node::Effects grow(std::uint64_t count) {
    node::StoreEntries entries{kOrigin, LeafIndex{writer_.size().value}, {}};
    for (std::uint64_t i = 0; i < count; ++i) {
      Bytes entry = to_bytes("entry " + std::to_string(writer_.size().value));
      entry.resize(kEntryBytes, std::uint8_t{'x'});
      entries.entries.push_back(entry);
      writer_.append(std::move(entry));
    }
    record::Note note{record::Checkpoint{kOrigin, writer_.size(), writer_.root()}.text(), {}};
    note.signatures.push_back(record::sign_note(signer_, note.text));
    node::PublishHead head{kOrigin, "log", note_, note.encode()};
    note_ = head.note;
    return {std::move(entries), node::WriteFiles{"log", writer_.take_files()}, std::move(head)};
  }

 private:
  record::TileWriter writer_;
  record::Signer signer_ = record::make_signer(kOrigin.value, record::KeyType::ed25519,
                                               crypto::SecretKey::from_seed(crypto::Seed{7}));
  std::string note_;
};

void step(benchmark::State& state) {
  const Folder folder;
  Result<NodeStore> store = NodeStore::open(folder.path());
  if (!store) return state.SkipWithError(store.error().text().c_str());
  Author author;
  const auto count = static_cast<std::uint64_t>(state.range(0));
  std::vector<double> each;  // ms
  for (auto iteration : state) {
    static_cast<void>(iteration);
    state.PauseTiming();
    const node::Effects effects = author.grow(count);
    state.ResumeTiming();
    const auto began = std::chrono::steady_clock::now();
    const Status done = store->carry_out(effects);
    if (!done) return state.SkipWithError(done.error().text().c_str());
    each.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began)
            .count());
  }
  std::sort(each.begin(), each.end());
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["median_ms"] = each[each.size() / 2];
  state.counters["p99_ms"] = each[each.size() * 99 / 100];
  state.counters["max_ms"] = each.back();
}
BENCHMARK(step)->Arg(1)->Arg(10)->Arg(100)->Arg(1000)->UseRealTime()->MinTime(2.0)->Unit(
    benchmark::kMillisecond);

// Opening a folder that was closed, and one whose process was killed with 4,000 entries not synced.
void open_folder(benchmark::State& state) {
  const Folder folder;
  {
    Result<NodeStore> store = NodeStore::open(folder.path());
    Author author;
    for (int i = 0; store && i < state.range(0) / 1000; ++i) {
      if (!store->carry_out(author.grow(1000))) return state.SkipWithError("not stored");
    }
  }
  for (auto iteration : state) {
    static_cast<void>(iteration);
    benchmark::DoNotOptimize(NodeStore::open(folder.path()));
  }
}
BENCHMARK(open_folder)->Arg(1000)->Arg(100'000)->UseRealTime()->Unit(benchmark::kMillisecond);

void read_entry(benchmark::State& state) {
  const Folder folder;
  Result<NodeStore> store = NodeStore::open(folder.path());
  Author author;
  constexpr std::uint64_t kEntries = 100'000;
  for (std::uint64_t i = 0; store && i < kEntries / 1000; ++i) {
    if (!store->carry_out(author.grow(1000))) return state.SkipWithError("not stored");
  }
  std::uint64_t index = 0;
  for (auto iteration : state) {
    static_cast<void>(iteration);
    index = (index + 7919) % kEntries;
    benchmark::DoNotOptimize(store->read_entry(kOrigin, LeafIndex{index}));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(read_entry)->UseRealTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace detente::store
