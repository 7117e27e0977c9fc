// SPDX-License-Identifier: Apache-2.0
#include "node/api.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <tuple>

#include "base/limits.h"
#include "node/api_checks.h"
#include "node/api_course.h"
#include "node/api_hotline.h"
#include "node/api_json.h"
#include "node/api_parts.h"
#include "node/api_plan.h"
#include "node/api_protection.h"
#include "node/api_site_list.h"

namespace detente::node {
namespace {

constexpr std::size_t kReasonBytes = 1000;
constexpr const char* kJson = "application/json";
constexpr const char* kPlainText = "text/plain; charset=utf-8";
constexpr std::uint64_t kPageEntries = 200;  // of a log, in one answer

std::vector<std::string> segments(std::string_view path) {
  std::vector<std::string> out;
  while (!path.empty()) {
    path.remove_prefix(1);  // '/'
    const std::size_t end = std::min(path.find('/'), path.size());
    out.emplace_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return out;
}

Result<std::uint64_t> whole_number(std::string_view text, std::uint64_t most, std::string place) {
  std::uint64_t n = 0;
  const std::from_chars_result end = std::from_chars(text.data(), text.data() + text.size(), n);
  if (end.ec != std::errc{} || end.ptr != text.data() + text.size() || n > most) {
    return fail(Errc::json_member_range, fmt::format("a whole number up to {} is expected", most),
                std::move(place));
  }
  return n;
}

// One request on its way through the table of paths.
class Handler {
 public:
  Handler(const Node& node, const ApiRequest& request, const Caller& caller,
          const std::vector<ApiLink>& links, UtcMs now)
      : node_(node),
        request_(request),
        caller_(caller),
        links_(links),
        now_(now),
        path_(segments(request.path)) {}

  Result<ApiOutcome> run() const {
    if (path_.size() < 2 || path_[0] != "api") return fail(Errc::http_not_found, request_.path);
    if (path_[1] == "hello" && path_.size() == 2)
      return get([&](JsonWriter& out) { write_hello(out, node_, caller_, links_, now_); });
    if (caller_.role == Role::none) return fail(Errc::http_unauthorized, "send a bearer token");
    if (request_.method == "GET" || request_.method == "HEAD") return read();
    if (request_.method == "POST") return act();
    return fail(Errc::http_method, request_.method);
  }

 private:
  template <class Write>
  Result<ApiOutcome> get(Write&& write) const {
    JsonWriter out;
    write(out);
    return ApiOutcome{ApiAnswer{200, out.take(), kJson}};
  }

  template <class Items, class Write>
  Result<ApiOutcome> list(const char* name, const Items& items, Write&& write) const {
    return get([&](JsonWriter& out) {
      out.begin_object().name(name).begin_array();
      for (const auto& item : items) write(out, item);
      out.end_array().end_object();
    });
  }

  Result<std::uint64_t> query_number(const char* name, std::uint64_t standard,
                                     std::uint64_t most) const {
    const auto found = request_.query.find(name);
    if (found == request_.query.end()) return standard;
    return whole_number(found->second, most, name);
  }

  Result<const HeldLog*> held_log(const std::string& party) const {
    const HeldLog* log = node_.log(PartyId{party});
    if (log == nullptr) return fail(Errc::agreement_unknown_party, party);
    return log;
  }

  Result<airspace::ActivityView> activity(const std::string& id) const {
    std::optional<airspace::ActivityView> view = node_.ledger().view(ActivityId{id}, now_);
    if (!view) return fail(Errc::activity_unknown, id.substr(0, limits::kIdBytes));
    return std::move(*view);
  }

  Result<ApiOutcome> read() const {
    const std::string& what = path_[1];
    if (path_.size() == 2) return read_list(what);
    if (what == "activities" && path_.size() == 3) {
      DETENTE_TRY(const airspace::ActivityView view, activity(path_[2]));
      return get([&](JsonWriter& out) { write_activity(out, node_, caller_, view, now_, true); });
    }
    if (what == "log" && path_.size() <= 5) return read_log();
    if (what == "agreement") return read_agreement();
    if (what == "sites" && path_.size() == 3 && path_[2] == "export") {
      DETENTE_TRY(ApiAnswer file, export_sites(node_, request_.query, now_));
      return ApiOutcome{std::move(file)};
    }
    if (is_protection(what)) return read_protected();
    if (what == "hotline" && path_.size() == 3 && path_[2] == "forms") {
      return get([&](JsonWriter& out) { write_hotline_forms(out); });
    }
    if (what == "evidence" && path_.size() == 3) {
      const std::string* file = evidence_file(node_, path_[2]);
      if (file == nullptr) return fail(Errc::http_not_found, "this node holds no such file");
      return ApiOutcome{ApiAnswer{200, *file, kPlainText}};
    }
    return fail(Errc::http_not_found, request_.path);
  }

  std::string language() const {
    const auto found = request_.query.find("language");
    return found == request_.query.end() ? "en" : found->second;
  }

  Result<ApiOutcome> read_agreement() const {
    if (path_.size() == 3 && path_[2] == "course") {
      return get([&](JsonWriter& out) { write_course(out, node_, caller_, language(), now_); });
    }
    if (path_.size() == 4 && path_[2] == "documents") {
      const std::string* text = node_.document(path_[3]);
      if (text == nullptr) return fail(Errc::http_not_found, "no such version is at hand");
      return ApiOutcome{ApiAnswer{200, *text, kJson}};
    }
    return fail(Errc::http_not_found, request_.path);
  }

  Result<ApiOutcome> read_log() const {
    DETENTE_TRY(const HeldLog* log, held_log(path_[2]));
    if (path_.size() == 3) {
      DETENTE_TRY(std::uint64_t from, query_number("from", 0, 1ULL << 40));
      DETENTE_TRY(std::uint64_t count, query_number("count", 100, kPageEntries));
      const auto before = request_.query.find("before");
      if (before != request_.query.end()) {
        DETENTE_TRY(const UtcMs time, parse_rfc3339(before->second));
        const std::uint64_t end = entries_before(*log, time);
        count = std::min(count, end);
        from = end - count;
      }
      return get([&](JsonWriter& out) { write_log_page(out, node_, *log, from, count, now_); });
    }
    DETENTE_TRY(const std::uint64_t index, whole_number(path_[3], 1ULL << 40, "index"));
    if (index >= log->head_size.value) return fail(Errc::http_not_found, "no such entry");
    const LeafIndex at{index};
    if (path_.size() == 4) {
      DETENTE_TRY(const record::Entry entry, log->entry(at));
      return get([&](JsonWriter& out) { write_entry_proof(out, node_, *log, entry, now_); });
    }
    if (path_[4] != "proof") return fail(Errc::http_not_found, request_.path);
    DETENTE_TRY(std::string file, proof_file(*log, at));
    return ApiOutcome{ApiAnswer{200, std::move(file), kPlainText}};
  }

  Result<ApiOutcome> read_protected() const {
    DETENTE_TRY(std::string text, read_protection(node_, caller_, {path_.begin() + 1, path_.end()},
                                                  request_.query, now_));
    return ApiOutcome{ApiAnswer{200, std::move(text), kJson}};
  }

  Result<ApiOutcome> read_list(const std::string& what) const {
    if (is_protection(what)) return read_protected();
    if (what == "state")
      return get([&](JsonWriter& out) { write_state(out, node_, caller_, now_); });
    if (what == "record") {
      return get([&](JsonWriter& out) { write_record(out, node_, now_); });
    }
    if (what == "evidence") {
      return get([&](JsonWriter& out) { write_evidence(out, node_); });
    }
    if (what == "checks") {
      return get([&](JsonWriter& out) { write_checks(out, node_, caller_, now_); });
    }
    if (what == "hotline") {
      return get([&](JsonWriter& out) { write_hotline(out, node_, caller_, now_); });
    }
    if (what == "agreement") {
      return get([&](JsonWriter& out) { write_agreement(out, node_, language(), now_); });
    }
    if (what == "activities") {
      std::vector<airspace::ActivityView> views = node_.ledger().views(now_);
      std::sort(views.begin(), views.end(), [](const auto& a, const auto& b) {
        return std::tuple(b.plan.span().start, a.id) < std::tuple(a.plan.span().start, b.id);
      });
      return list("activities", views, [&](JsonWriter& out, const airspace::ActivityView& view) {
        write_activity(out, node_, caller_, view, now_);
      });
    }
    if (what == "waiting") {
      return get([&](JsonWriter& out) {
        out.begin_object().name("items").begin_array();
        write_waiting(out, node_, caller_, now_, false);
        out.end_array().end_object();
      });
    }
    if (what == "tracks") {
      DETENTE_TRY(const std::uint64_t seconds, query_number("trail_s", 900, 7200));
      return get([&](JsonWriter& out) {
        write_tracks(out, node_, static_cast<std::int64_t>(seconds) * 1000, now_);
      });
    }
    if (what == "findings") {
      std::vector<const FindingRecord*> all = node_.findings();
      std::reverse(all.begin(), all.end());
      return list("findings", all, [&](JsonWriter& out, const FindingRecord* finding) {
        write_finding(out, node_, *finding);
      });
    }
    if (what == "stops") {
      std::vector<airspace::StopView> stops = node_.ledger().stops();
      std::reverse(stops.begin(), stops.end());
      return list("stops", stops, [&](JsonWriter& out, const airspace::StopView& stop) {
        write_stop(out, node_, caller_, stop, now_);
      });
    }
    return fail(Errc::http_not_found, request_.path);
  }

  Result<JsonDocument> body() const {
    return parse_json(request_.body, {.bytes_max = limits::kApiBodyBytes});
  }

  // Only officers act; which statement types a role may sign is in record::type_rule.
  Status may(const std::string& type) const {
    const std::optional<record::TypeRule> rule = record::type_rule(type);
    check(rule.has_value(), "the API names a known statement type");
    const bool in_role = std::find(rule->roles.begin(), rule->roles.end(),
                                   role_name(caller_.role)) != rule->roles.end();
    if (!in_role || !caller_.officer) {
      return fail(Errc::http_forbidden,
                  fmt::format("{} is not for the role {}", type, role_name(caller_.role)));
    }
    return {};
  }

  Result<ApiOutcome> submit(const std::string& type, std::vector<record::Ref> refs,
                            std::string text) const {
    DETENTE_CHECK(may(type));
    const record::Envelope envelope =
        node_.draft(type, std::move(refs), std::move(text), {*caller_.officer}, now_);
    DETENTE_TRY(const record::Statement statement, record::parse_statement(envelope));
    return ApiOutcome{ApiSubmit{envelope, statement.id}};
  }

  Result<std::string> reason(const JsonReader& in, bool needed) const {
    if (!needed && !in.has("reason")) return std::string();
    return in.string("reason", kReasonBytes);
  }

  Result<ApiOutcome> act() const {
    const std::string& what = path_[1];
    if (what == "statements" && path_.size() == 2) {
      if (caller_.role == Role::reader) return fail(Errc::http_forbidden, "readers sign nothing");
      DETENTE_TRY(record::Envelope envelope, record::parse_envelope(request_.body));
      DETENTE_TRY(const record::Statement statement, record::parse_statement(envelope));
      return ApiOutcome{ApiSubmit{std::move(envelope), statement.id}};
    }
    if (is_question(path_)) {
      DETENTE_TRY(ApiAnswer answer, answer_question(node_, path_, request_.body, now_));
      return ApiOutcome{std::move(answer)};
    }
    if (what == "agreement" && path_.size() == 3 && path_[2] == "documents") {
      return take_document();
    }
    if (what == "sites" && path_.size() == 3 && path_[2] == "import") {
      DETENTE_CHECK(may("site.register"));
      return import_sites(node_, caller_, request_.body, now_);
    }
    DETENTE_TRY(const JsonDocument document, body());
    const JsonReader in = document.root();
    if (what == "agreement" && path_.size() == 5) {
      DETENTE_TRY(CourseAct act, read_course_act(node_, path_[2], path_[3], path_[4], in));
      return submit(act.type, std::move(act.refs), std::move(act.body));
    }
    if (what == "activities" && path_.size() == 2) {
      DETENTE_CHECK(may("activity.propose"));
      DETENTE_TRY(airspace::ActivityPlan plan, airspace::read_plan(in, node_.agreement()));
      if (!request_.checked) return submit("activity.propose", {}, airspace::write_plan(plan));
      plan.check_key = request_.checked->key;
      return submit("activity.propose", {request_.checked->commit}, airspace::write_plan(plan));
    }
    if (what == "activities" && path_.size() == 4) return act_on_activity(in);
    if (is_protection(what)) {
      DETENTE_TRY(ProtectionAct act, read_protection_act(node_, {path_.begin() + 1, path_.end()},
                                                         request_.body, now_));
      if (act.type.empty()) return ApiOutcome{ApiAnswer{200, std::move(act.body), kJson}};
      return submit(act.type, std::move(act.refs), std::move(act.body));
    }
    if (what == "hotline") {
      DETENTE_TRY(HotlineAct act, read_hotline_act({path_.begin() + 2, path_.end()}, in));
      return submit(act.type, {}, std::move(act.body));
    }
    if (what == "stops" && path_.size() == 2) return send_stop(in);
    if (what == "stops" && path_.size() == 4) return act_on_stop(in);
    if (what == "read" && path_.size() == 2) return mark_read(in);
    return fail(Errc::http_not_found, request_.path);
  }

  // Whoever may sign something may bring a text; it changes nothing until every party signs it.
  Result<ApiOutcome> take_document() const {
    if (!caller_.officer) return fail(Errc::http_forbidden, "only officers bring documents");
    DETENTE_TRY(const terms::Agreement made, terms::Agreement::make(request_.body));
    DETENTE_CHECK(terms::may_amend(node_.agreement(), made));
    JsonWriter out;
    out.begin_object().member("sha256", made.sha256_hex()).member("version", made.version());
    out.end_object();
    return ApiOutcome{ApiDocument{request_.body, {201, out.take(), kJson}}};
  }

  Result<ApiOutcome> act_on_activity(const JsonReader& in) const {
    const std::string& act = path_[3];
    DETENTE_TRY(const airspace::ActivityView view, activity(path_[2]));
    if (act == "read_back") return read_back(view, in);
    if (act == "release") return release(view, in);
    if (act == "contingent" || act == "offer") return with_volumes(view, act, in);
    DETENTE_CHECK(in.only({"reason", "clause"}));
    JsonWriter text;
    text.begin_object().member("activity", view.id.value);
    std::vector<record::Ref> refs = {view.proposal};
    if (act == "concur") {
      return submit("activity.concur", refs, text.end_object().take());
    }
    if (act == "activate") {
      DETENTE_CHECK(may("activity.activate"));
      DETENTE_TRY(airspace::Ledger::Activation activation,
                  node_.ledger().prepare_activation(view.id, node_.activation_notes(view.id), now_,
                                                    node_.seen()));
      return submit("activity.activate", std::move(activation.refs), std::move(activation.body));
    }
    if (act == "object") {
      DETENTE_TRY(const std::string why, reason(in, true));
      DETENTE_TRY(const std::string clause, in.string("clause", limits::kIdBytes));
      text.member("clause", clause).member("reason", why);
      return submit("activity.object", refs, text.end_object().take());
    }
    if (act == "withdraw" || act == "end") {
      DETENTE_TRY(const std::string why, reason(in, true));
      text.member("reason", why);
      return submit("activity." + act, {}, text.end_object().take());
    }
    return fail(Errc::http_not_found, request_.path);
  }

  Result<ApiOutcome> read_back(const airspace::ActivityView& view, const JsonReader& in) const {
    DETENTE_CHECK(in.only({"place", "distance_m", "bearing_deg", "agrees", "reason"}));
    JsonWriter text;
    text.begin_object().member("activity", view.id.value);
    DETENTE_TRY(const std::string place, in.string("place", limits::kNameBytes));
    DETENTE_TRY(const std::int64_t distance, in.integer("distance_m", 0, airspace::kReadBackMaxM));
    DETENTE_TRY(const std::int64_t bearing, in.integer("bearing_deg", 0, 359));
    bool agrees = true;
    if (in.has("agrees")) {
      DETENTE_TRY(agrees, in.boolean("agrees"));
    }
    DETENTE_TRY(const std::string why, reason(in, !agrees));
    text.member("place", place).member("distance_m", distance).member("bearing_deg", bearing);
    text.member("agrees", agrees);
    if (!why.empty()) text.member("reason", why);
    return submit("activity.read_back", {view.proposal}, text.end_object().take());
  }

  Result<ApiOutcome> release(const airspace::ActivityView& view, const JsonReader& in) const {
    DETENTE_CHECK(in.only({"volumes", "until", "reason"}));
    JsonWriter text;
    text.begin_object().member("activity", view.id.value);
    if (in.has("volumes")) {
      DETENTE_TRY(const auto numbers, in.array("volumes", limits::kVolumesPerActivity));
      text.name("volumes").begin_array();
      for (const JsonReader& item : numbers) {
        DETENTE_TRY(const std::int64_t number,
                    item.as_integer(1, 2 * std::int64_t{limits::kVolumesPerActivity}));
        text.value(number);
      }
      text.end_array();
    }
    if (in.has("until")) {
      DETENTE_TRY(const UtcMs until, in.time("until"));
      text.member("until", until);
    }
    DETENTE_TRY(const std::string why, reason(in, false));
    if (!why.empty()) text.member("reason", why);
    return submit("activity.release", {}, text.end_object().take());
  }

  // activity.contingent and activity.offer
  Result<ApiOutcome> with_volumes(const airspace::ActivityView& view, const std::string& act,
                                  const JsonReader& in) const {
    DETENTE_CHECK(in.only({"volumes", "reason"}));
    DETENTE_TRY(const std::string why, reason(in, true));
    JsonWriter text;
    text.begin_object().member("activity", view.id.value).member("reason", why);
    if (act == "offer" || in.has("volumes")) {
      DETENTE_TRY(const auto items, in.array("volumes", limits::kVolumesPerActivity));
      text.name("volumes").begin_array();
      for (const JsonReader& item : items) {
        DETENTE_TRY(const geo::Volume4 volume, geo::read_volume(item));
        geo::write_volume(text, volume);
      }
      text.end_array();
    }
    return submit("activity." + act, {}, text.end_object().take());
  }

  Result<ApiOutcome> send_stop(const JsonReader& in) const {
    DETENTE_CHECK(in.only({"reason", "activity"}));
    DETENTE_TRY(const std::string why, reason(in, true));
    std::string activity_id;
    if (in.has("activity")) {
      DETENTE_TRY(activity_id, in.string("activity", limits::kIdBytes));
    }
    JsonWriter text;
    text.begin_object().member("activity", activity_id).member("reason", why).end_object();
    return submit("stop.send", {}, text.take());
  }

  Result<ApiOutcome> act_on_stop(const JsonReader& in) const {
    DETENTE_CHECK(in.only({"reason"}));
    JsonWriter text;
    text.begin_object().member("stop", path_[2]);
    if (path_[3] == "ack") return submit("stop.ack", {}, text.end_object().take());
    if (path_[3] != "lift") return fail(Errc::http_not_found, request_.path);
    DETENTE_TRY(const std::string why, reason(in, true));
    return submit("stop.lift", {}, text.member("reason", why).end_object().take());
  }

  Result<ApiOutcome> mark_read(const JsonReader& in) const {
    DETENTE_CHECK(in.only({"party", "index"}));
    DETENTE_TRY(const std::string party, in.string("party", limits::kIdBytes));
    DETENTE_TRY(const std::int64_t index, in.integer("index", 0, 1LL << 40));
    DETENTE_TRY(const HeldLog* log, held_log(party));
    const auto at = static_cast<std::uint64_t>(index);
    if (at >= log->size().value) return fail(Errc::http_not_found, "no such entry");
    return submit("ack.read", {log->ref(LeafIndex{at})}, "{}");
  }

  const Node& node_;
  const ApiRequest& request_;
  const Caller& caller_;
  const std::vector<ApiLink>& links_;
  const UtcMs now_;
  const std::vector<std::string> path_;
};

}  // namespace

const char* role_name(Role role) {
  switch (role) {
    case Role::none:
      return "none";
    case Role::reader:
      return "reader";
    case Role::duty_officer:
      return "duty_officer";
    case Role::registrar:
      return "registrar";
    case Role::disclosure_officer:
      return "disclosure_officer";
    case Role::monitor:
      return "monitor";
    case Role::signatory:
      return "signatory";
  }
  return "none";
}

Result<Role> parse_role(std::string_view name) {
  for (const Role role : {Role::reader, Role::duty_officer, Role::registrar,
                          Role::disclosure_officer, Role::monitor, Role::signatory}) {
    if (name == role_name(role)) return role;
  }
  return fail(Errc::agreement_unknown_role, std::string(name.substr(0, limits::kIdBytes)));
}

std::size_t api_body_bytes(std::string_view method, std::string_view path) {
  const bool agreement = method == "POST" && path == "/api/agreement/documents";
  if (path == "/peer/flash") return limits::kFlashBytes;
  if (method == "POST" && path == "/api/checks/lists") return limits::kCheckUploadBytes;
  if (method == "POST" && path == "/api/sites/import") return limits::kImportBytes;
  return agreement ? limits::kAgreementBytes : limits::kApiBodyBytes;
}

int http_status(Errc code) {
  switch (code) {
    case Errc::http_unauthorized:
      return 401;
    case Errc::http_forbidden:
    case Errc::key_undelegated:
    case Errc::key_expired:
    case Errc::key_revoked:
    case Errc::key_role:
    case Errc::signature_invalid:
    case Errc::signers_too_few:
    case Errc::activity_not_owner:
    case Errc::activity_own:
    case Errc::hotline_own:
    case Errc::protection_not_owner:
    case Errc::protection_own:
    case Errc::protection_same_officer:
    case Errc::checks_party:
    case Errc::hotline_not_sender:
    case Errc::agreement_party:
    case Errc::obligation_party:
      return 403;
    case Errc::http_not_found:
    case Errc::activity_unknown:
    case Errc::stop_unknown:
    case Errc::hotline_unknown:
    case Errc::protection_unknown:
    case Errc::agreement_unknown_party:
    case Errc::stage_unknown:
    case Errc::obligation_unknown:
    case Errc::exception_unknown:
    case Errc::checks_unknown:
      return 404;
    case Errc::http_method:
      return 405;
    case Errc::http_too_large:
    case Errc::json_too_large:
      return 413;
    case Errc::node_fenced:
    case Errc::node_halted:
    case Errc::store_io:
    case Errc::store_full:
    case Errc::store_read_only:
    case Errc::store_corrupt:
    case Errc::store_lost_race:
      return 503;
    default:
      break;
  }
  const int number = static_cast<int>(code);
  const bool state_refuses = (number >= 2303 && number < 2400) ||
                             (number >= 2240 && number < 2255) || code == Errc::entry_repeated ||
                             code == Errc::hotline_state || code == Errc::protection_state ||
                             code == Errc::protection_list || code == Errc::checks_state ||
                             code == Errc::checks_frozen || code == Errc::checks_terms ||
                             code == Errc::agreement_not_in_force;
  return state_refuses ? 409 : 400;
}

ApiAnswer error_answer(const Error& error) {
  JsonWriter out;
  out.begin_object().name("error");
  write_error(out, error);
  out.end_object();
  return {http_status(error.code), out.take(), kJson};
}

ApiAnswer logged_answer(const Node& node, const StatementId& id,
                        const Result<record::Ref>& result) {
  if (!result) return error_answer(result.error());
  JsonWriter out;
  out.begin_object().member("party", node.self().value).member("index", result->index.value);
  out.member("leaf", to_base64(result->leaf)).member("id", id.value).end_object();
  return {201, out.take(), kJson};
}

ApiOutcome handle_api(const Node& node, const ApiRequest& request, const Caller& caller,
                      const std::vector<ApiLink>& links, UtcMs now) {
  Result<ApiOutcome> outcome = Handler(node, request, caller, links, now).run();
  if (!outcome) return error_answer(outcome.error());
  return std::move(*outcome);
}

}  // namespace detente::node
