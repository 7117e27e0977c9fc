// SPDX-License-Identifier: Apache-2.0
//
// Order of the checks, so that the file that was changed is the one named: first the checkpoint's
// signatures, then the list of files, then which of level-0 tiles and bundles leads to the signed
// root, then the upper tiles, and last the meaning of every entry. Files are read one by one, and
// most twice; that the second reading is of the same bytes, the root of what was replayed tells.
#include "record/log_verifier.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <set>
#include <utility>

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

Result<std::vector<Hash>> read_hashes(const LogFolder& folder, const TilePath& path) {
  DETENTE_TRY(const Bytes bytes, read_file(folder, path.text()));
  Result<std::vector<Hash>> hashes = decode_tile(bytes, path.width);
  if (!hashes) return fail(std::move(hashes.error()).at(path.text()));
  return hashes;
}

// The entries of a bundle, as views of its bytes.
struct ReadBundle {
  Bytes bytes;
  std::vector<ByteView> entries;
};

Result<ReadBundle> read_bundle(const LogFolder& folder, const TilePath& path) {
  ReadBundle out;
  DETENTE_TRY(out.bytes, read_file(folder, path.text()));
  Result<std::vector<ByteView>> entries = bundle_entries(out.bytes, path.width);
  if (!entries) return fail(std::move(entries.error()).at(path.text()));
  out.entries = std::move(*entries);
  return out;
}

// Rebuilds the tree from its level-0 tiles, from left to right, and compares every upper tile on
// the way. Only the unfinished tile of each level is in memory.
class TreeCheck {
 public:
  TreeCheck(const LogFolder& folder, TreeSize size) : folder_(folder), size_(size.value) {}

  // Reads all tiles. An error here is about a level-0 tile; what is wrong above waits in fault().
  Status run() {
    for (std::uint64_t i = 0; i * kTileWidth < size_; ++i) {
      DETENTE_TRY(std::vector<Hash> hashes, read_hashes(folder_, path_at(false, 0, i, size_)));
      if (hashes.size() == kTileWidth) {
        carry(1, root_of(hashes));
      } else {
        levels_[0] = std::move(hashes);
      }
    }
    for (std::size_t level = 1; level < kLevels; ++level) {
      if (!levels_[level].empty()) compare(level);
    }
    return {};
  }

  Hash root() const {
    std::vector<Hash> edge;
    for (std::size_t level = kLevels; level-- > 0;) {
      const std::span<const Hash> hashes(levels_[level]);
      std::size_t at = 0;
      for (std::size_t bit = kTileWidth / 2; bit > 0; bit /= 2) {
        if ((hashes.size() & bit) == 0) continue;
        edge.push_back(root_of(hashes.subspan(at, bit)));
        at += bit;
      }
    }
    return Frontier::from_edge(TreeSize{size_}, std::move(edge)).root();
  }

  // The lowest upper tile that is wrong, and of its level the leftmost.
  const std::optional<Error>& fault() const { return fault_; }

 private:
  static constexpr std::size_t kLevels = 8;  // 256^8 leaves: more than a 64-bit size can count

  void carry(std::size_t level, Hash hash) {
    for (; level < kLevels; ++level) {
      levels_[level].push_back(hash);
      if (levels_[level].size() < kTileWidth) return;
      compare(level);
      hash = root_of(levels_[level]);
      levels_[level].clear();
      ++full_[level];
    }
  }

  void compare(std::size_t level) {
    const std::vector<Hash>& wanted = levels_[level];
    const TilePath path{false, static_cast<int>(level), full_[level],
                        static_cast<int>(wanted.size())};
    const Result<std::vector<Hash>> found = read_hashes(folder_, path);
    if (found && *found == wanted) return;
    if (fault_ && fault_level_ <= level) return;
    fault_level_ = level;
    fault_ = found ? Error{Errc::tile_mismatch, "it is not made of the level below", path.text()}
                   : found.error();
  }

  const LogFolder& folder_;
  std::uint64_t size_;
  std::array<std::vector<Hash>, kLevels> levels_;
  std::array<std::uint64_t, kLevels> full_{};
  std::optional<Error> fault_;
  std::size_t fault_level_ = 0;
};

