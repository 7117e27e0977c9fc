// SPDX-License-Identifier: Apache-2.0
//
// Most fixes lie in no area and belong to no activity: they cost one look into the table of tracks
// and one into the index of areas. What the agreement says of an area is asked once for each
// question (who, with which purpose, covered or not) and remembered.
#include "watch/watcher.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "base/limits.h"

namespace detente::watch {
namespace {

constexpr std::uint32_t kNoArea = 0xFFFFFFFF;
constexpr std::uint32_t kNoActivity = 0xFFFFFFFF;
constexpr std::uint32_t kNotIcao = 0x80000000;
// A track that was silent for this many gaps is forgotten, its callsign too.
constexpr std::int64_t kGapsUntilForgotten = 10;
constexpr std::size_t kVerdictsKept = 1'000'000;

// A clause that a fix breaks in one area, as the agreement answered.
struct Broken {
  FindingKind kind = FindingKind::area_entered;
  ClauseId clause;
  bool unclear = false;
  std::string text;
};
using Verdict = std::vector<Broken>;

// When an area is in force and at which heights.
struct AreaLimits {
  TimeSpan time;
  std::optional<geo::AltitudeBand> altitude;
};

struct Active {
  WatchedActivity activity;
  TimeSpan span;  // from the first start to the last end of its volumes
};

struct OpenFinding {
  std::uint64_t key = 0;
  Finding finding;
};

struct State {
  geo::TrackPoint last;
  UtcMs heard;                            // the newest time of any report
  UtcMs last_fix;                         // the newest time of an airborne position
  std::uint32_t generation = 0;           // of the list of activities that `candidates` is from
  std::vector<std::uint32_t> candidates;  // activities that list this aircraft
  std::uint32_t activity = kNoActivity;
  std::vector<std::uint32_t> areas;
  std::vector<OpenFinding> open;
};

// What one fix breaks. Borrows from the cache of verdicts and the agreement.
struct Violation {
  FindingKind kind = FindingKind::area_entered;
  const ClauseId* clause = nullptr;
  std::uint32_t area = kNoArea;
  const Broken* broken = nullptr;  // nothing for outside_volume
};

// The activity that a fix belongs to.
struct Match {
  std::uint32_t activity = kNoActivity;
  bool conforming = false;
};

std::uint32_t key_of(const geo::TrackPoint& point) {
  return point.address_is_icao ? point.address : point.address | kNotIcao;
}

bool height_fits(const geo::AltitudeBand& band, const geo::TrackPoint& point) {
  return !point.altitude_mm || geo::may_contain(band, *point.altitude_mm, point.altitude_reference);
}

bool conforms(const WatchedActivity& activity, const geo::TrackPoint& point) {
  return std::any_of(
      activity.volumes.begin(), activity.volumes.end(), [&](const geo::Volume4& volume) {
        return volume.time.contains(point.time) && height_fits(volume.altitude, point) &&
               volume.area.contains(*point.position);
      });
}

Fix fix_of(const geo::TrackPoint& point) {
  return Fix{point.time, *point.position, point.altitude_mm, point.altitude_reference};
}

// A feed gives pieces: what this report does not say of the motion is kept from the last one, for
// display only. Nothing of it is judged.
void keep_motion(geo::TrackPoint& to, const geo::TrackPoint& from) {
  if (from.speed_mm_s) to.speed_mm_s = from.speed_mm_s;
  if (from.track_mdeg) to.track_mdeg = from.track_mdeg;
  if (from.climb_mm_s) to.climb_mm_s = from.climb_mm_s;
}

void take_fix(geo::TrackPoint& last, const geo::TrackPoint& point) {
  last.time = point.time;
  last.position = point.position;
  last.altitude_mm = point.altitude_mm;
  last.altitude_reference = point.altitude_reference;
  last.on_ground = point.on_ground;
  last.containment_m = point.containment_m;
  last.nac_p = point.nac_p;
}

}  // namespace

struct Watcher::Impl {
  std::shared_ptr<const terms::Agreement> agreement;
  std::int64_t gap_ms;
  geo::AreaIndex index;
  std::vector<AreaLimits> limits;

  std::vector<Active> activities;  // ascending by id
  std::uint32_t generation = 1;
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> by_address;
  std::unordered_map<std::string, std::vector<std::uint32_t>> by_callsign;

