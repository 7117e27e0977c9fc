// SPDX-License-Identifier: Apache-2.0
//
// A protected site while it is registered or revised: what stands in the fields, the node's verdict
// on the coordinate, and the statement that is made of both. Nothing is sent before the verdict on
// exactly this coordinate was shown, and a grave one was confirmed knowingly.
import { timeOrFault } from "./hotline_fields";
import { t, type TextKey } from "./i18n";
import { middleOf } from "./map_data";
import { drawnPoint, mapPoint, plain, pointLine, readPoint, shapeOf, type PointE7 } from "./plan";
import { e7 } from "./protection_parts";
import type { Site, SiteCheck } from "./protection_types";
import type { Point, Shape } from "./types";

export type Kind = "point" | "polygon";
export interface SiteDraft {
  revises: string | undefined;
  name: string;
  category: string;
  function: string;
  run_by: string;
  address: string;
  place: string;
  contact: string;
  kind: Kind;
  text: string; // the coordinate as its owner has it
  datum: string;
  footprint: string; // metres
  points: string; // a corner in each line
  expires: string;
  to: Set<string>;
  private: boolean; // the recipients alone learn the place
  proxy: string; // who may act for the owner; empty: nobody
  check: SiteCheck | undefined;
  /** What the verdict is about. */
  checked: string;
  /** Codes of grave verdicts that were confirmed knowingly. */
  known: Set<string>;
}

const kFootprintM: [number, number] = [1, 5000];
const kRingMost = 100;

/** The corners of a polygon, or what is wrong with them. */
export function corners(text: string): PointE7[] | TextKey {
  const lines = text.split("\n").map(plain).filter((line) => line !== "");
  if (lines.length < 3) return "prot.fault.corners";
  if (lines.length > kRingMost) return "prot.fault.many_corners";
  const points: PointE7[] = [];
  for (const line of lines) {
    const point = readPoint(line);
    if (typeof point === "string") return point;
    points.push(point);
  }
  return points;
}

/** The text that the node is asked about: of a polygon its middle. */
export function checkText(draft: SiteDraft): string {
  if (draft.kind === "point") return draft.text.trim();
  const ring = corners(draft.points);
  return typeof ring === "string" ? "" : pointLine(drawnPoint(middleOf(shapeOf({ polygon: ring }))));
}

/** What the node is asked; the datum is not its business: it takes WGS 84 only. */
export const checkBody = (draft: SiteDraft): Record<string, string | number> => {
  const footprint = draft.kind === "point" ? footprintOf(draft) : undefined;
  return {
    text: checkText(draft),
    ...(draft.place.trim() === "" ? {} : { place: draft.place.trim() }),
    ...(footprint === undefined ? {} : { footprint_m: Math.round(footprint) }),
  };
};
/** Verdicts that say something; a check that found nothing is silent. */
export const spokenFindings = (check: SiteCheck): SiteCheck["findings"] =>
  check.findings.filter(({ text, verdict }) => verdict !== "ok" && text !== "");
/** Whether the node could read it. */
export const isRead = (check: SiteCheck | undefined): boolean =>
  check !== undefined && (check.point_e7 ?? check.point) !== undefined;
/** Whether the verdict that is shown is about what stands in the fields now. */
export const isChecked = (draft: SiteDraft): boolean =>
  draft.check !== undefined && draft.checked === JSON.stringify(checkBody(draft));

function footprintOf(draft: SiteDraft): number | undefined {
  const value = Number(plain(draft.footprint));
  const [least, most] = kFootprintM;
  return plain(draft.footprint) !== "" && value >= least && value <= most ? value : undefined;
}

const checkedPoint = (draft: SiteDraft): PointE7 | undefined => {
  const { check } = draft;
  if (check === undefined || !isChecked(draft)) return undefined;
  return check.point_e7 ?? (check.point === undefined ? undefined : e7(check.point));
};

/** What the map shows: by the node's reading, or before it by the page's own, where it can read it. */
export function draftShape(draft: SiteDraft): Shape | undefined {
  if (draft.kind === "polygon") {
    const ring = corners(draft.points);
    return typeof ring === "string" ? undefined : shapeOf({ polygon: ring });
  }
  const own = readPoint(draft.text);
  const point = checkedPoint(draft) ?? (typeof own === "string" ? undefined : own);
  if (point === undefined) return undefined;
  return shapeOf({ circle: { center: point, radius_mm: (footprintOf(draft) ?? 50) * 1000 } });
}

