// SPDX-License-Identifier: Apache-2.0
#include "app/demo.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <thread>

#include "app/demo_acts.h"
#include "app/demo_console.h"
#include "app/demo_nodes.h"
#include "app/demo_relief.h"
#include "app/demo_report.h"
#include "app/demo_state.h"
#include "app/demo_world.h"
#include "app/identity.h"
#include "app/scenario.h"
#include "base/limits.h"
#include "watch/finding.h"

namespace detente::app {
namespace {

using Clock = std::chrono::steady_clock;

// Before an act the clocks stop once more, so that what the nodes know of each other is fresh.
constexpr std::int64_t kBeforeActMs = 12'000;
constexpr std::int64_t kSaveEveryMs = 60'000;
constexpr std::chrono::milliseconds kBeat{250};

class Demo {
 public:
  explicit Demo(const DemoOptions& options)
      : options_(options), console_(options.json), state_path_(options.data + "/demo.json") {}

  Result<int> run();

 private:
  Status prepare();
  Status start_nodes();
  void print_pages();
  Status resume();
  Status play();
  Status go_to(UtcMs at);
  Status after_step();
  Status act(std::uint64_t number);
  Status tell_findings(bool silently = false);
  Status finish_day();
  Status save();
  Result<int> end_once();
  Status keep_serving();
  bool started_before() const { return state_.starts > 1; }

