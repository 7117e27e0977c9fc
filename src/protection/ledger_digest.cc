// SPDX-License-Identifier: Apache-2.0
//
// What the entries about a site come to, kept with it. It depends on the entries alone, not on the
// time or on their order: each entry that could change it makes it anew.
#include <algorithm>
#include <tuple>

#include "base/limits.h"
#include "protection/ledger.h"

namespace detente::protection {
namespace {

bool earlier(const Signed& a, const Signed& b) {
  return std::tie(a.time, a.party, a.ref.index) < std::tie(b.time, b.party, b.ref.index);
}

}  // namespace

bool NoticeLedger::NewestFirst::operator()(const Site* a, const Site* b) const {
  return std::tie(b->versions.back().sent.time, *a->key) <
         std::tie(a->versions.back().sent.time, *b->key);
}

UtcMs NoticeLedger::expiry_of(const Site& site) const {
  const SiteVersion& newest = site.versions.back();
  UtcMs out = newest.body.expires;
  for (const Act* act : acts_about(newest.sent.ref, "site.reconfirm")) {
    const bool owner = act->sent.party == site.owner || act->sent.party == newest.body.proxy;
    const Result<UtcMs> expires = read_reconfirm(JsonReader(act->document.root()));
    const bool far = expires && *expires - act->sent.time > limits::kSiteMsMax;
    if (owner && expires && !far) out = std::max(out, *expires);
  }
  return out;
}

std::optional<const NoticeLedger::Act*> NoticeLedger::proxy_removal(const Site& site) const {
  const SiteVersion& newest = site.versions.back();
  if (newest.body.proxy.value.empty()) return std::nullopt;
  for (const Act* act : acts_about(newest.sent.ref, "site.remove")) {
    if (act->sent.party == newest.body.proxy && act->sent.party != site.owner) return act;
  }
  return std::nullopt;
}

void NoticeLedger::digest_text(Site& site) const {
  site.text.clear();
  const SiteDetails* const details = known(site.versions.back());
  if (details == nullptr) return;
  for (const std::string* part :
       {&details->name, &details->function, &details->place, &details->address}) {
    site.text += fold_ ? fold_(*part) : *part;
    site.text += '\n';
  }
}

// By a second person of the owner, not one who signed the newest version; or by the proxy.
void NoticeLedger::digest_confirmed(const Site& site, Digest& out) const {
  const SiteVersion& newest = site.versions.back();
  for (const Act* act : acts_about(newest.sent.ref, "site.confirm")) {
    const bool owner = act->sent.party == site.owner || act->sent.party == newest.body.proxy;
    const std::vector<std::string>& first = newest.sent.officers;
    const bool second = std::none_of(
        act->sent.officers.begin(), act->sent.officers.end(), [&](const std::string& officer) {
          return std::find(first.begin(), first.end(), officer) != first.end();
        });
    if (!owner || !second || act->sent.officers.empty()) continue;
    out.confirmed = act->sent;
    out.confirmed_means = read_confirm(act->document.root()).value_or(ConfirmBody{}).means;
    return;
  }
}

// Takes a site into its owner's tally, or out of it again before its digest changes.
void NoticeLedger::tally(const Site& site, bool in) {
  if (!site.digest) return;
  Tally& of = tallies_[site.owner];
  const bool gone = site.digest->removed.has_value();
  std::size_t& all = gone ? of.removed : of.standing;
  std::map<UtcMs, std::size_t>& by_time = gone ? of.removals : of.expiries;
  const UtcMs time = gone ? site.digest->removed->time : site.digest->expires;
  if (in) {
    ++all;
    ++by_time[time];
    return;
  }
  --all;
  const auto found = by_time.find(time);
  if (--found->second == 0) by_time.erase(found);
}

void NoticeLedger::digest_site(const record::Ref& any_version) {
  const auto key = key_of_.find(any_version);
  if (key == key_of_.end()) return;
  Site& site = sites_.at(key->second);
  Digest out;
  out.expires = expiry_of(site);
  digest_confirmed(site, out);
  out.removed = site.removed;
  out.removed_why = site.removed_why;
  const std::optional<const Act*> proxy = proxy_removal(site);
  if (proxy && (!out.removed || earlier((*proxy)->sent, *out.removed))) {
    out.removed = (*proxy)->sent;
    out.removed_why = read_reason((*proxy)->document.root()).value_or("");
  }
  for (const SiteVersion& version : site.versions) {
    for (const Act* act : acts_about(version.sent.ref, "contest.open")) {
      if (act->sent.party == site.owner) continue;
      // Whether and when it ended does not depend on the time at which it is asked.
      out.contests.push_back(
          {act->sent.time, view_of(*act, key->second, site, act->sent.time).ended});
    }
  }
  tally(site, false);
  site.digest = std::move(out);
  tally(site, true);
}

void NoticeLedger::digest_of_act(const Act& act) {
  const bool about_contest = act.type == "contest.answer" || act.type == "contest.close";
  const bool about_version = act.type == "site.confirm" || act.type == "site.reconfirm" ||
                             act.type == "site.remove" || act.type == "contest.open";
  if (about_version) digest_site(act.refs.front());
  const auto version =
      about_contest ? version_of_contest_.find(act.refs.front()) : version_of_contest_.end();
  if (version != version_of_contest_.end()) digest_site(version->second);
}

}  // namespace detente::protection
