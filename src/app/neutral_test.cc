// SPDX-License-Identifier: Apache-2.0
// Method: real servers on loopback. A log is served from memory, so that it can show two histories;
// witnesses and mirrors run as the program runs them, with their folders on disk, and are started
// again. Whatever happens, what one key has cosigned must fit one history.
#include "app/neutral.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "record/log_verifier.h"
#include "record/testing_log.h"

namespace detente::app {
namespace {

namespace fs = std::filesystem;
using record::Checkpoint;
using record::testing::test_key;

const record::Signer kLog =
    record::make_signer("log.example/one", record::KeyType::ed25519, test_key(1));
const Origin kOrigin{"log.example/one"};
const std::string kHex = record::origin_hex(kOrigin);

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (fs::temp_directory_path() / "detente-neutral-XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// One history of a log: entries, and its files as tlog-tiles asks for.
struct History {
  explicit History(std::string branch = "a", std::size_t common = 3)
      : branch_(std::move(branch)), common_(common) {}

  void grow_to(std::size_t size) {
    while (leaves.size() < size) {
      const std::string entry =
          fmt::format("{} {}", leaves.size() < common_ ? "a" : branch_, leaves.size());
      leaves.push_back(record::leaf_hash(as_bytes(entry)));
      writer.append(to_bytes(entry));
    }
    record::testing::write_into(files, writer.take_files());
    const std::string text = checkpoint(size).text();
    files["checkpoint"] = to_bytes(record::Note{text, {sign_note(kLog, text)}}.encode());
  }
  Checkpoint checkpoint(std::size_t size) const {
    return {kOrigin, TreeSize{size}, record::root_of(std::span(leaves).first(size))};
  }
  std::string note(std::size_t size) const {
    const std::string text = checkpoint(size).text();
    return record::Note{text, {sign_note(kLog, text)}}.encode();
  }
  // An add-checkpoint body that is in order.
  std::string growth(std::size_t old_size, std::size_t size) const {
    record::Proof proof;
    if (old_size > 0 && old_size < size) {
      proof = record::consistency_proof(std::span(leaves).first(size), TreeSize{old_size});
    }
    return record::write_add_checkpoint(TreeSize{old_size}, proof, note(size));
  }

  std::vector<Hash> leaves;
  record::TileWriter writer;
  record::testing::Files files;

 private:
  std::string branch_;
  std::size_t common_;
};

// Runs loops until the condition holds; fails the test if it never does.
template <class Condition>
void pump(const std::vector<net::Runtime*>& loops, Condition condition, const char* what) {
  for (int i = 0; i < 20'000; ++i) {
    if (condition()) return;
    for (net::Runtime* loop : loops) loop->run_for(std::chrono::milliseconds(1));
  }
  FAIL() << "never happened: " << what;
}

// Serves whatever history it is pointed at, below /log; counts and can require a token.
struct LogServer {
  net::Runtime loop;
  const History* history = nullptr;
  std::string token;
  bool full_only = false;  // partial tiles are gone
  std::uint16_t port = 0;

  LogServer() {
    const Result<std::uint16_t> bound =
        loop.serve({}, [this](const net::HttpRequest& request) { return answer(request); });
    check(bound.has_value(), "the log's server listens");
    port = *bound;
  }
  std::string url() const { return fmt::format("http://127.0.0.1:{}/log", port); }
  net::HttpResponse answer(const net::HttpRequest& request) const {
    net::HttpResponse out;
    out.status = 404;
    const auto header = request.headers.find("authorization");
    if (!token.empty() &&
        (header == request.headers.end() || header->second != "Bearer " + token)) {
      out.status = 401;
      return out;
    }
    if (!request.path.starts_with("/log/")) return out;
    const std::string path = request.path.substr(5);
    Result<Bytes> bytes = fail(Errc::tile_missing);
    const auto read = [this](const std::string& name) -> Result<Bytes> {
      const auto found = history->files.find(name);
      if (found == history->files.end()) return fail(Errc::tile_missing);
      return found->second;
    };
    const Result<record::TilePath> tile = record::parse_tile_path(path);
    const bool exact = !tile || full_only;
    bytes = exact ? read(path) : record::read_tile(*tile, read);
    if (!bytes) return out;
    out.status = 200;
    out.body = as_text(*bytes);
    return out;
  }
};

std::string write_logs(const TemporaryFolder& folder, const std::string& url = "") {
  const std::string path = folder / "logs.txt";
  std::ofstream(path) << "# for tests\nlog " << kLog.key.text() << " " << url << "\n";
  return path;
}

NeutralOptions options_in(const TemporaryFolder& folder, bool mirror = false) {
  NeutralOptions out;
  out.mirror = mirror;
  out.data = folder / "data";
  out.port = 0;
  out.name = "un1.example";
  out.logs = folder / "logs.txt";
  out.poll = std::chrono::milliseconds(20);
  return out;
}

// A neutral node that listens, and a client that talks to it over HTTP.
struct Running {
  std::unique_ptr<NeutralHost> host;
  std::shared_ptr<net::Runtime::Client> client;
  std::vector<net::Runtime*> loops;

  explicit Running(const NeutralOptions& options, LogServer* log = nullptr,
                   store::FaultHook hook = {}) {
    Result<std::unique_ptr<NeutralHost>> opened = NeutralHost::open(options, std::move(hook));
    if (!opened) ADD_FAILURE() << opened.error().text();
    check(opened.has_value(), "the neutral node opens");
    host = std::move(*opened);
    const Status listening = host->listen();
    check(listening.has_value(), "the neutral node listens");
    client = make_client();
    loops = {&host->runtime()};
    if (log != nullptr) loops.push_back(&log->loop);
  }
  ~Running() { client.reset(); }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  std::shared_ptr<net::Runtime::Client> make_client() const {
    net::ClientOptions to;
    to.host = "127.0.0.1";
    to.port = host->port();
    to.tls = false;
    return host->runtime().client(to);
  }
  net::HttpResponse ask(const std::string& method, const std::string& target,
                        const std::string& body = "") {
    std::optional<Result<net::HttpResponse>> answer;
    client->request(method, target, body, {},
                    [&](Result<net::HttpResponse> got) { answer.emplace(std::move(got)); });
    pump(loops, [&] { return answer.has_value(); }, "an answer");
    check(answer && answer->has_value(), "the request is answered");
    return std::move(**answer);
  }
  net::HttpResponse post(const std::string& body) { return ask("POST", "/add-checkpoint", body); }
  record::Note checkpoint(const std::string& path) {
    const net::HttpResponse got = ask("GET", path);
    EXPECT_EQ(got.status, 200) << path;
    const Result<record::Note> note = record::parse_note(got.body);
    return note ? *note : record::Note{};
  }
  std::uint64_t mirrored_size() const {
    const auto head = host->store().head("mirror", kOrigin);
    return head && *head ? (*head)->checkpoint.size.value : 0;
  }
};

TEST(NeutralOptions, RefuseBadLogsAndAddresses) {
  const std::string vkey = kLog.key.text();
  for (const std::string& text :
       {std::string(), std::string("# none\n"), "log " + vkey, "log " + vkey + "\nquorum none\n",
        "log " + vkey + "\nwitness w " + vkey + "\n", std::string("log x\n")}) {
    EXPECT_FALSE(parse_logs(text)) << text;
  }
  EXPECT_EQ(parse_logs("log " + vkey + " http://a/\n")->at(0).url, "http://a/");
  for (const char* url :
       {"", "a.example", "https://a.example/", "http://", "http:///log", "http://a:0/",
        "http://a:x/", "http://a:99999/", "http://u@a/", "http://[::1]/", "http://a/../b",
        "http://a/b?c", "http://a/%2e", "http://a/b c"}) {
    EXPECT_EQ(parse_log_url(url).error().code, Errc::usage) << url;
  }
  const Result<LogAddress> address = parse_log_url("http://a.example:8080/log/");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->host, "a.example");
  EXPECT_EQ(address->port, 8080);
  EXPECT_EQ(address->prefix, "/log");
  EXPECT_EQ(parse_log_url("http://a.example")->prefix, "");
}

TEST(NeutralOptions, RefuseANameOrARoleThatCannotWork) {
  const TemporaryFolder folder;
  write_logs(folder);
  NeutralOptions options = options_in(folder);
  for (const std::string& name :
       {std::string(), std::string("a b"), std::string("a+b"), std::string(250, 'a')}) {
    options.name = name;
    EXPECT_EQ(NeutralHost::open(options).error().code, Errc::usage) << name;
  }
  options = options_in(folder, true);
  EXPECT_EQ(NeutralHost::open(options).error().code, Errc::usage) << "no log has an address";
  options.logs = folder / "absent";
  EXPECT_FALSE(NeutralHost::open(options));
}

TEST(WitnessNode, RefusesOverHttpWhatTheProtocolRefuses) {
  const TemporaryFolder folder;
  write_logs(folder);
  Running node(options_in(folder));
  History a;
  History b("b");
  a.grow_to(40);
  b.grow_to(40);
  EXPECT_EQ(node.post("").status, 400);
  EXPECT_EQ(node.post("old 9\n\n" + a.note(5)).status, 400);
  EXPECT_EQ(node.ask("GET", "/add-checkpoint").status, 405);
  EXPECT_EQ(node.ask("PUT", "/add-checkpoint", a.growth(0, 5)).status, 405);
  EXPECT_EQ(node.ask("DELETE", "/" + kHex + "/checkpoint").status, 405);
  EXPECT_EQ(node.ask("GET", "/" + kHex + "/checkpoint").status, 404) << "nothing cosigned yet";
  EXPECT_EQ(node.ask("GET", "/" + kHex).status, 404);
  EXPECT_EQ(node.ask("GET", "/").status, 404);
  EXPECT_EQ(node.ask("GET", "/" + std::string(64, 'a') + "/checkpoint").status, 404);
  EXPECT_EQ(node.ask("GET", "/" + kHex + "/tile/0/000").status, 404) << "a witness has no tiles";
  EXPECT_EQ(node.ask("POST", "/add-checkpoint", std::string(2U << 20, 'x')).status, 413);
  node.client = node.make_client();

  ASSERT_EQ(node.post(a.growth(0, 5)).status, 200);
  const net::HttpResponse conflict = node.post(a.growth(0, 9));
  EXPECT_EQ(conflict.status, 409);
  EXPECT_EQ(conflict.content_type, "text/x.tlog.size");
  EXPECT_EQ(conflict.body, "5\n");
  EXPECT_EQ(node.post(b.growth(5, 9)).status, 422);
  EXPECT_EQ(node.post(b.growth(5, 5)).status, 422);
  std::string forged = a.growth(5, 9);
  forged.replace(forged.size() - 8, 4, "AAAA");
  EXPECT_EQ(node.post(forged).status, 403);
  const record::Signer stranger =
      record::make_signer("log.example/two", record::KeyType::ed25519, test_key(1));
  const std::string text =
      Checkpoint{Origin{"log.example/two"}, TreeSize{0}, record::empty_root()}.text();
  EXPECT_EQ(
      node.post("old 0\n\n" + record::Note{text, {sign_note(stranger, text)}}.encode()).status,
      404);
  EXPECT_EQ(node.checkpoint("/" + kHex + "/checkpoint").text, a.checkpoint(5).text());
}

TEST(WitnessNode, IsFollowedThroughAConflictByASenderWhoKnowsNothing) {
  const TemporaryFolder folder;
  write_logs(folder);
  Running node(options_in(folder));
  History log;
  log.grow_to(300);
  ASSERT_EQ(node.post(log.growth(0, 100)).status, 200);
  // The sender: asks with 0, is told 100, sends the proof from there.
  const auto reply_to = [&](std::size_t old_size, std::size_t size) {
    const net::HttpResponse got = node.post(log.growth(old_size, size));
    return record::read_witness_answer({got.status, got.content_type, got.body},
                                       log.checkpoint(size).text(), {node.host->witness_key()});
  };
  const Result<record::WitnessReply> told = reply_to(0, 300);
  ASSERT_TRUE(told && told->size);
  const Result<record::WitnessReply> signed_now = reply_to(told->size->value, 300);
  ASSERT_TRUE(signed_now) << signed_now.error().text();
  ASSERT_EQ(signed_now->cosigned.size(), 1U);
  const record::Note shown = node.checkpoint("/" + kHex + "/checkpoint");
  EXPECT_TRUE(record::verify_all_lines(shown, {kLog.key, node.host->witness_key()}));
  EXPECT_EQ(shown.text, log.checkpoint(300).text());
}

TEST(WitnessNode, RemembersOverARestartAndNeverSignsWithoutItsStore) {
  const TemporaryFolder folder;
  write_logs(folder);
  History a;
  History b("b");
  a.grow_to(20);
  b.grow_to(20);
  std::string vkey;
  {
    Running node(options_in(folder));
    vkey = node.host->witness_key().text();
    EXPECT_EQ(node.host->witness_key().name, "un1.example/witness");
    EXPECT_EQ(node.host->mirror_key(), nullptr);
    ASSERT_EQ(node.post(a.growth(0, 10)).status, 200);
    EXPECT_EQ(NeutralHost::open(options_in(folder)).error().code, Errc::store_locked);
  }
  {
    Running node(options_in(folder));
    EXPECT_EQ(node.host->witness_key().text(), vkey);
    EXPECT_EQ(node.post(b.growth(0, 20)).body, "10\n");
    EXPECT_EQ(node.post(b.growth(10, 20)).status, 422);
    EXPECT_EQ(node.post(a.growth(10, 20)).status, 200);
  }
  NeutralOptions renamed = options_in(folder);
  renamed.name = "un2.example";
  EXPECT_EQ(NeutralHost::open(renamed).error().code, Errc::store_corrupt);
  for (const auto& file : fs::directory_iterator(folder / "data")) {
    if (file.path().filename().string().starts_with("witness.db")) fs::remove(file.path());
  }
  const auto lost = NeutralHost::open(options_in(folder));
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, Errc::store_not_found);
  EXPECT_NE(lost.error().detail.find("retire"), std::string::npos);
}

TEST(WitnessNode, KeepsBothNotesOfALogThatForks) {
  const TemporaryFolder folder;
  write_logs(folder);
  History a;
  History b("b");
  a.grow_to(20);
  b.grow_to(20);
  Running node(options_in(folder));
  ASSERT_EQ(node.post(a.growth(0, 10)).status, 200);
  EXPECT_EQ(node.post(b.growth(10, 10)).status, 422);
  EXPECT_EQ(node.post(b.growth(0, 12)).status, 409);
  const auto notes = node.host->store().notes(kOrigin);
  ASSERT_TRUE(notes);
  ASSERT_EQ(notes->size(), 3U);
  EXPECT_EQ((*notes)[0].note, a.note(10));
  EXPECT_TRUE((*notes)[0].cosigned);
  EXPECT_EQ((*notes)[1].note, b.note(10));
  EXPECT_FALSE((*notes)[1].cosigned);
  EXPECT_EQ((*notes)[2].note, b.note(12));
  // The two are the proof: same size, two roots, both signed.
  EXPECT_TRUE(record::verify_note(*record::parse_note((*notes)[1].note), kLog.key));
  EXPECT_EQ(node.checkpoint("/" + kHex + "/checkpoint").text, a.checkpoint(10).text());
}

TEST(WitnessNode, LetsOneOfTwoRacingSendersThroughAndNeverGoesBack) {
  const TemporaryFolder folder;
  write_logs(folder);
  History log;
  log.grow_to(200);
  Running node(options_in(folder));
  const auto first = node.make_client();
  const auto second = node.make_client();
  std::size_t size = 0;
  for (std::size_t round = 0; round < 20; ++round) {
    std::vector<std::pair<std::size_t, net::HttpResponse>> answers;
    const auto send = [&](const auto& client, std::size_t to) {
      client->request("POST", "/add-checkpoint", log.growth(size, to), {},
                      [&answers, to](Result<net::HttpResponse> got) {
                        if (got) answers.emplace_back(to, std::move(*got));
                      });
    };
    send(round % 2 == 0 ? first : second, size + 3);
    send(round % 2 == 0 ? second : first, size + 7);
    pump(node.loops, [&] { return answers.size() == 2; }, "two answers");
    ASSERT_EQ(answers.size(), 2U);
    std::size_t won = 0;
    std::size_t now = size;
    for (const auto& [to, answer] : answers) {
      if (answer.status == 200) {
        ++won;
        now = to;
      }
    }
    EXPECT_EQ(won, 1U);
    for (const auto& [to, answer] : answers) {
      if (answer.status != 200) EXPECT_EQ(answer.body, fmt::format("{}\n", now));
    }
    size = now;
    EXPECT_EQ(node.checkpoint("/" + kHex + "/checkpoint").text, log.checkpoint(size).text());
  }
}

TEST(WitnessNode, JudgesRequestsThatComeTogetherEachAfterTheOther) {
  const TemporaryFolder folder;
  write_logs(folder);
  History a;
  History b("b");
  a.grow_to(20);
  b.grow_to(20);
  Running node(options_in(folder));
  const std::vector<std::string> bodies = {a.growth(0, 10),  a.growth(0, 12),  b.growth(10, 20),
                                           a.growth(10, 20), b.growth(20, 20), "",
                                           a.growth(20, 20)};
  std::vector<int> statuses;
  for (const net::HttpResponse& answer : node.host->add_checkpoints(bodies)) {
    statuses.push_back(answer.status);
  }
  EXPECT_EQ(statuses, (std::vector<int>{200, 409, 422, 200, 422, 400, 200}));
  EXPECT_EQ(node.checkpoint("/" + kHex + "/checkpoint").text, a.checkpoint(20).text());
}

TEST(WitnessNode, SignsNothingThatItCouldNotStore) {
  const TemporaryFolder folder;
  write_logs(folder);
  History log;
  log.grow_to(20);
  bool full = false;
  Running node(options_in(folder), nullptr, [&](const char* site) -> Status {
    if (full && std::string_view(site) == "witness.before_commit") return fail(Errc::store_full);
    return {};
  });
  ASSERT_EQ(node.post(log.growth(0, 10)).status, 200);
  full = true;
  const net::HttpResponse answer = node.post(log.growth(10, 20));
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.body.find("\xE2\x80\x94"), std::string::npos);
  EXPECT_EQ(node.checkpoint("/" + kHex + "/checkpoint").text, log.checkpoint(10).text());
  full = false;
  EXPECT_EQ(node.post(log.growth(10, 20)).status, 200);
}

