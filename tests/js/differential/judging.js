/**
 * The reviewed list (judged.json) and how a difference finds its judgement: the first that fits. Every property of a judgement is
 * a regular expression for the whole of what it is compared with; one that is not there fits everything.
 */

import { readFileSync } from "node:fs";

/**
 * @typedef {Object} Judgement
 * @property {string} id
 * @property {"scorm12" | "scorm2004" | "both"} standard
 * @property {string} call
 * @property {string} [state]     of the session, before the call
 * @property {string} [element]   the table's row
 * @property {string} [value]
 * @property {string} ours        answer and error code
 * @property {string} theirs
 * @property {"ours" | "both"} right  whose answer the standard allows
 * @property {string} section     that decides
 * @property {string} why         in one sentence
 */

const COMPARED = ["call", "state", "element", "value", "ours", "theirs"];

/** @returns {Judgement[]} */
export function readJudgements() {
  return JSON.parse(readFileSync(new URL("judged.json", import.meta.url), "utf8"));
}

/**
 * @param {readonly Judgement[]} judgements
 * @returns {(difference: import("./compare.js").Difference) => Judgement | null}
 */
export function judgeBy(judgements) {
  const compiled = judgements.map((judgement) => ({
    judgement,
    forms: COMPARED.filter((key) => judgement[key] !== undefined).map((key) => [key, new RegExp(`^(?:${judgement[key]})$`, "s")]),
  }));
  return (difference) =>
    compiled.find(({ judgement, forms }) => (judgement.standard === "both" || judgement.standard === difference.standard) && forms.every(([key, form]) => form.test(difference[key])))
      ?.judgement ?? null;
}
