/**
 * One session's measured intervals, told by the page's clock. Guarantees that a span, once begun, never moves, that only the last one
 * grows, and that none begins before the end of the one before. Pure.
 *
 * @import { Act, Span } from "./shapes.js"
 */
import { markActivity } from "./activity-log.js";

/** @typedef {ReturnType<typeof createTimeline>} Timeline */

/**
 * @param {{ opened: number, perf: number, visible: boolean }} begin `opened`: server time, ms; `perf`: the same moment on the monotonic clock
 */
export function createTimeline({ opened, perf: beganAt, visible: beganVisible }) {
  /** @type {Span[]} */
  const spans = [[0, 0, beganVisible ? 1 : 0, 0]];
  /** @type {Act[]} */
  const acts = [];
  /** The open span. */
  let last = /** @type {Span} */ (spans[0]);
  let lastFrom = beganAt;
  let now = beganAt;
  let end = Infinity;

  /** @param {number} perf @param {0 | 1} visible @param {0 | 1 | 2} before @param {number} server */
  function cut(perf, visible, before, server) {
    const start = Math.max(last[0] + last[1], Math.round(server - opened));
    last = [start, 0, visible, before];
    lastFrom = Math.max(perf, lastFrom);
    now = lastFrom;
    spans.push(last);
  }

  return {
    opened,
    spans,
    acts,

    /** The page lived until then. @param {number} perf */
    advance(perf) {
      if (perf <= now) return;
      now = Math.min(perf, end);
      last[1] = Math.round(now - lastFrom);
    },

    /** The page lives again after a gap, or its clock was set. @param {number} perf @param {1 | 2} before @param {number} server */
    resume(perf, before, server) {
      if (perf < end) cut(perf, last[2], before, server);
    },

    /** @param {boolean} visible @param {number} server server time of now, by the newest anchor */
    visibility(visible, server) {
      // What stands in the place of an empty span has the same gap before it.
      if (last[2] !== (visible ? 1 : 0)) cut(now, visible ? 1 : 0, last[1] === 0 ? last[3] : 0, server);
    },

    /** It ends then, whatever is heard later of the time after it. @param {number} perf */
    endAt(perf) {
      end = perf;
    },

    /** The learner did something now. */
    mark() {
      markActivity(acts, last[0] + last[1]);
    },

    /** ms, without gaps */
    measured() {
      return spans.reduce((sum, span) => sum + span[1], 0);
    },

    /** ms, with gaps */
    open() {
      return Math.round(now - beganAt);
    },

    /** The monotonic moment that all figures belong to. */
    now() {
      return now;
    },
  };
}