// The level-0 tiles do not lead to the signed root: find out whether the tiles, the bundles or the
// checkpoint is at fault.
Error blame(const LogFolder& folder, const Checkpoint& checkpoint) {
  const std::uint64_t size = checkpoint.size.value;
  Frontier hashed;
  std::optional<std::uint64_t> differs;
  for (std::uint64_t i = 0; i * kTileWidth < size; ++i) {
    const Result<ReadBundle> bundle = read_bundle(folder, path_at(true, 0, i, size));
    if (!bundle) return bundle.error();
    const Result<std::vector<Hash>> tile = read_hashes(folder, path_at(false, 0, i, size));
    if (!tile) return tile.error();
    for (std::size_t k = 0; k < bundle->entries.size(); ++k) {
      const Hash leaf = leaf_hash(bundle->entries[k]);
      if (!differs && leaf != (*tile)[k]) differs = i * kTileWidth + k;
      hashed.append(leaf);
    }
  }
  if (!differs) {
    return {Errc::tile_mismatch, "tiles and bundles agree, and lead to another root than signed",
            kCheckpointFile};
  }
  const std::string tile = path_at(false, 0, *differs / kTileWidth, size).text();
  if (hashed.root() == checkpoint.root) {
    return {Errc::tile_mismatch, fmt::format("its hash of entry {} is another", *differs), tile};
  }
  return {
      Errc::tile_mismatch, fmt::format("neither this bundle nor {} leads to the signed root", tile),
      fmt::format("{}, entry {}", path_at(true, 0, *differs / kTileWidth, size).text(), *differs)};
}

// The id of an entry that is well formed, without parsing all of it. What it says of any other
// entry is of no consequence: the replay ends there.
std::optional<RawId> quick_id(ByteView entry) {
  constexpr std::string_view kBefore = R"("payload":")";
  constexpr std::string_view kStart = R"({"id":")";
  constexpr std::size_t kIdDigits = 32;
  const std::string_view text = as_text(entry);
  const std::size_t at = text.find(kBefore);
  if (at == std::string_view::npos) return std::nullopt;
  const Result<Bytes> payload = from_base64(text.substr(at + kBefore.size(), 56));
  if (!payload || payload->size() < kStart.size() + kIdDigits) return std::nullopt;
  return raw_id(as_text(*payload).substr(kStart.size(), kIdDigits));
}

// The first entry whose id stands before it already. Memory holds one part of the ids at a time:
// which part an id belongs to depends on the signed root, so nobody can choose ids of one part.
Result<std::optional<LeafIndex>> find_repeated(const LogFolder& folder,
                                               const Checkpoint& checkpoint,
                                               std::uint64_t ids_at_once) {
  const std::uint64_t size = checkpoint.size.value;
  const std::uint64_t parts = (size + ids_at_once - 1) / ids_at_once;
  std::optional<std::uint64_t> first;
  for (std::uint64_t part = 0; part < parts; ++part) {
    IdSet ids;
    ids.reserve(static_cast<std::size_t>(size / parts));
    const std::uint64_t end = first.value_or(size);
    for (std::uint64_t i = 0; i * kTileWidth < end; ++i) {
      DETENTE_TRY(const ReadBundle bundle, read_bundle(folder, path_at(true, 0, i, size)));
      for (std::size_t k = 0; k < bundle.entries.size() && i * kTileWidth + k < end; ++k) {
        std::optional<RawId> id = quick_id(bundle.entries[k]);
        if (!id) continue;
        for (std::size_t b = 0; b < id->size(); ++b) (*id)[b] ^= checkpoint.root[b];
        const std::uint64_t number = mix(*id) & 0xffffffffU;
        if ((number * parts) >> 32U != part || ids.insert(*id)) continue;
        first = i * kTileWidth + k;
        break;
      }
      if (first && *first < (i + 1) * kTileWidth) break;
    }
  }
  if (!first) return std::optional<LeafIndex>();
  return std::optional<LeafIndex>(LeafIndex{*first});
}

