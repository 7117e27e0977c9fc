// SPDX-License-Identifier: Apache-2.0
#include "app/content_files.h"

#include <algorithm>
#include <filesystem>

#include "app/identity.h"
#include "app/key_files.h"
#include "base/limits.h"
#include "crypto/hash.h"

namespace detente::app {
namespace {

bool exists(const std::string& path) {
  std::error_code ec;
  return std::filesystem::exists(path, ec);
}

std::string document_text(const record::Content& content) {
  JsonWriter out;
  out.begin_object().member("schema", content.schema());
  out.name("content").raw(content.document()).end_object();
  return out.take();
}

Result<record::Content> read_document(const std::string& path) {
  DETENTE_TRY(const std::string text, read_text_file(path, record::kSealedBytesMax));
  DETENTE_TRY(const JsonDocument document,
              parse_json(text, {.bytes_max = record::kSealedBytesMax,
                                .depth_max = record::kContentDepth + 2}));
  DETENTE_TRY(std::string schema, document.root().string("schema", limits::kIdBytes));
  DETENTE_TRY(const JsonReader content, document.root().object("content"));
  std::vector<record::ContentField> fields;
  for (const std::string& name : content.names()) {
    DETENTE_TRY(const JsonReader value, content.member(name));
    DETENTE_TRY(std::string canonical, record::canonical_json(value));
    fields.push_back({name, std::move(canonical)});
  }
  return record::Content::make(std::move(fields), std::move(schema));
}

}  // namespace

std::string ContentFiles::path(const Hash& root, const char* end) const {
  return data_ + "/content/" + to_hex(root) + end;
}

std::string ContentFiles::blob_path(const Hash& sha256) const {
  return data_ + "/blobs/" + to_hex(sha256);
}

Status ContentFiles::save(const Hash& root, const record::ContentPackage& package) const {
  return write(root, package, false);
}

Status ContentFiles::save_again(const Hash& root, const record::ContentPackage& package) const {
  return write(root, package, true);
}

Status ContentFiles::write(const Hash& root, const record::ContentPackage& package,
                           bool again) const {
  // The key last: content without its key is no content.
  std::string document = document_text(package.content);
  const Status written = write_private_file(path(root, ".json"), as_bytes(document), true);
  crypto::wipe(document);
  DETENTE_CHECK(written);
  std::string key = key_file_text(package.key.bytes());
  Status saved = write_private_file(path(root, ".key"), as_bytes(key), again);
  crypto::wipe(key);
  return saved;
}

Result<record::ContentPackage> ContentFiles::load(const record::Commitment& commitment) const {
  const std::string key_path = path(commitment.root, ".key");
  if (state(commitment.root) == State::destroyed)
    return fail(Errc::content_destroyed, "", key_path);
  if (!exists(key_path)) return fail(Errc::content_unknown, "", key_path);
  // A key file of any 32 secret bytes reads the same.
  DETENTE_TRY(const crypto::BoxKey key, load_box_key(key_path));
  DETENTE_TRY(record::Content content, read_document(path(commitment.root, ".json")));
  record::ContentPackage package{std::move(content), key.secret()};
  Status fits = record::verify_package(commitment, package);
  if (!fits) return fail(std::move(fits.error()).at(path(commitment.root, ".json")));
  return package;
}

ContentFiles::State ContentFiles::state(const Hash& root) const {
  if (exists(path(root, ".shredded"))) return State::destroyed;
  return exists(path(root, ".key")) ? State::at_hand : State::absent;
}

Status ContentFiles::destroy(const record::ContentCommit& commit, const std::string& reason) const {
  const Hash& root = commit.commitment.root;
  // The mark first: after a crash half-way nothing is opened any more, and this can be repeated.
  const std::string mark = reason + "\n";
  DETENTE_CHECK(write_private_file(path(root, ".shredded"), as_bytes(mark), true));
  return forget(commit);
}

Status ContentFiles::forget(const record::ContentCommit& commit) const {
  const crypto::Random random = crypto::system_random();
  const Hash& root = commit.commitment.root;
  // The key first: without it nothing is at hand.
  DETENTE_CHECK(destroy_file(path(root, ".key"), random));
  DETENTE_CHECK(destroy_file(path(root, ".json"), random));
  for (const record::SealedCopy& copy : commit.sealed) {
    DETENTE_CHECK(destroy_file(blob_path(copy.sha256), random));
    DETENTE_CHECK(destroy_file(blob_path(copy.sha256) + ".part", random));
  }
  return {};
}

Result<Bytes> ContentFiles::sealed_copy(const record::ContentCommit& commit,
                                        const record::SealedCopy& copy) const {
  const Hash& root = commit.commitment.root;
  if (state(root) == State::destroyed) return fail(Errc::content_destroyed, to_hex(root));
  const Result<std::string> kept = read_text_file(blob_path(copy.sha256), record::kSealedBytesMax);
  if (kept && crypto::sha256(as_bytes(*kept)) == copy.sha256) return to_bytes(*kept);
  DETENTE_TRY(const record::ContentPackage package, load(commit.commitment));
  DETENTE_TRY(Bytes sealed, record::seal_package(package.content, package.key, copy.box));
  if (crypto::sha256(sealed) == copy.sha256) return sealed;
  return fail(Errc::content_mismatch, "these are not the bytes that were committed", copy.to);
}

Status ContentFiles::save_blob(ByteView sealed) const {
  return write_private_file(blob_path(crypto::sha256(sealed)), sealed, true);
}

}  // namespace detente::app
