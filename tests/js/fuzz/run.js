/**
 * The fuzzers at any length and with any seed:
 *
 *   node tests/js/fuzz/run.js [--seed N] [--sequences N]
 *
 * Stops at the first sequence that breaks something and prints its seed. Ends with 1 then.
 */

import { parseArgs } from "node:util";
import { fuzzAdapter, STANDARDS, worldNow } from "./adapter-fuzz.js";
import { fuzzRuntime } from "./runtime-fuzz.js";

/** Calls of a sequence. */
const LENGTH = 300;
const RUNTIME_LENGTH = 150;

/** Adds up what sequences came to. @param {Record<string, number>} sum @param {Record<string, number>} one */
function add(sum, one) {
  for (const [name, number] of Object.entries(one)) sum[name] = (sum[name] ?? 0) + number;
}

/** @param {string} what @param {() => unknown} play @returns {Promise<unknown>} */
async function named(what, play) {
  try {
    return await play();
  } catch (error) {
    throw new Error(`${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** @param {number} seed @param {number} sequences of each standard */
export async function runAdapterFuzz(seed, sequences) {
  const before = worldNow();
  const sum = {};
  for (const standard of STANDARDS) {
    for (let i = 0; i < sequences; i++) {
      await named(`${standard}, seed ${seed + i}`, () => {
        const { calls, nested, answeredTrue } = fuzzAdapter(standard, seed + i, LENGTH);
        add(sum, { calls, nested, answeredTrue });
      });
    }
  }
  if (worldNow() !== before) throw new Error(`something outside of the adapter was changed, by a sequence from seed ${seed} on`);
  return sum;
}

/** @param {number} seed @param {number} sequences of each standard */
export async function runRuntimeFuzz(seed, sequences) {
  const sum = {};
  for (const standard of /** @type {const} */ (["scorm12", "scorm2004"])) {
    for (let i = 0; i < sequences; i++) await named(`${standard} on the delivery side, seed ${seed + i}`, async () => add(sum, await fuzzRuntime(standard, seed + i, RUNTIME_LENGTH)));
  }
  return sum;
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const { values } = parseArgs({ options: { seed: { type: "string", default: "1" }, sequences: { type: "string", default: "500" } } });
  try {
    console.log("adapter", await runAdapterFuzz(Number(values.seed), Number(values.sequences)));
    console.log("with the delivery side", await runRuntimeFuzz(Number(values.seed), Number(values.sequences)));
  } catch (error) {
    console.log(error);
    process.exitCode = 1;
  }
}
