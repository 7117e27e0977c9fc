// SPDX-License-Identifier: Apache-2.0
#include "detente-verify/bracket.h"

#include <fmt/core.h>

#include <algorithm>
#include <tuple>

#include "base/limits.h"

namespace detente::verify {
namespace {

constexpr std::size_t kReferencesMax = 100;  // statements that refer to the entry and are listed

std::string level_of(const std::string& key_name) {
  return key_name.ends_with("/mirror") ? "held" : "seen";
}

}  // namespace

EntryTracker::EntryTracker(const Agreement& agreement, const record::LogOwner& owner,
                           LeafIndex index)
    : agreement_(agreement), owner_(owner) {
  out_.party = owner.party;
  out_.origin = owner.log.name;
  out_.index = index;
}

void EntryTracker::see(const record::LogOwner& by, const std::string& place,
                       const record::Entry& entry) {
  if (by.party == owner_.party) {
    see_own(place, entry);
  } else {
    see_other(by, place, entry);
  }
}

void EntryTracker::see_own(const std::string& place, const record::Entry& entry) {
  const LeafIndex at = entry.header.seq;
  if (at <= out_.index) {
    for (const record::Head& head : entry.header.seen) {
      if (head.size.value > 0) named_[head.origin] = {head.size, at};
    }
  }
  if (at == out_.index) {
    found_ = true;
    out_.type = entry.statement.type;
    out_.id = entry.statement.id.value;
    out_.node_time = entry.header.time;
    out_.leaf = entry.leaf;
    for (const record::EnvelopeSignature& s : entry.envelope.signatures) {
      out_.signers.push_back(s.keyid);
    }
  }
  if (at > out_.index && entry.statement.type == "key.revoke") {
    const Result<std::string> keyid =
        entry.statement.body().string("keyid", 2 * limits::kIdBytes + 1);
    const Result<std::int64_t> last = entry.statement.body().integer("last_index", 0, INT64_MAX);
    const bool signer =
        keyid && std::find(out_.signers.begin(), out_.signers.end(), *keyid) != out_.signers.end();
    if (signer && last && static_cast<std::uint64_t>(*last) < out_.index.value) {
      out_.disowned.push_back(*keyid + fmt::format(" ({}, entry {})", place, at.value));
    }
  }
}

void EntryTracker::see_other(const record::LogOwner& by, const std::string& place,
                             const record::Entry& entry) {
  Other& other = others_[Origin{by.log.name}];
  other.party = by.party;
  for (const record::Head& head : entry.header.seen) {
    if (head.origin.value != out_.origin) continue;
    const Sighting sighting{entry.header.seq, entry.header.time, head.size, place};
    if (head.size.value <= out_.index.value) {
      other.lacking = sighting;
    } else if (!other.containing) {
      other.containing = sighting;
    }
  }
  for (const record::Ref& ref : entry.statement.refs) {
    if (ref.origin.value != out_.origin || ref.index != out_.index) continue;
    if (references_.size() >= kReferencesMax) break;
    const std::string signer = entry.envelope.signatures.front().keyid;
    const std::string text = fmt::format("{} by {} ({}, entry {})", entry.statement.type, signer,
                                         place, entry.header.seq.value);
    references_.push_back({{fmt::format("{}, entry {}", by.party, entry.header.seq.value),
                            "referred to", entry.header.time, text},
                           ref.leaf});
  }
}

std::string EntryTracker::party_of_key(const std::string& key_name) const {
  for (const record::LogOwner& owner : agreement_.owners) {
    if (owner.witness.name == key_name || owner.mirror.name == key_name) return owner.party;
  }
  return {};
}

void EntryTracker::cosigned(const Origin& origin, TreeSize size, const std::string& key_name,
                            UtcMs time, const std::string& place) {
  const std::string party = party_of_key(key_name);
  if (party.empty() || party == owner_.party) return;
  const Cosigned here{time, size, place};
  if (origin.value == out_.origin) {
    const bool lacks = size.value <= out_.index.value;
    auto [known, fresh] = (lacks ? lacking_ : containing_).emplace(key_name, here);
    if (!fresh && (lacks ? known->second.time < time : time < known->second.time)) {
      known->second = here;
    }
    return;
  }
  const auto other = others_.find(origin);
  if (other == others_.end() || !other->second.containing) return;
  if (size.value <= other->second.containing->index.value) return;
  auto [known, fresh] = of_others_.emplace(std::pair(origin, key_name), here);
  if (!fresh && time < known->second.time) known->second = here;
}

void EntryTracker::add_cosignatures() {
  for (const auto& [key, head] : lacking_) {
    out_.after.push_back({head.time, party_of_key(key),
                          fmt::format("{} cosigned the head of {} entries, without it ({})", key,
                                      head.size.value, head.place)});
  }
  for (const auto& [key, head] : containing_) {
    const std::string text = fmt::format("{} cosigned the head of {} entries, with it ({})", key,
                                         head.size.value, head.place);
    out_.before.push_back({head.time, party_of_key(key), text});
    out_.holders.push_back({key, level_of(key), head.time, text});
  }
}

void EntryTracker::add_sightings() {
  for (const auto& [origin, other] : others_) {
    if (other.lacking) {
      const Sighting& s = *other.lacking;
      out_.after.push_back({s.time, other.party,
                            fmt::format("entry {} of {} names the head of {} entries, without it "
                                        "({})",
                                        s.index.value, other.party, s.size.value, s.place)});
    }
    if (!other.containing) continue;
    const Sighting& s = *other.containing;
    const std::string named =
        fmt::format("entry {} of {} names the head of {} entries, with it ({})", s.index.value,
                    other.party, s.size.value, s.place);
    out_.before.push_back({s.time, other.party, named});
    out_.holders.push_back(
        {fmt::format("{}, entry {}", other.party, s.index.value), "named", s.time, named});
    for (const auto& [key, head] : of_others_) {
      if (key.first != origin) continue;
      out_.before.push_back(
          {head.time, party_of_key(key.second),
           fmt::format("{}, and {} cosigned the head of {} entries that contains that entry ({})",
                       named, key.second, head.size.value, head.place)});
    }
  }
}

void EntryTracker::add_named(const TimeOf& time_of) {
  for (const auto& [origin, named] : named_) {
    const LeafIndex last{named.size.value - 1};
    const std::optional<UtcMs> time = time_of(origin, last);
    const auto owner = std::find_if(
        agreement_.owners.begin(), agreement_.owners.end(),
        [&](const record::LogOwner& candidate) { return candidate.log.name == origin.value; });
    if (!time || owner == agreement_.owners.end()) continue;
    const std::string who = named.by == out_.index
                                ? std::string("it names")
                                : fmt::format("entry {} before it names", named.by.value);
    out_.after.push_back({*time, owner->party,
                          fmt::format("{} the head of {} with entry {}, of that time", who,
                                      owner->party, last.value)});
  }
}

EntryReport EntryTracker::finish(const TimeOf& time_of) {
  for (Reference& reference : references_) {
    if (reference.leaf == out_.leaf) out_.holders.push_back(std::move(reference.holder));
  }
  add_cosignatures();
  add_sightings();
  add_named(time_of);
  // Of equal times by their texts, so that one record always gives one report.
  std::sort(out_.after.begin(), out_.after.end(), [](const TimeProof& a, const TimeProof& b) {
    return std::tie(b.time, a.text) < std::tie(a.time, b.text);
  });
  std::sort(out_.before.begin(), out_.before.end(), [](const TimeProof& a, const TimeProof& b) {
    return std::tie(a.time, a.text) < std::tie(b.time, b.text);
  });
  std::sort(out_.holders.begin(), out_.holders.end(), [](const Holder& a, const Holder& b) {
    return std::tie(a.time, a.text, a.by) < std::tie(b.time, b.text, b.by);
  });
  out_.clocks_disagree = !out_.after.empty() && !out_.before.empty() &&
                         out_.before.front().time < out_.after.front().time;
  return std::move(out_);
}

}  // namespace detente::verify
