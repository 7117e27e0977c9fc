// SPDX-License-Identifier: Apache-2.0
//
// For tests: four parties whose logs hold what the test says, without signatures (those are the
// record's), and a clock that only the test moves. North and south are parties, relief registers
// sites, and there is a monitor.
#pragma once

#include <fmt/core.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "crypto/box.h"
#include "crypto/hash.h"
#include "protection/ledger.h"
#include "record/merkle.h"
#include "record/note.h"

namespace detente::protection::testing {

inline constexpr UtcMs kMorning{1'468'562'400'000};  // 2016-07-15T06:00:00Z
inline constexpr std::int64_t kHour = 3'600'000;
inline constexpr std::int64_t kDay = 24 * kHour;

inline std::string notice_template() {
  return R"({"detente":"agreement/v1","id":"notice-test","title":{"en":"Notices"},
"valid":{"start":"2016-07-01T00:00:00Z","end":"2017-01-01T00:00:00Z"},
"parties":[{"id":"north","name":"North","kind":"party"},{"id":"south","name":"South","kind":"party"},
{"id":"relief","name":"Relief","kind":"monitor"},{"id":"monitor","name":"Monitor","kind":"monitor"}],
"adherents":[],"area_classes":[{"id":"designated","name":"Designated area"}],
"areas":[{"id":"A1","name":"River bend","class":"designated",
"area":{"circle":{"center":[350000000,400000000],"radius_mm":20000000}}}],
"clauses":[{"id":"6.1","text":{"en":"A day, one officer."}},{"id":"7.1","text":{"en":"Apart."}}],
"rules":[],"procedures":[{"clause":"6.1","lead_s":86400,
"concurrences":[{"party":"north","officers":1},{"party":"south","officers":1}]}],
"separation":{"clause":"7.1","lateral_mm":9260000,"vertical_mm":304800,"time_ms":60000},
"clocks":{"heartbeat_s":30,"fresh_s":90,"cut_s":300,"stop_ack_s":60,"track_gap_s":120}})";
}

inline crypto::SecretKey key_of(const std::string& name) {
  return crypto::SecretKey::from_seed(crypto::sha256(as_bytes("notice test " + name)));
}

inline std::string origin_of(const std::string& party) {
  return party + ".example/detente/1f2e3d4c/1";
}

inline std::shared_ptr<const terms::Agreement> notice_agreement() {
  std::map<PartyId, terms::PartyKeys> keys;
  for (const std::string party : {"north", "south", "relief", "monitor"}) {
    const auto signer = [&](const std::string& name, record::KeyType type) {
      return record::make_signer(name, type, key_of(name)).key;
    };
    keys[PartyId{party}] = {key_of(party + "/root").public_key(),
                            signer(origin_of(party), record::KeyType::ed25519),
                            signer(party + "/witness", record::KeyType::cosignature_v1),
                            signer(party + "/mirror", record::KeyType::cosignature_v1)};
  }
  const std::string text = terms::Agreement::with_keys(notice_template(), keys).value();
  return std::make_shared<const terms::Agreement>(terms::Agreement::make(text).value());
}

struct Said {
  PartyId party;
  record::Entry entry;
  std::vector<std::string> officers;
};

// Four logs, and one ledger that knows all of them as they come.
class Desk {
 public:
  std::shared_ptr<const terms::Agreement> agreement = notice_agreement();
  NoticeLedger ledger{agreement};
  UtcMs now = kMorning;
  std::map<PartyId, std::vector<Said>> logs;

