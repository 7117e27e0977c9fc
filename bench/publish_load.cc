// SPDX-License-Identifier: Apache-2.0
//
// Load on whole nodes: what it costs from an officer's statement to a durable, signed and cosigned
// checkpoint. Not a Google Benchmark: three nodes with folders, TLS and loopback take part.
//
//   publish_load groups  [entries]           one node and its folder, no network: two-signature
//                                            entries a second in groups, beside bare Ed25519
//   publish_load latency [rate] [seconds]    three nodes: from POST to the answer, and to the
//                                            counterpart's cosignature
//   publish_load catchup [entries]           a node with an empty folder pulls a log of that size
//   publish_load growth  [entries]           a group of one and an inclusion proof as a log grows
#include <fmt/core.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <thread>

#include "app/identity.h"
#include "app/node_host.h"
#include "app/signature_checks.h"
#include "net/runtime.h"
#include "node/node.h"
#include "store/node_store.h"

namespace detente {
namespace {

using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

template <typename T>
T must(Result<T> result) {
  if (!result) {
    fmt::print(stderr, "publish_load: {}\n", result.error().text());
    std::exit(1);
  }
  return std::move(*result);
}
void must(const Status& status) {
  if (!status) {
    fmt::print(stderr, "publish_load: {}\n", status.error().text());
    std::exit(1);
  }
}

UtcMs now() {
  return UtcMs{std::chrono::duration_cast<std::chrono::milliseconds>(
                   std::chrono::system_clock::now().time_since_epoch())
                   .count()};
}

double peak_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// Folders of the parties of the example agreement, opened and signed.
struct World {
  std::string root;
  std::vector<std::string> parties{"north", "south", "monitor"};
  World() {
    root = (fs::temp_directory_path() / fmt::format("publish-load-{}", getpid())).string();
    fs::create_directory(root);
    std::vector<std::string> cards;
    for (const std::string& party : parties) {
      app::InitOptions options;
      options.data = root + "/" + party;
      options.party = party;
      options.officers = must(app::parse_officers(
          party == "monitor" ? "duty-1:monitor" : "duty-1:duty_officer,duty-2:duty_officer"));
      must(app::init_folder(options));
      cards.push_back(options.data + "/card.json");
    }
    const std::string source =
        std::string(DETENTE_SOURCE_DIR) + "/examples/north-west-syria/agreement.json";
    const std::string bound = must(app::bind_agreement(source, cards));
    must(app::write_text_file(root + "/agreement.json", bound));
    for (const std::string& party : parties) {
      must(app::sign_agreement(root + "/" + party, root + "/agreement.json", now()));
    }
  }
  ~World() {
    std::error_code ignored;
    fs::remove_all(root, ignored);
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  std::string folder(const std::string& party) const { return root + "/" + party; }
};

// One node on its folder, driven by hand, with no peers.
struct Alone {
  std::unique_ptr<store::NodeStore> store;
  app::SignatureChecks checks;
  std::unique_ptr<node::Node> node;
  std::vector<record::OfficerSigner> officers;

  explicit Alone(const std::string& folder) {
    store = std::make_unique<store::NodeStore>(must(store::NodeStore::open(folder)));
    app::Identity identity = must(app::load_identity(*store));
    node::NodeConfig config{identity.agreement, identity.party, identity.keys,
                            crypto::system_random()};
    config.opening = true;  // no peer is asked
    config.read_entry = [this](const Origin& origin, LeafIndex index) {
      return store->read_entry(origin, index);
    };
    config.verify = checks.verifier();
    node = std::make_unique<node::Node>(
        must(node::Node::start(std::move(config), must(store->load()), now())));
    for (const char* name : {"duty-1", "duty-2"}) {
      officers.push_back(must(app::load_officer(folder, identity.party.value + "/" + name)));
    }
  }
  record::Envelope remark(bool two) const {
    std::vector<record::OfficerSigner> signers{officers.front()};
    if (two) signers.push_back(officers.back());
    const std::string text(200, 'x');
    return node->draft("note.text", {}, R"({"text":")" + text + R"("})", signers, now());
  }
  void log(const std::vector<record::Envelope>& group) {
    node::SubmitGroup submits;
    std::vector<app::SignatureCheck> batch;
    for (const record::Envelope& envelope : group) {
      for (const record::EnvelopeSignature& signature : envelope.signatures) {
        const bool first = signature.keyid == officers.front().keyid;
        const record::OfficerSigner& officer = first ? officers.front() : officers.back();
        batch.push_back({officer.secret.public_key(),
                         record::pae(envelope.payload_type, envelope.payload),
                         signature.signature});
      }
      submits.submits.push_back({submits.submits.size(), envelope});
    }
    checks.check(std::move(batch));
    const node::Effects effects = node->step(std::move(submits), now());
    must(store->carry_out(effects));
    for (const node::Effect& effect : effects) {
      const auto* answer = std::get_if<node::Answer>(&effect);
      if (answer != nullptr) must(answer->result ? Status{} : Status(fail(answer->result.error())));
    }
  }
};

// The bound: the same signatures checked and nothing else, on every processor.
double bare_ed25519(const std::vector<record::Envelope>& envelopes,
                    const std::vector<record::OfficerSigner>& officers) {
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < envelopes.size(); i = next++) {
      const std::string message = record::pae(envelopes[i].payload_type, envelopes[i].payload);
      for (std::size_t s = 0; s < envelopes[i].signatures.size(); ++s) {
        check(crypto::verify(officers[s].secret.public_key(), as_bytes(message),
                             envelopes[i].signatures[s].signature),
              "a good signature");
      }
    }
  };
  const auto start = Clock::now();
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) {
      threads.emplace_back(work);
    }
  }
  return seconds_since(start);
}

