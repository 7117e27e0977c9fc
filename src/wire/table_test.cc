// SPDX-License-Identifier: Apache-2.0
//
// Method: what is written is read back, in every format; files as spreadsheets and map programs
// write them are read; hostile ones are refused before they cost anything.
#include "wire/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/limits.h"
#include "wire/table_impl.h"
#include "wire/xml_reader.h"

namespace detente::wire {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

const std::vector<std::string> kNotes = {"Not being listed removes no protection.", "second"};

Errc code(const Result<Table>& table) {
  return table ? Errc{} : table.error().code;
}

Table sites() {
  return {{"name", "latitude", "longitude", "polygon", "remarks"},
          {{"Clinic, north \"A\"", "36.2021", "37.1343", "", "two\nlines"},
           {"Школа № 4", "-36.2", "-37.1", "", "<b> & 'c'"},
           {"مدرسة", "", "", "36.1 37.1; 36.1 37.2; 36.2 37.2", "=1+1"},
           {"@name", "36.5", "37.5", "", "+963 11 4411"},
           {"#5", "36.6", "37.6", "", "'quoted"}},
          {1, 2, 3, 4, 5}};
}

TEST(Table, IsReadBackFromEveryFormat) {
  for (const TableFormat format :
       {TableFormat::csv, TableFormat::xlsx, TableFormat::geojson, TableFormat::kml}) {
    const Table table = sites();
    const Bytes bytes = write_table(format, table, kNotes).value();
    const Result<Table> again = read_table(format, bytes);
    ASSERT_TRUE(again) << table_format_name(format) << again.error().text();
    ASSERT_EQ(again->rows.size(), table.rows.size()) << table_format_name(format);
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
      for (std::size_t c = 0; c < table.columns.size(); ++c) {
        const auto column = column_named(*again, table.columns[c]);
        ASSERT_TRUE(column) << table.columns[c];
        EXPECT_EQ(again->rows[r][*column], table.rows[r][c])
            << table_format_name(format) << " " << table.columns[c];
      }
    }
  }
}

TEST(Table, TheSameTableGivesTheSameBytes) {
  EXPECT_EQ(write_table(TableFormat::xlsx, sites(), kNotes).value(),
            write_table(TableFormat::xlsx, sites(), kNotes).value());
}

TEST(Table, CarriesItsNotesInEveryFormat) {
  for (const TableFormat format : {TableFormat::csv, TableFormat::geojson, TableFormat::kml}) {
    const Bytes bytes = write_table(format, sites(), kNotes).value();
    EXPECT_THAT(std::string(as_text(bytes)), HasSubstr(kNotes[0])) << table_format_name(format);
  }
  const Bytes xlsx = write_table(TableFormat::xlsx, sites(), kNotes).value();
  const ZipFiles files = read_zip(xlsx, [](std::string_view) { return true; }).value();
  EXPECT_THAT(files.at("xl/worksheets/sheet2.xml"), HasSubstr(kNotes[0]));
}

TEST(Table, WritesNoCellThatASpreadsheetRuns) {
  const Table table = {
      {"a"}, {{"=cmd|' /C calc'!A0"}, {"+1"}, {"-2+3"}, {"@SUM(A1)"}, {"\t=1"}, {"-36.2"}}, {}};
  const std::string csv = write_csv(table, {});
  EXPECT_THAT(csv, HasSubstr("'=cmd"));
  EXPECT_THAT(csv, HasSubstr("'+1"));
  EXPECT_THAT(csv, HasSubstr("'-2+3"));
  EXPECT_THAT(csv, HasSubstr("'@SUM"));
  EXPECT_THAT(csv, HasSubstr("\r\n-36.2"));
  const ZipFiles files =
      read_zip(write_xlsx(table, {}).value(), [](std::string_view) { return true; }).value();
  EXPECT_THAT(files.at("xl/worksheets/sheet1.xml"), Not(HasSubstr("<f")));
}

// ---- CSV ----

TEST(Csv, IsReadWithTheSeparatorAndLineEndsThatItHas) {
  for (const char* text :
       {"name,lat\r\na,1\r\nb,2\r\n", "name;lat\na;1\nb;2", "name\tlat\ra\t1\rb\t2\r",
        "\xEF\xBB\xBFname,lat\n\na,1\n,\nb,2\n", "# note; with; many\nname,lat\na,1\nb,2"}) {
    const Result<Table> table = read_csv(text);
    ASSERT_TRUE(table) << text << table.error().text();
    EXPECT_THAT(table->columns, ElementsAre("name", "lat")) << text;
    EXPECT_THAT(table->rows, ElementsAre(ElementsAre("a", "1"), ElementsAre("b", "2"))) << text;
  }
  EXPECT_THAT(read_csv("# note\na\n\n\"x\ny\"\nz")->numbers, ElementsAre(4U, 6U));
}

