/**
 * SCORM 2004, element by element. Sections: RTE 4th Ed., 4.2.x in the second column, data types 4.1.1.7, error codes 3.1.7.
 */

import assert from "node:assert/strict";
import test from "node:test";
import { SCORM_2004_TABLE } from "../../../static/scorm_api/adapter/scorm2004-table.js";
import { outcome, running } from "./support.js";

const TYPE = "406";
const RANGE = "407";
/** @param {string[]} values */
const wrong = (...values) => values.map((value) => [value, TYPE]);
const out = (...values) => values.map((value) => [value, RANGE]);

const REAL = { good: ["0", "-12.5", "80", "0.1234567", ".5"], bad: wrong("", "abc", "1e3", "1,5", "--1") };
const SCALED = { good: ["-1", "0", "0.85", "1.0"], bad: [...out("1.01", "-1.5", "85"), ...wrong("", "high")] };
const MEASURE = { good: ["0", "0.5", "1"], bad: [...out("1.1", "-0.1", "50"), ...wrong("", "half")] };
const MOMENT = {
  good: ["2024", "2024-02", "2024-02-29", "2024-02-29T10", "2024-02-29T10:20", "2024-02-29T10:20:30", "2024-02-29T10:20:30.45Z", "2024-02-29T10:20:30.0+02", "2024-02-29T10:20:30.1-05:30"],
  bad: wrong("", "1969", "2039", "2023-02-29", "2024-13", "2024-02-29T24", "2024-02-29 10:20", "10:20:30", "yesterday"),
};
const COMPLETION = { good: ["completed", "incomplete", "not attempted", "unknown"], bad: wrong("complete", "complete", "", "passed") };
const SUCCESS = { good: ["passed", "failed", "unknown"], bad: wrong("completed", "Passed", "") };
const LONG_ID = { good: ["obj-1", "urn:example:obj:1", "http://example.com/a?b#c", "x".repeat(4000)], bad: wrong("", "   ", "urn:", "urn:x", "a\u0000b") };
const DESCRIPTION = { good: ["What is it?", "{lang=en-US}What is it?", "{lang=fr}", "", "{not a delimiter}"], bad: wrong("{lang=}x", "{lang=english language}x", "{lang=en") };

const LAUNCH = {
  totalTimeMs: 3_723_450, entry: "resume", masteryScore: 80, scaledPassingScore: 0.8, completionThreshold: 0.75, maxTimeAllowedMs: 5_400_000,
  timeLimitAction: "exit,no message", dataFromLms: "chapter=1",
};

/** element, section, value with a launch that says everything, error with one that says nothing ("0": it has a default) */
const READ_ONLY = [
  ["cmi._version", "4.2.1", "1.0", "0"],
  ["cmi.comments_from_learner._children", "4.2.2", "comment,location,timestamp", "0"],
  ["cmi.comments_from_learner._count", "4.2.2", "0", "0"],
  ["cmi.comments_from_lms._children", "4.2.3", "comment,location,timestamp", "0"],
  ["cmi.comments_from_lms._count", "4.2.3", "0", "0"],
  ["cmi.completion_threshold", "4.2.5", "0.75", "403"],
  ["cmi.credit", "4.2.6", "credit", "0"],
  ["cmi.entry", "4.2.7", "resume", "0"],
  ["cmi.interactions._children", "4.2.9", "id,type,objectives,timestamp,correct_responses,weighting,learner_response,result,latency,description", "0"],
  ["cmi.interactions._count", "4.2.9", "0", "0"],
  ["cmi.launch_data", "4.2.10", "chapter=1", "403"],
  ["cmi.learner_id", "4.2.11", "ana.ruiz", "0"],
  ["cmi.learner_name", "4.2.12", "Ruiz, Ana", "0"],
  ["cmi.learner_preference._children", "4.2.13", "audio_level,language,delivery_speed,audio_captioning", "0"],
  ["cmi.max_time_allowed", "4.2.15", "PT1H30M", "403"],
  ["cmi.mode", "4.2.16", "normal", "0"],
  ["cmi.objectives._children", "4.2.17", "id,score,success_status,completion_status,progress_measure,description", "0"],
  ["cmi.objectives._count", "4.2.17", "0", "0"],
  ["cmi.scaled_passing_score", "4.2.19", "0.8", "403"],
  ["cmi.score._children", "4.2.20", "scaled,raw,min,max", "0"],
  ["cmi.time_limit_action", "4.2.24", "exit,no message", "0"],
  ["cmi.total_time", "4.2.25", "PT1H2M3.45S", "0"],
  ["adl.nav.request_valid.continue", "SN", "unknown", "0"],
  ["adl.nav.request_valid.previous", "SN", "unknown", "0"],
  ["adl.nav.request_valid.choice.{target=item_1}", "SN", "unknown", "0"],
  ["adl.nav.request_valid.jump.{target=item.1}", "SN", "unknown", "0"],
  ["adl.data._children", "4.3", "id,store", "0"],
  ["adl.data._count", "4.3", "0", "0"],
];

