// SPDX-License-Identifier: Apache-2.0
//
// The lines of the parties side by side: whether somebody is on watch, the roster, test calls.
import { post } from "./api";
import { nodeNow } from "./clock";
import { h, said, type Child } from "./dom";
import { spanText, timeElement } from "./format";
import type { Line, Shift, TestCall } from "./hotline_types";
import { may, ownParty } from "./hotline_words";
import { rich, t, type TextKey } from "./i18n";
import { age, askFor, countdown, missing, reasonField } from "./parts";
import { readTime, timeLine } from "./plan";
import { hello, isOwn, nameOf, touchBy } from "./store";
import type { Logged } from "./types";

const kShiftMs = 8 * 3600000;

/** A labelled field for a time in UTC; `read` throws its fault as a sentence. */
export function timeField(
  id: string,
  label: string,
  value: string,
): { part: HTMLElement; input: HTMLInputElement; read: () => string } {
  const input = h("input", { id, type: "text", dir: "ltr", autocomplete: "off", required: true });
  input.value = value;
  const part = h(
    "div.field",
    {},
    h("label", { for: id }, label),
    input,
    h("p.hint", {}, t("hotline.time.hint")),
  );
  const read = (): string => {
    const time = readTime(input.value);
    if (!time.endsWith("Z")) {
      input.setAttribute("aria-invalid", "true");
      input.focus();
      throw new Error(`${label}: ${t(time as TextKey)}`);
    }
    input.removeAttribute("aria-invalid");
    return time;
  };
  return { part, input, read };
}

// --- Acts ----------------------------------------------------------------------------------------

function shiftNow(line: Line): Shift | undefined {
  const now = nodeNow() ?? 0;
  return line.shifts.find(
    ({ officer, from, to }) =>
      officer === hello.value?.officer && Date.parse(from) <= now && now < Date.parse(to),
  );
}

function askForWatch(line: Line): void {
  const planned = shiftNow(line)?.to;
  const end = planned === undefined ? (nodeNow() ?? 0) + kShiftMs : Date.parse(planned);
  const until = timeField("watch-until", t("hotline.watch.until"), timeLine(end).slice(0, 16));
  askFor({
    title: t("hotline.watch.take"),
    explain: [h("p", {}, t("hotline.watch.explain")), h("p", {}, t("dialog.signed"))],
    fields: [until.part],
    button: t("hotline.watch.take"),
    send: async () => {
      await post<Logged>("/api/hotline/watch", { until: until.read() });
      touchBy("watch");
    },
  });
}

function askToLeave(): void {
  const [field, reason] = reasonField(t("hotline.watch.why"), false);
  askFor({
    title: t("hotline.watch.leave"),
    explain: [h("p", {}, t("hotline.watch.leave.explain")), h("p", {}, t("dialog.signed"))],
    fields: [field],
    button: t("hotline.watch.leave"),
    send: async () => {
      const why = reason();
      await post<Logged>("/api/hotline/watch/off", why === "" ? {} : { reason: why });
      touchBy("watch");
    },
  });
}

interface ShiftRow {
  part: HTMLElement;
  read: () => Shift;
}

