/**
 * Both visits of a comparison: side by side or over each other with a slider, every hair with its fate.
 *
 * Both pictures lie in the same pixels (the follow-up is laid on the baseline), so one zoom and one place hold for both.
 */

import { ask } from "./base.js";
import { nearestOn } from "./hairs.js";
import { openPicture } from "./viewer.js";
import { drawHairs, drawRing, drawSkin, drawUnit } from "./fates.js";

const REACH_PX = 14;

const root = document.getElementById("viewer");
const slider = document.getElementById("slider");
const still = matchMedia("(prefers-reduced-motion: reduce)");

const shown = { looks: new Set(), units: false, lines: true, hair: null, layers: null };
const sides = {};

async function start() {
  const view = await ask(root.dataset.view);
  for (const box of root.querySelectorAll("[data-look]")) shown.looks.add(box.dataset.look);
  shown.looks.add("unmatched");
  const looks = new Map(view.looks.map((look) => [look.name, look]));
  for (const [side, size] of [["before", view.baseline], ["after", view.follow_up]]) {
    const element = document.getElementById(`${side}-picture`);
    const label = `${side === "before" ? "Baseline" : "Follow-up"}: arrows move, plus and minus zoom, N and P go from hair to hair`;
    const picture = openPicture(element, { tilesUrl: root.dataset[side], width: size.width_px, height: size.height_px, label });
    sides[side] = picture;
    picture.onFrame((context, frame) => draw(context, frame, { side, view, looks }));
    // Where the picture stands, for whoever looks from outside whether both move as one.
    picture.onFrame((_, { bounds }) => (element.dataset.place = `${bounds.top.toFixed(1)} ${bounds.left.toFixed(1)} ${bounds.right.toFixed(1)}`));
    picture.onPointer({ click: (point) => choose(hairAt(view, side, point, REACH_PX / picture.scale())) });
    picture.onKey((event) => onKey(event, view));
  }
  await Promise.all([sides.before.ready, sides.after.ready]);
  together(sides.before, sides.after);
  together(sides.after, sides.before);
  controls(view);
  if (slider) slide();
  root.dataset.shown = "true";
}

// ---- both move as one

let leader = null;

function together(own, other) {
  const follow = () => {
    if (leader && leader !== own) return;
    leader = own;
    const { viewport } = own.viewer;
    other.viewer.viewport.zoomTo(viewport.getZoom(), null, false);
    other.viewer.viewport.panTo(viewport.getCenter(), false);
    leader = null;
  };
  own.viewer.addHandler("zoom", follow);
  own.viewer.addHandler("pan", follow);
}

// ---- hairs

function isShown(hair) {
  return shown.lines && shown.looks.has(hair.look);
}

function draw(context, frame, { side, view, looks }) {
  const unit = Math.max(0.75, Math.min(1.5, frame.width / 900)) / frame.scale;
  if (view.is_aligned && view.rings.length) drawSkin(context, skinAt(view, frame.scale), view.baseline, unit);
  if (!shown.lines) return;
  for (const { look, isFaint, hairs } of layersOf(view, looks)) {
    const seen = hairs.filter((hair) => isSeen(hair, side, frame.bounds, SIGN_CSS_PX / frame.scale));
    const drawn = seen.filter((hair) => hair[side]).map((hair) => shapeAt(hair, side, frame.scale));
    drawHairs(context, drawn, look, { unit, isChosen: false, isFaint });
    for (const hair of seen) if (hasRing(hair, side, view)) drawRing(context, hair.place, look, { unit, isChosen: false });
  }
  const chosen = shown.hair;
  if (chosen && isShown(chosen)) {
    const look = lookOf(chosen, looks);
    if (chosen[side]) drawHairs(context, [shapeAt(chosen, side, frame.scale)], look, { unit, isChosen: true, isFaint: !chosen.counts });
    else if (hasRing(chosen, side, view)) drawRing(context, chosen.place, look, { unit, isChosen: true });
  }
  if (shown.units) for (const one of view.units.filter((each) => each.fate === "re-activated")) drawUnit(context, one.place, unit);
}

const lookOf = (hair, looks) => looks.get(hair.look) ?? looks.get("kept");

const hasRing = (hair, side, view) => !hair[side] && view.is_aligned && hair.counts && hair.look !== "unsure";

