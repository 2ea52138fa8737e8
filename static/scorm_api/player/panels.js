/**
 * Panels take the place of the content and say one calm thing with what one can do. Their words are in the page
 * (templates/player/_messages.html), one catalogue for the server's pages and for these.
 * Guarantees: one panel at a time; the keyboard's focus goes to a panel that asks something. Imports nothing.
 *
 * @typedef {object} Panels
 * @property {(name: string, actions?: Record<string, () => void>, texts?: Record<string, string>) => void} show
 *   `actions` by the names of the panel's buttons, a button without one is not shown; `texts` fill its slots
 * @property {() => void} hide
 * @property {() => string | null} shown
 */

/** Panels that merely accompany something: the focus stays where it is. */
const PASSING = new Set(["loading", "leaving"]);

/**
 * @param {Document} document
 * @param {HTMLElement} place
 * @returns {Panels}
 */
export function createPanels(document, place) {
  /** @type {string | null} */
  let shown = null;

  return {
    show(name, actions = {}, texts = {}) {
      const template = document.querySelector(`template[data-message="${name}"]`);
      if (!(template instanceof HTMLTemplateElement)) throw new Error(`No words for the panel "${name}".`);
      const panel = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
      for (const button of panel.querySelectorAll("[data-action]")) {
        const act = actions[/** @type {HTMLElement} */ (button).dataset["action"] ?? ""];
        if (act === undefined) button.remove();
        else button.addEventListener("click", act);
      }
      for (const slot of panel.querySelectorAll("[data-slot]")) {
        slot.textContent = texts[/** @type {HTMLElement} */ (slot).dataset["slot"] ?? ""] ?? "";
      }
      place.replaceChildren(panel);
      place.hidden = false;
      shown = name;
      if (PASSING.has(name)) return;
      const first = place.querySelector("[data-action], [tabindex]");
      if (first instanceof HTMLElement) first.focus({ preventScroll: true });
    },
    hide() {
      place.hidden = true;
      place.replaceChildren();
      shown = null;
    },
    shown: () => shown,
  };
}