  const DemoOptions& options_;
  DemoConsole console_;
  std::string state_path_;
  std::unique_ptr<terms::Agreement> agreement_;
  Scenario scenario_;
  DemoState state_;
  net::Runtime runtime_;
  std::unique_ptr<net::Runtime::LineServer> feed_;
  std::unique_ptr<DemoNodes> nodes_;
  std::unique_ptr<DemoWorld> world_;
  std::unique_ptr<DemoOfficers> officers_;
  bool stop_wanted_ = false;
  bool repeated_ = false;  // the next act may have been done before a restart
  std::optional<DemoReport> report_;
  std::set<std::string> told_;  // findings
  std::uint64_t heads_told_ = 0;
  UtcMs saved_;
  // While the day plays in its own time: which real moment is which moment of the day.
  std::optional<std::pair<Clock::time_point, UtcMs>> anchor_;
};

Status Demo::prepare() {
  const std::string bound = options_.data + "/agreement.json";
  std::error_code ignored;
  const bool known = std::filesystem::exists(bound, ignored);
  const std::string path = known ? bound : options_.agreement;
  DETENTE_TRY(std::string text, read_text_file(path, limits::kAgreementBytes));
  if (!known) {
    Result<std::string> joined = with_relief(text);
    if (!joined) return fail(std::move(joined.error()).at(path));
    text = std::move(*joined);
  }
  Result<terms::Agreement> agreement = terms::Agreement::make(text);
  if (!agreement) return fail(std::move(agreement.error()).at(path));
  agreement_ = std::make_unique<terms::Agreement>(std::move(*agreement));
  state_.seed = options_.seed;
  DETENTE_TRY(const std::optional<DemoState> stored, load_demo_state(state_path_));
  if (stored) {
    state_ = *stored;
    if (state_.seed != options_.seed && options_.seed != DemoOptions{}.seed) {
      console_.line(fmt::format("{} was begun with seed {}; it goes on with that", options_.data,
                                state_.seed));
    }
  }
  DETENTE_TRY(scenario_, make_scenario(*agreement_, state_.seed));
  if (!stored) state_.now = scenario_.start;
  if (!nodes_are_set_up(options_, *agreement_)) {
    console_.line(fmt::format("Setting up {}: keys, agreement, signatures ...", options_.data));
    DETENTE_CHECK(set_up_nodes(options_, *agreement_, scenario_.start));
    DETENTE_TRY(const std::string signed_text, read_text_file(bound, limits::kAgreementBytes));
    DETENTE_TRY(terms::Agreement whole, terms::Agreement::make(signed_text));
    agreement_ = std::make_unique<terms::Agreement>(std::move(whole));
  }
  return {};
}

Status Demo::start_nodes() {
  DETENTE_TRY(feed_, runtime_.line_server("127.0.0.1", 0));
  DETENTE_TRY(nodes_, DemoNodes::start(options_, *agreement_, runtime_, feed_->port()));
  world_ = std::make_unique<DemoWorld>(runtime_, *nodes_, *feed_, scenario_);
  officers_ = std::make_unique<DemoOfficers>(*nodes_, *world_, *agreement_, state_);
  if (stop_wanted_) world_->interrupt();
  return {};
}

void Demo::print_pages() {
  console_.line("Pages (the link with a token lets you act as that officer):");
  for (const DemoNode& node : nodes_->all()) {
    console_.line(fmt::format("  {:<10}{}/", node.party.value, node.desk->url()));
    for (const auto& [officer, token] : node.tokens) {
      console_.line(fmt::format("    {:<16}{}/#token={}", officer, node.desk->url(), token));
    }
  }
  console_.line("Ctrl-C ends everything; a second start goes on from here.");
}

// Links that were cut when the demonstration was stopped are cut again before time goes on.
Status Demo::resume() {
  ++state_.starts;
  for (std::uint64_t i = 0; i < state_.acts_done && i < scenario_.acts.size(); ++i) {
    const Act& done = scenario_.acts[i];
    if (done.kind == ActKind::link_down || done.kind == ActKind::link_up) {
      DETENTE_CHECK(world_->set_link(done.party, done.peer, done.kind == ActKind::link_up));
    }
  }
  repeated_ = started_before();
  DETENTE_CHECK(world_->begin(state_.now));
  if (started_before()) DETENTE_CHECK(tell_findings(true));
  if (repeated_ && !state_.over) {
    console_.line(fmt::format("Going on at {}, after {} of {} acts", format_rfc3339(world_->now()),
                              state_.acts_done, scenario_.acts.size()));
  }
  return save();
}

Status Demo::save() {
  state_.now = world_->now();
  saved_ = state_.now;
  return save_demo_state(state_path_, state_);
}

Status Demo::after_step() {
  const UtcMs now = world_->now();
  const UtcMs from = now < scenario_.day_start ? scenario_.start : scenario_.day_start;
  const UtcMs to = now < scenario_.day_start ? scenario_.day_start : scenario_.end;
  console_.progress(static_cast<double>(now - from) / static_cast<double>(to - from),
                    format_rfc3339({now.value / 1000 * 1000}));
  DETENTE_CHECK(tell_findings());
  if (now - saved_ >= kSaveEveryMs && anchor_) DETENTE_CHECK(save());
  return {};
}

// The eve passes as fast as it can; the day in its own time, unless it is played at once.
Status Demo::go_to(UtcMs at) {
  const auto each = [this] { return after_step(); };
  const UtcMs fast_until = options_.once ? at : std::min(at, scenario_.day_start);
  DETENTE_CHECK(world_->advance_to(fast_until, each));
  while (world_->now() < at) {
    if (!anchor_) anchor_ = {Clock::now(), world_->now()};
    const auto real =
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - anchor_->first);
    const auto gone = static_cast<std::int64_t>(static_cast<double>(real.count()) * options_.speed);
    const UtcMs due = anchor_->second + gone;
    if (due > world_->now()) DETENTE_CHECK(world_->advance_to(std::min(due, at), each));
    if (world_->now() < at) DETENTE_CHECK(world_->rest(kBeat));
  }
  return {};
}

// Tells of every finding once, when the node of the first party knows it.
Status Demo::tell_findings(bool silently) {
  if (world_->heads_sum() == heads_told_) return {};
  heads_told_ = world_->heads_sum();
  DETENTE_TRY(const JsonDocument answer, nodes_->all().front().desk->get("/api/findings"));
  DETENTE_TRY(const std::vector<JsonReader> all, answer.root().array("findings", 1'000'000));
  for (const JsonReader& finding : all) {
    DETENTE_TRY(const std::string id, finding.string("id", limits::kIdBytes));
    if (!told_.insert(id).second || silently) continue;
    DETENTE_TRY(const std::string party, finding.string("party", limits::kIdBytes));
    DETENTE_TRY(const std::string kind, finding.string("kind", limits::kIdBytes));
    DETENTE_TRY(const std::string clause, finding.string("clause", limits::kIdBytes));
    DETENTE_TRY(const std::string aircraft, finding.string("aircraft", limits::kIdBytes));
    console_.tell(world_->now(),
                  fmt::format("  {} finds: {} of {}, clause {}", party, kind, aircraft, clause));
  }
  return {};
}

Status Demo::act(std::uint64_t number) {
  const Act& act = scenario_.acts[number];
  if (act.at - world_->now() > kBeforeActMs) DETENTE_CHECK(go_to(act.at - kBeforeActMs));
  DETENTE_CHECK(go_to(act.at));
  DETENTE_TRY(const ActOutcome outcome, officers_->perform(act, number, repeated_));
  repeated_ = false;
  console_.tell(world_->now(), act.tells);
  if (!outcome.problem.empty()) {
    console_.line("  UNEXPECTED " + outcome.problem);
    state_.failures.push_back(outcome.problem);
  } else if (!outcome.answer.empty()) {
    console_.line("  refused, as it must be: " + outcome.answer);
  }
  state_.acts_done = number + 1;
  DETENTE_CHECK(save());
  DETENTE_CHECK(world_->settle());
  return tell_findings();
}

Status Demo::play() {
  if (state_.over) return {};
  while (state_.acts_done < scenario_.acts.size()) DETENTE_CHECK(act(state_.acts_done));
  DETENTE_CHECK(go_to(scenario_.end));
  DETENTE_CHECK(world_->settle());
  state_.over = true;
  return save();
}

Status Demo::finish_day() {
  DETENTE_TRY(report_, make_report(*nodes_, *officers_, scenario_, state_));
  print_summary(console_, *report_);
  return {};
}

Result<int> Demo::end_once() {
  nodes_->stop();
  verify_folders(options_.verifier, *nodes_, options_.data + "/verify.log", *report_);
  if (!report_->case_id.empty()) {
    verify_case(options_.program, options_.verifier, nodes_->of(PartyId{kRelief}),
                options_.data + "/verify.log", *report_);
  }
  verify_knowledge(options_.program, options_.verifier, scenario_, *nodes_,
                   options_.data + "/verify.log", *report_);
  print_verified(console_, *report_);
  const bool good = report_->all_good();
  console_.line("");
  console_.line(good ? "All that the scenario promises happened, and the logs verify."
                     : "Something that the scenario promises is missing; see above.");
  if (options_.json) fmt::print("{}\n", report_json(*report_));
  return good ? 0 : 1;
}

Status Demo::keep_serving() {
  console_.line("");
  console_.line("The day is over. The pages stay open until Ctrl-C:");
  for (const DemoNode& node : nodes_->all()) {
    console_.line(fmt::format("  {:<10}{}/", node.party.value, node.desk->url()));
  }
  if (options_.json) fmt::print("{}\n", report_json(*report_));
  std::fflush(stdout);
  while (true) DETENTE_CHECK(world_->rest(std::chrono::milliseconds(1'000)));
}

Result<int> Demo::run() {
  runtime_.on_stop_signal([this] {
    stop_wanted_ = true;
    if (world_) world_->interrupt();
  });
  const auto whole = [this]() -> Result<int> {
    DETENTE_CHECK(prepare());
    DETENTE_CHECK(start_nodes());
    print_pages();
    DETENTE_CHECK(resume());
    DETENTE_CHECK(play());
    DETENTE_CHECK(finish_day());
    if (options_.once) return end_once();
    DETENTE_CHECK(keep_serving());
    return 0;
  };
  Result<int> code = whole();
  const bool interrupted = !code && code.error().code == Errc::interrupted;
  if (interrupted && world_ && state_.starts > 0) DETENTE_CHECK(save());
  if (!code && !interrupted && nodes_) {
    // A request that broke off may be the first sign of a node that has ended.
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    const Status alive = nodes_->alive();
    if (!alive) code = fail(alive.error());
  }
  if (nodes_) nodes_->stop();
  if (!interrupted) return code;
  console_.line("");
  console_.line(fmt::format("Stopped at {}. The same command goes on from there.",
                            format_rfc3339(state_.now)));
  return options_.once ? 130 : 0;
}

}  // namespace

int demo(const DemoOptions& options) {
  Demo demo(options);
  const Result<int> code = demo.run();
  if (code) return *code;
  fmt::print(stderr, "detente demo: {}\n", code.error().text());
  return code.error().code == Errc::usage ? 2 : 1;
}

}  // namespace detente::app
