// SPDX-License-Identifier: Apache-2.0
//
// Real traffic, end to end. The recorded Mode-S frames of one hour over south-west France go into
// Debian's dump1090-mutability at 100 times real time, paced by their own time stamps. While it
// decodes, `detente watch` is connected to the SBS port that it serves, and the test keeps the same
// bytes and the decoder's aircraft.json. Afterwards the findings are set against those of a slow
// watch of its own geometry, rules and line parsing (watch/brute_watch_testing.h): one for one.
//
// Skipped, with the reason, where the recording or the decoder is not there.
#include <arpa/inet.h>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include "app/watch_command.h"
#include "base/json.h"
#include "base/limits.h"
#include "watch/brute_watch_testing.h"
#include "watch/feed_clock.h"
#include "wire/aircraft_json.h"
#include "wire/sbs.h"

namespace detente {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr double kSpeed = 100;
constexpr const char* kRecording = DETENTE_SOURCE_DIR "/../shared/data/adsb/recording-a.jsonl.gz";
constexpr const char* kAgreement = DETENTE_SOURCE_DIR "/examples/south-west-france/agreement.json";
constexpr const char* kActivities =
    DETENTE_SOURCE_DIR "/examples/south-west-france/activities.geojson";
constexpr const char* kDecoder = "/usr/bin/dump1090-mutability";

struct Frame {
  double time = 0;
  std::string hex;
};

struct Recording {
  std::vector<Frame> frames;
  std::size_t positions = 0;
};

Recording read_recording() {
  Recording out;
  std::FILE* pipe = ::popen(("gzip -dc '" + std::string(kRecording) + "'").c_str(), "r");
  if (pipe == nullptr) return out;
  std::vector<char> buffer(1U << 16);
  while (std::fgets(buffer.data(), static_cast<int>(buffer.size()), pipe) != nullptr) {
    const auto doc = parse_json(buffer.data(), {.bytes_max = 1U << 16, .integers_only = false});
    if (!doc) continue;
    const JsonReader in = doc->root();
    out.frames.push_back({*in.number("timestamp"), *in.string("frame", 64)});
    if (in.has("latitude") && in.member("latitude")->is_number()) ++out.positions;
  }
  ::pclose(pipe);
  return out;
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// Ports that are free now; all are held at once, so that they differ.
std::vector<std::uint16_t> free_ports(std::size_t count) {
  std::vector<int> held;
  std::vector<std::uint16_t> ports;
  for (std::size_t i = 0; i < count; ++i) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    if (::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
        ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
      ports.push_back(ntohs(address.sin_port));
    }
    held.push_back(fd);
  }
  for (const int fd : held) ::close(fd);
  return ports;
}

int connect_loopback(std::uint16_t port) {
  for (int attempt = 0; attempt < 200; ++attempt) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    const sockaddr_in address = loopback(port);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
    ::close(fd);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return -1;
}

// dump1090-mutability without a radio: frames in, SBS and aircraft.json out. Ended by its own pid.
class Decoder {
 public:
  Decoder(const fs::path& folder, std::uint16_t frames, std::uint16_t sbs) {
    const std::string in = std::to_string(frames);
    const std::string out = std::to_string(sbs);
    const std::string log = (folder / "decoder.log").string();
    pid_ = ::fork();
    if (pid_ != 0) return;
    // Its lines carry local time; the feed is taken as UTC.
    ::setenv("TZ", "UTC", 1);
    if (std::freopen(log.c_str(), "w", stdout) == nullptr || ::dup2(1, 2) < 0) ::_exit(127);
    ::execl(kDecoder, kDecoder, "--net-only", "--quiet", "--net-bind-address", "127.0.0.1",
            "--net-ri-port", in.c_str(), "--net-sbs-port", out.c_str(), "--net-ro-port", "0",
            "--net-bi-port", "0", "--net-bo-port", "0", "--lat", "43.63", "--lon", "1.37",
            "--write-json", folder.c_str(), "--write-json-every", "0.2", nullptr);
    ::_exit(127);
  }
  ~Decoder() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

