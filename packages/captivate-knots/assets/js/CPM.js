/**
 * Written for SeatTime; no vendor's code. It behaves towards the LMS as packages published by Adobe Captivate 8 to 11
 * do: bookmark and state are set at each slide and not committed; the time is told twice with a Commit each time, and
 * only at the end.
 */
import { api12, recordInteraction12 } from "../lib/scorm.js";
import { packState, startDeck, unpackState } from "../lib/slides.js";
import { startStopwatch } from "../lib/time.js";

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

const api = api12();
api.LMSInitialize("");
const elapsed = startStopwatch();
api.LMSGetValue("cmi.core.lesson_mode");
let status = api.LMSGetValue("cmi.core.lesson_status");
const resumes = api.LMSGetValue("cmi.core.entry") === "resume";
const kept = unpackState(api.LMSGetValue("cmi.suspend_data"));
api.LMSGetValue("cmi.core.student_name");
let finished = false;

function tellTime() {
  api.LMSSetValue("cmi.core.session_time", sloppyTimespan(elapsed()));
  api.LMSCommit("");
}

function finish() {
  if (finished) return;
  finished = true;
  api.LMSSetValue("cmi.core.exit", status === "completed" ? "" : "suspend");
  tellTime();
  tellTime();
  api.LMSFinish("");
}

/** @param {import("../lib/slides.js").Deck} deck */
function saveSlide(deck) {
  api.LMSSetValue("cmi.core.lesson_location", `Slide${deck.slide()}`);
  api.LMSSetValue("cmi.suspend_data", packState(deck));
}

startDeck({
  ...(resumes ? kept : {}),
  onSlide(deck) {
    if (status !== "completed") {
      status = "incomplete";
      api.LMSSetValue("cmi.core.lesson_status", status);
    }
    saveSlide(deck);
  },
  onAnswer(deck, answer) {
    recordInteraction12(api, answer);
    api.LMSSetValue("cmi.core.score.min", "0");
    api.LMSSetValue("cmi.core.score.max", "100");
    api.LMSSetValue("cmi.core.score.raw", String(deck.percent()));
    saveSlide(deck);
  },
  onLast() {
    status = "completed";
    api.LMSSetValue("cmi.core.lesson_status", status);
  },
  onExit: finish,
});

window.onbeforeunload = () => finish();
window.onunload = finish;
