// SPDX-License-Identifier: Apache-2.0
#include "app/courier_command.h"

#include <fmt/core.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <set>

#include "app/courier_session.h"
#include "app/folder_log.h"
#include "app/identity.h"
#include "base/limits.h"
#include "record/log_verifier.h"

namespace detente::app {
namespace {

namespace fs = std::filesystem;

UtcMs now() {
  return UtcMs{std::chrono::duration_cast<std::chrono::milliseconds>(
                   std::chrono::system_clock::now().time_since_epoch())
                   .count()};
}

void print(const std::string& text) {
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), stdout));
  static_cast<void>(std::fflush(stdout));
}

void write_cover(JsonWriter& out, const record::CourierCover& cover) {
  out.begin_object().member("from", cover.from).member("to", cover.to);
  out.member("made", cover.made).member("id", cover.id);
  if (cover.answers) out.member("answers", *cover.answers);
  out.member("files", cover.files).end_object();
}

// What a person wants to know after an import.
std::string text_of(const CourierSession& session) {
  std::string out;
  for (const record::CourierCover& cover : session.taken()) {
    out += fmt::format("taken in: from {}, made {}\n", cover.from, format_rfc3339(cover.made));
  }
  for (const node::HeldLog* log : session.node().logs()) {
    out += fmt::format("log of {}: {} entries here\n", log->party.value, log->size().value);
  }
  for (const std::string& refused : session.refused()) out += "refused: " + refused + "\n";
  const std::optional<Error> fence = session.node().fence_reason();
  if (fence) {
    out += "this node signs nothing yet: " + fence->text() +
           "\nsend each party an export, and take in all their answers together\n";
  } else {
    out += "this node's newest head is confirmed; what came was cosigned\n";
  }
  return out;
}

std::string json_of(const CourierSession& session) {
  JsonWriter out;
  out.begin_object().name("taken").begin_array();
  for (const record::CourierCover& cover : session.taken()) write_cover(out, cover);
  out.end_array().name("logs").begin_array();
  for (const node::HeldLog* log : session.node().logs()) {
    out.begin_object().member("party", log->party.value).member("entries", log->size().value);
    out.end_object();
  }
  out.end_array().name("refused").begin_array();
  for (const std::string& refused : session.refused()) out.raw(refused);
  out.end_array().member("fenced", session.node().fenced());
  return out.end_object().take() + "\n";
}

// The running node takes what lies here under its final name.
Status lay_in(const CourierImport& options) {
  std::error_code ec;
  const fs::path inbox = fs::path(options.data) / "courier" / "in";
  fs::create_directories(inbox, ec);
  for (const std::string& path : options.files) {
    const std::string name = crypto::random_id(crypto::system_random()) + ".zip";
    const fs::path part = inbox / (name + ".part");
    if (!ec) fs::copy_file(path, part, ec);
    if (!ec) fs::rename(part, inbox / name, ec);
    if (ec) return fail(Errc::store_io, ec.message(), inbox.string());
  }
  return {};
}

Status hand_over(const CourierImport& options) {
  DETENTE_TRY(const NodeFolder folder, open_node_folder(options.data));
  for (const std::string& path : options.files) {
    DETENTE_CHECK(Courier::open(path, folder.agreement, PartyId{folder.self}));
  }
  DETENTE_CHECK(lay_in(options));
  const std::string said = options.json
                               ? std::string("{\"handed_over\":true}\n")
                               : "a node runs on this folder; it takes the files within seconds\n";
  print(said);
  return {};
}

Status answer(const CourierImport& options, const std::set<std::string>& senders) {
  std::error_code ec;
  fs::create_directories(options.answer, ec);
  for (const std::string& to : senders) {
    const std::string out = (fs::path(options.answer) / (to + ".zip")).string();
    DETENTE_CHECK(courier_export({options.data, to, out, 0, false, now()}, options.json));
  }
  return {};
}

