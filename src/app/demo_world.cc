// SPDX-License-Identifier: Apache-2.0
#include "app/demo_world.h"

#include <fmt/core.h>

#include <algorithm>

#include "wire/sbs.h"

namespace detente::app {
namespace {

// Steps of time: quiet ones are no longer than a cosignature counts as fresh, or the record would
// show gaps of the demonstration's own making; those with aircraft in the air let the watch tell
// within half a minute.
constexpr std::int64_t kQuietStepMs = 90'000;
constexpr std::int64_t kFlyingStepMs = 30'000;
constexpr std::int64_t kFlightMarginMs = 120'000;
constexpr std::chrono::seconds kSettleWithin{60};
constexpr std::chrono::milliseconds kPause{2};
constexpr std::chrono::milliseconds kPatience{1'000};
constexpr std::int64_t kRetryStepMs = 10'000;
constexpr std::size_t kLineBytesMax = 256U << 10;

}  // namespace

DemoWorld::DemoWorld(net::Runtime& runtime, DemoNodes& nodes, net::Runtime::LineServer& feed,
                     const Scenario& scenario)
    : runtime_(runtime), nodes_(nodes), feed_(feed), now_(scenario.start) {
  for (const Flight& flight : scenario.flights) {
    for (const geo::TrackPoint& point : flight.points) {
      lines_.emplace_back(point.time, wire::format_sbs(point));
    }
    flights_.push_back({flight.points.front().time - kFlightMarginMs,
                        flight.points.back().time + kFlightMarginMs});
  }
  std::sort(lines_.begin(), lines_.end());
}

Status DemoWorld::watch_over() {
  if (interrupted_) return fail(Errc::interrupted);
  return nodes_.alive();
}

Status DemoWorld::begin(UtcMs now) {
  const auto until = std::chrono::steady_clock::now() + kSettleWithin;
  while (feed_.clients() < nodes_.all().size()) {
    DETENTE_CHECK(watch_over());
    if (std::chrono::steady_clock::now() > until) {
      return fail(Errc::net_timeout, fmt::format("{} of {} nodes listen to the receiver",
                                                 feed_.clients(), nodes_.all().size()));
    }
    runtime_.run_for(kPause);
  }
  DETENTE_TRY(const std::vector<Quiet> all, ask_all("GET", "/control/quiet", ""));
  for (const Quiet& quiet : all) now = std::max(now, quiet.now);
  while (next_line_ < lines_.size() && lines_[next_line_].first <= now) ++next_line_;
  return step_to(now);
}

// The same request to every node at once.
Result<std::vector<Quiet>> DemoWorld::ask_all(const std::string& method, const std::string& target,
                                              const std::string& body) {
  const auto answers = std::make_shared<std::vector<Result<Answered>>>();
  for (DemoNode& node : nodes_.all()) {
    const std::size_t number = answers->size();
    answers->push_back(fail(Errc::net_timeout));
    node.desk->send(method, target, body, node.control_token,
                    [answers, number](Result<Answered> got) {
                      // A marker tells that it came, also when it failed.
                      (*answers)[number] = std::move(got);
                      if (!(*answers)[number]) (*answers)[number].error().place = "answered";
                    });
  }
  const auto open = [&] {
    return std::any_of(answers->begin(), answers->end(), [](const Result<Answered>& answer) {
      return !answer && answer.error().place.empty();
    });
  };
  while (open()) runtime_.run_for(std::chrono::milliseconds(50));
  std::vector<Quiet> out;
  for (std::size_t i = 0; i < answers->size(); ++i) {
    const Result<Answered>& answer = (*answers)[i];
    const std::string place = nodes_.all()[i].party.value + " " + target;
    if (!answer) {
      DETENTE_CHECK(nodes_.alive());
      return fail(answer.error().code, answer.error().detail, place);
    }
    if (!answer->good()) return fail(Errc::http_status, answer->text(), place);
    Result<Quiet> quiet = read_quiet(answer->json.root());
    if (!quiet) return fail(std::move(quiet.error()).at(place));
    out.push_back(std::move(*quiet));
  }
  last_ = out;
  return out;
}

bool DemoWorld::link_is_up(const PartyId& a, const PartyId& b) const {
  return !links_down_.contains(std::minmax(a, b));
}

bool DemoWorld::settled(const std::vector<Quiet>& all) const {
  const std::vector<DemoNode>& nodes = nodes_.all();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].busy) return false;
    for (std::size_t owner = 0; owner < all.size(); ++owner) {
      const PartyId& log = nodes[owner].party;
      if (i != owner && !link_is_up(nodes[i].party, log)) continue;
      const auto have = all[i].heads.find(log);
      const auto want = all[owner].heads.find(log);
      if (have == all[i].heads.end() || want == all[owner].heads.end()) return false;
      if (have->second != want->second) return false;
    }
  }
  return true;
}

std::string DemoWorld::describe(const std::vector<Quiet>& all) const {
  std::string out;
  for (std::size_t i = 0; i < all.size(); ++i) {
    out += fmt::format("{}{}{}:", out.empty() ? "" : "; ", nodes_.all()[i].party.value,
                       all[i].busy ? " (busy)" : "");
    for (const auto& [party, size] : all[i].heads) out += fmt::format(" {} {}", party.value, size);
    out += fmt::format(", {} positions", all[i].points);
  }
  return out;
}

