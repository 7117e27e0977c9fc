// SPDX-License-Identifier: Apache-2.0
//
// The drawer beside the map: what was picked, or what there is to know at a glance.
import { h, said, type Child } from "./dom";
import {
  altitudeText,
  bandText,
  capital,
  findingKindText,
  listText,
  pointText,
  spanText,
  stateChip,
  timeElement,
  words,
} from "./format";
import type { Pick } from "./map";
import { trackName } from "./map_data";
import { activityName, age, receiptTable, recordLink } from "./parts";
import {
  activities,
  activityOf,
  agreement,
  areaName,
  findings,
  hello,
  nameOf,
  state,
  tracks,
} from "./store";
import type { Activity, Area, Finding, Fix, Track } from "./types";

export function facts(rows: [string, Child][]): HTMLElement {
  return h(
    "dl.facts",
    {},
    rows
      .filter(([, value]) => value !== null && value !== undefined && value !== false)
      .map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]),
  );
}

export const title = (text: string, above = ""): HTMLElement =>
  h(
    "div.title",
    {},
    above === "" ? null : h("p.above", {}, above),
    h("h1", { tabindex: -1, dir: "auto" }, text),
  );

export const back = (): HTMLElement =>
  h("p.back", {}, h("a", { href: "#/map", "data-key": "back" }, "‹ Back to the map"));

const fixText = (fix: Fix): Child => [
  timeElement(fix.time),
  h("br"),
  pointText(fix.point),
  h("br"),
  altitudeText(fix.altitude_m, fix.reference),
];

export function overview(): Child {
  const now = state.value;
  const by = Object.entries(now?.activities_by_state ?? {}).filter(([, n]) => n > 0);
  return [
    title("At a glance"),
    h(
      "p",
      {},
      "Pick an area, an activity, an aircraft or a finding on the map or in the lists to read about it.",
    ),
    facts([
      [
        "Activities",
        by.length === 0
          ? "none filed"
          : h(
              "ul.chips",
              {},
              by.map(([name, n]) => h("li", {}, stateChip(name as Activity["state"]), ` ${n}`)),
            ),
      ],
      ["Findings that go on", now === undefined ? "not known yet" : String(now.findings_open)],
      [
        "Aircraft observed",
        tracks.value === undefined ? "not known yet" : String(tracks.value.tracks.length),
      ],
      [
        "Logs",
        (now?.logs ?? []).map((log) =>
          h(
            "div",
            {},
            h("a", { href: `#/record/${encodeURIComponent(log.party)}` }, nameOf(log.party)),
            ` ${log.size} entries`,
          ),
        ),
      ],
      [
        "Agreement",
        agreement.value === undefined
          ? "not known yet"
          : agreement.value.in_force
            ? "in force"
            : "not in force",
      ],
    ]),
    demoLinks(),
  ];
}

function demoLinks(): Child {
  const links = hello.value?.links ?? [];
  if (links.length === 0) return null;
  return [
    h("h2", {}, "Other pages of this demonstration"),
    h(
      "ul.plain",
      {},
      links.map(({ name, url }) =>
        /^https?:\/\//.test(url)
          ? h("li", {}, h("a", { href: url, rel: "noreferrer", dir: "auto" }, name))
          : null,
      ),
    ),
  ];
}

function areaDetails(area: Area): Child {
  const rules = (agreement.value?.rules ?? []).filter((rule) =>
    rule.classes.includes(area.area_class),
  );
  return [
    back(),
    title(area.name, "Area"),
    facts([
      ["Class", said(area.class_name)],
      ["Heights", area.altitude === undefined ? "all" : bandText(area.altitude)],
      ["Time", area.time === undefined ? "as long as the agreement" : spanText(area.time)],
      ["Middle", pointText(area.label)],
    ]),
    h("h2", {}, "Rules here"),
    rules.length === 0
      ? h("p.empty", {}, "The agreement has no rule for this class of area.")
      : h(
          "ul.plain",
          {},
          rules.map((rule) => h("li", {}, ruleText(rule))),
        ),
  ];
}

export function ruleText(rule: import("./types").Rule): Child {
  const who = rule.who?.length ? ` of ${listText(rule.who.map(nameOf), "or")}` : "";
  const what = rule.purposes?.length ? ` for ${listText(rule.purposes.map(words), "or")}` : "";
  const classes = rule.classes.map(
    (name) => agreement.value?.areas.find((a) => a.area_class === name)?.class_name ?? name,
  );
  const lifted = rule.except_purposes?.length
    ? ` Lifted for ${listText(rule.except_purposes.map(words))}, when declared` +
      (rule.except_clause === undefined ? "." : ` (clause ${rule.except_clause}).`)
    : "";
  const text =
    rule.effect === "forbid"
      ? `No flight${who}${what} may be there.`
      : `Every flight${who}${what} must belong to an active activity.`;
  return [
    h("strong", {}, `Clause ${rule.clause}: `),
    said(`${capital(classes.join("; "))}. ${text}${lifted}`),
  ];
}

