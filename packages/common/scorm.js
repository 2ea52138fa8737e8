/**
 * Finding the LMS, and the calls that the samples share. Where there is no LMS (a page opened by hand), every call
 * answers "" and the course still works.
 */
import { isoDuration, timespan } from "./time.js";

/**
 * Looks for the API object as SCORM RTE asks: up the parents, then in the opener and its parents.
 * @param {"API" | "API_1484_11"} name
 */
export function findApi(name) {
  for (const start of [window.parent, window.opener]) {
    let place = start;
    // 500 levels is where the RTE's own example gives up; a page that frames itself would never end.
    for (let level = 0; place && level < 500; level += 1) {
      try {
        if (place[name]) return place[name];
      } catch {
        break; // A window of another origin: there is nothing for us behind it.
      }
      if (place === place.parent) break;
      place = place.parent;
    }
  }
  return null;
}

const without = new Proxy({}, { get: () => () => "" });

/** The API of SCORM 1.1 and 1.2, or one that answers nothing. */
export const api12 = () => findApi("API") ?? without;

/** The API of SCORM 2004, or one that answers nothing. */
export const api2004 = () => findApi("API_1484_11") ?? without;

/**
 * Adds an answer to SCORM 1.2's interactions (RTE 1.2, 3.4: write only, a new index for each answer).
 * @param {{ LMSGetValue(e: string): string, LMSSetValue(e: string, v: string): string }} api
 * @param {import("./slides.js").Answer} answer
 */
export function recordInteraction12(api, answer) {
  const index = Number(api.LMSGetValue("cmi.interactions._count")) || 0;
  const set = (name, value) => api.LMSSetValue(`cmi.interactions.${index}.${name}`, value);
  set("id", answer.id);
  set("type", "choice");
  set("correct_responses.0.pattern", answer.expected);
  set("student_response", answer.response);
  set("result", answer.right ? "correct" : "wrong");
  set("latency", timespan(answer.latencyMs));
  set("time", new Date().toTimeString().slice(0, 8));
  set("weighting", "1");
}

/**
 * Adds an answer to SCORM 2004's interactions (RTE 4.2.9; id and type come first, the others depend on them).
 * @param {{ GetValue(e: string): string, SetValue(e: string, v: string): string }} api
 * @param {import("./slides.js").Answer} answer
 */
export function recordInteraction2004(api, answer) {
  const index = Number(api.GetValue("cmi.interactions._count")) || 0;
  const set = (name, value) => api.SetValue(`cmi.interactions.${index}.${name}`, value);
  set("id", answer.id);
  set("type", "choice");
  set("timestamp", `${new Date().toISOString().slice(0, 19)}Z`);
  set("correct_responses.0.pattern", answer.expected);
  set("weighting", "1");
  set("learner_response", answer.response);
  set("result", answer.right ? "correct" : "incorrect");
  set("latency", isoDuration(answer.latencyMs));
  set("description", answer.text);
}
