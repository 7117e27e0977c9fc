// SPDX-License-Identifier: Apache-2.0
//
// More of one activity: where its place lies, who read it back, what it took over, what was given
// back, offers, and where exactly it comes too close to others, on the map and in the profile.
import { byId, english, h, said, show, type Child } from "./dom";
import { bandText, spanText, timeElement } from "./format";
import { rich, t } from "./i18n";
import { activityName, missing, recordLink } from "./parts";
import { directionText, farText, placeText } from "./plan_check";
import { showOverlaps } from "./plan_map";
import { areaBoxes, nearBoxes, profileOf, type ProfileBox } from "./profile";
import { activities, activityOf, agreement, Cell, nameOf } from "./store";
import { clauseLink } from "./terms_words";
import type { Activity, Meeting, SignedAct } from "./types";

let opened: string | undefined;
let asked = ""; // a question that is under way outlives its view
let shown: number | undefined; // the meeting that is drawn alone
let redraw: (() => void) | undefined;

/** One activity alone: only its answer holds where it meets others. */
const detail = new Cell<Activity>(
  () => `/api/activities/${asked}`,
  () => opened !== undefined && document.body.dataset["view"] === "activity",
);
detail.onChange(() => redraw?.());
activities.onChange(() => detail.touch());

const detailOf = ({ id }: Activity): Activity | undefined =>
  detail.value?.id === id ? detail.value : undefined;

export function openActivity(id: string, again: () => void): void {
  redraw = again;
  if (id === opened) return;
  opened = asked = id;
  shown = undefined;
  detail.touch();
}

export function leaveActivity(): void {
  if (opened === undefined) return;
  opened = undefined;
  showOverlaps([]);
  show(byId("profile"));
}

const signed = (act: SignedAct): Child =>
  rich("path.signed", {
    time: timeElement(act.time),
    officers: act.officers.join(", "),
    entry: recordLink(act.party, act.index),
  });

const linkTo = (id: string): HTMLElement => {
  const other = activityOf(id);
  return h(
    "a",
    { href: `#/activity/${id}`, "data-key": `more-${id}` },
    h("bdi", {}, other === undefined ? t("activity.one") : activityName(other)),
  );
};

/** Rows for the list of facts. */
export function moreFacts(activity: Activity): [string, Child][] {
  const { place_check: place } = activity;
  return [
    [
      t("activity.place_check"),
      place === undefined
        ? null
        : [
            placeText(place),
            place.confirmed === true ? [" ", h("span.chip", {}, t("activity.confirmed"))] : null,
          ],
    ],
    [
      t("activity.forbidden"),
      activity.forbidden === undefined || activity.forbidden === ""
        ? null
        : english(activity.forbidden),
    ],
    [
      t("activity.contingent"),
      activity.contingent_why === undefined || activity.contingent_why === ""
        ? null
        : said(activity.contingent_why),
    ],
    [t("plan.unmanned"), activity.unmanned === true ? t("word.yes") : null],
    [
      t("activity.replaces"),
      activity.replaces === undefined ? null : linkTo(activity.replaces),
    ],
    [
      t("activity.replaced_by"),
      activity.replaced_by === undefined ? null : linkTo(activity.replaced_by),
    ],
    [t("activity.version"), activity.version === undefined ? null : String(activity.version)],
  ];
}

function readBackPart(activity: Activity): Child {
  const done = activity.read_backs ?? [];
  const needed = activity.read_back_needed ?? [];
  if (done.length === 0 && needed.length === 0) return null;
  return h(
    "section.part",
    { id: "read-backs" },
    h("h2", {}, t("activity.read_backs")),
    h(
      "ul.plain",
      {},
      done.map((one) =>
        h(
          "li",
          { class: one.matches ? "need done" : "need wrong" },
          h("span.sign", { "aria-hidden": "true" }, one.matches ? "✓" : "✕"),
          h(
            "div",
            {},
            h("strong", { dir: "auto" }, nameOf(one.act.party)),
            ": ",
            t("activity.read_back", {
              place: one.place,
              distance: farText(one.distance_m),
              direction: directionText(one.bearing_deg),
            }),
            " ",
            t(one.matches ? "activity.read_back.matches" : "activity.read_back.differs"),
            one.why === undefined || one.why === "" || one.why === one.act.reason
              ? null
              : [" ", english(one.why)],
            one.act.reason === undefined ? null : [" ", said(one.act.reason, "q")],
            h("div.small-text", {}, signed(one.act)),
          ),
        ),
      ),
      needed
        .filter((party) => !done.some(({ act, matches }) => act.party === party && matches))
        .map((party) =>
          h(
            "li.need",
            {},
            h("span.sign", { "aria-hidden": "true" }, "◌"),
            h("span", {}, h("strong", { dir: "auto" }, nameOf(party)), ": ", missing()),
          ),
        ),
    ),
  );
}

function releasePart(activity: Activity): Child {
  const list = activity.released ?? [];
  if (list.length === 0) return null;
  return h(
    "section.part",
    { id: "released" },
    h("h2", {}, t("activity.released")),
    h(
      "ul.plain",
      {},
      list.map((one) =>
        h(
          "li",
          {},
          one.volumes.length === 0
            ? t("activity.released.all")
            : t("activity.released.some", { volumes: one.volumes.join(", ") }),
          one.until === undefined
            ? null
            : [" ", rich("activity.released.until", { time: timeElement(one.until) })],
          one.counts ? null : h("span.not-counted", {}, " ", t("activity.not_counted")),
          one.act.reason === undefined ? null : [" ", said(one.act.reason, "q")],
          h("div.small-text", {}, signed(one.act)),
        ),
      ),
    ),
  );
}

