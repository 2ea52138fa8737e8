/**
 * Puts the adapters where content looks for them: `API` and `API_1484_11` of the player's window.
 *
 * Guarantees: only what `expose` names is there (with both, content that is SCORM 1.2 by its manifest often picks the
 * 2004 one); where both are there the first whose Initialize is called wins and the other goes; an Initialize from
 * another document than the last is told to the adapter beforehand. Knows the adapter by its types only.
 *
 * @typedef {import("../types.js").Adapter} Adapter
 * @typedef {import("../types.js").ActivityStart} ActivityStart
 * @typedef {import("../types.js").LaunchData} LaunchData
 * @typedef {import("../types.js").SessionSink} SessionSink
 * @typedef {import("../types.js").CreateAdapter} CreateAdapter
 * @typedef {"API" | "API_1484_11"} GlobalName
 *
 * @typedef {object} Exposure
 * @property {() => ReturnType<Adapter["state"]>} state of the one that is used
 * @property {() => void} remove takes everything off the window again
 */

/**
 * @param {GlobalName} name
 * @param {ActivityStart["standard"]} standard of the activity
 */
export function standardOf(name, standard) {
  if (name === "API_1484_11") return "scorm2004";
  return standard === "scorm11" ? "scorm11" : "scorm12";
}

/** @param {GlobalName} name */
const initializeOf = (name) => (name === "API" ? "LMSInitialize" : "Initialize");

/**
 * @param {Window} page
 * @param {ActivityStart} start
 * @param {LaunchData} data
 * @param {SessionSink} sink
 * @param {CreateAdapter} createAdapter
 * @param {() => unknown} documentNow what the content shows at the moment; a new document is another value
 * @returns {Exposure}
 */
export function exposeApis(page, start, data, sink, createAdapter, documentNow) {
  /** @type {Map<GlobalName, Adapter>} */
  const adapters = new Map();
  /** @type {GlobalName | null} */
  let winner = null;
  /** @type {unknown} */
  let lastDocument;

  /** @param {GlobalName} name */
  const take = (name) => Reflect.deleteProperty(page, name);

  /**
   * What the one that lost still says is not recorded: content that drives both would write one session twice.
   * @param {GlobalName} name
   * @returns {SessionSink}
   */
  const gate = (name) => ({
    initialized() {
      if (winner === null) {
        winner = name;
        for (const other of adapters.keys()) if (other !== name) take(other);
      }
      if (winner === name) sink.initialized();
    },
    changed: (element, value, derived) => void (winner === name && sink.changed(element, value, derived)),
    sessionTime: (raw, ms, lenient) => void (winner === name && sink.sessionTime(raw, ms, lenient)),
    finding: (finding) => void (winner === name && sink.finding(finding)),
    commit: () => sink.commit(),
    terminate: () => (winner === name ? sink.terminate() : sink.commit()),
    restart: () => sink.restart(),
  });

  for (const name of start.expose) {
    const adapter = createAdapter(standardOf(name, start.standard), data, gate(name));
    adapters.set(name, adapter);
    const initialize = initializeOf(name);
    const inner = adapter.api[initialize];
    const api = Object.freeze(Object.assign(Object.create(Object.getPrototypeOf(adapter.api)), adapter.api, {
      // The frame's load event comes after the document's own onload, where content calls Initialize: too late to tell.
      /** @param {unknown[]} args */
      [initialize](...args) {
        const now = documentNow();
        if (lastDocument !== undefined && lastDocument !== now) adapter.documentChanged();
        lastDocument = now;
        return inner === undefined ? "false" : inner(...args);
      },
    }));
    // Not writable: some content sets `parent.API = null` when it has finished, and could then not be started again.
    Object.defineProperty(page, name, { value: api, configurable: true, enumerable: true, writable: false });
  }

  return {
    state() {
      const used = winner ?? start.expose[0];
      return (used === undefined ? undefined : adapters.get(used)?.state()) ?? "not-initialized";
    },
    remove() {
      for (const name of adapters.keys()) take(name);
    },
  };
}
