// SPDX-License-Identifier: EUPL-1.2
/** A small invented town for developing the page without a twin: streets, buildings, lamps. */

const CENTER = [3.8765, 43.6105];
const LON = 1 / (111_320 * Math.cos((CENTER[1] * Math.PI) / 180));
const LAT = 1 / 110_574;
const TURN = 0.3;

function random(seed) {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}
const next = random(7);

/** Metres in the town's own axes to longitude and latitude, streets slightly turned and bent. */
function place(x, y) {
  const bend = 25 * Math.sin(x / 260) + 12 * Math.sin(y / 170);
  const [u, v] = [x, y + bend];
  const east = u * Math.cos(TURN) - v * Math.sin(TURN);
  const north = u * Math.sin(TURN) + v * Math.cos(TURN);
  return [CENTER[0] + east * LON, CENTER[1] + north * LAT];
}

const feature = (id, type, coordinates, properties) => ({
  type: "Feature",
  id,
  geometry: { type, coordinates },
  properties: { id, ...properties },
});

const NAMES =
  "Écoles,Jean Jaurès,Pont Neuf,Tanneurs,Gambetta,Lavoir,République,Moulin,Victor Hugo,Église,Marronniers,Fontaine,Halles,Platanes,Gare,Remparts,Carmes,Verdun".split(
    ",",
  );
const KINDS = ["Rue des", "Avenue", "Rue du", "Rue des", "Boulevard", "Rue du"];
const TYPES = [
  ["HPS", 0.42, 100, 250],
  ["LED", 0.24, 25, 75],
  ["MH", 0.1, 70, 150],
  ["HPM", 0.06, 80, 125],
  [null, 0.18, 0, 0],
];

/** A lamp type, as often as its share. */
function draw() {
  let left = next();
  for (const type of TYPES) {
    left -= type[1];
    if (left < 0) return type;
  }
  return TYPES[0];
}

export function town() {
  const [half, step] = [520, 104];
  const street = [];
  const luminaire = [];
  const building = [];
  let n = 0;
  for (let i = -5; i <= 5; i++) {
    for (const along of [true, false]) {
      const id = `v${String(++n).padStart(3, "0")}`;
      const name = `${KINDS[n % KINDS.length]} ${NAMES[n % NAMES.length]}`;
      const points = Array.from({ length: 27 }, (_, k) => -half + k * 40);
      const at = (d, off = 0) => (along ? place(d, i * step + off) : place(i * step + off, d));
      street.push(
        feature(
          id,
          "LineString",
          points.map((d) => at(d)),
          { name, hierarchy: i === 0 ? "principale" : "desserte" },
        ),
      );
      for (let d = -half; d <= half; d += 27) {
        if (next() < 0.08) continue;
        const [lamp_type, , low, high] = draw();
        const known = lamp_type ? { lamp_type } : {};
        const power =
          lamp_type && next() < 0.7
            ? { power_w: Math.round((low + next() * (high - low)) / 5) * 5 }
            : {};
        const number = luminaire.length + 1;
        luminaire.push(
          feature(
            `PL-${String(number).padStart(4, "0")}`,
            "Point",
            at(d, (number % 2 ? 1 : -1) * 5),
            { ...known, ...power, street_id: id, support: "Candélabre" },
          ),
        );
      }
    }
  }
  for (let i = -5; i < 5; i++) {
    for (let j = -5; j < 5; j++) {
      for (let k = 0; k < 4; k++) {
        if (next() < 0.15) continue;
        const [x, y] = [i * step + 12 + (k % 2) * 42, j * step + 12 + (k > 1 ? 42 : 0)];
        const [w, h] = [22 + next() * 14, 20 + next() * 16];
        const ring = [
          [x, y],
          [x + w, y],
          [x + w, y + h],
          [x, y + h],
          [x, y],
        ].map(([a, b]) => place(a, b));
        building.push(
          feature(`b${building.length + 1}`, "Polygon", [ring], {
            name: null,
            height_m: 6 + Math.round(next() * 12),
            public: next() < 0.03,
          }),
        );
      }
    }
  }
  const quarter = (id, name, x0, y0) => {
    const edge = [
      [x0, y0],
      [x0 + 560, y0],
      [x0 + 560, y0 + 560],
      [x0, y0 + 560],
      [x0, y0],
    ];
    return feature(id, "Polygon", [edge.map(([a, b]) => place(a, b))], { name });
  };
  const district = [
    quarter("q1", "Centre", -560, 0),
    quarter("q2", "Les Cévennes", 0, 0),
    quarter("q3", "Port-Marianne", -560, -560),
    quarter("q4", "Hôpitaux-Facultés", 0, -560),
  ];
  const river = Array.from({ length: 30 }, (_, k) =>
    place(-600 + k * 42, 262 + 30 * Math.sin(k / 3)),
  );
  const back = river.map(([x, y]) => [x, y + 22 * LAT]).reverse();
  const placeRows = [
    feature("l1", "Polygon", [[...river, ...back, river[0]]], { kind: "water", name: "La Mosson" }),
    feature(
      "l2",
      "Polygon",
      [
        [
          [10, 10],
          [92, 10],
          [92, 92],
          [10, 92],
          [10, 10],
        ].map(([a, b]) => place(a, b)),
      ],
      { kind: "park", name: "Square" },
    ),
  ];
  const corners = [place(-570, -570), place(570, 570), place(-570, 570), place(570, -570)];
  const lons = corners.map(([x]) => x);
  const lats = corners.map(([, y]) => y);
  const bounds = [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
  return {
    center: CENTER,
    bounds,
    tables: { street, luminaire, building, district, place: placeRows },
  };
}

/** Light on the ground at a point, lx: a toy law, for colours only. */
export function lightAround(lamps) {
  const size = 0.0006;
  const cells = new Map();
  for (const lamp of lamps) {
    const [x, y] = lamp.geometry.coordinates;
    const key = `${Math.floor(x / size)},${Math.floor(y / size)}`;
    cells.set(key, [...(cells.get(key) ?? []), lamp]);
  }
  return (lon, lat) => {
    let sum = 0;
    const [cx, cy] = [Math.floor(lon / size), Math.floor(lat / size)];
    for (let i = -1; i <= 1; i++) {
      for (let j = -1; j <= 1; j++) {
        for (const lamp of cells.get(`${cx + i},${cy + j}`) ?? []) {
          const [x, y] = lamp.geometry.coordinates;
          const flux = 70 * (lamp.properties.power_w ?? 90);
          const square = ((lon - x) / LON) ** 2 + ((lat - y) / LAT) ** 2 + 64;
          sum += (flux / 9) * (8 / square ** 1.5);
        }
      }
    }
    return sum;
  };
}
