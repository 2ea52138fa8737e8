/**
 * SCORM 1.1 as its first authors meant it: few calls. The bookmark goes with each slide and is committed there;
 * the time is told once, at the end, in a CMITimespan.
 */
import { api12, recordInteraction12 } from "./shared/scorm.js";
import { startDeck } from "./shared/slides.js";
import { startStopwatch, timespan } from "./shared/time.js";

const api = api12();
api.LMSInitialize("");
const elapsed = startStopwatch();
let status = api.LMSGetValue("cmi.core.lesson_status");
const bookmark = Number(api.LMSGetValue("cmi.core.lesson_location")) || 1;
let finished = false;

function finish() {
  if (finished) return;
  finished = true;
  api.LMSSetValue("cmi.core.session_time", timespan(elapsed()));
  // RTE 1.1: "suspend" asks for the bookmark at the next visit, "" is the ordinary end.
  api.LMSSetValue("cmi.core.exit", status === "completed" ? "" : "suspend");
  api.LMSFinish("");
}

startDeck({
  slide: bookmark,
  onSlide(deck) {
    api.LMSSetValue("cmi.core.lesson_location", String(deck.slide()));
    if (status !== "completed") {
      status = deck.slide() === deck.total ? "completed" : "incomplete";
      api.LMSSetValue("cmi.core.lesson_status", status);
    }
    api.LMSCommit("");
  },
  onAnswer: (_deck, answer) => recordInteraction12(api, answer),
  onLast: (deck) => api.LMSSetValue("cmi.core.score.raw", String(deck.percent())),
  onExit: finish,
});

window.addEventListener("pagehide", finish);
