/**
 * Runs of learner activity. Marks less than 30 s apart are one run, so that an hour of reading with a few clicks stays small. Pure.
 *
 * @import { Act } from "./shapes.js"
 */

export const RUN_GAP_MS = 30_000;

/**
 * @param {Act[]} acts changed in place; only the last entry grows
 * @param {number} at ms since the session was opened
 */
export function markActivity(acts, at) {
  const last = acts.at(-1);
  if (last !== undefined && at - (last[0] + last[1]) < RUN_GAP_MS) {
    last[1] = Math.max(last[1], at - last[0]);
    return;
  }
  acts.push([at, 0]);
}
