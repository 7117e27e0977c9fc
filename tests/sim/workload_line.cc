// SPDX-License-Identifier: Apache-2.0
//
// What duty officers do with the hotline: warnings, messages, the watch, test calls.
#include <algorithm>

#include "sim/world.h"

namespace detente::sim {
namespace {

std::string about(const char* name, const StatementId& id, const char* reason = nullptr) {
  JsonWriter body;
  body.begin_object().member(name, id.value);
  if (reason != nullptr) body.member("reason", reason);
  return body.end_object().take();
}

PartyId other_of(const PartyId& party) {
  return PartyId{party.value == "north" ? "south" : "north"};
}

}  // namespace

void World::act_on_line(Machine& machine) {
  const record::OfficerSigner& officer = keys().officers.at(machine.id)[draw_.below(3)];
  const std::uint64_t what = draw_.below(100);
  if (what < 25) return act_warn(machine, officer);
  if (what < 55) return act_on_warning(machine, officer);
  if (what < 75) return act_on_message(machine, officer);
  if (what < 87) return act_on_watch(machine, officer);
  act_on_test(machine, officer);
}

void World::act_warn(Machine& machine, const record::OfficerSigner& officer) {
  const std::span<const hotline::Code> kinds = hotline::warning_kinds();
  hotline::WarningBody warning;
  warning.kind = kinds[draw_.below(kinds.size())].code;
  const UtcMs now = clock(machine);
  const airspace::ActivityPlan plan = draw_plan(machine);
  warning.volume = plan.volumes.front();
  warning.volume->time = {now, now + 600'000};
  warning.until = now + static_cast<std::int64_t>((2 + draw_.below(40)) * 60'000);
  submit(machine, "warning.send", {}, hotline::write_warning(warning), {officer});
}

void World::act_on_warning(Machine& machine, const record::OfficerSigner& officer) {
  const std::vector<hotline::WarningView> warnings = machine.node->hotline().warnings();
  if (warnings.empty()) return;
  const hotline::WarningView& one = warnings[draw_.below(warnings.size())];
  const bool own = one.sent.party == machine.id;
  if (draw_.chance(70) != own) {
    return submit(machine, "warning.ack", {}, about("warning", one.sent.id), {officer},
                  own ? std::optional(Deed::ack_own_warning) : std::nullopt);
  }
  submit(machine, "warning.over", {}, about("warning", one.sent.id, "clear"), {officer},
         own ? std::nullopt : std::optional(Deed::end_others_warning));
}

void World::act_on_message(Machine& machine, const record::OfficerSigner& officer) {
  const std::vector<hotline::MessageView> messages = machine.node->hotline().messages();
  for (const hotline::MessageView& message : messages) {
    const bool read = std::any_of(message.reads.begin(), message.reads.end(),
                                  [&](const auto& ack) { return ack.party == machine.id; });
    if (message.sent.party == machine.id || read || draw_.chance(30)) continue;
    return submit(machine, "ack.read", {message.sent.ref}, "{}", {officer});
  }
  hotline::MessageBody message;
  message.form = "answer";
  message.fields = R"({"answer":"yes"})";
  message.language = "en";
  message.to = {other_of(machine.id)};
  submit(machine, "message.send", {}, hotline::write_message(message), {officer});
}

void World::act_on_watch(Machine& machine, const record::OfficerSigner& officer) {
  if (draw_.chance(40)) {
    return submit(machine, "watch.off", {}, R"({"reason":"relieved"})", {officer});
  }
  JsonWriter body;
  const std::int64_t length = static_cast<std::int64_t>((5 + draw_.below(60)) * 60'000);
  body.begin_object().member("until", clock(machine) + length).end_object();
  submit(machine, "watch.on", {}, body.take(), {officer});
}

void World::act_on_test(Machine& machine, const record::OfficerSigner& officer) {
  const hotline::LineView line =
      machine.node->hotline().line(machine.id, keys().agreement->hotline_terms(), clock(machine));
  if (line.test && !line.test->answered) {
    return submit(machine, "call.answer", {}, about("call", line.test->sent.id), {officer});
  }
  JsonWriter body;
  body.begin_object().member("to", other_of(machine.id).value).end_object();
  submit(machine, "call.test", {}, body.take(), {officer});
}

}  // namespace detente::sim
