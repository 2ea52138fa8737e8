/**
 * Delivers what earlier pages left in the journal. Takes no locks: a record that two pages deliver at once is stored once. Guarantees that
 * a record goes under its own launch's token or, where that is refused, under the newest of its registration, never under another's;
 * and that nothing but `stored` or `gone` ends a record.
 *
 * @import { DeliveryEnv, SessionFiles, SessionRecord, TimeFile } from "./shapes.js"
 * @import { Delivery } from "./delivery.js"
 * @import { Journal } from "./journal.js"
 */
import { backoffMs } from "./backoff.js";
import { stateKey, timeKey } from "./journal.js";
import { applyAnswer, commitBody, forgetAcks, isFilePending, isHeldBack, isOfAnotherLedger, nextMessage, restoreRecord } from "./session-record.js";

/** Sessions that are sent side by side. */
const LANES = 4;

/** More rounds than any honest session needs; a server that always asks for more must not keep the page busy. */
const ROUNDS = 200;

/** A running page writes its journal each second. */
const ALIVE_MS = 60_000;

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
  /** Tokens of launches that still run in another tab: what they measure from now on may need a visit. @type {Set<string>} */
  const alive = new Set();
  /** What the server does with a record that it could not commit. @type {Map<string, "spooled" | "kept">} */
  const aside = new Map();
  let failures = 0;
  let notBefore = 0;
  /** @type {Promise<{ delivered: number, left: number }> | null} */
  let running = null;

  /** @param {string} registration @param {number} launch @param {string} token */
  function know(registration, launch, token) {
    const known = tokens.get(registration);
    if (known === undefined || launch > known.launch) tokens.set(registration, { launch, token });
  }

  /**
   * The launch's own token tells the server when the session can have begun; where it is refused, the newest one vouches for it.
   * @param {TimeFile} file
   */
  function tokensFor(file) {
    return [...new Set([file.token, tokens.get(file.registration)?.token ?? file.token])].filter((token) => !isHeldBack(file, token, env.wall()));
  }

  function pending() {
    const sessions = journal.sessions();
    for (const { time } of sessions) know(time.registration, time.launch, time.token);
    return sessions.filter((files) => !isOurs(files.time.session) && isFilePending(files, ledger));
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

  /** @param {SessionFiles} files @returns {Promise<boolean>} whether nothing of it is left */
  async function deliver(files) {
    const record = restoreRecord(files);
    // A session that still runs in another tab gives its own sequences: what would need a new one here is that tab's to send.
    const begun = isAlive(files.time) ? { time: record.time.seq, state: record.state.seq } : null;
    const keepsSequences = () => begun === null || (record.time.seq === begun.time && record.state.seq === begun.state);
    if (isOfAnotherLedger(record.head, ledger)) forgetAcks(record);
    let rev = Math.max(files.time.rev, files.state?.rev ?? 0, files.changes?.rev ?? 0);
    for (const token of tokensFor(files.time)) {
      for (let round = 0; round < ROUNDS; round += 1) {
        const said = await exchange(record, token, keepsSequences);
        if (!keepsSequences()) return false;
        aside.set(record.head.session, said === "spooled" && record.job === null ? "spooled" : "kept");
        if (said === "gone") journal.end(record.head.registration, record.head.session);
        if (said === "gone") return true;
        if (said === "failed") return false;
        rev += 1;
        if (said !== "forbidden" && !save(record, rev)) return false;
        if (said === "stored") return true;
        // The token was good. Under a newer one the session would seem to belong to that launch, wherever a restore has lost its own.
        if (said === "spooled" || said === "kept") return false;
        if (said !== "progress") break;
      }
    }
    return false;
  }

  /**
   * One request and what its answer does to the record. Where something on the way refuses both registers together, time goes alone.
   * @param {SessionRecord} record
   * @param {string} token
   * @param {() => boolean} mayBeSent asked once the message is made, which may have taken a new sequence
   * @param {boolean} [apart]
   * @returns {Promise<"stored" | "progress" | "spooled" | "held" | "kept" | "gone" | "forbidden" | "failed">}
   */
  async function exchange(record, token, mayBeSent, apart = false) {
    const next = nextMessage(record, false, apart);
    if (next === null) return "stored";
    if (!mayBeSent()) return "failed";
    const outcome = await delivery.post(commitBody(token, next.message));
    if (outcome.kind === "failed" && outcome.answered && next.sent.time !== null && next.sent.state !== null) return exchange(record, token, mayBeSent, true);
    if (outcome.kind !== "answer") return outcome.kind;
    const { answer } = outcome;
    ledger = answer.ledger ?? ledger;
    const result = answer.results.find((one) => one.session === record.head.session);
    if (typeof result?.attempt === "string") record.head.made = result.attempt;
    return applyAnswer(record, next.sent, result, answer, { wall: env.wall(), token });
  }

  /** It has not ended, and wrote its journal a moment ago. @param {TimeFile} file */
  function isAlive(file) {
    return file.time.ended === null && Math.abs(env.perf() - file.at) < ALIVE_MS;
  }

  async function deliverAll() {
    for (const { time } of journal.sessions()) {
      if (isAlive(time)) alive.add(time.token);
    }
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

    /** @returns {"saved" | "kept" | "held" | "spooled"} where the worst of what earlier pages left is */
    standing() {
      const all = pending().map(({ time }) => (time.held === null ? (aside.get(time.session) ?? "kept") : "held"));
      return /** @type {const} */ (["kept", "held", "spooled"]).find((one) => all.includes(one)) ?? "saved";
    },

    /** Something has changed: the next try need not wait. */
    hurry() {
      notBefore = 0;
    },

    /** Once a second: what failed is tried again while the page lives. */
    tick() {
      if (running === null && env.perf() >= notBefore && pending().length > 0) void this.deliver();
    },

    /** How many records of earlier pages are not stored. */
    left: () => pending().length,

    /** Tokens of the launches that this journal knows and of which nothing is left to deliver, nor ever will be. @returns {string[]} */
    settled() {
      const left = new Set(pending().map(({ time }) => time.token));
      return [...new Set(journal.sessions().map(({ time }) => time.token))].filter((token) => !left.has(token) && !alive.has(token));
    },
  };
}
