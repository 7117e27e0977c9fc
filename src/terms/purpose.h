// SPDX-License-Identifier: Apache-2.0
//
// Purposes of air activities. There is none that names a target, and none can be added by input.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace detente::terms {

enum class Purpose : std::uint8_t {
  transit,
  patrol,
  reconnaissance,
  escort,
  refuelling,
  transport,
  training,
  survey,
  medical_evacuation,
  humanitarian,
  personnel_recovery,
  armed,  // weapons may be released somewhere inside the volume; names no target
};
inline constexpr std::array<Purpose, 12> kPurposes = {Purpose::transit,
                                                      Purpose::patrol,
                                                      Purpose::reconnaissance,
                                                      Purpose::escort,
                                                      Purpose::refuelling,
                                                      Purpose::transport,
                                                      Purpose::training,
                                                      Purpose::survey,
                                                      Purpose::medical_evacuation,
                                                      Purpose::humanitarian,
                                                      Purpose::personnel_recovery,
                                                      Purpose::armed};

const char* purpose_name(Purpose purpose);             // "medical_evacuation"
Result<Purpose> parse_purpose(std::string_view name);  // purpose_unknown

// Member names and words that describe targeting ("target", "aimpoint", "weapon", "bda",
// "collateral_estimate", ...). Documents that carry such a member are refused with
// Errc::restraint, so that the refusal can be logged.
bool is_refused_member(std::string_view name);

}  // namespace detente::terms
