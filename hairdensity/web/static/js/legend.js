// The legend of the overlay: the same colors, dashes and words.

import { diameterColor, SCALE_UM } from "./overlay.js";

const TICKS_UM = [20, 40, 60, 80, 100, 120];

/** Show what colors and dashes mean in a mode. */
export function showLegend(element, mode, hasScale) {
  element.replaceChildren(...(mode === "off" ? [] : LEGENDS[mode](hasScale)));
  element.hidden = mode === "off";
}

const LEGENDS = {
  diameter: (hasScale) =>
    hasScale
      ? [ramp(), sample(2, diameterColor(26), "≤ 30 µm"), sample(1, diameterColor(36), "30 to 40 µm"), sample(0, diameterColor(70), "thicker")]
      : [words("No scale is known: diameters are missing.")],
  unit: () => [words("One color for each follicular unit; the number counts its hairs.")],
  uncertainty: () => [
    sample(0, "#4dd0ff", "certain"),
    sample(1, "#ffb300", "less certain"),
    sample(2, "#ff5fa2", "unsure"),
    words("The veil is as wide as the diameter's upper bound."),
  ],
};

function words(text) {
  const span = document.createElement("span");
  span.textContent = text;
  return span;
}

// A canvas, because a style attribute is not allowed and a picture of the scale would be a second truth.
function ramp() {
  const holder = document.createElement("span");
  holder.className = "ramp";
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: 200, height: 10 });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `Color by diameter, from ${SCALE_UM.low} to ${SCALE_UM.high} µm`);
  const context = canvas.getContext("2d");
  for (let x = 0; x < 200; x += 1) {
    context.fillStyle = diameterColor(SCALE_UM.low + ((SCALE_UM.high - SCALE_UM.low) * x) / 199);
    context.fillRect(x, 0, 1, 10);
  }
  const ticks = document.createElement("span");
  ticks.className = "ticks";
  ticks.setAttribute("aria-hidden", "true");
  ticks.append(...TICKS_UM.map((um) => words(um === SCALE_UM.high ? `${um} µm` : String(um))));
  holder.append(canvas, ticks);
  return holder;
}

const DASHES = ["", "9 6", "1.5 5"];

function sample(dash, color, text) {
  const holder = document.createElement("span");
  holder.className = "sample";
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
  for (const [name, value] of [["width", 30], ["height", 10], ["aria-hidden", "true"]]) svg.setAttribute(name, value);
  const facts = { x1: 1, x2: 29, y1: 5, y2: 5, stroke: color, "stroke-width": 2.6, "stroke-dasharray": DASHES[dash] };
  for (const [name, value] of Object.entries(facts)) line.setAttribute(name, value);
  svg.append(line);
  holder.append(svg, words(text));
  return holder;
}
