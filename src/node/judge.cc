// SPDX-License-Identifier: Apache-2.0
//
// What may be logged now, and the links' states.
#include <fmt/core.h>

#include <algorithm>

#include "base/limits.h"
#include "node/node_impl.h"
#include "node/stand_off.h"

namespace detente::node {
namespace {

// A statement is logged within a day of being signed, or not at all.
constexpr std::int64_t kDraftLifeMs = 24LL * 3'600'000;

// A clock that was set back by more than this since the last contact measures no time.
constexpr std::int64_t kClockBackMs = 2'000;

// Acts that mean something only under an agreement in force. Safety and STOP work in every state.
bool needs_force(const std::string& type) {
  return type == "activity.propose" || type == "activity.concur" || type == "activity.activate";
}

// Of STOP only the acknowledgement, which the hotline may know of before the record does.
bool is_hotline(const std::string& type) {
  return type.starts_with("warning.") || type.starts_with("watch.") || type.starts_with("call.") ||
         type == "message.send" || type == "alarm.raised" || type == "stop.ack";
}

// Of protected sites, movements, contests and cases.
bool is_notice(const std::string& type) {
  return type.starts_with("site.") || type.starts_with("movement.") ||
         type.starts_with("notice.") || type.starts_with("contest.") || type.starts_with("case.");
}

}  // namespace

std::vector<checks::ChecksParty> Node::Impl::checks_parties(const terms::Agreement& agreement) {
  std::vector<checks::ChecksParty> out;
  for (const terms::Party& party : agreement.parties()) {
    const Result<record::LogOwner> owner = agreement.log_owner(party.id);
    if (owner) out.push_back({party.id, Origin{owner->log.name}});
  }
  return out;
}

terms::TermsAt Node::Impl::flight_terms(UtcMs now) const {
  terms::TermsAt out = ledger.course().now(now, terms::Function::air_activities);
  const std::vector<terms::Party>& parties = config.agreement->parties();
  const bool by_all = std::all_of(parties.begin(), parties.end(), [&](const terms::Party& party) {
    return party.kind != terms::PartyKind::party || signed_by.contains(party.id);
  });
  if (by_all) return out;
  out.state = terms::ForceState::not_yet;
  out.why.clear();
  return out;
}

std::vector<record::Head> Node::Impl::seen() const {
  std::vector<record::Head> heads;
  for (const auto& [id, log] : logs) {
    if (log.get() == own || log->head_size.value == 0) continue;
    record::Head head{log->origin(), log->head_size, log->tree.root_at(log->head_size)};
    // A damaged copy that is not whole again knows less than was said before. After a lost disk a
    // liar's log may have come back with another history: what was said stands.
    const std::optional<record::Head> said = own->reader.seen(head.origin);
    if (said && (head.size < said->size || log->tree.root_at(said->size) != said->root)) {
      head = *said;
    }
    heads.push_back(std::move(head));
  }
  std::sort(heads.begin(), heads.end(),
            [](const record::Head& a, const record::Head& b) { return a.origin < b.origin; });
  return heads;
}

LinkState Node::Impl::link(const PartyId& party, UtcMs now) const {
  const record::Cosigned* latest = own->receipts.latest(party.value, record::ReceiptLevel::seen);
  if (latest == nullptr) return LinkState::never;
  const std::int64_t age = now - latest->time;
  if (age <= config.agreement->clocks().fresh_ms) return LinkState::fresh;
  return age <= config.agreement->clocks().cut_ms ? LinkState::stale : LinkState::cut;
}

record::Envelope Node::Impl::draft(const std::string& type, std::vector<record::Ref> refs,
                                   std::string body,
                                   const std::vector<record::OfficerSigner>& officers,
                                   UtcMs now) const {
  record::StatementDraft draft;
  draft.id = StatementId{crypto::random_id(config.random)};
  draft.agreement = config.agreement->sha256_hex();
  draft.log = own->origin();
  draft.type = type;
  draft.expires = now + kDraftLifeMs;
  draft.refs = std::move(refs);
  draft.body = std::move(body);
  return record::sign_statement(draft, officers);
}

void Node::Impl::note_contact(UtcMs now) {
  for (const auto& [party, peer] : peers) {
    const record::Cosigned* latest = own->receipts.latest(party.value, record::ReceiptLevel::seen);
    if (latest == nullptr) continue;
    Contact& contact = contacts[party];
    if (latest->time <= contact.cosigned) continue;
    contact = {latest->time, now};
  }
}

// Every log's reader asks how old a cosignature is by the clocks of both. The owner itself also
// knows how long it has waited by its own clock alone: one that is behind would find an old
// cosignature young.
Status Node::Impl::admit_contact(const record::Statement& statement, UtcMs now) const {
  const Result<std::string> id = statement.body().string("activity", limits::kIdBytes);
  const auto view = id ? ledger.view(ActivityId{*id}, now) : std::nullopt;
  if (!view) return {};  // the ledger says why
  for (const airspace::ConcurrenceNeeded& needed : view->needed) {
    const auto contact = contacts.find(needed.party);
    const bool heard = contact != contacts.end() && contact->second.heard.value > 0;
    const std::int64_t waited = heard ? now - contact->second.heard : 0;
    if (heard && waited >= -kClockBackMs && waited <= config.agreement->clocks().fresh_ms) continue;
    std::string why = "nothing new has come from it since this node started";
    if (heard && waited >= 0) {
      why = fmt::format("nothing new has come from it for {} s", waited / 1'000);
    } else if (heard) {
      why = "this node's clock was set back since it was last heard";
    }
    return fail(Errc::link_not_fresh, needed.party.value + ": " + why);
  }
  return {};
}

// A plan that this party files, concurs with or activates keeps away from the sites that it knows.
Status Node::Impl::admit_near_sites(const record::Statement& statement, UtcMs now) const {
  const terms::TermsAt terms = ledger.course().now(now, terms::Function::air_activities);
  if (statement.type == "activity.propose") {
    DETENTE_TRY(const airspace::ActivityPlan plan, airspace::read_plan(statement.body()));
    return keeps_stand_offs(notices, terms, plan, now);
  }
  DETENTE_TRY(const std::string id, statement.body().string("activity", limits::kIdBytes));
  const auto view = ledger.view(ActivityId{id}, now);
  return view ? keeps_stand_offs(notices, terms, view->plan, now) : Status{};
}

Status Node::Impl::admit(const record::Envelope& envelope, UtcMs now) const {
  if (halted) return fail(Errc::node_halted, halted->text());
  if (fenced && fence_error) return fail(*fence_error);
  if (fenced) return fail(Errc::node_fenced, "too few peers have confirmed the newest head yet");
  const UtcMs time = std::max(now, own->reader.last_time());
  DETENTE_CHECK(own->reader.admit(envelope, time));
  DETENTE_TRY(const record::Statement statement, record::parse_statement(envelope));
  if (statement.type == "activity.activate") DETENTE_CHECK(admit_contact(statement, now));
  // A warning that cannot go by flash would come when the record does. A STOP is never refused.
  if (statement.type == "warning.send" && envelope.encode().size() > limits::kFlashBytes) {
    return fail(Errc::hotline_malformed,
                "too long to be sent at once: a simpler shape or a shorter text");
  }
  std::vector<std::string> officers;
  officers.reserve(envelope.signatures.size());
  for (const record::EnvelopeSignature& signature : envelope.signatures) {
    officers.push_back(signature.keyid);
  }
  return admit_parsed(statement, officers, time);
}

Status Node::Impl::admit_parsed(const record::Statement& statement,
                                const std::vector<std::string>& officers, UtcMs now) const {
  if (statement.type.starts_with("utm.")) {
    return fail(Errc::key_role, "the node writes it by itself for the UTM interface", "type");
  }
  const terms::TermsAt terms = flight_terms(now);
  const bool its_time =
      terms.state != terms::ForceState::not_yet && terms.state != terms::ForceState::expired;
  if (needs_force(statement.type) && !its_time) {
    return fail(Errc::agreement_not_in_force,
                terms.why.empty() ? "not every party has signed it" : terms.why);
  }
  for (const record::Ref& ref : statement.refs) {
    const bool known = std::any_of(logs.begin(), logs.end(),
                                   [&](const auto& pair) { return pair.second->has(ref); });
    if (!known) {
      return fail(Errc::entry_malformed, "a reference names an entry that is not at hand",
                  "refs/" + ref.origin.value + "/" + std::to_string(ref.index.value));
    }
  }
  if (statement.type == "ack.read" && statement.refs.empty()) {
    return fail(Errc::entry_malformed, "ack.read must refer to what was read", "refs");
  }
  if (statement.type.starts_with("content.")) DETENTE_CHECK(admit_content(statement));
  if (is_hotline(statement.type)) return admit_hotline(statement, officers, now);
  if (is_notice(statement.type)) return notices.admit(config.self, statement, officers, now);
  if (statement.type.starts_with("psi.")) return checks.admit(config.self, statement, now);
  DETENTE_CHECK(ledger.admit(config.self, statement, officers, now, seen()));
  if (needs_force(statement.type)) DETENTE_CHECK(admit_near_sites(statement, now));
  return statement.type == "activity.activate" ? no_stop_by_flash(statement) : Status{};
}

}  // namespace detente::node
