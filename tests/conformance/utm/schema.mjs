// SPDX-License-Identifier: Apache-2.0
//
// The standard's OpenAPI document, utm.yaml, as validators of answers, where it is at hand: in the
// folder that DETENTE_AIRSPACE_DATA names, or in ../shared/data/airspace beside the repository.
//
// Three of its ways are not those of JSON Schema: exclusiveMinimum is a boolean that sharpens
// minimum, as OpenAPI 3.0 has it; the pattern of a UUID escapes hyphens, which a regular expression
// with the flag "u" refuses; and an exchange record requires `request_source`, which is described
// nowhere, so it is not asked for.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const require = createRequire(new URL("../../../web/package.json", import.meta.url));

const kBeside = fileURLToPath(new URL("../../../../shared/data/airspace", import.meta.url));
export const kData = process.env.DETENTE_AIRSPACE_DATA ?? kBeside;
const kFile = `${kData}/utm.yaml`;
const kId = "https://detente.example/utm";
// Answers that the document forgot and every DSS gives.
const kForgotten = { "PUT /dss/v1/uss_availability/{uss_id}": { 409: "400" } };

function plain(node) {
  if (Array.isArray(node)) return node.map(plain);
  if (node === null || typeof node !== "object") return node;
  const out = {};
  for (const [name, value] of Object.entries(node)) out[name] = plain(value);
  for (const [bound, sharp] of [
    ["minimum", "exclusiveMinimum"],
    ["maximum", "exclusiveMaximum"],
  ]) {
    if (typeof out[sharp] !== "boolean") continue;
    if (out[sharp]) out[sharp] = out[bound];
    else delete out[sharp];
  }
  return out;
}

function load() {
  if (!existsSync(kFile)) return undefined;
  const Ajv = require("ajv/dist/2020").default;
  const addFormats = require("ajv-formats").default;
  const { parse } = require("yaml");
  const document = parse(readFileSync(kFile, "utf8"));
  const record = document.components.schemas.ExchangeRecord;
  record.required = record.required.filter((name) => name !== "request_source");
  const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
  addFormats(ajv);
  ajv.addSchema({ $id: kId, components: plain(document.components) });
  const operations = [];
  for (const [path, methods] of Object.entries(document.paths)) {
    const pattern = new RegExp(`^${path.replace(/\{\w+\}/g, "[^/]+")}$`);
    for (const [method, operation] of Object.entries(methods)) {
      if (operation.responses === undefined) continue;
      operations.push({ method: method.toUpperCase(), path, pattern, operation });
    }
  }
  // "query" would fit "{entityid}" too.
  operations.sort((a, b) => a.path.split("{").length - b.path.split("{").length);
  return { ajv, operations };
}

const spec = load();
export const atHand = spec !== undefined;
export let validated = 0;

/** What is wrong with an answer, in words; nothing where the document is not at hand. */
export function faultsOf(method, path, status, body) {
  if (spec === undefined) return [];
  const found = spec.operations.find((one) => one.method === method && one.pattern.test(path));
  if (found === undefined) return [];
  const { responses } = found.operation;
  const like = kForgotten[`${method} ${found.path}`]?.[status];
  const answer = responses[like ?? String(status)];
  if (answer === undefined) return [`${method} ${found.path} has no answer ${status}`];
  ++validated;
  const reference = answer.content?.["application/json"]?.schema?.$ref;
  if (reference === undefined) return body === undefined ? [] : ["a body where there is none"];
  const check = spec.ajv.getSchema(kId + reference);
  if (check(body)) return [];
  return check.errors.map((error) => `${error.instancePath} ${error.message}`);
}
