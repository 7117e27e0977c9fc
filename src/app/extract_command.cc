// SPDX-License-Identifier: Apache-2.0
#include "app/extract_command.h"

#include <fmt/core.h>

#include <charconv>
#include <cmath>
#include <cstdio>

#include "app/extract_scan.h"
#include "app/identity.h"
#include "base/limits.h"
#include "detente-verify/extract.h"
#include "record/extract_page.h"

namespace detente::app {
namespace {

constexpr UtcMs kLastTime{253'402'300'799'999};  // the last millisecond of year 9999

struct Question {
  std::string words;
  std::optional<geo::Area> place;
  TimeSpan window{UtcMs{0}, kLastTime};
};

Result<double> read_number(std::string_view text) {
  double out = 0;
  const std::from_chars_result read = std::from_chars(text.data(), text.data() + text.size(), out);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || !std::isfinite(out)) {
    return fail(Errc::usage, "not a number", std::string(text));
  }
  return out;
}

Result<geo::Area> read_circle(const std::string& text) {
  const std::size_t first = text.find(',');
  const std::size_t second = first == std::string::npos ? first : text.find(',', first + 1);
  if (second == std::string::npos) {
    return fail(Errc::usage, "a circle is LAT,LON,RADIUS_KM", text);
  }
  DETENTE_TRY(const double lat, read_number(std::string_view(text).substr(0, first)));
  DETENTE_TRY(const double lng,
              read_number(std::string_view(text).substr(first + 1, second - first - 1)));
  DETENTE_TRY(const double km, read_number(std::string_view(text).substr(second + 1)));
  DETENTE_TRY(const geo::PointE7 center, geo::point_from_degrees(lat, lng));
  constexpr double kMmPerKm = 1e6;
  if (!(km > 0) || km * kMmPerKm > static_cast<double>(limits::kCircleRadiusMm)) {
    return fail(Errc::usage, "the radius is not a sensible number of kilometres", text);
  }
  return geo::Area::make(geo::Circle{center, std::llround(km * kMmPerKm)});
}

Status read_place(const ExtractOptions& options, const terms::Agreement& agreement, Question& out) {
  if (!options.circle.empty()) {
    DETENTE_TRY(out.place, read_circle(options.circle));
    out.words += fmt::format("within the circle {} (degrees, degrees, km), ", options.circle);
  }
  if (options.area.empty()) return {};
  for (const terms::AreaTerms& area : agreement.areas()) {
    if (area.id.value == options.area) out.place = area.area;
  }
  if (!out.place) return fail(Errc::usage, "the agreement has no such area", options.area);
  out.words += fmt::format("within area {}, ", options.area);
  return {};
}

Result<Question> read_question(const ExtractOptions& options, const terms::Agreement& agreement) {
  Question out;
  for (const auto& [name, id] :
       {std::pair("activity", options.activity), std::pair("incident", options.incident),
        std::pair("STOP", options.stop), std::pair("case", options.case_id)}) {
    if (!id.empty()) out.words = fmt::format("{} {}", name, id);
  }
  if (!options.party.empty()) {
    out.words = options.indexes.size() == 1 ? "entry " : "entries ";
    for (const std::uint64_t index : options.indexes) out.words += fmt::format("{}, ", index);
    out.words.resize(out.words.size() - 2);
    if (out.words.size() > record::kExtractQuestionBytes / 2) out.words = "chosen entries";
    out.words += " of the log of " + options.party;
  }
  if (!out.words.empty()) return out;
  DETENTE_CHECK(read_place(options, agreement, out));
  if (!options.from.empty()) {
    DETENTE_TRY(out.window.start, parse_rfc3339(options.from));
  }
  if (!options.to.empty()) {
    DETENTE_TRY(out.window.end, parse_rfc3339(options.to));
  }
  if (!(out.window.start < out.window.end)) {
    return fail(Errc::usage, "the end is not after the start");
  }
  out.words = (out.place ? "activities and findings " : "everything logged ") + out.words;
  out.words += options.from.empty() ? "from the beginning" : "from " + options.from;
  out.words += options.to.empty() ? " on" : " until before " + options.to;
  return out;
}

Status check_options(const ExtractOptions& options) {
  const bool window = !options.from.empty() || !options.to.empty() || !options.area.empty() ||
                      !options.circle.empty();
  const int questions = int{!options.activity.empty()} + int{!options.incident.empty()} +
                        int{!options.stop.empty()} + int{!options.case_id.empty()} +
                        int{!options.party.empty()} + int{window};
  if (questions != 1) {
    return fail(
        Errc::usage,
        "ask one thing: --activity, --incident, --stop, --case, --party with --index, or a time "
        "and a place");
  }
  if (options.party.empty() != options.indexes.empty()) {
    return fail(Errc::usage, "--party and --index go together");
  }
  if (!options.area.empty() && !options.circle.empty()) {
    return fail(Errc::usage, "--area or --circle, not both");
  }
  return {};
}

Result<record::ExtractRequest> find_entries(const Scan& scan, const ExtractOptions& options) {
  record::ExtractRequest out;
  for (const ScannedLog& log : scan.logs) {
    if (log.source.owner.party != options.party) continue;
    for (const std::uint64_t index : options.indexes) {
      if (index >= log.source.leaves.size()) {
        return fail(Errc::http_not_found,
                    fmt::format("the log of {} has {} entries here", options.party,
                                log.source.leaves.size()),
                    fmt::format("entry {}", index));
      }
      out.asked.insert({Origin{log.source.owner.log.name}, LeafIndex{index}});
    }
    return out;
  }
  return fail(Errc::agreement_unknown_party, "there is no log of this party here", options.party);
}

Result<record::ExtractRequest> find(const Scan& scan, const ExtractOptions& options,
                                    const terms::Agreement& agreement, const Question& question) {
  if (!options.case_id.empty()) {
    return find_case(scan, std::make_shared<const terms::Agreement>(agreement), options.case_id,
                     options.now);
  }
  if (!options.party.empty()) return find_entries(scan, options);
  for (const std::string& id : {options.activity, options.incident, options.stop}) {
    if (!id.empty()) return find_topic(scan, id);
  }
  return find_window(scan, question.window, question.place.has_value());
}

Status write_out(const ExtractOptions& options, const record::Extract& extract,
                 const record::ExtractReport& report) {
  const std::string bytes = record::encode_extract(extract);
  if (!options.out.empty()) DETENTE_CHECK(write_text_file(options.out, bytes));
  if (!options.html.empty()) {
    DETENTE_CHECK(write_text_file(options.html, record::extract_page(extract, report)));
  }
  const bool bare = options.out.empty() && options.html.empty() && !options.text;
  const std::string shown = options.text ? record::extract_text(extract, report)
                            : bare       ? bytes
                                         : std::string();
  if (std::fwrite(shown.data(), 1, shown.size(), stdout) != shown.size() ||
      std::fflush(stdout) != 0) {
    return fail(Errc::store_io, "cannot be written", "standard output");
  }
  return {};
}

}  // namespace

