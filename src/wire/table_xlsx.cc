// SPDX-License-Identifier: Apache-2.0
//
// XLSX: the first sheet of a workbook, its texts and numbers. Formulas are refused, because what
// one shows is not what somebody wrote; texts are written as texts, which nothing runs.
#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "base/limits.h"
#include "wire/table_impl.h"
#include "wire/xml_reader.h"

namespace detente::wire {
namespace {

using Kind = XmlReader::Kind;
constexpr std::string_view kWorkbook = "xl/workbook.xml";
constexpr std::string_view kRelations = "xl/_rels/workbook.xml.rels";
constexpr std::string_view kShared = "xl/sharedStrings.xml";
constexpr std::size_t kSharedMax = limits::kTableRows * 16;
constexpr std::string_view kHead =
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
constexpr std::string_view kMain = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
constexpr std::string_view kOffice =
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
constexpr std::string_view kPackage =
    "http://schemas.openxmlformats.org/package/2006/relationships";

Error malformed(std::string detail, std::string place = {}) {
  return {Errc::table_malformed, std::move(detail), std::move(place)};
}

bool is_part(std::string_view path) {
  return path == kWorkbook || path == kRelations || path == kShared ||
         (path.starts_with("xl/worksheets/") && path.ends_with(".xml"));
}

Result<std::string_view> part(const ZipFiles& files, const std::string& path) {
  const auto found = files.find(path);
  if (found == files.end()) return fail(malformed("the workbook has no such part", path));
  if (!is_utf8(found->second)) return fail(malformed("it is not UTF-8", path));
  return std::string_view(found->second);
}

// The path of the first sheet: its relation's id in the workbook, then where that leads.
Result<std::string> first_sheet(const ZipFiles& files) {
  DETENTE_TRY(const std::string_view workbook, part(files, std::string(kWorkbook)));
  std::string id;
  for (XmlReader xml(workbook); id.empty();) {
    DETENTE_TRY(const XmlReader::Piece piece, xml.next());
    if (piece.kind == Kind::end) return fail(malformed("the workbook has no sheet"));
    if (piece.kind == Kind::open && piece.name == "sheet") id = piece.attribute("id");
  }
  DETENTE_TRY(const std::string_view relations, part(files, std::string(kRelations)));
  for (XmlReader xml(relations);;) {
    DETENTE_TRY(const XmlReader::Piece piece, xml.next());
    if (piece.kind == Kind::end) return fail(malformed("the first sheet is not in the file"));
    if (piece.kind != Kind::open || piece.attribute("Id") != id) continue;
    // The one attribute that is a path within the file.
    for (const auto& [name, value] : piece.attributes) {
      if (!value.ends_with(".xml")) continue;
      return value.starts_with('/') ? value.substr(1) : "xl/" + value;
    }
  }
}

// The texts that cells refer to; what is a reading aid (rPh) is left out.
Result<std::vector<std::string>> shared_texts(const ZipFiles& files) {
  std::vector<std::string> out;
  if (!files.contains(std::string(kShared))) return out;
  DETENTE_TRY(const std::string_view text, part(files, std::string(kShared)));
  bool within = false;
  bool aid = false;
  for (XmlReader xml(text);;) {
    DETENTE_TRY(XmlReader::Piece piece, xml.next());
    if (piece.kind == Kind::end) return out;
    if (piece.name == "t") within = piece.kind == Kind::open;
    if (piece.name == "rPh") aid = piece.kind == Kind::open;
    if (piece.kind == Kind::open && piece.name == "si") {
      if (out.size() >= kSharedMax) return fail(Errc::table_too_large, "shared texts");
      out.emplace_back();
    }
    if (piece.kind != Kind::text || !within || aid || out.empty()) continue;
    if (out.back().size() + piece.text.size() > limits::kPolygonVertices * 32) {
      return fail(Errc::table_too_large, "a shared text");
    }
    out.back() += piece.text;
  }
}

// "BC12" is column 54, counted from 0. Nothing if it is none or beyond the limit.
std::optional<std::size_t> column_of(std::string_view reference) {
  std::size_t out = 0;
  for (const char c : reference) {
    if (c < 'A' || c > 'Z') break;
    out = out * 26 + static_cast<std::size_t>(c - 'A' + 1);
    if (out > limits::kTableColumns) return std::nullopt;
  }
  if (out == 0) return std::nullopt;
  return out - 1;
}

class SheetReader {
 public:
  SheetReader(std::string_view text, const std::vector<std::string>& shared)
      : xml_(text), shared_(shared) {}

