// The tools of the correction: each by pointer, touch and keyboard. A tool turns what a person does into an edit.

import { hairAt, hairTowards, inReadingOrder, nearestOn } from "./hairs.js";
import { drawCrosshair, drawShape } from "./shapes.js";

const REACH_CSS_PX = 12;
const STEP_CSS_PX = 4;
const LARGE_STEPS = 10;
const KEY_ZOOM = 1.3;
const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/** What a person reads while a tool waits. */
const HINTS = {
  add: "Click from root to tip, or draw in one stroke; Enter ends the hair",
  delete: "Click what is no hair",
  split: "Click where the hair divides, or move the cross and press Enter",
  merge: "Click the hair that belongs to it, or choose it with N and press Enter",
  move_root: "Click where the root is, or move the cross and press Enter",
  unreadable: "Click around the skin; Enter closes the outline",
};

const HINTS_OF_TOUCH = {
  add: "Tap from root to tip, or draw in one stroke; then Done",
  delete: "Tap what is no hair",
  split: "Tap where the hair divides",
  merge: "Tap the hair that belongs to it",
  move_root: "Tap where the root is",
  unreadable: "Tap around the skin; then Done",
};

/** Tools that need a chosen hair first. */
const NEEDS_HAIR = new Set(["split", "merge", "move_root"]);

/**
 * Work on an open picture.
 *
 * @param {object} picture  From `openPicture`.
 * @param {{hairs: function, selected: function, select: function, setCandidate: function, edit: function,
 *   onTool: function, mayEdit: function}} desk
 *   `hairs()` are those that are shown; `select(hair)` chooses one (undefined: none); `edit(edit)` adds an edit;
 *   `onTool(name, hint)` is told of the tool in hand.
 */
export function workOn(picture, desk) {
  const bench = { picture, desk, tool: "select", shape: null, pick: null, candidate: null };
  picture.onPointer({ click: (point) => click(bench, point) });
  picture.onKey((event) => key(bench, event));
  picture.onFrame((context, frame) => {
    if (bench.pick?.crosshair) drawPick(bench, context, frame.scale);
  });
  return {
    take: (tool) => take(bench, tool),
    current: () => bench.tool,
    /** For buttons on a screen without keys. */
    finish: () => (bench.shape ? bench.shape.finish() : confirm(bench)),
    isDrawing: () => bench.shape !== null,
    step: (direction) => step(bench, direction),
  };
}

function take(bench, tool) {
  bench.shape?.stop();
  Object.assign(bench, { shape: null, pick: null, candidate: null, tool: "select" });
  bench.desk.setCandidate(undefined);
  const selected = bench.desk.selected();
  if (tool === "delete" && selected) {
    bench.desk.edit({ op: "delete", hair_id: selected.hair_id });
    bench.desk.select(undefined);
  } else if (tool !== "select") {
    bench.tool = tool;
    begin(bench);
  }
  bench.desk.onTool(bench.tool, hintOf(bench));
  bench.picture.setMode(bench.tool);
  bench.picture.redraw();
}

function hintOf({ tool, desk }) {
  const isTouch = window.matchMedia("(pointer: coarse)").matches;
  if (NEEDS_HAIR.has(tool) && !desk.selected()) return isTouch ? "First tap the hair" : "First click the hair, or choose it with N";
  return (isTouch ? HINTS_OF_TOUCH : HINTS)[tool] ?? "";
}

function begin(bench) {
  const { picture, desk, tool } = bench;
  if (tool === "add" || tool === "unreadable") {
    bench.shape = drawShape(picture, tool === "add" ? "path" : "polygon", {
      onFinish: (points) => {
        desk.edit(tool === "add" ? { op: "add", path_px: tidy(points) } : { op: "unreadable", polygon_px: tidy(points) });
        take(bench, tool);
      },
      onCancel: () => take(bench, "select"),
    });
  } else if ((tool === "split" || tool === "move_root") && desk.selected()) {
    const { centerline_px: path, root_px: root } = desk.selected();
    bench.pick = { crosshair: tool === "split" ? path[Math.floor(path.length / 2)] : root };
    picture.show(bench.pick.crosshair);
  }
}

const tidy = (points) => points.map((point) => point.map((value) => Math.round(100 * value) / 100));

// ---- pointer

function click(bench, point) {
  const { desk, picture, tool } = bench;
  if (bench.shape) return false;
  if (bench.pick) {
    settle(bench, point);
    return true;
  }
  const hair = hairAt(desk.hairs(), point, REACH_CSS_PX / picture.scale());
  if (tool === "delete" && hair) remove(bench, hair);
  else if (tool === "merge" && desk.selected() && hair) merge(bench, hair);
  else {
    desk.select(hair);
    if (hair && NEEDS_HAIR.has(tool)) take(bench, tool);
  }
  return true;
}

