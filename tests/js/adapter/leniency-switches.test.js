/**
 * Each leniency has a switch: what is answered with it on, and with it off, is here side by side. Off is the standard's own answer.
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { createAdapter } from "../../../static/scorm_api/adapter/create-adapter.js";
import { lenienciesOf, LENIENCIES } from "../../../static/scorm_api/adapter/leniencies.js";
import { overlay } from "../../../static/scorm_api/delivery/overlay.js";
import { exposeApis } from "../../../static/scorm_api/player/api-exposure.js";
import { activity, createDevice } from "../delivery/support.js";
import { launchData, open, running } from "./support.js";

const LONG = "x".repeat(256);
const ANSWER = [["set", "cmi.interactions.0.type", "choice"]];

/** kind, standard, calls before, the call, answer and error with the switch on, with it off, raw value of the finding */
const SWITCHES = [
  ["not-a-string", "scorm12", [], ["set", "cmi.core.score.raw", 85.5], "true 0", "false 405", "85.5"],
  ["not-a-string", "scorm12", [], ["set", "cmi.core.lesson_location", undefined], "true 0", "false 405", "undefined"],
  ["not-a-string", "scorm12", [], ["set", "cmi.suspend_data", 0], "true 0", "false 405", "0"],
  ["not-a-string", "scorm12", [], ["set", "cmi.comments", null], "true 0", "false 405", "null"],
  ["not-a-string", "scorm2004", [], ["set", "cmi.score.scaled", 1], "true 0", "false 406", "1"],
  ["missing-argument", "scorm12", [], ["commit"], "true 0", "false 201", "undefined"],
  ["missing-argument", "scorm12", [], ["end"], "true 0", "false 201", "undefined"],
  ["missing-argument", "scorm2004", [], ["commit", null], "true 0", "false 201", "null"],
  ["lenient-time", "scorm12", [], ["set", "cmi.core.session_time", "PT11.43S"], "true 0", "false 405", "PT11.43S"],
  ["lenient-time", "scorm2004", [], ["set", "cmi.session_time", "00:00:12"], "true 0", "false 406", "00:00:12"],
  ["lenient-time", "scorm12", [], ["set", "cmi.interactions.0.latency", "00:00:5"], "true 0", "false 405", "00:00:5"],
  ["lenient-moment", "scorm12", [], ["set", "cmi.interactions.0.time", "9:05:00"], "true 0", "false 405", "9:05:00"],
  ["lenient-moment", "scorm2004", [["set", "cmi.interactions.0.id", "q"]], ["set", "cmi.interactions.0.timestamp", "2024-05-06T07:08:09.123Z"], "true 0", "false 406", "2024-05-06T07:08:09.123Z"],
  ["over-spm", "scorm12", [], ["set", "cmi.core.lesson_location", LONG], "true 0", "false 405", "256 characters"],
  ["over-spm", "scorm12", [], ["set", "cmi.suspend_data", "x".repeat(4097)], "true 0", "false 405", "4097 characters"],
  ["over-spm", "scorm12", [["set", "cmi.comments", "x".repeat(4096)]], ["set", "cmi.comments", "x"], "true 0", "false 405", "4097 characters"],
  ["over-spm", "scorm12", ANSWER, ["set", "cmi.interactions.0.student_response", LONG], "true 0", "false 405", "256 characters"],
  ["over-spm", "scorm2004", [], ["set", "cmi.location", "x".repeat(1001)], "true 0", "false 406", "1001 characters"],
  ["identifier-form", "scorm12", [], ["set", "cmi.objectives.0.id", "My first objective"], "true 0", "false 405", "My first objective"],
  ["identifier-form", "scorm2004", [], ["set", "cmi.objectives.0.id", "My first objective"], "true 0", "false 406", "My first objective"],
  ["feedback-form", "scorm12", ANSWER, ["set", "cmi.interactions.0.student_response", "1,2,12"], "true 0", "false 405", "1,2,12"],
  ["feedback-form", "scorm12", ANSWER, ["set", "cmi.interactions.0.correct_responses.0.pattern", "Paris"], "true 0", "false 405", "Paris"],
  ["status-typo", "scorm12", [], ["set", "cmi.core.lesson_status", "imcomplete"], "true 0", "false 405", "imcomplete"],
  ["status-typo", "scorm12", [["set", "cmi.objectives.0.id", "o"]], ["set", "cmi.objectives.0.status", "imcomplete"], "true 0", "false 405", "imcomplete"],
  ["status-typo", "scorm2004", [], ["set", "cmi.completion_status", "imcomplete"], "true 0", "false 406", "imcomplete"],
  ["word-case", "scorm12", [], ["set", "cmi.core.lesson_status", " Passed"], "true 0", "false 405", " Passed"],
  ["word-case", "scorm2004", [], ["set", "cmi.success_status", "PASSED"], "true 0", "false 406", "PASSED"],
  ["foreign-word", "scorm12", [], ["set", "cmi.core.exit", "normal"], "true 0", "false 405", "normal"],
  ["foreign-word", "scorm12", [], ["set", "cmi.interactions.0.result", "incorrect"], "true 0", "false 405", "incorrect"],
  ["foreign-word", "scorm12", [], ["set", "cmi.interactions.0.type", "long-fill-in"], "true 0", "false 405", "long-fill-in"],
  ["foreign-word", "scorm2004", [["set", "cmi.interactions.0.id", "q"]], ["set", "cmi.interactions.0.result", "wrong"], "true 0", "false 406", "wrong"],
];

