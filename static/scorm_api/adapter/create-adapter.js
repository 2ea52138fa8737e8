/**
 * `createAdapter` for every standard, at hand at once. Where the standard is known beforehand, load-adapter.js loads only that.
 */

import { DIALECTS as SCORM_12 } from "./dialect-scorm12.js";
import { DIALECTS as SCORM_2004 } from "./dialect-scorm2004.js";
import { makeAdapter } from "./make-adapter.js";

const DIALECTS = new Map([...SCORM_12, ...SCORM_2004].map((dialect) => [dialect.standard, dialect]));

/** @type {import("../types.d.ts").CreateAdapter} */
export function createAdapter(standard, launch, sink) {
  const dialect = DIALECTS.get(standard);
  if (dialect === undefined) throw new Error(`no such standard: ${standard}`);
  return makeAdapter(dialect, launch, sink);
}
