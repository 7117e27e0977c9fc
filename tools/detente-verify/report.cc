// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "base/json.h"
#include "detente-verify/verify.h"

namespace detente::verify {

std::string text(const Report& report) {
  std::string out = fmt::format("agreement     SHA-256 {}\n", report.agreement);
  for (const LogReport& log : report.logs) {
    const record::Checkpoint& checkpoint = log.log.checkpoint;
    out += fmt::format("\n{}\n", log.folder);
    out += fmt::format("  party       {}\n", log.party);
    out += fmt::format("  origin      {}\n", checkpoint.origin.value);
    out += fmt::format("  entries     {}\n", log.log.entries);
    out += fmt::format("  root        {}\n", to_base64(checkpoint.root));
    for (const auto& [type, count] : log.log.statements_by_type) {
      out += fmt::format("  {:>9}   {}\n", count, type);
    }
    for (const auto& cosignature : log.log.cosignatures) {
      out += fmt::format("  cosigned    {} at {}\n", cosignature.key_name,
                         format_rfc3339(cosignature.time));
    }
    if (log.log.cosignatures.empty()) out += "  cosigned    by nobody\n";
  }
  out += fmt::format("\ncross-check   {} views of another log agree with it", report.heads_checked);
  if (report.heads_beyond > 0) {
    out += fmt::format("; {} are of more entries than the copy here", report.heads_beyond);
  }
  if (report.heads_absent > 0) {
    out += fmt::format("; {} are of logs that are not here", report.heads_absent);
  }
  out += fmt::format("\nverified      {} log{}\n", report.logs.size(),
                     report.logs.size() == 1 ? "" : "s");
  return out;
}

std::string json(const Report& report) {
  JsonWriter out;
  out.begin_object().member("verified", true).member("agreement", report.agreement);
  out.name("logs").begin_array();
  for (const LogReport& log : report.logs) {
    const record::Checkpoint& checkpoint = log.log.checkpoint;
    out.begin_object().member("folder", log.folder).member("party", log.party);
    out.member("origin", checkpoint.origin.value).member("entries", log.log.entries);
    out.member("root", to_base64(checkpoint.root)).name("statements").begin_object();
    for (const auto& [type, count] : log.log.statements_by_type) out.member(type, count);
    out.end_object().name("cosignatures").begin_array();
    for (const auto& cosignature : log.log.cosignatures) {
      out.begin_object().member("key", cosignature.key_name);
      out.member("time", cosignature.time).end_object();
    }
    out.end_array().end_object();
  }
  out.end_array().member("heads_checked", report.heads_checked);
  out.member("heads_beyond", report.heads_beyond).member("heads_absent", report.heads_absent);
  return out.end_object().take();
}

std::string json(const Error& error) {
  JsonWriter out;
  out.begin_object().member("verified", false).name("error").begin_object();
  out.member("code", errc_name(error.code)).member("number", static_cast<int>(error.code));
  out.member("sentence", errc_sentence(error.code)).member("detail", error.detail);
  out.member("place", error.place).end_object();
  return out.end_object().take();
}

}  // namespace detente::verify
