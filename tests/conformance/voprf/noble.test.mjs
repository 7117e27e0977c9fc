// SPDX-License-Identifier: Apache-2.0
// The VOPRF against an implementation that shares no line with it, @noble/curves, each in both
// parts: its blinds with our answers and proofs, our blinds with its answers and proofs. The
// randomness is a counter that is hashed, so every run is the same.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { after, describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

const require = createRequire(new URL("../../others/package.json", import.meta.url));
const { ristretto255_oprf: suite } = await import(
  pathToFileURL(require.resolve("@noble/curves/ed25519.js"))
);
const bin = process.env.DETENTE_BIN ?? fileURLToPath(new URL("../../../build/dev/bin", import.meta.url));

const peer = spawn(`${bin}/voprf_peer`, { stdio: ["pipe", "pipe", "inherit"] });
const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
after(() => peer.stdin.end());

async function ask(...words) {
  peer.stdin.write(`${words.join(" ")}\n`);
  const { value } = await lines.next();
  assert.ok(value !== undefined, "voprf_peer ended");
  return value;
}

const hex = (bytes) => Buffer.from(bytes).toString("hex");
const bytes = (text) => new Uint8Array(Buffer.from(text, "hex"));
const list = (items) => items.map(hex).join(",");
const unlist = (text) => text.split(",").map(bytes);

let drawn = 0;
function random(length) {
  const out = [];
  while (out.length < length) {
    out.push(...createHash("sha256").update(`noble.test ${drawn++}`).digest());
  }
  return new Uint8Array(out.slice(0, length));
}
const keys = () => suite.voprf.deriveKeyPair(random(32), random(7));
const inputsOf = (size) => Array.from({ length: size }, (_, i) => random(1 + ((i * 13) % 70)));
// A scalar: what a blind of the other side is.
const scalar = () => suite.voprf.blind(random(8), random).blind;

const kSizes = [1, 2, 3, 17, 100];

// Its client, our server.
async function itsBlinds(size) {
  const key = keys();
  const inputs = inputsOf(size);
  const asked = inputs.map((input) => suite.voprf.blind(input, random));
  const answer = await ask(
    "evaluate", hex(key.secretKey), hex(scalar()), list(asked.map((a) => a.blinded)),
  );
  const [evaluated, proof] = answer.split(" ");
  const items = unlist(evaluated).map((element, i) => ({
    input: inputs[i], blind: asked[i].blind, blinded: asked[i].blinded, evaluated: element,
  }));
  return { key, inputs, asked, items, proof: bytes(proof) };
}

// Our client, its server.
async function ourBlinds(size) {
  const key = keys();
  const inputs = inputsOf(size);
  const blinds = inputs.map(scalar);
  const blinded = [];
  for (let i = 0; i < size; i++) blinded.push(bytes(await ask("blind", hex(inputs[i]), hex(blinds[i]))));
  const answer = suite.voprf.blindEvaluateBatch(key.secretKey, key.publicKey, blinded, random);
  return { key, inputs, blinds, blinded, ...answer };
}

describe("keys", () => {
  test("one seed gives one key pair", async () => {
    for (let i = 0; i < 10; i++) {
      const seed = random(32);
      const info = random(i + 1);
      const key = suite.voprf.deriveKeyPair(seed, info);
      assert.equal(await ask("derive", hex(seed), hex(info)), `${hex(key.secretKey)} ${hex(key.publicKey)}`);
    }
  });
  test("one blind gives one element", async () => {
    for (let i = 0; i < 20; i++) {
      const input = random(i + 1);
      const { blind, blinded } = suite.voprf.blind(input, random);
      assert.equal(await ask("blind", hex(input), hex(blind)), hex(blinded));
    }
  });
});

describe("its blinds, our answers", () => {
  for (const size of kSizes) {
    test(`a batch of ${size}`, async () => {
      const done = await itsBlinds(size);
      const outputs = suite.voprf.finalizeBatch(done.items, done.key.publicKey, done.proof);
      for (let i = 0; i < size; i++) {
        const own = await ask("output", hex(done.key.secretKey), hex(done.inputs[i]));
        assert.equal(hex(outputs[i]), own);
      }
    });
  }
  test("a batch of one by its single form", async () => {
    const { key, items: [item], proof } = await itsBlinds(1);
    const output = suite.voprf.finalize(
      item.input, item.blind, item.evaluated, item.blinded, key.publicKey, proof,
    );
    assert.equal(hex(output), await ask("output", hex(key.secretKey), hex(item.input)));
  });
  test("our proof with a changed bit is refused", async () => {
    const done = await itsBlinds(3);
    done.proof[40] ^= 1;
    assert.throws(() => suite.voprf.finalizeBatch(done.items, done.key.publicKey, done.proof));
  });
});

describe("our blinds, its answers", () => {
  for (const size of kSizes) {
    test(`a batch of ${size}`, async () => {
      const done = await ourBlinds(size);
      const { key, inputs, blinds, blinded, evaluated, proof } = done;
      assert.equal(
        await ask("verify", hex(key.publicKey), list(blinded), list(evaluated), hex(proof)), "verified",
      );
      const ours = await ask("finalize", list(inputs), list(blinds), list(evaluated));
      const items = inputs.map((input, i) => ({
        input, blind: blinds[i], blinded: blinded[i], evaluated: evaluated[i],
      }));
      assert.equal(ours, list(suite.voprf.finalizeBatch(items, key.publicKey, proof)));
    });
  }
  test("its proof with a changed bit, and under another key, is refused", async () => {
    const { key, blinded, evaluated, proof } = await ourBlinds(3);
    const other = keys();
    assert.equal(
      await ask("verify", hex(other.publicKey), list(blinded), list(evaluated), hex(proof)),
      "refused voprf_proof",
    );
    proof[3] ^= 1;
    assert.equal(
      await ask("verify", hex(key.publicKey), list(blinded), list(evaluated), hex(proof)),
      "refused voprf_proof",
    );
  });
  test("the identity is refused by both", async () => {
    const key = keys();
    const zero = new Uint8Array(32);
    assert.equal(await ask("evaluate", hex(key.secretKey), hex(scalar()), hex(zero)), "refused voprf_element");
    assert.throws(() => suite.voprf.blindEvaluate(key.secretKey, key.publicKey, zero, random));
  });
});
