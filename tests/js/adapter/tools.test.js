/**
 * What the authoring tools really do, call by call, as measured on published packages: each script runs without one refused
 * call that the tool did not earn, and time, status and place arrive as it meant them.
 */

import assert from "node:assert/strict";
import test from "node:test";
import { outcome, running } from "./support.js";

/**
 * @param {ReturnType<typeof running>} session
 * @param {[string, unknown][]} sets
 */
function setAll(session, sets) {
  for (const [element, value] of sets) assert.deepEqual(outcome(session, "set", element, value), ["true", "0"], `${element} = ${String(value)}`);
}

const times = (session) => session.sink.told.filter(([what]) => what === "time").map(([, raw, ms, lenient]) => [raw, ms, lenient]);
const kinds = (session) => session.sink.findings.map(({ kind, element }) => [kind, element]);

test("Storyline 3.89, SCORM 1.2: status first, time every minute, Finish in pagehide", () => {
  const session = running("scorm12", { elements: { "cmi.suspend_data": "2j6e5f4d", "cmi.core.lesson_status": "incomplete" }, entry: "resume" });
  assert.equal(session.get("cmi.core.lesson_mode"), "normal");
  assert.equal(session.get("cmi.core.lesson_status"), "incomplete");
  assert.equal(session.get("cmi.suspend_data"), "2j6e5f4d");
  setAll(session, [["cmi.core.lesson_status", "incomplete"], ["cmi.core.exit", "suspend"], ["cmi.suspend_data", "3k7f"], ["cmi.core.session_time", "0000:01:00.4"]]);
  assert.equal(session.commit(""), "true");
  setAll(session, [["cmi.suspend_data", "4l8g"], ["cmi.core.session_time", "0000:01:10.18"], ["cmi.core.exit", "suspend"]]);
  assert.equal(session.commit(""), "true");
  assert.equal(session.end(""), "true");
  assert.deepEqual(times(session), [["0000:01:00.4", 60_400, false], ["0000:01:10.18", 70_180, false]]);
  assert.deepEqual(kinds(session), []);
});

test("Storyline, SCORM 2004: the same, and questions with their answers", () => {
  const session = running("scorm2004");
  assert.deepEqual(outcome(session, "get", "cmi.suspend_data"), ["", "403"]);
  assert.equal(session.get("cmi.mode"), "normal");
  assert.equal(session.get("cmi.interactions._count"), "0");
  setAll(session, [
    ["cmi.completion_status", "incomplete"], ["cmi.exit", "suspend"], ["cmi.suspend_data", "2j6e"],
    ["cmi.interactions.0.id", "Scene1_Slide3_MultiChoice_0_0"], ["cmi.interactions.0.type", "choice"], ["cmi.interactions.0.learner_response", "Choice_B"],
    ["cmi.interactions.0.result", "incorrect"], ["cmi.interactions.0.correct_responses.0.pattern", "Choice_A"], ["cmi.interactions.0.description", "Which one?"],
    ["cmi.interactions.0.weighting", "10"], ["cmi.interactions.0.latency", "PT4.2S"], ["cmi.interactions.0.timestamp", "2024-05-06T07:08:09.5+02"], ["cmi.interactions.0.objectives.0.id", "Quiz_1"],
    ["cmi.session_time", "PT11.43S"],
  ]);
  assert.equal(session.end(""), "true");
  assert.deepEqual(times(session), [["PT11.43S", 11_430, false]]);
  assert.deepEqual(kinds(session), []);
});

test("Rise: heartbeat of 60 s, then nothing at unload", () => {
  const session = running("scorm12");
  assert.equal(session.get("cmi.core.lesson_location"), "");
  setAll(session, [["cmi.core.lesson_status", "incomplete"], ["cmi.core.lesson_location", "index.html#/lessons/xyz"], ["cmi.suspend_data", '{"v":2,"d":[123]}'], ["cmi.core.exit", "suspend"], ["cmi.core.session_time", "0000:01:00.0"]]);
  assert.equal(session.commit(""), "true");
  assert.equal(session.end(""), "true");
  assert.deepEqual(times(session), [["0000:01:00.0", 60_000, false]]);
  assert.equal(session.get("cmi.core.lesson_status"), "", "after the end nothing is read");
  assert.deepEqual(session.sink.told.at(-1), ["terminate"]);
  assert.deepEqual(kinds(session), []);
});

