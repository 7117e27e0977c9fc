// SPDX-License-Identifier: Apache-2.0
//
// The agreement in words: who, where, what is forbidden or must be declared, and how one asks.
import { h, said, type Child } from "./dom";
import { bandText, feet, lengthOfTime, listText, spanText, words } from "./format";
import { nameOf } from "./store";
import type { Agreement, Procedure } from "./types";
import { facts, ruleText, title } from "./view_map";

function procedureText(procedure: Procedure): string {
  const what =
    procedure.purposes.length > 0 ? procedure.purposes.map(words).join(", ") : "any other purpose";
  const who = procedure.concurrences.map(
    ({ party, officers }) =>
      `${officers === 1 ? "one officer" : `${officers} different officers`} of ${nameOf(party)}`,
  );
  const keys =
    who.length === 0
      ? "Nobody needs to concur."
      : `Becomes active only when ${listText(who)} have concurred.`;
  const lead =
    procedure.lead_s === 0
      ? "No notice is needed beforehand."
      : `Notice: ${lengthOfTime(procedure.lead_s)} before it begins, counted from when it is held.`;
  return `For ${what}: ${lead} ${keys}`;
}

function table(label: string, head: string[], rows: Child[][]): HTMLElement {
  return h(
    "div.scroll",
    { tabindex: 0, role: "region", "aria-label": label },
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          head.map((name) => h("th", { scope: "col" }, name)),
        ),
      ),
      h(
        "tbody",
        {},
        rows.map((row) =>
          h(
            "tr",
            {},
            row.map((cell) => h("td", {}, cell)),
          ),
        ),
      ),
    ),
  );
}

export function agreementView(agreement: Agreement): Child {
  const { separation } = agreement;
  const miles = (separation.lateral_m / 1852).toFixed(1).replace(/\.0$/, "");
  return [
    title(agreement.title, "Agreement"),
    facts([
      ["State", agreement.in_force ? "in force" : "not in force"],
      ["Valid", spanText(agreement.valid)],
      [
        "Signed by",
        agreement.signed_by?.length ? listText(agreement.signed_by.map(nameOf)) : "nobody yet",
      ],
      ["SHA-256", h("code.hash", {}, agreement.sha256)],
    ]),
    h("h2", {}, "Parties"),
    table(
      "Parties",
      ["name", "kind", "answered for by"],
      [
        ...agreement.parties.map((party): Child[] => [
          said(party.name),
          party.kind === "monitor" ? "neutral monitor" : "party",
          "itself",
        ]),
        ...agreement.adherents
          .filter(({ id }) => !agreement.parties.some((party) => party.id === id))
          .map((adherent): Child[] => [
            said(adherent.name),
            "adherent",
            said(nameOf(adherent.sponsor)),
          ]),
      ],
    ),
    h("h2", {}, "Rules in words"),
    h(
      "ul.plain.spaced",
      { id: "rules" },
      agreement.rules.map((rule) => h("li", {}, ruleText(rule))),
    ),
    h("p.fine", {}, "Where two rules differ, the more restrictive one holds."),
    h("h2", {}, "How an activity becomes active"),
    h(
      "ul.plain.spaced",
      {},
      agreement.procedures.map((procedure) =>
        h("li", {}, h("strong", {}, `Clause ${procedure.clause}: `), procedureText(procedure)),
      ),
      h(
        "li",
        {},
        h("strong", {}, `Clause ${separation.clause}: `),
        `Activities of different operators stay ${miles} NM (${Math.round(separation.lateral_m)} m) apart sideways, ` +
          `or ${feet(separation.vertical_m)} (${Math.round(separation.vertical_m)} m) in height, ` +
          `or ${lengthOfTime(separation.time_s)} in time.`,
      ),
    ),
    h("h2", {}, "Areas"),
    table(
      "Areas",
      ["area", "class", "heights", "time"],
      agreement.areas.map((area) => [
        h("a", { href: `#/area/${encodeURIComponent(area.id)}`, dir: "auto" }, area.name),
        said(area.class_name),
        area.altitude === undefined ? "all" : bandText(area.altitude),
        area.time === undefined ? "always" : spanText(area.time),
      ]),
    ),
    h("h2", {}, "Clauses"),
    h(
      "dl.clauses",
      {},
      agreement.clauses.map(({ id, text }) => [h("dt", {}, id), h("dd", {}, said(text))]),
    ),
  ];
}
