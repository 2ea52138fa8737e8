/**
 * The adapter against scorm-again, side by side in one run: `node benchmarks/adapter/run.js [WORD]` prints Markdown tables, measured in
 * node and in Chromium. With a word: only the measures that have it in their names, in node.
 */

import { readFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";

import { byteRows } from "./bytes.js";
import { measureInChromium } from "./chromium.js";
import { measureAll, ROUNDS } from "./measures.js";

const word = process.argv[2] ?? "";
const version = JSON.parse(readFileSync(new URL("../../node_modules/scorm-again/package.json", import.meta.url), "utf8")).version;

/** @param {number} number */
const thousands = (number) => Math.round(number).toLocaleString("en").replaceAll(",", " ");

/** @param {number} aSecond @param {"a second" | "ms"} unit */
function shown(aSecond, unit) {
  return unit === "ms" ? `${(1000 / aSecond).toFixed(3)} ms` : thousands(aSecond);
}

/** @param {string} engine @param {ReturnType<typeof measureAll>} rows */
function printRates(engine, rows) {
  console.log(`\n${engine}\n\n| standard | calls a second, or ms for one | SeatTime | scorm-again ${version} | times |\n| --- | --- | ---: | ---: | ---: |`);
  for (const { standard, name, unit, our, their, times } of rows) console.log(`| ${standard} | ${name} | ${shown(our, unit)} | ${shown(their, unit)} | ${times.toFixed(1)} |`);
}

console.log(`${cpus().length} × ${cpus()[0]?.model}, load ${loadavg()[0]?.toFixed(1)}, medians of ${ROUNDS} rounds`);
printRates(`Node ${process.versions.node}`, measureAll(word));
if (word === "") {
  const { engine, rows } = await measureInChromium(word);
  printRates(engine.match(/Chrome\/[0-9]+/)?.[0] ?? engine, rows);
  console.log(`\n| standard | bytes | SeatTime | scorm-again ${version} | share |\n| --- | --- | ---: | ---: | ---: |`);
  for (const { standard, name, our, their } of byteRows()) console.log(`| ${standard} | ${name} | ${thousands(our)} | ${thousands(their)} | ${(our / their).toFixed(2)} |`);
}
