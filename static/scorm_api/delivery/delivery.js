/**
 * Puts messages on the wire and says what became of them. Guarantees that whatever is not a well-formed answer of the protocol counts as
 * a failure: 401, 403, 413, 429, 500, 503, a captive portal's page and silence all leave the record as it is.
 * Keeps nothing and knows nothing of sessions.
 *
 * @import { DeliveryEnv, Outcome, WireAnswer } from "./shapes.js"
 */
import { byteLength } from "./bytes.js";

/** A request that hangs longer than this counts as failed; repeating it is harmless. */
const ANSWER_WITHIN_MS = 20_000;

/** Beacons and keepalive requests in flight share 64 KiB (Fetch, 4.6, "inflightKeepaliveBytes"). */
const BUDGET_BYTES = 64 * 1024;

/** What bulk may not touch: the last words of several sessions, each below 2 kB. */
const RESERVED_FOR_TIME_BYTES = 12 * 1024;

const PLAIN_TEXT = { "Content-Type": "text/plain;charset=UTF-8" };

/** @typedef {ReturnType<typeof createDelivery>} Delivery */

/** @param {DeliveryEnv} env */
export function createDelivery(env) {
  let beaconBytes = 0;

  /**
   * @param {string} body
   * @param {boolean} keepalive
   * @returns {Promise<Outcome>} never rejects
   */
  async function post(body, keepalive = false) {
    const controller = new AbortController();
    const timer = env.setTimeout(() => controller.abort(), ANSWER_WITHIN_MS);
    const sent = env.perf();
    try {
      const response = await env.fetch(`${env.base}/runtime/commit`, { method: "POST", body, headers: PLAIN_TEXT, keepalive, signal: controller.signal });
      const received = env.perf();
      if (response.status === 403) return { kind: "forbidden" };
      if (response.status !== 200 && response.status !== 410) return { kind: "failed", answered: true };
      const answer = await response.json().catch(() => null);
      if (isAnswer(answer)) return { kind: "answer", answer, sent, received };
      // 410 carries an answer that names the records that are gone. A bare one is an expired token's: it ends nothing, another may vouch.
      return response.status === 410 ? { kind: "forbidden" } : { kind: "failed", answered: true };
    } catch {
      return { kind: "failed", answered: false };
    } finally {
      env.clearTimeout(timer);
    }
  }

  return {
    post,

    /**
     * For page dismissal: a beacon, or where it is refused (budget, ad-blocker) a keepalive request.
     * @param {string} body
     * @returns {Promise<Outcome> | null} null for a beacon, whose answer nobody sees
     */
    beacon(body) {
      beaconBytes += byteLength(body);
      try {
        if (env.sendBeacon(`${env.base}/runtime/commit`, body)) return null;
      } catch {
        // some blockers replace sendBeacon by something that throws
      }
      return post(body, true);
    },

    /** Bytes that bulk may still take in this dismissal. */
    room() {
      return BUDGET_BYTES - RESERVED_FOR_TIME_BYTES - beaconBytes;
    },

    /** The page came back: what was in flight is done. */
    refill() {
      beaconBytes = 0;
    },
  };
}

/** @param {unknown} answer @returns {answer is WireAnswer} */
function isAnswer(answer) {
  if (typeof answer !== "object" || answer === null) return false;
  const { ledger, now, results } = /** @type {Record<string, unknown>} */ (answer);
  if (!Array.isArray(results) || !results.every((result) => typeof result === "object" && result !== null && typeof result.session === "string")) return false;
  // The database did not answer: then nobody can say that it has anything, nor that anything is gone from it.
  if (ledger === null && now === null) return results.every(({ time, state }) => isOutsideTheDatabase(time) && isOutsideTheDatabase(state));
  return typeof ledger === "string" && typeof now === "number" && Number.isFinite(now);
}

/** What a server whose database is away may say of a register. @param {{ status?: unknown } | null | undefined} register */
function isOutsideTheDatabase(register) {
  return !register || register.status === "spooled" || register.status === "held";
}
