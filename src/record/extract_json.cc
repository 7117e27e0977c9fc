// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"
#include "record/extract_impl.h"
#include "record/extract_page.h"

namespace detente::record {
namespace {

const char* level_name(ReceiptLevel level) {
  return level == ReceiptLevel::held ? "held" : "seen";
}

const char* state_name(ExtractLink::State state) {
  switch (state) {
    case ExtractLink::State::here:
      return "here";
    case ExtractLink::State::differs:
      return "differs";
    case ExtractLink::State::elsewhere:
      break;
  }
  return "elsewhere";
}

void write_log(JsonWriter& out, const ExtractLogReport& log) {
  out.begin_object().member("party", log.party);
  out.member("origin", log.checkpoint.origin.value).member("size", log.checkpoint.size.value);
  out.member("root", to_base64(log.checkpoint.root)).member("shown", log.shown);
  out.member("left_out", ranges_text(log.left_out)).name("cosigned").begin_array();
  for (const ExtractLogReport::Line& line : log.cosigned) {
    out.begin_object().member("by", line.name).member("level", level_name(line.level));
    out.member("time", line.time).end_object();
  }
  out.end_array().end_object();
}

void write_receipts(JsonWriter& out, const EntryReport& entry) {
  out.name("receipts").begin_array();
  for (const ExtractReceipt& receipt : entry.receipts) {
    out.begin_object().member("by", receipt.party).member("level", level_name(receipt.level));
    if (receipt.first) {
      out.member("time", receipt.first->time).member("size", receipt.first->size.value);
    } else {
      out.name("time").null();
    }
    if (receipt.lacked) out.member("lacked", *receipt.lacked);
    out.end_object();
  }
  out.end_array();
}

void write_entry(JsonWriter& out, const EntryReport& entry) {
  out.begin_object().member("party", entry.party).member("origin", entry.origin.value);
  out.member("index", entry.index.value).member("part", entry_part_name(entry.part));
  out.member("time", entry.time).member("type", entry.type).member("id", entry.id.value);
  out.name("signers").begin_array();
  for (const ExtractSigner& signer : entry.signers) {
    out.begin_object().member("keyid", signer.keyid).member("name", signer.name);
    out.name("roles").begin_array();
    for (const std::string& role : signer.roles) out.value(role);
    out.end_array();
    if (signer.delegated) out.member("delegated", signer.delegated->value);
    if (signer.stands_until) out.member("stands_until", signer.stands_until->value);
    out.member("counts", signer.counts).end_object();
  }
  out.end_array();
  write_receipts(out, entry);
  out.name("links").begin_array();
  for (const ExtractLink& link : entry.links) {
    out.begin_object().member("origin", link.ref.origin.value);
    out.member("index", link.ref.index.value).member("state", state_name(link.state)).end_object();
  }
  out.end_array().end_object();
}

}  // namespace

std::string extract_json(const Extract& extract, const ExtractReport& report) {
  JsonWriter out;
  out.begin_object().member("verified", true).member("agreement", extract.agreement);
  out.member("question", extract.question).member("by", extract.by).member("made", extract.made);
  out.name("logs").begin_array();
  for (const ExtractLogReport& log : report.logs) write_log(out, log);
  out.end_array().name("entries").begin_array();
  for (const EntryReport& entry : report.entries) write_entry(out, entry);
  out.end_array().name("not_proven").begin_array();
  for (const std::string& line : report.limits) out.value(line);
  return out.end_array().end_object().take();
}

}  // namespace detente::record
