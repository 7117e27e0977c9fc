// SPDX-License-Identifier: Apache-2.0
#include "app/watch_command.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>

#include "app/watch_feed.h"
#include "base/limits.h"
#include "watch/feed_clock.h"
#include "wire/aircraft_json.h"
#include "wire/geojson.h"
#include "wire/sbs.h"

namespace detente::app {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPollMs = 200;
constexpr std::uint64_t kErrorsShown = 5;
// Reports of a feed may overtake each other by as much (of the feed's time, in ms at speed 1); the
// silence of a track is judged that much later.
constexpr std::int64_t kDisorderMs = 2'000;
constexpr std::int64_t kTickMs = 1'000;

volatile std::sig_atomic_t stop_asked = 0;
extern "C" void ask_stop(int) {
  stop_asked = 1;
}

// SIGINT and SIGTERM end the loop while this lives.
class StopSignals {
 public:
  StopSignals() {
    stop_asked = 0;
    struct sigaction action{};
    action.sa_handler = ask_stop;
    ::sigaction(SIGINT, &action, &old_int_);
    ::sigaction(SIGTERM, &action, &old_term_);
  }
  ~StopSignals() {
    ::sigaction(SIGINT, &old_int_, nullptr);
    ::sigaction(SIGTERM, &old_term_, nullptr);
  }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

 private:
  struct sigaction old_int_{};
  struct sigaction old_term_{};
};

Result<std::string> read_whole(const std::string& path, std::size_t bytes_max) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(Errc::store_not_found, "cannot be opened", path);
  std::string text;
  std::string piece(1U << 16, '\0');
  while (file && text.size() <= bytes_max) {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    text.append(piece, 0, static_cast<std::size_t>(file.gcount()));
  }
  if (text.size() > bytes_max) {
    return fail(Errc::json_too_large, fmt::format("more than {} bytes", bytes_max), path);
  }
  if (file.bad()) return fail(Errc::store_io, "cannot be read", path);
  return text;
}

struct Tally {
  std::uint64_t lines = 0;      // lines of text, or documents
  std::uint64_t trackless = 0;  // lines that carry no track
  std::uint64_t refused = 0;    // malformed lines, documents and aircraft
  std::uint64_t repeated = 0;   // fixes that a document named again
  std::uint64_t opened = 0;
  std::uint64_t closed = 0;
  std::map<ClauseId, std::uint64_t> by_clause;
  std::optional<UtcMs> first;
  UtcMs last;
};

class Run {
 public:
  Run(std::shared_ptr<const terms::Agreement> agreement, watch::FeedClock clock, std::FILE* out)
      : watcher_(std::move(agreement)), clock_(clock), out_(out) {}

  watch::Watcher& watcher() { return watcher_; }
  watch::Watcher::Counts counts() const { return watcher_.counts(); }
  const Tally& tally() const { return tally_; }
  std::uint64_t too_long() const { return splitter_.dropped(); }
  Clock::time_point heard() const { return heard_; }

  void take_sbs(std::string_view bytes) {
    splitter_.feed(bytes, [&](std::string_view line) { take_line(line); });
  }
  void finish_sbs() {
    splitter_.finish([&](std::string_view line) { take_line(line); });
  }
  void take_document(std::string_view text);
  // Time goes on while the feed is silent.
  void let_time_pass() {
    if (!tally_.first) return;
    const std::chrono::duration<double, std::milli> silent = Clock::now() - heard_;
    tick(tally_.last + std::llround(silent.count() * clock_.speed()));
  }
  // A disk that took nothing must not be mistaken for a quiet sky.
  bool out_failed() const { return out_failed_; }

 private:
  void take_line(std::string_view line);
  void take_point(geo::TrackPoint& point);
  void tick(UtcMs now);
  void write(const watch::FindingEvent& event);
  void refuse(const Error& error) {
    if (++tally_.refused > kErrorsShown) return;
    fmt::print(stderr, "line {}: {}\n", tally_.lines, error.text());
    if (tally_.refused == kErrorsShown) fmt::print(stderr, "(more are counted only)\n");
  }

  watch::Watcher watcher_;
  watch::FeedClock clock_;
  std::FILE* out_;
  bool out_failed_ = false;
  wire::LineSplitter splitter_;
  wire::RepeatFilter repeats_;
  std::vector<watch::FindingEvent> events_;
  UtcMs ticked_;
  Clock::time_point heard_ = Clock::now();
  Tally tally_;
};

void Run::write(const watch::FindingEvent& event) {
  const bool opened = event.what == watch::FindingEvent::What::opened;
  const std::string id = fmt::format("{:032x}", event.key);
  if (opened) {
    ++tally_.opened;
    ++tally_.by_clause[event.finding.clause];
  } else {
    ++tally_.closed;
  }
  if (out_ == nullptr) return;
  const std::string body = opened ? watch::write_finding_open(event.finding, id)
                                  : watch::write_finding_close(event.finding, id);
  fmt::print(out_, "{{\"type\":\"{}\",\"body\":{}}}\n", opened ? "finding.open" : "finding.close",
             body);
  if (std::fflush(out_) != 0) out_failed_ = true;
}

