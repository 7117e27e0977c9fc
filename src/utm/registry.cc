// SPDX-License-Identifier: Apache-2.0
#include "utm/registry.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "airspace/volume_index.h"
#include "utm/bodies.h"

namespace detente::utm {
namespace {

// Closed intervals: what ends as the other begins still meets it. Volumes hold [start, end).
constexpr geo::Separation kTouching{0, 0, 1};

// Things with extents, found by id or by place. `Item` has id, extents and time.
template <class Item>
class Shelf {
 public:
  Shelf() : index_(kTouching) {}

  // Takes the place of what had this id.
  Item& put(Item item) {
    erase(item.id);
    std::uint32_t key = 0;
    if (free_.empty()) {
      key = static_cast<std::uint32_t>(by_key_.size());
      by_key_.push_back(nullptr);
    } else {
      key = free_.back();
      free_.pop_back();
    }
    const std::string id = item.id;
    Slot& slot = slots_.emplace(id, Slot{std::move(item), key}).first->second;
    by_key_[key] = &slot.item;
    index_.insert(key, slot.item.extents);
    ends_.emplace(slot.item.time.end, id);
    return slot.item;
  }
  void erase(const std::string& id) {
    const auto found = slots_.find(id);
    if (found == slots_.end()) return;
    index_.remove(found->second.key);
    by_key_[found->second.key] = nullptr;
    free_.push_back(found->second.key);
    ends_.erase({found->second.item.time.end, id});
    slots_.erase(found);
  }
  void set_extents(Item& item, std::vector<geo::Volume4> extents) {
    Slot& slot = slots_.find(item.id)->second;
    ends_.erase({item.time.end, item.id});
    item.extents = std::move(extents);
    item.time = span_of(item.extents);
    index_.insert(slot.key, item.extents);
    ends_.emplace(item.time.end, item.id);
  }
  Item* at(std::string_view id) {
    const auto found = slots_.find(id);
    return found == slots_.end() ? nullptr : &found->second.item;
  }
  const Item* find(std::string_view id, UtcMs now) const {
    const auto found = slots_.find(id);
    return found == slots_.end() || found->second.item.time.end < now ? nullptr
                                                                      : &found->second.item;
  }
  std::vector<Item*> overlapping(std::span<const geo::Volume4> volumes, UtcMs now) const {
    std::vector<Item*> out;
    for (const airspace::VolumeIndex::Hit& hit : index_.find(volumes)) {
      Item* const item = by_key_[hit.key];
      if (now <= item->time.end) out.push_back(item);
    }
    std::sort(out.begin(), out.end(), [](const Item* a, const Item* b) { return a->id < b->id; });
    return out;
  }
  // Ids of what ended before `now`.
  std::vector<std::string> over(UtcMs now) const {
    std::vector<std::string> out;
    for (const auto& [end, id] : ends_) {
      if (!(end < now)) break;
      out.push_back(id);
    }
    return out;
  }
  std::vector<const Item*> all(UtcMs now) const {
    std::vector<const Item*> out;
    for (const auto& [id, slot] : slots_) {
      if (now <= slot.item.time.end) out.push_back(&slot.item);
    }
    return out;
  }

 private:
  struct Slot {
    Item item;
    std::uint32_t key = 0;
  };
  airspace::VolumeIndex index_;
  std::map<std::string, Slot, std::less<>> slots_;
  std::vector<Item*> by_key_;
  std::vector<std::uint32_t> free_;
  std::set<std::pair<UtcMs, std::string>> ends_;
};

std::size_t place(Kind kind) {
  return kind == Kind::intent ? 0 : 1;
}

}  // namespace

struct Registry::Impl {
  std::array<Shelf<Entity>, 2> entities;
  std::array<Shelf<Entity>, 2> shown;
  Shelf<Subscription> subscriptions;
  std::map<std::string, AvailabilityView> availabilities;
  std::map<std::pair<Kind, std::string>, Deleted> deleted;
  std::deque<std::pair<Kind, std::string>> deleted_order;
  std::map<std::string, UtcMs> ovns;  // used lately, and until when they are remembered
  std::deque<std::pair<UtcMs, std::string>> ovn_order;
  // What subscribers were told last of the parties' activities.
  struct Told {
    std::string ovn;
    std::int64_t version = 0;  // how often
    std::vector<geo::Volume4> extents;
    UtcMs end;
  };
  std::map<std::pair<Kind, std::string>, Told> told;
  std::vector<Notified> notified;
  std::uint64_t unreadable = 0;