  std::vector<PartyId> parties;           // numbers of those who operate; 0 is "unidentified"
  std::vector<std::uint32_t> who_number;  // by activity
  std::unordered_map<std::uint64_t, Verdict> verdicts;

  std::unordered_map<std::uint32_t, State> tracks;
  std::uint64_t next_key = 1;
  Counts counts;
  std::vector<Violation> violations;  // scratch

  static geo::AreaIndex index_of(const terms::Agreement& agreement) {
    std::vector<geo::Area> areas;
    areas.reserve(agreement.areas().size());
    for (const terms::AreaTerms& terms : agreement.areas()) areas.push_back(terms.area);
    return geo::AreaIndex(std::move(areas));
  }

  explicit Impl(std::shared_ptr<const terms::Agreement> a)
      : agreement(std::move(a)),
        gap_ms(agreement->clocks().track_gap_ms),
        index(index_of(*agreement)),
        parties(1) {
    const TimeSpan valid = agreement->valid();
    for (const terms::AreaTerms& terms : agreement->areas()) {
      TimeSpan time = terms.time.value_or(valid);
      time.start = std::max(time.start, valid.start);
      time.end = std::min(time.end, valid.end);
      limits.push_back({time, terms.altitude});
    }
  }

  void set_activities(std::vector<WatchedActivity> list);
  std::uint32_t party_number(const PartyId& party);
  const Verdict& verdict(std::uint32_t area, const Match& match);
  Verdict judge(std::uint32_t area, const Match& match) const;
  void find_candidates(State& state) const;
  Match match(State& state, const geo::TrackPoint& point) const;
  void find_areas(State& state, const geo::TrackPoint& point) const;
  void find_violations(const State& state, const Match& match);

