/**
 * What ADL's test content asks and the letter of the RTE book leaves to be looked up, by hand: shared data, languages, moments,
 * intervals, identifiers, patterns that must differ. Sections: RTE 4th Ed. v1.1; SN is the sequencing and navigation book.
 */

import assert from "node:assert/strict";
import test from "node:test";
import { outcome, running } from "./support.js";

const ACCEPTED = ["true", "0"];
const WRONG = ["false", "406"];

/** An objective and two interactions, of the types that a row needs. @param {string} type @param {string[]} [leniencies] */
function begun(type, leniencies = ["-all"]) {
  const session = running("scorm2004", { leniencies });
  for (const [element, value] of [["cmi.objectives.0.id", "o"], ["cmi.interactions.0.id", "q"], ["cmi.interactions.0.type", type]]) assert.equal(session.set(element, value), "true");
  return session;
}

const STORES = [
  { id: "both", value: null, readable: true, writable: true },
  { id: "read", value: "theirs", readable: true, writable: false },
  { id: "write", value: "theirs", readable: false, writable: true },
  { id: "none", value: "theirs", readable: false, writable: false },
  { id: "empty", value: "", readable: true, writable: true },
];

/** call, element, value, answer and code; 4.3 (adl.data), one session each */
const SHARED = [
  ["get", "adl.data._count", undefined, "5", "0"],
  ["get", "adl.data._children", undefined, "id,store", "0"],
  ["get", "adl.data.0.id", undefined, "both", "0"],
  ["get", "adl.data.3.id", undefined, "none", "0"],
  ["get", "adl.data.0.store", undefined, "", "403"],
  ["get", "adl.data.1.store", undefined, "theirs", "0"],
  ["get", "adl.data.2.store", undefined, "", "405"],
  ["get", "adl.data.3.store", undefined, "", "405"],
  ["get", "adl.data.4.store", undefined, "", "403"],
  ["get", "adl.data.5.store", undefined, "", "301"],
  ["get", "adl.data", undefined, "", "401"],
  ["set", "adl.data.0.store", "mine", "true", "0"],
  ["set", "adl.data.1.store", "mine", "false", "404"],
  ["set", "adl.data.2.store", "mine", "true", "0"],
  ["set", "adl.data.3.store", "mine", "false", "404"],
  ["set", "adl.data.0.id", "other", "false", "404"],
  ["set", "adl.data.5.store", "mine", "false", "351"],
  ["set", "adl.data._count", "9", "false", "404"],
];

for (const [call, element, value, answer, code] of SHARED) {
  test(`2004 4.3: ${call} ${element} answers ${JSON.stringify(answer)}, ${code}`, () => {
    const session = running("scorm2004", { sharedData: STORES, elements: { "adl.data.0.id": "stale", "adl.data.0.store": "stale", "adl.data.5.store": "stale" } });
    assert.deepEqual(outcome(session, call, element, ...(value === undefined ? [] : [value])), [answer, code]);
  });
}

test("2004 4.3: what was written is read; an empty string is as good as nothing", () => {
  const session = running("scorm2004", { sharedData: STORES });
  session.set("adl.data.0.store", "mine");
  assert.deepEqual(outcome(session, "get", "adl.data.0.store"), ["mine", "0"]);
  assert.deepEqual(outcome(session, "set", "adl.data.0.store", ""), ACCEPTED);
  assert.deepEqual(outcome(session, "get", "adl.data.0.store"), ["", "403"]);
});

/** 4.1.1.7 language_type, in cmi.learner_preference.language (4.2.13) and before a localized string (cmi.objectives.n.description, 4.2.17) */
const LANGUAGES = {
  good: ["en", "en-US", "EN-us", "fr-CA", "eng", "fre", "fra", "deu", "zh-Hans-CN", "i-klingon", "x-mine", "qaa", "qtz", "iw", "sr-Latn"],
  bad: ["frl", "exg", "sp", "ruq-JM", "xx", "qua1", "e", "en_US", "english", "en-", "quq"],
};

