// SPDX-License-Identifier: Apache-2.0
//
// One entry in full: its header, who signed it, who has it since when by which proof, its bytes,
// and the check of its proof by the browser itself.
import { getFile, post, save, sentence } from "./api";
import { h, said, show, type Child } from "./dom";
import { dateTimeText, timeElement } from "./format";
import { age, askFor, errorLine, missing, recordLink } from "./parts";
import { checkProof, fromBase64, tampered, type ProofStep } from "./proof";
import {
  doneText,
  kStateSigns,
  kStateWords,
  kStepMeaning,
  kSteps,
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
    { tabindex: 0, role: "region", "aria-label": "Cosignatures" },
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          ["by", "seen", "held"].map((name) => h("th", { scope: "col" }, name)),
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

function originText(one: SeenHead | EntryRef): Child {
  return one.party === undefined ? h("code", {}, one.origin) : said(nameOf(one.party));
}

function headerPart(proof: EntryProof): HTMLElement {
  return h(
    "section.part",
    {},
    h("h2", {}, "Header"),
    facts([
      ["Index", String(proof.index)],
      ["Logged", [timeElement(proof.time), " by the writer's clock"]],
      ["Log", h("code", {}, proof.origin)],
      [
        "The writer had seen",
        proof.seen.length === 0
          ? "no other log"
          : h(
              "ul.plain",
              { id: "seen-heads" },
              proof.seen.map((head) =>
                h(
                  "li",
                  {},
                  originText(head),
                  `: ${head.size} entries`,
                  head.party !== undefined && head.size > 0
                    ? [", the last is ", recordLink(head.party, head.size - 1)]
                    : "",
                ),
              ),
            ),
      ],
      [
        "It names",
        proof.refs.length === 0
          ? "no other entry"
          : h(
              "ul.plain",
              { id: "refs" },
              proof.refs.map((ref) =>
                h(
                  "li",
                  {},
                  ref.party === undefined
                    ? `entry ${ref.index}`
                    : recordLink(ref.party, ref.index),
                  " of ",
                  originText(ref),
                ),
              ),
            ),
      ],
      ["True time", h("span", { id: "bracket" }, bracketText(proof))],
      ["Leaf hash", h("code.hash", {}, proof.leaf)],
    ]),
  );
}

/** What other parties' clocks prove of the entry's time. */
function bracketText({ bracket }: EntryProof): string {
  const part = (time: string | undefined, by: string | undefined): string =>
    `${dateTimeText(Date.parse(time ?? ""))} (cosigned by ${nameOf(by)})`;
  if (bracket.before === undefined) {
    return "No other party has cosigned a head that contains it: nothing but the writer's clock says when it was.";
  }
  const before = `not later than ${part(bracket.before, bracket.before_by)}`;
  return bracket.after === undefined
    ? `Proven: ${before}.`
    : `Proven: not earlier than ${part(bracket.after, bracket.after_by)}, ${before}.`;
}

function signerRow(proof: EntryProof, signer: Signer): HTMLElement {
  return h(
    "tr",
    {},
    h(
      "th",
      { scope: "row" },
      signer.keyid,
      signer.name === undefined ? null : h("div.small-text", {}, said(signer.name)),
    ),
    h("td", {}, signer.roles.map((role) => role.replaceAll("_", " ")).join(", ")),
    h(
      "td",
      {},
      signer.delegated === undefined
        ? "the party's root key, from the agreement"
        : recordLink(proof.party, signer.delegated),
    ),
    h(
      "td",
      {},
      signer.counts ? "✓ counts" : "✕ revoked",
      signer.revoked_after === undefined
        ? ""
        : `; the key counts up to entry ${signer.revoked_after}`,
    ),
  );
}

const signersPart = (proof: EntryProof): HTMLElement =>
  h(
    "section.part",
    {},
    h("h2", {}, "Signed by"),
    h(
      "div.scroll",
      { tabindex: 0, role: "region", "aria-label": "Signatures" },
      h(
        "table",
        { id: "signers" },
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            ["officer", "role", "delegated by", "signature"].map((name) =>
              h("th", { scope: "col" }, name),
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
    return `by ${step.by ?? "its key"}; proof: its cosignature of the head with ${step.size} entries`;
  }
  if (step.index !== undefined) {
    return [`by ${step.by ?? "an officer"}; proof: `, recordLink(delivery.party, step.index)];
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
      h("strong", {}, said(nameOf(delivery.party)), `: ${doneText(name, step)}`),
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
        h("strong", {}, said(nameOf(party)), ": deemed delivered"),
        `It had not held the entry in time, and neutral mirrors had held it for the agreed time: ${deemed.holders.map(nameOf).join(", ")}. It is no answer.`,
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
      h("strong", {}, said(nameOf(proof.party)), ": logged"),
      "by the writer's own clock",
      `${proof.party} logged`,
    ),
  });
  return h(
    "section.part",
    {},
    h("h2", {}, "Who has it"),
    h("ol.receipt-line", { id: "receipt-line" }, items.map(({ item }) => item)),
    open.length === 0
      ? h("p.small-text", {}, "No step is missing.")
      : [
          h("h3", {}, "What is not there"),
          h("ul.receipt-line", { id: "receipt-missing" }, open.map(openItem)),
        ],
  );
}

function openItem({ step, name, delivery }: Event): HTMLElement {
  const due = step.due === undefined ? undefined : dateTimeText(Date.parse(step.due));
  const how =
    step.state === "pending"
      ? `in time until ${due ?? "it is answered"}`
      : step.state === "overdue"
        ? `overdue since ${due ?? "it was due"}: ${kStepMeaning[name]}; no such proof has come`
        : `it can no longer come in time (${due ?? "too late"})`;
  return stepItem(
    kStateSigns[step.state],
    step.state,
    "",
    [
      h("strong", {}, said(nameOf(delivery.party)), `: ${name} `),
      h("span.missing", {}, kStateWords[step.state]),
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
    show(result, h("p", {}, "Checking…"));
    show(result, proofResult(await checkProof(answer), changed));
  };
  const download = async (): Promise<void> => {
    const path = `/api/log/${encodeURIComponent(proof.party)}/${proof.index}/proof`;
    try {
      save(await getFile(path), `${proof.party}-${proof.index}.tlog-proof`);
    } catch (error) {
      show(result, errorLine(sentence(error)));
    }
  };
  const button = (id: string, text: string, act: () => void, kind = ""): HTMLElement =>
    h("button", { type: "button", class: kind, id, "data-key": id, onclick: act }, text);
  return h(
    "section.part.proof",
    {},
    h("h2", {}, "Proof"),
    h(
      "p",
      {},
      "This browser computes the hashes itself and checks the signatures. The node's word is not used, only its bytes and the keys.",
    ),
    h(
      "div.buttons",
      {},
      button("check-proof", "Check this proof here", () => void check(proof, false), "primary"),
      button("check-tampered", "Try it with one byte changed", () =>
        void check(tampered(proof), true),
      ),
    ),
    result,
    h(
      "div.buttons",
      {},
      button("download-proof", "Download proof (.tlog-proof)", () => void download()),
      button("download-entry", "Download the entry's bytes", () =>
        save(new Blob([fromBase64(proof.entry)]), `${proof.party}-${proof.index}.entry`),
      ),
    ),
    h(
      "p.fine",
      {},
      "Both files together prove the entry offline to anyone who has the log's key.",
    ),
  );
}

export function entryView(proof: EntryProof): Child {
  const read = readable(proof);
  return [
    title(`Entry ${proof.index}`, `Log of ${nameOf(proof.party)}`),
    h("p.entry-kind", {}, h("strong", {}, typeText(proof.type)), " ", h("code", {}, proof.type)),
    proof.summary === undefined ? null : said(proof.summary, "p"),
    readButton(proof),
    receiptPart(proof),
    headerPart(proof),
    signersPart(proof),
    proofPart(proof),
    h(
      "section.part",
      {},
      h("h2", {}, "Cosignatures of the newest head"),
      cosignatureTable(proof.party, proof.cosignatures),
    ),
    h(
      "section.part",
      {},
      h("h2", {}, "What the officers signed"),
      read === undefined
        ? h("p.empty", {}, "The bytes of this entry are not readable as JSON.")
        : h("pre", { tabindex: 0, "aria-label": "Payload", id: "payload" }, read.payload),
    ),
    h(
      "details",
      {},
      h("summary", {}, "The entry's bytes, exactly"),
      h("pre", { tabindex: 0, id: "raw-bytes" }, read?.bytes ?? proof.entry),
    ),
    h(
      "details",
      {},
      h("summary", {}, "The signed checkpoint, word for word"),
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
      "Read for this party ",
      timeElement(mine.read),
      mine.read_by === undefined ? "" : ` by ${mine.read_by}`,
      ".",
    );
  }
  return h(
    "button",
    {
      type: "button",
      "data-key": "mark-read",
      onclick: () =>
        askFor({
          title: "State that you have read this entry",
          explain:
            "Its author sees who opened it and when. It says nothing about your answer. It is signed with your key.",
          fields: [],
          button: "State that I have read it",
          send: async () => {
            await post<Logged>("/api/read", { party: proof.party, index: proof.index });
            await afterRead();
          },
        }),
    },
    "State that I have read it",
  );
}

const kSigns = { ok: "✓", bad: "✕", unknown: "?" } as const;
const kWords = { ok: "holds: ", bad: "fails: ", unknown: "not checked: " } as const;

function proofResult(steps: ProofStep[], changed: boolean): Child {
  const bad = steps.filter(({ verdict }) => verdict === "bad").length;
  const unknown = steps.filter(({ verdict }) => verdict === "unknown").length;
  const all =
    bad > 0
      ? `The proof does not hold: ${bad} of ${steps.length} steps fail.`
      : unknown > 0
        ? "The hashes hold. The signatures could not be checked here."
        : "The proof holds: every step was recomputed here.";
  return [
    h(
      "p",
      { class: bad > 0 ? "verdict bad" : "verdict ok", "data-verdict": bad > 0 ? "bad" : "ok" },
      h("span", { "aria-hidden": "true" }, bad > 0 ? "✕ " : "✓ "),
      all,
      changed
        ? " (One bit of one byte was changed here on purpose; the entry on the record is untouched.)"
        : "",
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
            h("span.unseen", {}, kWords[step.verdict]),
            step.what,
            h("div.hash.small-text", {}, step.detail),
          ),
        ),
      ),
    ),
    h(
      "p.fine",
      {},
      "The keys came from this node, out of the agreement. To rely on nothing of it, run detente-verify with keys that reached you another way; it checks the officers' signatures too.",
    ),
  ];
}
