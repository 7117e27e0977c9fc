// SPDX-License-Identifier: Apache-2.0
//
// For tests: an agreement with three stages, and three parties whose logs are written without
// signatures (the record's reader judges those) but otherwise as a node writes them. A clock that
// only the test moves; each log has seen as much of the others as the test says. Never for
// anything else: keys are counted up.
//
//   testing::Course course;
//   course.wait(3 * kDayMs);
//   course.begin("north", "S1");            // refused by the guard: an error
//   course.force("north", "stage.begin", body);   // logged all the same
#pragma once

#include <fmt/core.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "crypto/hash.h"
#include "record/statement.h"
#include "terms/agreement_ledger.h"
#include "terms/package.h"

namespace detente::terms::testing {

inline constexpr std::int64_t kSecondMs = 1'000;
inline constexpr std::int64_t kMinuteMs = 60'000;
inline constexpr std::int64_t kHourMs = 3'600'000;
inline constexpr std::int64_t kDayMs = 24 * kHourMs;
inline constexpr UtcMs kDDay{1'468'540'800'000};  // 2016-07-15T00:00:00Z

inline crypto::SecretKey course_key(const std::string& name) {
  return crypto::SecretKey::from_seed(crypto::sha256(as_bytes("course test " + name)));
}

// S1 needs a day since D and two clean days; S2 after it an hour and one verified delivery of
// north's; S3 after that an hour. South sponsors the third air force.
inline std::string course_template() {
  return R"({"detente":"agreement/v1","id":"course-test","title":{"en":"Course"},
"valid":{"start":"2016-07-01T00:00:00Z","end":"2017-07-01T00:00:00Z"},
"d_day":"2016-07-15T00:00:00Z",
"parties":[{"id":"north","name":"North","kind":"party"},{"id":"south","name":"South","kind":"party"},
{"id":"monitor","name":"Monitor","kind":"monitor"}],
"adherents":[{"id":"third-air","name":"Third air force","sponsor":"south"}],
"area_classes":[{"id":"designated","name":"Designated area"}],
"areas":[{"id":"A1","name":"River bend","class":"designated",
"area":{"circle":{"center":[350000000,400000000],"radius_mm":20000000}}}],
"clauses":[{"id":"3.1","text":{"en":"Declared."}},{"id":"6.1","text":{"en":"A day."}},
{"id":"7.1","text":{"en":"Apart."}},{"id":"8.1","text":{"en":"Deliveries."}},
{"id":"9.1","text":{"en":"Stage one."}},{"id":"9.2","text":{"en":"Stage two."}},
{"id":"9.3","text":{"en":"Stage three."}},{"id":"9.4","text":{"en":"Back on an entry."}},
{"id":"9.5","text":{"en":"Back on a suspension."}},{"id":"10.1","text":{"en":"Rescue."}}],
"rules":[{"clause":"3.1","effect":"declare","classes":["designated"]}],
"procedures":[{"clause":"6.1","lead_s":86400,
"concurrences":[{"party":"north","officers":1},{"party":"south","officers":1}]}],
"separation":{"clause":"7.1","lateral_mm":9260000,"vertical_mm":304800,"time_ms":60000},
"clocks":{"heartbeat_s":30,"fresh_s":90,"cut_s":300,"stop_ack_s":60,"track_gap_s":120},
"documents":[{"name":"Annex 2","language":"en","commitment":")" +
         annex_commitment(crypto::sha256(as_bytes("salt")), crypto::sha256(as_bytes("annex 2"))) +
         R"("}],
"stages":[{"id":"S1","clause":"9.1","name":{"en":"Quiet"},"conditions":[
{"clause":"9.1","kind":"elapsed","seconds":86400},
{"clause":"9.1","kind":"clean_days","days":2,"findings":["area_entered","undeclared"]}],
"resets":[{"clause":"9.4","kind":"finding","findings":["area_entered"]}]},
{"id":"S2","clause":"9.2","name":{"en":"Withdrawal"},"after":"S1","conditions":[
{"clause":"9.2","kind":"elapsed","seconds":3600},
{"clause":"8.1","kind":"obligation","obligation":"O1","count":1}],
"resets":[{"clause":"9.4","kind":"finding","findings":["area_entered"]},
{"clause":"9.5","kind":"suspension","to":"S1"}]},
{"id":"S3","clause":"9.3","name":{"en":"Joint work"},"after":"S2","conditions":[
{"clause":"9.3","kind":"elapsed","seconds":3600}],
"resets":[{"clause":"9.4","kind":"finding","findings":["area_entered"],"to":"S1"},
{"clause":"9.5","kind":"suspension","to":"S2"}]}],
"obligations":[{"id":"O1","clause":"8.1","who":"north","what":{"en":"Two deliveries."},
"due":"2016-08-01T00:00:00Z","evidence":"waybill","verified_by":"monitor","count":2,"mirrors":"O2"},
{"id":"O2","clause":"8.1","who":"third-air","what":{"en":"One delivery."},"due_after_stage":"S1",
"due_after_s":86400,"evidence":"waybill","verified_by":"north","mirrors":"O1"}],
"exceptions":[{"id":"E1","clause":"10.1","name":{"en":"Rescue"},"kind":"personnel_recovery",
"purposes":["personnel_recovery"],"declare_within_s":3600}]})";
}

