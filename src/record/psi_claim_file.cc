// SPDX-License-Identifier: Apache-2.0
#include "record/psi_claim_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "record/proof_file.h"

namespace detente::record {
namespace {

constexpr std::string_view kForm = "psi-claims/v1";
constexpr std::size_t kProofTextBytes = 2 * limits::kNoteBytes;

tl::unexpected<Error> unproven(std::string why) {
  return fail(Errc::claim_unproven, std::move(why));
}

Result<Bytes> read_bytes(const JsonReader& in, std::string_view name, std::size_t bytes_max) {
  DETENTE_TRY(const std::string text, in.string(name, bytes_max / 3 * 4 + 8));
  Result<Bytes> bytes = from_base64(text);
  if (!bytes) return fail(Errc::claim_malformed, "not base64", in.place_of(name));
  return bytes;
}

Result<std::optional<PsiProvenEntry>> read_entry(const JsonReader& in, std::string_view name) {
  std::optional<PsiProvenEntry> out;
  if (!in.has(name)) return out;
  DETENTE_TRY(const JsonReader member, in.object(name));
  DETENTE_CHECK(member.only({"entry", "proof"}));
  out.emplace();
  DETENTE_TRY(out->entry, read_bytes(member, "entry", limits::kEntryBytes));
  DETENTE_TRY(out->proof, member.string("proof", kProofTextBytes));
  return out;
}

void write_entry(JsonWriter& out, std::string_view name, const std::optional<PsiProvenEntry>& in) {
  if (!in) return;
  out.name(name).begin_object().member("entry", to_base64(in->entry));
  out.member("proof", in->proof).end_object();
}

// A statement that is proven to stand in its party's log.
template <class Body>
struct Proven {
  const LogOwner* owner = nullptr;
  Ref ref;
  UtcMs time;
  std::vector<Ref> refs;
  Body body;

  std::string named() const {
    return fmt::format("{}'s entry {} of {}", owner->party, ref.index.value, format_rfc3339(time));
  }
};

template <class Body>
Result<Proven<Body>> prove(const PsiProvenEntry& in, std::string_view type,
                           Result<Body> (*read)(const JsonReader&),
                           std::span<const LogOwner> owners) {
  DETENTE_TRY(const Entry entry, parse_entry(in.entry));
  const auto owner = std::find_if(owners.begin(), owners.end(), [&](const LogOwner& one) {
    return one.log.name == entry.statement.log.value;
  });
  if (owner == owners.end() || owner->agreement != entry.statement.agreement) {
    return unproven("an entry is of no party of this agreement");
  }
  if (entry.statement.type != type) return unproven(fmt::format("an entry is no {}", type));
  DETENTE_TRY(const ProofFile proof, parse_proof_file(in.proof));
  DETENTE_TRY(const ProvenEntry proven, verify_proof_of_entry(proof, in.entry, owner->log));
  if (proven.index != entry.header.seq) return unproven("an entry stands at another index");
  Proven<Body> out{&*owner,
                   {entry.statement.log, entry.header.seq, entry.leaf},
                   entry.header.time,
                   entry.statement.refs,
                   {}};
  DETENTE_TRY(out.body, read(entry.statement.body()));
  return out;
}

template <class Body>
Status prove_into(std::optional<Proven<Body>>& out, const std::optional<PsiProvenEntry>& in,
                  std::string_view type, Result<Body> (*read)(const JsonReader&),
                  std::span<const LogOwner> owners) {
  if (!in) return {};
  Result<Proven<Body>> proven = prove(*in, type, read, owners);
  if (!proven) return fail(std::move(proven.error()).at(type));
  out = std::move(*proven);
  return {};
}

std::string cell_text(const PsiCell& cell) {
  return fmt::format("cell {:016x}/{:08x}/{:016x}", cell.space, cell.altitude, cell.time);
}

class Judge {
 public:
  static Result<PsiVerdict> verdict(const PsiClaimFile& file, std::span<const LogOwner> owners,
                                    const std::optional<PsiAnswerFiles>& files) {
    if (file.claims.empty() && !files) {
      return unproven("it has no claim, and the files of an answer are not given");
    }
    Judge judge;
    DETENTE_CHECK(prove_into(judge.epoch_, file.epoch, "psi.epoch", read_psi_epoch, owners));
    DETENTE_CHECK(prove_into(judge.post_, file.post, "psi.post", read_psi_post, owners));
    DETENTE_CHECK(prove_into(judge.query_, file.query, "psi.query", read_psi_query, owners));
    DETENTE_CHECK(prove_into(judge.answer_, file.answer, "psi.answer", read_psi_answer, owners));
    DETENTE_CHECK(judge.fit_together(owners));
    if (files) {
      DETENTE_CHECK(judge.take_wrong_answer(*files));
    }
    for (const PsiClaim& claim : file.claims) {
      DETENTE_CHECK(std::visit([&](const auto& one) { return judge.take(one); }, claim));
    }
    DETENTE_CHECK(judge.take_together(file.claims));
    DETENTE_CHECK(judge.take_board_against_list(file.claims));
    return judge.out_;
  }

