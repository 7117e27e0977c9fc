// SPDX-License-Identifier: Apache-2.0
//
// What every reader of a list must be told, and the names of the categories, in English, Russian
// and Arabic, in that order. Pure data; safe on every thread.
#pragma once

#include <array>
#include <string_view>

#include "protection/site.h"

namespace detente::protection {

using Words = std::array<std::string_view, 3>;
inline constexpr std::array<const char*, 3> kWordLanguages = {"en", "ru", "ar"};

// kStandingSentences, and their translations.
const std::array<Words, 3>& standing_words();
const Words& category_words(SiteCategory category);

}  // namespace detente::protection
