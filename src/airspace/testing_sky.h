// SPDX-License-Identifier: Apache-2.0
//
// For tests: three parties with real keys and real logs in memory, a clock that only the test
// moves, and links that carry what the test says. Each party has its own ledger, which knows its
// own log and as much of the others' as it was given. Never for anything else: keys are counted up.
//
//   Sky sky;
//   const ActivityId id = sky.propose("north", Flight{});
//   sky.exchange();                       // everyone learns everything, holds it and cosigns
//   sky.concur("south", id, {1, 2});
#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "airspace/ledger.h"
#include "crypto/hash.h"
#include "record/log_reader.h"
#include "record/merkle.h"
#include "record/note.h"
#include "record/statement.h"
#include "terms/agreement.h"

namespace detente::airspace::testing {

inline constexpr UtcMs kMorning{1'468'562'400'000};  // 2016-07-15T06:00:00Z
inline constexpr std::int64_t kSecondMs = 1'000;
inline constexpr std::int64_t kMinuteMs = 60'000;
inline constexpr std::int64_t kHourMs = 3'600'000;

inline crypto::SecretKey key_of(const std::string& name) {
  return crypto::SecretKey::from_seed(crypto::sha256(as_bytes("sky test " + name)));
}

// Clause 6.1: a day's notice and two officers; 6.2: medical evacuation, an hour and one officer.
inline std::string sky_template() {
  return R"({"detente":"agreement/v1","id":"sky-test","title":{"en":"Sky"},
"valid":{"start":"2016-07-01T00:00:00Z","end":"2017-01-01T00:00:00Z"},
"parties":[{"id":"north","name":"North","kind":"party"},{"id":"south","name":"South","kind":"party"},
{"id":"monitor","name":"Monitor","kind":"monitor"}],
"adherents":[{"id":"third-air","name":"Third air force","sponsor":"south"}],
"area_classes":[{"id":"designated","name":"Designated area"}],
"areas":[{"id":"A1","name":"River bend","class":"designated",
"area":{"circle":{"center":[350000000,400000000],"radius_mm":20000000}}}],
"clauses":[{"id":"3.1","text":{"en":"Declared."}},{"id":"3.2","text":{"en":"Stays out."}},
{"id":"5.1","text":{"en":"Medical exception."}},{"id":"6.1","text":{"en":"A day, two officers."}},
{"id":"6.2","text":{"en":"An hour, one officer."}},{"id":"7.1","text":{"en":"Apart."}}],
"rules":[{"clause":"3.1","effect":"declare","classes":["designated"]},
{"clause":"3.2","effect":"forbid","who":["third-air"],"classes":["designated"],
"except_purposes":["medical_evacuation"],"except_clause":"5.1"}],
"procedures":[{"clause":"6.1","lead_s":86400,
"concurrences":[{"party":"north","officers":2},{"party":"south","officers":2}]},
{"clause":"6.2","purposes":["medical_evacuation"],"lead_s":3600,
"concurrences":[{"party":"north","officers":1},{"party":"south","officers":1}]}],
"separation":{"clause":"7.1","lateral_mm":9260000,"vertical_mm":304800,"time_ms":60000},
"clocks":{"heartbeat_s":30,"fresh_s":90,"cut_s":300,"stop_ack_s":60,"track_gap_s":120}})";
}

// The template with members put in place of its own, by their first name: {"places","[..]"}.
inline std::string sky_with(const std::vector<std::pair<std::string, std::string>>& members) {
  boost::json::value doc = boost::json::parse(sky_template());
  for (const auto& [name, text] : members) doc.as_object()[name] = boost::json::parse(text);
  const auto text = boost::json::serialize(doc);
  return std::string(text.data(), text.size());
}
// Two places by name, and a read-back before each concurrence.
inline std::string sky_with_places() {
  return sky_with(
      {{"places", R"([{"name":{"en":"Ferry","ar":"العبّارة"},"point":[358000000,370000000]},
{"name":{"en":"Old bridge"},"point":[362000000,372000000]}])"},
       {"place_tolerance_mm", "5000000"},
       {"procedures", R"([{"clause":"6.1","lead_s":86400,"read_back":true,
"concurrences":[{"party":"north","officers":2},{"party":"south","officers":2}]},
{"clause":"6.2","purposes":["medical_evacuation"],"lead_s":3600,"read_back":true,
"concurrences":[{"party":"north","officers":1},{"party":"south","officers":1}]}])"}});
}

