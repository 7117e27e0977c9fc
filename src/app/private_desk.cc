// SPDX-License-Identifier: Apache-2.0
#include "app/private_desk.h"

#include <fmt/core.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "base/limits.h"
#include "crypto/hash.h"
#include "node/api_parts.h"
#include "node/api_protection.h"

namespace detente::app {
namespace {

constexpr std::string_view kSites = "/api/sites";
constexpr std::string_view kMovements = "/api/movements";
constexpr std::string_view kRevise = "/revise";

bool is_site_path(const std::string& path) {
  return path == kSites || (path.starts_with(std::string(kSites) + "/") && path.ends_with(kRevise));
}

// The request as it would be without "private": the readers of open entries judge it.
Result<JsonDocument> opened(const JsonReader& asked) {
  boost::json::value whole = asked.value();
  whole.as_object().erase("private");
  return parse_json(boost::json::serialize(whole), {.bytes_max = limits::kApiBodyBytes});
}

// The statement's body, with the name of the commitment for node/api to put among the refs.
std::string with_name(const std::string& name, const std::string& body) {
  return R"({"commit":)" + json_quote(name) + "," + body.substr(1);
}

Status may_commit(const node::Caller& caller, const char* type) {
  if (caller.role == node::Role::none) return fail(Errc::http_unauthorized, "send a bearer token");
  if (!node::may_sign(caller, type)) return fail(Errc::http_forbidden, type);
  return {};
}

}  // namespace

Result<node::ApiRequest> PrivateDesk::with_commit(node::ApiRequest request,
                                                  const node::Caller& caller, UtcMs now) {
  const bool site = is_site_path(request.path);
  const bool mine = request.method == "POST" && (site || request.path == kMovements) &&
                    request.body.find("\"private\"") != std::string::npos;
  if (!mine) return request;
  const Result<JsonDocument> document =
      parse_json(request.body, {.bytes_max = limits::kApiBodyBytes});
  // What is wrong with the body, the node says itself.
  if (!document || !document->root().has(site ? "site" : "movement")) return request;
  if (!document->root().boolean("private").value_or(false)) return request;
  DETENTE_CHECK(may_commit(caller, site ? "site.register" : "movement.notify"));
  if (site) {
    DETENTE_TRY(request.body, commit_site(document->root(), request.path, caller, now));
  } else {
    DETENTE_TRY(request.body, commit_movement(document->root(), caller, now));
  }
  return request;
}

Result<std::string> PrivateDesk::commit_site(const JsonReader& asked, const std::string& path,
                                             const node::Caller& caller, UtcMs now) {
  DETENTE_TRY(const JsonDocument open, opened(asked));
  DETENTE_TRY(protection::RegisterBody body, protection::read_register(open.root()));
  DETENTE_CHECK(node_.notices().admit_private(node_.self(), body, now));
  if (path != kSites) {
    const std::size_t begin = kSites.size() + 1;
    const std::string key = path.substr(begin, path.size() - begin - kRevise.size());
    DETENTE_TRY(const record::Ref ref, node::entry_at(node_, key));
    const auto site = node_.notices().site(ref, now);
    if (!site) return fail(Errc::protection_unknown, key);
    if (site->owner != node_.self()) return fail(Errc::protection_not_owner, site->owner.value);
    if (site->removed) return fail(Errc::protection_state, "the entry was removed");
  }
  const std::string details = protection::write_site(*body.site);
  body.site.reset();
  DETENTE_TRY(const std::string name,
              commit(details, protection::kSiteSchema, body.to, caller, now));
  return with_name(name, protection::write_register(body));
}

Result<std::string> PrivateDesk::commit_movement(const JsonReader& asked,
                                                 const node::Caller& caller, UtcMs now) {
  DETENTE_TRY(const JsonDocument open, opened(asked));
  DETENTE_TRY(protection::NotifyBody body, protection::read_notify(open.root()));
  DETENTE_CHECK(node_.notices().admit_private(node_.self(), body, now));
  const std::string details = protection::write_movement(*body.movement);
  body.movement.reset();
  DETENTE_TRY(const std::string name,
              commit(details, protection::kMovementSchema, body.to, caller, now));
  return with_name(name, protection::write_notify(body));
}

Result<std::string> PrivateDesk::commit(const std::string& details, std::string_view schema,
                                        const std::vector<PartyId>& to, const node::Caller& caller,
                                        UtcMs now) {
  DETENTE_TRY(record::Content content, record::Content::parse(details, std::string(schema)));
  const record::ContentPackage package{std::move(content),
                                       crypto::Secret32::generate(crypto::system_random())};
  record::ContentCommit commit{record::commit_content(package.content, package.key), {}};
  DETENTE_CHECK(files_.save(commit.commitment.root, package));
  for (const PartyId& party : to) {
    const std::optional<crypto::BoxPublicKey> box = node_.notices().box_key(party);
    if (!box) return fail(Errc::protection_recipient, party.value, "to");
    DETENTE_TRY(const Bytes sealed, record::seal_package(package.content, package.key, *box));
    DETENTE_CHECK(files_.save_blob(sealed));
    commit.sealed.push_back({party.value, *box, crypto::sha256(sealed), sealed.size()});
  }
  const auto logged = log_({node_.draft("content.commit", {}, record::write_content_commit(commit),
                                        {*caller.officer}, now)});
  if (!logged.front()) return fail(logged.front().error());
  DETENTE_CHECK(node_.learn_details(*logged.front(), package));
  return fmt::format("{}-{}", node_.self().value, logged.front()->index.value);
}

}  // namespace detente::app
