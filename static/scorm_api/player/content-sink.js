/**
 * Stands between the adapter and the recorder: every call goes through unchanged, and the player hears what concerns
 * it (the session's beginning and end, the activity's status, where the content wants to go).
 * Guarantees: adds nothing to and takes nothing from what is recorded. Imports only types.
 *
 * @typedef {import("../types.js").SessionSink} SessionSink
 *
 * @typedef {object} ContentEvents
 * @property {() => void} beginning Initialize was accepted and is about to be recorded
 * @property {(status: string) => void} status in the words of a table of contents
 * @property {(request: string) => void} terminated with the last `adl.nav.request`, or ""
 */

/**
 * @param {SessionSink} recorder
 * @param {ContentEvents} events
 * @returns {SessionSink}
 */
export function createContentSink(recorder, events) {
  let request = "";
  let completion = "unknown";
  let success = "unknown";

  return {
    initialized() {
      request = "";
      events.beginning();
      recorder.initialized();
    },
    changed(element, value, derived) {
      recorder.changed(element, value, derived);
      switch (element) {
        case "adl.nav.request":
          request = value === "_none_" ? "" : value;
          return;
        case "cmi.core.lesson_status":
          events.status(value === "browsed" ? "completed" : value);
          return;
        case "cmi.completion_status":
          completion = value;
          break;
        case "cmi.success_status":
          success = value;
          break;
        default:
          return;
      }
      // Passed and failed say more than completed does.
      events.status(success === "unknown" || success === "" ? completion : success);
    },
    sessionTime: (raw, ms, lenient) => recorder.sessionTime(raw, ms, lenient),
    finding: (finding) => recorder.finding(finding),
    commit: () => recorder.commit(),
    terminate() {
      const kept = recorder.terminate();
      events.terminated(request);
      return kept;
    },
    restart: () => recorder.restart(),
  };
}
