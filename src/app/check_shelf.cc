// SPDX-License-Identifier: Apache-2.0
#include "app/check_shelf.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
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

}  // namespace

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
  DETENTE_TRY(std::string text, read_known(name(commitment, ".list"), kStoredListBytes));
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
  // A crash came before the last of those that were made together: they are made anew.
  std::error_code unread;
  if (!fs::exists(folder.path() + "/" + to_hex(list.last) + ".list", unread)) return {};
  DETENTE_TRY(const Found found, folder.load_found(root));
  checks::RoomList out{head, list.commits, list.commitment.n, false, {}};
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
