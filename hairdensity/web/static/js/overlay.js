// The overlay: hairs in their width, roots, the area's outline, skin that could not be read.
//
// No meaning rests on color alone: thin hairs are dotted and dashed, units are joined and numbered by their hairs,
// unsure hairs are dashed, and every mode has its legend in words.

import { boundsOf } from "./hairs.js";

/** Ends of the color scale by diameter, um, as on the program's printed overlay. */
export const SCALE_UM = { low: 20, high: 120 };
export const THIN_UM = [30, 40];
export const UNSURE = [0.9, 0.6];

const GREY = "#a8a8a8";
// Turbo between its ends that are seen on a picture: the same colors as on the printed overlay.
const TURBO = [
  [70, 107, 227], [65, 150, 255], [39, 190, 233], [24, 224, 189], [60, 245, 142], [121, 254, 89], [175, 250, 55],
  [217, 228, 54], [245, 197, 58], [254, 155, 45], [245, 105, 24], [225, 65, 9], [190, 33, 2],
];
const UNITS = ["#56b4e9", "#e69f00", "#00c48c", "#f0e442", "#ff8ad1", "#7aa6ff", "#ff7043", "#b7e36b"];
const CERTAIN = ["#4dd0ff", "#ffb300", "#ff5fa2"];

/** The color of a diameter in um, on the scale of the legend. */
export function diameterColor(um) {
  if (um === null || um === undefined) return GREY;
  const share = Math.min(1, Math.max(0, (um - SCALE_UM.low) / (SCALE_UM.high - SCALE_UM.low)));
  const place = share * (TURBO.length - 1);
  const [a, b] = [TURBO[Math.floor(place)], TURBO[Math.ceil(place)]];
  const mix = a.map((value, channel) => Math.round(value + (place % 1) * (b[channel] - value)));
  return `rgb(${mix.join(" ")})`;
}

/** 0 certain, 1 fairly, 2 unsure: by the chance that it is a hair, and by how wide its diameter's interval is. */
export function certaintyClass(hair) {
  const { hair_probability: chance, diameter_um: um, diameter_low_um: low, diameter_high_um: high } = hair;
  const spread = um && low !== null && high !== null ? (high - low) / (2 * um) : 0;
  const isUnmeasured = hair.flags.includes("diameter_unsure");
  if (isUnmeasured || spread > 0.5 || (chance !== null && chance < UNSURE[1])) return 2;
  return spread > 0.25 || (chance !== null && chance < UNSURE[0]) ? 1 : 0;
}

/** Which dashes a hair is drawn with in a mode: 0 solid, 1 dashed, 2 dotted. */
function dashOf(hair, mode) {
  if (mode === "uncertainty") return certaintyClass(hair);
  const um = hair.diameter_um;
  if (mode !== "diameter" || um === null || um === undefined) return 0;
  return um <= THIN_UM[0] ? 2 : um <= THIN_UM[1] ? 1 : 0;
}

function colorOf(hair, mode) {
  if (mode === "unit") return hair.unit_id === null ? GREY : UNITS[hair.unit_id % UNITS.length];
  if (mode === "uncertainty") return CERTAIN[certaintyClass(hair)];
  return diameterColor(hair.diameter_um);
}

/** Between the points of a centerline, and between those that are drawn at least. */
const SPACING_PX = 2.5;
const POINT_CSS_PX = 5;

const DASHES = [[], [9, 6], [1.5, 5]];

/**
 * Draw on an open picture.
 *
 * @param {object} picture  From `openPicture`.
 * @returns {{set: function, off: function}} `set(changes)` takes any of `hairs`, `boundary`, `isWhole`, `unreadable`
 *   (rings), `umPerPx`, `mode`, `thinUm` (null for all), `selected`, `candidate` (ids).
 */
export function addOverlay(picture) {
  const state = {
    hairs: [], boundary: [], isWhole: true, unreadable: [], umPerPx: null,
    mode: "diameter", thinUm: null, selected: null, candidate: null, shapes: new WeakMap(), hatch: null,
  };
  const off = picture.onFrame((context, frame) => paint(context, frame, state, picture));
  return {
    set: (changes) => {
      Object.assign(state, changes);
      if (changes.hairs || "mode" in changes || "umPerPx" in changes) state.units = unitsOf(state.hairs);
      picture.redraw();
    },
    off,
  };
}

