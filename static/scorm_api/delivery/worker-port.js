/**
 * The page's end of the worker. Where there is no worker (forbidden, failed to load, silent), its core runs on the main thread, whose
 * timers a hidden page slows to once a minute, so that there a tick may be that late before the page counts as stopped.
 *
 * @import { Reading, TickHandler, WorkerPort } from "./shapes.js"
 * @import { Mirror } from "./mirror.js"
 */
import { STOPPED_AFTER_MS } from "./clock.js";
import { TICK_MS, createWorkerCore } from "./worker-core.js";

/** Main-thread timers of a hidden page fire at least this often. */
const HIDDEN_LIMIT_MS = 75_000;

/** The mirror is a second copy: nobody waits longer for it. */
const READ_WITHIN_MS = 2000;

/** How often the page looks whether the worker still ticks; after three silent looks its core runs here. */
const LOOK_MS = 5000;
const LOOKS = 3;

/**
 * @typedef {object} WorkerLike
 * @property {(message: unknown) => void} postMessage
 * @property {((event: { data: any }) => void) | null} onmessage
 * @property {(() => void) | null} onerror
 * @property {() => void} terminate
 */

/**
 * @param {object} env
 * @param {() => WorkerLike} env.makeWorker may throw
 * @param {() => Mirror} env.makeMirror for the stand-in
 * @param {() => Reading} env.reading
 * @param {() => boolean} env.visible
 * @param {(callback: () => void, ms: number) => void} env.every
 * @param {(callback: () => void, ms: number) => void} env.after
 * @param {TickHandler} onTick
 * @returns {WorkerPort}
 */
export function createWorkerPort({ makeWorker, makeMirror, reading, visible, every, after }, onTick) {
  /** @type {WorkerLike | null} */
  let worker = null;
  /** @type {ReturnType<typeof createWorkerCore> | null} */
  let standIn = null;
  /** What the worker's monotonic clock has to be corrected by, ms. */
  let skew = 0;
  let silentLooks = 0;
  /** @type {((entries: [string, string][]) => void)[]} */
  let readers = [];

  /** @param {[string, string][]} entries */
  function readDone(entries) {
    for (const resolve of readers) resolve(entries);
    readers = [];
  }

  /** Both time origins mean the same moment; where a browser disagrees, the answer must at least lie between question and receipt. @param {number} asked @param {number} perf */
  function align(asked, perf) {
    const received = reading().perf;
    if (perf < asked) skew = asked - perf;
    else if (perf > received) skew = received - perf;
  }

  function standInForWorker() {
    if (standIn !== null) return;
    worker?.terminate();
    worker = null;
    standIn = createWorkerCore({
      reading,
      mirror: makeMirror(),
      send: () => {}, // with the main thread stalled, so is this
      ticked: (now) => onTick(now, visible() ? STOPPED_AFTER_MS : HIDDEN_LIMIT_MS),
    });
    const core = standIn;
    every(() => core.tick(), TICK_MS);
    if (readers.length > 0) void core.read().then(readDone);
  }

  try {
    worker = makeWorker();
    worker.onerror = standInForWorker;
    worker.onmessage = ({ data }) => {
      if (data.kind === "tick") {
        silentLooks = 0;
        onTick({ perf: data.reading.perf + skew, wall: data.reading.wall }, STOPPED_AFTER_MS);
      } else if (data.kind === "records") readDone(data.entries);
      else if (data.kind === "clock") align(data.asked, data.perf);
    };
    worker.postMessage({ kind: "clock", asked: reading().perf });
    every(() => {
      silentLooks += 1;
      if (silentLooks > LOOKS) standInForWorker();
    }, LOOK_MS);
  } catch {
    standInForWorker();
  }

  return {
    keep(entries) {
      if (worker !== null) worker.postMessage({ kind: "keep", entries });
      else standIn?.keep(entries);
    },

    forget(keys) {
      if (worker !== null) worker.postMessage({ kind: "forget", keys });
      else standIn?.forget(keys);
    },

    read() {
      return new Promise((resolve) => {
        readers.push(resolve);
        after(() => readDone([]), READ_WITHIN_MS);
        if (worker !== null) worker.postMessage({ kind: "read" });
        else void standIn?.read().then(readDone);
      });
    },

    beats(everyMs) {
      if (worker !== null) worker.postMessage({ kind: "beats", everyMs });
      else standIn?.beats(everyMs);
    },
  };
}