for (const [kind, expected] of [["good", ACCEPTED], ["bad", WRONG]]) {
  for (const language of LANGUAGES[kind]) {
    test(`2004 4.1.1.7 language_type: ${language} is ${kind}`, () => {
      const session = begun("other");
      assert.deepEqual(outcome(session, "set", "cmi.learner_preference.language", language), expected);
      assert.deepEqual(outcome(session, "set", "cmi.objectives.0.description", `{lang=${language}}x`), expected);
    });
  }
}

/** 4.1.1.7 time(second,10,0) */
const MOMENTS = {
  good: ["2004-04-01T15", "2004-04-01T09:45", "2004-04-01T09:45:58", "2004-04-01T09:45:58.2Z", "2004-04-01T09:45:58.25+03", "2004-04-01T09:45:58.25-03:30", "2004-02-29"],
  bad: ["2004-04-01T15Z", "2004-04-01T09:45+03", "2004-04-01T09:45:58Z", "2004-04-01T09:45:58+02:30", "2004-04-01T09:45:58.025", "2004-04-01T09:45:58.025+02", "2004-04-01T09:45:58.1234Z", "2003-02-29"],
};

for (const [kind, expected] of [["good", ACCEPTED], ["bad", WRONG]]) {
  for (const moment of MOMENTS[kind]) {
    test(`2004 4.1.1.7 time(second,10,0): ${moment} is ${kind}, lenient or not`, () => {
      for (const leniencies of [["-all"], []]) assert.deepEqual(outcome(begun("other", leniencies), "set", "cmi.interactions.0.timestamp", moment), expected);
    });
  }
}

test("2004: of other moments only toISOString's form is kept, and only leniently", () => {
  assert.deepEqual(outcome(begun("other", []), "set", "cmi.interactions.0.timestamp", "2004-04-01T09:45:58.025Z"), ACCEPTED);
  assert.deepEqual(outcome(begun("other"), "set", "cmi.interactions.0.timestamp", "2004-04-01T09:45:58.025Z"), WRONG);
});

for (const interval of ["1Y6M14DT4H15M6.34S", "P1Y6M14DT", "4H", "PT"]) {
  test(`2004 4.1.1.7 timeinterval(second,10,2): ${interval} is broken, lenient or not; as a session_time nobody's guess`, () => {
    for (const leniencies of [["-all"], []]) {
      const session = begun("other", leniencies);
      session.sink.told.length = 0;
      assert.deepEqual(outcome(session, "set", "cmi.interactions.0.latency", interval), WRONG);
      assert.deepEqual(outcome(session, "set", "cmi.session_time", interval), WRONG);
      assert.deepEqual(session.sink.told, [["time", interval, null, false]]);
    }
  });
}

/** element, value, good; 4.1.1.7 long_ and short_identifier_type */
const IDENTIFIERS = [
  ["cmi.objectives.1.id", "urn:adl:lmsTest/OBJ01", true],
  ["cmi.objectives.1.id", "urn:adl:lms Test/OBJ01", false],
  ["cmi.objectives.1.id", "URN:adl", false],
  ["cmi.objectives.1.id", "http://example.com/a?b=c#d", true],
  ["cmi.interactions.0.learner_response", "a[,]b", true],
  ["cmi.interactions.0.learner_response", "{}{[]}{}", false],
  ["cmi.interactions.0.learner_response", "a[.]b[,]c", false],
];

for (const [element, value, good] of IDENTIFIERS) {
  test(`2004 4.1.1.7 identifiers: ${value} in ${element} is ${good ? "one" : "none"}, lenient or not`, () => {
    for (const leniencies of [["-all"], []]) assert.deepEqual(outcome(begun("choice", leniencies), "set", element, value), good ? ACCEPTED : WRONG);
  });
}

/** type, first pattern, second one, the second one's code; 4.2.9.1 */
const SECOND_PATTERNS = [
  ["choice", "a[,]b", "b[,]a", "351"],
  ["choice", "a[,]b", "a[,]c", "0"],
  ["sequencing", "a[,]b", "a[,]b", "351"],
  ["sequencing", "a[,]b", "b[,]a", "0"],
  ["fill-in", "a", "a", "0"],
  // A second one of a type that has one: that is said before its form is looked at.
  ["true-false", "true", "neither", "351"],
  ["numeric", "1[:]2", "100,000.00", "351"],
];

