// Drawing on an open picture: a line, a path, a polygon, a rectangle or a circle, with pointer, touch or keyboard.
//
// By pointer: a click sets a point; a drag draws a rectangle, circle, line or a path at once; points that are set can
// be dragged. By keyboard: arrows move a crosshair (with Shift in larger steps), Space sets a point, Backspace takes the
// last one back, Enter finishes, Escape starts anew.

const GRAB_CSS_PX = 16;
const STEP_CSS_PX = 4;
const LARGE_STEPS = 10;
const ACCENT = "#0b7a75";

/** How many points a shape has: a rectangle two corners, a circle its center and a point of its edge. */
const MOST_POINTS = { line: 2, rectangle: 2, circle: 2, polygon: Infinity, path: Infinity };
const LEAST_POINTS = { line: 2, rectangle: 2, circle: 2, polygon: 3, path: 2 };

/**
 * Let a person draw a shape.
 *
 * @param {object} picture  From `openPicture`.
 * @param {"line"|"path"|"polygon"|"rectangle"|"circle"} kind
 * @param {{points?: number[][], onChange?: function, onFinish?: function, onCancel?: function, color?: string}} options
 *   `onChange(points)` at each change; `onFinish(points)` when the shape is whole: Enter, the last point of a line,
 *   rectangle or circle, the end of a freehand path, or a click on a polygon's first point; `onCancel()` at Escape with
 *   no points set.
 * @returns {{points: function, set: function, undo: function, finish: function, isWhole: function, stop: function}}
 */
export function drawShape(picture, kind, options = {}) {
  const shape = {
    picture,
    kind,
    options: { onChange() {}, onFinish() {}, onCancel() {}, color: ACCENT, ...options },
    points: (options.points ?? []).map((point) => [...point]),
    crosshair: null,
    held: null,
  };
  const offs = [
    picture.onFrame((context, frame) => drawIt(shape, context, frame)),
    picture.onKey((event) => key(shape, event)),
    picture.onPointer({
      press: (point) => press(shape, point),
      drag: (point) => drag(shape, point),
      release: () => release(shape),
      click: (point) => click(shape, point),
    }),
  ];
  return {
    points: () => shape.points.map((point) => [...point]),
    set: (points) => change(shape, points.map((point) => [...point])),
    undo: () => change(shape, shape.points.slice(0, -1)),
    finish: () => finish(shape),
    isWhole: () => isWhole(shape),
    stop: () => offs.forEach((off) => off()),
  };
}

const isWhole = (shape) => shape.points.length >= LEAST_POINTS[shape.kind];

function change(shape, points) {
  shape.points = points;
  shape.options.onChange(points.map((point) => [...point]));
  shape.picture.redraw();
}

function finish(shape) {
  if (isWhole(shape)) shape.options.onFinish(shape.points.map((point) => [...point]));
  return true;
}

function setPoint(shape, point) {
  const most = MOST_POINTS[shape.kind];
  const inside = clamped(shape.picture, point);
  change(shape, shape.points.length >= most ? [inside] : [...shape.points, inside]);
  if (shape.points.length === most) finish(shape);
}

const clamped = ({ width, height }, [row, col]) => [
  Math.min(Math.max(row, -0.5), height - 0.5),
  Math.min(Math.max(col, -0.5), width - 0.5),
];

function nearest(shape, point) {
  const reach = GRAB_CSS_PX / shape.picture.scale();
  return shape.points.findIndex((other) => Math.hypot(other[0] - point[0], other[1] - point[1]) <= reach);
}

// ---- pointer

function press(shape, point) {
  const index = nearest(shape, point);
  if (index >= 0) shape.held = { index, moved: false };
  else if (shape.kind === "polygon") return false;
  else shape.held = { start: point, moved: false };
  return true;
}

function drag(shape, point) {
  const { held } = shape;
  if (!held) return false;
  held.moved = true;
  const inside = clamped(shape.picture, point);
  if (held.index !== undefined) change(shape, shape.points.with(held.index, inside));
  else if (shape.kind === "path") followHand(shape, inside);
  else change(shape, [clamped(shape.picture, held.start), inside]);
  return true;
}

