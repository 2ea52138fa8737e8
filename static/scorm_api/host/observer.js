/**
 * Turns the calls between somebody else's LMS and its content into a session's record: its beginning and end, the time that
 * the content reports, its status and score, and the account of what the LMS was told.
 *
 * Guarantees: makes no call of its own to the LMS; what the content said is recorded whether the LMS took it or not; of the
 * content's data nothing else is recorded (suspend data, interactions and the like stay between the content and its LMS);
 * what was said before a recorder is there is recorded as soon as it is. It may throw: the pass-through hears of it alone.
 *
 * @import { Call, Listener, Outcome } from "./pass-through.js"
 * @import { Account } from "./told-account.js"
 * @import { SessionRecorder } from "../types.js"
 *
 * @typedef {object} Session
 * @property {Account} account
 * @property {Map<string, string>} said elements that are recorded, by name
 * @property {{ raw: string, ms: number | null, lenient: boolean } | null} word
 * @property {boolean} over Terminate was called
 *
 * @typedef {object} Observer
 * @property {Listener} listener
 * @property {() => void} ready a recorder is there now
 * @property {() => boolean} spoke a session began by a call
 * @property {() => void} left the content is gone without having ended
 */
import { parseDuration } from "../adapter/durations.js";
import { isSessionTime, showsActivity, statusFields } from "../delivery/status-fields.js";
import { ELEMENT, answerCommit, answerFinish, answered, askCommit, explain, isYes, newAccount, tellTime, textOf, took } from "./told-account.js";

/** Content that was told "false" may try again at once. After that it is over for the content, and nothing more is measured. */
const TRIES_AGAIN_MS = 2000;

/** How a session ended; of its content it says nothing. */
const EXITS = new Set(["cmi.core.exit", "cmi.exit"]);
const TOTALS = new Set(["cmi.core.total_time", "cmi.total_time"]);

/**
 * @param {object} parts
 * @param {"API" | "API_1484_11"} parts.name
 * @param {() => SessionRecorder | null} parts.recorder null as long as nobody knows whose session it is
 * @param {() => void} parts.began a session has begun
 * @param {() => boolean} parts.leaving the page is being left
 * @param {() => number} parts.perf monotonic, ms
 * @param {(work: () => void, ms: number) => number} parts.setTimeout
 * @param {(id: number) => void} parts.clearTimeout
 * @returns {Observer}
 */
export function createObserver({ name, recorder, began, leaving, perf, setTimeout, clearTimeout }) {
  const standard = name === "API" ? "scorm12" : "scorm2004";
  /** @type {Session | null} */
  let session = null;
  let spoke = false;
  /** The call before, which GetLastError is about. @type {Call | null} */
  let last = null;
  /** Values that the content set, to know what is new. @type {Map<string, string>} */
  const seen = new Map();
  /** @type {number | null} */
  let ending = null;

  function begin() {
    session = { account: newAccount(name), said: new Map(), word: null, over: false };
    spoke = true;
    seen.clear();
    began();
    recorder()?.initialized();
  }

  function tell() {
    if (session !== null) recorder()?.changed(ELEMENT, JSON.stringify(session.account), true);
  }

  function end() {
    if (ending !== null) clearTimeout(ending);
    ending = null;
    recorder()?.terminate();
  }

  function staysOpen() {
    if (ending === null) return;
    clearTimeout(ending);
    ending = null;
  }

  /** @param {Session} running @param {unknown} element @param {unknown} value @param {Outcome} outcome */
  function setValue(running, element, value, outcome) {
    if (typeof element !== "string" || isObject(value)) return;
    const text = value === undefined || value === null ? "" : String(value);
    const said = answered(outcome);
    if (isSessionTime(element)) {
      const read = parseDuration(text, standard);
      running.word = { raw: text, ms: read?.ms ?? null, lenient: read?.lenient ?? false };
      recorder()?.sessionTime(text, running.word.ms, running.word.lenient);
      tellTime(running.account, text, running.word.ms, said);
      tell();
      return;
    }
    const isNew = seen.get(element) !== text;
    seen.set(element, text);
    if (EXITS.has(element) || Object.keys(statusFields(element, text)).length > 0) {
      running.said.set(element, text);
      recorder()?.changed(element, text);
    } else if (isNew && showsActivity(element)) {
      recorder()?.activity();
    }
  }

  /** @param {Session} running @param {Outcome} outcome */
  function finished(running, outcome) {
    const said = answered(outcome);
    answerFinish(running.account, said);
    running.over = true;
    tell();
    if (isYes(said) || leaving()) {
      end();
      return;
    }
    recorder()?.commit();
    ending = setTimeout(end, TRIES_AGAIN_MS);
  }

  /** The session that a call belongs to; one whose Initialize we missed begins with whatever is heard first. @param {Call} call @param {Outcome} outcome */
  function sessionOf(call, outcome) {
    if (call === "Initialize") {
      const refused = !isYes(answered(outcome));
      if (session === null || session.over || !refused) {
        if (ending !== null) end();
        begin();
      }
      if (session !== null) session.account.initialize = answered(outcome);
      tell();
      return session;
    }
    if (session === null && call !== "GetLastError") begin();
    // Some content asks this and that when it is over; what the LMS takes is no such thing.
    else if (session?.over === true && ending === null && call === "SetValue" && isYes(answered(outcome))) begin();
    return session;
  }

  return {
    listener: {
      before(call) {
        if (session !== null && !session.over) {
          if (call === "Commit") askCommit(session.account);
          if (call === "Terminate") session.account.finish = { answer: "none" };
          if (call === "Commit" || call === "Terminate") tell();
        }
        return perf();
      },

      after(call, args, outcome, note) {
        const ms = typeof note === "number" ? perf() - note : 0;
        const missed = session === null;
        const running = sessionOf(call, outcome);
        if (running === null) return;
        if (call === "GetLastError") {
          if (last !== null && "answer" in outcome) explain(running.account, last, textOf(outcome.answer));
          last = null;
          tell();
          return;
        }
        last = call;
        took(running.account, call, ms);
        if (call === "Terminate") {
          if (!running.over || ending !== null) {
            staysOpen();
            finished(running, outcome);
          }
          return;
        }
        if (running.over && ending === null) return;
        if (call !== "Initialize" && ending !== null && isYes(answered(outcome))) {
          // It goes on after all.
          staysOpen();
          running.over = false;
        }
        if (call === "SetValue") setValue(running, args[0], args[1], outcome);
        if (call === "GetValue" && TOTALS.has(String(args[0])) && "answer" in outcome) {
          running.account.total = textOf(outcome.answer);
          tell();
        }
        if (call === "Commit") {
          if (missed) askCommit(running.account);
          answerCommit(running.account, answered(outcome));
          tell();
          recorder()?.commit();
        }
      },
    },

    ready() {
      if (session === null) return;
      const to = recorder();
      if (to === null) return;
      to.initialized();
      for (const [element, value] of session.said) to.changed(element, value);
      if (session.word !== null) to.sessionTime(session.word.raw, session.word.ms, session.word.lenient);
      tell();
      if (session.over) to.terminate();
    },

    spoke: () => spoke,

    left() {
      if (session === null) return;
      session.over = true;
      staysOpen();
      recorder()?.end();
    },
  };
}

/** @param {unknown} value */
function isObject(value) {
  return typeof value === "function" || typeof value === "symbol" || (typeof value === "object" && value !== null);
}
