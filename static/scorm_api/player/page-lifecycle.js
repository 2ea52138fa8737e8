/**
 * The page's coming and going, handled once and told to whoever keeps the time.
 *
 * Guarantees: each change is told once and in order; neither `unload` nor `beforeunload` is used (they do not fire on
 * phones and keep a page out of the back-forward cache). The page counts as visible while it or another window that
 * shows its course (a popup) is. Imports nothing.
 *
 * On leaving, the player's pagehide fires BEFORE the content's pagehide and Finish: `dismissed` means "from now on
 * write everything at once", never "it is over".
 *
 * @typedef {object} LifecycleHandlers
 * @property {(visible: boolean) => void} visibility the course became visible or hidden
 * @property {() => void} dismissalBegan the page may not come back: hidden, frozen, or leaving
 * @property {() => void} dismissalEnded it came back
 * @property {() => void} leaving the page itself is being left (pagehide); the content has not said its last words yet
 * @property {() => void} restored this same document came out of the back-forward cache
 * @property {() => void} online the network is back, as far as the browser knows
 *
 * @typedef {object} Lifecycle
 * @property {() => Promise<void>} whenShown resolves once the page is visible and no mere prerendering
 * @property {(visible: boolean) => void} elsewhere whether another window shows the course
 * @property {() => boolean} visible
 * @property {() => boolean} leaving true from pagehide on, until the page comes back
 */

/**
 * @param {Window} page
 * @param {LifecycleHandlers} handlers
 * @returns {Lifecycle}
 */
export function watchPageLifecycle(page, handlers) {
  const { document } = page;
  let elsewhere = false;
  let leaving = false;
  const here = () => document.visibilityState === "visible";
  const shown = () => here() || elsewhere;
  let told = shown();

  function look() {
    if (shown() === told) return;
    told = !told;
    handlers.visibility(told);
    // On phones a page that is hidden is often killed without another word.
    if (told) handlers.dismissalEnded();
    else handlers.dismissalBegan();
  }

  document.addEventListener("visibilitychange", look);
  document.addEventListener("freeze", () => handlers.dismissalBegan());
  document.addEventListener("resume", () => {
    if (shown()) handlers.dismissalEnded();
  });
  page.addEventListener("online", () => handlers.online());
  page.addEventListener("pagehide", () => {
    leaving = true;
    handlers.dismissalBegan();
    handlers.leaving();
  });
  page.addEventListener("pageshow", (event) => {
    leaving = false;
    if (!event.persisted) return;
    told = shown();
    handlers.visibility(told);
    handlers.dismissalEnded();
    handlers.restored();
  });

  return {
    whenShown: () =>
      new Promise((resolve) => {
        const check = () => {
          if (!here() || /** @type {{ prerendering?: boolean }} */ (document).prerendering === true) return;
          document.removeEventListener("visibilitychange", check);
          document.removeEventListener("prerenderingchange", check);
          resolve();
        };
        document.addEventListener("visibilitychange", check);
        document.addEventListener("prerenderingchange", check);
        check();
      }),
    elsewhere(visible) {
      elsewhere = visible;
      look();
    },
    visible: shown,
    leaving: () => leaving,
  };
}
