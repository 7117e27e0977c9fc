// SPDX-License-Identifier: Apache-2.0
//
// The node's API (docs/api/openapi.yaml) as a pure function: a request and a caller in, an answer
// or a statement to be logged out. Roles deny by default: what is not allowed here is refused.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "node/node.h"

namespace detente::node {

enum class Role : std::uint8_t {
  none,
  reader,
  duty_officer,
  registrar,
  disclosure_officer,
  monitor,
  signatory,
};
const char* role_name(Role role);
Result<Role> parse_role(std::string_view name);  // agreement_unknown_role

// Who asks. An officer at the desk signs with a key that the node keeps for him.
struct Caller {
  Role role = Role::none;
  std::optional<record::OfficerSigner> officer;
};

// The commitment to a plan that was checked privately, and the key that opens it. The shell, which
// keeps it, adds it to the request that files the plan.
struct CheckedPlan {
  record::Ref commit;
  Hash key{};
};

struct ApiRequest {
  std::string method;
  std::string path;
  std::map<std::string, std::string> query;
  std::string body;
  std::optional<CheckedPlan> checked = {};
};

struct ApiAnswer {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
};
// What the shell must submit; the answer follows from the node's Answer effect (logged_answer).
struct ApiSubmit {
  record::Envelope envelope;
  StatementId id;
};
// A version of the agreement that the shell must feed into the node; then the answer goes out.
struct ApiDocument {
  std::string text;
  ApiAnswer answer;
};
// Registrations that the shell must submit together (SubmitWhole); the answer is imported_answer.
struct ApiSubmitWhole {
  std::vector<record::Envelope> envelopes;
  std::string rows;  // the beginning of the answer's JSON
};
using ApiOutcome = std::variant<ApiAnswer, ApiSubmit, ApiSubmitWhole, ApiDocument>;

struct ApiLink {
  std::string name;
  std::string url;
};

// Every path of the document but /api/events, which is the shell's.
ApiOutcome handle_api(const Node& node, const ApiRequest& request, const Caller& caller,
                      const std::vector<ApiLink>& links, UtcMs now);
// The answer to a submitted statement: 201 with its place, or the error.
ApiAnswer logged_answer(const Node& node, const StatementId& id, const Result<record::Ref>& result);
// The answer after an import: 201 with the keys of all entries, or the error, and nothing is
// logged.
ApiAnswer imported_answer(const Node& node, const ApiSubmitWhole& whole,
                          const Result<record::Ref>& first);
// How many bytes the body of a request may have: the one route that takes the text of an agreement
// takes as much as an agreement may have, an import limits::kImportBytes, a flash
// limits::kFlashBytes, every other limits::kApiBodyBytes.
std::size_t api_body_bytes(std::string_view method, std::string_view path);
ApiAnswer error_answer(const Error& error);
int http_status(Errc code);

}  // namespace detente::node
