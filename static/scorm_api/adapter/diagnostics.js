/**
 * What GetDiagnostic says about the latest error: the element, what was given, what was expected, for the author of a course.
 *
 * RTE 1.2, 3.3 LMSGetDiagnostic and 2004 RTE 3.1 GetDiagnostic: the text is the LMS's own, at most 255 characters. Changes
 * nothing; it is put together only when somebody asks. Imports nothing.
 */

/** @typedef {import("./data-model.js").DataModel} DataModel */
/** @typedef {import("./error-codes.js").ErrorCodes} ErrorCodes */

/**
 * The call that failed.
 *
 * @typedef {Object} FailedCall
 * @property {string} code
 * @property {string} text     the code's own text
 * @property {string} element  "" where the call is about none
 * @property {string} given    what was to be written, or the argument
 * @property {string} why      where the call is about no element
 */

const MAX = 255;
/** Of a value or name, so that there is room for what was expected. */
const MAX_GIVEN = 70;

/** @param {FailedCall} call @param {Readonly<ErrorCodes>} codes @param {DataModel | null} model @returns {string} */
export function diagnose(call, codes, model) {
  const more = call.element === "" ? withoutElement(call) : model === null ? "" : withElement(call, codes, model);
  return [call.text, shortened(call.element), more].filter((part) => part !== "").join(": ").slice(0, MAX);
}

/** @param {FailedCall} call */
function withoutElement({ given, why }) {
  return why === "" ? `the argument must be an empty string, not ${quoted(given)}` : why;
}

/** @param {FailedCall} call @param {Readonly<ErrorCodes>} codes @param {DataModel} model */
function withElement({ code, element, given }, codes, model) {
  const slot = model.cell(element)?.slot ?? null;
  if (code === codes.undefinedElement) return "no such element in this standard";
  if (slot === null) return "";
  if (code === codes.type || code === codes.range) return `${quoted(given)} is not ${slot.type?.name ?? "allowed"}`;
  if (code === codes.readOnly || code === codes.keyword) return "the LMS sets it; it can only be read";
  if (code === codes.writeOnly) return "it can only be written";
  const missing = model.missingEntry(element);
  if ((code === codes.getIndex || code === codes.setIndex) && missing !== null) {
    const { element: collection, size } = missing;
    const next = slot.writable ? `; the next index is ${size}` : "";
    return `${collection} has ${size} ${size === 1 ? "entry" : "entries"}${next}`;
  }
  if (code === codes.notUnique) return `${quoted(given)} is taken, or one entry too many`;
  if (code === codes.dependency) return `set ${slot.needsType ? "id and type" : "id"} of the entry first`;
  if (code === codes.noValue) return "nobody has set it yet";
  return "";
}

/** @param {string} text */
function shortened(text) {
  return text.length > MAX_GIVEN ? `${text.slice(0, MAX_GIVEN)}...` : text;
}

/** @param {string} text */
function quoted(text) {
  return `"${shortened(text)}"`;
}
