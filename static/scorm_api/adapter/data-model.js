/**
 * One session's values: finds elements by name, says what the standard says about them, holds what was accepted.
 *
 * Guarantees: a name, or the part of it after an index, is only ever a key of a Map; no entry is created by looking or by a
 * refused write; what has a value is found without allocating anything but that part of the name. `error` tells how the latest
 * call went. Imports the table's types and codes.
 */

import { Cell, Entry, NO_ENTRIES, cellsIn, collectionAt, entriesOf, entryAt, hold, indexIn, isHeld, isNext } from "./cells.js";
import { ACCEPTED } from "./data-types.js";
import { TARGET } from "./data-model-table.js";
import { NO_ERROR } from "./error-codes.js";
import { OVER_SPM } from "./leniencies.js";

/** @typedef {import("../types.d.ts").LaunchData} LaunchData */
/** @typedef {import("./cells.js").Missing} Missing */
/** @typedef {import("./data-model-table.js").DataModelTable} DataModelTable */
/** @typedef {import("./data-model-table.js").Collection} Collection */
/** @typedef {import("./error-codes.js").ErrorCodes} ErrorCodes */

/** Longer names exist in no table; it bounds the work that content can ask for. */
const MAX_NAME = 500;
const WITH_TARGET = /^(adl\.nav\.request_valid\.(?:choice|jump)\.)\{target=[^{}]+\}$/;
const LEADING_ZEROS = /\.0+(?=[0-9])/g;
const KEYWORD = /^(.+)\.(_children|_count|_version)$/;

export class DataModel {
  /** The elements outside of collections that were asked for. @type {Map<string, Cell>} */
  #singles = new Map();
  /** Holds the outermost collections. */
  #root;
  /** Of the latest name that was found in a collection: the entries of the innermost, and the name's index among them. @type {readonly Entry[]} */
  #siblings = NO_ENTRIES;
  #index = 0;
  #table;
  #codes;
  #launch;
  /** What `forWriting` found: allowed, but beyond the SPM. */
  #beyondSpm = false;

  /** @param {DataModelTable} table @param {Readonly<ErrorCodes>} codes @param {LaunchData} launch */
  constructor(table, codes, launch) {
    this.#table = table;
    this.#root = new Entry(null, 0, table.collections.length);
    this.#codes = codes;
    this.#launch = launch;
    /** How the latest `read` or `forWriting` or `admits` went. */
    this.error = NO_ERROR;
    /** The value of an element, null where it has none or does not exist. @type {(element: string) => string | null} */
    this.lookup = (element) => this.#find(element)?.value ?? null;
    for (const name in launch.elements) if (Object.hasOwn(launch.elements, name)) this.#restore(name, launch.elements[name] ?? "");
    if (launch.objectives !== undefined) this.#addObjectives(launch.objectives);
    if (launch.sharedData !== undefined) this.#addSharedData(launch.sharedData);
  }

