/**
 * How many bytes a page loads: SeatTime's modules as its server sends them (put together, comments removed, packed with gzip), and the peer's
 * files as it publishes them, packed the same way.
 */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const ROOT = new URL("../../", import.meta.url);
const THEIRS = new URL("node_modules/scorm-again/dist/esm/", ROOT);
const PYTHON = process.env.PYTHON ?? fileURLToPath(new URL(".venv/bin/python", ROOT));

/** @param {string[]} names @returns {{ plain: number, packed: number, modules: number }} of the files of these modules and all that they import */
function served(names) {
  const sizes = JSON.parse(execFileSync(PYTHON, [fileURLToPath(new URL("served.py", import.meta.url))], { input: names.join("\n"), encoding: "utf8" }));
  const sum = (/** @type {number} */ index) => sizes.reduce((/** @type {number} */ total, /** @type {number[]} */ size) => total + (size[index] ?? 0), 0);
  return { plain: sum(0), packed: sum(1), modules: sum(2) };
}

/** @param {string} name */
function published(name) {
  const text = readFileSync(new URL(name, THEIRS));
  return { plain: text.length, packed: gzipSync(text, { level: 9 }).length };
}

export function byteRows() {
  return ["scorm12", "scorm2004"].flatMap((standard) => {
    const title = standard === "scorm12" ? "SCORM 1.2" : "SCORM 2004";
    const dialect = `adapter/dialect-${standard}.js`;
    const adapter = served(["adapter/make-adapter.js", dialect]);
    const page = served(["player/player-page.js", dialect]);
    const minified = published(`${standard}.min.js`);
    const readable = published(`${standard}.js`);
    const row = (/** @type {string} */ name, /** @type {number} */ our, /** @type {number} */ their) => ({ standard: title, name, our, their });
    return [
      row(`the adapter (${adapter.modules} modules in two files) against the minified file, gzip`, adapter.packed, minified.packed),
      row("the same, unpacked", adapter.plain, minified.plain),
      row("the adapter against the file that is not minified, gzip", adapter.packed, readable.packed),
      row(`all of the player page (${page.modules} modules in two files) against the minified file, gzip`, page.packed, minified.packed),
    ];
  });
}
