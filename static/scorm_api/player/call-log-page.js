/**
 * Joins the call log to the player page's elements. Loaded on test runs only: a learner's page never asks for it.
 */
import { createCallLog } from "./call-log.js";
import { createCallLogView } from "./call-log-view.js";

/**
 * @param {Window} page
 * @param {(id: string) => HTMLElement} part
 * @param {() => object} about what is played, for an export
 * @returns {import("./call-log.js").CallLog}
 */
export function openCallLog(page, part, about) {
  const log = createCallLog({ monotonicMs: () => page.performance.now(), wallMs: () => Date.now() });
  const button = (/** @type {string} */ id) => /** @type {HTMLButtonElement} */ (part(id));
  const input = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (part(id));
  createCallLogView(
    page,
    log,
    {
      panel: part("calls"),
      toggle: button("calls-toggle"),
      text: input("calls-text"),
      errorsOnly: input("calls-errors"),
      withoutReads: input("calls-writes"),
      rows: part("calls-rows"),
      scroller: part("calls-scroller"),
      count: part("calls-count"),
      empty: part("calls-empty"),
      buttons: { json: button("calls-json"), csv: button("calls-csv"), clear: button("calls-clear"), close: button("calls-close") },
    },
    about,
    (name, type, text) => download(page, name, type, text),
  );
  return log;
}

/** @param {Window} page @param {string} name @param {string} type @param {string} text */
function download(page, name, type, text) {
  const link = page.document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  page.setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
