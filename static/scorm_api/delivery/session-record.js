/**
 * One session's record: who it is and its two registers. Says what is to be sent next and applies answers to exactly what was sent.
 * Guarantees (docs/protocol.md): a record is pending until both registers are stored or the registration is gone; an older answer does
 * not cover a newer change; whatever the server lost is sent again. Pure; used by the running session and by delivery of old ones alike.
 *
 * @import { Head, Sent, SessionFiles, SessionRecord, WireAnswer, WireCommit, WireRecord, WireResult } from "./shapes.js"
 */
import { byteLength } from "./bytes.js";
import { newestNumbers, stateOf } from "./state-journal.js";
import { newState, pieceMessage, stateLost, stateMessage, stateMessageOrJob, statePending, stateStored } from "./state-register.js";
import { timeLost, timeMessage, timePending, timeStored } from "./time-register.js";

/** A record that the server holds for an operator is offered again each day (and at once under another token). */
const HELD_MS = 24 * 3600 * 1000;

/** @param {SessionFiles} files @returns {SessionRecord} as the journal holds it */
export function restoreRecord(files) {
  const { time, ...file } = structuredClone(files.time);
  const state = structuredClone(stateOf(files.state, files.changes)) ?? newState(time.order);
  return { head: headOf(file), time: { ...time, left: true }, state: { ...state, left: true }, job: null };
}

/** @param {Head} file @returns {Head} without what belongs to the journal entry only */
function headOf({ registration, session, launch, token, activity, start, attempt, new_attempt, standard, mode, made, ledger, stored_at, held }) {
  return { registration, session, launch, token, activity, ...startOf(start), attempt, new_attempt, standard, mode, made, ledger, stored_at, held };
}

/** @param {Pick<SessionRecord, "head" | "time" | "state">} record @param {string | null} ledger the ledger that the server has now, null where it is not known */
export function isPending(record, ledger) {
  return timePending(record.time) || statePending(record.state) || isOfAnotherLedger(record.head, ledger);
}

/** The same for journal entries. @param {SessionFiles} files @param {string | null} ledger */
export function isFilePending({ time, state, changes }, ledger) {
  const numbers = newestNumbers(state, changes);
  return timePending(time.time) || (numbers !== null && statePending(numbers)) || isOfAnotherLedger(time, ledger);
}

/** @param {Head} head @param {string | null} ledger */
export function isOfAnotherLedger(head, ledger) {
  return ledger !== null && head.ledger !== null && head.ledger !== ledger;
}

/** Not before a day has passed, unless there is another token. @param {Head} head @param {string} token @param {number} wall */
export function isHeldBack(head, token, wall) {
  return head.held !== null && head.held.token === token && Math.abs(wall - head.held.at) < HELD_MS;
}

/** Nothing that the server once said counts any more: the session is to be sent whole. @param {SessionRecord} record */
export function forgetAcks(record) {
  timeLost(record.time);
  stateLost(record.state);
  record.job = null;
  record.head.stored_at = null;
  record.head.ledger = null;
}

/** Only xAPI and cmi5 activities have one, and entries of older versions never do. @param {string | undefined} start @returns {{ start?: string }} */
export function startOf(start) {
  return typeof start === "string" ? { start } : {};
}

/** @param {Head} head @param {boolean} want @returns {WireRecord} */
function envelope(head, want) {
  const { session, activity, start, attempt, new_attempt, standard, mode } = head;
  return { session, activity, ...startOf(start), attempt, new_attempt, standard, mode, want: want ? "lease" : null };
}

/** @param {string} token @param {WireRecord} message @returns {string} */
export function commitBody(token, message) {
  /** @type {WireCommit} */
  const body = { v: 1, token, records: [message] };
  return JSON.stringify(body);
}

/**
 * Time alone: what goes first when the page is dismissed, and what the worker sends while the main thread is stalled.
 * @param {SessionRecord} record
 * @returns {{ message: WireRecord, sent: Sent }}
 */
export function timeOnly(record) {
  const { message, sent } = timeMessage(record.time);
  return { message: { ...envelope(record.head, false), time: message }, sent: { time: sent, state: null, want: false } };
}

/**
 * The state that is not stored yet, if all of it fits within `room`; otherwise nothing, and it waits in the journal. Pieces are sent here
 * only where those before them are at the server already: a part of a state is of no use to anybody.
 * @param {SessionRecord} record
 * @param {number} room bytes
 * @returns {{ message: WireRecord, sent: Sent }[]}
 */
export function stateWithin(record, room) {
  const { job, state } = record;
  if (!statePending(state)) return [];
  const begun = job !== null && job.seq === state.seq && job.next > 0;
  const parts = begun ? job.texts.slice(job.next).map((_text, offset) => pieceMessage(job, job.next + offset)) : [stateMessage(state)];
  if (byteLength(JSON.stringify(parts)) > room) return [];
  return parts.map((part) => ({
    message: { ...envelope(record.head, false), state: part },
    sent: { time: null, state: { seq: part.seq, whole: part.whole, piece: part.piece ?? null }, want: false },
  }));
}

