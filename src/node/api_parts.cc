// SPDX-License-Identifier: Apache-2.0
#include "node/api_parts.h"

#include <algorithm>

namespace detente::node {

void write_lnglat(JsonWriter& out, geo::PointE7 p) {
  out.begin_array().decimal(geo::lng_degrees(p)).decimal(geo::lat_degrees(p)).end_array();
}

void write_shape(JsonWriter& out, const geo::Area& area) {
  const std::vector<geo::PointE7> outline = area.outline();
  out.begin_object().member("type", "Polygon").name("coordinates").begin_array().begin_array();
  for (const geo::PointE7& p : outline) write_lnglat(out, p);
  if (!outline.empty()) write_lnglat(out, outline.front());
  out.end_array().end_array().end_object();
}

void write_band(JsonWriter& out, const geo::AltitudeBand& band) {
  out.begin_object();
  out.name("lower_m").decimal(static_cast<double>(band.lower_mm) / 1000);
  out.name("upper_m").decimal(static_cast<double>(band.upper_mm) / 1000);
  out.member("reference", geo::altitude_reference_name(band.reference)).end_object();
}

void write_span(JsonWriter& out, const TimeSpan& span) {
  out.begin_object().member("start", span.start).member("end", span.end).end_object();
}

const std::string& party_name(const Node& node, const PartyId& id) {
  if (const terms::Party* party = node.agreement().party(id)) return party->name;
  for (const terms::Adherent& adherent : node.agreement().adherents()) {
    if (adherent.id == id) return adherent.name;
  }
  return id.value;
}

bool may_sign(const Caller& caller, const char* type) {
  const std::optional<record::TypeRule> rule = record::type_rule(type);
  return caller.officer && rule &&
         std::find(rule->roles.begin(), rule->roles.end(), role_name(caller.role)) !=
             rule->roles.end();
}

void write_reasons(JsonWriter& out, const std::vector<terms::Reason>& reasons, const char* name) {
  out.name(name).begin_array();
  for (const terms::Reason& reason : reasons) {
    out.begin_object().member("clause", reason.clause.value).member("area", reason.area.value);
    out.member("effect", terms::effect_name(reason.effect));
    out.member("broken", reason.broken).member("unclear", reason.unclear);
    if (!reason.site.empty()) {
      out.member("site", reason.site).name("distance_m").decimal(reason.distance_m);
    }
    out.member("text", reason.text).end_object();
  }
  out.end_array();
}

void write_error(JsonWriter& out, const Error& error) {
  out.begin_object();
  out.member("code", errc_name(error.code)).member("number", static_cast<int>(error.code));
  out.member("text", errc_sentence(error.code));
  if (!error.detail.empty()) out.member("detail", error.detail);
  if (!error.place.empty()) out.member("place", error.place);
  out.end_object();
}

}  // namespace detente::node
