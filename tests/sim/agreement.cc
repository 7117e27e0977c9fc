// SPDX-License-Identifier: Apache-2.0
//
// The agreement of the simulation in its versions, and everybody's keys.
#include <cstdio>
#include <cstdlib>

#include "sim/world.h"

namespace detente::sim {
namespace {

crypto::SecretKey test_key(std::uint8_t party, std::uint8_t role) {
  crypto::Seed seed{};
  seed[0] = party;
  seed[1] = role;
  seed[31] = 0x5A;
  return crypto::SecretKey::from_seed(seed);
}

std::string parties_text(const std::map<std::string, std::string>& party_keys) {
  const auto party = [&](const char* id, const char* kind) {
    return std::string(R"({"id":")") + id + R"(","name":")" + id + R"(","kind":")" + kind +
           R"(","keys":)" + party_keys.at(id) + "}";
  };
  return R"("parties":[)" + party("north", "party") + "," + party("south", "party") + "," +
         party("monitor", "monitor") +
         R"(],"adherents":[{"id":"river-air","name":"River air","sponsor":"south"}],)";
}

// What no version changes: short clocks, so that much happens in a simulated hour; a closed area,
// where nobody flies armed in the second stage; two stages, which a suspension sends back.
std::string common_text() {
  return R"("id":"sim","title":{"en":"Simulated agreement"},)"
         R"("valid":{"start":"2016-07-01T00:00:00Z","end":"2016-12-31T00:00:00Z"},)"
         R"("d_day":"2016-07-14T12:40:00Z",)"
         R"("area_classes":[{"id":"closed","name":"Closed area"}],)"
         R"("areas":[{"id":"a1","name":"Closed","class":"closed","area":{"polygon":)"
         R"([[350000000,360000000],[350000000,368000000],[358000000,368000000],[358000000,360000000]]}}],)"
         R"("clauses":[{"id":"3","text":{"en":"Closed."}},{"id":"4","text":{"en":"Unarmed."}},)"
         R"({"id":"6","text":{"en":"Notice."}},{"id":"6.1","text":{"en":"Armed flights."}},)"
         R"({"id":"6.2","text":{"en":"Surveys."}},{"id":"7","text":{"en":"Separation."}},)"
         R"({"id":"7.1","text":{"en":"Unmanned."}},{"id":"7.2","text":{"en":"Armed."}},)"
         R"({"id":"8","text":{"en":"Stages."}},{"id":"9","text":{"en":"Back."}}],)"
         R"("rules":[{"clause":"3","effect":"declare","classes":["closed"]},)"
         R"({"clause":"4","effect":"forbid","classes":["closed"],"purposes":["armed"],"stages":["S2"]}],)"
         R"("stages":[{"id":"S1","clause":"8","name":{"en":"Calm"},"conditions":)"
         R"([{"clause":"8","kind":"elapsed","seconds":300}],"resets":)"
         R"([{"clause":"9","kind":"suspension"}]},)"
         R"({"id":"S2","clause":"8","name":{"en":"Joint"},"after":"S1","conditions":)"
         R"([{"clause":"8","kind":"elapsed","seconds":300}],"resets":)"
         R"([{"clause":"9","kind":"suspension","to":"S1"}]}],)"
         R"("clocks":{"heartbeat_s":180,"fresh_s":400,"cut_s":900,"stop_ack_s":60,"track_gap_s":120})";
}

// Kilometres that flights keep apart; whether patrols are read back; how many officers answer for
// a survey; places by name.
struct Terms {
  int general_km;
  int unmanned_km;
  bool read_back;
  int survey_officers;
  const char* places;
};