inline std::shared_ptr<const Agreement> make_shared_agreement(const std::string& text) {
  Result<Agreement> made = Agreement::make(text);
  check(made.has_value(), made ? "" : made.error().text().c_str());
  return std::make_shared<const Agreement>(std::move(*made));
}

// Version 1 with everybody's keys.
inline std::string course_text() {
  std::map<PartyId, PartyKeys> keys;
  for (const std::string name : {"north", "south", "monitor"}) {
    const auto key = [&](const std::string& what) {
      const auto type = what == "log" ? record::KeyType::ed25519 : record::KeyType::cosignature_v1;
      return record::make_signer(fmt::format("{}.example/{}", name, what), type,
                                 course_key(fmt::format("{}{}", name, what)))
          .key;
    };
    keys[PartyId{name}] = {course_key(name + "root").public_key(), key("log"), key("witness"),
                           key("mirror")};
  }
  return Agreement::with_keys(course_template(), keys).value();
}

class Course {
 public:
  struct Log {
    std::vector<record::Entry> entries;
    std::vector<std::vector<std::string>> officers;
    LogSizes seen;  // of every log, by the order of names()
  };

  Course() : agreement_(make_shared_agreement(course_text())), ledger_(agreement_) {
    for (const std::string& name : names()) logs_[name].seen.assign(names().size(), 0);
  }

  static std::vector<std::string> names() { return {"north", "south", "monitor"}; }
  static std::size_t number(const std::string& party) {
    return party == "north" ? 0U : party == "south" ? 1U : 2U;
  }
  const std::shared_ptr<const Agreement>& agreement() const { return agreement_; }
  AgreementLedger& ledger() { return ledger_; }
  Log& log(const std::string& party) { return logs_.at(party); }
  UtcMs now() const { return now_; }
  void wait(std::int64_t ms) { now_ = now_ + ms; }
  void wait_until(UtcMs time) { now_ = time; }
  Origin origin(const std::string& party) const { return Origin{party + ".example/log"}; }
  LogSizes sizes() {
    LogSizes out;
    for (const std::string& name : names()) out.push_back(log(name).entries.size());
    return out;
  }

  // ---- what logs have seen ----

  bool everyone_sees_all = true;  // before each act
  void see(const std::string& party, const std::string& other, std::size_t size = SIZE_MAX) {
    std::uint64_t& seen = log(party).seen[number(other)];
    seen = std::max<std::uint64_t>(seen, std::min(size, log(other).entries.size()));
  }
  std::vector<record::Head> heads(const std::string& party) {
    std::vector<record::Head> out;
    for (const std::string name : {"monitor", "north", "south"}) {  // ascending by origin
      if (name == party) continue;
      if (everyone_sees_all) see(party, name);
      out.push_back({origin(name), TreeSize{log(party).seen[number(name)]}, Hash{}});
    }
    return out;
  }

  // ---- acts ----

  record::Statement statement(const std::string& party, const std::string& type,
                              const std::string& body, const std::vector<record::Ref>& refs = {}) {
    const Hash id = crypto::sha256(as_bytes(std::to_string(++ids_)));
    record::StatementDraft draft{StatementId{to_hex(id).substr(0, 32)},
                                 agreement_->sha256_hex(),
                                 origin(party),
                                 type,
                                 now_ + kHourMs,
                                 refs,
                                 body};
    const record::Envelope envelope{
        record::payload_type_of(type), record::encode_payload(draft), {}};
    return record::parse_statement(envelope).value();
  }
  // Logs it without asking the guard.
  record::Ref force(const std::string& party, const std::string& type, const std::string& body,
                    const std::vector<record::Ref>& refs = {}) {
    return put(party, statement(party, type, body, refs));
  }
  Result<record::Ref> submit(const std::string& party, const std::string& type,
                             const std::string& body, const std::vector<record::Ref>& refs = {}) {
    record::Statement made = statement(party, type, body, refs);
    DETENTE_CHECK(ledger_.admit(PartyId{party}, made, officers(party), now_, heads(party)));
    return put(party, std::move(made));
  }

