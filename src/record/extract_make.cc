// SPDX-License-Identifier: Apache-2.0
//
// Puts an extract together from whole logs.
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <memory>

#include "record/extract.h"
#include "record/extract_impl.h"

namespace detente::record {
namespace {

using Places = ExtractRequest::Places;

// The hashes of all complete subtrees, so that each proof costs its length and no more.
class Subtrees {
 public:
  explicit Subtrees(const std::vector<Hash>& leaves) {
    levels_.push_back(&leaves);
    while (levels_.back()->size() >= 2) {
      const std::vector<Hash>& below = *levels_.back();
      auto above = std::make_unique<std::vector<Hash>>();
      above->reserve(below.size() / 2);
      for (std::size_t i = 0; i + 1 < below.size(); i += 2) {
        above->push_back(node_hash(below[i], below[i + 1]));
      }
      levels_.push_back(above.get());
      kept_.push_back(std::move(above));
    }
  }
  SubtreeHash look_up() const {
    return [this](int level, std::uint64_t index) {
      return (*levels_[static_cast<std::size_t>(level)])[index];
    };
  }

 private:
  std::vector<const std::vector<Hash>*> levels_;
  std::vector<std::unique_ptr<std::vector<Hash>>> kept_;
};

struct Maker {
  const ExtractRequest& request;
  const ExtractTrust& trust;
  std::map<Origin, const ExtractSource*> sources;
  std::map<std::pair<Origin, LeafIndex>, EntryPart> parts;
  std::map<std::pair<Origin, LeafIndex>, Entry> entries;
  MadeExtract made;
};

std::string place_of(const Origin& origin, LeafIndex index) {
  return fmt::format("log {}, entry {}", origin.value, index.value);
}

Result<const Entry*> read(Maker& maker, const Origin& origin, LeafIndex index) {
  const auto known = maker.entries.find({origin, index});
  if (known != maker.entries.end()) return &known->second;
  const auto source = maker.sources.find(origin);
  if (source == maker.sources.end() || index.value >= source->second->leaves.size()) {
    return fail(Errc::extract_mismatch, "no such entry is at hand", place_of(origin, index));
  }
  DETENTE_TRY(const Bytes bytes, source->second->entry(index));
  Result<Entry> entry = parse_entry(bytes);
  if (!entry) return fail(std::move(entry.error()).at(place_of(origin, index)));
  if (entry->leaf != source->second->leaves[index.value]) {
    return fail(Errc::extract_mismatch, "it is not the entry of the tree", place_of(origin, index));
  }
  return &maker.entries.emplace(std::pair(origin, index), std::move(*entry)).first->second;
}

// Takes an entry in, if it is not there for a better reason.
Status take(Maker& maker, const Origin& origin, LeafIndex index, EntryPart part) {
  DETENTE_CHECK(read(maker, origin, index));
  const auto [at, fresh] = maker.parts.try_emplace({origin, index}, part);
  at->second = std::min(at->second, part);
  if (fresh && maker.parts.size() > kExtractEntries) {
    return fail(Errc::extract_malformed,
                fmt::format("more than {} entries: ask for less", kExtractEntries));
  }
  return {};
}

// What an entry that was asked for rests on, and what that rests on. An entry that is not at hand
// stays a mere reference.
Status take_cited(Maker& maker) {
  std::vector<std::pair<Origin, LeafIndex>> open;
  for (const auto& [place, part] : maker.parts) {
    if (part == EntryPart::asked) open.push_back(place);
  }
  while (!open.empty()) {
    const auto [origin, index] = open.back();
    open.pop_back();
    DETENTE_TRY(const Entry* const entry, read(maker, origin, index));
    for (const Ref& ref : entry->statement.refs) {
      const auto source = maker.sources.find(ref.origin);
      if (source == maker.sources.end() || ref.index.value >= source->second->leaves.size()) {
        continue;
      }
      const auto known = maker.parts.find({ref.origin, ref.index});
      const bool followed = known != maker.parts.end() && known->second <= EntryPart::cited;
      if (followed) continue;
      DETENTE_CHECK(take(maker, ref.origin, ref.index, EntryPart::cited));
      open.emplace_back(ref.origin, ref.index);
    }
  }
  return {};
}

// The opening of each log that is in the extract, and every delegation and revocation of the keys
// that signed here.
Status take_keys(Maker& maker) {
  std::map<Origin, std::set<std::string>> keyids;
  for (const auto& [place, part] : maker.parts) {
    const Entry& entry = maker.entries.at(place);
    std::set<std::string>& names = keyids[place.first];
    for (const EnvelopeSignature& signature : entry.envelope.signatures) {
      names.insert(signature.keyid);
    }
    const Result<std::string> keyid = entry.statement.body().string("keyid", kExtractBytes);
    if (keyid && entry.statement.type.starts_with("key.")) names.insert(*keyid);
  }
  for (const auto& [origin, names] : keyids) {
    for (const LeafIndex index : maker.sources.at(origin)->keys) {
      DETENTE_TRY(const Entry* const entry, read(maker, origin, index));
      const Result<std::string> keyid = entry->statement.body().string("keyid", kExtractBytes);
      if (keyid && !names.contains(*keyid)) continue;
      DETENTE_CHECK(take(maker, origin, index, EntryPart::keys));
    }
  }
  return {};
}

// A note with nothing but the lines that count: the log's, and one of each cosigner, its earliest.
// Anyone can add lines by keys that nobody knows; they prove nothing.
Result<Note> stripped(const std::string& text, const ExtractSource& source,
                      const std::vector<ExtractTrust::Cosigner>& cosigners) {
  DETENTE_TRY(const Note note, parse_note(text));
  Note out{note.text, {}};
  const auto take_line = [&](const VerifierKey& key) {
    const NoteSignature* best = nullptr;
    for (const NoteSignature& line : note.signatures) {
      const Note alone{note.text, {line}};
      if (!verify_note(alone, key)) continue;
      const bool better = best == nullptr || cosignature_time(line) < cosignature_time(*best);
      if (better) best = &line;
    }
    if (best != nullptr) out.signatures.push_back(*best);
    return best != nullptr;
  };
  if (!take_line(source.owner.log)) return fail(Errc::note_unsigned);
  for (const ExtractTrust::Cosigner& cosigner : cosigners) take_line(cosigner.key);
  return out;
}

struct Candidate {
  Note note;
  Checkpoint checkpoint;
  bool verified = false;
};

// Kept notes of this log at sizes that it has reached. Their signatures are checked when they are
// chosen: a node keeps one for every heartbeat, and an extract needs few.
std::vector<Candidate> candidates(const ExtractSource& source) {
  std::vector<Candidate> out;
  for (const std::string& text : source.notes) {
    Result<Note> note = parse_note(text);
    if (!note || note->signatures.size() < 2) continue;
    Result<Checkpoint> checkpoint = parse_checkpoint(note->text);
    const bool fits = checkpoint && checkpoint->origin.value == source.owner.log.name &&
                      checkpoint->size.value > 0 && checkpoint->size.value <= source.leaves.size();
    if (fits) out.push_back({std::move(*note), std::move(*checkpoint), false});
  }
  return out;
}

// For each entry and cosigner: the first note that covers it and the last that does not.
std::set<std::size_t> choose(const std::vector<Candidate>& notes, const ExtractLog& log,
                             const std::vector<ExtractTrust::Cosigner>& cosigners) {
  std::set<std::size_t> out;
  for (const ExtractTrust::Cosigner& cosigner : cosigners) {
    CosignedTimes times;
    const std::uint32_t id = cosigner.key.id();
    for (std::size_t i = 0; i < notes.size(); ++i) {
      for (const NoteSignature& line : notes[i].note.signatures) {
        if (line.name != cosigner.key.name || line.key_id != id) continue;
        const std::optional<UtcMs> time = cosignature_time(line);
        if (time) times.add(*time, notes[i].checkpoint.size, i);
      }
    }
    times.sort();
    for (const ExtractEntry& item : log.entries) {
      if (item.part == EntryPart::keys) continue;
      const LeafIndex index = item.entry.header.seq;
      for (const auto* had : {times.first(index), times.lacked(index)}) {
        if (had != nullptr) out.insert(had->note);
      }
    }
  }
  return out;
}

// Checks the chosen ones, strips them, and drops those that prove nothing. Whether all were good.
bool check_chosen(std::vector<Candidate>& notes, const std::set<std::size_t>& chosen,
                  const ExtractSource& source, const Subtrees& subtrees,
                  const std::vector<ExtractTrust::Cosigner>& cosigners,
                  std::vector<std::string>& warnings) {
  std::set<std::size_t> bad;
  bool as_chosen = true;
  for (const std::size_t i : chosen) {
    Candidate& candidate = notes[i];
    if (candidate.verified) continue;
    Result<Note> note = stripped(candidate.note.encode(), source, cosigners);
    if (!note || note->signatures.size() < 2) {
      bad.insert(i);
      continue;
    }
    const TreeSize size = candidate.checkpoint.size;
    if (root_of(subtrees.look_up(), size) != candidate.checkpoint.root) {
      bad.insert(i);
      warnings.push_back(fmt::format(
          "a note that {} signed at size {} contradicts its log and is not in the extract: "
          "export it as evidence",
          source.owner.party, size.value));
      continue;
    }
    // Stripped of a forged line, it may no longer be what it was chosen for.
    as_chosen = as_chosen && note->signatures.size() == candidate.note.signatures.size();
    candidate.note = std::move(*note);
    candidate.verified = true;
  }
  for (auto at = bad.rbegin(); at != bad.rend(); ++at) {
    notes.erase(notes.begin() + static_cast<std::ptrdiff_t>(*at));
  }
  return as_chosen && bad.empty();
}

void add_notes(Maker& maker, const ExtractSource& source, const Subtrees& subtrees,
               ExtractLog& log) {
  const std::vector<ExtractTrust::Cosigner> cosigners = cosigners_for(maker.trust, source.owner);
  std::vector<Candidate> notes = candidates(source);
  std::set<std::size_t> chosen = choose(notes, log, cosigners);
  while (!check_chosen(notes, chosen, source, subtrees, cosigners, maker.made.warnings)) {
    chosen = choose(notes, log, cosigners);
  }
  std::map<std::string, TreeSize> wanted;
  for (const std::size_t i : chosen) {
    wanted.emplace(notes[i].note.encode(), notes[i].checkpoint.size);
  }
  for (const auto& [text, size] : wanted) {
    if (text == log.checkpoint) continue;
    const TreeSize whole{source.leaves.size()};
    log.notes.push_back({text, consistency_proof(subtrees.look_up(), size, whole)});
  }
}

Status add_log(Maker& maker, const ExtractSource& source) {
  ExtractLog log;
  log.origin = Origin{source.owner.log.name};
  DETENTE_TRY(const Note checkpoint,
              stripped(source.checkpoint, source, cosigners_for(maker.trust, source.owner)));
  log.checkpoint = checkpoint.encode();
  const Subtrees subtrees(source.leaves);
  const TreeSize size{source.leaves.size()};
  const auto begin = maker.parts.lower_bound({log.origin, LeafIndex{0}});
  for (auto at = begin; at != maker.parts.end() && at->first.first == log.origin; ++at) {
    const LeafIndex index = at->first.second;
    log.entries.push_back({at->second, std::move(maker.entries.at(at->first)),
                           inclusion_proof(subtrees.look_up(), index, size)});
  }
  if (log.entries.empty()) return {};
  add_notes(maker, source, subtrees, log);
  maker.made.extract.logs.push_back(std::move(log));
  return {};
}

}  // namespace

Result<MadeExtract> make_extract(const ExtractRequest& request,
                                 const std::vector<ExtractSource>& sources,
                                 const ExtractTrust& trust) {
  Maker maker{request, trust, {}, {}, {}, {}};
  for (const ExtractSource& source : sources) {
    maker.sources[Origin{source.owner.log.name}] = &source;
  }
  for (const auto& [origin, index] : request.asked) {
    DETENTE_CHECK(take(maker, origin, index, EntryPart::asked));
  }
  DETENTE_CHECK(take_cited(maker));
  for (const auto& [origin, index] : request.about) {
    DETENTE_CHECK(take(maker, origin, index, EntryPart::about));
  }
  DETENTE_CHECK(take_keys(maker));
  Extract& extract = maker.made.extract;
  extract.agreement = trust.agreement;
  extract.agreement_file = request.agreement_file;
  extract.made = request.made;
  extract.by = request.by;
  extract.question = request.question;
  for (const auto& [origin, source] : maker.sources) DETENTE_CHECK(add_log(maker, *source));
  std::size_t notes = 0;
  for (const ExtractLog& log : extract.logs) notes += log.notes.size();
  const std::string text = encode_extract(extract);
  if (text.size() > kExtractBytes || notes > kExtractNotes) {
    return fail(Errc::extract_malformed,
                fmt::format("{} bytes and {} notes are more than an extract holds: ask for less",
                            text.size(), notes));
  }
  // Nothing leaves that would not verify where it arrives.
  DETENTE_TRY(const Extract again, parse_extract(text));
  DETENTE_CHECK(verify_extract(again, trust));
  return std::move(maker.made);
}

}  // namespace detente::record
