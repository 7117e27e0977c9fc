// SPDX-License-Identifier: Apache-2.0
//
// What the logs say about private checks: epochs and their keys, what was posted, asked, answered
// and found, and what breaks the protocol's rules. docs/protocol/private-checks.md section 4.
//
// A pure function of the logs: entries are given log by log, each log in its own order; the order
// between logs does not matter. The files themselves (tags, questions, answers) are not looked at
// here; their roots are.
//
// Two kinds of rules. Those that a party's own log decides alone (post before query, budgets, one
// answer to a query) also judge what is in a log already: an entry that breaks one has no effect
// and is listed with its reference, which is the evidence. Those that need the other's log are
// asked before one logs a statement of one's own.
//
// Not promised:  that a list of tokens is honest; that is for the audit. Threads: one at a time.
// Errors of admit: those of the bodies, checks_*.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/strong.h"
#include "checks/seeds.h"
#include "geo/geo.h"
#include "record/psi_statements.h"
#include "record/statement.h"

namespace detente::checks {

struct ChecksParty {
  PartyId id;
  Origin origin;
};

struct PostView {
  record::Ref ref;
  UtcMs time;
  record::PsiPost body;
  std::vector<record::Ref> plans;
};
struct AnswerView {
  record::Ref ref;
  UtcMs time;
  record::PsiAnswer body;
};
struct QueryView {
  PartyId party;  // who asks
  record::Ref ref;
  UtcMs time;
  record::PsiQuery body;
  std::optional<record::Ref> post;  // of plans
  std::vector<record::Ref> plans;   // of sites
  std::optional<AnswerView> answer;
  UtcMs due;              // the end of its epoch where the terms are not known
  bool resulted = false;  // a result was given, with any post or with none
};
// The number that one side found in common between its own list and one of the other's posts.
struct ResultView {
  record::Ref ref;
  record::Ref query;
  record::Ref post;  // the other's
  std::uint64_t matches = 0;
};
// An entry that broke a rule that its own log decides.
struct FaultView {
  PartyId party;
  record::Ref ref;
  Error error;
};
// One party's side of an epoch.
struct EpochView {
  PartyId party;
  record::PsiHead head;
  std::optional<record::PsiEpoch> epoch;  // none: the planner's side of `sites`
  std::vector<PostView> posts;
  std::vector<ResultView> results;
  std::uint64_t posted = 0;  // tokens, with padding
  std::uint64_t asked = 0;
  bool frozen = false;
};

class ChecksLedger {
 public:
  // `agreement`: its SHA-256, 64 hex digits.
  ChecksLedger(std::string agreement, std::vector<ChecksParty> parties);

  // The next entry of a party's log, already judged by its LogReader. Types that are not psi.* are
  // ignored, except content.commit: the plans.
  void apply(const PartyId& party, const record::Entry& entry);
  // May `party` log this now?
  Status admit(const PartyId& party, const record::Statement& statement, UtcMs now) const;

  std::vector<EpochView> epochs() const;  // ascending by party, then head
  std::optional<EpochView> epoch(const PartyId& party, const record::PsiHead& head) const;
  // Ascending by time, party and index; unanswered ones only, or all.
  enum class Which : std::uint8_t { all, open };
  std::vector<QueryView> queries(Which which) const;
  // Of one side of an epoch, in the order of its log.
  std::vector<QueryView> queries_of(const PartyId& party, const record::PsiHead& head) const;
  std::optional<QueryView> query(const record::Ref& ref) const;
  // Whether `party` may answer this query of the other side now, before any work is done for it.
  Status may_answer(const PartyId& party, const record::Ref& query, UtcMs now) const;
  // The content.commit of a party's log: all that can be named as a plan or a list.
  const std::set<record::Ref>& commits(const PartyId& party) const;
  const SeedBook& seeds() const { return seeds_; }
  // Whether the question is drawn for the audit. `open` also while its epoch is not known here.
  Draw draw(const QueryView& query, std::uint32_t per_million) const;
  const std::vector<FaultView>& faults() const { return faults_; }  // in the order of apply
  // What the tokens of this party's side are made with. checks_epoch, checks_party.
  Result<record::PsiContext> context(const PartyId& party, const record::PsiHead& head) const;
  // Whether the two sides' results contradict each other.
  bool is_frozen(const PartyId& party, const record::PsiHead& head) const;

 private:
  struct Query {
    QueryView view;
    std::set<record::Ref> resulted;   // the other's posts
    bool compared_with_none = false;  // a result said that the other had no post
  };
  struct Side {
    std::optional<record::PsiEpoch> epoch;
    std::vector<PostView> posts;
    std::vector<Query> queries;
    std::map<record::Ref, std::size_t> query_at;  // its place among the queries
    std::map<record::Ref, std::size_t> post_at;
    std::set<record::Ref> asked_posts;
    std::map<record::Ref, AnswerView> answers;  // by the other's query
    std::vector<ResultView> results;
    // Of plans: what was found in common between an own post and one of the other's.
    std::map<std::pair<record::Ref, record::Ref>, std::uint64_t> counts;
    bool differs = false;                         // from what the other found
    std::map<record::Ref, std::int64_t> repeats;  // of each plan
    std::uint64_t posted = 0;
    std::uint64_t asked = 0;
  };
  using Key = std::pair<PartyId, record::PsiHead>;
  struct Said;  // one statement, whoever asks about it

  static Key mirror(const Key& key);
  const Side* find(const Key& key) const;
  const Origin* origin_of(const PartyId& party) const;
  Status check_parties(const Said& said) const;
  Status check_plans(const Said& said) const;
  Status own_epoch(const Said& said) const;
  Status own_post(const Said& said) const;
  Status own_query(const Said& said) const;
  Status own_answer(const Said& said) const;
  Status own_result(const Said& said) const;
  Status own_rules(const Said& said) const;
  Status other_epoch(const Said& said) const;
  Status other_query(const Said& said) const;
  Status other_answer(const Said& said) const;
  Status other_result(const Said& said) const;
  Status other_rules(const Said& said) const;
  void take(const Said& said);
  void take_query(const Said& said, Side& side);
  void take_result(const Said& said, Side& side);
  const Query* find_query(const Key& key, const record::Ref& ref) const;
  QueryView query_view(const Key& key, const Query& query) const;
  EpochView epoch_view(const Key& key, const Side& side) const;

  std::string agreement_;
  std::map<PartyId, Origin> origins_;
  std::map<Key, Side> sides_;
  std::map<PartyId, std::set<record::Ref>> plans_;  // content.commit of each party
  std::map<PartyId, std::set<Hash>> roots_;         // of lists that were posted or asked about
  std::map<PartyId, std::set<crypto::VoprfElement>> keys_;
  std::vector<FaultView> faults_;
  SeedBook seeds_;
};

// The least that a plan must cover and last before it is checked. checks_footprint.
Status check_footprint(std::span<const geo::Volume4> volumes, const record::PsiTerms& terms);
geo::Separation separation_of(const record::PsiTerms& terms);
geo::AltitudeReference reference_of(const record::PsiTerms& terms);

}  // namespace detente::checks
