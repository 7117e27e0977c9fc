// SPDX-License-Identifier: Apache-2.0
//
// The true logs, whole, are given to a ledger and to the plain reference: no entry of an honest
// node breaks a rule, and both see the same.
#include <algorithm>

#include "sim/world.h"

namespace detente::sim {

// From the owner's disk; what rotted or was lost there, from the others'.
void World::read_truth(const PartyId& owner) {
  record::LogReader& reader = truth_readers_.at(owner);
  std::vector<const Machine*> order = {&machines_.at(owner)};
  for (const auto& [id, machine] : machines_) {
    if (id != owner) order.push_back(&machine);
  }
  bool more = true;
  while (more && !failure_) {
    more = false;
    for (const Machine* machine : order) {
      const DiskLog* log = log_of(*machine, owner);
      const std::uint64_t next = reader.size().value;
      if (log == nullptr || log->entries.size() <= next) continue;
      const Result<record::Entry> entry = reader.append(log->entries[next]);
      if (!entry && machine->lost_data) continue;
      if (!entry) return fail_now("the log of " + owner.value + ": " + entry.error().text());
      truth_.apply(owner, *entry, reader.signers(*entry));
      unread_[owner].push_back(*entry);
      more = true;
      break;
    }
  }
}

void World::check_truth() {
  for (const auto& [id, machine] : machines_) read_truth(id);
  bool more = true;
  bool news = false;
  while (more && !failure_) {
    more = false;
    for (auto& [id, entries] : unread_) {
      if (entries.empty() || !reference_.ready(entries.front())) continue;
      const record::Entry& entry = entries.front();
      const std::string& type = entry.statement.type;
      const bool flight = type.starts_with("activity.");
      news = news || flight || type.starts_with("agreement.") || type.starts_with("stage.");
      line_reference_.take(id, entry);
      const std::string wrong = reference_.take(id, entry);
      if (!wrong.empty()) return fail_now(wrong);
      entries.pop_front();
      more = true;
    }
  }
  if (!news || failure_) return;
  const std::string clash = reference_.clash(now_);
  if (!clash.empty()) return fail_now(clash);
  // A ledger that has more than the reference may rightly say something else.
  const bool level = std::all_of(unread_.begin(), unread_.end(),
                                 [](const auto& entries) { return entries.second.empty(); });
  if (level) check_ledger("the true logs", truth_, false);
}

void World::check_ledger(const std::string& whose, const airspace::Ledger& ledger, bool all) {
  std::string wrong = reference_.course_differs(ledger.course(), now_);
  if (wrong.empty()) wrong = reference_.differs(ledger, now_, all);
  if (!wrong.empty()) fail_now(whose + ": " + wrong);
}

// After healing: of the agreement's version, its states and stage, and of every flight.
void World::check_same_states() {
  check_truth();
  for (const auto& [id, machine] : machines_) {
    if (failure_) return;
    if (!unread_[id].empty() || reference_.sizes().at(id) != machine.node->own().head_size.value) {
      return fail_now("the log of " + id.value + " is not whole");
    }
    check_ledger(id.value, machine.node->ledger(), true);
    const std::string line = line_reference_.differs(machine.node->hotline(), now_);
    if (!line.empty()) return fail_now("the hotline at " + id.value + ": " + line);
    check_utm(machine);
  }
  check_ledger("the true logs", truth_, true);
  const auto logged = reference_.deeds(now_);
  const auto said = line_reference_.deeds();
  for (std::size_t i = 0; i < kDeeds; ++i) deeds_[i] += logged[i] + said[i];
}

}  // namespace detente::sim
