/**
 * The data types of SCORM 1.2, worked out by hand from the RTE book (1.2, section 3.4, table of CMI data types) for what test suites
 * leave out. All leniencies are off here: this is the standard's letter. What is shipped beyond it is in leniency-switches.test.js.
 */

import assert from "node:assert/strict";
import test from "node:test";
import { outcome, running } from "./support.js";

const strictly = (launch = {}) => running("scorm12", { leniencies: ["-all"], ...launch });
const characters = (count) => "x".repeat(count);

/** type; what it says in 3.4; an element that has it; values of the type; others, which are 405 */
const TYPES = [
  ["CMITimespan", "HHHH:MM:SS.SS: two to four digits of hours, two of minutes, two of seconds with one or two decimals",
    "cmi.interactions.0.latency",
    ["00:00:00", "0000:00:00", "000:00:00", "12:34:56", "9999:59:59.99", "00:00:05.4", "00:00:05.40", "30:99:40", "00:00:99"],
    ["", "0:00:00", "00000:00:00", "00:0:00", "00:00:0", "00:000:00", "00:00:000", "00:00:00.", "00:00:00.123", "00:00", "00:00:00,5", "-00:00:01", "PT5S", "5", " 00:00:00", "00:00:00 ", "00:00:00\n", "٠٠:٠٠:٠٠"]],
  ["CMITimespan", "the same", "cmi.core.session_time",
    ["00:00:00", "0000:01:30.25", "9999:99:99.99"],
    ["", "0:00:05", "3 hours", "33330:30:40", "3330:330:40", "3330:30:1.34", "3330:30:40 seconds"]],
  ["CMITime", "HH:MM:SS.SS on a clock of 24 hours",
    "cmi.interactions.0.time",
    ["00:00:00", "23:59:59", "23:59:59.9", "23:59:59.99", "12:00:00.00"],
    ["", "24:00:00", "12:60:00", "12:00:60", "9:00:00", "12:00", "12:00:00.", "12:00:00.123", "12:00:00 PM", "99:03:33.4", "12:99:33.4", "2024-05-06T12:00:00"]],
  ["CMIDecimal", "a number that may have a decimal point and a minus sign; no exponent, no plus sign, no comma",
    "cmi.interactions.0.weighting",
    ["0", "-0", "2", "2.2", "-2.2", "0.0000001", "123456789", "007", "2.", ".2"],
    ["", "+2", "2,2", "1e2", "0x10", "Infinity", "NaN", "2.2.2", "--2", "- 2", ".", "-", "-.", "two", "2 ", "２"]],
  ["CMIDecimal or CMIBlank, 0 to 100", "3.4.4: scores are normalized to 0 to 100, or blank",
    "cmi.core.score.raw",
    ["", "0", "100", "99.99", "0.0", "100.0"],
    ["-1", "-0.01", "100.01", "101", "one hundred", " ", "1e2"]],
  ["CMISInteger -1 to 100", "a signed whole number; 3.4.4 audio: -1 to 100", "cmi.student_preference.audio",
    ["-1", "0", "100", "007"],
    ["-2", "101", "32769", "-50000", "1.0", "", "+1", "Foo"]],
  ["CMISInteger -100 to 100", "3.4.4 speed", "cmi.student_preference.speed", ["-100", "0", "100"], ["-101", "101", "-32769", "50.5", ""]],
  ["CMISInteger -1 to 1", "3.4.4 text", "cmi.student_preference.text", ["-1", "0", "1"], ["-2", "2", "on", ""]],
  ["CMIIdentifier", "letters, digits and marks without white space or what cannot be printed, 1 to 255 characters",
    "cmi.objectives.0.id",
    ["a", "obj-1", "O_2.b", "urn:x:1", "[]{}()", "~!@#$%^&*", "__proto__", characters(255)],
    ["", " ", "a b", " a", "a ", "a\tb", "a\u0000", "a\u007f", "ñ", "☃", characters(256)]],
  ["CMIString255", "up to 255 characters", "cmi.core.lesson_location", ["", " ", "page 7", "a\nb", characters(255)], [characters(256)]],
  ["CMIString4096", "up to 4096 characters", "cmi.suspend_data", ["", "a=1&b=2", "{\"a\":[1]}", characters(4096)], [characters(4097)]],
  ["CMIVocabulary (Status)", "3.4.4 lesson_status: `not attempted` is the LMS's", "cmi.core.lesson_status",
    ["passed", "completed", "failed", "incomplete", "browsed"],
    ["", "not attempted", "Passed", "passed ", "complete", "imcomplete", "unknown", "NA", "p", "c"]],
  ["CMIVocabulary (Status)", "3.4.4 objectives: all six", "cmi.objectives.0.status", ["passed", "completed", "failed", "incomplete", "browsed", "not attempted"], ["", "Passed", "done"]],
  ["CMIVocabulary (Exit)", "3.4.4 exit", "cmi.core.exit", ["time-out", "suspend", "logout", ""], ["normal", "Suspend", "LOGOUT", "timeout", "timeou", " "]],
  ["CMIVocabulary (Interaction)", "3.4.4 type", "cmi.interactions.0.type",
    ["true-false", "choice", "fill-in", "matching", "performance", "sequencing", "likert", "numeric"],
    ["", "TF", "Numeric", "long-fill-in", "other", "true_false"]],
  ["CMIVocabulary (Result) or CMIDecimal", "3.4.4 result", "cmi.interactions.0.result", ["correct", "wrong", "unanticipated", "neutral", "0", "95.5", "-1", "1000"], ["", "C", "WRONG", "UNanticipated", "incorrect", "1e2"]],
];

