// SPDX-License-Identifier: Apache-2.0
#include "checks/seeds.h"

#include <algorithm>

#include "record/psi_claims.h"

namespace detente::checks {

Status SeedBook::judge(const PartyId& party, const record::Statement& statement, UtcMs time) const {
  if (statement.type == "psi.seed") {
    DETENTE_TRY(const record::PsiSeed seed, record::read_psi_seed(statement.body()));
    if (time >= seed.time.start) {
      return fail(Errc::checks_state, "the time that it is for has begun", "body/time");
    }
    if (!seeds_.contains({{seed.time.start, seed.time.end}, party})) return {};
    return fail(Errc::checks_state, "this party has a seed for this time", "body/time");
  }
  DETENTE_TRY(const record::PsiReveal reveal, record::read_psi_reveal(statement.body()));
  const auto known =
      statement.refs.size() == 1 ? by_ref_.find(statement.refs.front()) : by_ref_.end();
  if (known == by_ref_.end() || known->second.second != party) {
    return fail(Errc::checks_malformed, "one's own psi.seed must be referred to", "refs");
  }
  const SeedView& seed = seeds_.at(known->second);
  if (seed.seed) return fail(Errc::checks_state, "the seed was shown", "refs");
  if (time < seed.body.time.end) {
    return fail(Errc::checks_state, "the time that it is for has not ended", "refs");
  }
  if (record::psi_seed_commitment(reveal.seed) == seed.body.commitment) return {};
  return fail(Errc::checks_malformed, "it is not the seed that was committed to", "body/seed");
}

void SeedBook::take(const PartyId& party, const record::Statement& statement, UtcMs time,
                    const record::Ref& ref) {
  if (statement.type == "psi.seed") {
    const record::PsiSeed body = record::read_psi_seed(statement.body()).value();
    const Key key{{body.time.start, body.time.end}, party};
    seeds_.emplace(key, SeedView{party, ref, time, body, std::nullopt});
    by_ref_.emplace(ref, key);
    return;
  }
  seeds_.at(by_ref_.at(statement.refs.front())).seed =
      record::read_psi_reveal(statement.body()).value().seed;
}

std::vector<SeedView> SeedBook::seeds() const {
  std::vector<SeedView> out;
  out.reserve(seeds_.size());
  for (const auto& [key, seed] : seeds_) out.push_back(seed);
  return out;
}

std::vector<TimeSpan> SeedBook::to_commit(const PartyId& party,
                                          std::span<const std::int64_t> lengths, UtcMs now) const {
  std::vector<TimeSpan> out;
  for (const std::int64_t length : lengths) {
    const UtcMs start{(now.value / length + 1) * length};
    const TimeSpan time{start, start + length};
    if (seeds_.contains({{time.start, time.end}, party})) continue;
    if (std::find(out.begin(), out.end(), time) == out.end()) out.push_back(time);
  }
  return out;
}

std::vector<SeedView> SeedBook::to_show(const PartyId& party, UtcMs now) const {
  std::vector<SeedView> out;
  for (const auto& [key, seed] : seeds_) {
    if (key.second == party && !seed.seed && seed.body.time.end <= now) out.push_back(seed);
  }
  return out;
}

Draw SeedBook::draw(const TimeSpan& epoch, const PartyId& a, const PartyId& b, const Hash& leaf,
                    std::uint32_t per_million) const {
  std::vector<Hash> shown;
  const std::pair<UtcMs, UtcMs> time{epoch.start, epoch.end};
  for (auto at = seeds_.lower_bound({time, PartyId{}}); at != seeds_.end(); ++at) {
    if (at->first.first != time) break;
    const PartyId& party = at->first.second;
    if (party == a || party == b) continue;
    if (!at->second.seed) return Draw::open;
    shown.push_back(*at->second.seed);
  }
  if (shown.empty()) return Draw::open;
  return record::is_drawn(shown, leaf, per_million) ? Draw::yes : Draw::no;
}

}  // namespace detente::checks
