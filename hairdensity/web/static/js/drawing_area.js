// The area page: a shape drawn on the picture is kept as the text that the program reads.

import { drawShape } from "./shapes.js";
import { openPicture } from "./viewer.js";

const data = JSON.parse(document.getElementById("drawing-data").textContent);
const field = document.getElementById("area");
const shapes = document.getElementById("shapes");
const said = document.getElementById("drawn-area");
const EDGE = 0.5;

const picture = openPicture(document.getElementById("picture"), { ...data, label: "The picture: draw the target area" });
let drawing = null;

for (const part of document.querySelectorAll("[data-needs-script]")) part.hidden = false;
shapes.addEventListener("change", () => choose(chosen(), []));
field.addEventListener("change", () => read(field.value));
for (const button of document.querySelectorAll("[data-preset]")) {
  button.addEventListener("click", () => preset(button.dataset.preset));
}
picture.ready.then(() => read(field.value));

const chosen = () => shapes.querySelector("input:checked")?.value ?? "whole";

function choose(kind, points) {
  drawing?.stop();
  drawing = null;
  shapes.querySelector(`input[value=${kind}]`).checked = true;
  picture.setMode(kind === "whole" ? "look" : "draw");
  if (kind !== "whole") drawing = drawShape(picture, kind, { points, onChange: (now) => write(kind, now) });
  write(kind, points);
  if (kind !== "whole" && !points.length) picture.element.focus({ preventScroll: true });
}

// ---- between points and text; [0, 0] is the center of the first pixel in both

const rounded = (number) => Number(number.toFixed(2));

function textOf(kind, points) {
  if (kind === "whole") return "whole";
  if (kind === "polygon") return points.length > 2 ? `polygon=${points.flat().map(rounded)}` : "";
  if (points.length < 2) return "";
  const [[row, col], [toRow, toCol]] = points;
  if (kind === "circle") return `circle=${[row, col, Math.hypot(toRow - row, toCol - col)].map(rounded)}`;
  const [top, left] = [Math.min(row, toRow), Math.min(col, toCol)];
  return `rectangle=${[top, left, Math.abs(toRow - row), Math.abs(toCol - col)].map(rounded)}`;
}

function read(text) {
  const [kind, numbers = ""] = text.trim().split("=");
  const isMm = numbers.endsWith("mm");
  if (!["whole", "rectangle", "circle", "polygon"].includes(kind) || (isMm && !data.umPerPx)) return;
  const px = isMm ? 1000 / data.umPerPx : 1;
  choose(kind, pointsOf(kind, numbers.replace(/(mm|px)\s*$/, "").split(",").map((part) => Number(part) * px)));
}

function pointsOf(kind, numbers) {
  if (kind === "whole" || !numbers.every(Number.isFinite)) return [];
  if (kind === "polygon") return Array.from({ length: numbers.length >> 1 }, (_, n) => numbers.slice(2 * n, 2 * n + 2));
  const [row, col, third, fourth] = numbers;
  return kind === "circle" ? [[row, col], [row, col + third]] : [[row, col], [row + third, col + fourth]];
}

// ---- 1 cm2 in the middle

function preset(kind) {
  const middle = [(data.height - 1) / 2, (data.width - 1) / 2];
  const centimeter = 10000 / data.umPerPx;
  if (kind === "circle") {
    choose("circle", [middle, [middle[0], middle[1] + centimeter / Math.sqrt(Math.PI)]]);
  } else {
    const corner = (sign) => middle.map((part) => part + (sign * centimeter) / 2);
    choose("rectangle", [corner(-1), corner(1)]);
  }
}

// ---- in words

function write(kind, points) {
  field.value = textOf(kind, points) || field.value;
  said.textContent = wordsOf(kind, points);
}

function wordsOf(kind, points) {
  if (kind === "whole") return `The whole picture${extent(data.width * data.height)}.`;
  if (!textOf(kind, points)) {
    return { rectangle: "Draw from corner to corner.", circle: "Draw from the center to the edge." }[kind] ?? "Set at least three corners; Enter finishes.";
  }
  const beyond = points.some(([row, col]) => row < -EDGE || col < -EDGE || row > data.height - EDGE || col > data.width - EDGE);
  return `The area${extent(pxOf(kind, points))}${beyond ? ", partly beyond the picture: only what is on it counts" : ""}.`;
}

function pxOf(kind, points) {
  const [[row, col], [toRow, toCol]] = points;
  if (kind === "circle") return Math.PI * ((toRow - row) ** 2 + (toCol - col) ** 2);
  if (kind === "rectangle") return Math.abs((toRow - row) * (toCol - col));
  const twice = points.map(([r, c], n) => {
    const [nextRow, nextCol] = points[(n + 1) % points.length];
    return c * nextRow - nextCol * r;
  });
  return Math.abs(twice.reduce((sum, part) => sum + part, 0)) / 2;
}

function extent(px) {
  if (!data.umPerPx) return ` has ${Math.round(px).toLocaleString("en")} px`;
  const cm2 = (px * data.umPerPx ** 2) / 1e8;
  return ` has ${cm2 < 1 ? cm2.toPrecision(2) : cm2.toFixed(2)} cm²`;
}