// What changed lies above what did not, in the order of the looks; what is out of the shared skin below all.
function layersOf(view, looks) {
  if (!shown.layers) {
    const kinds = [...looks.values()].flatMap((look) => [{ look, isFaint: true, hairs: [] }, { look, isFaint: false, hairs: [] }]);
    for (const hair of view.hairs) {
      const look = lookOf(hair, looks);
      if (isShown(hair)) kinds.find((kind) => kind.look === look && kind.isFaint === !hair.counts).hairs.push(hair);
    }
    shown.layers = kinds.filter(({ hairs }) => hairs.length).sort((a, b) => Number(b.isFaint) - Number(a.isFaint));
  }
  return shown.layers;
}

// A sign or ring reaches so far from its hair's end.
const SIGN_CSS_PX = 20;

function isSeen(hair, side, view, margin) {
  const { top, left, bottom, right } = boxOf(hair, side);
  return bottom > view.top - margin && top < view.bottom + margin && right > view.left - margin && left < view.right + margin;
}

const boxes = { before: new WeakMap(), after: new WeakMap() };

function boxOf(hair, side) {
  if (!boxes[side].has(hair)) {
    const points = hair[side] ?? [hair.place];
    const [rows, cols] = [0, 1].map((axis) => points.map((point) => point[axis]));
    const box = { top: Math.min(...rows), bottom: Math.max(...rows), left: Math.min(...cols), right: Math.max(...cols) };
    boxes[side].set(hair, box);
  }
  return boxes[side].get(hair);
}

// From afar a line has many points for each pixel of the screen, and strokes cost by their points.
const SPACING_CSS_PX = 4;
const shapes = { before: new WeakMap(), after: new WeakMap(), skin: new WeakMap() };

const levelOf = (scale) => Math.max(0, Math.min(8, Math.floor(Math.log2(SPACING_CSS_PX / scale))));

function known(kept, key, level, make) {
  const levels = kept.get(key) ?? [];
  kept.set(key, levels);
  levels[level] ??= make(2 ** level);
  return levels[level];
}

function shapeAt(hair, side, scale) {
  const make = (spacing) => ({ root: hair[side][0], path: pathOf([thinned(hair[side], spacing)], false) });
  return known(shapes[side], hair, levelOf(scale), make);
}

function skinAt(view, scale) {
  const make = (spacing) => pathOf(view.rings.map((ring) => thinned(ring, spacing)), true);
  return known(shapes.skin, view, levelOf(scale), make);
}

function pathOf(lines, isClosed) {
  const path = new Path2D();
  for (const line of lines) {
    line.forEach(([row, col], index) => (index ? path.lineTo(col, row) : path.moveTo(col, row)));
    if (isClosed) path.closePath();
  }
  return path;
}

function thinned(line, spacing) {
  const kept = [line[0]];
  for (const point of line) {
    const last = kept.at(-1);
    if (Math.hypot(point[0] - last[0], point[1] - last[1]) >= spacing) kept.push(point);
  }
  if (kept.at(-1) !== line.at(-1)) kept.push(line.at(-1));
  return kept;
}

function hairAt(view, side, point, reach) {
  let [found, least] = [null, reach];
  for (const hair of view.hairs.filter(isShown)) {
    const line = hair[side] ?? (view.is_aligned ? [hair.place] : null);
    if (!line) continue;
    const { distance } = nearestOn(line, point);
    if (distance <= least) [found, least] = [hair, distance];
  }
  return found;
}

function choose(hair) {
  shown.hair = hair;
  const words = document.getElementById("readout");
  const thickness = document.getElementById("thickness");
  thickness.hidden = !hair;
  if (hair) {
    const [name, ...rest] = hair.words.split(": ");
    const strong = document.createElement("strong");
    strong.textContent = `${name}: `;
    words.replaceChildren(strong, rest.join(": "));
    const um = (value) => (value === null ? "–" : `${value.toFixed(0)} µm`);
    document.getElementById("before-um").textContent = um(hair.before_um);
    document.getElementById("after-um").textContent = um(hair.after_um);
    const at = hair.before?.[0] ?? hair.after?.[0] ?? hair.place;
    (hair.before || !hair.after ? sides.before : sides.after).show(at);
  }
  redraw();
}

