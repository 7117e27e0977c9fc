// SPDX-License-Identifier: Apache-2.0
//
// What must hold whatever the parties log and however the logs travel. Parties do anything, with
// and without their guards, on what each has seen; some lie about what they have seen. Then
//   - the same logs in any mixture give the same views and answers;
//   - the answer for a prefix never changes by what is logged later;
//   - a plain reference, which reads docs/protocol/course.md and searches all entries for every
//     question, gives the same version, state and stage for any prefix.
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "terms/testing_course.h"
#include "terms/testing_versions.h"

namespace detente::terms {
namespace {

using namespace testing;

// ---- what is said, as text ----

std::string describe(const std::vector<SignedAct>& acts) {
  std::string out = "[";
  for (const SignedAct& act : acts) {
    out += fmt::format(" {}/{}@{} {}", act.party.value, act.ref.index.value, act.time.value,
                       act.reason);
  }
  return out + "]";
}

std::string describe(const AgreementView& view) {
  std::string out;
  for (const VersionView& version : view.versions) {
    out += fmt::format("{} {} {} {} {} {}{}\n", version.version, version.sha256,
                       version.effective.value, version.in_force, version.at_hand, version.problem,
                       describe(version.signatures));
  }
  for (const FunctionView& function : view.functions) {
    out += fmt::format("{} {}\n", force_state_name(function.state), describe(function.acts));
  }
  for (const StageView& stage : view.stages) {
    out += fmt::format("{} {} {}", stage.stage->id.value, stage_state_name(stage.state),
                       stage.begun ? stage.begun->value : 0);
    for (const ConditionView& condition : stage.conditions) {
      out += fmt::format(" {} {} {}", condition.met, condition.have, condition.why);
      for (const record::Ref& ref : condition.evidence) {
        out += fmt::format(" {}/{}", ref.origin.value, ref.index.value);
      }
    }
    out += describe(stage.signatures) + describe(stage.refused) + describe(stage.resets) + "\n";
  }
  for (const ObligationView& obligation : view.obligations) {
    out += fmt::format("{} {} {} {}", obligation.obligation->id.value,
                       obligation_state_name(obligation.state), obligation.verified,
                       obligation.due ? obligation.due->value : 0);
    for (const auto& report : obligation.reports) {
      out += describe({report.act}) + describe(report.verifications);
    }
  }
  for (const ExceptionView& exception : view.exceptions) {
    for (const ExceptionUse& use : exception.uses) {
      out += fmt::format("\n{} {} {}", use.exception.value, use.late, describe({use.act}));
    }
  }
  for (const RollEntry& entry : view.roll) {
    if (entry.accepted) out += "\n" + entry.sha256 + describe({*entry.accepted});
  }
  for (const PublicationView& publication : view.publications) {
    out += fmt::format("\n{}{}", publication.by_all, describe(publication.acts));
  }
  return out + "\n" + (view.stage ? view.stage->value : "no stage");
}

std::string describe(const TermsAt& terms) {
  return fmt::format("{} {} {} {} {}", terms.agreement->sha256_hex(), terms.missing,
                     force_state_name(terms.state), terms.why,
                     terms.stage ? terms.stage->value : "-");
}

// ---- parties that do anything ----

class Crowd {
 public:
  explicit Crowd(std::uint64_t seed) : engine_(seed) {
    course.everyone_sees_all = false;
    const auto two = later_version(*course.agreement(), "/stages/0/conditions/1/days", "1");
    const auto rival = later_version(*course.agreement(), "/stages/2", "");
    documents = {course.agreement(), two, rival,
                 later_version(*two, "/obligations/0/verified_by", "\"south\"")};
    for (const auto& document : documents) {
      check(document == course.agreement() || course.ledger().learn(document).has_value(),
            "a version of the test is one of its agreement");
    }
  }

