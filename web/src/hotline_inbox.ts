// SPDX-License-Identifier: Apache-2.0
//
// Messages, the newest conversation first. Each is read in the reader's language, as its form
// renders it, with the original below: what stands in the record is the original. Who has read it
// is shown, and so is a reading that is missing.
import { post } from "./api";
import { h, said, type Child } from "./dom";
import { timeElement } from "./format";
import type { Pin } from "./hotline_map";
import type { Message } from "./hotline_types";
import {
  directionOf,
  formTitle,
  inWords,
  languageName,
  may,
  ownParty,
  spoken,
} from "./hotline_words";
import { language, listText, rich, t } from "./i18n";
import { activityName, askFor, missing, recordLinkOf } from "./parts";
import { mapPoint } from "./plan";
import { activityOf, hotline, isOwn, nameOf, touchBy } from "./store";
import type { Logged } from "./types";
import { title } from "./view_map";

const kThreads = 20;
let shown = kThreads;

interface Thread {
  message: Message;
  replies: Thread[];
  newest: number;
}

/** Replies stand below what they answer; a reply to what is not here stands by itself. */
export function threadsOf(messages: Message[]): Thread[] {
  const all = new Map<string, Thread>(
    messages.map((message) => [
      message.id,
      { message, replies: [], newest: Date.parse(message.sent) },
    ]),
  );
  const roots: Thread[] = [];
  for (const thread of all.values()) {
    const parent = above(all, thread);
    if (parent === undefined) roots.push(thread);
    else parent.replies.push(thread);
  }
  const newest = (thread: Thread): number => {
    thread.replies.sort((a, b) => Date.parse(a.message.sent) - Date.parse(b.message.sent));
    thread.newest = Math.max(thread.newest, ...thread.replies.map(newest));
    return thread.newest;
  };
  roots.forEach(newest);
  return roots.sort((a, b) => b.newest - a.newest);
}

/** What a message answers, unless that leads in a circle. */
function above(all: Map<string, Thread>, thread: Thread): Thread | undefined {
  const parent = all.get(thread.message.reply_to ?? "");
  for (let at = parent, steps = 0; at !== undefined; ++steps) {
    if (at === thread || steps > all.size) return undefined;
    at = all.get(at.message.reply_to ?? "");
  }
  return parent;
}

async function markRead(message: Message): Promise<void> {
  await post<Logged>("/api/read", { party: message.party, index: message.index });
  touchBy("message");
}

function askToRead(message: Message): void {
  askFor({
    title: t("hotline.read.mark"),
    explain: [
      h("p", {}, formTitle(message)),
      h("p", {}, t("hotline.read.explain")),
      h("p", {}, t("dialog.signed")),
    ],
    fields: [],
    button: t("hotline.read.mark"),
    send: () => markRead(message),
  });
}

function original(message: Message): Child {
  const own = message.rendered[language()] !== undefined;
  const typed = message.rendered[message.language as keyof Message["rendered"]];
  const rows: Child[] = [];
  if (own && message.language !== language() && typed !== undefined) {
    rows.push(spoken(typed, message.language, "p"));
  }
  if (message.text !== undefined) {
    rows.push(
      h(
        "p.free-text",
        {},
        h("span.small-text", {}, t("hotline.free_text"), " "),
        spoken(message.text, message.language, "q"),
      ),
    );
  }
  if (rows.length === 0) return null;
  return h(
    "div.original",
    { "data-original": message.id },
    h("p.small-text", {}, t("hotline.original", { language: languageName(message.language) })),
    rows,
  );
}

function reads(message: Message): Child {
  const goals = message.to.length > 0 ? message.to : message.reads.map(({ party }) => party);
  return h(
    "ul.reads",
    {},
    goals.map((party) => {
      const read = message.reads.find((one) => one.party === party);
      return h(
        "li.small-text",
        { "data-read": read === undefined ? "missing" : "yes" },
        read === undefined
          ? missing(t("hotline.not_read", { party: nameOf(party) }))
          : [
              h("span.tick", { "aria-hidden": "true" }, "✓ "),
              rich("hotline.read_by", {
                party: said(nameOf(party)),
                officer: said(read.officer),
                time: timeElement(read.time),
              }),
            ],
      );
    }),
  );
}

