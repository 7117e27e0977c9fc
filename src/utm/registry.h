// SPDX-License-Identifier: Apache-2.0
//
// The state of the UTM interface as a pure function of the node's own log: every create, change
// and delete is one entry, and the same entries give the same state (docs/protocol/utm.md).
//
//   utm.intent        {"id","manager","version","state","ovn","base_url","subscription",
//                      "extents":[volume,..],"implicit"?:{"id","base_url","constraints"}}
//   utm.constraint    {"id","manager","version","ovn","base_url","extents":[volume,..]}
//   utm.delete        {"kind":"intent" or "constraint","id","manager","ovn"}
//   utm.subscribe     {"id","manager","version","base_url","intents","constraints","extents":[..]}
//   utm.unsubscribe   {"id","manager","version"}
//   utm.availability  {"uss","availability","version","by"}
//   utm.report        {"id","by","report":"<JSON text>"}
//   utm.shown         {"kind","id","ovn","extents":[volume,..]}: subscribers are told how a party's
//                     activity is shown
//   utm.hidden        {"kind","id"}: they are told that it is shown no more
//
// What is over leaves by itself: an entity or a subscription whose end has passed is not found any
// more, and its memory is freed with the next entry.
// Two volumes overlap when they meet in area, altitude and time; touching counts.
// Threads: one at a time; const calls are safe together.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "record/statement.h"
#include "utm/entity.h"

namespace detente::utm {

// How many deletions are remembered, so that a repeated DELETE gets the same answer.
inline constexpr std::size_t kDeletedKept = 10'000;
// Requested OVNs are remembered while their own time would still be accepted.
inline constexpr std::int64_t kOvnTimeMs = 300'000;

struct Deleted {
  Entity entity;
  std::vector<Notified> notified;
};

// What subscribers have not been told yet of a party's activity.
struct Untold {
  Kind kind = Kind::intent;
  std::string id;
  const Entity* shown = nullptr;  // nullptr: it is shown no more
};

struct AvailabilityView {
  Availability availability = Availability::unknown;
  std::string version;  // "" while nobody has set it
};

class Registry {
 public:
  Registry();
  ~Registry();
  Registry(Registry&&) noexcept;
  Registry& operator=(Registry&&) noexcept;

  // The next entry of the log. Types that are not "utm.*" are passed over, and so is a body that
  // cannot be read; the index says how many of those there were.
  void apply(std::string_view type, const JsonReader& body, UtcMs time);
  std::uint64_t unreadable() const;

  // nullptr when there is none, or it is over.
  const Entity* find(Kind kind, std::string_view id, UtcMs now) const;
  // Those that overlap one of the volumes, ascending by id. All of them.
  std::vector<const Entity*> search(Kind kind, std::span<const geo::Volume4> volumes,
                                    UtcMs now) const;
  const Subscription* subscription(std::string_view id, UtcMs now) const;
  std::vector<const Subscription*> subscriptions(std::span<const geo::Volume4> volumes,
                                                 UtcMs now) const;
  AvailabilityView availability(const std::string& uss) const;
  const Deleted* deleted(Kind kind, std::string_view id) const;
  bool ovn_used(const std::string& ovn) const;
  // Whom the last applied change concerns, ascending by base URL, manager and id.
  const std::vector<Notified>& last_notified() const;

  // The parties' own activities as UTM users see them; they take the place of those before.
  void show(std::vector<Entity> activities);
  // What is shown, or no longer shown, and has not been said in the log; what is over by itself is
  // not said. Pointers hold until the next change.
  std::vector<Untold> untold(UtcMs now) const;

  // For the page: everything that is not over, ascending by id.
  std::vector<const Entity*> all(Kind kind, UtcMs now) const;
  std::vector<const Subscription*> all_subscriptions(UtcMs now) const;
  const std::map<std::string, AvailabilityView>& availabilities() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Bodies of the statements.
struct ImplicitSubscription {
  std::string id;
  std::string base_url;
  bool constraints = false;
};
std::string write_intent(const Entity& intent, const std::optional<ImplicitSubscription>& implicit);
std::string write_constraint(const Entity& constraint);
std::string write_delete(const Entity& entity);
std::string write_subscribe(const Subscription& subscription);
std::string write_unsubscribe(const Subscription& subscription);
struct AvailabilityChange {
  std::string uss;
  Availability availability = Availability::unknown;
  std::string version;
  std::string by;
};
std::string write_availability(const AvailabilityChange& change);
std::string write_shown(const Entity& activity);
std::string write_hidden(Kind kind, const std::string& id);
std::string write_report(const std::string& id, const std::string& by, const std::string& report);

}  // namespace detente::utm
