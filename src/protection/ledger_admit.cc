// SPDX-License-Identifier: Apache-2.0
//
// The guards: what a party may log now. None of them asks how late a notice is, or in which state
// the agreement is.
#include <algorithm>

#include "base/limits.h"
#include "protection/ledger.h"

namespace detente::protection {
namespace {

Error malformed(std::string detail, std::string place) {
  return {Errc::protection_malformed, std::move(detail), std::move(place)};
}

// The commitment that private details are under: the last of the refs, after the `before` others.
Result<std::optional<record::Ref>> commit_ref(const record::Statement& statement,
                                              std::size_t before, bool is_private) {
  const std::size_t wanted = before + (is_private ? 1 : 0);
  if (statement.refs.size() != wanted) {
    return fail(malformed(is_private ? "private details need their commitment"
                                     : "open details rest on no other entry",
                          "refs"));
  }
  if (!is_private) return std::optional<record::Ref>{};
  return std::optional<record::Ref>{statement.refs.back()};
}

Status check_expiry(UtcMs expires, UtcMs now) {
  if (now < expires && expires - now <= limits::kSiteMsMax) return {};
  return fail(malformed("an entry expires later than now, and within 366 days", "expires"));
}

}  // namespace

Status NoticeLedger::admit(const PartyId& party, const record::Statement& statement,
                           const std::vector<std::string>& officers, UtcMs now) const {
  const std::string& type = statement.type;
  if (type == "site.register" || type == "site.revise") {
    return admit_register(party, statement, now);
  }
  if (type.starts_with("site.")) return admit_site_act(party, statement, officers, now);
  if (type == "movement.notify") {
    DETENTE_TRY(const NotifyBody body, read_notify(statement.body()));
    DETENTE_TRY(const auto commit, commit_ref(statement, 0, !body.movement));
    if (body.time.end <= now) return fail(malformed("it is over already", "end"));
    return consent(party, body.to, body.proxy, commit, kMovementSchema);
  }
  if (type.starts_with("movement.")) return admit_movement(party, statement);
  if (type.starts_with("notice.")) return admit_notice(party, statement);
  if (type.starts_with("contest.")) return admit_contest(party, statement, now);
  if (type == "case.step") return admit_case(statement);
  return {};
}

Status NoticeLedger::check_parties(const PartyId& party, const std::vector<PartyId>& to,
                                   const PartyId& proxy) const {
  for (const PartyId& id : to) {
    if (agreement_->party(id) == nullptr) {
      return fail(Errc::agreement_unknown_party, id.value, "to");
    }
    if (id == party) return fail(Errc::protection_own, "it is no recipient", "to");
  }
  if (!proxy.value.empty() && (proxy == party || agreement_->party(proxy) == nullptr)) {
    return fail(Errc::agreement_unknown_party, proxy.value, "proxy");
  }
  return {};
}

Status NoticeLedger::can_be_sealed(const std::vector<PartyId>& to) const {
  for (const PartyId& id : to) {
    if (!boxes_.contains(id)) return fail(Errc::protection_recipient, id.value, "to");
  }
  return {};
}

Status NoticeLedger::admit_private(const PartyId& party, const RegisterBody& body,
                                   UtcMs now) const {
  DETENTE_CHECK(check_expiry(body.expires, now));
  DETENTE_CHECK(check_parties(party, body.to, body.proxy));
  return can_be_sealed(body.to);
}

Status NoticeLedger::admit_private(const PartyId& party, const NotifyBody& body, UtcMs now) const {
  if (body.time.end <= now) return fail(malformed("it is over already", "end"));
  DETENTE_CHECK(check_parties(party, body.to, body.proxy));
  return can_be_sealed(body.to);
}

Status NoticeLedger::consent(const PartyId& party, const std::vector<PartyId>& to,
                             const PartyId& proxy, const std::optional<record::Ref>& commit,
                             std::string_view schema) const {
  DETENTE_CHECK(check_parties(party, to, proxy));
  const auto among = [&](const PartyId& id) {
    return std::find(to.begin(), to.end(), id) != to.end();
  };
  if (!commit) {
    // Every party reads every log.
    for (const terms::Party& other : agreement_->parties()) {
      if (other.id != party && !among(other.id)) {
        return fail(Errc::protection_consent, other.id.value + " reads what is not private", "to");
      }
    }
    return {};
  }
  const auto committed = commits_.find(*commit);
  if (committed == commits_.end() || committed->second.party != party) {
    return fail(Errc::protection_content, "no such commitment stands in this log", "refs");
  }
  const record::ContentCommit& content = committed->second.commit;
  if (content.commitment.schema != schema) {
    return fail(Errc::protection_content, content.commitment.schema, "refs");
  }
  for (const record::SealedCopy& copy : content.sealed) {
    if (!among(PartyId{copy.to})) {
      return fail(Errc::protection_consent, "a copy is sealed to " + copy.to, "to");
    }
  }
  if (content.sealed.size() == to.size()) return {};
  return fail(Errc::protection_consent, "a recipient has no sealed copy", "to");
}

Status NoticeLedger::admit_register(const PartyId& party, const record::Statement& statement,
                                    UtcMs now) const {
  const bool revise = statement.type == "site.revise";
  DETENTE_TRY(const RegisterBody body, read_register(statement.body()));
  if (revise) {
    if (statement.refs.empty()) return fail(malformed("it names no version", "refs"));
    const Site* site = site_of(statement.refs.front());
    if (site == nullptr) return fail(Errc::protection_unknown, "no such version", "refs");
    if (site->owner != party) return fail(Errc::protection_not_owner, site->owner.value);
    if (site->removed) return fail(Errc::protection_state, "the entry was removed");
    if (site->versions.back().sent.ref != statement.refs.front()) {
      return fail(Errc::protection_state, "there is a newer version", "refs");
    }
  }
  DETENTE_TRY(const auto commit, commit_ref(statement, revise ? 1 : 0, !body.site));
  DETENTE_CHECK(check_expiry(body.expires, now));
  return consent(party, body.to, body.proxy, commit, kSiteSchema);
}

Status NoticeLedger::admit_site_act(const PartyId& party, const record::Statement& statement,
                                    const std::vector<std::string>& officers, UtcMs now) const {
  DETENTE_CHECK(one_entry(statement));
  record::Ref key;
  const Site* site = site_of(statement.refs.front(), &key);
  if (site == nullptr) return fail(Errc::protection_unknown, "no such version", "refs");
  const SiteVersion& newest = site->versions.back();
  if (party != site->owner && party != newest.body.proxy) {
    return fail(Errc::protection_not_owner, site->owner.value + " registered it");
  }
  if (site->digest->removed) {
    return fail(Errc::protection_state, "the entry was removed");
  }
  if (newest.sent.ref != statement.refs.front()) {
    return fail(Errc::protection_state, "there is a newer version", "refs");
  }
  if (statement.type == "site.remove") {
    DETENTE_CHECK(read_reason(statement.body()));
    return {};
  }
  if (statement.type == "site.reconfirm") {
    DETENTE_TRY(const UtcMs expires, read_reconfirm(statement.body()));
    DETENTE_CHECK(check_expiry(expires, now));
    if (expires <= site->digest->expires) {
      return fail(malformed("a reconfirmation moves the expiry later", "expires"));
    }
    return {};
  }
  DETENTE_CHECK(read_confirm(statement.body()));
  for (const std::string& officer : officers) {
    const std::vector<std::string>& first = newest.sent.officers;
    if (std::find(first.begin(), first.end(), officer) != first.end()) {
      return fail(Errc::protection_same_officer, officer + " entered this version");
    }
  }
  return {};
}

Status NoticeLedger::admit_movement(const PartyId& party,
                                    const record::Statement& statement) const {
  const std::string& type = statement.type;
  if (statement.refs.size() > 1) return fail(malformed("it names one movement", "refs"));
  if (type == "movement.emergency") {
    DETENTE_CHECK(read_emergency(statement.body()));
    if (statement.refs.empty() || movements_.contains(statement.refs.front())) return {};
    return fail(Errc::protection_unknown, "no such movement", "refs");
  }
  if (statement.refs.empty()) return fail(malformed("it names no movement", "refs"));
  const record::Ref& ref = statement.refs.front();
  if (type == "movement.emergency_over") {
    DETENTE_CHECK(read_reason(statement.body()));
    for (const EmergencyView& emergency : emergencies()) {
      if (emergency.sent.ref != ref) continue;
      if (emergency.over) return fail(Errc::protection_state, "it is over");
      const auto of = emergency.movement ? movements_.find(*emergency.movement) : movements_.end();
      const bool owner = of != movements_.end() && of->second.sent.party == party;
      if (owner || emergency.sent.party == party) return {};
      return fail(Errc::protection_not_owner, emergency.sent.party.value + " passed it on");
    }
    return fail(Errc::protection_unknown, "no such emergency", "refs");
  }
  const auto found = movements_.find(ref);
  if (found == movements_.end()) return fail(Errc::protection_unknown, "no such movement", "refs");
  const Movement& movement = found->second;
  if (party != movement.sent.party && party != movement.body.proxy) {
    return fail(Errc::protection_not_owner, movement.sent.party.value + " gave this notice");
  }
  const MovementView view = view_of(movement, movement.sent.time);
  if (view.ended) return fail(Errc::protection_state, "the movement has ended");
  if (type == "movement.depart" && view.departed) {
    return fail(Errc::protection_state, "the movement has departed");
  }
  if (type == "movement.cancel") {
    DETENTE_CHECK(read_reason(statement.body()));
  } else if (type == "movement.delay") {
    DETENTE_CHECK(read_delay(statement.body()));
  } else {
    DETENTE_TRY(const CheckinBody body, read_checkin(statement.body()));
    // Every party reads it, also those that the route is kept from.
    if (body.point && movement.commit) {
      return fail(Errc::protection_consent, "the route is private: leave out where it is", "point");
    }
  }
  return {};
}

Status NoticeLedger::admit_notice(const PartyId& party, const record::Statement& statement) const {
  if (statement.type == "notice.received") {
    DETENTE_CHECK(read_nothing(statement.body()));
  } else {
    DETENTE_CHECK(read_disseminated(statement.body()));
  }
  if (statement.refs.empty() || statement.refs.size() > limits::kNoticeRefs) {
    return fail(malformed("it names 1 to 200 notices", "refs"));
  }
  for (const record::Ref& ref : statement.refs) {
    const auto movement = movements_.find(ref);
    const Site* site = site_of(ref);
    PartyId sender = site != nullptr ? site->owner : PartyId{};
    if (movement != movements_.end()) sender = movement->second.sent.party;
    for (const Act* emergency : emergencies_) {
      if (emergency->sent.ref == ref) sender = emergency->sent.party;
    }
    if (sender.value.empty()) return fail(Errc::protection_unknown, "no such notice", "refs");
    if (sender == party) return fail(Errc::protection_own, "it is its own notice", "refs");
  }
  return {};
}

Status NoticeLedger::admit_contest(const PartyId& party, const record::Statement& statement,
                                   UtcMs now) const {
  DETENTE_CHECK(one_entry(statement));
  const record::Ref& ref = statement.refs.front();
  if (statement.type == "contest.open") {
    DETENTE_CHECK(read_contest(statement.body()));
    record::Ref key;
    const Site* site = site_of(ref, &key);
    if (site == nullptr) return fail(Errc::protection_unknown, "no such entry", "refs");
    if (site->owner == party) return fail(Errc::protection_own, "it is its own entry");
    if (site->digest->removed) {
      return fail(Errc::protection_state, "the entry was removed");
    }
    for (const ContestView& contest : contests(now)) {
      if (contest.site == key && contest.sent.party == party && !contest.ended) {
        return fail(Errc::protection_state, "it is contested by this party already");
      }
    }
    return {};
  }
  for (const ContestView& contest : contests(now)) {
    if (contest.sent.ref != ref) continue;
    const Site& site = sites_.at(contest.site);
    if (contest.ended) return fail(Errc::protection_state, "the contest has ended");
    if (statement.type == "contest.answer") {
      DETENTE_CHECK(read_text(statement.body()));
      const bool owner = party == site.owner || party == site.versions.back().body.proxy;
      if (owner) return {};
      return fail(Errc::protection_not_owner, site.owner.value + " answers");
    }
    DETENTE_TRY(const CloseBody body, read_close(statement.body()));
    if (party == contest.sent.party) return {};
    if (party == site.owner && body.outcome != Outcome::withdrawn) return {};
    return fail(Errc::protection_not_owner, "who opened it withdraws it; both agree otherwise");
  }
  return fail(Errc::protection_unknown, "no such contest", "refs");
}

Status NoticeLedger::admit_case(const record::Statement& statement) const {
  DETENTE_CHECK(read_case_step(statement.body()));
  if (statement.refs.size() != 2) {
    return fail(malformed("it names the event, then the site or movement", "refs"));
  }
  const auto key = key_of_.find(statement.refs[1]);
  const record::Ref& subject = key == key_of_.end() ? statement.refs[1] : key->second;
  const Hit hit{statement.refs[0], subject};
  if (hits_.contains(hit) && view_of(hit, events_.at(hit.first).time)) return {};
  return fail(Errc::protection_unknown, "no case is open of these two", "refs");
}

}  // namespace detente::protection
