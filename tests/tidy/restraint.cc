// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <regex>
#include <set>

#include "terms/purpose.h"
#include "tidy/checks.h"

namespace detente::tidy {
namespace {

// The list of refused names itself, and only it, holds them.
constexpr std::string_view kTheList = "src/terms/purpose.cc";

void judge(const std::string& name, const SourceFile& file, std::size_t line,
           Complaints& complaints) {
  if (!terms::is_refused_member(name)) return;
  complaints.push_back(place(file, line) + "\"" + name + "\" is a name that is refused in input");
}

// A string that can be a name: a member, a statement type, a path. Sentences are not names.
bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_identifier_char(c) || c == '.' || c == '-' || c == '/' || c == ':' || c == '{' ||
           c == '}';
  });
}

void judge_strings(const SourceFile& file, Complaints& complaints) {
  static const std::regex form(R"re("((?:[^"\\\n]|\\.)*)")re");
  static const std::regex member(R"re("(\w+)":)re");  // of JSON written out in a string
  const std::string code = without_comments(file.text);
  for (std::sregex_iterator it(code.begin(), code.end(), form), end; it != end; ++it) {
    const std::string text = (*it)[1];
    const std::size_t line = line_at(code, static_cast<std::size_t>(it->position()));
    if (is_name(text)) judge(text, file, line, complaints);
  }
  for (std::sregex_iterator it(code.begin(), code.end(), member), end; it != end; ++it) {
    judge((*it)[1], file, line_at(code, static_cast<std::size_t>(it->position())), complaints);
  }
}

void judge_enumerators(const SourceFile& file, Complaints& complaints) {
  static const std::regex form(R"(\benum\s+(?:class\s+|struct\s+)?(\w+)[^{;]*\{([^}]*)\})");
  static const std::regex word(R"([A-Za-z_]\w*)");
  const std::string code = without_comments_and_strings(file.text);
  for (std::sregex_iterator it(code.begin(), code.end(), form), end; it != end; ++it) {
    const std::string body = (*it)[1].str() + " " + (*it)[2].str();
    const std::size_t line = line_at(code, static_cast<std::size_t>(it->position()));
    for (std::sregex_iterator w(body.begin(), body.end(), word), none; w != none; ++w) {
      judge(w->str(), file, line, complaints);
    }
  }
}

// "description", "summary" and "title" hold sentences; what stands in them names nothing.
std::string without_sentences(const std::string& yaml) {
  static const std::regex quoted(R"re("(?:[^"\\\n]|\\.)*")re");
  static const std::regex plain(R"(\b(description|summary|title): [^"{}\n]*)");
  std::string out = yaml;
  for (const std::regex& form : {quoted, plain}) {
    std::string next = out;
    for (std::sregex_iterator it(out.begin(), out.end(), form), end; it != end; ++it) {
      const std::string match = it->str();
      if (is_name(std::string_view(match).substr(1, match.size() - 2))) continue;
      std::fill_n(next.begin() + it->position(), it->length(), ' ');
    }
    out = std::move(next);
  }
  return out;
}

}  // namespace

Complaints check_restraint_cpp(const Tree& tree) {
  Complaints complaints;
  for (const SourceFile& file : tree) {
    if (is_test(file.path) || file.path == kTheList) continue;
    judge_strings(file, complaints);
    judge_enumerators(file, complaints);
  }
  return complaints;
}

Complaints check_restraint_openapi(const SourceFile& yaml) {
  // Keys and paths, items of a list in brackets or with dashes, parameters by their names.
  static const std::regex key(R"(([\w./{}-]+)\s*:)");
  static const std::regex list(R"((?:enum|required):\s*\[([^\]]*)\])");
  static const std::regex item(R"(\n\s*- ([\w-]+))");
  static const std::regex named(R"(\bname:\s*"?([\w-]+))");
  static const std::regex word(R"([\w-]+)");
  Complaints complaints;
  const std::string text = without_sentences(yaml.text);
  const auto judge_at = [&](const std::string& name, std::ptrdiff_t at) {
    judge(name, yaml, line_at(text, static_cast<std::size_t>(at)), complaints);
  };
  for (const std::regex& form : {key, item, named}) {
    for (std::sregex_iterator it(text.begin(), text.end(), form), end; it != end; ++it) {
      judge_at((*it)[1], it->position(1));
    }
  }
  for (std::sregex_iterator it(text.begin(), text.end(), list), end; it != end; ++it) {
    const std::string names = (*it)[1];
    for (std::sregex_iterator w(names.begin(), names.end(), word), none; w != none; ++w) {
      judge_at(w->str(), it->position(1) + w->position());
    }
  }
  return complaints;
}

Complaints check_restraint_schema(const SourceFile& json) {
  static const std::regex form(R"re("((?:[^"\\\n]|\\.)*)")re");
  Complaints complaints;
  const std::string& text = json.text;
  for (std::sregex_iterator it(text.begin(), text.end(), form), end; it != end; ++it) {
    const std::string name = (*it)[1];
    if (!is_name(name)) continue;
    judge(name, json, line_at(text, static_cast<std::size_t>(it->position())), complaints);
  }
  return complaints;
}

}  // namespace detente::tidy
