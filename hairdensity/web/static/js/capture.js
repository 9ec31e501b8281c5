// The page of a capture: picture, overlay, chosen hair, correction, figures.

import { showFiguresIn } from "./figures.js";
import { ask, toast } from "./base.js";
import { keepEdits } from "./edits.js";
import { applyEdits, nextId } from "./hairs.js";
import { showLegend } from "./legend.js";
import { followEdits } from "./live.js";
import { addOverlay, passes } from "./overlay.js";
import { openPicture } from "./viewer.js";
import { editWords, hairFacts, hairLine } from "./words.js";
import { workOn } from "./tools.js";

// A result comes after a few seconds, most often; what takes longer is asked for less often.
const POLL_MS = { first: 300, growth: 1.25, most: 2000 };
const byId = (id) => document.getElementById(id);
const json = (id) => JSON.parse(byId(id).textContent);

const workspace = byId("workspace");
const base = `/captures/${workspace.dataset.capture}`;
const facts = json("capture-facts");

/** All that the page shows, in one place; `render` brings it to the screen. */
const page = {
  state: json("capture-state"),
  automatic: null,
  shown: null,
  saved: null,
  answered: null,
  edits: null,
  version: "corrected",
  mode: "diameter",
  lastMode: "diameter",
  thinUm: null,
  selectedId: null,
  isSending: false,
};

const picture = openPicture(byId("picture"), {
  tilesUrl: `${base}/tiles`,
  width: facts.width,
  height: facts.height,
  label: "Picture with the hairs that were found. Press question mark for the keys.",
});
const overlay = addOverlay(picture);
const live = facts.mayEdit ? followEdits({ url: `${base}/preview`, about, onWait: dim, onResult: takeAnswer, onFault }) : null;
const tools = workOn(picture, {
  hairs: () => page.shown?.hairs.filter((hair) => passes(hair, page.thinUm)) ?? [],
  selected,
  select,
  setCandidate: (hair) => overlay.set({ candidate: hair?.hair_id ?? null }),
  edit: (edit) => {
    showVersion("corrected");
    page.edits.add(edit);
    if (edit.op === "add") select(page.shown.hairs.at(-1));
  },
  onTool: showTool,
});

// ---- what is shown

async function load() {
  const { readingId, automaticId } = page.state;
  if (!readingId) return;
  const read = (id) => ask(`${base}/readings/${id}/result`);
  const [current, automatic] = await Promise.all([read(readingId), automaticId === readingId ? null : read(automaticId)]);
  page.automatic = automatic ?? current;
  page.edits = keepEdits({
    captureId: workspace.dataset.capture,
    automaticId,
    person: facts.person,
    saved: page.state.edits,
    onChange: afterEdit,
  });
  page.saved = { key: JSON.stringify(page.state.edits), result: current };
  page.answered = page.saved;
  page.unreadable = [];
  compose();
  if (page.edits.isRestored) {
    byId("restored").hidden = false;
    afterEdit();
  }
  if (page.automatic.target_area.unreadable_fraction > 0) showUnreadable(automaticId);
}

async function showUnreadable(automaticId) {
  const { unreadable_px: rings } = await ask(`${base}/readings/${automaticId}/unreadable`);
  page.unreadable = rings;
  compose();
}

// Hairs as measured by the server where it has answered for these edits; else as the edits make them look.
function compose() {
  const edits = page.version === "automatic" ? [] : page.edits.list();
  const key = JSON.stringify(edits);
  const known = [page.saved, page.answered].find((answer) => answer.key === key);
  const measured = edits.length === 0 ? page.automatic : known?.result;
  const result = measured ?? { ...page.automatic, hairs: applyEdits(page.automatic.hairs, edits) };
  page.shown = measured ? result : { ...result, hairs: withKnownFigures(result.hairs) };
  if (selected() === undefined) page.selectedId = null;
  const marked = edits.filter((edit) => edit.op === "unreadable").map((edit) => edit.polygon_px);
  overlay.set({
    hairs: page.shown.hairs,
    boundary: page.shown.target_area.boundary_px,
    isWhole: page.shown.target_area.kind === "whole",
    umPerPx: page.shown.calibration?.um_per_px ?? null,
    unreadable: [...page.unreadable, ...marked],
    selected: page.selectedId,
  });
  picture.element.dataset.shown = page.version;
  // Without a scale nobody knows which hairs are thin.
  byId("thin").hidden = !page.shown.calibration;
  render();
}