/** The places of a message, for the map. */
export function pinsOf(message: Message): Pin[] {
  const pins: Pin[] = [];
  for (const value of Object.values(message.fields)) {
    if (typeof value !== "object") continue;
    pins.push({ at: mapPoint([value.lat_e7, value.lng_e7]), name: value.name ?? "" });
  }
  return pins;
}

const activityLinks = (message: Message): Child =>
  Object.values(message.fields)
    .map((value) => (typeof value === "string" ? activityOf(value) : undefined))
    .filter((activity) => activity !== undefined)
    .map((activity) =>
      h(
        "a",
        { href: `#/activity/${activity.id}`, "data-key": `message-${message.id}-${activity.id}` },
        said(activityName(activity)),
      ),
    );

function acts(message: Message, linked: boolean): Child {
  const rows: Child[] = [];
  if (message.acts.includes("read") && message.index !== null) {
    rows.push(
      h(
        "button.small",
        { type: "button", "data-key": `read-${message.id}`, onclick: () => askToRead(message) },
        t("hotline.read.mark"),
      ),
    );
  }
  if (message.acts.includes("reply") && may("message")) {
    rows.push(
      h(
        "a.button",
        { href: `#/hotline/write?reply=${message.id}`, "data-key": `reply-${message.id}` },
        t("hotline.reply"),
      ),
    );
  }
  rows.push(
    linked && pinsOf(message).length > 0
      ? h(
          "a",
          { href: `#/message/${message.id}`, "data-key": `message-map-${message.id}` },
          t("hotline.on_map"),
        )
      : null,
    activityLinks(message),
    message.index === null
      ? h("span.chip.late", {}, t("hotline.flash"))
      : h("span.small-text", {}, recordLinkOf(message.party, message.index)),
  );
  return h("div.buttons", {}, rows);
}

function messageCard(message: Message, linked = true): HTMLElement {
  const [text, of] = inWords(message.rendered, message.form);
  const mine = isOwn(message.party);
  const unread = !mine && !message.reads.some(({ party }) => party === ownParty());
  return h(
    "article",
    {
      class: `message ${mine ? "mine" : ""} ${unread ? "unread" : ""}`,
      "data-message": message.id,
      "aria-label": t("hotline.message.label", { party: nameOf(message.party) }),
    },
    h(
      "p.small-text",
      {},
      rich("hotline.message.head", {
        from: said(nameOf(message.party)),
        to: listText(message.to.map(nameOf)),
        time: timeElement(message.sent),
      }),
      unread ? h("span.chip.open", {}, t("hotline.unread")) : null,
    ),
    h("h3", {}, formTitle(message)),
    h(
      "p",
      {
        class: "rendered said",
        dir: of === undefined ? "auto" : directionOf(of),
        ...(of === undefined || of === language() ? {} : { lang: of }),
      },
      text,
    ),
    original(message),
    reads(message),
    acts(message, linked),
  );
}

const kDeepest = 3; // replies to replies stand no further in

function threadItem(thread: Thread, depth: number): HTMLElement {
  return h(
    "li",
    {},
    messageCard(thread.message),
    thread.replies.length === 0
      ? null
      : h(
          "ul",
          { class: depth < kDeepest ? "replies" : "replies level" },
          thread.replies.map((reply) => threadItem(reply, depth + 1)),
        ),
  );
}

export function inboxPart(messages: Message[], again: () => void): Child {
  if (messages.length === 0) return h("p.empty", {}, t("hotline.messages.none"));
  const threads = threadsOf(messages);
  const more = threads.length - shown;
  return [
    h(
      "ul.threads",
      { id: "messages" },
      threads.slice(0, shown).map((thread) => threadItem(thread, 1)),
    ),
    more > 0
      ? h(
          "button.small.more",
          {
            type: "button",
            "data-key": "messages-more",
            onclick: () => {
              shown += kThreads;
              again();
            },
          },
          t("side.more", { n: more }),
        )
      : null,
  ];
}

/** One message beside the map. */
export function messageView(id: string): Child {
  const message = messageOf(id);
  return [
    h("p.back", {}, h("a", { href: "#/hotline", "data-key": "back-hotline" }, t("hotline.back"))),
    title(t("hotline.message")),
    message === undefined ? h("p.empty", {}, t("hotline.message.gone")) : messageCard(message, false),
  ];
}

export const messageOf = (id: string): Message | undefined =>
  hotline.value?.messages.find((message) => message.id === id);
