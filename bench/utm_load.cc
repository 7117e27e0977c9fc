// SPDX-License-Identifier: Apache-2.0
//
// Load on the UTM interface of a running node, over HTTP on loopback, from one thread.
//
//   utm_load --url http://127.0.0.1:PORT --key PRIVATE.pem --audience HOST
//            --mode place|spread|search --clients N --seconds S [--overlap M] [--stored N]
//
// place:   every client creates intents in one small place. The intents come in batches of M that
//          all overlap each other; every create carries the OVNs of all the others of its batch.
//          OVNs are asked for beforehand (requested_ovn_suffix), so that the clients know them.
// spread:  intents of 100 m all over the globe, with an implicit subscription each.
// search:  `stored` intents in 20 x 20 degrees, then searches of 10 km.
// Prints one line: requests a second that succeeded, p50, p99, and what was refused.
#include <fmt/core.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/time.h"
#include "net/runtime.h"

namespace detente {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::string host;
  std::uint16_t port = 0;
  std::string key;
  std::string audience = "localhost";
  std::string mode = "place";
  int clients = 10;
  int seconds = 10;
  int overlap = 100;
  int stored = 2'770;
};

[[noreturn]] void die(const std::string& why) {
  static_cast<void>(std::fprintf(stderr, "utm_load: %s\n", why.c_str()));
  std::exit(2);
}

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string base64url(const unsigned char* bytes, std::size_t size) {
  std::string out(4 * ((size + 2) / 3) + 1, '\0');
  const int n =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes, static_cast<int>(size));
  out.resize(static_cast<std::size_t>(n));
  std::replace(out.begin(), out.end(), '+', '-');
  std::replace(out.begin(), out.end(), '/', '_');
  out.erase(out.find_last_not_of('=') + 1);
  return out;
}

std::string base64url(const std::string& text) {
  return base64url(reinterpret_cast<const unsigned char*>(text.data()), text.size());
}

