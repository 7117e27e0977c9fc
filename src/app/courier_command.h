// SPDX-License-Identifier: Apache-2.0
//
// `detente courier export|import`: replication by files, for nodes without a network between them.
#pragma once

#include <string>
#include <vector>

#include "app/courier_file.h"

namespace detente::app {

// Writes the file and prints one line about it, or one JSON object.
Status courier_export(const CourierExport& options, bool json);

struct CourierImport {
  std::string data;
  std::vector<std::string> files;  // of all parties together: each confirms the node's head
  std::string answer;              // folder for the answers, one file for each sender; "" for none
  bool json = false;
};
// archive_malformed, archive_foreign: nothing was changed. If a node runs on the folder, the files
// are verified and laid into courier/in/, from where it takes them.
Status courier_import(const CourierImport& options);

// Verifies a courier file and every log in it, against an agreement that the reader trusts.
Status courier_verify(const std::string& file, const std::string& agreement, bool json);

}  // namespace detente::app
