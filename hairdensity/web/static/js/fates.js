// The fates of hairs on a canvas, in picture coordinates (x = col, y = row): by color, form of the line and sign at the
// root together, so that no one of them alone tells it. `unit` is one px of the screen.

const DARK = "rgb(10 10 12 / 90%)";
const RADIUS = 6.5;
const DASHES = { solid: [], dashed: [9, 6], dotted: [1.5, 5] };

/**
 * Hairs of one look with their signs.
 *
 * Each has a path of its own: a browser that paints on the processor takes longer for all in one.
 *
 * @param {{root: number[], path: Path2D}[]} hairs
 */
export function drawHairs(context, hairs, look, { unit, isChosen, isFaint }) {
  context.save();
  context.globalAlpha = isFaint ? 0.4 : 1;
  context.lineJoin = "bevel";
  context.lineCap = look.line === "dashed" ? "butt" : "round";
  const ways = isChosen ? [["rgb(255 255 255 / 70%)", look.width + 9, []]] : [];
  const dashes = DASHES[look.line].map((part) => part * unit);
  for (const [color, width, dash] of [...ways, [DARK, look.width + 2.4, []], [look.color, look.width, dashes]]) {
    context.setLineDash(dash);
    context.strokeStyle = color;
    context.lineWidth = width * unit;
    for (const { path } of hairs) context.stroke(path);
  }
  context.setLineDash([]);
  for (const { root } of hairs) drawSign(context, root, look, unit);
  context.restore();
}

/** A hollow ring: here the other visit shows a hair. */
export function drawRing(context, place, look, { unit, isChosen }) {
  for (const [color, width] of [[DARK, 4.2], [look.color, 1.8]]) {
    context.beginPath();
    context.arc(place[1], place[0], (isChosen ? 11 : 8) * unit, 0, 2 * Math.PI);
    context.strokeStyle = color;
    context.lineWidth = (isChosen ? 1.5 : 1) * width * unit;
    context.stroke();
  }
}

/** A diamond around a follicular unit. */
export function drawUnit(context, place, unit) {
  const r = 13 * unit;
  for (const [color, width] of [[DARK, 5], ["#ffffff", 2.2]]) {
    context.beginPath();
    context.moveTo(place[1], place[0] - r);
    context.lineTo(place[1] + r, place[0]);
    context.lineTo(place[1], place[0] + r);
    context.lineTo(place[1] - r, place[0]);
    context.closePath();
    context.strokeStyle = color;
    context.lineWidth = width * unit;
    context.stroke();
  }
}

/** A veil over what the two pictures do not share; `shape` holds the rings of what they share. */
export function drawSkin(context, shape, { width_px: width, height_px: height }, unit) {
  const around = new Path2D(shape);
  around.rect(-0.5, -0.5, width, height);
  context.fillStyle = "rgb(0 0 0 / 45%)";
  context.fill(around, "evenodd");
  context.strokeStyle = "rgb(255 255 255 / 60%)";
  context.lineWidth = 1.2 * unit;
  context.lineJoin = "bevel";
  context.stroke(shape);
}

function trace(context, line, isClosed = false) {
  line.forEach(([row, col], index) => (index ? context.lineTo(col, row) : context.moveTo(col, row)));
  if (isClosed) context.closePath();
}

function stroke(context, line, color, width) {
  context.beginPath();
  trace(context, line);
  context.strokeStyle = color;
  context.lineWidth = width;
  context.stroke();
}

function drawSign(context, [y, x], { sign, color }, unit) {
  const r = RADIUS * unit;
  if (sign === "up" || sign === "down") {
    const way = sign === "up" ? 1 : -1;
    filled(context, [[y - way * 1.1 * r, x], [y + way * 0.75 * r, x + r], [y + way * 0.75 * r, x - r]], color, unit);
  } else if (sign === "plus") strokes(context, [[[y, x - r], [y, x + r]], [[y - r, x], [y + r, x]]], color, unit);
  else if (sign === "cross") {
    const d = 0.8 * r;
    strokes(context, [[[y - d, x - d], [y + d, x + d]], [[y + d, x - d], [y - d, x + d]]], color, unit);
  } else dot(context, [y, x], sign === "dot", color, unit);
}

function filled(context, corners, color, unit) {
  context.beginPath();
  trace(context, corners, true);
  context.strokeStyle = DARK;
  context.lineWidth = 3 * unit;
  context.stroke();
  context.fillStyle = color;
  context.fill();
}

function strokes(context, lines, color, unit) {
  context.lineCap = "round";
  for (const [paint, width] of [[DARK, 5.5], [color, 2.8]]) for (const line of lines) stroke(context, line, paint, width * unit);
}

function dot(context, [y, x], isFilled, color, unit) {
  context.beginPath();
  context.arc(x, y, (isFilled ? 3.4 : 4.2) * unit, 0, 2 * Math.PI);
  context.strokeStyle = isFilled ? DARK : color;
  context.lineWidth = (isFilled ? 2 : 1.8) * unit;
  context.stroke();
  if (isFilled) {
    context.fillStyle = color;
    context.fill();
  }
}