/** element, section, value at the start (null: none, 403; undefined: cannot be read), good values, refused values with their error */
const WRITABLE = [
  ["cmi.comments_from_learner.0.comment", "4.2.2", null, { good: ["too fast", "{lang=en}too fast", ""], bad: wrong("{lang=1}x") }],
  ["cmi.comments_from_learner.0.location", "4.2.2", null, { good: ["slide 3", ""], bad: [] }],
  ["cmi.comments_from_learner.0.timestamp", "4.2.2", null, MOMENT],
  ["cmi.completion_status", "4.2.4", "unknown", COMPLETION],
  ["cmi.exit", "4.2.8", undefined, { good: ["time-out", "suspend", "logout", "normal", ""], bad: wrong("Suspend", "finish") }],
  ["cmi.interactions.0.type", "4.2.9", null, { good: ["true-false", "choice", "fill-in", "long-fill-in", "likert", "matching", "performance", "sequencing", "numeric", "other"], bad: wrong("essay", "") }],
  ["cmi.interactions.0.objectives.0.id", "4.2.9", null, LONG_ID],
  ["cmi.interactions.0.timestamp", "4.2.9", null, MOMENT],
  ["cmi.interactions.0.weighting", "4.2.9", null, REAL],
  ["cmi.interactions.0.result", "4.2.9", null, { good: ["correct", "incorrect", "unanticipated", "neutral", "0.75"], bad: wrong("wrong", "") }],
  ["cmi.interactions.0.latency", "4.2.9", null, { good: ["PT5S", "PT1M20.5S", "P1D"], bad: wrong("", "soon", "PT", "-PT5S") }],
  ["cmi.interactions.0.description", "4.2.9", null, DESCRIPTION],
  ["cmi.learner_preference.audio_level", "4.2.13", "1", { good: ["0", "2.5"], bad: [...out("-0.1"), ...wrong("loud", "")] }],
  ["cmi.learner_preference.language", "4.2.13", "", { good: ["en", "pt-BR", "zh-Hant-TW", "i-klingon", ""], bad: wrong("english language", "e", "1a", "x") }],
  ["cmi.learner_preference.delivery_speed", "4.2.13", "1", { good: ["0", "1.5"], bad: [...out("-1"), ...wrong("fast")] }],
  ["cmi.learner_preference.audio_captioning", "4.2.13", "0", { good: ["-1", "0", "1"], bad: wrong("2", "on", "") }],
  ["cmi.location", "4.2.14", null, { good: ["page 7", "", "x".repeat(1000)], bad: [] }],
  ["cmi.objectives.0.score.scaled", "4.2.17", null, SCALED],
  ["cmi.objectives.0.score.raw", "4.2.17", null, REAL],
  ["cmi.objectives.0.score.min", "4.2.17", null, REAL],
  ["cmi.objectives.0.score.max", "4.2.17", null, REAL],
  ["cmi.objectives.0.success_status", "4.2.17", "unknown", SUCCESS],
  ["cmi.objectives.0.completion_status", "4.2.17", "unknown", COMPLETION],
  ["cmi.objectives.0.progress_measure", "4.2.17", null, MEASURE],
  ["cmi.objectives.0.description", "4.2.17", null, DESCRIPTION],
  ["cmi.progress_measure", "4.2.18", null, MEASURE],
  ["cmi.score.scaled", "4.2.20", null, SCALED],
  ["cmi.score.raw", "4.2.20", null, REAL],
  ["cmi.score.min", "4.2.20", null, REAL],
  ["cmi.score.max", "4.2.20", null, REAL],
  ["cmi.session_time", "4.2.21", undefined, { good: ["PT11.43S", "PT0H0M11S", "P1Y2M3DT4H5M6.78S"], bad: wrong("", "PT", "NaN", "-PT1S") }],
  ["cmi.success_status", "4.2.22", "unknown", SUCCESS],
  ["cmi.suspend_data", "4.2.23", null, { good: ["a=1", "", "y".repeat(64000)], bad: [] }],
  ["adl.nav.request", "SN", "_none_", { good: ["continue", "previous", "exit", "exitAll", "abandon", "abandonAll", "suspendAll", "_none_", "{target=item_2}choice", "{target=item.2}jump"], bad: wrong("next", "choice", "{target=}choice", "{target=a}continue", "") }],
  ["adl.data.0.store", "4.3", null, { good: ["shared"], bad: [] }],
];

