// SPDX-License-Identifier: Apache-2.0
//
// What officers do with sites, movements, contests and cases, and the look at a coordinate before
// anything is said.
#include <algorithm>
#include <charconv>

#include "base/limits.h"
#include "node/api_json.h"
#include "node/api_parts.h"
#include "node/api_protection.h"
#include "node/api_site_list.h"
#include "protection/site_check.h"

namespace detente::node {
namespace {

using protection::Verdict;

Result<ProtectionAct> not_found(const std::vector<std::string>& path) {
  return fail(Errc::http_not_found, "/api/" + path.front());
}

Result<record::Ref> newest_version(const Node& node, const std::string& key, UtcMs now) {
  DETENTE_TRY(const record::Ref ref, entry_at(node, key));
  const std::optional<protection::SiteView> site = node.notices().site(ref, now);
  if (!site) return fail(Errc::protection_unknown, key);
  return site->version.sent.ref;
}

// An entry whose details are under a commitment of this party's log: the request names it, the
// statement refers to it.
Result<ProtectionAct> entry_act(const Node& node, const char* type, std::vector<record::Ref> refs,
                                const std::string& text) {
  DETENTE_TRY(const JsonDocument asked, parse_json(text, {.bytes_max = limits::kApiBodyBytes}));
  const JsonReader in = asked.root();
  if (!in.has("commit")) return ProtectionAct{type, std::move(refs), text};
  DETENTE_CHECK(in.only(
      {"private", "commit", "to", "proxy", "expires", "start", "end", "checkin_s", "emergency"}));
  DETENTE_TRY(const std::string commit, in.string("commit", 2 * limits::kIdBytes));
  DETENTE_TRY(record::Ref ref, entry_at(node, commit));
  refs.push_back(std::move(ref));
  JsonWriter out;
  out.begin_object();
  for (const std::string& name : in.names()) {
    if (name == "commit") continue;
    DETENTE_TRY(const JsonReader value, in.member(name));
    DETENTE_TRY(const std::string json, record::canonical_json(value));
    out.name(name).raw(json);
  }
  return ProtectionAct{type, std::move(refs), out.end_object().take()};
}

Result<ProtectionAct> act_on_site(const Node& node, const std::vector<std::string>& path,
                                  const std::string& text, UtcMs now) {
  constexpr std::array<const char*, 3> kSiteActs = {"confirm", "reconfirm", "remove"};
  DETENTE_TRY(const record::Ref version, newest_version(node, path[1], now));
  const std::string& act = path[2];
  if (act == "revise") return entry_act(node, "site.revise", {version}, text);
  if (std::find(kSiteActs.begin(), kSiteActs.end(), act) != kSiteActs.end()) {
    return ProtectionAct{"site." + act, {version}, text};
  }
  if (act == "contest") return ProtectionAct{"contest.open", {version}, text};
  if (act == "received" || act == "disseminated") {
    return ProtectionAct{"notice." + act, {version}, text};
  }
  return not_found(path);
}

// One statement for the newest versions of many sites.
Result<ProtectionAct> receive_many(const Node& node, const std::string& text, UtcMs now) {
  DETENTE_TRY(const JsonDocument asked, parse_json(text, {.bytes_max = limits::kApiBodyBytes}));
  DETENTE_CHECK(asked.root().only({"keys"}));
  DETENTE_TRY(const std::vector<std::string> keys,
              asked.root().strings("keys", limits::kNoticeRefs, limits::kIdBytes));
  ProtectionAct out{"notice.received", {}, "{}"};
  for (const std::string& key : keys) {
    DETENTE_TRY(record::Ref version, newest_version(node, key, now));
    out.refs.push_back(std::move(version));
  }
  return out;
}

Result<ProtectionAct> act_on_movement(const Node& node, const std::vector<std::string>& path,
                                      const std::string& text) {
  constexpr std::array<const char*, 6> kActs = {"depart", "checkin", "delay",
                                                "arrive", "cancel",  "emergency"};
  DETENTE_TRY(const record::Ref notice, entry_at(node, path[1]));
  const std::string& act = path[2];
  if (std::find(kActs.begin(), kActs.end(), act) != kActs.end()) {
    return ProtectionAct{"movement." + act, {notice}, text};
  }
  if (act == "received" || act == "disseminated") {
    return ProtectionAct{"notice." + act, {notice}, text};
  }
  return not_found(path);
}

Result<ProtectionAct> act_on_case(const Node& node, const std::vector<std::string>& path,
                                  const std::string& text, UtcMs now) {
  const auto file = node.notices().case_file(path[1], now);
  if (!file) return fail(Errc::protection_unknown, "no such case", path[1]);
  return ProtectionAct{"case.step", {file->view.event.ref, file->view.subject}, text};
}

// ---- the look at a coordinate ----

void write_verdict(JsonWriter& out, const char* code, Verdict verdict, const std::string& text) {
  out.begin_object().member("code", code).member("verdict", protection::verdict_name(verdict));
  out.member("text", text);
  const bool grave = verdict == Verdict::doubt || verdict == Verdict::fault;
  out.member("grave", grave).end_object();
}

Result<ProtectionAct> check_coordinate(const Node& node, const JsonReader& in, UtcMs now) {
  DETENTE_CHECK(in.only({"text", "place", "footprint_m", "name"}));
  DETENTE_TRY(const std::string text, in.string("text", limits::kCoordinateBytes));
  protection::SiteDetails site;
  site.given = text;
  if (in.has("place")) {
    DETENTE_TRY(site.place, in.string("place", limits::kNameBytes));
  }
  if (in.has("name")) {
    DETENTE_TRY(site.name, in.string("name", limits::kNameBytes));
  }
  std::int64_t footprint_m = 50;
  if (in.has("footprint_m")) {
    DETENTE_TRY(footprint_m, in.integer("footprint_m", 1, limits::kSiteFootprintMm / 1'000));
  }
  JsonWriter out;
  out.begin_object();
  const Result<geo::ReadCoordinate> read = geo::read_coordinate(text);
  if (!read) {
    out.member("ok", false).name("findings").begin_array();
    write_verdict(out, "readable", Verdict::fault, read.error().text());
    out.end_array().end_object();
    return ProtectionAct{{}, {}, out.take()};
  }
  site.shape = geo::Circle{read->point, footprint_m * 1'000};
  site.uncertainty_mm = static_cast<std::int64_t>(read->uncertainty_m * 1'000);
  protection::SiteChecker checker(surroundings(node, now));
  const std::vector<protection::SiteVerdict> verdicts = checker.check(site, "this one");
  const Verdict worst = protection::worst(verdicts);
  out.member("ok", worst != Verdict::doubt && worst != Verdict::fault).name("point");
  write_lnglat(out, read->point);
  out.name("point_e7").begin_array().value(read->point.lat_e7).value(read->point.lng_e7);
  out.end_array().member("format", geo::notation_name(read->notation));
  out.member("uncertainty_mm", site.uncertainty_mm);
  out.name("uncertainty_m").decimal(read->uncertainty_m);
  const Result<std::string> mgrs = geo::write_mgrs(read->point);
  if (mgrs) out.member("mgrs", *mgrs);
  out.name("findings").begin_array();
  for (const protection::SiteVerdict& one : verdicts) {
    write_verdict(out, protection::check_kind_name(one.kind), one.verdict, one.text);
  }
  out.end_array().end_object();
  return ProtectionAct{{}, {}, out.take()};
}

}  // namespace

Result<record::Ref> entry_at(const Node& node, const std::string& key) {
  const std::size_t dash = key.rfind('-');
  std::uint64_t index = 0;
  const char* const end = key.data() + key.size();
  const bool shaped = dash != std::string::npos && dash + 1 < key.size();
  const std::from_chars_result read =
      shaped ? std::from_chars(key.data() + dash + 1, end, index) : std::from_chars_result{};
  const HeldLog* log = shaped ? node.log(PartyId{key.substr(0, dash)}) : nullptr;
  if (log == nullptr || read.ec != std::errc{} || read.ptr != end ||
      index >= log->head_size.value) {
    return fail(Errc::protection_unknown, "no such entry", key.substr(0, limits::kIdBytes));
  }
  return ref_of(*log, LeafIndex{index});
}

Result<ProtectionAct> read_protection_act(const Node& node, const std::vector<std::string>& path,
                                          const std::string& text, UtcMs now) {
  const std::string& what = path[0];
  if (what == "sites") {
    if (path.size() == 1) return entry_act(node, "site.register", {}, text);
    if (path.size() == 2 && path[1] == "check") {
      DETENTE_TRY(const JsonDocument asked, parse_json(text, {.bytes_max = limits::kApiBodyBytes}));
      return check_coordinate(node, asked.root(), now);
    }
    if (path.size() == 2 && path[1] == "received") return receive_many(node, text, now);
    if (path.size() == 3) return act_on_site(node, path, text, now);
  }
  if (what == "movements") {
    if (path.size() == 1) return entry_act(node, "movement.notify", {}, text);
    if (path.size() == 3) return act_on_movement(node, path, text);
  }
  if (what == "emergencies" && path.size() == 1) {
    return ProtectionAct{"movement.emergency", {}, text};
  }
  if (what == "emergencies" && path.size() == 3) {
    DETENTE_TRY(const record::Ref emergency, entry_at(node, path[1]));
    if (path[2] == "over") return ProtectionAct{"movement.emergency_over", {emergency}, text};
    if (path[2] == "received" || path[2] == "disseminated") {
      return ProtectionAct{"notice." + path[2], {emergency}, text};
    }
  }
  if (what == "contests" && path.size() == 3 && (path[2] == "answer" || path[2] == "close")) {
    DETENTE_TRY(const record::Ref contest, entry_at(node, path[1]));
    return ProtectionAct{"contest." + path[2], {contest}, text};
  }
  if (what == "cases" && path.size() == 3 && path[2] == "steps") {
    return act_on_case(node, path, text, now);
  }
  return not_found(path);
}

}  // namespace detente::node
