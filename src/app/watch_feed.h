// SPDX-License-Identifier: Apache-2.0
//
// Where `detente watch` gets its tracks from: a TCP port that serves SBS lines, a file of SBS lines
// (or standard input), an aircraft.json that is read again each second, from a file or over plain
// HTTP. Blocking calls with a time limit; one thread. Private to src/app.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace detente::app {

struct FeedSpec {
  enum class Kind : std::uint8_t { sbs_tcp, sbs_file, json_file, json_http };
  Kind kind = Kind::sbs_file;
  std::string host;  // without brackets
  std::string port;
  std::string path;  // of the file ("-": standard input), or of the URL
};

// "sbs://HOST:PORT", "sbs:FILE", "sbs:-", "json:FILE", "json:http://HOST[:PORT]/PATH". An IPv6
// address stands in brackets. Errc::usage otherwise.
Result<FeedSpec> parse_feed(std::string_view text);

// The body of a whole HTTP answer (up to the end of the connection). http_malformed, http_status,
// http_too_large.
Result<std::string> http_body(std::string_view answer);

struct FeedPiece {
  std::string bytes;   // SBS: the next bytes; JSON: a whole document. Empty: nothing new.
  bool ended = false;  // the end of a file; nothing comes after it
};

class FeedSource {
 public:
  virtual ~FeedSource() = default;
  // Waits for at most `wait_ms`. A connection that broke is made again, a document that cannot be
  // read is tried again; both are counted in failures(). Errors end the watch: store_*.
  virtual Result<FeedPiece> next(int wait_ms) = 0;
  virtual std::uint64_t failures() const { return 0; }
  // How far, 0 to 1, where the end is known.
  virtual std::optional<double> progress() const { return std::nullopt; }
};

// Opens the feed; the first connection or reading must succeed: net_refused, net_timeout,
// store_not_found, store_io, http_*.
Result<std::unique_ptr<FeedSource>> open_feed(const FeedSpec& spec);

}  // namespace detente::app