/** An open session in which interaction 0, objective 0 and one shared store are there already. */
function prepared() {
  const session = running("scorm2004", { elements: { "adl.data.0.id": "urn:x:store" } });
  session.set("cmi.interactions.0.id", "q1");
  session.set("cmi.objectives.0.id", "o1");
  session.sink.told.length = 0;
  session.sink.findings.length = 0;
  return session;
}

for (const [element, section, value, error] of READ_ONLY) {
  test(`2004 ${section} ${element} is given by the LMS and only read`, () => {
    const session = running("scorm2004", LAUNCH);
    assert.deepEqual(outcome(session, "get", element), [value, "0"]);
    assert.deepEqual(outcome(session, "set", element, "x"), ["false", "404"]);
    assert.deepEqual(outcome(session, "get", element), [value, "0"]);
    assert.deepEqual(session.sink.told, []);
    const bare = running("scorm2004");
    bare.get(element);
    assert.equal(bare.error(), error);
  });
}

for (const [element, section, initial, { good, bad }] of WRITABLE) {
  test(`2004 ${section} ${element} takes the values of its type and no others`, () => {
    const session = prepared();
    const start = initial === undefined ? ["", "405"] : initial === null ? ["", /objectives\.0\.id$|from_learner/.test(element) ? "301" : "403"] : [initial, "0"];
    assert.deepEqual(outcome(session, "get", element), start);
    for (const [value, error] of bad) assert.deepEqual(outcome(session, "set", element, value), ["false", error], JSON.stringify(value));
    assert.deepEqual(session.sink.told.filter(([what]) => what === "changed"), []);
    assert.deepEqual(outcome(session, "get", element), start, "a refused value leaves nothing behind");
    for (const value of good) {
      assert.deepEqual(outcome(session, "set", element, value), ["true", "0"], JSON.stringify(value).slice(0, 99));
      assert.deepEqual(outcome(session, "get", element), initial === undefined ? ["", "405"] : [value, "0"]);
    }
    assert.deepEqual(session.sink.findings.filter(({ kind }) => kind !== "refused-value" && kind !== "unreadable-time"), [], "good values are good without leniency");
  });
}

test("2004 4.2.9, 4.2.17: ids are URIs", () => {
  for (const [collection, sibling] of [["cmi.interactions", "result"], ["cmi.objectives", "success_status"]]) {
    for (const value of LONG_ID.good) {
      const session = running("scorm2004");
      assert.deepEqual(outcome(session, "set", `${collection}.0.id`, value), ["true", "0"]);
      assert.equal(session.get(`${collection}.0.id`), value);
    }
    for (const [value, error] of LONG_ID.bad) {
      const session = running("scorm2004");
      assert.deepEqual(outcome(session, "set", `${collection}.0.id`, value), ["false", error]);
      assert.equal(session.get(`${collection}._count`), "0");
      assert.deepEqual(outcome(session, "set", `${collection}.0.${sibling}`, "unknown"), ["false", "408"]);
    }
  }
});

