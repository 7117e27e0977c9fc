// SPDX-License-Identifier: Apache-2.0
#include "node/api_checks.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "node/api_parts.h"
#include "node/api_protection.h"

namespace detente::node {
namespace {

using checks::QueryView;
using record::PsiPurpose;
using record::Ref;

// From so many plans on it is worth saying that most were never filed.
constexpr std::size_t kPlansForNotes = 4;

struct Filed {
  ActivityId id;
  airspace::ActivityState state;
  bool flown = false;
};
using FiledPlans = std::map<Ref, Filed>;

FiledPlans filed_plans(const Node& node, UtcMs now) {
  FiledPlans out;
  for (const airspace::ActivityView& view : node.ledger().views(now)) {
    if (!view.check_plan) continue;
    out.insert_or_assign(*view.check_plan,
                         Filed{view.id, view.state, view.active_since.has_value()});
  }
  return out;
}

// The plans that a question is about.
std::vector<Ref> plans_of(const Node& node, const QueryView& query) {
  if (!query.post) return query.plans;
  const auto epoch = node.checks().epoch(query.party, query.body.head);
  if (!epoch) return {};
  for (const checks::PostView& post : epoch->posts) {
    if (post.ref == *query.post) return post.plans;
  }
  return {};
}

void write_terms(JsonWriter& out, const Node& node) {
  out.name("terms").begin_array();
  for (const terms::CheckTerms& check : node.terms_now().checks()) {
    const record::PsiTerms& terms = check.terms;
    out.begin_object().member("clause", check.clause.value);
    out.member("purpose", record::psi_purpose_name(check.purpose));
    write_texts(out, "lists_of", check.lists_of, [](const PartyId& id) { return id.value; });
    write_texts(out, "activities", check.activities,
                [](terms::Purpose purpose) { return terms::purpose_name(purpose); });
    out.member("epoch_s", check.epoch_ms / 1'000).member("keep_s", check.keep_ms / 1'000);
    out.member("audit_per_mille", check.audit_per_mille);
    out.member("lateral_m", terms.lateral_mm / 1'000)
        .member("vertical_m", terms.vertical_mm / 1'000);
    out.member("time_s", terms.time_ms / 1'000).member("answer_s", terms.answer_ms / 1'000);
    out.member("posts", terms.posts).member("epoch_tokens", terms.epoch_tokens);
    out.member("repeats", terms.repeats).member("footprint_km2", terms.footprint_km2);
    out.member("footprint_s", terms.footprint_ms / 1'000).name("text").begin_object();
    for (const std::string& language : node.terms_now().languages()) {
      out.member(language, node.terms_now().clause_text(check.clause, language));
    }
    out.end_object().end_object();
  }
  out.end_array();
}

void write_epochs(JsonWriter& out, const Node& node, UtcMs now) {
  out.name("epochs").begin_array();
  for (const checks::EpochView& view : node.checks().epochs()) {
    // A planner's side of sites opens nothing; the list's owner's terms bound it.
    std::optional<record::PsiEpoch> epoch = view.epoch;
    if (!epoch) {
      const auto other = node.checks().epoch(
          PartyId{view.head.with}, {view.head.epoch, view.party.value, view.head.purpose});
      if (other) epoch = other->epoch;
    }
    out.begin_object().member("party", view.party.value).member("with", view.head.with);
    out.member("purpose", record::psi_purpose_name(view.head.purpose));
    out.member("epoch", view.head.epoch).member("opened", view.epoch.has_value());
    out.member("posts", std::uint64_t{view.posts.size()}).member("posted", view.posted);
    out.member("asked", view.asked).member("frozen", view.frozen);
    if (epoch) {
      out.member("start", epoch->time.start).member("end", epoch->time.end);
      out.member("running", epoch->time.contains(now));
      out.member("limit_lists", epoch->terms.posts);
      out.member("limit_tokens", epoch->terms.epoch_tokens);
    }
    out.end_object();
  }
  out.end_array();
}

std::uint32_t audit_share(const Node& node, const QueryView& query) {
  for (const terms::CheckTerms& check : node.terms_now().checks()) {
    const auto in = [&](const PartyId& id) {
      return std::find(check.lists_of.begin(), check.lists_of.end(), id) != check.lists_of.end();
    };
    const bool with = in(PartyId{query.body.head.with});
    const bool fits = check.purpose == PsiPurpose::sites ? with : with && in(query.party);
    if (check.purpose == query.body.head.purpose && fits) {
      return static_cast<std::uint32_t>(check.audit_per_mille * 1'000);
    }
  }
  return 0;
}

void write_query(JsonWriter& out, const Node& node, const QueryView& query, const FiledPlans& filed,
                 UtcMs now) {
  const record::PsiHead& head = query.body.head;
  out.begin_object().member("asker", query.party.value);
  out.member("asker_name", party_name(node, query.party));
  out.member("owner", head.with).member("owner_name", party_name(node, PartyId{head.with}));
  out.member("purpose", record::psi_purpose_name(head.purpose)).member("epoch", head.epoch);
  out.member("index", query.ref.index.value).member("time", query.time);
  out.member("n", query.body.commit.n).name("plans").begin_array();
  for (const Ref& plan : plans_of(node, query)) {
    out.begin_object().member("id", entry_key(node, plan));
    const auto found = filed.find(plan);
    if (found != filed.end()) {
      out.member("activity", found->second.id.value);
      out.member("state", airspace::state_name(found->second.state));
    }
    out.end_object();
  }
  out.end_array();
  if (query.answer) out.member("answered", query.answer->time);
  out.member("due", query.due).member("overdue", !query.answer && query.due < now);
  const checks::Draw draw = node.checks().draw(query, audit_share(node, query));
  if (draw != checks::Draw::open) out.member("drawn", draw == checks::Draw::yes);
  out.end_object();
}

// Who asks whom, and what stands out. A pattern is pointed out and never judged.
struct Asker {
  std::size_t queries = 0;
  std::set<Ref> plans;
  // In which epochs each plan was asked about; in one of them, in several lists or in one.
  std::map<Ref, std::set<std::string>> epochs;
  std::set<Ref> ended;  // asked about in an epoch that is over
};
using Askers = std::map<std::tuple<PartyId, PartyId, PsiPurpose>, Asker>;

Askers askers(const Node& node, const std::vector<QueryView>& queries, UtcMs now) {
  Askers out;
  for (const QueryView& query : queries) {
    const record::PsiHead& head = query.body.head;
    Asker& asker = out[{query.party, PartyId{head.with}, head.purpose}];
    ++asker.queries;
    const auto epoch =
        node.checks().epoch(PartyId{head.with}, {head.epoch, query.party.value, head.purpose});
    const bool over = epoch && epoch->epoch && epoch->epoch->time.end <= now;
    for (const Ref& plan : plans_of(node, query)) {
      asker.plans.insert(plan);
      asker.epochs[plan].insert(head.epoch);
      if (over) asker.ended.insert(plan);
    }
  }
  return out;
}

void write_askers(JsonWriter& out, const Node& node, const std::vector<QueryView>& queries,
                  const FiledPlans& filed, UtcMs now) {
  out.name("askers").begin_array();
  for (const auto& [key, asker] : askers(node, queries, now)) {
    const auto& [party, owner, purpose] = key;
    std::size_t never_filed = 0;
    std::size_t cancelled = 0;
    for (const Ref& plan : asker.plans) {
      const auto found = filed.find(plan);
      if (found == filed.end()) {
        never_filed += asker.ended.count(plan);
      } else if (found->second.state == airspace::ActivityState::withdrawn) {
        ++cancelled;
      }
    }
    const bool repeated = std::any_of(asker.epochs.begin(), asker.epochs.end(),
                                      [](const auto& one) { return one.second.size() > 1; });
    out.begin_object().member("party", party.value).member("name", party_name(node, party));
    out.member("owner", owner.value).member("owner_name", party_name(node, owner));
    out.member("purpose", record::psi_purpose_name(purpose));
    out.member("queries", std::uint64_t{asker.queries});
    out.member("plans", std::uint64_t{asker.plans.size()});
    out.member("never_filed", std::uint64_t{never_filed});
    out.member("cancelled", std::uint64_t{cancelled}).name("notes").begin_array();
    const bool enough = asker.plans.size() >= kPlansForNotes;
    if (repeated) out.value("repeated");
    if (enough && never_filed * 2 > asker.plans.size()) out.value("never_filed");
    if (enough && cancelled * 2 > asker.plans.size()) out.value("cancelled");
    out.end_array().end_object();
  }
  out.end_array();
}

void write_seeds(JsonWriter& out, const Node& node, UtcMs now) {
  out.name("seeds").begin_array();
  for (const checks::SeedView& seed : node.checks().seeds().seeds()) {
    out.begin_object().member("party", seed.party.value);
    out.member("start", seed.body.time.start).member("end", seed.body.time.end);
    out.member("shown", seed.seed.has_value());
    out.member("missing", !seed.seed && seed.body.time.end <= now).end_object();
  }
  out.end_array();
}

}  // namespace

void write_checks(JsonWriter& out, const Node& node, const Caller& caller, UtcMs now) {
  const FiledPlans filed = filed_plans(node, now);
  std::vector<QueryView> queries = node.checks().queries(checks::ChecksLedger::Which::all);
  std::reverse(queries.begin(), queries.end());
  out.begin_object().member("now", now).member("self", node.self().value);
  write_terms(out, node);
  write_epochs(out, node, now);
  out.member("total", std::uint64_t{queries.size()}).name("queries").begin_array();
  for (std::size_t i = 0; i < std::min(queries.size(), kChecksShown); ++i) {
    write_query(out, node, queries[i], filed, now);
  }
  out.end_array();
  write_askers(out, node, queries, filed, now);
  write_seeds(out, node, now);
  out.name("faults").begin_array();
  for (const checks::FaultView& fault : node.checks().faults()) {
    out.begin_object().member("party", fault.party.value);
    out.member("index", fault.ref.index.value);
    out.member("code", errc_name(fault.error.code)).member("text", fault.error.text());
    out.end_object();
  }
  out.end_array().name("may").begin_array();
  if (caller.role == Role::duty_officer && caller.officer) out.value("plan");
  if (caller.role == Role::registrar && caller.officer) out.value("list");
  out.end_array().end_object();
}

void write_activity_checks(JsonWriter& out, const Node& node, const airspace::ActivityView& view) {
  if (view.check_plan) out.member("check_plan", entry_key(node, *view.check_plan));
  out.name("checks").begin_array();
  for (const airspace::CheckView& check : view.checks) {
    out.begin_object().member("clause", check.needed.clause.value);
    out.member("purpose", record::psi_purpose_name(check.needed.purpose));
    out.member("with", check.needed.with.value);
    out.member("with_name", party_name(node, check.needed.with));
    out.member("stage", airspace::check_stage_name(check.stage)).end_object();
  }
  out.end_array();
}

}  // namespace detente::node
