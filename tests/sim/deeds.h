// SPDX-License-Identifier: Apache-2.0
//
// What the officers do in the simulation, each counted as the faults are. Those of the first part
// must be accepted at some time in a run of many seeds; those of the second part are wrong on
// purpose: each must have been refused for its own reason, and none may ever be accepted.
#pragma once

#include <array>
#include <cstdint>

#include "base/result.h"

namespace detente::sim {

enum class Deed : std::uint8_t {
  propose,
  propose_unmanned,
  propose_sponsored,
  propose_armed,
  amend_flight,
  read_back,
  disagree,
  concur,
  concur_alone,
  object,
  activate,
  activate_unmanned,
  activate_sponsored,
  activate_armed,
  activate_replacement,
  activate_second_version,
  withdraw,
  end,
  release_volumes,
  release_time,
  contingent,
  offer,
  stop,
  sign_version,
  suspend_all,
  suspend_function,
  resume,
  leave,
  begin_stage,
  reset_stage,
  warn,
  ack_warning,
  end_warning,
  send_message,
  read_message,
  take_watch,
  leave_watch,
  test_call,
  answer_call,
  utm_create,
  utm_update,
  utm_delete,
  utm_subscribe,
  second_version,  // in force at the end
  second_stage,    // was current
  // Wrong on purpose.
  same_officer_again,
  same_officer_twice,
  armed_one_officer,
  false_read_back,
  not_read_back,
  activate_suspended,
  activate_stopped,
  activate_objected,
  offer_as_consent,
  act_on_replaced,
  amend_twice,
  change_of_others,
  old_version,
  second_offer,
  monitor_signs,
  lone_stage,
  bare_reset,
  resume_after_leaving,
  ack_own_warning,
  end_others_warning,
  utm_without_key,
  utm_old_version,
  utm_delete_others,
};
inline constexpr std::size_t kDeeds = 68;
inline constexpr Deed kFirstWrong = Deed::same_officer_again;
inline bool is_wrong(Deed deed) {
  return deed >= kFirstWrong;
}

const char* deed_name(Deed deed);
// Whether this is the refusal that a wrong deed asks for, and no other that came first.
bool is_answer_to(Deed deed, Errc code);

}  // namespace detente::sim
