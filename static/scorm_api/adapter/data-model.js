/**
 * One session's values: finds elements by name, says what the standard says about them, holds what was accepted.
 *
 * Guarantees: a name is only ever a key of a Map; nothing is created by looking or by a refused write; what is known is
 * found by one Map lookup, without allocation. `error` tells how the latest call went. Imports the table's types and codes.
 */

import { ACCEPTED } from "./data-types.js";
import { TARGET } from "./data-model-table.js";
import { NO_ERROR } from "./error-codes.js";
import { OVER_SPM } from "./leniencies.js";

/** @typedef {import("../types.d.ts").LaunchData} LaunchData */
/** @typedef {import("./data-model-table.js").DataModelTable} DataModelTable */
/** @typedef {import("./data-model-table.js").Slot} Slot */
/** @typedef {import("./data-model-table.js").Collection} Collection */
/** @typedef {import("./error-codes.js").ErrorCodes} ErrorCodes */

/** An entry of a collection: `key` is the collection's name with its own indices. @typedef {{ collection: Collection, key: string, index: number }} Level */

/** An element with its value. */
export class Cell {
  /** @param {string} name @param {Slot} slot @param {string} entry @param {readonly Level[] | null} levels @param {string | null} value */
  constructor(name, slot, entry, levels, value) {
    this.name = name;
    this.slot = slot;
    /** Name of the outermost collection entry that it belongs to, with a dot at the end; "" outside of collections. */
    this.entry = entry;
    /** Where it would be put; null once it is in the model. */
    this.levels = levels;
    this.value = value;
    /** The content set it in this session. */
    this.set = false;
    /** What the sink heard last of a status that the LMS may decide. */
    this.told = value;
  }
}

/** Longer names exist in no table; it bounds the work that content can ask for. */
const MAX_NAME = 500;
const INDEX = /^(?:0|[1-9][0-9]{0,6})$/;
const WITH_TARGET = /^(adl\.nav\.request_valid\.(?:choice|jump)\.)\{target=[^{}]+\}$/;
const KEYWORD = /^(.+)\.(_children|_count|_version)$/;

export class DataModel {
  /** @type {Map<string, Cell>} */
  #cells = new Map();
  /** Entries of each collection that has any. @type {Map<string, number>} */
  #sizes = new Map();
  #table;
  #codes;

  /** @param {DataModelTable} table @param {Readonly<ErrorCodes>} codes @param {LaunchData} launch */
  constructor(table, codes, launch) {
    this.#table = table;
    this.#codes = codes;
    /** How the latest `read` or `forWriting` or `admits` went. */
    this.error = NO_ERROR;
    /** The value of an element, null where it has none or does not exist. @type {(element: string) => string | null} */
    this.lookup = (element) => this.#cells.get(element)?.value ?? null;
    for (const slot of table.singles) {
      this.#cells.set(slot.element, new Cell(slot.element, slot, "", null, slot.launch === null ? slot.initial : (slot.launch(launch) ?? null)));
    }
    for (const name of Object.keys(launch.elements)) this.#restore(name, launch.elements[name] ?? "");
    this.#addObjectives(launch.objectives ?? []);
  }

