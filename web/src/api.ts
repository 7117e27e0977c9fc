// SPDX-License-Identifier: Apache-2.0
//
// Talking to the node: the token, requests, and errors as sentences.
import { learn } from "./clock";
import { t } from "./i18n";

const kTokenKey = "detente-token";
const kPatienceMs = 20000;

/** What went wrong, as a sentence to show. `own`: the page's words, else the node's English. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly own: boolean;
  /** Where in the request it is wrong, as the node names it. */
  place = "";
  /** The sentence without the place, to stand where it is wrong. */
  brief: string;
  constructor(status: number, code: string, text: string, own = false) {
    super(text);
    this.status = status;
    this.code = code;
    this.own = own;
    this.brief = text;
  }
}

/**
 * Takes the token out of "#token=...", keeps it for this tab only, and removes it from the
 * address, so that it is neither in the history nor sent anywhere but in the header.
 */
export function takeToken(): void {
  const match = /(?:^#|&)token=([^&]*)/.exec(location.hash);
  if (match === null) return;
  setToken(decodeURIComponent(match[1] ?? ""));
  const rest = location.hash.replace(/(^#|&)token=[^&]*&?/, "$1").replace(/&$/, "");
  history.replaceState(
    null,
    "",
    location.pathname + location.search + (rest.length > 1 ? rest : ""),
  );
}

export function setToken(token: string): void {
  if (token === "") sessionStorage.removeItem(kTokenKey);
  else sessionStorage.setItem(kTokenKey, token);
}

export const hasToken = (): boolean => sessionStorage.getItem(kTokenKey) !== null;

export function headers(): Record<string, string> {
  const token = sessionStorage.getItem(kTokenKey);
  return token === null ? {} : { Authorization: `Bearer ${token}` };
}

async function errorOf(response: Response): Promise<ApiError> {
  const fallback = (): ApiError =>
    new ApiError(response.status, "", t("page.status", { status: response.status }), true);
  try {
    const body = (await response.json()) as {
      error?: { code?: string; text?: string; detail?: string; place?: string };
    };
    const { code = "", text, detail, place } = body.error ?? {};
    if (text === undefined) return fallback();
    const more = [detail, place === undefined || place === "" ? undefined : `at ${place}`].filter(
      (part): part is string => part !== undefined && part !== "",
    );
    const error = new ApiError(
      response.status,
      code,
      more.length > 0 ? `${text} (${more.join(", ")})` : text,
    );
    error.place = place ?? "";
    error.brief = detail === undefined || detail === "" ? text : `${text} (${detail})`;
    return error;
  } catch {
    return fallback();
  }
}

async function answerOf(
  path: string,
  init: RequestInit,
  patienceMs = kPatienceMs,
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, {
      ...init,
      cache: "no-store",
      signal: AbortSignal.timeout(patienceMs),
    });
  } catch {
    throw new ApiError(0, "unreachable", t("page.unreachable"), true);
  }
  if (!response.ok) throw await errorOf(response);
  return response;
}

async function ask<T>(path: string, init: RequestInit, patienceMs?: number): Promise<T> {
  const response = await answerOf(path, init, patienceMs);
  const body = (await response.json()) as T & { now?: string };
  if (typeof body.now === "string") learn(body.now);
  return body;
}

export const get = <T>(path: string): Promise<T> => ask<T>(path, { headers: headers() });

/** A file of the node, byte for byte. */
export async function getFile(path: string): Promise<Blob> {
  return (await answerOf(path, { headers: headers() })).blob();
}

/** Hands a file to the reader under a name. */
export function save(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/** `patienceMs`: for what takes the node longer than usual. */
export const post = <T>(path: string, body: unknown, patienceMs?: number): Promise<T> =>
  ask<T>(
    path,
    {
      method: "POST",
      headers: { ...headers(), "Content-Type": "application/json" },
      body: JSON.stringify(body),
    },
    patienceMs,
  );

export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
