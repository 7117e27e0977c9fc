// SPDX-License-Identifier: Apache-2.0
//
// Takes entries in, log by log, and keeps what they say. What counts is decided in
// agreement_ledger_judge.cc, as soon as everything that a verdict depends on is known.
#include "terms/agreement_ledger.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/limits.h"
#include "terms/agreement_ledger_core.h"

namespace detente::terms {
namespace {

// A cut of the link that lasts longer than this makes the days unwatched.
constexpr std::int64_t kLongCutMs = 24LL * 3'600'000;
// Versions that a party signed alone and whose documents are asked for; more is a flood.
constexpr std::size_t kWantedOfParty = 16;

bool same_parties(const Agreement& a, const Agreement& b) {
  const auto same = [](const Party& x, const Party& y) {
    if (x.id != y.id || x.kind != y.kind || x.keys.has_value() != y.keys.has_value()) return false;
    if (!x.keys) return true;
    return x.keys->root == y.keys->root && x.keys->log.text() == y.keys->log.text() &&
           x.keys->witness.text() == y.keys->witness.text() &&
           x.keys->mirror.text() == y.keys->mirror.text();
  };
  return std::equal(a.parties().begin(), a.parties().end(), b.parties().begin(), b.parties().end(),
                    same);
}

}  // namespace

AgreementCore::AgreementCore(std::shared_ptr<const Agreement> first) : first_(std::move(first)) {
  documents_.emplace(first_->sha256_hex(), first_);
  const std::size_t count = first_->parties().size();
  for (const Party& party : first_->parties()) {
    const auto number = static_cast<LogNumber>(logs_.size());
    CourseLog& log = logs_.emplace_back();
    log.party = party.id;
    log.votes = party.kind == PartyKind::party;
    log.seen.assign(count, 0);
    log_of_party_.emplace(party.id, number);
    const Result<record::LogOwner> owner = first_->log_owner(party.id);
    if (!owner) continue;  // a template: there are no logs yet
    log.keyed = true;
    log.origin = Origin{owner->log.name};
    log_of_origin_.emplace(log.origin, number);
  }
}

Status AgreementCore::learn(std::shared_ptr<const Agreement> version) {
  const std::string& sha256 = version->sha256_hex();
  if (documents_.contains(sha256)) return {};
  Status amends = may_amend(*first_, *version);
  if (amends) {
    documents_.emplace(sha256, std::move(version));
  } else {
    foreign_.insert(sha256);
  }
  judge_waiting();
  return amends;
}

std::vector<std::string> AgreementCore::wanted() const {
  std::map<LogNumber, std::vector<std::pair<UtcMs, std::string>>> alone;
  std::set<std::string> out;
  for (const auto& [words, version] : versions_) {
    if (documents_.contains(version.sha256) || foreign_.contains(version.sha256)) continue;
    if (version.complete) {
      out.insert(version.sha256);
      continue;
    }
    for (std::size_t log = 0; log < logs_.size(); ++log) {
      const auto& signature = version.signatures[log];
      if (!signature) continue;
      alone[static_cast<LogNumber>(log)].emplace_back(signature->act.time, version.sha256);
    }
  }
  for (auto& [log, named] : alone) {
    std::sort(named.rbegin(), named.rend());
    if (named.size() > kWantedOfParty) named.resize(kWantedOfParty);
    for (auto& [time, sha256] : named) out.insert(std::move(sha256));
  }
  return {out.begin(), out.end()};
}

std::vector<std::shared_ptr<const Agreement>> AgreementCore::documents() const {
  std::vector<std::shared_ptr<const Agreement>> out;
  out.reserve(documents_.size());
  for (const auto& [sha256, document] : documents_) out.push_back(document);
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    return std::pair(a->version(), a->sha256_hex()) < std::pair(b->version(), b->sha256_hex());
  });
  return out;
}

record::Ref AgreementCore::ref_of(const CourseAct& act) const {
  return {logs_[act.log].origin, LeafIndex{act.index}, act.leaf};
}

