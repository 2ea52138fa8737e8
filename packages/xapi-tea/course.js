/**
 * xAPI as Tin Can launches it: endpoint, auth, actor, registration and activity_id stand in the address. Statements
 * tell of the launch, each slide left, each answer, the completion and the end, with durations; the bookmark is a
 * state document.
 */
import { questionDefinition, readState, sendStatement, withSlash, writeState } from "./shared/lrs.js";
import { startDeck } from "./shared/slides.js";
import { isoDuration, startStopwatch } from "./shared/time.js";

const ADL = "http://adlnet.gov/expapi/verbs/";
const launch = new URLSearchParams(window.location.search);
const activityId = launch.get("activity_id") ?? "https://seattime.example/samples/tea";

/** Tin Can allowed a name and a mailbox in lists; xAPI wants them single. @param {string | null} text */
function readActor(text) {
  const actor = JSON.parse(text ?? "{}");
  const single = Object.entries(actor).map(([key, value]) => [key, Array.isArray(value) ? value[0] : value]);
  return { objectType: "Agent", ...Object.fromEntries(single) };
}

/** @type {import("./shared/lrs.js").Lrs | null} */
const lrs = launch.has("endpoint")
  ? {
      endpoint: withSlash(launch.get("endpoint") ?? ""),
      auth: launch.get("auth") ?? "",
      actor: readActor(launch.get("actor")),
      registration: launch.get("registration") ?? "",
      activityId,
    }
  : null;

const course = {
  id: activityId,
  definition: { type: "http://adlnet.gov/expapi/activities/course", name: { en: "A good pot of tea" } },
};
const inCourse = { contextActivities: { parent: [{ id: activityId }] } };
const elapsed = startStopwatch();
let onSlide = startStopwatch();
let shown = 0;
let terminated = false;

const say = (verb, object, more = {}, last = false) => {
  if (!lrs) return;
  const display = { en: verb };
  sendStatement(lrs, { verb: { id: ADL + verb, display }, object, ...more }, { last });
};

function leaveSlide(last = false) {
  if (shown === 0) return;
  const name = { en: document.querySelectorAll("section.slide h1, section.slide h2")[shown - 1].textContent };
  const object = { id: `${activityId}/slide/${shown}`, definition: { name } };
  say("experienced", object, { result: { duration: isoDuration(onSlide()) }, context: inCourse }, last);
}

function terminate() {
  if (terminated) return;
  terminated = true;
  say("terminated", course, { result: { duration: isoDuration(elapsed()) } }, true);
}

async function start() {
  say("launched", course);
  const kept = lrs ? await readState(lrs, "bookmark") : null;
  startDeck({
    slide: kept?.slide,
    answers: kept?.answers,
    onSlide(deck) {
      leaveSlide();
      shown = deck.slide();
      onSlide = startStopwatch();
      if (lrs) writeState(lrs, "bookmark", { slide: deck.slide(), answers: deck.answers() });
    },
    onAnswer(deck, answer) {
      const result = { response: answer.response, success: answer.right, duration: isoDuration(answer.latencyMs) };
      say("answered", { id: `${activityId}/question/${answer.id}`, definition: questionDefinition(answer) }, { result, context: inCourse });
      if (lrs) writeState(lrs, "bookmark", { slide: deck.slide(), answers: deck.answers() });
    },
    onLast(deck) {
      const score = { scaled: deck.percent() / 100 };
      say("completed", course, { result: { completion: true, score, duration: isoDuration(elapsed()) } });
    },
    onExit() {
      leaveSlide();
      terminate();
    },
  });
}

window.addEventListener("pagehide", terminate);
start();
