// A picture to zoom and pan in, with one canvas of our own above it.
//
// Points are [row, col] in pixels of the upright picture; [0, 0] is the CENTER of the first pixel, as in every figure
// of the program. OpenSeadragon counts from the first pixel's corner: half a pixel lies between the two.

const HALF = 0.5;
const KEY_PAN_PX = 80;
const KEY_ZOOM = 1.3;
const TILE_PX = 512;

/**
 * Open a picture in an element.
 *
 * @param {HTMLElement} element  Has a height; gets the focus for keys.
 * @param {{tilesUrl: string, width: number, height: number, label?: string}} source  `tilesUrl` is the folder of levels.
 * @returns {object} The picture:
 *   `viewer` (OpenSeadragon), `layer` (the canvas), `ready` (a promise), `width`, `height`;
 *   `toPicture(event)` -> [row, col] of a pointer's event; `toScreen([row, col])` -> [x, y] in CSS px in the element;
 *   `onFrame(draw)`: `draw(context, frame)` at each frame, in picture coordinates (x = col, y = row); gives a function
 *   that takes it off again; `redraw()`; `onKey(handle)`: newest first, the first that returns true has the key;
 *   `onPointer(handlers)`: `press`, `drag`, `release`, `click`, each `(point, event)`; a `press` or `drag` that returns
 *   true keeps the picture from moving; `setMode(name)` marks the element (`data-mode`) for styles and cursors;
 *   `scale()` -> CSS px for a pixel of the picture; `center()` -> the point in the middle; `show([row, col])`;
 *   `zoomBy(factor, [row, col])` around a point, or around the middle; `fit()`.
 */
export function openPicture(element, { tilesUrl, width, height, label }) {
  markOpenSeadragonStyle();
  const viewer = window.OpenSeadragon({
    element,
    // A tab stop of its own is made below, with a name.
    tabIndex: -1,
    drawer: "canvas",
    tileSources: tileSource(tilesUrl, width, height),
    // Fetched tiles are decoded beside the main thread.
    loadTilesWithAjax: true,
    showNavigationControl: false,
    animationTime: prefersStillness() ? 0 : 0.25,
    springStiffness: 9,
    visibilityRatio: 0.5,
    minZoomImageRatio: 0.8,
    maxZoomPixelRatio: 12,
    zoomPerScroll: 1.25,
    imageLoaderLimit: 6,
    gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: false, flickEnabled: false },
    gestureSettingsPen: { clickToZoom: false, dblClickToZoom: false },
    gestureSettingsTouch: { clickToZoom: false, dblClickToZoom: false, pinchToZoom: true },
  });
  const layer = addLayer(viewer.canvas);
  const scene = { viewer, layer, element, width, height, draws: [], keys: [], pointers: [], isQueued: false };
  followFrames(scene);
  followKeys(scene, label);
  followPointers(scene);
  return publicFace(scene);
}

function publicFace(scene) {
  const { viewer, layer, element, width, height } = scene;
  const viewport = () => viewer.viewport;
  return {
    viewer,
    layer,
    element,
    width,
    height,
    ready: new Promise((resolve) => viewer.addOnceHandler("open", () => resolve())),
    toPicture: (event) => {
      const box = viewer.canvas.getBoundingClientRect();
      return pointAt(scene, event.clientX - box.left, event.clientY - box.top);
    },
    toScreen: (point) => {
      const { x, y, scale } = frameOf(scene);
      return [x + point[1] * scale, y + point[0] * scale];
    },
    scale: () => frameOf(scene).scale,
    onFrame: (draw) => added(scene.draws, draw, () => requestFrame(scene)),
    redraw: () => requestFrame(scene),
    onKey: (handle) => added(scene.keys, handle),
    onPointer: (handlers) => added(scene.pointers, handlers),
    setMode: (name) => {
      element.dataset.mode = name;
      requestFrame(scene);
    },
    center: () => pointAt(scene, layer.clientWidth / 2, layer.clientHeight / 2),
    show: (point) => showPoint(scene, point),
    zoomBy: (factor, point) => zoomBy(scene, factor, point),
    fit: () => viewport().goHome(),
  };
}

