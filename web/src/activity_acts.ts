// SPDX-License-Identifier: Apache-2.0
//
// Dialogs for acts on an activity that say more than a reason: reading its place back, releasing
// airspace, declaring an emergency, offering volumes.
import { get, post } from "./api";
import { append, fixed, h, type Child } from "./dom";
import { bandText, pointText, spanText } from "./format";
import { t } from "./i18n";
import { activityName, askFor, choiceField, reasonField } from "./parts";
import {
  bearingOf,
  distanceOf,
  emptyVolume,
  plain,
  pointLine,
  readPoint,
  readTime,
  readVolumeOf,
  timeLine,
  type SignedVolume,
} from "./plan";
import { directionText, farText } from "./plan_check";
import { filedPlan } from "./plan_filed";
import { agreement, touchBy } from "./store";
import type { Act, Activity, Logged, Point } from "./types";

/** A line of text with a label; the second part reads it. */
function lineField(
  id: string,
  label: string,
  attributes: Record<string, string | number | boolean> = {},
): [HTMLElement, HTMLInputElement] {
  const input = h("input", { type: "text", id, autocomplete: "off", dir: "ltr", ...attributes });
  return [h("div.field", {}, h("label", { for: id }, label), input), input];
}

/** A number typed in a dialog, or an error in words. */
function numberOf(input: HTMLInputElement, low: number, high: number): number {
  const value = Number(plain(input.value).replace(",", "."));
  if (plain(input.value) === "" || Number.isNaN(value) || value < low || value > high) {
    input.focus();
    throw new Error(t("act.number", { low, high }));
  }
  return value;
}

async function send(activity: Activity, act: string, body: object): Promise<void> {
  await post<Logged>(`/api/activities/${activity.id}/${act}`, body);
  touchBy("activity");
}

const explainOf = (act: Act): Child => [
  h("p", {}, t(`act.${act}.explain`)),
  h("p", {}, t("dialog.signed")),
];
const titleOf = (activity: Activity, act: Act): string =>
  t("act.dialog", { act: t(`act.${act}.title`), activity: activityName(activity) });

// --- Reading back --------------------------------------------------------------------------------

