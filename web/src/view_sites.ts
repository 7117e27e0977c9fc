// SPDX-License-Identifier: Apache-2.0
//
// Protected sites: the list with its filter, a page at a time. The filter stays as it is typed
// while answers come in; only the list under it is drawn anew.
import { fixed, h, said, show, type Child } from "./dom";
import { pointText } from "./format";
import { choiceOf, labelled, textInput } from "./hotline_fields";
import { numberText, rich, t } from "./i18n";
import { age, countdown, errorLine, waitLine } from "./parts";
import { categoryName, missingChip, part, privateChip, standing, word, comma } from "./protection_parts";
import { mayProtect, protection, siteLists, siteMap } from "./protection_store";
import type { Site, SiteList } from "./protection_types";
import { exportButtons } from "./site_import";
import { nameOf } from "./store";
import { title } from "./view_map";

export const kSitesPage = 100;
const kStates = ["", "registered", "confirmed", "expired", "removed", "contested"];
const kTypingMs = 300;

const filter = { text: "", owner: "", state: "", from: 0 };
let root: HTMLElement | undefined;
let list: HTMLElement | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

function query(): string {
  const asked = new URLSearchParams({ from: String(filter.from), count: String(kSitesPage) });
  if (filter.text.trim() !== "") asked.set("q", filter.text.trim());
  if (filter.owner !== "") asked.set("owner", filter.owner);
  if (filter.state !== "") asked.set("state", filter.state);
  return asked.toString();
}

const kSigns: Record<string, string> = {
  registered: "○",
  confirmed: "●",
  expired: "◔",
  removed: "—",
};

export const siteState = (site: Site): Child => [
  h(
    "span",
    { class: `chip site-${site.state}`, "data-state": site.state },
    h("span", { "aria-hidden": "true" }, kSigns[site.state] ?? "?"),
    word("state", site.state),
  ),
  site.contested
    ? h("span.chip.site-contested", {}, h("span", { "aria-hidden": "true" }, "!"), t("prot.contested"))
    : null,
];

/** What a reader who has no details is shown in the place of the name. */
export const siteName = (site: Site): HTMLElement =>
  site.name === undefined ? h("span", {}, t("prot.site.private_name", { key: site.key })) : said(site.name);

function row(site: Site): HTMLElement {
  return h(
    "tr",
    { "data-site": site.key },
    h(
      "th",
      { scope: "row" },
      h("a", { href: `#/sites/${encodeURIComponent(site.key)}`, "data-key": `site-${site.key}` }, siteName(site)),
      h("p.small-text", {}, categoryName(site.category), (site.place ?? "") === "" ? null : [comma(), said(site.place ?? "")]),
    ),
    h("td", {}, siteState(site), privateChip(site), missingChip(site.missing)),
    h("td", {}, said(nameOf(site.owner))),
    h("td", {}, site.point === undefined ? t("prot.not_given") : fixed(pointText(site.point))),
    h("td", {}, countdown(site.expires)),
    h("td", {}, age(site.sent)),
  );
}

function pager(total: number): Child {
  if (total <= kSitesPage && filter.from === 0) return null;
  const go = (from: number) => () => {
    filter.from = Math.max(0, from);
    refreshSites();
  };
  const last = Math.min(total, filter.from + kSitesPage);
  return h(
    "div.buttons.record-pager",
    {},
    h(
      "button.small",
      { type: "button", "data-key": "sites-newer", disabled: filter.from === 0, onclick: go(filter.from - kSitesPage) },
      t("prot.newer"),
    ),
    h("span", { id: "sites-range" }, t("prot.range", { from: numberText(filter.from + 1), to: numberText(last), total: numberText(total) })),
    h(
      "button.small",
      { type: "button", "data-key": "sites-older", disabled: last >= total, onclick: go(filter.from + kSitesPage) },
      t("prot.older"),
    ),
  );
}

function content(): Child {
  const cell = siteLists.of(query());
  const now = cell.value;
  if (now === undefined) return cell.error === undefined ? waitLine() : errorLine(cell.error);
  return [
    cell.error === undefined ? null : errorLine(cell.error),
    now.sites.length === 0
      ? h("p.empty", {}, t(now.total === 0 ? "prot.sites.none" : "prot.sites.end"))
      : h(
          "div.scroll",
          { tabindex: 0, role: "region", "aria-label": t("prot.sites.title"), "data-scroll": "sites" },
          h(
            "table.wide-table",
            {},
            h(
              "thead",
              {},
              h(
                "tr",
                {},
                (["site", "state", "owner", "point", "expires", "sent"] as const).map((name) =>
                  h("th", { scope: "col" }, t(`prot.col.${name}`)),
                ),
              ),
            ),
            h("tbody", {}, now.sites.map(row)),
          ),
        ),
    pager(now.total),
  ];
}

