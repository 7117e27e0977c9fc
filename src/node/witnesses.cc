// SPDX-License-Identifier: Apache-2.0
//
// Foreign witnesses, which know nothing of detente: the own log's checkpoints are offered to them
// (C2SP tlog-witness) and their cosignatures put on the published head. Nothing waits for them.
#include "record/witness.h"

#include <algorithm>

#include "node/node_impl.h"

namespace detente::node {
namespace {

constexpr std::int64_t kWitnessTimeoutMs = 20'000;
constexpr std::int64_t kWitnessRetryMs = 30'000;  // after a refusal, or without an answer

}  // namespace

void Node::Impl::ask_witnesses(UtcMs now, Effects& out) {
  if (fenced || halted || own->head_size.value == 0) return;
  for (auto& [name, witness] : witnesses) {
    if (witness.asked_at && now - *witness.asked_at < kWitnessTimeoutMs) continue;
    const bool news = witness.size < own->head_size;
    const bool due = now - witness.cosigned_at >= config.agreement->clocks().heartbeat_ms;
    if (now < witness.next || !(news || due) || witness.size > own->head_size) continue;
    witness.asked_at = now;
    witness.asked_size = own->head_size;
    const Result<record::Note> head = record::parse_note(own->head);
    check(head.has_value(), "the published head is a note");
    record::Note plain{head->text, {}};
    const record::VerifierKey& owner = own->reader.owner().log;
    for (const record::NoteSignature& line : head->signatures) {
      if (line.name == owner.name && line.key_id == owner.id()) plain.signatures.push_back(line);
    }
    const bool grown = witness.size.value > 0 && witness.size < own->head_size;
    const record::Proof proof =
        grown ? own->tree.consistency(witness.size, own->head_size) : record::Proof{};
    out.push_back(
        AddCheckpoint{name, record::write_add_checkpoint(witness.size, proof, plain.encode())});
  }
}

void Node::Impl::on_witness(const WitnessAnswered& input, UtcMs now, Effects& out) {
  const auto found = witnesses.find(input.witness);
  if (found == witnesses.end() || !found->second.asked_at) return;
  WitnessState& witness = found->second;
  const TreeSize asked = *witness.asked_size;
  witness.asked_at.reset();
  witness.next = now + kWitnessRetryMs;
  if (input.status == 0) return;
  const record::Checkpoint checkpoint{own->origin(), asked, own->tree.root_at(asked)};
  const std::string text = checkpoint.text();
  const Result<record::WitnessReply> reply =
      record::read_witness_answer({input.status, "", input.body}, text, {witness.key});
  if (!reply) {
    notify(out, "witness", now, {{"witness", input.witness}, {"text", reply.error().text()}});
    return;
  }
  if (reply->size) {
    // It cosigned another size last: a restart here, or another sender. Ask again from there.
    witness.size = *reply->size;
    if (witness.size <= own->head_size) witness.next = now;
    return;
  }
  witness.size = asked;
  witness.cosigned_at = now;
  witness.next = now;
  record::Note note{text, {}};
  for (const record::WitnessReply::Cosigned& line : reply->cosigned) {
    note.signatures.push_back(line.line);
  }
  if (fenced || halted || asked != own->head_size) return;
  attach(note, {witness.key}, out);
}

}  // namespace detente::node
