// SPDX-License-Identifier: Apache-2.0
//
// Humanitarian movements: the board with what goes on now, one movement, and emergencies above all.
// Overdue is said loudly; a notice that came late is shown as late, and counts all the same.
import { nodeNow } from "./clock";
import { ApiError } from "./api";
import { fixed, h, said, type Child } from "./dom";
import { durationText, lengthOfTime, metres, pointText, spanText, timeElement } from "./format";
import { choiceOf, labelled, textInput, timeOrFault } from "./hotline_fields";
import { listText, numberText, rich, t } from "./i18n";
import { age, askFor, choiceField, countdown, errorLine, reasonField, recordLinkOf, waitLine } from "./parts";
import { plain, readPoint, timeLine } from "./plan";
import {
  act,
  actButton,
  askDisseminated,
  askReceived,
  askText,
  chains,
  missingChip,
  part,
  privateChip,
  privateLine,
  sendRead,
  standing,
  word,
  comma,
} from "./protection_parts";
import { isOver } from "./protection_map";
import { mayProtect, movementOne, movements, protection } from "./protection_store";
import type { Emergency, Movement, MovementOne } from "./protection_types";
import { nameOf } from "./store";
import { facts, title } from "./view_map";

export const kEmergencyKinds = ["under_fire", "accident", "medical", "stopped", "lost"];
const kOverShown = 20; // movements that are over; the record has all
const kSigns: Record<string, string> = {
  notified: "○",
  not_departed: "◔",
  under_way: "●",
  overdue: "▲",
  arrived: "■",
  cancelled: "—",
};

export const movementState = (one: Movement): HTMLElement =>
  h(
    "span",
    { class: `chip movement-${one.state}`, "data-state": one.state },
    h("span", { "aria-hidden": "true" }, kSigns[one.state] ?? "?"),
    word("mstate", one.state),
  );

export const movementName = (one: Movement): HTMLElement =>
  one.name === undefined ? h("span", {}, t("prot.site.private_name", { key: one.key })) : said(one.name);

// --- Emergencies ---------------------------------------------------------------------------------

function emergencyLine(one: Emergency): HTMLElement {
  const path = `/api/emergencies/${encodeURIComponent(one.key)}`;
  return h(
    "div.alarm.waits.emergency",
    { role: "alert", "data-emergency": one.key },
    h("strong.alarm-word", {}, t("prot.emergency")),
    h(
      "div.alarm-text",
      {},
      h(
        "p",
        {},
        h("strong", {}, word("ekind", one.kind)),
        comma(),
        said(nameOf(one.party)),
        comma(),
        age(one.time),
        one.point === undefined ? null : [comma(), fixed(pointText(one.point))],
      ),
      one.text === "" ? null : said(one.text, "p"),
      one.movement === undefined
        ? null
        : h("p", {}, h("a", { href: `#/movements/${encodeURIComponent(one.movement)}`, "data-key": `em-${one.key}` }, t("prot.emergency.movement"))),
    ),
    h(
      "div.buttons",
      {},
      one.acts.includes("received")
        ? actButton("em-received", t("prot.act.received"), () => askReceived(`${path}/received`), "primary")
        : null,
      one.acts.includes("over")
        ? actButton("em-over", t("prot.emergency.over"), () =>
            askText(`${path}/over`, "reason", {
              title: t("prot.emergency.over"),
              explain: t("prot.emergency.over.explain"),
              label: t("prot.reason"),
              button: t("prot.emergency.over"),
            }),
          )
        : null,
    ),
  );
}

export function emergencies(): Child {
  const open = (movements.value?.emergencies ?? []).filter(({ over }) => over === undefined);
  return open.length === 0 ? null : h("div.emergencies", {}, open.map(emergencyLine));
}

