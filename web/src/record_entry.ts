// SPDX-License-Identifier: Apache-2.0
//
// One entry in full: its header, who signed it, who has it since when by which proof, its bytes,
// and the check of its proof by the browser itself.
import { getFile, post, save } from "./api";
import { english, fixed, h, said, show, type Child } from "./dom";
import { dateTimeText, roleText, timeElement } from "./format";
import { listText, rich, t } from "./i18n";
import { age, askFor, errorLine, missing, recordLink } from "./parts";
import { checkProof, fromBase64, tampered, type ProofStep, type Said } from "./proof";
import {
  doneText,
  kStateSigns,
  kSteps,
  stepMeaning,
  stepName,
  stepStateText,
  typeText,
  type StepName,
} from "./record_words";
import { agreement, hello, isOwn, mayAct, nameOf } from "./store";
import type {
  Cosignature,
  Delivery,
  DeliveryStep,
  EntryProof,
  EntryRef,
  Logged,
  SeenHead,
  Signer,
} from "./types";
import { facts, title } from "./view_map";

/** Seen and held by every other party; a missing cosignature is shown as missing. */
export function cosignatureTable(owner: string, list: Cosignature[]): HTMLElement {
  const known = (agreement.value?.parties ?? []).map(({ id }) => id);
  const others = [...new Set([...known, ...list.map(({ party }) => party)])].filter(
    (id) => id !== owner,
  );
  const cell = (party: string, level: Cosignature["level"]): HTMLElement => {
    const one = list.find((candidate) => candidate.party === party && candidate.level === level);
    if (one === undefined) return h("td", {}, missing());
    return h(
      "td",
      { title: one.name },
      timeElement(one.time, "clock"),
      h("div.small-text", {}, age(one.time)),
    );
  };
  return h(
    "div.scroll",
    { tabindex: 0, role: "region", "aria-label": t("cosignatures.label") },
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          [t("cosignatures.by"), t("step.seen"), t("step.held")].map((name) =>
            h("th", { scope: "col" }, name),
          ),
        ),
      ),
      h(
        "tbody",
        {},
        others.map((party) =>
          h(
            "tr",
            {},
            h("th", { scope: "row" }, said(nameOf(party))),
            cell(party, "seen"),
            cell(party, "held"),
          ),
        ),
      ),
    ),
  );
}

interface Readable {
  bytes: string;
  payload: string;
}

/** The entry as people read it: its exact text, and the payload that the officers signed. */
function readable(proof: EntryProof): Readable | undefined {
  try {
    const utf8 = new TextDecoder("utf-8", { fatal: true });
    const bytes = utf8.decode(fromBase64(proof.entry));
    const entry = JSON.parse(bytes) as { env?: { payload?: string } };
    const payload: unknown = JSON.parse(utf8.decode(fromBase64(entry.env?.payload ?? "")));
    return { bytes, payload: JSON.stringify(payload, undefined, 2) };
  } catch {
    return undefined;
  }
}

const originText = (one: SeenHead | EntryRef): HTMLElement =>
  one.party === undefined ? h("code", {}, one.origin) : said(nameOf(one.party));

function seenHead(head: SeenHead): HTMLElement {
  const words = { log: originText(head), entries: t("count.entries", { n: head.size }) };
  return h(
    "li",
    {},
    head.party !== undefined && head.size > 0
      ? rich("entry.seen.last", { ...words, entry: recordLink(head.party, head.size - 1) })
      : rich("entry.seen.head", words),
  );
}

function refItem(ref: EntryRef): HTMLElement {
  const entry =
    ref.party === undefined
      ? t("entry.plain", { index: ref.index })
      : recordLink(ref.party, ref.index);
  return h("li", {}, rich("log.entry_of", { entry, party: originText(ref) }));
}

