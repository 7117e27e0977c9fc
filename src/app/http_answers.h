// SPDX-License-Identifier: Apache-2.0
//
// The node's answers as those of its HTTP server. Threads: pure; safe on every thread.
#pragma once

#include "net/http.h"
#include "node/api.h"

namespace detente::app {

net::HttpResponse json_response(node::ApiAnswer answer);
net::HttpResponse error_response(const Error& error);
// A file for one peer alone. Whether there is such a file for somebody else is nobody's business:
// every error is http_not_found.
net::HttpResponse private_file_response(const Result<Bytes>& bytes);

}  // namespace detente::app
