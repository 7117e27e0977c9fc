// SPDX-License-Identifier: Apache-2.0
//
// Internal to wire: XML 1.0 piece by piece, by expat. The text is parsed a little at a time and
// only what was not taken yet is kept, so that memory does not grow with it. Document types are
// refused, and with them every entity but the five of XML and numbers; so nothing expands.
// Names come without their prefix. Errors: table_malformed with the byte, table_too_large.
#pragma once

#include <memory>
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

  // `text` must outlive the reader.
  explicit XmlReader(std::string_view text);
  ~XmlReader();
  XmlReader(const XmlReader&) = delete;
  XmlReader& operator=(const XmlReader&) = delete;

  // The next piece; an element that is empty comes as an opening and a closing.
  Result<Piece> next();
  // How many elements are open.
  std::size_t depth() const { return depth_; }

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
  std::string_view text_;  // that was not given to the parser yet
  std::size_t depth_ = 0;
};

}  // namespace detente::wire