void AgreementCore::apply(const PartyId& party, const record::Entry& entry,
                          const std::vector<std::string>& officers) {
  const auto found = log_of_party_.find(party);
  const record::Ref ref{entry.statement.log, entry.header.seq, entry.leaf};
  if (found == log_of_party_.end() || !logs_[found->second].keyed) {
    refused_.push_back({ref, {Errc::agreement_unknown_party, party.value, {}}});
    return;
  }
  CourseLog& log = logs_[found->second];
  if (entry.header.seq.value != log.size) {
    refused_.push_back(
        {ref, {Errc::entry_index, fmt::format("entry {} is the next one", log.size), {}}});
    return;
  }
  for (const record::Head& head : entry.header.seen) {
    const auto other = log_of_origin_.find(head.origin);
    if (other == log_of_origin_.end() || other->second == found->second) continue;
    std::uint64_t& size = log.seen[other->second];
    size = std::max(size, head.size.value);
  }
  log.last_time = std::max(log.last_time, entry.header.time);
  CourseAct act{found->second, log.size, entry.header.time, entry.leaf, officers, log.seen};
  act.sizes[act.log] = act.index;
  std::sort(act.officers.begin(), act.officers.end());
  act.officers.erase(std::unique(act.officers.begin(), act.officers.end()), act.officers.end());
  Status taken = take_in(act, entry);
  if (!taken) refused_.push_back({ref, std::move(taken).error()});
  ++log.size;
  judge_waiting();
}

Status AgreementCore::take_in(const CourseAct& act, const record::Entry& entry) {
  const record::Statement& statement = entry.statement;
  const std::string& type = statement.type;
  if (type == "agreement.sign") {
    const Result<std::string> sha256 = statement.body().string("sha256", limits::kIdBytes);
    std::optional<CourseAct>& sign = logs_[act.log].sign;
    if (sha256 && *sha256 == first_->sha256_hex() && !sign) sign = act;
    return {};
  }
  if (type == "agreement.amend") {
    DETENTE_TRY(AmendBody body, read_amend(statement));
    return take_amend(act, std::move(body));
  }
  if (type == "agreement.state") {
    DETENTE_TRY(StateBody body, read_state(statement));
    return take_state(act, std::move(body));
  }
  if (type == "finding.open") take_finding(act, statement);
  if (type == "link.cut" || type == "link.restored") take_link(act, statement);
  if (!is_course_type(type)) return {};
  DETENTE_TRY(CourseBody body, read_course_body(statement));
  items_.push_back({act, std::move(body), false, false, {}});
  logs_[act.log].items.push_back(&items_.back());
  return {};
}

Status AgreementCore::take_amend(const CourseAct& act, AmendBody body) {
  Version& version = versions_[{body.amends, body.sha256, body.version, body.effective}];
  if (version.signatures.empty()) {
    version.number = body.version;
    version.sha256 = body.sha256;
    version.amends = body.amends;
    version.effective = body.effective;
    version.signatures.resize(logs_.size());
  }
  version.last = std::max(version.last, act.time);
  Status fits = judge_amend(act, body);
  if (!fits) {
    const std::tuple place(act.time, act.log, act.index);
    if (!version.refused || *version.refused < place) {
      version.refused = place;
      version.refusal = fits.error().detail;
    }
    return fits;
  }
  logs_[act.log].offered_until[body.amends] = body.effective;
  version.signatures[act.log] = Version::Signature{act, std::move(body.reason)};
  for (std::size_t log = 0; log < logs_.size(); ++log) {
    if (logs_[log].votes && !version.signatures[log]) return {};
  }
  version.complete = true;
  std::vector<const Version*>& complete = complete_[version.amends];
  const auto at = std::upper_bound(
      complete.begin(), complete.end(), &version,
      [](const Version* a, const Version* b) { return a->effective < b->effective; });
  complete.insert(at, &version);
  return {};
}

Status AgreementCore::take_state(const CourseAct& act, StateBody body) {
  DETENTE_CHECK(judge_state(act, body));
  logs_[act.log].changes[function_number(body.function)].push_back(
      {act, body.state, std::move(body.reason)});
  return {};
}

