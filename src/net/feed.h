// SPDX-License-Identifier: Apache-2.0
//
// Text over plain TCP: a reader that reconnects, and a server of lines. Inside net/ only; the
// loop's thread alone. The handles given out end their work when they are destroyed.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "net/runtime.h"

namespace detente::net {

std::unique_ptr<Runtime::Feed> start_feed(boost::asio::io_context& loop, const std::string& host,
                                          std::uint16_t port,
                                          std::function<void(std::string_view)> bytes,
                                          std::function<void(const Error&)> closed);

Result<std::unique_ptr<Runtime::LineServer>> start_line_server(boost::asio::io_context& loop,
                                                               const std::string& address,
                                                               std::uint16_t port);

}  // namespace detente::net
