// SPDX-License-Identifier: Apache-2.0
//
// Courier files for a node that runs: whatever lies in <data>/courier/in/ under a name that ends in
// ".zip" is verified and answers the node's questions, in place of the network, until the node has
// no more. Then it is moved to courier/taken/; what does not verify, to courier/refused/.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/courier_file.h"

namespace detente::app {

class CourierInbox {
 public:
  explicit CourierInbox(std::string data) : data_(data), link_(std::move(data)) {}
  // Once a second. The parties from which there is something: nudge the node for each.
  std::vector<PartyId> tick(const node::Node& node);
  bool has(const PartyId& party) const { return link_.has(party); }
  // What a file answers; nothing if there is no file of that party, and the network is asked.
  std::optional<Result<Bytes>> answer(const node::Fetch& fetch, const node::Node& node);

 private:
  void look(const node::Node& node);
  void put_away(const std::string& name, const char* folder) const;

  std::string data_;
  CourierLink link_;
  std::vector<std::string> names_;  // of the files in link_
  std::size_t asked_ = 0;           // since the last tick
  int quiet_ = 0;
};

}  // namespace detente::app
