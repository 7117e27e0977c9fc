// SPDX-License-Identifier: Apache-2.0
#include "sim/world.h"

#include <cstdio>

#include "crypto/hash.h"

namespace detente::sim {
namespace {

constexpr std::int64_t kStart = 1'468'500'000'000;  // 2016-07-14T12:40Z
constexpr std::int64_t kFaultyMs = std::int64_t{100} * 60'000;
constexpr std::int64_t kHealMs = std::int64_t{20} * 60'000;

}  // namespace

std::uint64_t Draw::next() {  // splitmix64
  state_ += 0x9E3779B97F4A7C15ULL;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

const char* fault_name(Fault fault) {
  switch (fault) {
    case Fault::message_dropped:
      return "message dropped";
    case Fault::message_repeated:
      return "message repeated";
    case Fault::message_delayed_long:
      return "message delayed long";
    case Fault::link_cut:
      return "link cut";
    case Fault::crash_between_steps:
      return "crash between steps";
    case Fault::crash_between_effects:
      return "crash between effects";
    case Fault::clock_jump:
      return "clock jump";
    case Fault::clock_stuck:
      return "clock stuck";
    case Fault::clock_back:
      return "clock back";
    case Fault::power_cut:
      return "power cut";
    case Fault::bit_rot:
      return "bit rot";
    case Fault::disk_lost:
      return "disk lost";
    case Fault::backup_restored:
      return "old backup restored";
    case Fault::equivocation:
      return "equivocation";
    case Fault::withheld:
      return "withheld";
    case Fault::header_lie:
      return "lie in a header";
    case Fault::old_checkpoint:
      return "old checkpoint served";
    case Fault::wrong_log:
      return "wrong log served";
  }
  return "";
}

World::World(std::uint64_t seed, bool verbose, bool hostile)
    : draw_(seed),
      verbose_(verbose),
      now_{kStart},
      faults_end_{kStart + kFaultyMs},
      truth_(keys().agreement) {
  for (const terms::Party& party : keys().agreement->parties()) {
    machines_[party.id].id = party.id;
    unread_[party.id] = {};
    truth_readers_.emplace(party.id,
                           record::LogReader(*keys().agreement->log_owner(party.id), verify_once));
  }
  for (const auto& version : {keys().second, keys().rival}) {
    check(truth_.learn(version).has_value(), "a version of the agreement is refused");
  }
  if (!hostile) return;
  auto liar = machines_.begin();
  std::advance(liar, static_cast<std::ptrdiff_t>(draw_.below(machines_.size())));
  hostile_ = liar->first;
}

std::optional<Failure> World::run() {
  for (auto& [id, machine] : machines_) set_up(machine);
  set_up_done_ = true;
  for (auto& [id, machine] : machines_) schedule_ticks(machine);
  schedule_faults();
  schedule_acts();
  take_backups();
  if (hostile_) schedule_hostility();
  run_until(faults_end_);
  cut_since_.clear();
  for (auto& [id, machine] : machines_) {
    machine.stuck_at.reset();
    machine.skew_ms %= kSkewMsMax;
  }
  run_until(faults_end_ + kHealMs);
  if (!failure_) check_held();
  if (!failure_) check_folders();
  if (!failure_) check_converged();
  if (!failure_) check_writes();
  if (!failure_) check_kept();
  if (!failure_) check_evidence();
  return failure_;
}

void World::at(UtcMs time, std::function<void()> act) {
  events_.push({time, order_++, std::move(act)});
}

void World::run_until(UtcMs end) {
  while (!failure_ && !events_.empty() && events_.top().time <= end) {
    const Event event = events_.top();
    events_.pop();
    now_ = event.time;
    event.act();
  }
  now_ = end;
}

void World::fail_now(std::string what) {
  if (!failure_) failure_ = Failure{format_rfc3339(now_) + " " + std::move(what)};
}

void World::tell(const std::string& line) const {
  if (verbose_) std::printf("%s %s\n", format_rfc3339(now_).c_str(), line.c_str());
}

bool World::cut(const PartyId& a, const PartyId& b) const {
  return cut_since_.contains(a < b ? std::pair(a, b) : std::pair(b, a));
}

Hash World::digest() const {
  Bytes all;
  for (const auto& [id, machine] : machines_) {
    for (const auto& [path, bytes] : machine.disk.files) {
      const Hash part = crypto::sha256({as_bytes(path), bytes});
      all.insert(all.end(), part.begin(), part.end());
    }
  }
  return crypto::sha256(all);
}

}  // namespace detente::sim
