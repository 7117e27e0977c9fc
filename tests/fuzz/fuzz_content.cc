// SPDX-License-Identifier: Apache-2.0
//
// Private content: documents, packages, openings and statement bodies. What is accepted comes back
// from its own writer, opens field by field, and matches its own commitment.
#include <cstddef>
#include <cstdint>

#include "crypto/hash.h"
#include "record/content.h"

using namespace detente;

namespace {

crypto::Secret32 test_secret() {
  return crypto::Secret32::from_bytes(crypto::sha256(as_bytes("a key for the fuzzer")));
}

void check_content(const record::Content& content, const crypto::Secret32& key) {
  const record::Commitment commitment = record::commit_content(content, key);
  std::vector<std::string> names;
  for (const record::ContentField& field : content.fields()) names.push_back(field.name);
  const Result<record::Opening> opening = record::open_fields(content, key, names);
  check(opening && record::verify_opening(commitment, *opening), "a field does not open");
  const std::string file = record::write_opening_file({commitment, *opening});
  if (file.size() <= record::kOpeningFileBytes) {
    const Result<record::OpeningFile> again = record::parse_opening_file(file);
    check(again && again->opening == *opening && again->commitment == commitment,
          "an opening does not come back");
  }
  const Result<record::ContentPackage> package =
      record::parse_package(record::encode_package(content, key));
  check(package && package->content == content, "a package does not come back");
  check(record::verify_package(commitment, *package).has_value(), "a package does not match");
}

void check_bodies(const JsonReader& body) {
  const auto same = [](const std::string& text, const auto& value, auto read) {
    const Result<JsonDocument> document = parse_json(text, {.bytes_max = 10U << 20});
    check(document && *read(document->root()) == value, "a body does not come back");
  };
  if (const auto commit = record::read_content_commit(body)) {
    same(record::write_content_commit(*commit), *commit, record::read_content_commit);
  }
  if (const auto receipt = record::read_content_receipt(body)) {
    same(record::write_content_receipt(*receipt), *receipt, record::read_content_receipt);
  }
  if (const auto opening = record::read_content_open(body)) {
    same(record::write_content_open(*opening), *opening, record::read_content_open);
  }
  if (const auto canonical = record::canonical_json(body)) {
    const Result<JsonDocument> again = parse_json(*canonical, {.bytes_max = 10U << 20});
    check(again && *record::canonical_json(again->root()) == *canonical,
          "a canonical form has another canonical form");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text(ByteView(data, size));
  if (const auto content = record::Content::parse(text, "any/v1")) {
    check_content(*content, test_secret());
  }
  if (const auto package = record::parse_package(text)) {
    check(record::encode_package(package->content, package->key) == text,
          "a package has a second form");
    check_content(package->content, package->key);
  }
  if (const auto file = record::parse_opening_file(text)) {
    const bool fits = record::verify_opening(file->commitment, file->opening).has_value();
    const auto again = record::parse_opening_file(record::write_opening_file(*file));
    check(again && again->opening == file->opening, "an opening file does not come back");
    check(record::verify_opening(again->commitment, again->opening).has_value() == fits,
          "the verdict depends on the form");
  }
  const Result<JsonDocument> document = parse_json(text, {.bytes_max = 1U << 20});
  if (document) check_bodies(document->root());
  return 0;
}
