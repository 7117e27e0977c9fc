// SPDX-License-Identifier: Apache-2.0
//
// The consent machine: every activity's state, from the logs alone (design section 5).
//
// Entries are given log by log, each log in its own order; the order between logs does not matter:
// the same set of entries gives the same states. Nothing becomes active by silence, by time or by
// default: active needs an "activity.activate" of the owner that carries its evidence, and every
// concurrence that the agreement asks for, standing in the other parties' logs.
//
// Bodies (docs/protocol/activity.md):
//   activity.propose  airspace/activity.h
//   activity.concur   {"activity":"<id>"}                 refs: the proposal's entry
//   activity.object   {"activity":"<id>","clause":"3.2","reason":".."}   refs: the proposal's entry
//   activity.read_back {"activity":"<id>","place":"Idlib","distance_m":1234,"bearing_deg":87,
//                     "agrees":true,"reason":".."}        refs: the proposal's entry
//   activity.withdraw {"activity":"<id>","reason":".."}
//   activity.activate {"activity":"<id>","receipts":["<note>",..],"fresh":["<note>",..]}
//                     refs: the proposal's entry, then every concurrence's entry
//   activity.release  {"activity":"<id>","volumes":[1,2],"until":"<RFC 3339>","reason":".."}
//   activity.contingent {"activity":"<id>","reason":"..","volumes":[{..}]}
//   activity.offer    {"activity":"<id>","volumes":[{..}],"reason":".."}
//   activity.end      {"activity":"<id>","reason":".."}
//   stop.send         {"activity":"<id>" or "","reason":".."}   "" stops every new activation
//   stop.ack          {"stop":"<statement id>"}
//   stop.lift         {"stop":"<statement id>","reason":".."}
// `receipts`: for each party whose concurrence is needed, a checkpoint of the owner's log that
// covers the proposal, with that party's mirror cosignature: its time is when the notice was held.
// `fresh`: the same with that party's witness cosignature not older than the agreement's fresh_ms.
//
// An activation counts only if every private check that the agreement asks for stands in the logs
// (check_index.h), of this very plan.
//
// A concurrence counts when: its party is not the owner; it refers to the proposal's leaf; at its
// place in its log that party had no live activity of its own that conflicts; the geometry was read
// back where the agreement asks for it; no later objection of the same party stands before it is
// used. Different officers are counted, not signatures.
// Threads: one at a time.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "airspace/activity.h"
#include "airspace/check_index.h"
#include "airspace/conflict_index.h"
#include "airspace/place_check.h"
#include "base/strong.h"
#include "record/log_reader.h"
#include "terms/agreement.h"
#include "terms/agreement_ledger.h"

namespace detente::airspace {

enum class ActivityState : std::uint8_t {
  proposed,
  conflicted,  // a live activity of someone comes closer than the separation
  objected,
  concurred,  // every needed concurrence stands in the logs
  active,
  nonconforming,  // active, and a finding says that its tracks left the volumes
  contingent,     // active, and its owner says that it may not keep to its volumes
  ended,
  withdrawn,
};
const char* state_name(ActivityState state);

// One answered step, for showing who said what, when, and where it stands.
struct Step {
  PartyId party;
  std::string type;                   // statement type
  std::vector<std::string> officers;  // who signed
  UtcMs time;                         // the entry's
  record::Ref ref;
  bool counts = true;
  std::string why;  // reason given, or why it does not count
};

struct ConcurrenceNeeded {
  PartyId party;
  int officers_needed = 0;
  int officers_have = 0;
};

// A volume that an activity occupies. Its number counts from 1: first those of the plan, then the
// off-nominal ones.
struct Occupied {
  std::uint32_t number = 0;
  geo::Volume4 volume;
  bool off_nominal = false;
};

struct ReleaseView {
  Step step;                           // why: the reason
  std::vector<std::uint32_t> volumes;  // by number; empty: all
  std::optional<UtcMs> until;
};

struct OfferView {
  Step step;  // why: the reason
  std::vector<geo::Volume4> volumes;
};

struct ReadBackView {
  Step step;  // why: what does not fit, or the reason given
  ReadBack read_back;
  bool matches = false;  // by the terms of the moment
};

// A private check that the agreement asks of an activity, and how far it is.
struct CheckView {
  terms::CheckNeeded needed;
  CheckStage stage = CheckStage::none;
};

struct ActivityView {
  ActivityId id;
  PartyId owner;  // whose log it stands in
  ActivityPlan plan;
  ActivityState state = ActivityState::proposed;
  std::string state_why;  // one sentence where the state needs one, e.g. why it is withdrawn
  bool late = false;      // lead time not kept, so it can never become active
  std::string late_why;
  std::string forbidden;  // why the terms of the moment let it never become active; empty if not
  record::Ref proposal;
  UtcMs proposed_at;
  std::optional<UtcMs> active_since;
  std::vector<ConcurrenceNeeded> needed;
  ConcurrenceNeeded owner_keys;           // officers of the owner on proposal and activation
  std::vector<PartyId> read_back_needed;  // of whom a read-back that matches is still missing
  std::vector<ReadBackView> read_backs;   // by party's log, then index
  std::vector<ActivityId> conflicts;      // live activities too close
  std::vector<Meeting> meetings;          // the same, with the first pair of volumes
  std::vector<terms::Reason> rules;       // clauses that applied to the plan
  std::vector<Step> steps;                // ascending by time, then party, then index
  PlaceCheck place_check;
  std::vector<CheckView> checks;          // by the terms of the moment
  std::optional<record::Ref> check_plan;  // the commitment to the plan that was checked
  std::optional<ActivityId> replaced_by;  // what closed it, or the newest that would
  std::vector<Occupied> occupied;         // what is left of its volumes, and what was added
  std::vector<ReleaseView> releases;      // by index
  std::vector<geo::Volume4> off_nominal;
  std::string contingent_why;                   // the reason of the last such statement
  std::vector<OfferView> offers;                // by index
  std::vector<terms::ExceptionUse> exceptions;  // declared for this activity, ascending by time
  std::string exception_note;  // an exception that it uses and nobody declared; empty if none
  std::int64_t version = 1;    // of the agreement: by which it became active, or of the moment
  std::string not_in_force;    // why nothing becomes active at this moment; empty if it may
};

struct StopView {
  StatementId id;
  PartyId from;
  std::optional<ActivityId> activity;
  std::string reason;
  UtcMs sent;
  record::Ref ref;
  struct Ack {
    PartyId party;
    std::string officer;
    UtcMs time;
  };
  std::vector<Ack> acks;
  std::optional<UtcMs> lifted;
};

// Who would file a plan, and what it would replace.
struct Filer {
  PartyId party;
  std::optional<ActivityId> replaces;
};
// A live activity near a plan, with what it occupies now.
struct Neighbour {
  ActivityId id;
  PartyId owner;
  terms::FlightKind kind;
  std::vector<Occupied> occupied;
};
struct Neighbours {
  std::vector<Neighbour> list;  // in the order in which they came to be known here
  bool more = false;            // there are others beyond the limit
};

class Ledger {
 public:
  explicit Ledger(std::shared_ptr<const terms::Agreement> agreement);
  ~Ledger();
  Ledger(Ledger&&) noexcept;
  Ledger& operator=(Ledger&&) noexcept;

