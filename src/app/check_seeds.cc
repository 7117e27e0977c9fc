// SPDX-License-Identifier: Apache-2.0
//
// A neutral party's part of the audit's draw: its node commits to a seed before each epoch and
// shows it when the epoch has ended (checks/seeds.h). The seed lies in the folder until then.
#include <algorithm>

#include "app/check_room.h"
#include "app/log.h"

namespace detente::app {
namespace {

constexpr std::int64_t kPauseMs = 60'000;

// Of the checks in which this party, a monitor, is no side.
std::vector<std::int64_t> epochs_to_watch(const node::Node& node) {
  std::vector<std::int64_t> out;
  const terms::Agreement& agreement = node.terms_now();
  const terms::Party* const self = agreement.party(node.self());
  if (self == nullptr || self->kind != terms::PartyKind::monitor) return out;
  for (const terms::CheckTerms& check : agreement.checks()) {
    const auto& sides = check.lists_of;
    if (std::find(sides.begin(), sides.end(), self->id) != sides.end()) continue;
    out.push_back(check.epoch_ms);
  }
  return out;
}

}  // namespace

void CheckRoom::look_at_seeds(UtcMs now) {
  if (now < seeds_pause_ || node_.fence_reason()) return;
  const std::vector<std::int64_t> lengths = epochs_to_watch(node_);
  const checks::SeedBook& book = ledger().seeds();
  for (const TimeSpan& time : book.to_commit(node_.self(), lengths, now)) commit_seed(time);
  for (const checks::SeedView& seed : book.to_show(node_.self(), now)) show_seed(seed);
}

void CheckRoom::commit_seed(const TimeSpan& time) {
  const auto seed = crypto::Secret32::generate(crypto::system_random());
  Hash bytes{};
  std::copy(seed.bytes().begin(), seed.bytes().end(), bytes.begin());
  const record::PsiSeed body{time, record::psi_seed_commitment(bytes)};
  crypto::wipe(bytes);
  if (const Status saved = shelf_.save_seed(body.commitment, seed); !saved) {
    log_event("error", "check_seed", {{"error", saved.error().text()}});
    seeds_pause_ = host_.now() + kPauseMs;
    return;
  }
  say({{"psi.seed", record::write_psi_seed(body), {}},
       [this, body](const Result<record::Ref>& logged) {
         if (logged) return;
         shelf_.remove_seed(body.commitment);
         seeds_pause_ = host_.now() + kPauseMs;
       }});
}

// One that is lost leaves the draw open, and that is shown.
void CheckRoom::show_seed(const checks::SeedView& seed) {
  const Hash commitment = seed.body.commitment;
  const Result<Hash> kept = shelf_.load_seed(commitment);
  if (!kept) {
    log_event("error", "check_seed", {{"error", kept.error().text()}});
    seeds_pause_ = host_.now() + kPauseMs;
    return;
  }
  say({{"psi.reveal", record::write_psi_reveal({*kept}), {seed.ref}},
       [this, commitment](const Result<record::Ref>& logged) {
         if (logged) return shelf_.remove_seed(commitment);
         seeds_pause_ = host_.now() + kPauseMs;
       }});
}

}  // namespace detente::app