  void act() {
    const std::string party = below(10) == 0 ? "monitor" : below(2) == 0 ? "north" : "south";
    switch (below(24)) {
      case 0:
      case 1:
        return amend(party);
      case 2:
        return state(party);
      case 3:
      case 4:
      case 5:
        return begin(party, stages_[below(stages_.size())]);
      case 6:
      case 7:
        return begin_next();
      case 8:
      case 9:
        return reset(party);
      case 10:
        if (below(3) == 0)
          keep(course.finding(party, below(2) == 0 ? "area_entered" : "undeclared"));
        return;
      case 11:
        return link(party);
      case 12:
        return report(party);
      case 13:
      case 14:
        return verify(party);
      case 15:
        return other(party);
      case 16:
      case 17:
      case 18:
        return see(party);
      case 19:
        return see_all();
      default:
        return course.wait(static_cast<std::int64_t>(below(40)) * (below(3) == 0   ? kHourMs
                                                                   : below(2) == 0 ? kMinuteMs
                                                                                   : kSecondMs));
    }
  }

  std::uint64_t below(std::uint64_t n) { return engine_() % n; }
  LogSizes random_prefix() {
    LogSizes out;
    for (const std::uint64_t size : course.sizes()) {
      out.push_back(below(3) == 0 ? size : below(size + 1));
    }
    return out;
  }

  Course course;
  std::vector<std::shared_ptr<const Agreement>> documents;
  std::size_t begun = 0;

 private:
  void keep(const record::Ref& ref) { refs_.push_back(ref); }
  record::Ref some_ref() {
    return refs_[refs_.size() - 1 - below(std::min<std::size_t>(refs_.size(), 6))];
  }
  void log(const std::string& party, const std::string& type, const std::string& body,
           const std::vector<record::Ref>& refs = {}) {
    if (below(3) == 0) {
      keep(course.force(party, type, body, refs));
    } else if (const auto ref = course.submit(party, type, body, refs)) {
      keep(*ref);
    }
  }
  void amend(const std::string& party) {
    const Agreement& version = *documents[1 + below(documents.size() - 1)];
    if (below(2) == 0) {  // the same words for both
      const UtcMs effective = course.now() + static_cast<std::int64_t>(below(3)) * kHourMs;
      for (const char* signer : {"north", "south"}) {
        log(signer, "agreement.amend", course.amend_body(version, effective));
      }
      return;
    }
    const std::int64_t ahead = static_cast<std::int64_t>(below(4)) - 1;
    log(party, "agreement.amend", course.amend_body(version, course.now() + ahead * kHourMs));
  }
  void state(const std::string& party) {
    const std::string function = below(2) == 0 ? "" : below(2) == 0 ? "air_activities" : "watch";
    const std::string to = below(12) == 0 ? "withdrawn" : below(2) == 0 ? "suspended" : "in_force";
    log(party, "agreement.state", Course::state_body(function, to));
    if (to != "in_force" && below(3) != 0) {
      log(party, "agreement.state", Course::state_body(function, "in_force"));
    }
  }
  void begin(const std::string& party, const std::string& stage) {
    const auto& version = below(6) == 0
                              ? documents[below(documents.size())]
                              : course.ledger().now(course.now(), Function::watch).agreement;
    log(party, "stage.begin", course.begin_body(stage, version.get()));
  }
  // What honest parties do: all that it takes for the stage after the current one.
  void begin_next() {
    see_all();
    const std::string stage = course.stage();
    const std::string next = stage.empty() ? "S1" : stage == "S1" ? "S2" : "S3";
    if (next == "S2") {
      if (const auto ref = course.report("north", "O1")) {
        see_all();
        for (const char* party : {"monitor", "south"}) (void)course.verify(party, "O1", *ref);
        see_all();
      }
    }
    course.wait(next == "S1" ? kDayMs : kHourMs);
    const auto version = course.ledger().now(course.now(), Function::watch).agreement;
    for (const char* party : {"north", "south"}) {
      if (course.begin(party, next, version.get()) && course.stage() == next) ++begun;
      if (below(4) == 0) see_all();
    }
  }
  void reset(const std::string& party) {
    if (refs_.empty()) return;
    const std::string stage = below(3) == 0 ? stages_[below(stages_.size())] : course.stage();
    const bool finding = below(2) == 0;
    std::vector<record::Ref> refs = {some_ref(), some_ref()};
    if (below(2) == 0) {
      const std::string from = below(2) == 0 ? "north" : "monitor";
      refs.push_back(finding ? course.finding(from)
                             : course.force("south", "agreement.state",
                                            Course::state_body("exchange", "suspended")));
      keep(refs.back());
      if (!finding)
        course.force("south", "agreement.state", Course::state_body("exchange", "in_force"));
      if (below(4) != 0) see_all();
    }
    log(party, "stage.reset",
        Course::reset_body(stage.empty() ? "S1" : stage, finding ? "9.4" : "9.5"), refs);
  }
  void link(const std::string& party) {
    const std::string body = below(2) == 0 ? R"({"party":"south"})" : R"({"party":"monitor"})";
    course.force(party, below(3) == 0 ? "link.cut" : "link.restored", body);
  }
  void report(const std::string& party) {
    log(party, "obligation.report",
        fmt::format(R"({{"obligation":"O{}","text":"x"}})", 1 + below(2)));
  }
  void verify(const std::string& party) {
    if (refs_.empty()) return;
    const char* result = below(2) == 0 ? "verified" : below(2) == 0 ? "disputed" : "not_verified";
    log(below(2) == 0 ? "monitor" : party, "obligation.verify",
        fmt::format(R"({{"obligation":"O{}","result":"{}","reason":"x"}})", 1 + below(2), result),
        {some_ref()});
  }
  void other(const std::string& party) {
    const std::string sha256 = documents[below(documents.size())]->sha256_hex();
    switch (below(3)) {
      case 0:
        return log(party, "exception.declare",
                   fmt::format(R"({{"exception":"E1","activity":"","grounds":"x","began":"{}"}})",
                               format_rfc3339(course.now() - kHourMs + 500)));
      case 1:
        return log(party, "adherent.accept",
                   fmt::format(R"({{"adherent":"third-air","sha256":"{}","accepted":"{}"}})",
                               sha256, format_rfc3339(course.now())));
      default:
        return log(party, "agreement.publish",
                   fmt::format(R"({{"sha256":["{}"],"reason":"x"}})", sha256));
    }
  }
  void see(const std::string& party) {
    const std::string other = Course::names()[below(3)];
    if (other == party) return;
    std::uint64_t& seen = course.log(party).seen[Course::number(other)];
    const std::uint64_t size = course.log(other).entries.size();
    // Now and then somebody says that it has seen what is not there yet.
    if (below(60) == 0) seen = std::max(seen, size + below(4));
    if (seen < size) seen += below(size - seen + 1);
  }
  void see_all() {
    for (const std::string& name : Course::names()) {
      for (const std::string& other : Course::names()) {
        if (name != other) course.see(name, other);
      }
    }
  }