function headerPart(proof: EntryProof): HTMLElement {
  return h(
    "section.part",
    {},
    h("h2", {}, t("entry.header")),
    facts([
      [t("entry.index"), String(proof.index)],
      [t("entry.logged"), rich("entry.logged.by", { time: timeElement(proof.time) })],
      [t("entry.log"), h("code", {}, proof.origin)],
      [
        t("entry.seen"),
        proof.seen.length === 0
          ? t("entry.seen.none")
          : h("ul.plain", { id: "seen-heads" }, proof.seen.map(seenHead)),
      ],
      [
        t("entry.names"),
        proof.refs.length === 0
          ? t("entry.names.none")
          : h("ul.plain", { id: "refs" }, proof.refs.map(refItem)),
      ],
      [t("entry.true_time"), h("span", { id: "bracket" }, bracketText(proof))],
      [t("entry.leaf"), h("code.hash", {}, proof.leaf)],
    ]),
  );
}

/** What other parties' clocks prove of the entry's time. */
function bracketText({ bracket }: EntryProof): string {
  const part = (time: string | undefined, by: string | undefined): string =>
    t("bracket.part", { time: dateTimeText(Date.parse(time ?? "")), party: nameOf(by) });
  if (bracket.before === undefined) return t("bracket.none");
  const before = part(bracket.before, bracket.before_by);
  return bracket.after === undefined
    ? t("bracket.before", { before })
    : t("bracket.both", { before, after: part(bracket.after, bracket.after_by) });
}

function signerRow(proof: EntryProof, signer: Signer): HTMLElement {
  return h(
    "tr",
    {},
    h(
      "th",
      { scope: "row" },
      fixed(signer.keyid),
      signer.name === undefined ? null : h("div.small-text", {}, said(signer.name)),
    ),
    h("td", {}, listText(signer.roles.map(roleText))),
    h(
      "td",
      {},
      signer.delegated === undefined
        ? t("signers.root")
        : recordLink(proof.party, signer.delegated),
    ),
    h(
      "td",
      {},
      signer.revoked_after === undefined
        ? t(signer.counts ? "signers.counts" : "signers.revoked")
        : t("signers.until", {
            word: t(signer.counts ? "signers.counts" : "signers.revoked"),
            index: signer.revoked_after,
          }),
    ),
  );
}

const signersPart = (proof: EntryProof): HTMLElement =>
  h(
    "section.part",
    {},
    h("h2", {}, t("signers.title")),
    h(
      "div.scroll",
      { tabindex: 0, role: "region", "aria-label": t("signers.label") },
      h(
        "table",
        { id: "signers" },
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            (["officer", "role", "delegated", "signature"] as const).map((name) =>
              h("th", { scope: "col" }, t(`signers.${name}`)),
            ),
          ),
        ),
        h(
          "tbody",
          {},
          proof.signers.map((signer) => signerRow(proof, signer)),
        ),
      ),
    ),
  );

interface Event {
  ms: number;
  step: DeliveryStep;
  name: StepName;
  delivery: Delivery;
}

function proofOfStep(delivery: Delivery, step: DeliveryStep): Child {
  if (step.size !== undefined) {
    return t("proof.by_head", { who: step.by ?? t("proof.its_key"), n: step.size });
  }
  if (step.index !== undefined) {
    return rich("proof.by_entry", {
      who: step.by ?? t("proof.an_officer"),
      entry: recordLink(delivery.party, step.index),
    });
  }
  return "";
}

function stepItem(
  sign: string,
  kind: string,
  when: Child,
  what: Child,
  how: Child,
  data: string,
): HTMLElement {
  return h(
    "li",
    { class: `receipt receipt-${kind}`, "data-step": data },
    h("span.sign", { "aria-hidden": "true" }, sign),
    h("div", {}, h("p", {}, what, " ", when), h("p.small-text", {}, how)),
  );
}

const whoDid = (party: string, what: string): HTMLElement =>
  h("strong", {}, rich("step.who", { party: said(nameOf(party)), steps: h("span", {}, what) }));

