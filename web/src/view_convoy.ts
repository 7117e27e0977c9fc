// SPDX-License-Identifier: Apache-2.0
//
// The convoy's own page: four large buttons that work on a small screen over a bad link. What
// could not be sent waits here and says so.
import { nodeNowFar } from "./clock";
import { english, fixed, h, said, show, type Child } from "./dom";
import { durationText, lengthOfTime, pointText, timeElement } from "./format";
import { t } from "./i18n";
import { age, countdown, errorLine, recordLinkOf, waitLine } from "./parts";
import { flush, queued, say, unsent, type Sign, type SignKind } from "./convoy_queue";
import { e7, word, comma } from "./protection_parts";
import { isOver } from "./protection_map";
import { movementOne, protection, touchProtection } from "./protection_store";
import type { Movement } from "./protection_types";
import type { Point } from "./types";
import { title } from "./view_map";
import { kDelays, kEmergencyKinds, movementName, movementState } from "./view_movements";

const kAgainMs = 5000;
const kPositionMs = 8000;

type Panel = "none" | "late" | "emergency";
let root: HTMLElement | undefined;
let shownKey = "";
let panel: Panel = "none";
let kind: string | undefined; // of the emergency, chosen and not confirmed
let locating = false;

const nowText = (): string | undefined => {
  const now = nodeNowFar();
  return now === undefined ? undefined : new Date(Math.floor(now / 1000) * 1000).toISOString().replace(".000Z", "Z");
};

/** The device's position, if it has one and its owner gives it. */
function position(): Promise<Point | undefined> {
  return new Promise((resolve) => {
    // A browser gives no position to a page that came without encryption.
    if (!("geolocation" in navigator)) return resolve(undefined);
    const late = setTimeout(() => resolve(undefined), kPositionMs);
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        clearTimeout(late);
        resolve([coords.longitude, coords.latitude]);
      },
      () => {
        clearTimeout(late);
        resolve(undefined);
      },
      { enableHighAccuracy: true, timeout: kPositionMs, maximumAge: 30000 },
    );
  });
}

function sendAll(key: string): void {
  void flush(key, () => {
    draw();
    if (unsent(key) === 0) touchProtection("movement");
  });
}

async function told(key: string, sign: SignKind, more: Record<string, unknown>, withPoint: boolean): Promise<void> {
  const at = nowText();
  if (at === undefined) return;
  panel = "none";
  kind = undefined;
  let point: Point | undefined;
  if (withPoint) {
    locating = true;
    draw();
    point = await position();
    locating = false;
  }
  const timed = sign === "delay" || sign === "emergency" ? {} : { at };
  say(key, sign, at, { ...timed, ...more, ...(point === undefined ? {} : { point: e7(point) }) });
  draw();
  sendAll(key);
}

const big = (name: string, look: string, onclick: () => void, disabled = false): HTMLElement =>
  h(
    "button",
    { type: "button", class: `big ${look}`, "data-act": name, "data-key": `convoy-${name}`, disabled, onclick },
    word("convoy", name),
  );

function latePanel(key: string): Child {
  return h(
    "div.convoy-panel",
    {},
    h("p", {}, t("prot.convoy.late.how")),
    kDelays.map((s) =>
      h(
        "button.big",
        {
          type: "button",
          "data-delay": String(s),
          "data-key": `delay-${s}`,
          onclick: () => void told(key, "delay", { delay_s: s, reason: t("prot.convoy.late.reason") }, false),
        },
        lengthOfTime(s),
      ),
    ),
  );
}

function emergencyPanel(key: string): Child {
  const kinds = protection.value?.emergency_kinds ?? kEmergencyKinds;
  return h(
    "div.convoy-panel",
    {},
    h("p", {}, t("prot.emergency.kind")),
    kinds.map((name) =>
      h(
        "button.big",
        {
          type: "button",
          "data-kind": name,
          "data-key": `kind-${name}`,
          "aria-pressed": kind === name ? "true" : "false",
          onclick: () => {
            kind = name;
            draw();
            document.getElementById("convoy-confirm")?.scrollIntoView({ block: "nearest" });
          },
        },
        word("ekind", name),
      ),
    ),
    kind === undefined
      ? null
      : h(
          "button.big.danger",
          {
            type: "button",
            id: "convoy-confirm",
            "data-key": "convoy-confirm",
            onclick: () => void told(key, "emergency", { kind, text: "" }, true),
          },
          t("prot.convoy.confirm", { kind: word("ekind", kind) }),
        ),
  );
}