  std::string amend_body(const Agreement& version, UtcMs effective) const {
    return fmt::format(
        R"({{"version":{},"sha256":"{}","amends":"{}","effective":"{}","reason":"agreed"}})",
        version.version(), version.sha256_hex(), version.amends(), format_rfc3339(effective));
  }
  Result<record::Ref> amend(const std::string& party, const Agreement& version, UtcMs effective) {
    return submit(party, "agreement.amend", amend_body(version, effective));
  }
  static std::string state_body(const std::string& function, const std::string& state) {
    return fmt::format(R"({{"function":"{}","state":"{}","reason":"shelling"}})", function, state);
  }
  Result<record::Ref> state(const std::string& party, const std::string& state,
                            const std::string& function = "") {
    return submit(party, "agreement.state", state_body(function, state));
  }
  std::string begin_body(const std::string& stage, const Agreement* version = nullptr) const {
    return fmt::format(R"({{"stage":"{}","sha256":"{}"}})", stage,
                       (version == nullptr ? *agreement_ : *version).sha256_hex());
  }
  Result<record::Ref> begin(const std::string& party, const std::string& stage,
                            const Agreement* version = nullptr) {
    return submit(party, "stage.begin", begin_body(stage, version));
  }
  static std::string reset_body(const std::string& stage, const std::string& clause) {
    return fmt::format(R"({{"stage":"{}","clause":"{}","reason":"see there"}})", stage, clause);
  }
  Result<record::Ref> reset(const std::string& party, const std::string& stage,
                            const std::string& clause, const std::vector<record::Ref>& evidence) {
    return submit(party, "stage.reset", reset_body(stage, clause), evidence);
  }
  record::Ref finding(const std::string& party, const std::string& kind = "area_entered") {
    return force(party, "finding.open", fmt::format(R"({{"finding":"1","kind":"{}"}})", kind));
  }
  Result<record::Ref> report(const std::string& party, const std::string& obligation) {
    return submit(party, "obligation.report",
                  fmt::format(R"({{"obligation":"{}","text":"delivered"}})", obligation));
  }
  Result<record::Ref> verify(const std::string& party, const std::string& obligation,
                             const record::Ref& report, const std::string& result = "verified") {
    return submit(
        party, "obligation.verify",
        fmt::format(R"({{"obligation":"{}","result":"{}","reason":"seen"}})", obligation, result),
        {report});
  }
  Result<record::Ref> declare(const std::string& party, const std::string& exception, UtcMs began) {
    return submit(
        party, "exception.declare",
        fmt::format(R"({{"exception":"{}","activity":"","grounds":"crew down","began":"{}"}})",
                    exception, format_rfc3339(began)));
  }
  // Everything up to stage S1, S2 or S3, as honest parties do it.
  void reach(int stage) {
    if (now_ < kDDay + 2 * kDayMs) now_ = kDDay + 2 * kDayMs;
    for (int n = 1; n <= stage; ++n) {
      if (n == 2) check(verify("monitor", "O1", report("north", "O1").value()).has_value(), "O1");
      if (n > 1) wait(kHourMs);
      for (const char* party : {"north", "south"}) {
        check(begin(party, "S" + std::to_string(n)).has_value(), "the stage begins");
      }
    }
  }

  // ---- questions ----

  TermsAt at(Function function = Function::air_activities) { return ledger_.now(now_, function); }
  std::string stage() {
    const std::optional<StageId> current = at().stage;
    return current ? current->value : "";
  }
  AgreementView view() { return ledger_.view(now_); }
  static std::vector<std::string> officers(const std::string& party) {
    return {party + "/signatory-1", party + "/signatory-2"};
  }

 private:
  record::Ref put(const std::string& party, record::Statement made) {
    Log& to = log(party);
    record::Entry entry;
    entry.header = {LeafIndex{to.entries.size()}, now_, heads(party)};
    if (!to.entries.empty() && entry.header.time < to.entries.back().header.time) {
      entry.header.time = to.entries.back().header.time;
    }
    entry.leaf = crypto::sha256(as_bytes(party + made.id.value));
    entry.statement = std::move(made);
    to.officers.push_back(officers(party));
    to.entries.push_back(entry);
    ledger_.apply(PartyId{party}, entry, to.officers.back());
    return {origin(party), entry.header.seq, entry.leaf};
  }

  std::shared_ptr<const Agreement> agreement_;
  AgreementLedger ledger_;
  std::map<std::string, Log> logs_;
  UtcMs now_ = kDDay;
  int ids_ = 0;
};

}  // namespace detente::terms::testing
