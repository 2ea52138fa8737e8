/**
 * What the data types of both standards have in common: the verdict, and types that are made from a rule.
 *
 * A type looks at a string and answers with a verdict; it never throws and changes nothing. Imports the leniencies' names.
 */

import { IDENTIFIER_FORM, LENIENT_TIME, OVER_SPM, WORD_CASE } from "./leniencies.js";
import { parseDuration } from "./durations.js";

/** @typedef {import("../types.d.ts").Standard} Standard */

/**
 * `ACCEPTED`, `WRONG_TYPE`, `OUT_OF_RANGE`, or the kind of the leniency by which the value is accepted.
 * @typedef {0 | 1 | 2 | string} Verdict
 */
export const ACCEPTED = 0;
export const WRONG_TYPE = 1;
export const OUT_OF_RANGE = 2;

/**
 * @typedef {Object} DataType
 * @property {string} name   as the standard names it
 * @property {(value: string, interactionType: string | null) => Verdict} check
 *   `interactionType`: the `type` of the interaction that the element belongs to, null elsewhere or before it is set
 * @property {(value: string) => string} [meant]  the word that stands for a value which a leniency accepts
 */

/**
 * @param {string} name
 * @param {(value: string, interactionType: string | null) => Verdict} check
 * @returns {Readonly<DataType>}
 */
export function dataType(name, check) {
  return Object.freeze({ name, check });
}

/** @param {boolean} fits @returns {Verdict} */
export function typeVerdict(fits) {
  return fits ? ACCEPTED : WRONG_TYPE;
}

/**
 * The worst of several verdicts: a refusal beats a leniency, a leniency beats acceptance.
 *
 * @param {Verdict} a
 * @param {Verdict} b
 * @returns {Verdict}
 */
export function worse(a, b) {
  if (typeof a === "number" && a !== ACCEPTED) return a;
  return b === ACCEPTED ? a : b;
}

/** No word of a vocabulary is longer, nor what stands for one. */
const MAX_WORD = 40;

/**
 * @param {string} name
 * @param {readonly string[]} tokens
 * @param {Readonly<Record<string, readonly [kind: string, token: string]>>} [others]  words that a leniency reads as one of the tokens
 * @param {(value: string) => boolean} [or]   what else has the type
 * @returns {Readonly<DataType>}
 */
export function vocabulary(name, tokens, others = {}, or = () => false) {
  const words = new Set(tokens);
  const meanings = new Map(Object.entries(others));
  /** @type {(value: string) => string} */
  const folded = (value) => (value.length > MAX_WORD ? value : value.trim().toLowerCase());
  return Object.freeze({
    name: `${name}: ${tokens.map((token) => token || '""').join(", ")}`,
    /** @param {string} value @returns {Verdict} */
    check(value) {
      if (words.has(value) || or(value)) return ACCEPTED;
      const word = folded(value);
      return meanings.get(word)?.[0] ?? (word !== "" && words.has(word) ? WORD_CASE : WRONG_TYPE);
    },
    meant: (value) => meanings.get(folded(value))?.[1] ?? folded(value),
  });
}

/** Any characters; `spm` of them are promised to be kept. @param {string} name @param {number} spm */
export function text(name, spm) {
  return dataType(name, (value) => (value.length > spm ? OVER_SPM : ACCEPTED));
}

/** @param {string} name @param {Standard} standard */
export function duration(name, standard) {
  return dataType(name, (value) => {
    const read = parseDuration(value, standard);
    return read === null ? WRONG_TYPE : read.lenient ? LENIENT_TIME : ACCEPTED;
  });
}

const DECIMAL = /^-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)$/;

/** A decimal number without exponent. @param {string} value */
export function isDecimal(value) {
  return DECIMAL.test(value);
}

/** @param {string} name @param {number} [min] @param {number} [max] */
export function real(name, min = -Infinity, max = Infinity) {
  return dataType(name, (value) => (isDecimal(value) ? inRange(Number(value), min, max) : WRONG_TYPE));
}

/** @param {number} number @param {number} min @param {number} max @returns {Verdict} */
export function inRange(number, min, max) {
  return number >= min && number <= max ? ACCEPTED : OUT_OF_RANGE;
}

const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f]/; // eslint-disable-line no-control-regex -- control characters are what it looks for

/**
 * An identifier in the characters that `strict` allows; other printable ones are kept and flagged.
 *
 * @param {string} value
 * @param {RegExp} strict
 * @param {number} spm
 * @returns {Verdict}
 */
export function checkIdentifier(value, strict, spm) {
  if (strict.test(value)) return value.length > spm ? OVER_SPM : ACCEPTED;
  return value.trim() === "" || UNPRINTABLE.test(value) ? WRONG_TYPE : IDENTIFIER_FORM;
}
