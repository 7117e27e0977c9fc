// SPDX-License-Identifier: Apache-2.0
#include "app/neutral_mirror.h"

#include <fmt/core.h>

#include <algorithm>
#include <bit>

#include "app/log.h"

namespace detente::app {
namespace {

constexpr std::uint64_t kWidth = record::kTileWidth;
constexpr std::uint64_t kBundlesPerWrite = 16;  // at most 16 MiB of entries wait in memory

// How many hashes a level has in a tree of `size`.
std::uint64_t hashes_at(int level, TreeSize size) {
  return level > 7 ? 0 : size.value >> (8U * static_cast<unsigned>(level));
}

}  // namespace

MirroredLog::MirroredLog(Setup setup, store::WitnessStore& store)
    : setup_(std::move(setup)),
      store_(store),
      folder_("mirror/" + record::origin_hex(setup_.origin)) {}

Result<std::unique_ptr<MirroredLog>> MirroredLog::open(Setup setup, store::WitnessStore& store) {
  std::unique_ptr<MirroredLog> out(new MirroredLog(std::move(setup), store));
  DETENTE_TRY(const std::optional<store::WitnessStore::Head> head,
              store.head("mirror", out->setup_.origin));
  if (head) out->head_ = head->checkpoint;
  DETENTE_CHECK(out->tidy());
  if (!head) return out;
  // The edge alone: whole copies are checked with `detente verify --origin` or another's tool.
  DETENTE_TRY(const record::Frontier frontier, out->frontier());
  if (frontier.root() != head->checkpoint.root) {
    return fail(Errc::tile_mismatch, "the copy on disk does not lead to its head", out->folder_);
  }
  return out;
}

Result<Bytes> MirroredLog::read(const std::string& path) const {
  Result<Bytes> bytes = store_.folder().read(folder_ + "/" + path);
  if (!bytes && bytes.error().code == Errc::store_not_found) {
    return fail(Errc::tile_missing, {}, path);
  }
  return bytes;
}

Result<Bytes> MirroredLog::file(const std::string& path) const {
  DETENTE_TRY(const record::TilePath wanted, record::parse_tile_path(path));
  return record::read_tile(wanted, [this](const std::string& name) { return read(name); });
}

Status MirroredLog::tidy() {
  const TreeSize size = head_ ? head_->size : TreeSize{0};
  DETENTE_TRY(const std::vector<std::string> files, store_.folder().list(folder_));
  std::vector<record::TilePath> edge;
  for (int level = 0; hashes_at(level, size) > 0; ++level) {
    const int width = record::partial_width(level, size);
    if (width == 0) continue;
    const std::uint64_t index = hashes_at(level, size) / kWidth;
    edge.push_back({false, level, index, width});
    if (level == 0) edge.push_back({true, 0, index, width});
  }
  for (const record::TilePath& path : edge) {
    if (store_.folder().has(folder_ + "/" + path.text())) continue;
    DETENTE_TRY(const Bytes bytes, file(path.text()));  // cut from a wider one
    const std::string name = folder_ + "/" + path.text();
    const store::FileToWrite made{name, bytes, false, true};
    DETENTE_CHECK(store_.folder().write(std::span(&made, 1)));
  }
  for (const std::string& name : files) {
    const std::string inside = name.substr(folder_.size() + 1);
    const Result<record::TilePath> path = record::parse_tile_path(inside);
    if (inside == "checkpoint" && head_) continue;
    const bool whole = path && path->width == static_cast<int>(kWidth) &&
                       path->index < hashes_at(path->level, size) / kWidth;
    if (whole || (path && std::find(edge.begin(), edge.end(), *path) != edge.end())) continue;
    DETENTE_CHECK(store_.folder().remove(name));
  }
  return {};
}

// The hash of the complete subtree of 2^level leaves, from the tiles of a copy of `size`.
Result<Hash> MirroredLog::subtree(int level, std::uint64_t index, TreeSize size) const {
  const int tile_level = level / 8;
  const auto shift = static_cast<unsigned>(level % 8);
  const std::uint64_t first = index << shift;  // in hashes of the tile's level
  const std::uint64_t count = std::uint64_t{1} << shift;
  record::TilePath path;
  path.level = tile_level;
  path.index = first / kWidth;
  path.width =
      static_cast<int>(std::min(kWidth, hashes_at(tile_level, size) - path.index * kWidth));
  DETENTE_TRY(const Bytes bytes, file(path.text()));
  DETENTE_TRY(const std::vector<Hash> tile, record::decode_tile(bytes, path.width));
  return record::root_of(std::span(tile).subspan(first % kWidth, count));
}

Result<record::Frontier> MirroredLog::frontier() const {
  const TreeSize size = head_ ? head_->size : TreeSize{0};
  std::vector<Hash> edge;
  std::uint64_t done = 0;
  for (int level = 62; level >= 0; --level) {
    const std::uint64_t width = std::uint64_t{1} << static_cast<unsigned>(level);
    if ((size.value & width) == 0) continue;
    DETENTE_TRY(const Hash hash, subtree(level, done >> static_cast<unsigned>(level), size));
    edge.push_back(hash);
    done += width;
  }
  return record::Frontier::from_edge(size, std::move(edge));
}

Result<Hash> MirroredLog::root_of_part(TreeSize part, TreeSize size) const {
  if (part.value == 0) return record::empty_root();
  Status failed;
  const Hash root = record::root_of(
      [&](int level, std::uint64_t index) {
        const Result<Hash> hash = subtree(level, index, size);
        if (!hash && failed) failed = fail(hash.error());
        return hash ? *hash : Hash{};
      },
      part);
  if (!failed) return fail(failed.error());
  return root;
}

Result<std::optional<Hash>> MirroredLog::root_at(TreeSize size) const {
  if (!head_ || head_->size < size) return std::optional<Hash>{};
  DETENTE_TRY(const Hash root, root_of_part(size, head_->size));
  return std::optional<Hash>{root};
}

void MirroredLog::get(const std::string& path,
                      std::function<void(Result<net::HttpResponse>)> done) {
  std::map<std::string, std::string> headers;
  if (!setup_.token.empty()) headers["Authorization"] = "Bearer " + setup_.token;
  setup_.client->request("GET", setup_.prefix + "/" + path, "", std::move(headers),
                         std::move(done));
}

void MirroredLog::poll() {
  if (busy_) return;
  busy_ = true;
  get("checkpoint", [this](const Result<net::HttpResponse>& response) { on_checkpoint(response); });
}

// A round is over, well or not; the next poll begins another.
void MirroredLog::end(const Status& status) {
  busy_ = false;
  const bool wrote = round_ && round_->writer;
  round_.reset();
  if (status) return;
  if (wrote) {
    const Status tidied = tidy();
    if (!tidied) log_event("error", "store_failed", {{"error", tidied.error().text()}});
  }
  const Error& error = status.error();
  const bool contradiction =
      error.code == Errc::checkpoint_conflict || error.code == Errc::tile_mismatch;
  log_event(contradiction ? "error" : "warning", contradiction ? "equivocation" : "mirror_round",
            {{"origin", setup_.origin.value}, {"error", error.text()}});
}

// Every note that the log signed is kept, also those that are refused afterwards.
Status MirroredLog::keep(const std::string& note) {
  return store_.commit({"mirror", setup_.origin, note, setup_.now(), std::nullopt, std::nullopt});
}

void MirroredLog::on_checkpoint(const Result<net::HttpResponse>& response) {
  if (!response) return end(fail(response.error()));
  if (response->status != 200) {
    return end(fail(Errc::http_status, fmt::format("{}", response->status), "checkpoint"));
  }
  const Status begun = begin(response->body);
  if (!begun) return end(begun);
  const std::uint64_t size = round_->checkpoint.size.value;
  if (head_ && head_->size.value == size) return end(finish());
  next_hashes();
}

Status MirroredLog::begin(const std::string& body) {
  Round round;
  DETENTE_TRY(round.note, record::parse_note(body));
  DETENTE_TRY(round.checkpoint, record::parse_checkpoint(round.note.text));
  if (round.checkpoint.origin != setup_.origin) {
    return fail(Errc::checkpoint_origin, round.checkpoint.origin.value);
  }
  DETENTE_TRY(round.log_lines, record::verify_log_lines(round.note, setup_.keys));
  DETENTE_CHECK(keep(body));
  const TreeSize size = round.checkpoint.size;
  DETENTE_TRY(const std::optional<Hash> ours, root_at(size));
  if (ours && *ours != round.checkpoint.root) {
    return fail(
        Errc::checkpoint_conflict,
        fmt::format("the log signed another root for size {} than the copy has", size.value));
  }
  if (head_ && size < head_->size) {
    return fail(Errc::checkpoint_smaller,
                fmt::format("{} after {}", size.value, head_->size.value));
  }
  DETENTE_TRY(const std::optional<store::WitnessStore::Head> witnessed,
              store_.head("witness", setup_.origin));
  if (witnessed) round.witnessed = witnessed->checkpoint;
  DETENTE_TRY(round.frontier, frontier());
  const std::uint64_t have = round.frontier.size().value;
  round.first_tile = have / kWidth;
  round.next = round.first_tile;
  if ((size.value - have) / kWidth > kMirrorTilesPerRound) {
    return fail(Errc::http_too_large, fmt::format("{} new entries at once", size.value - have));
  }
  round_ = std::move(round);
  return {};
}

// The tile of leaf hashes, or the bundle, that stands at `next` in the new tree.
record::TilePath MirroredLog::tile_of_round(bool entries) const {
  record::TilePath path;
  path.entries = entries;
  path.index = round_->next;
  path.width =
      static_cast<int>(std::min(kWidth, round_->checkpoint.size.value - round_->next * kWidth));
  return path;
}

// A partial tile may be gone once the full one exists; it is then cut from that.
void MirroredLog::get_tile(const record::TilePath& path, OnBytes then) {
  get(path.text(), [this, path, then](const Result<net::HttpResponse>& response) {
    if (!response) return end(fail(response.error()));
    if (response->status == 200) return (this->*then)(to_bytes(response->body));
    const Error missing{Errc::tile_missing, fmt::format("{}", response->status), path.text()};
    if (response->status != 404 || path.width == static_cast<int>(kWidth)) {
      return end(fail(missing));
    }
    record::TilePath full = path;
    full.width = static_cast<int>(kWidth);
    get(full.text(), [this, path, then, missing](const Result<net::HttpResponse>& wider) {
      if (!wider) return end(fail(wider.error()));
      if (wider->status != 200) return end(fail(missing));
      const Result<Bytes> cut = record::cut_tile(path, as_bytes(wider->body));
      if (!cut) return end(fail(cut.error()));
      (this->*then)(*cut);
    });
  });
}

void MirroredLog::next_hashes() {
  if (round_->next * kWidth < round_->checkpoint.size.value) {
    return get_tile(tile_of_round(false), &MirroredLog::on_hashes);
  }
  if (round_->frontier.root() != round_->checkpoint.root) {
    return end(fail(Errc::checkpoint_conflict,
                    fmt::format("the tree served for size {} is not the signed one, or does not "
                                "extend the copy",
                                round_->checkpoint.size.value)));
  }
  Result<record::TileWriter> writer = record::TileWriter::resume(
      head_ ? head_->size : TreeSize{0}, [this](const std::string& name) { return read(name); });
  if (!writer) return end(fail(writer.error()));
  round_->writer = std::move(*writer);
  round_->next = round_->first_tile;
  next_entries();
}

void MirroredLog::on_hashes(const Bytes& bytes) {
  const Status taken = take_hashes(bytes);
  if (!taken) return end(taken);
  ++round_->next;
  next_hashes();
}

Status MirroredLog::take_hashes(const Bytes& bytes) {
  DETENTE_TRY(const std::vector<Hash> tile, record::decode_tile(bytes, tile_of_round(false).width));
  const std::uint64_t start = round_->next * kWidth;
  const std::uint64_t have = round_->frontier.size().value;
  const std::span<const Hash> fresh = std::span(tile).subspan(have - start);
  round_->tile_roots.push_back(record::root_of(fresh));
  for (const Hash& leaf : fresh) {
    round_->frontier.append(leaf);
    // A tree that some other sender showed to the witness must be the same tree.
    if (round_->witnessed && round_->witnessed->size == round_->frontier.size() &&
        round_->witnessed->root != round_->frontier.root()) {
      return fail(Errc::checkpoint_conflict,
                  fmt::format("the tree served has another root at size {} than was cosigned",
                              round_->witnessed->size.value));
    }
  }
  return {};
}

void MirroredLog::next_entries() {
  if (round_->next * kWidth < round_->checkpoint.size.value) {
    return get_tile(tile_of_round(true), &MirroredLog::on_entries);
  }
  const Status written = write_files();
  end(written ? finish() : written);
}

void MirroredLog::on_entries(const Bytes& bytes) {
  const Status taken = take_entries(bytes);
  if (!taken) return end(taken);
  ++round_->next;
  if ((round_->next - round_->first_tile) % kBundlesPerWrite == 0) {
    const Status written = write_files();
    if (!written) return end(written);
  }
  next_entries();
}

Status MirroredLog::take_entries(const Bytes& bytes) {
  const record::TilePath path = tile_of_round(true);
  DETENTE_TRY(std::vector<Bytes> entries, record::decode_bundle(bytes, path.width));
  const std::uint64_t start = round_->next * kWidth;
  const std::uint64_t have = round_->writer->size().value;
  std::vector<Hash> leaves;
  for (std::size_t i = have - start; i < entries.size(); ++i) {
    leaves.push_back(record::leaf_hash(entries[i]));
  }
  if (record::root_of(leaves) != round_->tile_roots[round_->next - round_->first_tile]) {
    return fail(Errc::tile_mismatch, "the entries are not those of the signed tree", path.text());
  }
  for (std::size_t i = have - start; i < entries.size(); ++i) {
    round_->writer->append(std::move(entries[i]));
  }
  return {};
}

Status MirroredLog::write_files() {
  const std::vector<record::LogFile> files = round_->writer->take_files();
  std::vector<std::string> paths;
  paths.reserve(files.size());
  std::vector<store::FileToWrite> written;
  for (const record::LogFile& file : files) {
    paths.push_back(folder_ + "/" + file.path);
    written.push_back({paths.back(), file.bytes, false, true});
  }
  DETENTE_CHECK(store_.folder().write(written));
  for (const record::LogFile& file : files) {
    for (const std::string& old : file.replaces) {
      DETENTE_CHECK(store_.folder().remove(folder_ + "/" + old));
    }
  }
  return {};
}

// What the witness cosigned while this round was under way must be part of the new tree as well.
Status MirroredLog::check_witnessed() const {
  DETENTE_TRY(const std::optional<store::WitnessStore::Head> witnessed,
              store_.head("witness", setup_.origin));
  if (!witnessed || witnessed->checkpoint.size > round_->checkpoint.size) return {};
  DETENTE_TRY(const Hash root, root_of_part(witnessed->checkpoint.size, round_->checkpoint.size));
  if (root == witnessed->checkpoint.root) return {};
  return fail(Errc::checkpoint_conflict,
              fmt::format("the tree served has another root at size {} than was cosigned",
                          witnessed->checkpoint.size.value));
}

// Every entry is on disk and was read back: now, and not before, the mirror says so.
Status MirroredLog::finish() {
  DETENTE_CHECK(check_witnessed());
  record::Note shown{round_->note.text, round_->log_lines};
  shown.signatures.push_back(record::cosign(setup_.mirror, shown.text, setup_.now()));
  const std::string text = shown.encode();
  DETENTE_CHECK(store_.commit({"mirror", setup_.origin, round_->note.encode(), setup_.now(), head_,
                               store::WitnessStore::Head{round_->checkpoint, text}}));
  if (!head_ || head_->size != round_->checkpoint.size) {
    log_event(
        "info", "mirrored",
        {{"origin", setup_.origin.value}, {"size", std::to_string(round_->checkpoint.size.value)}});
  }
  head_ = round_->checkpoint;
  // For tools that read the folder; this node itself answers from its database.
  const std::string path = folder_ + "/checkpoint";
  const store::FileToWrite file{path, as_bytes(text), false, false};
  return store_.folder().write(std::span(&file, 1));
}

}  // namespace detente::app
