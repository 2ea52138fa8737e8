/**
 * A browser and a server for the delivery side's tests: every clock stands still until a test moves it, the network answers what a test
 * says, and `ModelServer` keeps what docs/protocol.md tells a server to keep, in as few lines as that takes.
 */
import { createTimekeeper } from "../../../static/scorm_api/delivery/timekeeper.js";
import { createWorkerCore } from "../../../static/scorm_api/delivery/worker-core.js";

/** 2026-11-19T00:00:00Z by the server; every browser below has a clock of its own. */
export const SERVER_START = 1_795_046_400_000;

/** Lets everything that waits only for promises happen. */
export async function settle() {
  for (let turn = 0; turn < 60; turn += 1) await Promise.resolve();
}

/** mulberry32: the same numbers in every run. @param {number} seed */
export function seeded(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** localStorage with a quota in characters. */
export function fakeStorage(quota = Infinity) {
  const entries = new Map();
  const used = () => [...entries].reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  return {
    entries,
    quota,
    blocked: false,
    get length() {
      return entries.size;
    },
    key: (index) => [...entries.keys()][index] ?? null,
    getItem(key) {
      if (this.blocked) throw new Error("SecurityError");
      return entries.get(key) ?? null;
    },
    setItem(key, value) {
      if (this.blocked) throw new Error("SecurityError");
      if (used() - (entries.get(key)?.length ?? 0) + value.length > this.quota) throw new Error("QuotaExceededError");
      entries.set(key, value);
    },
    removeItem: (key) => entries.delete(key),
    clear: () => entries.clear(),
  };
}

/** What survives in the mirror, without IndexedDB; `mirror.test.js` tests the real one. */
export function fakeMirror(entries = new Map()) {
  return {
    entries,
    put: async (key, json) => void entries.set(key, json),
    forget: async (keys) => keys.forEach((key) => entries.delete(key)),
    read: async () => [...entries],
  };
}

/** A server as docs/protocol.md describes it. State is what a restore brings back. */
export class ModelServer {
  constructor() {
    this.ledger = "ledger-1";
    this.sessions = new Map();
    this.orders = 10;
    this.holder = null;
    this.applied = [];
  }

  restore(backup) {
    this.ledger = `${this.ledger}+`;
    this.sessions = new Map(structuredClone(backup));
  }

  commit(body, now) {
    const { token, records } = JSON.parse(body);
    return { v: 1, ledger: this.ledger, now: Math.round(now), results: records.map((record) => this.record(token, record, now)) };
  }

  record(token, record, now) {
    const blank = { token, timeSeq: 0, stateSeq: 0, spans: [], acts: [], words: [], elements: {}, findings: [], pieces: {}, lost: false };
    const session = this.sessions.get(record.session) ?? blank;
    this.sessions.set(record.session, session);
    const result = { session: record.session, need_all: false };
    if (record.time) result.time = { seq: record.time.seq, status: this.takeTime(session, record.time) };
    if (record.state) result.state = { seq: record.state.seq, status: this.takeState(session, record.state) };
    result.need_all = session.lost;
    if (record.want === "lease") this.holder = { session: record.session, number: (this.orders += 1) };
    const holder = this.holder === null ? null : this.sessions.get(this.holder.session);
    const mine = this.holder?.session === record.session;
    session.heard = now;
    result.lease = { number: this.holder?.number ?? 0, mine, silent_ms: mine ? 0 : Math.round(now - (holder?.heard ?? 0)) };
    return result;
  }

  takeTime(session, time) {
    if (time.seq <= session.timeSeq) return "stored";
    const whole = time.base === 0 && time.spans_from + time.acts_from + time.words_from === 0;
    const missing = time.base > session.timeSeq || ["spans", "acts", "words"].some((list) => time[`${list}_from`] > session[list].length);
    for (const list of ["spans", "acts", "words"]) {
      if (time[`${list}_from`] > session[list].length) continue;
      time[list].forEach((entry, offset) => {
        const index = time[`${list}_from`] + offset;
        const known = session[list][index];
        session[list][index] = list === "spans" && known ? [known[0], Math.max(known[1], entry[1]), known[2], known[3]] : entry;
      });
    }
    const { seq, measured, open, status, exit, terminated, ended, order, opened } = time;
    Object.assign(session, { timeSeq: seq, measured, open, status, exit, terminated, ended, order });
    session.opened ??= opened;
    session.lost = !whole && (session.lost || missing);
    this.applied.push(seq);
    return "stored";
  }

  takeState(session, state) {
    if (state.seq <= session.stateSeq) return "stored";
    let content = state;
    if (state.piece) {
      const pieces = (session.pieces[state.seq] ??= []);
      pieces[state.piece.index] = state.piece.text;
      if (pieces.filter((text) => text !== undefined).length < state.piece.count) return "waiting";
      content = JSON.parse(pieces.join(""));
      session.pieces = {};
    }
    session.lost = !state.whole && (session.lost || state.base > session.stateSeq);
    Object.assign(session.elements, content.set);
    session.findings.push(...content.findings.filter((one) => !session.findings.some((old) => String(old) === String(one))));
    session.stateSeq = state.seq;
    session.stateOrder = state.order;
    return "stored";
  }
}

/**
 * A device with one origin's storage. `page()` opens a player page on it; `pass(ms)` lets time go by with the worker's ticks.
 * @param {{ server?: ModelServer, storage?: ReturnType<typeof fakeStorage>, wallSkew?: number, random?: () => number }} [options]
 */
export function createDevice({ server = new ModelServer(), storage = fakeStorage(), wallSkew = 0, random = seeded(1) } = {}) {
  const device = {
    server,
    storage,
    mirror: fakeMirror(),
    perf: 5000,
    /** Server time minus perf; sleep with a stopped monotonic clock and wall skew are told apart by it. */
    serverOffset: SERVER_START - 5000,
    wallOffset: SERVER_START - 5000 + wallSkew,
    visible: true,
    /** Every request that reached the wire: `{ via, body, message, answered }`. */
    wire: [],
    /** What the network does with a request; a test replaces it. */
    network: async (request) => ({ status: 200, body: server.commit(request.body, device.serverNow()) }),
    beaconRoom: 64 * 1024,
    blockBeacons: false,
    pages: [],
    serverNow: () => device.perf + device.serverOffset,
    online: async (request) => ({ status: 200, body: server.commit(request.body, device.serverNow()) }),
    offline: async () => {
      throw new TypeError("Failed to fetch");
    },
  };
  let sessions = 0;

  async function request(via, address, body) {
    const sent = { via, address, body, message: JSON.parse(body), answer: null };
    device.wire.push(sent);
    const { status, body: said } = await device.network(sent);
    sent.answer = said;
    return { status, json: async () => (typeof said === "string" ? JSON.parse(said) : structuredClone(said)) };
  }

  device.page = ({ frozenMirror = false } = {}) => {
    const page = { dead: false, stalled: [], timers: [] };
    const reading = () => ({ perf: device.perf, wall: device.perf + device.wallOffset });
    const env = {
      perf: () => device.perf,
      wall: () => device.perf + device.wallOffset,
      randomBytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(random() * 256)),
      random,
      storage: () => {
        if (storage.blocked) throw new Error("SecurityError");
        return storage;
      },
      startWorker(onTick) {
        page.core = createWorkerCore({
          reading,
          mirror: frozenMirror ? fakeMirror() : device.mirror,
          send: (body) => void request("worker", "/runtime/commit", body).catch(() => {}),
          ticked: (now) => {
            if (page.mainStalled) page.stalled.push(now);
            else onTick(now, 4000);
          },
        });
        page.onTick = onTick;
        return page.core;
      },
      fetch: (address, init) => request(init.keepalive ? "keepalive" : "fetch", address, init.body),
      sendBeacon(address, body) {
        const size = new TextEncoder().encode(body).length;
        if (device.blockBeacons || size > device.beaconRoom) return false;
        device.beaconRoom -= size;
        void request("beacon", address, body).catch(() => {});
        return true;
      },
      setTimeout: (callback, ms) => page.timers.push({ callback, at: device.perf + ms }),
      clearTimeout: (id) => void (page.timers[id - 1] = null),
      visible: () => device.visible,
      base: "",
    };
    page.env = env;
    page.keeper = createTimekeeper(env);
    device.pages.push(page);

    /** One launch: token, anchor, one activity `item_1`. */
    page.launch = (changes = {}) => {
      sessions += 1;
      const start = { ...activity(), order: sessions, ...changes.start };
      const answer = {
        v: 1, ledger: server.ledger, now: Math.round(device.serverNow()), heartbeat_ms: 15_000, registration: "reg-1", token: `token-${sessions}`,
        launch: { number: sessions, order: sessions }, mode: "normal", course: { title: "Course", kind: "scorm12", open_in: "frame", exit_url: "" },
        learner: { name: "Ruiz, Ana" }, toc: [], first: start.id, activities: { [start.id]: start }, siblings: [], ...changes.answer,
      };
      page.keeper.launched(answer);
      page.start = start;
      return page.keeper.record(start);
    };
    page.open = (changes) => {
      const { recorder } = page.launch(changes);
      recorder.initialized();
      return recorder;
    };
    return page;
  };

  /** Time goes by, with a tick each second in every living page. */
  device.pass = async (ms) => {
    const end = device.perf + ms;
    while (device.perf < end) {
      device.perf = Math.min(end, device.perf + 1000);
      for (const page of device.pages) {
        if (page.dead) continue;
        for (const timer of page.timers) if (timer && timer.at <= device.perf) page.timers[page.timers.indexOf(timer)] = (timer.callback(), null);
        page.core.tick();
      }
      await settle();
    }
  };

  /** Everything stops: no ticks. `clockStops`: the monotonic clock stops too, as on some systems. */
  device.sleep = (ms, { clockStops = false } = {}) => {
    if (clockStops) {
      device.serverOffset += ms;
      device.wallOffset += ms;
    } else {
      device.perf += ms;
    }
  };

  /** `alert()`: the worker goes on, the main thread hears of it afterwards. */
  device.stall = async (page, ms) => {
    page.mainStalled = true;
    await device.pass(ms);
    page.mainStalled = false;
  };
  device.unstall = async (page) => {
    for (const now of page.stalled.splice(0)) page.onTick(now, 4000);
    await settle();
  };

  /** The page and its worker are gone, without a word. */
  device.kill = (page) => {
    page.dead = true;
    device.pages.splice(device.pages.indexOf(page), 1);
  };

  /** A SIGKILL of the browser: localStorage falls back to what it was some seconds ago. */
  device.forgetStorage = (entries) => {
    storage.entries.clear();
    for (const [key, value] of entries) storage.entries.set(key, value);
  };

  device.times = () => device.wire.flatMap(({ message }) => (message.records ?? []).flatMap((record) => (record.time ? [record.time] : [])));
  return device;
}

/** @returns {import("../../../static/scorm_api/types.js").ActivityStart} */
export function activity() {
  return {
    id: "item_1", title: "Lesson", attempt: "attempt-1", standard: "scorm12", expose: ["API"], src: "/content/index.html", order: 1,
    data: { elements: {}, totalTimeMs: 0, entry: "ab-initio", mode: "normal", credit: "credit", learnerId: "ana", learnerName: "Ruiz, Ana" },
  };
}

/** The journal's entries of one kind, parsed. @param {ReturnType<typeof fakeStorage>} storage @param {"t" | "s"} kind */
export function entries(storage, kind) {
  return [...storage.entries].filter(([key]) => key.startsWith("seattime:1:") && key.endsWith(`:${kind}`)).map(([, json]) => JSON.parse(json));
}

/** Total of the spans' lengths, ms. */
export function lengths(spans) {
  return spans.reduce((sum, [, length]) => sum + length, 0);
}

/** The only session that the server has. @param {ModelServer} server */
export function only(server) {
  if (server.sessions.size !== 1) throw new Error(`${server.sessions.size} sessions`);
  return [...server.sessions.values()][0];
}