test("Captivate: place and state at each slide, time twice with Commit twice", () => {
  const session = running("scorm12", { masteryScore: 80 });
  assert.equal(session.get("cmi.core.entry"), "ab-initio");
  assert.equal(session.get("cmi.core.student_name"), "Ruiz, Ana");
  assert.equal(session.get("cmi.student_data.mastery_score"), "80");
  for (const slide of ["1", "2", "3"]) setAll(session, [["cmi.core.lesson_location", `Slide ${slide}`], ["cmi.suspend_data", `A${slide}B`]]);
  setAll(session, [
    ["cmi.core.lesson_status", "incomplete"], ["cmi.core.score.min", "0"], ["cmi.core.score.max", "100"], ["cmi.core.score.raw", "0"],
    ["cmi.core.session_time", "0000:00:11.89"], ["cmi.core.exit", "suspend"],
  ]);
  assert.equal(session.commit(""), "true");
  setAll(session, [["cmi.core.session_time", "0000:00:11.89"]]);
  assert.equal(session.commit(""), "true");
  assert.equal(session.end(""), "true");
  assert.deepEqual(times(session).map(([, ms]) => ms), [11_890, 11_890]);
  assert.equal(session.adapter.snapshot()["cmi.core.lesson_status"], "incomplete");
});

test("iSpring, SCORM 2004: saves many times, asks to exit all", () => {
  const session = running("scorm2004");
  for (let second = 1; second <= 20; second++) {
    setAll(session, [["cmi.completion_status", "incomplete"], ["cmi.suspend_data", `s${second}`], ["cmi.progress_measure", String(second / 20)], ["cmi.session_time", `PT0H0M${second}S`]]);
    assert.equal(session.commit(""), "true");
  }
  setAll(session, [["cmi.score.scaled", "0.9"], ["cmi.score.raw", "90"], ["cmi.score.min", "0"], ["cmi.score.max", "100"], ["cmi.success_status", "passed"], ["cmi.exit", "normal"], ["adl.nav.request", "exitAll"]]);
  assert.equal(session.end(""), "true");
  assert.equal(times(session).length, 20);
  assert.deepEqual(times(session).at(-1), ["PT0H0M20S", 20_000, false]);
  assert.ok(session.sink.told.some(([what, element, value]) => what === "changed" && element === "adl.nav.request" && value === "exitAll"));
  assert.deepEqual(kinds(session), []);
});

test("iSpring, SCORM 1.2", () => {
  const session = running("scorm12");
  setAll(session, [["cmi.core.lesson_status", "incomplete"], ["cmi.suspend_data", "eyJhIjoxfQ=="], ["cmi.core.session_time", "00:00:11"], ["cmi.core.exit", "suspend"]]);
  assert.equal(session.end(""), "true");
  assert.deepEqual(times(session), [["00:00:11", 11_000, false]]);
});

test("Lectora 19: everything once, at the end, in beforeunload", () => {
  const session = running("scorm12");
  for (const element of ["cmi.core.lesson_status", "cmi.core.lesson_location", "cmi.core.student_name", "cmi.suspend_data"]) {
    session.get(element);
    assert.equal(session.error(), "0");
  }
  setAll(session, [["cmi.core.lesson_status", "incomplete"], ["cmi.core.lesson_location", "a001_page_2.html"], ["cmi.core.session_time", "00:00:11"]]);
  assert.equal(session.commit(""), "true");
  assert.equal(session.end(""), "true");
  assert.deepEqual(kinds(session), []);
});

test("Articulate Presenter 6: a tenth of a second without its zero, at the start", () => {
  const session = running("scorm12");
  setAll(session, [["cmi.core.lesson_status", "incomplete"], ["cmi.core.session_time", "0000:00:00.6"], ["cmi.core.exit", "suspend"], ["cmi.core.session_time", "0000:00:12.3"]]);
  assert.equal(session.end(""), "true");
  assert.deepEqual(times(session).map(([, ms]) => ms), [600, 12_300]);
});

