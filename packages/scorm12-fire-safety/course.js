/**
 * SCORM 1.2 done carefully: bookmark, answers and the running time are set and committed at each slide, so that a
 * crash costs one slide at most, and all of it again at the end.
 */
import { api12, recordInteraction12 } from "./shared/scorm.js";
import { packState, startDeck, unpackState } from "./shared/slides.js";
import { startStopwatch, timespan } from "./shared/time.js";

const api = api12();
api.LMSInitialize("");
const elapsed = startStopwatch();
let status = api.LMSGetValue("cmi.core.lesson_status");
const kept = unpackState(api.LMSGetValue("cmi.suspend_data"));
let finished = false;

function save(deck) {
  api.LMSSetValue("cmi.core.lesson_location", String(deck.slide()));
  api.LMSSetValue("cmi.suspend_data", packState(deck));
  api.LMSSetValue("cmi.core.session_time", timespan(elapsed()));
  api.LMSCommit("");
}

const deck = startDeck({
  ...kept,
  onSlide(shown) {
    if (status === "not attempted" || status === "") {
      status = "incomplete";
      api.LMSSetValue("cmi.core.lesson_status", status);
    }
    save(shown);
  },
  onAnswer(shown, answer) {
    recordInteraction12(api, answer);
    save(shown);
  },
  onLast(shown) {
    api.LMSSetValue("cmi.core.score.min", "0");
    api.LMSSetValue("cmi.core.score.max", "100");
    api.LMSSetValue("cmi.core.score.raw", String(shown.percent()));
    status = "completed";
    api.LMSSetValue("cmi.core.lesson_status", status);
    api.LMSCommit("");
  },
  onExit: finish,
});

/** @param {import("./shared/slides.js").Deck} [shown] */
function finish(shown = deck) {
  if (finished) return;
  finished = true;
  api.LMSSetValue("cmi.core.exit", "suspend");
  save(shown);
  api.LMSFinish("");
}

window.addEventListener("pagehide", () => finish());