  Result<Table> read() {
    while (true) {
      DETENTE_TRY(const XmlReader::Piece piece, xml_.next());
      if (piece.kind == Kind::end) break;
      if (piece.kind != Kind::open || piece.name != "row") continue;
      ++number_;
      DETENTE_TRY(const std::vector<std::string> cells, row());
      DETENTE_CHECK(keep(cells));
    }
    if (columns_.empty()) return fail(malformed("there is no row"));
    return builder_.take();
  }

 private:
  Result<std::vector<std::string>> row() {
    std::vector<std::string> out;
    std::size_t next = 0;  // where a cell without a reference stands
    for (const std::size_t depth = xml_.depth(); xml_.depth() >= depth;) {
      DETENTE_TRY(const XmlReader::Piece piece, xml_.next());
      if (piece.kind != Kind::open || piece.name != "c") continue;
      const std::string reference = piece.attribute("r");
      const auto column = reference.empty() ? std::optional(next) : column_of(reference);
      if (!column || *column >= limits::kTableColumns) {
        return fail(Errc::table_too_large, "columns", fmt::format("row {}", number_));
      }
      next = *column + 1;
      DETENTE_TRY(std::string text, cell(piece.attribute("t"), reference));
      if (text.empty()) continue;
      if (out.size() <= *column) out.resize(*column + 1);
      out[*column] = std::move(text);
    }
    return out;
  }

  Result<std::string> cell(const std::string& type, const std::string& reference) {
    std::string raw;
    std::string value;
    for (const std::size_t depth = xml_.depth(); xml_.depth() >= depth;) {
      DETENTE_TRY(const XmlReader::Piece piece, xml_.next());
      if (piece.kind == Kind::open && piece.name == "f") {
        return fail(malformed("a cell holds a formula: paste its value", reference));
      }
      if (piece.kind == Kind::open) element_ = piece.name;
      if (piece.kind == Kind::close) element_.clear();
      if (piece.kind != Kind::text) continue;
      if (element_ == "v") raw += piece.text;
      if (element_ == "t") value += piece.text;
    }
    if (type == "e") return fail(malformed("a cell holds an error", reference));
    if (type == "inlineStr") return value;
    if (type == "s") {
      std::size_t index = 0;
      const char* const end = raw.data() + raw.size();
      const bool whole = std::from_chars(raw.data(), end, index).ptr == end && !raw.empty();
      if (whole && index < shared_.size()) return shared_[index];
      return fail(malformed("a shared text is missing", reference));
    }
    if (type == "b") return std::string(raw == "1" ? "true" : "false");
    return type.empty() || type == "n" ? number_text(raw) : raw;
  }

  // Spreadsheets write 36.2021 as 36.202100000000002; the shortest text of the same number is what
  // somebody typed.
  static std::string number_text(const std::string& raw) {
    double value = 0;
    const char* const end = raw.data() + raw.size();
    const bool whole = std::from_chars(raw.data(), end, value).ptr == end && !raw.empty();
    return whole ? fmt::format("{}", value) : raw;
  }

  Status keep(const std::vector<std::string>& cells) {
    const bool empty = std::all_of(cells.begin(), cells.end(),
                                   [](const std::string& text) { return text.empty(); });
    if (empty) return {};
    if (columns_.empty()) {
      columns_ = cells;
      return {};
    }
    DETENTE_CHECK(builder_.begin_row(number_));
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (cells[i].empty()) continue;
      if (i >= columns_.size()) {
        return fail(
            malformed("it has more cells than the first row", fmt::format("row {}", number_)));
      }
      DETENTE_CHECK(builder_.set(columns_[i], cells[i]));
    }
    return {};
  }