// Only the kind and the time; the watch reads the rest. A finding that is malformed otherwise
// counts all the same: it can only hold a stage back.
void AgreementCore::take_finding(const CourseAct& act, const record::Statement& statement) {
  Result<std::string> kind = statement.body().string("kind", limits::kIdBytes);
  if (!kind) return;
  CourseLog& log = logs_[act.log];
  log.findings_of[*kind].push_back(log.findings.size());
  log.findings.push_back({act.index, act.time, act.leaf, std::move(*kind)});
}

void AgreementCore::take_link(const CourseAct& act, const record::Statement& statement) {
  const Result<std::string> party = statement.body().string("party", limits::kIdBytes);
  if (!party) return;
  CourseLog& log = logs_[act.log];
  std::vector<CutSpan>& cuts = log.cuts[*party];
  const bool open = !cuts.empty() && !cuts.back().end_index;
  if (statement.type == "link.cut") {
    // A node that starts anew while the link is cut says so again: it is the same cut.
    if (!open) cuts.push_back({act.index, act.time, std::nullopt, {}});
    return;
  }
  if (!open) return;
  cuts.back().end_index = act.index;
  cuts.back().end = act.time;
  if (act.time - cuts.back().begin > kLongCutMs) log.long_cuts.emplace_back(act.index, act.time);
}

// An act rests only on acts whose prefixes are smaller, so the smallest that is ready goes first.
// Within a log what was seen only grows, so an act that is not ready holds up those behind it.
void AgreementCore::judge_waiting() {
  const bool idle = std::all_of(logs_.begin(), logs_.end(), [](const CourseLog& log) {
    return log.judged == log.items.size();
  });
  if (idle) return;
  const LogSizes known = known_sizes();
  std::vector<const CourseItem*> held(logs_.size(), nullptr);  // for want of a document, by log
  while (CourseItem* item = next_ready(known, held)) {
    const bool rests_on_held = std::any_of(held.begin(), held.end(), [&](const CourseItem* other) {
      return other != nullptr && is_within(other->act, item->act.sizes);
    });
    CourseVerdict verdict;
    if (!rests_on_held) verdict = judge(item->act, item->body);
    if (rests_on_held || !verdict.known) {
      held[item->act.log] = item;
      continue;
    }
    item->judged = true;
    item->counts = verdict.counts;
    item->error = std::move(verdict.error);
    ++logs_[item->act.log].judged;
    if (!item->counts) refused_.push_back({ref_of(item->act), item->error});
    if (item->counts) keep(*item);
  }
}

CourseItem* AgreementCore::next_ready(const LogSizes& known,
                                      const std::vector<const CourseItem*>& held) const {
  CourseItem* next = nullptr;
  std::uint64_t smallest = 0;
  for (std::size_t log = 0; log < logs_.size(); ++log) {
    if (held[log] != nullptr || logs_[log].judged == logs_[log].items.size()) continue;
    CourseItem& item = *logs_[log].items[logs_[log].judged];
    if (!is_within(item.act, known)) continue;
    std::uint64_t sum = 0;
    for (const std::uint64_t size : item.act.sizes) sum += size;
    if (next != nullptr && sum >= smallest) continue;
    next = &item;
    smallest = sum;
  }
  return next;
}

void AgreementCore::keep(CourseItem& item) {
  if (const auto* body = std::get_if<BeginBody>(&item.body)) {
    logs_[item.act.log].begins[body->stage][body->sha256].push_back(&item);
  } else if (const auto* reset = std::get_if<ResetBody>(&item.body)) {
    keep_reset(item, *reset);
  } else if (const auto* report = std::get_if<ReportBody>(&item.body)) {
    auto record = std::make_unique<ReportRecord>();
    record->item = &item;
    report_at_[{item.act.log, item.act.index}] = record.get();
    reports_[report->obligation].push_back(std::move(record));
  } else if (const auto* verification = std::get_if<VerifyBody>(&item.body)) {
    keep_verification(item, *verification);
  }
}