// While the server measures the newest edit, hairs of earlier edits keep what it has said about them.
function withKnownFigures(hairs) {
  const known = new Map(page.answered.result.hairs.map((hair) => [hair.hair_id, hair]));
  const isSame = (hair) =>
    hair.isPending && JSON.stringify(known.get(hair.hair_id)?.root_px) === JSON.stringify(hair.root_px);
  return hairs.map((hair) => (isSame(hair) ? known.get(hair.hair_id) : hair));
}

function afterEdit() {
  compose();
  if (page.edits.isDirty()) live.follow(page.edits.list());
  else {
    live.stop();
    showFigures();
  }
}

function about() {
  return { reading_id: page.state.readingId };
}

function takeAnswer(answer, edits) {
  if (page.version === "automatic") return;
  page.answered = { key: JSON.stringify(edits), result: answer.result };
  showFigures(answer.figures);
  compose();
}

function dim() {
  byId("figures").setAttribute("aria-busy", "true");
  byId("save-fault").textContent = "";
}

let nAsked = 0;

// Of unsaved edits as the server has just given them; else those of the reading that is shown.
async function showFigures(html) {
  nAsked += 1;
  const mine = nAsked;
  dim();
  const reading = page.version === "automatic" ? `?reading=${page.state.automaticId}` : "";
  const words = html ?? (await (await fetch(`${base}/panel${reading}`)).text());
  // Another edit may have been quicker than this answer.
  if (mine !== nAsked) return;
  showFiguresIn(byId("figures"), words);
  byId("figures").setAttribute("aria-busy", "false");
}

function onFault(error) {
  byId("figures").setAttribute("aria-busy", "false");
  if (byId("saving")?.hidden ?? true) toast(error.message, "bad");
  else byId("save-fault").textContent = error.message;
}

function render() {
  const { state } = page;
  const focused = document.activeElement;
  const isDirty = page.edits?.isDirty() ?? false;
  const edits = page.edits?.list() ?? [];
  byId("reading-state").replaceChildren(...stateWords());
  showHair();
  if (facts.mayEdit) {
    byId("tools").hidden = !state.readingId && state.job === "failed";
    byId("corrections").hidden = edits.length === 0 && !isDirty;
    byId("edit-list").replaceChildren(...editItems(edits));
    byId("undo").disabled = !page.edits?.canUndo();
    byId("redo").disabled = !page.edits?.canRedo();
    byId("saving").hidden = !isDirty;
    byId("review").hidden = !state.readingId || isDirty || Boolean(state.reviewedAt);
  }
  byId("exports").hidden = !state.readingId;
  const comparing = byId("compare-previous");
  if (comparing) {
    comparing.hidden = !state.readingId || isDirty;
    byId("compare-this").value = state.readingId ?? "";
  }
  byId("versions").hidden = edits.length === 0;
  // What was pressed may be switched off or gone now: the keys go on in the picture.
  const isLost = workspace.contains(focused) && (focused.disabled || !focused.checkVisibility());
  if (isLost) byId("picture").focus({ preventScroll: true });
}

function stateWords() {
  const { state } = page;
  const lines = [];
  const line = (kind, text) => {
    const element = document.createElement("p");
    element.className = kind;
    element.textContent = text;
    lines.push(element);
  };
  if (page.edits?.isDirty()) line("unsaved", "Correction not saved");
  else if (state.kind === "corrected") line("made", `Corrected by ${state.madeBy}, ${state.madeAt}`);
  else if (state.kind) line("made", `Automatic, ${state.madeAt}`);
  if (state.reviewedAt && !page.edits?.isDirty()) line("reviewed", `Reviewed by ${state.reviewedBy}, ${state.reviewedAt}`);
  return lines;
}