  std::vector<std::string> stages_ = {"S1", "S1", "S2", "S3"};
  std::vector<record::Ref> refs_;
  std::mt19937_64 engine_;
};

// A ledger that is given the three logs, shuffled together by `draw`, and the documents in between.
template <class Draw>
AgreementLedger mixed(Crowd& crowd, const Draw& draw) {
  AgreementLedger ledger(crowd.course.agreement());
  std::map<std::string, std::size_t> next;
  std::size_t learnt = 1;
  while (true) {
    std::vector<std::string> open;
    for (const std::string& name : Course::names()) {
      if (next[name] < crowd.course.log(name).entries.size()) open.push_back(name);
    }
    const std::size_t choices = open.size() + (learnt < crowd.documents.size() ? 1U : 0U);
    if (choices == 0) return ledger;
    const std::size_t chosen = draw(choices);
    if (chosen >= open.size()) {
      check(ledger.learn(crowd.documents[learnt++]).has_value(), "a version is learnt");
      continue;
    }
    const std::string& name = open[chosen];
    const Course::Log& log = crowd.course.log(name);
    ledger.apply(PartyId{name}, log.entries[next[name]], log.officers[next[name]]);
    ++next[name];
  }
}

std::vector<std::string> refusals(const AgreementLedger& ledger) {
  std::vector<std::string> out;
  for (const auto& refused : ledger.refused()) {
    out.push_back(fmt::format("{}/{} {}", refused.ref.origin.value, refused.ref.index.value,
                              refused.error.text()));
  }
  std::sort(out.begin(), out.end());
  return out;
}

RC_GTEST_PROP(CourseProperty, AnyMixtureOfTheSameLogsGivesTheSameViews, (std::uint64_t seed)) {
  Crowd crowd(seed);
  for (int i = 0; i < 150; ++i) crowd.act();
  const UtcMs now = crowd.course.now();
  const std::string in_order = describe(crowd.course.ledger().view(now));
  const std::vector<std::string> refused = refusals(crowd.course.ledger());
  for (int i = 0; i < 4; ++i) {
    const AgreementLedger ledger = mixed(crowd, [&](std::size_t n) {
      return i == 0 ? std::size_t{0} : i == 1 ? n - 1 : crowd.below(n);
    });
    RC_ASSERT(describe(ledger.view(now)) == in_order);
    RC_ASSERT(refusals(ledger) == refused);
    for (int k = 0; k < 10; ++k) {
      const LogSizes sizes = crowd.random_prefix();
      const UtcMs time = now - static_cast<std::int64_t>(crowd.below(3 * kDayMs));
      RC_ASSERT(describe(ledger.at(sizes, time, Function::air_activities)) ==
                describe(crowd.course.ledger().at(sizes, time, Function::air_activities)));
    }
  }
  RC_CLASSIFY(crowd.begun > 0, "a stage began");
  RC_CLASSIFY(crowd.begun > 2, "three times");
}

RC_GTEST_PROP(CourseProperty, AnAnswerNeverChangesByWhatIsLoggedLater, (std::uint64_t seed)) {
  Crowd crowd(seed);
  std::vector<std::tuple<LogSizes, UtcMs, std::string>> answers;
  const auto ask = [&](const LogSizes& sizes, UtcMs time) {
    return describe(crowd.course.ledger().at(sizes, time, Function::air_activities));
  };
  for (int i = 0; i < 150; ++i) {
    crowd.act();
    const LogSizes sizes = crowd.random_prefix();
    const UtcMs time =
        crowd.course.now() - kHourMs + static_cast<std::int64_t>(crowd.below(2 * kHourMs));
    answers.emplace_back(sizes, time, ask(sizes, time));
  }
  for (const auto& [sizes, time, answer] : answers) RC_ASSERT(ask(sizes, time) == answer);
}

// ---- the plain reference ----

struct PlainAct {
  std::size_t log = 0;
  std::size_t index = 0;
  UtcMs time;
  LogSizes sizes;
  std::string type;
  boost::json::object body;
  std::vector<record::Ref> refs;
  Hash leaf{};

