// SPDX-License-Identifier: Apache-2.0
#include "app/utm_command.h"

#include <fmt/core.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "app/identity.h"
#include "app/node_host.h"

namespace detente::app {
namespace {

// An agreement of two parties of whom only one is ever there. It says as little as one may.
constexpr const char* kAgreement = R"({
"detente": "agreement/v1",
"id": "utm-dev",
"title": {"en": "A node to try the UTM interface on"},
"valid": VALID,
"parties": [
  {"id": "here", "name": "This node", "kind": "party"},
  {"id": "absent", "name": "Nobody", "kind": "party"}
],
"adherents": [],
"area_classes": [{"id": "open", "name": "Open"}],
"areas": [{"id": "A1", "name": "A small place", "class": "open",
  "area": {"circle": {"center": [0, 0], "radius_mm": 1000000}}}],
"clauses": [
  {"id": "1", "text": {"en": "Whoever flies here declares it first."}},
  {"id": "2", "text": {"en": "The other party concurs."}},
  {"id": "3", "text": {"en": "Apart by a nautical mile, a thousand feet or a minute."}}
],
"rules": [{"clause": "1", "effect": "declare", "classes": ["open"]}],
"procedures": [{"clause": "2", "lead_s": 3600,
  "concurrences": [{"party": "here", "officers": 1}, {"party": "absent", "officers": 1}]}],
"separation": {"clause": "3", "lateral_mm": 1852000, "vertical_mm": 304800, "time_ms": 60000},
"clocks": {"heartbeat_s": 30, "fresh_s": 90, "cut_s": 300, "stop_ack_s": 60, "track_gap_s": 120}
})";

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kValidDays = 3'600;

Status make_party(const std::string& folder, const char* party) {
  InitOptions options;
  options.data = folder;
  options.party = party;
  DETENTE_TRY(options.officers, parse_officers("duty-1:duty_officer"));
  return init_folder(options);
}

// The folder of the node, opened for its first time.
Result<std::string> make_node(const std::string& folder) {
  const std::string here = folder + "/here";
  if (std::filesystem::exists(here + "/card.json")) return here;
  std::error_code ec;
  std::filesystem::create_directories(folder, ec);
  DETENTE_CHECK(make_party(here, "here"));
  DETENTE_CHECK(make_party(folder + "/absent", "absent"));
  const UtcMs now{std::chrono::duration_cast<std::chrono::milliseconds>(
                      std::chrono::system_clock::now().time_since_epoch())
                      .count()};
  std::string text = kAgreement;
  const std::string valid =
      fmt::format(R"({{"start":"{}","end":"{}"}})", format_rfc3339(now - kDayMs),
                  format_rfc3339(now + kValidDays * kDayMs));
  text.replace(text.find("VALID"), 5, valid);
  const std::string agreement = folder + "/agreement.json";
  DETENTE_CHECK(write_text_file(agreement, text));
  DETENTE_TRY(const std::string bound,
              bind_agreement(agreement, {here + "/card.json", folder + "/absent/card.json"}));
  DETENTE_CHECK(write_text_file(agreement, bound));
  DETENTE_CHECK(sign_agreement(here, agreement, now));
  return here;
}

Result<std::string> new_folder() {
  std::string path = (std::filesystem::temp_directory_path() / "detente-utm-XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr) {
    return fail(Errc::store_io, "no temporary folder can be made", path);
  }
  return path;
}

Status serve_until_stopped(const UtmServeOptions& options, const std::string& folder) {
  ServeOptions serve;
  DETENTE_TRY(serve.data, make_node(folder));
  serve.port = 0;
  serve.utm = options.utm;
  serve.utm.enabled = true;
  serve.alone = true;
  DETENTE_TRY(const std::unique_ptr<NodeHost> host, NodeHost::open(serve));
  DETENTE_CHECK(host->listen());
  net::Runtime& runtime = host->runtime();
  runtime.on_stop_signal([&runtime] { runtime.stop(); });
  static_cast<void>(std::printf("folder %s\ndesk http://%s:%u\nready http://%s:%u\n",
                                serve.data.c_str(), serve.address.c_str(), unsigned{host->port()},
                                serve.utm.address.c_str(), unsigned{host->utm_port()}));
  static_cast<void>(std::fflush(stdout));
  runtime.run();
  return {};
}

}  // namespace

int utm_serve(const UtmServeOptions& options) {
  const bool passing = options.data.empty();
  const Result<std::string> folder = passing ? new_folder() : Result<std::string>(options.data);
  const Status served =
      folder ? serve_until_stopped(options, *folder) : Status(fail(folder.error()));
  std::error_code ec;
  if (passing && folder) std::filesystem::remove_all(*folder, ec);
  if (served) return 0;
  static_cast<void>(std::fprintf(stderr, "detente utm serve: %s\n", served.error().text().c_str()));
  return served.error().code == Errc::usage ? 2 : 1;
}

}  // namespace detente::app
