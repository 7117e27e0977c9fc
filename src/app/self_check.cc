// SPDX-License-Identifier: Apache-2.0
//
// Method: a log is looked at in blocks of 256 entries. Each block's leaf hashes are read three
// times, from its tile, its bundle and its rows. Where all agree the block's root is kept; where
// they differ the majority's is. At the end of the log the roots of all blocks must lead to the
// signed head; that proves them, and only then anything is written. A block that was in doubt is
// then mended from whichever copy has its proved root.
#include "app/self_check.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <span>

#include "base/json.h"
#include "record/merkle.h"
#include "record/note.h"
#include "record/tiles.h"

namespace detente::app {
namespace {

using record::kTileWidth;
using record::TilePath;
using Head = store::NodeStore::Head;

constexpr std::uint64_t kBlocksAtOnce = 4;
constexpr std::int64_t kNotesAtOnce = 1024;
// How much is tried where copies differ: contested entries of a block, combinations of blocks.
constexpr std::size_t kContestedTried = 4;
constexpr std::uint64_t kCombinationsTried = 4096;

Result<record::Checkpoint> checkpoint_of(const Head& head) {
  DETENTE_TRY(const record::Note note, record::parse_note(head.note));
  return record::parse_checkpoint(note.text);
}

// Errors that mean damage, and not that the disk or the program failed.
bool is_damage(const Error& error) {
  return error.code == Errc::store_not_found || error.code == Errc::store_corrupt;
}

using Hashes = std::vector<std::optional<Hash>>;

// The complete hashes of a list, or nothing.
std::optional<std::vector<Hash>> whole(const Hashes& hashes) {
  std::vector<Hash> out;
  for (const std::optional<Hash>& hash : hashes) {
    if (!hash) return std::nullopt;
    out.push_back(*hash);
  }
  return out;
}

// The entries of a bundle as far as they can be told apart: a damaged length hides those after it.
std::vector<std::optional<Bytes>> entries_of_bundle(const Bytes& bytes, std::size_t width) {
  std::vector<std::optional<Bytes>> out(width);
  std::size_t at = 0;
  for (std::size_t i = 0; i < width && at + 2 <= bytes.size(); ++i) {
    const std::size_t length = std::size_t{bytes[at]} * 256 + bytes[at + 1];
    if (at + 2 + length > bytes.size()) break;
    const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at + 2);
    out[i] = Bytes(begin, begin + static_cast<std::ptrdiff_t>(length));
    at += 2 + length;
  }
  if (at != bytes.size()) out.back().reset();
  return out;
}

void hash_entries(const std::vector<std::optional<Bytes>>& entries, Hashes& out) {
  out.resize(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i]) out[i] = record::leaf_hash(*entries[i]);
  }
}

Bytes join(std::span<const Hash> hashes) {
  Bytes out;
  out.reserve(hashes.size() * 32);
  for (const Hash& hash : hashes) out.insert(out.end(), hash.begin(), hash.end());
  return out;
}

}  // namespace

// Up to 256 entries of a log, read three times.
struct SelfCheck::Block {
  std::uint64_t index = 0;
  std::vector<std::optional<Bytes>> rows;
  std::vector<std::optional<Bytes>> bundle;
  Hashes row_hashes;
  Hashes bundle_hashes;
  Hashes tile_hashes;

