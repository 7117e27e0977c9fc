// SPDX-License-Identifier: Apache-2.0
#include "app/agreement_command.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>

#include "app/identity.h"
#include "app/key_files.h"
#include "base/json.h"
#include "base/limits.h"
#include "crypto/ed25519.h"
#include "crypto/hash.h"
#include "terms/answers.h"
#include "terms/ask.h"
#include "terms/diff.h"
#include "terms/explain.h"
#include "terms/package.h"

namespace detente::app {
namespace {

constexpr std::size_t kPaperBytes = 64U << 20;  // a scanned map, with room
constexpr int kYes = 0, kNo = 1, kFailed = 2;

int failed(const char* command, const Error& error) {
  static_cast<void>(
      std::fprintf(stderr, "detente agreement %s: %s\n", command, error.text().c_str()));
  return kFailed;
}

void print(const std::string& text) {
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), stdout));
}

Result<terms::Agreement> load(const std::string& path) {
  DETENTE_TRY(const std::string text, read_text_file(path, limits::kAgreementBytes));
  Result<terms::Agreement> agreement = terms::Agreement::make(text);
  if (!agreement) return fail(std::move(agreement.error()).at(path));
  return agreement;
}

std::string clause_list(const std::vector<ClauseId>& clauses) {
  std::string out;
  for (const ClauseId& clause : clauses) out += (out.empty() ? "" : ", ") + clause.value;
  return out;
}

void write_clauses(JsonWriter& out, const std::vector<ClauseId>& clauses) {
  out.name("clauses").begin_array();
  for (const ClauseId& clause : clauses) out.value(clause.value);
  out.end_array();
}

// ---- check ----

std::string warnings_text(const std::vector<terms::Warning>& warnings) {
  if (warnings.empty()) return {};
  std::string out = "\nWarnings (legal, and probably not meant)\n";
  for (const terms::Warning& one : warnings) out += fmt::format("  {}: {}\n", one.place, one.text);
  return out;
}

std::string check_json(const terms::Agreement& agreement, const std::string& language,
                       const std::vector<terms::Warning>& warnings) {
  JsonWriter out;
  out.begin_object().member("id", agreement.id()).member("sha256", agreement.sha256_hex());
  out.member("title", agreement.title(language));
  out.member("parties", static_cast<std::uint64_t>(agreement.parties().size()));
  out.member("areas", static_cast<std::uint64_t>(agreement.areas().size()));
  out.member("clauses", static_cast<std::uint64_t>(agreement.clauses().size()));
  out.member("keyed", agreement.keyed().has_value());
  out.member("version", agreement.version());
  out.name("warnings").begin_array();
  for (const terms::Warning& one : warnings) {
    out.begin_object().member("place", one.place).member("text", one.text);
    write_clauses(out, one.clauses);
    out.end_object();
  }
  return out.end_array().end_object().take() + "\n";
}

// ---- ask ----

Result<double> read_decimal(std::string_view text, const char* what) {
  double value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    return fail(Errc::usage, fmt::format("{} is not a number", json_quote(text)), what);
  }
  return value;
}

std::pair<std::string_view, std::string_view> split(std::string_view text, char at) {
  const std::size_t found = text.find(at);
  if (found == std::string_view::npos) return {text, {}};
  return {text.substr(0, found), text.substr(found + 1)};
}

Result<geo::AltitudeBand> read_band(const AskOptions& options) {
  Result<geo::AltitudeReference> reference = geo::parse_altitude_reference(options.reference);
  if (!reference) return fail(std::move(reference.error()).at("--reference"));
  if (options.altitude.empty()) {
    return geo::AltitudeBand{limits::kAltitudeMmMin, limits::kAltitudeMmMax, *reference};
  }
  const auto [low_text, high_text] = split(options.altitude, ':');
  DETENTE_TRY(const double low, read_decimal(low_text, "--altitude"));
  double high = low;
  if (!high_text.empty()) {
    DETENTE_TRY(high, read_decimal(high_text, "--altitude"));
  }
  const double most = static_cast<double>(limits::kAltitudeMmMax) / 1000;
  const double least = static_cast<double>(limits::kAltitudeMmMin) / 1000;
  if (low > high) return fail(Errc::geo_altitude_reversed, {}, "--altitude");
  if (low < least || high > most) return fail(Errc::geo_altitude_range, {}, "--altitude");
  return geo::AltitudeBand{std::llround(low * 1000), std::llround(high * 1000), *reference};
}

