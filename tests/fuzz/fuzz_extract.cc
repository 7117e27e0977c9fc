// SPDX-License-Identifier: Apache-2.0
//
// Extracts have one form only, and nothing that is read makes the verifier or the page fail.
#include <cstddef>
#include <cstdint>

#include "crypto/hash.h"
#include "record/extract.h"
#include "record/extract_page.h"

using namespace detente;

namespace {

crypto::SecretKey key_of(std::uint8_t n) {
  crypto::Seed seed{};
  seed.fill(n);
  return crypto::SecretKey::from_seed(seed);
}

// Trusts whatever keys the extract's first entries name, and the root key and the cosigner of the
// worked example, so that the judging behind the signatures is reached too.
record::ExtractTrust trust_of(const record::Extract& extract) {
  record::ExtractTrust out;
  out.agreement = extract.agreement;
  record::LogOwner south;
  south.party = "south";
  const auto cosigner = record::KeyType::cosignature_v1;
  south.witness = record::make_signer("south/witness", cosigner, key_of(23)).key;
  south.mirror = record::make_signer("south/mirror", cosigner, key_of(24)).key;
  out.owners.push_back(std::move(south));
  for (const record::ExtractLog& log : extract.logs) {
    if (log.entries.empty() || log.entries[0].entry.statement.type != "log.open") continue;
    const JsonReader body = log.entries[0].entry.statement.body();
    record::LogOwner owner;
    owner.agreement = extract.agreement;
    owner.root = key_of(1).public_key();
    const Result<std::string> party = body.string("party", 64);
    if (!party) continue;
    owner.party = *party;
    const auto take = [&body](const char* name, record::VerifierKey& key) {
      const Result<std::string> text = body.string(name, 1'000);
      if (!text) return false;
      Result<record::VerifierKey> parsed = record::parse_vkey(*text);
      if (parsed) key = std::move(*parsed);
      return parsed.has_value() && key.type == record::KeyType::cosignature_v1;
    };
    static_cast<void>(take("log", owner.log));
    if (!take("witness", owner.witness) || !take("mirror", owner.mirror)) continue;
    out.owners.push_back(std::move(owner));
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The digest is put right, or nothing behind it would be reached.
  std::string text(as_text({data, size}));
  const std::size_t end = text.rfind("\nend ");
  if (end != std::string::npos) {
    text.resize(end + 1);
    text += "end " + to_hex(crypto::sha256(as_bytes(text))) + "\n";
  }
  const Result<record::Extract> extract = record::parse_extract(text);
  if (!extract) return 0;
  check(record::encode_extract(*extract) == text, "an extract has a second form");
  const Result<record::ExtractReport> report = record::verify_extract(*extract, trust_of(*extract));
  if (!report) return 0;
  static_cast<void>(record::extract_text(*extract, *report));
  static_cast<void>(record::extract_json(*extract, *report));
  const std::string page = record::extract_page(*extract, *report);
  const Result<std::string> inside = record::extract_of_page(page);
  check(inside && *inside == text, "the page does not hold its extract");
  return 0;
}
