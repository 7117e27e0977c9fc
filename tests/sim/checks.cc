// SPDX-License-Identifier: Apache-2.0
//
// The promises, checked from outside the nodes: from the disks, and from a ledger that is given
// every log whole.
#include <algorithm>

#include "record/log_verifier.h"
#include "sim/world.h"

namespace detente::sim {
namespace {

const DiskLog* log_of(const Machine& machine, const PartyId& owner) {
  const Origin origin{keys().agreement->party(owner)->keys->log.name};
  const auto found = machine.disk.logs.find(origin);
  return found == machine.disk.logs.end() ? nullptr : &found->second;
}

}  // namespace

// One log has one root for each size, whatever happens to its node. A mirror's head repeats the
// owner's, so it is covered too.
void World::on_published(const Machine& machine, const node::PublishHead& head) {
  const Result<record::Note> note = record::parse_note(head.note);
  if (!note) return fail_now(machine.id.value + " publishes a malformed note");
  const Result<record::Checkpoint> checkpoint = record::parse_checkpoint(note->text);
  if (!checkpoint) return fail_now(machine.id.value + " publishes a malformed checkpoint");
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
    check_activation(machine, entry);
  }
  if (entry.statement.type.starts_with("activity.")) check_active_apart();
}

// An accepted activation: judged again from the disks, without the ledger.
void World::check_activation(const Machine& machine, const record::Entry& entry) {
  const Result<std::string> id = entry.statement.body().string("activity", 64);
  if (!id || entry.statement.refs.empty()) return fail_now("an activation without its activity");
  const record::Ref& proposal = entry.statement.refs.front();
  const PartyId other{machine.id.value == "north" ? "south" : "north"};
  const auto pair = std::minmax(machine.id, other);
  const auto cut_at = cut_since_.find({pair.first, pair.second});
  const std::int64_t fresh_ms = keys().agreement->clocks().fresh_ms;
  if (cut_at != cut_since_.end() && now_ - cut_at->second > fresh_ms + 2 * kSkewMsMax) {
    return fail_now("an activity becomes active during a cut");
  }
  const DiskLog* theirs = log_of(machines_.at(other), other);
  const Origin their_origin{keys().agreement->party(other)->keys->log.name};
  std::set<std::string> officers;
  bool objected = false;
  for (const Bytes& bytes : theirs == nullptr ? std::vector<Bytes>{} : theirs->entries) {
    const Result<record::Entry> answer = record::parse_entry(bytes);
    if (!answer || answer->statement.refs.empty() || answer->statement.refs.front() != proposal)
      continue;
    if (answer->statement.type == "activity.object") {
      const auto seen =
          std::find_if(entry.header.seen.begin(), entry.header.seen.end(),
                       [&](const record::Head& head) { return head.origin == their_origin; });
      objected = seen != entry.header.seen.end() && answer->header.seq.value < seen->size.value;
      if (objected) officers.clear();
    }
    if (answer->statement.type != "activity.concur") continue;
    objected = false;
    for (const record::EnvelopeSignature& s : answer->envelope.signatures) officers.insert(s.keyid);
  }
  if (objected || officers.size() < 2) {
    fail_now("an activity becomes active without two officers of " + other.value);
  }
}

void World::check_active_apart() {
  for (const auto& [id, machine] : machines_) {
    const DiskLog* log = log_of(machine, id);
    if (log == nullptr) continue;
    record::LogReader& reader = truth_readers_.at(id);
    for (std::uint64_t i = reader.size().value; i < log->entries.size(); ++i) {
      const Result<record::Entry> entry = reader.append(log->entries[i]);
      if (!entry) return fail_now("the log of " + id.value + " breaks: " + entry.error().text());
      truth_.apply(id, *entry, reader.signers(*entry));
    }
  }
  std::vector<airspace::ActivityView> active;
  for (airspace::ActivityView& view : truth_.views(now_)) {
    if (view.state == airspace::ActivityState::active) active.push_back(std::move(view));
  }
  for (std::size_t a = 0; a < active.size(); ++a) {
    for (std::size_t b = a + 1; b < active.size(); ++b) {
      for (const geo::Volume4& first : active[a].plan.volumes) {
        for (const geo::Volume4& second : active[b].plan.volumes) {
          if (geo::conflict(first, second, keys().agreement->separation())) {
            return fail_now("two conflicting activities are active: " + active[a].id.value +
                            " and " + active[b].id.value);
          }
        }
      }
    }
  }
}

// What a node's mirror key attested is on that node's disk, byte for byte.
void World::check_held() {
  for (const auto& [id, machine] : machines_) {
    const DiskLog* own = log_of(machine, id);
    for (const auto& [holder_id, holder] : machines_) {
      if (holder_id == id) continue;
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
    for (const auto& [owner_id, other] : machines_) {
      const Result<record::LogOwner> owner = keys().agreement->log_owner(owner_id);
      const std::string folder =
          (id == owner_id ? "log" : node::mirror_folder(Origin{owner->log.name})) + "/";
      record::LogFolder files;
      for (const auto& [path, bytes] : machine.disk.files) {
        if (path.starts_with(folder)) files.files.push_back(path.substr(folder.size()));
      }
      files.read = [&](const std::string& path) -> Result<Bytes> {
        const auto found = machine.disk.files.find(folder + path);
        if (found == machine.disk.files.end()) return fail(Errc::tile_missing, path);
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
  const Machine& first = machines_.begin()->second;
  for (const auto& [id, machine] : machines_) {
    for (const auto& [owner, other] : machines_) {
      const std::uint64_t own = machines_.at(owner).node->own().head_size.value;
      const std::uint64_t held = machine.node->log(owner)->head_size.value;
      if (own != held) {
        return fail_now(id.value + " holds " + std::to_string(held) + " of " + std::to_string(own) +
                        " entries of " + owner.value + " after healing");
      }
    }
    if (machine.node->fenced()) return fail_now(id.value + " is fenced after healing");
    const auto views = machine.node->ledger().views(now_);
    const auto expected = first.node->ledger().views(now_);
    const bool same = std::equal(views.begin(), views.end(), expected.begin(), expected.end(),
                                 [](const auto& a, const auto& b) {
                                   return a.id == b.id && a.state == b.state && a.late == b.late &&
                                          a.conflicts == b.conflicts &&
                                          a.steps.size() == b.steps.size();
                                 });
    if (!same) return fail_now(id.value + " sees other states than " + first.id.value);
  }
}

}  // namespace detente::sim
