// Carries steps out on the browser's own modules. Standard input: JSON, a list of histories, each a list of steps. Standard output: JSON,
// what each step came to. Each history begins with a record of its own.
import { raiseState, setElement } from "../../static/scorm_api/delivery/state-register.js";
import { applyAnswer, forgetAcks, hasMore, isPending, nextMessage, restoreRecord, stateWithin, timeOnly } from "../../static/scorm_api/delivery/session-record.js";
import { newState } from "../../static/scorm_api/delivery/state-register.js";
import { newTime, touchTime } from "../../static/scorm_api/delivery/time-register.js";
import { addWord } from "../../static/scorm_api/delivery/words.js";
import process from "node:process";
import { text } from "node:stream/consumers";

const head = {
  registration: "r1", session: "s1", launch: 1, token: "t1", activity: "item_1", attempt: "", new_attempt: false,
  standard: "scorm12", mode: "normal", made: null, ledger: null, stored_at: null, held: null,
};
/** @type {any} */
let record;
/** @type {any[]} */
let sent;

function begin() {
  record = { head: { ...head }, time: newTime(1000, 1), state: newState(1), job: null };
  record.time.spans.push([0, 0, 1, 0]);
  sent = [];
}

/** What the page does at once: later changes are not in it. @param {any} next */
function leaves(next) {
  sent.push(next.sent);
  return JSON.parse(JSON.stringify(next.message));
}

const steps = {
  touch: () => touchTime(record.time),
  grow(ms) {
    touchTime(record.time);
    record.time.spans.at(-1)[1] += ms;
    record.time.measured += ms;
    record.time.open += ms;
  },
  span(gap, visible, times) {
    touchTime(record.time);
    for (let count = 0; count < times; count += 1) {
      const last = record.time.spans.at(-1);
      record.time.spans.push([last[0] + last[1] + gap, 0, visible, gap > 0 ? 1 : 0]);
    }
  },
  act: (at) => void record.time.acts.push([at, 0]),
  say: (ms, raw) => addWord(record.time.words, ms, record.time.measured, raw, false),
  set: (name, value, order) => void setElement(record.state, name, value, order),
  raise: (order) => raiseState(record.state, order),
  message(want, apart) {
    const next = nextMessage(record, want, apart);
    if (next === null) return null;
    return leaves(next);
  },
  time_only() {
    return leaves(timeOnly(record));
  },
  within(room) {
    return stateWithin(record, room).map(leaves);
  },
  answer(index, result, ledger) {
    if (sent.length === 0) return null;
    const said = applyAnswer(record, sent[index % sent.length], result ?? undefined, { v: 1, ledger, now: 1, results: [] }, { wall: 0, token: "t1" });
    return said;
  },
  forget: () => forgetAcks(record),
  restore() {
    record = restoreRecord({ time: { v: 1, rev: 1, at: 0, ...record.head, time: record.time }, state: { v: 1, rev: 1, state: record.state }, changes: null });
  },
};

/** What a record holds, in words that both sides have. */
function standing() {
  const { time, state } = record;
  return {
    time: [time.seq, time.acked, time.stored, time.cut, time.floor], state: [state.seq, state.acked, state.floor, state.order],
    pending: isPending(record, "L1"), more: hasMore(record), job: record.job === null ? null : [record.job.seq, record.job.next],
  };
}

const histories = JSON.parse(await text(process.stdin)).map((history) => {
  begin();
  return history.map(([name, ...values]) => ({ came: steps[name](...values) ?? null, standing: standing() }));
});
process.stdout.write(JSON.stringify(histories));
