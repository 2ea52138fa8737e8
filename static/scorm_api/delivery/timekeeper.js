/**
 * The whole delivery side of one player page: wires clock, journal, backlog and the running sessions together and tells the page how
 * safe its time is. Imports nothing of the adapter or the player; the player hands its recorder to the adapter.
 *
 * @import { ActivityStart, LaunchData, LaunchResponse, LeaseStatus, SaveStatus, Timekeeper } from "../types.js"
 * @import { DeliveryEnv, Page } from "./shapes.js"
 * @import { LiveSession } from "./live-session.js"
 * @import { Earlier } from "./overlay.js"
 */
import { createBacklog } from "./backlog.js";
import { createClock } from "./clock.js";
import { createDelivery } from "./delivery.js";
import { createJournal } from "./journal.js";
import { overlay } from "./overlay.js";
import { createRecorder } from "./recorder.js";
import { isFilePending, restoreRecord } from "./session-record.js";
import { createUuidMaker } from "./uuid.js";

/** A page that still ticks this long after dismissal began was only hidden. */
const LEAVING_MS = 3000;

const WORST_FIRST = /** @type {const} */ (["kept", "held", "spooled", "saving"]);

/** A launch's answer does not say how long it travelled; any acknowledgement knows better. */
const LAUNCH_ANCHOR_ERROR_MS = 5000;

/**
 * @param {DeliveryEnv} env
 * @returns {Timekeeper}
 */
