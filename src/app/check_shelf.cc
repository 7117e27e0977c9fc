// SPDX-License-Identifier: Apache-2.0
#include "app/check_shelf.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>

#include "app/identity.h"
#include "app/key_files.h"
#include "base/limits.h"
#include "crypto/hash.h"
#include "store/folder.h"

namespace detente::app {
namespace {

namespace fs = std::filesystem;
using record::PsiHead;
using record::Ref;

constexpr std::size_t kListBytes = 32U << 20;  // 65,536 cells of a list, as text
constexpr std::size_t kFoundBytes = 32U << 20;
constexpr std::size_t kSmallBytes = 16U << 10;
constexpr std::size_t kLearntSize = 20;

Status make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return fail(Errc::store_io, std::strerror(errno), path);
  }
  const std::string parent = fs::path(path).parent_path().string();
  const store::Fd folder(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open() || ::fsync(folder.get()) != 0) {
    return fail(Errc::store_io, std::strerror(errno), parent);
  }
  return {};
}

// As bytes, not as text of a limited size.
Result<Bytes> read_bytes(const std::string& path, std::size_t bytes_max) {
  DETENTE_TRY(const std::string text, read_text_file(path, bytes_max));
  return to_bytes(text);
}

Result<std::string> read_known(const std::string& path, std::size_t bytes_max) {
  std::error_code ec;
  if (!fs::exists(path, ec)) return fail(Errc::checks_unknown, "", path);
  return read_text_file(path, bytes_max);
}

void write_ref(JsonWriter& out, const Ref& ref) {
  out.begin_object().member("origin", ref.origin.value).member("index", ref.index.value);
  out.member("leaf", to_base64(ref.leaf)).end_object();
}

Result<Ref> read_ref(const JsonReader& in) {
  Ref out;
  DETENTE_TRY(out.origin.value, in.string("origin", limits::kOriginBytes));
  DETENTE_TRY(const std::int64_t index, in.integer("index", 0, INT64_MAX >> 11));
  out.index.value = static_cast<std::uint64_t>(index);
  DETENTE_TRY(const std::string leaf, in.string("leaf", limits::kIdBytes));
  DETENTE_TRY(out.leaf, hash_from_base64(leaf));
  return out;
}

void write_file(JsonWriter& out, const char* name, const record::PsiFile& file) {
  out.name(name).begin_object().member("n", file.n);
  out.member("root", to_base64(file.root)).end_object();
}

Result<record::PsiFile> read_file(const JsonReader& in, const char* name) {
  record::PsiFile out;
  DETENTE_TRY(const JsonReader file, in.object(name));
  DETENTE_TRY(const std::int64_t n, file.integer("n", 0, limits::kCheckSetTokens));
  out.n = static_cast<std::uint64_t>(n);
  DETENTE_TRY(const std::string root, file.string("root", limits::kIdBytes));
  DETENTE_TRY(out.root, hash_from_base64(root));
  return out;
}

void write_lines(JsonWriter& out, const char* name, const std::vector<checks::LineCell>& cells) {
  out.name(name).begin_array();
  for (const checks::LineCell& cell : cells) {
    out.begin_array().value(cell.shift).value(cell.value).end_array();
  }
  out.end_array();
}

Result<std::vector<checks::LineCell>> read_lines(const JsonReader& in, const char* name) {
  std::vector<checks::LineCell> out;
  DETENTE_TRY(const auto cells, in.array(name, limits::kCoverCells));
  for (const JsonReader& cell : cells) {
    DETENTE_TRY(const auto pair, cell.as_array(2));
    if (pair.size() != 2) return fail(Errc::checks_malformed, "a pair", cell.place());
    DETENTE_TRY(const std::int64_t shift, pair[0].as_integer(0, 63));
    DETENTE_TRY(const std::int64_t value, pair[1].as_integer(0, INT64_MAX >> 11));
    out.push_back({static_cast<int>(shift), static_cast<std::uint64_t>(value)});
  }
  return out;
}

