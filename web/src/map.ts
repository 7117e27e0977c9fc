// SPDX-License-Identifier: Apache-2.0
//
// The map: areas, activities at a chosen time, aircraft, findings. Everything that it shows is in
// the lists as well, for those who do not use it.
import { MapLibreMap, NavigationControl, ScaleControl, setWorkerUrl } from "maplibre-gl";
import type { GeoJSONSource, MapGeoJSONFeature } from "maplibre-gl";
import { feature as fromTopology, mesh } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import { sentence } from "./api";
import { nodeNow, onTick } from "./clock";
import { append, byId, h, show } from "./dom";
import { dateTimeText, lengthOfTime, pointText, stateText, zuluText } from "./format";
import { onLanguage, rich, t, translateIn } from "./i18n";
import {
  areaFeatures,
  boundsOf,
  classOrder,
  findingFeatures,
  gridFeatures,
  none,
  pointFeature,
  shapesFeature,
  trackFeatures,
  volumeFeatures,
  type Features,
} from "./map_data";
import {
  aircraftSymbol,
  classLook,
  findingMark,
  hatchTile,
  kClassLooks,
  kShownStates,
  outline,
  patternTile,
  pixels,
  stateLook,
  swatch,
  type Scheme,
} from "./map_images";
import { kClickable, mapStyle, warningInk, type SourceName } from "./map_style";
import { activities, agreement, findings, tracks, trail } from "./store";
import type { Point, Shape, Span } from "./types";

export interface Pick {
  kind: "area" | "activity" | "track" | "finding" | "warning" | "utm" | "site" | "movement";
  id: string;
}

const kBackMin = 6 * 60;
const kAheadMin = 24 * 60;
const kSilentMs = 5 * 60000;
const kTrailLiveS = 900;
const kTrailPastS = 7200;

const dark = matchMedia("(prefers-color-scheme: dark)");
const scheme = (): Scheme => (dark.matches ? "dark" : "light");

let map: MapLibreMap | undefined;
let ready = false;
let fitted = false;
let offsetMin = 0; // of the chosen time from the node's clock
const ground: { land: Features; borders: Features; towns: Features } = {
  land: none(),
  borders: none(),
  towns: none(),
};
let selectedShapes: Shape[] = [];
let during: Span | undefined; // of a plan: what is shown then, instead of at the chosen time

/** What other views draw on the map: called when it is drawn anew, and around a change of style. */
export const guests: { draw?: () => void; leave?: () => void; enter?: (to: MapLibreMap) => void } = {};
/** What else is drawn whenever everything is drawn again. */
export const overlays: (() => void)[] = [];
/** Who takes a click before it picks anything; undefined: nobody. */
let taker: ((at: Point, picks: { kind: string; id: string }[]) => void) | undefined;
export function takeClicks(by: typeof taker): void {
  taker = by;
}

export function put(name: SourceName, data: Features): void {
  if (!ready) return;
  (map?.getSource(name) as GeoJSONSource | undefined)?.setData(data);
}

const chosen = (): number => (nodeNow() ?? 0) + offsetMin * 60000;

function drawAreas(): void {
  if (agreement.value === undefined) return;
  const [shapes, labels] = areaFeatures(agreement.value, scheme());
  put("areas", shapes);
  put("area-labels", labels);
  drawLegend();
  const box = boundsOf(agreement.value.areas.map((area) => area.shape));
  if (!fitted && box !== undefined && map !== undefined) {
    fitted = true;
    map.fitBounds(box, { padding: 48, animate: false });
  }
}

function drawVolumes(): void {
  const [shapes, labels] = volumeFeatures(activities.value?.activities ?? [], during ?? chosen());
  put("volumes", shapes);
  put("volume-labels", labels);
}

function drawTracks(): void {
  const list = offsetMin > 0 ? [] : (tracks.value?.tracks ?? []);
  const found = trackFeatures(list, chosen(), offsetMin === 0);
  put("tracks", found.tracks);
  put("trails", found.trails);
  put("leaders", found.leaders);
}

const drawFindings = (): void =>
  put("findings", findingFeatures(findings.value?.findings ?? [], chosen()));

function drawGrid(): void {
  if (map === undefined) return;
  const box = map.getBounds();
  const [lines, labels] = gridFeatures([
    box.getWest(),
    box.getSouth(),
    box.getEast(),
    box.getNorth(),
  ]);
  put("grid", lines);
  put("grid-labels", labels);
}

function drawAll(): void {
  put("land", ground.land);
  put("borders", ground.borders);
  put("towns", ground.towns);
  put("selected", shapesFeature(selectedShapes));
  drawGrid();
  drawAreas();
  drawVolumes();
  drawTracks();
  drawFindings();
  guests.draw?.();
  for (const overlay of overlays) overlay();
}

