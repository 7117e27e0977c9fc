// SPDX-License-Identifier: Apache-2.0
#include "sim/deeds.h"

#include <algorithm>

namespace detente::sim {
namespace {

struct Row {
  const char* name;
  std::array<Errc, 2> codes = {};
};

constexpr std::array<Row, kDeeds> kRows = {{
    {"propose"},
    {"propose an unmanned flight"},
    {"propose a sponsored flight"},
    {"propose an armed flight"},
    {"amend a flight"},
    {"read back"},
    {"read back, disagree"},
    {"concur"},
    {"concur, one officer"},
    {"object"},
    {"activate"},
    {"activate, unmanned"},
    {"activate, sponsored"},
    {"activate, armed"},
    {"replace an active flight"},
    {"activate by version 2"},
    {"withdraw"},
    {"end"},
    {"release volumes"},
    {"release from a time on"},
    {"contingent"},
    {"offer"},
    {"stop"},
    {"sign a version"},
    {"suspend the agreement"},
    {"suspend a function"},
    {"resume"},
    {"withdraw from it"},
    {"begin a stage"},
    {"reset a stage"},
    {"warn"},
    {"acknowledge a warning"},
    {"end a warning"},
    {"send a message"},
    {"read a message"},
    {"take the watch"},
    {"leave the watch"},
    {"test call"},
    {"answer a test call"},
    {"UTM: create"},
    {"UTM: update"},
    {"UTM: delete"},
    {"UTM: subscribe"},
    {"version 2 in force"},
    {"stage 2 current"},
    {"same officer again", {Errc::activity_repeated}},
    {"same officer twice in one", {Errc::entry_malformed}},
    {"armed, one officer", {Errc::activity_concurrence}},
    {"false read-back", {Errc::activity_read_back}},
    {"concur, not read back", {Errc::activity_read_back}},
    {"activate while suspended", {Errc::agreement_suspended, Errc::agreement_withdrawn}},
    {"activate under STOP", {Errc::stop_in_force}},
    {"activate against an objection", {Errc::activity_concurrence, Errc::activity_read_back}},
    {"offer as consent", {Errc::activity_evidence}},
    {"act on a replaced flight", {Errc::activity_state}},
    {"amend a flight twice", {Errc::activity_state}},
    {"change another's flight", {Errc::activity_not_owner}},
    {"amend an old version", {Errc::agreement_version}},
    {"sign two offers", {Errc::agreement_version}},
    {"monitor signs", {Errc::agreement_party}},
    {"next stage, one signature", {Errc::stage_state}},
    {"reset without evidence", {Errc::stage_evidence}},
    {"resume after withdrawal", {Errc::agreement_withdrawn}},
    {"acknowledge one's own warning", {Errc::hotline_own}},
    {"end another's warning", {Errc::hotline_not_sender}},
    {"UTM: key without an OVN"},
    {"UTM: old OVN"},
    {"UTM: delete another's"},
}};

}  // namespace

const char* deed_name(Deed deed) {
  return kRows[static_cast<std::size_t>(deed)].name;
}

bool is_answer_to(Deed deed, Errc code) {
  const std::array<Errc, 2>& codes = kRows[static_cast<std::size_t>(deed)].codes;
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

}  // namespace detente::sim