  std::size_t width() const { return rows.size(); }
  bool agrees() const {
    return row_hashes == bundle_hashes && row_hashes == tile_hashes && whole(row_hashes);
  }
  // For each entry what two of three say, or else what any says.
  Hashes majority() const {
    Hashes out(width());
    for (std::size_t i = 0; i < width(); ++i) {
      const bool row =
          row_hashes[i] && (row_hashes[i] == bundle_hashes[i] || row_hashes[i] == tile_hashes[i]);
      out[i] = row ? row_hashes[i] : bundle_hashes[i];
      if (!out[i]) out[i] = tile_hashes[i] ? tile_hashes[i] : row_hashes[i];
    }
    return out;
  }
  // What the block's leaf hashes may be, the likeliest first: where all three copies of an entry
  // differ, any of them, as long as there are few of these.
  std::vector<std::vector<Hash>> candidates() const {
    const Hashes likely = majority();
    std::vector<std::size_t> contested;
    for (std::size_t i = 0; i < width(); ++i) {
      const int votes = (likely[i] == row_hashes[i] ? 1 : 0) +
                        (likely[i] == bundle_hashes[i] ? 1 : 0) +
                        (likely[i] == tile_hashes[i] ? 1 : 0);
      if (votes < 2) contested.push_back(i);
    }
    std::vector<std::vector<Hash>> out;
    const auto add = [&out](const Hashes& hashes) {
      const std::optional<std::vector<Hash>> complete = whole(hashes);
      if (complete && std::ranges::find(out, *complete) == out.end()) out.push_back(*complete);
    };
    for (const Hashes* hashes : {&likely, &row_hashes, &bundle_hashes, &tile_hashes}) add(*hashes);
    if (contested.size() > kContestedTried) return out;
    const std::array<const Hashes*, 3> copies = {&row_hashes, &bundle_hashes, &tile_hashes};
    std::size_t combinations = 1;
    for (std::size_t i = 0; i < contested.size(); ++i) combinations *= copies.size();
    for (std::size_t n = 0; n < combinations; ++n) {
      Hashes mixed = likely;
      std::size_t rest = n;
      for (const std::size_t i : contested) {
        mixed[i] = (*copies[rest % copies.size()])[i];
        rest /= copies.size();
      }
      add(mixed);
    }
    return out;
  }
};

std::optional<Error> stop_reason(const SelfCheckFindings& findings) {
  if (findings.damaged.empty()) return std::nullopt;
  const SelfCheckFindings::Damage& first = findings.damaged.front();
  return Error{Errc::node_damaged,
               fmt::format("entry {} and {} more: {}; restart the node, it takes them back from "
                           "its peers",
                           first.index.value, findings.damaged.size() - 1, first.what),
               first.origin.value};
}

SelfCheck::Block SelfCheck::read_block(const Head& log, std::uint64_t index, int width) const {
  const auto count = static_cast<std::size_t>(width);
  Block out;
  out.index = index;
  out.rows.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    Result<Bytes> row = store_.read_entry(log.origin, LeafIndex{index * kTileWidth + i});
    if (row) out.rows[i] = std::move(*row);
  }
  const TilePath bundle{true, 0, index, width};
  const Result<Bytes> file = store_.read_file(log.folder + "/" + bundle.text());
  out.bundle = entries_of_bundle(file ? *file : Bytes{}, count);
  const TilePath tile{false, 0, index, width};
  const Result<Bytes> bytes = store_.read_file(log.folder + "/" + tile.text());
  out.tile_hashes.resize(count);
  if (bytes) {
    const Result<std::vector<Hash>> hashes = record::decode_tile(*bytes, width);
    if (hashes) out.tile_hashes.assign(hashes->begin(), hashes->end());
  }
  hash_entries(out.rows, out.row_hashes);
  hash_entries(out.bundle, out.bundle_hashes);
  return out;
}

Result<SelfCheckFindings> SelfCheck::tick(UtcMs now) {
  SelfCheckFindings out;
  if (!under_way_) {
    if (last_pass_ && now - began_ < pass_ms_ && now >= began_) return out;
    DETENTE_CHECK(begin(now));
  }
  if (now < began_) began_ = now;  // the clock was set back
  const std::int64_t passed = std::min(now - began_, pass_ms_);
  const double share =
      static_cast<double>(passed) / static_cast<double>(std::max<std::int64_t>(1, pass_ms_));
  const auto due = static_cast<std::uint64_t>(share * static_cast<double>(blocks_total_));
  const bool late = passed >= pass_ms_;
  const std::uint64_t behind = due > blocks_done_ ? due - blocks_done_ : 0;
  DETENTE_CHECK(look(late ? kBlocksAtOnce : std::min(kBlocksAtOnce, behind), out));
  DETENTE_CHECK(look_at_notes(out));
  if (!under_way_) last_pass_ = now;
  return out;
}

