// SPDX-License-Identifier: Apache-2.0
// Method: an honest list passes; then one thing at a time is not as the owner says.
#include "checks/audit.h"

#include <gtest/gtest.h>

#include <cmath>

#include "checks/testing_pair.h"
#include "geo/cells.h"
#include "record/psi_claims.h"

namespace detente::checks {
namespace {

using testing::Pair;

geo::Volume4 volume(std::int32_t lat_e7, std::int64_t radius_mm) {
  return {geo::Area::make(geo::Circle{{lat_e7, 363'000'000}, radius_mm}).value(),
          {0, 1'000'000, geo::AltitudeReference::msl},
          {testing::kMorning, testing::kMorning + 3'600'000}};
}

// North posted and asked about two plans.
struct Audited {
  explicit Audited(record::PsiPurpose purpose = record::PsiPurpose::plans) : pair(purpose) {
    logged.context = pair.context();
    logged.terms = testing::pair_terms();
    logged.terms.footprint_km2 = 100;
    opened.against_places = purpose == record::PsiPurpose::sites;
    for (const std::int32_t lat_e7 : {335'000'000, 340'000'000}) {
      OpenedPlan& plan = opened.plans.emplace_back();
      plan.volumes = {volume(lat_e7, 8'000'000)};
      plan.cover = cover_plan(plan.volumes, separation_of(logged.terms), Role::a, settings).value();
    }
    log();
  }
  void log() {
    const bool sites = logged.context.purpose == record::PsiPurpose::sites;
    const TokenList list =
        TokenList::make(logged.context, cells_of(opened),
                        sites ? record::PsiUse::sites_question : record::PsiUse::board)
            .value();
    const record::PsiFile commitment = commit(list, opened.secret);
    const auto order = question_order(list, opened.secret);
    const auto asked = blind(list, opened.secret, order, {0, list.padded()}).value();
    logged.query = {pair.head("north"), commitment, file_head(elements_file(asked), 32)};
    if (sites) return;
    logged.post = {pair.head("north"),
                   commitment,
                   {},
                   record::psi_dummies_commitment(dummy_seed(opened.secret))};
  }
  AuditFault fault() const { return audit_list(opened, logged).fault; }

  CoverSettings settings{4, 1, 12, geo::AltitudeReference::msl};
  Pair pair;
  OpenedList opened{{}, Role::a, false, ListSecret::generate(testing::counted("audit"))};
  LoggedList logged;
};

TEST(Audit, LetsAnHonestListPass) {
  EXPECT_EQ(Audited().fault(), AuditFault::none);
  EXPECT_EQ(Audited(record::PsiPurpose::sites).fault(), AuditFault::none);
}

TEST(Audit, FindsACoveringThatAsksAboutMoreThanThePlan) {
  Audited audited;
  const auto far = geo::leaf_cell({400'000'000, 500'000'000});
  audited.opened.plans[0].cover.segments[0].space.push_back(geo::cell_parent(far, 8));
  audited.log();
  EXPECT_EQ(audited.fault(), AuditFault::cover);
}

TEST(Audit, FindsAPlanThatIsTooSmall) {
  Audited audited;
  OpenedPlan& plan = audited.opened.plans[1];
  plan.volumes = {volume(340'000'000, 1'000)};
  plan.cover =
      cover_plan(plan.volumes, separation_of(audited.logged.terms), Role::a, audited.settings)
          .value();
  audited.log();
  EXPECT_EQ(audited.fault(), AuditFault::footprint);
}

TEST(Audit, FindsAListThatIsNotOfThePlans) {
  Audited audited;
  audited.opened.plans.pop_back();
  EXPECT_EQ(audited.fault(), AuditFault::list) << "it asked about a plan that it does not show";
  audited = Audited();
  audited.opened.secret = ListSecret::generate(testing::counted("another"));
  EXPECT_EQ(audited.fault(), AuditFault::list);
}

TEST(Audit, FindsAnotherQuestionAndOtherDummies) {
  Audited audited;
  audited.logged.query->blinded.root[0] ^= 1;
  EXPECT_EQ(audited.fault(), AuditFault::question);
  audited = Audited();
  audited.logged.post->dummies[0] ^= 1;
  EXPECT_EQ(audited.fault(), AuditFault::dummies);
}

// Five of a hundred are drawn; who asks sixty false questions is caught with 95 percent.
TEST(Audit, DrawsOftenEnough) {
  int caught = 0;
  for (int epoch = 0; epoch < 400; ++epoch) {
    const Hash one = crypto::sha256(as_bytes("one" + std::to_string(epoch)));
    const Hash two = crypto::sha256(as_bytes("two" + std::to_string(epoch)));
    bool drawn = false;
    for (int query = 0; query < 60; ++query) {
      const Hash leaf = crypto::sha256(as_bytes(std::to_string(epoch * 1'000 + query)));
      drawn = drawn || record::is_drawn(std::array{one, two}, leaf, 50'000);
    }
    caught += drawn ? 1 : 0;
  }
  EXPECT_NEAR(caught / 400.0, 1 - std::pow(0.95, 60), 0.04);
}

}  // namespace
}  // namespace detente::checks
