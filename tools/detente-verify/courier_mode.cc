// SPDX-License-Identifier: Apache-2.0
//
// A courier file (docs/protocol/courier.md): the cover and who signed it, that the list names every
// file with its digest, the sender's whole log, and the heads of other logs that it vouches for.
#include <fmt/core.h>
#include <zip.h>

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "base/json.h"
#include "base/limits.h"
#include "crypto/hash.h"
#include "detente-verify/agreement.h"
#include "detente-verify/folder.h"
#include "detente-verify/modes.h"
#include "detente-verify/verify.h"
#include "record/courier.h"

namespace detente::verify {
namespace {

auto malformed(std::string why, const std::string& place) {
  return fail(Errc::archive_malformed, std::move(why), place);
}

// The files of a zip, by name. Nothing is unpacked to disk; each read is bounded by what the
// directory says, and the directory by the limits of courier files.
class Zip {
 public:
  static Result<std::shared_ptr<Zip>> open(const std::string& path) {
    int code = 0;
    auto zip = std::make_shared<Zip>();
    zip->handle_.reset(zip_open(path.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code));
    if (!zip->handle_) return malformed("not a whole zip", path);
    const zip_int64_t count = zip_get_num_entries(zip->handle_.get(), 0);
    if (count < 0 || static_cast<std::uint64_t>(count) > record::kCourierFiles + 2) {
      return malformed("too many files", path);
    }
    for (zip_int64_t i = 0; i < count; ++i) {
      DETENTE_CHECK(zip->take(static_cast<zip_uint64_t>(i)));
    }
    return zip;
  }

  bool has(const std::string& name) const { return entries_.contains(name); }
  std::vector<std::string> below(const std::string& folder) const {
    std::vector<std::string> out;
    for (const auto& [name, entry] : entries_) {
      if (name.starts_with(folder)) out.push_back(name.substr(folder.size()));
    }
    return out;
  }
  std::size_t size() const { return entries_.size(); }

  Result<Bytes> read(const std::string& name) const {
    const std::scoped_lock lock(mutex_);
    const auto entry = entries_.find(name);
    if (entry == entries_.end()) return fail(Errc::tile_missing, {}, name);
    const std::unique_ptr<zip_file_t, Close> file(
        zip_fopen_index(handle_.get(), entry->second.first, 0));
    Bytes out(static_cast<std::size_t>(entry->second.second) + 1);  // one more finds the end
    std::size_t got = 0;
    zip_int64_t n = file ? 1 : -1;
    while (n > 0 && got < out.size()) {
      n = zip_fread(file.get(), out.data() + got, out.size() - got);
      if (n > 0) got += static_cast<std::size_t>(n);
    }
    if (n < 0 || got + 1 != out.size()) return malformed("damaged", name);
    out.pop_back();
    return out;
  }

 private:
  struct Discard {
    void operator()(zip_t* zip) const { zip_discard(zip); }
  };
  struct Close {
    void operator()(zip_file_t* file) const { zip_fclose(file); }
  };

  Status take(zip_uint64_t index) {
    zip_stat_t stat;
    zip_stat_init(&stat);
    const zip_uint64_t wanted = ZIP_STAT_NAME | ZIP_STAT_SIZE;
    const bool told = zip_stat_index(handle_.get(), index, ZIP_FL_ENC_RAW, &stat) == 0 &&
                      (stat.valid & wanted) == wanted;
    const std::string name = told ? stat.name : "";
    if (!record::is_courier_path(name)) return malformed("a file has no plain name", name);
    total_ += stat.size;
    const std::size_t most =
        name == "files" ? record::kCourierListBytes : record::kCourierFileBytes;
    if (stat.size > most || total_ > record::kCourierBytes) return malformed("too large", name);
    if (!entries_.emplace(name, std::pair(index, stat.size)).second) {
      return malformed("it is there twice", name);
    }
    return {};
  }

