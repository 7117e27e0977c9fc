// SPDX-License-Identifier: Apache-2.0
//
// The node's state, private to src/node/*.cc.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "airspace/place_check.h"
#include "node/node.h"
#include "record/content.h"
#include "record/evidence.h"
#include "utm/answer.h"

namespace detente::node {

// Entries on their way from a peer, up to a checkpoint that the log's owner signed.
struct Pull {
  PartyId party;       // whose log
  std::string folder;  // where the peer has it: "log" or "mirror/<hex>"
  record::Note note;
  record::Checkpoint checkpoint;
  // A wide gap is pulled hashes first: the level-0 tiles, which must lead to the signed root. Then
  // each bundle can be checked and taken in by itself.
  bool hashes_first = false;
  // The whole tree's hashes are wanted, to find out where it leaves the tree at hand.
  bool audit = false;
  std::uint64_t first = 0;     // of `leaves`
  std::vector<Hash> leaves;    // of the target tree, from `first`
  bool proved = false;         // they lead to the signed root
  std::vector<Bytes> entries;  // not proved yet
  std::size_t bytes = 0;
};

// One peer as this node pulls from it.
struct PeerState {
  PartyId id;
  std::optional<std::string> waiting;  // path of the fetch under way
  std::deque<std::string> todo;        // what this round still asks for
  UtcMs asked_at;
  UtcMs next_poll;                      // 0: at once
  bool again = false;                   // nudged while a fetch was under way
  bool asked_documents = false;         // this round has asked for what is wanted
  std::map<PartyId, std::string> last;  // its checkpoint file of each log, as last taken in
  std::map<PartyId, UtcMs> ahead;       // logs of others of which it holds more, and since when
  std::optional<Pull> pull;
  LinkState logged_link = LinkState::never;  // what the own log says of the link
  UtcMs next_challenge;
  struct Challenge {
    std::string path;
    PartyId party;  // whose log
    LeafIndex index;
  };
  std::deque<Challenge> repeat_challenges;  // that another party asked in vain
  std::optional<Challenge> challenge;
};

// A foreign witness of the own log.
struct WitnessState {
  record::VerifierKey key;
  TreeSize size;                  // that it cosigned last, as far as known
  std::optional<UtcMs> asked_at;  // an answer is awaited
  std::optional<TreeSize> asked_size;
  UtcMs cosigned_at;
  UtcMs next;  // not before
};

// When a flash goes to a peer again.
struct FlashRetry {
  UtcMs next;
  UtcMs last;
  std::int64_t pause_ms = kFlashAgainMs;
};
struct FlashRoute {
  std::optional<LeafIndex> own;  // where it stands in the own log; nothing: another party's
  std::map<PartyId, FlashRetry> to;
};

struct Node::Impl {
  explicit Impl(NodeConfig c)
      : config(std::move(c)),
        ledger(config.agreement),
        watcher(config.agreement),
        hotline(config.agreement),
        notices(config.agreement, airspace::fold_name),
        checks(config.agreement->sha256_hex(), checks_parties(*config.agreement)) {}
  static std::vector<checks::ChecksParty> checks_parties(const terms::Agreement& agreement);

  NodeConfig config;
  HeldLog* own = nullptr;
  std::map<PartyId, std::unique_ptr<HeldLog>> logs;  // every party's, own too
  std::map<PartyId, PeerState> peers;
  airspace::Ledger ledger;
  watch::Watcher watcher;
  hotline::HotlineLedger hotline;
  protection::NoticeLedger notices;
  checks::ChecksLedger checks;
  hotline::FlashBook flashes;   // of others, shown here, not in the record yet
  hotline::FlashBook outgoing;  // own ones that others may not hold, and others' to pass on
  std::map<std::pair<Origin, StatementId>, FlashRoute> flash_routes;  // of those in `outgoing`
  FlashCounts flash_counts;
  // Own STOPs and warnings that went by flash while the fence was closed; logged when it opens.
  std::deque<record::Envelope> held_back;
  UtcMs flash_refused_told;
  utm::Registry utm;
  std::set<ActivityId> watched;
  std::map<std::uint64_t, std::string> open_findings;  // watcher's key -> finding id
  std::map<std::string, FindingRecord> findings;       // by "<party>/<finding id>"
  std::vector<const FindingRecord*> finding_order;
  std::map<record::Ref, std::vector<ReadMark>> reads;
  RecordIndex record_index;
  std::map<PartyId, UtcMs> signed_by;
  std::map<std::uint32_t, std::deque<TrailPoint>> trails;
  // The newest cosignature of another party, and when it came by this node's own clock.
  struct Contact {
    UtcMs cosigned;
    UtcMs heard;  // 0: it was there when the node started
  };
  std::map<PartyId, Contact> contacts;
  UtcMs last_point;
  UtcMs last_trail_sweep;
  bool fenced = false;
  std::set<PartyId> confirmed;       // parties that hold no more of the own log than the node
  std::optional<Error> fence_error;  // why the fence stays, beside missing confirmations
  // The largest head of the own log that a peer has shown. Until it is reached again nobody's
  // confirmation counts: this node signed it.
  std::optional<record::Checkpoint> shown_newer;
  std::optional<TreeSize> rebuilt_at;  // the size that was at hand before the log was taken back
  std::optional<PartyId> rebuilt_from;
  std::optional<Error> halted;
  std::map<PartyId, RefusedLog> refused_logs;
  std::vector<Bytes> pending;  // own entries of this step, not yet in an effect
  LeafIndex pending_first;
  bool admitted = false;  // the envelope that is being logged was judged in this step
  bool activities_changed = true;
  std::set<std::string> evidence_keys;  // "<kind> <accused>": said once
  std::deque<std::pair<std::string, record::Conviction>> found_evidence;  // not logged yet
  // What neutral parties asked in vain: accused, whose log, index -> who says so.
  std::map<std::tuple<PartyId, PartyId, std::uint64_t>, std::map<PartyId, record::Attestation>>
      challenges;
  std::map<std::string, std::string> evidence;
  std::map<std::string, std::string> documents;  // versions of the agreement: SHA-256 -> text
  bool terms_changed = true;                     // the version or the stage in force may be another
  std::shared_ptr<const terms::Agreement> watched_terms;
  std::optional<terms::StageId> watched_stage;
  std::map<Hash, std::vector<record::Opening>> openings;  // by the commitment's leaf
  std::map<std::string, WitnessState> witnesses;