// Signatures that wait to be checked, in the order in which the rules asked for them.
struct Waiting {
  struct Check {
    crypto::PublicKey key{};
    crypto::Signature signature{};
    std::uint64_t entry = 0;
    std::size_t at = 0;  // of its message in `messages`
    std::size_t length = 0;
  };
  std::vector<Check> checks;
  std::string messages;  // several signatures of one entry share one

  void add(const crypto::PublicKey& key, ByteView message, const crypto::Signature& signature,
           std::uint64_t entry) {
    Check check{key, signature, entry, messages.size(), message.size()};
    if (!checks.empty() && checks.back().entry == entry) {
      check.at = checks.back().at;
    } else {
      messages += as_text(message);
    }
    checks.push_back(check);
  }
};

// What all bundles share. Used within judge() and settle() only, but for what never changes.
struct Replay {
  const LogFolder& folder;
  const VerifyOptions& options;
  std::uint64_t size;
  VerifiedLog& out;
  LogReader reader;
  Waiting* waiting = nullptr;  // of the bundle that is being judged
  std::optional<Error> fault;

  Replay(const LogFolder& from, const LogOwner& owner, const VerifyOptions& with, TreeSize entries,
         VerifiedLog& result, LogReaderOptions reading)
      : folder(from), options(with), size(entries.value), out(result), reader(owner, [&] {
          reading.verify = [this](const crypto::PublicKey& key, ByteView message,
                                  const crypto::Signature& signature) {
            waiting->add(key, message, signature, reader.size().value);
            return true;  // for the time being: check() tells
          };
          return std::move(reading);
        }()) {}

  // Keys are delegated once, so a key names its officer at any later time too.
  std::string keyid_of(const crypto::PublicKey& key) const {
    for (const auto& [keyid, officer] : reader.officers()) {
      if (officer.key == key) return keyid;
    }
    return reader.owner().party + "/root";
  }
};

class Bundle : public BundleWork {
 public:
  Bundle(Replay& replay, std::uint64_t index)
      : replay_(replay), path_(path_at(true, 0, index, replay.size)), first_(index * kTileWidth) {}

  void prepare() override {
    prepared_ = read();
    if (!prepared_ || bundle_.bytes.size() > kParseAheadBytes) return;
    parsed_.reserve(bundle_.entries.size());
    for (std::size_t i = 0; i < bundle_.entries.size(); ++i) {
      parsed_.push_back(parse(i));
      if (!parsed_.back()) return;
    }
  }

  bool judge() override {
    replay_.waiting = &waiting_;
    Status fits = prepared_;
    for (std::size_t i = 0; fits && i < bundle_.entries.size(); ++i) {
      const Result<Entry> entry = i < parsed_.size() ? std::move(parsed_[i]) : parse(i);
      fits = entry ? take(*entry) : fail(entry.error());
    }
    bundle_ = {};
    parsed_ = {};
    if (!fits) {
      error_ = std::move(fits.error());
      return false;
    }
    if (replay_.options.progress)
      replay_.options.progress(replay_.reader.size().value, replay_.size);
    return true;
  }

  void check() override {
    const std::string_view messages = waiting_.messages;
    for (const Waiting::Check& check : waiting_.checks) {
      const ByteView message = as_bytes(messages.substr(check.at, check.length));
      if (crypto::verify(check.key, message, check.signature)) continue;
      refused_ = check;
      return;
    }
  }

  // A signature that was refused stands before whatever else the rules found afterwards.
  bool settle() override {
    replay_.out.signatures += waiting_.checks.size();
    if (refused_) {
      error_ = Error{Errc::signature_invalid, replay_.keyid_of(refused_->key),
                     place(fmt::format("entry {}", refused_->entry))};
    }
    replay_.fault = std::move(error_);
    return !replay_.fault;
  }

 private:
  // Larger bundles are parsed entry by entry while they are judged, to hold one parsed at a time.
  static constexpr std::size_t kParseAheadBytes = 1U << 20;

  std::string place(const std::string& entry) const {
    return fmt::format("{}, {}", path_.text(), entry);
  }

  Status read() {
    DETENTE_TRY(bundle_, read_bundle(replay_.folder, path_));
    const TilePath tile{false, 0, path_.index, path_.width};
    DETENTE_TRY(leaves_, read_hashes(replay_.folder, tile));
    return {};
  }