/** Everything that happened to the entry, by time; then what has not happened, as missing. */
function receiptPart(proof: EntryProof): HTMLElement {
  const all: Event[] = proof.delivery.flatMap((delivery) =>
    kSteps.map((name) => ({
      name,
      delivery,
      step: delivery[name],
      ms: Date.parse(delivery[name].time ?? ""),
    })),
  );
  const done = all.filter(({ step }) => step.state === "done");
  const open = all.filter(({ step }) => ["pending", "overdue", "missing"].includes(step.state));
  const items: { ms: number; item: HTMLElement }[] = done.map(({ ms, step, name, delivery }) => ({
    ms,
    item: stepItem(
      kStateSigns.done,
      "done",
      step.time === undefined ? "" : timeElement(step.time),
      whoDid(delivery.party, doneText(name, step)),
      proofOfStep(delivery, step),
      `${delivery.party} ${name}`,
    ),
  }));
  for (const { party, deemed } of proof.delivery) {
    if (deemed === undefined) continue;
    items.push({
      ms: Date.parse(deemed.since),
      item: stepItem(
        "⧗",
        "deemed",
        timeElement(deemed.since),
        whoDid(party, t("step.deemed")),
        t("entry.deemed.how", { parties: listText(deemed.holders.map(nameOf)) }),
        `${party} deemed`,
      ),
    });
  }
  items.sort((a, b) => a.ms - b.ms);
  // First of all it was logged, though cosignatures, in whole seconds, may seem a moment earlier.
  items.unshift({
    ms: Date.parse(proof.time),
    item: stepItem(
      "●",
      "logged",
      timeElement(proof.time),
      h("strong", {}, rich("entry.who.logged", { party: said(nameOf(proof.party)) })),
      t("entry.own_clock"),
      `${proof.party} logged`,
    ),
  });
  return h(
    "section.part",
    {},
    h("h2", {}, t("entry.who")),
    h("ol.receipt-line", { id: "receipt-line" }, items.map(({ item }) => item)),
    open.length === 0
      ? h("p.small-text", {}, t("entry.none_missing"))
      : [
          h("h3", {}, t("entry.missing")),
          h("ul.receipt-line", { id: "receipt-missing" }, open.map(openItem)),
        ],
  );
}

function openItem({ step, name, delivery }: Event): HTMLElement {
  const state = step.state === "pending" || step.state === "overdue" ? step.state : "missing";
  const means = stepMeaning(name);
  const how =
    step.due === undefined
      ? t(`open.${state}.any`, { means })
      : t(`open.${state}`, { time: dateTimeText(Date.parse(step.due)), means });
  return stepItem(
    kStateSigns[step.state],
    step.state,
    "",
    [
      whoDid(delivery.party, stepName(name)),
      " ",
      h("span.missing", {}, stepStateText(step.state)),
    ],
    how,
    `${delivery.party} ${name}`,
  );
}

/** Where the check of an entry is shown: it stays while the view around it is drawn anew. */
let checked: { of: string; result: HTMLElement } | undefined;
function resultOf(proof: EntryProof): HTMLElement {
  const of = `${proof.party}/${proof.index}`;
  if (checked?.of !== of) {
    checked = { of, result: h("div", { id: "proof-result", "aria-live": "polite" }) };
  }
  return checked.result;
}

function proofPart(proof: EntryProof): HTMLElement {
  const result = resultOf(proof);
  const check = async (answer: EntryProof, changed: boolean): Promise<void> => {
    show(result, h("p", {}, t("proof.checking")));
    show(result, proofResult(await checkProof(answer), changed));
  };
  const download = async (): Promise<void> => {
    const path = `/api/log/${encodeURIComponent(proof.party)}/${proof.index}/proof`;
    try {
      save(await getFile(path), `${proof.party}-${proof.index}.tlog-proof`);
    } catch (error) {
      show(result, errorLine(error));
    }
  };
  const button = (id: string, text: string, act: () => void, kind = ""): HTMLElement =>
    h("button", { type: "button", class: kind, id, "data-key": id, onclick: act }, text);
  return h(
    "section.part.proof",
    {},
    h("h2", {}, t("proof.title")),
    h("p", {}, t("proof.explain")),
    h(
      "div.buttons",
      {},
      button("check-proof", t("proof.check"), () => void check(proof, false), "primary"),
      button("check-tampered", t("proof.tamper"), () =>
        void check(tampered(proof), true),
      ),
    ),
    result,
    h(
      "div.buttons",
      {},
      button("download-proof", t("proof.download"), () => void download()),
      button("download-entry", t("proof.download_entry"), () =>
        save(new Blob([fromBase64(proof.entry)]), `${proof.party}-${proof.index}.entry`),
      ),
    ),
    h("p.fine", {}, t("proof.offline")),
  );
}

