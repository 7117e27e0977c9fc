// SPDX-License-Identifier: Apache-2.0
//
// The head of the page: who speaks here and as whom, the node's clock, the links, STOP.
import { nodeNow, onTick } from "./clock";
import { append, byId, english, h, said, show, type Child } from "./dom";
import { clockText, dateTimeText, dayText, roleText } from "./format";
import {
  kLanguageNames,
  language,
  onLanguage,
  rich,
  setLanguage,
  t,
  translateIn,
  type Language,
} from "./i18n";
import { drawWaiting, lineChip, unmannedNotes } from "./hotline_head";
import { lineDown, setLine } from "./line";
import { errorLine } from "./parts";
import { comma, word } from "./protection_parts";
import { movements } from "./protection_store";
import { agreement, hello, hotline, nameOf, state } from "./store";
import { askForStop } from "./stop";
import type { Link } from "./types";

const kLinkSigns: Record<Link["state"], string> = { fresh: "●", stale: "◐", cut: "✕", never: "○" };

function linkChip(link: Link): HTMLElement {
  const last =
    link.last_cosigned === undefined
      ? t("link.never_cosigned")
      : t("link.cosigned", { time: dateTimeText(Date.parse(link.last_cosigned)) });
  const holds =
    link.held_of_ours === undefined
      ? t("link.holds_none")
      : t("link.holds", { n: link.held_of_ours });
  return h(
    "li",
    {
      class: `chip link-${link.state}`,
      title: t("link.title", { meaning: t(`link.${link.state}.means`), last, holds }),
    },
    h("span", { "aria-hidden": "true" }, kLinkSigns[link.state]),
    " ",
    said(link.name),
    h("span", {}, ` ${t(`link.${link.state}`)}`),
    lineChip(link.party),
  );
}

/** Each language by its own name: whoever sees the wrong one can read at least that. */
function languageChoice(): HTMLElement {
  const select = h(
    "select.language",
    {
      id: "language",
      "data-t-label": "language.label",
      "data-key": "language",
      onchange: () => setLanguage(select.value as Language),
    },
    Object.entries(kLanguageNames).map(([id, name]) =>
      h("option", { value: id, lang: id, dir: "auto", selected: id === language() }, name),
    ),
  );
  return select;
}

export function startHeader(): void {
  const tab = (href: string, key: string): HTMLElement =>
    h("a", { href, class: "tab", "data-key": href, "data-t": key });
  append(byId("header"), [
    h(
      "div.who",
      {},
      h("p.party", { id: "party" }, "…"),
      h("p.agreement", { id: "agreement-title" }),
    ),
    h(
      "div.head-middle",
      {},
      h(
        "nav",
        { "data-t-label": "tab.label" },
        tab("#/map", "tab.map"),
        tab("#/plan", "plan.tab"),
        tab("#/record", "tab.record"),
        tab("#/agreement", "tab.agreement"),
        tab("#/course", "terms.tab.course"),
        h(
          "a.tab",
          { href: "#/hotline", "data-key": "#/hotline" },
          h("span", { "data-t": "hotline.tab" }),
          h("span.tab-count", { id: "hotline-count" }),
        ),
        tab("#/sites", "prot.tab.sites"),
        tab("#/movements", "prot.tab.movements"),
        tab("#/cases", "prot.tab.cases"),
        tab("#/checks", "check.tab"),
        tab("#/utm", "utm.tab"),
      ),
      h("ul.links", { id: "links", "data-t-label": "head.links" }),
      languageChoice(),
    ),
    h(
      "div.clock-box",
      {},
      h(
        "p.node-clock",
        { id: "clock", role: "timer", "data-t-label": "head.clock", dir: "ltr" },
        "--:--:--",
      ),
      h("p.small-text", { id: "clock-day", "data-t": "head.no_answer" }),
    ),
    h(
      "button.stop",
      { type: "button", id: "stop", "aria-haspopup": "dialog", onclick: askForStop },
      h("span", { lang: "en", dir: "ltr" }, "STOP"),
      h("span.stop-beside", { "data-t": "stop.beside" }),
    ),
  ]);
  translateIn(byId("header"));
  hello.onChange(drawHello);
  agreement.onChange(drawTitle);
  state.onChange(drawState);
  hotline.onChange(drawState);
  hotline.onChange(drawWaiting);
  onLanguage(() => {
    (byId("language") as HTMLSelectElement).value = language();
    drawHello();
    drawState();
    drawWaiting();
    drawClock();
  });
  onTick(drawClock);
}

