/**
 * Data models as tables: what a row says, and the compiled form that the model looks elements up in.
 *
 * An element that is not in a table does not exist: names are only ever looked up in Maps, so nothing of JavaScript's own
 * objects can be reached through one. `n` in a row's name stands for an index. Guarantee: a compiled table is frozen and
 * shared by every session. Imports types only.
 */

/** @typedef {import("../types.d.ts").LaunchData} LaunchData */
/** @typedef {import("./data-types.js").DataType} DataType */
/** @typedef {import("./data-types.js").Verdict} Verdict */

/** Looks at values in the running model. @typedef {(element: string) => string | null} Lookup */

/**
 * One element.
 *
 * @typedef {Object} Row
 * @property {string} element
 * @property {DataType} type
 * @property {"r" | "w" | "rw"} access
 * @property {string} section      of the standard's RTE book, unless it names another
 * @property {string | null} [initial]   the value before anyone set it; null (default): none, which 2004 answers with 403
 * @property {(launch: LaunchData) => string | null | undefined} [launch]   the LMS's value for this session; beats what is stored
 * @property {boolean} [ofSession]       begins anew with each session; never taken from an earlier one
 * @property {boolean} [sessionTime]     told to the sink as time, not as state
 * @property {readonly ("id" | "type")[]} [needs]  of the collection entry that it is in: must have a value first (2004: 408)
 * @property {boolean} [unique]          no two entries of the collection may have the same value
 * @property {boolean} [appends]         a write is added to what is there (1.2 cmi.comments)
 * @property {(interactionType: string, value: string) => string | null} [identity]  the same for those by the interaction's type: what must differ
 * @property {boolean} [emptyIsNone]     an empty string is as good as no value
 * @property {boolean} [once]            may not change once it has a value
 * @property {boolean} [formByType]      its form depends on the interaction's type, which need not be set first
 * @property {(interactionType: string, index: number) => Verdict} [limit]   how many there may be depends on the interaction's type
 * @property {(lookup: Lookup) => string | null} [evaluate]  GetValue answers this, where not null, in place of the value
 * @property {string} [affects]          the element whose evaluation depends on this one
 */

/**
 * What holds elements: `_children` answers `children`, and a collection has a `_count`.
 *
 * @typedef {Object} Container
 * @property {string} element
 * @property {string | null} children    null where the standard defines no `_children`
 * @property {number} [spm]              a collection: how many entries are promised to be kept (Infinity where unbounded)
 * @property {boolean} [fixed]           a collection that only the LMS fills
 * @property {string} section
 */

/**
 * A row as the model uses it: every property present, so that all have one shape.
 *
 * @typedef {Object} Slot
 * @property {string} element
 * @property {DataType | null} type      null: a keyword
 * @property {boolean} readable
 * @property {boolean} writable
 * @property {boolean} keyword
 * @property {string} section
 * @property {string | null} initial
 * @property {((launch: LaunchData) => string | null | undefined) | null} launch
 * @property {boolean} ofSession
 * @property {boolean} sessionTime
 * @property {boolean} needsId
 * @property {boolean} needsType
 * @property {boolean} formByType        its form depends on the interaction's type
 * @property {"id" | "type" | null} key   it is what others of its entry need
 * @property {boolean} unique
 * @property {boolean} appends
 * @property {((interactionType: string, value: string) => string | null) | null} identity
 * @property {boolean} emptyIsNone
 * @property {boolean} once
 * @property {((interactionType: string, index: number) => Verdict) | null} limit
 * @property {((lookup: Lookup) => string | null) | null} evaluate
 * @property {string | null} affects
 * @property {readonly Collection[]} collections   those that the element is inside of, outermost first
 * @property {Collection | null} counts            for a `_count`: the collection
 */

/** @typedef {{ element: string, spm: number, fixed: boolean }} Collection */

/**
 * One part of a name. `entry`: what an index leads to, where it is a collection.
 *
 * @typedef {{ slot: Slot | null, collection: Collection | null, parts: Map<string, TableNode>, entry: TableNode | null }} TableNode
 */

/**
 * @typedef {Object} DataModelTable
 * @property {ReadonlyMap<string, Slot>} slots          by name with `n` for indices, keywords included
 * @property {readonly Slot[]} singles                  those outside of collections
 * @property {TableNode} root                           the same as a tree
 */