function editItems(edits) {
  return edits.map((edit, index) => {
    const item = document.createElement("li");
    item.textContent = editWords(edit, nextId(page.automatic.hairs, edits.slice(0, index)));
    return item;
  });
}

// ---- the chosen hair

function selected() {
  return page.shown?.hairs.find((hair) => hair.hair_id === page.selectedId);
}

function select(hair) {
  page.selectedId = hair?.hair_id ?? null;
  overlay.set({ selected: page.selectedId });
  showHair();
}

function showHair() {
  const hair = selected();
  byId("hair-card").hidden = !hair;
  if (!hair) return;
  const context = { hairs: page.shown.hairs, hasScale: Boolean(page.shown.calibration), flagWords: facts.flagWords };
  byId("hair-name").textContent = `Hair ${hair.hair_id}`;
  byId("hair-facts").replaceChildren(...hairFacts(hair, context).map(([name, words]) => pair(name, words)));
  announce(hairLine(hair, context));
}

function pair(name, words) {
  const row = document.createElement("div");
  const [dt, dd] = [document.createElement("dt"), document.createElement("dd")];
  [dt.textContent, dd.textContent] = [name, words];
  row.append(dt, dd);
  return row;
}

function announce(words) {
  const voice = byId("voice");
  if (voice.textContent !== words) voice.textContent = words;
}

// ---- view

function setMode(mode) {
  if (mode !== "off") page.lastMode = mode;
  page.mode = mode;
  document.querySelector(`#modes input[value=${mode}]`).checked = true;
  showLegend(byId("legend"), mode, page.shown ? Boolean(page.shown.calibration) : true);
  overlay.set({ mode });
}

function setThin(value) {
  page.thinUm = value === "" ? null : Number(value);
  document.querySelector(`#thin input[value="${value}"]`).checked = true;
  overlay.set({ thinUm: page.thinUm });
}

function nextThin() {
  const values = ["", "30", "40"];
  setThin(values[(values.indexOf(page.thinUm === null ? "" : String(page.thinUm)) + 1) % 3]);
}

function showVersion(version) {
  if (page.version === version) return;
  page.version = version;
  document.querySelector(`#versions input[value=${version}]`).checked = true;
  compose();
  if (version === "corrected" && page.edits.isDirty()) live.follow(page.edits.list());
  else {
    live?.stop();
    showFigures();
  }
}

function showTool(tool, hint) {
  for (const button of document.querySelectorAll("[data-tool]")) {
    button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
  }
  byId("hint").hidden = tool === "select";
  byId("hint-words").textContent = hint;
}

// ---- saving

async function save() {
  if (!page.edits?.isDirty() || page.isSending) return;
  setSending(true);
  const edits = page.edits.list();
  try {
    await ask(`${base}/corrections`, {
      method: "POST",
      json: {
        edits,
        reason: byId("reason").value,
        reading_id: page.state.readingId,
        is_reviewed: byId("is-reviewed").checked,
      },
    });
    page.edits.markSaved(edits);
    byId("reason").value = "";
    byId("is-reviewed").checked = false;
    byId("restored").hidden = true;
    await refresh();
    announce("Correction saved");
  } catch (error) {
    onFault(error);
  }
  setSending(false);
}

// The buttons keep the focus: one that is switched off would lose it.
function setSending(isSending) {
  page.isSending = isSending;
  for (const id of ["save", "discard", "reviewed"]) byId(id).setAttribute("aria-disabled", String(isSending));
  byId("save").textContent = isSending ? "Saving …" : "Save correction";
  if (isSending) byId("save-fault").textContent = "";
}

async function review() {
  if (page.isSending) return;
  page.isSending = true;
  try {
    await ask(`${base}/reviewed`, { method: "POST", json: { reading_id: page.state.readingId } });
    await refresh();
  } catch (error) {
    onFault(error);
  }
  page.isSending = false;
}

// The page goes on with what counts now; nothing is loaded anew that it has.
async function refresh() {
  const before = page.state.readingId;
  page.state = await ask(`${base}/state`);
  if (page.state.readingId !== before) await load();
  await showFigures();
  render();
  poll();
}