// OpenSeadragon writes a style element unless one of this mark is there, and a strict policy forbids it. An element of
// the same name in no known namespace carries the mark and styles nothing; our own sheet states the rule.
function markOpenSeadragonStyle() {
  const mark = "data-openseadragon-mobile-css";
  if (document.querySelector(`style[${mark}]`)) return;
  const element = document.createElementNS("urn:hairdensity:mark", "style");
  element.setAttribute(mark, "true");
  document.head.append(element);
}

function tileSource(tilesUrl, width, height) {
  const longest = Math.max(width, height);
  const maxLevel = Math.ceil(Math.log2(longest));
  let minLevel = maxLevel;
  while (Math.ceil(longest / 2 ** (maxLevel - minLevel)) > TILE_PX) minLevel -= 1;
  const folder = tilesUrl.replace(/\/$/, "");
  return {
    width,
    height,
    tileSize: TILE_PX,
    tileOverlap: 0,
    minLevel,
    maxLevel,
    getTileUrl: (level, x, y) => `${folder}/${level}/${x}_${y}.jpg`,
  };
}

function addLayer(canvas) {
  const layer = document.createElement("canvas");
  layer.className = "picture-layer";
  layer.setAttribute("aria-hidden", "true");
  canvas.append(layer);
  return layer;
}

function prefersStillness() {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}

const osdPoint = (x, y) => new window.OpenSeadragon.Point(x, y);

// Where the center of the first pixel lies on the screen, and CSS px for a pixel of the picture.
function frameOf(scene) {
  const { viewer, width } = scene;
  if (!viewer.viewport || !viewer.world.getItemAt(0)) return { x: 0, y: 0, scale: 1 };
  const left = viewer.viewport.pixelFromPoint(osdPoint(0, 0), true);
  const right = viewer.viewport.pixelFromPoint(osdPoint(1, 0), true);
  const scale = (right.x - left.x) / width;
  return { x: left.x + HALF * scale, y: left.y + HALF * scale, scale };
}

function pointAt(scene, x, y) {
  const frame = frameOf(scene);
  return [(y - frame.y) / frame.scale, (x - frame.x) / frame.scale];
}

function added(list, item, after = () => {}) {
  list.unshift(item);
  after();
  return () => {
    const index = list.indexOf(item);
    if (index >= 0) list.splice(index, 1);
    after();
  };
}

// ---- frames

function followFrames(scene) {
  scene.viewer.addHandler("update-viewport", () => paint(scene));
  scene.viewer.addHandler("open", () => requestFrame(scene));
  new ResizeObserver(() => requestFrame(scene)).observe(scene.viewer.canvas);
}

function requestFrame(scene) {
  if (scene.isQueued) return;
  scene.isQueued = true;
  requestAnimationFrame(() => {
    scene.isQueued = false;
    paint(scene);
  });
}

function paint(scene) {
  const { layer, viewer } = scene;
  const ratio = window.devicePixelRatio || 1;
  const [wide, high] = [viewer.canvas.clientWidth, viewer.canvas.clientHeight];
  const [layerWidth, layerHeight] = [Math.round(wide * ratio), Math.round(high * ratio)];
  if (layer.width !== layerWidth || layer.height !== layerHeight) {
    layer.width = layerWidth;
    layer.height = layerHeight;
  }
  const context = layer.getContext("2d");
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, layer.width, layer.height);
  const { x, y, scale } = frameOf(scene);
  const [top, left] = pointAt(scene, 0, 0);
  const [bottom, right] = pointAt(scene, wide, high);
  const frame = { scale, ratio, width: wide, height: high, bounds: { top, left, bottom, right } };
  // The oldest first: what was added later lies above.
  for (const draw of [...scene.draws].reverse()) {
    context.setTransform(ratio * scale, 0, 0, ratio * scale, ratio * x, ratio * y);
    draw(context, frame);
  }
}

