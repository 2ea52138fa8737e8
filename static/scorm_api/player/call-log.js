/**
 * The call log of a test run: every call that content makes of the API, with its answer and what an error means.
 *
 * Guarantees: the content notices nothing: answers, errors and the state of the API are those that it would have without
 * the log, and nothing that goes wrong in here reaches it; the newest calls are kept, MOST_CALLS of them, and how many
 * were let go is known. Imports only types.
 *
 * @typedef {import("../types.js").CreateAdapter} CreateAdapter
 *
 * @typedef {object} Call
 * @property {number} number counts from 1
 * @property {number} at_ms since the log began, by the monotonic clock
 * @property {string} time UTC, ISO 8601, by this machine's clock
 * @property {string} name of the function, in the words of its standard
 * @property {string} element the first argument, or ""
 * @property {string} value the second argument of SetValue, or ""
 * @property {string} answer
 * @property {string} error code after the call; "0" where there was none
 * @property {string} meaning of the code, in the words of the standard; "" without an error
 * @property {string} diagnostic what GetDiagnostic says of it; "" without an error
 *
 * @typedef {object} Filter
 * @property {string} [text] in element, value, answer or name, in any case
 * @property {boolean} [errorsOnly]
 * @property {boolean} [withoutReads] leaves out GetValue and the questions about errors where they met no error
 *
 * @typedef {object} CallLog
 * @property {(create: CreateAdapter) => CreateAdapter} watch
 * @property {(filter?: Filter) => Call[]} calls the oldest first
 * @property {() => number} dropped how many older calls were let go
 * @property {() => void} clear
 * @property {(listener: () => void) => void} onChange
 */

export const MOST_CALLS = 5000;
/** Of one value: a state of 64 000 characters, told a thousand times, would be a burden. */
export const MOST_CHARACTERS = 4000;
const QUESTIONS = new Set(["GetLastError", "GetErrorString", "GetDiagnostic"]);

/** @param {string} name */
const plain = (name) => name.replace(/^LMS/, "");

/**
 * @param {{ monotonicMs: () => number, wallMs: () => number }} clocks
 * @returns {CallLog}
 */
export function createCallLog(clocks) {
  const began = clocks.monotonicMs();
  /** @type {Call[]} */
  let calls = [];
  let count = 0;
  let dropped = 0;
  /** @type {(() => void)[]} */
  const listeners = [];

  /** @param {Call} call */
  function keep(call) {
    calls.push(call);
    if (calls.length >= 2 * MOST_CALLS) {
      dropped += calls.length - MOST_CALLS;
      calls = calls.slice(-MOST_CALLS);
    }
    for (const listener of listeners) listener();
  }

  /** @param {string} name @param {unknown[]} args @param {string} answer @param {Readonly<Record<string, (...args: unknown[]) => string>>} api */
  function note(name, args, answer, api) {
    const prefix = name.startsWith("LMS") ? "LMS" : "";
    const ask = (/** @type {string} */ what, /** @type {string} */ code) => api[prefix + what]?.(code) ?? "";
    // the questions about errors leave the last one as it was: nothing to tell of them
    const error = QUESTIONS.has(plain(name)) ? "0" : ask("GetLastError", "");
    const failed = error !== "0";
    count += 1;
    keep({
      number: count,
      at_ms: Math.round(clocks.monotonicMs() - began),
      time: new Date(clocks.wallMs()).toISOString(),
      name,
      element: args.length > 0 ? shown(args[0]) : "",
      value: args.length > 1 ? shown(args[1]) : "",
      answer: shown(answer),
      error,
      meaning: failed ? ask("GetErrorString", error) : "",
      diagnostic: failed ? ask("GetDiagnostic", "") : "",
    });
  }

  return {
    watch: (create) => (standard, launch, sink) => {
      const adapter = create(standard, launch, sink);
      /** @type {Record<string, (...args: unknown[]) => string>} */
      const api = Object.create(Object.getPrototypeOf(adapter.api));
      for (const [name, call] of Object.entries(adapter.api)) {
        api[name] = (...args) => {
          const answer = call(...args);
          try {
            note(name, args, answer, adapter.api);
          } catch {
            // what cannot be shown is not shown; the content has its answer
          }
          return answer;
        };
      }
      return Object.freeze({ ...adapter, api: Object.freeze(api) });
    },
    calls: (filter = {}) => calls.slice(-MOST_CALLS).filter((call) => passes(call, filter)),
    dropped: () => dropped + Math.max(0, calls.length - MOST_CALLS),
    clear() {
      calls = [];
      dropped = 0;
      for (const listener of listeners) listener();
    },
    onChange: (listener) => void listeners.push(listener),
  };
}

/** @param {Call} call @param {Filter} filter */
export function passes(call, filter) {
  if (filter.errorsOnly && call.error === "0") return false;
  const reads = plain(call.name) === "GetValue" || QUESTIONS.has(plain(call.name));
  if (filter.withoutReads && reads && call.error === "0") return false;
  const wanted = (filter.text ?? "").trim().toLowerCase();
  return wanted === "" || [call.name, call.element, call.value, call.answer, call.error].some((text) => text.toLowerCase().includes(wanted));
}

/** A file of JSON: what was played, and the calls. @param {object} about @param {CallLog} log @param {Filter} [filter] */
export const asJson = (about, log, filter) => `${JSON.stringify({ ...about, dropped: log.dropped(), calls: log.calls(filter) }, null, 2)}\n`;

const COLUMNS = /** @type {const} */ (["number", "at_ms", "time", "name", "element", "value", "answer", "error", "meaning", "diagnostic"]);

/** A table for a spreadsheet (RFC 4180), which takes no cell for a formula. @param {CallLog} log @param {Filter} [filter] */
export function asCsv(log, filter) {
  const cell = (/** @type {string | number} */ value) => {
    const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const rows = log.calls(filter).map((call) => COLUMNS.map((name) => cell(call[name])).join(","));
  return `${[COLUMNS.join(","), ...rows].join("\r\n")}\r\n`;
}

/** What a person sees of an argument: text as it is, anything else with its kind. @param {unknown} value */
function shown(value) {
  if (typeof value === "string") return value.length <= MOST_CHARACTERS ? value : `${value.slice(0, MOST_CHARACTERS)}… (${value.length} characters)`;
  if (value === undefined || value === null) return String(value);
  if (typeof value === "object" || typeof value === "function") return `(${typeof value})`;
  return `${String(value)} (${typeof value})`;
}
