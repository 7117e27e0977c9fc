// SPDX-License-Identifier: Apache-2.0
#include "app/demo_report.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <tuple>

#include "app/checks_command.h"
#include "base/limits.h"

namespace detente::app {
namespace {

constexpr std::size_t kManyMax = 1'000'000;

// One activity as one node shows it.
struct Shown {
  std::string state;
  bool late = false;
  std::vector<UtcMs> activated;  // steps that count
  bool read_back = false;        // by at least one party, and so that it matches
  bool checked = true;           // every private check that the agreement asks for is done
};

struct FoundOne {
  std::string party;  // whose log
  std::string kind;
  std::string clause;
  std::string aircraft;
  std::string activity;
};

// What a node says at the end.
struct Told {
  PartyId node;
  std::map<ActivityId, Shown> activities;
  std::vector<FoundOne> findings;
  std::uint64_t stops_in_time = 0;
  std::uint64_t stops_lifted = 0;
  std::uint64_t stops = 0;
  // Of the agreement's course.
  std::int64_t version = 0;
  std::size_t version_signed_by = 0;
  std::string stage;
  std::map<std::string, std::uint64_t> uses;
  std::set<std::string> late_uses;
  std::map<std::string, std::uint64_t> verified;  // reports, by obligation
  std::set<std::string> accepted;                 // adherents
  std::uint64_t sites = 0;                        // confirmed
  std::map<std::string, std::string> movements;   // name -> state
  std::uint64_t cases = 0;                        // that incidents opened
  std::string case_id;
  std::size_t case_checks = 0;     // statements of private checks in that case
  std::set<ActivityId> near_site;  // of one's own, whose check said so
};

using Check = DemoReport::Check;

Result<Shown> read_activity(const JsonReader& in) {
  Shown out;
  DETENTE_TRY(out.state, in.string("state", limits::kIdBytes));
  DETENTE_TRY(out.late, in.boolean("late"));
  if (in.has("active_since")) {
    DETENTE_TRY(const UtcMs since, in.time("active_since"));
    out.activated.push_back(since);
  }
  DETENTE_TRY(const std::vector<JsonReader> steps, in.array("steps", kManyMax));
  for (const JsonReader& step : steps) {
    DETENTE_TRY(const std::string type, step.string("type", limits::kIdBytes));
    DETENTE_TRY(const bool counts, step.boolean("counts"));
    DETENTE_TRY(const UtcMs time, step.time("time"));
    if (type == "activity.activate" && counts) out.activated.push_back(time);
  }
  DETENTE_TRY(const std::vector<JsonReader> echoes, in.array("read_backs", kManyMax));
  for (const JsonReader& echo : echoes) {
    DETENTE_TRY(const bool matches, echo.boolean("matches"));
    out.read_back = out.read_back || matches;
  }
  DETENTE_TRY(const std::vector<JsonReader> checks, in.array("checks", kManyMax));
  for (const JsonReader& check : checks) {
    out.checked = out.checked && check.string("stage", limits::kIdBytes) == "done";
  }
  return out;
}

Status read_activities(DemoNode& node, Told& out) {
  DETENTE_TRY(const JsonDocument answer, node.desk->get("/api/activities"));
  DETENTE_TRY(const std::vector<JsonReader> all, answer.root().array("activities", kManyMax));
  for (const JsonReader& one : all) {
    DETENTE_TRY(const std::string id, one.string("id", limits::kIdBytes));
    DETENTE_TRY(out.activities[ActivityId{id}], read_activity(one));
  }
  return {};
}

Status read_findings(DemoNode& node, Told& out) {
  DETENTE_TRY(const JsonDocument answer, node.desk->get("/api/findings"));
  DETENTE_TRY(const std::vector<JsonReader> all, answer.root().array("findings", kManyMax));
  for (const JsonReader& one : all) {
    FoundOne found;
    DETENTE_TRY(found.party, one.string("party", limits::kIdBytes));
    DETENTE_TRY(found.kind, one.string("kind", limits::kIdBytes));
    DETENTE_TRY(found.clause, one.string("clause", limits::kIdBytes));
    DETENTE_TRY(found.aircraft, one.string("aircraft", limits::kIdBytes));
    if (one.has("activity")) {
      DETENTE_TRY(found.activity, one.string("activity", limits::kIdBytes, true));
    }
    out.findings.push_back(std::move(found));
  }
  return {};
}

Status read_stops(DemoNode& node, Told& out) {
  DETENTE_TRY(const JsonDocument answer, node.desk->get("/api/stops"));
  DETENTE_TRY(const std::vector<JsonReader> all, answer.root().array("stops", kManyMax));
  for (const JsonReader& one : all) {
    DETENTE_TRY(const bool overdue, one.boolean("overdue"));
    DETENTE_TRY(const std::vector<JsonReader> acks, one.array("acks", kManyMax));
    ++out.stops;
    if (!overdue && !acks.empty()) ++out.stops_in_time;
    if (one.has("lifted")) ++out.stops_lifted;
  }
  return {};
}

Status read_uses(const JsonReader& course, Told& out) {
  DETENTE_TRY(const std::vector<JsonReader> exceptions, course.array("exceptions", kManyMax));
  for (const JsonReader& exception : exceptions) {
    DETENTE_TRY(const std::string id, exception.string("id", limits::kIdBytes));
    DETENTE_TRY(const std::vector<JsonReader> uses, exception.array("uses", kManyMax));
    for (const JsonReader& use : uses) {
      // A flight that files its grounds declares its exception by that; it is not counted here.
      if (use.has("activity")) continue;
      ++out.uses[id];
      DETENTE_TRY(const bool late, use.boolean("late"));
      if (late) out.late_uses.insert(id);
    }
  }
  return {};
}

Status read_course(DemoNode& node, Told& out) {
  DETENTE_TRY(const JsonDocument answer, node.desk->get("/api/agreement/course"));
  const JsonReader in = answer.root();
  DETENTE_TRY(out.version, in.integer("version", 1, INT64_MAX));
  DETENTE_TRY(const std::vector<JsonReader> versions, in.array("versions", kManyMax));
  for (const JsonReader& version : versions) {
    DETENTE_TRY(const bool in_force, version.boolean("in_force"));
    DETENTE_TRY(const std::vector<JsonReader> signatures, version.array("signatures", kManyMax));
    if (in_force) out.version_signed_by = signatures.size();
  }
  if (in.has("stage")) {
    DETENTE_TRY(out.stage, in.string("stage", limits::kIdBytes));
  }
  DETENTE_TRY(const std::vector<JsonReader> obligations, in.array("obligations", kManyMax));
  for (const JsonReader& obligation : obligations) {
    DETENTE_TRY(const std::string id, obligation.string("id", limits::kIdBytes));
    DETENTE_TRY(const std::int64_t verified, obligation.integer("verified", 0, INT64_MAX));
    out.verified[id] = static_cast<std::uint64_t>(verified);
  }
  DETENTE_TRY(const std::vector<JsonReader> roll, in.array("roll", kManyMax));
  for (const JsonReader& entry : roll) {
    DETENTE_TRY(const std::string adherent, entry.string("adherent", limits::kIdBytes));
    if (entry.has("accepted_at")) out.accepted.insert(adherent);
  }
  return read_uses(in, out);
}

Status read_relief(DemoNode& node, Told& out) {
  DETENTE_TRY(const JsonDocument sites, node.desk->get("/api/sites?count=0&state=confirmed"));
  DETENTE_TRY(const std::int64_t total, sites.root().integer("total", 0, INT64_MAX));
  out.sites = static_cast<std::uint64_t>(total);
  DETENTE_TRY(const JsonDocument moving, node.desk->get("/api/movements"));
  DETENTE_TRY(const std::vector<JsonReader> movements, moving.root().array("movements", kManyMax));
  for (const JsonReader& one : movements) {
    DETENTE_TRY(const std::string name, one.string("name", limits::kNameBytes));
    DETENTE_TRY(out.movements[name], one.string("state", limits::kIdBytes));
  }
  DETENTE_TRY(const JsonDocument known, node.desk->get("/api/cases"));
  DETENTE_TRY(const std::vector<JsonReader> cases, known.root().array("cases", kManyMax));
  for (const JsonReader& one : cases) {
    DETENTE_TRY(const bool incident, one.boolean("incident"));
    if (incident) ++out.cases;
    if (incident) {
      DETENTE_TRY(out.case_id, one.string("id", limits::kIdBytes));
    }
  }
  return {};
}

// What a party's own duty officer sees of its private checks; nobody else does.
Status read_checks(DemoNode& node, Told& out) {
  const auto token = node.tokens.find(node.party.value + "/duty-1");
  if (token == node.tokens.end()) return {};
  DETENTE_TRY(const Answered answer, node.desk->ask("GET", "/api/checks/plans", "", token->second));
  if (answer.status == 403) return {};  // a monitor plans nothing
  if (!answer.good()) return fail(Errc::http_status, answer.text());
  DETENTE_TRY(const std::vector<JsonReader> plans, answer.json.root().array("plans", kManyMax));
  for (const JsonReader& plan : plans) {
    if (!plan.has("activity")) continue;
    DETENTE_TRY(const std::string id, plan.string("activity", limits::kIdBytes));
    DETENTE_TRY(const std::vector<JsonReader> checks, plan.array("checks", kManyMax));
    for (const JsonReader& check : checks) {
      const bool sites = check.string("purpose", limits::kIdBytes) == "sites";
      if (!sites || !check.has("near")) continue;
      DETENTE_TRY(const bool near, check.boolean("near"));
      if (near) out.near_site.insert(ActivityId{id});
    }
  }
  return {};
}

Status read_case(DemoNode& node, Told& out) {
  if (out.case_id.empty()) return {};
  DETENTE_TRY(const JsonDocument file, node.desk->get("/api/cases/" + out.case_id));
  DETENTE_TRY(const std::vector<JsonReader> refs, file.root().array("refs", kManyMax));
  for (const JsonReader& ref : refs) {
    out.case_checks += ref.string("why", limits::kIdBytes) == "check" ? 1 : 0;
  }
  return {};
}

Result<DemoReport::Log> read_log(DemoNode& node) {
  DemoReport::Log out;
  out.party = node.party.value;
  DETENTE_TRY(const JsonDocument answer,
              node.desk->get(fmt::format("/api/log/{}?count=1", node.party.value)));
  DETENTE_TRY(const std::int64_t size, answer.root().integer("size", 0, INT64_MAX));
  out.entries = static_cast<std::uint64_t>(size);
  DETENTE_TRY(const std::vector<JsonReader> lines, answer.root().array("cosignatures", kManyMax));
  for (const JsonReader& line : lines) {
    DETENTE_TRY(const std::string party, line.string("party", limits::kIdBytes));
    DETENTE_TRY(const std::string level, line.string("level", limits::kIdBytes));
    if (party == out.party) continue;
    (level == "held" ? out.held : out.seen) += 1;
  }
  return out;
}

// "the others hold all of it", from the owner's own view.
Result<Check> check_held(DemoNode& node, std::uint64_t entries) {
  Check out{fmt::format("everything that {} logged is held by the others", node.party.value), true,
            ""};
  DETENTE_TRY(const JsonDocument answer, node.desk->get("/api/state"));
  DETENTE_TRY(const std::vector<JsonReader> links, answer.root().array("links", kManyMax));
  for (const JsonReader& link : links) {
    DETENTE_TRY(const std::string party, link.string("party", limits::kIdBytes));
    std::int64_t held = 0;
    if (link.has("held_of_ours")) {
      DETENTE_TRY(held, link.integer("held_of_ours", 0, INT64_MAX));
    }
    if (static_cast<std::uint64_t>(held) == entries) continue;
    out.kept = false;
    out.detail += fmt::format("{} holds {} of {}; ", party, held, entries);
  }
  return out;
}

// One promise that every node must confirm: `problem` says what a node tells instead, or "".
template <class Problem>
Check everywhere(const std::vector<Told>& told, std::string text, Problem problem) {
  Check out{std::move(text), true, ""};
  for (const Told& one : told) {
    const std::string wrong = problem(one);
    if (wrong.empty()) continue;
    out.kept = false;
    out.detail += fmt::format("{}{}: {}", out.detail.empty() ? "" : "; ", one.node.value, wrong);
  }
  return out;
}

class Judge {
 public:
  Judge(const std::vector<Told>& told, const DemoOfficers& officers, const Scenario& scenario,
        const DemoState& state, std::vector<Check>& out)
      : told_(told), officers_(officers), scenario_(scenario), state_(state), out_(out) {}

