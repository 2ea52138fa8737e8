/** What several of the player's tests need: a course, a recorder and a timekeeper that write down what they are told. */

/** @param {string} id @param {string} [status] @param {object[]} [children] */
export const entry = (id, status = "not attempted", children = []) => ({
  id,
  title: `Title ${id}`,
  launchable: children.length === 0,
  children,
  status,
});

/** Two chapters: a (a1, a2) and b, which is an activity itself. */
export const TREE = [entry("a", "unknown", [entry("a1"), entry("a2")]), entry("b")];

/** @param {string} id @param {Partial<import("../../../static/scorm_api/types.js").ActivityStart>} [more] */
export const activity = (id, more = {}) => ({
  id,
  title: `Title ${id}`,
  attempt: `attempt-${id}`,
  standard: "scorm2004",
  expose: ["API_1484_11"],
  src: `/content/${id}.html`,
  order: 7,
  data: {
    elements: {}, totalTimeMs: 0, entry: "ab-initio", mode: "normal", credit: "credit", learnerId: "ana", learnerName: "Ruiz, Ana",
  },
  ...more,
});

/** @param {object} [more] */
export const launchOf = (more = {}) => ({
  v: 1,
  ledger: "ledger-1",
  now: 1_795_000_000_000,
  heartbeat_ms: 15_000,
  registration: "registration-1",
  token: "token-1",
  launch: { number: 3, order: 7 },
  mode: "normal",
  course: { title: "Bicycle care", kind: "scorm2004_4", open_in: "frame", exit_url: "" },
  learner: { name: "Ana Ruiz" },
  toc: TREE,
  first: "a1",
  activities: { a1: activity("a1"), a2: activity("a2"), b: activity("b") },
  siblings: [],
  ...more,
});

/** A recorder that writes down each call as `name` or `name argument`. @param {string[]} log */
export function fakeRecorder(log) {
  /** @param {string} name */
  const note = (name) => (/** @type {unknown[]} */ ...args) => void log.push([name, ...args.filter((arg) => arg !== undefined)].join(" "));
  let session = null;
  return {
    initialized() {
      session = "session";
      log.push("initialized");
    },
    changed: note("changed"),
    sessionTime: note("sessionTime"),
    finding: (finding) => void log.push(`finding ${finding.kind}`),
    commit: () => log.push("commit") > 0,
    terminate() {
      session = null;
      return log.push("terminate") > 0;
    },
    restart: () => activity("restarted").data,
    session: () => session,
    begin() {
      session = "session";
      log.push("begin");
    },
    activity: note("activity"),
    end() {
      session = null;
      log.push("end");
    },
    askLease: note("askLease"),
  };
}

/** An adapter that hands every call to its sink at once. @type {any} */
export const createFakeAdapter = (standard, data, sink) => {
  let state = "not-initialized";
  let changes = 0;
  const initialize = () => {
    state = "running";
    sink.initialized();
    return "true";
  };
  const terminate = () => {
    state = "terminated";
    return String(sink.terminate());
  };
  const set = (element, value) => {
    sink.changed(element, value);
    return "true";
  };
  const api =
    standard === "scorm2004"
      ? { Initialize: initialize, Terminate: terminate, SetValue: set }
      : { LMSInitialize: initialize, LMSFinish: terminate, LMSSetValue: set };
  return {
    api: Object.freeze(api),
    globalName: standard === "scorm2004" ? "API_1484_11" : "API",
    standard,
    state: () => state,
    documentChanged: () => void (changes += 1),
    changes: () => changes,
    snapshot: () => ({}),
  };
};

/** Lets everything that waits for a promise go on. */
export const settle = async () => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

/** Timers that fire when they are told to. */
export function fakeTimers() {
  let now = 0;
  let count = 0;
  /** @type {Map<number, { at: number, act: () => void }>} */
  const timers = new Map();
  return {
    setTimeout(act, ms) {
      count += 1;
      timers.set(count, { at: now + ms, act });
      return count;
    },
    clearTimeout: (id) => void timers.delete(id),
    /** @param {number} ms */
    async pass(ms) {
      const until = now + ms;
      for (;;) {
        const due = [...timers].filter(([, timer]) => timer.at <= until).sort(([, a], [, b]) => a.at - b.at)[0];
        if (due === undefined) break;
        timers.delete(due[0]);
        now = due[1].at;
        due[1].act();
        await settle();
      }
      now = until;
    },
  };
}
