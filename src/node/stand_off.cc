// SPDX-License-Identifier: Apache-2.0
#include "node/stand_off.h"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace detente::node {

std::vector<terms::ProtectedSite> stand_off_sites(const protection::NoticeLedger& notices,
                                                  const terms::Agreement& agreement,
                                                  std::span<const geo::Volume4> volumes,
                                                  UtcMs now) {
  std::vector<terms::ProtectedSite> out;
  if (agreement.stand_offs().empty()) return out;
  std::int64_t most_mm = 0;
  for (const terms::StandOff& stand_off : agreement.stand_offs()) {
    most_mm = std::max(most_mm, stand_off.lateral_mm);
  }
  for (const geo::Volume4& volume : volumes) {
    auto near = notices.protected_near(volume.area.bounding_cap(),
                                       static_cast<double>(most_mm) / 1'000 + 1, now);
    out.insert(out.end(), std::make_move_iterator(near.begin()),
               std::make_move_iterator(near.end()));
  }
  // A movement has one id and as many areas as its corridor has parts.
  const auto place = [](const terms::ProtectedSite& site) {
    return std::tuple(site.id, site.area.middle().lat_e7, site.area.middle().lng_e7,
                      site.time ? site.time->start.value : 0);
  };
  std::sort(out.begin(), out.end(),
            [&](const auto& a, const auto& b) { return place(a) < place(b); });
  out.erase(std::unique(out.begin(), out.end(),
                        [&](const auto& a, const auto& b) { return place(a) == place(b); }),
            out.end());
  return out;
}

Status keeps_stand_offs(const protection::NoticeLedger& notices, const terms::TermsAt& terms,
                        const airspace::ActivityPlan& plan, UtcMs now) {
  const auto sites = stand_off_sites(notices, *terms.agreement, plan.volumes, now);
  if (sites.empty()) return {};
  const terms::PlanAnswer answer = terms::judge_plan(*terms.agreement, {.who = plan.operator_id,
                                                                        .purpose = plan.purpose,
                                                                        .unmanned = plan.unmanned,
                                                                        .volumes = plan.volumes,
                                                                        .active = true,
                                                                        .stage = terms.stage,
                                                                        .stage_known = true,
                                                                        .sites = sites});
  for (const terms::Reason& reason : answer.reasons) {
    if (!reason.broken || reason.effect != terms::Effect::keep_away) continue;
    return fail(Errc::activity_rule, reason.text, "volumes");
  }
  return {};
}

}  // namespace detente::node
