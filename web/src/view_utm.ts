// SPDX-License-Identifier: Apache-2.0
//
// The UTM interface: who takes part and whether it is reachable, the entities and subscriptions
// that it holds, tokens that were refused and why, its load and its limits.
import { ApiError } from "./api";
import { fixed, h, said, english, type Child } from "./dom";
import { metres, spanText, timeElement } from "./format";
import { known, listText, numberText, rich, t } from "./i18n";
import { activityName, age, errorLine, waitLine } from "./parts";
import { activityOf, utm } from "./store";
import type { UtmEntity, UtmParticipant, UtmRefusal, UtmSubscription, UtmTold, Utm } from "./utm_types";
import { facts, title } from "./view_map";

const kRows = 50;
let shownEntities = kRows;
let shownSubscriptions = kRows;

const word = (group: string, name: string): string => {
  const key = `utm.${group}.${name}`;
  return known(key) ? t(key) : name;
};

const short = (id: string): HTMLElement => h("code", { title: id }, id.slice(0, 8));

function table(label: string, heads: string[], rows: HTMLElement[]): HTMLElement {
  return h(
    "div.scroll",
    { tabindex: 0, role: "region", "aria-label": label },
    h(
      "table.wide-table",
      {},
      h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))),
      h("tbody", {}, rows),
    ),
  );
}

const kSigns: Record<string, [string, string]> = {
  Normal: ["●", "good"],
  Down: ["✕", "bad"],
};

function participantRow(one: UtmParticipant): HTMLElement {
  const [sign, look] = kSigns[one.availability] ?? ["?", "warn"];
  return h(
    "tr",
    { "data-manager": one.manager },
    h("th", { scope: "row" }, said(one.manager)),
    h(
      "td",
      {},
      h(
        "span",
        { class: `chip utm-${look}` },
        h("span", { "aria-hidden": "true" }, `${sign} `),
        word("availability", one.availability),
      ),
    ),
    h("td", {}, numberText(one.intents)),
    h("td", {}, numberText(one.constraints)),
    h("td", {}, numberText(one.subscriptions)),
    h("td", {}, numberText(one.requests)),
    h("td", {}, one.last === undefined ? t("utm.never") : age(one.last)),
  );
}

const participants = (list: UtmParticipant[]): Child =>
  list.length === 0
    ? h("p.empty", {}, t("utm.participants.none"))
    : table(
        t("utm.participants"),
        [
          t("utm.manager"),
          t("utm.availability"),
          t("utm.intents"),
          t("utm.constraints"),
          t("utm.subscriptions"),
          t("utm.requests"),
          t("utm.last"),
        ],
        list.map(participantRow),
      );

const heights = (low: number, high: number): string =>
  t("utm.heights", { low: numberText(low), high: metres(high) });

function entityRow(entity: UtmEntity, chosen: boolean): HTMLElement {
  const activity = activityOf(entity.activity);
  return h(
    "tr",
    { "data-entity": entity.id, class: chosen ? "chosen" : "", "aria-current": chosen ? "true" : null },
    h(
      "th",
      { scope: "row" },
      h(
        "a",
        { href: `#/utm/${encodeURIComponent(entity.id)}`, "data-key": `utm-${entity.id}` },
        t(entity.kind === "intent" ? "utm.intent" : "utm.constraint"),
        " ",
        short(entity.id),
      ),
      entity.activity === undefined
        ? null
        : h(
            "p.small-text",
            {},
            h(
              "a",
              { href: `#/activity/${entity.activity}`, "data-key": `utm-act-${entity.id}` },
              rich("utm.shows", {
                activity: said(activity === undefined ? t("stop.one") : activityName(activity)),
              }),
            ),
          ),
    ),
    h("td", {}, said(entity.manager)),
    h("td", {}, entity.state === undefined ? "" : word("state", entity.state)),
    h("td", {}, spanText(entity)),
    h("td", {}, heights(entity.lower_m, entity.upper_m)),
    h("td", {}, String(entity.version)),
  );
}

const more = (key: string, n: number, act: () => void): Child =>
  n <= 0
    ? null
    : h("button.small.more", { type: "button", "data-key": key, onclick: act }, t("side.more", { n }));

function entities(now: Utm, id: string, again: () => void): Child {
  const list = now.entities ?? [];
  const total = now.entities_total ?? list.length;
  if (list.length === 0) return h("p.empty", {}, t("utm.entities.none"));
  const chosen = list.findIndex((one) => one.id === id);
  const most = Math.max(shownEntities, chosen + 1);
  return [
    total > list.length
      ? h("p.small-text", {}, t("utm.some", { shown: list.length, total: numberText(total) }))
      : null,
    table(
      t("utm.entities"),
      [
        t("utm.entity"),
        t("utm.manager"),
        t("utm.state"),
        t("utm.time"),
        t("utm.height"),
        t("utm.version"),
      ],
      list.slice(0, most).map((one) => entityRow(one, one.id === id)),
    ),
    more("utm-more-entities", list.length - most, () => {
      shownEntities += 5 * kRows;
      again();
    }),
  ];
}

function subscriptionRow(one: UtmSubscription): HTMLElement {
  const of = [
    one.intents ? t("utm.of.intents") : "",
    one.constraints ? t("utm.of.constraints") : "",
  ].filter((text) => text !== "");
  return h(
    "tr",
    { "data-subscription": one.id },
    h("th", { scope: "row" }, short(one.id), one.implicit ? ` ${t("utm.implicit")}` : ""),
    h("td", {}, said(one.manager), h("p.small-text", {}, fixed(one.base_url))),
    h("td", {}, listText(of)),
    h("td", {}, spanText(one)),
    h("td", {}, String(one.notification_index)),
    h("td", {}, String(one.dependents)),
  );
}

