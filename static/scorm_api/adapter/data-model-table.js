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
 * @property {boolean} inCollection
 * @property {number} place                        its number among the elements of an entry
 * @property {Collection | null} counts            for a `_count`: the collection
 */

/**
 * @typedef {Object} Collection
 * @property {string} element
 * @property {number} spm
 * @property {boolean} fixed
 * @property {string} prefix                        what comes before an index: within the collection around it, if there is one
 * @property {number} place                         its number among the collections of what it is in
 * @property {Collection[]} inner                   those in an entry of it
 * @property {Map<string, Slot>} fields             what an entry has, by the part of the name after the index
 */

/**
 * @typedef {Object} DataModelTable
 * @property {ReadonlyMap<string, Slot>} slots          by name with `n` for indices, keywords included
 * @property {ReadonlyMap<string, Slot>} singles        those outside of collections
 * @property {readonly Collection[]} collections        the outermost ones
 * @property {ReadonlySet<string>} names                with `n` for indices: of everything that an element's name begins with, in whole parts
 */

/** The pattern of `adl.nav.request_valid.choice.{target=...}`: the target is an argument, not an element's name. */
export const TARGET = "{target}";

const KEYWORD = Object.freeze({ type: null, access: /** @type {const} */ ("r") });

/** @param {readonly Container[]} containers @param {readonly Row[]} rows @param {string} version @returns {DataModelTable} */
export function compileTable(containers, rows, version) {
  const { outermost, byElement } = collectionsOf(containers);
  const slots = [slotOf({ ...KEYWORD, element: "cmi._version", initial: version, section: "RTE cmi._version" })];
  for (const { element, children, section } of containers) {
    const counts = byElement.get(element);
    if (children !== null) slots.push(slotOf({ ...KEYWORD, element: `${element}._children`, initial: children, section }));
    if (counts !== undefined) slots.push(slotOf({ ...KEYWORD, element: `${element}._count`, initial: "0", section, counts }));
  }
  slots.push(...rows.map(slotOf));
  for (const slot of slots) {
    if (slot.inCollection) addField(slot, byElement);
    Object.freeze(slot);
  }
  return Object.freeze({
    slots: new Map(slots.map((slot) => [slot.element, slot])),
    singles: new Map(slots.filter((slot) => !slot.inCollection && !slot.element.endsWith(TARGET)).map((slot) => [slot.element, slot])),
    collections: outermost,
    names: new Set(slots.flatMap(({ element }) => beginnings(element))),
  });
}

const INDEX = ".n.";

/** @param {readonly Container[]} containers those around others first */
function collectionsOf(containers) {
  /** @type {Collection[]} */
  const outermost = [];
  /** @type {Map<string, Collection>} */
  const byElement = new Map();
  for (const { element, spm, fixed = false } of containers) {
    if (spm === undefined) continue;
    const end = element.lastIndexOf(INDEX);
    const siblings = end < 0 ? outermost : (byElement.get(element.slice(0, end))?.inner ?? []);
    const prefix = `${end < 0 ? element : element.slice(end + INDEX.length)}.`;
    /** @type {Collection} */
    const collection = Object.freeze({ element, spm, fixed, prefix, place: siblings.length, inner: [], fields: new Map() });
    siblings.push(collection);
    byElement.set(element, collection);
  }
  return { outermost, byElement };
}

/** @param {Slot} slot @param {Map<string, Collection>} byElement */
function addField(slot, byElement) {
  const end = slot.element.lastIndexOf(INDEX);
  const fields = byElement.get(slot.element.slice(0, end))?.fields;
  slot.place = fields?.size ?? 0;
  fields?.set(slot.element.slice(end + INDEX.length), slot);
}

/** @param {string} element `a.b.c`: `a`, `a.b` and `a.b.c` */
function beginnings(element) {
  const parts = element.split(".");
  return parts.map((_part, index) => parts.slice(0, index + 1).join("."));
}

/** An entry's own id and type, not those of what it holds. @param {string} element @returns {"id" | "type" | null} */
function keyOf(element) {
  const [, own, inner] = element.split(INDEX);
  return inner === undefined && (own === "id" || own === "type") ? own : null;
}

/** @param {Omit<Row, "type"> & { type: DataType | null, counts?: Collection }} row @returns {Slot} */
function slotOf(row) {
  return {
    element: row.element,
    type: row.type,
    readable: row.access !== "w",
    writable: row.access !== "r",
    keyword: row.type === null,
    section: row.section,
    initial: row.initial ?? null,
    launch: row.launch ?? null,
    ofSession: row.ofSession ?? false,
    sessionTime: row.sessionTime ?? false,
    needsId: row.needs?.includes("id") ?? false,
    needsType: row.needs?.includes("type") ?? false,
    formByType: row.formByType ?? row.needs?.includes("type") ?? false,
    key: keyOf(row.element),
    unique: row.unique ?? false,
    appends: row.appends ?? false,
    identity: row.identity ?? null,
    emptyIsNone: row.emptyIsNone ?? false,
    once: row.once ?? false,
    limit: row.limit ?? null,
    evaluate: row.evaluate ?? null,
    affects: row.affects ?? null,
    inCollection: row.element.includes(INDEX),
    place: 0,
    counts: row.counts ?? null,
  };
}
