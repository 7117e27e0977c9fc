// SPDX-License-Identifier: Apache-2.0
//
// The officers of the demonstration: each act of the scenario is done as an officer would do it.
// Statements are signed with the officers' own keys and sent to their own node; activations, STOP
// and reading go through the desk with the officer's token.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "app/demo_nodes.h"
#include "app/demo_state.h"
#include "app/demo_world.h"
#include "app/scenario.h"
#include "record/statement.h"
#include "terms/agreement.h"

namespace detente::app {

// What came of an act. `problem` is empty where it went as the scenario says.
struct ActOutcome {
  std::string problem;
  std::string answer;  // the node's refusal, in its words
};

class DemoOfficers {
 public:
  DemoOfficers(DemoNodes& nodes, DemoWorld& world, const terms::Agreement& agreement,
               DemoState& state)
      : nodes_(nodes), world_(world), agreement_(agreement), state_(state) {}

  // Does act number `number`. `repeated` says that it may have been done before a restart, so that
  // a refusal because of that is no problem. Errors: net_*, key_*, interrupted; not refusals.
  Result<ActOutcome> perform(const Act& act, std::uint64_t number, bool repeated);

  // The id that the scenario's activity has in the logs.
  ActivityId activity(const std::string& subject) const;

 private:
  Result<Answered> dispatch(const Act& act, std::uint64_t number, bool repeated);
  Result<Answered> submit(const Act& act, const std::string& type, std::string id,
                          std::vector<record::Ref> refs, std::string body);
  Result<Answered> at_desk(const Act& act, const std::string& target, const std::string& body);
  Result<Answered> send_stop(const Act& act, bool repeated);
  Result<Answered> read(const Act& act);
  Result<Answered> read_back(const Act& act, std::string id);
  Result<Answered> amend(const Act& act, std::string id);
  Result<Answered> verify(const Act& act);
  Result<Answered> on_agreement(const Act& act, std::string id);
  // demo_relief.cc
  Result<Answered> on_relief(const Act& act, const std::string& id);
  Result<Answered> register_sites(const Act& act);
  Result<Answered> confirm_sites(const Act& act);
  Result<Answered> receive_sites(const Act& act);
  Result<Answered> on_notice(const Act& act);
  Result<Answered> case_step(const Act& act);
  // demo_checks.cc
  Result<Answered> check_list(const Act& act);
  Result<Answered> check_plan(const Act& act);
  Result<Answered> file_checked(const Act& act, const airspace::ActivityPlan& plan);
  Result<record::Ref> proposal(const DemoNode& node, const ActivityId& id);
  Result<std::uint64_t> index_of(const Act& act);
  Result<record::OfficerSigner> signer(const DemoNode& node, const std::string& keyid);
  std::string own_id(const std::string& what) const;

  DemoNodes& nodes_;
  DemoWorld& world_;
  const terms::Agreement& agreement_;
  DemoState& state_;
  std::map<std::string, record::OfficerSigner> signers_;
};

}  // namespace detente::app
