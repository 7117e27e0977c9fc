// SPDX-License-Identifier: Apache-2.0
//
// What every view shows of the lines: beside each link whether somebody is on watch there, and a
// note when nobody is, at either end.
import { h, said, type Child } from "./dom";
import { lineOf } from "./hotline_words";
import { rich, t } from "./i18n";
import { age } from "./parts";
import { hotline, isOwn } from "./store";

/** Inside the chip of a party's link. */
export function lineChip(party: string): Child {
  const line = lineOf(party);
  if (line === undefined) return null;
  const [sign, key] =
    line.manned === true
      ? (["☎", "hotline.short.manned"] as const)
      : line.manned === false
        ? (["☎✕", "hotline.short.unmanned"] as const)
        : (["☎?", "hotline.short.unknown"] as const);
  return h(
    "span.line-chip",
    { title: t(key), "data-line": party },
    h("span", { "aria-hidden": "true" }, ` ${sign}`),
    h("span.unseen", {}, t(key)),
  );
}

/** An unmanned line is seen by both sides at once, on every view. */
export const unmannedNotes = (): Child =>
  (hotline.value?.lines ?? [])
    .filter(({ manned }) => manned === false)
    .map((line) =>
      h(
        "p.note.warn",
        { "data-unmanned": line.party },
        h("span", { "aria-hidden": "true" }, "☎ "),
        isOwn(line.party)
          ? t("hotline.note.own")
          : rich("hotline.note.other", { party: said(line.name) }),
        line.since === undefined ? null : [" ", age(line.since, "for")],
        " ",
        h("a", { href: "#/hotline", "data-key": `line-${line.party}` }, t("hotline.note.open")),
      ),
    );
