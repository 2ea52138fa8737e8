/**
 * What is measured of the adapter, and how: both sides do the same in turn, round by round, so that whatever else the machine does meets
 * both. A figure is the median of the rounds; the factor is the median of each round's own factor. Runs in node and in a browser.
 */

import { ours, oursWithRecord, theirs } from "./sides.js";

export const ROUNDS = 9;
const ROUND_MS = 150;
const MANY = 1000;

/** @typedef {{ name: "scorm12" | "scorm2004", title: string, location: string, answers: [string, (i: number) => string][] }} Standard */

/** @type {Standard[]} */
export const STANDARDS = [
  {
    name: "scorm12",
    title: "SCORM 1.2",
    location: "cmi.core.lesson_location",
    answers: [["id", (i) => `question_${i}`], ["type", () => "choice"], ["time", () => "10:20:30"], ["student_response", () => "a"], ["correct_responses.0.pattern", () => "b"], ["result", () => "wrong"], ["latency", () => "00:00:05.20"]],
  },
  {
    name: "scorm2004",
    title: "SCORM 2004",
    location: "cmi.location",
    answers: [["id", (i) => `question_${i}`], ["type", () => "choice"], ["timestamp", () => "2024-05-06T10:20:30.5Z"], ["learner_response", () => "a"], ["correct_responses.0.pattern", () => "b"], ["result", () => "incorrect"], ["latency", () => "PT5.2S"]],
  },
];

/** A benchmark must not measure refusals. @param {boolean} condition */
function expect(condition) {
  if (!condition) throw new Error("a call that was to succeed did not");
}

/** @template {{ initialize: () => string }} Calls @param {Calls} calls @returns {Calls} with a session that runs */
function begun(calls) {
  expect(calls.initialize() === "true");
  return calls;
}

/** @param {Standard} standard @param {number} count @returns {[string, string][]} elements and values of so many interactions */
function interactions({ answers }, count) {
  return Array.from({ length: count }, (_unused, i) => answers.map(([field, value]) => /** @type {[string, string]} */ ([`cmi.interactions.${i}.${field}`, value(i)]))).flat();
}

/** @param {{ set: (element: string, value: string) => string }} calls @param {[string, string][]} elements */
function setAll(calls, elements) {
  for (const [element, value] of elements) expect(calls.set(element, value) === "true");
}

/** @param {{ messages: () => string[] }} calls */
function build(calls) {
  expect(calls.messages().length > 0);
}

/**
 * One measure: `sides` makes, for each of the two, a function that does the work once and says how many units of it that was. `setUp`
 * is what is done anew before each piece of work and not measured.
 *
 * @typedef {{ name: string, unit: "a second" | "ms", sides: (standard: Standard) => { work: (made: any) => number, setUp?: () => unknown }[] }} Measure
 */

/** @type {Measure[]} */
export const MEASURES = [
  {
    name: "Initialize (a new API and its first call)",
    unit: "a second",
    sides: ({ name }) => [() => ours(name), () => theirs(name)].map((make) => ({ work: () => (begun(make()), 1) })),
  },
  {
    name: "SetValue, the same value",
    unit: "a second",
    sides: ({ name, location }) =>
      [ours(name), theirs(name)].map(begun).map((calls) => ({
        work() {
          for (let i = 0; i < 100; i++) expect(calls.set(location, "page 7") === "true");
          return 100;
        },
      })),
  },
  {
    name: "SetValue, distinct values",
    unit: "a second",
    sides: ({ name, location }) =>
      [ours(name), theirs(name)].map(begun).map((calls) => {
        let page = 0;
        return {
          work() {
            for (let i = 0; i < 100; i++) expect(calls.set(location, `page ${page++}`) === "true");
            return 100;
          },
        };
      }),
  },
  {
    name: "GetValue",
    unit: "a second",
    sides: ({ name, location }) =>
      [ours(name), theirs(name)].map(begun).map((calls) => {
        calls.set(location, "page 7");
        return {
          work() {
            for (let i = 0; i < 100; i++) expect(calls.get(location) === "page 7");
            return 100;
          },
        };
      }),
  },
  {
    // The names are made by the content: as pieces that are put together at each call, which is what content does.
    name: "SetValue, 500 new interactions of 7 elements each",
    unit: "a second",
    sides: (standard) =>
      [() => ours(standard.name), () => theirs(standard.name)].map((make) => ({
        setUp: () => begun(make()),
        work(calls) {
          for (let i = 0; i < 500; i++) for (const [field, value] of standard.answers) expect(calls.set(`cmi.interactions.${i}.${field}`, value(i)) === "true");
          return 500 * standard.answers.length;
        },
      })),
  },
  {
    name: "Initialize with 1 000 interactions stored",
    unit: "ms",
    sides: (standard) => {
      const elements = Object.fromEntries(interactions(standard, MANY));
      const peer = begun(theirs(standard.name));
      setAll(peer, interactions(standard, MANY));
      const said = JSON.parse(peer.messages()[0] ?? "");
      const stored = said.cmi ?? said;
      return [() => ours(standard.name, elements), () => theirs(standard.name, structuredClone(stored))].map((make) => ({
        work() {
          expect(begun(make()).get("cmi.interactions._count") === String(MANY));
          return 1;
        },
      }));
    },
  },
  {
    name: "building a commit: 1 000 new interactions",
    unit: "ms",
    sides: (standard) =>
      [() => oursWithRecord(standard.name), () => theirs(standard.name)].map((make) => ({
        setUp() {
          const calls = begun(make());
          setAll(calls, interactions(standard, MANY));
          return calls;
        },
        work: (calls) => (build(calls), 1),
      })),
  },
  {
    name: "building a commit: 1 changed of 1 000 interactions",
    unit: "ms",
    sides: (standard) =>
      [oursWithRecord(standard.name), theirs(standard.name)].map((calls) => {
        begun(calls);
        setAll(calls, interactions(standard, MANY));
        build(calls);
        let turn = 0;
        return {
          work() {
            setAll(calls, [["cmi.interactions.500.latency", standard.name === "scorm12" ? `00:00:${10 + (turn++ % 50)}.00` : `PT${turn++}S`]]);
            build(calls);
            return 1;
          },
        };
      }),
  },
];

/** @param {{ work: (made: any) => number, setUp?: () => unknown }} side @returns {number} units of work a second */
function rate({ work, setUp }) {
  let units = 0;
  let spent = 0;
  while (spent < ROUND_MS) {
    const made = setUp?.();
    const begin = performance.now();
    // Clocks of browsers are coarse: short work is repeated between two looks at it.
    do {
      units += work(made);
    } while (setUp === undefined && performance.now() - begin < ROUND_MS);
    spent += performance.now() - begin;
  }
  return (units / spent) * 1000;
}

/** @param {number[]} numbers */
function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** @param {Measure} measure @param {Standard} standard */
function compare(measure, standard) {
  const sides = measure.sides(standard);
  for (const side of sides) rate(side);
  const rounds = Array.from({ length: ROUNDS }, () => sides.map(rate));
  const [our = NaN, their = NaN] = sides.map((_side, index) => median(rounds.map((round) => round[index] ?? NaN)));
  return { standard: standard.title, name: measure.name, unit: measure.unit, our, their, times: median(rounds.map(([a = NaN, b = NaN]) => a / b)) };
}

/** All of it, or what has the word in its name or its standard's. @param {string} [word] */
export function measureAll(word = "") {
  return STANDARDS.flatMap((standard) =>
    MEASURES.filter((measure) => `${standard.name} ${measure.name}`.includes(word)).map((measure) => compare(measure, standard)),
  );
}