void write_cover(JsonWriter& out, const checks::Cover& cover) {
  out.begin_array();
  for (const checks::SegmentCover& segment : cover.segments) {
    out.begin_object().name("space").begin_array();
    for (const std::uint64_t cell : segment.space) out.value(fmt::format("{:016x}", cell));
    out.end_array();
    write_lines(out, "altitude", segment.altitude);
    write_lines(out, "time", segment.time);
    out.end_object();
  }
  out.end_array();
}

Result<checks::Cover> read_cover(const JsonReader& in) {
  checks::Cover out;
  DETENTE_TRY(const auto segments, in.as_array(limits::kTableRows));
  for (const JsonReader& one : segments) {
    checks::SegmentCover segment;
    DETENTE_TRY(const auto cells, one.strings("space", limits::kCoverCells, 16));
    for (const std::string& text : cells) {
      std::uint64_t cell = 0;
      const char* const end = text.data() + text.size();
      const std::from_chars_result read = std::from_chars(text.data(), end, cell, 16);
      if (read.ec != std::errc{} || read.ptr != end) {
        return fail(Errc::checks_malformed, "no cell", one.place());
      }
      segment.space.push_back(cell);
    }
    DETENTE_TRY(segment.altitude, read_lines(one, "altitude"));
    DETENTE_TRY(segment.time, read_lines(one, "time"));
    out.segments.push_back(std::move(segment));
  }
  return out;
}

}  // namespace

std::string stored_list_text(const StoredList& list) {
  JsonWriter out;
  out.begin_object().member("role", list.role == checks::Role::a ? "a" : "b");
  out.member("question_alone", list.use == record::PsiUse::sites_question);
  out.member("against_places", list.against_places);
  out.member("secret", to_base64(list.secret.bytes())).member("tokens", list.tokens);
  write_file(out, "commitment", list.commitment);
  write_file(out, "board", list.board);
  write_file(out, "question", list.question);
  out.name("commits").begin_array();
  for (const Ref& ref : list.commits) write_ref(out, ref);
  out.end_array().name("covers").begin_array();
  for (const checks::Cover& cover : list.covers) write_cover(out, cover);
  return out.end_array().end_object().take();
}

Result<StoredList> parse_stored_list(std::string_view text) {
  DETENTE_TRY(const JsonDocument document, parse_json(text, {.bytes_max = kListBytes}));
  const JsonReader in = document.root();
  DETENTE_TRY(const std::string role, in.string("role", 1));
  DETENTE_TRY(const std::string secret, in.string("secret", limits::kIdBytes));
  DETENTE_TRY(const Hash bytes, hash_from_base64(secret));
  StoredList out{role == "a" ? checks::Role::a : checks::Role::b,
                 record::PsiUse::board,
                 false,
                 checks::ListSecret::from_bytes(bytes),
                 {},
                 {},
                 {},
                 {},
                 {},
                 0};
  DETENTE_TRY(const bool alone, in.boolean("question_alone"));
  if (alone) out.use = record::PsiUse::sites_question;
  DETENTE_TRY(out.against_places, in.boolean("against_places"));
  DETENTE_TRY(out.commitment, read_file(in, "commitment"));
  DETENTE_TRY(out.board, read_file(in, "board"));
  DETENTE_TRY(out.question, read_file(in, "question"));
  DETENTE_TRY(const std::int64_t tokens, in.integer("tokens", 0, limits::kCheckSetTokens));
  out.tokens = static_cast<std::uint64_t>(tokens);
  DETENTE_TRY(const auto commits, in.array("commits", limits::kCheckPlans));
  for (const JsonReader& one : commits) {
    DETENTE_TRY(Ref ref, read_ref(one));
    out.commits.push_back(std::move(ref));
  }
  DETENTE_TRY(const auto covers, in.array("covers", limits::kCheckPlans));
  for (const JsonReader& one : covers) {
    DETENTE_TRY(checks::Cover cover, read_cover(one));
    out.covers.push_back(std::move(cover));
  }
  if (out.covers.size() != out.commits.size()) {
    return fail(Errc::checks_malformed, "a covering for each commitment", "covers");
  }
  return out;
}

