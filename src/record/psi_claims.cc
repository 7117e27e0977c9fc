// SPDX-License-Identifier: Apache-2.0
#include "record/psi_claims.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "base/limits.h"
#include "crypto/hash.h"

namespace detente::record {

using crypto::VoprfElement;
using crypto::VoprfScalar;

namespace {

constexpr std::string_view kMagic = "dtc1";
constexpr std::size_t kTagBytes = sizeof(PsiTag);
constexpr std::size_t kElementBytes = sizeof(VoprfElement);
constexpr std::size_t kPathHashes = 32;

tl::unexpected<Error> unproven(std::string why) {
  return fail(Errc::claim_unproven, std::move(why));
}

PsiPath path_to(std::span<const Hash> leaves, std::uint32_t index) {
  return {index, inclusion_proof(leaves, LeafIndex{index})};
}

Status stands_in(const PsiFile& file, ByteView record, const PsiPath& path, const char* what) {
  const Status proven = verify_inclusion(leaf_hash(record), LeafIndex{path.index}, TreeSize{file.n},
                                         path.proof, file.root);
  if (!proven) return unproven(std::string(what) + " does not stand there");
  return {};
}

ByteView record_at(ByteView file, std::size_t index, std::size_t size) {
  check((index + 1) * size <= file.size(), "the record is in the file");
  return file.subspan(index * size, size);
}

template <std::size_t N>
std::array<std::uint8_t, N> array_of(ByteView bytes) {
  std::array<std::uint8_t, N> out{};
  std::copy_n(bytes.begin(), N, out.begin());
  return out;
}

// Whether the tags show `tag` to be on the board (true) or not to be (false).
Result<bool> judge_place(const PsiFile& file, const PsiTag& tag, const std::vector<PsiTagAt>& at) {
  if (at.empty() || at.size() > 2) return unproven("one or two tags must be shown");
  for (const PsiTagAt& shown : at) {
    DETENTE_CHECK(stands_in(file, shown.tag, shown.path, "a tag"));
  }
  if (at.size() == 1) {
    const PsiTagAt& only = at.front();
    if (only.tag == tag) return true;
    const bool before_first = only.path.index == 0 && tag < only.tag;
    const bool after_last = std::uint64_t{only.path.index} + 1 == file.n && only.tag < tag;
    if (before_first || after_last) return false;
    return unproven("the tag that is shown is no end of the board");
  }
  const bool neighbours = std::uint64_t{at[0].path.index} + 1 == at[1].path.index;
  if (neighbours && at[0].tag < tag && tag < at[1].tag) return false;
  return unproven("the tags that are shown are not around it, side by side");
}

}  // namespace

// ---- making ----

std::vector<PsiTagAt> find_tag(ByteView board, const PsiTag& tag) {
  const std::size_t n = board.size() / kTagBytes;
  std::size_t low = 0;
  std::size_t high = n;
  const auto tag_at = [&](std::size_t i) {
    return array_of<kTagBytes>(record_at(board, i, kTagBytes));
  };
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (tag_at(middle) < tag) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  const std::vector<Hash> leaves = psi_leaves(board, kTagBytes);
  const auto shown = [&](std::size_t i) {
    return PsiTagAt{tag_at(i), path_to(leaves, static_cast<std::uint32_t>(i))};
  };
  std::vector<PsiTagAt> out;
  if (low < n && tag_at(low) == tag) return {shown(low)};
  if (low > 0) out.push_back(shown(low - 1));
  if (low < n) out.push_back(shown(low));
  return out;
}

Result<PsiBoardClaim> open_board(const PsiPrefix& prefix, const PsiCell& cell,
                                 const crypto::VoprfKey& key, const VoprfScalar& nonce,
                                 ByteView board) {
  PsiBoardClaim out;
  out.cell = cell;
  const PsiToken token = psi_token(prefix, cell);
  DETENTE_TRY(const VoprfElement element, crypto::voprf_element_of(token));
  const std::span<const VoprfElement> one(&element, 1);
  DETENTE_TRY(const auto evaluated, key.evaluate(one));
  out.evaluated = evaluated.front();
  DETENTE_TRY(out.proof, key.prove(one, evaluated, nonce));
  DETENTE_TRY(const auto output, crypto::voprf_output_of(token, out.evaluated));
  out.tags = find_tag(board, psi_tag(output));
  return out;
}

PsiQueryClaim open_query(const PsiCell& cell, const VoprfScalar& blind, ByteView question,
                         std::uint32_t index) {
  return {cell, array_of<32>(blind.bytes()), path_to(psi_leaves(question, kElementBytes), index)};
}

Result<PsiAnswerClaim> open_answer(const crypto::VoprfKey& key, const VoprfScalar& nonce,
                                   ByteView question, ByteView answer, std::uint32_t index) {
  PsiAnswerClaim out;
  out.blinded = array_of<kElementBytes>(record_at(question, index, kElementBytes));
  out.evaluated = array_of<kElementBytes>(record_at(answer, index, kElementBytes));
  DETENTE_TRY(out.proof,
              key.prove(std::span(&out.blinded, 1), std::span(&out.evaluated, 1), nonce));
  out.asked = path_to(psi_leaves(question, kElementBytes), index);
  out.answered = path_to(psi_leaves(answer, kElementBytes), index);
  return out;
}

PsiCommitClaim open_commit(const PsiCell& cell, const Hash& salt, std::span<const Hash> leaves,
                           std::uint32_t index) {
  return {cell, salt, path_to(leaves, index)};
}

// ---- judging ----

Result<bool> judge_board_claim(const PsiPrefix& prefix, const VoprfElement& key,
                               const PsiFile& tags, const PsiBoardClaim& claim) {
  const PsiToken token = psi_token(prefix, claim.cell);
  DETENTE_TRY(const VoprfElement element, crypto::voprf_element_of(token));
  const Status proven = crypto::voprf_verify(key, std::span(&element, 1),
                                             std::span(&claim.evaluated, 1), claim.proof);
  if (!proven) return unproven("the tag was not made with the key of the epoch");
  DETENTE_TRY(const auto output, crypto::voprf_output_of(token, claim.evaluated));
  return judge_place(tags, psi_tag(output), claim.tags);
}

namespace {

// The element of the question that the claim opens.
Result<VoprfElement> blinded_of(const PsiPrefix& prefix, const PsiQueryClaim& claim) {
  const Result<VoprfScalar> blind = VoprfScalar::from_bytes(claim.blind);
  if (!blind) return unproven("the blind is no scalar");
  return crypto::voprf_blind(psi_token(prefix, claim.cell), *blind);
}

}  // namespace

Status judge_query_claim(const PsiPrefix& prefix, const PsiFile& blinded,
                         const PsiQueryClaim& claim) {
  DETENTE_TRY(const VoprfElement element, blinded_of(prefix, claim));
  return stands_in(blinded, element, claim.path, "the blinded cell");
}

Status judge_answer_claim(const VoprfElement& key, const PsiFile& blinded, const PsiFile& evaluated,
                          const PsiAnswerClaim& claim) {
  if (claim.asked.index != claim.answered.index) return unproven("two places");
  DETENTE_CHECK(stands_in(blinded, claim.blinded, claim.asked, "the question's element"));
  DETENTE_CHECK(stands_in(evaluated, claim.evaluated, claim.answered, "the answer's element"));
  const Status proven = crypto::voprf_verify(key, std::span(&claim.blinded, 1),
                                             std::span(&claim.evaluated, 1), claim.proof);
  if (!proven) return unproven("the answer was not made with the key of the epoch");
  return {};
}

Status judge_commit_claim(const PsiPrefix& prefix, const PsiFile& commit,
                          const PsiCommitClaim& claim) {
  const Hash leaf = psi_commit_leaf(claim.salt, psi_token(prefix, claim.cell));
  const Status proven = verify_inclusion(leaf, LeafIndex{claim.path.index}, TreeSize{commit.n},
                                         claim.path.proof, commit.root);
  if (!proven) return unproven("the token is not in the commitment");
  return {};
}

Result<bool> judge_knowledge(const PsiPrefix& prefix, const PsiQueryClaim& query,
                             const PsiAnswerClaim& answer, const PsiFile& tags,
                             const std::vector<PsiTagAt>& tag_at) {
  DETENTE_TRY(const VoprfElement element, blinded_of(prefix, query));
  const bool same = query.path.index == answer.asked.index && element == answer.blinded;
  if (!same) return unproven("the question and the answer are of two places");
  DETENTE_TRY(const VoprfScalar blind, VoprfScalar::from_bytes(query.blind));
  const PsiToken token = psi_token(prefix, query.cell);
  const ByteView input(token);
  const auto outputs = crypto::voprf_finalize(std::span(&input, 1), std::span(&blind, 1),
                                              std::span(&answer.evaluated, 1));
  if (!outputs) return unproven("the answer holds no element");
  return judge_place(tags, psi_tag(outputs->front()), tag_at);
}

Status judge_disorder(const PsiFile& tags, const PsiTagAt& first, const PsiTagAt& second) {
  DETENTE_CHECK(stands_in(tags, first.tag, first.path, "a tag"));
  DETENTE_CHECK(stands_in(tags, second.tag, second.path, "a tag"));
  const bool neighbours = std::uint64_t{first.path.index} + 1 == second.path.index;
  if (!neighbours || first.tag < second.tag) return unproven("the tags ascend");
  return {};
}

namespace {

std::vector<VoprfElement> elements_of(ByteView file) {
  std::vector<VoprfElement> out;
  for (std::size_t i = 0; i < file.size() / kElementBytes; ++i) {
    out.push_back(array_of<kElementBytes>(record_at(file, i, kElementBytes)));
  }
  return out;
}

bool is_file(ByteView file, const PsiFile& head) {
  return file.size() == head.n * kElementBytes &&
         root_of(psi_leaves(file, kElementBytes)) == head.root;
}

}  // namespace

Status judge_wrong_answer(const VoprfElement& key, const PsiFile& blinded, const PsiAnswer& answer,
                          ByteView question_file, ByteView answer_file) {
  if (!is_file(question_file, blinded) || !is_file(answer_file, {blinded.n, answer.file})) {
    return unproven("the files are not those whose roots were logged");
  }
  const std::vector<VoprfElement> asked = elements_of(question_file);
  const std::vector<VoprfElement> given = elements_of(answer_file);
  if (!std::all_of(asked.begin(), asked.end(), crypto::is_voprf_element)) {
    return unproven("the question is malformed");
  }
  const std::size_t parts = (asked.size() + limits::kCheckChunk - 1) / limits::kCheckChunk;
  if (answer.proofs.size() != parts) return {};
  for (std::size_t i = 0; i < parts; ++i) {
    const std::size_t first = i * limits::kCheckChunk;
    const std::size_t count = std::min(limits::kCheckChunk, asked.size() - first);
    const bool right =
        crypto::voprf_verify(key, std::span(asked).subspan(first, count),
                             std::span(given).subspan(first, count), answer.proofs[i])
            .has_value();
    if (!right) return {};
  }
  return unproven("the answer is right");
}

bool is_drawn(std::span<const Hash> seeds, const Hash& leaf, std::uint32_t per_million) {
  Bytes bytes;
  for (const Hash& seed : seeds) bytes.insert(bytes.end(), seed.begin(), seed.end());
  bytes.insert(bytes.end(), leaf.begin(), leaf.end());
  const Hash drawn = crypto::sha256(bytes);
  // hash * 10^6 / 2^256, rounded down: from the last byte to the first, what is carried.
  std::uint64_t carry = 0;
  for (std::size_t i = drawn.size(); i-- > 0;) carry = (carry + drawn[i] * 1'000'000ULL) >> 8U;
  return carry < per_million;
}

// ---- bytes ----

namespace {

class Writer {
 public:
  explicit Writer(std::uint8_t kind) : out_(to_bytes(kMagic)) { out_.push_back(kind); }
  void number(std::uint64_t value, int bytes) {
    for (int i = bytes; i-- > 0;) out_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  void bytes(ByteView view) { out_.insert(out_.end(), view.begin(), view.end()); }
  void cell(const PsiCell& cell) {
    number(cell.space, 8);
    number(cell.altitude, 4);
    number(cell.time, 8);
  }
  void path(const PsiPath& path) {
    number(path.index, 4);
    number(path.proof.size(), 1);
    for (const Hash& hash : path.proof) bytes(hash);
  }
  Bytes take() { return std::move(out_); }

 private:
  Bytes out_;
};

// Reads ahead; what is missing makes the whole malformed, which is asked for once at the end.
class Reader {
 public:
  explicit Reader(ByteView bytes) : rest_(bytes) {}
  std::uint64_t number(std::size_t size) {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : take(size)) value = value << 8U | byte;
    return value;
  }
  template <std::size_t N>
  std::array<std::uint8_t, N> bytes() {
    const ByteView view = take(N);
    return view.size() == N ? array_of<N>(view) : std::array<std::uint8_t, N>{};
  }
  PsiCell cell() {
    PsiCell out;
    out.space = number(8);
    out.altitude = static_cast<std::uint32_t>(number(4));
    out.time = number(8);
    return out;
  }
  PsiPath path() {
    PsiPath out;
    out.index = static_cast<std::uint32_t>(number(4));
    const std::size_t count = number(1);
    if (count > kPathHashes) good_ = false;
    for (std::size_t i = 0; good_ && i < count; ++i) out.proof.push_back(bytes<32>());
    return out;
  }
  void refuse() { good_ = false; }
  bool good() const { return good_; }
  bool at_end() const { return good_ && rest_.empty(); }

