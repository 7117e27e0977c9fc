// SPDX-License-Identifier: Apache-2.0
#include "store/witness_store.h"

#include <fmt/core.h>

#include <algorithm>

#include "crypto/hash.h"
#include "store/sqlite.h"

namespace detente::store {
namespace {

// "dwit": so that no other database is taken for a witness's.
constexpr std::int64_t kApplication = 0x64776974;
constexpr std::int64_t kSchema = 1;
constexpr const char* kCreate =
    "CREATE TABLE keys(role TEXT PRIMARY KEY NOT NULL, vkey TEXT NOT NULL) STRICT;"
    "CREATE TABLE heads(role TEXT NOT NULL, origin TEXT NOT NULL, note TEXT NOT NULL,"
    "  PRIMARY KEY(role, origin)) STRICT;"
    "CREATE TABLE notes(origin TEXT NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL,"
    "  received INTEGER NOT NULL, cosigned INTEGER NOT NULL, note TEXT NOT NULL,"
    "  PRIMARY KEY(origin, seq), UNIQUE(origin, hash)) STRICT;"
    "CREATE INDEX refused ON notes(origin) WHERE cosigned = 0;"
    "PRAGMA application_id=1685547380;"
    "PRAGMA user_version=1;";

std::string key_path(const std::string& role) {
  return "keys/" + role + ".key";
}

Result<WitnessStore::Head> read_head(std::string note, const Origin& origin) {
  const Result<record::Note> parsed = record::parse_note(note);
  if (!parsed) return fail(Errc::store_corrupt, "the head is not a signed note", origin.value);
  Result<record::Checkpoint> checkpoint = record::parse_checkpoint(parsed->text);
  if (!checkpoint || checkpoint->origin != origin) {
    return fail(Errc::store_corrupt, "the head is not a checkpoint of its log", origin.value);
  }
  return WitnessStore::Head{std::move(*checkpoint), std::move(note)};
}

// What a note signs: everything up to its last blank line. One note for each text is kept: a log
// can sign one text in many ways, and all say the same.
Hash text_hash(const std::string& note) {
  return crypto::sha256(as_bytes(std::string_view(note).substr(0, note.rfind("\n\n") + 1)));
}

}  // namespace

struct WitnessStore::Impl {
  // Declared in this order so that the lock is released last.
  Folder folder;
  Database database;
  Statement select_head;
  Statement upsert_head;
  Statement find_note;
  Statement count_refused;
  Statement insert_note;
  Statement mark_cosigned;