Result<SelfCheckFindings> SelfCheck::run(const Progress& progress) {
  SelfCheckFindings out;
  const Status sound = store_.check_database();
  if (!sound && !is_damage(sound.error())) return fail(sound.error());
  if (!sound) {
    out.damaged.push_back({Origin{"node.db"}, LeafIndex{0}, sound.error().detail});
  }
  DETENTE_CHECK(begin(UtcMs{0}));
  while (under_way_) {
    DETENTE_CHECK(look(kBlocksAtOnce, out));
    DETENTE_CHECK(look_at_notes(out));
    if (progress) {
      progress(std::min(blocks_done_, blocks_total_) * kTileWidth, blocks_total_ * kTileWidth);
    }
  }
  return out;
}

Status SelfCheck::begin(UtcMs now) {
  DETENTE_TRY(const std::vector<Head> heads, store_.heads());
  waiting_.clear();
  current_.reset();
  blocks_done_ = 0;
  blocks_total_ = 0;
  for (const Head& head : heads) {
    waiting_.push_back(head.origin);
    const Result<record::Checkpoint> checkpoint = checkpoint_of(head);
    if (checkpoint) blocks_total_ += checkpoint->size.value / kTileWidth + 1;
  }
  last_note_ = 0;
  notes_done_ = false;
  began_ = now;
  under_way_ = true;
  return {};
}

Status SelfCheck::look_at_notes(SelfCheckFindings& out) {
  if (!under_way_) return {};
  if (!notes_done_) {
    std::int64_t seen = 0;
    const auto visit = [&](const store::NodeStore::KeptNote& note) -> Status {
      ++seen;
      if (!note.whole) ++out.notes_damaged;
      return {};
    };
    DETENTE_TRY(last_note_, store_.for_each_note(last_note_, kNotesAtOnce, visit));
    notes_done_ = seen < kNotesAtOnce;
  }
  if (notes_done_ && waiting_.empty() && !current_) {
    under_way_ = false;
    ++passes_;
  }
  return {};
}

// Looks at so many blocks; the end of a log, with its last block, counts as one.
Status SelfCheck::look(std::uint64_t blocks, SelfCheckFindings& out) {
  if (!under_way_) return {};
  DETENTE_TRY(const std::vector<Head> heads, store_.heads());
  for (; blocks > 0 && (current_ || !waiting_.empty()); --blocks, ++blocks_done_) {
    if (!current_) {
      current_ = waiting_.front();
      waiting_.erase(waiting_.begin());
      roots_.clear();
      doubtful_.clear();
    }
    const auto head =
        std::ranges::find_if(heads, [&](const Head& h) { return h.origin == *current_; });
    check(head != heads.end(), "a head is never taken away");
    DETENTE_TRY(const record::Checkpoint checkpoint, checkpoint_of(*head));
    if (roots_.size() == checkpoint.size.value / kTileWidth) {
      DETENTE_CHECK(finish_log(*head, checkpoint.size, checkpoint.root, out));
      entries_ += checkpoint.size.value % kTileWidth;
      current_.reset();
      continue;
    }
    const Block block = read_block(*head, roots_.size(), static_cast<int>(kTileWidth));
    const std::vector<std::vector<Hash>> candidates = block.candidates();
    if (!block.agrees()) doubtful_.push_back(roots_.size());
    roots_.push_back(candidates.empty() ? Hash{} : record::root_of(candidates.front()));
    entries_ += kTileWidth;
  }
  return {};
}

// Chooses among the copies of the blocks in doubt until the roots lead to the head.
bool SelfCheck::choose(const std::vector<Block>& doubtful, const Hash& root) {
  if (record::root_of(roots_) == root) return true;
  std::vector<std::vector<std::vector<Hash>>> copies;
  std::uint64_t combinations = 1;
  for (const Block& block : doubtful) {
    copies.push_back(block.candidates());
    combinations *= copies.back().size();
    if (combinations > kCombinationsTried) return false;
  }
  for (std::uint64_t n = 0; n < combinations; ++n) {
    std::uint64_t rest = n;
    for (std::size_t i = 0; i < doubtful.size(); ++i) {
      roots_[doubtful[i].index] = record::root_of(copies[i][rest % copies[i].size()]);
      rest /= copies[i].size();
    }
    if (record::root_of(roots_) == root) return true;
  }
  return false;
}