/** The roster as rows of fields; rows can be added and taken out. */
function askForRoster(line: Line): void {
  const rows: ShiftRow[] = [];
  const list = h("div.shift-rows", {});
  let count = 0;
  const add = (shift: Shift | undefined): void => {
    const n = ++count;
    const officer = h("input", {
      id: `shift-officer-${n}`,
      type: "text",
      dir: "ltr",
      required: true,
      autocomplete: "off",
    });
    officer.value = shift?.officer ?? hello.value?.officer ?? "";
    const line_ = (time: string | undefined): string =>
      time === undefined ? "" : timeLine(Date.parse(time)).slice(0, 16);
    const from = timeField(`shift-from-${n}`, t("hotline.roster.from"), line_(shift?.from));
    const to = timeField(`shift-to-${n}`, t("hotline.roster.to"), line_(shift?.to));
    const row: ShiftRow = {
      part: h(
        "fieldset.shift-row",
        {},
        h("legend", {}, t("hotline.roster.shift", { n })),
        h(
          "div.field",
          {},
          h("label", { for: officer.id }, t("hotline.roster.officer")),
          officer,
        ),
        from.part,
        to.part,
        h(
          "button.small",
          {
            type: "button",
            onclick: () => {
              row.part.remove();
              rows.splice(rows.indexOf(row), 1);
              addButton.focus();
            },
          },
          t("hotline.roster.remove"),
        ),
      ),
      read: () => ({ officer: officer.value.trim(), from: from.read(), to: to.read() }),
    };
    rows.push(row);
    list.append(row.part);
  };
  const nextShift = (): Shift => {
    const start = nodeNow() ?? 0;
    const at = (ms: number): string => new Date(ms).toISOString();
    return { officer: "", from: at(start), to: at(start + kShiftMs) };
  };
  const addButton = h(
    "button.small",
    {
      type: "button",
      id: "shift-add",
      onclick: () => {
        add(nextShift());
        rows.at(-1)?.part.querySelector("input")?.focus();
      },
    },
    t("hotline.roster.add"),
  );
  for (const shift of line.shifts) add(shift);
  if (rows.length === 0) add(nextShift());
  askFor({
    title: t("hotline.roster.edit"),
    explain: [h("p", {}, t("hotline.roster.explain")), h("p", {}, t("dialog.signed"))],
    fields: [list, addButton],
    button: t("hotline.roster.sign"),
    send: async () => {
      await post<Logged>("/api/hotline/roster", { shifts: rows.map(({ read }) => read()) });
      touchBy("watch");
    },
  });
}

function askForTest(line: Line): void {
  askFor({
    title: t("hotline.test.send"),
    explain: [
      h("p", {}, rich("hotline.test.explain", { party: said(line.name) })),
      h("p", {}, t("dialog.signed")),
    ],
    fields: [],
    button: t("hotline.test.send"),
    send: async () => {
      await post<Logged>("/api/hotline/tests", { to: line.party });
      touchBy("call");
    },
  });
}

function askToAnswer(test: TestCall): void {
  askFor({
    title: t("hotline.test.answer"),
    explain: [
      h(
        "p",
        {},
        rich("hotline.test.from", {
          party: said(nameOf(test.party)),
          time: timeElement(test.sent),
        }),
      ),
      h("p", {}, t("dialog.signed")),
    ],
    fields: [],
    button: t("hotline.test.answer"),
    send: async () => {
      await post<Logged>(`/api/hotline/tests/${test.id}/answer`, {});
      touchBy("call");
    },
  });
}

// --- Drawing -------------------------------------------------------------------------------------

/** Never by colour alone: a sign and a word. */
function state(line: Line): HTMLElement {
  const [look, sign, key] =
    line.manned === true
      ? (["good", "✓", "hotline.manned"] as const)
      : line.manned === false
        ? (["bad", "✕", "hotline.unmanned"] as const)
        : (["warn", "?", "hotline.unknown"] as const);
  return h(
    "p",
    { class: `line-state ${look}`, "data-manned": String(line.manned) },
    h("span", { "aria-hidden": "true" }, `${sign} `),
    h("strong", {}, t(key)),
  );
}

function whoAndUntil(line: Line): Child {
  const why = `hotline.why.${line.why}` as const;
  return [
    line.officer === undefined
      ? null
      : h(
          "p",
          {},
          rich(line.manned === true ? "hotline.officer" : "hotline.officer.last", {
            officer: said(line.officer),
          }),
          line.manned !== true || line.since === undefined
            ? null
            : [" ", age(line.since, "for")],
        ),
    line.manned !== true || line.until === undefined
      ? null
      : h(
          "p.small-text",
          {},
          rich("hotline.until.watch", {
            time: timeElement(line.until),
            left: countdown(line.until),
          }),
        ),
    line.manned === true ? null : h("p.small-text", {}, t(why)),
    h("p.small-text", {}, rich("hotline.link", { state: t(`link.${line.link}`) })),
  ];
}

