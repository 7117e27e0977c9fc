// SPDX-License-Identifier: Apache-2.0
//
// The door of the UTM interface: checks a request's token, its USS's rate and its operation,
// answers what only reads, and hands on what changes something. It counts what passes, for the
// page.
//
// Beside the 18 operations it answers, as InterUSS's DSS does: GET /healthy, GET /aux/v1/version,
// GET /aux/v1/validate_oauth?owner=.
// Threads: one at a time.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "utm/answer.h"
#include "wire/access_token.h"

namespace detente::utm {

inline constexpr std::size_t kTokensKept = 4'096;    // checked ones, so that each is checked once
inline constexpr std::size_t kRefusedKept = 50;      // refused requests, for the page
inline constexpr std::size_t kUssKept = 10'000;      // of which the rate is counted
inline constexpr std::size_t kNoticesKept = 10'000;  // entities of which others told their version
inline constexpr std::size_t kShownEntities = 500;   // on the page
inline constexpr int kWindowS = 60;                  // of the load that the page shows

struct DeskOptions {
  wire::TokenTrust trust;
  wire::f3548::Limits limits;
  Rules rules;
  int requests_per_s = 2'000;  // of one USS, and as many at once; 0: no limit
  // A large body costs more time than others: each step beyond the first counts as a request.
  std::size_t free_bytes = 64U << 10;
  std::size_t step_bytes = 512;
};

struct Asked {
  std::string_view method;
  std::string_view path;           // decoded
  std::string_view authorization;  // the header's value; "" for none
  std::string_view owner;          // of validate_oauth
  std::string_view body;
};
// A change that is to be judged in the node's step.
struct Asking {
  Caller caller;
  Write write;
};

// How the USSs that subscribed were told of the parties' activities.
struct ToldUss {
  std::string base_url;
  std::uint64_t told = 0;
  std::uint64_t lost = 0;  // given up
  std::uint64_t waiting = 0;
  std::string last_error;  // "" after a success
};
struct Told {
  std::vector<ToldUss> usses;
  std::uint64_t unnamed = 0;  // messages to USSs that the node may not speak to
};

class Desk {
 public:
  explicit Desk(DeskOptions options);

  using Outcome = std::variant<Reply, Asking>;
  Outcome take(const Asked& asked, const Registry& registry, UtcMs now);
  // A request has been answered; how long it took, in microseconds.
  void answered(const Asked& asked, int status, std::int64_t took_us, UtcMs now);

  // What GET /api/utm gives (docs/api/openapi.yaml).
  std::string json(const Registry& registry, const Told& told, UtcMs now) const;

 private:
  struct Known {
    Caller caller;
    UtcMs expires;
  };
  struct Uss {
    std::int64_t allowance_milli = 0;  // thousandths of a request
    UtcMs counted;
    std::uint64_t requests = 0;
    UtcMs last;
  };
  struct Refused {
    UtcMs time;
    int status = 0;
    std::string why;
    std::string subject;
    std::string method;
    std::string path;
  };
  static constexpr std::size_t kSteps = 96;  // of the histogram: quarters of a power of two
  struct Second {
    std::int64_t second = -1;
    std::uint64_t requests = 0;
    std::uint64_t creates = 0;
    std::uint64_t searches = 0;
    std::uint64_t conflicts = 0;
    std::uint64_t refused = 0;
    std::array<std::uint32_t, kSteps> took{};
  };

  Result<Caller> caller_of(std::string_view authorization, UtcMs now);
  Status within_rate(const std::string& manager, std::size_t body_bytes, UtcMs now);
  Reply note_refused(const Error& error, const Asked& asked, const std::string& subject, UtcMs now);
  Reply validate(const Asked& asked, UtcMs now);
  Status take_notice(const Notice& notice);
  void write_load(JsonWriter& out, UtcMs now) const;
  void write_participants(JsonWriter& out, const Registry& registry, UtcMs now) const;
  void write_limits(JsonWriter& out) const;

  DeskOptions options_;
  std::unordered_map<std::string, Known> tokens_;
  std::map<std::string, Uss> usses_;
  std::map<std::string, std::int64_t> notices_;  // the newest version, by the entity's id
  std::deque<Refused> refused_;
  std::array<Second, kWindowS> window_{};
};

}  // namespace detente::utm
