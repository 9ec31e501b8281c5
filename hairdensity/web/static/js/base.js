/** What every page does: messages that pass, dialogs, menus that close. */

const SHOWN_MS = 7000;

/** Show a passing message; kind: good, warn or bad (which stays until it is closed). */
export function toast(words, kind = "good") {
  const box = document.createElement("div");
  box.className = `toast toast-${kind}`;
  const text = document.createElement("p");
  text.textContent = words;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "toast-close";
  close.setAttribute("aria-label", "Close this message");
  close.textContent = "×";
  close.addEventListener("click", () => box.remove());
  box.append(text, close);
  document.getElementById("toasts").append(box);
  if (kind !== "bad") setTimeout(() => box.remove(), SHOWN_MS);
}

/** fetch() to this application: with the token of the page; gives parsed JSON, throws Error with the server's words. */
export async function ask(url, { method = "GET", json, body, headers = {}, signal } = {}) {
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const answer = await fetch(url, {
    method,
    signal,
    body: json === undefined ? body : JSON.stringify(json),
    headers: {
      Accept: "application/json",
      ...(method === "GET" ? {} : { "X-CSRF-Token": token }),
      ...(json === undefined ? {} : { "Content-Type": "application/json" }),
      ...headers,
    },
  });
  if (answer.status === 401) {
    location.assign(`/sign-in?next=${encodeURIComponent(location.pathname)}`);
  }
  const text = await answer.text();
  if (!answer.ok) throw new Error(wordsOf(text, answer.status));
  return text ? JSON.parse(text) : null;
}

function wordsOf(text, status) {
  try {
    return JSON.parse(text).error.message;
  } catch {
    return `the server answered ${status}; try it again`;
  }
}

document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = event.detail;
  toast(wordsOf(xhr.responseText, xhr.status), "bad");
});
document.addEventListener("htmx:sendError", () => toast("The server does not answer. Nothing was saved; try it again.", "bad"));

// <button data-opens="id of a dialog">, and inside it <button data-closes>.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const copier = event.target.closest("[data-copies]");
  if (copier) copy(copier);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.activeElement?.closest("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// Today is where the person is: the server may stand in another time zone, and a page may stay open over midnight.
function today() {
  const now = new Date();
  const two = (number) => String(number).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}
function bringToday() {
  for (const field of document.querySelectorAll("input[data-today]")) field.value = today();
  for (const field of document.querySelectorAll('input[type="date"][max]')) field.max = today();
  for (const words of document.querySelectorAll("[data-day]")) {
    words.textContent = words.dataset.day === today() ? "Today" : words.dataset.words;
  }
}
bringToday();
document.addEventListener("submit", bringToday);
addEventListener("pageshow", bringToday);

// A form that was sent is not sent twice by a second click.
document.addEventListener("submit", (event) => {
  if (event.target.hasAttribute("data-once")) {
    setTimeout(() => event.target.querySelectorAll("button").forEach((button) => (button.disabled = true)));
  }
});
addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-once] button").forEach((button) => (button.disabled = false));
});

// <input type="checkbox" data-reveals="id of a password field">
document.addEventListener("change", (event) => {
  const field = event.target.dataset?.reveals && document.getElementById(event.target.dataset.reveals);
  if (field) field.type = event.target.checked ? "text" : "password";
});

async function copy(button) {
  const source = document.getElementById(button.dataset.copies);
  source.select();
  try {
    await navigator.clipboard.writeText(source.value);
    toast("Copied.");
  } catch {
    toast("It is selected: copy it with Ctrl+C.", "warn");
  }
}
