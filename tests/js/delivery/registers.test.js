import assert from "node:assert/strict";
import { test } from "node:test";

import { byteLength } from "../../../static/scorm_api/delivery/bytes.js";
import { applyAnswer, isPending, nextMessage, stateWithin, timeOnly } from "../../../static/scorm_api/delivery/session-record.js";
import { addFinding, newState, setElement, slices } from "../../../static/scorm_api/delivery/state-register.js";
import { lengthenTime, newTime, touchTime } from "../../../static/scorm_api/delivery/time-register.js";

const NOW = { wall: 1000, token: "token" };

/** @returns {import("../../../static/scorm_api/delivery/shapes.js").SessionRecord} */
function newRecord() {
  return {
    head: {
      registration: "reg", session: "6a0c0000-0000-4000-8000-000000000000", launch: 1, token: "token", activity: "item", attempt: "attempt",
      new_attempt: false, standard: "scorm12", mode: "normal", made: null, ledger: null, stored_at: null, held: null,
    },
    time: newTime(5000, 7),
    state: newState(7),
    job: null,
  };
}

/** The answer to `next` with the same status for all that was sent. */
function answerTo(next, status, more = {}) {
  const { message } = next;
  const result = { session: message.session, need_all: false, ...more };
  if (message.time) result.time = { seq: message.time.seq, status };
  if (message.state) result.state = { seq: message.state.seq, status };
  return { v: 1, ledger: "ledger-1", now: 9000, results: [result] };
}

function apply(record, next, answer) {
  return applyAnswer(record, next.sent, answer.results[0], answer, NOW);
}

function grow(record, ms) {
  touchTime(record.time);
  record.time.measured += ms;
}

test("the whole session is sent first, and then what changed since the base", () => {
  const record = newRecord();
  record.time.spans = [[0, 1000, 1, 0]];
  setElement(record.state, "cmi.core.lesson_status", "incomplete", 7);
  setElement(record.state, "cmi.suspend_data", "a", 7);
  const first = nextMessage(record);
  assert.deepEqual([first.message.time.base, first.message.time.seq, first.message.state.base, first.message.state.whole], [0, 1, 0, true]);
  assert.equal(apply(record, first, answerTo(first, "stored")), "stored");

  grow(record, 1000);
  record.time.spans = [[0, 1500, 1, 0], [1500, 500, 0, 0]];
  setElement(record.state, "cmi.suspend_data", "b", 7);
  const second = nextMessage(record);
  assert.deepEqual([second.message.time.base, second.message.time.seq, second.message.time.spans_from], [1, 2, 0]);
  assert.deepEqual(second.message.time.spans, [[0, 1500, 1, 0], [1500, 500, 0, 0]]);
  assert.deepEqual([second.message.state.base, second.message.state.whole, second.message.state.set], [1, false, { "cmi.suspend_data": "b" }]);
  apply(record, second, answerTo(second, "stored"));

  grow(record, 1000);
  const third = nextMessage(record);
  assert.deepEqual([third.message.time.spans_from, third.message.time.spans], [1, [[1500, 500, 0, 0]]]);
  assert.equal(third.message.state, undefined);
});

test("an older ack does not cover a newer change", () => {
  const record = newRecord();
  const first = nextMessage(record);
  grow(record, 1000);
  setElement(record.state, "cmi.core.lesson_status", "passed", 7);
  assert.equal(apply(record, first, answerTo(first, "stored")), "progress");
  assert.equal(isPending(record, "ledger-1"), true);
});

test("an out of order ack takes nothing back", () => {
  const record = newRecord();
  const first = nextMessage(record);
  grow(record, 1000);
  const second = nextMessage(record);
  apply(record, second, answerTo(second, "stored"));
  apply(record, first, answerTo(first, "stored"));
  assert.equal(record.time.acked, 2);
  assert.equal(isPending(record, "ledger-1"), false);
});

