// SPDX-License-Identifier: Apache-2.0
//
// For tests and the simulator: a disk in memory that carries out a node's durable effects one by
// one, with the promises of store::NodeStore (CAS of heads, no gap, files exactly of the head after
// recover()).
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "crypto/hash.h"
#include "node/node.h"
#include "record/note.h"

namespace detente::node::testing {

struct DiskLog {
  std::vector<Bytes> entries;
  std::string head;
  std::string newer_head;  // as a checkpoint file shows it, where the database went back
  std::string folder;
  std::vector<std::string> notes;
};

struct Disk {
  std::map<Origin, DiskLog> logs;
  std::map<std::string, Bytes> files;
  std::map<std::string, std::string> evidence;

  Status carry_out(const Effect& effect) {
    if (const auto* store = std::get_if<StoreEntries>(&effect)) return keep(*store);
    if (const auto* write = std::get_if<WriteFiles>(&effect)) {
      for (const record::LogFile& file : write->files)
        files[write->folder + "/" + file.path] = file.bytes;
      for (const record::LogFile& file : write->files) {
        for (const std::string& old : file.replaces) files.erase(write->folder + "/" + old);
      }
    }
    if (const auto* head = std::get_if<PublishHead>(&effect)) {
      DiskLog& log = logs[head->origin];
      if (log.head != head->previous) return fail(Errc::store_lost_race, {}, head->folder);
      log.head = head->note;
      log.folder = head->folder;
      files[head->folder + "/checkpoint"] = to_bytes(head->note);
    }
    if (const auto* note = std::get_if<KeepNote>(&effect)) {
      std::vector<std::string>& notes = logs[note->origin].notes;
      if (std::find(notes.begin(), notes.end(), note->note) == notes.end())
        notes.push_back(note->note);
    }
    if (const auto* found = std::get_if<StoreEvidence>(&effect)) {
      evidence[found->sha256] = found->text;
    }
    if (const auto* version = std::get_if<StoreDocument>(&effect)) {
      files["agreements/" + version->sha256 + ".json"] = to_bytes(version->text);
    }
    return {};
  }
  // Texts of amended versions, as a node's shell finds them at a start: without the spoilt ones.
  std::vector<std::string> documents() const {
    std::vector<std::string> out;
    for (const auto& [path, bytes] : files) {
      if (path != "agreements/" + to_hex(crypto::sha256(bytes)) + ".json") continue;
      out.push_back(std::string(as_text(bytes)));
    }
    return out;
  }

  // A file by its path; a narrower partial than the one kept is its prefix.
  Result<Bytes> read(const std::string& path) const {
    const auto found = files.find(path);
    if (found != files.end()) return found->second;
    const std::size_t at = path.find("tile/");
    const Result<record::TilePath> wanted =
        record::parse_tile_path(at == std::string::npos ? path : path.substr(at));
    if (at == std::string::npos || !wanted) return fail(Errc::http_not_found, path);
    Result<Bytes> cut = record::read_tile(*wanted, [&](const std::string& wider) -> Result<Bytes> {
      const auto file = files.find(path.substr(0, at) + wider);
      if (file == files.end()) return fail(Errc::tile_missing, wider);
      return file->second;
    });
    if (!cut) return fail(Errc::http_not_found, path);
    return cut;
  }

  std::vector<StoredLog> load() const {
    std::vector<StoredLog> out;
    out.reserve(logs.size());
    for (const auto& [origin, log] : logs) {
      out.push_back({origin, TreeSize{log.entries.size()}, log.head, log.newer_head, log.notes});
    }
    return out;
  }
  // Borrows this disk.
  ReadEntry reader() const {
    return [this](const Origin& origin, LeafIndex index) -> Result<Bytes> {
      const auto log = logs.find(origin);
      if (log == logs.end() || index.value >= log->second.entries.size()) {
        return fail(Errc::store_not_found, {}, origin.value);
      }
      return log->second.entries[index.value];
    };
  }

  // After a crash: files exactly of the newest heads, made from the entries where they are not.
  void recover() {
    for (auto& [origin, log] : logs) {
      if (log.head.empty()) continue;
      const std::uint64_t size = size_of(log.head);
      if (log.entries.size() > size) log.entries.resize(size);
      std::erase_if(
          files, [&](const auto& file) { return file.first.starts_with(log.folder + "/tile/"); });
      record::TileWriter tiles;
      for (const Bytes& entry : log.entries) tiles.append(entry);
      for (const record::LogFile& file : tiles.take_files())
        files[log.folder + "/" + file.path] = file.bytes;
      files[log.folder + "/checkpoint"] = to_bytes(log.head);
    }
  }

  static std::uint64_t size_of(const std::string& head) {
    if (head.empty()) return 0;
    const Result<record::Note> note = record::parse_note(head);
    check(note.has_value(), "a stored head is a note");
    const Result<record::Checkpoint> checkpoint = record::parse_checkpoint(note->text);
    check(checkpoint.has_value(), "a stored head is a checkpoint");
    return checkpoint->size.value;
  }

 private:
  Status keep(const StoreEntries& store) {
    DiskLog& log = logs[store.origin];
    const std::uint64_t first = store.first.value;
    const std::uint64_t covered = store.repair ? 0 : size_of(log.head);
    if (first > log.entries.size() || first < covered) {
      return fail(Errc::store_corrupt, "a gap, or a published entry", store.origin.value);
    }
    if (!store.repair) log.entries.resize(first);
    if (log.entries.size() < first + store.entries.size()) {
      log.entries.resize(first + store.entries.size());
    }
    std::copy(store.entries.begin(), store.entries.end(),
              log.entries.begin() + static_cast<std::ptrdiff_t>(first));
    return {};
  }
};

}  // namespace detente::node::testing
