// SPDX-License-Identifier: Apache-2.0
//
// The drawer beside the map: what was picked, or what there is to know at a glance.
import { fixed, h, said, type Child } from "./dom";
import {
  altitudeText,
  bandText,
  capital,
  confidenceText,
  endText,
  findingKindText,
  pointText,
  purposeText,
  spanText,
  speedText,
  stateChip,
  timeElement,
} from "./format";
import { warningOf, warningTitle } from "./hotline_words";
import { listText, rich, t } from "./i18n";
import type { Pick } from "./map";
import { trackName } from "./map_data";
import {
  activityName,
  age,
  clauseText,
  findingText,
  receiptTable,
  recordLinkOf,
} from "./parts";
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
  utm,
} from "./store";
import { movements, siteLists } from "./protection_store";
import { ruleLimits } from "./terms_words";
import type { Activity, Area, Finding, Fix, Rule, Track } from "./types";

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
  h("p.back", {}, h("a", { href: "#/map", "data-key": "back" }, t("back.map")));

const fixText = (fix: Fix): Child => [
  timeElement(fix.time),
  h("br"),
  fixed(pointText(fix.point)),
  h("br"),
  altitudeText(fix.altitude_m, fix.reference),
];

export function overview(): Child {
  const now = state.value;
  const by = Object.entries(now?.activities_by_state ?? {}).filter(([, n]) => n > 0);
  return [
    title(t("glance.title")),
    h("p", {}, t("glance.explain")),
    facts([
      [
        t("glance.activities"),
        by.length === 0
          ? t("glance.none_filed")
          : h(
              "ul.chips",
              {},
              by.map(([name, n]) => h("li", {}, stateChip(name as Activity["state"]), ` ${n}`)),
            ),
      ],
      [t("glance.findings"), now === undefined ? t("glance.unknown") : String(now.findings_open)],
      [
        t("glance.aircraft"),
        tracks.value === undefined ? t("glance.unknown") : String(tracks.value.tracks.length),
      ],
      [
        t("glance.logs"),
        (now?.logs ?? []).map((log) =>
          h(
            "div",
            {},
            rich("glance.log", {
              party: h(
                "a",
                { href: `#/record/${encodeURIComponent(log.party)}`, dir: "auto" },
                nameOf(log.party),
              ),
              entries: t("count.entries", { n: log.size }),
            }),
          ),
        ),
      ],
      [
        t("glance.agreement"),
        agreement.value === undefined
          ? t("glance.unknown")
          : t(agreement.value.in_force ? "force.in" : "force.not"),
      ],
    ]),
    demoLinks(),
  ];
}

function demoLinks(): Child {
  const links = hello.value?.links ?? [];
  if (links.length === 0) return null;
  return [
    h("h2", {}, t("glance.demo")),
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
    title(area.name, t("area.one")),
    facts([
      [t("area.class"), said(area.class_name)],
      [t("area.heights"), area.altitude === undefined ? t("area.all") : bandText(area.altitude)],
      [t("area.time"), area.time === undefined ? t("area.as_agreement") : spanText(area.time)],
      [t("area.middle"), fixed(pointText(area.label))],
    ]),
    h("h2", {}, t("area.rules")),
    rules.length === 0
      ? h("p.empty", {}, t("area.rules.none"))
      : h(
          "ul.plain",
          {},
          rules.map((rule) => h("li", {}, ruleText(rule))),
        ),
  ];
}

export function ruleText(rule: Rule): Child {
  const who = rule.who?.length ? t("rule.who", { who: listText(rule.who.map(nameOf), "or") }) : "";
  const what = rule.purposes?.length
    ? t("rule.what", { what: listText(rule.purposes.map(purposeText), "or") })
    : "";
  const classes = rule.classes.map(
    (name) => agreement.value?.areas.find((a) => a.area_class === name)?.class_name ?? name,
  );
  const text = t(`rule.${rule.effect}`, { classes: capital(classes.join("; ")), who, what });
  const purposes = listText((rule.except_purposes ?? []).map(purposeText));
  const lifted =
    purposes === ""
      ? ""
      : rule.except_clause === undefined
        ? t("rule.lifted", { purposes })
        : t("rule.lifted_clause", { purposes, clause: rule.except_clause });
  return [
    h("strong", {}, t("word.clause", { clause: rule.clause })),
    h("span", {}, [text, lifted, ruleLimits(rule)].filter((part) => part !== "").join(" ")),
  ];
}

