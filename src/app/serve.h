// SPDX-License-Identifier: Apache-2.0
//
// `detente serve`: one node on its folder. The shell around node::Node: it carries out effects,
// serves the page, the API and the log, talks to the peers, and reads feeds.
//
// Two listeners. The desk (plain HTTP, meant for loopback or behind a proxy): the page, the API by
// bearer token. The peer side (TLS 1.3, both sides authenticated): the log and mirrors for other
// nodes, and the API for officers with a client certificate.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "app/sirens.h"
#include "app/utm_desk.h"
#include "base/result.h"
#include "node/api.h"

namespace detente::app {

struct PeerAddress {
  std::string party;
  std::string host;
  std::uint16_t port = 0;
};
Result<PeerAddress> parse_peer(const std::string& text);  // "south=127.0.0.1:9001"; Errc::usage

// A foreign witness (C2SP tlog-witness) that the agreement names, and where it answers.
struct WitnessAddress {
  std::string name;  // of its key
  std::string host;
  std::uint16_t port = 0;
  std::string prefix;  // of the path, without a '/' at the end
};
Result<WitnessAddress> parse_witness(const std::string& text);  // "NAME=http://HOST:PORT/prefix"

struct ServeOptions {
  std::string data;
  std::string address = "127.0.0.1";  // of the desk
  std::uint16_t port = 8080;          // 0: any free one
  std::string peer_address = "127.0.0.1";
  std::uint16_t peer_port = 0;
  std::vector<PeerAddress> peers;
  std::vector<WitnessAddress> witnesses;
  std::vector<SirenAddress> sirens;
  std::string page;                           // folder of the page; "" serves none
  node::Role public_role = node::Role::none;  // role of a caller without a token
  std::vector<node::ApiLink> links;
  std::string sbs;  // "HOST:PORT" of an SBS feed; "" for none
  UtmOptions utm;
  // For a node without others, to try something out: it signs without anyone's confirmation.
  bool alone = false;
  bool driven = false;  // time comes from POST /control/clock, not from the clock
  // Called at every named site of the store (store/folder.h). Only the tests' own program sets it.
  std::function<Status(const char* site)> fault_hook = {};
};

// Runs until SIGINT or SIGTERM; returns the process's exit code. Prints "ready <URL>" on stdout.
int serve(const ServeOptions& options);

}  // namespace detente::app
