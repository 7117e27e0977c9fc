// SPDX-License-Identifier: Apache-2.0
#include "checks/exchange.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <string_view>
#include <utility>

#include "base/limits.h"
#include "crypto/hash.h"
#include "record/merkle.h"

namespace detente::checks {

using crypto::VoprfElement;
using crypto::VoprfScalar;
using record::PsiTag;
using record::PsiToken;

namespace {

std::array<std::uint8_t, 8> bytes_of(std::uint64_t number) {
  std::array<std::uint8_t, 8> out{};
  for (std::size_t i = 0; i < 8; ++i) out[i] = static_cast<std::uint8_t>(number >> (56 - 8 * i));
  return out;
}

// A pseudorandom stream of one purpose, from the list's secret.
class Stream {
 public:
  Stream(const ListSecret& secret, std::string_view purpose, std::uint64_t index)
      : secret_(secret), purpose_(purpose), index_(bytes_of(index)) {}
  ~Stream() { crypto::wipe(block_); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  void fill(std::span<std::uint8_t> out) {
    for (std::uint8_t& byte : out) {
      if (used_ == block_.size()) next();
      byte = block_[used_++];
    }
  }
  // Below `bound`, each equally likely: what would favour some is drawn again.
  std::uint64_t below(std::uint64_t bound) {
    const std::uint64_t most = UINT64_MAX - UINT64_MAX % bound;
    for (;;) {
      std::array<std::uint8_t, 8> bytes{};
      fill(bytes);
      std::uint64_t number = 0;
      for (const std::uint8_t byte : bytes) number = number << 8U | byte;
      if (number < most) return number % bound;
    }
  }

 private:
  void next() {
    block_ = crypto::blake2b_256(secret_, {as_bytes(purpose_), index_, bytes_of(blocks_++)});
    used_ = 0;
  }

  const ListSecret& secret_;
  std::string_view purpose_;
  std::array<std::uint8_t, 8> index_;
  std::uint64_t blocks_ = 0;
  Hash block_{};
  std::size_t used_ = 32;
};

std::size_t end_of(Part part, std::size_t size) {
  return std::min(part.first + part.count, size);
}

}  // namespace

Result<TokenList> TokenList::make(const record::PsiContext& context, std::vector<CellKey> cells,
                                  record::PsiUse use) {
  const auto padded = record::psi_padded(cells.size(), use);
  if (!padded) {
    return fail(Errc::checks_too_many, std::to_string(cells.size()) + " tokens in one list");
  }
  const auto not_ascending = [](const CellKey& a, const CellKey& b) { return !(a < b); };
  check(std::adjacent_find(cells.begin(), cells.end(), not_ascending) == cells.end(),
        "a list's cells ascend");
  TokenList out;
  out.prefix_ = record::psi_prefix(context);
  out.dummy_prefix_ = record::psi_prefix(context, record::PsiPurpose::dummy);
  out.cells_ = std::move(cells);
  out.padded_ = *padded;
  return out;
}

PsiToken TokenList::token(std::size_t index) const {
  if (index < cells_.size()) return record::psi_token(prefix_, cells_[index]);
  return record::psi_dummy_token(dummy_prefix_, index);
}

std::vector<Part> parts_of(std::size_t padded) {
  std::vector<Part> out;
  for (std::size_t first = 0; first < padded; first += limits::kCheckChunk) {
    out.push_back({first, std::min(limits::kCheckChunk, padded - first)});
  }
  return out;
}

// ---- the list's owner ----

Hash salt_of(const ListSecret& secret, std::size_t index) {
  return crypto::blake2b_256(secret, {as_bytes("detente/psi-salt/v1"), bytes_of(index)});
}

std::vector<Hash> commit_leaves(const TokenList& list, const ListSecret& secret) {
  std::vector<Hash> out(list.padded());
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = record::psi_commit_leaf(salt_of(secret, i), list.token(i));
  }
  return out;
}

record::PsiFile commit(const TokenList& list, const ListSecret& secret) {
  return {list.padded(), record::root_of(commit_leaves(list, secret))};
}

Hash dummy_seed(const ListSecret& secret) {
  return crypto::blake2b_256(secret, {as_bytes("detente/psi-dummy-seed/v1")});
}

Result<std::vector<PsiTag>> list_tags(const TokenList& list, const crypto::VoprfKey& key,
                                      Part part) {
  std::vector<PsiTag> out;
  for (std::size_t i = part.first; i < end_of(part, list.size()); ++i) {
    DETENTE_TRY(const crypto::VoprfOutput output, key.output(list.token(i)));
    out.push_back(record::psi_tag(output));
  }
  return out;
}

Bytes board_file(const TokenList& list, const ListSecret& secret, std::span<const PsiTag> tags) {
  check(tags.size() == list.size(), "every token has a tag");
  std::vector<PsiTag> all(tags.begin(), tags.end());
  const Hash seed = dummy_seed(secret);
  for (std::size_t i = list.size(); i < list.padded(); ++i) {
    all.push_back(record::psi_dummy_tag(seed, i));
  }
  std::sort(all.begin(), all.end());
  Bytes out;
  out.reserve(all.size() * sizeof(PsiTag));
  for (const PsiTag& tag : all) out.insert(out.end(), tag.begin(), tag.end());
  return out;
}

VoprfScalar blind_of(const ListSecret& secret, std::size_t index) {
  Stream stream(secret, "detente/psi-blind/v1", index);
  return VoprfScalar::generate([&](std::span<std::uint8_t> out) { stream.fill(out); });
}

std::vector<std::uint32_t> question_order(const TokenList& list, const ListSecret& secret) {
  std::vector<std::uint32_t> out(list.padded());
  std::iota(out.begin(), out.end(), 0U);
  Stream stream(secret, "detente/psi-order/v1", 0);
  for (std::size_t i = out.size(); i > 1; --i) std::swap(out[i - 1], out[stream.below(i)]);
  return out;
}

Result<std::vector<VoprfElement>> blind(const TokenList& list, const ListSecret& secret,
                                        std::span<const std::uint32_t> order, Part part) {
  check(order.size() == list.padded(), "the order is the list's");
  std::vector<VoprfElement> out;
  for (std::size_t place = part.first; place < end_of(part, order.size()); ++place) {
    const std::size_t index = order[place];
    DETENTE_TRY(const VoprfElement element,
                crypto::voprf_blind(list.token(index), blind_of(secret, index)));
    out.push_back(element);
  }
  return out;
}

// ---- the other side ----

Result<AnswerPart> answer_part(const crypto::VoprfKey& key, std::span<const VoprfElement> asked,
                               const VoprfScalar& nonce) {
  AnswerPart out;
  DETENTE_TRY(out.evaluated, key.evaluate(asked));
  DETENTE_TRY(out.proof, key.prove(asked, out.evaluated, nonce));
  return out;
}

// ---- the list's owner again ----

Status check_answer_part(const VoprfElement& their_key, std::span<const VoprfElement> asked,
                         std::span<const VoprfElement> evaluated, const crypto::VoprfProof& proof) {
  const Status verified = crypto::voprf_verify(their_key, asked, evaluated, proof);
  if (!verified) return fail(Errc::checks_answer, verified.error().text());
  return {};
}

Result<std::vector<Learnt>> learn(const TokenList& list, const ListSecret& secret,
                                  std::span<const std::uint32_t> order,
                                  std::span<const VoprfElement> evaluated, Part part) {
  check(order.size() == list.padded(), "the order is the list's");
  const std::size_t end = end_of(part, order.size());
  if (part.first > end || evaluated.size() != end - part.first) {
    return fail(Errc::checks_file, "the answer's part has another size");
  }
  std::vector<std::uint32_t> indexes;
  std::vector<PsiToken> tokens;
  std::vector<VoprfScalar> blinds;
  std::vector<VoprfElement> answers;
  for (std::size_t place = part.first; place < end; ++place) {
    if (order[place] >= list.size()) continue;
    indexes.push_back(order[place]);
    tokens.push_back(list.token(order[place]));
    blinds.push_back(blind_of(secret, order[place]));
    answers.push_back(evaluated[place - part.first]);
  }
  const std::vector<ByteView> inputs(tokens.begin(), tokens.end());
  DETENTE_TRY(const auto outputs, crypto::voprf_finalize(inputs, blinds, answers));
  std::vector<Learnt> out;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    out.push_back({record::psi_tag(outputs[i]), indexes[i]});
  }
  return out;
}