Status SelfCheck::finish_log(const Head& log, TreeSize size, const Hash& root,
                             SelfCheckFindings& out) {
  if (size.value == 0) return {};
  const Result<Bytes> file = store_.read_file(log.folder + "/checkpoint");
  const Result<record::Checkpoint> shown =
      file ? checkpoint_of({log.origin, log.folder, std::string(as_text(*file))})
           : fail(Errc::store_not_found);
  if (shown && shown->origin == log.origin && shown->size > size) {
    // Not damage of the files: they know more than an old node.db that was put back.
    out.damaged.push_back({log.origin, LeafIndex{size.value},
                           "the checkpoint file covers it, and node.db ends before it"});
    return {};
  }
  std::vector<Block> doubtful;
  for (const std::uint64_t index : doubtful_) {
    doubtful.push_back(read_block(log, index, static_cast<int>(kTileWidth)));
  }
  const std::size_t full = roots_.size();
  if (size.value % kTileWidth != 0) {
    Block tail = read_block(log, full, static_cast<int>(size.value % kTileWidth));
    const std::vector<std::vector<Hash>> candidates = tail.candidates();
    roots_.push_back(candidates.empty() ? Hash{} : record::root_of(candidates.front()));
    if (!tail.agrees()) doubtful.push_back(std::move(tail));
  }
  if (!choose(doubtful, root)) {
    tell_unproven(log, doubtful, out);
    return {};
  }
  for (const Block& block : doubtful) {
    const std::vector<std::vector<Hash>> candidates = block.candidates();
    const auto right = std::ranges::find_if(candidates, [&](const std::vector<Hash>& hashes) {
      return record::root_of(hashes) == roots_[block.index];
    });
    check(right != candidates.end(), "a block's root is that of one of its copies");
    DETENTE_CHECK(mend_block(log, block, *right, out));
  }
  roots_.resize(full);
  DETENTE_CHECK(mend_upper_tiles(log, size, out));
  return mend_file(log.folder + "/checkpoint", to_bytes(log.note), out);
}

// No choice of copies leads to the head: everything from the first difference on is in doubt.
void SelfCheck::tell_unproven(const Head& log, const std::vector<Block>& doubtful,
                              SelfCheckFindings& out) {
  if (doubtful.empty()) {
    out.damaged.push_back({log.origin, LeafIndex{0},
                           "rows, bundles and tiles agree with each "
                           "other and not with the signed head"});
  }
  for (const Block& block : doubtful) {
    for (std::size_t i = 0; i < block.width(); ++i) {
      if (block.row_hashes[i] && block.row_hashes[i] == block.bundle_hashes[i] &&
          block.row_hashes[i] == block.tile_hashes[i]) {
        continue;
      }
      out.damaged.push_back({log.origin, LeafIndex{block.index * kTileWidth + i},
                             "its copies differ and none can be proved"});
    }
  }
}

Status SelfCheck::mend_block(const Head& log, const Block& block, const std::vector<Hash>& right,
                             SelfCheckFindings& out) {
  std::vector<Bytes> entries;
  for (std::size_t i = 0; i < block.width(); ++i) {
    const LeafIndex index{block.index * kTileWidth + i};
    const bool row = block.row_hashes[i] == right[i];
    if (!row && block.bundle_hashes[i] != right[i]) {
      out.damaged.push_back({log.origin, index, "neither its row nor its bundle holds it"});
      continue;
    }
    entries.push_back(row ? *block.rows[i] : *block.bundle[i]);
    if (row) continue;
    const Status mended = store_.mend_entry(log.origin, index, entries.back());
    if (!mended && !is_damage(mended.error())) return fail(mended.error());
    if (mended) {
      out.mended.push_back(fmt::format("node.db {} entry {}", log.origin.value, index.value));
    } else {
      out.damaged.push_back(
          {log.origin, index, "its row cannot be written: " + mended.error().detail});
    }
  }
  const auto width = static_cast<int>(block.width());
  const TilePath tile{false, 0, block.index, width};
  DETENTE_CHECK(mend_file(log.folder + "/" + tile.text(), join(right), out));
  if (entries.size() < block.width()) return {};
  const TilePath bundle{true, 0, block.index, width};
  return mend_file(log.folder + "/" + bundle.text(), record::encode_bundle(entries), out);
}

