// SPDX-License-Identifier: Apache-2.0
#include "app/courier_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "app/check_shelf.h"
#include "app/content_files.h"
#include "app/folder_log.h"
#include "app/identity.h"
#include "app/key_files.h"
#include "base/limits.h"
#include "crypto/hash.h"
#include "record/tiles.h"

namespace detente::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCover = "courier";
constexpr const char* kList = "files";
// A level-2 tile spans so many entries; more logs need more than one zip of the ct-archive layout.
constexpr std::uint64_t kEntriesMax = 256ULL * 256 * 256;
constexpr std::size_t kEvidenceFiles = 1'000;
constexpr std::size_t kVersionFiles = 100;
constexpr std::size_t kCheckFiles = 2'000;
constexpr std::size_t kSealedFiles = 10'000;  // of private details

Result<std::string> own_party(const std::string& data) {
  DETENTE_TRY(const std::string card, read_text_file(data + "/card.json", 16'384));
  DETENTE_TRY(const JsonDocument document, parse_json(card, {.bytes_max = 16'384}));
  return document.root().string("party", limits::kIdBytes);
}

Result<record::Checkpoint> checkpoint_in(const std::string& note_text) {
  DETENTE_TRY(const record::Note note, record::parse_note(note_text));
  return record::parse_checkpoint(note.text);
}

// "<word> <number>" of a small file of ours.
std::optional<std::pair<std::string, std::uint64_t>> read_pair(const std::string& text) {
  const std::size_t space = text.find(' ');
  if (space != 32 || text.empty() || text.back() != '\n') return std::nullopt;
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size() - 1;
  const std::from_chars_result read = std::from_chars(text.data() + space + 1, end, number);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return std::pair(text.substr(0, space), number);
}

Status write_small(const std::string& data, const std::string& name, const std::string& text) {
  std::error_code ec;
  fs::create_directories(data + "/courier", ec);
  const std::string path = data + "/courier/" + name;
  DETENTE_CHECK(write_text_file(path + ".part", text));
  fs::rename(path + ".part", path, ec);
  if (ec) return fail(Errc::store_io, ec.message(), path);
  return {};
}

// Puts a zip together, file by file, with the list of what is in it.
class Packer {
 public:
  Packer(std::string data, store::ZipWriter zip) : data_(std::move(data)), zip_(std::move(zip)) {}

  std::uint64_t bytes() const { return bytes_; }
  const record::CourierList& list() const { return list_; }

  Status add_bytes(const std::string& path, const std::string& text) {
    DETENTE_CHECK(enter(path, as_bytes(text)));
    return zip_.add(path, to_bytes(text), false);
  }
  // All files of a tree of this size, of which bundles and tiles below `since` are left out.
  Status add_log(const std::string& folder, TreeSize size, std::uint64_t since) {
    if (size.value > kEntriesMax) {
      return fail(Errc::archive_malformed,
                  fmt::format("a log of more than {} entries needs another way", kEntriesMax),
                  folder);
    }
    Status done;
    record::for_each_tile(size, [&](const record::TilePath& tile) {
      const bool low = tile.entries || tile.level == 0;
      const bool left_out = low && (tile.index + 1) * record::kTileWidth <= since;
      if (!left_out) done = add_tile(folder, tile);
      return done.has_value();
    });
    return done;
  }
  Status finish(const std::string& cover) {
    DETENTE_CHECK(zip_.add(kList, to_bytes(record::courier_list_text(list_)), true));
    DETENTE_CHECK(zip_.add(kCover, to_bytes(cover), false));
    return zip_.finish();
  }

 private:
  Status add_tile(const std::string& folder, const record::TilePath& tile) {
    const auto read = [&](const std::string& name) -> Result<Bytes> {
      Result<std::string> text =
          read_text_file(data_ + "/" + folder + "/" + name, record::kCourierFileBytes);
      if (text) return to_bytes(*text);
      if (text.error().code != Errc::store_not_found) return fail(text.error());
      return fail(Errc::tile_missing, {}, folder + "/" + name);
    };
    DETENTE_TRY(Bytes bytes, record::read_tile(tile, read));
    const std::string path = folder + "/" + tile.text();
    DETENTE_CHECK(enter(path, bytes));
    // A full one never changes; a partial one is cut from what may grow.
    if (tile.width == static_cast<int>(record::kTileWidth)) {
      return zip_.add_file(path, data_ + "/" + path, tile.entries);
    }
    return zip_.add(path, std::move(bytes), tile.entries);
  }
  Status enter(const std::string& path, ByteView bytes) {
    bytes_ += bytes.size();
    list_[path] = {bytes.size(), crypto::sha256(bytes)};
    if (bytes_ <= record::kCourierBytes && list_.size() <= record::kCourierFiles) return {};
    return fail(Errc::archive_malformed, "more than a courier file holds: use --since", path);
  }

  std::string data_;
  store::ZipWriter zip_;
  record::CourierList list_;
  std::uint64_t bytes_ = 0;
};

// What this folder knows of the other parties' logs: its cosigned heads, the answers; and with
// `whole`, the copies.
Status add_mirrors(Packer& packer, const CourierExport& options, const terms::Agreement& agreement,
                   const std::string& self) {
  for (const terms::Party& party : agreement.parties()) {
    if (party.id.value == self) continue;
    DETENTE_TRY(const record::LogOwner owner, agreement.log_owner(party.id));
    const std::string folder = node::mirror_folder(Origin{owner.log.name});
    const Result<std::string> head =
        read_text_file(options.data + "/" + folder + "/checkpoint", limits::kNoteBytes);
    if (!head && head.error().code == Errc::store_not_found) continue;
    if (!head) return fail(head.error());
    DETENTE_CHECK(packer.add_bytes(folder + "/checkpoint", *head));
    if (!options.mirrors) continue;
    DETENTE_TRY(const record::Checkpoint checkpoint, checkpoint_in(*head));
    DETENTE_CHECK(packer.add_log(folder, checkpoint.size, 0));
  }
  return {};
}

// The files of a small folder, by name: evidence, and versions of the agreement.
Status add_folder(Packer& packer, const std::string& data, const std::string& folder,
                  std::string_view ending, std::size_t files_max) {
  std::error_code ec;
  std::vector<std::string> names;
  for (const fs::directory_entry& file : fs::directory_iterator(fs::path(data) / folder, ec)) {
    const std::string name = file.path().filename().string();
    if (name.ends_with(ending) && record::is_courier_path(name)) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  if (names.size() > files_max) names.resize(files_max);
  for (const std::string& name : names) {
    const std::string path = fmt::format("{}/{}", folder, name);
    DETENTE_TRY(const std::string text,
                read_text_file(fmt::format("{}/{}", data, path), record::kCourierFileBytes));
    DETENTE_CHECK(packer.add_bytes(path, text));
  }
  return {};
}

// Files of private checks that the own log names for this party, and nobody else's.
Status add_checks(Packer& packer, const std::string& data, const std::string& to) {
  std::size_t count = 0;
  for (const auto& [root, path] : CheckShelf(data).given_to(to)) {
    if (count++ == kCheckFiles) break;
    DETENTE_TRY(const std::string text, read_text_file(path, limits::kCheckFileBytes));
    DETENTE_CHECK(packer.add_bytes("checks/" + root, text));
  }
  return {};
}

// Sealed copies that the own log names for this party, from entry `since` on. What was destroyed
// here is left out.
Status add_sealed(Packer& packer, const CourierExport& options) {
  DETENTE_TRY(const NodeFolder node, open_node_folder(options.data));
  DETENTE_TRY(const FolderLog log, open_folder_log(node, ""));
  const ContentFiles files(options.data);
  std::size_t count = 0;
  return for_each_entry(log, [&](const record::Entry& entry) -> Status {
    const bool commits = entry.statement.type == "content.commit";
    if (!commits || entry.header.seq.value < options.since || count == kSealedFiles) return {};
    const auto commit = record::read_content_commit(entry.statement.body());
    if (!commit) return {};
    for (const record::SealedCopy& copy : commit->sealed) {
      if (copy.to != options.to) continue;
      const Result<Bytes> sealed = files.sealed_copy(*commit, copy);
      if (!sealed) continue;
      ++count;
      DETENTE_CHECK(
          packer.add_bytes("content/" + to_hex(copy.sha256), std::string(as_text(*sealed))));
    }
    return {};
  });
}

// The id of the present state: a new one whenever the own log has grown.
Result<std::string> present_id(const std::string& data, TreeSize size) {
  DETENTE_TRY(CourierState state, load_courier_state(data));
  if (!state.id.empty() && state.size == size.value) return state.id;
  std::string id = crypto::random_id(crypto::system_random());
  DETENTE_CHECK(write_small(data, "state", fmt::format("{} {}\n", id, size.value)));
  return id;
}

}  // namespace

Result<CourierWritten> write_courier(const CourierExport& options) {
  DETENTE_TRY(const std::string text,
              read_text_file(options.data + "/agreement.json", limits::kAgreementBytes));
  DETENTE_TRY(const terms::Agreement agreement, terms::Agreement::make(text));
  DETENTE_TRY(const std::string self, own_party(options.data));
  if (options.to == self) return fail(Errc::usage, "a party sends itself nothing", options.to);
  DETENTE_CHECK(agreement.log_owner(PartyId{options.to}));
  DETENTE_TRY(const record::LogOwner owner, agreement.log_owner(PartyId{self}));
  DETENTE_TRY(const crypto::SecretKey secret, load_secret_key(options.data + "/keys/log.key"));
  if (secret.public_key() != owner.log.key) {
    return fail(Errc::key_malformed, "it is not the log key of the agreement", "keys/log.key");
  }
  DETENTE_TRY(const std::string head,
              read_text_file(options.data + "/log/checkpoint", limits::kNoteBytes));
  DETENTE_TRY(const record::Checkpoint checkpoint, checkpoint_in(head));
  CourierWritten out;
  out.entries = checkpoint.size.value;
  record::CourierCover& cover = out.cover;
  cover.from = self;
  cover.to = options.to;
  cover.agreement = agreement.sha256_hex();
  cover.made = options.now;
  DETENTE_TRY(cover.id, present_id(options.data, checkpoint.size));
  DETENTE_TRY(const std::optional<CourierTaken> taken,
              load_courier_taken(options.data, options.to));
  if (taken) cover.answers = taken->id;
  DETENTE_TRY(store::ZipWriter zip, store::ZipWriter::create(options.out, options.now));
  Packer packer(options.data, std::move(zip));
  DETENTE_CHECK(packer.add_bytes("log/checkpoint", head));
  DETENTE_CHECK(packer.add_log("log", checkpoint.size, options.since));
  DETENTE_CHECK(add_mirrors(packer, options, agreement, self));
  DETENTE_CHECK(add_folder(packer, options.data, "evidence", ".evidence", kEvidenceFiles));
  DETENTE_CHECK(add_folder(packer, options.data, "agreements", ".json", kVersionFiles));
  DETENTE_CHECK(add_checks(packer, options.data, options.to));
  DETENTE_CHECK(add_sealed(packer, options));
  cover.files = packer.list().size();
  cover.list = crypto::sha256(as_bytes(record::courier_list_text(packer.list())));
  record::Note note{record::courier_text(cover), {}};
  note.signatures.push_back(record::sign_note({owner.log, secret}, note.text));
  DETENTE_CHECK(packer.finish(note.encode()));
  out.bytes = packer.bytes();
  return out;
}

namespace {

Result<record::CourierCover> read_cover(const store::ZipReader& zip,
                                        const terms::Agreement& agreement,
                                        const std::optional<PartyId>& self) {
  DETENTE_TRY(const Bytes bytes, zip.read(kCover));
  const Result<record::Note> note = record::parse_note(as_text(bytes));
  if (!note) return fail(Errc::archive_malformed, note.error().text(), kCover);
  Result<record::CourierCover> cover = record::parse_courier_text(note->text);
  if (!cover) return fail(std::move(cover.error()).at(kCover));
  if (cover->agreement != agreement.sha256_hex()) {
    return fail(Errc::archive_foreign, "it was made under another agreement", kCover);
  }
  const PartyId from{cover->from};
  const Result<record::LogOwner> owner = agreement.log_owner(from);
  if (!owner || from == self) {
    return fail(Errc::archive_foreign, "it says that it is from " + cover->from, kCover);
  }
  const Status authentic = record::verify_note(*note, owner->log);
  if (!authentic) {
    return fail(Errc::archive_foreign,
                fmt::format("{} did not sign it: {}", cover->from, authentic.error().text()),
                kCover);
  }
  if (self && cover->to != self->value) {
    return fail(Errc::archive_foreign, "it is for " + cover->to, kCover);
  }
  return cover;
}

Result<record::CourierList> read_list(const store::ZipReader& zip,
                                      const record::CourierCover& cover) {
  DETENTE_TRY(const Bytes bytes, zip.read(kList));
  if (crypto::sha256(bytes) != cover.list) {
    return fail(Errc::archive_malformed, "it is not the list that was signed", kList);
  }
  DETENTE_TRY(record::CourierList list, record::parse_courier_list(as_text(bytes)));
  if (list.size() != cover.files || zip.files().size() != list.size() + 2) {
    return fail(Errc::archive_malformed, "files are missing or too many", kList);
  }
  return list;
}

}  // namespace

Result<Courier> Courier::open(const std::string& path, const terms::Agreement& agreement,
                              const std::optional<PartyId>& self) {
  DETENTE_TRY(store::ZipReader zip, store::ZipReader::open(path));
  Result<record::CourierCover> cover = read_cover(zip, agreement, self);
  if (!cover) return fail(std::move(cover.error()).at(path));
  Result<record::CourierList> list = read_list(zip, *cover);
  if (!list) return fail(std::move(list.error()).at(path));
  for (const auto& [name, file] : *list) {
    Result<Bytes> bytes = zip.read(name);
    if (!bytes) return fail(std::move(bytes.error()).at(path));
    if (bytes->size() == file.size && crypto::sha256(*bytes) == file.sha256) continue;
    return fail(Errc::archive_malformed, name + " is not the file that was signed", path);
  }
  return Courier(std::move(*cover), std::move(*list), std::move(zip));
}

Result<Bytes> Courier::answer(const std::string& path) const {
  const auto file = list_.find(path);
  if (file != list_.end()) {
    // The stick may have been written to since it was verified.
    DETENTE_TRY(Bytes bytes, zip_.read(path));
    if (crypto::sha256(bytes) == file->second.sha256) return bytes;
    return fail(Errc::archive_malformed, "it is no longer the file that was signed", path);
  }
  const bool copy = path.starts_with("mirror/") && path.find("/tile/") != std::string::npos;
  if (copy) return fail(Errc::net_refused, "the courier file has no such copy", path);
  return fail(Errc::http_not_found, {}, path);
}

Result<CourierState> load_courier_state(const std::string& data) {
  const Result<std::string> text = read_text_file(data + "/courier/state", 128);
  if (!text && text.error().code == Errc::store_not_found) return CourierState{};
  if (!text) return fail(text.error());
  const auto pair = read_pair(*text);
  // A spoilt file is as good as none: the next export gets a new id.
  return pair ? CourierState{pair->first, pair->second} : CourierState{};
}

Result<std::optional<CourierTaken>> load_courier_taken(const std::string& data,
                                                       const std::string& party) {
  const Result<std::string> text = read_text_file(data + "/courier/from-" + party, 128);
  if (!text && text.error().code == Errc::store_not_found) return std::optional<CourierTaken>();
  if (!text) return fail(text.error());
  const auto pair = read_pair(*text);
  if (!pair || pair->second > static_cast<std::uint64_t>(INT64_MAX)) {
    return std::optional<CourierTaken>();
  }
  return std::optional(CourierTaken{pair->first, UtcMs{static_cast<std::int64_t>(pair->second)}});
}

Status store_courier_taken(const std::string& data, const record::CourierCover& cover) {
  DETENTE_TRY(const std::optional<CourierTaken> before, load_courier_taken(data, cover.from));
  if (before && before->made >= cover.made) return {};
  return write_small(data, "from-" + cover.from,
                     fmt::format("{} {}\n", cover.id, cover.made.value));
}

void CourierLink::add(Courier courier) {
  std::vector<Courier>& files = couriers_[courier.from()].files;
  const auto later = [](UtcMs made, const Courier& other) { return made < other.cover().made; };
  const UtcMs made = courier.cover().made;
  files.insert(std::upper_bound(files.begin(), files.end(), made, later), std::move(courier));
}

bool CourierLink::next() {
  bool moved = false;
  for (auto& [party, queue] : couriers_) {
    if (queue.at + 1 >= queue.files.size()) continue;
    ++queue.at;
    moved = true;
  }
  return moved;
}

bool CourierLink::is_fresh(const Courier& courier, const node::Node& node) const {
  const Result<CourierState> state = load_courier_state(data_);
  return state && !state->id.empty() && courier.cover().answers == state->id &&
         state->size == node.own().size().value;
}

Result<Bytes> CourierLink::answer(const node::Fetch& fetch, const node::Node& node) const {
  const auto queue = couriers_.find(fetch.peer);
  if (queue == couriers_.end()) return fail(Errc::net_refused, "no courier file", fetch.peer.value);
  const Courier& courier = queue->second.files[queue->second.at];
  Result<Bytes> bytes = courier.answer(fetch.path);
  const std::string own = node::mirror_folder(node.own().origin()) + "/checkpoint";
  if (fetch.path != own || !node.fenced() || is_fresh(courier, node)) return bytes;
  const Result<record::Checkpoint> shown =
      bytes ? checkpoint_in(std::string(as_text(*bytes))) : fail(bytes.error());
  if (shown && shown->size > node.own().size()) return bytes;
  return fail(Errc::net_refused, "the file answers no export of this state", fetch.peer.value);
}

std::vector<const Courier*> CourierLink::all() const {
  std::vector<const Courier*> out;
  for (const auto& [party, queue] : couriers_) {
    for (const Courier& courier : queue.files) out.push_back(&courier);
  }
  return out;
}

}  // namespace detente::app