  void all() {
    judge_states();
    judge_findings();
    judge_stops();
    judge_cut();
    judge_course();
    judge_relief();
    judge_checks();
    judge_acts();
  }

 private:
  template <class Problem>
  void activity(const std::string& subject, std::string text, Problem problem) {
    const ActivityId id = officers_.activity(subject);
    out_.push_back(everywhere(told_, std::move(text), [&](const Told& told) -> std::string {
      const auto found = told.activities.find(id);
      return found == told.activities.end() ? "does not know it" : problem(found->second);
    }));
  }

  void judge_states() {
    for (const auto& [subject, state] : scenario_.promises.final_state) {
      activity(subject, fmt::format("{} is {}", subject, state),
               [&](const Shown& shown) { return shown.state == state ? "" : shown.state; });
    }
    for (const std::string& subject : scenario_.promises.never_active) {
      activity(subject, subject + " was never active", [](const Shown& shown) -> std::string {
        if (shown.activated.empty()) return "";
        return "active from " + format_rfc3339(shown.activated.front());
      });
    }
    for (const std::string& subject : scenario_.promises.late) {
      activity(subject, subject + " is marked as late",
               [](const Shown& shown) -> std::string { return shown.late ? "" : "not marked"; });
    }
  }

  using Key = std::tuple<std::string, std::string, std::string, std::string>;