void Run::tick(UtcMs now) {
  const auto late = std::llround(static_cast<double>(kDisorderMs) * clock_.speed());
  if (now - ticked_ < kTickMs) return;
  ticked_ = now;
  events_.clear();
  watcher_.tick(now - late, events_);
  for (const watch::FindingEvent& event : events_) write(event);
}

void Run::take_point(geo::TrackPoint& point) {
  point.time = clock_.map(point.time);
  heard_ = Clock::now();
  if (!tally_.first) tally_.first = point.time;
  tally_.last = std::max(tally_.last, point.time);
  events_.clear();
  watcher_.observe(point, events_);
  for (const watch::FindingEvent& event : events_) write(event);
  tick(tally_.last);
}

void Run::take_line(std::string_view line) {
  ++tally_.lines;
  Result<std::optional<geo::TrackPoint>> point = wire::parse_sbs(line);
  if (!point) return refuse(point.error());
  if (!*point) {
    ++tally_.trackless;
    return;
  }
  take_point(**point);
}

void Run::take_document(std::string_view text) {
  ++tally_.lines;
  Result<wire::AircraftFile> file = wire::parse_aircraft_json(text);
  if (!file) return refuse(file.error());
  tally_.refused += file->refused;
  std::vector<geo::TrackPoint>& points = file->points;
  std::sort(points.begin(), points.end(), [](const geo::TrackPoint& a, const geo::TrackPoint& b) {
    return a.time != b.time ? a.time < b.time : a.address < b.address;
  });
  for (geo::TrackPoint& point : points) {
    if (repeats_.is_new(point)) {
      take_point(point);
    } else {
      ++tally_.repeated;
    }
  }
}