void groups(std::size_t entries) {
  const World world;
  Alone alone(world.folder("north"));
  std::vector<record::Envelope> envelopes;
  for (std::size_t i = 0; i < entries; ++i) envelopes.push_back(alone.remark(true));
  const double bare = bare_ed25519(envelopes, alone.officers);
  fmt::print("{} two-signature entries; bare Ed25519 on {} processors: {:.0f} entries/s\n", entries,
             std::thread::hardware_concurrency(), static_cast<double>(entries) / bare);
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{10}, std::size_t{100}, std::size_t{1000}}) {
    const std::size_t count = std::min(entries / 4, size * 1000);
    envelopes.clear();
    for (std::size_t i = 0; i < count; ++i) envelopes.push_back(alone.remark(true));
    const auto start = Clock::now();
    for (std::size_t i = 0; i < count; i += size) {
      const auto begin = envelopes.begin() + static_cast<std::ptrdiff_t>(i);
      const auto end = envelopes.begin() + static_cast<std::ptrdiff_t>(std::min(count, i + size));
      alone.log({begin, end});
    }
    const double took = seconds_since(start);
    fmt::print("  groups of {:>4}: {:>6.0f} entries/s, {:.2f} ms a group, {:.2f} of the bound\n",
               size, static_cast<double>(count) / took,
               1000 * took * static_cast<double>(size) / static_cast<double>(count),
               bare * static_cast<double>(count) / static_cast<double>(entries) / took);
  }
  fmt::print("peak memory {:.0f} MiB\n", peak_mib());
}

std::uint16_t free_port() {
  net::Runtime probe;
  net::ServerOptions options;
  return must(probe.serve(options, [](const net::HttpRequest&) { return net::HttpResponse{}; }));
}