std::string version_text(const Terms& terms) {
  const auto each = [](int officers) {
    const std::string n = std::to_string(officers);
    return R"("concurrences":[{"party":"north","officers":)" + n +
           R"(},{"party":"south","officers":)" + n + "}]";
  };
  const auto apart = [](int km, const char* vertical_mm) {
    return R"("lateral_mm":)" + std::to_string(km) + R"(000000,"vertical_mm":)" + vertical_mm +
           R"(,"time_ms":60000})";
  };
  return R"(,"procedures":[{"clause":"6","lead_s":420,)" + each(2) +
         (terms.read_back ? R"(,"read_back":true})" : "}") +
         R"(,{"clause":"6.1","purposes":["armed"],"lead_s":420,"read_back":true,)" + each(2) +
         R"(},{"clause":"6.2","purposes":["survey"],"lead_s":420,)" + each(terms.survey_officers) +
         R"(}],"separation":{"clause":"7",)" + apart(terms.general_km, "304800") +
         R"(,"separations":[{"clause":"7.1","between":[{"unmanned":true},{"unmanned":true}],)" +
         apart(terms.unmanned_km, "91440") +
         R"(,{"clause":"7.2","between":[{"purposes":["armed"]},{}],)" + apart(20, "600000") +
         R"(],"places":[)" + terms.places + R"(],"place_tolerance_mm":100000000})";
}

std::shared_ptr<const terms::Agreement> make_version(const std::string& text) {
  Result<terms::Agreement> agreement = terms::Agreement::make(text);
  if (!agreement) {
    static_cast<void>(
        std::fprintf(stderr, "simulated agreement: %s\n", agreement.error().text().c_str()));
    std::exit(2);
  }
  return std::make_shared<const terms::Agreement>(std::move(*agreement));
}

void make_versions(Keys& out, const std::map<std::string, std::string>& party_keys) {
  const std::string start = R"({"detente":"agreement/v1",)";
  const std::string common = parties_text(party_keys) + common_text();
  const char* const mill = R"({"name":{"en":"Mill"},"point":[358000000,368000000]})";
  const char* const both = R"({"name":{"en":"Mill"},"point":[358000000,368000000]},)"
                           R"({"name":{"en":"Ferry"},"point":[352000000,364000000]})";
  const Terms first{9, 2, false, 1, mill};
  out.agreement = make_version(start + common + version_text(first));
  const auto amended = [&](const Terms& terms) {
    const std::string members = R"("version":2,"amends":")" + out.agreement->sha256_hex() + R"(",)";
    return make_version(start + members + common + version_text(terms));
  };
  out.second = amended({14, 4, true, 2, both});
  out.rival = amended({12, 2, false, 1, mill});
}

}  // namespace

static Keys make_keys() {
  Keys out;
  std::map<std::string, std::string> party_keys;
  std::uint8_t number = 1;
  for (const char* name : {"north", "south", "monitor"}) {
    const PartyId id{name};
    const std::string host = std::string(name) + ".example";
    node::NodeKeys node{
        record::make_signer(host + "/detente/1", record::KeyType::ed25519, test_key(number, 1)),
        record::make_signer(host + "/witness", record::KeyType::cosignature_v1,
                            test_key(number, 2)),
        record::make_signer(host + "/mirror", record::KeyType::cosignature_v1, test_key(number, 3)),
        record::OfficerSigner{std::string(name) + "/watch", test_key(number, 4)}};
    out.roots.emplace(id, record::OfficerSigner{std::string(name) + "/root", test_key(number, 5)});
    const auto add = [&](std::vector<record::OfficerSigner>& to, const char* what, int count,
                         int role) {
      for (int n = 1; n <= count; ++n) {
        to.push_back({std::string(name) + "/" + what + "-" + std::to_string(n),
                      test_key(number, static_cast<std::uint8_t>(role + n))});
      }
    };
    add(out.officers[id], "duty", 3, 9);
    add(out.signatories[id], "signatory", 2, 19);
    JsonWriter json;
    json.begin_object().member("root", to_base64(out.roots.at(id).secret.public_key()));
    json.member("log", node.log.key.text()).member("witness", node.witness.key.text());
    json.member("mirror", node.mirror.key.text()).end_object();
    party_keys[name] = json.take();
    out.nodes.emplace(id, std::move(node));
    ++number;
  }
  make_versions(out, party_keys);
  return out;
}

const Keys& keys() {
  static const Keys made = make_keys();
  return made;
}

}  // namespace detente::sim
