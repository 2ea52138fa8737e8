/**
 * As much of an LMS as the adapter needs around it: launch data out of a manifest, and what one session leaves to the next.
 *
 * The product's own side of this is the server; the browser tests drive the suites through it. Here the rules are written
 * once more, shortly, so that the adapter can be measured without it: RTE 4th Ed., 4.2.8 (exit decides whether the attempt
 * goes on), SN navigation (suspendAll suspends), CAM 4th Ed., adlcp:data (shared data).
 */

import { createAdapter } from "../../static/scorm_api/adapter/create-adapter.js";
import { parseDuration } from "../../static/scorm_api/adapter/durations.js";
import { all, child, parseXml } from "./xml.js";

/** @typedef {import("../../static/scorm_api/types.d.ts").LaunchData} LaunchData */
/** @typedef {import("../../static/scorm_api/types.d.ts").SharedDatum} SharedDatum */
/** @typedef {import("./xml.js").Node} Node */

/** What the LMS remembers of one activity. @typedef {{ elements: Record<string, string>, totalTimeMs: number, suspended: boolean, begun: boolean }} Attempt */

const LEARNER = Object.freeze({ learnerId: "ana.ruiz", learnerName: "Ruiz, Ana" });
export const LEARNER_ID = LEARNER.learnerId;
export const LEARNER_NAME = LEARNER.learnerName;

export class SmallLms {
  /** @type {Map<string, Attempt>} */
  #attempts = new Map();
  /** Shared data by id; a course whose data is its own has them by course and id. @type {Map<string, string>} */
  #shared = new Map();
  /** @type {"scorm12" | "scorm2004"} */
  #standard;

  #leniencies;

  /** @param {"scorm12" | "scorm2004"} standard @param {string[]} [leniencies] switched as LaunchData has it */
  constructor(standard, leniencies = []) {
    this.#standard = standard;
    this.#leniencies = leniencies;
  }