std::vector<checks::CellKey> cells_of(const StoredList& list, std::size_t commit) {
  const checks::OpenedList opened{
      {{{}, list.covers[commit]}}, list.role, list.against_places, list.secret};
  return checks::cells_of(opened);
}

std::vector<checks::CellKey> cells_of(const StoredList& list) {
  checks::OpenedList opened{{}, list.role, list.against_places, list.secret};
  for (const checks::Cover& cover : list.covers) opened.plans.push_back({{}, cover});
  return checks::cells_of(opened);
}

// ---- one epoch's folder ----

std::string EpochFolder::name(const Hash& hash, const char* end) const {
  return path_ + "/" + to_hex(hash) + end;
}

Result<crypto::VoprfKey> EpochFolder::load_key() const {
  const std::string path = path_ + "/key";
  DETENTE_TRY(std::string text, read_known(path, kSmallBytes));
  Result<Bytes> bytes = from_hex(std::string_view(text).substr(0, text.find('\n')));
  crypto::wipe(text);
  if (!bytes) return fail(Errc::key_malformed, "", path);
  const Result<crypto::VoprfScalar> scalar = crypto::VoprfScalar::from_bytes(*bytes);
  crypto::wipe(*bytes);
  if (!scalar) return fail(Errc::key_malformed, "", path);
  return crypto::VoprfKey::from_scalar(*scalar);
}

Status EpochFolder::save_key(const crypto::VoprfKey& key) const {
  std::string text = key_file_text(key.scalar().bytes());
  Status saved = write_private_file(path_ + "/key", as_bytes(text), true);
  crypto::wipe(text);
  return saved;
}

Status EpochFolder::save_list(const StoredList& list) const {
  std::string text = stored_list_text(list);
  Status saved = write_private_file(name(list.commitment.root, ".list"), as_bytes(text), true);
  crypto::wipe(text);
  return saved;
}

Result<StoredList> EpochFolder::load_list(const Hash& commitment) const {
  DETENTE_TRY(std::string text, read_known(name(commitment, ".list"), kListBytes));
  Result<StoredList> list = parse_stored_list(text);
  crypto::wipe(text);
  if (!list) return fail(std::move(list).error().at(name(commitment, ".list")));
  return list;
}

Status EpochFolder::remove_list(const StoredList& list) const {
  const crypto::Random random = crypto::system_random();
  DETENTE_CHECK(destroy_file(name(list.commitment.root, ".list"), random));
  DETENTE_CHECK(destroy_file(name(list.board.root, ".own"), random));
  return destroy_file(name(list.question.root, ".own"), random);
}

Status EpochFolder::save_learnt(const Hash& commitment,
                                const std::vector<checks::Learnt>& learnt) const {
  Bytes out;
  out.reserve(learnt.size() * kLearntSize);
  for (const checks::Learnt& one : learnt) {
    out.insert(out.end(), one.tag.begin(), one.tag.end());
    for (int shift = 24; shift >= 0; shift -= 8) {
      out.push_back(static_cast<std::uint8_t>(one.index >> static_cast<unsigned>(shift)));
    }
  }
  return write_private_file(name(commitment, ".learnt"), out, true);
}

Result<std::vector<checks::Learnt>> EpochFolder::load_learnt(const Hash& commitment) const {
  const std::string path = name(commitment, ".learnt");
  DETENTE_TRY(const std::string text, read_known(path, limits::kCheckFileBytes));
  if (text.size() % kLearntSize != 0) return fail(Errc::checks_malformed, "its size", path);
  std::vector<checks::Learnt> out(text.size() / kLearntSize);
  const ByteView bytes = as_bytes(text);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const ByteView one = bytes.subspan(i * kLearntSize, kLearntSize);
    std::copy_n(one.begin(), out[i].tag.size(), out[i].tag.begin());
    for (const std::uint8_t byte : one.subspan(out[i].tag.size())) {
      out[i].index = out[i].index << 8U | byte;
    }
  }
  return out;
}

