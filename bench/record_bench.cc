// SPDX-License-Identifier: Apache-2.0
//
// The record: how fast entries are hashed, parsed, signed, judged and proved, on one core. What
// bounds judging is Ed25519: two signatures an entry are two of ed25519_verify below; what is left
// of judge_two_signature_entries is parsing, hashing and the rules.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>
#include <vector>

#include "record/testing_log.h"

namespace detente::record {
namespace {

using testing::test_key;
using testing::TestParty;

constexpr std::size_t kEntries = 2'000;
const std::string kBody =
    R"({"purpose":"transit","operator":"north","volumes":[{"floor_mm":3000000,"ceiling_mm":3600000,)"
    R"("start":1468562400000,"end":1468566000000,"polygon":[[361000000,368000000],)"
    R"([362000000,368000000],[362000000,369000000],[361000000,369000000]]}],"remark":"routine"})";

// A log of entries that two officers signed.
const TestParty& two_officer_log() {
  static const TestParty party = [] {
    TestParty out("north", 1, std::string(64, 'a'));
    out.open();
    for (std::size_t i = 0; i < kEntries; ++i) {
      const bool appended =
          out.append("activity.propose", kBody, {out.duty_1(), out.duty_2()}).has_value();
      check(appended, "the benchmark's log takes its entries");
    }
    return out;
  }();
  return party;
}

void per_entry(benchmark::State& state, std::size_t entries) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(entries));
}

// The mark: at least 5,000 entries/s.
void judge_two_signature_entries(benchmark::State& state) {
  const TestParty& party = two_officer_log();
  for ([[maybe_unused]] const auto _ : state) {
    LogReader reader(party.owner());
    for (const Bytes& entry : party.entries()) {
      check(reader.append(entry).has_value(), "a good entry is accepted");
    }
  }
  per_entry(state, party.entries().size());
}
BENCHMARK(judge_two_signature_entries)->Unit(benchmark::kMillisecond);

// The same without Ed25519: what is left when signatures were checked side by side before.
void judge_checked_entries(benchmark::State& state) {
  const TestParty& party = two_officer_log();
  const auto checked = [](const crypto::PublicKey&, ByteView, const crypto::Signature&) {
    return true;
  };
  for ([[maybe_unused]] const auto _ : state) {
    LogReader reader(party.owner(), checked);
    for (const Bytes& entry : party.entries()) {
      check(reader.append(entry).has_value(), "a good entry is accepted");
    }
  }
  per_entry(state, party.entries().size());
}
BENCHMARK(judge_checked_entries)->Unit(benchmark::kMillisecond);

void parse_entries(benchmark::State& state) {
  const TestParty& party = two_officer_log();
  std::size_t bytes = 0;
  for (const Bytes& entry : party.entries()) bytes += entry.size();
  for ([[maybe_unused]] const auto _ : state) {
    for (const Bytes& entry : party.entries()) {
      benchmark::DoNotOptimize(parse_entry(entry));
    }
  }
  per_entry(state, party.entries().size());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}
BENCHMARK(parse_entries)->Unit(benchmark::kMillisecond);

void sign_two_officer_statement(benchmark::State& state) {
  TestParty party("north", 1, std::string(64, 'a'));
  const StatementDraft draft = party.draft("activity.propose", kBody);
  for ([[maybe_unused]] const auto _ : state) {
    benchmark::DoNotOptimize(sign_statement(draft, {party.duty_1(), party.duty_2()}));
  }
  per_entry(state, 1);
}
BENCHMARK(sign_two_officer_statement)->Unit(benchmark::kMicrosecond);

void ed25519_verify(benchmark::State& state) {
  const crypto::SecretKey key = test_key(1);
  const std::string message(600, 'x');
  const crypto::Signature signature = key.sign(as_bytes(message));
  for ([[maybe_unused]] const auto _ : state) {
    benchmark::DoNotOptimize(crypto::verify(key.public_key(), as_bytes(message), signature));
  }
  per_entry(state, 1);
}
BENCHMARK(ed25519_verify)->Unit(benchmark::kMicrosecond);

void append_to_tree(benchmark::State& state) {
  const Bytes entry(512, 0x5a);
  Frontier frontier;
  for ([[maybe_unused]] const auto _ : state) frontier.append(leaf_hash(entry));
  benchmark::DoNotOptimize(frontier.root());
  per_entry(state, 1);
  state.SetBytesProcessed(state.iterations() * 512);
}
BENCHMARK(append_to_tree);

void write_tiles(benchmark::State& state) {
  const Bytes entry(512, 0x5a);
  TileWriter writer;
  std::size_t files = 0;
  for ([[maybe_unused]] const auto _ : state) {
    writer.append(entry);
    if (writer.size().value % 64 == 0) files += writer.take_files().size();
  }
  benchmark::DoNotOptimize(files);
  per_entry(state, 1);
}
BENCHMARK(write_tiles);

// Every complete subtree of a tree of a million, by level.
std::vector<std::vector<Hash>> stored_subtrees(std::size_t leaves) {
  std::vector<std::vector<Hash>> levels(1);
  for (std::size_t i = 0; i < leaves; ++i)
    levels[0].push_back(leaf_hash(as_bytes(std::to_string(i))));
  while (levels.back().size() > 1) {
    const std::vector<Hash>& below = levels.back();
    std::vector<Hash> above;
    for (std::size_t i = 0; i + 1 < below.size(); i += 2) {
      above.push_back(node_hash(below[i], below[i + 1]));
    }
    levels.push_back(std::move(above));
  }
  return levels;
}

void prove_inclusion_in_a_million(benchmark::State& state) {
  constexpr std::uint64_t kSize = 1'000'000;
  static const std::vector<std::vector<Hash>> levels = stored_subtrees(kSize);
  const SubtreeHash subtree = [](int level, std::uint64_t index) {
    return levels[static_cast<std::size_t>(level)][index];
  };
  std::uint64_t index = 0;
  for ([[maybe_unused]] const auto _ : state) {
    index = (index + 618'033) % kSize;
    benchmark::DoNotOptimize(inclusion_proof(subtree, LeafIndex{index}, TreeSize{kSize}));
  }
  per_entry(state, 1);
}
BENCHMARK(prove_inclusion_in_a_million)->Unit(benchmark::kMicrosecond);

void verify_inclusion_in_a_million(benchmark::State& state) {
  constexpr std::uint64_t kSize = 1'000'000;
  static const std::vector<std::vector<Hash>> levels = stored_subtrees(kSize);
  const SubtreeHash subtree = [](int level, std::uint64_t index) {
    return levels[static_cast<std::size_t>(level)][index];
  };
  const LeafIndex index{618'033};
  const Proof proof = inclusion_proof(subtree, index, TreeSize{kSize});
  const Hash root = root_of(subtree, TreeSize{kSize});
  for ([[maybe_unused]] const auto _ : state) {
    const bool ok =
        verify_inclusion(levels[0][index.value], index, TreeSize{kSize}, proof, root).has_value();
    check(ok, "a good proof verifies");
  }
  per_entry(state, 1);
}
BENCHMARK(verify_inclusion_in_a_million)->Unit(benchmark::kMicrosecond);

void verify_a_log_folder(benchmark::State& state) {
  const TestParty& party = two_officer_log();
  const testing::Files files = party.files();
  for ([[maybe_unused]] const auto _ : state) {
    const bool ok = verify_log(testing::folder_of(files), party.owner(), {}).has_value();
    check(ok, "a good log verifies");
  }
  per_entry(state, party.entries().size());
}
BENCHMARK(verify_a_log_folder)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace detente::record
