// SPDX-License-Identifier: Apache-2.0
// Which tokens are refused: 401 where a token is missing or wrong, 403 where it lacks the scope.
import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { describe, test } from "node:test";
import { expect, kIntents, SA, SC, sleep, startServer, url64 } from "./harness.mjs";

const server = await startServer();
const { authority } = server;
const uss = server.service("uss1");
const path = `${kIntents}/${randomUUID()}`;
const send = (token) => uss.ask("GET", path, undefined, SC, token);
const now = () => Math.floor(Date.now() / 1000);
const kGood = { alg: "RS256", typ: "JWT" };

async function refused(token, what) {
  const answer = await send(token);
  assert.equal(answer.status, 401, `${what}: ${answer.status} ${answer.text}`);
  assert.ok(answer.body.message.length > 0, what);
  for (const part of token?.split(".").filter((one) => one.length > 16) ?? []) {
    assert.ok(!answer.text.includes(part), `${what}: the answer repeats the token`);
  }
}
const withClaims = (more) => authority.signed(authority.claims("uss1", SC, more));
const withHeader = (header) => authority.signed(authority.claims("uss1", SC), header);

describe("tokens", () => {
  test("a good one passes, also as the schemes of test clients make it", async () => {
    expect(await send(withClaims({})), 404);
    expect(await send(withClaims({ exp: now() + 3600 })), 404);
    expect(await send(withClaims({ aud: ["other.example.org", "localhost"] })), 404);
    expect(await send(withClaims({ nbf: undefined, iat: undefined, jti: undefined })), 404);
    expect(await send(withClaims({ exp: now() + 100.5, iat: now() - 0.5 })), 404);
    expect(await send(withHeader({ alg: "RS256" })), 404);
  });
  test("none, or another scheme", async () => {
    await refused(null, "no header");
    for (const header of ["", "Basic dXNlcjpwYXNz", "Bearer", "Bearer ", "bearer"]) {
      const answer = await fetch(server.base + path, { headers: { Authorization: header } });
      assert.equal(answer.status, 401, header);
    }
  });
  test("what is not a token", async () => {
    for (const text of ["a", "a.b.c", "..", "null", "x".repeat(7000), `${withClaims({})}.x`]) {
      await refused(text, text.slice(0, 20));
    }
    await refused(withClaims({}).slice(0, -10), "cut short");
    await refused(`${withClaims({})}=`, "padding");
  });
  test("every other algorithm", async () => {
    const others = ["none", "None", "HS256", "RS384", "RS512", "PS256", "ES256", "rs256", "", null];
    for (const alg of others) {
      await refused(withHeader({ alg, typ: "JWT" }), `alg ${alg}`);
    }
    await refused(withHeader({ typ: "JWT" }), "no alg");
    const claims = url64(authority.claims("uss1", SC));
    await refused(`${url64({ alg: "none" })}.${claims}.`, "unsigned");
    for (const alg of ["HS256", "RS256"]) {
      const text = `${url64({ alg, typ: "JWT" })}.${claims}`;
      const mac = createHmac("sha256", authority.pem).update(text).digest("base64url");
      await refused(`${text}.${mac}`, `an HMAC with the public key, as ${alg}`);
    }
  });
  test("crit, and members twice", async () => {
    await refused(withHeader({ ...kGood, crit: ["exp"] }), "crit");
    await refused(authority.signed('{"sub":"uss1","sub":"uss2"}'), "sub twice");
    await refused(withHeader('{"alg":"RS256","alg":"none"}'), "alg twice");
  });
  test("another authority's signature, or changed claims", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    await refused(authority.signed(authority.claims("uss1", SC), kGood, privateKey), "a stranger");
    const [header, , signature] = withClaims({}).split(".");
    const claims = url64(authority.claims("uss2", SC));
    await refused(`${header}.${claims}.${signature}`, "other claims");
    const text = `${url64(kGood)}.${claims}`;
    const wrong = sign("sha512", Buffer.from(text), authority.secret).toString("base64url");
    await refused(`${text}.${wrong}`, "another digest");
  });
  test("claims that are missing", async () => {
    for (const name of ["sub", "iss", "exp", "aud"]) {
      await refused(withClaims({ [name]: undefined }), `no ${name}`);
      await refused(withClaims({ [name]: null }), `${name} null`);
    }
    for (const name of ["sub", "iss"]) await refused(withClaims({ [name]: "" }), `${name} empty`);
  });
  test("times", async () => {
    await refused(withClaims({ exp: now() - 60 }), "expired");
    await refused(withClaims({ exp: now() + 3700 }), "too long a life");
    await refused(withClaims({ nbf: now() + 120 }), "not yet valid");
    await refused(withClaims({ iat: now() + 120 }), "issued tomorrow");
    await refused(withClaims({ exp: String(now() + 60) }), "exp as text");
  });
  test("another audience", async () => {
    for (const aud of ["other.example.org", "localhost:8082", "https://localhost", [], ["a"], ""]) {
      await refused(withClaims({ aud }), `aud ${JSON.stringify(aud)}`);
    }
  });
  test("a scope that is missing is 403, in any wrong form 401", async () => {
    for (const scope of [undefined, "", "utm.constraint_processing", `${SC}x`, SC.toUpperCase()]) {
      expect(await send(withClaims({ scope })), 403);
    }
    for (const scope of [[SC], 7, null]) await refused(withClaims({ scope }), `scope ${scope}`);
    expect(await send(withClaims({ scope: `openid ${SA}  profile` })), 404);
  });
  test("a token that was good is refused once it has expired", async () => {
    const token = withClaims({ exp: now() - 28 });
    expect(await send(token), 404);
    await sleep(4000);
    await refused(token, "expired since");
  });
  test("a service cannot act as another by its words", async () => {
    const answer = await uss.ask("PUT", path, { manager: "uss2" }, SC);
    assert.equal(answer.status, 400);
  });
});
