// Hairs as the overlay draws them: where they lie, which one is near, and what edits make of them at once.
//
// The server measures; what an edit changes here is only what can be seen, until its answer comes. Edits and the ids of
// new hairs follow the contract that the server's `hairdensity.correction` has.

/** Distance from a point to a hair's centerline in px, and the nearest point of it. */
export function nearestOn(path, [row, col]) {
  let best = { distance: Infinity, point: path[0], index: 0 };
  for (let index = 0; index < Math.max(1, path.length - 1); index += 1) {
    const [a, b] = [path[index], path[index + 1] ?? path[index]];
    const [rows, cols] = [b[0] - a[0], b[1] - a[1]];
    const length2 = rows * rows + cols * cols;
    const share = length2 ? Math.min(1, Math.max(0, ((row - a[0]) * rows + (col - a[1]) * cols) / length2)) : 0;
    const point = [a[0] + share * rows, a[1] + share * cols];
    const distance = Math.hypot(row - point[0], col - point[1]);
    if (distance < best.distance) best = { distance, point, index };
  }
  return best;
}

/** The hair at a point, at most `reach` px from its shaft's edge; undefined where there is none. */
export function hairAt(hairs, point, reach) {
  let [found, least] = [undefined, Infinity];
  for (const hair of hairs) {
    const { top, left, bottom, right } = boundsOf(hair);
    const margin = reach + halfWidth(hair);
    if (point[0] < top - margin || point[0] > bottom + margin) continue;
    if (point[1] < left - margin || point[1] > right + margin) continue;
    const distance = nearestOn(hair.centerline_px, point).distance - halfWidth(hair);
    if (distance <= reach && distance < least) [found, least] = [hair, distance];
  }
  return found;
}

/** The nearest hair in a direction, by roots: within 45 degrees first, else anywhere on that side. */
export function hairTowards(hairs, from, [rows, cols]) {
  let [found, least] = [undefined, Infinity];
  for (const hair of hairs) {
    if (hair.hair_id === from.hair_id) continue;
    const [down, across] = [hair.root_px[0] - from.root_px[0], hair.root_px[1] - from.root_px[1]];
    const along = down * rows + across * cols;
    if (along <= 0) continue;
    const aside = Math.abs(down * cols - across * rows);
    const cost = along + 2 * aside + (aside > along ? 1e5 : 0);
    if (cost < least) [found, least] = [hair, cost];
  }
  return found;
}

/** Hairs in the order in which one reads: rows of 1/8 of the picture's height, then by column. */
export function inReadingOrder(hairs, height) {
  const band = (hair) => Math.floor((8 * hair.root_px[0]) / height);
  return [...hairs].sort((a, b) => band(a) - band(b) || a.root_px[1] - b.root_px[1]);
}

/** The least box around a hair's centerline. */
export function boundsOf(hair) {
  if (!hair.bounds) {
    const rows = hair.centerline_px.map((point) => point[0]);
    const cols = hair.centerline_px.map((point) => point[1]);
    const bounds = { top: Math.min(...rows), bottom: Math.max(...rows), left: Math.min(...cols), right: Math.max(...cols) };
    Object.defineProperty(hair, "bounds", { value: bounds });
  }
  return hair.bounds;
}

const halfWidth = (hair) => (hair.width_px ?? 0) / 2;

/** The largest id that the automatic reading and edits have used, plus one. */
export function nextId(automatic, edits) {
  const largest = automatic.reduce((most, hair) => Math.max(most, hair.hair_id), -1);
  return largest + 1 + edits.filter((edit) => edit.op === "add" || edit.op === "split").length;
}

/**
 * What edits make of the automatic hairs, as far as it can be seen without measuring.
 *
 * @param {object[]} automatic
 * @param {object[]} edits
 * @returns {object[]} New hairs carry `isPending: true`, and no figures.
 */
export function applyEdits(automatic, edits) {
  let hairs = new Map(automatic.map((hair) => [hair.hair_id, hair]));
  edits.forEach((edit, index) => {
    hairs = OPS[edit.op](hairs, edit, nextId(automatic, edits.slice(0, index)));
  });
  return [...hairs.values()];
}

function pending(hair, hair_id, path) {
  return {
    unit_id: null,
    flags: [],
    ...hair,
    hair_id,
    centerline_px: path,
    root_px: path[0],
    tip_px: path.at(-1),
    length_um: null,
    diameter_um: hair.diameter_um ?? null,
    hair_probability: null,
    in_area: true,
    isPending: true,
  };
}

const OPS = {
  add: (hairs, edit, id) => new Map(hairs).set(id, pending({}, id, edit.path_px)),
  delete: (hairs, edit) => without(hairs, edit.hair_id),
  split: (hairs, edit, id) => {
    const hair = hairs.get(edit.hair_id);
    if (!hair) return hairs;
    const { point, index } = nearestOn(hair.centerline_px, edit.at_px);
    const [first, second] = [hair.centerline_px.slice(0, index + 1), hair.centerline_px.slice(index + 1)];
    return new Map(hairs)
      .set(hair.hair_id, pending(hair, hair.hair_id, [...first, point]))
      .set(id, pending(hair, id, [point, ...second]));
  },
  merge: (hairs, edit) => {
    const [a, b] = [hairs.get(edit.hair_id), hairs.get(edit.with_hair_id)];
    if (!a || !b) return hairs;
    return without(hairs, b.hair_id).set(a.hair_id, pending(a, a.hair_id, joined(a.centerline_px, b.centerline_px)));
  },
  move_root: (hairs, edit) => {
    const hair = hairs.get(edit.hair_id);
    if (!hair) return hairs;
    return new Map(hairs).set(hair.hair_id, pending(hair, hair.hair_id, rerooted(hair.centerline_px, edit.to_px)));
  },
  unreadable: (hairs, edit) => {
    const isOut = (hair) => isInside(hair.root_px, edit.polygon_px);
    return new Map([...hairs].map(([id, hair]) => [id, isOut(hair) ? { ...hair, in_area: false } : hair]));
  },
};

function without(hairs, id) {
  const rest = new Map(hairs);
  rest.delete(id);
  return rest;
}

const apart = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);

// The two ends that are closest meet; the root stays at the first hair's free end.
function joined(a, b) {
  const ways = [
    [a.at(-1), b[0], () => [...a, ...b]],
    [a.at(-1), b.at(-1), () => [...a, ...b.toReversed()]],
    [a[0], b.at(-1), () => [...b, ...a]],
    [a[0], b[0], () => [...b.toReversed(), ...a]],
  ];
  return ways.reduce((best, way) => (apart(way[0], way[1]) < apart(best[0], best[1]) ? way : best))[2]();
}

// A root that moves to the other half turns the hair around.
function rerooted(path, to) {
  const turned = apart(to, path.at(-1)) < apart(to, path[0]) ? path.toReversed() : path;
  const { index, distance } = nearestOn(turned, to);
  return distance < apart(to, turned[0]) ? [to, ...turned.slice(index + 1)] : [to, ...turned];
}

/** Whether a point lies in a polygon, by counting crossings. */
export function isInside([row, col], polygon) {
  let inside = false;
  polygon.forEach((a, index) => {
    const b = polygon.at(index - 1);
    if (a[0] > row !== b[0] > row && col < ((b[1] - a[1]) * (row - a[0])) / (b[0] - a[0]) + a[1]) inside = !inside;
  });
  return inside;
}