  /**
   * @param {string} name
   * @returns {string} "" with `error` set where the standard has an error
   */
  read(name) {
    const cell = this.#cells.get(name) ?? this.#imagine(name);
    if (cell === null) return this.#refuse(this.#whyUndefined(name, false));
    const slot = cell.slot;
    if (!slot.readable) return this.#refuse(this.#codes.writeOnly);
    if (cell.levels !== null && !cell.levels.every((level) => level.index < this.#size(level.key))) return this.#refuse(this.#codes.getIndex);
    const value = (slot.evaluate === null ? null : slot.evaluate(this.lookup)) ?? cell.value;
    if (value === null) return this.#refuse(this.#codes.noValue);
    this.error = NO_ERROR;
    return value;
  }

  /**
   * The cell that a write to `name` would change; it is in the model only after `write`.
   *
   * @param {string} name
   * @returns {Cell | null} null with `error` set where the standard forbids it
   */
  forWriting(name) {
    const cell = this.#cells.get(name) ?? this.#imagine(name);
    if (cell === null) return this.#forbid(this.#whyUndefined(name, true));
    if (!cell.slot.writable) return this.#forbid(cell.slot.keyword ? this.#codes.keyword : this.#codes.readOnly);
    if (cell.levels !== null && !cell.levels.every((level) => this.#mayHold(level))) return this.#forbid(this.#codes.setIndex);
    if (!cell.set && !cell.slot.needs.every((need) => this.lookup(cell.entry + need) !== null)) return this.#forbid(this.#codes.dependency);
    this.error = NO_ERROR;
    return cell;
  }

  /**
   * Whether a value of the right type may stand beside the others: ids are unique and do not change, and some
   * interactions have one correct response only.
   *
   * @param {Cell} cell
   * @param {string} value
   */
  admits(cell, value) {
    const { slot } = cell;
    if (slot.once && cell.value !== null && cell.value !== value) return this.#forbid(this.#codes.notUnique) !== null;
    if (slot.unique && this.#holdsElsewhere(cell, value)) return this.#forbid(this.#codes.notUnique) !== null;
    if (slot.limit !== null && cell.levels !== null) {
      const last = cell.levels[cell.levels.length - 1];
      const verdict = slot.limit(this.lookup(`${cell.entry}type`) ?? "", last?.index ?? 0);
      if (verdict !== ACCEPTED && verdict !== OVER_SPM) return this.#forbid(this.#codes.setIndex) !== null;
    }
    return true;
  }

  /**
   * @param {Cell} cell from `forWriting`
   * @param {string} value
   * @returns {boolean} whether its collection is still within what the standard promises to keep
   */
  write(cell, value) {
    cell.value = value;
    cell.set = true;
    if (cell.levels === null) return true;
    return this.#place(cell, cell.levels);
  }

  /** @param {string} name of an element outside of collections @returns {Cell | undefined} */
  cell(name) {
    return this.#cells.get(name);
  }

  /** Values that the content could read now, keywords left out. @returns {Record<string, string>} */
  snapshot() {
    /** @type {[string, string][]} */
    const entries = [];
    for (const { name, slot } of this.#cells.values()) {
      if (!slot.readable || slot.keyword) continue;
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
    return this.#sizes.get(key) ?? 0;
  }

  /** @param {Level} level */
  #mayHold({ collection, key, index }) {
    const size = this.#size(key);
    return index < size || (index === size && !collection.fixed);
  }

  /** @param {Cell} cell @param {readonly Level[]} levels */
  #place(cell, levels) {
    let withinSpm = true;
    for (const { collection, key, index } of levels) {
      if (index < this.#size(key)) continue;
      this.#grow(collection, key, index + 1);
      withinSpm &&= index < collection.spm;
    }
    this.#cells.set(cell.name, cell);
    cell.levels = null;
    if (cell.slot.limit === null) return withinSpm;
    return withinSpm && cell.slot.limit(this.lookup(`${cell.entry}type`) ?? "", levels[levels.length - 1]?.index ?? 0) === ACCEPTED;
  }

  /** @param {Collection} collection @param {string} key @param {number} size */
  #grow(collection, key, size) {
    this.#sizes.set(key, size);
    const name = `${key}._count`;
    const known = this.#cells.get(name);
    const slot = this.#table.slots.get(`${collection.element}._count`);
    if (known !== undefined) known.value = String(size);
    else if (slot !== undefined) this.#cells.set(name, new Cell(name, slot, "", null, String(size)));
  }

  /** @param {Cell} cell @param {string} value */
  #holdsElsewhere(cell, value) {
    const own = /^(.+)\.[0-9]+\.([^.]+)$/.exec(cell.name);
    const [, key = "", field = ""] = own ?? [];
    for (let i = 0; i < this.#size(key); i++) {
      const other = `${key}.${i}.${field}`;
      if (other !== cell.name && this.lookup(other) === value) return true;
    }
    return false;
  }

  /**
   * A cell for an element of the table that has none yet. It is not in the model.
   *
   * @param {string} name
   * @returns {Cell | null} null where no table row has such a name
   */
  #imagine(name) {
    if (name.length > MAX_NAME) return null;
    const target = WITH_TARGET.exec(name);
    if (target !== null) {
      const slot = this.#table.slots.get(`${target[1]}${TARGET}`);
      return slot === undefined ? null : new Cell(name, slot, "", null, slot.initial);
    }
    const path = parsePath(name);
    const slot = path === null ? undefined : this.#table.slots.get(path.pattern);
    if (path === null || slot === undefined || slot.collections.length !== path.keys.length || path.keys.length === 0) return null;
    const levels = slot.collections.map((collection, i) => ({ collection, key: path.keys[i] ?? "", index: path.indices[i] ?? 0 }));
    return new Cell(name, slot, `${path.keys[0]}.${path.indices[0]}.`, levels, slot.initial);
  }

  /** @param {string} name @param {boolean} writing */
  #whyUndefined(name, writing) {
    const match = name.length > MAX_NAME ? null : KEYWORD.exec(name);
    const parent = match && parsePath(match[1] ?? "")?.pattern;
    if (!match || !parent || !(this.#table.slots.has(parent) || this.#table.containers.has(parent))) return this.#codes.undefinedElement;
    if (writing) return this.#codes.keyword;
    if (match[2] === "_version") return this.#codes.noVersion;
    return match[2] === "_count" ? this.#codes.noCount : this.#codes.noChildren;
  }

  /** @param {string} name @param {string} value */
  #restore(name, value) {
    const cell = this.#cells.get(name) ?? this.#imagine(name);
    if (cell === null || cell.slot.keyword || cell.slot.ofSession || cell.slot.launch !== null) return;
    cell.value = value;
    cell.told = value;
    if (cell.levels !== null) this.#place(cell, cell.levels);
    else this.#cells.set(name, cell);
  }

  /**
   * 2004 RTE 4.2.17: the manifest's objectives are there from the start. What an earlier session set stands.
   *
   * @param {readonly string[]} ids
   */
  #addObjectives(ids) {
    if (ids.length === 0) return;
    const taken = new Set();
    for (let i = 0; i < this.#size("cmi.objectives"); i++) taken.add(this.lookup(`cmi.objectives.${i}.id`));
    let index = 0;
    for (const id of ids) {
      if (taken.has(id)) continue;
      while (this.lookup(`cmi.objectives.${index}.id`) !== null) index++;
      this.#restore(`cmi.objectives.${index}.id`, id);
    }
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

/**
 * `cmi.interactions.3.objectives.0.id` is `cmi.interactions.n.objectives.n.id` with the keys `cmi.interactions` and
 * `cmi.interactions.3.objectives`.
 *
 * @param {string} name
 * @returns {{ pattern: string, keys: string[], indices: number[] } | null} null where it cannot be any element's name
 */
function parsePath(name) {
  const keys = [];
  const indices = [];
  let pattern = "";
  let key = "";
  for (const segment of name.split(".")) {
    if (segment === "n") return null;
    if (INDEX.test(segment)) {
      keys.push(key);
      indices.push(Number(segment));
      pattern += ".n";
    } else {
      pattern += pattern === "" ? segment : `.${segment}`;
    }
    key += key === "" ? segment : `.${segment}`;
  }
  return { pattern, keys, indices };
}