  Effects step(Input input, UtcMs now);

  // judge.cc
  Status admit(const record::Envelope& envelope, UtcMs now) const;
  void note_contact(UtcMs now);
  Status admit_contact(const record::Statement& statement, UtcMs now) const;
  Status admit_near_sites(const record::Statement& statement, UtcMs now) const;
  Status admit_parsed(const record::Statement& statement, const std::vector<std::string>& officers,
                      UtcMs now) const;
  terms::TermsAt flight_terms(UtcMs now) const;
  std::vector<record::Head> seen() const;
  LinkState link(const PartyId& party, UtcMs now) const;
  record::Envelope draft(const std::string& type, std::vector<record::Ref> refs, std::string body,
                         const std::vector<record::OfficerSigner>& officers, UtcMs now) const;

  // start.cc
  record::VerifySignature verifier();
  Status replay(HeldLog& log, const StoredLog& kept, UtcMs now);
  Result<TreeSize> trusted_size(HeldLog& log, const StoredLog& kept);

  // own_log.cc
  Result<record::Ref> log_statement(const record::Envelope& envelope, UtcMs now, Effects& out);
  // The same for an envelope that was judged, or that this node signed itself just now.
  Result<record::Ref> log_judged(const record::Envelope& envelope, UtcMs now, Effects& out);
  // All or none; see SubmitWhole.
  void log_whole(const SubmitWhole& whole, UtcMs now, Effects& out);
  Status admit_whole(const std::vector<record::Envelope>& envelopes, UtcMs now) const;
  void log_group(const std::vector<Submit>& submits, UtcMs now, Effects& out);
  void log_own_act(const std::string& type, std::string body, UtcMs now, Effects& out);
  void flush_own(UtcMs now, Effects& out);
  void publish_own(const record::Note& note, Effects& out);
  void take_entry(HeldLog& log, const record::Entry& entry, Effects* out, UtcMs now);
  void apply_finding(const HeldLog& log, const record::Entry& entry);
  void refresh_watched(UtcMs now);
  void on_observed(const Observed& input, UtcMs now, Effects& out);
  void log_finding_events(const std::vector<watch::FindingEvent>& events, UtcMs now, Effects& out);

  // utm.cc
  void log_utm(const UtmWrites& input, UtcMs now, Effects& out);
  utm::Reply utm_reply(const UtmWrite& write, UtcMs now, Effects& out);
  void refresh_shown(const std::vector<airspace::ActivityView>& views);
  // Says in the own log what subscribers have not been told of what is shown, and tells them.
  void tell_shown(UtcMs now, Effects& out);

  // replicate.cc
  void on_tick(UtcMs now, Effects& out);
  void on_fetched(const Fetched& input, UtcMs now, Effects& out);
  void poll(PeerState& peer, UtcMs now, Effects& out);
  void fetch(PeerState& peer, std::string path, std::size_t from, UtcMs now, Effects& out);
  void fetch_next(PeerState& peer, UtcMs now, Effects& out);
  void end_round(PeerState& peer, UtcMs now, Effects& out);
  Status on_checkpoint(PeerState& peer, HeldLog& log, ByteView bytes, UtcMs now, Effects& out);
  Status on_peer_checkpoint(PeerState& peer, HeldLog& log, const record::Note& note,
                            const record::Checkpoint& checkpoint, UtcMs now, Effects& out);
  void cosign(HeldLog& log, const record::Note& note, UtcMs now, Effects& out);
  void attach(const record::Note& from, const std::vector<record::VerifierKey>& keys, Effects& out);
  void harvest(HeldLog& log, const record::Note& note, const record::Checkpoint& checkpoint);
  void log_links(UtcMs now, Effects& out);
  void refuse_log(const PartyId& party, Error error, UtcMs now, Effects& out);
  HeldLog* log_at(const PartyId& peer, std::string_view folder);

