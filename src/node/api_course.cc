// SPDX-License-Identifier: Apache-2.0
//
// The agreement's course as the API shows it: versions, states, stages, obligations, exceptions,
// roll; and the acts of one officer on them. Private to src/node.
#include <fmt/core.h>

#include "base/limits.h"
#include "node/api_course.h"
#include "node/api_parts.h"

namespace detente::node {
namespace {

using terms::Texts;

constexpr std::size_t kEvidenceMax = 16;  // references of one statement from the desk

class CourseWriter {
 public:
  CourseWriter(JsonWriter& out, const Node& node, std::string language)
      : out_(out), node_(node), language_(std::move(language)) {}

  void write(const Caller& caller, UtcMs now) {
    const terms::AgreementView view = node_.ledger().course().view(now);
    const terms::Agreement& in_force = node_.terms_now();
    out_.begin_object().member("now", now).member("version", in_force.version());
    out_.member("sha256", in_force.sha256_hex());
    if (in_force.d_day()) out_.member("d_day", *in_force.d_day());
    list("versions", view.versions, [&](const auto& v) { version(v); });
    list("functions", view.functions, [&](const auto& f) { function(f); });
    if (view.stage) out_.member("stage", view.stage->value);
    list("stages", view.stages, [&](const auto& s) { stage(s); });
    list("obligations", view.obligations, [&](const auto& o) { obligation(o); });
    list("exceptions", view.exceptions, [&](const auto& e) { exception(e); });
    list("roll", view.roll, [&](const auto& r) { roll(r); });
    list("openings", view.openings, [&](const auto& o) { opening(o); });
    list("publications", view.publications, [&](const auto& p) { publication(p); });
    can(caller);
    out_.end_object();
  }

 private:
  template <class Items, class Write>
  void list(const char* name, const Items& items, Write&& write) {
    out_.name(name).begin_array();
    for (const auto& item : items) {
      out_.begin_object();
      write(item);
      out_.end_object();
    }
    out_.end_array();
  }

  std::string words(const Texts& texts) const {
    auto found = texts.find(language_);
    if (found == texts.end()) found = texts.find("en");
    return found == texts.end() ? std::string() : found->second;
  }

  const std::string& party_of(const record::Ref& ref) const {
    for (const HeldLog* log : node_.logs()) {
      if (log->origin() == ref.origin) return log->party.value;
    }
    return ref.origin.value;
  }

  void refs(const char* name, const std::vector<record::Ref>& all) {
    list(name, all, [&](const record::Ref& ref) {
      out_.member("party", party_of(ref)).member("index", ref.index.value);
    });
  }

  void act_members(const terms::SignedAct& act) {
    out_.member("party", act.party.value);
    write_texts(out_, "officers", act.officers, [](const std::string& s) { return s; });
    out_.member("time", act.time).member("index", act.ref.index.value);
    if (!act.reason.empty()) out_.member("reason", act.reason);
  }
  void acts(const char* name, const std::vector<terms::SignedAct>& all) {
    list(name, all, [&](const terms::SignedAct& act) { act_members(act); });
  }
  void one_act(const terms::SignedAct& act) {
    out_.name("act").begin_object();
    act_members(act);
    out_.end_object();
  }

  void version(const terms::VersionView& v) {
    out_.member("version", v.version).member("sha256", v.sha256).member("amends", v.amends);
    if (v.version > 1) out_.member("effective", v.effective);
    out_.member("in_force", v.in_force).member("at_hand", v.at_hand);
    if (!v.problem.empty()) out_.member("problem", v.problem);
    acts("signatures", v.signatures);
  }

  void function(const terms::FunctionView& f) {
    out_.member("function", f.function ? terms::function_name(*f.function) : "");
    out_.member("state", terms::force_state_name(f.state));
    acts("acts", f.acts);
  }

  void condition(const terms::ConditionView& c) {
    const terms::StageCondition& condition = *c.condition;
    out_.member("clause", condition.clause.value);
    out_.member("kind", terms::condition_kind_name(condition.kind));
    out_.member("met", c.met).member("have", c.have).member("need", condition.n);
    out_.member("why", c.why).member("basis", terms::condition_basis_name(c.basis));
    if (c.since) out_.member("since", *c.since);
    if (c.cuts.count > 0) {
      out_.name("cuts").begin_object();
      out_.member("count", static_cast<std::int64_t>(c.cuts.count)).member("more", c.cuts.more);
      out_.member("time_s", c.cuts.ms / 1000).end_object();
    }
    if (condition.kind == terms::StageCondition::Kind::obligation) {
      out_.member("obligation", condition.obligation.value);
    }
    write_texts(out_, "findings", condition.findings, [](const std::string& s) { return s; });
    refs("evidence", c.evidence);
  }

