/**
 * One session's values: finds elements by name, says what the standard says about them, holds what was accepted.
 *
 * Guarantees: a name is only ever a key of a Map; no entry is created by looking or by a refused write; what was asked for
 * before is found by one Map lookup, without allocation. `error` tells how the latest call went. Imports the table's types and codes.
 */

import { ACCEPTED } from "./data-types.js";
import { TARGET } from "./data-model-table.js";
import { NO_ERROR } from "./error-codes.js";
import { OVER_SPM } from "./leniencies.js";

/** @typedef {import("../types.d.ts").LaunchData} LaunchData */
/** @typedef {import("./data-model-table.js").DataModelTable} DataModelTable */
/** @typedef {import("./data-model-table.js").Slot} Slot */
/** @typedef {import("./data-model-table.js").TableNode} TableNode */
/** @typedef {import("./data-model-table.js").Collection} Collection */
/** @typedef {import("./error-codes.js").ErrorCodes} ErrorCodes */

/** An entry of a collection: what other elements of it may depend on. */
class Entry {
  /** @type {string | null} */
  id = null;
  /** @type {string | null} */
  type = null;
}

/**
 * The place of an element in a collection. `key`: the collection's name with the indices of those around it. `entries`: those
 * that it has, undefined where there are none.
 *
 * @typedef {{ collection: Collection, key: string, index: number, entries: Entry[] | undefined }} Level
 */

/** An element with its value. */
export class Cell {
  /** @param {string} name @param {Slot} slot @param {readonly Level[] | null} levels @param {string | null} value */
  constructor(name, slot, levels, value) {
    this.name = name;
    this.slot = slot;
    /** The entries that it would lie in, outermost first; null once it is in the model. */
    this.levels = levels;
    /** The outermost entry that it lies in; null outside of collections and where the entry does not exist yet. */
    this.entry = levels?.[0]?.entries?.[levels[0].index] ?? null;
    this.value = value;
    /** The content set it in this session. */
    this.set = false;
    /** What the sink heard last of a status that the LMS may decide. */
    this.told = value;
  }
}

/** Longer names exist in no table; it bounds the work that content can ask for. */
const MAX_NAME = 500;
const WITH_TARGET = /^(adl\.nav\.request_valid\.(?:choice|jump)\.)\{target=[^{}]+\}$/;
const LEADING_ZEROS = /\.0+(?=[0-9])/g;
const KEYWORD = /^(.+)\.(_children|_count|_version)$/;

export class DataModel {
  /** @type {Map<string, Cell>} */
  #cells = new Map();
  /** The entries of each collection that has any. @type {Map<string, Entry[]>} */
  #collections = new Map();
  /** The collections on the way of the latest `#walk`. @type {Level[] | null} */
  #levels = null;
  #table;
  #codes;
  #launch;
  /** What `forWriting` found: allowed, but beyond the SPM. */
  #beyondSpm = false;

