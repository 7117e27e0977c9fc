// SPDX-License-Identifier: Apache-2.0
#include "record/policy.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>
#include <span>

#include "record/lines.h"

namespace detente::record {
namespace {

constexpr std::string_view kNone = "none";
constexpr std::string_view kBlank = " \t";

using Words = std::vector<std::string_view>;

tl::unexpected<Error> bad(std::string detail) {
  return fail(Errc::policy_malformed, std::move(detail));
}

// The words of a line; none for an empty line and for a comment.
Words split(std::string_view line) {
  Words out;
  while (true) {
    const std::size_t start = line.find_first_not_of(kBlank);
    if (start == std::string_view::npos) return out;
    line.remove_prefix(start);
    if (out.empty() && line.front() == '#') return out;
    const std::size_t end = std::min(line.find_first_of(kBlank), line.size());
    out.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

// Builds a policy line by line; every rule of the format is checked where the line stands.
class Builder {
 public:
  Status add(const Words& words) {
    const std::string_view kind = words[0];
    if (kind == "log") return add_log(words);
    if (kind == "witness") return add_witness(words);
    if (kind == "group") return add_group(words);
    if (kind == "quorum") return set_quorum(words);
    return bad("a line begins with none of log, witness, group, quorum");
  }

  Result<Policy> take() {
    if (!quorum_) return bad("no quorum line");
    out_.quorum = *quorum_;
    return std::move(out_);
  }

 private:
  Status add_log(const Words& words) {
    if (words.size() < 2 || words.size() > 3) return bad("a log line is: log VKEY [URL]");
    if (out_.logs.size() == kPolicyLogs) return bad("too many logs");
    DETENTE_TRY(VerifierKey key, read_key(words[1], KeyType::ed25519));
    if (!log_keys_.insert(key.key).second) return bad("two logs have the same key");
    out_.logs.push_back({std::move(key), std::string(words.size() == 3 ? words[2] : "")});
    return {};
  }

  Status add_witness(const Words& words) {
    if (words.size() < 3 || words.size() > 4) {
      return bad("a witness line is: witness NAME VKEY [URL]");
    }
    if (out_.witnesses.size() == kPolicyWitnesses) return bad("too many witnesses");
    DETENTE_TRY(VerifierKey key, read_key(words[2], KeyType::cosignature_v1));
    if (!witness_keys_.insert(key.key).second) return bad("two witnesses have the same key");
    DETENTE_CHECK(define(words[1]));
    out_.witnesses.push_back(
        {std::string(words[1]), std::move(key), std::string(words.size() == 4 ? words[3] : "")});
    return {};
  }

  Status add_group(const Words& words) {
    if (words.size() < 4) return bad("a group line is: group NAME all|any|K MEMBER...");
    if (out_.groups.size() == kPolicyGroups) return bad("too many groups");
    PolicyGroup group{std::string(words[1]), 0, {}};
    for (const std::string_view member : std::span(words).subspan(3)) {
      if (!names_.contains(member)) return bad("a member is not defined on an earlier line");
      // A witness that counted in two groups could meet a quorum alone.
      if (!members_.insert(std::string(member)).second) return bad("a name is a member twice");
      group.members.emplace_back(member);
    }
    DETENTE_TRY(group.threshold, read_threshold(words[2], group.members.size()));
    DETENTE_CHECK(define(words[1]));
    out_.groups.push_back(std::move(group));
    return {};
  }

  Status set_quorum(const Words& words) {
    if (words.size() != 2) return bad("a quorum line is: quorum NAME");
    if (quorum_) return bad("a second quorum line");
    if (words[1] != kNone && !names_.contains(words[1])) {
      return bad("the quorum is not defined on an earlier line");
    }
    quorum_ = words[1];
    return {};
  }

  Status define(std::string_view name) {
    if (name == kNone) return bad("\"none\" cannot be defined");
    if (!names_.insert(std::string(name)).second) return bad("a name is defined twice");
    return {};
  }

  static Result<VerifierKey> read_key(std::string_view text, KeyType type) {
    Result<VerifierKey> key = parse_vkey(text);
    if (!key) return bad(key.error().detail);
    if (key->type != type) {
      return bad(fmt::format("key type 0x{:02x} is expected", static_cast<unsigned>(type)));
    }
    return key;
  }

  static Result<std::size_t> read_threshold(std::string_view text, std::size_t members) {
    if (text == "all") return members;
    if (text == "any") return std::size_t{1};
    const std::optional<std::uint64_t> k = read_decimal(text);
    if (!k || *k < 1 || *k > members) return bad("the threshold is not 1 to the members' number");
    return static_cast<std::size_t>(*k);
  }

  Policy out_;
  std::optional<std::string> quorum_;
  std::set<std::string, std::less<>> names_;
  std::set<std::string, std::less<>> members_;
  std::set<crypto::PublicKey> log_keys_;
  std::set<crypto::PublicKey> witness_keys_;
};

std::string with_url(std::string line, const std::string& url) {
  if (!url.empty()) line += " " + url;
  return line + "\n";
}

std::string policy_text(const Policy& policy) {
  std::string out;
  for (const PolicyLog& log : policy.logs) out += with_url("log " + log.key.text(), log.url);
  for (const PolicyWitness& witness : policy.witnesses) {
    out += with_url(fmt::format("witness {} {}", witness.name, witness.key.text()), witness.url);
  }
  for (const PolicyGroup& group : policy.groups) {
    out += fmt::format("group {} {}", group.name, group.threshold);
    for (const std::string& member : group.members) out += " " + member;
    out += "\n";
  }
  return out + "quorum " + policy.quorum + "\n";
}

// Whether one of the policy's logs signed; a log that changes its key has several of one name.
Status check_log(const Policy& policy, const Note& note, const Origin& origin) {
  bool known = false;
  bool signed_by_one = false;
  for (const PolicyLog& log : policy.logs) {
    if (log.key.name != origin.value) continue;
    known = true;
    const Status verified = verify_note(note, log.key);
    if (!verified && verified.error().code != Errc::note_unsigned) return verified;
    signed_by_one = signed_by_one || verified.has_value();
  }
  if (!known) return fail(Errc::checkpoint_origin, origin.value);
  if (!signed_by_one) return fail(Errc::note_unsigned, origin.value);
  return {};
}

// When each name counts as a witness of the checkpoint; names that do not are absent. For a group
// of threshold k it is the k-th latest time of its members.
std::map<std::string, UtcMs> times_of(const Policy& policy,
                                      const std::vector<PolicyFinding::Seen>& witnesses) {
  std::map<std::string, UtcMs> out;
  for (const PolicyFinding::Seen& seen : witnesses) out[seen.name] = seen.time;
  for (const PolicyGroup& group : policy.groups) {
    std::vector<UtcMs> times;
    for (const std::string& member : group.members) {
      const auto found = out.find(member);
      if (found != out.end()) times.push_back(found->second);
    }
    if (times.size() < group.threshold || group.threshold == 0) continue;
    std::sort(times.begin(), times.end(), std::greater<>());
    out[group.name] = times[group.threshold - 1];
  }
  return out;
}

}  // namespace

Result<Policy> parse_policy(std::string_view text) {
  if (text.size() > kPolicyBytes) {
    return bad(fmt::format("{} bytes, at most {}", text.size(), kPolicyBytes));
  }
  Builder builder;
  for (int number = 1; !text.empty(); ++number) {
    const std::string place = fmt::format("line {}", number);
    const std::optional<std::string_view> line = take_line(text);
    if (!line) return fail(Errc::policy_malformed, "the last line has no line feed", place);
    const bool control = std::any_of(line->begin(), line->end(), [](char c) {
      return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
    });
    if (control) return fail(Errc::policy_malformed, "a control character", place);
    const Words words = split(*line);
    if (words.empty()) continue;
    Status added = builder.add(words);
    if (!added) return fail(std::move(added.error()).at(place));
  }
  return builder.take();
}

Result<std::string> write_policy(const Policy& policy) {
  std::string text = policy_text(policy);
  DETENTE_TRY(const Policy back, parse_policy(text));
  // A name with a blank in it, and whatever else would be read as something different.
  if (back != policy) return bad("a name or an address is not one word");
  return text;
}

Result<PolicyFinding> evaluate_policy(const Policy& policy, const Note& note) {
  PolicyFinding out;
  DETENTE_TRY(out.checkpoint, parse_checkpoint(note.text));
  if (!policy.logs.empty()) DETENTE_CHECK(check_log(policy, note, out.checkpoint.origin));
  for (const PolicyWitness& witness : policy.witnesses) {
    const Result<UtcMs> time = verify_cosignature(note, witness.key);
    if (!time && time.error().code == Errc::note_unsigned) continue;
    if (!time) return fail(time.error());
    out.witnesses.push_back({witness.name, *time});
  }
  if (policy.quorum == kNone) {
    out.met = true;
    return out;
  }
  const std::map<std::string, UtcMs> times = times_of(policy, out.witnesses);
  const auto found = times.find(policy.quorum);
  out.met = found != times.end();
  if (out.met) out.fresh = found->second;
  return out;
}

Result<PolicyFinding> require_policy(const Policy& policy, const Note& note) {
  DETENTE_TRY(PolicyFinding found, evaluate_policy(policy, note));
  if (found.met) return found;
  std::string names;
  for (const PolicyFinding::Seen& seen : found.witnesses) {
    names += (names.empty() ? "" : ", ") + seen.name;
  }
  return fail(Errc::policy_unmet, fmt::format("quorum {}; cosigned by {}", policy.quorum,
                                              names.empty() ? std::string("nobody") : names));
}

}  // namespace detente::record