  // After a restart in the middle of the day the watch begins anew, and may find again what goes
  // on; so then each finding counts once.
  std::vector<Key> found_by(const std::string& party) const {
    std::vector<Key> out;
    for (const FoundOne& found : told_.front().findings) {
      if (found.party == party) {
        out.emplace_back(found.kind, found.clause, found.aircraft, found.activity);
      }
    }
    std::sort(out.begin(), out.end());
    if (state_.starts > 1) out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
  }

  void judge_findings() {
    std::vector<Key> promised;
    promised.reserve(scenario_.promises.findings.size());
    for (const auto& finding : scenario_.promises.findings) {
      promised.emplace_back(
          finding.kind, finding.clause, fmt::format("{:06x}", finding.aircraft),
          finding.subject.empty() ? "" : officers_.activity(finding.subject).value);
    }
    std::sort(promised.begin(), promised.end());
    for (const Key& key : promised) {
      const auto& [kind, clause, aircraft, of] = key;
      Check check{
          fmt::format("{} (clause {}) of {} is found by every party", kind, clause, aircraft), true,
          ""};
      for (const Told& told : told_) {
        const std::vector<Key> found = found_by(told.node.value);
        const auto times = std::count(found.begin(), found.end(), key);
        if (times == 1) continue;
        check.kept = false;
        check.detail += fmt::format("{}: {} times; ", told.node.value, times);
      }
      out_.push_back(std::move(check));
    }
    Check others{"nothing else is found", true, ""};
    for (const Told& told : told_) {
      for (const Key& key : found_by(told.node.value)) {
        if (std::find(promised.begin(), promised.end(), key) != promised.end()) continue;
        others.kept = false;
        others.detail +=
            fmt::format("{}: {} of {}; ", told.node.value, std::get<0>(key), std::get<2>(key));
      }
    }
    out_.push_back(std::move(others));
  }

