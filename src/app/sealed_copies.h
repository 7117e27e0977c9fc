// SPDX-License-Identifier: Apache-2.0
//
// Private details between nodes that run (docs/protocol/private-content.md, "Between nodes"): gives
// each sealed copy to the recipient that the own log names for it and to nobody else, asks the
// owners for those that are sealed to this party, opens them, and has the node learn them.
//
// A copy comes in pieces, each of which is on the disk before the next is asked for. The whole is
// compared with what the owner signed, then kept; it is opened with this party's box key, compared
// with the commitment, kept in clear (0600), and only then used. A node that dies goes on where it
// was. Where the box key is not at the node, nothing is asked for.
//
// Copies of lists (protection/list_copy.h) go the same way, and stay.
//
// When the entry is over, its owner gives out no more copies; a recipient destroys its own, and
// what was in it, limits::kDetailsKeepMs later.
// Threads: the loop's. Must outlive no request that it made.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "app/content_files.h"
#include "node/node.h"

namespace detente::app {

// What it needs of the node's shell; everything on the loop's thread.
struct SealedHost {
  std::string data;
  std::function<UtcMs()> now;
  // A piece of a peer's copy that begins at `from`, by the hex of its hash. `done` is called once,
  // later, with the bytes from there: a whole rest, or as much of it as the peer gives at once.
  std::function<void(const PartyId&, const std::string& name, std::uint64_t from,
                     std::function<void(Result<Bytes>)> done)>
      fetch;
  std::function<bool(const PartyId&)> carried;  // a courier file of the party is being taken in
  std::function<void()> learned;                // something became known: for the page
};

class SealedCopies {
 public:
  SealedCopies(node::Node& node, SealedHost host);
  // Once a second.
  void tick();
  bool busy() const { return fetches_ > 0; }

  // At most limits::kSealedPieceBytes of the copy that the own log names for `peer`.
  // content_unknown for every other party and every other copy, also where the entry is over;
  // content_destroyed.
  Result<Bytes> piece_for(const PartyId& peer, const std::string& name, std::uint64_t from) const;

 private:
  using Private = protection::NoticeLedger::Private;
  struct Waiting {
    bool under_way = false;
    UtcMs next;
    std::int64_t pause_ms = 0;
  };

  void learn(const Private& one);
  void ask_next();
  void ask(const Private& one);
  void came(const Private& one, const record::SealedCopy& copy, Result<Bytes> piece);
  Status keep(const record::SealedCopy& copy, ByteView piece) const;
  Status open(const Private& one, const record::SealedCopy& copy, ByteView sealed);
  void pause(const Private& one, const Error& why, bool no_contact);
  void destroy_what_is_over();
  std::string part_path(const record::SealedCopy& copy) const;

  node::Node& node_;
  SealedHost host_;
  ContentFiles files_;
  std::map<record::Ref, Waiting> waiting_;
  std::deque<Private> due_;         // to be asked for; made anew by every tick
  std::set<record::Ref> kept_;      // copies of lists that are here and can be read
  std::set<record::Ref> unusable_;  // said once; until the next start
  std::size_t fetches_ = 0;
  UtcMs looked_;  // for what is over
};

}  // namespace detente::app