  record::Statement draft(const std::string& party, const std::string& type,
                          const std::string& body, std::vector<record::Ref> refs = {}) {
    const record::StatementDraft draft{StatementId{fmt::format("{:032x}", ++ids_)},
                                       agreement->sha256_hex(),
                                       Origin{origin_of(party)},
                                       type,
                                       now + kDay,
                                       std::move(refs),
                                       body};
    return record::parse_statement(
               {record::payload_type_of(draft.type), record::encode_payload(draft), {}})
        .value();
  }
  // Logs it whatever the guards say.
  record::Ref say(const std::string& party, const std::string& type, const std::string& body,
                  std::vector<record::Ref> refs = {}, const std::string& officer = "desk-1") {
    return log(party, draft(party, type, body, std::move(refs)), officer);
  }
  record::Ref log(const std::string& party, record::Statement statement,
                  const std::string& officer = "desk-1") {
    std::vector<Said>& log = logs[PartyId{party}];
    Said said{PartyId{party}, {}, {party + "/" + officer}};
    said.entry.header = {LeafIndex{log.size()}, now, {}};
    said.entry.leaf = crypto::sha256(as_bytes(statement.id.value + party));
    said.entry.statement = std::move(statement);
    log.push_back(said);
    ledger.apply(said.party, said.entry, said.officers);
    return {said.entry.statement.log, said.entry.header.seq, said.entry.leaf};
  }
  // What the guards of `party` say to it; logged if they let it pass.
  Result<record::Ref> try_say(const std::string& party, const std::string& type,
                              const std::string& body, std::vector<record::Ref> refs = {},
                              const std::string& officer = "desk-1") {
    const record::Statement statement = draft(party, type, body, std::move(refs));
    DETENTE_CHECK(ledger.admit(PartyId{party}, statement, {party + "/" + officer}, now));
    return log(party, statement, officer);
  }
  SiteView site(const record::Ref& ref) const { return ledger.site(ref, now).value(); }
  MovementView movement(const record::Ref& ref) const { return ledger.movement(ref, now).value(); }

 private:
  std::uint64_t ids_ = 0;
};

inline SiteDetails clinic(std::int32_t lat_e7 = 359'000'000, std::int32_t lng_e7 = 366'000'000) {
  SiteDetails site;
  site.name = "Clinic";
  site.function = "clinic with a delivery room";
  site.shape = geo::Circle{{lat_e7, lng_e7}, 60'000};
  return site;
}

inline RegisterBody registration(UtcMs now) {
  return {clinic(), {PartyId{"north"}, PartyId{"south"}, PartyId{"monitor"}}, {}, now + 90 * kDay};
}

inline MovementDetails convoy(UtcMs start) {
  MovementDetails out;
  out.name = "Convoy 1";
  out.route = {{{359'000'000, 366'000'000}, "Depot", {start, start + kHour}},
               {{360'500'000, 367'000'000}, "Ford", {start + 2 * kHour, start + 3 * kHour}},
               {{362'000'000, 371'000'000}, "Town", {start + 4 * kHour, start + 6 * kHour}}};
  out.half_width_mm = 500'000;
  out.vehicles = {{"truck", "white", "R-12", "blue letters on the roof", "none", "none"}};
  out.persons = 8;
  out.contact = "satellite phone 4411";
  return out;
}

inline NotifyBody notification(UtcMs start) {
  NotifyBody out;
  out.movement = convoy(start);
  out.time = movement_time(*out.movement);
  out.checkin_ms = 2 * kHour;
  out.to = {PartyId{"north"}, PartyId{"south"}, PartyId{"monitor"}};
  return out;
}

inline std::string json_time(UtcMs time) {
  return "\"" + format_rfc3339(time) + "\"";
}

inline std::string incident_at(UtcMs time, geo::PointE7 point) {
  return fmt::format(R"({{"time":{},"point":[{},{}],"text":"an explosion"}})", json_time(time),
                     point.lat_e7, point.lng_e7);
}

// A site's details as private content, and its commitment with a copy sealed to north.
struct Private {
  record::ContentPackage package;
  record::ContentCommit commit;
};
inline Private private_site(const SiteDetails& site, const std::vector<std::string>& to) {
  const record::Content content =
      record::Content::parse(write_site(site), std::string(kSiteSchema)).value();
  const auto key = crypto::Secret32::from_bytes(crypto::sha256(as_bytes("key of " + site.name)));
  record::ContentCommit commit{record::commit_content(content, key), {}};
  for (const std::string& party : to) {
    const auto secret = crypto::Secret32::from_bytes(crypto::sha256(as_bytes(party)));
    commit.sealed.push_back({party, crypto::BoxKey::from_secret(secret).public_key(),
                             crypto::sha256(as_bytes("s")), 1'234});
  }
  return {record::parse_package(record::encode_package(content, key)).value(), commit};
}

}  // namespace detente::protection::testing
