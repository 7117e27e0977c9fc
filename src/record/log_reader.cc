// SPDX-License-Identifier: Apache-2.0
#include "record/log_reader.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/limits.h"
#include "record/key_statements.h"

namespace detente::record {
namespace {

constexpr std::array<std::string_view, 7> kRoles = {
    "root", "duty_officer", "registrar", "disclosure_officer", "monitor", "signatory", "watch"};

using TypeRules = std::map<std::string, TypeRule, std::less<>>;

const TypeRules& protection_rules() {
  static const std::vector<std::string> kAnyDesk = {"duty_officer", "registrar", "monitor"};
  static const TypeRules rules = {
      {"site.register", {{"registrar"}, 1}},
      {"site.confirm", {{"registrar"}, 1}},
      {"site.revise", {{"registrar"}, 1}},
      {"site.reconfirm", {{"registrar"}, 1}},
      {"site.remove", {{"registrar"}, 1}},
      {"movement.notify", {{"registrar"}, 1}},
      {"movement.depart", {{"registrar"}, 1}},
      {"movement.checkin", {{"registrar"}, 1}},
      {"movement.delay", {{"registrar"}, 1}},
      {"movement.arrive", {{"registrar"}, 1}},
      {"movement.cancel", {{"registrar"}, 1}},
      {"movement.emergency", {kAnyDesk, 1}},
      {"movement.emergency_over", {kAnyDesk, 1}},
      {"notice.received", {kAnyDesk, 1}},
      {"notice.disseminated", {kAnyDesk, 1}},
      {"contest.open", {{"duty_officer"}, 1}},
      {"contest.answer", {{"registrar"}, 1}},
      {"contest.close", {{"duty_officer", "registrar"}, 1}},
      {"case.step", {kAnyDesk, 1}},
  };
  return rules;
}

const TypeRules& check_rules() {
  // An officer commits to the plan or the list; what follows from it the node does by itself.
  static const std::vector<std::string> kDesk = {"duty_officer", "registrar", "watch"};
  static const TypeRules rules = {
      {"psi.epoch", {kDesk, 1}},      {"psi.post", {kDesk, 1}},       {"psi.query", {kDesk, 1}},
      {"psi.answer", {{"watch"}, 1}}, {"psi.result", {{"watch"}, 1}}, {"psi.seed", {{"watch"}, 1}},
      {"psi.reveal", {{"watch"}, 1}},
  };
  return rules;
}

const TypeRules& type_rules() {
  static const std::vector<std::string> kReaders = {"duty_officer", "registrar", "monitor",
                                                    "disclosure_officer"};
  static const TypeRules rules = {
      {"log.open", {{"root"}, 1}},
      {"key.add", {{"root"}, 1}},
      {"key.revoke", {{"root"}, 1}},
      {"key.box", {{"root"}, 1}},
      {"log.close", {{"root"}, 1}},
      {"log.rebuilt", {{"watch"}, 1}},
      {"agreement.sign", {{"root"}, 1}},
      {"agreement.state", {{"signatory"}, 2}},
      {"agreement.amend", {{"signatory"}, 2}},
      {"agreement.open", {{"signatory"}, 1}},
      {"agreement.publish", {{"signatory"}, 1}},
      {"adherent.accept", {{"signatory"}, 1}},
      {"stage.begin", {{"signatory"}, 1}},
      {"stage.reset", {{"signatory"}, 1}},
      {"exception.declare", {{"duty_officer"}, 1}},
      {"obligation.report", {{"duty_officer", "signatory"}, 1}},
      {"obligation.verify", {{"duty_officer", "signatory", "monitor"}, 1}},
      {"activity.propose", {{"duty_officer"}, 1}},
      {"activity.concur", {{"duty_officer"}, 1}},
      {"activity.object", {{"duty_officer"}, 1}},
      {"activity.activate", {{"duty_officer"}, 1}},
      {"activity.withdraw", {{"duty_officer"}, 1}},
      {"activity.end", {{"duty_officer"}, 1}},
      {"activity.read_back", {{"duty_officer"}, 1}},
      {"activity.release", {{"duty_officer"}, 1}},
      {"activity.contingent", {{"duty_officer"}, 1}},
      {"activity.offer", {{"duty_officer"}, 1}},
      {"finding.open", {{"watch"}, 1}},
      {"finding.close", {{"watch"}, 1}},
      {"stop.send", {{"duty_officer"}, 1}},
      {"stop.ack", {{"duty_officer"}, 1}},
      {"stop.lift", {{"duty_officer"}, 1}},
      {"warning.send", {{"duty_officer"}, 1}},
      {"warning.ack", {{"duty_officer"}, 1}},
      {"warning.over", {{"duty_officer"}, 1}},
      {"message.send", {{"duty_officer"}, 1}},
      {"watch.on", {{"duty_officer"}, 1}},
      {"watch.off", {{"duty_officer"}, 1}},
      {"watch.roster", {{"duty_officer"}, 1}},
      {"call.test", {{"duty_officer"}, 1}},
      {"call.answer", {{"duty_officer"}, 1}},
      {"call.log", {{"duty_officer"}, 1}},
      {"alarm.raised", {{"watch"}, 1}},
      {"ack.read", {kReaders, 1}},
      {"note.text", {{"duty_officer", "monitor"}, 1}},
      {"incident.report", {{"monitor"}, 1}},
      {"content.commit", {kReaders, 1}},
      {"content.receipt", {kReaders, 1}},
      {"content.open", {kReaders, 1}},
      {"content.shred", {kReaders, 2}},
      {"evidence.found", {{"watch"}, 1}},
      {"challenge.failed", {{"watch"}, 1}},
      {"link.cut", {{"watch"}, 1}},
      {"link.restored", {{"watch"}, 1}},
      {"utm.intent", {{"watch"}, 1}},
      {"utm.constraint", {{"watch"}, 1}},
      {"utm.delete", {{"watch"}, 1}},
      {"utm.subscribe", {{"watch"}, 1}},
      {"utm.unsubscribe", {{"watch"}, 1}},
      {"utm.availability", {{"watch"}, 1}},
      {"utm.report", {{"watch"}, 1}},
      {"utm.shown", {{"watch"}, 1}},
      {"utm.hidden", {{"watch"}, 1}},
  };
  return rules;
}

const TypeRule* find_rule(std::string_view type) {
  for (const TypeRules* const rules : {&type_rules(), &protection_rules(), &check_rules()}) {
    const auto found = rules->find(type);
    if (found != rules->end()) return &found->second;
  }
  return nullptr;
}

bool may_sign(const TypeRule& rule, const std::vector<std::string>& roles) {
  return std::any_of(roles.begin(), roles.end(), [&rule](const std::string& role) {
    return std::find(rule.roles.begin(), rule.roles.end(), role) != rule.roles.end();
  });
}

Status must_be(const JsonReader& body, std::string_view name, const std::string& wanted) {
  DETENTE_TRY(const std::string found, body.string(name, limits::kNoteBytes));
  if (found == wanted) return {};
  return fail(Errc::entry_wrong_log, fmt::format("{} in the agreement", json_quote(wanted)),
              body.place_of(name));
}

}  // namespace

Status check_opening(const JsonReader& body, const LogOwner& owner) {
  DETENTE_CHECK(body.only({"party", "epoch", "log", "witness", "mirror", "previous"}));
  DETENTE_CHECK(must_be(body, "party", owner.party));
  DETENTE_CHECK(body.integer("epoch", 1, INT64_MAX));
  DETENTE_CHECK(must_be(body, "log", owner.log.text()));
  DETENTE_CHECK(must_be(body, "witness", owner.witness.text()));
  DETENTE_CHECK(must_be(body, "mirror", owner.mirror.text()));
  if (!body.has("previous")) return {};
  DETENTE_TRY(const JsonReader previous, body.object("previous"));
  DETENTE_CHECK(previous.only({"origin", "size", "root"}));
  DETENTE_TRY(const std::string origin, previous.string("origin", limits::kOriginBytes));
  if (!is_key_name(origin) || origin == owner.log.name) {
    return fail(Errc::entry_malformed, "not the origin of an earlier log",
                previous.place_of("origin"));
  }
  DETENTE_CHECK(previous.integer("size", 0, INT64_MAX));
  DETENTE_TRY(const std::string root, previous.string("root", limits::kIdBytes));
  if (!hash_from_base64(root)) {
    return fail(Errc::entry_malformed, "not a root", previous.place_of("root"));
  }
  return {};
}

namespace {

Result<crypto::PublicKey> read_key(const JsonReader& body) {
  DETENTE_TRY(const std::string text, body.string("key", limits::kIdBytes));
  const Result<Hash> key = hash_from_base64(text);
  if (!key || !crypto::is_valid_public_key(*key)) {
    return fail(Errc::key_malformed, {}, body.place_of("key"));
  }
  return *key;
}

Result<std::vector<std::string>> read_roles(const JsonReader& body) {
  DETENTE_TRY(std::vector<std::string> roles,
              body.strings("roles", kRoles.size(), limits::kIdBytes));
  std::set<std::string> seen;
  for (const std::string& role : roles) {
    const bool fits = is_role(role) && role != "root" && seen.insert(role).second;
    if (!fits) {
      return fail(Errc::key_role, fmt::format("{} cannot be delegated", json_quote(role)),
                  body.place_of("roles"));
    }
  }
  if (roles.empty()) return fail(Errc::key_role, "a key needs a role", body.place_of("roles"));
  return roles;
}

// Whether `keyid` reads "<party>/<officer>" for an officer of this party.
bool is_officer_of(std::string_view keyid, const std::string& party) {
  const std::string prefix = party + "/";
  if (!keyid.starts_with(prefix) || !is_key_name(keyid)) return false;
  const std::string_view officer = keyid.substr(prefix.size());
  return !officer.empty() && officer != "root" && officer.size() <= limits::kIdBytes &&
         officer.find_first_of("/\"\\") == std::string_view::npos;
}

}  // namespace

Result<OfficerKey> read_key_add(const JsonReader& body, const LogOwner& owner,
                                const std::map<std::string, OfficerKey>& officers) {
  DETENTE_CHECK(body.only({"keyid", "key", "roles", "name", "expires"}));
  OfficerKey out;
  DETENTE_TRY(out.keyid, body.string("keyid", 2 * limits::kIdBytes + 1));
  if (!is_officer_of(out.keyid, owner.party)) {
    return fail(Errc::entry_malformed, "it must read party/officer", body.place_of("keyid"));
  }
  DETENTE_TRY(out.key, read_key(body));
  DETENTE_TRY(out.roles, read_roles(body));
  DETENTE_TRY(out.name, body.string("name", limits::kNameBytes));
  DETENTE_TRY(out.expires, body.time("expires"));
  if (officers.contains(out.keyid)) {
    return fail(Errc::key_repeated, out.keyid, body.place_of("keyid"));
  }
  // One key under two names could sign as two different officers.
  const auto same_key = [&out](const auto& known) { return known.second.key == out.key; };
  const auto known = std::find_if(officers.begin(), officers.end(), same_key);
  if (known != officers.end()) {
    return fail(Errc::key_repeated, known->first + " has it", body.place_of("key"));
  }
  const bool nodes_key = out.key == owner.log.key || out.key == owner.witness.key ||
                         out.key == owner.mirror.key || out.key == owner.root;
  if (nodes_key) return fail(Errc::key_repeated, "the agreement has it", body.place_of("key"));
  return out;
}

Result<KeyRevocation> read_key_revoke(const JsonReader& body, LeafIndex here,
                                      const std::map<std::string, OfficerKey>& officers) {
  DETENTE_CHECK(body.only({"keyid", "last_index", "reason"}));
  KeyRevocation out;
  DETENTE_TRY(out.keyid, body.string("keyid", 2 * limits::kIdBytes + 1));
  DETENTE_TRY(const std::int64_t last,
              body.integer("last_index", 0, static_cast<std::int64_t>(here.value)));
  DETENTE_CHECK(body.string("reason", limits::kTextBytes));
  out.last = LeafIndex{static_cast<std::uint64_t>(last)};
  const auto known = officers.find(out.keyid);
  if (known == officers.end()) {
    return fail(Errc::key_undelegated, out.keyid, body.place_of("keyid"));
  }
  if (known->second.last) return fail(Errc::key_revoked, out.keyid, body.place_of("keyid"));
  return out;
}

Result<crypto::BoxPublicKey> read_key_box(const JsonReader& body) {
  DETENTE_CHECK(body.only({"box"}));
  DETENTE_TRY(const std::string text, body.string("box", limits::kIdBytes));
  const Result<Hash> key = hash_from_base64(text);
  if (!key || !crypto::is_valid_box_key(*key)) {
    return fail(Errc::key_malformed, "not an X25519 key", body.place_of("box"));
  }
  return *key;
}

Status check_key_use(const OfficerKey& key, const TypeRule& rule, LeafIndex index, UtcMs time) {
  if (key.expires < time) {
    return fail(Errc::key_expired, fmt::format("{} at {}", key.keyid, format_rfc3339(key.expires)));
  }
  if (index < key.from) return fail(Errc::key_undelegated, key.keyid);
  if (key.last && index > *key.last) {
    return fail(Errc::key_revoked, fmt::format("{} after entry {}", key.keyid, key.last->value));
  }
  if (!may_sign(rule, key.roles)) return fail(Errc::key_role, key.keyid);
  return {};
}

std::optional<TypeRule> type_rule(std::string_view type) {
  const TypeRule* const rule = find_rule(type);
  if (rule == nullptr) return std::nullopt;
  return *rule;
}

bool is_role(std::string_view name) {
  return std::find(kRoles.begin(), kRoles.end(), name) != kRoles.end();
}

LogReader::LogReader(LogOwner owner, VerifySignature verify)
    : LogReader(std::move(owner), LogReaderOptions{.verify = std::move(verify), .repeated = {}}) {}

LogReader::LogReader(LogOwner owner, LogReaderOptions options)
    : owner_(std::move(owner)), options_(std::move(options)) {
  if (options_.keep_ids) ids_.reserve(options_.entries_expected);
  if (options_.keep_leaves) leaves_.reserve(options_.entries_expected);
  // The root key is held like an officer's that never expires; "root" is no delegable role.
  OfficerKey root;
  root.keyid = owner_.party + "/root";
  root.key = owner_.root;
  root.roles = {"root"};
  root.name = "root";
  root.expires = UtcMs{INT64_MAX};
  root_ = std::move(root);
}

TreeSize LogReader::size() const {
  return frontier_.size();
}

Hash LogReader::root() const {
  return frontier_.root();
}

const OfficerKey* LogReader::find_key(const std::string& keyid) const {
  if (keyid == root_.keyid) return &root_;
  const auto found = officers_.find(keyid);
  return found == officers_.end() ? nullptr : &found->second;
}

// Whether the key may sign statements of this rule at this index and time.
Status LogReader::check_key(const OfficerKey& key, const TypeRule& rule, LeafIndex index,
                            UtcMs time) const {
  return check_key_use(key, rule, index, time);
}

Status LogReader::check_signatures(const Envelope& envelope, const Statement& statement,
                                   const TypeRule& rule, UtcMs time) const {
  if (envelope.signatures.size() > limits::kStatementSigners) {
    return fail(Errc::entry_malformed,
                fmt::format("more than {} signatures", limits::kStatementSigners));
  }
  std::array<const OfficerKey*, limits::kStatementSigners> keys{};
  const std::size_t count = envelope.signatures.size();
  for (std::size_t i = 0; i < count; ++i) {
    const std::string& keyid = envelope.signatures[i].keyid;
    for (std::size_t before = 0; before < i; ++before) {
      if (envelope.signatures[before].keyid == keyid) {
        return fail(Errc::entry_malformed, keyid + " signs twice");
      }
    }
    keys[i] = find_key(keyid);
    if (keys[i] == nullptr) return fail(Errc::key_undelegated, keyid);
    DETENTE_CHECK(check_key(*keys[i], rule, LeafIndex{size().value}, time));
  }
  // The cheap refusals are behind us; now the signatures over the exact payload.
  const std::string message = pae(envelope.payload_type, envelope.payload);
  for (std::size_t i = 0; i < count; ++i) {
    const EnvelopeSignature& signature = envelope.signatures[i];
    if (!options_.verify(keys[i]->key, as_bytes(message), signature.signature)) {
      return fail(Errc::signature_invalid, signature.keyid);
    }
  }
  if (count < static_cast<std::size_t>(rule.signers_min)) {
    return fail(Errc::signers_too_few,
                fmt::format("{} of {} for {}", count, rule.signers_min, statement.type));
  }
  return {};
}

Status LogReader::check_body(const Statement& statement) const {
  if (statement.type == "log.open") return check_opening(statement.body(), owner_);
  if (statement.type == "key.add") {
    DETENTE_CHECK(read_key_add(statement.body(), owner_, officers_));
  }
  if (statement.type == "key.revoke") {
    DETENTE_CHECK(read_key_revoke(statement.body(), LeafIndex{size().value}, officers_));
  }
  if (statement.type == "key.box") DETENTE_CHECK(read_key_box(statement.body()));
  if (statement.type == "log.close") {
    DETENTE_CHECK(statement.body().only({"reason"}));
    DETENTE_CHECK(statement.body().string("reason", limits::kTextBytes));
  }
  return {};
}

Status LogReader::judge(const Envelope& envelope, const Statement& statement, UtcMs time) const {
  const TypeRule* const rule = find_rule(statement.type);
  if (rule == nullptr) {
    return fail(Errc::entry_malformed, fmt::format("unknown statement type {}", statement.type));
  }
  if (statement.agreement != owner_.agreement) {
    return fail(Errc::entry_wrong_log, "signed under another agreement");
  }
  if (statement.log.value != owner_.log.name) {
    return fail(Errc::entry_wrong_log, fmt::format("signed for {}", statement.log.value));
  }
  const bool opening = statement.type == "log.open";
  if (size().value == 0 && !opening) return fail(Errc::log_not_opened, statement.type);
  if (size().value != 0 && opening) return fail(Errc::log_reopened);
  if (closed_) return fail(Errc::log_closed, statement.type);
  if (is_repeated(statement.id)) return fail(Errc::entry_repeated, statement.id.value);
  if (time < last_time_) {
    return fail(Errc::entry_time_back,
                fmt::format("{} after {}", format_rfc3339(time), format_rfc3339(last_time_)));
  }
  if (statement.expires < time) {
    return fail(Errc::entry_expired, fmt::format("{} ms late", time - statement.expires));
  }
  DETENTE_CHECK(check_signatures(envelope, statement, *rule, time));
  return check_body(statement);
}

Status LogReader::check_seen(const std::vector<Head>& seen) const {
  const Head* before = nullptr;
  for (const Head& head : seen) {
    if (before != nullptr && !(before->origin < head.origin)) {
      return fail(Errc::entry_seen, "origins are not in ascending order");
    }
    before = &head;
    if (head.origin.value == owner_.log.name) {
      return fail(Errc::entry_seen, "the log names itself");
    }
    if (head.size.value == 0 && head.root != empty_root()) {
      return fail(Errc::entry_seen, "an empty log with another root: " + head.origin.value);
    }
    const auto known = seen_.find(head.origin);
    if (known == seen_.end()) continue;
    if (head.size < known->second.size) {
      return fail(Errc::entry_seen, fmt::format("{} goes back from {} to {}", head.origin.value,
                                                known->second.size.value, head.size.value));
    }
    if (head.size == known->second.size && head.root != known->second.root) {
      return fail(Errc::entry_seen,
                  fmt::format("two roots of {} at size {}", head.origin.value, head.size.value));
    }
  }
  return {};
}

bool LogReader::is_repeated(const StatementId& id) const {
  if (!options_.keep_ids) return options_.repeated == LeafIndex{size().value};
  return has_statement(id);
}

Result<Entry> LogReader::append(ByteView bytes) {
  Result<Entry> entry = parse_entry(bytes);
  if (!entry) return fail(std::move(entry.error()).at(fmt::format("entry {}", size().value)));
  DETENTE_CHECK(append(*entry));
  return entry;
}

Status LogReader::append(const Entry& entry) {
  Status fits;
  if (entry.header.seq.value != size().value) {
    fits = fail(Errc::entry_index, fmt::format("it names {}", entry.header.seq.value));
  }
  if (fits) fits = check_seen(entry.header.seen);
  if (fits) fits = judge(entry.envelope, entry.statement, entry.header.time);
  if (!fits) {
    return fail(std::move(fits.error()).at(fmt::format("entry {}", size().value)));
  }
  take_in(entry);
  return {};
}

// Nothing here can fail: the entry was judged.
void LogReader::take_in(const Entry& entry) {
  const Statement& statement = entry.statement;
  if (statement.type == "key.add") {
    Result<OfficerKey> key = read_key_add(statement.body(), owner_, officers_);
    check(key.has_value(), "a judged key.add is readable");
    key->from = entry.header.seq;
    officers_.emplace(key->keyid, std::move(*key));
  } else if (statement.type == "key.revoke") {
    const Result<KeyRevocation> revoked =
        read_key_revoke(statement.body(), entry.header.seq, officers_);
    check(revoked.has_value(), "a judged key.revoke is readable");
    officers_.at(revoked->keyid).last = revoked->last;
  }
  if (statement.type == "log.close") closed_ = true;
  for (const Head& head : entry.header.seen) seen_[head.origin] = head;
  if (options_.keep_ids) {
    const std::optional<RawId> id = raw_id(statement.id.value);
    check(id.has_value(), "a parsed statement's id is 32 hex digits");
    ids_.insert(*id);
  }
  last_time_ = entry.header.time;
  frontier_.append(entry.leaf);
  if (options_.keep_leaves) leaves_.push_back(entry.leaf);
}

Status LogReader::admit(const Envelope& envelope, UtcMs now) const {
  const std::string place = fmt::format("entry {}", size().value);
  const Result<Statement> statement = parse_statement(envelope);
  Status fits = statement ? judge(envelope, *statement, now) : fail(statement.error());
  if (!fits) return fail(std::move(fits.error()).at(place));
  return {};
}

std::vector<std::string> LogReader::signers(const Entry& entry) const {
  std::vector<std::string> out;
  const std::optional<TypeRule> rule = type_rule(entry.statement.type);
  if (!rule) return out;
  const std::uint64_t index = entry.header.seq.value;
  const bool judged_before = index < leaves_.size() && leaves_[index] == entry.leaf;
  const std::string message =
      judged_before ? std::string() : pae(entry.envelope.payload_type, entry.envelope.payload);
  for (const EnvelopeSignature& signature : entry.envelope.signatures) {
    const OfficerKey* const key = find_key(signature.keyid);
    if (key == nullptr || !check_key(*key, *rule, entry.header.seq, entry.header.time)) continue;
    const bool valid =
        judged_before || options_.verify(key->key, as_bytes(message), signature.signature);
    if (valid && std::find(out.begin(), out.end(), signature.keyid) == out.end()) {
      out.push_back(signature.keyid);
    }
  }
  return out;
}

std::optional<Head> LogReader::seen(const Origin& origin) const {
  const auto found = seen_.find(origin);
  if (found == seen_.end()) return std::nullopt;
  return found->second;
}

bool LogReader::has_statement(const StatementId& id) const {
  const std::optional<RawId> raw = raw_id(id.value);
  return raw && ids_.contains(*raw);
}

}  // namespace detente::record
