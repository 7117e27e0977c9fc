// SPDX-License-Identifier: Apache-2.0
//
// The audit of a board of places: what its owner opens of it, and what the auditor finds.
//
//   {"detente":"psi-opened-board/v1","party":"..","index":8,"dummies":"<base64 32>","entries":[
//    {"board":"<base64 claim>","committed":"<base64 claim>","commitment":5,"opening":"<JSON>"},
//    {"dummy":300,"tag":"<base64 16>","place":77,"proof":["<base64 32>",..]},..]}
#include <algorithm>
#include <cstdio>
#include <utility>

#include "app/check_lists.h"
#include "app/checks_folder.h"
#include "app/content_files.h"
#include "base/limits.h"
#include "checks/board_audit.h"
#include "checks/cover_check.h"

namespace detente::app {

using checks::BoardFault;
using record::PsiHead;
using record::PsiPurpose;
using record::Ref;

namespace {

std::vector<geo::Area> places_of(const record::OpenedField& field) {
  return read_field_places(field.value).value_or(std::vector<geo::Area>());
}

// All fields of the contents that a list names, with their places.
struct PlacedField {
  Ref list;
  std::string name;
  std::vector<geo::Area> places;
};

Result<record::ContentPackage> package_of(const Own& own, const std::string& data, const Ref& ref) {
  const auto entry = own.logs.entries.find(ref);
  if (entry == own.logs.entries.end()) return fail(Errc::checks_unknown, "a commitment");
  DETENTE_TRY(const record::ContentCommit commit,
              record::read_content_commit(entry->second.statement.body()));
  return ContentFiles(data).load(commit.commitment);
}

Result<std::vector<PlacedField>> fields_of(const Own& own, const std::string& data,
                                           const StoredList& list) {
  std::vector<PlacedField> out;
  for (const Ref& ref : list.commits) {
    DETENTE_TRY(const record::ContentPackage package, package_of(own, data, ref));
    for (const record::ContentField& field : package.content.fields()) {
      DETENTE_TRY(std::vector<geo::Area> places, read_field_places(field.value));
      out.push_back({ref, field.name, std::move(places)});
    }
  }
  return out;
}

Status write_token(JsonWriter& out, const Own& own, const std::string& data,
                   const std::vector<PlacedField>& fields, std::int64_t lateral_mm,
                   const checks::OpenedToken& token) {
  const auto field = std::find_if(fields.begin(), fields.end(), [&](const PlacedField& one) {
    return std::any_of(one.places.begin(), one.places.end(), [&](const geo::Area& area) {
      return checks::is_near(area, lateral_mm, checks::Role::b, token.board.cell.space);
    });
  });
  if (field == fields.end()) return fail(Errc::checks_unknown, "the place of a token");
  DETENTE_TRY(const record::ContentPackage package, package_of(own, data, field->list));
  DETENTE_TRY(const record::Opening opening,
              record::open_fields(package.content, package.key, {field->name}));
  out.begin_object().member("board", to_base64(record::encode_psi_claim(token.board)));
  out.member("committed", to_base64(record::encode_psi_claim(token.commit)));
  out.member("commitment", field->list.index.value);
  out.member("opening", record::write_content_open(opening)).end_object();
  return {};
}

void write_dummy(JsonWriter& out, const checks::OpenedDummy& dummy) {
  out.begin_object().member("dummy", dummy.number).member("tag", to_base64(dummy.at.tag));
  out.member("place", std::uint64_t{dummy.at.path.index}).name("proof").begin_array();
  for (const Hash& hash : dummy.at.path.proof) out.value(to_base64(hash));
  out.end_array().end_object();
}

// The seeds and the drawn places of a party's post.
struct Drawn {
  std::vector<Hash> seeds;
  std::vector<std::uint32_t> places;
};
Result<Drawn> drawn_of(const Logs& logs, const std::string& party, const PsiHead& head,
                       const Hash& leaf, std::uint64_t n) {
  const auto epoch = logs.ledger.epoch(PartyId{party}, head);
  if (!epoch || !epoch->epoch) return fail(Errc::checks_epoch, head.epoch);
  Drawn out;
  out.seeds = checks::seeds_for(logs.ledger.seeds(), epoch->epoch->time, PartyId{party},
                                PartyId{head.with});
  if (out.seeds.empty()) {
    return fail(Errc::checks_state, "the draw is open: no seed, or one that is not shown yet");
  }
  out.places = checks::drawn_places(out.seeds, leaf, n);
  return out;
}

std::uint32_t share_of(const terms::Agreement& agreement, PsiPurpose purpose,
                       const std::string& owner, const std::string& other) {
  for (const terms::CheckTerms& check : agreement.checks()) {
    const auto in = [&](const std::string& id) {
      return std::find(check.lists_of.begin(), check.lists_of.end(), PartyId{id}) !=
             check.lists_of.end();
    };
    const bool both = purpose == PsiPurpose::sites || in(other);
    if (check.purpose == purpose && in(owner) && both) {
      return static_cast<std::uint32_t>(check.audit_per_mille * 1'000);
    }
  }
  return 0;
}

}  // namespace

Status open_posted_board(const Own& own, const ChecksOptions& options) {
  const std::string& self = own.logs.node.self;
  if (own.head.purpose != PsiPurpose::sites) {
    return fail(Errc::usage, "a post of plans is opened with its psi.query");
  }
  DETENTE_TRY(const record::PsiPost post, record::read_psi_post(own.entry->statement.body()));
  DETENTE_TRY(const record::PsiContext context, own.logs.ledger.context(PartyId{self}, own.head));
  DETENTE_TRY(const Drawn drawn, drawn_of(own.logs, self, own.head, own.entry->leaf, post.tags.n));
  DETENTE_TRY(const StoredList list, own.folder.load_list(post.commit.root));
  DETENTE_TRY(const checks::TokenList tokens,
              checks::TokenList::make(context, cells_of(list), list.use));
  DETENTE_TRY(const crypto::VoprfKey key, own.folder.load_key());
  DETENTE_TRY(const Bytes board, own.folder.read_own(post.tags.root));
  const checks::BoardOwner owner{tokens, list.secret, key, board};
  DETENTE_TRY(const std::vector<std::uint32_t> order, checks::board_order(owner));
  DETENTE_TRY(const std::vector<PlacedField> fields, fields_of(own, options.data, list));
  const std::int64_t lateral_mm =
      own.logs.ledger.epoch(PartyId{self}, own.head)->epoch->terms.lateral_mm;
  JsonWriter out;
  out.begin_object().member("detente", kOpenedBoard).member("party", self);
  out.member("index", options.index);
  out.member("dummies", to_base64(checks::dummy_seed(list.secret))).name("entries").begin_array();
  for (const std::uint32_t place : drawn.places) {
    if (order[place] >= tokens.size()) {
      write_dummy(out, checks::open_dummy(owner, order[place]));
      continue;
    }
    const auto nonce = crypto::VoprfScalar::generate(crypto::system_random());
    DETENTE_TRY(const checks::OpenedToken token, checks::open_token(owner, order[place], nonce));
    DETENTE_CHECK(write_token(out, own, options.data, fields, lateral_mm, token));
  }
  out.end_array().end_object();
  return seal_opened(own.logs, out.take(), options.to, options.out);
}

// ---- the auditor ----

namespace {

template <class T>
Result<T> read_claim(const JsonReader& in, const char* name) {
  DETENTE_TRY(const std::string text, in.string(name, 2 * record::kPsiClaimBytes));
  DETENTE_TRY(const Bytes bytes, from_base64(text));
  DETENTE_TRY(record::PsiClaim claim, record::parse_psi_claim(bytes));
  if (auto* const one = std::get_if<T>(&claim)) return std::move(*one);
  return fail(Errc::claim_malformed, "a claim of another kind", in.place_of(name));
}

Result<checks::OpenedToken> read_token(const JsonReader& in, const Origin& log,
                                       const std::vector<Ref>& refs) {
  checks::OpenedToken out;
  DETENTE_TRY(out.board, read_claim<record::PsiBoardClaim>(in, "board"));
  DETENTE_TRY(out.commit, read_claim<record::PsiCommitClaim>(in, "committed"));
  DETENTE_TRY(const std::int64_t index, in.integer("commitment", 0, INT64_MAX >> 11));
  const auto is_it = [&](const Ref& ref) {
    return ref.origin == log && ref.index.value == static_cast<std::uint64_t>(index);
  };
  const auto list = std::find_if(refs.begin(), refs.end(), is_it);
  if (list != refs.end()) out.list = *list;
  DETENTE_TRY(const std::string text, in.string("opening", kOpenedBytes));
  DETENTE_TRY(const JsonDocument document, parse_json(text, {.bytes_max = kOpenedBytes}));
  DETENTE_TRY(out.field, record::read_content_open(document.root()));
  return out;
}

Result<checks::OpenedDummy> read_dummy(const JsonReader& in) {
  checks::OpenedDummy out;
  DETENTE_TRY(const std::int64_t number, in.integer("dummy", 0, limits::kCheckSetTokens));
  DETENTE_TRY(const std::int64_t place, in.integer("place", 0, limits::kCheckSetTokens));
  out.number = static_cast<std::uint64_t>(number);
  out.at.path.index = static_cast<std::uint32_t>(place);
  DETENTE_TRY(const std::string text, in.string("tag", limits::kIdBytes));
  DETENTE_TRY(const Bytes tag, from_base64(text));
  if (tag.size() != out.at.tag.size()) return fail(Errc::claim_malformed, "a tag has 16 bytes");
  std::copy(tag.begin(), tag.end(), out.at.tag.begin());
  DETENTE_TRY(const auto hashes, in.strings("proof", 32, limits::kIdBytes));
  for (const std::string& one : hashes) {
    DETENTE_TRY(const Hash hash, hash_from_base64(one));
    out.at.path.proof.push_back(hash);
  }
  return out;
}

Result<checks::OpenedBoard> read_opened(const JsonReader& in, const Origin& log,
                                        const std::vector<Ref>& refs) {
  checks::OpenedBoard out;
  DETENTE_TRY(const std::string seed, in.string("dummies", limits::kIdBytes));
  DETENTE_TRY(out.dummies, hash_from_base64(seed));
  DETENTE_TRY(const auto entries, in.array("entries", limits::kCheckAuditTags));
  for (const JsonReader& one : entries) {
    checks::OpenedEntry& entry = out.entries.emplace_back();
    if (one.has("dummy")) {
      DETENTE_TRY(entry.dummy, read_dummy(one));
    } else {
      DETENTE_TRY(entry.token, read_token(one, log, refs));
    }
  }
  return out;
}

// A post that its log's rules let count.
Result<std::pair<checks::EpochView, checks::PostView>> find_post(const Logs& logs,
                                                                 const std::string& party,
                                                                 std::int64_t index) {
  for (const checks::EpochView& epoch : logs.ledger.epochs()) {
    if (epoch.party.value != party || epoch.head.purpose != PsiPurpose::sites) continue;
    for (const checks::PostView& post : epoch.posts) {
      const bool is_it = post.ref.index.value == static_cast<std::uint64_t>(index);
      if (is_it) return std::pair(epoch, post);
    }
  }
  return fail(Errc::checks_unknown, "no such board of places in the log", party);
}

}  // namespace

Result<bool> audit_posted_board(const Logs& logs, const JsonReader& in) {
  DETENTE_TRY(const std::string party, in.string("party", limits::kIdBytes));
  DETENTE_TRY(const std::int64_t index, in.integer("index", 0, INT64_MAX >> 11));
  DETENTE_TRY(const auto found, find_post(logs, party, index));
  const auto& [epoch, post] = found;
  const PsiHead& head = epoch.head;
  checks::LoggedBoard logged;
  DETENTE_TRY(logged.context, logs.ledger.context(PartyId{party}, head));
  logged.terms = epoch.epoch->terms;
  logged.key = epoch.epoch->key;
  logged.post = post.body;
  for (const Ref& ref : post.plans) {
    const auto entry = logs.entries.find(ref);
    if (entry == logs.entries.end()) return fail(Errc::checks_unknown, "a commitment");
    DETENTE_TRY(const record::ContentCommit commit,
                record::read_content_commit(entry->second.statement.body()));
    logged.lists[ref] = commit.commitment;
  }
  DETENTE_TRY(const Drawn drawn, drawn_of(logs, party, head, post.ref.leaf, post.body.tags.n));
  logged.places = drawn.places;
  DETENTE_TRY(const checks::OpenedBoard opened, read_opened(in, post.ref.origin, post.plans));
  const checks::BoardFinding finding = checks::audit_board(opened, logged, places_of);
  const std::uint32_t share = share_of(logs.node.agreement, PsiPurpose::sites, party, head.with);
  std::printf("%s:%lld, %s with %s, %s: ", party.c_str(), static_cast<long long>(index),
              head.epoch.c_str(), head.with.c_str(),
              record::is_drawn(drawn.seeds, post.ref.leaf, share) ? "drawn" : "not drawn");
  if (finding.fault == BoardFault::none) {
    std::printf("%zu entries of the board are places of the list, or dummies\n",
                opened.entries.size());
    return true;
  }
  std::printf("%s: %s\n", board_fault_name(finding.fault), finding.what.c_str());
  return false;
}

Status checks_drawn(const ChecksOptions& options) {
  DETENTE_TRY(const Logs logs, read_logs(options.data));
  const auto say = [&](const char* what, const std::string& party, const PsiHead& head,
                       const Ref& ref, std::uint32_t share) {
    const auto mine = logs.ledger.epoch(PartyId{party}, head);
    const auto theirs = logs.ledger.epoch(PartyId{head.with}, {head.epoch, party, head.purpose});
    const auto& opened = mine && mine->epoch ? mine : theirs;
    if (!opened || !opened->epoch) return;
    const std::vector<Hash> seeds = checks::seeds_for(logs.ledger.seeds(), opened->epoch->time,
                                                      PartyId{party}, PartyId{head.with});
    if (seeds.empty() || !record::is_drawn(seeds, ref.leaf, share)) return;
    std::printf("%s %s:%llu, %s with %s, %s\n", what, party.c_str(),
                static_cast<unsigned long long>(ref.index.value), head.epoch.c_str(),
                head.with.c_str(), record::psi_purpose_name(head.purpose));
  };
  const terms::Agreement& agreement = logs.node.agreement;
  for (const auto& query : logs.ledger.queries(checks::ChecksLedger::Which::all)) {
    const PsiHead& head = query.body.head;
    say("psi.query", query.party.value, head, query.ref,
        share_of(agreement, head.purpose, head.with, query.party.value));
  }
  for (const checks::EpochView& epoch : logs.ledger.epochs()) {
    if (epoch.head.purpose != PsiPurpose::sites) continue;
    for (const checks::PostView& post : epoch.posts) {
      say("psi.post", epoch.party.value, epoch.head, post.ref,
          share_of(agreement, PsiPurpose::sites, epoch.party.value, epoch.head.with));
    }
  }
  return {};
}

}  // namespace detente::app
