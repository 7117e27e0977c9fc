// SPDX-License-Identifier: Apache-2.0
//
// Most fixes lie in no area and belong to no activity: they cost one look into the table of tracks
// and one into the index of areas. What the agreement says of an area is asked once for each
// question (who, with which purpose, covered or not) and remembered.
#include "watch/watcher.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <deque>
#include <unordered_map>

#include "base/limits.h"

namespace detente::watch {
namespace {

constexpr std::uint32_t kNoArea = 0xFFFFFFFF;
constexpr std::uint32_t kNoActivity = 0xFFFFFFFF;
constexpr std::uint32_t kGone = 0xFFFFFFFE;  // an activity that is not in the list any more
constexpr std::uint32_t kNotIcao = 0x80000000;
// A track that was silent for this many gaps is forgotten, its callsign too.
constexpr std::int64_t kGapsUntilForgotten = 10;
constexpr std::size_t kVerdictsKept = 1'000'000;

// A clause that a fix breaks in one area, as the agreement answered.
struct Broken {
  FindingKind kind = FindingKind::area_entered;
  std::uint32_t clause = 0;  // its number in Impl::clauses
  bool unclear = false;
  std::shared_ptr<const std::string> text;
};
using Verdict = std::vector<Broken>;

// When an area is in force and at which heights; 32 bytes, because every fix looks at several.
struct AreaLimits {
  TimeSpan time;
  std::int32_t lower_mm = 0;  // limits::kAltitudeMmMin to kAltitudeMmMax
  std::int32_t upper_mm = 0;
  geo::AltitudeReference reference = geo::AltitudeReference::msl;
  bool has_heights = false;
};

// Which activity a finding names; it outlives the activity.
struct Label {
  ActivityId id;
  PartyId operator_id;
};

struct Active {
  WatchedActivity activity;
  TimeSpan span;  // from the first start to the last end of its volumes
  std::shared_ptr<const Label> label;
};

// Numbers that say which episode a finding is, compared for every fix instead of its texts.
struct Episode {
  FindingKind kind = FindingKind::area_entered;
  std::uint32_t clause = 0;
  std::uint32_t area = kNoArea;
  std::uint32_t activity = kNoActivity;
  friend bool operator==(const Episode&, const Episode&) = default;
};

// Every fix of a track belongs to all its open findings, so the last fix and the count stand in the
// track once; a finding is not touched while it goes on.
// Everything that is long is shared, so that many open findings stay in the processor's caches.
struct OpenFinding {
  std::uint64_t key = 0;
  Episode episode;
  bool unclear = false;
  std::uint64_t fixes_before = 0;  // how many fixes the track had when this one opened
  Fix first;
  std::string callsign;
  std::shared_ptr<const Label> label;       // nothing where no activity matched
  std::shared_ptr<const std::string> text;  // nothing for outside_volume
};

// The activity that a fix belongs to.
struct Match {
  std::uint32_t activity = kNoActivity;
  bool conforming = false;
  friend bool operator==(const Match&, const Match&) = default;
};

// One aircraft. What every report looks at stands first, on two cache lines.
struct State {
  UtcMs heard;                   // the newest time of any report
  std::uint64_t fixes = 0;       // how many airborne positions there were
  std::uint32_t generation = 0;  // of the list of activities that `candidates` is from
  // What the newest fix was judged by. While it stays the same, so do the open findings.
  bool settled = false;
  std::uint32_t judging = 0;  // of the terms and the hour that it was judged by
  Match match;
  std::vector<std::uint32_t> areas;
  std::vector<std::uint32_t> candidates;  // activities that list this aircraft
  std::vector<OpenFinding> open;
  Fix fix;  // the newest airborne position
  geo::TrackPoint last;
};

// The states by key: open addressing over slots that never move, so that a report costs one look
// into a small table and one into its state.
class Tracks {
 public:
  Tracks() : table_(1'024) {}

  State* find(std::uint32_t key) {
    for (std::size_t at = home(key);; at = (at + 1) & (table_.size() - 1)) {
      if (table_[at].slot == kEmpty) return nullptr;
      if (table_[at].key == key) return &slots_[table_[at].slot];
    }
  }
  State& add(std::uint32_t key) {
    if (2 * (size_ + 1) > table_.size()) grow();
    std::uint32_t slot = 0;
    if (free_.empty()) {
      slot = static_cast<std::uint32_t>(slots_.size());
      slots_.emplace_back();
    } else {
      slot = free_.back();
      free_.pop_back();
    }
    put({key, slot});
    ++size_;
    return slots_[slot];
  }
  // In no order of its own, but the same for the same calls.
  template <class F>
  void each(F&& function) {
    for (const Entry& entry : table_) {
      if (entry.slot != kEmpty) function(entry.key, slots_[entry.slot]);
    }
  }
  // Forgets these; the others are put in again, so that no chain is broken.
  void erase(const std::vector<std::uint32_t>& keys) {
    if (keys.empty()) return;
    for (const std::uint32_t key : keys) {
      std::size_t at = home(key);
      while (table_[at].key != key || table_[at].slot == kEmpty)
        at = (at + 1) & (table_.size() - 1);
      slots_[table_[at].slot] = State{};
      free_.push_back(table_[at].slot);
      table_[at].key = kErased;
    }
    size_ -= keys.size();
    rebuild(table_.size());
  }
  std::size_t size() const { return size_; }
  std::size_t bytes() const {
    return table_.capacity() * sizeof(Entry) + slots_.size() * sizeof(State) +
           free_.capacity() * sizeof(std::uint32_t);
  }

 private:
  static constexpr std::uint32_t kEmpty = 0xFFFFFFFF;
  static constexpr std::uint32_t kErased = 0x7FFFFFFF;  // keys have 24 bits and the top one
  struct Entry {
    std::uint32_t key = 0;
    std::uint32_t slot = kEmpty;
  };
  std::size_t home(std::uint32_t key) const {
    const std::uint64_t mixed = key * 0x9E3779B97F4A7C15U;
    return static_cast<std::size_t>(mixed >> 32U) & (table_.size() - 1);
  }
  void put(const Entry& entry) {
    std::size_t at = home(entry.key);
    while (table_[at].slot != kEmpty) at = (at + 1) & (table_.size() - 1);
    table_[at] = entry;
  }
  void grow() { rebuild(table_.size() * 2); }
  void rebuild(std::size_t size) {
    std::vector<Entry> old(size);
    old.swap(table_);
    for (const Entry& entry : old) {
      if (entry.slot != kEmpty && entry.key != kErased) put(entry);
    }
  }

  std::vector<Entry> table_;
  std::deque<State> slots_;
  std::vector<std::uint32_t> free_;
  std::size_t size_ = 0;
};

// What one fix breaks. Borrows from the cache of verdicts.
struct Violation {
  Episode episode;
  const Broken* broken = nullptr;  // nothing for outside_volume
  bool known = false;              // belongs to a finding that is open
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
  std::vector<ClauseId> clauses;          // that were broken so far, by number
  // By area, for the commonest question: nobody known, no activity. Then by question.
  std::vector<std::optional<Verdict>> unidentified;
  std::unordered_map<std::uint64_t, Verdict> verdicts;

