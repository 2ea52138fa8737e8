/**
 * The dedicated worker: `worker-core.js` with a worker's own clock, IndexedDB and fetch. This module's address carries where to send to.
 */
import { createMirror } from "./mirror.js";
import { TICK_MS, createWorkerCore } from "./worker-core.js";

const base = new URL(import.meta.url).searchParams.get("base") ?? "";

/** The scale that the page uses too: milliseconds since 1970 that no setting of the clock touches. */
const reading = () => ({ perf: performance.timeOrigin + performance.now(), wall: Date.now() });

const core = createWorkerCore({
  reading,
  mirror: createMirror(factory()),
  send: (body) => void fetch(`${base}/runtime/commit`, { method: "POST", body, headers: { "Content-Type": "text/plain;charset=UTF-8" } }).catch(() => {}),
  ticked: (now) => self.postMessage({ kind: "tick", reading: now }),
});

function factory() {
  try {
    return self.indexedDB;
  } catch {
    return null; // blocked
  }
}

self.onmessage = async ({ data }) => {
  if (data.kind === "keep") core.keep(data.entries);
  else if (data.kind === "forget") core.forget(data.keys);
  else if (data.kind === "beats") core.beats(data.everyMs);
  else if (data.kind === "read") self.postMessage({ kind: "records", entries: await core.read() });
  else if (data.kind === "clock") self.postMessage({ kind: "clock", asked: data.asked, perf: reading().perf });
};

setInterval(() => core.tick(), TICK_MS);