type Town = [name: string, longitude: number, latitude: number, size: number];
const bare = (name: string): string =>
  name
    .normalize("NFD")
    .replace(/[\u0300-\u036f'’ʿʾ`-]/g, "")
    .toLowerCase();

/** The nearest town of this page's own map: not of what the filer stated, nor of the agreement. */
async function nearestTown(at: Point): Promise<{ name: string; point: Point } | undefined> {
  const answer = await fetch("places.json");
  const towns = (await answer.json()) as Town[];
  let best: { name: string; point: Point; far: number } | undefined;
  for (const [name, x, y] of towns) {
    if (Math.abs(y - at[1]) > 3) continue;
    const far = distanceOf([x, y], at);
    if (best === undefined || far < best.far) best = { name, point: [x, y], far };
  }
  return best;
}

function measurePart(
  activity: Activity,
  use: (name: string, km: number, bearing: number) => void,
): HTMLElement {
  const result = h("div", { "aria-live": "polite" });
  const measure = async (): Promise<void> => {
    const town = await nearestTown(activity.place.point);
    if (town === undefined) {
      result.replaceChildren(h("p", {}, t("act.measure.none")));
      return;
    }
    const far = distanceOf(town.point, activity.place.point);
    const bearing = bearingOf(town.point, activity.place.point);
    const known = agreement.value?.places?.find(({ name }) => bare(name) === bare(town.name));
    result.replaceChildren(
      h(
        "p",
        {},
        t("act.measure.result", {
          name: town.name,
          distance: farText(far),
          direction: directionText(bearing),
        }),
      ),
    );
    if (known === undefined) return;
    append(result, [
      h(
        "button.small",
        {
          type: "button",
          id: "measure-use",
          onclick: () => use(known.name, Math.round(far / 100) / 10, Math.round(bearing)),
        },
        t("act.measure.use"),
      ),
    ]);
  };
  return h(
    "div.own-map",
    {},
    h(
      "button.small",
      { type: "button", id: "measure", onclick: () => void measure().catch(() => undefined) },
      t("act.measure"),
    ),
    h("p.hint", {}, t("act.measure.hint")),
    result,
  );
}

export function askToReadBack(activity: Activity): void {
  const names = (agreement.value?.places ?? []).map(({ name }) => name).sort();
  const [placeField, place] = choiceField("read-place", t("act.read_back.place"), [
    ["", t("act.read_back.choose")],
    ...names.map((name): [string, string] => [name, name]),
  ]);
  const [farField, far] = lineField("read-distance", t("act.read_back.distance"), {
    inputmode: "decimal",
  });
  const [turnField, turn] = lineField("read-bearing", t("act.read_back.bearing"), {
    inputmode: "decimal",
  });
  const [whyField, why] = reasonField(t("act.read_back.why"), false);
  whyField.hidden = true;
  const disagree = h(
    "button",
    {
      type: "button",
      id: "disagree",
      "aria-pressed": "false",
      onclick: () => {
        whyField.hidden = !whyField.hidden;
        disagree.setAttribute("aria-pressed", whyField.hidden ? "false" : "true");
        if (!whyField.hidden) whyField.querySelector("textarea")?.focus();
      },
    },
    t("act.read_back.disagree"),
  );
  const measure = measurePart(activity, (name, km, bearing) => {
    const select = placeField.querySelector("select");
    if (select !== null) select.value = name;
    far.value = String(km);
    turn.value = String(bearing);
  });
  askFor({
    title: titleOf(activity, "read_back"),
    explain: [
      explainOf("read_back"),
      h(
        "p",
        {},
        t("act.read_back.position"),
        " ",
        h("strong", {}, fixed(pointLine(pointE7(activity.place.point)))),
        " ",
        h("span.small-text", {}, `(${pointText(activity.place.point)})`),
      ),
    ],
    fields: [
      placeField,
      h("div.fields", {}, farField, turnField),
      measure,
      h("div.buttons", {}, disagree),
      whyField,
    ],
    button: t("act.read_back"),
    send: async () => {
      if (place() === "") throw new Error(t("act.read_back.no_place"));
      const agrees = whyField.hidden;
      if (!agrees && why() === "") throw new Error(t("act.read_back.no_why"));
      await send(activity, "read_back", {
        place: place(),
        distance_m: Math.round(numberOf(far, 0, 1000) * 1000),
        bearing_deg: Math.round(numberOf(turn, 0, 360)) % 360,
        ...(agrees ? {} : { agrees: false, reason: why() }),
      });
    },
  });
}

const pointE7 = ([lng, lat]: Point): [number, number] => [
  Math.round(lat * 1e7),
  Math.round(lng * 1e7),
];

// --- Releasing, emergencies, offers --------------------------------------------------------------

export function askToRelease(activity: Activity): void {
  const boxes = activity.volumes.map((volume, i) => {
    const box = h("input", { type: "checkbox", id: `release-${i}`, checked: true });
    const words = `${bandText(volume.altitude)}, ${spanText(volume.time)}`;
    const label = t("plan.volume", { n: volume.number ?? i + 1 });
    const line = h(
      "div.check",
      {},
      box,
      h("label", { for: box.id }, label, " ", h("span.small-text", {}, words)),
    );
    return [line, box] as const;
  });
  const [untilField, until] = lineField("release-until", t("act.release.until"), {
    placeholder: "2016-08-15 12:00",
  });
  const [reasonPart, reason] = reasonField(t("act.reason"), false);
  askFor({
    title: titleOf(activity, "release"),
    explain: explainOf("release"),
    fields: [
      h(
        "fieldset.plain-set",
        {},
        h("legend", {}, t("act.release.volumes")),
        boxes.map(([line]) => line),
      ),
      untilField,
      h("p.hint", {}, t("act.release.until.hint")),
      reasonPart,
    ],
    button: t("act.release"),
    send: async () => {
      const chosen = boxes.flatMap(([, box], i) =>
        box.checked ? [activity.volumes[i]?.number ?? i + 1] : [],
      );
      if (chosen.length === 0) throw new Error(t("act.release.none"));
      const time = plain(until.value) === "" ? undefined : readTime(until.value);
      if (time !== undefined && !time.endsWith("Z")) throw new Error(t("plan.fault.time"));
      await send(activity, "release", {
        ...(chosen.length === boxes.length ? {} : { volumes: chosen }),
        ...(time === undefined ? {} : { until: time }),
        ...(reason() === "" ? {} : { reason: reason() }),
      });
    },
  });
}

export function askForEmergency(activity: Activity): void {
  const [reasonPart, reason] = reasonField(t("act.reason"), true);
  const [pointField, point] = lineField("emergency-point", t("act.contingent.point"));
  const [radiusField, radius] = lineField("emergency-radius", t("act.contingent.radius"));
  const [lowField, low] = lineField("emergency-lower", t("act.contingent.lower"));
  const [highField, high] = lineField("emergency-upper", t("act.contingent.upper"));
  const [endField, end] = lineField("emergency-end", t("plan.end"));
  end.value = timeLine(Date.parse(activity.span.end));
  const volume = (): SignedVolume[] => {
    if (plain(point.value) === "") return [];
    if (typeof readPoint(point.value) === "string") throw new Error(t("plan.fault.point"));
    const draft = emptyVolume(Date.parse(activity.span.start));
    const [read, faults] = readVolumeOf({
      ...draft,
      kind: "circle",
      center: point.value,
      radius: radius.value,
      lower: low.value,
      upper: high.value,
      end: end.value,
    });
    if (read === undefined) {
      const [fault] = faults;
      throw new Error(fault === undefined ? "" : t(fault.key, fault.params));
    }
    return [read];
  };
  askFor({
    title: titleOf(activity, "contingent"),
    explain: explainOf("contingent"),
    fields: [
      reasonPart,
      h("p.hint", {}, t("act.contingent.hint")),
      h("div.fields", {}, pointField, radiusField, lowField, highField, endField),
    ],
    button: t("act.contingent"),
    danger: true,
    send: async () => {
      const volumes = volume();
      const more = volumes.length > 0 ? { volumes } : {};
      await send(activity, "contingent", { reason: reason(), ...more });
    },
  });
}

/** An offer moves the filed volumes in time and height; their shapes stay. */
export function askToOffer(activity: Activity): void {
  const [laterField, later] = lineField("offer-later", t("act.offer.later"), { value: "0" });
  const [higherField, higher] = lineField("offer-higher", t("act.offer.higher"), { value: "0" });
  const [reasonPart, reason] = reasonField(t("act.reason"), true);
  askFor({
    title: titleOf(activity, "offer"),
    explain: explainOf("offer"),
    fields: [h("div.fields", {}, laterField, higherField), reasonPart],
    button: t("act.offer"),
    send: async () => {
      const ms = Math.round(numberOf(later, -10080, 10080)) * 60000;
      const mm = Math.round(numberOf(higher, -60000, 60000) * 304.8);
      if (ms === 0 && mm === 0) throw new Error(t("act.offer.same"));
      const plan = await filedPlan(await get<Activity>(`/api/activities/${activity.id}`));
      const moved = (time: string): string =>
        new Date(Date.parse(time) + ms).toISOString().replace(".000Z", "Z");
      await send(activity, "offer", {
        volumes: plan.volumes.map(({ area, altitude, time }) => ({
          area,
          altitude: {
            lower_mm: altitude.lower_mm + mm,
            upper_mm: altitude.upper_mm + mm,
            reference: altitude.reference,
          },
          time: { start: moved(time.start), end: moved(time.end) },
        })),
        reason: reason(),
      });
    },
  });
}
