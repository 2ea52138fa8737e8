/**
 * Random but meaningful sequences of calls: a session that begins, works and ends as content does, with mistakes in between.
 *
 * The generator follows what it was answered (how many entries there are), so that most indices lead somewhere.
 */

import { FOREIGN, meant, NOT_STRINGS, TABLES, VALUES } from "./words.js";

/** A call: its short name (support.js of the adapter's tests), its arguments. @typedef {[call: string, ...args: unknown[]]} Call */

/** The launches that sequences begin with; `elements` is what earlier sessions left. */
export const LAUNCHES = {
  scorm12: [
    {},
    { masteryScore: 80 },
    { masteryScore: 80, elements: { "cmi.core.lesson_status": "incomplete", "cmi.core.score.raw": "50", "cmi.suspend_data": "a=1", "cmi.core.lesson_location": "page 2" }, entry: "resume", totalTimeMs: 61_000 },
    { mode: "browse", credit: "no-credit" },
    { mode: "review", credit: "no-credit", elements: { "cmi.core.lesson_status": "passed" } },
    { dataFromLms: "chapter=1", maxTimeAllowedMs: 5_400_000, timeLimitAction: "exit,message", elements: { "cmi.objectives.0.id": "id_1", "cmi.objectives.0.status": "failed" } },
  ],
  scorm2004: [
    {},
    { completionThreshold: 0.8, scaledPassingScore: 0.6 },
    { elements: { "cmi.completion_status": "incomplete", "cmi.suspend_data": "a=1", "cmi.location": "page 2", "cmi.score.scaled": "0.5" }, entry: "resume", totalTimeMs: 61_000 },
    { mode: "browse", credit: "no-credit" },
    { dataFromLms: "chapter=1", maxTimeAllowedMs: 5_400_000, timeLimitAction: "exit,message" },
  ],
};

/**
 * @param {"scorm12" | "scorm2004"} standard
 * @param {ReturnType<import("../seeded.js").chooser>} choose
 * @param {(collection: string) => number} sizeOf   how many entries a collection has by now
 */
export function nextCall(standard, choose, sizeOf) {
  const roll = choose.random();
  if (roll < 0.02) return [choose.pick(["init", "end", "commit"]), choose.pick(["", "", "x", undefined])];
  if (roll < 0.06) return ["commit", ""];
  if (roll < 0.09) return ["text", choose.pick(["0", "101", "201", "301", "401", "405", "408", "999", 401, ""])];
  const element = choose.chance(0.08) ? choose.pick(FOREIGN) : elementOf(standard, choose, sizeOf);
  if (roll < 0.4) return ["get", element];
  return ["set", element, valueOf(standard, element, choose)];
}

/** @param {"scorm12" | "scorm2004"} standard @param {ReturnType<import("../seeded.js").chooser>} choose @param {(collection: string) => number} sizeOf */
function elementOf(standard, choose, sizeOf) {
  const names = [...TABLES[standard].slots.keys()];
  const row = choose.pick(names).replace("{target}", "{target=a}");
  let element = "";
  for (const part of row.split(".")) {
    const index = part === "n" ? indexIn(choose, sizeOf(element)) : part;
    element += element === "" ? index : `.${index}`;
  }
  return element;
}

/** @param {ReturnType<import("../seeded.js").chooser>} choose @param {number} size */
function indexIn(choose, size) {
  if (choose.chance(0.05)) return String(choose.pick([size + 1, size + 2, 99, 250]));
  // The next one, or one that is there: rows of an entry are worth more once its id is set.
  return String(choose.chance(0.3) || size === 0 ? size : choose.below(size));
}

/** @param {"scorm12" | "scorm2004"} standard @param {string} element @param {ReturnType<import("../seeded.js").chooser>} choose */
function valueOf(standard, element, choose) {
  const roll = choose.random();
  if (roll < 0.75) return choose.pick(meant(standard, element));
  return choose.pick(roll < 0.97 ? VALUES : NOT_STRINGS);
}
