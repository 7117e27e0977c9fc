// SPDX-License-Identifier: Apache-2.0
//
// One party's node as a deterministic state machine: step(input, now) -> effects. It owns one log,
// holds verified replicas of the others, cosigns them, and derives everything else from the logs.
// The same inputs give the same bytes. It reads no clock, disk, socket or random source.
//
// Replication is by pulling, and every file that is pulled proves itself:
//   log/checkpoint                 a peer's newest checkpoint, with the cosignatures it has
//   log/tile/entries/...           the entries it covers
//   mirror/<hex>/checkpoint        what the peer holds of this node's log, with its cosignatures
// A peer that is slow, absent or lying changes nothing here but its link's state.
//
// Fence: a node that starts signs nothing until `fence_quorum` other parties have shown what they
// hold of its log and none of it is more than the node has itself (design section 3). What peers
// hold beyond that, the node takes back from them: it was rolled back, or its disk was damaged.
//
// A peer's log that contradicts itself becomes an evidence file, and is followed no further.
// Threads: one at a time.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "airspace/ledger.h"
#include "base/strong.h"
#include "checks/ledger.h"
#include "crypto/ed25519.h"
#include "hotline/ledger.h"
#include "node/effects.h"
#include "node/held_log.h"
#include "node/record_index.h"
#include "protection/ledger.h"
#include "terms/agreement.h"
#include "utm/judge.h"
#include "watch/watcher.h"

namespace detente::node {

struct NodeKeys {
  record::Signer log;
  record::Signer witness;
  record::Signer mirror;
  std::optional<record::OfficerSigner> watch;  // signs findings and link statements; may be absent
};

struct NodeConfig {
  std::shared_ptr<const terms::Agreement> agreement;
  PartyId self;
  NodeKeys keys;
  crypto::Random random;          // for ids of the node's own statements, and for challenges
  ReadEntry read_entry = {};      // the store's entries
  std::int64_t poll_ms = 10'000;  // how often peers are asked without a nudge
  // True only where a party opens its log for the first time: nobody can hold anything of it yet.
  bool opening = false;
  std::vector<std::string> witnesses = {};  // foreign ones that the shell can reach, by name
  std::map<std::string, std::string> evidence = {};  // files at hand: SHA-256 (hex) -> text
  std::vector<std::string> documents = {};  // texts of amended versions of the agreement, at hand
  record::VerifySignature verify = crypto::verify;
  utm::Rules utm_rules = {};
  std::string utm_url = {};  // where USSs ask this node for the details of what it shows
};

inline constexpr std::int64_t kFetchTimeoutMs = 20'000;  // an unanswered fetch is given up
inline constexpr std::int64_t kTrailMs = 7'200'000;      // track history kept for the page
inline constexpr std::int64_t kTrailStepMs = 4'000;
inline constexpr std::size_t kPullBytesMax = 64U << 20;  // of entries kept before they are proved
inline constexpr std::uint64_t kPullAtOnce = 2'048;      // a larger gap is pulled hashes first
inline constexpr std::uint64_t kPullEntriesMax = 8U << 20;  // in one round; 32 bytes each
inline constexpr std::int64_t kChallengeMs = 600'000;       // how often a copy is put to the test

inline constexpr std::int64_t kFlashAgainMs = 2'000;      // after a flash, its first repetition
inline constexpr std::int64_t kFlashPauseMsMax = 30'000;  // each later one waits twice as long

enum class LinkState : std::uint8_t { never, fresh, stale, cut };
const char* link_state_name(LinkState state);

struct FindingRecord {
  std::string id;
  PartyId party;
  LeafIndex index;
  UtcMs logged;
  watch::Finding finding;
};

struct ReadMark {
  PartyId party;
  std::string officer;
  UtcMs time;
};

// What became of flashes since the start.
struct FlashCounts {
  std::uint64_t shown = 0;     // raised an alarm here
  std::uint64_t repeated = 0;  // in the record or shown already
  std::uint64_t refused = 0;   // forged, revoked, expired, of another agreement, unreadable
  std::uint64_t dropped = 0;   // made room for newer ones, here or on their way to others
};

// Why a log is not followed further, and since when. The other logs go on.
struct RefusedLog {
  Error error;
  UtcMs since;
};

struct TrailPoint {
  watch::Fix fix;
};

class Node {
 public:
  // Replays what the store holds, up to each log's newest head. A log whose entries do not lead to
  // its head is held as far as they do (HeldLog::damaged), and pulled again.
  // Errors: agreement_*, and everything that LogReader refuses, with the place in the log.
  static Result<Node> start(NodeConfig config, const std::vector<StoredLog>& stored, UtcMs now);
  ~Node();
  Node(Node&&) noexcept;
  Node& operator=(Node&&) noexcept;