// Points of a freehand path lie some screen pixels apart: a hand's trembling is not its course.
function followHand(shape, point) {
  const { held } = shape;
  if (!held.isPath) {
    held.isPath = true;
    change(shape, [...shape.points, clamped(shape.picture, held.start)]);
  }
  const last = shape.points.at(-1);
  if (Math.hypot(point[0] - last[0], point[1] - last[1]) * shape.picture.scale() >= 6) {
    change(shape, [...shape.points, point]);
  }
}

function release(shape) {
  const { held } = shape;
  shape.held = null;
  if (!held?.moved) return;
  if (held.index !== undefined && MOST_POINTS[shape.kind] === Infinity) return;
  finish(shape);
}

function click(shape, point) {
  const index = nearest(shape, point);
  if (shape.kind === "polygon" && index === 0 && isWhole(shape)) finish(shape);
  else if (shape.kind === "path" && index >= 0 && index === shape.points.length - 1) finish(shape);
  else if (index < 0 || MOST_POINTS[shape.kind] === 2) setPoint(shape, point);
  return true;
}

// ---- keyboard

const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

function key(shape, event) {
  if (event.ctrlKey) return false;
  if (ARROWS[event.key]) return moveCrosshair(shape, ARROWS[event.key], event.shiftKey ? LARGE_STEPS : 1);
  if (event.key === " ") {
    setPoint(shape, startCrosshair(shape));
    return true;
  }
  if (event.key === "Enter") return finish(shape);
  if (event.key === "Backspace" && shape.points.length) {
    change(shape, shape.points.slice(0, -1));
    return true;
  }
  if (event.key !== "Escape") return false;
  if (shape.points.length) change(shape, []);
  else shape.options.onCancel();
  return true;
}

function startCrosshair(shape) {
  shape.crosshair ??= clamped(shape.picture, shape.points.at(-1) ?? shape.picture.center());
  return shape.crosshair;
}

function moveCrosshair(shape, [rows, cols], n_steps) {
  const step = (STEP_CSS_PX * n_steps) / shape.picture.scale();
  const from = startCrosshair(shape);
  shape.crosshair = clamped(shape.picture, [from[0] + rows * step, from[1] + cols * step]);
  shape.picture.show(shape.crosshair);
  shape.picture.redraw();
  return true;
}

// ---- drawing

function drawIt(shape, context, { scale }) {
  context.lineJoin = "round";
  const trace = outline(shape, shape.crosshair && !isFull(shape) ? shape.crosshair : null);
  for (const [color, px] of [["#ffffff", 4.5], [shape.options.color, 2]]) {
    context.strokeStyle = color;
    context.lineWidth = px / scale;
    context.stroke(trace);
  }
  if (shape.points.length < 40) for (const point of shape.points) drawHandle(context, point, scale, shape.options.color);
  if (shape.crosshair) drawCrosshair(context, shape.crosshair, scale);
}

const isFull = (shape) => shape.points.length >= MOST_POINTS[shape.kind];

function outline(shape, next) {
  const points = next ? [...shape.points, next] : shape.points;
  const trace = new Path2D();
  if (points.length < 2) return trace;
  const [first, second] = points;
  if (shape.kind === "rectangle") {
    trace.rect(first[1], first[0], second[1] - first[1], second[0] - first[0]);
  } else if (shape.kind === "circle") {
    trace.arc(first[1], first[0], Math.hypot(second[0] - first[0], second[1] - first[1]), 0, 2 * Math.PI);
  } else {
    points.forEach(([row, col]) => trace.lineTo(col, row));
    if (shape.kind === "polygon" && points.length > 2) trace.closePath();
  }
  return trace;
}

function drawHandle(context, [row, col], scale, color) {
  context.beginPath();
  context.arc(col, row, 5 / scale, 0, 2 * Math.PI);
  context.fillStyle = "#ffffff";
  context.fill();
  context.lineWidth = 2 / scale;
  context.strokeStyle = color;
  context.stroke();
}

/** A crosshair of screen size at a point, seen on light and dark. */
export function drawCrosshair(context, [row, col], scale) {
  for (const [color, px] of [["#ffffff", 4], ["#000000", 1.5]]) {
    context.beginPath();
    for (const [x, y] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      context.moveTo(col + (5 * x) / scale, row + (5 * y) / scale);
      context.lineTo(col + (18 * x) / scale, row + (18 * y) / scale);
    }
    context.strokeStyle = color;
    context.lineWidth = px / scale;
    context.stroke();
  }
}