std::string token_of(const std::string& folder, const std::string& officer) {
  const std::string text = must(app::read_text_file(folder + "/tokens.json", 65'536));
  const JsonDocument tokens = must(parse_json(text, {.bytes_max = 65'536}));
  for (const std::string& token : tokens.root().names()) {
    const JsonReader entry = must(tokens.root().object(token));
    const Result<std::string> who = entry.string("officer", 200);
    if (who && *who == officer) return token;
  }
  must(Status(fail(Errc::usage, "no token of " + officer)));
  return {};
}

// Three nodes, each with its own thread.
struct Three {
  std::map<std::string, std::unique_ptr<app::NodeHost>> hosts;
  std::map<std::string, std::uint16_t> desk;
  std::vector<std::jthread> threads;
  explicit Three(const World& world, const std::vector<std::string>& parties) {
    std::map<std::string, std::uint16_t> peer_port;
    for (const std::string& party : parties) peer_port[party] = free_port();
    for (const std::string& party : parties) {
      app::ServeOptions options;
      options.data = world.folder(party);
      options.port = 0;
      options.peer_port = peer_port.at(party);
      for (const auto& [other, port] : peer_port) {
        if (other != party) options.peers.push_back({other, "127.0.0.1", port});
      }
      hosts[party] = must(app::NodeHost::open(options));
      must(hosts[party]->listen());
      desk[party] = hosts[party]->port();
    }
    for (auto& [party, host] : hosts) {
      threads.emplace_back([&runtime = host->runtime()] { runtime.run(); });
    }
  }
  ~Three() {
    for (auto& [party, host] : hosts) host->runtime().stop();
    threads.clear();
  }
  Three(const Three&) = delete;
  Three& operator=(const Three&) = delete;
};

void print_percentiles(const char* what, std::vector<double>& ms) {
  if (ms.empty()) return;
  std::sort(ms.begin(), ms.end());
  const auto at = [&](double share) {
    return ms[std::min(ms.size() - 1,
                       static_cast<std::size_t>(share * static_cast<double>(ms.size())))];
  };
  fmt::print("  {:<38} p50 {:>6.1f}  p95 {:>6.1f}  p99 {:>6.1f}  worst {:>6.1f} ms  ({})\n", what,
             at(0.5), at(0.95), at(0.99), ms.back(), ms.size());
}

// Follows a node's event stream and notes up to which size the counterpart held the log, and when.
class HeldEvents {
 public:
  HeldEvents(std::uint16_t port, const std::string& token, const std::string& party)
      : party_(R"("party":")" + party + R"(")"), socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr general{};
    static_assert(sizeof general == sizeof address);
    std::memcpy(&general, &address, sizeof address);
    check(::connect(socket_, &general, sizeof general) == 0, "the desk takes connections");
    const std::string request =
        "GET /api/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token +
        "\r\n\r\n";
    check(::write(socket_, request.data(), request.size()) == static_cast<ssize_t>(request.size()),
          "the request goes out");
    thread_ = std::jthread([this] {
      std::array<char, 65'536> buffer{};
      ssize_t n = 0;
      while ((n = ::read(socket_, buffer.data(), buffer.size())) > 0) {
        take({buffer.data(), static_cast<std::size_t>(n)});
      }
    });
  }
  ~HeldEvents() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }
  HeldEvents(const HeldEvents&) = delete;
  HeldEvents& operator=(const HeldEvents&) = delete;

  std::vector<std::pair<std::uint64_t, Clock::time_point>> taken() {
    const std::scoped_lock lock(mutex_);
    return sizes_;
  }

 private:
  void take(std::string_view bytes) {
    text_ += bytes;
    std::size_t end = 0;
    while ((end = text_.find("\n\n")) != std::string::npos) {
      const std::string event = text_.substr(0, end);
      text_.erase(0, end + 2);
      const std::size_t at = event.find(R"("size":")");
      const bool wanted = event.find("event: held") != std::string::npos &&
                          event.find(party_) != std::string::npos && at != std::string::npos;
      if (!wanted) continue;
      std::uint64_t size = 0;
      std::from_chars(event.data() + at + 8, event.data() + event.size(), size);
      const std::scoped_lock lock(mutex_);
      sizes_.emplace_back(size, Clock::now());
    }
  }
  std::string party_;
  int socket_;
  std::string text_;
  std::mutex mutex_;
  std::vector<std::pair<std::uint64_t, Clock::time_point>> sizes_;
  std::jthread thread_;
};

void latency(std::size_t rate, std::size_t seconds) {
  const World world;
  std::vector<std::string> bodies;
  {
    const Alone alone(world.folder("north"));
    for (std::size_t i = 0; i < rate * seconds; ++i) {
      bodies.push_back(alone.remark(true).encode());
    }
  }
  Three three(world, world.parties);
  const std::string token = token_of(world.folder("north"), "north/duty-1");
  std::this_thread::sleep_for(std::chrono::seconds(3));  // fences are lifted
  HeldEvents held(three.desk.at("north"), token, "south");
  net::Runtime loop;
  std::vector<std::shared_ptr<net::Runtime::Client>> clients;
  for (int i = 0; i < 32; ++i) {
    net::ClientOptions options;
    options.host = "127.0.0.1";
    options.port = three.desk.at("north");
    options.tls = false;
    clients.push_back(loop.client(options));
  }
  std::vector<double> answered;
  std::map<std::uint64_t, Clock::time_point> sent;  // by index
  std::size_t refused = 0;
  const auto start = Clock::now();
  const auto gap = std::chrono::nanoseconds(1'000'000'000 / rate);
  std::size_t next = 0;
  while (answered.size() + refused < bodies.size()) {
    while (next < bodies.size() && Clock::now() >= start + gap * next) {
      const auto at = start + gap * next;  // when it was due, so that no wait is left out
      clients[next % clients.size()]->request(
          "POST", "/api/statements", bodies[next], {{"Authorization", "Bearer " + token}},
          [&, at](const Result<net::HttpResponse>& response) {
            if (!response || response->status != 201) {
              ++refused;
              return;
            }
            answered.push_back(1000 * std::chrono::duration<double>(Clock::now() - at).count());
            const JsonDocument body = must(parse_json(response->body, {.bytes_max = 65'536}));
            sent[static_cast<std::uint64_t>(must(body.root().integer("index", 0, INT64_MAX)))] = at;
          });
      ++next;
    }
    loop.run_for(std::chrono::milliseconds(1));
  }
  const double took = seconds_since(start);
  std::this_thread::sleep_for(std::chrono::seconds(1));
  std::vector<double> cosigned;
  const auto events = held.taken();
  for (const auto& [index, at] : sent) {
    const auto first = std::find_if(events.begin(), events.end(),
                                    [wanted = index](const auto& e) { return e.first > wanted; });
    if (first == events.end()) continue;
    cosigned.push_back(1000 * std::chrono::duration<double>(first->second - at).count());
  }
  fmt::print("{} two-signature statements at {}/s ({:.0f}/s done), {} refused\n", bodies.size(),
             rate, static_cast<double>(answered.size()) / took, refused);
  print_percentiles("posted, durable, signed, answered", answered);
  print_percentiles("and cosigned by the counterpart", cosigned);
  if (std::getenv("PUBLISH_LOAD_TRACE") != nullptr) {
    for (const auto& [size, at] : events) {
      fmt::print("{:>8.0f} ms held {}\n", 1000 * std::chrono::duration<double>(at - start).count(),
                 size);
    }
  }
  fmt::print("  not cosigned within the run: {}\n", sent.size() - cosigned.size());
}

void catchup(std::size_t entries) {
  const World world;
  {
    Alone alone(world.folder("north"));
    std::vector<record::Envelope> group;
    for (std::size_t i = 0; i < entries; ++i) {
      group.push_back(alone.remark(false));
      if (group.size() == 1000 || i + 1 == entries) {
        alone.log(group);
        group.clear();
      }
    }
  }
  const auto start = Clock::now();
  Three three(world, world.parties);
  const auto started = seconds_since(start);
  const std::string token = token_of(world.folder("south"), "south/duty-1");
  net::Runtime loop;
  net::ClientOptions options;
  options.host = "127.0.0.1";
  options.port = three.desk.at("south");
  options.tls = false;
  const auto client = loop.client(options);
  std::uint64_t have = 0;
  const auto pull = Clock::now();
  while (have < entries) {
    client->request(
        "GET", "/api/log/north?count=1", "", {{"Authorization", "Bearer " + token}},
        [&](const Result<net::HttpResponse>& response) {
          if (!response || response->status != 200) return;
          const Result<JsonDocument> body = parse_json(response->body, {.bytes_max = 1U << 20});
          if (body) {
            have = static_cast<std::uint64_t>(must(body->root().integer("size", 0, INT64_MAX)));
          }
        });
    loop.run_for(std::chrono::milliseconds(100));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    if (seconds_since(pull) > 3600) break;
  }
  const double took = seconds_since(pull);
  fmt::print("start of both nodes with {} entries: {:.1f} s\n", entries, started);
  fmt::print("catch-up of {} entries: {:.1f} s, {:.0f} entries/s; peak memory of all {:.0f} MiB\n",
             have, took, static_cast<double>(have) / took, peak_mib());
}

void growth(std::size_t entries) {
  const World world;
  Alone alone(world.folder("north"));
  std::vector<record::Envelope> group;
  std::size_t next = 1000;
  fmt::print("{:>10} {:>14} {:>16} {:>14} {:>12}\n", "entries", "group of 1 ms", "group of 1000 us",
             "proof us", "memory MiB");
  for (std::size_t i = alone.node->own().size().value; i < entries;) {
    for (std::size_t k = 0; k < 1000; ++k) group.push_back(alone.remark(false));
    const auto start = Clock::now();
    alone.log(group);
    const double each = 1e6 * seconds_since(start) / static_cast<double>(group.size());
    i += group.size();
    group.clear();
    if (i < next) continue;
    std::vector<double> one;
    for (int k = 0; k < 20; ++k) {
      const std::vector<record::Envelope> single{alone.remark(false)};
      const auto begin = Clock::now();
      alone.log(single);
      one.push_back(1000 * seconds_since(begin));
    }
    std::sort(one.begin(), one.end());
    const auto begin = Clock::now();
    const TreeSize size = alone.node->own().size();
    for (std::uint64_t k = 0; k < 1000; ++k) {
      check(!alone.node->own().tree.inclusion(LeafIndex{k * size.value / 1000}, size).empty(),
            "a proof");
    }
    const double proof = 1e6 * seconds_since(begin) / 1000;
    fmt::print("{:>10} {:>14.2f} {:>16.1f} {:>14.2f} {:>12.0f}\n", size.value, one[one.size() / 2],
               each, proof, peak_mib());
    std::fflush(stdout);
    next *= 10;
  }
}

}  // namespace
}  // namespace detente

int main(int argc, char** argv) {
  const auto number = [&](int at, std::size_t fallback) {
    return argc > at ? static_cast<std::size_t>(std::strtoull(argv[at], nullptr, 10)) : fallback;
  };
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "groups") {
    detente::groups(number(2, 20'000));
  } else if (what == "latency") {
    detente::latency(number(2, 1000), number(3, 10));
  } else if (what == "catchup") {
    detente::catchup(number(2, 20'000));
  } else if (what == "growth") {
    detente::growth(number(2, 100'000));
  } else {
    fmt::print(stderr, "publish_load groups|latency|catchup|growth [number] [number]\n");
    return 2;
  }
  return 0;
}
