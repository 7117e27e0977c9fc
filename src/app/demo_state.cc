// SPDX-License-Identifier: Apache-2.0
#include "app/demo_state.h"

#include <filesystem>
#include <utility>

#include "app/identity.h"
#include "base/json.h"
#include "base/limits.h"

namespace detente::app {
namespace {

constexpr std::size_t kBytesMax = 1U << 20;
constexpr std::size_t kFailuresMax = 1'000;

}  // namespace

Result<std::optional<DemoState>> load_demo_state(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return std::optional<DemoState>();
  DETENTE_TRY(const std::string text, read_text_file(path, kBytesMax));
  Result<JsonDocument> document = parse_json(text, {.bytes_max = kBytesMax});
  if (!document) return fail(std::move(document.error()).at(path));
  const JsonReader in = document->root();
  DemoState out;
  DETENTE_TRY(const std::string seed, in.string("seed", 20));
  out.seed = std::strtoull(seed.c_str(), nullptr, 10);
  DETENTE_TRY(out.now, in.time("now"));
  DETENTE_TRY(const std::int64_t done, in.integer("acts_done", 0, 1'000'000));
  out.acts_done = static_cast<std::uint64_t>(done);
  DETENTE_TRY(out.over, in.boolean("over"));
  DETENTE_TRY(const std::int64_t starts, in.integer("starts", 0, 1'000'000));
  out.starts = static_cast<std::uint64_t>(starts);
  for (const auto& [name, map] : {std::pair{"stops", &out.stops}, std::pair{"checks", &out.checks},
                                  std::pair{"filed", &out.filed}}) {
    DETENTE_TRY(const JsonReader ids, in.object(name));
    for (const std::string& subject : ids.names()) {
      DETENTE_TRY((*map)[subject], ids.string(subject, limits::kIdBytes));
    }
  }
  DETENTE_TRY(out.failures, in.strings("failures", kFailuresMax, limits::kTextBytes));
  return std::optional<DemoState>(std::move(out));
}

Status save_demo_state(const std::string& path, const DemoState& state) {
  JsonWriter out;
  // The seed is text: JSON numbers of ours are signed.
  out.begin_object().member("seed", std::to_string(state.seed)).member("now", state.now);
  out.member("acts_done", state.acts_done).member("over", state.over);
  out.member("starts", state.starts);
  for (const auto& [name, map] :
       {std::pair{"stops", &state.stops}, std::pair{"checks", &state.checks},
        std::pair{"filed", &state.filed}}) {
    out.name(name).begin_object();
    for (const auto& [subject, id] : *map) out.member(subject, id);
    out.end_object();
  }
  out.name("failures").begin_array();
  for (std::size_t i = 0; i < state.failures.size() && i < kFailuresMax; ++i) {
    out.value(state.failures[i].substr(0, 1'000));
  }
  out.end_array().end_object();
  return write_text_file(path, out.text() + "\n");
}

}  // namespace detente::app
