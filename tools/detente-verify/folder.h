// SPDX-License-Identifier: Apache-2.0
//
// Reads folders from disk for the verifier: regular files only. A link, a device or a socket, and
// anything that cannot be read, is an error that names it; nothing is skipped in silence.
// Links inside the folder are refused, because what they lead to is not what was handed over.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "record/log_verifier.h"

namespace detente::verify {

// A regular file of at most `bytes_max`.
//   store_not_found  it does not exist
//   store_io         it cannot be read, or is larger
//   file_unexpected  it is not a regular file
Result<Bytes> read_regular_file(const std::string& path, std::size_t bytes_max);

// Names of the directories directly below `path`, sorted; none if `path` does not exist. Anything
// else there is file_unexpected.
Result<std::vector<std::string>> list_directories(const std::string& path);

// A log's folder. `place` is how errors name it, for example "mirror/3f..". Errors as above.
// A missing folder is a folder without files.
Result<record::LogFolder> open_log_folder(const std::string& path, const std::string& place);

}  // namespace detente::verify
