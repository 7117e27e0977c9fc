// SPDX-License-Identifier: Apache-2.0
//
// What the logs say about the hotline: alarms and who acknowledged them, warnings and what came
// after each, messages, who has the watch, test calls, accounts of calls.
//
// A pure function of the logs: entries are given log by log, each log in its own order; the order
// between logs does not matter. Everything here works in every state of the agreement.
// STOP's own rules (what it blocks, who lifts it) are airspace/ledger.h's; here it is an alarm.
//
// Not promised: that a test call or an acknowledgement was made by somebody who understood it.
// Threads: one at a time.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/strong.h"
#include "hotline/bodies.h"
#include "hotline/flash.h"
#include "record/statement.h"
#include "terms/agreement.h"

namespace detente::hotline {

struct Ack {
  PartyId party;
  std::string officer;
  UtcMs time;
};

// Where an entry of the hotline stands, and who signed it.
struct Sent {
  StatementId id;
  PartyId party;
  std::string officer;
  UtcMs time;
  record::Ref ref;
};

struct WarningView {
  Sent sent;
  WarningBody body;
  std::vector<Ack> acks;  // the first of each party, ascending by party
  std::optional<UtcMs> over;
  std::string over_why;
};

struct MessageView {
  Sent sent;
  MessageBody body;
  std::vector<Ack> reads;  // the first of each party, ascending by party
};

struct CallView {
  Sent sent;
  CallBody body;
};

// Which step of an alarm was taken at a party, as its node says.
struct Raised {
  PartyId party;
  int level = 1;
  UtcMs time;
  SirenResult siren = SirenResult::none;
};

// How far an alarm has gone: the number of steps whose time since `sent` has passed.
struct Escalation {
  int level = 0;
  std::optional<std::int64_t> next_ms;  // until the next step; nothing after the last
};
Escalation escalation(const terms::HotlineTerms& terms, UtcMs sent, UtcMs now);

// A STOP or a warning that asks to be acknowledged.
struct Alarm {
  StatementId id;
  bool stop = true;
  PartyId party;                   // who sent it
  std::optional<LeafIndex> index;  // nothing: it came by flash, the record does not have it yet
  UtcMs sent;                      // the entry's time; of a flash when it came
  std::string text;                // the reason, or the warning's text
  std::string kind;                // of a warning
  Escalation escalation;           // as it was when it was acknowledged
  std::vector<Ack> acks;
  bool acked = false;  // nothing is asked of the viewer any more
  std::vector<Raised> raised;
};

enum class WatchWhy : std::uint8_t { on_watch, nobody, over };
const char* watch_why_name(WatchWhy why);
struct TestView {
  Sent sent;
  PartyId to;
  std::optional<Ack> answered;
  bool overdue = false;
};
// One party's end of the line.
struct LineView {
  PartyId party;
  WatchWhy why = WatchWhy::nobody;
  std::string officer;  // of the newest watch
  std::optional<UtcMs> since;
  std::optional<UtcMs> until;
  std::vector<Shift> shifts;
  std::optional<TestView> test;   // the newest to this party
  std::optional<UtcMs> test_due;  // when the next is
};

// The time from a warning's first reading by the other side to the next event in its place.
struct Restrike {
  std::optional<UtcMs> read;
  struct Event {
    UtcMs time;
    bool incident = false;  // else a finding
    PartyId party;
    LeafIndex index;
    double distance_m = 0;  // from the place; 0 within
  };
  std::optional<Event> event;
  std::optional<std::int64_t> elapsed_ms;
};

class HotlineLedger {
 public:
  explicit HotlineLedger(std::shared_ptr<const terms::Agreement> agreement);

  // The next entry of a party's log, already judged by its LogReader. Types that are not the
  // hotline's are ignored; a malformed body has no effect.
  void apply(const PartyId& party, const record::Entry& entry,
             const std::vector<std::string>& officers);
  // May `party` log this now? Errors: those of the bodies, hotline_unknown, hotline_not_sender,
  // hotline_own, hotline_state, agreement_unknown_party. STOP is not asked here.
  Status admit(const PartyId& party, const record::Statement& statement,
               const std::vector<std::string>& officers, UtcMs now) const;

