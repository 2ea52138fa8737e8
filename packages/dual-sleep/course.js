/**
 * Two standards in one course: SCORM 1.2 where there is an API, xAPI where the address names an endpoint, and both
 * where both are there. Then the same minutes are told twice, and an LMS has to see that they are the same.
 */
import { questionDefinition, sendStatement, withSlash } from "./shared/lrs.js";
import { api12, recordInteraction12 } from "./shared/scorm.js";
import { packState, startDeck, unpackState } from "./shared/slides.js";
import { isoDuration, startStopwatch, timespan } from "./shared/time.js";

const ADL = "http://adlnet.gov/expapi/verbs/";
const launch = new URLSearchParams(window.location.search);
const activityId = launch.get("activity_id") ?? "https://seattime.example/samples/sleep";

/** @type {import("./shared/lrs.js").Lrs | null} */
const lrs = launch.has("endpoint")
  ? {
      endpoint: withSlash(launch.get("endpoint") ?? ""),
      auth: launch.get("auth") ?? "",
      actor: JSON.parse(launch.get("actor") ?? "{}"),
      registration: launch.get("registration") ?? "",
      activityId,
    }
  : null;
const api = api12();
api.LMSInitialize("");
const elapsed = startStopwatch();
let status = api.LMSGetValue("cmi.core.lesson_status");
const kept = unpackState(api.LMSGetValue("cmi.suspend_data"));
let finished = false;

const course = {
  id: activityId,
  definition: { type: "http://adlnet.gov/expapi/activities/course", name: { en: document.title } },
};

function say(verb, result, { object = course, last = false } = {}) {
  if (!lrs) return;
  const statement = { verb: { id: ADL + verb, display: { en: verb } }, object };
  sendStatement(lrs, result ? { ...statement, result } : statement, { last });
}

function tellTime() {
  api.LMSSetValue("cmi.core.session_time", timespan(elapsed()));
  api.LMSCommit("");
}

function finish() {
  if (finished) return;
  finished = true;
  api.LMSSetValue("cmi.core.exit", "suspend");
  tellTime();
  api.LMSFinish("");
  say("terminated", { duration: isoDuration(elapsed()) }, { last: true });
}

say("launched");
startDeck({
  ...kept,
  onSlide(deck) {
    if (status !== "completed") {
      status = "incomplete";
      api.LMSSetValue("cmi.core.lesson_status", status);
    }
    api.LMSSetValue("cmi.core.lesson_location", String(deck.slide()));
    api.LMSSetValue("cmi.suspend_data", packState(deck));
    tellTime();
  },
  onAnswer(_deck, answer) {
    recordInteraction12(api, answer);
    const result = { response: answer.response, success: answer.right, duration: isoDuration(answer.latencyMs) };
    say("answered", result, { object: { id: `${activityId}/question/${answer.id}`, definition: questionDefinition(answer) } });
  },
  onLast(deck) {
    status = "completed";
    api.LMSSetValue("cmi.core.score.raw", String(deck.percent()));
    api.LMSSetValue("cmi.core.lesson_status", status);
    api.LMSCommit("");
    say("completed", { completion: true, score: { scaled: deck.percent() / 100 }, duration: isoDuration(elapsed()) });
  },
  onExit: finish,
});

window.addEventListener("pagehide", finish);