function step(view, by) {
  const own = view.hairs.filter((hair) => isShown(hair) && hair.counts);
  if (!own.length) return;
  const at = own.indexOf(shown.hair);
  choose(own[at < 0 ? (by > 0 ? 0 : own.length - 1) : (at + by + own.length) % own.length]);
}

function redraw() {
  sides.before.redraw();
  sides.after.redraw();
}

// ---- controls

function controls(view) {
  for (const box of root.querySelectorAll("[data-look]")) {
    box.addEventListener("change", () => {
      shown.looks[box.checked ? "add" : "delete"](box.dataset.look);
      shown.layers = null;
      redraw();
    });
    if (!box.checked) shown.looks.delete(box.dataset.look);
    shown.layers = null;
  }
  const units = root.querySelector("[data-unit]");
  units?.addEventListener("change", () => {
    shown.units = units.checked;
    redraw();
  });
  const lines = document.getElementById("lines");
  lines.addEventListener("change", () => {
    shown.lines = lines.checked;
    shown.layers = null;
    redraw();
  });
  document.getElementById("next-hair").addEventListener("click", () => step(view, 1));
  document.getElementById("previous-hair").addEventListener("click", () => step(view, -1));
  document.getElementById("closer").addEventListener("click", () => sides.before.zoomBy(1.4));
  document.getElementById("farther").addEventListener("click", () => sides.before.zoomBy(1 / 1.4));
  document.getElementById("whole").addEventListener("click", () => sides.before.fit());
  for (const button of root.querySelectorAll("[data-show]")) {
    button.addEventListener("click", () => show(button.dataset.show));
  }
  document.getElementById("turn")?.addEventListener("click", turn);
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input:not([type=range], [type=checkbox]), textarea, select");
    if (event.key.toLowerCase() === "b" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) turn();
  });
  if (slider) followSeam();
}

function onKey(event, view) {
  const by = { n: 1, p: -1 }[event.key.toLowerCase()];
  if (!by || event.ctrlKey) return false;
  step(view, by);
  return true;
}

function show(mode) {
  root.dataset.mode = mode;
  for (const button of root.querySelectorAll("[data-show]")) {
    button.setAttribute("aria-pressed", String(button.dataset.show === mode));
  }
  slide();
  // Once both have their new size.
  requestAnimationFrame(() => requestAnimationFrame(() => sides.before.fit()));
}

function slide() {
  const share = Number(slider.value);
  const isSliding = root.dataset.mode === "slider";
  document.getElementById("after").style.clipPath = isSliding ? `inset(0 0 0 ${share}%)` : "";
  document.getElementById("seam").style.left = `${share}%`;
  document.getElementById("tag-before").classList.toggle("is-away", isSliding && share < 12);
  document.getElementById("tag-after").classList.toggle("is-away", isSliding && share > 88);
  slider.setAttribute("aria-valuetext", `${share} percent baseline, ${100 - share} percent follow-up`);
}

function turn() {
  if (!slider || root.dataset.mode !== "slider") return;
  slider.value = Number(slider.value) < 50 ? 100 : 0;
  slide();
}

function followSeam() {
  const seam = document.getElementById("seam");
  const visits = document.getElementById("visits");
  slider.addEventListener("input", slide);
  seam.addEventListener("pointerdown", (event) => {
    seam.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  seam.addEventListener("pointermove", (event) => {
    if (!seam.hasPointerCapture(event.pointerId)) return;
    const box = visits.getBoundingClientRect();
    slider.value = Math.round((100 * (event.clientX - box.left)) / box.width);
    slide();
  });
  if (!still.matches) hint();
}

// One slow move says what the slider is for; the first touch ends it.
function hint() {
  const begun = performance.now();
  let stopped = false;
  const stop = () => (stopped = true);
  for (const kind of ["pointerdown", "keydown", "wheel"]) addEventListener(kind, stop, { once: true, passive: true });
  const move = (now) => {
    if (stopped) return;
    const share = Math.min(1, (now - begun) / 1800);
    slider.value = 50 + 18 * Math.sin(share * 2 * Math.PI);
    slide();
    if (share < 1) requestAnimationFrame(move);
  };
  requestAnimationFrame(move);
}

start().catch((error) => {
  document.getElementById("readout").textContent = `The pictures could not be shown: ${error.message}`;
});
