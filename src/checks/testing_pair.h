// SPDX-License-Identifier: Apache-2.0
//
// For tests: two parties whose logs hold what the test says, without signatures (those are the
// record's), their lists, keys and files, and a ledger that reads both logs.
#pragma once

#include <fmt/core.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "checks/exchange.h"
#include "checks/ledger.h"
#include "crypto/hash.h"

namespace detente::checks::testing {

inline constexpr UtcMs kMorning{1'468'562'400'000};  // 2016-07-15T06:00:00Z
inline const std::string kAgreement(64, 'a');

inline Origin origin_of(const std::string& party) {
  return Origin{party + ".example/detente/1f2e3d4c/1"};
}
inline std::string other_of(const std::string& party) {
  return party == "north" ? "south" : "north";
}
inline crypto::Random counted(const std::string& name) {
  return [name, n = 0](std::span<std::uint8_t> out) mutable {
    for (std::uint8_t& byte : out) byte = crypto::sha256(as_bytes(name + std::to_string(n++)))[0];
  };
}

inline record::PsiTerms pair_terms() {
  record::PsiTerms terms;
  terms.lateral_mm = 9'260'000;
  terms.vertical_mm = 304'800;
  terms.time_ms = 60'000;
  terms.epoch_tokens = 1'024;
  terms.posts = 3;
  terms.repeats = 2;
  terms.answer_ms = 60'000;
  return terms;
}

// One list of one party, with everything that became of it.
struct Listed {
  TokenList list;
  ListSecret secret;
  Bytes board;
  record::PsiFile commitment;
  record::Ref post;
  std::vector<std::uint32_t> order;
  Bytes question;
  record::Ref query;
  Bytes answer;
  std::vector<crypto::VoprfProof> proofs;
  std::vector<Learnt> learnt;
};

class Pair {
 public:
  explicit Pair(record::PsiPurpose purpose = record::PsiPurpose::plans) : purpose_(purpose) {}

  UtcMs now = kMorning;
  ChecksLedger ledger{
      kAgreement, {{PartyId{"north"}, origin_of("north")}, {PartyId{"south"}, origin_of("south")}}};
  std::map<std::string, std::vector<record::Entry>> logs;
  std::map<std::string, crypto::VoprfKey> keys = {
      {"north", crypto::VoprfKey::generate(counted("north"))},
      {"south", crypto::VoprfKey::generate(counted("south"))}};
  record::PsiTerms terms = pair_terms();

  record::PsiHead head(const std::string& party) const {
    return {"2016-07-15", other_of(party), purpose_};
  }
  record::PsiContext context() const {  // north is the smaller origin, and the planner
    return {kAgreement, purpose_, "2016-07-15", origin_of("north"), origin_of("south")};
  }

  record::Statement draft(const std::string& party, const std::string& type,
                          const std::string& body, std::vector<record::Ref> refs) {
    const record::StatementDraft draft{StatementId{fmt::format("{:032x}", ++ids_)},
                                       kAgreement,
                                       origin_of(party),
                                       type,
                                       now + 86'400'000,
                                       std::move(refs),
                                       body};
    return record::parse_statement(
               {record::payload_type_of(draft.type), record::encode_payload(draft), {}})
        .value();
  }
  // Logs it whatever the guards say.
  record::Ref log(const std::string& party, record::Statement statement) {
    std::vector<record::Entry>& log = logs[party];
    record::Entry entry;
    entry.header = {LeafIndex{log.size()}, now, {}};
    entry.leaf = crypto::sha256(as_bytes(statement.id.value + party));
    entry.statement = std::move(statement);
    log.push_back(entry);
    ledger.apply(PartyId{party}, entry);
    return {origin_of(party), entry.header.seq, entry.leaf};
  }
  record::Ref say(const std::string& party, const std::string& type, const std::string& body,
                  std::vector<record::Ref> refs = {}) {
    return log(party, draft(party, type, body, std::move(refs)));
  }
  // What the guards say; logged if they let it pass.
  Result<record::Ref> try_say(const std::string& party, const std::string& type,
                              const std::string& body, std::vector<record::Ref> refs = {}) {
    record::Statement statement = draft(party, type, body, std::move(refs));
    DETENTE_CHECK(ledger.admit(PartyId{party}, statement, now));
    return log(party, std::move(statement));
  }

  record::PsiEpoch epoch(const std::string& party) const {
    return {head(party), keys.at(party).public_key(), {kMorning, kMorning + 21'600'000}, terms};
  }
  Result<record::Ref> open(const std::string& party) {
    return try_say(party, "psi.epoch", record::write_psi_epoch(epoch(party)));
  }
  record::Ref plan(const std::string& party) {
    return say(party, "content.commit", R"({"alg":"test"})");
  }

