// SPDX-License-Identifier: Apache-2.0
//
// More of the agreement's text: separations of pairs, stand-offs, places, the papers of the signed
// package, and its versions with what changed between them.
import { getFile } from "./api";
import type { Version } from "./course";
import { fixed, h, said, show, type Child } from "./dom";
import { feet, metres, miles, pointText, purposeText, timeElement } from "./format";
import { known, language, listText, rich, t } from "./i18n";
import { errorLine, missing } from "./parts";
import { course, nameOf } from "./store";
import { clauseLink, lengthWords } from "./terms_words";
import type { Agreement, PairSeparation, StandOff } from "./types";

export const readerLinks = (): HTMLElement =>
  h(
    "p.buttons",
    {},
    h("a", { href: "#/ask", "data-key": "to-ask" }, t("terms.to_ask")),
    h("a", { href: "#/course", "data-key": "to-course" }, t("terms.to_course")),
  );

function kindText({ purposes, unmanned }: PairSeparation["between"][number]): string {
  const what =
    purposes === undefined || purposes.length === 0
      ? t("terms.pair.any")
      : listText(purposes.map(purposeText));
  if (unmanned === undefined) return what;
  return t(unmanned ? "terms.pair.unmanned" : "terms.pair.manned", { what });
}

const pairItem = (pair: PairSeparation): HTMLElement =>
  h(
    "li",
    {},
    clauseLink(pair.clause),
    " ",
    t("terms.pair", {
      one: kindText(pair.between[0] ?? {}),
      two: kindText(pair.between[1] ?? {}),
      miles: miles(pair.lateral_m),
      metres: metres(pair.lateral_m),
      feet: feet(pair.vertical_m),
      time: lengthWords(pair.time_s),
    }),
  );

/** Kinds of protected sites are names that the parties agreed on; the common ones have words. */
function categoryText(name: string): string {
  const key = `terms.category.${name}`;
  return known(key) ? t(key) : name;
}

const standOffItem = (one: StandOff): HTMLElement =>
  h(
    "li",
    {},
    clauseLink(one.clause),
    " ",
    t("terms.stand_off", {
      what: one.purposes.length === 0 ? t("terms.pair.any") : listText(one.purposes.map(purposeText)),
      sites: listText(one.categories.map(categoryText)),
      metres: metres(one.lateral_m),
    }),
    one.vertical_m > 0 ? ` ${t("terms.stand_off.over", { feet: feet(one.vertical_m) })}` : "",
  );

function papersTable(agreement: Agreement): Child {
  const papers = agreement.documents ?? [];
  if (papers.length === 0) return h("p.empty", {}, t("terms.documents.none"));
  return h(
    "ul.plain",
    {},
    papers.map((paper) =>
      h(
        "li",
        {},
        said(paper.name),
        ` (${paper.language}) `,
        paper.sha256 === undefined
          ? [
              h("span.chip", {}, t("terms.documents.secret")),
              h("div", {}, h("code.hash", {}, paper.commitment ?? "")),
            ]
          : h("div", {}, h("code.hash", {}, paper.sha256)),
      ),
    ),
  );
}

// --- Versions ------------------------------------------------------------------------------------

interface Clauses {
  clauses: { id: string; text: Record<string, string> }[];
}

async function clausesOf(sha256: string): Promise<Map<string, string>> {
  const file = await getFile(`/api/agreement/documents/${sha256}`);
  const read = JSON.parse(await file.text()) as Clauses;
  return new Map(
    read.clauses.map(({ id, text }) => [id, text[language()] ?? text["en"] ?? ""]),
  );
}

/** What the reader has asked to compare, and its result; drawn in place. */
const comparison = h("div", { id: "comparison", "aria-live": "polite" });

