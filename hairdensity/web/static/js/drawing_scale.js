// The scale page: a line drawn along a ruler or bar becomes um per pixel as its length is typed.

import { drawShape } from "./shapes.js";
import { openPicture } from "./viewer.js";

const data = JSON.parse(document.getElementById("drawing-data").textContent);
const form = document.querySelector(".drawing-side");
const line = document.getElementById("line");
const length = document.getElementById("length");
const said = document.getElementById("drawn-scale");

const picture = openPicture(document.getElementById("picture"), {
  ...data,
  label: "The picture: set both ends of a known length",
});
let drawing = null;

form.addEventListener("change", follow);
length.addEventListener("input", say);
line.addEventListener("change", () => drawing?.set(endsOf(line.value)));
picture.ready.then(follow);

function follow() {
  const isDrawn = form.elements.kind.value === "drawn";
  if (isDrawn && !drawing) {
    drawing = drawShape(picture, "line", {
      points: endsOf(line.value),
      onChange: write,
      onFinish: () => length.value || length.focus(),
    });
    picture.setMode("draw");
    say();
  } else if (!isDrawn && drawing) {
    drawing.stop();
    drawing = null;
    picture.setMode("look");
  }
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
  const mm = Number(length.value.replace(",", "."));
  if (!ends.length) {
    said.textContent = "";
    return;
  }
  const px = Math.hypot(ends[1][0] - ends[0][0], ends[1][1] - ends[0][1]);
  const error = Math.hypot(Math.SQRT2 * data.pointError / px, data.rulerError);
  const scale = mm > 0 && px >= 1 ? `: ${((1000 * mm) / px).toPrecision(4)} µm per pixel, ± ${(100 * error).toFixed(1)} %` : "";
  said.textContent = `The line is ${px.toFixed(1)} px long${scale}.`;
}