// The whole copy as another party would see it, checked from outside.
void expect_whole_copy(Running& node, const History& log, std::size_t size) {
  const record::Note shown = node.checkpoint("/" + kHex + "/checkpoint");
  EXPECT_EQ(shown.text, log.checkpoint(size).text());
  EXPECT_TRUE(record::verify_all_lines(shown, {kLog.key, *node.host->mirror_key()}));
  for (const record::TilePath& path : record::all_tiles(TreeSize{size})) {
    const net::HttpResponse got = node.ask("GET", "/" + kHex + "/" + path.text());
    ASSERT_EQ(got.status, 200) << path.text();
    const auto read = [&](const std::string& name) -> Result<Bytes> {
      const auto found = log.files.find(name);
      if (found == log.files.end()) return fail(Errc::tile_missing);
      return found->second;
    };
    EXPECT_EQ(to_bytes(got.body), *record::read_tile(path, read)) << path.text();
  }
  // And the folder holds these files, the checkpoint, and no others.
  std::set<std::string> expected = {"checkpoint"};
  for (const record::TilePath& path : record::all_tiles(TreeSize{size})) {
    expected.insert(path.text());
  }
  std::set<std::string> there;
  const auto files = node.host->store().folder().list("mirror/" + kHex);
  ASSERT_TRUE(files);
  for (const std::string& file : *files) there.insert(file.substr(8 + 64));
  EXPECT_EQ(there, expected);
}

