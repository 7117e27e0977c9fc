// SPDX-License-Identifier: Apache-2.0
//
// Reads what an agreement says about notices of protected sites and about private checks.
#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/limits.h"
#include "terms/agreement_reading.h"

namespace detente::terms {
namespace reading {
namespace {

constexpr std::int64_t kYearMs = 366LL * 24 * 3'600'000;
constexpr std::int64_t kNearMmMax = 200'000'000;  // 200 km

struct NoticeMember {
  const char* name;
  std::int64_t NoticeTerms::* value;
  std::int64_t most;
};
constexpr NoticeMember kNoticeMembers[] = {
    {"lead_ms", &NoticeTerms::lead_ms, kYearMs},
    {"emergency_lead_ms", &NoticeTerms::emergency_lead_ms, kYearMs},
    {"held_ms", &NoticeTerms::held_ms, kYearMs},
    {"read_ms", &NoticeTerms::read_ms, kYearMs},
    {"received_ms", &NoticeTerms::received_ms, kYearMs},
    {"disseminated_ms", &NoticeTerms::disseminated_ms, kYearMs},
    {"overdue_ms", &NoticeTerms::overdue_ms, kYearMs},
    {"answer_ms", &NoticeTerms::answer_ms, kYearMs},
    {"decision_ms", &NoticeTerms::decision_ms, kYearMs},
    {"case_near_mm", &NoticeTerms::case_near_mm, kNearMmMax},
    {"plan_near_mm", &NoticeTerms::plan_near_mm, kNearMmMax},
    {"around_ms", &NoticeTerms::around_ms, kYearMs},
    {"checks_ms", &NoticeTerms::checks_ms, kYearMs},
    {"acknowledge_ms", &NoticeTerms::acknowledge_ms, kYearMs},
    {"information_ms", &NoticeTerms::information_ms, kYearMs},
    {"account_ms", &NoticeTerms::account_ms, kYearMs},
};

Result<PartyId> as_party(const JsonReader& item, const Impl& out) {
  DETENTE_TRY(std::string id, as_id(item));
  PartyId party{std::move(id)};
  if (out.find_party(party) != nullptr) return party;
  return fail(Errc::agreement_unknown_party, json_quote(party.value), item.place());
}

// Of plans the two parties, of sites whose list it is.
Status read_sides(const JsonReader& in, const Impl& out, CheckTerms& check) {
  DETENTE_CHECK(in.array("lists_of", 2));
  DETENTE_TRY(check.lists_of, read_set<PartyId>(in, "lists_of", 2, [&](const JsonReader& item) {
                return as_party(item, out);
              }));
  const bool sites = check.purpose == record::PsiPurpose::sites;
  const bool fly = std::all_of(check.lists_of.begin(), check.lists_of.end(), [&](const auto& id) {
    return out.find_party(id)->kind == PartyKind::party;
  });
  if (check.lists_of.size() == (sites ? 1U : 2U) && (sites || fly)) return {};
  return fail(Errc::agreement_malformed,
              sites ? "the one party whose list it is" : "the two parties that compare their plans",
              in.place_of("lists_of"));
}

Result<CheckTerms> read_check(const JsonReader& in, const Impl& out) {
  DETENTE_CHECK(in.only(members::kCheck));
  CheckTerms check;
  DETENTE_TRY(check.clause, read_clause(in, "clause", out));
  DETENTE_TRY(const std::string purpose, in.string("purpose", limits::kIdBytes));
  if (purpose != "plans" && purpose != "sites") {
    return fail(Errc::agreement_malformed,
                fmt::format("{} is not \"plans\" or \"sites\"", json_quote(purpose)),
                in.place_of("purpose"));
  }
  check.purpose = purpose == "sites" ? record::PsiPurpose::sites : record::PsiPurpose::plans;
  DETENTE_CHECK(read_sides(in, out, check));
  DETENTE_TRY(check.activities, read_purposes(in, "activities"));
  DETENTE_TRY(check.epoch_ms, in.integer("epoch_ms", kEpochMsMin, kEpochMsMax));
  DETENTE_TRY(check.keep_ms, in.integer("keep_ms", 0, kKeepMsMax));
  DETENTE_TRY(check.audit_per_mille, in.integer("audit_per_mille", 0, 1'000));
  DETENTE_TRY(const JsonReader terms, in.object("terms"));
  DETENTE_TRY(check.terms, record::read_psi_terms(terms));
  return check;
}

}  // namespace

Status read_notices(const JsonReader& in, Impl& out) {
  if (!in.has("notices")) return {};
  DETENTE_TRY(const JsonReader item, in.object("notices"));
  DETENTE_CHECK(item.only(members::kNotices));
  for (const NoticeMember& member : kNoticeMembers) {
    if (!item.has(member.name)) continue;
    DETENTE_TRY(out.notices.*member.value, item.integer(member.name, 1'000, member.most));
  }
  return {};
}

// Each pair of parties has one check of plans, and each list one of sites: a second one would
// have other epochs under the same names.
Status read_checks(const JsonReader& in, Impl& out) {
  std::set<std::pair<record::PsiPurpose, std::vector<PartyId>>> seen;
  return read_each(in, "checks", kChecksMax, [&](const JsonReader& item) -> Status {
    DETENTE_TRY(CheckTerms check, read_check(item, out));
    std::vector<PartyId> sides = check.lists_of;
    std::sort(sides.begin(), sides.end());
    if (!seen.emplace(check.purpose, std::move(sides)).second) {
      return fail(repeated("a check of the same parties", item.place()));
    }
    out.checks.push_back(std::move(check));
    return {};
  });
}

}  // namespace reading

const NoticeTerms& Agreement::notice_terms() const {
  return impl_->notices;
}

const std::vector<CheckTerms>& Agreement::checks() const {
  return impl_->checks;
}

std::vector<CheckNeeded> Agreement::needed_checks(Purpose purpose, const PartyId& owner) const {
  std::vector<CheckNeeded> out;
  for (const CheckTerms& check : impl_->checks) {
    const auto& activities = check.activities;
    const bool asked = activities.empty() ||
                       std::find(activities.begin(), activities.end(), purpose) != activities.end();
    if (!asked) continue;
    const auto self = std::find(check.lists_of.begin(), check.lists_of.end(), owner);
    if (check.purpose == record::PsiPurpose::sites) {
      if (self == check.lists_of.end()) {
        out.push_back({check.clause, check.purpose, check.lists_of.front()});
      }
    } else if (self != check.lists_of.end()) {
      const bool first = self == check.lists_of.begin();
      out.push_back(
          {check.clause, check.purpose, first ? check.lists_of.back() : check.lists_of.front()});
    }
  }
  return out;
}

}  // namespace detente::terms
