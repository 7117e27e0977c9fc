// SPDX-License-Identifier: Apache-2.0
//
// Flashes: a STOP or a warning goes to every peer at once, past the record, and again until that
// peer shows that it holds the entry. What comes in raises an alarm if the replica at hand vouches
// for the officer; it is passed on to the other peers, whose own line may be the better one.
#include <algorithm>

#include "base/limits.h"
#include "node/node_impl.h"

namespace detente::node {
namespace {

constexpr std::size_t kHeldBack = 64;                 // the newest; each has been sent
constexpr std::int64_t kFlashRefusedEveryMs = 1'000;  // a flood of bad ones is told so often

// The STOP or warning that an entry settles; "" if it settles none.
std::string settled_by(const record::Entry& entry) {
  const std::string& type = entry.statement.type;
  const char* name = type == "stop.lift" ? "stop" : type == "warning.over" ? "warning" : nullptr;
  if (name == nullptr) return {};
  return entry.statement.body().string(name, limits::kIdBytes).value_or(std::string());
}

}  // namespace

void Node::Impl::queue_flash(hotline::Flash flash, FlashRoute route, bool told) {
  if (route.to.empty() || outgoing.has(flash.log, flash.id)) return;
  flash_routes[flash.key()] = std::move(route);
  const std::size_t dropped = outgoing.add(std::move(flash));
  if (told) flash_counts.dropped += dropped;
  drop_lost_routes();
}

void Node::Impl::drop_lost_routes() {
  std::erase_if(flash_routes, [&](const auto& pair) {
    return !outgoing.has(pair.first.first, pair.first.second);
  });
}

void Node::Impl::queue_own_flash(const record::Entry& entry, bool told, UtcMs now) {
  if (!hotline::is_flash_type(entry.statement.type) || entry.statement.expires < now) return;
  // What is too large goes by the record alone.
  Result<hotline::Flash> flash = hotline::read_flash(entry.envelope.encode());
  if (!flash) return;
  flash->received = now;
  // It may have gone already, before it could be logged.
  const auto gone = flash_routes.find(flash->key());
  if (gone != flash_routes.end()) gone->second.own = entry.header.seq;
  FlashRoute route{entry.header.seq, {}};
  for (const auto& [id, peer] : peers) route.to[id] = {};
  queue_flash(std::move(*flash), std::move(route), told);
}

bool Node::Impl::hold_back(const record::Envelope& envelope, UtcMs now) {
  Result<hotline::Flash> flash = hotline::read_flash(envelope.encode());
  const UtcMs time = std::max(now, own->reader.last_time());
  if (!flash || outgoing.has(flash->log, flash->id) || !own->reader.admit(envelope, time)) {
    return false;
  }
  flash->received = now;
  FlashRoute route;
  for (const auto& [id, peer] : peers) route.to[id] = {};
  if (route.to.empty()) return false;
  queue_flash(std::move(*flash), std::move(route), true);
  held_back.push_back(envelope);
  if (held_back.size() > kHeldBack) held_back.pop_front();
  return true;
}

// What has expired, or was lifted by another act meanwhile, is not logged any more: it was an
// alarm.
void Node::Impl::log_held_back(UtcMs now, Effects& out) {
  if (fenced || halted) return;
  while (!held_back.empty()) {
    const record::Envelope envelope = std::move(held_back.front());
    held_back.pop_front();
    const Result<record::Ref> logged = log_statement(envelope, now, out);
    if (!logged) notify(out, "refused", now, {{"type", "flash"}, {"text", logged.error().text()}});
  }
}

void Node::Impl::forget_flash(const Origin& log, const StatementId& id) {
  flashes.erase(log, id);
  outgoing.erase(log, id);
  flash_routes.erase({log, id});
}

// Another party's entry is here now and goes on with the record; what is lifted or over needs no
// alarm any more.
void Node::Impl::settle_flashes(const HeldLog& log, const record::Entry& entry, bool told,
                                UtcMs now) {
  if (&log == own) {
    queue_own_flash(entry, told, now);
  } else {
    forget_flash(log.origin(), entry.statement.id);
  }
  const std::string settled = settled_by(entry);
  if (!settled.empty()) forget_flash(log.origin(), StatementId{settled});
  if (entry.statement.type == "key.revoke" && &log != own) judge_flashes_again(log, now);
}

// An officer's key was revoked: what the log would not admit any more is no alarm.
void Node::Impl::judge_flashes_again(const HeldLog& log, UtcMs now) {
  std::vector<StatementId> refused;
  for (const hotline::Flash& flash : flashes.all()) {
    if (flash.log != log.origin()) continue;
    const Result<record::Envelope> envelope = record::parse_envelope(flash.text);
    const UtcMs time = std::max(now, log.reader.last_time());
    if (!envelope || !log.reader.admit(*envelope, time)) refused.push_back(flash.id);
  }
  flash_counts.refused += refused.size();
  for (const StatementId& id : refused) forget_flash(log.origin(), id);
}

void Node::Impl::send_flashes(UtcMs now, Effects& out) {
  std::vector<std::pair<Origin, StatementId>> done;
  for (const hotline::Flash& flash : outgoing.all()) {
    FlashRoute& route = flash_routes.at(flash.key());
    std::erase_if(route.to, [&](const auto& pair) {
      return route.own && own->receipts.receipt(pair.first.value, record::ReceiptLevel::held,
                                                *route.own) != nullptr;
    });
    for (auto& [peer, retry] : route.to) {
      // A clock that went back must not hold a STOP.
      if (retry.next > now && retry.next - now <= kFlashPauseMsMax) continue;
      retry.last = now;
      retry.next = now + retry.pause_ms;
      retry.pause_ms = std::min(2 * retry.pause_ms, kFlashPauseMsMax);
      out.push_back(SendFlash{peer, flash.text, flash.stop()});
    }
    if (route.to.empty()) done.emplace_back(flash.log, flash.id);
  }
  for (const auto& [log, id] : done) forget_flash(log, id);
}

// The peer answers: what waited for it need not wait longer.
void Node::Impl::hurry_flashes(const PartyId& peer) {
  for (auto& [key, route] : flash_routes) {
    const auto retry = route.to.find(peer);
    if (retry == route.to.end()) continue;
    retry->second.next = std::min(retry->second.next, retry->second.last + kFlashAgainMs);
  }
}

Status Node::Impl::take_flash(const Flashed& input, UtcMs now, Effects& out) {
  DETENTE_TRY(hotline::Flash flash, hotline::read_flash(input.text));
  const auto log = std::find_if(logs.begin(), logs.end(), [&](const auto& pair) {
    return pair.second->origin() == flash.log && pair.second.get() != own;
  });
  if (log == logs.end()) return fail(Errc::entry_wrong_log, flash.log.value);
  const record::LogReader& reader = log->second->reader;
  if (flashes.has(flash.log, flash.id) || reader.has_statement(flash.id)) {
    ++flash_counts.repeated;
    return {};
  }
  const auto* warning = std::get_if<hotline::WarningBody>(&flash.body);
  if (warning != nullptr && warning->until <= now) {
    return fail(Errc::hotline_state, "the warning is past");
  }
  DETENTE_TRY(const record::Envelope envelope, record::parse_envelope(flash.text));
  DETENTE_CHECK(reader.admit(envelope, std::max(now, reader.last_time())));
  flash.received = now;
  ++flash_counts.shown;
  notify(out, "flash", now,
         {{"party", log->first.value}, {"type", flash.type}, {"id", flash.id.value}});
  FlashRoute route;
  for (const auto& [id, peer] : peers) {
    if (id != input.peer && id != log->first) route.to[id] = {};
  }
  const std::size_t dropped = flashes.add(flash);
  flash_counts.dropped += dropped;
  if (dropped > 0) {
    notify(out, "flash", now, {{"party", log->first.value}, {"dropped", std::to_string(dropped)}});
  }
  queue_flash(std::move(flash), std::move(route), true);
  return {};
}

void Node::Impl::on_flashed(const Flashed& input, UtcMs now, Effects& out) {
  const Status taken = take_flash(input, now, out);
  if (taken) return;
  ++flash_counts.refused;
  if (now - flash_refused_told < kFlashRefusedEveryMs) return;
  flash_refused_told = now;
  notify(out, "refused", now,
         {{"party", input.peer.value}, {"type", "flash"}, {"text", taken.error().text()}});
}

void Node::Impl::on_sirens(const SirensAnswered& input, UtcMs now, Effects& out) {
  const std::vector<hotline::Raised> raised = hotline.raised(input.subject);
  const bool said = std::any_of(raised.begin(), raised.end(), [&](const hotline::Raised& one) {
    return one.party == config.self && one.level == input.level;
  });
  if (said) return;
  log_own_act("alarm.raised", hotline::write_raised({input.subject, input.level, input.result}),
              now, out);
}

Status Node::Impl::no_stop_by_flash(const record::Statement& activation) const {
  const Result<std::string> activity = activation.body().string("activity", limits::kIdBytes);
  for (const hotline::Flash& flash : flashes.all()) {
    const auto* stop = std::get_if<hotline::StopBody>(&flash.body);
    if (stop == nullptr) continue;
    const bool meant =
        stop->activity.value.empty() || !activity || stop->activity.value == *activity;
    if (meant) return fail(Errc::stop_in_force, "it came by flash from " + flash.log.value);
  }
  return {};
}

Status Node::Impl::admit_hotline(const record::Statement& statement,
                                 const std::vector<std::string>& officers, UtcMs now) const {
  const bool stop = statement.type == "stop.ack";
  if (stop || statement.type == "warning.ack") {
    // What came by flash is acknowledged at once; the record may be long in coming.
    DETENTE_TRY(const hotline::AboutBody body, stop ? hotline::read_stop_answer(statement.body())
                                                    : hotline::read_warning_ack(statement.body()));
    const bool flashed =
        std::any_of(flashes.all().begin(), flashes.all().end(), [&](const hotline::Flash& flash) {
          return flash.id == body.about && flash.stop() == stop;
        });
    if (flashed) {
      const std::vector<hotline::Alarm> open =
          hotline.alarms(config.self, terms::HotlineTerms{}, flashes.all(), now,
                         hotline::HotlineLedger::Which::open);
      const bool asked = std::any_of(open.begin(), open.end(), [&](const hotline::Alarm& alarm) {
        return alarm.id == body.about;
      });
      return asked ? Status{} : Status(fail(Errc::hotline_state, "it is acknowledged"));
    }
  }
  if (stop) return ledger.admit(config.self, statement, officers, now, seen());
  return hotline.admit(config.self, statement, officers, now);
}

}  // namespace detente::node