  Shelf<Entity>& shelf(Kind kind) { return entities[place(kind)]; }

  void sweep(UtcMs time) {
    for (const Kind kind : {Kind::intent, Kind::constraint}) {
      for (const std::string& id : shelf(kind).over(time)) remove(kind, id);
    }
    for (const std::string& id : subscriptions.over(time)) subscriptions.erase(id);
    std::erase_if(told, [&](const auto& pair) { return pair.second.end < time; });
    while (!ovn_order.empty() && ovn_order.front().first < time) {
      ovns.erase(ovn_order.front().second);
      ovn_order.pop_front();
    }
  }

  void remember_ovn(const std::string& ovn, UtcMs time) {
    const UtcMs until = time + 2 * kOvnTimeMs;
    if (ovns.emplace(ovn, until).second) ovn_order.emplace_back(until, ovn);
  }

  void remove(Kind kind, const std::string& id) {
    const Entity* entity = shelf(kind).at(id);
    if (entity == nullptr) return;
    const std::string subscription = entity->subscription;
    shelf(kind).erase(id);
    if (kind == Kind::intent) release(subscription, id);
  }

  // The intent depends on the subscription no more.
  void release(const std::string& subscription, const std::string& intent) {
    Subscription* const held = subscriptions.at(subscription);
    if (held == nullptr) return;
    held->dependents.erase(intent);
    if (!held->implicit) return;
    if (held->dependents.empty()) return subscriptions.erase(held->id);
    fit(*held);
  }

  // An implicit subscription reaches as far as the intents that depend on it.
  void fit(Subscription& implicit) {
    std::vector<geo::Volume4> extents;
    for (const std::string& id : implicit.dependents) {
      const Entity* const intent = shelf(Kind::intent).at(id);
      if (intent == nullptr) continue;
      extents.insert(extents.end(), intent->extents.begin(), intent->extents.end());
    }
    if (!extents.empty()) subscriptions.set_extents(implicit, std::move(extents));
  }

  void depend(const Entity& intent) {
    Subscription* const held = subscriptions.at(intent.subscription);
    if (held == nullptr) return;
    held->dependents.insert(intent.id);
    if (held->implicit) fit(*held);
  }

  void notify(Kind kind, std::vector<geo::Volume4> extents, UtcMs time) {
    for (Subscription* const one : subscriptions.overlapping(extents, time)) {
      if (kind == Kind::intent ? !one->for_intents : !one->for_constraints) continue;
      ++one->notification_index;
      notified.push_back({one->id, one->manager, one->base_url, one->notification_index});
    }
    std::sort(notified.begin(), notified.end(), [](const Notified& a, const Notified& b) {
      return std::tie(a.base_url, a.manager, a.subscription) <
             std::tie(b.base_url, b.manager, b.subscription);
    });
  }

  std::vector<geo::Volume4> with_former(const Entity& entity) {
    std::vector<geo::Volume4> extents = entity.extents;
    const Entity* const former = shelf(entity.kind).at(entity.id);
    if (former != nullptr) {
      extents.insert(extents.end(), former->extents.begin(), former->extents.end());
    }
    return extents;
  }

