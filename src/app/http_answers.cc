// SPDX-License-Identifier: Apache-2.0
#include "app/http_answers.h"

#include <utility>

namespace detente::app {

net::HttpResponse json_response(node::ApiAnswer answer) {
  net::HttpResponse response;
  response.status = answer.status;
  response.body = std::move(answer.body);
  response.content_type = std::move(answer.content_type);
  return response;
}

net::HttpResponse error_response(const Error& error) {
  return json_response(node::error_answer(error));
}

net::HttpResponse private_file_response(const Result<Bytes>& bytes) {
  if (!bytes) return error_response({Errc::http_not_found, "", ""});
  net::HttpResponse response;
  response.body = as_text(*bytes);
  response.content_type = "application/octet-stream";
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

}  // namespace detente::app
