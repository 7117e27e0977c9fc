// SPDX-License-Identifier: Apache-2.0
//
// What the node answers about a plan that nobody has seen yet: rules, notice, place, conflicts,
// ways out. It is asked only by a check; nothing of it is sent to anybody or logged.
import { h, said, type Child } from "./dom";
import { bandText, capital, feet, metres, spanText, stateChip } from "./format";
import { listText, numberText, rich, t } from "./i18n";
import { activityName } from "./parts";
import type { SignedPlan } from "./plan";
import { activityOf, areaName, nameOf } from "./store";
import { clauseLink, clauseWords, lengthWords } from "./terms_words";
import type { ActivityState, Band, Reason, Shape, Span } from "./types";

export interface NodeError {
  code: string;
  number: number;
  text: string;
  detail?: string;
  place?: string;
}
export interface Needs {
  clause: string;
  lead_s: number;
  read_back?: boolean;
  concurrences: { party: string; officers: number }[];
}
export interface Region {
  shapes: Shape[];
  altitude: Band;
  time: Span;
}
export interface Conflict {
  activity: string;
  owner: string;
  own_volume: number;
  other_volume: number;
  distance_m: number;
  own: boolean;
  state?: ActivityState;
  separation: { clause: string; lateral_m: number; vertical_m: number; time_s: number };
  region?: Region;
}
export type WayKind = "earlier" | "later" | "higher" | "lower" | "shorter" | "sideways";
export interface WayOut {
  kind: WayKind;
  text: string;
  shift_s?: number;
  shift_m?: number;
  plan: SignedPlan;
}
export interface PlaceCheck {
  named?: { name: string; distance_m: number };
  nearest?: { name: string; distance_m: number; bearing_deg: number };
  question?: boolean;
  confirmed?: boolean;
}
export interface CheckAnswer {
  problem?: NodeError;
  place?: PlaceCheck;
  late?: boolean;
  late_why?: string;
  reasons?: Reason[];
  permitted?: boolean;
  needs?: Needs | null;
  conflicts?: Conflict[];
  conflicts_more?: boolean;
  ways_out?: WayOut[];
  ways_out_more?: boolean;
  not_in_force?: string;
}

const kWinds = ["n", "ne", "e", "se", "s", "sw", "w", "nw"] as const;

/** "north-east (47°)", by words and by number. */
export function directionText(bearing: number): string {
  const at = ((bearing % 360) + 360) % 360;
  const wind = kWinds[Math.round(at / 45) % 8] ?? "n";
  return t("plan.direction", { wind: t(`plan.wind.${wind}`), degrees: Math.round(at) % 360 });
}

/** 400 m, 9.1 km: to two digits beyond what a notice is about. */
export const farText = (m: number): string =>
  m < 1000 ? metres(Math.round(m / 10) * 10) : t("plan.km", { value: numberText(m / 1000, 1) });

/** Where the position lies, from the named place and from the nearest one. */
export function placeText(place: PlaceCheck): string {
  const { named, nearest } = place;
  const far =
    named === undefined
      ? t("plan.place.unnamed")
      : named.distance_m < 50
        ? t("plan.place.at", { name: named.name })
        : t("plan.place.named", { distance: farText(named.distance_m), name: named.name });
  if (nearest === undefined || nearest.name === named?.name) return far;
  return `${far} ${t("plan.place.nearest", {
    name: nearest.name,
    distance: farText(nearest.distance_m),
    direction: directionText(nearest.bearing_deg),
  })}`;
}

/** What one rule says, composed from its members, so that it can be read in every language. */
export function reasonText(reason: Reason): string {
  if (reason.lifted_by !== undefined && reason.lifted_by !== "") {
    return t("plan.rule.lifted", { clause: reason.lifted_by });
  }
  const { effect, site, distance_m: far } = reason;
  if (effect === "keep_away" && far !== undefined) {
    return t("reason.keep_away.far", { distance: farText(far), site: site ?? "" });
  }
  return t(`reason.${effect ?? "other"}.${outcomeOf(reason)}`);
}

const outcomeOf = (reason: Reason): "broken" | "unclear" | "kept" =>
  reason.unclear === true ? "unclear" : reason.broken === true ? "broken" : "kept";

export function reasonList(reasons: Reason[]): Child {
  const rank = (reason: Reason): number =>
    reason.broken === true ? 0 : reason.unclear === true ? 1 : 2;
  // One clause says the same of several areas: once is enough.
  const same = new Map<string, Reason[]>();
  for (const reason of [...reasons].sort((a, b) => rank(a) - rank(b))) {
    const { clause, effect, broken, unclear, lifted_by, site } = reason;
    const key = JSON.stringify([clause, effect, broken, unclear, lifted_by, site]);
    same.set(key, [...(same.get(key) ?? []), reason]);
  }
  return h("ul.reasons", {}, [...same.values()].map(reasonItem));
}