 private:
  ByteView take(std::size_t size) {
    if (rest_.size() < size) {
      good_ = false;
      rest_ = {};
      return {};
    }
    const ByteView out = rest_.first(size);
    rest_ = rest_.subspan(size);
    return out;
  }
  ByteView rest_;
  bool good_ = true;
};

Bytes encode(const PsiBoardClaim& claim) {
  Writer out(1);
  out.cell(claim.cell);
  out.bytes(claim.evaluated);
  out.bytes(claim.proof);
  out.number(claim.tags.size(), 1);
  for (const PsiTagAt& at : claim.tags) {
    out.bytes(at.tag);
    out.path(at.path);
  }
  return out.take();
}
Bytes encode(const PsiQueryClaim& claim) {
  Writer out(2);
  out.cell(claim.cell);
  out.bytes(claim.blind);
  out.path(claim.path);
  return out.take();
}
Bytes encode(const PsiAnswerClaim& claim) {
  Writer out(3);
  out.bytes(claim.blinded);
  out.bytes(claim.evaluated);
  out.bytes(claim.proof);
  out.path(claim.asked);
  out.path(claim.answered);
  return out.take();
}
Bytes encode(const PsiCommitClaim& claim) {
  Writer out(4);
  out.cell(claim.cell);
  out.bytes(claim.salt);
  out.path(claim.path);
  return out.take();
}

PsiBoardClaim read_board(Reader& in) {
  PsiBoardClaim out;
  out.cell = in.cell();
  out.evaluated = in.bytes<32>();
  out.proof = in.bytes<64>();
  const std::uint64_t count = in.number(1);
  if (count > 2) in.refuse();
  for (std::uint64_t i = 0; in.good() && i < count; ++i) {
    PsiTagAt& at = out.tags.emplace_back();
    at.tag = in.bytes<kTagBytes>();
    at.path = in.path();
  }
  return out;
}

PsiAnswerClaim read_answer(Reader& in) {
  PsiAnswerClaim out;
  out.blinded = in.bytes<32>();
  out.evaluated = in.bytes<32>();
  out.proof = in.bytes<64>();
  out.asked = in.path();
  out.answered = in.path();
  return out;
}

}  // namespace

Bytes encode_psi_claim(const PsiClaim& claim) {
  return std::visit([](const auto& one) { return encode(one); }, claim);
}

Result<PsiClaim> parse_psi_claim(ByteView bytes) {
  const bool ours = bytes.size() > kMagic.size() && bytes.size() <= kPsiClaimBytes &&
                    as_text(bytes.first(kMagic.size())) == kMagic;
  if (!ours) return fail(Errc::claim_malformed, "not a claim, or too long");
  Reader in(bytes.subspan(kMagic.size() + 1));
  PsiClaim out;
  switch (bytes[kMagic.size()]) {
    case 1:
      out = read_board(in);
      break;
    case 2: {
      PsiQueryClaim& claim = out.emplace<PsiQueryClaim>();
      claim.cell = in.cell();
      claim.blind = in.bytes<32>();
      claim.path = in.path();
      break;
    }
    case 3:
      out = read_answer(in);
      break;
    case 4: {
      PsiCommitClaim& claim = out.emplace<PsiCommitClaim>();
      claim.cell = in.cell();
      claim.salt = in.bytes<32>();
      claim.path = in.path();
      break;
    }
    default:
      return fail(Errc::claim_malformed, "no such kind of claim");
  }
  if (!in.at_end()) return fail(Errc::claim_malformed, "cut short, or more after its end");
  return out;
}

}  // namespace detente::record
