// SPDX-License-Identifier: Apache-2.0
//
// Entries with private details, made at the node's own desk: a request that registers a site,
// revises one or notifies a movement, and says `"private":true` beside the details. They are
// committed to and sealed here, and the request goes on with the commitment in their place
// (docs/operating/sites.md). What would be refused is refused before anything is signed.
// Threads: the loop's.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/content_files.h"
#include "node/api.h"

namespace detente::app {

class PrivateDesk {
 public:
  // Logs an officer's statements in one step; one answer for each, in order.
  using LogSigned =
      std::function<std::vector<Result<record::Ref>>(const std::vector<record::Envelope>&)>;
  PrivateDesk(node::Node& node, std::string data, LogSigned log)
      : node_(node), files_(std::move(data)), log_(std::move(log)) {}

  // Other requests are as they were. http_forbidden; the errors of the bodies; protection_*
  // (protection_recipient: a recipient has no box key); store_*.
  Result<node::ApiRequest> with_commit(node::ApiRequest request, const node::Caller& caller,
                                       UtcMs now);

 private:
  Result<std::string> commit_site(const JsonReader& asked, const std::string& path,
                                  const node::Caller& caller, UtcMs now);
  Result<std::string> commit_movement(const JsonReader& asked, const node::Caller& caller,
                                      UtcMs now);
  // Keeps the content and its copies, logs the commitment, and tells the node; gives its name.
  Result<std::string> commit(const std::string& details, std::string_view schema,
                             const std::vector<PartyId>& to, const node::Caller& caller, UtcMs now);

  node::Node& node_;
  ContentFiles files_;
  LogSigned log_;
};

}  // namespace detente::app
