/**
 * Shows the call log below the course: newest at the end, filtered, exported.
 *
 * Guarantees: built of text nodes only (elements and values come from packages); costs nothing while it is closed; works by
 * keyboard. Imports the log's own functions and types.
 *
 * @typedef {import("./call-log.js").CallLog} CallLog
 * @typedef {import("./call-log.js").Call} Call
 */
import { asCsv, asJson } from "./call-log.js";

/** More rows than this make a page slow, and nobody reads them. The exports have all. */
export const MOST_ROWS = 500;

/**
 * @param {Window} page
 * @param {CallLog} log
 * @param {object} parts
 * @param {HTMLElement} parts.panel
 * @param {HTMLButtonElement} parts.toggle
 * @param {HTMLInputElement} parts.text
 * @param {HTMLInputElement} parts.errorsOnly
 * @param {HTMLInputElement} parts.withoutReads
 * @param {HTMLElement} parts.rows the table's body
 * @param {HTMLElement} parts.scroller what holds the table
 * @param {HTMLElement} parts.count
 * @param {HTMLElement} parts.empty
 * @param {Record<"json" | "csv" | "clear" | "close", HTMLButtonElement>} parts.buttons
 * @param {() => object} about what is played, for an export
 * @param {(name: string, type: string, text: string) => void} download
 */
export function createCallLogView(page, log, parts, about, download) {
  const { document } = page;
  let drawing = 0;

  const filter = () => ({ text: parts.text.value, errorsOnly: parts.errorsOnly.checked, withoutReads: parts.withoutReads.checked });

  /** @param {Call} call */
  function row(call) {
    const made = document.createElement("tr");
    const failed = call.error !== "0";
    if (failed) made.dataset["failed"] = "";
    const error = failed ? `${call.error} ${call.meaning}` : "";
    const cells = /** @type {const} */ ([
      ["time", seconds(call.at_ms)], ["name", call.name], ["element", call.element], ["value", call.value], ["answer", call.answer], ["error", error],
    ]);
    for (const [name, text] of cells) {
      const cell = document.createElement("td");
      cell.className = `calls-${name}`;
      cell.textContent = text;
      made.append(cell);
    }
    const said = call.diagnostic.startsWith(`${call.meaning}: `) ? call.diagnostic.slice(call.meaning.length + 2) : call.diagnostic;
    if (failed && said !== call.meaning) {
      const more = document.createElement("span");
      more.className = "calls-diagnostic";
      more.textContent = said;
      made.lastElementChild?.append(more);
    }
    return made;
  }

  function draw() {
    drawing = 0;
    if (parts.panel.hidden) return;
    const all = log.calls();
    const found = log.calls(filter());
    const atEnd = parts.scroller.scrollTop + parts.scroller.clientHeight >= parts.scroller.scrollHeight - 8;
    parts.rows.replaceChildren(...found.slice(-MOST_ROWS).map(row));
    parts.count.textContent = counted(all.length, found.length, log.dropped());
    parts.empty.hidden = found.length > 0;
    parts.empty.textContent = all.length === 0 ? "The course has made no call yet." : "No call fits this filter.";
    if (atEnd) parts.scroller.scrollTop = parts.scroller.scrollHeight;
  }

  function soon() {
    if (drawing === 0 && !parts.panel.hidden) drawing = page.requestAnimationFrame(draw);
  }

  /** @param {boolean} shown */
  function set(shown) {
    parts.panel.hidden = !shown;
    parts.toggle.setAttribute("aria-expanded", String(shown));
    if (shown) draw();
  }

  log.onChange(soon);
  for (const input of [parts.text, parts.errorsOnly, parts.withoutReads]) input.addEventListener("input", draw);
  parts.toggle.addEventListener("click", () => set(parts.panel.hidden !== false));
  parts.buttons.close.addEventListener("click", () => {
    set(false);
    parts.toggle.focus();
  });
  parts.buttons.clear.addEventListener("click", () => log.clear());
  parts.buttons.json.addEventListener("click", () => download("calls.json", "application/json", asJson(about(), log, filter())));
  parts.buttons.csv.addEventListener("click", () => download("calls.csv", "text/csv", asCsv(log, filter())));
  parts.toggle.hidden = false;
}

/** @param {number} ms */
const seconds = (ms) => (ms / 1000).toFixed(3);

/** @param {number} all @param {number} found @param {number} dropped */
function counted(all, found, dropped) {
  const calls = (/** @type {number} */ number) => `${number} ${number === 1 ? "call" : "calls"}`;
  const of = found === all ? calls(all) : `${found} of ${calls(all)}`;
  const shown = found > MOST_ROWS ? `${of}, the newest ${MOST_ROWS} are shown` : of;
  return dropped > 0 ? `${shown}, ${dropped} older ones were let go` : shown;
}
