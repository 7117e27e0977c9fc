// SPDX-License-Identifier: Apache-2.0
// Method: every published good and bad proof (transparency-dev/merkle) must be judged as its
// file says; the eight roots of RFC 6962's reference tests; then random trees, where each proof
// verifies and no proof with one flipped bit does.
#include "record/merkle.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/json/value.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/json.h"
#include "record/testing_log.h"

namespace detente::record {
namespace {

namespace fs = std::filesystem;

const std::string kVectors = DETENTE_SOURCE_DIR "/../shared/data/record/merkle";

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// One vector file. Some vectors have the placeholders "don't care 1" and "2" instead of hashes;
// here they stand for hashes that differ. All else that is not 32 bytes cannot become a Hash.
class Vector {
 public:
  explicit Vector(const fs::path& path) : path_(path.string()) {
    Result<JsonDocument> doc =
        parse_json(read_text(path), {.bytes_max = 1U << 16, .integers_only = false});
    check(doc.has_value(), "a vector file is not JSON");
    doc_ = std::move(*doc);
  }
  const std::string& path() const { return path_; }
  bool want_error() const { return doc_.root().boolean("wantErr").value(); }
  Result<std::uint64_t> number(std::string_view name) const {
    DETENTE_TRY(const std::int64_t n, doc_.root().integer(name, 0, INT64_MAX));
    return static_cast<std::uint64_t>(n);
  }
  Result<Hash> hash(std::string_view name) const {
    DETENTE_TRY(const std::string text, doc_.root().string(name, 1000, true));
    return to_hash(text);
  }
  Result<Proof> proof() const {
    Proof out;
    DETENTE_TRY(const JsonReader list, doc_.root().member("proof"));
    if (list.value().is_null()) return out;
    DETENTE_TRY(const std::vector<JsonReader> items, list.as_array(1000));
    for (const JsonReader& item : items) {
      DETENTE_TRY(const std::string text, item.as_string(1000, true));
      DETENTE_TRY(const Hash hash, to_hash(text));
      out.push_back(hash);
    }
    return out;
  }

 private:
  static Result<Hash> to_hash(const std::string& text) {
    DETENTE_TRY(const Bytes bytes, from_base64(text));
    const bool placeholder = as_text(bytes).starts_with("don't care");
    return placeholder ? crypto::sha256(bytes) : hash_from_base64(text);
  }

