/**
 * Delivers what earlier pages left in the journal. Takes no locks: a record that two pages deliver at once is stored once. Guarantees that
 * each registration's records go under its own newest token, and that nothing but `stored` or `gone` ends a record.
 *
 * @import { DeliveryEnv, SessionRecord, StateFile, TimeFile } from "./shapes.js"
 * @import { Delivery } from "./delivery.js"
 * @import { Journal } from "./journal.js"
 */
import { backoffMs } from "./backoff.js";
import { stateKey, timeKey } from "./journal.js";
import { applyAnswer, commitBody, forgetAcks, isHeldBack, isFilePending, isOfAnotherLedger, nextMessage, restoreRecord } from "./session-record.js";

/** Sessions that are sent side by side. */
const LANES = 4;

/** More rounds than any honest session needs; a server that always asks for more must not keep the page busy. */
const ROUNDS = 200;

/** @typedef {ReturnType<typeof createBacklog>} Backlog */

/**
 * @param {object} parts
 * @param {DeliveryEnv} parts.env
 * @param {Journal} parts.journal
 * @param {Delivery} parts.delivery
 * @param {(session: string) => boolean} parts.isOurs a session that this page itself still delivers
 * @param {() => void} parts.changed
 */
export function createBacklog({ env, journal, delivery, isOurs, changed }) {
  /** The newest token of each registration. @type {Map<string, { launch: number, token: string }>} */
  const tokens = new Map();
  /** @type {string | null} */
  let ledger = null;
  let failures = 0;
  let notBefore = 0;
  /** @type {Promise<{ delivered: number, left: number }> | null} */
  let running = null;

  /** @param {string} registration @param {number} launch @param {string} token */
  function know(registration, launch, token) {
    const known = tokens.get(registration);
    if (known === undefined || launch > known.launch) tokens.set(registration, { launch, token });
  }

  /** @param {TimeFile} file */
  function tokenOf(file) {
    return tokens.get(file.registration)?.token ?? file.token;
  }

  function pending() {
    const sessions = journal.sessions();
    for (const { time } of sessions) know(time.registration, time.launch, time.token);
    return sessions.filter(({ time, state }) => !isOurs(time.session) && isFilePending(time, state, ledger));
  }

  /** @param {SessionRecord} record @param {number} rev @returns {boolean} false where another page has gone on with this session */
  function save({ head, time, state }, rev) {
    const key = timeKey(head.registration, head.session);
    const newest = journal.newest(key);
    if (newest !== null && "time" in newest && newest.time.seq > time.seq) return false;
    journal.write(key, { v: 1, rev, at: 0, ...head, time }, false);
    if (state.seq > 0) journal.write(stateKey(head.registration, head.session), { v: 1, rev, state }, false);
    return true;
  }

  /** @param {{ time: TimeFile, state: StateFile | null }} files @returns {Promise<boolean>} whether nothing of it is left */
  async function deliver(files) {
    const record = restoreRecord(files.time, files.state);
    const { head } = record;
    const token = tokenOf(files.time);
    if (isHeldBack(head, token, env.wall())) return false;
    if (isOfAnotherLedger(head, ledger)) forgetAcks(record);
    let rev = Math.max(files.time.rev, files.state?.rev ?? 0);
    for (let round = 0; round < ROUNDS; round += 1) {
      const next = nextMessage(record);
      if (next === null) return true;
      const outcome = await delivery.post(commitBody(token, next.message));
      if (outcome.kind === "gone") {
        journal.end(head.registration, head.session);
        return true;
      }
      if (outcome.kind !== "answer") return false;
      const { answer } = outcome;
      ledger = answer.ledger;
      const result = answer.results.find((one) => one.session === head.session);
      const said = applyAnswer(record, next.sent, result, answer, { wall: env.wall(), token });
      if (said === "gone") {
        journal.end(head.registration, head.session);
        return true;
      }
      if (typeof result?.attempt === "string") head.made = result.attempt;
      rev += 1;
      if (!save(record, rev)) return false;
      if (said === "stored") return true;
      if (said === "kept") return false;
    }
    return false;
  }

  async function deliverAll() {
    const waiting = pending();
    let delivered = 0;
    let left = waiting.length;
    const lanes = Array.from({ length: LANES }, async () => {
      for (let files = waiting.shift(); files !== undefined; files = waiting.shift()) {
        if (!(await deliver(files))) continue;
        delivered += 1;
        left -= 1;
      }
    });
    await Promise.all(lanes);
    failures = left > 0 ? failures + 1 : 0;
    notBefore = left > 0 ? env.perf() + backoffMs(failures, env.random()) : 0;
    changed();
    return { delivered, left };
  }

  return {
    know,

    /** @param {string} said the ledger that the server has now */
    ledgerSaid(said) {
      ledger = said;
    },

    ledger: () => ledger,

    /** Tries all of it once. @returns {Promise<{ delivered: number, left: number }>} */
    deliver() {
      running ??= deliverAll().finally(() => {
        running = null;
      });
      return running;
    },

    /** Once a second: what failed is tried again while the page lives. */
    tick() {
      if (running === null && env.perf() >= notBefore && pending().length > 0) void this.deliver();
    },

    /** How many records of earlier pages are not stored. */
    left: () => pending().length,

    /** Registrations of this journal, each with its newest token, and whether something of it is left. */
    registrations() {
      const left = new Set(pending().map(({ time }) => time.registration));
      return [...tokens].map(([registration, { token }]) => ({ registration, token, settled: !left.has(registration) }));
    },
  };
}
