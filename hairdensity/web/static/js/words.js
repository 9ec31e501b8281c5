// Figures and edits of single hairs in words.

const DIGITS = { maximumSignificantDigits: 3 };

const round = (value) => (Math.abs(value) >= 100 ? String(Math.round(value)) : value.toLocaleString("en-US", DIGITS));

/** A hair's figures as pairs of a name and words, the most important first. */
export function hairFacts(hair, { hairs, hasScale, flagWords }) {
  if (hair.isPending) return [["Being measured", "its figures follow in a moment"]];
  const facts = hasScale ? sizeFacts(hair) : [["Size", "not known: the picture has no scale"]];
  facts.push(["Unit", unitWords(hair, hairs)]);
  if (hair.hair_probability !== null) facts.push(["Certainty", certaintyWords(hair.hair_probability)]);
  if (!hair.in_area) facts.push(["Not counted", "its root lies outside the target area, or on skin that cannot be read"]);
  hair.flags.forEach((flag) => facts.push(["Note", flagWords[flag] ?? flag.replaceAll("_", " ")]));
  return facts;
}

function sizeFacts(hair) {
  const { diameter_um: um, diameter_low_um: low, diameter_high_um: high, length_um: length } = hair;
  const span = low === null || high === null ? "" : ` (${round(low)} to ${round(high)})`;
  const least = hair.flags.includes("touches_border") ? "at least " : "";
  return [
    ["Diameter", um === null ? "could not be measured" : `${round(um)} µm${span}`],
    ["Length", length === null ? "not known" : `${least}${round(length / 1000)} mm`],
  ];
}

function unitWords(hair, hairs) {
  if (hair.unit_id === null || !hair.in_area) return "none";
  const n = hairs.filter((other) => other.unit_id === hair.unit_id && other.in_area).length;
  return n === 1 ? "a single hair" : `one of ${n} hairs`;
}

function certaintyWords(chance) {
  const percent = `${Math.round(100 * chance)} %`;
  if (chance >= 0.9) return `a hair (${percent})`;
  return chance >= 0.6 ? `probably a hair (${percent})` : `may be no hair (${percent})`;
}

/** One line for a screen reader and for the picture's foot. */
export function hairLine(hair, context) {
  const facts = hairFacts(hair, context);
  return `Hair ${hair.hair_id}: ${facts.map(([name, words]) => `${name.toLowerCase()} ${words}`).join(", ")}`;
}

/** What an edit did, in words. `newId` is the id that it gave to its new hair. */
export function editWords(edit, newId) {
  const name = (id) => `hair ${id}`;
  switch (edit.op) {
    case "add":
      return `Added ${name(newId)}`;
    case "delete":
      return `Deleted ${name(edit.hair_id)}`;
    case "split":
      return `Split ${name(edit.hair_id)}; the new part is ${name(newId)}`;
    case "merge":
      return `Merged ${name(edit.with_hair_id)} into ${name(edit.hair_id)}`;
    case "move_root":
      return `Moved the root of ${name(edit.hair_id)}`;
    default:
      return "Marked skin as unreadable";
  }
}
