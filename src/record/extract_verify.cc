// SPDX-License-Identifier: Apache-2.0
//
// Judges an extract: the proofs, the rules of the log as far as single entries can show them, and
// the receipts.
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/limits.h"
#include "crypto/hash.h"
#include "record/extract.h"
#include "record/extract_impl.h"
#include "record/key_statements.h"

namespace detente::record {
namespace {

// Whatever rule is broken, the extract does not prove what it says; the rule is named.
tl::unexpected<Error> mismatch(const std::string& place, const Error& error) {
  return fail(Errc::extract_mismatch, error.text(), place);
}
tl::unexpected<Error> mismatch(const std::string& place, std::string why) {
  return fail(Errc::extract_mismatch, std::move(why), place);
}

// The time of this cosigner's line on a note whose lines verify.
std::optional<UtcMs> line_time(const Note& note, const VerifierKey& key) {
  for (const NoteSignature& line : note.signatures) {
    if (line.name == key.name && line.key_id == key.id()) return cosignature_time(line);
  }
  return std::nullopt;
}

// Judges some entries of one log, in order, by the rules of LogReader, as far as entries that are
// not there allow.
class SparseReader {
 public:
  explicit SparseReader(const LogOwner& owner) : owner_(owner) {
    root_.keyid = owner.party + "/root";
    root_.key = owner.root;
    root_.roles = {"root"};
    root_.name = "root";
    root_.expires = UtcMs{INT64_MAX};
  }

  Status append(const Entry& entry) {
    const Statement& statement = entry.statement;
    const std::optional<TypeRule> rule = type_rule(statement.type);
    if (!rule) return fail(Errc::entry_malformed, "unknown statement type " + statement.type);
    if (statement.agreement != owner_.agreement || statement.log.value != owner_.log.name) {
      return fail(Errc::entry_wrong_log, "signed for " + statement.log.value);
    }
    const bool opening = statement.type == "log.open";
    if (opening != (entry.header.seq.value == 0)) {
      return fail(opening ? Errc::log_reopened : Errc::log_not_opened);
    }
    if (closed_) return fail(Errc::log_closed, statement.type);
    if (!ids_.insert(statement.id).second) return fail(Errc::entry_repeated, statement.id.value);
    if (entry.header.time < last_time_) return fail(Errc::entry_time_back);
    if (statement.expires < entry.header.time) return fail(Errc::entry_expired);
    last_time_ = entry.header.time;
    DETENTE_CHECK(check_seen(entry.header.seen));
    DETENTE_CHECK(check_signatures(entry, *rule));
    return take_in(entry);
  }

  // With the revocations that are in the extract; asked when all its entries were judged.
  std::vector<ExtractSigner> signers(const Entry& entry) const {
    std::vector<ExtractSigner> out;
    const std::optional<TypeRule> rule = type_rule(entry.statement.type);
    for (const EnvelopeSignature& signature : entry.envelope.signatures) {
      const OfficerKey* const key = find(signature.keyid);
      if (key == nullptr || !rule) continue;
      ExtractSigner signer{key->keyid, key->name, key->roles, {}, key->last, true};
      if (key != &root_) signer.delegated = key->from;
      signer.counts = check_key_use(*key, *rule, entry.header.seq, entry.header.time).has_value();
      out.push_back(std::move(signer));
    }
    return out;
  }

 private:
  const OfficerKey* find(const std::string& keyid) const {
    if (keyid == root_.keyid) return &root_;
    const auto found = officers_.find(keyid);
    return found == officers_.end() ? nullptr : &found->second;
  }

  Status check_seen(const std::vector<Head>& seen) {
    const Head* before = nullptr;
    for (const Head& head : seen) {
      const bool ascends = before == nullptr || before->origin < head.origin;
      if (!ascends || head.origin.value == owner_.log.name) {
        return fail(Errc::entry_seen, "the log names itself, or origins do not ascend");
      }
      before = &head;
      const auto known = seen_.find(head.origin);
      if (known != seen_.end() &&
          (head.size < known->second.size ||
           (head.size == known->second.size && head.root != known->second.root))) {
        return fail(Errc::entry_seen, head.origin.value);
      }
      seen_[head.origin] = head;
    }
    return {};
  }

