// SPDX-License-Identifier: Apache-2.0
//
// For tests: one exchange over two real logs. North asks south about one cell; south's board holds
// it. South may cheat.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "record/proof_file.h"
#include "record/psi_claim_file.h"
#include "record/testing_log.h"

namespace detente::record::testing {

enum class PsiCheat : std::uint8_t {
  none,
  other_board_key,  // the tags are not under the epoch's key
  wrong_answer,     // one element is evaluated with another key
};

class PsiExample {
 public:
  explicit PsiExample(const std::string& agreement, PsiCheat cheat = PsiCheat::none)
      : cheat_(cheat), north_("north", 0x31, agreement), south_("south", 0x41, agreement) {
    north_.open();
    south_.open();
    const OfficerSigner node{"south/node", test_key(0x47)};
    const std::string added = south_.add_body(node.keyid, node.secret.public_key(), {"watch"});
    check(south_.append("key.add", added, {south_.root()}).has_value(), "the node's key");
    make_files();
    const std::string epoch = write_psi_epoch(epoch_body());
    epoch_ = say(south_, "psi.epoch", epoch, {}, south_.duty_1());
    post_ = say(south_, "psi.post",
                write_psi_post({head("north"), {256, posted_root_}, head_of(board_, 16), {}}), {},
                south_.duty_1());
    query_ = say(north_, "psi.query",
                 write_psi_query({head("south"), {256, leaves_root_}, head_of(question_, 32)}), {},
                 north_.duty_1());
    const PsiAnswer answer{head("north"), head_of(answer_, 32).root, {proof_}};
    const Ref asked{north_.origin(), LeafIndex{query_}, leaf_hash(north_.entries()[query_])};
    answered_ = say(south_, "psi.answer", write_psi_answer(answer), {asked}, node);
  }

  const Bytes& question() const { return question_; }
  const Bytes& answer() const { return answer_; }
  std::vector<LogOwner> owners() const { return {north_.owner(), south_.owner()}; }
  const TestParty& north() const { return north_; }
  const TestParty& south() const { return south_; }
  PsiCell cell() const { return {0x1525b00000000000, 10U << 24U | 11, 10ULL << 56U | 1'434'142}; }
  PsiPrefix prefix() const {
    return psi_prefix(
        {north_.owner().agreement, PsiPurpose::plans, "e1", north_.origin(), south_.origin()});
  }

  PsiBoardClaim board_claim(const PsiCell& cell) {
    return open_board(prefix(), cell, key_, nonce(), board_).value();
  }
  PsiQueryClaim query_claim() const { return open_query(cell(), blind_, question_, kPlace); }
  PsiAnswerClaim answer_claim() {
    return open_answer(key_, nonce(), question_, answer_, kPlace).value();
  }
  PsiCommitClaim commit_claim() const { return open_commit(cell(), Hash{}, leaves_, 0); }

  // South's list holds a cell that its board leaves out.
  PsiCell left_out() const { return {cell().space, cell().altitude, cell().time + 1}; }
  PsiCommitClaim posted_claim() const { return open_commit(left_out(), Hash{}, posted_, 1); }

  // South's list holds the cell that north asks about.
  PsiCommitClaim own_cell_claim() const { return open_commit(cell(), Hash{}, posted_, 0); }

  // All statements and the claims that show what north knew.
  PsiClaimFile file() {
    PsiClaimFile out;
    out.epoch = proven(south_, epoch_);
    out.post = proven(south_, post_);
    out.query = proven(north_, query_);
    out.answer = proven(south_, answered_);
    out.claims = {board_claim(cell()), query_claim(), answer_claim(), commit_claim()};
    return out;
  }

 private:
  static constexpr std::uint32_t kPlace = 77;

