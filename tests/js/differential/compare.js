/**
 * Plays one sequence to both adapters and says where their answers or error codes differ.
 *
 * What follows from a difference is none: an element that the two hold differently is left out for the rest of the sequence,
 * and a session that one of them thinks has ended ends the sequence.
 */

import { LENIENCIES } from "../../../static/scorm_api/adapter/leniencies.js";
import { openPair } from "./pair.js";
import { nextCall } from "./sequences.js";

/**
 * @typedef {Object} Difference
 * @property {string} standard
 * @property {string} state     of the session, before the call
 * @property {string} call
 * @property {string} element   the table's row, `n` for indices
 * @property {string} value     as shown
 * @property {string} ours      answer and error code
 * @property {string} theirs
 */

const CHANGES_STATE = new Set(["init", "end"]);
/** Theirs lets content put a text in the place of these, and is of no use after it. */
const WHOLE = /^cmi(?:\.core|\.objectives|\.interactions)?(?:\.[0-9]+)?$/;
const KINDS = new Set(LENIENCIES.filter(({ on }) => on === true).map(({ kind }) => kind));

/** @param {unknown} value */
export function shown(value) {
  if (typeof value !== "string") return `(${typeof value}) ${String(value)}`;
  return value.length > 80 ? `${value.slice(0, 5)}... (${value.length} characters)` : value;
}

/** @param {string} answer @returns {string} the error code is kept */
function shownAnswer(answer) {
  const at = answer.lastIndexOf(" ");
  return at > 80 ? `${shown(answer.slice(0, at))}${answer.slice(at)}` : answer;
}

/** The index is left as it is where it leads nowhere on purpose. @param {string} name */
export function rowOf(name) {
  return typeof name === "string" ? name.replace(/\.(?:0|[1-9][0-9]*)(?=\.|$)/g, ".n") : shown(name);
}

/**
 * @param {"scorm12" | "scorm2004"} standard
 * @param {object} launch
 * @param {ReturnType<import("../seeded.js").chooser>} choose
 * @param {number} length
 * @returns {{ calls: number, differences: Difference[], unexplained: string[] }} `unexplained`: shipped and strict differ, and no finding says why
 */
export function playRandomly(standard, launch, choose, length) {
  const pair = openPair(standard, launch);
  const play = new Play(standard, pair);
  if (choose.chance(0.1)) play.step(["get", standard === "scorm12" ? "cmi.core.lesson_status" : "cmi.completion_status"]);
  play.step(["init", ""]);
  const sizeOf = (collection) => Number(pair.ours.get(`${collection}._count`)) || 0;
  for (let i = 0; i < length && !play.over; i++) play.step(nextCall(standard, choose, sizeOf));
  if (!play.over) play.finish();
  return play;
}

export class Play {
  calls = 0;
  over = false;
  /** Nothing but refusals so far, the same ones in all three: the sessions are as they were after Initialize. */
  untouched = true;
  /** @type {Difference[]} */
  differences = [];
  /** @type {string[]} */
  unexplained = [];
  #standard;
  #pair;
  /** Names and beginnings of names that the two, or the shipped one and the strict one, hold differently. */
  #apart = new Set();

  /** @param {"scorm12" | "scorm2004"} standard @param {ReturnType<typeof openPair>} pair */
  constructor(standard, pair) {
    this.#standard = standard;
    this.#pair = pair;
  }

