/** Durations as the standards write them, for the samples that write them well. All take whole milliseconds. */

/** @param {number} value @param {number} width */
const pad = (value, width) => String(value).padStart(width, "0");

/** SCORM 1.1 and 1.2, CMITimespan `HHHH:MM:SS.SS`. @param {number} ms */
export function timespan(ms) {
  const hundredths = Math.floor(ms / 10);
  const seconds = Math.floor(hundredths / 100);
  const clock = [pad(Math.floor(seconds / 3600), 4), pad(Math.floor(seconds / 60) % 60, 2), pad(seconds % 60, 2)];
  return `${clock.join(":")}.${pad(hundredths % 100, 2)}`;
}

/** SCORM 2004, xAPI and cmi5, ISO 8601 with hundredths: `PT1M5.04S`. @param {number} ms */
export function isoDuration(ms) {
  const hundredths = Math.floor(ms / 10);
  const seconds = Math.floor(hundredths / 100);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const rest = hundredths % 100 === 0 ? `${seconds % 60}` : `${seconds % 60}.${pad(hundredths % 100, 2)}`;
  return `PT${hours ? `${hours}H` : ""}${minutes ? `${minutes}M` : ""}${rest}S`;
}

/**
 * A stopwatch on the monotonic clock, so a corrected wall clock does not change a length. It leaves a mark for tests.
 * @returns {() => number}
 */
export function startStopwatch() {
  performance.mark("stopwatch");
  const started = performance.now();
  return () => Math.round(performance.now() - started);
}