function subscriptions(now: Utm, again: () => void): Child {
  const list = now.subscriptions ?? [];
  const total = now.subscriptions_total ?? list.length;
  if (list.length === 0) return h("p.empty", {}, t("utm.subscriptions.none"));
  return [
    total > list.length
      ? h("p.small-text", {}, t("utm.some", { shown: list.length, total: numberText(total) }))
      : null,
    table(
      t("utm.subscriptions"),
      [
        t("utm.subscription"),
        t("utm.manager"),
        t("utm.of"),
        t("utm.time"),
        t("utm.notified"),
        t("utm.dependents"),
      ],
      list.slice(0, shownSubscriptions).map(subscriptionRow),
    ),
    more("utm-more-subscriptions", list.length - shownSubscriptions, () => {
      shownSubscriptions += 5 * kRows;
      again();
    }),
  ];
}

function told(now: UtmTold): Child {
  const unnamed =
    now.unnamed === 0
      ? null
      : h("p", {}, rich("utm.told.unnamed", { n: numberText(now.unnamed), option: h("code", {}, "--utm-notify") }));
  if (now.usses.length === 0) return unnamed ?? h("p.empty", {}, t("utm.told.none"));
  return [
    table(
      t("utm.told"),
      [t("utm.told.uss"), t("utm.told.told"), t("utm.told.waiting"), t("utm.told.lost"), t("utm.told.error")],
      now.usses.map((one) =>
        h(
          "tr",
          { "data-told": one.base_url },
          h("th", { scope: "row" }, fixed(one.base_url)),
          h("td", {}, numberText(one.told)),
          h("td", {}, numberText(one.waiting)),
          h("td", {}, numberText(one.lost)),
          h("td", {}, one.last_error === undefined ? "" : english(one.last_error)),
        ),
      ),
    ),
    unnamed,
  ];
}

const refusalRow = (one: UtmRefusal): HTMLElement =>
  h(
    "tr",
    {},
    h("th", { scope: "row" }, timeElement(one.time)),
    h("td", {}, String(one.status)),
    h("td", {}, english(one.why)),
    h("td", {}, one.subject === undefined ? t("utm.unnamed") : said(one.subject)),
    h("td", {}, h("code", {}, `${one.method} ${one.path}`)),
  );

const refused = (list: UtmRefusal[]): Child =>
  list.length === 0
    ? h("p.empty", {}, t("utm.refused.none"))
    : table(
        t("utm.refused"),
        [t("utm.when"), t("utm.status"), t("utm.why"), t("utm.subject"), t("utm.asked")],
        list.map(refusalRow),
      );

function load(now: Utm): Child {
  const { load: one } = now;
  if (one === undefined) return null;
  const ms = (us: number): string => t("utm.ms", { value: numberText(us / 1000, 2) });
  return [
    h("p.small-text", {}, t("utm.window", { n: one.window_s })),
    facts([
      [t("utm.load.requests"), numberText(one.requests)],
      [t("utm.load.creates"), numberText(one.creates)],
      [t("utm.load.searches"), numberText(one.searches)],
      [t("utm.load.conflicts"), numberText(one.conflicts)],
      [t("utm.load.refused"), numberText(one.refused)],
      [t("utm.load.p50"), ms(one.p50_us)],
      [t("utm.load.p99"), ms(one.p99_us)],
    ]),
  ];
}

const unitText = (unit = ""): string => unit.replace("km2", "km\u00b2");

const limits = (now: Utm): Child =>
  facts(
    (now.limits ?? []).map(({ name, value, unit }): [string, Child] => [
      word("limit", name),
      fixed(`${typeof value === "number" ? numberText(value) : value} ${unitText(unit)}`.trim()),
    ]),
  );

const part = (id: string, heading: string, content: Child): HTMLElement =>
  h("section.part", { "aria-labelledby": `utm-${id}` }, h("h2", { id: `utm-${id}` }, heading), content);

const notEnabled = (): Child => [
  h("p.empty", { id: "utm-off" }, t("utm.off")),
  h("p", {}, rich("utm.enable", { command: h("code", {}, "--utm-port") })),
  h(
    "p",
    {},
    rich("utm.enable.more", {
      options: h("code", {}, "--jwt-key --audience"),
      file: h("code", {}, "docs/operating/utm.md"),
    }),
  ),
];

/** `id`: the entity whose outline is chosen. */
export function utmView(id: string, again: () => void): Child {
  const now = utm.value;
  const heading = title(t("utm.title"));
  if (now === undefined) {
    if (utm.error === undefined) return [heading, waitLine()];
    const none = utm.error instanceof ApiError && utm.error.status === 404;
    return [heading, none ? notEnabled() : errorLine(utm.error)];
  }
  if (!now.enabled) return [heading, notEnabled()];
  return [
    heading,
    utm.error === undefined ? null : errorLine(utm.error),
    h("p.small-text", {}, t("utm.explain")),
    (now.audience ?? []).length === 0
      ? null
      : h("p.small-text", {}, rich("utm.audience", { audience: fixed((now.audience ?? []).join(", ")) })),
    part("participants", t("utm.participants"), participants(now.participants ?? [])),
    part("entities", t("utm.entities"), entities(now, id, again)),
    part("subscriptions", t("utm.subscriptions"), subscriptions(now, again)),
    now.told === undefined ? null : part("told", t("utm.told"), told(now.told)),
    part("refused", t("utm.refused"), refused(now.refused ?? [])),
    part("load", t("utm.load"), load(now)),
    part("limits", t("utm.limits"), limits(now)),
  ];
}
