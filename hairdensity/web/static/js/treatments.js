/** The form of a treatment: fields that belong to its kind, and as many sessions as there were. */

const form = document.getElementById("treatment-form");
const WITH_ROUTE = ["minoxidil", "finasteride", "dutasteride"];

function show() {
  const kind = form.elements.kind.value;
  form.querySelector('[data-for="depth"]').hidden = kind !== "microneedling";
  form.querySelector('[data-for="route"]').hidden = !WITH_ROUTE.includes(kind);
  const manner = form.elements.manner?.value;
  for (const part of form.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== manner;
}

function anotherSession() {
  const list = document.getElementById("sessions");
  const copy = list.lastElementChild.cloneNode(true);
  const number = list.children.length + 1;
  copy.querySelector("label").textContent = `Session ${number}`;
  copy.querySelector("label").htmlFor = `session-${number}`;
  const input = copy.querySelector("input");
  input.id = `session-${number}`;
  input.value = "";
  list.append(copy);
  input.focus();
}

if (form) {
  form.addEventListener("change", show);
  const more = document.getElementById("more-sessions");
  if (more) {
    more.hidden = false;
    more.addEventListener("click", anotherSession);
  }
  show();
}