function offerPart(activity: Activity): Child {
  const list = activity.offers ?? [];
  if (list.length === 0) return null;
  return h(
    "section.part",
    { id: "offers" },
    h("h2", {}, t("activity.offers")),
    h(
      "ul.plain",
      {},
      list.map(({ act, volumes }) =>
        h(
          "li",
          {},
          h("strong", { dir: "auto" }, nameOf(act.party)),
          act.reason === undefined ? null : [": ", said(act.reason, "q")],
          h(
            "ul.plain",
            {},
            volumes.map((volume) =>
              h("li.small-text", {}, bandText(volume.altitude), h("br"), spanText(volume.time)),
            ),
          ),
          h("div.small-text", {}, signed(act)),
        ),
      ),
    ),
    h("p.fine", {}, t("act.offer.explain")),
  );
}

function exceptionPart(activity: Activity): Child {
  const uses = activity.exception_uses ?? [];
  if (uses.length === 0) return null;
  return h(
    "section.part",
    {},
    h("h2", {}, t("activity.exceptions")),
    h(
      "ul.plain",
      {},
      uses.map((use) =>
        h(
          "li",
          {},
          use.clause === undefined ? null : [clauseLink(use.clause), " "],
          use.late === true ? h("span.chip.late", {}, t("word.late")) : null,
          use.act === undefined ? null : h("div.small-text", {}, signed(use.act)),
        ),
      ),
    ),
  );
}

function meetingItem(meeting: Meeting, i: number): HTMLElement {
  const { region } = meeting;
  const asked = agreement.value?.separation.lateral_m ?? 0;
  const chosen = shown === i;
  return h(
    "li",
    { class: chosen ? "conflict chosen" : "conflict" },
    h("p", {}, h("span.sign", { "aria-hidden": "true" }, "⨯ "), linkTo(meeting.other)),
    h(
      "p",
      {},
      meeting.distance_m <= 0
        ? t("plan.conflict.touch", { asked: farText(asked) })
        : t("plan.conflict.near", { distance: farText(meeting.distance_m), asked: farText(asked) }),
    ),
    region === undefined
      ? null
      : [
          h("p.small-text", {}, spanText(region.time), h("br"), bandText(region.altitude)),
          h(
            "p",
            {},
            h(
              "button.small",
              {
                type: "button",
                "data-key": `meeting-${i}`,
                "aria-pressed": chosen ? "true" : "false",
                onclick: () => showMeeting(i),
              },
              t("plan.conflict.show"),
            ),
          ),
        ],
  );
}

function showMeeting(i: number): void {
  shown = shown === i ? undefined : i;
  redraw?.();
}

/** Where it comes too close, exactly; undefined: the node has not said so. */
export function meetingsOf(activity: Activity): Child | undefined {
  const meetings = detailOf(activity)?.meetings;
  if (meetings === undefined || meetings.length === 0) return undefined;
  return h("ul.conflicts", { id: "meetings" }, meetings.map(meetingItem));
}

export const moreParts = (activity: Activity): Child => [
  readBackPart(activity),
  releasePart(activity),
  offerPart(activity),
  exceptionPart(activity),
];

/** The regions on the map, and the profile under it. */
export function drawActivity(activity: Activity): void {
  const meetings = detailOf(activity)?.meetings ?? [];
  showOverlaps(
    meetings.flatMap(({ region }, i) =>
      shown !== undefined && shown !== i
        ? []
        : (region?.shapes ?? []).map((shape) => ({ shape, chosen: i === shown })),
    ),
  );
  const shapes = activity.volumes.map(({ shape }) => shape);
  const far = 3 * (agreement.value?.separation.lateral_m ?? 10000);
  const boxes: ProfileBox[] = [
    ...areaBoxes(shapes, agreement.value),
    ...nearBoxes(shapes, far, activities.value?.activities ?? [], activity.id, activityName),
    ...activity.volumes.map(
      ({ altitude, time }, i): ProfileBox => ({
        key: `v${i}`,
        kind: "own",
        name: `${activityName(activity)} ${i + 1}`,
        band: altitude,
        span: time,
      }),
    ),
    ...meetings.flatMap(({ region, other }, i): ProfileBox[] => {
      const name = activityOf(other);
      if (region === undefined) return [];
      return [
        {
          key: `c${i}`,
          kind: "overlap",
          name: name === undefined ? t("plan.conflict.one") : activityName(name),
          band: region.altitude,
          span: region.time,
          chosen: i === shown,
        },
      ];
    }),
  ];
  const region = byId("profile");
  const choose = (key: string | undefined, hover = false): void => {
    if (hover || key === undefined) return;
    if (key.startsWith("a")) location.hash = `#/activity/${key.slice(1)}`;
    if (key.startsWith("c")) showMeeting(Number(key.slice(1)));
  };
  show(region, profileOf(boxes, choose, region.clientWidth - 24));
}