const kSigns: Record<Sign["state"], string> = { waiting: "◌", sent: "◐", recorded: "✓", refused: "✕" };

function signLine(sign: Sign): HTMLElement {
  return h(
    "li",
    { class: `sign-line sign-${sign.state}`, "data-sign": sign.state },
    h("strong", {}, word("convoy", sign.kind)),
    " ",
    timeElement(sign.at, "clock"),
    h("br"),
    h("span", { "aria-hidden": "true" }, `${kSigns[sign.state]} `),
    word("sign", sign.state),
    sign.party === undefined || sign.index === undefined ? null : [": ", recordLinkOf(sign.party, sign.index)],
    sign.why === undefined ? null : [": ", english(sign.why)],
    sign.kind === "checkin" || sign.kind === "emergency"
      ? h("span.small-text", {}, " ", t(sign.body["point"] === undefined ? "prot.convoy.no_point" : "prot.convoy.point"))
      : null,
  );
}

function stateOf(one: Movement): Child {
  return [
    h("p.chip-row", {}, movementState(one)),
    one.state === "overdue"
      ? h("p.overdue-line", { role: "alert" }, "▲ ", t("prot.overdue", { time: durationText((one.overdue_s ?? 0) * 1000) }))
      : null,
    isOver(one) || one.state === "overdue" || one.next_sign === undefined ? null : h("p", {}, t("prot.next_sign"), " ", countdown(one.next_sign)),
    one.last_sign === undefined
      ? null
      : h("p.small-text", {}, t("prot.last_sign"), " ", age(one.last_sign), one.last_point === undefined ? null : [comma(), fixed(pointText(one.last_point))]),
  ];
}

function content(key: string): Child {
  const cell = movementOne.of(key);
  const one = cell.value?.movement;
  const waits = unsent(key);
  const may = (name: string): boolean => one === undefined || one.acts.includes(name);
  const open = (wanted: Panel) => () => {
    panel = panel === wanted ? "none" : wanted;
    kind = undefined;
    draw();
    root?.querySelector(".convoy-panel")?.scrollIntoView({ block: "nearest" });
  };
  return [
    cell.error === undefined ? null : errorLine(cell.error),
    one === undefined ? (cell.error === undefined ? waitLine() : null) : stateOf(one),
    waits > 0
      ? h("p.convoy-waits", { role: "status" }, t("prot.convoy.waits", { n: waits }))
      : null,
    locating ? h("p.small-text", { role: "status" }, t("prot.convoy.locating")) : null,
    h(
      "div.convoy-buttons",
      {},
      one !== undefined && one.acts.includes("depart")
        ? big("depart", "primary", () => void told(key, "depart", {}, false))
        : big("checkin", "primary", () => void told(key, "checkin", {}, one?.private !== true), !may("checkin") || locating),
      big("delay", "", open("late"), !may("delay")),
      panel === "late" ? latePanel(key) : null,
      big("arrive", "", () => void told(key, "arrive", {}, false), !may("arrive")),
      big("emergency", "danger", open("emergency"), !may("emergency")),
      panel === "emergency" ? emergencyPanel(key) : null,
    ),
    h("h2", {}, t("prot.convoy.said")),
    queued(key).length === 0
      ? h("p.empty", {}, t("prot.convoy.said.none"))
      : h("ul.plain", { id: "convoy-signs" }, [...queued(key)].reverse().map(signLine)),
  ];
}

function draw(): void {
  if (root?.isConnected === true) show(root, content(shownKey));
}

export function convoyView(key: string): Child {
  if (key !== shownKey) {
    panel = "none";
    kind = undefined;
  }
  shownKey = key;
  root ??= h("div", { id: "convoy-root" });
  show(root, content(key));
  const one = movementOne.of(key).value?.movement;
  return [
    h("div.title", {}, h("p.above", {}, t("prot.convoy.title")), h("h1", { tabindex: -1, dir: "auto" }, one === undefined ? said(key) : movementName(one))),
    root,
    h("p.small-text", {}, t("prot.convoy.keep")),
    h("p", {}, h("a", { href: `#/movements/${encodeURIComponent(key)}`, "data-key": "convoy-movement" }, t("prot.convoy.back"))),
  ];
}

export const noConvoy = (): Child => [title(t("prot.convoy.title")), h("p.empty", {}, t("prot.movement.gone"))];

/** Tries again while anything waits, also from another view. */
export function startConvoy(): void {
  const again = (): void => {
    if (shownKey !== "" && unsent(shownKey) > 0) sendAll(shownKey);
  };
  setInterval(again, kAgainMs);
  window.addEventListener("online", again);
}
