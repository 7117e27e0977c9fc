// SPDX-License-Identifier: Apache-2.0
//
// For tests and fuzzers: one evidence file of each kind, from the seeds that docs/protocol/
// evidence.md publishes. Never for anything else.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "record/content.h"
#include "record/evidence.h"
#include "record/testing_log.h"

namespace detente::record::testing {

class EvidenceExample {
 public:
  explicit EvidenceExample(const std::string& agreement)
      : north_("north", 0x01, agreement),
        south_("south", 0x11, agreement),
        monitor_("monitor", 0x21, agreement) {
    north_.open();
    make_forks();
    make_double_entry();
    make_false_holding();
    make_bad_opening();
    make_bad_copy();
    make_double_field();
  }

  // By the kind's name.
  const std::map<std::string, std::string>& files() const { return files_; }
  const TestParty& north() const { return north_; }
  const TestParty& south() const { return south_; }
  const TestParty& monitor() const { return monitor_; }

  EvidenceTrust trust() const {
    EvidenceTrust out;
    for (const TestParty* party : {&north_, &south_, &monitor_}) {
      out.owners.push_back(party->owner());
      out.cosigners.push_back(party->witness().key);
      out.cosigners.push_back(party->mirror().key);
    }
    out.neutrals = {"monitor"};
    out.neutral_quorum = evidence_quorum(1, 1);
    return out;
  }

 private:
  static std::string text_body(const std::string& text) {
    JsonWriter body;
    body.begin_object().member("text", text).end_object();
    return body.take();
  }
  Envelope duty_1_delegation() const {
    return parse_entry(north_.entries().at(1)).value().envelope;
  }
  void keep(EvidenceKind kind, const Result<std::string>& file) {
    check(file.has_value(), "the example's evidence can be made");
    files_[std::string(evidence_kind_name(kind))] = *file;
  }

  // Two histories after entry 2: one of four entries, one of four and then of five.
  void make_forks() {
    TestParty other = north_;
    const auto write = [](TestParty& party, const std::string& text) {
      check(party.append("note.text", text_body(text), {party.duty_1()}).has_value(),
            "the example's log grows");
    };
    write(north_, "Watch taken over.");
    write(other, "Nobody is on watch.");
    const Note four = north_.note({south_.witness()});
    keep(EvidenceKind::fork_same_size,
         fork_same_size_evidence(four, other.note({south_.witness(), south_.mirror()})));
    write(other, "Watch taken over late.");
    const std::vector<Hash> leaves = leaves_of(north_);
    const std::vector<Hash> leaves_of_other = leaves_of(other);
    keep(EvidenceKind::fork, fork_evidence(four, leaves, other.note(), leaves_of_other));
    keep(EvidenceKind::fork_prefix, fork_prefix_evidence(four, other.note(), leaves_of_other));
  }

  static std::vector<Hash> leaves_of(const TestParty& party) {
    std::vector<Hash> out;
    for (const Bytes& entry : party.entries()) out.push_back(leaf_hash(entry));
    return out;
  }

  void make_double_entry() {
    StatementDraft said = north_.draft("note.text", text_body("North of the river."));
    const Envelope one = sign_statement(said, {north_.duty_1()});
    said.body = text_body("South of the river.");
    keep(EvidenceKind::double_entry,
         double_entry_evidence(duty_1_delegation(), one, sign_statement(said, {north_.duty_1()})));
  }

  void make_false_holding() {
    const OfficerSigner watch{"monitor/watch", test_key(0x27)};
    const std::vector<Hash> leaves = leaves_of(north_);
    const std::string added = monitor_.add_body(watch.keyid, watch.secret.public_key(), {"watch"});
    const FailedChallenge said{"south",   north_.origin(),       LeafIndex{3},
                               leaves[3], north_.now() + 60'000, "absent"};
    const Attestation one{
        sign_statement(monitor_.draft("key.add", added), {monitor_.root()}),
        sign_statement(monitor_.draft("challenge.failed", challenge_failed_body(said)), {watch})};
    keep(EvidenceKind::false_holding,
         false_holding_evidence(north_.note({south_.mirror()}), leaves, LeafIndex{3}, {{one}}));
  }

  static crypto::Secret32 secret(std::uint8_t n) {
    std::array<std::uint8_t, 32> bytes{};
    bytes.fill(n);
    return crypto::Secret32::from_bytes(bytes);
  }
  static Content place(const std::string& json) { return Content::parse(json, "place/v1").value(); }
  Entry commit(const ContentCommit& what) {
    return north_.append("content.commit", write_content_commit(what), {north_.duty_1()}).value();
  }

  void make_bad_opening() {
    const Content content = place(R"({"lat":361234567,"lon":371234567})");
    const Entry entry = commit({commit_content(content, secret(0x0a)), {}});
    Opening lie = open_fields(content, secret(0x0a), {"lat"}).value();
    lie[0].value = "361234568";
    StatementDraft draft = north_.draft("content.open", write_content_open(lie));
    draft.refs = {{north_.origin(), entry.header.seq, entry.leaf}};
    keep(EvidenceKind::bad_opening, bad_opening_evidence(entry.bytes, duty_1_delegation(),
                                                         sign_statement(draft, {north_.duty_1()})));
  }

  // Commits to one place, and seals another to south.
  void make_bad_copy() {
    const Content sent = place(R"({"lat":361234568,"lon":371234567})");
    const crypto::BoxPublicKey box = crypto::BoxKey::from_secret(secret(0x17)).public_key();
    const Bytes sealed = seal_package(sent, secret(0x0b), box).value();
    const Content content = place(R"({"lat":361234567,"lon":371234567})");
    const Entry entry = commit({commit_content(content, secret(0x0b)),
                                {{"south", box, crypto::sha256(sealed), sealed.size()}}});
    keep(EvidenceKind::bad_copy, bad_copy_evidence(entry.bytes, duty_1_delegation(), "south",
                                                   encode_package(sent, secret(0x0b))));
  }

  // Commits to a latitude at 0, and to another at 1.
  void make_double_field() {
    const Content one = place(R"({"lat":361234567,"lon":371234567})");
    const Content other = place(R"({"lon":371234567,"lat":361234568})");
    const std::vector<Hash> leaves = {content_leaves(one, secret(0x0c))[0],
                                      content_leaves(other, secret(0x0c))[1]};
    Opening a = open_fields(one, secret(0x0c), {"lat"}).value();
    Opening b = open_fields(other, secret(0x0c), {"lat"}).value();
    a[0].proof = inclusion_proof(leaves, LeafIndex{0});
    b[0].proof = inclusion_proof(leaves, LeafIndex{1});
    const Entry entry = commit({{root_of(leaves), 2, "place/v1"}, {}});
    keep(EvidenceKind::double_field, double_field_evidence(entry.bytes, duty_1_delegation(), a, b));
  }

  TestParty north_;
  TestParty south_;
  TestParty monitor_;
  std::map<std::string, std::string> files_;
};

// The agreement's hash in the examples of docs/protocol.
inline std::string example_agreement_hash() {
  return to_hex(crypto::sha256(as_bytes("the agreement of this example\n")));
}

}  // namespace detente::record::testing
