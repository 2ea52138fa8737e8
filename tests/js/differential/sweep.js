/**
 * Every element of the tables, read once and written once with each value of the pool, in a session that nothing was written in.
 */

import { Play } from "./compare.js";
import { openPair } from "./pair.js";
import { TABLES, VALUES } from "./words.js";

/** What must be there before the element can be written. @param {"scorm12" | "scorm2004"} standard @param {string} element @returns {import("./sequences.js").Call[]} */
function before(standard, element) {
  /** @type {import("./sequences.js").Call[]} */
  const steps = [];
  if (/^cmi\.interactions\.n\./.test(element)) steps.push(["set", "cmi.interactions.0.id", "q"], ["set", "cmi.interactions.0.type", standard === "scorm12" ? "fill-in" : "other"]);
  if (/^cmi\.objectives\.n\.(?!id)/.test(element)) steps.push(["set", "cmi.objectives.0.id", "o"]);
  return steps;
}

/** @param {"scorm12" | "scorm2004"} standard @param {string} row */
function begun(standard, row) {
  const play = new Play(standard, openPair(standard, {}));
  play.step(["init", ""]);
  for (const step of before(standard, row)) play.step(step);
  play.untouched = true;
  return play;
}

/** @param {"scorm12" | "scorm2004"} standard @returns {Generator<Play>} */
export function* sweep(standard) {
  for (const row of TABLES[standard].slots.keys()) {
    const name = row.replace(/\bn\b/g, "0").replace("{target}", "{target=x}");
    let play = begun(standard, row);
    play.step(["get", name]);
    for (const value of VALUES) {
      if (!play.untouched || play.differences.length > 0) {
        yield play;
        play = begun(standard, row);
      }
      play.step(["set", name, value]);
      if (!play.untouched) play.step(["get", name]);
    }
    yield play;
  }
}
