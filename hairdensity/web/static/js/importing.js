// Import: chosen files go up one after the other, then the page shows what would be added.

const form = document.querySelector("form[data-import]");
if (form) form.addEventListener("submit", (event) => (event.preventDefault(), run()));

async function run() {
  const files = chosen();
  if (!files.length) return fault("Choose pictures, a folder or a manifest first.");
  fault("");
  const button = form.querySelector("button[type=submit]");
  button.disabled = true;
  try {
    const id = form.dataset.draft ?? (await begin());
    for (const [number, [file, name]] of files.entries()) {
      progress(number, files.length);
      await send(id, file, name);
    }
    progress(files.length, files.length);
    location.assign(`/import/${id}`);
  } catch (error) {
    fault(error.message);
    button.disabled = false;
  }
}

function chosen() {
  const files = [];
  for (const input of form.querySelectorAll("input[type=file]")) {
    for (const file of input.files) {
      // Hidden files of the system are no pictures; the chosen folder's own name says nothing about what is in it.
      const inside = file.webkitRelativePath.split("/").slice(1);
      if (![...inside, file.name].some((part) => part.startsWith("."))) files.push([file, inside.join("/") || file.name]);
    }
  }
  return files;
}

async function begin() {
  const answer = await post("/import");
  return (await answer.json()).id;
}

const send = (id, file, name) => post(`/import/${id}/import`, file, { "X-File-Name": encodeURIComponent(name) });

async function post(url, body, headers = {}) {
  const token = document.querySelector("meta[name=csrf-token]").content;
  const answer = await fetch(url, {
    method: "POST",
    body,
    headers: { "X-CSRF-Token": token, Accept: "application/json", "Content-Type": "application/octet-stream", ...headers },
  });
  if (answer.ok) return answer;
  const said = await answer.json().catch(() => null);
  throw new Error(said?.error?.message ?? `The server answered ${answer.status}; try again.`);
}

function progress(done, all) {
  document.getElementById("import-progress").hidden = false;
  document.getElementById("import-words").textContent = done < all ? `${done} of ${all} files uploaded` : "Looking through the list";
  document.getElementById("import-bar").value = done / all;
}

function fault(words) {
  const box = document.getElementById("import-fault");
  box.hidden = !words;
  box.firstElementChild.textContent = words;
}