Status extract_command(const ExtractOptions& options) {
  DETENTE_CHECK(check_options(options));
  DETENTE_TRY(const std::string text,
              read_text_file(options.data + "/agreement.json", limits::kAgreementBytes));
  DETENTE_TRY(const terms::Agreement agreement, terms::Agreement::make(text));
  DETENTE_TRY(const record::ExtractTrust trust, verify::extract_trust(as_bytes(text)));
  DETENTE_TRY(const Question question, read_question(options, agreement));
  DETENTE_TRY(const Scan scan, scan_folder(options.data, agreement, question.place));
  DETENTE_TRY(record::ExtractRequest request, find(scan, options, agreement, question));
  request.question = question.words;
  request.by = scan.self;
  request.made = options.now;
  if (options.with_agreement) request.agreement_file = text;
  std::vector<record::ExtractSource> sources;
  sources.reserve(scan.logs.size());
  for (const ScannedLog& log : scan.logs) sources.push_back(log.source);
  DETENTE_TRY(const record::MadeExtract made, record::make_extract(request, sources, trust));
  for (const std::string& warning : made.warnings) {
    static_cast<void>(std::fprintf(stderr, "detente extract: attention: %s\n", warning.c_str()));
  }
  DETENTE_TRY(const record::ExtractReport report, record::verify_extract(made.extract, trust));
  return write_out(options, made.extract, report);
}

}  // namespace detente::app
