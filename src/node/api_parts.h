// SPDX-License-Identifier: Apache-2.0
//
// Pieces of the API's JSON that several answers share. Private to src/node.
#pragma once

#include "node/api.h"

namespace detente::node {

void write_lnglat(JsonWriter& out, geo::PointE7 p);  // [lng,lat] in degrees
// The outline as a GeoJSON Polygon.
void write_shape(JsonWriter& out, const geo::Area& area);
void write_band(JsonWriter& out, const geo::AltitudeBand& band);  // metres
void write_span(JsonWriter& out, const TimeSpan& span);
void write_reasons(JsonWriter& out, const std::vector<terms::Reason>& reasons,
                   const char* name = "reasons");
// What went wrong, as in every error answer, without the object around it.
void write_error(JsonWriter& out, const Error& error);

template <class Items, class Text>
void write_texts(JsonWriter& out, const char* name, const Items& items, Text&& text) {
  out.name(name).begin_array();
  for (const auto& item : items) out.value(text(item));
  out.end_array();
}

// The name of a party or an adherent; the id itself if unknown.
const std::string& party_name(const Node& node, const PartyId& id);
// Whether the caller's role is one that the type's rule names.
bool may_sign(const Caller& caller, const char* type);

// Acts that this caller may try now; the node judges again when they are submitted.
std::vector<std::string> activity_acts(const Node& node, const Caller& caller,
                                       const airspace::ActivityView& view, UtcMs now);

}  // namespace detente::node