test("one sequence names one content: what was written or sent is followed by a greater one", () => {
  const record = newRecord();
  const sent = timeOnly(record).message.time.seq;
  grow(record, 1000);
  assert.equal(timeOnly(record).message.time.seq, sent + 1);
  setElement(record.state, "cmi.suspend_data", "a", 7);
  const state = nextMessage(record).message.state.seq;
  setElement(record.state, "cmi.suspend_data", "b", 7);
  assert.equal(nextMessage(record).message.state.seq, state + 1);
});

test("the same value set again is no change", () => {
  const record = newRecord();
  setElement(record.state, "cmi.suspend_data", "a", 7);
  const first = nextMessage(record);
  apply(record, first, answerTo(first, "stored"));
  setElement(record.state, "cmi.suspend_data", "a", 7);
  assert.equal(isPending(record, "ledger-1"), false);
});

for (const [status, said] of [["spooled", "spooled"], ["held", "held"], ["unheard of", "kept"]]) {
  test(`a ${status} answer does not end the record`, () => {
    const record = newRecord();
    setElement(record.state, "cmi.suspend_data", "a", 7);
    const next = nextMessage(record);
    assert.equal(apply(record, next, answerTo(next, status)), said);
    assert.equal(isPending(record, "ledger-1"), true);
    assert.equal(record.head.stored_at, null);
  });
}

test("an answer that says nothing of the session ends nothing", () => {
  const record = newRecord();
  const next = nextMessage(record);
  assert.equal(applyAnswer(record, next.sent, undefined, answerTo(next, "stored"), NOW), "kept");
  assert.equal(isPending(record, "ledger-1"), true);
});

test("a record is stored only when both registers are", () => {
  const record = newRecord();
  setElement(record.state, "cmi.suspend_data", "a", 7);
  const next = nextMessage(record);
  const answer = answerTo(next, "stored");
  answer.results[0].state.status = "spooled";
  assert.equal(apply(record, next, answer), "spooled");
  assert.equal(record.time.acked, next.message.time.seq);
  assert.equal(record.head.stored_at, null);
});

test("an answer that covers nothing of what was sent takes nothing", () => {
  const record = newRecord();
  const next = nextMessage(record);
  const answer = answerTo(next, "stored");
  answer.results[0].time.seq = 0;
  assert.equal(apply(record, next, answer), "kept");
  assert.equal(isPending(record, "ledger-1"), true);
});

test("gone ends the record", () => {
  const record = newRecord();
  const next = nextMessage(record);
  assert.equal(apply(record, next, answerTo(next, "gone")), "gone");
});

test("need_all: the session goes whole, under sequences that the server cannot have", () => {
  const record = newRecord();
  record.time.spans = [[0, 1000, 1, 0], [1000, 1000, 0, 0]];
  setElement(record.state, "cmi.suspend_data", "a", 7);
  const first = nextMessage(record);
  apply(record, first, answerTo(first, "stored"));
  grow(record, 1000);
  const second = nextMessage(record);
  assert.equal(second.message.time.spans_from, 1);
  assert.equal(apply(record, second, answerTo(second, "stored", { need_all: true })), "progress");
  const third = nextMessage(record);
  const { time, state } = third.message;
  assert.deepEqual([time.base, time.spans_from, time.spans.length, time.seq], [0, 0, 2, 3]);
  assert.deepEqual([state.base, state.whole, state.set], [0, true, { "cmi.suspend_data": "a" }]);
  assert.ok(state.seq > 1);
  // an ack that was under way stands on what the server has lost
  apply(record, second, answerTo(second, "stored"));
  assert.equal(record.time.acked, 0);
  assert.equal(apply(record, third, answerTo(third, "stored")), "stored");
});

test("need_all for a session that was sent whole asks for nothing more", () => {
  const record = newRecord();
  const next = nextMessage(record);
  assert.equal(apply(record, next, answerTo(next, "stored", { need_all: true })), "stored");
});

