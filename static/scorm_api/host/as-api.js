/**
 * As the API, in a page that has none: puts SeatTime's adapter where content looks for it. Guarantees: the adapter is in place
 * before content is started; the newest state is asked for, and where the server does not answer in time the ticket's own
 * stands in, with the journal laid over it. An API that is there already is left in peace.
 *
 * @import { ActivityStart, LaunchData, SessionRecorder } from "../types.js"
 * @import { Lifecycle } from "../player/page-lifecycle.js"
 */
import { createAdapter } from "../adapter/create-adapter.js";
import { exposeApis } from "../player/api-exposure.js";
import { createContentSink } from "../player/content-sink.js";
import { watchContentFrames } from "./content-frames.js";
import { ELEMENT } from "./told-account.js";

const NEWEST_STATE_MS = 3000;
const SILENT_AFTER_MS = 10_000;
/** In place of an account: there is no LMS here that could be told anything. */
const OURSELVES = JSON.stringify({ v: 1, api: "SeatTime" });

/**
 * @param {object} parts
 * @param {Window} parts.page
 * @param {string} parts.base
 * @param {string} parts.token
 * @param {ActivityStart} parts.start
 * @param {Lifecycle} parts.lifecycle
 * @param {(start: ActivityStart) => { recorder: SessionRecorder, data: LaunchData }} parts.record
 */
export async function playAsApi({ page, base, token, start: known, lifecycle, record }) {
  const start = (await newest(page, base, token, known.id)) ?? known;
  const frames = watchContentFrames(page.document);
  const { recorder, data } = record(start);
  let begun = false;
  let spoke = false;
  let documents = 0;
  const mark = () => recorder.changed(ELEMENT, OURSELVES, true);
  const sink = createContentSink(recorder, {
    beginning() {
      begun = true;
      spoke = true;
      page.setTimeout(() => frames.remember(), 0);
    },
    status: () => {},
    terminated: () => {},
  });
  const taken = start.expose.filter((name) => Reflect.get(page, name) !== undefined && Reflect.get(page, name) !== null);
  if (taken.length > 0) console.warn(`SeatTime: this page has ${taken.join(" and ")} of its own, which stays. Use data-way="around".`);
  const exposed = { ...start, expose: taken.length > 0 ? [] : start.expose };
  const marking = {
    ...sink,
    initialized() {
      sink.initialized();
      mark();
    },
  };
  exposeApis(page, exposed, data, marking, createAdapter, () => documents);

  function begin() {
    if (begun || spoke || !frames.loaded()) return;
    begun = true;
    frames.remember();
    recorder.begin();
    mark();
    if (start.standard === "none") return;
    page.setTimeout(() => {
      if (!spoke) recorder.finding({ kind: "never-initialized", element: "", raw: "" });
    }, SILENT_AFTER_MS);
  }

  return {
    left() {
      documents += 1;
    },
    tick() {
      if (!lifecycle.leaving() && frames.gone()) {
        if (recorder.session() !== null) recorder.end();
        begun = false;
        frames.remember();
      }
      begin();
    },
  };
}

/** @param {Window} page @param {string} base @param {string} token @param {string} activity @returns {Promise<ActivityStart | null>} */
async function newest(page, base, token, activity) {
  try {
    // Without a Content-Type of its own: a simple request, which no browser asks leave for.
    const response = await page.fetch(`${base}/runtime/open`, {
      method: "POST", credentials: "omit", cache: "no-store", body: JSON.stringify({ token, activity }), signal: AbortSignal.timeout(NEWEST_STATE_MS),
    });
    const said = response.ok ? await response.json() : null;
    return said?.activity?.id === activity ? said.activity : null;
  } catch {
    return null;
  }
}