  PsiHead head(const std::string& with) const { return {"e1", with, PsiPurpose::plans}; }
  static PsiFile head_of(const Bytes& file, std::size_t size) {
    return {file.size() / size, root_of(psi_leaves(file, size))};
  }
  crypto::VoprfScalar nonce() { return crypto::VoprfScalar::generate(random_); }
  PsiEpoch epoch_body() const {
    PsiEpoch out{head("north"), key_.public_key(), {kTestStart, kTestStart + 3'600'000}, {}};
    out.terms.epoch_tokens = 256;
    out.terms.posts = 1;
    out.terms.answer_ms = 1'000;
    return out;
  }

  void make_files() {
    const crypto::VoprfKey other = crypto::VoprfKey::generate(random_);
    const crypto::VoprfKey& under = cheat_ == PsiCheat::other_board_key ? other : key_;
    std::vector<PsiTag> tags = {psi_tag(under.output(psi_token(prefix(), cell())).value())};
    for (std::uint64_t i = 1; i < 256; ++i) tags.push_back(psi_dummy_tag(Hash{}, i));
    std::sort(tags.begin(), tags.end());
    for (const PsiTag& tag : tags) board_.insert(board_.end(), tag.begin(), tag.end());
    std::vector<crypto::VoprfElement> asked;
    for (std::uint32_t i = 0; i < 256; ++i) {
      const PsiToken token = i == kPlace ? psi_token(prefix(), cell()) : psi_dummy_token({}, i);
      asked.push_back(crypto::voprf_blind(token, blind_).value());
      leaves_.push_back(psi_commit_leaf({}, i == 0 ? psi_token(prefix(), cell()) : token));
    }
    leaves_root_ = root_of(leaves_);
    posted_.assign(256, Hash{});
    posted_[0] = psi_commit_leaf({}, psi_token(prefix(), cell()));
    posted_[1] = psi_commit_leaf({}, psi_token(prefix(), left_out()));
    posted_root_ = root_of(posted_);
    auto given = key_.evaluate(asked).value();
    proof_ = key_.prove(asked, given, nonce()).value();
    if (cheat_ == PsiCheat::wrong_answer) {
      given[kPlace] = other.evaluate(std::span(asked).subspan(kPlace, 1)).value()[0];
    }
    for (const auto& element : asked) {
      question_.insert(question_.end(), element.begin(), element.end());
    }
    for (const auto& element : given) {
      answer_.insert(answer_.end(), element.begin(), element.end());
    }
  }

  static std::size_t say(TestParty& party, const std::string& type, const std::string& body,
                         std::vector<Ref> refs, const OfficerSigner& officer) {
    StatementDraft draft = party.draft(type, body);
    draft.refs = std::move(refs);
    const auto entry = party.append(sign_statement(draft, {officer}));
    check(entry.has_value(), "the example's statement is logged");
    return entry->header.seq.value;
  }
  static PsiProvenEntry proven(const TestParty& party, std::size_t index) {
    const ProofFile file{{},
                         LeafIndex{index},
                         inclusion_proof(party.reader().leaves(), LeafIndex{index}),
                         party.note()};
    return {party.entries()[index], file.encode()};
  }

  crypto::Random random_ = [n = 0](std::span<std::uint8_t> out) mutable {
    for (std::uint8_t& byte : out) byte = crypto::sha256(as_bytes(std::to_string(n++)))[0];
  };
  PsiCheat cheat_;
  TestParty north_;
  TestParty south_;
  crypto::VoprfKey key_ = crypto::VoprfKey::generate(random_);
  crypto::VoprfScalar blind_ = crypto::VoprfScalar::generate(random_);
  Bytes board_;
  Bytes question_;
  Bytes answer_;
  crypto::VoprfProof proof_{};
  std::vector<Hash> leaves_;
  Hash leaves_root_{};
  std::vector<Hash> posted_;
  Hash posted_root_{};
  std::size_t epoch_ = 0;
  std::size_t post_ = 0;
  std::size_t query_ = 0;
  std::size_t answered_ = 0;
};

}  // namespace detente::record::testing