struct Flight {
  std::string purpose = "patrol";
  std::string who;  // the party itself if empty
  double lat = 36;
  double lng = 37;
  std::int64_t floor_ft = 10'000;
  UtcMs start = kMorning + 26 * kHourMs;
  UtcMs end = kMorning + 28 * kHourMs;
  bool unmanned = false;
  std::string replaces;                 // an activity's id
  Place place = {"Ferry", {}};          // without a point: where the flight is
  std::vector<geo::Volume4> more = {};  // volumes after the first
  std::optional<Exception> exception = {};
  std::optional<Hash> check_key = {};

  std::string body(const std::string& party) const {
    const geo::PointE7 point = geo::point_from_degrees(lat, lng).value();
    ActivityPlan plan;
    plan.purpose = terms::parse_purpose(purpose).value();
    plan.operator_id = PartyId{who.empty() ? party : who};
    plan.callsigns = {"HERON21"};
    plan.aircraft = {0x43c101};
    plan.place = place;
    if (place.point == geo::PointE7{}) plan.place.point = point;
    plan.volumes = {volume()};
    plan.volumes.insert(plan.volumes.end(), more.begin(), more.end());
    plan.unmanned = unmanned;
    plan.exception = exception;
    plan.check_key = check_key;
    if (!replaces.empty()) plan.replaces = ActivityId{replaces};
    return write_plan(plan);
  }
  geo::Volume4 volume() const {
    const geo::PointE7 point = geo::point_from_degrees(lat, lng).value();
    return {
        geo::Area::make(geo::Circle{point, 10'000'000}).value(),
        {geo::feet_to_mm(floor_ft), geo::feet_to_mm(floor_ft + 2'000), geo::AltitudeReference::msl},
        {start, end}};
  }
};

struct Cell {  // one party's coordination cell
  Cell(PartyId party, std::shared_ptr<const terms::Agreement> agreement, record::LogOwner owner)
      : id(std::move(party)), reader(std::move(owner)), ledger(std::move(agreement)) {}

  PartyId id;
  record::LogReader reader;
  Ledger ledger;
  std::vector<record::Entry> entries;              // its own log
  std::vector<std::vector<std::string>> officers;  // of each entry
  std::map<std::string, std::size_t> known;        // entries of the others' logs that it was given
  std::vector<std::string> notes;                  // checkpoints of its log with cosignatures
};

class Sky {
 public:
  explicit Sky(const std::string& agreement = sky_template()) {
    const std::string text = terms::Agreement::with_keys(agreement, keys()).value();
    agreement_ = std::make_shared<const terms::Agreement>(terms::Agreement::make(text).value());
    for (const std::string& name : names()) {
      const PartyId id{name};
      cells_.emplace(name,
                     std::make_unique<Cell>(id, agreement_, agreement_->log_owner(id).value()));
      open(name);
    }
  }

  static std::vector<std::string> names() { return {"north", "south", "monitor"}; }
  const std::shared_ptr<const terms::Agreement>& agreement() const { return agreement_; }
  Cell& cell(const std::string& party) { return *cells_.at(party); }
  const Ledger& ledger(const std::string& party) { return cell(party).ledger; }
  UtcMs now() const { return now_; }
  void wait(std::int64_t ms) { now_ = now_ + ms; }
  void wait_until(UtcMs time) { now_ = time; }

  // ---- links ----

  // `who` is given `from`'s log up to `size` entries.
  void learn(const std::string& who, const std::string& from, std::size_t size = SIZE_MAX) {
    Cell& to = cell(who);
    const Cell& log = cell(from);
    std::size_t& known = to.known[from];
    for (; known < std::min(size, log.entries.size()); ++known) {
      to.ledger.apply(log.id, log.entries[known], log.officers[known]);
    }
  }
  // `by` cosigns what it has of `owner`'s log, as a witness, as a mirror or both.
  std::string cosigned(const std::string& owner, const std::string& by, bool witness, bool mirror) {
    Cell& log = cell(owner);
    const std::size_t size = cell(by).known[owner];
    const record::Checkpoint checkpoint{origin(owner), TreeSize{size}, root_at(owner, size)};
    record::Note note{checkpoint.text(), {}};
    note.signatures.push_back(record::sign_note(signer(owner, "log"), note.text));
    if (witness) note.signatures.push_back(record::cosign(signer(by, "witness"), note.text, now_));
    if (mirror) note.signatures.push_back(record::cosign(signer(by, "mirror"), note.text, now_));
    log.notes.push_back(note.encode());
    return log.notes.back();
  }
  // Everyone learns everything and cosigns it.
  void exchange() {
    for (const std::string& who : names()) {
      for (const std::string& from : names()) {
        if (who != from) learn(who, from);
      }
    }
    for (const std::string& owner : names()) {
      for (const std::string& by : names()) {
        if (owner != by) cosigned(owner, by, true, true);
      }
    }
  }

  // ---- acts ----

  // Logs a statement without asking the party's own guard.
  record::Ref force(const std::string& party, const record::Envelope& envelope) {
    Cell& log = cell(party);
    record::EntryHeader header{LeafIndex{log.entries.size()}, now_, seen(party)};
    header.time = std::max(now_, log.reader.last_time());
    const std::string text = record::encode_entry(header, envelope);
    record::Entry entry = log.reader.append(as_bytes(text)).value();
    log.officers.push_back(log.reader.signers(entry));
    log.ledger.apply(log.id, entry, log.officers.back());
    log.entries.push_back(std::move(entry));
    return {origin(party), header.seq, log.entries.back().leaf};
  }
  Result<record::Ref> submit(const std::string& party, const record::Envelope& envelope) {
    const record::Statement statement = record::parse_statement(envelope).value();
    std::vector<std::string> officers;
    officers.reserve(envelope.signatures.size());
    for (const auto& signature : envelope.signatures) officers.push_back(signature.keyid);
    DETENTE_CHECK(cell(party).ledger.admit(PartyId{party}, statement, officers, now_, seen(party)));
    return force(party, envelope);
  }
  record::Envelope draft(const std::string& party, const std::string& type, std::string body,
                         const std::vector<int>& officers = {1}, std::vector<record::Ref> refs = {},
                         std::string id = "") {
    if (id.empty()) id = to_hex(crypto::sha256(as_bytes(std::to_string(++ids_)))).substr(0, 32);
    const record::StatementDraft made{
        StatementId{id}, agreement_->sha256_hex(), origin(party),  type,
        now_ + kHourMs,  std::move(refs),          std::move(body)};
    std::vector<record::OfficerSigner> signers;
    signers.reserve(officers.size());
    for (const int officer : officers) signers.push_back(duty(party, officer));
    if (type.starts_with("finding.") || type.starts_with("psi.")) signers = {watch(party)};
    if (type.starts_with("agreement.") || type.starts_with("stage.")) {
      signers = {signatory(party, 1), signatory(party, 2)};
    }
    return record::sign_statement(made, signers);
  }

  Result<ActivityId> try_propose(const std::string& party, const Flight& flight) {
    return try_propose(party, flight, {});
  }
  Result<ActivityId> try_propose(const std::string& party, const Flight& flight,
                                 std::vector<record::Ref> refs) {
    const record::Envelope envelope =
        draft(party, "activity.propose", flight.body(party), {1}, std::move(refs));
    DETENTE_CHECK(submit(party, envelope));
    return ActivityId{record::parse_statement(envelope).value().id.value};
  }
  ActivityId propose(const std::string& party, const Flight& flight) {
    return try_propose(party, flight).value();
  }
  record::Ref proposal(const ActivityId& id) {
    for (const auto& [name, log] : cells_) {
      for (const record::Entry& entry : log->entries) {
        if (entry.statement.id.value == id.value) {
          return {origin(name), entry.header.seq, entry.leaf};
        }
      }
    }
    return {};
  }
  Result<record::Ref> concur(const std::string& party, const ActivityId& id,
                             const std::vector<int>& officers = {1, 2}) {
    return submit(party, concurrence(party, id, officers));
  }
  record::Envelope concurrence(const std::string& party, const ActivityId& id,
                               const std::vector<int>& officers = {1, 2}) {
    return draft(party, "activity.concur", fmt::format(R"({{"activity":"{}"}})", id.value),
                 officers, {proposal(id)});
  }
  Result<record::Ref> object(const std::string& party, const ActivityId& id) {
    const std::string body =
        fmt::format(R"({{"activity":"{}","clause":"7.1","reason":"too close"}})", id.value);
    return submit(party, draft(party, "activity.object", body, {1}, {proposal(id)}));
  }
  // A read-back as the plan has it, or off by some metres and degrees.
  Result<record::Ref> read_back(const std::string& party, const ActivityId& id, bool agrees = true,
                                int off_m = 0, int off_deg = 0) {
    return submit(party, reading(party, id, agrees, off_m, off_deg));
  }
  record::Envelope reading(const std::string& party, const ActivityId& id, bool agrees = true,
                           int off_m = 0, int off_deg = 0) {
    const ActivityPlan plan = view(party, id).plan;
    const geo::PointE7 middle = plan.volumes.front().area.middle();
    geo::PointE7 from = plan.place.point;
    for (const terms::NamedPlace& place : agreement_->places()) {
      if (fold_name(place.name.at("en")) == fold_name(plan.place.name)) from = place.point;
    }
    const auto metres = static_cast<std::int64_t>(geo::distance_m(from, middle)) + off_m;
    const int bearing = (static_cast<int>(geo::bearing_deg(from, middle)) + off_deg + 720) % 360;
    JsonWriter body;
    body.begin_object().member("activity", id.value).member("place", plan.place.name);
    body.member("distance_m", metres).member("bearing_deg", bearing).member("agrees", agrees);
    body.end_object();
    return draft(party, "activity.read_back", body.take(), {1}, {proposal(id)});
  }
  Result<record::Ref> release(const std::string& party, const ActivityId& id,
                              const std::vector<int>& volumes, std::optional<UtcMs> until = {}) {
    JsonWriter body;
    body.begin_object().member("activity", id.value);
    if (!volumes.empty()) {
      body.name("volumes").begin_array();
      for (const int number : volumes) body.value(number);
      body.end_array();
    }
    if (until) body.member("until", *until);
    body.member("reason", "not needed").end_object();
    return submit(party, draft(party, "activity.release", body.take()));
  }
  // activity.contingent, activity.offer
  Result<record::Ref> add(const std::string& party, const ActivityId& id, const std::string& how,
                          const std::vector<geo::Volume4>& volumes) {
    return submit(party, addition(party, id, how, volumes));
  }
  record::Envelope addition(const std::string& party, const ActivityId& id, const std::string& how,
                            const std::vector<geo::Volume4>& volumes) {
    JsonWriter body;
    body.begin_object().member("activity", id.value).member("reason", "engine").name("volumes");
    body.begin_array();
    for (const geo::Volume4& volume : volumes) geo::write_volume(body, volume);
    body.end_array().end_object();
    return draft(party, "activity." + how, body.take());
  }
  // activity.withdraw, activity.end
  Result<record::Ref> close(const std::string& party, const ActivityId& id,
                            const std::string& how) {
    const std::string body =
        fmt::format(R"({{"activity":"{}","reason":"plans changed"}})", id.value);
    return submit(party, draft(party, "activity." + how, body));
  }
  Result<record::Envelope> activation(const std::string& party, const ActivityId& id,
                                      const std::vector<int>& officers = {1}) {
    Cell& owner = cell(party);
    DETENTE_TRY(Ledger::Activation made,
                owner.ledger.prepare_activation(id, owner.notes, now_, seen(party)));
    return draft(party, "activity.activate", made.body, officers, made.refs);
  }
  Result<record::Ref> activate(const std::string& party, const ActivityId& id) {
    DETENTE_TRY(const record::Envelope envelope, activation(party, id));
    return submit(party, envelope);
  }
  // An activation with whatever evidence it is given.
  record::Envelope raw_activation(const std::string& party, const ActivityId& id,
                                  const std::vector<record::Ref>& refs,
                                  const std::vector<std::string>& receipts,
                                  const std::vector<std::string>& fresh) {
    JsonWriter body;
    body.begin_object().member("activity", id.value).name("receipts").begin_array();
    for (const std::string& note : receipts) body.value(note);
    body.end_array().name("fresh").begin_array();
    for (const std::string& note : fresh) body.value(note);
    body.end_array().end_object();
    return draft(party, "activity.activate", body.take(), {1}, refs);
  }
  Result<StatementId> stop(const std::string& party, const std::string& activity = "") {
    const std::string body = fmt::format(R"({{"activity":"{}","reason":"stop"}})", activity);
    const record::Envelope envelope = draft(party, "stop.send", body);
    DETENTE_CHECK(submit(party, envelope));
    return record::parse_statement(envelope).value().id;
  }
  Result<record::Ref> answer_stop(const std::string& party, const StatementId& stop,
                                  const std::string& how) {
    const std::string body = how == "ack"
                                 ? fmt::format(R"({{"stop":"{}"}})", stop.value)
                                 : fmt::format(R"({{"stop":"{}","reason":"clear"}})", stop.value);
    return submit(party, draft(party, "stop." + how, body));
  }
  void finding(const std::string& party, const std::string& how, const std::string& finding,
               const ActivityId& id) {
    const std::string open = fmt::format(
        R"({{"finding":"{}","kind":"outside_volume","activity":"{}"}})", finding, id.value);
    const std::string closed = fmt::format(R"({{"finding":"{}","end":"left"}})", finding);
    force(party, draft(party, "finding." + how, how == "open" ? open : closed));
  }

  // ---- the agreement's course ----

  // The next version, with members put in place of its own. Nobody has its document yet.
  std::shared_ptr<const terms::Agreement> next_version(
      const terms::Agreement& before,
      const std::vector<std::pair<std::string, std::string>>& members) {
    boost::json::value doc = boost::json::parse(before.bytes());
    doc.as_object()["version"] = before.version() + 1;
    doc.as_object()["amends"] = before.sha256_hex();
    for (const auto& [name, text] : members) doc.as_object()[name] = boost::json::parse(text);
    const auto text = boost::json::serialize(doc);
    return std::make_shared<const terms::Agreement>(
        terms::Agreement::make({text.data(), text.size()}).value());
  }
  Status learn_version(const std::string& party,
                       const std::shared_ptr<const terms::Agreement>& version) {
    return cell(party).ledger.learn(version);
  }
  record::Envelope amendment(const std::string& party, const terms::Agreement& version,
                             UtcMs effective) {
    JsonWriter body;
    body.begin_object().member("version", version.version());
    body.member("sha256", version.sha256_hex()).member("amends", version.amends());
    body.member("effective", effective).member("reason", "agreed").end_object();
    return draft(party, "agreement.amend", body.take());
  }
  // suspended, withdrawn, in_force
  Result<record::Ref> put_state(const std::string& party, const std::string& state,
                                const std::string& function = "") {
    const std::string body =
        fmt::format(R"({{"function":"{}","state":"{}","reason":"shelling"}})", function, state);
    return submit(party, draft(party, "agreement.state", body));
  }
  Result<record::Ref> begin_stage(const std::string& party, const std::string& stage) {
    const std::string body =
        fmt::format(R"({{"stage":"{}","sha256":"{}"}})", stage, agreement_->sha256_hex());
    return submit(party, draft(party, "stage.begin", body));
  }
  Result<record::Ref> declare(const std::string& party, const std::string& exception,
                              const std::string& activity) {
    JsonWriter body;
    body.begin_object().member("exception", exception).member("activity", activity);
    body.member("grounds", "two wounded").member("began", now_).end_object();
    return submit(party, draft(party, "exception.declare", body.take()));
  }

  // ---- questions ----

  ActivityView view(const std::string& party, const ActivityId& id) {
    return cell(party).ledger.view(id, now_).value();
  }
  std::string state(const std::string& party, const ActivityId& id) {
    return state_name(cell(party).ledger.state(id, now_));
  }
  std::vector<record::Head> seen(const std::string& party) {
    std::vector<record::Head> heads;
    for (const auto& [name, size] : cell(party).known) {
      if (size > 0) heads.push_back({origin(name), TreeSize{size}, root_at(name, size)});
    }
    std::sort(heads.begin(), heads.end(),
              [](const record::Head& a, const record::Head& b) { return a.origin < b.origin; });
    return heads;
  }
  Origin origin(const std::string& party) {
    return Origin{agreement_->party(PartyId{party})->keys->log.name};
  }
  static record::Signer signer(const std::string& party, const std::string& what) {
    const auto type = what == "log" ? record::KeyType::ed25519 : record::KeyType::cosignature_v1;
    return record::make_signer(party + ".example/" + what, type, key_of(party + what));
  }

 private:
  static std::map<PartyId, terms::PartyKeys> keys() {
    std::map<PartyId, terms::PartyKeys> out;
    for (const std::string& name : names()) {
      out[PartyId{name}] = {key_of(name + "root").public_key(), signer(name, "log").key,
                            signer(name, "witness").key, signer(name, "mirror").key};
    }
    return out;
  }
  static record::OfficerSigner duty(const std::string& party, int n) {
    const std::string name = party + "/duty-" + std::to_string(n);
    return {name, key_of(name)};
  }
  static record::OfficerSigner signatory(const std::string& party, int n) {
    const std::string name = party + "/signatory-" + std::to_string(n);
    return {name, key_of(name)};
  }
  static record::OfficerSigner watch(const std::string& party) {
    return {party + "/watch-1", key_of(party + "/watch-1")};
  }
  Hash root_at(const std::string& party, std::size_t size) {
    const std::vector<Hash>& leaves = cell(party).reader.leaves();
    return record::root_of(std::span(leaves).first(size));
  }
  void open(const std::string& party) {
    const record::OfficerSigner root{party + "/root", key_of(party + "root")};
    const record::LogOwner& owner = cell(party).reader.owner();
    const auto log = [&](const std::string& type, std::string body) {
      record::Envelope envelope = draft(party, type, std::move(body), {});
      envelope.signatures.clear();
      record::add_signature(envelope, root);
      force(party, envelope);
    };
    JsonWriter opening;
    opening.begin_object().member("party", party).member("epoch", 1);
    opening.member("log", owner.log.text()).member("witness", owner.witness.text());
    opening.member("mirror", owner.mirror.text()).end_object();
    log("log.open", opening.take());
    const auto role = [](const std::string& keyid) {
      if (keyid.find("watch") != std::string::npos) return "watch";
      return keyid.find("signatory") == std::string::npos ? "duty_officer" : "signatory";
    };
    for (const auto& officer : {duty(party, 1), duty(party, 2), duty(party, 3), watch(party),
                                signatory(party, 1), signatory(party, 2)}) {
      JsonWriter add;
      add.begin_object().member("keyid", officer.keyid);
      add.member("key", to_base64(officer.secret.public_key())).name("roles").begin_array();
      add.value(role(officer.keyid));
      add.end_array().member("name", officer.keyid);
      add.member("expires", kMorning + 1'000 * kHourMs).end_object();
      log("key.add", add.take());
    }
  }

  std::shared_ptr<const terms::Agreement> agreement_;
  std::map<std::string, std::unique_ptr<Cell>> cells_;
  UtcMs now_ = kMorning;
  int ids_ = 0;
};

}  // namespace detente::airspace::testing
