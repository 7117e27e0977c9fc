// SPDX-License-Identifier: Apache-2.0
// Bodies of the UTM interface: whatever is taken keeps the rules, and a volume that was taken can
// be written and read again. Every reader gets every input: the bodies look alike.
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/limits.h"
#include "wire/f3548.h"
#include "wire/f3548_uss.h"

using namespace detente;
using namespace detente::wire;

namespace {

constexpr f3548::Limits kLimits = {.vertices = 500, .extents = 50, .key = 500};

void check_volume(const f3548::Volume4D& volume) {
  check(!volume.start || !volume.end || *volume.start <= *volume.end, "a span that is reversed");
  check(!volume.lower_mm || !volume.upper_mm || *volume.lower_mm <= *volume.upper_mm,
        "a band that is reversed");
  JsonWriter out;
  f3548::write_volume(out, volume);
  const auto parsed =
      parse_json(out.text(), {.bytes_max = limits::kUtmBodyBytes, .integers_only = false});
  check(parsed.has_value(), "what was written is not JSON");
  const auto again = f3548::read_volume(parsed->root(), kLimits);
  check(again && again->area.shape() == volume.area.shape() && again->start == volume.start &&
            again->end == volume.end && again->lower_mm == volume.lower_mm &&
            again->upper_mm == volume.upper_mm,
        "a volume is not read back as it was written");
}

void check_dss(std::string_view text) {
  if (const auto intent = f3548::read_put_intent(text, kLimits)) {
    check(!intent->extents.empty() && intent->extents.size() <= kLimits.extents, "extents");
    check(!(intent->subscription && intent->new_subscription), "two subscriptions");
    check(intent->base_url.starts_with("https://"), "a base URL");
    for (const auto& extent : intent->extents) {
      check(extent.start && extent.end && *extent.start < *extent.end, "an extent without times");
      check(extent.lower_mm && extent.upper_mm, "an extent without altitudes");
      check_volume(extent);
    }
  }
  if (const auto constraint = f3548::read_put_constraint(text, kLimits)) {
    for (const auto& extent : constraint->extents) check_volume(extent);
  }
  if (const auto subscription = f3548::read_put_subscription(text, kLimits)) {
    check(subscription->for_intents || subscription->for_constraints, "asks for nothing");
    check_volume(*subscription->extents);
  }
  if (const auto query = f3548::read_query(text, kLimits)) check_volume(query->area);
  if (const auto report = f3548::read_report(text)) f3548::report_with_id(*report, "1");
  static_cast<void>(f3548::read_put_availability(text));
  if (const auto id = f3548::read_entity_id(text)) check(id->size() == 36, "an id");
}

void check_uss(std::string_view text) {
  if (const auto put = f3548::read_put_intent_details(text, kLimits)) {
    check(!put->subscriptions.empty(), "no subscription");
    if (put->intent) {
      check(put->intent->reference.id == put->id, "two ids");
      const std::string answer = f3548::write_get_intent_details(*put->intent);
      check(!answer.empty(), "an answer without text");
    }
  }
  if (const auto put = f3548::read_put_constraint_details(text, kLimits)) {
    if (put->constraint) {
      check(!put->constraint->volumes.empty(), "a constraint without volumes");
      check(!f3548::write_get_constraint_details(*put->constraint).empty(), "no text");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  check_dss(text);
  check_uss(text);
  return 0;
}
