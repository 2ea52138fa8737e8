/**
 * The two that are compared, behind one face: the same calls under both names of the standards. Runs in node and in a browser.
 *
 * Neither saves anything. SeatTime's adapter tells a sink that keeps what the delivery side keeps of it, the state register; scorm-again
 * has no commit address and logs nothing.
 */

import { Scorm12API } from "../../node_modules/scorm-again/dist/esm/scorm12.js";
import { Scorm2004API } from "../../node_modules/scorm-again/dist/esm/scorm2004.js";
import { createAdapter } from "../../static/scorm_api/adapter/create-adapter.js";
import { applyAnswer, commitBody, nextMessage } from "../../static/scorm_api/delivery/session-record.js";
import { newState, setElement } from "../../static/scorm_api/delivery/state-register.js";
import { newTime } from "../../static/scorm_api/delivery/time-register.js";

export const LAUNCH = { elements: {}, totalTimeMs: 0, entry: "ab-initio", mode: "normal", credit: "credit", learnerId: "ana.ruiz", learnerName: "Ruiz, Ana" };
const nothing = () => undefined;
const TOKEN = "token";

const HEAD = {
  registration: "r", session: "s", launch: 1, token: TOKEN, activity: "a", attempt: "1", new_attempt: false, mode: "normal", made: null, ledger: null,
  stored_at: null, held: null,
};

/** @typedef {{ initialize: () => string, get: (element: string) => string, set: (element: string, value: string) => string, messages: () => string[] }} Side */

/** @param {Record<string, Function>} api @param {string} prefix */
function callsOf(api, prefix) {
  return {
    initialize: () => api[`${prefix}Initialize`](""),
    get: (element) => api[`${prefix}GetValue`](element),
    set: (element, value) => api[`${prefix}SetValue`](element, value),
  };
}

/**
 * @param {"scorm12" | "scorm2004"} standard
 * @param {Record<string, string>} elements what is stored already
 * @param {(element: string, value: string) => unknown} changed
 */
function ourCalls(standard, elements, changed) {
  const launch = { ...LAUNCH, elements };
  const sink = { initialized: nothing, changed, sessionTime: nothing, finding: nothing, commit: () => true, terminate: () => true, restart: () => launch };
  return callsOf(createAdapter(standard, launch, sink).api, standard === "scorm12" ? "LMS" : "");
}

/**
 * The adapter alone, as the peer's is measured.
 *
 * @param {"scorm12" | "scorm2004"} standard
 * @param {Record<string, string>} [elements]
 */
export function ours(standard, elements = {}) {
  return ourCalls(standard, elements, nothing);
}

/**
 * The adapter with the register that a commit is built from. `messages` are all that one commit sends, as text; they are taken as stored.
 *
 * @param {"scorm12" | "scorm2004"} standard
 */
export function oursWithRecord(standard) {
  const record = { head: { ...HEAD, standard }, time: newTime(1), state: newState(1), job: null };
  const calls = ourCalls(standard, {}, (element, value) => setElement(record.state, element, value, 1));
  return {
    ...calls,
    messages() {
      const texts = [];
      for (let next = nextMessage(record); next !== null; next = nextMessage(record)) {
        texts.push(commitBody(TOKEN, next.message));
        applyAnswer(record, next.sent, answerTo(next), { v: 1, results: [], ledger: "l", now: 1 }, { wall: 1, token: TOKEN });
      }
      return texts;
    },
  };
}

/** What a server says that has stored all of it. @param {NonNullable<ReturnType<typeof nextMessage>>} next */
function answerTo({ message, sent }) {
  const piece = sent.state?.piece;
  const waits = piece !== null && piece !== undefined && piece.index + 1 < piece.count;
  return {
    session: message.session,
    ...(message.time && { time: { seq: message.time.seq, status: "stored" } }),
    ...(message.state && { state: { seq: message.state.seq, status: waits ? "waiting" : "stored" } }),
  };
}

/**
 * @param {"scorm12" | "scorm2004"} standard
 * @param {object | null} [stored] as its own commit says it, nested: the quicker of its two ways to load
 */
export function theirs(standard, stored = null) {
  const settings = { autocommit: false, logLevel: 5 };
  const api = standard === "scorm12" ? new Scorm12API(settings) : new Scorm2004API(settings);
  if (stored !== null) api.loadFromJSON(stored, "cmi");
  return {
    ...callsOf(api, standard === "scorm12" ? "LMS" : ""),
    messages: () => [JSON.stringify(api.renderCommitCMI(false))],
  };
}
