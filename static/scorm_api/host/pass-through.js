/**
 * Listens to the API object that somebody else's LMS put there, without anybody noticing.
 *
 * Guarantees: a call reaches the LMS's own function with the same arguments and the LMS's own object as `this`; its answer or
 * its exception comes back as it is; what the listener does, or throws, changes none of that. Where the object lets itself be
 * changed, its functions are replaced in place by proxies of themselves, so that the object stays the one it was, for whoever
 * kept a reference to it. Where it does not (frozen, sealed, in another window), a stand-in hands everything on to it.
 * A call that the LMS makes to itself while it answers one is none of the content's, and not listened to. Imports nothing.
 *
 * @typedef {"Initialize" | "Terminate" | "GetValue" | "SetValue" | "Commit" | "GetLastError"} Call
 *
 * @typedef {{ answer: unknown } | { threw: unknown }} Outcome
 *
 * @typedef {object} Listener may throw: nobody hears of it
 * @property {(call: Call, args: readonly unknown[]) => unknown} before its answer comes back as `note`
 * @property {(call: Call, args: readonly unknown[], outcome: Outcome, note: unknown) => void} after
 *
 * @typedef {object} PassThrough
 * @property {(api: object) => boolean} inPlace listens to this object; false where it cannot be changed
 * @property {(api: object) => object} standIn what to hand out in its place
 * @property {(value: unknown) => boolean} isStandIn
 * @property {(getter: () => unknown, seen: (value: unknown) => unknown) => () => unknown} getter one that answers what `seen` makes of its value
 */

/** Under the names of both standards (RTE 1.2, 3.3; RTE 2004 4th Ed., 3.1). @type {ReadonlyMap<unknown, Call>} */
export const CALLS = new Map([
  ["LMSInitialize", "Initialize"], ["LMSFinish", "Terminate"], ["LMSGetValue", "GetValue"], ["LMSSetValue", "SetValue"], ["LMSCommit", "Commit"],
  ["LMSGetLastError", "GetLastError"], ["Initialize", "Initialize"], ["Terminate", "Terminate"], ["GetValue", "GetValue"], ["SetValue", "SetValue"],
  ["Commit", "Commit"], ["GetLastError", "GetLastError"],
]);

// Taken before any script of the page can have changed them.
const { apply, defineProperty, deleteProperty, get, getOwnPropertyDescriptor, getPrototypeOf, has, ownKeys, set, setPrototypeOf } = Reflect;

/** @typedef {(...args: unknown[]) => unknown} AnyFunction */

