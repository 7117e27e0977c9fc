// SPDX-License-Identifier: Apache-2.0
#include "app/root_statements.h"

#include <charconv>

namespace detente::app {

std::string key_add_body(const KeyGrant& grant) {
  JsonWriter body;
  body.begin_object().member("keyid", grant.keyid).member("key", to_base64(grant.key));
  body.name("roles").begin_array();
  for (const std::string& role : grant.roles) body.value(role);
  body.end_array().member("name", grant.name.empty() ? grant.keyid : grant.name);
  body.member("expires", grant.expires).end_object();
  return body.take();
}

std::string key_revoke_body(const std::string& keyid, LeafIndex last, const std::string& reason) {
  JsonWriter body;
  body.begin_object().member("keyid", keyid).member("last_index", last.value);
  body.member("reason", reason).end_object();
  return body.take();
}

std::string key_box_body(const crypto::BoxPublicKey& key) {
  JsonWriter body;
  body.begin_object().member("box", to_base64(key)).end_object();
  return body.take();
}

std::string log_close_body(const std::string& reason) {
  JsonWriter body;
  body.begin_object().member("reason", reason).end_object();
  return body.take();
}

std::string log_open_body(const record::LogOwner& owner,
                          const std::optional<record::Head>& previous) {
  JsonWriter body;
  body.begin_object().member("party", owner.party);
  body.member("epoch", epoch_of(owner.log.name).value_or(1));
  body.member("log", owner.log.text()).member("witness", owner.witness.text());
  body.member("mirror", owner.mirror.text());
  if (previous) {
    body.name("previous").begin_object().member("origin", previous->origin.value);
    body.member("size", previous->size.value).member("root", to_base64(previous->root));
    body.end_object();
  }
  body.end_object();
  return body.take();
}

Result<std::int64_t> epoch_of(const std::string& origin) {
  const std::string last = origin.substr(origin.rfind('/') + 1);
  std::int64_t epoch = 0;
  const auto [end, ec] = std::from_chars(last.data(), last.data() + last.size(), epoch);
  if (ec != std::errc() || end != last.data() + last.size() || epoch < 1 || last.front() == '0') {
    return fail(Errc::usage, "the log's name does not end in its epoch", origin);
  }
  return epoch;
}

}  // namespace detente::app