Result<TimeSpan> read_time(const AskOptions& options, const terms::Agreement& agreement) {
  if (options.time.empty()) return agreement.valid();
  const auto [start_text, end_text] = split(options.time, '/');
  Result<UtcMs> start = parse_rfc3339(start_text);
  if (!start) return fail(std::move(start.error()).at("--time"));
  if (end_text.empty()) return TimeSpan{*start, *start + 1};
  Result<UtcMs> end = parse_rfc3339(end_text);
  if (!end) return fail(std::move(end.error()).at("--time"));
  if (*end <= *start) return fail(Errc::geo_time_reversed, {}, "--time");
  return TimeSpan{*start, *end};
}

Result<geo::Area> read_circle(const AskOptions& options) {
  const auto [lat_text, lng_text] = split(options.at, ',');
  DETENTE_TRY(const double lat, read_decimal(lat_text, "--at"));
  DETENTE_TRY(const double lng, read_decimal(lng_text, "--at"));
  Result<geo::PointE7> point = geo::point_from_degrees(lat, lng);
  if (!point) return fail(std::move(point.error()).at("--at"));
  const double radius_mm = options.radius_m * 1000;
  if (!(radius_mm >= 1) || radius_mm > static_cast<double>(limits::kCircleRadiusMm)) {
    return fail(Errc::geo_too_large, {}, "--radius");
  }
  return geo::Area::make(geo::Circle{*point, std::llround(radius_mm)});
}

Result<std::vector<geo::Volume4>> read_volumes(const AskOptions& options,
                                               const terms::Agreement& agreement) {
  DETENTE_TRY(const geo::AltitudeBand band, read_band(options));
  DETENTE_TRY(const TimeSpan time, read_time(options, agreement));
  std::vector<geo::Volume4> out;
  for (const std::string& id : options.areas) {
    const std::vector<terms::AreaTerms>& areas = agreement.areas();
    const auto found = std::find_if(areas.begin(), areas.end(), [&](const terms::AreaTerms& area) {
      return area.id.value == id;
    });
    if (found == areas.end()) {
      return fail(Errc::usage, fmt::format("the agreement has no area {}", json_quote(id)),
                  "--area");
    }
    const bool own_height = options.altitude.empty() && found->altitude.has_value();
    const bool own_time = options.time.empty() && found->time.has_value();
    out.push_back(
        {found->area, own_height ? *found->altitude : band, own_time ? *found->time : time});
  }
  if (!options.at.empty()) {
    DETENTE_TRY(geo::Area area, read_circle(options));
    out.push_back({std::move(area), band, time});
  }
  if (out.empty()) return fail(Errc::usage, "where: --at LAT,LNG or --area ID");
  return out;
}

Result<terms::PlanQuestion> read_question(const AskOptions& options,
                                          const terms::Agreement& agreement) {
  terms::PlanQuestion question;
  if (!options.who.empty()) question.who = PartyId(options.who);
  if (!options.purpose.empty()) {
    Result<terms::Purpose> purpose = terms::parse_purpose(options.purpose);
    if (!purpose) return fail(std::move(purpose.error()).at("--purpose"));
    question.purpose = *purpose;
  }
  if (options.unmanned || options.manned) question.unmanned = options.unmanned;
  question.active = options.active;
  question.stage_known = options.stage_given;
  if (options.stage_given && !options.stage.empty()) {
    question.stage = terms::StageId(options.stage);
    const std::vector<terms::Stage>& stages = agreement.stages();
    if (std::none_of(stages.begin(), stages.end(),
                     [&](const terms::Stage& one) { return one.id == *question.stage; })) {
      return fail(Errc::agreement_unknown_stage, json_quote(options.stage), "--stage");
    }
  }
  DETENTE_TRY(question.volumes, read_volumes(options, agreement));
  return question;
}

