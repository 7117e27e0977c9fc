// SPDX-License-Identifier: Apache-2.0
//
// The paths of the API that are the room's: plans that are checked privately, and private lists
// (docs/api/openapi.yaml). What is shown of a plan is shown to its own party's duty officer and
// registrar alone: the answers say what the logs do not.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "app/check_room.h"
#include "node/api.h"

namespace detente::app {

class CheckDesk {
 public:
  // Logs an officer's statements in one step; one answer for each, in order.
  using LogSigned =
      std::function<std::vector<Result<record::Ref>>(const std::vector<record::Envelope>&)>;
  CheckDesk(const node::Node& node, CheckRoom& room, std::string data, LogSigned log);

  static bool is_mine(std::string_view path);
  node::ApiAnswer handle(const node::ApiRequest& request, const node::Caller& caller, UtcMs now);
  // A request that files an activity: where its body has the member "check", the id of a checked
  // plan, that is taken out and the plan's commitment and key are put beside it. Other requests are
  // as they were. checks_unknown, http_forbidden, content_unknown.
  Result<node::ApiRequest> with_check(node::ApiRequest request, const node::Caller& caller);

 private:
  Result<std::string> post_plan(const std::string& body, const node::Caller& caller, UtcMs now);
  Result<node::ApiAnswer> post_list(const std::string& body, const node::Caller& caller, UtcMs now);
  Status check_plan(const std::vector<geo::Volume4>& volumes, terms::Purpose purpose,
                    UtcMs now) const;
  using Activities = std::map<record::Ref, std::string>;  // by the checked plan that they name
  Activities activities(UtcMs now) const;
  void write_plan(JsonWriter& out, const CheckedPlan& plan, const Activities& filed,
                  UtcMs now) const;
  Result<std::string> plan_answer(const std::string& id, UtcMs now) const;
  std::string plans_answer(UtcMs now) const;
  std::string lists_answer(UtcMs now) const;
  record::Envelope commit_draft(const record::Content& content, const crypto::Secret32& key,
                                const node::Caller& caller, UtcMs now) const;

  const node::Node& node_;
  CheckRoom& room_;
  std::string data_;
  LogSigned log_;
};

}  // namespace detente::app