for (const [type, first, second, code] of SECOND_PATTERNS) {
  test(`2004 4.2.9.1: ${type}, after ${first} a second pattern ${second} is ${code}`, () => {
    const session = begun(type);
    assert.equal(session.set("cmi.interactions.0.correct_responses.0.pattern", first), "true");
    session.set("cmi.interactions.0.correct_responses.1.pattern", second);
    assert.equal(session.error(), code);
    assert.equal(session.get("cmi.interactions.0.correct_responses._count"), code === "0" ? "2" : "1");
    assert.deepEqual(outcome(session, "set", "cmi.interactions.0.correct_responses.0.pattern", first), ACCEPTED, "the same again is no twin of itself");
  });
}

/** type, pattern, good; 4.2.9.1, the delimiters before a pattern */
const DELIMITERS = [
  ["long-fill-in", "{case_matters=true}{lang=en}x", true],
  ["long-fill-in", `{lang=en}{case_matters=true}${"x".repeat(4000)}`, true],
  ["long-fill-in", `{lang=en}{case_matters=true}${"x".repeat(4001)}`, false],
  ["long-fill-in", "{case_matters=maybe}x", false],
  ["fill-in", "{order_matters=false}{lang=en}{case_matters=true}a[,]{lang=fr}b", true],
  ["fill-in", "{order_matters=no}{lang=en}a", false],
  ["fill-in", "{lang=sp}{order_matters=false}a", false],
  // Once the language is named the text has begun: so ADL's DMI, activity 3, commands 729 to 747.
  ["fill-in", "{lang=en}{case_matters=maybe}a", true],
];

for (const [type, pattern, good] of DELIMITERS) {
  test(`2004 4.2.9.1: ${type} ${pattern.slice(0, 60)} (${pattern.length} characters) is ${good ? "good" : "wrong"}`, () => {
    assert.deepEqual(outcome(begun(type), "set", "cmi.interactions.0.correct_responses.0.pattern", pattern), good ? ACCEPTED : WRONG);
  });
}

test("2004 4.2.9.2 performance: 250 steps are promised", () => {
  const steps = (number) => Array.from({ length: number }, (_, i) => `s${i}[.]x`).join("[,]");
  for (const [number, kinds] of [[250, []], [251, ["over-spm"]]]) {
    const session = begun("performance", []);
    assert.deepEqual(outcome(session, "set", "cmi.interactions.0.learner_response", steps(number)), ACCEPTED);
    assert.deepEqual(session.sink.findings.map(({ kind }) => kind), kinds);
  }
});

test("2004 3.1.7: an index with a leading zero leads to no entry, but the element exists", () => {
  const session = begun("choice");
  assert.deepEqual(outcome(session, "set", "cmi.interactions.01.id", "x"), ["false", "351"]);
  assert.deepEqual(outcome(session, "get", "cmi.interactions.00.id"), ["", "301"]);
  assert.deepEqual(outcome(session, "set", "cmi.interactions.01.nothing", "x"), ["false", "401"]);
  assert.equal(session.get("cmi.interactions._count"), "1");
});

/** SN, navigation data model: adl.nav.request */
const REQUESTS = {
  good: ["continue", "previous", "exit", "exitAll", "abandon", "abandonAll", "suspendAll", "_none_", "{target=item_1}choice", "{target=item.1}jump"],
  bad: ["", "Continue", "next", "{target=}choice", "{target=item_1}", "item_1choice", "{target=item_1}leap", "choice"],
};

for (const [kind, expected] of [["good", ACCEPTED], ["bad", WRONG]]) {
  for (const request of REQUESTS[kind]) {
    test(`2004 SN adl.nav.request: ${request || "an empty string"} is ${kind}`, () => {
      assert.deepEqual(outcome(begun("other"), "set", "adl.nav.request", request), expected);
    });
  }
}
