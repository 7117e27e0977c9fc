// SPDX-License-Identifier: Apache-2.0
//
// The record: the logs side by side as this node holds them, one log, one entry, and the check of
// an entry's proof by the browser itself.
import { get, post, sentence } from "./api";
import { h, said, show, type Child } from "./dom";
import { timeElement } from "./format";
import { age, askFor, errorLine, missing, receiptTable } from "./parts";
import { checkProof, fromBase64, tampered, type ProofStep } from "./proof";
import { agreement, hello, isOwn, mayAct, nameOf, state } from "./store";
import type { Cosignature, EntryProof, Logged, LogPage } from "./types";
import { facts, title } from "./view_map";

const kPage = 20;
const kPageBeside = 8;

/** What the view shows now; answers that come for another place are thrown away. */
let place = "";
const pages = new Map<string, LogPage>();
/** The first entry shown of a log; absent: the newest ones. */
let from: number | undefined;
let shown: { key: string; proof: EntryProof } | undefined;
let trouble: string | undefined;
let redraw: () => void = () => undefined;

const shortHash = (base64: string): HTMLElement =>
  h("code.hash", { title: base64 }, `${base64.slice(0, 12)}…`);

export function openRecord(
  party: string | undefined,
  index: number | undefined,
  draw: () => void,
): void {
  const now = `${party ?? ""}/${index ?? ""}`;
  redraw = draw;
  if (now !== place) {
    from = undefined;
    trouble = undefined;
    shown = undefined;
  }
  place = now;
  void refreshRecord(party, index);
}

/** Asks for what the view shows; quiet if nothing of it can have changed. */
export async function refreshRecord(
  party: string | undefined,
  index: number | undefined,
): Promise<void> {
  const wanted = place;
  try {
    if (party !== undefined && index !== undefined) {
      const proof = await get<EntryProof>(`/api/log/${encodeURIComponent(party)}/${index}`);
      if (wanted === place) shown = { key: wanted, proof };
    } else {
      const logs = state.value?.logs ?? [];
      await Promise.all(
        logs
          .filter((log) => party === undefined || log.party === party)
          .map((log) => loadPage(log.party, log.size, party === undefined)),
      );
    }
    trouble = undefined;
  } catch (error) {
    trouble = sentence(error);
  }
  if (wanted === place) redraw();
}

async function loadPage(party: string, size: number, beside: boolean): Promise<void> {
  const count = beside ? kPageBeside : kPage;
  const start = !beside && from !== undefined ? from : Math.max(0, size - count);
  const page = await get<LogPage>(
    `/api/log/${encodeURIComponent(party)}?from=${start}&count=${count}`,
  );
  pages.set(party, page);
}

