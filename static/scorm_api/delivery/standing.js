/**
 * How one session stands with the server, and when it is sent again: told what became of each request. Guarantees that waiting grows with
 * failures up to half a minute, that a server which has the record on its disk (`spooled`) hears of it at every heartbeat at least, and
 * that a large state which something on the way refuses does not take the small time register with it. Does no I/O.
 *
 * @import { Sent, SessionRecord } from "./shapes.js"
 */
import { LONGEST_MS, backoffMs } from "./backoff.js";
import { statePending } from "./state-register.js";

/**
 * @param {object} env
 * @param {() => number} env.perf
 * @param {() => number} env.random
 * @param {() => number} env.heartbeatMs
 * @param {SessionRecord} record
 */
export function createStanding({ perf, random, heartbeatMs }, { time, state }) {
  let failures = 0;
  let notBefore = 0;
  let apart = false;
  /** What the last request came to, where nothing of it is in the server's database. @type {"kept" | "spooled" | "held"} */
  let last = "kept";
  /** Sequences that the server has on its disk; `partly`: of the state it has only a piece. */
  let spooled = { time: 0, state: 0, partly: false };

  return {
    /** The server committed what was sent. @param {Sent} sent */
    taken(sent) {
      apart = false;
      // Time that went alone says nothing about the state that was refused before it.
      if (failures > 0 && sent.state === null && statePending(state)) return;
      failures = 0;
    },

    /** The server has it, but not in its database. @param {"spooled" | "held"} how @param {Sent} sent */
    setAside(how, sent) {
      failures += 1;
      last = how;
      notBefore = perf() + (how === "held" ? LONGEST_MS : Math.min(backoffMs(failures, random()), heartbeatMs()));
      if (how === "held") return;
      spooled = {
        time: Math.max(spooled.time, sent.time?.seq ?? 0),
        state: Math.max(spooled.state, sent.state?.piece === null ? sent.state.seq : 0),
        partly: sent.state !== null && sent.state.piece !== null,
      };
    },

    /**
     * The server does not have it. @param {Sent} sent
     * @param {{ refused: boolean, answered: boolean }} how `refused`: the token; `answered`: by somebody, if not as the protocol says
     */
    failed(sent, { refused, answered }) {
      failures += 1;
      last = "kept";
      notBefore = perf() + (refused ? LONGEST_MS : backoffMs(failures, random()));
      apart = answered && sent.time !== null && sent.state !== null;
    },

    /** Something has changed: the next request need not wait. */
    hurry() {
      notBefore = 0;
    },

    mayTry: () => perf() >= notBefore,
    failing: () => failures > 0,
    /** The next request carries time without state. */
    apart: () => apart,

    /** @param {boolean} running @returns {"kept" | "held" | "spooled" | "saving" | null} null: nothing stands in the way */
    trouble(running) {
      if (failures === 0) return null;
      if (last !== "spooled") return last;
      if (spooled.partly) return "kept";
      const all = Math.max(spooled.state, state.acked) >= state.seq && (running || Math.max(spooled.time, time.acked) >= time.seq);
      return all ? "spooled" : "saving";
    },
  };
}
