// SPDX-License-Identifier: Apache-2.0
// Method: three nodes whose messages arrive at once. Each test is a scene of one promise: what is
// refused first, then what works.
#include "node/node.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/limits.h"
#include "node/testing_parties.h"
#include "terms/testing_versions.h"

namespace detente::node::testing {

namespace {

crypto::SecretKey test_key(std::uint8_t party, std::uint8_t role) {
  crypto::Seed seed{};
  seed[0] = party;
  seed[1] = role;
  seed[2] = 0x77;
  return crypto::SecretKey::from_seed(seed);
}

constexpr const char* kTemplate =
    R"({"detente":"agreement/v1","id":"test","title":{"en":"Test agreement"},)"
    R"("valid":{"start":"2016-07-01T00:00:00Z","end":"2016-12-31T00:00:00Z"},)"
    R"("parties":[{"id":"north","name":"North","kind":"party"},)"
    R"({"id":"south","name":"South","kind":"party"},)"
    R"({"id":"monitor","name":"Monitor","kind":"monitor"}],)"
    R"("adherents":[],"area_classes":[{"id":"closed","name":"Closed area"}],)"
    R"("areas":[{"id":"a1","name":"Closed","class":"closed","area":{"polygon":)"
    R"([[350000000,360000000],[350000000,361000000],[351000000,361000000]]}}],)"
    R"("clauses":[{"id":"3","text":{"en":"Declare."}},{"id":"6","text":{"en":"Notice."}},)"
    R"({"id":"7","text":{"en":"Separation."}},{"id":"8","text":{"en":"Stand-off."}}],)"
    R"("rules":[{"clause":"3","effect":"declare","classes":["closed"]}],)"
    R"("procedures":[{"clause":"6","lead_s":3600,"concurrences":)"
    R"([{"party":"north","officers":2},{"party":"south","officers":2}]}],)"
    R"("separation":{"clause":"7","lateral_mm":9260000,"vertical_mm":304800,"time_ms":60000},)"
    R"("stand_offs":[{"clause":"8","categories":["medical"],"purposes":["armed"],)"
    R"("lateral_mm":5000000}],)"
    R"("clocks":{"heartbeat_s":60,"fresh_s":180,"cut_s":600,"stop_ack_s":60,"track_gap_s":120}})";

}  // namespace

TestParties::TestParties(const std::string& record) : now{1'468'500'000'000} {
  std::map<PartyId, terms::PartyKeys> public_keys;
  std::uint8_t number = 1;
  for (const char* name : {"north", "south", "monitor"}) {
    const std::string host = std::string(name) + ".example";
    const record::OfficerSigner root{std::string(name) + "/root", test_key(number, 5)};
    NodeKeys keys{
        record::make_signer(host + "/detente/1", record::KeyType::ed25519, test_key(number, 1)),
        record::make_signer(host + "/witness", record::KeyType::cosignature_v1,
                            test_key(number, 2)),
        record::make_signer(host + "/mirror", record::KeyType::cosignature_v1, test_key(number, 3)),
        record::OfficerSigner{std::string(name) + "/watch", test_key(number, 4)}};
    public_keys[PartyId{name}] = {root.secret.public_key(), keys.log.key, keys.witness.key,
                                  keys.mirror.key};
    TestParty party{PartyId{name}, std::move(keys), root, {}, {}, nullptr, {}, {}, {}, {}};
    for (std::uint8_t officer = 1; officer <= 2; ++officer) {
      party.officers.push_back({std::string(name) + "/duty-" + std::to_string(officer),
                                test_key(number, static_cast<std::uint8_t>(10 + officer))});
    }
    parties_.emplace(party.id, std::move(party));
    ++number;
  }
  std::string text = kTemplate;
  if (!record.empty()) text.insert(text.size() - 1, R"(,"record":)" + record);
  const Result<std::string> bound = terms::Agreement::with_keys(text, public_keys);
  check(bound.has_value(), "the test agreement binds");
  Result<terms::Agreement> agreement = terms::Agreement::make(*bound);
  check(agreement.has_value(), "the test agreement is valid");
  agreement_ = std::make_shared<const terms::Agreement>(std::move(*agreement));
}

Status TestParties::start(TestParty& party) {
  party.node.reset();
  NodeConfig config{agreement_, party.id, party.keys, [this](std::span<std::uint8_t> out) {
                      for (std::uint8_t& b : out) {
                        random_ = random_ * 6364136223846793005ULL + 1442695040888963407ULL;
                        b = static_cast<std::uint8_t>(random_ >> 56);
                      }
                    }};
  party.disk.recover();
  config.read_entry = party.disk.reader();
  config.evidence = party.disk.evidence;
  config.documents = party.disk.documents();
  config.opening = opening;
  config.utm_url = party.utm_url;
  DETENTE_TRY(Node node, Node::start(std::move(config), party.disk.load(), now));
  party.node = std::make_unique<Node>(std::move(node));
  return {};
}

void TestParties::step(TestParty& party, Input input) {
  carry_out(party, party.node->step(std::move(input), now));
  deliver();
}

void TestParties::deliver() {
  while (!messages_.empty()) {
    Message message = std::move(messages_.front());
    messages_.pop_front();
    TestParty& to = parties_.at(message.to);
    if (to.node) carry_out(to, to.node->step(std::move(message.input), now));
  }
}

void TestParties::pass(std::int64_t ms) {
  const UtcMs end = now + ms;
  while (now < end) {
    now = std::min(now + 60'000, end);
    for (auto& [id, party] : parties_) {
      if (party.node) step(party, Tick{});
    }
  }
}

void TestParties::carry_out(TestParty& party, const Effects& effects) {
  for (const Effect& effect : effects) {
    if (fail_effects == "store" && std::holds_alternative<StoreEntries>(effect)) {
      const Effects after = party.node->step(StoreFailed{{Errc::store_full, "", "log"}}, now);
      return;
    }
    const Status stored = party.disk.carry_out(effect);
    if (!stored) last_store_error = stored;
    if (const auto* fetch = std::get_if<Fetch>(&effect)) {
      Result<Bytes> bytes = fail(Errc::net_refused, "cut");
      const bool reached = connected && !away.contains(party.id) && !away.contains(fetch->peer);
      if (reached) bytes = parties_.at(fetch->peer).disk.read(fetch->path);
      std::optional<Result<Bytes>> forged;
      if (reached && forge) forged = forge(party.id, *fetch);
      if (forged) bytes = *forged;
      messages_.push_back({party.id, Fetched{fetch->peer, fetch->path, std::move(bytes)}});
    } else if (const auto* nudge = std::get_if<Nudge>(&effect)) {
      const bool reached = connected && !away.contains(party.id) && !away.contains(nudge->peer);
      if (reached) messages_.push_back({nudge->peer, Nudged{party.id}});
    } else if (const auto* flash = std::get_if<SendFlash>(&effect)) {
      ++flashes_sent;
      const bool there = flash_connected && !away.contains(party.id) && !away.contains(flash->peer);
      if (there) messages_.push_back({flash->peer, Flashed{party.id, flash->text}});
    } else if (const auto* answer = std::get_if<Answer>(&effect)) {
      party.answers.push_back(*answer);
    } else if (const auto* told = std::get_if<UtmAnswer>(&effect)) {
      party.utm_answers.push_back(*told);
    } else if (const auto* tell = std::get_if<UtmTell>(&effect)) {
      party.utm_tellings.push_back(tell->telling);
    }
  }
}

Result<record::Ref> TestParties::submit(TestParty& party, const std::string& type,
                                        std::vector<record::Ref> refs, std::string body,
                                        const std::vector<record::OfficerSigner>& officers) {
  const record::Envelope envelope =
      party.node->draft(type, std::move(refs), std::move(body), officers, now);
  step(party, Submit{1, envelope});
  return party.answers.back().result;
}

void TestParties::open(TestParty& party) {
  const terms::PartyKeys& keys = *agreement_->party(party.id)->keys;
  JsonWriter open;
  open.begin_object().member("party", party.id.value).member("epoch", 1);
  open.member("log", keys.log.text()).member("witness", keys.witness.text());
  open.member("mirror", keys.mirror.text()).end_object();
  check(submit(party, "log.open", {}, open.take(), {party.root}).has_value(), "log.open");
  const auto add = [&](const record::OfficerSigner& officer, const char* role) {
    JsonWriter body;
    body.begin_object().member("keyid", officer.keyid);
    body.member("key", to_base64(officer.secret.public_key())).name("roles").begin_array();
    body.value(role).end_array().member("name", officer.keyid);
    body.member("expires", now + 365LL * 86'400'000).end_object();
    check(submit(party, "key.add", {}, body.take(), {party.root}).has_value(), "key.add");
  };
  add(*party.keys.watch, "watch");
  for (const record::OfficerSigner& officer : party.officers) add(officer, "duty_officer");
  JsonWriter sign;
  sign.begin_object().member("sha256", agreement_->sha256_hex()).end_object();
  check(submit(party, "agreement.sign", {}, sign.take(), {party.root}).has_value(),
        "agreement.sign");
}

void TestParties::open_all() {
  opening = true;
  for (auto& [id, party] : parties_) check(start(party).has_value(), "a node starts");
  opening = false;
  for (auto& [id, party] : parties_) open(party);
  pass(120'000);
}

std::string TestParties::patrol(const std::string& operator_id, std::int64_t lead_ms,
                                double lat) const {
  airspace::ActivityPlan plan;
  plan.purpose = terms::Purpose::patrol;
  plan.operator_id = PartyId{operator_id};
  plan.callsigns = {"HERON1"};
  plan.aircraft = {0xF00001};
  const geo::PointE7 center = *geo::point_from_degrees(lat, 36.5);
  plan.place = {"Somewhere", center};
  plan.volumes.push_back(
      {*geo::Area::make(geo::Circle{center, 10'000'000}),
       {geo::feet_to_mm(10'000), geo::feet_to_mm(15'000), geo::AltitudeReference::msl},
       {now + lead_ms, now + lead_ms + 3'600'000}});
  return airspace::write_plan(plan);
}

namespace {

using airspace::ActivityState;

struct Scene : ::testing::Test {
  TestParties all;
  TestParty& north = all.party("north");
  TestParty& south = all.party("south");

  record::Ref proposed(TestParty& party, std::int64_t lead_ms, double lat = 35.5) {
    const Result<record::Ref> ref =
        all.submit(party, "activity.propose", {}, all.patrol(party.id.value, lead_ms, lat),
                   {party.officers[0]});
    EXPECT_TRUE(ref) << ref.error().text();
    return *ref;
  }
  ActivityId id_of(TestParty& party, const record::Ref& ref) {
    return ActivityId{party.node->own().entry(ref.index)->statement.id.value};
  }
  record::Entry newest(TestParty& party) {
    const HeldLog& log = party.node->own();
    return *log.entry(LeafIndex{log.size().value - 1});
  }
  std::string about(const ActivityId& id) { return R"({"activity":")" + id.value + R"("})"; }
  Status activate(TestParty& party, const ActivityId& id) {
    DETENTE_TRY(airspace::Ledger::Activation ready,
                party.node->ledger().prepare_activation(id, party.node->activation_notes(id),
                                                        all.now, party.node->seen()));
    DETENTE_TRY(const record::Ref ref, all.submit(party, "activity.activate", ready.refs,
                                                  ready.body, {party.officers[0]}));
    (void)ref;
    return {};
  }
};

TEST_F(Scene, NothingIsLoggedUnderAnAgreementThatOnlyOneSideSigned) {
  ASSERT_TRUE(all.start(north));
  const Result<record::Ref> ref = all.submit(north, "activity.propose", {},
                                             all.patrol("north", 7'200'000), {north.officers[0]});
  ASSERT_FALSE(ref);
}

TEST_F(Scene, AnActivityBecomesActiveByTwoOfficersOfTheOtherSideAndSoOnBothNodes) {
  all.open_all();
  const record::Ref ref = proposed(north, 7'200'000);
  const ActivityId id = id_of(north, ref);
  EXPECT_FALSE(activate(north, id));
  ASSERT_TRUE(all.submit(south, "activity.concur", {ref}, about(id), {south.officers[0]}));
  EXPECT_EQ(activate(north, id).error().code, Errc::activity_concurrence);
  ASSERT_TRUE(all.submit(south, "activity.concur", {ref}, about(id), {south.officers[1]}));
  const Status active = activate(north, id);
  ASSERT_TRUE(active) << active.error().text();
  EXPECT_EQ(north.node->ledger().state(id, all.now), ActivityState::active);
  EXPECT_EQ(south.node->ledger().state(id, all.now), ActivityState::active);
}

// The other side's clock is right, the own one behind: by the two of them the last cosignature
// stays young for as long as the own one is behind.
TEST_F(Scene, NothingBecomesActiveOverACutBecauseTheOwnClockIsBehind) {
  all.open_all();
  const record::Ref ref = proposed(north, 7'200'000);
  const ActivityId id = id_of(north, ref);
  ASSERT_TRUE(all.submit(south, "activity.concur", {ref}, about(id), south.officers));
  all.pass(600'000);
  all.connected = false;
  all.now = all.now - 600'000;  // set back; no later entry of the own log shows it
  const Status back = activate(north, id);
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().code, Errc::link_not_fresh) << back.error().text();
  all.now = all.now + 600'000;
  ASSERT_TRUE(activate(north, id));
}

TEST_F(Scene, NothingBecomesActiveWhileTheLinkIsCut) {
  all.open_all();
  const record::Ref ref = proposed(north, 7'200'000);
  const ActivityId id = id_of(north, ref);
  ASSERT_TRUE(all.submit(south, "activity.concur", {ref}, about(id), south.officers));
  all.connected = false;
  all.pass(240'000);
  EXPECT_EQ(activate(north, id).error().code, Errc::link_not_fresh);
  all.pass(600'000);
  EXPECT_EQ(north.node->link(south.id, all.now), LinkState::cut);
  EXPECT_EQ(newest(north).statement.type, "link.cut");
  all.connected = true;
  all.pass(60'000);
  EXPECT_EQ(north.node->link(south.id, all.now), LinkState::fresh);
  EXPECT_TRUE(activate(north, id));
}

TEST_F(Scene, EveryEntryIsSeenAndHeldByTheOthersWithTheirCosignatures) {
  all.open_all();
  const record::Ref ref = proposed(north, 7'200'000);
  for (const char* other : {"south", "monitor"}) {
    const record::ReceiptBook& book = north.node->own().receipts;
    EXPECT_NE(book.receipt(other, record::ReceiptLevel::seen, ref.index), nullptr) << other;
    EXPECT_NE(book.receipt(other, record::ReceiptLevel::held, ref.index), nullptr) << other;
  }
}

TEST_F(Scene, AfterARestartNothingIsSignedUntilAPeerConfirmedTheHead) {
  all.open_all();
  all.connected = false;
  ASSERT_TRUE(all.start(north));
  EXPECT_TRUE(north.node->fenced());
  const Result<record::Ref> refused = all.submit(
      north, "activity.propose", {}, all.patrol("north", 7'200'000), {north.officers[0]});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::node_fenced);
  all.connected = true;
  all.pass(60'000);
  EXPECT_FALSE(north.node->fenced());
  proposed(north, 7'200'000);
}

TEST_F(Scene, AForgedOrMalformedCheckpointChangesNothing) {
  all.open_all();
  const std::uint64_t held = north.node->log(south.id)->head_size.value;
  const Bytes real = south.disk.files.at("log/checkpoint");
  for (const std::string& forged :
       {std::string("not a note"), std::string(as_text(real)) + "x",
        std::string(as_text(real)).replace(20, 1, "Z"), std::string(100'000, 'a')}) {
    south.disk.files["log/checkpoint"] = to_bytes(forged);
    all.pass(60'000);
    EXPECT_EQ(north.node->log(south.id)->head_size.value, held);
  }
  EXPECT_TRUE(north.node->refused_logs().contains(south.id));
}

TEST_F(Scene, LinesOfForeignKeysAreNotPassedOn) {
  all.open_all();
  // South puts a line under its witness's name, but of another key, on what it serves; and a second
  // line under its log's name on its own checkpoint.
  const record::Signer stranger = record::make_signer(
      south.keys.witness.key.name, record::KeyType::cosignature_v1, north.root.secret);
  const std::string mirror = mirror_folder(Origin{north.keys.log.key.name}) + "/checkpoint";
  const auto add_line = [&](const std::string& path, const auto& line) {
    Result<record::Note> note = record::parse_note(as_text(south.disk.files.at(path)));
    ASSERT_TRUE(note);
    note->signatures.push_back(line(note->text));
    south.disk.files[path] = to_bytes(note->encode());
  };
  proposed(south, 7'200'000);
  const record::Signer other_log =
      record::make_signer(south.keys.log.key.name, record::KeyType::ed25519, north.root.secret);
  all.connected = false;
  proposed(south, 7'200'000, 37.0);
  add_line("log/checkpoint",
           [&](const std::string& text) { return record::sign_note(other_log, text); });
  add_line(mirror,
           [&](const std::string& text) { return record::cosign(stranger, text, all.now + 1000); });
  all.connected = true;
  all.step(north, Tick{});
  all.pass(60'000);
  const std::vector<record::VerifierKey> cosigners = all.agreement()->cosigners();
  for (const char* path : {"north", "south"}) {
    const HeldLog& log = *north.node->log(PartyId{path});
    const Result<record::Note> head = record::parse_note(log.head);
    ASSERT_TRUE(head);
    std::vector<record::VerifierKey> known = cosigners;
    known.push_back(log.reader.owner().log);
    const Status lines = record::verify_all_lines(*head, known);
    EXPECT_TRUE(lines) << path << " " << lines.error().text();
  }
}

TEST_F(Scene, ACheckpointThatDoesNotExtendIsRefusedAndKept) {
  all.open_all();
  const HeldLog& replica = *north.node->log(south.id);
  const record::Checkpoint other{Origin{south.keys.log.key.name}, replica.head_size,
                                 record::empty_root()};
  record::Note note;
  note.text = other.text();
  note.signatures.push_back(record::sign_note(south.keys.log, note.text));
  south.disk.files["log/checkpoint"] = to_bytes(note.encode());
  all.pass(60'000);
  ASSERT_TRUE(north.node->refused_logs().contains(south.id));
  EXPECT_EQ(north.node->refused_logs().at(south.id).error.code, Errc::checkpoint_conflict);
  const std::vector<std::string>& notes = north.disk.logs.at(other.origin).notes;
  EXPECT_NE(std::find(notes.begin(), notes.end(), note.encode()), notes.end());
}

TEST_F(Scene, AfterAStorageFailureTheNodeSignsNothing) {
  all.open_all();
  all.fail_effects = "store";
  const record::Envelope envelope = north.node->draft(
      "activity.propose", {}, all.patrol("north", 7'200'000), {north.officers[0]}, all.now);
  all.step(north, Submit{9, envelope});
  all.fail_effects.clear();
  ASSERT_TRUE(north.node->halted().has_value());
  EXPECT_EQ(north.node->halted()->code, Errc::store_full);
  EXPECT_EQ(north.node->admit(envelope, all.now).error().code, Errc::node_halted);
}

TEST_F(Scene, TheSameInputsGiveTheSameBytes) {
  all.open_all();
  proposed(north, 7'200'000);
  TestParties again;
  again.open_all();
  ASSERT_TRUE(again.submit(again.party("north"), "activity.propose", {},
                           again.patrol("north", 7'200'000), {again.party("north").officers[0]}));
  EXPECT_EQ(again.party("north").disk.files, north.disk.files);
  EXPECT_EQ(again.party("south").disk.files, south.disk.files);
}

// ---- the API ----

struct Api : Scene {
  ApiAnswer ask(TestParty& party, const std::string& method, const std::string& path,
                const Caller& caller, const std::string& body = "") {
    const ApiOutcome outcome =
        handle_api(*party.node, {method, path, {}, body}, caller, {}, all.now);
    if (const auto* answer = std::get_if<ApiAnswer>(&outcome)) return *answer;
    const ApiSubmit& wanted = std::get<ApiSubmit>(outcome);
    all.step(party, Submit{2, wanted.envelope});
    return logged_answer(*party.node, wanted.id, party.answers.back().result);
  }
  Caller duty(TestParty& party) { return {Role::duty_officer, party.officers[0]}; }
};

TEST_F(Api, DeniesEverythingButHelloToACallerWithoutARole) {
  all.open_all();
  EXPECT_EQ(ask(north, "GET", "/api/hello", {}).status, 200);
  for (const char* path :
       {"/api/state", "/api/agreement", "/api/activities", "/api/tracks", "/api/findings",
        "/api/stops", "/api/waiting", "/api/log/north", "/api/log/north/0"}) {
    EXPECT_EQ(ask(north, "GET", path, {}).status, 401) << path;
    EXPECT_EQ(ask(north, "GET", path, {Role::reader, std::nullopt}).status, 200) << path;
  }
}

TEST_F(Api, LetsOnlyDutyOfficersAct) {
  all.open_all();
  for (const Role role : {Role::reader, Role::registrar, Role::monitor, Role::disclosure_officer}) {
    const Caller caller{role, north.officers[0]};
    EXPECT_EQ(ask(north, "POST", "/api/stops", caller, R"({"reason":"x"})").status, 403);
    EXPECT_EQ(ask(north, "POST", "/api/activities", caller, "{}").status, 403);
  }
  EXPECT_EQ(ask(north, "POST", "/api/stops", duty(north), R"({"reason":"x"})").status, 201);
}

// Valid JSON of the wanted size: the spaces after the first brace mean nothing.
std::string widened(std::string text, std::size_t bytes) {
  return text.insert(1, std::string(bytes - text.size(), ' '));
}

TEST_F(Api, TakesAnAgreementUpToTheAgreementsOwnLimit) {
  all.open_all();
  constexpr const char* kPath = "/api/agreement/documents";
  const std::string text =
      terms::testing::later_version(north.node->agreement(), "/title/en", R"("Amended")")->bytes();
  const auto bring = [&](std::size_t bytes) {
    return handle_api(*north.node, {"POST", kPath, {}, widened(text, bytes)}, duty(north), {},
                      all.now);
  };
  const ApiOutcome refused = bring(limits::kAgreementBytes + 1);
  ASSERT_TRUE(std::holds_alternative<ApiAnswer>(refused));
  EXPECT_EQ(std::get<ApiAnswer>(refused).status, 413);
  for (const std::size_t bytes : {limits::kApiBodyBytes + 1, limits::kAgreementBytes}) {
    const ApiOutcome taken = bring(bytes);
    ASSERT_TRUE(std::holds_alternative<ApiDocument>(taken)) << bytes;
    EXPECT_EQ(std::get<ApiDocument>(taken).text.size(), bytes);
    EXPECT_EQ(std::get<ApiDocument>(taken).answer.status, 201);
  }
  EXPECT_EQ(api_body_bytes("POST", kPath), limits::kAgreementBytes);
}

TEST(ApiBody, IsLargerOnOneRouteOnly) {
  for (const char* path :
       {"/api/agreement/documents/", "/api/agreement/ask", "/api/agreement/documents/00",
        "/api/Agreement/documents", "/api/statements", "/api/plans/check", "/", ""}) {
    EXPECT_EQ(api_body_bytes("POST", path), limits::kApiBodyBytes) << path;
  }
  for (const char* method : {"GET", "PUT", "post", ""}) {
    EXPECT_EQ(api_body_bytes(method, "/api/agreement/documents"), limits::kApiBodyBytes) << method;
  }
}

TEST_F(Api, RefusesBadInputWithACodeAndAPlace) {
  all.open_all();
  const auto refused = [&](const std::string& path, const std::string& body, int status,
                           const std::string& code) {
    const ApiAnswer answer = ask(north, "POST", path, duty(north), body);
    EXPECT_EQ(answer.status, status) << path << " " << answer.body;
    EXPECT_NE(answer.body.find('"' + code + '"'), std::string::npos) << answer.body;
  };
  const std::uint64_t size = north.node->own().reader.size().value;
  refused("/api/activities", "{", 400, "json_malformed");
  refused("/api/activities", R"({"a":1,"a":1})", 400, "json_duplicate_key");
  refused("/api/activities", std::string(100, '['), 400, "json_too_deep");
  refused("/api/activities", std::string(limits::kApiBodyBytes + 1, ' '), 413, "json_too_large");
  refused("/api/activities", R"({"purpose":"patrol","target":"x"})", 400, "restraint");
  refused("/api/stops", R"({"reason":""})", 400, "json_member_range");
  refused("/api/stops", R"({"reason":"x","activity":"00"})", 404, "activity_unknown");
  refused("/api/stops/00000000000000000000000000000000/ack", "{}", 404, "stop_unknown");
  refused("/api/activities/00000000000000000000000000000000/concur", "{}", 404, "activity_unknown");
  refused("/api/read", R"({"party":"west","index":0})", 404, "agreement_unknown_party");
  refused("/api/read", R"({"party":"south","index":99})", 404, "http_not_found");
  refused("/api/nothing", "{}", 404, "http_not_found");
  refused("/api/statements", "{}", 400, "entry_malformed");
  EXPECT_EQ(north.node->own().reader.size().value, size);
}

TEST_F(Api, ShowsALogThatIsNotFollowedFurtherAmongWhatWaits) {
  all.open_all();
  EXPECT_EQ(ask(north, "GET", "/api/waiting", duty(north)).body.find(R"("kind":"record")"),
            std::string::npos);
  south.disk.files["log/checkpoint"] = to_bytes("not a note");
  all.pass(60'000);
  const std::string body = ask(north, "GET", "/api/waiting", duty(north)).body;
  EXPECT_NE(body.find(R"("kind":"record")"), std::string::npos) << body;
  EXPECT_NE(body.find("note_malformed"), std::string::npos) << body;
}

TEST_F(Scene, NothingIsAgreedOutsideTheAgreementsTime) {
  all.open_all();
  all.now = *parse_rfc3339("2017-01-01T00:00:00Z");
  const Result<record::Ref> ref = all.submit(north, "activity.propose", {},
                                             all.patrol("north", 7'200'000), {north.officers[0]});
  ASSERT_FALSE(ref);
  EXPECT_EQ(ref.error().code, Errc::agreement_not_in_force);
}

TEST_F(Api, CarriesAnActivityFromFilingToReading) {
  all.open_all();
  const ApiAnswer filed =
      ask(north, "POST", "/api/activities", duty(north), all.patrol("north", 7'200'000));
  ASSERT_EQ(filed.status, 201) << filed.body;
  const Result<JsonDocument> logged = parse_json(filed.body, {.bytes_max = 10'000});
  const std::string id = *logged->root().string("id", 64);
  const std::string path = "/api/activities/" + id;
  EXPECT_EQ(ask(north, "POST", path + "/concur", duty(north), "{}").status, 403);
  EXPECT_EQ(ask(south, "POST", path + "/concur", duty(south), "{}").status, 201);
  const Caller second{Role::duty_officer, south.officers[1]};
  EXPECT_EQ(ask(south, "POST", path + "/concur", second, "{}").status, 201);
  const std::int64_t index = *logged->root().integer("index", 0, 1000);
  EXPECT_EQ(ask(south, "POST", "/api/read", duty(south),
                R"({"party":"north","index":)" + std::to_string(index) + "}")
                .status,
            201);
  EXPECT_EQ(ask(north, "POST", path + "/activate", duty(north), "{}").status, 201);
  const std::string body = ask(north, "GET", path, duty(north)).body;
  for (const char* part :
       {R"("state":"active")", R"("read_by":"south/duty-1")", R"("decision":"concurred")"}) {
    EXPECT_NE(body.find(part), std::string::npos) << part << body;
  }
}

}  // namespace
}  // namespace detente::node::testing
