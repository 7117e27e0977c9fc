// SPDX-License-Identifier: Apache-2.0
//
// The cover and the list of a courier file have one form only, and no path of a list leads out.
#include <cstddef>
#include <cstdint>

#include "record/courier.h"

using namespace detente;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  const Result<record::CourierCover> cover = record::parse_courier_text(text);
  if (cover) {
    check(record::courier_text(*cover) == text, "a cover has a second form");
    check(!record::parse_checkpoint(text), "a cover is a checkpoint");
  }
  const Result<record::CourierList> list = record::parse_courier_list(text);
  if (!list) return 0;
  check(record::courier_list_text(*list) == text, "a list has a second form");
  for (const auto& [path, file] : *list) {
    check(path.find("..") == std::string::npos || record::is_courier_path(path),
          "a path leads out");
  }
  return 0;
}
