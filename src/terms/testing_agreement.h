// SPDX-License-Identifier: Apache-2.0
//
// For tests: the worked example of docs/protocol/agreement.md, and edits of it.
#pragma once

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

namespace detente::terms {

inline std::string read_source(const std::string& path) {
  std::ifstream in(std::string(DETENTE_SOURCE_DIR) + "/" + path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

// The first JSON block of the page, with its last line feed.
inline std::string worked_example() {
  const std::string page = read_source("docs/protocol/agreement.md");
  const std::string opening = "```json\n";
  const std::size_t begin = page.find(opening);
  if (begin == std::string::npos) return {};
  const std::size_t start = begin + opening.size();
  return page.substr(start, page.find("```", start) - start);
}

inline boost::json::value tree(std::string_view text) {
  return boost::json::parse(boost::json::string_view(text.data(), text.size()));
}

inline std::string text_of(const boost::json::value& value) {
  const auto text = boost::json::serialize(value);
  return std::string(text.data(), text.size());
}

// The worked example with the value at a JSON pointer replaced ("/areas/0/class", "\"x\""), or
// removed where `value` is empty. A last part "-" appends to an array.
inline std::string edited(const std::string& pointer, std::string_view value) {
  boost::json::value doc = tree(worked_example());
  const std::size_t slash = pointer.rfind('/');
  const std::string last = pointer.substr(slash + 1);
  boost::json::value& parent = slash == 0 ? doc : doc.at_pointer(pointer.substr(0, slash));
  if (boost::json::array* array = parent.if_array()) {
    if (last == "-") {
      array->push_back(tree(value));
    } else if (value.empty()) {
      array->erase(array->begin() + std::stol(last));
    } else {
      array->at(std::stoul(last)) = tree(value);
    }
  } else if (value.empty()) {
    parent.as_object().erase(last);
  } else {
    parent.as_object()[last] = tree(value);
  }
  return text_of(doc);
}

}  // namespace detente::terms
