/**
 * ADL's families API, DMI, DMB and DDM against the adapter for SCORM 2004.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { runVisit } from "./adl-evaluator.js";
import { readTestCase, readWords } from "./adl-test-case.js";
import { Course, LEARNER_ID, SmallLms } from "./small-lms.js";

/** @typedef {import("./adl-evaluator.js").Check} Check */
/** @typedef {import("./suites.js").Suite2004} Suite2004 */

/** @param {Suite2004} suite @param {string} family @param {string[]} [leniencies] @returns {Check[]} */
export function runFamily(suite, family, leniencies = []) {
  const visits = readTestCase(join(suite.testCases, `${family}.properties`), readWords(suite.words), LEARNER_ID);
  const courses = openCourses(suite, family);
  const lms = new SmallLms("scorm2004", leniencies);
  return visits.flatMap((visit) => {
    // DDM is two courses that take turns: `1b` is the first activity of the second.
    const [, number = "", letter = ""] = /^([0-9]+)([a-z]?)$/.exec(visit.activity) ?? [];
    const { api, leave } = lms.launch(/** @type {Course} */ (courses.get(letter)), `activity_${number}`);
    const checks = runVisit(api, visit);
    api["Terminate"]?.("");
    leave();
    return checks;
  });
}

/** @param {Suite2004} suite @param {string} family @returns {Map<string, Course>} */
function openCourses(suite, family) {
  const letters = family === "DDM" ? ["a", "b"] : [""];
  return new Map(letters.map((letter) => [letter, new Course(readFileSync(join(suite.courses, `LMSTestPackage_${family}${letter}`, "imsmanifest.xml"), "latin1"))]));
}
