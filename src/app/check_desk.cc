// SPDX-License-Identifier: Apache-2.0
#include "app/check_desk.h"

#include <fmt/core.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <charconv>

#include "airspace/plan_content.h"
#include "app/check_lists.h"
#include "app/check_view.h"
#include "base/limits.h"
#include "node/api_parts.h"

namespace detente::app {

using node::ApiAnswer;
using record::PsiPurpose;
using record::Ref;

namespace {

constexpr std::string_view kPlans = "/api/checks/plans";
constexpr std::string_view kLists = "/api/checks/lists";

ApiAnswer ok(std::string body, int status = 200) {
  return {status, std::move(body)};
}

// What is checked privately is for those who plan and list, at this party's own desk.
Status may_read(const node::Caller& caller) {
  if (caller.role == node::Role::none) return fail(Errc::http_unauthorized, "send a bearer token");
  const bool may = caller.role == node::Role::duty_officer || caller.role == node::Role::registrar;
  if (may) return {};
  return fail(Errc::http_forbidden, "for the duty officer and the registrar");
}

Status may_commit(const node::Caller& caller, node::Role role) {
  if (caller.role == node::Role::none) return fail(Errc::http_unauthorized, "send a bearer token");
  if (caller.role != role) return fail(Errc::http_forbidden, node::role_name(role));
  if (!caller.officer) return fail(Errc::http_forbidden, "an officer at the node's own desk signs");
  return {};
}

std::string id_of(const std::string& party, const Ref& ref) {
  return fmt::format("{}-{}", party, ref.index.value);
}

const terms::CheckTerms* terms_of(const terms::Agreement& agreement,
                                  const terms::CheckNeeded& needed) {
  for (const terms::CheckTerms& one : agreement.checks()) {
    if (one.clause == needed.clause && one.purpose == needed.purpose) return &one;
  }
  return nullptr;
}

}  // namespace

CheckDesk::CheckDesk(const node::Node& node, CheckRoom& room, std::string data, LogSigned log)
    : node_(node), room_(room), data_(std::move(data)), log_(std::move(log)) {}

bool CheckDesk::is_mine(std::string_view path) {
  return path == kPlans || path == kLists || path.starts_with(std::string(kPlans) + "/");
}

ApiAnswer CheckDesk::handle(const node::ApiRequest& request, const node::Caller& caller,
                            UtcMs now) {
  const auto answer = [&]() -> Result<ApiAnswer> {
    const bool post = request.method == "POST";
    if (!post && request.method != "GET") return fail(Errc::http_method, request.method);
    if (post && request.path == kPlans) {
      DETENTE_TRY(std::string body, post_plan(request.body, caller, now));
      return ok(std::move(body), 201);
    }
    if (post && request.path == kLists) return post_list(request.body, caller, now);
    if (post) return fail(Errc::http_method, request.method);
    DETENTE_CHECK(may_read(caller));
    room_.take_new_commits();
    if (request.path == kPlans) return ok(plans_answer(now));
    if (request.path == kLists) return ok(lists_answer(now));
    DETENTE_TRY(std::string body, plan_answer(request.path.substr(kPlans.size() + 1), now));
    return ok(std::move(body));
  }();
  return answer ? *answer : node::error_answer(answer.error());
}

// ---- plans ----

record::Envelope CheckDesk::commit_draft(const record::Content& content,
                                         const crypto::Secret32& key, const node::Caller& caller,
                                         UtcMs now) const {
  record::ContentCommit commit;
  commit.commitment = record::commit_content(content, key);
  return node_.draft("content.commit", {}, record::write_content_commit(commit), {*caller.officer},
                     now);
}

// What would keep the plan from ever being checked is said before anything is signed.
Status CheckDesk::check_plan(const std::vector<geo::Volume4>& volumes, terms::Purpose purpose,
                             UtcMs now) const {
  const terms::Agreement& agreement = node_.terms_now();
  const auto needed = agreement.needed_checks(purpose, node_.self());
  if (needed.empty()) return fail(Errc::checks_terms, "of this purpose");
  UtcMs until;
  for (const geo::Volume4& volume : volumes) until = std::max(until, volume.time.end);
  if (until <= now) return fail(Errc::geo_time_range, "its time is over");
  const auto open = std::count_if(room_.plans().begin(), room_.plans().end(),
                                  [&](const CheckedPlan& plan) { return plan.until > now; });
  if (static_cast<std::size_t>(open) >= limits::kCheckPlansKept) {
    return fail(Errc::checks_budget, fmt::format("{} plans are open", open));
  }
  for (const terms::CheckNeeded& one : needed) {
    const terms::CheckTerms* const terms = terms_of(agreement, one);
    if (terms == nullptr) continue;
    DETENTE_CHECK(checks::check_footprint(volumes, terms->terms));
    const bool sites = one.purpose == PsiPurpose::sites;
    for (const checks::Role role : {checks::Role::a, checks::Role::b}) {
      if (sites && role == checks::Role::b) continue;
      const auto cells = checks::cells_of_plan(volumes, checks::separation_of(terms->terms), role,
                                               checks::reference_of(terms->terms), sites);
      if (!cells) return fail(cells.error());
    }
  }
  return {};
}

Result<std::string> CheckDesk::post_plan(const std::string& body, const node::Caller& caller,
                                         UtcMs now) {
  DETENTE_CHECK(may_commit(caller, node::Role::duty_officer));
  DETENTE_TRY(const JsonDocument document, parse_json(body, {.bytes_max = limits::kApiBodyBytes}));
  const JsonReader in = document.root();
  DETENTE_CHECK(in.only({"purpose", "volumes"}));
  DETENTE_TRY(const std::string name, in.string("purpose", limits::kIdBytes));
  DETENTE_TRY(const terms::Purpose purpose, terms::parse_purpose(name));
  DETENTE_TRY(const auto given, in.array("volumes", limits::kVolumesPerActivity));
  if (given.empty()) return fail(Errc::json_member_range, "no volume", in.place_of("volumes"));
  std::vector<geo::Volume4> volumes;
  for (const JsonReader& one : given) {
    DETENTE_TRY(geo::Volume4 volume, geo::read_volume(one));
    volumes.push_back(std::move(volume));
  }
  room_.take_new_commits();
  DETENTE_CHECK(check_plan(volumes, purpose, now));
  DETENTE_TRY(record::Content content, airspace::plan_content(volumes));
  const record::ContentPackage package{std::move(content),
                                       crypto::Secret32::generate(crypto::system_random())};
  const Hash root = record::commit_content(package.content, package.key).root;
  DETENTE_CHECK(ContentFiles(data_).save(root, package));
  DETENTE_CHECK(room_.shelf().save_purpose(root, name));
  const auto logged = log_({commit_draft(package.content, package.key, caller, now)});
  if (!logged.front()) return fail(logged.front().error());
  room_.changed();
  JsonWriter out;
  out.begin_object().member("id", id_of(node_.self().value, *logged.front()));
  return out.end_object().take();
}

Result<node::ApiRequest> CheckDesk::with_check(node::ApiRequest request,
                                               const node::Caller& caller) {
  const bool files = request.method == "POST" && request.path == "/api/activities";
  if (!files || request.body.find("\"check\"") == std::string::npos) return request;
  Result<JsonDocument> document = parse_json(request.body, {.bytes_max = limits::kApiBodyBytes});
  // What is wrong with the body, the node says itself.
  if (!document || !document->root().has("check")) return request;
  DETENTE_CHECK(may_commit(caller, node::Role::duty_officer));
  DETENTE_TRY(const std::string id, document->root().string("check", limits::kIdBytes));
  room_.take_new_commits();
  const auto& plans = room_.plans();
  const auto plan = std::find_if(plans.begin(), plans.end(), [&](const CheckedPlan& one) {
    return id_of(node_.self().value, one.commit) == id;
  });
  if (plan == plans.end()) return fail(Errc::checks_unknown, json_quote(id), "check");
  DETENTE_TRY(const record::ContentPackage package, ContentFiles(data_).load(plan->content));
  node::CheckedPlan checked{plan->commit, {}};
  const ByteView key = package.key.bytes();
  std::copy(key.begin(), key.end(), checked.key.begin());
  request.checked = checked;
  boost::json::value whole = document->value();
  whole.as_object().erase("check");
  request.body = boost::json::serialize(whole);
  return request;
}

CheckDesk::Activities CheckDesk::activities(UtcMs now) const {
  Activities out;
  for (const airspace::ActivityView& view : node_.ledger().views(now)) {
    if (view.check_plan) out[*view.check_plan] = view.id.value;
  }
  return out;
}

void CheckDesk::write_plan(JsonWriter& out, const CheckedPlan& plan, const Activities& filed,
                           UtcMs now) const {
  out.begin_object().member("id", id_of(node_.self().value, plan.commit));
  out.member("index", plan.commit.index.value).member("time", plan.time);
  out.member("officer", plan.officer).member("purpose", terms::purpose_name(plan.purpose));
  const auto activity = filed.find(plan.commit);
  if (activity != filed.end()) out.member("activity", activity->second);
  out.name("volumes").begin_array();
  const Result<record::ContentPackage> package = ContentFiles(data_).load(plan.content);
  if (package) {
    const auto volumes = airspace::read_plan_content(package->content);
    for (const geo::Volume4& volume : volumes ? *volumes : std::vector<geo::Volume4>()) {
      out.begin_object().name("shape");
      node::write_shape(out, volume.area);
      out.name("altitude");
      node::write_band(out, volume.altitude);
      out.name("time");
      node::write_span(out, volume.time);
      out.end_object();
    }
  }
  out.end_array().name("checks").begin_array();
  bool ready = true;
  for (const terms::CheckNeeded& needed :
       node_.terms_now().needed_checks(plan.purpose, node_.self())) {
    const CheckStanding standing = check_standing(node_, room_, plan, needed, now);
    ready = ready && standing.state == CheckState::done;
    out.begin_object().member("clause", needed.clause.value);
    out.member("purpose", record::psi_purpose_name(needed.purpose));
    out.member("with", needed.with.value);
    out.member("with_name", node::party_name(node_, needed.with));
    out.member("epoch", standing.epoch).member("state", check_state_name(standing.state));
    if (!standing.why.empty()) out.member("why", standing.why);
    if (standing.started) out.member("started", *standing.started);
    if (standing.done_at) out.member("done_at", *standing.done_at);
    out.member("tokens", standing.tokens).member("padded", standing.padded);
    if (standing.common) {
      out.member("near", !standing.common->empty());
      out.member("matches", std::uint64_t{standing.common->size()});
    }
    out.name("cells");
    write_common_cells(out, standing.common.value_or(std::vector<checks::CellKey>()),
                       needed.purpose);
    out.end_object();
  }
  out.end_array().member("ready", ready).end_object();
}

std::string CheckDesk::plans_answer(UtcMs now) const {
  JsonWriter out;
  out.begin_object().member("now", now).name("plans").begin_array();
  std::size_t count = 0;
  const Activities filed = activities(now);
  for (auto plan = room_.plans().rbegin(); plan != room_.plans().rend(); ++plan) {
    if (count++ == limits::kCheckPlansListed) break;
    write_plan(out, *plan, filed, now);
  }
  return out.end_array().end_object().take();
}

Result<std::string> CheckDesk::plan_answer(const std::string& id, UtcMs now) const {
  for (const CheckedPlan& plan : room_.plans()) {
    if (id_of(node_.self().value, plan.commit) != id) continue;
    JsonWriter out;
    out.begin_object().member("now", now).name("plan");
    write_plan(out, plan, activities(now), now);
    return out.end_object().take();
  }
  return fail(Errc::checks_unknown, id.substr(0, limits::kIdBytes));
}

// ---- lists ----

Result<ApiAnswer> CheckDesk::post_list(const std::string& body, const node::Caller& caller,
                                       UtcMs now) {
  DETENTE_CHECK(may_commit(caller, node::Role::registrar));
  const std::vector<terms::CheckTerms>& agreed = node_.terms_now().checks();
  const bool owner = std::any_of(agreed.begin(), agreed.end(), [&](const auto& one) {
    return one.purpose == PsiPurpose::sites && one.lists_of.front() == node_.self();
  });
  if (!owner) return fail(Errc::checks_terms, "of a list of this party");
  DETENTE_TRY(const HandedIn handed, read_handed_in(body, node_.terms_now()));
  const std::vector<protection::SiteDetails> sites = handed.list.importable();
  JsonWriter out;
  out.begin_object();
  write_rows(out, handed.list);
  if (handed.dry_run || sites.empty()) {
    out.member("imported", false).end_object();
    return ok(out.take());
  }
  DETENTE_TRY(const std::vector<record::Content> contents, list_contents(sites));
  std::vector<Hash> roots;
  std::vector<record::Envelope> drafts;
  const ContentFiles files(data_);
  DETENTE_CHECK(room_.shelf().make_folders());
  for (const record::Content& content : contents) {
    const record::ContentPackage package{content,
                                         crypto::Secret32::generate(crypto::system_random())};
    roots.push_back(record::commit_content(content, package.key).root);
    DETENTE_CHECK(files.save(roots.back(), package));
    drafts.push_back(commit_draft(content, package.key, caller, now));
  }
  DETENTE_CHECK(save_list_parts(data_, roots, sites.size()));
  const std::vector<Result<Ref>> logged = log_(drafts);
  for (const Result<Ref>& one : logged) {
    if (!one) return fail(one.error());
  }
  room_.changed();
  out.member("imported", true).member("id", id_of(node_.self().value, *logged.front()));
  return ok(out.end_object().take(), 201);
}

std::string CheckDesk::lists_answer(UtcMs now) const {
  JsonWriter out;
  out.begin_object().member("now", now).name("lists").begin_array();
  std::size_t count = 0;
  const std::vector<PrivateList>& lists = room_.lists();
  for (auto list = lists.rbegin(); list != lists.rend(); ++list) {
    if (count++ == limits::kCheckListsListed) break;
    const ListStanding standing = list_standing(node_, room_, *list, list == lists.rbegin(), now);
    out.begin_object().member("id", id_of(node_.self().value, list->commits.front()));
    out.member("time", list->time).member("officer", list->officer);
    out.member("sites", std::uint64_t{list->sites}).member("tokens", standing.tokens);
    out.member("padded", standing.padded).member("epoch", standing.epoch);
    out.member("state", standing.state);
    if (standing.posted) out.member("posted", *standing.posted);
    out.end_object();
  }
  return out.end_array().end_object().take();
}

}  // namespace detente::app
