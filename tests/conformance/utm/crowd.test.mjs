// SPDX-License-Identifier: Apache-2.0
//
// A crowd at the UTM side does not keep a duty officer from STOP: thousands of idle connections,
// clients that send a byte now and then, and a flood of requests, all at once. The times are
// printed; the bound only says that nothing waited for the crowd to go.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Authority, SC, sleep } from "./harness.mjs";

const kRoot = fileURLToPath(new URL("../../../", import.meta.url));
const kProgram = `${process.env.DETENTE_BIN ?? `${kRoot}build/dev/bin`}/detente`;
const kIdle = Number(process.env.CROWD_IDLE ?? 2000);
const kSlow = 200;
const kFlood = 40;
const kStops = 30;
const kBoundMs = 10_000;

async function startNode(authority) {
  const folder = mkdtempSync(join(tmpdir(), "detente-crowd-"));
  const key = join(folder, "auth.pem");
  writeFileSync(key, authority.pem);
  const args = ["utm", "serve", "--dev", "--port", "0", "--jwt-key", key, "--audience", "localhost"];
  args.push("--data", join(folder, "node"), "--requests-per-s", "0");
  const child = spawn(kProgram, args, { stdio: ["ignore", "pipe", "inherit"] });
  const said = {};
  for await (const line of createInterface({ input: child.stdout })) {
    const [what, value] = line.split(" ");
    said[what] = value;
    if (what === "ready") break;
  }
  const tokens = JSON.parse(readFileSync(join(said.folder, "tokens.json"), "utf8"));
  const stop = async () => {
    child.kill("SIGTERM");
    await new Promise((done) => child.once("exit", done));
    rmSync(folder, { recursive: true, force: true });
  };
  return { utm: new URL(said.ready), desk: new URL(said.desk), tokens, stop };
}

const officerToken = (tokens) => Object.keys(tokens).find((token) => tokens[token].officer);

function ask(base, agent, method, path, token, body) {
  return new Promise((done, failed) => {
    const request = http.request(
      { agent, host: base.hostname, port: base.port, method, path, headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" } },
      (answer) => {
        let text = "";
        answer.on("data", (part) => (text += part));
        answer.on("end", () => done({ status: answer.statusCode, text }));
      },
    );
    request.on("error", failed);
    request.end(body);
  });
}

test("a crowd at the UTM side does not keep an officer from STOP", async () => {
  const authority = new Authority();
  const node = await startNode(authority);
  const sockets = [];
  const timers = [];
  let running = true;
  try {
    for (let i = 0; i < kIdle; i += 100) {
      await Promise.all(
        Array.from({ length: Math.min(100, kIdle - i) }, () =>
          new Promise((done, failed) => {
            const socket = connect(node.utm.port, node.utm.hostname, done);
            socket.on("error", failed);
            sockets.push(socket);
          }),
        ),
      );
    }
    for (let i = 0; i < kSlow; ++i) {
      const text = "POST /dss/v1/reports HTTP/1.1\r\nHost: localhost\r\nX: ";
      const socket = sockets[i];
      let at = 0;
      socket.removeAllListeners("error").on("error", () => {});
      timers.push(setInterval(() => socket.write(text[at++ % text.length]), 1000));
    }
    const bearer = authority.token("uss1", SC);
    const agent = new http.Agent({ keepAlive: true, maxSockets: kFlood });
    let flooded = 0;
    const query = JSON.stringify({
      area_of_interest: {
        volume: { outline_circle: { center: { lat: 47, lng: 7 }, radius: { value: 500, units: "M" } } },
      },
    });
    const flood = Array.from({ length: kFlood }, async () => {
      while (running) {
        const answer = await ask(node.utm, agent, "POST", "/dss/v1/operational_intent_references/query", bearer, query);
        assert.equal(answer.status, 200);
        ++flooded;
      }
    });
    await sleep(500);
    const officer = officerToken(node.tokens);
    const took = [];
    for (let i = 0; i < kStops; ++i) {
      const began = performance.now();
      const answer = await ask(node.desk, undefined, "POST", "/api/stops", officer, JSON.stringify({ reason: `test ${i}` }));
      took.push(performance.now() - began);
      assert.equal(answer.status, 201, answer.text);
    }
    running = false;
    await Promise.all(flood);
    agent.destroy();
    took.sort((a, b) => a - b);
    const at = (part) => took[Math.floor(part * (took.length - 1))].toFixed(1);
    console.log(
      `STOP on the disk with ${kIdle} idle, ${kSlow} slow, ${flooded} requests beside it: p50 ${at(0.5)}, p99 ${at(0.99)} ms`,
    );
    assert.ok(took.at(-1) < kBoundMs, `a STOP waited ${took.at(-1)} ms`);
  } finally {
    running = false;
    timers.forEach(clearInterval);
    sockets.forEach((socket) => socket.destroy());
    await node.stop();
  }
});
