// SPDX-License-Identifier: Apache-2.0
//
// The promises, checked from outside the nodes: from the disks, and from a ledger that is given
// every log whole.
#include <algorithm>

#include "record/evidence.h"
#include "record/log_verifier.h"
#include "record/merkle.h"
#include "sim/world.h"

namespace detente::sim {

const DiskLog* log_of(const Machine& machine, const PartyId& owner) {
  const auto found = machine.disk.logs.find(origin_of(owner));
  return found == machine.disk.logs.end() ? nullptr : &found->second;
}

Origin origin_of(const PartyId& owner) {
  return Origin{keys().agreement->party(owner)->keys->log.name};
}

// One log has one root for each size, whatever happens to its node. A mirror's head repeats the
// owner's, so it is covered too.
void World::on_published(const Machine& machine, const node::PublishHead& head) {
  const Result<record::Note> note = record::parse_note(head.note);
  if (!note) return fail_now(machine.id.value + " publishes a malformed note");
  const Result<record::Checkpoint> checkpoint = record::parse_checkpoint(note->text);
  if (!checkpoint) return fail_now(machine.id.value + " publishes a malformed checkpoint");
  // A liar has as many roots as it likes; what it shows is judged by check_evidence().
  if (hostile_ && checkpoint->origin == origin_of(*hostile_)) return;
  const auto [known, fresh] =
      published_.emplace(std::pair(checkpoint->origin, checkpoint->size.value), checkpoint->root);
  if (!fresh && known->second != checkpoint->root) {
    fail_now("two roots of " + checkpoint->origin.value + " at size " +
             std::to_string(checkpoint->size.value));
  }
}

void World::on_logged(Machine& machine, const record::Ref& ref) {
  const record::Entry entry = *machine.node->own().entry(ref.index);
  tell(machine.id.value + " logs " + std::to_string(ref.index.value) + " " + entry.statement.type);
  if (entry.statement.type == "activity.activate") {
    ++activations_;
    if (!hostile_) check_link(machine);
  }
  if (!hostile_) check_truth();
}

// Nothing becomes active over a link that has been cut for long.
void World::check_link(const Machine& machine) {
  const PartyId other{machine.id.value == "north" ? "south" : "north"};
  const auto pair = std::minmax(machine.id, other);
  const auto cut_at = cut_since_.find({pair.first, pair.second});
  const std::int64_t fresh_ms = keys().agreement->clocks().fresh_ms;
  // By the true clock and by the machine's own: one that stands still cannot know how old a
  // cosignature is.
  const bool cut_long =
      cut_at != cut_since_.end() &&
      std::min(now_ - cut_at->second.since, clock(machine) - cut_at->second.clocks.at(machine.id)) >
          fresh_ms + 2 * kSkewMsMax;
  if (cut_long) fail_now("an activity becomes active during a cut");
}

// What a node's mirror key attested is on that node's disk, byte for byte.
void World::check_held() {
  for (const auto& [id, machine] : machines_) {
    const DiskLog* own = log_of(machine, id);
    if (is_hostile(id)) continue;
    for (const auto& [holder_id, holder] : machines_) {
      if (holder_id == id || is_hostile(holder_id)) continue;
      const record::Cosigned* held =
          machine.node->own().receipts.latest(holder_id.value, record::ReceiptLevel::held);
      if (held == nullptr) continue;
      const DiskLog* copy = log_of(holder, id);
      if (copy == nullptr || copy->entries.size() < held->size.value) {
        return fail_now(holder_id.value + " attested entries of " + id.value + " that it lacks");
      }
      for (std::uint64_t i = 0; i < held->size.value; ++i) {
        if (copy->entries[i] != own->entries[i]) {
          return fail_now(holder_id.value + " holds another entry " + std::to_string(i));
        }
      }
    }
  }
}

void World::check_folders() {
  for (const auto& [id, machine] : machines_) {
    if (is_hostile(id)) continue;
    for (const auto& [owner_id, other] : machines_) {
      // A log that broke a rule is held up to there, beyond what was cosigned.
      const DiskLog* copy = log_of(machine, owner_id);
      if (is_hostile(owner_id) && copy != nullptr &&
          Disk::size_of(copy->head) < copy->entries.size()) {
        continue;
      }
      const Result<record::LogOwner> owner = keys().agreement->log_owner(owner_id);
      const std::string folder =
          (id == owner_id ? "log" : node::mirror_folder(Origin{owner->log.name})) + "/";
      // As the next start would leave it: a repair can leave narrower tiles beside the new ones.
      Disk disk = machine.disk;
      if (machine.lost_data) disk.recover();
      record::LogFolder files;
      for (const auto& [path, bytes] : disk.files) {
        if (path.starts_with(folder)) files.files.push_back(path.substr(folder.size()));
      }
      files.read = [&](const std::string& path) -> Result<Bytes> {
        const auto found = disk.files.find(folder + path);
        if (found == disk.files.end()) return fail(Errc::tile_missing, path);
        return found->second;
      };
      const Result<record::VerifiedLog> verified =
          record::verify_log(files, *owner, keys().agreement->cosigners());
      if (!verified) {
        return fail_now("log of " + owner_id.value + " at " + id.value + ": " +
                        verified.error().text());
      }
    }
  }
}

void World::check_converged() {
  for (const auto& [id, machine] : machines_) {
    if (is_hostile(id)) continue;
    for (const auto& [owner, other] : machines_) {
      if (is_hostile(owner)) continue;
      const std::uint64_t own = machines_.at(owner).node->own().head_size.value;
      const std::uint64_t held = machine.node->log(owner)->head_size.value;
      if (own != held) {
        return fail_now(id.value + " holds " + std::to_string(held) + " of " + std::to_string(own) +
                        " entries of " + owner.value + " after healing");
      }
    }
    if (machine.node->fenced()) {
      return fail_now(id.value +
                      " is fenced after healing: " + machine.node->fence_reason()->text());
    }
  }
  if (!hostile_) check_same_states();  // they depend on a log that has no one history
}

// Whatever became of its disk, and whoever lied to it, an honest node can go on.
void World::check_writes() {
  for (auto& [id, machine] : machines_) {
    if (is_hostile(id)) continue;
    const std::size_t before = answered_.size();
    submit(machine, "note.text", {}, R"({"text":"all is well"})", {keys().officers.at(id)[0]});
    if (answered_.size() == before) return fail_now(id.value + " can write nothing any more");
  }
  // What was said just now is on its way only.
  run_until(now_ + std::int64_t{5} * 60'000);
}

// What an officer was told is logged stands in the log, at its place, whatever became of the disk.
void World::check_kept() {
  for (const auto& [where, leaf] : answered_) {
    const auto& [id, index] = where;
    if (is_hostile(id)) continue;
    const DiskLog* own = log_of(machines_.at(id), id);
    if (own == nullptr || own->entries.size() <= index ||
        record::leaf_hash(own->entries[index]) != leaf) {
      return fail_now(id.value + " lost its entry " + std::to_string(index));
    }
    for (const auto& [holder_id, holder] : machines_) {
      if (is_hostile(holder_id)) continue;
      const DiskLog* copy = log_of(holder, id);
      if (copy == nullptr || copy->entries.size() <= index ||
          record::leaf_hash(copy->entries[index]) != leaf) {
        return fail_now(holder_id.value + " lacks entry " + std::to_string(index) + " of " +
                        id.value);
      }
    }
  }
}

// Evidence convicts only the liar; and whatever two histories two honest nodes were shown, both of
// them have the proof in the end.
void World::check_evidence() {
  record::EvidenceTrust trust;
  for (const auto& [id, machine] : machines_) {
    trust.owners.push_back(*keys().agreement->log_owner(id));
    if (keys().agreement->party(id)->kind == terms::PartyKind::monitor)
      trust.neutrals.push_back(id.value);
  }
  trust.cosigners = keys().agreement->cosigners();
  trust.neutral_quorum = keys().agreement->record_terms().deemed_quorum;
  std::set<PartyId> have_proof;
  for (const auto& [id, machine] : machines_) {
    if (is_hostile(id)) continue;
    for (const auto& [sha256, text] : machine.node->evidence()) {
      const Result<record::Conviction> conviction = record::verify_evidence(text, trust);
      if (!conviction) {
        return fail_now(id.value +
                        " keeps evidence that proves nothing: " + conviction.error().text());
      }
      ++convicted_;
      for (const std::string& name : conviction->accused) {
        const PartyId accused{name.substr(0, name.find_first_of("./"))};
        // One monitor's word is enough here, and a disk that lost data did break its promise. It
        // may also have forgotten which history of the liar's log it cosigned; whoever remembers
        // that is the liar alone (docs/protocol/publishing.md, "What a lost disk costs").
        const bool forgot =
            machines_.at(accused).lost_data && hostile_ &&
            std::ranges::find(conviction->accused, hostile_->value) != conviction->accused.end();
        const bool excused = conviction->attested
                                 ? is_hostile(PartyId{"monitor"}) || machines_.at(accused).lost_data
                                 : forgot && name != accused.value;
        if (!is_hostile(accused) && !excused) {
          return fail_now(id.value + " has evidence against honest " + name + ": " +
                          conviction->sentence);
        }
      }
      if (!conviction->attested) have_proof.insert(id);
    }
    // A disk that was lost took the file with it; the log still says that it was there.
    const DiskLog* own = log_of(machine, id);
    if (machine.lost_data && own != nullptr) {
      for (const Bytes& entry : own->entries) {
        if (as_text(entry).find("detente.evidence.found.v1") != std::string_view::npos)
          have_proof.insert(id);
      }
    }
  }
  if (hostile_) check_forks_proved(have_proof);
}

void World::check_forks_proved(const std::set<PartyId>& have_proof) {
  for (const auto& [a, first] : machines_) {
    for (const auto& [b, second] : machines_) {
      if (is_hostile(a) || is_hostile(b) || !(a < b)) continue;
      const DiskLog* x = log_of(first, *hostile_);
      const DiskLog* y = log_of(second, *hostile_);
      if (x == nullptr || y == nullptr) continue;
      const std::size_t both = std::min(Disk::size_of(x->head), Disk::size_of(y->head));
      if (std::equal(x->entries.begin(), x->entries.begin() + static_cast<std::ptrdiff_t>(both),
                     y->entries.begin())) {
        continue;
      }
      for (const PartyId& node : {a, b}) {
        if (!have_proof.contains(node)) {
          return fail_now(node.value + " has no proof that " + hostile_->value +
                          " showed two histories");
        }
      }
    }
  }
}

}  // namespace detente::sim
