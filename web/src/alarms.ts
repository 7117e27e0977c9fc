// SPDX-License-Identifier: Apache-2.0
//
// The alarms on top of every view: STOP and warnings, loud until this side has acknowledged, with
// the clock and the step of the escalation list that both sides see. What came by flash is shown
// before the record holds it. While the line to the node is down the last known is shown as such.
import { post } from "./api";
import { nodeNow } from "./clock";
import { byId, h, said, show, type Child } from "./dom";
import { timeElement, zuluText } from "./format";
import type { Alarm, Warning, Words } from "./hotline_types";
import {
  escalation,
  inWords,
  isOpenWarning,
  owingFor,
  raisedList,
  spoken,
  warningOf,
  warningTitle,
  wordsElement,
} from "./hotline_words";
import { listText, rich, t } from "./i18n";
import { line, lineDown } from "./line";
import { activityName, age, askFor, countdown } from "./parts";
import { muted, setMuted, soundAlarm } from "./sound";
import { askToAcknowledge, askToLift, stopAbout, waitsForUs } from "./stop";
import { activityOf, forms, hello, hotline, isOwn, nameOf, state, stops, touchBy } from "./store";
import type { Logged, Stop } from "./types";

const kWarningsMost = 3; // banners of warnings; the rest is counted, and stands in the view

interface Banner {
  id: string;
  kind: "stop" | "warning";
  party: string;
  sent: string;
  word: Child;
  text: Child;
  acks: { party: string; officer: string; time: string }[];
  alarm: Alarm | undefined;
  overdue: boolean;
  due: boolean; // this side has to acknowledge
  missing: string[];
  acts: { key: string; text: string; act: () => void }[];
  said: string;
}

// --- What there is -------------------------------------------------------------------------------

function bannerOfStop(stop: Stop): Banner {
  const alarm = hotline.value?.alarms.find(({ id }) => id === stop.id);
  const acts: Banner["acts"] = [];
  if (stop.can?.includes("ack") === true || alarm?.acts.includes("ack") === true) {
    acts.push({ key: "ack", text: t("stop.ack"), act: () => askToAcknowledge(stop) });
  }
  if (stop.can?.includes("lift") === true) {
    acts.push({ key: "lift", text: t("stop.lift"), act: () => askToLift(stop) });
  }
  const sender = isOwn(stop.party)
    ? t("stop.own")
    : rich("stop.from", { party: said(nameOf(stop.party)) });
  return {
    id: stop.id,
    kind: "stop",
    party: stop.party,
    sent: stop.sent,
    word: [
      h("span", { lang: "en", dir: "ltr" }, "STOP"),
      " ",
      h("span.stop-beside", {}, t("stop.beside")),
    ],
    text: rich("stop.line", {
      who: h("strong", {}, sender),
      what: stopAbout(stop),
      reason: said(stop.reason),
    }),
    acks: stop.acks,
    alarm,
    overdue: stop.overdue,
    due: waitsForUs(stop),
    missing: owingFor(stop.party, stop.acks),
    acts,
    said: t("stop.said", { party: nameOf(stop.party), reason: stop.reason }),
  };
}

/** A STOP that has come by flash before its entry: what the alarm itself says of it. */
function bannerOfFlash(alarm: Alarm): Banner {
  const stop: Stop = {
    id: alarm.id,
    party: alarm.party,
    index: alarm.index ?? -1,
    reason: alarm.text ?? "",
    sent: alarm.sent,
    acks: alarm.acks ?? [],
    overdue: false,
    can: alarm.acts.includes("ack") ? ["ack"] : [],
  };
  const who = h("strong", {}, rich("stop.from", { party: said(nameOf(alarm.party)) }));
  const text = rich("hotline.flash.stop", { who });
  return { ...bannerOfStop(stop), ...(stop.reason === "" ? { text } : {}) };
}

