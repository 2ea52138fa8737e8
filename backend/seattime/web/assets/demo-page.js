/**
 * The script of the sceptic's page: asks the server what it knows, reads what this browser keeps, runs a stopwatch of its own,
 * and lets one break things and mend them.
 */

import { lengthOf, readJournal } from "./demo-journal.js";
import { tell } from "./demo-story.js";
import { createTabs } from "./demo-tabs.js";
import { clock, places, show, showLive } from "./demo-view.js";

const ASK_EVERY_MS = 700;
const LOOK_EVERY_MS = 100;
const ANSWER_WITHIN_MS = 5000;
/** A stopwatch that stood still for longer was asleep with its computer. */
const ASLEEP_MS = 70_000;

/** @typedef {import("./demo-view.js").Live} Live */

const { pass = "", registration = "", launches = "0" } = document.body.dataset;

/** @param {string} selector @returns {HTMLElement} */
function part(selector) {
  const element = document.querySelector(selector);
  if (!(element instanceof HTMLElement)) throw new Error(`The page has no ${selector}.`);
  return element;
}

/** @type {Live | null} */
let live = null;
/** @type {string[]} */
const done = [];
let spentMs = 0;
let lookedAt = performance.now();
const closed = part("[data-closed]");
const tabs = createTabs(part("[data-tabs]"), () => did("closed"));

/** @param {string} what */
function did(what) {
  done.push(what);
  showButtons();
  // the button that was pressed cannot be pressed again
  if (what === "closed" && tabs.count() === 0) closed.querySelector("button")?.focus();
}

/** @param {string} path @param {string} [method] @returns {Promise<any>} */
async function ask(path, method = "GET") {
  const response = await fetch(`/demo/${path}`, {
    method,
    cache: "no-store",
    headers: { "X-Demo-Pass": pass },
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer;
}

/** Turns a switch. @param {string} path @param {string} what */
async function turn(path, what) {
  live = await ask(path, "POST");
  did(what);
}

async function openTab() {
  const { address } = await ask("link", "POST");
  tabs.open(address);
}

/** @type {Record<string, () => Promise<void>>} */
const acts = {
  async network() {
    if (!live?.network_cut) return turn("network/cut", "cut");
    await turn("network/back", "mended");
    tabs.networkIsBack();
  },
  database: () => (live?.database_stopped ? turn("database/start", "started") : turn("database/stop", "stopped")),
  async tab() {
    tabs.closeNewest();
    did("closed");
  },
  async open() {
    await openTab();
    did("opened");
  },
  async second() {
    await openTab();
    did("second");
  },
};

for (const button of document.querySelectorAll("button[data-act]")) {
  button.addEventListener("click", () => {
    const act = acts[button.getAttribute("data-act") ?? ""];
    act?.().catch((error) => show("watch", `That did not work: ${error instanceof Error ? error.message : error}`));
  });
}

/** @param {string} name @param {string} label @param {boolean} pressed @param {boolean} enabled */
function showButton(name, label, pressed, enabled) {
  const button = part(`.demo-buttons [data-act="${name}"]`);
  const words = button.querySelector("[data-label]");
  if (words && words.textContent !== label) words.textContent = label;
  button.setAttribute("aria-pressed", String(pressed));
  button.toggleAttribute("disabled", !enabled);
}

function showButtons() {
  const cut = live?.network_cut ?? false;
  const stopped = live?.database_stopped ?? false;
  const count = tabs.count();
  const canOpen = !cut && !stopped;
  showButton("network", cut ? "Bring the network back" : "Cut the network", cut, true);
  showButton("database", stopped ? "Start the database" : "Stop the database", stopped, true);
  showButton("tab", count > 1 ? "Close the second tab" : "Close the tab", false, count > 0);
  showButton("second", "Open a second tab", false, count === 1 && canOpen);
  closed.hidden = count > 0;
  closed.querySelector("button")?.toggleAttribute("disabled", !canOpen);
  const why = cut ? "Nothing can be opened while the network is cut." : "Nothing can be opened while the database is stopped.";
  show("closed", canOpen ? "The tab is closed." : `The tab is closed. ${why}`);
  const told = tell({ cut, stopped, tabs: count, done });
  show("happened", told.happened);
  show("watch", told.watch);
  for (const button of document.querySelectorAll(".demo-buttons [data-act]")) {
    button.classList.toggle("next", button.getAttribute("data-act") === told.next && !button.hasAttribute("disabled"));
  }
}

function look() {
  const now = performance.now();
  if (tabs.inCourse() && now - lookedAt < ASLEEP_MS) spentMs += now - lookedAt;
  lookedAt = now;
  show("spent", clock(spentMs));
  show("here-clock", new Date().toLocaleTimeString("en-GB"));
}

async function keepAsking() {
  try {
    live = await ask("live");
  } catch {
    show("database", "The server does not answer");
  }
  if (live) showLive(live, places(live, lengthOf(readJournal(localStorage, registration, Number(launches)))), spentMs);
  showButtons();
  setTimeout(() => void keepAsking(), ASK_EVERY_MS);
}

// whoever goes away leaves nothing broken behind
addEventListener("pagehide", () => {
  for (const path of ["network/back", "database/start"]) {
    void fetch(`/demo/${path}`, { method: "POST", headers: { "X-Demo-Pass": pass }, keepalive: true }).catch(() => {});
  }
});
setInterval(look, LOOK_EVERY_MS);
showButtons();
void openTab();
void keepAsking();
