// SPDX-License-Identifier: Apache-2.0
//
// The page in its three languages. The catalogues are compared as data; then every view is walked
// in Russian and in Arabic, and every Latin word that is neither a name of the fixture nor marked
// as English is an error: so a text that was written into a view and not into a catalogue is seen.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { go, mapIdle, picture, ready, startBrowser, stopBrowser, withPage } from "./browser.mjs";
import { agreementIn, kAgreement } from "./fixture/world.mjs";
import { inLanguage, latinWords, namesOf, openAll } from "./words.mjs";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const kSource = fileURLToPath(new URL("../../web/src/", import.meta.url));
const kForms = {
  en: ["one", "other"],
  ru: ["one", "few", "many", "other"],
  ar: ["zero", "one", "two", "few", "many", "other"],
};
const kLanguages = Object.keys(kForms);

before(startBrowser);
after(stopBrowser);

const sources = readdirSync(kSource).filter((name) => name.endsWith(".ts"));
const sourceOf = (name) => readFileSync(`${kSource}${name}`, "utf8");
const names = readdirSync(`${kSource}texts`)
  .filter((name) => name.endsWith(".en.ts"))
  .map((name) => name.replace(".en.ts", ""));

/** { common: { en: {...}, ru: {...}, ar: {...} }, ... } */
async function catalogues() {
  const lines = names.flatMap((name) =>
    kLanguages.map((language) => `export * as ${name}_${language} from "./texts/${name}.${language}";`),
  );
  const { outputFiles } = await require("esbuild").build({
    stdin: { contents: lines.join("\n"), resolveDir: kSource, loader: "ts" },
    bundle: true,
    format: "esm",
    write: false,
  });
  const code = Buffer.from(outputFiles[0].contents).toString("base64");
  const all = await import(`data:text/javascript;base64,${code}`);
  return Object.fromEntries(
    names.map((name) => [
      name,
      Object.fromEntries(
        kLanguages.map((language) => [language, Object.values(all[`${name}_${language}`])[0]]),
      ),
    ]),
  );
}

const strings = (text) => (typeof text === "string" ? [text] : Object.values(text));
const params = (text) =>
  [...new Set(strings(text).flatMap((one) => one.match(/\{\w+\}/g) ?? []))].sort();

test("the catalogues have the same keys, parameters and every plural form", async () => {
  const seen = new Set();
  for (const [name, one] of Object.entries(await catalogues())) {
    for (const language of ["ru", "ar"]) {
      assert.deepEqual(Object.keys(one[language]).sort(), Object.keys(one.en).sort(), name);
    }
    for (const key of Object.keys(one.en)) {
      assert.ok(!seen.has(key), `${key} stands in two catalogues`);
      seen.add(key);
      // A form for one or two of a thing may say the number in a word.
      const wanted = params(one.en[key]).filter((param) => param !== "{n}");
      for (const language of kLanguages) {
        const text = one[language][key];
        assert.deepEqual(
          params(text).filter((param) => param !== "{n}"),
          wanted,
          `${key}, ${language}`,
        );
        if (typeof text === "string") continue;
        assert.deepEqual(Object.keys(text), kForms[language], `${key}, ${language}`);
        for (const form of ["many", "other"].filter((known) => known in text)) {
          const needs = typeof one.en[key] === "string" || params(one.en[key]).includes("{n}");
          if (needs) assert.ok(/\{n\}|^\.?$/.test(text[form]), `${key}, ${language}, ${form}`);
        }
      }
    }
  }
  assert.ok(seen.size > 400, `${seen.size} texts`);
});