 private:
  pid_t pid_ = -1;
};

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// What one replay left behind; every test reads it.
struct Replay {
  std::string skip;  // why there is nothing
  fs::path folder;
  UtcMs start;
  std::size_t recorded_positions = 0;
  std::vector<std::string> documents;  // aircraft.json, each time it changed
  int live_exit = -1;
};

void send_frames(int fd, const std::vector<Frame>& frames) {
  Clock::time_point due = Clock::now();
  double before = frames.front().time;
  for (const Frame& frame : frames) {
    due += std::chrono::microseconds(std::llround((frame.time - before) / kSpeed * 1e6));
    before = frame.time;
    // After a stall of this machine the rest comes later, not in a burst: the decoder pairs frames
    // by the time they arrive at.
    const Clock::time_point now = Clock::now();
    if (due < now - std::chrono::milliseconds(100)) due = now;
    std::this_thread::sleep_until(due);
    const std::string line = "*" + frame.hex + ";\n";
    if (::send(fd, line.data(), line.size(), MSG_NOSIGNAL) < 0) return;
  }
}

void capture_sbs(int fd, const fs::path& path) {
  std::ofstream file(path, std::ios::binary);
  std::vector<char> buffer(1U << 16);
  while (true) {
    const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (got <= 0) return;
    file.write(buffer.data(), got);
  }
}

void collect_documents(const fs::path& path, const std::atomic<bool>& stop,
                       std::vector<std::string>& documents) {
  while (!stop) {
    std::string text = read_file(path);
    if (!text.empty() && (documents.empty() || text != documents.back())) {
      documents.push_back(std::move(text));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

app::WatchOptions watch_options(const Replay& replay, std::string feed, const char* out) {
  app::WatchOptions options;
  options.agreement = kAgreement;
  options.activities = kActivities;
  options.feed = std::move(feed);
  options.speed = kSpeed;
  options.start = format_rfc3339(replay.start);
  options.out = (replay.folder / out).string();
  options.quiet = true;
  options.json = true;
  return options;
}

Replay play() {
  Replay replay;
  if (!fs::exists(kRecording)) replay.skip = "the recording is not there";
  if (!fs::exists(kDecoder)) replay.skip = "dump1090-mutability is not installed";
  if (!replay.skip.empty()) return replay;
  const Recording recording = read_recording();
  replay.recorded_positions = recording.positions;
  replay.start = UtcMs{std::llround(recording.frames.front().time * 1'000)};
  std::string name = (fs::temp_directory_path() / "detente-real-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    replay.skip = "no folder for temporary files";
    return replay;
  }
  replay.folder = name;
  const std::vector<std::uint16_t> ports = free_ports(2);
  auto decoder = std::make_unique<Decoder>(replay.folder, ports.at(0), ports.at(1));
  const int frames = connect_loopback(ports[0]);
  const int sbs = connect_loopback(ports[1]);
  if (frames < 0 || sbs < 0) {
    replay.skip = "the decoder did not start: " + read_file(replay.folder / "decoder.log");
    return replay;
  }
  std::atomic<bool> stop{false};
  std::thread capture([&] { capture_sbs(sbs, replay.folder / "captured.sbs"); });
  std::thread documents(
      [&] { collect_documents(replay.folder / "aircraft.json", stop, replay.documents); });
  app::WatchOptions live =
      watch_options(replay, fmt::format("sbs://127.0.0.1:{}", ports[1]), "live.jsonl");
  // Long enough after the last report for every open finding to be lost: (4 s - 2 s) x 100 > 120 s.
  live.idle_s = 4;
  std::thread watching([&] { replay.live_exit = app::watch_command(live); });
  // Both readers are to be connected before the first frame; the decoder accepts once a loop.
  std::this_thread::sleep_for(std::chrono::seconds(1));
  send_frames(frames, recording.frames);
  watching.join();
  stop = true;
  documents.join();
  decoder.reset();  // closes the connections, which ends the capture
  capture.join();
  ::close(frames);
  ::close(sbs);
  return replay;
}

class RealTraffic : public testing::Test {
 protected:
  static void SetUpTestSuite() { replay_ = new Replay(play()); }
  static void TearDownTestSuite() {
    if (!replay_->folder.empty()) fs::remove_all(replay_->folder);
    delete replay_;
  }
  void SetUp() override {
    if (!replay_->skip.empty()) GTEST_SKIP() << replay_->skip;
  }
  static const Replay& replay() { return *replay_; }

 private:
  static Replay* replay_;
};
Replay* RealTraffic::replay_ = nullptr;

// ---- The plain side --------------------------------------------------------------------------

std::optional<UtcMs> plain_time(const std::string& date, const std::string& time) {
  std::tm tm{};
  int ms = 0;
  if (std::sscanf((date + " " + time).c_str(), "%d/%d/%d %d:%d:%d.%d", &tm.tm_year, &tm.tm_mon,
                  &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &ms) != 7) {
    return std::nullopt;
  }
  tm.tm_year -= 1900;
  tm.tm_mon -= 1;
  return UtcMs{static_cast<std::int64_t>(::timegm(&tm)) * 1'000 + ms};
}

// SBS by commas and the C library, and the mapping of time by hand.
std::vector<geo::TrackPoint> plain_lines(const std::string& text, UtcMs start) {
  std::vector<geo::TrackPoint> out;
  std::istringstream lines(text);
  std::string line;
  std::optional<UtcMs> first;
  while (std::getline(lines, line)) {
    while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.pop_back();
    std::vector<std::string> f;
    std::istringstream fields(line + ",");
    for (std::string field; std::getline(fields, field, ',');) f.push_back(field);
    if (f.size() != 22 || f[0] != "MSG") continue;
    const std::optional<UtcMs> time = plain_time(f[6], f[7]);
    if (!time) continue;
    if (!first) first = time;
    geo::TrackPoint p;
    p.address = static_cast<std::uint32_t>(std::strtoul(f[4].c_str(), nullptr, 16));
    p.time = UtcMs{start.value + (time->value - first->value) * static_cast<std::int64_t>(kSpeed)};
    p.callsign = f[10].substr(0, f[10].find_last_not_of(' ') + 1);
    if (!f[11].empty()) {
      p.altitude_mm = static_cast<std::int64_t>(std::strtod(f[11].c_str(), nullptr) * 304.8 + 1e-6);
    }
    if (!f[14].empty() && !f[15].empty()) {
      p.position = geo::PointE7{
          static_cast<std::int32_t>(std::lround(std::strtod(f[14].c_str(), nullptr) * 1e7)),
          static_cast<std::int32_t>(std::lround(std::strtod(f[15].c_str(), nullptr) * 1e7))};
    }
    p.on_ground = f[21] == "-1";
    out.push_back(p);
  }
  return out;
}

std::shared_ptr<const terms::Agreement> example_agreement() {
  Result<terms::Agreement> made = terms::Agreement::make(read_file(kAgreement));
  EXPECT_TRUE(made) << (made ? "" : made.error().text());
  return std::make_shared<const terms::Agreement>(std::move(made).value());
}

watch::brute::Timeline example_activities(const terms::Agreement& agreement) {
  auto read = app::read_watched_activities(read_file(kActivities), agreement);
  EXPECT_TRUE(read) << (read ? "" : read.error().text());
  return {{0, std::move(read).value()}};
}

constexpr UtcMs kLongAfter{1'900'000'000'000};

// ---- What the watch wrote --------------------------------------------------------------------

struct Written {
  std::vector<watch::Finding> closed;
  std::size_t open = 0;
};

Written read_findings(const fs::path& path) {
  Written out;
  std::map<std::string, watch::Finding> open;
  std::istringstream lines(read_file(path));
  for (std::string line; std::getline(lines, line);) {
    const auto doc = parse_json(line, {.bytes_max = limits::kStatementPayloadBytes});
    EXPECT_TRUE(doc) << line;
    if (!doc) continue;
    const JsonReader body = *doc->root().member("body");
    if (*doc->root().string("type", 32) == "finding.open") {
      const auto opened = watch::read_finding_open(body);
      EXPECT_TRUE(opened) << (opened ? "" : opened.error().text());
      if (opened) open[opened->id] = opened->finding;
      continue;
    }
    const auto closed = watch::read_finding_close(body);
    EXPECT_TRUE(closed) << (closed ? "" : closed.error().text());
    if (!closed) continue;
    const auto found = open.find(closed->id);
    EXPECT_NE(found, open.end()) << "closed without having been opened";
    if (found == open.end()) continue;
    watch::Finding finding = found->second;
    finding.end = closed->end;
    finding.last = closed->last;
    finding.fixes = closed->fixes;
    out.closed.push_back(finding);
    open.erase(found);
  }
  out.open = open.size();
  return out;
}

// The watch in this process, without the command around it.
std::vector<watch::Finding> watched(std::shared_ptr<const terms::Agreement> agreement,
                                    const watch::brute::Timeline& timeline,
                                    const std::vector<geo::TrackPoint>& feed) {
  watch::Watcher watcher(std::move(agreement));
  if (!timeline.empty()) watcher.set_activities(timeline.front().second);
  watch::brute::Collector collector;
  std::vector<watch::FindingEvent> events;
  for (const geo::TrackPoint& p : feed) {
    events.clear();
    watcher.observe(p, events);
    collector.take(events);
  }
  events.clear();
  watcher.tick(kLongAfter, events);
  collector.take(events);
  EXPECT_EQ(collector.open_count(), 0U);
  return collector.closed();
}

TEST_F(RealTraffic, LosesAlmostNoPositionOnTheWay) {
  const auto points = plain_lines(read_file(replay().folder / "captured.sbs"), replay().start);
  std::size_t positions = 0;
  for (const geo::TrackPoint& p : points) positions += p.position ? 1 : 0;
  fmt::print("{} positions recorded, {} came out as SBS\n", replay().recorded_positions, positions);
  EXPECT_EQ(replay().recorded_positions, 4'368U);
  EXPECT_GE(positions * 100, replay().recorded_positions * 99);
}

TEST_F(RealTraffic, GivesTheFindingsOfThePlainWatchOverTheLiveConnection) {
  const auto agreement = example_agreement();
  const auto points = plain_lines(read_file(replay().folder / "captured.sbs"), replay().start);
  const auto plain =
      watch::brute::findings(*agreement, example_activities(*agreement), points, kLongAfter);
  const Written live = read_findings(replay().folder / "live.jsonl");
  EXPECT_EQ(replay().live_exit, 0);
  EXPECT_EQ(live.open, 0U);
  EXPECT_EQ(watch::brute::lines_of(live.closed), watch::brute::lines_of(plain));
  fmt::print("{} findings, one for one\n", plain.size());
  for (const std::string& line : watch::brute::lines_of(plain)) fmt::print("  {}\n", line);
  std::map<watch::FindingKind, int> kinds;
  for (const watch::Finding& f : plain) ++kinds[f.kind];
  EXPECT_GT(kinds[watch::FindingKind::area_entered], 0);
  EXPECT_GT(kinds[watch::FindingKind::undeclared], 0);
  EXPECT_GT(kinds[watch::FindingKind::outside_volume], 0);
}

TEST_F(RealTraffic, GivesTheSameFromTheCapturedFile) {
  const auto agreement = example_agreement();
  const fs::path captured = replay().folder / "captured.sbs";
  const app::WatchOptions options =
      watch_options(replay(), "sbs:" + captured.string(), "file.jsonl");
  ASSERT_EQ(app::watch_command(options), 0);
  const auto points = plain_lines(read_file(captured), replay().start);
  // The command judges silence by the times of the lines, 2 s of the decoder's time behind them.
  UtcMs last = points.front().time;
  for (const geo::TrackPoint& p : points) last = std::max(last, p.time);
  auto plain = watch::brute::findings(*agreement, example_activities(*agreement), points,
                                      last - std::llround(2'000 * kSpeed));
  const auto still_open = std::erase_if(plain, [](const watch::Finding& f) { return !f.end; });
  const Written written = read_findings(replay().folder / "file.jsonl");
  EXPECT_EQ(watch::brute::lines_of(written.closed), watch::brute::lines_of(plain));
  EXPECT_EQ(written.open, still_open);
}

TEST_F(RealTraffic, GivesTheFindingsOfThePlainWatchWhereNothingIsDeclared) {
  const auto agreement = example_agreement();
  const auto points = plain_lines(read_file(replay().folder / "captured.sbs"), replay().start);
  const auto plain = watch::brute::findings(*agreement, {}, points, kLongAfter);
  EXPECT_EQ(watch::brute::lines_of(watched(agreement, {}, points)), watch::brute::lines_of(plain));
  std::map<std::string, int> areas;
  for (const watch::Finding& f : plain) areas[f.area.value] += f.clause.value == "2.1" ? 1 : 0;
  EXPECT_GE(areas.size(), 6U) << "the recorded flight crosses many areas";
  for (const char* never : {"T5", "B1", "M1", "M2"}) EXPECT_EQ(areas.count(never), 0U) << never;
  EXPECT_EQ(areas["G4"], 4) << "four strips";
}

TEST_F(RealTraffic, GivesTheFindingsOfThePlainWatchFromAircraftJson) {
  const auto agreement = example_agreement();
  const auto activities = example_activities(*agreement);
  watch::FeedClock clock(kSpeed, replay().start);
  wire::RepeatFilter repeats;
  std::vector<geo::TrackPoint> points;
  std::size_t positions = 0;
  for (const std::string& text : replay().documents) {
    auto file = wire::parse_aircraft_json(text);
    ASSERT_TRUE(file) << file.error().text() << "\n" << text;
    EXPECT_EQ(file->refused, 0U) << text;
    for (geo::TrackPoint& p : file->points) {
      if (!repeats.is_new(p)) continue;
      p.time = clock.map(p.time);
      positions += p.position ? 1 : 0;
      points.push_back(p);
    }
  }
  EXPECT_GT(replay().documents.size(), 50U);
  EXPECT_GT(positions, 50U);
  const auto plain = watch::brute::findings(*agreement, activities, points, kLongAfter);
  EXPECT_EQ(watch::brute::lines_of(watched(agreement, activities, points)),
            watch::brute::lines_of(plain));
  EXPECT_GT(plain.size(), 5U);
  fmt::print("{} documents, {} positions, {} findings, one for one\n", replay().documents.size(),
             positions, plain.size());
}

TEST_F(RealTraffic, IsReadFromAnAircraftJsonOnDisk) {
  const fs::path path = replay().folder / "kept.json";
  std::ofstream(path) << replay().documents.back();
  app::WatchOptions options = watch_options(replay(), "json:" + path.string(), "json.jsonl");
  options.idle_s = 1;
  EXPECT_EQ(app::watch_command(options), 0);
}

}  // namespace
}  // namespace detente
