// SPDX-License-Identifier: Apache-2.0
#include "app/sealed_copies.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "app/identity.h"
#include "app/key_files.h"
#include "app/log.h"
#include "base/limits.h"
#include "crypto/hash.h"
#include "protection/list_copy.h"

namespace detente::app {
namespace {

constexpr std::int64_t kPauseMs = 5'000;  // after a copy did not come; then twice as long each time
constexpr std::int64_t kPauseMsMax = 300'000;
constexpr std::int64_t kOverEveryMs = 60'000;

std::optional<record::SealedCopy> copy_for(const record::ContentCommit& commit,
                                           const PartyId& party) {
  for (const record::SealedCopy& copy : commit.sealed) {
    if (copy.to == party.value) return copy;
  }
  return std::nullopt;
}

std::optional<crypto::BoxKey> key_for(const std::string& data, const record::SealedCopy& copy) {
  Result<std::vector<crypto::BoxKey>> keys = load_box_keys(data);
  if (!keys) return std::nullopt;
  for (crypto::BoxKey& key : *keys) {
    if (key.public_key() == copy.box) return std::move(key);
  }
  return std::nullopt;
}

Bytes read_or_nothing(const std::string& path, std::size_t bytes_max) {
  const Result<std::string> text = read_text_file(path, bytes_max);
  return text ? to_bytes(*text) : Bytes();
}

bool is_no_contact(Errc code) {
  return code == Errc::net_refused || code == Errc::net_timeout || code == Errc::net_tls ||
         code == Errc::http_not_found;
}

}  // namespace

SealedCopies::SealedCopies(node::Node& node, SealedHost host)
    : node_(node), host_(std::move(host)), files_(host_.data) {}

std::string SealedCopies::part_path(const record::SealedCopy& copy) const {
  return files_.blob_path(copy.sha256) + ".part";
}

void SealedCopies::tick() {
  const UtcMs now = host_.now();
  std::deque<Private> due;
  for (const Private& one : node_.notices().unlearned(node_.self())) {
    if (unusable_.contains(one.ref)) continue;
    if (files_.state(one.commit.commitment.root) == ContentFiles::State::at_hand) learn(one);
    if (one.party != node_.self()) due.push_back(one);
  }
  for (protection::ListCopyView& copy : node_.notices().list_copies()) {
    const bool its = copy.commit.sealed.front().to == node_.self().value;
    if (!its || unusable_.contains(copy.sent.ref) || kept_.contains(copy.sent.ref)) continue;
    Private one{copy.sent.ref, copy.sent.party, std::move(copy.commit)};
    if (files_.state(one.commit.commitment.root) == ContentFiles::State::at_hand) learn(one);
    if (!kept_.contains(one.ref)) due.push_back(std::move(one));
  }
  due_ = std::move(due);
  ask_next();
  if (now - looked_ < kOverEveryMs) return;
  looked_ = now;
  destroy_what_is_over();
}

// Also content that was committed here, or whose copy was opened here by hand.
void SealedCopies::learn(const Private& one) {
  const Result<record::ContentPackage> package = files_.load(one.commit.commitment);
  // A node that died while it kept a copy has half of it: it is made again from the copy.
  if (!package && copy_for(one.commit, node_.self())) return;
  const bool list = one.commit.commitment.schema == protection::kListCopySchema;
  Status learned;
  if (!package) {
    learned = fail(package.error());
  } else if (list) {
    const Result<protection::ListCopy> copy = protection::read_list_copy(package->content);
    if (!copy) learned = fail(copy.error());
  } else {
    learned = node_.learn_details(one.ref, *package);
  }
  if (learned) {
    if (list) kept_.insert(one.ref);
    waiting_.erase(one.ref);
    return host_.learned();
  }
  unusable_.insert(one.ref);
  log_event("warning", "private_details",
            {{"of", one.party.value}, {"error", learned.error().text()}});
}

void SealedCopies::ask_next() {
  while (!due_.empty() && fetches_ < limits::kSealedFetches) {
    const Private one = std::move(due_.front());
    due_.pop_front();
    ask(one);
  }
}

void SealedCopies::ask(const Private& one) {
  const UtcMs now = host_.now();
  const std::optional<record::SealedCopy> copy = copy_for(one.commit, node_.self());
  if (!copy || unusable_.contains(one.ref)) return;
  Waiting& waiting = waiting_[one.ref];
  const bool due = waiting.next <= now || host_.carried(one.party);
  if (waiting.under_way || !due) return;
  const ContentFiles::State state = files_.state(one.commit.commitment.root);
  if (state == ContentFiles::State::destroyed || node_.notices().over_since(one.ref, now)) return;
  if (!key_for(host_.data, *copy)) {
    return pause(one, {Errc::content_unknown, "the box key of the copy is not here", ""}, false);
  }
  const Bytes blob = read_or_nothing(files_.blob_path(copy->sha256), record::kSealedBytesMax);
  if (crypto::sha256(blob) == copy->sha256) {
    const Status opened = open(one, *copy, blob);
    if (!opened) pause(one, opened.error(), false);
    return;
  }
  const std::uint64_t from = read_or_nothing(part_path(*copy), record::kSealedBytesMax).size();
  waiting.under_way = true;
  ++fetches_;
  host_.fetch(one.party, to_hex(copy->sha256), from < copy->size ? from : 0,
              [this, one, copy = *copy](Result<Bytes> piece) {
                --fetches_;
                waiting_[one.ref].under_way = false;
                came(one, copy, std::move(piece));
                ask_next();
              });
}

void SealedCopies::came(const Private& one, const record::SealedCopy& copy, Result<Bytes> piece) {
  if (!piece) return pause(one, piece.error(), is_no_contact(piece.error().code));
  const Status kept = keep(copy, *piece);
  if (!kept) return pause(one, kept.error(), false);
  waiting_[one.ref] = {};
  // The next piece, or the opening of the whole.
  ask(one);
}

// A copy that is whole is compared with what the owner signed before it is kept as one.
Status SealedCopies::keep(const record::SealedCopy& copy, ByteView piece) const {
  const std::string path = part_path(copy);
  Bytes bytes = read_or_nothing(path, record::kSealedBytesMax);
  // A courier file has the whole.
  if (bytes.size() >= copy.size || piece.size() == copy.size) bytes.clear();
  if (piece.empty() || piece.size() > copy.size - bytes.size()) {
    static_cast<void>(destroy_file(path, crypto::system_random()));
    return fail(Errc::content_mismatch, "a piece of another size than the log says");
  }
  bytes.insert(bytes.end(), piece.begin(), piece.end());
  if (bytes.size() < copy.size) {
    return write_private_file(path, bytes, true);
  }
  if (crypto::sha256(bytes) != copy.sha256) {
    static_cast<void>(destroy_file(path, crypto::system_random()));
    return fail(Errc::content_mismatch, "not the copy that stands in the log");
  }
  DETENTE_CHECK(files_.save_blob(bytes));
  return destroy_file(path, crypto::system_random());
}

// What does not open, or holds another content, stays in blobs/ for `detente content receipt`, with
// which an officer says so on the record.
Status SealedCopies::open(const Private& one, const record::SealedCopy& copy, ByteView sealed) {
  const std::optional<crypto::BoxKey> key = key_for(host_.data, copy);
  if (!key) return fail(Errc::content_unknown, "the box key of the copy is not here");
  record::ReceivedCopy received = record::receive_copy(one.commit, sealed, *key);
  if (!received.receipt.opens) {
    crypto::wipe(received.package);
    unusable_.insert(one.ref);
    log_event("warning", "sealed_copy",
              {{"of", one.party.value},
               {"copy", to_hex(copy.sha256)},
               {"fault", received.receipt.fault}});
    return {};
  }
  const Result<record::ContentPackage> package = record::parse_package(received.package);
  crypto::wipe(received.package);
  if (!package) return fail(package.error());
  DETENTE_CHECK(files_.save_again(one.commit.commitment.root, *package));
  learn(one);
  return {};
}

void SealedCopies::pause(const Private& one, const Error& why, bool no_contact) {
  Waiting& waiting = waiting_[one.ref];
  const bool first = waiting.pause_ms == 0;
  waiting.pause_ms = std::clamp(waiting.pause_ms * 2, kPauseMs, kPauseMsMax);
  waiting.next = host_.now() + waiting.pause_ms;
  if (!first || no_contact) return;
  log_event("warning", "sealed_copy", {{"of", one.party.value}, {"error", why.text()}});
}

void SealedCopies::destroy_what_is_over() {
  const UtcMs now = host_.now();
  for (const Private& one : node_.notices().learned(node_.self())) {
    if (one.party == node_.self()) continue;
    const std::optional<UtcMs> since = node_.notices().over_since(one.ref, now);
    if (!since || now - *since < limits::kDetailsKeepMs) continue;
    const Status gone = files_.forget(one.commit);
    if (!gone) {
      log_event("error", "private_details", {{"error", gone.error().text()}});
      continue;
    }
    node_.forget_details(one.ref);
    log_event("info", "private_details_gone", {{"of", one.party.value}});
  }
}

Result<Bytes> SealedCopies::piece_for(const PartyId& peer, const std::string& name,
                                      std::uint64_t from) const {
  const Error unknown{Errc::content_unknown, "no such copy", ""};
  const Result<Bytes> bytes = from_hex(name);
  if (!bytes || bytes->size() != 32) return fail(unknown);
  Hash sha256{};
  std::copy(bytes->begin(), bytes->end(), sha256.begin());
  const std::optional<Private> named = node_.notices().sealed_copy(node_.self(), peer, sha256);
  if (!named || node_.notices().over_since(named->ref, host_.now())) return fail(unknown);
  const std::optional<record::SealedCopy> copy = copy_for(named->commit, peer);
  if (!copy || from >= copy->size) return fail(unknown);
  DETENTE_TRY(const Bytes sealed, files_.sealed_copy(named->commit, *copy));
  const std::size_t end = std::min<std::size_t>(from + limits::kSealedPieceBytes, sealed.size());
  return Bytes(sealed.begin() + static_cast<std::ptrdiff_t>(from),
               sealed.begin() + static_cast<std::ptrdiff_t>(end));
}

}  // namespace detente::app
