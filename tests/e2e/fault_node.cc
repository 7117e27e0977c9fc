// SPDX-License-Identifier: Apache-2.0
//
// A real node that kills itself, as a power cut or SIGKILL would, when a named site of the store or
// of a private check is reached for the n-th time:
//   fault_node SITE:N --data DIR --port P --peer-port P [--peer PARTY=HOST:PORT]... [--driven]
//   fault_node --sites        lists the sites of the store
//   fault_node --check-sites  lists those of private checks
// The product has no such switch; this program sets ServeOptions::fault_hook.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "app/check_room.h"
#include "app/serve.h"
#include "store/node_store.h"

namespace {

using namespace detente;

int usage() {
  std::fputs("fault_node SITE:N --data DIR --port P --peer-port P [--peer X=H:P] [--driven]\n",
             stderr);
  return 2;
}

bool read_options(const std::vector<std::string>& words, app::ServeOptions& options) {
  options.public_role = node::Role::reader;
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i] == "--driven") {
      options.driven = true;
      continue;
    }
    if (i + 1 == words.size()) return false;
    const std::string& name = words[i];
    const std::string& value = words[++i];
    if (name == "--data") {
      options.data = value;
    } else if (name == "--port") {
      options.port = static_cast<std::uint16_t>(std::atoi(value.c_str()));
    } else if (name == "--peer-port") {
      options.peer_port = static_cast<std::uint16_t>(std::atoi(value.c_str()));
    } else if (name == "--peer") {
      const Result<app::PeerAddress> peer = app::parse_peer(value);
      if (!peer) return false;
      options.peers.push_back(*peer);
    } else {
      return false;
    }
  }
  return !options.data.empty();
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 1 && words[0] == "--sites") {
    for (const std::string& site : store::NodeStore::fault_sites()) std::puts(site.c_str());
    return 0;
  }
  if (words.size() == 1 && words[0] == "--check-sites") {
    for (const std::string& site : app::CheckRoom::fault_sites()) std::puts(site.c_str());
    return 0;
  }
  app::ServeOptions options;
  const std::size_t colon = words.empty() ? std::string::npos : words[0].find(':');
  if (colon == std::string::npos || !read_options(words, options)) return usage();
  const std::string site = words[0].substr(0, colon);
  int left = std::atoi(words[0].c_str() + colon + 1);
  options.fault_hook = [&site, &left](const char* reached) -> Status {
    if (site == reached && --left == 0) std::raise(SIGKILL);
    return {};
  };
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
  return app::serve(options);
}
