// SPDX-License-Identifier: Apache-2.0
//
// A witness: checkpoints cosigned a second, in steps. The judgement alone (two Ed25519 signatures
// and a consistency proof); with its store, every head on disk before the answer, alone and sixteen
// at a time with one wait for the disk; over HTTP on loopback, where eight or 32 logs send at the
// same time, each its next checkpoint when the last one is answered. Sizes grow by one, so no
// request is a repetition. Disk: where TMPDIR points.
#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "app/neutral.h"
#include "base/time.h"

namespace detente {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kGrowth = 2'000;  // checkpoints of one log
constexpr std::size_t kLogs = 32;
constexpr UtcMs kNow{1'468'562'400'000};

crypto::SecretKey test_key(std::uint8_t n) {
  crypto::Seed seed{};
  seed.fill(n);
  return crypto::SecretKey::from_seed(seed);
}

record::Signer log_signer(std::size_t log) {
  return record::make_signer(fmt::format("log{}.example", log), record::KeyType::ed25519,
                             test_key(static_cast<std::uint8_t>(1 + log)));
}

// Add-checkpoint bodies of one log, from size 0 to 1, 1 to 2, and so on.
std::vector<std::string> bodies_of(std::size_t log, std::size_t count) {
  const record::Signer signer = log_signer(log);
  std::vector<std::string> out;
  std::vector<Hash> tree;
  for (std::size_t i = 0; i < count; ++i) {
    tree.push_back(record::leaf_hash(as_bytes(fmt::format("{} {}", log, i))));
    const record::Checkpoint checkpoint{Origin{signer.key.name}, TreeSize{i + 1},
                                        record::root_of(tree)};
    record::Proof proof;
    if (i > 0) proof = record::consistency_proof(tree, TreeSize{i});
    const record::Note note{checkpoint.text(), {sign_note(signer, checkpoint.text())}};
    out.push_back(record::write_add_checkpoint(TreeSize{i}, proof, note.encode()));
  }
  return out;
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (fs::temp_directory_path() / "detente-bench-XXXXXX").string();
    check(::mkdtemp(pattern.data()) != nullptr, "a temporary folder");
    path = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string path;
};

void judge(benchmark::State& state) {
  const std::vector<std::string> bodies = bodies_of(0, kGrowth);
  const record::WitnessRules rules(
      {record::make_signer("w/witness", record::KeyType::cosignature_v1, test_key(99))},
      {log_signer(0).key});
  std::optional<record::Checkpoint> head;
  std::size_t next = 0;
  for (auto _ : state) {
    if (next == bodies.size()) {
      next = 0;
      head.reset();
    }
    const Result<record::WitnessStep> step = rules.add_checkpoint(
        bodies[next++],
        [&](const Origin&) -> Result<std::optional<record::Checkpoint>> { return head; }, kNow);
    check(step && step->head, "cosigned");
    head = step->head;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(judge)->Unit(benchmark::kMicrosecond);

// The whole node, without a socket or with clients on loopback.
app::NeutralOptions options_in(const TemporaryFolder& folder) {
  app::NeutralOptions out;
  out.data = folder.path + "/data";
  out.logs = folder.path + "/logs.txt";
  out.name = "bench";
  out.port = 0;
  std::ofstream logs(out.logs);
  for (std::size_t i = 0; i < kLogs; ++i) logs << "log " << log_signer(i).key.text() << "\n";
  return out;
}

void judge_and_store(benchmark::State& state) {
  const std::vector<std::string> bodies = bodies_of(0, kGrowth);
  const TemporaryFolder folder;
  Result<std::unique_ptr<app::NeutralHost>> host = app::NeutralHost::open(options_in(folder));
  check(host.has_value(), "the witness opens");
  const auto together = static_cast<std::size_t>(state.range(0));
  std::span<const std::string> rest(bodies);
  for (auto _ : state) {
    for (const net::HttpResponse& answer : (*host)->add_checkpoints(rest.first(together))) {
      check(answer.status == 200, "cosigned");
    }
    rest = rest.subspan(together);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(judge_and_store)
    ->Arg(1)
    ->Arg(16)
    ->Iterations(kGrowth / 16)
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);

// One log that sends its next checkpoint when the last one is answered.
struct Sender {
  std::vector<std::string> bodies;
  std::shared_ptr<net::Runtime::Client> client;
  std::size_t next = 0;
  std::size_t* open = nullptr;
  net::Runtime* loop = nullptr;

  void send() {
    if (next == bodies.size()) {
      if (--*open == 0) loop->stop();
      return;
    }
    client->request("POST", "/add-checkpoint", bodies[next++], {},
                    [this](const Result<net::HttpResponse>& answer) {
                      check(answer && answer->status == 200, "cosigned");
                      send();
                    });
  }
};

void over_http(benchmark::State& state) {
  const auto logs = static_cast<std::size_t>(state.range(0));
  std::vector<Sender> senders(logs);
  for (std::size_t i = 0; i < logs; ++i) senders[i].bodies = bodies_of(i, kGrowth / 4);
  for (auto _ : state) {
    state.PauseTiming();
    const TemporaryFolder folder;
    Result<std::unique_ptr<app::NeutralHost>> host = app::NeutralHost::open(options_in(folder));
    check(host && (*host)->listen(), "the witness listens");
    std::thread server([&] { (*host)->run(); });
    {
      net::Runtime loop;
      std::size_t open = logs;
      for (Sender& sender : senders) {
        net::ClientOptions to;
        to.host = "127.0.0.1";
        to.port = (*host)->port();
        to.tls = false;
        sender.client = loop.client(to);
        sender.next = 0;
        sender.open = &open;
        sender.loop = &loop;
      }
      state.ResumeTiming();
      for (Sender& sender : senders) sender.send();
      loop.run();
      state.PauseTiming();
      for (Sender& sender : senders) sender.client.reset();
    }
    (*host)->stop();
    server.join();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(logs * kGrowth / 4));
}
BENCHMARK(over_http)->Arg(8)->Arg(32)->Iterations(1)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace detente
