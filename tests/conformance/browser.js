/**
 * The driver's two ends for the browser tests, which are written in Python: `plan` says what to do there, `judge` what came of it.
 *
 *     node tests/conformance/browser.js plan FAMILY LEARNER_ID           -> { visits, page: a script for content pages }
 *     node tests/conformance/browser.js judge FAMILY LEARNER_ID < results -> { passed, failed: [what] }
 *     node tests/conformance/browser.js plan-12                          -> { page, manifest, visits, passed: how many checks }
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { manifestFacts, openCourses, run12, VISITS } from "./adl-12.js";
import { makeApplet12 } from "./adl-12-applet.js";
import { callAll } from "./adl-calls.js";
import { judgeVisit } from "./adl-evaluator.js";
import { readTestCase, readWords } from "./adl-test-case.js";
import { findSuites } from "./suites.js";

/** Puts the applet's functions on the pages' `object` elements. The test answers the requests. */
const PAGE_2004 = `(() => {
  const callAll = ${callAll};
  const ask = (what, body) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/__suite/" + what, false);
    request.send(JSON.stringify(body ?? null));
    return JSON.parse(request.responseText || "null");
  };
  const names = ["Initialize", "Terminate", "Commit", "GetValue", "SetValue", "GetLastError", "GetErrorString", "GetDiagnostic"];
  Object.assign(HTMLObjectElement.prototype, {
    evalID: (id) => ask("launched", id),
    getUITestQuestions: () => "",
    runCommands: () => {
      const api = Object.fromEntries(names.map((name) => [name, (...args) => window["do" + name](...args)]));
      ask("results", callAll(api, ask("commands")));
      return true;
    },
    curUserInstructions: () => "",
    getScoStatus: () => "completed",
    setSCOStatus: () => undefined,
    setScoStatus: () => undefined,
    writeToLog: () => undefined,
    terminateTest: () => ask("terminated"),
    completed: () => undefined,
    failed: () => undefined,
  });
})()`;

/** The same for 1.2: state and log are kept in the origin's storage, for the test to read. */
const PAGE_12 = `(facts) => {
  const makeApplet12 = ${makeApplet12};
  const kept = JSON.parse(localStorage.getItem("adl") ?? '{"state":{"current":[0,0],"launches":{},"at":{}},"log":[]}');
  const keep = () => localStorage.setItem("adl", JSON.stringify(kept));
  const applet = makeApplet12(facts, kept.state, (type, message) => void kept.log.push([type, message.slice(0, 400)]));
  for (const [name, call] of Object.entries(applet)) {
    HTMLObjectElement.prototype[name] = (...args) => {
      const answer = call(...args);
      keep();
      return answer;
    };
  }
}`;

/** @param {string} family @param {string} learnerId */
function visitsOf(family, learnerId) {
  const { scorm2004 } = findSuites();
  if (scorm2004 === null) throw new Error("ADL's suite for SCORM 2004 is not here");
  return readTestCase(join(scorm2004.testCases, `${family}.properties`), readWords(scorm2004.words), learnerId);
}

function plan12() {
  const { scorm12 } = findSuites();
  if (scorm12 === null) throw new Error("ADL's courses for SCORM 1.2 are not here");
  const { checks } = run12(scorm12, ["-all"], false);
  return { page: PAGE_12, manifest: manifestFacts(openCourses(scorm12)), visits: VISITS, passed: checks.filter(({ passed }) => passed).length };
}

const [, , what = "", family = "", learnerId = ""] = process.argv;
if (what === "plan") process.stdout.write(JSON.stringify({ visits: visitsOf(family, learnerId), page: PAGE_2004 }));
else if (what === "plan-12") process.stdout.write(JSON.stringify(plan12()));
else if (what === "judge") {
  const results = JSON.parse(readFileSync(0, "utf8"));
  const checks = visitsOf(family, learnerId).flatMap((visit, i) => judgeVisit(visit, results[i] ?? []));
  process.stdout.write(JSON.stringify({ passed: checks.filter(({ passed }) => passed).length, failed: checks.filter(({ passed }) => !passed) }));
} else throw new Error(`unknown: ${what}`);