  Status take_intent(const JsonReader& body, UtcMs time) {
    DETENTE_TRY(IntentBody read, read_intent(body));
    if (read.implicit) {
      Subscription made;
      made.id = read.implicit->id;
      made.manager = read.entity.manager;
      made.version = read.entity.ovn;
      made.base_url = read.implicit->base_url;
      made.for_intents = true;
      made.for_constraints = read.implicit->constraints;
      made.implicit = true;
      made.extents = read.entity.extents;
      made.time = read.entity.time;
      subscriptions.put(std::move(made));
    }
    std::vector<geo::Volume4> concerned = with_former(read.entity);
    const Entity* const former = shelf(Kind::intent).at(read.entity.id);
    const std::string before = former == nullptr ? "" : former->subscription;
    remember_ovn(read.entity.ovn, time);
    const Entity& entity = shelf(Kind::intent).put(std::move(read.entity));
    if (before != entity.subscription) release(before, entity.id);
    depend(entity);
    notify(Kind::intent, std::move(concerned), time);
    return {};
  }

  Status take_constraint(const JsonReader& body, UtcMs time) {
    DETENTE_TRY(Entity read, read_constraint(body));
    std::vector<geo::Volume4> concerned = with_former(read);
    shelf(Kind::constraint).put(std::move(read));
    notify(Kind::constraint, std::move(concerned), time);
    return {};
  }

  Status take_delete(const JsonReader& body, UtcMs time) {
    DETENTE_TRY(const DeleteBody read, read_delete(body));
    const Entity* const entity = shelf(read.kind).at(read.id);
    if (entity == nullptr) return {};
    Deleted gone{*entity, {}};
    notify(read.kind, gone.entity.extents, time);
    gone.notified = notified;
    remove(read.kind, read.id);
    const std::pair<Kind, std::string> key{read.kind, read.id};
    if (deleted.insert_or_assign(key, std::move(gone)).second) deleted_order.push_back(key);
    if (deleted_order.size() > kDeletedKept) {
      deleted.erase(deleted_order.front());
      deleted_order.pop_front();
    }
    return {};
  }

  Status take_shown(const JsonReader& body, UtcMs time) {
    DETENTE_TRY(ShownBody read, read_shown(body));
    Told& now = told[{read.kind, read.id}];
    std::vector<geo::Volume4> concerned = std::move(now.extents);
    concerned.insert(concerned.end(), read.extents.begin(), read.extents.end());
    now = {std::move(read.ovn), now.version + 1, std::move(read.extents), {}};
    now.end = span_of(now.extents).end;
    Entity* const entity = shown[place(read.kind)].at(read.id);
    if (entity != nullptr && entity->ovn == now.ovn) entity->version = now.version;
    notify(read.kind, std::move(concerned), time);
    return {};
  }

  Status take_hidden(const JsonReader& body, UtcMs time) {
    DETENTE_TRY(const DeleteBody read, read_hidden(body));
    const auto found = told.find({read.kind, read.id});
    if (found == told.end()) return {};
    notify(read.kind, std::move(found->second.extents), time);
    told.erase(found);
    return {};
  }

  Status take_subscribe(const JsonReader& body) {
    DETENTE_TRY(Subscription read, read_subscribe(body));
    if (const Subscription* const former = subscriptions.at(read.id)) {
      read.notification_index = former->notification_index;
      read.dependents = former->dependents;  // an implicit one is its owner's from now on
    }
    subscriptions.put(std::move(read));
    return {};
  }