  void stage(const terms::StageView& s) {
    out_.member("id", s.stage->id.value).member("clause", s.stage->clause.value);
    out_.member("name", words(s.stage->name));
    if (s.stage->after) out_.member("after", s.stage->after->value);
    out_.member("state", terms::stage_state_name(s.state));
    if (s.begun) out_.member("begun", *s.begun);
    list("conditions", s.conditions, [&](const auto& c) { condition(c); });
    acts("signatures", s.signatures);
    acts("refused", s.refused);
    acts("resets", s.resets);
    list("resets_on", s.stage->resets, [&](const terms::StageReset& reset) {
      out_.member("clause", reset.clause.value);
      out_.member("kind", terms::reset_kind_name(reset.kind));
      write_texts(out_, "findings", reset.findings, [](const std::string& t) { return t; });
      if (reset.to) out_.member("to", reset.to->value);
    });
  }

  void obligation(const terms::ObligationView& o) {
    const terms::Obligation& terms = *o.obligation;
    out_.member("id", terms.id.value).member("clause", terms.clause.value);
    out_.member("who", terms.who.value).member("what", words(terms.what));
    out_.member("state", terms::obligation_state_name(o.state));
    if (o.due) out_.member("due", *o.due);
    out_.member("evidence", terms.evidence).member("verified_by", terms.verified_by.value);
    out_.member("count", terms.count).member("verified", o.verified);
    if (terms.mirrors) out_.member("mirrors", terms.mirrors->value);
    list("reports", o.reports, [&](const terms::ObligationView::Report& report) {
      one_act(report.act);
      refs("evidence", report.evidence);
      acts("verifications", report.verifications);
    });
  }

  void exception(const terms::ExceptionView& e) {
    const terms::NamedException& terms = *e.exception;
    out_.member("id", terms.id.value).member("clause", terms.clause.value);
    out_.member("name", words(terms.name)).member("kind", terms::exception_kind_name(terms.kind));
    write_texts(out_, "purposes", terms.purposes,
                [](terms::Purpose p) { return std::string(terms::purpose_name(p)); });
    out_.member("declare_within_s", terms.declare_within_ms / 1000);
    list("uses", e.uses, [&](const terms::ExceptionUse& use) {
      one_act(use.act);
      if (use.activity) out_.member("activity", use.activity->value);
      out_.member("began", use.began).member("late", use.late);
    });
  }

  void roll(const terms::RollEntry& r) {
    out_.member("adherent", r.adherent->id.value).member("name", r.adherent->name);
    out_.member("sponsor", r.adherent->sponsor.value);
    if (!r.accepted) return;
    out_.member("sha256", r.sha256).member("accepted_at", r.accepted_at);
    one_act(*r.accepted);
  }

  void opening(const terms::OpeningView& o) {
    out_.member("document", o.document).member("language", o.language);
    out_.member("fits", o.fits).member("sha256", o.sha256);
    one_act(o.act);
  }

  void publication(const terms::PublicationView& p) {
    write_texts(out_, "sha256", p.sha256, [](const std::string& s) { return s; });
    out_.member("by_all", p.by_all);
    acts("acts", p.acts);
  }

  void can(const Caller& caller) {
    constexpr std::array<std::pair<const char*, const char*>, 6> kActs = {
        {{"stage_begin", "stage.begin"},
         {"stage_reset", "stage.reset"},
         {"report", "obligation.report"},
         {"verify", "obligation.verify"},
         {"declare", "exception.declare"},
         {"accept", "adherent.accept"}}};
    out_.name("can").begin_array();
    for (const auto& [name, type] : kActs) {
      if (may_sign(caller, type)) out_.value(name);
    }
    out_.end_array();
  }

