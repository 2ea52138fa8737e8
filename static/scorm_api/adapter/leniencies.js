/**
 * Every kind of finding that the adapter makes, and which of them are leniencies with a switch (`LaunchData.leniencies`, from
 * the setting SEATTIME_LENIENCIES). What each departs from and why is in leniency-reasons.js, which no page loads.
 *
 * Guarantee: the adapter accepts nothing that its standard refuses unless a row here says so, and each such acceptance leaves a
 * finding (the first of its kind for an element in a session). Imports nothing.
 */

/**
 * @typedef {Object} Leniency
 * @property {string} kind          `Finding.kind`, and the switch's name
 * @property {boolean | null} on    whether the switch is on where nobody says otherwise; null: no leniency but a remark, without a switch
 */

export const NOT_A_STRING = "not-a-string";
export const MISSING_ARGUMENT = "missing-argument";
export const LENIENT_TIME = "lenient-time";
export const LENIENT_MOMENT = "lenient-moment";
export const OVER_SPM = "over-spm";
export const IDENTIFIER_FORM = "identifier-form";
export const FEEDBACK_FORM = "feedback-form";
export const STATUS_TYPO = "status-typo";
export const WORD_CASE = "word-case";
export const FOREIGN_WORD = "foreign-word";
export const NOT_FINISHED = "not-finished";
export const UNSET_EXIT = "unset-exit";
export const UNREADABLE_TIME = "unreadable-time";
export const REFUSED_VALUE = "refused-value";
export const STATUS_OVERRIDDEN = "status-overridden";

/** @type {readonly Readonly<Leniency>[]} */
export const LENIENCIES = Object.freeze([
  {
    kind: NOT_A_STRING,
    on: true,
  },
  {
    kind: MISSING_ARGUMENT,
    on: true,
  },
  {
    kind: LENIENT_TIME,
    on: true,
  },
  {
    kind: LENIENT_MOMENT,
    on: true,
  },
  {
    kind: OVER_SPM,
    on: true,
  },
  {
    kind: IDENTIFIER_FORM,
    on: true,
  },
  {
    kind: FEEDBACK_FORM,
    on: true,
  },
  {
    kind: STATUS_TYPO,
    on: true,
  },
  {
    kind: WORD_CASE,
    on: false,
  },
  {
    kind: FOREIGN_WORD,
    on: false,
  },
  {
    kind: NOT_FINISHED,
    on: true,
  },
  {
    kind: UNSET_EXIT,
    on: true,
  },
  {
    kind: UNREADABLE_TIME,
    on: null,
  },
  {
    kind: REFUSED_VALUE,
    on: null,
  },
  {
    kind: STATUS_OVERRIDDEN,
    on: null,
  },
]);

const SWITCHES = LENIENCIES.filter(({ on }) => on !== null);
const DEFAULTS = setOf([]);

/**
 * The leniencies that are on.
 *
 * @param {readonly string[]} [changes]  `+kind` and `-kind`, `+all` and `-all`, one after the other; what nobody knows changes nothing
 * @returns {ReadonlySet<string>}
 */
export function lenienciesOf(changes = []) {
  return changes.length === 0 ? DEFAULTS : setOf(changes);
}

/** @param {readonly string[]} changes */
function setOf(changes) {
  const on = new Set(SWITCHES.filter((row) => row.on).map(({ kind }) => kind));
  for (const change of changes) {
    for (const { kind } of SWITCHES) {
      if (change === `+${kind}` || change === "+all") on.add(kind);
      else if (change === `-${kind}` || change === "-all") on.delete(kind);
    }
  }
  return on;
}