test("each language is written in its own script, and answers are never approvals", async () => {
  const kNames =
    /\{\w+\}|\bGeoJSON\b|\bCSV\b|\bKM[LZ]\b|\bXLSX\b|\.(csv|geojson|json|kml|kmz|xlsx)\b|name, category, function, latitude, longitude|\bSTOP\b|UTC|\bUTM\b|\bUSS\b|\bMGRS\b|ASTM F3548|\d+[NE]|SHA-256|Ed25519|WebGL|GeoNames|JSON|base64|\bEnter\b|\bEsc\b|WGS ?84|\bSTD\b|\bMSL\b|\bFL\b|Natural Earth|detente-verify|\.?tlog-proof/g;
  const kWrong = {
    en: /\b(approv|deny|denied|denies)/i,
    ru: /одобр|утвержда|отказан/i,
    ar: /(?<!إلى )موافق|وافق عل|رفض/,
  };
  for (const [name, one] of Object.entries(await catalogues())) {
    for (const language of kLanguages) {
      for (const [key, text] of Object.entries(one[language])) {
        for (const said of strings(text)) {
          const where = `${name} ${key}, ${language}: ${said}`;
          assert.doesNotMatch(said, kWrong[language], where);
          if (language === "en") continue;
          assert.doesNotMatch(said.replace(kNames, ""), /[A-Za-z]{2,}/, where);
          if (language === "ar") assert.doesNotMatch(said, /[\u0400-\u04ff]/, where);
          else assert.doesNotMatch(said, /[\u0600-\u06ff]/, where);
        }
      }
    }
  }
});

test("every catalogue is used by the page, and every text of it", async () => {
  const all = [...sources, "index.html"].map(sourceOf).join("\n");
  for (const name of names) {
    for (const language of kLanguages) {
      assert.ok(all.includes(`"./texts/${name}.${language}"`), `${name}.${language}`);
    }
  }
  // A name may be put together: `step.${name}.means`, or word("state", name).
  const made = [
    ...[...all.matchAll(/`([\w.]*(?:\$\{[^}]*\}[\w.]*)+)`/g)].map(([, text]) => text),
    ...[...all.matchAll(/\bword\("([\w.]+)"/g)].map(([, group]) => `${group}.\${name}`),
  ]
    .filter((text) => /^[a-z][\w.]*\.\$|\}\.[a-z]+$/.test(text))
    .map((text) => {
      const parts = text.split(/\$\{[^}]*\}/).map((part) => part.replaceAll(".", "\\."));
      return new RegExp(`^${parts.join("[\\w.]+")}$`);
    });
  const idle = Object.values(await catalogues())
    .flatMap((one) => Object.keys(one.en))
    .filter((key) => !all.includes(`"${key}"`) && !made.some((pattern) => pattern.test(key)));
  assert.deepEqual(idle, []);
});

