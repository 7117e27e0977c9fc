// SPDX-License-Identifier: Apache-2.0
//
// Puts the parties' keys into a template. Nobody has signed a template, so it may be written anew;
// numbers are whole and members keep their order, so nothing else changes.
#include <fmt/core.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/limits.h"
#include "terms/agreement_impl.h"

namespace detente::terms {
namespace {

namespace bj = boost::json;

std::string_view view(bj::string_view text) {
  return {text.data(), text.size()};
}

void write_value(JsonWriter& out, const bj::value& value) {
  switch (value.kind()) {
    case bj::kind::null:
      out.null();
      break;
    case bj::kind::bool_:
      out.value(value.get_bool());
      break;
    case bj::kind::int64:
      out.value(std::int64_t{value.get_int64()});
      break;
    case bj::kind::uint64:
    case bj::kind::double_:
      check(false, "the strict parser let a number through that is not whole");
      break;
    case bj::kind::string:
      out.value(view(value.get_string()));
      break;
    case bj::kind::array:
      out.begin_array();
      for (const bj::value& item : value.get_array()) write_value(out, item);
      out.end_array();
      break;
    case bj::kind::object:
      out.begin_object();
      for (const auto& pair : value.get_object()) {
        out.name(view(pair.key()));
        write_value(out, pair.value());
      }
      out.end_object();
      break;
  }
}

void write_keys(JsonWriter& out, const PartyKeys& keys) {
  out.begin_object()
      .member("root", to_base64(keys.root))
      .member("log", keys.log.text())
      .member("witness", keys.witness.text())
      .member("mirror", keys.mirror.text())
      .end_object();
}

void write_parties(JsonWriter& out, const bj::value& parties,
                   const std::map<PartyId, PartyKeys>& keys) {
  out.begin_array();
  for (const bj::value& party : parties.get_array()) {
    out.begin_object();
    for (const auto& pair : party.get_object()) {
      out.name(view(pair.key()));
      write_value(out, pair.value());
    }
    const auto found =
        keys.find(PartyId(std::string(view(party.get_object().at("id").get_string()))));
    if (found != keys.end()) write_keys(out.name("keys"), found->second);
    out.end_object();
  }
  out.end_array();
}

}  // namespace

Result<std::string> Agreement::with_keys(std::string_view json,
                                         const std::map<PartyId, PartyKeys>& keys) {
  DETENTE_TRY(const Agreement checked, make(json));
  for (const auto& pair : keys) {
    const Party* party = checked.party(pair.first);
    if (party == nullptr) return fail(Errc::agreement_unknown_party, pair.first.value);
    if (party->keys) {
      return fail(Errc::agreement_repeated,
                  fmt::format("{} has keys already", json_quote(pair.first.value)), "parties");
    }
  }
  DETENTE_TRY(const JsonDocument document, parse_json(json, {.bytes_max = limits::kAgreementBytes,
                                                             .depth_max = limits::kJsonDepth}));
  JsonWriter out;
  out.begin_object();
  for (const auto& pair : document.value().get_object()) {
    out.name(view(pair.key()));
    if (pair.key() == "parties") {
      write_parties(out, pair.value(), keys);
    } else {
      write_value(out, pair.value());
    }
  }
  out.end_object();
  DETENTE_CHECK(make(out.text()));
  return out.take();
}

}  // namespace detente::terms