/** Shows the volumes of all activities in a span of time; undefined: at the slider's time. */
export function showDuring(span: Span | undefined): void {
  during = span;
  drawVolumes();
}

function addImages(to: MapLibreMap): void {
  const ratio = Math.max(1, Math.ceil(window.devicePixelRatio));
  const add = (name: string, element: HTMLCanvasElement, pixelRatio: number): void => {
    if (!to.hasImage(name)) to.addImage(name, pixels(element), { pixelRatio });
  };
  for (let k = 0; k < kClassLooks; ++k) {
    add(`class-${k}`, patternTile(classLook(scheme(), k), scheme()), 2);
  }
  for (const frame of ["friend", "neutral", "unknown"] as const) {
    add(`air-${frame}`, aircraftSymbol(frame, 19, 2 * ratio), 2 * ratio);
  }
  add("overlap", hatchTile(scheme()), 2);
  add("finding-open", findingMark(scheme(), true, 2), 2);
  add("finding-past", findingMark(scheme(), false, 2), 2);
  const dot = document.createElement("canvas");
  dot.width = dot.height = 8;
  const context = dot.getContext("2d", { willReadFrequently: true });
  if (context === null) return;
  context.fillStyle = scheme() === "light" ? "#55606b" : "#a3b0bc";
  context.arc(4, 4, 2.6, 0, 2 * Math.PI);
  context.fill();
  add("dot", dot, 2);
}

function sample(text: string, draw: (context: CanvasRenderingContext2D) => void): HTMLElement {
  return h("li", {}, swatch(draw), h("bdi", {}, text));
}

function drawLegend(): void {
  const list = byId("legend-list");
  const known = agreement.value;
  list.replaceChildren();
  for (const [i, name] of (known === undefined ? [] : classOrder(known)).entries()) {
    const look = classLook(scheme(), i % kClassLooks);
    const title = known?.areas.find((area) => area.area_class === name)?.class_name ?? name;
    const item = sample(title, (context) => {
      context.fillStyle = context.createPattern(patternTile(look, scheme()), "repeat") ?? look.line;
      context.fillRect(2, 2, 30, 14);
      outline(context, look.line, 1.8, look.dash);
    });
    append(list, [item]);
  }
  for (const state of kShownStates) {
    const look = stateLook(scheme(), state);
    append(list, [
      sample(t("map.legend.activity", { state: stateText(state) }), (context) =>
        outline(context, look.line, look.width, look.dash),
      ),
    ]);
  }
  const picture = (text: string, image: HTMLCanvasElement): HTMLElement =>
    sample(text, (context) => {
      const scale = Math.min(34 / image.width, 18 / image.height);
      const [w, t] = [image.width * scale, image.height * scale];
      context.drawImage(image, (34 - w) / 2, (18 - t) / 2, w, t);
    });
  append(list, [
    picture(t("map.legend.own"), aircraftSymbol("friend", 19, 2)),
    picture(t("map.legend.others"), aircraftSymbol("neutral", 19, 2)),
    picture(t("map.legend.unknown"), aircraftSymbol("unknown", 19, 2)),
    picture(t("map.legend.open"), findingMark(scheme(), true, 2)),
    picture(t("map.legend.past"), findingMark(scheme(), false, 2)),
    sample(t("hotline.warnings"), (context) =>
      outline(context, warningInk(scheme()), 2.6, [5, 2.5]),
    ),
  ]);
}

function slider(): HTMLElement {
  // The slider itself speaks its value; the running text beside it must not.
  const text = h("output", { id: "time-text", for: "time", "aria-live": "off" });
  const input = h("input", {
    type: "range",
    id: "time",
    min: -kBackMin,
    max: kAheadMin,
    step: 5,
    value: 0,
    "data-t-label": "map.time.label",
    oninput: () => choose(Number(input.value)),
  });
  const now = h("button.small", {
    type: "button",
    id: "time-now",
    "data-t": "map.now",
    onclick: () => choose(0),
  });
  const choose = (minutes: number): void => {
    offsetMin = minutes;
    input.value = String(minutes);
    const wanted = minutes < 0 ? kTrailPastS : kTrailLiveS;
    if (wanted !== trail.seconds) {
      trail.seconds = wanted;
      tracks.touch();
    }
    drawVolumes();
    drawTracks();
    drawFindings();
    tellTime();
    tellSilence();
  };
  return h("div.slider", {}, h("label", { for: "time", "data-t": "map.time" }), input, text, now);
}