export const draftCenter = (draft: SiteDraft): Point | undefined => {
  const own = readPoint(draft.text);
  const point = checkedPoint(draft) ?? (typeof own === "string" ? undefined : own);
  return point === undefined ? undefined : mapPoint(point);
};
export const draftFootprint = (draft: SiteDraft): number => footprintOf(draft) ?? 50;

type Faults = Map<string, string>;

function area(draft: SiteDraft, faults: Faults): Record<string, unknown> {
  if (draft.kind === "polygon") {
    const ring = corners(draft.points);
    if (typeof ring === "string") {
      faults.set("site-points", t(ring));
      return {};
    }
    return { at: { polygon: ring } };
  }
  if (draft.text.trim() === "") faults.set("site-text", t("plan.fault.missing"));
  else if (draft.datum !== "WGS84") faults.set("site-datum", t("prot.fault.datum"));
  const footprint = footprintOf(draft);
  if (footprint === undefined) {
    faults.set("site-footprint", t("prot.fault.footprint", { least: kFootprintM[0], most: kFootprintM[1] }));
  }
  const uncertainty = Math.round((draft.check?.uncertainty_m ?? 0) * 1000);
  return {
    at: { point: checkedPoint(draft), footprint_mm: Math.round((footprint ?? 0) * 1000) },
    given: { text: draft.text.trim(), datum: draft.datum, uncertainty_mm: uncertainty },
  };
}

/** The body of site.register, and what is wrong in the fields. */
export function readSite(draft: SiteDraft): [Record<string, unknown>, Faults] {
  const faults: Faults = new Map();
  const needed = (id: string, value: string): string => {
    if (value.trim() === "") faults.set(id, t("plan.fault.missing"));
    return value.trim();
  };
  const maybe = (name: string, value: string): Record<string, string> =>
    value.trim() === "" ? {} : { [name]: value.trim() };
  const name = needed("site-name", draft.name);
  needed("site-category", draft.category);
  const what = needed("site-function", draft.function);
  const where = area(draft, faults);
  const expires = timeOrFault(draft.expires);
  if ("fault" in expires) faults.set("site-expires", expires.fault);
  if (draft.to.size === 0) faults.set("site-to", t("prot.fault.to"));
  const site = {
    name,
    category: draft.category,
    function: what,
    ...maybe("owner", draft.run_by),
    ...maybe("address", draft.address),
    ...maybe("place", draft.place),
    ...where,
    ...maybe("contact", draft.contact),
  };
  return [
    {
      ...(draft.private ? { private: true } : {}),
      site,
      to: [...draft.to].sort(),
      ...maybe("proxy", draft.proxy),
      expires: "time" in expires ? expires.time : "",
    },
    faults,
  ];
}

export function emptySite(expires: string): SiteDraft {
  return {
    revises: undefined,
    name: "",
    category: "",
    function: "",
    run_by: "",
    address: "",
    place: "",
    contact: "",
    kind: "point",
    text: "",
    datum: "WGS84",
    footprint: "",
    points: "",
    expires,
    to: new Set(),
    private: false,
    proxy: "",
    check: undefined,
    checked: "",
    known: new Set(),
  };
}

/** The half of the outline's width: the footprint that was given, or nearly. */
function footprintFrom(site: Site): string {
  const ring = site.shape?.coordinates[0] ?? [];
  const ys = ring.map(([, y]) => y);
  if (ys.length === 0) return "";
  const radius = ((Math.max(...ys) - Math.min(...ys)) / 2) * 111195 - (site.uncertainty_m ?? 0);
  return String(Math.max(kFootprintM[0], Math.round(radius)));
}

export function draftFrom(site: Site, expires: string): SiteDraft {
  const ring = site.shape?.coordinates[0]?.slice(0, -1) ?? [];
  // A circle comes as a ring of many corners; what was written as corners has few.
  const given = site.given ?? "";
  const polygon = given === "" && ring.length > 0 && ring.length < 24;
  return {
    ...emptySite(expires),
    revises: site.key,
    name: site.name ?? "",
    category: site.category ?? "",
    function: site.function ?? "",
    run_by: site.run_by ?? "",
    address: site.address ?? "",
    place: site.place ?? "",
    contact: site.contact ?? "",
    kind: polygon ? "polygon" : "point",
    text: given !== "" ? given : site.point === undefined ? "" : pointLine(drawnPoint(site.point)),
    footprint: polygon ? "" : footprintFrom(site),
    points: polygon ? ring.map(drawnPoint).map(pointLine).join("\n") : "",
    to: new Set(site.to),
    private: site.private,
    proxy: site.proxy ?? "",
  };
}
