/**
 * A session that runs in this page, and its delivery until all of it is stored. Guarantees: the journal is written before anything is
 * sent; at most one request is in flight, the newest content follows it; nothing but `gone` ends it before it is stored.
 *
 * @import { Finding, SaveStatus } from "../types.js"
 * @import { Head, Outcome, Page, Sent, SessionRecord, StatusFields, TimeFile, WireRecord } from "./shapes.js"
 */
import { changesKey, stateKey, timeKey } from "./journal.js";
import { applyAnswer, commitBody, hasMore, isHeldBack, isPending, nextMessage, stateWithin, timeOnly } from "./session-record.js";
import { createStanding } from "./standing.js";
import { createStateJournal } from "./state-journal.js";
import { addFinding, newState, raiseState, setElement } from "./state-register.js";
import { newTime, touchTime } from "./time-register.js";
import { createTimeline } from "./timeline.js";
import { addWord } from "./words.js";

/** While the main thread was silent for longer than this, the worker may have used sequences of its own, at most one each second. */
const WORKER_TAKES_OVER_MS = 2000;

/** A request that has been under way for longer than this is told of. */
const SLOW_MS = 2000;

/** Ticks come a little late: a heartbeat that is due before the next one goes now. */
const TICK_SLACK_MS = 500;

/** @typedef {ReturnType<typeof createLiveSession>} LiveSession */

/**
 * @param {Page} page
 * @param {Head} head
 * @param {number} launchOrder the order number of the launch; a lease that this page got since is newer
 */
