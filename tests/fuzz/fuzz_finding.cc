// SPDX-License-Identifier: Apache-2.0
//
// Bodies of findings: what is accepted is written back to a body that says the same.
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/limits.h"
#include "watch/finding.h"

using namespace detente;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const JsonOptions options{.bytes_max = limits::kStatementPayloadBytes};
  const auto document = parse_json(as_text({data, size}), options);
  if (!document) return 0;
  const auto open = watch::read_finding_open(document->root());
  if (open) {
    const std::string written = watch::write_finding_open(open->finding, open->id);
    const auto again = parse_json(written, options);
    check(again.has_value(), "a written body is not JSON");
    const auto body = watch::read_finding_open(again->root());
    check(body && body->finding.first == open->finding.first &&
              watch::write_finding_open(body->finding, body->id) == written,
          "a written body says something else");
  }
  const auto close = watch::read_finding_close(document->root());
  if (close) {
    watch::Finding finding;
    finding.end = close->end;
    finding.last = close->last;
    finding.fixes = close->fixes;
    const std::string written = watch::write_finding_close(finding, close->id);
    const auto again = parse_json(written, options);
    check(again && watch::read_finding_close(again->root()), "a written body is refused");
  }
  return 0;
}
