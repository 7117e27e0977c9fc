// SPDX-License-Identifier: Apache-2.0
#include "airspace/plan_content.h"

#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/limits.h"

namespace detente::airspace {

Result<record::Content> plan_content(std::span<const geo::Volume4> volumes) {
  std::vector<record::ContentField> fields;
  fields.reserve(volumes.size());
  for (const geo::Volume4& volume : volumes) {
    JsonWriter out;
    geo::write_volume(out, volume);
    const std::string text = out.take();
    DETENTE_TRY(const JsonDocument document, parse_json(text, {.bytes_max = text.size()}));
    DETENTE_TRY(std::string value, record::canonical_json(document.root()));
    fields.push_back({std::to_string(fields.size() + 1), std::move(value)});
  }
  return record::Content::make(std::move(fields), kPlanSchema);
}

Result<std::vector<geo::Volume4>> read_plan_content(const record::Content& content) {
  if (content.schema() != kPlanSchema || content.fields().size() > limits::kVolumesPerActivity) {
    return fail(Errc::content_malformed, "it is no plan");
  }
  std::vector<geo::Volume4> out;
  out.reserve(content.fields().size());
  for (const record::ContentField& field : content.fields()) {
    DETENTE_TRY(const JsonDocument document,
                parse_json(field.value, {.bytes_max = record::kContentFieldBytes}));
    DETENTE_TRY(geo::Volume4 volume, geo::read_volume(document.root()));
    out.push_back(std::move(volume));
  }
  return out;
}

}  // namespace detente::airspace