  /** @param {import("./sequences.js").Call} call */
  step([call, ...args]) {
    const { ours, shipped, theirs } = this.#pair;
    const state = ours.adapter.state();
    const [our, ship, their] = [ours, shipped, theirs].map((api) => answerOf(api, call, args));
    this.calls += 1;
    if (call === "set" && (our !== their || our !== ship || our.startsWith("true"))) this.untouched = false;
    const element = typeof args[0] === "string" && (call === "get" || call === "set") ? args[0] : "";
    if (call === "set" && WHOLE.test(element)) this.over = true;
    if (this.#isApart(element)) {
      if (call === "set") this.#setApart(element);
      return;
    }
    // What both refuse may have another code: a number that is no string is out of range all the same.
    if (our !== ship && ship.startsWith("true")) {
      const explained = shipped.sink.findings.some((finding) => KINDS.has(finding.kind) && rowOf(finding.element) === rowOf(element));
      if (!explained) this.unexplained.push(`${this.#standard} ${call} ${args.map(shown).join(" = ")}: ${shownAnswer(our)}, as shipped ${shownAnswer(ship)}`);
    }
    if (our !== their) this.#note(state, call, args, our, their);
    if (our !== their || our !== ship) {
      if (CHANGES_STATE.has(call)) this.over = true;
      if (element !== "") this.#setApart(element);
    }
  }

  /** The end of the session, and in 1.2 the status that it leaves. */
  finish() {
    const { ours, theirs } = this.#pair;
    this.step(["end", ""]);
    if (this.over || this.#standard !== "scorm12" || this.#isApart("cmi.core.lesson_status") || this.#isApart("cmi.core.score.raw") || this.#isApart("cmi.core.exit")) return;
    const our = ours.adapter.snapshot()["cmi.core.lesson_status"] ?? "";
    const their = theirs.status();
    if (our !== their) this.#note("terminated", "status", [], our, their);
  }

  /** @param {string} state @param {string} call @param {unknown[]} args @param {string} ours @param {string} theirs */
  #note(state, call, args, ours, theirs) {
    const ofElement = call === "get" || call === "set";
    const value = ofElement ? args.slice(1) : args;
    this.differences.push({ standard: this.#standard, state, call, element: ofElement ? rowOf(args[0]) : "", value: value.map(shown).join(", "), ours: shownAnswer(ours), theirs: shownAnswer(theirs) });
  }

  /** @param {string} element */
  #isApart(element) {
    if (element === "") return false;
    for (const name of this.#apart) if (element === name || element.startsWith(`${name}.`)) return true;
    return false;
  }

  /** @param {string} element */
  #setApart(element) {
    this.#apart.add(element);
    if (/\.(?:id|type)$/.test(element)) this.#apart.add(element.slice(0, element.lastIndexOf(".")));
    // An index that is none for the one may be an entry for the other.
    const oddIndex = /^(cmi\.[a-z_]+)\.(?:0[0-9]+|-[0-9]+|[a-z])(?:\.|$)/.exec(element)?.[1];
    if (oddIndex !== undefined) this.#apart.add(oddIndex);
    if (element === "cmi.progress_measure") this.#apart.add("cmi.completion_status");
    if (element === "cmi.score.scaled") this.#apart.add("cmi.success_status");
    // One of them may have an entry more now.
    for (const [, collection] of element.matchAll(/(?=^(.+?)\.[0-9]+(?:\.|$))/g)) {
      const counts = [this.#pair.ours, this.#pair.shipped, this.#pair.theirs].map((api) => String(api.get(`${collection}._count`)));
      if (new Set(counts).size > 1) this.#apart.add(collection);
    }
    const inner = /^(.+\.[0-9]+\.(?:objectives|correct_responses))\.[0-9]+\./.exec(element)?.[1];
    if (inner !== undefined) this.#apart.add(inner);
  }
}

/** Answer and error code. @param {object} api @param {string} call @param {unknown[]} args */
function answerOf(api, call, args) {
  let answer;
  try {
    answer = api[call](...args);
  } catch (error) {
    return `throws ${error.name}`;
  }
  const text = typeof answer === "string" ? answer : shown(answer);
  // GetErrorString has no error of its own.
  if (call === "text") return text;
  // The names of children stand in no order (1.2 RTE 3.4.2; 2004 RTE 4.1.1.3).
  return `${typeof args[0] === "string" && args[0].endsWith("._children") ? text.split(",").sort().join(",") : text} ${api.error()}`;
}
