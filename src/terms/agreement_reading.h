// SPDX-License-Identifier: Apache-2.0
//
// Inside of terms: what the readers of the document share. Every error carries the JSON path.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "terms/agreement_impl.h"

namespace detente::terms::reading {

using Impl = Agreement::Impl;

Error repeated(std::string_view what, std::string place);
// "en", "ar", "zh-Hant" (BCP 47, without its rarer forms).
bool is_language(std::string_view tag);

// An identifier of a-z 0-9 . _ - that begins with a letter or digit.
Result<std::string> read_id(const JsonReader& in, std::string_view name, bool capitals = false);
Result<std::string> as_id(const JsonReader& item, bool capitals = false);
// One text for people by language; English is there.
Result<Texts> read_texts(const JsonReader& in, std::string_view name);
// The same, in exactly the languages of the title: all are equally authentic.
Result<Texts> read_all_texts(const JsonReader& in, std::string_view name, const Impl& out);
// A clause that is defined.
Result<ClauseId> read_clause(const JsonReader& in, std::string_view name, const Impl& out);
// A party or an adherent that is defined.
Result<PartyId> as_adherent(const JsonReader& item, const Impl& out);
// 64 lower-case hex digits.
Result<std::string> read_hash(const JsonReader& in, std::string_view name);
// Unlike geo::read_time_span this allows the years of an agreement.
Result<TimeSpan> read_long_span(const JsonReader& in, std::string_view name);
Result<std::vector<Purpose>> read_purposes(const JsonReader& in, std::string_view name);
Result<geo::Separation> read_distances(const JsonReader& in);
// A place in time within the agreement's own.
Result<UtcMs> read_time_within(const JsonReader& in, std::string_view name, const Impl& out);

// A list without repetitions; absent means empty.
template <class T, class Read>
Result<std::vector<T>> read_set(const JsonReader& in, std::string_view name, std::size_t count_max,
                                Read read) {
  std::vector<T> out;
  if (!in.has(name)) return out;
  DETENTE_TRY(const std::vector<JsonReader> items, in.array(name, count_max));
  for (const JsonReader& item : items) {
    DETENTE_TRY(T value, read(item));
    if (std::find(out.begin(), out.end(), value) != out.end()) {
      return fail(Errc::agreement_repeated, {}, item.place());
    }
    out.push_back(std::move(value));
  }
  return out;
}

// Reads every item of an optional array.
template <class Read>
Status read_each(const JsonReader& in, std::string_view name, std::size_t count_max, Read read) {
  if (!in.has(name)) return {};
  DETENTE_TRY(const std::vector<JsonReader> items, in.array(name, count_max));
  for (const JsonReader& item : items) DETENTE_CHECK(read(item));
  return {};
}

// The members about separations, stand-offs, places, stages, obligations and exceptions.
Status read_programme(const JsonReader& in, Impl& out);
// How notices are kept, and which private checks activities need.
Status read_notices(const JsonReader& in, Impl& out);
Status read_checks(const JsonReader& in, Impl& out);
// Names that a rule's stages must have; the stages are read after the rules.
Status check_rule_stages(const Impl& out);
// What no single member can be refused for: contradictions, circles, what never comes true.
Status check_together(const Impl& out);

}  // namespace detente::terms::reading