function roster(line: Line): Child {
  return [
    h("h4", {}, t("hotline.roster")),
    line.shifts.length === 0
      ? h("p.empty", {}, t("hotline.roster.none"))
      : h(
          "ul.shifts",
          {},
          line.shifts.map((shift) => {
            const now = nodeNow() ?? 0;
            const current = Date.parse(shift.from) <= now && now < Date.parse(shift.to);
            return h(
              "li",
              { class: current ? "current" : "", ...(current ? { "aria-current": "time" } : {}) },
              said(shift.officer),
              " ",
              h("span.small-text", {}, spanText({ start: shift.from, end: shift.to })),
            );
          }),
        ),
  ];
}

function testOf(line: Line): Child {
  const { test } = line;
  const parts: Child[] = [h("h4", {}, t("hotline.test"))];
  if (test === undefined) parts.push(h("p.empty", {}, t("hotline.test.none")));
  else {
    parts.push(
      h(
        "p",
        {},
        rich("hotline.test.sent", {
          from: said(nameOf(test.party)),
          to: said(nameOf(test.to)),
          time: timeElement(test.sent),
        }),
      ),
      test.answered === undefined
        ? h(
            "p",
            { "data-test": test.overdue ? "overdue" : "open" },
            missing(t("hotline.test.unanswered")),
            " ",
            age(test.sent),
            test.overdue ? h("span.overdue", {}, ` ${t("hotline.test.overdue")}`) : null,
          )
        : h(
            "p",
            { "data-test": "answered" },
            h("span.tick", { "aria-hidden": "true" }, "✓ "),
            rich("hotline.test.answered", {
              officer: said(test.by ?? nameOf(test.to)),
              time: timeElement(test.answered, "clock"),
            }),
          ),
    );
  }
  if (line.test_due !== undefined && line.test_due !== null) {
    parts.push(
      h("p.small-text", {}, rich("hotline.test.due", { time: countdown(line.test_due) })),
    );
  }
  return parts;
}

function acts(line: Line): Child {
  const button = (key: string, text: string, act: () => void, look = "small"): HTMLElement =>
    h(
      "button",
      { type: "button", class: look, "data-key": `${key}-${line.party}`, onclick: act },
      text,
    );
  const rows: Child[] = [];
  const { test } = line;
  if (test?.acts.includes("answer") === true) {
    rows.push(
      button("test-answer", t("hotline.test.answer"), () => askToAnswer(test), "primary"),
    );
  }
  if (isOwn(line.party)) {
    const onWatch = line.manned === true && line.officer === hello.value?.officer;
    if (may("watch")) {
      rows.push(
        button("watch-on", t(onWatch ? "hotline.watch.renew" : "hotline.watch.take"), () =>
          askForWatch(line), line.manned === true ? "small" : "primary",
        ),
      );
      if (line.manned === true) {
        rows.push(button("watch-off", t("hotline.watch.leave"), askToLeave));
      }
    }
    if (may("roster")) {
      rows.push(button("roster", t("hotline.roster.edit"), () => askForRoster(line)));
    }
  } else if (may("test")) {
    rows.push(button("test", t("hotline.test.send"), () => askForTest(line)));
  }
  return rows.length === 0 ? null : h("div.buttons", {}, rows);
}

const card = (line: Line): HTMLElement =>
  h(
    "section.line-card",
    { "aria-labelledby": `line-${line.party}`, "data-line-card": line.party },
    h(
      "h3",
      { id: `line-${line.party}` },
      said(line.name),
      " ",
      h("span.small-text", {}, line.party === ownParty() ? t("hotline.own") : ""),
    ),
    state(line),
    whoAndUntil(line),
    acts(line),
    testOf(line),
    roster(line),
  );

export const linesPart = (lines: Line[]): Child =>
  lines.length === 0
    ? h("p.empty", {}, t("hotline.lines.none"))
    : h("div.lines", {}, lines.map(card));