export function askEmergency(path: string): void {
  const kinds = protection.value?.emergency_kinds ?? kEmergencyKinds;
  const [kind, chosen] = choiceField(
    "ask-choice",
    t("prot.emergency.kind"),
    kinds.map((name): [string, string] => [name, word("ekind", name)]),
  );
  const [field, read] = reasonField(t("prot.emergency.text"), false);
  const point = textInput("ask-point", "", () => undefined, { dir: "ltr" });
  askFor({
    title: t("prot.emergency.send"),
    explain: [h("p", {}, t("prot.emergency.explain")), h("p", {}, t("dialog.signed"))],
    fields: [kind, field, labelled(point, t("prot.emergency.point"), { hint: t("hotline.point.hint") })],
    button: t("prot.emergency.send"),
    danger: true,
    send: async () => {
      await act(path, { kind: chosen(), text: read(), ...optionalPoint(point.value) });
    },
  });
}

function optionalPoint(text: string): Record<string, unknown> {
  if (plain(text) === "") return {};
  const point = readPoint(text);
  if (typeof point === "string") throw new Error(t(point));
  return { point };
}

// --- Acts ----------------------------------------------------------------------------------------

const pathOf = (one: Movement, verb: string): string =>
  `/api/movements/${encodeURIComponent(one.key)}/${verb}`;

function askSign(one: Movement, verb: "depart" | "checkin" | "arrive"): void {
  const at = textInput("ask-at", timeLine(nodeNow() ?? 0), () => undefined, { dir: "ltr" });
  const point = textInput("ask-point", "", () => undefined, { dir: "ltr" });
  const [field, read] = reasonField(t("prot.checkin.text"), false);
  const checkin = verb === "checkin";
  // Every party reads it, also those that the route is kept from.
  const placed = checkin && !one.private;
  askFor({
    title: word("act", verb),
    explain: [h("p", {}, t(one.private ? "prot.sign.private" : "prot.sign.explain")), h("p", {}, t("dialog.signed"))],
    fields: [
      labelled(at, t("prot.sign.at"), { hint: t("hotline.time.hint") }),
      ...(placed ? [labelled(point, t("prot.sign.point"), { hint: t("hotline.point.hint") })] : []),
      ...(checkin ? [field] : []),
    ],
    button: word("act", verb),
    send: async () => {
      const time = timeOrFault(at.value);
      if ("fault" in time) throw new Error(time.fault);
      const text = checkin ? read() : "";
      await act(pathOf(one, verb), {
        at: time.time,
        ...(placed ? optionalPoint(point.value) : {}),
        ...(text === "" ? {} : { text }),
      });
    },
  });
}

export const kDelays = [1800, 3600, 7200, 14400, 28800];

function askDelay(one: Movement): void {
  const delay = choiceOf(
    "ask-delay",
    kDelays.map((s): [string, string] => [String(s), lengthOfTime(s)]),
    "3600",
    () => undefined,
  );
  const [field, read] = reasonField(t("prot.reason"), true);
  askFor({
    title: word("act", "delay"),
    explain: [h("p", {}, t("prot.delay.explain")), h("p", {}, t("dialog.signed"))],
    fields: [labelled(delay, t("prot.delay.s")), field],
    button: word("act", "delay"),
    send: async () => {
      await act(pathOf(one, "delay"), { delay_s: Number(delay.value), reason: read() });
    },
  });
}

const kActs: Record<string, (one: Movement) => void> = {
  depart: (one) => askSign(one, "depart"),
  checkin: (one) => askSign(one, "checkin"),
  arrive: (one) => askSign(one, "arrive"),
  delay: askDelay,
  cancel: (one) =>
    askText(pathOf(one, "cancel"), "reason", {
      title: t("prot.act.cancel"),
      explain: t("prot.cancel.explain"),
      label: t("prot.reason"),
      button: t("prot.act.cancel"),
      danger: true,
    }),
  emergency: (one) => askEmergency(pathOf(one, "emergency")),
  read: (one) => void sendRead(one.party, one.index),
  received: (one) => askReceived(pathOf(one, "received")),
  disseminated: (one) => askDisseminated(pathOf(one, "disseminated")),
};
const kOrder = ["read", "received", "disseminated", "depart", "checkin", "delay", "arrive", "cancel", "emergency"];
const kLooks: Record<string, string> = {
  received: "primary",
  disseminated: "primary",
  depart: "primary",
  checkin: "primary",
  arrive: "primary",
  emergency: "danger",
};

