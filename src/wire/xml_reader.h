// SPDX-License-Identifier: Apache-2.0
//
// Internal to wire: reads XML 1.0 piece by piece, as far as KML and XLSX need it. Nothing is kept
// but the names of the open elements, so that memory does not grow with the text. Document types
// are refused, and with them every entity but the five of XML and numbers; so nothing expands.
// Names come without their prefix. Errors: table_malformed with the byte, table_too_large.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace detente::wire {

class XmlReader {
 public:
  enum class Kind : std::uint8_t { open, close, text, end };
  struct Piece {
    Kind kind = Kind::end;
    std::string name;  // of an element
    std::string text;
    std::vector<std::pair<std::string, std::string>> attributes;  // of an opening
    std::string attribute(std::string_view wanted) const;         // "" without one
  };

  explicit XmlReader(std::string_view text) : text_(text) {}
  // The next piece; an element that is empty comes as an opening and a closing.
  Result<Piece> next();
  // How many elements are open.
  std::size_t depth() const { return open_.size(); }

 private:
  Result<Piece> next_markup();
  Result<Piece> opening();
  Result<Piece> closing();
  Result<std::pair<std::string, std::string>> attribute();
  Result<std::string> decoded(std::string_view raw) const;
  std::string_view name();
  void skip_space();
  bool skip_to(std::string_view end);
  tl::unexpected<Error> malformed(std::string detail) const;

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<std::string_view> open_;
  bool close_next_ = false;  // of an empty element
  bool rooted_ = false;      // the one element of the document was there
};

}  // namespace detente::wire
