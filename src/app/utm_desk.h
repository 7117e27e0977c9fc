// SPDX-License-Identifier: Apache-2.0
//
// The UTM interface's options and its files: trusted keys of the authority that issues tokens.
// Private to src/app.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/utm_teller.h"
#include "utm/desk.h"

namespace detente::app {

struct UtmOptions {
  bool enabled = false;
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;              // 0: any free one
  std::vector<std::string> jwt_keys;   // PEM files; "KID=FILE" names the key
  std::vector<std::string> audiences;  // host names of this server
  std::string base_url;                // where USSs find what this node's activities show
  std::vector<UtmListener> listeners;  // subscribers that are told
  utm::DeskOptions desk;               // limits; its trust is filled from the files
};

// The desk's options with the keys read. usage where a key or an audience is missing; key_malformed
// with the file's name.
Result<utm::DeskOptions> open_utm_desk(const UtmOptions& options);

// As many descriptors as the system allows this process: each open connection needs one.
void raise_file_limit();

// Changes in one step: while it runs nothing else is served.
inline constexpr std::size_t kUtmGroup = 128;
// Drone operators' services keep many connections open, most of them idle.
inline constexpr std::size_t kUtmConnections = 12'000;

}  // namespace detente::app