function actsOf(one: Movement): Child {
  const list = kOrder.filter((name) => one.acts.includes(name));
  if (list.length === 0) return null;
  return h(
    "div.buttons",
    { id: "movement-acts" },
    list.map((name) => actButton(name, word("act", name), () => kActs[name]?.(one), kLooks[name] ?? "")),
    one.acts.includes("checkin") || one.acts.includes("depart")
      ? h("a.button", { href: `#/convoy/${encodeURIComponent(one.key)}`, "data-key": "go-convoy" }, t("prot.convoy.open"))
      : null,
  );
}

// --- The board -----------------------------------------------------------------------------------

const nextSign = (one: Movement): Child =>
  isOver(one) || one.state === "overdue" || one.next_sign === undefined
    ? null
    : h("p", {}, t("prot.next_sign"), " ", countdown(one.next_sign));

function progress(one: Movement): Child {
  return [
    one.state === "overdue"
      ? h(
          "p.overdue-line",
          { role: "alert" },
          h("span", { "aria-hidden": "true" }, "▲ "),
          t("prot.overdue", { time: durationText((one.overdue_s ?? 0) * 1000) }),
        )
      : null,
    nextSign(one),
    one.last_sign === undefined
      ? null
      : h("p.small-text", {}, t("prot.last_sign"), " ", age(one.last_sign), one.last_point === undefined ? null : [comma(), fixed(pointText(one.last_point))]),
    (one.delay_s ?? 0) > 0
      ? h("p.small-text", { "data-delay": one.key }, t("prot.delayed", { time: lengthOfTime(one.delay_s ?? 0) }), " ", said(one.delay_why ?? ""))
      : null,
  ];
}

const lateChip = (one: Movement): Child => [
  one.late
    ? h("span.chip.late", {}, t("prot.late", { time: durationText(one.lead_s * 1000) }))
    : null,
  one.emergency ? h("span.chip.chip-bad", {}, t("prot.notice.emergency")) : null,
];

function card(one: Movement): HTMLElement {
  return h(
    "li",
    { class: `movement-card${one.state === "overdue" ? " is-overdue" : ""}`, "data-movement": one.key },
    h("h3", {}, h("a", { href: `#/movements/${encodeURIComponent(one.key)}`, "data-key": `movement-${one.key}` }, movementName(one))),
    h("p.chip-row", {}, movementState(one), lateChip(one), missingChip(one.missing)),
    h(
      "p.small-text",
      {},
      said(nameOf(one.party)),
      comma(),
      one.purpose === undefined ? null : [word("purpose", one.purpose), comma()],
      spanText({ start: one.start, end: one.end }),
    ),
    progress(one),
  );
}

const order = (one: Movement): number =>
  ["overdue", "not_departed", "under_way", "notified", "arrived", "cancelled"].indexOf(one.state);

function boards(list: Movement[]): Child {
  const open = list.filter((one) => !isOver(one)).sort((a, b) => order(a) - order(b));
  const over = list.filter(isOver);
  return [
    part(
      "movements-open",
      t("prot.board"),
      open.length === 0
        ? h("p.empty", {}, t("prot.board.none"))
        : h("ul.board", {}, open.map(card)),
    ),
    over.length === 0
      ? null
      : part("movements-over", t("prot.board.over"), h("ul.board", {}, over.slice(0, kOverShown).map(card))),
  ];
}

export function movementsView(): Child {
  const now = movements.value;
  return [
    title(t("prot.movements.title")),
    emergencies(),
    standing(),
    h(
      "p.buttons",
      {},
      mayProtect("notify")
        ? h("a.button.primary", { href: "#/movements/new", "data-key": "movement-new" }, t("prot.notify"))
        : null,
      mayProtect("emergency")
        ? h("button.danger", { type: "button", "data-key": "emergency-new", onclick: () => askEmergency("/api/emergencies") }, t("prot.emergency.send"))
        : null,
    ),
    movements.error === undefined ? null : errorLine(movements.error),
    now === undefined ? (movements.error === undefined ? waitLine() : null) : boards(now.movements),
  ];
}

