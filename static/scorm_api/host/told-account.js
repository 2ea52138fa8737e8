/**
 * What the LMS was told in one session and what it answered: a small account that travels with the session's state as the
 * element `seattime.host`, for the report that lays it beside what SeatTime counted. Guarantees: it stays below 2 kB whatever
 * is called; what the LMS holds is only what it said yes to. Knows no clock and no network; imports nothing.
 *
 * @typedef {object} Answered
 * @property {string} answer `true`, `false`, another primitive as text, `threw`, `object`, or `none` while there is none
 * @property {string} [error] what GetLastError said, where the content asked
 *
 * @typedef {object} Account
 * @property {1} v
 * @property {string} api the global object that was called
 * @property {Answered | null} initialize null where it was called before we were there, or never
 * @property {({ raw: string, ms: number | null, times: number } & Answered) | null} told the last session_time
 * @property {{ raw: string, ms: number | null } | null} kept the last one that the LMS took and then committed
 * @property {{ asked: number, yes: number } & Answered} commits `answer` and `error`: of the last one that the LMS did not say yes to
 * @property {Answered | null} finish
 * @property {string | null} total the LMS's own total_time, where the content read it
 * @property {{ call: string, ms: number } | null} slowest the LMS's slowest answer, where it took over a second
 *
 * @import { Call, Outcome } from "./pass-through.js"
 */

/** The element's name: no data model has one like it. */
export const ELEMENT = "seattime.host";

const LONGEST_TEXT = 80;
const SLOW_MS = 1000;

/** @param {string} api @returns {Account} */
export function newAccount(api) {
  return { v: 1, api, initialize: null, told: null, kept: null, commits: { asked: 0, yes: 0, answer: "none" }, finish: null, total: null, slowest: null };
}

/** @param {unknown} value */
export function textOf(value) {
  if (typeof value === "object" && value !== null) return "object";
  return String(value).slice(0, LONGEST_TEXT);
}

/** @param {Outcome} outcome @returns {Answered} */
export function answered(outcome) {
  return { answer: "threw" in outcome ? "threw" : textOf(outcome.answer) };
}

/** As wrappers read it: `true`, `"true"`, `1`. @param {Answered} said */
export function isYes({ answer }) {
  return answer.toLowerCase() === "true" || answer === "1";
}

/** @param {Account} account @param {string} raw @param {number | null} ms @param {Answered} said */
export function tellTime(account, raw, ms, said) {
  account.told = { raw: raw.slice(0, LONGEST_TEXT), ms, times: (account.told?.times ?? 0) + 1, ...said };
}

/** Commit was called and has not answered. @param {Account} account */
export function askCommit(account) {
  account.commits.asked += 1;
}

/** @param {Account} account @param {Answered} said */
export function answerCommit(account, said) {
  if (isYes(said)) {
    account.commits.yes += 1;
    keep(account);
  } else {
    account.commits = { asked: account.commits.asked, yes: account.commits.yes, ...said };
  }
}

/** @param {Account} account @param {Answered} said */
export function answerFinish(account, said) {
  account.finish = said;
  if (isYes(said)) keep(account);
}

/** @param {Account} account */
function keep(account) {
  if (account.told !== null && isYes(account.told)) account.kept = { raw: account.told.raw, ms: account.told.ms };
}

/** The content asked why the last call failed. @param {Account} account @param {Call} call @param {string} code */
export function explain(account, call, code) {
  const entry = { Initialize: account.initialize, SetValue: account.told, Commit: account.commits, Terminate: account.finish, GetValue: null, GetLastError: null }[call];
  if (entry !== null && code !== "0" && code !== "") entry.error = code.slice(0, 12);
}

/** @param {Account} account @param {string} call @param {number} ms */
export function took(account, call, ms) {
  if (ms >= SLOW_MS && ms > (account.slowest?.ms ?? 0)) account.slowest = { call, ms: Math.round(ms) };
}