  // The next entry of a party's log, already judged by its LogReader. Types that are not the
  // ledger's are ignored; a malformed body has no effect and is kept in refused().
  void apply(const PartyId& party, const record::Entry& entry,
             const std::vector<std::string>& officers);

  // Guards: may `party` log this statement now? The same conditions that apply() counts by.
  // `seen` are the heads that the entry's header would carry. Errors: activity_*, link_not_fresh,
  // stop_in_force, stop_unknown, geo_*, json_*; for statements about the agreement itself those of
  // AgreementLedger::admit.
  Status admit(const PartyId& party, const record::Statement& statement,
               const std::vector<std::string>& officers, UtcMs now,
               const std::vector<record::Head>& seen) const;

  std::optional<ActivityView> view(const ActivityId& id, UtcMs now) const;
  std::vector<ActivityView> views(UtcMs now) const;  // ascending by id
  // An activity that is not known counts as withdrawn: it permits nothing.
  ActivityState state(const ActivityId& id, UtcMs now) const;
  std::vector<StopView> stops() const;  // ascending by time
  // Live activities that a plan would meet.
  std::vector<Meeting> meetings(const ActivityPlan& plan, const ActivityId& except,
                                UtcMs now) const;
  // Live activities within the largest separation of any version of volumes that nobody has filed,
  // at most `limit`; whether a pair is too close is still to be asked. What the filer would
  // replace, and what that replaces in turn, is left out.
  Neighbours near(std::span<const geo::Volume4> volumes, const Filer& filer, UtcMs now,
                  std::size_t limit) const;
  // Whose concurrence a plan of this owner would need, and of how many officers.
  static std::vector<terms::Procedure::Keys> needed(const ActivityPlan& plan, const PartyId& owner,
                                                    const terms::Agreement& version);
  // The refs and the body of an activation that would count now, from evidence at hand:
  // `notes` are checkpoints of the owner's log with cosignatures, oldest first.
  // activity_concurrence, activity_late, activity_evidence, link_not_fresh, activity_state ...
  struct Activation {
    std::vector<record::Ref> refs;
    std::string body;
  };
  Result<Activation> prepare_activation(const ActivityId& id, const std::vector<std::string>& notes,
                                        UtcMs now, const std::vector<record::Head>& seen) const;

  struct Refused {
    record::Ref ref;
    Error error;
  };
  const std::vector<Refused>& refused() const;

  // What has happened to the agreement, from the same entries.
  const terms::AgreementLedger& course() const;
  // A document of an amended version is at hand. Acts that waited for it are judged. As
  // AgreementLedger::learn.
  Status learn(const std::shared_ptr<const terms::Agreement>& version);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace detente::airspace
