// SPDX-License-Identifier: Apache-2.0
#include "node/api_protection.h"

#include <algorithm>
#include <charconv>

#include "airspace/place_check.h"
#include "base/limits.h"
#include "node/api_json.h"
#include "node/api_parts.h"
#include "node/api_protection_json.h"

namespace detente::node {
namespace {

using protection::NoticeLedger;
using protection::SiteLine;
using protection::SiteState;
using protection::SiteView;

constexpr std::size_t kSitesPage = 200;
constexpr std::size_t kSitesPageMost = 500;
constexpr std::size_t kSitesMost = 10'000'000;  // more than any list has

void write_counts(JsonWriter& out, const NoticeLedger& ledger, std::size_t sites, UtcMs now) {
  const std::vector<protection::MovementView> movements = ledger.movements(now);
  const auto moving = [&](protection::MovementState state) {
    return static_cast<std::uint64_t>(std::count_if(
        movements.begin(), movements.end(), [&](const auto& one) { return one.state == state; }));
  };
  const std::vector<protection::EmergencyView> emergencies = ledger.emergencies();
  const std::vector<protection::ContestView> contests = ledger.contests(now);
  const std::vector<protection::CaseView> cases = ledger.cases(now);
  const auto open = [](const auto& list, auto&& is_open) {
    return static_cast<std::uint64_t>(std::count_if(list.begin(), list.end(), is_open));
  };
  out.name("counts").begin_object();
  out.member("sites", std::uint64_t{sites});
  out.member("movements", std::uint64_t{movements.size()});
  out.member("under_way", moving(protection::MovementState::under_way));
  out.member("overdue", moving(protection::MovementState::overdue));
  out.member("emergencies", open(emergencies, [](const auto& one) { return !one.over; }));
  out.member("contests_open", open(contests, [](const auto& one) { return !one.ended; }));
  out.member("cases_open", open(cases, [](const auto& one) { return !one.closed; }));
  out.end_object();
}

void write_may(JsonWriter& out, const Caller& caller) {
  constexpr std::array<std::array<const char*, 2>, 8> kMay = {{
      {"register", "site.register"},
      {"notify", "movement.notify"},
      {"receive", "notice.received"},
      {"disseminate", "notice.disseminated"},
      {"contest", "contest.open"},
      {"close", "contest.close"},
      {"step", "case.step"},
      {"emergency", "movement.emergency"},
  }};
  out.name("may").begin_array();
  for (const auto& [what, type] : kMay) {
    if (may_sign(caller, type)) out.value(what);
  }
  out.end_array();
}

// Returns how many sites there are in all, the removed too.
std::size_t write_lists(JsonWriter& out, const Node& node, UtcMs now) {
  std::size_t sites = 0;
  out.name("lists").begin_array();
  const std::map<PartyId, protection::ListView> lists = node.notices().lists(now);
  for (const terms::Party& party : node.agreement().parties()) {
    const auto found = lists.find(party.id);
    if (found == lists.end()) continue;
    const protection::ListView& list = found->second;
    sites += list.standing + list.removed;  // who stands may have expired
    out.begin_object().member("owner", party.id.value).member("name", party.name);
    out.member("standing", std::uint64_t{list.standing});
    out.member("expired", std::uint64_t{list.expired});
    out.member("removed", std::uint64_t{list.removed});
    out.member("removed_last_day", std::uint64_t{list.removed_last_day});
    out.member("many_removed", list.many_removed).end_object();
  }
  out.end_array();
  return sites;
}

std::string read_overview(const Node& node, const Caller& caller, UtcMs now) {
  const NoticeLedger& ledger = node.notices();
  JsonWriter out;
  out.begin_object().member("now", now);
  write_vocabulary(out);
  const protection::NoticeTerms& terms = ledger.terms();
  out.name("terms").begin_object().member("lead_s", terms.lead_ms / 1'000);
  out.member("emergency_lead_s", terms.emergency_lead_ms / 1'000);
  out.member("overdue_s", terms.overdue_ms / 1'000).member("answer_s", terms.answer_ms / 1'000);
  out.member("decision_s", terms.decision_ms / 1'000).end_object();
  const std::size_t sites = write_lists(out, node, now);
  write_statistics(out, ledger.statistics({UtcMs{0}, geo::kTimeMax}, now));
  write_counts(out, ledger, sites, now);
  write_may(out, caller);
  return out.end_object().take();
}

// ---- the list of sites ----

struct SiteQuery {
  std::size_t from = 0;
  std::size_t count = kSitesPage;
  std::string text;  // folded
  std::string owner;
  std::string state;
  bool all() const { return text.empty() && owner.empty() && state.empty(); }
};

Result<std::size_t> number_of(const std::map<std::string, std::string>& query, const char* name,
                              std::size_t standard, std::size_t most) {
  const auto found = query.find(name);
  if (found == query.end()) return standard;
  std::size_t n = 0;
  const char* const end = found->second.data() + found->second.size();
  const std::from_chars_result read = std::from_chars(found->second.data(), end, n);
  if (read.ec == std::errc{} && read.ptr == end && n <= most) return n;
  return fail(Errc::json_member_range, "a whole number is expected", name);
}

Result<SiteQuery> read_query(const std::map<std::string, std::string>& query) {
  SiteQuery out;
  DETENTE_TRY(out.from, number_of(query, "from", 0, kSitesMost));
  DETENTE_TRY(out.count, number_of(query, "count", kSitesPage, kSitesPageMost));
  const auto text = [&](const char* name) {
    const auto found = query.find(name);
    return found == query.end() ? std::string() : found->second.substr(0, limits::kNameBytes);
  };
  out.text = airspace::fold_name(text("q"));
  out.owner = text("owner");
  out.state = text("state");
  return out;
}

bool matches(const SiteLine& site, const SiteQuery& query, const Caller& caller) {
  if (!query.owner.empty() && site.owner->value != query.owner) return false;
  const bool by_state = query.state.empty() || (query.state == "contested" && site.contested) ||
                        query.state == protection::site_state_name(site.state);
  if (!by_state || query.text.empty()) return by_state;
  return may_see(caller, site.version->commit) && site.text->find(query.text) != std::string::npos;
}

struct SitePage {
  std::size_t total = 0;
  std::vector<record::Ref> keys;
};

// The newest first.
SitePage find_sites(const NoticeLedger& ledger, const SiteQuery& wanted, const Caller& caller,
                    UtcMs now) {
  if (wanted.all()) return {ledger.site_count(), ledger.newest_sites(wanted.from, wanted.count)};
  SitePage out;
  for (const SiteLine& line : ledger.site_lines(now)) {
    if (!matches(line, wanted, caller)) continue;
    const std::size_t at = out.total++;
    if (at >= wanted.from && at < wanted.from + wanted.count) out.keys.push_back(*line.key);
  }
  return out;
}

Result<std::string> read_sites(const Node& node, const Caller& caller,
                               const std::map<std::string, std::string>& query, UtcMs now) {
  DETENTE_TRY(const SiteQuery wanted, read_query(query));
  const auto [total, keys] = find_sites(node.notices(), wanted, caller, now);
  JsonWriter sites;
  sites.begin_array();
  for (const record::Ref& key : keys) {
    write_site(sites, node, caller, *node.notices().site(key, now), now);
  }
  JsonWriter out;
  out.begin_object().member("now", now);
  write_standing(out);
  out.member("total", std::uint64_t{total}).member("from", std::uint64_t{wanted.from});
  return out.name("sites").raw(sites.end_array().text()).end_object().take();
}

// Where every site is, in a few bytes each.
std::string read_site_map(const Node& node, const Caller& caller, UtcMs now) {
  JsonWriter sites;
  sites.begin_array();
  std::size_t total = 0;
  for (const SiteLine& line : node.notices().site_lines(now)) {
    if (line.site == nullptr || line.state == SiteState::removed) continue;
    if (!may_see(caller, line.version->commit)) continue;
    if (++total > limits::kMapSites) continue;
    const geo::PointE7 point = protection::site_point(*line.site);
    sites.begin_array().value(entry_key(node, *line.key));
    sites.decimal(geo::lng_degrees(point)).decimal(geo::lat_degrees(point));
    sites.value(static_cast<int>(line.state)).value(static_cast<int>(line.site->category));
    sites.value(line.contested ? 1 : 0).end_array();
  }
  JsonWriter out;
  out.begin_object().member("now", now);
  write_standing(out);
  out.member("total", std::uint64_t{total}).name("states").begin_array();
  for (int state = 0; state < 4; ++state) {
    out.value(protection::site_state_name(static_cast<SiteState>(state)));
  }
  out.end_array().name("categories").begin_array();
  for (const protection::CategoryEntry& one : protection::categories()) out.value(one.name);
  return out.end_array().name("sites").raw(sites.end_array().text()).end_object().take();
}

Result<std::string> read_site(const Node& node, const Caller& caller, const std::string& key,
                              UtcMs now) {
  DETENTE_TRY(const record::Ref ref, entry_at(node, key));
  const std::optional<SiteView> site = node.notices().site(ref, now);
  if (!site) return fail(Errc::protection_unknown, key);
  JsonWriter out;
  out.begin_object().member("now", now);
  write_standing(out);
  out.name("site");
  write_site(out, node, caller, *site, now);
  out.name("versions").begin_array();
  for (const protection::SiteVersion& version : node.notices().versions(site->key)) {
    write_version(out, node, caller, version);
  }
  out.end_array();
  write_chains(out, node.notice_receipts(site->version.sent.ref, now));
  out.name("contests").begin_array();
  for (const protection::ContestView& contest : node.notices().contests(now)) {
    if (contest.site == site->key) write_contest(out, node, caller, contest);
  }
  out.end_array().name("cases").begin_array();
  for (const protection::CaseView& one : node.notices().cases(now)) {
    if (one.subject == site->key) write_case(out, node, caller, one, now);
  }
  return out.end_array().end_object().take();
}

// ---- movements, contests, cases ----

std::string read_movements(const Node& node, const Caller& caller, UtcMs now) {
  JsonWriter out;
  out.begin_object().member("now", now).name("movements").begin_array();
  for (const protection::MovementView& movement : node.notices().movements(now)) {
    write_movement(out, node, caller, movement, now);
  }
  out.end_array().name("emergencies").begin_array();
  for (const protection::EmergencyView& emergency : node.notices().emergencies()) {
    write_emergency(out, node, caller, emergency);
  }
  return out.end_array().end_object().take();
}

Result<std::string> read_movement(const Node& node, const Caller& caller, const std::string& key,
                                  UtcMs now) {
  DETENTE_TRY(const record::Ref ref, entry_at(node, key));
  const auto movement = node.notices().movement(ref, now);
  if (!movement) return fail(Errc::protection_unknown, key);
  JsonWriter out;
  out.begin_object().member("now", now).name("movement");
  write_movement(out, node, caller, *movement, now);
  write_chains(out, node.notice_receipts(ref, now));
  return out.end_object().take();
}

std::string read_contests(const Node& node, const Caller& caller, UtcMs now) {
  JsonWriter out;
  out.begin_object().member("now", now).name("contests").begin_array();
  for (const protection::ContestView& contest : node.notices().contests(now)) {
    write_contest(out, node, caller, contest);
  }
  return out.end_array().end_object().take();
}

std::string read_cases(const Node& node, const Caller& caller, UtcMs now) {
  JsonWriter out;
  out.begin_object().member("now", now);
  write_standing(out);
  write_statistics(out, node.notices().statistics({UtcMs{0}, geo::kTimeMax}, now));
  out.name("cases").begin_array();
  for (const protection::CaseView& one : node.notices().cases(now)) {
    write_case(out, node, caller, one, now);
  }
  return out.end_array().end_object().take();
}

Result<std::string> read_case(const Node& node, const Caller& caller, const std::string& id,
                              UtcMs now) {
  const auto file = node.notices().case_file(id, now);
  if (!file) return fail(Errc::protection_unknown, "no such case", id.substr(0, limits::kIdBytes));
  JsonWriter out;
  out.begin_object().member("now", now);
  write_standing(out);
  out.name("case");
  write_case(out, node, caller, file->view, now);
  out.name("refs").begin_array();
  for (const protection::CaseRef& one : file->refs) write_case_ref(out, node, one);
  out.end_array().member("refs_total", std::uint64_t{file->refs_total});
  return out.end_object().take();
}

}  // namespace

bool is_protection(const std::string& what) {
  constexpr std::array<std::string_view, 6> kWhat = {"protection",  "sites",    "movements",
                                                     "emergencies", "contests", "cases"};
  return std::find(kWhat.begin(), kWhat.end(), what) != kWhat.end();
}

Result<std::string> read_protection(const Node& node, const Caller& caller,
                                    const std::vector<std::string>& path,
                                    const std::map<std::string, std::string>& query, UtcMs now) {
  const std::string& what = path[0];
  if (path.size() == 1) {
    if (what == "protection") return read_overview(node, caller, now);
    if (what == "sites") return read_sites(node, caller, query, now);
    if (what == "movements") return read_movements(node, caller, now);
    if (what == "contests") return read_contests(node, caller, now);
    if (what == "cases") return read_cases(node, caller, now);
  }
  if (path.size() == 2) {
    if (what == "sites" && path[1] == "map") return read_site_map(node, caller, now);
    if (what == "sites") return read_site(node, caller, path[1], now);
    if (what == "movements") return read_movement(node, caller, path[1], now);
    if (what == "cases") return read_case(node, caller, path[1], now);
  }
  return fail(Errc::http_not_found, "/api/" + what);
}

}  // namespace detente::node
