/**
 * Where ADL's test suites are on this machine.
 *
 * They are read in place, from `$SEATTIME_SUITES` or `~/.cache/seattime/suites`, and never copied into the repository: a
 * clone (or an export) of adlnet/SCORM-2004-4ed-Test-Suite and one of openacs/lors lie there, under any folder name.
 */

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** @typedef {{ root: string, courses: string, testCases: string, words: string, version: string }} Suite2004 */
/** @typedef {{ root: string, courses: string[], version: string }} Suite12 `courses`: the zips of LMSTestCourse01 and 02 */

const COURSES_2004 = "software_development/TestSuite/LMSRTE/Courses";
const WORDS_2004 = "software_development/resources/org/adl/testsuite/rte/lms/util/resources/Commands.properties";
const COURSES_12 = ["tcl/test/Courses/LMSTestCourse01.zip", "tcl/test/Courses/LMSTestCourse02.zip"];
export const FAMILIES_2004 = Object.freeze(["API", "DMI", "DMB", "DDM"]);

export function suitesFolder() {
  return process.env["SEATTIME_SUITES"] || join(homedir(), ".cache", "seattime", "suites");
}

/** @returns {{ folder: string, scorm2004: Suite2004 | null, scorm12: Suite12 | null }} */
export function findSuites(folder = suitesFolder()) {
  const roots = existsSync(folder) ? readdirSync(folder).sort().map((name) => join(folder, name)) : [];
  const of2004 = roots.find((root) => existsSync(join(root, COURSES_2004, "TestCases", "DMI.properties")) && existsSync(join(root, WORDS_2004)));
  const of12 = roots.find((root) => COURSES_12.every((course) => existsSync(join(root, course))));
  return { folder, scorm2004: of2004 === undefined ? null : suite2004(of2004), scorm12: of12 === undefined ? null : suite12(of12) };
}

/** @param {string} root @returns {Suite2004} */
function suite2004(root) {
  const courses = join(root, COURSES_2004);
  const testCases = join(courses, "TestCases");
  const files = FAMILIES_2004.map((family) => join(testCases, `${family}.properties`));
  return { root, courses, testCases, words: join(root, WORDS_2004), version: digest(files) };
}

/** @param {string} root @returns {Suite12} */
function suite12(root) {
  const courses = COURSES_12.map((course) => join(root, course));
  return { root, courses, version: digest(courses) };
}

/** What names the exact files, whatever way they came here. @param {string[]} files */
function digest(files) {
  const hash = createHash("sha256");
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest("hex").slice(0, 12);
}
