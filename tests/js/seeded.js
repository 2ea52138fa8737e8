/**
 * Randomness that can be repeated: the same seed makes the same choices, on every machine.
 */

/** mulberry32. @param {number} seed @returns {() => number} from 0 to below 1 */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** @param {number} seed */
export function chooser(seed) {
  const random = seeded(seed);
  const below = (limit) => Math.floor(random() * limit);
  return {
    random,
    below,
    pick: (list) => list[below(list.length)],
    /** True with this probability. */
    chance: (probability) => random() < probability,
  };
}
