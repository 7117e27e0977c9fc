// SPDX-License-Identifier: Apache-2.0
//
// The page's own proof checker, in node: against the fixture's separate implementation for every
// tree up to 40 leaves, against changed answers, and against the published vectors of
// transparency-dev/merkle where they are at hand. Negative cases first.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { before, test } from "node:test";
import { leafHash, pathOf, rootOf } from "./fixture/record.mjs";
import { World } from "./fixture/world.mjs";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const kSource = fileURLToPath(new URL("../../web/src/proof.ts", import.meta.url));
const kVectors = new URL("../../../shared/data/record/merkle/inclusion/", import.meta.url);

let proof;
let world;
before(async () => {
  const { outputFiles } = await require("esbuild").build({
    entryPoints: [kSource],
    bundle: true,
    format: "esm",
    write: false,
  });
  const code = Buffer.from(outputFiles[0].contents).toString("base64");
  proof = await import(`data:text/javascript;base64,${code}`);
  world = new World("north");
});

const answer = () => structuredClone(world.logs.get("south").proof(5, []));
const verdicts = async (changed) => (await proof.checkProof(changed)).map(({ verdict }) => verdict);
const flip = (base64, at) => {
  const bytes = Buffer.from(base64, "base64");
  bytes[at] ^= 0x20;
  return bytes.toString("base64");
};

test("every byte of an entry that is changed is noticed", async () => {
  const good = answer();
  const { length } = Buffer.from(good.entry, "base64");
  for (let at = 0; at < length; ++at) {
    assert.ok(
      (await verdicts({ ...good, entry: flip(good.entry, at) })).includes("bad"),
      `byte ${at}`,
    );
  }
});

test("a leaf hash that was made to fit a changed entry leads to another root", async () => {
  const changed = answer();
  changed.entry = flip(changed.entry, 200);
  changed.leaf = leafHash(Buffer.from(changed.entry, "base64")).toString("base64");
  const steps = await proof.checkProof(changed);
  assert.equal(steps[0].verdict, "ok");
  assert.ok(steps.some(({ what, verdict }) => what.key === "proof.path" && verdict === "bad"));
});

test("each hash of the path, the index and the size matter", async () => {
  const good = answer();
  for (let i = 0; i < good.proof.length; ++i) {
    const changed = structuredClone(good);
    changed.proof[i] = flip(changed.proof[i], i);
    assert.ok((await verdicts(changed)).includes("bad"), `hash ${i}`);
  }
  assert.ok((await verdicts({ ...good, proof: good.proof.slice(1) })).includes("bad"));
  assert.ok((await verdicts({ ...good, proof: [...good.proof, good.proof[0]] })).includes("bad"));
  assert.ok((await verdicts({ ...good, index: 4 })).includes("bad"));
  assert.ok((await verdicts({ ...good, size: good.size + 1 })).includes("bad"));
});

test("a checkpoint with another root, origin, key or cosignature is noticed", async () => {
  const good = answer();
  const lines = good.checkpoint.split("\n");
  const note = (i, text) => [...lines.slice(0, i), text, ...lines.slice(i + 1)].join("\n");
  const signed = (line, at) => {
    const cut = line.lastIndexOf(" ") + 1;
    return line.slice(0, cut) + flip(line.slice(cut), at);
  };
  const cases = [
    { checkpoint: note(0, "north.example/detente/2016") },
    { checkpoint: note(1, String(good.size + 1)) },
    { checkpoint: note(2, flip(lines[2], 7)) },
    { checkpoint: note(4, signed(lines[4], 30)) },
    { checkpoint: note(5, signed(lines[5], 30)) },
    { checkpoint: note(5, signed(lines[5], 11)) }, // the cosignature's time
    { checkpoint: good.checkpoint.trimEnd() },
    { checkpoint: "" },
    { log_key: world.logs.get("north").signer.vkey },
    { log_key: good.log_key.replace(/.$/, "A") },
    { keys: [good.log_key] },
    { entry: "no base64!" },
  ];
  for (const change of cases) {
    assert.ok(
      (await verdicts({ ...good, ...change })).includes("bad"),
      JSON.stringify(change).slice(0, 90),
    );
  }
});

test("an untouched answer holds in every step, with both kinds of signature", async () => {
  for (const party of ["north", "south", "monitor"]) {
    const log = world.logs.get(party);
    for (let index = 0; index < log.entries.length; ++index) {
      const steps = await proof.checkProof(log.proof(index, []));
      assert.deepEqual(
        steps.filter(({ verdict }) => verdict !== "ok"),
        [],
        `${party} ${index}`,
      );
      assert.equal(
        steps.filter(({ what }) => what.key === "proof.cosigned").length,
        log.cosigners.length,
      );
    }
  }
});

test("a missing cosignature is no error, but is not listed either", async () => {
  const good = answer();
  const extra = world.logs.get("north").cosigners.at(0).signer.vkey;
  const steps = await proof.checkProof({ ...good, keys: [extra] });
  assert.deepEqual(
    steps.filter(({ verdict }) => verdict === "bad"),
    [],
  );
  assert.ok(!steps.some(({ what }) => what.key === "proof.cosigned"));
});

test("paths of all trees up to 40 leaves lead to the root, and wrong ones do not", async () => {
  const leaves = [];
  for (let size = 1; size <= 40; ++size) {
    leaves.push(leafHash(Buffer.from(`leaf ${size}`)));
    const root = rootOf(leaves).toString("hex");
    for (let index = 0; index < size; ++index) {
      const path = pathOf(leaves, index).map((hash) => new Uint8Array(hash));
      const leaf = new Uint8Array(leaves[index]);
      const lead = async (i, n, p) => {
        const found = await proof.rootFromPath(leaf, BigInt(i), BigInt(n), p);
        return found && Buffer.from(found).toString("hex");
      };
      assert.equal(await lead(index, size, path), root);
      assert.equal(await lead(size, size, path), undefined);
      assert.notEqual(await lead(index, size, [...path, leaf]), root);
      if (path.length > 0) assert.notEqual(await lead(index, size, path.slice(1)), root);
    }
  }
});

test(
  "published inclusion vectors are judged as they say",
  { skip: !existsSync(kVectors) && "the vectors are not here" },
  async () => {
    let count = 0;
    for (const name of readdirSync(kVectors, { recursive: true, encoding: "utf8" })) {
      if (!name.endsWith(".json")) continue;
      const vector = JSON.parse(readFileSync(new URL(name, kVectors), "utf8"));
      const bytes = (text) => new Uint8Array(Buffer.from(text ?? "", "base64"));
      const leaf = bytes(vector.leafHash);
      const root = await proof.rootFromPath(
        leaf,
        BigInt(vector.leafIdx),
        BigInt(vector.treeSize),
        (vector.proof ?? []).map(bytes),
      );
      const holds =
        leaf.length === 32 &&
        root !== undefined &&
        Buffer.from(root).equals(Buffer.from(vector.root ?? "", "base64"));
      assert.equal(holds, !vector.wantErr, `${name}: ${vector.desc}`);
      ++count;
    }
    assert.ok(count > 50, `${count} vectors`);
  },
);
