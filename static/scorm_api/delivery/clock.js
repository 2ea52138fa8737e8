/**
 * The page's clock: says which moments the page really lived through, and where they lie in server time.
 *
 * A pure state machine, fed with readings of the monotonic and of the computer's clock. Guarantees (design 3.5):
 * - a length comes from the monotonic clock only; setting the computer's clock adds and takes nothing;
 * - a tick that comes over 3 s late means that the page was stopped (sleep, freeze): that stretch is not counted;
 * - a stalled main thread is counted, because the worker's ticks, which arrive together afterwards, say that the page lived;
 * - an anchor (server time at a monotonic moment) only places what comes after it.
 * Knows nothing of sessions but their timelines; does no I/O.
 *
 * @import { Reading } from "./shapes.js"
 * @import { Timeline } from "./timeline.js"
 */

/** A tick is due each second; over 3 s late is a gap. */
export const STOPPED_AFTER_MS = 4000;

/** The two clocks may differ by this much within one step before the computer's clock counts as set. */
export const DIVERGENCE_MS = 1000;

/** How fast an anchor loses its worth: two quartz clocks part by some 100 ms in 1000 s. */
const DRIFT = 0.0001;

/** @typedef {ReturnType<typeof createClock>} Clock */

export function createClock() {
  /** The last moment that the page is known to have lived through. @type {Reading | null} */
  let proven = null;
  let anchor = { perf: 0, server: 0, error: Infinity };
  let breaks = 0;
  /** @type {Set<Timeline>} */
  const timelines = new Set();

  /** @param {number} perf @returns {number} server time, ms (not rounded) */
  function serverAt(perf) {
    return anchor.server + (perf - anchor.perf);
  }

  /**
   * @param {Reading} now
   * @param {number} limit
   * @param {boolean} decides a tick decides that the page was stopped; a reading of the main thread cannot tell that from a stall
   */
  function step(now, limit, decides) {
    if (proven === null) {
      proven = now;
      return;
    }
    const length = now.perf - proven.perf;
    if (length < 0) return; // a tick that waited behind a stalled main thread, older than what is proven already
    const stopped = length > limit;
    if (stopped && !decides) return;
    const passed = now.wall - proven.wall;
    const clockSet = Math.abs(passed - length) > DIVERGENCE_MS;
    const before = proven.perf;
    proven = now;
    if (!stopped) for (const timeline of timelines) timeline.advance(now.perf);
    if (!stopped && !clockSet) return;
    // Some systems stop the monotonic clock in sleep, so across a break the computer's clock says how long it was. Time cannot have
    // passed more slowly than the monotonic clock says, whatever the other one was set to.
    anchor = { perf: now.perf, server: serverAt(before) + Math.max(length, passed), error: Infinity };
    breaks += 1;
    for (const timeline of timelines) timeline.resume(now.perf, stopped ? 1 : 2, serverAt(now.perf));
  }

  return {
    serverAt,

    /** A reading taken by the main thread. One that is far ahead of the ticks counts only when a tick confirms it. @param {Reading} now */
    read(now) {
      step(now, STOPPED_AFTER_MS, false);
    },

    /** A worker's tick. @param {Reading} now @param {number} [limit] ms since the moment before it beyond which the page was stopped */
    tick(now, limit = STOPPED_AFTER_MS) {
      step(now, limit, true);
    },

    /** True while the main thread's last reading still waits for a tick to tell stall from sleep. @param {number} perf */
    undecided(perf) {
      return proven !== null && perf - proven.perf > STOPPED_AFTER_MS;
    },

    /** The ticks have told of all until then. @param {number} perf */
    reached(perf) {
      return proven !== null && proven.perf >= perf;
    },

    /** Grows at each gap and each setting of the clock: an anchor asked for before one is of no use after it. */
    breaks() {
      return breaks;
    },

    /**
     * The server said its time. A vague anchor (long round trip) does not displace a sharper one that is still good.
     * @param {number} server ms
     * @param {number} perf the monotonic moment it belongs to
     * @param {number} error by how much that may be wrong, ms
     */
    anchor(server, perf, error) {
      const worn = anchor.error + Math.abs(perf - anchor.perf) * DRIFT;
      if (error <= worn) anchor = { perf, server, error };
    },

    /** @param {Timeline} timeline */
    follow(timeline) {
      timelines.add(timeline);
    },

    /** @param {Timeline} timeline */
    leave(timeline) {
      timelines.delete(timeline);
    },
  };
}
