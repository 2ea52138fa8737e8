/**
 * The time register: absolute clocks, always sent in less than 2 kB (docs/protocol.md). Guarantees that one sequence names exactly one
 * content: whatever left memory, to the journal or to the network, is followed by a greater sequence once anything has changed.
 * Pure functions over plain objects, shared by the page and its worker.
 *
 * @import { Sent, TimeRegister, WireTime } from "./shapes.js"
 */
import { byteLength } from "./bytes.js";
import { reportedMs } from "./words.js";

export const TIME_LIMIT_BYTES = 2000;

/** @param {number} opened server time, ms @param {number} order @returns {TimeRegister} */
export function newTime(opened, order) {
  return {
    seq: 1, left: false, acked: 0, stored: { spans: 0, acts: 0, words: 0 }, cut: false, part: null, floor: 0, reportedStored: 0, order, opened, measured: 0, open: 0,
    spans: [], acts: [], words: [], status: {}, exit: null, terminated: false, ended: null,
  };
}

/** Call before a change. @param {TimeRegister} time @param {number} [step] more than 1 where the worker may have used sequences meanwhile */
export function touchTime(time, step = 1) {
  if (time.left) time.seq += step;
  time.left = false;
}

/** Something of the register is not known to be stored. @param {TimeRegister} time */
export function timePending(time) {
  return time.acked < time.seq || time.cut;
}

/**
 * The register as it goes over the wire: what the server is not known to have, oldest entries first where not all fit.
 * @param {TimeRegister} time
 * @returns {{ message: WireTime, sent: NonNullable<Sent["time"]> }}
 */
export function timeMessage(time) {
  // Part of the register was stored under this very sequence: the rest needs one of its own, or the server takes it for the same.
  // So it is where a part was sent under it and an older answer has come since: what is left begins elsewhere now.
  if ((time.cut && time.acked >= time.seq) || goesOnAfterPart(time)) {
    time.left = true;
    touchTime(time);
  }
  time.left = true;
  const { seq, acked, stored, order, opened, measured, open, status, exit, terminated, ended } = time;
  /** @type {WireTime} */
  const message = {
    seq, base: acked, order, opened, measured, open, status: { ...status }, exit, terminated, ended,
    spans_from: stored.spans, spans: [], acts_from: stored.acts, acts: [], words_from: stored.words, words: [],
  };
  let room = TIME_LIMIT_BYTES - byteLength(JSON.stringify(message));
  const counts = { ...stored };
  let cut = false;
  for (const list of /** @type {const} */ (["words", "spans", "acts"])) {
    const entries = time[list];
    for (let index = stored[list]; index < entries.length && !cut; index += 1) {
      const entry = /** @type {never} */ (entries[index]);
      room -= byteLength(JSON.stringify(entry)) + 1;
      cut = room < 0;
      if (cut) break;
      message[list].push(entry);
      // The last entry of a list may still grow, so it is sent again next time.
      counts[list] = Math.min(index + 1, entries.length - 1);
    }
  }
  if (cut) time.part = { seq, stored: { ...stored } };
  const whole = acked === 0 && stored.spans + stored.acts + stored.words === 0;
  return { message, sent: { seq, counts, cut, reported: reportedMs(time.words), whole } };
}

/** @param {TimeRegister} time */
function goesOnAfterPart({ seq, stored, part }) {
  return part?.seq === seq && (part.stored.spans !== stored.spans || part.stored.acts !== stored.acts || part.stored.words !== stored.words);
}

/**
 * The server stored what `sent` covered. Answers may come late and out of order: an older one takes nothing back.
 * @param {TimeRegister} time
 * @param {NonNullable<Sent["time"]>} sent
 */
export function timeStored(time, sent) {
  if (sent.seq <= time.acked || sent.seq <= time.floor) return;
  time.acked = sent.seq;
  time.stored = { ...sent.counts };
  time.cut = sent.cut;
  time.reportedStored = sent.reported;
}

/**
 * The server has lost what it once stored: all is sent again, under a sequence of its own, because the server may have this one in part.
 * @param {TimeRegister} time
 */
export function timeLost(time) {
  time.floor = time.seq;
  time.seq += 1;
  time.left = false;
  time.acked = 0;
  time.stored = { spans: 0, acts: 0, words: 0 };
  time.cut = false;
  time.reportedStored = 0;
}

/**
 * What the worker makes of the last register it was given while the main thread is stalled: the open span grows.
 * @param {TimeRegister} time not changed
 * @param {number} ms since the register was taken
 * @param {number} steps by how many sequences it is newer
 * @returns {TimeRegister}
 */
export function lengthenTime(time, ms, steps) {
  const last = time.spans.at(-1);
  if (last === undefined) return time;
  const grown = /** @type {typeof last} */ ([last[0], last[1] + ms, last[2], last[3]]);
  return { ...time, seq: time.seq + steps, measured: time.measured + ms, open: time.open + ms, spans: [...time.spans.slice(0, -1), grown] };
}