// One line on a terminal, written over twice a second.
class Progress {
 public:
  explicit Progress(bool wanted) : on_(wanted && ::isatty(STDERR_FILENO) == 1) {}
  ~Progress() {
    if (shown_) fmt::print(stderr, "\r\033[K");
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(const Run& run, const FeedSource& source) {
    if (!on_ || Clock::now() < next_) return;
    next_ = Clock::now() + std::chrono::milliseconds(500);
    shown_ = true;
    std::string bar;
    if (const auto part = source.progress()) {
      const int full = static_cast<int>(*part * 20);
      bar = fmt::format("[{}{}] {:3.0f} % ", std::string(static_cast<std::size_t>(full), '#'),
                        std::string(static_cast<std::size_t>(20 - full), '.'), *part * 100);
    }
    const Tally& t = run.tally();
    fmt::print(stderr, "\r\033[K{}{} | {} lines, {} findings open, {} closed", bar,
               t.first ? format_rfc3339(t.last) : "no report yet", t.lines, t.opened - t.closed,
               t.closed);
    std::fflush(stderr);
  }

 private:
  bool on_;
  bool shown_ = false;
  Clock::time_point next_;
};

std::string summary_json(const Run& run, const FeedSource& source, const std::string& agreement) {
  const Tally& t = run.tally();
  const watch::Watcher::Counts c = run.counts();
  JsonWriter out;
  out.begin_object().member("agreement", agreement);
  if (t.first) out.member("first", *t.first).member("last", t.last);
  out.member("lines", t.lines).member("without_track", t.trackless).member("refused", t.refused);
  out.member("too_long", run.too_long()).member("repeated", t.repeated);
  out.member("reports", c.points).member("positions", c.points - c.without_position);
  out.member("out_of_order", c.out_of_order).member("tracks_refused", c.tracks_refused);
  out.member("feed_failures", source.failures());
  out.name("findings").begin_object().member("opened", t.opened).member("closed", t.closed);
  out.member("open", t.opened - t.closed);
  out.name("by_clause").begin_object();
  for (const auto& [clause, count] : t.by_clause) out.member(clause.value, count);
  return out.end_object().end_object().end_object().take();
}

std::string summary_text(const Run& run, const FeedSource& source, const std::string& agreement) {
  const Tally& t = run.tally();
  const watch::Watcher::Counts c = run.counts();
  std::string out = fmt::format("Watched under {}\n", agreement);
  const auto row = [&](const char* name, std::uint64_t count) {
    out += fmt::format("  {:<34}{:>12}\n", name, count);
  };
  if (t.first) {
    out += fmt::format("  from {} to {}\n", format_rfc3339(*t.first), format_rfc3339(t.last));
  }
  row("lines or documents", t.lines);
  row("reports of aircraft", c.points);
  row("  with a position", c.points - c.without_position);
  row("  ignored, older than the last", c.out_of_order);
  row("  repeated", t.repeated);
  row("refused as malformed", t.refused);
  row("refused as too long", run.too_long());
  if (c.tracks_refused > 0) row("reports beyond the limit of tracks", c.tracks_refused);
  if (source.failures() > 0) row("failures of the feed", source.failures());
  row("findings", t.opened);
  for (const auto& [clause, count] : t.by_clause) {
    row(fmt::format("  clause {}", clause.value).c_str(), count);
  }
  row("  still open at the end", t.opened - t.closed);
  return out;
}

struct Setup {
  std::shared_ptr<const terms::Agreement> agreement;
  std::vector<watch::WatchedActivity> activities;
  watch::FeedClock clock;
  FeedSpec feed;
  std::unique_ptr<FeedSource> source;
};

Result<Setup> prepare(const WatchOptions& options) {
  Setup setup;
  DETENTE_TRY(setup.feed, parse_feed(options.feed));
  if (!(options.speed > 0) || options.speed > 1e6) {
    return fail(Errc::usage, "the speed is above 0 and at most 1,000,000", "--speed");
  }
  std::optional<UtcMs> start;
  if (!options.start.empty()) {
    Result<UtcMs> parsed = parse_rfc3339(options.start);
    if (!parsed) return fail(std::move(parsed.error()).at("--start"));
    start = *parsed;
  }
  setup.clock = watch::FeedClock(options.speed, start);
  DETENTE_TRY(const std::string text, read_whole(options.agreement, limits::kAgreementBytes));
  Result<terms::Agreement> agreement = terms::Agreement::make(text);
  if (!agreement) return fail(std::move(agreement.error()).at(options.agreement));
  setup.agreement = std::make_shared<const terms::Agreement>(std::move(*agreement));
  if (!options.activities.empty()) {
    DETENTE_TRY(const std::string geojson, read_whole(options.activities, limits::kFeedJsonBytes));
    auto activities = read_watched_activities(geojson, *setup.agreement);
    if (!activities) return fail(std::move(activities.error()).at(options.activities));
    setup.activities = std::move(*activities);
  }
  DETENTE_TRY(setup.source, open_feed(setup.feed));
  return setup;
}

Status run_until_end(const WatchOptions& options, const Setup& setup, Run& run) {
  const StopSignals signals;
  Progress progress(!options.quiet);
  const bool sbs =
      setup.feed.kind == FeedSpec::Kind::sbs_tcp || setup.feed.kind == FeedSpec::Kind::sbs_file;
  const bool file = setup.feed.kind == FeedSpec::Kind::sbs_file;
  while (stop_asked == 0) {
    DETENTE_TRY(const FeedPiece piece, setup.source->next(kPollMs));
    if (sbs) {
      run.take_sbs(piece.bytes);
    } else if (!piece.bytes.empty()) {
      run.take_document(piece.bytes);
    }
    if (piece.ended) break;
    // A file has no "now" of its own: its time is that of its lines.
    if (!file && piece.bytes.empty()) run.let_time_pass();
    if (run.out_failed()) return fail(Errc::store_io, "findings cannot be written", options.out);
    progress.show(run, *setup.source);
    const auto silent = Clock::now() - run.heard();
    if (options.idle_s > 0 && silent > std::chrono::seconds(options.idle_s)) break;
  }
  if (sbs) run.finish_sbs();
  return {};
}

Status watch_all(const WatchOptions& options) {
  DETENTE_TRY(Setup setup, prepare(options));
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(nullptr, std::fclose);
  std::FILE* out = options.out == "-" ? stdout : nullptr;
  if (!options.out.empty() && options.out != "-") {
    file.reset(std::fopen(options.out.c_str(), "we"));
    if (!file) return fail(Errc::store_io, "cannot be written", options.out);
    out = file.get();
  }
  Run run(setup.agreement, setup.clock, out);
  run.watcher().set_activities(std::move(setup.activities));
  DETENTE_CHECK(run_until_end(options, setup, run));
  if (run.out_failed()) return fail(Errc::store_io, "findings cannot be written", options.out);
  const std::string& name = setup.agreement->id();
  const std::string summary = options.json ? summary_json(run, *setup.source, name) + "\n"
                                           : summary_text(run, *setup.source, name);
  // Findings on standard output are for a program to read; the summary then goes beside them.
  fmt::print(options.out == "-" ? stderr : stdout, "{}", summary);
  return {};
}

}  // namespace

Result<std::vector<watch::WatchedActivity>> read_watched_activities(
    std::string_view geojson, const terms::Agreement& agreement) {
  DETENTE_TRY(std::vector<wire::GeoJsonActivity> read, wire::parse_activities_geojson(geojson));
  std::vector<watch::WatchedActivity> out;
  for (wire::GeoJsonActivity& from : read) {
    watch::WatchedActivity to;
    const std::string place = fmt::format("activity {}", from.id.value);
    Result<terms::Purpose> purpose = terms::parse_purpose(from.purpose);
    if (!purpose) return fail(std::move(purpose.error()).at(place));
    if (!agreement.is_adherent(from.operator_id)) {
      return fail(Errc::agreement_unknown_party, json_quote(from.operator_id.value), place);
    }
    to.id = std::move(from.id);
    to.operator_id = std::move(from.operator_id);
    to.purpose = *purpose;
    to.callsigns = std::move(from.callsigns);
    to.aircraft = std::move(from.aircraft);
    to.volumes = std::move(from.volumes);
    out.push_back(std::move(to));
  }
  return out;
}

int watch_command(const WatchOptions& options) {
  const Status done = watch_all(options);
  if (done) return 0;
  fmt::print(stderr, "detente watch: {}\n", done.error().text());
  return 1;
}

}  // namespace detente::app
