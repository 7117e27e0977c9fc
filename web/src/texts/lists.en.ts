// SPDX-License-Identifier: Apache-2.0
//
// Lists of sites as files: import with a verdict for each row, export, and the proxy.
import type { English } from "./forms";

export const listsEn = {
  "prot.import": "Import a list",
  "prot.import.explain":
    "Every row is checked first, and nothing is logged by that. Then the whole list is signed and sent, or nothing of it.",
  "prot.import.file": "File",
  "prot.import.file.hint":
    "CSV, GeoJSON, KML, KMZ or XLSX, at most 6 MB and 5,000 rows. Columns: name, category, function, latitude and longitude.",
  "prot.import.choose": "Choose a file.",
  "prot.import.format": "This page reads files that end in .csv, .geojson, .json, .kml, .kmz or .xlsx.",
  "prot.import.large": "The file is larger than 6 MB: import it in parts.",
  "prot.import.unread": "The browser could not read the file.",
  "prot.import.expires.hint": "For every entry of the list.",
  "prot.import.check": "Check the list",
  "prot.import.checking": "The node looks at every row …",
  "prot.import.logging": {
    one: "The node signs and logs {n} entry …",
    other: "The node signs and logs {n} entries …",
  },
  "prot.import.progress": "At work",
  "prot.import.bad": {
    one: "{n} row has a fault. Nothing of the list can be imported until it is corrected.",
    other: "{n} rows have a fault. Nothing of the list can be imported until they are corrected.",
  },
  "prot.import.warn": {
    one: "{n} row raises a doubt. Look at it, and ask the owner, before you import.",
    other: "{n} rows raise a doubt. Look at each, and ask the owner, before you import.",
  },
  "prot.import.good": "No row has a fault, and none raises a doubt.",
  "prot.import.count": { one: "{n} row was read.", other: "{n} rows were read." },
  "prot.import.rows": { one: "{n} row.", other: "{n} rows." },
  "prot.import.passed": "Columns that are passed over:",
  "prot.import.not_checked": "What could not be looked at. That is no pass:",
  "prot.import.table": "Rows with a fault or a doubt",
  "prot.import.row": "Row",
  "prot.import.verdict": "What the check says",
  "prot.import.more": { one: "and {n} more row", other: "and {n} more rows" },
  "prot.import.know": "I looked at every doubt, and the list is right.",
  "prot.import.send": {
    one: "Sign and import {n} site",
    other: "Sign and import {n} sites",
  },
  "prot.import.whole": "All of them or none.",
  "prot.import.done": {
    one: "{n} site is registered.",
    other: "{n} sites are registered.",
  },
  "prot.import.to_list": "To the list",
  "prot.import.to_first": "To the first of them",
  "prot.import.another": "Import another list",
  "prot.verdict.ok": "well",
  "prot.verdict.not_checked": "not checked",
  "prot.verdict.doubt": "a doubt",
  "prot.verdict.fault": "a fault",
  "prot.what.readable": "the coordinate",
  "prot.what.swapped": "latitude and longitude exchanged",
  "prot.what.precision": "the number of digits",
  "prot.what.duplicate": "entered twice",
  "prot.what.place": "near the town that it names",
  "prot.what.area": "inside an area of the agreement",
  "prot.what.water": "on water",
  "prot.proxy.choose": "A party that may act for the owner",
  "prot.proxy.none": "nobody",
  "prot.proxy.hint": "It may confirm, reconfirm and remove an entry in the owner's place.",
  "prot.map.all": {
    one: "The map shows {n} site: all that were not removed and whose place this party knows.",
    other: "The map shows all {n} sites that were not removed and whose place this party knows.",
  },
  "prot.map.part": "The map shows {shown} of {total} sites.",
  "prot.export": "Take the list along:",
  "prot.export.csv": "CSV",
  "prot.export.geojson": "GeoJSON",
  "prot.export.kml": "KML",
  "prot.export.xlsx": "XLSX",
  "prot.export.explain":
    "Every open entry in force, with the three sentences above. Private details are not in it.",
} satisfies English;