test("2004: this file has every element of the table", () => {
  const tested = new Set([...READ_ONLY, ...WRITABLE].map(([element]) => element.replaceAll(".0.", ".n.").replace(/\{target=[^}]+\}$/, "{target}")));
  for (const elsewhere of [
    "cmi.comments_from_lms.n.comment", "cmi.comments_from_lms.n.location", "cmi.comments_from_lms.n.timestamp", "cmi.interactions.n.id", "cmi.objectives.n.id",
    "cmi.interactions.n.objectives._count", "cmi.interactions.n.correct_responses._count", "cmi.interactions.n.correct_responses.n.pattern",
    "cmi.interactions.n.learner_response", "cmi.objectives.n.score._children", "adl.data.n.id",
  ]) tested.add(elsewhere);
  assert.deepEqual([...SCORM_2004_TABLE.slots.keys()].filter((element) => !tested.has(element)), []);
  assert.equal(tested.size, SCORM_2004_TABLE.slots.size);
});

test("2004: every row's section is the one that this file says", () => {
  for (const [element, section] of [...READ_ONLY, ...WRITABLE].slice(1)) {
    const slot = SCORM_2004_TABLE.slots.get(element.replaceAll(".0.", ".n.").replace(/\{target=[^}]+\}$/, "{target}"));
    assert.ok(slot?.section.startsWith(section), `${element}: ${slot?.section}`);
  }
});

test("2004 3.1.7: keywords of elements that have none", () => {
  const session = running("scorm2004");
  for (const element of ["cmi.location._children", "cmi.score._count", "cmi.score._version", "cmi.location._count"]) {
    assert.deepEqual(outcome(session, "get", element), ["", "301"]);
    assert.deepEqual(outcome(session, "set", element, "1"), ["false", "404"]);
  }
  assert.deepEqual(outcome(session, "get", "cmi.nothing._children"), ["", "401"]);
  assert.deepEqual(outcome(session, "get", "cmi.score"), ["", "401"]);
});

test("2004 4.1.1: collections grow one by one, and what depends on an id waits for it", () => {
  const session = running("scorm2004");
  assert.deepEqual(outcome(session, "get", "cmi.interactions.0.id"), ["", "301"]);
  assert.deepEqual(outcome(session, "set", "cmi.interactions.1.id", "q1"), ["false", "351"]);
  assert.deepEqual(outcome(session, "set", "cmi.interactions.0.type", "choice"), ["false", "408"]);
  assert.deepEqual(outcome(session, "set", "cmi.interactions.0.objectives.0.id", "o1"), ["false", "408"]);
  assert.equal(session.get("cmi.interactions._count"), "0");
  assert.equal(session.set("cmi.interactions.0.id", "q0"), "true");
  assert.deepEqual(outcome(session, "set", "cmi.interactions.0.learner_response", "a"), ["false", "408"], "the response needs the type (4.2.9)");
  assert.deepEqual(outcome(session, "set", "cmi.interactions.0.correct_responses.0.pattern", "a"), ["false", "408"]);
  assert.equal(session.set("cmi.interactions.0.type", "choice"), "true");
  assert.equal(session.set("cmi.interactions.0.correct_responses.0.pattern", "a"), "true");
  assert.deepEqual(outcome(session, "set", "cmi.interactions.0.correct_responses.2.pattern", "b"), ["false", "351"]);
  assert.equal(session.get("cmi.interactions.0.correct_responses._count"), "1");
  assert.deepEqual(outcome(session, "get", "cmi.interactions.0.result"), ["", "403"]);
  assert.deepEqual(outcome(session, "get", "cmi.interactions.0.objectives.0.id"), ["", "301"]);
  assert.equal(session.set("cmi.interactions.0.id", "q0-renamed"), "true", "interactions keep a journal: ids may repeat and change");
});

test("2004 4.2.17: objective ids are unique and never change", () => {
  const session = running("scorm2004");
  session.set("cmi.objectives.0.id", "o1");
  assert.deepEqual(outcome(session, "set", "cmi.objectives.0.id", "o1"), ["true", "0"]);
  assert.deepEqual(outcome(session, "set", "cmi.objectives.0.id", "o2"), ["false", "351"]);
  assert.deepEqual(outcome(session, "set", "cmi.objectives.1.id", "o1"), ["false", "351"]);
  assert.equal(session.get("cmi.objectives._count"), "1");
  assert.equal(session.get("cmi.objectives.0.score._children"), "scaled,raw,min,max");
});