 private:
  // Whose board and key it is, and who asks; from the first entry that says it.
  template <class Body>
  Status fit(const std::optional<Proven<Body>>& entry, bool of_owner,
             std::span<const LogOwner> owners) {
    if (!entry) return {};
    const auto other = std::find_if(owners.begin(), owners.end(), [&](const LogOwner& one) {
      return one.party == entry->body.head.with;
    });
    if (other == owners.end() || &*other == entry->owner) {
      return unproven("an entry names no other party");
    }
    const LogOwner* owner = of_owner ? entry->owner : &*other;
    const LogOwner* asker = of_owner ? &*other : entry->owner;
    if (owner_ == nullptr) {
      owner_ = owner;
      asker_ = asker;
      out_.epoch = entry->body.head.epoch;
      out_.purpose = entry->body.head.purpose;
    }
    const bool same = owner == owner_ && asker == asker_ && out_.epoch == entry->body.head.epoch &&
                      out_.purpose == entry->body.head.purpose;
    if (!same) return unproven("the entries are of different epochs or pairs");
    return {};
  }

  Status fit_together(std::span<const LogOwner> owners) {
    DETENTE_CHECK(fit(epoch_, true, owners));
    DETENTE_CHECK(fit(post_, true, owners));
    DETENTE_CHECK(fit(answer_, true, owners));
    DETENTE_CHECK(fit(query_, false, owners));
    if (owner_ == nullptr) return unproven("no entry is proven");
    if (answer_ && query_ && (answer_->refs.empty() || answer_->refs.front() != query_->ref)) {
      return unproven("the answer is to another question");
    }
    PsiContext context{owner_->agreement, out_.purpose, out_.epoch, Origin{asker_->log.name},
                       Origin{owner_->log.name}};
    if (out_.purpose == PsiPurpose::plans && context.b.value < context.a.value) {
      std::swap(context.a, context.b);
    }
    prefix_ = psi_prefix(context);
    return {};
  }

  void find(std::string sentence, bool positive = true) {
    out_.findings.push_back({std::move(sentence), positive});
  }

  Status take(const PsiBoardClaim& claim) {
    if (!epoch_ || !post_) return unproven("a claim about a board needs its epoch and post");
    DETENTE_TRY(const bool there,
                judge_board_claim(prefix_, epoch_->body.key, post_->body.tags, claim));
    find(fmt::format("the board of {} {} {}", post_->named(), there ? "held" : "did not hold",
                     cell_text(claim.cell)),
         there);
    return {};
  }
  Status take(const PsiQueryClaim& claim) {
    if (!query_) return unproven("a claim about a question needs it");
    DETENTE_CHECK(judge_query_claim(prefix_, query_->body.blinded, claim));
    find(fmt::format("the question of {} asked about {}", query_->named(), cell_text(claim.cell)));
    return {};
  }
  Status take(const PsiAnswerClaim& claim) {
    if (!epoch_ || !query_ || !answer_) {
      return unproven("a claim about an answer needs its epoch, question and answer");
    }
    const PsiFile evaluated{query_->body.blinded.n, answer_->body.file};
    DETENTE_CHECK(judge_answer_claim(epoch_->body.key, query_->body.blinded, evaluated, claim));
    find(fmt::format("the answer of {} is right at place {}", answer_->named(), claim.asked.index));
    return {};
  }
  Status take_wrong_answer(const PsiAnswerFiles& files) {
    if (!epoch_ || !query_ || !answer_) {
      return unproven("a wrong answer needs its epoch, question and answer");
    }
    DETENTE_CHECK(judge_wrong_answer(epoch_->body.key, query_->body.blinded, answer_->body,
                                     files.question, files.answer));
    find(fmt::format("the answer of {} is wrong: {} did not make it with the key of its epoch",
                     answer_->named(), owner_->party),
         false);
    return {};
  }
  // A commitment stands in the question, and, of plans, in the post of the same party.
  Status take(const PsiCommitClaim& claim) {
    if (query_ && judge_commit_claim(prefix_, query_->body.commit, claim)) {
      find(fmt::format("the list committed to in {} holds {}", query_->named(),
                       cell_text(claim.cell)));
      return {};
    }
    if (post_ && judge_commit_claim(prefix_, post_->body.commit, claim)) {
      find(fmt::format("the list committed to in {} holds {}", post_->named(),
                       cell_text(claim.cell)));
      posted_.push_back(claim.cell);
      return {};
    }
    return unproven("no statement here commits to this token");
  }

