// SPDX-License-Identifier: Apache-2.0
//
// An extract for people: as plain text, as one HTML page, as JSON. Each is a pure function of the
// extract and the report that verify_extract gave, so a reader's own program writes the same page
// again and can compare.
//
// The page needs no script, no network and no other file; it holds the extract itself. Whatever
// officers wrote is escaped; control characters and those that turn the direction of writing are
// shown as \uXXXX.
#pragma once

#include <string>
#include <string_view>

#include "record/extract.h"

namespace detente::record {

std::string extract_text(const Extract& extract, const ExtractReport& report);
std::string extract_page(const Extract& extract, const ExtractReport& report);
std::string extract_json(const Extract& extract, const ExtractReport& report);  // one object

// Whether the bytes look like a page and not like a bare extract.
bool is_extract_page(std::string_view bytes);
// The extract that a page holds. extract_malformed: none, more than one, or it is damaged.
Result<std::string> extract_of_page(std::string_view page);
inline constexpr std::size_t kExtractPageBytes = 4 * kExtractBytes;

}  // namespace detente::record
