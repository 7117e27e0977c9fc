// SPDX-License-Identifier: Apache-2.0
//
// A plain table of texts: what a spreadsheet, a CSV file or a list of map features comes down to.
// A value; safe on every thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace detente {

struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;  // each as long as `columns`
  std::vector<std::size_t> numbers;            // of each row, where it stands in its file, from 1
};

}  // namespace detente
