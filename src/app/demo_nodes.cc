// SPDX-License-Identifier: Apache-2.0
#include "app/demo_nodes.h"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "app/identity.h"
#include "app/scenario.h"
#include "base/limits.h"

namespace detente::app {
namespace {

constexpr std::chrono::seconds kReadyWithin{60};
constexpr std::chrono::milliseconds kPause{20};

std::string folder_of(const DemoOptions& options, const PartyId& party) {
  return options.data + "/" + party.value;
}

bool is_there(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

// Whether a program of ours could listen there now.
bool port_is_free(std::uint16_t port) {
  const int socket_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket_fd < 0) return false;
  const int yes = 1;
  setsockopt(socket_fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_storage general{};
  static_assert(sizeof address <= sizeof general);
  std::copy_n(reinterpret_cast<const char*>(&address), sizeof address,
              reinterpret_cast<char*>(&general));
  const bool free =
      bind(socket_fd, reinterpret_cast<const sockaddr*>(&general), sizeof address) == 0 &&
      listen(socket_fd, 1) == 0;
  close(socket_fd);
  return free;
}

// Duty officers enough for every procedure, and two signatories; the monitor has one of its own
// role, the humanitarian body two registrars.
std::string officers_of(const terms::Agreement& agreement, const terms::Party& party) {
  if (party.id.value == kRelief) return "registrar-1:registrar,registrar-2:registrar";
  if (party.kind == terms::PartyKind::monitor) return "duty-1:monitor";
  int most = 2;
  for (const terms::Procedure& procedure : agreement.procedures()) {
    for (const terms::Procedure::Keys& keys : procedure.concurrences) {
      if (keys.party == party.id) most = std::max(most, keys.officers);
    }
  }
  std::string out;
  for (int i = 1; i <= most; ++i) {
    out += fmt::format("{}duty-{}:duty_officer", i == 1 ? "" : ",", i);
  }
  return out + ",sign-1:signatory,sign-2:signatory";
}

}  // namespace

bool nodes_are_set_up(const DemoOptions& options, const terms::Agreement& agreement) {
  const auto& parties = agreement.parties();
  return is_there(options.data + "/agreement.json") &&
         std::all_of(parties.begin(), parties.end(), [&](const terms::Party& party) {
           return is_there(folder_of(options, party.id) + "/log/checkpoint");
         });
}

Status set_up_nodes(const DemoOptions& options, const terms::Agreement& blank, UtcMs now) {
  std::error_code failed;
  std::filesystem::create_directories(options.data, failed);
  if (failed) return fail(Errc::store_io, failed.message(), options.data);
  const std::string log = options.data + "/set-up.log";
  const std::string agreement = options.data + "/agreement.json";
  const std::string joined = options.data + "/template.json";
  DETENTE_CHECK(write_text_file(joined, blank.bytes()));
  std::vector<std::string> bind = {options.program, "agreement", "bind", joined};
  for (const terms::Party& party : blank.parties()) {
    const std::string data = folder_of(options, party.id);
    const std::string card = data + "/card.json";
    if (!is_there(card)) {
      DETENTE_CHECK(run_command({options.program, "init", "--data", data, "--party", party.id.value,
                                 "--officers", officers_of(blank, party)},
                                log));
    }
    bind.insert(bind.end(), {"--card", card});
  }
  bind.insert(bind.end(), {"--out", agreement});
  if (!is_there(agreement)) DETENTE_CHECK(run_command(bind, log));
  for (const terms::Party& party : blank.parties()) {
    const std::string data = folder_of(options, party.id);
    if (is_there(data + "/log/checkpoint")) continue;
    DETENTE_CHECK(run_command({options.program, "agreement", "sign", "--data", data, "--agreement",
                               agreement, "--time", format_rfc3339(now)},
                              log));
  }
  return {};
}

Result<std::unique_ptr<DemoNodes>> DemoNodes::start(const DemoOptions& options,
                                                    const terms::Agreement& agreement,
                                                    net::Runtime& runtime,
                                                    std::uint16_t feed_port) {
  auto nodes = std::make_unique<DemoNodes>();
  for (const terms::Party& party : agreement.parties()) {
    DemoNode node;
    node.party = party.id;
    node.data = folder_of(options, party.id);
    DETENTE_CHECK(nodes->read_tokens(node));
    nodes->nodes_.push_back(std::move(node));
  }
  DETENTE_CHECK(nodes->choose_ports(options.port));
  for (DemoNode& node : nodes->nodes_) {
    DETENTE_CHECK(nodes->launch(options, node, feed_port));
    node.desk = std::make_unique<Desk>(runtime, node.party, node.port);
  }
  DETENTE_CHECK(nodes->wait_ready(runtime));
  return nodes;
}

// The pages stand at `wanted` and after, the peer sides after those. 0: any that are free.
Status DemoNodes::choose_ports(std::uint16_t wanted) {
  const auto count = static_cast<std::uint16_t>(2 * nodes_.size());
  const auto busy_one = [&](std::uint16_t first) -> std::uint16_t {
    for (std::uint16_t i = 0; i < count; ++i) {
      const auto port = static_cast<std::uint16_t>(first + i);
      if (!port_is_free(port)) return port;
    }
    return 0;
  };
  std::uint16_t first = wanted;
  if (wanted == 0) {
    first = static_cast<std::uint16_t>(20'000 + getpid() % 10'000);
    while (busy_one(first) != 0 && first < 60'000)
      first = static_cast<std::uint16_t>(first + count);
  }
  if (first > 65'535 - count) {
    return fail(Errc::usage, fmt::format("{} ports are needed from {} on", count, first), "--port");
  }
  if (const std::uint16_t busy = busy_one(first); busy != 0) {
    return fail(Errc::net_port_busy,
                fmt::format("127.0.0.1:{}; ports {} to {} are needed, choose others with --port",
                            busy, first, first + count - 1));
  }
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    nodes_[i].port = static_cast<std::uint16_t>(first + i);
    nodes_[i].peer_port = static_cast<std::uint16_t>(first + nodes_.size() + i);
  }
  return {};
}

Status DemoNodes::read_tokens(DemoNode& node) {
  const std::string path = node.data + "/tokens.json";
  DETENTE_TRY(const std::string text, read_text_file(path, 1U << 20));
  Result<JsonDocument> document = parse_json(text, {.bytes_max = 1U << 20});
  if (!document) return fail(std::move(document.error()).at(path));
  const JsonReader in = document->root();
  for (const std::string& token : in.names()) {
    DETENTE_TRY(const JsonReader entry, in.object(token));
    if (entry.has("control")) {
      node.control_token = token;
    } else {
      DETENTE_TRY(const std::string officer, entry.string("officer", limits::kIdBytes));
      node.tokens[officer] = token;
    }
  }
  if (node.control_token.empty()) return fail(Errc::json_member_missing, "a control token", path);
  return {};
}

Status DemoNodes::launch(const DemoOptions& options, DemoNode& node, std::uint16_t feed_port) {
  std::vector<std::string> command = {options.program,
                                      "serve",
                                      "--data",
                                      node.data,
                                      "--port",
                                      fmt::format("{}", node.port),
                                      "--peer-port",
                                      fmt::format("{}", node.peer_port),
                                      "--driven",
                                      "--public-role",
                                      "reader",
                                      "--sbs",
                                      fmt::format("127.0.0.1:{}", feed_port)};
  if (is_there(options.web)) command.insert(command.end(), {"--page", options.web});
  for (const DemoNode& other : nodes_) {
    command.insert(command.end(), {"--link", fmt::format("{}=http://127.0.0.1:{}/",
                                                         other.party.value, other.port)});
    if (other.party == node.party) continue;
    command.insert(command.end(),
                   {"--peer", fmt::format("{}=127.0.0.1:{}", other.party.value, other.peer_port)});
  }
  DETENTE_TRY(ChildProcess process, ChildProcess::start(command, node.data + ".log"));
  node.process = std::make_unique<ChildProcess>(std::move(process));
  return {};
}

Status DemoNodes::wait_ready(net::Runtime& runtime) {
  const auto until = std::chrono::steady_clock::now() + kReadyWithin;
  for (DemoNode& node : nodes_) {
    while (true) {
      DETENTE_CHECK(alive());
      const Result<Answered> hello = node.desk->ask("GET", "/api/hello");
      if (hello && hello->good()) {
        DETENTE_TRY(const std::string party, hello->json.root().string("party", limits::kIdBytes));
        if (party == node.party.value) break;
        return fail(Errc::net_port_busy, fmt::format("{} answers as {}", node.desk->url(), party));
      }
      if (std::chrono::steady_clock::now() > until) {
        return fail(Errc::net_timeout, hello ? hello->text() : hello.error().text(),
                    node.party.value);
      }
      runtime.run_for(kPause);
    }
  }
  return {};
}

DemoNode& DemoNodes::of(const PartyId& party) {
  const auto found = std::find_if(nodes_.begin(), nodes_.end(),
                                  [&](const DemoNode& node) { return node.party == party; });
  check(found != nodes_.end(), "the scenario names a party that has no node");
  return *found;
}

Status DemoNodes::alive() {
  for (DemoNode& node : nodes_) {
    const std::optional<int> code = node.process ? node.process->ended() : std::nullopt;
    if (!code) continue;
    return fail(Errc::child_failed,
                fmt::format("the node of {} ended with exit code {}; its last lines:\n{}",
                            node.party.value, *code, node.process->last_lines()),
                node.data + ".log");
  }
  return {};
}

void DemoNodes::stop() {
  for (DemoNode& node : nodes_) {
    if (node.process) node.process->stop();
  }
}

}  // namespace detente::app
