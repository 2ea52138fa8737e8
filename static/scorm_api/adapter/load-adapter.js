/**
 * `createAdapter` for a page that knows its standards before it needs them: the tables of the others are not loaded.
 *
 * Guarantee: `create` makes an adapter of every standard that was loaded, at once and without the network.
 */

import { makeAdapter } from "./make-adapter.js";

/** @typedef {import("../types.d.ts").CreateAdapter} CreateAdapter */
/** @typedef {Parameters<CreateAdapter>[0]} Standard */
/** @typedef {import("./runtime.js").Dialect} Dialect */

/** @type {Readonly<Record<Standard, () => Promise<{ DIALECTS: readonly Readonly<Dialect>[] }>>>} */
const MODULES = Object.freeze({
  scorm11: () => import("./dialect-scorm12.js"),
  scorm12: () => import("./dialect-scorm12.js"),
  scorm2004: () => import("./dialect-scorm2004.js"),
});

export function createAdapterLoader() {
  /** @type {Map<string, Readonly<Dialect>>} */
  const dialects = new Map();

  return {
    /** @param {Iterable<Standard>} standards @returns {Promise<void>} rejected where a module does not come */
    async load(standards) {
      const modules = await Promise.all([...standards].map((standard) => MODULES[standard]()));
      for (const { DIALECTS } of modules) for (const dialect of DIALECTS) dialects.set(dialect.standard, dialect);
    },

    /** @type {CreateAdapter} */
    create(standard, launch, sink) {
      const dialect = dialects.get(standard);
      if (dialect === undefined) throw new Error(`${standard} was not loaded`);
      return makeAdapter(dialect, launch, sink);
    },
  };
}
