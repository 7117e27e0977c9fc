// SPDX-License-Identifier: Apache-2.0
//
// What the views of sites and movements draw on the map: every site, outlines of those that are
// listed, corridors and route points of movements that are not over. The lists hold everything.
import { overlays, put } from "./map";
import { none, pointFeature, type Features } from "./map_data";
import { movements, siteLists, siteMap, siteOne } from "./protection_store";
import type { Movement, Site } from "./protection_types";
import type { Shape } from "./types";

const kShapesMost = 500; // of one kind on the map

interface Outline {
  shape: Shape;
  properties: Record<string, unknown>;
}
const featuresOf = (list: Outline[]): Features => ({
  type: "FeatureCollection",
  features: list.map(({ shape, properties }) => ({ type: "Feature", geometry: shape, properties })),
});

const viewIs = (name: string): boolean => document.body.dataset["view"] === name;

export const isOver = (movement: Movement): boolean =>
  movement.state === "arrived" || movement.state === "cancelled";

function listed(): Site[] {
  const one = siteOne.value?.site;
  const list = siteLists.value?.sites ?? [];
  const all = one === undefined || list.some(({ key }) => key === one.key) ? list : [one, ...list];
  return all.filter(({ state }) => state !== "removed").slice(0, kShapesMost);
}

/** Every site that the node knows the place of; near each other they are one circle. */
function drawEverySite(): void {
  const all = viewIs("sites") ? (siteMap.value?.sites ?? []) : [];
  put("all-sites", {
    type: "FeatureCollection",
    features: all.map(([key, lng, lat, , , contested]) =>
      pointFeature([lng, lat], { kind: "site", id: key, contested: contested === 1 }),
    ),
  });
}

function drawSites(): void {
  const sites = viewIs("sites") ? listed() : [];
  const properties = (site: Site): Record<string, unknown> => ({
    kind: "site",
    id: site.key,
    name: site.name ?? site.key,
  });
  put(
    "sites",
    featuresOf(
      sites.flatMap((site) =>
        site.shape === undefined ? [] : [{ shape: site.shape, properties: properties(site) }],
      ),
    ),
  );
  put("site-points", {
    type: "FeatureCollection",
    features: sites.flatMap((site) =>
      site.point === undefined ? [] : [pointFeature(site.point, properties(site))],
    ),
  });
}

function drawMovements(): void {
  if (!viewIs("movements")) {
    put("corridors", none());
    put("route-points", none());
    return;
  }
  const open = (movements.value?.movements ?? []).filter((one) => !isOver(one)).slice(0, kShapesMost);
  const outlines = open.flatMap((one) =>
    (one.corridor ?? []).map((shape) => ({
      shape,
      properties: { kind: "movement", id: one.key, overdue: one.state === "overdue" },
    })),
  );
  put("corridors", featuresOf(outlines.slice(0, kShapesMost)));
  put("route-points", {
    type: "FeatureCollection",
    features: [
      ...open.flatMap((one) =>
        (one.route ?? []).map(({ point, name }) =>
          pointFeature(point, { kind: "movement", id: one.key, name: name ?? "", last: false }),
        ),
      ),
      ...open.flatMap((one) =>
        one.last_point === undefined
          ? []
          : [pointFeature(one.last_point, { kind: "movement", id: one.key, name: one.name ?? one.key, last: true })],
      ),
    ],
  });
}

export function drawProtection(): void {
  drawEverySite();
  drawSites();
  drawMovements();
}

overlays.push(drawProtection);
siteLists.onChange(drawSites);
siteMap.onChange(drawEverySite);
siteOne.onChange(drawSites);
movements.onChange(drawMovements);
