/**
 * Finds the API objects of the page that we are guests in, whenever they come, and has them listened to.
 *
 * Guarantees: the page's `API` and `API_1484_11` are what the LMS made them (its own objects, listened to in place) wherever
 * that is possible; an object that a frame above or an opener holds is never touched, a stand-in for it is put into this page,
 * where content looks first; a getter of the LMS is called no oftener than without us but once. What cannot be listened to
 * is left alone. Looks again and again, because an LMS may set its API late, and replace it.
 *
 * @import { PassThrough } from "./pass-through.js"
 *
 * @typedef {"API" | "API_1484_11"} GlobalName
 *
 * @typedef {object} HostApis
 * @property {() => void} look looks now
 * @property {() => GlobalName[]} names what content can find here
 */
import { isObject, quietly } from "./pass-through.js";

/** @type {readonly GlobalName[]} */
export const NAMES = Object.freeze(/** @type {const} */ (["API", "API_1484_11"]));

/** A search that goes further than any content's. */
const MOST_PARENTS = 50;

/**
 * @param {Window} page
 * @param {(name: GlobalName) => PassThrough} passThroughOf the one that listens to what is known under this name
 * @returns {HostApis}
 */
export function watchHostApis(page, passThroughOf) {
  /** What we put into this page for an object that another window holds. @type {Map<GlobalName, { from: Window, real: unknown, placed: unknown }>} */
  const placed = new Map();
  /** Getters of the LMS that cannot be replaced: each is asked once. @type {WeakSet<object>} */
  const asked = new WeakSet();

  /** @param {GlobalName} name @param {PropertyDescriptor} own */
  function listenHere(name, own) {
    const passThrough = passThroughOf(name);
    if (own.get !== undefined) {
      const original = /** @type {() => unknown} */ (own.get);
      /** @param {unknown} value */
      const seen = (value) => (!isObject(value) || passThrough.inPlace(value) ? value : passThrough.standIn(value));
      const get = passThrough.getter(original, seen);
      if (get === original || Reflect.defineProperty(page, name, { ...own, get }) || asked.has(original)) return;
      asked.add(original);
      seen(Reflect.apply(original, page, []));
      return;
    }
    const { value } = own;
    if (!isObject(value) || passThrough.isStandIn(value) || passThrough.inPlace(value)) return;
    Reflect.defineProperty(page, name, { value: passThrough.standIn(value) });
  }

  /** @param {GlobalName} name */
  function listenAbove(name) {
    const found = findAbove(page, name);
    const before = placed.get(name);
    if (found === null) {
      if (before === undefined) return;
      Reflect.deleteProperty(page, name);
      placed.delete(name);
      return;
    }
    const real = found.own.get ?? found.own.value;
    if (before?.real === real && before?.from === found.from) return;
    const passThrough = passThroughOf(name);
    /** @param {unknown} value */
    const seen = (value) => (isObject(value) ? passThrough.standIn(value) : value);
    if (found.own.get === undefined) {
      const value = seen(found.own.value);
      if (Reflect.defineProperty(page, name, { value, writable: true, enumerable: true, configurable: true })) placed.set(name, { from: found.from, real, placed: value });
      return;
    }
    const { from } = found;
    // Asked whenever content asks, as it would be without us.
    const get = () => seen(Reflect.get(from, name));
    const taken = Reflect.defineProperty(page, name, { get, enumerable: true, configurable: true });
    if (taken) placed.set(name, { from, real, placed: get });
  }

  function look() {
    for (const name of NAMES) {
      quietly(() => {
        const own = Reflect.getOwnPropertyDescriptor(page, name);
        const ours = placed.get(name);
        if (own === undefined || (ours !== undefined && (own.get ?? own.value) === ours.placed)) listenAbove(name);
        else if (own.get !== undefined || isObject(own.value)) listenHere(name, own);
      });
    }
  }

  look();
  return { look, names: () => NAMES.filter((name) => quietly(() => isThere(page, name)) === true) };
}

/** Without calling a getter. @param {Window} page @param {GlobalName} name */
function isThere(page, name) {
  const own = Reflect.getOwnPropertyDescriptor(page, name);
  return own !== undefined && (own.get !== undefined || isObject(own.value));
}

/**
 * As content searches: up the frames, then the opener and the frames above it (RTE 1.2, 3.3.6.1; 2004 RTE 3.2.1).
 * @param {Window} page
 * @param {GlobalName} name
 * @returns {{ from: Window, own: PropertyDescriptor } | null}
 */
function findAbove(page, name) {
  for (const start of [page.parent === page ? null : page.parent, quietly(() => /** @type {Window | null} */ (page.opener))]) {
    let place = start ?? null;
    for (let steps = 0; place !== null && steps < MOST_PARENTS; steps += 1) {
      const here = place;
      // Throws where the window is another origin's.
      const own = quietly(() => Reflect.getOwnPropertyDescriptor(here, name));
      if (own !== undefined && (own.get !== undefined || isObject(own.value))) return { from: here, own };
      place = quietly(() => (here.parent === here ? null : here.parent)) ?? null;
    }
  }
  return null;
}
