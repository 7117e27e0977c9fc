// SPDX-License-Identifier: Apache-2.0
//
// A node that runs for as long as its courier files last: the folder is opened, the node asks its
// questions, the files answer, and what it decides is carried out. All judging is the node's own.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/courier_file.h"
#include "node/node.h"
#include "store/node_store.h"

namespace detente::app {

class CourierSession {
 public:
  // store_locked: a node runs on this folder. Errors of NodeStore and of Node::start.
  static Result<std::unique_ptr<CourierSession>> open(const std::string& data,
                                                      std::function<UtcMs()> clock);
  // Verifies them all, and only then lets the node ask. The first that does not verify is the
  // error, and nothing has changed.
  Status take(const std::vector<std::string>& paths);
  // One input, with all that follows from it. store_*: nothing more can be written.
  Status step(node::Input input);

  const node::Node& node() const { return node_; }
  const std::vector<record::CourierCover>& taken() const { return taken_; }
  // Files of private checks, or sealed copies, were among them.
  bool has_files_beside() const { return beside_; }
  const std::vector<std::string>& refused() const { return refused_; }  // what the node said of it

 private:
  CourierSession(std::string data, std::function<UtcMs()> clock,
                 std::unique_ptr<store::NodeStore> store, node::Node node);
  Status settle();
  Status carry_out(const node::Effects& effects);

  std::string data_;
  std::function<UtcMs()> clock_;
  std::unique_ptr<store::NodeStore> store_;
  node::Node node_;
  CourierLink link_;
  std::deque<node::Fetch> open_;
  bool changed_ = false;
  bool beside_ = false;
  std::vector<record::CourierCover> taken_;
  std::vector<std::string> refused_;
};

}  // namespace detente::app
