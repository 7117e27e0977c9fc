// SPDX-License-Identifier: Apache-2.0
//
// The node's state, private to src/node/*.cc.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "node/node.h"

namespace detente::node {

// One peer as this node pulls from it.
struct PeerState {
  PartyId id;
  std::optional<std::string> waiting;  // path of the fetch under way
  UtcMs asked_at;
  UtcMs next_poll;                     // 0: at once
  bool again = false;                  // nudged while a fetch was under way
  std::string last_checkpoint;         // the peer's checkpoint file as last seen
  std::string last_mirror;             // what the peer showed of the own log, taken in
  std::optional<record::Note> target;  // checkpoint whose entries are being pulled
  record::Checkpoint target_checkpoint;
  std::size_t pulled_bytes = 0;
  std::vector<Bytes> pulled;                 // entries after the replica's end
  std::optional<UtcMs> cosigned_at;          // when this node last cosigned the peer's log
  LinkState logged_link = LinkState::never;  // what the own log says of the link
};

struct Node::Impl {
  explicit Impl(NodeConfig c)
      : config(std::move(c)), ledger(config.agreement), watcher(config.agreement) {}

  NodeConfig config;
  HeldLog* own = nullptr;
  std::map<PartyId, std::unique_ptr<HeldLog>> logs;  // every party's, own too
  std::map<PartyId, PeerState> peers;
  std::map<std::pair<PartyId, std::uint64_t>, Hash> roots;  // every root each log had, by size
  airspace::Ledger ledger;
  watch::Watcher watcher;
  std::set<ActivityId> watched;
  std::map<std::uint64_t, std::string> open_findings;  // watcher's key -> finding id
  std::map<std::string, FindingRecord> findings;       // by "<party>/<finding id>"
  std::vector<const FindingRecord*> finding_order;
  std::map<record::Ref, std::vector<ReadMark>> reads;
  RecordIndex record_index;
  std::map<PartyId, UtcMs> signed_by;
  std::map<std::uint32_t, std::deque<TrailPoint>> trails;
  UtcMs last_point;
  UtcMs last_trail_sweep;
  bool fenced = false;
  std::optional<Error> halted;
  std::map<PartyId, RefusedLog> refused_logs;
  std::vector<Bytes> pending;  // own entries of this step, not yet in an effect
  LeafIndex pending_first;
  bool activities_changed = true;

  // judge.cc
  Status admit(const record::Envelope& envelope, UtcMs now) const;
  Status admit_parsed(const record::Statement& statement, const std::vector<std::string>& officers,
                      UtcMs now) const;
  bool in_force() const;
  std::vector<record::Head> seen() const;
  LinkState link(const PartyId& party, UtcMs now) const;
  record::Envelope draft(const std::string& type, std::vector<record::Ref> refs, std::string body,
                         const std::vector<record::OfficerSigner>& officers, UtcMs now) const;

  // own_log.cc
  Result<record::Ref> log_statement(const record::Envelope& envelope, UtcMs now, Effects& out);
  void log_own_act(const std::string& type, std::string body, UtcMs now, Effects& out);
  void flush_own(UtcMs now, Effects& out);
  void take_entry(HeldLog& log, record::Entry entry, Effects* out, UtcMs now);
  void apply_finding(const HeldLog& log, const record::Entry& entry);
  void refresh_watched(UtcMs now);
  void on_observed(const Observed& input, UtcMs now, Effects& out);
  void log_finding_events(const std::vector<watch::FindingEvent>& events, UtcMs now, Effects& out);

  // replicate.cc
  void on_tick(UtcMs now, Effects& out);
  void on_fetched(const Fetched& input, UtcMs now, Effects& out);
  void poll(PeerState& peer, UtcMs now, Effects& out);
  void fetch(PeerState& peer, std::string path, UtcMs now, Effects& out);
  void finish_poll(PeerState& peer, UtcMs now, Effects& out);
  Status on_peer_checkpoint(PeerState& peer, ByteView bytes, UtcMs now, Effects& out);
  Status on_bundle(PeerState& peer, const record::TilePath& path, ByteView bytes, UtcMs now,
                   Effects& out);
  void fetch_next_bundle(PeerState& peer, UtcMs now, Effects& out);
  Status accept_pulled(PeerState& peer, UtcMs now, Effects& out);
  void cosign(PeerState& peer, const record::Note& note, UtcMs now, Effects& out);
  Status on_own_mirror(PeerState& peer, ByteView bytes, UtcMs now, Effects& out);
  void harvest(HeldLog& log, const record::Note& note, const record::Checkpoint& checkpoint);
  void log_links(UtcMs now, Effects& out);
  void refuse_log(const PartyId& party, Error error, UtcMs now, Effects& out);

  std::vector<std::pair<PartyId, record::VerifierKey>> cosigner_keys(const PartyId& owner) const;
};

void notify(Effects& out, const std::string& event, UtcMs now,
            const std::vector<std::pair<std::string, std::string>>& members);

}  // namespace detente::node