/**
 * What to send next: time, and as much of the state as fits one message. Null where there is nothing (more) to send.
 * @param {SessionRecord} record
 * @param {boolean} [want] asks for the lease
 * @param {boolean} [apart] time alone, where there is any: both together were refused
 * @returns {{ message: WireRecord, sent: Sent } | null}
 */
export function nextMessage(record, want = false, apart = false) {
  const { time, state } = record;
  if (!timePending(time) && !statePending(state) && !want) return null;
  /** @type {WireRecord} */
  const message = envelope(record.head, want);
  /** @type {Sent} */
  const sent = { time: null, state: null, want };
  if (timePending(time)) {
    const part = timeMessage(time);
    message.time = part.message;
    sent.time = part.sent;
    if (apart) return { message, sent };
  }
  if (record.job === null && statePending(state)) {
    const { message: whole, job } = stateMessageOrJob(state);
    record.job = job;
    if (whole !== null) {
      message.state = whole;
      sent.state = { seq: whole.seq, whole: whole.whole, piece: null };
    }
  }
  const { job } = record;
  if (job !== null) {
    message.state = pieceMessage(job, job.next);
    sent.state = { seq: job.seq, whole: job.whole, piece: { index: job.next, count: job.texts.length } };
  }
  return { message, sent };
}

/** After an answer: more can go at once (the next piece, entries that did not fit, all of it anew). @param {SessionRecord} record */
export function hasMore(record) {
  return record.time.cut || record.time.acked === 0 || statePending(record.state);
}

/**
 * Applies the server's answer for this session. `stored`: all that was sent is committed. `progress`: it was taken, more is needed.
 * Else the record stays as it is: `spooled` and `held` as the protocol says, `kept` where nothing was taken. `gone`: the registration was
 * erased.
 * @param {SessionRecord} record
 * @param {Sent} sent
 * @param {WireResult | undefined} result
 * @param {WireAnswer} answer
 * @param {{ wall: number, token: string }} now the token is the one it was sent under
 * @returns {"stored" | "progress" | "spooled" | "held" | "kept" | "gone"}
 */
export function applyAnswer(record, sent, result, answer, now) {
  if (result === undefined) return "kept";
  const statuses = [sent.time && result.time?.status, sent.state && result.state?.status].filter((status) => status !== null);
  if (statuses.includes("gone")) return "gone";
  const aside = statuses.includes("held") ? "held" : statuses.includes("spooled") ? "spooled" : null;
  record.head.held = aside === "held" ? { at: now.wall, token: now.token } : null;
  // The server has not seen its database: what it says of it, or lacks, is no reason to remember or to forget anything.
  if (answer.ledger === null) return aside ?? "kept";

  if (sent.time && isStored(result.time, sent.time.seq)) timeStored(record.time, sent.time);
  if (sent.state) applyState(record, sent.state, result.state);
  const sentWhole = sent.time?.whole !== false && sent.state?.whole !== false;
  if (isOfAnotherLedger(record.head, answer.ledger) || (result.need_all === true && !sentWhole)) forgetAcks(record);
  // An answer that covers nothing of what was sent is none, or the same would be sent for ever without a pause.
  const taken = [sent.time && isStored(result.time, sent.time.seq), sent.state && isTaken(result.state, sent.state.seq)].includes(true);
  if (taken) record.head.ledger = answer.ledger;
  if (aside !== null) return aside;
  if (!taken) return "kept";
  if (isPending(record, answer.ledger)) return "progress";
  record.head.stored_at = now.wall;
  return "stored";
}

/** @param {{ seq: number, status: string } | undefined} said @param {number} seq */
function isStored(said, seq) {
  return said !== undefined && said.status === "stored" && said.seq >= seq;
}

/** @param {{ seq: number, status: string } | undefined} said @param {number} seq whether it is stored, or a piece of it */
function isTaken(said, seq) {
  return isStored(said, seq) || said?.status === "waiting";
}

/**
 * @param {SessionRecord} record
 * @param {NonNullable<Sent["state"]>} sent
 * @param {{ seq: number, status: string } | undefined} said
 */
function applyState(record, sent, said) {
  const { job } = record;
  if (isStored(said, sent.seq)) {
    stateStored(record.state, sent);
    if (job !== null && job.seq <= sent.seq) record.job = null;
  } else if (said?.status === "waiting" && job !== null && sent.piece !== null && job.seq === sent.seq) {
    job.next = sent.piece.index + 1;
    // All pieces were sent and the server still waits: it lost one, so they are made anew.
    if (job.next >= job.texts.length) record.job = null;
  }
}
