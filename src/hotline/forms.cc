// SPDX-License-Identifier: Apache-2.0
#include "hotline/forms.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"
#include "geo/geo.h"
#include "hotline/restraint.h"

namespace detente::hotline {
namespace {

constexpr std::string_view kFirstStrongIsolate = "\xE2\x81\xA8";  // U+2068
constexpr std::string_view kPopIsolate = "\xE2\x81\xA9";          // U+2069
constexpr std::size_t kActivityShown = 8;                         // hex digits

Error misfit(const Form& form, std::string detail, std::string place) {
  return {Errc::hotline_form, fmt::format("{}: {}", form.code, std::move(detail)),
          std::move(place)};
}

const Field* find_field(const Form& form, std::string_view name) {
  const auto found = std::find_if(form.fields.begin(), form.fields.end(),
                                  [&](const Field& field) { return field.name == name; });
  return found == form.fields.end() ? nullptr : &*found;
}

const Code* find_code(std::span<const Code> codes, std::string_view name) {
  const auto found =
      std::find_if(codes.begin(), codes.end(), [&](const Code& code) { return code.code == name; });
  return found == codes.end() ? nullptr : &*found;
}

struct Pin {
  geo::PointE7 point;
  std::string name;
};

Result<Pin> read_pin(const JsonReader& in) {
  DETENTE_CHECK(in.only({"lat_e7", "lng_e7", "name"}));
  DETENTE_TRY(const std::int64_t lat, in.integer("lat_e7", -900'000'000, 900'000'000));
  DETENTE_TRY(const std::int64_t lng, in.integer("lng_e7", -1'800'000'000, 1'800'000'000));
  Pin out{{static_cast<std::int32_t>(lat), static_cast<std::int32_t>(lng)}, {}};
  if (in.has("name")) {
    DETENTE_TRY(out.name, in.string("name", limits::kNameBytes));
  }
  return out;
}

Status check_value(const Form& form, const Field& field, const JsonReader& fields) {
  const std::string name(field.name);
  const std::string at = fields.place_of(name);
  switch (field.kind) {
    case FieldKind::text:
      DETENTE_CHECK(fields.string(name, static_cast<std::size_t>(field.max)));
      return {};
    case FieldKind::place: {
      DETENTE_TRY(const JsonReader in, fields.object(name));
      DETENTE_CHECK(read_pin(in));
      return {};
    }
    case FieldKind::time:
      DETENTE_CHECK(fields.time(name));
      return {};
    case FieldKind::number:
      DETENTE_CHECK(fields.integer(name, 0, field.max));
      return {};
    case FieldKind::altitude:
      DETENTE_CHECK(fields.integer(name, -500, field.max));
      return {};
    case FieldKind::code: {
      DETENTE_TRY(const std::string code, fields.string(name, limits::kIdBytes));
      if (find_code(field.codes, code) != nullptr) return {};
      return fail(misfit(form, json_quote(code) + " is not on the list", at));
    }
    case FieldKind::activity: {
      DETENTE_TRY(const std::string id, fields.string(name, limits::kIdBytes));
      const Result<Bytes> raw = from_hex(id);
      if (raw && raw->size() == 16) return {};
      return fail(misfit(form, "an activity's id is 32 hex digits", at));
    }
  }
  return {};
}

// "35.9000 N 36.6500 E"
std::string position_words(geo::PointE7 point) {
  const double lat = geo::lat_degrees(point);
  const double lng = geo::lng_degrees(point);
  return fmt::format("{:.4f} {} {:.4f} {}", lat < 0 ? -lat : lat, lat < 0 ? 'S' : 'N',
                     lng < 0 ? -lng : lng, lng < 0 ? 'W' : 'E');
}

std::string place_words(const JsonReader& fields, const std::string& name) {
  const Result<JsonReader> in = fields.object(name);
  const Result<Pin> pin = in ? read_pin(*in) : Result<Pin>(fail(in.error()));
  if (!pin) return {};
  const std::string position = isolate(position_words(pin->point));
  return pin->name.empty() ? position : isolate(pin->name) + " (" + position + ")";
}

std::string number_words(std::int64_t number, std::string_view unit) {
  if (unit.empty()) return isolate(std::to_string(number));
  if (unit == "deg") return isolate(fmt::format("{:03}\u00B0", number));
  return isolate(fmt::format("{} {}", number, unit));
}

// What stands in a sentence for a field; nothing if the field is not there.
std::optional<std::string> value_words(const Field& field, const JsonReader& fields,
                                       Language language) {
  const std::string name(field.name);
  if (!fields.has(name)) return std::nullopt;
  switch (field.kind) {
    case FieldKind::text:
      return isolate(fields.string(name, limits::kTextBytes).value_or(std::string()));
    case FieldKind::place:
      return place_words(fields, name);
    case FieldKind::time: {
      const Result<UtcMs> time = fields.time(name);
      return time ? isolate(format_rfc3339(*time)) : std::string();
    }
    case FieldKind::number:
    case FieldKind::altitude: {
      const Result<std::int64_t> number = fields.integer(name, INT64_MIN, INT64_MAX);
      return number ? number_words(*number, field.unit) : std::string();
    }
    case FieldKind::code: {
      const Result<std::string> code = fields.string(name, limits::kIdBytes);
      const Code* found = code ? find_code(field.codes, *code) : nullptr;
      if (found == nullptr) return std::string();
      return std::string(found->title[static_cast<std::size_t>(language)]);
    }
    case FieldKind::activity: {
      const Result<std::string> id = fields.string(name, limits::kIdBytes);
      return id ? isolate(id->substr(0, kActivityShown)) : std::string();
    }
  }
  return std::nullopt;
}

// A piece of a template without brackets; nothing if one of its fields is not there.
std::optional<std::string> fill(std::string_view piece, const Form& form, const JsonReader& fields,
                                Language language) {
  std::string out;
  while (!piece.empty()) {
    const std::size_t open = std::min(piece.find('{'), piece.size());
    out += piece.substr(0, open);
    piece.remove_prefix(open);
    if (piece.empty()) break;
    const std::size_t close = piece.find('}');
    const Field* field = find_field(form, piece.substr(1, close - 1));
    check(field != nullptr, "a template names only fields of its form");
    std::optional<std::string> value = value_words(*field, fields, language);
    if (!value) return std::nullopt;
    out += *value;
    piece.remove_prefix(close + 1);
  }
  return out;
}

bool is_direction_sign(std::string_view three) {
  if (three.size() < 3 || three[0] != '\xE2') return false;
  const auto second = static_cast<std::uint8_t>(three[1]);
  const auto third = static_cast<std::uint8_t>(three[2]);
  // U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069
  return (second == 0x80 && (third == 0x8E || third == 0x8F || (third >= 0xAA && third <= 0xAE))) ||
         (second == 0x81 && third >= 0xA6 && third <= 0xA9);
}

}  // namespace

const char* language_name(Language language) {
  constexpr std::array<const char*, 3> kNames = {"en", "ru", "ar"};
  return kNames[static_cast<std::size_t>(language)];
}

Result<Language> parse_language(std::string_view name) {
  for (const Language language : kLanguages) {
    if (name == language_name(language)) return language;
  }
  return fail(Errc::hotline_form, "the languages are en, ru and ar", "language");
}

const char* field_kind_name(FieldKind kind) {
  constexpr std::array<const char*, 7> kNames = {"text", "place",    "time",    "number",
                                                 "code", "activity", "altitude"};
  return kNames[static_cast<std::size_t>(kind)];
}

const Form* find_form(std::string_view code) {
  const auto all = forms();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Form& form) { return form.code == code; });
  return found == all.end() ? nullptr : &*found;
}