/** @param {Listener} listener @returns {PassThrough} */
export function createPassThrough(listener) {
  /** Proxies that were made here, of functions and getters. @type {WeakSet<object>} */
  const made = new WeakSet();
  /** Proxies of an object's functions. @type {WeakMap<object, WeakMap<AnyFunction, AnyFunction>>} */
  const ofObject = new WeakMap();
  /** @type {WeakMap<object, object>} */
  const standIns = new WeakMap();
  /** @type {WeakSet<object>} */
  const areStandIns = new WeakSet();
  /** The content waits for an answer of the LMS. */
  let within = false;

  /**
   * @param {AnyFunction} original
   * @param {Call | undefined} call undefined for functions that nobody listens to
   * @param {object} api the LMS's own object
   * @returns {AnyFunction}
   */
  function proxyOf(original, call, api) {
    let known = ofObject.get(api);
    if (known === undefined) ofObject.set(api, (known = new WeakMap()));
    const before = known.get(original);
    if (before !== undefined) return before;
    const proxy = new Proxy(original, {
      apply(target, self, args) {
        // Private fields are only on the LMS's own object.
        const receiver = areStandIns.has(self) ? api : self;
        if (call === undefined || within) return apply(target, receiver, args);
        const note = quietly(() => listener.before(call, args));
        within = true;
        let answer;
        try {
          answer = apply(target, receiver, args);
        } catch (error) {
          within = false;
          quietly(() => listener.after(call, args, { threw: error }, note));
          throw error;
        }
        within = false;
        quietly(() => listener.after(call, args, { answer }, note));
        return answer;
      },
    });
    known.set(original, proxy);
    made.add(proxy);
    return proxy;
  }

  /** @param {() => unknown} original @param {(value: unknown) => unknown} seen */
  function getter(original, seen) {
    if (made.has(original)) return original;
    const proxy = new Proxy(original, {
      apply(target, self, args) {
        const value = apply(target, self, args);
        const shown = quietly(() => ({ value: seen(value) }));
        return shown === undefined ? value : shown.value;
      },
    });
    made.add(proxy);
    return proxy;
  }

  /**
   * @param {object} api
   * @param {string} name
   * @param {Call} call
   * @returns {boolean}
   */
  function listenTo(api, name, call) {
    const own = getOwnPropertyDescriptor(api, name);
    const found = own ?? inherited(api, name);
    if (found === undefined) return true;
    /** @type {PropertyDescriptor} */
    const changed = { enumerable: found.enumerable === true, configurable: own?.configurable ?? true };
    if (found.get !== undefined) {
      if (made.has(found.get)) return true;
      changed.get = getter(found.get, (value) => (isFunction(value) && !made.has(value) ? proxyOf(value, call, api) : value));
      if (found.set !== undefined) changed.set = found.set;
    } else {
      if (!isFunction(found.value) || made.has(found.value)) return true;
      changed.value = proxyOf(found.value, call, api);
      changed.writable = own?.writable ?? true;
    }
    if (!defineProperty(api, name, changed)) return false;
    const now = getOwnPropertyDescriptor(api, name);
    return now !== undefined && (now.value ?? now.get) === (changed.value ?? changed.get);
  }

  return {
    inPlace(api) {
      let all = true;
      for (const [name, call] of CALLS) {
        const listens = quietly(() => listenTo(api, String(name), call)) ?? false;
        all = all && listens;
      }
      return all;
    },

    standIn(api) {
      if (areStandIns.has(api)) return api;
      const known = standIns.get(api);
      if (known !== undefined) return known;
      /** @param {PropertyKey} key @param {unknown} value */
      const shown = (key, value) => (isFunction(value) && !made.has(value) ? proxyOf(value, CALLS.get(key), api) : value);
      // An empty object of its own, since a proxy of a frozen object may not answer anything else than it holds.
      const standIn = new Proxy({}, {
        get: (_empty, key) => shown(key, get(api, key, api)),
        set: (_empty, key, value) => set(api, key, value, api),
        has: (_empty, key) => has(api, key),
        deleteProperty: (_empty, key) => deleteProperty(api, key),
        ownKeys: () => ownKeys(api),
        getOwnPropertyDescriptor(_empty, key) {
          const own = getOwnPropertyDescriptor(api, key);
          if (own === undefined) return undefined;
          return "value" in own ? { ...own, value: shown(key, own.value), configurable: true } : { ...own, configurable: true };
        },
        defineProperty: (_empty, key, descriptor) => defineProperty(api, key, descriptor),
        getPrototypeOf: () => getPrototypeOf(api),
        setPrototypeOf: (_empty, prototype) => setPrototypeOf(api, prototype),
        preventExtensions: () => false,
      });
      standIns.set(api, standIn);
      areStandIns.add(standIn);
      return standIn;
    },

    isStandIn: (value) => isObject(value) && areStandIns.has(value),
    getter,
  };
}

/** @param {object} api @param {string} name */
function inherited(api, name) {
  for (let above = getPrototypeOf(api); above !== null; above = getPrototypeOf(above)) {
    const found = getOwnPropertyDescriptor(above, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Nothing of ours ever comes up in somebody else's call.
 * @template T
 * @param {() => T} work
 * @returns {T | undefined}
 */
export function quietly(work) {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** @param {unknown} value @returns {value is AnyFunction} */
function isFunction(value) {
  return typeof value === "function";
}

/** @param {unknown} value @returns {value is object} */
export function isObject(value) {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