test("records of another ledger id are pending again", () => {
  const record = newRecord();
  const first = nextMessage(record);
  apply(record, first, answerTo(first, "stored"));
  assert.equal(isPending(record, "ledger-1"), false);
  assert.equal(isPending(record, "ledger-2"), true);
});

test("an answer under another ledger id makes the running session go whole again", () => {
  const record = newRecord();
  const first = nextMessage(record);
  apply(record, first, answerTo(first, "stored"));
  grow(record, 1000);
  const second = nextMessage(record);
  assert.equal(apply(record, second, { ...answerTo(second, "stored"), ledger: "ledger-2" }), "progress");
  assert.equal(nextMessage(record).message.time.base, 0);
});

test("a part that was sent and the rest that follows an older answer have sequences of their own", () => {
  const record = newRecord();
  const { time } = record;
  time.spans = Array.from({ length: 300 }, (_, index) => [index * 2000, 1000, index % 2, 0]);
  time.measured = 300_000;
  const earlier = timeOnly(record);
  touchTime(time);
  time.measured = 300_500;
  const part = timeOnly(record);
  assert.ok(part.sent.time.cut, "there is more than fits");
  // the page is being dismissed: the answer to the earlier message comes after the part was sent by beacon
  applyAnswer(record, earlier.sent, answerTo(earlier, "stored").results[0], answerTo(earlier, "stored"), NOW);
  const rest = timeOnly(record);
  assert.notEqual(rest.message.time.spans_from, part.message.time.spans_from);
  assert.ok(rest.message.time.seq > part.message.time.seq, "the server would take it for the part, and say that it is stored");
  assert.equal(timeOnly(record).message.time.seq, rest.message.time.seq, "the same again is the same");
});

test("a time register stays below 2 kB however much has happened, the oldest entries first", () => {
  const record = newRecord();
  record.time.spans = Array.from({ length: 400 }, (_unused, index) => [index * 100_000, 90_000, index % 2, 0]);
  record.time.words = [[5000, 5000, "0000:00:05.00", 0]];
  record.time.measured = 400 * 90_000;
  const seen = new Map();
  let rounds = 0;
  for (let next = nextMessage(record); next !== null; next = nextMessage(record)) {
    const { time } = next.message;
    assert.ok(byteLength(JSON.stringify(time)) <= 2048);
    time.spans.forEach((span, offset) => seen.set(time.spans_from + offset, span));
    apply(record, next, answerTo(next, "stored"));
    rounds += 1;
    assert.ok(rounds < 50);
  }
  assert.ok(rounds > 1);
  assert.deepEqual([...seen.values()], record.time.spans);
  assert.equal(isPending(record, "ledger-1"), false);
});

test("a span that grew while older ones were sent in parts arrives with its last length", () => {
  const record = newRecord();
  record.time.spans = Array.from({ length: 200 }, (_unused, index) => [index * 100_000, 90_000, index % 2, 0]);
  const first = nextMessage(record);
  apply(record, first, answerTo(first, "stored"));
  record.time.spans[199][1] = 95_000;
  grow(record, 5000);
  let last = null;
  for (let next = nextMessage(record); next !== null; next = nextMessage(record)) {
    last = next.message.time.spans.at(-1);
    apply(record, next, answerTo(next, "stored"));
  }
  assert.deepEqual(last, [19_900_000, 95_000, 1, 0]);
});

test("state above 48 kB goes in pieces, and the sequence is stored when the last one is", () => {
  const record = newRecord();
  setElement(record.state, "cmi.suspend_data", "\u6f22".repeat(64_000), 7);
  let text = "";
  let pieces = 0;
  for (let next = nextMessage(record); next !== null; next = nextMessage(record)) {
    const { piece } = next.message.state;
    assert.equal(piece.index, pieces);
    assert.ok(byteLength(JSON.stringify(next.message)) < 52 * 1024);
    text += piece.text;
    pieces += 1;
    const answer = answerTo(next, "stored");
    if (piece.index < piece.count - 1) answer.results[0].state.status = "waiting";
    apply(record, next, answer);
  }
  assert.equal(pieces, 4);
  assert.deepEqual(JSON.parse(text).set, { "cmi.suspend_data": "\u6f22".repeat(64_000) });
});

