/**
 * What the dedicated worker does: ticks each second (a hidden page's own timers fall to once a minute), keeps the mirror, and goes on for
 * a main thread that is stalled (`alert()`, a busy script): it lengthens the running sessions' time by its own ticks, mirrors that, and
 * sends it at each heartbeat. All it needs is handed in, so that tests and the stand-in on the main thread run the same code.
 *
 * @import { KeepEntry, Reading, TimeFile } from "./shapes.js"
 * @import { Mirror } from "./mirror.js"
 */
import { DIVERGENCE_MS, STOPPED_AFTER_MS } from "./clock.js";
import { commitBody, restoreRecord, timeOnly } from "./session-record.js";
import { lengthenTime } from "./time-register.js";

export const TICK_MS = 1000;

/** The main thread hands over its entries at each tick; silent for longer than this it is stalled. */
const STALLED_AFTER_MS = 2500;

/**
 * @param {object} env
 * @param {() => Reading} env.reading
 * @param {Mirror} env.mirror
 * @param {(body: string) => void} env.send
 * @param {(reading: Reading) => void} env.ticked
 */
export function createWorkerCore({ reading, mirror, send, ticked }) {
  /** Running sessions: the newest entry of each, and when it came. @type {Map<string, { json: string, came: number }>} */
  const live = new Map();
  let last = reading();
  let beatMs = 15_000;
  let beatAt = last.perf;

  /** @param {string} key @param {{ json: string, came: number }} entry @param {number} now @param {boolean} beat */
  function carryOn(key, { json, came }, now, beat) {
    /** @type {TimeFile} */
    const file = JSON.parse(json);
    const silent = now - came;
    // One sequence for each second of silence; the page leaves room for them when it comes back.
    const time = lengthenTime(file.time, Math.round(silent), 1 + Math.floor(silent / TICK_MS));
    const longer = { ...file, time };
    void mirror.put(key, JSON.stringify(longer));
    if (beat) send(commitBody(file.token, timeOnly(restoreRecord({ time: longer, state: null, changes: null })).message));
  }

  return {
    tick() {
      const now = reading();
      const length = now.perf - last.perf;
      const stopped = length > STOPPED_AFTER_MS || Math.abs(now.wall - last.wall - length) > DIVERGENCE_MS;
      last = now;
      // What comes after a stop or a new setting of the clock is for the page to judge: it begins another span there.
      if (stopped) live.clear();
      const beat = now.perf - beatAt >= beatMs;
      if (beat) beatAt = now.perf;
      for (const [key, entry] of live) {
        if (now.perf - entry.came > STALLED_AFTER_MS) carryOn(key, entry, now.perf, beat);
      }
      ticked(now);
    },

    /** @param {KeepEntry[]} entries */
    keep(entries) {
      const { perf } = reading();
      for (const { key, json, live: runs } of entries) {
        if (runs) live.set(key, { json, came: perf });
        else live.delete(key);
        void mirror.put(key, json);
      }
    },

    /** @param {string[]} keys */
    forget(keys) {
      for (const key of keys) live.delete(key);
      void mirror.forget(keys);
    },

    read: () => mirror.read(),

    /** @param {number} everyMs */
    beats(everyMs) {
      beatMs = everyMs;
    },
  };
}
