// SPDX-License-Identifier: Apache-2.0
//
// A party that lies with its real keys. Its node goes on, and what it serves is changed on the way:
// another history of its log for a victim, false headers, old checkpoints, files of another log, or
// nothing at all.
#include <algorithm>

#include "sim/world.h"

namespace detente::sim {
namespace {

constexpr std::uint64_t kSetUpEntries = 10;  // the log's keys: every history has them
constexpr std::size_t kOldCheckpoints = 8;

}  // namespace

void World::forge_entry(Forgery& forgery, const record::EntryHeader& header,
                        const record::Envelope& envelope) {
  DiskLog& log = forgery.disk.logs[origin_of(*hostile_)];
  log.folder = "log";
  log.entries.push_back(to_bytes(record::encode_entry(header, envelope)));
  record::Frontier tree;
  for (const Bytes& entry : log.entries) tree.append(record::leaf_hash(entry));
  const record::Checkpoint checkpoint{origin_of(*hostile_), TreeSize{log.entries.size()},
                                      tree.root()};
  record::Note note;
  note.text = checkpoint.text();
  note.signatures.push_back(record::sign_note(keys().nodes.at(*hostile_).log, note.text));
  log.head = note.encode();
  forgery.disk.recover();
}

// Begins or goes on with another history for the victim.
void World::forge(const PartyId& victim, bool lie_in_header) {
  const Machine& liar = machines_.at(*hostile_);
  const auto own = liar.disk.logs.find(origin_of(*hostile_));
  if (!liar.node || own == liar.disk.logs.end()) return;
  const auto [at, fresh] = forged_.try_emplace(victim);
  Forgery& forgery = at->second;
  DiskLog& log = forgery.disk.logs[origin_of(*hostile_)];
  if (fresh) {
    log.entries = own->second.entries;
    const std::uint64_t back = draw_.below(4);
    if (log.entries.size() > kSetUpEntries + back) log.entries.resize(log.entries.size() - back);
  }
  const Result<record::Entry> last = record::parse_entry(log.entries.back());
  check(last.has_value(), "the liar's own entries are well-formed");
  record::EntryHeader header;
  header.seq = LeafIndex{log.entries.size()};
  header.time = std::max(clock(liar), last->header.time);
  header.seen = liar.node->seen();
  for (const record::Head& before : last->header.seen) {
    for (record::Head& head : header.seen) {
      if (head.origin == before.origin && head.size < before.size) head = before;
    }
  }
  if (lie_in_header) {
    count(Fault::header_lie);
    const std::uint64_t lie = draw_.below(5);
    if (lie == 0) header.seen.clear();
    if (lie == 1 && !header.seen.empty()) header.seen.back().root[0] ^= 1;
    if (lie == 2 && !header.seen.empty()) header.seen.back().size.value = 1;
    if (lie == 3) header.seq.value += 1;
    if (lie == 4) header.time = header.time - 3'600'000;
  } else {
    count(Fault::equivocation);
  }
  tell(hostile_->value + " forges entry " + std::to_string(log.entries.size()) + " for " +
       victim.value + (lie_in_header ? ", with a false header" : ""));
  JsonWriter body;
  body.begin_object().member("text", "history for " + victim.value).end_object();
  const record::Envelope envelope = liar.node->draft(
      "note.text", {}, body.take(), {keys().officers.at(*hostile_).front()}, header.time);
  forge_entry(forgery, header, envelope);
}

void World::schedule_hostility() {
  const std::int64_t pause = static_cast<std::int64_t>(60'000 + draw_.below(900'000));
  if (now_ + pause >= faults_end_) return;
  at(now_ + pause, [this] {
    std::vector<PartyId> others;
    for (const auto& [id, machine] : machines_) {
      if (!is_hostile(id)) others.push_back(id);
    }
    const std::uint64_t kind = draw_.below(4);
    const PartyId victim = others[draw_.below(others.size())];
    if (kind < 2) forge(victim, false);
    if (kind == 2) forge(victim, true);
    if (kind == 3) withholds_until_ = now_ + static_cast<std::int64_t>(draw_.below(600'000));
    schedule_hostility();
  });
}

Result<Bytes> World::serve(const PartyId& server, const PartyId& asker, const std::string& path) {
  return is_hostile(server) ? serve_falsely(asker, path) : machines_.at(server).disk.read(path);
}

Result<Bytes> World::serve_falsely(const PartyId& asker, const std::string& path) {
  const Disk& disk = machines_.at(*hostile_).disk;
  const bool faulty = now_ < faults_end_;
  if (faulty && now_ < withholds_until_ && draw_.chance(60)) {
    count(Fault::withheld);
    return fail(draw_.chance(50) ? Errc::http_not_found : Errc::net_timeout, "withheld");
  }
  if (faulty && draw_.chance(2)) {
    // The same file of another log: its proofs are right, for something else.
    count(Fault::wrong_log);
    const bool own = path.starts_with("log/");
    const std::string file = own ? path.substr(4) : path.substr(path.find('/', 7) + 1);
    const std::string folder = own ? node::mirror_folder(origin_of(asker)) : "log";
    return disk.read(folder + "/" + file);
  }
  const auto forged = forged_.find(asker);
  if (path.starts_with("log/") && forged != forged_.end()) return forged->second.disk.read(path);
  Result<Bytes> bytes = disk.read(path);
  if (!bytes || !path.ends_with("checkpoint")) return bytes;
  std::vector<Bytes>& old = old_[path];
  if (old.size() < kOldCheckpoints && draw_.chance(10)) old.push_back(*bytes);
  if (faulty && !old.empty() && draw_.chance(10)) {
    count(Fault::old_checkpoint);
    return old[draw_.below(old.size())];
  }
  return bytes;
}

}  // namespace detente::sim
