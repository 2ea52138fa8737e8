/** Reads `[{ name, source, served }]` and prints the names of those whose two texts are not the same program. */
import { isDeepStrictEqual } from "node:util";
import { parse } from "acorn";

const pairs = JSON.parse(await new Response(process.stdin).text());
const POSITIONS = new Set(["start", "end"]);

/** A program without the places where its parts stand. `raw` of a literal says how it was written; of a template it is what it says. */
function program(text) {
  const tree = parse(text, { ecmaVersion: "latest", sourceType: "module" });
  return JSON.parse(JSON.stringify(tree, (key, value) => (POSITIONS.has(key) ? undefined : typeof value === "bigint" ? `${value}n` : value)));
}

/** @param {{ name: string, source: string, served: string }} pair */
function isSame({ source, served }) {
  try {
    return isDeepStrictEqual(program(source), program(served));
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

console.log(JSON.stringify(pairs.filter((pair) => !isSame(pair)).map(({ name }) => name)));
