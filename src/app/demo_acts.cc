// SPDX-License-Identifier: Apache-2.0
#include "app/demo_acts.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "app/demo_amendment.h"
#include "app/identity.h"
#include "base/limits.h"
#include "crypto/hash.h"

namespace detente::app {
namespace {

constexpr std::int64_t kExpiresAfterMs = 24LL * 3'600'000;

std::string about(const char* member, const std::string& id, const std::string& reason) {
  JsonWriter body;
  body.begin_object().member(member, id);
  if (!reason.empty()) body.member("reason", reason);
  body.end_object();
  return body.take();
}

// "finding:undeclared:d01234" -> kind and address.
std::pair<std::string, std::string> finding_of(const std::string& subject) {
  const std::size_t kind = subject.find(':') + 1;
  const std::size_t address = subject.rfind(':') + 1;
  return {subject.substr(kind, address - kind - 1), subject.substr(address)};
}

}  // namespace

// Statement ids follow from the agreement, which is new with every set-up, and from the scenario's
// own names: a statement that is sent again after a restart is then known to be the same one.
std::string DemoOfficers::own_id(const std::string& what) const {
  const std::string text = "detente demo\n" + agreement_.sha256_hex() + "\n" + what;
  return to_hex(crypto::sha256(as_bytes(text))).substr(0, 32);
}

ActivityId DemoOfficers::activity(const std::string& subject) const {
  const auto filed = state_.filed.find(subject);
  if (filed != state_.filed.end()) return ActivityId{filed->second};
  return ActivityId{own_id("activity " + subject)};
}

Result<record::OfficerSigner> DemoOfficers::signer(const DemoNode& node, const std::string& keyid) {
  const auto kept = signers_.find(keyid);
  if (kept != signers_.end()) return kept->second;
  DETENTE_TRY(record::OfficerSigner loaded, load_officer(node.data, keyid));
  return signers_.emplace(keyid, std::move(loaded)).first->second;
}

Result<Answered> DemoOfficers::submit(const Act& act, const std::string& type, std::string id,
                                      std::vector<record::Ref> refs, std::string body) {
  DemoNode& node = nodes_.of(act.party);
  const terms::Party* party = agreement_.party(act.party);
  check(party != nullptr && party->keys, "an act of a party without keys");
  record::StatementDraft draft{.id = StatementId{std::move(id)},
                               .agreement = agreement_.sha256_hex(),
                               .log = Origin{party->keys->log.name},
                               .type = type,
                               .expires = world_.now() + kExpiresAfterMs,
                               .refs = std::move(refs),
                               .body = std::move(body)};
  std::vector<record::OfficerSigner> signers;
  for (const std::string& keyid : act.officers) {
    DETENTE_TRY(record::OfficerSigner one, signer(node, keyid));
    signers.push_back(std::move(one));
  }
  const record::Envelope envelope = record::sign_statement(draft, signers);
  return at_desk(act, "/api/statements", envelope.encode());
}

Result<Answered> DemoOfficers::at_desk(const Act& act, const std::string& target,
                                       const std::string& body) {
  DemoNode& node = nodes_.of(act.party);
  const auto token = node.tokens.find(act.officers.empty() ? "" : act.officers.front());
  if (token == node.tokens.end()) {
    return fail(Errc::http_unauthorized,
                fmt::format("no token of {}", act.officers.empty() ? "?" : act.officers.front()),
                node.data + "/tokens.json");
  }
  return node.desk->ask("POST", target, body, token->second);
}

// The entry of an activity's proposal, as this node holds it.
Result<record::Ref> DemoOfficers::proposal(const DemoNode& node, const ActivityId& id) {
  DETENTE_TRY(const JsonDocument activity, node.desk->get("/api/activities/" + id.value));
  DETENTE_TRY(const std::string owner, activity.root().string("owner", limits::kIdBytes));
  DETENTE_TRY(const std::int64_t index, activity.root().integer("index", 0, INT64_MAX));
  DETENTE_TRY(const JsonDocument entry,
              node.desk->get(fmt::format("/api/log/{}/{}", owner, index)));
  record::Ref ref;
  DETENTE_TRY(ref.origin.value, entry.root().string("origin", limits::kOriginBytes));
  ref.index = LeafIndex{static_cast<std::uint64_t>(index)};
  DETENTE_TRY(const std::string leaf, entry.root().string("leaf", 64));
  DETENTE_TRY(ref.leaf, hash_from_base64(leaf));
  return ref;
}

Result<Answered> DemoOfficers::send_stop(const Act& act, bool repeated) {
  JsonWriter body;
  body.begin_object();
  if (!act.about.empty()) body.member("activity", activity(act.about).value);
  body.member("reason", act.reason).end_object();
  if (repeated) {
    DETENTE_TRY(const JsonDocument known, nodes_.of(act.party).desk->get("/api/stops"));
    DETENTE_TRY(const std::vector<JsonReader> stops, known.root().array("stops", 100'000));
    for (const JsonReader& stop : stops) {
      if (stop.string("party", limits::kIdBytes) != act.party.value) continue;
      if (stop.string("reason", limits::kTextBytes) != act.reason) continue;
      DETENTE_TRY(state_.stops[act.subject], stop.string("id", limits::kIdBytes));
      Answered sent;
      sent.status = 201;
      return sent;
    }
  }
  DETENTE_TRY(Answered answer, at_desk(act, "/api/stops", body.text()));
  if (answer.good()) {
    DETENTE_TRY(state_.stops[act.subject], answer.json.root().string("id", limits::kIdBytes));
  }
  return answer;
}

// Where the thing to be read stands in the log of `act.peer`.
Result<std::uint64_t> DemoOfficers::index_of(const Act& act) {
  DemoNode& node = nodes_.of(act.party);
  if (!act.subject.starts_with("finding:")) {
    DETENTE_TRY(const record::Ref ref, proposal(node, activity(act.subject)));
    return ref.index.value;
  }
  const auto [kind, address] = finding_of(act.subject);
  DETENTE_TRY(const JsonDocument known, node.desk->get("/api/findings"));
  DETENTE_TRY(const std::vector<JsonReader> findings, known.root().array("findings", 100'000));
  for (const JsonReader& finding : findings) {
    if (finding.string("party", limits::kIdBytes) != act.peer.value) continue;
    if (finding.string("kind", limits::kIdBytes) != kind) continue;
    if (finding.string("aircraft", limits::kIdBytes) != address) continue;
    DETENTE_TRY(const std::int64_t index, finding.integer("index", 0, INT64_MAX));
    return static_cast<std::uint64_t>(index);
  }
  return fail(Errc::promise_broken,
              fmt::format("{} has no {} of {}", act.peer.value, kind, address));
}

Result<Answered> DemoOfficers::read(const Act& act) {
  DETENTE_TRY(const std::uint64_t index, index_of(act));
  JsonWriter body;
  body.begin_object().member("party", act.peer.value).member("index", index).end_object();
  return at_desk(act, "/api/read", body.text());
}

Result<Answered> DemoOfficers::read_back(const Act& act, std::string id) {
  const ActivityId subject = activity(act.subject);
  DETENTE_TRY(record::Ref ref, proposal(nodes_.of(act.party), subject));
  JsonWriter body;
  body.begin_object().member("activity", subject.value).member("place", act.echo.place);
  body.member("distance_m", act.echo.distance_m);
  body.member("bearing_deg", std::int64_t{act.echo.bearing_deg});
  body.member("agrees", act.echo.agrees);
  if (!act.echo.reason.empty()) body.member("reason", act.echo.reason);
  body.end_object();
  return submit(act, "activity.read_back", std::move(id), {std::move(ref)}, body.take());
}

// The text goes to the own desk first; the other parties' nodes fetch it from there.
Result<Answered> DemoOfficers::amend(const Act& act, std::string id) {
  DETENTE_TRY(const std::string text, amend_notice(agreement_));
  DETENTE_TRY(const terms::Agreement version, terms::Agreement::make(text));
  DETENTE_TRY(Answered brought, at_desk(act, "/api/agreement/documents", text));
  if (!brought.good()) return brought;
  JsonWriter body;
  body.begin_object().member("version", version.version());
  body.member("sha256", version.sha256_hex()).member("amends", version.amends());
  body.member("effective", act.began).member("reason", act.reason).end_object();
  return submit(act, "agreement.amend", std::move(id), {}, body.take());
}

// The newest report of the obligation, as this node knows it.
Result<Answered> DemoOfficers::verify(const Act& act) {
  const DemoNode& node = nodes_.of(act.party);
  DETENTE_TRY(const JsonDocument course, node.desk->get("/api/agreement/course"));
  DETENTE_TRY(const std::vector<JsonReader> all, course.root().array("obligations", 100'000));
  std::optional<std::int64_t> newest;
  for (const JsonReader& one : all) {
    if (one.string("id", limits::kIdBytes) != act.term) continue;
    DETENTE_TRY(const std::vector<JsonReader> reports, one.array("reports", 100'000));
    for (const JsonReader& report : reports) {
      DETENTE_TRY(const JsonReader done, report.object("act"));
      DETENTE_TRY(const std::int64_t index, done.integer("index", 0, INT64_MAX));
      newest = std::max(newest.value_or(0), index);
    }
  }
  if (!newest) return fail(Errc::promise_broken, "no report of obligation " + act.term);
  JsonWriter body;
  body.begin_object().name("report").begin_object().member("party", act.peer.value);
  body.member("index", *newest).end_object().member("result", act.word);
  body.member("reason", act.reason).end_object();
  return at_desk(act, "/api/agreement/obligations/" + act.term + "/verify", body.text());
}

Result<Answered> DemoOfficers::on_agreement(const Act& act, std::string id) {
  JsonWriter body;
  body.begin_object();
  switch (act.kind) {
    case ActKind::force:
      body.member("function", act.term).member("state", act.word).member("reason", act.reason);
      return submit(act, "agreement.state", std::move(id), {}, body.end_object().take());
    case ActKind::begin_stage: {
      DETENTE_TRY(const JsonDocument course,
                  nodes_.of(act.party).desk->get("/api/agreement/course"));
      DETENTE_TRY(const std::string version, course.root().string("sha256", 64));
      body.member("stage", act.term).member("sha256", version);
      return submit(act, "stage.begin", std::move(id), {}, body.end_object().take());
    }
    case ActKind::report:
      body.member("obligation", act.term).member("text", act.reason);
      return submit(act, "obligation.report", std::move(id), {}, body.end_object().take());
    case ActKind::use_exception:
      body.member("exception", act.term).member("activity", "").member("grounds", act.reason);
      body.member("began", act.began);
      return submit(act, "exception.declare", std::move(id), {}, body.end_object().take());
    default:
      body.member("adherent", act.term).member("sha256", agreement_.sha256_hex());
      body.member("accepted", act.began);
      return submit(act, "adherent.accept", std::move(id), {}, body.end_object().take());
  }
}

Result<Answered> DemoOfficers::dispatch(const Act& act, std::uint64_t number, bool repeated) {
  const std::string id = own_id(fmt::format("act {}", number));
  const std::string subject = activity(act.subject).value;
  const auto known_stop = state_.stops.find(act.subject);
  const std::string stop = known_stop == state_.stops.end() ? "" : known_stop->second;
  switch (act.kind) {
    case ActKind::propose: {
      check(act.plan.has_value(), "a proposal without a plan");
      airspace::ActivityPlan plan = *act.plan;
      if (!act.replaces.empty()) plan.replaces = activity(act.replaces);
      if (state_.checks.contains(act.subject)) return file_checked(act, plan);
      return submit(act, "activity.propose", subject, {}, airspace::write_plan(plan));
    }
    case ActKind::concur:
    case ActKind::object: {
      DETENTE_TRY(record::Ref ref, proposal(nodes_.of(act.party), activity(act.subject)));
      if (act.kind == ActKind::concur) {
        return submit(act, "activity.concur", id, {std::move(ref)}, about("activity", subject, ""));
      }
      JsonWriter body;
      body.begin_object().member("activity", subject).member("clause", act.clause);
      body.member("reason", act.reason).end_object();
      return submit(act, "activity.object", id, {std::move(ref)}, body.take());
    }
    case ActKind::withdraw:
      return submit(act, "activity.withdraw", id, {}, about("activity", subject, act.reason));
    case ActKind::end:
      return submit(act, "activity.end", id, {}, about("activity", subject, act.reason));
    case ActKind::activate:
      return at_desk(act, "/api/activities/" + subject + "/activate", "{}");
    case ActKind::read:
      return read(act);
    case ActKind::stop:
      return send_stop(act, repeated);
    case ActKind::stop_ack:
      return submit(act, "stop.ack", id, {}, about("stop", stop, ""));
    case ActKind::stop_lift:
      return submit(act, "stop.lift", id, {}, about("stop", stop, act.reason));
    case ActKind::read_back:
      return read_back(act, id);
    case ActKind::amend:
      return amend(act, id);
    case ActKind::verify:
      return verify(act);
    case ActKind::force:
    case ActKind::begin_stage:
    case ActKind::report:
    case ActKind::use_exception:
    case ActKind::accept:
      return on_agreement(act, id);
    case ActKind::register_sites:
    case ActKind::confirm_sites:
    case ActKind::receive_sites:
    case ActKind::notify:
    case ActKind::incident:
    case ActKind::desk_act:
    case ActKind::case_step:
    case ActKind::check_list:
    case ActKind::check_plan:
      return on_relief(act, id);
    case ActKind::link_down:
    case ActKind::link_up: {
      DETENTE_CHECK(world_.set_link(act.party, act.peer, act.kind == ActKind::link_up));
      Answered done;
      done.status = 200;
      return done;
    }
  }
  return fail(Errc::promise_broken, "unknown kind of act");
}

Result<ActOutcome> DemoOfficers::perform(const Act& act, std::uint64_t number, bool repeated) {
  ActOutcome out;
  const Result<Answered> answer = dispatch(act, number, repeated);
  if (!answer) {
    // Something to be read is not there: a promise that was not kept, not a fault of the machine.
    const Errc code = answer.error().code;
    if (code != Errc::promise_broken && code != Errc::http_status) return fail(answer.error());
    out.problem = fmt::format("{}: {}", act.tells, answer.error().detail);
    return out;
  }
  if (!answer->good()) out.answer = answer->text();
  if (act.refused) {
    const std::string wanted = errc_name(*act.refused);
    if (answer->good()) {
      out.problem = fmt::format("{}: must be refused ({}), and was not", act.tells, wanted);
    } else if (answer->code() != wanted) {
      out.problem = fmt::format("{}: must be refused with {}, and was with {}", act.tells, wanted,
                                out.answer);
    }
    return out;
  }
  const bool done_before = repeated && (answer->code() == errc_name(Errc::entry_repeated) ||
                                        answer->code() == errc_name(Errc::activity_state) ||
                                        answer->code() == errc_name(Errc::protection_state));
  if (done_before) out.answer.clear();
  if (!answer->good() && !done_before) {
    out.problem = fmt::format("{}: refused: {}", act.tells, out.answer);
  }
  return out;
}

}  // namespace detente::app
