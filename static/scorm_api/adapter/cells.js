/**
 * What a session's values lie in: cells, the entries of collections that hold them, and how a name leads to an entry.
 * Imports types only.
 */

/** @typedef {import("./data-model-table.js").Collection} Collection */
/** @typedef {import("./data-model-table.js").Slot} Slot */

/** An entry of a collection. The model itself holds one too, whose collections are the outermost. */
export class Entry {
  /** What other elements of it may depend on. @type {string | null} */
  id = null;
  /** @type {string | null} */
  type = null;
  /** The outermost entry on the way to it, maybe itself; null for the model. @type {Entry | null} */
  outermost = null;

  /**
   * @param {Entry | null} holder   what it lies in; null for the model
   * @param {number} fields         how many elements it can have
   * @param {number} collections    how many collections
   */
  constructor(holder, fields, collections) {
    if (holder !== null) this.outermost = holder.outermost ?? this;
    // Of their final length: with thousands of entries, room for more would be most of what they take.
    /** Its elements that have a value of their own, each at its slot's place. @type {(Cell | undefined)[]} */
    this.cells = new Array(fields);
    /** The entries of each collection in it that has any. @type {(Entry[] | undefined)[]} */
    this.collections = new Array(collections);
  }
}

/**
 * An entry that does not exist. `begin`: where in the name its index is. `size`: how many entries there are.
 *
 * @typedef {{ collection: Collection, index: number, begin: number, size: number }} Missing
 */

/** An element with its value. Its name is not kept: with thousands of elements the names would take more than all else. */
export class Cell {
  /** The innermost existing entry on the way to the element; null outside of collections. @type {Entry | null} */
  home = null;
  /** The entries on the way that do not exist yet, outermost first; null where all do. @type {Missing[] | null} */
  missing = null;
  /** The content set it in this session. */
  set = false;

  /** @param {Slot} slot @param {string | null} value */
  constructor(slot, value) {
    this.slot = slot;
    this.value = value;
    /** What the sink heard last of a status that the LMS may decide. */
    this.told = value;
  }

  /** The outermost entry that it lies in; null outside of collections and where that entry does not exist yet. */
  get entry() {
    return this.home === null ? null : this.home.outermost;
  }
}

/** @type {readonly Entry[]} */
export const NO_ENTRIES = Object.freeze([]);

/** @param {Entry} home @param {Collection} collection @returns {readonly Entry[]} */
export function entriesOf(home, collection) {
  return home.collections[collection.place] ?? NO_ENTRIES;
}

/** The entry of that index, made where there is none, and those before it. @param {Entry} home @param {Collection} collection @param {number} index @returns {Entry} */
export function entryAt(home, collection, index) {
  const entries = (home.collections[collection.place] ??= [newEntry(home, collection)]);
  while (entries.length <= index) entries.push(newEntry(home, collection));
  return /** @type {Entry} */ (entries[index]);
}

/** @param {Entry} home @param {Collection} collection */
function newEntry(home, { fields, inner }) {
  return new Entry(home, fields.size, inner.length);
}

/** @param {Cell} cell */
export function isHeld({ home, missing, slot }) {
  return missing === null && home?.cells[slot.place] !== undefined;
}

/** @param {Cell} cell whose entry exists @param {string} value */
export function hold(cell, value) {
  const { slot, home } = cell;
  cell.value = value;
  if (home === null) return;
  home.cells[slot.place] = cell;
  if (slot.key !== null) home[slot.key] = value;
}

/** @param {Entry} home @param {readonly Collection[]} collections those that it can have @param {string} begin of their names @returns {[string, Cell][]} by name */
export function cellsIn(home, collections, begin) {
  return collections.flatMap((collection) =>
    entriesOf(home, collection).flatMap((entry, index) => {
      const name = `${begin}${collection.prefix}${index}.`;
      const own = [...collection.fields].flatMap(([field, { place }]) => {
        const cell = entry.cells[place];
        return cell === undefined ? [] : [/** @type {[string, Cell]} */ ([name + field, cell])];
      });
      return [...own, ...cellsIn(entry, collection.inner, name)];
    }),
  );
}

/** Entries are added one by one (2004 RTE 4.1.1; 1.2 RTE 3.4). @param {Missing} entry */
export function isNext({ collection, index, size }) {
  return index === size && !collection.fixed;
}

/**
 * @param {readonly Collection[]} collections
 * @param {string} name
 * @param {number} begin
 * @returns {Collection | null} the one of which the name has an index there
 */
export function collectionAt(collections, name, begin) {
  for (const collection of collections) {
    // The digit first: it costs next to nothing to see that most names have none there.
    if (isDigit(name.charCodeAt(begin + collection.prefix.length)) && name.startsWith(collection.prefix, begin)) return collection;
  }
  return null;
}

const ZERO = 48;
/** 100 000 entries bound what a collection can cost. */
const MAX_DIGITS = 5;

/** @param {number} code of a character; NaN beyond the end of the name */
function isDigit(code) {
  return code >= ZERO && code <= ZERO + 9;
}

/** The index between two dots, as the standards write it, without leading zeros; -1 where it is none. @param {string} name @param {number} begin @param {number} end */
export function indexIn(name, begin, end) {
  const digits = end - begin;
  if (digits < 1 || digits > MAX_DIGITS || (digits > 1 && name.charCodeAt(begin) === ZERO)) return -1;
  let index = 0;
  for (let i = begin; i < end; i++) {
    const code = name.charCodeAt(i);
    if (!isDigit(code)) return -1;
    index = index * 10 + code - ZERO;
  }
  return index;
}
