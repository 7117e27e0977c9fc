// SPDX-License-Identifier: Apache-2.0
//
// Courier files (docs/protocol/courier.md): what a node would serve to a peer, in one zip, for a
// stick. They are written from a node's folder without its lock, and verified as a whole, from the
// cover's signature to the last digest, before anything in them is used.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "node/node.h"
#include "record/courier.h"
#include "store/zip.h"
#include "terms/agreement.h"

namespace detente::app {

struct CourierExport {
  std::string data;
  std::string to;           // party
  std::string out;          // file
  std::uint64_t since = 0;  // leave out full bundles and tiles of the own log below this entry
  bool mirrors = false;     // with whole copies of the other parties' logs
  UtcMs now;
};
struct CourierWritten {
  record::CourierCover cover;
  std::uint64_t entries = 0;  // of the own log, that the checkpoint in it covers
  std::uint64_t bytes = 0;    // unpacked
};
// usage; agreement_unknown_party; archive_malformed: more than a courier file holds; store_*.
Result<CourierWritten> write_courier(const CourierExport& options);

// A courier file whose every byte was compared with what its sender signed.
class Courier {
 public:
  // archive_malformed: damaged, or not whole. archive_foreign: for another party, under another
  // agreement, or not signed by the party that it names.
  // Without `self` it may be for anybody: to look at it, never to take it in.
  static Result<Courier> open(const std::string& path, const terms::Agreement& agreement,
                              const std::optional<PartyId>& self);
  const record::CourierCover& cover() const { return cover_; }
  PartyId from() const { return PartyId{cover_.from}; }
  // What the sender's node would have answered. What is not in the zip: http_not_found for
  // checkpoints and for the sender's own log, net_refused ("no contact") for tiles of its copies,
  // which it need not send.
  Result<Bytes> answer(const std::string& path) const;
  const record::CourierList& list() const { return list_; }

 private:
  Courier(record::CourierCover cover, record::CourierList list, store::ZipReader zip)
      : cover_(std::move(cover)), list_(std::move(list)), zip_(std::move(zip)) {}
  record::CourierCover cover_;
  record::CourierList list_;
  store::ZipReader zip_;
};

// What a folder remembers of its courier files, in courier/. The id that an export carries belongs
// to the size of the own log: an answer to it was made when the sender had seen that size.
struct CourierState {
  std::string id;
  std::uint64_t size = 0;
};
Result<CourierState> load_courier_state(const std::string& data);  // id "" if there is none
// The id of the newest file that was taken in from a party, and when that was made.
struct CourierTaken {
  std::string id;
  UtcMs made;
};
Result<std::optional<CourierTaken>> load_courier_taken(const std::string& data,
                                                       const std::string& party);
// Does nothing if a newer one was taken in before.
Status store_courier_taken(const std::string& data, const record::CourierCover& cover);

// Answers a node's questions from courier files, in place of the network.
class CourierLink {
 public:
  explicit CourierLink(std::string data) : data_(std::move(data)) {}
  void add(Courier courier);
  bool empty() const { return couriers_.empty(); }
  bool has(const PartyId& party) const { return couriers_.contains(party); }
  void clear() { couriers_.clear(); }
  // Goes on to each party's next file, oldest first; false if there is none left.
  bool next();
  // What is fed to the node for a Fetch. While the node is fenced, what a file says of the node's
  // own log counts only if it answers the newest export of this very state, or if it shows more
  // than the node has: an old file, carried again, lifts no fence.
  Result<Bytes> answer(const node::Fetch& fetch, const node::Node& node) const;
  std::vector<const Courier*> all() const;

 private:
  struct Queue {
    std::vector<Courier> files;  // ascending by the time they were made
    std::size_t at = 0;
  };
  bool is_fresh(const Courier& courier, const node::Node& node) const;

  std::string data_;
  std::map<PartyId, Queue> couriers_;
};

}  // namespace detente::app
