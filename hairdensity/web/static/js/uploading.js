// Drop zones: pictures dropped, chosen or photographed go up one by one, each with its own progress and message.

import { toast } from "./base.js";

const AT_ONCE = 2;
const waiting = [];
let n_running = 0;

for (const form of document.querySelectorAll("form[data-drop]")) setUp(form);

function setUp(form) {
  form.classList.add("has-script");
  for (const part of form.querySelectorAll("[data-needs-script]")) {
    part.hidden = false;
    part.disabled = false;
  }
  for (const input of form.querySelectorAll("input[type=file]")) {
    input.required = false;
    input.addEventListener("change", () => {
      take(form, [...input.files]);
      input.value = "";
    });
  }
  const mark = (isOver) => form.classList.toggle("is-over", isOver);
  form.addEventListener("dragenter", (event) => carriesFiles(event) && (event.preventDefault(), mark(true)));
  form.addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
  form.addEventListener("dragleave", (event) => form.contains(event.relatedTarget) || mark(false));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    mark(false);
    take(form, [...event.dataTransfer.files]);
  });
  form.addEventListener("paste", (event) => take(form, [...event.clipboardData.files]));
}

const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");

// A picture dropped beside a zone would replace the page.
for (const name of ["dragover", "drop"]) {
  window.addEventListener(name, (event) => carriesFiles(event) && event.preventDefault());
}

function take(form, files) {
  if (files.length) form.classList.replace("drop-large", "drop-slim");
  for (const file of files) waiting.push({ form, file, row: addRow(form, file) });
  next();
}

function next() {
  while (n_running < AT_ONCE && waiting.length) {
    n_running += 1;
    send(waiting.shift()).finally(() => {
      n_running -= 1;
      next();
    });
  }
}

function addRow(form, file) {
  const row = document.createElement("li");
  row.className = "upload";
  const name = document.createElement("span");
  name.className = "upload-name";
  name.textContent = file.name;
  const said = document.createElement("span");
  said.textContent = "waiting";
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", `Upload of ${file.name}`);
  row.append(name, said, bar);
  form.querySelector(".uploads").append(row);
  return { row, said, bar };
}

function send({ form, file, row }) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", `${form.action}?site_id=${form.elements.site_id.value}`);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRF-Token", form.elements.csrf_token.value);
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      row.bar.value = event.loaded / event.total;
      row.said.textContent = `${Math.round((100 * event.loaded) / event.total)} %`;
    });
    request.addEventListener("load", () => {
      if (request.status === 503) {
        sendLater({ form, file, row }, Number(request.getResponseHeader("Retry-After")) || 5);
      } else {
        answered(form, row, request);
      }
      resolve();
    });
    request.addEventListener("error", () => {
      refuse(row, "the connection was lost; drop it again");
      resolve();
    });
    // The bytes alone: nothing has to be taken apart before they are counted.
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.send(file);
  });
}

function sendLater(upload, wait_s) {
  upload.row.said.textContent = "the server is busy; it is sent again by itself";
  setTimeout(() => {
    waiting.push(upload);
    next();
  }, 1000 * wait_s);
}

async function answered(form, row, request) {
  const answer = parsed(request.responseText);
  const refused = answer?.error?.message;
  const id = answer?.capture?.id;
  if (request.status >= 400 || !id) {
    refuse(row, refused ?? `the server answered ${request.status}; drop it again`);
    return;
  }
  if (!answer.is_new) toast("This picture is at this visit already.", "warn");
  row.row.remove();
  await addCard(form.closest(".site-block").querySelector("[data-captures]"), id);
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function refuse({ row, said, bar }, reason) {
  bar.remove();
  said.textContent = "refused";
  const words = document.createElement("p");
  words.className = "upload-refused";
  words.textContent = reason[0].toUpperCase() + reason.slice(1);
  row.append(words);
}

async function addCard(captures, id) {
  if (document.getElementById(`capture-${id}`)) return;
  const answer = await fetch(`/captures/${id}/card`).catch(() => null);
  const template = document.createElement("template");
  template.innerHTML = answer?.ok ? await answer.text() : "";
  const card = template.content.querySelector(".capture-card");
  if (!card) {
    // The picture is kept; only this page does not show it yet.
    toast("The picture was uploaded, but cannot be shown at this moment. Load the page again.", "warn");
    return;
  }
  captures.append(card);
  document.getElementById("visit-export").hidden = false;
  window.htmx.process(card);
  card.scrollIntoView({ block: "nearest", behavior: "smooth" });
}
