// SPDX-License-Identifier: Apache-2.0
//
// Checks one entry of a log in the browser itself: leaf hash, inclusion path, root, the log's
// signature and every cosignature. It trusts nothing that the node says about the proof; it takes
// from the node only the bytes and the keys, and says so.
// Formats: RFC 6962 section 2.1; C2SP signed-note, tlog-checkpoint, tlog-cosignature v1.
import type { TextKey } from "./i18n";
import type { EntryProof } from "./types";

export type Verdict = "ok" | "bad" | "unknown";
/** A text of the catalogues, by its name: the check itself knows no language. */
export interface Said {
  key: TextKey;
  params?: Record<string, string | number>;
}
export interface ProofStep {
  what: Said;
  verdict: Verdict;
  detail: Said;
}

const say = (key: TextKey, params?: Record<string, string | number>): Said =>
  params === undefined ? { key } : { key, params };
const raw = (text: string): Said => say("proof.raw", { text });

type Bytes = Uint8Array<ArrayBuffer>;
const kEd25519 = 0x01;
const kCosignature = 0x04;
const kPathMax = 64;
const utf8 = new TextEncoder();

export function fromBase64(text: string): Bytes {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; ++i) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

export function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

function concat(...parts: (Uint8Array | number[])[]): Bytes {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

const equal = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i]);
const hex = (bytes: Uint8Array): string =>
  [...bytes].map((value) => value.toString(16).padStart(2, "0")).join("");

export const leafHash = (entry: Bytes): Promise<Bytes> => sha256(concat([0], entry));
const nodeHash = (left: Bytes, right: Bytes): Promise<Bytes> => sha256(concat([1], left, right));

/**
 * The root that the path leads to (RFC 9162 section 2.1.3.2), or undefined if its length does not
 * fit the index and the size. Indexes are bigint, because shifts of numbers end at 32 bits.
 */