TEST(Csv, RefusesWhatIsNone) {
  EXPECT_EQ(code(read_csv("")), Errc::table_malformed);
  EXPECT_EQ(code(read_csv("a,b\n\"open")), Errc::table_malformed);
  EXPECT_EQ(code(read_csv("a,b\n\"x\"y,1")), Errc::table_malformed);
  EXPECT_EQ(code(read_csv("a,b\n1,2,3")), Errc::table_malformed);
  EXPECT_EQ(code(read_csv("\xFF\xFEn\0a\0")), Errc::table_malformed);
  EXPECT_EQ(code(read_csv(std::string(65, ','))), Errc::table_too_large);
  EXPECT_EQ(code(read_csv("a\n" + std::string(limits::kTableCellBytes + 1, 'x'))),
            Errc::table_too_large);
  std::string rows = "a\n";
  for (std::size_t i = 0; i <= limits::kTableRows; ++i) rows += "x\n";
  EXPECT_EQ(code(read_csv(rows)), Errc::table_too_large);
}

// ---- GeoJSON ----

TEST(GeoJsonTable, RefusesWhatIsNone) {
  const auto feature = [](const char* geometry, const char* properties = "{}") {
    return read_geojson(
        std::string(R"({"type":"FeatureCollection","features":[{"type":"Feature",)") +
        R"("properties":)" + properties + R"(,"geometry":)" + geometry + "}]}");
  };
  EXPECT_EQ(code(read_geojson(R"({"type":"Feature"})")), Errc::table_malformed);
  EXPECT_EQ(code(feature(R"({"type":"LineString","coordinates":[[1,2],[3,4]]})")),
            Errc::table_malformed);
  EXPECT_EQ(code(feature(R"({"type":"Point","coordinates":[1]})")), Errc::table_malformed);
  EXPECT_EQ(code(feature(R"({"type":"Point","coordinates":[1,2]})", R"({"latitude":7})")),
            Errc::table_malformed);
  EXPECT_EQ(code(feature(R"({"type":"Point","coordinates":["1",2]})")), Errc::json_member_type);
  EXPECT_TRUE(feature("null", R"({"name":"x","beds":12,"open":true,"n":null})"));
}

TEST(GeoJsonTable, FillsHolesAndKeepsWhatWasTyped) {
  const Table table =
      read_geojson(R"({"type":"FeatureCollection","features":[{"type":"Feature","properties":null,
"geometry":{"type":"Polygon","coordinates":[[[37.1,36.1],[37.2,36.1],[37.2,36.25],[37.1,36.1]],
[[37.15,36.12],[37.16,36.12],[37.16,36.13],[37.15,36.12]]]}}]})")
          .value();
  EXPECT_EQ(table.rows.at(0).at(0), "36.1 37.1; 36.1 37.2; 36.25 37.2");
}

// ---- KML ----

