// SPDX-License-Identifier: Apache-2.0
//
// detente-verify on a log of N single-signature entries, beside the bare Ed25519 time of the same
// signatures on the same cores in the same run:
//
//   verify_bench [ENTRIES [THREADS]]      default 100000 entries, one thread for each processor
//
// The mark: at most 1.15 times the bare time, and under 200 MB at any size. The log lies in a
// temporary folder, which is removed. Peak memory is the process's own (VmHWM), of which the
// writing of the log is a part.
#include <fmt/core.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "detente-verify/verify.h"
#include "record/testing_log.h"

namespace detente {
namespace {

namespace fs = std::filesystem;
using record::testing::TestParty;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kSignaturesKept = 20'000;  // for the bare time: more than any cache holds

struct Signed {
  std::string message;
  crypto::Signature signature{};
};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto part = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return part(usage.ru_utime) + part(usage.ru_stime);
}

double peak_megabytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

void write_file(const fs::path& path, ByteView bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary);
  const std::string_view text = as_text(bytes);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  check(out.good(), "the benchmark's file is written");
}

// A party's log on disk, written bundle by bundle; keeps some of its signatures.
class LogOnDisk {
 public:
  LogOnDisk(fs::path folder, std::uint64_t entries) : folder_(std::move(folder)) {
    party_.open();
    for (const Bytes& entry : party_.entries()) writer_.append(entry);
    while (writer_.size().value < entries) add();
    flush();
    record::Note note{record::Checkpoint{party_.origin(), writer_.size(), writer_.root()}.text(),
                      {}};
    note.signatures.push_back(record::sign_note(party_.log(), note.text));
    write_file(folder_ / "checkpoint", as_bytes(note.encode()));
    JsonWriter out;
    const record::LogOwner owner = party_.owner();
    out.begin_object().name("parties").begin_array().begin_object().member("id", owner.party);
    out.name("keys").begin_object().member("root", to_base64(owner.root));
    out.member("log", owner.log.text()).member("witness", owner.witness.text());
    out.member("mirror", owner.mirror.text()).end_object().end_object().end_array().end_object();
    write_file(folder_ / ".." / "agreement.json", as_bytes(out.take()));
  }
  const TestParty& party() const { return party_; }
  const std::vector<Signed>& kept() const { return kept_; }

 private:
  void add() {
    const std::uint64_t index = writer_.size().value;
    record::StatementDraft draft = party_.draft(
        "note.text",
        fmt::format(R"({{"text":"Convoy {} is at the second crossing, all well."}})", index));
    record::EntryHeader header = party_.header();
    header.seq = LeafIndex{index};
    const record::Envelope envelope = record::sign_statement(draft, {party_.duty_1()});
    if (kept_.size() < kSignaturesKept) {
      kept_.push_back({record::pae(envelope.payload_type, envelope.payload),
                       envelope.signatures.front().signature});
    }
    writer_.append(to_bytes(record::encode_entry(header, envelope)));
    if (index % 4096 == 0) flush();
  }
  void flush() {
    for (const record::LogFile& file : writer_.take_files()) {
      write_file(folder_ / file.path, file.bytes);
      for (const std::string& old : file.replaces) fs::remove(folder_ / old);
      if (!file.replaces.empty()) remove_empty(folder_ / file.replaces.front());
    }
  }
  static void remove_empty(const fs::path& file) {
    std::error_code ec;
    fs::remove(file.parent_path(), ec);  // "000.p", once its last file is gone
  }

  fs::path folder_;
  TestParty party_{"north", 1, agreement_hash()};
  record::TileWriter writer_;
  std::vector<Signed> kept_;

  // The agreement holds the keys alone, so its hash is known before the log is written.
  static std::string agreement_hash() {
    const record::LogOwner owner = TestParty("north", 1, std::string(64, '0')).owner();
    JsonWriter out;
    out.begin_object().name("parties").begin_array().begin_object().member("id", owner.party);
    out.name("keys").begin_object().member("root", to_base64(owner.root));
    out.member("log", owner.log.text()).member("witness", owner.witness.text());
    out.member("mirror", owner.mirror.text()).end_object().end_object().end_array().end_object();
    return to_hex(crypto::sha256(as_bytes(out.text())));
  }
};

// Seconds for `count` verifications on `threads` threads.
double bare_ed25519(const LogOnDisk& log, std::uint64_t count, unsigned threads) {
  const crypto::PublicKey key = log.party().duty_1().secret.public_key();
  std::atomic<std::uint64_t> next = 0;
  const Clock::time_point start = Clock::now();
  std::vector<std::thread> workers;
  for (unsigned t = 0; t < threads; ++t) {
    workers.emplace_back([&] {
      for (std::uint64_t i = next++; i < count; i = next++) {
        const Signed& one = log.kept()[static_cast<std::size_t>(i % log.kept().size())];
        check(crypto::verify(key, as_bytes(one.message), one.signature), "a good signature");
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  return seconds_since(start);
}

int run(std::uint64_t entries, unsigned threads) {
  std::string name = (fs::temp_directory_path() / "detente-verify-bench-XXXXXX").string();
  check(::mkdtemp(name.data()) != nullptr, "a temporary folder");
  const fs::path root = name;
  {
    const Clock::time_point start = Clock::now();
    const LogOnDisk log(root / "log", entries);
    fmt::print("{} entries written in {:.1f} s, {} threads\n", entries, seconds_since(start),
               threads);
    const double before_cpu = cpu_seconds();
    const double half = bare_ed25519(log, entries / 2, threads);
    const double half_cpu = cpu_seconds();
    const Clock::time_point verify_start = Clock::now();
    const Result<verify::Report> report =
        verify::verify_node_folder({root.string(), {}, {}, {}, threads});
    const double verified = seconds_since(verify_start);
    const double verified_cpu = cpu_seconds();
    const double bare = half + bare_ed25519(log, entries - entries / 2, threads);
    const double bare_cpu = half_cpu - before_cpu + cpu_seconds() - verified_cpu;
    fs::remove_all(root);
    if (!report) {
      fmt::print(stderr, "{}\n", report.error().text());
      return 1;
    }
    fmt::print("bare Ed25519   {:8.2f} s  ({:.1f} s of processor, {:.1f} us each)\n", bare,
               bare_cpu, bare_cpu * 1e6 / static_cast<double>(entries));
    fmt::print("detente-verify {:8.2f} s  ({:.1f} s of processor)\n", verified,
               verified_cpu - half_cpu);
    fmt::print("ratio          {:8.3f}    (of processor time {:.3f}; the mark is 1.15)\n",
               verified / bare, (verified_cpu - half_cpu) / bare_cpu);
    fmt::print("peak memory    {:8.1f} MB   (the mark is 200)\n", peak_megabytes());
  }
  return 0;
}

}  // namespace
}  // namespace detente

int main(int argc, char** argv) {
  const std::uint64_t entries = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 100'000;
  const unsigned threads = argc > 2 ? static_cast<unsigned>(std::strtoul(argv[2], nullptr, 10))
                                    : std::max(1U, std::thread::hardware_concurrency());
  if (entries < 10 || threads == 0) {
    fmt::print(stderr, "verify_bench [ENTRIES [THREADS]]\n");
    return 2;
  }
  return detente::run(entries, threads);
}
