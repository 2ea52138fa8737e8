/**
 * What happened and what to watch for, in one calm line each; and which button to press next. The order makes a minute of it,
 * but every button may be pressed at any time. Pure.
 *
 * @typedef {object} Told
 * @property {string} happened
 * @property {string} watch
 * @property {"network" | "tab" | "second" | "database" | "open" | null} next
 *
 * @typedef {object} Known
 * @property {boolean} cut the network is cut
 * @property {boolean} stopped the database is stopped
 * @property {number} tabs
 * @property {string[]} done what was done so far, oldest first
 */

/** The steps of the minute and the button for each, in order. What is broken is mended first. @type {[done: string, next: NonNullable<Told["next"]>][]} */
const MINUTE = [
  ["cut", "network"],
  ["closed", "tab"],
  ["stopped", "database"],
  ["second", "second"],
];

/**
 * @param {Known} known
 * @returns {Told}
 */
export function tell(known) {
  return { ...words(known), next: nextButton(known) };
}

/** @param {Known} known @returns {Told["next"]} */
function nextButton({ cut, stopped, tabs, done }) {
  if (stopped) return "database";
  if (cut) return "network";
  if (tabs === 0 && done.length > 0) return "open";
  return MINUTE.find(([what]) => !done.includes(what))?.[1] ?? null;
}

/** @param {Known} known @returns {{ happened: string, watch: string }} */
function words({ cut, stopped, tabs, done }) {
  switch (done.at(-1)) {
    case undefined:
      return { happened: "The course is open, and both clocks run.", watch: "Click through a slide or two. Then cut the network." };
    case "cut":
      return {
        happened: "The network is cut: nothing that the course sends gets an answer.",
        watch: "The server’s clock stands still, the course notices nothing, and what this browser keeps grows. Bring the network back when you like.",
      };
    case "mended":
      return {
        happened: "The network is back.",
        watch: tabs > 0 ? "The browser sends what it kept, and the clocks agree again. Next, close the tab." : "Open the course again: what the closed tab kept is sent first.",
      };
    case "closed":
      if (tabs > 0) return { happened: "One of the two tabs is closed.", watch: "The course goes on in the other one, and counted time with it: one second for each second." };
      return cut
        ? { happened: "The tab is closed, and nothing of its end got through.", watch: "The last stretch is in this browser only. Bring the network back, open the course again, and it is sent." }
        : stopped
          ? { happened: "The tab is closed while the database is stopped.", watch: "Its last words went into the spool. Start the database again, and they move by themselves." }
          : { happened: "The tab is closed. Nobody asked the course.", watch: "Its last seconds were on their way already: both clocks stand at the same time. Open the course again." };
    case "opened":
      return { happened: "The course is open again, in a session of its own.", watch: "Anything the last tab still kept was sent first, and the sum goes on. Next, stop the database." };
    case "stopped":
      return {
        happened: "The database is stopped: it refuses every statement.",
        watch: "What arrives goes into the server’s spool on its own disk, and the browser keeps it too. Start the database when you like.",
      };
    case "started":
      return { happened: "The database is back.", watch: "The spool empties by itself within seconds: no visit, no operator. Last of all, open a second tab." };
    case "second":
      return { happened: "The same course is open twice.", watch: "Both sessions are measured whole, yet a second that passes in both counts once: counted time keeps pace with the one stopwatch." };
    default:
      return { happened: "", watch: "" };
  }
}