  void judge_stops() {
    const std::uint64_t wanted = scenario_.promises.stops_acknowledged;
    out_.push_back(everywhere(
        told_, fmt::format("{} STOPs are acknowledged within the clock and lifted", wanted),
        [&](const Told& told) -> std::string {
          if (told.stops == wanted && told.stops_in_time == wanted && told.stops_lifted == wanted) {
            return "";
          }
          return fmt::format("{} sent, {} acknowledged in time, {} lifted", told.stops,
                             told.stops_in_time, told.stops_lifted);
        }));
  }

  void judge_cut() {
    const TimeSpan cut = scenario_.promises.link_cut;
    out_.push_back(everywhere(
        told_,
        fmt::format("nothing became active while the link was cut, {} to {}",
                    format_rfc3339(cut.start).substr(11, 5), format_rfc3339(cut.end).substr(11, 5)),
        [&](const Told& told) -> std::string {
          for (const auto& [id, shown] : told.activities) {
            for (const UtcMs at : shown.activated) {
              if (cut.contains(at)) return id.value + " at " + format_rfc3339(at);
            }
          }
          return "";
        }));
  }

  void judge_course() {
    const Promises& promises = scenario_.promises;
    for (const std::string& subject : promises.read_back) {
      activity(subject, subject + " was read back, and the position matches",
               [](const Shown& shown) { return shown.read_back ? "" : "no read-back matches"; });
    }
    out_.push_back(everywhere(
        told_,
        fmt::format("version {} of the agreement is in force, signed by both", promises.version),
        [&](const Told& told) -> std::string {
          if (told.version == promises.version && told.version_signed_by == 2) return "";
          return fmt::format("version {}, signed by {}", told.version, told.version_signed_by);
        }));
    if (!promises.stage.empty()) {
      out_.push_back(everywhere(told_, fmt::format("stage {} has begun", promises.stage),
                                [&](const Told& told) {
                                  return told.stage == promises.stage ? ""
                                                                      : ""
                                                                        " + told.stage + "
                                                                        "";
                                }));
    }
    for (const auto& wanted : promises.verified) {
      out_.push_back(everywhere(
          told_,
          fmt::format("{} reports on obligation {} are verified", wanted.second, wanted.first),
          [&wanted](const Told& told) -> std::string {
            const auto found = told.verified.find(wanted.first);
            const std::uint64_t count = found == told.verified.end() ? 0 : found->second;
            return count == wanted.second ? "" : fmt::format("{} are", count);
          }));
    }
    for (const auto& wanted : promises.uses) {
      const bool late = std::find(promises.late_uses.begin(), promises.late_uses.end(),
                                  wanted.first) != promises.late_uses.end();
      out_.push_back(everywhere(
          told_,
          fmt::format("{} uses of exception {} are counted{}", wanted.second, wanted.first,
                      late ? ", one of them declared late" : ""),
          [&wanted, late](const Told& told) -> std::string {
            const auto found = told.uses.find(wanted.first);
            const std::uint64_t counted = found == told.uses.end() ? 0 : found->second;
            if (counted == wanted.second && told.late_uses.contains(wanted.first) == late) {
              return "";
            }
            return fmt::format("{} counted", counted);
          }));
    }
    const auto accepts = std::find_if(scenario_.acts.begin(), scenario_.acts.end(),
                                      [](const Act& act) { return act.kind == ActKind::accept; });
    if (accepts == scenario_.acts.end()) return;
    out_.push_back(everywhere(told_, fmt::format("{} stands on the roll", accepts->term),
                              [&](const Told& told) {
                                return told.accepted.contains(accepts->term) ? "" : "not accepted";
                              }));
  }