  /**
   * @param {string} name
   * @returns {string} "" with `error` set where the standard has an error
   */
  read(name) {
    const cell = this.#find(name);
    if (cell === null) return this.#refuse(this.#whyUndefined(name, false));
    const { slot } = cell;
    if (!slot.readable) return this.#refuse(this.#codes.writeOnly);
    if (cell.missing !== null) return this.#refuse(this.#codes.getIndex);
    this.error = NO_ERROR;
    if (slot.counts !== null) return String(entriesOf(cell.home ?? this.#root, slot.counts).length);
    const value = (slot.evaluate === null ? null : slot.evaluate(this.lookup)) ?? cell.value;
    return value === null || (value === "" && slot.emptyIsNone) ? this.#refuse(this.#codes.noValue) : value;
  }

  /**
   * The cell that a write to `name` would change; it is in the model only after `write`.
   *
   * @param {string} name
   * @returns {Cell | null} null with `error` set where the standard forbids it
   */
  forWriting(name) {
    const cell = this.#find(name);
    if (cell === null) return this.#forbid(this.#whyUndefined(name, true));
    const { slot, missing, entry } = cell;
    if (!slot.writable) return this.#forbid(slot.keyword ? this.#codes.keyword : this.#codes.readOnly);
    if (missing !== null && !missing.every(isNext)) return this.#forbid(this.#codes.setIndex);
    if ((slot.needsId && !entry?.id) || (slot.needsType && !entry?.type)) return this.#forbid(this.#codes.dependency);
    this.#beyondSpm = false;
    if (slot.limit !== null && !isHeld(cell)) {
      const verdict = slot.limit(entry?.type ?? "", this.#index);
      if (verdict !== ACCEPTED && verdict !== OVER_SPM) return this.#forbid(this.#codes.setIndex);
      this.#beyondSpm = verdict === OVER_SPM;
    }
    this.error = NO_ERROR;
    return cell;
  }

  /**
   * Whether a value of the right type may stand beside the others: ids are unique and do not change, and so are some patterns.
   *
   * @param {string} name
   * @param {Cell} cell from `forWriting` of that name
   * @param {string} value
   */
  admits(name, cell, value) {
    const { slot } = cell;
    if (slot.once && cell.value !== null && cell.value !== value) return this.#forbid(this.#codes.notUnique) !== null;
    if (slot.unique && this.#others(name, cell).some((other) => other.value === value)) return this.#forbid(this.#codes.notUnique) !== null;
    if (slot.identity !== null && this.#isTwin(name, cell, value, slot.identity)) return this.#forbid(this.#codes.notUnique) !== null;
    return true;
  }

  /**
   * @param {Cell} cell from `forWriting`, its value from `admits`
   * @param {string} value
   * @returns {boolean} whether its collection is still within what the standard promises to keep
   */
  write(cell, value) {
    cell.set = true;
    const withinSpm = cell.missing === null || this.#addEntries(cell, cell.missing);
    hold(cell, value);
    return withinSpm && !this.#beyondSpm;
  }

  /**
   * Why `getIndex` or `setIndex`: the collection in which the name's index does not lead to an entry, and how many it has.
   *
   * @param {string} name
   * @returns {{ element: string, size: number } | null} null where every index does, or the name does not exist
   */
  missingEntry(name) {
    const [missing] = this.#find(name)?.missing ?? [];
    return missing === undefined ? null : { element: name.slice(0, missing.begin - 1), size: missing.size };
  }

  /** @param {string} name @returns {Cell | null} */
  cell(name) {
    return this.#find(name);
  }

  /** Values that the content could read now, keywords left out. @returns {Record<string, string>} */
  snapshot() {
    const names = new Set([...this.#table.singles.keys(), ...this.#cells().map(([name]) => name)]);
    /** @type {[string, string][]} */
    const entries = [];
    for (const name of names) {
      const slot = this.#find(name)?.slot;
      if (!slot?.readable || slot.keyword) continue;
      const value = this.read(name);
      if (this.error === NO_ERROR) entries.push([name, value]);
    }
    return Object.fromEntries(entries);
  }

  /** Everything that was stored or set, as a further session may start from it. @returns {Record<string, string>} */
  stored() {
    /** @type {[string, string][]} */
    const entries = [];
    for (const [name, { slot, value }] of this.#cells()) {
      if (!slot.keyword && slot.launch === null && value !== null) entries.push([name, value]);
    }
    return Object.fromEntries(entries);
  }

  /** Those that were asked for or have a value, by name. */
  #cells() {
    return [...this.#singles, ...cellsIn(this.#root, this.#table.collections, "")];
  }

  /** @param {Cell} cell @param {readonly Missing[]} missing @returns {boolean} whether the standard promises to keep that many */
  #addEntries(cell, missing) {
    let withinSpm = true;
    let home = cell.home ?? this.#root;
    for (const { collection, index } of missing) {
      if (index >= entriesOf(home, collection).length && index >= collection.spm) withinSpm = false;
      home = entryAt(home, collection, index);
    }
    cell.home = home;
    cell.missing = null;
    return withinSpm;
  }

  /** @param {string} name @param {Cell} cell @returns {Cell[]} the same element of the collection's other entries, where they have it */
  #others(name, cell) {
    this.#find(name);
    return this.#siblings.flatMap(({ cells }) => cells[cell.slot.place] ?? []).filter((other) => other !== cell);
  }

  /** @param {string} name @param {Cell} cell @param {string} value @param {(interactionType: string, value: string) => string | null} identity */
  #isTwin(name, cell, value, identity) {
    const type = cell.entry?.type ?? "";
    const own = identity(type, value);
    return own !== null && this.#others(name, cell).some((other) => other.value !== null && identity(type, other.value) === own);
  }

  /**
   * @param {string} name
   * @returns {Cell | null} null where no table row has such a name; in a collection the cell may not be in the model yet
   */
  #find(name) {
    const collection = collectionAt(this.#table.collections, name, 0);
    return collection === null ? (this.#singles.get(name) ?? this.#single(name)) : this.#inCollection(name, collection);
  }

  /** Outside of collections a cell is made when it is first asked for. @param {string} name @returns {Cell | null} */
  #single(name) {
    if (name.endsWith("}")) return this.#withTarget(name);
    const slot = this.#table.singles.get(name);
    if (slot === undefined) return null;
    const cell = new Cell(slot, slot.launch === null ? slot.initial : (slot.launch(this.#launch) ?? null));
    this.#singles.set(name, cell);
    return cell;
  }

  /** Targets are the content's words: such cells are not kept, or it could fill the memory by asking. @param {string} name */
  #withTarget(name) {
    const slot = name.length > MAX_NAME ? undefined : this.#table.slots.get(`${WITH_TARGET.exec(name)?.[1]}${TARGET}`);
    return slot === undefined ? null : new Cell(slot, slot.initial);
  }

  /**
   * Follows a name from index to index.
   *
   * @param {string} name
   * @param {Collection} outermost
   * @returns {Cell | null}
   */
  #inCollection(name, outermost) {
    if (name.length > MAX_NAME) return null;
    let home = this.#root;
    /** @type {Missing[] | null} */
    let missing = null;
    let begin = 0;
    let fields = outermost.fields;
    for (let collection = /** @type {Collection | null} */ (outermost); collection !== null; collection = collectionAt(collection.inner, name, begin)) {
      begin += collection.prefix.length;
      const end = name.indexOf(".", begin);
      const index = indexIn(name, begin, end);
      if (index < 0) return null;
      /** @type {readonly Entry[]} */
      const entries = missing === null ? entriesOf(home, collection) : NO_ENTRIES;
      const next = index < entries.length ? entries[index] : undefined;
      if (next === undefined) {
        /** @type {Missing} */
        const gap = { collection, index, begin, size: entries.length };
        missing = missing === null ? [gap] : [...missing, gap];
      } else {
        home = next;
      }
      this.#siblings = entries;
      this.#index = index;
      fields = collection.fields;
      begin = end + 1;
    }
    const slot = fields.get(name.slice(begin));
    if (slot === undefined) return null;
    const known = missing === null ? home.cells[slot.place] : undefined;
    if (known !== undefined) return known;
    const cell = new Cell(slot, slot.initial);
    cell.home = home;
    cell.missing = missing;
    return cell;
  }

  /** @param {string} name @param {boolean} writing */
  #whyUndefined(name, writing) {
    if (name.length > MAX_NAME) return this.#codes.undefinedElement;
    // Entries are counted 0, 1, 2: "01" leads to none, but the element exists.
    const plain = name.replace(LEADING_ZEROS, ".");
    if (plain !== name && this.#exists(plain)) return writing ? this.#codes.setIndex : this.#codes.getIndex;
    const match = KEYWORD.exec(name);
    if (match === null || !this.#exists(match[1] ?? "")) return this.#codes.undefinedElement;
    if (writing) return this.#codes.keyword;
    if (match[2] === "_version") return this.#codes.noVersion;
    return match[2] === "_count" ? this.#codes.noCount : this.#codes.noChildren;
  }

  /** @param {string} name of an element, of what holds elements, or of an entry */
  #exists(name) {
    const isIndex = (/** @type {string} */ part) => indexIn(part, 0, part.length) >= 0;
    const parts = name.split(".");
    return !parts.includes("n") && this.#table.names.has(parts.map((part) => (isIndex(part) ? "n" : part)).join("."));
  }

  /** @param {string} name @param {string} value */
  #restore(name, value) {
    const cell = this.#find(name);
    if (cell === null || cell.slot.keyword || cell.slot.ofSession || cell.slot.launch !== null) return;
    if (cell.home === null) this.#singles.set(name, cell);
    else if (cell.missing !== null) this.#addEntries(cell, cell.missing);
    hold(cell, value);
    cell.told = value;
  }

  /**
   * 2004 RTE 4.2.17: the manifest's objectives are there from the start. What an earlier session set stands.
   *
   * @param {readonly string[]} ids
   */
  #addObjectives(ids) {
    const taken = new Set();
    const count = Number(this.read("cmi.objectives._count"));
    for (let i = 0; i < count; i++) taken.add(this.lookup(`cmi.objectives.${i}.id`));
    let index = 0;
    for (const id of ids) {
      if (taken.has(id)) continue;
      while (this.lookup(`cmi.objectives.${index}.id`) !== null) index++;
      this.#restore(`cmi.objectives.${index}.id`, id);
    }
  }

  /**
   * 2004 RTE 4.3: the stores that the manifest maps to the activity, in its order, each as far as the activity may read and
   * write it. The value is the one that all its activities share, whatever an earlier session of this one has set.
   *
   * @param {readonly import("../types.d.ts").SharedDatum[]} data
   */
  #addSharedData(data) {
    const stores = this.#table.collections.find(({ element }) => element === "adl.data");
    if (stores !== undefined) this.#root.collections[stores.place] = undefined;
    data.forEach(({ id, value, readable, writable }, index) => {
      this.#restore(`adl.data.${index}.id`, id);
      this.#restore(`adl.data.${index}.store`, value ?? "");
      const cell = this.#find(`adl.data.${index}.store`);
      if (cell !== null && !(readable && writable)) cell.slot = Object.freeze({ ...cell.slot, readable, writable });
    });
  }

  /** @param {string} code @returns {""} */
  #refuse(code) {
    this.error = code;
    return "";
  }

  /** @param {string} code @returns {null} */
  #forbid(code) {
    this.error = code;
    return null;
  }
}