  std::optional<terms::StageId> stage;
  std::vector<std::int32_t> day_bounds;  // where the answer of a rule may change, in seconds
  std::size_t day_part = 0;              // between which two of them the verdicts hold
  UtcMs moment;                          // a time in that part
  std::uint32_t judging = 0;             // counts terms and parts of the day

  Tracks tracks;
  std::uint64_t next_key = 1;
  Counts counts;
  std::vector<Violation> violations;  // scratch, as the next
  std::vector<std::uint32_t> found_areas;

  static geo::AreaIndex index_of(const terms::Agreement& agreement) {
    std::vector<geo::Area> areas;
    areas.reserve(agreement.areas().size());
    for (const terms::AreaTerms& terms : agreement.areas()) areas.push_back(terms.area);
    return geo::AreaIndex(std::move(areas));
  }

  explicit Impl(std::shared_ptr<const terms::Agreement> a)
      : agreement(std::move(a)), gap_ms(0), index(index_of(*agreement)), parties(1) {
    take_terms();
  }

  // What is made from the agreement, but for the index.
  void take_terms() {
    gap_ms = agreement->clocks().track_gap_ms;
    limits.clear();
    forget_verdicts();
    day_bounds.clear();
    for (const terms::Rule& rule : agreement->rules()) {
      for (const terms::DailyWindow& window : rule.daily) {
        day_bounds.push_back(window.from_s);
        day_bounds.push_back(window.to_s);
      }
    }
    std::sort(day_bounds.begin(), day_bounds.end());
    day_bounds.erase(std::unique(day_bounds.begin(), day_bounds.end()), day_bounds.end());
    const TimeSpan valid = agreement->valid();
    for (const terms::AreaTerms& terms : agreement->areas()) {
      TimeSpan time = terms.time.value_or(valid);
      time.start = std::max(time.start, valid.start);
      time.end = std::min(time.end, valid.end);
      AreaLimits one{.time = time};
      if (terms.altitude) {
        one.has_heights = true;
        one.lower_mm = static_cast<std::int32_t>(terms.altitude->lower_mm);
        one.upper_mm = static_cast<std::int32_t>(terms.altitude->upper_mm);
        one.reference = terms.altitude->reference;
      }
      limits.push_back(one);
    }
  }