  // What asks `viewer` to acknowledge, or, of its own, the others: unacknowledged first, then STOP
  // before warnings, then ascending by time. `flashes` are at hand and not in the record. A STOP
  // that was lifted and a warning that is over or past ask for nothing any more.
  enum class Which : std::uint8_t { all, open };  // open: unacknowledged only
  std::vector<Alarm> alarms(const PartyId& viewer, const terms::HotlineTerms& terms,
                            const std::deque<Flash>& flashes, UtcMs now,
                            Which which = Which::all) const;
  std::vector<WarningView> warnings() const;  // ascending by time, then party, then index
  std::vector<MessageView> messages() const;  // the same
  std::vector<CallView> calls() const;        // the same
  std::vector<Raised> raised(const StatementId& subject) const;
  LineView line(const PartyId& party, const terms::HotlineTerms& terms, UtcMs now) const;
  // `place`: of the warning, or of the activity that it names; none: no event can be told.
  Restrike restrike(const WarningView& warning, std::span<const geo::Area> place) const;
  bool knows(const StatementId& id) const;  // a STOP, warning, message, test or call

 private:
  struct Stop {
    Sent sent;
    StopBody body;
    std::optional<UtcMs> lifted;
  };
  struct Test {
    Sent sent;
    PartyId to;
  };
  struct Watch {
    std::string officer;
    UtcMs since;
    UtcMs until;
    std::optional<UtcMs> left;
  };
  struct Event {
    PartyId party;
    LeafIndex index;
    bool incident = false;
    geo::PointE7 point;
  };
  using FirstAcks = std::map<PartyId, Ack>;  // the first of each party

  // Ids are unique within one log only. Who names an id means every statement that has it.
  using Key = std::pair<StatementId, PartyId>;

  void take_event(const PartyId& party, const record::Entry& entry);
  void take_watch(const Sent& sent, const record::Entry& entry);
  void take_call(const Sent& sent, const record::Entry& entry);
  void take_alarm(const Sent& sent, const record::Entry& entry);
  void take_raised(const Sent& sent, const record::Entry& entry);
  static void add_first(FirstAcks& acks, const Sent& sent);
  Status admit_answer(const PartyId& party, const record::Statement& statement) const;
  Status admit_call(const PartyId& party, const record::Statement& statement) const;
  Status admit_watch(const PartyId& party, const record::Statement& statement, UtcMs now) const;
  Status admit_message(const PartyId& party, const record::Statement& statement) const;
  Status other_party(const PartyId& self, const PartyId& other, const char* place) const;
  std::vector<Ack> acks_of(const StatementId& id) const;
  // When the last ack that `viewer` waits for came: its own; of its own alarm, and for a monitor,
  // every other party's.
  std::optional<UtcMs> acked_at(const std::vector<Ack>& acks, const PartyId& sender,
                                const PartyId& viewer) const;
  std::optional<UtcMs> first_read(const WarningView& warning) const;
  void finish(Alarm& alarm, std::optional<UtcMs> closed, const PartyId& viewer,
              const terms::HotlineTerms& terms, UtcMs now) const;

  std::shared_ptr<const terms::Agreement> agreement_;
  std::map<Key, Stop> stops_;
  std::map<Key, WarningView> warnings_;    // without acks
  std::map<StatementId, FirstAcks> acks_;  // of STOPs and warnings
  std::map<Key, MessageView> messages_;    // without reads
  std::map<Key, CallView> calls_;
  std::map<Key, Test> tests_;
  std::map<StatementId, FirstAcks> answers_;
  std::map<StatementId, std::map<std::pair<PartyId, int>, Raised>> raised_;
  std::map<record::Ref, FirstAcks> reads_;
  std::map<PartyId, Watch> watches_;  // the newest of each party
  std::map<PartyId, std::vector<Shift>> rosters_;
  std::multimap<UtcMs, Event> events_;
  std::map<Origin, PartyId> party_of_log_;
};

}  // namespace detente::hotline
