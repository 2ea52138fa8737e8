/**
 * What the content reported, one entry for each segment (design 3.5). A value that falls starts a new segment, because the content has
 * begun to count anew; all else only updates the last one: `session_time` set ten times is one value. Pure.
 *
 * @import { Word } from "./shapes.js"
 */

/**
 * Some tools write hundredths without the leading zero (`05.9` for 5.09 s, then `05.20`), which overstates by up to 0.81 s and then
 * seems to fall. A fall of less than a second is therefore no new beginning.
 */
const FALL_MS = 1000;

/** Some 300 years, the longest that the protocol carries. */
const LONGEST_MS = 10 ** 13;

/** Longer than any value that a person can read; the finding keeps the rest. */
const RAW_LENGTH = 64;

/**
 * @param {Word[]} words changed in place
 * @param {number | null} ms what the content said, null where nobody can read it
 * @param {number} measured ms measured when it said so
 * @param {string} raw
 * @param {boolean} lenient
 */
export function addWord(words, ms, measured, raw, lenient) {
  const last = words.at(-1);
  /** @type {Word} */
  const word = [ms === null ? null : Math.min(Math.round(ms), LONGEST_MS), measured, raw.slice(0, RAW_LENGTH), lenient ? 1 : 0];
  if (last === undefined) {
    words.push(word);
  } else if (ms === null) {
    // An unreadable value says nothing about a segment that was readable; it stays a finding.
    if (last[0] === null) words[words.length - 1] = word;
  } else if (last[0] !== null && ms <= last[0] - FALL_MS) {
    words.push(word);
  } else {
    words[words.length - 1] = word;
  }
}

/** Sum of the segments, ms: what `total_time` grows by. @param {Word[]} words */
export function reportedMs(words) {
  return words.reduce((sum, word) => sum + (word[0] ?? 0), 0);
}