TEST(Kml, IsReadAsMapProgramsWriteIt) {
  const Table table = read_kml(as_bytes(R"(<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>list</name><!-- c --><Folder>
<Placemark id="1"><name><![CDATA[Clinic & ward]]></name><styleUrl>#x</styleUrl><ExtendedData>
<SchemaData schemaUrl="#s"><SimpleData name="category">medical</SimpleData></SchemaData>
<Data name="function"><displayName>f</displayName><value>clinic</value></Data></ExtendedData>
<Point><coordinates> 37.1343,36.2021,0 </coordinates></Point></Placemark>
<Placemark><name>Camp</name><Polygon><outerBoundaryIs><LinearRing><coordinates>
37.1,36.1 37.2,36.1 37.2,36.2 37.1,36.1</coordinates></LinearRing></outerBoundaryIs><innerBoundaryIs>
<LinearRing><coordinates>1,1 2,2 3,3</coordinates></LinearRing></innerBoundaryIs></Polygon>
</Placemark></Folder></Document></kml>)"))
                          .value();
  EXPECT_THAT(table.columns,
              ElementsAre("name", "category", "function", "latitude", "longitude", "polygon"));
  EXPECT_THAT(table.rows.at(0),
              ElementsAre("Clinic & ward", "medical", "clinic", "36.2021", "37.1343", ""));
  EXPECT_EQ(table.rows.at(1).at(5), "36.1 37.1; 36.1 37.2; 36.2 37.2");
}

TEST(Kml, RefusesEntitiesLinksAndWhatIsNone) {
  for (const char* text :
       {"<!DOCTYPE k [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><kml>&b;</kml>",
        "<kml>&unknown;</kml>", "<kml><a></b></kml>", "<kml>", "", "text", "<kml/><kml/>",
        "<kml a=b/>", "<kml>&#0;</kml>", "<kml>&#xD800;</kml>",
        "<kml><NetworkLink><href>http://example.org/</href></NetworkLink></kml>",
        "<kml><Placemark><Point><coordinates>1</coordinates></Point></Placemark></kml>",
        "<kml><Placemark><Point><coordinates>1,2</coordinates></Point><Point/></Placemark></kml>",
        "<kml><Placemark><LineString/></Placemark></kml>"}) {
    EXPECT_EQ(code(read_kml(as_bytes(text))), Errc::table_malformed) << text;
  }
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "<a>";
  EXPECT_EQ(code(read_kml(as_bytes(deep))), Errc::table_too_large);
}

TEST(Kml, IsReadFromAKmz) {
  const Bytes kmz = write_zip({{"doc.kml", write_kml(sites(), {})}, {"icon.png", "x"}}).value();
  EXPECT_THAT(read_kml(kmz)->rows, SizeIs(5));
  EXPECT_EQ(code(read_kml(write_zip({{"icon.png", "x"}}).value())), Errc::table_malformed);
}

// ---- XLSX ----

// A workbook as spreadsheet programs write it: shared texts, gaps, numbers with rounding.
Bytes workbook(const std::string& sheet_data, const std::string& shared = "<sst/>") {
  const std::string rel = R"(<Relationship Id="rId7" Type="x/worksheet" )"
                          R"(Target="worksheets/sheet1.xml"/>)";
  return write_zip({{"[Content_Types].xml", "<Types/>"},
                    {"xl/workbook.xml",
                     "<workbook xmlns:r=\"r\"><sheets><sheet name=\"S\" "
                     "r:id=\"rId7\"/></sheets></workbook>"},
                    {"xl/_rels/workbook.xml.rels", "<Relationships>" + rel + "</Relationships>"},
                    {"xl/sharedStrings.xml", shared},
                    {"xl/worksheets/sheet1.xml",
                     "<worksheet><sheetData>" + sheet_data + "</sheetData></worksheet>"}})
      .value();
}

TEST(Xlsx, IsReadAsSpreadsheetsWriteIt) {
  const Table table =
      read_xlsx(
          workbook(R"(<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="s"><v>1</v></c></row>
<row r="2"/><row r="3"><c r="A3" t="s"><v>2</v></c><c r="C3"><v>36.202100000000002</v></c></row>
<row r="4"><c r="C4"><v>12</v></c></row><row r="5"><c r="A5" t="b"><v>1</v></c></row>)",
                   "<sst><si><t>name</t></si><si><t>latitude</t></si><si><r><t>Cli</t></r>"
                   "<r><t>nic</t></r><rPh><t>x</t></rPh></si></sst>"))
          .value();
  EXPECT_THAT(table.columns, ElementsAre("name", "latitude"));
  EXPECT_THAT(table.rows, ElementsAre(ElementsAre("Clinic", "36.2021"), ElementsAre("", "12"),
                                      ElementsAre("true", "")));
}

TEST(Xlsx, RefusesFormulasErrorsAndWhatIsNone) {
  const std::string head = "<row><c t=\"inlineStr\"><is><t>a</t></is></c></row>";
  const auto cell = [&](const char* text) {
    return code(read_xlsx(workbook(head + "<row>" + text + "</row>")));
  };
  EXPECT_EQ(cell("<c r=\"A2\"><f>1+1</f><v>2</v></c>"), Errc::table_malformed);
  EXPECT_EQ(cell("<c r=\"A2\" t=\"e\"><v>#REF!</v></c>"), Errc::table_malformed);
  EXPECT_EQ(cell("<c r=\"A2\" t=\"s\"><v>9</v></c>"), Errc::table_malformed);
  EXPECT_EQ(cell("<c r=\"ZZZ2\"><v>1</v></c>"), Errc::table_too_large);
  EXPECT_EQ(code(read_xlsx(as_bytes("PK\x03\x04 no"))), Errc::table_malformed);
  EXPECT_EQ(code(read_xlsx(as_bytes("no"))), Errc::table_malformed);
  EXPECT_EQ(code(read_xlsx(write_zip({{"a", "b"}}).value())), Errc::table_malformed);
}

TEST(Xlsx, RefusesAFileThatUnpacksToMoreThanTheLimit) {
  const Bytes bomb = workbook(std::string(limits::kTableBytes, ' '));
  EXPECT_LT(bomb.size(), limits::kTableBytes / 100);
  EXPECT_EQ(code(read_xlsx(bomb)), Errc::table_too_large);
}