/** The chosen time in words, for eyes and for a screen reader. */
function tellTime(): void {
  if (nodeNow() === undefined) return;
  const ms = chosen();
  const minutes = Math.abs(offsetMin);
  const text =
    offsetMin === 0
      ? t("map.time.now", { time: zuluText(ms, false) })
      : t(offsetMin < 0 ? "map.time.ago" : "map.time.ahead", {
          time: dateTimeText(ms, false),
          hours: Math.floor(minutes / 60),
          minutes: String(minutes % 60).padStart(2, "0"),
        });
  byId("time-text").textContent = text;
  byId("time").setAttribute("aria-valuetext", text);
  byId("time-now").toggleAttribute("disabled", offsetMin === 0);
  document.body.dataset["when"] = offsetMin === 0 ? "now" : offsetMin < 0 ? "past" : "ahead";
}

/** Not observed is not zero: says so when the map's emptiness proves nothing. */
function tellSilence(): void {
  const note = byId("silence");
  const text = silenceText();
  if (note.textContent !== text) note.textContent = text;
  note.hidden = text === "";
}

function silenceText(): string {
  const now = nodeNow();
  if (now === undefined) return "";
  if (offsetMin > 0) return t("silence.ahead");
  if (offsetMin < -kTrailPastS / 60) return t("silence.past");
  if (tracks.error !== undefined) return t("silence.error", { error: sentence(tracks.error) });
  const newest = Math.max(
    -Infinity,
    ...(tracks.value?.tracks ?? []).map((t) => Date.parse(t.last.time)),
  );
  if (newest === -Infinity) return t("silence.never");
  if (now - newest <= kSilentMs) return "";
  return t("silence.since", { time: lengthOfTime(60 * Math.floor((now - newest) / 60000)) });
}

async function loadGround(): Promise<void> {
  const [topology, towns] = await Promise.all([
    fetch("basemap.json").then((answer) => answer.json() as Promise<Topology>),
    fetch("places.json").then(
      (answer) => answer.json() as Promise<[string, number, number, number][]>,
    ),
  ]);
  const countries = topology.objects["countries"] as GeometryCollection;
  ground.land = fromTopology(topology, countries) as Features;
  const lines = mesh(topology, countries, (a, b) => a !== b);
  ground.borders = {
    type: "FeatureCollection",
    features: [{ type: "Feature", geometry: lines, properties: {} }],
  };
  ground.towns = {
    type: "FeatureCollection",
    features: towns.map(([name, x, y, size]) => pointFeature([x, y], { name, size })),
  };
  drawAll();
}

/** Draws the outline of what is being looked at, and brings it into view if asked. */
export function select(shapes: Shape[], bring: boolean): void {
  selectedShapes = shapes;
  put("selected", shapesFeature(shapes));
  const box = boundsOf(shapes);
  if (bring && box !== undefined) map?.fitBounds(box, { padding: 60, maxZoom: 9, animate: false });
}

export function goTo(point: [number, number]): void {
  map?.jumpTo({ center: point, zoom: Math.max(8, map.getZoom()) });
}

/** Brings shapes into view. */
export function bring(shapes: Shape[]): void {
  const box = boundsOf(shapes);
  if (box !== undefined) map?.fitBounds(box, { padding: 80, maxZoom: 10, animate: false });
}

export const resized = (): void => {
  map?.resize();
};

function frame(): HTMLElement {
  const legend = h(
    "details.legend",
    { id: "legend" },
    h("summary", { "data-t": "map.legend" }),
    h("ul", { id: "legend-list" }),
    h("p.fine", { "data-t": "map.legend.ahead" }),
  );
  return h(
    "div.map-frame",
    {},
    h(
      "div.map-stack",
      {},
      h("div", { id: "map", class: "map" }),
      h("p", { id: "silence", class: "silence", role: "status", hidden: true }),
      legend,
      h("div", { id: "plan-tools", class: "plan-tools" }),
      h("p.readout", { id: "readout", "aria-hidden": "true" }),
    ),
    slider(),
    h("div", { id: "profile", class: "profile" }),
    h("p.credit", { id: "map-credit" }),
  );
}

/** What is built once and has no data-t: drawn at the start, and in each new language. */
function tellLanguage(): void {
  translateIn(byId("map-region"));
  show(
    byId("map-credit"),
    rich("map.borders", { towns: h("a", { href: "NOTICE.txt" }, "GeoNames, CC BY 4.0") }),
  );
  map?.getCanvas().setAttribute("aria-label", t("map.label"));
  for (const [part, key] of [
    ["in", "map.zoom_in"],
    ["out", "map.zoom_out"],
  ] as const) {
    const button = byId("map").querySelector(`.maplibregl-ctrl-zoom-${part}`);
    button?.setAttribute("aria-label", t(key));
    button?.setAttribute("title", t(key));
  }
  drawLegend();
  drawVolumes();
  drawTracks();
  tellTime();
  tellSilence();
}

