// SPDX-License-Identifier: Apache-2.0
//
// Verifies the DSSE envelopes of a live log with other people's code: the pre-authentication
// encoding and the signature check of @sigstore/core, and the Ed25519 of @noble/curves.
//   node tests/others/envelopes.mjs AGREEMENT PARTY BASE
// BASE is the node's address; entries come from its tiles, one also from its API. Prints one line
// for each check; exits 1 at the first that does not hold.
import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import sigstore from "@sigstore/core";
import { ed25519 } from "@noble/curves/ed25519.js";

const kSpkiEd25519 = Buffer.from("302a300506032b6570032100", "hex"); // RFC 8410
const kPatienceMs = 20000;

async function get(url) {
  const answer = await fetch(url, { signal: AbortSignal.timeout(kPatienceMs) });
  assert.equal(answer.status, 200, url);
  return Buffer.from(await answer.arrayBuffer());
}

async function entriesOf(base) {
  const size = Number((await get(`${base}/log/checkpoint`)).toString().split("\n")[1]);
  const out = [];
  for (let first = 0; first < size; first += 256) {
    const width = Math.min(256, size - first);
    const number = String(first / 256).padStart(3, "0");
    const bundle = await get(`${base}/log/tile/entries/${number}${width < 256 ? `.p/${width}` : ""}`);
    for (let at = 0; at < bundle.length; ) {
      const length = bundle.readUInt16BE(at);
      const bytes = bundle.subarray(at + 2, at + 2 + length);
      out.push({ ...JSON.parse(bytes.toString()), bytes });
      at += 2 + length;
    }
  }
  assert.equal(out.length, size);
  return out;
}

const bySigstore = (type, payload, key, signature) =>
  sigstore.crypto.verify(
    sigstore.dsse.preAuthEncoding(type, payload),
    sigstore.crypto.createPublicKey(Buffer.concat([kSpkiEd25519, key])),
    signature,
  );
const byNoble = (type, payload, key, signature) =>
  ed25519.verify(signature, sigstore.dsse.preAuthEncoding(type, payload), key);

// Both programs must give the same answer to each question.
function verify(type, payload, key, signature) {
  const first = bySigstore(type, payload, key, signature);
  assert.equal(byNoble(type, payload, key, signature), first, "the two verifiers differ");
  return first;
}

function flipped(bytes, at) {
  const out = Buffer.from(bytes);
  out[at] ^= 1;
  return out;
}

const [agreementPath, party, base] = process.argv.slice(2);
const agreement = JSON.parse(readFileSync(agreementPath, "utf8"));
const root = Buffer.from(agreement.parties.find((p) => p.id === party).keys.root, "base64");
const keys = new Map([[`${party}/root`, root]]);
const entries = await entriesOf(base);

let verified = 0;
let refused = 0;
for (const { env, seq } of entries) {
  const payload = Buffer.from(env.payload, "base64");
  const statement = JSON.parse(payload.toString());
  assert.ok(env.signatures.length > 0, `entry ${seq} is unsigned`);
  for (const { keyid, sig } of env.signatures) {
    const key = keys.get(keyid);
    const signature = Buffer.from(sig, "base64");
    assert.ok(key, `entry ${seq}: key ${keyid} is not delegated`);
    assert.ok(verify(env.payloadType, payload, key, signature), `entry ${seq}: ${keyid}`);
    verified += 1;
    if (entries.length > 20 && seq % 20 !== 0) continue;
    const other = [...keys.values()].find((k) => !k.equals(key)) ?? Buffer.alloc(32, 0x58);
    const wrong = [
      verify(env.payloadType, flipped(payload, payload.length >> 1), key, signature),
      verify(env.payloadType + "x", payload, key, signature),
      verify(env.payloadType, payload, key, flipped(signature, 3)),
      verify(env.payloadType, payload, key, flipped(signature, 40)),
      keys.size > 1 && verify(env.payloadType, payload, other, signature),
    ];
    assert.ok(!wrong.includes(true), `entry ${seq}: a changed envelope verifies`);
    refused += wrong.length;
  }
  if (statement.type === "key.add") {
    keys.set(statement.body.keyid, Buffer.from(statement.body.key, "base64"));
  }
}
console.log(`ok    npm: ${verified} signatures of ${entries.length} envelopes verify twice`);
assert.ok(refused > 20);
console.log(`ok    npm: ${refused} changed envelopes are refused twice`);

// What the API shows of an entry is what the log holds.
const shown = JSON.parse((await get(`${base}/api/log/${party}/1`)).toString());
assert.deepEqual(Buffer.from(shown.entry, "base64"), entries[1].bytes);
console.log("ok    npm: the API shows the same entry as the log");