  /** @param {DataModelTable} table @param {Readonly<ErrorCodes>} codes @param {LaunchData} launch */
  constructor(table, codes, launch) {
    this.#table = table;
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
    const slot = cell.slot;
    if (!slot.readable) return this.#refuse(this.#codes.writeOnly);
    if (cell.levels !== null && !allExist(cell.levels)) return this.#refuse(this.#codes.getIndex);
    this.error = NO_ERROR;
    if (slot.counts !== null) return String(this.#size(name.slice(0, name.lastIndexOf("."))));
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
    const { slot, levels, entry } = cell;
    if (!slot.writable) return this.#forbid(slot.keyword ? this.#codes.keyword : this.#codes.readOnly);
    if (levels !== null && !mayHold(levels)) return this.#forbid(this.#codes.setIndex);
    if ((slot.needsId && !entry?.id) || (slot.needsType && !entry?.type)) return this.#forbid(this.#codes.dependency);
    this.#beyondSpm = false;
    if (slot.limit !== null && levels !== null) {
      const verdict = slot.limit(entry?.type ?? "", levels[levels.length - 1]?.index ?? 0);
      if (verdict !== ACCEPTED && verdict !== OVER_SPM) return this.#forbid(this.#codes.setIndex);
      this.#beyondSpm = verdict === OVER_SPM;
    }
    this.error = NO_ERROR;
    return cell;
  }

  /**
   * Whether a value of the right type may stand beside the others: ids are unique and do not change, and so are some patterns.
   *
   * @param {Cell} cell
   * @param {string} value
   */
  admits(cell, value) {
    const { slot } = cell;
    if (slot.once && cell.value !== null && cell.value !== value) return this.#forbid(this.#codes.notUnique) !== null;
    if (slot.unique && this.#holdsElsewhere(cell, value)) return this.#forbid(this.#codes.notUnique) !== null;
    if (slot.identity !== null && this.#isTwin(cell, value, slot.identity)) return this.#forbid(this.#codes.notUnique) !== null;
    return true;
  }

  /**
   * @param {Cell} cell from `forWriting`, its value from `admits`
   * @param {string} value
   * @returns {boolean} whether its collection is still within what the standard promises to keep
   */
  write(cell, value) {
    cell.set = true;
    const withinSpm = cell.levels === null || this.#place(cell, cell.levels);
    this.#hold(cell, value);
    return withinSpm && !this.#beyondSpm;
  }

  /**
   * Why `getIndex` or `setIndex`: the collection in which the name's index does not lead to an entry, and how many it has.
   *
   * @param {string} name
   * @returns {{ element: string, size: number } | null} null where every index does, or the name does not exist
   */
  missingEntry(name) {
    const levels = name.length > MAX_NAME || this.#walk(name) === null ? null : this.#levels;
    const level = levels?.find(({ index, entries }) => index >= (entries?.length ?? 0));
    return level === undefined ? null : { element: level.key, size: level.entries?.length ?? 0 };
  }

  /** @param {string} name @returns {Cell | null} */
  cell(name) {
    return this.#find(name);
  }

  /** Values that the content could read now, keywords left out. @returns {Record<string, string>} */
  snapshot() {
    const names = new Set([...this.#table.singles.map(({ element }) => element), ...this.#cells.keys()]);
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
    for (const { name, slot, value } of this.#cells.values()) {
      if (!slot.keyword && slot.launch === null && value !== null) entries.push([name, value]);
    }
    return Object.fromEntries(entries);
  }

  /** @param {string} key */
  #size(key) {
    return this.#collections.get(key)?.length ?? 0;
  }

  /** @param {Cell} cell @param {string} value */
  #hold(cell, value) {
    cell.value = value;
    if (cell.entry === null || cell.slot.key === null) return;
    cell.entry[cell.slot.key] = value;
  }

  /** @param {Cell} cell @param {readonly Level[]} levels */
  #place(cell, levels) {
    let withinSpm = true;
    for (const level of levels) {
      const entries = (level.entries ??= this.#begin(level.key));
      if (level.index >= entries.length && level.index >= level.collection.spm) withinSpm = false;
      while (entries.length <= level.index) entries.push(new Entry());
      cell.entry ??= entries[level.index] ?? null;
    }
    this.#cells.set(cell.name, cell);
    cell.levels = null;
    return withinSpm;
  }

  /** @param {string} key @returns {Entry[]} */
  #begin(key) {
    /** @type {Entry[]} */
    const entries = [];
    this.#collections.set(key, entries);
    return entries;
  }

  /** @param {Cell} cell @param {string} value */
  #holdsElsewhere(cell, value) {
    const [, key = "", field = ""] = /^(.+)\.[0-9]+\.([^.]+)$/.exec(cell.name) ?? [];
    for (let i = 0; i < this.#size(key); i++) {
      const other = `${key}.${i}.${field}`;
      if (other !== cell.name && this.#cells.get(other)?.value === value) return true;
    }
    return false;
  }

  /** @param {Cell} cell @param {string} value @param {(interactionType: string, value: string) => string | null} identity */
  #isTwin(cell, value, identity) {
    const type = cell.entry?.type ?? "";
    const own = identity(type, value);
    const [, key = "", field = ""] = /^(.+)\.[0-9]+\.([^.]+)$/.exec(cell.name) ?? [];
    for (let i = 0; own !== null && i < this.#size(key); i++) {
      const other = this.#cells.get(`${key}.${i}.${field}`);
      if (other !== undefined && other !== cell && other.value !== null && identity(type, other.value) === own) return true;
    }
    return false;
  }

  /**
   * @param {string} name
   * @returns {Cell | null} null where no table row has such a name; in a collection the cell may not be in the model yet
   */
  #find(name) {
    return this.#cells.get(name) ?? this.#imagine(name);
  }

