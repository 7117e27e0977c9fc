// SPDX-License-Identifier: Apache-2.0
//
// For tests and benches: a party with fixed seeds that writes a real log, in memory.
// Never for anything else: the seeds are counted up from a number.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/hash.h"
#include "record/log_reader.h"
#include "record/log_verifier.h"
#include "record/tiles.h"

namespace detente::record::testing {

inline crypto::SecretKey test_key(std::uint8_t n) {
  crypto::Seed seed{};
  seed.fill(n);
  return crypto::SecretKey::from_seed(seed);
}

// A folder in memory.
using Files = std::map<std::string, Bytes>;

inline LogFolder folder_of(const Files& files) {
  LogFolder out;
  out.read = [&files](const std::string& path) -> Result<Bytes> {
    const auto found = files.find(path);
    if (found == files.end()) return fail(Errc::tile_missing, {}, path);
    return found->second;
  };
  for (const auto& [path, bytes] : files) out.files.push_back(path);
  return out;
}

inline void write_into(Files& files, std::vector<LogFile> written) {
  for (LogFile& file : written) {
    files[file.path] = std::move(file.bytes);
    for (const std::string& old : file.replaces) files.erase(old);
  }
}

// The time at which test logs begin: 2016-07-15T06:00:00Z.
inline constexpr UtcMs kTestStart{1'468'562'400'000};

class TestParty {
 public:
  TestParty(std::string name, std::uint8_t first_seed, std::string agreement)
      : name_(std::move(name)),
        root_{name_ + "/root", test_key(first_seed)},
        log_(make_signer(name_ + ".example/detente/1f2e3d4c/1", KeyType::ed25519,
                         test_key(static_cast<std::uint8_t>(first_seed + 1)))),
        witness_(make_signer(name_ + "/witness", KeyType::cosignature_v1,
                             test_key(static_cast<std::uint8_t>(first_seed + 2)))),
        mirror_(make_signer(name_ + "/mirror", KeyType::cosignature_v1,
                            test_key(static_cast<std::uint8_t>(first_seed + 3)))),
        duty_1_{name_ + "/duty-1", test_key(static_cast<std::uint8_t>(first_seed + 4))},
        duty_2_{name_ + "/duty-2", test_key(static_cast<std::uint8_t>(first_seed + 5))},
        agreement_(std::move(agreement)),
        reader_(owner()) {}

  LogOwner owner() const {
    return {name_, agreement_, log_.key, witness_.key, mirror_.key, root_.secret.public_key()};
  }
  const std::string& name() const { return name_; }
  Origin origin() const { return Origin{log_.key.name}; }
  const Signer& log() const { return log_; }
  const Signer& witness() const { return witness_; }
  const Signer& mirror() const { return mirror_; }
  const OfficerSigner& root() const { return root_; }
  const OfficerSigner& duty_1() const { return duty_1_; }
  const OfficerSigner& duty_2() const { return duty_2_; }
  const LogReader& reader() const { return reader_; }
  const std::vector<Bytes>& entries() const { return entries_; }
  UtcMs now() const { return now_; }
  void wait(std::int64_t ms) { now_ = now_ + ms; }

  // A draft with the next id, good for an hour from now.
  StatementDraft draft(std::string type, std::string body) {
    crypto::Random counted = [this](std::span<std::uint8_t> out) {
      const Hash hash = crypto::sha256(as_bytes(name_ + std::to_string(++ids_)));
      std::copy_n(hash.begin(), out.size(), out.begin());
    };
    return {StatementId{crypto::random_id(counted)},
            agreement_,
            origin(),
            std::move(type),
            now_ + 3'600'000,
            {},
            std::move(body)};
  }

  EntryHeader header(std::vector<Head> seen = {}) const {
    return {LeafIndex{reader_.size().value}, now_, std::move(seen)};
  }

  Result<Entry> append(const Envelope& envelope, std::vector<Head> seen = {}) {
    const std::string text = encode_entry(header(std::move(seen)), envelope);
    Result<Entry> entry = reader_.append(as_bytes(text));
    if (entry) {
      entries_.push_back(entry->bytes);
      now_ = now_ + 1000;
    }
    return entry;
  }
  Result<Entry> append(std::string type, std::string body,
                       const std::vector<OfficerSigner>& signers, std::vector<Head> seen = {}) {
    return append(sign_statement(draft(std::move(type), std::move(body)), signers),
                  std::move(seen));
  }

  std::string open_body() const {
    JsonWriter body;
    body.begin_object().member("party", name_).member("epoch", 1);
    body.member("log", log_.key.text()).member("witness", witness_.key.text());
    body.member("mirror", mirror_.key.text()).end_object();
    return body.take();
  }
  std::string add_body(const std::string& keyid, const crypto::PublicKey& key,
                       const std::vector<std::string>& roles) const {
    JsonWriter body;
    body.begin_object().member("keyid", keyid).member("key", to_base64(key));
    body.name("roles").begin_array();
    for (const std::string& role : roles) body.value(role);
    body.end_array().member("name", keyid).member("expires", kTestStart + 86'400'000);
    body.end_object();
    return body.take();
  }
  // log.open, and both duty officers' keys.
  void open() {
    check(append("log.open", open_body(), {root_}).has_value(), "the test log opens");
    for (const OfficerSigner& officer : {duty_1_, duty_2_}) {
      const std::string body =
          add_body(officer.keyid, officer.secret.public_key(), {"duty_officer", "signatory"});
      check(append("key.add", body, {root_}).has_value(), "the test log delegates");
    }
  }

  Head head() const { return {origin(), reader_.size(), reader_.root()}; }
  Checkpoint checkpoint() const { return {origin(), reader_.size(), reader_.root()}; }
  Note note(const std::vector<Signer>& cosigners = {}) const {
    Note out{checkpoint().text(), {}};
    out.signatures.push_back(sign_note(log_, out.text));
    for (const Signer& signer : cosigners) {
      out.signatures.push_back(cosign(signer, out.text, now_));
    }
    return out;
  }
  // The whole folder, as a node writes it.
  Files files(const std::vector<Signer>& cosigners = {}) const {
    Files out;
    TileWriter writer;
    for (const Bytes& entry : entries_) writer.append(entry);
    write_into(out, writer.take_files());
    out["checkpoint"] = to_bytes(note(cosigners).encode());
    return out;
  }

 private:
  std::string name_;
  OfficerSigner root_;
  Signer log_;
  Signer witness_;
  Signer mirror_;
  OfficerSigner duty_1_;
  OfficerSigner duty_2_;
  std::string agreement_;
  LogReader reader_;
  std::vector<Bytes> entries_;
  UtcMs now_ = kTestStart;
  int ids_ = 0;
};

}  // namespace detente::record::testing
