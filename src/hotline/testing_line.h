// SPDX-License-Identifier: Apache-2.0
//
// For tests: three parties whose logs hold what the test says, without signatures (those are the
// record's), and a clock that only the test moves.
#pragma once

#include <fmt/core.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "crypto/hash.h"
#include "hotline/ledger.h"
#include "record/merkle.h"
#include "record/note.h"

namespace detente::hotline::testing {

inline constexpr UtcMs kMorning{1'468'562'400'000};  // 2016-07-15T06:00:00Z

inline std::string line_template() {
  return R"({"detente":"agreement/v1","id":"line-test","title":{"en":"Line"},
"valid":{"start":"2016-07-01T00:00:00Z","end":"2017-01-01T00:00:00Z"},
"parties":[{"id":"north","name":"North","kind":"party"},{"id":"south","name":"South","kind":"party"},
{"id":"monitor","name":"Monitor","kind":"monitor"}],"adherents":[],
"area_classes":[{"id":"designated","name":"Designated area"}],
"areas":[{"id":"A1","name":"River bend","class":"designated",
"area":{"circle":{"center":[350000000,400000000],"radius_mm":20000000}}}],
"clauses":[{"id":"6.1","text":{"en":"A day, one officer."}},{"id":"7.1","text":{"en":"Apart."}}],
"rules":[],"procedures":[{"clause":"6.1","lead_s":86400,
"concurrences":[{"party":"north","officers":1},{"party":"south","officers":1}]}],
"separation":{"clause":"7.1","lateral_mm":9260000,"vertical_mm":304800,"time_ms":60000},
"clocks":{"heartbeat_s":30,"fresh_s":90,"cut_s":300,"stop_ack_s":60,"track_gap_s":120}})";
}

inline crypto::SecretKey key_of(const std::string& name) {
  return crypto::SecretKey::from_seed(crypto::sha256(as_bytes("line test " + name)));
}

inline std::string origin_of(const std::string& party) {
  return party + ".example/detente/1f2e3d4c/1";
}

inline std::shared_ptr<const terms::Agreement> line_agreement() {
  std::map<PartyId, terms::PartyKeys> keys;
  for (const std::string party : {"north", "south", "monitor"}) {
    const auto signer = [&](const std::string& name, record::KeyType type) {
      return record::make_signer(name, type, key_of(name)).key;
    };
    keys[PartyId{party}] = {key_of(party + "/root").public_key(),
                            signer(origin_of(party), record::KeyType::ed25519),
                            signer(party + "/witness", record::KeyType::cosignature_v1),
                            signer(party + "/mirror", record::KeyType::cosignature_v1)};
  }
  const std::string text = terms::Agreement::with_keys(line_template(), keys).value();
  return std::make_shared<const terms::Agreement>(terms::Agreement::make(text).value());
}

struct Said {
  PartyId party;
  record::Entry entry;
  std::vector<std::string> officers;
};

// Three logs, and one ledger that knows all of them as they come.
class Line {
 public:
  std::shared_ptr<const terms::Agreement> agreement = line_agreement();
  HotlineLedger ledger{agreement};
  UtcMs now = kMorning;
  std::map<PartyId, std::vector<Said>> logs;

  record::Statement draft(const std::string& party, const std::string& type,
                          const std::string& body, std::vector<record::Ref> refs = {}) {
    record::StatementDraft draft{StatementId{fmt::format("{:032x}", ++ids_)},
                                 agreement->sha256_hex(),
                                 Origin{origin_of(party)},
                                 type,
                                 now + 86'400'000,
                                 std::move(refs),
                                 body};
    return parsed(draft);
  }
  // Logs it whatever the guards say. Returns the statement's id.
  StatementId say(const std::string& party, const std::string& type, const std::string& body,
                  std::vector<record::Ref> refs = {}, const std::string& officer = "duty-1") {
    return log(party, draft(party, type, body, std::move(refs)), officer);
  }
  StatementId log(const std::string& party, record::Statement statement,
                  const std::string& officer = "duty-1") {
    std::vector<Said>& log = logs[PartyId{party}];
    Said said{PartyId{party}, {}, {party + "/" + officer}};
    said.entry.header = {LeafIndex{log.size()}, now, {}};
    said.entry.leaf = crypto::sha256(as_bytes(statement.id.value + party));
    said.entry.statement = std::move(statement);
    log.push_back(said);
    ledger.apply(said.party, said.entry, said.officers);
    return said.entry.statement.id;
  }
  // What the guards of `party` say to it; logged if they let it pass.
  Result<StatementId> try_say(const std::string& party, const std::string& type,
                              const std::string& body) {
    const record::Statement statement = draft(party, type, body);
    DETENTE_CHECK(ledger.admit(PartyId{party}, statement, {party + "/duty-1"}, now));
    return log(party, statement);
  }
  record::Ref last(const std::string& party) const {
    const record::Entry& entry = logs.at(PartyId{party}).back().entry;
    return {entry.statement.log, entry.header.seq, entry.leaf};
  }
  std::vector<Alarm> alarms(const std::string& viewer,
                            HotlineLedger::Which which = HotlineLedger::Which::all) const {
    return ledger.alarms(PartyId{viewer}, agreement->hotline_terms(), {}, now, which);
  }
  LineView line(const std::string& party) const {
    return ledger.line(PartyId{party}, agreement->hotline_terms(), now);
  }

  static record::Statement parsed(const record::StatementDraft& draft) {
    return record::parse_statement(
               {record::payload_type_of(draft.type), record::encode_payload(draft), {}})
        .value();
  }

 private:
  std::uint64_t ids_ = 0;
};

inline std::string json_time(UtcMs time) {
  return "\"" + format_rfc3339(time) + "\"";
}

// A warning of a circle of 10 km around 35.9 N 36.6 E.
inline std::string warning_of(UtcMs until, const std::string& more = "") {
  return R"({"kind":"persons_near","volume":{"area":{"circle":{"center":[359000000,366000000],)"
         R"("radius_mm":10000000}},"altitude":{"lower_mm":0,"upper_mm":3000000,"reference":"MSL"},)"
         R"("time":{"start":"2016-07-15T06:00:00Z","end":"2016-07-15T12:00:00Z"}},"until":)" +
         json_time(until) + more + "}";
}

inline std::string finding_at(UtcMs time, std::int32_t lat_e7, std::int32_t lng_e7) {
  return fmt::format(
      R"({{"finding":"00112233445566778899aabbccddeeff","first":{{"time":{},"point":[{},{}]}}}})",
      json_time(time), lat_e7, lng_e7);
}

}  // namespace detente::hotline::testing
