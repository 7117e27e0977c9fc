// SPDX-License-Identifier: Apache-2.0
//
// Voice calls: each side writes its own account, and the two stand side by side. An account that
// the other side has not written is shown as missing.
import { post } from "./api";
import { nodeNow } from "./clock";
import { h, said, type Child } from "./dom";
import { durationText, timeElement } from "./format";
import { timeField } from "./hotline_lines";
import type { Call } from "./hotline_types";
import { languageName, may, spoken } from "./hotline_words";
import { kLanguageNames, language, rich, t } from "./i18n";
import { askFor, choiceField, missing, reasonField, recordLinkOf } from "./parts";
import { timeLine } from "./plan";
import { agreement, isOwn, nameOf, touchBy } from "./store";
import type { Logged } from "./types";

const kCalls = 20;
let shown = kCalls;

/** Two accounts of one call, joined by `about`; the newest first. */
export function pairsOf(calls: Call[]): [Call, Call | undefined][] {
  const taken = new Set<string>();
  const known = new Map(calls.map((call) => [call.id, call]));
  const answers = new Map<string, Call>();
  for (const call of calls) if (call.about !== undefined) answers.set(call.about, call);
  const pairs: [Call, Call | undefined][] = [];
  for (const call of calls) {
    if (taken.has(call.id)) continue;
    taken.add(call.id);
    const other = [known.get(call.about ?? ""), answers.get(call.id)].find(
      (one) => one !== undefined && !taken.has(one.id) && one.party !== call.party,
    );
    if (other !== undefined) taken.add(other.id);
    pairs.push([call, other]);
  }
  return pairs.sort((a, b) => Date.parse(b[0].began) - Date.parse(a[0].began));
}

export function askToRecord(about?: Call): void {
  const others = (agreement.value?.parties ?? []).filter(({ id }) => !isOwn(id));
  const [withPart, withParty] = choiceField(
    "call-with",
    t("hotline.call.with"),
    (about === undefined ? others : others.filter(({ id }) => id === about.party)).map(
      ({ id, name }): [string, string] => [id, name],
    ),
  );
  const now = nodeNow() ?? 0;
  const of = (time: string | undefined, otherwise: number): string =>
    timeLine(time === undefined ? otherwise : Date.parse(time));
  const began = timeField("call-began", t("hotline.call.began"), of(about?.began, now - 300000));
  const ended = timeField("call-ended", t("hotline.call.ended"), of(about?.ended, now));
  const lineInput = h("input", {
    id: "call-line",
    type: "text",
    dir: "auto",
    maxlength: 200,
    required: true,
    autocomplete: "off",
  });
  lineInput.value = about?.line ?? "";
  const [spokenPart, spokenIn] = choiceField(
    "call-language",
    t("hotline.call.language"),
    Object.keys(kLanguageNames).map((name): [string, string] => [name, languageName(name)]),
  );
  const select = spokenPart.querySelector("select");
  if (select !== null) select.value = about?.language ?? language();
  const [summaryPart, summary] = reasonField(t("hotline.call.summary"), true);
  askFor({
    title: t("hotline.call.record"),
    explain: [
      h("p", {}, t("hotline.call.explain")),
      about === undefined
        ? null
        : h("p", {}, rich("hotline.call.about", { party: said(nameOf(about.party)) })),
      h("p", {}, t("dialog.signed")),
    ],
    fields: [
      withPart,
      h("div.fields", {}, began.part, ended.part),
      h("div.field", {}, h("label", { for: "call-line" }, t("hotline.call.line")), lineInput),
      spokenPart,
      summaryPart,
    ],
    button: t("hotline.call.sign"),
    send: async () => {
      await post<Logged>("/api/hotline/calls", {
        with: withParty(),
        began: began.read(),
        ended: ended.read(),
        line: lineInput.value.trim(),
        language: spokenIn(),
        summary: summary(),
        ...(about === undefined ? {} : { about: about.id }),
      });
      touchBy("call");
    },
  });
}

function account(call: Call): HTMLElement {
  return h(
    "div.account",
    { "data-call": call.id },
    h("h4", {}, rich("hotline.call.by", { party: said(nameOf(call.party)) })),
    h(
      "p.small-text",
      {},
      rich("hotline.call.times", {
        from: timeElement(call.began),
        to: timeElement(call.ended, "clock"),
        length: durationText(Date.parse(call.ended) - Date.parse(call.began)),
      }),
    ),
    spoken(call.summary, call.language, "p"),
    h(
      "p.small-text",
      {},
      said(call.line),
      ", ",
      languageName(call.language),
      ", ",
      recordLinkOf(call.party, call.index),
    ),
  );
}

function missingAccount(call: Call): HTMLElement {
  const who = call.with;
  return h(
    "div.account.none",
    { "data-account": "missing" },
    h("h4", {}, rich("hotline.call.by", { party: said(nameOf(who)) })),
    h("p", {}, missing(t("hotline.call.missing"))),
    isOwn(who) && may("call")
      ? h(
          "button.primary",
          { type: "button", "data-key": `call-about-${call.id}`, onclick: () => askToRecord(call) },
          t("hotline.call.record"),
        )
      : null,
  );
}

function pair([call, other]: [Call, Call | undefined]): HTMLElement {
  // The own account first, as everywhere.
  const [first, second] = other !== undefined && isOwn(other.party) ? [other, call] : [call, other];
  const left = isOwn(first.party) || second !== undefined;
  return h(
    "li.call-pair",
    {},
    left
      ? [account(first), second === undefined ? missingAccount(first) : account(second)]
      : [missingAccount(first), account(first)],
  );
}

export function callsPart(calls: Call[], again: () => void): Child {
  const pairs = pairsOf(calls);
  const more = pairs.length - shown;
  return [
    pairs.length === 0
      ? h("p.empty", {}, t("hotline.calls.none"))
      : h("ul.calls", { id: "calls" }, pairs.slice(0, shown).map(pair)),
    more > 0
      ? h(
          "button.small.more",
          {
            type: "button",
            "data-key": "calls-more",
            onclick: () => {
              shown += kCalls;
              again();
            },
          },
          t("side.more", { n: more }),
        )
      : null,
  ];
}
