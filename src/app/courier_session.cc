// SPDX-License-Identifier: Apache-2.0
#include "app/courier_session.h"

#include <algorithm>

#include "app/identity.h"
#include "crypto/ed25519.h"

namespace detente::app {
namespace {

// The node asks again until two rounds in a row brought nothing: the first may have lifted the
// fence, and what was held back by it is signed in the next. More rounds than this no file needs.
constexpr int kRoundsMax = 64;
constexpr int kQuietRounds = 2;

bool is_durable(const node::Effect& effect) {
  return std::holds_alternative<node::StoreEntries>(effect) ||
         std::holds_alternative<node::WriteFiles>(effect) ||
         std::holds_alternative<node::PublishHead>(effect) ||
         std::holds_alternative<node::KeepNote>(effect) ||
         std::holds_alternative<node::StoreEvidence>(effect) ||
         std::holds_alternative<node::StoreDocument>(effect);
}

}  // namespace

CourierSession::CourierSession(std::string data, std::function<UtcMs()> clock,
                               std::unique_ptr<store::NodeStore> store, node::Node node)
    : data_(std::move(data)),
      clock_(std::move(clock)),
      store_(std::move(store)),
      node_(std::move(node)),
      link_(data_) {}

Result<std::unique_ptr<CourierSession>> CourierSession::open(const std::string& data,
                                                             std::function<UtcMs()> clock) {
  DETENTE_TRY(store::NodeStore opened, store::NodeStore::open(data));
  auto store = std::make_unique<store::NodeStore>(std::move(opened));
  DETENTE_TRY(Identity identity, load_identity(*store));
  DETENTE_TRY(const std::vector<node::StoredLog> stored, store->load());
  node::NodeConfig config{identity.agreement, identity.party, identity.keys,
                          crypto::system_random()};
  config.read_entry = [&entries = *store](const Origin& origin, LeafIndex index) {
    return entries.read_entry(origin, index);
  };
  config.documents = load_documents(*store);
  config.poll_ms = 0;  // every tick is a round
  DETENTE_TRY(node::Node node, node::Node::start(std::move(config), stored, clock()));
  return std::unique_ptr<CourierSession>(
      new CourierSession(data, std::move(clock), std::move(store), std::move(node)));
}

Status CourierSession::take(const std::vector<std::string>& paths) {
  CourierLink link(data_);
  for (const std::string& path : paths) {
    DETENTE_TRY(Courier courier, Courier::open(path, node_.agreement(), node_.self()));
    for (const char* const folder : {"checks/", "content/"}) {
      const auto first = courier.list().lower_bound(folder);
      beside_ |= first != courier.list().end() && first->first.starts_with(folder);
    }
    link.add(std::move(courier));
  }
  link_ = std::move(link);
  do {
    DETENTE_CHECK(settle());
  } while (link_.next());
  for (const Courier* courier : link_.all()) {
    DETENTE_CHECK(store_courier_taken(data_, courier->cover()));
    taken_.push_back(courier->cover());
  }
  link_.clear();
  return {};
}

Status CourierSession::settle() {
  int quiet = 0;
  for (int round = 0; round < kRoundsMax && quiet < kQuietRounds; ++round) {
    changed_ = false;
    DETENTE_CHECK(step(node::Tick{}));
    quiet = changed_ ? 0 : quiet + 1;
  }
  return {};
}

Status CourierSession::step(node::Input input) {
  DETENTE_CHECK(carry_out(node_.step(std::move(input), clock_())));
  while (!open_.empty()) {
    const node::Fetch fetch = std::move(open_.front());
    open_.pop_front();
    Result<Bytes> bytes = link_.answer(fetch, node_);
    DETENTE_CHECK(
        carry_out(node_.step(node::Fetched{fetch.peer, fetch.path, std::move(bytes)}, clock_())));
  }
  return {};
}

Status CourierSession::carry_out(const node::Effects& effects) {
  Status done = store_->carry_out(effects);
  if (!done) {
    // The node is told, so that it signs nothing more; what it says to that can go nowhere.
    static_cast<void>(node_.step(node::StoreFailed{done.error()}, clock_()));
    return done;
  }
  for (const node::Effect& effect : effects) {
    changed_ = changed_ || is_durable(effect);
    if (const auto* wanted = std::get_if<node::Fetch>(&effect)) open_.push_back(*wanted);
    const auto* const news = std::get_if<node::Notify>(&effect);
    if (news != nullptr && (news->event == "refused" || news->event == "evidence")) {
      refused_.push_back(news->data);
    }
  }
  return {};
}

}  // namespace detente::app
