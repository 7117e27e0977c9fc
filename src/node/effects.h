// SPDX-License-Identifier: Apache-2.0
//
// What goes into a node's step and what comes out. The shell carries out the durable effects of a
// step as one unit, in their order, and only then the others; if that fails it drops the step and
// feeds StoreFailed. So a signature leaves the node only after all that it covers is on the disk.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/strong.h"
#include "geo/track.h"
#include "hotline/bodies.h"
#include "record/statement.h"
#include "record/tiles.h"
#include "utm/details.h"
#include "utm/request.h"

namespace detente::node {

// ---- inputs ----

// An officer's signed statement, to be judged and logged. Answered with an Answer effect.
struct Submit {
  std::uint64_t request = 0;
  record::Envelope envelope;
};
// Several at once: they are logged one after the other, under one checkpoint and one sync.
struct SubmitGroup {
  std::vector<Submit> submits;
};
// Statements that stand or fall together: all are logged, in their order and under one checkpoint,
// or none is. Only types that do not rest on one another (site.register). Answered with one Answer:
// the first one's place, the others follow it; or the first refusal, with "statement/<n>".
struct SubmitWhole {
  std::uint64_t request = 0;
  std::vector<record::Envelope> envelopes;
};
// What a Fetch brought: the bytes, or why not (Errc::http_not_found where the peer has no such
// file; any other error counts as "no contact").
struct Fetched {
  PartyId peer;
  std::string path;
  Result<Bytes> bytes;
  std::size_t from = 0;  // where in the file the bytes begin: 0, or what Fetch::from asked for
};
// A peer says that it has something new.
struct Nudged {
  PartyId peer;
};
// Positions from a feed.
struct Observed {
  std::vector<geo::TrackPoint> points;
};
// Time passes: polls, heartbeats, silent tracks, link states.
struct Tick {};
// An effect could not be carried out; the node stops writing (Errc::node_halted from then on).
struct StoreFailed {
  Error error;
};
// What a foreign witness answered to an AddCheckpoint.
struct WitnessAnswered {
  std::string witness;  // name of its key
  int status = 0;       // of HTTP; 0: it could not be reached
  std::string body;
};
// The text of an amended agreement, brought to this node's desk. What the statements in the logs
// say about it is another matter: a document by itself changes nothing.
struct Document {
  std::string text;
};
// A peer's flash (hotline/flash.h): the envelope of a STOP or a warning, ahead of the record.
struct Flashed {
  PartyId peer;  // who brought it; it may be another party's
  std::string text;
};
// What this node's sirens said to a step of an alarm; logged once for each step.
struct SirensAnswered {
  StatementId subject;
  int level = 1;
  hotline::SirenResult result = hotline::SirenResult::none;
};
// Changes that USSs ask for over the UTM interface, judged in their order, each after those before
// it, and logged under one checkpoint. Each is answered with a UtmAnswer effect.
struct UtmWrite {
  std::uint64_t request = 0;
  utm::Caller caller;
  utm::Write write;
};
struct UtmWrites {
  std::vector<UtmWrite> writes;
};
using Input =
    std::variant<Submit, SubmitGroup, SubmitWhole, Fetched, Nudged, Observed, Tick, StoreFailed,
                 WitnessAnswered, Document, Flashed, SirensAnswered, UtmWrites>;

// ---- effects ----

// Durable: entries [first, first + size) of a log into the store.
struct StoreEntries {
  Origin origin;
  LeafIndex first;
  std::vector<Bytes> entries;
  // They take the place of damaged or lost ones below the head; the node has proved them against
  // the signed root.
  bool repair = false;
};
// Files of a log folder ("log" or "mirror/<hex SHA-256 of the origin>"), each written under a
// temporary name, renamed and read back (Errc::store_corrupt); then the replaced ones are removed.
// They can be made again from the entries, so the shell need not wait until they are on the disk.
struct WriteFiles {
  std::string folder;
  std::vector<record::LogFile> files;
};
// Durable compare-and-set of the newest checkpoint note of a log, then the file
// "<folder>/checkpoint". Errc::store_lost_race if the stored one is not `previous`.
struct PublishHead {
  Origin origin;
  std::string folder;
  std::string previous;  // "" for none
  std::string note;
};
// Durable: every signed note ever received, verbatim.
struct KeepNote {
  Origin origin;
  std::string note;
};
// Durable: an evidence file, kept as "evidence/<sha256>.evidence".
struct StoreEvidence {
  std::string sha256;  // of the text, hex
  std::string text;
};
// Durable: a version of the agreement, kept as "agreements/<sha256>.json".
struct StoreDocument {
  std::string sha256;  // of the text, hex
  std::string text;
};
// Ask a peer for a file: "log/checkpoint", "log/tile/..", "mirror/<hex>/checkpoint".
struct Fetch {
  PartyId peer;
  std::string path;
  std::size_t from = 0;  // the file's first so many bytes are at hand and need not come again
};
// Send a flash to a peer, at once and before anything else; no answer is awaited. It is repeated
// until the peer shows that it holds the entry.
struct SendFlash {
  PartyId peer;
  std::string text;
  bool stop = true;  // else a warning; a STOP goes first
};
// Tell a peer that there is something new for it.
struct Nudge {
  PartyId peer;
};
// Ask a foreign witness to cosign the own log (C2SP tlog-witness, add-checkpoint).
struct AddCheckpoint {
  std::string witness;  // name of its key
  std::string body;
};
// The answer to a Submit: where the statement stands now, or why it was refused.
struct Answer {
  std::uint64_t request = 0;
  Result<record::Ref> result;
};
// The answer to a UtmWrite, a body of utm.yaml.
struct UtmAnswer {
  std::uint64_t request = 0;
  int status = 0;
  std::string body;
};
// Tell a USS that subscribed how a party's activity is shown now (utm/details.h): POST `path` under
// its base URL.
struct UtmTell {
  utm::Telling telling;
};
// Something changed that people watch: for the page's event stream. `data` is one JSON object.
struct Notify {
  std::string event;
  std::string data;
};
using Effect =
    std::variant<StoreEntries, WriteFiles, PublishHead, KeepNote, StoreEvidence, StoreDocument,
                 Fetch, SendFlash, Nudge, AddCheckpoint, Answer, UtmAnswer, UtmTell, Notify>;
using Effects = std::vector<Effect>;

// What a store gives back at the start; the entries come through NodeConfig::read_entry.
struct StoredLog {
  Origin origin;
  TreeSize count;                  // entries at hand
  std::string head;                // newest published note, "" for none
  std::string newer_head;          // a larger one that a file shows: the database went back, or ""
  std::vector<std::string> notes;  // kept notes, oldest first
};

}  // namespace detente::node
