// SPDX-License-Identifier: Apache-2.0
//
// The strict front door for JSON, and the texts that documents carry: hex, base64, times, strings.
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/json.h"
#include "base/time.h"

using namespace detente;

namespace {

constexpr std::size_t kBytesMax = 1U << 20;

void visit(const JsonReader& in, int depth) {
  check(depth <= 16, "the tree is deeper than the limit");
  if (in.is_object()) {
    for (const std::string& name : in.names()) {
      const Result<JsonReader> member = in.member(name);
      check(member.has_value(), "a named member is not there");
      visit(*member, depth + 1);
    }
  }
  if (in.is_array()) {
    const Result<std::vector<JsonReader>> items = in.as_array(kBytesMax);
    check(items.has_value(), "an array that has no items");
    for (const JsonReader& item : *items) visit(item, depth + 1);
  }
  if (in.is_string()) {
    const Result<std::string> text = in.as_string(kBytesMax, true);
    check(text && is_utf8(*text), "a string that is not UTF-8");
    const Result<JsonDocument> again = parse_json(json_quote(*text), {.bytes_max = 8 * kBytesMax});
    check(again && again->root().as_string(kBytesMax, true) == *text, "a quoted string changed");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  const Result<JsonDocument> strict = parse_json(text, {.bytes_max = kBytesMax});
  const Result<JsonDocument> loose =
      parse_json(text, {.bytes_max = kBytesMax, .integers_only = false});
  check(!strict || loose, "whole numbers were refused where any number is allowed");
  if (loose) visit(loose->root(), 0);
  const Result<Bytes> base64 = from_base64(text);
  if (base64) check(to_base64(*base64) == text, "base64 has a second form");
  const Result<Bytes> hex = from_hex(text);
  if (hex) check(to_hex(*hex).size() == text.size(), "hex of another length");
  const Result<UtcMs> time = parse_rfc3339(text);
  if (time) check(parse_rfc3339(format_rfc3339(*time)) == *time, "a time changed");
  return 0;
}
