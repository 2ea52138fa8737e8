/**
 * Written for SeatTime; no vendor's code. It behaves towards the LMS as packages published by Lectora 19 do: whole
 * seconds, told once, and the last words in beforeunload only. Where the frame is removed without one, nothing is said.
 */
import { api12, recordInteraction12 } from "./images/scorm.js";
import { packState, startDeck, unpackState } from "./images/slides.js";
import { startStopwatch } from "./images/time.js";

/** `00:00:05`: two-digit hours and no fraction. @param {number} ms */
function wholeSeconds(ms) {
  const two = (value) => String(value).padStart(2, "0");
  const seconds = Math.floor(ms / 1000);
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

const api = api12();
api.LMSInitialize("");
const elapsed = startStopwatch();
let status = api.LMSGetValue("cmi.core.lesson_status");
const place = /^a001page(\d+)$/.exec(api.LMSGetValue("cmi.core.lesson_location"));
api.LMSGetValue("cmi.core.student_name");
const kept = unpackState(api.LMSGetValue("cmi.suspend_data"));
let finished = false;

function finish() {
  if (finished) return;
  finished = true;
  api.LMSSetValue("cmi.core.session_time", wholeSeconds(elapsed()));
  api.LMSSetValue("cmi.core.exit", "suspend");
  api.LMSCommit("");
  api.LMSFinish("");
}

startDeck({
  answers: kept.answers,
  slide: place ? Number(place[1]) : 1,
  onSlide(deck) {
    if (status !== "completed") {
      status = "incomplete";
      api.LMSSetValue("cmi.core.lesson_status", status);
    }
    api.LMSSetValue("cmi.core.lesson_location", `a001page${deck.slide()}`);
    api.LMSCommit("");
  },
  onAnswer(deck, answer) {
    recordInteraction12(api, answer);
    api.LMSSetValue("cmi.suspend_data", packState(deck));
  },
  onLast(deck) {
    status = "completed";
    api.LMSSetValue("cmi.core.score.raw", String(deck.percent()));
    api.LMSSetValue("cmi.core.lesson_status", status);
    api.LMSCommit("");
  },
  onExit() {
    finish();
    // In a window of its own the tool closes it; in a frame this does nothing.
    if (window.opener) window.close();
  },
});

window.onbeforeunload = () => finish();
