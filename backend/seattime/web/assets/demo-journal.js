/**
 * What this browser keeps of a registration, read from the player's journal, which shares this origin (docs/protocol.md,
 * "Journal records"). Only reads.
 *
 * @typedef {object} Kept
 * @property {string} session
 * @property {boolean} stored whether all of it is in the database, as far as this browser was told
 * @property {[start: number, end: number][]} spans measured stretches, ms of server time
 *
 * @param {Storage} storage
 * @param {string} registration internal key
 * @param {number} launches only of launches after this one
 * @returns {Kept[]}
 */
export function readJournal(storage, registration, launches) {
  const prefix = `seattime:1:${registration}:`;
  const kept = [];
  for (let index = 0; index < storage.length; index += 1) {
    const key = storage.key(index);
    if (key === null || !key.startsWith(prefix) || !key.endsWith(":t")) continue;
    const file = JSON.parse(storage.getItem(key) ?? "null");
    if (file === null || file.launch <= launches) continue;
    /** @type {[number, number][]} */
    const spans = file.time.spans.map((/** @type {number[]} */ [start = 0, length = 0]) => [file.time.opened + start, file.time.opened + start + length]);
    kept.push({ session: file.session, stored: file.stored_at !== null, spans });
  }
  return kept;
}

/**
 * How long all of it is together, each moment once, ms.
 *
 * @param {Kept[]} kept
 */
export function lengthOf(kept) {
  let length = 0;
  let until = -Infinity;
  for (const [start, end] of kept.flatMap(({ spans }) => spans).sort((a, b) => a[0] - b[0])) {
    length += Math.max(0, end - Math.max(start, until));
    until = Math.max(until, end);
  }
  return length;
}