export async function rootFromPath(
  leaf: Bytes,
  index: bigint,
  size: bigint,
  path: Bytes[],
): Promise<Bytes | undefined> {
  if (index < 0n || index >= size || path.length > kPathMax) return undefined;
  let fn = index;
  let sn = size - 1n;
  let hash = leaf;
  for (const sibling of path) {
    if (sn === 0n || sibling.length !== 32) return undefined;
    if ((fn & 1n) === 1n || fn === sn) {
      hash = await nodeHash(sibling, hash);
      while ((fn & 1n) === 0n && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else {
      hash = await nodeHash(hash, sibling);
    }
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n ? hash : undefined;
}

interface NoteLine {
  name: string;
  keyId: string;
  bytes: Bytes;
}
export interface Note {
  text: string;
  lines: NoteLine[];
}

/** A signed note: text, an empty line, signature lines. The last empty line divides. */
export function parseNote(note: string): Note | undefined {
  const cut = note.lastIndexOf("\n\n");
  if (cut < 0 || !note.endsWith("\n")) return undefined;
  const lines: NoteLine[] = [];
  for (const line of note.slice(cut + 2, -1).split("\n")) {
    const match = /^\u2014 (\S+) ([A-Za-z0-9+/]+={0,2})$/.exec(line);
    if (match === null) return undefined;
    const bytes = fromBase64(match[2] ?? "");
    if (bytes.length < 5) return undefined;
    lines.push({ name: match[1] ?? "", keyId: hex(bytes.slice(0, 4)), bytes: bytes.slice(4) });
  }
  return lines.length > 0 ? { text: note.slice(0, cut + 1), lines } : undefined;
}

interface VerifierKey {
  name: string;
  keyId: string;
  type: number;
  key: Bytes;
}

/** "name+hash+base64(type || key)"; undefined if malformed or if the hash is not the key's own. */
export async function parseKey(text: string): Promise<VerifierKey | undefined> {
  const match = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/.exec(text);
  if (match === null) return undefined;
  const [, name = "", keyId = "", encoded = ""] = match;
  const typed = fromBase64(encoded);
  if (typed.length !== 33) return undefined;
  const own = (await sha256(concat(utf8.encode(`${name}\n`), typed))).slice(0, 4);
  if (hex(own) !== keyId) return undefined;
  return { name, keyId, type: typed[0] ?? 0, key: typed.slice(1) };
}

/** Whether this browser can check Ed25519, asked by doing it. */
let ed25519: Promise<boolean> | undefined;
export function canCheckSignatures(): Promise<boolean> {
  ed25519 ??= crypto.subtle
    .importKey("raw", new Uint8Array(32).fill(1), { name: "Ed25519" }, false, ["verify"])
    .then(() => true)
    .catch(
      (error: unknown) => !(error instanceof DOMException && error.name === "NotSupportedError"),
    );
  return ed25519;
}

async function verifies(key: Bytes, signature: Bytes, message: Bytes): Promise<boolean> {
  try {
    const imported = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, [
      "verify",
    ]);
    return await crypto.subtle.verify({ name: "Ed25519" }, imported, signature, message);
  } catch {
    return false;
  }
}

interface Checkpoint {
  origin: string;
  size: bigint;
  root: Bytes;
}

function parseCheckpoint(text: string): Checkpoint | undefined {
  const lines = text.split("\n");
  const [origin = "", size = "", root = ""] = lines;
  if (lines.length !== 4 || lines[3] !== "" || !/^(0|[1-9][0-9]*)$/.test(size)) return undefined;
  try {
    const hash = fromBase64(root);
    return hash.length === 32 ? { origin, size: BigInt(size), root: hash } : undefined;
  } catch {
    return undefined;
  }
}

const kCannot = say("proof.cannot");

async function checkLogSignature(note: Note, keyText: string): Promise<ProofStep> {
  const what = say("proof.log_signed");
  const key = await parseKey(keyText);
  if (key === undefined || key.type !== kEd25519) {
    return { what, verdict: "bad", detail: say("proof.log_key") };
  }
  const line = note.lines.find(({ name, keyId }) => name === key.name && keyId === key.keyId);
  if (line === undefined) {
    return { what, verdict: "bad", detail: say("proof.no_signature", { name: key.name }) };
  }
  if (!(await canCheckSignatures())) return { what, verdict: "unknown", detail: kCannot };
  const good = await verifies(key.key, line.bytes, utf8.encode(note.text));
  return good
    ? { what, verdict: "ok", detail: say("proof.signature", { name: key.name, id: key.keyId }) }
    : { what, verdict: "bad", detail: say("proof.signature.differs", { name: key.name }) };
}

async function checkCosignature(note: Note, keyText: string): Promise<ProofStep | undefined> {
  const key = await parseKey(keyText);
  if (key === undefined || key.type !== kCosignature) {
    return { what: say("proof.cosigner_key"), verdict: "bad", detail: say("proof.key_unreadable") };
  }
  const line = note.lines.find(({ name, keyId }) => name === key.name && keyId === key.keyId);
  if (line === undefined) return undefined; // not cosigned by this one; the table says missing
  const what = say("proof.cosigned", { name: key.name });
  if (line.bytes.length !== 72) return { what, verdict: "bad", detail: say("proof.length") };
  const seconds = new DataView(line.bytes.buffer, line.bytes.byteOffset).getBigUint64(0);
  if (!(await canCheckSignatures())) return { what, verdict: "unknown", detail: kCannot };
  const message = utf8.encode(`cosignature/v1\ntime ${seconds}\n${note.text}`);
  const good = await verifies(key.key, line.bytes.slice(8), message);
  const time = new Date(Number(seconds) * 1000).toISOString().replace(".000Z", "Z");
  return good
    ? { what, verdict: "ok", detail: say("proof.cosigned_at", { time, id: key.keyId }) }
    : { what, verdict: "bad", detail: say("proof.cosignature.differs") };
}

async function checkPath(answer: EntryProof, leaf: Bytes, head: Checkpoint): Promise<ProofStep> {
  const what = say("proof.path", { n: answer.proof.length, index: answer.index });
  const path = answer.proof.map(fromBase64);
  const root = await rootFromPath(leaf, BigInt(answer.index), head.size, path);
  if (root === undefined) {
    return { what, verdict: "bad", detail: say("proof.path.length") };
  }
  const computed = toBase64(root);
  return equal(root, head.root)
    ? { what, verdict: "ok", detail: say("proof.root", { root: computed }) }
    : {
        what,
        verdict: "bad",
        detail: say("proof.root.differs", { computed, stated: toBase64(head.root) }),
      };
}

/** Every step of the check, in order; the proof holds only if none is bad. */
export async function checkProof(answer: EntryProof): Promise<ProofStep[]> {
  try {
    return await steps(answer);
  } catch {
    return [{ what: say("proof.readable"), verdict: "bad", detail: say("proof.base64") }];
  }
}

async function steps(answer: EntryProof): Promise<ProofStep[]> {
  const entry = fromBase64(answer.entry);
  const leaf = await leafHash(entry);
  const ofBytes = say("proof.leaf", { n: entry.length });
  const found: ProofStep[] = [
    equal(leaf, fromBase64(answer.leaf))
      ? { what: ofBytes, verdict: "ok", detail: raw(toBase64(leaf)) }
      : {
          what: ofBytes,
          verdict: "bad",
          detail: say("proof.leaf.differs", { computed: toBase64(leaf), stated: answer.leaf }),
        },
    checkNumber(entry, answer.index),
  ];
  const note = parseNote(answer.checkpoint);
  const head = note === undefined ? undefined : parseCheckpoint(note.text);
  if (note === undefined || head === undefined) {
    found.push({ what: say("proof.checkpoint"), verdict: "bad", detail: say("proof.malformed") });
    return found;
  }
  found.push({
    what: say("proof.of_log", { size: String(head.size) }),
    verdict: head.origin === answer.origin && head.size === BigInt(answer.size) ? "ok" : "bad",
    detail: raw(head.origin),
  });
  found.push(await checkPath(answer, leaf, head));
  found.push(await checkLogSignature(note, answer.log_key));
  for (const key of answer.keys ?? []) {
    const step = await checkCosignature(note, key);
    if (step !== undefined) found.push(step);
  }
  return found;
}

/** The entry's own header names its place; a node cannot show one entry in the place of another. */
function checkNumber(entry: Bytes, index: number): ProofStep {
  const what = say("proof.number", { index });
  try {
    const { seq } = JSON.parse(new TextDecoder().decode(entry)) as { seq?: unknown };
    return { what, verdict: seq === index ? "ok" : "bad", detail: raw(`"seq": ${String(seq)}`) };
  } catch {
    return { what, verdict: "bad", detail: say("proof.no_json") };
  }
}

/** The same answer with one bit of one byte of the entry changed: the check must then fail. */
export function tampered(answer: EntryProof): EntryProof {
  const bytes = fromBase64(answer.entry);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return { ...answer, entry: btoa(binary) };
}