function paint(context, frame, state, picture) {
  context.lineJoin = "bevel";
  context.lineCap = "butt";
  if (state.mode !== "off") {
    hatch(context, frame, state);
    outlineArea(context, frame, state, picture);
    if (state.mode === "unit") joinUnits(context, frame, state);
    const seen = state.hairs.filter((hair) => isSeen(hair, frame.bounds));
    const isFaint = (hair) => !hair.in_area || !passes(hair, state.thinUm);
    context.globalAlpha = 0.35;
    seen.filter(isFaint).forEach((hair) => drawShaft(context, frame, state, hair));
    context.globalAlpha = 1;
    const counted = seen.filter((hair) => !isFaint(hair));
    counted.forEach((hair) => drawShaft(context, frame, state, hair));
    drawRoots(context, frame, state, counted);
    if (state.mode === "unit") numberUnits(context, frame, state);
  }
  for (const [id, color] of [[state.candidate, "#ffd54d"], [state.selected, "#ffffff"]]) {
    const hair = id === null ? undefined : state.hairs.find((other) => other.hair_id === id);
    if (hair) emphasize(context, frame, state, hair, color);
  }
}

/** Whether a hair is one of those that are looked for. */
export const passes = (hair, thinUm) =>
  thinUm === null || (hair.diameter_um !== null && hair.diameter_um !== undefined && hair.diameter_um <= thinUm);

function isSeen(hair, view) {
  const { top, left, bottom, right } = boundsOf(hair);
  return bottom > view.top - 20 && top < view.bottom + 20 && right > view.left - 20 && left < view.right + 20;
}

// Centerlines have a point every few px. Seen from afar, that is many points for each pixel of the screen, and strokes
// cost by their points: each halving of the scale leaves out every second one.
function shapeOf(state, hair, scale) {
  const level = Math.max(0, Math.min(5, Math.floor(Math.log2(POINT_CSS_PX / (SPACING_PX * scale)))));
  const shapes = state.shapes.get(hair) ?? [];
  state.shapes.set(hair, shapes);
  shapes[level] ??= traced(hair.centerline_px, 2 ** level);
  return shapes[level];
}

function traced(path, step) {
  const shape = new Path2D();
  path.forEach(([row, col], index) => {
    if (index % step === 0 || index === path.length - 1) shape.lineTo(col, row);
  });
  return shape;
}

const widthOf = (um, state) => (um && state.umPerPx ? um / state.umPerPx : null);

// The shaft's width is shown as a veil that leaves the hair itself to be seen; its course as a line of screen width.
function drawShaft(context, { scale }, state, hair) {
  const shape = shapeOf(state, hair, scale);
  const color = colorOf(hair, state.mode);
  const alpha = context.globalAlpha;
  const um = state.mode === "uncertainty" ? (hair.diameter_high_um ?? hair.diameter_um) : hair.diameter_um;
  const width = widthOf(um, state) ?? hair.width_px;
  context.strokeStyle = color;
  if (width && width * scale > 3) {
    context.globalAlpha = alpha * 0.38;
    context.lineWidth = width;
    context.stroke(shape);
    context.globalAlpha = alpha;
  }
  const line = Math.min(2.6, Math.max(1.4, 1.2 * scale));
  context.strokeStyle = "rgb(10 10 12 / 0.75)";
  context.lineWidth = (line + 1.6) / scale;
  context.stroke(shape);
  const dashes = DASHES[dashOf(hair, state.mode)];
  context.setLineDash(dashes.map((px) => px / scale));
  context.strokeStyle = color;
  context.lineWidth = line / scale;
  context.stroke(shape);
  context.setLineDash([]);
}

function drawRoots(context, { scale }, state, hairs) {
  const size = Math.min(1.5, Math.max(0.8, scale)) / scale;
  for (const hair of hairs) {
    const [row, col] = hair.root_px;
    for (const [color, radius] of [["#0a0a0c", 4.4], ["#ffffff", 3.6], [colorOf(hair, state.mode), 2.4]]) {
      context.beginPath();
      context.arc(col, row, radius * size, 0, 2 * Math.PI);
      context.fillStyle = color;
      context.fill();
    }
  }
}

// Two thin lines along the shaft's edges: the hair between them stays free to be judged.
function emphasize(context, { scale }, state, hair, color) {
  const reach = (widthOf(hair.diameter_um, state) ?? 4) / 2 + 3.5 / scale;
  const edge = edgeOf(hair.centerline_px, reach);
  edge.moveTo(hair.root_px[1] + 9 / scale, hair.root_px[0]);
  edge.arc(hair.root_px[1], hair.root_px[0], 9 / scale, 0, 2 * Math.PI);
  for (const [stroke, px] of [["rgb(10 10 12 / 0.85)", 4.5], [color, 2.2]]) {
    context.strokeStyle = stroke;
    context.lineWidth = px / scale;
    context.stroke(edge);
  }
}

