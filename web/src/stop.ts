// SPDX-License-Identifier: Apache-2.0
//
// STOP: sending, acknowledging, lifting. The alarm itself is in alarms.ts.
import { post } from "./api";
import { h, said, type Child } from "./dom";
import { stateText, timeElement } from "./format";
import { owingFor } from "./hotline_words";
import { rich, t } from "./i18n";
import { activityName, askFor, choiceField, reasonField } from "./parts";
import { activities, activityOf, hello, isOwn, mayAct, nameOf, touchBy } from "./store";
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

export function askToLift(stop: Stop): void {
  const [field, reason] = reasonField(t("stop.lift.reason"), true);
  askFor({
    title: t("stop.lift.title"),
    explain: t("stop.lift.explain"),
    fields: [field],
    button: t("stop.lift.title"),
    send: () => answer(stop, "lift", reason()),
  });
}

export function askToAcknowledge(stop: Stop): void {
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

export const stopAbout = (stop: Stop): Child => {
  if (stop.activity === undefined) return t("stop.all_new");
  const activity = activityOf(stop.activity);
  return h(
    "a",
    { href: `#/activity/${stop.activity}`, "data-key": `stop-activity-${stop.id}` },
    activity === undefined ? t("stop.one") : activityName(activity),
  );
};

/** Whether this side has yet to take it: a party always, a monitor's officer as well. */
export function waitsForUs(stop: Stop): boolean {
  const own = hello.value?.party ?? "";
  if (isOwn(stop.party) || stop.acks.some((ack) => ack.party === own)) return false;
  return owingFor(stop.party, stop.acks).includes(own) || stop.can?.includes("ack") === true;
}
