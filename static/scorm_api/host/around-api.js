/**
 * Around the API of an LMS: one observer for each of the two global objects, and a recorder once there is a ticket.
 *
 * Guarantees: a session begins with the content's frame, whether it ever calls the API or not; it ends with Terminate, with
 * the content's frame, or with the page; the next one begins with a call. Of two APIs the one that is initialized has the session: content that drives both is
 * recorded once.
 *
 * @import { ActivityStart, SessionRecorder } from "../types.js"
 * @import { Lifecycle } from "../player/page-lifecycle.js"
 * @import { Early } from "./host-page.js"
 * @import { GlobalName } from "./host-apis.js"
 * @import { Observer } from "./observer.js"
 */
import { watchContentFrames } from "./content-frames.js";
import { NAMES } from "./host-apis.js";
import { createObserver } from "./observer.js";
import { quietly } from "./pass-through.js";
import { ELEMENT, newAccount } from "./told-account.js";

/** As in our own player: content that has not called by now is noted. */
const SILENT_AFTER_MS = 10_000;
/** @type {Record<GlobalName, ActivityStart["standard"]>} */
const STANDARDS = { API: "scorm12", API_1484_11: "scorm2004" };

/**
 * @param {object} parts
 * @param {Window} parts.page
 * @param {Early} parts.early
 * @param {Lifecycle} parts.lifecycle
 * @param {(start: ActivityStart) => { recorder: SessionRecorder }} parts.record
 */
export function listenAround({ page, early, lifecycle, record }) {
  const frames = watchContentFrames(page.document);
  /** @type {ActivityStart | null} */
  let start = null;
  /** The API that has the session; the first one that speaks. @type {GlobalName | null} */
  let winner = null;
  /** @type {Map<GlobalName, SessionRecorder>} */
  const recorders = new Map();
  /** A session that began with a frame, before any call. @type {SessionRecorder | null} */
  let silent = null;

  /** @param {ActivityStart} from @param {GlobalName} name */
  function recorderOf(from, name) {
    const known = recorders.get(name);
    if (known !== undefined) return known;
    const { recorder } = record({ ...from, standard: STANDARDS[name] });
    recorders.set(name, recorder);
    return recorder;
  }

  /** The one that content will most likely speak to: what is there, else what its course's standard says. @param {ActivityStart} from */
  function expectedRecorder(from) {
    const [only, another] = early.names();
    const name = only !== undefined && another === undefined ? only : NAMES.find((each) => STANDARDS[each] === from.standard);
    return name === undefined ? record(from).recorder : recorderOf(from, name);
  }

  /** @param {GlobalName} name @returns {SessionRecorder | null} */
  function recorderFor(name) {
    winner ??= name;
    if (name !== winner) return null;
    const recorder = start === null ? null : recorderOf(start, name);
    if (recorder !== null && silent !== null && silent !== recorder) silent.end();
    silent = null;
    return recorder;
  }

  /** @param {GlobalName} name */
  const observer = (name) =>
    createObserver({
      name,
      recorder: () => recorderFor(name),
      // Not within the content's call: to ask what is shown makes the browser lay out the page.
      began: () => void page.setTimeout(() => quietly(frames.remember), 0),
      leaving: () => lifecycle.leaving(),
      perf: () => page.performance.now(),
      setTimeout: (work, ms) => page.setTimeout(work, ms),
      clearTimeout: (id) => page.clearTimeout(id),
    });
  /** @type {Record<GlobalName, Observer>} */
  const observers = { API: observer("API"), API_1484_11: observer("API_1484_11") };
  early.hand((name) => observers[name]);

  /** Its time counts from here, whether it calls Initialize a moment later or never. */
  function beginWithFrame() {
    // Once content has spoken, what says nothing may as well be the LMS's own goodbye.
    if (start === null || silent !== null || NAMES.some((name) => observers[name].spoke()) || !frames.loaded()) return;
    const recorder = expectedRecorder(start);
    silent = recorder;
    frames.remember();
    recorder.begin();
    recorder.changed(ELEMENT, JSON.stringify(newAccount("")), true);
    page.setTimeout(() => {
      if (silent === recorder) recorder.finding({ kind: "never-initialized", element: "", raw: "" });
    }, SILENT_AFTER_MS);
  }

  page.document.addEventListener("load", () => page.setTimeout(() => quietly(beginWithFrame), 0), true);

  return {
    /** @param {ActivityStart} activity */
    ready(activity) {
      start = activity;
      for (const name of NAMES) if (observers[name].spoke()) observers[name].ready();
      beginWithFrame();
    },

    /** A document was left; which one, and whether another comes, is seen a moment later. */
    left() {},

    tick() {
      beginWithFrame();
      if (lifecycle.leaving() || !frames.gone()) return;
      silent?.end();
      silent = null;
      if (winner !== null) observers[winner].left();
      // Whatever comes next may speak another standard.
      winner = null;
      frames.remember();
    },
  };
}
