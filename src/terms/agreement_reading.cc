// SPDX-License-Identifier: Apache-2.0
#include "terms/agreement_reading.h"

#include <fmt/core.h>

#include "base/bytes.h"
#include "base/limits.h"

namespace detente::terms::reading {
namespace {

// Identifiers become folder names and parts of log names, so "." and ".." cannot be formed.
bool is_id(std::string_view text, bool capitals) {
  const auto letter_or_digit = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (capitals && c >= 'A' && c <= 'Z');
  };
  return !text.empty() && letter_or_digit(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return letter_or_digit(c) || c == '.' || c == '_' || c == '-';
         });
}

}  // namespace

Result<std::string> as_id(const JsonReader& item, bool capitals) {
  DETENTE_TRY(std::string id, item.as_string(limits::kIdBytes));
  if (!is_id(id, capitals)) {
    return fail(Errc::agreement_malformed,
                fmt::format("{} is not an identifier of {} and . _ -", json_quote(id),
                            capitals ? "a-z A-Z 0-9" : "a-z 0-9"),
                item.place());
  }
  return id;
}

Result<std::string> read_id(const JsonReader& in, std::string_view name, bool capitals) {
  DETENTE_TRY(const JsonReader item, in.member(name));
  return as_id(item, capitals);
}

Error repeated(std::string_view what, std::string place) {
  return {Errc::agreement_repeated, json_quote(what), std::move(place)};
}

bool is_language(std::string_view tag) {
  const std::size_t dash = tag.find('-');
  const std::string_view head = tag.substr(0, dash);
  const auto all = [](std::string_view part, auto good) {
    return std::all_of(part.begin(), part.end(), good);
  };
  if (head.size() < 2 || head.size() > 3) return false;
  if (!all(head, [](char c) { return c >= 'a' && c <= 'z'; })) return false;
  if (dash == std::string_view::npos) return true;
  const std::string_view tail = tag.substr(dash + 1);
  return tail.size() >= 2 && tail.size() <= 8 && all(tail, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
         });
}

Result<Texts> read_texts(const JsonReader& in, std::string_view name) {
  DETENTE_TRY(const JsonReader texts, in.object(name));
  Texts out;
  for (const std::string& language : texts.names()) {
    if (!is_language(language)) {
      return fail(Errc::agreement_malformed,
                  fmt::format("{} is not a language tag", json_quote(language.substr(0, 80))),
                  texts.place());
    }
    DETENTE_TRY(out[language], texts.string(language, limits::kTextBytes));
  }
  if (!out.contains("en")) return fail(Errc::json_member_missing, "\"en\"", texts.place());
  return out;
}

Result<TimeSpan> read_long_span(const JsonReader& in, std::string_view name) {
  DETENTE_TRY(const JsonReader span, in.object(name));
  DETENTE_CHECK(span.only(members::kValid));
  DETENTE_TRY(const UtcMs start, span.time("start"));
  DETENTE_TRY(const UtcMs end, span.time("end"));
  if (end <= start) return fail(Errc::geo_time_reversed, {}, span.place());
  if (end - start > kValidMsMax) return fail(Errc::geo_time_range, "over ten years", span.place());
  return TimeSpan{start, end};
}

Result<Texts> read_all_texts(const JsonReader& in, std::string_view name, const Impl& out) {
  DETENTE_TRY(Texts texts, read_texts(in, name));
  // All languages are equally authentic, so none may be silent.
  const bool same = texts.size() == out.title.size() &&
                    std::all_of(out.title.begin(), out.title.end(),
                                [&](const auto& pair) { return texts.contains(pair.first); });
  if (!same) {
    return fail(Errc::agreement_malformed, "the languages are not those of the title",
                in.place_of(name));
  }
  return texts;
}

Result<ClauseId> read_clause(const JsonReader& in, std::string_view name, const Impl& out) {
  DETENTE_TRY(std::string id, in.string(name, limits::kIdBytes));
  ClauseId clause(std::move(id));
  if (!out.clause_number.contains(clause)) {
    return fail(Errc::agreement_unknown_clause, json_quote(clause.value), in.place_of(name));
  }
  return clause;
}

Result<std::vector<Purpose>> read_purposes(const JsonReader& in, std::string_view name) {
  return read_set<Purpose>(in, name, kPurposes.size(),
                           [](const JsonReader& item) -> Result<Purpose> {
                             DETENTE_TRY(const std::string text, item.as_string(limits::kIdBytes));
                             Result<Purpose> purpose = parse_purpose(text);
                             if (!purpose) {
                               return fail(std::move(purpose.error()).at(item.place()));
                             }
                             return purpose;
                           });
}

Result<PartyId> as_adherent(const JsonReader& item, const Impl& out) {
  DETENTE_TRY(std::string text, item.as_string(limits::kIdBytes));
  PartyId who(std::move(text));
  if (!out.find_party(who) && !out.find_adherent(who)) {
    return fail(Errc::agreement_unknown_party, json_quote(who.value), item.place());
  }
  return who;
}

Result<std::string> read_hash(const JsonReader& in, std::string_view name) {
  DETENTE_TRY(std::string text, in.string(name, 64));
  const Result<Bytes> hash = from_hex(text);
  if (!hash || hash->size() != sizeof(Hash) || to_hex(*hash) != text) {
    return fail(Errc::bad_encoding, "64 lower-case hex digits are expected", in.place_of(name));
  }
  return text;
}

Result<geo::Separation> read_distances(const JsonReader& in) {
  geo::Separation out;
  DETENTE_TRY(out.lateral_mm, in.integer("lateral_mm", 0, kSeparationMax.lateral_mm));
  DETENTE_TRY(out.vertical_mm, in.integer("vertical_mm", 0, kSeparationMax.vertical_mm));
  DETENTE_TRY(out.time_ms, in.integer("time_ms", 0, kSeparationMax.time_ms));
  return out;
}

Result<UtcMs> read_time_within(const JsonReader& in, std::string_view name, const Impl& out) {
  DETENTE_TRY(const UtcMs time, in.time(name));
  if (!out.valid.contains(time)) {
    return fail(Errc::geo_time_range, "outside the agreement's own time", in.place_of(name));
  }
  return time;
}

}  // namespace detente::terms::reading
