// SPDX-License-Identifier: Apache-2.0
//
// The hotline's forms: what can be said, as data, in English, Russian and Arabic. A message's
// fields are codes, numbers, times and places; so it reads the same on both sides, whatever
// language it was written in. There is no form and no field that nominates anything.
//
// Rendered text isolates what reads left to right (numbers, times, call signs, places) with U+2068
// and U+2069, so that an Arabic sentence keeps its order (Unicode UAX 9); what was typed cannot end
// an isolate early, because control characters of that kind are left out of it.
// Pure; safe on every thread.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "base/json.h"

namespace detente::hotline {

enum class Language : std::uint8_t { en, ru, ar };
inline constexpr std::array<Language, 3> kLanguages = {Language::en, Language::ru, Language::ar};
const char* language_name(Language language);            // "en"
Result<Language> parse_language(std::string_view name);  // hotline_form

using Texts = std::array<std::string_view, 3>;  // by Language

struct Code {
  std::string_view code;
  Texts title;
};

enum class FieldKind : std::uint8_t { text, place, time, number, code, activity, altitude };
const char* field_kind_name(FieldKind kind);

struct Field {
  std::string_view name;
  Texts label;
  FieldKind kind = FieldKind::text;
  std::span<const Code> codes = {};  // of a code
  std::int64_t max = 0;              // bytes of a text, or the largest number
  std::string_view unit = {};        // "m", "km", "min"; of an altitude always "m"
  bool needed = true;
};

struct Form {
  std::string_view code;
  Texts title;
  Texts
      text;  // with "{name}" for each field; a sentence in brackets is left out if a field in it is
  std::span<const Field> fields;
};

std::span<const Form> forms();
std::span<const Code> warning_kinds();
const Form* find_form(std::string_view code);          // nullptr if there is none
const Code* find_warning_kind(std::string_view code);  // nullptr if there is none

// Every field that is needed is there, none that the form does not have, each of its kind.
//   place     {"lat_e7":n,"lng_e7":n,"name":".."}      time     RFC 3339
//   number, altitude  a whole number                   activity 32 hex
// hotline_form, restraint, geo_*, json_*.
Status check_fields(const Form& form, const JsonReader& fields);
// The message in a language. The fields must have passed check_fields.
std::string render(const Form& form, const JsonReader& fields, Language language);

// `text` between the signs that keep its own direction, without such signs inside.
std::string isolate(std::string_view text);

}  // namespace detente::hotline