std::string make_token(const Options& options, const std::string& subject) {
  std::FILE* file = std::fopen(options.key.c_str(), "r");
  if (file == nullptr) die("cannot read " + options.key);
  EVP_PKEY* key = PEM_read_PrivateKey(file, nullptr, nullptr, nullptr);
  static_cast<void>(std::fclose(file));
  if (key == nullptr) die("not a private key: " + options.key);
  const std::int64_t now = now_ms() / 1'000;
  const std::string text =
      base64url(std::string(R"({"alg":"RS256","typ":"JWT"})")) + "." +
      base64url(fmt::format(
          R"({{"sub":"{}","iss":"load","aud":"{}","iat":{},"exp":{},"scope":"utm.strategic_coordination utm.constraint_processing"}})",
          subject, options.audience, now - 5, now + 3'500));
  std::string signature(512, '\0');
  std::size_t size = signature.size();
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  const bool signed_ok =
      EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key) == 1 &&
      EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size,
                     reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  if (!signed_ok) die("cannot sign");
  signature.resize(size);
  return text + "." + base64url(signature);
}

struct Box {
  double lat = 0;
  double lng = 0;
  double half_lat = 0;
  double half_lng = 0;
};

std::string volume(const Box& box, std::int64_t start, std::int64_t end, double low, double high) {
  return fmt::format(
      R"({{"volume":{{"outline_polygon":{{"vertices":[{{"lat":{0:.7f},"lng":{1:.7f}}},{{"lat":{0:.7f},"lng":{3:.7f}}},{{"lat":{2:.7f},"lng":{3:.7f}}},{{"lat":{2:.7f},"lng":{1:.7f}}}]}},"altitude_lower":{{"value":{4},"reference":"W84","units":"M"}},"altitude_upper":{{"value":{5},"reference":"W84","units":"M"}}}},"time_start":{{"value":"{6}","format":"RFC3339"}},"time_end":{{"value":"{7}","format":"RFC3339"}}}})",
      box.lat - box.half_lat, box.lng - box.half_lng, box.lat + box.half_lat,
      box.lng + box.half_lng, low, high, format_rfc3339(UtcMs{start}), format_rfc3339(UtcMs{end}));
}

class Load {
 public:
  explicit Load(const Options& options) : options_(options), start_ms_(now_ms()) {
    for (int i = 0; i < options.clients; ++i) {
      net::ClientOptions client;
      client.host = options.host;
      client.port = options.port;
      client.tls = false;
      client.timeout = std::chrono::milliseconds(30'000);
      clients_.push_back(runtime_.client(client));
      headers_.push_back(
          {{"Authorization", "Bearer " + make_token(options, fmt::format("uss{}", i))},
           {"Content-Type", "application/json"}});
    }
  }

  void run() {
    running_ = options_.clients;
    filling_ = options_.mode == "search";
    if (!filling_) begin();
    for (int i = 0; filling_ && i < options_.clients; ++i) fill_next(i);
    runtime_.run();
    report();
  }

 private:
  std::string uuid(char version) {
    const auto word = [this] { return static_cast<std::uint32_t>(random_()); };
    const std::uint64_t ms = static_cast<std::uint64_t>(now_ms());
    if (version == '7') {
      return fmt::format("{:08x}-{:04x}-7{:03x}-{:04x}-{:04x}{:08x}", ms >> 16, ms & 0xffff,
                         word() & 0xfff, 0x8000 | (word() & 0x3fff), word() & 0xffff, word());
    }
    return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:04x}{:08x}", word(), word() & 0xffff,
                       word() & 0xfff, 0x8000 | (word() & 0x3fff), word() & 0xffff, word());
  }
  double between(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random_);
  }

  void begin() {
    filling_ = false;
    took_.clear();
    statuses_.clear();
    done_ = 0;
    began_ = Clock::now();
    end_ = began_ + std::chrono::seconds(options_.seconds);
    running_ = options_.clients;
    for (int i = 0; i < options_.clients; ++i) next(i);
  }
  void fill_next(int client) {
    if (stored_++ >= options_.stored) return ended();
    const Box box{between(-10, 10), between(-10, 10), 0.0005, 0.0005};
    const std::string body = fmt::format(
        R"({{"extents":[{}],"state":"Accepted","uss_base_url":"https://uss.example/x"}})",
        volume(box, start_ms_ + 60'000, start_ms_ + 3'660'000, 50, 120));
    request(client, "PUT", "/dss/v1/operational_intent_references/" + uuid('4'), body,
            [this, client](int) { fill_next(client); });
  }

  void next(int client) {
    if (Clock::now() >= end_) return ended();
    if (options_.mode == "place") return create_in_place(client);
    if (options_.mode == "spread") return create_anywhere(client);
    const Box box{between(-10, 10), between(-10, 10), 0.045, 0.045};
    request(client, "POST", "/dss/v1/operational_intent_references/query",
            fmt::format(R"({{"area_of_interest":{}}})",
                        volume(box, start_ms_, start_ms_ + 7'200'000, 0, 3'000)),
            [this, client](int) { next(client); });
  }
  void ended() {
    if (--running_ > 0) return;
    if (filling_) return begin();
    runtime_.stop();
  }

  void create_in_place(int client) {
    if (in_batch_ >= options_.overlap) {
      ++batch_;
      in_batch_ = 0;
      ovns_before_ = std::move(ovns_);
      ovns_.clear();
    }
    ++in_batch_;
    const std::string id = uuid('4');
    const std::string suffix = uuid('7');
    ovns_.push_back(id + "_" + suffix);
    try_in_place(client, id, suffix, batch_, Clock::now());
  }
  void try_in_place(int client, const std::string& id, const std::string& suffix, int batch,
                    Clock::time_point began) {
    std::string key;
    for (const std::string& ovn : batch == batch_ ? ovns_ : ovns_before_) {
      key += (key.empty() ? "\"" : ",\"") + ovn + "\"";
    }
    const std::int64_t start = place_ms_ + std::int64_t{batch} * 2'000;
    const Box box{46.9, 7.4, 0.004, 0.004};
    const std::string body = fmt::format(
        R"({{"extents":[{}],"key":[{}],"state":"Accepted","uss_base_url":"https://uss.example/x","requested_ovn_suffix":"{}"}})",
        volume(box, start, start + 1'000, 50, 120), key, suffix);
    request(client, "PUT", "/dss/v1/operational_intent_references/" + id, body,
            [this, client, id, suffix, batch, began](int status) {
              if (status == 409) {
                ++again_;
                return try_in_place(client, id, suffix, batch, began);
              }
              created_.push_back(Clock::now() - began);
              next(client);
            });
  }

  void create_anywhere(int client) {
    const Box box{between(-60, 60), between(-179, 179), 0.0005, 0.0005};
    const std::string body = fmt::format(
        R"({{"extents":[{}],"state":"Accepted","uss_base_url":"https://uss.example/x","new_subscription":{{"uss_base_url":"https://uss.example/x"}}}})",
        volume(box, start_ms_ + 60'000, start_ms_ + 3'660'000, 50, 120));
    request(client, "PUT", "/dss/v1/operational_intent_references/" + uuid('4'), body,
            [this, client](int) { next(client); });
  }

  void request(int client, const char* method, const std::string& path, const std::string& body,
               std::function<void(int)> then) {
    const auto at = static_cast<std::size_t>(client);
    const auto sent = Clock::now();
    clients_[at]->request(method, path, body, headers_[at],
                          [this, sent, then = std::move(then)](Result<net::HttpResponse> answer) {
                            const int status = answer ? answer->status : 0;
                            ++statuses_[status];
                            if (status == 200 || status == 201) {
                              ++done_;
                              took_.push_back(Clock::now() - sent);
                            } else if (status != 409 && shown_++ < 3) {
                              static_cast<void>(std::fprintf(
                                  stderr, "%d %s\n", status,
                                  answer ? answer->body.c_str() : answer.error().text().c_str()));
                            }
                            then(status);
                          });
  }

  static double quantile(std::vector<Clock::duration>& took, double part) {
    if (took.empty()) return 0;
    const auto at = static_cast<std::size_t>(part * static_cast<double>(took.size() - 1));
    std::nth_element(took.begin(), took.begin() + static_cast<std::ptrdiff_t>(at), took.end());
    return std::chrono::duration<double, std::milli>(took[at]).count();
  }

  void report() {
    const double seconds = std::chrono::duration<double>(Clock::now() - began_).count();
    const double p50 = quantile(took_, 0.5);
    const double p99 = quantile(took_, 0.99);
    fmt::print("{} {} clients: {:.0f}/s in {:.1f} s, p50 {:.2f} ms, p99 {:.2f} ms", options_.mode,
               options_.clients, static_cast<double>(done_) / seconds, seconds, p50, p99);
    if (!created_.empty()) {
      const double c50 = quantile(created_, 0.5);
      const double c99 = quantile(created_, 0.99);
      fmt::print("; with {} tries again p50 {:.2f}, p99 {:.2f} ms", again_, c50, c99);
    }
    for (const auto& [status, count] : statuses_) fmt::print("; {}: {}", status, count);
    fmt::print("\n");
  }

  Options options_;
  std::int64_t start_ms_ = 0;
  net::Runtime runtime_;
  std::vector<std::shared_ptr<net::Runtime::Client>> clients_;
  std::vector<std::map<std::string, std::string>> headers_;
  std::mt19937_64 random_{std::random_device{}()};
  std::vector<std::string> ovns_;
  std::vector<std::string> ovns_before_;
  // Where the batches begin in time: another run has other hours.
  std::int64_t place_ms_ = start_ms_ + 3'600'000 * (1 + static_cast<std::int64_t>(random_() % 500));
  int batch_ = 0;
  int in_batch_ = 0;
  int running_ = 0;
  bool filling_ = false;  // what is searched later is still being stored
  int stored_ = 0;
  int shown_ = 0;
  std::uint64_t again_ = 0;
  std::uint64_t done_ = 0;
  std::map<int, std::uint64_t> statuses_;
  std::vector<Clock::duration> took_;
  std::vector<Clock::duration> created_;
  Clock::time_point began_;
  Clock::time_point end_;
};

Options read_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    const std::string value = argv[i + 1];
    if (name == "--url") {
      const std::size_t colon = value.rfind(':');
      const std::size_t slashes = value.find("//");
      if (colon == std::string::npos || slashes == std::string::npos) die("a bad --url");
      options.host = value.substr(slashes + 2, colon - slashes - 2);
      options.port = static_cast<std::uint16_t>(std::atoi(value.c_str() + colon + 1));
    } else if (name == "--key") {
      options.key = value;
    } else if (name == "--audience") {
      options.audience = value;
    } else if (name == "--mode") {
      options.mode = value;
    } else if (name == "--clients") {
      options.clients = std::atoi(value.c_str());
    } else if (name == "--seconds") {
      options.seconds = std::atoi(value.c_str());
    } else if (name == "--overlap") {
      options.overlap = std::atoi(value.c_str());
    } else if (name == "--stored") {
      options.stored = std::atoi(value.c_str());
    } else {
      die("what is " + name + "?");
    }
  }
  if (options.port == 0 || options.key.empty()) die("--url and --key are needed");
  return options;
}

}  // namespace
}  // namespace detente

int main(int argc, char** argv) {
  detente::Load load(detente::read_options(argc, argv));
  load.run();
  return 0;
}
