// SPDX-License-Identifier: Apache-2.0
//
// The bodies of statements about sites and movements; the first byte chooses. What is read has an
// area or a corridor, and is written and read back the same.
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/limits.h"
#include "protection/bodies.h"

using namespace detente;

namespace {

Result<JsonDocument> document_of(std::string_view text) {
  return parse_json(text, {.bytes_max = limits::kStatementPayloadBytes});
}

void try_site(const JsonReader& body) {
  const auto read = protection::read_register(body);
  if (!read || !read->site) return;
  check(protection::site_area(*read->site).has_value(), "a site without an area");
  const auto written = document_of(protection::write_register(*read));
  // What was escaped when it was read may be longer when it is written.
  if (!written) return;
  const auto again = protection::read_register(written->root());
  check(again && again->site == read->site && again->to == read->to, "another site");
}

void try_movement(const JsonReader& body) {
  const auto read = protection::read_notify(body);
  if (!read || !read->movement) return;
  static_cast<void>(protection::corridor(*read->movement));
  const auto written = document_of(protection::write_notify(*read));
  if (!written) return;
  const auto again = protection::read_notify(written->root());
  check(again && again->movement == read->movement, "another movement");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto document = document_of(as_text({data + 1, size - 1}));
  if (!document) return 0;
  const JsonReader body = document->root();
  switch (data[0] % 4) {
    case 0:
      try_site(body);
      break;
    case 1:
      try_movement(body);
      break;
    case 2:
      static_cast<void>(protection::read_disseminated(body));
      static_cast<void>(protection::read_emergency(body));
      static_cast<void>(protection::read_checkin(body));
      break;
    default:
      static_cast<void>(protection::read_contest(body));
      static_cast<void>(protection::read_close(body));
      static_cast<void>(protection::read_case_step(body));
      static_cast<void>(protection::read_confirm(body));
  }
  return 0;
}
