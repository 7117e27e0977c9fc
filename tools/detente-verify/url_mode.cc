// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "detente-verify/fetch.h"
#include "detente-verify/folder.h"
#include "detente-verify/modes.h"
#include "detente-verify/verify.h"

namespace detente::verify {
namespace {

constexpr std::size_t kTokenBytes = 4'096;

Result<std::string> read_token(const std::string& file) {
  DETENTE_TRY(const Bytes bytes, read_regular_file(file, kTokenBytes));
  std::string out(as_text(bytes));
  while (!out.empty() && (out.back() == '\n' || out.back() == '\r')) out.pop_back();
  const bool printable =
      std::all_of(out.begin(), out.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (out.empty() || !printable) return fail(Errc::store_io, "no token stands there", file);
  return out;
}

// Whose log it claims to be; that it is signed by them is checked afterwards.
Result<std::string> claimed_origin(const record::LogFolder& folder) {
  DETENTE_TRY(const Bytes bytes, folder.read("checkpoint"));
  DETENTE_TRY(const record::Note note, record::parse_note(as_text(bytes)));
  DETENTE_TRY(const record::Checkpoint checkpoint, record::parse_checkpoint(note.text));
  return checkpoint.origin.value;
}

}  // namespace

int run_url(const CommandLine& line) {
  if (!line.has("--agreement")) return usage_error("--url needs --agreement");
  Source source;
  source.url = line.target;
  source.ca_file = line.value("--ca-file");
  if (line.has("--token-file")) {
    Result<std::string> token = read_token(line.value("--token-file"));
    if (!token) return fault(line, token.error());
    source.token = std::move(*token);
  }
  Result<record::LogFolder> log = remote_log(std::move(source));
  if (!log) return fault(line, log.error());
  Request request{line.target, line.value("--agreement"), line.value("--origin"), {}};
  if (request.origin.empty()) {
    Result<std::string> origin = claimed_origin(*log);
    if (!origin) return fault(line, std::move(origin.error()).at(line.target));
    request.origin = std::move(*origin);
  }
  request.log = std::move(*log);
  return run_request(line, std::move(request));
}

}  // namespace detente::verify
