// SPDX-License-Identifier: Apache-2.0
//
// Reduces the world map to what the page needs: full detail near the places where the shipped
// agreements lie, a coarser line elsewhere, and the towns that a reader would look for. Borders
// are simplified arc by arc, so that neighbours still share one line.

// West, south, east, north: where shipped examples lie, and a margin.
const kDetailBoxes = [
  [30, 30, 46, 41],
  [-8, 41, 9, 53],
];
const kCoarseDegrees = 0.03;

const kTownBoxes = [
  { box: [34.5, 33.5, 40, 37.8], population: 1000 },
  { box: [30, 30, 46, 41], population: 15000 },
  { box: [-6, 42, 5, 51.5], population: 5000 },
];
const kTownPopulationElsewhere = 100000;

const within = ([west, south, east, north], [x, y]) =>
  x >= west && x <= east && y >= south && y <= north;

/** Absolute quantised positions of an arc of a TopoJSON document (its arcs are differences). */
function undelta(arc) {
  let x = 0;
  let y = 0;
  return arc.map(([dx, dy]) => [(x += dx), (y += dy)]);
}

function delta(points) {
  let [px, py] = [0, 0];
  return points.map(([x, y]) => {
    const step = [x - px, y - py];
    [px, py] = [x, y];
    return step;
  });
}

/** Douglas-Peucker on degrees; keeps both ends, and at least four points of a closed ring. */
function simplify(points, degrees, tolerance) {
  const keep = new Uint8Array(points.length);
  keep[0] = keep[points.length - 1] = 1;
  const closed =
    points.length > 3 && points[0][0] === points.at(-1)[0] && points[0][1] === points.at(-1)[1];
  const third = Math.floor(points.length / 3);
  const cuts = closed ? [0, third, 2 * third, points.length - 1] : [0, points.length - 1];
  const stack = [];
  for (let i = 0; i + 1 < cuts.length; ++i) {
    keep[cuts[i]] = keep[cuts[i + 1]] = 1;
    stack.push([cuts[i], cuts[i + 1]]);
  }
  while (stack.length > 0) {
    const [a, b] = stack.pop();
    let worst = -1;
    let far = tolerance;
    for (let i = a + 1; i < b; ++i) {
      const d = distance(degrees[i], degrees[a], degrees[b]);
      if (d > far) [far, worst] = [d, i];
    }
    if (worst < 0) continue;
    keep[worst] = 1;
    stack.push([a, worst], [worst, b]);
  }
  return points.filter((_, i) => keep[i] === 1);
}

function distance([x, y], [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const t = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / length));
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}

function reduceTowns(cities) {
  const towns = cities
    .filter((city) => {
      // Parts of a town and places that are gone are no names to look for.
      if (["PPLX", "PPLQ", "PPLW", "PPLH"].includes(city.featureCode)) return false;
      const at = city.loc.coordinates;
      const boxed = kTownBoxes.find(({ box }) => within(box, at));
      return city.population >= (boxed ? boxed.population : kTownPopulationElsewhere);
    })
    .sort((a, b) => b.population - a.population || a.cityId - b.cityId);
  // Name, longitude, latitude, population in thousands; the largest first.
  return towns.map(({ name, loc, population }) => [
    name,
    Number(loc.coordinates[0].toFixed(3)),
    Number(loc.coordinates[1].toFixed(3)),
    Math.round(population / 1000),
  ]);
}

export function makeBasemap(topology, cities) {
  const { scale, translate } = topology.transform;
  const degreesOf = ([x, y]) => [x * scale[0] + translate[0], y * scale[1] + translate[1]];
  const arcs = topology.arcs.map((arc) => {
    const points = undelta(arc);
    const degrees = points.map(degreesOf);
    const near = degrees.some((at) => kDetailBoxes.some((box) => within(box, at)));
    return delta(near ? points : simplify(points, degrees, kCoarseDegrees));
  });
  const geometries = topology.objects.countries.geometries.map(
    ({ type, arcs: of, properties }) => ({
      type,
      arcs: of,
      properties: { name: properties.name },
    }),
  );
  return {
    basemap: {
      type: "Topology",
      transform: topology.transform,
      objects: { countries: { type: "GeometryCollection", geometries } },
      arcs,
    },
    places: reduceTowns(cities),
  };
}
