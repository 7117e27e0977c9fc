// SPDX-License-Identifier: Apache-2.0
//
// The live stream of a node. EventSource cannot send a header, so the stream is read with fetch;
// after a break it is opened again, each time a little later.
import { headers } from "./api";
import { learn } from "./clock";

export interface LiveEvent {
  name: string;
  data: Record<string, unknown>;
}

const kFirstWaitMs = 500;
const kLongestWaitMs = 15000;
const kSilenceMs = 45000; // nothing at all for this long: the line is taken for dead
const kLineCharsMax = 1 << 20;

export function listen(onEvent: (event: LiveEvent) => void, onLine: (open: boolean) => void): void {
  let wait = kFirstWaitMs;
  const again = (): void => {
    onLine(false);
    setTimeout(run, wait);
    wait = Math.min(kLongestWaitMs, wait * 2);
  };
  const run = (): void => {
    read(onEvent, () => {
      wait = kFirstWaitMs;
      onLine(true);
    }).then(again, again);
  };
  run();
}

async function read(onEvent: (event: LiveEvent) => void, opened: () => void): Promise<void> {
  const abort = new AbortController();
  let timer = setTimeout(() => abort.abort(), kSilenceMs);
  const alive = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => abort.abort(), kSilenceMs);
  };
  try {
    const response = await fetch("/api/events", {
      headers: { ...headers(), Accept: "text/event-stream" },
      cache: "no-store",
      signal: abort.signal,
    });
    if (!response.ok || response.body === null) return;
    opened();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const parser = new EventParser(onEvent);
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      alive();
      parser.feed(value);
    }
  } finally {
    clearTimeout(timer);
  }
}

/** The line format of server-sent events (WHATWG HTML, section 9.2). */
export class EventParser {
  private rest = "";
  private name = "";
  private data: string[] = [];
  constructor(private readonly onEvent: (event: LiveEvent) => void) {}

  feed(text: string): void {
    this.rest += text;
    const lines = this.rest.split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop() ?? "";
    if (this.rest.length > kLineCharsMax) this.rest = "";
    for (const line of lines) this.line(line);
  }

  private line(line: string): void {
    if (line === "") return this.dispatch();
    if (line.startsWith(":")) return;
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.name = value;
    else if (field === "data") this.data.push(value);
  }

  private dispatch(): void {
    const [name, text] = [this.name || "message", this.data.join("\n")];
    this.name = "";
    this.data = [];
    if (text === "") return;
    try {
      const data = JSON.parse(text) as Record<string, unknown>;
      if (typeof data["now"] === "string") learn(data["now"]);
      this.onEvent({ name, data });
    } catch {
      // An event that cannot be read changes nothing; the next answer of the node will.
    }
  }
}
