/**
 * LMSTestCourse01 and 02, ADL's test content for SCORM 1.2, against the adapter: the pages' own scripts decide and log, in a
 * script context that has the little of a browser that they use.
 */

import vm from "node:vm";

import { LOG_TYPES, makeApplet12 } from "./adl-12-applet.js";
import { Course, LEARNER_ID, LEARNER_NAME, SmallLms } from "./small-lms.js";
import { readZip } from "./zip.js";

/** @typedef {import("./adl-evaluator.js").Check} Check */
/** @typedef {import("./suites.js").Suite12} Suite12 */

/**
 * What a tester opens, in order: course, page, how often. The last page of either course is a form for trying calls by
 * hand and checks nothing by itself. The second course is to be taken without credit or browsed where the LMS can.
 */
export const VISITS = Object.freeze([
  ...["sco01", "sco 02", "sco03"].map((page) => [1, page, 1]),
  [1, "sco04", 3],
  ...["sco05", "sco06", "sco07", "sco08"].map((page) => [1, page, 1]),
  [2, "sco01", 1],
  [2, "sco02", 2],
]);
const PAGES = "Lesson01/Resources/";

/**
 * @param {Suite12} suite
 * @param {string[]} [leniencies]
 * @param {boolean} [offers]  the LMS lets a learner take a course without credit, and browse it
 * @returns {{ checks: Check[], warnings: string[] }}
 */
export function run12(suite, leniencies = [], offers = true) {
  const packages = suite.courses.map(readZip);
  const courses = openCourses(suite);
  const lms = new SmallLms("scorm12", leniencies);
  const state = { current: /** @type {[number, number]} */ ([0, 0]), launches: {}, at: {} };
  const facts = { learnerId: LEARNER_ID, learnerName: LEARNER_NAME, otherCredit: offers, browsed: offers, manifest: manifestFacts(courses) };
  /** @type {Check[]} */
  const checks = [];
  /** @type {string[]} */
  const warnings = [];
  for (const [number, page, times] of VISITS) {
    for (let visit = 1; visit <= times; visit++) {
      const what = `course ${number}, ${page}, visit ${visit}`;
      const applet = makeApplet12(facts, state, (type, message) => {
        if (type === LOG_TYPES.warning) warnings.push(`${what}: ${plain(message)}`);
        if (type === LOG_TYPES.passed || type === LOG_TYPES.failed) checks.push({ passed: type === LOG_TYPES.passed, what: `${what}: ${plain(message)}`, expected: "", returned: "" });
      });
      const course = /** @type {Course} */ (courses[number - 1]);
      const { api, leave } = lms.launch(course, `I_SCO${Number(page.slice(-2))}`, number === 2 && offers ? { credit: "no-credit", mode: "browse" } : {});
      const error = runPage(/** @type {Map<string, Buffer>} */ (packages[number - 1]), page, api, applet);
      if (error !== null) checks.push({ passed: false, what: `${what}: the page stopped`, expected: "", returned: error });
      leave();
    }
  }
  return { checks, warnings };
}

/** @param {Suite12} suite */
export function openCourses(suite) {
  return suite.courses.map((course) => new Course(String(readZip(course).get("imsmanifest.xml"))));
}

/** @param {Map<string, Buffer>} files @param {string} page @param {object} api @param {object} applet @returns {string | null} the error that ended the page's script */
function runPage(files, page, api, applet) {
  const html = String(files.get(`${PAGES}${page}.htm`));
  const window = { API: api, opener: null };
  const context = vm.createContext({ ...window, parent: null, window, lmsRTEApplet: applet, teststatus: {}, alert: () => undefined, confirm: () => false });
  window.parent = window;
  const scripts = [String(files.get(`${PAGES}lmsrtefunctions.js`)), ...[...html.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/gi)].map((match) => match[1] ?? "")];
  for (const script of scripts) if (!script.trimStart().startsWith("/****") || script.includes("function ")) vm.runInContext(script, context);
  const onload = /<body onload="([^"]*)">/i.exec(html)?.[1] ?? "";
  try {
    vm.runInContext(onload, context);
    return null;
  } catch (error) {
    return String(error);
  }
}

/** @param {Course[]} courses */
export function manifestFacts(courses) {
  /** @type {Record<string, { launchData: string, masteryScore: string, maxTimeAllowed: string, timeLimitAction: string }>} */
  const facts = {};
  courses.forEach((course, number) => {
    for (const [id, texts] of course.texts12()) facts[`${number + 1}.${Number(id.slice(-1)) - 1}`] = texts;
  });
  return facts;
}

/** @param {string} message */
function plain(message) {
  return message.replace(/<[^>]*>/g, "").replace(/&quot;/g, '"').replace(/\s+/g, " ").slice(0, 300);
}