/** In one session, with one switch. */
function answered(standard, word, before, [call, ...args]) {
  const session = running(standard, { leniencies: [word] });
  for (const [name, ...given] of before) assert.equal(session[name](...given), "true", given[0]);
  session.sink.told.length = 0;
  const snapshot = session.adapter.snapshot();
  return { answer: `${session[call](...args)} ${session.error()}`, session, snapshot };
}

for (const [kind, standard, before, call, on, off, raw] of SWITCHES) {
  test(`${standard} ${kind}: ${call.map((part) => String(part).slice(0, 30)).join(" ")}`, () => {
    const lenient = answered(standard, `+${kind}`, before, call);
    assert.equal(lenient.answer, on);
    assert.deepEqual(lenient.session.sink.findings.filter((finding) => finding.kind === kind).map((finding) => finding.raw), [raw]);

    const strict = answered(standard, `-${kind}`, before, call);
    assert.equal(strict.answer, off);
    assert.deepEqual(strict.session.adapter.snapshot(), strict.snapshot, "nothing is left behind");
    assert.deepEqual(strict.session.sink.told.filter(([what]) => what !== "time"), []);
    assert.ok(strict.session.sink.findings.every((finding) => finding.kind !== kind));

    const all = answered(standard, "-all", before, call);
    assert.equal(all.answer, off);
  });
}

test("every switch is in this file: not-finished below, and unset-exit where the next session is planned (overlay, attempts)", () => {
  const tested = new Set([...SWITCHES.map(([kind]) => kind), "not-finished", "unset-exit"]);
  assert.deepEqual(LENIENCIES.filter(({ on }) => on !== null).map(({ kind }) => kind).filter((kind) => !tested.has(kind)), []);
});

for (const [standard, code] of [["scorm12", "101"], ["scorm2004", "103"]]) {
  test(`${standard} not-finished: a frame that was loaded anew while the session runs`, () => {
    const lenient = running(standard);
    lenient.adapter.documentChanged();
    assert.equal(lenient.init(""), "true");
    assert.deepEqual(lenient.sink.findings.map(({ kind }) => kind), ["not-finished"]);

    const strict = running(standard, { leniencies: ["-not-finished"] });
    strict.adapter.documentChanged();
    assert.deepEqual([strict.init(""), strict.error()], ["false", code]);
    assert.deepEqual(strict.sink.told, []);
    strict.end("");
    assert.equal(strict.init(""), "true", "a session that was ended is followed by another one all the same");
  });
}

test("a time that is refused is told as one that nobody can read, so the player's clock stands in", () => {
  const session = running("scorm12", { leniencies: ["-lenient-time"] });
  session.set("cmi.core.session_time", "PT11.43S");
  assert.deepEqual(session.sink.told, [["time", "PT11.43S", null, false]]);
  assert.deepEqual(session.sink.findings, [{ kind: "unreadable-time", element: "cmi.core.session_time", raw: "PT11.43S" }]);
  assert.equal(session.set("cmi.core.session_time", "0000:00:11.43"), "true");
});