Status DemoWorld::wait_until(const std::function<bool(const std::vector<Quiet>&)>& reached,
                             const char* what) {
  const auto until = std::chrono::steady_clock::now() + kSettleWithin;
  std::chrono::milliseconds pause = kPause;
  while (true) {
    DETENTE_TRY(const std::vector<Quiet> all, ask_all("GET", "/control/quiet", ""));
    if (reached(all)) return {};
    DETENTE_CHECK(watch_over());
    if (std::chrono::steady_clock::now() > until) {
      return fail(Errc::net_timeout,
                  fmt::format("{} at {}: {}", what, format_rfc3339(now_), describe(all)));
    }
    runtime_.run_for(pause);
    pause = std::min(pause * 2, std::chrono::milliseconds(20));
  }
}

// A node that could not reach a peer asks again only when its clock says so; so if nobody is busy
// and they still differ, time goes on a little.
Status DemoWorld::settle() {
  const auto until = std::chrono::steady_clock::now() + kSettleWithin;
  while (true) {
    auto patience = std::chrono::steady_clock::now() + kPatience;
    const auto ready = [&](const std::vector<Quiet>& all) {
      if (settled(all)) return true;
      const auto now = std::chrono::steady_clock::now();
      // Work under way is no standstill, however slow the machine is.
      const bool busy = std::any_of(all.begin(), all.end(), [](const Quiet& q) { return q.busy; });
      if (busy) patience = now + kPatience;
      return now > patience;
    };
    DETENTE_CHECK(wait_until(ready, "the nodes do not settle"));
    if (settled(last_)) return {};
    if (std::chrono::steady_clock::now() > until) {
      return fail(Errc::net_timeout, fmt::format("the nodes do not settle at {}: {}",
                                                 format_rfc3339(now_), describe(last_)));
    }
    DETENTE_CHECK(set_clocks(now_ + kRetryStepMs));
  }
}

Status DemoWorld::set_link(const PartyId& a, const PartyId& b, bool up) {
  for (const auto& [one, other] : {std::pair(a, b), std::pair(b, a)}) {
    JsonWriter body;
    body.begin_object().member("peer", other.value).member("up", up).end_object();
    DemoNode& node = nodes_.of(one);
    DETENTE_TRY(const Answered answer,
                node.desk->ask("POST", "/control/link", body.text(), node.control_token));
    if (!answer.good()) return fail(Errc::http_status, answer.text(), one.value);
  }
  const std::pair<PartyId, PartyId> link = std::minmax(a, b);
  if (up) {
    links_down_.erase(link);
  } else {
    links_down_.insert(link);
  }
  return {};
}

// What the receiver heard by `until`; returns when every node has taken it in.
Status DemoWorld::send_positions(UtcMs until) {
  const std::uint64_t before = sent_;
  while (next_line_ < lines_.size() && lines_[next_line_].first <= until) {
    std::string text;
    while (next_line_ < lines_.size() && lines_[next_line_].first <= until &&
           text.size() < kLineBytesMax) {
      text += lines_[next_line_].second;
      ++next_line_;
      ++sent_;
    }
    feed_.send(text);
    if (next_line_ < lines_.size() && lines_[next_line_].first <= until) {
      // A listener that is behind by too much would be cut off.
      runtime_.run_for(kPause);
    }
  }
  if (sent_ == before) return {};
  return wait_until(
      [this](const std::vector<Quiet>& all) {
        return std::all_of(all.begin(), all.end(),
                           [this](const Quiet& quiet) { return quiet.points >= sent_; });
      },
      "the nodes do not take in the positions");
}

Status DemoWorld::set_clocks(UtcMs next) {
  DETENTE_CHECK(watch_over());
  now_ = next;
  JsonWriter body;
  body.begin_object().member("now", now_).end_object();
  DETENTE_CHECK(ask_all("POST", "/control/clock", body.text()));
  // Positions come after the clocks: nothing is found before it was seen.
  return send_positions(next);
}

Status DemoWorld::step_to(UtcMs next) {
  DETENTE_CHECK(set_clocks(next));
  if (settled(last_)) return {};
  return settle();
}

bool DemoWorld::flying_about(UtcMs time) const {
  return std::any_of(flights_.begin(), flights_.end(),
                     [&](const TimeSpan& flight) { return flight.contains(time); });
}

Status DemoWorld::advance_to(UtcMs target, const std::function<Status()>& each) {
  while (now_ < target) {
    const std::int64_t most = flying_about(now_) ? kFlyingStepMs : kQuietStepMs;
    DETENTE_CHECK(step_to(std::min(target, now_ + most)));
    if (each) DETENTE_CHECK(each());
  }
  return {};
}

std::uint64_t DemoWorld::heads_sum() const {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < last_.size(); ++i) {
    const auto own = last_[i].heads.find(nodes_.all()[i].party);
    if (own != last_[i].heads.end()) out += own->second;
  }
  return out;
}

Status DemoWorld::rest(std::chrono::milliseconds real) {
  const auto until = std::chrono::steady_clock::now() + real;
  while (true) {
    DETENTE_CHECK(watch_over());
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    if (left.count() <= 0) return {};
    runtime_.run_for(std::min(left, std::chrono::milliseconds(100)));
  }
}

}  // namespace detente::app