  XmlReader xml_;
  const std::vector<std::string>& shared_;
  TableBuilder builder_;
  std::vector<std::string> columns_;
  std::string element_;
  std::size_t number_ = 0;
};

std::string cell_text(const std::string& text) {
  if (is_plain_number(text)) return "<c><v>" + text + "</v></c>";
  return "<c t=\"inlineStr\"><is><t xml:space=\"preserve\">" + xml_text(text) + "</t></is></c>";
}

std::string sheet_text(const std::vector<const std::vector<std::string>*>& rows) {
  std::string out(kHead);
  out += fmt::format("<worksheet xmlns=\"{}\"><sheetData>", kMain);
  for (const std::vector<std::string>* row : rows) {
    out += "<row>";
    for (const std::string& text : *row) out += cell_text(text);
    out += "</row>";
  }
  return out + "</sheetData></worksheet>";
}

std::string relation(const char* id, std::string_view type, const char* where) {
  return fmt::format("<Relationship Id=\"{}\" Type=\"{}/{}\" Target=\"{}\"/>", id, kOffice, type,
                     where);
}

}  // namespace

Result<Table> read_xlsx(ByteView bytes) {
  DETENTE_TRY(const ZipFiles files, read_zip(bytes, is_part));
  DETENTE_TRY(const std::string path, first_sheet(files));
  DETENTE_TRY(const std::vector<std::string> shared, shared_texts(files));
  DETENTE_TRY(const std::string_view sheet, part(files, path));
  return SheetReader(sheet, shared).read();
}

Result<Bytes> write_xlsx(const Table& table, const std::vector<std::string>& notes) {
  std::vector<const std::vector<std::string>*> rows = {&table.columns};
  rows.reserve(table.rows.size() + 1);
  for (const std::vector<std::string>& row : table.rows) rows.push_back(&row);
  std::vector<std::vector<std::string>> lines;
  lines.reserve(notes.size());
  for (const std::string& note : notes) lines.push_back({note});
  std::vector<const std::vector<std::string>*> note_rows;
  note_rows.reserve(lines.size());
  for (const std::vector<std::string>& line : lines) note_rows.push_back(&line);
  constexpr std::string_view kType = "application/vnd.openxmlformats-officedocument.spreadsheetml";
  const std::string types = fmt::format(
      "{}<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">"
      "<Default Extension=\"rels\" "
      "ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
      "<Override PartName=\"/xl/workbook.xml\" ContentType=\"{}.sheet.main+xml\"/>"
      "<Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"{}.worksheet+xml\"/>"
      "<Override PartName=\"/xl/worksheets/sheet2.xml\" ContentType=\"{}.worksheet+xml\"/></Types>",
      kHead, kType, kType, kType);
  const std::string root =
      fmt::format("{}<Relationships xmlns=\"{}\">{}</Relationships>", kHead, kPackage,
                  relation("rId1", "officeDocument", "xl/workbook.xml"));
  const std::string workbook = fmt::format(
      "{}<workbook xmlns=\"{}\" xmlns:r=\"{}\"><sheets><sheet name=\"Sites\" sheetId=\"1\" "
      "r:id=\"rId1\"/><sheet name=\"Notes\" sheetId=\"2\" r:id=\"rId2\"/></sheets></workbook>",
      kHead, kMain, kOffice);
  const std::string relations =
      fmt::format("{}<Relationships xmlns=\"{}\">{}{}</Relationships>", kHead, kPackage,
                  relation("rId1", "worksheet", "worksheets/sheet1.xml"),
                  relation("rId2", "worksheet", "worksheets/sheet2.xml"));
  return write_zip({{"[Content_Types].xml", types},
                    {"_rels/.rels", root},
                    {std::string(kWorkbook), workbook},
                    {std::string(kRelations), relations},
                    {"xl/worksheets/sheet1.xml", sheet_text(rows)},
                    {"xl/worksheets/sheet2.xml", sheet_text(note_rows)}});
}

}  // namespace detente::wire