export function createLiveSession(page, head, launchOrder) {
  const { env, clock, journal, delivery } = page;
  let order = Math.max(launchOrder, page.order());
  const keys = {
    time: timeKey(head.registration, head.session),
    state: stateKey(head.registration, head.session),
    changes: changesKey(head.registration, head.session),
  };
  clock.read(page.reading());
  const beganAt = env.perf();
  const timeline = createTimeline({ opened: Math.round(clock.serverAt(beganAt)), perf: beganAt, visible: page.visible() });
  clock.follow(timeline);
  /** @type {SessionRecord} */
  const record = { head, time: newTime(timeline.opened, order), state: newState(order), job: null };
  const { time, state } = record;
  const stateJournal = createStateJournal(journal, keys, state);
  time.spans = timeline.spans;
  time.acts = timeline.acts;

  let running = true;
  let over = false;
  let wanting = page.visible();
  let leasedOnce = false;
  let inFlight = false;
  let again = false;
  const standing = createStanding({ perf: env.perf, random: env.random, heartbeatMs: page.heartbeatMs }, record);
  let sentAt = -Infinity;
  let keptAt = beganAt;
  let rev = 0;
  let bulkSeq = 0;
  // What the main thread cannot place before the ticks of a stall, or the first one after a sleep, are heard: monotonic moments.
  /** @type {number | null} */
  let markWaits = null;
  /** @type {{ word: import("./shapes.js").Word, at: number } | null} */
  let wordWaits = null;
  /** @type {{ visible: boolean, at: number } | null} */
  let visibleWaits = null;
  /** @type {number | null} */
  let endWaits = null;

  /** Brings the time register up to now, under a sequence that nothing else has. */
  function takeTime() {
    if (!running) return;
    clock.read(page.reading());
    const silent = env.perf() - keptAt;
    touchTime(time, silent < WORKER_TAKES_OVER_MS ? 1 : 2 + Math.ceil(silent / 1000));
    time.measured = timeline.measured();
    time.open = timeline.open();
    time.order = order;
    time.ended = page.leaving() ? "left" : null;
  }

  function writeTime() {
    time.left = true;
    rev += 1;
    /** @type {TimeFile} */
    const file = { v: 1, rev, at: timeline.now(), ...head, stored_at: running || isPending(record, page.ledger()) ? null : head.stored_at, time };
    journal.write(keys.time, file, running);
    keptAt = env.perf();
  }

  function writeState() {
    state.left = true;
    rev += 1;
    stateJournal.write(rev);
  }

  function write() {
    takeTime();
    writeTime();
    if (!state.left) writeState();
  }

  /** The ticks have told whether the page was stalled or stopped: what came before them gets its place. */
  function placeWaiting() {
    if (markWaits !== null && clock.reached(markWaits)) {
      if (running) timeline.mark();
      markWaits = null;
    }
    if (wordWaits !== null && clock.reached(wordWaits.at)) {
      wordWaits.word[1] = timeline.measured();
      wordWaits = null;
    }
    if (visibleWaits !== null && clock.reached(visibleWaits.at)) {
      if (running) timeline.visibility(visibleWaits.visible, clock.serverAt(timeline.now()));
      visibleWaits = null;
    }
    if (endWaits !== null && clock.reached(endWaits)) {
      endWaits = null;
      clock.leave(timeline);
      touchTime(time);
      time.measured = timeline.measured();
      time.open = timeline.open();
      writeTime();
      void send();
    }
  }

  /** In dismissal nothing may wait for the next tick. */
  function changed() {
    if (running && page.dismissing()) write();
  }

  async function send() {
    if (over) return;
    if (running) write();
    if (inFlight) {
      again = true;
      return;
    }
    if (!standing.mayTry()) return;
    inFlight = true;
    let written = true;
    do {
      if (running && !written) write();
      written = false;
      again = false;
      const next = nextMessage(record, wanting && running, standing.apart());
      if (next === null) break;
      sentAt = env.perf();
      page.statusChanged();
      const token = page.token();
      const breaks = clock.breaks();
      const outcome = await delivery.post(commitBody(token, next.message));
      if (!answered(outcome, next.sent, token, breaks)) break;
    } while (!over && (again || hasMore(record)));
    inFlight = false;
    page.statusChanged();
  }

  /**
   * @param {Outcome} outcome
   * @param {Sent} sent
   * @param {string} token
   * @param {number} breaks
   * @returns {boolean} whether the server took it
   */
  function answered(outcome, sent, token, breaks) {
    if (over) return false;
    if (outcome.kind !== "answer") {
      const refused = outcome.kind === "forbidden";
      standing.failed(sent, { refused, answered: !refused && outcome.answered });
      if (refused) page.refused("forbidden");
      return false;
    }
    const { answer } = outcome;
    const result = answer.results.find((one) => one.session === head.session);
    const said = applyAnswer(record, sent, result, answer, { wall: env.wall(), token });
    if (said === "gone") {
      end("gone");
      return false;
    }
    const taken = said === "stored" || said === "progress";
    // An anchor that was asked for before a sleep says nothing about the time after it.
    if (taken && answer.now !== null && breaks === clock.breaks()) {
      clock.anchor(answer.now, (outcome.sent + outcome.received) / 2, (outcome.received - outcome.sent) / 2);
    }
    if (typeof result?.attempt === "string") head.made = result.attempt;
    if (result?.lease) leased(result.lease, sent.want);
    if (answer.ledger !== null) page.ledgerSaid(answer.ledger);
    if (!running) writeTime();
    if (sent.state !== null || (!running && !state.left)) writeState();
    if (taken) standing.taken(sent);
    else if (said === "kept") standing.failed(sent, { refused: false, answered: true });
    else standing.setAside(said, sent);
    return taken;
  }

  /** There is something that the server may want to hear. What it holds for a person is offered daily, and whatever is new at once. */
  function owes() {
    return running || (isPending(record, page.ledger()) && !isHeldBack(head, page.token(), env.wall()));
  }

  /** @param {"gone"} reason the registration was erased: the only end of a record that is not stored */
  function end(reason) {
    over = true;
    stop();
    journal.end(head.registration, head.session);
    page.refused(reason);
  }

  function stop() {
    running = false;
    const now = env.perf();
    if (over || !clock.undecided(now)) {
      clock.leave(timeline);
      return;
    }
    timeline.endAt(now);
    endWaits = now;
  }

  /** @param {{ number: number, mine: boolean, silent_ms: number }} lease @param {boolean} asked */
  function leased(lease, asked) {
    if (asked) wanting = false;
    if (!running) return;
    if (lease.mine) {
      order = Math.max(order, lease.number);
      page.orderSaid(order);
      // The lease of its Initialize covers all that the session wrote; one that it takes back later, only what it writes from then on:
      // else a page left open elsewhere would lay its old bookmark over a newer one.
      if (!leasedOnce) raiseState(state, order);
      leasedOnce = true;
    } else if (!asked && lease.silent_ms >= 2 * page.heartbeatMs() && page.visible()) {
      askLease();
      return;
    }
    page.leaseSaid({ mine: lease.mine, silentMs: lease.mine ? 0 : lease.silent_ms });
  }

  function askLease() {
    wanting = true;
    void send();
  }

  /** The page is being dismissed: time first and alone, and the state if it fits beside it. */
  function flush() {
    flushTime();
    flushState();
  }

  function flushTime() {
    if (over || (!running && !isPending(record, page.ledger()))) return;
    if (running) write();
    sendByBeacon(timeOnly(record));
  }

  /** @param {{ message: WireRecord, sent: Sent }} part */
  function sendByBeacon({ message, sent }) {
    const token = page.token();
    const breaks = clock.breaks();
    void delivery.beacon(commitBody(token, message))?.then((outcome) => answered(outcome, sent, token, breaks));
  }

  /** Bulk goes once in a dismissal; a second copy would only take the room of somebody's time. */
  function flushState() {
    if (over || bulkSeq === state.seq) return;
    const parts = stateWithin(record, delivery.room());
    for (const part of parts) sendByBeacon(part);
    if (parts.length > 0) bulkSeq = state.seq;
  }

  return {
    record,

    /** @param {string} element @param {string} value */
    set(element, value) {
      if (!running) return;
      if (setElement(state, element, value, order)) stateJournal.changed(element);
      changed();
    },

    /** @param {StatusFields} fields */
    status(fields) {
      if (!running) return;
      Object.assign(time.status, fields);
      changed();
    },

    /** @param {string} value */
    exit(value) {
      if (!running) return;
      time.exit = value;
      changed();
    },

    /** @param {string} raw @param {number | null} ms @param {boolean} lenient */
    say(raw, ms, lenient) {
      if (!running) return;
      clock.read(page.reading());
      const before = time.words.at(-1);
      addWord(time.words, ms, timeline.measured(), raw, lenient);
      const word = time.words.at(-1);
      if (word !== undefined && word !== before) wordWaits = clock.undecided(env.perf()) ? { word, at: env.perf() } : null;
      changed();
    },

    /** @param {Finding} finding */
    finding(finding) {
      if (!running) return;
      addFinding(state, finding, order);
      changed();
    },

    mark() {
      if (!running) return;
      clock.read(page.reading());
      if (clock.undecided(env.perf())) markWaits = env.perf();
      else timeline.mark();
    },

    /** @param {boolean} visible */
    visibility(visible) {
      if (!running) return;
      clock.read(page.reading());
      if (visibleWaits !== null || clock.undecided(env.perf())) visibleWaits = { visible, at: env.perf() };
      else timeline.visibility(visible, clock.serverAt(timeline.now()));
    },

    /** Once a second, after the clock was told. */
    tick() {
      if (over) return;
      placeWaiting();
      const now = env.perf();
      const due = standing.failing() ? standing.mayTry() : now - sentAt >= page.heartbeatMs() - TICK_SLACK_MS;
      if (due && !inFlight && owes()) void send();
      else if (running) write();
    },

    /** Content said Commit, or the session has just begun: written now, sent promptly. */
    commit() {
      if (!running) return;
      if (page.leaving()) flush();
      else void send();
    },

    /** @param {"terminated" | "left"} how */
    finish(how) {
      if (!running) return;
      takeTime();
      time.ended = how;
      time.terminated = how === "terminated";
      stop();
      writeTime();
      if (!state.left) writeState();
      if (page.leaving()) flush();
      else {
        standing.hurry();
        void send();
      }
    },

    flushTime,
    flushState,

    /** The page was not dismissed after all: beacons were never answered, so all is said again. */
    cameBack() {
      bulkSeq = 0;
      standing.hurry();
      if (owes()) void send();
    },

    askLease,

    running: () => running,
    /** Nothing more to do for it. */
    done: () => over || (!running && !inFlight && endWaits === null && !isPending(record, page.ledger())),

    /** @returns {Exclude<SaveStatus, "sent" | "unsafe">} */
    standing() {
      if (over) return "saved";
      const trouble = standing.trouble(running);
      if (trouble !== null) return trouble;
      const slow = inFlight && env.perf() - sentAt > SLOW_MS;
      const unsaved = state.acked < state.seq || (!running && (endWaits !== null || isPending(record, page.ledger())));
      return slow || unsaved ? "saving" : "saved";
    },
  };
}
