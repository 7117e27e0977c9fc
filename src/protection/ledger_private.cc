// SPDX-License-Identifier: Apache-2.0
//
// Private details: what this node was given of them, when they are needed no more, and who may have
// which sealed copy.
#include <algorithm>
#include <tuple>

#include "base/limits.h"
#include "protection/ledger.h"
#include "protection/list_copy.h"

namespace detente::protection {

void NoticeLedger::take_commit(const Signed& sent, const record::Entry& entry) {
  Result<record::ContentCommit> commit = record::read_content_commit(entry.statement.body());
  if (!commit) return;
  for (const record::SealedCopy& copy : commit->sealed) {
    copies_.try_emplace({sent.party, copy.sha256}, sent.ref);
  }
  if (commit->commitment.schema == kListCopySchema && commit->sealed.size() == 1) {
    list_commits_.try_emplace(sent.ref, sent);
  }
  commits_.try_emplace(sent.ref, Committed{sent.party, std::move(*commit)});
}

void NoticeLedger::take_copy_receipt(const Signed& sent, const record::Entry& entry) {
  Result<record::ContentReceipt> body = record::read_content_receipt(entry.statement.body());
  if (!body || entry.statement.refs.size() != 1) return;
  copy_receipts_[entry.statement.refs.front()].push_back({sent, std::move(*body)});
}

std::vector<ListCopyView> NoticeLedger::list_copies() const {
  std::vector<ListCopyView> out;
  for (const auto& [ref, sent] : list_commits_) {
    ListCopyView view{sent, commits_.at(ref).commit, {}};
    const record::SealedCopy& copy = view.commit.sealed.front();
    const auto receipts = copy_receipts_.find(ref);
    if (receipts != copy_receipts_.end()) {
      for (const CopyReceipt& one : receipts->second) {
        const bool its = one.sent.party.value == copy.to && one.body.sha256 == copy.sha256;
        if (its && !view.receipt) view.receipt = one;
      }
    }
    out.push_back(std::move(view));
  }
  std::sort(out.begin(), out.end(), [](const ListCopyView& a, const ListCopyView& b) {
    return std::tie(a.sent.time, a.sent.party, a.sent.ref.index) <
           std::tie(b.sent.time, b.sent.party, b.sent.ref.index);
  });
  return out;
}

Status NoticeLedger::learn(const record::Ref& commit, const record::ContentPackage& package) {
  const auto committed = commits_.find(commit);
  if (committed == commits_.end()) {
    return fail(Errc::protection_unknown, "no log holds this commitment");
  }
  DETENTE_CHECK(record::verify_package(committed->second.commit.commitment, package));
  DETENTE_TRY(const JsonDocument document,
              parse_json(package.content.document(), {.bytes_max = record::kContentBytes}));
  Learned learned;
  if (package.content.schema() == kSiteSchema) {
    DETENTE_TRY(learned.site, read_site(document.root()));
  } else if (package.content.schema() == kMovementSchema) {
    DETENTE_TRY(learned.movement, read_movement(document.root()));
  } else {
    return fail(Errc::protection_content, package.content.schema());
  }
  if (!learned_.try_emplace(commit, std::move(learned)).second) return {};
  const auto waiting = waiting_.find(commit);
  if (waiting == waiting_.end()) return {};
  for (const record::Ref& ref : waiting->second) {
    const auto movement = movements_.find(ref);
    if (movement != movements_.end()) place_movement(movement->second);
    const auto key = key_of_.find(ref);
    if (key == key_of_.end()) continue;
    Site& site = sites_.at(key->second);
    for (const SiteVersion& version : site.versions) {
      if (version.sent.ref == ref) place_site(key->second, version);
    }
    digest_text(site);
  }
  return {};
}

void NoticeLedger::forget(const record::Ref& commit) {
  if (learned_.erase(commit) == 0) return;
  const auto waiting = waiting_.find(commit);
  if (waiting == waiting_.end()) return;
  for (const record::Ref& ref : waiting->second) {
    const auto key = key_of_.find(ref);
    const record::Ref& subject = key == key_of_.end() ? ref : key->second;
    const auto placed = placed_of_.find(subject);
    if (placed != placed_of_.end()) {
      for (const std::uint32_t number : placed->second) {
        if (placed_[number].version == ref) placed_[number].gone = true;
      }
    }
    if (key != key_of_.end()) digest_text(sites_.at(subject));
  }
}

std::vector<NoticeLedger::Private> NoticeLedger::private_details(const PartyId& reader,
                                                                 bool known) const {
  std::vector<Private> out;
  for (const auto& [ref, entries] : waiting_) {
    if (learned_.contains(ref) != known) continue;
    const Committed& committed = commits_.at(ref);
    const std::vector<record::SealedCopy>& sealed = committed.commit.sealed;
    const bool named = std::any_of(sealed.begin(), sealed.end(),
                                   [&](const auto& copy) { return copy.to == reader.value; });
    if (named || committed.party == reader) out.push_back({ref, committed.party, committed.commit});
  }
  return out;
}

std::vector<NoticeLedger::Private> NoticeLedger::unlearned(const PartyId& reader) const {
  return private_details(reader, false);
}

std::vector<NoticeLedger::Private> NoticeLedger::learned(const PartyId& reader) const {
  return private_details(reader, true);
}

bool NoticeLedger::has_open_case(const record::Ref& subject, UtcMs now) const {
  return std::any_of(hits_.begin(), hits_.end(), [&](const Hit& hit) {
    if (hit.second != subject) return false;
    const std::optional<CaseView> view = view_of(hit, now);
    return view && !view->closed;
  });
}

std::optional<UtcMs> NoticeLedger::over_since(const record::Ref& commit, UtcMs now) const {
  const auto waiting = waiting_.find(commit);
  if (waiting == waiting_.end()) return std::nullopt;
  std::optional<UtcMs> since;
  for (const record::Ref& ref : waiting->second) {
    std::optional<UtcMs> over;
    record::Ref subject = ref;
    if (const Site* const site = site_of(ref, &subject)) {
      over = site->digest->removed ? site->digest->removed->time : site->digest->expires;
    } else if (const std::optional<MovementView> view = movement(ref, now)) {
      over = view->ended ? *view->ended : view->body.time.end + view->delay_ms;
    }
    if (!over || now < *over || has_open_case(subject, now)) return std::nullopt;
    since = std::max(since.value_or(*over), *over);
  }
  return since;
}

std::optional<NoticeLedger::Private> NoticeLedger::sealed_copy(const PartyId& of, const PartyId& to,
                                                               const Hash& sha256) const {
  const auto found = copies_.find({of, sha256});
  if (found == copies_.end()) return std::nullopt;
  const record::ContentCommit& commit = commits_.at(found->second).commit;
  const bool named = std::any_of(
      commit.sealed.begin(), commit.sealed.end(),
      [&](const record::SealedCopy& copy) { return copy.sha256 == sha256 && copy.to == to.value; });
  if (!named) return std::nullopt;
  return Private{found->second, of, commit};
}

std::optional<crypto::BoxPublicKey> NoticeLedger::box_key(const PartyId& party) const {
  const auto found = boxes_.find(party);
  if (found == boxes_.end()) return std::nullopt;
  return found->second;
}

}  // namespace detente::protection
