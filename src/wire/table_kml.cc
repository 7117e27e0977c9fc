// SPDX-License-Identifier: Apache-2.0
//
// Tables as KML: a placemark is a row.
#include <fmt/core.h>

#include "base/limits.h"
#include "wire/table_impl.h"
#include "wire/xml_reader.h"

namespace detente::wire {
namespace {

using Kind = XmlReader::Kind;

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::string trimmed(std::string text) {
  while (!text.empty() && is_space(text.back())) text.pop_back();
  std::size_t from = 0;
  while (from < text.size() && is_space(text[from])) ++from;
  return text.substr(from);
}

// "lng,lat,height lng,lat,height" as pairs, latitude first.
Result<std::vector<std::pair<std::string, std::string>>> positions(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> out;
  while (true) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    if (text.empty()) return out;
    std::size_t end = 0;
    while (end < text.size() && !is_space(text[end])) ++end;
    const std::string_view one = text.substr(0, end);
    text.remove_prefix(end);
    const std::size_t comma = one.find(',');
    if (comma == std::string_view::npos || out.size() > limits::kPolygonVertices) {
      return fail(Errc::table_malformed, "coordinates are lng,lat and few enough");
    }
    const std::string_view rest = one.substr(comma + 1);
    out.emplace_back(std::string(rest.substr(0, rest.find(','))),
                     std::string(one.substr(0, comma)));
  }
}

class KmlReader {
 public:
  explicit KmlReader(std::string_view text) : xml_(text) {}

  Result<Table> read() {
    while (true) {
      DETENTE_TRY(const XmlReader::Piece piece, xml_.next());
      if (piece.kind == Kind::end) return builder_.take();
      if (piece.kind != Kind::open) continue;
      if (piece.name == "NetworkLink") {
        return fail(Errc::table_malformed, "it links to another file");
      }
      if (piece.name != "Placemark") continue;
      DETENTE_CHECK(builder_.begin_row(++row_));
      Status status = placemark();
      if (!status) {
        Error error = std::move(status).error();
        error.place = fmt::format("placemark {} {}", row_, error.place);
        return fail(std::move(error));
      }
    }
  }

 private:
  // The text of the element that was just opened, and of all within it.
  Result<std::string> text_within() {
    std::string out;
    for (const std::size_t depth = xml_.depth(); xml_.depth() >= depth;) {
      DETENTE_TRY(const XmlReader::Piece piece, xml_.next());
      if (piece.kind == Kind::text) out += piece.text;
    }
    return trimmed(std::move(out));
  }

  Status placemark() {
    std::string data;  // the name of the piece of ExtendedData
    bool inner = false;
    std::size_t geometries = 0;
    for (const std::size_t depth = xml_.depth(); xml_.depth() >= depth;) {
      DETENTE_TRY(const XmlReader::Piece piece, xml_.next());
      if (piece.name == "innerBoundaryIs") inner = piece.kind == Kind::open;
      if (piece.kind != Kind::open) continue;
      if (piece.name == "Point" || piece.name == "Polygon") {
        if (++geometries > 1) return fail(Errc::table_malformed, "it has two geometries");
        polygon_ = piece.name == "Polygon";
      } else if (piece.name == "LineString" || piece.name == "Model") {
        return fail(Errc::table_malformed, "a placemark is a Point or a Polygon");
      } else if (piece.name == "Data" || piece.name == "SimpleData") {
        data = piece.attribute("name");
      }
      const bool simple = piece.name == "SimpleData";
      if (piece.name == "coordinates") {
        DETENTE_TRY(const std::string text, text_within());
        if (!inner) DETENTE_CHECK(set_place(text));
      } else if (piece.name == "name" || piece.name == "address") {
        DETENTE_TRY(std::string text, text_within());
        DETENTE_CHECK(builder_.set(piece.name, std::move(text)));
      } else if (simple || (piece.name == "value" && !data.empty())) {
        const bool place = data == kLatitude || data == kLongitude || data == kPolygon;
        if (place) return fail(Errc::table_malformed, "the geometry says this", data);
        DETENTE_TRY(std::string text, text_within());
        DETENTE_CHECK(builder_.set(data, std::move(text)));
      }
    }
    return {};
  }

  Status set_place(const std::string& text) {
    DETENTE_TRY(const auto points, positions(text));
    if (points.empty()) return fail(Errc::table_malformed, "there are no coordinates");
    if (!polygon_) {
      if (points.size() > 1) return fail(Errc::table_malformed, "a point has one position");
      DETENTE_CHECK(builder_.set(kLatitude, points[0].first));
      return builder_.set(kLongitude, points[0].second);
    }
    const bool closed = points.size() > 1 && points.front() == points.back();
    std::string cell;
    for (std::size_t i = 0; i + (closed ? 1 : 0) < points.size(); ++i) {
      cell += (i > 0 ? "; " : "") + points[i].first + " " + points[i].second;
    }
    return builder_.set(kPolygon, std::move(cell));
  }

  XmlReader xml_;
  TableBuilder builder_;
  std::size_t row_ = 0;
  bool polygon_ = false;
};

bool is_kml(std::string_view path) {
  return path.ends_with(".kml");
}

}  // namespace

Result<Table> read_kml(ByteView bytes) {
  if (!is_zip(bytes)) {
    if (!is_utf8(as_text(bytes))) return fail(Errc::table_malformed, "it is not UTF-8");
    return KmlReader(as_text(bytes)).read();
  }
  DETENTE_TRY(const ZipFiles files, read_zip(bytes, is_kml));
  if (files.size() != 1) return fail(Errc::table_malformed, "a KMZ holds one KML file");
  if (!is_utf8(files.begin()->second)) return fail(Errc::table_malformed, "it is not UTF-8");
  return KmlReader(files.begin()->second).read();
}

std::string write_kml(const Table& table, const std::vector<std::string>& notes) {
  std::string out =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<kml xmlns=\"http://www.opengis.net/kml/2.2\"><Document><description>";
  for (const std::string& note : notes) out += xml_text(note) + "\n";
  out += "</description>\n";
  const auto name = column_named(table, "name");
  const auto lat = column_named(table, kLatitude);
  const auto lng = column_named(table, kLongitude);
  const auto polygon = column_named(table, kPolygon);
  for (const std::vector<std::string>& row : table.rows) {
    out += "<Placemark>";
    if (name) out += "<name>" + xml_text(row[*name]) + "</name>";
    out += "<ExtendedData>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i == name || i == lat || i == lng || i == polygon || row[i].empty()) continue;
      out += "<Data name=\"" + xml_text(table.columns[i]) + "\"><value>" + xml_text(row[i]) +
             "</value></Data>";
    }
    out += "</ExtendedData>";
    const auto points = polygon ? polygon_points(row[*polygon]) : polygon_points("");
    if (!points.empty()) {
      out += "<Polygon><outerBoundaryIs><LinearRing><coordinates>";
      for (std::size_t i = 0; i <= points.size(); ++i) {
        const auto& [y, x] = points[i % points.size()];
        out += (i > 0 ? " " : "") + xml_text(x) + "," + xml_text(y);
      }
      out += "</coordinates></LinearRing></outerBoundaryIs></Polygon>";
    } else if (lat && lng && !row[*lat].empty()) {
      out += "<Point><coordinates>" + xml_text(row[*lng]) + "," + xml_text(row[*lat]) +
             "</coordinates></Point>";
    }
    out += "</Placemark>\n";
  }
  return out + "</Document></kml>\n";
}

}  // namespace detente::wire
