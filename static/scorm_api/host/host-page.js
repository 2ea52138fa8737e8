/**
 * What SeatTime does in a player page that is not ours: keeps the time, journals it in that page's origin and delivers it.
 *
 * Guarantees: every entrance that the page's own events and calls have into this is closed against errors of ours; what an
 * earlier visit left in this origin's journal is delivered, with a ticket or without. The modules are those of our own
 * player; this joins them for a page in which nothing else is ours.
 *
 * @import { GlobalName } from "./host-apis.js"
 * @import { Observer } from "./observer.js"
 * @import { Settings } from "./settings.js"
 * @import { Ticket } from "./ticket.js"
 * @import { SessionRecorder } from "../types.js"
 *
 * @typedef {object} Early what was there before this module
 * @property {() => GlobalName[]} names the APIs that content can find
 * @property {(observers: (name: GlobalName) => Observer) => void} hand who hears the calls from now on, those that came already first
 *
 * @typedef {object} Parts
 * @property {Window} page
 * @property {string} base the origin that our script came from, where to deliver to without a ticket
 * @property {Settings} settings
 * @property {Early | null} early null where we are the API
 * @property {() => void} startContent
 */
import { browserEnv } from "../delivery/browser-env.js";
import { createTimekeeper } from "../delivery/timekeeper.js";
import { watchActivity } from "../player/activity-watch.js";
import { watchPageLifecycle } from "../player/page-lifecycle.js";
import { listenAround } from "./around-api.js";
import { quietly } from "./pass-through.js";
import { readTicket } from "./ticket.js";

const DELIVER_FIRST_MS = 5000;
const TICKET_WITHIN_MS = 20_000;

/** @param {Parts} parts @returns {Promise<void>} */
export async function startHostPage({ page, base, settings, early, startContent }) {
  /** @type {SessionRecorder[]} */
  const recorders = [];
  /** What runs in this page, by its way: filled in below, since events may come first. @type {{ left: () => void, tick: () => void } | null} */
  let way = null;

  const lifecycle = watchPageLifecycle(page, {
    visibility: (visible) => void quietly(() => timekeeper.visibility(visible)),
    dismissalBegan: () => void quietly(() => timekeeper.dismissalBegan()),
    dismissalEnded: () => void quietly(() => timekeeper.dismissalEnded()),
    leaving: () => {},
    restored: () => {},
    online: () => void quietly(() => timekeeper.online()),
  });
  const inPage = readTicket(settings.ticket, sincePageWasMade(page));
  const timekeeper = createTimekeeper({ ...browserEnv(inPage?.base ?? base), visible: () => lifecycle.visible() });
  const delivered = timekeeper.deliverPending(DELIVER_FIRST_MS);
  timekeeper.onStatus((status) => void quietly(() => page.document.dispatchEvent(new CustomEvent("seattime:status", { detail: { status } }))));
  const activity = watchActivity(page, () => null, {
    mark: () => void quietly(() => recorders.forEach((recorder) => recorder.activity())),
    documentLeft: () => void quietly(() => way?.left()),
  });
  page.setInterval(() => void quietly(() => way?.tick()), 1000);
  page.document.addEventListener("load", () => void quietly(activity.look), true);

  /** @param {Ticket} ticket */
  const launched = (ticket) => timekeeper.launched(ticket.launch);
  /** @param {Parameters<typeof timekeeper.record>[0]} start */
  const record = (start) => {
    const made = timekeeper.record(start);
    recorders.push(made.recorder);
    return made;
  };

  if (early !== null) {
    const around = listenAround({ page, early, lifecycle, record });
    way = around;
    const ticket = inPage ?? (await fetchTicket(page, settings.ticketFrom));
    if (ticket === null) return;
    launched(ticket);
    around.ready(ticket.activity);
    return;
  }
  const ticket = inPage ?? (await fetchTicket(page, settings.ticketFrom));
  await delivered;
  if (ticket !== null) {
    // A page that has an API of its own never loads ours.
    const { playAsApi } = await import("./as-api.js");
    launched(ticket);
    way = await playAsApi({ page, base: ticket.base, token: ticket.launch.token, start: ticket.activity, lifecycle, record });
  }
  startContent();
}

/** @param {Window} page @param {string} address of the page's own origin; "" @returns {Promise<Ticket | null>} */
async function fetchTicket(page, address) {
  if (address === "") return null;
  try {
    const response = await page.fetch(address, { credentials: "same-origin", cache: "no-store", signal: AbortSignal.timeout(TICKET_WITHIN_MS) });
    return response.ok ? readTicket(await response.text(), 0) : null;
  } catch {
    return null;
  }
}

/** The ticket was made just before the page's answer began, ms ago. @param {Window} page */
function sincePageWasMade(page) {
  const [navigation] = page.performance.getEntriesByType("navigation");
  const answered = /** @type {PerformanceNavigationTiming | undefined} */ (navigation)?.responseStart ?? 0;
  return answered > 0 ? Math.max(0, page.performance.now() - answered) : 0;
}
