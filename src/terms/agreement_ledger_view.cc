// SPDX-License-Identifier: Apache-2.0
//
// The agreement's course as it is known here, for people. The same entries give the same view, in
// whatever order they came.
#include <fmt/core.h>

#include <algorithm>

#include "terms/agreement_ledger_core.h"

namespace detente::terms {
namespace {

// Of what one party can log alone without end, the newest are shown.
constexpr std::size_t kVersionsAloneShown = 50;
constexpr std::size_t kRefusedShown = 20;
constexpr std::size_t kOpeningsShown = 100;
constexpr std::size_t kPublicationsShown = 100;

bool earlier(const CourseAct& a, const CourseAct& b) {
  return std::tuple(a.time, a.log, a.index) < std::tuple(b.time, b.log, b.index);
}

template <class Items>
void keep_newest(Items& items, std::size_t count) {
  if (items.size() > count) items.erase(items.begin(), items.end() - static_cast<long>(count));
}

}  // namespace

const char* condition_basis_name(ConditionBasis basis) {
  switch (basis) {
    case ConditionBasis::reports:
      return "reports";
    case ConditionBasis::not_begun:
      return "not_begun";
    case ConditionBasis::elapsed:
      return "elapsed";
    case ConditionBasis::since_start:
      return "since_start";
    case ConditionBasis::since_finding:
      return "since_finding";
    case ConditionBasis::since_cut:
      return "since_cut";
  }
  check(false, "a condition's basis outside its enumeration");
  return "";
}

const char* stage_state_name(StageState state) {
  switch (state) {
    case StageState::waiting:
      return "waiting";
    case StageState::open:
      return "open";
    case StageState::begun:
      return "begun";
    case StageState::current:
      return "current";
    case StageState::reset:
      return "reset";
  }
  check(false, "a stage's state outside its enumeration");
  return "";
}

const char* obligation_state_name(ObligationState state) {
  switch (state) {
    case ObligationState::open:
      return "open";
    case ObligationState::reported:
      return "reported";
    case ObligationState::verified:
      return "verified";
    case ObligationState::disputed:
      return "disputed";
    case ObligationState::overdue:
      return "overdue";
  }
  check(false, "an obligation's state outside its enumeration");
  return "";
}

SignedAct AgreementCore::shown(const CourseAct& act, std::string reason) const {
  return {logs_[act.log].party, act.officers, act.time, ref_of(act), std::move(reason)};
}

template <class Body>
std::vector<const CourseItem*> AgreementCore::items_of(bool counting_only) const {
  std::vector<const CourseItem*> out;
  for (const CourseItem& item : items_) {
    if (!item.judged || (counting_only && !item.counts)) continue;
    if (std::holds_alternative<Body>(item.body)) out.push_back(&item);
  }
  std::sort(out.begin(), out.end(),
            [](const CourseItem* a, const CourseItem* b) { return earlier(a->act, b->act); });
  return out;
}

// ---- versions and states ----

std::string AgreementCore::problem(const Version& version, const InForce& in_force,
                                   UtcMs now) const {
  if (std::find(in_force.steps.begin(), in_force.steps.end(), &version) != in_force.steps.end()) {
    return {};
  }
  if (foreign_.contains(version.sha256)) {
    return "its document is of another agreement, or changes who the parties are";
  }
  const auto document = documents_.find(version.sha256);
  if (document != documents_.end() && (document->second->version() != version.number ||
                                       document->second->amends() != version.amends)) {
    return "its document names another version";
  }
  const bool signed_by_some = std::any_of(version.signatures.begin(), version.signatures.end(),
                                          [](const auto& signature) { return !!signature; });
  if (!signed_by_some) return version.refusal;
  const Agreement& current = *in_force.agreement;
  if (version.amends != current.sha256_hex()) {
    const auto amended = documents_.find(version.amends);
    const std::string what = amended == documents_.end()
                                 ? version.amends.substr(0, 12) + ".."
                                 : fmt::format("version {}", amended->second->version());
    return fmt::format("it amends {}, and version {} is in force", what, current.version());
  }
  if (version.number != current.version() + 1) {
    return fmt::format("it calls itself version {}, and version {} is the next", version.number,
                       current.version() + 1);
  }
  for (std::size_t log = 0; log < logs_.size(); ++log) {
    if (!logs_[log].votes || version.signatures[log]) continue;
    return logs_[log].party.value + (version.effective < now
                                         ? " did not sign it before it was to take effect"
                                         : " has not signed it");
  }
  return {};
}

VersionView AgreementCore::show_version(const Version& version, const InForce& in_force,
                                        UtcMs now) const {
  VersionView out;
  out.version = version.number;
  out.sha256 = version.sha256;
  out.amends = version.amends;
  out.effective = version.effective;
  for (const auto& signature : version.signatures) {
    if (signature) out.signatures.push_back(shown(signature->act, signature->reason));
  }
  out.at_hand = documents_.contains(version.sha256);
  const bool newest = !in_force.steps.empty() && in_force.steps.back() == &version;
  out.in_force = in_force.missing.empty() ? newest : version.sha256 == in_force.missing;
  out.problem = problem(version, in_force, now);
  return out;
}

std::vector<VersionView> AgreementCore::show_versions(const InForce& in_force, UtcMs now) const {
  VersionView first;
  first.version = first_->version();
  first.sha256 = first_->sha256_hex();
  first.amends = first_->amends();
  first.effective = first_->valid().start;
  first.in_force = in_force.steps.empty() && in_force.missing.empty();
  for (const CourseLog& log : logs_) {
    if (log.sign) first.signatures.push_back(shown(*log.sign, {}));
  }
  std::vector<const Version*> chosen;
  for (const auto& [words, version] : versions_) {
    if (!version.complete) chosen.push_back(&version);
  }
  std::sort(chosen.begin(), chosen.end(), [](const Version* a, const Version* b) {
    return std::tuple(a->last, a->sha256, a->effective, a->number, a->amends) <
           std::tuple(b->last, b->sha256, b->effective, b->number, b->amends);
  });
  keep_newest(chosen, kVersionsAloneShown);
  for (const auto& [words, version] : versions_) {
    if (version.complete) chosen.push_back(&version);
  }
  std::sort(chosen.begin(), chosen.end(), [](const Version* a, const Version* b) {
    return std::tuple(a->number, a->effective, a->sha256, a->amends) <
           std::tuple(b->number, b->effective, b->sha256, b->amends);
  });
  std::vector<VersionView> out = {std::move(first)};
  for (const Version* version : chosen) out.push_back(show_version(*version, in_force, now));
  return out;
}

std::vector<FunctionView> AgreementCore::show_functions(const LogSizes& sizes,
                                                        const Agreement& agreement,
                                                        UtcMs now) const {
  const bool unsigned_by_some = std::any_of(
      logs_.begin(), logs_.end(), [](const CourseLog& log) { return log.votes && !log.sign; });
  std::vector<FunctionView> out;
  for (std::size_t number = 0; number < kFunctionCount; ++number) {
    FunctionView view;
    if (number > 0) view.function = kFunctions.at(number - 1);
    view.state = force(sizes, view.function).state;
    if (view.state == ForceState::in_force) {
      view.state = unsigned_by_some ? ForceState::not_yet : force_by_time(agreement, now);
    }
    std::vector<const StateChange*> changes;
    for (const CourseLog& log : logs_) {
      for (const StateChange& change : log.changes[number]) changes.push_back(&change);
    }
    std::sort(changes.begin(), changes.end(),
              [](const StateChange* a, const StateChange* b) { return earlier(a->act, b->act); });
    for (const StateChange* change : changes) {
      view.acts.push_back(shown(
          change->act, fmt::format("{}: {}", force_state_name(change->state), change->reason)));
    }
    out.push_back(std::move(view));
  }
  return out;
}

// ---- stages ----

// Signatures that do not count, or no longer, and resets that ended an attempt.
void AgreementCore::show_attempts(const LogSizes& sizes, StageView& view) const {
  const StageId& id = view.stage->id;
  for (const CourseItem* item : items_of<BeginBody>(false)) {
    const auto& body = std::get<BeginBody>(item->body);
    if (body.stage != id) continue;
    if (!item->counts) {
      view.refused.push_back(shown(item->act, item->error.text()));
    } else if (is_live(sizes, *item, id)) {
      view.signatures.push_back(shown(item->act, {}));
    } else {
      view.refused.push_back(shown(item->act, "a reset that it had not seen ended the attempt"));
    }
  }
  keep_newest(view.refused, kRefusedShown);
  std::vector<const CourseItem*> resets;
  for (const CourseLog& log : logs_) {
    for (const ResetGroup& group : log.resets) {
      for (const ResetGroup::Reset& reset : group.resets) {
        if (std::find(reset.ended.begin(), reset.ended.end(), id) == reset.ended.end()) continue;
        resets.push_back(reset.item);
      }
    }
  }
  std::sort(resets.begin(), resets.end(),
            [](const CourseItem* a, const CourseItem* b) { return earlier(a->act, b->act); });
  for (const CourseItem* reset : resets) {
    const auto& body = std::get<ResetBody>(reset->body);
    view.resets.push_back(
        shown(reset->act, fmt::format("clause {}: {}", body.clause.value, body.reason)));
  }
}

std::vector<StageView> AgreementCore::show_stages(const LogSizes& sizes, UtcMs now,
                                                  const Agreement& agreement,
                                                  const Course& course) const {
  const bool whole_in_force = force_of(sizes, 0).state == ForceState::in_force;
  std::vector<StageView> out;
  for (const Stage& stage : agreement.stages()) {
    StageView view;
    view.stage = &stage;
    const std::optional<UtcMs> base = base_of(sizes, agreement, course, stage);
    bool all_met = whole_in_force && base.has_value();
    for (const StageCondition& condition : stage.conditions) {
      Met met = this->condition(sizes, now, condition, base, true);
      all_met = all_met && met.met;
      view.conditions.push_back({&condition, met.met, met.have, std::move(met.why),
                                 std::move(met.evidence), met.basis, met.since, met.cuts});
    }
    show_attempts(sizes, view);
    const auto begun = course.begun.find(stage.id);
    if (begun != course.begun.end()) {
      view.begun = begun->second.time;
      view.state = course.current == stage.id ? StageState::current : StageState::begun;
    } else if (all_met) {
      view.state = StageState::open;
    } else if (!view.resets.empty()) {
      view.state = StageState::reset;
    }
    out.push_back(std::move(view));
  }
  return out;
}

// ---- obligations, exceptions, roll ----

ObligationView::Report AgreementCore::show_report(const ReportRecord& report) const {
  const auto& body = std::get<ReportBody>(report.item->body);
  ObligationView::Report out{shown(report.item->act, body.text), body.refs, {}};
  std::vector<const CourseItem*> verifications;
  for (const auto& [log, items] : report.verifications) {
    verifications.insert(verifications.end(), items.begin(), items.end());
  }
  std::sort(verifications.begin(), verifications.end(),
            [](const CourseItem* a, const CourseItem* b) { return earlier(a->act, b->act); });
  for (const CourseItem* item : verifications) {
    const auto& said = std::get<VerifyBody>(item->body);
    out.verifications.push_back(
        shown(item->act, said.reason.empty() ? said.result : said.result + ": " + said.reason));
  }
  return out;
}

ObligationView AgreementCore::show_obligation(const LogSizes& sizes, UtcMs now,
                                              const Course& course,
                                              const Obligation& obligation) const {
  ObligationView view;
  view.obligation = &obligation;
  view.due = obligation.due;
  if (obligation.due_after_stage) {
    const auto begun = course.begun.find(*obligation.due_after_stage);
    if (begun != course.begun.end()) view.due = begun->second.time + obligation.due_after_ms;
  }
  view.verified = verified(sizes, obligation.id);
  bool disputed = false;
  bool reported = false;  // and nobody has answered that it could not be verified
  const auto found = reports_.find(obligation.id);
  if (found != reports_.end()) {
    std::vector<const ReportRecord*> reports;
    for (const auto& report : found->second) reports.push_back(report.get());
    std::sort(reports.begin(), reports.end(), [](const ReportRecord* a, const ReportRecord* b) {
      return earlier(a->item->act, b->item->act);
    });
    for (const ReportRecord* report : reports) {
      view.reports.push_back(show_report(*report));
      const CourseItem* last = last_verification(sizes, *report);
      const std::string result =
          last == nullptr ? std::string() : std::get<VerifyBody>(last->body).result;
      disputed = disputed || result == "disputed";
      reported = reported || result.empty() || result == "verified";
    }
  }
  if (view.verified >= obligation.count) {
    view.state = ObligationState::verified;
  } else if (disputed) {
    view.state = ObligationState::disputed;
  } else if (view.due && *view.due < now) {
    view.state = ObligationState::overdue;
  } else if (reported) {
    view.state = ObligationState::reported;
  }
  return view;
}

// Those of the version in force; then those of earlier versions under which something was done.
std::vector<ObligationView> AgreementCore::show_obligations(const LogSizes& sizes, UtcMs now,
                                                            const InForce& in_force,
                                                            const Course& course) const {
  std::vector<ObligationView> out;
  std::set<ObligationId> listed;
  for (const auto& agreement : newest_first(in_force)) {
    for (const Obligation& obligation : agreement->obligations()) {
      if (!listed.insert(obligation.id).second) continue;
      ObligationView view = show_obligation(sizes, now, course, obligation);
      if (agreement == in_force.agreement || !view.reports.empty()) out.push_back(std::move(view));
    }
  }
  return out;
}

std::vector<std::shared_ptr<const Agreement>> AgreementCore::newest_first(
    const InForce& in_force) const {
  std::vector<std::shared_ptr<const Agreement>> out;
  for (auto step = in_force.steps.rbegin(); step != in_force.steps.rend(); ++step) {
    out.push_back(documents_.at((*step)->sha256));
  }
  out.push_back(first_);
  return out;
}

std::vector<ExceptionView> AgreementCore::show_exceptions(const InForce& in_force) const {
  std::vector<ExceptionView> out;
  std::map<ExceptionId, std::size_t> place;
  for (const auto& agreement : newest_first(in_force)) {
    for (const NamedException& exception : agreement->exceptions()) {
      if (place.emplace(exception.id, out.size()).second) out.push_back({&exception, {}});
    }
  }
  for (const CourseItem* item : items_of<DeclareBody>(true)) {
    const auto& body = std::get<DeclareBody>(item->body);
    const auto found = place.find(body.exception);
    if (found == place.end()) continue;
    // Its own version says how soon it had to be declared.
    const auto agreement = this->in_force(item->act.sizes, item->act.time).agreement;
    const auto named = std::find_if(
        agreement->exceptions().begin(), agreement->exceptions().end(),
        [&](const NamedException& exception) { return exception.id == body.exception; });
    check(named != agreement->exceptions().end(), "a use that counts is of a known exception");
    out[found->second].uses.push_back({shown(item->act, body.grounds), body.exception,
                                       body.activity, body.began,
                                       body.began + named->declare_within_ms < item->act.time});
  }
  const auto gone = [&](const ExceptionView& view) {
    const auto& own = in_force.agreement->exceptions();
    return view.uses.empty() && std::none_of(own.begin(), own.end(), [&](const auto& exception) {
             return &exception == view.exception;
           });
  };
  out.erase(std::remove_if(out.begin(), out.end(), gone), out.end());
  return out;
}

std::vector<RollEntry> AgreementCore::show_roll(const Agreement& agreement) const {
  std::map<PartyId, const CourseItem*> accepted;
  for (const CourseItem* item : items_of<AcceptBody>(true)) {
    accepted[std::get<AcceptBody>(item->body).adherent] = item;
  }
  std::vector<RollEntry> out;
  for (const Adherent& adherent : agreement.adherents()) {
    RollEntry entry;
    entry.adherent = &adherent;
    const auto found = accepted.find(adherent.id);
    if (found != accepted.end()) {
      const auto& body = std::get<AcceptBody>(found->second->body);
      entry.accepted = shown(found->second->act, {});
      entry.accepted_at = body.accepted;
      entry.sha256 = body.sha256;
    }
    out.push_back(std::move(entry));
  }
  return out;
}

std::vector<OpeningView> AgreementCore::show_openings() const {
  std::vector<OpeningView> out;
  for (const CourseItem* item : items_of<OpenBody>(false)) {
    const auto& body = std::get<OpenBody>(item->body);
    out.push_back({body.document, body.language,
                   shown(item->act, item->counts ? std::string() : item->error.text()),
                   item->counts, to_hex(body.sha256)});
  }
  keep_newest(out, kOpeningsShown);
  return out;
}

// A party's first word on a list is shown; saying it again adds nothing.
std::vector<PublicationView> AgreementCore::show_publications() const {
  std::map<std::vector<std::string>, std::map<LogNumber, const CourseItem*>> lists;
  for (const CourseItem* item : items_of<PublishBody>(true)) {
    lists[std::get<PublishBody>(item->body).sha256].emplace(item->act.log, item);
  }
  const auto voters = static_cast<std::size_t>(
      std::count_if(logs_.begin(), logs_.end(), [](const CourseLog& log) { return log.votes; }));
  std::vector<PublicationView> out;
  for (const auto& [sha256, items] : lists) {
    PublicationView view{sha256, {}, items.size() == voters};
    for (const auto& [log, item] : items) {
      view.acts.push_back(shown(item->act, std::get<PublishBody>(item->body).reason));
    }
    out.push_back(std::move(view));
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    return std::tie(a.acts.back().time, a.sha256) < std::tie(b.acts.back().time, b.sha256);
  });
  keep_newest(out, kPublicationsShown);
  return out;
}

AgreementView AgreementCore::view(UtcMs now) const {
  const LogSizes sizes = known_sizes();
  const InForce in_force = this->in_force(sizes, now);
  const Course course = this->course(sizes, *in_force.agreement);
  AgreementView out;
  out.versions = show_versions(in_force, now);
  out.functions = show_functions(sizes, *in_force.agreement, now);
  out.stages = show_stages(sizes, now, *in_force.agreement, course);
  out.stage = course.current;
  out.obligations = show_obligations(sizes, now, in_force, course);
  out.exceptions = show_exceptions(in_force);
  out.roll = show_roll(*in_force.agreement);
  out.openings = show_openings();
  out.publications = show_publications();
  return out;
}

}  // namespace detente::terms
