// SPDX-License-Identifier: Apache-2.0
//
// What disks do to a node: power cuts, rot, loss, old backups. Each fault is only played where some
// other honest machine still has what the disk loses: without that no protocol could save it.
#include <algorithm>

#include "sim/world.h"

namespace detente::sim {
namespace {

bool is_durable(const node::Effect& effect) {
  return std::holds_alternative<node::StoreEntries>(effect) ||
         std::holds_alternative<node::WriteFiles>(effect) ||
         std::holds_alternative<node::PublishHead>(effect) ||
         std::holds_alternative<node::KeepNote>(effect) ||
         std::holds_alternative<node::StoreEvidence>(effect) ||
         std::holds_alternative<node::StoreDocument>(effect);
}

}  // namespace

// Files that were not synced: as they were, torn, full of zeros, or gone.
void World::tear_files(Machine& machine) {
  std::vector<std::string> gone;
  for (auto& [path, bytes] : machine.disk.files) {
    if (path.starts_with("agreements/")) continue;  // durable
    const std::uint64_t what = draw_.below(10);
    if (what == 0) gone.push_back(path);
    if (what == 1 && !bytes.empty()) bytes.resize(draw_.below(bytes.size()));
    if (what == 2) std::fill(bytes.begin(), bytes.end(), std::uint8_t{0});
  }
  for (const std::string& path : gone) machine.disk.files.erase(path);
}

// What lies in the folder of a log that has no head yet is nobody's.
void World::sweep_files(Machine& machine) {
  for (const auto& [id, each] : machines_) {
    const auto log = machine.disk.logs.find(origin_of(id));
    if (log != machine.disk.logs.end() && !log->second.head.empty()) continue;
    const std::string folder = id == machine.id ? "log" : node::mirror_folder(origin_of(id));
    std::erase_if(machine.disk.files,
                  [&](const auto& file) { return file.first.starts_with(folder + "/"); });
  }
}

// The power goes while a step is carried out. The database has all of the step or nothing of it
// (store::NodeStore: one transaction); nothing of it was sent.
bool World::cut_power(Machine& machine, const node::Effects& effects) {
  const bool durable = std::any_of(effects.begin(), effects.end(), is_durable);
  if (!durable) return false;
  count(Fault::power_cut);
  const bool kept = draw_.chance(50);
  tell(machine.id.value + " loses power, the step is " + (kept ? "kept" : "gone"));
  for (const node::Effect& effect : effects) {
    const bool file = std::holds_alternative<node::WriteFiles>(effect);
    if (!is_durable(effect) || (!kept && !file)) continue;
    const Status done = machine.disk.carry_out(effect);
    if (!done) {
      fail_now(machine.id.value + " disk: " + done.error().text());
      return true;
    }
    if (const auto* head = std::get_if<node::PublishHead>(&effect)) on_published(machine, *head);
  }
  tear_files(machine);
  restart(machine);
  return true;
}

// Whether some other honest machine has every entry of every honest log that this one has.
bool World::others_hold_all(const Machine& machine) const {
  for (const auto& [origin, log] : machine.disk.logs) {
    if (hostile_ && origin == origin_of(*hostile_)) continue;
    const bool held = std::any_of(machines_.begin(), machines_.end(), [&](const auto& other) {
      if (other.first == machine.id || is_hostile(other.first)) return false;
      const auto copy = other.second.disk.logs.find(origin);
      return copy != other.second.disk.logs.end() &&
             Disk::size_of(copy->second.head) >= log.entries.size() &&
             copy->second.entries.size() >= log.entries.size() &&
             std::equal(log.entries.begin(), log.entries.end(), copy->second.entries.begin());
    });
    if (!held) return false;
  }
  return true;
}

void World::rot(Machine& machine) {
  std::vector<DiskLog*> logs;
  for (auto& [origin, log] : machine.disk.logs) {
    const bool liars = hostile_ && origin == origin_of(*hostile_);
    if (!liars && !log.entries.empty()) logs.push_back(&log);
  }
  if (!logs.empty()) {
    DiskLog& log = *logs[draw_.below(logs.size())];
    Bytes& entry = log.entries[draw_.below(log.entries.size())];
    entry[draw_.below(entry.size())] ^= static_cast<std::uint8_t>(1U << draw_.below(8));
  }
  if (machine.disk.files.empty()) return;
  auto file = machine.disk.files.begin();
  std::advance(file, static_cast<std::ptrdiff_t>(draw_.below(machine.disk.files.size())));
  if (file->second.empty()) return;
  file->second[draw_.below(file->second.size())] ^= 0x10;
}

void World::fault_of_disk(Machine& machine) {
  const std::uint64_t kind = draw_.below(4);
  if (is_hostile(machine.id)) return;
  if (kind == 0) {
    count(Fault::power_cut);
    tell(machine.id.value + " loses power");
    tear_files(machine);
    restart(machine);
    return;
  }
  if (!others_hold_all(machine)) return;
  if (kind == 1) {
    count(Fault::bit_rot);
    tell(machine.id.value + "'s disk rots");
    machine.lost_data = true;
    rot(machine);
    // The node's own check of its disk finds it in a while, and starts it again.
    const std::uint64_t generation = machine.generation;
    at(now_ + static_cast<std::int64_t>(draw_.below(600'000)), [this, &machine, generation] {
      if (machine.generation == generation) restart(machine);
    });
    return;
  }
  if (kind == 3 && !machine.backup) return;
  count(kind == 2 ? Fault::disk_lost : Fault::backup_restored);
  tell(machine.id.value + (kind == 2 ? " gets an empty disk" : " gets an old backup"));
  machine.lost_data = true;
  machine.disk = kind == 2 ? Disk{} : *machine.backup;
  restart(machine);
  if (!failure_ && !machine.node->fenced()) {
    fail_now(machine.id.value + " starts with another disk and without a fence");
  }
}

void World::take_backups() {
  for (auto& [id, machine] : machines_) {
    if (draw_.chance(30)) machine.backup = machine.disk;
    // Somebody starts a node again that says that its disk is damaged.
    if (machine.node && machine.node->fence_reason() &&
        machine.node->fence_reason()->code == Errc::node_damaged) {
      restart(machine);
    }
  }
  at(now_ + std::int64_t{5} * 60'000, [this] { take_backups(); });
}

}  // namespace detente::sim