void AgreementCore::keep_reset(CourseItem& item, const ResetBody& body) {
  const Agreement& agreement = *in_force(item.act.sizes, item.act.time).agreement;
  const auto stage_of = [&](const StageId& id) {
    return std::find_if(agreement.stages().begin(), agreement.stages().end(),
                        [&](const Stage& stage) { return stage.id == id; });
  };
  const Course course = this->course(item.act.sizes, agreement);
  const Stage& stage = *stage_of(body.stage);
  std::optional<StageId> to;
  for (const StageReset& reset : stage.resets) {
    const bool fits =
        reset.clause == body.clause &&
        std::any_of(body.refs.begin(), body.refs.end(), [&](const auto& ref) {
          return is_evidence(item.act.sizes, reset, ref, course.begun.at(body.stage).time);
        });
    if (!fits) continue;
    to = reset.to;
    break;
  }
  std::set<StageId> kept;
  for (std::optional<StageId> at = to; at && kept.insert(*at).second;) {
    const auto found = stage_of(*at);
    at = found == agreement.stages().end() ? std::nullopt : found->after;
  }
  ResetGroup::Reset reset{&item, {}};
  for (const auto& [id, begun] : course.begun) {
    if (!kept.contains(id)) reset.ended.push_back(id);
  }
  std::vector<ResetGroup>& groups = logs_[item.act.log].resets;
  const std::string& sha256 = agreement.sha256_hex();
  auto group = std::find_if(groups.begin(), groups.end(), [&](const ResetGroup& known) {
    return known.sha256 == sha256 && known.to == to;
  });
  if (group == groups.end()) group = groups.insert(group, {sha256, to, std::move(kept), {}});
  group->resets.push_back(std::move(reset));
}

void AgreementCore::keep_verification(CourseItem& item, const VerifyBody& body) {
  const LogNumber log = log_of_origin_.at(body.report.origin);
  report_at_.at({log, body.report.index.value})->verifications[item.act.log].push_back(&item);
}

LogSizes AgreementCore::known_sizes() const {
  LogSizes out;
  for (const CourseLog& log : logs_) out.push_back(log.size);
  return out;
}

struct AgreementLedger::Impl {
  explicit Impl(std::shared_ptr<const Agreement> first) : core(std::move(first)) {}
  AgreementCore core;
};

AgreementLedger::AgreementLedger(std::shared_ptr<const Agreement> first)
    : impl_(std::make_unique<Impl>(std::move(first))) {}
AgreementLedger::~AgreementLedger() = default;
AgreementLedger::AgreementLedger(AgreementLedger&&) noexcept = default;
AgreementLedger& AgreementLedger::operator=(AgreementLedger&&) noexcept = default;

Status may_amend(const Agreement& first, const Agreement& version) {
  const bool may = version.id() == first.id() && version.version() > first.version() &&
                   !version.amends().empty() && same_parties(version, first);
  if (may) return {};
  return fail(Errc::agreement_other, "it amends another agreement, or changes who the parties are");
}

Status AgreementLedger::learn(std::shared_ptr<const Agreement> version) {
  return impl_->core.learn(std::move(version));
}
std::vector<std::string> AgreementLedger::wanted() const {
  return impl_->core.wanted();
}
std::vector<std::shared_ptr<const Agreement>> AgreementLedger::documents() const {
  return impl_->core.documents();
}
void AgreementLedger::apply(const PartyId& party, const record::Entry& entry,
                            const std::vector<std::string>& officers) {
  impl_->core.apply(party, entry, officers);
}
Status AgreementLedger::admit(const PartyId& party, const record::Statement& statement,
                              const std::vector<std::string>& officers, UtcMs now,
                              const std::vector<record::Head>& seen) const {
  return impl_->core.admit(party, statement, officers, now, seen);
}
TermsAt AgreementLedger::at(const LogSizes& sizes, UtcMs time, Function function) const {
  return impl_->core.at(sizes, time, function);
}
TermsAt AgreementLedger::now(UtcMs time, Function function) const {
  return impl_->core.at(impl_->core.known_sizes(), time, function);
}
AgreementView AgreementLedger::view(UtcMs now) const {
  return impl_->core.view(now);
}
const std::vector<AgreementLedger::Refused>& AgreementLedger::refused() const {
  return impl_->core.refused();
}

}  // namespace detente::terms