/** The pattern of `adl.nav.request_valid.choice.{target=...}`: the target is an argument, not an element's name. */
export const TARGET = "{target}";

/** @param {readonly Container[]} containers @param {readonly Row[]} rows @param {string} version @returns {DataModelTable} */
export function compileTable(containers, rows, version) {
  const collections = containers
    .filter((container) => container.spm !== undefined)
    .map(({ element, spm = Infinity, fixed = false }) => Object.freeze({ element, spm, fixed }));
  /** @type {(element: string) => Collection[]} */
  const around = (element) => collections.filter((collection) => element.startsWith(`${collection.element}.n.`));

  const slots = [keywordSlot("cmi._version", version, "RTE cmi._version", null, [])];
  for (const { element, children, section } of containers) {
    const collection = collections.find((each) => each.element === element) ?? null;
    if (children !== null) slots.push(keywordSlot(`${element}._children`, children, section, null, around(`${element}._children`)));
    if (collection !== null) slots.push(keywordSlot(`${element}._count`, "0", section, collection, around(`${element}._count`)));
  }
  for (const row of rows) slots.push(rowSlot(row, around(row.element)));
  slots.forEach(Object.freeze);
  return Object.freeze({
    slots: new Map(slots.map((slot) => [slot.element, slot])),
    singles: Object.freeze(slots.filter((slot) => slot.collections.length === 0 && !slot.element.endsWith(TARGET))),
    root: asTree(slots, collections),
  });
}

/** @returns {TableNode} */
function newNode() {
  return { slot: null, collection: null, parts: new Map(), entry: null };
}

/** @param {readonly Slot[]} slots @param {readonly Collection[]} collections */
function asTree(slots, collections) {
  const root = newNode();
  for (const slot of slots) if (!slot.element.endsWith(TARGET)) nodeFor(root, slot.element).slot = slot;
  for (const collection of collections) nodeFor(root, collection.element).collection = collection;
  return root;
}

/** @param {TableNode} root @param {string} element */
function nodeFor(root, element) {
  let node = root;
  for (const part of element.split(".")) {
    if (part === "n") {
      node = node.entry ??= newNode();
    } else {
      const next = node.parts.get(part) ?? newNode();
      node.parts.set(part, next);
      node = next;
    }
  }
  return node;
}

/** @param {string} element @param {readonly Collection[]} collections @returns {"id" | "type" | null} */
function keyOf(element, collections) {
  const entry = `${collections[0]?.element}.n`;
  return element === `${entry}.id` ? "id" : element === `${entry}.type` ? "type" : null;
}

/** @param {Row} row @param {Collection[]} collections @returns {Slot} */
function rowSlot(row, collections) {
  return {
    element: row.element,
    type: row.type,
    readable: row.access !== "w",
    writable: row.access !== "r",
    keyword: false,
    section: row.section,
    initial: row.initial ?? null,
    launch: row.launch ?? null,
    ofSession: row.ofSession ?? false,
    sessionTime: row.sessionTime ?? false,
    needsId: row.needs?.includes("id") ?? false,
    needsType: row.needs?.includes("type") ?? false,
    formByType: row.formByType ?? row.needs?.includes("type") ?? false,
    key: keyOf(row.element, collections),
    unique: row.unique ?? false,
    appends: row.appends ?? false,
    identity: row.identity ?? null,
    emptyIsNone: row.emptyIsNone ?? false,
    once: row.once ?? false,
    limit: row.limit ?? null,
    evaluate: row.evaluate ?? null,
    affects: row.affects ?? null,
    collections,
    counts: null,
  };
}

/** @param {string} element @param {string} value @param {string} section @param {Collection | null} counts @param {Collection[]} collections @returns {Slot} */
function keywordSlot(element, value, section, counts, collections) {
  return {
    element,
    type: null,
    readable: true,
    writable: false,
    keyword: true,
    section,
    initial: value,
    launch: null,
    ofSession: false,
    sessionTime: false,
    needsId: false,
    needsType: false,
    formByType: false,
    key: null,
    unique: false,
    appends: false,
    identity: null,
    emptyIsNone: false,
    once: false,
    limit: null,
    evaluate: null,
    affects: null,
    collections,
    counts,
  };
}
