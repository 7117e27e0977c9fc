// SPDX-License-Identifier: Apache-2.0
//
// The agreement in words: who, where, what is forbidden or must be declared, and how one asks.
import { h, said, type Child } from "./dom";
import { bandText, feet, lengthOfTime, metres, miles, purposeText, spanText } from "./format";
import { listText, t } from "./i18n";
import { nameOf } from "./store";
import type { Agreement, Procedure } from "./types";
import { clauseLink } from "./terms_words";
import { facts, ruleText, title } from "./view_map";
import { readerLinks, readerParts } from "./view_reader";

function procedureText(procedure: Procedure): string {
  const purposes =
    procedure.purposes.length > 0
      ? procedure.purposes.map(purposeText).join(", ")
      : t("agreement.any_purpose");
  const who = procedure.concurrences.map(({ party, officers }) =>
    t("agreement.officers", { n: officers, party: nameOf(party) }),
  );
  const keys =
    who.length === 0 ? t("agreement.nobody") : t("agreement.keys", { who: listText(who) });
  const lead =
    procedure.lead_s === 0
      ? t("agreement.no_lead")
      : t("agreement.lead", { time: lengthOfTime(procedure.lead_s) });
  return t("agreement.procedure", { purposes, lead, keys });
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
  return [
    title(agreement.title, t("tab.agreement")),
    readerLinks(),
    facts([
      [t("agreement.state"), t(agreement.in_force ? "force.in" : "force.not")],
      [t("agreement.valid"), spanText(agreement.valid)],
      [
        t("agreement.signed"),
        agreement.signed_by?.length
          ? listText(agreement.signed_by.map(nameOf))
          : t("agreement.signed.none"),
      ],
      ["SHA-256", h("code.hash", {}, agreement.sha256)],
    ]),
    h("h2", {}, t("agreement.parties")),
    table(
      t("agreement.parties"),
      [t("agreement.name"), t("agreement.kind"), t("agreement.answered")],
      [
        ...agreement.parties.map((party): Child[] => [
          said(party.name),
          t(`kind.${party.kind}`),
          t("agreement.itself"),
        ]),
        ...agreement.adherents
          .filter(({ id }) => !agreement.parties.some((party) => party.id === id))
          .map((adherent): Child[] => [
            said(adherent.name),
            t("kind.adherent"),
            said(nameOf(adherent.sponsor)),
          ]),
      ],
    ),
    h("h2", {}, t("agreement.rules")),
    h(
      "ul.plain.spaced",
      { id: "rules" },
      agreement.rules.map((rule) => h("li", {}, ruleText(rule))),
    ),
    h("p.fine", {}, t("agreement.stricter")),
    h("h2", {}, t("agreement.how")),
    h(
      "ul.plain.spaced",
      {},
      agreement.procedures.map((procedure) =>
        h("li", {}, h("strong", {}, t("word.clause", { clause: procedure.clause })),
          procedureText(procedure),
),
      ),
      h(
        "li",
        {},
        h("strong", {}, t("word.clause", { clause: separation.clause })),
        t("agreement.separation", {
          miles: miles(separation.lateral_m),
          metres: metres(separation.lateral_m),
          feet: feet(separation.vertical_m),
          height: metres(separation.vertical_m),
          time: lengthOfTime(separation.time_s),
        }),
      ),
    ),
    h("h2", {}, t("agreement.areas")),
    table(
      t("agreement.areas"),
      [t("agreement.area"), t("agreement.class"), t("agreement.heights"), t("agreement.time")],
      agreement.areas.map((area) => [
        h("a", { href: `#/area/${encodeURIComponent(area.id)}`, dir: "auto" }, area.name),
        said(area.class_name),
        area.altitude === undefined ? t("area.all") : bandText(area.altitude),
        area.time === undefined ? t("agreement.always") : spanText(area.time),
      ]),
    ),
    h("h2", {}, t("agreement.clauses")),
    h(
      "dl.clauses",
      {},
      agreement.clauses.map(({ id, text }) => [
        h("dt", { id: `clause-${id}` }, clauseLink(id)),
        h("dd", {}, said(text)),
      ]),
    ),
    readerParts(agreement),
  ];
}