// The outline of a thick line: its points moved to both sides along the normal.
function edgeOf(path, reach) {
  const sides = path.map(([row, col], index) => {
    const [before, after] = [path[Math.max(0, index - 1)], path[Math.min(path.length - 1, index + 1)]];
    const [rows, cols] = [after[0] - before[0], after[1] - before[1]];
    const length = Math.hypot(rows, cols) || 1;
    const [down, across] = [(cols / length) * reach, (-rows / length) * reach];
    return [[row + down, col + across], [row - down, col - across]];
  });
  const edge = new Path2D();
  for (const [row, col] of [...sides.map((pair) => pair[0]), ...sides.map((pair) => pair[1]).toReversed()]) {
    edge.lineTo(col, row);
  }
  edge.closePath();
  return edge;
}

// ---- units

function unitsOf(hairs) {
  const units = new Map();
  for (const hair of hairs) {
    if (hair.unit_id === null || !hair.in_area) continue;
    units.set(hair.unit_id, [...(units.get(hair.unit_id) ?? []), hair.root_px]);
  }
  return units;
}

const centerOf = (points) => [0, 1].map((axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length);

function joinUnits(context, { scale }, state) {
  for (const [id, roots] of state.units) {
    if (roots.length < 2) continue;
    const [row, col] = centerOf(roots);
    const reach = Math.max(...roots.map((root) => Math.hypot(root[0] - row, root[1] - col))) + 12 / scale;
    context.beginPath();
    context.arc(col, row, reach, 0, 2 * Math.PI);
    context.fillStyle = `${UNITS[id % UNITS.length]}38`;
    context.fill();
    context.strokeStyle = UNITS[id % UNITS.length];
    context.lineWidth = 1.5 / scale;
    context.stroke();
  }
}

function numberUnits(context, { scale }, state) {
  context.font = `600 ${12 / scale}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineWidth = 3 / scale;
  context.strokeStyle = "#0a0a0c";
  context.fillStyle = "#ffffff";
  for (const roots of state.units.values()) {
    const [row, col] = centerOf(roots);
    const top = Math.min(...roots.map((root) => root[0]), row) - 14 / scale;
    context.strokeText(String(roots.length), col, top);
    context.fillText(String(roots.length), col, top);
  }
}

// ---- area

function outlineArea(context, { scale }, state, picture) {
  if (!state.boundary.length) return;
  const shape = new Path2D();
  state.boundary.forEach(([row, col]) => shape.lineTo(col, row));
  shape.closePath();
  if (!state.isWhole) {
    const around = new Path2D(shape);
    around.rect(-0.5, -0.5, picture.width, picture.height);
    context.fillStyle = "rgb(10 12 16 / 0.42)";
    context.fill(around, "evenodd");
  }
  for (const [color, px] of [["#0a0a0c", 3.5], ["#ffffff", 1.5]]) {
    context.strokeStyle = color;
    context.lineWidth = px / scale;
    context.stroke(shape);
  }
}

function hatch(context, { scale, ratio }, state) {
  if (!state.unreadable.length) return;
  const shape = new Path2D();
  for (const rings of state.unreadable) {
    rings.forEach(([row, col], index) => (index ? shape.lineTo(col, row) : shape.moveTo(col, row)));
    shape.closePath();
  }
  state.hatch ??= stripes(context);
  state.hatch.setTransform(new DOMMatrix().scale(1 / (scale * ratio)));
  context.fillStyle = "rgb(10 12 16 / 0.3)";
  context.fill(shape, "evenodd");
  context.fillStyle = state.hatch;
  context.fill(shape, "evenodd");
}

function stripes(context) {
  const tile = document.createElement("canvas");
  tile.width = 12;
  tile.height = 12;
  const pen = tile.getContext("2d");
  pen.strokeStyle = "rgb(255 255 255 / 0.75)";
  pen.lineWidth = 2;
  pen.beginPath();
  for (const shift of [-12, 0, 12]) {
    pen.moveTo(shift, 12);
    pen.lineTo(shift + 12, 0);
  }
  pen.stroke();
  return context.createPattern(tile, "repeat");
}