Status EpochFolder::save_found(const Hash& commitment, const Found& found) const {
  JsonWriter out;
  out.begin_object().name("posts").begin_array();
  for (const auto& [post, indexes] : found) {
    out.begin_object().name("post");
    write_ref(out, post);
    out.name("tokens").begin_array();
    for (const std::uint32_t index : indexes) out.value(std::uint64_t{index});
    out.end_array().end_object();
  }
  out.end_array().end_object();
  return write_private_file(name(commitment, ".found"), as_bytes(out.text()), true);
}

Result<Found> EpochFolder::load_found(const Hash& commitment) const {
  std::error_code ec;
  const std::string path = name(commitment, ".found");
  if (!fs::exists(path, ec)) return Found{};
  DETENTE_TRY(const std::string text, read_text_file(path, kFoundBytes));
  DETENTE_TRY(const JsonDocument document, parse_json(text, {.bytes_max = kFoundBytes}));
  DETENTE_TRY(const auto posts, document.root().array("posts", limits::kCheckPosts));
  Found out;
  for (const JsonReader& one : posts) {
    DETENTE_TRY(const JsonReader at, one.object("post"));
    DETENTE_TRY(const Ref post, read_ref(at));
    DETENTE_TRY(const auto tokens, one.array("tokens", limits::kCheckSetTokens));
    std::vector<std::uint32_t>& indexes = out[post];
    for (const JsonReader& token : tokens) {
      DETENTE_TRY(const std::int64_t index, token.as_integer(0, limits::kCheckSetTokens));
      indexes.push_back(static_cast<std::uint32_t>(index));
    }
  }
  return out;
}

Status EpochFolder::save_own(ByteView file, const Hash& root) const {
  return write_private_file(name(root, ".own"), file, true);
}

Status EpochFolder::give_out(const Hash& root) const {
  std::error_code ec;
  const std::string from = name(root, ".own");
  if (!fs::exists(from, ec)) return {};
  fs::rename(from, name(root, ".out"), ec);
  if (ec) return fail(Errc::store_io, ec.message(), from);
  return {};
}

Result<Bytes> EpochFolder::read_given(const Hash& root) const {
  DETENTE_TRY(const std::string text, read_known(name(root, ".out"), limits::kCheckFileBytes));
  return to_bytes(text);
}

Result<Bytes> EpochFolder::read_own(const Hash& root) const {
  Result<Bytes> given = read_given(root);
  if (given) return given;
  return read_bytes(name(root, ".own"), limits::kCheckFileBytes);
}

Status EpochFolder::save_theirs(ByteView file, const Hash& root) const {
  return write_private_file(name(root, ".in"), file, true);
}

Result<Bytes> EpochFolder::read_theirs(const Hash& root) const {
  DETENTE_TRY(const std::string text, read_known(name(root, ".in"), limits::kCheckFileBytes));
  return to_bytes(text);
}

Status EpochFolder::keep_wrong(const Ref& ref, ByteView file) const {
  std::size_t kept = 0;
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator(path_, ec)) {
    kept += entry.path().extension() == ".evidence" ? 1 : 0;
  }
  if (kept >= limits::kCheckRefused || file.empty()) return {};
  return write_private_file(name(ref.leaf, ".evidence"), file, true);
}

Status EpochFolder::refuse(const Ref& ref, const Error& why, ByteView file) const {
  DETENTE_CHECK(keep_wrong(ref, file));
  JsonWriter out;
  out.begin_object().name("ref");
  write_ref(out, ref);
  out.member("why", why.text()).end_object();
  return write_private_file(name(ref.leaf, ".refused"), as_bytes(out.text()), true);
}

// ---- all of them ----