function remove(bench, hair) {
  bench.desk.edit({ op: "delete", hair_id: hair.hair_id });
  bench.desk.select(undefined);
  take(bench, "delete");
}

function merge(bench, hair) {
  const selected = bench.desk.selected();
  if (hair.hair_id === selected.hair_id) return;
  bench.desk.edit({ op: "merge", hair_id: selected.hair_id, with_hair_id: hair.hair_id });
  take(bench, "select");
}

// A split lies on the hair, whatever point was meant.
function settle(bench, point) {
  const selected = bench.desk.selected();
  const inside = tidy([clamped(bench.picture, point)])[0];
  if (bench.tool === "split") {
    const at = tidy([nearestOn(selected.centerline_px, inside).point])[0];
    bench.desk.edit({ op: "split", hair_id: selected.hair_id, at_px: at });
  } else bench.desk.edit({ op: "move_root", hair_id: selected.hair_id, to_px: inside });
  take(bench, "select");
}

const clamped = ({ width, height }, [row, col]) => [
  Math.min(Math.max(row, 0), height - 1),
  Math.min(Math.max(col, 0), width - 1),
];

// ---- keyboard

function key(bench, event) {
  if (event.ctrlKey) return false;
  const direction = ARROWS[event.key];
  if (bench.shape) return false;
  if (bench.pick && direction) return moveCrosshair(bench, direction, event.shiftKey ? LARGE_STEPS : 1);
  if (direction && !event.shiftKey && bench.desk.selected()) return towards(bench, direction);
  switch (event.key) {
    case "+":
    case "=":
      return zoom(bench, KEY_ZOOM);
    case "-":
      return zoom(bench, 1 / KEY_ZOOM);
    case "n":
      return step(bench, 1);
    case "p":
      return step(bench, -1);
    case "Enter":
    case " ":
      return confirm(bench);
    case "Escape":
      if (bench.tool === "select") bench.desk.select(undefined);
      take(bench, "select");
      return true;
    default:
      return false;
  }
}

// Keys zoom at what is worked on; a pointer zooms at itself.
function zoom(bench, factor) {
  bench.picture.zoomBy(factor, bench.pick?.crosshair ?? bench.desk.selected()?.root_px);
  return true;
}

function confirm(bench) {
  const { desk, tool, pick } = bench;
  if (pick) settle(bench, pick.crosshair);
  else if (tool === "merge" && bench.candidate) merge(bench, bench.candidate);
  else if (tool === "delete" && desk.selected()) remove(bench, desk.selected());
  else return false;
  return true;
}

function moveCrosshair(bench, [rows, cols], n_steps) {
  const step = (STEP_CSS_PX * n_steps) / bench.picture.scale();
  const [row, col] = bench.pick.crosshair;
  bench.pick.crosshair = clamped(bench.picture, [row + rows * step, col + cols * step]);
  bench.picture.show(bench.pick.crosshair);
  bench.picture.redraw();
  return true;
}

function drawPick(bench, context, scale) {
  const { crosshair } = bench.pick;
  const selected = bench.desk.selected();
  drawCrosshair(context, crosshair, scale);
  if (bench.tool !== "split" || !selected) return;
  const [row, col] = nearestOn(selected.centerline_px, crosshair).point;
  context.beginPath();
  context.arc(col, row, 5 / scale, 0, 2 * Math.PI);
  context.fillStyle = "#ffd54d";
  context.fill();
}

// ---- from hair to hair

function choose(bench, hair) {
  if (!hair) return true;
  if (bench.tool === "merge" && bench.desk.selected()) {
    bench.candidate = hair;
    bench.desk.setCandidate(hair);
  } else {
    bench.desk.select(hair);
    if (NEEDS_HAIR.has(bench.tool)) take(bench, bench.tool);
  }
  bench.picture.show(hair.root_px);
  return true;
}

function from(bench) {
  const merging = bench.tool === "merge" && bench.desk.selected();
  return (merging && bench.candidate) || bench.desk.selected();
}

function towards(bench, direction) {
  return choose(bench, hairTowards(bench.desk.hairs(), from(bench), direction));
}

function step(bench, by) {
  const ordered = inReadingOrder(bench.desk.hairs(), bench.picture.height);
  if (!ordered.length) return true;
  const index = ordered.findIndex((hair) => hair.hair_id === from(bench)?.hair_id);
  const next = index < 0 ? (by > 0 ? 0 : -1) : (index + by) % ordered.length;
  return choose(bench, ordered.at(next));
}
