// SPDX-License-Identifier: Apache-2.0
//
// A log over HTTP, as a folder of files (C2SP tlog-tiles): libcurl, and nothing of the server's is
// trusted. Each file has a bound in bytes and in time, and all of them together too.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "record/log_verifier.h"

namespace detente::verify {

struct Source {
  std::string url;      // "http://127.0.0.1:8080/log": before "/checkpoint" and "/tile/.."
  std::string token;    // sent as "Authorization: Bearer .."; empty: none
  std::string ca_file;  // for https: whom to believe; empty: the system's authorities
  std::uint64_t bytes_max = std::uint64_t{64} << 30U;  // of all answers together
  int seconds_max = 30;                                // for one file
  int seconds_total_max = 24 * 3'600;                  // for all of them
};

// Files are fetched when they are read, from any thread; a connection is kept for each thread at
// work. The checkpoint is fetched once, so that a log that grows is verified at one size, and a
// partial tile that was replaced by the full one since is cut from it.
// Errors of reading: tile_missing (404), store_io (anything else, with the server's status).
// `url` must be http:// or https://; a redirection is not followed.
Result<record::LogFolder> remote_log(Source source);

}  // namespace detente::verify
