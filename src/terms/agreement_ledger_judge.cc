// SPDX-License-Identifier: Apache-2.0
//
// What counts, and what does not. Every rule here reads the act's prefix only. The guard asks the
// same questions of an act as if it stood in the log now.
#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "terms/agreement_ledger_core.h"
#include "terms/package.h"

namespace detente::terms {
namespace {

// How far another clock may be ahead, where a person states when something happened.
constexpr std::int64_t kAheadMs = 5LL * 60'000;
// How long an amendment that one party signed may stand open for the others.
constexpr std::int64_t kOfferMsMax = 366LL * 24 * 3'600'000;

template <class Items, class Id>
auto find_id(const Items& items, const Id& id) {
  const auto found =
      std::find_if(items.begin(), items.end(), [&](const auto& item) { return item.id == id; });
  return found == items.end() ? nullptr : &*found;
}

Status check_version(const std::string& named, const Agreement& agreement) {
  if (named == agreement.sha256_hex()) return {};
  return fail(Errc::agreement_version,
              fmt::format("it names {}.., and version {} ({}..) is in force", named.substr(0, 12),
                          agreement.version(), agreement.sha256_hex().substr(0, 12)),
              "body/sha256");
}

}  // namespace

// ---- judged by the own log alone ----

Status AgreementCore::judge_amend(const CourseAct& act, const AmendBody& body) const {
  const CourseLog& log = logs_[act.log];
  if (!log.votes) {
    return fail(Errc::agreement_party, log.party.value + " is no party that could amend it");
  }
  if (body.effective < act.time || body.effective > act.time + kOfferMsMax) {
    return fail(Errc::agreement_time,
                fmt::format("it was signed {} and takes effect {}; that may not be earlier, nor "
                            "more than 366 days later",
                            format_rfc3339(act.time), format_rfc3339(body.effective)),
                "body/effective");
  }
  // One offer at a time: so no two can ever be complete side by side.
  const auto offered = log.offered_until.find(body.amends);
  if (offered != log.offered_until.end() && act.time <= offered->second) {
    return fail(Errc::agreement_version,
                fmt::format("{} signed another change of the same version, and it stands until {}",
                            log.party.value, format_rfc3339(offered->second)));
  }
  return {};
}

Status AgreementCore::judge_state(const CourseAct& act, const StateBody& body) const {
  const CourseLog& log = logs_[act.log];
  if (!log.votes) {
    return fail(Errc::agreement_party, log.party.value + " is no party that could suspend it");
  }
  const auto last = [&](std::size_t function) {
    const std::vector<StateChange>& changes = log.changes[function];
    return changes.empty() ? ForceState::in_force : changes.back().state;
  };
  const std::size_t function = function_number(body.function);
  if (last(0) == ForceState::withdrawn || last(function) == ForceState::withdrawn) {
    return fail(Errc::agreement_withdrawn, log.party.value + " withdrew, and that is final");
  }
  if (last(function) == body.state) {
    return fail(Errc::agreement_state, body.state == ForceState::suspended
                                           ? log.party.value + " has suspended it already"
                                           : log.party.value + " has not suspended it");
  }
  return {};
}

// ---- judged by a prefix ----

CourseVerdict AgreementCore::judge(const CourseAct& act, const CourseBody& body) const {
  const InForce found = in_force(act.sizes, act.time);
  if (!found.missing.empty()) {
    return {false,
            false,
            {Errc::agreement_version,
             fmt::format("the document of version {} ({}..) is not at hand",
                         found.agreement->version() + 1, found.missing.substr(0, 12)),
             {}}};
  }
  Status fits = judge_under(act, body, *found.agreement);
  if (!fits) return {true, false, std::move(fits.error())};
  return {};
}

Status AgreementCore::judge_under(const CourseAct& act, const CourseBody& body,
                                  const Agreement& agreement) const {
  if (const auto* open = std::get_if<OpenBody>(&body)) return judge_open(*open, agreement);
  if (std::holds_alternative<PublishBody>(body)) return judge_publish(act);
  if (const auto* accept = std::get_if<AcceptBody>(&body)) {
    return judge_accept(act, *accept, agreement);
  }
  if (const auto* begin = std::get_if<BeginBody>(&body)) return judge_begin(act, *begin, agreement);
  if (const auto* reset = std::get_if<ResetBody>(&body)) return judge_reset(act, *reset, agreement);
  if (const auto* declare = std::get_if<DeclareBody>(&body)) {
    return judge_declare(act, *declare, agreement);
  }
  if (const auto* report = std::get_if<ReportBody>(&body)) {
    return judge_report(act, *report, agreement);
  }
  return judge_verify(act, std::get<VerifyBody>(body), agreement);
}

Status AgreementCore::judge_open(const OpenBody& body, const Agreement& agreement) const {
  for (const Document& document : agreement.documents()) {
    if (document.name != body.document || document.language != body.language) continue;
    if (document.commitment.empty()) continue;
    if (annex_commitment(body.salt, body.sha256) == document.commitment) return {};
    return fail(Errc::annex_mismatch, "salt and hash do not give the commitment");
  }
  return fail(Errc::annex_mismatch,
              fmt::format("the agreement has no secret annex {} in {}", json_quote(body.document),
                          json_quote(body.language)),
              "body/document");
}

Status AgreementCore::judge_publish(const CourseAct& act) const {
  if (logs_[act.log].votes) return {};
  return fail(Errc::agreement_party,
              logs_[act.log].party.value + " is no party that could publish papers of it");
}

Status AgreementCore::judge_accept(const CourseAct& act, const AcceptBody& body,
                                   const Agreement& agreement) const {
  const Adherent* adherent = find_id(agreement.adherents(), body.adherent);
  if (adherent == nullptr) {
    return fail(Errc::agreement_unknown_party, body.adherent.value + " is no adherent",
                "body/adherent");
  }
  if (adherent->sponsor != logs_[act.log].party) {
    return fail(Errc::agreement_party,
                fmt::format("{} answers for {}", adherent->sponsor.value, body.adherent.value));
  }
  DETENTE_CHECK(check_version(body.sha256, agreement));
  if (body.accepted > act.time + kAheadMs) {
    return fail(Errc::agreement_time, "it is said to be accepted in the future", "body/accepted");
  }
  return {};
}

Status AgreementCore::judge_begin(const CourseAct& act, const BeginBody& body,
                                  const Agreement& agreement) const {
  const CourseLog& log = logs_[act.log];
  if (!log.votes) {
    return fail(Errc::agreement_party, log.party.value + " is no party that could begin a stage");
  }
  DETENTE_CHECK(check_version(body.sha256, agreement));
  const Stage* stage = find_id(agreement.stages(), body.stage);
  if (stage == nullptr) return fail(Errc::stage_unknown, body.stage.value, "body/stage");
  const Force force = force_of(act.sizes, 0);
  if (force.state != ForceState::in_force) {
    return fail(force.state == ForceState::suspended ? Errc::agreement_suspended
                                                     : Errc::agreement_withdrawn,
                "by " + logs_[force.change->act.log].party.value);
  }
  if (force_by_time(agreement, act.time) != ForceState::in_force) {
    return fail(Errc::agreement_not_in_force, "it is not valid at this time");
  }
  const Course course = this->course(act.sizes, agreement);
  if (course.begun.contains(stage->id)) return fail(Errc::stage_state, "it has begun");
  if (live_begin(act.sizes, act.log, stage->id, body.sha256) != nullptr) {
    return fail(Errc::stage_state, log.party.value + " has signed for it already");
  }
  if (stage->after && !course.begun.contains(*stage->after)) {
    return fail(Errc::stage_state, fmt::format("{} has not begun", stage->after->value));
  }
  return judge_conditions(act, agreement, course, *stage);
}

Status AgreementCore::judge_conditions(const CourseAct& act, const Agreement& agreement,
                                       const Course& course, const Stage& stage) const {
  const std::optional<UtcMs> base = base_of(act.sizes, agreement, course, stage);
  for (const StageCondition& condition : stage.conditions) {
    const Met met = this->condition(act.sizes, act.time, condition, base, false);
    if (met.met) continue;
    return fail(Errc::stage_conditions,
                fmt::format("clause {}: {}", condition.clause.value, met.why));
  }
  return {};
}

Status AgreementCore::judge_reset(const CourseAct& act, const ResetBody& body,
                                  const Agreement& agreement) const {
  const CourseLog& log = logs_[act.log];
  if (!log.votes) {
    return fail(Errc::agreement_party, log.party.value + " is no party that could reset a stage");
  }
  const Stage* stage = find_id(agreement.stages(), body.stage);
  if (stage == nullptr) return fail(Errc::stage_unknown, body.stage.value, "body/stage");
  const Course course = this->course(act.sizes, agreement);
  if (course.current != body.stage) {
    return fail(Errc::stage_state, course.current ? "the current stage is " + course.current->value
                                                  : std::string("no stage has begun"));
  }
  const UtcMs since = course.begun.at(body.stage).time;
  bool named = false;
  for (const StageReset& reset : stage->resets) {
    if (reset.clause != body.clause) continue;
    named = true;
    for (const record::Ref& ref : body.refs) {
      if (is_evidence(act.sizes, reset, ref, since)) return {};
    }
  }
  if (!named) {
    return fail(
        Errc::agreement_unknown_clause,
        fmt::format("clause {} does not reset stage {}", body.clause.value, body.stage.value),
        "body/clause");
  }
  return fail(Errc::stage_evidence,
              fmt::format("clause {} needs an entry of its kind after {}, within what the log had "
                          "seen",
                          body.clause.value, format_rfc3339(since)),
              "refs");
}

bool AgreementCore::is_evidence(const LogSizes& sizes, const StageReset& reset,
                                const record::Ref& ref, UtcMs since) const {
  const auto found = log_of_origin_.find(ref.origin);
  if (found == log_of_origin_.end() || ref.index.value >= sizes[found->second]) return false;
  const CourseLog& log = logs_[found->second];
  if (reset.kind == StageReset::Kind::finding) {
    const auto at = std::lower_bound(
        log.findings.begin(), log.findings.end(), ref.index.value,
        [](const FindingMark& finding, std::uint64_t index) { return finding.index < index; });
    return at != log.findings.end() && at->index == ref.index.value && at->leaf == ref.leaf &&
           since < at->time &&
           std::find(reset.findings.begin(), reset.findings.end(), at->kind) !=
               reset.findings.end();
  }
  for (const std::vector<StateChange>& changes : log.changes) {
    const auto at = std::lower_bound(
        changes.begin(), changes.end(), ref.index.value,
        [](const StateChange& change, std::uint64_t index) { return change.act.index < index; });
    if (at == changes.end() || at->act.index != ref.index.value) continue;
    return at->act.leaf == ref.leaf && since < at->act.time && at->state != ForceState::in_force;
  }
  return false;
}

Status AgreementCore::judge_declare(const CourseAct& act, const DeclareBody& body,
                                    const Agreement& agreement) const {
  if (!logs_[act.log].votes) {
    return fail(Errc::agreement_party,
                logs_[act.log].party.value + " is no party that could use an exception");
  }
  if (find_id(agreement.exceptions(), body.exception) == nullptr) {
    return fail(Errc::exception_unknown, body.exception.value, "body/exception");
  }
  if (body.began > act.time + kAheadMs) {
    return fail(Errc::exception_time,
                fmt::format("it is to begin {}, and this is logged {}", format_rfc3339(body.began),
                            format_rfc3339(act.time)),
                "body/began");
  }
  return {};
}

Status AgreementCore::judge_report(const CourseAct& act, const ReportBody& body,
                                   const Agreement& agreement) const {
  const Obligation* obligation = find_id(agreement.obligations(), body.obligation);
  if (obligation == nullptr) {
    return fail(Errc::obligation_unknown, body.obligation.value, "body/obligation");
  }
  if (agreement.sponsor_of(obligation->who) == logs_[act.log].party) return {};
  return fail(Errc::obligation_party,
              fmt::format("{} is {}'s", obligation->id.value, obligation->who.value));
}

Status AgreementCore::judge_verify(const CourseAct& act, const VerifyBody& body,
                                   const Agreement& agreement) const {
  const Obligation* obligation = find_id(agreement.obligations(), body.obligation);
  if (obligation == nullptr) {
    return fail(Errc::obligation_unknown, body.obligation.value, "body/obligation");
  }
  if (agreement.sponsor_of(obligation->verified_by) != logs_[act.log].party) {
    return fail(Errc::obligation_party,
                fmt::format("{} verifies {}", obligation->verified_by.value, obligation->id.value));
  }
  if (report_of(act.sizes, body) != nullptr) return {};
  return fail(Errc::obligation_evidence,
              fmt::format("the first reference is no report of {} that the log had seen with all "
                          "that it rests on",
                          obligation->id.value),
              "refs/0");
}

const CourseItem* AgreementCore::report_of(const LogSizes& sizes, const VerifyBody& body) const {
  const auto log = log_of_origin_.find(body.report.origin);
  if (log == log_of_origin_.end()) return nullptr;
  const auto found = report_at_.find({log->second, body.report.index.value});
  if (found == report_at_.end()) return nullptr;
  const CourseItem& item = *found->second->item;
  const bool fits = item.act.leaf == body.report.leaf && is_within(item.act, sizes) &&
                    std::get<ReportBody>(item.body).obligation == body.obligation;
  return fits ? &item : nullptr;
}

// ---- the guard ----

// The act that the log's next entry would be.
Result<CourseAct> AgreementCore::next_act(const PartyId& party,
                                          const std::vector<std::string>& officers, UtcMs now,
                                          const std::vector<record::Head>& seen) const {
  const auto found = log_of_party_.find(party);
  if (found == log_of_party_.end()) return fail(Errc::agreement_unknown_party, party.value);
  const CourseLog& log = logs_[found->second];
  if (!log.keyed) return fail(Errc::agreement_unkeyed, party.value);
  CourseAct act{found->second, log.size, std::max(now, log.last_time), {}, officers, log.seen};
  for (const record::Head& head : seen) {
    const auto other = log_of_origin_.find(head.origin);
    if (other == log_of_origin_.end() || other->second == act.log) continue;
    act.sizes[other->second] = std::max(act.sizes[other->second], head.size.value);
  }
  act.sizes[act.log] = act.index;
  return act;
}

// The document must be at hand: nobody signs what nobody here can read.
Status AgreementCore::admit_amend(const CourseAct& act, const AmendBody& body) const {
  DETENTE_CHECK(judge_amend(act, body));
  const InForce now = in_force(act.sizes, act.time);
  if (!now.missing.empty() || body.amends != now.agreement->sha256_hex()) {
    return fail(
        Errc::agreement_version,
        fmt::format("it amends {}.., and {} is in force", body.amends.substr(0, 12),
                    now.missing.empty() ? fmt::format("version {} ({}..)", now.agreement->version(),
                                                      now.agreement->sha256_hex().substr(0, 12))
                                        : now.missing.substr(0, 12) + ".., which is not at hand,"),
        "body/amends");
  }
  const auto document = documents_.find(body.sha256);
  if (document == documents_.end()) {
    return fail(Errc::agreement_version, "the document of the new version is not at hand",
                "body/sha256");
  }
  if (document->second->version() != body.version || document->second->amends() != body.amends ||
      body.version != now.agreement->version() + 1) {
    return fail(Errc::agreement_version,
                fmt::format("the document says that it is version {}", document->second->version()),
                "body/version");
  }
  const Force force = force_of(act.sizes, 0);
  if (force.state != ForceState::withdrawn) return {};
  return fail(Errc::agreement_withdrawn, "by " + logs_[force.change->act.log].party.value);
}

Status AgreementCore::admit(const PartyId& party, const record::Statement& statement,
                            const std::vector<std::string>& officers, UtcMs now,
                            const std::vector<record::Head>& seen) const {
  const std::string& type = statement.type;
  const bool amend = type == "agreement.amend";
  const bool state = type == "agreement.state";
  if (!amend && !state && !is_course_type(type)) return {};
  DETENTE_TRY(const CourseAct act, next_act(party, officers, now, seen));
  for (std::size_t log = 0; log < logs_.size(); ++log) {
    if (act.sizes[log] <= logs_[log].size) continue;
    return fail(Errc::entry_seen,
                fmt::format("{}'s log is not known here so far", logs_[log].party.value));
  }
  if (amend) {
    DETENTE_TRY(const AmendBody body, read_amend(statement));
    return admit_amend(act, body);
  }
  if (state) {
    DETENTE_TRY(const StateBody body, read_state(statement));
    return judge_state(act, body);
  }
  DETENTE_TRY(const CourseBody body, read_course_body(statement));
  CourseVerdict verdict = judge(act, body);
  if (verdict.counts) return {};
  return fail(std::move(verdict.error));
}

}  // namespace detente::terms
