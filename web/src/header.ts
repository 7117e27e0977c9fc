// SPDX-License-Identifier: Apache-2.0
//
// The head of the page: who speaks here and as whom, the node's clock, the links, STOP.
import { nodeNow, onTick } from "./clock";
import { append, byId, h, said, show, type Child } from "./dom";
import { clockText, dateTimeText, dayText, roleText } from "./format";
import { errorLine } from "./parts";
import { hello, state } from "./store";
import { askForStop } from "./stop";
import type { Link } from "./types";

let line: { open: boolean; tried: boolean } = { open: false, tried: false };

const kLinkSigns: Record<Link["state"], string> = { fresh: "●", stale: "◐", cut: "✕", never: "○" };
const kLinkWords: Record<Link["state"], string> = {
  fresh: "its newest cosignature is within the agreed time",
  stale: "its newest cosignature is older than agreed",
  cut: "nothing has come for so long that the link counts as cut; nothing new becomes active",
  never: "nothing has ever come",
};

function linkChip(link: Link): HTMLElement {
  const last =
    link.last_cosigned === undefined
      ? "never cosigned"
      : `last cosigned ${dateTimeText(Date.parse(link.last_cosigned))}`;
  const held = link.held_of_ours === undefined ? "none" : String(link.held_of_ours);
  return h(
    "li",
    {
      class: `chip link-${link.state}`,
      title: `${kLinkWords[link.state]}; ${last}; holds ${held} entries of our log`,
    },
    h("span", { "aria-hidden": "true" }, kLinkSigns[link.state]),
    " ",
    said(link.name),
    h("span", {}, ` ${link.state}`),
  );
}

export function startHeader(): void {
  const tab = (href: string, text: string): HTMLElement =>
    h("a", { href, class: "tab", "data-key": href }, text);
  append(byId("header"), [
    h(
      "div.who",
      {},
      h("p.party", { id: "party" }, "…"),
      h("p.agreement", { id: "agreement-title" }),
    ),
    h(
      "nav",
      { "aria-label": "Views" },
      tab("#/map", "Map"),
      tab("#/record", "Record"),
      tab("#/agreement", "Agreement"),
    ),
    h("ul.links", { id: "links", "aria-label": "Links to the other parties" }),
    h(
      "div.clock-box",
      {},
      h(
        "p.node-clock",
        { id: "clock", role: "timer", "aria-label": "Clock of the node, UTC" },
        "--:--:--",
      ),
      h("p.small-text", { id: "clock-day" }, "no answer yet"),
    ),
    h(
      "button.stop",
      { type: "button", id: "stop", "aria-haspopup": "dialog", onclick: askForStop },
      "STOP",
    ),
  ]);
  hello.onChange(drawHello);
  state.onChange(drawState);
  onTick(drawClock);
}

function drawHello(): void {
  const who = hello.value;
  if (who === undefined) return;
  const kind = who.kind === "monitor" ? "neutral monitor" : "party";
  const as =
    who.officer === undefined ? roleText(who.role) : `${who.officer}, ${roleText(who.role)}`;
  byId("party").replaceChildren(
    h("strong", { dir: "auto" }, who.name),
    h("span.kind", {}, kind),
    h("span.role", { id: "role" }, `you: ${as}`),
  );
  byId("agreement-title").replaceChildren(said(who.agreement.title));
  byId("agreement-title").title = who.agreement.title;
}

function drawState(): void {
  show(byId("links"), (state.value?.links ?? []).map(linkChip));
  drawNotes();
}

/** Conditions of the node itself that everyone at the page must know. */
export function drawNotes(): void {
  const notes: Child[] = [];
  const now = state.value;
  if (line.tried && !line.open) {
    notes.push(
      h(
        "p.note.warn",
        {},
        "The live line to the node is down; trying again. What is shown may be out of date.",
      ),
    );
  }
  if (state.error !== undefined && hello.value?.role !== "none") notes.push(errorLine(state.error));
  if (now?.fenced === true) {
    notes.push(
      h(
        "p.note.warn",
        {},
        "This node signs nothing yet: it waits until another party has confirmed its newest head.",
      ),
    );
  }
  if (now?.halted) {
    notes.push(h("p.note.bad", {}, "This node has stopped writing: ", said(now.halted)));
  }
  show(byId("notes"), notes);
}

export function lineIs(open: boolean): void {
  line = { open, tried: true };
  document.body.dataset["line"] = open ? "open" : "down";
  drawNotes();
}

function drawClock(): void {
  const now = nodeNow();
  if (now === undefined) return;
  byId("clock").textContent = `${clockText(now)}Z`;
  byId("clock-day").textContent = dayText(now);
}

export function markTab(view: string): void {
  const current = view === "record" || view === "agreement" ? `#/${view}` : "#/map";
  for (const tab of document.querySelectorAll(".tab")) {
    if (tab.getAttribute("href") === current) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
}