  void judge_relief() {
    const Promises& promises = scenario_.promises;
    if (promises.sites == 0) return;
    out_.push_back(
        everywhere(told_, fmt::format("{} protected sites stand, each confirmed", promises.sites),
                   [&](const Told& told) {
                     return told.sites == promises.sites ? "" : fmt::format("{} do", told.sites);
                   }));
    for (const auto& wanted : promises.movements) {
      out_.push_back(everywhere(told_, fmt::format("{} is {}", wanted.first, wanted.second),
                                [&wanted](const Told& told) -> std::string {
                                  const auto found = told.movements.find(wanted.first);
                                  if (found == told.movements.end()) return "not known";
                                  return found->second == wanted.second ? "" : found->second;
                                }));
    }
    out_.push_back(
        everywhere(told_, "the hit beside a site opened one case by itself", [&](const Told& told) {
          return told.cases == promises.cases ? "" : fmt::format("{} cases", told.cases);
        }));
  }

  void judge_checks() {
    for (const std::string& subject : scenario_.promises.checked) {
      activity(subject, subject + " was checked privately, and every node sees it",
               [](const Shown& shown) { return shown.checked ? "" : "a check is not done"; });
    }
    const std::string& near = scenario_.promises.near_site;
    if (near.empty()) return;
    Check told{
        fmt::format("its check had told the owner of {} that it comes near a protected site", near),
        false, "it did not"};
    for (const Told& one : told_) {
      if (one.near_site.contains(officers_.activity(near))) told = {told.text, true, ""};
    }
    out_.push_back(std::move(told));
    out_.push_back(everywhere(told_, "the case lists the private checks before it",
                              [](const Told& one) { return one.case_checks > 0 ? "" : "none"; }));
  }

