// SPDX-License-Identifier: Apache-2.0
//
// Copies of a list that its owner makes for one recipient, each with coarser places and an id of
// its own: made, listed with their receipts, read, and receipted for at the node's own desk
// (docs/protocol/list-copies.md, docs/api/openapi.yaml). Who has which copy, every reader sees: it
// stands in the logs. What is in one is shown to officers of its owner and of its recipient.
// Errors: http_*, the errors of list_copy.h, protection_*, content_*, store_*.
// Threads: the loop's.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "app/content_files.h"
#include "node/api.h"
#include "protection/list_copy.h"

namespace detente::app {

class CopyDesk {
 public:
  // Logs an officer's statements in one step; one answer for each, in order.
  using LogSigned =
      std::function<std::vector<Result<record::Ref>>(const std::vector<record::Envelope>&)>;
  CopyDesk(const node::Node& node, std::string data, LogSigned log)
      : node_(node), files_(std::move(data)), log_(std::move(log)) {}

  static bool is_mine(std::string_view path);
  node::ApiAnswer handle(const node::ApiRequest& request, const node::Caller& caller, UtcMs now);

 private:
  // What is told of a copy without reading all of it again.
  struct Head {
    std::string id;
    std::int64_t coarse_mm = 0;
    std::size_t entries = 0;
  };

  std::string listed(const node::Caller& caller, UtcMs now);
  Result<std::string> one(const std::string& key, const node::Caller& caller, UtcMs now);
  Result<node::ApiAnswer> make(const std::string& body, const node::Caller& caller, UtcMs now);
  Result<node::ApiAnswer> receipt(const std::string& key, const node::Caller& caller, UtcMs now);
  Result<protection::ListCopy> copy_for(const JsonReader& asked, UtcMs now) const;
  Result<protection::ListCopyView> find(const std::string& key) const;
  Result<protection::ListCopy> read(const protection::ListCopyView& view);
  void write_copy(JsonWriter& out, const protection::ListCopyView& view,
                  const node::Caller& caller);

  const node::Node& node_;
  ContentFiles files_;
  LogSigned log_;
  std::map<record::Ref, Head> heads_;  // of copies that were read
};

}  // namespace detente::app
