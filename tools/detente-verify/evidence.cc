// SPDX-License-Identifier: Apache-2.0
#include "detente-verify/evidence.h"

#include <fmt/core.h>

#include "base/limits.h"
#include "crypto/hash.h"
#include "detente-verify/agreement.h"
#include "detente-verify/folder.h"

namespace detente::verify {
namespace {

constexpr std::size_t kWitnessesMax = 16;

// The monitors are the agreement's neutral parties.
Result<std::vector<std::string>> read_monitors(const JsonReader& root) {
  std::vector<std::string> out;
  DETENTE_TRY(const std::vector<JsonReader> parties, root.array("parties", 1'000));
  for (const JsonReader& party : parties) {
    if (!party.has("kind")) continue;
    DETENTE_TRY(const std::string kind, party.string("kind", limits::kIdBytes));
    if (kind != "monitor") continue;
    DETENTE_TRY(std::string id, party.string("id", limits::kIdBytes));
    out.push_back(std::move(id));
  }
  return out;
}

// The member "record": foreign witnesses, and the quorum of the monitors. All of it has defaults.
Status read_record_terms(const JsonReader& root, int& quorum, record::EvidenceTrust& out) {
  if (!root.has("record")) return {};
  DETENTE_TRY(const JsonReader terms, root.object("record"));
  if (terms.has("deemed_quorum")) {
    DETENTE_TRY(const std::int64_t count, terms.integer("deemed_quorum", 1, 1'000));
    quorum = static_cast<int>(count);
  }
  if (!terms.has("witnesses")) return {};
  DETENTE_TRY(const std::vector<std::string> keys,
              terms.strings("witnesses", kWitnessesMax, limits::kNoteBytes));
  for (const std::string& text : keys) {
    Result<record::VerifierKey> key = record::parse_vkey(text);
    if (!key) return fail(std::move(key.error()).at(terms.place_of("witnesses")));
    if (key->type != record::KeyType::cosignature_v1) {
      return fail(Errc::vkey_malformed, "a witness's key is needed", terms.place_of("witnesses"));
    }
    out.cosigners.push_back(std::move(*key));
  }
  return {};
}

}  // namespace

Result<record::EvidenceTrust> evidence_trust(ByteView agreement) {
  DETENTE_TRY(Agreement parties, read_agreement(agreement));
  DETENTE_TRY(const JsonDocument document,
              parse_json(as_text(agreement), {.bytes_max = limits::kAgreementBytes,
                                              .integers_only = true,
                                              .depth_max = limits::kJsonDepth}));
  record::EvidenceTrust out;
  out.owners = std::move(parties.owners);
  for (const record::LogOwner& owner : out.owners) {
    out.cosigners.push_back(owner.witness);
    out.cosigners.push_back(owner.mirror);
  }
  int deemed_quorum = 1;
  DETENTE_CHECK(read_record_terms(document.root(), deemed_quorum, out));
  DETENTE_TRY(out.neutrals, read_monitors(document.root()));
  out.neutral_quorum = record::evidence_quorum(out.neutrals.size(), deemed_quorum);
  return out;
}

Result<EvidenceVerdict> verify_evidence_file(const std::string& path,
                                             const std::string& agreement) {
  DETENTE_TRY(const Bytes terms, read_regular_file(agreement, limits::kAgreementBytes));
  Result<record::EvidenceTrust> trust = evidence_trust(terms);
  if (!trust) return fail(std::move(trust.error()).at(agreement));
  DETENTE_TRY(const Bytes file, read_regular_file(path, record::kEvidenceBytes));
  Result<record::Conviction> found = record::verify_evidence(as_text(file), *trust);
  if (!found) return fail(std::move(found.error()).at(path));
  return EvidenceVerdict{to_hex(crypto::sha256(terms)), to_hex(crypto::sha256(file)), file.size(),
                         std::move(*found)};
}

std::string text(const EvidenceVerdict& verdict) {
  const record::Conviction& conviction = verdict.conviction;
  std::string out = fmt::format("agreement     SHA-256 {}\n", verdict.agreement);
  out += fmt::format("evidence      SHA-256 {}, {} bytes\n", verdict.sha256, verdict.bytes);
  out += fmt::format("kind          {}\n", record::evidence_kind_name(conviction.kind));
  for (const std::string& name : conviction.accused) out += fmt::format("accused       {}\n", name);
  out +=
      fmt::format("{:<14}{}\n", conviction.attested ? "attested" : "proven", conviction.sentence);
  for (const std::string& detail : conviction.details) out += fmt::format("  {}\n", detail);
  if (conviction.attested) {
    out +=
        "Attested means: so many neutral parties say it. It is not proven by the accused's own "
        "signatures.\n";
  }
  return out;
}

std::string json(const EvidenceVerdict& verdict) {
  const record::Conviction& conviction = verdict.conviction;
  JsonWriter out;
  out.begin_object().member("convicts", true).member("agreement", verdict.agreement);
  out.member("sha256", verdict.sha256).member("bytes", verdict.bytes);
  out.member("kind", record::evidence_kind_name(conviction.kind));
  out.member("attested", conviction.attested).name("accused").begin_array();
  for (const std::string& name : conviction.accused) out.value(name);
  out.end_array().member("sentence", conviction.sentence).name("details").begin_array();
  for (const std::string& detail : conviction.details) out.value(detail);
  return out.end_array().end_object().take();
}

}  // namespace detente::verify
