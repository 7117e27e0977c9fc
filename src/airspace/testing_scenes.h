// SPDX-License-Identifier: Apache-2.0
//
// For tests of the ledger: what several scenes begin with.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "airspace/testing_sky.h"
#include "base/limits.h"

namespace detente::airspace::testing {

// A medical flight is quicker to tell about: an hour's notice and one officer.
inline Flight medical() {
  Flight flight;
  flight.purpose = "medical_evacuation";
  flight.start = kMorning + 2 * kHourMs;
  flight.end = kMorning + 3 * kHourMs;
  return flight;
}

template <class T>
Errc code_of(const Result<T>& result) {
  return result ? Errc{} : result.error().code;
}

#define EXPECT_REFUSED(result, code) \
  EXPECT_EQ(errc_name(code_of(result)), std::string(errc_name(code)))

// The last step that this party took.
inline Step last_step(const ActivityView& view, const std::string& party) {
  Step out;
  for (const Step& step : view.steps) {
    if (step.party.value == party) out = step;
  }
  return out;
}

// A proposal of north's that south has concurred with by two keys, known to all.
inline ActivityId agreed(Sky& sky, const Flight& flight = {}) {
  const ActivityId id = sky.propose("north", flight);
  sky.exchange();
  EXPECT_TRUE(sky.concur("south", id));
  sky.exchange();
  return id;
}

// A proposal that its party's guard did not see.
inline ActivityId forced(Sky& sky, const std::string& party, const Flight& flight) {
  const auto envelope = sky.draft(party, "activity.propose", flight.body(party));
  sky.force(party, envelope);
  return ActivityId{record::parse_statement(envelope).value().id.value};
}

}  // namespace detente::airspace::testing
