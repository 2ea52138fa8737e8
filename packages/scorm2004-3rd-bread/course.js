/**
 * SCORM 2004 3rd Edition with all that a good course tells: progress, an objective, scored answers, and the running
 * time with a Commit at each slide.
 */
import { api2004, recordInteraction2004 } from "./shared/scorm.js";
import { packState, startDeck, unpackState } from "./shared/slides.js";
import { isoDuration, startStopwatch } from "./shared/time.js";

const api = api2004();
api.Initialize("");
const elapsed = startStopwatch();
const kept = api.GetValue("cmi.entry") === "resume" ? unpackState(api.GetValue("cmi.suspend_data")) : {};
let done = api.GetValue("cmi.completion_status") === "completed";
let terminated = false;

/** The number of the objective "bake": an LMS lists it from the manifest, else it is made here. */
function findObjective() {
  const count = Number(api.GetValue("cmi.objectives._count")) || 0;
  for (let index = 0; index < count; index += 1) {
    if (api.GetValue(`cmi.objectives.${index}.id`) === "bake") return index;
  }
  api.SetValue(`cmi.objectives.${count}.id`, "bake");
  return count;
}
const objective = findObjective();

function save(deck) {
  api.SetValue("cmi.location", String(deck.slide()));
  api.SetValue("cmi.suspend_data", packState(deck));
  api.SetValue("cmi.progress_measure", String(Math.round((100 * deck.slide()) / deck.total) / 100));
  api.SetValue("cmi.session_time", isoDuration(elapsed()));
  api.Commit("");
}

const deck = startDeck({
  ...kept,
  onSlide(shown) {
    if (!done) api.SetValue("cmi.completion_status", "incomplete");
    save(shown);
  },
  onAnswer(shown, answer) {
    recordInteraction2004(api, answer);
    save(shown);
  },
  onLast(shown) {
    done = true;
    const scaled = String(shown.percent() / 100);
    const success = shown.percent() >= 50 ? "passed" : "failed";
    api.SetValue(`cmi.objectives.${objective}.score.scaled`, scaled);
    api.SetValue(`cmi.objectives.${objective}.success_status`, success);
    api.SetValue("cmi.score.min", "0");
    api.SetValue("cmi.score.max", "100");
    api.SetValue("cmi.score.raw", String(shown.percent()));
    api.SetValue("cmi.score.scaled", scaled);
    api.SetValue("cmi.success_status", success);
    api.SetValue("cmi.completion_status", "completed");
    api.Commit("");
  },
  onExit: terminate,
});

/** @param {import("./shared/slides.js").Deck} [shown] */
function terminate(shown = deck) {
  if (terminated) return;
  terminated = true;
  api.SetValue("cmi.exit", "suspend");
  save(shown);
  api.Terminate("");
}

window.addEventListener("pagehide", () => terminate());
