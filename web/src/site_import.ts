// SPDX-License-Identifier: Apache-2.0
//
// Importing a list of sites from a file. The node looks at every row first and says what is
// doubtful; then the whole list is signed and logged, or nothing of it. A change of the file or of
// the form asks for a new look.
import { getFile, post, save } from "./api";
import { nodeNow } from "./clock";
import { english, h, said, show, type Child } from "./dom";
import { labelled, tellFault, textInput, timeOrFault } from "./hotline_fields";
import { known, language, numberText, t } from "./i18n";
import { errorLine } from "./parts";
import { timeLine } from "./plan";
import { proxyChoice, recipientBoxes, recipients, standing, word } from "./protection_parts";
import { touchProtection } from "./protection_store";
import type { ListRow, ListVerdict, SiteImport } from "./protection_types";
import { touchBy } from "./store";
import { title } from "./view_map";

const kDayMs = 86400000;
const kOfferedDays = 180;
const kFileBytes = 6 << 20; // the node takes 8 MiB of base64 and what stands around it
const kRowsShown = 300;
const kPatienceMs = 120000;
const kFormats: Record<string, string> = {
  csv: "csv",
  geojson: "geojson",
  json: "geojson",
  kml: "kml",
  kmz: "kml",
  xlsx: "xlsx",
};
export const kListFiles = Object.keys(kFormats).map((name) => `.${name}`).join(",");

export interface ListFile {
  name: string;
  format: string;
  base64: string;
}

/** The file as a request has it, or the name of the text that says what is wrong with it. */
export async function readListFile(file: File): Promise<ListFile | "prot.import.format" | "prot.import.large"> {
  const format = kFormats[file.name.toLowerCase().split(".").pop() ?? ""];
  if (format === undefined) return "prot.import.format";
  if (file.size > kFileBytes) return "prot.import.large";
  const address = await new Promise<string>((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(String(reader.result)));
    reader.addEventListener("error", () => reject(new Error(t("prot.import.unread"))));
    reader.readAsDataURL(file);
  });
  return { name: file.name, format, base64: address.slice(address.indexOf(",") + 1) };
}

// --- What the node says of the rows ---------------------------------------------------------------

const kGrave = ["fault", "doubt"];

function verdictLine(one: ListVerdict): HTMLElement {
  const key = `prot.check.${one.code}`;
  const own = language() !== "en" && known(key) ? h("span", {}, t(key), " ") : null;
  return h("p.small-text", { "data-code": one.code }, own, english(one.text));
}

function rowLine(row: ListRow): HTMLElement {
  return h(
    "tr",
    { "data-row": row.number, "data-worst": row.worst },
    h("th", { scope: "row" }, numberText(row.number)),
    h("td", {}, row.name === "" ? t("prot.unknown") : said(row.name)),
    h(
      "td",
      {},
      h("span", { class: `chip verdict-${row.worst}` }, word("verdict", row.worst)),
      row.verdicts.filter(({ verdict }) => kGrave.includes(verdict)).map(verdictLine),
    ),
  );
}

/** What nobody could look at, once for each kind with the number of rows. */
function notChecked(answer: SiteImport): Child {
  const kinds = new Map<string, { n: number; text: string }>();
  for (const row of answer.rows) {
    for (const { code, verdict, text } of row.verdicts) {
      if (verdict !== "not_checked") continue;
      const at = kinds.get(code) ?? { n: 0, text };
      kinds.set(code, { ...at, n: at.n + 1 });
    }
  }
  if (kinds.size === 0) return null;
  return [
    h("p", {}, t("prot.import.not_checked")),
    h(
      "ul",
      { id: "list-not-checked" },
      [...kinds].map(([code, { n, text }]) =>
        h("li", { "data-code": code }, word("what", code), ": ", t("prot.import.rows", { n }), " ", english(text)),
      ),
    ),
  ];
}