const owners = (): SiteList[] => protection.value?.lists ?? [];

function listsPart(): Child {
  if (owners().length === 0) return null;
  return h(
    "ul.plain",
    { id: "site-lists" },
    owners().map((one) =>
      h(
        "li",
        {},
        rich("prot.list", {
          owner: said(nameOf(one.owner)),
          name: said(one.name),
          standing: numberText(one.standing),
          expired: numberText(one.expired),
          removed: numberText(one.removed),
        }),
        one.many_removed
          ? h("p.warn-line", { "data-many-removed": one.owner }, t("prot.many_removed", { n: one.removed_last_day }))
          : null,
      ),
    ),
  );
}

function filterForm(): HTMLElement {
  const changed = (): void => {
    filter.from = 0;
    clearTimeout(timer);
    timer = setTimeout(refreshSites, kTypingMs);
  };
  const text = textInput("sites-q", filter.text, (value) => {
    filter.text = value;
    changed();
  }, { maxlength: 100 });
  const owner = choiceOf(
    "sites-owner",
    [["", t("prot.any")], ...owners().map((one): [string, string] => [one.owner, nameOf(one.owner)])],
    filter.owner,
    (value) => {
      filter.owner = value;
      changed();
    },
  );
  const state = choiceOf(
    "sites-state",
    kStates.map((name): [string, string] => [
      name,
      name === "" ? t("prot.any") : name === "contested" ? t("prot.contested") : word("state", name),
    ]),
    filter.state,
    (value) => {
      filter.state = value;
      changed();
    },
  );
  return h(
    "form.filter",
    {
      role: "search",
      onsubmit: (event) => {
        event.preventDefault();
        refreshSites();
      },
    },
    labelled(text, t("prot.filter.text")),
    labelled(owner, t("prot.col.owner")),
    labelled(state, t("prot.col.state")),
  );
}

/** Whether the list is in the page: it is then brought up to date instead of drawn anew. */
export const sitesShown = (): boolean => root?.isConnected === true;

export function refreshSites(): void {
  if (list === undefined) return;
  show(list, content());
  const counted = document.getElementById("sites-on-map");
  if (counted !== null) show(counted, onMap());
}

/** How many of them the map shows: more than the page of the list. */
function onMap(): Child {
  const now = siteMap.value;
  if (now === undefined) return siteMap.error === undefined ? t("page.wait") : errorLine(siteMap.error);
  return now.total > now.sites.length
    ? t("prot.map.part", { shown: numberText(now.sites.length), total: numberText(now.total) })
    : t("prot.map.all", { n: now.total });
}

let ownersSeen = "";
/** Owners and what may be done come with another answer; the filter is made anew for them. */
function head(): Child {
  const may = mayProtect("register");
  return [
    title(t("prot.sites.title")),
    standing(),
    may
      ? h(
          "p.buttons",
          {},
          h("a.button.primary", { href: "#/sites/new", "data-key": "site-new" }, t("prot.register")),
          " ",
          h("a.button", { href: "#/sites/import", "data-key": "site-import" }, t("prot.import")),
        )
      : null,
    protection.error === undefined ? null : errorLine(protection.error),
    h("p.small-text", { id: "sites-on-map", "aria-live": "polite" }, onMap()),
    part(
      "site-lists-head",
      t("prot.lists"),
      listsPart(),
      exportButtons(),
      h("p", {}, h("a", { href: "#/sites/copies", "data-key": "site-copies" }, t("copy.title"))),
    ),
  ];
}

export function sitesView(): Child {
  if (list === undefined) list = h("div", { id: "sites-list" });
  ownersSeen = JSON.stringify([owners(), protection.value?.may]);
  root = h("div", { id: "sites-root" }, head(), filterForm());
  show(list, content());
  return [root, list];
}

/** True if the frame around the list has to be drawn anew: its lists or rights have changed. */
export const sitesStale = (): boolean =>
  ownersSeen !== JSON.stringify([owners(), protection.value?.may]);

/** The reader goes to another view: the filter stays. */
export function leaveSites(): void {
  root = undefined;
}
