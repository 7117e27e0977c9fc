// SPDX-License-Identifier: Apache-2.0
#include "app/sirens.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "app/serve.h"
#include "base/limits.h"
#include "hotline/forms.h"

namespace detente::app {
namespace {

constexpr std::chrono::milliseconds kSirenTimeout{3'000};
constexpr std::int64_t kAgainMs = 1'000;  // after the first failure; later ones wait longer
constexpr std::int64_t kAgainMsMax = 30'000;
constexpr int kFailed = 3;               // so many failures are an answer
constexpr std::size_t kTextShown = 200;  // bytes

// At most so many bytes, and no half character at the end.
std::string shortened(std::string text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<std::uint8_t>(text[bytes]) & 0xC0U) == 0x80U) --bytes;
  text.resize(bytes);
  return text;
}

}  // namespace

Result<SirenAddress> parse_siren(const std::string& text) {
  constexpr std::string_view kScheme = "http://";
  SirenAddress siren;
  std::string rest = text;
  const std::size_t equals = text.find('=');
  if (equals != std::string::npos && !text.starts_with(kScheme)) {
    const char* const end = text.data() + equals;
    const std::from_chars_result read = std::from_chars(text.data(), end, siren.level);
    const bool good = read.ec == std::errc{} && read.ptr == end && siren.level >= 1 &&
                      siren.level <= static_cast<int>(limits::kEscalationSteps);
    if (!good) return fail(Errc::usage, "the step of a siren is 1 to 8", text);
    rest = text.substr(equals + 1);
  }
  const std::size_t slash = rest.find('/', kScheme.size());
  if (!rest.starts_with(kScheme) || rest.find_first_of(" \r\n") != std::string::npos) {
    return fail(Errc::usage, "a siren is http://HOST:PORT/path or LEVEL=http://HOST:PORT/path",
                text);
  }
  siren.path = slash == std::string::npos ? "/" : rest.substr(slash);
  const std::string where = rest.substr(
      kScheme.size(), slash == std::string::npos ? std::string::npos : slash - kScheme.size());
  const Result<PeerAddress> address = parse_peer("siren=" + where);
  if (!address) return fail(Errc::usage, "a siren's address is HOST:PORT", text);
  siren.host = address->host;
  siren.port = address->port;
  return siren;
}

std::string siren_body(const hotline::Alarm& alarm, int level) {
  std::string text = alarm.text;
  if (!alarm.stop) {
    const hotline::Code* kind = hotline::find_warning_kind(alarm.kind);
    const std::string title(kind == nullptr ? std::string_view() : kind->title[0]);
    text = text.empty() ? title : title + ": " + text;
  }
  JsonWriter out;
  out.begin_object().member("subject", alarm.id.value);
  out.member("kind", alarm.stop ? "stop" : "warning").member("party", alarm.party.value);
  out.member("text", shortened(std::move(text), kTextShown)).member("sent", alarm.sent);
  out.member("level", level).member("flash", !alarm.index.has_value());
  return out.end_object().take();
}

Sirens::Sirens(net::Runtime& runtime, const std::vector<SirenAddress>& addresses,
               std::function<void()> changed)
    : changed_(std::move(changed)) {
  for (const SirenAddress& address : addresses) {
    net::ClientOptions options;
    options.host = address.host;
    options.port = address.port;
    options.tls = false;
    options.timeout = kSirenTimeout;
    sirens_.push_back({address, runtime.client(options)});
  }
}

void Sirens::tell(const Key& key, std::size_t siren, const hotline::Alarm& alarm, UtcMs now) {
  alarms_[key][siren].under_way = true;
  ++under_way_;
  const SirenAddress& address = sirens_[siren].address;
  sirens_[siren].client->request(
      "POST", address.path, siren_body(alarm, address.level),
      {{"Content-Type", "application/json"}},
      [this, key, siren, now](const Result<net::HttpResponse>& response) {
        --under_way_;
        const auto alarm_at = alarms_.find(key);
        if (alarm_at == alarms_.end()) return;  // acknowledged meanwhile
        Telling& telling = alarm_at->second[siren];
        telling.under_way = false;
        telling.told = response && response->status >= 200 && response->status < 300;
        if (!telling.told) {
          telling.next = now + std::min(kAgainMs << std::min(telling.failures, 5), kAgainMsMax);
          ++telling.failures;
        }
        changed_();
      });
}

// What the sirens of a step said, as soon as it is known.
std::optional<hotline::SirenResult> Sirens::outcome(Tellings& tellings, int level) const {
  bool any = false;
  bool failed = true;
  for (std::size_t i = 0; i < sirens_.size(); ++i) {
    if (sirens_[i].address.level != level) continue;
    any = true;
    if (tellings[i].told) return hotline::SirenResult::told;
    failed = failed && tellings[i].failures >= kFailed;
  }
  if (!any) return hotline::SirenResult::none;
  return failed ? std::optional(hotline::SirenResult::failed) : std::nullopt;
}

std::vector<node::SirensAnswered> Sirens::look(const std::vector<hotline::Alarm>& open,
                                               const PartyId& self, UtcMs now) {
  std::vector<node::SirensAnswered> known;
  std::map<PartyId, std::size_t> sounding;
  std::set<Key> present;
  for (const hotline::Alarm& alarm : open) {
    if (alarm.party == self) continue;
    const Key key{alarm.party, alarm.id};
    if (++sounding[alarm.party] > limits::kSirenAlarmsPerParty) continue;
    present.insert(key);
    Tellings& tellings = alarms_[key];
    for (std::size_t i = 0; i < sirens_.size(); ++i) {
      const Telling& telling = tellings[i];
      // A clock that went back must not hold an alarm.
      const bool wait = telling.next > now && telling.next - now <= kAgainMsMax;
      const bool due = sirens_[i].address.level <= alarm.escalation.level && !telling.told &&
                       !telling.under_way && !wait;
      if (due) tell(key, i, alarm, now);
    }
    for (int level = 1; level <= alarm.escalation.level; ++level) {
      const bool logged = std::any_of(
          alarm.raised.begin(), alarm.raised.end(),
          [&](const hotline::Raised& one) { return one.party == self && one.level == level; });
      const auto result = logged ? std::nullopt : outcome(tellings, level);
      if (result) known.push_back({alarm.id, level, *result});
    }
  }
  std::erase_if(alarms_, [&](const auto& pair) { return !present.contains(pair.first); });
  return known;
}

}  // namespace detente::app