  std::string text(const char* name) const {
    const auto& value = body.at(name).as_string();
    return std::string(value.data(), value.size());
  }
};

class PlainCourse {
 public:
  explicit PlainCourse(Crowd& crowd) : documents_(crowd.documents) {
    for (const std::string& name : Course::names()) {
      LogSizes seen(3, 0);
      std::vector<PlainAct>& log = logs_.emplace_back();
      for (const record::Entry& entry : crowd.course.log(name).entries) {
        for (const record::Head& head : entry.header.seen) {
          const std::string who = head.origin.value.substr(0, head.origin.value.find('.'));
          seen[Course::number(who)] = std::max(seen[Course::number(who)], head.size.value);
        }
        PlainAct act{logs_.size() - 1,     log.size(),
                     entry.header.time,    seen,
                     entry.statement.type, entry.statement.document.value().as_object(),
                     entry.statement.refs, entry.leaf};
        act.sizes[act.log] = act.index;
        log.push_back(std::move(act));
      }
    }
  }

  // The document in force.
  const Agreement& version(const LogSizes& sizes, UtcMs time) {
    const Agreement* current = documents_[0].get();
    while (true) {
      const Agreement* next = nullptr;
      std::optional<UtcMs> best;
      for (const PlainAct& act : logs_[0]) {  // whatever is complete stands in north's log
        if (act.type != "agreement.amend" || act.index >= sizes[0]) continue;
        const UtcMs effective = effective_of(act);
        if (act.text("amends") != current->sha256_hex() || effective > time) continue;
        if (act.body.at("version").as_int64() != current->version() + 1) continue;
        if (!offer_counts(act) || !signed_in(1, sizes, act)) continue;
        if (best && *best <= effective) continue;
        best = effective;
        next = document(act.text("sha256"));
      }
      if (next == nullptr) return *current;
      current = next;
    }
  }

