/**
 * The situations that the adapter tells apart. Which code each has, and what the code says, is the standard's: dialect-scorm12.js and
 * dialect-scorm2004.js. Codes are strings, as the API answers them. Imports nothing.
 */

export const NO_ERROR = "0";

/**
 * One code for each situation that the adapter tells apart. 1.2 has fewer codes than situations.
 *
 * @typedef {Object} ErrorCodes
 * @property {string} initializeFailed
 * @property {string} initializeWhileRunning
 * @property {string} initializeAfterEnd
 * @property {string} endBeforeStart
 * @property {string} endAfterEnd
 * @property {string} getBeforeStart
 * @property {string} getAfterEnd
 * @property {string} setBeforeStart
 * @property {string} setAfterEnd
 * @property {string} commitBeforeStart
 * @property {string} commitAfterEnd
 * @property {string} argument            Initialize, Terminate or Commit with an argument
 * @property {string} noElementToGet      no element is named
 * @property {string} noElementToSet
 * @property {string} getFailed           something of ours failed
 * @property {string} setFailed
 * @property {string} commitFailed        the record is not in the journal
 * @property {string} undefinedElement
 * @property {string} noChildren          `_children` of an element that has none
 * @property {string} noCount             `_count` of an element that is no collection
 * @property {string} noVersion
 * @property {string} getIndex            no such entry
 * @property {string} setIndex            not the next entry, or one too many
 * @property {string} notUnique           an id that another entry has, or a changed id
 * @property {string} noValue             never set and no default
 * @property {string} keyword             SetValue of `_children`, `_count`, `_version`
 * @property {string} readOnly
 * @property {string} writeOnly
 * @property {string} type
 * @property {string} range
 * @property {string} dependency
 */
