/**
 * The differential test at any length and with any seed:
 *
 *   node tests/js/differential/run.js [--seed N] [--sequences N] [--length N]
 *
 * Prints what was not judged, each with the seed of its sequence, and says which judgements did not occur. Ends with 1 where
 * a difference is unjudged or a leniency went without its finding.
 */

import { parseArgs } from "node:util";
import { chooser } from "../seeded.js";
import { playRandomly } from "./compare.js";
import { judgeBy, readJudgements } from "./judging.js";
import { LAUNCHES } from "./sequences.js";
import { sweep } from "./sweep.js";

/** Calls of a sequence. */
export const LENGTH = 60;

/**
 * @param {{ seed: number, sequences: number, length?: number }} options   `sequences`: for each standard
 * @returns {{ calls: number, differences: number, unjudged: string[], unexplained: string[], occurred: Map<string, number> }}
 */
export function runDifferential({ seed, sequences, length = LENGTH }) {
  const judge = judgeBy(readJudgements());
  const result = { calls: 0, differences: 0, unjudged: [], unexplained: [], occurred: new Map() };
  const take = (play, where) => {
    result.calls += play.calls;
    result.differences += play.differences.length;
    for (const difference of play.differences) {
      const judgement = judge(difference);
      if (judgement === null) result.unjudged.push(`${where}: ${JSON.stringify(difference)}`);
      else result.occurred.set(judgement.id, (result.occurred.get(judgement.id) ?? 0) + 1);
    }
    result.unexplained.push(...play.unexplained.map((text) => `${where}: ${text}`));
  };
  for (const standard of /** @type {const} */ (["scorm12", "scorm2004"])) {
    for (const play of sweep(standard)) take(play, `${standard}, every element and value`);
    for (let i = 0; i < sequences; i++) {
      const choose = chooser(seed + i);
      take(playRandomly(standard, choose.pick(LAUNCHES[standard]), choose, length), `${standard}, seed ${seed + i}`);
    }
  }
  return result;
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const { values } = parseArgs({ options: { seed: { type: "string", default: "1" }, sequences: { type: "string", default: "1000" }, length: { type: "string", default: String(LENGTH) } } });
  // scorm-again writes to the console whatever its log level is.
  for (const level of ["debug", "info", "warn", "error"]) console[level] = () => undefined;
  const result = runDifferential({ seed: Number(values.seed), sequences: Number(values.sequences), length: Number(values.length) });
  for (const text of [...result.unjudged, ...result.unexplained]) console.log(text);
  const silent = readJudgements().filter(({ id }) => !result.occurred.has(id)).map(({ id }) => id);
  console.log(`${result.calls} calls, ${result.differences} differences, ${result.unjudged.length} unjudged, ${result.unexplained.length} leniencies without a finding`);
  console.log(silent.length === 0 ? "Every judgement occurred." : `Did not occur: ${silent.join(", ")}`);
  process.exitCode = result.unjudged.length + result.unexplained.length === 0 ? 0 : 1;
}
