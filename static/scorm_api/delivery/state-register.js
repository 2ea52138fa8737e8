/**
 * The state register: the elements that the session itself set, and its findings. It may be large: what does not fit one message goes in
 * pieces, which the server applies only when it has them all. Pure functions over plain objects. Guarantee: what a message costs grows
 * with what it says; of the elements that are stored already none is looked at, unless all of them have to be sent again.
 *
 * @import { Finding } from "../types.js"
 * @import { PieceJob, Sent, StateRegister, WireState } from "./shapes.js"
 */
import { byteLength } from "./bytes.js";

/** A message above this goes in pieces: a quarter of the 64 KiB that a browser sends in dismissal is left for time. */
export const PIECE_BYTES = 48 * 1024;

/** Content that is odd at every call says nothing new after this; the server takes no more in one message. */
const MOST_FINDINGS = 200;

/** @param {number} order @returns {StateRegister} */
export function newState(order) {
  return { seq: 0, left: true, acked: 0, floor: 0, order, set: {}, changed: {}, findings: [], findingsAt: [] };
}

/** A change gets the order number that the browser holds now (design 3.7). @param {StateRegister} state @param {number} order */
function touchState(state, order) {
  if (state.left) state.seq += 1;
  state.left = false;
  state.order = order;
}

/** @param {StateRegister} state @param {string} element @param {string} value @param {number} order @returns {boolean} whether that changes anything */
export function setElement(state, element, value, order) {
  if (Object.hasOwn(state.set, element) && state.set[element] === value) return false;
  touchState(state, order);
  state.set[element] = value;
  state.changed[element] = state.seq;
  return true;
}

/** @param {StateRegister} state @param {Finding} finding @param {number} order */
export function addFinding(state, finding, order) {
  const known = state.findings.some((old) => old[0] === finding.kind && old[1] === finding.element && old[2] === finding.raw);
  if (known || state.findings.length >= MOST_FINDINGS) return;
  touchState(state, order);
  state.findings.push([finding.kind, finding.element, finding.raw]);
  state.findingsAt.push(state.seq);
}

/** What is written already gets a newer order number. @param {StateRegister} state @param {number} order */
export function raiseState(state, order) {
  if (state.seq > 0 && state.order < order) touchState(state, order);
}

/** @param {StateRegister} state */
export function statePending(state) {
  return state.acked < state.seq;
}

/** What changed since the base. @param {StateRegister} state */
function changes(state) {
  const elements = state.acked === 0 ? Object.keys(state.set) : Object.keys(state.changed).filter((element) => (state.changed[element] ?? 0) > state.acked);
  const set = Object.fromEntries(elements.map((element) => [element, state.set[element] ?? ""]));
  const findings = state.findings.filter((_finding, index) => (state.findingsAt[index] ?? state.seq) > state.acked);
  return { set, findings };
}

/** @param {StateRegister} state */
function headOfMessage(state) {
  state.left = true;
  return { seq: state.seq, base: state.acked, order: state.order, whole: state.acked === 0 };
}

/** @param {StateRegister} state @returns {WireState} */
export function stateMessage(state) {
  return { ...headOfMessage(state), ...changes(state) };
}

/**
 * One message where it is no larger than a piece, else the same cut into pieces.
 * @param {StateRegister} state
 * @returns {{ message: WireState, job: null } | { message: null, job: PieceJob }}
 */
export function stateMessageOrJob(state) {
  const head = headOfMessage(state);
  const said = changes(state);
  const text = JSON.stringify(said);
  // Both objects become one: two braces go and a comma comes.
  const bytes = byteLength(JSON.stringify(head)) + byteLength(text) - 1;
  if (bytes <= PIECE_BYTES) return { message: { ...head, ...said }, job: null };
  return { message: null, job: { ...head, texts: slices(text, PIECE_BYTES), next: 0 } };
}

/** @param {PieceJob} job @param {number} index @returns {WireState} */
export function pieceMessage(job, index) {
  const { seq, base, order, whole, texts } = job;
  return { seq, base, order, whole, piece: { index, count: texts.length, text: texts[index] ?? "" } };
}

/** The server stored what `sent` covered; an older answer takes nothing back. @param {StateRegister} state @param {NonNullable<Sent["state"]>} sent */
export function stateStored(state, sent) {
  if (sent.seq <= state.floor) return;
  state.acked = Math.max(state.acked, sent.seq);
  dropStored(state);
}

/** @param {StateRegister} state */
function dropStored(state) {
  if (state.acked >= state.seq) {
    state.changed = {};
    return;
  }
  for (const element of Object.keys(state.changed)) if ((state.changed[element] ?? 0) <= state.acked) delete state.changed[element];
}

/** The server has lost what it once stored: the whole of it gets a sequence of its own. @param {StateRegister} state */
export function stateLost(state) {
  if (state.seq === 0) return;
  state.floor = state.seq;
  state.seq += 1;
  state.left = false;
  state.acked = 0;
}

/**
 * Cuts text so that each part, as a JSON string in UTF-8, stays below the limit, and no surrogate pair is torn apart: half a pair cannot
 * be written in UTF-8.
 * @param {string} text
 * @param {number} limit bytes
 */
export function slices(text, limit) {
  const parts = [];
  let begin = 0;
  let bytes = 0;
  for (let index = 0; index < text.length; ) {
    const codePoint = text.codePointAt(index) ?? 0;
    const size = ASCII_BYTES[codePoint] ?? bytesInJson(codePoint);
    if (bytes + size > limit && index > begin) {
      parts.push(text.slice(begin, index));
      begin = index;
      bytes = 0;
    }
    bytes += size;
    index += codePoint > 0xffff ? 2 : 1;
  }
  parts.push(text.slice(begin));
  return parts;
}

/** How long a character is within a JSON string in UTF-8, as JSON.stringify writes it. @param {number} codePoint */
function bytesInJson(codePoint) {
  return byteLength(JSON.stringify(String.fromCodePoint(codePoint))) - 2;
}

/** Of the characters that most text is made of. */
const ASCII_BYTES = Uint8Array.from({ length: 128 }, (_unused, codePoint) => bytesInJson(codePoint));