  Effects step(Input input, UtcMs now);

  // What would stop this statement from being logged now.
  Status admit(const record::Envelope& envelope, UtcMs now) const;

  // Read access, for the API and the simulator.
  const terms::Agreement& agreement() const;  // that the logs are bound to: the first version
  // The version that is in force now, as far as it is at hand.
  const terms::Agreement& terms_now() const;
  // A version's exact text by its SHA-256 in hex, the first one too; nullptr if not at hand.
  const std::string* document(const std::string& sha256) const;
  const PartyId& self() const;
  const HeldLog& own() const;
  const HeldLog* log(const PartyId& party) const;  // own or replica
  std::vector<const HeldLog*> logs() const;        // ascending by party
  const airspace::Ledger& ledger() const;
  const watch::Watcher& watcher() const;
  const utm::Registry& utm() const;  // what drone operators' services have in this node's log
  const std::deque<TrailPoint>* trail(std::uint32_t address) const;
  UtcMs last_point() const;                            // when the newest position came; 0 for never
  std::vector<const FindingRecord*> findings() const;  // in order of logging, ascending by time
  const std::vector<ReadMark>* reads(const record::Ref& ref) const;
  const RecordIndex& record_index() const;
  const hotline::HotlineLedger& hotline() const;
  const protection::NoticeLedger& notices() const;
  // Private details that came to this node: its own content, or a sealed copy that was opened here.
  // They go into no log and to nobody. protection_*, content_*: see NoticeLedger::learn.
  Status learn_details(const record::Ref& commit, const record::ContentPackage& package);
  void forget_details(const record::Ref& commit);
  // The chains of a version of a site, a movement's notice or an emergency.
  std::vector<protection::ReceiptChain> notice_receipts(const record::Ref& notice, UtcMs now) const;
  const checks::ChecksLedger& checks() const;
  // Flashes that raised an alarm and are not in the record yet.
  const hotline::FlashBook& flashes() const;
  const FlashCounts& flash_counts() const;
  // By the terms in force now.
  std::vector<hotline::Alarm> alarms(UtcMs now, hotline::HotlineLedger::Which which) const;
  LinkState link(const PartyId& party, UtcMs now) const;
  bool fenced() const;
  // Why the node signs nothing, in a sentence for a person; nothing if it may sign.
  std::optional<Error> fence_reason() const;
  // The other parties that confirmed the newest head since the start.
  const std::set<PartyId>& confirmed_by() const;
  const std::optional<Error>& halted() const;
  // The terms by which flights are judged now; not yet in force while a party has not signed.
  terms::TermsAt flight_terms(UtcMs now) const;
  std::vector<PartyId> signed_by() const;
  std::vector<record::Head> seen() const;  // heads that the next own entry would carry
  // Statements of peers' logs that broke off replication: which party, why.
  const std::map<PartyId, RefusedLog>& refused_logs() const;
  bool busy() const;  // a fetch is under way or due now
  // Evidence files at hand: SHA-256 (hex) -> text.
  const std::map<std::string, std::string>& evidence() const;
  // How far a long catch-up is: entries at hand and wanted; nothing if there is none.
  struct CatchUp {
    PartyId party;  // whose log
    PartyId from;   // who gives it
    std::uint64_t done = 0;
    std::uint64_t total = 0;
  };
  std::vector<CatchUp> catching_up() const;

  // A signed envelope ready to submit, for acts at the desk: the draft gets an id, the agreement
  // and the log from the node.
  record::Envelope draft(const std::string& type, std::vector<record::Ref> refs, std::string body,
                         const std::vector<record::OfficerSigner>& officers, UtcMs now) const;
  // Candidate evidence for an activation: notes of the own log with cosignatures, oldest first.
  std::vector<std::string> activation_notes(const ActivityId& id) const;

  struct Impl;

 private:
  explicit Node(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace detente::node
