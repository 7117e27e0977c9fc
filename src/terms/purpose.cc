// SPDX-License-Identifier: Apache-2.0
#include "terms/purpose.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/json.h"

namespace detente::terms {
namespace {

// Nothing in this product describes a target, an attack on one, or its effect. These stems refuse
// a name wherever they stand in it, with or without signs and capitals between ("aim_point").
constexpr std::array kRefusedStems = {
    std::string_view("target"),           std::string_view("aimpoint"),
    std::string_view("weapon"),           std::string_view("munition"),
    std::string_view("ordnance"),         std::string_view("warhead"),
    std::string_view("missile"),          std::string_view("collateral"),
    std::string_view("battledamage"),     std::string_view("damageestimate"),
    std::string_view("damageassessment"), std::string_view("lethality"),
    std::string_view("mensurat"),         std::string_view("killchain"),
    std::string_view("killbox"),          std::string_view("pointofimpact"),
    std::string_view("impactpoint"),      std::string_view("engagementzone")};

// Short words that refuse a name only as a whole word of it.
constexpr std::array kRefusedWords = {
    std::string_view("bda"),        std::string_view("cde"),        std::string_view("dmpi"),
    std::string_view("dmpis"),      std::string_view("hvt"),        std::string_view("hvi"),
    std::string_view("hpt"),        std::string_view("hptl"),       std::string_view("jtl"),
    std::string_view("jipt"),       std::string_view("jiptl"),      std::string_view("kill"),
    std::string_view("kills"),      std::string_view("strike"),     std::string_view("strikes"),
    std::string_view("airstrike"),  std::string_view("airstrikes"), std::string_view("attack"),
    std::string_view("attacks"),    std::string_view("bomb"),       std::string_view("bombs"),
    std::string_view("nominate"),   std::string_view("nominated"),  std::string_view("nomination"),
    std::string_view("nominations")};

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}

// "damageEstimate_2" -> damage, estimate. Digits and signs only separate.
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words(1);
  char before = '\0';
  for (const char c : name) {
    const bool letter = is_upper(c) || is_lower(c);
    if (!letter || (is_upper(c) && is_lower(before))) {
      if (!words.back().empty()) words.emplace_back();
    }
    if (letter) words.back().push_back(is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c);
    before = c;
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

}  // namespace

const char* purpose_name(Purpose purpose) {
  switch (purpose) {
    case Purpose::transit:
      return "transit";
    case Purpose::patrol:
      return "patrol";
    case Purpose::reconnaissance:
      return "reconnaissance";
    case Purpose::escort:
      return "escort";
    case Purpose::refuelling:
      return "refuelling";
    case Purpose::transport:
      return "transport";
    case Purpose::training:
      return "training";
    case Purpose::survey:
      return "survey";
    case Purpose::medical_evacuation:
      return "medical_evacuation";
    case Purpose::humanitarian:
      return "humanitarian";
    case Purpose::personnel_recovery:
      return "personnel_recovery";
    case Purpose::armed:
      return "armed";
  }
  check(false, "a purpose outside its enumeration");
  return "";
}

Result<Purpose> parse_purpose(std::string_view name) {
  for (const Purpose purpose : kPurposes) {
    if (name == purpose_name(purpose)) return purpose;
  }
  return fail(Errc::purpose_unknown, json_quote(name.substr(0, 80)));
}

bool is_refused_member(std::string_view name) {
  const std::vector<std::string> words = words_of(name);
  std::string joined;
  for (std::size_t i = 0; i < words.size(); ++i) {
    // "no_strike" names what is kept safe.
    const bool kept_safe = i > 0 && words[i - 1] == "no";
    if (!kept_safe && contains(kRefusedWords, words[i])) return true;
    joined += words[i];
  }
  return std::any_of(kRefusedStems.begin(), kRefusedStems.end(),
                     [&](std::string_view stem) { return joined.find(stem) != std::string::npos; });
}

}  // namespace detente::terms
