// SPDX-License-Identifier: Apache-2.0
#include "terms/restraint.h"

#include "terms/purpose.h"

namespace detente::terms {

Status refuse_targeting(const JsonReader& in, std::size_t items_max) {
  for (const std::string& name : in.names()) {
    if (is_refused_member(name)) {
      return fail(Errc::restraint, json_quote(name.substr(0, 80)), in.place_of(name));
    }
    DETENTE_TRY(const JsonReader inner, in.member(name));
    DETENTE_CHECK(refuse_targeting(inner, items_max));
  }
  if (!in.is_array()) return {};
  DETENTE_TRY(const auto items, in.as_array(items_max));
  for (const JsonReader& item : items) DETENTE_CHECK(refuse_targeting(item, items_max));
  return {};
}

}  // namespace detente::terms
