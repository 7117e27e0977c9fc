// SPDX-License-Identifier: Apache-2.0
#include "wire/xml_reader.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "base/bytes.h"

namespace detente::wire {
namespace {

constexpr std::size_t kDepthMax = 64;
constexpr std::size_t kAttributesMax = 64;

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.' || c == ':' || static_cast<unsigned char>(c) >= 0x80;
}

std::string_view local(std::string_view name) {
  const std::size_t colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

// UTF-8 of a character that XML 1.0 allows; empty for others.
std::string utf8(std::uint32_t c) {
  const bool allowed = c == 9 || c == 10 || c == 13 || (c >= 0x20 && c <= 0xD7FF) ||
                       (c >= 0xE000 && c <= 0xFFFD) || (c >= 0x10000 && c <= 0x10FFFF);
  std::string out;
  if (!allowed) return out;
  const auto byte = [&out](std::uint32_t b) { out += static_cast<char>(b); };
  if (c < 0x80) {
    byte(c);
  } else if (c < 0x800) {
    byte(0xC0 | c >> 6);
    byte(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    byte(0xE0 | c >> 12);
    byte(0x80 | (c >> 6 & 0x3F));
    byte(0x80 | (c & 0x3F));
  } else {
    byte(0xF0 | c >> 18);
    byte(0x80 | (c >> 12 & 0x3F));
    byte(0x80 | (c >> 6 & 0x3F));
    byte(0x80 | (c & 0x3F));
  }
  return out;
}

// What an entity stands for, without & and ;. Empty: there is none of this name.
std::string entity(std::string_view name) {
  if (name == "amp") return "&";
  if (name == "lt") return "<";
  if (name == "gt") return ">";
  if (name == "quot") return "\"";
  if (name == "apos") return "'";
  if (!name.starts_with('#')) return {};
  name.remove_prefix(1);
  const bool hex = name.starts_with('x');
  if (hex) name.remove_prefix(1);
  const std::string digits(name);
  std::uint32_t c = 0;
  const char* const end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, c, hex ? 16 : 10);
  return read.ec == std::errc{} && read.ptr == end && !digits.empty() ? utf8(c) : std::string();
}

}  // namespace

std::string XmlReader::Piece::attribute(std::string_view wanted) const {
  for (const auto& [key, value] : attributes) {
    if (key == wanted) return value;
  }
  return {};
}

tl::unexpected<Error> XmlReader::malformed(std::string detail) const {
  return fail(Errc::table_malformed, std::move(detail), fmt::format("byte {}", at_));
}

void XmlReader::skip_space() {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
}

bool XmlReader::skip_to(std::string_view end) {
  const std::size_t found = text_.find(end, at_);
  if (found == std::string_view::npos) return false;
  at_ = found + end.size();
  return true;
}

std::string_view XmlReader::name() {
  const std::size_t from = at_;
  while (at_ < text_.size() && is_name(text_[at_])) ++at_;
  return text_.substr(from, at_ - from);
}

Result<std::string> XmlReader::decoded(std::string_view raw) const {
  std::string out;
  while (!raw.empty()) {
    const std::size_t amp = raw.find('&');
    out += raw.substr(0, amp);
    if (amp == std::string_view::npos) break;
    raw.remove_prefix(amp + 1);
    const std::size_t end = raw.substr(0, 12).find(';');
    const std::string text =
        end == std::string_view::npos ? std::string() : entity(raw.substr(0, end));
    if (text.empty()) return malformed("an entity that is not one of XML's own");
    out += text;
    raw.remove_prefix(end + 1);
  }
  return out;
}

Result<XmlReader::Piece> XmlReader::next() {
  Piece out;
  if (close_next_) {
    close_next_ = false;
    out.kind = Kind::close;
    out.name = local(open_.back());
    open_.pop_back();
    return out;
  }
  while (true) {
    if (at_ >= text_.size()) {
      if (!open_.empty() || !rooted_) return malformed("the XML ends in the middle");
      return out;
    }
    if (text_[at_] == '<') {
      if (text_.substr(at_).starts_with("<![CDATA[")) {
        const std::size_t from = at_ + 9;
        if (open_.empty() || !skip_to("]]>")) return malformed("a CDATA section");
        out.kind = Kind::text;
        out.text = text_.substr(from, at_ - 3 - from);
        return out;
      }
      const std::string_view rest = text_.substr(at_, 4);
      if (rest.starts_with("<?") || rest == "<!--") {
        if (!skip_to(rest.starts_with("<?") ? "?>" : "-->")) return malformed("no end");
        continue;
      }
      if (rest.starts_with("<!")) return malformed("a document type or entity is refused");
      return next_markup();
    }
    const std::size_t end = std::min(text_.find('<', at_), text_.size());
    const std::string_view raw = text_.substr(at_, end - at_);
    DETENTE_TRY(out.text, decoded(raw));
    at_ = end;
    if (!open_.empty()) {
      out.kind = Kind::text;
      return out;
    }
    if (out.text.find_first_not_of(" \t\r\n\xEF\xBB\xBF") != std::string::npos) {
      return malformed("text outside of the document");
    }
    out.text.clear();
  }
}

Result<XmlReader::Piece> XmlReader::next_markup() {
  ++at_;
  if (at_ < text_.size() && text_[at_] == '/') {
    ++at_;
    return closing();
  }
  return opening();
}

Result<XmlReader::Piece> XmlReader::closing() {
  Piece out;
  out.kind = Kind::close;
  const std::string_view closed = name();
  skip_space();
  const bool fits =
      at_ < text_.size() && text_[at_] == '>' && !open_.empty() && open_.back() == closed;
  if (!fits) return malformed("an element is closed that is not open");
  ++at_;
  open_.pop_back();
  out.name = local(closed);
  return out;
}

Result<XmlReader::Piece> XmlReader::opening() {
  Piece out;
  out.kind = Kind::open;
  const std::string_view opened = name();
  if (opened.empty()) return malformed("an element without a name");
  if (open_.empty() && rooted_) return malformed("a second document");
  if (open_.size() >= kDepthMax) {
    return fail(Errc::table_too_large, "elements within elements", fmt::format("byte {}", at_));
  }
  rooted_ = true;
  open_.push_back(opened);
  out.name = local(opened);
  while (true) {
    skip_space();
    if (at_ >= text_.size()) return malformed("an element does not end");
    if (text_[at_] == '>') {
      ++at_;
      return out;
    }
    if (text_[at_] == '/') {
      ++at_;
      if (at_ >= text_.size() || text_[at_] != '>') return malformed("an element does not end");
      ++at_;
      close_next_ = true;
      return out;
    }
    if (out.attributes.size() >= kAttributesMax) {
      return fail(Errc::table_too_large, "attributes", fmt::format("byte {}", at_));
    }
    DETENTE_TRY(auto one, attribute());
    out.attributes.push_back(std::move(one));
  }
}

Result<std::pair<std::string, std::string>> XmlReader::attribute() {
  const std::string_view key = name();
  skip_space();
  if (key.empty() || at_ >= text_.size() || text_[at_] != '=') return malformed("an attribute");
  ++at_;
  skip_space();
  const char quote = at_ < text_.size() ? text_[at_] : '\0';
  if (quote != '"' && quote != '\'') return malformed("an attribute without quotes");
  ++at_;
  const std::size_t end = text_.find(quote, at_);
  if (end == std::string_view::npos) return malformed("an attribute does not end");
  DETENTE_TRY(std::string value, decoded(text_.substr(at_, end - at_)));
  at_ = end + 1;
  return std::pair{std::string(local(key)), std::move(value)};
}

}  // namespace detente::wire
