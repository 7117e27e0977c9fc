// SPDX-License-Identifier: Apache-2.0
//
// One protected site: what its owner says of it, its versions, who has which receipt, what is
// contested, and what may be done. Protection stays while it is contested.
import { nodeNow } from "./clock";
import { fixed, h, said, type Child } from "./dom";
import { metres, pointText, timeElement } from "./format";
import { labelled, textInput, timeOrFault } from "./hotline_fields";
import { listText, rich, t } from "./i18n";
import { ApiError } from "./api";
import { askFor, countdown, errorLine, missing, recordLinkOf, waitLine } from "./parts";
import { timeLine } from "./plan";
import {
  act,
  actButton,
  askChoice,
  askDisseminated,
  askReceived,
  askText,
  categoryName,
  chains,
  missingChip,
  owed,
  part,
  privateChip,
  privateLine,
  saidBy,
  sendRead,
  standing,
  word,
  comma,
} from "./protection_parts";
import { protection, siteOne } from "./protection_store";
import type { Contest, Site, SiteOne } from "./protection_types";
import { nameOf } from "./store";
import { facts, title } from "./view_map";
import { siteName, siteState } from "./view_sites";

const kDayMs = 86400000;
const kOfferedDays = 180;

const pathOf = (site: Site, act_: string): string =>
  `/api/sites/${encodeURIComponent(site.key)}/${act_}`;

function askReconfirm(site: Site): void {
  const input = textInput(
    "ask-expires",
    timeLine((nodeNow() ?? 0) + kOfferedDays * kDayMs).slice(0, 16),
    () => undefined,
    { dir: "ltr" },
  );
  askFor({
    title: t("prot.reconfirm.title"),
    explain: [h("p", {}, t("prot.reconfirm.explain")), h("p", {}, t("dialog.signed"))],
    fields: [labelled(input, t("prot.expires"), { hint: t("hotline.time.hint") })],
    button: t("prot.act.reconfirm"),
    send: async () => {
      const read = timeOrFault(input.value);
      if ("fault" in read) throw new Error(read.fault);
      await act(pathOf(site, "reconfirm"), { expires: read.time });
    },
  });
}

const kActs: Record<string, (site: Site) => void> = {
  read: (site) => void sendRead(site.owner, site.index),
  received: (site) => askReceived(pathOf(site, "received")),
  disseminated: (site) => askDisseminated(pathOf(site, "disseminated")),
  confirm: (site) =>
    askChoice(pathOf(site, "confirm"), "means", "means", protection.value?.means ?? ["imagery", "visit", "records", "map"], {
      title: t("prot.confirm.title"),
      explain: t("prot.confirm.explain"),
      choice: t("prot.confirm.means"),
      label: t("prot.confirm.text"),
      button: t("prot.act.confirm"),
      needed: false,
    }),
  reconfirm: askReconfirm,
  contest: (site) =>
    askChoice(pathOf(site, "contest"), "grounds", "grounds", protection.value?.grounds ?? [], {
      title: t("prot.contest.title"),
      explain: t("prot.contest.explain"),
      choice: t("prot.contest.grounds"),
      label: t("prot.contest.text"),
      button: t("prot.act.contest"),
    }),
  remove: (site) =>
    askText(pathOf(site, "remove"), "reason", {
      title: t("prot.remove.title"),
      explain: t("prot.remove.explain"),
      label: t("prot.reason"),
      button: t("prot.act.remove"),
      danger: true,
    }),
};
const kOrder = ["read", "received", "disseminated", "confirm", "revise", "reconfirm", "contest", "remove"];
const kPrimary = ["received", "disseminated", "confirm"];

function actsOf(site: Site): Child {
  const list = kOrder.filter((name) => site.acts.includes(name));
  if (list.length === 0) return null;
  return h(
    "div.buttons",
    { id: "site-acts" },
    list.map((name) =>
      name === "revise"
        ? h(
            "a.button",
            { href: `#/sites/new?revise=${encodeURIComponent(site.key)}`, "data-act": name, "data-key": "act-revise" },
            t("prot.act.revise"),
          )
        : actButton(
            name,
            word("act", name),
            () => kActs[name]?.(site),
            kPrimary.includes(name) ? "primary" : "",
          ),
    ),
  );
}

export function contestCard(contest: Contest): HTMLElement {
  const path = `/api/contests/${encodeURIComponent(contest.key)}`;
  const open = contest.ended === undefined;
  return h(
    "li.account",
    { "data-contest": contest.key },
    h("h3", {}, word("grounds", contest.grounds)),
    h("p.free-text", { dir: "auto" }, contest.text),
    h(
      "p.small-text",
      {},
      rich("prot.contest.by", {
        party: said(nameOf(contest.party)),
        officer: said(contest.officer),
        time: timeElement(contest.time),
      }),
    ),
    facts([
      [
        t("prot.contest.answer"),
        contest.answered !== undefined
          ? [said(contest.answer ?? "", "p"), h("p.small-text", {}, saidBy(contest.answered))]
          : owed(contest.answer_due, contest.answer_overdue),
      ],
      [
        t("prot.contest.end"),
        contest.ended !== undefined
          ? [word("outcome", contest.ended_how ?? ""), comma(), timeElement(contest.ended)]
          : [t("prot.contest.open"), " ", countdown(contest.decision_due)],
      ],
    ]),
    open ? h("p.small-text", {}, t("prot.contest.stays")) : null,
    contest.acts.length === 0
      ? null
      : h(
          "div.buttons",
          {},
          contest.acts.includes("answer")
            ? actButton("answer", t("prot.act.answer"), () =>
                askText(`${path}/answer`, "text", {
                  title: t("prot.answer.title"),
                  explain: t("prot.answer.explain"),
                  label: t("prot.answer.label"),
                  button: t("prot.act.answer"),
                }),
              )
            : null,
          contest.acts.includes("close")
            ? actButton("close", t("prot.act.close"), () =>
                askChoice(`${path}/close`, "outcome", "outcome", protection.value?.outcomes ?? [], {
                  title: t("prot.close.title"),
                  explain: t("prot.close.explain"),
                  choice: t("prot.close.outcome"),
                  label: t("prot.close.text"),
                  button: t("prot.act.close"),
                }),
              )
            : null,
        ),
  );
}