namespace {

std::string folder_name(const PsiHead& head, UtcMs keep_until) {
  const std::string text =
      head.epoch + "\n" + head.with + "\n" + record::psi_purpose_name(head.purpose) + "\n";
  return fmt::format("{}-{}", keep_until.value,
                     to_hex(crypto::sha256(as_bytes(text))).substr(0, 16));
}

struct Described {
  PsiHead head;
  UtcMs keep_until;
};

Result<Described> read_description(const std::string& folder) {
  const std::string path = folder + "/epoch.json";
  DETENTE_TRY(const std::string text, read_known(path, kSmallBytes));
  DETENTE_TRY(const JsonDocument document, parse_json(text, {.bytes_max = kSmallBytes}));
  const JsonReader in = document.root();
  Described out;
  DETENTE_TRY(out.head.epoch, in.string("epoch", limits::kIdBytes));
  DETENTE_TRY(out.head.with, in.string("with", limits::kIdBytes));
  DETENTE_TRY(const std::string purpose, in.string("purpose", limits::kIdBytes));
  out.head.purpose = purpose == "sites" ? record::PsiPurpose::sites : record::PsiPurpose::plans;
  DETENTE_TRY(out.keep_until, in.time("keep_until"));
  return out;
}

std::optional<Hash> hash_of_name(const fs::path& path) {
  const Result<Bytes> bytes = from_hex(path.stem().string());
  if (!bytes || bytes->size() != 32) return std::nullopt;
  Hash out{};
  std::copy(bytes->begin(), bytes->end(), out.begin());
  return out;
}

Status load_refusal(const fs::path& path, ShelfState& state) {
  DETENTE_TRY(const std::string text, read_text_file(path.string(), kSmallBytes));
  DETENTE_TRY(const JsonDocument document, parse_json(text, {.bytes_max = kSmallBytes}));
  DETENTE_TRY(const JsonReader at, document.root().object("ref"));
  DETENTE_TRY(const Ref ref, read_ref(at));
  DETENTE_TRY(const std::string why, document.root().string("why", kSmallBytes));
  state.folder.refused.insert(ref);
  state.refused[ref] = why;
  return {};
}

Status load_list_state(const EpochFolder& folder, const PsiHead& head, const Hash& root,
                       ShelfState& state) {
  DETENTE_TRY(const StoredList list, folder.load_list(root));
  DETENTE_TRY(const Found found, folder.load_found(root));
  checks::RoomList out{head, list.commits, false, {}};
  std::error_code ec;
  out.learnt = fs::exists(folder.path() + "/" + to_hex(root) + ".learnt", ec);
  for (const auto& [post, indexes] : found) out.compared.insert(post);
  state.folder.lists[root] = std::move(out);
  return {};
}

void load_epoch(const std::string& path, ShelfState& state, std::vector<std::string>& damaged) {
  const Result<Described> about = read_description(path);
  if (!about) {
    damaged.push_back(path);
    return;
  }
  const EpochFolder folder(path);
  state.epochs[about->head] = folder;
  state.folder.epochs[about->head] = about->keep_until;
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator(path, ec)) {
    const fs::path& file = entry.path();
    if (file.filename() == "key") state.folder.keys.insert(about->head);
    const std::optional<Hash> hash = hash_of_name(file);
    if (!hash) continue;
    Status read;
    if (file.extension() == ".in") state.folder.files.insert(*hash);
    if (file.extension() == ".list") read = load_list_state(folder, about->head, *hash, state);
    if (file.extension() == ".refused") read = load_refusal(file, state);
    if (!read) damaged.push_back(file.string());
  }
}

}  // namespace

Result<ShelfState> CheckShelf::load(std::vector<std::string>& damaged) const {
  ShelfState out;
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator(data_ + "/checks/epochs", ec)) {
    if (entry.is_directory(ec)) load_epoch(entry.path().string(), out, damaged);
  }
  return out;
}

