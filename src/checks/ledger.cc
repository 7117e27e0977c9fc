// SPDX-License-Identifier: Apache-2.0
//
// The rules: first those that a party's own log decides, then those that need the other's.
#include "checks/ledger.h"

#include <algorithm>
#include <variant>

#include "base/limits.h"

namespace detente::checks {

using record::PsiAnswer;
using record::PsiEpoch;
using record::PsiHead;
using record::PsiPost;
using record::PsiPurpose;
using record::PsiQuery;
using record::PsiResult;
using record::Ref;

using Body = std::variant<PsiEpoch, PsiPost, PsiQuery, PsiAnswer, PsiResult>;

struct ChecksLedger::Said {
  PartyId party;
  Body body;
  std::vector<Ref> refs;
  UtcMs time;
  Ref ref;  // of the entry; empty when it is not logged yet

  const PsiHead& head() const {
    return std::visit([](const auto& one) -> const PsiHead& { return one.head; }, body);
  }
  Key key() const { return {party, head()}; }
};

namespace {

template <class T>
Result<Body> as_body(Result<T> read) {
  if (!read) return fail(std::move(read).error());
  return Body(std::move(*read));
}

Result<Body> read_body(const record::Statement& statement) {
  const JsonReader body = statement.body();
  if (statement.type == "psi.epoch") return as_body(record::read_psi_epoch(body));
  if (statement.type == "psi.post") return as_body(record::read_psi_post(body));
  if (statement.type == "psi.query") return as_body(record::read_psi_query(body));
  if (statement.type == "psi.answer") return as_body(record::read_psi_answer(body));
  if (statement.type == "psi.result") return as_body(record::read_psi_result(body));
  return fail(Errc::checks_malformed, "not a statement of private checks");
}

bool is_of_draw(const record::Statement& statement) {
  return statement.type == "psi.seed" || statement.type == "psi.reveal";
}

Status within(const TimeSpan& span, UtcMs time) {
  if (span.contains(time)) return {};
  return fail(Errc::checks_epoch,
              "it runs from " + format_rfc3339(span.start) + " to " + format_rfc3339(span.end));
}

Status within_budget(const record::PsiTerms& terms, std::uint64_t lists, std::uint64_t tokens) {
  if (lists > static_cast<std::uint64_t>(terms.posts)) {
    return fail(Errc::checks_budget, std::to_string(terms.posts) + " lists");
  }
  if (tokens > static_cast<std::uint64_t>(terms.epoch_tokens)) {
    return fail(Errc::checks_budget, std::to_string(terms.epoch_tokens) + " tokens");
  }
  return {};
}

}  // namespace

const Origin* ChecksLedger::origin_of(const PartyId& party) const {
  const auto found = origins_.find(party);
  return found == origins_.end() ? nullptr : &found->second;
}

const ChecksLedger::Side* ChecksLedger::find(const Key& key) const {
  const auto found = sides_.find(key);
  return found == sides_.end() ? nullptr : &found->second;
}

ChecksLedger::Key ChecksLedger::mirror(const Key& key) {
  return {PartyId{key.second.with}, {key.second.epoch, key.first.value, key.second.purpose}};
}

const ChecksLedger::Query* ChecksLedger::find_query(const Key& key, const Ref& ref) const {
  const Side* side = find(key);
  if (side == nullptr) return nullptr;
  const auto at = side->query_at.find(ref);
  return at == side->query_at.end() ? nullptr : &side->queries[at->second];
}

// ---- what a party's own log decides ----

Status ChecksLedger::check_parties(const Said& said) const {
  const PartyId with{said.head().with};
  if (origin_of(said.party) == nullptr || origin_of(with) == nullptr) {
    return fail(Errc::checks_party, "no party of the agreement", "with");
  }
  if (with == said.party) return fail(Errc::checks_party, "a party checks with another", "with");
  return {};
}

Status ChecksLedger::own_epoch(const Said& said) const {
  const auto& epoch = std::get<PsiEpoch>(said.body);
  const Side* side = find(said.key());
  if (side != nullptr && side->epoch) return fail(Errc::checks_state, "the epoch was opened");
  const auto keys = keys_.find(said.party);
  if (keys != keys_.end() && keys->second.contains(epoch.key)) {
    return fail(Errc::checks_state, "the key was another epoch's", "key");
  }
  return {};
}

// The statement refers to plans that this party committed to, each once.
Status ChecksLedger::check_plans(const Said& said) const {
  if (said.refs.empty() || said.refs.size() > limits::kCheckPlans) {
    return fail(Errc::checks_malformed, "1 to 64 commitments must be referred to", "refs");
  }
  const auto plans = plans_.find(said.party);
  std::set<Ref> seen;
  for (const Ref& ref : said.refs) {
    const bool known = plans != plans_.end() && plans->second.contains(ref);
    if (!known || !seen.insert(ref).second) {
      return fail(Errc::checks_malformed, "no content.commit of this log, or it twice", "refs");
    }
  }
  return {};
}

Status ChecksLedger::own_post(const Said& said) const {
  const auto& post = std::get<PsiPost>(said.body);
  const Side* side = find(said.key());
  if (side == nullptr || !side->epoch) return fail(Errc::checks_epoch, "it was not opened here");
  DETENTE_CHECK(within(side->epoch->time, said.time));
  DETENTE_CHECK(check_plans(said));
  const record::PsiTerms& terms = side->epoch->terms;
  for (const Ref& plan : said.refs) {
    const auto repeats = side->repeats.find(plan);
    if (repeats != side->repeats.end() && repeats->second >= terms.repeats) {
      return fail(Errc::checks_budget, "the plan was posted as often as is allowed", "refs");
    }
  }
  const auto roots = roots_.find(said.party);
  if (roots != roots_.end() && roots->second.contains(post.commit.root)) {
    return fail(Errc::checks_state, "this list was posted", "root");
  }
  return within_budget(terms, side->posts.size() + 1, side->posted + post.commit.n);
}

Status ChecksLedger::own_query(const Said& said) const {
  const auto& query = std::get<PsiQuery>(said.body);
  const Side* side = find(said.key());
  if (said.head().purpose == PsiPurpose::sites) {
    DETENTE_CHECK(check_plans(said));
    const auto roots = roots_.find(said.party);
    if (roots != roots_.end() && roots->second.contains(query.commit.root)) {
      return fail(Errc::checks_state, "this list was asked about", "root");
    }
    // The owner's terms allow fewer; this bounds what a log can make its readers keep.
    if (side != nullptr && side->queries.size() >= limits::kCheckPosts) {
      return fail(Errc::checks_budget, "too many queries of one epoch");
    }
    return {};
  }
  if (side == nullptr || !side->epoch) return fail(Errc::checks_epoch, "it was not opened here");
  DETENTE_CHECK(within(side->epoch->time, said.time));
  if (said.refs.size() != 1) {
    return fail(Errc::checks_malformed, "the post must be referred to", "refs");
  }
  const auto post = side->post_at.find(said.refs[0]);
  if (post == side->post_at.end() || !(side->posts[post->second].body.commit == query.commit)) {
    return fail(Errc::checks_not_posted, "the post that it refers to is not of this list", "refs");
  }
  if (side->asked_posts.contains(said.refs[0])) {
    return fail(Errc::checks_state, "this list was asked about", "refs");
  }
  return {};
}

Status ChecksLedger::own_answer(const Said& said) const {
  const Side* side = find(said.key());
  if (side == nullptr || !side->epoch) return fail(Errc::checks_epoch, "it was not opened here");
  const Origin* asker = origin_of(PartyId{said.head().with});
  if (said.refs.size() != 1 || said.refs[0].origin != *asker) {
    return fail(Errc::checks_malformed, "the other's query must be referred to", "refs");
  }
  if (side->answers.contains(said.refs[0])) {
    return fail(Errc::checks_state, "it was answered", "refs");
  }
  return {};
}

Status ChecksLedger::own_result(const Said& said) const {
  const auto& result = std::get<PsiResult>(said.body);
  if (said.refs.empty() || result.matches.size() != said.refs.size() - 1) {
    return fail(Errc::checks_malformed, "one number for each post after the query", "matches");
  }
  const Query* query = find_query(said.key(), said.refs[0]);
  if (query == nullptr) return fail(Errc::checks_state, "no query of this epoch", "refs");
  if (said.refs.size() == 1 && (query->compared_with_none || !query->resulted.empty())) {
    return fail(Errc::checks_state, "its result was given", "refs");
  }
  const Origin* other = origin_of(PartyId{said.head().with});
  std::set<Ref> seen;
  for (std::size_t i = 0; i < result.matches.size(); ++i) {
    const Ref& post = said.refs[i + 1];
    if (post.origin != *other || result.matches[i] > query->view.body.commit.n) {
      return fail(Errc::checks_malformed, "no post of the other, or more than was asked", "refs");
    }
    if (query->resulted.contains(post) || !seen.insert(post).second) {
      return fail(Errc::checks_state, "its result was given", "refs");
    }
  }
  return {};
}

Status ChecksLedger::own_rules(const Said& said) const {
  DETENTE_CHECK(check_parties(said));
  switch (said.body.index()) {
    case 0:
      return own_epoch(said);
    case 1:
      return own_post(said);
    case 2:
      return own_query(said);
    case 3:
      return own_answer(said);
    default:
      return own_result(said);
  }
}

// ---- what needs the other's log ----

// Both sides of plans opened the epoch in the same words.
Status ChecksLedger::other_epoch(const Said& said) const {
  const Side* theirs = find(mirror(said.key()));
  const bool opening = said.body.index() == 0;
  if (said.head().purpose == PsiPurpose::sites) {
    const bool both = opening && theirs != nullptr && theirs->epoch;
    if (both) return fail(Errc::checks_state, "the other side has a list under this name", "epoch");
    return {};
  }
  if (theirs == nullptr || !theirs->epoch) {
    if (opening) return {};
    return fail(Errc::checks_epoch, "the other side has not opened it");
  }
  const Side* mine = find(said.key());
  const PsiEpoch& own = opening ? std::get<PsiEpoch>(said.body) : *mine->epoch;
  if (own.terms == theirs->epoch->terms && own.time == theirs->epoch->time) return {};
  return fail(Errc::checks_epoch, "the other side opened it with other terms");
}

Status ChecksLedger::other_query(const Said& said) const {
  if (said.head().purpose == PsiPurpose::plans) return other_epoch(said);
  const Side* owner = find(mirror(said.key()));
  if (owner == nullptr || !owner->epoch) {
    return fail(Errc::checks_epoch, "the owner of the list has not opened it");
  }
  DETENTE_CHECK(within(owner->epoch->time, said.time));
  if (owner->posts.empty()) return fail(Errc::checks_state, "no list was posted yet");
  const Side* side = find(said.key());
  const std::uint64_t asked = side == nullptr ? 0 : side->asked;
  const std::uint64_t count = side == nullptr ? 0 : side->queries.size();
  const auto& query = std::get<PsiQuery>(said.body);
  return within_budget(owner->epoch->terms, count + 1, asked + query.commit.n);
}

Status ChecksLedger::other_answer(const Said& said) const {
  const auto& answer = std::get<PsiAnswer>(said.body);
  const Key asker = mirror(said.key());
  const Query* query = find_query(asker, said.refs[0]);
  if (query == nullptr) {
    return fail(Errc::checks_not_posted, "no query of this epoch that keeps the rules", "refs");
  }
  const std::uint64_t n = query->view.body.commit.n;
  if (answer.proofs.size() != (n + limits::kCheckChunk - 1) / limits::kCheckChunk) {
    return fail(Errc::checks_malformed, "one proof for each chunk", "proofs");
  }
  if (said.head().purpose == PsiPurpose::plans) return other_epoch(said);
  // The asker's budget stands in the owner's terms, so the owner enforces it.
  const record::PsiTerms& terms = find(said.key())->epoch->terms;
  DETENTE_CHECK(within(find(said.key())->epoch->time, query->view.time));
  std::uint64_t lists = 0;
  std::uint64_t tokens = 0;
  for (const Query& one : find(asker)->queries) {
    ++lists;
    tokens += one.view.body.commit.n;
    if (one.view.ref == said.refs[0]) break;
  }
  return within_budget(terms, lists, tokens);
}

Status ChecksLedger::other_result(const Said& said) const {
  const Side* theirs = find(mirror(said.key()));
  if (theirs == nullptr || !theirs->answers.contains(said.refs[0])) {
    return fail(Errc::checks_state, "the query is not answered", "refs");
  }
  for (std::size_t i = 1; i < said.refs.size(); ++i) {
    const bool known = theirs->post_at.contains(said.refs[i]);
    if (!known) return fail(Errc::checks_not_posted, "no post of the other side", "refs");
  }
  return {};
}

Status ChecksLedger::other_rules(const Said& said) const {
  const std::size_t kind = said.body.index();
  if ((kind == 1 || kind == 2 || kind == 3) && is_frozen(said.party, said.head())) {
    return fail(Errc::checks_frozen, said.head().epoch);
  }
  if (kind == 2) return other_query(said);
  if (kind == 3) return other_answer(said);
  if (kind == 4) return other_result(said);
  return other_epoch(said);
}

Status ChecksLedger::admit(const PartyId& party, const record::Statement& statement,
                           UtcMs now) const {
  if (is_of_draw(statement)) return seeds_.judge(party, statement, now);
  DETENTE_TRY(Body body, read_body(statement));
  const Said said{party, std::move(body), statement.refs, now, {}};
  DETENTE_CHECK(own_rules(said));
  return other_rules(said);
}

Status ChecksLedger::may_answer(const PartyId& party, const Ref& query, UtcMs now) const {
  const std::optional<QueryView> asked = this->query(query);
  if (!asked) return fail(Errc::checks_not_posted, "no query that keeps the rules", "refs");
  const PsiHead& head = asked->body.head;
  const std::uint64_t chunks =
      (asked->body.commit.n + limits::kCheckChunk - 1) / limits::kCheckChunk;
  if (head.with != party.value) return fail(Errc::checks_party, "it asks another party", "with");
  const PsiAnswer answer{
      {head.epoch, asked->party.value, head.purpose}, {}, std::vector<crypto::VoprfProof>(chunks)};
  const Said said{party, answer, {query}, now, {}};
  DETENTE_CHECK(own_rules(said));
  return other_rules(said);
}

void ChecksLedger::apply(const PartyId& party, const record::Entry& entry) {
  const record::Statement& statement = entry.statement;
  const Ref ref{statement.log, entry.header.seq, entry.leaf};
  if (statement.type == "content.commit") plans_[party].insert(ref);
  if (!statement.type.starts_with("psi.")) return;
  if (is_of_draw(statement)) {
    const UtcMs time = entry.header.time;
    Status counts = seeds_.judge(party, statement, time);
    if (counts) {
      seeds_.take(party, statement, time, ref);
    } else {
      faults_.push_back({party, ref, std::move(counts).error()});
    }
    return;
  }
  Result<Body> body = read_body(statement);
  if (!body) {
    faults_.push_back({party, ref, std::move(body).error()});
    return;
  }
  const Said said{party, std::move(*body), statement.refs, entry.header.time, ref};
  Status kept = own_rules(said);
  if (kept) {
    take(said);
  } else {
    faults_.push_back({party, ref, std::move(kept).error()});
  }
}

void ChecksLedger::take(const Said& said) {
  Side& side = sides_[said.key()];
  if (const auto* epoch = std::get_if<PsiEpoch>(&said.body)) {
    side.epoch = *epoch;
    keys_[said.party].insert(epoch->key);
  } else if (const auto* post = std::get_if<PsiPost>(&said.body)) {
    side.post_at[said.ref] = side.posts.size();
    side.posts.push_back({said.ref, said.time, *post, said.refs});
    side.posted += post->commit.n;
    roots_[said.party].insert(post->commit.root);
    for (const Ref& plan : said.refs) ++side.repeats[plan];
  } else if (std::holds_alternative<PsiQuery>(said.body)) {
    take_query(said, side);
  } else if (const auto* answer = std::get_if<PsiAnswer>(&said.body)) {
    side.answers.emplace(said.refs.front(), AnswerView{said.ref, said.time, *answer});
  } else {
    take_result(said, side);
  }
}

void ChecksLedger::take_query(const Said& said, Side& side) {
  const auto& query = std::get<PsiQuery>(said.body);
  side.query_at[said.ref] = side.queries.size();
  QueryView& view = side.queries.emplace_back().view;
  view.party = said.party;
  view.ref = said.ref;
  view.time = said.time;
  view.body = query;
  if (said.head().purpose == PsiPurpose::plans) {
    view.post = said.refs.front();
    side.asked_posts.insert(said.refs.front());
  } else {
    view.plans = said.refs;
  }
  side.asked += query.commit.n;
  roots_[said.party].insert(query.commit.root);
}

// Each side counts the tokens in common of one pair of posts; the number is the same for both.
void ChecksLedger::take_result(const Said& said, Side& side) {
  const auto& result = std::get<PsiResult>(said.body);
  const Ref& asked = said.refs.front();
  Query& query = side.queries[side.query_at.at(asked)];
  if (result.matches.empty()) query.compared_with_none = true;
  const auto theirs = sides_.find(mirror(said.key()));
  for (std::size_t i = 0; i < result.matches.size(); ++i) {
    const Ref& post = said.refs[i + 1];
    query.resulted.insert(post);
    side.results.push_back({said.ref, asked, post, result.matches[i]});
    if (!query.view.post) continue;
    side.counts[{*query.view.post, post}] = result.matches[i];
    if (theirs == sides_.end()) continue;
    const auto other = theirs->second.counts.find({post, *query.view.post});
    if (other == theirs->second.counts.end() || other->second == result.matches[i]) continue;
    side.differs = true;
    theirs->second.differs = true;
  }
}

}  // namespace detente::checks