  std::string state(const LogSizes& sizes, const std::string& function) {
    int worst = 0;
    for (std::size_t log = 0; log < 2; ++log) {
      std::map<std::string, int> now;
      for (const PlainAct& act : logs_[log]) {
        if (act.type != "agreement.state" || act.index >= sizes[log]) continue;
        int& state = now[act.text("function")];
        if (now[""] == 2 || state == 2) continue;
        state = act.text("state") == "in_force" ? 0 : act.text("state") == "suspended" ? 1 : 2;
      }
      worst = std::max({worst, now[""], now[function]});
    }
    return worst == 0 ? "in_force" : worst == 1 ? "suspended" : "withdrawn";
  }

  std::string stage(const LogSizes& sizes, UtcMs time) {
    const auto begun = begun_stages(sizes, version(sizes, time));
    std::string current;
    for (const auto& [id, when] : begun) {
      if (id > current) current = id;  // S1, S2, S3 come after each other
    }
    return current.empty() ? "-" : current;
  }

  std::size_t live_at_most_one_broken = 0;

 private:
  using Begun = std::map<std::string, UtcMs>;

  static UtcMs effective_of(const PlainAct& act) {
    return parse_rfc3339(act.text("effective")).value();
  }
  const Agreement* document(const std::string& sha256) const {
    for (const auto& document : documents_) {
      if (document->sha256_hex() == sha256) return document.get();
    }
    return nullptr;
  }
  bool offer_counts(const PlainAct& act) {
    if (act.log == 2 || effective_of(act) < act.time) return false;
    if (effective_of(act) - act.time > 366 * kDayMs) return false;
    for (const PlainAct& before : logs_[act.log]) {
      if (before.index >= act.index) break;
      if (before.type != "agreement.amend" || before.text("amends") != act.text("amends")) continue;
      if (offer_counts(before) && effective_of(before) >= act.time) return false;
    }
    return true;
  }
  bool signed_in(std::size_t log, const LogSizes& sizes, const PlainAct& words) {
    for (const PlainAct& act : logs_[log]) {
      if (act.index >= sizes[log]) break;
      if (act.type == "agreement.amend" && act.text("sha256") == words.text("sha256") &&
          act.text("amends") == words.text("amends") &&
          act.body.at("version") == words.body.at("version") &&
          effective_of(act) == effective_of(words) && offer_counts(act)) {
        return true;
      }
    }
    return false;
  }

  static bool within(const PlainAct& act, const LogSizes& sizes) {
    if (act.index >= sizes[act.log]) return false;
    for (std::size_t log = 0; log < sizes.size(); ++log) {
      if (act.sizes[log] > sizes[log]) return false;
    }
    return true;
  }
  std::vector<const PlainAct*> counting(const std::string& type, const LogSizes& sizes) {
    std::vector<const PlainAct*> out;
    for (const auto& log : logs_) {
      for (const PlainAct& act : log) {
        if (act.type == type && within(act, sizes) && counts(act)) out.push_back(&act);
      }
    }
    return out;
  }

  // Which stages a reset leaves begun, by the number in their names: S1 to Sn.
  int kept_by(const PlainAct& reset) {
    const Agreement& agreement = version(reset.sizes, reset.time);
    const Begun begun = begun_stages(reset.sizes, agreement);
    for (const Stage& stage : agreement.stages()) {
      if (stage.id.value != reset.text("stage")) continue;
      for (const StageReset& rule : stage.resets) {
        if (!fits(reset, rule, begun.at(stage.id.value))) continue;
        return rule.to ? rule.to->value[1] - '0' : 0;
      }
    }
    return -1;
  }
  bool fits(const PlainAct& reset, const StageReset& rule, UtcMs since) {
    if (rule.clause.value != reset.text("clause")) return false;
    for (const record::Ref& ref : reset.refs) {
      for (std::size_t log = 0; log < 3; ++log) {
        if (ref.origin.value.substr(0, ref.origin.value.find('.')) != Course::names()[log])
          continue;
        if (ref.index.value >= reset.sizes[log] || ref.index.value >= logs_[log].size()) continue;
        const PlainAct& act = logs_[log][ref.index.value];
        if (act.leaf != ref.leaf || act.time <= since) continue;
        if (rule.kind == StageReset::Kind::finding && act.type == "finding.open" &&
            std::find(rule.findings.begin(), rule.findings.end(), act.text("kind")) !=
                rule.findings.end()) {
          return true;
        }
        if (rule.kind == StageReset::Kind::suspension && act.type == "agreement.state" &&
            act.text("state") != "in_force" && log != 2 && changes_state(act)) {
          return true;
        }
      }
    }
    return false;
  }
  bool changes_state(const PlainAct& act) {
    std::map<std::string, int> now;
    for (const PlainAct& other : logs_[act.log]) {
      if (other.type != "agreement.state") continue;
      int& state = now[other.text("function")];
      const int to = other.text("state") == "in_force"    ? 0
                     : other.text("state") == "suspended" ? 1
                                                          : 2;
      const bool counts = now[""] != 2 && state != 2 && state != to;
      if (other.index == act.index) return counts;
      if (counts) state = to;
    }
    return false;
  }

