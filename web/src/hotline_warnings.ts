// SPDX-License-Identifier: Apache-2.0
//
// Safety warnings: what was warned of and where, who acknowledged when, and beside each the clock
// from its reading to the next event in the place.
import { askToAcknowledgeWarning } from "./alarms";
import { post } from "./api";
import { h, said, type Child } from "./dom";
import { bandText, durationText, metres, spanText, timeElement } from "./format";
import type { Restrike, Warning } from "./hotline_types";
import {
  isOpenWarning,
  languageName,
  owingFor,
  spoken,
  warningOf,
  warningTitle,
} from "./hotline_words";
import { known, listText, rich, t } from "./i18n";
import { activityName, age, askFor, countdown, missing, reasonField, recordLinkOf } from "./parts";
import { activityOf, isOwn, nameOf, touchBy } from "./store";
import type { Logged } from "./types";
import { title } from "./view_map";

function askForOver(warning: Warning): void {
  const [field, reason] = reasonField(t("hotline.over.reason"), true);
  askFor({
    title: t("hotline.over"),
    explain: [h("p", {}, warningTitle(warning)), h("p", {}, t("dialog.signed"))],
    fields: [field],
    button: t("hotline.over"),
    send: async () => {
      await post<Logged>(`/api/hotline/warnings/${warning.id}/over`, { reason: reason() });
      touchBy("warning");
    },
  });
}

function eventText(event: NonNullable<Restrike["event"]>): Child {
  const { time, what, party, index, distance_m } = event;
  const key = `hotline.event.${what}`;
  return rich("hotline.restrike.event", {
    what: known(key) ? t(key) : what,
    time: timeElement(time),
    distance: metres(distance_m),
    entry: h("span", {}, recordLinkOf(party, index)),
  });
}

/** Time from the warning's reading to the next event in the place, or how long none has come. */
export function restrikeClock(warning: Warning): HTMLElement {
  const { read, event } = warning.restrike ?? {};
  const rows: Child[] = [];
  if (read === undefined) {
    rows.push(h("p", {}, missing(t("hotline.restrike.unread"))));
    rows.push(h("p.small-text", {}, t("hotline.restrike.starts")));
  } else {
    const clock =
      event === undefined
        ? age(read, "plain")
        : h("span.age-fixed", {}, durationText(Date.parse(event.time) - Date.parse(read)));
    rows.push(
      h("p.restrike-time", { role: "timer", "aria-label": t("hotline.restrike") }, clock),
      h("p.small-text", {}, rich("hotline.restrike.read", { time: timeElement(read) })),
      event === undefined
        ? h("p.small-text", { "data-event": "none" }, t("hotline.restrike.none"))
        : h("p", { "data-event": "yes" }, eventText(event)),
    );
  }
  return h("div.restrike", {}, h("h4", {}, t("hotline.restrike")), rows);
}

function place(warning: Warning): Child {
  const { activity, volume } = warning;
  const rows: Child[] = [];
  if (activity !== undefined) {
    const known_ = activityOf(activity);
    rows.push(
      h(
        "p",
        {},
        h(
          "a",
          { href: `#/activity/${activity}`, "data-key": `on-${warning.id}` },
          said(known_ === undefined ? t("stop.one") : activityName(known_)),
        ),
      ),
    );
  }
  if (volume !== undefined) {
    rows.push(
      h(
        "p.small-text",
        {},
        volume.band === undefined ? null : bandText(volume.band),
        volume.span === undefined ? null : [h("br"), spanText(volume.span)],
      ),
    );
  }
  return rows;
}

export function warningState(warning: Warning): HTMLElement {
  if (warning.over !== undefined) {
    return h("span.chip", {}, h("span", { "aria-hidden": "true" }, "■ "), t("hotline.is_over"));
  }
  if (!isOpenWarning(warning)) {
    return h("span.chip", {}, h("span", { "aria-hidden": "true" }, "□ "), t("hotline.run_out"));
  }
  return h("span.chip.open", {}, h("span", { "aria-hidden": "true" }, "! "), t("hotline.is_open"));
}

