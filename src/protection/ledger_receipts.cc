// SPDX-License-Identifier: Apache-2.0
//
// What the ledger shows of receipts and contests.
#include <algorithm>
#include <array>
#include <tuple>

#include "protection/ledger.h"

namespace detente::protection {

const char* receipt_name(Receipt receipt) {
  static constexpr std::array<const char*, kReceipts> kNames = {"held", "read", "received",
                                                                "disseminated"};
  return kNames.at(static_cast<std::size_t>(receipt));
}

std::optional<NoticeLedger::NoticeSent> NoticeLedger::notice_of(const record::Ref& notice) const {
  if (const Site* site = site_of(notice)) {
    for (const SiteVersion& version : site->versions) {
      if (version.sent.ref == notice) return NoticeSent{version.sent.time, version.body.to};
    }
  }
  const auto movement = movements_.find(notice);
  if (movement != movements_.end()) {
    return NoticeSent{movement->second.sent.time, movement->second.body.to};
  }
  for (const Act* act : emergencies_) {
    if (act->sent.ref != notice) continue;
    NoticeSent out{act->sent.time, {}};
    for (const terms::Party& party : agreement_->parties()) {
      if (party.id != act->sent.party) out.to.push_back(party.id);
    }
    return out;
  }
  return std::nullopt;
}

ReceiptChain NoticeLedger::chain_of(const PartyId& party, const record::Ref& notice, UtcMs sent,
                                    const HeldAt& held, UtcMs now) const {
  static constexpr std::array<const char*, kReceipts> kTypes = {"", "ack.read", "notice.received",
                                                                "notice.disseminated"};
  const std::array<std::int64_t, kReceipts> due = {terms_.held_ms, terms_.read_ms,
                                                   terms_.received_ms, terms_.disseminated_ms};
  ReceiptChain chain{party, {}, {}};
  for (std::size_t i = 0; i < kReceipts; ++i) {
    ReceiptStep step;
    step.step = static_cast<Receipt>(i);
    if (step.step == Receipt::held && held) step.time = held(party, notice);
    for (const Act* act : acts_about(notice)) {
      if (act->type != kTypes.at(i) || act->sent.party != party) continue;
      if (step.step == Receipt::disseminated) {
        const auto body = read_disseminated(act->document.root());
        if (body) chain.units.insert(chain.units.end(), body->units.begin(), body->units.end());
      }
      if (step.time) continue;
      step.time = act->sent.time;
      if (!act->sent.officers.empty()) step.officer = act->sent.officers.front();
    }
    chain.steps.push_back(std::move(step));
  }
  bool later = false;  // a later step was taken, so nobody needs to be reminded of this one
  for (std::size_t i = kReceipts; i-- > 0;) {
    ReceiptStep& step = chain.steps[i];
    if (!step.time) step.missing_ms = std::max<std::int64_t>(0, now - sent);
    step.overdue = !step.time && !later && step.missing_ms > due.at(i);
    later = later || step.time.has_value();
  }
  return chain;
}

std::vector<ReceiptChain> NoticeLedger::receipts(const record::Ref& notice, const HeldAt& held,
                                                 UtcMs now) const {
  std::vector<ReceiptChain> out;
  const std::optional<NoticeSent> sent = notice_of(notice);
  if (!sent) return out;
  for (const PartyId& party : sent->to) {
    out.push_back(chain_of(party, notice, sent->time, held, now));
  }
  return out;
}

// ---- contests ----

ContestView NoticeLedger::view_of(const Act& contest, const record::Ref& key, const Site& site,
                                  UtcMs now) const {
  ContestView out;
  out.sent = contest.sent;
  out.site = key;
  out.version = contest.refs.front();
  out.body = read_contest(contest.document.root()).value_or(ContestBody{});
  out.answer_due = contest.sent.time + terms_.answer_ms;
  out.decision_due = contest.sent.time + terms_.decision_ms;
  const PartyId& proxy = site.versions.back().body.proxy;
  for (const Act* act : acts_about(contest.sent.ref, "contest.answer")) {
    if (act->sent.party != site.owner && act->sent.party != proxy) continue;
    out.answered = act->sent;
    out.answer = read_text(act->document.root()).value_or("");
    break;
  }
  const auto end = [&out](UtcMs time, const char* how) {
    if (out.ended && *out.ended <= time) return;
    out.ended = time;
    out.ended_how = how;
  };
  std::map<std::pair<Outcome, bool>, UtcMs> said;  // the first: by whom it was opened, or the owner
  for (const Act* act : acts_about(contest.sent.ref, "contest.close")) {
    const bool opener = act->sent.party == contest.sent.party;
    if (!opener && act->sent.party != site.owner) continue;
    const Result<CloseBody> body = read_close(act->document.root());
    if (body) said.try_emplace({body->outcome, opener}, act->sent.time);
  }
  const auto withdrawn = said.find({Outcome::withdrawn, true});
  if (withdrawn != said.end()) end(withdrawn->second, "withdrawn");
  for (const Outcome outcome : {Outcome::stands, Outcome::corrected}) {
    const auto opener = said.find({outcome, true});
    const auto owner = said.find({outcome, false});
    if (opener == said.end() || owner == said.end()) continue;
    end(std::max(opener->second, owner->second),
        outcome == Outcome::stands ? "agreed_stands" : "agreed_corrected");
  }
  std::optional<UtcMs> removed;
  if (site.removed) removed = site.removed->time;
  if (const auto by_proxy = proxy_removal(site)) {
    removed = std::min(removed.value_or((*by_proxy)->sent.time), (*by_proxy)->sent.time);
  }
  if (removed) end(std::max(*removed, contest.sent.time), "removed_by_owner");
  out.answer_overdue = !out.answered && !out.ended && out.answer_due < now;
  out.decision_overdue = !out.ended && out.decision_due < now;
  return out;
}

std::vector<ContestView> NoticeLedger::contests(UtcMs now) const {
  std::vector<ContestView> out;
  for (const Act* act : contests_) {
    record::Ref key;
    const Site* site = site_of(act->refs.front(), &key);
    if (site == nullptr || site->owner == act->sent.party) continue;
    out.push_back(view_of(*act, key, *site, now));
  }
  std::sort(out.begin(), out.end(), [](const ContestView& a, const ContestView& b) {
    return std::tie(a.sent.time, a.sent.party, a.sent.ref.index) <
           std::tie(b.sent.time, b.sent.party, b.sent.ref.index);
  });
  return out;
}

}  // namespace detente::protection
