// SPDX-License-Identifier: Apache-2.0
//
// `detente agreement ...`: what an agreement says, whether it fits together, what it answers, what
// an amendment changes, and whether a package of papers is whole. Each function prints to standard
// output and returns the process's exit code: 0 yes, 1 no (warnings never), 2 it could not be
// asked; then the reason stands on standard error.
#pragma once

#include <string>
#include <vector>

namespace detente::app {

// Explains the agreement in words, then its warnings. 0, or 2 where it is refused with the place.
int agreement_check(const std::string& path, const std::string& language, bool json);
int agreement_explain(const std::string& path, const std::string& language);

struct AskOptions {
  std::string agreement;
  std::string who;        // "": unidentified
  std::string purpose;    // "": none declared
  bool unmanned = false;  // neither of these two: not known
  bool manned = false;
  bool active = false;             // belongs to an active activity
  std::string stage;               // "" with stage_given: before the first
  bool stage_given = false;        // false: not known
  std::vector<std::string> areas;  // ids; the plan is in the whole of each
  std::string at;                  // "35.93,36.63": a point, or the middle of a circle
  double radius_m = 1;
  std::string altitude;  // "3000" or "1000:3000" metres; "": every height
  std::string reference = "MSL";
  std::string time;  // "START" or "START/END", RFC 3339; "": as long as the agreement
  std::string language = "en";
  bool json = false;
};
// 0: permitted; 1: not.
int agreement_ask(const AskOptions& options);

// 0: the two mean the same; 1: they differ.
int agreement_diff(const std::string& before, const std::string& after, bool json);

// 0: every expected answer was given; 1: one was not.
int agreement_test(const std::string& agreement, const std::string& answers, bool json);

// The files of a folder are NAME.LANGUAGE.EXTENSION, with "-" for each space of a paper's name;
// NAME.LANGUAGE.salt opens a secret one. Other files are left aside and told. 0: whole; 1: not.
int agreement_package(const std::string& agreement, const std::string& folder, bool json);

struct AnnexOptions {
  std::string agreement;  // of open-annex
  std::string file;
  std::string name;
  std::string language = "en";
  std::string salt;  // where the salt is written, or lies: 64 hex digits, mode 0600
};
// Makes a salt from the system's source, and prints the member of "documents" that commits to the
// file. An existing salt is never overwritten.
int agreement_commit_annex(const AnnexOptions& options);
// 0: file and salt are what the agreement commits to; 1: they are not.
int agreement_open_annex(const AnnexOptions& options);

}  // namespace detente::app
