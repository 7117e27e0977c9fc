// SPDX-License-Identifier: Apache-2.0
//
// What comes as a flash, and bodies of the hotline: what is accepted is written back to a body that
// says the same, and every message that is accepted can be rendered.
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/bytes.h"
#include "base/limits.h"
#include "hotline/flash.h"
#include "hotline/forms.h"

using namespace detente;

namespace {

template <class Read, class Write>
void round_trip(const JsonDocument& document, Read&& read, Write&& write) {
  const auto body = read(document.root());
  if (!body) return;
  const std::string written = write(*body);
  const auto again = parse_json(written, {.bytes_max = limits::kStatementPayloadBytes});
  check(again.has_value(), "a written body is not JSON");
  const auto second = read(again->root());
  check(second && write(*second) == written, "a written body says something else");
}

void render_all(const hotline::MessageBody& message) {
  const auto fields = parse_json(message.fields, {.bytes_max = limits::kStatementPayloadBytes});
  const hotline::Form* form = hotline::find_form(message.form);
  check(fields && form != nullptr, "a message that was read has its form");
  for (const hotline::Language language : hotline::kLanguages) {
    check(is_utf8(hotline::render(*form, fields->root(), language)), "rendered text is UTF-8");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  hotline::FlashBook book;
  if (auto flash = hotline::read_flash(text)) {
    check(flash->text == text, "a flash is kept byte for byte");
    book.add(std::move(*flash));
  }
  const auto document = parse_json(text, {.bytes_max = limits::kStatementPayloadBytes});
  if (!document) return 0;
  round_trip(*document, hotline::read_warning, hotline::write_warning);
  round_trip(*document, hotline::read_message, hotline::write_message);
  round_trip(*document, hotline::read_call, hotline::write_call);
  round_trip(*document, hotline::read_roster, hotline::write_roster);
  round_trip(*document, hotline::read_raised, hotline::write_raised);
  if (const auto message = hotline::read_message(document->root())) render_all(*message);
  return 0;
}