test("what changes while pieces are under way follows them", () => {
  const record = newRecord();
  setElement(record.state, "cmi.suspend_data", "a".repeat(60_000), 7);
  const first = nextMessage(record);
  const waiting = answerTo(first, "waiting");
  waiting.results[0].time.status = "stored";
  apply(record, first, waiting);
  setElement(record.state, "cmi.core.lesson_location", "9", 7);
  const second = nextMessage(record);
  assert.deepEqual([second.message.state.seq, second.message.state.piece.index], [1, 1]);
  assert.equal(apply(record, second, answerTo(second, "stored")), "progress");
  const third = nextMessage(record);
  assert.deepEqual([third.message.state.base, third.message.state.set], [1, { "cmi.core.lesson_location": "9" }]);
});

test("a server that still waits after the last piece gets them all again", () => {
  const record = newRecord();
  setElement(record.state, "cmi.suspend_data", "a".repeat(60_000), 7);
  for (const index of [0, 1, 0, 1]) {
    const next = nextMessage(record);
    assert.equal(next.message.state.piece.index, index);
    apply(record, next, answerTo(next, "waiting"));
  }
});

test("slices tear no surrogate pair apart and stay below the limit as JSON", () => {
  const text = "\u{1f600}\"\\\n\u6f22x".repeat(50);
  const parts = slices(text, 17);
  assert.equal(parts.join(""), text);
  for (const part of parts) {
    assert.ok(byteLength(JSON.stringify(part)) - 2 <= 17);
    assert.ok(part.isWellFormed?.() ?? !/^[\udc00-\udfff]|[\ud800-\udbff]$/.test(part));
  }
});

test("in dismissal a state that does not fit waits as a whole", () => {
  const record = newRecord();
  setElement(record.state, "cmi.suspend_data", "\u6f22".repeat(64_000), 7);
  assert.deepEqual(stateWithin(record, 52_000), []);
  setElement(record.state, "cmi.suspend_data", "short", 7);
  assert.equal(stateWithin(record, 52_000).length, 1);
});

test("in dismissal the last piece of a state goes, because the others are at the server", () => {
  const record = newRecord();
  setElement(record.state, "cmi.suspend_data", "a".repeat(60_000), 7);
  const first = nextMessage(record);
  apply(record, first, answerTo(first, "waiting"));
  const rest = stateWithin(record, 52_000);
  assert.deepEqual(rest.map(({ message }) => message.state.piece.index), [1]);
});

test("findings are kept apart once each, and no more than the server takes", () => {
  const state = newState(1);
  addFinding(state, { kind: "lenient-time", element: "cmi.core.session_time", raw: "PT5S" }, 1);
  addFinding(state, { kind: "lenient-time", element: "cmi.core.session_time", raw: "PT5S" }, 1);
  assert.equal(state.findings.length, 1);
  for (let index = 0; index < 500; index += 1) addFinding(state, { kind: "odd", element: "cmi.x", raw: String(index) }, 1);
  assert.equal(state.findings.length, 200);
});

test("a lengthened register differs in its open span, its sums and its sequence only", () => {
  const time = newTime(5000, 7);
  time.spans = [[0, 1000, 1, 0], [1000, 500, 0, 0]];
  time.measured = 1500;
  time.open = 1500;
  const longer = lengthenTime(time, 2500, 3);
  assert.deepEqual([longer.seq, longer.measured, longer.open, longer.spans], [4, 4000, 4000, [[0, 1000, 1, 0], [1000, 3000, 0, 0]]]);
  assert.deepEqual(time.spans[1], [1000, 500, 0, 0]);
});