  Status take(std::string_view type, const JsonReader& body, UtcMs time) {
    if (type == "utm.intent") return take_intent(body, time);
    if (type == "utm.constraint") return take_constraint(body, time);
    if (type == "utm.delete") return take_delete(body, time);
    if (type == "utm.subscribe") return take_subscribe(body);
    if (type == "utm.shown") return take_shown(body, time);
    if (type == "utm.hidden") return take_hidden(body, time);
    if (type == "utm.unsubscribe") {
      DETENTE_TRY(const std::string id, read_unsubscribe(body));
      subscriptions.erase(id);
      return {};
    }
    if (type == "utm.availability") {
      DETENTE_TRY(AvailabilityChange change, read_availability(body));
      availabilities[change.uss] = {change.availability, std::move(change.version)};
    }
    return {};
  }
};

Registry::Registry() : impl_(std::make_unique<Impl>()) {}
Registry::~Registry() = default;
Registry::Registry(Registry&&) noexcept = default;
Registry& Registry::operator=(Registry&&) noexcept = default;

void Registry::apply(std::string_view type, const JsonReader& body, UtcMs time) {
  if (!type.starts_with("utm.")) return;
  impl_->sweep(time);
  impl_->notified.clear();
  if (!impl_->take(type, body, time)) ++impl_->unreadable;
}

std::uint64_t Registry::unreadable() const {
  return impl_->unreadable;
}

const Entity* Registry::find(Kind kind, std::string_view id, UtcMs now) const {
  const Entity* const entity = impl_->entities[place(kind)].find(id, now);
  return entity != nullptr ? entity : impl_->shown[place(kind)].find(id, now);
}

std::vector<const Entity*> Registry::search(Kind kind, std::span<const geo::Volume4> volumes,
                                            UtcMs now) const {
  const std::vector<Entity*> own = impl_->entities[place(kind)].overlapping(volumes, now);
  const std::vector<Entity*> shown = impl_->shown[place(kind)].overlapping(volumes, now);
  std::vector<const Entity*> out;
  out.reserve(own.size() + shown.size());
  std::merge(own.begin(), own.end(), shown.begin(), shown.end(), std::back_inserter(out),
             [](const Entity* a, const Entity* b) { return a->id < b->id; });
  return out;
}

const Subscription* Registry::subscription(std::string_view id, UtcMs now) const {
  return impl_->subscriptions.find(id, now);
}

std::vector<const Subscription*> Registry::subscriptions(std::span<const geo::Volume4> volumes,
                                                         UtcMs now) const {
  const std::vector<Subscription*> found = impl_->subscriptions.overlapping(volumes, now);
  return {found.begin(), found.end()};
}

AvailabilityView Registry::availability(const std::string& uss) const {
  const auto found = impl_->availabilities.find(uss);
  return found == impl_->availabilities.end() ? AvailabilityView{} : found->second;
}

const Deleted* Registry::deleted(Kind kind, std::string_view id) const {
  const auto found = impl_->deleted.find({kind, std::string(id)});
  return found == impl_->deleted.end() ? nullptr : &found->second;
}

bool Registry::ovn_used(const std::string& ovn) const {
  return impl_->ovns.contains(ovn);
}

const std::vector<Notified>& Registry::last_notified() const {
  return impl_->notified;
}

void Registry::show(std::vector<Entity> activities) {
  impl_->shown = {};
  for (Entity& activity : activities) {
    const auto told = impl_->told.find({activity.kind, activity.id});
    if (told != impl_->told.end()) {
      const bool same = told->second.ovn == activity.ovn;
      activity.version = told->second.version + (same ? 0 : 1);
    }
    impl_->shown[place(activity.kind)].put(std::move(activity));
  }
}

std::vector<Untold> Registry::untold(UtcMs now) const {
  std::vector<Untold> out;
  for (const Kind kind : {Kind::intent, Kind::constraint}) {
    for (const Entity* const one : impl_->shown[place(kind)].all(now)) {
      const auto told = impl_->told.find({kind, one->id});
      if (told == impl_->told.end() || told->second.ovn != one->ovn) {
        out.push_back({kind, one->id, one});
      }
    }
  }
  for (const auto& [key, told] : impl_->told) {
    const bool over = told.end < now;
    if (!over && impl_->shown[place(key.first)].find(key.second, now) == nullptr) {
      out.push_back({key.first, key.second, nullptr});
    }
  }
  return out;
}

std::vector<const Entity*> Registry::all(Kind kind, UtcMs now) const {
  std::vector<const Entity*> out = impl_->entities[place(kind)].all(now);
  const std::vector<const Entity*> shown = impl_->shown[place(kind)].all(now);
  out.insert(out.end(), shown.begin(), shown.end());
  std::sort(out.begin(), out.end(), [](const Entity* a, const Entity* b) { return a->id < b->id; });
  return out;
}

std::vector<const Subscription*> Registry::all_subscriptions(UtcMs now) const {
  return impl_->subscriptions.all(now);
}

const std::map<std::string, AvailabilityView>& Registry::availabilities() const {
  return impl_->availabilities;
}

}  // namespace detente::utm
