/**
 * The state register in the journal, as two entries: the whole of it, and beside that what was set since. A session with ten thousand
 * elements that sets one more writes that one, not ten thousand; in dismissal every SetValue is such a write.
 *
 * Guarantees: both together are the register as it was at the latest write; changes are never laid over a whole that is older than they
 * build on (a browser that refused the larger entry, content that deleted it): an older state is better than one that never was.
 *
 * @import { Journal } from "./journal.js"
 * @import { ChangesFile, StateFile, StateRegister } from "./shapes.js"
 */

/** Changes of more characters than this become part of the whole. */
const MOST_CHARACTERS = 32 * 1024;

/** One large element that is set again and again, suspend_data, is no reason to write all others again: it counts as so much at most. */
const MOST_OF_ONE = MOST_CHARACTERS / 4;

/**
 * Writes one session's register.
 * @param {Journal} journal
 * @param {{ state: string, changes: string }} keys
 * @param {StateRegister} state
 */
export function createStateJournal(journal, keys, state) {
  /** What was set since the whole was written, with what it counts as. @type {Map<string, number>} */
  const since = new Map();
  let characters = 0;
  /** The whole's sequence and its number of findings; null before the first write. @type {{ seq: number, findings: number } | null} */
  let whole = null;

  /** @param {number} rev */
  function writeWhole(rev) {
    journal.write(keys.state, { v: 1, rev, state }, false);
    whole = { seq: state.seq, findings: state.findings.length };
    since.clear();
    characters = 0;
  }

  /** @param {number} rev @param {{ seq: number, findings: number }} base */
  function writeChanges(rev, base) {
    /** @type {Record<string, string>} */
    const set = {};
    /** @type {Record<string, number>} */
    const changed = {};
    for (const element of since.keys()) {
      set[element] = state.set[element] ?? "";
      const at = state.changed[element];
      if (at !== undefined) changed[element] = at;
    }
    const findings = state.findings.slice(base.findings);
    const findingsAt = state.findingsAt.slice(base.findings);
    journal.write(keys.changes, { v: 1, rev, since: base.seq, changes: { ...state, set, changed, findings, findingsAt } }, false);
  }

  return {
    /** @param {string} element was set */
    changed(element) {
      const counts = Math.min(element.length + (state.set[element] ?? "").length, MOST_OF_ONE);
      characters += counts - (since.get(element) ?? 0);
      since.set(element, counts);
    },

    /** @param {number} rev */
    write(rev) {
      if (whole === null || characters > MOST_CHARACTERS) writeWhole(rev);
      else writeChanges(rev, whole);
    },
  };
}

/** @param {StateFile | null} file @param {ChangesFile | null} changes whether the changes say more than the whole, and build on it */
function addTo(file, changes) {
  if (changes === null) return false;
  const { seq } = file?.state ?? { seq: 0 };
  if (seq < changes.since) return false;
  return changes.changes.seq > seq || (changes.changes.seq === seq && changes.rev > (file?.rev ?? 0));
}

/**
 * Sequence and acknowledgement as they stand, without putting the register together.
 * @param {StateFile | null} file
 * @param {ChangesFile | null} changes
 * @returns {StateRegister | null} only for its numbers
 */
export function newestNumbers(file, changes) {
  return changes !== null && addTo(file, changes) ? changes.changes : (file?.state ?? null);
}

/**
 * @param {StateFile | null} file
 * @param {ChangesFile | null} changes
 * @returns {StateRegister | null} the register; null where the journal has none
 */
export function stateOf(file, changes) {
  if (changes === null || !addTo(file, changes)) return file?.state ?? null;
  const { changes: newer } = changes;
  if (file === null) return newer;
  const { state: older } = file;
  return {
    ...newer,
    set: { ...older.set, ...newer.set },
    changed: { ...older.changed, ...newer.changed },
    findings: [...older.findings, ...newer.findings],
    findingsAt: [...older.findingsAt, ...newer.findingsAt],
  };
}
