/**
 * SCORM 2004 2nd Edition, sparing: `cmi.location` at each slide without a Commit, the time once at the end.
 * What is not committed when the browser dies is the LMS's to keep.
 */
import { api2004, recordInteraction2004 } from "./shared/scorm.js";
import { startDeck } from "./shared/slides.js";
import { isoDuration, startStopwatch } from "./shared/time.js";

const api = api2004();
api.Initialize("");
const elapsed = startStopwatch();
// "ab-initio" has no location yet; reading it then would be error 403 (RTE 4.2.14).
const bookmark = api.GetValue("cmi.entry") === "resume" ? Number(api.GetValue("cmi.location")) || 1 : 1;
let done = api.GetValue("cmi.completion_status") === "completed";
let terminated = false;

function terminate() {
  if (terminated) return;
  terminated = true;
  api.SetValue("cmi.session_time", isoDuration(elapsed()));
  // Both "normal" and the empty exit would start a new attempt at the next visit: only an open course is suspended.
  api.SetValue("cmi.exit", done ? "normal" : "suspend");
  api.Terminate("");
}

startDeck({
  slide: bookmark,
  onSlide(deck) {
    api.SetValue("cmi.location", String(deck.slide()));
    if (!done) api.SetValue("cmi.completion_status", "incomplete");
  },
  onAnswer: (_deck, answer) => recordInteraction2004(api, answer),
  onLast(deck) {
    done = true;
    api.SetValue("cmi.score.scaled", String(deck.percent() / 100));
    api.SetValue("cmi.success_status", deck.percent() === 100 ? "passed" : "failed");
    api.SetValue("cmi.completion_status", "completed");
    api.Commit("");
  },
  onExit: terminate,
});

window.addEventListener("pagehide", terminate);
