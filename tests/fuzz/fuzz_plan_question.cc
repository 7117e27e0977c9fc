// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as the body of a question about a plan or the agreement: refused with a code, or
// answered with JSON, and nothing is submitted. A plan that can be read is also examined among
// activities that are filed: what is offered as a way out meets nobody.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "airspace/plan_check.h"
#include "airspace/testing_sky.h"
#include "base/limits.h"
#include "node/api.h"

using namespace detente;
using airspace::testing::kHourMs;
using airspace::testing::Sky;

namespace {

struct World {
  World() {
    airspace::testing::Flight flight;
    sky.propose("south", flight);
    flight.lat = 36.3;
    flight.floor_ft = 12'000;
    sky.propose("north", flight);
    sky.exchange();
    node::NodeConfig config{.agreement = sky.agreement(),
                            .self = PartyId{"north"},
                            .keys = {Sky::signer("north", "log"), Sky::signer("north", "witness"),
                                     Sky::signer("north", "mirror"), std::nullopt},
                            .random = [](std::span<std::uint8_t> out) {
                              for (std::uint8_t& byte : out) byte = 7;
                            }};
    auto started = node::Node::start(std::move(config), {}, sky.now());
    check(started.has_value(), "a node starts");
    north = std::make_unique<node::Node>(std::move(*started));
  }
  Sky sky;
  std::unique_ptr<node::Node> north;
};

void ask(const World& world, const char* path, const std::string& body, UtcMs now) {
  const node::ApiOutcome outcome = node::handle_api(*world.north, {"POST", path, {}, body},
                                                    {node::Role::reader, std::nullopt}, {}, now);
  const auto* answer = std::get_if<node::ApiAnswer>(&outcome);
  check(answer != nullptr, "a question was submitted");
  check(answer->status == 200 || (answer->status >= 400 && answer->status < 500), "a status");
  const auto read = parse_json(answer->body, {.bytes_max = 64U << 20, .integers_only = false});
  check(read.has_value(), "an answer is not JSON");
}

void examine(World& world, const JsonReader& in) {
  auto plan = airspace::read_plan(JsonReader(in.value(), ""), *world.sky.agreement());
  if (!plan) return;
  airspace::PlanToCheck question{.terms = {},
                                 .owner = PartyId{"north"},
                                 .plan = std::move(*plan),
                                 .flexibility = {.earlier_ms = 3 * kHourMs,
                                                 .later_ms = 3 * kHourMs,
                                                 .higher_mm = 3'000'000,
                                                 .lower_mm = 3'000'000,
                                                 .shorten_to_ms = 60'000,
                                                 .sideways_mm = 20'000'000},
                                 .now = world.sky.now()};
  question.terms.agreement = world.sky.agreement();
  const airspace::PlanCheck found = airspace::examine_plan(world.sky.ledger("north"), question);
  for (const airspace::PlanWay& way : found.ways) {
    question.plan = way.plan;
    const auto free = airspace::examine_plan(world.sky.ledger("north"), question);
    check(!free.problem && free.conflicts.empty() && !free.late && free.answer.permitted,
          "a way out is none");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  const std::string body(as_text({data, size}));
  for (const char* path : {"/api/plans/check", "/api/agreement/ask"}) {
    ask(world, path, body, world.sky.now());
  }
  const auto document =
      parse_json(body, {.bytes_max = limits::kApiBodyBytes, .integers_only = false});
  if (!document) return 0;
  if (const auto plan = document->root().member("plan")) examine(world, *plan);
  return 0;
}