  void forget_verdicts() {
    unidentified.assign(agreement->areas().size(), std::nullopt);
    verdicts.clear();
    ++judging;
  }

  void set_activities(std::vector<WatchedActivity> list);
  void set_terms(std::shared_ptr<const terms::Agreement> next, std::optional<terms::StageId> begun,
                 std::vector<FindingEvent>& out);
  void set_moment(UtcMs time);
  std::uint32_t party_number(const PartyId& party);
  const Verdict& verdict(std::uint32_t area, const Match& match);
  Verdict judge(std::uint32_t area, const Match& match);
  std::uint32_t clause_number(const ClauseId& clause);
  void find_candidates(State& state) const;
  Match match(State& state, const geo::TrackPoint& point) const;
  void find_areas(const geo::TrackPoint& point);
  void find_violations(const State& state);
  void renumber(State& state, const std::vector<WatchedActivity>& list) const;

  void observe(const geo::TrackPoint& point, std::vector<FindingEvent>& out);
  void observe_airborne(State& state, const geo::TrackPoint& point, std::vector<FindingEvent>& out);
  void settle(State& state, const geo::TrackPoint& point, std::vector<FindingEvent>& out);
  const ActivityId& activity_id(const State& state) const;
  void open(State& state, const Violation& violation, const geo::TrackPoint& point,
            std::vector<FindingEvent>& out);
  Finding describe(const State& state, const OpenFinding& open) const;
  void close(const State& state, const OpenFinding& open, FindingEnd end,
             std::vector<FindingEvent>& out) const;
  void close_all(State& state, FindingEnd end, std::vector<FindingEvent>& out) const;
  void tick(UtcMs now, std::vector<FindingEvent>& out);
  Track describe(const State& state) const;
};

std::uint32_t Watcher::Impl::clause_number(const ClauseId& clause) {
  const auto found = std::find(clauses.begin(), clauses.end(), clause);
  if (found != clauses.end()) return static_cast<std::uint32_t>(found - clauses.begin());
  clauses.push_back(clause);
  return static_cast<std::uint32_t>(clauses.size() - 1);
}

std::uint32_t Watcher::Impl::party_number(const PartyId& party) {
  const auto found = std::find(parties.begin() + 1, parties.end(), party);
  if (found == parties.end()) {
    parties.push_back(party);
    return static_cast<std::uint32_t>(parties.size() - 1);
  }
  return static_cast<std::uint32_t>(found - parties.begin());
}

// Tracks and open findings name activities by number; a new list has other numbers.
void Watcher::Impl::renumber(State& state, const std::vector<WatchedActivity>& list) const {
  const auto moved = [&](std::uint32_t number) {
    if (number >= kGone) return number;
    const ActivityId& id = activities[number].activity.id;
    const auto same = std::lower_bound(
        list.begin(), list.end(), id,
        [](const WatchedActivity& a, const ActivityId& wanted) { return a.id < wanted; });
    if (same == list.end() || same->id != id) return kGone;
    return static_cast<std::uint32_t>(same - list.begin());
  };
  state.match.activity = moved(state.match.activity);
  if (state.match.activity == kGone) state.match = Match{};
  for (OpenFinding& open : state.open) open.episode.activity = moved(open.episode.activity);
  state.settled = false;
}

void Watcher::Impl::set_activities(std::vector<WatchedActivity> list) {
  std::sort(list.begin(), list.end(),
            [](const WatchedActivity& a, const WatchedActivity& b) { return a.id < b.id; });
  tracks.each([&](std::uint32_t, State& state) { renumber(state, list); });
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
    auto label = std::make_shared<const Label>(Label{activity.id, activity.operator_id});
    activities.push_back({std::move(activity), span, std::move(label)});
  }
}

Verdict Watcher::Impl::judge(std::uint32_t area, const Match& match) {
  terms::Question question;
  question.time = TimeSpan{moment, moment + 1};
  question.stage = stage;
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
    const std::uint32_t clause = clause_number(reason.clause);
    const auto same = std::find_if(verdict.begin(), verdict.end(), [&](const Broken& b) {
      return b.kind == kind && b.clause == clause;
    });
    if (same == verdict.end()) {
      verdict.push_back(
          {kind, clause, reason.unclear, std::make_shared<const std::string>(reason.text)});
    } else if (same->unclear && !reason.unclear) {
      // Two rules of one clause: one finding, as sure as the surer of them.
      same->unclear = false;
      same->text = std::make_shared<const std::string>(reason.text);
    }
  }
  return verdict;
}

const Verdict& Watcher::Impl::verdict(std::uint32_t area, const Match& match) {
  if (match.activity == kNoActivity) {
    std::optional<Verdict>& kept = unidentified[area];
    if (!kept) kept = judge(area, match);
    return *kept;
  }
  const auto purpose = static_cast<std::uint64_t>(activities[match.activity].activity.purpose);
  const std::uint64_t question = static_cast<std::uint64_t>(who_number[match.activity]) << 8U |
                                 purpose << 1U | (match.conforming ? 1U : 0U);
  const std::uint64_t key = question << 32U | area;
  const auto found = verdicts.find(key);
  if (found != verdicts.end()) return found->second;
  return verdicts.emplace(key, judge(area, match)).first->second;
}

// Most agreements know no hours of the day; then this is one comparison.
void Watcher::Impl::set_moment(UtcMs time) {
  moment = time;
  if (day_bounds.empty()) return;
  constexpr std::int64_t kDayMs = 86'400'000;
  const std::int64_t of_day = ((time.value % kDayMs) + kDayMs) % kDayMs;
  const auto second = static_cast<std::int32_t>(of_day / 1'000);
  const auto after = std::upper_bound(day_bounds.begin(), day_bounds.end(), second);
  // Before the first bound is the same part as after the last one.
  const auto part = static_cast<std::size_t>(after - day_bounds.begin()) % day_bounds.size();
  if (part == day_part) return;
  day_part = part;
  forget_verdicts();
}

void Watcher::Impl::set_terms(std::shared_ptr<const terms::Agreement> next,
                              std::optional<terms::StageId> begun, std::vector<FindingEvent>& out) {
  std::unordered_map<AreaId, std::uint32_t> numbers;
  for (const terms::AreaTerms& area : next->areas()) {
    numbers.emplace(area.id, static_cast<std::uint32_t>(numbers.size()));
  }
  std::vector<std::uint32_t> renumbered;
  for (const terms::AreaTerms& area : agreement->areas()) {
    const auto found = numbers.find(area.id);
    renumbered.push_back(found == numbers.end() ? kNoArea : found->second);
  }
  std::vector<std::uint32_t> keys;
  tracks.each([&](std::uint32_t key, const State&) { keys.push_back(key); });
  std::sort(keys.begin(), keys.end());
  for (const std::uint32_t key : keys) {
    State& state = *tracks.find(key);
    std::erase_if(state.open, [&](const OpenFinding& open) {
      const std::uint32_t area = open.episode.area;
      if (area == kNoArea || renumbered[area] != kNoArea) return false;
      close(state, open, FindingEnd::ended, out);
      return true;
    });
    for (OpenFinding& open : state.open) {
      if (open.episode.area != kNoArea) open.episode.area = renumbered[open.episode.area];
    }
    for (std::uint32_t& area : state.areas) area = renumbered[area];
    std::erase(state.areas, kNoArea);
    std::sort(state.areas.begin(), state.areas.end());
    state.settled = false;
  }
  if (next != agreement) index = index_of(*next);
  agreement = std::move(next);
  stage = std::move(begun);
  take_terms();
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

void Watcher::Impl::find_areas(const geo::TrackPoint& point) {
  found_areas.clear();
  index.find(*point.position, found_areas);
  if (found_areas.empty()) return;
  std::array<std::int64_t, 3> slack{};  // by the reference of the area's heights
  for (std::size_t i = 0; i < slack.size(); ++i) {
    slack.at(i) = geo::reference_mismatch_mm(static_cast<geo::AltitudeReference>(i),
                                             point.altitude_reference);
  }
  std::erase_if(found_areas, [&](std::uint32_t area) {
    const AreaLimits& limit = limits[area];
    if (!limit.time.contains(point.time)) return true;
    if (!limit.has_heights || !point.altitude_mm) return false;
    const std::int64_t doubt = slack.at(static_cast<std::size_t>(limit.reference));
    return *point.altitude_mm < limit.lower_mm - doubt ||
           *point.altitude_mm > limit.upper_mm + doubt;
  });
}

void Watcher::Impl::find_violations(const State& state) {
  const Match& match = state.match;
  violations.clear();
  // Only between fixes, so that nothing of this one points at what is thrown away.
  if (verdicts.size() > kVerdictsKept) verdicts.clear();
  for (const std::uint32_t area : state.areas) {
    for (const Broken& broken : verdict(area, match)) {
      violations.push_back({{broken.kind, broken.clause, area, match.activity}, &broken, false});
    }
  }
  if (match.activity != kNoActivity && !match.conforming) {
    const terms::Purpose purpose = activities[match.activity].activity.purpose;
    const std::uint32_t clause = clause_number(agreement->procedure(purpose).clause);
    violations.push_back(
        {{FindingKind::outside_volume, clause, kNoArea, match.activity}, nullptr, false});
  }
}

const ActivityId& Watcher::Impl::activity_id(const State& state) const {
  static const ActivityId kNone;
  return state.match.activity == kNoActivity ? kNone : activities[state.match.activity].activity.id;
}

Finding Watcher::Impl::describe(const State& state, const OpenFinding& open) const {
  Finding finding;
  finding.kind = open.episode.kind;
  finding.clause = clauses[open.episode.clause];
  finding.confidence = open.unclear ? Confidence::plausible : Confidence::probable;
  if (open.label) {
    finding.activity = open.label->id;
    finding.who = open.label->operator_id;
  }
  if (open.episode.area != kNoArea) finding.area = agreement->areas()[open.episode.area].id;
  finding.aircraft = state.last.address;
  finding.aircraft_is_icao = state.last.address_is_icao;
  finding.callsign = open.callsign.empty() ? state.last.callsign : open.callsign;
  finding.first = finding.last = open.first;
  if (open.text) {
    finding.text = *open.text;
  } else {
    finding.text =
        fmt::format("{} is outside all volumes of its activity {}.",
                    finding.callsign.empty() ? fmt::format("Aircraft {:06x}", finding.aircraft)
                                             : finding.callsign,
                    finding.activity.value.substr(0, 8));
  }
  return finding;
}

void Watcher::Impl::open(State& state, const Violation& violation, const geo::TrackPoint& point,
                         std::vector<FindingEvent>& out) {
  OpenFinding open;
  open.key = next_key++;
  open.episode = violation.episode;
  open.fixes_before = state.fixes;
  open.first = fix_of(point);
  open.callsign = state.last.callsign;
  if (state.match.activity != kNoActivity) open.label = activities[state.match.activity].label;
  if (violation.broken != nullptr) {
    open.unclear = violation.broken->unclear;
    open.text = violation.broken->text;
  }
  out.push_back({FindingEvent::What::opened, open.key, describe(state, open)});
  state.open.push_back(std::move(open));
}

void Watcher::Impl::close(const State& state, const OpenFinding& open, FindingEnd end,
                          std::vector<FindingEvent>& out) const {
  Finding finding = describe(state, open);
  finding.end = end;
  finding.last = state.fix;
  finding.fixes = state.fixes - open.fixes_before;
  out.push_back({FindingEvent::What::closed, open.key, std::move(finding)});
}

void Watcher::Impl::close_all(State& state, FindingEnd end, std::vector<FindingEvent>& out) const {
  for (const OpenFinding& open : state.open) close(state, open, end, out);
  state.open.clear();
  state.settled = false;
}

// Sets the open findings against what this fix breaks: goes on, closes, opens.
void Watcher::Impl::settle(State& state, const geo::TrackPoint& point,
                           std::vector<FindingEvent>& out) {
  std::erase_if(state.open, [&](const OpenFinding& open) {
    const auto found = std::find_if(violations.begin(), violations.end(),
                                    [&](const Violation& v) { return v.episode == open.episode; });
    if (found == violations.end()) {
      close(state, open, FindingEnd::left, out);
      return true;
    }
    found->known = true;
    return false;
  });
  for (const Violation& violation : violations) {
    if (!violation.known) open(state, violation, point, out);
  }
}

void Watcher::Impl::observe_airborne(State& state, const geo::TrackPoint& point,
                                     std::vector<FindingEvent>& out) {
  if (!state.open.empty() && point.time - state.fix.time > gap_ms) {
    close_all(state, FindingEnd::lost, out);
  }
  set_moment(point.time);
  const Match matched = match(state, point);
  find_areas(point);
  if (!state.settled || state.judging != judging || matched != state.match ||
      found_areas != state.areas) {
    state.match = matched;
    state.areas = found_areas;
    find_violations(state);
    settle(state, point, out);
    state.settled = true;
    state.judging = judging;
  }
  state.fix = fix_of(point);
  ++state.fixes;
}

void Watcher::Impl::observe(const geo::TrackPoint& point, std::vector<FindingEvent>& out) {
  ++counts.points;
  if (!point.position) ++counts.without_position;
  const std::uint32_t key = key_of(point);
  State* found = tracks.find(key);
  if (found == nullptr) {
    if (tracks.size() >= limits::kTracksKept) {
      ++counts.tracks_refused;
      return;
    }
    found = &tracks.add(key);
    found->last = point;
    found->heard = point.time;
  }
  State& state = *found;
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
    const bool watched = point.time - state.fix.time <= gap_ms;
    close_all(state, watched ? FindingEnd::ended : FindingEnd::lost, out);
    state.areas.clear();
    return;
  }
  observe_airborne(state, point, out);
}

void Watcher::Impl::tick(UtcMs now, std::vector<FindingEvent>& out) {
  std::vector<std::uint32_t> silent;
  std::vector<std::uint32_t> forgotten;
  tracks.each([&](std::uint32_t key, const State& state) {
    const bool forget = now - state.heard > gap_ms * kGapsUntilForgotten;
    const bool lost = !state.open.empty() && now - state.fix.time > gap_ms;
    if (lost || (forget && !state.open.empty())) silent.push_back(key);
    if (forget) forgotten.push_back(key);
  });
  // The table has no order of its own; the answer must have one.
  std::sort(silent.begin(), silent.end());
  for (const std::uint32_t key : silent) close_all(*tracks.find(key), FindingEnd::lost, out);
  tracks.erase(forgotten);
}

Track Watcher::Impl::describe(const State& state) const {
  Track track;
  track.last = state.last;
  if (state.match.activity != kNoActivity) {
    track.activity = activity_id(state);
    track.who = activities[state.match.activity].activity.operator_id;
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
void Watcher::set_terms(std::shared_ptr<const terms::Agreement> agreement,
                        std::optional<terms::StageId> stage, std::vector<FindingEvent>& out) {
  impl_->set_terms(std::move(agreement), std::move(stage), out);
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
  impl_->tracks.each(
      [&](std::uint32_t, const State& state) { out.push_back(impl_->describe(state)); });
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
  total += impl_->tracks.bytes();
  impl_->tracks.each([&](std::uint32_t, const State& state) {
    total += (state.areas.capacity() + state.candidates.capacity()) * sizeof(std::uint32_t);
    total += state.open.capacity() * sizeof(OpenFinding);
  });
  for (const auto& [key, verdict] : impl_->verdicts) {
    total += kNode + sizeof(std::pair<const std::uint64_t, Verdict>);
    for (const Broken& broken : verdict) total += sizeof(Broken) + broken.text->capacity();
  }
  total += impl_->unidentified.capacity() * sizeof(std::optional<Verdict>);
  for (const std::optional<Verdict>& verdict : impl_->unidentified) {
    if (!verdict) continue;
    for (const Broken& broken : *verdict) total += sizeof(Broken) + broken.text->capacity();
  }
  total += impl_->verdicts.bucket_count() * sizeof(void*);
  for (const Active& active : impl_->activities) {
    total += sizeof(Active) + active.activity.volumes.capacity() * sizeof(geo::Volume4);
  }
  return total;
}

}  // namespace detente::watch