TEST(MirrorNode, CopiesTheWholeLogAndGrowsWithItOverRestarts) {
  const TemporaryFolder folder;
  LogServer server;
  server.token = "secret";
  write_logs(folder, server.url());
  NeutralOptions options = options_in(folder, true);
  History log;
  log.grow_to(70);
  server.history = &log;
  {
    Running node(options, &server);
    for (int i = 0; i < 60; ++i) node.host->runtime().run_for(std::chrono::milliseconds(1));
    EXPECT_EQ(node.mirrored_size(), 0U) << "the server asks for a token";
  }
  options.tokens[kOrigin.value] = "secret";
  std::size_t size = 70;
  for (const std::size_t grown :
       {std::size_t{70}, std::size_t{300}, std::size_t{512}, std::size_t{5'000}}) {
    Running node(options, &server);
    size = grown;
    log.grow_to(size);
    pump(node.loops, [&] { return node.mirrored_size() == size; }, "the copy has grown");
    expect_whole_copy(node, log, size);
  }
  Running node(options, &server);
  EXPECT_EQ(node.mirrored_size(), size);
  // A partial tile of an older size is cut from what is there now.
  EXPECT_EQ(node.ask("GET", "/" + kHex + "/tile/0/000.p/70").status, 200);
  EXPECT_EQ(node.ask("GET", "/" + kHex + "/tile/0/999").status, 404);
  EXPECT_EQ(node.ask("GET", "/" + kHex + "/keys/mirror.key").status, 404);
  EXPECT_EQ(node.ask("GET", "/" + kHex + "/tile/..%2f..%2fwitness.db").status, 400);
}

TEST(MirrorNode, TakesTheFullTileWhereThePartialOneIsGone) {
  const TemporaryFolder folder;
  LogServer server;
  server.full_only = true;
  write_logs(folder, server.url());
  History log;
  log.grow_to(256);
  // The checkpoint is older than the tiles.
  log.files["checkpoint"] = to_bytes(log.note(200));
  server.history = &log;
  Running node(options_in(folder, true), &server);
  pump(node.loops, [&] { return node.mirrored_size() == 200; }, "the copy");
  const record::Note shown = node.checkpoint("/" + kHex + "/checkpoint");
  EXPECT_EQ(shown.text, log.checkpoint(200).text());
}

TEST(MirrorNode, CosignsNoEntryThatItDoesNotHold) {
  const TemporaryFolder folder;
  LogServer server;
  write_logs(folder, server.url());
  History log;
  log.grow_to(300);
  server.history = &log;
  {
    Running node(options_in(folder, true), &server);
    pump(node.loops, [&] { return node.mirrored_size() == 300; }, "the copy");
  }
  History spoilt = log;
  spoilt.grow_to(700);
  const History whole = spoilt;
  // One byte of one entry, then a missing bundle, then a missing tile of hashes.
  for (int fault = 0; fault < 3; ++fault) {
    spoilt.files = whole.files;
    if (fault == 0) spoilt.files["tile/entries/001"].back() ^= 1;
    if (fault == 1) spoilt.files.erase("tile/entries/001");
    if (fault == 2) spoilt.files.erase("tile/0/001");
    server.history = &spoilt;
    Running node(options_in(folder, true), &server);
    for (int i = 0; i < 150; ++i) {
      for (net::Runtime* loop : node.loops) loop->run_for(std::chrono::milliseconds(1));
    }
    EXPECT_EQ(node.mirrored_size(), 300U);
    EXPECT_EQ(node.host->store().notes(kOrigin)->size(), 2U) << "the note itself is kept";
    expect_whole_copy(node, log, 300);
  }
  server.history = &whole;
  Running node(options_in(folder, true), &server);
  pump(node.loops, [&] { return node.mirrored_size() == 700; }, "the copy is whole in the end");
  expect_whole_copy(node, whole, 700);
}

TEST(MirrorNode, RefusesASecondHistoryAndKeepsItsNote) {
  const TemporaryFolder folder;
  LogServer server;
  write_logs(folder, server.url());
  History a;
  a.grow_to(300);
  server.history = &a;
  Running node(options_in(folder, true), &server);
  pump(node.loops, [&] { return node.mirrored_size() == 300; }, "the copy");
  for (const std::size_t size : {std::size_t{300}, std::size_t{600}, std::size_t{100}}) {
    History b("b");
    b.grow_to(size);
    server.history = &b;
    const std::string note = b.note(size);
    pump(
        node.loops,
        [&] {
          const auto notes = node.host->store().notes(kOrigin);
          return notes && notes->back().note == note;
        },
        "the other history was seen");
    for (int i = 0; i < 60; ++i) {
      for (net::Runtime* loop : node.loops) loop->run_for(std::chrono::milliseconds(1));
    }
    EXPECT_EQ(node.mirrored_size(), 300U);
    expect_whole_copy(node, a, 300);
  }
  server.history = &a;
  a.grow_to(400);
  pump(node.loops, [&] { return node.mirrored_size() == 400; }, "the true history goes on");
}

TEST(MirrorNode, AndItsWitnessNeverVouchForTwoHistories) {
  History a;
  History b("b");
  a.grow_to(600);
  b.grow_to(600);
  {
    // Mirrored first: its witness refuses the other history.
    const TemporaryFolder folder;
    LogServer server;
    write_logs(folder, server.url());
    server.history = &a;
    Running node(options_in(folder, true), &server);
    pump(node.loops, [&] { return node.mirrored_size() == 600; }, "the copy");
    EXPECT_EQ(node.post(b.growth(0, 50)).status, 422);
    EXPECT_EQ(node.post(a.growth(0, 50)).status, 200);
    EXPECT_NE(node.host->witness_key().key, node.host->mirror_key()->key);
    EXPECT_EQ(node.checkpoint("/witness/" + kHex + "/checkpoint").text, a.checkpoint(50).text());
    EXPECT_EQ(node.checkpoint("/" + kHex + "/checkpoint").text, a.checkpoint(600).text());
  }
  {
    // Cosigned first: the mirror refuses the other history.
    const TemporaryFolder folder;
    LogServer server;
    write_logs(folder, server.url());
    server.history = &a;
    server.token = "not given";
    Running node(options_in(folder, true), &server);
    ASSERT_EQ(node.post(b.growth(0, 50)).status, 200);
    server.token.clear();
    for (int i = 0; i < 200; ++i) {
      for (net::Runtime* loop : node.loops) loop->run_for(std::chrono::milliseconds(1));
    }
    EXPECT_EQ(node.mirrored_size(), 0U);
    server.history = &b;
    pump(node.loops, [&] { return node.mirrored_size() == 600; }, "the cosigned history");
  }
}

TEST(MirrorNode, SaysAgainAndAgainThatItHoldsTheLog) {
  const TemporaryFolder folder;
  LogServer server;
  write_logs(folder, server.url());
  History log;
  log.grow_to(5);
  server.history = &log;
  Running node(options_in(folder, true), &server);
  pump(node.loops, [&] { return node.mirrored_size() == 5; }, "the copy");
  const auto time = [&] {
    return *record::verify_cosignature(node.checkpoint("/" + kHex + "/checkpoint"),
                                       *node.host->mirror_key());
  };
  const UtcMs first = time();
  pump(node.loops, [&] { return time() > first; }, "a newer cosignature of the same tree");
  EXPECT_EQ(node.host->store().notes(kOrigin)->size(), 1U);
}

}  // namespace
}  // namespace detente::app
