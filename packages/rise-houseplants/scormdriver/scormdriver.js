/**
 * Written for SeatTime; no vendor's code. It behaves towards the LMS as the driver in packages published by Articulate
 * Rise in 2024 does: the session lives in this outer page, a heartbeat writes the time every 20 s, and leaving writes
 * the time only where no heartbeat has: the stretch after the last beat is never told.
 */
import { api2004, recordInteraction2004 } from "../scormcontent/lib/scorm.js";
import { isoDuration, startStopwatch } from "../scormcontent/lib/time.js";

const HEARTBEAT_MS = 20_000;

const api = api2004();
api.Initialize("");
const elapsed = startStopwatch();
api.GetValue("cmi.mode");
let status = api.GetValue("cmi.completion_status");
let timeTold = false;
let finished = false;

function tellTime() {
  timeTold = true;
  api.SetValue("cmi.session_time", isoDuration(elapsed()));
}

const heartbeat = setInterval(() => {
  tellTime();
  api.Commit("");
}, HEARTBEAT_MS);

function finish() {
  if (finished) return;
  finished = true;
  clearInterval(heartbeat);
  if (!timeTold) tellTime();
  api.SetValue("cmi.exit", "suspend");
  api.Commit("");
  api.Terminate("");
}

/** What the course in the inner frame may use. */
window.courseDriver = {
  suspendData: api.GetValue("cmi.suspend_data"),
  location: api.GetValue("cmi.location"),
  recordAnswer: (answer) => recordInteraction2004(api, answer),
  /** @param {number} slide @param {string} state */
  saveSlide(slide, state) {
    if (status !== "completed") status = "incomplete";
    api.SetValue("cmi.completion_status", status);
    api.SetValue("cmi.exit", "suspend");
    api.SetValue("cmi.location", `#/slides/${slide}`);
    api.SetValue("cmi.suspend_data", state);
    api.Commit("");
  },
  /** @param {number} percent */
  complete(percent) {
    status = "completed";
    api.SetValue("cmi.completion_status", status);
    api.SetValue("cmi.score.scaled", String(percent / 100));
    api.SetValue("cmi.success_status", percent >= 50 ? "passed" : "failed");
    api.Commit("");
  },
  finish,
};

window.onbeforeunload = finish;
window.onunload = finish;
document.querySelector("#content").src = "../scormcontent/index.html";
