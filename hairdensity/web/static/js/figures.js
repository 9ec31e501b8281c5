// The figures' panel is replaced as a whole while one corrects: what a person has opened or chosen stays.

/**
 * Put new figures into a panel.
 *
 * @param {HTMLElement} panel
 * @param {string} html  From the server's `parts/figures.html`.
 */
export function showFiguresIn(panel, html) {
  const open = new Map([...panel.querySelectorAll("details")].map((one) => [one.id, one.open]));
  const basis = panel.querySelector('input[name="fig-basis"]:checked')?.value;
  const focused = panel.contains(document.activeElement) ? placeOf(document.activeElement) : null;
  panel.innerHTML = html;
  for (const one of panel.querySelectorAll("details")) one.open = open.get(one.id) ?? one.open;
  const chosen = basis && panel.querySelector(`input[name="fig-basis"][value="${basis}"]`);
  if (chosen) chosen.checked = true;
  if (focused) panel.querySelector(focused)?.focus({ preventScroll: true });
}

function placeOf(element) {
  if (element.name === "fig-basis") return `input[name="fig-basis"][value="${element.value}"]`;
  const details = element.closest("details");
  return details ? `#${details.id} > summary` : null;
}
