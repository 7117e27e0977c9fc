// SPDX-License-Identifier: Apache-2.0
#include "record/epoch.h"

#include <fmt/core.h>

#include "base/limits.h"

namespace detente::record {

Result<std::optional<Head>> previous_of(const Statement& opening) {
  if (opening.type != "log.open") return fail(Errc::entry_malformed, "not a log.open");
  const JsonReader body = opening.body();
  if (!body.has("previous")) return std::optional<Head>();
  DETENTE_TRY(const JsonReader previous, body.object("previous"));
  Head head;
  DETENTE_TRY(head.origin.value, previous.string("origin", limits::kOriginBytes));
  DETENTE_TRY(const std::int64_t size, previous.integer("size", 0, INT64_MAX));
  head.size.value = static_cast<std::uint64_t>(size);
  DETENTE_TRY(const std::string root, previous.string("root", limits::kIdBytes));
  const Result<Hash> hash = hash_from_base64(root);
  if (!hash) return fail(Errc::entry_malformed, "not a root", previous.place_of("root"));
  head.root = *hash;
  return std::optional(head);
}

Status check_next_epoch(const Statement& opening, const LogOwner& owner, const LogOwner& old_owner,
                        const Checkpoint& old_last) {
  if (owner.party != old_owner.party) {
    return fail(Errc::entry_wrong_log, fmt::format("{} after {}", owner.party, old_owner.party));
  }
  if (owner.root != old_owner.root) return fail(Errc::entry_wrong_log, "another root key");
  DETENTE_TRY(const std::optional<Head> named, previous_of(opening));
  if (!named) return fail(Errc::checkpoint_origin, "it follows no log");
  if (named->origin.value != old_owner.log.name || old_last.origin != named->origin) {
    return fail(Errc::checkpoint_origin, "it follows " + named->origin.value);
  }
  const std::string sizes =
      fmt::format("{} entries at hand, {} named", old_last.size.value, named->size.value);
  if (old_last.size < named->size) return fail(Errc::checkpoint_smaller, sizes);
  if (named->size < old_last.size) return fail(Errc::checkpoint_conflict, sizes);
  if (old_last.root != named->root) return fail(Errc::checkpoint_conflict, "another root");
  return {};
}

}  // namespace detente::record
