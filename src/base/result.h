// SPDX-License-Identifier: Apache-2.0
//
// Errors are values: a code, what exactly was wrong, and the place. Nothing of ours throws;
// exceptions of libraries are caught at the library's edge.
//
//   Result<int> parse(std::string_view text);
//   DETENTE_TRY(const int n, parse(text));      // returns the error to the caller
//   if (!ok) return fail(Errc::bad_time, "hour is 25", "activity/volumes/0/start");
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "base/errors.h"

namespace detente {

struct Error {
  Errc code{};
  std::string detail;  // what was wrong with this input; never a secret
  std::string place;   // file, line, JSON path, log index: where to look; may be empty

  // "json_member_missing (1020): a member that must be present is missing: "id" [at activity]"
  std::string text() const;
  // The same error, with `outer` put before its place.
  Error at(std::string_view outer) &&;
};

inline bool operator==(const Error& a, const Error& b) {
  return a.code == b.code;
}

// Never discarded silently: the class is nodiscard.
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
  Result(tl::expected<T, Error> other) : tl::expected<T, Error>(std::move(other)) {}
};

using Status = Result<void>;

inline tl::unexpected<Error> fail(Errc code, std::string detail = {}, std::string place = {}) {
  return tl::unexpected<Error>(Error{code, std::move(detail), std::move(place)});
}
inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

#define DETENTE_CONCAT_(a, b) a##b
#define DETENTE_CONCAT(a, b) DETENTE_CONCAT_(a, b)
#define DETENTE_TRY_(tmp, declaration, expression)          \
  auto tmp = (expression);                                  \
  if (!tmp) return ::detente::fail(std::move(tmp).error()); \
  declaration = std::move(*tmp)
// Declares (or assigns) from a Result, or returns its error.
#define DETENTE_TRY(declaration, expression) \
  DETENTE_TRY_(DETENTE_CONCAT(detente_try_, __LINE__), declaration, expression)
// Runs a Status, or returns its error.
#define DETENTE_CHECK(expression)                                                   \
  do {                                                                              \
    auto detente_status = (expression);                                             \
    if (!detente_status) return ::detente::fail(std::move(detente_status).error()); \
  } while (false)

// Ends the process with `why` if `condition` is false. For our own bugs only, never for input.
void check(bool condition, const char* why);

}  // namespace detente
