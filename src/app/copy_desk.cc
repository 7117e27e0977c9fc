// SPDX-License-Identifier: Apache-2.0
#include "app/copy_desk.h"

#include <fmt/core.h>

#include <algorithm>

#include "app/identity.h"
#include "app/key_files.h"
#include "base/limits.h"
#include "crypto/hash.h"
#include "node/api_parts.h"
#include "node/api_protection.h"
#include "node/api_protection_json.h"
#include "protection/coarse.h"

namespace detente::app {

using node::ApiAnswer;
using protection::ListCopy;
using protection::ListCopyView;

namespace {

constexpr std::string_view kCopies = "/api/site-copies";
constexpr std::string_view kReceipt = "/receipt";

bool is_officer(const node::Caller& caller) {
  return caller.role != node::Role::none && caller.role != node::Role::reader;
}

Status may(const node::Caller& caller, const char* type) {
  if (caller.role == node::Role::none) return fail(Errc::http_unauthorized, "send a bearer token");
  if (!node::may_sign(caller, type)) return fail(Errc::http_forbidden, type);
  return {};
}

Result<std::vector<protection::SiteCategory>> categories_of(const JsonReader& asked) {
  std::vector<protection::SiteCategory> out;
  if (!asked.has("categories")) return out;
  DETENTE_TRY(const std::vector<std::string> names,
              asked.strings("categories", protection::kCategories, limits::kIdBytes));
  for (const std::string& name : names) {
    DETENTE_TRY(const protection::SiteCategory category, protection::parse_category(name));
    out.push_back(category);
  }
  return out;
}

}  // namespace

bool CopyDesk::is_mine(std::string_view path) {
  return path == kCopies || path.starts_with(std::string(kCopies) + "/");
}

ApiAnswer CopyDesk::handle(const node::ApiRequest& request, const node::Caller& caller, UtcMs now) {
  const auto answer = [&]() -> Result<ApiAnswer> {
    if (caller.role == node::Role::none) {
      return fail(Errc::http_unauthorized, "send a bearer token");
    }
    const std::string& path = request.path;
    const bool whole = path == kCopies;
    const std::string key = whole ? "" : path.substr(kCopies.size() + 1);
    if (request.method == "GET") {
      if (whole) return ApiAnswer{200, listed(caller, now)};
      DETENTE_TRY(std::string body, one(key, caller, now));
      return ApiAnswer{200, std::move(body)};
    }
    if (request.method != "POST") return fail(Errc::http_method, request.method);
    if (whole) return make(request.body, caller, now);
    if (!key.ends_with(kReceipt)) return fail(Errc::http_not_found, path);
    return receipt(key.substr(0, key.size() - kReceipt.size()), caller, now);
  }();
  return answer ? *answer : node::error_answer(answer.error());
}

// ---- reading ----

Result<ListCopyView> CopyDesk::find(const std::string& key) const {
  DETENTE_TRY(const record::Ref ref, node::entry_at(node_, key));
  for (ListCopyView& view : node_.notices().list_copies()) {
    const bool ours =
        view.sent.party == node_.self() || view.commit.sealed.front().to == node_.self().value;
    if (ours && view.sent.ref == ref) return std::move(view);
  }
  return fail(Errc::protection_unknown, "no such copy", key.substr(0, limits::kIdBytes));
}

Result<ListCopy> CopyDesk::read(const ListCopyView& view) {
  DETENTE_TRY(const record::ContentPackage package, files_.load(view.commit.commitment));
  DETENTE_TRY(ListCopy copy, protection::read_list_copy(package.content));
  heads_[view.sent.ref] = {copy.id, copy.coarse_mm, copy.entries.size()};
  return copy;
}

void CopyDesk::write_copy(JsonWriter& out, const ListCopyView& view, const node::Caller& caller) {
  const record::SealedCopy& sealed = view.commit.sealed.front();
  const bool here = files_.state(view.commit.commitment.root) == ContentFiles::State::at_hand &&
                    (heads_.contains(view.sent.ref) || read(view));
  out.begin_object().member("key", node::entry_key(node_, view.sent.ref));
  out.member("owner", view.sent.party.value).member("to", sealed.to);
  out.member("time", view.sent.time).member("index", view.sent.ref.index.value);
  out.member("officer", view.sent.officers.empty() ? "" : view.sent.officers.front());
  out.member("sha256", to_hex(sealed.sha256)).member("size", sealed.size).member("here", here);
  if (here && is_officer(caller)) {
    const Head& head = heads_.at(view.sent.ref);
    out.member("id", head.id).member("coarse_m", head.coarse_mm / 1'000);
    out.member("entries", std::uint64_t{head.entries});
  }
  if (view.receipt) {
    const protection::Signed& sent = view.receipt->sent;
    out.name("receipt").begin_object().member("time", sent.time);
    out.member("officer", sent.officers.empty() ? "" : sent.officers.front());
    out.member("index", sent.ref.index.value).member("opens", view.receipt->body.opens);
    out.member("fault", view.receipt->body.fault).end_object();
  }
  const bool asked = here && sealed.to == node_.self().value && !view.receipt &&
                     node::may_sign(caller, "content.receipt");
  out.name("acts").begin_array();
  if (asked) out.value("receipt");
  out.end_array().end_object();
}

std::string CopyDesk::listed(const node::Caller& caller, UtcMs now) {
  JsonWriter out;
  out.begin_object().member("now", now);
  node::write_standing(out);
  out.member("may_make", node::may_sign(caller, "site.register")).name("copies").begin_array();
  const std::vector<ListCopyView> all = node_.notices().list_copies();
  std::size_t count = 0;
  for (auto view = all.rbegin(); view != all.rend() && count < limits::kListCopiesListed; ++view) {
    const bool ours =
        view->sent.party == node_.self() || view->commit.sealed.front().to == node_.self().value;
    if (!ours) continue;
    ++count;
    write_copy(out, *view, caller);
  }
  return out.end_array().end_object().take();
}

Result<std::string> CopyDesk::one(const std::string& key, const node::Caller& caller, UtcMs now) {
  DETENTE_TRY(const ListCopyView view, find(key));
  if (!is_officer(caller)) return fail(Errc::http_forbidden, "for officers of this party");
  DETENTE_TRY(const ListCopy copy, read(view));
  JsonWriter out;
  out.begin_object().member("now", now);
  node::write_standing(out);
  out.name("copy");
  write_copy(out, view, caller);
  out.name("sites").begin_array();
  for (const protection::ListCopyEntry& entry : copy.entries) {
    out.begin_object().member("key", fmt::format("{}-{}", copy.owner.value, entry.index.value));
    out.member("category", protection::category_name(entry.category)).name("point");
    node::write_lnglat(out, entry.circle.center);
    out.member("radius_m", entry.circle.radius_mm / 1'000).member("expires", entry.expires);
    out.end_object();
  }
  return out.end_array().end_object().take();
}

// ---- making ----

Result<ListCopy> CopyDesk::copy_for(const JsonReader& asked, UtcMs now) const {
  DETENTE_CHECK(asked.only({"to", "coarse_m", "categories"}));
  ListCopy out;
  DETENTE_TRY(out.to.value, asked.string("to", limits::kIdBytes));
  DETENTE_TRY(const std::int64_t coarse_m, asked.integer("coarse_m", limits::kCoarseMmMin / 1'000,
                                                         limits::kCoarseMmMax / 1'000));
  DETENTE_TRY(const auto wanted, categories_of(asked));
  if (node_.agreement().party(out.to) == nullptr) {
    return fail(Errc::agreement_unknown_party, out.to.value, "to");
  }
  if (out.to == node_.self()) return fail(Errc::protection_own, "it is no recipient", "to");
  if (!node_.notices().box_key(out.to)) {
    return fail(Errc::protection_recipient, out.to.value, "to");
  }
  out.id = crypto::random_id(crypto::system_random());
  out.owner = node_.self();
  out.made = now;
  out.coarse_mm = coarse_m * 1'000;
  for (const protection::SiteLine& line : node_.notices().site_lines(now)) {
    const bool own = *line.owner == node_.self() && line.site != nullptr &&
                     line.state != protection::SiteState::removed;
    if (!own) continue;
    const bool among = wanted.empty() ||
                       std::find(wanted.begin(), wanted.end(), line.site->category) != wanted.end();
    if (!among) continue;
    DETENTE_TRY(const geo::Area area, protection::site_area(*line.site));
    DETENTE_TRY(const geo::Circle circle, protection::coarse_circle(area, out.coarse_mm));
    out.entries.push_back({line.key->index, line.site->category, circle, line.expires});
  }
  std::sort(out.entries.begin(), out.entries.end(),
            [](const auto& a, const auto& b) { return a.index < b.index; });
  return out;
}

Result<ApiAnswer> CopyDesk::make(const std::string& body, const node::Caller& caller, UtcMs now) {
  DETENTE_CHECK(may(caller, "site.register"));
  DETENTE_TRY(const JsonDocument document, parse_json(body, {.bytes_max = limits::kApiBodyBytes}));
  DETENTE_TRY(const ListCopy copy, copy_for(document.root(), now));
  DETENTE_TRY(record::Content content, protection::list_copy_content(copy));
  const record::ContentPackage package{std::move(content),
                                       crypto::Secret32::generate(crypto::system_random())};
  record::ContentCommit commit{record::commit_content(package.content, package.key), {}};
  DETENTE_CHECK(files_.save(commit.commitment.root, package));
  const crypto::BoxPublicKey box = *node_.notices().box_key(copy.to);
  DETENTE_TRY(const Bytes sealed, record::seal_package(package.content, package.key, box));
  DETENTE_CHECK(files_.save_blob(sealed));
  commit.sealed.push_back({copy.to.value, box, crypto::sha256(sealed), sealed.size()});
  const auto logged = log_({node_.draft("content.commit", {}, record::write_content_commit(commit),
                                        {*caller.officer}, now)});
  if (!logged.front()) return fail(logged.front().error());
  const std::string key = node::entry_key(node_, *logged.front());
  DETENTE_TRY(const ListCopyView view, find(key));
  heads_[view.sent.ref] = {copy.id, copy.coarse_mm, copy.entries.size()};
  JsonWriter out;
  write_copy(out, view, caller);
  return ApiAnswer{201, out.take()};
}

// The recipient looks at its copy once more, with its own key, and signs what it found.
Result<ApiAnswer> CopyDesk::receipt(const std::string& key, const node::Caller& caller, UtcMs now) {
  DETENTE_CHECK(may(caller, "content.receipt"));
  DETENTE_TRY(const ListCopyView view, find(key));
  const record::SealedCopy& copy = view.commit.sealed.front();
  if (copy.to != node_.self().value) return fail(Errc::protection_own, "it is for " + copy.to);
  if (view.receipt) return fail(Errc::protection_state, "it has its receipt");
  const Result<std::string> sealed =
      read_text_file(files_.blob_path(copy.sha256), record::kSealedBytesMax);
  if (!sealed) return fail(Errc::content_unknown, "the copy is not here", key);
  DETENTE_TRY(const std::vector<crypto::BoxKey> keys, load_box_keys(files_.data()));
  const auto box = std::find_if(keys.begin(), keys.end(),
                                [&](const auto& one) { return one.public_key() == copy.box; });
  if (box == keys.end()) return fail(Errc::content_unknown, "the box key of the copy is not here");
  record::ReceivedCopy received = record::receive_copy(view.commit, as_bytes(*sealed), *box);
  crypto::wipe(received.package);
  const auto logged =
      log_({node_.draft("content.receipt", {view.sent.ref},
                        record::write_content_receipt(received.receipt), {*caller.officer}, now)});
  if (!logged.front()) return fail(logged.front().error());
  JsonWriter out;
  out.begin_object().member("key", node::entry_key(node_, *logged.front()));
  out.member("opens", received.receipt.opens).member("fault", received.receipt.fault);
  return ApiAnswer{201, out.end_object().take()};
}

}  // namespace detente::app
