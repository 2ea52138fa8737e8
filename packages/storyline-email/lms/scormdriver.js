/**
 * Written for SeatTime; no vendor's code. It behaves towards the LMS as the driver in packages published by Articulate
 * Storyline 3.50 to 3.89 does: the time every 60 s and at the end, the last words in pagehide only.
 */
import { api12 } from "../story_content/lib/scorm.js";
import { startStopwatch } from "../story_content/lib/time.js";

/**
 * CMITimespan with the tool's slip: hundredths lose their leading zero, so 5.04 s reads `0000:00:05.4`.
 * @param {number} ms
 */
function sloppyTimespan(ms) {
  const two = (value) => String(value).padStart(2, "0");
  const seconds = Math.floor(ms / 1000);
  const clock = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return `${String(Math.floor(seconds / 3600)).padStart(4, "0")}:${clock}.${Math.floor((ms % 1000) / 10)}`;
}

const HEARTBEAT_MS = 60_000;

/** Opens the session; what the course may do with it. */
export function connect() {
  const api = api12();
  api.LMSInitialize("");
  const elapsed = startStopwatch();
  const mode = api.LMSGetValue("cmi.core.lesson_mode");
  let status = api.LMSGetValue("cmi.core.lesson_status");
  const suspendData = api.LMSGetValue("cmi.suspend_data");
  let finished = false;

  const tellTime = () => api.LMSSetValue("cmi.core.session_time", sloppyTimespan(elapsed()));
  const heartbeat = setInterval(() => {
    tellTime();
    api.LMSCommit("");
  }, HEARTBEAT_MS);

  return {
    api,
    mode,
    suspendData,
    /** Status, exit and state at each slide; they wait for the next Commit. @param {string} state */
    saveSlide(state) {
      if (status !== "completed") status = "incomplete";
      api.LMSSetValue("cmi.core.lesson_status", status);
      api.LMSSetValue("cmi.core.exit", "suspend");
      api.LMSSetValue("cmi.suspend_data", state);
    },
    /** @param {number} percent */
    complete(percent) {
      status = "completed";
      api.LMSSetValue("cmi.core.score.raw", String(percent));
      api.LMSSetValue("cmi.core.lesson_status", status);
      api.LMSCommit("");
    },
    finish() {
      if (finished) return;
      finished = true;
      clearInterval(heartbeat);
      tellTime();
      api.LMSSetValue("cmi.core.exit", "suspend");
      api.LMSCommit("");
      api.LMSFinish("");
    },
  };
}