TEST(Table, IsKnownByTheEndOfItsName) {
  EXPECT_EQ(table_format("List.XLSX").value(), TableFormat::xlsx);
  EXPECT_EQ(table_format("a.b.kmz").value(), TableFormat::kml);
  EXPECT_EQ(table_format("a.json").value(), TableFormat::geojson);
  EXPECT_EQ(table_format("a.xls").error().code, Errc::table_malformed);
}

RC_GTEST_PROP(TableProperty, CsvAndXlsxKeepEveryText, ()) {
  Table table{{"a", "b"}, {}, {}};
  const auto text = [] {
    std::string out = "x";
    for (int i = *rc::gen::inRange(0, 8); i > 0; --i) {
      out += std::array{"a", ",", "\"", "\n", "'", "=", "é", "<", "&", ";", " ", "#"}.at(
          *rc::gen::inRange<std::size_t>(0, 12));
    }
    return out.substr(*rc::gen::inRange<std::size_t>(0, 2));
  };
  for (int i = *rc::gen::inRange(1, 6); i > 0; --i) {
    table.rows.push_back({"r" + text(), text()});
    table.numbers.push_back(table.rows.size());
  }
  for (const TableFormat format : {TableFormat::csv, TableFormat::xlsx}) {
    const Table again = read_table(format, write_table(format, table, kNotes).value()).value();
    RC_ASSERT(again.rows.size() == table.rows.size());
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
      RC_ASSERT(again.rows[i].at(0) == table.rows[i][0]);
      RC_ASSERT((again.rows[i].size() < 2 ? "" : again.rows[i][1]) == table.rows[i][1]);
    }
  }
}

// Billions of laughs, files of others, depth and a cut text end in an error that names the byte.
TEST(Xml, RefusesWhatExpandsOrReachesOut) {
  const auto first_error = [](const std::string& text) -> Error {
    XmlReader xml(text);
    for (;;) {
      const Result<XmlReader::Piece> piece = xml.next();
      if (!piece) return piece.error();
      if (piece->kind == XmlReader::Kind::end) return {};
    }
  };
  const Error laughs =
      first_error(R"(<!DOCTYPE k [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><k>&b;</k>)");
  EXPECT_EQ(laughs.code, Errc::table_malformed);
  EXPECT_THAT(laughs.text(), HasSubstr("document type"));
  EXPECT_EQ(first_error(R"(<!DOCTYPE k SYSTEM "file:///etc/passwd"><k/>)").code,
            Errc::table_malformed);
  EXPECT_EQ(first_error("<k>&nbsp;</k>").code, Errc::table_malformed);
  EXPECT_EQ(first_error("<k><l></k></l>").code, Errc::table_malformed);
  EXPECT_THAT(first_error("<k>abc").place, HasSubstr("byte "));
  EXPECT_EQ(first_error("").code, Errc::table_malformed);
  EXPECT_EQ(first_error("<k/><k/>").code, Errc::table_malformed);
  std::string deep;
  for (int i = 0; i < 65; ++i) deep += "<k>";
  EXPECT_EQ(first_error(deep).code, Errc::table_too_large);
  std::string many = "<k";
  for (int i = 0; i < 65; ++i) many += " a" + std::to_string(i) + "='1'";
  EXPECT_EQ(first_error(many + "/>").code, Errc::table_too_large);
  EXPECT_EQ(first_error("<x:k a='&#x41;&amp;'>&#66;<![CDATA[<]]></x:k>").code, Errc{});
}

// Text, elements and their order are the same wherever the steps of the parser end.
TEST(Xml, GivesThePiecesOfALongText) {
  std::string text = "<list xmlns:n='urn:n'>";
  for (int i = 0; i < 5'000; ++i) {
    text += "<n:row n:number='" + std::to_string(i) + "'>text " + std::to_string(i) + "</n:row>";
  }
  text += "</list>";
  XmlReader xml(text);
  EXPECT_EQ(xml.next().value().name, "list");
  for (int i = 0; i < 5'000; ++i) {
    const XmlReader::Piece open = xml.next().value();
    ASSERT_EQ(open.name, "row");
    ASSERT_EQ(open.attribute("number"), std::to_string(i));
    ASSERT_EQ(xml.depth(), 2U);
    ASSERT_EQ(xml.next().value().text, "text " + std::to_string(i));
    ASSERT_EQ(xml.next().value().kind, XmlReader::Kind::close);
  }
  EXPECT_EQ(xml.next().value().kind, XmlReader::Kind::close);
  EXPECT_EQ(xml.depth(), 0U);
  EXPECT_EQ(xml.next().value().kind, XmlReader::Kind::end);
}

}  // namespace
}  // namespace detente::wire
