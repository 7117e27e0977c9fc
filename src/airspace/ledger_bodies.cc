// SPDX-License-Identifier: Apache-2.0
//
// The bodies of the acts on activities, as the log has them. Their shape only; what they mean is
// decided by the ledger.
#include <algorithm>

#include "airspace/ledger_core.h"
#include "base/limits.h"

namespace detente::airspace {
namespace {

// An activation needs one note for each other party and purpose; agreements have few parties.
constexpr std::size_t kNotesMax = 64;

Result<ActivityId> read_activity_id(const JsonReader& body) {
  DETENTE_TRY(std::string id, body.string("activity", limits::kIdBytes));
  return ActivityId{std::move(id)};
}

// A reason may be left out where haste matters more; an objection must give one.
Result<std::string> read_reason(const JsonReader& body) {
  if (!body.has("reason")) return std::string{};
  return body.string("reason", limits::kTextBytes, true);
}

Result<std::vector<geo::Volume4>> read_added(const JsonReader& body, std::size_t least) {
  DETENTE_TRY(const auto items, body.array("volumes", limits::kVolumesPerActivity));
  if (items.size() < least) {
    return fail(Errc::activity_malformed, "at least one volume", body.place_of("volumes"));
  }
  std::vector<geo::Volume4> out;
  for (const JsonReader& item : items) {
    Result<geo::Volume4> volume = geo::read_volume(item);
    if (!volume) {
      Error error = std::move(volume).error();
      if (error.place.empty()) error.place = item.place();
      return fail(std::move(error));
    }
    out.push_back(std::move(*volume));
  }
  return out;
}

}  // namespace

Answer::Kind kind_of(const std::string& type) {
  if (type == "activity.object") return Answer::Kind::objection;
  if (type == "activity.read_back") return Answer::Kind::read_back;
  return Answer::Kind::concurrence;
}

Result<AnswerBody> read_answer(const record::Statement& statement) {
  const JsonReader body = statement.body();
  AnswerBody out;
  DETENTE_TRY(out.activity, read_activity_id(body));
  if (statement.type == "activity.concur") {
    DETENTE_CHECK(body.only({"activity"}));
  } else if (statement.type == "activity.read_back") {
    DETENTE_CHECK(
        body.only({"activity", "place", "distance_m", "bearing_deg", "agrees", "reason"}));
    DETENTE_TRY(out.read_back.place, body.string("place", limits::kNameBytes));
    DETENTE_TRY(out.read_back.distance_m, body.integer("distance_m", 0, kReadBackMaxM));
    DETENTE_TRY(const std::int64_t bearing, body.integer("bearing_deg", 0, 359));
    out.read_back.bearing_deg = static_cast<std::int32_t>(bearing);
    DETENTE_TRY(out.read_back.agrees, body.boolean("agrees"));
    DETENTE_TRY(out.reason, read_reason(body));
    out.read_back.reason = out.reason;
  } else {
    DETENTE_CHECK(body.only({"activity", "clause", "reason"}));
    DETENTE_TRY(out.clause, body.string("clause", limits::kIdBytes));
    DETENTE_TRY(out.reason, body.string("reason", limits::kTextBytes));
  }
  if (statement.refs.size() != 1) {
    return fail(Errc::activity_evidence, "it must refer to the proposal's entry, and nothing else",
                "refs");
  }
  return out;
}

Result<ClosingBody> read_closing(const record::Statement& statement) {
  const JsonReader body = statement.body();
  DETENTE_CHECK(body.only({"activity", "reason"}));
  ClosingBody out;
  DETENTE_TRY(out.activity, read_activity_id(body));
  DETENTE_TRY(out.reason, read_reason(body));
  return out;
}

Result<ActivationBody> read_activation(const record::Statement& statement) {
  const JsonReader body = statement.body();
  DETENTE_CHECK(body.only({"activity", "receipts", "fresh"}));
  ActivationBody out;
  DETENTE_TRY(out.activity, read_activity_id(body));
  DETENTE_TRY(out.receipts, body.strings("receipts", kNotesMax, limits::kNoteBytes));
  DETENTE_TRY(out.fresh, body.strings("fresh", kNotesMax, limits::kNoteBytes));
  return out;
}

Result<StopBody> read_stop(const record::Statement& statement) {
  const JsonReader body = statement.body();
  DETENTE_CHECK(body.only({"activity", "reason"}));
  StopBody out;
  if (body.has("activity")) {
    DETENTE_TRY(out.activity.value, body.string("activity", limits::kIdBytes, true));
  }
  DETENTE_TRY(out.reason, read_reason(body));
  return out;
}

Result<StopAnswerBody> read_stop_answer(const record::Statement& statement) {
  const JsonReader body = statement.body();
  DETENTE_CHECK(body.only({"stop", "reason"}));
  StopAnswerBody out;
  DETENTE_TRY(out.stop.value, body.string("stop", limits::kIdBytes));
  DETENTE_TRY(out.reason, read_reason(body));
  return out;
}

Result<ReleaseBody> read_release(const record::Statement& statement) {
  const JsonReader body = statement.body();
  DETENTE_CHECK(body.only({"activity", "volumes", "until", "reason"}));
  ReleaseBody out;
  DETENTE_TRY(out.activity, read_activity_id(body));
  if (body.has("volumes")) {
    DETENTE_TRY(const auto items, body.array("volumes", limits::kVolumesPerActivity));
    for (const JsonReader& item : items) {
      DETENTE_TRY(const std::int64_t number,
                  item.as_integer(1, static_cast<std::int64_t>(limits::kVolumesPerActivity)));
      out.numbers.push_back(static_cast<std::uint32_t>(number));
    }
    std::sort(out.numbers.begin(), out.numbers.end());
    const bool twice =
        std::adjacent_find(out.numbers.begin(), out.numbers.end()) != out.numbers.end();
    if (twice || out.numbers.empty()) {
      return fail(Errc::activity_malformed,
                  twice ? "a volume is named twice" : "no volume is named",
                  body.place_of("volumes"));
    }
  }
  if (body.has("until")) {
    DETENTE_TRY(out.until, body.time("until"));
  }
  if (out.numbers.empty() && !out.until) {
    return fail(Errc::activity_malformed, "it names neither volumes nor a time");
  }
  DETENTE_TRY(out.reason, read_reason(body));
  return out;
}

Result<AddedBody> read_contingent(const record::Statement& statement) {
  const JsonReader body = statement.body();
  DETENTE_CHECK(body.only({"activity", "reason", "volumes"}));
  AddedBody out;
  DETENTE_TRY(out.activity, read_activity_id(body));
  DETENTE_TRY(out.reason, body.string("reason", limits::kTextBytes));
  if (body.has("volumes")) {
    DETENTE_TRY(out.volumes, read_added(body, 0));
  }
  return out;
}

Result<AddedBody> read_offer(const record::Statement& statement) {
  const JsonReader body = statement.body();
  DETENTE_CHECK(body.only({"activity", "volumes", "reason"}));
  AddedBody out;
  DETENTE_TRY(out.activity, read_activity_id(body));
  DETENTE_TRY(out.volumes, read_added(body, 1));
  DETENTE_TRY(out.reason, body.string("reason", limits::kTextBytes));
  return out;
}

}  // namespace detente::airspace
