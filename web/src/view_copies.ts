// SPDX-License-Identifier: Apache-2.0
//
// Copies of a list for one recipient each: who has which, with receipt or without; making one; and
// what is in one that this party has. Its places are circles that contain the sites.
import { post } from "./api";
import { fixed, h, said, type Child } from "./dom";
import { durationText, metres, pointText, timeElement } from "./format";
import { numberText, t } from "./i18n";
import { askFor, choiceField, countdown, errorLine, missing, recordLinkOf, waitLine } from "./parts";
import { shapeOf } from "./plan";
import { categoryName, comma, e7, recipients, standing } from "./protection_parts";
import { copyOne, siteCopies, touchProtection } from "./protection_store";
import type { SiteCopy, SiteCopyOne } from "./protection_types";
import type { Shape } from "./types";
import { nodeNow } from "./clock";
import { isOwn, nameOf, touchBy } from "./store";
import { facts, title } from "./view_map";

const kCoarseKm = [2, 5, 10, 20, 50];
const kShown = 300;

async function say(path: string, body: unknown): Promise<void> {
  await post(path, body);
  touchProtection();
  touchBy("log");
}

function askCopy(): void {
  const [to, chosen] = choiceField(
    "copy-to",
    t("copy.to"),
    recipients().map((one): [string, string] => [one.id, one.name]),
  );
  const [coarse, km] = choiceField(
    "copy-coarse",
    t("copy.coarse"),
    kCoarseKm.map((n): [string, string] => [String(n), metres(n * 1000)]),
  );
  askFor({
    title: t("copy.make"),
    explain: [h("p", {}, t("copy.make.explain")), h("p", {}, t("copy.make.warn")), h("p", {}, t("dialog.signed"))],
    fields: [to, coarse],
    button: t("copy.make.send"),
    send: () => say("/api/site-copies", { to: chosen(), coarse_m: Number(km()) * 1000 }),
  });
}

function askReceipt(copy: SiteCopy): void {
  askFor({
    title: t("copy.receipt.title"),
    explain: [h("p", {}, t("copy.receipt.explain")), h("p", {}, t("dialog.signed"))],
    fields: [],
    button: t("copy.receipt.send"),
    send: () => say(`/api/site-copies/${encodeURIComponent(copy.key)}/receipt`, {}),
  });
}

function receiptOf(copy: SiteCopy): Child {
  const { receipt } = copy;
  if (receipt === undefined) {
    const since = (nodeNow() ?? Date.parse(copy.time)) - Date.parse(copy.time);
    return missing(t("copy.receipt.none", { time: durationText(Math.max(0, since)) }));
  }
  return [
    receipt.opens
      ? h("span.tick", {}, "✓ ", t("copy.receipt.opens"))
      : h("strong.fault", {}, t("copy.receipt.fault", { fault: receipt.fault })),
    comma(),
    timeElement(receipt.time),
    comma(),
    recordLinkOf(copy.to, receipt.index),
  ];
}

function card(copy: SiteCopy): HTMLElement {
  const mine = isOwn(copy.owner);
  return h(
    "li.account",
    { "data-copy": copy.key },
    h(
      "h3",
      {},
      copy.here
        ? h(
            "a",
            { href: `#/sites/copies?copy=${encodeURIComponent(copy.key)}`, "data-key": `copy-${copy.key}` },
            t(mine ? "copy.for" : "copy.from", { party: nameOf(mine ? copy.to : copy.owner) }),
          )
        : t(mine ? "copy.for" : "copy.from", { party: nameOf(mine ? copy.to : copy.owner) }),
    ),
    facts([
      [t("copy.receipt"), receiptOf(copy)],
      [t("copy.made"), [timeElement(copy.time), comma(), recordLinkOf(copy.owner, copy.index)]],
      [t("copy.coarse"), copy.coarse_m === undefined ? null : metres(copy.coarse_m)],
      [t("copy.entries"), copy.entries === undefined ? null : numberText(copy.entries)],
      [t("copy.id"), copy.id === undefined ? null : fixed(copy.id)],
      [t("copy.hash"), fixed(copy.sha256.slice(0, 16))],
    ]),
    copy.here ? null : h("p.small-text", {}, t("copy.waits")),
    copy.acts.includes("receipt")
      ? h(
          "div.buttons",
          {},
          h(
            "button.primary",
            { type: "button", "data-act": "receipt", "data-key": `receipt-${copy.key}`, onclick: () => askReceipt(copy) },
            t("copy.receipt.send"),
          ),
        )
      : null,
  );
}

