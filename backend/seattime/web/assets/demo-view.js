/**
 * Writes what is known into the page.
 *
 * @typedef {object} Session
 * @property {string} session
 * @property {number} measured_ms
 * @property {number | null} reported_ms
 * @property {number} counted_ms
 * @property {number} heard_ms
 * @property {string | null} ended
 *
 * @typedef {object} Live as GET /demo/live says it
 * @property {number} now_ms
 * @property {boolean} network_cut
 * @property {boolean} database_stopped
 * @property {number} counted_ms
 * @property {Session[]} sessions
 * @property {boolean} spool_failed
 * @property {{ session: string, measured_ms: number }[]} spooled
 * @property {number | null} recovered_ms
 *
 * @typedef {object} Places where the seconds are, ms
 * @property {number} database
 * @property {number} spool in the spool and not in the database
 * @property {number} browser in neither
 */

/** @param {number} ms as `1:07`, rounded down: what is shown is never more than what is there */
export function clock(ms) {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/**
 * @param {Live} live
 * @param {number} keptMs what this browser's journal holds, each moment once
 * @returns {Places}
 */
export function places(live, keptMs) {
  const stored = new Map(live.sessions.map(({ session, measured_ms }) => [session, measured_ms]));
  const spool = live.spooled.reduce((sum, { session, measured_ms }) => sum + Math.max(0, measured_ms - (stored.get(session) ?? 0)), 0);
  return { database: live.counted_ms, spool, browser: Math.max(0, keptMs - live.counted_ms - spool) };
}

/** @param {string} name @param {string} text */
export function show(name, text) {
  const element = document.querySelector(`[data-show="${name}"]`);
  if (element && element.textContent !== text) element.textContent = text;
}

/** @param {string} name @param {string} text @param {boolean} bad */
function showState(name, text, bad) {
  show(name, text);
  document.querySelector(`[data-show="${name}"]`)?.classList.toggle("demo-bad", bad);
}

/**
 * @param {Live} live
 * @param {Places} where
 * @param {number} spentMs by the page's stopwatch
 */
export function showLive(live, where, spentMs) {
  show("counted", clock(live.counted_ms));
  show("in-database", clock(where.database));
  show("in-spool", live.spool_failed ? "out of order" : clock(where.spool));
  show("in-browser", clock(where.browser));
  showState("network", live.network_cut ? "The network is cut" : "Online", live.network_cut);
  showState("database", live.database_stopped ? "The database is stopped" : "The database is running", live.database_stopped);
  show("server-clock", new Date(live.now_ms).toLocaleTimeString("en-GB"));
  showBar(where, Math.max(spentMs, where.database + where.spool + where.browser, 1));
  document.querySelector("[data-sessions]")?.replaceChildren(...live.sessions.map((session, index) => row(session, index + 1, live.now_ms)));
}

/** @param {Places} where @param {number} whole */
function showBar(where, whole) {
  let x = 0;
  for (const name of /** @type {const} */ (["database", "spool", "browser"])) {
    const width = (100 * where[name]) / whole;
    const part = document.querySelector(`[data-part="${name}"]`);
    part?.setAttribute("x", `${x}%`);
    part?.setAttribute("width", `${width}%`);
    x += width;
  }
  const words = `${clock(where.database)} in the database, ${clock(where.spool)} in the spool, ${clock(where.browser)} only in this browser`;
  document.querySelector("[data-bar]")?.setAttribute("aria-label", words);
}

/** @param {Session} session @param {number} number @param {number} now */
function row(session, number, now) {
  const line = document.createElement("tr");
  line.dataset.session = session.session;
  const heard = session.ended ? "ended" : `${Math.max(0, Math.round((now - session.heard_ms) / 1000))} s ago`;
  const said = session.reported_ms === null ? "–" : clock(session.reported_ms);
  const cells = [String(number), said, clock(session.measured_ms), clock(session.counted_ms), heard];
  line.append(
    ...cells.map((text, index) => {
      const cell = document.createElement("td");
      cell.textContent = text;
      if (index > 0) cell.className = "number";
      return cell;
    }),
  );
  return line;
}