std::string answer_text(const terms::Agreement& agreement, const terms::PlanAnswer& answer,
                        const std::string& language) {
  std::string out = answer.text + "\n";
  for (const terms::Reason& reason : answer.reasons) {
    out += fmt::format("  {} {}\n      {}\n", reason.broken ? "broken" : "kept  ", reason.text,
                       agreement.clause_text(reason.clause, language));
  }
  const geo::Separation& apart = answer.separation.separation;
  out += fmt::format("  other flights keep up to {} m, {} m or {} s away (clause {})\n",
                     static_cast<double>(apart.lateral_mm) / 1000,
                     static_cast<double>(apart.vertical_mm) / 1000,
                     static_cast<double>(apart.time_ms) / 1000, answer.separation.clause.value);
  return out;
}

void write_needs(JsonWriter& out, const terms::PlanAnswer& answer) {
  if (answer.needs == nullptr) return;
  out.name("needs").begin_object().member("clause", answer.needs->clause.value);
  out.member("lead_s", answer.needs->lead_ms / 1000).member("read_back", answer.needs->read_back);
  out.name("concurrences").begin_array();
  for (const terms::Procedure::Keys& keys : answer.concurrences) {
    out.begin_object().member("party", keys.party.value).member("officers", keys.officers);
    out.end_object();
  }
  out.end_array().end_object();
}

std::string answer_json(const terms::Agreement& agreement, const terms::PlanAnswer& answer) {
  JsonWriter out;
  out.begin_object().member("permitted", answer.permitted).member("text", answer.text);
  out.name("areas").begin_array();
  for (const std::size_t area : answer.areas) out.value(agreement.areas()[area].id.value);
  out.end_array().name("reasons").begin_array();
  for (const terms::Reason& reason : answer.reasons) {
    out.begin_object().member("clause", reason.clause.value).member("area", reason.area.value);
    out.member("effect", terms::effect_name(reason.effect)).member("broken", reason.broken);
    out.member("unclear", reason.unclear).member("text", reason.text);
    if (!reason.site.empty()) out.member("site", reason.site);
    if (!reason.site.empty()) out.name("distance_m").decimal(reason.distance_m);
    out.end_object();
  }
  out.end_array();
  write_needs(out, answer);
  const geo::Separation& apart = answer.separation.separation;
  out.name("separation").begin_object().member("clause", answer.separation.clause.value);
  out.member("lateral_mm", apart.lateral_mm).member("vertical_mm", apart.vertical_mm);
  out.member("time_ms", apart.time_ms).end_object().name("exceptions").begin_array();
  for (const terms::NamedException* one : answer.exceptions) out.value(one->id.value);
  return out.end_array().end_object().take() + "\n";
}

// ---- package ----

struct FolderPapers {
  std::vector<terms::PackageFile> files;
  std::vector<std::string> aside;  // names of files that are no papers
};

// "annex-1.en.pdf" is the paper "annex 1" in English, if the agreement has one; the name as it
// stands otherwise.
std::string paper_name(const terms::Agreement& agreement, const std::string& stem) {
  for (const terms::Document& document : agreement.documents()) {
    std::string name = document.name;
    for (char& c : name) {
      if (c == ' ' || c == '/') c = '-';
    }
    if (name == stem) return document.name;
  }
  return stem;
}

Result<Hash> read_salt(const std::string& path) {
  DETENTE_TRY(std::string text, read_text_file(path, 100));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  const Result<Bytes> bytes = from_hex(text);
  Hash salt{};
  if (!bytes || bytes->size() != salt.size()) {
    return fail(Errc::bad_encoding, "a salt has 64 hex digits", path);
  }
  std::copy(bytes->begin(), bytes->end(), salt.begin());
  return salt;
}

