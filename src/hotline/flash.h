// SPDX-License-Identifier: Apache-2.0
//
// A flash: the exact signed envelope of a STOP or a safety warning, sent past the record, so that
// the alarm sounds while the record is still on its way (docs/protocol/hotline.md). It is no
// second record: it says nothing that the entry will not say, and it raises an alarm only.
//
// Refused: more than limits::kFlashBytes, any other type, a body that does not read. Whether the
// officer may sign it is judged by the log's reader (record::LogReader::admit).
// Pure. A FlashBook is used by one thread at a time.
#pragma once

#include <deque>
#include <string>
#include <utility>
#include <variant>

#include "base/strong.h"
#include "hotline/bodies.h"
#include "record/statement.h"

namespace detente::hotline {

struct Flash {
  StatementId id;
  Origin log;           // that the statement was signed for
  std::string type;     // "stop.send" or "warning.send"
  std::string officer;  // the first signer
  std::variant<StopBody, WarningBody> body;
  UtcMs expires;
  std::string text;  // the envelope as it came
  UtcMs received;    // by the node that holds it here

  // Ids are unique within one log only.
  std::pair<Origin, StatementId> key() const { return {log, id}; }
  bool stop() const { return std::holds_alternative<StopBody>(body); }
};

// Whether statements of this type go by flash too.
bool is_flash_type(std::string_view type);

// flash_malformed (not an envelope in its one form, or another type), entry_too_large, and the
// errors of the bodies. `received` is left to the caller.
Result<Flash> read_flash(std::string_view text);

// Flashes that the record does not have yet, of every party, bounded: of one kind at most
// limits::kFlashPerParty of a party and kFlashPerOfficer of an officer. Kinds do not crowd each
// other out, so a STOP finds room beside any number of warnings.
class FlashBook {
 public:
  // The flash must not be there yet. Returns how many had to make room for it.
  std::size_t add(Flash flash);
  bool has(const Origin& log, const StatementId& id) const;
  void erase(const Origin& log, const StatementId& id);
  // Takes out those that are over.
  void expire(UtcMs now);
  const std::deque<Flash>& all() const { return flashes_; }  // oldest first

 private:
  std::deque<Flash> flashes_;  // few: see above
};

}  // namespace detente::hotline
