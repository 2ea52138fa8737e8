/**
 * The state machine of a SCORM API and what each of its eight calls does.
 *
 * 1.1 and 1.2: RTE 1.2, 3.3. 2004: RTE 4th Ed., 3.1. Guarantees: no call touches the network; a refused call changes
 * nothing; Commit and Terminate answer "true" only when the sink has the record. It may throw where the sink does: the
 * API's functions catch (create-adapter.js). Imports nothing of the delivery side but the sink that it is handed.
 */

import { ACCEPTED, OUT_OF_RANGE, WRONG_TYPE } from "./data-types.js";
import { DataModel } from "./data-model.js";
import { diagnose } from "./diagnostics.js";
import { parseDuration } from "./durations.js";
import { NO_ERROR } from "./error-codes.js";
import {
  LENIENT_TIME, lenienciesOf, MISSING_ARGUMENT, NOT_A_STRING, NOT_FINISHED, OVER_SPM, REFUSED_VALUE, STATUS_OVERRIDDEN, UNREADABLE_TIME,
} from "./leniencies.js";
import { lessonStatusAtFinish } from "./status-rules.js";

/** @typedef {import("../types.d.ts").LaunchData} LaunchData */
/** @typedef {import("../types.d.ts").SessionSink} SessionSink */
/** @typedef {import("./cells.js").Cell} Cell */
/** @typedef {import("./data-model-table.js").DataModelTable} DataModelTable */
/** @typedef {import("./error-codes.js").ErrorCodes} ErrorCodes */

/**
 * What tells the standards apart.
 *
 * @typedef {Object} Dialect
 * @property {"scorm11" | "scorm12" | "scorm2004"} standard
 * @property {DataModelTable} table
 * @property {Readonly<ErrorCodes>} codes
 * @property {ReadonlyMap<string, string>} errors  code to text
 * @property {boolean} statusAtFinish              the LMS decides lesson_status at LMSFinish
 */

/** Of a raw value, in a finding. */
const MAX_RAW = 255;

const NOT_BEGUN = "the session has not been initialized";
const RUNNING = "the session is running already";
const ENDED = "the session has ended";
const NO_NAME = "the name of an element is missing";
const NOT_KEPT = "the record could not be kept on this device; call again";
const FAILED = "it could not be done here; call again";

export class Runtime {
  /** @type {"not-initialized" | "running" | "terminated"} */
  #state = "not-initialized";
  /** @type {DataModel | null} */
  #model = null;
  #error = NO_ERROR;
  /** The element of the latest call, for the diagnostic. */
  #about = "";
  /** Why the latest call failed, where that has to do with no element. */
  #why = "";
  /** What the latest call was given. */
  #given = "";
  /** The leniencies that are on. */
  #lenient;
  #documentChanged = false;
  /** Kind and row of the findings made in this session: each is made once. @type {Set<string>} */
  #found = new Set();
  #dialect;
  #codes;
  #launch;
  #sink;

  /** @param {Dialect} dialect @param {LaunchData} launch @param {SessionSink} sink */
  constructor(dialect, launch, sink) {
    this.#dialect = dialect;
    this.#codes = dialect.codes;
    this.#launch = launch;
    this.#sink = sink;
    this.#lenient = lenienciesOf(launch.leniencies);
  }

  get state() {
    return this.#state;
  }

  documentChanged() {
    this.#documentChanged = true;
  }

  /** @returns {Record<string, string>} */
  snapshot() {
    return this.#model?.snapshot() ?? {};
  }