function drawHello(): void {
  const who = hello.value;
  if (who === undefined) return;
  const role = roleText(who.role);
  const as =
    who.officer === undefined ? role : rich("head.officer", { officer: who.officer, role });
  show(
    byId("party"),
    h("strong", { dir: "auto" }, who.name),
    h("span.kind", {}, t(`kind.${who.kind}`)),
    h("span.role", { id: "role" }, rich("head.you", { who: h("span", {}, as) })),
  );
  drawTitle();
}

/** The title in the reader's language comes with the agreement itself, a moment later. */
export function drawTitle(): void {
  const place = byId("agreement-title");
  const own = agreement.value?.title;
  const text = own ?? hello.value?.agreement.title ?? "";
  show(place, own === undefined ? english(text) : said(text));
  place.title = text;
  if (own === undefined) place.lang = "en";
  else place.removeAttribute("lang");
}

function drawState(): void {
  show(byId("links"), (state.value?.links ?? []).map(linkChip));
  drawNotes();
}

/** Somebody on the way is in danger: said on every view, above all other notes. */
function emergencyNote(): Child {
  const open = (movements.value?.emergencies ?? []).filter(({ over }) => over === undefined);
  const first = open[0];
  if (first === undefined) return null;
  return h(
    "p.note.emergency-note",
    { role: "alert", "data-emergencies": open.length },
    h("strong", {}, t("prot.emergency")),
    " ",
    word("ekind", first.kind),
    comma(),
    said(nameOf(first.party)),
    comma(),
    h("a", { href: "#/movements", "data-key": "note-emergency" }, t("prot.emergency.see", { n: open.length })),
  );
}

/** Conditions of the node itself that everyone at the page must know. */
export function drawNotes(): void {
  const notes: Child[] = [];
  const now = state.value;
  if (lineDown()) notes.push(h("p.note.warn", {}, t("note.line_down")));
  if (state.error !== undefined && hello.value?.role !== "none") notes.push(errorLine(state.error));
  if (now?.fenced === true) notes.push(h("p.note.warn", {}, t("note.fenced")));
  if (now?.halted) {
    notes.push(h("p.note.bad", {}, rich("note.halted", { why: english(now.halted) })));
  }
  notes.push(emergencyNote());
  notes.push(unmannedNotes());
  show(byId("notes"), notes);
}

export function lineIs(open: boolean): void {
  setLine(open);
  document.body.dataset["line"] = open ? "open" : "down";
  drawNotes();
}

function drawClock(): void {
  const now = nodeNow();
  if (now === undefined) return;
  byId("clock").textContent = `${clockText(now)}Z`;
  const day = byId("clock-day");
  day.removeAttribute("data-t");
  day.textContent = dayText(now);
}

export function markTab(view: string): void {
  const tabs = ["plan", "record", "agreement", "course", "hotline", "sites", "movements", "cases", "checks", "utm"];
  const under: Record<string, string> = {
    ask: "agreement",
    warning: "hotline",
    message: "hotline",
    convoy: "movements",
  };
  const own = under[view] ?? (tabs.includes(view) ? view : "map");
  const current = `#/${own}`;
  for (const tab of document.querySelectorAll(".tab")) {
    if (tab.getAttribute("href") === current) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
}
