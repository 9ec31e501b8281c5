// The scale page: what the picture itself shows is marked on it; a line drawn along a ruler or bar becomes µm per pixel
// as its length is typed.

import { ask } from "./base.js";
import { drawShape } from "./shapes.js";
import { openPicture } from "./viewer.js";

const MARK = "#ffd54a";
const data = JSON.parse(document.getElementById("drawing-data").textContent);
const form = document.querySelector(".drawing-side");
const line = document.getElementById("line");
const length = document.getElementById("length");
const said = document.getElementById("drawn-scale");
const found = document.getElementById("marks");

const picture = openPicture(document.getElementById("picture"), {
  ...data,
  label: "The picture: set both ends of a known length",
});
let marks = null;
let drawing = null;

form.addEventListener("change", follow);
length.addEventListener("input", say);
for (const button of form.querySelectorAll("[data-ticks]")) {
  button.addEventListener("click", () => {
    form.elements.tick_mm.value = button.dataset.ticks;
  });
}
line.addEventListener("change", () => drawing?.set(endsOf(line.value)));
picture.onFrame((context, frame) => showsMarks() && drawMarks(context, frame.scale));
picture.ready.then(follow);
look();

// ---- what the picture shows

// A device's scale too: what the picture shows outranks it.
const showsMarks = () => marks && ["found", "profile"].includes(form.elements.kind.value);

async function look() {
  found.textContent = "Looking for a bar or a ruler …";
  try {
    marks = await ask(data.marksUrl);
  } catch (error) {
    found.textContent = error.message;
    return;
  }
  found.textContent = wordsOf(marks);
  // Where the analysis has found no scale, but a bar can be seen, its length is all that is missing.
  if (!data.hasScale && form.elements.kind.value === "found" && unreadBar().length) {
    form.elements.kind.value = "drawn";
    follow();
  }
  picture.redraw();
  say();
}

function wordsOf({ bars, scale, rulers }) {
  if (scale) return `Marked: a bar of ${scale.label}, ${scale.um_per_px.toPrecision(4)} µm per pixel.`;
  if (bars.some((bar) => bar.label)) return "Marked: bars that are not certain enough to be used. Draw along one of them.";
  if (bars.length) return "Marked: a bar whose length could not be read. Draw along it, and type its length.";
  if (rulers.length) return `Marked: a ruler with ticks ${rulers[0].spacing_px.toFixed(1)} px apart. Say their distance: 1 mm, or what stands on the ruler.`;
  return "No bar and no ruler can be seen in this picture.";
}

function drawMarks(context, scale) {
  const trace = new Path2D();
  const used = marks.scale ? marks.bars.filter((bar) => bar.label === marks.scale.label) : marks.bars;
  for (const { ends_px: [from, to] } of used) {
    trace.moveTo(from[1], from[0]);
    trace.lineTo(to[1], to[0]);
  }
  for (const { ticks_px: ticks } of marks.rulers) {
    for (const [row, col] of ticks) {
      trace.moveTo(col + 5 / scale, row);
      trace.arc(col, row, 5 / scale, 0, 2 * Math.PI);
    }
  }
  for (const [color, px] of [["#000000", 5], [MARK, 2.5]]) {
    context.strokeStyle = color;
    context.lineWidth = px / scale;
    context.stroke(trace);
  }
}

// ---- a line of a known length

function follow() {
  const isDrawn = form.elements.kind.value === "drawn";
  if (isDrawn && !drawing) {
    const ends = endsOf(line.value);
    drawing = drawShape(picture, "line", {
      points: ends.length ? ends : unreadBar(),
      onChange: write,
      onFinish: () => length.value || length.focus(),
    });
    write(drawing.points());
  } else if (!isDrawn && drawing) {
    drawing.stop();
    drawing = null;
  }
  picture.setMode(isDrawn ? "draw" : "look");
}

// A bar whose label could not be read lacks nothing but its length.
function unreadBar() {
  return marks?.bars.length && !marks.scale ? marks.bars[0].ends_px : [];
}

function endsOf(text) {
  const numbers = text.split(",").map(Number);
  return numbers.length === 4 && numbers.every(Number.isFinite) ? [numbers.slice(0, 2), numbers.slice(2)] : [];
}

function write(points) {
  line.value = points.length === 2 ? points.flat().map((part) => part.toFixed(2)).join(",") : "";
  say();
}

function say() {
  const ends = endsOf(line.value);
  const px = ends.length ? Math.hypot(ends[1][0] - ends[0][0], ends[1][1] - ends[0][1]) : 0;
  if (!px) {
    said.textContent = "";
    return;
  }
  const mm = Number(length.value.replace(",", "."));
  const scale = mm > 0 ? `: ${((1000 * mm) / px).toPrecision(4)} µm per pixel` : "";
  said.textContent = `The line is ${px.toFixed(1)} px long${scale}${errorOf(px)}.`;
}

// Each end is set to about a pixel, and the ruler itself is not exact.
function errorOf(px) {
  if (!marks) return "";
  return `, ± ${(100 * Math.hypot((Math.SQRT2 * marks.point_error_px) / px, marks.ruler_error)).toFixed(1)} %`;
}