export function findingDetails(finding: Finding): Child {
  return [
    back(),
    title(findingKindText(finding.kind), t("finding.by", { party: nameOf(finding.party) })),
    findingText(finding, "p"),
    h("p.fine", {}, t("finding.no_verdict")),
    facts([
      [
        t("finding.clause"),
        [h("strong", {}, finding.clause), " ", clauseText(finding.clause, finding.clause_text)],
      ],
      [t("finding.confidence"), confidenceText(finding.confidence)],
      [
        t("finding.area"),
        finding.area
          ? h("a", { href: `#/area/${finding.area}`, dir: "auto" }, areaName(finding.area))
          : null,
      ],
      [
        t("finding.aircraft"),
        h(
          "a",
          { href: `#/aircraft/${finding.aircraft}`, dir: "auto" },
          finding.callsign ?? finding.aircraft.toUpperCase(),
        ),
      ],
      [t("finding.who"), said(nameOf(finding.who))],
      [
        t("finding.activity"),
        finding.activity ? activityLink(finding.activity) : t("finding.none_matched"),
      ],
      [t("finding.first"), fixText(finding.first)],
      [t("finding.last"), finding.last === undefined ? null : fixText(finding.last)],
      [
        t("finding.state"),
        finding.end === undefined
          ? t("finding.open")
          : t("finding.ended", { how: endText(finding.end) }),
      ],
      [t("finding.positions"), finding.fixes === undefined ? null : String(finding.fixes)],
      [t("finding.record"), recordLinkOf(finding.party, finding.index)],
    ]),
    h("h2", {}, t("receipts.label")),
    receiptTable(finding.receipts),
  ];
}

function activityLink(id: string): HTMLElement {
  const activity = activityOf(id);
  const name = activity === undefined ? t("activity.not_known") : activityName(activity);
  return h("a", { href: `#/activity/${id}`, dir: "auto" }, name);
}

function trackDetails(track: Track): Child {
  return [
    back(),
    title(trackName(track), t("aircraft.one")),
    facts([
      [t("aircraft.address"), fixed(track.address.toUpperCase())],
      [t("aircraft.operator"), track.who === undefined ? t("track.unidentified") : said(nameOf(track.who))],
      [
        t("finding.activity"),
        track.activity === undefined ? t("finding.none_matched") : activityLink(track.activity),
      ],
      [t("aircraft.position"), fixText(track.last)],
      [t("aircraft.age"), age(track.last.time)],
      [
        t("aircraft.speed"),
        track.speed_m_s === undefined ? null : speedText(track.speed_m_s),
      ],
      [t("aircraft.course"), track.track_deg === undefined ? null : `${Math.round(track.track_deg)}°`],
      [
        t("aircraft.areas"),
        track.areas?.length
          ? track.areas.map((id) =>
              h("div", {}, h("a", { href: `#/area/${id}`, dir: "auto" }, areaName(id))),
            )
          : t("word.none"),
      ],
      [t("glance.findings"), String(track.open_findings)],
    ]),
    h("h2", {}, t("aircraft.findings")),
    findingsAbout(track.address),
  ];
}

function findingsAbout(address: string): HTMLElement {
  const about = (findings.value?.findings ?? []).filter(({ aircraft }) => aircraft === address);
  if (about.length === 0) return h("p.empty", {}, t("aircraft.findings.none"));
  return h(
    "ul.plain",
    {},
    about.map((finding) =>
      h(
        "li",
        {},
        h("a", { href: `#/finding/${finding.id}` }, findingText(finding)),
        " ",
        timeElement(finding.first.time, "clock"),
      ),
    ),
  );
}

const gone = (what: "area" | "finding" | "aircraft"): Child => [
  back(),
  title(t(`${what}.one`)),
  h("p.empty", {}, t(`${what}.gone`)),
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

const kViewsOf: Partial<Record<Pick["kind"], string>> = {
  track: "aircraft",
  site: "sites",
  movement: "movements",
};
export const hashOf = ({ kind, id }: Pick): string =>
  `#/${kViewsOf[kind] ?? kind}/${encodeURIComponent(id)}`;

/** Several things lie at the place: the reader chooses. */
export function chooser(picks: Pick[]): Child {
  const name = (pick: Pick): HTMLElement => {
    if (pick.kind === "area") return said(areaName(pick.id) ?? pick.id, "div");
    if (pick.kind === "activity") {
      const activity = activities.value?.activities.find(({ id }) => id === pick.id);
      return said(activity === undefined ? pick.id : activityName(activity), "div");
    }
    if (pick.kind === "track") {
      const track = tracks.value?.tracks.find(({ address }) => address === pick.id);
      return said(track === undefined ? pick.id : trackName(track), "div");
    }
    if (pick.kind === "warning") {
      const warning = warningOf(pick.id);
      return warning === undefined ? said(pick.id, "div") : warningTitle(warning);
    }
    if (pick.kind === "site") {
      const site = siteLists.value?.sites.find(({ key }) => key === pick.id);
      return said(site?.name ?? pick.id, "div");
    }
    if (pick.kind === "movement") {
      const found = movements.value?.movements.find(({ key }) => key === pick.id);
      return said(found?.name ?? pick.id, "div");
    }
    if (pick.kind === "utm") {
      const entity = utm.value?.entities?.find(({ id }) => id === pick.id);
      return said(entity?.manager ?? pick.id, "div");
    }
    const finding = findings.value?.findings.find(({ id }) => id === pick.id);
    return finding === undefined ? said(pick.id, "div") : findingText(finding, "div");
  };
  const kinds = {
    track: t("aircraft.one"),
    activity: t("activity.one"),
    finding: t("finding.one"),
    area: t("area.one"),
    warning: t("hotline.warning"),
    utm: t("utm.entity"),
    site: t("prot.site.one"),
    movement: t("prot.movement.one"),
  };
  return [
    back(),
    title(t("place.title")),
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
            name(pick),
          ),
        ),
      ),
    ),
  ];
}
