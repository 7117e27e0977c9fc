// SPDX-License-Identifier: Apache-2.0
//
// Of a plan in several lists of an epoch: the others, opened beside the question that was drawn, as
// "others":[{"index":59,"list":"<JSON>"},..], by the index of their psi.query.
#include <algorithm>

#include "app/checks_folder.h"
#include "base/limits.h"
#include "checks/audit_parts.h"

namespace detente::app {

using record::Ref;

namespace {

checks::NamedList named(const StoredList& list, const record::PsiFile& commitment) {
  checks::NamedList out{
      {{}, list.role, list.against_places, list.secret}, list.commits, commitment};
  for (std::size_t i = 0; i < list.covers.size(); ++i) {
    out.opened.plans.push_back({{}, list.covers[i], list.ranges[i]});
  }
  return out;
}

}  // namespace

std::vector<Ref> plans_of(const Logs& logs, const checks::QueryView& query) {
  if (!query.post) return query.plans;
  const auto mine = logs.ledger.epoch(query.party, query.body.head);
  for (const checks::PostView& post : mine ? mine->posts : std::vector<checks::PostView>()) {
    if (post.ref == *query.post) return post.plans;
  }
  return {};
}

void write_others(JsonWriter& out, const Own& own, const StoredList& list) {
  out.name("others").begin_array();
  const PartyId self{own.logs.node.self};
  for (const checks::QueryView& query : own.logs.ledger.queries_of(self, own.head)) {
    const std::vector<Ref> plans = plans_of(own.logs, query);
    const bool shares = std::any_of(plans.begin(), plans.end(), [&](const Ref& plan) {
      return std::find(list.commits.begin(), list.commits.end(), plan) != list.commits.end();
    });
    if (!shares || query.body.commit == list.commitment) continue;
    const Result<StoredList> other = own.folder.load_list(query.body.commit.root);
    if (!other) continue;
    out.begin_object().member("index", query.ref.index.value);
    out.member("list", stored_list_text(*other)).end_object();
  }
  out.end_array();
}

Result<std::optional<std::string>> find_left_out(const Logs& logs, const JsonReader& in,
                                                 const checks::QueryView& drawn,
                                                 const StoredList& list) {
  DETENTE_TRY(const auto others, in.array("others", limits::kCheckPosts));
  DETENTE_TRY(const record::PsiContext context, logs.ledger.context(drawn.party, drawn.body.head));
  std::vector<checks::NamedList> lists = {named(list, drawn.body.commit)};
  const auto queries = logs.ledger.queries_of(drawn.party, drawn.body.head);
  for (const JsonReader& one : others) {
    DETENTE_TRY(const std::int64_t index, one.integer("index", 0, INT64_MAX >> 11));
    DETENTE_TRY(const std::string text, one.string("list", kOpenedBytes));
    DETENTE_TRY(const StoredList other, parse_stored_list(text));
    const auto query = std::find_if(queries.begin(), queries.end(), [&](const auto& asked) {
      return asked.ref.index.value == static_cast<std::uint64_t>(index);
    });
    if (query == queries.end() || plans_of(logs, *query) != other.commits) {
      return std::optional<std::string>("another list is not of the plans that the log names");
    }
    lists.push_back(named(other, query->body.commit));
  }
  return checks::find_left_out(context, list.use, lists);
}

}  // namespace detente::app