function steps(warning: Warning): Child {
  const owing = owingFor(warning.party, warning.acks);
  return [
    warning.acks.map((ack) =>
      h(
        "p.small-text",
        {},
        h("span.tick", { "aria-hidden": "true" }, "✓ "),
        rich("stop.acked", {
          party: said(nameOf(ack.party)),
          officer: ack.officer,
          time: timeElement(ack.time),
        }),
      ),
    ),
    owing.length === 0
      ? null
      : h(
          "p.small-text",
          { "data-owing": "yes" },
          missing(t("stop.not_acked", { parties: listText(owing.map(nameOf)) })),
        ),
    warning.over === undefined
      ? null
      : h(
          "p.small-text",
          {},
          rich("hotline.over.line", { time: timeElement(warning.over) }),
          warning.over_why === undefined ? null : [" ", said(warning.over_why, "q")],
        ),
  ];
}

function acts(warning: Warning, linked: boolean): Child {
  const rows: Child[] = [];
  if (warning.acts.includes("ack")) {
    rows.push(
      h(
        "button.primary",
        {
          type: "button",
          "data-key": `warning-ack-${warning.id}`,
          onclick: () => askToAcknowledgeWarning(warning.id, warning.party, warning),
        },
        t("stop.ack"),
      ),
    );
  }
  if (warning.acts.includes("over")) {
    rows.push(
      h(
        "button.small",
        {
          type: "button",
          "data-key": `warning-over-${warning.id}`,
          onclick: () => askForOver(warning),
        },
        t("hotline.over"),
      ),
    );
  }
  if (linked && warning.volume !== undefined) {
    rows.push(
      h(
        "a",
        { href: `#/warning/${warning.id}`, "data-key": `warning-map-${warning.id}` },
        t("hotline.on_map"),
      ),
    );
  }
  return rows.length === 0 ? null : h("div.buttons", {}, rows);
}

function facts(warning: Warning, linked: boolean): Child {
  const heading = linked
    ? h(
        "a",
        { href: `#/warning/${warning.id}`, "data-key": `warning-${warning.id}` },
        warningTitle(warning),
      )
    : warningTitle(warning);
  return [
    h("h3", {}, heading, " ", warningState(warning)),
    h(
      "p.small-text",
      {},
      isOwn(warning.party)
        ? rich("hotline.sent.own", { time: timeElement(warning.sent) })
        : rich("hotline.sent.other", {
            party: said(nameOf(warning.party)),
            time: timeElement(warning.sent),
          }),
      " ",
      warning.over === undefined ? rich("hotline.until", { time: countdown(warning.until) }) : null,
    ),
    warning.index === null
      ? h("p.small-text", {}, h("span.chip.late", {}, t("hotline.flash")))
      : null,
    warning.text === undefined
      ? null
      : h(
          "div.free-text",
          {},
          spoken(warning.text, warning.language, "p"),
          warning.language === undefined
            ? null
            : h(
                "p.small-text",
                {},
                t("hotline.as_typed", { language: languageName(warning.language) }),
              ),
        ),
    place(warning),
    steps(warning),
  ];
}

const card = (warning: Warning): HTMLElement =>
  h(
    "li",
    {
      class: `card warning-card ${isOpenWarning(warning) ? "running" : ""}`,
      "data-warning": warning.id,
    },
    h("div.warning-facts", {}, facts(warning, true), acts(warning, true)),
    restrikeClock(warning),
  );

export const kPerPage = 20;
let shown = kPerPage;

export function warningsPart(warnings: Warning[], again: () => void): Child {
  if (warnings.length === 0) return h("p.empty", {}, t("hotline.warnings.none"));
  const some = warnings.slice(0, shown);
  const more = warnings.length - some.length;
  return [
    h("ul.cards", { id: "warnings" }, some.map(card)),
    more > 0
      ? h(
          "button.small.more",
          {
            type: "button",
            "data-key": "warnings-more",
            onclick: () => {
              shown += 5 * kPerPage;
              again();
            },
          },
          t("side.more", { n: more }),
        )
      : null,
  ];
}

/** One warning beside the map. */
export function warningView(id: string): Child {
  const warning = warningOf(id);
  const way = h(
    "p.back",
    {},
    h("a", { href: "#/hotline", "data-key": "back-hotline" }, t("hotline.back")),
  );
  if (warning === undefined) {
    return [way, title(t("hotline.warning")), h("p.empty", {}, t("hotline.warning.gone"))];
  }
  return [
    way,
    title(t("hotline.warning")),
    h(
      "div.warning-one",
      { "data-warning": warning.id },
      facts(warning, false),
      acts(warning, false),
      restrikeClock(warning),
    ),
    warning.index === null
      ? null
      : h("p.small-text", {}, recordLinkOf(warning.party, warning.index)),
  ];
}

