/**
 * The browser's journal: localStorage (synchronous, what page dismissal relies on), a mirror in IndexedDB (survives a SIGKILL at once)
 * and a copy in memory (content shares the origin and may clear localStorage; storage may be blocked or full).
 *
 * Guarantees (design 3.3): on reading, the higher sequence of the copies wins; absence in one is not deletion; a pending record is never
 * dropped, whatever else has to go; stored ones stay 7 days. Knows entries, not what is in their registers.
 *
 * @import { DeliveryEnv, JournalFile, SessionFiles, StorageLike, TimeFile, WorkerPort } from "./shapes.js"
 */

const PREFIX = "seattime:1:";
/** How every entry of ours begins; parsing them all at each tick would be too much. */
const BEGINS = '{"v":1,';
const STORED_KEPT_MS = 7 * 24 * 3600 * 1000;

/** @typedef {ReturnType<typeof createJournal>} Journal */

/** @param {string} registration @param {string} session */
export function timeKey(registration, session) {
  return `${PREFIX}${registration}:${session}:t`;
}

/** @param {string} registration @param {string} session */
export function stateKey(registration, session) {
  return `${PREFIX}${registration}:${session}:s`;
}

/** What was set since the entry of `stateKey` was written. @param {string} registration @param {string} session */
export function changesKey(registration, session) {
  return `${PREFIX}${registration}:${session}:c`;
}

/** @param {string} registration @param {string} session */
function keysOf(registration, session) {
  return [timeKey(registration, session), stateKey(registration, session), changesKey(registration, session)];
}

/** @param {JournalFile} file */
function sequence(file) {
  return "time" in file ? file.time.seq : "changes" in file ? file.changes.seq : file.state.seq;
}

/** @param {JournalFile} a @param {JournalFile} b whether a is the newer copy of one entry */
function isNewer(a, b) {
  return sequence(a) > sequence(b) || (sequence(a) === sequence(b) && a.rev > b.rev);
}

/** @param {string | null} json @returns {JournalFile | null} null for what is not (or no longer) an entry of ours */
function parse(json) {
  try {
    const file = JSON.parse(json ?? "null");
    if (file === null || file.v !== 1 || typeof file.rev !== "number") return null;
    return Number.isInteger(sequence(file)) ? file : null;
  } catch {
    return null;
  }
}

/**
 * @param {Pick<DeliveryEnv, "storage" | "wall">} env
 * @param {Pick<WorkerPort, "keep" | "forget" | "read">} mirror
 */
export function createJournal(env, mirror) {
  /** @type {Map<string, { file: JournalFile, json: string }>} */
  const memory = new Map();
  /** Entries that localStorage refused. @type {Set<string>} */
  const refused = new Set();

  /** @returns {StorageLike | null} */
  function storage() {
    try {
      return env.storage();
    } catch {
      return null;
    }
  }

  /** @param {string} key @returns {string | null} */
  function stored(key) {
    try {
      return storage()?.getItem(key) ?? null;
    } catch {
      return null;
    }
  }

  /** @param {string} key @param {string} json */
  function store(key, json) {
    const place = storage();
    for (const attempt of [0, 1]) {
      try {
        if (place === null) break;
        place.setItem(key, json);
        refused.delete(key);
        return;
      } catch {
        if (attempt === 0 && !freeStored()) break;
      }
    }
    refused.add(key);
  }

  /** It takes entries again: those that it refused before are part of what the caller is told to be in the journal. */
  function storeRefused() {
    for (const key of [...refused]) {
      const kept = memory.get(key);
      if (kept !== undefined) store(key, kept.json);
    }
  }

  /** Full: what the server has stored gives way to what it has not. @returns {boolean} whether there is room now */
  function freeStored() {
    let freed = false;
    for (const file of timeFiles()) {
      if (file.stored_at === null) continue;
      keysOf(file.registration, file.session).forEach(forget);
      freed = true;
    }
    return freed;
  }

  /** @param {string} key */
  function forget(key) {
    memory.delete(key);
    refused.delete(key);
    try {
      storage()?.removeItem(key);
    } catch {
      // blocked: then there is nothing to remove either
    }
    mirror.forget([key]);
  }

  /** @returns {TimeFile[]} */
  function timeFiles() {
    return [...memory.values()].flatMap(({ file }) => ("time" in file ? [file] : []));
  }

  /** @param {string} key @param {JournalFile} file */
  function remember(key, file) {
    const known = memory.get(key);
    if (known === undefined || isNewer(file, known.file)) memory.set(key, { file, json: JSON.stringify(file) });
  }

  function readStorage() {
    const place = storage();
    if (place === null) return;
    try {
      const keys = Array.from({ length: place.length }, (_unused, index) => place.key(index));
      for (const key of keys) {
        if (key === null || !key.startsWith(PREFIX)) continue;
        const file = parse(place.getItem(key));
        if (file !== null) remember(key, file);
      }
    } catch {
      // blocked half-way: what was read is read
    }
  }

  return {
    /** Reads both copies; the higher sequence of each entry wins. */
    async load() {
      readStorage();
      for (const [key, json] of await mirror.read()) {
        const file = parse(json);
        if (file !== null && key.startsWith(PREFIX)) remember(key, file);
      }
      for (const file of timeFiles()) {
        if (file.stored_at !== null && env.wall() - file.stored_at > STORED_KEPT_MS) this.end(file.registration, file.session);
      }
    },

    /** Reads localStorage again: another page of this origin may have written. */
    refresh() {
      readStorage();
    },

    /**
     * Writes an entry to all copies. Returns once it is in localStorage or, where that is blocked, in memory.
     * @param {string} key
     * @param {JournalFile} file
     * @param {boolean} live a running session of this page
     */
    write(key, file, live) {
      const json = JSON.stringify(file);
      memory.set(key, { file, json });
      store(key, json);
      if (refused.size > 0 && !refused.has(key)) storeRefused();
      mirror.keep([{ key, json, live }]);
    },

    /** @param {string} key the newest copy, or null */
    newest(key) {
      const file = parse(stored(key));
      if (file !== null) remember(key, file);
      return memory.get(key)?.file ?? null;
    },

    /** @returns {SessionFiles[]} all sessions in the journal */
    sessions() {
      return timeFiles().map((time) => {
        const state = memory.get(stateKey(time.registration, time.session))?.file;
        const changes = memory.get(changesKey(time.registration, time.session))?.file;
        return {
          time,
          state: state !== undefined && "state" in state ? state : null,
          changes: changes !== undefined && "changes" in changes ? changes : null,
        };
      });
    },

    /** The record is over: the registration was erased, or all was stored long ago. @param {string} registration @param {string} session */
    end(registration, session) {
      keysOf(registration, session).forEach(forget);
    },

    /** Writes back what content deleted or localStorage refused, as long as the server does not have it. Called at each tick. */
    restore() {
      for (const file of timeFiles()) {
        if (file.stored_at !== null) continue;
        for (const key of keysOf(file.registration, file.session)) {
          const kept = memory.get(key);
          if (kept !== undefined && (refused.has(key) || stored(key)?.startsWith(BEGINS) !== true)) store(key, kept.json);
        }
      }
    },

    /** Something is in memory only. */
    unsafe() {
      return refused.size > 0;
    },
  };
}
