// SPDX-License-Identifier: Apache-2.0
//
// docs/api/openapi.yaml as validators of answers (JSON Schema 2020-12).
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const Ajv = require("ajv/dist/2020").default;
const addFormats = require("ajv-formats").default;
const { parse } = require("yaml");

const kFile = new URL("../../docs/api/openapi.yaml", import.meta.url);
const kId = "https://detente.example/openapi";
export const document = parse(readFileSync(kFile, "utf8"));

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats(ajv);
// The members of an OpenAPI document that are no schemas are only walked through by references.
ajv.addSchema({ $id: kId, components: document.components, paths: document.paths });

const escape = (text) => text.replaceAll("~", "~0").replaceAll("/", "~1");

/** Where the document describes the JSON body of an answer: a pointer, or undefined. */
function pointerOf(path, method, status) {
  const answer = document.paths[path]?.[method]?.responses?.[String(status)];
  if (answer === undefined) return undefined;
  const base = answer.$ref
    ? answer.$ref.slice(1)
    : `/paths/${escape(path)}/${method}/responses/${status}`;
  const found = base
    .slice(1)
    .split("/")
    .reduce((at, part) => at?.[part.replaceAll("~1", "/").replaceAll("~0", "~")], document);
  return found?.content?.["application/json"] && `${base}/content/application~1json/schema`;
}

/** What is wrong with an answer, in words; an empty list if nothing is. */
export function faultsOf(path, method, status, body) {
  const pointer = pointerOf(path, method, status);
  if (pointer === undefined) return [`the document has no answer ${status} for ${method} ${path}`];
  const validate = ajv.getSchema(`${kId}#${pointer}`);
  if (validate === undefined) return [`the document has no schema at ${pointer}`];
  if (validate(body)) return [];
  return validate.errors.map(
    ({ instancePath, message, params }) =>
      `${instancePath || "/"} ${message} ${JSON.stringify(params)}`,
  );
}

/** The document's path that a request path is one of, with its method. */
export function operationOf(requestPath) {
  for (const path of Object.keys(document.paths)) {
    const pattern = path.replace(/\{[^}]+\}/g, "[^/]+");
    if (new RegExp(`^${pattern}$`).test(requestPath)) return path;
  }
  return undefined;
}
