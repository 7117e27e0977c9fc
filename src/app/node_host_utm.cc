// SPDX-License-Identifier: Apache-2.0
//
// The UTM side of a node: what only reads is answered at once; changes are gathered while the last
// group is being written, and logged together.
#include <algorithm>
#include <iterator>
#include <utility>

#include "app/node_host.h"
#include "base/limits.h"

namespace detente::app {
namespace {

net::HttpResponse response_of(utm::Reply reply) {
  net::HttpResponse response;
  response.status = reply.status;
  response.body = std::move(reply.body);
  if (response.status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  if (response.status == 429) response.headers.emplace_back("Retry-After", "1");
  return response;
}

std::int64_t microseconds_since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() -
                                                               began)
      .count();
}

std::string_view view_of(const std::map<std::string, std::string>& from, const char* name) {
  const auto found = from.find(name);
  return found == from.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace

Status NodeHost::listen_utm() {
  if (!options_.utm.enabled) return {};
  DETENTE_TRY(utm::DeskOptions desk, open_utm_desk(options_.utm));
  utm_desk_.emplace(std::move(desk));
  utm_teller_ = std::make_unique<UtmTeller>(runtime_, options_.utm.listeners);
  raise_file_limit();
  net::ServerOptions side;
  side.address = options_.utm.address;
  side.port = options_.utm.port;
  side.connections = kUtmConnections;
  side.body_limit = [](std::string_view, std::string_view) { return limits::kUtmBodyBytes; };
  DETENTE_TRY(utm_port_, runtime_.serve(side, [this](const net::HttpRequest& request) {
    return on_utm(request);
  }));
  return {};
}

net::HttpResponse NodeHost::on_utm(const net::HttpRequest& request) {
  const auto began = std::chrono::steady_clock::now();
  const utm::Asked asked{request.method, request.path, view_of(request.headers, "authorization"),
                         view_of(request.query, "owner"), request.body};
  utm::Desk::Outcome outcome = utm_desk_->take(asked, node_.utm(), now());
  if (auto* reply = std::get_if<utm::Reply>(&outcome)) {
    utm_desk_->answered(asked, reply->status, microseconds_since(began), now());
    const bool text = request.path == "/healthy";
    net::HttpResponse response = response_of(std::move(*reply));
    if (text) response.content_type = "text/plain; charset=utf-8";
    return response;
  }
  auto& asking = std::get<utm::Asking>(outcome);
  net::HttpResponse response;
  response.later = std::make_shared<net::LaterResponse>();
  if (utm_waiting_.empty()) {
    runtime_.post([this] { log_utm_waiting(); });
  }
  utm_waiting_.push_back({{0, std::move(asking.caller), std::move(asking.write)},
                          response.later,
                          request.method,
                          request.path,
                          began});
  return response;
}

void NodeHost::log_utm_waiting() {
  const std::size_t count = std::min(utm_waiting_.size(), kUtmGroup);
  std::vector<UtmWaiting> group(
      std::make_move_iterator(utm_waiting_.begin()),
      std::make_move_iterator(utm_waiting_.begin() + static_cast<std::ptrdiff_t>(count)));
  utm_waiting_.erase(utm_waiting_.begin(),
                     utm_waiting_.begin() + static_cast<std::ptrdiff_t>(count));
  node::UtmWrites writes;
  writes.writes.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    group[i].write.request = i;
    writes.writes.push_back(std::move(group[i].write));
  }
  step(std::move(writes));
  for (std::size_t i = 0; i < count; ++i) {
    const auto answered = utm_answers_.find(i);
    utm::Reply reply = utm::error_reply({Errc::node_halted, "it could not be written", {}});
    if (answered != utm_answers_.end()) reply = std::move(answered->second);
    const utm::Asked asked{group[i].method, group[i].path, {}, {}, {}};
    utm_desk_->answered(asked, reply.status, microseconds_since(group[i].began), now());
    group[i].reply->finish(response_of(std::move(reply)));
  }
  utm_answers_.clear();
  if (!utm_waiting_.empty()) {
    runtime_.post([this] { log_utm_waiting(); });
  }
}

net::HttpResponse NodeHost::utm_overview(const node::Caller& caller) const {
  net::HttpResponse response;
  if (caller.role == node::Role::none) {
    const node::ApiAnswer refused =
        node::error_answer({Errc::http_unauthorized, "send a bearer token", ""});
    response.status = refused.status;
    response.body = refused.body;
    return response;
  }
  response.body =
      utm_desk_ ? utm_desk_->json(node_.utm(), utm_teller_->told(), now()) : R"({"enabled":false})";
  return response;
}

}  // namespace detente::app