  // pull.cc
  Status start_pull(PeerState& peer, HeldLog& log, const record::Note& note,
                    const record::Checkpoint& checkpoint);
  // The next file to ask for, and how much of it is at hand.
  std::pair<std::string, std::size_t> next_pull(const PeerState& peer) const;
  Status on_hashes(PeerState& peer, const record::TilePath& path, ByteView bytes, UtcMs now,
                   Effects& out);
  Status on_bundle(PeerState& peer, const record::TilePath& path, const Fetched& input, UtcMs now,
                   Effects& out);
  Status take_entries(HeldLog& log, std::vector<Bytes> entries, UtcMs now, Effects& out);
  Status finish_pull(PeerState& peer, UtcMs now, Effects& out);

  // documents.cc
  Status learn_document(const std::string& text, Effects* out, UtcMs now);
  void want_documents(PeerState& peer) const;
  void on_document(std::string_view path, const Result<Bytes>& bytes, UtcMs now, Effects& out);
  void refresh_terms(UtcMs now, Effects& out);

  // fence.cc
  Status on_own_mirror(PeerState& peer, const record::Note& note,
                       const record::Checkpoint& checkpoint, UtcMs now, Effects& out);
  void confirm(const PartyId& peer, UtcMs now, Effects& out);
  void take_intact_tail(UtcMs now, Effects& out);
  void own_rebuilt(const PartyId& peer, const record::Note& note, UtcMs now, Effects& out);

  // evidence.cc
  record::EvidenceTrust evidence_trust() const;
  void queue_evidence(const Result<std::string>& file);
  void log_evidence(UtcMs now, Effects& out);
  void on_fork(HeldLog& log, const record::Note& note, UtcMs now, Effects& out);
  void on_fork_found(HeldLog& log, const record::Note& note, const std::vector<Hash>& leaves,
                     UtcMs now, Effects& out);
  std::optional<record::Envelope> delegation_of(const HeldLog& log, const std::string& keyid) const;
  void on_refused_entry(HeldLog& log, ByteView bytes, const Error& error);
  void note_contradictions(const HeldLog& log, const record::Entry& entry);
  std::optional<std::pair<record::Entry, record::CommittedContent>> committed_by(
      const record::Statement& statement) const;
  Status admit_content(const record::Statement& statement) const;
  void note_opening(const HeldLog& log, const record::Entry& entry);
  void note_double_field(const record::Entry& commit, const record::Opening& opening);
  void note_challenge(const HeldLog& log, const record::Entry& entry);
  void challenge(PeerState& peer, UtcMs now);
  void on_challenged(PeerState& peer, const Result<Bytes>& bytes, UtcMs now, Effects& out);

  // flash.cc
  void queue_flash(hotline::Flash flash, FlashRoute route, bool told);
  void queue_own_flash(const record::Entry& entry, bool told, UtcMs now);
  // An entry came: what of the flashes is settled by it.
  void drop_lost_routes();
  // A node that may log nothing now still warns: the envelope goes by flash. Whether it went.
  bool hold_back(const record::Envelope& envelope, UtcMs now);
  void log_held_back(UtcMs now, Effects& out);
  void forget_flash(const Origin& log, const StatementId& id);
  void settle_flashes(const HeldLog& log, const record::Entry& entry, bool told, UtcMs now);
  void judge_flashes_again(const HeldLog& log, UtcMs now);
  void send_flashes(UtcMs now, Effects& out);
  void hurry_flashes(const PartyId& peer);
  Status take_flash(const Flashed& input, UtcMs now, Effects& out);
  void on_flashed(const Flashed& input, UtcMs now, Effects& out);
  void on_sirens(const SirensAnswered& input, UtcMs now, Effects& out);
  // A STOP that came by flash blocks this node's activations before the record has it.
  Status no_stop_by_flash(const record::Statement& activation) const;
  Status admit_hotline(const record::Statement& statement, const std::vector<std::string>& officers,
                       UtcMs now) const;

  // witnesses.cc
  void ask_witnesses(UtcMs now, Effects& out);
  void on_witness(const WitnessAnswered& input, UtcMs now, Effects& out);

  std::vector<std::pair<PartyId, record::VerifierKey>> cosigner_keys(const PartyId& owner) const;
};

void notify(Effects& out, const std::string& event, UtcMs now,
            const std::vector<std::pair<std::string, std::string>>& members);

}  // namespace detente::node