Result<EpochFolder> CheckShelf::open_epoch(const PsiHead& head, UtcMs keep_until) const {
  const std::string epochs = data_ + "/checks/epochs";
  const std::string path = epochs + "/" + folder_name(head, keep_until);
  for (const std::string& folder : {data_ + "/checks", epochs, path}) {
    DETENTE_CHECK(make_folder(folder));
  }
  JsonWriter out;
  out.begin_object().member("epoch", head.epoch).member("with", head.with);
  out.member("purpose", record::psi_purpose_name(head.purpose)).member("keep_until", keep_until);
  out.end_object();
  DETENTE_CHECK(write_private_file(path + "/epoch.json", as_bytes(out.text()), true));
  return EpochFolder(path);
}

Status CheckShelf::destroy(const EpochFolder& folder) {
  const crypto::Random random = crypto::system_random();
  std::error_code ec;
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(folder.path(), ec)) {
    files.push_back(entry.path().string());
  }
  // The description last: a folder without one would not be found again.
  const std::string last = folder.path() + "/epoch.json";
  std::sort(files.begin(), files.end());
  for (const std::string& file : files) {
    if (file != last) DETENTE_CHECK(destroy_file(file, random));
  }
  DETENTE_CHECK(destroy_file(last, random));
  fs::remove(folder.path(), ec);
  if (ec) return fail(Errc::store_io, ec.message(), folder.path());
  return {};
}

Status CheckShelf::make_folders() const {
  DETENTE_CHECK(make_folder(data_ + "/checks"));
  DETENTE_CHECK(make_folder(data_ + "/checks/plans"));
  DETENTE_CHECK(make_folder(data_ + "/checks/seeds"));
  return make_folder(data_ + "/checks/lists");
}

namespace {
std::string seed_path(const std::string& data, const Hash& commitment) {
  return data + "/checks/seeds/" + to_hex(commitment);
}
}  // namespace

Status CheckShelf::save_seed(const Hash& commitment, const crypto::Secret32& seed) const {
  DETENTE_CHECK(make_folders());
  return write_private_file(seed_path(data_, commitment), seed.bytes(), true);
}

Result<Hash> CheckShelf::load_seed(const Hash& commitment) const {
  DETENTE_TRY(const std::string bytes, read_known(seed_path(data_, commitment), kSmallBytes));
  Hash seed{};
  if (bytes.size() != seed.size()) return fail(Errc::checks_file, "a seed has 32 bytes");
  std::copy(bytes.begin(), bytes.end(), seed.begin());
  if (record::psi_seed_commitment(seed) == commitment) return seed;
  return fail(Errc::checks_file, "it is not the seed of its name");
}

void CheckShelf::remove_seed(const Hash& commitment) const {
  std::error_code ignored;
  std::filesystem::remove(seed_path(data_, commitment), ignored);
}

Status CheckShelf::save_purpose(const Hash& content, const std::string& purpose) const {
  DETENTE_CHECK(make_folders());
  JsonWriter out;
  out.begin_object().member("purpose", purpose).end_object();
  return write_private_file(data_ + "/checks/plans/" + to_hex(content) + ".json",
                            as_bytes(out.text()), true);
}

Result<std::string> CheckShelf::load_purpose(const Hash& content) const {
  DETENTE_TRY(const std::string text,
              read_known(data_ + "/checks/plans/" + to_hex(content) + ".json", kSmallBytes));
  DETENTE_TRY(const JsonDocument document, parse_json(text, {.bytes_max = kSmallBytes}));
  return document.root().string("purpose", limits::kIdBytes);
}

std::map<std::string, std::string> CheckShelf::given_to(const std::string& party) const {
  std::map<std::string, std::string> out;
  std::error_code ec;
  for (const auto& epoch : fs::directory_iterator(data_ + "/checks/epochs", ec)) {
    const Result<Described> about = read_description(epoch.path().string());
    if (!about || about->head.with != party) continue;
    for (const auto& file : fs::directory_iterator(epoch.path(), ec)) {
      if (file.path().extension() != ".out" || !hash_of_name(file.path())) continue;
      out[file.path().stem().string()] = file.path().string();
    }
  }
  return out;
}

}  // namespace detente::app