  void judge_acts() {
    const auto refusals = std::count_if(scenario_.acts.begin(), scenario_.acts.end(),
                                        [](const Act& act) { return act.refused.has_value(); });
    Check check{fmt::format("all {} acts went as told, {} of them refused", scenario_.acts.size(),
                            refusals),
                state_.acts_done == scenario_.acts.size() && state_.failures.empty(), ""};
    if (state_.acts_done != scenario_.acts.size()) {
      check.detail = fmt::format("{} were done; ", state_.acts_done);
    }
    for (const std::string& failure : state_.failures) check.detail += failure + "; ";
    out_.push_back(std::move(check));
  }

  const std::vector<Told>& told_;
  const DemoOfficers& officers_;
  const Scenario& scenario_;
  const DemoState& state_;
  std::vector<Check>& out_;
};

void write_checks(JsonWriter& out, const char* name, const std::vector<Check>& checks) {
  out.name(name).begin_array();
  for (const Check& check : checks) {
    out.begin_object().member("text", check.text).member("ok", check.kept);
    if (!check.detail.empty()) out.member("detail", check.detail);
    out.end_object();
  }
  out.end_array();
}

void print_checks(DemoConsole& console, const std::vector<Check>& checks) {
  for (const Check& check : checks) {
    console.line(fmt::format("  {:<8}{}{}", check.kept ? "ok" : "MISSING", check.text,
                             check.detail.empty() ? "" : ": " + check.detail));
  }
}

}  // namespace

bool DemoReport::all_good() const {
  const auto kept = [](const Check& check) { return check.kept; };
  return !promises.empty() && std::all_of(promises.begin(), promises.end(), kept) &&
         std::all_of(verified.begin(), verified.end(), kept);
}

Result<DemoReport> make_report(DemoNodes& nodes, const DemoOfficers& officers,
                               const Scenario& scenario, const DemoState& state) {
  DemoReport out;
  out.seed = state.seed;
  std::vector<Told> told;
  for (DemoNode& node : nodes.all()) {
    Told one;
    one.node = node.party;
    DETENTE_CHECK(read_activities(node, one));
    DETENTE_CHECK(read_findings(node, one));
    DETENTE_CHECK(read_stops(node, one));
    DETENTE_CHECK(read_course(node, one));
    DETENTE_CHECK(read_relief(node, one));
    DETENTE_CHECK(read_checks(node, one));
    DETENTE_CHECK(read_case(node, one));
    out.case_id = one.case_id;
    told.push_back(std::move(one));
  }
  for (const auto& [id, shown] : told.front().activities) ++out.activities_by_state[shown.state];
  for (const FoundOne& found : told.front().findings) {
    ++out.findings[{found.clause, found.kind}][found.party];
  }
  Judge(told, officers, scenario, state, out.promises).all();
  for (DemoNode& node : nodes.all()) {
    DETENTE_TRY(DemoReport::Log log, read_log(node));
    DETENTE_TRY(Check held, check_held(node, log.entries));
    out.promises.push_back(std::move(held));
    out.logs.push_back(std::move(log));
  }
  return out;
}

void verify_folders(const std::string& verifier, DemoNodes& nodes, const std::string& log_path,
                    DemoReport& report) {
  for (const DemoNode& node : nodes.all()) {
    Check check{fmt::format("detente-verify {}", node.data), true, ""};
    const Status verified = run_command({verifier, node.data}, log_path);
    if (!verified) {
      check.kept = false;
      check.detail = verified.error().detail;
    }
    report.verified.push_back(std::move(check));
  }
}

void verify_case(const std::string& program, const std::string& verifier, const DemoNode& node,
                 const std::string& log_path, DemoReport& report) {
  const std::string file = log_path.substr(0, log_path.rfind('/')) + "/case.extract";
  Check check{"an extract of the case proves itself: " + file, true, ""};
  const std::vector<std::vector<std::string>> commands = {
      {program, "extract", "--data", node.data, "--case", report.case_id, "--with-agreement",
       "--out", file},
      {verifier, file}};
  for (const std::vector<std::string>& command : commands) {
    const Status ran = run_command(command, log_path);
    if (ran) continue;
    check.kept = false;
    check.detail = ran.error().detail;
    break;
  }
  report.verified.push_back(std::move(check));
}

namespace {

// What each of the two opens for an inquiry, in one file: the cell was asked about, it was on the
// list, and the answer was right.
Status open_knowledge(const std::string& program, const DemoNode& asker, const DemoNode& owner,
                      const std::string& log_path, const std::string& out) {
  DETENTE_TRY(const FoundInCommon found, checks_found(asker.data, owner.party.value));
  const auto claim = [&](const DemoNode& node, std::uint64_t index, const char* option,
                         const std::string& value, const std::string& file) {
    return run_command({program, "checks", "claim", "--data", node.data, "--index",
                        std::to_string(index), option, value, "--out", file},
                       log_path);
  };
  const std::vector<std::string> parts = {out + ".asked", out + ".listed", out + ".answered"};
  for (const std::string& part : parts) std::filesystem::remove(part);
  std::filesystem::remove(out);
  DETENTE_CHECK(claim(asker, found.query, "--cell", found.cell, parts[0]));
  DETENTE_TRY(const std::uint32_t place, place_of_claim(parts[0]));
  DETENTE_CHECK(claim(owner, found.post, "--cell", found.cell, parts[1]));
  DETENTE_CHECK(claim(owner, found.answer, "--place", std::to_string(place), parts[2]));
  std::vector<std::string> join = {program, "checks", "join", "--out", out};
  join.insert(join.end(), parts.begin(), parts.end());
  return run_command(join, log_path);
}

}  // namespace

void verify_knowledge(const std::string& program, const std::string& verifier,
                      const Scenario& scenario, DemoNodes& nodes, const std::string& log_path,
                      DemoReport& report) {
  if (scenario.promises.near_site.empty()) return;
  const std::string file = log_path.substr(0, log_path.rfind('/')) + "/knowledge.claims";
  Check check{"claims prove that a protected site was known to be near: " + file, true, ""};
  const auto checked =
      std::find_if(scenario.acts.begin(), scenario.acts.end(), [&](const Act& act) {
        return act.kind == ActKind::check_plan && act.subject == scenario.promises.near_site;
      });
  const DemoNode& asker = nodes.of(checked->party);
  Status done = open_knowledge(program, asker, nodes.of(PartyId{kRelief}), log_path, file);
  if (done) {
    done = run_command({verifier, "--claims", file, "--agreement", asker.data + "/agreement.json"},
                       log_path);
  }
  if (!done) {
    check.kept = false;
    check.detail = done.error().detail;
  }
  report.verified.push_back(std::move(check));
}

void print_summary(DemoConsole& console, const DemoReport& report) {
  console.line("");
  console.line("Activities by state");
  for (const auto& [state, count] : report.activities_by_state) {
    console.line(fmt::format("  {:<16}{:>6}", state, count));
  }
  console.line("Findings by clause");
  for (const auto& [what, by_party] : report.findings) {
    std::string counts;
    for (const auto& [party, count] : by_party) counts += fmt::format("  {} {}", party, count);
    console.line(fmt::format("  {:<8}{:<16}{}", what.first, what.second, counts));
  }
  console.line("Logs              entries  seen by  held by");
  for (const DemoReport::Log& log : report.logs) {
    console.line(
        fmt::format("  {:<16}{:>7}{:>9}{:>9}", log.party, log.entries, log.seen, log.held));
  }
  console.line("Promises of the scenario");
  print_checks(console, report.promises);
}

void print_verified(DemoConsole& console, const DemoReport& report) {
  console.line("Verified by the separate program");
  print_checks(console, report.verified);
}

std::string report_json(const DemoReport& report) {
  JsonWriter out;
  out.begin_object().member("ok", report.all_good()).member("seed", std::to_string(report.seed));
  out.name("activities_by_state").begin_object();
  for (const auto& [state, count] : report.activities_by_state) out.member(state, count);
  out.end_object().name("findings").begin_array();
  for (const auto& [what, by_party] : report.findings) {
    for (const auto& [party, count] : by_party) {
      out.begin_object().member("clause", what.first).member("kind", what.second);
      out.member("party", party).member("count", count).end_object();
    }
  }
  out.end_array().name("logs").begin_array();
  for (const DemoReport::Log& log : report.logs) {
    out.begin_object().member("party", log.party).member("entries", log.entries);
    out.member("seen_by", log.seen).member("held_by", log.held).end_object();
  }
  out.end_array();
  write_checks(out, "promises", report.promises);
  write_checks(out, "verified", report.verified);
  out.end_object();
  return out.take();
}

}  // namespace detente::app