test("a word that stands for another is kept as that one", () => {
  const on = { leniencies: ["+all"] };
  const first = running("scorm12", on);
  first.set("cmi.core.lesson_status", "imcomplete");
  assert.equal(first.get("cmi.core.lesson_status"), "incomplete");
  first.set("cmi.core.lesson_status", "COMPLETED ");
  assert.equal(first.get("cmi.core.lesson_status"), "completed");
  first.set("cmi.core.exit", "normal");
  first.set("cmi.interactions.0.result", "incorrect");
  assert.deepEqual(first.sink.told.map(([, , value]) => value), ["incomplete", "completed", "", "wrong"]);
  const second = running("scorm2004", on);
  second.set("cmi.interactions.0.id", "q");
  second.set("cmi.interactions.0.result", "wrong");
  assert.equal(second.get("cmi.interactions.0.result"), "incorrect");
});

test("`imcomplete` and then LMSFinish is no completed course", () => {
  const session = running("scorm12");
  session.set("cmi.core.lesson_status", "imcomplete");
  session.end("");
  assert.equal(session.adapter.snapshot()["cmi.core.lesson_status"], "incomplete");
});

test("by default those are on that published courses need", () => {
  const on = ["not-a-string", "missing-argument", "lenient-time", "lenient-moment", "over-spm", "identifier-form", "feedback-form", "status-typo", "not-finished", "unset-exit"];
  assert.deepEqual([...lenienciesOf()].sort(), on.toSorted());
  assert.deepEqual(lenienciesOf([]), lenienciesOf());
});

test("switches are taken one after the other; words that nobody knows change nothing", () => {
  assert.deepEqual([...lenienciesOf(["-all", "+over-spm", "+lenient-time", "-over-spm"])], ["lenient-time"]);
  assert.deepEqual(lenienciesOf(["+all", "-word-case", "-foreign-word"]), lenienciesOf());
  assert.deepEqual(lenienciesOf(["over-spm", "-", "+refused-value", "__proto__", ""]), lenienciesOf());
});

test("more entries than promised are no error in either standard: with the switch off they are kept, too, and flagged", () => {
  const session = running("scorm2004", { leniencies: ["-all"] });
  for (let i = 0; i <= 100; i++) assert.equal(session.set(`cmi.objectives.${i}.id`, `o${i}`), "true");
  assert.deepEqual(session.sink.findings, [{ kind: "over-spm", element: "cmi.objectives.100.id", raw: "o100" }]);
});

test("what the launch says of them holds for later sessions of the page, too", () => {
  const data = launchData({ leniencies: ["-all"] });
  const start = { id: "item_1", attempt: "a", standard: "scorm12", order: 1, data };
  assert.deepEqual(overlay("reg", start, []).data.leniencies, ["-all"]);

  const session = open("scorm12", data);
  session.init("");
  session.end("");
  session.adapter.documentChanged();
  session.init("");
  assert.equal(session.set("cmi.core.score.raw", 5), "false");
});

test("from the launch's answer through the journal's overlay and the player to what the content finds", () => {
  for (const [leniencies, answer] of [[undefined, "true"], [["-all"], "false"], [["-all", "+not-a-string"], "true"]]) {
    const { data: blank } = activity();
    const keeper = createDevice().page();
    const { recorder, data } = keeper.launch({ start: { data: leniencies === undefined ? blank : { ...blank, leniencies } } });
    const page = {};
    exposeApis(page, keeper.start, data, recorder, createAdapter, () => 1);
    page.API.LMSInitialize("");
    assert.equal(page.API.LMSSetValue("cmi.core.score.raw", 85.5), answer);
  }
});

test("docs/conformance.md has a row for every switch, with what it is by default", () => {
  const page = readFileSync(new URL("../../../docs/conformance.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \| (on|off) \|/gm)].map(([, kind, on]) => [kind, on]);
  const switches = LENIENCIES.filter(({ on }) => on !== null).map(({ kind, on }) => [kind, on ? "on" : "off"]);
  assert.deepEqual(rows.toSorted(), switches.toSorted());
});