let timer = null;

function poll(wait_ms = POLL_MS.first) {
  clearTimeout(timer);
  if (!page.state.job || page.state.job === "failed") return;
  timer = setTimeout(async () => {
    const before = page.state;
    page.state = await ask(`${base}/state`).catch(() => before);
    if (page.state.readingId !== before.readingId && !page.edits?.isDirty()) {
      await load();
      await showFigures();
      setMode(page.mode);
      byId("job-slot").replaceChildren();
    }
    render();
    poll(Math.min(wait_ms * POLL_MS.growth, POLL_MS.most));
  }, wait_ms);
}

// ---- wiring

const KEYS = {
  o: () => setMode(page.mode === "off" ? page.lastMode : "off"),
  1: () => setMode("diameter"),
  2: () => setMode("unit"),
  3: () => setMode("uncertainty"),
  t: nextThin,
  "?": () => byId("help").showModal(),
};
const TOOL_KEYS = {
  v: "select", a: "add", d: "delete", Delete: "delete", s: "split", m: "merge", r: "move_root", u: "unreadable",
};

function onKey(event) {
  if (event.target.closest("input[type=text], textarea, select, dialog")) return;
  if (event.altKey) return;
  if (!handleKey(event)) return;
  event.preventDefault();
}

function handleKey(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const isEditing = facts.mayEdit && page.edits !== null;
  if (event.ctrlKey || event.metaKey) {
    if (!isEditing) return false;
    if (key === "z") (event.shiftKey ? page.edits.redo : page.edits.undo)();
    else if (key === "y") page.edits.redo();
    else if (key === "s") save();
    else return false;
    return true;
  }
  if (KEYS[key]) KEYS[key]();
  else if (TOOL_KEYS[key] && isEditing) {
    tools.take(TOOL_KEYS[key]);
    byId("picture").focus({ preventScroll: true });
  } else return false;
  return true;
}

function wire() {
  // A narrow page gives the picture the height that it needs.
  workspace.style.setProperty("--picture-ratio", String(facts.width / facts.height));
  workspace.addEventListener("keydown", onKey);
  byId("modes").addEventListener("change", (event) => setMode(event.target.value));
  byId("thin").addEventListener("change", (event) => setThin(event.target.value));
  byId("versions").addEventListener("change", (event) => showVersion(event.target.value));
  byId("hair-close").addEventListener("click", () => select(undefined));
  byId("help-button").addEventListener("click", () => byId("help").showModal());
  const zooms = { in: () => picture.zoomBy(1.5), out: () => picture.zoomBy(1 / 1.5), fit: () => picture.fit() };
  for (const button of document.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", zooms[button.dataset.zoom]);
  }
  // A job that failed and is tried again goes on without a new page.
  byId("job-slot").addEventListener("htmx:afterSwap", () => {
    if (page.state.job !== "failed") return;
    page.state.job = "queued";
    poll();
  });
  if (facts.mayEdit) wireEditing();
  window.addEventListener("beforeunload", (event) => {
    if (page.edits?.isDirty()) event.preventDefault();
  });
}

function wireEditing() {
  for (const button of document.querySelectorAll("[data-tool]")) {
    button.addEventListener("click", () => {
      if (page.edits) tools.take(button.dataset.tool);
    });
  }
  byId("hint-done").addEventListener("click", () => tools.finish());
  byId("hint-stop").addEventListener("click", () => tools.take("select"));
  byId("undo").addEventListener("click", () => page.edits.undo());
  byId("redo").addEventListener("click", () => page.edits.redo());
  byId("save").addEventListener("click", save);
  byId("discard").addEventListener("click", () => page.isSending || page.edits.discard());
  byId("reviewed").addEventListener("click", review);
}

wire();
setMode("diameter");
render();
load().then(() => setMode(page.mode), onFault);
poll();
if (document.activeElement === document.body && window.matchMedia("(hover: hover)").matches) {
  byId("picture").focus({ preventScroll: true });
}