async function compare(old: Version, now: Version): Promise<void> {
  try {
    const [before, after] = await Promise.all([clausesOf(old.sha256), clausesOf(now.sha256)]);
    const ids = [...new Set([...before.keys(), ...after.keys()])];
    const changed = ids.filter((id) => before.get(id) !== after.get(id));
    show(
      comparison,
      h("h3", {}, t("terms.compare.title", { old: old.version, now: now.version })),
      changed.length === 0
        ? h("p", {}, t("terms.compare.same"))
        : h(
            "dl.clauses",
            {},
            changed.map((id) => {
              const [was, is] = [before.get(id), after.get(id)];
              const word =
                was === undefined
                  ? "terms.compare.added"
                  : is === undefined
                    ? "terms.compare.removed"
                    : "terms.compare.changed";
              return [
                h("dt", {}, id),
                h(
                  "dd",
                  {},
                  h("span.small-text", {}, t(word)),
                  was === undefined ? null : h("del", { dir: "auto" }, was),
                  is === undefined ? null : h("ins", { dir: "auto" }, is),
                ),
              ];
            }),
          ),
    );
  } catch (error) {
    show(comparison, errorLine(error));
  }
}

function versionsPart(): Child {
  const versions = course.value?.versions ?? [];
  if (versions.length === 0) return h("p.empty", {}, t("terms.versions.unknown"));
  return [
    h(
      "ul.plain.spaced",
      {},
      versions.map((version) => {
        const before = versions.find(({ sha256 }) => sha256 === version.amends);
        return h(
          "li",
          {},
          h("strong", {}, t("terms.version", { n: version.version })),
          " ",
          t(version.in_force ? "terms.version.in_force" : "terms.version.not"),
          version.effective === undefined
            ? null
            : [", ", rich("terms.version.from", { time: timeElement(version.effective) })],
          version.signatures.length === 0
            ? [" ", missing(t("terms.version.unsigned"))]
            : h(
                "div.small-text",
                {},
                t("terms.version.signed", {
                  who: listText(version.signatures.map(({ party }) => nameOf(party))),
                }),
              ),
          h("div", {}, h("code.hash", {}, version.sha256)),
          before === undefined || !version.at_hand || !before.at_hand
            ? null
            : h(
                "button.small",
                {
                  type: "button",
                  "data-key": `compare-${version.version}`,
                  onclick: () => void compare(before, version),
                },
                t("terms.compare", { n: before.version }),
              ),
        );
      }),
    ),
    comparison,
  ];
}

export function readerParts(agreement: Agreement): Child {
  const pairs = agreement.pair_separations ?? [];
  const offs = agreement.stand_offs ?? [];
  const places = agreement.places ?? [];
  return [
    pairs.length === 0
      ? null
      : [h("h2", {}, t("terms.pairs")), h("ul.plain.spaced", {}, pairs.map(pairItem))],
    offs.length === 0
      ? null
      : [h("h2", {}, t("terms.stand_offs")), h("ul.plain.spaced", {}, offs.map(standOffItem))],
    places.length === 0
      ? null
      : [
          h("h2", {}, t("terms.places")),
          h(
            "p.small-text",
            {},
            agreement.place_tolerance_m === undefined
              ? ""
              : t("terms.places.tolerance", { metres: metres(agreement.place_tolerance_m) }),
          ),
          h(
            "ul.places",
            {},
            places.map(({ name, point }) =>
              h("li", {}, said(name), " ", h("span.small-text", {}, fixed(pointText(point)))),
            ),
          ),
        ],
    h("h2", {}, t("terms.documents")),
    papersTable(agreement),
    h("h2", { id: "versions" }, t("terms.versions")),
    versionsPart(),
  ];
}

/** Goes to a clause that the address names, and marks it. */
export function goToClause(id: string): void {
  for (const marked of document.querySelectorAll(".clause-here")) {
    marked.classList.remove("clause-here");
  }
  const goal = document.getElementById(`clause-${id}`);
  if (goal === null) return;
  goal.classList.add("clause-here");
  goal.nextElementSibling?.classList.add("clause-here");
  goal.scrollIntoView({ block: "center" });
}