test("Adapt: the language, and an empty exit", () => {
  for (const [standard, names] of [
    ["scorm12", { status: "cmi.core.lesson_status", location: "cmi.core.lesson_location", language: "cmi.student_preference.language", exit: "cmi.core.exit", time: "cmi.core.session_time", value: "0000:00:10.49", preference: "cmi.student_preference._children" }],
    ["scorm2004", { status: "cmi.completion_status", location: "cmi.location", language: "cmi.learner_preference.language", exit: "cmi.exit", time: "cmi.session_time", value: "PT10.49S", preference: "cmi.learner_preference._children" }],
  ]) {
    const session = running(standard);
    assert.match(session.get(names.preference), /language/);
    assert.deepEqual(outcome(session, "get", names.language), ["", "0"]);
    setAll(session, [[names.language, "en"], [names.status, "incomplete"], ["cmi.suspend_data", '{"c":"oQEA"}'], [names.location, "m05"], [names.exit, ""], [names.time, names.value]]);
    assert.equal(session.commit(""), "true");
    assert.equal(session.end(""), "true");
    assert.deepEqual(times(session), [[names.value, 10_490, false]]);
    assert.ok(session.sink.told.some(([, element, value]) => element === names.exit && value === ""), "an exit that was set to nothing was set");
    assert.deepEqual(kinds(session), []);
  }
});

test("ActivePresenter: scores as numbers", () => {
  const session = running("scorm2004");
  setAll(session, [["cmi.completion_status", "completed"], ["cmi.success_status", "passed"], ["cmi.score.scaled", 0.85], ["cmi.score.raw", 85], ["cmi.score.min", 0], ["cmi.score.max", 100], ["cmi.session_time", "PT0H0M12S"]]);
  assert.equal(session.get("cmi.score.scaled"), "0.85");
  assert.equal(session.end(""), "true");
  assert.deepEqual(kinds(session), ["scaled", "raw", "min", "max"].map((part) => ["not-a-string", `cmi.score.${part}`]));
});

test("eXeLearning: exit written twice", () => {
  const old = running("scorm12");
  setAll(old, [["cmi.core.session_time", "0000:00:09.49"], ["cmi.core.exit", "suspend"], ["cmi.core.lesson_status", "completed"], ["cmi.core.exit", "logout"]]);
  assert.equal(old.end(""), "true");
  assert.deepEqual(kinds(old), []);
  const session = running("scorm2004");
  setAll(session, [["cmi.session_time", "PT11.87S"], ["cmi.exit", "suspend"], ["cmi.completion_status", "completed"], ["cmi.success_status", "passed"], ["cmi.exit", "normal"]]);
  assert.equal(session.end(""), "true");
  assert.deepEqual(session.sink.told.filter(([, element]) => element === "cmi.exit").map(([, , value]) => value), ["suspend", "normal"]);
});

test("Camtasia 8.5: a number as state, undefined as place, never a time", () => {
  const session = running("scorm12");
  assert.equal(session.get("cmi.core.lesson_status"), "not attempted");
  setAll(session, [["cmi.core.lesson_status", "incomplete"], ["cmi.suspend_data", 0], ["cmi.core.lesson_location", undefined]]);
  assert.equal(session.get("cmi.core.lesson_location"), "", "not the word undefined, which it would read back at the next visit");
  assert.equal(session.end(""), "true");
  assert.deepEqual(times(session), []);
  assert.deepEqual(kinds(session), [["not-a-string", "cmi.suspend_data"], ["not-a-string", "cmi.core.lesson_location"]]);
});

test("H5P export: status, exit, no time", () => {
  const session = running("scorm12");
  setAll(session, [["cmi.core.lesson_status", "incomplete"], ["cmi.core.exit", "suspend"]]);
  assert.equal(session.commit(""), "true");
  assert.equal(session.end(""), "true");
  assert.deepEqual(times(session), []);
});

test("Rustici's golf example: a number as location, whole seconds", () => {
  const session = running("scorm12");
  setAll(session, [["cmi.core.lesson_status", "incomplete"], ["cmi.core.lesson_location", 3], ["cmi.core.session_time", "0000:00:11.00"], ["cmi.core.exit", "suspend"]]);
  assert.equal(session.get("cmi.core.lesson_location"), "3");
  assert.equal(session.end(""), "true");
  const later = running("scorm2004");
  setAll(later, [["cmi.location", 3], ["cmi.completion_status", "incomplete"], ["cmi.session_time", "PT10.7S"], ["cmi.exit", "suspend"], ["adl.nav.request", "suspendAll"]]);
  assert.equal(later.end(""), "true");
  assert.deepEqual(times(later), [["PT10.7S", 10_700, false]]);
});

test("what is written after the end is refused and changes nothing", () => {
  const session = running("scorm12");
  session.end("");
  const told = session.sink.told.length;
  for (const [element, value] of [["cmi.core.session_time", "00:00:12"], ["cmi.suspend_data", "late"]]) assert.deepEqual(outcome(session, "set", element, value), ["false", "301"]);
  assert.equal(session.end(""), "false");
  assert.equal(session.sink.told.length, told);
});
