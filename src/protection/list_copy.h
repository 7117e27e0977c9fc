// SPDX-License-Identifier: Apache-2.0
//
// A copy of a list of sites that its owner makes for one recipient (docs/protocol/list-copies.md):
// private content of schema "site-list/v1", with every place made coarser outward (coarse.h). It
// has an id of its own and names its recipient, so no two are alike. It holds no name, address or
// contact: each would say where the place is.
//
//   fields   "copy"        {"id":"<32 hex>","owner":"relief","to":"north","made":"..",
//                           "coarse_mm":5000000,"entries":412,"standing":[".."]}
//            "entries-0"   [[<index>,"medical",<lat_e7>,<lng_e7>,<radius_mm>,"<expires>"],..]
// An entry is known by the index of its first version in the owner's log. At most 200 entries are
// in one field, at most limits::kListCopyEntries in a copy.
// Errors: protection_malformed, table_too_large, json_*, geo_*, bad_time. Pure; safe on every
// thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/strong.h"
#include "protection/site.h"
#include "record/content.h"

namespace detente::protection {

inline constexpr std::string_view kListCopySchema = "site-list/v1";

struct ListCopyEntry {
  LeafIndex index;  // of the first version, in the owner's log
  SiteCategory category = SiteCategory::medical;
  geo::Circle circle;  // contains what is protected
  UtcMs expires;
  friend bool operator==(const ListCopyEntry&, const ListCopyEntry&) = default;
};
struct ListCopy {
  std::string id;  // 32 hex
  PartyId owner;
  PartyId to;
  UtcMs made;
  std::int64_t coarse_mm = 0;
  std::vector<ListCopyEntry> entries;  // ascending by index
  friend bool operator==(const ListCopy&, const ListCopy&) = default;
};
Result<record::Content> list_copy_content(const ListCopy& copy);
Result<ListCopy> read_list_copy(const record::Content& content);

}  // namespace detente::protection