/** Seen and held by every other party; a missing cosignature is shown as missing. */
function cosignatureTable(owner: string, list: Cosignature[]): HTMLElement {
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

function entryRows(page: LogPage): HTMLElement {
  const href = (index: number): string => `#/record/${encodeURIComponent(page.party)}/${index}`;
  return h(
    "ol.entries",
    {},
    [...page.entries]
      .reverse()
      .map((entry) =>
        h(
          "li",
          {},
          h(
            "a",
            { href: href(entry.index), "data-key": `entry-${page.party}-${entry.index}` },
            h("span.entry-index", {}, String(entry.index)),
            h("span.entry-type", {}, entry.type),
          ),
          h("div.small-text", {}, said(entry.summary ?? "")),
          h(
            "div.small-text",
            {},
            timeElement(entry.time),
            entry.officers.length > 0 ? `, ${entry.officers.join(" and ")}` : "",
          ),
        ),
      ),
  );
}

function logCard(page: LogPage, alone: boolean): HTMLElement {
  const whose = isOwn(page.party) ? "this party's own log" : "as this node holds it";
  return h(
    "section.log",
    { "data-log": page.party },
    h("h2", { dir: "auto" }, alone ? whose : nameOf(page.party)),
    alone ? null : h("p.small-text", {}, whose),
    facts([
      ["Origin", h("code", {}, page.origin)],
      ["Entries", String(page.size)],
      ["Root", shortHash(page.root)],
    ]),
    h("h3", {}, "Cosignatures of its newest head"),
    cosignatureTable(page.party, page.cosignatures),
    h("h3", {}, alone ? "Entries" : "Newest entries"),
    page.entries.length === 0 ? h("p.empty", {}, "This log is empty.") : entryRows(page),
    alone
      ? pager(page)
      : h(
          "p",
          {},
          h(
            "a",
            { href: `#/record/${encodeURIComponent(page.party)}`, "data-key": `all-${page.party}` },
            "All entries ›",
          ),
        ),
    alone
      ? h(
          "details",
          {},
          h("summary", {}, "The newest signed note, word for word"),
          h("pre", { tabindex: 0 }, page.checkpoint),
        )
      : null,
  );
}

function pager(page: LogPage): HTMLElement {
  const first = page.entries[0]?.index ?? 0;
  const last = page.entries.at(-1)?.index ?? -1;
  const go = (start: number | undefined): void => {
    from = start === undefined ? undefined : Math.max(0, start);
    void refreshRecord(page.party, undefined);
  };
  const button = (text: string, on: boolean, start: number | undefined): HTMLElement =>
    h(
      "button.small",
      { type: "button", disabled: !on, "data-key": `page-${text}`, onclick: () => go(start) },
      text,
    );
  return h(
    "div.buttons",
    { role: "group", "aria-label": "Pages of the log" },
    button("Newest", last < page.size - 1, undefined),
    button("Newer", last < page.size - 1, last + 1),
    button("Older", first > 0, first - kPage),
    button("First", first > 0, 0),
    h("span.small-text", {}, page.size === 0 ? "" : `entries ${first} to ${last} of ${page.size}`),
  );
}

export function recordView(party: string | undefined, index: number | undefined): Child {
  const problem = trouble === undefined ? null : errorLine(trouble);
  if (party !== undefined && index !== undefined) {
    return [
      upLink(party),
      problem,
      shown === undefined ? waitLine(problem) : entryView(shown.proof),
    ];
  }
  const logs = (state.value?.logs ?? []).filter(
    (log) => party === undefined || log.party === party,
  );
  const alone = party !== undefined;
  const known = logs.map((log) => pages.get(log.party)).filter((page) => page !== undefined);
  if (alone && state.value !== undefined && logs.length === 0) {
    return [
      upLink(undefined),
      title("Record"),
      h("p.empty", {}, "This node holds no log of that name."),
    ];
  }
  return [
    alone ? upLink(undefined) : null,
    title(
      alone ? nameOf(party) : "The record",
      alone ? "Log" : "Logs of the parties, side by side",
    ),
    alone
      ? null
      : h(
          "p",
          {},
          "Each party writes only its own log and can rewrite none. Open an entry to check its proof in this browser.",
        ),
    problem,
    known.length === 0 && problem === null
      ? waitLine(null)
      : h(
          "div",
          { class: alone ? "logs alone" : "logs" },
          known.map((page) => logCard(page, alone)),
        ),
  ];
}

const waitLine = (problem: Child): Child =>
  problem === null ? h("p.empty", {}, "Waiting for the node's answer.") : null;

const upLink = (party: string | undefined): HTMLElement =>
  h(
    "p.back",
    {},
    h("a", { href: "#/record", "data-key": "back" }, "‹ All logs"),
    party === undefined
      ? null
      : [
          " · ",
          h(
            "a",
            { href: `#/record/${encodeURIComponent(party)}`, "data-key": "back-log" },
            `‹ ${nameOf(party)}`,
          ),
        ],
  );

interface Readable {
  header: string;
  payload: string;
  type: string;
  time: number | undefined;
  officers: string[];
}

/** The entry as people read it: its header, and the payload that the officers signed. */
function readable(proof: EntryProof): Readable | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(fromBase64(proof.entry));
    const entry = JSON.parse(text) as {
      time?: number;
      env?: { payload?: string; signatures?: { keyid?: string }[] };
    };
    const payload = JSON.parse(
      new TextDecoder("utf-8", { fatal: true }).decode(fromBase64(entry.env?.payload ?? "")),
    ) as { type?: string };
    return {
      header: JSON.stringify(entry, undefined, 2),
      payload: JSON.stringify(payload, undefined, 2),
      type: payload.type ?? "",
      time: entry.time,
      officers: (entry.env?.signatures ?? []).map(({ keyid }) => keyid ?? "?"),
    };
  } catch {
    return undefined;
  }
}

function entryView(proof: EntryProof): Child {
  const read = readable(proof);
  const result = h("div", { id: "proof-result", "aria-live": "polite" });
  const check = async (answer: EntryProof, changed: boolean): Promise<void> => {
    show(result, h("p", {}, "Checking…"));
    show(result, proofResult(await checkProof(answer), changed));
  };
  return [
    title(`Entry ${proof.index}`, `Log of ${nameOf(proof.party)}`),
    proof.summary === undefined ? null : said(proof.summary, "p"),
    readButton(proof),
    facts([
      ["Type", read?.type ?? "not readable"],
      [
        "Time",
        read?.time === undefined ? "not readable" : timeElement(new Date(read.time).toISOString()),
      ],
      ["Signed by", read === undefined ? "not readable" : read.officers.join(" and ")],
      ["Leaf hash", h("code.hash", {}, proof.leaf)],
    ]),
    h(
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
        h(
          "button.primary",
          {
            type: "button",
            id: "check-proof",
            "data-key": "check-proof",
            onclick: () => void check(proof, false),
          },
          "Check this proof here",
        ),
        h(
          "button",
          {
            type: "button",
            id: "check-tampered",
            "data-key": "check-tampered",
            onclick: () => void check(tampered(proof), true),
          },
          "Try it with one byte changed",
        ),
      ),
      result,
    ),
    h("section.part", {}, h("h2", {}, "Receipts"), receiptTable(proof.receipts)),
    h(
      "section.part",
      {},
      h("h2", {}, "Cosignatures"),
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
      h("summary", {}, "The whole entry, with header and signatures"),
      h("pre", { tabindex: 0 }, read?.header ?? proof.entry),
    ),
    h(
      "details",
      {},
      h("summary", {}, "The signed checkpoint, word for word"),
      h("pre", { tabindex: 0 }, proof.checkpoint),
    ),
  ];
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
            await refreshRecord(proof.party, proof.index);
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
