// SPDX-License-Identifier: Apache-2.0
#include "hotline/flash.h"

#include <algorithm>

#include "base/limits.h"

namespace detente::hotline {

bool is_flash_type(std::string_view type) {
  return type == "stop.send" || type == "warning.send";
}

Result<Flash> read_flash(std::string_view text) {
  if (text.size() > limits::kFlashBytes) {
    return fail(Errc::entry_too_large, "a flash has at most 4,096 bytes");
  }
  const Result<record::Envelope> envelope = record::parse_envelope(text);
  if (!envelope) return fail(Errc::flash_malformed, envelope.error().detail);
  if (envelope->signatures.empty()) return fail(Errc::flash_malformed, "nobody signed it");
  Result<record::Statement> statement = record::parse_statement(*envelope);
  if (!statement) return fail(Errc::flash_malformed, statement.error().detail);
  if (!is_flash_type(statement->type)) return fail(Errc::flash_malformed, statement->type);
  Flash out;
  if (statement->type == "stop.send") {
    DETENTE_TRY(out.body, read_stop(statement->body()));
  } else {
    DETENTE_TRY(out.body, read_warning(statement->body()));
  }
  out.id = statement->id;
  out.log = statement->log;
  out.type = statement->type;
  out.officer = envelope->signatures.front().keyid;
  out.expires = statement->expires;
  out.text = std::string(text);
  return out;
}

std::size_t FlashBook::add(Flash flash) {
  std::size_t dropped = 0;
  const auto make_room = [&](std::size_t most, auto&& rival) {
    while (static_cast<std::size_t>(std::count_if(flashes_.begin(), flashes_.end(), rival)) >=
           most) {
      flashes_.erase(std::find_if(flashes_.begin(), flashes_.end(), rival));
      ++dropped;
    }
  };
  make_room(limits::kFlashPerOfficer, [&](const Flash& other) {
    return other.type == flash.type && other.officer == flash.officer;
  });
  make_room(limits::kFlashPerParty,
            [&](const Flash& other) { return other.type == flash.type && other.log == flash.log; });
  flashes_.push_back(std::move(flash));
  return dropped;
}

bool FlashBook::has(const Origin& log, const StatementId& id) const {
  return std::any_of(flashes_.begin(), flashes_.end(),
                     [&](const Flash& flash) { return flash.id == id && flash.log == log; });
}

void FlashBook::erase(const Origin& log, const StatementId& id) {
  std::erase_if(flashes_, [&](const Flash& flash) { return flash.id == id && flash.log == log; });
}

void FlashBook::expire(UtcMs now) {
  std::erase_if(flashes_, [&](const Flash& flash) { return flash.expires < now; });
}

}  // namespace detente::hotline