  void observe(const geo::TrackPoint& point, std::vector<FindingEvent>& out);
  void observe_airborne(State& state, const geo::TrackPoint& point, std::vector<FindingEvent>& out);
  void settle(State& state, const geo::TrackPoint& point, std::vector<FindingEvent>& out);
  bool is_open_for(const OpenFinding& open, const Violation& violation, const State& state) const;
  const ActivityId& activity_id(const State& state) const;
  void open(State& state, const Violation& violation, const geo::TrackPoint& point,
            std::vector<FindingEvent>& out);
  static void close_all(State& state, FindingEnd end, std::vector<FindingEvent>& out);
  void tick(UtcMs now, std::vector<FindingEvent>& out);
  Track describe(const State& state) const;
};

std::uint32_t Watcher::Impl::party_number(const PartyId& party) {
  const auto found = std::find(parties.begin() + 1, parties.end(), party);
  if (found == parties.end()) {
    parties.push_back(party);
    return static_cast<std::uint32_t>(parties.size() - 1);
  }
  return static_cast<std::uint32_t>(found - parties.begin());
}

void Watcher::Impl::set_activities(std::vector<WatchedActivity> list) {
  const auto by_id = [](const WatchedActivity& a, const WatchedActivity& b) { return a.id < b.id; };
  std::sort(list.begin(), list.end(), by_id);
  // Tracks name their activity by number; a new list has other numbers.
  for (auto& [key, state] : tracks) {
    if (state.activity == kNoActivity) continue;
    const WatchedActivity& old = activities[state.activity].activity;
    const auto same = std::lower_bound(list.begin(), list.end(), old, by_id);
    const bool stays = same != list.end() && same->id == old.id;
    state.activity = stays ? static_cast<std::uint32_t>(same - list.begin()) : kNoActivity;
  }
  activities.clear();
  by_address.clear();
  by_callsign.clear();
  who_number.clear();
  ++generation;
  for (WatchedActivity& activity : list) {
    const auto number = static_cast<std::uint32_t>(activities.size());
    for (const std::uint32_t address : activity.aircraft) by_address[address].push_back(number);
    for (const std::string& callsign : activity.callsigns) by_callsign[callsign].push_back(number);
    who_number.push_back(party_number(activity.operator_id));
    TimeSpan span;
    for (const geo::Volume4& volume : activity.volumes) {
      const bool first = &volume == activity.volumes.data();
      span.start = first ? volume.time.start : std::min(span.start, volume.time.start);
      span.end = first ? volume.time.end : std::max(span.end, volume.time.end);
    }
    activities.push_back({std::move(activity), span});
  }
}

Verdict Watcher::Impl::judge(std::uint32_t area, const Match& match) const {
  terms::Question question;
  if (match.activity != kNoActivity) {
    const WatchedActivity& activity = activities[match.activity].activity;
    question.who = activity.operator_id;
    question.purpose = activity.purpose;
    question.active_activity = match.conforming;
  }
  Verdict verdict;
  for (const terms::Reason& reason : agreement->judge(question, area).reasons) {
    if (!reason.broken) continue;
    const FindingKind kind = reason.effect == terms::Effect::forbid ? FindingKind::area_entered
                                                                    : FindingKind::undeclared;
    const auto same = std::find_if(verdict.begin(), verdict.end(), [&](const Broken& b) {
      return b.kind == kind && b.clause == reason.clause;
    });
    if (same == verdict.end()) {
      verdict.push_back({kind, reason.clause, reason.unclear, reason.text});
    } else if (same->unclear && !reason.unclear) {
      // Two rules of one clause: one finding, as sure as the surer of them.
      same->unclear = false;
      same->text = reason.text;
    }
  }
  return verdict;
}

const Verdict& Watcher::Impl::verdict(std::uint32_t area, const Match& match) {
  std::uint64_t who = 0;
  std::uint64_t purpose = 0;
  if (match.activity != kNoActivity) {
    who = who_number[match.activity];
    purpose = static_cast<std::uint64_t>(activities[match.activity].activity.purpose) + 1;
  }
  const std::uint64_t question = who << 8U | purpose << 1U | (match.conforming ? 1U : 0U);
  const std::uint64_t key = question << 32U | area;
  const auto found = verdicts.find(key);
  if (found != verdicts.end()) return found->second;
  return verdicts.emplace(key, judge(area, match)).first->second;
}

void Watcher::Impl::find_candidates(State& state) const {
  state.generation = generation;
  state.candidates.clear();
  if (state.last.address_is_icao) {
    if (const auto found = by_address.find(state.last.address); found != by_address.end()) {
      state.candidates = found->second;
    }
  }
  if (!state.last.callsign.empty()) {
    if (const auto found = by_callsign.find(state.last.callsign); found != by_callsign.end()) {
      state.candidates.insert(state.candidates.end(), found->second.begin(), found->second.end());
    }
  }
  std::sort(state.candidates.begin(), state.candidates.end());
  state.candidates.erase(std::unique(state.candidates.begin(), state.candidates.end()),
                         state.candidates.end());
}

// Of several activities that list the aircraft at this time, the first by id that it conforms to;
// else the first by id.
Match Watcher::Impl::match(State& state, const geo::TrackPoint& point) const {
  if (state.generation != generation) find_candidates(state);
  Match match;
  for (const std::uint32_t number : state.candidates) {
    const Active& active = activities[number];
    if (!active.span.contains(point.time)) continue;
    if (match.activity == kNoActivity) match.activity = number;
    if (conforms(active.activity, point)) {
      match = {number, true};
      break;
    }
  }
  return match;
}

void Watcher::Impl::find_areas(State& state, const geo::TrackPoint& point) const {
  state.areas.clear();
  index.find(*point.position, state.areas);
  if (state.areas.empty()) return;
  std::erase_if(state.areas, [&](std::uint32_t area) {
    const AreaLimits& limit = limits[area];
    return !limit.time.contains(point.time) ||
           (limit.altitude && !height_fits(*limit.altitude, point));
  });
}

void Watcher::Impl::find_violations(const State& state, const Match& match) {
  violations.clear();
  // Only between fixes, so that nothing of this one points at what is thrown away.
  if (verdicts.size() > kVerdictsKept) verdicts.clear();
  for (const std::uint32_t area : state.areas) {
    for (const Broken& broken : verdict(area, match)) {
      violations.push_back({broken.kind, &broken.clause, area, &broken});
    }
  }
  if (match.activity != kNoActivity && !match.conforming) {
    const terms::Purpose purpose = activities[match.activity].activity.purpose;
    violations.push_back(
        {FindingKind::outside_volume, &agreement->procedure(purpose).clause, kNoArea, nullptr});
  }
}

const ActivityId& Watcher::Impl::activity_id(const State& state) const {
  static const ActivityId kNone;
  return state.activity == kNoActivity ? kNone : activities[state.activity].activity.id;
}

bool Watcher::Impl::is_open_for(const OpenFinding& open, const Violation& violation,
                                const State& state) const {
  const Finding& finding = open.finding;
  if (finding.kind != violation.kind || finding.clause != *violation.clause) return false;
  if (finding.activity != activity_id(state)) return false;
  return violation.area == kNoArea ? finding.area.value.empty()
                                   : finding.area == agreement->areas()[violation.area].id;
}

void Watcher::Impl::open(State& state, const Violation& violation, const geo::TrackPoint& point,
                         std::vector<FindingEvent>& out) {
  Finding finding;
  finding.kind = violation.kind;
  finding.clause = *violation.clause;
  finding.activity = activity_id(state);
  finding.confidence = Confidence::probable;
  if (state.activity != kNoActivity) finding.who = activities[state.activity].activity.operator_id;
  if (violation.broken != nullptr) {
    finding.area = agreement->areas()[violation.area].id;
    if (violation.broken->unclear) finding.confidence = Confidence::plausible;
    finding.text = violation.broken->text;
  } else {
    finding.text = fmt::format("The flight belongs to activity {} and is outside all its volumes.",
                               finding.activity.value);
  }
  finding.aircraft = point.address;
  finding.aircraft_is_icao = point.address_is_icao;
  finding.callsign = state.last.callsign;
  finding.first = finding.last = fix_of(point);
  state.open.push_back({next_key++, finding});
  out.push_back({FindingEvent::What::opened, state.open.back().key, std::move(finding)});
}

void Watcher::Impl::close_all(State& state, FindingEnd end, std::vector<FindingEvent>& out) {
  for (OpenFinding& open : state.open) {
    open.finding.end = end;
    out.push_back({FindingEvent::What::closed, open.key, std::move(open.finding)});
  }
  state.open.clear();
}

// Sets the open findings against what this fix breaks: goes on, closes, opens.
void Watcher::Impl::settle(State& state, const geo::TrackPoint& point,
                           std::vector<FindingEvent>& out) {
  if (state.open.empty() && violations.empty()) return;
  std::erase_if(state.open, [&](OpenFinding& open) {
    const auto found = std::find_if(violations.begin(), violations.end(), [&](const Violation& v) {
      return is_open_for(open, v, state);
    });
    if (found == violations.end()) {
      open.finding.end = FindingEnd::left;
      out.push_back({FindingEvent::What::closed, open.key, std::move(open.finding)});
      return true;
    }
    open.finding.last = fix_of(point);
    ++open.finding.fixes;
    if (open.finding.callsign.empty()) open.finding.callsign = state.last.callsign;
    violations.erase(found);
    return false;
  });
  for (const Violation& violation : violations) open(state, violation, point, out);
}

void Watcher::Impl::observe_airborne(State& state, const geo::TrackPoint& point,
                                     std::vector<FindingEvent>& out) {
  if (!state.open.empty() && point.time - state.last_fix > gap_ms) {
    close_all(state, FindingEnd::lost, out);
  }
  state.last_fix = point.time;
  const Match matched = match(state, point);
  state.activity = matched.activity;
  find_areas(state, point);
  if (state.areas.empty() && matched.activity == kNoActivity && state.open.empty()) return;
  find_violations(state, matched);
  settle(state, point, out);
}

void Watcher::Impl::observe(const geo::TrackPoint& point, std::vector<FindingEvent>& out) {
  ++counts.points;
  if (!point.position) ++counts.without_position;
  const std::uint32_t key = key_of(point);
  auto found = tracks.find(key);
  if (found == tracks.end()) {
    if (tracks.size() >= limits::kTracksKept) {
      ++counts.tracks_refused;
      return;
    }
    found = tracks.try_emplace(key).first;
    found->second.last = point;
    found->second.heard = point.time;
  }
  State& state = found->second;
  if (point.time < state.heard) {
    ++counts.out_of_order;
    return;
  }
  if (point.time - state.heard > gap_ms * kGapsUntilForgotten) {
    // The same as if tick() had come in between.
    close_all(state, FindingEnd::lost, out);
    state = State{};
    state.last = point;
  }
  state.heard = point.time;
  if (!point.callsign.empty() && point.callsign != state.last.callsign) {
    state.last.callsign = point.callsign;
    state.generation = 0;  // the activities that list it are others now
  }
  keep_motion(state.last, point);
  if (!point.position && !point.on_ground) return;
  if (point.position) {
    take_fix(state.last, point);
  } else {
    state.last.on_ground = true;
  }
  if (point.on_ground) {
    // A landing that is heard of after a silence was not watched.
    const bool watched = point.time - state.last_fix <= gap_ms;
    close_all(state, watched ? FindingEnd::ended : FindingEnd::lost, out);
    state.areas.clear();
    return;
  }
  observe_airborne(state, point, out);
}

void Watcher::Impl::tick(UtcMs now, std::vector<FindingEvent>& out) {
  std::vector<std::uint32_t> silent;
  for (const auto& [key, state] : tracks) {
    const bool lost = !state.open.empty() && now - state.last_fix > gap_ms;
    if (lost || now - state.heard > gap_ms * kGapsUntilForgotten) silent.push_back(key);
  }
  // The table has no order of its own; the answer must have one.
  std::sort(silent.begin(), silent.end());
  for (const std::uint32_t key : silent) {
    State& state = tracks.at(key);
    close_all(state, FindingEnd::lost, out);
    if (now - state.heard > gap_ms * kGapsUntilForgotten) tracks.erase(key);
  }
}

Track Watcher::Impl::describe(const State& state) const {
  Track track;
  track.last = state.last;
  if (state.activity != kNoActivity) {
    track.activity = activity_id(state);
    track.who = activities[state.activity].activity.operator_id;
  }
  track.areas = state.areas;
  track.open_findings = static_cast<std::uint32_t>(state.open.size());
  return track;
}

Watcher::Watcher(std::shared_ptr<const terms::Agreement> agreement)
    : impl_(std::make_unique<Impl>(std::move(agreement))) {}
Watcher::~Watcher() = default;
Watcher::Watcher(Watcher&&) noexcept = default;
Watcher& Watcher::operator=(Watcher&&) noexcept = default;

void Watcher::set_activities(std::vector<WatchedActivity> activities) {
  impl_->set_activities(std::move(activities));
}

void Watcher::observe(const geo::TrackPoint& point, std::vector<FindingEvent>& out) {
  impl_->observe(point, out);
}

void Watcher::tick(UtcMs now, std::vector<FindingEvent>& out) {
  impl_->tick(now, out);
}

std::vector<Track> Watcher::tracks() const {
  std::vector<Track> out;
  out.reserve(impl_->tracks.size());
  for (const auto& [key, state] : impl_->tracks) out.push_back(impl_->describe(state));
  std::sort(out.begin(), out.end(), [](const Track& a, const Track& b) {
    if (a.last.address != b.last.address) return a.last.address < b.last.address;
    return a.last.address_is_icao && !b.last.address_is_icao;
  });
  return out;
}

Watcher::Counts Watcher::counts() const {
  return impl_->counts;
}

std::size_t Watcher::bytes() const {
  constexpr std::size_t kNode = 3 * sizeof(void*);  // of a hash table: links and the heap's header
  std::size_t total = sizeof(Impl) + impl_->index.bytes();
  total += impl_->limits.capacity() * sizeof(AreaLimits);
  for (const auto& [key, state] : impl_->tracks) {
    total += kNode + sizeof(std::pair<const std::uint32_t, State>);
    total += (state.areas.capacity() + state.candidates.capacity()) * sizeof(std::uint32_t);
    total += state.open.capacity() * sizeof(OpenFinding);
  }
  for (const auto& [key, verdict] : impl_->verdicts) {
    total += kNode + sizeof(std::pair<const std::uint64_t, Verdict>);
    for (const Broken& broken : verdict) total += sizeof(Broken) + broken.text.capacity();
  }
  total += impl_->tracks.bucket_count() * sizeof(void*);
  total += impl_->verdicts.bucket_count() * sizeof(void*);
  for (const Active& active : impl_->activities) {
    total += sizeof(Active) + active.activity.volumes.capacity() * sizeof(geo::Volume4);
  }
  return total;
}

}  // namespace detente::watch
