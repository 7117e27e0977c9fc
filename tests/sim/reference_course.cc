// SPDX-License-Identifier: Apache-2.0
//
// The agreement's versions, states and stages, from the raw entries.
#include <algorithm>

#include "sim/reference.h"
#include "sim/world.h"

namespace detente::sim {
namespace {

constexpr std::array<const char*, 2> kVoters = {"north", "south"};

std::string text_of(const record::Statement& said, const char* name) {
  return said.body().string(name, 4'000, true).value_or(std::string{});
}

std::shared_ptr<const terms::Agreement> document_of(const std::string& sha256) {
  for (const auto& version : {keys().agreement, keys().second, keys().rival}) {
    if (version->sha256_hex() == sha256) return version;
  }
  return nullptr;
}

}  // namespace

std::string Reference::take_course_act(const Act& act, const record::Statement& said) {
  const bool votes = act.party.value != "monitor";
  if (said.type == "agreement.sign") return {};
  if (!votes) return "the monitor has no vote";
  if (said.type == "agreement.amend") return take_signature(act, said);
  if (said.type == "agreement.state") return take_state(act, said);
  if (said.type == "stage.begin") return take_begin(act, said);
  if (said.type == "stage.reset") return take_reset(act, said);
  return {};
}

// ---- versions ----

// There are two versions, and no third: what amends the first, and both signed in the same words.
std::shared_ptr<const terms::Agreement> Reference::version_at(const Sizes& sizes,
                                                              UtcMs time) const {
  const Signature* in_force = nullptr;
  for (const Signature& one : signatures_) {
    if (one.act.party.value != "north" || one.act.index >= sizes.at(one.act.party)) continue;
    for (const Signature& other : signatures_) {
      const bool both = other.act.party.value == "south" &&
                        other.act.index < sizes.at(other.act.party) && one.sha256 == other.sha256 &&
                        one.amends == other.amends && one.effective == other.effective;
      if (!both || time < one.effective) continue;
      if (one.amends != keys().agreement->sha256_hex()) continue;
      if (in_force == nullptr || one.effective < in_force->effective) in_force = &one;
    }
  }
  return in_force == nullptr ? keys().agreement : document_of(in_force->sha256);
}

std::string Reference::take_signature(const Act& act, const record::Statement& said) {
  Signature made{act, text_of(said, "sha256"), text_of(said, "amends"),
                 said.body().time("effective").value_or(UtcMs{})};
  std::string wrong;
  if (act.officers.size() < 2) wrong = "one signatory";
  if (made.effective < act.time) wrong = "it takes effect before it is signed";
  if (made.amends != version_at(act.seen, act.time)->sha256_hex())
    wrong = "it amends an old version";
  for (const Signature& before : signatures_) {
    const bool stands = before.act.party == act.party && before.amends == made.amends &&
                        act.time <= before.effective;
    if (stands) wrong = "another offer stands";
  }
  signatures_.push_back(std::move(made));
  count(Deed::sign_version);
  return wrong;
}

// ---- states ----

std::string Reference::last_state(const PartyId& party, const std::string& function,
                                  std::uint64_t size) const {
  std::string last = "in_force";
  for (const StateAct& act : states_) {
    if (act.party == party && act.function == function && act.index < size) last = act.state;
  }
  return last;
}

terms::ForceState Reference::force_at(const Sizes& sizes, const std::string& function) const {
  terms::ForceState out = terms::ForceState::in_force;
  for (const char* voter : kVoters) {
    const PartyId party{voter};
    for (const std::string& of : {std::string{}, function}) {
      const std::string last = last_state(party, of, sizes.at(party));
      if (last == "withdrawn") return terms::ForceState::withdrawn;
      if (last == "suspended") out = terms::ForceState::suspended;
    }
  }
  return out;
}

std::string Reference::take_state(const Act& act, const record::Statement& said) {
  const StateAct made{act.party, act.index, text_of(said, "function"), text_of(said, "state")};
  const std::string before = last_state(act.party, made.function, act.index);
  std::string wrong;
  if (act.officers.size() < 2) wrong = "one signatory";
  if (before == made.state) wrong = "it changes nothing";
  if (before == "withdrawn" || last_state(act.party, "", act.index) == "withdrawn") {
    wrong = "the party has withdrawn";
  }
  states_.push_back(made);
  count(Deed::suspend_all, made.state == "suspended" && made.function.empty());
  count(Deed::suspend_function, made.state == "suspended" && !made.function.empty());
  count(Deed::resume, made.state == "in_force");
  count(Deed::leave, made.state == "withdrawn");
  return wrong;
}

// ---- stages ----

bool Reference::within(const Act& act, const Sizes& sizes) {
  if (act.index >= sizes.at(act.party)) return false;
  return std::all_of(act.seen.begin(), act.seen.end(),
                     [&](const auto& seen) { return seen.second <= sizes.at(seen.first); });
}

// A reset of the first stage ends both, one of the second only that: whoever goes on signs again,
// and has seen the reset.
bool Reference::is_live(const StageAct& begin, const Sizes& sizes) const {
  return std::none_of(resets_.begin(), resets_.end(), [&](const StageAct& reset) {
    if (!within(reset.act, sizes)) return false;
    const bool ends = reset.stage == "S1" || begin.stage == "S2";
    return ends && begin.act.seen.at(reset.act.party) <= reset.act.index;
  });
}

bool Reference::has_begun(const std::string& stage, const Sizes& sizes) const {
  if (stage == "S2" && !has_begun("S1", sizes)) return false;
  std::map<std::string, std::set<PartyId>> signed_by;  // by version
  for (const StageAct& begin : begins_) {
    if (begin.stage != stage || !within(begin.act, sizes) || !is_live(begin, sizes)) continue;
    signed_by[begin.sha256].insert(begin.act.party);
  }
  return std::any_of(signed_by.begin(), signed_by.end(),
                     [](const auto& by) { return by.second.size() == kVoters.size(); });
}

std::string Reference::stage_at(const Sizes& sizes) const {
  if (has_begun("S2", sizes)) return "S2";
  return has_begun("S1", sizes) ? "S1" : "";
}

std::string Reference::take_begin(const Act& act, const record::Statement& said) {
  StageAct made{act, text_of(said, "stage"), text_of(said, "sha256")};
  std::string wrong;
  if (made.sha256 != version_at(act.seen, act.time)->sha256_hex()) wrong = "of another version";
  if (force_at(act.seen, "") != terms::ForceState::in_force) wrong = "suspended";
  if (has_begun(made.stage, act.seen)) wrong = "it has begun";
  if (made.stage == "S2" && !has_begun("S1", act.seen)) wrong = "the stage before has not begun";
  begins_.push_back(std::move(made));
  count(Deed::begin_stage);
  Sizes now = sizes_;
  now[act.party] = act.index + 1;
  count(Deed::second_stage, stage_at(now) == "S2");
  return wrong;
}

std::string Reference::take_reset(const Act& act, const record::Statement& said) {
  StageAct made{act, text_of(said, "stage"), {}};
  std::string wrong = "no suspension is named";
  for (const record::Ref& ref : said.refs) {
    for (const StateAct& state : states_) {
      const bool named = origin_of(state.party) == ref.origin && state.index == ref.index.value;
      if (named && state.index < act.seen.at(state.party) && state.state != "in_force") wrong = "";
    }
  }
  if (stage_at(act.seen) != made.stage) wrong = "it is not the current stage";
  resets_.push_back(std::move(made));
  count(Deed::reset_stage);
  return wrong;
}

// ---- against a ledger ----

std::string Reference::course_differs(const terms::AgreementLedger& course, UtcMs now) const {
  const auto version = version_at(sizes_, now);
  for (const terms::Function function : terms::kFunctions) {
    const terms::TermsAt at = course.now(now, function);
    if (!at.missing.empty()) return "it waits for a document";
    if (at.agreement->sha256_hex() != version->sha256_hex()) return "another version is in force";
    if (at.state != force_at(sizes_, terms::function_name(function))) return "another state";
    if ((at.stage ? at.stage->value : "") != stage_at(sizes_)) return "another stage";
  }
  return {};
}

}  // namespace detente::sim