  Result<std::optional<Head>> head(const std::string& role, const Origin& origin);
  Status keep(const Change& change);
  Result<bool> has(Statement& statement);
};

WitnessStore::WitnessStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
WitnessStore::~WitnessStore() = default;
WitnessStore::WitnessStore(WitnessStore&&) noexcept = default;
WitnessStore& WitnessStore::operator=(WitnessStore&&) noexcept = default;

Folder& WitnessStore::folder() {
  return impl_->folder;
}
const Folder& WitnessStore::folder() const {
  return impl_->folder;
}

Result<WitnessStore> WitnessStore::open(const std::string& path, FaultHook hook) {
  DETENTE_TRY(Folder folder, Folder::open(path, std::move(hook)));
  DETENTE_TRY(Database database, Database::open(path + "/witness.db"));
  DETENTE_TRY(const std::int64_t version, database.integer("PRAGMA user_version"));
  DETENTE_TRY(const std::int64_t application, database.integer("PRAGMA application_id"));
  if (version > kSchema || (version > 0 && application != kApplication)) {
    return fail(Errc::store_corrupt,
                fmt::format("not a witness's database of schema {} (schema {}, application {:x})",
                            kSchema, version, application),
                "witness.db");
  }
  if (version == 0) {
    DETENTE_TRY(Transaction transaction, Transaction::begin(database));
    DETENTE_CHECK(database.run(kCreate));
    DETENTE_CHECK(transaction.commit());
  }
  DETENTE_TRY(Statement select_head,
              database.prepare("SELECT note FROM heads WHERE role = ?1 AND origin = ?2"));
  DETENTE_TRY(Statement upsert_head,
              database.prepare("INSERT INTO heads(role, origin, note) VALUES(?1, ?2, ?3)"
                               " ON CONFLICT(role, origin) DO UPDATE SET note = excluded.note"));
  DETENTE_TRY(Statement find_note,
              database.prepare("SELECT 1 FROM notes WHERE origin = ?1 AND hash = ?2"));
  DETENTE_TRY(Statement count_refused,
              database.prepare("SELECT count(*) FROM notes WHERE origin = ?1 AND cosigned = 0"));
  DETENTE_TRY(
      Statement insert_note,
      database.prepare("INSERT INTO notes(origin, seq, hash, received, cosigned, note) VALUES(?1,"
                       " (SELECT ifnull(max(seq) + 1, 0) FROM notes WHERE origin = ?1),"
                       " ?2, ?3, ?4, ?5)"));
  DETENTE_TRY(Statement mark_cosigned,
              database.prepare("UPDATE notes SET cosigned = 1 WHERE origin = ?1 AND hash = ?2"
                               " AND cosigned = 0"));
  return WitnessStore(std::unique_ptr<Impl>(
      new Impl{std::move(folder), std::move(database), std::move(select_head),
               std::move(upsert_head), std::move(find_note), std::move(count_refused),
               std::move(insert_note), std::move(mark_cosigned)}));
}

// Whether the statement, with its parameters bound, has a row.
Result<bool> WitnessStore::Impl::has(Statement& statement) {
  Result<bool> row = statement.step();
  statement.reset();
  return row;
}

Result<std::optional<WitnessStore::Head>> WitnessStore::Impl::head(const std::string& role,
                                                                   const Origin& origin) {
  select_head.bind(1, std::string_view(role)).bind(2, std::string_view(origin.value));
  const Result<bool> row = select_head.step();
  std::string note = row && *row ? select_head.text(0) : std::string();
  select_head.reset();
  if (!row) return fail(row.error());
  if (!*row) return std::optional<Head>{};
  DETENTE_TRY(Head head, read_head(std::move(note), origin));
  return std::optional<Head>{std::move(head)};
}

Result<std::optional<WitnessStore::Head>> WitnessStore::head(const std::string& role,
                                                             const Origin& origin) const {
  return impl_->head(role, origin);
}

Status WitnessStore::Impl::keep(const Change& change) {
  const Hash hash = text_hash(change.received);
  const std::string_view origin = change.origin.value;
  const std::int64_t cosigned = change.next ? 1 : 0;
  find_note.bind(1, origin).bind(2, ByteView(hash));
  DETENTE_TRY(const bool kept, has(find_note));
  if (kept) {
    // Refused once, and in order later: a proof that was wrong at first.
    if (!change.next) return {};
    return mark_cosigned.bind(1, origin).bind(2, ByteView(hash)).run();
  }
  if (!change.next) {
    const Result<bool> row = count_refused.bind(1, origin).step();
    const std::int64_t refused = row && *row ? count_refused.integer(0) : 0;
    count_refused.reset();
    if (!row) return fail(row.error());
    if (refused >= kRefusedNotesMax) return {};
  }
  return insert_note.bind(1, origin)
      .bind(2, ByteView(hash))
      .bind(3, change.time.value)
      .bind(4, cosigned)
      .bind(5, std::string_view(change.received))
      .run();
}

Status WitnessStore::commit(const Change& change) {
  if (change.received.empty() && !change.next) return {};
  return together([&] { return apply(change); });
}

Status WitnessStore::together(const std::function<Status()>& work) {
  DETENTE_TRY(Transaction transaction, Transaction::begin(impl_->database));
  DETENTE_CHECK(work());
  DETENTE_CHECK(impl_->folder.at_site("witness.before_commit"));
  DETENTE_CHECK(transaction.commit());
  return impl_->folder.at_site("witness.after_commit");
}

Status WitnessStore::apply(const Change& change) {
  if (change.next) {
    DETENTE_TRY(const std::optional<Head> stored, impl_->head(change.role, change.origin));
    const bool same = stored.has_value() == change.judged.has_value() &&
                      (!stored || stored->checkpoint == *change.judged);
    if (!same) return fail(Errc::store_lost_race, {}, change.origin.value);
    DETENTE_CHECK(impl_->upsert_head.bind(1, std::string_view(change.role))
                      .bind(2, std::string_view(change.origin.value))
                      .bind(3, std::string_view(change.next->note))
                      .run());
  }
  if (change.received.empty()) return {};
  return impl_->keep(change);
}

Result<std::vector<WitnessStore::KeptNote>> WitnessStore::notes(const Origin& origin) const {
  DETENTE_TRY(Statement select, impl_->database.prepare("SELECT note, received, cosigned FROM notes"
                                                        " WHERE origin = ?1 ORDER BY seq"));
  select.bind(1, std::string_view(origin.value));
  std::vector<KeptNote> out;
  while (true) {
    DETENTE_TRY(const bool row, select.step());
    if (!row) return out;
    out.push_back({select.text(0), UtcMs{select.integer(1)}, select.integer(2) != 0});
  }
}

Result<record::Signer> WitnessStore::signer(const std::string& role, const std::string& name,
                                            const crypto::Random& random) {
  const auto lost = [&](const char* what) {
    return fail(Errc::store_not_found,
                fmt::format("{}; a {} key whose record is lost must never sign again: retire it, "
                            "and start under a new name in a new folder",
                            what, role),
                key_path(role));
  };
  DETENTE_TRY(Statement select, impl_->database.prepare("SELECT vkey FROM keys WHERE role = ?1"));
  DETENTE_TRY(const bool known, select.bind(1, std::string_view(role)).step());
  const std::string vkey = known ? select.text(0) : std::string();
  const bool has_key = impl_->folder.has(key_path(role));
  if (has_key && !known) return lost("the key is here and the store knows nothing of it");
  if (!has_key) {
    DETENTE_TRY(const std::int64_t heads, impl_->database.integer("SELECT count(*) FROM heads"));
    // A first start that was cut off between the two has no head yet, and may begin again.
    if (known && heads > 0) return lost("the store is here and its key is gone");
    const crypto::SecretKey secret = crypto::SecretKey::generate(random);
    record::Signer made = record::make_signer(name, record::KeyType::cosignature_v1, secret);
    // The store first: a key that stands alone is the sign of a lost store.
    DETENTE_TRY(Statement insert,
                impl_->database.prepare("INSERT OR REPLACE INTO keys(role, vkey) VALUES(?1, ?2)"));
    const std::string text = made.key.text();
    DETENTE_CHECK(insert.bind(1, std::string_view(role)).bind(2, std::string_view(text)).run());
    const std::string seed = to_hex(secret.seed()) + "\n";
    const std::string path = key_path(role);
    const FileToWrite file{path, as_bytes(seed), true, true};
    DETENTE_CHECK(impl_->folder.write(std::span(&file, 1)));
    return made;
  }
  DETENTE_TRY(const Bytes bytes, impl_->folder.read(key_path(role)));
  std::string_view text = as_text(bytes);
  if (text.ends_with('\n')) text.remove_suffix(1);
  const Result<Bytes> seed_bytes = from_hex(text);
  crypto::Seed seed{};
  if (!seed_bytes || seed_bytes->size() != seed.size()) {
    return fail(Errc::key_malformed, "64 hex digits", key_path(role));
  }
  std::copy(seed_bytes->begin(), seed_bytes->end(), seed.begin());
  record::Signer made = record::make_signer(name, record::KeyType::cosignature_v1,
                                            crypto::SecretKey::from_seed(seed));
  if (made.key.text() != vkey) {
    return fail(Errc::store_corrupt,
                fmt::format("this folder belongs to {}, not to {}", vkey, made.key.text()),
                key_path(role));
  }
  return made;
}

}  // namespace detente::store
