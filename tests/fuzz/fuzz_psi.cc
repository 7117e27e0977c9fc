// SPDX-License-Identifier: Apache-2.0
//
// Private checks: claims, files of claims, and bodies of the statements psi.*. What is accepted has
// one form, and no bytes of whatever size prove anything that was not signed.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "record/psi_claim_file.h"

using namespace detente;

namespace {

void try_claim(ByteView bytes) {
  const Result<record::PsiClaim> claim = record::parse_psi_claim(bytes);
  if (!claim) return;
  const Bytes again = record::encode_psi_claim(*claim);
  check(std::equal(again.begin(), again.end(), bytes.begin(), bytes.end()),
        "a claim has a second form");
}

void try_bodies(std::string_view text) {
  const auto document = parse_json(text, {.bytes_max = 100'000});
  if (!document) return;
  const JsonReader body = document->root();
  const auto twice = [&](auto read, auto write) {
    const auto first = read(body);
    if (!first) return;
    const std::string written = write(*first);
    const auto again = parse_json(written, {.bytes_max = 200'000});
    check(again && read(again->root()), "what was written is read");
    check(write(*read(again->root())) == written, "and written the same");
  };
  twice(record::read_psi_epoch, record::write_psi_epoch);
  twice(record::read_psi_post, record::write_psi_post);
  twice(record::read_psi_query, record::write_psi_query);
  twice(record::read_psi_answer, record::write_psi_answer);
  twice(record::read_psi_result, record::write_psi_result);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(data, size);
  try_claim(bytes);
  try_bodies(as_text(bytes));
  const auto file = record::parse_psi_claim_file(as_text(bytes));
  if (file) {
    check(record::parse_psi_claim_file(file->encode()).has_value(), "a file is read again");
    check(!record::verify_psi_claims(as_text(bytes), {}), "nobody's keys prove something");
  }
  return 0;
}