  bool ended(const PlainAct& begin, const LogSizes& sizes) {
    for (const PlainAct* reset : counting("stage.reset", sizes)) {
      if (begin.sizes[reset->log] > reset->index) continue;  // it had seen it
      if (begin.text("stage")[1] - '0' > kept_by(*reset)) return true;
    }
    return false;
  }
  Begun begun_stages(const LogSizes& sizes, const Agreement& agreement) {
    Begun out;
    std::map<std::tuple<std::string, std::string, std::size_t>, UtcMs> live;
    for (const PlainAct* begin : counting("stage.begin", sizes)) {
      if (ended(*begin, sizes)) continue;
      const auto key = std::tuple(begin->text("stage"), begin->text("sha256"), begin->log);
      if (!live.emplace(key, begin->time).second) ++live_at_most_one_broken;
    }
    for (const Stage& stage : agreement.stages()) {
      if (stage.after && !out.contains(stage.after->value)) continue;
      std::optional<UtcMs> first;
      for (const auto& document : documents_) {
        const auto north = live.find({stage.id.value, document->sha256_hex(), 0});
        const auto south = live.find({stage.id.value, document->sha256_hex(), 1});
        if (north == live.end() || south == live.end()) continue;
        const UtcMs both = std::max(north->second, south->second);
        if (!first || both < *first) first = both;
      }
      if (first) out[stage.id.value] = *first;
    }
    return out;
  }

  bool counts(const PlainAct& act) {
    const auto known = verdicts_.find({act.log, act.index});
    if (known != verdicts_.end()) return known->second;
    const bool verdict = judge(act);
    verdicts_[{act.log, act.index}] = verdict;
    return verdict;
  }
  bool judge(const PlainAct& act) {
    const Agreement& agreement = version(act.sizes, act.time);
    if (act.type == "stage.begin") return judge_begin(act, agreement);
    if (act.type == "stage.reset") {
      if (act.log == 2) return false;
      const Begun begun = begun_stages(act.sizes, agreement);
      if (begun.empty() || begun.rbegin()->first != act.text("stage")) return false;
      return kept_by(act) >= 0;
    }
    for (const Obligation& obligation : agreement.obligations()) {
      if (obligation.id.value != act.text("obligation")) continue;
      const std::string& by =
          act.type == "obligation.report" ? obligation.who.value : obligation.verified_by.value;
      if ((by == "third-air" ? "south" : by) != Course::names()[act.log]) return false;
      return act.type == "obligation.report" || report_of(act) != nullptr;
    }
    return false;
  }
  const PlainAct* report_of(const PlainAct& verification) {
    for (const PlainAct* report : counting("obligation.report", verification.sizes)) {
      if (report->leaf == verification.refs.front().leaf &&
          report->text("obligation") == verification.text("obligation")) {
        return report;
      }
    }
    return nullptr;
  }

  bool judge_begin(const PlainAct& act, const Agreement& agreement) {
    if (act.log == 2 || act.text("sha256") != agreement.sha256_hex()) return false;
    if (state(act.sizes, "") != "in_force") return false;
    const Begun begun = begun_stages(act.sizes, agreement);
    if (begun.contains(act.text("stage"))) return false;
    for (const PlainAct* other : counting("stage.begin", act.sizes)) {
      if (other->log == act.log && other->text("stage") == act.text("stage") &&
          other->text("sha256") == act.text("sha256") && !ended(*other, act.sizes)) {
        return false;
      }
    }
    for (const Stage& stage : agreement.stages()) {
      if (stage.id.value != act.text("stage")) continue;
      UtcMs base = *agreement.d_day();
      if (stage.after) {
        if (!begun.contains(stage.after->value)) return false;
        base = begun.at(stage.after->value);
      }
      for (const PlainAct* reset : counting("stage.reset", act.sizes)) {
        if (stage.id.value[1] - '0' > kept_by(*reset)) base = std::max(base, reset->time);
      }
      return std::all_of(stage.conditions.begin(), stage.conditions.end(),
                         [&](const StageCondition& condition) {
                           return met(condition, act.sizes, act.time, base);
                         });
    }
    return false;
  }