test("2004 4.2.9: objectives of one interaction are unique, those of two may be the same", () => {
  const session = running("scorm2004");
  for (const [element, value] of [["0.id", "q0"], ["1.id", "q1"], ["0.objectives.0.id", "o1"], ["1.objectives.0.id", "o1"]]) {
    assert.equal(session.set(`cmi.interactions.${element}`, value), "true");
  }
  assert.deepEqual(outcome(session, "set", "cmi.interactions.0.objectives.1.id", "o1"), ["false", "351"]);
  assert.equal(session.get("cmi.interactions.0.objectives._count"), "1");
});

test("2004 4.2.17: the manifest's objectives are there, with what earlier sessions set", () => {
  const session = running("scorm2004", {
    objectives: ["primary", "second", "third"],
    elements: { "cmi.objectives.0.success_status": "passed", "cmi.objectives.1.id": "third", "cmi.objectives.1.score.scaled": "0.5" },
  });
  assert.equal(session.get("cmi.objectives._count"), "3");
  assert.equal(session.get("cmi.objectives.0.id"), "primary");
  assert.equal(session.get("cmi.objectives.0.success_status"), "passed");
  assert.equal(session.get("cmi.objectives.1.id"), "third");
  assert.equal(session.get("cmi.objectives.1.score.scaled"), "0.5");
  assert.equal(session.get("cmi.objectives.2.id"), "second");
  assert.equal(session.get("cmi.objectives.2.completion_status"), "unknown");
  assert.deepEqual(session.sink.told, []);
});

test("2004 4.2.3: comments from the LMS come with the launch and are only read", () => {
  const session = running("scorm2004", { elements: { "cmi.comments_from_lms.0.comment": "Bring a pencil", "cmi.comments_from_lms.0.timestamp": "2024-01-01" } });
  assert.equal(session.get("cmi.comments_from_lms._count"), "1");
  assert.equal(session.get("cmi.comments_from_lms.0.comment"), "Bring a pencil");
  assert.deepEqual(outcome(session, "get", "cmi.comments_from_lms.0.location"), ["", "403"]);
  assert.deepEqual(outcome(session, "set", "cmi.comments_from_lms.0.comment", "x"), ["false", "404"]);
  assert.deepEqual(outcome(session, "set", "cmi.comments_from_lms.1.comment", "x"), ["false", "404"]);
});

test("2004 4.3: shared data has the stores that the manifest declares and no more", () => {
  const session = running("scorm2004", { elements: { "adl.data.0.id": "urn:x:store", "adl.data.0.store": "from another SCO" } });
  assert.equal(session.get("adl.data._count"), "1");
  assert.equal(session.get("adl.data.0.id"), "urn:x:store");
  assert.equal(session.get("adl.data.0.store"), "from another SCO");
  assert.deepEqual(outcome(session, "set", "adl.data.0.id", "other"), ["false", "404"]);
  assert.deepEqual(outcome(session, "set", "adl.data.1.store", "x"), ["false", "351"]);
});

test("2004 SN: what the launch knows of navigation is told", () => {
  const session = running("scorm2004", { elements: { "adl.nav.request_valid.continue": "true", "adl.nav.request_valid.choice.{target=item.2}": "false", "adl.nav.request": "exitAll" } });
  assert.equal(session.get("adl.nav.request_valid.continue"), "true");
  assert.equal(session.get("adl.nav.request_valid.choice.{target=item.2}"), "false");
  assert.equal(session.get("adl.nav.request_valid.choice.{target=item.3}"), "unknown");
  assert.equal(session.get("adl.nav.request"), "_none_", "a request is of its session");
  for (const element of ["adl.nav.request_valid.choice", "adl.nav.request_valid.choice.{target=}", "adl.nav.request_valid.choice.{other=1}", "adl.nav.request_valid.choice.{target}"]) {
    assert.deepEqual(outcome(session, "get", element), ["", "401"]);
  }
});

test("2004: stored elements come back, exit and session_time never", () => {
  const session = running("scorm2004", { elements: { "cmi.location": "p7", "cmi.exit": "suspend", "cmi.session_time": "PT5S", "cmi.interactions.1.id": "q1", "cmi.interactions.0.id": "q0", "cmi.interactions.0.type": "choice" } });
  assert.equal(session.get("cmi.location"), "p7");
  assert.equal(session.get("cmi.interactions._count"), "2");
  assert.equal(session.set("cmi.interactions.0.learner_response", "a"), "true", "the stored type counts");
  assert.equal(session.get("cmi.interactions.1.id"), "q1");
});
