/**
 * The one script tag of a player page that is not ours: `<script type="module" async src=".../host/host.js" data-ticket="...">`.
 *
 * Around the API of an LMS it begins to listen before anything else of ours is loaded; if the rest never comes, every call
 * goes on as without us. Guarantees: nothing that fails here is heard of in the page, whose content starts in any case.
 *
 * @import { Observer } from "./observer.js"
 * @import { GlobalName } from "./host-apis.js"
 * @import { Early } from "./host-page.js"
 */
import { watchHostApis } from "./host-apis.js";
import { createPassThrough, quietly } from "./pass-through.js";
import { readSettings } from "./settings.js";

/** How often the page is searched for an API, ms: first often, since content starts with the page; later for one that is replaced. */
const LOOK_OFTEN_MS = 100;
const LOOK_MS = 1000;
const OFTEN_UNTIL_MS = 60_000;

/** Of calls that come before the rest of us does. */
const MOST_EARLY = 500;

const address = new URL(import.meta.url);
const settings = readSettings(window, address.href);

/** @returns {Early} */
function listen() {
  /** What was called before somebody could hear it. @type {(() => void)[]} */
  const early = [];
  /** @type {((name: GlobalName) => Observer) | null} */
  let observerOf = null;
  /** @param {GlobalName} name @param {(observer: Observer) => void} hear */
  function heard(name, hear) {
    const tell = () => void (observerOf !== null && hear(observerOf(name)));
    if (observerOf !== null) tell();
    else if (early.length < MOST_EARLY) early.push(tell);
  }
  const passThroughs = { API: passThrough("API"), API_1484_11: passThrough("API_1484_11") };

  /** @param {GlobalName} name */
  function passThrough(name) {
    return createPassThrough({
      before(call, args) {
        /** @type {{ note: unknown }} */
        const note = { note: undefined };
        heard(name, (observer) => void (note.note = observer.listener.before(call, args)));
        return note;
      },
      after: (call, args, outcome, note) => heard(name, (observer) => observer.listener.after(call, args, outcome, /** @type {{ note: unknown }} */ (note).note)),
    });
  }

  const apis = watchHostApis(window, (name) => passThroughs[name]);
  const look = () => quietly(apis.look);
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["src", "data"] });
  // A frame's load event is not told further up, but it can be seen on its way down.
  document.addEventListener("load", look, true);
  const often = setInterval(look, LOOK_OFTEN_MS);
  setTimeout(() => {
    clearInterval(often);
    setInterval(look, LOOK_MS);
  }, OFTEN_UNTIL_MS);

  return {
    names: apis.names,
    hand(observers) {
      observerOf = observers;
      for (const tell of early.splice(0)) quietly(tell);
    },
  };
}

const early = settings.way === "around" ? (quietly(listen) ?? null) : null;

/** Content starts without us rather than not at all. */
function startContent() {
  quietly(() => {
    const frame = settings.content === "" ? null : /** @type {HTMLIFrameElement | null} */ (document.querySelector(settings.content));
    const source = frame?.dataset["src"];
    if (frame === null || source === undefined) return;
    delete frame.dataset["src"];
    frame.src = source;
  });
}

import("./host-page.js")
  .then(({ startHostPage }) => startHostPage({ page: window, base: address.origin, settings, early, startContent }))
  .catch(startContent);