  Status check_signatures(const Entry& entry, const TypeRule& rule) const {
    std::set<std::string> signers;
    const std::string message = pae(entry.envelope.payload_type, entry.envelope.payload);
    for (const EnvelopeSignature& signature : entry.envelope.signatures) {
      if (!signers.insert(signature.keyid).second) {
        return fail(Errc::entry_malformed, signature.keyid + " signs twice");
      }
      const OfficerKey* const key = find(signature.keyid);
      if (key == nullptr) {
        return fail(Errc::key_undelegated,
                    "the extract has no delegation of " + signature.keyid + " before this entry");
      }
      DETENTE_CHECK(check_key_use(*key, rule, entry.header.seq, entry.header.time));
      if (!crypto::verify(key->key, as_bytes(message), signature.signature)) {
        return fail(Errc::signature_invalid, signature.keyid);
      }
    }
    if (signers.size() < static_cast<std::size_t>(rule.signers_min)) {
      return fail(Errc::signers_too_few, entry.statement.type);
    }
    return {};
  }

  Status take_in(const Entry& entry) {
    const Statement& statement = entry.statement;
    if (statement.type == "log.open") return check_opening(statement.body(), owner_);
    if (statement.type == "log.close") closed_ = true;
    if (statement.type == "key.add") {
      DETENTE_TRY(OfficerKey key, read_key_add(statement.body(), owner_, officers_));
      key.from = entry.header.seq;
      officers_.emplace(key.keyid, std::move(key));
    } else if (statement.type == "key.revoke") {
      DETENTE_TRY(const KeyRevocation revoked,
                  read_key_revoke(statement.body(), entry.header.seq, officers_));
      officers_.at(revoked.keyid).last = revoked.last;
    }
    return {};
  }

