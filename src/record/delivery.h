// SPDX-License-Identifier: Apache-2.0
//
// Who has a statement, since when, by which proof: the four acknowledgements of one log entry, and
// deemed delivery.
//
//   seen     the party's witness key cosigned a head of the log that covers the entry
//   held     the party's mirror key did: every byte is on its disk. Delivered means held.
//   read     one of its officers signed a statement that names the entry
//   decided  its officers answered it; only where the agreement asks for an answer
//
// A step without a proof is never done. It is `pending` while its clock runs, `overdue` after that,
// and `missing` when it can no longer come in time. Silence never becomes an answer: no length of
// time makes a step `read` or `decided`.
//
// Deemed delivery answers "we never got it": where a counterpart has not held the entry for
// longer than overdue_ms, and at least deemed_quorum neutral mirrors have held it for at least
// deemed_ms, the entry counts as delivered to that counterpart. The clocks start with the neutral
// mirrors, never with the writer's own clock alone, so a writer cannot date its way to it.
//
// Pure; safe on every thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "record/receipt_book.h"

namespace detente::record {

struct DeliveryPolicy {
  std::int64_t overdue_ms = 600'000;   // a step without proof is overdue after this
  std::int64_t deemed_ms = 3'600'000;  // how long neutral mirrors must have held it
  int deemed_quorum = 0;               // how many of them; 0: nothing is ever deemed delivered
};

// Another party, or a neutral node, that acknowledges.
struct DeliveryParty {
  std::string id;
  bool neutral = false;     // a monitor or a mirror: its holding can make delivery deemed
  std::string witness_key;  // names of its keys, for showing who signed; "" if it has none
  std::string mirror_key;
};

// An officer's signed act on the entry, in the officer's own party's log.
struct PersonAct {
  std::string party;
  std::string officer;  // keyid
  std::string what;     // "read", "acknowledged", "concurred", "objected", ...
  UtcMs time;
  LeafIndex index;
};

// What is asked of the others, and what their officers have done.
struct StatementFacts {
  std::string owner;  // whose log it stands in
  LeafIndex index;
  UtcMs time;  // the entry's own
  std::string type;
  std::vector<std::string> asked;    // parties whose decision the agreement needs
  std::optional<UtcMs> answer_by;    // after this a reading or a decision comes too late
  std::vector<PersonAct> acts;       // statements that name the entry
  std::vector<PersonAct> decisions;  // answers that count in full: every officer needed signed
};

enum class StepState : std::uint8_t { done, pending, overdue, missing, not_asked };
const char* step_state_name(StepState state);  // "done", ... "not_asked"

struct DeliveryStep {
  StepState state = StepState::not_asked;
  std::optional<UtcMs> time;       // when it was done, by the signer's clock
  std::string by;                  // key name or officer
  std::string what;                // of a decision or a reading: which
  std::optional<TreeSize> size;    // proof: the cosigned checkpoint of this size ...
  std::optional<LeafIndex> index;  // ... or this entry of the party's own log
  std::optional<UtcMs> due;        // when a pending step becomes overdue, or an overdue one did
};

struct Deemed {
  UtcMs since;
  std::vector<std::string> holders;  // the neutral mirrors that held it first, quorum many
};

struct PartyDelivery {
  std::string party;
  bool neutral = false;
  DeliveryStep seen;
  DeliveryStep held;
  DeliveryStep read;
  DeliveryStep decided;
  std::optional<Deemed> deemed;  // only of a counterpart
};

// Whether people of the other side are asked to open a statement of this type: it asks them to do
// something, or to stop relying on something.
//   activity.propose, activity.object, activity.withdraw, activity.read_back, activity.release,
//   activity.contingent, activity.offer, stop.send, stop.lift, finding.open, note.text,
//   incident.report, evidence.found, agreement.state, agreement.amend, stage.begin, stage.reset,
//   exception.declare, warning.send, warning.over, message.send
// Others (answers, keys, link states, the record's own marks) need only be seen and held; if an
// officer read them all the same, that is shown.
bool wants_reading(std::string_view type);

// The steps of every other party, in the order of `parties`; the owner is left out. Reading is
// asked of counterparts, not of neutral nodes. `book` holds the cosignatures over the owner's log.
std::vector<PartyDelivery> delivery(const StatementFacts& facts, const ReceiptBook& book,
                                    const std::vector<DeliveryParty>& parties,
                                    const DeliveryPolicy& policy, UtcMs now);

}  // namespace detente::record