// --- One -----------------------------------------------------------------------------------------

function tableOf(label: string, heads: string[], rows: Child[][]): HTMLElement {
  return h(
    "div.scroll",
    { tabindex: 0, role: "region", "aria-label": label },
    h(
      "table.wide-table",
      {},
      h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))),
      h("tbody", {}, rows.map((cells) => h("tr", {}, cells.map((cell) => h("td", {}, cell))))),
    ),
  );
}

const markOf = (text: string): HTMLElement =>
  text === "none" ? h("span.missing", {}, t("prot.mark.none")) : said(text);

function oneBody({ movement: one, receipts }: MovementOne): Child {
  return [
    h("p.state-line", {}, movementState(one), lateChip(one), privateChip(one), missingChip(one.missing)),
    progress(one),
    actsOf(one),
    privateLine(one, one.party),
    facts([
      [t("prot.col.by"), said(nameOf(one.party))],
      [t("prot.m.purpose"), one.purpose === undefined ? null : word("purpose", one.purpose)],
      [t("prot.m.time"), spanText({ start: one.start, end: one.end })],
      [t("prot.m.persons"), one.persons === undefined ? null : numberText(one.persons)],
      [t("prot.m.contact"), (one.contact ?? "") === "" ? null : said(one.contact ?? "")],
      [t("prot.m.width"), one.half_width_m === undefined ? null : metres(one.half_width_m)],
      [t("prot.m.checkin"), lengthOfTime(one.checkin_s)],
      [t("prot.m.departed"), one.departed === undefined ? null : timeElement(one.departed)],
      [t("prot.m.ended"), one.ended === undefined ? null : timeElement(one.ended)],
      [t("prot.to"), listText(one.to.map(nameOf))],
      [
        t("prot.record"),
        rich("prot.said", { officer: said(one.officer), time: timeElement(one.sent), entry: recordLinkOf(one.party, one.index) }),
      ],
    ]),
    part("movement-receipts", t("prot.receipts"), chains(receipts)),
    one.route === undefined
      ? null
      : part(
          "movement-route",
          t("prot.m.route"),
          tableOf(
            t("prot.m.route"),
            [t("prot.m.at"), t("prot.col.point"), t("prot.m.from"), t("prot.m.to")],
            one.route.map((point) => [
              said(point.name ?? ""),
              fixed(pointText(point.point)),
              timeElement(point.from),
              timeElement(point.to),
            ]),
          ),
        ),
    one.vehicles === undefined
      ? null
      : part(
          "movement-vehicles",
          t("prot.m.vehicles"),
          tableOf(
            t("prot.m.vehicles"),
            (["kind", "colour", "plate", "day", "night", "thermal"] as const).map((name) => t(`prot.v.${name}`)),
            one.vehicles.map((vehicle) => [
              said(vehicle.kind),
              said(vehicle.colour),
              fixed(vehicle.plate ?? ""),
              markOf(vehicle.day),
              markOf(vehicle.night),
              markOf(vehicle.thermal),
            ]),
          ),
        ),
  ];
}

export function movementView(key: string): Child {
  const back = h("p.back", {}, h("a", { href: "#/movements", "data-key": "back" }, t("prot.back.movements")));
  const cell = movementOne.of(key);
  const one = cell.value;
  if (one === undefined) {
    const gone = cell.error instanceof ApiError && cell.error.status === 404;
    return [
      back,
      title(t("prot.movement.one")),
      standing(),
      gone ? h("p.empty", {}, t("prot.movement.gone")) : cell.error === undefined ? waitLine() : errorLine(cell.error),
    ];
  }
  return [
    back,
    h("div.title", {}, h("p.above", {}, t("prot.movement.one")), h("h1", { tabindex: -1, dir: "auto" }, movementName(one.movement))),
    emergencies(),
    standing(),
    cell.error === undefined ? null : errorLine(cell.error),
    oneBody(one),
  ];
}
