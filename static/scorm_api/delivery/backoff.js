/**
 * How long to wait after failures: doubling from 1 s to half a minute, with jitter: a server that comes back is met by all
 * within that time, and not by all at once. Pure.
 */

const FIRST_MS = 1000;
export const LONGEST_MS = 30_000;

/**
 * @param {number} failures in a row, 1 or more
 * @param {number} random 0 to 1
 * @returns {number} ms
 */
export function backoffMs(failures, random) {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1));
  return Math.round(full * (0.5 + random / 2));
}
