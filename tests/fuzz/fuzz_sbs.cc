// SPDX-License-Identifier: Apache-2.0
//
// A stream of SBS lines: however it is cut, the same lines come out; every line ends in a value;
// what is written from a report reads back as the same report.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "wire/sbs.h"

using namespace detente;

namespace {

std::vector<std::string> split(std::string_view text, std::size_t step, std::uint64_t& dropped) {
  std::vector<std::string> lines;
  wire::LineSplitter splitter;
  const auto keep = [&](std::string_view line) { lines.emplace_back(line); };
  for (std::size_t at = 0; at < text.size(); at += step) splitter.feed(text.substr(at, step), keep);
  splitter.finish(keep);
  dropped = splitter.dropped();
  return lines;
}

void check_report(const geo::TrackPoint& point) {
  if (point.position) check(geo::validate(*point.position).has_value(), "a position off the earth");
  check(!point.track_mdeg || (*point.track_mdeg >= 0 && *point.track_mdeg < 360'000), "a track");
  std::string line = wire::format_sbs(point);
  line.resize(line.size() - 2);
  const auto again = wire::parse_sbs(line);
  check(again && *again, "a written line is refused");
  check((*again)->time == point.time && (*again)->address == point.address &&
            (*again)->position == point.position && (*again)->callsign == point.callsign &&
            (*again)->on_ground == point.on_ground,
        "a written line says something else");
  check(wire::format_sbs(**again) == line + "\r\n", "a line has a second form");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  std::uint64_t dropped_whole = 0;
  std::uint64_t dropped_cut = 0;
  const auto whole = split(text, size + 1, dropped_whole);
  const auto cut = split(text, size % 97 + 1, dropped_cut);
  check(whole == cut && dropped_whole == dropped_cut, "lines depend on how the stream is cut");
  for (const std::string& line : whole) {
    const auto parsed = wire::parse_sbs(line);
    if (parsed && *parsed) check_report(**parsed);
  }
  return 0;
}