const Code* find_warning_kind(std::string_view code) {
  return find_code(warning_kinds(), code);
}

Status check_fields(const Form& form, const JsonReader& fields) {
  DETENTE_CHECK(refuse_targeting(fields));
  DETENTE_CHECK(fields.expect_object());
  for (const std::string& name : fields.names()) {
    if (find_field(form, name) == nullptr) {
      return fail(misfit(form, "it has no such field", fields.place_of(name)));
    }
  }
  for (const Field& field : form.fields) {
    const std::string name(field.name);
    if (fields.has(name)) {
      DETENTE_CHECK(check_value(form, field, fields));
    } else if (field.needed) {
      return fail(misfit(form, "a field that is needed is missing", fields.place_of(name)));
    }
  }
  return {};
}

std::string render(const Form& form, const JsonReader& fields, Language language) {
  std::string_view text = form.text[static_cast<std::size_t>(language)];
  std::string out;
  while (!text.empty()) {
    const bool optional = text.front() == '[';
    if (optional) text.remove_prefix(1);
    const std::size_t end = std::min(text.find(optional ? ']' : '['), text.size());
    const std::optional<std::string> piece = fill(text.substr(0, end), form, fields, language);
    check(optional || piece.has_value(), "a needed field is there");
    if (piece) out += *piece;
    text.remove_prefix(std::min(end + (optional ? 1U : 0U), text.size()));
  }
  return out;
}

std::string isolate(std::string_view text) {
  std::string out(kFirstStrongIsolate);
  for (std::size_t i = 0; i < text.size();) {
    if (is_direction_sign(text.substr(i))) {
      i += 3;
    } else if (text.substr(i).starts_with("\xD8\x9C")) {  // U+061C, the Arabic letter mark
      i += 2;
    } else {
      // Control characters and line ends would break the sentence apart.
      const auto c = static_cast<std::uint8_t>(text[i]);
      out += c < 0x20 || c == 0x7F ? ' ' : text[i];
      ++i;
    }
  }
  out += kPopIsolate;
  return out;
}

}  // namespace detente::hotline