export function createTimekeeper(env) {
  const clock = createClock();
  const reading = () => ({ perf: env.perf(), wall: env.wall() });
  const uuid = createUuidMaker(env.randomBytes);
  const worker = env.startWorker(onTick);
  const journal = createJournal(env, worker);
  const delivery = createDelivery(env);
  /** Sessions of this page that are not stored yet. @type {Map<string, LiveSession>} */
  const sessions = new Map();
  const backlog = createBacklog({ env, journal, delivery, isOurs: (session) => sessions.has(session), changed: statusChanged });

  /** @type {LaunchResponse | null} */
  let launch = null;
  /** The data that came with the launch: as old as the launch. @type {Set<LaunchData>} */
  const launchData = new Set();
  /** What earlier sessions had left to deliver at the launch: reported ms that the server knew of each. @type {Map<string, number>} */
  const leftAtLaunch = new Map();
  /** Sessions that began in this page. @type {Set<string>} */
  const begunHere = new Set();
  let order = 0;
  let dismissing = false;
  let leaving = false;
  let dismissedAt = 0;

  /** @type {SaveStatus} */
  let status = "saved";
  /** @type {((status: SaveStatus) => void)[]} */
  const statusListeners = [];
  /** @type {((lease: LeaseStatus) => void)[]} */
  const leaseListeners = [];
  /** @type {((reason: "gone" | "forbidden") => void)[]} */
  const refusedListeners = [];

  /** @type {Page} */
  const page = {
    env,
    clock,
    journal,
    delivery,
    reading,
    newSession: () => uuid(clock.serverAt(env.perf())),
    token: () => launch?.token ?? "",
    heartbeatMs: () => launch?.heartbeat_ms ?? 15_000,
    ledger: backlog.ledger,
    visible: () => env.visible(),
    order: () => order,
    orderSaid: (number) => void (order = Math.max(order, number)),
    dismissing: () => dismissing,
    leaving: () => leaving,
    statusChanged,
    ledgerSaid: backlog.ledgerSaid,
    leaseSaid: (lease) => leaseListeners.forEach((listener) => listener(lease)),
    refused: (reason) => refusedListeners.forEach((listener) => listener(reason)),
  };

  /** @returns {SaveStatus} */
  function currentStatus() {
    const all = [backlog.standing(), ...[...sessions.values()].map((session) => session.standing())];
    const worst = WORST_FIRST.find((one) => all.includes(one)) ?? "saved";
    if (!journal.unsafe()) return worst;
    // With no copy on this device, what the server does not have is nowhere but in this page's memory.
    if (worst === "kept") return "unsafe";
    return worst === "saved" && [...sessions.values()].some((session) => session.running()) ? "sent" : worst;
  }

  function statusChanged() {
    const now = currentStatus();
    if (now === status) return;
    status = now;
    statusListeners.forEach((listener) => listener(now));
  }

  /** The page did not end. */
  function stay() {
    leaving = false;
    delivery.refill();
    for (const session of sessions.values()) session.cameBack();
  }

  /** @param {import("./shapes.js").Reading} now @param {number} limit */
  function onTick(now, limit) {
    clock.tick(now, limit);
    if (leaving && env.perf() - dismissedAt > LEAVING_MS) stay();
    for (const [id, session] of sessions) {
      session.tick();
      if (session.done()) sessions.delete(id);
    }
    journal.restore();
    backlog.tick();
    statusChanged();
  }

  /**
   * What `data` may lack. Data of the launch lacks all that came after it; data that was fetched since lacks what is not stored.
   * @param {LaunchData} data
   * @returns {Earlier[]}
   */
  function notIn(data) {
    const ofLaunch = launchData.has(data);
    journal.refresh();
    return journal.sessions().flatMap((files) => {
      const { head, time, state } = restoreRecord(files);
      if (ofLaunch && begunHere.has(head.session)) return [{ head, time, state, includedMs: 0 }];
      const included = ofLaunch ? leftAtLaunch.get(head.session) : isFilePending(files, backlog.ledger()) ? time.reportedStored : undefined;
      return included === undefined ? [] : [{ head, time, state, includedMs: included }];
    });
  }

  return {
    async deliverPending(limitMs) {
      const work = journal.load().then(() => backlog.deliver());
      /** @type {Promise<null>} */
      const limit = new Promise((resolve) => void env.setTimeout(() => resolve(null), limitMs));
      const done = await Promise.race([work.catch(() => null), limit]);
      statusChanged();
      return done ?? { delivered: 0, left: backlog.left() };
    },

    launched(answer) {
      launch = answer;
      const now = reading();
      clock.read(now);
      clock.anchor(answer.now, now.perf, LAUNCH_ANCHOR_ERROR_MS);
      backlog.know(answer.registration, answer.launch.number, answer.token);
      backlog.ledgerSaid(answer.ledger);
      worker.beats(answer.heartbeat_ms);
      for (const activity of Object.values(answer.activities)) launchData.add(activity.data);
      journal.refresh();
      for (const files of journal.sessions()) {
        if (isFilePending(files, answer.ledger)) leftAtLaunch.set(files.time.session, files.time.time.reportedStored);
      }
      if (backlog.left() > 0) void backlog.deliver();
      statusChanged();
    },

    waiting() {
      journal.refresh();
      return journal.sessions().filter((files) => isFilePending(files, backlog.ledger())).map((files) => files.time.session);
    },

    record(start) {
      if (launch === null) throw new Error("record() before launched()");
      const { registration, launch: { number }, token } = launch;
      return createRecorder(page, start, {
        plan: () => overlay(registration, start, notIn(start.data)),
        launch: () => ({ registration, launch: number, token }),
        began: (session) => {
          begunHere.add(session.record.head.session);
          sessions.set(session.record.head.session, session);
        },
      });
    },

    visibility(visible) {
      for (const session of sessions.values()) session.visibility(visible);
    },

    dismissalBegan() {
      dismissing = true;
      leaving = true;
      dismissedAt = env.perf();
      for (const session of sessions.values()) session.flushTime();
      for (const session of sessions.values()) session.flushState();
    },

    dismissalEnded() {
      dismissing = false;
      stay();
    },

    online() {
      backlog.hurry();
      sessions.forEach((session) => session.cameBack());
    },

    onStatus(listener) {
      statusListeners.push(listener);
      listener(status);
    },

    onLease(listener) {
      leaseListeners.push(listener);
    },

    onRefused(listener) {
      refusedListeners.push(listener);
    },
  };
}