function bannerOfWarning(alarm: Alarm, warning: Warning | undefined): Banner {
  const acks = warning?.acks ?? alarm.acks ?? [];
  const acts: Banner["acts"] = [];
  if (alarm.acts.includes("ack") || warning?.acts.includes("ack") === true) {
    acts.push({
      key: "ack",
      text: t("stop.ack"),
      act: () => askToAcknowledgeWarning(alarm.id, alarm.party, warning),
    });
  }
  const titles = warning?.title ?? kindTitle(alarm.warning);
  const title = inWords(titles, alarm.warning ?? "")[0];
  const activity = warning?.activity;
  const typed = warning?.text ?? alarm.text;
  return {
    id: alarm.id,
    kind: "warning",
    party: alarm.party,
    sent: alarm.sent,
    word: t("hotline.warning"),
    text: [
      h(
        "strong",
        {},
        isOwn(alarm.party)
          ? t("stop.own")
          : rich("stop.from", { party: said(nameOf(alarm.party)) }),
      ),
      ": ",
      warning === undefined
        ? title === ""
          ? t("hotline.warning.unknown")
          : wordsElement(titles, alarm.warning)
        : h(
            "a",
            { href: `#/warning/${alarm.id}`, "data-key": `warning-open-${alarm.id}` },
            warningTitle(warning),
          ),
      typed === undefined ? null : [" ", spoken(typed, warning?.language, "q")],
      activity === undefined
        ? null
        : [
            " ",
            h(
              "a",
              { href: `#/activity/${activity}`, "data-key": `warning-activity-${alarm.id}` },
              said(nameOfActivity(activity)),
            ),
          ],
      warning === undefined ? null : [" ", rich("hotline.until", { time: countdown(warning.until) })],
    ],
    acks,
    alarm,
    overdue: false,
    due: warningDue(alarm),
    missing: owingFor(alarm.party, acks),
    acts,
    said: t("hotline.warning.said", { party: nameOf(alarm.party), title }),
  };
}

/** What came by flash names only the kind: its words stand with the forms. */
function kindTitle(code: string | undefined): Words | undefined {
  if (forms.value === undefined) forms.touch();
  return forms.value?.warnings.find((one) => one.code === code)?.title;
}

/** Whether this side has yet to take it: a party always, a monitor's officer as well. */
function warningDue(alarm: Alarm): boolean {
  if (alarm.acked || isOwn(alarm.party)) return false;
  return alarm.acts.includes("ack") || hello.value?.kind === "party";
}

const nameOfActivity = (id: string): string => {
  const activity = activityOf(id);
  return activity === undefined ? t("stop.one") : activityName(activity);
};

function openStops(): Banner[] {
  const known = stops.value?.stops ?? [];
  const flashed = (hotline.value?.alarms ?? []).filter(
    ({ id, kind, acked }) => kind === "stop" && !acked && !known.some((stop) => stop.id === id),
  );
  return [
    ...flashed.map(bannerOfFlash),
    ...known.filter(({ lifted }) => lifted === undefined).map(bannerOfStop),
  ];
}

interface OpenWarning {
  alarm: Alarm;
  warning: Warning | undefined;
  due: boolean;
}

/** Warnings that somebody has yet to acknowledge; what waits for this side comes first. */
function openWarnings(): OpenWarning[] {
  const known = new Map((hotline.value?.warnings ?? []).map((warning) => [warning.id, warning]));
  const now = nodeNow() ?? 0;
  return (hotline.value?.alarms ?? [])
    .filter(({ kind, acked }) => kind === "warning" && !acked)
    .map((alarm) => ({ alarm, warning: known.get(alarm.id), due: warningDue(alarm) }))
    .filter(({ warning }) => warning === undefined || isOpenWarning(warning, now))
    .sort((a, b) => Number(b.due) - Number(a.due));
}

// --- Acts ----------------------------------------------------------------------------------------

async function acknowledgeWarning(id: string): Promise<void> {
  await post<Logged>(`/api/hotline/warnings/${id}/ack`, {});
  touchBy("warning");
}

export function askToAcknowledgeWarning(
  id: string,
  party: string,
  warning = warningOf(id),
): void {
  askFor({
    title: t("hotline.ack.title"),
    explain: [
      h(
        "p",
        {},
        said(nameOf(party)),
        ": ",
        warning === undefined ? t("hotline.warning.unknown") : warningTitle(warning),
      ),
      warning?.text === undefined ? null : h("p", {}, spoken(warning.text, warning.language, "q")),
      h("p", {}, t("stop.ack.explain")),
    ],
    fields: [],
    button: t("stop.ack"),
    send: () => acknowledgeWarning(id),
  });
}

// --- Drawing -------------------------------------------------------------------------------------