export function entryView(proof: EntryProof): Child {
  const read = readable(proof);
  return [
    title(
      t("entry.title", { index: proof.index }),
      t("record.log_of", { party: nameOf(proof.party) }),
    ),
    h("p.entry-kind", {}, h("strong", {}, typeText(proof.type)), " ", h("code", {}, proof.type)),
    proof.summary === undefined ? null : english(proof.summary, "p"),
    readButton(proof),
    receiptPart(proof),
    headerPart(proof),
    signersPart(proof),
    proofPart(proof),
    h(
      "section.part",
      {},
      h("h2", {}, t("entry.cosignatures")),
      cosignatureTable(proof.party, proof.cosignatures),
    ),
    h(
      "section.part",
      {},
      h("h2", {}, t("entry.signed")),
      read === undefined
        ? h("p.empty", {}, t("entry.unreadable"))
        : h("pre", { tabindex: 0, "aria-label": t("entry.payload"), id: "payload" }, read.payload),
    ),
    h(
      "details",
      {},
      h("summary", {}, t("entry.bytes")),
      h("pre", { tabindex: 0, id: "raw-bytes" }, read?.bytes ?? proof.entry),
    ),
    h(
      "details",
      {},
      h("summary", {}, t("entry.checkpoint")),
      h("pre", { tabindex: 0 }, proof.checkpoint),
    ),
  ];
}

/** The result of a check is forgotten when another entry is opened. */
export function forgetCheck(): void {
  checked = undefined;
}

/** Asks again after an officer's act on the entry. */
let afterRead: () => Promise<void> = () => Promise.resolve();
export function onRead(act: () => Promise<void>): void {
  afterRead = act;
}

function readButton(proof: EntryProof): Child {
  const own = hello.value?.party;
  const mine = proof.receipts.find(({ party }) => party === own);
  if (isOwn(proof.party) || !mayAct()) return null;
  if (mine?.read !== undefined) {
    return h(
      "p.small-text",
      {},
      mine.read_by === undefined
        ? rich("entry.read", { time: timeElement(mine.read) })
        : rich("entry.read_by", { time: timeElement(mine.read), who: mine.read_by }),
    );
  }
  return h(
    "button",
    {
      type: "button",
      "data-key": "mark-read",
      onclick: () =>
        askFor({
          title: t("entry.read.title"),
          explain: t("entry.read.explain"),
          fields: [],
          button: t("act.read"),
          send: async () => {
            await post<Logged>("/api/read", { party: proof.party, index: proof.index });
            await afterRead();
          },
        }),
    },
    t("act.read"),
  );
}

const kSigns = { ok: "✓", bad: "✕", unknown: "?" } as const;
/** A hash or a key's name in it is one piece from left to right. */
const saidText = ({ key, params }: Said): string => t(key, params);

function proofResult(steps: ProofStep[], changed: boolean): Child {
  const bad = steps.filter(({ verdict }) => verdict === "bad").length;
  const unknown = steps.filter(({ verdict }) => verdict === "unknown").length;
  const all =
    bad > 0
      ? t("proof.bad", { bad, n: steps.length })
      : unknown > 0
        ? t("proof.unknown")
        : t("proof.ok");
  return [
    h(
      "p",
      { class: bad > 0 ? "verdict bad" : "verdict ok", "data-verdict": bad > 0 ? "bad" : "ok" },
      h("span", { "aria-hidden": "true" }, bad > 0 ? "✕ " : "✓ "),
      all,
      changed ? ` ${t("proof.changed")}` : "",
    ),
    h(
      "ol.proof-steps",
      {},
      steps.map((step) =>
        h(
          "li",
          { class: `proof-${step.verdict}`, "data-verdict": step.verdict },
          h("span.sign", { "aria-hidden": "true" }, kSigns[step.verdict]),
          h(
            "div",
            {},
            h("span.unseen", {}, t(`proof.verdict.${step.verdict}`)),
            saidText(step.what),
            h("div.hash.small-text", {}, saidText(step.detail)),
          ),
        ),
      ),
    ),
    h("p.fine", {}, t("proof.keys")),
  ];
}