  Result<Entry> parse(std::size_t i) const {
    const std::string entry_place = fmt::format("entry {}", first_ + i);
    Result<Entry> entry = parse_entry(bundle_.entries[i]);
    if ((entry ? entry->leaf : leaf_hash(bundle_.entries[i])) != leaves_[i]) {
      return fail(Errc::tile_mismatch, "the entry's hash is not the one in the signed tree",
                  place(entry_place));
    }
    if (entry) return entry;
    Error error = std::move(entry.error()).at(entry_place);
    error.place = place(error.place);
    return fail(std::move(error));
  }

  Status take(const Entry& entry) {
    Status fits = replay_.reader.append(entry);
    if (!fits) {
      fits.error().place = place(fits.error().place);
      return fits;
    }
    ++replay_.out.statements_by_type[entry.statement.type];
    if (replay_.options.visit) replay_.options.visit(entry);
    return {};
  }

  Replay& replay_;
  TilePath path_;
  std::uint64_t first_;
  Status prepared_;
  ReadBundle bundle_;
  std::vector<Hash> leaves_;
  std::vector<Result<Entry>> parsed_;
  Waiting waiting_;
  std::optional<Waiting::Check> refused_;
  std::optional<Error> error_;
};

void one_by_one(std::uint64_t count,
                const std::function<std::unique_ptr<BundleWork>(std::uint64_t)>& make) {
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::unique_ptr<BundleWork> work = make(i);
    work->prepare();
    work->judge();
    work->check();
    if (!work->settle()) return;
  }
}

Status replay_all(const LogFolder& folder, const LogOwner& owner, const VerifyOptions& options,
                  VerifiedLog& out) {
  const Checkpoint& checkpoint = out.checkpoint;
  LogReaderOptions reading;
  reading.keep_leaves = false;
  reading.keep_ids = checkpoint.size.value <= options.ids_at_once;
  if (reading.keep_ids) {
    reading.entries_expected = static_cast<std::size_t>(checkpoint.size.value);
  } else {
    DETENTE_TRY(reading.repeated, find_repeated(folder, checkpoint, options.ids_at_once));
  }
  Replay replay(folder, owner, options, checkpoint.size, out, std::move(reading));
  const std::uint64_t bundles = (checkpoint.size.value + kTileWidth - 1) / kTileWidth;
  const Spread& spread = options.spread ? options.spread : Spread(one_by_one);
  spread(bundles, [&replay](std::uint64_t i) { return std::make_unique<Bundle>(replay, i); });
  if (replay.fault) return fail(std::move(*replay.fault));
  if (replay.reader.size() != checkpoint.size || replay.reader.root() != checkpoint.root) {
    return fail(Errc::tile_mismatch, "the folder was changed while it was verified",
                kCheckpointFile);
  }
  out.entries = replay.reader.size().value;
  return {};
}

}  // namespace

Result<VerifiedLog> verify_log(const LogFolder& folder, const LogOwner& owner,
                               const std::vector<VerifierKey>& cosigners,
                               const VerifyOptions& options) {
  VerifiedLog out;
  Result<Note> note = read_note(folder, owner, cosigners, out);
  if (!note) {
    if (note.error().place.empty()) note.error().place = kCheckpointFile;
    return fail(std::move(note.error()));
  }
  if (folder.listed) DETENTE_CHECK(check_files(folder, out.checkpoint.size));
  TreeCheck tree(folder, out.checkpoint.size);
  DETENTE_CHECK(tree.run());
  if (tree.root() != out.checkpoint.root) return fail(blame(folder, out.checkpoint));
  if (tree.fault()) return fail(*tree.fault());
  DETENTE_CHECK(replay_all(folder, owner, options, out));
  return out;
}

Result<VerifiedLog> verify_log(const LogFolder& folder, const LogOwner& owner,
                               const std::vector<VerifierKey>& cosigners,
                               const std::function<void(const Entry&)>& visit,
                               const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  VerifyOptions options;
  options.visit = visit;
  options.progress = progress;
  return verify_log(folder, owner, cosigners, options);
}

}  // namespace detente::record
