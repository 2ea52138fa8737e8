/**
 * The player: launches, opens one activity after the other, lets each say its last words, and ends.
 *
 * Guarantees: nothing is asked of the server before the page is seen; what is pending is delivered before content
 * starts; the adapter is in place before content is; one move at a time; every session that begins is ended or left to
 * the journal. It holds the adapter and the delivery side together, who know nothing of each other.
 *
 * @typedef {import("../types.js").ActivityStart} ActivityStart
 * @typedef {import("../types.js").LaunchResponse} LaunchResponse
 * @typedef {import("../types.js").SaveStatus} SaveStatus
 * @typedef {import("../types.js").SessionRecorder} SessionRecorder
 * @typedef {import("../types.js").Timekeeper} Timekeeper
 *
 * @typedef {object} Parts
 * @property {Window} page
 * @property {Timekeeper} timekeeper
 * @property {import("../types.js").CreateAdapter} createAdapter
 * @property {import("./launch-client.js").LaunchClient} client
 * @property {import("./page-lifecycle.js").Lifecycle} lifecycle
 * @property {import("./activity-watch.js").ActivityWatch} activityWatch
 * @property {(where: "frame" | "window") => import("./content-stage.js").Stage} stageFor
 * @property {import("./page-address.js").PageAddress} address
 * @property {import("./panels.js").Panels} panels
 * @property {import("./course-header.js").CourseHeader} header
 * @property {(toc: import("./course-toc.js").CourseToc, choose: (id: string) => void) => import("./toc-view.js").TocView} showToc
 * @property {(bar: "elsewhere" | "refused" | null, act?: () => void) => void} showBar
 * @property {(addresses: string[]) => Promise<void>} visitSiblings
 *
 * @typedef {object} Open an activity that is open
 * @property {ActivityStart} start
 * @property {SessionRecorder} recorder
 * @property {import("./api-exposure.js").Exposure} exposure
 * @property {boolean} begun a session began, by content or by the player
 * @property {boolean} spoke the content called Initialize
 *
 * @typedef {object} Player
 * @property {() => Promise<void>} start
 * @property {() => Promise<void>} exit
 * @property {(step: "next" | "previous") => Promise<void>} step
 * @property {() => void} closeAsked content asked for the player's window to be closed
 * @property {() => void} leaving the page is being left
 * @property {() => Promise<void>} restored the page came out of the back-forward cache
 * @property {() => void} activity the learner was there
 * @property {() => void} documentLeft a document of the content was left
 */
import { exposeApis } from "./api-exposure.js";
import { createContentSink } from "./content-sink.js";
import { createCourseToc } from "./course-toc.js";
import { LaunchError } from "./launch-client.js";
import { askForLastWords } from "./last-words.js";
import { keepToLaunch, placeOf } from "./launch-wins.js";
import { moveFor } from "./navigation-request.js";

const DELIVER_FIRST_MS = 5000;
const NEWEST_STATE_MS = 3000;

/** How often it is asked for, where sessions are stored meanwhile. */
const MOST_ASKS = 3;
/** How long the goodbye waits for the last acknowledgement before it says what is so. */
const SAVED_WITHIN_MS = 4000;
/** With these the server has the learner's time, so that nothing is lost with this page. */
const AT_SERVER = new Set(["saved", "sent", "spooled", "held"]);
/** @type {Record<SaveStatus, string>} */
const GOODBYES = {
  saved: "goodbye", sent: "goodbye", spooled: "goodbye-spooled", held: "goodbye-held", saving: "goodbye-kept", kept: "goodbye-kept", unsafe: "goodbye-unsafe",
};
/** SCOs exist that never call the API (assets only, tracking switched off); most tools call Initialize within two seconds of the load. */
const SILENT_AFTER_MS = 10_000;

/**
 * @param {Parts} parts
 * @returns {Player}
 */
