/**
 * The script of the player page: makes the parts, joins them, starts the player. All that reaches for the document's
 * elements by name is here.
 */
import { createAdapterLoader } from "../adapter/load-adapter.js";
import { browserEnv } from "../delivery/browser-env.js";
import { createTimekeeper } from "../delivery/timekeeper.js";
import { watchActivity } from "./activity-watch.js";
import { createCourseHeader } from "./course-header.js";
import { createFrameStage } from "./frame-stage.js";
import { createLaunchClient } from "./launch-client.js";
import { launchWithAdapters } from "./launch-with-adapters.js";
import { createPageAddress } from "./page-address.js";
import { watchPageLifecycle } from "./page-lifecycle.js";
import { createPanels } from "./panels.js";
import { createPlayer } from "./player.js";
import { createSaveIndicator } from "./save-indicator.js";
import { visitSiblings } from "./sibling-deliveries.js";
import { createTocView } from "./toc-view.js";
import { createWindowStage } from "./window-stage.js";

/** @param {string} id @returns {HTMLElement} */
function part(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`The page has no "${id}".`);
  return element;
}

/** @param {string} id */
const button = (id) => /** @type {HTMLButtonElement} */ (part(id));

/**
 * Whether the page is embedded by another origin. Browsers then keep its storage apart or away, so what it keeps may
 * be lost with the embedding page; in a window of its own everything holds.
 */
function embeddedElsewhere() {
  try {
    return window.top !== window && window.top?.location.origin !== window.location.origin;
  } catch {
    return true;
  }
}

const { registration = "", link = "" } = document.body.dataset;
const narrow = window.matchMedia("(max-width: 52rem)");
const panels = createPanels(document, part("panel"));
const stagePlace = part("stage");

const lifecycle = watchPageLifecycle(window, {
  visibility: (visible) => timekeeper.visibility(visible),
  dismissalBegan: () => timekeeper.dismissalBegan(),
  dismissalEnded: () => timekeeper.dismissalEnded(),
  leaving: () => player.leaving(),
  restored: () => void player.restored(),
  online: () => timekeeper.online(),
});
// A popup with the course in it counts as seen, though the player may be covered by it.
const timekeeper = createTimekeeper({ ...browserEnv(), visible: () => lifecycle.visible() });
const frameStage = createFrameStage(window, stagePlace);
const windowStage = createWindowStage(window, (visible) => lifecycle.elsewhere(visible));
const activityWatch = watchActivity(window, () => windowStage.content(), {
  mark: () => player.activity(),
  documentLeft: () => player.documentLeft(),
});

/** @param {"elsewhere" | "refused" | null} bar @param {() => void} [act] */
function showBar(bar, act) {
  for (const name of ["elsewhere", "refused"]) {
    const element = part(`bar-${name}`);
    element.hidden = name !== bar;
    if (name === bar && act !== undefined) button(`bar-${name}-act`).onclick = act;
  }
}

const adapters = createAdapterLoader();
/** @type {import("./call-log.js").CallLog | null} */
let callLog = null;

/** Who tries a course may see what it says; a learner's page does not load this. */
async function loadCallLog() {
  if (callLog !== null || !("callLog" in document.body.dataset)) return;
  const { openCallLog } = await import("./call-log-page.js");
  callLog ??= openCallLog(window, part, () => ({ course: part("course").textContent, page: window.location.origin }));
}

const player = createPlayer({
  page: window,
  timekeeper,
  createAdapter: (...wanted) => (callLog?.watch(adapters.create) ?? adapters.create)(...wanted),
  client: launchWithAdapters(createLaunchClient(registration, window.fetch.bind(window)), async (standards) => {
    await Promise.all([adapters.load(standards), loadCallLog()]);
  }),
  lifecycle,
  activityWatch,
  stageFor: (where) => (where === "window" ? windowStage : frameStage),
  address: createPageAddress(window, link),
  panels,
  header: createCourseHeader({
    course: part("course"),
    activity: part("activity"),
    chip: part("chip"),
    mode: part("mode"),
    learner: part("learner"),
    moves: part("moves"),
    previous: button("previous"),
    next: button("next"),
    exit: button("exit"),
    save: part("save-place"),
  }),
  showToc: (toc, choose) =>
    createTocView(
      document,
      toc,
      { panel: part("toc"), list: part("toc-list"), toggle: button("toc-toggle"), scrim: part("scrim"), behind: part("main") },
      narrow,
      choose,
    ),
  showBar,
  visitSiblings: (addresses) => visitSiblings(window, addresses),
});

const indicator = createSaveIndicator(window, {
  button: button("save"),
  label: part("save-label"),
  sentence: part("save-sentence"),
  announcer: part("announcer"),
  isTold: () => !part("bar-refused").hidden || panels.shown()?.startsWith("goodbye") === true,
});
timekeeper.onStatus(indicator.show);
button("exit").addEventListener("click", () => {
  indicator.hush();
  void player.exit();
});
button("previous").addEventListener("click", () => void player.step("previous"));
button("next").addEventListener("click", () => void player.step("next"));
// `top.close()` of content would close the whole player, where a script had opened it.
window.close = () => player.closeAsked();

if (embeddedElsewhere()) {
  const openAlone = () => {
    window.open(window.location.href, "_blank", "noopener");
    panels.show("embedded-open", { open: openAlone });
  };
  panels.show("embedded", { open: openAlone, here: () => void player.start() });
} else {
  void player.start();
}
