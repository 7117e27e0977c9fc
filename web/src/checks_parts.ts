// SPDX-License-Identifier: Apache-2.0
//
// Pieces that the activity's form and the view of private checks share: what a check does not do,
// and how far each one is, in plain words.
import type { CheckCell, CheckPlan, PlanCheckState } from "./checks_types";
import { h, said, type Child } from "./dom";
import { dateTimeText, feet, spanText } from "./format";
import { known, numberText, rich, t } from "./i18n";
import { put } from "./map";
import { none } from "./map_data";
import { clauseLink } from "./terms_words";

/** First of all what a check does not do. */
export const limitsOfChecks = (): HTMLElement =>
  h("div.standing.limits", { id: "check-limits" }, h("p", {}, t("check.limit.1")), h("p", {}, t("check.limit.2")));

export function stateWord(state: string): string {
  const key = `check.state.${state}`;
  return known(key) ? t(key) : state;
}
const kLooks: Record<string, string> = {
  done: "verdict-good",
  overdue: "verdict-fault",
  frozen: "verdict-fault",
  refused: "verdict-fault",
  expired: "verdict-fault",
};
const kSigns: Record<string, string> = { done: "✓", overdue: "!", frozen: "!", refused: "✕", expired: "✕" };

export const stateChip = (state: string): HTMLElement =>
  h(
    "span",
    { class: `chip ${kLooks[state] ?? "verdict-doubt"}`, "data-state": state },
    h("span", { "aria-hidden": "true" }, `${kSigns[state] ?? "…"} `),
    stateWord(state),
  );

/** What was found, without ever saying which site. */
function result(check: PlanCheckState): Child {
  if (check.state !== "done") return null;
  if (check.near === false) return h("p.plan-status.good", {}, t(`check.clear.${check.purpose}`));
  const n = check.matches ?? check.cells?.length ?? 0;
  return h(
    "p.plan-status.warn",
    { "data-near": check.purpose },
    check.purpose === "sites"
      ? t("check.near.sites")
      : t("check.near.plans", { n, party: check.with_name }),
  );
}

const cellText = (cell: CheckCell): Child => [
  cell.altitude === undefined
    ? null
    : t("check.cell.height", { low: feet(cell.altitude[0] * 0.3048), high: feet(cell.altitude[1] * 0.3048) }),
  cell.altitude === undefined || cell.time === undefined ? null : " · ",
  cell.time === undefined ? null : spanText(cell.time),
];

export function checkLine(check: PlanCheckState): HTMLElement {
  const cells = check.cells ?? [];
  return h(
    "li.conflict-line",
    { "data-check": `${check.purpose}-${check.with}`, "data-state": check.state },
    h(
      "p",
      {},
      rich(`check.what.${check.purpose}`, { party: said(check.with_name), clause: clauseLink(check.clause) }),
      " ",
      stateChip(check.state),
    ),
    check.why === undefined || check.why === "" ? null : h("p.small-text", { dir: "ltr", lang: "en" }, check.why),
    check.tokens === undefined || check.tokens === 0
      ? null
      : h(
          "p.small-text",
          {},
          t("check.tokens", { n: check.tokens, padded: numberText(check.padded ?? check.tokens) }),
        ),
    result(check),
    cells.length === 0
      ? null
      : h(
          "details",
          {},
          h("summary", {}, t("check.cells", { n: cells.length })),
          h("ul", {}, cells.map((cell) => h("li", {}, cellText(cell)))),
        ),
  );
}

export const checkLines = (plan: CheckPlan): HTMLElement =>
  h("ul.plain", { "data-plan": plan.id }, plan.checks.map(checkLine));

/** The own cells in common, on the map; undefined: none of them. */
export function showCells(plan: CheckPlan | undefined): void {
  const cells = (plan?.checks ?? []).flatMap((check) => check.cells ?? []);
  put(
    "cells",
    cells.length === 0
      ? none()
      : {
          type: "FeatureCollection",
          features: cells.map(({ shape }) => ({ type: "Feature", geometry: shape, properties: {} })),
        },
  );
}

export const epochText = (epoch: string): string => {
  const ms = Date.parse(epoch);
  return Number.isNaN(ms) ? epoch : dateTimeText(ms);
};