function list(copies: SiteCopy[], id: string, heading: string, none: string): Child {
  return h(
    "section.part",
    { "aria-labelledby": id },
    h("h2", { id }, heading),
    copies.length === 0 ? h("p.empty", {}, none) : h("ul.cards", {}, copies.map(card)),
  );
}

function overview(): Child {
  const now = siteCopies.value;
  if (now === undefined) return siteCopies.error === undefined ? waitLine() : errorLine(siteCopies.error);
  return [
    siteCopies.error === undefined ? null : errorLine(siteCopies.error),
    now.may_make
      ? h(
          "p.buttons",
          {},
          h("button.primary", { type: "button", "data-act": "copy", "data-key": "copy-make", onclick: askCopy }, t("copy.make")),
        )
      : null,
    list(now.copies.filter(({ owner }) => isOwn(owner)), "copies-made", t("copy.list.made"), t("copy.none.made")),
    list(now.copies.filter(({ owner }) => !isOwn(owner)), "copies-given", t("copy.list.given"), t("copy.none.given")),
  ];
}

function places(key: string): Child {
  const cell = copyOne.of(key);
  const one = cell.value;
  if (one === undefined) return cell.error === undefined ? waitLine() : errorLine(cell.error);
  return [
    h("ul.cards", {}, card(one.copy)),
    h("p.small-text", {}, t("copy.places.explain")),
    one.sites.length > kShown
      ? h("p.small-text", {}, t("prot.range", { from: numberText(1), to: numberText(kShown), total: numberText(one.sites.length) }))
      : null,
    h(
      "div.scroll",
      { tabindex: 0, role: "region", "aria-label": t("copy.entries") },
      h(
        "table.wide-table",
        {},
        h(
          "thead",
          {},
          h("tr", {}, (["copy.entry", "prot.category", "copy.middle", "copy.radius", "prot.expires"] as const).map((name) => h("th", { scope: "col" }, t(name)))),
        ),
        h(
          "tbody",
          {},
          one.sites.slice(0, kShown).map((site) =>
            h(
              "tr",
              { "data-place": site.key },
              h("th", { scope: "row" }, said(site.key)),
              h("td", {}, categoryName(site.category)),
              h("td", {}, fixed(pointText(site.point))),
              h("td", {}, metres(site.radius_m)),
              h("td", {}, countdown(site.expires)),
            ),
          ),
        ),
      ),
    ),
  ];
}

/** The outline of a place of a copy. */
export const placeOf = (site: SiteCopyOne["sites"][number]): Shape => {
  const [lat_e7, lng_e7] = e7(site.point);
  return shapeOf({ circle: { center: [lat_e7, lng_e7], radius_mm: site.radius_m * 1000 } });
};

/** `key`: the copy whose places are shown; undefined: the list of copies. */
export function copiesView(key: string | undefined): Child {
  const back = key === undefined ? "#/sites" : "#/sites/copies";
  return [
    h("p.back", {}, h("a", { href: back, "data-key": "back" }, t(key === undefined ? "prot.back.sites" : "copy.back"))),
    title(t("copy.title"), t("prot.sites.title")),
    standing(),
    h("p", {}, t("copy.explain")),
    key === undefined ? overview() : places(key),
  ];
}