/** The verdicts of a list: what is grave by row, what was not checked by kind. */
export function listVerdicts(answer: SiteImport): Child {
  const grave = answer.rows.filter(({ worst }) => kGrave.includes(worst));
  const state = answer.faults > 0 ? "bad" : answer.doubts > 0 ? "warn" : "good";
  return [
    h(
      "p",
      { class: `plan-status ${state}`, id: "list-status", "data-state": state },
      answer.faults > 0
        ? t("prot.import.bad", { n: answer.faults })
        : answer.doubts > 0
          ? t("prot.import.warn", { n: answer.doubts })
          : t("prot.import.good"),
    ),
    h("p", { id: "list-count" }, t("prot.import.count", { n: answer.rows.length })),
    answer.passed_over.length === 0
      ? null
      : h("p.small-text", { id: "list-passed" }, t("prot.import.passed"), " ", said(answer.passed_over.join(", "))),
    grave.length === 0
      ? null
      : h(
          "div.scroll",
          { tabindex: 0, role: "region", "aria-label": t("prot.import.table"), "data-scroll": "list-rows" },
          h(
            "table.wide-table",
            {},
            h(
              "thead",
              {},
              h(
                "tr",
                {},
                h("th", { scope: "col" }, t("prot.import.row")),
                h("th", { scope: "col" }, t("prot.field.name")),
                h("th", { scope: "col" }, t("prot.import.verdict")),
              ),
            ),
            h("tbody", {}, grave.slice(0, kRowsShown).map(rowLine)),
          ),
        ),
    grave.length > kRowsShown
      ? h("p.small-text", {}, t("prot.import.more", { n: grave.length - kRowsShown }))
      : null,
    notChecked(answer),
  ];
}

// --- The form -------------------------------------------------------------------------------------

interface ImportDraft {
  file: ListFile | undefined;
  expires: string;
  proxy: string;
  to: Set<string>;
  looked: SiteImport | undefined; // of this very draft
  knows: boolean;
  busy: "" | "checking" | "logging";
  done: SiteImport | undefined;
}

let draft: ImportDraft | undefined;
let root: HTMLElement | undefined;

const fresh = (): ImportDraft => ({
  file: undefined,
  expires: timeLine((nodeNow() ?? 0) + kOfferedDays * kDayMs).slice(0, 16),
  proxy: "",
  to: new Set(),
  looked: undefined,
  knows: false,
  busy: "",
  done: undefined,
});

function changed(from: ImportDraft): void {
  from.looked = undefined;
  from.knows = false;
  drawState();
}

/** The request's members beside the file; a fault stands at its field. */
function common(from: ImportDraft): Record<string, unknown> | undefined {
  const time = timeOrFault(from.expires);
  tellFault("list-expires", "fault" in time ? time.fault : undefined);
  tellFault("list-to", from.to.size === 0 ? t("prot.fault.to") : undefined);
  tellFault("list-file", from.file === undefined ? t("prot.import.choose") : undefined);
  if ("fault" in time || from.to.size === 0 || from.file === undefined) return undefined;
  return {
    format: from.file.format,
    base64: from.file.base64,
    to: recipients().map(({ id }) => id).filter((id) => from.to.has(id)),
    ...(from.proxy === "" ? {} : { proxy: from.proxy }),
    expires: time.time,
  };
}

async function ask(from: ImportDraft, dryRun: boolean): Promise<void> {
  if (from.busy !== "") return;
  const body = common(from);
  if (body === undefined) return;
  const file = from.file;
  from.busy = dryRun ? "checking" : "logging";
  drawState();
  try {
    const answer = await post<SiteImport>("/api/sites/import", { ...body, dry_run: dryRun }, kPatienceMs);
    from.busy = "";
    if (draft !== from || from.file !== file) return;
    if (answer.imported) from.done = answer;
    else from.looked = answer;
    if (answer.imported) {
      touchProtection();
      touchBy("log");
    }
    drawState();
  } catch (error) {
    from.busy = "";
    drawState(errorLine(error));
  }
}

function progress(from: ImportDraft): Child {
  if (from.busy === "") return null;
  const n = from.looked?.rows.length ?? 0;
  return h(
    "div",
    { id: "list-progress", role: "status" },
    h("p", {}, from.busy === "checking" ? t("prot.import.checking") : t("prot.import.logging", { n })),
    h("progress", { "aria-label": t("prot.import.progress") }),
  );
}

function finished(answer: SiteImport): Child {
  const [first] = answer.keys;
  return h(
    "div",
    { id: "list-done" },
    h("p.plan-status.good", { role: "status" }, t("prot.import.done", { n: answer.keys.length })),
    h("p", {}, t("prot.second.after_list")),
    h(
      "p.buttons",
      {},
      h("a.button", { href: "#/sites" }, t("prot.import.to_list")),
      first === undefined
        ? null
        : h("a.button", { href: `#/sites/${encodeURIComponent(first)}` }, t("prot.import.to_first")),
      h(
        "button",
        {
          type: "button",
          "data-key": "list-again",
          onclick: () => {
            draft = undefined;
            remake();
          },
        },
        t("prot.import.another"),
      ),
    ),
  );
}

