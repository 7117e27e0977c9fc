// SPDX-License-Identifier: Apache-2.0
//
// Order of the checks, so that the file that was changed is the one named: first the checkpoint's
// signatures, then the list of files, then which of level-0 tiles and bundles leads to the signed
// root, then the upper tiles, and last the meaning of every entry.
#include "record/log_verifier.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "record/tiles.h"

namespace detente::record {
namespace {

constexpr const char* kCheckpointFile = "checkpoint";

Result<Bytes> read_file(const LogFolder& folder, const std::string& path) {
  Result<Bytes> bytes = folder.read(path);
  if (!bytes && bytes.error().place.empty()) return fail(std::move(bytes.error()).at(path));
  return bytes;
}

Result<Note> read_note(const LogFolder& folder, const LogOwner& owner,
                       const std::vector<VerifierKey>& cosigners, VerifiedLog& out) {
  DETENTE_TRY(const Bytes bytes, read_file(folder, kCheckpointFile));
  DETENTE_TRY(Note note, parse_note(as_text(bytes)));
  DETENTE_CHECK(verify_note(note, owner.log));
  std::vector<VerifierKey> known = cosigners;
  known.push_back(owner.log);
  DETENTE_CHECK(verify_all_lines(note, known));
  DETENTE_TRY(out.checkpoint, parse_checkpoint(note.text));
  if (out.checkpoint.origin.value != owner.log.name) {
    return fail(Errc::checkpoint_origin,
                fmt::format("{}, not {}", out.checkpoint.origin.value, owner.log.name));
  }
  for (const NoteSignature& line : note.signatures) {
    const std::optional<UtcMs> time = cosignature_time(line);
    if (time) out.cosignatures.push_back({line.name, *time});
  }
  return note;
}

// The folder holds the checkpoint and exactly the files of a tree of `size`. The walk ends at the
// first missing one, so a huge claimed size costs no more than the files that are there.
Status check_files(const LogFolder& folder, TreeSize size) {
  std::set<std::string> left(folder.files.begin(), folder.files.end());
  left.erase(kCheckpointFile);
  std::string missing;
  for_each_tile(size, [&](const TilePath& path) {
    std::string text = path.text();
    if (left.erase(text) == 0) missing = std::move(text);
    return missing.empty();
  });
  if (!missing.empty()) return fail(Errc::tile_missing, {}, missing);
  if (!left.empty()) return fail(Errc::file_unexpected, {}, *left.begin());
  return {};
}

TilePath path_at(bool entries, int level, std::uint64_t index, std::uint64_t hashes) {
  const std::uint64_t width = std::min(kTileWidth, hashes - index * kTileWidth);
  return {entries, level, index, static_cast<int>(width)};
}

Result<std::vector<Bytes>> read_bundle(const LogFolder& folder, const TilePath& path) {
  DETENTE_TRY(const Bytes bytes, read_file(folder, path.text()));
  Result<std::vector<Bytes>> entries = decode_bundle(bytes, path.width);
  if (!entries) return fail(std::move(entries.error()).at(path.text()));
  return entries;
}

// The leaf hashes as the level-0 tiles have them.
Result<std::vector<Hash>> read_leaves(const LogFolder& folder, TreeSize size) {
  std::vector<Hash> out;
  for (std::uint64_t i = 0; i * kTileWidth < size.value; ++i) {
    const TilePath path = path_at(false, 0, i, size.value);
    DETENTE_TRY(const Bytes bytes, read_file(folder, path.text()));
    const Result<std::vector<Hash>> hashes = decode_tile(bytes, path.width);
    if (!hashes) return fail(Error(hashes.error()).at(path.text()));
    out.insert(out.end(), hashes->begin(), hashes->end());
  }
  return out;
}

// The level-0 tiles do not lead to the signed root: find out whether the tiles, the bundles or the
// checkpoint is at fault.
Error blame(const LogFolder& folder, const Checkpoint& checkpoint,
            const std::vector<Hash>& leaves) {
  const std::uint64_t size = checkpoint.size.value;
  std::vector<Hash> hashed;
  for (std::uint64_t i = 0; i * kTileWidth < size; ++i) {
    const Result<std::vector<Bytes>> entries = read_bundle(folder, path_at(true, 0, i, size));
    if (!entries) return entries.error();
    for (const Bytes& entry : *entries) hashed.push_back(leaf_hash(entry));
  }
  const auto differs = std::mismatch(hashed.begin(), hashed.end(), leaves.begin()).first;
  if (differs == hashed.end()) {
    return {Errc::tile_mismatch, "tiles and bundles agree, and lead to another root than signed",
            kCheckpointFile};
  }
  const auto index = static_cast<std::uint64_t>(differs - hashed.begin());
  const std::string tile = path_at(false, 0, index / kTileWidth, size).text();
  if (root_of(hashed) == checkpoint.root) {
    return {Errc::tile_mismatch, fmt::format("its hash of entry {} is another", index), tile};
  }
  return {Errc::tile_mismatch,
          fmt::format("neither this bundle nor {} leads to the signed root", tile),
          fmt::format("{}, entry {}", path_at(true, 0, index / kTileWidth, size).text(), index)};
}

// Recomputes every tile above level 0 from the (by now authentic) leaf hashes.
Status check_upper_tiles(const LogFolder& folder, std::vector<Hash> hashes) {
  for (int level = 1; hashes.size() >= kTileWidth; ++level) {
    std::vector<Hash> above;
    for (std::size_t i = 0; i + kTileWidth <= hashes.size(); i += kTileWidth) {
      above.push_back(root_of(std::span<const Hash>(hashes).subspan(i, kTileWidth)));
    }
    hashes = std::move(above);
    for (std::uint64_t i = 0; i * kTileWidth < hashes.size(); ++i) {
      const TilePath path = path_at(false, level, i, hashes.size());
      DETENTE_TRY(const Bytes bytes, read_file(folder, path.text()));
      const Result<std::vector<Hash>> found = decode_tile(bytes, path.width);
      if (!found) return fail(Error(found.error()).at(path.text()));
      const auto wanted = hashes.begin() + static_cast<std::ptrdiff_t>(i * kTileWidth);
      if (!std::equal(found->begin(), found->end(), wanted)) {
        return fail(Errc::tile_mismatch, "it is not made of the level below", path.text());
      }
    }
  }
  return {};
}

using Visit = std::function<void(const Entry&)>;
using Progress = std::function<void(std::uint64_t, std::uint64_t)>;

Status replay(const LogFolder& folder, const std::vector<Hash>& leaves, LogReader& reader,
              const Visit& visit, const Progress& progress, VerifiedLog& out) {
  for (std::uint64_t i = 0; i * kTileWidth < leaves.size(); ++i) {
    const TilePath path = path_at(true, 0, i, leaves.size());
    DETENTE_TRY(const std::vector<Bytes> entries, read_bundle(folder, path));
    for (const Bytes& bytes : entries) {
      const std::uint64_t index = reader.size().value;
      if (leaf_hash(bytes) != leaves[index]) {
        return fail(Errc::tile_mismatch, "the entry's hash is not the one in the signed tree",
                    fmt::format("{}, entry {}", path.text(), index));
      }
      Result<Entry> entry = reader.append(bytes);
      if (!entry) {
        entry.error().place = fmt::format("{}, {}", path.text(), entry.error().place);
        return fail(std::move(entry.error()));
      }
      ++out.statements_by_type[entry->statement.type];
      if (visit) visit(*entry);
    }
    if (progress) progress(reader.size().value, leaves.size());
  }
  return {};
}

}  // namespace

Result<VerifiedLog> verify_log(const LogFolder& folder, const LogOwner& owner,
                               const std::vector<VerifierKey>& cosigners, const Visit& visit,
                               const Progress& progress) {
  VerifiedLog out;
  Result<Note> note = read_note(folder, owner, cosigners, out);
  if (!note) {
    if (note.error().place.empty()) note.error().place = kCheckpointFile;
    return fail(std::move(note.error()));
  }
  DETENTE_CHECK(check_files(folder, out.checkpoint.size));
  DETENTE_TRY(const std::vector<Hash> leaves, read_leaves(folder, out.checkpoint.size));
  if (root_of(leaves) != out.checkpoint.root) return fail(blame(folder, out.checkpoint, leaves));
  DETENTE_CHECK(check_upper_tiles(folder, leaves));
  LogReader reader(owner);
  DETENTE_CHECK(replay(folder, leaves, reader, visit, progress, out));
  out.entries = reader.size().value;
  return out;
}

}  // namespace detente::record