  /** @param {string} name @returns {Cell | null} */
  #imagine(name) {
    if (name.length > MAX_NAME) return null;
    if (name.endsWith("}")) return this.#withTarget(name);
    const slot = this.#walk(name)?.slot ?? null;
    if (slot === null) return null;
    if (this.#levels !== null) return new Cell(name, slot, this.#levels, slot.initial);
    // Outside of collections a cell is made when it is first asked for.
    const cell = new Cell(name, slot, null, slot.launch === null ? slot.initial : (slot.launch(this.#launch) ?? null));
    this.#cells.set(name, cell);
    return cell;
  }

  /** Targets are the content's words: such cells are not kept, or it could fill the memory by asking. @param {string} name */
  #withTarget(name) {
    const slot = this.#table.slots.get(`${WITH_TARGET.exec(name)?.[1]}${TARGET}`);
    return slot === undefined ? null : new Cell(name, slot, null, slot.initial);
  }

  /**
   * Follows a name part by part; the collections on the way are in `#levels`.
   *
   * @param {string} name
   * @returns {TableNode | null}
   */
  #walk(name) {
    let node = this.#table.root;
    this.#levels = null;
    for (let begin = 0; begin <= name.length; ) {
      const dot = name.indexOf(".", begin);
      const end = dot < 0 ? name.length : dot;
      const index = node.entry === null ? -1 : indexIn(name, begin, end);
      if (index >= 0 && node.entry !== null && node.collection !== null) {
        const key = name.slice(0, begin - 1);
        const level = { collection: node.collection, key, index, entries: this.#collections.get(key) };
        if (this.#levels === null) this.#levels = [level];
        else this.#levels.push(level);
        node = node.entry;
      } else {
        const next = node.parts.get(name.slice(begin, end));
        if (next === undefined) return null;
        node = next;
      }
      begin = end + 1;
    }
    return node;
  }

  /** @param {string} name @param {boolean} writing */
  #whyUndefined(name, writing) {
    if (name.length > MAX_NAME) return this.#codes.undefinedElement;
    // Entries are counted 0, 1, 2: "01" leads to none, but the element exists.
    const plain = name.replace(LEADING_ZEROS, ".");
    if (plain !== name && this.#walk(plain) !== null) return writing ? this.#codes.setIndex : this.#codes.getIndex;
    const match = KEYWORD.exec(name);
    if (match === null || this.#walk(match[1] ?? "") === null) return this.#codes.undefinedElement;
    if (writing) return this.#codes.keyword;
    if (match[2] === "_version") return this.#codes.noVersion;
    return match[2] === "_count" ? this.#codes.noCount : this.#codes.noChildren;
  }

  /** @param {string} name @param {string} value */
  #restore(name, value) {
    const cell = this.#find(name);
    if (cell === null || cell.slot.keyword || cell.slot.ofSession || cell.slot.launch !== null) return;
    if (cell.levels !== null) this.#place(cell, cell.levels);
    else this.#cells.set(name, cell);
    this.#hold(cell, value);
    cell.told = value;
  }

  /**
   * 2004 RTE 4.2.17: the manifest's objectives are there from the start. What an earlier session set stands.
   *
   * @param {readonly string[]} ids
   */
  #addObjectives(ids) {
    const taken = new Set();
    for (let i = 0; i < this.#size("cmi.objectives"); i++) taken.add(this.lookup(`cmi.objectives.${i}.id`));
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
    this.#collections.delete("adl.data");
    data.forEach(({ id, value, readable, writable }, index) => {
      this.#restore(`adl.data.${index}.id`, id);
      this.#restore(`adl.data.${index}.store`, value ?? "");
      const cell = this.#cells.get(`adl.data.${index}.store`);
      if (cell !== undefined && !(readable && writable)) cell.slot = Object.freeze({ ...cell.slot, readable, writable });
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

/** @param {readonly Level[]} levels */
function allExist(levels) {
  return levels.every(({ index, entries }) => entries !== undefined && index < entries.length);
}

/** Entries are added one by one (2004 RTE 4.1.1; 1.2 RTE 3.4). @param {readonly Level[]} levels */
function mayHold(levels) {
  return levels.every(({ collection, index, entries }) => {
    const size = entries?.length ?? 0;
    return index < size || (index === size && !collection.fixed);
  });
}

const ZERO = 48;
/** 100 000 entries bound what a collection can cost. */
const MAX_DIGITS = 5;

/** The index between two dots, as the standards write it, without leading zeros; -1 where it is none. @param {string} name @param {number} begin @param {number} end */
function indexIn(name, begin, end) {
  const digits = end - begin;
  if (digits < 1 || digits > MAX_DIGITS || (digits > 1 && name.charCodeAt(begin) === ZERO)) return -1;
  let index = 0;
  for (let i = begin; i < end; i++) {
    const digit = name.charCodeAt(i) - ZERO;
    if (digit < 0 || digit > 9) return -1;
    index = index * 10 + digit;
  }
  return index;
}
