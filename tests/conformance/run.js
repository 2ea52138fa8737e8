/**
 * `make conformance`: drives ADL's test content against the adapters and prints what passed, by family.
 *
 * Each is measured twice: by the letter (every leniency off) and as installed. By the letter everything must pass. Ends with
 * 0 where it does, 1 where it does not, 2 where the suites are not on this machine. `--list` names every check that failed.
 */

import { run12 } from "./adl-12.js";
import { runFamily } from "./adl-2004.js";
import { FAMILIES_2004, findSuites } from "./suites.js";

/** @typedef {import("./adl-evaluator.js").Check} Check */
/** @typedef {{ family: string, letter: Check[], installed: Check[], warnings: string[] }} Measured */

/** `LaunchData.leniencies` */
export const BY_THE_LETTER = Object.freeze(["-all"]);
export const WHERE_FROM = "adlnet/SCORM-2004-4ed-Test-Suite and openacs/lors (docs/conformance.md)";

/** @param {ReturnType<typeof findSuites>} suites @returns {Measured[]} */
export function measure({ scorm2004, scorm12 }) {
  /** @type {Measured[]} */
  const measured = [];
  for (const family of scorm2004 === null ? [] : FAMILIES_2004) {
    measured.push({ family, letter: runFamily(scorm2004, family, [...BY_THE_LETTER]), installed: runFamily(scorm2004, family), warnings: [] });
  }
  if (scorm12 !== null) {
    const letter = run12(scorm12, [...BY_THE_LETTER]);
    measured.push({ family: "1.2", letter: letter.checks, installed: run12(scorm12).checks, warnings: letter.warnings });
  }
  return measured;
}

/** @param {Check[]} checks */
export function score(checks) {
  return `${checks.filter(({ passed }) => passed).length}/${checks.length}`;
}

/** @param {ReturnType<typeof findSuites>} suites @returns {string[]} those that are not here */
export function missing({ scorm2004, scorm12 }) {
  return [...(scorm2004 === null ? ["SCORM 2004 4th Edition (API, DMI, DMB, DDM)"] : []), ...(scorm12 === null ? ["SCORM 1.2 (LMSTestCourse01 and 02)"] : [])];
}

/** @param {string[]} options @param {(line: string) => void} say @returns {number} the exit code */
export function main(options, say) {
  const suites = findSuites();
  say(`ADL's test content in ${suites.folder}`);
  for (const name of missing(suites)) say(`  not found: ${name}, from ${WHERE_FROM}`);
  const measured = measure(suites);
  if (measured.length > 0) say(`${"".padEnd(8)}${"by the letter".padStart(16)}${"as installed".padStart(16)}${"warnings".padStart(10)}`);
  for (const { family, letter, installed, warnings } of measured) {
    say(`${family.padEnd(8)}${score(letter).padStart(16)}${score(installed).padStart(16)}${String(warnings.length).padStart(10)}`);
  }
  say(`versions: 2004 ${suites.scorm2004?.version ?? "-"}, 1.2 ${suites.scorm12?.version ?? "-"} (SHA-256 of the expected results and of the courses, 12 digits)`);
  const failed = measured.flatMap(({ letter }) => letter.filter(({ passed }) => !passed));
  if (options.includes("--list")) for (const { letter, installed, warnings } of measured) list(letter, installed, warnings, say);
  if (missing(suites).length > 0) return 2;
  return failed.length > 0 ? 1 : 0;
}

/** @param {Check[]} letter @param {Check[]} installed @param {string[]} warnings @param {(line: string) => void} say */
function list(letter, installed, warnings, say) {
  /** @type {[string, Check[]][]} */
  const both = [["by the letter", letter], ["as installed", installed]];
  for (const [how, checks] of both) {
    for (const { passed, what, expected, returned } of checks) if (!passed) say(`failed ${how}: ${what}${expected === returned ? "" : `: expected ${JSON.stringify(expected)}, returned ${JSON.stringify(returned)}`}`);
  }
  for (const warning of warnings) say(`warning: ${warning}`);
}

if (process.argv[1] !== undefined && import.meta.url.endsWith(process.argv[1].replace(/^.*\/tests\//, "/tests/"))) {
  process.exitCode = main(process.argv.slice(2), (line) => process.stdout.write(`${line}\n`));
}