function siteFacts(site: Site): Child {
  const source = protection.value?.categories.find(({ name }) => name === site.category)?.source;
  return facts([
    [
      t("prot.category"),
      site.category === undefined
        ? t("prot.not_given")
        : [categoryName(site.category), source === undefined ? null : h("p.small-text", {}, t("prot.source", { source }))],
    ],
    [t("prot.function"), (site.function ?? "") === "" ? null : said(site.function ?? "")],
    [t("prot.point"), site.point === undefined ? t("prot.not_given") : fixed(pointText(site.point))],
    [t("prot.given"), (site.given ?? "") === "" ? null : fixed(site.given ?? "")],
    [
      t("prot.uncertainty"),
      (site.uncertainty_m ?? 0) === 0 ? null : metres(site.uncertainty_m ?? 0),
    ],
    [t("prot.place"), (site.place ?? "") === "" ? null : said(site.place ?? "")],
    [t("prot.address"), (site.address ?? "") === "" ? null : said(site.address ?? "")],
    [t("prot.run_by"), (site.run_by ?? "") === "" ? null : said(site.run_by ?? "")],
    [t("prot.contact"), (site.contact ?? "") === "" ? null : said(site.contact ?? "")],
    [t("prot.col.owner"), said(nameOf(site.owner))],
    [t("prot.proxy"), (site.proxy ?? "") === "" ? null : said(nameOf(site.proxy))],
    [t("prot.to"), listText(site.to.map(nameOf))],
    [
      t("prot.confirmed"),
      site.confirmed === undefined
        ? missing(t("prot.second"))
        : [word("means", site.confirmed.means), ". ", saidBy(site.confirmed)],
    ],
    [t("prot.expires"), [timeElement(site.expires), " (", countdown(site.expires), ")"]],
    [
      t("prot.removed"),
      site.removed === undefined ? null : [said(site.removed.reason, "p"), saidBy(site.removed)],
    ],
    [t("prot.record"), recordLinkOf(site.owner, site.index)],
  ]);
}

function versions(one: SiteOne): Child {
  return h(
    "ol.plain",
    { id: "site-versions" },
    one.versions.map((version) =>
      h(
        "li",
        {},
        recordLinkOf(one.site.owner, version.index),
        ": ",
        timeElement(version.time),
        comma(),
        said(version.officer),
        (version.name ?? "") === "" ? null : [comma(), said(version.name ?? "")],
        version.point === undefined ? null : [comma(), fixed(pointText(version.point))],
      ),
    ),
  );
}

function body(one: SiteOne): Child {
  const { site } = one;
  return [
    h("p.state-line", {}, siteState(site), privateChip(site), missingChip(site.missing)),
    site.state === "registered"
      ? h("p.warn-line", { id: "second-person" }, t("prot.second.explain"))
      : null,
    privateLine(site, site.owner),
    site.owner_withdrew ? h("p.warn-line", {}, t("prot.owner_withdrew")) : null,
    actsOf(site),
    siteFacts(site),
    part("site-receipts", t("prot.receipts"), chains(one.receipts)),
    part(
      "site-contests",
      t("prot.contests"),
      one.contests.length === 0
        ? h("p.empty", {}, t("prot.contests.none"))
        : h("ul.cards", {}, one.contests.map(contestCard)),
    ),
    part("site-versions-head", t("prot.versions"), versions(one)),
    part(
      "site-cases",
      t("prot.cases.title"),
      one.cases.length === 0
        ? h("p.empty", {}, t("prot.cases.none_here"))
        : h(
            "ul.plain",
            {},
            one.cases.map((found) =>
              h(
                "li",
                {},
                h("a", { href: `#/cases/${encodeURIComponent(found.id)}`, "data-key": `case-${found.id}` }, timeElement(found.time)),
                comma(),
                t(found.closed ? "prot.case.closed" : "prot.case.open"),
              ),
            ),
          ),
    ),
  ];
}

export function siteView(key: string): Child {
  const back = h("p.back", {}, h("a", { href: "#/sites", "data-key": "back" }, t("prot.back.sites")));
  const cell = siteOne.of(key);
  const one = cell.value;
  if (one === undefined) {
    const gone = cell.error instanceof ApiError && cell.error.status === 404;
    return [
      back,
      title(t("prot.site.one")),
      standing(),
      gone ? h("p.empty", {}, t("prot.site.gone")) : cell.error === undefined ? waitLine() : errorLine(cell.error),
    ];
  }
  return [
    back,
    h("div.title", {}, h("p.above", {}, t("prot.site.one")), h("h1", { tabindex: -1, dir: "auto" }, siteName(one.site))),
    standing(),
    cell.error === undefined ? null : errorLine(cell.error),
    body(one),
  ];
}