test("no source but a catalogue holds words for the reader", () => {
  const kNoText = [
    /^(import|export)\b/, // names of modules
    /\b(new Error|console\.error)\(/, // for those who build the page
    /class(Name)?\b|querySelector|\.matches|\.closest/,
  ];
  const wrong = [];
  for (const name of sources.filter((one) => !one.endsWith(".d.ts"))) {
    const code = sourceOf(name).replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, "$1");
    for (const line of code.split("\n")) {
      if (kNoText.some((pattern) => pattern.test(line.trim()))) continue;
      for (const [literal, text] of line.matchAll(/(?<![\w`])"((?:[^"\\]|\\.)*)"/g)) {
        // Two words one after the other, or one word that begins like a sentence.
        const prose = /[A-Za-z]{2,}[,.:;]? [A-Za-z]{2,}/.test(text);
        if (prose || /^[A-Z][a-z]+[.:]?$/.test(text)) wrong.push([text, `${name}: ${literal}`]);
      }
    }
  }
  const kKnown = new Set([
    ...["Polygon", "Feature", "Point", "FeatureCollection"], // GeoJSON
    ...["Authorization", "Content-Type"],
    ...["Enter", "Escape", "Home", "End", "Tab"], // keys
    "(prefers-color-scheme: dark)",
    "English", // as the language calls itself
    "GeoNames, CC BY 4.0", // as its licence asks
  ]);
  assert.deepEqual(
    wrong.filter(([text]) => !kKnown.has(text)).map(([, where]) => where),
    [],
  );
});

test("the walk itself sees a text that was written into a view", async () => {
  await withPage({ prepare: inLanguage("ar") }, async (page, fixture) => {
    await ready(page);
    const known = namesOf(fixture);
    assert.deepEqual((await page.evaluate(latinWords, known)).found, []);
    await page.evaluate(() => {
      const wrong = document.createElement("p");
      wrong.textContent = "Northern Air Coordination concurred";
      wrong.title = "اتفاق unclear";
      document.querySelector("#main").append(wrong);
    });
    const { found } = await page.evaluate(latinWords, known);
    assert.equal(found.length, 2);
    assert.match(found[0], /\[concurred\]/);
    assert.match(found[1], /@title.*\[unclear\]/);
  });
});

for (const language of ["ru", "ar"]) {
  test(`nothing on any view is English where the reader chose another language: ${language}`, async () => {
    await withPage({ prepare: inLanguage(language) }, async (page, fixture) => {
      await ready(page);
      await mapIdle(page);
      await page.waitForSelector("body[data-line=open]");
      await openAll(page);
      let texts = 0;
      const walk = async (where) => {
        const walked = await page.evaluate(latinWords, namesOf(fixture));
        texts += walked.texts;
        assert.deepEqual(walked.found, [], `${language}, ${where}`);
      };
      const { activities, findings, tracks } = fixture.world;
      const views = [
        "#/map",
        ...activities.map(({ id }) => `#/activity/${id}`),
        ...findings.map(({ id }) => `#/finding/${id}`),
        ...tracks.map(({ address }) => `#/aircraft/${address}`),
        "#/area/P1",
        "#/area/gone",
        "#/record",
        "#/record/north",
        "#/record/south/12",
        `#/record/north/${activities[0].index}`,
        "#/agreement",
        "#/plan",
        `#/activity/${"0".repeat(32)}`,
        "#/hotline",
        "#/hotline/warn",
        `#/hotline/warn?activity=${activities[1].id}`,
        "#/hotline/write",
        `#/hotline/write?reply=${fixture.hotline.messages[0].id}`,
        `#/warning/${fixture.hotline.warnings[0].id}`,
        "#/warning/gone",
        `#/message/${fixture.hotline.messages[2].id}`,
        "#/message/gone",
        "#/utm",
      ];
      for (const hash of views) {
        await go(page, hash);
        await page.waitForTimeout(250);
        await openAll(page);
        await walk(hash);
        if (/record\/north\/\d/.test(hash)) {
          await page.waitForSelector("#receipt-line");
          for (const [button, verdict] of [
            ["#check-proof", "ok"],
            ["#check-tampered", "bad"],
          ]) {
            await page.click(button);
            await page.waitForSelector(`.verdict.${verdict}`);
            await walk(`a proof: ${verdict}`);
          }
        }
      }
      // Everything that is not as it should be.
      fixture.world.withheld.push({ log: "north", by: "south", after: "2016-08-15T00:00:00Z" });
      fixture.world.gaps.push({ log: "south", party: "monitor", from: fixture.world.now(), contacts: 2 });
      fixture.world.forked = "south";
      fixture.world.catchingUp = { log: "monitor", state: { from: "south", done: 5, total: 90 } };
      fixture.world.findFork();
      fixture.world.evidence.push(
        { ...fixture.world.evidence[0], checked: false, held: false },
        { ...fixture.world.evidence[0], resolved: true, certainty: "attested" },
      );
      fixture.world.linkStates = { south: "cut", monitor: "never" };
      fixture.emit("evidence");
      fixture.emit("link");
      await page.waitForSelector(".link-never");
      await go(page, "#/record");
      for (const state of ["fenced", "rebuilding", "forked", "halted", "damaged"]) {
        fixture.world.node = { state };
        fixture.emit("log", {});
        await page.waitForSelector(`.node-state.${state}`);
        await openAll(page);
        await walk(`the record with evidence, gaps and a node that is ${state}`);
      }
      await go(page, "#/record/south/12");
      await page.waitForSelector("#receipt-missing");
      await walk("an entry with missing steps");
      // Dialogs of every act, and STOP on both sides.
      fixture.receiveStop("Наш самолёт в коридоре. طائرتنا في الممر");
      await page.waitForSelector(".alarm.loud");
      await walk("an alarm");
      await page.click("[data-key^=ack-]");
      await page.waitForSelector("dialog[open]");
      await walk("acknowledging STOP");
      await page.keyboard.press("Escape");
      fixture.world.stops[0].overdue = true;
      fixture.world.stops[0].acks.push({
        party: "north",
        officer: "north/duty-1",
        time: fixture.world.now(),
      });
      fixture.world.addStop("north", "سبب");
      fixture.emit("stop");
      await page.waitForSelector(".alarm.waits");
      await walk("own STOP, and one that was acknowledged");
      await page.click("[data-key^=lift-]");
      await page.waitForSelector("dialog[open]");
      await walk("lifting STOP");
      await page.keyboard.press("Escape");
      await page.click("#stop");
      await page.waitForSelector("dialog[open]");
      await walk("sending STOP");
      await page.keyboard.press("Escape");
      const acts = ["concur", "object", "withdraw", "activate", "end", "read"];
      activities[1].can = acts;
      fixture.emit("activity", {});
      await go(page, `#/activity/${activities[1].id}`);
      for (const act of acts) {
        await page.click(`[data-key=do-${act}]`);
        await page.waitForSelector("dialog[open]");
        await walk(act);
        await page.keyboard.press("Escape");
        await page.waitForSelector("dialog", { state: "detached" });
      }
      // Times of the map, and feeds that are silent.
      await go(page, "#/map");
      for (const key of ["ArrowRight", "Home", "End"]) {
        await page.focus("#time");
        await page.keyboard.press(key);
        await walk(`the map's time after ${key}`);
      }
      await page.click("#time-now");
      fixture.advance(6 * 60000);
      await page.waitForSelector("#silence:not([hidden])");
      await walk("silent feeds");
      fixture.quiet = true;
      fixture.world.activities = [];
      fixture.world.findings = [];
      fixture.world.waiting = () => [];
      for (const name of ["tracks", "activity", "finding"]) fixture.emit(name, {});
      await page.waitForSelector("#waiting-list .empty");
      await page.waitForTimeout(900);
      await walk("empty lists");
      assert.ok(texts > 50000, `${texts} characters`);
    });
  });
}

test("without a token, and when the node does not answer, the reader's language is spoken too", async () => {
  await withPage({ hash: "", prepare: inLanguage("ar") }, async (page, fixture) => {
    await page.waitForSelector("#token");
    assert.deepEqual((await page.evaluate(latinWords, namesOf(fixture))).found, []);
    await page.fill("#token", "abc");
    await page.selectOption("#language", "ru");
    await page.waitForFunction(() => document.querySelector("#main h1").textContent.includes("узел"));
    assert.equal(await page.inputValue("#token"), "abc", "what was typed stays");
    assert.deepEqual((await page.evaluate(latinWords, namesOf(fixture))).found, []);
  });
});

test("a node's own sentence is marked as English, from left to right", async () => {
  const options = { role: "reader", expected: [/status of 403/], prepare: inLanguage("ar") };
  await withPage(options, async (page) => {
    await ready(page);
    await page.click("#stop");
    await page.fill("#reason", "سبب");
    await page.click("#ask-send");
    const said = page.locator("dialog .error [lang=en]");
    assert.equal(await said.getAttribute("dir"), "ltr");
    assert.match(await said.innerText(), /Your role may not do this/);
  });
});

const box = (page, selector) => page.locator(selector).first().boundingBox();

test("in Arabic the page runs from right to left, and numbers stay whole", async () => {
  await withPage({ prepare: inLanguage("ar") }, async (page, fixture) => {
    await ready(page);
    await mapIdle(page);
    const root = page.locator("html");
    assert.equal(await root.getAttribute("dir"), "rtl");
    assert.equal(await root.getAttribute("lang"), "ar");
    const [side, map, main] = [await box(page, "#side"), await box(page, "#map"), await box(page, "#main")];
    assert.ok(side.x > map.x && map.x > main.x, "lists at the right, details at the left");
    const [party, stop] = [await box(page, "#party"), await box(page, "#stop")];
    assert.ok(stop.x < party.x, "STOP is at the end of the line, which is the left");
    assert.ok((await box(page, ".maplibregl-ctrl-group")).x < map.x + map.width / 2);
    assert.ok((await box(page, "#legend")).x > map.x + map.width / 2);
    // Parts of a date and of a place stand in their order, as the eye meets them.
    const order = (selector, parts) =>
      page.evaluate(
        ([where, wanted]) => {
          const element = document.querySelector(where);
          const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
          const places = {};
          while (walker.nextNode()) {
            const { textContent } = walker.currentNode;
            for (const part of wanted) {
              const at = textContent.indexOf(part);
              if (at < 0) continue;
              const range = document.createRange();
              range.setStart(walker.currentNode, at);
              range.setEnd(walker.currentNode, at + part.length);
              places[part] = range.getBoundingClientRect().x;
            }
          }
          return wanted.map((part) => places[part]);
        },
        [selector, parts],
      );
    const falls = (xs) => xs.every((x, i) => i === 0 || x < xs[i - 1]);
    const rises = (xs) => xs.every((x, i) => i === 0 || x > xs[i - 1]);
    const day = await order("#clock-day", ["15", "أغسطس", "2016"]);
    assert.ok(falls(day), `${day}`);
    assert.ok(rises(await order("#clock", ["10:42", "Z"])));
    await go(page, "#/area/P1");
    const point = await order("#main .facts bdi", ["35°", "N", "036°", "E"]);
    assert.ok(rises(point), `${point}`);
    await go(page, `#/activity/${fixture.world.activities[2].id}`);
    const step = await order("#timeline .step time", ["14", "أغسطس", "2016", "06:22"]);
    assert.ok(falls(step), `${step}`);
    assert.ok(rises(await order("#timeline .step time", ["06:22", "Z"])));
    // The record: the axis of time at the right, the columns in the agreement's order.
    await go(page, "#/record");
    await page.waitForSelector(".entry-card");
    const heads = [];
    for (const party of ["north", "south", "monitor"]) {
      heads.push((await box(page, `thead th[data-log=${party}]`)).x);
    }
    assert.ok(falls(heads), `${heads}`);
    assert.ok((await box(page, "thead .axis")).x > heads[0]);
  });
});

test("nothing overflows in any language, on a wide and on a small screen", async () => {
  for (const language of kLanguages) {
    for (const size of [
      [1440, 900],
      [1100, 800],
      [390, 844],
    ]) {
      await withPage({ size, prepare: inLanguage(language) }, async (page, fixture) => {
        await ready(page);
        for (const hash of [
          "#/map",
          `#/activity/${fixture.world.activities[2].id}`,
          "#/record",
          "#/agreement",
          "#/hotline",
          "#/utm",
        ]) {
          await go(page, hash);
          await page.waitForTimeout(200);
          const wide = await page.evaluate(() => ({
            page: document.documentElement.scrollWidth,
            main: document.querySelector("#main").scrollWidth - document.querySelector("#main").clientWidth,
            side: document.querySelector("#side").scrollWidth - document.querySelector("#side").clientWidth,
          }));
          const where = `${language} ${size[0]} ${hash} ${JSON.stringify(wide)}`;
          assert.ok(wide.page <= size[0] && wide.main <= 1 && wide.side <= 1, where);
          const stop = await box(page, "#stop");
          assert.ok(stop.x >= 0 && stop.x + stop.width <= size[0] && stop.y < 200, where);
        }
      });
    }
  }
});

test("the language is chosen with the keyboard, without a reload, and is kept", async () => {
  await withPage({}, async (page, fixture) => {
    const asked = [];
    page.on("request", (request) => {
      if (request.url().includes("/api/agreement")) asked.push(new URL(request.url()).search);
    });
    await ready(page);
    await page.waitForSelector("body[data-line=open]");
    const hash = `#/activity/${fixture.world.activities[1].id}`;
    await go(page, hash);
    await page.evaluate(() => {
      window.before = true;
    });
    assert.equal(await page.getAttribute("#language", "aria-label"), "Language");
    assert.deepEqual(await page.locator("#language option").allInnerTexts(), [
      "English",
      "Русский",
      "العربية",
    ]);
    await page.focus("#skip");
    for (let i = 0; i < 14; ++i) {
      await page.keyboard.press("Tab");
      if ((await page.evaluate(() => document.activeElement.id)) === "language") break;
    }
    await page.keyboard.press("ArrowDown");
    await page.waitForFunction(() => document.documentElement.lang === "ru");
    assert.equal(await page.evaluate(() => document.activeElement.id), "language", "the focus stays");
    assert.match(await page.textContent("#main"), /Необходимые согласия/);
    assert.match(await page.textContent("#header nav"), /Журналы/);
    assert.match(await page.textContent("#waiting h2"), /Ждёт вас/);
    assert.equal(await page.getAttribute("#language", "aria-label"), "Язык");
    await page.keyboard.press("ArrowDown");
    await page.waitForFunction(() => document.documentElement.dir === "rtl");
    assert.equal(await page.evaluate(() => location.hash), hash, "the view stays");
    assert.equal(await page.evaluate(() => window.before), true, "no reload");
    await page.waitForFunction(() =>
      document.querySelector("#agreement-title").textContent.includes("شروط"),
    );
    await go(page, "#/agreement");
    const clause = agreementIn("ar").clauses[2].text;
    await page.waitForFunction(
      (text) => document.querySelector("#main").textContent.includes(text),
      clause,
    );
    for (const language of kLanguages) assert.ok(asked.includes(`?language=${language}`), language);
    await page.reload();
    await ready(page);
    assert.equal(await page.getAttribute("html", "lang"), "ar", "kept over a reload");
    assert.equal(await page.inputValue("#language"), "ar");
    assert.match(await page.textContent("#role"), /north\/duty-1/, "the token as well");
    await page.selectOption("#language", "en");
    await page.waitForFunction(() => document.documentElement.dir === "ltr");
    assert.match(await page.textContent("#waiting h2"), /Waiting for you/);
    await page.waitForFunction(
      (text) => document.querySelector("#main").textContent.includes(text),
      kAgreement.clauses[2].text,
    );
  });
});

test("what the map reads out follows the language without a move of the map", async () => {
  await withPage({}, async (page, fixture) => {
    await ready(page);
    await mapIdle(page);
    const says = (pattern) =>
      page.waitForFunction(
        (source) => new RegExp(source).test(document.querySelector("#readout").textContent),
        pattern.source,
      );
    await go(page, `#/activity/${fixture.world.activities[0].id}`); // the map goes there
    await says(/^centre/);
    await page.selectOption("#language", "ru");
    await says(/^центр/);
    await page.selectOption("#language", "ar");
    await says(/^المركز/);
  });
});

test("who has chosen nothing gets the first of the browser's languages that the page has", async () => {
  for (const [languages, wanted] of [
    [["fr-FR", "ar-SY", "en"], "ar"],
    [["ru-RU"], "ru"],
    [["fr"], "en"],
  ]) {
    const prepare = (page) =>
      page.addInitScript((list) => {
        Object.defineProperty(navigator, "languages", { get: () => list });
      }, languages);
    await withPage({ prepare }, async (page) => {
      await ready(page);
      assert.equal(await page.getAttribute("html", "lang"), wanted);
      assert.equal(await page.inputValue("#language"), wanted);
    });
  }
});

test("numbers of things have the forms of the language", async () => {
  const said = async (language, n) => {
    let text;
    const prepare = async (page, fixture) => {
      await inLanguage(language)(page);
      const { state } = fixture.world;
      fixture.world.state = () => {
        const answer = state.call(fixture.world);
        return { ...answer, logs: answer.logs.map((log) => ({ ...log, size: n })) };
      };
    };
    await withPage({ prepare }, async (page) => {
      await ready(page);
      text = await page.textContent("#main .facts");
    });
    return text;
  };
  assert.match(await said("ru", 21), /: 21 запись/);
  assert.match(await said("ru", 3), /: 3 записи/);
  assert.match(await said("ru", 11), /: 11 записей/);
  assert.match(await said("ar", 2), /: .?قيدان/);
  assert.match(await said("ar", 5), /: .?5 قيود/);
  assert.match(await said("ar", 11), /: .?11 قيداً/);
  assert.match(await said("ar", 100), /: .?100 قيد/);
});

test("pictures of every view in every language", async () => {
  for (const language of kLanguages) {
    await withPage({ prepare: inLanguage(language) }, async (page, fixture) => {
      await ready(page);
      await mapIdle(page);
      await page.waitForSelector("body[data-line=open]");
      await page.waitForTimeout(800);
      await picture(page, `${language}-map`);
      const activity = `#/activity/${fixture.world.activities[2].id}`;
      for (const [name, hash] of [
        ["activity", activity],
        ["record", "#/record"],
        ["entry", "#/record/south/12"],
        ["agreement", "#/agreement"],
      ]) {
        await go(page, hash);
        await page.waitForTimeout(600);
        await picture(page, `${language}-${name}`);
      }
      await page.click("#stop");
      await page.waitForSelector("dialog[open]");
      await picture(page, `${language}-stop`);
      const shown = await page.locator("dialog").boundingBox();
      assert.ok(shown.width > 300 && shown.x > 0);
    });
  }
});