  /**
   * @param {Course} course
   * @param {string} activity
   * @param {{ credit?: "credit" | "no-credit", mode?: "normal" | "browse" }} [as]  how the learner takes it
   * @returns {{ api: Readonly<Record<string, (...args: string[]) => string>>, leave: () => void }}
   */
  launch(course, activity, as = {}) {
    const key = `${course.id} ${activity}`;
    const attempt = this.#attempts.get(key) ?? { elements: {}, totalTimeMs: 0, suspended: false, begun: false };
    const resumed = attempt.suspended || (this.#standard === "scorm12" && attempt.begun);
    const started = this.#standard === "scorm12" || attempt.suspended ? attempt : { ...attempt, elements: {}, totalTimeMs: 0 };
    /** @type {Record<string, string>} */
    const set = {};
    let sessionMs = 0;
    const item = course.item(activity);
    const data = { ...item, elements: { ...started.elements }, totalTimeMs: started.totalTimeMs, entry: entryOf(attempt, resumed), mode: "normal", credit: "credit", leniencies: this.#leniencies, ...as, ...LEARNER };
    const shared = item.shared.map(({ id, readable, writable }) => ({ id, readable, writable, value: this.#shared.get(course.sharedKey(id)) ?? null }));
    const sink = {
      initialized: () => undefined,
      changed: (/** @type {string} */ element, /** @type {string} */ value) => void (set[element] = value),
      sessionTime: (/** @type {string} */ _, /** @type {number | null} */ ms) => void (sessionMs = ms ?? sessionMs),
      finding: () => undefined,
      commit: () => true,
      terminate: () => true,
      restart: () => data,
    };
    const adapter = createAdapter(this.#standard, /** @type {LaunchData} */ ({ ...data, ...(shared.length > 0 ? { sharedData: shared } : {}) }), sink);
    const leave = () => {
      const exit = set[this.#standard === "scorm12" ? "cmi.core.exit" : "cmi.exit"] ?? "";
      const request = set["adl.nav.request"] ?? "";
      const suspended = exit === "suspend" || request === "suspendAll";
      for (const { id } of item.shared) {
        const at = shared.findIndex((each) => each.id === id);
        const value = set[`adl.data.${at}.store`];
        if (value !== undefined) this.#keepShared(course.sharedKey(id), value);
      }
      if (request === "exitAll") this.#forgetShared(course);
      this.#attempts.set(key, { elements: { ...started.elements, ...set }, totalTimeMs: started.totalTimeMs + sessionMs, suspended, begun: true });
    };
    return { api: adapter.api, leave };
  }

  /** 4.3: an empty store is as one that was never set. @param {string} key @param {string} value */
  #keepShared(key, value) {
    if (value === "") this.#shared.delete(key);
    else this.#shared.set(key, value);
  }

  /** Data that is not global lives as long as the attempt on the course. @param {Course} course */
  #forgetShared(course) {
    if (!course.sharedGlobally) for (const key of this.#shared.keys()) if (key.startsWith(`${course.id} `)) this.#shared.delete(key);
  }
}

/** @param {Attempt} attempt @param {boolean} resumed */
function entryOf({ suspended, begun }, resumed) {
  if (!begun || !resumed) return "ab-initio";
  return suspended ? "resume" : "";
}

/** @typedef {Partial<LaunchData> & { shared: { id: string, readable: boolean, writable: boolean }[] }} Item */

/** A course, as its manifest says. */
export class Course {
  #items;
  #nodes;

  /** @param {string} manifest the XML */
  constructor(manifest) {
    const organization = /** @type {Node} */ (all(parseXml(manifest), "organization")[0]);
    this.id = organization.attributes["identifier"] ?? "";
    this.sharedGlobally = organization.attributes["sharedDataGlobalToSystem"] !== "false";
    this.#nodes = new Map(all(organization, "item").map((item) => [item.attributes["identifier"] ?? "", item]));
    this.#items = new Map([...this.#nodes].map(([id, item]) => [id, readItem(item)]));
  }

  /** What the manifest says in SCORM 1.2, as it stands there, by item. */
  texts12() {
    const text = (/** @type {Node} */ item, /** @type {string} */ name) => child(item, name)?.text ?? "";
    return [...this.#nodes].map(([id, item]) => /** @type {const} */ ([id, {
      launchData: text(item, "datafromlms"), masteryScore: text(item, "masteryscore"), maxTimeAllowed: text(item, "maxtimeallowed"), timeLimitAction: text(item, "timelimitaction"),
    }]));
  }

  /** @param {string} id @returns {Item} */
  item(id) {
    const item = this.#items.get(id);
    if (item === undefined) throw new Error(`no item ${id}`);
    return item;
  }

  /** @param {string} id */
  sharedKey(id) {
    return this.sharedGlobally ? `* ${id}` : `${this.id} ${id}`;
  }
}

/** @param {Node} item @returns {Item} */
function readItem(item) {
  /** @type {(name: string) => string | undefined} */
  const text = (name) => (child(item, name) ?? child(item, name.toLowerCase()))?.text;
  const threshold = child(item, "completionThreshold")?.attributes;
  const sequencing = child(item, "sequencing");
  const primary = sequencing && all(sequencing, "primaryObjective")[0];
  const objectives = (sequencing ? [...all(sequencing, "primaryObjective"), ...all(sequencing, "objective")] : []).flatMap((each) => each.attributes["objectiveID"] ?? []);
  const byMeasure = primary?.attributes["satisfiedByMeasure"] === "true";
  const allowed = text("maxtimeallowed");
  return {
    ...present("dataFromLms", text("dataFromLMS")),
    ...present("timeLimitAction", text("timeLimitAction")),
    ...present("masteryScore", text("masteryscore"), Number),
    ...present("maxTimeAllowedMs", allowed, (value) => parseDuration(value, "scorm12")?.ms ?? 0),
    ...(threshold?.["completedByMeasure"] === "true" ? { completionThreshold: Number(threshold["minProgressMeasure"] ?? 1) } : {}),
    ...(byMeasure ? { scaledPassingScore: Number((primary && child(primary, "minNormalizedMeasure"))?.text ?? 1) } : {}),
    ...(objectives.length > 0 ? { objectives } : {}),
    shared: all(item, "map").map(({ attributes }) => ({
      id: attributes["targetID"] ?? "",
      readable: attributes["readSharedData"] !== "false",
      writable: attributes["writeSharedData"] !== "false",
    })),
  };
}

/** @param {string} key @param {string | undefined} text @param {(text: string) => unknown} [read] */
function present(key, text, read = (value) => value) {
  return text === undefined ? {} : { [key]: read(text) };
}
