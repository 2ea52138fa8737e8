/**
 * One open activity: turns what the adapter says into the running session's record. Guarantees that Commit and Terminate say true only
 * once the record is in the journal, and that no call waits for the network. Each Initialize begins a session of its own.
 *
 * @import { ActivityStart, LaunchData, SessionRecorder } from "../types.js"
 * @import { Head, Page } from "./shapes.js"
 * @import { LiveSession } from "./live-session.js"
 * @import { Plan } from "./overlay.js"
 */
import { createLiveSession } from "./live-session.js";
import { startOf } from "./session-record.js";
import { storeIdWith } from "./shared-data.js";
import { carriedWith, isExit } from "./state-group.js";
import { isSessionTime, showsActivity, statusFields } from "./status-fields.js";

/**
 * @param {Page} page
 * @param {ActivityStart} start
 * @param {object} links
 * @param {() => Plan} links.plan what the next session starts from
 * @param {() => Pick<Head, "registration" | "launch" | "token">} links.launch
 * @param {(session: LiveSession) => void} links.began
 * @returns {{ recorder: SessionRecorder, data: LaunchData }}
 */
export function createRecorder(page, start, { plan: makePlan, launch, began }) {
  const { standard } = start;
  let plan = makePlan();
  let planUsed = false;
  /** @type {LiveSession | null} */
  let live = null;
  /** The player began the running session, and the content has not called Initialize yet. */
  let unspoken = false;
  /** What the model holds: the launch's elements and what was set since. @type {Record<string, string>} */
  let model = {};

  function replan() {
    plan = makePlan();
    planUsed = false;
    return plan.data;
  }

  function begin() {
    unspoken = false;
    if (live !== null) finish("left");
    if (planUsed) replan();
    planUsed = true;
    model = { ...plan.data.elements };
    live = createLiveSession(
      page,
      {
        ...launch(), session: page.newSession(), activity: start.id, ...startOf(start.start), attempt: plan.attempt, new_attempt: plan.newAttempt,
        standard, mode: plan.data.mode, made: null, ledger: null, stored_at: null, held: null,
      },
      start.order,
    );
    began(live);
    if (page.visible()) live.mark();
    live.commit();
    page.statusChanged();
  }

  /** @param {"terminated" | "left"} how */
  function finish(how) {
    live?.finish(how);
    live = null;
    page.statusChanged();
  }

  return {
    data: plan.data,
    recorder: {
      session: () => live?.record.head.session ?? null,
      begin() {
        begin();
        unspoken = true;
      },
      // Time from the load on is the content's too, whether it calls Initialize a moment later, much later or never.
      initialized() {
        if (live !== null && unspoken) unspoken = false;
        else begin();
      },

      changed(element, value, derived = false) {
        if (live === null || isSessionTime(element)) return;
        const different = model[element] !== value;
        for (const [other, held] of storeIdWith(element, plan.data)) live.set(other, held);
        for (const [other, held] of carriedWith(standard, element, live.record.state.set, plan.data.elements)) live.set(other, held);
        model[element] = value;
        // What the standard makes the LMS decide is nobody's doing.
        if (different && !derived && showsActivity(element)) live.mark();
        if (isExit(element)) live.exit(value);
        const fields = statusFields(element, value);
        if (Object.keys(fields).length > 0) live.status(fields);
        live.set(element, value);
      },

      sessionTime(raw, ms, lenient) {
        live?.say(raw, ms, lenient);
      },

      finding(finding) {
        live?.finding(finding);
      },

      commit() {
        if (live === null) return false;
        live.commit();
        return true;
      },

      terminate() {
        if (live === null) return false;
        finish("terminated");
        return true;
      },

      restart: replan,
      activity: () => live?.mark(),
      end: () => finish("left"),
      askLease: () => live?.askLease(),
    },
  };
}
