"use strict";
(() => {
  const stage = document.getElementById("stage");
  const readout = document.getElementById("readout");
  const still = matchMedia("(prefers-reduced-motion: reduce)");

  /* Layers */
  for (const box of document.querySelectorAll("[data-layer]")) {
    const show = () => stage.classList.toggle("hide-" + box.dataset.layer, !box.checked);
    box.addEventListener("change", show);
    show();
  }

  /* Lines and signs of a picture that is shown small stay large enough to be seen */
  const fit = () => {
    const view = stage.querySelector(".visit");
    const shown = view.clientWidth / view.viewBox.baseVal.width;
    stage.style.setProperty("--grow", String(Math.min(3, Math.max(1, 0.65 / (shown || 1)))));
  };
  new ResizeObserver(fit).observe(stage);
  fit();

  /* Hairs: hover, tap or arrow keys say what is known of one, at both visits */
  const shapes = [...stage.querySelectorAll(".hair")];
  let chosen = null;
  const choose = (number) => {
    if (number === chosen) return;
    chosen = number;
    for (const shape of shapes) shape.classList.toggle("is-on", shape.dataset.hair === number);
    const shape = shapes.find((one) => one.dataset.hair === number);
    if (!shape) return;
    const [name, ...rest] = shape.getAttribute("aria-label").split(": ");
    const strong = document.createElement("strong");
    strong.textContent = name + ": ";
    readout.replaceChildren(strong, rest.join(": "));
  };
  stage.addEventListener("pointerover", (event) => {
    const shape = event.target.closest(".hair");
    if (shape) choose(shape.dataset.hair);
  });
  stage.addEventListener("focusin", (event) => {
    const shape = event.target.closest(".hair");
    if (shape) choose(shape.dataset.hair);
  });
  /* One stop of the Tab key for each visit's hairs; arrows go from hair to hair */
  for (const visit of stage.querySelectorAll(".visit")) {
    const own = [...visit.querySelectorAll(".hair:not(.uncounted)")];
    if (own.length) own[0].setAttribute("tabindex", "0");
    visit.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      const place = own.indexOf(event.target.closest(".hair"));
      if (!step || place < 0) return;
      event.preventDefault();
      let next = place;
      do next = (next + step + own.length) % own.length;
      while (next !== place && getComputedStyle(own[next]).display === "none");
      own[place].setAttribute("tabindex", "-1");
      own[next].setAttribute("tabindex", "0");
      own[next].focus();
    });
  }

  /* Slider: only where the visits lie over each other */
  const after = stage.querySelector(".visit.after");
  const slider = document.getElementById("slider");
  if (!slider) return;
  const seam = document.getElementById("seam");
  const tags = { before: stage.querySelector(".tag.before"), after: stage.querySelector(".tag.after") };
  const place = () => {
    const share = Number(slider.value);
    after.style.clipPath = "inset(0 0 0 " + share + "%)";
    seam.style.left = share + "%";
    tags.before.style.opacity = share < 8 ? "0" : "1";
    tags.after.style.opacity = share > 92 ? "0" : "1";
    slider.setAttribute("aria-valuetext", share + " percent baseline, " + (100 - share) + " percent follow-up");
  };
  slider.addEventListener("input", () => { stop(); place(); });
  let dragging = false;
  const drag = (event) => {
    const box = stage.getBoundingClientRect();
    slider.value = Math.round(100 * Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)));
    stop();
    place();
  };
  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    dragging = true;
    stage.setPointerCapture(event.pointerId);
    if (event.pointerType === "mouse") drag(event);
  });
  stage.addEventListener("pointermove", (event) => { if (dragging) drag(event); });
  for (const end of ["pointerup", "pointercancel"]) stage.addEventListener(end, () => { dragging = false; });

  /* Blink: by itself once in 0.8 s; a press at a time for whoever asks for less motion */
  const blink = document.getElementById("blink");
  const turn = document.getElementById("turn");
  let timer = 0;
  const flip = () => {
    slider.value = Number(slider.value) < 50 ? 100 : 0;
    place();
  };
  function stop() {
    clearInterval(timer);
    timer = 0;
    blink.setAttribute("aria-pressed", "false");
  }
  blink.addEventListener("click", () => {
    if (timer) return stop();
    flip();
    timer = setInterval(flip, 800);
    blink.setAttribute("aria-pressed", "true");
  });
  turn.addEventListener("click", () => { stop(); flip(); });
  addEventListener("keydown", (event) => {
    if (event.key !== "b" || event.ctrlKey || event.metaKey || event.altKey) return;
    stop();
    flip();
  });
  const calm = () => { blink.hidden = still.matches; if (still.matches) stop(); };
  still.addEventListener("change", calm);
  calm();
  place();
})();