record::LogFolder folder_in(const Courier& courier, const std::string& folder) {
  record::LogFolder out;
  out.read = [&courier, folder](const std::string& name) -> Result<Bytes> {
    Result<Bytes> bytes = courier.answer(folder + "/" + name);
    const bool absent = !bytes && (bytes.error().code == Errc::http_not_found ||
                                   bytes.error().code == Errc::net_refused);
    if (absent) return fail(Errc::tile_missing, {}, name);
    return bytes;
  };
  for (const auto& [path, file] : courier.list()) {
    if (path.starts_with(folder + "/")) out.files.push_back(path.substr(folder.size() + 1));
  }
  return out;
}

// One line about a log in a courier file; "" if it is not in it.
Result<std::string> verify_one(const Courier& courier, const terms::Agreement& agreement,
                               const terms::Party& party) {
  DETENTE_TRY(const record::LogOwner owner, agreement.log_owner(party.id));
  const bool own = party.id == courier.from();
  const std::string folder = own ? "log" : node::mirror_folder(Origin{owner.log.name});
  const record::LogFolder files = folder_in(courier, folder);
  if (files.files.empty()) return std::string();
  if (!own && files.files.size() == 1) {
    DETENTE_TRY(const Bytes bytes, files.read("checkpoint"));
    Result<record::Note> note = record::parse_note(as_text(bytes));
    Status sound = note ? record::verify_note(*note, owner.log) : fail(note.error());
    if (!sound) return fail(std::move(sound.error()).at(folder + "/checkpoint"));
    DETENTE_TRY(const record::Checkpoint head, record::parse_checkpoint(note->text));
    return fmt::format("log of {}: its signed head of {} entries\n", party.id.value,
                       head.size.value);
  }
  Result<record::VerifiedLog> log = record::verify_log(files, owner, agreement.cosigners());
  if (!log) return fail(std::move(log.error()).at(folder));
  return fmt::format("log of {}: {} entries verified, {} cosignatures\n", party.id.value,
                     log->entries, log->cosignatures.size());
}

}  // namespace

Status courier_verify(const std::string& file, const std::string& agreement, bool json) {
  DETENTE_TRY(const std::string text, read_text_file(agreement, limits::kAgreementBytes));
  DETENTE_TRY(const terms::Agreement terms, terms::Agreement::make(text));
  DETENTE_TRY(const Courier courier, Courier::open(file, terms, std::nullopt));
  std::string out;
  for (const terms::Party& party : terms.parties()) {
    Result<std::string> line = verify_one(courier, terms, party);
    if (!line) return fail(std::move(line.error()).at(file));
    out += *line;
  }
  if (json) {
    JsonWriter object;
    object.begin_object().member("verified", true).name("cover");
    write_cover(object, courier.cover());
    print(object.end_object().take() + "\n");
    return {};
  }
  print(fmt::format("from {} to {}, made {}; {} files as they were signed\n{}",
                    courier.cover().from, courier.cover().to, format_rfc3339(courier.cover().made),
                    courier.cover().files, out));
  return {};
}

Status courier_export(const CourierExport& options, bool json) {
  DETENTE_TRY(const CourierWritten written, write_courier(options));
  if (!json) {
    print(fmt::format("{}: for {}, {} entries of the own log, {} files, {} bytes unpacked\n",
                      options.out, written.cover.to, written.entries, written.cover.files,
                      written.bytes));
    return {};
  }
  JsonWriter out;
  out.begin_object().member("file", options.out).name("cover");
  write_cover(out, written.cover);
  out.member("entries", written.entries).member("bytes", written.bytes).end_object();
  print(out.take() + "\n");
  return {};
}

Status courier_import(const CourierImport& options) {
  std::set<std::string> senders;
  bool beside = false;
  {
    Result<std::unique_ptr<CourierSession>> session = CourierSession::open(options.data, now);
    if (!session && session.error().code == Errc::store_locked) return hand_over(options);
    if (!session) return fail(std::move(session.error()));
    DETENTE_CHECK((*session)->take(options.files));
    print(options.json ? json_of(**session) : text_of(**session));
    for (const record::CourierCover& cover : (*session)->taken()) senders.insert(cover.from);
    beside = (*session)->has_files_beside();
  }
  // What lies beside the logs is the running node's: it takes those files when it starts.
  if (beside) DETENTE_CHECK(lay_in(options));
  return options.answer.empty() ? Status{} : answer(options, senders);
}

}  // namespace detente::app
