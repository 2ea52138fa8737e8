/**
 * Lengths of time as content writes them, read strictly first and then as a person would; written strictly.
 *
 * The twin of the server's duration reader: both hold to tests/data/durations.json, so what the browser flags the server
 * flags too. Guarantees: `parseDuration` never throws; a readable value never counts as zero; a negative, empty,
 * not-a-number or absurdly long one is null. Arithmetic is exact (BigInt), rounded half up to a millisecond.
 * Imports nothing.
 *
 * - CMITimespan, SCORM 1.1 and 1.2 (RTE 1.2, data type CMITimespan): `HHHH:MM:SS.SS`.
 * - timeinterval(second,10,2), SCORM 2004 (RTE 4.1.1.7): `P[yY][mM][dD][T[hH][mM][s[.s]S]]`.
 * - ISO 8601 with decimals on the last part, xAPI and cmi5 (xAPI 1.0.3 Data 4.6).
 */

/** @typedef {import("../types.d.ts").Standard} Standard */
/** @typedef {{ ms: number, lenient: boolean }} Duration `ms`: whole milliseconds. `lenient`: not in the standard's own form. */

/** About 317 years. Anything longer is nonsense. */
const MAX_MS = 10 ** 13;
/** Characters. Bounds the work that content can ask for. */
const MAX_LENGTH = 255;

const DAY_MS = 86_400_000n;
// The standards leave a year and a month open; the driver that most tools embed writes 365.25 days and a twelfth of that.
const YEAR_MS = 31_557_600_000n;
const MONTH_MS = 2_629_800_000n;
const UNIT_MS = new Map([["Y", YEAR_MS], ["MONTH", MONTH_MS], ["W", 7n * DAY_MS], ["D", DAY_MS], ["H", 3_600_000n], ["M", 60_000n], ["S", 1_000n]]);

const STRICT_CLOCK = /^([0-9]{2,4}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,2}))?$/;
const STRICT_INTERVAL = /^P(?=[0-9T])(?:([0-9]+)Y)?(?:([0-9]+)M)?(?:([0-9]+)D)?(?:T(?=[0-9])(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)(?:\.([0-9]{1,2}))?S)?)?$/;
const ISO8601 = /^P(?=[0-9T])(?:[0-9]+(?:[.,][0-9]+)?W|(?:[0-9]+(?:[.,][0-9]+)?Y)?(?:[0-9]+(?:[.,][0-9]+)?M)?(?:[0-9]+(?:[.,][0-9]+)?D)?(?:T(?=[0-9])(?:[0-9]+(?:[.,][0-9]+)?H)?(?:[0-9]+(?:[.,][0-9]+)?M)?(?:[0-9]+(?:[.,][0-9]+)?S)?)?)$/;
const DECIMALS_BEFORE_THE_LAST_PART = /[.,][0-9]+[A-Z].*[0-9]/;

const NUMBER = "(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)";
const LOOSE_NUMBER = new RegExp(`^${NUMBER}$`);
const LOOSE_CLOCK = new RegExp(`^(?:([0-9]+):)?([0-9]+):(${NUMBER})$`);
const LOOSE_ISO = new RegExp(`^P?((?:${NUMBER}[YMWDHS])*)(T?)((?:${NUMBER}[YMWDHS])*)$`);
const LOOSE_PART = new RegExp(`(${NUMBER})([YMWDHS])`, "g");
const BLANKS = /[ \t\r\n\f\v\u00a0]+/g;

/**
 * @param {string} raw
 * @param {Standard} standard
 * @returns {Duration | null} null where nobody can read it
 */
export function parseDuration(raw, standard) {
  if (raw.length > MAX_LENGTH) return null;
  const ms = readStrictly(raw, standard);
  if (ms !== null) return ms > MAX_MS ? null : { ms, lenient: false };
  const lenient = standard !== "none" || !ISO8601.test(raw) || DECIMALS_BEFORE_THE_LAST_PART.test(raw);
  const exact = lenient ? readLoosely(raw) : readIso(raw);
  return exact === null || exact > MAX_MS ? null : { ms: Number(exact), lenient };
}

/**
 * `HHHH:MM:SS.SS` for SCORM 1.1 and 1.2, timeinterval(second,10,2) otherwise. Parts of a hundredth are dropped: what is
 * written is never above the real. CMITimespan ends at `9999:59:59.99`.
 *
 * @param {number} ms not negative
 * @param {Standard} standard
 * @returns {string}
 */
export function formatDuration(ms, standard) {
  const hundredths = Math.floor(ms / 10);
  const parts = { h: Math.floor(hundredths / 360_000), m: Math.floor(hundredths / 6_000) % 60, s: Math.floor(hundredths / 100) % 60, c: hundredths % 100 };
  return standard === "scorm11" || standard === "scorm12" ? asClock(parts) : asInterval(parts);
}

