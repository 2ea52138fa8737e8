/**
 * GetDiagnostic (RTE 1.2, 3.3; 2004 RTE 3.1): the text is the LMS's own. Ours names the element, what was given and what was
 * expected, in at most 255 characters. The texts are spelt out, because an author reads them.
 */

import assert from "node:assert/strict";
import test from "node:test";
import { open, running } from "./support.js";

/** standard, calls before, the call, its diagnostic */
const TEXTS = [
  ["scorm12", [], ["set", "cmi.core.score.raw", "abc"], 'Incorrect data type: cmi.core.score.raw: "abc" is not CMIDecimal (0 to 100) or CMIBlank'],
  ["scorm12", [], ["set", "cmi.core.score.raw", "101"], 'Incorrect data type: cmi.core.score.raw: "101" is not CMIDecimal (0 to 100) or CMIBlank'],
  ["scorm12", [], ["set", "cmi.core.lesson_status", "done"], 'Incorrect data type: cmi.core.lesson_status: "done" is not CMIVocabulary (Status): passed, completed, failed, incomplete, browsed'],
  ["scorm12", [], ["set", "cmi.core.exit", "x"], 'Incorrect data type: cmi.core.exit: "x" is not CMIVocabulary (Exit): time-out, suspend, logout, ""'],
  ["scorm12", [], ["set", "cmi.core.session_time", "NaN"], 'Incorrect data type: cmi.core.session_time: "NaN" is not CMITimespan'],
  ["scorm12", [], ["set", "cmi.core.student_id", "x"], "Element is read only: cmi.core.student_id: the LMS sets it; it can only be read"],
  ["scorm12", [], ["set", "cmi.core._children", "x"], "Invalid set value, element is a keyword: cmi.core._children: the LMS sets it; it can only be read"],
  ["scorm12", [], ["get", "cmi.core.exit"], "Element is write only: cmi.core.exit: it can only be written"],
  ["scorm12", [], ["get", "cmi.completion_status"], "Not implemented error: cmi.completion_status: no such element in this standard"],
  ["scorm12", [["set", "cmi.objectives.0.id", "o"]], ["set", "cmi.objectives.3.id", "o"], "Invalid argument error: cmi.objectives.3.id: cmi.objectives has 1 entry; the next index is 1"],
  ["scorm12", [], ["get", "cmi.objectives.0.id"], "Invalid argument error: cmi.objectives.0.id: cmi.objectives has 0 entries; the next index is 0"],
  ["scorm12", [], ["commit", "now"], 'Invalid argument error: the argument must be an empty string, not "now"'],
  ["scorm12", [], ["init", ""], "General exception: the session is running already"],
  ["scorm12", [["end", ""]], ["init", ""], "General exception: the session has ended"],
  ["scorm12", [["end", ""]], ["set", "cmi.suspend_data", "x"], "Not initialized: the session has ended"],
  ["scorm12", [], ["get", ""], "Invalid argument error: the name of an element is missing"],
  ["scorm2004", [], ["set", "cmi.score.scaled", "1.5"], 'Data Model Element Value Out Of Range: cmi.score.scaled: "1.5" is not real(10,7) range (-1..1)'],
  ["scorm2004", [], ["set", "cmi.exit", "x"], 'Data Model Element Type Mismatch: cmi.exit: "x" is not state: time-out, suspend, logout, normal, ""'],
  ["scorm2004", [["set", "cmi.interactions.0.id", "q"]], ["set", "cmi.interactions.0.learner_response", "a"], "Data Model Dependency Not Established: cmi.interactions.0.learner_response: set id and type of the entry first"],
  ["scorm2004", [], ["set", "cmi.objectives.0.success_status", "passed"], "Data Model Dependency Not Established: cmi.objectives.0.success_status: set id of the entry first"],
  ["scorm2004", [], ["get", "cmi.location"], "Data Model Element Value Not Initialized: cmi.location: nobody has set it yet"],
  ["scorm2004", [["end", ""]], ["get", "cmi.location"], "Retrieve Data After Termination: the session has ended"],
];

for (const [standard, before, [call, ...args], text] of TEXTS) {
  test(`${standard}: the diagnostic of ${call} ${args.join(" = ")}`, () => {
    const session = running(standard);
    for (const [name, ...given] of before) assert.equal(session[name](...given), "true");
    session[call](...args);
    assert.equal(session.diagnostic(""), text);
    assert.equal(session.diagnostic(session.error()), text, "the code of the last error asks for the same");
    assert.ok(text.startsWith(session.text(session.error())));
  });
}

for (const [standard, unlike] of [["scorm12", "402"], ["scorm2004", "351"]]) {
  test(`${standard}: before Initialize, and when the record could not be kept`, () => {
    const session = open(standard);
    session.commit("");
    assert.match(session.diagnostic(""), /: the session has not been initialized$/);
    session.init("");
    session.sink.answers.commit = false;
    session.commit("");
    assert.match(session.diagnostic(""), /: the record could not be kept on this device; call again$/);
    session.sink.commit = () => {
      throw new Error("storage");
    };
    session.commit("");
    assert.match(session.diagnostic(""), /: it could not be done here; call again$/);
  });

  test(`${standard}: another code than the last error's has its own text; without an error there is nothing to explain`, () => {
    const session = running(standard);
    session.get("cmi.nothing");
    assert.equal(session.diagnostic(unlike), session.text(unlike));
    session.commit("");
    assert.equal(session.diagnostic(""), session.text("0"));
    assert.equal(session.diagnostic("999"), "");
    assert.equal(session.diagnostic("__proto__"), "");
  });

  test(`${standard}: long names and values are shortened, so that 255 characters hold the reason`, () => {
    const session = running(standard);
    const status = standard === "scorm12" ? "cmi.core.lesson_status" : "cmi.completion_status";
    session.set(status, "z".repeat(70_000));
    assert.ok(session.diagnostic("").includes(`"${"z".repeat(70)}..." is not `));
    session.get(`cmi.${"x".repeat(900)}`);
    assert.ok(session.diagnostic("").endsWith("...: no such element in this standard"));
    assert.ok(session.diagnostic("").length <= 255);
  });

  test(`${standard}: a value whose text would throw is named by its kind`, () => {
    const session = running(standard);
    const location = standard === "scorm12" ? "cmi.core.lesson_location" : "cmi.location";
    session.set(location, { toString() { throw new Error("content"); } });
    assert.match(session.diagnostic(""), /"\[object Object\]" is not /);
  });
}
