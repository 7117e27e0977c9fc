// SPDX-License-Identifier: Apache-2.0
//
// Evidence on every view: what a file shows, whom it convicts, what to do. It cannot be closed
// while it is not resolved. What another party merely says is shown as its word.
import { getFile, save } from "./api";
import { byId, english, h, said, show, type Child } from "./dom";
import { listText, rich, t } from "./i18n";
import { errorLine, recordLinkOf } from "./parts";
import { kindText } from "./record_words";
import { agreement, evidence, nameOf } from "./store";
import type { Evidence } from "./types";

const kShown = 3; // in the band; the record's view has them all

/** "south/duty-1" with the party's name; a key that is nobody's stays as it is. */
export function accusedText(accused: string): string {
  const parties = agreement.value?.parties ?? [];
  const party = parties.find(({ id }) => accused === id || accused.startsWith(`${id}/`));
  if (party === undefined) return accused;
  return accused === party.id ? party.name : `${party.name} (${accused})`;
}

function download(one: Evidence, trouble: HTMLElement): void {
  getFile(`/api/evidence/${one.sha256}`).then(
    (file) => save(file, `${one.sha256}.evidence`),
    (error: unknown) => show(trouble, errorLine(error)),
  );
}

export function evidenceCard(one: Evidence, place: string): HTMLElement {
  const trouble = h("div", { "aria-live": "assertive" });
  const accused = listText(one.accused.map(accusedText));
  const open = !one.resolved;
  const loud = open && one.checked;
  const says = one.claims.map((claim) => nameOf(claim.party));
  return h(
    "article",
    {
      class: `evidence ${loud ? "loud" : "calm"}`,
      "data-evidence": one.sha256,
      "aria-label": t("evidence.label", { accused }),
    },
    h(
      "p.evidence-word",
      {},
      h("span", { "aria-hidden": "true" }, loud ? "⚠ " : "△ "),
      t(one.checked ? "evidence.word" : "evidence.unchecked"),
      one.resolved ? ` · ${t("evidence.resolved")}` : "",
    ),
    one.checked
      ? english(one.sentence, "p")
      : h(
          "p",
          {},
          rich("evidence.states", { parties: listText(says), sentence: english(one.sentence, "q") }),
        ),
    h(
      "p.evidence-more",
      {},
      rich("evidence.convicts", {
        word: h("strong", {}, t(one.checked ? "evidence.does" : "evidence.would")),
        accused: said(accused),
        kind: h("span", {}, kindText(one.kind)),
      }),
      one.checked ? ` ${t(`evidence.${one.certainty}`)}` : "",
    ),
    h(
      "p.evidence-more",
      {},
      h("strong", {}, t("evidence.do")),
      rich(one.held ? "evidence.keep" : "evidence.ask", {
        command: h("code", {}, commandOf(one)),
      }),
      open ? ` ${t("evidence.rely")}` : "",
    ),
    h(
      "div.buttons",
      {},
      one.held
        ? h(
            "button.small",
            {
              type: "button",
              "data-key": `${place}-evidence-${one.sha256}`,
              onclick: () => download(one, trouble),
            },
            t("evidence.download"),
          )
        : null,
      h(
        "span",
        {},
        rich("evidence.named", {
          entries: one.claims.map((claim, i) => [
            i > 0 ? " · " : "",
            recordLinkOf(claim.party, claim.index),
          ]),
        }),
      ),
      trouble,
    ),
  );
}

const commandOf = (one: Evidence): string =>
  `detente-verify --agreement agreement.json --evidence ${one.sha256.slice(0, 8)}….evidence`;

export const openEvidence = (): Evidence[] =>
  (evidence.value?.evidence ?? []).filter(({ resolved }) => !resolved);

/** The band above every view. */
export function drawEvidence(): void {
  const open = openEvidence();
  const band = byId("evidence");
  const cards: Child[] = open.slice(0, kShown).map((one) => evidenceCard(one, "band"));
  if (open.length > kShown) {
    cards.push(
      h(
        "p.evidence.calm",
        {},
        rich("evidence.more", {
          n: open.length - kShown,
          link: h("a", { href: "#/record", "data-key": "evidence-more" }, t("evidence.see")),
        }),
      ),
    );
  }
  show(band, cards);
  if (open.length === 0) {
    band.removeAttribute("role");
    return;
  }
  band.setAttribute("role", "alert");
}