function state(from: ImportDraft): Child {
  if (from.done !== undefined) return finished(from.done);
  const answer = from.looked;
  const ready = answer !== undefined && answer.faults === 0 && answer.sites > 0;
  const knows = h("input", { type: "checkbox", id: "list-know", checked: from.knows });
  knows.addEventListener("change", () => {
    from.knows = knows.checked;
    drawState();
  });
  return [
    progress(from),
    answer === undefined ? null : listVerdicts(answer),
    ready && answer.doubts > 0 ? h("label.check", {}, knows, h("span", {}, t("prot.import.know"))) : null,
    ready
      ? h(
          "div.buttons",
          {},
          h(
            "button.primary",
            {
              type: "button",
              id: "list-send",
              "data-key": "list-send",
              disabled: from.busy !== "" || (answer.doubts > 0 && !from.knows),
              onclick: () => void ask(from, false),
            },
            t("prot.import.send", { n: answer.sites }),
          ),
          h("span.small-text", {}, t("prot.import.whole"), " ", t("dialog.signed")),
        )
      : null,
  ];
}

function drawState(trouble?: HTMLElement): void {
  const place = document.getElementById("list-state");
  if (place === null || draft === undefined) return;
  show(place, trouble ?? null, state(draft));
  const check = document.getElementById("list-check") as HTMLButtonElement | null;
  if (check !== null) check.disabled = draft.busy !== "";
}

function form(from: ImportDraft): HTMLElement {
  const file = h("input", { id: "list-file", type: "file", accept: kListFiles });
  file.addEventListener("change", () => {
    const chosen = file.files?.[0];
    from.file = undefined;
    changed(from);
    if (chosen === undefined) return;
    void readListFile(chosen)
      .then((read) => {
        tellFault("list-file", typeof read === "string" ? t(read) : undefined);
        if (typeof read !== "string") from.file = read;
      })
      .catch((error: unknown) => drawState(errorLine(error)));
  });
  const expires = textInput("list-expires", from.expires, (value) => {
    from.expires = value;
    changed(from);
  }, { dir: "ltr" });
  const proxy = proxyChoice("list-proxy", from.proxy, (value) => {
    from.proxy = value;
    changed(from);
  });
  return h(
    "form",
    {
      id: "list-form",
      novalidate: true,
      onsubmit: (event) => {
        event.preventDefault();
        void ask(from, true);
      },
    },
    h(
      "div.fields",
      {},
      labelled(file, t("prot.import.file"), { wide: true, hint: t("prot.import.file.hint") }),
      labelled(expires, t("prot.expires"), { hint: t("prot.import.expires.hint") }),
      labelled(proxy, t("prot.proxy.choose"), { hint: t("prot.proxy.hint") }),
      h("div.wide", {}, recipientBoxes("list-to", from.to, () => changed(from))),
    ),
    h(
      "div.buttons",
      {},
      h("button.primary", { type: "submit", id: "list-check" }, t("prot.import.check")),
      h("a", { href: "#/sites", "data-key": "list-back" }, t("dialog.cancel")),
    ),
    h("div", { id: "list-state", "aria-live": "polite" }, state(from)),
  );
}

function remake(): void {
  if (root === undefined) return;
  draft ??= fresh();
  show(root, form(draft));
}

export function siteImportView(): Child {
  draft ??= fresh();
  root ??= h("div", { id: "import-root" }, form(draft));
  return [
    title(t("prot.import"), t("prot.sites.title")),
    standing(),
    h("p", {}, t("prot.import.explain")),
    root,
  ];
}

export const siteImportShown = (): boolean => root?.isConnected === true;

/** The reader goes to another view: what was chosen stays, but what is over. */
export function leaveSiteImport(): void {
  root = undefined;
  if (draft?.done !== undefined) draft = undefined;
}

// --- Export ---------------------------------------------------------------------------------------

const kExports = ["csv", "geojson", "kml", "xlsx"];

/** Every open entry as a file, with the standing sentences in it. */
export function exportButtons(): HTMLElement {
  const trouble = h("div", { id: "export-trouble", "aria-live": "assertive" });
  const get = async (format: string, button: HTMLButtonElement): Promise<void> => {
    button.disabled = true;
    try {
      save(await getFile(`/api/sites/export?format=${format}`), `protected-sites.${format}`);
      show(trouble);
    } catch (error) {
      show(trouble, errorLine(error));
    }
    button.disabled = false;
  };
  return h(
    "div",
    { id: "site-export" },
    h(
      "div.buttons",
      {},
      h("span", {}, t("prot.export")),
      kExports.map((format) => {
        const button = h(
          "button.small",
          { type: "button", "data-key": `export-${format}`, onclick: () => void get(format, button) },
          t(`prot.export.${format as "csv"}`),
        );
        return button;
      }),
    ),
    h("p.small-text", {}, t("prot.export.explain")),
    trouble,
  );
}