  JsonWriter& out_;
  const Node& node_;
  const std::string language_;
};

Result<record::Ref> read_ref(const Node& node, const JsonReader& in) {
  DETENTE_CHECK(in.only({"party", "index"}));
  DETENTE_TRY(const std::string party, in.string("party", limits::kIdBytes));
  DETENTE_TRY(const std::int64_t index, in.integer("index", 0, 1LL << 40));
  const HeldLog* log = node.log(PartyId{party});
  if (log == nullptr) return fail(Errc::agreement_unknown_party, party, in.place_of("party"));
  const auto at = static_cast<std::uint64_t>(index);
  if (at >= log->size().value) {
    return fail(Errc::http_not_found, "no such entry", in.place_of("index"));
  }
  return log->ref(LeafIndex{at});
}

Result<std::vector<record::Ref>> read_evidence(const Node& node, const JsonReader& in) {
  std::vector<record::Ref> out;
  if (!in.has("evidence")) return out;
  DETENTE_TRY(const std::vector<JsonReader> items, in.array("evidence", kEvidenceMax));
  for (const JsonReader& item : items) {
    DETENTE_TRY(record::Ref ref, read_ref(node, item));
    out.push_back(std::move(ref));
  }
  return out;
}

Result<CourseAct> stage_act(const Node& node, const std::string& id, const std::string& act,
                            const JsonReader& in) {
  JsonWriter body;
  body.begin_object().member("stage", id);
  if (act == "begin") {
    DETENTE_CHECK(in.only({}));
    body.member("sha256", node.terms_now().sha256_hex()).end_object();
    return CourseAct{"stage.begin", {}, body.take()};
  }
  if (act != "reset") return fail(Errc::http_not_found, act);
  DETENTE_CHECK(in.only({"clause", "reason", "evidence"}));
  DETENTE_TRY(const std::string clause, in.string("clause", limits::kIdBytes));
  DETENTE_TRY(const std::string reason, in.string("reason", limits::kTextBytes));
  DETENTE_TRY(std::vector<record::Ref> refs, read_evidence(node, in));
  body.member("clause", clause).member("reason", reason).end_object();
  return CourseAct{"stage.reset", std::move(refs), body.take()};
}

Result<CourseAct> obligation_act(const Node& node, const std::string& id, const std::string& act,
                                 const JsonReader& in) {
  JsonWriter body;
  body.begin_object().member("obligation", id);
  if (act == "report") {
    DETENTE_CHECK(in.only({"text", "evidence"}));
    DETENTE_TRY(const std::string text, in.string("text", limits::kTextBytes));
    DETENTE_TRY(std::vector<record::Ref> refs, read_evidence(node, in));
    body.member("text", text).end_object();
    return CourseAct{"obligation.report", std::move(refs), body.take()};
  }
  if (act != "verify") return fail(Errc::http_not_found, act);
  DETENTE_CHECK(in.only({"report", "result", "reason"}));
  DETENTE_TRY(const JsonReader report, in.object("report"));
  DETENTE_TRY(record::Ref ref, read_ref(node, report));
  DETENTE_TRY(const std::string result, in.string("result", limits::kIdBytes));
  DETENTE_TRY(const std::string reason, in.string("reason", limits::kTextBytes, true));
  body.member("result", result).member("reason", reason).end_object();
  return CourseAct{"obligation.verify", {std::move(ref)}, body.take()};
}

}  // namespace

void write_course(JsonWriter& out, const Node& node, const Caller& caller,
                  const std::string& language, UtcMs now) {
  CourseWriter(out, node, language).write(caller, now);
}

Result<CourseAct> read_course_act(const Node& node, const std::string& what, const std::string& id,
                                  const std::string& act, const JsonReader& in) {
  if (what == "stages") return stage_act(node, id, act, in);
  if (what == "obligations") return obligation_act(node, id, act, in);
  JsonWriter body;
  if (what == "exceptions" && act == "declare") {
    DETENTE_CHECK(in.only({"activity", "grounds", "began"}));
    std::string activity;
    if (in.has("activity")) {
      DETENTE_TRY(activity, in.string("activity", limits::kIdBytes, true));
    }
    DETENTE_TRY(const std::string grounds, in.string("grounds", limits::kTextBytes));
    DETENTE_TRY(const UtcMs began, in.time("began"));
    body.begin_object().member("exception", id).member("activity", activity);
    body.member("grounds", grounds).member("began", began).end_object();
    return CourseAct{"exception.declare", {}, body.take()};
  }
  if (what == "adherents" && act == "accept") {
    DETENTE_CHECK(in.only({"accepted"}));
    DETENTE_TRY(const UtcMs accepted, in.time("accepted"));
    body.begin_object().member("adherent", id).member("sha256", node.terms_now().sha256_hex());
    body.member("accepted", accepted).end_object();
    return CourseAct{"adherent.accept", {}, body.take()};
  }
  return fail(Errc::http_not_found, what + "/" + act);
}

}  // namespace detente::node