void sort_learnt(std::vector<Learnt>& learnt) {
  std::sort(learnt.begin(), learnt.end());
}

std::vector<std::uint32_t> compare(std::span<const Learnt> learnt, ByteView board) {
  constexpr std::size_t kSize = sizeof(PsiTag);
  std::vector<std::uint32_t> out;
  std::size_t at = 0;
  for (const Learnt& own : learnt) {
    const auto order = [&] { return std::memcmp(board.data() + at, own.tag.data(), kSize); };
    while (at + kSize <= board.size() && order() < 0) at += kSize;
    if (at + kSize <= board.size() && order() == 0) out.push_back(own.index);
  }
  std::sort(out.begin(), out.end());
  return out;
}

Hash touched_commitment(const ListSecret& secret, std::span<const std::uint32_t> indexes) {
  const Hash salt = crypto::blake2b_256(secret, {as_bytes("detente/psi-touched-salt/v1")});
  Bytes list;
  for (const std::uint32_t index : indexes) {
    const auto number = bytes_of(index);
    list.insert(list.end(), number.begin(), number.end());
  }
  return crypto::sha256({as_bytes("detente/psi-touched/v1"), salt, list});
}

// ---- files ----

record::PsiFile file_head(ByteView file, std::size_t record_size) {
  return {file.size() / record_size, record::root_of(record::psi_leaves(file, record_size))};
}

Status check_board(ByteView file, const record::PsiFile& head) {
  constexpr std::size_t kSize = sizeof(PsiTag);
  if (file.size() != head.n * kSize) return fail(Errc::checks_file, "another size than posted");
  for (std::size_t at = kSize; at < file.size(); at += kSize) {
    if (std::memcmp(file.data() + at - kSize, file.data() + at, kSize) >= 0) {
      return fail(Errc::checks_file, "the tags do not ascend", "tag " + std::to_string(at / kSize));
    }
  }
  if (file_head(file, kSize).root != head.root) {
    return fail(Errc::checks_file, "another root than posted");
  }
  return {};
}

Result<std::vector<VoprfElement>> read_elements(ByteView file, const record::PsiFile& head) {
  constexpr std::size_t kSize = sizeof(VoprfElement);
  if (file.size() != head.n * kSize) return fail(Errc::checks_file, "another size than logged");
  if (file_head(file, kSize).root != head.root) {
    return fail(Errc::checks_file, "another root than logged");
  }
  std::vector<VoprfElement> out(head.n);
  for (std::size_t i = 0; i < out.size(); ++i) {
    std::copy_n(file.begin() + static_cast<std::ptrdiff_t>(i * kSize), kSize, out[i].begin());
  }
  return out;
}

Bytes elements_file(std::span<const VoprfElement> elements) {
  Bytes out;
  out.reserve(elements.size() * sizeof(VoprfElement));
  for (const VoprfElement& element : elements) {
    out.insert(out.end(), element.begin(), element.end());
  }
  return out;
}

}  // namespace detente::checks
