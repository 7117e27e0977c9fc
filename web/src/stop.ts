// SPDX-License-Identifier: Apache-2.0
//
// STOP: sending it, the alarm until it is acknowledged, and the clock that both sides see.
import { post } from "./api";
import { byId, h, said, show, type Child } from "./dom";
import { stateText, timeElement } from "./format";
import { listText, rich, t } from "./i18n";
import { activityName, age, askFor, choiceField, countdown, reasonField } from "./parts";
import { muted, setMuted, soundAlarm } from "./sound";
import {
  activities,
  activityOf,
  agreement,
  hello,
  isOwn,
  mayAct,
  nameOf,
  state,
  stops,
  touchBy,
} from "./store";
import type { Logged, Stop } from "./types";

const kOver = ["ended", "withdrawn"];

export function askForStop(): void {
  const open = (activities.value?.activities ?? []).filter(({ state: s }) => !kOver.includes(s));
  const [choice, chosen] = choiceField("stop-activity", t("stop.what"), [
    ["", t("stop.everything")],
    ...open.map((activity): [string, string] => [
      activity.id,
      t("stop.choice", {
        activity: activityName(activity),
        operator: activity.operator_name ?? nameOf(activity.operator),
        state: stateText(activity.state),
      }),
    ]),
  ]);
  const [reasonPart, reason] = reasonField(t("stop.reason"), true);
  askFor({
    title: t("stop.title"),
    explain: [
      h("p", {}, t("stop.explain")),
      mayAct() ? null : h("p", {}, t("stop.no_role")),
    ],
    fields: [reasonPart, choice],
    button: t("stop.send"),
    danger: true,
    send: async () => {
      const activity = chosen();
      await post<Logged>("/api/stops", {
        reason: reason(),
        ...(activity === "" ? {} : { activity }),
      });
      touchBy("stop");
    },
  });
}

async function answer(stop: Stop, act: "ack" | "lift", reason?: string): Promise<void> {
  await post<Logged>(`/api/stops/${stop.id}/${act}`, reason === undefined ? {} : { reason });
  touchBy("stop");
}

function askToLift(stop: Stop): void {
  const [field, reason] = reasonField(t("stop.lift.reason"), true);
  askFor({
    title: t("stop.lift.title"),
    explain: t("stop.lift.explain"),
    fields: [field],
    button: t("stop.lift.title"),
    send: () => answer(stop, "lift", reason()),
  });
}

function askToAcknowledge(stop: Stop): void {
  askFor({
    title: t("stop.ack.title"),
    explain: [
      h(
        "p",
        {},
        rich("stop.ack.sent", {
          party: said(nameOf(stop.party)),
          time: timeElement(stop.sent),
          reason: said(stop.reason, "q"),
        }),
      ),
      h("p", {}, t("stop.ack.explain")),
    ],
    fields: [],
    button: t("stop.ack"),
    danger: true,
    send: () => answer(stop, "ack"),
  });
}

const about = (stop: Stop): Child => {
  if (stop.activity === undefined) return t("stop.all_new");
  const activity = activityOf(stop.activity);
  return h(
    "a",
    { href: `#/activity/${stop.activity}`, "data-key": `stop-activity-${stop.id}` },
    activity === undefined ? t("stop.one") : activityName(activity),
  );
};

/** Whose duty officers have yet to acknowledge: every party but the sender. */
function owing(stop: Stop): string[] {
  return (agreement.value?.parties ?? [])
    .filter(({ id, kind }) => kind === "party" && id !== stop.party)
    .map(({ id }) => id)
    .filter((id) => !stop.acks.some((ack) => ack.party === id));
}

/** Whether this side has yet to take it: a party always, a monitor's officer as well. */
function waitsForUs(stop: Stop): boolean {
  const own = hello.value?.party ?? "";
  if (isOwn(stop.party) || stop.acks.some((ack) => ack.party === own)) return false;
  return owing(stop).includes(own) || stop.can?.includes("ack") === true;
}

function clockOf(stop: Stop): HTMLElement {
  const due = state.value?.alarms.find(({ id }) => id === stop.id)?.due;
  return h(
    "span.clock",
    { role: "timer", "aria-label": t("stop.clock") },
    age(stop.sent, "plain"),
    " ",
    h(
      "span.small-text",
      {},
      stop.overdue
        ? t("stop.overdue")
        : due === undefined
          ? ""
          : rich("stop.due", { time: countdown(due) }),
    ),
  );
}

const acknowledged = (stop: Stop): Child =>
  stop.acks.map((ack) =>
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

function banner(stop: Stop): HTMLElement {
  const mine = isOwn(stop.party);
  const missing = owing(stop);
  const due = waitsForUs(stop);
  const waits = missing.length > 0;
  const buttons: Child[] = [];
  if (stop.can?.includes("ack") === true) {
    buttons.push(
      h(
        "button.on-alarm",
        { type: "button", "data-key": `ack-${stop.id}`, onclick: () => askToAcknowledge(stop) },
        t("stop.ack"),
      ),
    );
  }
  if (stop.can?.includes("lift") === true) {
    buttons.push(
      h(
        "button.on-alarm",
        { type: "button", "data-key": `lift-${stop.id}`, onclick: () => askToLift(stop) },
        t("stop.lift"),
      ),
    );
  }
  if (due) {
    buttons.push(
      h(
        "button.on-alarm.quiet",
        {
          type: "button",
          "data-key": `sound-${stop.id}`,
          onclick: () => {
            setMuted(!muted());
            drawAlarms();
          },
        },
        t(muted() ? "stop.sound_on" : "stop.sound_off"),
      ),
    );
  }
  return h(
    "div",
    { class: `alarm ${due ? "loud" : waits ? "waits" : "calm"}`, "data-stop": stop.id },
    h(
      "strong.alarm-word",
      {},
      h("span", { lang: "en", dir: "ltr" }, "STOP"),
      " ",
      h("span.stop-beside", {}, t("stop.beside")),
    ),
    h(
      "div.alarm-text",
      {},
      h(
        "p",
        {},
        rich("stop.line", {
          who: h(
            "strong",
            {},
            mine ? t("stop.own") : rich("stop.from", { party: said(nameOf(stop.party)) }),
          ),
          what: about(stop),
          reason: said(stop.reason),
        }),
      ),
      h(
        "p.small-text",
        {},
        rich("stop.sent", { time: timeElement(stop.sent) }),
        acknowledged(stop),
        waits ? ` ${t("stop.not_acked", { parties: listText(missing.map(nameOf)) })}` : "",
      ),
    ),
    waits || due ? clockOf(stop) : null,
    buttons,
  );
}

const announced = new Set<string>();

/** Draws the alarms, and says a new one once to a screen reader. */
export function drawAlarms(): void {
  const open = (stops.value?.stops ?? []).filter(({ lifted }) => lifted === undefined);
  show(byId("alarms"), open.map(banner));
  const loud = open.filter(waitsForUs);
  soundAlarm(loud.length > 0);
  for (const stop of loud) {
    if (announced.has(stop.id)) continue;
    announced.add(stop.id);
    byId("alarm-said").textContent = t("stop.said", {
      party: nameOf(stop.party),
      reason: stop.reason,
    });
  }
  const title = hello.value === undefined ? "detente" : `${hello.value.name}, detente`;
  document.title = loud.length > 0 ? `STOP! ${title}` : title;
}