Result<FolderPapers> read_folder(const terms::Agreement& agreement, const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  std::error_code ec;
  for (std::filesystem::directory_iterator at(folder, ec), end; !ec && at != end;
       at.increment(ec)) {
    if (at->is_regular_file(ec)) paths.push_back(at->path());
  }
  if (ec) return fail(Errc::store_not_found, ec.message(), folder);
  std::sort(paths.begin(), paths.end());
  FolderPapers out;
  std::map<std::pair<std::string, std::string>, Hash> salts;
  for (const std::filesystem::path& path : paths) {
    const std::filesystem::path stem = path.stem();
    const std::string language = stem.extension().string();
    if (path.extension().empty() || language.size() < 3) {
      out.aside.push_back(path.filename().string());
      continue;
    }
    const std::string name = paper_name(agreement, stem.stem().string());
    if (path.extension() == ".salt") {
      DETENTE_TRY(const Hash salt, read_salt(path.string()));
      salts[{name, language.substr(1)}] = salt;
      continue;
    }
    DETENTE_TRY(const std::string bytes, read_text_file(path.string(), kPaperBytes));
    out.files.push_back({name, language.substr(1), crypto::sha256(as_bytes(bytes)), std::nullopt});
  }
  for (terms::PackageFile& file : out.files) {
    const auto salt = salts.find({file.name, file.language});
    if (salt != salts.end()) file.salt = salt->second;
  }
  return out;
}

std::string package_json(const terms::PackageReport& report, const FolderPapers& papers) {
  JsonWriter out;
  out.begin_object().member("state", terms::package_state_name(report.state));
  out.member("text", report.text).name("papers").begin_array();
  for (const terms::PaperReport& one : report.papers) {
    out.begin_object().member("name", one.document->name);
    out.member("language", one.document->language);
    out.member("kind", terms::document_kind_name(one.document->kind));
    out.member("state", terms::paper_state_name(one.state)).end_object();
  }
  out.end_array().name("unknown").begin_array();
  for (const std::string& one : report.unknown) out.value(one);
  out.end_array().name("aside").begin_array();
  for (const std::string& one : papers.aside) out.value(one);
  return out.end_array().end_object().take() + "\n";
}

}  // namespace

int agreement_check(const std::string& path, const std::string& language, bool json) {
  const Result<terms::Agreement> agreement = load(path);
  if (!agreement) {
    failed("check", agreement.error());
    return kNo;
  }
  const std::vector<terms::Warning> warnings = terms::lint(*agreement);
  print(json ? check_json(*agreement, language, warnings)
             : terms::explain(*agreement, language) + warnings_text(warnings));
  return kYes;
}

int agreement_explain(const std::string& path, const std::string& language) {
  const Result<terms::Agreement> agreement = load(path);
  if (!agreement) return failed("explain", agreement.error());
  print(terms::explain(*agreement, language));
  return kYes;
}

int agreement_ask(const AskOptions& options) {
  const Result<terms::Agreement> agreement = load(options.agreement);
  if (!agreement) return failed("ask", agreement.error());
  const Result<terms::PlanQuestion> question = read_question(options, *agreement);
  if (!question) return failed("ask", question.error());
  const terms::PlanAnswer answer = terms::judge_plan(*agreement, *question);
  print(options.json ? answer_json(*agreement, answer)
                     : answer_text(*agreement, answer, options.language));
  return answer.permitted ? kYes : kNo;
}

int agreement_diff(const std::string& before, const std::string& after, bool json) {
  const Result<terms::Agreement> a = load(before);
  if (!a) return failed("diff", a.error());
  const Result<terms::Agreement> b = load(after);
  if (!b) return failed("diff", b.error());
  const std::vector<terms::Difference> found = terms::diff(*a, *b);
  if (json) {
    JsonWriter out;
    out.begin_array();
    for (const terms::Difference& one : found) {
      out.begin_object().member("place", one.place).member("weight", weight_name(one.weight));
      out.member("text", one.text);
      write_clauses(out, one.clauses);
      out.end_object();
    }
    print(out.end_array().take() + "\n");
  } else {
    if (found.empty()) print("The two mean the same.\n");
    for (const terms::Difference& one : found) {
      print(fmt::format("{:<9}  {}{}\n", weight_name(one.weight), one.text,
                        one.clauses.empty()
                            ? std::string()
                            : fmt::format(" [clause {}]", clause_list(one.clauses))));
    }
  }
  return found.empty() ? kYes : kNo;
}

