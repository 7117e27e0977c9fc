// SPDX-License-Identifier: Apache-2.0
//
// Evidence on every view: what a file shows, whom it convicts, what to do. It cannot be closed
// while it is not resolved. What another party merely says is shown as its word.
import { getFile, save, sentence } from "./api";
import { byId, h, said, show, type Child } from "./dom";
import { listText } from "./format";
import { errorLine, recordLink } from "./parts";
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
    (error: unknown) => show(trouble, errorLine(sentence(error))),
  );
}

const kSure = {
  proven: "Proven: the accused's own signatures stand in the file.",
  attested: "Attested: neutral parties signed it; it is no proof by the accused's own signatures.",
};

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
      "aria-label": `Evidence against ${accused}`,
    },
    h(
      "p.evidence-word",
      {},
      h("span", { "aria-hidden": "true" }, loud ? "⚠ " : "△ "),
      one.checked ? "EVIDENCE" : "Said to be evidence, not checked here",
      one.resolved ? " · resolved: the log was closed, and another epoch begun" : "",
    ),
    one.checked
      ? said(one.sentence, "p")
      : h("p", {}, `${listText(says)} states: `, said(one.sentence, "q")),
    h(
      "p.evidence-more",
      {},
      h("strong", {}, one.checked ? "It convicts " : "It would convict "),
      said(accused),
      `: ${kindText(one.kind)}. `,
      one.checked ? kSure[one.certainty] : "",
    ),
    h(
      "p.evidence-more",
      {},
      h("strong", {}, "What to do: "),
      one.held
        ? "keep the file, give it to the monitor, and check it on another machine: "
        : "ask for the file where it is named, and check it before anybody is accused: ",
      h("code", {}, `detente-verify --agreement agreement.json --evidence ${one.sha256.slice(0, 8)}….evidence`),
      open ? ". Rely on nothing that the accused's log says until this is resolved." : ".",
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
            "Download the file",
          )
        : null,
      h(
        "span",
        {},
        "Named in ",
        one.claims.map((claim, i) => [
          i > 0 ? ", " : "",
          recordLink(claim.party, claim.index),
          " of ",
          said(nameOf(claim.party)),
        ]),
      ),
      trouble,
    ),
  );
}

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
        `${open.length - kShown} more: `,
        h("a", { href: "#/record", "data-key": "evidence-more" }, "see the record"),
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
