/**
 * The real environment of the delivery side: every clock, store and wire of the browser that it uses, taken once at the start.
 *
 * @import { DeliveryEnv } from "./shapes.js"
 * @import { WorkerLike } from "./worker-port.js"
 */
import { createMirror } from "./mirror.js";
import { createWorkerPort } from "./worker-port.js";

/** @param {string} [base] what comes before `/runtime/commit`, for a player on another origin @returns {DeliveryEnv} */
export function browserEnv(base = "") {
  const perf = () => performance.timeOrigin + performance.now();
  const wall = () => Date.now();
  const visible = () => document.visibilityState === "visible";
  const factory = () => {
    try {
      return window.indexedDB;
    } catch {
      return null; // blocked
    }
  };
  return {
    perf,
    wall,
    randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    random: () => Math.random(),
    storage: () => window.localStorage,
    startWorker: (onTick) =>
      createWorkerPort(
        {
          makeWorker: () => /** @type {WorkerLike} */ (/** @type {unknown} */ (new Worker(ownAddress(workerAddress(base)), { type: "module" }))),
          makeMirror: () => createMirror(factory()),
          reading: () => ({ perf: perf(), wall: wall() }),
          visible,
          every: (callback, ms) => void setInterval(callback, ms),
          after: (callback, ms) => void setTimeout(callback, ms),
        },
        onTick,
      ),
    fetch: (address, init) => fetch(address, { ...init, cache: "no-store" }),
    sendBeacon: (address, body) => navigator.sendBeacon(address, body),
    setTimeout: (callback, ms) => window.setTimeout(callback, ms),
    clearTimeout: (id) => window.clearTimeout(id),
    visible,
    base,
  };
}

/** @param {string} base */
function workerAddress(base) {
  const address = new URL("./worker.js", import.meta.url);
  if (base !== "") address.searchParams.set("base", base);
  return address;
}

/**
 * A worker's script must be of the page's own origin, what it imports need not be: in a page of another LMS it is a line that imports ours.
 * @param {URL} address
 */
function ownAddress(address) {
  if (address.origin === window.location.origin) return address;
  return URL.createObjectURL(new Blob([`import ${JSON.stringify(address.href)};`], { type: "text/javascript" }));
}
