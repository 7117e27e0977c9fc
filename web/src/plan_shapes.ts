// SPDX-License-Identifier: Apache-2.0
//
// How a plan looks while it is written: its volumes and its overlaps on the map, and both in the
// profile of time and height.
import { byId, show } from "./dom";
import { t } from "./i18n";
import { showDuring } from "./map";
import { activityName } from "./parts";
import { areaOf, mapPoint, plain, readPoint, shapeOf, type DraftVolume } from "./plan";
import { after, form, planShown, readForm } from "./plan_draft";
import { setHandles, showOverlaps, showPlan, type Drawn } from "./plan_map";
import { areaBoxes, nearBoxes, profileOf, type ProfileBox } from "./profile";
import { activities, activityOf, agreement } from "./store";

const kNearTimes = 3; // others within so many separations are drawn in the profile

let hovered: string | undefined;

window.addEventListener("resize", () => {
  if (planShown()) drawProfile();
});

/** The shape that the map's handles hold for a volume, from its fields. */
function drawnOf(volume: DraftVolume | undefined): Drawn | undefined {
  if (volume === undefined) return undefined;
  const [area] = areaOf(volume);
  if (area === undefined) return undefined;
  if ("circle" in area) {
    const { center, radius_mm } = area.circle;
    return { kind: "circle", points: [mapPoint(center)], radius_m: radius_mm / 1000 };
  }
  if (volume.kind === "polygon") {
    return { kind: "polygon", points: area.polygon.map(mapPoint), radius_m: 0 };
  }
  const lines = volume.points.split("\n").filter((line) => plain(line) !== "");
  const points = lines.map(readPoint).filter((point) => typeof point !== "string");
  return { kind: "corridor", points: points.map(mapPoint), radius_m: 0 };
}

/** Map and profile, from the fields. */
export function drawShapes(byMap: boolean): void {
  if (form.draft === undefined) return;
  const shapes = form.draft.volumes.map((volume) => areaOf(volume)[0]);
  const span = spanOfDraft();
  showPlan(
    shapes.flatMap((area, i) =>
      area === undefined
        ? []
        : [
            {
              shape: shapeOf(area),
              label: String(i + 1),
              chosen: i === form.chosen || hovered === `v${i}`,
            },
          ],
    ),
  );
  showDuring(span);
  const regions = form.answer?.conflicts ?? [];
  showOverlaps(
    regions.flatMap(({ region }, i) =>
      (region?.shapes ?? []).map((shape) => ({ shape, chosen: i === form.conflictShown })),
    ),
  );
  if (!byMap) setHandles(drawnOf(form.draft.volumes[form.chosen]));
  drawProfile();
}

function spanOfDraft(): { start: string; end: string } | undefined {
  const [plan] = readForm();
  const spans = plan?.volumes.map(({ time }) => time) ?? [];
  if (spans.length === 0) return undefined;
  const ms = spans.map(({ start, end }) => [Date.parse(start), Date.parse(end)] as const);
  return {
    start: new Date(Math.min(...ms.map(([a]) => a))).toISOString(),
    end: new Date(Math.max(...ms.map(([, b]) => b))).toISOString(),
  };
}

export function drawProfile(): void {
  const region = byId("profile");
  const [plan] = readForm();
  const volumes = plan?.volumes ?? [];
  const shapes = volumes.map(({ area }) => shapeOf(area));
  const far = kNearTimes * (agreement.value?.separation.lateral_m ?? 10000);
  const boxes: ProfileBox[] = [
    ...areaBoxes(shapes, agreement.value),
    ...nearBoxes(shapes, far, activities.value?.activities ?? [], form.replaces, activityName),
    ...volumes.map(
      ({ altitude, time }, i): ProfileBox => ({
        key: `v${i}`,
        kind: "own",
        name: t("plan.volume", { n: i + 1 }),
        band: {
          lower_m: altitude.lower_mm / 1000,
          upper_m: altitude.upper_mm / 1000,
          reference: altitude.reference,
        },
        span: time,
        chosen: i === form.chosen,
      }),
    ),
    ...(form.answer?.conflicts ?? []).flatMap(({ region: at, activity }, i): ProfileBox[] => {
      const other = activityOf(activity);
      if (at === undefined) return [];
      return [
        {
          key: `c${i}`,
          kind: "overlap",
          name: other === undefined ? t("plan.conflict.one") : activityName(other),
          band: at.altitude,
          span: at.time,
          chosen: i === form.conflictShown,
        },
      ];
    }),
  ];
  show(region, profileOf(boxes, chooseInProfile, region.clientWidth - 24));
}

function chooseInProfile(key: string | undefined, hover = false): void {
  if (hover) {
    if (hovered === key) return;
    hovered = key;
    for (const box of document.querySelectorAll("[data-volume]")) {
      box.classList.toggle("pointed", key === `v${box.getAttribute("data-volume") ?? ""}`);
    }
    return;
  }
  if (key?.startsWith("v")) choose(Number(key.slice(1)));
  if (key?.startsWith("c")) showConflict(Number(key.slice(1)));
  if (key?.startsWith("a")) location.hash = `#/activity/${key.slice(1)}`;
}

/** Makes a volume the one that the map's handles hold. */
export function choose(i: number): void {
  if (i === form.chosen || form.draft?.volumes[i] === undefined) return;
  form.chosen = i;
  for (const box of document.querySelectorAll("[data-volume]")) {
    box.classList.toggle("chosen", box.getAttribute("data-volume") === String(i));
  }
  drawShapes(false);
}

export function showConflict(i: number): void {
  form.conflictShown = form.conflictShown === i ? undefined : i;
  drawShapes(true);
  after.conflict();
}
