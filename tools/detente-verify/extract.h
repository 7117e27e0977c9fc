// SPDX-License-Identifier: Apache-2.0
//
// Verifies an extract (docs/protocol/extract.md): the text file, or the HTML page that holds it.
#pragma once

#include <string>

#include "record/extract.h"

namespace detente::verify {

// Whom an extract's reader trusts: the parties of the agreement, and the foreign witnesses that
// its "record" terms name. json_*, agreement_*, vkey_malformed, key_malformed.
Result<record::ExtractTrust> extract_trust(ByteView agreement);

struct ExtractRequest {
  std::string file;
  std::string agreement;  // a file; empty: the one inside the extract
};

struct ExtractFound {
  record::Extract extract;
  record::ExtractReport report;
  bool agreement_inside = false;  // trusted for no other reason than that it is in the file
  bool page = false;
  bool page_as_written = false;  // this program would have written the same page, byte for byte
};

// extract_malformed, extract_mismatch, store_*, and the errors of extract_trust.
Result<ExtractFound> verify_extract_file(const ExtractRequest& request);

std::string text(const ExtractFound& found);  // for people
std::string json(const ExtractFound& found);  // one object

// Whether a regular file begins like an extract, or like a page that may hold one; and whether like
// a zip, which this program does not unpack.
bool is_extract_file(const std::string& path);
bool is_zip_file(const std::string& path);

}  // namespace detente::verify
