// SPDX-License-Identifier: Apache-2.0
//
// What tests/e2e/hotline.mjs needs beside the nodes: a siren, a slow or cut link, a listener to a
// node's events, and a way to bring a flash by hand.
import { createPrivateKey, randomBytes, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect, createServer as createTcpServer } from "node:net";

const listen = (server) =>
  new Promise((ready) => server.listen(0, "127.0.0.1", () => ready(server.address().port)));

/** A webhook that remembers when it was told of what. */
export async function openSiren() {
  const told = new Map(); // subject and level -> time
  const siren = { told, status: 200, requests: 0 };
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (part) => (text += part));
    request.on("end", () => {
      siren.requests++;
      const body = JSON.parse(text);
      const key = `${body.subject} ${body.level}`;
      if (siren.status === 200 && !told.has(key)) told.set(key, { at: performance.now(), body });
      response.writeHead(siren.status).end();
    });
  });
  siren.url = `http://127.0.0.1:${await listen(server)}/horn`;
  siren.close = () => server.close();
  return siren;
}

/** A link to `port` that can be slow (bytes a second of each connection) or cut. */
export async function openLink(port) {
  const link = { slow: 0, cut: false };
  const open = new Set();
  const carry = (from, to) => {
    from.on("data", (bytes) => {
      if (!link.slow) {
        to.write(bytes);
        return;
      }
      from.pause();
      const pieces = Math.max(1, Math.ceil((bytes.length / link.slow) * 10));
      let sent = 0;
      const timer = setInterval(() => {
        const end = Math.min(bytes.length, sent + Math.ceil(bytes.length / pieces));
        to.write(bytes.subarray(sent, end));
        sent = end;
        if (sent < bytes.length) return;
        clearInterval(timer);
        from.resume();
      }, 100);
    });
  };
  const server = createTcpServer((inside) => {
    if (link.cut) {
      inside.destroy();
      return;
    }
    const outside = connect(port, "127.0.0.1");
    for (const [from, to] of [[inside, outside], [outside, inside]]) {
      open.add(from);
      from.on("error", () => {});
      from.on("close", () => {
        open.delete(from);
        to.destroy();
      });
      carry(from, to);
    }
  });
  link.port = await listen(server);
  link.drop = () => {
    for (const socket of open) socket.destroy();
  };
  link.close = () => {
    link.drop();
    server.close();
  };
  return link;
}

/** Calls `heard(event, data, at)` for every event of a node's stream, as it comes. */
export function hearEvents(party, heard) {
  const stream = httpRequest(
    {
      host: "127.0.0.1",
      port: party.port,
      path: "/api/events",
      headers: { authorization: `Bearer ${party.token}` },
    },
    (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("error", () => {});
      response.on("data", (part) => {
        const at = performance.now();
        text += part;
        for (let end; (end = text.indexOf("\n\n")) >= 0; text = text.slice(end + 2)) {
          const event = /^event: (.*)$/m.exec(text.slice(0, end))?.[1];
          const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1];
          if (event && data) heard(event, JSON.parse(data), at);
        }
      });
    },
  );
  stream.on("error", () => {});
  stream.end();
  return () => stream.destroy();
}

/** Brings a flash to `to` over the peers' TLS, in the name of `from`. Gives the status. */
export function bringFlash(from, to, text) {
  return new Promise((done, failed) => {
    const request = httpsRequest(
      {
        host: "127.0.0.1",
        port: to.peerPort,
        path: "/peer/flash",
        method: "POST",
        cert: readFileSync(`${from.data}/keys/tls.pem`),
        key: readFileSync(`${from.data}/keys/tls.key.pem`),
        rejectUnauthorized: false,
        headers: { "content-length": Buffer.byteLength(text) },
      },
      (response) => {
        response.resume();
        response.on("end", () => done(response.statusCode));
      },
    );
    request.on("error", failed);
    request.end(text);
  });
}

/** A STOP that an officer of `party` signs and that is logged nowhere: the text of a flash. */
export function signedStop(party, officer, agreement, { life = 60_000, reason = "by hand" } = {}) {
  const seed = Buffer.from(readFileSync(`${party.data}/keys/${officer}.key`, "utf8").trim(), "hex");
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const payload = JSON.stringify({
    id: randomBytes(16).toString("hex"),
    agreement,
    log: party.originOf(party.name),
    type: "stop.send",
    expires: Date.now() + life,
    refs: [],
    body: { activity: "", reason },
  });
  const type = "application/vnd.detente.stop.send.v1+json";
  const pae = `DSSEv1 ${type.length} ${type} ${Buffer.byteLength(payload)} ${payload}`;
  const sig = sign(null, Buffer.from(pae), key).toString("base64");
  return JSON.stringify({
    payloadType: type,
    payload: Buffer.from(payload).toString("base64"),
    signatures: [{ keyid: `${party.name}/${officer}`, sig }],
  });
}

export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}
