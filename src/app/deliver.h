// SPDX-License-Identifier: Apache-2.0
//
// A signed envelope leaves the hands of its officers: into a file, or to the desk of the party's
// node, which logs it. The file is what POST /api/statements takes.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "record/statement.h"

namespace detente::app {

struct DeliverOptions {
  std::string out;         // file for the envelope; "" for none
  std::string url;         // "http://127.0.0.1:8080" of the desk; "" for none
  std::string token_file;  // the bearer token alone, or a node's tokens.json
};
// usage unless exactly one of `out` and `url` is given.
Status check_deliver(const DeliverOptions& options);

// Where it was logged.
struct Logged {
  std::string party;
  std::uint64_t index = 0;
  std::string leaf;  // base64
  std::string json;  // the desk's whole answer
};
// usage for a URL of another kind, net_*, http_status with the node's own error code and text.
Result<Logged> post_statement(const std::string& url, const std::string& token_file,
                              const record::Envelope& envelope);
// Brings the text of an amended agreement to the desk. Errors as post_statement.
Status post_document(const std::string& url, const std::string& token_file,
                     const std::string& text);
// POST of a body to any path of the desk, as an officer ("north/registrar-1"; "": any whose token
// is in the file): the answer's body. Errors as post_statement.
Result<std::string> post_to_desk(const DeliverOptions& desk, const std::string& officer,
                                 const std::string& path, const std::string& body);
// Writes or posts it, and prints one line on standard output that says which.
Status deliver(const record::Envelope& envelope, const DeliverOptions& options);
// The same for an envelope in a file, from anyone: its form is checked first.
Status deliver_file(const std::string& path, const DeliverOptions& options);

// One more officer signs an envelope in a file: prints the payload that is signed, and writes the
// envelope to `out`. `data` and `officer` as load_signers. usage if the officer has signed it.
Status sign_file(const std::string& path, const std::string& data, const std::string& officer,
                 const std::string& out);

// Officers who sign: names whose keys lie in the node's folder ("duty-1" or "north/duty-1"), or
// KEYID=FILE. At least one; usage for one named twice.
Result<std::vector<record::OfficerSigner>> load_signers(const std::string& data,
                                                        const std::string& party,
                                                        const std::vector<std::string>& names);

}  // namespace detente::app