  /** @param {unknown} argument @returns {string} */
  initialize(argument) {
    if (this.#state !== "not-initialized" && !this.#mayBeginAnew()) {
      return this.#state === "running" ? this.fail(this.#codes.initializeWhileRunning, RUNNING) : this.fail(this.#codes.initializeAfterEnd, ENDED);
    }
    if (!this.#isNoArgument(argument)) return this.fail(this.#codes.argument, "", argument);
    const abandoned = this.#state === "running";
    // What the document before said is to be part of what the next one starts from.
    if (abandoned) this.#sink.commit();
    const launch = this.#state === "not-initialized" ? this.#launch : this.#restart();
    const model = new DataModel(this.#dialect.table, this.#codes, launch);
    this.#sink.initialized();
    this.#model = model;
    this.#launch = launch;
    this.#state = "running";
    this.#documentChanged = false;
    this.#found.clear();
    if (abandoned) this.#find(NOT_FINISHED, "", "", "");
    this.#noteArgument(argument);
    return this.#succeed();
  }

  /** @param {unknown} argument @returns {string} */
  terminate(argument) {
    if (this.#state !== "running") return this.#failIn(this.#codes.endBeforeStart, this.#codes.endAfterEnd);
    if (!this.#isNoArgument(argument)) return this.fail(this.#codes.argument, "", argument);
    this.#noteArgument(argument);
    if (this.#dialect.statusAtFinish) this.#decideLessonStatus();
    // On failure the session stays open (2004 RTE 3.1, communication session state): the content may try again.
    if (this.#sink.terminate() !== true) return this.fail(this.#codes.commitFailed, NOT_KEPT);
    this.#state = "terminated";
    return this.#succeed();
  }

  /** @param {unknown} argument @returns {string} */
  commit(argument) {
    if (this.#state !== "running") return this.#failIn(this.#codes.commitBeforeStart, this.#codes.commitAfterEnd);
    if (!this.#isNoArgument(argument)) return this.fail(this.#codes.argument, "", argument);
    this.#noteArgument(argument);
    return this.#sink.commit() === true ? this.#succeed() : this.fail(this.#codes.commitFailed, NOT_KEPT);
  }

  /** @param {unknown} element @returns {string} */
  getValue(element) {
    const model = this.#model;
    if (this.#state !== "running" || model === null) {
      this.#failIn(this.#codes.getBeforeStart, this.#codes.getAfterEnd);
      return "";
    }
    if (typeof element !== "string" || element === "") {
      this.fail(isEmpty(element) ? this.#codes.noElementToGet : this.#codes.undefinedElement, NO_NAME);
      return "";
    }
    const value = model.read(element);
    this.#error = model.error;
    this.#about = element;
    this.#given = "";
    return value;
  }

  /** @param {unknown} element @param {unknown} raw @returns {string} */
  setValue(element, raw) {
    // First of all: to become a text, an argument may run code of the content's, which may call us.
    const value = typeof raw === "string" ? raw : this.#lenient.has(NOT_A_STRING) ? textOf(raw) : null;
    const written = typeof raw === "string" ? raw : rawText(raw);
    const model = this.#model;
    if (this.#state !== "running" || model === null) return this.#failIn(this.#codes.setBeforeStart, this.#codes.setAfterEnd);
    if (typeof element !== "string" || element === "") return this.fail(isEmpty(element) ? this.#codes.noElementToSet : this.#codes.undefinedElement, NO_NAME);
    this.#about = element;
    this.#given = written;
    const cell = model.forWriting(element);
    if (cell === null) return this.#failAt(model.error);
    const answer = cell.slot.sessionTime
      ? this.#setSessionTime(model, cell, element, written, value)
      : this.#setElement(model, cell, element, written, cell.slot.appends && value !== null ? (cell.value ?? "") + value : value);
    if (answer === "true" && typeof raw !== "string") this.#find(NOT_A_STRING, cell.slot.element, element, written);
    return answer;
  }

  getLastError() {
    return this.#error;
  }

  /** @param {unknown} code @returns {string} */
  getErrorString(code) {
    return this.#dialect.errors.get(String(code)) ?? "";
  }

  /** @param {unknown} code the last error where empty @returns {string} */
  getDiagnostic(code) {
    const asked = isEmpty(code) ? this.#error : String(code);
    const text = this.getErrorString(asked);
    if (asked !== this.#error || asked === NO_ERROR) return text;
    const call = { code: asked, text, element: this.#about, given: this.#given, why: this.#why };
    return diagnose(call, this.#codes, this.#model);
  }

  /**
   * Ends a call with an error that has to do with no element.
   *
   * @param {string} code
   * @param {string} [why]      for the diagnostic
   * @param {unknown} [given]   the argument that was refused
   * @returns {"false"}
   */
  fail(code, why = FAILED, given = "") {
    this.#given = rawText(given);
    this.#about = "";
    this.#why = why;
    return this.#failAt(code);
  }

  /** @param {string} before @param {string} after @returns {"false"} */
  #failIn(before, after) {
    return this.#state === "terminated" ? this.fail(after, ENDED) : this.fail(before, NOT_BEGUN);
  }

  /** @param {string} code @returns {"false"} */
  #failAt(code) {
    this.#error = code;
    return "false";
  }

  /** @returns {"true"} */
  #succeed() {
    this.#error = NO_ERROR;
    return "true";
  }

  /** @param {DataModel} model @param {Cell} cell @param {string} element its name @param {string} written @param {string | null} value @returns {string} */
  #setElement(model, cell, element, written, value) {
    const { slot } = cell;
    /** @type {import("./data-types.js").Verdict} */
    let verdict = ACCEPTED;
    // What the content set before and sets again was found good before.
    if (!cell.set || value !== cell.value || slot.formByType) {
      verdict = value === null || slot.type === null ? WRONG_TYPE : slot.type.check(value, slot.formByType ? (cell.entry?.type ?? null) : null);
      if (typeof verdict === "string" && !this.#lenient.has(verdict)) verdict = WRONG_TYPE;
    }
    if (value === null || verdict === WRONG_TYPE || verdict === OUT_OF_RANGE) {
      this.#find(REFUSED_VALUE, slot.element, element, written);
      return this.#failAt(verdict === OUT_OF_RANGE ? this.#codes.range : this.#codes.type);
    }
    const kept = typeof verdict === "string" && slot.type?.meant !== undefined ? slot.type.meant(value) : value;
    if (!model.admits(element, cell, kept)) return this.#failAt(model.error);
    // The sink first: if it throws, the model is as it was.
    this.#sink.changed(element, kept);
    const withinSpm = model.write(cell, kept);
    if (typeof verdict === "string") this.#find(verdict, slot.element, element, verdict === OVER_SPM ? `${value.length} characters` : value);
    if (!withinSpm) this.#find(OVER_SPM, `${slot.element} entries`, element, value);
    if (slot.affects !== null) this.#tellEvaluated(model, cell, slot.affects);
    return this.#succeed();
  }

  /** @param {DataModel} model @param {Cell} cell @param {string} element its name @param {string} written @param {string | null} value @returns {string} */
  #setSessionTime(model, cell, element, written, value) {
    const read = value === null || cell.slot.type?.check(value, null) === WRONG_TYPE ? null : parseDuration(value, this.#dialect.standard);
    if (value === null || read === null || (read.lenient && !this.#lenient.has(LENIENT_TIME))) {
      this.#find(UNREADABLE_TIME, cell.slot.element, element, written);
      this.#sink.sessionTime(written, null, false);
      return this.#failAt(this.#codes.type);
    }
    this.#sink.sessionTime(written, read.ms, read.lenient);
    model.write(cell, value);
    if (read.lenient) this.#find(LENIENT_TIME, cell.slot.element, element, written);
    return this.#succeed();
  }

  /**
   * A status that the manifest's threshold decides is told as soon as it is decided: the session may end without a word.
   *
   * @param {DataModel} model
   * @param {Cell} written
   * @param {string} element
   */
  #tellEvaluated(model, written, element) {
    const status = model.cell(element);
    if (status === null) return;
    if (written === status) status.told = status.value;
    const evaluated = status.slot.evaluate?.(model.lookup) ?? null;
    // Without a measure nothing is decided: GetValue says unknown (4.2.4.1), the content's own word stays on record.
    if (evaluated === null || evaluated === "unknown" || evaluated === status.told) return;
    this.#tellDerived(status, evaluated);
    status.told = evaluated;
  }

  /** RTE 1.2, 3.4.4 cmi.core.lesson_status. */
  #decideLessonStatus() {
    const status = this.#model?.cell("cmi.core.lesson_status") ?? null;
    const raw = this.#model?.cell("cmi.core.score.raw") ?? null;
    const exit = this.#model?.cell("cmi.core.exit") ?? null;
    if (status === null || raw === null || exit === null) return;
    const session = { status: status.value ?? "", statusSet: status.set, raw: raw.value ?? "", rawSet: raw.set, exit: exit.value ?? "" };
    const decided = lessonStatusAtFinish(session, this.#launch);
    if (decided === status.value) return;
    this.#tellDerived(status, decided);
    status.value = decided;
  }

  /** @param {Cell} status @param {string} decided */
  #tellDerived(status, decided) {
    this.#sink.changed(status.slot.element, decided, true);
    if (status.set) this.#find(STATUS_OVERRIDDEN, status.slot.element, status.slot.element, status.value ?? "");
  }

  /** @returns {LaunchData} */
  #restart() {
    try {
      return this.#sink.restart();
    } catch {
      // The newest state that this page knows is better than a learner without a session.
      return { ...this.#launch, elements: this.#model?.stored() ?? this.#launch.elements };
    }
  }

  #mayBeginAnew() {
    return this.#documentChanged && (this.#state === "terminated" || this.#lenient.has(NOT_FINISHED));
  }

  /** @param {unknown} argument */
  #isNoArgument(argument) {
    return argument === "" || (isEmpty(argument) && this.#lenient.has(MISSING_ARGUMENT));
  }

  /** @param {unknown} argument */
  #noteArgument(argument) {
    if (argument !== "") this.#find(MISSING_ARGUMENT, "", "", rawText(argument));
  }

  /**
   * @param {string} kind
   * @param {string} row      the table's row: of a hundred interactions with the same quirk one is enough
   * @param {string} element
   * @param {string} raw
   */
  #find(kind, row, element, raw) {
    const key = `${kind} ${row}`;
    if (this.#found.has(key)) return;
    this.#found.add(key);
    try {
      this.#sink.finding({ kind, element, raw: raw.slice(0, MAX_RAW) });
    } catch {
      // A finding is a remark: the call that it is about went as it went.
    }
  }
}

/** @param {unknown} argument */
function isEmpty(argument) {
  return argument === "" || argument === undefined || argument === null;
}

/**
 * The text that a value counts as, where it is not a string.
 *
 * @param {unknown} raw
 * @returns {string | null} null for objects, functions and symbols
 */
function textOf(raw) {
  if (raw === undefined || raw === null) return "";
  if (typeof raw === "number" || typeof raw === "boolean" || typeof raw === "bigint") return String(raw);
  try {
    // new String("...") and its like; the frame's String is not ours, so instanceof would not do.
    return /^\[object (?:String|Number|Boolean)\]$/.test(Object.prototype.toString.call(raw)) ? String(raw) : null;
  } catch {
    return null;
  }
}

/** What a person may be shown of a value that is no string. @param {unknown} raw */
function rawText(raw) {
  if ((typeof raw !== "object" || raw === null) && typeof raw !== "function") return String(raw);
  try {
    return Object.prototype.toString.call(raw);
  } catch {
    return "[object]";
  }
}