export function createPlayer(parts) {
  const { page, timekeeper, client, lifecycle, address, panels, header } = parts;
  const wait = (/** @type {number} */ ms) => new Promise((resolve) => page.setTimeout(resolve, ms));

  /** @type {LaunchResponse | null} */
  let launch = null;
  let toc = createCourseToc([]);
  /** @type {import("./toc-view.js").TocView | null} */
  let tocView = null;
  /** @type {import("./content-stage.js").Stage | null} */
  let stage = null;
  /** @type {Open | null} */
  let open = null;
  /** The activity that is open or was last. */
  let place = "";
  /** A move from one activity to another, or out, is under way; what the learner asks meanwhile comes after it. */
  let moving = false;
  /** @type {(() => Promise<void>) | null} */
  let afterMove = null;
  let over = false;
  /** Ends what keeps the content to the record store of its launch. */
  let toLaunch = () => {};
  let documents = 0;
  /** @type {SaveStatus} */
  let status = "saved";
  /** @type {(() => void)[]} */
  const onArrival = [];
  /** The goodbye that is shown; it changes with what is so. @type {string | null} */
  let goodbye = null;

  timekeeper.onStatus((now) => {
    status = now;
    if (AT_SERVER.has(now)) for (const act of onArrival.splice(0)) act();
    if (goodbye !== null && now !== "saving") sayGoodbye();
  });
  timekeeper.onLease(({ mine }) => {
    if (mine || open === null) parts.showBar(null);
    else parts.showBar("elsewhere", () => open?.recorder.askLease());
  });
  timekeeper.onRefused((reason) => {
    if (reason === "forbidden") {
      parts.showBar("refused", () => address.reload());
      return;
    }
    over = true;
    void leave().then(() => {
      stage?.clear();
      rest("erased");
    });
  });

  async function start() {
    panels.show("loading");
    await lifecycle.whenShown();
    await timekeeper.deliverPending(DELIVER_FIRST_MS);
    try {
      launch = await client.launch(address.link(), address.activity());
    } catch (error) {
      const panel = error instanceof LaunchError ? error.panel : "unavailable";
      panels.show(panel, { "try-again": () => void start() });
      return;
    }
    timekeeper.launched(launch);
    address.dropLink();
    toc = createCourseToc(launch.toc);
    header.launched(launch);
    if (toc.order.length > 1) tocView = parts.showToc(toc, (id) => void goTo(id));
    stage = parts.stageFor(launch.course.open_in);
    const first = launch.activities[launch.first];
    if (first === undefined) {
      panels.show("nothing-to-play");
      return;
    }
    show(first);
    void parts.visitSiblings(launch.siblings);
  }

  /** Opens an activity, or offers to where the browser wants a click for a new window. @param {ActivityStart} from */
  function show(from) {
    place = from.id;
    address.remember(from.id);
    const inWindow = launch?.course.open_in === "window";
    const neighbour = (/** @type {string | null} */ id) => (id === null ? null : toc.title(id));
    header.activity(from.title, neighbour(toc.previous(from.id)), neighbour(toc.next(from.id)));
    header.exit(true);
    tocView?.show(from.id);
    if (inWindow && stage?.content() === null && !address.mayOpenWindows()) {
      panels.show("window-ready", { open: () => show(from) });
      return;
    }
    if (!play(from)) {
      panels.show("window-blocked", { open: () => show(from) });
      return;
    }
    toc.setBegun(from.id);
    tocView?.show(from.id);
    if (inWindow) panels.show("window-open", { focus: () => stage?.focus() });
    else panels.hide();
  }

  /** @param {ActivityStart} from @returns {boolean} whether the content could be opened */
  function play(from) {
    if (stage === null) return false;
    const playedOn = stage;
    const { recorder, data } = timekeeper.record(from);
    const sink = createContentSink(recorder, {
      beginning() {
        made.begun = true;
        made.spoke = true;
      },
      status(said) {
        toc.setStatus(from.id, said);
        tocView?.show(place);
      },
      terminated(request) {
        // Terminate must answer first, and what a page says while it is left is no wish to go elsewhere.
        page.setTimeout(() => {
          if (open === made && !lifecycle.leaving()) void follow(request);
        }, 0);
      },
    });
    /** @type {Document | null} */
    let lastDocument = null;
    const documentNow = () => {
      const now = contentDocument(playedOn);
      if (now !== lastDocument) documents += 1;
      lastDocument = now;
      return documents;
    };
    const exposure = exposeApis(page, from, data, sink, parts.createAdapter, documentNow);
    /** @type {Open} */
    const made = { start: from, recorder, exposure, begun: false, spoke: false };
    open = made;

    const begin = () => {
      if (open !== made || made.begun) return;
      made.begun = true;
      recorder.begin();
      if (from.standard === "none") return;
      page.setTimeout(() => {
        if (open === made && !made.spoke) recorder.finding({ kind: "never-initialized", element: "", raw: "" });
      }, SILENT_AFTER_MS);
    };
    const opened = playedOn.open(from, {
      loaded() {
        parts.activityWatch.look();
        // Its time counts from here, whether it calls Initialize now, a moment later, or never.
        begin();
      },
      closeAsked: () => closeAsked(),
      closed: () => void windowClosed(made),
    });
    if (!opened) {
      exposure.remove();
      open = null;
      return false;
    }
    toLaunch();
    const store = placeOf(from);
    toLaunch = store === null ? () => {} : keepToLaunch(page, () => playedOn.content(), store);
    return true;
  }

  /** Lets what is open say its last words and ends its session. */
  async function leave() {
    const leaving = open;
    if (leaving === null) return;
    await stage?.leave();
    if (open !== leaving) return;
    open = null;
    leaving.recorder.end();
    leaving.exposure.remove();
    parts.showBar(null);
  }

  /**
   * One move at a time. Of several that are asked for meanwhile the last one counts.
   * @param {() => Promise<void>} move
   * @returns {Promise<void>}
   */
  async function inTurn(move) {
    if (over) return;
    if (moving) {
      afterMove = move;
      return;
    }
    moving = true;
    await move();
    moving = false;
    const next = afterMove;
    afterMove = null;
    if (next !== null) await inTurn(next);
  }

  /** @param {string} id @param {boolean} [again] from the beginning where it is open already */
  const goTo = (id, again = false) =>
    inTurn(async () => {
      const known = launch?.activities[id];
      if (launch === null || known === undefined || (open?.start.id === id && !again)) return;
      if (launch.course.open_in !== "window") panels.show("loading");
      await leave();
      const newest = await newestOf(id);
      if (newest !== null) toc.refresh(newest.toc);
      if (!over) show(newest?.activity ?? known);
    });

  /**
   * What the server knows of an activity. A session that was stored while it was asked may be missing from its answer, and no longer counts as
   * one that it lacks (`Timekeeper.record`), so it is asked again.
   * @param {string} id
   */
  async function newestOf(id) {
    for (let asks = 1; ; asks += 1) {
      const waiting = timekeeper.waiting();
      const newest = launch && (await client.newest(launch.token, id, NEWEST_STATE_MS));
      if (newest === null || asks === MOST_ASKS || allWait(waiting)) return newest;
    }
  }

  /** Whether the server has none of these sessions to the end yet. @param {readonly string[]} sessions */
  function allWait(sessions) {
    const now = new Set(timekeeper.waiting());
    return sessions.every((session) => now.has(session));
  }

  /** @param {"next" | "previous"} step */
  async function step(step) {
    const id = step === "next" ? toc.next(place) : toc.previous(place);
    if (id !== null) await goTo(id);
  }

  /** @param {string} request */
  async function follow(request) {
    const move = moveFor(request, place, toc);
    // Content may choose its own activity: it has terminated and is to be launched anew (SN 4.6.7, choice).
    if (move.kind === "open") await goTo(move.id, true);
    else if (move.kind === "exit") await exit();
    else if (move.kind === "rest") await pause();
  }

  /** The activity is left, the course is not: the learner chooses how to go on. */
  const pause = () =>
    inTurn(async () => {
      await leave();
      stage?.clear();
      tocView?.show(null);
      const next = toc.next(place);
      panels.show(
        "between",
        { ...(next === null ? {} : { next: () => void goTo(next) }), again: () => void goTo(place) },
        { next: next === null ? "" : toc.title(next) },
      );
    });

  function closeAsked() {
    if (open === null || moving || over) return;
    void (toc.order.length > 1 ? pause() : exit());
  }

  /** @param {Open} closed */
  function windowClosed(closed) {
    if (open !== closed) return;
    open = null;
    closed.recorder.end();
    closed.exposure.remove();
    parts.showBar(null);
    if (!moving && !over) panels.show("window-closed", { open: () => void goTo(place), exit: () => void exit() });
  }

  const exit = () =>
    inTurn(async () => {
      over = true;
      panels.show("leaving");
      await leave();
      stage?.clear();
      await Promise.race([atServer(), wait(SAVED_WITHIN_MS)]);
      if (status === "unsafe") {
        // Going on would lose what only this page's memory holds.
        sayGoodbye();
        await atServer();
      }
      if (!address.goOn(launch?.course.exit_url ?? "")) sayGoodbye();
    });

  /** Says how safe the learner's time is, once for each change. */
  function sayGoodbye() {
    const before = goodbye;
    goodbye = GOODBYES[status];
    if (goodbye !== before) rest(goodbye);
  }

  /** The last thing on this page. @param {string} panel */
  function rest(panel) {
    header.exit(false);
    header.activity("", null, null);
    tocView?.show(null);
    panels.show(panel, { again: () => address.reload() });
  }

  /** @returns {Promise<void>} */
  const atServer = () => (AT_SERVER.has(status) ? Promise.resolve() : new Promise((resolve) => onArrival.push(resolve)));

  return {
    start,
    exit,
    step,
    closeAsked,
    leaving() {
      // Content in a frame says its last words after this; a window of its own would say them to a page that is gone.
      if (launch?.course.open_in !== "window" || open === null) return;
      const content = stage?.content() ?? null;
      if (content !== null) askForLastWords(content);
      const left = open;
      open = null;
      left.recorder.end();
      left.exposure.remove();
      stage?.clear();
    },
    async restored() {
      if (launch === null || open === null || over) return;
      const { start: from, recorder, begun } = open;
      if (begun && recorder.session() === null) {
        address.reload();
        return;
      }
      const newest = await client.newest(launch.token, from.id, NEWEST_STATE_MS);
      // Offline, or nobody opened the course anew meanwhile: it goes on where it was.
      if (newest !== null && newest.newest_launch > launch.launch.number && open?.start === from) address.reload();
    },
    activity: () => open?.recorder.activity(),
    documentLeft: () => void (documents += 1),
  };
}

/** @param {import("./content-stage.js").Stage} stage */
function contentDocument(stage) {
  try {
    return stage.content()?.document ?? null;
  } catch {
    return null;
  }
}