  const LogOwner& owner_;
  OfficerKey root_;
  bool closed_ = false;
  std::map<std::string, OfficerKey> officers_;
  std::map<Origin, Head> seen_;
  std::set<StatementId> ids_;
  UtcMs last_time_;
};

// One log while it is judged.
struct Judged {
  const ExtractLog* log = nullptr;
  const LogOwner* owner = nullptr;
  Checkpoint checkpoint;
  std::vector<ExtractTrust::Cosigner> cosigners;
  std::vector<CosignedTimes> times;  // one for each cosigner
  std::map<TreeSize, Hash> roots;    // proved: of the checkpoint and of every note
};

// The checkpoint in a note that the log's key signed; its cosignatures go to the times. Every line
// must be by a key that counts, so that no line can be made unreadable unnoticed.
Result<Checkpoint> judge_note(Judged& judged, const std::string& text, std::size_t* cosigned) {
  DETENTE_TRY(const Note note, parse_note(text));
  DETENTE_TRY(Checkpoint checkpoint, parse_checkpoint(note.text));
  if (checkpoint.origin.value != judged.owner->log.name) return fail(Errc::checkpoint_origin);
  std::vector<VerifierKey> known = {judged.owner->log};
  for (const ExtractTrust::Cosigner& cosigner : judged.cosigners) known.push_back(cosigner.key);
  DETENTE_CHECK(verify_all_lines(note, known));
  DETENTE_CHECK(verify_note(note, judged.owner->log));
  for (std::size_t i = 0; i < judged.cosigners.size(); ++i) {
    const std::optional<UtcMs> time = line_time(note, judged.cosigners[i].key);
    if (!time) continue;
    judged.times[i].add(*time, checkpoint.size, 0);
    ++*cosigned;
  }
  return checkpoint;
}

Status judge_checkpoint(Judged& judged, const std::string& place, ExtractLogReport& report) {
  std::size_t cosigned = 0;
  Result<Checkpoint> checkpoint = judge_note(judged, judged.log->checkpoint, &cosigned);
  if (!checkpoint) return mismatch(place + ", checkpoint", checkpoint.error());
  judged.checkpoint = *checkpoint;
  judged.roots[checkpoint->size] = checkpoint->root;
  report.party = judged.owner->party;
  report.checkpoint = *checkpoint;
  const Result<Note> note = parse_note(judged.log->checkpoint);
  for (const ExtractTrust::Cosigner& cosigner : judged.cosigners) {
    const std::optional<UtcMs> time = line_time(*note, cosigner.key);
    if (time) report.cosigned.push_back({cosigner.name, cosigner.level, *time});
  }
  report.shown = judged.log->entries.size();
  report.left_out = left_out(*judged.log);
  return {};
}

Status judge_notes(Judged& judged, const std::string& place) {
  const std::string* before = nullptr;
  for (std::size_t i = 0; i < judged.log->notes.size(); ++i) {
    const ExtractNote& item = judged.log->notes[i];
    const std::string here = fmt::format("{}, note {}", place, i);
    if (before != nullptr && !(*before < item.note)) {
      return mismatch(here, "notes are not in ascending order");
    }
    before = &item.note;
    std::size_t cosigned = 0;
    const Result<Checkpoint> checkpoint = judge_note(judged, item.note, &cosigned);
    if (!checkpoint) return mismatch(here, checkpoint.error());
    if (cosigned == 0) return mismatch(here, "nobody that counts has cosigned it");
    if (checkpoint->size.value == 0) return mismatch(here, "it covers nothing");
    const Status extends =
        verify_consistency(checkpoint->size, checkpoint->root, judged.checkpoint.size,
                           judged.checkpoint.root, item.proof);
    if (!extends) return mismatch(here, extends.error());
    judged.roots[checkpoint->size] = checkpoint->root;
  }
  return {};
}

std::string entry_place(const std::string& place, const Entry& entry) {
  return fmt::format("{}, entry {}", place, entry.header.seq.value);
}

Status judge_entries(const Judged& judged, SparseReader& reader, const std::string& place) {
  for (const ExtractEntry& item : judged.log->entries) {
    const std::string here = entry_place(place, item.entry);
    const Status proved =
        verify_inclusion(item.entry.leaf, item.entry.header.seq, judged.checkpoint.size, item.proof,
                         judged.checkpoint.root);
    if (!proved) return mismatch(here, proved.error());
    const Status fits = reader.append(item.entry);
    if (!fits) return mismatch(here, fits.error());
  }
  return {};
}

// What an entry says it saw of another log here must be what that log was.
Status judge_views(const std::map<Origin, Judged>& logs) {
  for (const auto& [origin, judged] : logs) {
    for (const ExtractEntry& item : judged.log->entries) {
      for (const Head& head : item.entry.header.seen) {
        const auto other = logs.find(head.origin);
        if (other == logs.end()) continue;
        const auto root = other->second.roots.find(head.size);
        if (root == other->second.roots.end() || root->second == head.root) continue;
        return mismatch(entry_place("log " + origin.value, item.entry),
                        fmt::format("it saw another root of {} at size {}: the two logs "
                                    "contradict each other",
                                    head.origin.value, head.size.value));
      }
    }
  }
  return {};
}

ExtractLink link_of(const Ref& ref, const std::map<Origin, Judged>& logs) {
  ExtractLink out{ref, ExtractLink::State::elsewhere};
  const auto log = logs.find(ref.origin);
  if (log == logs.end()) return out;
  const std::vector<ExtractEntry>& entries = log->second.log->entries;
  const auto found = std::lower_bound(
      entries.begin(), entries.end(), ref.index,
      [](const ExtractEntry& item, LeafIndex index) { return item.entry.header.seq < index; });
  if (found == entries.end() || found->entry.header.seq != ref.index) return out;
  out.state =
      found->entry.leaf == ref.leaf ? ExtractLink::State::here : ExtractLink::State::differs;
  return out;
}

EntryReport report_of(const Judged& judged, const SparseReader& reader, const ExtractEntry& item,
                      const std::map<Origin, Judged>& logs) {
  const Entry& entry = item.entry;
  EntryReport out;
  out.party = judged.owner->party;
  out.origin = judged.log->origin;
  out.index = entry.header.seq;
  out.part = item.part;
  out.time = entry.header.time;
  out.type = entry.statement.type;
  out.id = entry.statement.id;
  out.signers = reader.signers(entry);
  for (std::size_t i = 0; i < judged.cosigners.size(); ++i) {
    ExtractReceipt receipt{judged.cosigners[i].name, judged.cosigners[i].level, {}, {}};
    const CosignedTimes::Had* const first = judged.times[i].first(entry.header.seq);
    const CosignedTimes::Had* const lacked = judged.times[i].lacked(entry.header.seq);
    if (first != nullptr) receipt.first = ExtractReceipt::Had{first->time, first->size};
    if (lacked != nullptr) receipt.lacked = lacked->time;
    out.receipts.push_back(std::move(receipt));
  }
  for (const Ref& ref : entry.statement.refs) out.links.push_back(link_of(ref, logs));
  return out;
}

std::vector<std::string> limits_of(const Extract& extract, const ExtractReport& report) {
  std::vector<std::string> out;
  out.push_back(fmt::format(
      "Which entries answer the question was chosen by {}; so was the question, and the time at "
      "which this was made. Nothing here proves that the choice is complete.",
      extract.by));
  for (const ExtractLogReport& log : report.logs) {
    const std::uint64_t size = log.checkpoint.size.value;
    if (log.whole()) {
      out.push_back(
          fmt::format("The log of {} is here whole up to entry {}: nothing in it was "
                      "left out, and no revocation up to there.",
                      log.party, size - 1));
      continue;
    }
    std::uint64_t left = 0;
    for (const auto& [first, last] : log.left_out) left += last - first + 1;
    out.push_back(fmt::format(
        "Of the log of {}, {} of {} entries are not part of this extract: {}. It does not prove "
        "that they say nothing about the question, or that none of them revokes a key.",
        log.party, left, size, ranges_text(log.left_out)));
  }
  out.push_back(
      "What was logged after these checkpoints is unknown here, revocations of keys included.");
  out.push_back(
      "The time of an entry is by its writer's clock; the time of a receipt by the clock of the "
      "party that gave it. A receipt that is missing here may exist elsewhere.");
  return out;
}

Status judge_agreement(const Extract& extract, const ExtractTrust& trust) {
  if (extract.agreement != trust.agreement) {
    return mismatch("agreement", "it was made under the agreement " + extract.agreement);
  }
  if (!extract.agreement_file) return {};
  if (to_hex(crypto::sha256(as_bytes(*extract.agreement_file))) == extract.agreement) return {};
  return mismatch("agreement-file", "its SHA-256 is not the one above it");
}

}  // namespace

std::vector<ExtractTrust::Cosigner> cosigners_for(const ExtractTrust& trust,
                                                  const LogOwner& owner) {
  std::vector<ExtractTrust::Cosigner> out;
  for (const LogOwner& other : trust.owners) {
    if (other.party == owner.party) continue;
    out.push_back({other.party, ReceiptLevel::seen, other.witness});
    out.push_back({other.party, ReceiptLevel::held, other.mirror});
  }
  out.insert(out.end(), trust.neutral.begin(), trust.neutral.end());
  return out;
}

const LogOwner* owner_of(const ExtractTrust& trust, const Origin& origin) {
  const auto found =
      std::find_if(trust.owners.begin(), trust.owners.end(),
                   [&origin](const LogOwner& owner) { return owner.log.name == origin.value; });
  return found == trust.owners.end() ? nullptr : &*found;
}

void CosignedTimes::add(UtcMs time, TreeSize size, std::size_t note) {
  all_.push_back({time, size, note});
}

void CosignedTimes::sort() {
  std::sort(all_.begin(), all_.end(), [](const Had& a, const Had& b) {
    return std::tie(a.time, a.size, a.note) < std::tie(b.time, b.size, b.note);
  });
  largest_.assign(all_.size(), 0);
  smallest_.assign(all_.size(), UINT64_MAX);
  std::uint64_t largest = 0;
  std::uint64_t smallest = UINT64_MAX;
  for (std::size_t i = 0; i < all_.size(); ++i) {
    largest_[i] = largest = std::max(largest, all_[i].size.value);
    const std::size_t j = all_.size() - 1 - i;
    smallest_[j] = smallest = std::min(smallest, all_[j].size.value);
  }
}

const CosignedTimes::Had* CosignedTimes::first(LeafIndex index) const {
  const auto at = std::upper_bound(largest_.begin(), largest_.end(), index.value);
  return at == largest_.end() ? nullptr : &all_[static_cast<std::size_t>(at - largest_.begin())];
}

const CosignedTimes::Had* CosignedTimes::lacked(LeafIndex index) const {
  const auto at = std::upper_bound(smallest_.begin(), smallest_.end(), index.value);
  if (at == smallest_.begin()) return nullptr;
  return &all_[static_cast<std::size_t>(at - smallest_.begin()) - 1];
}

Result<ExtractReport> verify_extract(const Extract& extract, const ExtractTrust& trust) {
  DETENTE_CHECK(judge_agreement(extract, trust));
  ExtractReport report;
  std::map<Origin, Judged> logs;
  std::map<Origin, SparseReader> readers;
  for (const ExtractLog& log : extract.logs) {
    const std::string place = "log " + log.origin.value;
    const LogOwner* const owner = owner_of(trust, log.origin);
    if (owner == nullptr) return mismatch(place, "no party of the agreement has this log");
    Judged& judged = logs[log.origin];
    if (judged.log != nullptr) return mismatch(place, "the log stands here twice");
    judged.log = &log;
    judged.owner = owner;
    judged.cosigners = cosigners_for(trust, *owner);
    judged.times.resize(judged.cosigners.size());
    report.logs.emplace_back();
    DETENTE_CHECK(judge_checkpoint(judged, place, report.logs.back()));
    DETENTE_CHECK(judge_notes(judged, place));
    for (CosignedTimes& times : judged.times) times.sort();
    SparseReader& reader = readers.try_emplace(log.origin, *owner).first->second;
    DETENTE_CHECK(judge_entries(judged, reader, place));
  }
  DETENTE_CHECK(judge_views(logs));
  for (const auto& [origin, judged] : logs) {
    for (const ExtractEntry& item : judged.log->entries) {
      report.entries.push_back(report_of(judged, readers.at(origin), item, logs));
    }
  }
  std::sort(report.entries.begin(), report.entries.end(),
            [](const EntryReport& a, const EntryReport& b) {
              return std::tie(a.time, a.party, a.index) < std::tie(b.time, b.party, b.index);
            });
  report.limits = limits_of(extract, report);
  return report;
}

}  // namespace detente::record
