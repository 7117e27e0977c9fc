// SPDX-License-Identifier: Apache-2.0
// What a DSS answers beside the standard: whether it runs, which one it is, whose token this is.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { expect, SC, startServer } from "./harness.mjs";

const server = await startServer();
const uss = server.service("uss1");

describe("aux: token validation", () => {
  test("validate", async () => {
    expect(await uss.get("/aux/v1/validate_oauth"), 200);
  });
  test("validate_token_good_user", async () => {
    expect(await uss.get("/aux/v1/validate_oauth?owner=uss1"), 200);
  });
  test("validate_token_bad_user", async () => {
    expect(await uss.get("/aux/v1/validate_oauth?owner=bad_user"), 403);
    expect(await uss.ask("GET", "/aux/v1/validate_oauth", undefined, SC, null), 401);
  });
});

describe("aux: version", () => {
  test("version", async () => {
    assert.ok(expect(await uss.get("/aux/v1/version"), 200).version);
  });
  test("healthy needs no token", async () => {
    const answer = await uss.ask("GET", "/healthy", undefined, SC, null);
    assert.equal(answer.status, 200);
    assert.equal(answer.text, "ok");
  });
});

describe("paths and methods", () => {
  test("what is not of the interface is not there", async () => {
    for (const path of ["/", "/dss", "/dss/v1/", "/dss/v1/flights", "/dss/v2/reports"]) {
      expect(await uss.get(path), 404);
    }
  });
  test("a method that a path does not have is refused", async () => {
    for (const method of ["PATCH", "DELETE", "POST"]) {
      const path = "/dss/v1/uss_availability/uss1";
      const answer = await fetch(server.base + path, {
        method,
        headers: { Authorization: `Bearer ${server.authority.token("uss1", SC)}` },
      });
      assert.ok([403, 404, 405, 501].includes(answer.status), `${method}: ${answer.status}`);
    }
  });
});
