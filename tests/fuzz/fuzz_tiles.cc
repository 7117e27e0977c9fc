// SPDX-License-Identifier: Apache-2.0
//
// Tile paths, bundles, tiles and proofs. The first byte is the width or the proof's shape.
#include <cstddef>
#include <cstdint>

#include "record/merkle.h"
#include "record/tiles.h"

using namespace detente;

namespace {

void check_bundle(ByteView bytes, int width) {
  const Result<std::vector<Bytes>> entries = record::decode_bundle(bytes, width);
  if (!entries) return;
  check(entries->size() == static_cast<std::size_t>(width), "a bundle of another width");
  const Bytes again = record::encode_bundle(*entries);
  check(as_text(again) == as_text(bytes), "a bundle has a second form");
  const int half = (width + 1) / 2;
  const Result<Bytes> cut = record::cut_tile({true, 0, 0, half}, bytes);
  check(cut && record::decode_bundle(*cut, half), "a bundle's prefix is no bundle");
}

void check_proof(ByteView bytes, std::uint64_t shape) {
  record::Proof proof;
  for (; bytes.size() >= 32; bytes = bytes.subspan(32)) {
    Hash hash{};
    std::copy_n(bytes.begin(), hash.size(), hash.begin());
    proof.push_back(hash);
  }
  const TreeSize size{shape * 0x0101010101010101U};
  const Hash other = record::leaf_hash(bytes);
  check(!record::verify_consistency(TreeSize{shape}, other, size, other, proof) ||
            size.value == shape,
        "an invented consistency proof was accepted");
  check(!record::verify_inclusion(other, LeafIndex{shape}, size, proof, record::empty_root()),
        "an invented inclusion proof was accepted");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView all(data, size);
  const Result<record::TilePath> path = record::parse_tile_path(as_text(all));
  if (path) check(path->text() == as_text(all), "a tile path has a second form");
  if (size == 0) return 0;
  const int width = data[0] + 1;
  check_bundle(all.subspan(1), width);
  const Result<std::vector<Hash>> hashes = record::decode_tile(all.subspan(1), width);
  if (hashes) check(hashes->size() * 32 == size - 1, "a tile of another width");
  check_proof(all.subspan(1), data[0]);
  return 0;
}
