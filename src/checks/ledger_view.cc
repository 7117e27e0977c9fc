// SPDX-License-Identifier: Apache-2.0
//
// What is shown of the state, and the terms of an epoch as geo has them.
#include <algorithm>
#include <tuple>

#include "checks/ledger.h"

namespace detente::checks {

using record::PsiHead;
using record::PsiPurpose;
using record::Ref;

ChecksLedger::ChecksLedger(std::string agreement, std::vector<ChecksParty> parties)
    : agreement_(std::move(agreement)) {
  for (ChecksParty& party : parties) origins_[party.id] = std::move(party.origin);
}

QueryView ChecksLedger::query_view(const Key& key, const Query& query) const {
  QueryView out = query.view;
  out.resulted = query.compared_with_none || !query.resulted.empty();
  const Side* theirs = find(mirror(key));
  if (theirs == nullptr) return out;
  const auto answer = theirs->answers.find(out.ref);
  if (answer != theirs->answers.end()) out.answer = answer->second;
  if (theirs->epoch) out.due = out.time + theirs->epoch->terms.answer_ms;
  return out;
}

EpochView ChecksLedger::epoch_view(const Key& key, const Side& side) const {
  return {key.first,    key.second,  side.epoch, side.posts,
          side.results, side.posted, side.asked, is_frozen(key.first, key.second)};
}

std::vector<EpochView> ChecksLedger::epochs() const {
  std::vector<EpochView> out;
  for (const auto& [key, side] : sides_) out.push_back(epoch_view(key, side));
  return out;
}

std::optional<EpochView> ChecksLedger::epoch(const PartyId& party, const PsiHead& head) const {
  const Side* side = find({party, head});
  return side == nullptr ? std::nullopt : std::optional(epoch_view({party, head}, *side));
}

std::vector<QueryView> ChecksLedger::queries(Which which) const {
  std::vector<QueryView> out;
  for (const auto& [key, side] : sides_) {
    for (const Query& query : side.queries) {
      QueryView view = query_view(key, query);
      if (which == Which::all || !view.answer) out.push_back(std::move(view));
    }
  }
  std::sort(out.begin(), out.end(), [](const QueryView& a, const QueryView& b) {
    return std::tie(a.time, a.party, a.ref) < std::tie(b.time, b.party, b.ref);
  });
  return out;
}

std::vector<QueryView> ChecksLedger::queries_of(const PartyId& party, const PsiHead& head) const {
  std::vector<QueryView> out;
  const Side* side = find({party, head});
  if (side == nullptr) return out;
  for (const Query& query : side->queries) out.push_back(query_view({party, head}, query));
  return out;
}

const std::set<Ref>& ChecksLedger::commits(const PartyId& party) const {
  static const std::set<Ref> kNone;
  const auto found = plans_.find(party);
  return found == plans_.end() ? kNone : found->second;
}

std::optional<QueryView> ChecksLedger::query(const Ref& ref) const {
  for (const auto& [key, side] : sides_) {
    if (const Query* found = find_query(key, ref)) return query_view(key, *found);
  }
  return std::nullopt;
}

Result<record::PsiContext> ChecksLedger::context(const PartyId& party, const PsiHead& head) const {
  const Origin* own = origin_of(party);
  const Origin* other = origin_of(PartyId{head.with});
  if (own == nullptr || other == nullptr || own == other) {
    return fail(Errc::checks_party, "no two parties of the agreement");
  }
  record::PsiContext out{agreement_, head.purpose, head.epoch, *own, *other};
  // Of plans the smaller origin is A; of sites the planner, who opens no epoch.
  bool own_is_a = own->value < other->value;
  if (head.purpose == PsiPurpose::sites) {
    const Side* mine = find({party, head});
    const Side* theirs = find(mirror({party, head}));
    const bool own_list = mine != nullptr && mine->epoch;
    const bool other_list = theirs != nullptr && theirs->epoch;
    if (own_list == other_list) return fail(Errc::checks_epoch, "one of the two has a list");
    own_is_a = other_list;
  }
  if (!own_is_a) std::swap(out.a, out.b);
  return out;
}

bool ChecksLedger::is_frozen(const PartyId& party, const PsiHead& head) const {
  const Side* side = find({party, head});
  return side != nullptr && side->differs;
}

Draw ChecksLedger::draw(const QueryView& query, std::uint32_t per_million) const {
  const Key key{query.party, query.body.head};
  // Of sites the list's owner alone opens the epoch.
  const Side* side = find(key);
  if (side == nullptr || !side->epoch) side = find(mirror(key));
  if (side == nullptr || !side->epoch) return Draw::open;
  return seeds_.draw(side->epoch->time, query.party, PartyId{query.body.head.with}, query.ref.leaf,
                     per_million);
}

// ---- terms ----

geo::Separation separation_of(const record::PsiTerms& terms) {
  return {terms.lateral_mm, terms.vertical_mm, terms.time_ms};
}

geo::AltitudeReference reference_of(const record::PsiTerms& terms) {
  const auto reference = geo::parse_altitude_reference(terms.reference);
  check(reference.has_value(), "terms that were read name a reference");
  return *reference;
}

Status check_footprint(std::span<const geo::Volume4> volumes, const record::PsiTerms& terms) {
  std::vector<geo::Area> areas;
  std::int64_t first = INT64_MAX;
  std::int64_t last = INT64_MIN;
  for (const geo::Volume4& volume : volumes) {
    areas.push_back(volume.area);
    first = std::min(first, volume.time.start.value);
    last = std::max(last, volume.time.end.value);
  }
  if (volumes.empty() || geo::area_km2(areas) < static_cast<double>(terms.footprint_km2)) {
    return fail(Errc::checks_footprint, std::to_string(terms.footprint_km2) + " km2");
  }
  if (last - first < terms.footprint_ms) {
    return fail(Errc::checks_footprint, std::to_string(terms.footprint_ms / 1'000) + " s");
  }
  return {};
}

}  // namespace detente::checks
