// SPDX-License-Identifier: Apache-2.0
//
// Walking a view in another language: every Latin word that the reader meets and that no name of
// the fixture explains was written into a view and not into a catalogue.
import { agreementIn } from "./fixture/world.mjs";

/** What officers wrote by the hotline, and names of UTM participants. */
function hotlineWords({ hotline, utm }) {
  const { participants = [], limits = [], entities = [] } = utm.answer();
  return [
    ...hotline.warnings.flatMap(({ text, over_why: why }) => [text ?? "", why ?? ""]),
    ...hotline.messages.flatMap(({ text, fields }) => [
      text ?? "",
      ...Object.values(fields).map((value) => value.name ?? String(value)),
    ]),
    ...hotline.calls.flatMap(({ summary, line }) => [summary, line]),
    ...[...participants, ...entities].map(({ manager }) => manager),
    ...limits.map(({ unit }) => unit.replace("km2", "km²")),
  ].filter((text) => /\D/.test(text) && text.length > 1);
}

/** Names and people's own words: they stay as they are in every language. */
export function namesOf(fixture) {
  const { world } = fixture;
  const agreement = agreementIn("en");
  const all = [
    ...[...agreement.parties, ...agreement.adherents].map(({ name }) => name),
    ...agreement.areas.flatMap(({ name, class_name: kind }) => [name, kind]),
    ...world.activities.flatMap((activity) => [
      ...activity.callsigns,
      activity.place.name,
      activity.operator_name ?? "",
      activity.remarks ?? "",
      activity.exception?.grounds ?? "",
      ...activity.steps.filter(({ counts }) => counts).map(({ why }) => why ?? ""),
    ]),
    ...world.tracks.flatMap(({ callsign, address }) => [callsign ?? "", address.toUpperCase()]),
    ...world.findings.flatMap(({ callsign, aircraft }) => [callsign ?? "", aircraft.toUpperCase()]),
    ...world.stops.map(({ reason }) => reason),
    ...hotlineWords(fixture),
  ];
  return [...new Set(all.filter((name) => name !== ""))].sort((a, b) => b.length - a.length);
}

/** Runs in the page: every Latin word that the reader meets and that no name explains. */
export function latinWords(known) {
  const kPatterns = [
    /\bhttps:\/\/ ?\S+|\b[\w.]+\.example\b(\/[\w/-]+)?/g, // logs and their keys, services
    /\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, // UTM entities
    /\b(north|south|monitor|third|relief)(\/[\w-]+)?\b/g, // parties and officers
    /\b[a-z]+\.[a-z_]+\b/g, // types of statements
    /[A-Za-z0-9+/]{43}=/g, // hashes
    /\b[0-9a-f]{8}\b/g, // key ids
    /\d{4}-\d\d-\d\dT[\d:]+Z/g,
    /"seq"/g,
    /\b(GeoJSON|CSV|KML|KMZ|XLSX)\b/g,
    /\b(STOP|UTC|UTM|USS|ASTM F3548|SHA-256|Ed25519|WGS ?84|STD|MSL|Enter|GeoNames(, CC BY 4\.0)?|Natural Earth)\b/g,
    /detente-verify|\.?tlog-proof|base64|JSON|detente/g,
    /\{\}/g,
  ];
  const found = [];
  const look = (text, where) => {
    // An address goes as a whole, before a name in it is taken out of its middle.
    let rest = text.replace(/[\u2066-\u2069]/g, "").replace(/https:\/\/\S+/g, " ");
    for (const name of known) rest = rest.replaceAll(name, " ");
    for (const pattern of kPatterns) rest = rest.replace(pattern, " ");
    const words = rest.match(/[A-Za-z]{2,}|\{\w*\}|undefined|NaN/g);
    if (words !== null) found.push(`${where}: ${text.trim().slice(0, 80)} [${words.join(" ")}]`);
  };
  const kNot = "[lang=en], code, pre, script, style, noscript, .maplibregl-ctrl-scale, #language";
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (element.closest(kNot) === null) {
      look(walker.currentNode.textContent, element.className || element.tagName);
    }
  }
  for (const element of document.body.querySelectorAll("*")) {
    if (element.closest("[lang=en], .maplibregl-canvas-container, #language option")) continue;
    for (const name of ["aria-label", "title", "placeholder", "aria-valuetext", "data-name"]) {
      if (element.hasAttribute(name)) look(element.getAttribute(name), `@${name}`);
    }
  }
  look(document.title, "title");
  return { found, texts: document.body.innerText.length };
}

export const inLanguage = (language) => (page) =>
  page.addInitScript((one) => {
    if (localStorage.getItem("detente-language") === null) {
      localStorage.setItem("detente-language", one);
    }
  }, language);

export const openAll = (page) =>
  page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));
