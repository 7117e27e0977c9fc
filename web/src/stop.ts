// SPDX-License-Identifier: Apache-2.0
//
// STOP: sending it, the alarm until it is acknowledged, and the clock that both sides see.
import { post } from "./api";
import { byId, h, said, show, type Child } from "./dom";
import { timeElement } from "./format";
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
  const [choice, chosen] = choiceField("stop-activity", "What must stop", [
    ["", "Everything new: nothing may become active"],
    ...open.map((activity): [string, string] => [
      activity.id,
      `${activityName(activity)} (${activity.operator_name ?? nameOf(activity.operator)}), ${activity.state}`,
    ]),
  ]);
  const [reasonPart, reason] = reasonField("Reason (the other side reads it)", true);
  askFor({
    title: "Send STOP",
    explain: [
      h(
        "p",
        {},
        "STOP needs nobody's consent. It goes to every party at once, and alarms there until an " +
          "officer acknowledges it. Both sides see the clock. It is signed with your key and stays on the record.",
      ),
      mayAct()
        ? null
        : h("p", {}, "You are known here without a role that may send it; the node will refuse."),
    ],
    fields: [reasonPart, choice],
    button: "Send STOP now",
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
  const [field, reason] = reasonField("Reason", true);
  askFor({
    title: "Lift STOP",
    explain: "What was stopped may go on afterwards, under the agreement's rules.",
    fields: [field],
    button: "Lift STOP",
    send: () => answer(stop, "lift", reason()),
  });
}

function askToAcknowledge(stop: Stop): void {
  askFor({
    title: "Acknowledge STOP",
    explain: [
      h(
        "p",
        {},
        `${nameOf(stop.party)} sent STOP `,
        timeElement(stop.sent),
        ": ",
        said(stop.reason, "q"),
      ),
      h(
        "p",
        {},
        "Acknowledging says that you have taken it and pass it on. It does not say that you agree.",
      ),
    ],
    fields: [],
    button: "Acknowledge",
    danger: true,
    send: () => answer(stop, "ack"),
  });
}

const about = (stop: Stop): Child => {
  if (stop.activity === undefined) return "everything new";
  const activity = activityOf(stop.activity);
  return h(
    "a",
    { href: `#/activity/${stop.activity}`, "data-key": `stop-activity-${stop.id}` },
    activity === undefined ? "one activity" : activityName(activity),
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
    { role: "timer", "aria-label": "time since STOP was sent" },
    age(stop.sent, "", ""),
    h(
      "span.small-text",
      {},
      stop.overdue ? " overdue" : due === undefined ? "" : [" due ", countdown(due)],
    ),
  );
}

const acknowledged = (stop: Stop): Child =>
  stop.acks.map((ack) =>
    h(
      "span",
      {},
      ` Acknowledged for ${nameOf(ack.party)} by ${ack.officer} `,
      timeElement(ack.time, "clock"),
      ".",
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
        "Acknowledge",
      ),
    );
  }
  if (stop.can?.includes("lift") === true) {
    buttons.push(
      h(
        "button.on-alarm",
        { type: "button", "data-key": `lift-${stop.id}`, onclick: () => askToLift(stop) },
        "Lift",
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
        muted() ? "Sound on" : "Sound off",
      ),
    );
  }
  return h(
    "div",
    { class: `alarm ${due ? "loud" : waits ? "waits" : "calm"}`, "data-stop": stop.id },
    h("strong.alarm-word", {}, "STOP"),
    h(
      "div.alarm-text",
      {},
      h(
        "p",
        {},
        h("strong", {}, mine ? "Sent by this party" : `From ${nameOf(stop.party)}`),
        " on ",
        about(stop),
        ": ",
        said(stop.reason),
      ),
      h(
        "p.small-text",
        {},
        "Sent ",
        timeElement(stop.sent),
        ".",
        acknowledged(stop),
        waits ? ` Not acknowledged by ${missing.map(nameOf).join(", ")}.` : "",
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
    byId("alarm-said").textContent =
      `STOP from ${nameOf(stop.party)}: ${stop.reason}. It waits for your acknowledgement.`;
  }
  const title = hello.value === undefined ? "detente" : `${hello.value.name}, detente`;
  document.title = loud.length > 0 ? `STOP! ${title}` : title;
}
