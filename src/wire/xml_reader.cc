// SPDX-License-Identifier: Apache-2.0
#include "wire/xml_reader.h"

#include <expat.h>
#include <fmt/core.h>

#include <algorithm>
#include <deque>
#include <new>
#include <optional>

namespace detente::wire {
namespace {

constexpr std::size_t kDepthMax = 64;
constexpr std::size_t kAttributesMax = 64;
constexpr std::size_t kStepBytes = 16'384;  // given to the parser at once

std::string local(std::string_view name) {
  const std::size_t colon = name.rfind(':');
  return std::string(colon == std::string_view::npos ? name : name.substr(colon + 1));
}

}  // namespace

std::string XmlReader::Piece::attribute(std::string_view wanted) const {
  for (const auto& [key, value] : attributes) {
    if (key == wanted) return value;
  }
  return {};
}

// What the parser has said and nobody has taken yet.
struct XmlReader::Parser {
  XML_Parser expat = XML_ParserCreate(nullptr);
  std::deque<Piece> pieces;
  std::string text;  // since the last piece
  std::size_t depth = 0;
  std::optional<Error> problem;
  bool done = false;

  Parser() {
    if (expat == nullptr) throw std::bad_alloc();
    XML_SetUserData(expat, this);
    XML_SetElementHandler(expat, &Parser::on_open, &Parser::on_close);
    XML_SetCharacterDataHandler(expat, &Parser::on_text);
    XML_SetStartDoctypeDeclHandler(expat, &Parser::on_doctype);
  }
  ~Parser() { XML_ParserFree(expat); }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  std::string place() const { return fmt::format("byte {}", XML_GetCurrentByteIndex(expat)); }
  void stop(Errc code, const char* detail) {
    problem = Error{code, detail, place()};
    XML_StopParser(expat, XML_FALSE);
  }
  void end_text() {
    if (text.empty()) return;
    Piece piece;
    piece.kind = Kind::text;
    piece.text = std::move(text);
    text.clear();
    pieces.push_back(std::move(piece));
  }

  static Parser& of(void* user) { return *static_cast<Parser*>(user); }
  static void XMLCALL on_open(void* user, const XML_Char* name, const XML_Char** attributes) {
    Parser& self = of(user);
    self.end_text();
    if (self.depth >= kDepthMax) return self.stop(Errc::table_too_large, "elements in elements");
    ++self.depth;
    Piece piece;
    piece.kind = Kind::open;
    piece.name = local(name);
    for (; *attributes != nullptr; attributes += 2) {
      if (piece.attributes.size() >= kAttributesMax) {
        return self.stop(Errc::table_too_large, "attributes");
      }
      piece.attributes.emplace_back(local(attributes[0]), attributes[1]);
    }
    self.pieces.push_back(std::move(piece));
  }
  static void XMLCALL on_close(void* user, const XML_Char* name) {
    Parser& self = of(user);
    self.end_text();
    --self.depth;
    Piece piece;
    piece.kind = Kind::close;
    piece.name = local(name);
    self.pieces.push_back(std::move(piece));
  }
  static void XMLCALL on_text(void* user, const XML_Char* text, int size) {
    of(user).text.append(text, static_cast<std::size_t>(size));
  }
  static void XMLCALL on_doctype(void* user, const XML_Char* /*name*/, const XML_Char* /*system*/,
                                 const XML_Char* /*public_id*/, int /*internal*/) {
    of(user).stop(Errc::table_malformed, "a document type or entity is refused");
  }

  void feed(std::string_view step, bool last) {
    done = last;
    const XML_Status status =
        XML_Parse(expat, step.data(), static_cast<int>(step.size()), last ? XML_TRUE : XML_FALSE);
    if (status == XML_STATUS_OK || problem) return;
    problem = Error{Errc::table_malformed, XML_ErrorString(XML_GetErrorCode(expat)), place()};
  }
};

XmlReader::XmlReader(std::string_view text) : parser_(std::make_unique<Parser>()), text_(text) {}
XmlReader::~XmlReader() = default;

Result<XmlReader::Piece> XmlReader::next() {
  Parser& parser = *parser_;
  while (parser.pieces.empty()) {
    if (parser.problem) return fail(*parser.problem);
    if (parser.done) return Piece{};
    const std::string_view step = text_.substr(0, kStepBytes);
    text_.remove_prefix(step.size());
    parser.feed(step, text_.empty());
  }
  Piece out = std::move(parser.pieces.front());
  parser.pieces.pop_front();
  if (out.kind == Kind::open) ++depth_;
  if (out.kind == Kind::close) --depth_;
  return out;
}

}  // namespace detente::wire
