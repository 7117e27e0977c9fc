// SPDX-License-Identifier: Apache-2.0
//
// The hotline: the lines of both sides, warnings, messages, voice calls. The forms that need the
// map are views of their own: #/hotline/warn and #/hotline/write.
import { ApiError } from "./api";
import { nodeNow } from "./clock";
import { h, type Child } from "./dom";
import { callsPart, askToRecord } from "./hotline_calls";
import type { Warning } from "./hotline_types";
import { inboxPart } from "./hotline_inbox";
import { linesPart } from "./hotline_lines";
import { isOpenWarning, may } from "./hotline_words";
import { warningsPart } from "./hotline_warnings";
import { numberText, t } from "./i18n";
import { errorLine, waitLine } from "./parts";
import { hotline } from "./store";
import { title } from "./view_map";

function part(id: string, heading: string, act: Child, content: Child): HTMLElement {
  return h(
    "section.part",
    { "aria-labelledby": `hotline-${id}` },
    h("div.part-head", {}, h("h2", { id: `hotline-${id}` }, heading), act),
    content,
  );
}

const link = (href: string, key: string, text: string): HTMLElement =>
  h("a.button.primary", { href, "data-key": key }, text);

/** The node's lists have an end; what they leave out is in the record. */
const left = (shown: number, total = shown): Child =>
  total > shown
    ? h("p.small-text", {}, t("hotline.some", { shown, total: numberText(total) }))
    : null;

export function hotlineView(again: () => void): Child {
  const now = hotline.value;
  const heading = title(t("hotline.title"));
  if (now === undefined) {
    if (hotline.error === undefined) return [heading, waitLine()];
    const none = hotline.error instanceof ApiError && hotline.error.status === 404;
    return [heading, none ? h("p.empty", {}, t("hotline.none")) : errorLine(hotline.error)];
  }
  const at = nodeNow() ?? 0;
  const open: Warning[] = [];
  const rest: Warning[] = [];
  for (const warning of now.warnings) (isOpenWarning(warning, at) ? open : rest).push(warning);
  return [
    heading,
    hotline.error === undefined ? null : errorLine(hotline.error),
    h("p.small-text", {}, t("hotline.explain")),
    part("lines", t("hotline.lines"), null, linesPart(now.lines)),
    part(
      "warnings",
      t("hotline.warnings"),
      may("warn") ? link("#/hotline/warn", "go-warn", t("hotline.warn")) : null,
      [left(now.warnings.length, now.totals?.warnings), warningsPart([...open, ...rest], again)],
    ),
    part(
      "messages",
      t("hotline.messages"),
      may("message") ? link("#/hotline/write", "go-write", t("hotline.write")) : null,
      [left(now.messages.length, now.totals?.messages), inboxPart(now.messages, again)],
    ),
    part(
      "calls",
      t("hotline.calls"),
      may("call")
        ? h(
            "button",
            { type: "button", "data-key": "call-record", onclick: () => askToRecord() },
            t("hotline.call.record"),
          )
        : null,
      [left(now.calls.length, now.totals?.calls), callsPart(now.calls, again)],
    ),
  ];
}