  std::string path_;
  JsonDocument doc_;
};

Status judge_inclusion(const Vector& v) {
  DETENTE_TRY(const Hash leaf, v.hash("leafHash"));
  DETENTE_TRY(const Hash root, v.hash("root"));
  DETENTE_TRY(const Proof proof, v.proof());
  DETENTE_TRY(const std::uint64_t index, v.number("leafIdx"));
  DETENTE_TRY(const std::uint64_t size, v.number("treeSize"));
  return verify_inclusion(leaf, LeafIndex{index}, TreeSize{size}, proof, root);
}

Status judge_consistency(const Vector& v) {
  DETENTE_TRY(const Hash old_root, v.hash("root1"));
  DETENTE_TRY(const Hash root, v.hash("root2"));
  DETENTE_TRY(const Proof proof, v.proof());
  DETENTE_TRY(const std::uint64_t old_size, v.number("size1"));
  DETENTE_TRY(const std::uint64_t size, v.number("size2"));
  return verify_consistency(TreeSize{old_size}, old_root, TreeSize{size}, root, proof);
}

Status judge_subtree_inclusion(const Vector& v) {
  DETENTE_TRY(const Hash leaf, v.hash("leafHash"));
  Subtree subtree;
  DETENTE_TRY(subtree.hash, v.hash("root"));
  DETENTE_TRY(const Proof proof, v.proof());
  DETENTE_TRY(const std::uint64_t index, v.number("leafIdx"));
  DETENTE_TRY(subtree.start, v.number("start"));
  DETENTE_TRY(subtree.end, v.number("end"));
  return verify_subtree_inclusion(leaf, LeafIndex{index}, subtree, proof);
}

Status judge_subtree_consistency(const Vector& v) {
  Subtree subtree;
  DETENTE_TRY(subtree.hash, v.hash("root1"));
  DETENTE_TRY(const Hash root, v.hash("root2"));
  DETENTE_TRY(const Proof proof, v.proof());
  DETENTE_TRY(subtree.start, v.number("start"));
  DETENTE_TRY(subtree.end, v.number("end"));
  DETENTE_TRY(const std::uint64_t size, v.number("size"));
  return verify_subtree(subtree, TreeSize{size}, root, proof);
}

void run_vectors(const std::string& kind, std::size_t expected, Status (*judge)(const Vector&)) {
  if (!fs::exists(kVectors)) GTEST_SKIP() << kVectors << " is not there";
  std::size_t count = 0;
  std::size_t accepted = 0;
  for (const fs::directory_entry& file : fs::recursive_directory_iterator(kVectors + "/" + kind)) {
    if (!file.is_regular_file()) continue;
    const Vector v(file.path());
    const Status status = judge(v);
    EXPECT_EQ(!status, v.want_error())
        << v.path() << (status ? std::string() : status.error().text());
    ++count;
    accepted += status ? 1U : 0U;
  }
  EXPECT_EQ(count, expected);
  EXPECT_GT(accepted, 0U);
}

TEST(MerkleVectors, InclusionProofsAreJudgedAsPublished) {
  run_vectors("inclusion", 98, judge_inclusion);
}
TEST(MerkleVectors, ConsistencyProofsAreJudgedAsPublished) {
  run_vectors("consistency", 98, judge_consistency);
}
TEST(MerkleVectors, SubtreeInclusionProofsAreJudgedAsPublished) {
  run_vectors("subtreeinclusion", 204, judge_subtree_inclusion);
}
TEST(MerkleVectors, SubtreeConsistencyProofsAreJudgedAsPublished) {
  run_vectors("subtreeconsistency", 118, judge_subtree_consistency);
}

TEST(Merkle, RefusesWhatIsNotInTheTree) {
  const Hash leaf = leaf_hash(as_bytes("x"));
  EXPECT_EQ(verify_inclusion(leaf, LeafIndex{1}, TreeSize{1}, {}, leaf).error().code,
            Errc::proof_malformed);
  EXPECT_EQ(verify_inclusion(leaf, LeafIndex{0}, TreeSize{0}, {}, leaf).error().code,
            Errc::proof_malformed);
  EXPECT_EQ(verify_inclusion(leaf, LeafIndex{0}, TreeSize{2}, {}, leaf).error().code,
            Errc::proof_malformed);
  EXPECT_EQ(verify_inclusion(leaf, LeafIndex{0}, TreeSize{1}, {leaf}, leaf).error().code,
            Errc::proof_malformed);
  EXPECT_TRUE(verify_inclusion(leaf, LeafIndex{0}, TreeSize{1}, {}, leaf));
  // The largest sizes must neither overflow nor run long.
  EXPECT_FALSE(verify_inclusion(leaf, LeafIndex{UINT64_MAX - 1}, TreeSize{UINT64_MAX}, {}, leaf));
  EXPECT_FALSE(verify_subtree({0, UINT64_MAX - 1, leaf}, TreeSize{UINT64_MAX}, leaf, {}));
}

TEST(Merkle, RefusesToProveAnythingFromTheEmptyTree) {
  const Hash x = leaf_hash(as_bytes("x"));
  const Hash empty = empty_root();
  EXPECT_EQ(verify_consistency(TreeSize{0}, empty, TreeSize{1}, x, {}).error().code,
            Errc::proof_malformed);
  EXPECT_FALSE(verify_consistency(TreeSize{0}, empty, TreeSize{0}, x, {}));
  EXPECT_FALSE(verify_consistency(TreeSize{0}, x, TreeSize{0}, x, {}));
  EXPECT_FALSE(verify_consistency(TreeSize{0}, empty, TreeSize{0}, empty, {x}));
  EXPECT_TRUE(verify_consistency(TreeSize{0}, empty, TreeSize{0}, empty, {}));
}

TEST(Merkle, GivesTheRootsOfTheReferenceTree) {
  const char* inputs[] = {"",
                          "00",
                          "10",
                          "2021",
                          "3031",
                          "40414243",
                          "5051525354555657",
                          "606162636465666768696a6b6c6d6e6f"};
  const char* roots[] = {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                         "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                         "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                         "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                         "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                         "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                         "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                         "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  std::vector<Hash> leaves;
  Frontier frontier;
  EXPECT_EQ(frontier.root(), empty_root());
  for (std::size_t i = 0; i < 8; ++i) {
    leaves.push_back(leaf_hash(from_hex(inputs[i]).value()));
    frontier.append(leaves.back());
    EXPECT_EQ(to_hex(frontier.root()), roots[i]) << i;
    EXPECT_EQ(root_of(leaves), frontier.root());
  }
}

// Independent of the code under test: the definition of RFC 6962 section 2.1, word for word.
Hash by_definition(std::span<const Hash> leaves) {
  if (leaves.size() == 1) return leaves[0];
  std::size_t k = 1;
  while (k * 2 < leaves.size()) k *= 2;
  return node_hash(by_definition(leaves.first(k)), by_definition(leaves.subspan(k)));
}

std::vector<Hash> some_leaves(std::size_t n) {
  std::vector<Hash> out;
  for (std::size_t i = 0; i < n; ++i) out.push_back(leaf_hash(as_bytes(std::to_string(i))));
  return out;
}

SubtreeHash stored(const std::vector<Hash>& leaves) {
  return [&leaves](int level, std::uint64_t index) {
    const std::size_t n = std::size_t{1} << static_cast<unsigned>(level);
    return by_definition(std::span<const Hash>(leaves).subspan(index * n, n));
  };
}

Proof flip_one_bit(Proof proof) {
  const auto at = *rc::gen::inRange<std::size_t>(0, proof.size() * 256);
  std::uint8_t& byte = proof[at / 256][at / 8 % 32];
  byte = static_cast<std::uint8_t>(byte ^ (1U << (at % 8)));
  return proof;
}

RC_GTEST_PROP(Merkle, InclusionProofsVerifyAndFlippedOnesDoNot, ()) {
  const auto n = *rc::gen::inRange<std::size_t>(1, 600);
  const auto index = LeafIndex{*rc::gen::inRange<std::size_t>(0, n)};
  const std::vector<Hash> leaves = some_leaves(n);
  const Hash root = by_definition(leaves);
  RC_ASSERT(root_of(leaves) == root);
  RC_ASSERT(root_of(stored(leaves), TreeSize{n}) == root);
  const Proof proof = inclusion_proof(leaves, index);
  RC_ASSERT(inclusion_proof(stored(leaves), index, TreeSize{n}) == proof);
  const Hash& leaf = leaves[index.value];
  RC_ASSERT(verify_inclusion(leaf, index, TreeSize{n}, proof, root).has_value());
  const auto other = LeafIndex{(index.value + 1) % n};
  if (n > 1) {
    RC_ASSERT(!verify_inclusion(leaf, index, TreeSize{n}, flip_one_bit(proof), root));
    RC_ASSERT(!verify_inclusion(leaf, other, TreeSize{n}, proof, root));
  }
  RC_ASSERT(!verify_inclusion(flip_one_bit({leaf})[0], index, TreeSize{n}, proof, root));
  RC_ASSERT(!verify_inclusion(leaf, index, TreeSize{n}, proof, flip_one_bit({root})[0]));
}

RC_GTEST_PROP(Merkle, ConsistencyProofsVerifyAndFlippedOnesDoNot, ()) {
  const auto n = *rc::gen::inRange<std::size_t>(1, 600);
  const auto m = *rc::gen::inRange<std::size_t>(1, n + 1);
  const std::vector<Hash> leaves = some_leaves(n);
  const Hash root = by_definition(leaves);
  const Hash old_root = root_of(std::span<const Hash>(leaves).first(m));
  const Proof proof = consistency_proof(leaves, TreeSize{m});
  RC_ASSERT(consistency_proof(stored(leaves), TreeSize{m}, TreeSize{n}) == proof);
  const auto judge = [&](const Hash& from, const Hash& to, const Proof& with) {
    return verify_consistency(TreeSize{m}, from, TreeSize{n}, to, with).has_value();
  };
  RC_ASSERT(judge(old_root, root, proof));
  RC_ASSERT(!judge(flip_one_bit({old_root})[0], root, proof));
  RC_ASSERT(!judge(old_root, flip_one_bit({root})[0], proof));
  if (!proof.empty()) RC_ASSERT(!judge(old_root, root, flip_one_bit(proof)));
  Proof longer = proof;
  longer.push_back(root);
  RC_ASSERT(!judge(old_root, root, longer));
}

}  // namespace
}  // namespace detente::record
