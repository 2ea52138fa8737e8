/**
 * One script for the four SCOs, each of which is a run of its own with a bookmark, a status and a time of its own.
 * SCORM 2004 4th Edition; the time goes with each slide. The exit of a finished SCO asks the LMS for the next one.
 */
import { api2004, recordInteraction2004 } from "./shared/scorm.js";
import { startDeck } from "./shared/slides.js";
import { isoDuration, startStopwatch } from "./shared/time.js";

const api = api2004();
api.Initialize("");
const elapsed = startStopwatch();
const bookmark = api.GetValue("cmi.entry") === "resume" ? Number(api.GetValue("cmi.location")) || 1 : 1;
let done = api.GetValue("cmi.completion_status") === "completed";
let terminated = false;

function save(deck) {
  api.SetValue("cmi.location", String(deck.slide()));
  api.SetValue("cmi.progress_measure", String(Math.round((100 * deck.slide()) / deck.total) / 100));
  api.SetValue("cmi.session_time", isoDuration(elapsed()));
  api.Commit("");
}

/** @param {boolean} byButton whether the learner asked to leave, and so may be taken on */
function terminate(byButton) {
  if (terminated) return;
  terminated = true;
  api.SetValue("cmi.session_time", isoDuration(elapsed()));
  api.SetValue("cmi.exit", "suspend");
  if (byButton && done) api.SetValue("adl.nav.request", "continue");
  api.Terminate("");
}

startDeck({
  slide: bookmark,
  onSlide(deck) {
    if (!done) api.SetValue("cmi.completion_status", "incomplete");
    save(deck);
  },
  onAnswer(_deck, answer) {
    recordInteraction2004(api, answer);
    api.SetValue("cmi.score.scaled", answer.right ? "1" : "0");
    api.SetValue("cmi.success_status", answer.right ? "passed" : "failed");
    api.Commit("");
  },
  onLast() {
    done = true;
    api.SetValue("cmi.completion_status", "completed");
    api.Commit("");
  },
  onExit: () => terminate(true),
});

window.addEventListener("pagehide", () => terminate(false));