  std::unique_ptr<zip_t, Discard> handle_;
  std::map<std::string, std::pair<zip_uint64_t, zip_uint64_t>> entries_;
  std::uint64_t total_ = 0;
  mutable std::mutex mutex_;  // libzip reads one file of an archive at a time
};

struct Opened {
  record::CourierCover cover;
  const record::LogOwner* sender = nullptr;
  std::size_t heads = 0;  // of other logs, each signed by its owner
};

Result<record::CourierCover> read_cover(const Zip& zip, const Agreement& agreement, Opened& out) {
  DETENTE_TRY(const Bytes bytes, zip.read("courier"));
  DETENTE_TRY(const record::Note note, record::parse_note(as_text(bytes)));
  DETENTE_TRY(record::CourierCover cover, record::parse_courier_text(note.text));
  for (const record::LogOwner& owner : agreement.owners) {
    if (owner.party == cover.from) out.sender = &owner;
  }
  if (out.sender == nullptr || cover.agreement != agreement.hash) {
    return fail(Errc::archive_foreign, "from " + cover.from, "courier");
  }
  Status by_sender = record::verify_note(note, out.sender->log);
  if (!by_sender) return fail(std::move(by_sender.error()).at("courier"));
  return cover;
}

// Every file but cover and list is in the list, with its digest, and the other way round.
Status check_list(const Zip& zip, const record::CourierCover& cover) {
  DETENTE_TRY(const Bytes bytes, zip.read("files"));
  if (crypto::sha256(bytes) != cover.list) return malformed("not the list of the cover", "files");
  DETENTE_TRY(const record::CourierList list, record::parse_courier_list(as_text(bytes)));
  if (list.size() != cover.files || list.size() + 2 != zip.size()) {
    return malformed("the list names other files than there are", "files");
  }
  for (const auto& [path, wanted] : list) {
    const Result<Bytes> file = zip.read(path);
    if (!file) return fail(file.error());
    if (file->size() != wanted.size || crypto::sha256(*file) != wanted.sha256) {
      return malformed("not the file of the list", path);
    }
  }
  return {};
}

// The newest heads of other logs that the sender vouches for.
Status check_heads(const Zip& zip, const Agreement& agreement, Opened& out) {
  for (const record::LogOwner& owner : agreement.owners) {
    const std::string path =
        "mirror/" + to_hex(crypto::sha256(as_bytes(owner.log.name))) + "/checkpoint";
    if (&owner == out.sender || !zip.has(path)) continue;
    DETENTE_TRY(const Bytes bytes, zip.read(path));
    Result<record::Note> note = record::parse_note(as_text(bytes));
    if (!note) return fail(std::move(note.error()).at(path));
    Status by_owner = record::verify_note(*note, owner.log);
    if (!by_owner) return fail(std::move(by_owner.error()).at(path));
    std::vector<record::VerifierKey> known = cosigners_of(agreement, owner);
    known.push_back(owner.log);
    Status lines = record::verify_all_lines(*note, known);
    if (!lines) return fail(std::move(lines.error()).at(path));
    ++out.heads;
  }
  return {};
}

Result<Opened> open_courier(const Zip& zip, const Agreement& agreement) {
  Opened out;
  DETENTE_TRY(out.cover, read_cover(zip, agreement, out));
  DETENTE_CHECK(check_list(zip, out.cover));
  DETENTE_CHECK(check_heads(zip, agreement, out));
  return out;
}

std::string cover_text(const Opened& opened) {
  const record::CourierCover& cover = opened.cover;
  return fmt::format(
      "courier file from {} to {}, made {}, signed by {}'s log key\n"
      "{} files, each as the signed list says; {} heads of other logs, signed by their owners\n",
      cover.from, cover.to, format_rfc3339(cover.made), cover.from, cover.files, opened.heads);
}

std::string cover_json(const Opened& opened) {
  JsonWriter out;
  out.begin_object().member("from", opened.cover.from).member("to", opened.cover.to);
  out.member("made", opened.cover.made).member("id", opened.cover.id);
  out.member("files", opened.cover.files);
  out.member("heads", static_cast<std::uint64_t>(opened.heads)).end_object();
  return out.take();
}

}  // namespace

int run_courier(const CommandLine& line) {
  if (!line.has("--agreement")) return usage_error("a courier file needs --agreement");
  const Result<Bytes> bytes = read_regular_file(line.value("--agreement"), limits::kAgreementBytes);
  if (!bytes) return fault(line, bytes.error());
  const Result<Agreement> agreement = read_agreement(*bytes);
  if (!agreement) return fault(line, Error(agreement.error()).at(line.value("--agreement")));
  const Result<std::shared_ptr<Zip>> zip = Zip::open(line.target);
  if (!zip) return fault(line, zip.error());
  const Result<Opened> opened = open_courier(**zip, *agreement);
  if (!opened) return fault(line, opened.error());
  Request request{line.target, line.value("--agreement"), opened->sender->log.name, {}};
  request.log =
      record::LogFolder{[zip = *zip](const std::string& path) { return zip->read("log/" + path); },
                        (*zip)->below("log/"), true};
  const Result<Report> found = verify_node_folder(request);
  if (!found) return fault(line, found.error());
  return report(line, cover_text(*opened) + (line.verbose ? text(*found) : summary(*found)),
                fmt::format(R"({{"courier":{},"log":{}}})", cover_json(*opened), json(*found)));
}

}  // namespace detente::verify
