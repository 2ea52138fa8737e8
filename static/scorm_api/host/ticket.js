/**
 * The host ticket: says whose session it is, and carries the delivery token. The LMS's server asks SeatTime for it
 * (`POST /api/v2/seattime/hostTickets`) and puts it into its page. Guarantees: a text that is no ticket is null, whatever it is;
 * the answer is a launch's (types.d.ts, LaunchResponse), so that the timekeeper needs to know of no other. Pure.
 *
 * @import { ActivityStart, LaunchResponse } from "../types.js"
 */

/**
 * @typedef {object} Ticket
 * @property {string} base the play origin
 * @property {ActivityStart} activity
 * @property {LaunchResponse} launch
 */

/**
 * @param {string} text base64url of UTF-8 JSON
 * @param {number} ageMs how long ago the page that holds it was made
 * @returns {Ticket | null}
 */
export function readTicket(text, ageMs) {
  let said;
  try {
    const bytes = Uint8Array.from(atob(text.trim().replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
    said = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
  if (!isTicket(said)) return null;
  const { base, registration, token, launch, ledger, now, heartbeat_ms, mode, activity } = said;
  return {
    base,
    activity,
    launch: {
      v: 1, ledger, now: now + ageMs, heartbeat_ms, registration, token, launch, mode, course: { title: activity.title, kind: "", open_in: "frame", exit_url: "" },
      learner: { name: activity.data.learnerName }, toc: [], first: activity.id, activities: { [activity.id]: activity }, siblings: [],
    },
  };
}

/** @param {any} said @returns {said is Omit<LaunchResponse, "activities"> & { base: string, activity: ActivityStart }} */
function isTicket(said) {
  const texts = [said?.base, said?.registration, said?.token, said?.ledger, said?.activity?.id, said?.activity?.standard, said?.activity?.data?.learnerName];
  const numbers = [said?.launch?.number, said?.launch?.order, said?.now, said?.heartbeat_ms, said?.activity?.order];
  return said?.v === 1 && texts.every((one) => typeof one === "string") && numbers.every(Number.isFinite) && Array.isArray(said.activity.expose);
}