  // A list of cells of which `first` to `last` are numbered; both parties' lists of equal numbers
  // have equal cells.
  Listed make(const std::string& party, std::uint64_t first, std::uint64_t last) {
    std::vector<CellKey> cells;
    for (std::uint64_t n = first; n < last; ++n) cells.push_back({0x1000 + n, 10U << 24U, n});
    Listed out{TokenList::make(context(), cells).value(),
               ListSecret::generate(counted(party + std::to_string(++lists_))),
               {},
               {},
               {},
               {},
               {},
               {},
               {},
               {},
               {}};
    std::vector<record::PsiTag> tags =
        list_tags(out.list, keys.at(party), {0, out.list.padded()}).value();
    out.board = board_file(out.list, out.secret, tags);
    out.commitment = commit(out.list, out.secret);
    out.order = question_order(out.list, out.secret);
    out.question =
        elements_file(blind(out.list, out.secret, out.order, {0, out.list.padded()}).value());
    return out;
  }
  record::PsiPost post_body(const std::string& party, const Listed& listed) const {
    return {head(party), listed.commitment, file_head(listed.board, 16),
            record::psi_dummies_commitment(dummy_seed(listed.secret))};
  }
  record::PsiQuery query_body(const std::string& party, const Listed& listed) const {
    return {head(party), listed.commitment, file_head(listed.question, 32)};
  }
  Result<record::Ref> post(const std::string& party, Listed& listed,
                           std::vector<record::Ref> plans) {
    DETENTE_TRY(listed.post,
                try_say(party, "psi.post", record::write_psi_post(post_body(party, listed)),
                        std::move(plans)));
    return listed.post;
  }
  Result<record::Ref> ask(const std::string& party, Listed& listed, std::vector<record::Ref> refs) {
    DETENTE_TRY(listed.query,
                try_say(party, "psi.query", record::write_psi_query(query_body(party, listed)),
                        std::move(refs)));
    return listed.query;
  }
  // The other party answers, with its own key unless the test gives it another one.
  Result<record::Ref> answer(const std::string& asker, Listed& listed,
                             const crypto::VoprfKey* with = nullptr) {
    const std::string owner = other_of(asker);
    const crypto::VoprfKey& key = with == nullptr ? keys.at(owner) : *with;
    DETENTE_TRY(const auto asked, read_elements(listed.question, file_head(listed.question, 32)));
    std::vector<crypto::VoprfElement> all;
    listed.proofs.clear();
    for (const Part& part : parts_of(asked.size())) {
      DETENTE_TRY(const AnswerPart made,
                  answer_part(key, std::span(asked).subspan(part.first, part.count),
                              crypto::VoprfScalar::generate(random_)));
      all.insert(all.end(), made.evaluated.begin(), made.evaluated.end());
      listed.proofs.push_back(made.proof);
    }
    listed.answer = elements_file(all);
    const record::PsiAnswer body{head(owner), file_head(listed.answer, 32).root, listed.proofs};
    return try_say(owner, "psi.answer", record::write_psi_answer(body), {listed.query});
  }
  // The asker checks the answer and learns its tags.
  Status take_answer(const std::string& asker, Listed& listed) {
    const crypto::VoprfElement& their_key = keys.at(other_of(asker)).public_key();
    DETENTE_TRY(const auto asked, read_elements(listed.question, file_head(listed.question, 32)));
    DETENTE_TRY(const auto given, read_elements(listed.answer, file_head(listed.answer, 32)));
    const std::vector<Part> parts = parts_of(asked.size());
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const auto part_asked = std::span(asked).subspan(parts[i].first, parts[i].count);
      const auto part_given = std::span(given).subspan(parts[i].first, parts[i].count);
      DETENTE_CHECK(check_answer_part(their_key, part_asked, part_given, listed.proofs[i]));
      DETENTE_TRY(const auto learnt,
                  learn(listed.list, listed.secret, listed.order, part_given, parts[i]));
      listed.learnt.insert(listed.learnt.end(), learnt.begin(), learnt.end());
    }
    sort_learnt(listed.learnt);
    return {};
  }
  Result<record::Ref> give_result(const std::string& party, const Listed& own, const Listed& theirs,
                                  std::uint64_t matches) {
    const record::PsiResult body{head(party), {matches}, {}};
    return try_say(party, "psi.result", record::write_psi_result(body), {own.query, theirs.post});
  }
  crypto::Random& random() { return random_; }

 private:
  record::PsiPurpose purpose_;
  crypto::Random random_ = counted("pair");
  std::uint64_t ids_ = 0;
  int lists_ = 0;
};

}  // namespace detente::checks::testing
