// SPDX-License-Identifier: Apache-2.0
//
// The watch: tracks in, findings out, as they arrive.
//
// For every fix that has a position and is airborne:
//   1. matching: the fix belongs to an active activity when the aircraft's address or callsign is
//      one that the activity lists, and the time is within its span. It conforms when one of the
//      activity's volumes contains it (altitude with its reference: unknown altitude counts as
//      inside; mismatch of references counts in favour of conforming).
//   2. for every area that contains it (position, height, time): Agreement::judge with who
//      (operator of the matched activity, or unidentified), purpose (of the activity) and whether a
//      conforming active activity covers the fix. A broken forbid clause is area_entered, a broken
//      declare clause is undeclared.
//   3. matched and not conforming: outside_volume.
// A finding opens at the first such fix of an episode, keyed by (aircraft, kind, clause, area,
// activity), takes in the following ones, and closes at the first airborne fix that is not such a
// one ("left": `last` stays the last violating fix), on landing ("ended"), or when no fix came for
// longer than the agreement's track_gap_ms ("lost"; not observed is not clear). Confidence is
// plausible where the rule is unclear (unidentified), else probable.
//
// Where several active activities list an aircraft, the fix belongs to the first by id that it
// conforms to, else to the first by id. A callsign is kept until the aircraft sends another one
// (feeds send it apart from positions); addresses that are not ICAO's match by callsign only.
// outside_volume names the clause of the procedure for the activity's purpose. A clause broken by
// two rules in one area is one finding. Areas count only while the agreement is valid.
// A report on the ground without a position is a landing too. After a silence of more than the gap
// the next fix begins a new episode whether or not tick() came in between; after ten times that
// long the track is forgotten with its callsign.
//
// Rules that hold at some hours of the day, or in some stages of the agreement, are judged by the
// fix's time and by the stage that was set last.
//
// Reports of one aircraft must not go back in time; older ones are counted and ignored.
// Deterministic: the same calls give the same findings. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "geo/track.h"
#include "terms/agreement.h"
#include "watch/finding.h"

namespace detente::watch {

// What the watch needs to know of an active activity.
struct WatchedActivity {
  ActivityId id;
  PartyId operator_id;
  terms::Purpose purpose = terms::Purpose::transit;
  std::vector<std::string> callsigns;
  std::vector<std::uint32_t> aircraft;
  std::vector<geo::Volume4> volumes;
};

// An aircraft as last seen.
struct Track {
  geo::TrackPoint last;
  ActivityId activity;  // empty: none matched
  std::optional<PartyId> who;
  std::vector<std::uint32_t> areas;  // numbers of the agreement's areas that contain it
  std::uint32_t open_findings = 0;
};

// A finding that opened or closed by one call. `key` names the episode within this watcher.
struct FindingEvent {
  enum class What : std::uint8_t { opened, closed };
  What what = What::opened;
  std::uint64_t key = 0;
  Finding finding;
};

class Watcher {
 public:
  explicit Watcher(std::shared_ptr<const terms::Agreement> agreement);
  ~Watcher();
  Watcher(Watcher&&) noexcept;
  Watcher& operator=(Watcher&&) noexcept;

  // Replaces the list of active activities; their ids are distinct. Open findings go on.
  void set_activities(std::vector<WatchedActivity> activities);
  // Another version of the agreement, or another stage of it, is in force. Findings about areas
  // that it no longer has close ("ended"); the others are judged anew at the aircraft's next fix.
  void set_terms(std::shared_ptr<const terms::Agreement> agreement,
                 std::optional<terms::StageId> stage, std::vector<FindingEvent>& out);
  // Appends what opened or closed to `out`.
  void observe(const geo::TrackPoint& point, std::vector<FindingEvent>& out);
  // Closes findings of tracks that went silent; forgets tracks silent for ten times that long.
  void tick(UtcMs now, std::vector<FindingEvent>& out);

  std::vector<Track> tracks() const;  // ascending by address
  struct Counts {
    std::uint64_t points = 0;
    std::uint64_t without_position = 0;
    std::uint64_t out_of_order = 0;
    std::uint64_t tracks_refused = 0;  // beyond limits::kTracksKept
  };
  Counts counts() const;
  std::size_t bytes() const;  // memory used, roughly

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace detente::watch
