// SPDX-License-Identifier: Apache-2.0
//
// Any JSON as a plan: refused with a code, or written back to a plan that says the same. And as
// the body of every act in a log: whatever it says, it activates nothing by itself.
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "airspace/activity.h"
#include "airspace/ledger.h"
#include "airspace/testing_sky.h"
#include "base/limits.h"

using namespace detente;

namespace {

struct World {
  // One activity, with an activation that does not count: so that it can be contingent.
  World() : id(sky.propose("north", airspace::testing::Flight{})) {
    sky.force("north", sky.raw_activation("north", id, {sky.proposal(id)}, {}, {}));
    sky.exchange();
  }
  airspace::testing::Sky sky;
  ActivityId id;
};

// One act of `party` with this body, if a statement can carry it.
void act(World& world, airspace::Ledger& ledger, const std::string& party, const std::string& type,
         const std::string& body, std::uint64_t index) {
  record::Envelope envelope =
      world.sky.draft(party, type, body, {}, {world.sky.proposal(world.id)});
  envelope.signatures.clear();
  auto statement = record::parse_statement(envelope);
  if (!statement) return;
  (void)ledger.admit(PartyId{party}, *statement, {party + "/duty-1"}, world.sky.now(),
                     world.sky.seen(party));
  record::Entry entry;
  entry.header = {LeafIndex{index}, world.sky.now(), world.sky.seen(party)};
  entry.statement = std::move(*statement);
  ledger.apply(PartyId{party}, entry, {party + "/duty-1"});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  const terms::Agreement& agreement = *world.sky.agreement();
  const JsonOptions options{.bytes_max = limits::kStatementPayloadBytes};
  std::string text(as_text({data, size}));
  const auto document = parse_json(text, options);
  if (!document) return 0;
  if (const auto plan = airspace::read_plan(document->root(), agreement)) {
    const std::string written = airspace::write_plan(*plan);
    const auto again = parse_json(written, options);
    check(again.has_value(), "a written plan is not JSON");
    const auto reread = airspace::read_plan(again->root(), agreement);
    check(reread && airspace::write_plan(*reread) == written, "a written plan says something else");
  }
  if (text.size() > 4'000) return 0;
  // Thirty-two zeros stand for the activity that exists.
  const std::string zeros(32, '0');
  const std::size_t at = text.find(zeros);
  if (at != std::string::npos) text.replace(at, zeros.size(), world.id.value);
  for (const char* party : {"north", "south"}) {
    airspace::Ledger ledger(world.sky.agreement());
    for (const std::string& name : airspace::testing::Sky::names()) {
      const auto& cell = world.sky.cell(name);
      for (std::size_t i = 0; i < cell.entries.size(); ++i) {
        ledger.apply(cell.id, cell.entries[i], cell.officers[i]);
      }
    }
    std::uint64_t index = world.sky.cell(party).entries.size();
    for (const char* type :
         {"activity.propose", "activity.read_back", "activity.concur", "activity.object",
          "activity.activate", "activity.contingent", "activity.release", "activity.offer",
          "activity.withdraw", "activity.end", "stop.send", "stop.ack", "stop.lift", "finding.open",
          "finding.close", "exception.declare", "agreement.state", "stage.begin"}) {
      const std::size_t refused = ledger.refused().size();
      act(world, ledger, party, type, text, index);
      const bool out_of_turn = ledger.refused().size() > refused &&
                               ledger.refused().back().error.code == Errc::entry_index;
      check(!out_of_turn, "an entry was lost");
      ++index;
    }
    for (const auto& view : ledger.views(world.sky.now())) {
      const bool flies = view.state == airspace::ActivityState::active ||
                         view.state == airspace::ActivityState::nonconforming ||
                         view.state == airspace::ActivityState::contingent;
      check(!flies && !view.active_since, "active without evidence");
      check(view.occupied.size() <= 2 * limits::kVolumesPerActivity, "too many volumes");
    }
    (void)ledger.stops();
  }
  return 0;
}