  bool met(const StageCondition& condition, const LogSizes& sizes, UtcMs time, UtcMs base) {
    if (condition.kind == StageCondition::Kind::elapsed) return time >= base + condition.n * 1000;
    if (condition.kind == StageCondition::Kind::obligation) {
      return verified(condition.obligation.value, sizes) >= condition.n;
    }
    const UtcMs start = time - condition.n * kDayMs;
    if (start < base) return false;
    for (std::size_t log = 0; log < 3; ++log) {
      std::map<std::string, UtcMs> cut;
      for (const PlainAct& act : logs_[log]) {
        if (act.index >= sizes[log]) break;
        if (act.type == "finding.open" && act.time > start &&
            std::find(condition.findings.begin(), condition.findings.end(), act.text("kind")) !=
                condition.findings.end()) {
          return false;
        }
        if (act.type == "link.cut") cut.emplace(act.text("party"), act.time);
        if (act.type == "link.restored" && cut.contains(act.text("party"))) {
          if (act.time - cut.at(act.text("party")) > kDayMs && act.time > start) return false;
          cut.erase(act.text("party"));
        }
      }
      for (const auto& [party, since] : cut) {
        if (time - since > kDayMs) return false;
      }
    }
    return true;
  }
  std::int64_t verified(const std::string& obligation, const LogSizes& sizes) {
    std::map<Hash, std::tuple<UtcMs, std::size_t, std::size_t, bool>> last;  // by the report
    for (const PlainAct* act : counting("obligation.verify", sizes)) {
      if (act->text("obligation") != obligation) continue;
      const std::tuple said(act->time, act->log, act->index, act->text("result") == "verified");
      const auto [at, fresh] = last.emplace(act->refs.front().leaf, said);
      if (!fresh && at->second < said) at->second = said;
    }
    return std::count_if(last.begin(), last.end(),
                         [](const auto& pair) { return std::get<3>(pair.second); });
  }

  std::vector<std::shared_ptr<const Agreement>> documents_;
  std::vector<std::vector<PlainAct>> logs_;
  std::map<std::pair<std::size_t, std::size_t>, bool> verdicts_;
};

RC_GTEST_PROP(CourseProperty, APlainReferenceAgrees, (std::uint64_t seed)) {
  Crowd crowd(seed);
  for (int i = 0; i < 100; ++i) crowd.act();
  PlainCourse plain(crowd);
  std::set<std::string> stages;
  std::set<std::int64_t> versions;
  for (int i = 0; i < 25; ++i) {
    const LogSizes sizes = i == 0 ? crowd.course.sizes() : crowd.random_prefix();
    const UtcMs time = crowd.course.now() - static_cast<std::int64_t>(crowd.below(kDayMs));
    const TermsAt terms = crowd.course.ledger().at(sizes, time, Function::air_activities);
    RC_ASSERT(terms.agreement->sha256_hex() == plain.version(sizes, time).sha256_hex());
    RC_ASSERT(force_state_name(terms.state) == plain.state(sizes, "air_activities"));
    RC_ASSERT((terms.stage ? terms.stage->value : "-") == plain.stage(sizes, time));
    stages.insert(terms.stage ? terms.stage->value : "-");
    versions.insert(terms.agreement->version());
  }
  RC_ASSERT(plain.live_at_most_one_broken == 0);
  RC_CLASSIFY(stages.size() > 1, "prefixes in several stages");
  RC_CLASSIFY(stages.contains("S3"), "in the third stage");
  RC_CLASSIFY(versions.size() > 1, "under several versions");
  RC_CLASSIFY(stages.contains("S1") && versions.contains(3), "in a stage, under the third version");
}

}  // namespace
}  // namespace detente::terms