// ---- keys

function followKeys(scene, label) {
  const { element, viewer } = scene;
  element.tabIndex = 0;
  // Screen readers hand keys over to an application, and to nothing else.
  element.setAttribute("role", "application");
  element.setAttribute("aria-roledescription", "picture");
  if (label) element.setAttribute("aria-label", label);
  viewer.addHandler("canvas-key", (event) => {
    event.preventDefaultAction = true;
    event.preventVerticalPan = true;
    event.preventHorizontalPan = true;
  });
  viewer.addHandler("canvas-press", () => element.focus({ preventScroll: true }));
  element.addEventListener("keydown", (event) => {
    if (event.altKey || event.metaKey) return;
    const taken = [...scene.keys].some((handle) => handle(event)) || moveByKey(scene, event);
    if (!taken) return;
    event.preventDefault();
    event.stopPropagation();
  });
}

const PANS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function moveByKey(scene, event) {
  const { viewport } = scene.viewer;
  if (event.ctrlKey || !viewport) return false;
  if (PANS[event.key]) {
    const [x, y] = PANS[event.key];
    viewport.panBy(viewport.deltaPointsFromPixels(osdPoint(x * KEY_PAN_PX, y * KEY_PAN_PX))).applyConstraints();
  } else if (event.key === "+" || event.key === "=") zoomBy(scene, KEY_ZOOM);
  else if (event.key === "-") zoomBy(scene, 1 / KEY_ZOOM);
  else if (event.key === "0") viewport.goHome();
  else return false;
  return true;
}

function zoomBy({ viewer, width }, factor, point) {
  const around = point && osdPoint((point[1] + HALF) / width, (point[0] + HALF) / width);
  viewer.viewport.zoomBy(factor, around).applyConstraints();
}

// Pan so that a point is seen, with room around it; nothing moves when it is.
function showPoint(scene, point) {
  const { x, y, scale } = frameOf(scene);
  const [wide, high] = [scene.layer.clientWidth, scene.layer.clientHeight];
  const margin = Math.min(80, wide / 4, high / 4);
  const excess = (value, size) => (value < 8 ? value - margin : value > size - 8 ? value - (size - margin) : 0);
  const [panX, panY] = [excess(x + point[1] * scale, wide), excess(y + point[0] * scale, high)];
  if (!panX && !panY) return;
  const { viewport } = scene.viewer;
  viewport.panBy(viewport.deltaPointsFromPixels(osdPoint(panX, panY)));
}

// ---- pointers

function followPointers(scene) {
  let isHeld = false;
  const tell = (name, event) => {
    const point = pointAt(scene, event.position.x, event.position.y);
    return [...scene.pointers].some((handlers) => handlers[name] && handlers[name](point, event.originalEvent) === true);
  };
  scene.viewer.addHandler("canvas-press", (event) => {
    isHeld = tell("press", event);
  });
  scene.viewer.addHandler("canvas-drag", (event) => {
    if (tell("drag", event) || isHeld) event.preventDefaultAction = true;
  });
  scene.viewer.addHandler("canvas-drag-end", (event) => {
    if (isHeld) event.preventDefaultAction = true;
  });
  scene.viewer.addHandler("canvas-release", (event) => {
    tell("release", event);
    isHeld = false;
  });
  scene.viewer.addHandler("canvas-click", (event) => {
    if (event.quick) tell("click", event);
  });
  scene.viewer.canvas.addEventListener("pointermove", (event) => {
    const box = scene.viewer.canvas.getBoundingClientRect();
    tell("move", { position: { x: event.clientX - box.left, y: event.clientY - box.top }, originalEvent: event });
  });
}