for (const [type, says, element, good, bad] of TYPES) {
  test(`3.4 ${type} (${element}): ${says}`, () => {
    for (const value of good) assert.deepEqual(outcome(strictly(), "set", element, value), ["true", "0"], JSON.stringify(value).slice(0, 40));
    for (const value of bad) {
      const session = strictly();
      const before = session.adapter.snapshot();
      assert.deepEqual(outcome(session, "set", element, value), ["false", "405"], JSON.stringify(value).slice(0, 40));
      assert.deepEqual(session.adapter.snapshot(), before);
    }
  });
}

/** 3.4, CMIFeedback: the form follows the interaction's type. type; values in its form; others */
const FEEDBACK = [
  ["true-false", ["0", "1", "t", "f"], ["true", "T", "2", "tf", "t,f", " t"]],
  ["choice", ["a", "7", "a,b", "1,2,3", "{a}", "{a,b}"], ["A", "ab", "a,", ",a", "a,,b", "{a,b", "a,b}", "{}", "12", "a b", "a;b", "ñ"]],
  ["fill-in", ["Water", "a whole sentence, with commas", "☃", " 7 ", characters(255)], [characters(256)]],
  ["matching", ["1.a", "1.a,2.b", "{1.a,2.b}", "a.1"], ["1", "1.a,2", "1a", "10.a", "1.A", "1.a;2.b", "{1.a", "1..a"]],
  ["performance", ["anything at all", "1,2 3", characters(255)], [characters(256)]],
  ["sequencing", ["a", "a,b,c", "3,1,2"], ["{a,b}", "abc", "a,B", "a,,b", "10,2"]],
  ["likert", ["a", "5"], ["10", "A", "agree", "a,b"]],
  ["numeric", ["5", "-2.5", "0.1"], ["five", "1e2", "5,1", "1:2"]],
];

for (const [type, good, bad] of FEEDBACK) {
  for (const element of ["cmi.interactions.0.student_response", "cmi.interactions.0.correct_responses.0.pattern"]) {
    test(`3.4 CMIFeedback of ${type}: ${element}`, () => {
      const session = strictly();
      session.set("cmi.interactions.0.type", type);
      for (const value of ["", ...good]) assert.deepEqual(outcome(session, "set", element, value), ["true", "0"], value);
      for (const value of bad) assert.deepEqual(outcome(session, "set", element, value), ["false", "405"], value);
    });
  }
}

test("3.4 CMIFeedback: before the type is set any text of 255 characters is one; after it the same text may be none", () => {
  const session = strictly();
  assert.deepEqual(outcome(session, "set", "cmi.interactions.0.student_response", "Water"), ["true", "0"]);
  assert.deepEqual(outcome(session, "set", "cmi.interactions.0.student_response", characters(256)), ["false", "405"]);
  session.set("cmi.interactions.0.type", "choice");
  assert.deepEqual(outcome(session, "set", "cmi.interactions.0.student_response", "Water"), ["false", "405"], "also the one that is there");
  session.set("cmi.interactions.1.type", "true-false");
  assert.deepEqual(outcome(session, "set", "cmi.interactions.1.student_response", "a"), ["false", "405"], "each interaction by its own type");
  assert.deepEqual(outcome(session, "set", "cmi.interactions.0.student_response", "a"), ["true", "0"]);
});

test("3.4 CMIFeedback: an interaction of an earlier session keeps its type", () => {
  const session = strictly({ elements: { "cmi.interactions.0.student_response": "t", "cmi.interactions.0.type": "true-false" } });
  assert.deepEqual(outcome(session, "set", "cmi.interactions.0.student_response", "Water"), ["false", "405"]);
});

test("as it is shipped, values of the types are taken without a finding", () => {
  for (const [, , element, good] of TYPES) {
    const session = running("scorm12");
    for (const value of good) assert.equal(session.set(element, value), "true");
    assert.deepEqual(session.sink.findings, [], element);
  }
});