  // A list that holds a cell whose tag is not on its own board.
  Status take_board_against_list(const std::vector<PsiClaim>& claims) {
    for (const PsiClaim& one : claims) {
      const auto* board = std::get_if<PsiBoardClaim>(&one);
      if (board == nullptr) continue;
      if (std::find(posted_.begin(), posted_.end(), board->cell) == posted_.end()) continue;
      DETENTE_TRY(const bool there,
                  judge_board_claim(prefix_, epoch_->body.key, post_->body.tags, *board));
      if (there) continue;
      find(fmt::format("{} posted a board without a tag of its own list: {}", owner_->party,
                       cell_text(board->cell)),
           false);
    }
    return {};
  }

  // A question, its answer and the board: what who asked has learnt.
  Status take_together(const std::vector<PsiClaim>& claims) {
    for (const PsiClaim& one : claims) {
      const auto* query = std::get_if<PsiQueryClaim>(&one);
      if (query == nullptr) continue;
      const auto* answer = first<PsiAnswerClaim>(claims, [&](const PsiAnswerClaim& claim) {
        return claim.asked.index == query->path.index;
      });
      const auto* board = first<PsiBoardClaim>(
          claims, [&](const PsiBoardClaim& claim) { return claim.cell == query->cell; });
      if (answer == nullptr || board == nullptr) continue;
      DETENTE_TRY(const bool there,
                  judge_knowledge(prefix_, *query, *answer, post_->body.tags, board->tags));
      find(fmt::format("by that answer {} learnt that {} {} on that board", asker_->party,
                       cell_text(query->cell), there ? "was" : "was not"),
           there);
    }
    return {};
  }
  template <class Claim, class Fits>
  static const Claim* first(const std::vector<PsiClaim>& claims, const Fits& fits) {
    for (const PsiClaim& one : claims) {
      const auto* claim = std::get_if<Claim>(&one);
      if (claim != nullptr && fits(*claim)) return claim;
    }
    return nullptr;
  }

  std::optional<Proven<PsiEpoch>> epoch_;
  std::optional<Proven<PsiPost>> post_;
  std::optional<Proven<PsiQuery>> query_;
  std::optional<Proven<PsiAnswer>> answer_;
  const LogOwner* owner_ = nullptr;
  const LogOwner* asker_ = nullptr;
  PsiPrefix prefix_{};
  std::vector<PsiCell> posted_;  // shown to be in the commitment of the post
  PsiVerdict out_;
};

}  // namespace

std::string PsiClaimFile::encode() const {
  JsonWriter out;
  out.begin_object().member("detente", kForm);
  write_entry(out, "epoch", epoch);
  write_entry(out, "post", post);
  write_entry(out, "query", query);
  write_entry(out, "answer", answer);
  out.name("claims").begin_array();
  for (const PsiClaim& claim : claims) out.value(to_base64(encode_psi_claim(claim)));
  return out.end_array().end_object().take();
}

Result<PsiClaimFile> parse_psi_claim_file(std::string_view text) {
  DETENTE_TRY(const JsonDocument document, parse_json(text, {.bytes_max = kPsiClaimFileBytes}));
  const JsonReader root = document.root();
  DETENTE_CHECK(root.only({"detente", "epoch", "post", "query", "answer", "claims"}));
  DETENTE_TRY(const std::string form, root.string("detente", limits::kIdBytes));
  if (form != kForm) return fail(Errc::claim_malformed, json_quote(form), "detente");
  PsiClaimFile out;
  DETENTE_TRY(out.epoch, read_entry(root, "epoch"));
  DETENTE_TRY(out.post, read_entry(root, "post"));
  DETENTE_TRY(out.query, read_entry(root, "query"));
  DETENTE_TRY(out.answer, read_entry(root, "answer"));
  DETENTE_TRY(const auto claims, root.strings("claims", kPsiClaimsPerFile, 2 * kPsiClaimBytes));
  for (const std::string& claim : claims) {
    const Result<Bytes> bytes = from_base64(claim);
    if (!bytes) return fail(Errc::claim_malformed, "not base64", "claims");
    DETENTE_TRY(PsiClaim parsed, parse_psi_claim(*bytes));
    out.claims.push_back(std::move(parsed));
  }
  return out;
}

Result<PsiVerdict> verify_psi_claims(std::string_view text, std::span<const LogOwner> owners,
                                     const std::optional<PsiAnswerFiles>& files) {
  DETENTE_TRY(const PsiClaimFile file, parse_psi_claim_file(text));
  return Judge::verdict(file, owners, files);
}

}  // namespace detente::record