function clockOf(banner: Banner): HTMLElement {
  const due = state.value?.alarms.find(({ id }) => id === banner.id)?.due;
  const more =
    banner.alarm !== undefined
      ? escalation(banner.alarm)
      : due === undefined
        ? ""
        : rich("stop.due", { time: countdown(due) });
  return h(
    "span.clock",
    {
      role: "timer",
      "aria-label": t(banner.kind === "stop" ? "stop.clock" : "hotline.warning.clock"),
    },
    age(banner.sent, "plain"),
    " ",
    h("span.small-text", {}, banner.overdue ? [t("stop.overdue"), ". "] : null, more),
  );
}

const acknowledged = (banner: Banner): Child =>
  banner.acks.map((ack) =>
    h(
      "span",
      {},
      " ",
      rich("stop.acked", {
        party: said(nameOf(ack.party)),
        officer: ack.officer,
        time: timeElement(ack.time, "clock"),
      }),
    ),
  );

function marks(banner: Banner): Child {
  const flash = banner.alarm?.flash === true || banner.alarm?.index === null;
  return [
    flash ? h("span.alarm-mark", { "data-flash": "yes" }, t("hotline.flash")) : null,
    lineDown()
      ? h(
          "span.alarm-mark",
          { "data-last-known": "yes" },
          line.lastKnown === undefined
            ? t("hotline.last_known")
            : t("hotline.last_known_at", { time: zuluText(line.lastKnown) }),
        )
      : null,
  ];
}

function buttons(banner: Banner): Child {
  const rows: Child[] = banner.acts.map(({ key, text, act }) =>
    h(
      "button.on-alarm",
      { type: "button", "data-key": `${key}-${banner.id}`, onclick: act },
      text,
    ),
  );
  if (banner.due) {
    rows.push(
      h(
        "button.on-alarm.quiet",
        {
          type: "button",
          "data-key": `sound-${banner.id}`,
          onclick: () => {
            setMuted(!muted());
            drawAlarms();
          },
        },
        t(muted() ? "stop.sound_on" : "stop.sound_off"),
      ),
    );
  }
  return rows;
}

function draw(banner: Banner): HTMLElement {
  const waits = banner.missing.length > 0;
  const look = banner.due ? "loud" : waits ? "waits" : "calm";
  return h(
    "div",
    {
      class: `alarm ${look} ${banner.kind === "warning" ? "of-warning" : "of-stop"}`,
      "data-alarm": banner.id,
      ...(banner.kind === "stop" ? { "data-stop": banner.id } : {}),
    },
    h("strong.alarm-word", {}, banner.word),
    h(
      "div.alarm-text",
      {},
      h("p", {}, banner.text, marks(banner)),
      h(
        "p.small-text",
        {},
        rich("stop.sent", { time: timeElement(banner.sent) }),
        acknowledged(banner),
        waits ? ` ${t("stop.not_acked", { parties: listText(banner.missing.map(nameOf)) })}` : "",
        banner.alarm === undefined ? null : raisedList(banner.alarm),
      ),
    ),
    waits || banner.due ? clockOf(banner) : null,
    buttons(banner),
  );
}

const announced = new Set<string>();

/** Draws the alarms, and says a new one once to a screen reader. */
export function drawAlarms(): void {
  const stopped = openStops();
  const warned = openWarnings();
  const shown = [
    ...stopped,
    ...warned.slice(0, kWarningsMost).map(({ alarm, warning }) => bannerOfWarning(alarm, warning)),
  ];
  // The node's list has an end; its totals have not.
  const listed = (hotline.value?.alarms ?? []).filter(({ acked }) => !acked).length;
  const unlisted = Math.max(0, (hotline.value?.totals?.unacknowledged ?? 0) - listed);
  const more = warned.length - kWarningsMost + unlisted;
  show(
    byId("alarms"),
    shown.map(draw),
    more > 0
      ? h(
          "p.alarm-more",
          {},
          h("a", { href: "#/hotline", "data-key": "alarm-more" }, t("hotline.more", { n: more })),
        )
      : null,
  );
  const loudStop = stopped.some(({ due }) => due);
  const loudWarning = warned.some(({ due }) => due);
  for (const { id, due, said: text } of shown) {
    if (!due || announced.has(id)) continue;
    announced.add(id);
    setMuted(false); // silence was asked for what was known then
    byId("alarm-said").textContent = text;
  }
  soundAlarm(loudStop ? "stop" : loudWarning ? "warning" : undefined);
  const title = hello.value === undefined ? "detente" : `${hello.value.name}, detente`;
  document.title = loudStop
    ? `STOP! ${title}`
    : loudWarning
      ? t("hotline.warning.title", { title })
      : title;
}