/** @typedef {{ h: number, m: number, s: number, c: number }} Parts hours, minutes, seconds, hundredths */

/** @param {Parts} parts */
function asClock({ h, m, s, c }) {
  return h > 9999 ? "9999:59:59.99" : `${pad(h, 4)}:${pad(m, 2)}:${pad(s, 2)}.${pad(c, 2)}`;
}

/** @param {Parts} parts */
function asInterval({ h, m, s, c }) {
  let text = "PT";
  if (h > 0) text += `${h}H`;
  if (m > 0) text += `${m}M`;
  // Both decimals always: ".7" is what tools with a padding fault write for seven hundredths.
  if (c > 0) text += `${s}.${pad(c, 2)}S`;
  else if (s > 0 || text === "PT") text += `${s}S`;
  return text;
}

/**
 * @param {number} number
 * @param {number} digits
 */
function pad(number, digits) {
  return String(number).padStart(digits, "0");
}

/**
 * The forms that SCORM asks for. They have whole numbers and hundredths only, so plain numbers are exact up to MAX_MS.
 *
 * @param {string} raw
 * @param {Standard} standard
 */
function readStrictly(raw, standard) {
  if (standard === "none") return null;
  const match = (standard === "scorm2004" ? STRICT_INTERVAL : STRICT_CLOCK).exec(raw);
  if (match === null) return null;
  if (standard !== "scorm2004") return clockMs(match[1], match[2], match[3], match[4]);
  const days = Number(match[1] ?? 0) * Number(YEAR_MS) + Number(match[2] ?? 0) * Number(MONTH_MS) + Number(match[3] ?? 0) * Number(DAY_MS);
  return days + clockMs(match[4], match[5], match[6], match[7]);
}

/** @param {string} [hours] @param {string} [minutes] @param {string} [seconds] @param {string} [decimals] at most two */
function clockMs(hours = "0", minutes = "0", seconds = "0", decimals = "") {
  return Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1_000 + Number(decimals.padEnd(2, "0")) * 10;
}

/** @param {string} raw */
function readLoosely(raw) {
  // Blanks around the value and around its marks are a matter of typing; a blank inside a number is not.
  let text = raw.replace(BLANKS, (run, /** @type {number} */ at) => (isDigitAt(raw, at - 1) && isDigitAt(raw, at + run.length) ? run : ""));
  if (text.startsWith("+")) text = text.slice(1);
  if (LOOSE_NUMBER.test(text)) return sum([[text, 1_000n]]);
  return readClock(text) ?? readIso(text);
}

/**
 * @param {string} text
 * @param {number} at
 */
function isDigitAt(text, at) {
  const c = text.charAt(at);
  return (c >= "0" && c <= "9") || c === "." || c === ",";
}

/** @param {string} text `[[h:]m:]s`, the seconds with decimals */
function readClock(text) {
  const match = LOOSE_CLOCK.exec(text);
  return match && sum([[match[1] ?? "0", 3_600_000n], [match[2] ?? "", 60_000n], [match[3] ?? "", 1_000n]]);
}

/** @param {string} text ISO 8601, its parts in any order and case, with or without P and T */
function readIso(text) {
  // Only a to z: toUpperCase would turn a long s (U+017F) into the S of seconds.
  const match = LOOSE_ISO.exec(text.replace(/[a-z]/g, (c) => c.toUpperCase()));
  if (match === null) return null;
  const [, before = "", t = "", after = ""] = match;
  // Without its T an M is ambiguous. Beside hours or seconds, or without the P, minutes are what a person means.
  const monthsFirst = t === "T" || (/^p/i.test(text) && !/[HS]/.test(before));
  /** @type {Map<string, string>} */
  const parts = new Map();
  for (const [section, mIsMonths] of /** @type {[string, boolean][]} */ ([[before, monthsFirst], [after, false]])) {
    for (const [, number = "", letter = ""] of section.matchAll(LOOSE_PART)) {
      const unit = letter === "M" && mIsMonths ? "MONTH" : letter;
      if (parts.has(unit)) return null;
      parts.set(unit, number);
    }
  }
  return parts.size === 0 ? null : sum([...parts].map(([unit, number]) => [number, UNIT_MS.get(unit) ?? 0n]));
}

/**
 * Exact sum of decimal numbers times their units, rounded half up once.
 *
 * @param {[string, bigint][]} terms
 * @returns {bigint}
 */
function sum(terms) {
  const split = terms.map(([number, unit]) => ({ digits: number.replace(",", ".").split("."), unit }));
  const decimals = Math.max(...split.map(({ digits }) => (digits[1] ?? "").length));
  const scale = 10n ** BigInt(decimals);
  let total = 0n;
  for (const { digits: [whole = "", fraction = ""], unit } of split) total += BigInt(`0${whole}${fraction.padEnd(decimals, "0")}`) * unit;
  return (2n * total + scale) / (2n * scale);
}
