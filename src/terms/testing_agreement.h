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

// The page's JSON block of this number, with its last line feed.
inline std::string json_block(int number) {
  const std::string page = read_source("docs/protocol/agreement.md");
  const std::string opening = "```json\n";
  std::size_t start = 0;
  for (int i = 0; i <= number; ++i) {
    const std::size_t begin = page.find(opening, start);
    if (begin == std::string::npos) return {};
    start = begin + opening.size();
  }
  return page.substr(start, page.find("```", start) - start);
}
inline std::string worked_example() {
  return json_block(0);
}

inline boost::json::value tree(std::string_view text) {
  return boost::json::parse(boost::json::string_view(text.data(), text.size()));
}

inline std::string text_of(const boost::json::value& value) {
  const auto text = boost::json::serialize(value);
  return std::string(text.data(), text.size());
}

// The worked example of a later version: the second block's lists continue the first one's, its
// other members are new.
inline std::string amended_example() {
  boost::json::value doc = tree(worked_example());
  const boost::json::value more = tree(json_block(1));
  for (const auto& pair : more.get_object()) {
    boost::json::object& whole = doc.as_object();
    boost::json::array* list = whole.contains(pair.key()) ? whole[pair.key()].if_array() : nullptr;
    if (list == nullptr) {
      whole[pair.key()] = pair.value();
    } else {
      for (const boost::json::value& item : pair.value().get_array()) list->push_back(item);
    }
  }
  return text_of(doc);
}

// A document with the value at a JSON pointer replaced ("/areas/0/class", "\"x\""), or removed
// where `value` is empty. A last part "-" appends to an array.
inline std::string edited_in(const std::string& document, const std::string& pointer,
                             std::string_view value) {
  boost::json::value doc = tree(document);
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
inline std::string edited(const std::string& pointer, std::string_view value) {
  return edited_in(worked_example(), pointer, value);
}

}  // namespace detente::terms
