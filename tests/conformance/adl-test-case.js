/**
 * ADL's expected results (`TestCases/*.properties`) as what to call and what to expect.
 *
 * Their short words (`c~LOC` for `cmi.location`) are spelt out as the suite's own reader does it, word for word, its
 * oddities included: a value that happens to be one of the words becomes that word's meaning, in the call and in what is
 * expected alike.
 */

import { readFileSync } from "node:fs";

/**
 * One call. `argument`: the element, the code or the argument. `interactionType`: what kind of interaction a response is of.
 *
 * @typedef {Object} Command
 * @property {string} call          `doSetValue` ...
 * @property {string} argument
 * @property {string} value
 * @property {string} expected
 * @property {string} errorCode
 */

/** One visit of an activity. @typedef {{ activity: string, visit: number, commands: Command[] }} Visit */

const KINDS = new Set(["I", "T", "C", "GET", "SET", "GLE", "GES", "GeDi"]);
const UTF16 = /\\u([0-9a-fA-F]{4})/g;

/** @param {string} file of the suite's words, `Commands.properties` @returns {ReadonlyMap<string, string>} */
export function readWords(file) {
  const words = new Map();
  for (const line of readFileSync(file, "latin1").split(/\r?\n/)) {
    const at = line.indexOf("=");
    if (at > 0 && !line.startsWith("#")) words.set(line.slice(0, at).trim(), line.slice(at + 1).trim());
  }
  return words;
}

/**
 * @param {string} file
 * @param {ReadonlyMap<string, string>} words
 * @param {string} learnerId
 * @returns {Visit[]} in the order in which the suite expects them
 */
export function readTestCase(file, words, learnerId) {
  /** @type {Visit[]} */
  const visits = [];
  for (const line of logicalLines(readFileSync(file, "latin1"))) {
    const match = /^Act([^.V]+)V([0-9]+)\.(?:(commands)\.[0-9]+|CUI)=/.exec(line);
    if (match === null) continue;
    const [start, activity = "", number = "", isCommand] = match;
    let visit = visits.at(-1);
    if (visit?.activity !== activity || visit.visit !== Number(number)) visits.push((visit = { activity, visit: Number(number), commands: [] }));
    // What the tester is told at the end; for an activity that is only launched it is all that there is.
    if (isCommand === undefined) continue;
    const text = line.slice(start.length).replace(UTF16, (_, /** @type {string} */ hex) => String.fromCharCode(parseInt(hex, 16)));
    // The suite's reader passes over a call that it does not know: one line has lost its `GET->`.
    if (KINDS.has(text.split("->")[0] ?? "")) visit.commands.push(readCommand(text, words, learnerId));
  }
  return visits;
}

/** A line that ends in a backslash goes on in the next. @param {string} text */
function logicalLines(text) {
  return text.replace(/\\\r?\n/g, "").split(/\r?\n/);
}

/** @param {string} text @param {ReadonlyMap<string, string>} words @param {string} learnerId @returns {Command} */
function readCommand(text, words, learnerId) {
  /** @type {(word: string) => string} */
  const spell = (word) => words.get(word) ?? word;
  const parts = text.split("->");
  const [kind = "", subject = ""] = parts;
  const call = spell(kind);
  const errorCode = parts.at(-1) ?? "";
  // Between the call and the code the suite's reader lets the last part win.
  const result = parts.length > 3 ? (parts.at(-2) ?? "") : "";
  if (kind === "SET") return { call, ...readSetting(subject, spell), expected: spell(result), errorCode };
  if (kind === "GLE") return { call, argument: "", value: "", expected: result, errorCode };
  if (kind === "GES" || kind === "GeDi") return { call, argument: subject, value: "", expected: result, errorCode };
  const expected = subject.includes("LI") ? learnerId : spell(result);
  return { call, argument: readElement(subject, spell), value: "", expected, errorCode };
}

/** `c~OB~0~ID!urn:a`; the value begins at the first `!` of the last part. @param {string} subject @param {(word: string) => string} spell */
function readSetting(subject, spell) {
  const parts = subject.split("~");
  if (parts.length === 5 && subject.includes("a~n~r")) {
    // a~n~r!tar~activity_1~TY.c: the target stands between two words.
    const [first = "", second = "", third = "", target = "", kind = ""] = parts;
    const [element = "", form = ""] = third.split("!");
    return { argument: [first, second, element].map(spell).join("."), value: spell(form).replace("%s", target) + spell(kind) };
  }
  const last = parts.at(-1) ?? "";
  const at = last.indexOf("!");
  const names = [...parts.slice(0, -1), last.slice(0, at < 0 ? last.length : at)];
  return { argument: names.map(spell).join("."), value: at < 0 ? "" : spell(last.slice(at + 1)) };
}

/** `c~INTR~0~LR!TY.c`: for a response the interaction's type is named, for the comparison alone. @param {string} subject @param {(word: string) => string} spell */
function readElement(subject, spell) {
  if (!subject.includes("~")) return subject;
  const parts = subject.split("~").map((part) => (subject.includes("~INTR~") ? (part.split("!")[0] ?? "") : part));
  if (parts.length === 6 && subject.includes("a~n~r")) {
    const target = parts.pop() ?? "";
    return parts.map(spell).join(".").replace("%s", target);
  }
  return parts.map(spell).join(".");
}
