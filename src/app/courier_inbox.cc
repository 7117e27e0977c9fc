// SPDX-License-Identifier: Apache-2.0
#include "app/courier_inbox.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "app/log.h"

namespace detente::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kAtOnce = 64;  // files; the others wait for the next look
// A tick with no more questions than rounds of checkpoints is quiet; after so many in a row the
// files have told all they know.
constexpr std::size_t kQuestionsOfARound = 20;
constexpr int kQuietTicks = 3;

}  // namespace

std::vector<PartyId> CourierInbox::tick(const node::Node& node) {
  if (link_.empty()) {
    look(node);
  } else {
    quiet_ = asked_ <= kQuestionsOfARound * link_.all().size() ? quiet_ + 1 : 0;
    if (quiet_ >= kQuietTicks) {
      quiet_ = 0;
      if (!link_.next()) {
        for (const Courier* courier : link_.all()) {
          const Status stored = store_courier_taken(data_, courier->cover());
          if (!stored) log_event("error", "courier", {{"error", stored.error().text()}});
        }
        link_.clear();
        for (const std::string& name : names_) put_away(name, "taken");
        names_.clear();
      }
    }
  }
  asked_ = 0;
  std::set<PartyId> parties;
  for (const Courier* courier : link_.all()) parties.insert(courier->from());
  return {parties.begin(), parties.end()};
}

void CourierInbox::look(const node::Node& node) {
  std::vector<std::string> names;
  std::error_code ec;
  for (const fs::directory_entry& file : fs::directory_iterator(data_ + "/courier/in", ec)) {
    const std::string name = file.path().filename().string();
    if (name.ends_with(".zip")) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  if (names.size() > kAtOnce) names.resize(kAtOnce);
  for (const std::string& name : names) {
    Result<Courier> courier =
        Courier::open(data_ + "/courier/in/" + name, node.agreement(), node.self());
    if (courier) {
      log_event("info", "courier", {{"file", name}, {"from", courier->cover().from}});
      link_.add(std::move(*courier));
      names_.push_back(name);
    } else {
      log_event("warning", "courier", {{"file", name}, {"error", courier.error().text()}});
      put_away(name, "refused");
    }
  }
}

void CourierInbox::put_away(const std::string& name, const char* folder) const {
  const fs::path courier = fs::path(data_) / "courier";
  std::error_code ec;
  fs::create_directories(courier / folder, ec);
  fs::rename(courier / "in" / name, courier / folder / name, ec);
  // Left there it would be tried for ever.
  if (ec) fs::remove(courier / "in" / name, ec);
}

std::optional<Result<Bytes>> CourierInbox::answer(const node::Fetch& fetch,
                                                  const node::Node& node) {
  if (!link_.has(fetch.peer)) return std::nullopt;
  ++asked_;
  return link_.answer(fetch, node);
}

}  // namespace detente::app