function reasonItem(alike: Reason[]): Child {
  const [reason] = alike;
  if (reason === undefined) return null;
  const areas = [...new Set(alike.map(({ area }) => area ?? "").filter((area) => area !== ""))];
  const outcome = outcomeOf(reason);
  // What is unclear forbids as well: it is marked as broken where the node judges so.
  const broken = reason.broken === true;
  const clause = clauseLink(reason.clause);
  const word = t(`reason.${broken ? "broken" : outcome}`);
  return h(
    "li",
    { class: broken ? "reason broken" : "reason" },
    h("span.sign", { "aria-hidden": "true" }, broken ? "✕" : outcome === "unclear" ? "?" : "✓"),
    h(
      "div",
      {},
      h("div", {}, reasonText(reason)),
      h(
        "div.small-text",
        {},
        areas.length === 0
          ? rich("reason.line", { clause, word })
          : rich("reason.line_area", {
              clause,
              word,
              area: listText(areas.map((area) => areaName(area) ?? area)),
            }),
        ". ",
        clauseWords(reason.clause),
      ),
    ),
  );
}

export function needsText(needs: Needs | null | undefined): Child {
  if (needs === undefined || needs === null) return h("p", {}, t("plan.needs.unknown"));
  const who = needs.concurrences.map(({ party, officers }) =>
    t("plan.needs.officers", { n: officers, party: nameOf(party) }),
  );
  return h(
    "ul.plain",
    {},
    h(
      "li",
      {},
      needs.lead_s === 0
        ? t("plan.needs.no_lead")
        : t("plan.needs.lead", { time: lengthWords(needs.lead_s) }),
    ),
    h(
      "li",
      {},
      who.length === 0
        ? t("plan.needs.nobody")
        : capital(t("plan.needs.who", { who: listText(who) })),
    ),
    needs.read_back === true ? h("li", {}, t("plan.needs.read_back")) : null,
    h("li.small-text", {}, rich("plan.needs.clause", { clause: clauseLink(needs.clause) })),
  );
}

/** One conflict: whose, how near, where and when. `show` draws its region alone. */
function conflictItem(
  conflict: Conflict,
  i: number,
  chosen: boolean,
  show: (i: number) => void,
): HTMLElement {
  const other = activityOf(conflict.activity);
  const { region, separation } = conflict;
  return h(
    "li",
    { class: chosen ? "conflict chosen" : "conflict" },
    h(
      "p",
      {},
      h("span.sign", { "aria-hidden": "true" }, "⨯ "),
      h(
        "a",
        { href: `#/activity/${conflict.activity}`, "data-key": `check-conflict-${i}` },
        other === undefined ? t("plan.conflict.one") : h("bdi", {}, activityName(other)),
      ),
      " ",
      conflict.own ? t("plan.conflict.own") : said(nameOf(conflict.owner)),
      conflict.state === undefined ? null : [" ", stateChip(conflict.state)],
    ),
    h(
      "p",
      {},
      conflict.distance_m <= 0
        ? t("plan.conflict.touch", { asked: farText(separation.lateral_m) })
        : t("plan.conflict.near", {
            distance: farText(conflict.distance_m),
            asked: farText(separation.lateral_m),
          }),
    ),
    region === undefined
      ? null
      : h("p.small-text", {}, spanText(region.time), h("br"), bandText(region.altitude)),
    h(
      "p.small-text",
      {},
      rich("plan.conflict.clause", {
        clause: clauseLink(separation.clause),
        mine: String(conflict.own_volume + 1),
      }),
      " ",
      region === undefined
        ? null
        : h(
            "button.small",
            {
              type: "button",
              "data-key": `show-conflict-${i}`,
              "aria-pressed": chosen ? "true" : "false",
              onclick: () => show(i),
            },
            t("plan.conflict.show"),
          ),
    ),
  );
}

export function conflictList(
  conflicts: Conflict[],
  chosen: number | undefined,
  show: (i: number) => void,
): HTMLElement {
  return h(
    "ul.conflicts",
    {},
    conflicts.map((conflict, i) => conflictItem(conflict, i, i === chosen, show)),
  );
}

/** "18 minutes later", "1,000 ft higher"; both where only both together help. */
export function wayText(way: WayOut): string {
  const parts: string[] = [];
  if (way.shift_s !== undefined) {
    const time = lengthWords(Math.abs(way.shift_s));
    if (way.kind === "shorter") parts.push(t("plan.way.shorter", { time }));
    else parts.push(t(way.kind === "earlier" ? "plan.way.earlier" : "plan.way.later", { time }));
  }
  if (way.shift_m !== undefined) {
    const far = Math.abs(way.shift_m);
    if (way.kind === "sideways") parts.push(t("plan.way.sideways", { distance: farText(far) }));
    else {
      const amount = { feet: feet(far), metres: metres(far) };
      parts.push(t(way.shift_m < 0 ? "plan.way.lower" : "plan.way.higher", amount));
    }
  }
  return parts.length === 0 ? way.text : listText(parts);
}
