// SPDX-License-Identifier: Apache-2.0
//
// The parts of an agreement that are about no flight: head, parties, clauses, procedures, clocks,
// papers.
#include "terms/diff.h"

#include <fmt/core.h>

#include "terms/diff_impl.h"

namespace detente::terms {
namespace {

using Impl = Agreement::Impl;

void diff_head(const Impl& before, const Impl& after, Differences& out) {
  const auto add = [&](const char* place, std::string text, Weight weight) {
    out.push_back({place, {}, std::move(text), weight});
  };
  if (before.id != after.id) {
    add("id", fmt::format("The agreement is named {} instead of {}.", after.id, before.id),
        Weight::undecided);
  }
  const std::string title = text_changes(before.title, after.title);
  if (!title.empty()) add("title", fmt::format("The title changed ({}).", title), Weight::neither);
  if (before.valid != after.valid) {
    add("valid",
        fmt::format("It is in force {} to {} instead of {} to {}.",
                    format_rfc3339(after.valid.start), format_rfc3339(after.valid.end),
                    format_rfc3339(before.valid.start), format_rfc3339(before.valid.end)),
        Weight::undecided);
  }
  if (before.version != after.version) {
    add("version", fmt::format("Version {} instead of {}.", after.version, before.version),
        Weight::neither);
  }
  if (before.d_day != after.d_day) {
    const auto text = [](const std::optional<UtcMs>& day) {
      return day ? format_rfc3339(*day) : std::string("not set");
    };
    add("d_day", fmt::format("D is {} instead of {}.", text(after.d_day), text(before.d_day)),
        Weight::undecided);
  }
}

bool same_keys(const std::optional<PartyKeys>& a, const std::optional<PartyKeys>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->root == b->root && a->log.text() == b->log.text() &&
         a->witness.text() == b->witness.text() && a->mirror.text() == b->mirror.text();
}

void diff_parties(const Impl& before, const Impl& after, Differences& out) {
  const auto add = [&](const PartyId& id, std::string text, Weight weight) {
    out.push_back({"parties " + id.value, {}, std::move(text), weight});
  };
  by_key(
      before.parties, after.parties, [](const Party& party) { return party.id; },
      [&](const Party& party) {
        add(party.id, fmt::format("{} ({}) is new.", party.name, party.id.value),
            Weight::undecided);
      },
      [&](const Party& party) {
        add(party.id, fmt::format("{} ({}) is no longer a party.", party.name, party.id.value),
            Weight::undecided);
      },
      [&](const Party& a, const Party& b) {
        if (a.name != b.name) {
          add(b.id, fmt::format("{} is named {} instead of {}.", b.id.value, b.name, a.name),
              Weight::neither);
        }
        if (a.kind != b.kind) {
          add(b.id,
              fmt::format("{} is {} now.", b.id.value,
                          b.kind == PartyKind::party ? "a party" : "a monitor"),
              Weight::undecided);
        }
        if (!same_keys(a.keys, b.keys)) {
          add(b.id, fmt::format("The keys of {} changed.", b.id.value), Weight::undecided);
        }
      });
  by_key(
      before.adherents, after.adherents, [](const Adherent& one) { return one.id; },
      [&](const Adherent& one) {
        add(one.id, fmt::format("{} is bound through {}.", one.name, one.sponsor.value),
            Weight::undecided);
      },
      [&](const Adherent& one) {
        add(one.id, fmt::format("{} is no longer bound.", one.name), Weight::undecided);
      },
      [&](const Adherent& a, const Adherent& b) {
        if (a.name != b.name) {
          add(b.id, fmt::format("{} is named {} instead of {}.", b.id.value, b.name, a.name),
              Weight::neither);
        }
        if (a.sponsor != b.sponsor) {
          add(b.id,
              fmt::format("{} is bound through {} instead of {}.", b.name, b.sponsor.value,
                          a.sponsor.value),
              Weight::undecided);
        }
      });
}

void diff_clauses(const Impl& before, const Impl& after, Differences& out) {
  const auto add = [&](const ClauseId& id, std::string text) {
    out.push_back({"clauses " + id.value, {id}, std::move(text), Weight::undecided});
  };
  by_key(
      before.clauses, after.clauses, [](const ClauseTexts& one) { return one.id; },
      [&](const ClauseTexts& one) {
        add(one.id, fmt::format("Clause {} is new: {}", one.id.value, one.text.at("en")));
      },
      [&](const ClauseTexts& one) {
        add(one.id, fmt::format("Clause {} is gone: {}", one.id.value, one.text.at("en")));
      },
      [&](const ClauseTexts& a, const ClauseTexts& b) {
        const std::string changed = text_changes(a.text, b.text);
        if (changed.empty()) return;
        std::string text = fmt::format("The words of clause {} changed ({}).", b.id.value, changed);
        if (a.text.at("en") != b.text.at("en")) {
          text += fmt::format(" It said: {} It says: {}", a.text.at("en"), b.text.at("en"));
        }
        add(b.id, std::move(text));
      });
}

// ---- procedures ----

std::string keys_words(const Procedure& procedure) {
  std::vector<std::string> out;
  out.reserve(procedure.concurrences.size());
  for (const Procedure::Keys& keys : procedure.concurrences) {
    out.push_back(fmt::format("{} of {}", keys.officers, keys.party.value));
  }
  return join_words(out);
}

Weight keys_weight(const Procedure& before, const Procedure& after) {
  std::map<PartyId, std::pair<int, int>> officers;
  for (const Procedure::Keys& keys : before.concurrences)
    officers[keys.party].first = keys.officers;
  for (const Procedure::Keys& keys : after.concurrences)
    officers[keys.party].second = keys.officers;
  Weight out = Weight::neither;
  for (const auto& pair : officers) {
    out = both(out, more_is_stricter(pair.second.first, pair.second.second));
  }
  return out;
}

// What changed of a procedure, without the purposes; empty if nothing.
std::string procedure_change(const Procedure& a, const Procedure& b, Weight& weight) {
  std::string text;
  weight = Weight::neither;
  if (a.lead_ms != b.lead_ms) {
    text += fmt::format(" {} of notice instead of {};", duration_words(b.lead_ms),
                        duration_words(a.lead_ms));
    weight = both(weight, more_is_stricter(a.lead_ms, b.lead_ms));
  }
  const Weight keys = keys_weight(a, b);
  if (keys != Weight::neither) {
    text += fmt::format(" officers who concur: {} instead of {};", keys_words(b), keys_words(a));
    weight = both(weight, keys);
  }
  if (a.read_back != b.read_back) {
    text += b.read_back ? " each after a read-back;" : " without a read-back;";
    weight = both(weight, more_is_stricter(a.read_back, b.read_back));
  }
  if (a.clause != b.clause) {
    text += fmt::format(" clause {} instead of {};", b.clause.value, a.clause.value);
  }
  if (!text.empty()) text.back() = '.';
  return text;
}

void diff_procedures(const Impl& before, const Impl& after, Differences& out) {
  // Purposes with the same change are told together.
  std::map<std::pair<std::size_t, std::size_t>, std::vector<std::string>> groups;
  for (std::size_t i = 0; i < kPurposes.size(); ++i) {
    groups[{before.procedure_of_purpose[i], after.procedure_of_purpose[i]}].push_back(
        purpose_words(kPurposes[i]));
  }
  for (const auto& [numbers, purposes] : groups) {
    const Procedure& a = before.procedures[numbers.first];
    const Procedure& b = after.procedures[numbers.second];
    Weight weight = Weight::neither;
    const std::string text = procedure_change(a, b, weight);
    if (text.empty()) continue;
    std::vector<ClauseId> clauses = {b.clause};
    if (a.clause != b.clause) clauses.push_back(a.clause);
    out.push_back({"procedures " + b.clause.value, std::move(clauses),
                   fmt::format("For {}:{}", join_words(purposes), text), weight});
  }
}

// ---- clocks, record, papers ----

void diff_number(const char* place, const char* what, std::int64_t before, std::int64_t after,
                 Differences& out) {
  if (before == after) return;
  out.push_back(
      {place,
       {},
       fmt::format("{}: {} instead of {}.", what, duration_words(after), duration_words(before)),
       Weight::undecided});
}

std::string steps_words(const std::vector<std::int64_t>& steps) {
  std::vector<std::string> words;
  words.reserve(steps.size());
  for (const std::int64_t ms : steps) words.push_back(duration_words(ms));
  return join_words(words);
}

void diff_clocks(const Impl& before, const Impl& after, Differences& out) {
  const Clocks& a = before.clocks;
  const Clocks& b = after.clocks;
  diff_number("clocks", "Heartbeat", a.heartbeat_ms, b.heartbeat_ms, out);
  diff_number("clocks", "A link is stale after", a.fresh_ms, b.fresh_ms, out);
  diff_number("clocks", "A link is cut after", a.cut_ms, b.cut_ms, out);
  diff_number("clocks", "STOP escalates after", a.stop_ack_ms, b.stop_ack_ms, out);
  diff_number("clocks", "A track is lost after", a.track_gap_ms, b.track_gap_ms, out);
  const HotlineTerms& x = before.hotline;
  const HotlineTerms& y = after.hotline;
  diff_number("hotline", "The line is tried every", x.test_every_ms, y.test_every_ms, out);
  diff_number("hotline", "A test call is overdue after", x.test_answer_ms, y.test_answer_ms, out);
  if (x.escalation_ms != y.escalation_ms) {
    out.push_back({"hotline",
                   {},
                   fmt::format("An alarm's steps: {} instead of {}.", steps_words(y.escalation_ms),
                               steps_words(x.escalation_ms)),
                   Weight::undecided});
  }
  const RecordTerms& c = before.record;
  const RecordTerms& d = after.record;
  diff_number("record", "A statement is overdue after", c.overdue_ms, d.overdue_ms, out);
  diff_number("record", "Deemed delivered after", c.deemed_ms, d.deemed_ms, out);
  const auto quorum = [&](const char* what, int was, int is) {
    if (was == is) return;
    out.push_back(
        {"record", {}, fmt::format("{}: {} instead of {}.", what, is, was), Weight::undecided});
  };
  quorum("Parties that confirm a node's head", c.fence_quorum, d.fence_quorum);
  quorum("Monitors that deem a statement delivered", c.deemed_quorum, d.deemed_quorum);
  const auto names = [](const RecordTerms& terms) {
    std::set<std::string> keys;
    for (const record::VerifierKey& key : terms.witnesses) keys.insert(key.text());
    return keys;
  };
  if (names(c) != names(d)) {
    out.push_back({"record", {}, "The foreign witnesses changed.", Weight::undecided});
  }
}

std::string utm_words(const std::optional<UtmTerms>& terms) {
  if (!terms) return "nothing";
  std::string purposes;
  for (const Purpose purpose : terms->purposes) {
    purposes += (purposes.empty() ? "" : ", ") + std::string(purpose_name(purpose));
  }
  return fmt::format("{} as {}, in steps of {} m, {} m of height and {}",
                     purposes.empty() ? "all activities" : purposes,
                     terms->as_intents ? "intents" : "constraints", terms->grid_mm / 1'000,
                     terms->altitude_mm / 1'000, duration_words(terms->time_ms));
}

void diff_utm(const Impl& before, const Impl& after, Differences& out) {
  const std::string a = utm_words(before.utm);
  const std::string b = utm_words(after.utm);
  if (a == b) return;
  const UtmTerms& named = after.utm ? *after.utm : *before.utm;
  out.push_back({"utm",
                 {named.clause},
                 fmt::format("Drone operators see {} instead of {}.", b, a),
                 Weight::undecided});
}

std::string check_words(const CheckTerms& check) {
  std::vector<std::string> sides;
  sides.reserve(check.lists_of.size());
  for (const PartyId& party : check.lists_of) sides.push_back(party.value);
  std::vector<std::string> activities;
  for (const Purpose purpose : check.activities) activities.push_back(purpose_words(purpose));
  return fmt::format("{} before {}, {} m and {} m of height apart, a new key every {}",
                     check.purpose == record::PsiPurpose::plans
                         ? "plans of " + join_words(sides)
                         : "plans against the list of " + join_words(sides),
                     activities.empty() ? "every activity" : join_words(activities),
                     check.terms.lateral_mm / 1'000, check.terms.vertical_mm / 1'000,
                     duration_words(check.epoch_ms));
}

// A check fewer protects less; what else changed in one is for people to weigh.
void diff_checks(const Impl& before, const Impl& after, Differences& out) {
  const auto sides = [](const CheckTerms& check) {
    return std::pair(check.purpose, check.lists_of);
  };
  by_key(
      before.checks, after.checks, sides,
      [&](const CheckTerms& one) {
        out.push_back({"checks",
                       {one.clause},
                       fmt::format("A private check is new: {}.", check_words(one)),
                       Weight::stricter});
      },
      [&](const CheckTerms& one) {
        out.push_back({"checks",
                       {one.clause},
                       fmt::format("A private check is gone: {}.", check_words(one)),
                       Weight::looser});
      },
      [&](const CheckTerms& a, const CheckTerms& b) {
        if (a == b) return;
        out.push_back({"checks",
                       {b.clause},
                       fmt::format("A private check changed: {} instead of {}.", check_words(b),
                                   check_words(a)),
                       Weight::undecided});
      });
  if (before.notices != after.notices) {
    out.push_back({"notices",
                   {},
                   "Clocks or distances of notices changed; they hold for new logs only.",
                   Weight::undecided});
  }
}

void diff_papers(const Impl& before, const Impl& after, Differences& out) {
  const auto name = [](const Document& one) { return std::pair(one.name, one.language); };
  const auto add = [&](const Document& one, std::string text) {
    out.push_back({fmt::format("documents {} ({})", one.name, one.language),
                   {},
                   std::move(text),
                   Weight::undecided});
  };
  by_key(
      before.documents, after.documents, name,
      [&](const Document& one) {
        add(one, fmt::format("The {} {} ({}) is new{}.", document_kind_name(one.kind), one.name,
                             one.language, one.commitment.empty() ? "" : ", and secret"));
      },
      [&](const Document& one) {
        add(one, fmt::format("{} ({}) is gone.", one.name, one.language));
      },
      [&](const Document& a, const Document& b) {
        if (a.sha256 == b.sha256 && a.commitment == b.commitment && a.kind == b.kind) return;
        const char* how = "is another text";
        if (!a.commitment.empty() && !b.sha256.empty()) how = "is no longer secret";
        if (!a.sha256.empty() && !b.commitment.empty()) how = "is secret now";
        if (a.sha256 == b.sha256 && a.commitment == b.commitment) how = "is of another kind";
        add(b, fmt::format("{} ({}) {}.", b.name, b.language, how));
      });
}

}  // namespace

Weight both(Weight a, Weight b) {
  if (a == Weight::neither) return b;
  if (b == Weight::neither || a == b) return a;
  return Weight::undecided;
}

Weight opposite(Weight weight) {
  if (weight == Weight::stricter) return Weight::looser;
  return weight == Weight::looser ? Weight::stricter : weight;
}

const char* weight_name(Weight weight) {
  switch (weight) {
    case Weight::stricter:
      return "stricter";
    case Weight::looser:
      return "looser";
    case Weight::neither:
      return "neither";
    case Weight::undecided:
      return "undecided";
  }
  check(false, "a weight outside its enumeration");
  return "";
}

std::string text_changes(const Texts& before, const Texts& after) {
  std::set<std::string> languages;
  for (const auto& pair : before) languages.insert(pair.first);
  for (const auto& pair : after) languages.insert(pair.first);
  std::vector<std::string> changed;
  for (const std::string& language : languages) {
    const auto a = before.find(language);
    const auto b = after.find(language);
    if (a == before.end() || b == after.end() || a->second != b->second) {
      changed.push_back(language);
    }
  }
  return join_words(changed);
}

std::string listed(const std::vector<Purpose>& purposes) {
  if (purposes.empty()) return "all purposes";
  std::vector<std::string> words;
  words.reserve(purposes.size());
  for (const Purpose purpose : purposes) words.push_back(purpose_words(purpose));
  return join_words(words);
}

std::vector<Difference> diff(const Agreement& before, const Agreement& after) {
  const Impl& a = before.impl();
  const Impl& b = after.impl();
  Differences out;
  diff_head(a, b, out);
  diff_parties(a, b, out);
  diff_areas(a, b, out);
  diff_clauses(a, b, out);
  diff_rules(a, b, out);
  diff_procedures(a, b, out);
  diff_distances(before, after, out);
  diff_programme(a, b, out);
  diff_clocks(a, b, out);
  diff_utm(a, b, out);
  diff_checks(a, b, out);
  diff_papers(a, b, out);
  return out;
}

}  // namespace detente::terms