export function startMap(region: HTMLElement, onPick: (picks: Pick[]) => void): void {
  append(region, [frame()]);
  setWorkerUrl(new URL("maplibre-gl-worker.mjs", document.baseURI).href);
  try {
    map = new MapLibreMap({
      container: "map",
      style: mapStyle(scheme()),
      center: [20, 40],
      zoom: 3,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      fadeDuration: 0,
      maxZoom: 14,
    });
  } catch {
    append(byId("map"), [
      h("p.empty", { "data-t": "map.none" }),
    ]);
    tellLanguage();
    onLanguage(tellLanguage);
    return;
  }
  connect(map, onPick);
  tellLanguage();
  onLanguage(tellLanguage);
  void loadGround().catch(() => undefined);
}

function connect(to: MapLibreMap, onPick: (picks: Pick[]) => void): void {
  to.addControl(new NavigationControl({ showCompass: false }), "top-right");
  to.addControl(new ScaleControl({ unit: "nautical", maxWidth: 110 }), "bottom-right");
  to.addControl(new ScaleControl({ unit: "metric", maxWidth: 110 }), "bottom-right");
  to.on("style.load", () => {
    ready = true;
    addImages(to);
    drawAll();
    guests.enter?.(to);
  });
  to.on("moveend", drawGrid);
  // Whoever reads the map by a program waits until it is still.
  const still = (yes: boolean): void => {
    document.body.dataset["mapIdle"] = yes ? "yes" : "no";
  };
  to.on("movestart", () => still(false));
  to.on("render", () => still(false));
  to.on("idle", () => still(true));
  to.on("error", (event) => console.error(`map: ${event.error.message}`));
  let again = (): void => undefined;
  const tell = (at: { lng: number; lat: number }, where: "map.pointer" | "map.centre"): void => {
    again = () => {
      byId("readout").textContent = t(where, { point: pointText([at.lng, at.lat]) });
    };
    again();
  };
  onLanguage(() => again());
  to.on("mousemove", (event) => tell(event.lngLat, "map.pointer"));
  to.on("move", () => tell(to.getCenter(), "map.centre"));
  to.on("click", (event) => {
    const layers = kClickable.filter((id) => to.getLayer(id) !== undefined);
    const near: [[number, number], [number, number]] = [
      [event.point.x - 4, event.point.y - 4],
      [event.point.x + 4, event.point.y + 4],
    ];
    const [cluster] = to.queryRenderedFeatures(event.point, { layers: ["all-site-clusters"] });
    if (taker === undefined && cluster !== undefined) return void comeTo(to, cluster);
    const found = to.queryRenderedFeatures(near, { layers }).map(({ properties }) => properties);
    if (taker === undefined) onPick(unique(found));
    else taker([event.lngLat.lng, event.lngLat.lat], unique(found));
  });
  dark.addEventListener("change", () => {
    guests.leave?.();
    ready = false;
    to.setStyle(mapStyle(scheme()), { diff: false });
  });
  agreement.onChange(drawAreas);
  activities.onChange(drawVolumes);
  tracks.onChange(drawTracks);
  findings.onChange(drawFindings);
  followClock();
}

/** So near that the sites of a circle are seen one by one, or as smaller circles. */
async function comeTo(to: MapLibreMap, { properties, geometry }: MapGeoJSONFeature): Promise<void> {
  const source = to.getSource("all-sites") as GeoJSONSource | undefined;
  if (source === undefined || geometry.type !== "Point") return;
  const zoom = await source.getClusterExpansionZoom(Number(properties["cluster_id"]));
  to.jumpTo({ center: geometry.coordinates as Point, zoom });
}

function followClock(): void {
  let lastDraw = 0;
  onTick((now) => {
    tellTime();
    tellSilence();
    // Volumes begin and end as time goes on, also while no answer changes.
    if (Math.abs(now - lastDraw) < 30000) return;
    lastDraw = now;
    drawVolumes();
    drawFindings();
  });
}

function unique(properties: Record<string, unknown>[]): Pick[] {
  const order = ["plan", "site", "movement", "utm", "warning", "track", "finding", "activity", "area"];
  const seen = new Map<string, Pick>();
  for (const { kind, id } of properties as unknown as Pick[])
    seen.set(`${kind} ${id}`, { kind, id });
  return [...seen.values()].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
}