// The tiles above the lowest level follow from the proved roots of the full blocks.
Status SelfCheck::mend_upper_tiles(const Head& log, TreeSize size, SelfCheckFindings& out) {
  std::vector<Hash> hashes = roots_;
  for (int level = 1; !hashes.empty(); ++level) {
    check(hashes.size() == size.value >> (8U * static_cast<unsigned>(level)),
          "a level has one hash for each full tile below it");
    std::vector<Hash> above;
    for (std::size_t at = 0; at < hashes.size(); at += kTileWidth) {
      const auto width = std::min<std::size_t>(kTileWidth, hashes.size() - at);
      const std::span<const Hash> tile = std::span(hashes).subspan(at, width);
      const TilePath path{false, level, at / kTileWidth, static_cast<int>(width)};
      DETENTE_CHECK(mend_file(log.folder + "/" + path.text(), join(tile), out));
      if (width == kTileWidth) above.push_back(record::root_of(tile));
    }
    hashes = std::move(above);
  }
  return {};
}

Status SelfCheck::mend_file(const std::string& path, const Bytes& right, SelfCheckFindings& out) {
  const Result<Bytes> there = store_.read_file(path);
  if (there && *there == right && store_.has_file(path)) return {};
  if (!there && !is_damage(there.error())) return fail(there.error());
  DETENTE_CHECK(store_.write_file(path, right, false));
  out.mended.push_back(path);
  return {};
}

namespace {

std::string findings_json(const SelfCheckFindings& found, std::uint64_t entries) {
  JsonWriter out;
  out.begin_object().member("entries", entries).name("mended").begin_array();
  for (const std::string& place : found.mended) out.value(place);
  out.end_array().name("damaged").begin_array();
  for (const SelfCheckFindings::Damage& damage : found.damaged) {
    out.begin_object().member("origin", damage.origin.value);
    out.member("index", damage.index.value).member("what", damage.what).end_object();
  }
  out.end_array().member("notes_damaged", found.notes_damaged).end_object();
  return out.take() + "\n";
}

std::string findings_text(const SelfCheckFindings& found, std::uint64_t entries) {
  std::string out =
      fmt::format("{} entries compared in row, bundle and tile with the signed heads\n", entries);
  for (const std::string& place : found.mended) out += "mended   " + place + "\n";
  for (const SelfCheckFindings::Damage& damage : found.damaged) {
    out += fmt::format("DAMAGED  {} entry {}: {}\n", damage.origin.value, damage.index.value,
                       damage.what);
  }
  if (found.notes_damaged > 0) {
    out += fmt::format("DAMAGED  {} kept notes; there is no second copy\n", found.notes_damaged);
  }
  if (!found.damaged.empty()) {
    out += "Start the node: it signs nothing, and takes what is damaged back from its peers.\n";
  } else if (found.mended.empty() && found.notes_damaged == 0) {
    out += "All is well.\n";
  }
  return out;
}

}  // namespace

int check_command(const CheckOptions& options) {
  const auto refuse = [&](const Error& error) {
    std::fprintf(stderr, "detente check: %s\n", error.text().c_str());
    return 1;
  };
  Result<store::NodeStore> store = store::NodeStore::open(options.data);
  if (!store) return refuse(store.error());
  SelfCheck self_check(*store);
  SelfCheck::Progress progress;
  if (!options.quiet && !options.json) {
    progress = [](std::uint64_t done, std::uint64_t total) {
      std::fprintf(stderr, "\r%3u %%",
                   static_cast<unsigned>(total == 0 ? 100 : 100 * done / total));
    };
  }
  const Result<SelfCheckFindings> found = self_check.run(progress);
  if (progress) std::fputs("\r", stderr);
  if (!found) return refuse(found.error());
  const std::string text = options.json ? findings_json(*found, self_check.entries())
                                        : findings_text(*found, self_check.entries());
  std::fputs(text.c_str(), stdout);
  return found->damaged.empty() && found->notes_damaged == 0 ? 0 : 1;
}

}  // namespace detente::app