export function findingDetails(finding: Finding): Child {
  return [
    back(),
    title(findingKindText(finding.kind), `Finding by ${nameOf(finding.party)}`),
    said(finding.text, "p"),
    h(
      "p.fine",
      {},
      "A finding says what was observed and which clause it touches. It is no verdict.",
    ),
    facts([
      ["Clause", [h("strong", {}, finding.clause), " ", said(finding.clause_text)]],
      ["Confidence", words(finding.confidence)],
      [
        "Area",
        finding.area ? h("a", { href: `#/area/${finding.area}` }, areaName(finding.area)) : null,
      ],
      [
        "Aircraft",
        h(
          "a",
          { href: `#/aircraft/${finding.aircraft}` },
          finding.callsign ?? finding.aircraft.toUpperCase(),
        ),
      ],
      ["Who", said(nameOf(finding.who))],
      [
        "Activity",
        finding.activity
          ? h("a", { href: `#/activity/${finding.activity}` }, activityTitle(finding.activity))
          : "none matched",
      ],
      ["First seen there", fixText(finding.first)],
      ["Last seen there", finding.last === undefined ? null : fixText(finding.last)],
      ["State", finding.end === undefined ? "goes on" : `ended: ${finding.end}`],
      ["Positions", finding.fixes === undefined ? null : String(finding.fixes)],
      [
        "On the record",
        [recordLink(finding.party, finding.index), " of ", said(nameOf(finding.party))],
      ],
    ]),
    h("h2", {}, "Receipts"),
    receiptTable(finding.receipts),
  ];
}

function activityTitle(id: string): string {
  const activity = activityOf(id);
  return activity === undefined ? "not known here" : activityName(activity);
}

function trackDetails(track: Track): Child {
  return [
    back(),
    title(trackName(track), "Aircraft"),
    facts([
      ["Address", track.address.toUpperCase()],
      ["Operator", track.who === undefined ? "not identified" : said(nameOf(track.who))],
      [
        "Activity",
        track.activity === undefined
          ? "none matched"
          : h("a", { href: `#/activity/${track.activity}` }, activityTitle(track.activity)),
      ],
      ["Last position", fixText(track.last)],
      ["Age", age(track.last.time)],
      [
        "Speed",
        track.speed_m_s === undefined
          ? null
          : `${Math.round(track.speed_m_s / 0.514444)} kt (${Math.round(track.speed_m_s * 3.6)} km/h)`,
      ],
      ["Course", track.track_deg === undefined ? null : `${Math.round(track.track_deg)}°`],
      [
        "In areas",
        track.areas?.length
          ? track.areas.map((id) => h("div", {}, h("a", { href: `#/area/${id}` }, areaName(id))))
          : "none",
      ],
      ["Findings that go on", String(track.open_findings)],
    ]),
    h("h2", {}, "Findings about it"),
    findingsAbout(track.address),
  ];
}

function findingsAbout(address: string): HTMLElement {
  const about = (findings.value?.findings ?? []).filter(({ aircraft }) => aircraft === address);
  if (about.length === 0) return h("p.empty", {}, "None.");
  return h(
    "ul.plain",
    {},
    about.map((finding) =>
      h(
        "li",
        {},
        h("a", { href: `#/finding/${finding.id}`, dir: "auto" }, finding.text),
        " ",
        timeElement(finding.first.time, "clock"),
      ),
    ),
  );
}

const gone = (what: string): Child => [
  back(),
  h("p.empty", {}, `This ${what} is not in the node's answer now.`),
];

export function mapDetails(view: string, id: string): Child {
  if (view === "area") {
    const area = agreement.value?.areas.find((candidate) => candidate.id === id);
    return area === undefined ? gone("area") : areaDetails(area);
  }
  if (view === "finding") {
    const finding = findings.value?.findings.find((candidate) => candidate.id === id);
    return finding === undefined ? gone("finding") : findingDetails(finding);
  }
  if (view === "aircraft") {
    const track = tracks.value?.tracks.find((candidate) => candidate.address === id);
    return track === undefined ? gone("aircraft") : trackDetails(track);
  }
  return overview();
}

export const hashOf = ({ kind, id }: Pick): string =>
  `#/${kind === "track" ? "aircraft" : kind}/${encodeURIComponent(id)}`;

/** Several things lie at the place: the reader chooses. */
export function chooser(picks: Pick[]): Child {
  const name = (pick: Pick): string => {
    if (pick.kind === "area") return areaName(pick.id) ?? pick.id;
    if (pick.kind === "activity") {
      const activity = activities.value?.activities.find(({ id }) => id === pick.id);
      return activity === undefined ? pick.id : activityName(activity);
    }
    if (pick.kind === "track") {
      const track = tracks.value?.tracks.find(({ address }) => address === pick.id);
      return track === undefined ? pick.id : trackName(track);
    }
    return findings.value?.findings.find(({ id }) => id === pick.id)?.text ?? pick.id;
  };
  const kinds = { track: "Aircraft", activity: "Activity", finding: "Finding", area: "Area" };
  return [
    back(),
    title("At this place"),
    h(
      "ul.cards",
      {},
      picks.map((pick) =>
        h(
          "li.card",
          {},
          h(
            "a",
            { href: hashOf(pick) },
            h("span.kind-sign", {}, kinds[pick.kind]),
            said(name(pick), "div"),
          ),
        ),
      ),
    ),
  ];
}