int agreement_test(const std::string& agreement_path, const std::string& answers, bool json) {
  const Result<terms::Agreement> agreement = load(agreement_path);
  if (!agreement) return failed("test", agreement.error());
  const Result<std::string> text = read_text_file(answers, terms::kAnswersBytes);
  if (!text) return failed("test", text.error());
  Result<terms::AnswersReport> report = terms::check_answers(*agreement, *text);
  if (!report) return failed("test", std::move(report.error()).at(answers));
  if (json) {
    JsonWriter out;
    out.begin_object().member("failed", static_cast<std::uint64_t>(report->failed));
    out.name("cases").begin_array();
    for (const terms::AnswerCheck& one : report->cases) {
      out.begin_object().member("name", one.name).member("text", one.answer.text);
      out.name("differences").begin_array();
      for (const std::string& difference : one.differences) out.value(difference);
      out.end_array().end_object();
    }
    out.end_array().name("untested").begin_array();
    for (const ClauseId& clause : report->untested) out.value(clause.value);
    print(out.end_array().end_object().take() + "\n");
    return report->failed == 0 ? kYes : kNo;
  }
  for (const terms::AnswerCheck& one : report->cases) {
    print(fmt::format("{}  {}\n", one.differences.empty() ? "ok    " : "FAILED", one.name));
    for (const std::string& difference : one.differences) {
      print(fmt::format("          {}\n", difference));
    }
    if (!one.differences.empty()) print(fmt::format("        {}\n", one.answer.text));
  }
  print(fmt::format("{} of {} answers are as expected\n", report->cases.size() - report->failed,
                    report->cases.size()));
  if (!report->untested.empty()) {
    print(fmt::format("no case is about clause {}\n", clause_list(report->untested)));
  }
  return report->failed == 0 ? kYes : kNo;
}

int agreement_package(const std::string& agreement_path, const std::string& folder, bool json) {
  const Result<terms::Agreement> agreement = load(agreement_path);
  if (!agreement) return failed("package", agreement.error());
  const Result<FolderPapers> papers = read_folder(*agreement, folder);
  if (!papers) return failed("package", papers.error());
  const terms::PackageReport report = terms::check_package(*agreement, papers->files);
  if (json) {
    print(package_json(report, *papers));
  } else {
    for (const terms::PaperReport& one : report.papers) {
      print(fmt::format("{:<8} {} ({}), {}\n", terms::paper_state_name(one.state),
                        one.document->name, one.document->language,
                        terms::document_kind_name(one.document->kind)));
    }
    for (const std::string& one : report.unknown) print(fmt::format("unknown  {}\n", one));
    for (const std::string& one : papers->aside) print(fmt::format("aside    {}\n", one));
    print(report.text + "\n");
  }
  return report.state == terms::PackageState::whole ? kYes : kNo;
}

int agreement_commit_annex(const AnnexOptions& options) {
  const Result<std::string> text = read_text_file(options.file, kPaperBytes);
  if (!text) return failed("commit-annex", text.error());
  Hash salt{};
  crypto::system_random()(salt);
  const Status written = write_private_file(options.salt, as_bytes(to_hex(salt) + "\n"), false);
  if (!written) return failed("commit-annex", written.error());
  JsonWriter out;
  out.begin_object().member("name", options.name).member("language", options.language);
  out.member("kind", "annex")
      .member("commitment", terms::annex_commitment(salt, crypto::sha256(as_bytes(*text))));
  print(out.end_object().take() + "\n");
  return kYes;
}

int agreement_open_annex(const AnnexOptions& options) {
  const Result<terms::Agreement> agreement = load(options.agreement);
  if (!agreement) return failed("open-annex", agreement.error());
  const Result<std::string> text = read_text_file(options.file, kPaperBytes);
  if (!text) return failed("open-annex", text.error());
  const Result<Hash> salt = read_salt(options.salt);
  if (!salt) return failed("open-annex", salt.error());
  const Status opened =
      terms::open_annex(*agreement, options.name, options.language, *salt, as_bytes(*text));
  if (!opened) {
    failed("open-annex", opened.error());
    return kNo;
  }
  // What the statement agreement.open carries.
  JsonWriter out;
  out.begin_object().member("document", options.name).member("language", options.language);
  out.member("salt", to_base64(*salt));
  out.member("sha256", to_hex(crypto::sha256(as_bytes(*text)))).end_object();
  print(out.take() + "\n");
  return kYes;
}

}  // namespace detente::app
